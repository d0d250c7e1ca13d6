"""Overlap and surface distance against counting, geometry and brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from groundglass.errors import InputError
from groundglass.evaluation.overlap import _surface_mm2, compare, dice, surface_distance
from groundglass.volume import Geometry, LabelVolume

SPACING = (2.0, 0.7, 1.1)
MASKS = hnp.arrays(np.bool_, (5, 6, 4))


def ball(radius_mm: float, spacing_mm: tuple[float, float, float], side_mm: float = 40.0) -> NDArray[np.bool_]:
    axes = [np.arange(-side_mm / 2, side_mm / 2 + step / 2, step) for step in spacing_mm]
    z, y, x = np.meshgrid(*axes, indexing="ij")
    return np.asarray(z**2 + y**2 + x**2 <= radius_mm**2)


def box(start: tuple[int, int, int], size: tuple[int, int, int]) -> NDArray[np.bool_]:
    mask = np.zeros((20, 20, 20), dtype=bool)
    mask[tuple(slice(a, a + n) for a, n in zip(start, size, strict=True))] = True
    return mask


def volume(array: NDArray[np.uint8], frame: str | None = None) -> LabelVolume:
    affine = np.diag([*SPACING, 1.0])[[2, 1, 0, 3]]
    geometry = Geometry((array.shape[0], array.shape[1], array.shape[2]), affine, frame)
    return LabelVolume(array, geometry, {1: "one", 2: "two"})


def test_dice_by_hand() -> None:
    found, truth = box((0, 0, 0), (2, 2, 2)), box((0, 0, 1), (2, 2, 2))
    assert dice(found, truth) == 0.5
    assert dice(found, np.zeros_like(found)) == 0.0
    assert dice(np.zeros_like(found), np.zeros_like(found)) == 1.0


def test_masks_of_different_shape_are_refused() -> None:
    with pytest.raises(InputError, match="shapes"):
        dice(np.zeros((2, 2, 2)), np.zeros((2, 2, 3)))


def test_every_figure_of_a_pair_by_hand() -> None:
    found = volume(box((0, 0, 0), (2, 2, 2)).astype(np.uint8))
    truth = volume(box((0, 0, 1), (2, 2, 4)).astype(np.uint8))
    voxel_ml = 2.0 * 0.7 * 1.1 / 1000
    result = compare(found, truth)
    assert result.dice == pytest.approx(8 / 24)
    assert result.jaccard == pytest.approx(4 / 20)
    assert (result.sensitivity, result.precision) == (0.25, 0.5)
    assert result.truth_ml == pytest.approx(16 * voxel_ml)
    assert result.volume_error_ml == pytest.approx(-8 * voxel_ml)
    assert result.volume_error_percent == -50.0
    assert result.surface is None
    assert compare(found, truth, tolerance_mm=2.0).surface is not None


def test_one_label_or_all_together_can_be_compared() -> None:
    found, truth = np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8)
    found[0], truth[0] = 1, 2
    assert compare(volume(found), volume(truth)).dice == 1.0
    assert compare(volume(found), volume(truth), label=1).dice == 0.0
    assert compare(volume(found), volume(truth), label=1).sensitivity is None


def test_masks_of_other_grids_or_frames_are_refused() -> None:
    array = np.zeros((3, 3, 3), np.uint8)
    with pytest.raises(InputError) as caught:
        compare(volume(array, "1.2.3"), volume(array, "1.2.4"))
    assert caught.value.code == "GRID_MISMATCH"


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_box_shifted_by_two_voxels_is_two_spacings_away_along_that_axis(axis: int) -> None:
    start = [5, 5, 5]
    moved = list(start)
    moved[axis] += 2
    truth, found = box((5, 5, 5), (8, 8, 8)), box((moved[0], moved[1], moved[2]), (8, 8, 8))
    shift = 2 * SPACING[axis]
    far = surface_distance(found, truth, SPACING, tolerance_mm=shift)
    near = surface_distance(found, truth, SPACING, tolerance_mm=shift * 0.9)
    assert far.within_tolerance == 1.0
    assert near.within_tolerance < 1.0
    assert far.percentile_95_mm == pytest.approx(shift, rel=1e-5)


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (2.0, 0.8, 0.8), (0.8, 1.5, 1.0)])
def test_balls_within_each_other_are_as_far_apart_as_their_radii_differ(spacing: tuple[float, float, float]) -> None:
    result = surface_distance(ball(10.0, spacing), ball(13.0, spacing), spacing, tolerance_mm=max(spacing) + 3.0)
    # The steps of a slanting surface reach half a voxel towards the other surface from either side.
    assert 3.0 - 0.6 * max(spacing[0] / 2, 1.0) <= result.mean_mm <= 3.1
    assert result.within_tolerance == 1.0
    assert surface_distance(ball(10.0, spacing), ball(13.0, spacing), spacing, tolerance_mm=0.9).within_tolerance < 0.05


def test_share_within_tolerance_hardly_hangs_on_the_spacing() -> None:
    # A ball beside the same ball moved by 3 mm: the share of the surfaces within 2 mm is a matter of geometry.
    shares = []
    for spacing in ((1.0, 1.0, 1.0), (3.0, 1.0, 1.0), (1.0, 1.0, 0.6)):
        grid = ball(12.0, spacing, 48.0)
        shares.append(surface_distance(np.roll(grid, round(3.0 / spacing[2]), axis=2), grid, spacing, tolerance_mm=2.0))
    values = [share.within_tolerance for share in shares]
    assert max(values) - min(values) < 0.06


def test_area_of_a_ball_is_overrated_by_its_steps_alike_for_every_spacing_and_radius() -> None:
    # Only shares of areas are used, so what counts is that the factor hardly moves.
    factors = []
    for spacing in ((1.0, 1.0, 1.0), (2.5, 0.7, 0.7), (0.6, 1.2, 0.9)):
        for radius in (9.0, 15.0):
            area = float(_surface_mm2(np.pad(ball(radius, spacing), 1), spacing).sum())
            factors.append(area / (4 * math.pi * radius**2))
    assert all(1.0 < factor < 1.2 for factor in factors)
    assert max(factors) - min(factors) < 0.12


def test_area_of_the_sides_of_a_box_is_exact() -> None:
    size = (10, 12, 14)
    area = float(_surface_mm2(np.pad(box((2, 2, 2), size), 1), SPACING).sum())
    a, b, c = (n * side for n, side in zip(size, SPACING, strict=True))
    assert area == pytest.approx(2 * (a * b + b * c + a * c), rel=0.06)  # edges are cut off slantwise


def test_empty_masks_agree_and_one_empty_mask_is_infinitely_far() -> None:
    empty, full = np.zeros((4, 4, 4), bool), np.ones((4, 4, 4), bool)
    assert surface_distance(empty, empty, SPACING, tolerance_mm=1.0).within_tolerance == 1.0
    lost = surface_distance(empty, full, SPACING, tolerance_mm=1.0)
    assert (lost.within_tolerance, lost.mean_mm, lost.percentile_95_mm) == (0.0, math.inf, math.inf)


@pytest.mark.parametrize(("spacing", "tolerance"), [((0.0, 1.0, 1.0), 1.0), ((1.0, 1.0, math.nan), 1.0), (SPACING, -1)])
def test_lengths_that_cannot_be_are_refused(spacing: tuple[float, float, float], tolerance: float) -> None:
    mask = np.ones((3, 3, 3), bool)
    with pytest.raises(InputError, match="positive spacings"):
        surface_distance(mask, mask, spacing, tolerance_mm=tolerance)


@given(MASKS, MASKS)
@settings(max_examples=60)
def test_distances_are_those_of_brute_force(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> None:
    result = surface_distance(found, truth, SPACING, tolerance_mm=1.0)
    if not found.any() or not truth.any():
        assert result.within_tolerance == float(found.any() == truth.any())
        return
    one, other = _corners(found), _corners(truth)
    distances = np.concatenate([cKDTree(other).query(one)[0], cKDTree(one).query(other)[0]])
    assert distances.min() - 1e-4 <= result.mean_mm <= distances.max() + 1e-4
    assert result.percentile_95_mm <= distances.max() + 1e-4
    assert (result.within_tolerance == 1.0) == bool(distances.max() <= 1.0 + 1e-3)
    assert (result.within_tolerance == 0.0) == bool(distances.min() > 1.0 + 1e-3)


def _corners(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Points between voxels, mm, that touch both inside and outside."""
    padded = np.pad(mask, 1)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (2, 2, 2)).sum(axis=(3, 4, 5))
    return np.asarray(np.argwhere((windows > 0) & (windows < 8)) * np.array(SPACING))


@given(MASKS, MASKS)
@settings(max_examples=40)
def test_comparison_is_symmetric_and_a_mask_agrees_with_itself(
    found: NDArray[np.bool_], truth: NDArray[np.bool_]
) -> None:
    there = surface_distance(found, truth, SPACING, tolerance_mm=1.0)
    back = surface_distance(truth, found, SPACING, tolerance_mm=1.0)
    assert there.within_tolerance == pytest.approx(back.within_tolerance)
    assert there.percentile_95_mm == pytest.approx(back.percentile_95_mm)
    same = surface_distance(found, found, SPACING, tolerance_mm=0.0)
    assert (same.within_tolerance, same.mean_mm) == (1.0, 0.0)
    assert dice(found, truth) == dice(truth, found)
