"""MosMedData COVID19_1110: a registry of studies with their grade, NIfTI studies, masks of fifty of them.

::

    dataset_registry.xlsx or .csv        study_id, category, study_file, mask_file; paths begin with "/"
    studies/CT-0..CT-4/study_BBBB.nii.gz
    masks/study_BBBB_mask.nii.gz

Morozov S. et al., MosMedData: Chest CT Scans with COVID-19 Related Findings Dataset, arXiv 2005.06465 (2020).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

import numpy as np

from groundglass import nifti
from groundglass.datasets.formats.labelled import (
    UNKNOWN_KIND,
    FolderReader,
    LabelledCt,
    damaged,
    lesion_labels,
    no_image,
    no_member,
    straightened_labels,
    voxels_sha256,
)
from groundglass.datasets.formats.nifti_pairs import read_mask, read_picture
from groundglass.datasets.formats.spreadsheets import read_rows
from groundglass.volume import LabelVolume

LAYOUT = "mosmed"
LICENCE = "CC BY-NC-ND 3.0"
REGISTRIES = ("dataset_registry.csv", "dataset_registry.xlsx")
COLUMNS = ("study_id", "category", "study_file", "mask_file")
_GRADE = re.compile(r"^CT-[0-4]$")


@dataclass(frozen=True, slots=True)
class RegistryRow:
    """One study of the registry.

    Attributes
    ----------
    name : str
        ``study_0255``.
    grade : str
        ``CT-0`` .. ``CT-4``, by the reading radiologist and the auditors.
    study_file, mask_file : str
        Path inside the set, "" for no mask.
    """

    name: str
    grade: str
    study_file: str
    mask_file: str


def registry(folder: Path) -> dict[str, RegistryRow]:
    """Read the registry.

    Parameters
    ----------
    folder : Path
        With ``dataset_registry.csv`` or ``.xlsx``; the first is taken where both are.

    Returns
    -------
    dict
        Row of each study, by name.

    Raises
    ------
    InputError
        ``SET_MEMBER_DAMAGED`` if it is missing, lacks a column, names an impossible grade or path, or a study twice.
    """
    path = next((folder / name for name in REGISTRIES if (folder / name).is_file()), None)
    if path is None:
        raise damaged("it is missing", REGISTRIES[1])
    status = path.stat()
    return dict(_registry(path, (status.st_mtime_ns, status.st_size)))


@lru_cache(maxsize=4)
def _registry(path: Path, _stamp: tuple[int, int]) -> dict[str, RegistryRow]:
    """Read the registry once as long as the file is the same: every study is looked up in it."""
    rows: dict[str, RegistryRow] = {}
    for number, row in enumerate(read_rows(path), start=2):
        if any(column not in row for column in COLUMNS):
            raise damaged(f"it lacks one of the columns {', '.join(COLUMNS)}", path.name)
        row = {key: value.strip() for key, value in row.items()}
        study_file, mask_file = _inside(row["study_file"]), _inside(row["mask_file"])
        if study_file is None or mask_file is None or not study_file or not _GRADE.match(row["category"]):
            raise damaged(f"row {number} has no grade CT-0 to CT-4 or a path that leaves the set", path.name)
        name = PurePosixPath(study_file).name.removesuffix(".gz").removesuffix(".nii")
        if name in rows:
            raise damaged(f"row {number} names {name} again", path.name)
        rows[name] = RegistryRow(name, row["category"], study_file, mask_file)
    return rows


def mask_names(folder: Path) -> tuple[str, ...]:
    """Return the names of the studies whose mask is there, with or without their picture, sorted.

    Raises
    ------
    InputError
        As :func:`registry`.
    """
    rows = registry(folder).values()
    return tuple(sorted(row.name for row in rows if row.mask_file and (folder / row.mask_file).is_file()))


def read_lesions(folder: Path, name: str) -> LabelVolume:
    """Read the mask of a study alone, for whoever has no picture.

    Returns
    -------
    LabelVolume
        3 lesion of unknown kind; straightened.

    Raises
    ------
    InputError
        ``SET_NO_MEMBER`` if there is no such mask; as :func:`registry` and :func:`groundglass.nifti.read_labels`.
    """
    row = registry(folder).get(name)
    if row is None or not row.mask_file:
        raise no_member(name, f"{LAYOUT}, masks")
    found = straightened_labels(nifti.read_labels(folder / row.mask_file, label=Path(row.mask_file).name))
    return lesion_labels(np.where(found.array > 0, UNKNOWN_KIND, 0).astype(np.uint8), found.geometry)


def recognises(folder: Path) -> bool:
    """Tell whether a folder holds the registry."""
    return any((folder / name).is_file() for name in REGISTRIES)


def names(folder: Path) -> tuple[str, ...]:
    """Return the names of all studies of the registry, sorted, whether their pictures are there or not."""
    return tuple(sorted(registry(folder)))


def read(folder: Path, name: str) -> LabelledCt:
    """Read a study, its grade and its mask.

    Raises
    ------
    InputError
        ``SET_NO_MEMBER``, ``SET_IMAGE_MISSING``, ``SET_MEMBER_DAMAGED``, ``GRID_MISMATCH``; what NIfTI raises.
    """
    row = registry(folder).get(name)
    if row is None:
        raise no_member(name, LAYOUT)
    path = folder / row.study_file
    if not path.is_file():
        raise no_image(name, row.study_file)
    lesions = None
    if row.mask_file and not (folder / row.mask_file).is_file():
        raise damaged("the registry names its mask and it is not there", f"mask of {name}")
    volume, exact = read_picture(path)
    if row.mask_file:
        mask = read_mask(folder / row.mask_file, volume.geometry)
        lesions = lesion_labels(np.where(mask > 0, UNKNOWN_KIND, 0).astype(np.uint8), volume.geometry)
    return LabelledCt(
        name=name,
        patient=name,
        source="mosmed",
        volume=volume,
        lungs=None,
        lesions=lesions,
        exact_hu=exact,
        spacing_known=True,
        voxels_sha256=voxels_sha256(volume.array),
        grade=row.grade,
        licence=LICENCE,
    )


READER = FolderReader(LAYOUT, recognises, names, read)


def _inside(text: str) -> str | None:
    """Return a path of the registry relative to the set, None if it leaves it."""
    path = PurePosixPath(text.replace("\\", "/").lstrip("/"))
    return None if ".." in path.parts else ("" if not path.parts else str(path))
