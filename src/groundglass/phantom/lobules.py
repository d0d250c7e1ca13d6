"""Lesions of the ``test`` chest: whole lobules with sharp borders, round nodules, thickened borders of lobules."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from groundglass.phantom.cavity import Cavity
from groundglass.phantom.grids import Axes, Block
from groundglass.phantom.lesions import LesionModel, smooth_noise
from groundglass.phantom.plan import Streams

_PITCH_MM = 14.0  # secondary lobules are 10 to 25 mm wide
_CLIP_MM = 5.0


def build(cavity: Cavity, streams: Streams, *, step_mm: float, prone: bool, percent: float) -> LesionModel:
    """Choose lobules round a few centres anywhere in the lungs until the share is met."""
    rng = streams.of("lobules")
    inside = np.argwhere(cavity.lungs < -1)
    low = np.array(cavity.axes.start) + inside.min(0) * cavity.axes.step[0] - 9
    high = np.array(cavity.axes.start) + inside.max(0) * cavity.axes.step[0] + 9
    axes = Axes.covering((low[0], low[1], low[2]), (high[0], high[1], high[2]), step_mm * 1.15)
    count = np.ceil((high - low) / _PITCH_MM).astype(int) + 1
    lattice = np.stack(np.meshgrid(*[np.arange(n) for n in count], indexing="ij"), -1).reshape(-1, 3).astype(np.float64)
    lattice += rng.uniform(-0.42, 0.42, lattice.shape)
    cells = low + lattice * _PITCH_MM
    z, y, x = (axes.along(i).astype(np.float64) for i in range(3))
    grid = np.stack(np.meshgrid(z, y, x, indexing="ij"), -1)
    bend = np.stack([2.2 * smooth_noise(rng, axes.shape, 5.0 / axes.step[0]) for _ in range(3)], -1)
    near = np.zeros(axes.shape, dtype=bool)
    at = np.rint((grid - np.array(cavity.axes.start)) / np.array(cavity.axes.step)).astype(int)
    at = np.clip(at, 0, np.array(cavity.axes.shape) - 1)
    depth = cavity.lungs[at[..., 0], at[..., 1], at[..., 2]]
    near = depth < 6
    found = cKDTree(cells).query((grid + bend)[near], k=2)
    distance, owner = np.asarray(found[0]), np.asarray(found[1])
    order_of = _order(cells, cavity, rng, percent, prone=prone)
    ramp = 1.5 * distance[:, 0] / _PITCH_MM
    order = np.full(axes.shape, 1e3, dtype=np.float32)
    order[near] = order_of[owner[:, 0]] + ramp
    in_lung = depth[near] < 0
    level = float(np.quantile(order[near][in_lung], min(percent / 100, 0.999)))
    # Between neighbours of very different order an interpolated border would shift: differences are capped.
    order = np.clip(order - level, -_CLIP_MM, _CLIP_MM)
    gap = np.full(axes.shape, 9, dtype=np.float32)
    gap[near] = distance[:, 1] - distance[:, 0]
    hu = np.full(axes.shape, -640, dtype=np.float32)
    hu[near] = rng.uniform(-720, -520, len(cells))[owner[:, 0]]
    hu = gaussian_filter(hu, 0.5) + 22 * smooth_noise(rng, axes.shape, 2.0 / axes.step[0])
    framed = np.zeros(axes.shape, dtype=np.float32)
    framed[near] = (rng.uniform(size=len(cells)) < 0.3)[owner[:, 0]]
    dense = _nodules(cells, order_of, level, axes, rng)
    far = np.full(axes.shape, 9, dtype=np.float32)
    return LesionModel(
        axes,
        order,
        dense,
        hu.astype(np.float32),
        gaussian_filter(framed, 0.7),
        gap * 0.6,
        far,
        soft_mm=2.0,
        edge_mm=1.2,
    )


def _order(
    cells: NDArray[np.float64],
    cavity: Cavity,
    rng: np.random.Generator,
    percent: float,
    *,
    prone: bool,
) -> NDArray[np.float64]:
    """Return when each lobule falls ill: near a centre first, with much chance."""
    inside = np.argwhere(cavity.lungs < -6)
    count = int(rng.integers(4, 9) + percent * 0.15)
    centres = np.array(cavity.axes.start) + inside[rng.choice(len(inside), count, replace=False)] * cavity.axes.step[0]
    from_centre = np.min(
        [np.linalg.norm(cells - c, axis=1) / rng.uniform(0.7, 1.4) + rng.uniform(0, 18) for c in centres], axis=0
    )
    dependent = (-cells[:, 1] if prone else cells[:, 1]) * 0.06
    return np.asarray(from_centre + rng.normal(scale=9, size=len(cells)) - dependent)


def _nodules(
    cells: NDArray[np.float64],
    order_of: NDArray[np.float64],
    level: float,
    axes: Axes,
    rng: np.random.Generator,
) -> Block:
    """Return the order of consolidation: round, about the middles of lobules that fell ill early."""
    early = np.flatnonzero(order_of < level + 1)
    if early.size == 0:
        early = np.argsort(order_of)[:1]
    count = min(early.size, max(2, int(4 + 0.035 * early.size)))
    chosen = cells[np.sort(rng.choice(early, count, replace=False))]
    size = rng.uniform(3, 15, count)
    out = np.full(axes.shape, 90, dtype=np.float32)
    x, y, z = axes.mesh()
    for c, r in zip(chosen, size, strict=True):
        low = np.floor((c - np.array(axes.start) - 55) / axes.step[0]).astype(int)
        high = np.ceil((c - np.array(axes.start) + 55) / axes.step[0]).astype(int) + 1
        box = tuple(slice(max(0, a), max(0, b)) for a, b in zip(low, high, strict=True))
        part = out[box]
        if part.size:
            d2 = (z[box[0]] - np.float32(c[0])) ** 2 + (y[:, box[1]] - np.float32(c[1])) ** 2
            d2 = d2 + (x[:, :, box[2]] - np.float32(c[2])) ** 2
            np.minimum(part, np.sqrt(d2) - np.float32(r), out=part)
    rough = 2.6 * smooth_noise(rng, axes.shape, 6.0 / axes.step[0]) + 1.0 * smooth_noise(
        rng, axes.shape, 3.0 / axes.step[0]
    )
    return (out + rough).astype(np.float32)
