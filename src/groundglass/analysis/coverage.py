"""How much of the chest a volume shows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from groundglass.analysis.morphology import Spacing
from groundglass.analysis.reading import CoverageVerdict
from groundglass.phrases import Notice

SMALLEST_LUNGS_ML = 150.0
CUT_AREA_MM2 = 1500.0


def judge(
    hu: NDArray[np.int16], body: NDArray[np.bool_], lungs: NDArray[np.uint8], spacing_mm: Spacing
) -> CoverageVerdict:
    """Tell whole, partial and no chest apart."""
    voxel_ml = float(np.prod(spacing_mm)) / 1000.0
    pixel = spacing_mm[1] * spacing_mm[2]
    volume = float((lungs > 0).sum()) * voxel_ml
    if not body.any():
        return CoverageVerdict("none", (Notice("coverage_no_patient", {}, "error"),))
    if volume < SMALLEST_LUNGS_ML:
        return CoverageVerdict("none", (Notice("coverage_no_lungs", {"volume_ml": round(volume)}, "error"),))
    reasons = []
    if float((lungs[-1] > 0).sum()) * pixel > CUT_AREA_MM2:
        reasons.append(Notice("coverage_cut_top"))
    if float((lungs[0] > 0).sum()) * pixel > CUT_AREA_MM2:
        reasons.append(Notice("coverage_cut_bottom"))
    return CoverageVerdict("partial" if reasons else "whole", tuple(reasons))
