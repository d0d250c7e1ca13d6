"""Phantom studies for the benchmarks, made once and kept in benchmarks/.cache."""

from __future__ import annotations

import shutil
from pathlib import Path

from pydicom.uid import (
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from groundglass import nifti, phantom
from groundglass.dicom.ct_writer import CTHeader, write_series
from groundglass.volume import Volume

SYNTAXES: dict[str, str] = {
    "explicit little endian": ExplicitVRLittleEndian,
    "JPEG lossless SV1": JPEGLosslessSV1,
    "JPEG-LS lossless": JPEGLSLossless,
    "RLE": RLELossless,
    "JPEG 2000 lossless": JPEG2000Lossless,
}
_SPAN_MM = 320.0
_SEED = 11


def phantom_volume(cache: Path, slices: int) -> Volume:
    """Return a phantom of so many slices of 512 x 512 over 320 mm."""
    path = cache / f"phantom-{slices}.nii.gz"
    if not path.is_file():
        made = phantom.make(
            phantom.PhantomOptions(slices=slices, spacing_mm=_SPAN_MM / slices, seed=_SEED, involvement=30.0)
        )
        nifti.write_volume(path, made.volume)
        return made.volume
    return nifti.read(path).volume


def stored_as(cache: Path, slices: int, transfer_syntax: str) -> Path:
    """Return a folder with the phantom as DICOM in this transfer syntax."""
    folder = cache / f"dicom-{slices}-{transfer_syntax}"
    if not folder.is_dir():
        aside = folder.with_suffix(".partial")
        shutil.rmtree(aside, ignore_errors=True)
        write_series(phantom_volume(cache, slices), aside, header=CTHeader(seed=_SEED), transfer_syntax=transfer_syntax)
        aside.rename(folder)
    return folder


def phantom_study(cache: Path, slices: int) -> Path:
    """Return a folder with the phantom as raw DICOM, for the whole job."""
    return stored_as(cache, slices, ExplicitVRLittleEndian)
