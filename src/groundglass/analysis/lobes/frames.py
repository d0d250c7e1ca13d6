"""Where a fissure is looked for: a box of samples in millimetres, laid along the plane in which it usually lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from groundglass.analysis.morphology import Spacing

Heights = NDArray[np.float32]
"""(u, x) float32: how far above the frame's plane a surface lies, mm."""

IN_PLANE_MM = 3.0
"""Samples along a fissure: finer than it bends, coarser than the working voxels, so that nothing is lost between."""
OBLIQUE_BACK, OBLIQUE_FRONT = 0.74, 0.32
"""Height of the oblique fissure at the back and at the front of the lung, as a share of the lung's height: from about
the fourth thoracic vertebra to the sixth rib; 0.69-0.79 and 0.20-0.43 in the chests looked at."""
HORIZONTAL_SHARE = 0.56
"""Height of the horizontal fissure, as a share of the right lung's height: about the hilum, the fourth rib in front."""
HORIZONTAL_BELOW_CARINA_MM = 32.0
"""It lies at the level of the right hilum, 2-4 cm below the carina."""
OBLIQUE_REACH_MM = 44.0
"""How far from there it is looked for, at right angles to its plane: about a fifth of the height of a lung."""
HORIZONTAL_REACH_MM = 40.0
"""Likewise."""
SIDE_MARGIN_MM = 6.0
"""The box goes on beyond the lung, so that a surface may leave it freely."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A plane in one lung with its normal; points are ``origin + u * along + x * columns + n * normal``.

    Attributes
    ----------
    origin_mm : (3,) float64
        (slice, row, column), mm from the centre of the first voxel.
    along, normal : (2,) float64
        Unit vectors in the sagittal plane, (slice, row); the normal points to the head.
    u_mm, x_mm : (n,) float64
        Samples along the plane, ``IN_PLANE_MM`` apart.
    reach_mm : float
        How far from the plane a fissure is looked for.
    """

    origin_mm: NDArray[np.float64]
    along: NDArray[np.float64]
    normal: NDArray[np.float64]
    u_mm: NDArray[np.float64]
    x_mm: NDArray[np.float64]
    reach_mm: float

    @property
    def shape(self) -> tuple[int, int]:
        """Samples along u and x."""
        return len(self.u_mm), len(self.x_mm)

    def points_mm(
        self, n_mm: NDArray[np.float64], surface: Heights | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return slice and row of the samples at heights above the plane, or above a surface, mm.

        Parameters
        ----------
        n_mm : (n,) float64
            Heights, mm.
        surface : (u, x) float32, optional
            What they are counted from.

        Returns
        -------
        slices, rows : (u, x or 1, n) float32
            mm from the centre of the first voxel.
        """
        n = n_mm.astype(np.float32)[None, None, :]
        if surface is not None:
            n = n + surface[:, :, None]
        z, y = (
            np.asarray((self.origin_mm[i] + self.u_mm * self.along[i])[:, None, None] + n * self.normal[i], np.float32)
            for i in (0, 1)
        )
        return z, y

    def above_mm(self, surface: Heights, slices_mm: NDArray[Any], rows_mm: NDArray[Any]) -> NDArray[np.float32]:
        """Return how far above a surface points of the frame's own columns lie, along the normal, mm.

        Parameters
        ----------
        surface : (u, x) float32
            Heights above the plane, mm; carried on at the border.
        slices_mm, rows_mm : (a, x or 1, b) ndarray
            mm from the centre of the first voxel.
        """
        z, y = slices_mm - self.origin_mm[0], rows_mm - self.origin_mm[1]
        u = (z * self.along[0] + y * self.along[1] - self.u_mm[0]) / IN_PLANE_MM
        shape = (u.shape[0], self.shape[1], u.shape[2])
        x = np.arange(self.shape[1], dtype=np.float32)[None, :, None]
        at = ndimage.map_coordinates(
            surface, np.stack([np.broadcast_to(u, shape), np.broadcast_to(x, shape)]), order=1, mode="nearest"
        )
        return np.asarray(z * self.normal[0] + y * self.normal[1] - at, dtype=np.float32)

    def voxels_above_mm(self, surface: Heights, shape: tuple[int, ...], spacing_mm: Spacing) -> NDArray[np.float32]:
        """Return how far above a surface each voxel lies, along the normal, mm.

        Parameters
        ----------
        surface : (u, x) float32
            Heights above the plane, mm; carried on at the border.
        shape : tuple of int
            (slice, row, column).
        spacing_mm : tuple of float
            Along (slice, row, column), mm.
        """
        z, y, x = (np.arange(n) * mm - o for n, mm, o in zip(shape, spacing_mm, self.origin_mm, strict=True))
        low, share = _between((x - self.x_mm[0]) / IN_PLANE_MM, len(self.x_mm))
        by_column = surface[:, low] * (1 - share) + surface[:, low + 1] * share
        along = z[:, None] * self.along[0] + y[None, :] * self.along[1]
        low, share = _between((along - self.u_mm[0]) / IN_PLANE_MM, len(self.u_mm))
        share = share[:, :, None]
        height = (z[:, None] * self.normal[0] + y[None, :] * self.normal[1]).astype(np.float32)
        return np.asarray(height[:, :, None] - (by_column[low] * (1 - share) + by_column[low + 1] * share), np.float32)


def oblique_frame(lung: NDArray[np.bool_], spacing_mm: Spacing, turn_degrees: float = 0.0) -> Frame:
    """Return the frame of the oblique fissure of a lung: from its upper back to its lower front.

    Parameters
    ----------
    lung : (slice, row, column) bool
        One lung.
    spacing_mm : tuple of float
        Along (slice, row, column), mm.
    turn_degrees : float
        Turned about its middle, front down.
    """
    (z0, z1), (y0, y1), (x0, x1) = _ranges_mm(lung, spacing_mm)
    back = np.array([z0 + OBLIQUE_BACK * (z1 - z0), y1])
    front = np.array([z0 + OBLIQUE_FRONT * (z1 - z0), y0])
    length = float(np.linalg.norm(front - back))
    dz, dy = (front - back) / length
    cos, sin = np.cos(np.deg2rad(turn_degrees)), np.sin(np.deg2rad(turn_degrees))
    along = np.array([dz * cos + dy * sin, dy * cos - dz * sin])
    start = (back + front) / 2 - along * length / 2
    return Frame(
        origin_mm=np.array([*start, x0]),
        along=along,
        normal=np.array([-along[1], along[0]]),
        u_mm=np.arange(-SIDE_MARGIN_MM, length + SIDE_MARGIN_MM, IN_PLANE_MM),
        x_mm=np.arange(-SIDE_MARGIN_MM, x1 - x0 + SIDE_MARGIN_MM, IN_PLANE_MM),
        reach_mm=OBLIQUE_REACH_MM,
    )


def horizontal_frame(lung: NDArray[np.bool_], spacing_mm: Spacing, carina_slice: float | None) -> Frame:
    """Return the frame of the horizontal fissure: level, from the back of the right lung to its front.

    Parameters
    ----------
    lung : (slice, row, column) bool
        The right lung.
    spacing_mm : tuple of float
        Along (slice, row, column), mm.
    carina_slice : float or None
        Slice of the carina; where unknown the lung's height alone tells the level.
    """
    (z0, z1), (y0, y1), (x0, x1) = _ranges_mm(lung, spacing_mm)
    level = z0 + HORIZONTAL_SHARE * (z1 - z0)
    if carina_slice is not None:
        level = (level + carina_slice * spacing_mm[0] - HORIZONTAL_BELOW_CARINA_MM) / 2
    return Frame(
        origin_mm=np.array([level, y1, x0]),
        along=np.array([0.0, -1.0]),
        normal=np.array([1.0, 0.0]),
        u_mm=np.arange(-SIDE_MARGIN_MM, y1 - y0 + SIDE_MARGIN_MM, IN_PLANE_MM),
        x_mm=np.arange(-SIDE_MARGIN_MM, x1 - x0 + SIDE_MARGIN_MM, IN_PLANE_MM),
        reach_mm=HORIZONTAL_REACH_MM,
    )


def take_columns(values: NDArray[np.float32], frame: Frame, spacing_mm: Spacing) -> NDArray[np.float32]:
    """Bring a picture from the grid's columns to those of a frame, linearly.

    Parameters
    ----------
    values : (slice, row, column) float32
        On the grid.
    frame : Frame
        Whose ``x_mm`` are wanted.
    spacing_mm : tuple of float
        Along (slice, row, column), mm.

    Returns
    -------
    (slice, row, x) float32
        Carried on at the border.
    """
    low, share = _between((frame.origin_mm[2] + frame.x_mm) / spacing_mm[2], values.shape[2])
    return np.asarray(values[:, :, low] * (1 - share) + values[:, :, low + 1] * share, dtype=np.float32)


def _between(place: NDArray[np.float64], count: int) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Return the lower neighbour of fractional indices, and how far they are on the way to the upper one."""
    place = np.clip(place, 0, count - 1)
    low = np.minimum(place.astype(np.intp), count - 2)
    return low, (place - low).astype(np.float32)


def _ranges_mm(lung: NDArray[np.bool_], spacing_mm: Spacing) -> list[tuple[float, float]]:
    out = []
    for axis in range(3):
        hits = np.flatnonzero(lung.any(axis=tuple(a for a in range(3) if a != axis)))
        out.append((float(hits[0]) * spacing_mm[axis], float(hits[-1]) * spacing_mm[axis]))
    return out
