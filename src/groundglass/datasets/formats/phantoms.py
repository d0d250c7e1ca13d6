"""Phantoms as :func:`groundglass.phantom.writing.write` leaves them: one, or a folder of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from groundglass.datasets.formats.dicom_studies import read_lying
from groundglass.datasets.formats.labelled import (
    FolderReader,
    LabelledCt,
    damaged,
    lesion_labels,
    lung_labels,
    no_image,
    no_member,
    voxels_sha256,
)
from groundglass.datasets.formats.nifti_pairs import read_mask, read_picture

LAYOUT = "phantom"
TRUTH_BYTES_AT_MOST = 1024 * 1024
"""A truth has some kilobytes."""


def recognises(folder: Path) -> bool:
    """Tell whether a folder is a phantom or holds phantoms."""
    return bool(names(folder))


def names(folder: Path) -> tuple[str, ...]:
    """Return the names of the phantoms: their folders', sorted."""
    if _is_phantom(folder):
        return (folder.name,)
    return tuple(sorted(child.name for child in folder.iterdir() if _is_phantom(child))) if folder.is_dir() else ()


def read(folder: Path, name: str) -> LabelledCt:
    """Read a phantom: its DICOM series to grade or its NIfTI, and the true masks.

    Raises
    ------
    InputError
        ``SET_NO_MEMBER``, ``SET_IMAGE_MISSING``, ``SET_MEMBER_DAMAGED``, ``GRID_MISMATCH``; what DICOM and NIfTI raise.
    """
    if name not in names(folder):
        raise no_member(name, LAYOUT)
    home = folder if _is_phantom(folder) else folder / name
    truth = _truth(home / "truth.json")
    if (home / "dicom").is_dir():
        volume, gravity = read_lying(home / "dicom", where=name)
    elif (home / "volume.nii.gz").is_file():
        volume, _ = read_picture(home / "volume.nii.gz")
        gravity = "unknown"
    else:
        raise no_image(name, "dicom/ or volume.nii.gz")
    geometry = volume.geometry
    return LabelledCt(
        name=name,
        patient=f"phantom-{truth['seed']}",
        source="phantom",
        volume=volume,
        lungs=lung_labels(read_mask(home / "truth" / "lungs.nii.gz", geometry), geometry),
        lesions=lesion_labels(read_mask(home / "truth" / "lesions.nii.gz", geometry), geometry),
        exact_hu=True,
        spacing_known=True,
        voxels_sha256=voxels_sha256(volume.array),
        grade=truth["grade"],
        licence="Apache-2.0",
        gravity=gravity,
    )


READER = FolderReader(LAYOUT, recognises, names, read)


def _is_phantom(folder: Path) -> bool:
    return (folder / "truth.json").is_file() and (folder / "truth").is_dir()


def _truth(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            truth = json.loads(stream.read(TRUTH_BYTES_AT_MOST))
    except (OSError, ValueError, RecursionError) as reason:
        raise damaged("it is no readable JSON", path.name) from reason
    if not isinstance(truth, dict) or not isinstance(truth.get("seed"), int) or not isinstance(truth.get("grade"), str):
        raise damaged("it lacks seed or grade", path.name, "make the phantom again")
    return truth
