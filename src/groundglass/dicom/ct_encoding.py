"""HU to stored numbers to the bytes of PixelData, in every lossless transfer syntax that is written.

References
----------
DICOM PS3.5 A.4 (encapsulated syntaxes), Annex G (RLE).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

Encoder = Callable[[NDArray[Any]], bytes]

NATIVE_SYNTAXES: tuple[str, ...] = (
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
)
ENCAPSULATED_SYNTAXES: tuple[str, ...] = (
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEG2000Lossless,
    HTJ2KLossless,
    RLELossless,
)


def is_encapsulated(syntax: str) -> bool:
    """Tell whether PixelData of this transfer syntax is a sequence of fragments."""
    return syntax in ENCAPSULATED_SYNTAXES


def to_stored(
    hu: NDArray[np.int16], *, bits_stored: int, signed: bool, intercept_hu: float, slope_hu: float
) -> NDArray[Any]:
    """Return stored numbers of one slice, rounded, clipped to what the bits hold.

    Parameters
    ----------
    hu : (row, column) int16
        HU.
    bits_stored, signed, intercept_hu, slope_hu
        As :class:`groundglass.dicom.ct_writer.Storage`.

    Returns
    -------
    (row, column) ndarray
        int16 if signed, else uint16.
    """
    low, high = stored_range(bits_stored, signed)
    wanted = np.int16 if signed else np.uint16
    if slope_hu == 1.0 and float(intercept_hu).is_integer():
        numbers: NDArray[Any] = hu.astype(np.int32) - int(intercept_hu)
    else:
        numbers = np.rint((hu.astype(np.float64) - intercept_hu) / slope_hu)
    stored: NDArray[Any] = np.clip(numbers, low, high).astype(wanted)
    return stored


def stored_range(bits_stored: int, signed: bool) -> tuple[int, int]:
    """Return the least and greatest stored number.

    Raises
    ------
    ValueError
        Unless the bits are 8 to 16.
    """
    if not 8 <= bits_stored <= 16:
        raise ValueError(f"bits_stored is {bits_stored}, 8 to 16 are written")
    return (-(1 << (bits_stored - 1)), (1 << (bits_stored - 1)) - 1) if signed else (0, (1 << bits_stored) - 1)


def encoder(syntax: str, *, bits_stored: int) -> Encoder:
    """Return the function from the stored numbers of a slice to the bytes of its frame.

    Raises
    ------
    ValueError
        If the transfer syntax is not written.
    """
    if syntax == ExplicitVRBigEndian:
        return lambda frame: frame.astype(frame.dtype.newbyteorder(">")).tobytes()
    if syntax in NATIVE_SYNTAXES:
        return lambda frame: frame.astype(frame.dtype.newbyteorder("<"), copy=False).tobytes()
    mask = np.uint16((1 << bits_stored) - 1)

    def bits(frame: NDArray[Any]) -> NDArray[np.uint16]:
        # These codecs know no sign: a negative number goes out as its bit pattern.
        return np.bitwise_and(np.ascontiguousarray(frame).view(np.uint16), mask)

    if syntax == JPEGLosslessSV1:
        return lambda frame: bytes(
            imagecodecs.jpeg8_encode(bits(frame), lossless=True, predictor=1, bitspersample=bits_stored)
        )
    if syntax == JPEGLSLossless:
        return lambda frame: bytes(imagecodecs.jpegls_encode(bits(frame), level=0))
    if syntax == JPEG2000Lossless:
        return lambda frame: bytes(
            imagecodecs.jpeg2k_encode(
                frame, level=0, codecformat="j2k", reversible=True, bitspersample=bits_stored, numthreads=1
            )
        )
    if syntax == HTJ2KLossless:
        # the encoder fills its tables at its first call, and two threads at once fill them wrongly, for good
        imagecodecs.htj2k_encode(np.zeros((8, 8), np.int16), reversible=True)
        return lambda frame: bytes(imagecodecs.htj2k_encode(frame, reversible=True))
    if syntax == RLELossless:
        return lambda frame: _rle(frame)
    raise ValueError(f"transfer syntax {syntax} is not written")


def joined(frames: list[bytes], syntax: str) -> bytes:
    """Return the value of PixelData from its frames."""
    if is_encapsulated(syntax):
        return encapsulate(frames, has_bot=True)
    data = b"".join(frames)
    return data + b"\0" if len(data) % 2 else data


def _rle(frame: NDArray[Any]) -> bytes:
    """Encode 16-bit numbers as two byte planes, the high one first, each row by itself (PS3.5 G.2)."""
    planes = np.ascontiguousarray(frame).astype(frame.dtype.newbyteorder(">")).view(np.uint8)
    segments = []
    for plane in (planes[:, 0::2], planes[:, 1::2]):
        packed = b"".join(imagecodecs.packbits_encode(row.tobytes()) for row in plane)
        segments.append(packed + b"\0" if len(packed) % 2 else packed)
    offsets = [64, 64 + len(segments[0])]
    return struct.pack("<16I", 2, *offsets, *([0] * 13)) + b"".join(segments)
