"""What the analysis of one volume gives: masks on the volume's grid, figures, and what must be said about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from groundglass.analysis.lobes import LobeReading
from groundglass.analysis.quantify import RegionFigures
from groundglass.analysis.result import (
    Coverage,
    InvolvementSection,
    LesionsSection,
    LungsSection,
    ModelRow,
    SeveritySection,
    SliceRow,
)
from groundglass.phrases import Notice
from groundglass.volume import Geometry, LabelVolume, Volume

Gravity = Literal["back", "front", "right", "left", "unknown"]
"""Towards which side of the patient gravity pulls: supine "back", prone "front", decubitus "right" or "left"."""


@dataclass(frozen=True, slots=True)
class CoverageVerdict:
    """How much of the chest the volume shows.

    Attributes
    ----------
    coverage : {"whole", "partial", "none"}
        ``none`` is refused; ``partial`` is measured, never graded.
    reasons : tuple of Notice
        Why it is not whole, and what else is unusual (one lung, situs inversus, expiration).
    """

    coverage: Coverage
    reasons: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class ChestReading:
    """The analysis of one volume.

    Attributes
    ----------
    volume : Volume
        What was read, HU, axial: slices feet to head, rows front to back, columns right to left of the patient.
    lungs : LabelVolume
        On the grid of ``volume``: 1 right, 2 left, 3 side unknown.
    airways : LabelVolume
        1 trachea and main bronchi.
    lesions : LabelVolume
        1 ground glass, 2 consolidation; a subset of the lungs.
    verdict : CoverageVerdict
        How much of the chest is seen.
    lungs_figures, lesions_figures, involvement, slices, severity
        Sections of the result (``sop_uid`` of the slices is filled in by the pipeline).
    notices : tuple of Notice
        Warnings.
    models : tuple of ModelRow
        Networks that took part.
    probability_of_pathology : float or None
        0..1, of lung opacity compatible with pneumonia; None where no calibrated model ran.
    chance : tuple of ((slice, row, column) uint8, Geometry) or None
        Probability of lesion, times 255, on a coarser grid, and that grid; None without a network.
    evidence : dict of str to float or None
        What interval and probability were made of, percent points: ``expected``, and the fields of
        :class:`groundglass.analysis.learned.Doubt`; None without a network.
    lobes : LobeReading or None
        Lobes by weak evidence; None where they were not looked for. Nothing else rests on them.
    regions : tuple of RegionFigures
        Each lung and each zone; empty where the sides are not known.
    seconds : dict of str to float
        Seconds by stage.
    """

    volume: Volume
    lungs: LabelVolume
    airways: LabelVolume
    lesions: LabelVolume
    verdict: CoverageVerdict
    lungs_figures: LungsSection | None
    lesions_figures: LesionsSection | None
    involvement: InvolvementSection | None
    slices: tuple[SliceRow, ...]
    severity: SeveritySection | None
    notices: tuple[Notice, ...]
    models: tuple[ModelRow, ...]
    seconds: dict[str, float]
    probability_of_pathology: float | None = None
    chance: tuple[NDArray[np.uint8], Geometry] | None = None
    evidence: dict[str, float] | None = None
    lobes: LobeReading | None = None
    regions: tuple[RegionFigures, ...] = ()
