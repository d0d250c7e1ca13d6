"""Where things lie in a picture, coarsely: body, lungs, and the room that lungs may fill when disease hides them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from groundglass.datasets.formats.direction import AIR_BELOW_HU, air_in_body, coarse_step

ACROSS_MM = 12.0
"""So far outside of the aerated lung may a lesion lie within a slice: the pleura, and one coarse cell."""
ALONG_MM = 30.0
"""The same along the patient: consolidated bases and lobes hide the ends of the lungs."""
CLOSED_MM, RIM_MM = 10.0, 6.0
"""Vessels and small lesions are closed over, and a coarse cell is added: heart and great vessels stay out."""
BODY_SHARE = 0.1
"""Pieces of tissue belong to the body down to this share of the largest: what blank slices part, not the table."""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Parts of a picture on a coarse grid.

    Attributes
    ----------
    steps : tuple of int
        Voxels of the picture in a coarse one, (row, column); along slices there is no step.
    mean_hu : (slice, row, column) float32
        Mean of each coarse voxel.
    body : (slice, row, column) bool
        The patient, lungs included.
    lungs : (slice, row, column) bool
        Aerated lung.
    room : (slice, row, column) bool
        Where lungs may be: what both sides fill, mirrored, closed and widened.
    near : (slice, row, column) bool
        Aerated lung closed over vessels and small lesions, and its rim: what is sure to be lung.
    middle_share : (column,) float64
        Distance from the plane between the lungs, of half the width of both.
    """

    steps: tuple[int, int]
    mean_hu: NDArray[np.float32]
    body: NDArray[np.bool_]
    lungs: NDArray[np.bool_]
    room: NDArray[np.bool_]
    near: NDArray[np.bool_]
    middle_share: NDArray[np.float64]

    def counted(self, mask: NDArray[np.bool_]) -> NDArray[np.int32]:
        """Return how many voxels of a mask lie in each coarse voxel.

        Parameters
        ----------
        mask : (slice, row, column) bool
            On the grid of the picture; what the last incomplete cells hold is left out.
        """
        down, across = self.steps
        slices, rows, columns = self.mean_hu.shape
        cut = mask[:, : rows * down, : columns * across]
        # Row by row first: a sum over both axes of the blocks at once is far slower.
        halfway = cut.reshape(slices, rows, down, columns * across).sum(axis=2, dtype=np.int32)
        return np.asarray(halfway.reshape(slices, rows, columns, across).sum(axis=3, dtype=np.int32))


def places_of(hu: NDArray[np.int16], spacing_mm: tuple[float, float, float]) -> Places:
    """Return the places of a picture.

    Parameters
    ----------
    hu : (slice, row, column) int16
        HU; slices feet to head, rows front to back, columns right to left.
    spacing_mm : tuple of float
        (slice, row, column).
    """
    down, across = coarse_step(hu.shape[1]), coarse_step(hu.shape[2])
    rows, columns = hu.shape[1] // down, hu.shape[2] // across
    mean = np.empty((len(hu), rows, columns), np.float32)
    for place, plane in enumerate(hu):
        mean[place] = plane[: rows * down, : columns * across].reshape(rows, down, columns, across).mean(axis=(1, 3))
    lungs = air_in_body(hu)
    body = _body(mean) | lungs
    cell_mm = (spacing_mm[0], spacing_mm[1] * down, spacing_mm[2] * across)
    return Places(
        (down, across), mean, body, lungs, _room(lungs, body, cell_mm), _near(lungs, cell_mm), _middle_share(lungs)
    )


def _body(mean: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return the largest pieces of tissue, filled slice by slice."""
    pieces, count = ndimage.label(mean > AIR_BELOW_HU)
    if count == 0:
        return np.zeros(mean.shape, bool)
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    body = np.isin(pieces, np.flatnonzero(sizes >= BODY_SHARE * sizes.max()))
    return np.stack([ndimage.binary_fill_holes(plane) for plane in body])


def _near(lungs: NDArray[np.bool_], cell_mm: tuple[float, float, float]) -> NDArray[np.bool_]:
    """Return lungs closed by :data:`CLOSED_MM` and widened by :data:`RIM_MM`, slice by slice and along."""
    if not lungs.any():
        return lungs.copy()
    sides = tuple(int(np.ceil(CLOSED_MM / side)) + 1 for side in cell_mm)
    padded = np.pad(lungs, [(side, side) for side in sides])
    wide = ndimage.distance_transform_edt(~padded, sampling=cell_mm) <= CLOSED_MM
    closed = ndimage.distance_transform_edt(wide, sampling=cell_mm) > CLOSED_MM
    closed = closed[tuple(slice(side, -side) for side in sides)] | lungs
    return np.asarray(ndimage.distance_transform_edt(~closed, sampling=cell_mm) <= RIM_MM)


def _middle_share(lungs: NDArray[np.bool_]) -> NDArray[np.float64]:
    columns = np.arange(lungs.shape[2])
    if not lungs.any():
        return np.ones(columns.size)
    first, last = _ends(lungs)
    return np.asarray(np.abs(columns - (first + last) / 2) / max((last - first) / 2, 1.0), np.float64)


def _ends(lungs: NDArray[np.bool_]) -> tuple[float, float]:
    """Return between which columns the lungs lie, without the outermost hundredths."""
    weight = lungs.sum(axis=(0, 1))
    first, last = np.interp((0.02, 0.98), np.cumsum(weight) / weight.sum(), np.arange(lungs.shape[2]))
    return float(first), float(last)


def _room(lungs: NDArray[np.bool_], body: NDArray[np.bool_], cell_mm: tuple[float, float, float]) -> NDArray[np.bool_]:
    if not lungs.any():
        return lungs.copy()
    columns = np.arange(lungs.shape[2])
    middle = sum(_ends(lungs)) / 2
    mirrored = np.zeros_like(lungs)
    opposite = np.rint(2 * middle - columns).astype(int)
    valid = (opposite >= 0) & (opposite < lungs.shape[2])
    mirrored[:, :, valid] = lungs[:, :, opposite[valid]]
    both = lungs | (mirrored & body)
    closed = np.zeros_like(both)
    for half in (columns <= middle, columns > middle):
        part = both & half
        closed |= _between(part, 1) & _between(part, 2)
    reach = [round(ALONG_MM / cell_mm[0]), max(1, round(ACROSS_MM / cell_mm[1])), max(1, round(ACROSS_MM / cell_mm[2]))]
    room: NDArray[np.bool_] = ndimage.maximum_filter(closed, size=tuple(2 * n + 1 for n in reach))
    return room & body


def _between(part: NDArray[np.bool_], axis: int) -> NDArray[np.bool_]:
    """Return what lies between the first and the last along an axis."""
    forward = np.maximum.accumulate(part, axis=axis)
    backward = np.flip(np.maximum.accumulate(np.flip(part, axis), axis=axis), axis)
    return np.asarray(forward & backward)
