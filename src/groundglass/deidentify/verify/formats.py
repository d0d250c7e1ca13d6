"""Texts of files that are no DICOM: pictures, documents, tables, volumes."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from groundglass.deidentify.verify.elements import inflate

TEXT_AT_MOST_BYTES = 64 << 20
"""Of a larger text file this much is read as text; all of it is searched as bytes."""
_NOISE_AT_MOST_BYTES = 1 << 16
"""Bytes of unknown meaning that are read as text in every encoding; larger runs are searched as bytes."""
_PDF_STREAMS_AT_MOST = 20_000
_STREAM = re.compile(rb"stream\r?\n")
_TAG = re.compile(rb"<[^<>]{0,2000}>")
_PDF_HEX = re.compile(rb"<([0-9A-Fa-f\s]{4,})>")
_PDF_OCTAL = re.compile(rb"\\([0-7]{1,3})")
_PDF_TEXT = re.compile(rb"\((?:[^()\\]|\\.)*\)", re.S)
_TOOL_SECONDS = 30
"""A document that takes longer to turn into text is left to the search among bytes."""


@dataclass(frozen=True, slots=True)
class Zone:
    """Bytes of a file that may hold text.

    Attributes
    ----------
    place : str
        Which part.
    data : bytes
        The part.
    mode : str
        "text", or "noise" for bytes read as text only by guess.
    """

    place: str
    data: bytes = field(repr=False)
    mode: str = "text"


def kind_of_file(data: bytes) -> str:
    """Return what a file is by its first bytes: png, jpeg, tiff, bmp, gif, pdf, nifti, text, or nothing known.

    Parameters
    ----------
    data : bytes
        The file.
    """
    head = data[:512]
    for start, kind in (
        (b"\x89PNG", "png"),
        (b"\xff\xd8\xff", "jpeg"),
        (b"II*\0", "tiff"),
        (b"MM\0*", "tiff"),
        (b"II+\0", "tiff"),
        (b"MM\0+", "tiff"),
        (b"BM", "bmp"),
        (b"GIF8", "gif"),
        (b"RIFF", "riff"),
        (b"\0\0\0\x0cjP  ", "jp2"),
        (b"\xff\x4f\xff\x51", "j2k"),
        (b"NRRD", "nrrd"),
    ):
        if head.startswith(start):
            return kind
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if head[344:348] in (b"n+1\0", b"ni1\0") or head[4:8] in (b"n+2\0", b"ni2\0"):
        return "nifti"
    sample = data[:8192]
    if not sample:
        return "empty"
    controls = sum(1 for byte in sample if byte < 32 and byte not in (9, 10, 12, 13, 27))
    if controls == 0 or sample[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "text"
    return ""


def zones(data: bytes, kind: str) -> Iterator[Zone]:
    """Return the parts of a file that may hold text.

    Parameters
    ----------
    data : bytes
        The file.
    kind : str
        Of :func:`kind_of_file`.
    """
    if kind == "text":
        yield Zone("text", data[:TEXT_AT_MOST_BYTES])
        if b"<" in data[:4096]:
            yield Zone("text without markup", _TAG.sub(b"", data[:TEXT_AT_MOST_BYTES]))
    elif kind == "pdf":
        yield from _pdf(data)
    elif kind == "png":
        yield from _png(data)
    elif kind == "jpeg":
        yield from jpeg_segments(data)
    elif kind == "nifti":
        yield from _nifti(data)
    elif kind == "nrrd":
        yield Zone("header", data.split(b"\n\n", 1)[0][:TEXT_AT_MOST_BYTES])
    else:
        yield from noise("content", data)


def noise(place: str, data: bytes) -> Iterator[Zone]:
    """Return bytes of unknown meaning: both ends, and everything readable between.

    Parameters
    ----------
    place : str
        Which part.
    data : bytes
        The part.
    """
    if len(data) <= _NOISE_AT_MOST_BYTES:
        if data.strip(b"\0 \xff"):
            yield Zone(place, data, "noise")
        return
    yield Zone(place, data[: _NOISE_AT_MOST_BYTES // 2], "noise")
    yield Zone(place, data[-_NOISE_AT_MOST_BYTES // 2 :], "noise")
    runs = re.findall(rb"[\x20-\x7e\t\r\n]{8,}", data[_NOISE_AT_MOST_BYTES // 2 : -_NOISE_AT_MOST_BYTES // 2])
    if runs:
        yield Zone(place, b"\n".join(runs)[: 4 * _NOISE_AT_MOST_BYTES], "noise")


def jpeg_segments(data: bytes) -> Iterator[Zone]:
    """Return comments and application segments of a JPEG, and what lies behind its end (ISO/IEC 10918-1 B.1).

    Parameters
    ----------
    data : bytes
        Begins with SOI.
    """
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in (0xDA, 0xD9) or 0xD0 <= marker <= 0xD7:
            break
        length = struct.unpack_from(">H", data, at + 2)[0]
        if marker == 0xFE or 0xE0 <= marker <= 0xEF:
            name = "COM" if marker == 0xFE else f"APP{marker - 0xE0}"
            yield Zone(f"segment {name}", data[at + 4 : at + 2 + length], "text")
        at += 2 + max(length, 2)
    end = data.rfind(b"\xff\xd9")
    if end >= 0 and data[end + 2 :].strip(b"\0"):
        yield from noise("behind the end of the picture", data[end + 2 :])


def codestream_comments(data: bytes) -> Iterator[Zone]:
    """Return comments of a JPEG 2000 codestream's main header (ISO/IEC 15444-1 A.9.2).

    Parameters
    ----------
    data : bytes
        Begins with SOC.
    """
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0x90:
        length = struct.unpack_from(">H", data, at + 2)[0]
        if data[at + 1] == 0x64:
            yield Zone("comment", data[at + 6 : at + 2 + length])
        at += 2 + max(length, 2)
    end = data.rfind(b"\xff\xd9")
    if end >= 0 and data[end + 2 :].strip(b"\0"):
        yield from noise("behind the end of the picture", data[end + 2 :])


def _png(data: bytes) -> Iterator[Zone]:
    at = 8
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        held = data[at + 8 : at + 8 + length]
        if kind in (b"zTXt", b"iTXt", b"iCCP"):
            for piece in held.split(b"\0"):
                yield Zone(f"chunk {kind.decode()}", piece)
            start = held.find(b"\x78")
            while start >= 0:
                inner, _ = inflate(held[start:])
                if inner:
                    yield Zone(f"chunk {kind.decode()}", inner[:TEXT_AT_MOST_BYTES])
                    break
                start = held.find(b"\x78", start + 1)
        elif kind not in (b"IDAT", b"IHDR", b"PLTE", b"IEND"):
            yield Zone(f"chunk {kind.decode('latin-1')}", held)
        at += 12 + length
        if kind == b"IEND":
            break
    yield from noise("behind the end of the picture", data[at:])


def _nifti(data: bytes) -> Iterator[Zone]:
    """Return the text fields of a NIfTI header and its extensions (NIfTI-1: nifti1.h)."""
    if data[344:347] in (b"n+1", b"ni1"):
        for name, start, size in (
            ("data_type", 4, 10),
            ("db_name", 14, 18),
            ("descrip", 148, 80),
            ("aux_file", 228, 24),
            ("intent_name", 328, 16),
        ):
            yield Zone(name, data[start : start + size].split(b"\0")[0])
            yield Zone(name, data[start : start + size])
        offset = struct.unpack_from("<f", data, 108)[0] if len(data) >= 112 else 352.0
        stop = int(offset) if 352 <= offset <= len(data) else min(len(data), 4096)
        yield from noise("header", data[:348])
        yield Zone("extensions", data[348:stop])
    else:
        yield from noise("header", data[:4096])


def _pdf(data: bytes) -> Iterator[Zone]:
    """Return what a PDF says, its streams inflated; by ``pdftotext`` too, where it is on the machine."""
    plain = data[:TEXT_AT_MOST_BYTES]
    yield Zone("document", plain)
    parts: list[bytes] = []
    size = 0
    for number, match in enumerate(_STREAM.finditer(data)):
        if number >= _PDF_STREAMS_AT_MOST or size > TEXT_AT_MOST_BYTES:
            break
        end = data.find(b"endstream", match.end())
        held, _ = inflate(data[match.end() : end if end >= 0 else len(data)][:TEXT_AT_MOST_BYTES])
        if held:
            parts.append(held)
            size += len(held)
    for held in parts:
        yield Zone("stream of the document", held, "noise" if b"\0\0\0\0" in held[:4096] else "text")
    yield from _pdf_strings(b"\n".join([plain, *parts])[:TEXT_AT_MOST_BYTES])
    program = shutil.which("pdftotext")
    if program:
        try:
            done = subprocess.run(
                [program, "-q", "-", "-"], input=data, capture_output=True, timeout=_TOOL_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return
        yield Zone("text of the document", done.stdout)


def _pdf_strings(data: bytes) -> Iterator[Zone]:
    """Return strings of a PDF put together: letters drawn one by one, hexadecimal strings, octal escapes."""
    strings = [m[0][1:-1] for m in _PDF_TEXT.finditer(data)]
    strings = [_PDF_OCTAL.sub(lambda m: bytes([int(m[1], 8) & 255]), s) for s in strings]
    yield Zone("strings of the document", b"".join(strings))
    yield Zone("strings of the document", b" ".join(strings))
    hexadecimal = [re.sub(rb"\s", b"", m[1]) for m in _PDF_HEX.finditer(data)]
    held = [bytes.fromhex(h.decode()) for h in hexadecimal if len(h) % 2 == 0]
    for each in held:
        yield Zone("strings of the document", each)


def deflated_parts(data: bytes) -> Iterator[bytes]:
    """Return what zlib streams within bytes hold (compressed private blocks).

    Parameters
    ----------
    data : bytes
        Anything.
    """
    for match in re.finditer(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08", data):
        engine = zlib.decompressobj(47)
        try:
            held = engine.decompress(data[match.start() :], 1 << 22)
        except zlib.error:
            continue
        if len(held) >= 8:
            yield held
