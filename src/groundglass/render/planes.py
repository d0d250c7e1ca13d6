"""Planes and projections of a reading, laid out as a radiologist expects them on the screen.

Axial: seen from the feet, patient right at the left. Coronal: seen from the front, head up, patient right at the left.
Sagittal: head up, front at the left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.ndimage as ndi
from numpy.typing import NDArray

from groundglass.analysis.reading import ChestReading
from groundglass.render.overlay import Plane
from groundglass.render.picture import LUNG_WINDOW, Grey, Window, to_grey
from groundglass.volume import Geometry

_SOFT_MM = 2.0
"""Reformats are averaged over this depth, mm: about the thickness of a slice, so that noise looks alike."""
_BACKGROUND_SHARE = 0.4
"""Dark enough to stand back, light enough to show ribs and diaphragm."""
_RIM_MM = 2.0
"""Two to three voxels: the width over which chest wall blurs into lung, mm."""
_AIRLESS_HU = -400
"""Half way between air and soft tissue, HU: a darkest voxel above it is no airway."""
_CROSS = ndi.generate_binary_structure(2, 1)


def axial(reading: ChestReading, index: int) -> Plane:
    """Return slice ``index``."""
    geometry = reading.volume.geometry
    return Plane(reading.volume.array[index], reading.lesions.array[index], geometry.spacing_mm[1:])


def coronal(reading: ChestReading, row: int) -> Plane:
    """Return the plane at ``row``, averaged over about 2 mm."""
    geometry = reading.volume.geometry
    part = _around(row, geometry.spacing_mm[1], geometry.shape[1])
    hu = reading.volume.array[:, part, :].mean(axis=1, dtype=np.float32)
    spacing = geometry.spacing_mm[0], geometry.spacing_mm[2]
    return Plane(hu[::-1], reading.lesions.array[::-1, row, :], spacing)


def sagittal(reading: ChestReading, column: int) -> Plane:
    """Return the plane at ``column``, averaged over about 2 mm."""
    geometry = reading.volume.geometry
    part = _around(column, geometry.spacing_mm[2], geometry.shape[2])
    hu = reading.volume.array[:, :, part].mean(axis=2, dtype=np.float32)
    return Plane(hu[::-1], reading.lesions.array[::-1, :, column], geometry.spacing_mm[:2])


def slab_rows(geometry: Geometry, centre_row: int, depth_mm: float) -> slice:
    """Return the rows of a coronal slab, cut at the edge of the volume."""
    half = max(1, round(depth_mm / geometry.spacing_mm[1] / 2))
    return slice(max(0, centre_row - half), min(geometry.shape[1], centre_row + half))


@dataclass(frozen=True, slots=True)
class Slab:
    """A projected coronal slab, head up, patient right at the left.

    Attributes
    ----------
    best : (row, column) float32
        HU of the brightest or darkest voxel of lung and airways on each ray; where it meets none, anything.
    mean : (row, column) float32
        Mean HU of everything on the ray.
    inside : (row, column) bool
        Where the ray meets lung or airway.
    spacing_mm : tuple of float
        (row, column), mm.
    """

    best: NDArray[np.float32]
    mean: NDArray[np.float32]
    inside: NDArray[np.bool_]
    spacing_mm: tuple[float, float]


def coronal_slab(reading: ChestReading, rows: slice, *, darkest: bool, box: tuple[slice, slice, slice]) -> Slab:
    """Project a coronal slab: brightest (MIP) or darkest (MinIP) voxel of lung and airways on each ray.

    Parameters
    ----------
    reading : ChestReading
        What is shown.
    rows : slice
        Depth of the slab.
    darkest : bool
        MinIP instead of MIP.
    box : tuple of slice
        Field shown, (slice, row, column).

    Returns
    -------
    Slab
    """
    geometry = reading.volume.geometry
    field = (box[0], rows, box[2])
    hu, lungs, lesions, airways = (
        labels.array[field] for labels in (reading.volume, reading.lungs, reading.lesions, reading.airways)
    )
    rim = max(1, round(_RIM_MM / geometry.spacing_mm[2]))
    shape = (hu.shape[0], hu.shape[2])
    best, mean = np.zeros(shape, dtype=np.float32), np.empty(shape, dtype=np.float32)
    inside = np.zeros(shape, dtype=np.bool_)
    worst = np.int16(32767 if darkest else -32768)
    for index in range(shape[0]):  # slice by slice: the whole slab would be copied three times
        mean[index] = hu[index].mean(axis=0, dtype=np.float32)
        wanted = lungs[index] > 0
        if darkest:
            wanted |= airways[index] > 0
        if not wanted.any():
            continue
        # The rim of the lungs is half chest wall: left in, it would lie over everything as a bright skin. Lesions that
        # touch the pleura stay. The front and the back of the slab are no rim.
        kept = ndi.binary_erosion(wanted, _CROSS, iterations=rim, border_value=1)
        kept |= lesions[index] > 0
        seen = kept.any(axis=0)
        ray = np.where(kept, hu[index], worst)
        best[index] = np.where(seen, ray.min(axis=0) if darkest else ray.max(axis=0), 0)
        # A ray without air in it shows vessel or wall, not airways.
        inside[index] = seen & (best[index] < _AIRLESS_HU) if darkest else seen
    return Slab(best[::-1], mean[::-1], inside[::-1], (geometry.spacing_mm[0], geometry.spacing_mm[2]))


def slab_grey(slab: Slab, window: Window) -> Grey:
    """Return the slab as grey: the projection in its window, around it a dimmed lung window."""
    around = (to_grey(slab.mean, LUNG_WINDOW) * _BACKGROUND_SHARE).astype(np.uint8)
    return np.where(slab.inside, to_grey(slab.best, window), around)


def _around(index: int, spacing_mm: float, length: int) -> slice:
    half = round((_SOFT_MM / spacing_mm - 1) / 2)
    return slice(max(0, index - half), min(length, index + half + 1))
