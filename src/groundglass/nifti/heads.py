"""The header of a NIfTI file alone: a thousand pictures tell their grids in the time that one takes to be read."""

from __future__ import annotations

from pathlib import Path

from groundglass.dicom.limits import ReadingLimits
from groundglass.nifti import header as headers
from groundglass.nifti.header import NiftiHeader
from groundglass.nifti.reading import _opened, _pair, _read_up_to


def read_header(path: Path, *, limits: ReadingLimits | None = None, label: str = "NIfTI input") -> NiftiHeader:
    """Read and check the header of a NIfTI; its voxels are not touched, so a file that is cut off is not noticed.

    Parameters
    ----------
    path : Path
        ``.nii``, ``.nii.gz``, or either half of a ``.hdr`` / ``.img`` pair; gzip is told by content.
    limits : ReadingLimits, optional
        Bounds on the size that it declares.
    label : str
        Names the file in errors; never a patient's name.

    Raises
    ------
    InputError
        ``NIFTI_UNREADABLE``, ``NIFTI_DAMAGED``; as :func:`groundglass.nifti.header.parse`.
    """
    with _opened(_pair(path)[0], label) as (stream, _):
        return headers.parse(_read_up_to(stream, max(headers.HEADER_BYTES), label), label, limits or ReadingLimits())
