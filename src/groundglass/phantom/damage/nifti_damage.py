"""Damages to NIfTI files: absurd header fields, lying sizes, spoilt gzip, numbers that are no HU.

References
----------
NIfTI-1 header definition: byte offsets of the fields.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Callable
from random import Random

from groundglass.phantom.damage.inputs import DamagedInput

_FLOATS = (0.0, -1.0, float("nan"), float("inf"), -float("inf"), 1e30, 1e-30, 1e5, 0.5)
_SHORTS = (0, 1, -1, 2, 3, 7, 8, 100, 32767, -32768)

FIELDS: dict[str, tuple[int, str, tuple[float, ...]]] = {
    "sizeof_hdr": (0, "<i", (0, 347, 349, 540, 1543569408, -1)),
    "dim[0]": (40, "<h", _SHORTS),
    "dim[1]": (42, "<h", _SHORTS),
    "dim[2]": (44, "<h", _SHORTS),
    "dim[3]": (46, "<h", _SHORTS),
    "dim[4]": (48, "<h", _SHORTS),
    "datatype": (70, "<h", (0, 1, 2, 8, 16, 32, 64, 128, 256, 512, 768, 1024, 1536, 2304, -5)),
    "bitpix": (72, "<h", (0, 1, 8, 24, 32, 64, -1)),
    "pixdim[0]": (76, "<f", _FLOATS),
    "pixdim[1]": (80, "<f", _FLOATS),
    "pixdim[2]": (84, "<f", _FLOATS),
    "pixdim[3]": (88, "<f", _FLOATS),
    "vox_offset": (108, "<f", (0.0, 1.0, 353.0, -8.0, 1e9, 1e20, float("nan"))),
    "scl_slope": (112, "<f", (*_FLOATS, 1e-7)),
    "scl_inter": (116, "<f", (*_FLOATS, 1024.0, -1024.0)),
    "xyzt_units": (123, "<b", (0, 1, 3, 7, 127)),
    "qform_code": (252, "<h", (0, 1, 2, -1, 300)),
    "sform_code": (254, "<h", (0, 1, 2, -1, 300)),
    "quatern_b": (256, "<f", (*_FLOATS, 0.9)),
    "quatern_c": (260, "<f", (*_FLOATS, 0.9)),
    "qoffset_x": (268, "<f", _FLOATS),
    "srow_x[0]": (280, "<f", _FLOATS),
    "srow_x[1]": (284, "<f", _FLOATS),
    "srow_y[0]": (296, "<f", _FLOATS),
    "srow_y[1]": (300, "<f", _FLOATS),
    "srow_z[2]": (320, "<f", _FLOATS),
    "srow_z[3]": (324, "<f", _FLOATS),
    "magic": (344, "<i", (0, 0x31692B6E, 0x0031696E, -1)),
}
"""Field to byte offset, type, and values to try."""
_VOXELS_AT = 352


def _content(data: bytes) -> bytes:
    try:
        return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    except (OSError, EOFError, zlib.error):
        return data


def _each(given: DamagedInput, change: Callable[[bytes], bytes], step: str) -> DamagedInput:
    files = {}
    for name, data in given.files.items():
        if not name.endswith((".nii", ".nii.gz")):
            files[name] = data
            continue
        changed = change(_content(data))
        files[name] = gzip.compress(changed, 1, mtime=0) if name.endswith(".gz") else changed
    return given.with_files(files).with_step(step)


def absurd_field(random: Random, given: DamagedInput) -> DamagedInput:
    """Give one to three header fields absurd values."""
    chosen = random.sample(sorted(FIELDS), random.randint(1, 3))
    values = {name: random.choice(FIELDS[name][2]) for name in chosen}

    def change(content: bytes) -> bytes:
        spoilt = bytearray(content)
        for name, value in values.items():
            offset, shape, _ = FIELDS[name]
            if len(spoilt) >= offset + struct.calcsize(shape):
                struct.pack_into(shape, spoilt, offset, int(value) if shape in ("<h", "<i", "<b") else value)
        return bytes(spoilt)

    return _each(given, change, f"NIfTI fields {values}")


def swapped_header(random: Random, given: DamagedInput) -> DamagedInput:
    """Say big endian over little endian content: only the first field is turned."""
    return _each(given, lambda content: content[3::-1] + content[4:], f"NIfTI byte order lies ({random.random():.3f})")


def other_numbers(random: Random, given: DamagedInput) -> DamagedInput:
    """Replace the voxels by what is no CT: zeros, labels, noise, ramps."""
    kind = random.choice(("zeros", "labels", "noise", "ramp", "extremes"))

    def change(content: bytes) -> bytes:
        count = max(0, len(content) - _VOXELS_AT) // 2
        patterns = {
            "zeros": b"\0\0",
            "labels": struct.pack("<8h", 0, 0, 0, 1, 1, 2, 2, 3),
            "noise": random.randbytes(4000),
            "ramp": struct.pack("<1000h", *range(-500, 500)),
            "extremes": struct.pack("<2h", -32768, 32767),
        }
        pattern = patterns[kind]
        voxels = (pattern * (2 * count // len(pattern) + 1))[: 2 * count]
        return content[:_VOXELS_AT] + voxels

    return _each(given, change, f"NIfTI voxels: {kind}")


def spoilt_gzip(random: Random, given: DamagedInput) -> DamagedInput:
    """Cut or overwrite the packed bytes, put rubbish behind them, or claim gzip where there is none."""
    kind = random.choice(("cut", "flip", "checksum", "rubbish behind", "not packed", "packed twice"))
    files: dict[str, bytes] = {}
    for name, data in given.files.items():
        if not data:
            files[name] = data
            continue
        middle = random.randrange(len(data))
        files[name] = {
            "cut": data[:middle],
            "flip": data[:middle] + random.randbytes(1) + data[middle + 1 :],
            "checksum": data[:-8] + b"\0" * 8,
            "rubbish behind": data + random.randbytes(50),
            "not packed": b"\x1f\x8b" + _content(data)[2:],
            "packed twice": gzip.compress(data, 1, mtime=0),
        }[kind]
    return given.with_files(files).with_step(f"gzip: {kind}")
