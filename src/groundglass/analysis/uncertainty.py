"""The 95 % interval of the percentage, from what moves it.

Three independent terms, each side on its own, added in quadrature:

1. *Thresholds.* Lesions are cut again with both thresholds raised and lowered: fuzzy, faint lesions move a lot, sharp
   ones little. Where HU are approximate or clipped the shift is larger, by what such pictures are off.
2. *Outline.* Dense lung put back into the outline may be consolidation, or effusion and muscle taken for lung:
   downwards all of the lesion that lies in such lung, up to a point or so, and a part of what goes beyond. Where there
   is consolidation, more of it may lie against chest wall and mediastinum and be left out of the lungs: upwards a part
   of the consolidation found.
3. *What is left*: a floor and a part of the percentage, the scatter on phantoms of the ``train`` kind; for approximate
   HU the scatter of measured against drawn percentages on 12 public chests, whose ratio has a standard deviation of
   about 0.4 in logarithms.

How differently two people draw is not in it for exact HU (readers agree on the percentage with r about 0.85). On the 12
public chests, read as approximate, the interval covers what was drawn in 10; it misses a chest whose very faint ground
glass was drawn generously and one without disease, read at 3 %.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundglass.analysis.lesions import CONSOLIDATION, LesionMap, LesionRules, seeded
from groundglass.analysis.morphology import Spacing


@dataclass(frozen=True, slots=True)
class UncertaintyRules:
    """Sizes of the terms of the interval.

    Attributes
    ----------
    threshold_hu, inexact_threshold_hu : float
        Shift of both thresholds, HU, for exact and for approximate HU.
    outline_percent, outline_share : float
        Of the lesion in dense lung put back into the outline, so many points, and this part, may be no lung.
    missed_share : float
        Dense lung that may have been left out, as a part of the consolidation found.
    floor_percent : float
        Least half-width, percent points.
    relative, inexact_relative : float
        Part of the percentage, for exact and for approximate HU.
    """

    threshold_hu: float = 18.0
    inexact_threshold_hu: float = 50.0
    outline_percent: float = 1.0
    outline_share: float = 0.15
    missed_share: float = 0.5
    floor_percent: float = 0.5
    relative: float = 0.03
    inexact_relative: float = 0.4


def interval(
    percent: float,
    found: LesionMap,
    completed: NDArray[np.bool_],
    *,
    spacing_mm: Spacing,
    exact_hu: bool,
    rules: LesionRules,
    uncertainty: UncertaintyRules | None = None,
) -> tuple[float, float]:
    """Return the 95 % interval of the percentage.

    Parameters
    ----------
    percent : float
        As measured on the written masks.
    found : LesionMap
        Lesions, and what they were cut from.
    completed : (slice, row, column) bool
        Dense lung put back into the outline, on the working grid.
    spacing_mm : tuple of float
        Along (slice, row, column), mm.
    exact_hu : bool
        False where HU are approximate.
    rules : LesionRules
        Thresholds.
    uncertainty : UncertaintyRules, optional
        Sizes of the terms.

    Returns
    -------
    tuple of float
        Low and high end, within 0..100.
    """
    sizes = uncertainty or UncertaintyRules()
    shift = sizes.threshold_hu if exact_hu else sizes.inexact_threshold_hu
    excess = found.excess
    if excess is None:
        return 0.0, 100.0
    lungs = max(1, int(np.count_nonzero(excess.lung)))
    here = 100.0 * found.seeded / lungs
    fewer, more = (
        100.0 * np.count_nonzero(seeded(excess, spacing_mm, rules, shift_hu=s)) / lungs for s in (shift, -shift)
    )
    # the outlines are smoothed after cutting, so the shifts act on the measured percentage by ratio where they can
    down = percent * (1.0 - fewer / here) if here > 0 else 0.0
    up = percent * (more / here - 1.0) if percent > 1.0 and here > 0 else more - here
    relative = sizes.relative if exact_hu else sizes.inexact_relative
    doubtful = 100.0 * np.count_nonzero(completed & (found.labels > 0)) / lungs
    dense = 100.0 * np.count_nonzero(found.labels == CONSOLIDATION) / lungs
    no_lung = min(doubtful, sizes.outline_percent + sizes.outline_share * doubtful)
    rest = sizes.floor_percent + relative * percent
    low = percent - float(np.linalg.norm([down, no_lung, rest]))
    high = percent + float(np.linalg.norm([up, sizes.missed_share * dense, rest]))
    return max(0.0, low), min(100.0, high)
