"""Right lung and left lung, also where both touch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from groundglass.analysis.morphology import Spacing, bounding_box, components, distance_inside_mm, distance_to_mm

ONE_SIDED = 0.88
"""A piece with more than this share on one side of the spine belongs to that side."""
CORE_STEP_MM = 2.0
"""Shrinking goes on in steps of one working voxel."""
THICKEST_BRIDGE_MM = 24.0
"""Lungs that touch in front of the aorta or behind the oesophagus do so in a layer thinner than this."""
BRIDGE_REACH_MM = 60.0
"""Bridges lie within this of the spine's column; beyond, the column tells the side."""
FUSED_SHARE = 0.3
"""Without a bridge, a piece with this share on both sides is cut at the spine; else it is one lung that bulges over."""


def split_sides(aerated: NDArray[np.bool_], middle: float, spacing_mm: Spacing) -> NDArray[np.uint8]:
    """Tell right from left.

    Parameters
    ----------
    aerated : (slice, row, column) bool
        Air-filled lung.
    middle : float
        Column of the spine.
    spacing_mm : tuple of float
        Along (slice, row, column), mm.

    Returns
    -------
    (slice, row, column) uint8
        1 right (smaller columns), 2 left.
    """
    out = np.zeros(aerated.shape, dtype=np.uint8)
    labels, sizes = components(aerated)
    index = np.arange(aerated.shape[2])
    for label in range(1, len(sizes)):
        piece = np.asarray(labels == label)
        right = float(piece.sum(axis=(0, 1))[index < middle].sum()) / float(sizes[label])
        if 1 - ONE_SIDED < right < ONE_SIDED and sizes[label] > 0.05 * sizes[1]:
            out[piece] = _cut(piece, middle, spacing_mm)[piece]
        else:
            out[piece] = 1 if right >= 0.5 else 2
    return out


def _cut(piece: NDArray[np.bool_], middle: float, spacing_mm: Spacing) -> NDArray[np.uint8]:
    """Cut where the piece is thinnest: shrink it until a core lies on each side, then flood back from both cores."""
    index = np.arange(piece.shape[2])
    out = np.broadcast_to(np.where(index < middle, 1, 2), piece.shape).astype(np.uint8)
    at_right = float(piece.sum(axis=(0, 1))[index < middle].sum()) / float(piece.sum())
    reach = BRIDGE_REACH_MM / spacing_mm[2]
    box = bounding_box(piece)
    if box is None:
        return out
    near = (box[0], box[1], slice(max(box[2].start, int(middle - reach)), min(box[2].stop, int(middle + reach) + 1)))
    part = piece[near]
    local_middle = middle - near[2].start
    depth = distance_inside_mm(part, spacing_mm)
    for core_mm in np.arange(CORE_STEP_MM, 0.5 * THICKEST_BRIDGE_MM, CORE_STEP_MM):
        cores = _cores(depth > core_mm, 0.01 * float(part.sum()), local_middle)
        if cores is not None:
            out[near] = _grow_back(part, *cores, depth, spacing_mm)
            return out
    if FUSED_SHARE <= at_right <= 1 - FUSED_SHARE:
        return out
    return np.full(piece.shape, 1 if at_right > 0.5 else 2, dtype=np.uint8)


def _cores(
    deep: NDArray[np.bool_], smallest: float, middle: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]] | None:
    """Return the right and the left cores, or None while one core still spans both sides."""
    labels, sizes = components(deep)
    index = np.arange(deep.shape[2])
    right: list[int] = []
    left: list[int] = []
    for label in range(1, len(sizes)):
        if sizes[label] < smallest:
            break
        share = float((labels == label).sum(axis=(0, 1))[index < middle].sum()) / float(sizes[label])
        if 0.15 <= share <= 0.85:
            return None
        (right if share > 0.5 else left).append(label)
    if not right or not left:
        return None
    return np.isin(labels, right), np.isin(labels, left)


def _grow_back(
    piece: NDArray[np.bool_],
    right: NDArray[np.bool_],
    left: NDArray[np.bool_],
    depth: NDArray[np.float32],
    spacing_mm: Spacing,
) -> NDArray[np.uint8]:
    """Flood from both cores down the depth, layer by layer, so that the seam follows the thinnest layer."""
    start = float(min(depth[right].min(), depth[left].min()))
    nearer = np.zeros(piece.shape, dtype=bool)
    for level in (0.5 * start, 0.0):
        nearer = distance_to_mm(right, spacing_mm) <= distance_to_mm(left, spacing_mm)
        layer = piece & (depth > level) & ~right & ~left
        right, left = right | (layer & nearer), left | (layer & ~nearer)
    return np.where(right | (nearer & ~left), 1, 2).astype(np.uint8)
