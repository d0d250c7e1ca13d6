"""Krippendorff's alpha against the worked example of his book, and at its ends."""

from __future__ import annotations

import pytest

from groundglass.errors import InputError
from groundglass.evaluation.krippendorff import krippendorff_alpha

# Four observers of twelve units (Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011, section C), 0 missing.
_READS = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3),
    (0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0),
)


def test_the_worked_example_of_ordinal_data_comes_out() -> None:
    cases = [[read for read in unit if read] for unit in zip(*_READS, strict=True)]
    found = krippendorff_alpha(cases, (1, 2, 3, 4, 5), range(12))
    assert found.value == pytest.approx(0.815, abs=0.0005)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.815 < found.high
    assert found.n == 11  # the twelfth unit has one read


def test_readers_who_agree_give_one_and_readers_who_never_vary_give_nothing() -> None:
    assert krippendorff_alpha([(1, 1), (2, 2), (3, 3, 3)], (1, 2, 3), "abc").value == pytest.approx(1.0)
    assert krippendorff_alpha([(2, 2), (2, 2), (2, 2)], (1, 2, 3), "abc").value is None
    assert krippendorff_alpha([], (1, 2), "").value is None


def test_readers_of_opposite_opinion_are_worse_than_chance() -> None:
    value = krippendorff_alpha([(1, 3), (3, 1), (1, 3), (3, 1)], (1, 2, 3), range(4)).value
    assert value is not None
    assert value < 0


def test_a_read_that_is_no_category_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        krippendorff_alpha([(1, 9)], (1, 2), "a")
    assert caught.value.code == "EVALUATION_INPUT"
    with pytest.raises(InputError):
        krippendorff_alpha([(1, 2)], (1, 2), "ab")
