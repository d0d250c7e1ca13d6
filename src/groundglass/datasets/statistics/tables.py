"""Statistics as tables of plain text, for README files and the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from groundglass.datasets.statistics.model import Agreement, Category, Figure, Spread, Statistics, Step
from groundglass.datasets.statistics.properties import MEASURES, ZONES
from groundglass.datasets.statistics.wording import DASH, Words
from groundglass.phrases import Language, say
from groundglass.phrases import table as phrase_table

VALUES_AT_MOST = 20
"""Rows of one property; the rarer ones are told together, and ``statistics.json`` has them all."""
QUARTILES_AT_LEAST = 5
"""Of fewer values quartiles lie between the same one or two, and say nothing that least and largest do not."""
CELLS_AT_MOST = 10
"""Small cells that are shown."""


class Table(NamedTuple):
    """One table of text.

    Attributes
    ----------
    title : str
        Its heading.
    header : tuple of str
        A heading a column.
    rows : tuple of tuple of str
        As many cells each.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables_of(statistics: Statistics, language: Language) -> list[Table]:
    """Return every table that has something to say.

    Parameters
    ----------
    statistics : Statistics
        Of a data set.
    language : {"en", "ru"}
        Of the words.
    """
    say_in = Words(language)
    categories = statistics.categories
    tables = [_overview(statistics, say_in)]
    tables += _shares(statistics, say_in, "grade")
    tables += _shares(statistics, say_in, "sex", unknown_alone=False)
    tables += _decades(statistics, say_in)
    for name in ("scanner", "site", "kernel_class", "kernel", "kvp_kv", "contrast"):
        if categories[name].known_studies:
            tables += _shares(statistics, say_in, name)
    tables += _numbers(statistics, say_in)
    tables += _involvement(statistics, say_in)
    tables += _shares(statistics, say_in, "pattern")
    tables += _localisation(statistics, say_in)
    tables += _parts(statistics, say_in)
    if statistics.agreement:
        tables += _agreement(statistics.agreement, say_in)
    tables += _funnel(statistics.funnel, say_in)
    tables += _small_cells(statistics, say_in)
    return tables


def step_words(step: Step, language: Language) -> str:
    """Return a step of the selection in words; a step without words is named by its code."""
    key = f"funnel_{step.step}"
    if key not in phrase_table():
        return step.step.replace("_", " ")
    try:
        return say(key, language, **step.values)
    except KeyError:  # the phrase wants a value that this step does not have: statistics of another version
        return step.step.replace("_", " ")


def _overview(of: Statistics, w: Words) -> Table:
    masks = of.masks
    rows = [(w("studies"), w.count(of.studies))]
    rows.append((w("patients"), w("not_known") if of.patients is None else w.count(of.patients)))
    if of.patients is None and of.studies_without_patient < of.studies:
        rows.append((w("without_patient"), w.count(of.studies_without_patient)))
    if of.patients is not None and of.patients != of.studies:
        for number, count in of.patients_by_studies.items():
            words = w("patients_with_one") if number == "1" else w("patients_with", count=number)
            rows.append((words, w.count(count)))
    sites = len(of.categories["site"].values)
    if sites:
        rows.append((w("sites"), w.count(sites)))
    rows += _by_whom("grades_by", {s.value: s.studies for s in of.categories["grade_source"].values}, w)
    if masks.studies_with_lesion_mask:
        rows.append((w("with_lesion_mask"), w.count(masks.studies_with_lesion_mask)))
        if set(masks.studies_by_source) != {"unknown"}:
            rows += _by_whom("masks_by", masks.studies_by_source, w)
        if masks.empty_lesion_masks:
            rows.append((w("empty_masks"), w.count(masks.empty_lesion_masks)))
        if masks.lesion_masks_of_unknown_volume:
            rows.append((w("masks_unmeasured"), w.count(masks.lesion_masks_of_unknown_volume)))
    if masks.studies_with_lung_mask:
        rows.append((w("with_lung_mask"), w.count(masks.studies_with_lung_mask)))
    return Table(w("overview"), (w("what"), w("number")), tuple(rows))


def _by_whom(key: str, counts: Mapping[str, int], w: Words) -> Iterable[tuple[str, str]]:
    return [(w(key, who=w.value("who", who)), w.count(count)) for who, count in counts.items() if count]


def _shares(of: Statistics, w: Words, name: str, *, unknown_alone: bool = True) -> list[Table]:
    """Return the table of one property; unknown studies have a row of their own."""
    category: Category = of.categories[name]
    if not of.studies or (unknown_alone and not category.known_studies):
        return []
    with_patients = of.patients is not None and of.patients != of.studies
    shown, rest = category.values[:VALUES_AT_MOST], category.values[VALUES_AT_MOST:]
    if len(rest) == 1:
        shown, rest = category.values, ()
    lines = [(w.value(name, share.value), share.studies, share.patients) for share in shown]
    if rest:
        lines.append((w("rarer", count=len(rest)), sum(share.studies for share in rest), None))
    if category.unknown_studies:
        lines.append((w("unknown"), category.unknown_studies, None))
    header = (w(name), w("studies"), w("share", count=w.count(of.studies)))
    rows = [(label, w.count(studies), w.percent(100 * studies / of.studies)) for label, studies, _ in lines]
    if not with_patients:
        return [Table(w(name), header, tuple(rows))]
    patients = (DASH if count is None else w.count(count) for _, _, count in lines)
    wide = tuple((*row, count) for row, count in zip(rows, patients, strict=True))
    return [Table(w(name), (*header, w("patients")), wide)]


def _decades(of: Statistics, w: Words) -> list[Table]:
    if not of.decades:
        return []
    sexes = [("M", "male"), ("F", "female"), ("O", "other"), ("", "unknown")]
    used = [(sex, name) for sex, name in sexes if any(getattr(decade, name) for decade in of.decades)]
    header = tuple(w.value("sex", sex) if sex else w("unknown") for sex, _ in used)
    rows = [
        (
            f"{decade.first_year}–{decade.last_year}",
            w.count(decade.studies),
            *(w.count(getattr(decade, name)) for _, name in used),
        )
        for decade in of.decades
    ]
    unknown = of.measures["age_years"].unknown_studies
    if unknown:
        rows.append((w("unknown"), w.count(unknown), *(DASH for _ in used)))
    return [Table(w("decades"), (w("decade"), w("studies"), *header), tuple(rows))]


_SPREAD = ("minimum", "lower_quartile", "median", "upper_quartile", "maximum", "mean")


def _numbers(of: Statistics, w: Words) -> list[Table]:
    rows = []
    measures = [(name, of.measures[name], rule) for name, rule in MEASURES.items()]
    if of.patients != of.studies and of.patients is not None:
        measures.insert(0, ("age_years_of_patients", of.age_years_of_patients, MEASURES["age_years"]))
    for name, found, rule in measures:
        if not found.known_studies:
            continue
        label = w.named(name, rule.unit)
        if rule.unit == "years" and of.age_as == "decades":
            label += f" ({w('as_decades')})"
        total = _number(found.total, rule.digits, rule.unit, w) if rule.summed else DASH
        rows.append((label, *_spread(found, rule.digits, w, rule.unit), total))
    header = (w("property"), w("known_for"), *(w(each) for each in _SPREAD), w("total"))
    return [Table(w("numbers"), header, tuple(rows))] if rows else []


_QUARTILES = ("lower_quartile", "upper_quartile")
_BETWEEN = ("lower_quartile", "median", "upper_quartile", "mean")
"""These may lie between two values of a property of whole numbers."""


def _spread(found: Spread, digits: int, w: Words, unit: str = "") -> tuple[str, ...]:
    few = found.known_studies < QUARTILES_AT_LEAST
    numbers = (
        DASH
        if few and each in _QUARTILES
        else _number(getattr(found, each), max(digits, 1) if each in _BETWEEN else digits, unit, w)
        for each in _SPREAD
    )
    return w.count(found.known_studies), *numbers


def _number(value: float | None, digits: int, unit: str, w: Words) -> str:
    return w.volume(value) if unit == "ml" else w.number(value, digits)


def _involvement(of: Statistics, w: Words) -> list[Table]:
    rows = tuple((w.grade(grade), *_spread(found, 1, w)) for grade, found in of.involvement_percent_by_grade.items())
    header = (w("grade"), w("known_for"), *(w(each) for each in _SPREAD))
    return [Table(w("involvement_by_grade"), header, rows)] if rows else []


def _localisation(of: Statistics, w: Words) -> list[Table]:
    places = of.localisation
    if not places.known_studies:
        return []
    share = w("share", count=w.count(places.known_studies))

    def rows(kind: str, counts: Mapping[str, int]) -> tuple[tuple[str, ...], ...]:
        return tuple(
            (w.value(kind, name), w.count(count), w.percent(100 * count / places.known_studies))
            for name, count in list(counts.items())[: len(ZONES) + VALUES_AT_MOST]
        )

    title = f"{w('places')} ({w('place_note', count=w.count(places.known_studies))})"
    tables = [Table(title, (w("place"), w("studies"), share), rows("place", places.studies_by_place))]
    if places.studies_by_side:
        tables.append(Table(w("sides"), (w("place"), w("studies"), share), rows("side", places.studies_by_side)))
    return tables


def _parts(of: Statistics, w: Words) -> list[Table]:
    if not of.parts:
        return []
    grades = [
        name for name in of.parts[0].studies_by_grade if any(part.studies_by_grade.get(name) for part in of.parts)
    ]
    header = (w("part"), w("studies"), w("patients"), *(w.grade(grade) for grade in grades), w("median_age"))
    rows = tuple(
        (
            w.value("split", part.name) if part.name else w("no_part"),
            w.count(part.studies),
            w("not_known") if part.patients is None else w.count(part.patients),
            *(w.count(part.studies_by_grade.get(grade, 0)) for grade in grades),
            w.number(part.age_years.median, 1),
        )
        for part in of.parts
    )
    return [Table(w("parts"), header, rows)]


def _agreement(of: Agreement, w: Words) -> list[Table]:
    rows = [(w("read_twice"), w.count(of.studies), DASH, DASH)]
    if of.reads_not_graded:
        rows.append((w("reads_left_out"), w.count(of.reads_not_graded), DASH, DASH))
    figures: list[tuple[str, Figure | None, int, str]] = [
        ("percent_same", of.percent_same, 1, "of_studies"),
        ("percent_within_one", of.percent_within_one, 1, "of_studies"),
        ("kappa", of.kappa, 2, "of_patients"),
        ("alpha", of.alpha, 2, "of_patients"),
    ]
    for name, figure, digits, unit in figures:
        if figure is not None:
            ends = (w.number(figure.low, digits), w.number(figure.high, digits))
            interval = DASH if figure.low is None else " … ".join(ends)
            rows.append((w(name), w.number(figure.value, digits), interval, w(unit, count=w.count(figure.n))))
    header = (w("what"), w("value"), w("interval"), w("rests_on"))
    grades = [w.grade(grade) for grade in of.grades]
    pairs = tuple((grade, *(w.count(count) for count in row)) for grade, row in zip(grades, of.pairs, strict=True))
    later = tuple(w("later_read", grade=grade) for grade in grades)
    return [Table(w("agreement"), header, tuple(rows)), Table(w("pairs"), (w("earlier_read"), *later), pairs)]


def _funnel(steps: tuple[Step, ...], w: Words) -> list[Table]:
    header = (w("step"), w("out"), w("left"), w("patients_left"))
    rows = tuple(
        (
            step_words(step, w.language),
            w.count(step.studies_out),
            w.count(step.studies_left),
            w.count(step.patients_left),
        )
        for step in steps
    )
    return [Table(w("funnel"), header, rows)] if rows else []


def _small_cells(of: Statistics, w: Words) -> list[Table]:
    cells = of.small_cells.cells
    if not cells:
        return []
    rows = [
        (
            ", ".join(f"{w.value('property', name)}: {_of_cell(name, text, w)}" for name, text in cell.cell.items()),
            w.count(cell.patients),
        )
        for cell in cells[:CELLS_AT_MOST]
    ]
    if len(cells) > CELLS_AT_MOST:
        rows.append((w("cells_more", count=w.count(len(cells) - CELLS_AT_MOST)), DASH))
    title = w("small_cells", limit=of.small_cells.limit_patients)
    return [Table(title, (w("cell"), w("patients")), tuple(rows))]


def _of_cell(name: str, text: str, w: Words) -> str:
    return text.replace("-", "–") if name == "age" else w.value(name, text)
