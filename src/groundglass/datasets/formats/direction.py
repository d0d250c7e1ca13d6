"""Feet to head or head to feet, told from the anatomy where no header tells it."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Direction = Literal["feet to head", "head to feet", "unclear"]

AIR_BELOW_HU = -500
"""Darker is air or lung: half way between aerated lung (-850 HU) and soft tissue, as lung outlines are usually cut."""
LUNG_ABOVE_HU = -1010
"""Black outside the round field of view of 8-bit pictures is darker than any air; it counts as outside."""
WORKING_PIXELS = 64
"""Side of the picture that is looked at; a pixel is then 5 to 8 mm, a lung 15 and more across."""
END_SHARE = (0.04, 0.22)
"""Part of the height of the lungs, from either end, that is compared: below it a slice holds only a few pixels of lung,
above it apex and base begin to look alike."""
LEAST_LUNG_SHARE = 0.02
"""Least share of the volume that is lung for an answer (17 CTs at hand, radiotherapy fields of view: 0.02 to 0.16)."""
LEAST_RATIO = 1.12
"""Least ratio of the widths of both ends for an answer. The base is wide (two crescents beside liver and spleen), the
apex narrow (two rounds beside the trachea)."""


def slice_direction(hu: NDArray[np.int16], lungs: NDArray[np.bool_] | None = None) -> Direction:
    """Tell in which direction the slices run.

    Parameters
    ----------
    hu : (slice, row, column) int16
        HU, approximate will do; rows front to back.
    lungs : (slice, row, column) bool, optional
        Where somebody drew them; otherwise the largest air inside the body.

    Returns
    -------
    {"feet to head", "head to feet", "unclear"}
        Unclear where too little lung is in view or both ends look alike.
    """
    ratio = base_to_apex_ratio(hu, lungs)
    if ratio is None or 1 / LEAST_RATIO < ratio < LEAST_RATIO:
        return "unclear"
    return "feet to head" if ratio > 1 else "head to feet"


def base_to_apex_ratio(hu: NDArray[np.int16], lungs: NDArray[np.bool_] | None = None) -> float | None:
    """Return the width of the lungs at the first end over that at the last end; None with too little lung.

    The width of an end is the root mean square distance of its lung pixels from the plane between the lungs.

    Parameters
    ----------
    hu, lungs
        As :func:`slice_direction`.
    """
    if lungs is None:
        lungs = air_in_body(hu)
    area = lungs.sum(axis=(1, 2))
    if lungs.mean() < LEAST_LUNG_SHARE / 4 or np.count_nonzero(area) < 6:
        return None
    heights = np.flatnonzero(area > 0.03 * area.max())
    bottom, top = int(heights[0]), int(heights[-1]) + 1
    columns = np.arange(lungs.shape[2], dtype=np.float64)
    middle = float((lungs.sum(axis=(0, 1)) * columns).sum() / lungs.sum())
    spread = []
    for low, high in (END_SHARE, (1 - END_SHARE[1], 1 - END_SHARE[0])):
        first = bottom + int(low * (top - bottom))
        last = max(first + 1, bottom + int(np.ceil(high * (top - bottom))))
        weight = lungs[first:last].sum(axis=(0, 1)).astype(np.float64)
        if weight.sum() == 0:
            return None
        spread.append(float(np.sqrt((weight * (columns - middle) ** 2).sum() / weight.sum())))
    return spread[0] / max(spread[1], 1e-6)


def air_in_body(hu: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Return the one or two largest pieces of air that do not reach the edge of the picture, coarsely.

    Parameters
    ----------
    hu : (slice, row, column) int16
        HU.

    Returns
    -------
    (slice, row, column) bool
        At :data:`WORKING_PIXELS` a side.
    """
    step = max(1, hu.shape[1] // WORKING_PIXELS), max(1, hu.shape[2] // WORKING_PIXELS)
    rows, columns = hu.shape[1] // step[0] * step[0], hu.shape[2] // step[1] * step[1]
    coarse = hu[:, :rows, :columns].reshape(len(hu), rows // step[0], step[0], columns // step[1], step[1])
    # The brightest of a block, so that a thin chest wall still closes.
    dark = np.asarray(coarse.max(axis=(2, 4)) < AIR_BELOW_HU + 200)
    plane = np.zeros((3, 3, 3), bool)
    plane[1] = ndimage.generate_binary_structure(2, 1)
    pieces, _ = ndimage.label(dark, plane)
    edges = np.unique(np.concatenate([pieces[:, [0, -1]].ravel(), pieces[:, :, [0, -1]].ravel()]))
    inside = dark & ~np.isin(pieces, edges)
    found, count = ndimage.label(inside)
    if count == 0:
        return np.zeros_like(inside)
    sizes = np.bincount(found.ravel())
    sizes[0] = 0
    order = np.argsort(sizes)[::-1][:2]
    keep = [int(n) for n in order if sizes[n] > 0.2 * sizes[order[0]]]
    return np.isin(found, keep)
