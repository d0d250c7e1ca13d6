"""Zip archives that are cut off, spoilt, or built to do harm: escaping names, links, bombs, overlaps, nesting."""

from __future__ import annotations

import io
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import replace
from random import Random

from groundglass.phantom.damage.inputs import DamagedInput

_DATE = (2020, 4, 1, 12, 0, 0)
_BOMB_BYTES = 48 * 1024 * 1024


def packed(files: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip of the files, the same bytes each time."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in sorted(files.items()):
            archive.writestr(_member(name, method), data)
    return stream.getvalue()


def _member(name: str, method: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    # A zip cannot name what is no Unicode; the folder could.
    info = zipfile.ZipInfo(name.encode("utf-8", "replace").decode(), _DATE)
    info.compress_type = method
    info.create_system = 3
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    return info


def _with_member(data: bytes, info: zipfile.ZipInfo, content: bytes) -> bytes:
    stream = io.BytesIO(data)
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "a") as archive:
        # A name given twice is warned about; it is wanted here.
        warnings.simplefilter("ignore", UserWarning)
        archive.writestr(info, content)
    return stream.getvalue()


def _cut(random: Random, data: bytes) -> bytes:
    return data[: random.randrange(len(data))]


def _flip(random: Random, data: bytes) -> bytes:
    spoilt = bytearray(data)
    # The directory lies at the end; half of the hits go there.
    low = 0 if random.random() < 0.5 else max(0, len(data) - 3000)
    for _ in range(random.choice((1, 5, 50))):
        spoilt[random.randrange(low, len(data))] = random.randrange(256)
    return bytes(spoilt)


def _escape(random: Random, data: bytes) -> bytes:
    name = random.choice(("../../escaped.dcm", "/tmp/escaped.dcm", "a/../../b.dcm", "C:/escaped.dcm", "..\\..\\b.dcm"))
    return _with_member(data, _member(name), b"escaped")


def _link(random: Random, data: bytes) -> bytes:
    info = _member("link.dcm")
    info.external_attr = (random.choice((stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO)) | 0o777) << 16
    return _with_member(data, info, b"/etc/passwd")


def _bomb(_random: Random, data: bytes) -> bytes:
    return _with_member(data, _member("bomb.dcm"), b"\0" * _BOMB_BYTES)


def _change_directory(data: bytes, change: Callable[[bytearray, int], None], which: int = -1) -> bytes:
    """Change one entry of the directory; ``change`` gets all bytes and where the entry starts."""
    spoilt = bytearray(data)
    starts = []
    at = data.rfind(b"PK\x05\x06")
    if at >= 0:
        entry = struct.unpack_from("<I", data, at + 16)[0]
        while data[entry : entry + 4] == b"PK\x01\x02":
            starts.append(entry)
            name, extra, comment = struct.unpack_from("<HHH", data, entry + 28)
            entry += 46 + name + extra + comment
    if starts:
        change(spoilt, starts[which % len(starts)])
    return bytes(spoilt)


def _lying_size(random: Random, data: bytes) -> bytes:
    size = random.choice((0, 1, 1000, 2**31, 0xFFFFFFFE, 0xFFFFFFFF))
    offset = random.choice((20, 24))
    return _change_directory(
        data, lambda all_, at: struct.pack_into("<I", all_, at + offset, size), random.randrange(1000)
    )


def _encrypted(random: Random, data: bytes) -> bytes:
    return _change_directory(data, lambda all_, at: struct.pack_into("<H", all_, at + 8, 1), random.randrange(1000))


def _method(random: Random, data: bytes) -> bytes:
    method = random.choice((1, 6, 9, 12, 14, 93, 95, 99))
    return _change_directory(
        data, lambda all_, at: struct.pack_into("<H", all_, at + 10, method), random.randrange(1000)
    )


def _overlap(random: Random, data: bytes) -> bytes:
    return _change_directory(data, lambda all_, at: struct.pack_into("<I", all_, at + 42, 0), random.randrange(1, 1000))


def _checksum(random: Random, data: bytes) -> bytes:
    return _change_directory(data, lambda all_, at: struct.pack_into("<I", all_, at + 16, 7), random.randrange(1000))


def _end_record(random: Random, data: bytes) -> bytes:
    spoilt = bytearray(data)
    at = data.rfind(b"PK\x05\x06")
    if at >= 0:
        field, shape = random.choice(((8, "<H"), (10, "<H"), (12, "<I"), (16, "<I"), (20, "<H")))
        struct.pack_into(shape, spoilt, at + field, random.choice((0, 1, 0x7FFF, 0xFFFF)))
    return bytes(spoilt)


def _nested(random: Random, data: bytes) -> bytes:
    for level in range(random.choice((1, 2, 5))):
        data = packed({f"level{level}.zip": data}, method=zipfile.ZIP_STORED)
    return data


def _twice(_random: Random, data: bytes) -> bytes:
    return _with_member(data, _member("series/000001.dcm"), b"the same name again")


def _prefixed(random: Random, data: bytes) -> bytes:
    return random.randbytes(random.choice((1, 100))) + data


_HARMS: dict[str, Callable[[Random, bytes], bytes]] = {
    "sound": lambda _random, data: data,
    "cut off": _cut,
    "bytes flipped": _flip,
    "a member escapes": _escape,
    "a member is a link": _link,
    "a bomb": _bomb,
    "a size lies": _lying_size,
    "encrypted": _encrypted,
    "unknown method": _method,
    "members overlap": _overlap,
    "checksum wrong": _checksum,
    "end record wrong": _end_record,
    "nested": _nested,
    "a name twice": _twice,
    "bytes before it": _prefixed,
}


def zipped(random: Random, given: DamagedInput) -> DamagedInput:
    """Pack everything into one zip, and harm it."""
    harm = random.choice(sorted(_HARMS))
    method = random.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))
    data = _HARMS[harm](random, packed(given.files, method=method))
    entry = "" if random.random() < 0.3 else "study.zip"
    return replace(given, files={"study.zip": data}, entry=entry).with_step(f"zip: {harm}")
