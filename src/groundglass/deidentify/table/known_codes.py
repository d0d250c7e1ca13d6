"""Whether the value of a code is one of a public coding scheme, so that nobody can have hidden anything in it.

A code value is a short text that no vocabulary has: ``113100``, ``T-D3000``. It stays if a table of codes has it, or if
it has the form of a scheme and the check figure of that form is right.
"""

from __future__ import annotations

import re
from functools import cache

from groundglass.codes import CODES, PRIVATE_SCHEME, PRIVATE_SCHEME_UID
from groundglass.deidentify.table.rows import read

_VERHOEFF_PERMUTED = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
"""The permutation of J. Verhoeff's check (Error Detecting Decimal Codes, 1969)."""
_SIDES = 5
"""Below are turns, from here on reflections of a pentagon."""


def _times(first: int, second: int) -> int:
    """Multiply in the group of turns and reflections of a pentagon."""
    turn, other = first % _SIDES, second % _SIDES
    if first < _SIDES:
        whole = (turn + other) % _SIDES
        return whole if second < _SIDES else whole + _SIDES
    whole = (turn - other) % _SIDES
    return whole + _SIDES if second < _SIDES else whole


def _permuted(figure: int, place: int) -> int:
    for _ in range(place % 8):
        figure = _VERHOEFF_PERMUTED[figure]
    return figure


def verhoeff(figures: str) -> bool:
    """Say whether the last figure checks the others as in SNOMED CT identifiers."""
    check = 0
    for place, figure in enumerate(reversed(figures)):
        check = _times(check, _permuted(int(figure), place))
    return check == 0


_ANNOTATIONS = frozenset({"{X-Ray sources}", "{events}", "{ratio}"})
"""Units that PS3.16 TID 10011 to 10013 write as UCUM annotations, and that no list of units has."""
_CHECKS = {"verhoeff": verhoeff}


@cache
def _forms() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple({(re.compile(row["form"]), row["check"]) for row in read("code_schemes.csv") if row["form"]})


@cache
def _values() -> frozenset[str]:
    """Return every code value of PS3.16 as pydicom carries it, and ours; read on the first call that needs it."""
    import pydicom.sr._concepts_dict as dictionary
    from pydicom.sr._snomed_dict import mapping

    schemes: dict[str, dict[str, dict[str, object]]] = vars(dictionary)["concepts"]
    standard = (value for codes in schemes.values() for each in codes.values() for value in each if value)
    return frozenset((*standard, *mapping["SRT"], *(entry.value for entry in CODES.values())))


@cache
def _designators() -> frozenset[str]:
    return frozenset((*(row["designator"] for row in read("code_schemes.csv")), PRIVATE_SCHEME))


@cache
def _uids() -> frozenset[str]:
    return frozenset((*(row["uid"] for row in read("code_schemes.csv") if row["uid"]), PRIVATE_SCHEME_UID))


def is_known_code(value: str) -> bool:
    """Say whether a code value belongs to a public scheme.

    Parameters
    ----------
    value : str
        CodeValue, LongCodeValue or ExtendedCodeValue.

    Returns
    -------
    bool
        True also for a code that the tables at hand do not have, if its check figure is right.
    """
    bare = value.strip(" \0")
    for form, check in _forms():
        if form.fullmatch(bare) and (not check or _CHECKS[check](bare)):
            return True
    return bare in _ANNOTATIONS or bare in _values()


def is_known_scheme(value: str) -> bool:
    """Say whether a coding scheme designator is one of PS3.16 table 8-1, or ours."""
    return value.strip(" \0") in _designators()


def is_scheme_uid(uid: str) -> bool:
    """Say whether a UID names a public coding scheme (PS3.16 table 8-1), or ours."""
    return uid in _uids()
