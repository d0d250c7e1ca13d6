"""The interval of the percentage."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from groundglass.analysis.lesions import LesionMap, LesionRules, find_lesions
from groundglass.analysis.morphology import distance_inside_mm
from groundglass.analysis.uncertainty import UncertaintyRules, interval

SPACING = (2.0, 2.0, 2.0)
SHAPE = (40, 50, 50)


def lung_with(excess_hu: float, border_mm: float = 0.0) -> tuple[LesionMap, float]:
    """Return the lesions of one lung with a ball that is denser by so much, fading out over its border."""
    index = np.indices(SHAPE).astype(np.float64)
    middle = np.array(SHAPE).reshape(3, 1, 1, 1) / 2
    lungs = (np.sqrt((((index - middle) / (middle - 4)) ** 2).sum(axis=0)) <= 1).astype(np.uint8)
    distance = np.sqrt((((index - middle) * 2.0) ** 2).sum(axis=0))
    share = np.clip((18.0 + border_mm - distance) / max(border_mm, 0.1), 0, 1)
    hu = np.where(lungs > 0, -860 + excess_hu * share, 40.0) + np.random.default_rng(0).normal(0, 12, SHAPE)
    found = find_lesions(
        hu.astype(np.int16),
        lungs,
        depth_mm=distance_inside_mm(lungs > 0, SPACING),
        hilum_mm=np.full(SHAPE, np.inf, dtype=np.float32),
        spacing_mm=SPACING,
    )
    return found, 100.0 * float((found.labels > 0).sum()) / float(lungs.sum())


def limits(
    found: LesionMap, percent: float, exact_hu: bool = True, dense: NDArray[np.bool_] | None = None
) -> list[float]:
    completed = np.zeros(SHAPE, dtype=bool) if dense is None else dense
    return list(interval(percent, found, completed, spacing_mm=SPACING, exact_hu=exact_hu, rules=LesionRules()))


def width(ends: list[float]) -> float:
    return ends[1] - ends[0]


def test_healthy_lungs_have_a_short_interval_from_zero() -> None:
    found, percent = lung_with(0.0)
    assert percent == 0.0
    assert limits(found, percent) == pytest.approx([0.0, UncertaintyRules().floor_percent], abs=0.1)


def test_the_interval_holds_the_percentage() -> None:
    found, percent = lung_with(250.0)
    low, high = limits(found, percent)
    assert 0 < low < percent < high < 100


def test_a_fuzzy_lesion_is_less_certain_than_a_sharp_one() -> None:
    assert width(limits(*lung_with(250.0, border_mm=20.0))) > width(limits(*lung_with(250.0)))


def test_approximate_hu_widen_the_interval() -> None:
    found, percent = lung_with(250.0, border_mm=10.0)
    assert width(limits(found, percent, exact_hu=False)) > width(limits(found, percent))


def test_dense_lung_put_back_into_the_outline_widens_the_interval() -> None:
    found, percent = lung_with(250.0)
    assert width(limits(found, percent, dense=found.labels > 0)) > width(limits(found, percent))


def test_the_interval_stays_a_percentage() -> None:
    found, _ = lung_with(250.0)
    assert limits(found, 99.9)[1] == 100.0
    assert limits(found, 0.1)[0] == 0.0


def test_without_lungs_nothing_is_known() -> None:
    found = LesionMap(np.zeros(SHAPE, dtype=np.uint8), None)
    assert limits(found, 0.0) == [0.0, 100.0]
