"""Pictures and masks in NIfTI, brought to one grid; and the plain layout of pairs in one folder.

``NAME.nii.gz`` is the CT, ``NAME_lesion.nii.gz`` or ``NAME_mask.nii.gz`` its lesions, ``NAME_lung.nii.gz`` its lungs.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from groundglass import nifti
from groundglass.datasets.formats.labelled import (
    SET_LABELS_UNKNOWN,
    SIDE_UNKNOWN,
    UNKNOWN_KIND,
    FolderReader,
    LabelledCt,
    lesion_labels,
    lung_labels,
    no_image,
    no_member,
    on_grid,
    straightened,
    straightened_labels,
    voxels_sha256,
)
from groundglass.errors import InputError
from groundglass.volume import Geometry, Volume

LAYOUT = "pairs"
LESION_ENDINGS = ("_lesion", "_lesions", "_mask")
LUNG_ENDINGS = ("_lung", "_lungs")
FILE_ENDINGS = (".nii.gz", ".nii")


def read_picture(path: Path) -> tuple[Volume, bool]:
    """Read a CT from NIfTI.

    Returns
    -------
    tuple
        HU volume, straightened, and whether its HU are exact.

    Raises
    ------
    InputError
        As :func:`groundglass.nifti.read`.
    """
    found = nifti.read(path, label=path.name)
    return straightened(found.volume), found.hu_exact


def read_mask(path: Path, grid: Geometry) -> NDArray[np.uint8]:
    """Read a mask from NIfTI and require that it lies on a grid.

    Parameters
    ----------
    path : Path
        Whole numbers 0 to 255, in any orientation.
    grid : Geometry
        Of the straightened picture.

    Returns
    -------
    (slice, row, column) uint8
        As stored, straightened.

    Raises
    ------
    InputError
        ``GRID_MISMATCH``; as :func:`groundglass.nifti.read_labels`.
    """
    found = straightened_labels(nifti.read_labels(path, label=path.name))
    return on_grid(found.array, found.geometry, grid, where=path.name)


def kinds_of(mask: NDArray[np.uint8], where: str) -> NDArray[np.uint8]:
    """Return kinds of lesion: a mask of one value says where, not what; 1 and 2 are ground glass and consolidation.

    Raises
    ------
    InputError
        ``SET_LABELS_UNKNOWN`` if a mask of several values holds others than 1, 2 and 3.
    """
    present = np.flatnonzero(np.bincount(mask.ravel(), minlength=256)[1:]) + 1
    if present.size <= 1 and (present.size == 0 or present[0] != 2):
        return np.where(mask > 0, UNKNOWN_KIND, 0).astype(np.uint8)
    if present.max() > UNKNOWN_KIND:
        raise unknown_labels(
            present, where, "use 1 for ground glass, 2 for consolidation, 3 for a lesion of unknown kind"
        )
    return mask


def sides_of(mask: NDArray[np.uint8], where: str) -> NDArray[np.uint8]:
    """Return sides: a mask of one value is of unknown side; 1 and 2 are right and left.

    Raises
    ------
    InputError
        ``SET_LABELS_UNKNOWN`` if a mask of several values holds others than 1, 2 and 3.
    """
    present = np.flatnonzero(np.bincount(mask.ravel(), minlength=256)[1:]) + 1
    if present.size <= 1 and (present.size == 0 or present[0] != 2):
        return np.where(mask > 0, SIDE_UNKNOWN, 0).astype(np.uint8)
    if present.max() > SIDE_UNKNOWN:
        raise unknown_labels(present, where, "use 1 for the right lung, 2 for the left, 3 for either")
    return mask


def with_lesions(lungs: NDArray[np.uint8] | None, lesions: NDArray[np.uint8] | None) -> NDArray[np.uint8] | None:
    """Return lungs that contain their lesions, as the involvement is defined; a lesion outside has no known side."""
    if lungs is None or lesions is None:
        return lungs
    return np.where((lesions > 0) & (lungs == 0), SIDE_UNKNOWN, lungs).astype(np.uint8)


def unknown_labels(values: NDArray[np.int64], where: str, todo: str) -> InputError:
    """Return the error of labels that mean nothing here."""
    shown = ", ".join(str(int(v)) for v in values[:8])
    return InputError(SET_LABELS_UNKNOWN, what=f"the mask holds the labels {shown}", where=where, todo=todo)


def recognises(folder: Path) -> bool:
    """Tell whether a folder holds a mask with its CT, or a mask alone that wants one."""
    return any(_is_mask(stem) for stem in _stems(folder))


def names(folder: Path) -> tuple[str, ...]:
    """Return the names of the CTs, those of masks without CT too, sorted."""
    stems = set(_stems(folder))
    pictures = {stem for stem in stems if not _is_mask(stem)}
    return tuple(sorted(pictures | {_bare(stem) for stem in stems if _is_mask(stem)}))


def read(folder: Path, name: str) -> LabelledCt:
    """Read a CT and its masks.

    Raises
    ------
    InputError
        ``SET_NO_MEMBER``, ``SET_IMAGE_MISSING``, ``SET_LABELS_UNKNOWN``, ``GRID_MISMATCH``; what NIfTI raises.
    """
    if name not in names(folder):
        raise no_member(name, LAYOUT)
    path = file_of(folder, name)
    if path is None:
        raise no_image(name, f"{name}.nii.gz")
    volume, exact = read_picture(path)
    lungs = lesions = None
    for endings, is_lung in ((LESION_ENDINGS, False), (LUNG_ENDINGS, True)):
        mask_path = next((p for p in (file_of(folder, name + ending) for ending in endings) if p), None)
        if mask_path is None:
            continue
        mask = read_mask(mask_path, volume.geometry)
        if is_lung:
            lungs = sides_of(mask, mask_path.name)
        else:
            lesions = kinds_of(mask, mask_path.name)
    lungs = with_lesions(lungs, lesions)
    return LabelledCt(
        name=name,
        patient=name,
        source="pairs",
        volume=volume,
        lungs=None if lungs is None else lung_labels(lungs, volume.geometry),
        lesions=None if lesions is None else lesion_labels(lesions, volume.geometry),
        exact_hu=exact,
        spacing_known=volume.geometry.sided,
        voxels_sha256=voxels_sha256(volume.array),
    )


READER = FolderReader(LAYOUT, recognises, names, read)


def file_of(folder: Path, stem: str) -> Path | None:
    """Return the NIfTI of that name without ending, None where there is none."""
    return next((p for p in (folder / f"{stem}{ending}" for ending in FILE_ENDINGS) if p.is_file()), None)


def stem_of(path: Path) -> str | None:
    """Return the name of a NIfTI file without its ending, None for another file."""
    return next((path.name[: -len(ending)] for ending in FILE_ENDINGS if path.name.endswith(ending)), None)


def _stems(folder: Path) -> list[str]:
    return [stem for path in sorted(folder.iterdir()) if path.is_file() and (stem := stem_of(path))]


def _is_mask(stem: str) -> bool:
    return stem.endswith((*LESION_ENDINGS, *LUNG_ENDINGS))


def _bare(stem: str) -> str:
    ending = max((e for e in (*LESION_ENDINGS, *LUNG_ENDINGS) if stem.endswith(e)), key=len)
    return stem[: -len(ending)]
