"""Does the anatomy lie as the header says? Head and feet, front and back, right and left, rows and columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from groundglass.datasets.formats.direction import base_to_apex_ratio

UPSIDE_DOWN_RATIO = 1 / 3
"""Ratio of base to apex from which head and feet are exchanged. 19 CTs: 3.6 and more, so 0.28 and less when turned; a
phantom whose lower lungs are full of disease: 0.38."""
BONE_HU = 130
"""Mean of a coarse voxel that holds much bone: vertebrae stay above, ribs and sternum in part."""
MIDDLE_SHARE = (0.35, 0.65)
"""Part of the width of the lungs, from the right, that holds spine and sternum."""
LEAST_BONE_RATIO = 2.0
"""Bone before the lungs' middle, of that behind it, from which front and back are exchanged. 19 CTs: 0.02 to 0.29."""
LEAST_BONE_CELLS = 20
"""Coarse voxels of bone for an answer."""

HEART_HEIGHT = (0.1, 0.55)
"""Part of the height of the lungs, from below, that holds the heart."""
LUNG_HEIGHT = (0.1, 0.5)
"""Part in which the left lung gives way to the heart."""
SOFT_HU = (-200, 200)
"""Heart and vessels, without bone."""
LUNG_WEIGHT = 0.25
"""Of the logarithm of right to left lung, beside the place of the heart."""
HEART_RIGHT, MIRRORED_SCORE = -0.06, -0.08
"""Place of the heart from the spine to the left, of half the width of the lungs, and the sum with the lungs, from which
right and left look exchanged. 19 CTs: -0.05 and -0.13 in the worst, with one lung full of disease, 0.00 and more in the
others; half of them are found when mirrored, the others have a heart in the middle."""
NARROW_RATIO = 0.85
"""Width of both lungs, of their depth, below which rows and columns look exchanged. 19 CTs: 1.2 and more."""


def turned(mean_hu: NDArray[np.float32], lungs: NDArray[np.bool_]) -> list[str]:
    """Return in which directions a picture lies otherwise than its header says.

    Parameters
    ----------
    mean_hu : (slice, row, column) float32
        Coarse HU; slices feet to head, rows front to back, columns right to left by the header.
    lungs : (slice, row, column) bool
        Aerated lung, and what is known to be diseased lung.

    Returns
    -------
    list of str
        ``head_feet``, ``front_back``; a picture in which neither can be told gives none.
    """
    found = []
    ratio = base_to_apex_ratio(lungs)
    if ratio is not None and ratio < UPSIDE_DOWN_RATIO:
        found.append("head_feet")
    if _narrow(mean_hu, lungs):
        return [*found, "transposed"]
    if _spine_in_front(mean_hu, lungs):
        found.append("front_back")
    if not found and _heart_right(mean_hu, lungs):
        found.append("left_right")
    return found


def _narrow(mean_hu: NDArray[np.float32], lungs: NDArray[np.bool_]) -> bool:
    """Tell whether lungs and body are deeper than wide; a single lung is, its body is not."""
    if base_to_apex_ratio(lungs) is None:
        return False
    tissue = (mean_hu > SOFT_HU[0]) & (mean_hu < SOFT_HU[1])
    return _width_of_depth(lungs) < NARROW_RATIO and _width_of_depth(tissue) < 1


def _width_of_depth(part: NDArray[np.bool_]) -> float:
    sides = []
    for axes in ((0, 1), (0, 2)):
        weight = part.sum(axis=axes)
        if not weight.any():
            return 1.0
        first, last = np.interp((0.02, 0.98), np.cumsum(weight) / weight.sum(), np.arange(weight.size))
        sides.append(max(float(last - first), 1.0))
    return sides[0] / sides[1]


def _heart_right(mean_hu: NDArray[np.float32], lungs: NDArray[np.bool_]) -> bool:
    """Tell whether the heart lies on the right of the spine and the larger lung on the left."""
    if base_to_apex_ratio(lungs) is None:
        return False
    heights = np.flatnonzero(lungs.any(axis=(1, 2)))
    bottom, height = int(heights[0]), int(heights[-1]) + 1 - int(heights[0])
    columns, rows = np.arange(lungs.shape[2]), np.arange(lungs.shape[1])
    weight = lungs.sum(axis=(0, 1))
    first, last = np.interp((0.02, 0.98), np.cumsum(weight) / weight.sum(), columns)
    half = float(last - first) / 2
    middle = int((lungs.sum(axis=(0, 2)) * rows).sum() / lungs.sum())
    left, right = (int(first + share * 2 * half) for share in MIDDLE_SHARE)
    bone = (mean_hu[bottom : bottom + height, middle:, left : right + 1] > BONE_HU).sum(axis=(0, 1))
    if bone.sum() < LEAST_BONE_CELLS or half < 1:
        return False
    spine = left + float((bone * np.arange(bone.size)).sum() / bone.sum())
    part = _part(bottom, height, HEART_HEIGHT)
    inside, hu = lungs[part], mean_hu[part]
    after = np.flip(np.maximum.accumulate(np.flip(inside, 2), axis=2), 2)
    soft = np.maximum.accumulate(inside, axis=2) & after & ~inside & (hu > SOFT_HU[0]) & (hu < SOFT_HU[1])
    soft[:, middle + 2 :] = False
    if not soft.any():
        return False
    heart = (float((soft.sum(axis=(0, 1)) * columns).sum() / soft.sum()) - spine) / half
    lower = lungs[_part(bottom, height, LUNG_HEIGHT)]
    sides = [int(lower[:, :, side].sum()) + 1 for side in (columns < spine, columns > spine)]
    score = heart + LUNG_WEIGHT * float(np.log(sides[0] / sides[1]))
    return heart < HEART_RIGHT and score < MIRRORED_SCORE


def _part(bottom: int, height: int, share: tuple[float, float]) -> slice:
    first = bottom + int(share[0] * height)
    return slice(first, max(first + 1, bottom + int(share[1] * height)))


def _spine_in_front(mean_hu: NDArray[np.float32], lungs: NDArray[np.bool_]) -> bool:
    heights = np.flatnonzero(lungs.any(axis=(1, 2)))
    columns = np.flatnonzero(lungs.any(axis=(0, 1)))
    if not heights.size:
        return False
    part = slice(int(heights[0]), int(heights[-1]) + 1)
    width = int(columns[-1] - columns[0]) + 1
    first, last = (int(columns[0] + share * width) for share in MIDDLE_SHARE)
    rows = lungs[part].sum(axis=(0, 2))
    middle = int((rows * np.arange(rows.size)).sum() / rows.sum())
    bone = (mean_hu[part, :, first : last + 1] > BONE_HU).sum(axis=(0, 2))
    front, back = int(bone[:middle].sum()), int(bone[middle:].sum())
    return front + back >= LEAST_BONE_CELLS and front > LEAST_BONE_RATIO * back
