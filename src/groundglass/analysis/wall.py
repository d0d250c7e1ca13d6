"""The chest wall seen from the middle of the chest: how far lung reaches along each ray, and where the ribs begin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from groundglass.analysis.morphology import Spacing

RAYS = 180
"""One ray every 2 degrees: 4 mm apart at the ribs."""
STEP_MM = 2.0
"""Along a ray: one working voxel."""
BONE_HU = 170
"""Above muscle, liver and unopacified blood at 2 mm; ribs average 200-600 HU."""
WALL_HU = 95
"""Ribs blurred by thick slices and costal cartilage (80-150 HU); consolidated lung without contrast stays below."""
BAY_WINDOW = (120.0, 70.0)
"""Dense lung makes a bay in the outer surface of the air-filled lung, narrower than this along the body (mm) or around
it (degrees); what bulges out between ribs makes none."""
BAY_SLACK_MM = 2.0
DEEP_MM = 20.0
"""Layers deeper than this behind air-filled lung need not make a bay: chest wall between ribs is thinner."""
SCAPULA_SHARE = 0.6
"""Above this share of the lungs' height a ray between two ribs may end at the shoulder blade, behind muscle."""
RIB_OPENING_MM = 34.0
"""Ribs follow each other every 20-30 mm along the body; a wall seen between two of them is no wall."""
RIB_OPENING_DEGREES = 10.0
PLEURA_MM = (2.0, 9.0)
"""Lung ends this far from the inner side of the ribs; the local median is taken within these limits: where ribs slant
(upper chest) the way along a ray is longer."""
PLEURA_WINDOW = (50.0, 60.0)
"""Window of that median: mm along the body, degrees around it."""
THINNEST_MM = 5.0
"""Thinner layers are partial volume, pleura, muscle or fat."""
THICKEST_MM = (35.0, 100.0)
"""Lung, then more than the first, then rib: the ray crossed the heart or the liver, unless it ran through air-filled
lung for PATH_MM before, and not towards the front; never more than the second."""
PATH_MM = 24.0
"""A centimetre of lung on either side is more than the tongue of lung before heart or liver."""
FRONT_DEGREES = 65.0
"""The heart lies within this of straight forward."""
APEX_MM = 30.0
"""Above the first rib no rib bounds the lung: near the top only thin layers are believed."""
APEX_THICKEST_MM = 6.0


@dataclass(frozen=True, slots=True, eq=False)
class Rays:
    """Polar coordinates about one point of the axial plane, the same for every slice.

    Attributes
    ----------
    pixels : (ray, step) intp
        Flat pixel of each sample; samples outside the picture repeat the last one inside.
    inside : (ray, step) bool
        Whether the sample lies in the picture.
    ray : (row, column) intp
        Nearest ray of each pixel.
    radius_mm : (row, column) float32
        Distance of each pixel from the centre.
    """

    pixels: NDArray[np.intp]
    inside: NDArray[np.bool_]
    ray: NDArray[np.intp]
    radius_mm: NDArray[np.float32]


def rays_about(centre: tuple[float, float], shape: tuple[int, int], spacing_mm: Spacing) -> Rays:
    """Lay out rays about a (row, column) point."""
    height, width = shape
    row_mm = (np.arange(height) - centre[0]) * spacing_mm[1]
    column_mm = (np.arange(width) - centre[1]) * spacing_mm[2]
    radius = np.hypot(row_mm[:, None], column_mm[None, :])
    angle = np.arctan2(row_mm[:, None], column_mm[None, :])
    ray = np.rint(angle / (2 * np.pi) * RAYS).astype(np.intp) % RAYS
    steps = int(np.ceil(radius.max() / STEP_MM)) + 1
    theta = np.arange(RAYS) * (2 * np.pi / RAYS)
    distance = np.arange(steps) * STEP_MM
    rows = np.rint(centre[0] + np.sin(theta)[:, None] * distance / spacing_mm[1]).astype(np.intp)
    columns = np.rint(centre[1] + np.cos(theta)[:, None] * distance / spacing_mm[2]).astype(np.intp)
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    pixels = np.clip(rows, 0, height - 1) * width + np.clip(columns, 0, width - 1)
    return Rays(pixels, inside, ray, radius.astype(np.float32))


def dense_towards_wall(
    hu: NDArray[np.int16],
    aerated: NDArray[np.bool_],
    body: NDArray[np.bool_],
    centre: tuple[float, float],
    spacing_mm: Spacing,
) -> NDArray[np.bool_]:
    """Find what lies between the outermost air-filled lung and the ribs, ray by ray.

    Parameters
    ----------
    hu : (slice, row, column) int16
        Working grid, HU.
    aerated : (slice, row, column) bool
        Lung found so far.
    body : (slice, row, column) bool
        The patient.
    centre : tuple of float
        (row, column) of a point between the lungs.
    spacing_mm : tuple of float
        Along (slice, row, column), mm.

    Returns
    -------
    (slice, row, column) bool
        Everything between lung and wall, whatever its density.
    """
    rays = rays_about(centre, hu.shape[1:], spacing_mm)
    flat = rays.pixels.ravel()
    steps = rays.pixels.shape[1]
    inside = rays.inside & (body.any(axis=0).ravel()[flat].reshape(rays.pixels.shape))
    samples = aerated.reshape(len(hu), -1)[:, flat].reshape(len(hu), RAYS, steps) & inside
    seen = samples.any(axis=2)
    outermost = np.where(seen, steps - 1 - np.argmax(samples[:, :, ::-1], axis=2), 0)
    solid = ndimage.uniform_filter(hu, size=(1, 3, 3), mode="nearest") > WALL_HU
    bone = solid.reshape(len(hu), -1)[:, flat].reshape(len(hu), RAYS, steps) & inside
    beyond = np.arange(steps)[None, None, :] > outermost[:, :, None]
    bone &= beyond
    hit = bone.any(axis=2)
    first = np.argmax(bone, axis=2)
    far = float(steps * STEP_MM)
    lung_mm = (outermost * STEP_MM).astype(np.float32)
    bone_mm = np.where(hit & seen, first * STEP_MM, far).astype(np.float32)
    # an opening: stripes between ribs, narrower than its window, sink to the ribs' level
    size = _window((RIB_OPENING_MM, RIB_OPENING_DEGREES), spacing_mm[0])
    lowest = ndimage.minimum_filter(bone_mm, size=size, mode=("nearest", "wrap"))
    wall_mm = ndimage.maximum_filter(lowest, size=size, mode=("nearest", "wrap"))
    wall_mm = np.minimum(wall_mm, bone_mm)
    gap = wall_mm - lung_mm
    known = seen & (wall_mm < far)
    pleura = _local_median(gap, known, spacing_mm[0])
    layer = gap - pleura
    theta = np.arange(RAYS) * (360.0 / RAYS)  # 0 towards the left of the patient, 90 to the back, 270 to the front
    front = np.abs(theta - 270.0) < FRONT_DEGREES
    path_mm = samples.sum(axis=2) * STEP_MM
    thickest = np.where((path_mm >= PATH_MM) & ~front[None, :], THICKEST_MM[1], THICKEST_MM[0])
    thick = known & (layer >= THINNEST_MM) & (layer <= thickest)
    size = _window(BAY_WINDOW, spacing_mm[0])
    surface = ndimage.minimum_filter(
        ndimage.maximum_filter(lung_mm, size=size, mode=("nearest", "wrap")), size=size, mode=("nearest", "wrap")
    )
    bay = np.minimum(wall_mm - pleura, surface + BAY_SLACK_MM)
    heights = np.flatnonzero(np.asarray(seen).any(axis=1))
    low = np.arange(len(hu)) < (heights[0] + SCAPULA_SHARE * (heights[-1] - heights[0]) if heights.size else 0)
    deep = (layer >= DEEP_MM) & (path_mm >= PATH_MM) & ~front[None, :] & low[:, None]
    limit_mm = np.where(thick, np.where(deep, wall_mm - pleura, bay), 0.0).astype(np.float32)
    limit_mm[limit_mm - lung_mm < THINNEST_MM] = 0.0
    if heights.size:
        apex = np.arange(len(hu)) > heights[-1] - APEX_MM / spacing_mm[0]
        limit_mm[apex] = np.minimum(limit_mm[apex], lung_mm[apex] + APEX_THICKEST_MM)
    between = (rays.radius_mm[None] > lung_mm[:, rays.ray]) & (rays.radius_mm[None] <= limit_mm[:, rays.ray])
    return np.asarray(between & body)


def _window(extent: tuple[float, float], slice_mm: float) -> tuple[int, int]:
    """Return the odd window in (slices, rays) of an extent in (mm, degrees)."""
    return max(3, round(extent[0] / slice_mm) | 1), max(3, round(extent[1] * RAYS / 360) | 1)


def _local_median(gap: NDArray[np.float32], known: NDArray[np.bool_], slice_mm: float) -> NDArray[np.float32]:
    """Return the median gap around each ray, within the limits of the pleura."""
    filled = np.clip(np.where(known, gap, PLEURA_MM[0]), 0.0, 2 * PLEURA_MM[1]).astype(np.float32)
    along, around = max(1, round(6.0 / slice_mm)), 4  # every 6 mm, every 8 degrees: the median is slow and smooth
    size = _window((PLEURA_WINDOW[0], PLEURA_WINDOW[1] / around), along * slice_mm)
    pad = size[1] // 2
    turning = np.pad(filled[::along, ::around], ((0, 0), (pad, pad)), mode="wrap")
    coarse = ndimage.median_filter(turning, size=size, mode="nearest")[:, pad:-pad]
    fine = coarse.repeat(along, axis=0)[: len(gap)].repeat(around, axis=1)[:, :RAYS]
    return np.asarray(np.clip(fine, *PLEURA_MM), dtype=np.float32)
