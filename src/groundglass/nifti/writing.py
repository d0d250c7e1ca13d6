"""Writing labels and volumes as NIfTI: whole or not at all, aligned with what was read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from isal import igzip as _igzip
from numpy.typing import NDArray

from groundglass.errors import OUTPUT_FAILED, UnavailableError
from groundglass.nifti.header import RAS_TO_LPS
from groundglass.volume import Geometry, LabelVolume, Volume

if TYPE_CHECKING:
    from groundglass.nifti.reading import LoadedNifti

igzip: Any = _igzip  # half typed
_LEVEL = 3
"""igzip level: the strongest it has; measured as fast as the disk."""
_SCANNER = 1
"""Form code: coordinates of the scanner."""
_UNITS_MM = 2
_SLAB_BYTES = 4 * 1024 * 1024


def write_labels(path: Path, labels: LabelVolume, *, like: LoadedNifti | None = None) -> None:
    """Write a label volume as uint8, so that it opens on top of its picture.

    Parameters
    ----------
    path : Path
        ``.nii.gz`` or ``.nii``; replaced if it exists.
    labels : LabelVolume
        On the grid of the picture.
    like : LoadedNifti, optional
        The NIfTI that was read: its shape, affine and form codes are kept exactly. Without it (DICOM) both forms are
        written with code 1, scanner.

    Raises
    ------
    InputError
        ``GRID_MISMATCH`` if the labels do not lie on the grid of ``like``.
    UnavailableError
        ``OUTPUT_FAILED`` if the disk refuses.
    """
    if like is None:
        head = new_header(labels.geometry, np.dtype(np.uint8))
    else:
        like.volume.geometry.require_same_grid(labels.geometry, what=path.name)
        head = _header_like(like, np.dtype(np.uint8))
    _write(path, head, labels.array)


def write_volume(path: Path, volume: Volume) -> None:
    """Write a volume: HU as int16, probabilities as float32.

    Parameters
    ----------
    path : Path
        ``.nii.gz`` or ``.nii``; replaced if it exists.
    volume : Volume
        Any orientation.

    Raises
    ------
    UnavailableError
        ``OUTPUT_FAILED`` if the disk refuses.
    """
    _write(path, new_header(volume.geometry, volume.array.dtype), volume.array)


def new_header(geometry: Geometry, dtype: np.dtype[Any], *, slope: float | None = None) -> Any:
    """Return a header without any text: sizes, both forms with code 1, mm.

    Parameters
    ----------
    geometry : Geometry
        Of the array as it is stored.
    dtype : numpy.dtype
        Of the numbers.
    slope : float, optional
        Said as scl_slope, with scl_inter 0; absent, there is no scaling.
    """
    import nibabel

    kind: Any = nibabel.Nifti1Header if max(geometry.shape) < 32768 else nibabel.Nifti2Header
    head = kind()
    head.set_data_dtype(dtype)
    head.set_data_shape(geometry.shape[::-1])
    affine = RAS_TO_LPS @ geometry.affine
    affine[:3, :3] = affine[:3, 2::-1]
    if geometry.sided:
        head.set_qform(affine, code=_SCANNER)
        head.set_sform(affine, code=_SCANNER)
    else:
        # No form was valid where it came from: none is invented here.
        head.set_zooms(geometry.spacing_mm[::-1])
    head["xyzt_units"] = _UNITS_MM
    if slope is not None:
        head.set_slope_inter(slope, 0.0)
    return head


def _header_like(like: LoadedNifti, dtype: np.dtype[Any]) -> Any:
    """Copy sizes, units and both forms of a header; free text, which may name a patient, stays behind."""
    import nibabel

    kind: Any = nibabel.Nifti1Header if len(like.header.raw) == 348 else nibabel.Nifti2Header
    given = kind(like.header.raw, endianness=">" if like.header.swapped else "<", check=False)
    head = kind()
    head.set_data_dtype(dtype)
    for name in (
        *("dim", "pixdim", "xyzt_units", "qform_code", "sform_code", "quatern_b", "quatern_c", "quatern_d"),
        *("qoffset_x", "qoffset_y", "qoffset_z", "srow_x", "srow_y", "srow_z"),
    ):
        head[name] = given[name]
    return head


def start_of(head: Any) -> bytes:
    """Return the bytes before the voxels: a header, and the four bytes "no extension"."""
    # Sizes say 352 or 544 bytes.
    head["vox_offset"] = len(head.binaryblock) + 4
    head["magic"] = b"n+1" if len(head.binaryblock) == 348 else head["magic"]
    return bytes(head.binaryblock) + b"\0\0\0\0"


def aside(path: Path, put: Callable[[BinaryIO], None]) -> None:
    """Write aside, make durable, rename; nothing half is ever seen under the final name.

    Parameters
    ----------
    path : Path
        Replaced if it exists.
    put : callable
        Writes the content; what it raises leaves ``path`` as it was.

    Raises
    ------
    UnavailableError
        ``OUTPUT_FAILED`` if the disk refuses.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            with part.open("xb") as disk:
                put(disk)
                disk.flush()
                os.fsync(disk.fileno())
            part.replace(path)
            _sync_folder(path.parent)
        finally:
            part.unlink(missing_ok=True)
    except OSError as reason:
        raise UnavailableError(
            OUTPUT_FAILED,
            what=f"it cannot be written ({os.strerror(reason.errno or 5)})",
            where=path.name,
            todo="check room and permissions, and run again",
        ) from reason


def _write(path: Path, head: Any, array: NDArray[Any]) -> None:
    start = start_of(head)

    def put(disk: BinaryIO) -> None:
        if path.name.endswith(".gz"):
            # No time and no name inside: the same voxels give the same bytes.
            with igzip.IGzipFile("", "wb", _LEVEL, disk, mtime=0) as packed:
                _put(packed, start, array)
        else:
            _put(disk, start, array)

    aside(path, put)


def _put(stream: Any, start: bytes, array: NDArray[Any]) -> None:
    stream.write(start)
    little = array.dtype.newbyteorder("<")
    rows = max(1, _SLAB_BYTES // max(1, array[0].nbytes))
    for first in range(0, array.shape[0], rows):
        stream.write(np.ascontiguousarray(array[first : first + rows], dtype=little).data)


def _sync_folder(folder: Path) -> None:
    """Make the rename durable, where folders can be opened (not on Windows)."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
