"""Places outside the data set: preamble, file meta information, bytes behind the end, comments of pictures."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable

from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import generate_fragments

from planting.marks import Mark, Mint
from planting.planter import raw

JPEG = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70")
JPEG_LS = ("1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81")
JPEG_2000 = ("1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91")

_COM, _APP1, _J2K_COM, _SOT = b"\xff\xfe", b"\xff\xe1", b"\xff\x64", b"\xff\x90"


def plant_meta(meta: FileMetaDataset, mint: Mint) -> list[Mark]:
    """Plant in the file meta information (PS3.10 7.1)."""
    marks = []
    for number, vr, mark in (
        (0x00020016, "AE", mint.station()),
        (0x00020017, "AE", mint.station()),
        (0x00020018, "AE", mint.station()),
        (0x00020013, "SH", mint.station()),
        (0x00020026, "UR", mint.email()),
        (0x00020102, "OB", mint.plain("latin")),
        (0x00020035, "UI", mint.number(9)),
        (0x000200F0, "LO", mint.plain("latin")),
    ):
        value = f"1.2.3.{mark.value}" if vr == "UI" else mark.value
        if number == 0x00020102:
            meta[0x00020100] = raw(0x00020100, "UI", b"1.2.826.0.1.3680043.8.498.1")
        meta[number] = raw(number, vr, value.encode())
        marks.append(mark.at("file meta information", f"(0002,{number & 0xFFFF:04x})", vr=vr))
    return marks


def plant_preamble(mint: Mint) -> tuple[bytes, list[Mark]]:
    """Return a preamble with a name and a number in it."""
    name, number = mint.plain("latin"), mint.identifier()
    text = f"II*\0 {name.value}; {number.value}".encode()
    return text[:128].ljust(128, b"\0"), [name.at("preamble"), number.at("preamble")]


def plant_padding(ds: Dataset, mint: Mint) -> list[Mark]:
    """Plant in the trailing padding of the data set (PS3.10 7.2)."""
    mark = mint.plain("latin")
    ds[0xFFFCFFFC] = raw(0xFFFCFFFC, "OB", b"\0\0" + mark.value.encode())
    return [mark.at("trailing padding", "(fffc,fffc)", vr="OB")]


def plant_group_length(data: bytes, mint: Mint, *, implicit: bool) -> tuple[bytes, list[Mark]]:
    """Put an element in the place of a group length in front of a data set (PS3.5 7.2).

    Parameters
    ----------
    data : bytes
        A file with meta information whose first element is its length.
    """
    mark = mint.plain("latin")
    start = 132 + 12 + struct.unpack_from("<I", data, 140)[0]
    value = mark.value.encode()
    value += b" " * (-len(value) % 4)  # programs that take it for a number read four bytes at a time
    head = b"\x08\0\0\0" + (struct.pack("<I", len(value)) if implicit else b"LO" + struct.pack("<H", len(value)))
    return data[:start] + head + value + data[start:], [mark.at("group length", "(0008,0000)", vr="LO")]


def plant_behind(data: bytes, mint: Mint, *, little_endian: bool, implicit: bool) -> tuple[bytes, list[Mark]]:
    """Append bytes behind the last element: a text, or a further data set of its own."""
    if mint.random.random() < 0.5:
        name = mint.plain(mint.script())
        encoded = name.value.encode("utf-8")
        return data + b"\0" * (len(encoded) % 2) + encoded, [name.at("bytes behind the end")]
    inner = Dataset()
    name = mint.name("latin")
    inner.PatientName = name.value
    sink = io.BytesIO()
    dcmwrite(sink, inner, little_endian=little_endian, implicit_vr=implicit, force_encoding=True)
    return data + sink.getvalue(), [name.at("elements behind the end", "PatientName", vr="PN")]


def plant_pixel_tail(ds: Dataset, mint: Mint) -> list[Mark]:
    """Append bytes to raw pixels, behind the last frame."""
    mark = mint.plain("latin")
    value = mark.value.encode()
    ds["PixelData"].value = ds.PixelData + value + b"\0" * (len(value) % 2)
    return [mark.at("bytes behind the pixels", "PixelData", vr="OW")]


def plant_segments(ds: Dataset, mint: Mint, syntax: str) -> list[Mark]:
    """Plant in comments and application segments of the first frame, and behind its end."""
    fragments = list(generate_fragments(ds.PixelData))
    frame = 1 if len(fragments) > 1 else 0
    first, marks = fragments[frame], []
    if syntax in (*JPEG, *JPEG_LS):
        comment, exif = mint.plain("latin"), mint.identifier()
        added = _segment(_COM, comment.value.encode()) + _segment(_APP1, b"Exif\0\0" + exif.value.encode())
        first = first[:2] + added + first[2:]
        marks += [
            comment.at("comment of a compressed picture", "COM"),
            exif.at("comment of a compressed picture", "APP1"),
        ]
    elif syntax in JPEG_2000 and (at := first.find(_SOT)) > 0:
        comment = mint.plain("latin")
        first = first[:at] + _segment(_J2K_COM, b"\0\1" + comment.value.encode()) + first[at:]
        marks.append(comment.at("comment of a compressed picture", "COM of JPEG 2000"))
    tail = mint.plain("latin")
    value = tail.value.encode()
    fragments[frame] = first + b"\0" * (len(first) % 2) + value + b"\0" * (len(value) % 2)
    marks.append(tail.at("bytes behind a compressed frame", "last fragment's end"))
    ds["PixelData"].value = b"".join(
        b"\xfe\xff\x00\xe0" + struct.pack("<I", len(part)) + part for part in [b"", *fragments[frame:]]
    )
    return marks


def _segment(marker: bytes, value: bytes) -> bytes:
    return marker + struct.pack(">H", len(value) + 2) + value


HiddenRecipe = Callable[[Dataset, Mint], list[Mark]]
