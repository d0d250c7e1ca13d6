"""Fragments and the heads of JPEG, JPEG-LS and JPEG 2000 streams: what a stream says of itself before it is decoded."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_ITEM, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE0DD
_STARTS = (b"\xff\xd8", b"\xff\x4f")
"""First two bytes of a JPEG (SOI) and a JPEG 2000 (SOC) stream."""


@dataclass(frozen=True, slots=True)
class StreamShape:
    """What a compressed stream says of itself."""

    rows: int
    columns: int
    components: int
    bits: int
    signed: bool


def split_frames(data: bytes, offset: int, frames: int) -> list[bytes]:
    """Return the bytes of each frame of encapsulated pixel data (PS3.5 A.4).

    Parameters
    ----------
    data : bytes
        The file.
    offset : int
        Where the value of the pixel data begins: its basic offset table.
    frames : int
        Frames wanted.

    Raises
    ------
    ValueError
        If fragments are cut off or do not make that many frames.
    """
    at, fragments, starts = offset, [], []
    while True:
        if at + 8 > len(data):
            # Some writers forget the closing delimiter; what is complete is used, a missing frame is found below.
            break
        group, element, length = struct.unpack_from("<HHI", data, at)
        tag = group << 16 | element
        if tag == _SEQUENCE_END:
            break
        if tag != _ITEM:
            raise ValueError(f"({group:04X},{element:04X}) stands among the fragments")
        if at + 8 + length > len(data):
            raise ValueError(f"a fragment of {length} bytes reaches behind the end of the file")
        starts.append(at)
        fragments.append(data[at + 8 : at + 8 + length])
        at += 8 + length
    if len(fragments) < 2:
        raise ValueError("there are no fragments")
    table, fragments, starts = fragments[0], fragments[1:], starts[1:]
    if frames == 1:
        return [b"".join(fragments)]
    if len(fragments) == frames:
        return fragments
    begins = _begins_by_table(table, starts, frames) or [
        number for number, fragment in enumerate(fragments) if fragment[:2] in _STARTS
    ]
    if len(begins) != frames or begins[0] != 0:
        raise ValueError(f"{len(fragments)} fragments do not make {frames} frames")
    ends = [*begins[1:], len(fragments)]
    return [b"".join(fragments[a:b]) for a, b in zip(begins, ends, strict=True)]


def _begins_by_table(table: bytes, starts: list[int], frames: int) -> list[int]:
    """Return the number of each frame's first fragment by the basic offset table, nothing if that does not fit."""
    if len(table) != 4 * frames:
        return []
    by_offset = {start - starts[0]: number for number, start in enumerate(starts)}
    begins = [by_offset.get(offset, -1) for offset in struct.unpack(f"<{frames}I", table)]
    return begins if begins == sorted(set(begins)) and begins[0] == 0 else []


def jpeg_shape(stream: bytes) -> StreamShape:
    """Return the shape a JPEG, JPEG-LS or JPEG 2000 stream states.

    Raises
    ------
    ValueError
        If the stream has no readable frame header.
    """
    if stream[:4] == b"\0\0\0\x0c":
        # A JP2 file in place of a bare codestream: legal nowhere, met nevertheless.
        start = stream.find(b"\xff\x4f\xff\x51")
        if start < 0:
            raise ValueError("a JP2 box without a codestream")
        return _siz(stream, start)
    if stream[:2] == b"\xff\x4f":
        return _siz(stream, 0)
    if stream[:2] != b"\xff\xd8":
        raise ValueError("the stream does not begin like a JPEG or JPEG 2000 stream")
    at = 2
    while at + 9 < len(stream):
        if stream[at] != 0xFF:
            raise ValueError("a JPEG marker is missing")
        marker = stream[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0x01 or 0xD0 <= marker <= 0xD8:
            at += 2
            continue
        (length,) = struct.unpack_from(">H", stream, at + 2)
        # SOF0..SOF15 without DHT, JPG and DAC; SOF55 is JPEG-LS.
        if (0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC)) or marker == 0xF7:
            bits, rows, columns, components = struct.unpack_from(">BHHB", stream, at + 4)
            return StreamShape(rows, columns, components, bits, signed=False)
        if length < 2 or marker in (0xD9, 0xDA):
            break
        at += 2 + length
    raise ValueError("the JPEG stream has no frame header")


def _siz(stream: bytes, at: int) -> StreamShape:
    if len(stream) < at + 43 or stream[at + 2 : at + 4] != b"\xff\x51":
        raise ValueError("the JPEG 2000 stream has no size segment")
    right, bottom, left, top = struct.unpack_from(">4I", stream, at + 8)
    (components,) = struct.unpack_from(">H", stream, at + 40)
    depth = stream[at + 42]
    return StreamShape(bottom - top, right - left, components, (depth & 0x7F) + 1, bool(depth & 0x80))
