"""Feet to head or head to feet, told from the anatomy where no header tells it."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Direction = Literal["feet to head", "head to feet", "unclear"]

AIR_BELOW_HU = -500
"""Darker is air or lung: half way between aerated lung (-850 HU) and soft tissue, as lung outlines are usually cut."""
PURE_AIR_HU = -970
"""Pieces darker than this in the mean are air and no lung: hollow tables, gas in the bowel (air -1000, approximate HU
within 30 of the truth; lungs at full breath -940 and brighter)."""
PIECE_SHARE, MOST_PIECES = 0.1, 4
"""Pieces count as lung down to this share of the largest, so many at most: both lungs, and parts that disease or slices
of another brightness cut off. Gas in the bowel is smaller or pure air."""
LEAST_SLICES = 6
"""Least slices with lung for an answer: with fewer an end is no slice."""
MOST_AREA_AT_END = 0.4
"""Most lung in the first or last slice, of the fullest slice: with more an end of the lungs is not in view, and the
middle of a chest has neither base nor apex (lower halves of chests alone were told the wrong way round)."""
LEAST_AREA = 0.03
"""Slices with less lung, of the fullest slice, are tips and noise."""
WORKING_PIXELS = 64
"""Side of the picture that is looked at; a pixel is then 5 to 8 mm, a lung 15 and more across."""
END_SHARE = (0.04, 0.22)
"""Part of the height of the lungs, from either end, that is compared: below it a slice holds only a few pixels of lung,
above it apex and base begin to look alike."""
LEAST_LUNG_SHARE = 0.003
"""Least share of the volume that is lung for an answer (19 CTs at hand, planning fields of view too: above 0.018)."""
LEAST_RATIO = 1.5
"""Least ratio of base to apex for an answer, either way. Whole chests of five scanners and sets: 2.9 and more."""


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
        Unclear where not both ends of the lungs are in view or they look alike.
    """
    ratio = base_to_apex_ratio(air_in_body(hu) if lungs is None else lungs)
    if ratio is None or 1 / LEAST_RATIO < ratio < LEAST_RATIO:
        return "unclear"
    return "feet to head" if ratio > 1 else "head to feet"


def base_to_apex_ratio(lungs: NDArray[np.bool_]) -> float | None:
    """Return how much more the first end of the lungs looks like their base than the last end does.

    At the base the lungs are two crescents around liver, spleen and heart; at the apex two rounds beside the trachea.
    So the base is wide, and much of the box around it is no lung. The result is the product of both ratios: of what
    the boxes hold beside lung, and of the mean square distances of lung from the plane between the lungs.

    Parameters
    ----------
    lungs : (slice, row, column) bool
        Coarse ones will do.

    Returns
    -------
    float or None
        Above 1 for feet to head; None with too little lung, or with one of its ends out of view.
    """
    area = lungs.sum(axis=(1, 2))
    if lungs.mean() < LEAST_LUNG_SHARE or np.count_nonzero(area) < LEAST_SLICES:
        return None
    if max(area[0], area[-1]) > MOST_AREA_AT_END * area.max():
        return None
    heights = np.flatnonzero(area > LEAST_AREA * area.max())
    bottom, top = int(heights[0]), int(heights[-1]) + 1
    columns = np.arange(lungs.shape[2], dtype=np.float64)
    middle = float((lungs.sum(axis=(0, 1)) * columns).sum() / lungs.sum())
    ends = []
    for low, high in (END_SHARE, (1 - END_SHARE[1], 1 - END_SHARE[0])):
        first = bottom + int(low * (top - bottom))
        part = lungs[first : max(first + 1, bottom + int(np.ceil(high * (top - bottom))))]
        weight = part.sum(axis=(0, 1)).astype(np.float64)
        if weight.sum() == 0:
            return None
        spread = float((weight * (columns - middle) ** 2).sum() / weight.sum())
        ends.append(spread * (1 + float(np.mean([_beside(plane) for plane in part]))))
    return ends[0] / max(ends[1], 1e-6)


def _beside(plane: NDArray[np.bool_]) -> int:
    """Return how many pixels of the box around the lungs of one slice are no lung."""
    rows, columns = np.flatnonzero(plane.any(axis=1)), np.flatnonzero(plane.any(axis=0))
    if not rows.size:
        return 0
    return int((rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1) - np.count_nonzero(plane))


def air_in_body(hu: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Return the lungs, coarsely: the largest pieces of dark that do not reach the edge of a slice.

    Parameters
    ----------
    hu : (slice, row, column) int16
        HU.

    Returns
    -------
    (slice, row, column) bool
        About :data:`WORKING_PIXELS` a side, see :func:`coarse_step`; lungs are filled up slice by slice.
    """
    down, across = coarse_step(hu.shape[1]), coarse_step(hu.shape[2])
    rows, columns = hu.shape[1] // down, hu.shape[2] // across
    coarse = np.empty((len(hu), rows, columns), np.float32)
    for place, plane in enumerate(hu):
        blocks = plane[: rows * down, : columns * across].reshape(rows, down, columns, across)
        coarse[place] = blocks.mean(axis=(1, 3))
    dark = coarse < AIR_BELOW_HU
    flat = np.zeros((3, 3, 3), bool)
    flat[1] = ndimage.generate_binary_structure(2, 1)
    pieces, _ = ndimage.label(dark, flat)
    edges = np.unique(np.concatenate([pieces[:, [0, -1]].ravel(), pieces[:, :, [0, -1]].ravel()]))
    inside = dark & ~np.isin(pieces, edges)
    found, count = ndimage.label(inside)
    if count == 0:
        return np.zeros_like(inside)
    numbers = np.arange(count + 1)
    sizes = np.bincount(found.ravel(), minlength=count + 1)
    sizes[0] = 0
    tissue = np.asarray(ndimage.mean(coarse, found, numbers)) > PURE_AIR_HU
    if (sizes * tissue).any():
        sizes = sizes * tissue
    order = np.argsort(sizes)[::-1][:MOST_PIECES]
    keep = [int(n) for n in order if sizes[n] > PIECE_SHARE * sizes[order[0]]]
    lungs = np.isin(found, keep)
    return np.stack([ndimage.binary_fill_holes(plane) for plane in lungs])


def coarse_step(pixels: int) -> int:
    """Return how many pixels of an axis become one of :func:`air_in_body`."""
    return max(1, pixels // WORKING_PIXELS)
