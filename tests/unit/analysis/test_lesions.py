"""Lesions on the working grid: what is found, what is left alone, and what is taken for healthy."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from numpy.typing import NDArray

from groundglass.analysis.lesions import (
    CONSOLIDATION,
    GROUND_GLASS,
    RULE_REASONS,
    LesionMap,
    LesionRules,
    find_lesions,
    seeded,
)
from groundglass.analysis.morphology import distance_inside_mm
from groundglass.analysis.parenchyma import healthy_lung
from groundglass.analysis.reading import Gravity
from groundglass.analysis.vessels import find_vessels, masked_blur, open_in_plane

SPACING = (2.0, 2.0, 2.0)
SHAPE = (60, 70, 90)
HEALTHY_HU = -860

Mask = NDArray[np.bool_]


def ball(centre: tuple[int, int, int], radius_mm: float) -> Mask:
    k, r, c = np.ogrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    a, b, d = (index - middle for index, middle in zip((k, r, c), centre, strict=True))
    return np.asarray((a * SPACING[0]) ** 2 + (b * SPACING[1]) ** 2 + (d * SPACING[2]) ** 2 <= radius_mm**2)


def chest(gradient_hu_per_mm: float = 0.0, noise_hu: float = 15.0) -> tuple[NDArray[np.int16], NDArray[np.uint8]]:
    """Return HU and lungs: two ellipsoids of air in soft tissue."""
    k, r, c = np.ogrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    lungs = np.zeros(SHAPE, dtype=np.uint8)
    for label, middle in ((1, 24), (2, 66)):
        lungs[((k - 30) / 26) ** 2 + ((r - 35) / 28) ** 2 + ((c - middle) / 18) ** 2 <= 1] = label
    hu = np.full(SHAPE, 40.0)
    air = HEALTHY_HU + gradient_hu_per_mm * SPACING[1] * (np.arange(SHAPE[1]) - 35)
    hu = np.where(lungs > 0, air[None, :, None], hu) + np.random.default_rng(1).normal(0, noise_hu, SHAPE)
    return hu.astype(np.int16), lungs


def find(hu: NDArray[np.int16], lungs: NDArray[np.uint8], gravity: Gravity = "back") -> LesionMap:
    depth = distance_inside_mm(lungs > 0, SPACING)
    hilum = np.full(hu.shape, np.inf, dtype=np.float32)
    return find_lesions(hu, lungs, depth_mm=depth, hilum_mm=hilum, spacing_mm=SPACING, gravity=gravity)


def overlap(a: Mask, b: Mask) -> float:
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


def test_healthy_lungs_hold_no_lesion() -> None:
    hu, lungs = chest()
    assert not find(hu, lungs).labels.any()


def test_noisy_healthy_lungs_hold_no_lesion() -> None:
    hu, lungs = chest(noise_hu=90.0)
    assert not find(hu, lungs).labels.any()


@pytest.mark.parametrize("gradient", [0.2, 0.4, -0.4])
def test_gravity_alone_is_no_lesion(gradient: float) -> None:
    hu, lungs = chest(gradient)
    assert not find(hu, lungs, "back" if gradient > 0 else "front").labels.any()


def test_a_ball_of_ground_glass_is_outlined() -> None:
    hu, lungs = chest()
    lesion = ball((30, 35, 24), 20.0)
    hu[lesion] += 250
    found = find(hu, lungs)
    assert overlap(found.labels > 0, lesion) > 0.9
    assert (found.labels[ball((30, 35, 24), 15.0)] == GROUND_GLASS).all()


def test_dense_lung_is_consolidation() -> None:
    hu, lungs = chest()
    lesion = ball((30, 35, 24), 22.0)
    hu[lesion] = 30
    found = find(hu, lungs)
    assert (found.labels[ball((30, 35, 24), 15.0)] == CONSOLIDATION).all()
    # the border of what is this dense is found about half a working voxel too far out
    assert overlap(found.labels > 0, lesion) > 0.87


def test_the_cut_between_the_kinds_is_a_setting() -> None:
    hu, lungs = chest()
    hu[ball((30, 35, 24), 22.0)] = -400
    depth, hilum = distance_inside_mm(lungs > 0, SPACING), np.full(hu.shape, np.inf, dtype=np.float32)
    kinds = [
        find_lesions(hu, lungs, depth_mm=depth, hilum_mm=hilum, spacing_mm=SPACING, rules=rules).labels[30, 35, 24]
        for rules in (LesionRules(consolidation_hu=-300.0), LesionRules(consolidation_hu=-500.0))
    ]
    assert kinds == [GROUND_GLASS, CONSOLIDATION]


def test_a_lesion_at_the_pleura_reaches_the_pleura() -> None:
    hu, lungs = chest()
    lesion = ball((30, 35, 7), 22.0) & (lungs > 0)
    hu[lesion] = -500
    assert overlap(find(hu, lungs).labels > 0, lesion) > 0.85


def test_vessels_are_no_lesions() -> None:
    hu, lungs = chest()
    for row in range(20, 52, 5):
        hu[20:24, row : row + 2, 10:40] = 40
        hu[34:50, row : row + 2, 24:26] = 40
    hu[lungs == 0] = 40
    assert not find(hu, lungs).labels.any()


def test_lesions_lie_inside_the_lungs() -> None:
    hu, lungs = chest()
    hu[ball((30, 35, 24), 30.0)] = -300
    assert not (find(hu, lungs).labels[lungs == 0]).any()


def test_lungs_mostly_lesion_keep_their_percentage() -> None:
    hu, lungs = chest()
    sick = (lungs > 0) & (np.arange(SHAPE[0]) < 44)[:, None, None]
    hu[sick] += 300
    share = (find(hu, lungs).labels > 0).sum() / (lungs > 0).sum()
    assert share == pytest.approx(sick.sum() / (lungs > 0).sum(), abs=0.04)


def test_without_healthy_lung_the_usual_density_is_assumed_and_said() -> None:
    hu, lungs = chest()
    hu[lungs > 0] = -450
    found = find(hu, lungs)
    assert found.excess is not None
    assert found.excess.healthy.assumed
    assert (found.labels > 0).sum() > 0.9 * (lungs > 0).sum()


def test_no_lungs_no_lesions() -> None:
    hu, lungs = chest()
    found = find(hu, np.zeros_like(lungs))
    assert found.excess is None
    assert not found.labels.any()


def test_the_inputs_are_left_as_they_were() -> None:
    hu, lungs = chest()
    hu[ball((30, 35, 24), 20.0)] += 250
    before = hu.copy(), lungs.copy()
    find(hu, lungs)
    assert np.array_equal(hu, before[0])
    assert np.array_equal(lungs, before[1])


def test_lower_thresholds_find_no_less() -> None:
    hu, lungs = chest()
    hu[ball((30, 35, 24), 20.0)] += 180
    excess = find(hu, lungs).excess
    assert excess is not None
    sizes = [seeded(excess, SPACING, LesionRules(), shift_hu=shift).sum() for shift in (40.0, 20.0, 0.0, -20.0, -40.0)]
    assert sizes == sorted(sizes)


def test_every_rule_has_its_reason() -> None:
    named = {f.name for f in fields(LesionRules)} - {"grow_spreads"}
    assert named <= set(RULE_REASONS)
    assert all(RULE_REASONS.values())


def test_the_healthy_density_and_its_slope_are_measured() -> None:
    hu, lungs = chest(0.3)
    inner = distance_inside_mm(lungs > 0, SPACING) > 3
    healthy = healthy_lung(hu.astype(np.float32), inner, SPACING, "back")
    assert healthy.slope_hu_per_mm == pytest.approx(0.3, abs=0.07)
    assert healthy.mode_hu == pytest.approx(HEALTHY_HU, abs=12)
    assert healthy.spread_hu == pytest.approx(15, abs=6)


def test_lying_on_the_side_the_slope_runs_along_the_columns() -> None:
    hu, lungs = chest()
    hu = (hu + 0.3 * SPACING[2] * (np.arange(SHAPE[2]) - 45)[None, None, :]).astype(np.int16)
    inner = distance_inside_mm(lungs > 0, SPACING) > 3
    healthy = healthy_lung(hu.astype(np.float32), inner, SPACING, "left")
    assert healthy.axis == 2
    assert healthy.slope_hu_per_mm == pytest.approx(0.3, abs=0.1)


def test_thick_dense_lung_is_no_vessel() -> None:
    hu, lungs = chest()
    lesion = ball((30, 35, 24), 15.0)
    hu[lesion] = 40
    far = np.full(hu.shape, np.inf, dtype=np.float32)
    assert not find_vessels(hu, lungs > 0, far, SPACING)[ball((30, 35, 24), 11.0)].any()


def test_blurring_under_a_mask_ignores_what_lies_outside() -> None:
    values = np.full((5, 9, 9), 100.0, dtype=np.float32)
    values[:, :, 5:] = -1000.0
    weight = np.zeros(values.shape, dtype=bool)
    weight[:, :, :5] = True
    mean, share = masked_blur(values, weight, 2.0, SPACING)
    assert np.allclose(mean[:, :, :6], 100.0, atol=1e-3)
    assert share[2, 4, 0] > share[2, 4, 5]


def test_opening_removes_lines_and_keeps_blocks() -> None:
    values = np.zeros((1, 20, 20), dtype=np.float32)
    values[0, 3, :] = 50.0
    values[0, 8:16, 8:16] = 70.0
    opened = open_in_plane(values, np.ones(values.shape, dtype=bool), 2.0, SPACING)
    assert not opened[0, 3].any()
    assert (opened[0, 8:16, 8:16] == 70.0).all()
