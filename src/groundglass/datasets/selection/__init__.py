"""From the studies that were found to those that the data set takes, and the funnel that says where the others went."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from groundglass.datasets.candidates import Candidate
from groundglass.datasets.funnel import Funnel, FunnelStep, step
from groundglass.datasets.recipe.model import Recipe
from groundglass.datasets.selection.steps import Rule, rules_of
from groundglass.deidentify.keys import Keys

__all__ = ["Graded", "select", "settle"]


class Graded(NamedTuple):
    """A study whose grade is settled.

    Attributes
    ----------
    key, patient : str
        As of a :class:`groundglass.datasets.candidates.Candidate`.
    grade : str
        CT-0 .. CT-4, "" where nobody could tell.
    """

    key: str
    patient: str
    grade: str


def select(candidates: Sequence[Candidate], recipe: Recipe, *, keys: Keys) -> tuple[tuple[Candidate, ...], Funnel]:
    """Choose studies by the rules of a recipe, in a fixed order of steps.

    Parameters
    ----------
    candidates : sequence of Candidate
        As :func:`groundglass.datasets.gathering.gather` returns them.
    recipe : Recipe
        The rules. Where groundglass is to grade studies itself, those whose grade is not known yet pass the steps that
        ask for one; :func:`settle` takes them up when it is.
    keys : Keys
        Of the project; which studies stay where only so many of a grade may follows from it.

    Returns
    -------
    chosen : tuple of Candidate
        In order of their keys.
    funnel : Funnel
        ``found`` and ``unusable`` always, and each step that the recipe asks for.
    """
    left = tuple(sorted(candidates, key=lambda candidate: candidate.key))
    steps = [step("found", _patients(left), _patients(left))]
    for rule in rules_of(recipe):
        left, made = _passed(left, rule)
        steps.append(made)
    selection = recipe.selection
    if selection.one_per_patient != "all":
        kept = _one_each(left, last=selection.one_per_patient == "last")
        values = {"which": selection.one_per_patient}
        steps.append(step("one_per_patient", _patients(left), _patients(kept), values=values))
        left = kept
    if recipe.analysis.grade == "never":
        kept_keys, limited = _limited([Graded(each.key, each.patient, each.grade) for each in left], recipe, keys)
        left = tuple(candidate for candidate in left if candidate.key in kept_keys)
        steps += limited
    return left, Funnel(tuple(steps))


def settle(studies: Sequence[Graded], recipe: Recipe, *, keys: Keys) -> tuple[frozenset[str], tuple[FunnelStep, ...]]:
    """Choose among studies that groundglass graded, by the rules that had to wait for their grade.

    Parameters
    ----------
    studies : sequence of Graded
        What :func:`select` returned, and could be analysed.
    recipe : Recipe
        As of :func:`select`.
    keys : Keys
        As of :func:`select`.

    Returns
    -------
    kept : frozenset of str
        Keys of the studies that stay; all where the recipe has no study graded.
    steps : tuple of FunnelStep
        ``grade``, ``grade_known`` and ``at_most``, as far as the recipe asks for them and they had to wait.
    """
    if recipe.analysis.grade == "never":
        return frozenset(each.key for each in studies), ()
    left = sorted(studies)
    steps: list[FunnelStep] = []
    waiting: list[tuple[str, dict[str, str | int | float], Callable[[str], str | None]]] = []
    grades = recipe.selection.grades
    if grades:
        waiting.append(("grade", {"grades": ", ".join(grades)}, lambda g: None if g in grades else g or "missing"))
    if recipe.layout == "mosmed":
        waiting.append(("grade_known", {}, lambda grade: None if grade else ""))
    for code, values, refuses in waiting:
        reasons = {each.key: reason for each in left if (reason := refuses(each.grade)) is not None}
        kept = [each for each in left if each.key not in reasons]
        counts = dict(sorted(Counter(filter(None, reasons.values())).items()))
        before, after = [each.patient for each in left], [each.patient for each in kept]
        steps.append(step(code, before, after, values=values, reasons=counts))
        left = kept
    keys_left, limited = _limited(left, recipe, keys)
    return keys_left, (*steps, *limited)


def _patients(candidates: Sequence[Candidate]) -> list[str]:
    return [candidate.patient for candidate in candidates]


def _passed(candidates: tuple[Candidate, ...], rule: Rule) -> tuple[tuple[Candidate, ...], FunnelStep]:
    reasons: Counter[str] = Counter()
    kept = []
    for candidate in candidates:
        reason = rule.refuses(candidate)
        if reason is None:
            kept.append(candidate)
        elif reason:
            reasons[reason] += 1
    left = tuple(kept)
    listed = dict(sorted(reasons.items()))
    return left, step(rule.code, _patients(candidates), _patients(left), values=rule.values, reasons=listed)


def _one_each(candidates: tuple[Candidate, ...], *, last: bool) -> tuple[Candidate, ...]:
    """Return the first or last study of each patient by date and time; one without a date only where no other is."""
    by_patient: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        by_patient[candidate.patient].append(candidate)
    kept = set()
    for studies in by_patient.values():
        dated = [each for each in studies if each.study_date] or studies
        dated.sort(key=lambda each: (each.study_date, each.study_time, each.key))
        kept.add(dated[-1 if last else 0].key)
    return tuple(candidate for candidate in candidates if candidate.key in kept)


def _limited(studies: Sequence[Graded], recipe: Recipe, keys: Keys) -> tuple[frozenset[str], list[FunnelStep]]:
    """Take so many studies of each grade, by the key."""
    count = recipe.selection.at_most
    if count is None:
        return frozenset(each.key for each in studies), []
    groups: dict[str, list[Graded]] = defaultdict(list)
    for each in studies:
        groups[each.grade].append(each)
    kept: set[str] = set()
    for group in groups.values():
        group.sort(key=lambda each: (keys.digest("at-most", each.key), each.key))
        kept.update(each.key for each in group[:count])
    before, after = [each.patient for each in studies], [each.patient for each in studies if each.key in kept]
    return frozenset(kept), [step("at_most", before, after, values={"count": count})]
