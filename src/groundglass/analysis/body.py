"""The body: the patient without couch, clothes and the air around."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from groundglass.analysis.morphology import Spacing, components, fill_slices, open_

TISSUE_HU = -350
"""Between air and fat (-100 HU); couches and clothes are mostly below or thin."""
COUCH_RADIUS_MM = 3.0
"""Couch shells and blankets are thinner than 6 mm; skin bridges to them break at this opening."""
SMALLEST_BODY_ML = 200.0
"""Less tissue than this is no part of a trunk or head."""


def find_body(hu: NDArray[np.int16], spacing_mm: Spacing) -> NDArray[np.bool_]:
    """Find the patient.

    Parameters
    ----------
    hu : (slice, row, column) int16
        Working grid, HU.
    spacing_mm : tuple of float
        Along (slice, row, column), mm.

    Returns
    -------
    (slice, row, column) bool
        Tissue and all that it encloses slice by slice; lungs cut open by the field of view are enclosed too.
        Empty where there is no patient.
    """
    tissue = hu > TISSUE_HU
    plane = (min(spacing_mm[1], spacing_mm[2]) * 1e3, spacing_mm[1], spacing_mm[2])
    solid = open_(tissue, COUCH_RADIUS_MM, plane)  # in plane: thick slices must not be eaten
    labels, sizes = components(solid)
    if len(sizes) < 2 or sizes[1] * np.prod(spacing_mm) / 1000.0 < SMALLEST_BODY_ML:
        return np.zeros(hu.shape, dtype=bool)
    return fill_slices(np.asarray(labels == 1))
