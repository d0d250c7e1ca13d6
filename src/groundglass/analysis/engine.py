"""One chest read: anatomy, lesions, masks, figures."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from groundglass.analysis import anatomy, masks, quantify
from groundglass.analysis.anatomy import Anatomy
from groundglass.analysis.fusion import HALF_LEVEL, LearnedRules, Sight, fused_lesions, with_density
from groundglass.analysis.grid import WORKING_SPACING_MM, WorkingGrid
from groundglass.analysis.learned import (
    LearnedUncertainty,
    chance,
    doubt,
    expected_percent,
    learned_interval,
    learned_slice_scores,
    probability_of_pathology,
)
from groundglass.analysis.lesions import CONSOLIDATION, LesionMap, LesionRules, find_lesions
from groundglass.analysis.lobes import read_lobes, trace_lobes
from groundglass.analysis.morphology import Box
from groundglass.analysis.networks import ChestNetwork, NetworkGrid, onto
from groundglass.analysis.notices import reading_notices
from groundglass.analysis.outline import lungs_to_full
from groundglass.analysis.reading import ChestReading, Gravity
from groundglass.analysis.severity import severity
from groundglass.analysis.slices import slice_scores
from groundglass.analysis.uncertainty import UncertaintyRules, interval
from groundglass.analysis.unlike import unlike
from groundglass.phrases import Notice
from groundglass.volume import LESION_LABELS, LUNG_LABELS, LabelVolume, Volume

ENGINES_DIFFER_POINTS, ENGINES_DIFFER_SHARE = 5.0, 0.5
"""Network and classical analysis of the same lungs differ by more than a few points and half of the larger figure:
one of them is wrong, and a person should look."""
METHODS = {False: "classical/1", True: "learned/1"}
"""Name of the engine in the result, without and with a network."""
AIRWAY_LABELS = {1: "trachea and main bronchi"}


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """What can be chosen about a reading.

    Attributes
    ----------
    spacing_mm : float
        Side of the working grid's voxels, mm.
    lesions : LesionRules
        Thresholds of the classical engine.
    learned : LearnedRules
        Thresholds of the learned engine.
    uncertainty : UncertaintyRules
        Sizes of the terms of the interval, classical engine.
    learned_uncertainty : LearnedUncertainty
        The same of the learned engine.
    lobes : bool
        Whether to look for the lobes, which costs most of a second; nothing else changes with it.
    """

    spacing_mm: float = WORKING_SPACING_MM
    lesions: LesionRules = field(default_factory=LesionRules)
    learned: LearnedRules = field(default_factory=LearnedRules)
    uncertainty: UncertaintyRules = field(default_factory=UncertaintyRules)
    learned_uncertainty: LearnedUncertainty = field(default_factory=LearnedUncertainty)
    lobes: bool = True


def read_chest(
    volume: Volume,
    *,
    gravity: Gravity = "unknown",
    exact_hu: bool = True,
    options: ReadingOptions | None = None,
    clock: Callable[[], float],
    network: ChestNetwork | None = None,
) -> ChestReading:
    """Read one chest.

    Parameters
    ----------
    volume : Volume
        HU; slices feet to head, rows front to back, columns right to left of the patient.
    gravity : {"back", "front", "right", "left", "unknown"}
        Towards which side of the patient gravity pulls.
    exact_hu : bool
        False where HU are approximate or clipped to a window (some NIfTI).
    options : ReadingOptions, optional
        Defaults where left out.
    clock : callable
        Returns seconds; handed in so that a test can stop time.
    network : ChestNetwork, optional
        Outlines lungs and lesions, guarded by classical analysis; without one classical analysis does all.
    """
    options = options or ReadingOptions()
    rules = options.lesions
    if not exact_hu:
        rules = replace(rules, grow_hu=rules.grow_hu + rules.inexact_hu)
    seconds: dict[str, float] = {}
    start = clock()
    grid = WorkingGrid.of(volume, spacing_mm=options.spacing_mm)
    look = None if network is None else partial(_look, network, grid)
    body = anatomy.find(grid, gravity=gravity, clock=clock, look=look)
    seconds["anatomy"], start = clock() - start, clock()
    if body.verdict.coverage == "none":
        return _nothing(volume, body, seconds)
    # the lobes wait for nothing but anatomy, and nothing waits for them: they are traced on the side
    aside = ThreadPoolExecutor(max_workers=1) if options.lobes else None
    tracing = aside.submit(trace_lobes, grid, body) if aside is not None else None
    found = find_lesions(
        grid.hu,
        body.lungs,
        depth_mm=body.depth_mm,
        hilum_mm=body.hilum_mm,
        spacing_mm=grid.spacing_mm,
        gravity=gravity,
        rules=rules,
    )
    sight, labels = body.sight, found.labels
    sure: NDArray[np.uint8] | None = None
    disagree: tuple[Notice, ...] = ()
    evidence: dict[str, float] | None = None
    if sight is not None:
        sure = chance(sight, body.lungs, options.learned)
        disagree = _disagreement(sure, found.labels, body.lungs)
        if exact_hu:
            sure = with_density(sure, found.labels > 0, grid.spacing_mm, options.learned)
        labels = fused_lesions(sure, grid.hu, body.lungs, grid.spacing_mm, rules=options.learned, cut=rules)
    seconds["lesions"], start = clock() - start, clock()
    lungs, lesions = full_masks(grid, body, labels)
    airways = LabelVolume(masks.to_full(grid, body.airways).view(np.uint8), volume.geometry, AIRWAY_LABELS)
    seconds["masks"], start = clock() - start, clock()
    counts = quantify.count(volume, lungs, lesions, body.zones, grid.blocks)
    shares = quantify.involvement(counts, (0.0, 100.0))
    if shares is not None and sure is not None:
        doubts = doubt(sure, body.lungs, body.completed, labels, options.learned_uncertainty)
        evidence = {"expected": expected_percent(sure, body.lungs), **asdict(doubts)}
        limits = learned_interval(shares.percent, doubts, exact_hu=exact_hu, sizes=options.learned_uncertainty)
        shares = replace(shares, interval=limits)
    elif shares is not None and found.excess is not None:
        limits = interval(
            shares.percent,
            found,
            body.completed,
            spacing_mm=grid.spacing_mm,
            exact_hu=exact_hu,
            rules=rules,
            uncertainty=options.uncertainty,
        )
        shares = replace(shares, interval=limits)
    scores = slice_scores(counts, volume.geometry, found.excess, rules=rules, block=grid.blocks[0])
    sureness = item_scores(found, options.lesions)
    if sure is not None:
        surest = learned_slice_scores(sure, grid.spacing_mm, volume.geometry, grid.blocks[0])
        # where HU are exact, lung that is too dense is a second opinion
        scores = (scores + surest) / 2 if exact_hu else surest
        sureness = sure.astype(np.float32) / np.float32(255)
    figures = quantify.lesion_figures(
        volume, lungs, lesions, counts, zones=body.zones, blocks=grid.blocks, scores=sureness
    )
    seconds["figures"], start = clock() - start, clock()
    lobes = None
    if aside is not None and tracing is not None:
        lobes = read_lobes(grid, tracing.result(), lungs, lesions)
        aside.shutdown()
    seconds["lobes"] = clock() - start
    return ChestReading(
        volume=volume,
        lungs=lungs,
        airways=airways,
        lesions=lesions,
        verdict=body.verdict,
        lungs_figures=quantify.lung_figures(counts, volume.geometry.voxel_ml, METHODS[sight is not None]),
        lesions_figures=figures,
        involvement=shares,
        slices=quantify.slice_rows(volume, counts, scores),
        severity=severity(shares),
        regions=quantify.region_figures(counts, volume.geometry.voxel_ml),
        notices=(
            *body.notices,
            *disagree,
            *reading_notices(
                grid, body, found.excess, shares.interval if shares is not None else (0.0, 0.0), exact_hu=exact_hu
            ),
            *unlike(grid, body),
        ),
        models=() if network is None or sight is None else (network.row,),
        seconds=seconds,
        probability_of_pathology=None if evidence is None else probability_of_pathology(evidence["expected"]),
        chance=None if sure is None else (sure, grid.geometry),
        evidence=evidence,
        lobes=lobes,
    )


def _disagreement(
    sure: NDArray[np.uint8], classical: NDArray[np.uint8], lungs: NDArray[np.uint8]
) -> tuple[Notice, ...]:
    """Say where both engines measure very different percentages."""
    total = max(1, int(np.count_nonzero(lungs)))
    learned = 100.0 * int(np.count_nonzero(sure >= HALF_LEVEL)) / total
    by_density = 100.0 * int(np.count_nonzero(classical)) / total
    limit = max(ENGINES_DIFFER_POINTS, ENGINES_DIFFER_SHARE * max(learned, by_density))
    if abs(learned - by_density) <= limit:
        return ()
    return (Notice("engines_differ", {"learned": round(learned), "classical": round(by_density)}),)


def _look(network: ChestNetwork, grid: WorkingGrid, box: Box) -> Sight:
    """Show the network a part of the chest; its answer comes back on the working grid."""
    size = grid.full.geometry.shape
    rows, columns = (
        slice(part.start * block, min(part.stop * block, n))
        for part, block, n in zip(box[1:], grid.blocks[1:], size[1:], strict=True)
    )
    seen = network.look(NetworkGrid.of(grid.full, rows, columns))
    maps = {head: onto(values, seen.grid.geometry, grid.geometry) for head, values in seen.maps.items()}
    return Sight(**maps)


def item_scores(found: LesionMap, rules: LesionRules) -> NDArray[np.float32]:
    """Score each working voxel 0..1 by its excess over healthy lung: 0.5 at the threshold that starts a lesion.

    Parameters
    ----------
    found : LesionMap
        Lesions, and what they were cut from.
    rules : LesionRules
        Thresholds.
    """
    out = np.zeros(found.labels.shape, dtype=np.float32)
    if found.excess is not None:
        # dense lung has lost its vessels and more: consolidation is sure by itself
        sure = 1.0 - np.exp2(-np.maximum(found.excess.hu, 0.0) / np.float32(rules.seed_hu))
        out[found.excess.box] = np.where(found.excess.solid >= rules.consolidation_hu, 1.0, sure)
    return out


def full_masks(grid: WorkingGrid, body: Anatomy, lesions: NDArray[np.uint8]) -> tuple[LabelVolume, LabelVolume]:
    """Bring lungs and lesions to the full grid; lesions stay inside the lungs.

    Parameters
    ----------
    grid : WorkingGrid
        How the grids lie to each other.
    body : Anatomy
        With the lungs on the working grid.
    lesions : (slice, row, column) uint8
        1 ground glass, 2 consolidation, on the working grid.
    """
    geometry = grid.full.geometry
    lungs = lungs_to_full(grid, body.lungs, body.aerated)
    out = np.zeros(geometry.shape, dtype=np.uint8)
    box = masks.full_box(grid, lesions > 0, 2)
    if box is not None:
        # at the pleura a lesion reaches as far as the lung, which ends between coarse voxels
        outside = body.lungs == 0
        parts = (lesions > 0, lesions == CONSOLIDATION)
        softs = [masks.soft(part | (masks.grown(part) & outside)) for part in parts]
        for k, (any_kind, dense) in masks.upsampled(grid, softs, box):
            sick = any_kind & (lungs[k, box[1], box[2]] > 0)
            # 1 ground glass, 2 consolidation: one more where it is dense
            out[k, box[1], box[2]] = sick.view(np.uint8) + (sick & dense).view(np.uint8)
    return LabelVolume(lungs, geometry, LUNG_LABELS), LabelVolume(out, geometry, LESION_LABELS)


def _nothing(volume: Volume, body: Anatomy, seconds: dict[str, float]) -> ChestReading:
    empty = np.zeros(volume.geometry.shape, dtype=np.uint8)
    return ChestReading(
        volume=volume,
        lungs=LabelVolume(empty, volume.geometry, LUNG_LABELS),
        airways=LabelVolume(empty, volume.geometry, AIRWAY_LABELS),
        lesions=LabelVolume(empty, volume.geometry, LESION_LABELS),
        verdict=body.verdict,
        lungs_figures=None,
        lesions_figures=None,
        involvement=None,
        slices=(),
        severity=None,
        notices=body.notices,
        models=(),
        seconds=seconds,
    )
