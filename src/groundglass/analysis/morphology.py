"""Binary morphology in millimetres, by Euclidean distance transforms (one pass, whatever the radius)."""

from __future__ import annotations

from typing import Any

import cc3d
import edt
import numpy as np
from numpy.typing import NDArray

Spacing = tuple[float, float, float]
Box = tuple[slice, slice, slice]


def distance_inside_mm(mask: NDArray[Any], spacing_mm: Spacing) -> NDArray[np.float32]:
    """Return the distance of each mask voxel to the nearest voxel outside, mm; the array's border is no outside."""
    return np.asarray(edt.edt(np.ascontiguousarray(mask), anisotropy=spacing_mm, parallel=1), dtype=np.float32)


def distance_to_mm(mask: NDArray[Any], spacing_mm: Spacing) -> NDArray[np.float32]:
    """Return the distance of each voxel to the nearest mask voxel, mm; infinite where the mask is empty."""
    if not mask.any():
        return np.full(mask.shape, np.inf, dtype=np.float32)
    return distance_inside_mm(~np.asarray(mask, dtype=bool), spacing_mm)


def dilate(mask: NDArray[np.bool_], radius_mm: float, spacing_mm: Spacing) -> NDArray[np.bool_]:
    """Return all voxels within ``radius_mm`` of the mask."""
    return np.asarray(distance_to_mm(mask, spacing_mm) <= radius_mm)


def erode(mask: NDArray[np.bool_], radius_mm: float, spacing_mm: Spacing) -> NDArray[np.bool_]:
    """Return the voxels of the mask farther than ``radius_mm`` from the outside."""
    return np.asarray(distance_inside_mm(mask, spacing_mm) > radius_mm)


def close(mask: NDArray[np.bool_], radius_mm: float, spacing_mm: Spacing) -> NDArray[np.bool_]:
    """Fill gaps and bays narrower than twice ``radius_mm``; never smaller than the mask."""
    return np.asarray(erode(dilate(mask, radius_mm, spacing_mm), radius_mm, spacing_mm) | mask)


def open_(mask: NDArray[np.bool_], radius_mm: float, spacing_mm: Spacing) -> NDArray[np.bool_]:
    """Remove parts thinner than twice ``radius_mm``; never larger than the mask."""
    return np.asarray(dilate(erode(mask, radius_mm, spacing_mm), radius_mm, spacing_mm) & mask)


def open_in_plane(mask: NDArray[np.bool_], radius_mm: float, spacing_mm: Spacing) -> NDArray[np.bool_]:
    """Remove what is thinner than twice ``radius_mm`` in the axial plane, by squares: fast, and blind to slices."""
    reach = _reach(radius_mm, spacing_mm)
    return _spread(erode_in_plane(mask, radius_mm, spacing_mm), reach)


def erode_in_plane(mask: NDArray[np.bool_], radius_mm: float, spacing_mm: Spacing) -> NDArray[np.bool_]:
    """Peel ``radius_mm`` (at least one voxel) off in the axial plane, by squares; the picture's edge does not peel."""
    return ~_spread(~np.asarray(mask, dtype=bool), _reach(radius_mm, spacing_mm))


def dilate_in_plane(mask: NDArray[np.bool_], radius_mm: float, spacing_mm: Spacing) -> NDArray[np.bool_]:
    """Add ``radius_mm`` (at least one voxel) in the axial plane, by squares."""
    return _spread(mask, _reach(radius_mm, spacing_mm))


def dilate_slices(mask: NDArray[np.bool_], radius_mm: float, spacing_mm: Spacing) -> NDArray[np.bool_]:
    """Add ``radius_mm`` (at least one slice) along the body."""
    out = np.array(mask, dtype=bool, copy=True)
    for shift in range(1, max(1, round(radius_mm / spacing_mm[0])) + 1):
        out[shift:] |= mask[:-shift]
        out[:-shift] |= mask[shift:]
    return out


def _reach(radius_mm: float, spacing_mm: Spacing) -> tuple[int, int]:
    return max(1, round(radius_mm / spacing_mm[1])), max(1, round(radius_mm / spacing_mm[2]))


def _spread(mask: NDArray[np.bool_], reach: tuple[int, int]) -> NDArray[np.bool_]:
    out = np.array(mask, dtype=bool, copy=True)
    for axis, count in zip((1, 2), reach, strict=True):
        for _ in range(count):
            source = out.copy()
            ahead, behind = [slice(None)] * 3, [slice(None)] * 3
            ahead[axis], behind[axis] = slice(1, None), slice(None, -1)
            out[tuple(behind)] |= source[tuple(ahead)]
            out[tuple(ahead)] |= source[tuple(behind)]
    return out


def components(mask: NDArray[np.bool_]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Label 6-connected components.

    Returns
    -------
    labels : (slice, row, column) uint32
        0 outside; 1 is the largest component, 2 the next.
    sizes : (n + 1,) int64
        Voxels of each label; entry 0 is 0.
    """
    labels = np.asarray(cc3d.connected_components(np.ascontiguousarray(mask), connectivity=6, out_dtype=np.uint32))
    sizes = np.bincount(labels.ravel(), minlength=1)
    sizes[0] = 0
    order = np.argsort(-sizes[1:], kind="stable") + 1
    rank = np.zeros(len(sizes), dtype=np.uint32)
    rank[order] = np.arange(1, len(sizes), dtype=np.uint32)
    return rank[labels], np.concatenate([[0], sizes[order]]).astype(np.int64)


def largest(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the largest component of the mask (nothing where the mask is empty)."""
    labels, _ = components(mask)
    return np.asarray(labels == 1)


def fill_slices(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fill what each axial slice of the mask encloses."""
    layer = np.zeros(mask.shape[1:], dtype=bool)
    out = np.empty(mask.shape, dtype=bool)
    for k, part in enumerate(mask):
        # one ring of background, so that holes open to the picture's edge stay open
        padded = np.pad(~part, 1, constant_values=True)
        labels = cc3d.connected_components(padded, connectivity=4)
        layer = labels[1:-1, 1:-1] != labels[0, 0]
        out[k] = layer
    return out


def bounding_box(mask: NDArray[np.bool_], margin: int = 0) -> Box | None:
    """Return the smallest box around the mask, widened by ``margin`` voxels within the array; None when empty."""
    sides = []
    for axis in range(3):
        hits = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
        if hits.size == 0:
            return None
        sides.append(slice(max(0, int(hits[0]) - margin), min(mask.shape[axis], int(hits[-1]) + 1 + margin)))
    return sides[0], sides[1], sides[2]
