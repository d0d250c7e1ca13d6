"""What the healthy part of these very lungs looks like: its HU, and how they change along gravity."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from groundglass.analysis.morphology import Spacing
from groundglass.analysis.reading import Gravity

PRIOR_HU = (-850.0, 80.0)
"""Healthy lung at inspiration, mean and standard deviation: -850..-860 at full inspiration, and up to 100 HU more in
shallow breaths and old scanners. It decides between peaks where disease has made a higher one of its own."""
MODE_RANGE_HU = (-950.0, -700.0)
"""Lungs whose commonest HU lie above are diffusely diseased or breathed out; their own mode says nothing then."""
MAX_SLOPE_HU_PER_MM = 0.4
"""Gravity makes the lower lying lung denser by 50-80 HU over 20 cm at inspiration; more is disease."""
BANDS = 8
"""Layers along gravity through which the slope is drawn: each still holds a litre of lung."""
MAX_SPREAD_HU = 30.0
"""Smoothed noise and texture stay below; more is a second population (emphysema, mosaic perfusion)."""
FEWEST_VOXELS = 300
FEWEST_BANDS = 3
"""A line through fewer says nothing."""
EDGE_HU = 20.0
"""A peak this close to the end of the window belongs to something outside it; four bins of the smoothed histogram."""
LEVEL_HU = 25.0
"""Half height of the lungs differs from the commonest HU by no more: half of what gravity makes of 10 cm."""
"""Fewer, 2-3 ml, give no histogram worth a mode."""


@dataclass(frozen=True, slots=True)
class HealthyLung:
    """HU of healthy lung, vessels taken out.

    Attributes
    ----------
    mode_hu : float
        Commonest HU at half height of the lungs.
    spread_hu : float
        Standard deviation of what lies below the mode: noise and texture, untouched by disease.
    slope_hu_per_mm : float
        Change towards the back (or, in decubitus, towards the left).
    axis : int
        1 rows, 2 columns: the array axis along gravity.
    middle : float
        Index along ``axis`` at which ``mode_hu`` holds.
    spacing_mm : float
        Voxel side along ``axis``, mm.
    assumed : bool
        True where too little aerated lung was left and the prior was taken.
    """

    mode_hu: float
    spread_hu: float
    slope_hu_per_mm: float
    axis: int
    middle: float
    spacing_mm: float
    assumed: bool

    def expected(self, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Return the HU that healthy lung would have; broadcasts over (slice, row, column)."""
        line = self.mode_hu + self.slope_hu_per_mm * self.spacing_mm * (np.arange(shape[self.axis]) - self.middle)
        out = [1, 1, 1]
        out[self.axis] = -1
        return np.asarray(line.reshape(out), dtype=np.float32)


def healthy_lung(
    density: NDArray[np.float32], inner: NDArray[np.bool_], spacing_mm: Spacing, gravity: Gravity
) -> HealthyLung:
    """Estimate healthy lung from the commonest HU in bands along gravity.

    Parameters
    ----------
    density : (slice, row, column) float32
        HU with vessels taken out.
    inner : (slice, row, column) bool
        Lung away from its border.
    spacing_mm : tuple of float
        Along (slice, row, column), mm.
    gravity : {"back", "front", "right", "left", "unknown"}
        Unknown is taken as along the rows, either way.
    """
    axis = 2 if gravity in ("right", "left") else 1
    where = np.nonzero(inner)
    values, place = density[where], where[axis]
    near = (values > -1000) & (values < -500)
    if np.count_nonzero(near) < FEWEST_VOXELS:
        return HealthyLung(PRIOR_HU[0], MAX_SPREAD_HU, 0.0, axis, 0.0, spacing_mm[axis], True)
    values, place = values[near], place[near]
    mode, assumed = _mode(values)
    middle = float(np.median(place))
    slope, mode = (0.0, mode) if assumed else _slope(values, place, mode, middle, spacing_mm[axis], gravity)
    below = values - (mode + slope * spacing_mm[axis] * (place - middle))
    below = below[below < 0]
    # the median of a half Gaussian is 0.674 of its standard deviation; bullae and bronchi have no say
    spread = min(MAX_SPREAD_HU, float(-np.median(below) / 0.674)) if below.size > FEWEST_VOXELS else MAX_SPREAD_HU
    return HealthyLung(mode, spread, slope, axis, middle, spacing_mm[axis], assumed)


def _histogram(values: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    edges = np.arange(-1000.0, -499.0, 5.0)
    counts, _ = np.histogram(values, edges)
    return ndimage.gaussian_filter1d(counts.astype(np.float64), 3), edges[:-1] + 2.5


def _peak(values: NDArray[np.float32]) -> float:
    curve, centres = _histogram(values)
    return float(centres[int(curve.argmax())])


def _mode(values: NDArray[np.float32]) -> tuple[float, bool]:
    curve, centres = _histogram(values)
    weighted = curve * np.exp(-0.5 * ((centres - PRIOR_HU[0]) / PRIOR_HU[1]) ** 2)
    top = float(centres[int(weighted.argmax())])
    close = np.abs(centres - top) <= 30
    mode = float(centres[close][int(curve[close].argmax())])
    if MODE_RANGE_HU[0] <= mode <= MODE_RANGE_HU[1]:
        return mode, False
    return PRIOR_HU[0], True


def _slope(
    values: NDArray[np.float32], place: NDArray[np.intp], mode: float, middle: float, side_mm: float, gravity: Gravity
) -> tuple[float, float]:
    borders = np.quantile(place, np.linspace(0, 1, BANDS + 1))
    modes, places = [], []
    for a, b in pairwise(borders):
        band = values[(place >= a) & (place < b)]
        low, high = mode - 90, mode + 110
        band = band[(band > low) & (band < high)]
        peak = _peak(band) if band.size >= FEWEST_VOXELS else low
        if low + EDGE_HU < peak < high - EDGE_HU:  # a peak at the edge is the foot of a diseased band's own peak
            modes.append(peak)
            places.append((a + b) / 2)
    slopes = [
        (modes[j] - modes[i]) / ((places[j] - places[i]) * side_mm)
        for i in range(len(modes))
        for j in range(i + 1, len(modes))
        if places[j] > places[i]
    ]
    if len(modes) < FEWEST_BANDS:
        return 0.0, mode
    least, most = {
        "back": (0.0, MAX_SLOPE_HU_PER_MM),
        "left": (0.0, MAX_SLOPE_HU_PER_MM),
        "front": (-MAX_SLOPE_HU_PER_MM, 0.0),
        "right": (-MAX_SLOPE_HU_PER_MM, 0.0),
        "unknown": (-MAX_SLOPE_HU_PER_MM, MAX_SLOPE_HU_PER_MM),
    }[gravity]
    slope = float(np.clip(np.median(slopes), least, most))
    level = float(np.median([m - slope * side_mm * (p - middle) for m, p in zip(modes, places, strict=True)]))
    return slope, float(np.clip(level, mode - LEVEL_HU, mode + LEVEL_HU))
