"""Counts by bin say the same as the probabilities themselves."""

from __future__ import annotations

import numpy as np
import pytest

from groundglass.errors import InputError
from groundglass.evaluation.bin_counts import add_counts, calibration_error_of, count_bins
from groundglass.evaluation.calibration import calibration_error, reliability


def test_counts_of_two_parts_give_the_reliability_of_the_whole() -> None:
    generator = np.random.default_rng(4)
    probability = np.append(generator.random(500), [0.0, 0.5, 1.0])
    truth = generator.random(503) < probability**2
    whole = add_counts([count_bins(truth[:200], probability[:200]), count_bins(truth[200:], probability[200:])])
    assert whole is not None
    assert sum(whole.n) == 503
    bins = reliability(truth, probability)
    assert [row.observed.n for row in bins] == list(whole.n)
    assert [row.mean_probability for row in bins] == pytest.approx(
        [total / n for total, n in zip(whole.sum_probability, whole.n, strict=True)]
    )
    assert calibration_error_of(whole.n, whole.sum_probability, whole.positive) == pytest.approx(
        calibration_error(truth, probability)
    )


def test_volumes_are_counted_whatever_their_shape_and_type() -> None:
    probability = np.full((2, 3, 4), 0.95, dtype=np.float16)
    counts = count_bins(np.ones((2, 3, 4), dtype=np.uint8), probability)
    assert counts.n == (*(0,) * 9, 24)
    assert counts.positive[9] == 24


def test_nothing_adds_up_to_nothing() -> None:
    assert add_counts([]) is None
    assert calibration_error_of([0, 0], [0.0, 0.0], [0, 0]) is None


@pytest.mark.parametrize(
    ("truth", "probabilities", "bins"),
    [([1], [1.2], 10), ([1], [float("nan")], 10), ([1, 0], [0.5], 10), ([1], [0.5], 0)],
)
def test_what_is_no_probability_of_the_same_things_is_refused(
    truth: list[int], probabilities: list[float], bins: int
) -> None:
    with pytest.raises(InputError) as refusal:
        count_bins(truth, probabilities, bins=bins)
    assert refusal.value.code == "EVALUATION_INPUT"
