"""Parts by patient: every patient once, grades even, rare grades where they are of use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundglass.datasets.recipe import SplitRule
from groundglass.datasets.splits import PatientFacts, evenness, split

THREE = SplitRule(shares={"train": 0.7, "validation": 0.1, "test": 0.2})
FIVE = SplitRule(folds=5)
RULES = [THREE, FIVE, SplitRule(shares={"a": 0.5, "b": 0.5}), SplitRule(shares={"train": 0.99, "test": 0.01})]


def patients(*counts: int, masked: range = range(0)) -> dict[str, PatientFacts]:
    grades = [f"CT-{grade}" for grade, count in enumerate(counts) for _ in range(count)]
    return {f"P{n:04d}": PatientFacts(grade, n in masked, 1) for n, grade in enumerate(grades)}


MOSMED = patients(254, 684, 125, 45, 2, masked=range(254, 304))
FACTS = st.builds(PatientFacts, st.sampled_from(["", "CT-0", "CT-1", "CT-2", "CT-4"]), st.booleans(), st.integers(1, 3))
PEOPLE = st.dictionaries(st.text("abcdef0123456789", min_size=1, max_size=6), FACTS, max_size=60)
ANY_RULE = st.sampled_from(RULES)


def shares_of(rule: SplitRule) -> dict[str, float]:
    return dict(rule.shares) or {f"fold-{n}": 1 / rule.folds for n in range(1, rule.folds + 1)}


def strata(people: Mapping[str, PatientFacts], parts: Mapping[str, str]) -> dict[tuple[str, bool], Counter[str]]:
    found: dict[tuple[str, bool], Counter[str]] = {}
    for name, facts in people.items():
        found.setdefault((facts.grade, facts.masked), Counter())[parts[name]] += 1
    return found


@given(PEOPLE, ANY_RULE, st.integers(0, 3))
@settings(max_examples=120, deadline=None)
def test_every_patient_is_in_one_part_and_the_order_of_patients_does_not_matter(
    people: dict[str, PatientFacts], rule: SplitRule, seed: int
) -> None:
    rule = SplitRule(shares=rule.shares, folds=rule.folds, seed=seed)
    found = split(people, rule, salt="s")
    assert list(found) == list(people)
    assert set(found.values()) <= shares_of(rule).keys()
    assert split(dict(reversed(people.items())), rule, salt="s") == found


@given(PEOPLE, ANY_RULE)
@settings(max_examples=120, deadline=None)
def test_a_part_has_its_share_of_each_stratum_to_within_one_patient(
    people: dict[str, PatientFacts], rule: SplitRule
) -> None:
    found = split(people, rule, salt="s")
    shares = shares_of(rule)
    # where a part would be empty, one patient more may be moved
    spare = 1.0 if min(shares.values()) * len(people) < len(people) / 50 + 5 else 0.0
    for counts in strata(people, found).values():
        for part, share in shares.items():
            assert abs(counts[part] - share * counts.total()) < 1 + spare + 1e-9


@given(PEOPLE, ANY_RULE)
@settings(max_examples=120, deadline=None)
def test_no_part_is_empty_where_there_are_patients_enough(people: dict[str, PatientFacts], rule: SplitRule) -> None:
    found = split(people, rule, salt="s")
    assert len(set(found.values())) == min(len(people), len(shares_of(rule)))


@given(PEOPLE, PEOPLE, ANY_RULE)
@settings(max_examples=120, deadline=None)
def test_patients_keep_their_part_when_others_come(
    people: dict[str, PatientFacts], others: dict[str, PatientFacts], rule: SplitRule
) -> None:
    before = split(people, rule, salt="s")
    after = split(others | people, rule, fixed=before, salt="s")
    assert {name: after[name] for name in people} == before


def test_the_grades_of_mosmed_are_even_in_three_parts_and_in_five_folds() -> None:
    for rule in (THREE, FIVE):
        for counts in strata(MOSMED, split(MOSMED, rule, salt="s")).values():
            for part, share in shares_of(rule).items():
                assert abs(counts[part] - share * counts.total()) < 1
        sizes = Counter(split(MOSMED, rule, salt="s").values())
        assert all(abs(sizes[part] - share * len(MOSMED)) < 1.01 for part, share in shares_of(rule).items())


def test_of_two_patients_of_the_rarest_grade_one_is_trained_on_and_one_tested() -> None:
    for seed in range(10):
        found = split(MOSMED, SplitRule(shares=THREE.shares, seed=seed), salt="s")
        assert evenness(MOSMED, found)["CT-4"] == {"test": 1, "train": 1, "validation": 0}
    folds = evenness(MOSMED, split(MOSMED, FIVE, salt="s"))["CT-4"]
    assert sorted(folds.values()) == [0, 0, 0, 1, 1]


def test_a_grade_of_one_patient_is_trained_on() -> None:
    people = patients(20, 20, 0, 0, 1)
    found = split(people, THREE, salt="s")
    assert found["P0040"] == "train"


def test_seed_and_salt_make_another_division_of_the_same_sizes() -> None:
    first = split(MOSMED, THREE, salt="s")
    for other in (split(MOSMED, SplitRule(shares=THREE.shares, seed=1), salt="s"), split(MOSMED, THREE, salt="t")):
        assert other != first
        assert Counter(other.values()) == Counter(first.values())


def test_the_order_of_parts_in_the_recipe_does_not_matter() -> None:
    turned = SplitRule(shares=dict(reversed(list(THREE.shares.items()))))
    assert split(MOSMED, turned, salt="s") == split(MOSMED, THREE, salt="s")


def test_new_patients_even_out_what_fixed_ones_have_not() -> None:
    people = patients(100)
    fixed = dict.fromkeys(list(people)[:70], "train")
    sizes = Counter(split(people, THREE, fixed=fixed, salt="s").values())
    assert sizes == {"train": 70, "test": 20, "validation": 10}


def test_a_part_that_is_no_more_and_a_patient_who_is_no_more_are_forgotten() -> None:
    people = patients(10)
    found = split(people, THREE, fixed={"P0001": "holdout", "P9999": "test"}, salt="s")
    assert found.keys() == people.keys()
    assert "holdout" not in found.values()


@pytest.mark.parametrize("rule", [SplitRule(), SplitRule(shares={"train": 0.0})])
def test_no_parts_are_no_split(rule: SplitRule) -> None:
    assert split(MOSMED, rule, salt="s") == {}


def test_a_part_of_no_share_gets_nobody() -> None:
    found = split(MOSMED, SplitRule(shares={"train": 1.0, "test": 0.0}), salt="s")
    assert set(found.values()) == {"train"}
