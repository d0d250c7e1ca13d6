"""Pictures run-length encoded: no decoder is needed that an archive, a viewer or a script may lack."""

from __future__ import annotations

import struct

import imagecodecs
import numpy as np
from pydicom.encaps import encapsulate
from pydicom.uid import RLELossless

from groundglass.render.picture import Rgb

TRANSFER_SYNTAX = RLELossless
"""PS3.5 annex G; why not a smaller one: decision record 12."""


def encoded(rgb: Rgb) -> bytes:
    """Return (row, column, 3) uint8 pixels as the encapsulated value of PixelData, one frame."""
    segments: list[bytes] = []
    planes = [np.ascontiguousarray(rgb[:, :, channel]) for channel in range(3)]
    for number, plane in enumerate(planes):
        # where nothing is marked the planes are alike
        same = next((k for k in range(number) if np.array_equal(planes[k], plane)), None)
        if same is not None:
            segments.append(segments[same])
            continue
        # PackBits row by row is what PS3.5 G.3.1 asks for; each segment of even length
        packed = bytes(imagecodecs.packbits_encode(plane, axis=-1))
        segments.append(packed + b"\0" * (len(packed) % 2))
    starts = [64]
    for segment in segments[:-1]:
        starts.append(starts[-1] + len(segment))
    header = struct.pack("<16L", len(segments), *starts, *[0] * (15 - len(starts)))
    return encapsulate([b"".join((header, *segments))])
