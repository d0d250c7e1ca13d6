"""A drawn chest: ellipses with known lungs, windpipe, ribs, heart and liver; simpler than the phantom, and instant."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from groundglass.analysis import anatomy
from groundglass.analysis.anatomy import Anatomy
from groundglass.analysis.grid import WorkingGrid
from groundglass.volume import Geometry, Volume

SHAPE = (110, 128, 160)
SPACING_MM = (3.0, 2.4, 2.4)
FORK = 72
"""Slice of the carina."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawn chest and its truth."""

    volume: Volume
    lungs: NDArray[np.uint8]
    airways: NDArray[np.bool_]


def _ellipse(row: float, column: float, high: float, wide: float) -> NDArray[np.bool_]:
    r, c = np.ogrid[: SHAPE[1], : SHAPE[2]]
    return ((r - row) / high) ** 2 + ((c - column) / wide) ** 2 <= 1.0


@cache
def draw(*, touching: bool = False, one_lung: bool = False, gas: bool = True, noise_hu: float = 10.0) -> Drawn:
    """Draw a chest."""
    hu = np.full(SHAPE, -1000, dtype=np.float32)
    lungs = np.zeros(SHAPE, dtype=np.uint8)
    airways = np.zeros(SHAPE, dtype=bool)
    body = _ellipse(64, 80, 50, 72)
    spine = _ellipse(92, 80, 9, 9)
    for k in range(SHAPE[0]):
        layer = hu[k]
        layer[body] = -90
        layer[_ellipse(64, 80, 46, 68)] = 50
        size = np.sqrt(max(0.0, 1.0 - ((k - 45) / 52.0) ** 2)) if 8 <= k <= 97 else 0.0
        right = _ellipse(62, 49, 36 * size, 25 * size) if size else np.zeros_like(body)
        left = _ellipse(62, 111, 36 * size, 25 * size) if size else np.zeros_like(body)
        if touching and 50 <= k <= 62:
            r, c = np.ogrid[: SHAPE[1], : SHAPE[2]]
            bridge = (abs(r - 45) <= 1) & (c > 60) & (c < 100)
            right, left = right | (bridge & (c <= 80)), left | (bridge & (c > 80))
        heart = _ellipse(58, 88, 22, 22) if 20 <= k <= 52 and not touching else np.zeros_like(body)
        dome = _ellipse(64, 49, 40 - 1.6 * k, 28 - 1.1 * k) if k < 24 else np.zeros_like(body)
        right, left = right & ~dome & ~heart, left & ~heart
        if one_lung:
            left = np.zeros_like(body)
        ring = _ellipse(64, 80, 43, 64) & ~_ellipse(64, 80, 39, 60)
        if k % 8 < 4:
            layer[ring] = 400
        layer[spine] = 300
        lungs[k][right], lungs[k][left] = 1, 2
        layer[right | left] = -860
        if k >= FORK:
            pipe = _ellipse(62, 80, 4.2, 4.2)
        else:
            aside = (FORK - k) * 0.9 + 3.0
            pipe = _ellipse(62, 80 - aside, 3.4, 3.0) | _ellipse(62, 80 + aside, 3.4, 3.0)
            if k < FORK - 9:
                pipe = np.zeros_like(body)
        around = ndimage.binary_dilation(pipe, iterations=2)
        layer[around] = 40
        layer[pipe] = -995
        lungs[k][around] = 0
        airways[k] = pipe
        if gas and 4 <= k <= 18:
            layer[_ellipse(42, 106, 9, 12)] = 40
            layer[_ellipse(42, 106, 7, 10)] = -1000
            lungs[k][_ellipse(42, 106, 9, 12)] = 0
    blurred = ndimage.gaussian_filter(hu, (0, 0.5, 0.5)) + np.random.default_rng(3).normal(0, noise_hu, SHAPE)
    affine = np.zeros((4, 4))
    affine[2, 0], affine[1, 1], affine[0, 2], affine[3, 3] = *SPACING_MM, 1.0
    return Drawn(Volume(np.rint(blurred).astype(np.int16), Geometry(SHAPE, affine)), lungs, airways)


@cache
def found() -> Anatomy:
    """Return the anatomy of the plain drawn chest."""
    return anatomy.find(WorkingGrid.of(draw().volume))
