"""Single slices of the MedSeg set 1: ``images/N.jpg`` with ``lesions/N.png``.

The pictures lie on their side: rows run from the patient's right to left and columns from front to back, so a
transposition puts them upright (seen on the heart and the descending aorta of all fifty). Windows differ from picture
to picture; HU are guessed from the peaks of lung and soft tissue.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from groundglass.datasets.formats.labelled import (
    UNKNOWN_KIND,
    FolderReader,
    LabelledCt,
    damaged,
    lesion_labels,
    no_image,
    no_member,
    voxels_sha256,
)
from groundglass.volume import Geometry, Volume

LAYOUT = "medseg"
SAME_PATIENT: Mapping[int, int] = MappingProxyType({43: 10, 5: 4, 17: 4, 46: 4, 91: 4, 93: 4, 28: 12})
"""Slices of one patient, each with the number that stands for the patient: 10/43 and 5/46 (and 93, 91 of the whole set)
are nearly one slice, 4/5/17 and 12/28 neighbouring ones, seen in the pictures."""
CHEST_WIDTH_MM = 290.0
"""Assumed width of a picture: it is cropped to the lungs, whose widest part is 250 to 300 mm in adults."""
SLICE_MM = 5.0
"""Assumed thickness; a single slice has no other."""
LUNG_PEAK_HU, TISSUE_PEAK_HU = -860.0, 45.0
"""HU that the darkest and the brightest peak are taken for: aerated lung and muscle or blood."""
AIR_HU, DARKEST_PERCENT = -1000.0, 0.5
"""What the darkest half percent of the chest is taken for (the airways), where the peak of lung would make it darker:
in severe disease the darkest peak is ground glass."""
AIR_MARGIN_HU = 40.0
"""Noise and clipping let the airways come out darker than air by this much."""
USUAL_WINDOW_HU = (-1350.0, 150.0)
"""Lung window assumed where the peaks do not tell one."""
WINDOW_WIDTHS_HU = (900.0, 2100.0)
"""Lung windows in use are 1000 to 2000 HU wide; peaks that tell another are not those of lung and soft tissue."""
PIXELS_AT_MOST = 4096 * 4096
"""A slice has 512 x 512; what is larger than this is no slice."""
_DARK_GREY, _BRIGHT_GREY = slice(4, 128), slice(140, 250)


def recognises(folder: Path) -> bool:
    """Tell whether a folder holds pictures with masks under the same number."""
    return (folder / "images").is_dir() and (folder / "lesions").is_dir() and any((folder / "lesions").glob("*.png"))


def names(folder: Path) -> tuple[str, ...]:
    """Return the names ``medseg_007`` of all pictures and of masks without picture, sorted."""
    files = [*(folder / "images").glob("*.jpg"), *(folder / "lesions").glob("*.png")]
    return tuple(sorted({f"medseg_{int(path.stem):03d}" for path in files if path.stem.isdecimal()}))


def read(folder: Path, name: str) -> LabelledCt:
    """Read one slice, upright, as a volume of one slice.

    Raises
    ------
    InputError
        ``SET_NO_MEMBER``, ``SET_IMAGE_MISSING``, ``SET_MEMBER_DAMAGED``.
    """
    if name not in names(folder):
        raise no_member(name, LAYOUT)
    number = int(name.rpartition("_")[2])
    picture_path, mask_path = folder / "images" / f"{number}.jpg", folder / "lesions" / f"{number}.png"
    if not picture_path.is_file():
        raise no_image(name, picture_path.name)
    grey = _grey(picture_path)
    mask = _grey(mask_path) if mask_path.is_file() else None
    if mask is not None and mask.shape != grey.shape:
        raise damaged(f"it has {mask.shape} pixels and its picture {grey.shape}", f"mask of {name}")
    hu = _hu(grey).T[None]
    geometry = _geometry(hu.shape)
    lesions = None if mask is None else np.where(mask.T[None] > 127, UNKNOWN_KIND, 0).astype(np.uint8)
    return LabelledCt(
        name=name,
        patient=f"medseg_{SAME_PATIENT.get(number, number):03d}",
        source="medseg",
        volume=Volume(np.ascontiguousarray(hu), geometry),
        lungs=None,
        lesions=None if lesions is None else lesion_labels(np.ascontiguousarray(lesions), geometry),
        exact_hu=False,
        spacing_known=False,
        voxels_sha256=voxels_sha256(grey),
        licence="not for commercial use, as far as known",
    )


READER = FolderReader(LAYOUT, recognises, names, read)


def _grey(path: Path) -> NDArray[np.uint8]:
    try:
        with Image.open(path) as picture:
            if picture.width * picture.height > PIXELS_AT_MOST:
                raise damaged(f"it has {picture.width} x {picture.height} pixels", path.name)
            return np.asarray(picture.convert("L"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as reason:
        raise damaged("it is no readable picture", path.name) from reason


def _hu(grey: NDArray[np.uint8]) -> NDArray[np.int16]:
    """Return HU by a straight line through the peaks of lung, or of air in the airways, and soft tissue."""
    counts = np.convolve(np.bincount(grey.ravel(), minlength=256).astype(np.float64), np.ones(7) / 7, mode="same")
    dark = _DARK_GREY.start + int(counts[_DARK_GREY].argmax())
    bright = _BRIGHT_GREY.start + int(counts[_BRIGHT_GREY].argmax())
    step = (TISSUE_PEAK_HU - LUNG_PEAK_HU) / (bright - dark)
    darkest = float(np.percentile(grey[_inside(grey)], DARKEST_PERCENT))
    if TISSUE_PEAK_HU + (darkest - bright) * step < AIR_HU - AIR_MARGIN_HU:
        step = (TISSUE_PEAK_HU - AIR_HU) / (bright - darkest)
    low = TISSUE_PEAK_HU - bright * step
    if not WINDOW_WIDTHS_HU[0] <= 255 * step <= WINDOW_WIDTHS_HU[1]:
        low, step = USUAL_WINDOW_HU[0], (USUAL_WINDOW_HU[1] - USUAL_WINDOW_HU[0]) / 255
    return np.asarray(np.rint(low + step * np.arange(256)).astype(np.int16)[grey])


def _inside(grey: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return where the chest is: all but the dark that reaches the edge; all where nothing is left."""
    pieces, _ = ndimage.label(grey < _DARK_GREY.stop)
    edge = np.unique(np.concatenate([pieces[[0, -1]].ravel(), pieces[:, [0, -1]].ravel()]))
    inside = ~np.isin(pieces, edge[edge > 0])
    return np.asarray(inside) if inside.any() else np.ones(grey.shape, bool)


def _geometry(shape: tuple[int, ...]) -> Geometry:
    pixel_mm = CHEST_WIDTH_MM / shape[2]
    affine = np.eye(4)
    affine[:3, :3] = [[0, 0, pixel_mm], [0, pixel_mm, 0], [SLICE_MM, 0, 0]]
    return Geometry((shape[0], shape[1], shape[2]), affine)
