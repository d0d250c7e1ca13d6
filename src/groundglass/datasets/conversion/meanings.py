"""What the numbers of a mask stand for, and with which numbers they are written into a set.

Lesions are 1 ground glass, 2 consolidation, 3 of unknown kind; where a mask tells no kinds, its one label is
1, lesion, as in MosMedData. Lungs are 1 right, 2 left, 3 side unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from groundglass.datasets.formats.label_names import meaning_of
from groundglass.datasets.formats.labelled import (
    CONSOLIDATION,
    GROUND_GLASS,
    LEFT,
    LESION_KINDS,
    RIGHT,
    SIDE_UNKNOWN,
    UNKNOWN_KIND,
)
from groundglass.errors import InputError, declare
from groundglass.volume import LUNG_LABELS, LabelVolume

MASK_LABEL_UNKNOWN = declare("MASK_LABEL_UNKNOWN", "Nothing says what a number or segment of a mask stands for.")

Kind = Literal["lesions", "lungs"]
LESION_ONLY: Mapping[int, str] = MappingProxyType({1: "lesion"})
"""Labels of a mask that tells no kinds."""
IGNORED = 0
WORDS: Mapping[str, tuple[Kind | None, int]] = MappingProxyType(
    {
        "ground_glass": ("lesions", GROUND_GLASS),
        "consolidation": ("lesions", CONSOLIDATION),
        "lesion": ("lesions", UNKNOWN_KIND),
        "right_lung": ("lungs", RIGHT),
        "left_lung": ("lungs", LEFT),
        "lung": ("lungs", SIDE_UNKNOWN),
        "ignore": (None, IGNORED),
    }
)
"""The words of a recipe: which mask, and which label there."""
_RUSSIAN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"консолидац", re.IGNORECASE), "consolidation"),
    (re.compile(r"матов\w* стекл", re.IGNORECASE), "ground_glass"),
    (re.compile(r"(прав\w+ л[её]гк)|(л[её]гк\w+ прав)", re.IGNORECASE), "right_lung"),
    (re.compile(r"(лев\w+ л[её]гк)|(л[её]гк\w+ лев)", re.IGNORECASE), "left_lung"),
    (re.compile(r"пораж|инфильтр|очаг|пневмон", re.IGNORECASE), "lesion"),
    (re.compile(r"^\W*л[её]гк(ое|ие)\W*$", re.IGNORECASE), "lung"),
)
"""Names of segments in Russian, the narrower first."""


def of_table(labels: Mapping[int, str], kind: Kind, numbers: Iterable[int], where: str) -> dict[int, int]:
    """Return our label for each number by the table of a recipe.

    Parameters
    ----------
    labels : mapping of int to str
        Number to a word of :data:`WORDS`.
    kind : {"lesions", "lungs"}
        The mask that is wanted; words of the other one are passed over.
    numbers : iterable of int
        Numbers that occur, 0 left out.
    where : str
        Names the mask in errors.

    Raises
    ------
    InputError
        ``MASK_LABEL_UNKNOWN`` for a number or a word that is not in the tables.
    """
    found: dict[int, int] = {}
    for number in sorted({*numbers, *labels} - {0}):
        word = labels.get(number)
        if word is None or word not in WORDS:
            raise _unknown(
                f"it holds the number {number}, which the recipe's labels do not name"
                if word is None
                else f"the recipe calls {number} {word!r}, which is none of {', '.join(WORDS)}",
                where,
            )
        mask, label = WORDS[word]
        found[number] = label if mask == kind else IGNORED
    return found


def of_numbers(numbers: Iterable[int], kind: Kind, where: str) -> dict[int, int]:
    """Return our label for each number of a NIfTI that nobody explains.

    One number is a lesion, or lung of unknown side; the numbers of our own table (1, 2, 3) are what they are there.

    Raises
    ------
    InputError
        ``MASK_LABEL_UNKNOWN`` for any others.
    """
    present = sorted(set(numbers) - {0})
    if len(present) <= 1:
        return dict.fromkeys(present, UNKNOWN_KIND if kind == "lesions" else SIDE_UNKNOWN)
    if set(present) <= {1, 2, 3}:
        return {number: number for number in present}
    raise _unknown(f"it holds the numbers {', '.join(map(str, present[:12]))}, and nothing says what they are", where)


def of_names(names: Mapping[int, str], kind: Kind, where: str) -> dict[int, int]:
    """Return our label for each segment by its names; a single segment without a telling name is what was asked for.

    Raises
    ------
    InputError
        ``MASK_LABEL_UNKNOWN`` if no segment is of the kind.
    """
    found: dict[int, int] = {}
    unknown: list[int] = []
    for number, name in names.items():
        word = next((word for pattern, word in _RUSSIAN if pattern.search(name)), None)
        meaning = meaning_of(name)
        if word is not None:
            mask, label = WORDS[word]
            found[number] = label if mask == kind else IGNORED
        elif meaning is not None:
            found[number] = meaning.label if meaning.mask == kind else IGNORED
        else:
            unknown.append(number)
    if not any(found.values()) and len(unknown) == 1:
        found[unknown[0]] = UNKNOWN_KIND if kind == "lesions" else SIDE_UNKNOWN
    elif unknown or not any(found.values()):
        said = ", ".join(map(str, unknown[:12] or list(names)[:12]))
        raise _unknown(f"no name says whether segment {said} is a {'lesion' if kind == 'lesions' else 'lung'}", where)
    return found


def renumbered(array: NDArray[np.uint8], table: Mapping[int, int]) -> NDArray[np.uint8]:
    """Return (slice, row, column) uint8 with our labels in place of the numbers of the mask."""
    look = np.zeros(256, np.uint8)
    for number, label in table.items():
        look[number] = label
    return look[array]


def with_sides(lungs: NDArray[np.uint8], table: Mapping[int, int], leftwards: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return lungs of which 1 is the right one, where two numbers were told apart by nobody.

    Parameters
    ----------
    lungs : (slice, row, column) uint8
        Labels.
    table : mapping of int to int
        How they came about.
    leftwards : (3,) float64
        How far the index of each axis leads to the patient's left.
    """
    if set(table) != {1, 2}:
        return lungs
    places = [np.argwhere(lungs == label) for label in (RIGHT, LEFT)]
    if not all(len(place) for place in places):
        return lungs
    right, left = (float(place.mean(axis=0) @ leftwards) for place in places)
    return lungs if right <= left else np.array([0, LEFT, RIGHT, *range(3, 256)], np.uint8)[lungs]


def lesion_volume(lesions: LabelVolume, table: Iterable[int]) -> LabelVolume:
    """Return lesions with the table that fits what the mask tells: kinds, or lesions alone."""
    told = set(table) - {IGNORED}
    if told <= {UNKNOWN_KIND}:
        return LabelVolume((lesions.array > 0).astype(np.uint8), lesions.geometry, LESION_ONLY)
    kinds = {1: LESION_KINDS[1], 2: LESION_KINDS[2]}
    if UNKNOWN_KIND in told:
        kinds[3] = LESION_KINDS[3]
    return LabelVolume(lesions.array, lesions.geometry, kinds)


def with_kinds(lesions: LabelVolume) -> LabelVolume:
    """Return lesions in the table of kinds (1, 2, 3), for a set in which some masks tell kinds and others do not."""
    if dict(lesions.labels) != dict(LESION_ONLY):
        return LabelVolume(lesions.array, lesions.geometry, LESION_KINDS)
    return LabelVolume(lesions.array * np.uint8(UNKNOWN_KIND), lesions.geometry, LESION_KINDS)


def lung_volume(lungs: LabelVolume) -> LabelVolume:
    """Return lungs with their table."""
    return LabelVolume(lungs.array, lungs.geometry, LUNG_LABELS)


def _unknown(what: str, where: str) -> InputError:
    return InputError(
        MASK_LABEL_UNKNOWN,
        what=what,
        where=where,
        todo="give the labels of these masks in the recipe: ground_glass, consolidation, lesion, right_lung, ...",
    )
