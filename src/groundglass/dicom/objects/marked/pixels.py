"""Pictures as JPEG Lossless: what every archive and viewer decodes, and half as large as the bare pixels."""

from __future__ import annotations

import imagecodecs
import numpy as np
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGLosslessSV1

from groundglass.render.picture import Rgb

TRANSFER_SYNTAX = JPEGLosslessSV1
"""Process 14, first-order prediction (PS3.5 A.4.2): the default of lossless JPEG (PS3.5 section 10.2)."""


def encoded(rgb: Rgb) -> bytes:
    """Return (row, column, 3) uint8 pixels as the encapsulated value of PixelData, one frame, colours untransformed."""
    stream = imagecodecs.jpeg8_encode(
        np.ascontiguousarray(rgb), lossless=True, predictor=1, colorspace="RGB", outcolorspace="RGB"
    )
    return encapsulate([bytes(stream)])
