"""The body: the patient without couch, clothes and the air around."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundglass.analysis.morphology import (
    Box,
    Spacing,
    components,
    fill_slices,
    open_in_plane,
)

TISSUE_HU = -350
"""Between air and fat (-100 HU); couches and clothes are mostly below or thin."""
COUCH_RADIUS_MM = 3.0
"""Couch shells and blankets are thinner than 6 mm; skin bridges to them break at this opening."""
SMALLEST_BODY_ML = 200.0
"""Less tissue than this is no part of a trunk or head."""
AIR_HU = -1000.0
"""Air by definition; taken where the volume shows no air around the patient."""
GAS_ABOVE_AIR_HU = 45.0
"""Single voxels of bowel gas and outer air stay within this of air, noise and blur included."""
LUNG_ABOVE_AIR_HU = 25.0
"""Lung holds tissue: the median of even an emphysematous one lies this far above air, that of gas does not."""


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """The patient.

    Attributes
    ----------
    mask : (slice, row, column) bool
        Tissue and all that it encloses slice by slice, lung cut open by a side of the picture included.
    air_hu : float
        What air measures in this volume, HU.
    """

    mask: NDArray[np.bool_]
    air_hu: float

    def cropped(self, box: Box) -> Body:
        """Return the part of the patient inside the box."""
        return Body(self.mask[box], self.air_hu)


def find_body(hu: NDArray[np.int16], spacing_mm: Spacing) -> Body:
    """Find the patient.

    Parameters
    ----------
    hu : (slice, row, column) int16
        Working grid, HU.
    spacing_mm : tuple of float
        Along (slice, row, column), mm.
    """
    tissue = hu > TISSUE_HU
    solid = open_in_plane(tissue, COUCH_RADIUS_MM, spacing_mm)  # in plane: thick slices must not be eaten
    labels, sizes = components(solid)
    voxel_ml = float(np.prod(spacing_mm)) / 1000.0
    if len(sizes) < 2 or sizes[1] * voxel_ml < SMALLEST_BODY_ML:
        return Body(np.zeros(hu.shape, dtype=bool), AIR_HU)
    mask = _fill(np.asarray(labels == 1))
    outside = hu[~mask]
    around = outside[(outside < -900) & (outside > -1020)]  # -1024 is padding or a clipped scale
    air_hu = AIR_HU
    if around.size > 1000:
        # foam and clothes lie outside too: the low end is air, unless the scale is shifted
        air_hu = min(float(np.median(around)), max(AIR_HU, float(np.percentile(around, 5))))
    return Body(mask, air_hu)


def _fill(trunk: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fill what the trunk encloses in each slice, the sides of the picture closed where trunk lies on both ends."""
    framed = np.pad(trunk, ((0, 0), (1, 1), (1, 1)))
    for inner, outer in (
        ((slice(None), 0), (slice(None), 0, slice(1, -1))),
        ((slice(None), -1), (slice(None), -1, slice(1, -1))),
        ((slice(None), slice(None), 0), (slice(None), slice(1, -1), 0)),
        ((slice(None), slice(None), -1), (slice(None), slice(1, -1), -1)),
    ):
        side = trunk[inner]
        ahead = np.logical_or.accumulate(side, axis=1)
        behind = np.logical_or.accumulate(side[:, ::-1], axis=1)[:, ::-1]
        framed[outer] = ahead & behind
    return fill_slices(framed)[:, 1:-1, 1:-1]
