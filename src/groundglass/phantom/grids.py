"""Grids of the phantom: smooth shapes are computed coarsely and brought to the slices by interpolation.

Chest coordinates, mm: x to the patient's left, y to the back, z to the head, the carina near the origin. Arrays are
(slice, row, column) = (z, y, x). A signed distance is negative inside. Signed distances are smooth, so linear
interpolation from 3 mm keeps an edge within a tenth of a millimetre.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Plane = NDArray[np.float32]
Block = NDArray[np.float32]


@dataclass(frozen=True)
class Axes:
    """Regular sampling along z, y, x, mm: position = start + step * index."""

    start: tuple[float, float, float]
    step: tuple[float, float, float]
    shape: tuple[int, int, int]

    @classmethod
    def covering(cls, low: tuple[float, float, float], high: tuple[float, float, float], step: float) -> Axes:
        """Return cubic sampling that covers a box of (z, y, x) mm."""
        n = tuple(int(np.ceil((b - a) / step)) + 1 for a, b in zip(low, high, strict=True))
        return cls(low, (step, step, step), (n[0], n[1], n[2]))

    def along(self, axis: int) -> NDArray[np.float32]:
        """Return positions along one axis, mm."""
        return (self.start[axis] + self.step[axis] * np.arange(self.shape[axis])).astype(np.float32)

    def mesh(self) -> tuple[Block, Block, Block]:
        """Return x, y, z as arrays that broadcast to (slice, row, column), mm."""
        z, y, x = (self.along(i) for i in range(3))
        return x[None, None, :], y[None, :, None], z[:, None, None]

    def index(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map points (n, 3) in x, y, z mm to fractional (slice, row, column)."""
        return np.asarray((points[:, ::-1] - np.array(self.start)) / np.array(self.step))


@dataclass
class Field:
    """A smooth quantity on a coarse grid, read out on the planes of the scan.

    Parameters
    ----------
    values : (slice, row, column) float32
        On ``axes``.
    axes : Axes
        Coarse sampling.
    scan : Axes
        Sampling of the scan.
    """

    values: Block
    axes: Axes
    scan: Axes
    rows: slice = field(init=False)
    columns: slice = field(init=False)
    _by_row: Any = field(init=False)
    _by_column: Any = field(init=False)
    _kept: dict[int, Plane] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.rows, self._by_row = _weights(self.axes, self.scan, 1)
        self.columns, self._by_column = _weights(self.axes, self.scan, 2)

    @property
    def box(self) -> tuple[slice, slice]:
        """Rows and columns of the scan that the field covers."""
        return self.rows, self.columns

    def covers(self, z: float) -> bool:
        """Tell whether the field has values at a height, mm."""
        t = (z - self.axes.start[0]) / self.axes.step[0]
        return 0 <= t <= self.axes.shape[0] - 1

    def rewind(self) -> None:
        """Forget the planes at hand, before reading from below again."""
        self._kept.clear()

    def at(self, z: float) -> Plane:
        """Return the field on one plane of the scan, on ``box``; z in mm, clipped to the field."""
        t = float(np.clip((z - self.axes.start[0]) / self.axes.step[0], 0, self.axes.shape[0] - 1))
        low = min(int(t), self.axes.shape[0] - 2)
        weight = np.float32(t - low)
        a, b = self._plane(low), self._plane(low + 1)
        for stale in [k for k in self._kept if k < low]:
            del self._kept[stale]
        return a + weight * (b - a)

    def _plane(self, k: int) -> Plane:
        if k not in self._kept:
            half = self._by_row @ self.values[k]
            self._kept[k] = np.ascontiguousarray((self._by_column @ np.ascontiguousarray(half.T)).T)
        return self._kept[k]


def _weights(axes: Axes, scan: Axes, axis: int) -> tuple[slice, Any]:
    t = (scan.along(axis).astype(np.float64) - axes.start[axis]) / axes.step[axis]
    inside = np.flatnonzero((t >= 0) & (t <= axes.shape[axis] - 1))
    if inside.size == 0:
        return slice(0, 0), sparse.csr_array((0, axes.shape[axis]), dtype=np.float32)
    t = t[inside]
    low = np.minimum(t.astype(int), axes.shape[axis] - 2)
    weight = (t - low).astype(np.float32)
    n = len(t)
    rows = np.repeat(np.arange(n), 2)
    columns = np.stack([low, low + 1], 1).ravel()
    data = np.stack([1 - weight, weight], 1).ravel()
    matrix = sparse.csr_array((data, (rows, columns)), shape=(n, axes.shape[axis]))
    return slice(int(inside[0]), int(inside[-1]) + 1), matrix
