"""The lungs' outline on the full grid: crisp where air meets the chest wall, smooth where dense lung does."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from groundglass.analysis.grid import WorkingGrid
from groundglass.analysis.lungs import BORDER_HU
from groundglass.analysis.morphology import Box, bounding_box

_FINE = 16
"""Steps between two coarse voxel centres: 255 x 16 x 16 fits 16 bits, and integers give the same mask everywhere."""
_FULL = 255 * _FINE * _FINE
_BLUR_VOXELS = 0.6
"""Rounds the coarse voxels' corners; keeps volume."""
BAND = (0.2, 0.8)
"""Share of lung between which the full-resolution HU decide: about one coarse voxel to each side of the border."""
DENSE_SHARE = 0.5
"""Where more of the lung at the border than this is dense, HU cannot tell it from the wall: the smooth border stays."""


def lungs_to_full(
    grid: WorkingGrid, lungs: NDArray[np.uint8], aerated: NDArray[np.bool_], *, border_hu: int = BORDER_HU
) -> NDArray[np.uint8]:
    """Bring lungs to the full grid.

    Parameters
    ----------
    grid : WorkingGrid
        How the grids lie to each other, and the full HU.
    lungs : (slice, row, column) uint8
        1 right, 2 left, 3 side unknown, on the working grid.
    aerated : (slice, row, column) bool
        Their air-filled part, on the working grid.
    border_hu : int
        Air-filled lung ends here, HU.

    Returns
    -------
    (slice, row, column) uint8
        The same labels on the full grid.
    """
    full = grid.full.array
    out = np.zeros(full.shape, dtype=np.uint8)
    lung = lungs > 0
    coarse = bounding_box(lung, 2)
    if coarse is None:
        return out
    a, b, c = (
        slice(side.start * block, min(side.stop * block, size))
        for side, block, size in zip(coarse, grid.blocks, full.shape, strict=True)
    )
    box: Box = (a, b, c)
    right = _right_region(lungs, coarse)
    (
        low,
        half,
        high,
    ) = (round(share * _FULL) for share in (BAND[0], 0.5, BAND[1]))
    softs = [_soft(lung), _soft(lung & ~aerated), _soft(right)]
    only = int(lungs.max()) if int(lungs.max()) == 3 else 0
    for k, (level, dense, side) in _levels(grid, softs, box):
        hu = full[k, b, c]
        inside = level >= high
        band = (level >= low) & ~inside
        inside |= band & (hu < border_hu)
        inside |= band & (level >= half) & (dense >= level * DENSE_SHARE)
        value = only if only else np.where(side >= half, 1, 2)
        out[k, b, c] = inside * np.asarray(value, dtype=np.uint8)
    return out


def _right_region(lungs: NDArray[np.uint8], box: Box) -> NDArray[np.bool_]:
    """Return the voxels of the box nearer to the right lung than to the left, row by row."""
    out = np.zeros(lungs.shape, dtype=bool)
    part = lungs[box]
    if not (part == 2).any():
        out[box] = True
        return out
    if not (part == 1).any():
        return out
    indices = ndimage.distance_transform_edt(part == 0, return_distances=False, return_indices=True)
    out[box] = part[tuple(indices)] != 2
    return out


def _soft(mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return np.asarray(ndimage.gaussian_filter(mask.astype(np.uint8) * np.uint8(255), _BLUR_VOXELS, truncate=2.0))


def _levels(
    grid: WorkingGrid, softs: list[NDArray[np.uint8]], box: Box
) -> Iterator[tuple[int, list[NDArray[np.uint16]]]]:
    """Interpolate soft masks linearly onto the full grid, one slice of ``box`` at a time, as levels of 0..65280."""
    below, above, weight = _weights(grid.blocks[0], softs[0].shape[0], box[0])
    planes: dict[int, list[NDArray[np.uint16]]] = {}
    for n, k in enumerate(range(box[0].start, box[0].stop)):
        first, second, w = int(below[n]), int(above[n]), int(weight[n])
        for wanted in {first, second}:
            if wanted not in planes:
                planes[wanted] = [_in_plane(each[wanted], grid, box) for each in softs]
        for old in [j for j in planes if j < first]:
            del planes[old]
        if w == 0 or first == second:
            yield k, planes[first]
            continue
        # 16ths first, so that the sums stay in 16 bits
        yield (
            k,
            [
                (a >> 4) * np.uint16(_FINE - w) + (b >> 4) * np.uint16(w)
                for a, b in zip(planes[first], planes[second], strict=True)
            ],
        )


def _in_plane(plane: NDArray[np.uint8], grid: WorkingGrid, box: Box) -> NDArray[np.uint16]:
    out = plane.astype(np.uint16)
    for axis in (0, 1):
        below, above, weight = _weights(grid.blocks[axis + 1], plane.shape[axis], box[axis + 1])
        w = weight.astype(np.uint16).reshape((-1, 1) if axis == 0 else (1, -1))
        out = out.take(below, axis=axis) * (np.uint16(_FINE) - w) + out.take(above, axis=axis) * w
    return out


def _weights(block: int, coarse: int, wanted: slice) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    # full voxel n lies at (n + 1/2) / block - 1/2 coarse voxels
    position = ((2 * np.arange(wanted.start, wanted.stop) + 1 - block) * _FINE) // (2 * block)
    position = np.clip(position, 0, (coarse - 1) * _FINE)
    below = position // _FINE
    return below, np.minimum(below + 1, coarse - 1), position % _FINE
