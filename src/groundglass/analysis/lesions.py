"""Ground glass and consolidation by classical image analysis: lung that stays too dense once vessels are taken out.

A guard and a fall-back, not the best one can do: it sees density, not pattern, so crowded vessels, motion, fibrosis
and atelectasis that are thick and dense enough are found as lesions too, and the faintest ground glass is not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundglass.analysis.morphology import Spacing, bounding_box, close, components, distance_to_mm, erode, open_
from groundglass.analysis.parenchyma import PRIOR_HU, HealthyLung, healthy_lung
from groundglass.analysis.reading import Gravity
from groundglass.analysis.vessels import NO_SHARE, find_vessels, masked_blur, open_in_plane

GROUND_GLASS, CONSOLIDATION = 1, 2


@dataclass(frozen=True, slots=True)
class LesionRules:
    """Thresholds of the classical engine; the reason of each stands beside it.

    Attributes
    ----------
    consolidation_hu : float
        Smoothed HU from which a lesion voxel is consolidation.
    seed_hu, grow_hu : float
        A lesion holds lung this much denser than healthy, and reaches as far as it is this much denser.
    seed_spreads, grow_spreads : float
        The same in spreads of healthy lung, for noisy pictures; the larger counts.
    seed_radius_mm : float
        A lesion somewhere holds a ball of this radius.
    smallest_ml : float
        Smaller finds are dropped.
    closing_mm : float
        Gaps a reader's outline would pass over.
    rim_mm : float
        Border of the lung where partial volume and breathing blur density; it starts no lesion.
    inexact_hu : float
        Added to ``grow_hu`` where HU are approximate.
    hilum_hu, hilum_mm : float, tuple of float
        Added to the upper threshold close to the main bronchi, fading out between the two distances.
    dependent_hu, dependent_mm : float
        Added at the lower lying border of the lung, fading out over this depth.
    moving_hu, moving_mm : float, tuple of float
        Added next to the heart and above the diaphragm, fading out between the two distances.
    """

    consolidation_hu: float = -300.0
    seed_hu: float = 150.0
    grow_hu: float = 95.0
    seed_spreads: float = 5.0
    grow_spreads: float = 4.0
    seed_radius_mm: float = 3.0
    smallest_ml: float = 0.5
    closing_mm: float = 4.0
    rim_mm: float = 2.5
    inexact_hu: float = 15.0
    hilum_hu: float = 80.0
    hilum_mm: tuple[float, float] = (10.0, 35.0)
    dependent_hu: float = 40.0
    dependent_mm: float = 15.0
    moving_hu: float = 60.0
    moving_mm: tuple[float, float] = (4.0, 12.0)


RULE_REASONS: dict[str, str] = {
    "consolidation_hu": "Between the densest ground glass and airless lung; cuts in use run from -500 to -200.",
    "seed_hu": "With grow_hu the best agreement with the drawn masks of eight chests, and none in a normal one.",
    "grow_hu": "Between healthy lung and the faintest ground glass of the phantoms' train variant (90-240 HU denser).",
    "seed_spreads": "Noise alone passes 5 standard deviations nowhere in a million voxels.",
    "grow_spreads": "Likewise, one step lower.",
    "seed_radius_mm": "Thinner is a vessel, a fissure or a band at the pleura.",
    "smallest_ml": "A ball of 10 mm, about the smallest lesion drawn in the 50 masks of COVID19_1110 (0.38 ml).",
    "closing_mm": "Readers outline the region, vessels and small clear gaps inside included.",
    "rim_mm": "One voxel of the working grid, with the point spread of the scanner.",
    "inexact_hu": "With it, 110: voxelwise best single threshold over six chests with drawn masks and approximate HU.",
    "hilum_hu": "Vessels and bronchial walls make up to a third of the lung there and are not all taken out.",
    "hilum_mm": "Lobar and first segmental branches.",
    "dependent_hu": "Gravitational change where it can be told apart is no lesion (readme of COVID19_1110).",
    "dependent_mm": "Dependent density is usually a band thinner than 10 mm.",
    "moving_hu": "Heartbeat and breathing smear soft tissue over lung; reaching half-way would be 400 HU.",
    "moving_mm": "The dome moves several millimetres during a scan, the border of the heart up to 10 mm.",
}

BLUR_MM = 1.2
"""Before vessels are opened away: little, so that they stay thin."""
SMOOTH_MM = 2.5
"""Afterwards: readers outline regions, not voxels; what was taken out takes on what lies around it."""
SOLID_MM = 2.0
"""Blur before the split into ground glass and consolidation: noise and septa do not decide."""
SMEAR_HU = 60.0
"""Smoothing raises a voxel by no more than this: noise at 2 mm is less, the smear around consolidation is more."""
SMALLEST_RADIUS_MM = 2.0
"""Of the outline: thinner tongues are fissures and vessels that hang on to a lesion."""
OPENING_MM = (2.0, 4.5)
OPENING_PER_SLICE = 0.75
"""Half-width of the square that removes what is left of vessels, as a part of the slice spacing, within the limits
before: thick slices blur vessels that cross them into broad grey bands."""
THICK_SLICE_MM = 2.6
"""From here a voxel whose upper or lower neighbour is no lung counts as border: the dome of the diaphragm."""


@dataclass(frozen=True, slots=True, eq=False)
class Excess:
    """How much denser than healthy the lungs are, on a box of the working grid.

    Attributes
    ----------
    box : tuple of slice
        Part of the working grid that holds the lungs.
    hu : (slice, row, column) float32
        Excess over healthy lung, HU, vessels out, less what is allowed at the hilum and in the dependent border.
    hilum_hu : (slice, row, column) float32
        What was allowed at the hilum; a lesion that starts elsewhere may grow into it.
    solid : (slice, row, column) float32
        HU of the lungs, smoothed, vessels in.
    lung, inner : (slice, row, column) bool
        The lungs; the part away from the border.
    healthy : HealthyLung
        What was taken as healthy.
    pixel_mm2 : float
        Area of a voxel in its slice, mm2.
    """

    box: tuple[slice, slice, slice]
    hu: NDArray[np.float32]
    hilum_hu: NDArray[np.float32]
    solid: NDArray[np.float32]
    lung: NDArray[np.bool_]
    inner: NDArray[np.bool_]
    healthy: HealthyLung
    pixel_mm2: float


@dataclass(frozen=True, slots=True, eq=False)
class LesionMap:
    """Lesions on the working grid.

    Attributes
    ----------
    labels : (slice, row, column) uint8
        1 ground glass, 2 consolidation.
    excess : Excess or None
        What they were cut from; None where there are no lungs.
    seeded : int
        Voxels of :func:`seeded`, before they were outlined.
    """

    labels: NDArray[np.uint8]
    excess: Excess | None
    seeded: int = 0


def find_lesions(
    hu: NDArray[np.int16],
    lungs: NDArray[np.uint8],
    *,
    depth_mm: NDArray[np.float32],
    hilum_mm: NDArray[np.float32],
    spacing_mm: Spacing,
    gravity: Gravity = "unknown",
    rules: LesionRules | None = None,
) -> LesionMap:
    """Find lesions.

    Parameters
    ----------
    hu : (slice, row, column) int16
        Working grid, HU.
    lungs : (slice, row, column) uint8
        0 outside; dense lung inside.
    depth_mm : (slice, row, column) float32
        Distance to the border of the lungs, mm.
    hilum_mm : (slice, row, column) float32
        Distance to trachea and main bronchi, mm; infinite where unknown.
    spacing_mm : tuple of float
        Along (slice, row, column), mm.
    gravity : {"back", "front", "right", "left", "unknown"}
        Where fluid lies.
    rules : LesionRules, optional
        Thresholds.
    """
    rules = rules or LesionRules()
    labels = np.zeros(hu.shape, dtype=np.uint8)
    excess = find_excess(
        hu, lungs, depth_mm=depth_mm, hilum_mm=hilum_mm, spacing_mm=spacing_mm, gravity=gravity, rules=rules
    )
    number = 0
    if excess is not None:
        raw = seeded(excess, spacing_mm, rules)
        number = int(np.count_nonzero(raw))
        found = outlined(raw, excess.lung, spacing_mm, rules)
        kind = np.where(excess.solid >= rules.consolidation_hu, CONSOLIDATION, GROUND_GLASS)
        labels[excess.box] = np.where(found, kind, 0).astype(np.uint8)
    return LesionMap(labels, excess, number)


def find_excess(
    hu: NDArray[np.int16],
    lungs: NDArray[np.uint8],
    *,
    depth_mm: NDArray[np.float32],
    hilum_mm: NDArray[np.float32],
    spacing_mm: Spacing,
    gravity: Gravity = "unknown",
    rules: LesionRules | None = None,
) -> Excess | None:
    """Measure how much denser than healthy the lungs are; parameters as :func:`find_lesions`."""
    rules = rules or LesionRules()
    box = bounding_box(lungs > 0, 4)
    if box is None:
        return None
    lung, values, hilum = lungs[box] > 0, hu[box], hilum_mm[box]
    inner = lung & (depth_mm[box] > rules.rim_mm)
    if spacing_mm[0] > THICK_SLICE_MM:
        inner[:-1] &= lung[1:]
        inner[1:] &= lung[:-1]
    evidence = inner & ~find_vessels(values, lung, hilum, spacing_mm)
    raw = values.astype(np.float32)
    near, share = masked_blur(raw, evidence, BLUR_MM, spacing_mm)
    known = lung & (share > NO_SHARE)
    opened = open_in_plane(near, known, float(np.clip(OPENING_PER_SLICE * spacing_mm[0], *OPENING_MM)), spacing_mm)
    density, share = masked_blur(opened, known & inner, SMOOTH_MM, spacing_mm)
    density[share <= NO_SHARE] = PRIOR_HU[0]
    # smoothing must not carry dense lung beyond its border
    density = np.where(known, np.minimum(density, opened + SMEAR_HU), density)
    healthy = healthy_lung(density, inner, spacing_mm, gravity)
    excess = density - healthy.expected(density.shape)
    at_hilum = rules.hilum_hu * _fade(hilum, *rules.hilum_mm)
    excess -= at_hilum
    excess -= rules.dependent_hu * _dependent(lung, healthy, gravity, rules.dependent_mm)
    solid, _ = masked_blur(raw, lung, SOLID_MM, spacing_mm)
    if rules.moving_hu:
        excess -= rules.moving_hu * _fade(distance_to_mm(_moving(lung), spacing_mm), *rules.moving_mm)
    return Excess(box, excess, at_hilum, solid, lung, inner, healthy, spacing_mm[1] * spacing_mm[2])


def outlined(
    raw: NDArray[np.bool_], lung: NDArray[np.bool_], spacing_mm: Spacing, rules: LesionRules
) -> NDArray[np.bool_]:
    """Give the lesions the outline that a reader would draw: no thin tongues, no small gaps.

    Parameters
    ----------
    raw : (slice, row, column) bool
        Of :func:`seeded`.
    lung : (slice, row, column) bool
        Both lungs.
    spacing_mm : tuple of float
        Along (slice, row, column), mm.
    rules : LesionRules
        Thresholds.
    """
    out = raw.copy()
    box = bounding_box(out, 1 + int(np.ceil(rules.closing_mm / min(spacing_mm))))
    if box is not None:
        out[box] = close(open_(out[box], SMALLEST_RADIUS_MM, spacing_mm), rules.closing_mm, spacing_mm)
    return np.asarray(out & lung)


def seeded(excess: Excess, spacing_mm: Spacing, rules: LesionRules, *, shift_hu: float = 0.0) -> NDArray[np.bool_]:
    """Return what is denser than the lower threshold and holds enough that is denser than the upper one.

    Parameters
    ----------
    excess : Excess
        Of the lungs.
    spacing_mm : tuple of float
        Along (slice, row, column), mm.
    rules : LesionRules
        Thresholds.
    shift_hu : float
        Added to both thresholds, HU: how the result would change with them.

    Returns
    -------
    (slice, row, column) bool
        On the box of the excess.
    """
    spread, voxel_ml = excess.healthy.spread_hu, float(np.prod(spacing_mm)) / 1000.0
    seed_hu = max(rules.seed_hu, rules.seed_spreads * spread) + shift_hu
    grow_hu = max(rules.grow_hu, rules.grow_spreads * spread) + shift_hu
    seed = erode(excess.inner & (excess.hu > seed_hu), rules.seed_radius_mm, spacing_mm)
    labels, sizes = components(excess.lung & (excess.hu + excess.hilum_hu > grow_hu))
    keep = np.zeros(len(sizes), dtype=bool)
    keep[labels[seed]] = True
    keep &= sizes * voxel_ml >= rules.smallest_ml
    keep[0] = False
    return np.asarray(keep[labels])


def _fade(distance_mm: NDArray[np.float32], near_mm: float, far_mm: float) -> NDArray[np.float32]:
    return np.asarray(np.clip((far_mm - distance_mm) / np.float32(far_mm - near_mm), 0, 1), dtype=np.float32)


def _moving(lung: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the borders that move: what lies between the lungs in their front half, and right below lung."""
    index = np.arange(lung.shape[2])
    first = np.where(lung, index, lung.shape[2]).min(axis=2, keepdims=True)
    last = np.where(lung, index, -1).max(axis=2, keepdims=True)
    rows = np.arange(lung.shape[1])[None, :]
    area = np.maximum(lung.sum(axis=(1, 2)), 1)[:, None]
    middle = (lung.sum(axis=2) * rows).sum(axis=1, keepdims=True) / area
    out = ~lung & (index > first) & (index < last) & (rows <= middle)[:, :, None]
    out[:-1] |= lung[1:] & ~lung[:-1]
    return np.asarray(out)


def _dependent(lung: NDArray[np.bool_], healthy: HealthyLung, gravity: Gravity, depth_mm: float) -> NDArray[np.float32]:
    """Return 1 at the lower lying border of the lung, fading to 0 at ``depth_mm``; lying on the back unless known."""
    axis = healthy.axis
    backwards = gravity in ("front", "right") or (gravity == "unknown" and healthy.slope_hu_per_mm < 0)
    facing = np.flip(lung, axis) if backwards else lung
    index = np.arange(lung.shape[axis]).reshape([-1 if a == axis else 1 for a in range(3)])
    last = np.where(facing, index, -1).max(axis=axis, keepdims=True)
    out = np.clip(1.0 - (last - index) * healthy.spacing_mm / depth_mm, 0, 1).astype(np.float32)
    return np.asarray(np.flip(out, axis) if backwards else out)
