"""Which slices and planes to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy.ndimage as ndi
from numpy.typing import NDArray

from groundglass.analysis.reading import ChestReading
from groundglass.volume import LabelVolume

Level = Literal["lesion", "arch", "carina", "diaphragm", "middle"]
_ARCH_ABOVE_CARINA_MM = 35.0
"""The aortic arch lies some 3-4 cm above the carina in adults; a picture for orientation, no measurement."""
_STRIDE_MM = 2.0
"""Areas that only rank slices need no finer grid, mm."""
_BRANCH_LEAST_MM2 = 30.0
"""A lumen of 6 mm across: half a main bronchus; less is a spur of the mask, mm2."""
_WORTH_SHOWING_MM2 = 100.0
"""A lesion of 1 cm by 1 cm in a slice, mm2: less is shown only where there is no more."""


@dataclass(frozen=True, slots=True)
class KeyLevel:
    """One axial slice worth showing, and why."""

    index: int
    level: Level


@dataclass(frozen=True, slots=True)
class Profile:
    """Areas along the three axes of a volume, from every second millimetre or so.

    Attributes
    ----------
    lung_box : tuple of slice or None
        Where the lungs lie, full-resolution indices (slice, row, column); None without lung.
    lesion_by_slice : (slice,) float64
        Lesion area, mm2.
    lesion_by_row, lesion_by_column : (row,), (column,) float64
        Lesion area of each coronal and sagittal plane, mm2; planes that were skipped hold 0.
    lung_by_slice, lung_by_row, lung_by_column : float64
        The same for lung.
    """

    lung_box: tuple[slice, slice, slice] | None
    lesion_by_slice: NDArray[np.float64]
    lesion_by_row: NDArray[np.float64]
    lesion_by_column: NDArray[np.float64]
    lung_by_slice: NDArray[np.float64]
    lung_by_row: NDArray[np.float64]
    lung_by_column: NDArray[np.float64]


def strides(spacing_mm: tuple[float, float, float], wanted_mm: float = _STRIDE_MM) -> tuple[int, int, int]:
    """Return steps along each axis that come nearest to the wanted distance, mm."""
    a, b, c = (max(1, round(wanted_mm / s)) for s in spacing_mm)
    return a, b, c


def profile(lungs: LabelVolume, lesions: LabelVolume) -> Profile:
    """Sum lungs and lesions along the axes."""
    spacing = lungs.geometry.spacing_mm
    step = strides(spacing)
    fine_slices = (slice(None), slice(None, None, step[1]), slice(None, None, step[2]))
    lung, lesion = lungs.array[fine_slices] > 0, lesions.array[fine_slices] > 0
    pixel_mm2 = spacing[1] * step[1] * spacing[2] * step[2]
    row_mm2 = spacing[0] * spacing[2] * step[2]
    column_mm2 = spacing[0] * spacing[1] * step[1]
    rows, columns = lungs.array.shape[1], lungs.array.shape[2]
    lung_by_slice = lung.sum(axis=(1, 2)) * pixel_mm2
    lung_by_row = _spread(lung.sum(axis=(0, 2)) * row_mm2, step[1], rows)
    lung_by_column = _spread(lung.sum(axis=(0, 1)) * column_mm2, step[2], columns)
    filled = [np.flatnonzero(a) for a in (lung_by_slice, lung_by_row, lung_by_column)]
    box = None
    if filled[0].size:
        low = [int(f[0]) for f in filled]
        high = [int(f[-1]) + 1 for f in filled]
        box = (slice(low[0], high[0]), slice(low[1], high[1]), slice(low[2], high[2]))
    return Profile(
        lung_box=box,
        lesion_by_slice=lesion.sum(axis=(1, 2)) * pixel_mm2,
        lesion_by_row=_spread(lesion.sum(axis=(0, 2)) * row_mm2, step[1], rows),
        lesion_by_column=_spread(lesion.sum(axis=(0, 1)) * column_mm2, step[2], columns),
        lung_by_slice=lung_by_slice,
        lung_by_row=lung_by_row,
        lung_by_column=lung_by_column,
    )


def _spread(values: NDArray[np.float64], step: int, length: int) -> NDArray[np.float64]:
    out = np.zeros(length)
    out[::step] = values
    return out


def key_levels(areas: Profile, reading: ChestReading, *, wanted: int, gap_mm: float) -> tuple[KeyLevel, ...]:
    """Choose the axial slices: the most involved of every part of the lungs' height, else three landmarks.

    Parameters
    ----------
    areas : Profile
        Of this reading.
    reading : ChestReading
        Airways and spacing are used.
    wanted : int
        Most slices.
    gap_mm : float
        Least distance between two, mm.

    Returns
    -------
    tuple of KeyLevel
        Feet to head.
    """
    spacing_mm = reading.volume.geometry.spacing_mm[0]
    count = areas.lung_by_slice.size
    if areas.lung_box is None:
        return (KeyLevel(count // 2, "middle"),)
    low, high = areas.lung_box[0].start, areas.lung_box[0].stop
    gap = max(1, int(np.ceil(gap_mm / spacing_mm)))
    chosen: list[int] = []
    # A speck is no reason for a picture, unless there are only specks.
    least_mm2 = min(_WORTH_SHOWING_MM2, float(areas.lesion_by_slice.max()) / 4)
    # First the worst slice of each of `wanted` equal parts of the lungs, then whatever is worst and far enough: well
    # apart as long as there is such a one.
    for part in np.array_split(np.arange(low, high), min(wanted, high - low)):
        best = int(part[np.argmax(areas.lesion_by_slice[part])])
        if areas.lesion_by_slice[best] > least_mm2 and _far(best, chosen, gap):
            chosen.append(best)
    for distance in (2 * gap, gap):
        for index in np.argsort(-areas.lesion_by_slice, kind="stable"):
            if len(chosen) >= wanted or areas.lesion_by_slice[index] <= least_mm2:
                break
            if _far(int(index), chosen, distance):
                chosen.append(int(index))
    levels = [KeyLevel(i, "lesion") for i in chosen]
    if len(levels) < 3:
        levels += [mark for mark in landmarks(areas, reading) if _far(mark.index, chosen, gap)]
    return tuple(sorted(levels, key=lambda level: level.index))


def _far(index: int, others: list[int], gap: int) -> bool:
    return all(abs(index - other) >= gap for other in others)


def landmarks(areas: Profile, reading: ChestReading) -> tuple[KeyLevel, ...]:
    """Return slices near the aortic arch, at the carina and above the diaphragm (approximate, for orientation)."""
    if areas.lung_box is None:
        return ()
    low, high = areas.lung_box[0].start, areas.lung_box[0].stop
    spacing_mm = reading.volume.geometry.spacing_mm[0]
    carina = carina_slice(reading)
    found = carina is not None
    if carina is None:
        carina = low + round(0.62 * (high - low))  # where no airway was found: a usual place of the carina
    arch = min(high - 1, carina + round(_ARCH_ABOVE_CARINA_MM / spacing_mm))
    lower_half = areas.lung_by_slice[low : max(low + 1, (low + high) // 2)]
    diaphragm = low + int(np.argmax(lower_half))
    names: tuple[tuple[int, Level], ...] = (
        (diaphragm, "diaphragm"),
        (carina, "carina" if found else "middle"),
        (arch, "arch" if found else "middle"),
    )
    seen: dict[int, KeyLevel] = {}
    for index, name in names:
        seen.setdefault(index, KeyLevel(index, name))
    return tuple(seen[i] for i in sorted(seen))


def carina_slice(reading: ChestReading) -> int | None:
    """Return the slice where the trachea, followed from the head, first shows two lumens; None if it never does."""
    geometry = reading.volume.geometry
    step = max(1, round(1.0 / geometry.spacing_mm[1])), max(1, round(1.0 / geometry.spacing_mm[2]))
    pixel_mm2 = geometry.spacing_mm[1] * step[0] * geometry.spacing_mm[2] * step[1]
    airways = reading.airways.array
    seen_one = False
    for index in range(airways.shape[0] - 1, -1, -1):
        plane = airways[index, :: step[0], :: step[1]]
        if not plane.any():
            continue
        found, _ = ndi.label(plane)
        lumens = int((np.bincount(found.ravel())[1:] * pixel_mm2 >= _BRANCH_LEAST_MM2).sum())
        if lumens == 1:
            seen_one = True
        elif lumens >= 2 and seen_one:
            return index
    return None


def most_involved(lesion: NDArray[np.float64], lung: NDArray[np.float64]) -> int:
    """Return the plane with most lesion; without lesions the one with most lung; without lung the middle.

    A plane that grazes the lungs shows little beside the lesion, so lesion counts less where there is less lung.
    """
    if lesion.any():
        return int(np.argmax(lesion * np.sqrt(lung / max(float(lung.max()), 1.0))))
    return int(np.argmax(lung)) if lung.any() else int(lung.size // 2)
