"""Figures over patients: two CTs of one person are one."""

from __future__ import annotations

import numpy as np
import pytest

from groundglass.errors import InputError
from groundglass.evaluation.by_patient import (
    by_patient,
    calibration_error_by_patient,
    mean_by_patient,
    median_by_patient,
    ratio_by_patient,
    share_by_patient,
    spearman_by_patient,
)
from groundglass.evaluation.intervals import bootstrap


def test_whoever_has_two_cts_counts_once() -> None:
    mean = mean_by_patient([0.0, 1.0, 1.0, 1.0], ["a", "a", "b", "c"])
    assert mean.estimate.value == pytest.approx((0.5 + 1 + 1) / 3)
    assert mean.estimate.n == 3
    assert mean.sd == pytest.approx(np.std([0.5, 1, 1], ddof=1))
    assert median_by_patient([0.0, 1.0, 1.0, 4.0], ["a", "a", "b", "c"]).value == 1.0


def test_two_patients_give_a_figure_and_no_interval() -> None:
    mean = mean_by_patient([0.2, 0.4], ["a", "b"])
    assert mean.estimate.value == pytest.approx(0.3)
    assert mean.estimate.low is mean.estimate.high is None
    assert mean_by_patient([0.2], ["a"]).sd is None


def test_nobody_gives_nothing() -> None:
    assert mean_by_patient([], []).estimate.value is None
    assert by_patient(lambda index: float(index.size), []).n == 0


def test_the_interval_of_many_patients_holds_the_mean() -> None:
    values = np.random.default_rng(1).normal(0.7, 0.1, 40)
    estimate = mean_by_patient(values, range(40)).estimate
    assert estimate.low is not None
    assert estimate.high is not None
    # 1.96 standard errors each side, give or take the draw
    assert estimate.high - estimate.low == pytest.approx(2 * 1.96 * values.std() / 40**0.5, rel=0.15)


def test_all_draws_at_once_are_the_draws_of_the_bootstrap() -> None:
    values = np.random.default_rng(2).random(7)
    one_by_one = bootstrap(lambda index: float(values[index].mean()), range(7))
    at_once = mean_by_patient(values, range(7)).estimate
    assert (at_once.value, at_once.low, at_once.high) == pytest.approx(
        (one_by_one.value, one_by_one.low, one_by_one.high)
    )


def test_rank_correlation_is_drawn_alike_with_one_row_a_patient_and_with_two() -> None:
    generator = np.random.default_rng(3)
    one = generator.random(12)
    other = one + generator.normal(0, 0.2, 12)
    single = spearman_by_patient(one, other, range(12))
    assert single.value is not None
    assert single.low is not None
    assert single.low < single.value
    pairs = spearman_by_patient(np.repeat(one, 2), np.repeat(other, 2), np.repeat(np.arange(12), 2).tolist())
    assert (pairs.value, pairs.low) == pytest.approx((single.value, single.low), abs=1e-6)


def test_calibration_error_over_patients_is_that_of_all_counts() -> None:
    n, said, seen = [[10, 0], [0, 20], [10, 10]], [[1.0, 0.0], [0.0, 18.0], [2.0, 9.0]], [[1, 0], [0, 14], [3, 9]]
    estimate = calibration_error_by_patient(n, said, seen, ["a", "b", "c"])
    assert estimate.value == pytest.approx((abs(3 - 4) + abs(27 - 23)) / 50)
    assert estimate.low is not None
    assert estimate.low <= 8 / 50


def test_pooled_counts_weigh_the_large() -> None:
    assert ratio_by_patient([1, 90], [10, 100], ["a", "b"]).value == pytest.approx(91 / 110)
    assert ratio_by_patient([0, 0], [0, 0], ["a", "b"]).value is None


def test_a_share_of_everything_still_has_an_interval_with_width() -> None:
    share = share_by_patient([3, 2, 5, 0], [3, 2, 5, 0], ["a", "b", "c", "d"])
    assert share.value == 1.0
    assert share.n == 10
    assert share.low is not None
    assert share.low < 0.7  # three patients, not ten lesions


def test_a_share_of_patients_has_the_interval_of_wilson() -> None:
    share = share_by_patient([1, 0, 1, 1], [1, 1, 1, 1], ["a", "b", "c", "d"])
    assert share.value == 0.75
    assert share.method.startswith("wilson")
    assert share_by_patient([], [], []).value is None


def test_one_row_a_patient_gives_the_draws_that_groups_give() -> None:
    values = np.arange(6.0)
    single = bootstrap(lambda index: float(values[index].mean()), list("abcdef"), samples=300)
    twice = np.repeat(values, 2)
    grouped = bootstrap(lambda index: float(twice[index].mean()), list("aabbccddeeff"), samples=300)
    assert (single.low, single.high) == pytest.approx((grouped.low, grouped.high))


def test_lists_of_different_length_are_refused() -> None:
    for call in (
        lambda: mean_by_patient([1.0], ["a", "b"]),
        lambda: ratio_by_patient([1.0], [1.0, 2.0], ["a"]),
    ):
        with pytest.raises(InputError) as refusal:
            call()
        assert refusal.value.code == "EVALUATION_INPUT"
