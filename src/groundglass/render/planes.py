"""Planes and projections of a reading, laid out as a radiologist expects them on the screen.

Axial: seen from the feet, patient right at the left. Coronal: seen from the front, head up, patient right at the left.
Sagittal: head up, front at the left.
"""

from __future__ import annotations

import numpy as np
import scipy.ndimage as ndi
from numpy.typing import NDArray

from groundglass.analysis.reading import ChestReading
from groundglass.render.overlay import Plane
from groundglass.volume import Geometry

_SOFT_MM = 2.0
_BACKGROUND_SHARE = 0.4
_RIM_MM = 2.5


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


def coronal_slab(
    reading: ChestReading, rows: slice, *, darkest: bool, box: tuple[slice, slice, slice]
) -> tuple[Plane, NDArray[np.bool_]]:
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
    plane : Plane
        Where a ray meets no lung it holds the mean HU of the slab; without lesions.
    inside : (row, column) bool
        Where it meets lung or airway.
    """
    geometry = reading.volume.geometry
    field = (box[0], rows, box[2])
    hu = reading.volume.array[field]
    inside = reading.lungs.array[field] > 0
    if darkest:
        inside |= reading.airways.array[field] > 0
    else:
        # The rim of the lungs is half chest wall: left in, it would lie over everything as a bright skin. Lesions
        # that touch the pleura stay.
        rim = max(1, round(_RIM_MM / geometry.spacing_mm[2]))
        lesion = reading.lesions.array[field] > 0
        cross = ndi.generate_binary_structure(2, 1)
        for index in range(inside.shape[0]):
            if inside[index].any():
                kept = ndi.binary_erosion(inside[index], cross, iterations=rim, border_value=1)
                inside[index] = kept | lesion[index]
    count = inside.shape[0]
    out = np.empty((count, hu.shape[2]), dtype=np.float32)
    worst = np.int16(32767 if darkest else -32768)
    for index in range(count):  # slice by slice: the whole slab would be copied three times
        plane = np.where(inside[index], hu[index], worst)
        best = plane.min(axis=0) if darkest else plane.max(axis=0)
        seen = best != worst
        out[index] = np.where(seen, best, hu[index].mean(axis=0, dtype=np.float32))
    spacing = geometry.spacing_mm[0], geometry.spacing_mm[2]
    return Plane(out[::-1], np.zeros(out.shape, np.uint8), spacing), inside.any(axis=1)[::-1]


def dimmed(grey: NDArray[np.uint8], inside: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Darken what lies outside the lungs, so that the projection stands out."""
    return np.where(inside, grey, (grey * _BACKGROUND_SHARE).astype(np.uint8))


def _around(index: int, spacing_mm: float, length: int) -> slice:
    half = round((_SOFT_MM / spacing_mm - 1) / 2)
    return slice(max(0, index - half), min(length, index + half + 1))
