"""From the studies that were found to those that the data set takes, and the funnel that says where the others went."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from groundglass.datasets.candidates import Candidate
from groundglass.datasets.funnel import Funnel, FunnelStep, step
from groundglass.datasets.recipe.model import Recipe
from groundglass.datasets.selection.steps import Rule, rules_of
from groundglass.deidentify.keys import Keys

__all__ = ["select"]


def select(candidates: Sequence[Candidate], recipe: Recipe, *, keys: Keys) -> tuple[tuple[Candidate, ...], Funnel]:
    """Choose studies by the rules of a recipe, in a fixed order of steps.

    Parameters
    ----------
    candidates : sequence of Candidate
        As :func:`groundglass.datasets.gathering.gather` returns them.
    recipe : Recipe
        The rules. Where groundglass is to grade studies itself, those whose grade is not known yet pass the steps that
        ask for one; :func:`groundglass.datasets.selection.steps.by_grade` takes them up when it is.
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
    if selection.at_most is not None:
        kept = _at_most(left, selection.at_most, keys)
        steps.append(step("at_most", _patients(left), _patients(kept), values={"count": selection.at_most}))
        left = kept
    return left, Funnel(tuple(steps))


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


def _at_most(candidates: tuple[Candidate, ...], count: int, keys: Keys) -> tuple[Candidate, ...]:
    by_grade: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        by_grade[candidate.grade].append(candidate)
    kept: set[str] = set()
    for studies in by_grade.values():
        studies.sort(key=lambda each: (keys.digest("at-most", each.key), each.key))
        kept.update(each.key for each in studies[:count])
    return tuple(candidate for candidate in candidates if candidate.key in kept)
