"""The pixels of a segmentation: bits one after another, or one JPEG-LS picture a frame.

References
----------
DICOM PS3.5 8.1.1 and annex D (bits of successive pixels and frames, without gaps), A.4.3 (JPEG-LS).
"""

from __future__ import annotations

from collections.abc import Sequence

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.encaps import encapsulate

_FRAMES_AT_ONCE = 8
"""Eight frames of any size fill whole bytes."""


def packed(labels: NDArray[np.uint8], frames: Sequence[tuple[int, int]]) -> bytes:
    """Return PixelData of one bit a voxel, an even number of bytes.

    Parameters
    ----------
    labels : (slice, row, column) uint8
        A label a voxel.
    frames : sequence of (int, int)
        For each frame its slice and its label.
    """
    parts = []
    for start in range(0, len(frames), _FRAMES_AT_ONCE):
        stack = np.stack([labels[number] == label for number, label in frames[start : start + _FRAMES_AT_ONCE]])
        parts.append(np.packbits(stack, axis=None, bitorder="little").tobytes())
    data = b"".join(parts)
    return data + b"\0" if len(data) % 2 else data


def compressed(labels: NDArray[np.uint8], slices: Sequence[int]) -> bytes:
    """Return encapsulated PixelData of one lossless JPEG-LS picture of 8 bits a slice, with a basic offset table.

    Parameters
    ----------
    labels : (slice, row, column) uint8
        A label a voxel.
    slices : sequence of int
        For each frame its slice.
    """
    frames = [bytes(imagecodecs.jpegls_encode(np.ascontiguousarray(labels[number]), level=0)) for number in slices]
    return bytes(encapsulate(frames, has_bot=True))
