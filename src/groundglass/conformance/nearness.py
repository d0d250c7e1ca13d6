"""Marks beside the lungs: how far from lung tissue, above and below their slice too."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from groundglass.conformance.pictures import PlacedMark
from groundglass.conformance.source import LUNG, Source

BESIDE_MM = 20.0
"""Consolidation at the diaphragm that the outline of aerated lung leaves out: the recess behind the dome is some 20 mm
deep where it holds no air."""
TOUCH_MM = 10.0
"""Such a mark comes this near to lung at its nearest point: the margin of a contour and a slice of 5 mm."""
MOST_OF_IT = 0.5
"""Part of its area that lies no farther than the first figure."""


def lies_beside_lung(mark: PlacedMark, source: Source) -> bool:
    """Tell whether a mark comes near to lung tissue, and most of it lies not far from it, in space.

    Parameters
    ----------
    mark : PlacedMark
        One mark.
    source : Source
        The study.
    """
    place = mark.shot.slice
    if place is None:
        return False
    rows, columns = (at + side.start for at, side in zip(np.nonzero(mark.mark.inside), mark.mark.box, strict=True))
    at = mark.placement.to_source(rows.astype(np.intp), columns.astype(np.intp), source.geometry.shape[1:])
    on = (at[0] >= 0) & (at[1] >= 0)
    if not on.any():
        return False
    shape, spacing = source.geometry.shape, source.geometry.spacing_mm
    points = (np.full(int(on.sum()), place), at[0][on], at[1][on])
    reach = [int(np.ceil(1.5 * BESIDE_MM / step)) for step in spacing]
    first = [max(0, int(p.min()) - r) for p, r in zip(points, reach, strict=True)]
    last = [min(n, int(p.max()) + r + 1) for p, r, n in zip(points, reach, shape, strict=True)]
    lung = source.zones[tuple(slice(a, b) for a, b in zip(first, last, strict=True))] & LUNG > 0
    if not lung.any():
        return False
    far = ndimage.distance_transform_edt(~lung, sampling=spacing)
    mm = far[tuple(p - a for p, a in zip(points, first, strict=True))]
    return float(mm.min()) <= TOUCH_MM and float((mm <= BESIDE_MM).mean()) >= MOST_OF_IT
