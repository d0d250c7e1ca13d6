"""Ground glass and consolidation by classical image analysis: lung that stays too dense once vessels are taken out.

A guard and a fall-back, not the best one can do: it sees density, not pattern, so crowded vessels, motion, fibrosis
and atelectasis that are thick and dense enough are found as lesions too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from groundglass.analysis.morphology import Spacing, bounding_box, close, components, dilate, open_

GROUND_GLASS, CONSOLIDATION = 1, 2


@dataclass(frozen=True, slots=True)
class LesionRules:
    """Thresholds of the classical engine.

    Attributes
    ----------
    consolidation_hu : float
        Smoothed HU from which a lesion voxel is consolidation.
    """

    consolidation_hu: float = -300.0
    seed_spreads: float = 4.0
    seed_hu: float = 140.0
    grow_spreads: float = 2.5
    grow_hu: float = 90.0
    smallest_ml: float = 0.5
    vessel_hu: float = -450.0
    vessel_mm: float = 5.0
    hilar_vessel_mm: float = 9.0
    hilum_mm: float = 45.0
    rim_mm: float = 2.5
    smooth_mm: float = 2.0


@dataclass(frozen=True, slots=True)
class NormalLung:
    """What the healthy part of these lungs looks like, HU."""

    mode_hu: float
    spread_hu: float


@dataclass(frozen=True, slots=True, eq=False)
class LesionMap:
    """Lesions on the working grid.

    Attributes
    ----------
    labels : (slice, row, column) uint8
        1 ground glass, 2 consolidation.
    density : (slice, row, column) float32
        HU with vessels taken out and noise smoothed; -1024 outside the lungs.
    normal : NormalLung
        What was taken as healthy.
    """

    labels: NDArray[np.uint8]
    density: NDArray[np.float32]
    normal: NormalLung


def find_lesions(
    hu: NDArray[np.int16],
    lungs: NDArray[np.uint8],
    *,
    depth_mm: NDArray[np.float32],
    hilum_mm: NDArray[np.float32],
    spacing_mm: Spacing,
    rules: LesionRules | None = None,
) -> LesionMap:
    """Find lesions."""
    rules = rules or LesionRules()
    labels = np.zeros(hu.shape, dtype=np.uint8)
    density = np.full(hu.shape, -1024, dtype=np.float32)
    box = bounding_box(lungs > 0, 4)
    if box is None:
        return LesionMap(labels, density, NormalLung(-850.0, 40.0))
    lung, hu_box = lungs[box] > 0, hu[box]
    vessels = find_vessels(hu_box, lung, hilum_mm[box], spacing_mm, rules)
    inner = lung & (depth_mm[box] > rules.rim_mm)
    smooth = masked_blur(hu_box, inner & ~vessels, lung, rules.smooth_mm, spacing_mm)
    normal = healthy(smooth, inner)
    seed = inner & (smooth > normal.mode_hu + max(rules.seed_spreads * normal.spread_hu, rules.seed_hu))
    grow = lung & (smooth > normal.mode_hu + max(rules.grow_spreads * normal.spread_hu, rules.grow_hu))
    grow = open_(grow, 2.0, spacing_mm)
    found = _with_seeds(grow, seed, spacing_mm, rules)
    found = close(found, 4.0, spacing_mm) & lung
    kind = np.where(smooth >= rules.consolidation_hu, CONSOLIDATION, GROUND_GLASS)
    labels[box] = np.where(found, kind, 0).astype(np.uint8)
    density[box] = np.where(lung, smooth, -1024)
    return LesionMap(labels, density, normal)


def find_vessels(
    hu: NDArray[np.int16],
    lung: NDArray[np.bool_],
    hilum_mm: NDArray[np.float32],
    spacing_mm: Spacing,
    rules: LesionRules,
) -> NDArray[np.bool_]:
    """Find what is dense and thin: vessels, fissures, walls of airways."""
    dense = lung & (hu > rules.vessel_hu)
    near = hilum_mm < rules.hilum_mm
    thick = open_(dense, rules.vessel_mm, spacing_mm) & ~near
    thick |= open_(dense, rules.hilar_vessel_mm, spacing_mm)
    return dilate(dense & ~thick, 1.2 * max(spacing_mm[1:]), spacing_mm) & lung & ~thick


def masked_blur(
    hu: NDArray[np.int16], weight: NDArray[np.bool_], where: NDArray[np.bool_], sigma_mm: float, spacing_mm: Spacing
) -> NDArray[np.float32]:
    """Average over the voxels with weight only; -1024 where none is near."""
    sigma = [sigma_mm / mm for mm in spacing_mm]
    w = weight.astype(np.float32)
    total = ndimage.gaussian_filter(w * hu, sigma, truncate=2.5)
    share = ndimage.gaussian_filter(w, sigma, truncate=2.5)
    out = np.full(hu.shape, -1024, dtype=np.float32)
    np.divide(total, share, out=out, where=where & (share > 0.02))
    return out


def healthy(smooth: NDArray[np.float32], inner: NDArray[np.bool_]) -> NormalLung:
    """Take the mode of the aerated lung, and the spread of what is thinner than the mode."""
    values = smooth[inner & (smooth > -1000) & (smooth < -550)]
    if values.size < 1000:
        return NormalLung(-850.0, 40.0)
    counts, edges = np.histogram(values, np.arange(-1000, -545, 8))
    curve = ndimage.gaussian_filter1d(counts.astype(np.float64), 2)
    mode = float(edges[int(curve.argmax())] + 4)
    below = values[values <= mode]
    return NormalLung(mode, float(np.sqrt(np.mean((below - mode) ** 2))))


def _with_seeds(
    grow: NDArray[np.bool_], seed: NDArray[np.bool_], spacing_mm: Spacing, rules: LesionRules
) -> NDArray[np.bool_]:
    voxel_ml = float(np.prod(spacing_mm)) / 1000.0
    labels, sizes = components(grow)
    seeds = np.bincount(labels.ravel(), weights=seed.ravel(), minlength=len(sizes))
    keep = (sizes * voxel_ml >= rules.smallest_ml) & (seeds * voxel_ml >= 0.3 * rules.smallest_ml)
    keep[0] = False
    return np.asarray(keep[labels])
