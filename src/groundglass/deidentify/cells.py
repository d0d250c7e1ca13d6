"""Small cells: what few patients of a data set share, so that somebody who knows one of them can find him.

Nothing is taken out for it; the report names the cells, and a person decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

PROPERTIES = ("sex", "age", "month", "grade", "scanner", "manufacturer", "model")
"""What somebody outside may know of a patient, in the order in which a cell is written."""
AGE_BAND_YEARS = 10
"""Width of a band of age: as close as an acquaintance guesses; HIPAA's limit of 89 falls on the end of one."""
SMALL_CELL_PATIENTS = 5
"""A cell with fewer patients is told. No law names the number; agencies that publish health data take limits of their
own, some higher (CMS: 11)."""
CELLS_AT_MOST = 1000
"""Nobody reads more; with so many the data set as a whole is a matter for an expert."""
_AGE = re.compile(r"(\d{1,3})([DWMY]?)")
_PER_YEAR = {"D": 365, "W": 52, "M": 12, "Y": 1, "": 1}
_MONTH = re.compile(r"(\d{4})-?(\d{2})(-?\d{2})?")


@dataclass(frozen=True, slots=True)
class SmallCell:
    """What few patients share.

    Attributes
    ----------
    cell : mapping of str to str
        Property to value, in the order of :data:`PROPERTIES`.
    patients : int
        How many patients share it.
    """

    cell: Mapping[str, str]
    patients: int


def small_cells(
    rows: Iterable[Mapping[str, str | int | None]],
    *,
    limit: int = SMALL_CELL_PATIENTS,
    at_most: int = CELLS_AT_MOST,
) -> tuple[SmallCell, ...]:
    """Find what fewer than ``limit`` patients share.

    A cell is left out where a part of it is small already: that two men were scanned in May says more than that two
    men in their forties were.

    Parameters
    ----------
    rows : iterable of mapping
        One a study: ``patient``, and any of :data:`PROPERTIES`; None and "" are unknown. ``age`` in years or as DICOM
        writes it (``045Y``), ``month`` as ``YYYYMM`` or ``YYYY-MM``, or a date.
    limit : int
        So many patients are enough to hide among.
    at_most : int
        Longest answer.

    Returns
    -------
    tuple of SmallCell
        The most telling first: fewest patients, then fewest properties.
    """
    patients_of: dict[tuple[tuple[str, str], ...], set[str]] = {}
    for row in rows:
        patient = str(row.get("patient") or "")
        known = tuple((name, text) for name in PROPERTIES if (text := _text(name, row.get(name))))
        patients_of.setdefault(known, set()).add(patient)
    small: set[frozenset[tuple[str, str]]] = set()
    cells: list[tuple[int, tuple[tuple[str, str], ...]]] = []
    for size in range(1, len(PROPERTIES) + 1):
        sharing: dict[tuple[tuple[str, str], ...], set[str]] = {}
        for known, patients in patients_of.items():
            for cell in combinations(known, size):
                if size == 1 or not any(frozenset(part) in small for part in _parts(cell)):
                    sharing.setdefault(cell, set()).update(patients)
        for cell, patients in sharing.items():
            if len(patients) < limit:
                small.add(frozenset(cell))
                cells.append((len(patients), cell))
    cells.sort(key=lambda each: (each[0], len(each[1]), [(PROPERTIES.index(name), text) for name, text in each[1]]))
    return tuple(SmallCell(dict(cell), patients) for patients, cell in cells[:at_most])


def _parts(cell: tuple[tuple[str, str], ...]) -> Iterable[tuple[tuple[str, str], ...]]:
    return (part for size in range(1, len(cell)) for part in combinations(cell, size))


def _text(name: str, value: str | int | None) -> str:
    """Return a value as the cell names it; empty where it is unknown."""
    text = "" if value is None else str(value).strip()
    if name == "age" and text:
        found = _AGE.fullmatch(text)
        if found is None:
            return ""
        first = int(found[1]) // _PER_YEAR[found[2]] // AGE_BAND_YEARS * AGE_BAND_YEARS
        return f"{first}-{first + AGE_BAND_YEARS - 1}"
    if name == "month" and text:
        found = _MONTH.fullmatch(text)
        return f"{found[1]}-{found[2]}" if found else ""
    return text
