"""How well two masks agree: overlap, volume, and distance of their surfaces in mm."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import edt
import numpy as np
from numpy.typing import NDArray

from groundglass.evaluation.intervals import refused
from groundglass.volume import LabelVolume

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SurfaceDistance:
    """Distances between the surfaces of two masks.

    Attributes
    ----------
    tolerance_mm : float
        For ``within_tolerance``.
    within_tolerance : float
        Normalised surface Dice: the share of both surfaces that lies within the tolerance of the other, 0..1.
    mean_mm : float
        Mean distance, of both surfaces together; infinite where one mask is empty.
    percentile_95_mm : float
        The larger of the two 95th percentiles (HD95); infinite where one mask is empty.
    """

    tolerance_mm: float
    within_tolerance: float
    mean_mm: float
    percentile_95_mm: float


@dataclass(frozen=True, slots=True)
class Overlap:
    """Everything of one pair of masks.

    Attributes
    ----------
    dice, jaccard : float
        0..1; 1 where both masks are empty.
    sensitivity, precision : float or None
        Share of the truth that was found, and of the found that is true; None over an empty mask.
    found_ml, truth_ml : float
        Volumes.
    volume_error_ml : float
        Found minus truth.
    volume_error_percent : float or None
        The same, percent of the truth; None where the truth is empty.
    surface : SurfaceDistance or None
        Only if a tolerance was asked for.
    """

    dice: float
    jaccard: float
    sensitivity: float | None
    precision: float | None
    found_ml: float
    truth_ml: float
    volume_error_ml: float
    volume_error_percent: float | None
    surface: SurfaceDistance | None


def dice(found: NDArray[Any], truth: NDArray[Any]) -> float:
    """Return 2 |both| / (|found| + |truth|) of two masks; 1 where both are empty.

    Parameters
    ----------
    found, truth : (slice, row, column) bool or integer
        Masks.

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` if the shapes differ.
    """
    a, b = _masks(found, truth)
    total = int(np.count_nonzero(a)) + int(np.count_nonzero(b))
    return 2 * int(np.count_nonzero(a & b)) / total if total else 1.0


def compare(
    found: LabelVolume, truth: LabelVolume, *, label: int | None = None, tolerance_mm: float | None = None
) -> Overlap:
    """Compare a label of two label volumes on the same grid.

    Parameters
    ----------
    found, truth : LabelVolume
        What was found, and what is held to be true.
    label : int or None
        The label compared; None for every label above 0 as one.
    tolerance_mm : float or None
        Also measure the surfaces, with this tolerance.

    Raises
    ------
    InputError
        ``GRID_MISMATCH`` if the grids differ; ``EVALUATION_INPUT`` if the tolerance is negative.
    """
    found.geometry.require_same_grid(truth.geometry, what="the masks compared")
    if label is None:
        a, b = found.array > 0, truth.array > 0
    else:
        a, b = found.array == label, truth.array == label
    voxel_ml = truth.geometry.voxel_ml
    of_a, of_b, of_both = (int(np.count_nonzero(mask)) for mask in (a, b, a & b))
    surface = None
    if tolerance_mm is not None:
        surface = surface_distance(a, b, truth.geometry.spacing_mm, tolerance_mm=tolerance_mm)
    return Overlap(
        dice=2 * of_both / (of_a + of_b) if of_a + of_b else 1.0,
        jaccard=of_both / (of_a + of_b - of_both) if of_a + of_b else 1.0,
        sensitivity=of_both / of_b if of_b else None,
        precision=of_both / of_a if of_a else None,
        found_ml=of_a * voxel_ml,
        truth_ml=of_b * voxel_ml,
        volume_error_ml=(of_a - of_b) * voxel_ml,
        volume_error_percent=100 * (of_a - of_b) / of_b if of_b else None,
        surface=surface,
    )


def surface_distance(
    found: NDArray[Any], truth: NDArray[Any], spacing_mm: tuple[float, float, float], *, tolerance_mm: float
) -> SurfaceDistance:
    """Measure how far the surfaces of two masks lie apart.

    A surface is looked for between voxels, in every block of 2 x 2 x 2 of them, and a block counts with the area of
    the surface in it, so that the figures do not hang on the spacing of the grid.

    Parameters
    ----------
    found, truth : (slice, row, column) bool or integer
        Masks.
    spacing_mm : tuple of float
        Voxel sides along (slice, row, column), mm.
    tolerance_mm : float
        Distance that still counts as the same surface.

    Returns
    -------
    SurfaceDistance
        Two empty masks agree fully; one empty mask has no part within the tolerance and infinite distances.

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` if the shapes differ or a length is not positive.

    References
    ----------
    Nikolov et al., J Med Internet Res 2021;23:e26151 (surface Dice at a tolerance).
    """
    a, b = _masks(found, truth)
    if a.ndim != 3 or not all(math.isfinite(side) and side > 0 for side in spacing_mm) or not tolerance_mm >= 0:
        raise refused("three axes, positive spacings and a tolerance of 0 mm or more are wanted", "surface distance")
    if not a.any() or not b.any():
        same = a.any() == b.any()
        far = 0.0 if same else math.inf
        return SurfaceDistance(tolerance_mm, float(same), far, far)
    box = _bounds(a | b)
    area_a, area_b = (_surface_mm2(np.pad(mask[box], 1), spacing_mm) for mask in (a, b))
    distance_a, weight_a = _distances(area_a, area_b, spacing_mm)
    distance_b, weight_b = _distances(area_b, area_a, spacing_mm)
    total = weight_a.sum() + weight_b.sum()
    # The grid is in float32 mm: a point exactly at the tolerance must not fall out by rounding.
    reach = tolerance_mm + 1e-4 * min(spacing_mm)
    within = weight_a[distance_a <= reach].sum() + weight_b[distance_b <= reach].sum()
    return SurfaceDistance(
        tolerance_mm=tolerance_mm,
        within_tolerance=float(within / total),
        mean_mm=float(((distance_a * weight_a).sum() + (distance_b * weight_b).sum()) / total),
        percentile_95_mm=max(_percentile(distance_a, weight_a, 0.95), _percentile(distance_b, weight_b, 0.95)),
    )


def _masks(found: NDArray[Any], truth: NDArray[Any]) -> tuple[Mask, Mask]:
    a, b = np.asarray(found).astype(bool), np.asarray(truth).astype(bool)
    if a.shape != b.shape:
        raise refused(f"masks of shapes {a.shape} and {b.shape} cannot be compared", "found and truth")
    return a, b


def _bounds(mask: Mask) -> tuple[slice, slice, slice]:
    ends = []
    for axis in range(3):
        other = tuple(i for i in range(3) if i != axis)
        filled = np.flatnonzero(mask.any(axis=other))
        ends.append(slice(int(filled[0]), int(filled[-1]) + 1))
    return ends[0], ends[1], ends[2]


def _surface_mm2(mask: Mask, spacing_mm: tuple[float, float, float]) -> NDArray[np.float32]:
    """Return for every block of 2 x 2 x 2 voxels the area of surface in it, mm2; 0 where it is all in or all out.

    The area is that of the block's vector of faces: along each axis the share of voxels that change, times the face.
    """
    filled = mask.astype(np.int8)
    sums = _pair(_pair(_pair(filled, 0), 1), 2)
    border = (sums > 0) & (sums < 8)
    squared = np.zeros(sums.shape, dtype=np.float32)
    for axis in range(3):
        first, second = (i for i in range(3) if i != axis)
        face = spacing_mm[first] * spacing_mm[second]
        step = _pair(_pair(np.diff(filled, axis=axis), first), second)
        squared += (step.astype(np.float32) * np.float32(face / 4)) ** 2
    area = np.sqrt(squared)
    # Opposite faces cancel in thin or touching parts; they keep the least area that one filled voxel of eight has.
    least = np.float32(min(spacing_mm) ** 2 / 4)
    return np.where(border, np.maximum(area, least), np.float32(0))


def _pair(array: NDArray[np.int8], axis: int) -> NDArray[np.int8]:
    """Add neighbours along an axis; sums of at most 8 fit int8."""
    low = [slice(None)] * 3
    high = [slice(None)] * 3
    low[axis], high[axis] = slice(None, -1), slice(1, None)
    return np.asarray(array[tuple(low)] + array[tuple(high)], dtype=np.int8)


def _distances(
    area: NDArray[np.float32], other: NDArray[np.float32], spacing_mm: tuple[float, float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return for each block on one surface its distance to the other surface, mm, and its area, mm2."""
    field = edt.edt(np.ascontiguousarray(other == 0), anisotropy=spacing_mm, black_border=False, parallel=1)
    on = area > 0
    return field[on].astype(np.float64), area[on].astype(np.float64)


def _percentile(distance: NDArray[np.float64], weight: NDArray[np.float64], share: float) -> float:
    order = np.argsort(distance)
    reached = np.cumsum(weight[order]) / weight.sum()
    return float(distance[order][min(int(np.searchsorted(reached, share - 1e-12)), distance.size - 1)])
