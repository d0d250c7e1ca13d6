"""The steps of a selection, in order: each says of one study whether it falls out, and by which of its reasons."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from groundglass.datasets.candidates import Candidate
from groundglass.datasets.gathering.facts import fits, step_mm, within
from groundglass.datasets.gathering.names import plain
from groundglass.datasets.recipe.model import Exclusion, Recipe, SelectionRule

Limits = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """One step that judges each study alone.

    Attributes
    ----------
    code : str
        Of the step.
    refuses : callable
        Returns None for a study that goes on; else the reason, "" where the step has one reason only.
    values : mapping
        Fill the phrase of the step; never a name of a person, an organisation or a study.
    """

    code: str
    refuses: Callable[[Candidate], str | None]
    values: Mapping[str, str | int | float] = field(default_factory=dict)


def rules_of(recipe: Recipe) -> Iterator[Rule]:
    """Yield the steps that a recipe asks for.

    Parameters
    ----------
    recipe : Recipe
        Its selection, layout and analysis.
    """
    rule = recipe.selection
    yield Rule("unusable", lambda c: None if c.refusal is None and c.files else _refusal(c))
    if recipe.tables:
        yield Rule("table_conflict", lambda c: c.conflict or None)
    if rule.in_tables:
        yield _rule("in_tables", lambda c: c.named)
    yield from _of_the_study(rule)
    if rule.grades:
        yield Rule("grade", lambda c: by_grade(c.grade, recipe), {"grades": ", ".join(rule.grades)})
    if recipe.layout == "mosmed" and recipe.analysis.grade == "never":
        yield _rule("grade_known", lambda c: bool(c.grade))
    yield from _of_the_series(rule)
    if rule.with_masks:
        yield _rule("masks", lambda c: any(mask.kind == "lesions" for mask in c.masks))
    if rule.studies:
        studies = _identifiers(rule.studies)
        yield _rule("excluded_studies", lambda c: not _listed(c.study_uid, studies), {"listed": len(rule.studies)})
    if rule.patients:
        patients = _identifiers(rule.patients)
        yield _rule("excluded_patients", lambda c: not _listed(c.patient_id, patients), {"listed": len(rule.patients)})
    for exclusion in rule.exclusions:
        reason = exclusion.reason or _words(exclusion)
        yield Rule("exclusion", _excluding(exclusion), {"reason": reason, "column": exclusion.column})


def by_grade(grade: str, recipe: Recipe) -> str | None:
    """Return why a study of this grade falls out, None where it goes on.

    A grade that groundglass is to measure is not known yet: such a study goes on.

    Parameters
    ----------
    grade : str
        CT-0 .. CT-4, "" for none.
    recipe : Recipe
        Its grades and its analysis.
    """
    wanted = recipe.selection.grades
    if not wanted or recipe.analysis.grade == "always" or (not grade and recipe.analysis.grade == "missing"):
        return None
    return None if grade in wanted else grade or "missing"


def _rule(code: str, keeps: Callable[[Candidate], bool], values: Mapping[str, str | int | float] | None = None) -> Rule:
    return Rule(code, lambda candidate: None if keeps(candidate) else "", values or {})


def _refusal(candidate: Candidate) -> str:
    return candidate.refusal.code if candidate.refusal is not None else "NO_SERIES_TO_GRADE"


def _of_the_study(rule: SelectionRule) -> Iterator[Rule]:
    """Yield the steps by date, organisation and patient."""
    if rule.first_date or rule.last_date:
        first, last = rule.first_date, rule.last_date

        def dated(candidate: Candidate) -> str | None:
            day = candidate.study_date
            if not day:
                return "missing"
            return "before" if first and day < first else "after" if last and day > last else None

        yield Rule("dates", dated, {"limits": _limits((_day(first), _day(last)))})
    if rule.organisations:
        names = {_name(name) for name in rule.organisations}
        values = {"count": len(rule.organisations)}
        yield Rule("organisations", lambda c: _missing(c.organisation, _name(c.organisation) in names), values)
    if rule.age_years != (None, None):
        yield Rule("age", lambda c: _ranged(c.age_years, rule.age_years), {"limits": _limits(rule.age_years)})
    if rule.sex:
        yield Rule("sex", lambda c: _missing(c.sex, c.sex in rule.sex), {"sexes": ", ".join(rule.sex)})


def _of_the_series(rule: SelectionRule) -> Iterator[Rule]:
    """Yield the steps by what the header of the series says."""
    if rule.kernel != "any" or rule.kernels:
        wanted = [*([] if rule.kernel == "any" else [rule.kernel]), *rule.kernels]

        def kernel(candidate: Candidate) -> str | None:
            if rule.kernel not in ("any", candidate.kernel_class):
                return candidate.kernel_class
            return None if fits(candidate.kernel, rule.kernels) else "other"

        yield Rule("kernel", kernel, {"kernels": ", ".join(wanted)})
    if rule.series_description:
        values = {"patterns": ", ".join(rule.series_description)}
        yield _rule("description", lambda c: fits(c.description, rule.series_description), values)
    if rule.manufacturers:
        values = {"patterns": ", ".join(rule.manufacturers)}
        yield Rule("manufacturer", lambda c: _missing(c.manufacturer, fits(c.manufacturer, rule.manufacturers)), values)
    if rule.slices != (None, None):
        yield Rule("slices", lambda c: _ranged(c.slices, rule.slices), {"limits": _limits(rule.slices)})
    if rule.slice_spacing_mm != (None, None):
        values = {"limits": _limits(rule.slice_spacing_mm)}
        yield Rule("spacing", lambda c: _ranged(step_mm(c.spacing_mm), rule.slice_spacing_mm), values)
    if rule.contrast == "no":
        yield _rule("contrast", lambda c: c.contrast != "yes")


def _missing(value: str, fitting: bool) -> str | None:
    return None if fitting else "other" if value else "missing"


def _ranged(value: float | None, limits: Limits) -> str | None:
    if value is None:
        return "missing"
    if within(value, limits):
        return None
    low = limits[0]
    return "below" if low is not None and value < low else "above"


def _limits(limits: tuple[object, object]) -> str:
    """Return limits in figures: ``18-97``, ``>= 18``, ``<= 97``."""
    low, high = (end if isinstance(end, str) else None if end is None else f"{end:g}" for end in limits)
    if low and high:
        return f"{low} .. {high}"
    return f">= {low}" if low else f"<= {high}"


def _day(day: str) -> str | None:
    return f"{day[:4]}-{day[4:6]}-{day[6:]}" if day else None


def _name(text: str) -> str:
    return " ".join(plain(text).split())


def _identifiers(given: Collection[str]) -> frozenset[str]:
    """Return identifiers as they are compared: rather too many are left out than one that should be."""
    return frozenset(name for text in given for name in (plain(text), plain(text).lstrip("0")) if name)


def _listed(text: str, listed: Collection[str]) -> bool:
    name = plain(text)
    return bool(name) and (name in listed or name.lstrip("0") in listed)


def _excluding(exclusion: Exclusion) -> Callable[[Candidate], str | None]:
    wanted = plain(exclusion.column)
    values = {_name(text) for text in exclusion.value} if isinstance(exclusion.value, tuple) else set()
    limit = exclusion.value if isinstance(exclusion.value, float | int) else 0.0

    def refuses(candidate: Candidate) -> str | None:
        cell = cell_of(candidate, wanted)
        if exclusion.test == "missing":
            return None if cell else ""
        if exclusion.test == "equals":
            return "" if cell and _name(cell) in values else None
        value = number_of(cell)
        if value is None:
            return None
        return "" if (value < limit if exclusion.test == "below" else value > limit) else None

    return refuses


def cell_of(candidate: Candidate, column: str) -> str:
    """Return the cell of a column, named without case; "" where there is none."""
    return next((cell for name, cell in candidate.columns.items() if plain(name) == column and cell), "").strip()


def number_of(cell: str) -> float | None:
    """Return the number of a cell such as ``93``, ``92,5`` or ``93 %``, None for anything else."""
    text = cell.replace("\xa0", "").replace(" ", "").rstrip("%").replace(",", ".")
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def _words(exclusion: Exclusion) -> str:
    """Return an exclusion in figures, where the recipe gives no words."""
    if exclusion.test == "missing":
        return f"{exclusion.column} = -"
    if exclusion.test == "equals" and isinstance(exclusion.value, tuple):
        return f"{exclusion.column} = {', '.join(exclusion.value)}"
    mark = "<" if exclusion.test == "below" else ">"
    return f"{exclusion.column} {mark} {exclusion.value:g}" if isinstance(exclusion.value, float | int) else ""
