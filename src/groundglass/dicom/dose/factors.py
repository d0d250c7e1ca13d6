"""Conversion factors k from DLP to effective dose, as named and versioned tables; every row has its source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from groundglass.dicom.dose.regions import Region
from groundglass.errors import UsageError, declare

UNKNOWN_FACTORS = declare("UNKNOWN_FACTORS", "No table of dose conversion factors has this name.")
DEFAULT_FACTORS: Final = "mu-2944-11"

_ICRP102 = "ICRP 102 (2007), adult; checked as figures of Shrimpton et al. in Med Phys 39 (2012) 2129, table XII"
_NECK = "AAPM Report 96 (2008), table 3, adult; second hand, not checked in the report"
_MU = "MU 2.6.1.2944-11; second hand, as used by Morozov et al. 2020"
_ICRP103 = "ICRP 103 tissue weights, by sex (AAPM 2018); second hand, not checked"


@dataclass(frozen=True, slots=True)
class Factor:
    """One k, mSv/(mGy cm), for adults.

    Attributes
    ----------
    region : tuple of str
        Parts of the body.
    phantom_cm : int
        Phantom that the DLP must stand for.
    source : str
        Where the figure is published, and where it was checked; ``second hand`` where the publication was not seen.
    sex : {"M", "F"} or None
        None for both.
    """

    region: Region
    k: float
    phantom_cm: int
    source: str
    sex: Literal["M", "F"] | None = None


@dataclass(frozen=True, slots=True)
class FactorTable:
    """A table of k under a name and version."""

    name: str
    version: str
    rows: tuple[Factor, ...]

    @property
    def title(self) -> str:
        """Name and version."""
        return f"{self.name} ({self.version})"

    def find(self, region: Region, sex: str) -> Factor | None:
        """Return the row of a region for a sex (PatientSex), None where the table has none."""
        return next((row for row in self.rows if row.region == region and row.sex in (None, sex)), None)

    def by_sex(self, region: Region) -> bool:
        """Tell whether the table has the region for one sex at a time."""
        return any(row.region == region and row.sex is not None for row in self.rows)


_BODY_PELVIS: tuple[Region, ...] = (("abdomen",), ("pelvis",), ("abdomen", "pelvis"))
_TRUNK: tuple[Region, ...] = (("chest", "abdomen"), ("chest", "abdomen", "pelvis"))
_NOT_CHEST: tuple[Factor, ...] = (
    Factor(("head",), 0.0021, 16, _ICRP102),
    Factor(("head", "neck"), 0.0031, 16, _NECK),
    Factor(("neck",), 0.0059, 16, _NECK),
    *(Factor(region, 0.015, 32, f"{_ICRP102}: abdomen and pelvis") for region in _BODY_PELVIS),
    *(Factor(region, 0.015, 32, f"{_ICRP102}: trunk") for region in _TRUNK),
)

TABLES: dict[str, FactorTable] = {
    table.name: table
    for table in (
        FactorTable(DEFAULT_FACTORS, "2011; ICRP 102, 2007", (Factor(("chest",), 0.017, 32, _MU), *_NOT_CHEST)),
        FactorTable("icrp-102", "2007", (Factor(("chest",), 0.014, 32, _ICRP102), *_NOT_CHEST)),
        FactorTable(
            "icrp-103",
            "2018, second hand",
            (Factor(("chest",), 0.017, 32, _ICRP103, "M"), Factor(("chest",), 0.023, 32, _ICRP103, "F")),
        ),
    )
}
"""``mu-2944-11`` has the chest of MU 2.6.1.2944-11; for the other regions it takes ICRP 102."""


def factor_table(name: str) -> FactorTable:
    """Return a table by its name.

    Raises
    ------
    UsageError
        ``UNKNOWN_FACTORS``.
    """
    if name not in TABLES:
        todo = f"use one of {', '.join(TABLES)}"
        raise UsageError(UNKNOWN_FACTORS, what=f"there is no table {name!r}", where="--factors", todo=todo)
    return TABLES[name]
