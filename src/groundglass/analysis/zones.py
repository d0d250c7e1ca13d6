"""Upper, middle and lower zone of each lung."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

UPPER, MIDDLE, LOWER = 1, 2, 3


def find_zones(
    lungs: NDArray[np.uint8], carina_slice: int | None, *, vein_slice: float | None = None
) -> NDArray[np.uint8]:
    """Divide the lungs at the carina and at the level of the inferior pulmonary veins.

    Parameters
    ----------
    lungs : (slice, row, column) uint8
        1 right, 2 left, 3 side unknown.
    carina_slice : int or None
        Slice of the fork; None divides the lungs' height into thirds.
    vein_slice : float or None
        Slice of the inferior pulmonary veins, else a surrogate is taken.

    Returns
    -------
    (slice, row, column) uint8
        1 upper, 2 middle, 3 lower, 0 outside.
    """
    heights = np.flatnonzero((lungs > 0).any(axis=(1, 2)))
    out = np.zeros(lungs.shape, dtype=np.uint8)
    if heights.size == 0:
        return out
    bottom, top = float(heights[0]), float(heights[-1])
    if carina_slice is None:
        upper, lower = top - (top - bottom) / 3, bottom + (top - bottom) / 3
    else:
        upper = float(carina_slice)
        lower = vein_slice if vein_slice is not None else upper - 0.4 * (upper - bottom)
    k = np.arange(len(lungs))
    zone = np.where(k >= upper, UPPER, np.where(k >= lower, MIDDLE, LOWER)).astype(np.uint8)
    return np.where(lungs > 0, zone[:, None, None], 0).astype(np.uint8)
