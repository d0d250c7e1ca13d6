"""Figures of each lung and zone, counted on small made masks."""

from __future__ import annotations

import numpy as np
import pytest

from groundglass.analysis.quantify import Counts, count, involvement, region_figures
from groundglass.volume import LESION_LABELS, LUNG_LABELS, Geometry, LabelVolume, Volume

PLACE = Geometry((6, 4, 8), np.diag([2.0, 1.0, 1.0, 1.0])[[2, 1, 0, 3]], None)


def counted(*, side: int = 1, rim: bool = False) -> Counts:
    """Count a chest of two box lungs, two slices a zone; the right one is half ground glass in its lower zone."""
    lungs = np.zeros(PLACE.shape, np.uint8)
    lungs[:, :, :4], lungs[:, :, 4:] = side, 2
    lesions = np.zeros(PLACE.shape, np.uint8)
    lesions[:2, :2, :4] = 1
    lesions[0, 0, 0] = 2
    hu = np.where(lungs == 2, -900, -800).astype(np.int16)
    hu[lesions > 0] = -400
    zones = np.repeat(np.array([3, 3, 2, 2, 1, 1], np.uint8), 32).reshape(PLACE.shape).copy()
    if rim:
        zones[:, 3] = 0
    return count(
        Volume(hu, PLACE),
        LabelVolume(lungs, PLACE, LUNG_LABELS),
        LabelVolume(lesions, PLACE, LESION_LABELS),
        zones,
        (1, 1, 1),
    )


def test_each_lung_and_each_zone_has_its_volumes_and_mean() -> None:
    found = {(one.side, one.zone): one for one in region_figures(counted(), 0.5)}
    assert len(found) == 8
    whole, lower = found["right", None], found["right", "lower"]
    assert (whole.lung_ml, whole.ground_glass_ml, whole.consolidation_ml) == (48.0, 7.5, 0.5)
    assert (lower.lung_ml, lower.ground_glass_ml, lower.consolidation_ml) == (16.0, 7.5, 0.5)
    assert lower.mean_hu == -600
    assert whole.mean_hu == pytest.approx((-800 * 80 - 400 * 16) / 96)
    assert found["left", "lower"].mean_hu == -900


@pytest.mark.parametrize("rim", [False, True])
def test_volumes_of_zones_give_the_percentages_of_the_result(rim: bool) -> None:
    counts = counted(rim=rim)
    share = involvement(counts, (0.0, 100.0))
    assert share
    for one in region_figures(counts, 0.5):
        if one.zone is not None:
            percent = 100 * (one.ground_glass_ml + one.consolidation_ml) / one.lung_ml
            assert getattr(share.zones, f"{one.side}_{one.zone}") == pytest.approx(percent)


def test_unknown_sides_have_no_regions() -> None:
    assert region_figures(counted(side=3), 0.5) == ()


def test_no_lung_has_no_regions() -> None:
    assert region_figures(Counts(np.zeros((6, 4, 4, 3), np.int64), np.zeros((6, 4), np.int64), 0), 0.5) == ()
