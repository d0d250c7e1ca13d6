"""Lesions of the ``train`` chest: patches that grow from seeds; the share of the lung decides how far."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from groundglass.phantom.cavity import Cavity
from groundglass.phantom.grids import Axes, Block
from groundglass.phantom.plan import Streams


@dataclass(frozen=True)
class LesionModel:
    """Fields on a grid of their own, (slice, row, column) float32.

    Attributes
    ----------
    axes : Axes
        Sampling.
    order_mm : Block
        A voxel is lesion where this lies below a level; the level is set so that the wanted share is met.
    dense_order : Block
        Inside lesions, a voxel is consolidation where this lies below a second level.
    hu : Block
        Ground glass, HU.
    network : Block
        Strength of crazy paving, 0 to 1: thin lines where ``net_1`` or ``net_2`` cross zero.
    net_1, net_2 : Block
        Distance from the lines, mm, signed.
    soft_mm : float
        Width of the edge of ground glass.
    """

    axes: Axes
    order_mm: Block
    dense_order: Block
    hu: Block
    network: Block
    net_1: Block
    net_2: Block
    soft_mm: float
    edge_mm: float = 1.6


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int, int], sigma: float) -> Block:
    """Return smooth noise of mean 0 and standard deviation 1; sigma in cells."""
    noise = gaussian_filter(rng.standard_normal(shape, dtype=np.float32), sigma, mode="wrap", truncate=3)
    return np.asarray((noise - noise.mean()) / noise.std(), dtype=np.float32)


def build(cavity: Cavity, streams: Streams, *, step_mm: float, prone: bool, percent: float) -> LesionModel:
    """Place seeds, mostly at the back, low and near the pleura, on both sides."""
    rng = streams.of("lesions")
    inside = np.argwhere(cavity.lungs < -3)
    low = np.array(cavity.axes.start) + inside.min(0) * cavity.axes.step[0] - 9
    high = np.array(cavity.axes.start) + inside.max(0) * cavity.axes.step[0] + 9
    axes = Axes.covering((low[0], low[1], low[2]), (high[0], high[1], high[2]), step_mm)
    place = (np.array(cavity.axes.start) + inside * cavity.axes.step[0])[:, ::-1]
    depth = -cavity.lungs[tuple(inside.T)]
    y = (place[:, 1] - place[:, 1].mean()) / 60
    z = (place[:, 2] - place[:, 2].mean()) / 80
    weight = np.exp(-depth / 11) * np.exp((0.4 if prone else 0.9) * y - 0.55 * z)
    count = int(rng.integers(9, 16) + percent * 0.7)
    chosen = rng.choice(len(place), size=count, replace=False, p=weight / weight.sum())
    x, yy, zz = axes.mesh()
    warp = [6.0 * smooth_noise(rng, axes.shape, 9.0 / step_mm) for _ in range(3)]
    order = np.full(axes.shape, 1e3, dtype=np.float32)
    owner = np.zeros(axes.shape, dtype=np.uint8)
    when = np.sort(rng.uniform(0, 34, count)) * (0.25 + 0.75 * np.linspace(0, 1, count))
    for i, k in enumerate(chosen):
        c = place[k]
        shape = rng.uniform(0.75, 1.3, 3)
        d = np.sqrt(
            ((x + warp[0] - np.float32(c[0])) / np.float32(shape[0])) ** 2
            + ((yy + warp[1] - np.float32(c[1])) / np.float32(shape[1])) ** 2
            + ((zz + warp[2] - np.float32(c[2])) / np.float32(shape[2])) ** 2
        ) + np.float32(when[i])
        nearer = d < order
        order[nearer] = d[nearer]
        owner[nearer] = i
    order += 2.2 * smooth_noise(rng, axes.shape, 4.0 / step_mm) + 1.2 * smooth_noise(rng, axes.shape, 2.2 / step_mm)
    hu_of = rng.uniform(-690, -480, count).astype(np.float32)
    mottle = 32 * smooth_noise(rng, axes.shape, 3.5 / step_mm) + 26 * smooth_noise(rng, axes.shape, 9.0 / step_mm)
    hu = gaussian_filter(hu_of[owner], 3.0 / step_mm) + mottle
    dense_of = rng.uniform(-9, 16, count).astype(np.float32)
    dense = order * np.float32(0.55) + gaussian_filter(dense_of[owner], 3.0 / step_mm)
    dense += 4.5 * smooth_noise(rng, axes.shape, 8.0 / step_mm) + 1.1 * smooth_noise(rng, axes.shape, 3.0 / step_mm)
    paved = gaussian_filter((rng.uniform(0, 1, count) < 0.45).astype(np.float32)[owner], 3.0 / step_mm)
    nets = []
    for size in (2.7, 3.5):
        n = smooth_noise(rng, axes.shape, size / step_mm)
        nets.append((n * np.float32(size * 1.4)).astype(np.float32))
    return LesionModel(
        axes, order, dense.astype(np.float32), hu.astype(np.float32), paved, nets[0], nets[1], soft_mm=3.0
    )
