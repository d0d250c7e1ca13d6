"""Reading a NIfTI volume: header by nibabel, bytes through igzip, numbers turned to HU slab by slab."""

from __future__ import annotations

import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from isal import igzip as _igzip
from isal import isal_zlib
from numpy.typing import NDArray

from groundglass.dicom.limits import ReadingLimits
from groundglass.errors import InputError, declare
from groundglass.nifti import header as headers
from groundglass.nifti import plausibility
from groundglass.nifti.header import NiftiHeader
from groundglass.phrases import Notice
from groundglass.volume import Geometry, LabelVolume, Volume

NIFTI_UNREADABLE = declare("NIFTI_UNREADABLE", "A NIfTI file, or the other half of a .hdr/.img pair, cannot be read.")
NIFTI_DAMAGED = declare("NIFTI_DAMAGED", "A NIfTI file that is cut off or fails its checksum.")
NIFTI_NOT_LABELS = declare("NIFTI_NOT_LABELS", "A NIfTI that was to hold labels holds other numbers.")

igzip: Any = _igzip  # half typed
_GZIP_ERRORS: Any = (EOFError, igzip.BadGzipFile, isal_zlib.error, zlib.error)
_SLAB_BYTES = 8 * 1024 * 1024
_TRAILING_BYTES = 4 * 1024 * 1024
"""Bytes after the voxels that are still read, so that the checksum at the end is verified."""
_DEFLATE_RATIO = 1032
"""Deflate cannot pack better than this."""
_NO_MEASURE_HU = -1024
_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_CLOEXEC", 0)


@dataclass(frozen=True, slots=True)
class LoadedNifti:
    """A volume read from NIfTI.

    Attributes
    ----------
    volume : Volume
        (slice, row, column) int16 HU = (k, j, i) of the file; LPS. ``sided`` is False where no form is valid.
    notices : tuple of Notice
        What was odd in header or numbers.
    hu_exact : bool
        False where HU are approximate, clipped to a window, quantised, or inferred.
    header : NiftiHeader
        As the file has it, so that masks get the same shape and affine.
    """

    volume: Volume
    notices: tuple[Notice, ...]
    hu_exact: bool
    header: NiftiHeader


def looks_like_nifti(path: Path) -> bool:
    """Tell from its name and first bytes whether a file is a NIfTI (.nii, .nii.gz, .hdr, .img); never raises."""
    name = path.name.lower()
    if name.endswith((".nii", ".nii.gz")):
        return True
    if not name.endswith((".hdr", ".img", ".hdr.gz", ".img.gz")):
        return False
    try:
        with _opened(_pair(path)[0], "") as (stream, _):
            headers.header_bytes(stream.read(4))
    except (InputError, ValueError, OSError, EOFError, zlib.error):
        return False
    return True


def read(path: Path, *, limits: ReadingLimits | None = None, label: str = "NIfTI input") -> LoadedNifti:
    """Read a chest CT from NIfTI.

    Parameters
    ----------
    path : Path
        ``.nii``, ``.nii.gz``, or either half of a ``.hdr`` / ``.img`` pair; gzip is told by content.
    limits : ReadingLimits, optional
        Bounds that are checked before memory is taken.
    label : str
        Names the file in errors; never a patient's name.

    Returns
    -------
    LoadedNifti
        HU volume, notices.

    Raises
    ------
    InputError
        ``NIFTI_UNREADABLE``, ``NIFTI_DAMAGED``, ``NIFTI_HEADER``, ``NIFTI_NOT_A_VOLUME``, ``NIFTI_VOXEL_TYPE``,
        ``NIFTI_TOO_LARGE``, ``NIFTI_SPACING``, ``NIFTI_SHEARED``, ``NIFTI_NOT_HU``.
    """
    limits = limits or ReadingLimits()
    head, array, odd = _load(path, label, limits, np.dtype(np.int16))
    hu, verdict = plausibility.judge(array, non_finite=odd.non_finite, fractions=odd.fractions, label=label)
    notices = list(head.notices)
    if odd.non_finite:
        notices.append(Notice("nifti_not_finite", {"voxels": odd.non_finite}))
    notices.extend(verdict.notices)
    return LoadedNifti(Volume(hu, head.geometry), tuple(notices), verdict.hu_exact, head)


def read_labels(path: Path, *, limits: ReadingLimits | None = None, label: str = "NIfTI labels") -> LabelVolume:
    """Read a label volume: whole numbers 0 to 255.

    Parameters
    ----------
    path, limits, label
        As :func:`read`.

    Raises
    ------
    InputError
        As :func:`read`, and ``NIFTI_NOT_LABELS``.
    """
    head, array, odd = _load(path, label, limits or ReadingLimits(), np.dtype(np.int16))
    if odd.non_finite or odd.fractions or array.min() < 0 or array.max() > 255:
        raise InputError(
            NIFTI_NOT_LABELS,
            what="its numbers are not whole and 0 to 255",
            where=label,
            todo="give a mask of whole numbers",
        )
    labels = array.astype(np.uint8)
    present = np.flatnonzero(np.bincount(labels.reshape(-1), minlength=256))
    return LabelVolume(labels, head.geometry, {int(n): f"label {n}" for n in present if n})


@dataclass(frozen=True, slots=True, eq=False)
class StoredNifti:
    """The numbers of a file, whatever they mean.

    Attributes
    ----------
    header : NiftiHeader
        As the file has it.
    array : (slice, row, column) int16
        Scaled, rounded and clipped to 16 bits; where a number was not finite it is -1024.
    non_finite : int
        How many were not.
    fractions : bool
        Whether numbers were not whole before rounding.
    """

    header: NiftiHeader
    array: NDArray[np.int16]
    non_finite: int
    fractions: bool


def read_stored(path: Path, *, limits: ReadingLimits | None = None, label: str = "NIfTI input") -> StoredNifti:
    """Read the numbers of a NIfTI for whoever judges them himself; nothing is asked of them.

    Parameters
    ----------
    path, limits, label
        As :func:`read`.

    Raises
    ------
    InputError
        As :func:`read`, without ``NIFTI_NOT_HU``.
    """
    head, array, odd = _load(path, label, limits or ReadingLimits(), np.dtype(np.int16))
    return StoredNifti(head, array, odd.non_finite, odd.fractions)


def read_geometry(path: Path, *, limits: ReadingLimits | None = None, label: str = "NIfTI input") -> Geometry:
    """Read where the voxels of a NIfTI lie, and none of them.

    Parameters
    ----------
    path, limits, label
        As :func:`read`.

    Returns
    -------
    Geometry
        LPS, (slice, row, column) = (k, j, i) of the file.

    Raises
    ------
    InputError
        As :func:`read`, of the header.
    """
    first, _ = _pair(path)
    with _opened(first, label) as (stream, _available):
        start = _read_up_to(stream, max(headers.HEADER_BYTES), label)
    return headers.parse(start, label, limits or ReadingLimits()).geometry


@dataclass(slots=True)
class _Odd:
    """What was seen while numbers were converted."""

    non_finite: int = 0
    fractions: bool = False


def _load(
    path: Path, label: str, limits: ReadingLimits, dtype: np.dtype[Any]
) -> tuple[NiftiHeader, NDArray[np.int16], _Odd]:
    first, second = _pair(path)
    with _opened(first, label) as (stream, _):
        head = headers.parse(_read_up_to(stream, max(headers.HEADER_BYTES), label), label, limits)
    if not head.single_file and second is None:
        raise _unreadable("it is one half of a .hdr/.img pair and the other half is missing", label)
    source = path if head.single_file or second is None else second
    with _opened(source, label) as (stream, available):
        if head.offset_bytes + head.voxels_bytes > available:
            raise _damaged(
                f"it declares {head.offset_bytes + head.voxels_bytes} bytes and can hold {available} at most", label
            )
        _skip(stream, head.offset_bytes, label)
        array = np.empty(head.shape, dtype)
        odd = _convert(stream, head, array, label)
        _read_up_to(stream, _TRAILING_BYTES, label)
    return head, array, odd


def _convert(stream: BinaryIO, head: NiftiHeader, out: NDArray[np.int16], label: str) -> _Odd:
    """Read the numbers slab by slab, scale, round and clip them into ``out``."""
    flat = out.reshape(-1)
    odd = _Odd()
    limits = np.iinfo(np.int16)
    plain = head.slope == 1.0 and head.intercept == 0.0
    step = _SLAB_BYTES // head.dtype.itemsize
    if head.dtype == np.dtype("<i2") and plain:
        _read_into(stream, flat.view(np.uint8).data, label)
        return odd
    buffer = bytearray(min(step, flat.size) * head.dtype.itemsize)
    for start in range(0, flat.size, step):
        count = min(step, flat.size - start)
        view = memoryview(buffer)[: count * head.dtype.itemsize]
        _read_into(stream, view, label)
        stored = np.frombuffer(view, head.dtype)
        if plain and head.dtype.kind in "iu":
            values: NDArray[Any] = stored
        else:
            values = stored.astype(np.float64) * head.slope + head.intercept
            finite = np.isfinite(values)
            missing = int(values.size - np.count_nonzero(finite))
            if missing:
                odd.non_finite += missing
                values[~finite] = _NO_MEASURE_HU
            rounded = np.rint(values)
            odd.fractions = odd.fractions or bool(np.abs(rounded - values).max(initial=0.0) > 0.01)
            values = rounded
        flat[start : start + count] = np.clip(values, limits.min, limits.max)
    return odd


@contextmanager
def _opened(path: Path, label: str) -> Iterator[tuple[BinaryIO, int]]:
    """Open a file, through igzip if its content is gzip; give the stream and the most bytes it can hold."""
    try:
        number = os.open(path, _OPEN_FLAGS)
    except (OSError, ValueError) as reason:
        text = os.strerror(reason.errno) if isinstance(reason, OSError) and reason.errno else type(reason).__name__
        raise _unreadable(f"it cannot be opened ({text})", label) from reason
    status = os.fstat(number)
    if not stat.S_ISREG(status.st_mode):
        os.close(number)
        raise _unreadable("it is no regular file", label)
    with os.fdopen(number, "rb") as plain:
        packed = plain.read(2) == b"\x1f\x8b"
        plain.seek(0)
        if not packed:
            yield plain, status.st_size
            return
        with igzip.IGzipFile(fileobj=plain, mode="rb") as stream:
            yield cast(BinaryIO, stream), status.st_size * _DEFLATE_RATIO


def _read_into(stream: Any, view: memoryview, label: str) -> None:
    done = 0
    while done < len(view):
        got = _guarded(lambda: stream.readinto(view[done : done + _SLAB_BYTES]), label)  # noqa: B023 - called at once
        if not got:
            raise _damaged(f"it ends {len(view) - done} bytes before the last voxel of a slab", label)
        done += got


def _read_up_to(stream: BinaryIO, count: int, label: str) -> bytes:
    return cast(bytes, _guarded(lambda: stream.read(count), label))


def _skip(stream: BinaryIO, count: int, label: str) -> None:
    while count > 0:
        part = _read_up_to(stream, min(count, _SLAB_BYTES), label)
        if not part:
            raise _damaged("it ends before its voxels", label)
        count -= len(part)


def _guarded(call: Any, label: str) -> Any:
    try:
        return call()
    except _GZIP_ERRORS as reason:
        raise _damaged("its gzip stream is cut off or damaged", label) from reason
    except OSError as reason:
        raise _unreadable(f"it cannot be read ({os.strerror(reason.errno or 5)})", label) from reason


_PAIRS = {".hdr": ".img", ".img": ".hdr", ".HDR": ".IMG", ".IMG": ".HDR"}


def _pair(path: Path) -> tuple[Path, Path | None]:
    """Return the file with the header, and the one with the voxels where it is another."""
    name = path.name
    packed = name.lower().endswith(".gz")
    bare = name[:-3] if packed else name
    ending = bare[-4:]
    if ending not in _PAIRS:
        return path, None
    other = bare[:-4] + _PAIRS[ending]
    candidates = [path.with_name(other + suffix) for suffix in (("", ".gz", ".GZ") if not packed else (".gz", ""))]
    found = next((candidate for candidate in candidates if candidate.is_file()), None)
    if ending.lower() == ".hdr":
        return path, found
    return (found, path) if found is not None else (path, None)


def _unreadable(what: str, label: str) -> InputError:
    return InputError(NIFTI_UNREADABLE, what=what, where=label, todo="check the file and its permissions")


def _damaged(what: str, label: str) -> InputError:
    return InputError(NIFTI_DAMAGED, what=what, where=label, todo="copy it again from its source")
