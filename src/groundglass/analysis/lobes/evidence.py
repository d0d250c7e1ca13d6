"""What speaks for a fissure at a place: a thin sheet brighter than the lung on both sides, and no vessels near it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from groundglass.analysis.lobes.frames import IN_PLANE_MM, Frame, Heights, take_columns
from groundglass.analysis.morphology import Spacing, distance_inside_mm
from groundglass.analysis.vessels import masked_blur

BACKGROUND_MM = 7.0
"""Blur of the density of the lung around: several times the thickness of a sheet, less than a lesion."""
SHEET_MOST_HU = 110.0
"""A fissure 1 mm thick is at most this much denser than its lung at 2 mm; what is denser counts as no more."""
VESSEL_HU = 150.0
"""Denser than the lung around by this much: a vessel, at 2 mm."""
AIRLESS_HU = -500.0
"""In lung denser than this no sheet can be told."""
BORDER_MM = 4.0
"""Nearer to the lung's border its blur decides, not a fissure."""
FLANK_MM = 4.0
"""The lung on both sides is taken this far off: beyond the blur of a sheet, within the zone without larger vessels."""
VESSEL_BLUR = 1.5
"""Vessels are counted over this many times the blur along the plane: they are scattered, a sheet is not."""
Scale = tuple[float, float]
"""Median and spread."""
LEAST_TOLD = 100
"""Fewer samples tell no spread."""
STRONGEST = 4.0
"""In spreads; so that no single bright place outweighs many."""
_MAPS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Maps:
    """Pictures of one lung, its columns brought to those of the frames.

    Attributes
    ----------
    stack : (slice, row, map, x) float32
        Map 0: HU above the lung around, cut at what a fissure can be, 0 where map 1 is; map 1: 1 in air-filled lung
        away from border and vessels, where a sheet would be seen; map 2: 1 in vessels.
    lung : (slice, row, x) float32
        1 in the lung.
    spacing_mm : tuple of float
        Along (slice, row), mm.
    """

    stack: NDArray[np.float32]
    lung: NDArray[np.float32]
    spacing_mm: tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What speaks for a fissure at each sample of a frame.

    Attributes
    ----------
    sheet, crowd : (u, x, n) float32
        How far a sheet stands above both sides, HU; vessels around, as a share.
    told : (u, x, n) float32
        0..1: how much can be told.
    n_mm : (n,) float64
        Heights, mm.
    scale : tuple of (float, float)
        Median and spread of sheets and of vessels over all these samples.
    """

    sheet: NDArray[np.float32]
    crowd: NDArray[np.float32]
    told: NDArray[np.float32]
    n_mm: NDArray[np.float64]
    scale: tuple[Scale, Scale]

    def score(self, scale: tuple[Scale, Scale] | None = None) -> NDArray[np.float32]:
        """Return spreads above lung without a fissure, (u, x, n) float32; 0 where nothing can be told.

        Parameters
        ----------
        scale : tuple of (float, float), optional
            Counted by this scale instead: close to a fissure its own sheet widens the spread.
        """
        by = scale or self.scale
        return np.asarray((_standard(self.sheet, by[0]) - _standard(self.crowd, by[1])) * self.told, dtype=np.float32)


def maps(hu: NDArray[np.int16], lung: NDArray[np.bool_], spacing_mm: Spacing, frame: Frame) -> Maps:
    """Prepare the pictures that are sampled.

    Parameters
    ----------
    hu : (slice, row, column) int16
        Working grid, HU.
    lung : (slice, row, column) bool
        One lung, airways out.
    spacing_mm : tuple of float
        Along (slice, row, column), mm.
    frame : Frame
        Any of the lung: they share their columns.
    """
    values = hu.astype(np.float32)
    # vessels raise the lung around no more than the densest ground glass would
    around, _ = masked_blur(np.minimum(values, np.float32(AIRLESS_HU + 200)), lung, BACKGROUND_MM, spacing_mm)
    above = values - around
    vessel = lung & (above > VESSEL_HU)
    depth = distance_inside_mm(lung, spacing_mm)
    clear = (depth > BORDER_MM) & (around < AIRLESS_HU) & ~ndimage.binary_dilation(vessel)
    bright = np.where(clear, np.clip(above, -SHEET_MOST_HU, SHEET_MOST_HU), 0)
    parts = [take_columns(np.asarray(p, np.float32), frame, spacing_mm) for p in (bright, clear, vessel, lung)]
    return Maps(np.stack(parts[:_MAPS], axis=2), parts[_MAPS], spacing_mm[:2])


def sample(
    frame: Frame, pictures: Maps, n_mm: NDArray[np.float64], surface: Heights | None = None
) -> list[NDArray[np.float32]]:
    """Sample the pictures at heights above the plane, or above a surface: (u, x, n) float32 each, 0 outside."""
    z, y = (p / mm for p, mm in zip(frame.points_mm(n_mm, surface), pictures.spacing_mm, strict=True))
    shape = pictures.stack.shape
    outside = (z < 0) | (z > shape[0] - 1) | (y < 0) | (y > shape[1] - 1)
    z0, y0 = np.clip(z.astype(np.intp), 0, shape[0] - 2), np.clip(y.astype(np.intp), 0, shape[1] - 2)
    z1, y1 = np.where(outside, 0, z - z0).astype(np.float32), np.where(outside, 0, y - y0).astype(np.float32)
    here = np.where(outside, np.float32(0), np.float32(1))
    weights = (((1 - z1) * (1 - y1) * here, 0, 0), ((1 - z1) * y1, 0, 1), (z1 * (1 - y1), 1, 0), (z1 * y1, 1, 1))
    if surface is None:
        # all columns at once: they lie side by side
        total = sum(w[:, 0, :, None, None] * pictures.stack[z0[:, 0] + i, y0[:, 0] + j] for w, i, j in weights)
        found = np.asarray(total).transpose(2, 0, 3, 1)
    else:
        x = np.arange(shape[3])[None, :, None]
        found = np.stack([sum(w * pictures.stack[z0 + i, y0 + j, m, x] for w, i, j in weights) for m in range(_MAPS)])
    return [np.ascontiguousarray(part, dtype=np.float32) for part in found]


def evidence(
    frame: Frame,
    pictures: Maps,
    n_mm: NDArray[np.float64],
    *,
    smooth_mm: float,
    surface: Heights | None = None,
) -> Evidence:
    """Measure what speaks for a fissure at each sample.

    Parameters
    ----------
    frame : Frame
        Where.
    pictures : Maps
        Of the lung.
    n_mm : (n,) float64
        Heights above the plane, evenly spaced, mm.
    smooth_mm : float
        Averaged along the plane with this standard deviation, mm.
    surface : (u, x) float32, optional
        Heights count from it.
    """
    step = float(n_mm[1] - n_mm[0])
    bright, clear, vessel = sample(frame, pictures, n_mm, surface)
    sigma = smooth_mm / IN_PLANE_MM
    share = _along(clear, sigma)
    mean = _along(bright, sigma) / np.maximum(share, np.float32(0.05))
    flank = max(1, round(FLANK_MM / step))
    padded = np.pad(mean, ((0, 0), (0, 0), (flank, flank)), mode="edge")
    below, above = mean - padded[:, :, : -2 * flank], mean - padded[:, :, 2 * flank :]
    # a step in density is no sheet: it must stand above both sides
    sheet = np.minimum(0.5 * (below + above), 2 * np.minimum(below, above))
    crowd = _along(ndimage.gaussian_filter1d(vessel, FLANK_MM / step, axis=2, mode="nearest"), VESSEL_BLUR * sigma)
    told = np.clip(share * 1.5 - 0.25, 0, 1)
    return Evidence(
        np.asarray(sheet, np.float32),
        np.asarray(crowd, np.float32),
        np.asarray(told, np.float32),
        n_mm,
        (_scale(sheet, told), _scale(crowd, told)),
    )


def _along(values: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Blur along the plane only."""
    return np.asarray(ndimage.gaussian_filter(values, (sigma, sigma, 0), mode="nearest", truncate=2.5))


def _scale(values: NDArray[np.float32], told: NDArray[np.float32]) -> Scale:
    """Return median and spread over the samples at which something can be told."""
    inside = values[told > 0.5]
    if inside.size < LEAST_TOLD:
        return 0.0, float("inf")
    middle = float(np.median(inside))
    # a robust spread is 0 for what is mostly nothing, such as vessels
    return middle, (1.4826 * float(np.median(np.abs(inside - middle))) + 0.5 * float(inside.std())) / 1.5 + 1e-6


def _standard(values: NDArray[np.float32], scale: Scale) -> NDArray[np.float32]:
    middle, spread = np.float32(scale[0]), np.float32(scale[1])
    return np.asarray(np.clip((values - middle) / spread, -STRONGEST, STRONGEST), dtype=np.float32)
