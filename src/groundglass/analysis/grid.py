"""The working grid: the chest at about 2 mm, where anatomy is found, and the way back to the full grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from groundglass.volume import Geometry, Volume

WORKING_SPACING_MM = 2.0
"""Lungs, airways and chest wall are all several voxels thick at 2 mm, and a whole chest is about 5 million voxels."""
HU_FLOOR = -1024
"""Paddings (-2000, -2048, -3024) and values under air are taken as air."""
HU_CEILING = 3071


@dataclass(frozen=True, slots=True, eq=False)
class WorkingGrid:
    """A chest on a coarse grid made of whole blocks of the full one.

    Attributes
    ----------
    hu : (slice, row, column) int16
        Block means, HU, clipped to -1024..3071; read-only.
    geometry : Geometry
        Where the coarse voxels lie; slices thicker than about 3 mm keep their own spacing.
    full : Volume
        The volume it was made of: slices feet to head, rows front to back, columns right to left of the patient.
    blocks : tuple of int
        Full voxels a coarse voxel along (slice, row, column).
    """

    hu: NDArray[np.int16]
    geometry: Geometry
    full: Volume
    blocks: tuple[int, int, int]

    @classmethod
    def of(cls, volume: Volume, *, spacing_mm: float = WORKING_SPACING_MM) -> Self:
        """Average blocks of voxels so that each side comes near ``spacing_mm``; nothing is ever interpolated.

        Parameters
        ----------
        volume : Volume
            HU; canonical axial (slices feet to head, rows front to back, columns right to left of the patient).
        spacing_mm : float
            Wanted side of a coarse voxel, mm.
        """
        blocks = _blocks(volume.geometry.spacing_mm, volume.geometry.shape, spacing_mm)
        hu = block_mean(volume.array, blocks)
        hu.setflags(write=False)
        return cls(hu, _coarse_geometry(volume.geometry, blocks, hu.shape), volume, blocks)

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Coarse voxel sides along (slice, row, column), mm."""
        return self.geometry.spacing_mm

    @property
    def voxel_ml(self) -> float:
        """Volume of one coarse voxel, ml."""
        return self.geometry.voxel_ml

    def mask_to_full(self, mask: NDArray[Any]) -> NDArray[Any]:
        """Repeat every coarse voxel over its block.

        Parameters
        ----------
        mask : (slice, row, column) ndarray
            Anything on the working grid.

        Returns
        -------
        (slice, row, column) ndarray
            The same on the full grid, blocky.
        """
        out = mask
        for axis, (block, size) in enumerate(zip(self.blocks, self.full.geometry.shape, strict=True)):
            if block > 1:
                out = out.repeat(block, axis=axis)
            out = out[(slice(None),) * axis + (slice(0, size),)]
        return np.ascontiguousarray(out)

    def labels_to_full(self, labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Bring labels to the full grid."""
        return np.asarray(self.mask_to_full(labels), dtype=np.uint8)


def block_mean(array: NDArray[np.int16], blocks: tuple[int, int, int]) -> NDArray[np.int16]:
    """Average whole blocks of HU; the last block of an axis may be smaller.

    Parameters
    ----------
    array : (slice, row, column) int16
        HU on the full grid.
    blocks : tuple of int
        Voxels a block along (slice, row, column).

    Returns
    -------
    (slice, row, column) int16
        Means, HU, clipped to -1024..3071 before averaging.
    """
    bz, by, bx = blocks
    nz, ny, nx = (-(-n // b) for n, b in zip(array.shape, blocks, strict=True))
    out = np.empty((nz, ny, nx), dtype=np.int16)
    rows, columns = np.arange(0, array.shape[1], by), np.arange(0, array.shape[2], bx)
    counts = np.diff(np.append(rows, array.shape[1]))[:, None] * np.diff(np.append(columns, array.shape[2]))[None, :]
    for k in range(nz):
        slab = array[k * bz : (k + 1) * bz]
        # four clipped slices still fit 16 bits, and 16-bit sums are twice as fast
        total = np.clip(slab[0], HU_FLOOR, HU_CEILING).astype(np.int32)
        for layer in slab[1:]:
            total += np.clip(layer, HU_FLOOR, HU_CEILING)
        if by > 1:
            total = np.add.reduceat(total, rows, axis=0)
        if bx > 1:
            total = np.add.reduceat(total, columns, axis=1)
        out[k] = np.rint(total / (counts * len(slab)))
    return out


def _blocks(
    spacing_mm: tuple[float, float, float], shape: tuple[int, int, int], wanted_mm: float
) -> tuple[int, int, int]:
    a, b, c = (max(1, min(n, round(wanted_mm / mm))) for n, mm in zip(shape, spacing_mm, strict=True))
    return a, b, c


def _coarse_geometry(full: Geometry, blocks: tuple[int, int, int], shape: tuple[int, ...]) -> Geometry:
    affine = full.affine.copy()
    affine[:3, 3] = full.to_mm((np.array(blocks) - 1) / 2.0)
    affine[:3, :3] = affine[:3, :3] * np.array(blocks)
    return Geometry((shape[0], shape[1], shape[2]), affine, full.frame_of_reference_uid, full.sided)
