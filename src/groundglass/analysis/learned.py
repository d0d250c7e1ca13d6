"""What follows from the network's probabilities: the interval of the percentage, scores of slices, chance of pathology.

The 95 % interval adds, each side on its own, in quadrature:

1. *The outline of the lesions.* How the percentage moves when lesions are outlined at a higher and a lower probability.
2. *The outline of the lungs.* Lesion that lies in dense lung which classical analysis left out may be no lung.
3. *What is left*: a floor and a part of the percentage, larger where HU are approximate. Their sizes come from
   predictions of held-out patients; see docs/explanation/accuracy.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundglass.analysis.fusion import HALF_LEVEL, LearnedRules, Sight, joined
from groundglass.analysis.morphology import Spacing
from groundglass.volume import Geometry

FAINT_LEVEL = 38
"""Probability, of 255, below which a voxel says nothing: many such voxels must not add up to a lesion."""
SUREST_CM2 = 4.0
"""Area of lung that speaks for its slice: a round lesion 2.3 cm across. The surest area told drawn slices from others
a little better than the area that is sure, on the fold that was tuned on."""


@dataclass(frozen=True, slots=True)
class LearnedUncertainty:
    """Sizes of the terms of the interval.

    Attributes
    ----------
    low_level, high_level : int
        Probabilities, of 255, at which lesions are outlined again.
    outline_factor, inexact_outline_factor : float
        Multiplies what that changes, for exact and for approximate HU: where HU are exact, lung that is too dense has
        spoken already.
    no_lung_share : float
        Part of the lesion in dense lung unknown to classical analysis that may be no lung.
    missed_share : float
        Upwards, this part of the consolidation found may have been left out.
    floor_percent : float
        Least half-width, percent points.
    relative, inexact_relative : float
        Part of the percentage, for exact and for approximate HU.
    """

    low_level: int = 64
    high_level: int = 191
    outline_factor: float = 0.2
    inexact_outline_factor: float = 3.0
    no_lung_share: float = 0.15
    missed_share: float = 0.2
    floor_percent: float = 0.5
    relative: float = 0.04
    inexact_relative: float = 0.4


PATHOLOGY_MIDDLE_PERCENT = 0.46
"""Expected involvement at which lungs with and without disease are equally likely; fitted with the slope below."""
PATHOLOGY_SLOPE = 6.2
"""Steepness in powers of ten of the expected involvement; fitted on held-out patients and on phantoms of the train
variant that no network was trained on, never on P001 or the test variant."""
LEAST_PERCENT = 0.01
"""Less is nothing: a logarithm needs an end."""


def expected_percent(sure: NDArray[np.uint8], lungs: NDArray[np.uint8]) -> float:
    """Return the involvement that the probabilities add up to, percent.

    Parameters
    ----------
    sure : (slice, row, column) uint8
        Of :func:`chance`.
    lungs : (slice, row, column) uint8
        The outline.
    """
    weight = int(np.where(sure >= FAINT_LEVEL, sure, 0).sum(dtype=np.int64))
    return 100.0 * weight / 255.0 / max(1, int(np.count_nonzero(lungs)))


def probability_of_pathology(percent: float) -> float:
    """Return the probability that a study shows opacity compatible with pneumonia.

    Parameters
    ----------
    percent : float
        Of :func:`expected_percent`.
    """
    powers = np.log10(max(percent, LEAST_PERCENT) / PATHOLOGY_MIDDLE_PERCENT)
    return float(1.0 / (1.0 + np.exp(-PATHOLOGY_SLOPE * powers)))


@dataclass(frozen=True, slots=True)
class Doubt:
    """What may move the percentage, in percent points of the lungs.

    Attributes
    ----------
    fewer, more : float
        By how much it falls and rises when lesions are outlined at a higher and at a lower probability.
    no_lung : float
        Lesion in dense lung that classical analysis left out.
    dense : float
        Consolidation.
    """

    fewer: float
    more: float
    no_lung: float
    dense: float


def chance(sight: Sight, lungs: NDArray[np.uint8], rules: LearnedRules) -> NDArray[np.uint8]:
    """Return the probability of lesion, times 255, of each voxel of the lungs; 0 outside.

    Parameters
    ----------
    sight : Sight
        What the network says.
    lungs : (slice, row, column) uint8
        The outline.
    rules : LearnedRules
        Weights of the heads.
    """
    return np.where(lungs > 0, joined(sight, rules), 0).astype(np.uint8)


def doubt(
    sure: NDArray[np.uint8],
    lungs: NDArray[np.uint8],
    completed: NDArray[np.bool_],
    labels: NDArray[np.uint8],
    sizes: LearnedUncertainty,
) -> Doubt:
    """Measure what may move the percentage.

    Parameters
    ----------
    sure : (slice, row, column) uint8
        Of :func:`chance`.
    lungs : (slice, row, column) uint8
        The outline.
    completed : (slice, row, column) bool
        Dense lung that classical analysis left out.
    labels : (slice, row, column) uint8
        Lesions: 1 ground glass, 2 consolidation.
    sizes : LearnedUncertainty
        The levels.
    """
    share = 100.0 / max(1, int(np.count_nonzero(lungs)))
    here, fewer, more = (
        share * np.count_nonzero(sure >= level) for level in (HALF_LEVEL, sizes.high_level, sizes.low_level)
    )
    no_lung = share * np.count_nonzero(completed & (labels > 0))
    return Doubt(float(here - fewer), float(more - here), float(no_lung), float(share * np.count_nonzero(labels == 2)))


def learned_interval(
    percent: float, doubts: Doubt, *, exact_hu: bool, sizes: LearnedUncertainty
) -> tuple[float, float]:
    """Return the 95 % interval of the percentage.

    Parameters
    ----------
    percent : float
        As measured on the written masks.
    doubts : Doubt
        What may move it.
    exact_hu : bool
        False where HU are approximate.
    sizes : LearnedUncertainty
        Of the terms.

    Returns
    -------
    tuple of float
        Low and high end, within 0..100.
    """
    rest = sizes.floor_percent + (sizes.relative if exact_hu else sizes.inexact_relative) * percent
    factor = sizes.outline_factor if exact_hu else sizes.inexact_outline_factor
    down = [factor * doubts.fewer, sizes.no_lung_share * doubts.no_lung, rest]
    up = [factor * doubts.more, sizes.missed_share * doubts.dense, rest]
    low, high = percent - float(np.linalg.norm(down)), percent + float(np.linalg.norm(up))
    return max(0.0, low), min(100.0, high)


def learned_slice_scores(
    sure: NDArray[np.uint8], spacing_mm: Spacing, geometry: Geometry, block: int
) -> NDArray[np.float64]:
    """Score each slice by the mean probability of the surest part of its lung.

    Parameters
    ----------
    sure : (slice, row, column) uint8
        Of :func:`chance`, on the working grid.
    spacing_mm : tuple of float
        Of the working grid.
    geometry : Geometry
        Of the full grid.
    block : int
        Full slices a working slice.

    Returns
    -------
    (slice,) float64
        0..1, one for each full slice.
    """
    flat = sure.reshape(len(sure), -1)
    voxels = min(flat.shape[1], max(1, round(100.0 * SUREST_CM2 / (spacing_mm[1] * spacing_mm[2]))))
    surest = np.partition(flat, flat.shape[1] - voxels, axis=1)[:, -voxels:]
    score = surest.mean(axis=1, dtype=np.float64) / 255.0
    return np.asarray(np.repeat(score, block)[: geometry.shape[0]], dtype=np.float64)
