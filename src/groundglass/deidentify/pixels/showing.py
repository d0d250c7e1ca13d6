"""Stored values as pictures of 8 bits for the text reader: more than one, since text may be plain in one only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

SOFT_TISSUE_HU = (-160.0, 240.0)
"""Centre 40, width 400: the window in which chest CTs are read for soft tissue."""
LUNG_HU = (-1350.0, 150.0)
"""Centre -600, width 1500: the window in which they are read for the lungs."""
STRETCH_PERCENT = (1.0, 99.5)
"""Of the values that are shown from black to white: metal and padding leave the rest its contrast."""


def stretched(values: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Return values between two limits as 0 to 255."""
    span = max(high - low, 1e-9)
    return np.asarray(np.clip((values.astype(np.float32) - low) * (255.0 / span), 0, 255).astype(np.uint8))


def _repeated(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Return where a value stands three times in a row: letters of one value on a noisy ground."""
    out = np.zeros(values.shape, bool)
    for axis in (0, 1):
        flat, part = (values, out) if axis == 0 else (values.T, out.T)
        equal = flat[1:] == flat[:-1]
        three = equal[1:] & equal[:-1]
        for start in range(3):
            part[start : start + len(three)] |= three
    out &= values != values.min()
    return out.astype(np.uint8) * 255


def grey_pictures(words: NDArray[Any], slope: float, intercept: float) -> Iterator[NDArray[np.uint8]]:
    """Yield a part of a grey frame as pictures, the one most likely to show text first.

    Parameters
    ----------
    words : (row, column) ndarray
        Stored values.
    slope, intercept : float
        Of the rescale to HU; 0 where the values are no HU.

    Yields
    ------
    (row, column) ndarray of uint8
        Whole range without outliers, lung window, soft tissue window, repeated values.
    """
    low, high = (float(value) for value in np.percentile(words, STRETCH_PERCENT))
    least, most = float(words.min()), float(words.max())
    yield stretched(words, low, high if high > low else most)
    if slope:
        for window in (LUNG_HU, SOFT_TISSUE_HU):
            ends = sorted((hu - intercept) / slope for hu in window)
            if ends[0] < most and ends[1] > least:
                yield stretched(words, ends[0], ends[1])
    yield _repeated(words)


def colour_picture(words: NDArray[Any], photometric: str, bits_stored: int) -> NDArray[np.uint8]:
    """Return a colour frame as RGB of 8 bits.

    Parameters
    ----------
    words : (row, column, 3) ndarray
        Samples.
    photometric : str
        What they are.
    bits_stored : int
        Of each.
    """
    eight = (words >> max(0, bits_stored - 8)).astype(np.uint8)
    if not photometric.startswith("YBR"):
        return eight
    y, cb, cr = (eight[..., channel].astype(np.float32) for channel in range(3))
    cb, cr = cb - 128, cr - 128
    # PS3.3 C.7.6.3.1.2, solved for RGB
    rgb = np.stack([y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb], axis=-1)
    return np.asarray(np.clip(rgb, 0, 255).astype(np.uint8))


def palette_picture(words: NDArray[Any], ds: Any) -> NDArray[np.uint8]:
    """Return a frame of palette colour as RGB of 8 bits; as grey where its tables cannot be used."""
    channels = []
    for name in ("Red", "Green", "Blue"):
        descriptor = ds.get(f"{name}PaletteColorLookupTableDescriptor")
        data = ds.get(f"{name}PaletteColorLookupTableData")
        if descriptor is None or not data or len(descriptor) != 3:
            return stretched(words, float(words.min()), float(words.max()))
        bits = 16 if int(descriptor[2]) > 8 else 8
        table = np.frombuffer(bytes(data)[: len(data) // 2 * 2 if bits == 16 else None], f"<u{bits // 8}")
        index = np.clip(words.astype(np.int64) - int(descriptor[1]), 0, max(0, table.size - 1))
        channels.append((table[index] >> (bits - 8)).astype(np.uint8))
    return np.stack(channels, axis=-1)
