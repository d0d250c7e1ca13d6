"""The small chest that is damaged, and the ways it is stored."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from groundglass.dicom.ct_writer import CTHeader, Storage, write_series
from groundglass.nifti import write_volume
from groundglass.volume import Geometry, Volume

_FIELD_MM = (245.0, 300.0, 300.0)
"""Field of view along (slice, row, column): a small adult, so that few slices reach from apex to base."""
_SCALE = 300.0 / 352.0
"""The ellipses below are drawn for a field of 352 mm."""


def small_chest(shape: tuple[int, int, int] = (50, 64, 64)) -> Volume:
    """Return a chest of ellipses, canonical axial: body, two lungs, windpipe, heart, spine, a patch of ground glass.

    Cheap (milliseconds), with right and left, front and back, head and feet all different. It is there to be read,
    turned and damaged, not to look like a patient.

    Parameters
    ----------
    shape : tuple of int
        (slice, row, column); the field of view stays 245 x 300 x 300 mm.
    """
    spacing = np.array(_FIELD_MM) / shape
    # Coordinates in mm: head (s), back (r), left (c), zero in the middle of the field.
    s, r, c = np.meshgrid(
        *[(np.arange(n) - (n - 1) / 2) * side / _SCALE for n, side in zip(shape, spacing, strict=True)], indexing="ij"
    )

    def ball(cs: float, cr: float, cc: float, hs: float, hr: float, hc: float) -> NDArray[np.bool_]:
        """Ellipsoid by centre and half axes, mm."""
        return np.asarray(((s - cs) / hs) ** 2 + ((r - cr) / hr) ** 2 + ((c - cc) / hc) ** 2 <= 1)

    array = np.full(shape, -1000, np.float32)
    body = (r / 105) ** 2 + (c / 160) ** 2 <= 1
    array[body] = -90
    array[(r / 97) ** 2 + (c / 150) ** 2 <= 1] = 45
    right, left = ball(5, -5, -75, 118, 75, 55), ball(8, -5, 78, 112, 72, 50)
    array[right | left] = -850
    array[ball(-20, -25, 25, 50, 45, 48)] = 40
    array[ball(-70, 35, 78, 25, 20, 20) & left] = -600
    array[ball(-40, 30, -85, 22, 25, 20) & right] = -550
    array[(np.abs(s - 100) < 60) & ((r + 15) ** 2 + c**2 <= 64)] = -1000
    array[(r - 70) ** 2 / 400 + c**2 / 500 <= 1] = 600
    # A fixed texture, so that a picture is no plateau and codecs have work.
    noise = np.random.default_rng(1).normal(0, 12, shape)
    array += np.where(body, noise, noise / 4).astype(np.float32)
    affine = np.zeros((4, 4))
    affine[2, 0], affine[1, 1], affine[0, 2], affine[3, 3] = spacing[0], spacing[1], spacing[2], 1
    affine[:3, 3] = [-(shape[2] - 1) / 2 * spacing[2], -(shape[1] - 1) / 2 * spacing[1], 100]
    return Volume(np.rint(array).astype(np.int16), Geometry(shape, affine))


def _series(syntax: str, *, multiframe: bool = False, storage: Storage | None = None) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        paths = write_series(
            small_chest(),
            Path(folder) / "series",
            header=CTHeader(seed=1),
            transfer_syntax=syntax,
            multiframe=multiframe,
            storage=storage,
        )
        return {f"series/{path.name}": path.read_bytes() for path in paths}


def _nifti(name: str) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write_volume(path, small_chest())
        return {name: path.read_bytes()}


BASES: dict[str, Callable[[], dict[str, bytes]]] = {
    "explicit": cache(lambda: _series(ExplicitVRLittleEndian)),
    "unsigned, 12 bit": cache(
        lambda: _series(
            ExplicitVRLittleEndian, storage=Storage(bits_stored=12, signed=False, intercept_hu=-1024, padding_hu=-1024)
        )
    ),
    "implicit": cache(lambda: _series(ImplicitVRLittleEndian)),
    "big endian": cache(lambda: _series(ExplicitVRBigEndian)),
    "deflated": cache(lambda: _series(DeflatedExplicitVRLittleEndian)),
    "JPEG lossless": cache(lambda: _series(JPEGLosslessSV1)),
    "JPEG-LS": cache(lambda: _series(JPEGLSLossless)),
    "JPEG 2000": cache(lambda: _series(JPEG2000Lossless)),
    "RLE": cache(lambda: _series(RLELossless)),
    "Enhanced CT": cache(lambda: _series(ExplicitVRLittleEndian, multiframe=True)),
    "Legacy Converted Enhanced CT, JPEG-LS": cache(
        lambda: _series(JPEGLSLossless, multiframe=True, storage=Storage(legacy=True))
    ),
    "no UIDs": cache(
        lambda: _series(
            ExplicitVRLittleEndian,
            storage=Storage(empty_sop_uids=True, empty_frame_of_reference=True, file_names="random"),
        )
    ),
    "NIfTI": cache(lambda: _nifti("volume.nii")),
    "NIfTI, gzipped": cache(lambda: _nifti("volume.nii.gz")),
}
"""Ways the small chest is stored: relative name to bytes, made once a process."""
