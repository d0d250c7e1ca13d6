"""ROC area and its intervals against their definitions; counts and shares; calibration."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from groundglass.errors import InputError
from groundglass.evaluation.calibration import brier_score, calibration_error, reliability
from groundglass.evaluation.classification import (
    average_precision,
    confusion,
    roc_auc,
    roc_auc_difference,
    roc_curve,
)

CASES = st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=4, max_size=40)


def brute_force(truth: list[int], scores: list[float]) -> tuple[float, float]:
    """AUC and DeLong variance straight from the definition: every pair of diseased and healthy."""
    diseased = [s for t, s in zip(truth, scores, strict=True) if t]
    healthy = [s for t, s in zip(truth, scores, strict=True) if not t]
    kernel = np.array([[1.0 if d > h else 0.5 if d == h else 0.0 for h in healthy] for d in diseased])
    variance = kernel.mean(axis=1).var(ddof=1) / len(diseased) + kernel.mean(axis=0).var(ddof=1) / len(healthy)
    return float(kernel.mean()), float(variance)


def test_auc_of_four_cases_by_hand() -> None:
    # Diseased 0.35 and 0.8, healthy 0.1 and 0.4: three of four pairs are in order.
    assert roc_auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).value == 0.75


@given(CASES)
def test_delong_is_what_its_definition_says(cases: list[tuple[bool, int]]) -> None:
    truth = [int(t) for t, _ in cases]
    scores = [float(s) for _, s in cases]
    assume(2 <= sum(truth) <= len(truth) - 2)
    area, variance = brute_force(truth, scores)
    estimate = roc_auc(truth, scores)
    assert estimate.value == pytest.approx(area)
    assert estimate.low is not None
    assert estimate.high is not None
    assert 0 <= estimate.low <= area + 1e-12
    assert area - 1e-12 <= estimate.high <= 1
    if estimate.method == "delong":
        assert estimate.low == pytest.approx(max(0.0, area - 1.959964 * math.sqrt(variance)), abs=1e-6)
        assert estimate.high == pytest.approx(min(1.0, area + 1.959964 * math.sqrt(variance)), abs=1e-6)
    else:
        assert variance == pytest.approx(0, abs=1e-12)


def test_perfect_separation_is_not_claimed_to_be_certain() -> None:
    estimate = roc_auc([0] * 10 + [1] * 10, range(20))
    assert (estimate.value, estimate.high, estimate.method) == (1.0, 1.0, "newcombe")
    assert estimate.low is not None
    assert 0.75 < estimate.low < 0.95


def test_interval_after_newcombe_ends_where_the_observed_area_is_just_z_errors_away() -> None:
    low = roc_auc([0] * 10 + [1] * 10, np.arange(20)).low
    assert low is not None
    spread = low * (1 - low) * (1 + 9 * (1 - low) / (2 - low) + 9 * low / (1 + low)) / 100
    assert (1 - low) / math.sqrt(spread) == pytest.approx(1.959964, abs=1e-5)


def test_auc_is_undefined_where_a_class_is_missing() -> None:
    assert roc_auc([1, 1], [0.2, 0.3]).value is None
    assert roc_auc([], []).value is None


def test_delong_interval_covers_the_true_area_about_as_often_as_it_says() -> None:
    # Two normal curves one deviation apart have an area of Phi(1 / sqrt 2) = 0.7602.
    generator = np.random.default_rng(5)
    truth = [0] * 60 + [1] * 40
    covered = 0
    for _ in range(300):
        estimate = roc_auc(truth, generator.normal(np.array(truth), 1.0))
        assert estimate.low is not None
        assert estimate.high is not None
        covered += estimate.low <= 0.7602 <= estimate.high
    assert covered >= 275  # 285 expected, standard deviation 3.8


def test_cases_that_are_patients_of_their_own_have_the_plain_interval() -> None:
    generator = np.random.default_rng(2)
    truth = np.repeat([0, 1], 30)
    scores = truth + generator.normal(0, 1, 60)
    plain, by_patient = roc_auc(truth, scores), roc_auc(truth, scores, patients=list(range(60)))
    assert (by_patient.value, by_patient.low, by_patient.high) == pytest.approx((plain.value, plain.low, plain.high))


def test_copies_of_a_case_make_the_interval_of_a_patient_no_narrower() -> None:
    generator = np.random.default_rng(2)
    truth = np.repeat([0, 1], 30)
    scores = truth + generator.normal(0, 1, 60)
    once = roc_auc(truth, scores)
    copied = roc_auc(np.repeat(truth, 5), np.repeat(scores, 5), patients=np.repeat(np.arange(60), 5).tolist())
    assert (copied.value, copied.low, copied.high) == pytest.approx((once.value, once.low, once.high))
    assert copied.method == "obuchowski, by patient"


def test_interval_by_patient_covers_the_true_area_of_slices_that_resemble_each_other() -> None:
    # Each patient has 4 diseased and 4 healthy slices and a shift of his own; the area is Phi(1.5 / sqrt(2 * 2)).
    generator = np.random.default_rng(9)
    truth, patients = np.tile([0, 0, 0, 0, 1, 1, 1, 1], 40), np.repeat(np.arange(40), 8).tolist()
    true_area = 0.5 * (1 + math.erf(1.5 / 2 / math.sqrt(2)))
    covered = 0
    for _ in range(200):
        shift = np.repeat(generator.normal(0, 1, 40), 8)
        estimate = roc_auc(truth, 1.5 * truth + shift + generator.normal(0, 1, 320), patients=patients)
        assert estimate.low is not None
        assert estimate.high is not None
        covered += estimate.low <= true_area <= estimate.high
    assert covered >= 180  # 190 expected, standard deviation 3.1


def test_slices_of_a_single_patient_have_no_clustered_spread() -> None:
    estimate = roc_auc([0, 1, 0, 1], [1, 2, 3, 4], patients=["a"] * 4)
    assert estimate.method == "newcombe"
    with pytest.raises(InputError, match="3 patients"):
        roc_auc([0, 1, 0, 1], [1, 2, 3, 4], patients=["a"] * 3)


def test_paired_difference_of_a_score_with_itself_is_nothing() -> None:
    truth, scores = [0, 0, 0, 1, 1, 1], [1, 4, 3, 2, 5, 6]
    same = roc_auc_difference(truth, scores, scores)
    assert (same.estimate.value, same.p_value) == (0.0, None)


def test_paired_difference_is_the_difference_of_areas_with_a_p_value() -> None:
    generator = np.random.default_rng(7)
    truth = np.repeat([0, 1], 100)
    good, bad = truth + generator.normal(0, 0.6, 200), truth + generator.normal(0, 3.0, 200)
    difference = roc_auc_difference(truth, good, bad)
    one, other = roc_auc(truth, good).value, roc_auc(truth, bad).value
    assert one is not None
    assert other is not None
    assert difference.estimate.value == pytest.approx(one - other)
    assert difference.p_value is not None
    assert difference.p_value < 1e-4
    assert difference.estimate.low is not None
    assert difference.estimate.low > 0


@given(CASES)
def test_roc_curve_has_the_area_that_auc_says(cases: list[tuple[bool, int]]) -> None:
    truth, scores = [t for t, _ in cases], [s for _, s in cases]
    assume(0 < sum(truth) < len(truth))
    curve = roc_curve(truth, scores)
    area = np.trapezoid(curve.sensitivity, 1 - curve.specificity)
    assert area == pytest.approx(roc_auc(truth, scores).value)
    assert (curve.sensitivity[-1], curve.specificity[-1]) == (1.0, 0.0)


def test_thresholds_are_chosen_from_the_curve() -> None:
    curve = roc_curve([0, 0, 0, 1, 1, 1], [1, 2, 5, 4, 6, 7])
    assert curve.youden() == 6
    assert curve.at_sensitivity(1.0) == 4
    called = np.array([1, 2, 5, 4, 6, 7]) >= 4
    assert confusion([0, 0, 0, 1, 1, 1], called).sensitivity.value == 1.0


def test_roc_curve_of_one_class_is_refused() -> None:
    with pytest.raises(InputError, match="diseased and healthy"):
        roc_curve([1, 1], [1, 2])


def test_counts_give_every_share() -> None:
    counts = confusion([1] * 10 + [0] * 20, [1] * 9 + [0] + [1] * 4 + [0] * 16)
    assert (counts.true_positive, counts.false_negative, counts.false_positive, counts.true_negative) == (9, 1, 4, 16)
    assert counts.sensitivity.value == 0.9
    assert counts.specificity.value == 0.8
    assert counts.positive_predictive_value.value == pytest.approx(9 / 13)
    assert counts.negative_predictive_value.value == pytest.approx(16 / 17)
    assert counts.accuracy.value == pytest.approx(25 / 30)
    assert counts.n == 30
    assert counts.sensitivity.n == 10


def test_share_without_cases_is_undefined() -> None:
    assert confusion([0, 0], [0, 0]).sensitivity.value is None


def test_cases_that_do_not_pair_are_refused() -> None:
    for metric in (confusion, roc_auc, average_precision, brier_score):
        with pytest.raises(InputError, match="paired"):
            metric([0, 1], [0.0, 1.0, 1.0])


def test_average_precision_by_hand() -> None:
    # Ranked: 1 0 1 0: precisions at the hits 1 and 2/3.
    assert average_precision([0, 1, 0, 1], [0.1, 0.9, 0.8, 0.7]) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision([0, 0], [0.1, 0.2]) is None


def test_reliability_bins_hold_each_case_once_and_their_borders() -> None:
    bins = reliability([0, 1, 1, 1], [0.0, 0.1, 1.0, 0.95], bins=10)
    assert [(row.low, row.observed.n, row.observed.value) for row in bins] == [
        (0.0, 1, 0.0),
        (0.1, 1, 1.0),
        (0.9, 2, 1.0),
    ]


def test_calibration_error_by_hand() -> None:
    # Two bins of two cases: |0.5 - 0.2| and |1 - 0.9|, weighted equally.
    assert calibration_error([0, 1, 1, 1], [0.2, 0.2, 0.9, 0.9], bins=2) == pytest.approx(0.2)
    assert calibration_error([], []) is None


def test_brier_score_by_hand() -> None:
    assert brier_score([1, 0], [0.8, 0.4]) == pytest.approx((0.04 + 0.16) / 2)
    assert brier_score([], []) is None


def test_probability_above_one_is_refused() -> None:
    with pytest.raises(InputError, match=r"outside 0\.\.1"):
        brier_score([1], [1.2])
    with pytest.raises(InputError, match="0 bins"):
        reliability([1], [0.5], bins=0)
