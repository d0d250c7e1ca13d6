"""Wilson and bootstrap intervals against published and simple figures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from groundglass.errors import InputError
from groundglass.evaluation.intervals import bootstrap, labels, normal, numbers, pairs, wilson, z_value


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_intervals(successes: int, n: int, low: float, high: float) -> None:
    # Newcombe, Stat Med 1998;17:857-872, table I, method 3.
    estimate = wilson(successes, n)
    assert estimate.low == pytest.approx(low, abs=5e-5)
    assert estimate.high == pytest.approx(high, abs=5e-5)
    assert estimate.value == successes / n


def test_proportion_of_nothing_is_undefined() -> None:
    assert (wilson(0, 0).value, wilson(0, 0).low) == (None, None)


def test_proportion_above_one_is_refused() -> None:
    with pytest.raises(InputError, match="5 of 3"):
        wilson(5, 3)


@given(st.integers(0, 200), st.integers(1, 200), st.floats(0.5, 0.999))
def test_wilson_holds_its_value_and_stays_within_0_and_1(successes: int, n: int, level: float) -> None:
    estimate = wilson(min(successes, n), n, level=level)
    assert estimate.low is not None
    assert estimate.high is not None
    assert estimate.value is not None
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1


def test_z_of_95_percent_is_1_96() -> None:
    assert z_value(0.95) == pytest.approx(1.959964, abs=1e-6)
    with pytest.raises(InputError, match="no level"):
        z_value(95)


def test_normal_interval_is_cut_at_its_bounds() -> None:
    estimate = normal(0.98, 0.05, n=10, method="x", bounds=(0.0, 1.0))
    assert estimate.high == 1.0
    assert estimate.low == pytest.approx(0.98 - 0.05 * 1.959964)


def test_bootstrap_of_a_mean_agrees_with_its_standard_error() -> None:
    values = np.random.default_rng(1).normal(10, 2, 400)
    estimate = bootstrap(lambda rows: float(values[rows].mean()), list(range(400)), samples=1000)
    assert estimate.value == pytest.approx(values.mean())
    assert estimate.low is not None
    assert estimate.high is not None
    # Of 1000 draws the width is known to some 5 %.
    assert estimate.high - estimate.low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.12)


def test_bootstrap_draws_patients_not_rows() -> None:
    # 10 patients with 30 equal rows each: only the patients vary, so the interval is that of 10 values, not of 300.
    of_patient = np.random.default_rng(2).normal(0, 1, 10)
    values = np.repeat(of_patient, 30)
    estimate = bootstrap(lambda rows: float(values[rows].mean()), np.repeat(np.arange(10), 30).tolist(), samples=800)
    assert estimate.n == 10
    assert estimate.low is not None
    assert estimate.high is not None
    assert estimate.high - estimate.low == pytest.approx(2 * 1.96 * of_patient.std() / np.sqrt(10), rel=0.2)


def test_bootstrap_is_the_same_for_the_same_seed_only() -> None:
    values = np.arange(30.0)

    def mean(rows: NDArray[np.intp]) -> float:
        return float(values[rows].mean())

    first = bootstrap(mean, list(range(30)), samples=50, seed=3)
    again = bootstrap(mean, list(range(30)), samples=50, seed=3)
    other = bootstrap(mean, list(range(30)), samples=50, seed=4)
    assert first == again
    assert first != other


def test_bootstrap_of_an_undefined_figure_has_no_interval() -> None:
    estimate = bootstrap(lambda _: None, [1, 2, 3], samples=10)
    assert (estimate.value, estimate.low) == (None, None)
    with pytest.raises(InputError, match="nothing to draw"):
        bootstrap(lambda _: 1.0, [])


@pytest.mark.parametrize(
    ("values", "said"),
    [([1.0, float("nan")], "not finite"), ([[1.0]], "2 axes"), (["a"], "not a number"), ([None, 1], "not")],
)
def test_what_is_no_row_of_numbers_is_refused(values: list[object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        numbers(values, "scores")  # type: ignore[arg-type]  # what a careless caller may hand in


def test_labels_other_than_0_and_1_and_rows_of_different_length_are_refused() -> None:
    with pytest.raises(InputError, match="other than 0 and 1"):
        labels([0, 1, 2])
    with pytest.raises(InputError, match="2 and 1 values"):
        pairs([1, 2], [1], ("a", "b"))
