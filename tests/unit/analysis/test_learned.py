"""What follows from the probabilities of the network: interval, scores of slices, probability of pathology."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from groundglass.analysis.fusion import LearnedRules, Sight
from groundglass.analysis.learned import (
    FAINT_LEVEL,
    SUREST_CM2,
    Doubt,
    LearnedUncertainty,
    chance,
    doubt,
    expected_percent,
    learned_interval,
    learned_slice_scores,
    probability_of_pathology,
)
from groundglass.volume import Geometry

SHAPE = (6, 20, 20)
SIZES = LearnedUncertainty()
points = st.floats(0, 60, allow_subnormal=False)


def lungs() -> NDArray[np.uint8]:
    out = np.zeros(SHAPE, dtype=np.uint8)
    out[:, 5:15, :10], out[:, 5:15, 10:] = 1, 2
    return out


def levels(value: int) -> NDArray[np.uint8]:
    return np.full(SHAPE, value, dtype=np.uint8)


@given(percent=st.floats(0, 100), fewer=points, more=points, no_lung=points, dense=points, exact=st.booleans())
def test_the_interval_holds_the_percentage_within_0_to_100(
    percent: float, fewer: float, more: float, no_lung: float, dense: float, exact: bool
) -> None:
    low, high = learned_interval(percent, Doubt(fewer, more, no_lung, dense), exact_hu=exact, sizes=SIZES)
    assert 0 <= low <= percent <= high <= 100


@pytest.mark.parametrize("percent", [0.5, 5.0, 20.0, 45.0])
def test_the_interval_is_wider_for_approximate_hu(percent: float) -> None:
    doubts = Doubt(0.1 * percent, 0.1 * percent, 0.0, 0.0)
    low, high = learned_interval(percent, doubts, exact_hu=True, sizes=SIZES)
    wide_low, wide_high = learned_interval(percent, doubts, exact_hu=False, sizes=SIZES)
    assert wide_low <= low
    assert high < wide_high


@pytest.mark.parametrize(
    ("more_doubt", "end"),
    [(Doubt(45, 0, 0, 0), 0), (Doubt(0, 45, 0, 0), 1), (Doubt(0, 0, 45, 0), 0), (Doubt(0, 0, 0, 45), 1)],
    ids=["fewer", "more", "no lung", "dense"],
)
def test_each_doubt_moves_its_own_end(more_doubt: Doubt, end: int) -> None:
    none = learned_interval(50.0, Doubt(0, 0, 0, 0), exact_hu=True, sizes=SIZES)
    some = learned_interval(50.0, more_doubt, exact_hu=True, sizes=SIZES)
    assert abs(some[end] - 50.0) > abs(none[end] - 50.0) + 0.5
    assert some[1 - end] == none[1 - end]


def test_no_lesion_still_leaves_room_for_one() -> None:
    low, high = learned_interval(0.0, Doubt(0, 0, 0, 0), exact_hu=True, sizes=SIZES)
    assert low == 0
    assert high == pytest.approx(SIZES.floor_percent)


def test_doubts_are_counted_in_percent_of_the_lungs() -> None:
    sure, labels = levels(0), np.zeros(SHAPE, dtype=np.uint8)
    sure[0, 5:15, :10], sure[1, 5:15, :10], sure[2, 5:15, :10] = 230, 150, 80
    labels[0, 5:15, :10], labels[1, 5:15, :10] = 2, 1
    completed = np.zeros(SHAPE, dtype=bool)
    completed[0, 5:10, :10] = True
    found = doubt(sure, lungs(), completed, labels, SIZES)
    part = 100 / 12  # a slice of one lung
    assert [found.fewer, found.more, found.no_lung, found.dense] == pytest.approx([part, part, part / 2, part])


def test_an_empty_outline_has_no_doubts_and_no_involvement() -> None:
    none = np.zeros(SHAPE, dtype=np.uint8)
    assert doubt(none, none, none > 0, none, SIZES) == Doubt(0, 0, 0, 0)
    assert expected_percent(none, none) == 0


def test_the_chance_of_lesion_is_zero_outside_the_lungs() -> None:
    said = Sight(*(levels(200) for _ in range(6)))
    sure = chance(said, lungs(), LearnedRules())
    assert set(np.unique(sure[lungs() > 0])) == {200}
    assert set(np.unique(sure[lungs() == 0])) == {0}


def test_expected_involvement_adds_up_probabilities_but_faint_ones() -> None:
    sure = np.where(lungs() > 0, 51, 0).astype(np.uint8)
    assert expected_percent(sure, lungs()) == pytest.approx(20.0)
    assert expected_percent(np.minimum(sure, FAINT_LEVEL - 1).astype(np.uint8), lungs()) == 0


def test_scores_of_slices_grow_with_area_and_probability_of_lesions() -> None:
    geometry = Geometry((12, 20, 20), np.diag([2.0, 1.0, 1.0, 1.0])[[2, 1, 0, 3]])
    sure = levels(0)
    for k in range(6):
        sure[k, 5:10, 0:k] = 200
    scores = learned_slice_scores(sure, (4.0, 3.0, 3.0), geometry, 2)
    assert scores.shape == (12,)
    assert scores[0] == 0
    assert np.array_equal(scores[::2], scores[1::2])
    assert all(a < b for a, b in pairwise(scores[::2]))
    assert np.all(learned_slice_scores(sure // 2, (4.0, 3.0, 3.0), geometry, 2)[2:] < scores[2:])


def test_a_lesion_as_large_as_speaks_for_its_slice_gives_it_its_own_probability() -> None:
    geometry = Geometry((6, 20, 20), np.eye(4)[[2, 1, 0, 3]])
    sure = levels(0)
    sure[2, 10, :16] = 153
    pixel_mm = float(np.sqrt(SUREST_CM2 * 100 / 16))
    scores = learned_slice_scores(sure, (4.0, pixel_mm, pixel_mm), geometry, 1)
    assert scores[2] == pytest.approx(0.6)
    sure[2, 10, 8:16] = 0
    assert learned_slice_scores(sure, (4.0, pixel_mm, pixel_mm), geometry, 1)[2] == pytest.approx(0.3)
    # a picture smaller than that area is asked as a whole
    assert learned_slice_scores(levels(102), (4.0, 0.5, 0.5), geometry, 1) == pytest.approx(0.4)


def test_full_slices_that_fill_no_block_have_a_score_too() -> None:
    geometry = Geometry((11, 20, 20), np.eye(4)[[2, 1, 0, 3]])
    assert learned_slice_scores(levels(255), (4.0, 3.0, 3.0), geometry, 2).shape == (11,)


@given(first=st.floats(0, 100), second=st.floats(0, 100))
def test_the_probability_of_pathology_never_falls_as_involvement_grows(first: float, second: float) -> None:
    low, high = sorted((first, second))
    assert 0 <= probability_of_pathology(low) <= probability_of_pathology(high) <= 1


def test_clear_lungs_and_ill_ones_are_told_apart() -> None:
    assert probability_of_pathology(0.0) < 0.02
    assert probability_of_pathology(10.0) > 0.98
