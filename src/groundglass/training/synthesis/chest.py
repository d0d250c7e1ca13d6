"""The lungs that lesions go into, on a lattice coarse enough for shapes, and the way back to the voxels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import edt
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from groundglass.analysis.morphology import Spacing

Field = NDArray[np.float32]
LATTICE_MM = 1.5
"""Shapes are drawn at about this step, or at the volume's own where that is coarser: lesions are far larger."""
REACH_CELLS = 2
"""Shapes are drawn this far beyond the lungs, so that interpolation at the pleura has both sides."""
HILUM_BLUR_MM = 14.0
"""The hilum is where vessels crowd over about this distance."""


@dataclass(frozen=True, slots=True, eq=False)
class Chest:
    """One chest, cropped to its lungs, in axial order (slices feet to head, rows to the back, columns to the left).

    Attributes
    ----------
    hu : (slice, row, column) float32
        HU.
    lungs : (slice, row, column) uint8
        1 right, 2 left, 3 side unknown.
    spacing_mm : tuple of float
        Of the voxels.
    step : tuple of int
        Voxels a lattice cell along (slice, row, column); lattice point i lies on voxel i * step.
    cells : (slice, row, column) uint8
        Side at the lattice points, carried a little beyond the lungs.
    inside : (slice, row, column) bool
        Lattice points inside the lungs.
    depth_mm : (slice, row, column) float32
        Depth of lattice points below the surface of their lung.
    points_mm : (n, 3) float32
        (z, y, x) of the lattice points with a side: up, to the back, to the left.
    sides : (n,) uint8
        Their side.
    reference_hu : float
        Middle HU of the air-filled lung.
    """

    hu: Field
    lungs: NDArray[np.uint8]
    spacing_mm: Spacing
    step: tuple[int, int, int]
    cells: NDArray[np.uint8]
    inside: NDArray[np.bool_]
    depth_mm: Field
    points_mm: Field
    sides: NDArray[np.uint8]
    reference_hu: float

    @classmethod
    def of(cls, hu: Field, lungs: NDArray[np.uint8], spacing_mm: Spacing) -> Chest:
        """Measure one chest.

        Parameters
        ----------
        hu : (slice, row, column) float32
            HU, cropped to the lungs with a margin.
        lungs : (slice, row, column) uint8
            Sides.
        spacing_mm : tuple of float
            Of the voxels.
        """
        a, b, c = (max(1, int(LATTICE_MM / s + 0.4)) for s in spacing_mm)
        cells = np.ascontiguousarray(lungs[::a, ::b, ::c])
        spacing = (spacing_mm[0] * a, spacing_mm[1] * b, spacing_mm[2] * c)
        inside = cells > 0
        depth = np.asarray(edt.edt(cells, anisotropy=spacing, black_border=True, parallel=1), dtype=np.float32)
        for _ in range(REACH_CELLS):
            cells = _grown(cells)
        points = np.argwhere(cells > 0).astype(np.float32) * np.array(spacing, dtype=np.float32)
        aerated = hu[::a, ::b, ::c][inside]
        aerated = aerated[aerated < -500]
        reference = float(np.median(aerated)) if aerated.size else -850.0
        return cls(
            hu, lungs, spacing_mm, (a, b, c), cells, inside, depth, points, cells[cells > 0], min(reference, -650.0)
        )

    @property
    def lattice_mm(self) -> Spacing:
        """Distance between lattice points along (slice, row, column), mm."""
        a, b, c = (s * n for s, n in zip(self.spacing_mm, self.step, strict=True))
        return a, b, c

    def at_points(self, field: Field) -> Field:
        """Return the values (n,) of a lattice field at the lattice points with a side."""
        return field[self.cells > 0]

    def on_lattice(self, values: NDArray[Any], *, fill: float) -> Field:
        """Return the lattice field of values (n,) at the points with a side."""
        out = np.full(self.cells.shape, fill, dtype=np.float32)
        out[self.cells > 0] = values
        return out

    def to_voxels(self, field: Field) -> Field:
        """Interpolate a lattice field linearly to the voxels."""
        if self.step == (1, 1, 1):
            return field
        return stretch(field, self.hu.shape, self.step)

    def sample(self, array: NDArray[Any]) -> NDArray[Any]:
        """Return the voxels of an array that lie on lattice points."""
        a, b, c = self.step
        return array[::a, ::b, ::c]

    def hila_mm(self) -> dict[int, Field]:
        """Return for each side the point (z, y, x), mm, towards the midline where vessels crowd most."""
        spacing = np.array(self.lattice_mm)
        dense = (self.sample(self.hu) > -500) & self.inside
        crowd = gaussian_filter(dense.astype(np.float32), HILUM_BLUR_MM / spacing, truncate=2)
        out: dict[int, Field] = {}
        for side in np.unique(self.cells[self.inside]):
            own = self.inside & (self.cells == side)
            place = np.argwhere(own)
            low, high = np.quantile(place[:, 0], [0.3, 0.75])
            medial = np.abs(place[:, 2] * spacing[2] - self.midline_mm)
            allowed = (place[:, 0] >= low) & (place[:, 0] <= high) & (medial <= np.quantile(medial, 0.35))
            place = place[allowed] if allowed.any() else place
            best = place[int(np.argmax(crowd[tuple(place.T)]))]
            out[int(side)] = (best * spacing).astype(np.float32)
        return out

    @property
    def midline_mm(self) -> float:
        """Middle of the chest along columns, mm."""
        hits = np.flatnonzero(self.inside.any(axis=(0, 1)))
        return float((hits[0] + hits[-1]) / 2 * self.lattice_mm[2])


def stretch(field: Field, shape: tuple[int, ...], step: tuple[float, float, float]) -> Field:
    """Interpolate linearly: point i of the field lies on voxel i * step of the wanted shape."""
    out = np.empty(shape, dtype=np.float32)
    (z0, z1, wz), (y0, y1, wy), (x0, x1, wx) = (
        _between(n, s, m) for n, s, m in zip(shape, step, field.shape, strict=True)
    )
    wy, wx = wy[:, None], wx[None, :]
    for k in range(shape[0]):
        layer = field[z0[k]] + (field[z1[k]] - field[z0[k]]) * wz[k]
        rows = layer[y0] + (layer[y1] - layer[y0]) * wy
        left = rows[:, x0]
        out[k] = left + (rows[:, x1] - left) * wx
    return out


def _between(size: int, step: float, count: int) -> tuple[NDArray[np.intp], NDArray[np.intp], Field]:
    at = np.arange(size) / step
    low = np.minimum(at.astype(np.intp), count - 1)
    high = np.minimum(low + 1, count - 1)
    return low, high, (at - low).astype(np.float32)


def _grown(cells: NDArray[np.uint8]) -> NDArray[np.uint8]:
    out = cells.copy()
    for axis in range(3):
        for ahead, behind in ((slice(1, None), slice(None, -1)), (slice(None, -1), slice(1, None))):
            to: list[slice] = [slice(None)] * 3
            source: list[slice] = [slice(None)] * 3
            to[axis], source[axis] = ahead, behind
            part = out[tuple(to)]
            np.copyto(part, cells[tuple(source)], where=part == 0)
    return out
