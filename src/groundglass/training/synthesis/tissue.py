"""What the picture itself tells: its noise, its sharpness, its open bronchi."""

from __future__ import annotations

from dataclasses import dataclass

import cc3d
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, uniform_filter

from groundglass.analysis.morphology import Spacing
from groundglass.training.synthesis.chest import Chest, Field

SAMPLE_PIXELS = 16
"""Side of a noise sample: grain is a few pixels, and muscle, heart or liver hold such a square."""
COARSE_PIXEL_MM = 1.7
"""From here samples are half as wide: 16 such pixels seldom lie in one organ."""
QUIET_SHARE = 0.25
"""Of the samples of a neighbourhood that count: the others hold fat planes and vessels."""
SAMPLE_SLICES = 3
"""Noise of neighbouring slices is alike where slices overlap or are interpolated."""
SAMPLES_AT_MOST = 160
"""Enough for a steady spectrum."""
SOFT_TISSUE_HU = (-20.0, 130.0)
"""Smoothed HU of muscle, heart and upper belly, with contrast too."""
USUAL_NOISE_HU = 14.0
"""Taken where a picture holds no soft tissue to measure: standard dose, soft kernel."""
LUMEN_DROP_HU = 55.0
"""A bronchus is at least this much darker than the lung about it."""
LUMEN_ML = 0.08
"""Smaller dark spots are noise and emphysema: a bronchus of 2 mm shows over 25 mm."""
LUMEN_VOXELS = 8
"""The same where voxels are large."""
LUMEN_SPREADS = 3.5
"""A lumen is darker than this many spreads of the lung's own texture, so that emphysema is not taken for bronchi."""
LUMEN_DEPTH_MM = 8.0
"""Bronchi closer to the pleura are too fine to be seen open."""


@dataclass(frozen=True, slots=True, eq=False)
class Noise:
    """Noise of soft tissue in this picture.

    Attributes
    ----------
    samples : (n, slice, row, column) float32
        Pieces of soft tissue less their own trend, each of standard deviation 1.
    sigma_hu : (slice,) float32
        Standard deviation on each slice of the volume, HU.
    """

    samples: Field
    sigma_hu: Field


def measure_noise(hu: NDArray[np.int16], pixel_mm: float, rng: np.random.Generator) -> Noise:
    """Cut samples out of the most even soft tissue.

    Parameters
    ----------
    hu : (slice, row, column) int16
        The whole volume.
    pixel_mm : float
        Side of a pixel.
    rng : Generator
        Chooses among the samples.
    """
    n = SAMPLE_PIXELS if pixel_mm < COARSE_PIXEL_MM else SAMPLE_PIXELS // 2
    depth = min(SAMPLE_SLICES, len(hu))
    found: list[Field] = []
    spread: list[tuple[int, float]] = []
    layers = np.unique(np.linspace(0, len(hu) - depth, min(len(hu) - depth + 1, 24)).astype(int))
    for k in layers:
        middle = hu[k + depth // 2].astype(np.float32)
        for shift in (0, n // 2):
            rows, columns = (middle.shape[0] - shift) // n, (middle.shape[1] - shift) // n
            part = middle[shift : shift + rows * n, shift : shift + columns * n]
            tiles = part.reshape(rows, n, columns, n).transpose(0, 2, 1, 3)
            if tiles.size == 0:
                continue
            mean, low = tiles.mean(axis=(2, 3)), tiles.min(axis=(2, 3))
            fits = (mean > SOFT_TISSUE_HU[0]) & (mean < SOFT_TISSUE_HU[1]) & (low > mean - 110)
            fits &= tiles.max(axis=(2, 3)) < mean + 110
            for row, column in np.argwhere(fits):
                y, x = shift + row * n, shift + column * n
                piece = _detrended(hu[k : k + depth, y : y + n, x : x + n].astype(np.float32))
                found.append(piece)
                spread.append((int(k) + depth // 2, float(piece.std())))
    slices = np.arange(len(hu))
    if len(found) < 6:
        white = rng.standard_normal((24, depth, n, n), dtype=np.float32)
        white = gaussian_filter(white, (0, 0, 0.6, 0.6))
        return Noise(_unit(white), np.full(len(hu), USUAL_NOISE_HU, dtype=np.float32))
    sigma = np.array([s for _, s in spread])
    at = np.array([z for z, _ in spread])
    # edges of organs inside a sample make it look noisier: the quieter ones are noise alone
    quiet = np.array(
        [s <= np.quantile(sigma[np.abs(at - z) <= 0.15 * len(hu)], QUIET_SHARE) for s, z in zip(sigma, at, strict=True)]
    )
    chosen = np.flatnonzero(quiet)
    if chosen.size > SAMPLES_AT_MOST:
        chosen = np.sort(rng.choice(chosen, SAMPLES_AT_MOST, replace=False))
    weight = np.exp(-0.5 * ((slices[:, None] - at[None, quiet]) / (0.08 * len(hu) + 1)) ** 2) + 1e-3
    level = (weight * sigma[quiet]).sum(axis=1) / weight.sum(axis=1)
    return Noise(_unit(np.stack([found[i] for i in chosen])), np.maximum(level, 1.0).astype(np.float32))


def _detrended(piece: Field) -> Field:
    """Take out the mean and the slope of each slice, and nothing else: grain stays."""
    n = piece.shape[1]
    ramp = np.linspace(-1, 1, n, dtype=np.float32)
    norm = float((ramp**2).mean())
    out = piece - piece.mean(axis=(1, 2), keepdims=True)
    rows = (out * ramp[None, :, None]).mean(axis=(1, 2), keepdims=True) / norm
    columns = (out * ramp[None, None, :]).mean(axis=(1, 2), keepdims=True) / norm
    return np.asarray(out - rows * ramp[None, :, None] - columns * ramp[None, None, :], dtype=np.float32)


def _unit(samples: Field) -> Field:
    return np.asarray(samples / np.maximum(samples.std(axis=(1, 2, 3), keepdims=True), 0.5), dtype=np.float32)


def edge_blur_mm(hu: Field, lungs: NDArray[np.uint8], spacing_mm: Spacing) -> float:
    """Return the standard deviation, mm, of the blur that the border of the lungs shows in the axial plane.

    Parameters
    ----------
    hu : (slice, row, column) float32
        HU.
    lungs : (slice, row, column) uint8
        Lungs.
    spacing_mm : tuple of float
        Of the voxels.

    Notes
    -----
    An edge of 900 HU blurred by a Gaussian of standard deviation s is steepest at 900 / (s sqrt(2 pi)) HU/mm; the
    steepest tenth of the border stands upright and still.
    """
    layers = np.linspace(0, len(hu) - 1, min(len(hu), 12)).astype(int)
    part, mask = hu[layers], lungs[layers] > 0
    rim = mask[:, 1:-1, 1:-1] & ~(mask[:, 2:, 1:-1] & mask[:, :-2, 1:-1] & mask[:, 1:-1, 2:] & mask[:, 1:-1, :-2])
    rows = (part[:, 2:, 1:-1] - part[:, :-2, 1:-1]) / (2 * spacing_mm[1])
    columns = (part[:, 1:-1, 2:] - part[:, 1:-1, :-2]) / (2 * spacing_mm[2])
    slope = np.hypot(rows, columns)[rim]
    pixel = (spacing_mm[1] + spacing_mm[2]) / 2
    if slope.size < 50:
        return pixel
    steepest = max(float(np.quantile(slope, 0.9)), 1.0)
    return float(np.clip(900.0 / (np.sqrt(2 * np.pi) * steepest), 0.45 * pixel, 2.0 * pixel))


def open_bronchi(chest: Chest, noise_hu: float) -> Field:
    """Return how surely each voxel is the air of a bronchus, 0 to 1.

    Parameters
    ----------
    chest : Chest
        The lungs.
    noise_hu : float
        Noise of soft tissue, HU.
    """
    mask = chest.lungs > 0
    spacing = np.array(chest.spacing_mm)
    calm = gaussian_filter(chest.hu, np.minimum(0.7 / spacing, 1.2), truncate=2)
    reach = np.maximum(1, np.rint(12.0 / spacing).astype(int))
    air = (mask & (chest.hu < -600)).astype(np.float32)
    weight = uniform_filter(air, reach)
    around = uniform_filter(air * chest.hu, reach) / np.maximum(weight, 1e-3)
    around[weight < 0.02] = chest.reference_hu
    drop = around - calm
    middle, high = np.quantile(drop[mask], [0.5, 0.84])
    threshold = max(LUMEN_DROP_HU + 0.8 * noise_hu, float(middle + LUMEN_SPREADS * (high - middle)))
    dark = mask & (drop > threshold) & (chest.to_voxels(chest.depth_mm) > LUMEN_DEPTH_MM)
    labels = cc3d.connected_components(dark, connectivity=18)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    smallest = max(LUMEN_VOXELS, LUMEN_ML / (float(np.prod(spacing)) / 1000.0))
    kept = (sizes >= smallest)[labels]
    sure = np.clip((drop - 0.5 * threshold) / (0.9 * threshold), 0, 1)
    near = uniform_filter(kept.astype(np.float32), 3) > 0.02
    return np.asarray(np.where(near & mask, sure, 0.0), dtype=np.float32)
