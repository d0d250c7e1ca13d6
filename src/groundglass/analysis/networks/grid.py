"""The grid a network looks at: 1.6 mm in its slices, slices 2 to 4 mm apart, cropped to the chest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from groundglass.analysis.grid import HU_CEILING, HU_FLOOR
from groundglass.volume import Geometry, Volume

IN_PLANE_MM = 1.6
"""Fissures and the vessels between lobules are still seen, and a chest is about 160 x 224 pixels."""
SLICE_MM = 2.75
"""Slices nearer than this are averaged: neighbours then show something new, in the time of 100 to 150 slices."""
MULTIPLE = 16
"""Rows and columns come in multiples of this: the network halves them four times."""


@dataclass(frozen=True, slots=True, eq=False)
class NetworkGrid:
    """A chest as a network sees it.

    Attributes
    ----------
    hu : (slice, row, column) int16
        Area means, HU, clipped to -1024..3071; read-only. Beyond the picture: -1024.
    geometry : Geometry
        Where the voxels lie.
    full : Geometry
        Of the volume it was made of.
    block : int
        Full slices a slice of this grid.
    """

    hu: NDArray[np.int16]
    geometry: Geometry
    full: Geometry
    block: int

    @classmethod
    def of(
        cls,
        volume: Volume,
        rows: slice,
        columns: slice,
        *,
        block: int | None = None,
        shape: tuple[int, int] | None = None,
    ) -> Self:
        """Average a volume onto the grid, centred on the part of its slices that is wanted.

        Parameters
        ----------
        volume : Volume
            HU; canonical axial.
        rows, columns : slice
            The chest on the volume's own grid.
        block : int, optional
            Slices to average; chosen by their distance where left out.
        shape : tuple of int, optional
            Rows and columns wanted; as many as hold the chest where left out.
        """
        geometry = volume.geometry
        spacing = geometry.spacing_mm
        block = block or max(1, round(SLICE_MM / spacing[0]))
        sizes = shape or tuple(
            -(-max(1, round((part.stop - part.start) * mm / IN_PLANE_MM)) // MULTIPLE) * MULTIPLE
            for part, mm in zip((rows, columns), spacing[1:], strict=True)
        )
        steps = [IN_PLANE_MM / mm for mm in spacing[1:]]
        starts = [
            (part.start + part.stop - 1) / 2 - (size - 1) / 2 * step
            for part, size, step in zip((rows, columns), sizes, steps, strict=True)
        ]
        depth = -(-geometry.shape[0] // block)
        affine = geometry.affine.copy()
        affine[:3, 3] = geometry.to_mm(np.array([(block - 1) / 2, starts[0], starts[1]]))
        affine[:3, :3] = affine[:3, :3] * np.array([block, steps[0], steps[1]])
        own = Geometry((depth, sizes[0], sizes[1]), affine, geometry.frame_of_reference_uid, geometry.sided)
        down, across = _weights_of(geometry, own)
        hu = np.empty(own.shape, dtype=np.int16)
        # what lies beyond the picture weighs as air
        missing = 1.0 - np.outer(np.asarray(down.sum(axis=1)).ravel(), np.asarray(across.sum(axis=1)).ravel())
        beyond = (HU_FLOOR * missing).astype(np.float32)
        for k in range(depth):
            slab = volume.array[k * block : (k + 1) * block]
            plane = np.clip(slab[0], HU_FLOOR, HU_CEILING).astype(np.float32)
            for layer in slab[1:]:
                plane += np.clip(layer, HU_FLOOR, HU_CEILING)
            hu[k] = np.rint((across @ (down @ (plane / np.float32(len(slab)))).T).T + beyond)
        hu.setflags(write=False)
        return cls(hu, own, geometry, block)

    def labels(self, mask: NDArray[Any]) -> NDArray[np.uint8]:
        """Average a mask of the full grid onto this one.

        Parameters
        ----------
        mask : (slice, row, column) bool
            On the full grid.

        Returns
        -------
        (slice, row, column) uint8
            0..255: how much of each voxel the mask covers.
        """
        down, across = _weights_of(self.full, self.geometry)
        out = np.empty(self.geometry.shape, dtype=np.uint8)
        for k in range(out.shape[0]):
            plane = mask[k * self.block : (k + 1) * self.block].astype(np.float32).mean(axis=0)
            out[k] = np.rint(255.0 * np.clip((across @ (down @ plane).T).T, 0, 1))
        return out


def onto(maps: NDArray[np.uint8], source: Geometry, target: Geometry) -> NDArray[np.uint8]:
    """Interpolate maps linearly from one axial grid onto another of the same directions.

    Beyond the source in its slices: 0; below the first and above the last slice: that slice.

    Parameters
    ----------
    maps : (slice, row, column) uint8
        On ``source``.
    source, target : Geometry
        Canonical axial.

    Returns
    -------
    (slice, row, column) uint8
        On ``target``.
    """
    start = source.to_index(target.origin_mm)
    step = np.array(target.spacing_mm) / np.array(source.spacing_mm)
    down, across = (_linear(target.shape[i], source.shape[i], float(start[i]), float(step[i])) for i in (1, 2))
    position = np.clip(start[0] + step[0] * np.arange(target.shape[0]), 0, source.shape[0] - 1)
    low = np.floor(position).astype(int)
    weight = (position - low).astype(np.float32)
    planes: dict[int, NDArray[np.float32]] = {}
    out = np.empty(target.shape, dtype=np.uint8)
    for k in range(target.shape[0]):
        wanted = {int(low[k]), min(int(low[k]) + 1, source.shape[0] - 1)}
        planes = {j: planes[j] if j in planes else (across @ (down @ maps[j].astype(np.float32)).T).T for j in wanted}
        below, above = planes[min(wanted)], planes[max(wanted)]
        out[k] = np.rint(below + (above - below) * weight[k])
    return out


def _weights_of(full: Geometry, own: Geometry) -> tuple[sparse.csr_array, sparse.csr_array]:
    start = full.to_index(own.origin_mm)
    step = np.array(own.spacing_mm) / np.array(full.spacing_mm)
    down, across = (_area(own.shape[i], full.shape[i], float(start[i]), float(step[i])) for i in (1, 2))
    return down, across


def _area(n: int, full: int, start: float, step: float) -> sparse.csr_array:
    """Return the weights (n, full) by which full pixels make up pixels of another size; what lies outside weighs 0."""
    half = max(step, 1.0) / 2
    rows, columns, weights = [], [], []
    for i in range(n):
        centre = start + i * step
        first, last = int(np.floor(centre - half + 0.5)), int(np.ceil(centre + half - 0.5))
        for j in range(max(0, first), min(full - 1, last) + 1):
            overlap = min(j + 0.5, centre + half) - max(j - 0.5, centre - half)
            if overlap > 0:
                rows.append(i)
                columns.append(j)
                weights.append(overlap / (2 * half))
    return sparse.csr_array((np.array(weights, dtype=np.float32), (rows, columns)), shape=(n, full))


def _linear(n: int, full: int, start: float, step: float) -> sparse.csr_array:
    position = start + step * np.arange(n)
    low = np.floor(position).astype(int)
    weight = position - low
    rows = np.concatenate([np.arange(n), np.arange(n)])
    columns = np.concatenate([low, low + 1])
    weights = np.concatenate([1 - weight, weight])
    keep = (columns >= 0) & (columns < full) & (weights > 0)
    return sparse.csr_array((weights[keep].astype(np.float32), (rows[keep], columns[keep])), shape=(n, full))
