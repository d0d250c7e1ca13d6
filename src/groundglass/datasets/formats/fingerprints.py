"""The same CT under two names: a small picture of the lungs that survives another window, thickness, crop and noise.

A hash of voxels changes with every re-encoding. So the box around the lungs is averaged down to a small grid in a
window that all encodings share, and what is smooth in it, the shape that all chests have, is taken away; what remains
is compared by correlation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from groundglass.datasets.formats.direction import air_in_body, coarse_step
from groundglass.datasets.formats.labelled import LabelledCt

GRID = (12, 16, 24)
"""(slice, row, column) of the small picture: cells of about 20 mm, so that slices of 10 mm still tell it."""
SLICE_GRID = (1, 24, 32)
"""Of a single slice, which has only its plane to be told by; it is taken as a whole, single slices come cropped."""
WINDOW_HU = (-1000.0, 100.0)
"""Inside every lung window and every clipping seen."""
SMOOTH_CELLS = 1.5
"""Standard deviation of the smoothing whose result is taken away, in cells."""
MASS_SHARE = (0.01, 0.99)
"""Between these shares of the lungs' voxels along each axis lies the box: tips and stray pixels do not move it."""
SAME_AT_LEAST = 0.80
"""Correlation from which two volumes are one CT. On 19 CTs: 131 of 133 re-encoded copies 0.82 and more (missed:
one whose slices differ in brightness 0.65, one cropped hard 0.51), a thick and a thin reconstruction of one scan 1.00;
170 pairs of different patients 0.49 +- 0.10, at most 0.73. By that spread about one pair of a thousand passes by
chance: what is found is to be looked at."""
SAME_SLICE_AT_LEAST = 0.70
"""The same for single slices. Measured on 50: known doubles 0.94 and 1.00, neighbouring slices of a patient 0.74 and
0.82, different patients 0.63 at most."""
LEAST_LUNG_SHARE = 0.003
"""With less lung in view the box is taken around everything."""


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """What a CT looks like, coarsely.

    Attributes
    ----------
    name, patient : str
        As in :class:`LabelledCt`.
    voxels_sha256 : str
        Of the stored voxels.
    cells : (slice, row, column) float32
        Mean 0, length 1.
    """

    name: str
    patient: str
    voxels_sha256: str
    cells: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """Two names for one CT.

    Attributes
    ----------
    first, second : str
        Names, in the order of the list.
    likeness : float
        Correlation of their small pictures, 1 for the same.
    """

    first: str
    second: str
    likeness: float


def fingerprint(ct: LabelledCt) -> Fingerprint:
    """Return the fingerprint of a CT.

    Parameters
    ----------
    ct : LabelledCt
        Straightened; a single slice too.
    """
    return Fingerprint(ct.name, ct.patient, ct.voxels_sha256, small_picture(ct.volume.array))


def small_picture(
    hu: NDArray[np.int16], *, grid: tuple[int, int, int] | None = None, lungs: NDArray[np.bool_] | None = None
) -> NDArray[np.float32]:
    """Return the lungs on a small grid, without what all chests have in common.

    Parameters
    ----------
    hu : (slice, row, column) int16
        HU, slices feet to head.
    grid : tuple of int, optional
        (slice, row, column) of another grid.
    lungs : (slice, row, column) bool, optional
        Of :func:`groundglass.datasets.formats.direction.air_in_body`, where it is known already.

    Returns
    -------
    (slice, row, column) float32
        :data:`GRID`, or :data:`SLICE_GRID` for a single slice; mean 0, length 1.
    """
    single = len(hu) == 1
    cells = _averaged(hu, _box(hu, lungs), grid or (SLICE_GRID if single else GRID))
    cells = cells - ndimage.gaussian_filter(cells, (0.0 if single else SMOOTH_CELLS, SMOOTH_CELLS, SMOOTH_CELLS))
    cells -= cells.mean()
    length = float(np.linalg.norm(cells))
    return np.asarray(cells / length if length > 0 else cells, dtype=np.float32)


def likeness(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Return the correlation of two small pictures, -1 for a volume and a slice."""
    return float((first * second).sum()) if first.shape == second.shape else -1.0


def near_duplicates(prints: Sequence[Fingerprint]) -> list[NearDuplicate]:
    """Return the pairs that are one CT under two names, the likest first.

    Parameters
    ----------
    prints : sequence of Fingerprint
        Of the CTs to compare; equal hashes count as likeness 1.
    """
    pairs = []
    for place, second in enumerate(prints):
        for first in prints[:place]:
            same = first.voxels_sha256 == second.voxels_sha256
            found = 1.0 if same else likeness(first.cells, second.cells)
            if found >= (SAME_AT_LEAST if first.cells.shape == GRID else SAME_SLICE_AT_LEAST):
                pairs.append(NearDuplicate(first.name, second.name, found))
    return sorted(pairs, key=lambda pair: -pair.likeness)


def _box(hu: NDArray[np.int16], lungs: NDArray[np.bool_] | None = None) -> list[tuple[float, float]]:
    """Return where the box around the lungs begins and ends along each axis, in voxel edges."""
    whole = [(0.0, float(n)) for n in hu.shape]
    if len(hu) == 1:
        return whole
    if lungs is None:
        lungs = air_in_body(hu)
    if lungs.mean() < LEAST_LUNG_SHARE:
        return whole
    steps = (1, coarse_step(hu.shape[1]), coarse_step(hu.shape[2]))
    box = []
    for axis, step in enumerate(steps):
        others = tuple(a for a in range(3) if a != axis)
        share = np.concatenate([[0.0], np.cumsum(lungs.sum(axis=others))]) / lungs.sum()
        low, high = np.interp(MASS_SHARE, share, np.arange(share.size))
        box.append((float(low) * step, float(high) * step))
    return box


def _averaged(hu: NDArray[np.int16], box: list[tuple[float, float]], grid: tuple[int, int, int]) -> NDArray[np.float64]:
    """Return the mean of each cell of the box, parts of voxels weighed."""
    weights = [_weights(n, low, high, count) for n, (low, high), count in zip(hu.shape, box, grid, strict=True)]
    along_slices, along_rows, along_columns = weights
    planes = np.empty((len(hu), grid[1], grid[2]))
    for place, plane in enumerate(hu):
        if along_slices[:, place].any():
            planes[place] = along_rows @ np.clip(plane, *WINDOW_HU) @ along_columns.T
        else:
            planes[place] = 0.0
    return np.asarray(np.tensordot(along_slices, planes, axes=1))


def _weights(voxels: int, low: float, high: float, cells: int) -> NDArray[np.float64]:
    """Return (cell, voxel) float64: the share that each voxel has in the mean of each cell."""
    edges = np.linspace(low, max(high, low + 1e-3), cells + 1)
    start = np.arange(voxels)
    overlap = np.minimum(edges[1:, None], start + 1.0) - np.maximum(edges[:-1, None], start)
    overlap = np.clip(overlap, 0.0, None)
    return np.asarray(overlap / np.maximum(overlap.sum(axis=1, keepdims=True), 1e-12))
