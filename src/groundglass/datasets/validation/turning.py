"""Does the anatomy lie as the header says? Head and feet, front and back."""

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
    if _spine_in_front(mean_hu, lungs):
        found.append("front_back")
    return found


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
