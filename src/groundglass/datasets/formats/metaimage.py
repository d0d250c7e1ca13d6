"""MetaImage (.mha) in: the header in lines of text, the voxels behind it, plain or zlib.

The file's index (i, j, k) has i fastest, so the array is (k, j, i); ``TransformMatrix`` lists the direction of one axis
after another, ``Offset`` is the centre of the first voxel, both LPS mm (ITK's MetaImage documentation).
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundglass.datasets.formats.labelled import damaged
from groundglass.dicom.limits import ReadingLimits
from groundglass.volume import Geometry

HEADER_BYTES_AT_MOST = 64 * 1024
"""Headers have some hundred bytes; longer ones are no headers."""
_TYPES = {
    "MET_CHAR": "i1",
    "MET_UCHAR": "u1",
    "MET_SHORT": "i2",
    "MET_USHORT": "u2",
    "MET_INT": "i4",
    "MET_UINT": "u4",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}


def read_metaimage(path: Path) -> tuple[NDArray[Any], Geometry]:
    """Read a picture or mask of three axes, one number a voxel.

    Parameters
    ----------
    path : Path
        ``.mha`` with its voxels inside.

    Returns
    -------
    tuple
        (slice, row, column) numbers as stored, native byte order, and where they lie, LPS.

    Raises
    ------
    InputError
        ``SET_MEMBER_DAMAGED`` if it is missing, cut off or of a kind not read here; ``MISSING_GEOMETRY``.
    """
    try:
        with path.open("rb") as stream:
            fields = _fields(stream.read(HEADER_BYTES_AT_MOST), path.name)
            stream.seek(fields.pop("", 0))
            return _voxels(stream.read(ReadingLimits().max_volume_bytes), fields, path.name)
    except OSError as reason:
        raise damaged("it cannot be opened", path.name) from reason


def _fields(head: bytes, where: str) -> dict[str, Any]:
    """Return the header's fields, and under "" where the voxels begin."""
    fields: dict[str, Any] = {}
    at = 0
    while (end := head.find(b"\n", at)) >= 0:
        key, equals, value = head[at:end].decode("latin_1").partition("=")
        at = end + 1
        if not equals:
            break
        fields[key.strip()] = value.strip()
        if key.strip() == "ElementDataFile":
            fields[""] = at
            return fields
    raise damaged("it has no MetaImage header", where)


def _voxels(packed: bytes, fields: dict[str, Any], where: str) -> tuple[NDArray[Any], Geometry]:
    kind = _TYPES.get(fields.get("ElementType", ""))
    plain = fields.get("NDims") == "3" and fields.get("ElementNumberOfChannels", "1") == "1"
    if kind is None or not plain or fields.get("ElementDataFile") != "LOCAL":
        raise damaged("it is no picture of three axes with its voxels inside", where, "convert it to such a .mha")
    try:
        size = [int(v) for v in fields["DimSize"].split()]
        spacing = np.array([float(v) for v in fields["ElementSpacing"].split()])
        offset = np.array([float(v) for v in fields["Offset"].split()])
        axes = np.array([float(v) for v in fields["TransformMatrix"].split()]).reshape(3, 3)
    except (KeyError, ValueError) as reason:
        raise damaged("its header lacks size, spacing, offset or directions", where) from reason
    if len(size) != 3 or min(size) < 1 or spacing.shape != (3,) or offset.shape != (3,):
        raise damaged("its header gives size, spacing or offset of other than three axes", where)
    affine = np.eye(4)
    affine[:3, :3] = (axes * spacing[:, None])[::-1].T
    affine[:3, 3] = offset
    geometry = Geometry((size[2], size[1], size[0]), affine)
    dtype = np.dtype((">" if fields.get("BinaryDataByteOrderMSB", "False").lower() == "true" else "<") + kind)
    wanted = size[0] * size[1] * size[2] * dtype.itemsize
    if wanted > ReadingLimits().max_volume_bytes:
        raise damaged(f"it declares {wanted} bytes", where, "give a smaller picture")
    if fields.get("CompressedData", "False").lower() == "true":
        try:
            packed = zlib.decompressobj().decompress(packed, wanted)
        except zlib.error as reason:
            raise damaged("its voxels cannot be unpacked", where) from reason
    if len(packed) < wanted:
        raise damaged(f"it ends {wanted - len(packed)} bytes before its last voxel", where)
    array = np.frombuffer(packed, dtype, count=size[0] * size[1] * size[2]).reshape(geometry.shape)
    return array.astype(dtype.newbyteorder("=")), geometry
