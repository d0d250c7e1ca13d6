"""From members to numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, Literal

import numpy as np

from groundglass.datasets.funnel import Funnel
from groundglass.datasets.members import Member
from groundglass.datasets.statistics.model import (
    Category,
    Cell,
    Decade,
    Histogram,
    Localisation,
    Masks,
    Part,
    Share,
    SmallCells,
    Spread,
    Statistics,
    Step,
    Thin,
)
from groundglass.datasets.statistics.properties import CATEGORIES, GRADES, MEASURES, SEXES, ZONES, CategoryRule
from groundglass.datasets.statistics.readers import agreement_of
from groundglass.datasets.statistics.stored import rounded
from groundglass.deidentify.cells import SMALL_CELL_PATIENTS, small_cells

POINTS_AT_MOST = 60
"""So many values are kept and drawn one by one; more would cover each other, and a box says more."""
THIN_PERCENT = 10.0
"""Unknown for more studies than this, a property is called thin: beyond a tenth missing, results are likely to be
biased (Bennett, Aust N Z J Public Health 2001;25:464-469)."""
DECADES_AT_LEAST = 5
"""So many ages that all end in 0 are no chance (1 in 100,000) but the first years of decades."""
OLDEST_YEARS = 130
"""An age beyond is none; the oldest verified was 122."""
LARGEST_NUMBER = 1e9
"""A number beyond is none that any column can mean, and neither is one below 0; the largest sound one is the volume of
a whole set in ml."""
_DECADE_YEARS = 10


def statistics_of(members: Sequence[Member], funnel: Funnel | None = None) -> Statistics:
    """Count a data set.

    Parameters
    ----------
    members : sequence of Member
        Its studies. Numbers are taken as ``studies.csv`` writes them, so that a recount from the file gives the same.
    funnel : Funnel, optional
        How they were selected.

    Returns
    -------
    Statistics
        Never fails for what members say: an unknown value is counted as unknown, an empty set has zeros.
    """
    studies = [_as_written(member) for member in members]
    by_patient = Counter(member.patient_id for member in studies if member.patient_id)
    categories = {name: _category(studies, rule) for name, rule in CATEGORIES.items()}
    measures = {
        name: spread([getattr(member, name) for member in studies], rule.edges) for name, rule in MEASURES.items()
    }
    return Statistics(
        studies=len(studies),
        patients=_patients(studies),
        studies_without_patient=sum(not member.patient_id for member in studies),
        patients_by_studies={str(number): count for number, count in sorted(Counter(by_patient.values()).items())},
        categories=categories,
        measures=measures,
        age_years_of_patients=spread(ages_of_patients(studies), MEASURES["age_years"].edges),
        age_as=_age_as(studies),
        decades=_decades(studies),
        involvement_percent_by_grade=_by_grade(studies),
        parts=_parts(studies),
        masks=_masks(studies),
        localisation=_localisation(studies),
        agreement=agreement_of(studies),
        small_cells=_small_cells(studies),
        funnel=_steps(funnel),
        thin=_thin(len(studies), categories, measures),
    )


def spread(values: Sequence[float | int | None], edges: Sequence[float] = ()) -> Spread:
    """Return how numbers are spread.

    Parameters
    ----------
    values : sequence of float or None
        One a study; None is unknown.
    edges : sequence of float
        Of the histogram; none without.
    """
    known = sorted(float(value) for value in values if value is not None)
    unknown = len(values) - len(known)
    if not known:
        return Spread(0, unknown)
    quartiles = [float(each) for each in np.quantile(known, (0.25, 0.5, 0.75))]
    return Spread(
        len(known),
        unknown,
        minimum=known[0],
        lower_quartile=rounded(quartiles[0]),
        median=rounded(quartiles[1]),
        upper_quartile=rounded(quartiles[2]),
        maximum=known[-1],
        mean=rounded(sum(known) / len(known)),
        total=rounded(sum(known)),
        values=tuple(known) if len(known) <= POINTS_AT_MOST else (),
        histogram=_histogram(known, edges) if edges else None,
    )


def ages_of_patients(members: Sequence[Member]) -> list[int | None]:
    """Return the age of each patient at the first of the studies, which is the youngest one known.

    Parameters
    ----------
    members : sequence of Member
        A study without patient is one of its own.
    """
    ages: dict[str, int | None] = {}
    for place, member in enumerate(members):
        patient = f"patient {member.patient_id}" if member.patient_id else f"study {place}"
        known = [age for age in (ages.get(patient), member.age_years) if age is not None]
        ages[patient] = min(known, default=None)
    return list(ages.values())


def _histogram(known: Sequence[float], edges: Sequence[float]) -> Histogram:
    counts, _ = np.histogram(known, edges)
    below, above = sum(value < edges[0] for value in known), sum(value > edges[-1] for value in known)
    return Histogram(tuple(edges), tuple(int(count) for count in counts), below, above)


def _as_written(member: Member) -> Member:
    """Return a member with numbers and words as ``studies.csv`` has them; impossible numbers are unknown."""
    changed: dict[str, Any] = {}
    for each in fields(member):
        value = getattr(member, each.name)
        if isinstance(value, int | float):
            if not 0 <= value <= LARGEST_NUMBER:  # true of what is no number, too
                changed[each.name] = None
            elif isinstance(value, float):
                changed[each.name] = rounded(value)
        elif isinstance(value, str):
            changed[each.name] = value.strip() or None
    if member.age_years is not None and member.age_years > OLDEST_YEARS:
        changed["age_years"] = None
    changed["study_id"] = member.study_id
    return replace(member, **changed)


def _patients(studies: Sequence[Member]) -> int | None:
    if any(not member.patient_id for member in studies):
        return None
    return len({member.patient_id for member in studies})


def _category(studies: Sequence[Member], rule: CategoryRule) -> Category:
    sharing: dict[str, list[Member]] = {}
    for member in studies:
        if value := rule.of(member):
            sharing.setdefault(value, []).append(member)
    first = [value for value in rule.order if value in sharing or (rule.complete and sharing)]
    others = sorted((value for value in sharing if value not in rule.order), key=lambda v: (-len(sharing[v]), v))
    values = tuple(
        Share(
            value,
            len(sharing.get(value, ())),
            _patients(sharing.get(value, ())),
            rounded(100 * len(sharing.get(value, ())) / len(studies)),
        )
        for value in (*first, *others)
    )
    known = sum(share.studies for share in values)
    return Category(known, len(studies) - known, values)


def _age_as(studies: Sequence[Member]) -> Literal["years", "decades", "unknown"]:
    ages = [member.age_years for member in studies if member.age_years is not None]
    if not ages:
        return "unknown"
    even = all(age % _DECADE_YEARS == 0 for age in ages)
    return "decades" if even and len(ages) >= DECADES_AT_LEAST else "years"


def _decades(studies: Sequence[Member]) -> tuple[Decade, ...]:
    counted: Counter[tuple[int, str]] = Counter()
    for member in studies:
        if member.age_years is not None:
            sex = member.sex if member.sex in SEXES else ""
            counted[member.age_years // _DECADE_YEARS, str(sex)] += 1
    places = [place for place, _ in counted]
    if not places:
        return ()
    return tuple(
        Decade(
            place * _DECADE_YEARS,
            place * _DECADE_YEARS + _DECADE_YEARS - 1,
            *(counted[place, sex] for sex in (*SEXES, "")),
        )
        for place in range(min(places), max(places) + 1)
    )


def _by_grade(studies: Sequence[Member]) -> dict[str, Spread]:
    found = {}
    for grade in GRADES:
        values = [member.involvement_percent for member in studies if member.grade == grade]
        if any(value is not None for value in values):
            found[grade] = spread(values)
    return found


def _parts(studies: Sequence[Member]) -> tuple[Part, ...]:
    names = sorted({member.split or "" for member in studies} - {""}, key=_part_order)
    if not names:
        return ()
    parts = []
    for name in [*names, *([""] if any(not member.split for member in studies) else [])]:
        inside = [member for member in studies if (member.split or "") == name]
        grades = Counter(member.grade for member in inside if member.grade)
        sexes = Counter(member.sex for member in inside if member.sex)
        parts.append(
            Part(
                name,
                len(inside),
                _patients(inside),
                {grade: grades[grade] for grade in (*GRADES, *sorted(set(grades) - set(GRADES)))} if grades else {},
                {sex: sexes[sex] for sex in (*SEXES, *sorted(set(sexes) - set(SEXES))) if sexes[sex]},
                spread([member.age_years for member in inside]),
            )
        )
    return tuple(parts)


_PART_ORDER = ("train", "validation", "test")


def _part_order(name: str) -> tuple[int, int, str]:
    """Sort parts in the order of use, and folds by their number."""
    number = name.rpartition("-")[2]
    place = _PART_ORDER.index(name) if name in _PART_ORDER else len(_PART_ORDER)
    return place, int(number) if number.isdecimal() and len(number) < 10 else 0, name


def _masks(studies: Sequence[Member]) -> Masks:
    masked = [member for member in studies if member.mask_file or member.lesion_ml is not None]
    sources = Counter(member.mask_source or "unknown" for member in masked)
    return Masks(
        len(masked),
        sum(bool(member.lungs_file) for member in studies),
        sum(member.lesion_ml == 0 for member in masked),
        sum(member.lesion_ml is None for member in masked),
        {source: sources[source] for source in sorted(sources, key=_source_order)},
    )


def _source_order(source: str) -> tuple[int, str]:
    order = (*CATEGORIES["mask_source"].order, "unknown")
    return (order.index(source) if source in order else len(order)), source


def _localisation(studies: Sequence[Member]) -> Localisation:
    places: Counter[str] = Counter()
    sides: Counter[str] = Counter()
    known = 0
    for member in studies:
        here = {place.strip() for place in member.localisation} - {""}
        known += bool(here)
        places.update(here)
        right, left = (any(place.startswith(side) for place in here) for side in ("right", "left"))
        if {"both", "bilateral"} & here or (right and left):
            sides["both"] += 1
        elif right or left:
            sides["right" if right else "left"] += 1
    zones = {zone: places[zone] for zone in ZONES} if set(ZONES) & set(places) else {}
    others = sorted(set(places) - set(ZONES), key=lambda place: (-places[place], place))
    return Localisation(
        known,
        len(studies) - known,
        zones | {place: places[place] for place in others},
        {side: sides[side] for side in ("right", "left", "both")} if sides else {},
    )


def _small_cells(studies: Sequence[Member]) -> SmallCells:
    found = small_cells(
        {
            "patient": member.patient_id or f"study {member.study_id}",
            "sex": member.sex,
            "age": member.age_years,
            "grade": member.grade,
            "manufacturer": member.manufacturer,
            "model": member.model,
        }
        for member in studies
    )
    counts = Counter(cell.patients for cell in found)
    return SmallCells(
        SMALL_CELL_PATIENTS,
        {str(patients): count for patients, count in sorted(counts.items())},
        tuple(Cell(dict(cell.cell), cell.patients) for cell in found),
    )


def _steps(funnel: Funnel | None) -> tuple[Step, ...]:
    return tuple(
        Step(
            step.code,
            dict(step.values),
            step.studies_out,
            step.patients_out,
            step.studies_left,
            step.patients_left,
            dict(step.reasons),
        )
        for step in (funnel.steps if funnel else ())
    )


def _thin(studies: int, categories: Mapping[str, Category], measures: Mapping[str, Spread]) -> tuple[Thin, ...]:
    unknown: tuple[tuple[Literal["sex", "age", "scanner"], int], ...] = (
        ("sex", categories["sex"].unknown_studies),
        ("age", measures["age_years"].unknown_studies),
        ("scanner", categories["scanner"].unknown_studies),
    )
    return tuple(Thin(name, count, studies) for name, count in unknown if count * 100 > THIN_PERCENT * studies)
