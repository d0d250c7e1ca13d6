"""Which numbers of the masks of a set are lesions, told from the names that its makers gave them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from groundglass.datasets.formats.label_names import meaning_of
from groundglass.datasets.layouts.contract import mask_labels
from groundglass.datasets.members import Inventory

Part = Literal["lesions", "lungs", "other"]


def parts_of(names: Mapping[int, str], *, own: bool = False) -> dict[int, Part]:
    """Return what each number of a mask belongs to.

    A name that says nothing known is a lesion, as sets of this subject have few other things; beside organs or lungs
    and no lesion it is one more organ.

    Parameters
    ----------
    names : mapping of int to str
        Name of each number above 0.
    own : bool
        Made by groundglass: names that say nothing known are lesions.
    """
    said = {number: meaning_of(name) for number, name in names.items()}
    known: set[Part] = {meaning.mask for meaning in said.values() if meaning is not None}
    unknown: Part = "lesions" if own or "lesions" in known or not known else "other"
    return {number: unknown if meaning is None else meaning.mask for number, meaning in said.items()}


def names_by_number(stored: object) -> dict[int, str]:
    """Return the name of each number, 0 to 255, of a table of labels.

    Parameters
    ----------
    stored : object
        Names by number, or numbers by name; a name of several numbers is a region (nnU-Net), and the narrowest name
        says what a number is.
    """
    found: dict[int, str] = {}
    entries = list(stored.items()) if isinstance(stored, Mapping) else []
    for key, value in sorted(entries, key=lambda entry: -len(entry[1]) if isinstance(entry[1], list) else 0):
        if isinstance(value, str) and str(key).isdecimal():
            found[int(str(key)[:4])] = value
        else:
            found |= {number: str(key) for number in _numbers(value)}
    return {number: name for number, name in sorted(found.items()) if 0 <= number <= 255}


def marks_lesions(inventory: Inventory) -> bool:
    """Tell whether the masks of a set can hold lesions; those of other organs do not."""
    if inventory.own or not inventory.about.card.get("mask_labels"):
        return True
    return "lesions" in parts_of(mask_labels(inventory.about)).values()


def _numbers(value: Any) -> list[int]:
    several = value if isinstance(value, list) else [value]
    return [number for number in several if isinstance(number, int) and not isinstance(number, bool)]
