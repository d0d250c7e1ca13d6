"""Agreement of readers of a data set, counted by hand."""

from __future__ import annotations

import pytest

from groundglass.datasets.members import Member
from groundglass.datasets.statistics.readers import agreement_of
from groundglass.evaluation.agreement import kappa


def read(*pairs: tuple[str, ...]) -> list[Member]:
    return [Member(study_id=f"s{n}", patient_id=f"p{n}", reads=reads) for n, reads in enumerate(pairs)]


def test_a_set_without_two_reads_of_any_study_has_no_agreement() -> None:
    assert agreement_of(read(("CT-1",), (), ("CT-2", "not read"))) is None


def test_two_readers_are_compared_by_percent_matrix_and_weighted_kappa() -> None:
    given = [("CT-0", "CT-0")] * 4 + [("CT-1", "CT-1")] * 3 + [("CT-1", "CT-2")] * 2 + [("CT-0", "CT-3")]
    found = agreement_of(read(*given, ("CT-4",)))
    assert found is not None
    assert (found.studies, found.patients, found.reads_least, found.reads_most) == (10, 10, 2, 2)
    assert found.percent_same.value == 70
    assert found.percent_within_one.value == 90
    assert found.pairs[0] == (4, 0, 0, 1, 0)
    assert found.pairs[1] == (0, 3, 2, 0, 0)
    expected = kappa([a for a, _ in given], [b for _, b in given], found.grades).value
    assert found.kappa is not None
    assert found.kappa.value == pytest.approx(expected, abs=1e-5)
    assert found.kappa.low is not None
    assert found.kappa.low < found.kappa.value < 1  # type: ignore[operator]  # it has a value, as the line above says


def test_more_than_two_readers_have_an_alpha_and_no_kappa() -> None:
    found = agreement_of(read(("CT-0", "CT-0", "CT-0"), ("CT-1", "CT-2", "CT-1"), ("CT-3", "CT-3")))
    assert found is not None
    assert found.kappa is None
    assert found.alpha.value is not None
    assert 0 < found.alpha.value < 1
    assert sum(map(sum, found.pairs)) == 3 + 3 + 1


def test_reads_that_are_no_grade_are_left_out_and_counted() -> None:
    found = agreement_of(read(("CT-0", "?", "CT-0"), ("CT-1", "CT-1"), ("bad", "CT-1", "CT-3")))
    assert found is not None
    assert found.reads_not_graded == 2
    assert found.kappa is not None


def test_intervals_draw_patients_and_not_studies() -> None:
    members = [
        Member(study_id=f"s{n}", patient_id="one" if n < 8 else "two", reads=("CT-1", "CT-1" if n % 2 else "CT-2"))
        for n in range(16)
    ]
    found = agreement_of(members)
    assert found is not None
    assert found.patients == 2
    assert found.percent_same.low is None  # two patients say nothing of others


def test_readers_who_all_say_the_same_leave_kappa_undefined() -> None:
    found = agreement_of(read(*[("CT-1", "CT-1")] * 5))
    assert found is not None
    assert found.percent_same.value == 100
    assert found.kappa is not None
    assert found.kappa.value is None
    assert found.alpha.value is None
