"""What is counted of a data set, and how it becomes JSON and comes back.

Every share is of all studies, with unknown ones told beside it; every spread says on how many studies it rests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from groundglass.datasets.statistics.stored import damaged, plain, typed

SCHEMA = "groundglass/dataset-statistics/1"


@dataclass(frozen=True, slots=True)
class Share:
    """How many studies share a value.

    Attributes
    ----------
    value : str
        As :class:`groundglass.datasets.members.Member` writes it.
    studies : int
        So many.
    patients : int or None
        Patients behind them; None where a study has no patient.
    percent_of_all_studies : float
        100 x studies / all studies, those of unknown value included.
    """

    value: str
    studies: int
    patients: int | None
    percent_of_all_studies: float


@dataclass(frozen=True, slots=True)
class Category:
    """One property of words, counted.

    Attributes
    ----------
    known_studies, unknown_studies : int
        Their sum is the number of studies.
    values : tuple of Share
        In the property's own order, else the most frequent first.
    """

    known_studies: int
    unknown_studies: int
    values: tuple[Share, ...]

    def studies(self, value: str) -> int:
        """Return how many studies have a value."""
        return next((share.studies for share in self.values if share.value == value), 0)


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts between edges; a value on an edge belongs to the bin above it, on the last one to the last bin.

    Attributes
    ----------
    edges : tuple of float
        One more than bins; the same for every data set.
    studies : tuple of int
        In each bin.
    below, above : int
        Studies outside of all bins.
    """

    edges: tuple[float, ...]
    studies: tuple[int, ...]
    below: int
    above: int


@dataclass(frozen=True, slots=True)
class Spread:
    """One property of numbers, over the studies where it is known.

    Attributes
    ----------
    known_studies, unknown_studies : int
        Their sum is the number of studies asked.
    minimum, lower_quartile, median, upper_quartile, maximum, mean, total : float or None
        In the unit that the property's name ends in; None where nothing is known. Quartiles lie between values in
        proportion (type 7 of Hyndman and Fan).
    values : tuple of float
        All of them, sorted, where they are few; else empty.
    histogram : Histogram or None
        Where the property has edges.
    """

    known_studies: int
    unknown_studies: int
    minimum: float | None = None
    lower_quartile: float | None = None
    median: float | None = None
    upper_quartile: float | None = None
    maximum: float | None = None
    mean: float | None = None
    total: float | None = None
    values: tuple[float, ...] = ()
    histogram: Histogram | None = None


@dataclass(frozen=True, slots=True)
class Decade:
    """Studies of patients of one decade of age.

    Attributes
    ----------
    first_year, last_year : int
        Years of age, both included.
    male, female, other, unknown : int
        Studies by sex.
    """

    first_year: int
    last_year: int
    male: int
    female: int
    other: int
    unknown: int

    @property
    def studies(self) -> int:
        """All studies of the decade."""
        return self.male + self.female + self.other + self.unknown


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the set.

    Attributes
    ----------
    name : str
        ``train``, ``fold-1``; "" for studies without part.
    studies, patients : int
        In it; patients is None where a study has none.
    studies_by_grade, studies_by_sex : mapping of str to int
        Known ones.
    age_years : Spread
        In it.
    """

    name: str
    studies: int
    patients: int | None
    studies_by_grade: Mapping[str, int]
    studies_by_sex: Mapping[str, int]
    age_years: Spread


@dataclass(frozen=True, slots=True)
class Masks:
    """What is outlined.

    Attributes
    ----------
    studies_with_lesion_mask, studies_with_lung_mask : int
        So many.
    empty_lesion_masks, lesion_masks_of_unknown_volume : int
        Masks of 0 ml; masks that nobody measured.
    studies_by_source : mapping of str to int
        Lesion masks by ``people``, ``analysis`` and ``unknown``.
    """

    studies_with_lesion_mask: int
    studies_with_lung_mask: int
    empty_lesion_masks: int
    lesion_masks_of_unknown_volume: int
    studies_by_source: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Localisation:
    """Where changes lie.

    Attributes
    ----------
    known_studies, unknown_studies : int
        Studies that say where, and all others, those without changes included.
    studies_by_place : mapping of str to int
        ``right_upper`` .. ``left_lower`` first, then what else is said; a study counts at each of its places.
    studies_by_side : mapping of str to int
        ``right`` alone, ``left`` alone, ``both``; places that name no side are left out.
    """

    known_studies: int
    unknown_studies: int
    studies_by_place: Mapping[str, int]
    studies_by_side: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95 % interval; None where it is undefined.

    Attributes
    ----------
    value, low, high : float or None
        The figure and the ends of its interval.
    n : int
        Cases that it rests on.
    method : str
        How the interval was made.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    method: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the grades of single readers agree.

    Attributes
    ----------
    studies, patients : int
        Studies with at least two grades of readers; their patients (a study without patient is its own).
    reads_least, reads_most : int
        Fewest and most grades that such a study has.
    reads_not_graded : int
        What readers wrote that is no grade; left out.
    percent_same : Figure
        Studies of which all readers gave the same grade, percent.
    percent_within_one : Figure
        Studies whose grades differ by one step at most, percent.
    kappa : Figure or None
        Cohen's, quadratic weights, of first and second read, where every study has two; else None.
    alpha : Figure
        Krippendorff's, ordinal, of all reads.
    grades : tuple of str
        Of rows and columns of ``pairs``.
    pairs : tuple of tuple of int
        Each pair of reads of a study, counted: row the earlier read, column the later one.
    """

    studies: int
    patients: int
    reads_least: int
    reads_most: int
    reads_not_graded: int
    percent_same: Figure
    percent_within_one: Figure
    kappa: Figure | None
    alpha: Figure
    grades: tuple[str, ...]
    pairs: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the selection, as :class:`groundglass.datasets.funnel.FunnelStep`."""

    step: str
    values: Mapping[str, str | int | float]
    studies_out: int
    patients_out: int
    studies_left: int
    patients_left: int
    reasons: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Cell:
    """What few patients share."""

    cell: Mapping[str, str]
    patients: int


@dataclass(frozen=True, slots=True)
class SmallCells:
    """Combinations of sex, decade of age, grade and scanner that few patients share.

    Attributes
    ----------
    limit_patients : int
        Fewer are few.
    cells_by_patients : mapping of str to int
        Number of patients -> number of such combinations.
    cells : tuple of Cell
        The most telling first.
    """

    limit_patients: int
    cells_by_patients: Mapping[str, int]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Thin:
    """A property that is unknown for so many studies that nobody can judge bias.

    Attributes
    ----------
    property : {"sex", "age", "scanner"}
        Which.
    unknown_studies, studies : int
        How many of how many.
    """

    property: Literal["sex", "age", "scanner"]
    unknown_studies: int
    studies: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Everything that is counted.

    Attributes
    ----------
    studies : int
        All.
    patients : int or None
        None where a study has no patient.
    studies_without_patient : int
        So many.
    patients_by_studies : mapping of str to int
        Number of studies -> number of patients with so many.
    categories : mapping of str to Category
        By the names of :data:`groundglass.datasets.statistics.properties.CATEGORIES`.
    measures : mapping of str to Spread
        By the names of :data:`groundglass.datasets.statistics.properties.MEASURES`.
    age_years_of_patients : Spread
        One age a patient, at the first of the studies; a study without patient is one of its own. "Studies" here are
        patients.
    age_as : {"years", "decades", "unknown"}
        ``decades``: every age is the first year of its decade, and so are its median and its ends.
    decades : tuple of Decade
        From the first to the last that has studies.
    involvement_percent_by_grade : mapping of str to Spread
        Of studies where both are known.
    parts : tuple of Part
        Empty where nothing is split.
    masks : Masks
        What is outlined.
    localisation : Localisation
        Where changes lie.
    agreement : Agreement or None
        None where no study has two reads.
    funnel : tuple of Step
        Empty where it is not known.
    small_cells : SmallCells
        What few patients share.
    thin : tuple of Thin
        What is unknown too often.
    """

    studies: int
    patients: int | None
    studies_without_patient: int
    patients_by_studies: Mapping[str, int]
    categories: Mapping[str, Category]
    measures: Mapping[str, Spread]
    age_years_of_patients: Spread
    age_as: Literal["years", "decades", "unknown"]
    decades: tuple[Decade, ...]
    involvement_percent_by_grade: Mapping[str, Spread]
    parts: tuple[Part, ...]
    masks: Masks
    localisation: Localisation
    agreement: Agreement | None
    small_cells: SmallCells
    funnel: tuple[Step, ...] = ()
    thin: tuple[Thin, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it, ``schema`` first, numbers as ``studies.csv`` rounds them."""
        content: dict[str, Any] = plain(self)
        return {"schema": SCHEMA} | content

    @classmethod
    def from_json(cls, stored: object) -> Statistics:
        """Return statistics from what :meth:`to_json` gave.

        Raises
        ------
        InputError
            ``STATISTICS_DAMAGED`` for another schema, a missing member, or a value of the wrong kind.
        """
        if not isinstance(stored, dict) or stored.get("schema") != SCHEMA:
            raise damaged(f"its schema is not {SCHEMA}", "schema")
        found: Statistics = typed(cls, {name: value for name, value in stored.items() if name != "schema"}, "")
        return found
