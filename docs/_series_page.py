"""The page of the rules by which a series is chosen, made from their tables."""

from __future__ import annotations

from _markdown import table

from groundglass.phrases import say

_FIELDS = {
    "sop_class": "SOP class",
    "modality": "Modality",
    "image_type": "ImageType",
    "description": "SeriesDescription",
    "device": "Manufacturer and model",
    "rescale_type": "RescaleType",
}


def series_page() -> str:
    """Return rules, roles and clues."""
    from groundglass.dicom import roles, selection

    rules = [(str(n), rule.name, rule.source) for n, rule in enumerate(selection.RULES, 1)]
    uses = {"yes": "may be graded", "last": "only where nothing better is there", "no": "never graded"}
    kinds = [
        (f"`{role.name}`", say(role.notice), uses[role.use], f"`{role.code}`" if role.code else "")
        for role in roles.ROLES.values()
    ]
    clues = [(f"`{c.role}`", _FIELDS[c.field], f"`{_pattern(c.pattern.pattern)}`", c.source) for c in roles.CLUES]
    return f"""# Choosing the series

Of each study one series is graded. Every series gets a role first; those that may be graded are then compared rule by
rule, the first rule that tells them apart decides. `groundglass series` prints role and reasons of each.

## Rules, the most important first

{table(["", "rule", "source or reason"], rules)}

Thin is a slice distance of at most {selection.THIN_MM:g} mm, medium of at most {selection.MEDIUM_MM:g} mm. A whole
chest is taken to need {selection.WHOLE_CHEST_MM:g} mm along the body; what is really seen is judged on the pictures,
and where the chosen series turns out to show less, the next ones are tried.

## Roles

{table(["role", "meaning", "use", "error"], kinds)}

## How a role is recognised

The first line that fits names the role. A series that fits none is `axial` (`axial_derived` if its ImageType says
DERIVED), unless its geometry says otherwise: a normal more than {roles.OBLIQUE_DEGREES:g} degrees off the body axis is
a `reformat`, and overlapping slices of {roles.SLAB_MM:g} mm and more are a `thick_slab`.

{table(["role", "field", "pattern", "known from"], clues)}
"""


def _pattern(text: str) -> str:
    return text.replace("`", "'")
