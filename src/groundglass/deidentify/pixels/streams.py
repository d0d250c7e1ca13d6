"""What else stands in a compressed stream than the picture: comments, application data, bytes behind its end.

The coded picture is not touched: it decodes to the same values.
"""

from __future__ import annotations

import struct

_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_KEPT_APPLICATION = {0xE0: (b"JFIF\0", 12, b"\0\0"), 0xEE: (b"Adobe", 12, b""), 0xE8: (b"mrfx", 5, b"")}
"""Application data that tell a decoder the colours, by their first bytes: how many bytes stay, and what follows them.
JFIF without its thumbnail (ISO 10918-5 10.1), Adobe's transform (ISO 10918-6 6.5.3), that of CharLS (HP's mrfx)."""
_SOT, _TLM, _COMMENT = 0xFF90, 0xFF55, 0xFF64
_CODESTREAM = b"\xff\x4f\xff\x51"
RLE_HEADER_BYTES = 64
"""PS3.5 G.5: number of segments and 15 offsets."""


def bare_jpeg(stream: bytes) -> bytes:
    """Return a JPEG or JPEG-LS stream without comments, application data and what follows its end.

    Parameters
    ----------
    stream : bytes
        From SOI; ISO 10918-1 annex B.

    Raises
    ------
    ValueError
        If its markers cannot be followed to the end.
    """
    if stream[:2] != b"\xff\xd8":
        raise ValueError("no start of image")
    out, at = [b"\xff\xd8"], 2
    while True:
        if at + 2 > len(stream) or stream[at] != 0xFF:
            raise ValueError("a marker is missing")
        marker = stream[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xD9:
            out.append(b"\xff\xd9")
            return b"".join(out)
        if marker in _STANDALONE:
            out.append(stream[at : at + 2])
            at += 2
            continue
        if at + 4 > len(stream):
            raise ValueError("a segment is cut off")
        (length,) = struct.unpack_from(">H", stream, at + 2)
        end = at + 2 + length
        if length < 2 or end > len(stream):
            raise ValueError("a segment is cut off")
        if marker == 0xFE or 0xE0 <= marker <= 0xEF:
            body = stream[at + 4 : end]
            start, count, end_of_body = _KEPT_APPLICATION.get(marker, (b"", 0, b""))
            if count and body.startswith(start) and len(body) >= count + len(end_of_body):
                body = body[:count] + end_of_body
                out.append(struct.pack(">HH", 0xFF00 | marker, len(body) + 2) + body)
        else:
            out.append(stream[at:end])
        at = end
        if marker == 0xDA:
            end = _scan_end(stream, at)
            out.append(stream[at:end])
            at = end


def _scan_end(stream: bytes, at: int) -> int:
    """Return where the next marker that is no restart stands behind entropy-coded data."""
    while True:
        at = stream.find(b"\xff", at)
        if at < 0 or at + 1 >= len(stream):
            raise ValueError("the scan has no end")
        follower = stream[at + 1]
        # a stuffed byte (JPEG: 0, JPEG-LS: below 0x80), a restart marker, a fill byte
        if follower < 0x80 or 0xD0 <= follower <= 0xD7:
            at += 2
        elif follower == 0xFF:
            at += 1
        else:
            return at


def bare_jpeg_2000(stream: bytes) -> bytes:
    """Return a JPEG 2000 codestream without comments and what follows its end; of a JP2 file the codestream alone.

    Parameters
    ----------
    stream : bytes
        From SOC, or a JP2 file; ISO 15444-1 annex A.

    Raises
    ------
    ValueError
        If its markers cannot be followed to the end.
    """
    start = stream.find(_CODESTREAM)
    if start < 0 or (start > 0 and stream[:4] != b"\0\0\0\x0c"):
        raise ValueError("no codestream")
    at = start + 2
    out = [b"\xff\x4f"]
    lengths = False
    while True:
        marker, length = _segment(stream, at)
        if marker == _SOT:
            break
        lengths |= marker == _TLM
        if marker != _COMMENT:
            out.append(stream[at : at + 2 + length])
        at += 2 + length
    while True:
        if stream[at : at + 2] == b"\xff\xd9":
            out.append(b"\xff\xd9")
            return b"".join(out)
        marker, length = _segment(stream, at)
        if marker != _SOT or length != 10:
            raise ValueError("a tile part is missing")
        tile, part_length, part, parts = struct.unpack_from(">HIBB", stream, at + 4)
        # a length of 0: up to the end of the codestream (A.4.2)
        end = at + part_length if part_length else stream.rfind(b"\xff\xd9")
        if end <= at + 12 or end > len(stream):
            raise ValueError("a tile part is cut off")
        inside, header = at + 12, []
        while stream[inside : inside + 2] != b"\xff\x93":
            marker, length = _segment(stream, inside)
            if inside + 2 + length > end:
                raise ValueError("a tile part is cut off")
            if marker != _COMMENT:
                header.append(stream[inside : inside + 2 + length])
            elif lengths:
                raise ValueError("a comment within a tile, and a table of tile lengths")
            inside += 2 + length
        body = b"".join(header) + stream[inside:end]
        out.append(struct.pack(">HHHIBB", _SOT, 10, tile, 12 + len(body) if part_length else 0, part, parts) + body)
        at = end


def _segment(stream: bytes, at: int) -> tuple[int, int]:
    if at + 4 > len(stream):
        raise ValueError("a segment is cut off")
    marker, length = struct.unpack_from(">HH", stream, at)
    if marker < 0xFF00 or length < 2 or at + 2 + length > len(stream):
        raise ValueError("a segment is cut off")
    return marker, length


def packed_run_lengths(stream: bytes, rows: int, columns: int, samples: int, bits: int) -> bytes:
    """Return RLE data packed anew from the picture: nothing else can stand between or behind its segments.

    Parameters
    ----------
    stream : bytes
        One frame; PS3.5 annex G.
    rows, columns, samples, bits : int
        Its layout.

    Raises
    ------
    ValueError
        If it is no RLE data of that layout, or does not come out the same.
    """
    import imagecodecs
    import numpy as np

    count = samples * bits // 8
    if len(stream) < RLE_HEADER_BYTES or not 1 <= count <= 15 or struct.unpack_from("<I", stream)[0] != count:
        raise ValueError("not the number of RLE segments that the header asks for")
    planes = np.zeros((samples, rows, columns), np.dtype(f"<u{bits // 8}"))
    imagecodecs.dicomrle_decode(stream, planes.dtype, out=memoryview(planes).cast("B"))  # type: ignore[arg-type]  # an ndarray is a buffer, which the stubs do not say
    # segments run from the most significant byte of each sample down (PS3.5 G.2)
    parts = []
    for plane in planes:
        single = plane.view(np.uint8).reshape(rows, columns, bits // 8)
        for byte in reversed(range(bits // 8)):
            part = imagecodecs.packbits_encode(np.ascontiguousarray(single[..., byte]), axis=-1)
            parts.append(bytes(part) + b"\0" * (len(part) % 2))
    starts, at = [], RLE_HEADER_BYTES
    for part in parts:
        starts.append(at)
        at += len(part)
    packed = struct.pack("<16I", count, *starts, *([0] * (15 - count))) + b"".join(parts)
    again = np.zeros_like(planes)
    imagecodecs.dicomrle_decode(packed, again.dtype, out=memoryview(again).cast("B"))  # type: ignore[arg-type]  # as above
    if not np.array_equal(again, planes):
        raise ValueError("the RLE data do not come out the same")
    return packed
