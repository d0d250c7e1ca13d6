"""Meanings of codes that known tables have: ours, and those of the standard (PS3.16) as pydicom carries them."""

from __future__ import annotations

from functools import cache
from typing import Final

from groundglass.codes import CODES
from groundglass.deidentify.text.tables import rows

_OPTIONS: Final = (
    "Basic Application Confidentiality Profile",
    "Clean Pixel Data Option",
    "Clean Recognizable Visual Features Option",
    "Clean Graphics Option",
    "Clean Structured Content Option",
    "Clean Descriptors Option",
    "Retain Longitudinal Temporal Information Full Dates Option",
    "Retain Longitudinal Temporal Information Modified Dates Option",
    "Retain Patient Characteristics Option",
    "Retain Device Identity Option",
    "Retain Institution Identity Option",
    "Retain UIDs Option",
    "Retain Safe Private Option",
)
"""PS3.16 CID 7050."""


def same(text: str) -> str:
    """Return a meaning without differences of case and blanks."""
    return " ".join(text.casefold().split())


@cache
def _ours() -> frozenset[str]:
    written = (row["meaning"] for row in rows("known_meanings.csv"))
    return frozenset(map(same, (*(code.meaning for code in CODES.values()), *_OPTIONS, *written)))


@cache
def _standard() -> frozenset[str]:
    import pydicom.sr._concepts_dict as dictionary

    schemes: dict[str, dict[str, dict[str, tuple[str, list[int]]]]] = vars(dictionary)["concepts"]
    return frozenset(same(entry[0]) for codes in schemes.values() for each in codes.values() for entry in each.values())


def is_known_meaning(text: str) -> bool:
    """Say whether a code table has this meaning, word for word.

    Parameters
    ----------
    text : str
        CodeMeaning. Tables of the standard are read on the first call that needs them (0.1 s).
    """
    meaning = same(text)
    return meaning in _ours() or meaning in _standard()
