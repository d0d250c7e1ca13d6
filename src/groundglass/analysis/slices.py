"""How sure each slice is to show a lesion."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from groundglass.analysis.lesions import Excess, LesionRules
from groundglass.analysis.quantify import Counts
from groundglass.volume import Geometry

HALF_SURE_CM2 = 3.0
"""A round lesion 2 cm across covers 3 cm2: half the score, being both lesion and evidence."""


def slice_scores(
    counts: Counts, geometry: Geometry, excess: Excess | None, *, rules: LesionRules, block: int
) -> NDArray[np.float64]:
    """Score each slice by the area of its lesions, and of lung dense enough to start one.

    The area counts, not its share: the lowest slices hold so little lung that a few voxels are a large share.

    Parameters
    ----------
    counts : Counts
        Of the written masks.
    geometry : Geometry
        Of the full grid.
    excess : Excess or None
        Evidence, on the working grid.
    rules : LesionRules
        Thresholds.
    block : int
        Full slices a working slice.

    Returns
    -------
    (slice,) float64
        0..1; 0 where nothing speaks for a lesion.
    """
    depth = geometry.shape[0]
    pixel_cm2 = geometry.spacing_mm[1] * geometry.spacing_mm[2] / 100.0
    area = counts.voxels[..., 1:].sum(axis=(1, 2, 3)) * pixel_cm2
    if excess is not None:
        dense = (excess.inner & (excess.hu > max(rules.seed_hu, rules.seed_spreads * excess.healthy.spread_hu))).sum(
            axis=(1, 2)
        )
        coarse = np.zeros(-(-depth // block))
        coarse[excess.box[0]] = dense * excess.pixel_mm2 / 100.0
        area = area + np.repeat(coarse, block)[:depth]
    return np.asarray(1.0 - np.exp2(-area / (2 * HALF_SURE_CM2)))
