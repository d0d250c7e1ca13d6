"""Pictures and masks in NIfTI as converters of DICOM store them, for data sets.

The storage is that of dcm2niix: voxels run along the rows of the DICOM picture as stored, then up its columns, then
along the normal of the picture (row direction x column direction), so that an axial series comes out L-A-S. Its rule
in one line: rows are turned over, and slices run so that the axes are left-handed in RAS. Headers hold sizes, forms and
the unit, and no text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from groundglass.nifti import packing
from groundglass.nifti.header import RAS_TO_LPS
from groundglass.nifti.writing import aside, new_header, start_of
from groundglass.volume import Geometry, LabelVolume, Volume

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
    start = start_of(new_header(geometry.reoriented(axes, flips), dtype, slope=1.0))
    little = dtype.newbyteorder("<")

    def bytes_of(part: range) -> memoryview:
        made = make(part)[:, ::-1]
        return np.ascontiguousarray(made[::-1] if flips[0] else made, dtype=little).data

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


def _write_turned(path: Path, array: NDArray[Any], geometry: Geometry, threads: int) -> None:
    write_made(path, geometry, lambda part: array[part.start : part.stop], array.dtype, lambda: None, threads=threads)


def _parts(shape: tuple[int, int, int], itemsize: int) -> Iterator[range]:
    """Divide the slices; where the divisions lie depends on sizes alone."""
    step = max(1, packing.BLOCK_BYTES // (shape[1] * shape[2] * itemsize))
    for first in range(0, shape[0], step):
        yield range(first, min(first + step, shape[0]))
