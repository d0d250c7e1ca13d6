"""NIfTI in and out: the only place where RAS exists; everything that leaves it is LPS and (slice, row, column).

The array of a volume read here is (k, j, i) of the file, so its bytes keep their order; the affine tells where right,
front and head are. See :func:`read`, :func:`read_labels`, :func:`write_labels` and :func:`write_volume`.

References
----------
NIfTI-1 and NIfTI-2 header definitions, nifti.nimh.nih.gov (forms, units, scaling).
"""

from __future__ import annotations

from groundglass.nifti.reading import (
    LoadedNifti,
    StoredNifti,
    looks_like_nifti,
    read,
    read_geometry,
    read_labels,
    read_stored,
)
from groundglass.nifti.writing import write_labels, write_volume

__all__ = [
    "LoadedNifti",
    "StoredNifti",
    "looks_like_nifti",
    "read",
    "read_geometry",
    "read_labels",
    "read_stored",
    "write_labels",
    "write_volume",
]
