"""Masks from the working grid to the full one, smooth instead of blocky, in integers only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from groundglass.analysis.grid import WorkingGrid
from groundglass.analysis.morphology import Box, bounding_box

_FINE = 32
"""Steps between two coarse voxel centres; 255 x 32 fits 16 bits, and integers give the same mask on every machine."""
_HALF = 255 * _FINE // 2


def soft(mask: NDArray[np.bool_], sigma_voxels: float = 0.6) -> NDArray[np.uint8]:
    """Blur a mask a little, so that its upsampled border is smooth and its volume kept.

    Parameters
    ----------
    mask : (slice, row, column) bool
        On the working grid.
    sigma_voxels : float
        Standard deviation of the blur, coarse voxels.

    Returns
    -------
    (slice, row, column) uint8
        0..255; 128 and more is inside.
    """
    return np.asarray(ndimage.gaussian_filter(mask.astype(np.uint8) * np.uint8(255), sigma_voxels, truncate=2.0))


def grown(mask: NDArray[np.bool_], voxels: int = 2) -> NDArray[np.bool_]:
    """Return the mask and what lies within a box of so many coarse voxels around it, in its slices.

    Parameters
    ----------
    mask : (slice, row, column) bool
        On the working grid.
    voxels : int
        Reach along rows and columns.
    """
    out = mask.view(np.uint8)
    for axis in (1, 2):
        out = ndimage.maximum_filter1d(out, 2 * voxels + 1, axis=axis, mode="constant")
    return np.asarray(out, dtype=bool)


def full_box(grid: WorkingGrid, mask: NDArray[Any], margin: int = 1) -> Box | None:
    """Return the box on the full grid that holds the mask's blocks; None where the mask is empty."""
    box = bounding_box(np.asarray(mask, dtype=bool), margin)
    if box is None:
        return None
    a, b, c = (
        slice(side.start * block, min(side.stop * block, size))
        for side, block, size in zip(box, grid.blocks, grid.full.geometry.shape, strict=True)
    )
    return a, b, c


def upsampled(grid: WorkingGrid, softs: list[NDArray[np.uint8]], box: Box) -> Iterator[tuple[int, list[NDArray[Any]]]]:
    """Interpolate soft masks linearly onto the full grid, one full slice at a time.

    Parameters
    ----------
    grid : WorkingGrid
        Says how the grids lie to each other.
    softs : list of (slice, row, column) uint8
        Soft masks on the working grid (:func:`soft`).
    box : tuple of slice
        Part of the full grid wanted.

    Yields
    ------
    index : int
        Slice of the full grid.
    inside : list of (row, column) bool
        Where each soft mask is half or more, within ``box``.
    """
    low, high, weight = _weights(grid.blocks[0], softs[0].shape[0], box[0])
    planes: dict[int, list[NDArray[np.uint16]]] = {}
    for n, k in enumerate(range(box[0].start, box[0].stop)):
        for wanted in (int(low[n]), int(high[n])):
            if wanted not in planes:
                planes[wanted] = [_in_plane(each[wanted], grid, box) for each in softs]
        for old in [j for j in planes if j < int(low[n])]:
            del planes[old]
        below, above, w = planes[int(low[n])], planes[int(high[n])], int(weight[n])
        inside = []
        for a, b in zip(below, above, strict=True):
            level = a if w == 0 else (a.astype(np.uint32) * (_FINE - w) + b.astype(np.uint32) * w) // _FINE
            inside.append(level >= _HALF)
        yield k, inside


def to_full(grid: WorkingGrid, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Bring a mask to the full grid with a smooth border."""
    out = np.zeros(grid.full.geometry.shape, dtype=bool)
    box = full_box(grid, mask)
    if box is not None:
        for k, (inside,) in upsampled(grid, [soft(mask)], box):
            out[k, box[1], box[2]] = inside
    return out


def _weights(block: int, coarse: int, wanted: slice) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    # full voxel n lies at (n + 1/2) / block - 1/2 coarse voxels
    position = ((2 * np.arange(wanted.start, wanted.stop) + 1) * _FINE - block * _FINE) // (2 * block)
    position = np.clip(position, 0, (coarse - 1) * _FINE)
    low = position // _FINE
    return low, np.minimum(low + 1, coarse - 1), position - low * _FINE


def _in_plane(plane: NDArray[np.uint8], grid: WorkingGrid, box: Box) -> NDArray[np.uint16]:
    out = plane.astype(np.uint16) * np.uint16(_FINE)
    for axis in (0, 1):
        low, high, weight = _weights(grid.blocks[axis + 1], plane.shape[axis], box[axis + 1])
        w = weight.astype(np.uint32).reshape((-1, 1) if axis == 0 else (1, -1))
        mixed = out.take(low, axis=axis) * (np.uint32(_FINE) - w) + out.take(high, axis=axis) * w
        out = (mixed // _FINE).astype(np.uint16)
    return out
