"""Signed distances of simple shapes, mm, negative inside; and the smooth deformation that makes each chest its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundglass.phantom.grids import Axes, Block

FAR_MM = 60.0


def join(a: Block, b: Block, k: float) -> Block:
    """Return the union of two shapes, rounded over k mm (polynomial smooth minimum)."""
    h = np.maximum(k - np.abs(a - b), 0) / k
    return np.asarray(np.minimum(a, b) - h * h * (k / 4), dtype=np.float32)


def cut(a: Block, b: Block, k: float) -> Block:
    """Return the common part of two shapes, rounded over k mm."""
    return -join(-a, -b, k)


def step(x: NDArray[Any], low: Any, high: Any) -> Block:
    """Return a smooth step from 0 at ``low`` to 1 at ``high``."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), dtype=np.float32)


def ellipsoid(
    at: tuple[Block, Block, Block], centre: Sequence[float] | NDArray[np.float64], radii: Sequence[float]
) -> Block:
    """Return the signed distance, to first order, of an ellipsoid with axes along x, y, z."""
    d = [(q - np.float32(c)) for q, c in zip(at, centre, strict=True)]
    rho = np.sqrt(sum((q / np.float32(r)) ** 2 for q, r in zip(d, radii, strict=True)) + 1e-6)
    # The small terms agree at the centre, where the distance is about the mean radius.
    small = 1e-6 / float(np.mean(radii)) ** 2
    slope = np.sqrt(sum((q / np.float32(r * r)) ** 2 for q, r in zip(d, radii, strict=True)) + np.float32(small))
    return np.asarray((rho - 1) * rho / slope, dtype=np.float32)


def normalised(f: Block, spacing_mm: float) -> Block:
    """Return f divided by the length of its gradient: a signed distance to first order."""
    gz, gy, gx = np.gradient(f, np.float32(spacing_mm))
    return np.asarray(f / np.maximum(np.sqrt(gx * gx + gy * gy + gz * gz), 0.002), dtype=np.float32)


def normalised_in_plane(f: Block, spacing_mm: float) -> Block:
    """Return f divided by the length of its gradient within a slice: good far outside a shape that narrows upwards."""
    _, gy, gx = np.gradient(f, np.float32(spacing_mm))
    return np.asarray(f / np.maximum(np.sqrt(gx * gx + gy * gy), 0.002), dtype=np.float32)


def tube(
    at: tuple[Block, Block, Block], axes: Axes, points: NDArray[np.float64], radii: Sequence[float], flat: float = 1.0
) -> Block:
    """Return the signed distance of a chain of cones; ``flat`` < 1 squeezes it along y."""
    out = np.full(axes.shape, FAR_MM, dtype=np.float32)
    reach = 30.0
    for p, q, r, s in zip(points[:-1], points[1:], radii[:-1], radii[1:], strict=True):
        low = np.floor(axes.index((np.minimum(p, q) - max(r, s) - reach)[None])[0]).astype(int)
        high = np.ceil(axes.index((np.maximum(p, q) + max(r, s) + reach)[None])[0]).astype(int) + 1
        box = tuple(slice(max(0, a), max(0, b)) for a, b in zip(low, high, strict=True))
        part = out[box]
        if part.size == 0:
            continue
        d = [np.broadcast_to(a, axes.shape)[box] - np.float32(c) for a, c in zip(at, p, strict=True)]
        line = (q - p).astype(np.float32)
        t = np.clip((d[0] * line[0] + d[1] * line[1] + d[2] * line[2]) / max(float(line @ line), 1e-6), 0, 1)
        e = [a - t * b for a, b in zip(d, line, strict=True)]
        dist = np.sqrt(e[0] ** 2 + (e[1] / np.float32(flat)) ** 2 + e[2] ** 2)
        np.minimum(part, dist - (np.float32(r) + t * np.float32(s - r)), out=part)
    return out


@dataclass(frozen=True)
class Deformation:
    """A smooth displacement: a sum of long waves. Shapes are defined in straight coordinates q = p + d(p)."""

    waves: NDArray[np.float64]
    phases: NDArray[np.float64]
    sizes: NDArray[np.float64]

    @classmethod
    def draw(cls, rng: np.random.Generator, *, size_mm: float, waves: int = 7) -> Deformation:
        """Draw waves of 160 to 450 mm; ``size_mm`` is the rms displacement along each axis."""
        direction = rng.normal(size=(waves, 3))
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        length = rng.uniform(160, 450, size=(waves, 1))
        sizes = rng.normal(size=(waves, 3))
        sizes *= size_mm * np.sqrt(2 / waves) / np.sqrt((sizes**2).mean())
        return cls(direction * 2 * np.pi / length, rng.uniform(0, 2 * np.pi, waves), sizes)

    def straight(self, x: Block, y: Block, z: Block) -> tuple[Block, Block, Block]:
        """Return straight coordinates of a mesh of chest coordinates, mm."""
        shape = np.broadcast_shapes(x.shape, y.shape, z.shape)
        out = [np.array(np.broadcast_to(a, shape), dtype=np.float32) for a in (x, y, z)]
        for wave, phase, size in zip(self.waves.astype(np.float32), self.phases, self.sizes, strict=True):
            s = np.sin(x * wave[0] + y * wave[1] + z * wave[2] + np.float32(phase))
            for a, c in zip(out, size, strict=True):
                a += np.float32(c) * s
        return out[0], out[1], out[2]

    def moved(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return chest coordinates of points (n, 3) given in straight coordinates, mm."""
        p = points.copy()
        for _ in range(8):
            p = points - np.sin(p @ self.waves.T + self.phases) @ self.sizes
        return p
