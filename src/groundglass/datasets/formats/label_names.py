"""What a label is, told from the name that the makers of a set gave it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from groundglass.datasets.formats.labelled import (
    CONSOLIDATION,
    GROUND_GLASS,
    LEFT,
    RIGHT,
    SET_LABELS_UNKNOWN,
    SIDE_UNKNOWN,
    UNKNOWN_KIND,
)
from groundglass.errors import InputError

_OTHER = """
background ignore body skin fat muscle bone rib ribs spine vertebra vertebrae sternum clavicle scapula spinal cord
heart atrium ventricle aorta artery vein vena vessel vessels mediastinum esophagus oesophagus trachea airway airways
bronchus bronchi effusion hydrothorax pneumothorax pleura thyroid liver spleen stomach kidney colon bowel pancreas
nodule nodules tumor tumour cancer mass metastasis breast table organ other
"""
_LESION = """
lesion lesions infection infections infected covid opacity opacities pneumonia infiltrate infiltrates infiltration
paving
"""
OTHER_WORDS = frozenset(_OTHER.split())
"""Words of labels that are neither lung nor a lesion in our sense; a name that holds one of them is passed over."""
LESION_WORDS = frozenset(_LESION.split())
"""Words of lesions whose kind is not told."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a label stands for: which mask, and which label there; ``other`` is passed over."""

    mask: Literal["lungs", "lesions", "other"]
    label: int = 0


def meaning_of(name: str) -> Meaning | None:
    """Return what a name says, None if it says nothing known.

    Parameters
    ----------
    name : str
        ``left_lung``, ``GGO``, ``covid-19 infection``, ``lung_upper_lobe_right``.
    """
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())
    joined = " ".join(words)
    if "consolidation" in words or "consolidations" in words:
        return Meaning("lesions", CONSOLIDATION)
    if "ground glass" in joined or "groundglass" in joined or {"ggo", "ggos"} & set(words):
        return Meaning("lesions", GROUND_GLASS)
    if OTHER_WORDS & set(words):
        return Meaning("other")
    if LESION_WORDS & set(words):
        return Meaning("lesions", UNKNOWN_KIND)
    if {"lung", "lungs", "lobe", "lobes", "pulmo", "llung", "rlung"} & set(words):
        right = bool({"right", "r", "rlung"} & set(words))
        left = bool({"left", "l", "llung"} & set(words))
        return Meaning("lungs", SIDE_UNKNOWN if right == left else RIGHT if right else LEFT)
    return None


def meanings(table: Mapping[str, tuple[int, ...]], *, where: str) -> dict[int, Meaning]:
    """Return what each number of a mask stands for.

    Parameters
    ----------
    table : mapping of str to tuple of int
        Numbers under each name; a name of several numbers is a region, and the narrower name says what a number is.
    where : str
        Names the table in errors.

    Raises
    ------
    InputError
        ``SET_LABELS_UNKNOWN`` if a name says nothing known, or nothing is lung or lesion.
    """
    found: dict[int, Meaning] = {0: Meaning("other")}
    for name, numbers in sorted(table.items(), key=lambda entry: -len(entry[1])):
        meaning = meaning_of(name)
        if meaning is None:
            raise InputError(
                SET_LABELS_UNKNOWN,
                what=f"the label {name!r} is neither a lung, nor a lesion, nor an organ known by name",
                where=where,
                todo="rename it: right lung, left lung, lung, ground glass, consolidation, lesion or other organ",
            )
        found.update({number: meaning for number in numbers if number})
    if all(meaning.mask == "other" for meaning in found.values()):
        raise InputError(
            SET_LABELS_UNKNOWN,
            what="no label is a lung or a lesion",
            where=where,
            todo="choose a set of lungs or lesions",
        )
    return found
