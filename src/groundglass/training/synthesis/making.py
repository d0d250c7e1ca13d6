"""One chest without lesions in, the same chest with lesions out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from groundglass.analysis.morphology import bounding_box, distance_to_mm
from groundglass.errors import InputError
from groundglass.training.synthesis.chest import Chest, Field
from groundglass.training.synthesis.design import Maker
from groundglass.training.synthesis.lobular import LobularMaker
from groundglass.training.synthesis.options import (
    BAD_SYNTHESIS_OPTIONS,
    EFFUSION_LABELS,
    SynthesisOptions,
    Synthetic,
)
from groundglass.training.synthesis.painting import paint
from groundglass.training.synthesis.tissue import measure_noise
from groundglass.training.synthesis.warped import WarpedMaker
from groundglass.volume import LESION_LABELS, LabelVolume, Volume, axial_axes, undo_axes

MARGIN_MM = 8.0
"""Round the lungs: partial volume at the pleura and the blur of the picture stay inside the crop."""
FLUID_SHARE_AT_MOST = 0.4
"""Of the lung on its side: a larger effusion pushes the mediastinum aside, which is not drawn."""


def synthesise(volume: Volume, lungs: LabelVolume, options: SynthesisOptions) -> Synthetic:
    """Put lesions of known volume into lungs without lesions.

    Parameters
    ----------
    volume : Volume
        HU of a chest, any grid and orientation; approximate or clipped HU will do.
    lungs : LabelVolume
        Its lungs, vessels inside: 1 right, 2 left, 3 side unknown.
    options : SynthesisOptions
        What to put in.

    Raises
    ------
    InputError
        ``GRID_MISMATCH`` if volume and lungs differ in grid; ``BAD_SYNTHESIS_OPTIONS`` if there are no lungs.
    """
    volume.geometry.require_same_grid(lungs.geometry, what="synthesis of lesions")
    axes, flips = axial_axes(volume.geometry)
    turned, outline = volume.reoriented(axes, flips), lungs.reoriented(axes, flips)
    spacing = turned.geometry.spacing_mm
    tight = bounding_box(outline.array > 0)
    if tight is None:
        raise InputError(
            BAD_SYNTHESIS_OPTIONS,
            what="the outline of the lungs is empty",
            where="lungs of the synthesis",
            todo="give a chest with lungs",
        )
    a, b, c = (
        slice(max(0, s.start - int(np.ceil(MARGIN_MM / w))), min(n, s.stop + int(np.ceil(MARGIN_MM / w))))
        for s, w, n in zip(tight, spacing, outline.array.shape, strict=True)
    )
    box = (a, b, c)
    named = np.ascontiguousarray(outline.array[box])
    chest = Chest.of(turned.array[box].astype(np.float32), _sided(named), spacing)
    streams = [np.random.default_rng([options.seed, n]) for n in range(2)]
    noise = measure_noise(turned.array, spacing[1], streams[0])
    maker: Maker = (WarpedMaker if options.variant == "train" else LobularMaker)(chest, options, streams[1])
    fluid = _fluid(chest, maker, options)
    remaining = (named > 0) & ~fluid if fluid is not None else named > 0
    away = None
    if fluid is not None:
        away = _same_side_distance(chest, chest.sample(fluid))
    design = maker.design(away)
    labels, glass = _levels(chest, design.glass_mm, design.dense_mm, design.fringe, remaining, options)
    painted = paint(chest, design, maker, labels=labels, glass_mm=glass, fluid=fluid, noise=noise, slices=box[0])
    hu = turned.array.copy()
    hu[box] = painted
    full_lungs, full_lesions = outline.array.copy(), np.zeros(turned.geometry.shape, dtype=np.uint8)
    full_lesions[box] = labels
    back = undo_axes(axes, flips)
    effusion = None
    if fluid is not None:
        full_lungs[box][fluid] = 0
        full_fluid = np.zeros(turned.geometry.shape, dtype=np.uint8)
        full_fluid[box] = fluid
        effusion = _returned(LabelVolume(full_fluid, turned.geometry, EFFUSION_LABELS), lungs, back)
    size = int(np.count_nonzero(full_lungs))
    return Synthetic(
        volume=volume.with_array(np.ascontiguousarray(Volume(hu, turned.geometry).reoriented(*back).array)),
        lungs=_returned(LabelVolume(full_lungs, turned.geometry, lungs.labels), lungs, back),
        lesions=_returned(LabelVolume(full_lesions, turned.geometry, LESION_LABELS), lungs, back),
        effusion=effusion,
        percent=100.0 * int(np.count_nonzero(labels)) / size,
        consolidation_percent=100.0 * int(np.count_nonzero(labels == 2)) / size,
    )


def _returned(
    labels: LabelVolume, like: LabelVolume, back: tuple[tuple[int, int, int], tuple[bool, bool, bool]]
) -> LabelVolume:
    return LabelVolume(np.ascontiguousarray(labels.reoriented(*back).array), like.geometry, labels.labels)


def _sided(lungs: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Split lungs of unknown side at the middle: shapes need sides, the result keeps its labels."""
    unknown = lungs == 3
    if not unknown.any():
        return lungs
    hits = np.flatnonzero((lungs > 0).any(axis=(0, 1)))
    middle = (int(hits[0]) + int(hits[-1])) // 2
    out = lungs.copy()
    out[:, :, :middle][unknown[:, :, :middle]] = 1
    out[:, :, middle:][unknown[:, :, middle:]] = 2
    return out


def _fluid(chest: Chest, maker: Maker, options: SynthesisOptions) -> NDArray[np.bool_] | None:
    """Return the pleural fluid at the voxels."""
    if options.effusion_ml <= 0:
        return None
    order = chest.to_voxels(maker.fluid_mm())
    inside = chest.lungs > 0
    voxel_ml = float(np.prod(chest.spacing_mm)) / 1000.0
    wanted = min(options.effusion_ml / voxel_ml, FLUID_SHARE_AT_MOST * int(np.count_nonzero(inside)))
    level = _lowest(order[inside], int(wanted))
    fluid = inside & (order < level)
    for side in (1, 2):
        own = chest.lungs == side
        most = FLUID_SHARE_AT_MOST * int(np.count_nonzero(own))
        if np.count_nonzero(fluid & own) > most:
            fluid &= ~own | (order < _lowest(order[own], int(most)))
    return np.asarray(fluid)


def _same_side_distance(chest: Chest, fluid: NDArray[np.bool_]) -> Field:
    """Return the distance, mm, of lattice points to fluid of their own side; 999 where there is none."""
    out = np.full(fluid.shape, 999, dtype=np.float32)
    for side in np.unique(chest.cells[fluid]):
        own = chest.cells == side
        out[own] = distance_to_mm(fluid & own, chest.lattice_mm)[own]
    return out


def _lowest(values: Field, count: int) -> float:
    """Return the level below which ``count`` values lie."""
    if count >= values.size:
        return float("inf")
    return float(np.partition(values, count)[count])


def _levels(
    chest: Chest,
    glass_mm: Field,
    dense_mm: Field | None,
    fringe: float,
    lungs: NDArray[np.bool_],
    options: SynthesisOptions,
) -> tuple[NDArray[np.uint8], Field]:
    """Cut both fields so that the wanted shares are met.

    Returns
    -------
    labels : (slice, row, column) uint8
        1 ground glass, 2 consolidation.
    glass_mm : (slice, row, column) float32
        How far outside the lesions a voxel lies, about mm; below zero inside.
    """
    labels = np.zeros(chest.hu.shape, dtype=np.uint8)
    size = int(np.count_nonzero(lungs))
    total = round(options.percent / 100 * size)
    glass = chest.to_voxels(glass_mm)
    if total == 0:
        return labels, np.full(chest.hu.shape, 99, dtype=np.float32)
    if dense_mm is not None:
        dense = chest.to_voxels(dense_mm)
        level = _lowest(dense[lungs], round(total * options.consolidation_share))
        solid = lungs & (dense < level)
        near = (dense - np.float32(level)) * np.float32(fringe)
        glass = np.minimum(glass - np.float32(_lowest(glass[lungs], max(1, total // 2))), near)
        glass[solid] = -1e6
        labels[solid] = 2
    level = _lowest(glass[lungs], total)
    glass = glass - np.float32(level)
    labels[lungs & (glass < 0) & (labels == 0)] = 1
    return labels, glass
