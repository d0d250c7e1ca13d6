"""The lung example of elastix: the right side of one chest at two times, with the lung drawn at the first.

Two CTs come of it: the first time at half resolution, and the second time already laid over the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np

from groundglass.datasets.formats.labelled import (
    RIGHT,
    FolderReader,
    LabelledCt,
    damaged,
    lung_labels,
    no_image,
    no_member,
    straightened,
    straightened_labels,
    voxels_sha256,
)
from groundglass.datasets.formats.metaimage import read_metaimage
from groundglass.volume import LabelVolume, Volume

LAYOUT = "elastix"
MASK_FILE = "3DCT_lung_baseline_mask.mha"
"""The right lung at the first time."""
PICTURES: Mapping[str, str] = MappingProxyType(
    {
        "elastix_baseline": "3DCT_lung_baseline_small.mha",
        "elastix_registered": "3DCT_lung_registered_result.mha",
    }
)
"""File of each CT; the mask is drawn on the grid of the second."""


def recognises(folder: Path) -> bool:
    """Tell whether a folder holds the example."""
    return (folder / MASK_FILE).is_file()


def names(folder: Path) -> tuple[str, ...]:
    """Return the names of the two CTs; nothing outside of such a folder."""
    return tuple(PICTURES) if recognises(folder) else ()


def read(folder: Path, name: str) -> LabelledCt:
    """Read one of the two CTs with the mask of the right lung on its grid.

    Raises
    ------
    InputError
        ``SET_NO_MEMBER``, ``SET_IMAGE_MISSING``, ``SET_MEMBER_DAMAGED``.
    """
    if name not in PICTURES:
        raise no_member(name, LAYOUT)
    path = folder / PICTURES[name]
    if not path.is_file():
        raise no_image(name, path.name)
    array, geometry = read_metaimage(path)
    mask, mask_geometry = read_metaimage(folder / MASK_FILE)
    if array.dtype.kind not in "iu":
        raise damaged(f"its numbers are {array.dtype}, not whole", path.name)
    centres = np.stack(np.meshgrid(*[np.arange(n) for n in geometry.shape], indexing="ij"), axis=-1).reshape(-1, 3)
    place = np.rint(mask_geometry.to_index(geometry.to_mm(centres))).astype(np.int64)
    within = ((place >= 0) & (place < np.array(mask_geometry.shape))).all(axis=1)
    lung = np.zeros(len(place), np.uint8)
    lung[within] = np.where(mask[tuple(place[within].T)] > 0, RIGHT, 0)
    volume = straightened(Volume(np.clip(array, -32768, 32767).astype(np.int16), geometry))
    labels = straightened_labels(LabelVolume(lung.reshape(geometry.shape), geometry))
    return LabelledCt(
        name=name,
        patient="elastix",
        source="elastix",
        volume=volume,
        lungs=lung_labels(labels.array, volume.geometry),
        lesions=None,
        # Resampled to a coarser grid, or warped: true HU, smoothed.
        exact_hu=True,
        spacing_known=True,
        voxels_sha256=voxels_sha256(volume.array),
        licence="Apache-2.0",
    )


READER = FolderReader(LAYOUT, recognises, names, read)
