"""The fissures of both lungs and the lobes between them, each fissure with its own confidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from groundglass.analysis.lobes.confidence import confidence, signs
from groundglass.analysis.lobes.evidence import Evidence, Maps, maps
from groundglass.analysis.lobes.frames import Frame, Heights, horizontal_frame, oblique_frame
from groundglass.analysis.lobes.tracing import HORIZONTAL, Gate, Traced, look, trace
from groundglass.analysis.morphology import Spacing, bounding_box

FissureName = Literal["right oblique", "right horizontal", "left oblique"]
RIGHT, LEFT = 1, 2
RIGHT_UPPER, RIGHT_MIDDLE, RIGHT_LOWER, LEFT_UPPER, LEFT_LOWER = 1, 2, 3, 4, 5

TURNS_DEGREES = (-12.0, 0.0, 12.0)
"""The oblique fissure is looked for in planes turned so much: it falls by 25-55 degrees from back to front."""
SMALLEST_LUNG_ML = 300.0
"""A smaller lung is collapsed, cut off or not whole: its lobes do not lie where they are looked for."""
GATE_MM = (6.0, 12.0)
"""The horizontal fissure ends at the oblique one, whose own sheet must not count for it: none counts nearer than the
first distance, all beyond the second."""
MEETS_MM = 9.0
"""Nearer than this the two cannot be told apart: half of the evidence between them is gone."""
UNDER_ALL_MM = 1000.0
"""Lower than any lung."""
SECOND_BELOW_MM = 7.0
"""The oblique fissure is looked for a second time this far below the first sheet: farther than the sheet is thick after
blurring, nearer than the horizontal fissure lies to it but at their junction."""
FRONT_SHARE = 0.45
"""In front of this share of its length, that is of the hilum, the second look is taken: there the first sheet may have
run on into the horizontal fissure, which is often the clearer one."""


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """A fissure as a height above a plane, to be drawn or measured.

    Attributes
    ----------
    points_mm : (u, x, 3) float32
        (slice, row, column), mm from the centre of the working grid's first voxel.
    inside : (u, x) bool
        Where it lies in its lung, and for the horizontal fissure in front of the oblique one.
    """

    points_mm: NDArray[np.float32]
    inside: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class FissureEvidence:
    """One fissure.

    Attributes
    ----------
    confidence : float
        0..1: probability that the surface lies within 5 mm of the fissure in the mean, as found on phantoms.
    seen_share : float
        Share of the surface where a thin bright sheet is seen.
    surface : Surface
        Where it was put.
    """

    confidence: float
    seen_share: float
    surface: Surface


@dataclass(frozen=True, slots=True, eq=False)
class Lobes:
    """The lobes of both lungs, as far as weak evidence carries; never used in grade or figures.

    Attributes
    ----------
    labels : (slice, row, column) uint8
        1 right upper, 2 right middle, 3 right lower, 4 left upper, 5 left lower; 0 outside, and in lungs whose side is
        not known or which are too small. How sure they are is told by the fissures only.
    fissures : mapping of str to FissureEvidence
        By name; those of a lung that was left out are missing.
    """

    labels: NDArray[np.uint8]
    fissures: Mapping[FissureName, FissureEvidence]


def find_lobes(
    hu: NDArray[np.int16],
    lungs: NDArray[np.uint8],
    airways: NDArray[np.bool_],
    *,
    carina_index: tuple[float, float, float] | None,
    spacing_mm: Spacing,
) -> Lobes:
    """Find the fissures and divide the lungs by them.

    Parameters
    ----------
    hu : (slice, row, column) int16
        Working grid, HU.
    lungs : (slice, row, column) uint8
        1 right, 2 left, 3 side unknown (left out).
    airways : (slice, row, column) bool
        Trachea and main bronchi.
    carina_index : tuple of float or None
        (slice, row, column) of the carina; None where it was not found.
    spacing_mm : tuple of float
        Along (slice, row, column), mm.
    """
    labels = np.zeros(hu.shape, dtype=np.uint8)
    fissures: dict[FissureName, FissureEvidence] = {}
    voxel_ml = float(np.prod(spacing_mm)) / 1000.0
    for side in (RIGHT, LEFT):
        whole = lungs == side
        if np.count_nonzero(whole) * voxel_ml < SMALLEST_LUNG_ML:
            continue
        box = bounding_box(whole, 3)
        if box is None:
            continue
        lung = np.ascontiguousarray(whole[box])
        frames = [oblique_frame(lung, spacing_mm, turn) for turn in TURNS_DEGREES]
        pictures = maps(hu[box], lung & ~airways[box], spacing_mm, frames[0])
        seen = [(frame, look(frame, pictures)) for frame in frames]
        corner_mm = np.array([part.start for part in box]) * np.array(spacing_mm)
        if side == LEFT:
            oblique = trace(seen, pictures)
            above = oblique.frame.voxels_above_mm(oblique.surface, lung.shape, spacing_mm) > 0
            found = np.where(above, LEFT_UPPER, LEFT_LOWER)
            fissures["left oblique"] = _fissure(oblique, corner_mm)
        else:
            carina_slice = None if carina_index is None else carina_index[0] - box[0].start
            level = horizontal_frame(lung, spacing_mm, carina_slice)
            oblique, horizontal = _right(seen, level, pictures)
            above = oblique.frame.voxels_above_mm(oblique.surface, lung.shape, spacing_mm) > 0
            upper = level.voxels_above_mm(horizontal.surface, lung.shape, spacing_mm) > 0
            found = np.where(above, np.where(upper, RIGHT_UPPER, RIGHT_MIDDLE), RIGHT_LOWER)
            fissures["right oblique"] = _fissure(oblique, corner_mm)
            fissures["right horizontal"] = _fissure(horizontal, corner_mm, oblique)
        labels[box][lung] = found[lung]
    labels.setflags(write=False)
    return Lobes(labels, MappingProxyType(fissures))


def _right(seen: list[tuple[Frame, Evidence]], level: Frame, pictures: Maps) -> tuple[Traced, Traced]:
    """Trace both fissures of the right lung: of two ways the one that gathers more evidence in all."""
    flat = [(level, look(level, pictures))]
    first = trace(seen, pictures)
    second = trace(seen, pictures, _below(first))
    pairs = [(oblique, trace(flat, pictures, _in_front(oblique), HORIZONTAL)) for oblique in (first, second)]
    oblique, horizontal = max(pairs, key=lambda pair: pair[0].rating + pair[1].rating)
    return oblique, _ended(horizontal, oblique)


def _ended(horizontal: Traced, oblique: Traced) -> Traced:
    """End the horizontal fissure where, from the front backwards, it first meets the oblique one."""
    frame = horizontal.frame
    points = frame.points_mm(np.zeros(1), horizontal.surface)
    apart = oblique.frame.above_mm(oblique.surface, *points)[:, :, 0] >= MEETS_MM
    goes_on = np.logical_and.accumulate(apart[::-1], axis=0)[::-1]
    # behind the junction all that lies above the oblique fissure is upper lobe
    surface = np.where(goes_on, horizontal.surface, np.float32(-UNDER_ALL_MM))
    return replace(horizontal, surface=surface, lung=horizontal.lung * goes_on)


def _in_front(oblique: Traced) -> Gate:
    def gate(frame: Frame, n_mm: NDArray[np.float64], surface: Heights | None) -> NDArray[np.float32]:
        above = oblique.frame.above_mm(oblique.surface, *frame.points_mm(n_mm, surface))
        return np.asarray(np.clip((above - GATE_MM[0]) / (GATE_MM[1] - GATE_MM[0]), 0, 1), dtype=np.float32)

    return gate


def _below(first: Traced) -> Gate:
    def gate(frame: Frame, n_mm: NDArray[np.float64], surface: Heights | None) -> NDArray[np.float32]:
        points = frame.points_mm(n_mm, surface)
        above = first.frame.above_mm(first.surface, *points)
        start = first.frame
        along = (points[0] - start.origin_mm[0]) * start.along[0] + (points[1] - start.origin_mm[1]) * start.along[1]
        return np.asarray((above < -SECOND_BELOW_MM) | (along < FRONT_SHARE * start.u_mm[-1]), dtype=np.float32)

    return gate


def _fissure(traced: Traced, corner_mm: NDArray[np.float64], behind: Traced | None = None) -> FissureEvidence:
    given = signs(traced)
    sure = confidence(given)
    if behind is not None:
        # where the oblique fissure is wrong, so is what lies in front of it
        sure = min(sure, confidence(signs(behind)))
    z, y = (part[:, :, 0] for part in traced.frame.points_mm(np.zeros(1), traced.surface))
    x = np.broadcast_to((traced.frame.origin_mm[2] + traced.frame.x_mm)[None, :], z.shape)
    points = np.stack([z, y, x], axis=2) + corner_mm
    return FissureEvidence(sure, given.seen, Surface(points.astype(np.float32), traced.lung > 0.5))
