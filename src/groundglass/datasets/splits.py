"""Parts of a data set, by patient, as even as can be in grade and in whether there is a lesion mask.

Patients of one grade and mask presence are a stratum. In each, every part gets its share to within one patient; which
part gets the odd one follows from what earlier strata left over, and from which part has nobody of that grade yet: of
two patients with the rarest grade one is trained on and one tested. Who goes where follows from a keyed hash.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from groundglass.datasets.recipe import SplitRule

NEW_GRADE_BONUS = 0.5
"""Worth of a first patient of a grade in a part, beside the patients that a part still lacks: enough to win the odd
patient of a rare grade, too little to beat a part that lacks a whole one."""
_TEST = "test"
_Stratum = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """What counts of a patient.

    Attributes
    ----------
    grade : str
        The highest of the patient's studies; "" for none.
    masked : bool
        Whether any study has a lesion mask.
    studies : int
        How many.
    """

    grade: str = ""
    masked: bool = False
    studies: int = 0


def split(
    patients: Mapping[str, PatientFacts], rule: SplitRule, *, fixed: Mapping[str, str] | None = None, salt: str
) -> dict[str, str]:
    """Put every patient into one part.

    Parameters
    ----------
    patients : mapping of str to PatientFacts
        By name; their order does not matter.
    rule : SplitRule
        Shares or folds, and the seed.
    fixed : mapping of str to str
        Part of patients who keep theirs, from an earlier version; names of parts that are no more are not kept.
    salt : str
        Secret of the project and the set, so that nobody can tell a part from a name.

    Returns
    -------
    dict
        Part of each patient, in the order of ``patients``; empty where the rule has no parts.
    """
    shares = parts_of(rule)
    if not shares:
        return {}
    chosen = {name: part for name, part in (fixed or {}).items() if name in patients and part in shares}
    strata: dict[_Stratum, list[str]] = defaultdict(list)
    for name, facts in patients.items():
        strata[facts.grade, facts.masked].append(name)
    carried = dict.fromkeys(shares, 0.0)
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for name, part in chosen.items():
        seen[patients[name].grade][part] += 1
    sizes = Counter(facts.grade for facts in patients.values())
    # the rarest grade first: what it leaves over is made good among the many
    for stratum in sorted(strata, key=lambda each: (sizes[each[0]], each[0], len(strata[each]), each[1])):
        names = strata[stratum]
        counts = Counter(chosen[name] for name in names if name in chosen)
        free = sorted((name for name in names if name not in chosen), key=lambda name: _place(name, rule.seed, salt))
        common = sizes[stratum[0]] > 1
        for name in free:
            part = _next_part(shares, len(names), counts, carried, seen[stratum[0]] if common else None)
            chosen[name] = part
            counts[part] += 1
            seen[stratum[0]][part] += 1
        for part, share in shares.items():
            carried[part] += share * len(names) - counts[part]
    _fill_empty(chosen, patients, shares, kept=set(fixed or ()), order=lambda name: _place(name, rule.seed, salt))
    return {name: chosen[name] for name in patients}


def parts_of(rule: SplitRule) -> dict[str, float]:
    """Return the share of each part, sorted by name, summing to 1; empty where there are none."""
    shares = {f"fold-{number}": 1.0 for number in range(1, rule.folds + 1)} if rule.folds else dict(rule.shares)
    whole = sum(share for share in shares.values() if share > 0)
    return {name: shares[name] / whole for name in sorted(shares, key=_order) if shares[name] > 0}


def _next_part(
    shares: Mapping[str, float],
    size: int,
    counts: Mapping[str, int],
    carried: Mapping[str, float],
    seen: Mapping[str, int] | None,
) -> str:
    """Return the part that the next patient of a stratum of that size goes to."""
    lacks = {part: share * size - counts[part] for part, share in shares.items()}
    whole = [part for part in shares if lacks[part] >= 1]
    if whole:
        return max(whole, key=lambda part: (lacks[part], shares[part]))

    def worth(part: str) -> tuple[float, float, bool]:
        bonus = NEW_GRADE_BONUS if seen is not None and not seen[part] else 0.0
        return round(lacks[part] + carried[part] + bonus, 9), shares[part] if seen is None else 0.0, _is_test(part)

    # rounding must not leave none that lacks anybody
    return max((part for part in shares if lacks[part] > 1e-9), key=worth, default=max(shares, key=lambda p: lacks[p]))


def _fill_empty(
    chosen: dict[str, str],
    patients: Mapping[str, PatientFacts],
    shares: Mapping[str, float],
    *,
    kept: set[str],
    order: Callable[[str], bytes],
) -> None:
    """Give a part without anybody one patient of the fullest, of the commonest stratum, where that one has two."""
    for part in shares:
        counts = Counter(chosen.values())
        if counts[part]:
            continue
        strata = Counter((facts.grade, facts.masked) for facts in patients.values())
        movable = [name for name in chosen if name not in kept and counts[chosen[name]] > 1]
        if movable:
            first = max(
                movable,
                key=lambda name: (
                    strata[patients[name].grade, patients[name].masked],
                    counts[chosen[name]],
                    order(name),
                ),
            )
            chosen[first] = part


def _place(name: str, seed: int, salt: str) -> bytes:
    return hashlib.sha256(f"{salt}\0{seed}\0{name}".encode()).digest()


def _is_test(part: str) -> bool:
    return part.lower().startswith(_TEST)


def _order(part: str) -> tuple[str, int]:
    head, _, number = part.rpartition("-")
    return (head, int(number)) if number.isdecimal() else (part, 0)


def evenness(patients: Mapping[str, PatientFacts], parts: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """Return how many patients of each grade are in each part: grade, part, number."""
    found: dict[str, dict[str, int]] = {}
    names: Sequence[str] = sorted(set(parts.values()), key=_order)
    for name, facts in sorted(patients.items(), key=lambda each: each[1].grade):
        found.setdefault(facts.grade, dict.fromkeys(names, 0))[parts[name]] += 1
    return found
