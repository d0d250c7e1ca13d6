"""How the slices of a stack lie along its normal: evenly, with holes, unevenly; and how they lie beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

ROUNDING_MM = 0.06
"""Scanners and archives round positions to 0.1 mm: a slice lies up to half of it off its place."""
STEP_TOLERANCE = 0.05
"""Part of a step by which a distance may differ and still be called even."""
MAX_HOLE_MM = 10.0
"""Widest distance between two present slices that is bridged: lesions that matter are larger."""
MAX_FILLED = 0.1
"""Largest part of the slices that may be bridged."""
MAX_OFF_GRID = 0.5
"""Unevenness in steps, slice against its place on the even grid, above which positions mean nothing."""

Kind = Literal["even", "holes", "uneven", "broken_holes", "broken_uneven"]


@dataclass(frozen=True, slots=True)
class Spacing:
    """Verdict on the distances between slices.

    Attributes
    ----------
    kind : Kind
        ``even``; ``holes`` and ``uneven`` are usable with a warning; ``broken_...`` are not.
    step_mm : float
        Distance between neighbouring slots.
    slots : tuple of int or None
        For each place on the even grid the number of the slice that fills it, None for a missing one.
    worst_mm : float
        Largest distance of a slice from its place, or the widest hole.
    """

    kind: Kind
    step_mm: float
    slots: tuple[int | None, ...]
    worst_mm: float

    @property
    def missing(self) -> int:
        """Slices that are bridged."""
        return sum(slot is None for slot in self.slots)


def judge(along_mm: NDArray[np.float64]) -> Spacing:
    """Judge sorted, distinct positions along the normal.

    Parameters
    ----------
    along_mm : (slice,) float64
        Growing positions, at least two.
    """
    count = len(along_mm)
    gaps = np.diff(along_mm)
    # The middle one, without np.median: that imports numpy.ma, which costs more than all the rest here.
    step = float(np.sort(gaps)[len(gaps) // 2])
    places = np.arange(count) - (count - 1) / 2
    # Fitted, not taken from the ends: those are rounded too.
    mean = float(places @ along_mm / (places @ places))
    everyone = tuple(range(count))
    off_grid = float(np.abs(along_mm - along_mm.mean() - mean * places).max())
    tolerance = max(ROUNDING_MM, STEP_TOLERANCE * step)
    if off_grid <= tolerance or (np.abs(gaps - step).max() <= tolerance and off_grid <= MAX_OFF_GRID * step):
        return Spacing("even", mean, everyone, off_grid)
    steps = np.maximum(1, np.rint(gaps / step)).astype(int)
    if steps.max() > 1 and np.abs(gaps - steps * step).max() <= 2 * tolerance * steps.max():
        total = int(steps.sum()) + 1
        widest = float(gaps.max())
        usable = widest <= max(MAX_HOLE_MM, 2.1 * step) and total - count <= max(1, MAX_FILLED * total)
        if not usable:
            return Spacing("broken_holes", step, everyone, widest)
        slots: list[int | None] = [None] * total
        for slice_number, place in enumerate(np.concatenate([[0], np.cumsum(steps)])):
            slots[int(place)] = slice_number
        return Spacing("holes", float((along_mm[-1] - along_mm[0]) / (total - 1)), tuple(slots), widest)
    kind: Kind = "uneven" if off_grid <= MAX_OFF_GRID * mean else "broken_uneven"
    return Spacing(kind, mean, everyone, off_grid if kind == "uneven" else float(gaps.max()))


@dataclass(frozen=True, slots=True)
class Drift:
    """How slices move sideways along the stack: a tilted gantry, or slices that do not belong together."""

    angle_degrees: float
    drift_mm: float
    scatter_mm: float


def drift_of(along_mm: NDArray[np.float64], sideways_mm: NDArray[np.float64]) -> Drift:
    """Fit a line to the sideways positions.

    Parameters
    ----------
    along_mm : (slice,) float64
        Positions along the normal, sorted.
    sideways_mm : (slice, 2) float64
        Positions along the row and column directions.
    """
    centred = along_mm - along_mm.mean()
    length = float(along_mm[-1] - along_mm[0])
    slope = centred @ sideways_mm / (centred @ centred)
    rest = sideways_mm - sideways_mm.mean(axis=0) - np.outer(centred, slope)
    sideways = float(np.hypot(slope[0], slope[1]))
    return Drift(float(np.degrees(np.arctan(sideways))), sideways * length, float(np.abs(rest).max()))
