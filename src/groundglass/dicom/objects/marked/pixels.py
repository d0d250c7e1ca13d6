"""Pictures as bare pixels: whatever sends, stores or shows them needs no decoder and has nothing to negotiate."""

from __future__ import annotations

import numpy as np
from pydicom.uid import ExplicitVRLittleEndian

from groundglass.render.picture import Rgb

TRANSFER_SYNTAX = ExplicitVRLittleEndian
"""The one that every partner must accept next to the default (PS3.5 section 10.1); why no smaller one: decision 12."""


def encoded(rgb: Rgb) -> bytes:
    """Return (row, column, 3) uint8 pixels as the value of PixelData, colour by pixel, of even length."""
    pixels = np.ascontiguousarray(rgb).tobytes()
    return pixels + b"\0" * (len(pixels) % 2)
