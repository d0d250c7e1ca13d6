"""Lesions painted into a picture: fluid takes the place of air, vessels and bronchi stay where they would."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from groundglass.analysis.morphology import dilate_in_plane, dilate_slices
from groundglass.training.synthesis.chest import Chest, Field
from groundglass.training.synthesis.design import Design, Maker, Tube
from groundglass.training.synthesis.tissue import Noise, edge_blur_mm, open_bronchi

TISSUE_HU = 40.0
"""What fills alveoli in ground glass: water, cells and blood, as soft tissue."""
RIM_MM = 2.6
"""Partial volume reaches this far beyond an outline drawn at half height."""
TOUCHING_MM = 1.2
"""A voxel so near to lung (at least the next one) that is darker than soft tissue is partly air."""
LEAST_WEIGHT = 0.004
"""Share of lung in a blurred voxel beside it: a slice away it is about 1 %."""
AIRWAY_MM = 2.0
"""Walls of central airways beside the lung keep their place."""
BRIGHT_HU = 70.0
"""Vessels this much denser than consolidation (contrast) and calcium stay visible in it."""
SEPTUM = 0.3
"""Thickened septa fill this share of the air on top of the ground glass between them."""
LUMEN_HU = -920.0
"""Air of a drawn bronchus, less a little for its wall."""


def paint(
    chest: Chest,
    design: Design,
    maker: Maker,
    *,
    labels: NDArray[np.uint8],
    glass_mm: Field,
    fluid: NDArray[np.bool_] | None,
    noise: Noise,
    slices: slice,
) -> NDArray[np.int16]:
    """Return HU with the lesions.

    Parameters
    ----------
    chest : Chest
        The lungs.
    design : Design
        Levels and textures.
    maker : Maker
        Makes the noise.
    labels : (slice, row, column) uint8
        1 ground glass, 2 consolidation.
    glass_mm : (slice, row, column) float32
        Distance outside the lesions, about mm.
    fluid : (slice, row, column) bool or None
        Pleural fluid.
    noise : Noise
        Noise of soft tissue.
    slices : slice
        Where the crop lies in the volume.
    """
    lungs = chest.lungs > 0
    reference = np.float32(chest.reference_hu)
    depth = TISSUE_HU - reference
    filled = np.clip(chest.to_voxels(design.excess_hu), 60, 480) / depth
    filled *= _fade(glass_mm, design.soft_mm)
    if design.paved.any():
        filled += chest.to_voxels(design.paved) * design.septa() * (filled > 0) * np.float32(SEPTUM)
    target = np.full(chest.hu.shape, TISSUE_HU, dtype=np.float32)
    solid = labels == 2
    if solid.any():
        tone = chest.to_voxels(design.dense_hu)
        target[solid] = tone[solid]
        filled[solid] = 1.0
        for tube in design.tubes:
            _bore(filled, tube, chest, solid)
    if fluid is not None:
        filled[fluid] = 1.0
        target[fluid] = np.float32(design.fluid_hu)
    filled[~lungs] = 0
    np.clip(filled, 0, 1, out=filled)
    blur = edge_blur_mm(chest.hu, chest.lungs, chest.spacing_mm)
    sigma = (0.35, blur / chest.spacing_mm[1], blur / chest.spacing_mm[2])
    weight = gaussian_filter(lungs.astype(np.float32), sigma, truncate=3)
    spread = gaussian_filter(filled, sigma, truncate=3) / np.maximum(weight, LEAST_WEIGHT)
    # the level of fluid and of consolidation is carried beyond their border as well
    level = gaussian_filter(filled * (target - TISSUE_HU), sigma, truncate=3)
    level = TISSUE_HU + level / np.maximum(spread * weight, LEAST_WEIGHT)
    sigma_hu = noise.sigma_hu[slices][:, None, None]
    spread = np.clip(spread, 0, 1) * _reach(chest, lungs, weight)
    kept = open_bronchi(chest, float(noise.sigma_hu.mean())) * np.float32(design.patency)
    if fluid is not None:
        kept[fluid] = 0
    spread *= 1 - kept
    bright = np.clip((gaussian_filter(chest.hu, 0.7) - (TISSUE_HU + BRIGHT_HU)) / 60, 0, 1)
    spread *= 1 - bright
    grain = maker.noise(chest.hu.shape, noise.samples) * sigma_hu
    out = chest.hu + spread * (level - chest.hu) + grain * np.sqrt(np.clip(1 - (1 - spread) ** 2, 0, 1))
    # what was clipped to a window stays clipped to it
    out = np.clip(np.rint(out), chest.hu.min(), chest.hu.max())
    return np.asarray(np.where(spread > 0, out, chest.hu), dtype=np.int16)


def _fade(glass_mm: Field, soft_mm: float) -> Field:
    """Return 1 well inside, 0 outside, one half at the border."""
    t = np.clip(0.5 - glass_mm / np.float32(2 * soft_mm), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), dtype=np.float32)


def _reach(chest: Chest, lungs: NDArray[np.bool_], weight: Field) -> Field:
    """Return where paint may go: the lungs, and just beyond them what is partly air and belongs to no airway."""
    beside = dilate_slices(dilate_in_plane(lungs, RIM_MM, chest.spacing_mm), RIM_MM, chest.spacing_mm)
    touching = dilate_in_plane(lungs, TOUCHING_MM, chest.spacing_mm)
    touching |= dilate_slices(lungs, TOUCHING_MM, chest.spacing_mm)
    # next to the lung a voxel below soft tissue is partly air; farther off it may as well be fat
    airy = np.where(touching, (15 - chest.hu) / 120, (-30 - chest.hu) / 220)
    np.clip(airy, 0, 1, out=airy)
    cavity = ~lungs & ((chest.hu < chest.reference_hu - 40) | (~beside & (chest.hu < -300)))
    airy[dilate_in_plane(cavity, AIRWAY_MM, chest.spacing_mm)] = 0
    return np.where(lungs, np.float32(1), np.where(beside & (weight > LEAST_WEIGHT), airy, np.float32(0)))


def _bore(filled: Field, tube: Tube, chest: Chest, solid: NDArray[np.bool_]) -> None:
    """Open one bronchus in consolidation."""
    spacing = np.array(chest.spacing_mm, dtype=np.float32)
    wide = max(tube.start_radius_mm, tube.end_radius_mm) + float(spacing[1])
    low = np.floor((np.minimum(tube.start_mm, tube.end_mm) - wide) / spacing).astype(int)
    high = np.ceil((np.maximum(tube.start_mm, tube.end_mm) + wide) / spacing).astype(int) + 1
    box = tuple(slice(max(0, int(a)), max(0, int(b))) for a, b in zip(low, high, strict=True))
    part = filled[box]
    if part.size == 0:
        return
    grid = np.meshgrid(
        *[
            np.arange(s.start, s.start + n, dtype=np.float32) * w
            for s, n, w in zip(box, part.shape, spacing, strict=True)
        ],
        indexing="ij",
    )
    points = np.stack(grid, axis=-1) - tube.start_mm
    way = tube.end_mm - tube.start_mm
    along = np.clip(points @ way / max(float(way @ way), 1e-3), 0, 1)
    gap = np.linalg.norm(points - along[..., None] * way, axis=-1)
    radius = tube.start_radius_mm + (tube.end_radius_mm - tube.start_radius_mm) * along
    cover = np.clip((radius - gap) / spacing[1] + 0.5, 0, 1)
    np.minimum(part, np.where(solid[box], 1 - cover, 1), out=part)
