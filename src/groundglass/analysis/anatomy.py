"""Anatomy of one chest on the working grid: body, lungs, airways, zones, coverage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundglass.analysis.airways import Airways, find_airways
from groundglass.analysis.body import find_body
from groundglass.analysis.coverage import Chest, judge
from groundglass.analysis.fusion import Sight, fused_lungs
from groundglass.analysis.grid import WorkingGrid
from groundglass.analysis.lungs import Lungs, find_lungs
from groundglass.analysis.morphology import Box, Spacing, bounding_box, distance_inside_mm, distance_to_mm
from groundglass.analysis.reading import CoverageVerdict, Gravity
from groundglass.analysis.zones import find_zones
from groundglass.phrases import Notice

SURE_FORK = 0.75
"""A fork found in the volume turned head down, when there is none as it is, counts from this confidence on."""
SAID_DENSE_ML = 5.0
"""Dense lung put back into the outline is worth a word from this volume on."""
LOOK_MARGIN_MM = 30.0
"""A network is shown the lungs, mirrored at the spine, with so much around: consolidated lung may lie outside the
air-filled part, but hardly farther."""
OUTLINES_DIFFER_SHARE = 0.12
"""Air-filled lung on which network and classical analysis disagree, as a share of it, from which that is said: in
healthy and in drawn chests it is below half of this."""


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
        Dense voxels put back into the outline next to the chest wall or amid lung: most likely consolidation, possibly
        something else. Vessels and small bays, which the closing fills, are not among them.
    effusion : bool
        Fluid between lung and chest wall, outside the lungs.
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
    sight : Sight or None
        What the network says; None without one, and where it failed and the classical outline stands.
    classical : uint8
        The lungs as classical analysis alone outlines them.
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
    effusion: NDArray[np.bool_]
    airways: NDArray[np.bool_]
    carina_mm: tuple[float, float, float] | None
    carina_confidence: float
    zones: NDArray[np.uint8]
    depth_mm: NDArray[np.float32]
    hilum_mm: NDArray[np.float32]
    sight: Sight | None
    classical: NDArray[np.uint8]
    verdict: CoverageVerdict
    notices: tuple[Notice, ...]
    seconds: dict[str, float]


def find(
    grid: WorkingGrid,
    *,
    gravity: Gravity = "unknown",
    clock: Callable[[], float] = perf_counter,
    look: Callable[[Box], Sight] | None = None,
) -> Anatomy:
    """Find body, lungs, airways and zones, and judge the coverage.

    Parameters
    ----------
    grid : WorkingGrid
        Of a canonical axial volume.
    gravity : {"back", "front", "right", "left", "unknown"}
        Where fluid lies.
    clock : callable
        Seconds.
    look : callable, optional
        Shows a network the part of the working grid inside a box and returns what it says of the whole grid.
    """
    seconds: dict[str, float] = {}
    spacing, shape = grid.spacing_mm, grid.hu.shape
    start = clock()
    patient = find_body(grid.hu, spacing)
    seconds["body"], start = clock() - start, clock()
    box = bounding_box(patient.mask, 1) or (slice(0, 1), slice(0, 1), slice(0, 1))
    box = (slice(0, shape[0]), box[1], box[2])  # the air around the patient need not be looked at again
    hu = grid.hu[box]
    inner = patient.cropped(box)
    air = find_airways(hu, inner.mask, spacing)
    seconds["airways"], start = clock() - start, clock()
    classical = lungs = find_lungs(hu, inner, air.lumen, air.carina, spacing, gravity)
    sight: Sight | None = None
    differ: tuple[Notice, ...] = ()
    if look is not None and classical.labels.any():
        seconds["lungs"], start = clock() - start, clock()
        sight = look(_chest_box(classical, box, spacing))
        seconds["network"], start = clock() - start, clock()
        fused = fused_lungs(classical, sight.cropped(box), hu, inner.mask, air.lumen, spacing)
        if fused is None:
            sight, differ = None, (Notice("network_failed", {}, "warning"),)
        else:
            lungs, differ = fused, _differences(classical, fused)
    labels = lungs.labels if grid.geometry.sided else np.where(lungs.labels > 0, 3, 0).astype(np.uint8)
    seconds["lungs"] = seconds.get("lungs", 0.0) + clock() - start
    start = clock()
    zones = find_zones(labels, None if air.carina is None else air.carina[0], spacing[0])
    depth = distance_inside_mm(labels > 0, spacing)
    hilum = distance_to_mm(air.lumen, spacing)
    turned = air.carina is None and find_airways(hu[::-1], inner.mask[::-1], spacing).confidence >= SURE_FORK
    chest = Chest(hu, inner.mask, lungs.labels, air.carina, turned, grid.full.geometry.shape[0], grid.geometry.sided)
    verdict = judge(chest, spacing)
    carina_mm = None
    if air.carina is not None:
        offset = np.array([0, box[1].start, box[2].start])
        x, y, z = (float(v) for v in grid.geometry.to_mm(np.array(air.carina) + offset))
        carina_mm = (x, y, z)

    def whole(part: NDArray[Any], outside: float = 0) -> NDArray[Any]:
        out = np.full(shape, outside, dtype=part.dtype)
        out[box] = part
        out.setflags(write=False)
        return out

    seconds["coverage_zones"] = clock() - start
    return Anatomy(
        body=patient.mask, lungs=whole(labels), aerated=whole(lungs.aerated), completed=whole(lungs.completed),
        effusion=whole(lungs.effusion), airways=whole(air.lumen), carina_mm=carina_mm,
        carina_confidence=air.confidence, zones=whole(zones), depth_mm=whole(depth), hilum_mm=whole(hilum, np.inf),
        sight=sight, classical=whole(classical.labels),
        verdict=verdict, notices=_notices(air, lungs, verdict, grid.voxel_ml) + differ, seconds=seconds,
    )  # fmt: skip


def _notices(air: Airways, lungs: Lungs, verdict: CoverageVerdict, voxel_ml: float) -> tuple[Notice, ...]:
    """Say what the anatomy could not tell, or found besides the lungs."""
    notices: list[Notice] = []
    if verdict.coverage == "none":
        return ()
    if air.carina is None:
        notices.append(Notice("carina_not_found", {}, "info"))
    dense_ml = float(lungs.completed.sum()) * voxel_ml
    if dense_ml >= SAID_DENSE_ML:
        notices.append(Notice("dense_lung_completed", {"volume_ml": round(dense_ml)}))
    fluid_ml = float(lungs.effusion.sum()) * voxel_ml
    if fluid_ml > 0:
        notices.append(Notice("effusion_suspected", {"volume_ml": round(fluid_ml)}))
    return tuple(notices)


def _chest_box(lungs: Lungs, within: Box, spacing_mm: Spacing) -> Box:
    """Return the part of the working grid to be shown to a network."""
    found = bounding_box(lungs.labels > 0) or (slice(0, 1), slice(0, 1), slice(0, 1))
    rows, columns = (max(1, round(LOOK_MARGIN_MM / mm)) for mm in spacing_mm[1:])
    middle = float(lungs.middle)
    reach = max(middle - found[2].start, found[2].stop - middle)
    first, last = middle - reach - columns, middle + reach + columns
    size = lungs.labels.shape
    return (
        within[0],
        slice(within[1].start + max(0, found[1].start - rows), within[1].start + min(size[1], found[1].stop + rows)),
        slice(within[2].start + max(0, round(first)), within[2].start + min(size[2], round(last))),
    )


def _differences(classical: Lungs, fused: Lungs) -> tuple[Notice, ...]:
    """Say where network and classical analysis disagree about air-filled lung: dense lung is the network's to find."""
    aerated = classical.aerated & (classical.labels > 0)
    lost = int(np.count_nonzero(aerated & (fused.labels == 0)))
    share = lost / max(1, int(np.count_nonzero(aerated)))
    return (Notice("outlines_differ", {"percent": round(100 * share)}),) if share > OUTLINES_DIFFER_SHARE else ()
