"""One series of DICOM into one NIfTI: slices are decoded while others are compressed, and only those that are kept.

The result is that of dcm2niix, voxel for voxel and in its storage (:mod:`groundglass.nifti.pictures`), but for these:

1. The distance of slices is fitted to all positions; dcm2niix takes that of the first two, which is 10 % off where a
   scanner rounds positions 0.8 mm apart to 0.1 mm.
2. HU are whole numbers: where RescaleSlope is not, dcm2niix keeps stored numbers and scl_slope.
3. Missing slices within the limits of reading are filled in on the same grid; dcm2niix writes a second file.
4. A tilted gantry, and what else reading refuses, is refused.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from groundglass.datasets.conversion.thinning import instance_numbers, kept_slices, thinned, thinned_geometry
from groundglass.datasets.recipe.model import Thinning
from groundglass.dicom.entries import SeriesEntry
from groundglass.dicom.limits import ReadingLimits
from groundglass.dicom.loading import decode_slices, geometry_of, load
from groundglass.dicom.pixels import PIXELS_DAMAGED, PIXELS_TRUNCATED
from groundglass.dicom.rescale import require_plausible
from groundglass.errors import InputError
from groundglass.nifti.pictures import write_made, write_picture
from groundglass.phrases import Notice
from groundglass.volume import Geometry, Volume


def convert_series(
    entry: SeriesEntry,
    path: Path,
    *,
    thinning: Thinning = Thinning(),  # noqa: B008 - frozen
    threads: int = 2,
    limits: ReadingLimits | None = None,
    notices: list[Notice] | None = None,
) -> Volume:
    """Write a series as NIfTI, voxel for voxel what dcm2niix writes: the same storage, and padding as it is stored.

    Parameters
    ----------
    entry : SeriesEntry
        From :func:`groundglass.dicom.series.scan`; its slices have been checked there, all of them.
    path : Path
        ``.nii.gz`` or ``.nii``; replaced if it exists.
    thinning : Thinning
        Which slices are kept; the others are not even decoded.
    threads : int
        Slices are decoded and compressed side by side; the bytes do not depend on it.
    limits : ReadingLimits, optional
        Checked before memory is taken.
    notices : list of Notice, optional
        What must be told of the thinning is appended.

    Returns
    -------
    Volume
        What was written, rows and columns as DICOM has them.

    Raises
    ------
    InputError
        As :func:`groundglass.dicom.loading.load` and :func:`groundglass.datasets.conversion.thinning.kept_slices`.
    UnavailableError
        ``OUTPUT_FAILED`` if the disk refuses.
    """
    told: list[Notice] = []
    limits = limits or ReadingLimits()
    geometry = geometry_of(entry, limits)
    kept = kept_slices(geometry, instance_numbers(entry), thinning, notices=told)
    whole = None
    if all(
        slot is not None and entry.stack.frames[slot].instance.layout.frames == 1
        for slot in (entry.stack.slots[place] for place in kept)
    ):
        try:
            whole = _side_by_side(entry, path, kept, thinned_geometry(geometry, kept), threads, limits)
        except InputError as reason:
            # A few slices that cannot be decoded are bridged, by the rules of whole series.
            if reason.code not in (PIXELS_DAMAGED, PIXELS_TRUNCATED):
                raise
    if whole is None:
        loaded = load(entry, threads=threads, limits=limits, keep_padding=True)
        told = [notice for notice in loaded.notices if notice.code == "slices_undecodable"]
        whole, _ = thinned(loaded.volume, instance_numbers(entry), thinning, notices=told)
        write_picture(path, whole, threads=threads)
    if notices is not None:
        notices.extend(told)
    return whole


def _side_by_side(
    entry: SeriesEntry, path: Path, kept: tuple[int, ...], geometry: Geometry, threads: int, limits: ReadingLimits
) -> Volume:
    array = np.empty(geometry.shape, np.int16)

    def make(part: range) -> NDArray[np.int16]:
        out = array[part.start : part.stop]
        decode_slices(entry, [kept[number] for number in part], out, limits=limits, keep_padding=True)
        return out

    write_made(path, geometry, make, array.dtype, lambda: _require_plausible(array, entry.series_id), threads=threads)
    return Volume(array, geometry)


def _require_plausible(array: NDArray[np.int16], where: str) -> None:
    require_plausible(array, where)
