"""What is stored around the pixels: unused bits, bytes behind the last pixel, comments in compressed streams."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.encaps import encapsulate

from groundglass.deidentify.pixels.frames import Frames, Layout
from groundglass.deidentify.pixels.streams import bare_jpeg, bare_jpeg_2000, packed_run_lengths

_RUN_LENGTHS = "1.2.840.10008.1.2.5"
_JPEG_2000 = "1.2.840.10008.1.2.4.9", "1.2.840.10008.1.2.4.20"
_OFFSET_TABLES = ("ExtendedOffsetTable", "ExtendedOffsetTableLengths", "EncapsulatedPixelDataValueTotalLength")
MOST_OFFSET = 1 << 32
"""What a basic offset table holds (PS3.5 A.4)."""


def without_unused_bits(words: NDArray[Any], layout: Layout) -> NDArray[Any]:
    """Return samples without what stands in bits that are not of the picture.

    Parameters
    ----------
    words : ndarray
        Stored samples.
    layout : Layout
        BitsStored and HighBit.

    Returns
    -------
    ndarray
        The same array where nothing stands there. A signed picture whose values are a little larger than its header
        says is left: the header is wrong, not the bits (up to twice the range is met).
    """
    size = words.dtype.itemsize * 8
    stored, high = layout.bits_stored, layout.high_bit
    if stored >= size or layout.bits_allocated == 1 or not stored - 1 <= high < size:
        return words
    low = high - stored + 1
    if low:
        mask = np.array(((1 << stored) - 1) << low, np.uint64).astype(f"u{size // 8}")
        clean = (words.view(mask.dtype) & mask).view(words.dtype)
        return words if np.array_equal(clean, words) else clean
    least, most = int(words.min()), int(words.max())
    if words.dtype.kind == "u":
        return words if most < 1 << stored else words & words.dtype.type((1 << stored) - 1)
    if -(1 << stored) <= least and most < 1 << stored:
        return words
    return np.asarray(np.right_shift(np.left_shift(words, size - stored), size - stored))


def tidy_native(frames: Frames) -> tuple[str, ...]:
    """Cut native pixel data to what the frames need, with a padding byte of zero.

    Returns
    -------
    tuple of str
        Remark ``trailing-bytes`` where anything but zeros was cut.
    """
    layout, data = frames.layout, frames.data
    whole = (layout.frame_bits * layout.frames + 7) // 8
    if len(data) <= whole or (len(data) == frames.needed and not data[whole:].strip(b"\0")):
        return ()
    frames.ds["PixelData"].value = data[:whole] + b"\0" * (whole % 2)
    return ("trailing-bytes",) if data[whole:].strip(b"\0") else ()


def tidy_compressed(frames: Frames) -> tuple[str, ...]:
    """Store compressed frames without comments, application data, gaps and bytes behind their ends.

    Returns
    -------
    tuple of str
        Remark ``stream-comments`` where anything was taken out.

    Raises
    ------
    ValueError
        If a stream cannot be followed; it can be stored native instead.
    """
    layout, ds = frames.layout, frames.ds
    bare = []
    taken = False
    for fragment in frames.fragments:
        if layout.transfer_syntax == _RUN_LENGTHS:
            stream = packed_run_lengths(fragment, layout.rows, layout.columns, layout.samples, layout.bits_allocated)
        elif layout.transfer_syntax.startswith(_JPEG_2000):
            stream = bare_jpeg_2000(fragment)
        else:
            stream = bare_jpeg(fragment)
        if layout.transfer_syntax != _RUN_LENGTHS:
            taken |= fragment.rstrip(b"\0") != stream.rstrip(b"\0")
        bare.append(stream + b"\0" * (len(stream) % 2))
    offsets = len(bare) > 1 and sum(len(stream) + 8 for stream in bare) < MOST_OFFSET
    value = encapsulate(bare, has_bot=offsets)
    for name in _OFFSET_TABLES:
        if name in ds:
            del ds[name]
    if value != frames.data:
        taken |= _table_holds_more(frames.data, len(bare))
        ds["PixelData"].value = value
        ds["PixelData"].is_undefined_length = True
    return ("stream-comments",) if taken else ()


def _table_holds_more(data: bytes, frames: int) -> bool:
    """Return whether the offset table is none: neither empty nor one rising number a frame."""
    if len(data) < 8:
        return False
    (length,) = struct.unpack_from("<I", data, 4)
    if length == 0:
        return False
    if length != 4 * frames or len(data) < 8 + length:
        return True
    numbers = struct.unpack_from(f"<{frames}I", data, 8)
    return list(numbers) != sorted(set(numbers)) or numbers[-1] > len(data)
