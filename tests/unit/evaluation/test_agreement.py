"""Kappa, correlation, ICC and Bland-Altman against published examples and their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from groundglass.errors import InputError
from groundglass.evaluation.agreement import Weights, bland_altman, contingency, icc, kappa, pearson, spearman

GRADES = ("CT-0", "CT-1", "CT-2", "CT-3", "CT-4")
WEIGHTS: tuple[Weights, ...] = ("none", "linear", "quadratic")


def spread(table: list[list[int]]) -> tuple[list[int], list[int]]:
    """Two readers whose contingency table is the one given."""
    cells = [(i, j) for i, row in enumerate(table) for j, count in enumerate(row) for _ in range(count)]
    return [i for i, _ in cells], [j for _, j in cells]


def plain_kappa(share: NDArray[np.float64], weights: Weights) -> float:
    """Kappa from its definition: 1 - weighted disagreement over that expected by chance."""
    place = np.arange(len(share))
    distance = np.abs(place[:, None] - place[None, :]).astype(float)
    cost = {"none": (distance > 0).astype(float), "linear": distance, "quadratic": distance**2}[weights]
    chance = np.outer(share.sum(axis=1), share.sum(axis=0))
    return 1 - float((cost * share).sum() / (cost * chance).sum())


def test_kappa_of_two_readers_by_hand() -> None:
    # 35 of 50 agree, 25 would by chance: (0.7 - 0.5) / 0.5.
    one, other = spread([[20, 5], [10, 15]])
    assert kappa(one, other, (0, 1), weights="none").value == pytest.approx(0.4)
    assert kappa(one, other, (0, 1), weights="quadratic").value == pytest.approx(0.4)


@pytest.mark.parametrize("weights", WEIGHTS)
def test_weighted_kappa_and_its_error_follow_from_the_definition(weights: Weights) -> None:
    table = [[30, 8, 1, 0], [6, 25, 9, 2], [0, 7, 20, 5], [1, 0, 4, 12]]
    one, other = spread(table)
    estimate = kappa(one, other, range(4), weights=weights)
    share = np.array(table) / np.sum(table)
    assert estimate.value == pytest.approx(plain_kappa(share, weights))
    # The large-sample error is the delta method on the cells: here with gradients taken numerically.
    gradient = np.zeros_like(share)
    for cell in np.ndindex(share.shape):
        step = np.zeros_like(share)
        step[cell] = 1e-6
        gradient[cell] = (plain_kappa(_norm(share + step), weights) - plain_kappa(_norm(share - step), weights)) / 2e-6
    variance = (share * gradient**2).sum() - (share * gradient).sum() ** 2
    assert estimate.low is not None
    assert estimate.high is not None
    assert (estimate.high - estimate.low) / 2 == pytest.approx(1.959964 * math.sqrt(variance / np.sum(table)), rel=1e-4)


def _norm(share: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(share / share.sum())


def test_full_agreement_is_one_and_full_reversal_is_negative() -> None:
    grades = list(GRADES) * 3
    assert kappa(grades, grades, GRADES).value == pytest.approx(1.0)
    value = kappa(grades, grades[::-1], GRADES).value
    assert value is not None
    assert value < 0


def test_kappa_is_undefined_where_chance_agrees_fully() -> None:
    assert kappa(["CT-1"] * 5, ["CT-1"] * 5, GRADES).value is None
    assert kappa([], [], GRADES).value is None


def test_distant_grades_cost_more_than_neighbouring_ones() -> None:
    truth = list(GRADES) * 4
    near = ["CT-1" if g == "CT-0" else g for g in truth]
    far = ["CT-4" if g == "CT-0" else g for g in truth]
    one, other = kappa(truth, near, GRADES).value, kappa(truth, far, GRADES).value
    assert one is not None
    assert other is not None
    assert one > other


def test_value_outside_the_categories_is_refused() -> None:
    with pytest.raises(InputError, match="none of the categories"):
        contingency(["CT-5"], ["CT-1"], GRADES)
    with pytest.raises(InputError, match="cannot be paired"):
        contingency(["CT-1"], [], GRADES)
    with pytest.raises(InputError, match="twice"):
        contingency([], [], ("a", "a"))


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), min_size=5, max_size=40))
def test_correlations_agree_with_scipy(points: list[tuple[int, int]]) -> None:
    one, other = [float(a) for a, _ in points], [float(b) for _, b in points]
    assume(len(set(one)) > 1 and len(set(other)) > 1)
    by_scipy = stats.pearsonr(one, other)
    ours = pearson(one, other)
    assert ours.value == pytest.approx(by_scipy.statistic, abs=1e-9)
    assert spearman(one, other).value == pytest.approx(stats.spearmanr(one, other).statistic, abs=1e-9)
    if abs(by_scipy.statistic) < 0.999:
        limits = by_scipy.confidence_interval(0.95)
        assert (ours.low, ours.high) == pytest.approx((limits.low, limits.high), abs=1e-9)


def test_rank_correlation_interval_is_wider_than_that_of_the_plain_one() -> None:
    values = np.arange(30.0)
    noisy = values + np.random.default_rng(3).normal(0, 8, 30)
    ranked, plain = spearman(values, noisy), spearman(values, values**3)
    assert ranked.low is not None
    assert ranked.value is not None
    half = (math.atanh(ranked.value) - math.atanh(ranked.low)) / 1.959964
    assert half == pytest.approx(math.sqrt((1 + ranked.value**2 / 2) / 27))
    assert plain.value == 1.0


def test_correlation_with_a_constant_is_undefined() -> None:
    assert pearson([1, 2, 3, 4], [5, 5, 5, 5]).value is None
    assert pearson([1], [2]).value is None
    assert pearson([1, 2, 3], [1, 2, 4]).low is None


def test_icc_gives_the_published_example() -> None:
    # Shrout and Fleiss 1979, table 2: six targets, four judges, ICC(2,1) = 0.29; interval as R psych prints it.
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    estimate = icc(ratings)
    assert estimate.value == pytest.approx(0.29, abs=0.005)
    assert estimate.low == pytest.approx(0.019, abs=0.001)
    assert estimate.high == pytest.approx(0.761, abs=0.001)


def test_icc_falls_where_one_reader_is_shifted() -> None:
    truth = np.arange(20.0)
    rough = truth + np.random.default_rng(1).normal(0, 0.5, 20)
    plain, shifted = icc(np.stack([truth, rough], axis=1)).value, icc(np.stack([truth, rough + 10], axis=1)).value
    assert plain is not None
    assert shifted is not None
    assert plain > 0.98
    assert shifted < 0.6


def test_icc_of_readers_that_agree_exactly_is_one_and_of_one_single_value_undefined() -> None:
    assert icc([[1, 1], [2, 2], [5, 5]]).value == pytest.approx(1.0)
    assert icc([[3, 3], [3, 3]]).value is None


def test_icc_wants_a_table() -> None:
    with pytest.raises(InputError, match="two cases and two readers"):
        icc(np.array([[1, 2]]))
    with pytest.raises(InputError, match="not finite"):
        icc(np.array([[1, 2], [3, math.nan]]))


def test_bland_altman_gives_the_published_example() -> None:
    # Bland and Altman 1986: peak flow by two meters, 17 people; mean difference -2.1, deviation 38.8 l/min.
    large = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
    mini = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]
    result = bland_altman(large, mini)
    assert result.bias.value == pytest.approx(-2.1, abs=0.05)
    assert (result.bias.low, result.bias.high) == pytest.approx((-22.0, 17.8), abs=0.1)
    assert result.upper_limit.value == pytest.approx(-2.1 + 1.96 * 38.8, abs=0.2)
    assert result.lower_limit.value == pytest.approx(-2.1 - 1.96 * 38.8, abs=0.2)


def test_error_that_grows_with_the_size_shows_as_a_slope() -> None:
    truth = np.linspace(1, 50, 40)
    slope = bland_altman(truth * 1.1, truth).slope
    assert slope == pytest.approx(0.1 / 1.05)
    assert bland_altman([2, 2, 2], [1, 1, 1]).slope is None
    with pytest.raises(InputError, match="too few"):
        bland_altman([1, 2], [1, 2])
