"""Anatomy of one chest on the working grid: body, lungs, airways, zones, coverage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from groundglass.analysis.airways import find_airways
from groundglass.analysis.body import find_body
from groundglass.analysis.coverage import judge
from groundglass.analysis.grid import WorkingGrid
from groundglass.analysis.lungs import find_lungs
from groundglass.analysis.morphology import distance_inside_mm, distance_to_mm
from groundglass.analysis.reading import CoverageVerdict, Gravity
from groundglass.analysis.zones import find_zones
from groundglass.phrases import Notice


@dataclass(frozen=True, slots=True, eq=False)
class Anatomy:
    """What the working grid shows; every mask is (slice, row, column) on it.

    Attributes
    ----------
    body : bool
        The patient, with all that he encloses.
    lungs : uint8
        0 background, 1 right, 2 left, 3 side unknown; vessels and dense lung inside, trachea and main bronchi outside.
    aerated : bool
        The air-filled part of the lungs.
    completed : bool
        The part of the lungs that was put back into the outline though dense: vessels, and dense lung next to the
        chest wall, which may be consolidation (or, wrongly, effusion).
    airways : bool
        Trachea and main bronchi.
    carina_mm : tuple of float or None
        The fork of the trachea, LPS mm.
    carina_confidence : float
        0..1.
    zones : uint8
        1 upper, 2 middle, 3 lower; 0 outside the lungs.
    depth_mm : float32
        Distance of each lung voxel to the lung's border, mm; 0 outside.
    hilum_mm : float32
        Distance to the main bronchi and the trachea, mm; infinite where they were not found.
    verdict : CoverageVerdict
        How much of the chest is seen.
    notices : tuple of Notice
        What must be said besides.
    seconds : dict of str to float
        By stage.
    """

    body: NDArray[np.bool_]
    lungs: NDArray[np.uint8]
    aerated: NDArray[np.bool_]
    completed: NDArray[np.bool_]
    airways: NDArray[np.bool_]
    carina_mm: tuple[float, float, float] | None
    carina_confidence: float
    zones: NDArray[np.uint8]
    depth_mm: NDArray[np.float32]
    hilum_mm: NDArray[np.float32]
    verdict: CoverageVerdict
    notices: tuple[Notice, ...]
    seconds: dict[str, float]


def find(grid: WorkingGrid, *, gravity: Gravity = "unknown", clock: Callable[[], float] = perf_counter) -> Anatomy:
    """Find body, lungs, airways and zones, and judge the coverage.

    Parameters
    ----------
    grid : WorkingGrid
        Of a canonical axial volume.
    gravity : {"back", "front", "right", "left", "unknown"}
        Where fluid lies.
    clock : callable
        Seconds.
    """
    seconds: dict[str, float] = {}
    hu, spacing = grid.hu, grid.spacing_mm
    start = clock()
    body = find_body(hu, spacing)
    seconds["body"], start = clock() - start, clock()
    air = find_airways(hu, body, spacing)
    seconds["airways"], start = clock() - start, clock()
    lungs = find_lungs(hu, body, air.lumen, spacing)
    labels = lungs.labels
    seconds["lungs"], start = clock() - start, clock()
    if not grid.geometry.sided:
        labels = np.where(labels > 0, 3, 0).astype(np.uint8)
    zones = find_zones(labels, None if air.carina is None else air.carina[0])
    depth = distance_inside_mm(labels > 0, spacing)
    hilum = distance_to_mm(air.lumen, spacing)
    verdict = judge(hu, body, labels, spacing)
    seconds["coverage_zones"] = clock() - start
    carina_mm = None
    if air.carina is not None:
        x, y, z = (float(v) for v in grid.geometry.to_mm(np.array(air.carina)))
        carina_mm = (x, y, z)
    return Anatomy(
        body=body, lungs=labels, aerated=lungs.aerated, completed=lungs.completed, airways=air.lumen,
        carina_mm=carina_mm, carina_confidence=air.confidence, zones=zones, depth_mm=depth, hilum_mm=hilum,
        verdict=verdict, notices=(), seconds=seconds,
    )  # fmt: skip
