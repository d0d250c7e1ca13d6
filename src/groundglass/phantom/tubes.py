"""Draw branching tubes onto the slices: occupancy 0..255 of each voxel, by distance to the centre line."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from groundglass.phantom.grids import Axes

Points = NDArray[np.float64]
_CHUNK = 60_000


def draw(out: NDArray[np.uint8], axes: Axes, start: Points, stop: Points, r_start: Points, r_stop: Points) -> None:
    """Draw cones into ``out`` in place, keeping the larger occupancy.

    Parameters
    ----------
    out : (slice, row, column) uint8
        Occupancy, 255 is full.
    axes : Axes
        Sampling of ``out``.
    start, stop : (n, 3) float64
        Ends of the centre lines, x, y, z mm.
    r_start, r_stop : (n,) float64
        Radii at both ends, mm. A tube thinner than a voxel keeps its share of it.
    """
    pitch = min(axes.step)
    largest = np.maximum(r_start, r_stop)
    edges = [0.0, 0.6, 1.2, 1.9]
    for low, high in pairwise(edges):
        chosen = (largest > low * pitch) & (largest <= high * pitch)
        if chosen.any():
            _splat(out, axes, start[chosen], stop[chosen], r_start[chosen], r_stop[chosen], high * pitch)
    for i in np.flatnonzero(largest > edges[-1] * pitch):
        _cone(out, axes, start[i], stop[i], float(r_start[i]), float(r_stop[i]))


def _splat(
    out: NDArray[np.uint8], axes: Axes, start: Points, stop: Points, r_start: Points, r_stop: Points, reach_mm: float
) -> None:
    step = np.array(axes.step)
    width = float(axes.step[2])
    length = np.linalg.norm(stop - start, axis=1)
    count = np.maximum(np.ceil(length / (0.6 * min(axes.step))).astype(int), 1)
    owner = np.repeat(np.arange(len(count)), count)
    t = (np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + 0.5) / count[owner]
    points = start[owner] + t[:, None] * (stop - start)[owner]
    radii = r_start[owner] + t * (r_stop - r_start)[owner]
    k = [int(np.ceil((reach_mm + 0.5 * width) / s - 0.5)) for s in step]
    grid = np.stack(np.meshgrid(*[np.arange(-n, n + 1) for n in k], indexing="ij"), -1).reshape(-1, 3)
    flat = out.reshape(-1)
    shape = np.array(axes.shape)
    for a in range(0, len(points), _CHUNK):
        where = axes.index(points[a : a + _CHUNK])
        radius = radii[a : a + _CHUNK].astype(np.float32)
        full = np.maximum(radius, 0.5 * width)
        weight = np.minimum(1.0, (radius / full) ** 2)
        base = np.rint(where).astype(np.int64)
        rest = ((base - where) * step).astype(np.float32)
        for offset in grid:
            index = base + offset
            e = rest + (offset * step).astype(np.float32)
            d = np.sqrt(e[:, 0] ** 2 + e[:, 1] ** 2 + e[:, 2] ** 2)
            value = np.clip(0.5 + (full - d) / width, 0, 1) * weight
            keep = (value > 0.004) & (index >= 0).all(1) & (index < shape).all(1)
            if keep.any():
                i = index[keep]
                at = (i[:, 0] * shape[1] + i[:, 1]) * shape[2] + i[:, 2]
                np.maximum.at(flat, at, (value[keep] * 255).astype(np.uint8))


def _cone(out: NDArray[np.uint8], axes: Axes, p: Points, q: Points, r: float, s: float) -> None:
    pad = max(r, s) + max(axes.step)
    low = np.floor(axes.index((np.minimum(p, q) - pad)[None])[0]).astype(int)
    high = np.ceil(axes.index((np.maximum(p, q) + pad)[None])[0]).astype(int) + 1
    box = tuple(slice(max(0, a), max(0, b)) for a, b in zip(low, high, strict=True))
    part = out[box]
    if part.size == 0:
        return
    z, y, x = (
        (axes.start[i] + axes.step[i] * np.arange(box[i].start, box[i].start + part.shape[i])).astype(np.float32)
        for i in range(3)
    )
    line = (q - p).astype(np.float32)
    dx, dy, dz = x - np.float32(p[0]), y - np.float32(p[1]), z - np.float32(p[2])
    along = (dz * line[2])[:, None, None] + (dy * line[1])[None, :, None] + (dx * line[0])[None, None, :]
    t = np.clip(along / max(float(line @ line), 1e-6), 0, 1)
    d2 = (dz[:, None, None] - t * line[2]) ** 2
    d2 += (dy[None, :, None] - t * line[1]) ** 2
    d2 += (dx[None, None, :] - t * line[0]) ** 2
    value = np.clip(0.5 + (np.float32(r) + t * np.float32(s - r) - np.sqrt(d2)) / np.float32(axes.step[2]), 0, 1)
    np.maximum(part, (value * 255).astype(np.uint8), out=part)
