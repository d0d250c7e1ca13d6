"""Right and left lung: air in the chest, less airways and bowel, with vessels and dense lung put back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundglass.analysis.morphology import (
    Spacing,
    bounding_box,
    close,
    components,
    dilate,
    distance_inside_mm,
    distance_to_mm,
    erode,
)

AERATED_HU = -400
SMALLEST_PIECE_ML = 15.0
GAS_HU = -960
CLOSING_MM = 8.0


@dataclass(frozen=True, slots=True, eq=False)
class Lungs:
    """Both lungs on the working grid.

    Attributes
    ----------
    labels : (slice, row, column) uint8
        0 background, 1 right (small columns), 2 left.
    completed : (slice, row, column) bool
        Dense voxels put back into the outline: vessels, and what may be consolidated lung or effusion.
    aerated : (slice, row, column) bool
        Air-filled lung.
    """

    labels: NDArray[np.uint8]
    completed: NDArray[np.bool_]
    aerated: NDArray[np.bool_]


def find_lungs(
    hu: NDArray[np.int16], body: NDArray[np.bool_], airways: NDArray[np.bool_], spacing_mm: Spacing
) -> Lungs:
    """Find the lungs.

    Parameters
    ----------
    hu : (slice, row, column) int16
        Working grid, HU.
    body, airways : (slice, row, column) bool
        The patient; trachea and main bronchi.
    spacing_mm : tuple of float
        Along (slice, row, column), mm.
    """
    voxel_ml = float(np.prod(spacing_mm)) / 1000.0
    air = (hu < AERATED_HU) & body & ~airways
    labels, sizes = components(air)
    keep = np.zeros(len(sizes), dtype=bool)
    for label in range(1, len(sizes)):
        if sizes[label] * voxel_ml < SMALLEST_PIECE_ML:
            break
        part = labels == label
        box = bounding_box(part, 1)
        if box is None:
            continue
        core = erode(part[box], 3.0, spacing_mm)
        inside = hu[box][core] if core.any() else hu[box][part[box]]
        keep[label] = float(np.median(inside)) > GAS_HU
    aerated = keep[labels]
    sides = split_sides(aerated, body, spacing_mm)
    out = np.zeros(hu.shape, dtype=np.uint8)
    for side in (1, 2):
        part = sides == side
        box = bounding_box(part, int(np.ceil(CLOSING_MM / min(spacing_mm))) + 2)
        if box is None:
            continue
        closed = close(part[box], CLOSING_MM, spacing_mm) & body[box] & ~airways[box] & (sides[box] != 3 - side)
        region = out[box]
        region[closed & (region == 0)] = side
    completed = (out > 0) & ~aerated
    return Lungs(out, completed, aerated)


def split_sides(aerated: NDArray[np.bool_], body: NDArray[np.bool_], spacing_mm: Spacing) -> NDArray[np.uint8]:
    """Tell right from left, also where both touch."""
    out = np.zeros(aerated.shape, dtype=np.uint8)
    if not aerated.any():
        return out
    columns = np.flatnonzero(body.any(axis=(0, 1)))
    middle = (columns[0] + columns[-1]) / 2
    labels, sizes = components(aerated)
    index = np.arange(aerated.shape[2])
    for label in range(1, len(sizes)):
        if sizes[label] < 20:
            break
        part = labels == label
        profile = part.sum(axis=(0, 1))
        right = float(profile[index < middle].sum()) / float(sizes[label])
        if 0.12 < right < 0.88 and sizes[label] > 0.2 * sizes[1]:
            out[part] = _cut(part, middle, spacing_mm)[part]
        else:
            out[part] = 1 if right >= 0.5 else 2
    return out


def _cut(part: NDArray[np.bool_], middle: float, spacing_mm: Spacing) -> NDArray[np.uint8]:
    """Cut lungs that touch where they are thinnest, by flooding from their cores."""
    depth = distance_inside_mm(part, spacing_mm)
    out = np.zeros(part.shape, dtype=np.uint8)
    index = np.arange(part.shape[2])
    for core_mm in np.arange(2.0, 30.0, 2.0):
        labels, sizes = components(depth > core_mm)
        big = [i for i in range(1, len(sizes)) if sizes[i] > 0.02 * part.sum()]
        mids = {i: float(np.average(index, weights=(labels == i).sum(axis=(0, 1)))) for i in big}
        spans = {i: float((labels[:, :, : int(middle)] == i).sum()) / float(sizes[i]) for i in big}
        if (
            len(big) >= 2
            and all(min(s, 1 - s) < 0.15 for s in spans.values())
            and {m < middle for m in mids.values()} == {True, False}
        ):
            right = np.isin(labels, [i for i in big if mids[i] < middle])
            left = np.isin(labels, [i for i in big if mids[i] >= middle])
            nearer = distance_to_mm(right, spacing_mm) <= distance_to_mm(left, spacing_mm)
            out[part & nearer] = 1
            out[part & ~nearer] = 2
            return out
    out[part] = np.where(np.broadcast_to(index < middle, part.shape), 1, 2)[part]
    return out


def spread(labels: NDArray[np.uint8], mask: NDArray[np.bool_], spacing_mm: Spacing) -> NDArray[np.uint8]:
    """Give each mask voxel the side that lies nearer."""
    right, left = distance_to_mm(labels == 1, spacing_mm), distance_to_mm(labels == 2, spacing_mm)
    return np.where(mask, np.where(right <= left, 1, 2), 0).astype(np.uint8)


def hilum_distance_mm(airways: NDArray[np.bool_], spacing_mm: Spacing) -> NDArray[np.float32]:
    """Return the distance to trachea and main bronchi, mm."""
    return distance_to_mm(airways, spacing_mm)


def rim(labels: NDArray[np.uint8], width_mm: float, spacing_mm: Spacing) -> NDArray[np.bool_]:
    """Return the lung voxels within ``width_mm`` of the lung's border."""
    lung = labels > 0
    return np.asarray(lung & ~dilate(~lung, 0, spacing_mm) & (distance_inside_mm(lung, spacing_mm) <= width_mm))
