"""Pictures and masks in NIfTI as converters of DICOM store them, for data sets.

The storage is that of dcm2niix: voxels run along the rows of the DICOM picture as stored, then up its columns, then
along the normal of the picture (row direction x column direction), so that an axial series comes out L-A-S. Its rule
in one line: rows are turned over, and slices run so that the axes are left-handed in RAS. Headers hold sizes, forms and
the unit, and no text.
"""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from groundglass.nifti import packing
from groundglass.nifti.header import RAS_TO_LPS
from groundglass.nifti.writing import aside, new_header, start_of
from groundglass.volume import Geometry, LabelVolume, Volume

_HEADER = struct.Struct("<i10s18sihcB8h3f4h8f3fhBB4fii80s24shh3f3f12f16s4s")
"""NIfTI-1 header, little endian, its fields in their order."""
_TYPES = {np.dtype(np.int16): (4, 16), np.dtype(np.uint8): (2, 8)}
"""Code and bits of a type of numbers."""
_LARGEST_SIDE = 32767
_SCANNER, _UNITS_MM = 1, 2
Turn = tuple[tuple[int, int, int], tuple[bool, bool, bool]]


def stored_turn(geometry: Geometry) -> Turn:
    """Return ``axes, flips`` for :meth:`groundglass.volume.Volume.reoriented` that give the storage of dcm2niix.

    Parameters
    ----------
    geometry : Geometry
        Rows and columns as the DICOM pictures have them; slices either way.
    """
    affine = RAS_TO_LPS @ geometry.affine
    # (slice, row, column), rows turned over; determinant of the axes in the order (i, j, k) of the file
    slices_turned = float(np.linalg.det(affine[:3, 2::-1] * [1.0, -1.0, 1.0])) > 0
    return (0, 1, 2), (slices_turned, True, False)


def write_picture(path: Path, volume: Volume, *, threads: int = 2) -> None:
    """Write a picture in HU as int16.

    Parameters
    ----------
    path : Path
        ``.nii.gz`` or ``.nii``; replaced if it exists.
    volume : Volume
        Rows and columns as DICOM has them.
    threads : int
        Compressors side by side; the bytes do not depend on it.

    Raises
    ------
    UnavailableError
        ``OUTPUT_FAILED`` if the disk refuses.
    """
    _write_turned(path, volume.array, volume.geometry, threads)


def write_mask(path: Path, labels: LabelVolume, *, threads: int = 2, turned: bool = False) -> None:
    """Write labels as uint8, in the storage of the picture they belong to.

    Parameters
    ----------
    path, threads
        As :func:`write_picture`.
    labels : LabelVolume
        On the grid of the picture, rows and columns as DICOM has them.
    turned : bool
        The labels were read from a file in this storage and are written as they lie.

    Raises
    ------
    UnavailableError
        ``OUTPUT_FAILED`` if the disk refuses.
    """
    if turned:
        # Rows are turned back; slices are not turned again then, since the axes come out left-handed.
        labels = labels.reoriented((0, 1, 2), (False, True, False))
    _write_turned(path, labels.array, labels.geometry, threads)


def write_made(
    path: Path,
    geometry: Geometry,
    make: Callable[[range], NDArray[Any]],
    dtype: np.dtype[Any],
    check: Callable[[], None],
    *,
    threads: int,
) -> None:
    """Write a picture whose slices are made while others are compressed.

    Parameters
    ----------
    path : Path
        ``.nii.gz`` or ``.nii``; it appears only when all is written and ``check`` was content.
    geometry : Geometry
        Of the picture, rows and columns as DICOM has them.
    make : callable
        Gives (slice, row, column) numbers of some slices; called in threads, once for each slice.
    dtype : numpy.dtype
        Of the numbers.
    check : callable
        Called when all slices are made, before the file appears.
    threads : int
        Workers; the bytes do not depend on it.

    Raises
    ------
    UnavailableError
        ``OUTPUT_FAILED`` if the disk refuses; what ``make`` and ``check`` raise.
    """
    axes, flips = stored_turn(geometry)
    start = start_of_picture(geometry.reoriented(axes, flips), dtype)
    little = dtype.newbyteorder("<")
    mine = threading.local()

    def bytes_of(part: range) -> memoryview:
        made = make(part)[:, ::-1]
        if getattr(mine, "buffer", None) is None or len(mine.buffer) < len(part):
            # kept from block to block: fresh memory costs more than the copy
            mine.buffer = np.empty(made.shape, little)
        out: NDArray[Any] = mine.buffer[: len(part)]
        np.copyto(out, made[::-1] if flips[0] else made)
        return out.data

    parts = list(_parts(geometry.shape, dtype.itemsize))
    if flips[0]:
        parts.reverse()

    def put(disk: BinaryIO) -> None:
        if path.name.endswith(".gz"):
            packing.write_member(disk, start, lambda part: packing.packed(bytes_of(part)), parts, threads)
        else:
            disk.write(start)
            for part in parts:
                disk.write(bytes_of(part))
        check()

    aside(path, put)


def start_of_picture(geometry: Geometry, dtype: np.dtype[Any]) -> bytes:
    """Return what stands before the voxels: a NIfTI-1 header without any text, and "no extension".

    Made without nibabel, which takes as long to import as a small series to convert.

    Parameters
    ----------
    geometry : Geometry
        Of the array as it is stored.
    dtype : numpy.dtype
        int16 or uint8.
    """
    if max(geometry.shape) > _LARGEST_SIDE or not geometry.sided:
        return start_of(new_header(geometry, dtype, slope=1.0))
    affine = RAS_TO_LPS @ geometry.affine
    affine[:3, :3] = affine[:3, 2::-1]
    sides = np.linalg.norm(affine[:3, :3], axis=0)
    qfac = -1.0 if np.linalg.det(affine[:3, :3]) < 0 else 1.0
    code, bits = _TYPES[dtype.newbyteorder("=")]
    numbers = (
        *(348, b"", b"", 0, 0, b"r", 0),
        *(3, *geometry.shape[::-1], 1, 1, 1, 1),
        *(0.0, 0.0, 0.0, 0, code, bits, 0),
        *(qfac, *sides, 1.0, 1.0, 1.0, 1.0),
        *(352.0, 1.0, 0.0, 0, 0, _UNITS_MM, 0.0, 0.0, 0.0, 0.0, 0, 0, b"", b"", _SCANNER, _SCANNER),
        *_quaternion(affine[:3, :3] / sides * [1.0, 1.0, qfac]),
        *affine[:3, 3],
        *affine[:3].reshape(-1),
        *(b"", b"n+1"),
    )
    return _HEADER.pack(*numbers) + b"\0\0\0\0"


def _quaternion(rotation: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return b, c, d of the unit quaternion with a >= 0 of a rotation (3, 3)."""
    # Four times the products of all pairs of a, b, c, d; the row of the largest square is the most exact.
    m = rotation
    products = np.array(
        [
            [1 + m[0, 0] + m[1, 1] + m[2, 2], m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]],
            [m[2, 1] - m[1, 2], 1 + m[0, 0] - m[1, 1] - m[2, 2], m[0, 1] + m[1, 0], m[0, 2] + m[2, 0]],
            [m[0, 2] - m[2, 0], m[0, 1] + m[1, 0], 1 - m[0, 0] + m[1, 1] - m[2, 2], m[1, 2] + m[2, 1]],
            [m[1, 0] - m[0, 1], m[0, 2] + m[2, 0], m[1, 2] + m[2, 1], 1 - m[0, 0] - m[1, 1] + m[2, 2]],
        ]
    )
    row = products[int(np.diag(products).argmax())]
    _, b, c, d = row / np.linalg.norm(row) * (-1.0 if row[0] < 0 else 1.0)
    return float(b), float(c), float(d)


def _write_turned(path: Path, array: NDArray[Any], geometry: Geometry, threads: int) -> None:
    write_made(path, geometry, lambda part: array[part.start : part.stop], array.dtype, lambda: None, threads=threads)


def _parts(shape: tuple[int, int, int], itemsize: int) -> Iterator[range]:
    """Divide the slices; where the divisions lie depends on sizes alone."""
    step = max(1, packing.BLOCK_BYTES // (shape[1] * shape[2] * itemsize))
    for first in range(0, shape[0], step):
        yield range(first, min(first + step, shape[0]))
