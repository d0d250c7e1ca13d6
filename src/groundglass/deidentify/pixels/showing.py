"""Stored values as pictures of 8 bits for the text reader: more than one, since text may be plain in one only."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

SOFT_TISSUE_HU = (-160.0, 240.0)
"""The window in which chest CTs are read for soft tissue (centre 40, width 400)."""


def stretched(values: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Return values between two limits as 0 to 255."""
    span = max(high - low, 1e-9)
    return np.clip((values.astype(np.float32) - low) * (255.0 / span), 0, 255).astype(np.uint8)


def grey_pictures(words: NDArray[Any], slope: float, intercept: float) -> list[NDArray[np.uint8]]:
    """Return a grey frame as pictures: the whole range without outliers, and the soft tissue window.

    Parameters
    ----------
    words : (row, column) ndarray
        Stored values.
    slope, intercept : float
        Of the rescale to HU.

    Returns
    -------
    list of (row, column) ndarray of uint8
        Pictures.
    """
    low, high = np.percentile(words, (0.2, 99.8))
    pictures = [stretched(words, float(low), float(high))]
    soft = [(hu - intercept) / (slope or 1.0) for hu in SOFT_TISSUE_HU]
    if soft[0] < float(words.max()) and soft[1] > float(words.min()):
        pictures.append(stretched(words, soft[0], soft[1]))
    return pictures


def colour_picture(words: NDArray[Any], photometric: str, bits_stored: int) -> NDArray[np.uint8]:
    """Return a colour frame as RGB."""
    shift = max(0, bits_stored - 8)
    eight = (words >> shift).astype(np.uint8)
    if not photometric.startswith("YBR_FULL"):
        return eight
    y, cb, cr = (eight[..., channel].astype(np.float32) for channel in range(3))
    cb, cr = cb - 128, cr - 128
    rgb = np.stack([y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb], axis=-1)
    return np.clip(rgb, 0, 255).astype(np.uint8)
