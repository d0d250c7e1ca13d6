"""Upper, middle and lower zone of each lung."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

UPPER, MIDDLE, LOWER = 1, 2, 3
VEINS_BELOW_CARINA_MM = 52.0
"""Surrogate for the level of the inferior pulmonary veins. Read by eye in two chests of known spacing, the veins enter
the left atrium 63 mm (right) and 47 mm (left), and 50 and 47 mm below the carina: an error of about 5-11 mm."""
VEINS_SHARE = (0.2, 0.45)
"""The surrogate stays within these shares of the way from the carina to the lungs' lower end (children)."""


def find_zones(lungs: NDArray[np.uint8], carina_slice: int | None, slice_mm: float) -> NDArray[np.uint8]:
    """Divide the lungs at the carina and at the level of the inferior pulmonary veins.

    Parameters
    ----------
    lungs : (slice, row, column) uint8
        1 right, 2 left, 3 side unknown.
    carina_slice : int or None
        Slice of the fork; None divides the lungs' height into thirds.
    slice_mm : float
        Distance between slices, mm.

    Returns
    -------
    (slice, row, column) uint8
        1 upper, 2 middle, 3 lower, 0 outside.
    """
    upper, lower = borders(np.asarray((lungs > 0).any(axis=(1, 2))), carina_slice, slice_mm)
    k = np.arange(len(lungs))
    zone = np.where(k >= upper, UPPER, np.where(k >= lower, MIDDLE, LOWER)).astype(np.uint8)
    return np.where(lungs > 0, zone[:, None, None], 0).astype(np.uint8)


def borders(has_lung: NDArray[np.bool_], carina_slice: int | None, slice_mm: float) -> tuple[float, float]:
    """Return the slices at which the upper and the middle zone begin.

    Parameters
    ----------
    has_lung : (slice,) bool
        Whether a slice shows lung.
    carina_slice : int or None
        Slice of the fork; None divides into thirds.
    slice_mm : float
        Distance between slices, mm.
    """
    heights = np.flatnonzero(has_lung)
    if heights.size == 0:
        return 0.0, 0.0
    bottom, top = float(heights[0]), float(heights[-1]) + 1.0
    if carina_slice is None or not bottom < carina_slice < top:
        return top - (top - bottom) / 3.0, bottom + (top - bottom) / 3.0
    way = float(carina_slice) - bottom
    drop = float(np.clip(VEINS_BELOW_CARINA_MM / slice_mm, VEINS_SHARE[0] * way, VEINS_SHARE[1] * way))
    return float(carina_slice), float(carina_slice) - drop
