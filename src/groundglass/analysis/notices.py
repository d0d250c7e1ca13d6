"""What must be said about a reading besides its figures."""

from __future__ import annotations

import numpy as np

from groundglass.analysis.anatomy import Anatomy
from groundglass.analysis.grid import WorkingGrid
from groundglass.analysis.lesions import Excess
from groundglass.phrases import Notice

DENSE_LUNG_HU = -780.0
"""Healthy lung at inspiration has its commonest HU at -850..-870, at expiration near -750."""
BLOOD_REACH_MM = 45.0
"""The aortic arch, the pulmonary trunk and the upper vena cava lie this close to the fork of the trachea."""
CONTRAST_HU = (120.0, 600.0)
"""Blood without contrast has 30-60 HU; bone and metal lie above, beside the great vessels in few voxels."""
CONTRAST_SHARE = 0.15
WIDE_INTERVAL_PERCENT = 12.0
"""Half the width of a grade's range: the grade says little then."""
CLIPPED_SHARE = 0.02
"""More of the volume than this at one common highest value: HU were clipped to a window; metal fills far less."""


def reading_notices(
    grid: WorkingGrid, anatomy: Anatomy, excess: Excess | None, interval: tuple[float, float], *, exact_hu: bool
) -> tuple[Notice, ...]:
    """Collect the warnings of one reading.

    Parameters
    ----------
    grid : WorkingGrid
        What was read.
    anatomy : Anatomy
        What it shows.
    excess : Excess or None
        What the lesions were cut from.
    interval : tuple of float
        95 % interval of the percentage.
    exact_hu : bool
        False where HU are approximate.
    """
    out = []
    if excess is not None and excess.healthy.assumed:
        out.append(Notice("healthy_lung_assumed", {"mode_hu": round(excess.healthy.mode_hu)}))
    elif excess is not None and excess.healthy.mode_hu > DENSE_LUNG_HU:
        out.append(Notice("healthy_lung_dense", {"mode_hu": round(excess.healthy.mode_hu)}))
    if not exact_hu:
        out.append(Notice("hu_approximate"))
    ceiling = int(grid.hu.max())
    if ceiling <= 400 and np.count_nonzero(grid.hu >= ceiling - 2) > CLIPPED_SHARE * grid.hu.size:
        out.append(Notice("hu_clipped", {"ceiling_hu": ceiling}))
    if contrast_suspected(grid, anatomy):
        out.append(Notice("contrast_suspected"))
    if interval[1] - interval[0] > WIDE_INTERVAL_PERCENT:
        out.append(Notice("interval_wide", {"low": round(interval[0], 1), "high": round(interval[1], 1)}))
    return tuple(out)


def contrast_suspected(grid: WorkingGrid, anatomy: Anatomy) -> bool:
    """Tell whether the great vessels are brighter than blood.

    Parameters
    ----------
    grid : WorkingGrid
        HU.
    anatomy : Anatomy
        With the carina; without it nothing is suspected.
    """
    if anatomy.carina_mm is None:
        return False
    centre = grid.geometry.to_index(np.array(anatomy.carina_mm))
    reach = BLOOD_REACH_MM / np.array(grid.spacing_mm)
    low = np.maximum(0, np.floor(centre - reach)).astype(int)
    high = np.minimum(grid.hu.shape, np.ceil(centre + reach) + 1).astype(int)
    # behind the carina stands the spine
    high[1] = min(high[1], int(centre[1]) + 1)
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    soft = grid.hu[box][(anatomy.lungs[box] == 0) & ~anatomy.airways[box]]
    soft = soft[(soft > 0) & (soft < CONTRAST_HU[1])]
    return bool(soft.size > 500 and np.count_nonzero(soft > CONTRAST_HU[0]) > CONTRAST_SHARE * soft.size)
