"""One fissure traced in one frame: roughly over the whole reach, then finely about the sheet found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from groundglass.analysis.lobes.evidence import Evidence, Maps, evidence
from groundglass.analysis.lobes.frames import IN_PLANE_MM, Frame, Heights
from groundglass.analysis.lobes.surfaces import best_paths, peaks, smooth_sheet

Gate = Callable[[Frame, NDArray[np.float64], Heights | None], NDArray[np.float32]]
"""Frame, heights (mm), surface they count from: 0..1 for each sample (u, x, n), where the fissure may lie."""

ROUGH_STEP_MM, FINE_STEP_MM = 1.5, 1.0
"""Samples across a fissure. A path climbs one rough sample at most: 27 degrees from the frame's plane, which keeps the
search for an oblique fissure off the horizontal one."""
ROUGH_KNOT_MM, ROUGH_STIFFNESS = 28.0, 3.0
"""Distance of the knots and stiffness of the rough sheet: a plane, bent once or twice."""
FINE = ((14.0, 22.0, 1.0), (8.0, 14.0, 0.5))
"""Reach, distance of the knots and stiffness of the two fine passes: a rough sheet is off by less than the first reach
or wrong altogether; flattened along it, a fissure that lay aslant is seen better; it undulates over centimetres."""
SMOOTH_MM = 3.0
"""Blur along the plane: more would wipe out a fissure that lies aslant to it."""
CLIMB_PENALTY, LEVEL_CLIMB_PENALTY = 0.5, 1.5
"""Evidence, in spreads, that a path loses for one sample of climb; the horizontal fissure is the flatter one."""
FAR_PENALTY = 0.1
"""Evidence lost at the end of the reach: decides only where nothing else does."""
TOLL = 0.5
"""Evidence, in spreads, that a path pays for each sample of clear lung: without it a path would rather wander through
lung, where chance favours it, than leave the lung where the fissure ends at the diaphragm."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a fissure is traced.

    Attributes
    ----------
    climb_penalty : float
        Evidence lost for one sample of climb, in spreads.
    toll : float
        Evidence paid for each sample of clear lung, in spreads.
    """

    climb_penalty: float
    toll: float


OBLIQUE = Way(CLIMB_PENALTY, TOLL)
HORIZONTAL = Way(LEVEL_CLIMB_PENALTY, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Traced:
    """A sheet through the evidence.

    Attributes
    ----------
    frame : Frame
        In which it is a height.
    surface : (u, x) float32
        mm above the frame's plane.
    rating : float
        Evidence gathered, summed over the sheet.
    score, told, lung : (u, x) float32
        At the sheet: evidence in spreads, how much could be told (0..1), and lung (0..1), within the gate.
    """

    frame: Frame
    surface: Heights
    rating: float
    score: NDArray[np.float32]
    told: NDArray[np.float32]
    lung: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Rough:
    """A rough sheet with what it was found in."""

    frame: Frame
    surface: Heights
    rating: float
    held: Evidence


def look(frame: Frame, pictures: Maps) -> Evidence:
    """Measure the evidence over the whole reach of a frame."""
    n_mm = np.arange(-frame.reach_mm, frame.reach_mm + ROUGH_STEP_MM / 2, ROUGH_STEP_MM)
    return evidence(frame, pictures, n_mm, smooth_mm=SMOOTH_MM)


def trace(
    seen: Sequence[tuple[Frame, Evidence]], pictures: Maps, gate: Gate | None = None, way: Way = OBLIQUE
) -> Traced:
    """Trace a fissure in the frame in which it gathers most.

    Parameters
    ----------
    seen : sequence of (Frame, Evidence)
        Frames with their evidence (:func:`look`).
    pictures : Maps
        Of the lung.
    gate : callable, optional
        Where it may lie.
    way : Way
        How it is traced.
    """
    best = max((_rough(frame, held, gate, way) for frame, held in seen), key=lambda rough: rough.rating)
    frame = best.frame
    surface = best.surface
    for reach_mm, knot_mm, stiffness in FINE:
        n_mm = np.arange(-reach_mm, reach_mm + FINE_STEP_MM / 2, FINE_STEP_MM)
        near = evidence(frame, pictures, n_mm, smooth_mm=SMOOTH_MM, surface=surface)
        score = near.score() if gate is None else near.score() * gate(frame, n_mm, surface)
        found = peaks(best_paths(score - np.float32(way.toll) * near.told, way.climb_penalty, 2), n_mm)
        more = smooth_sheet(found, _at(score, found, n_mm), step_mm=IN_PLANE_MM, knot_mm=knot_mm, stiffness=stiffness)
        surface = np.asarray(surface + more, dtype=np.float32)
    lung = _lung(frame, pictures, surface)
    if gate is not None:
        lung = lung * gate(frame, np.zeros(1), surface)[:, :, 0]
    return Traced(
        frame=frame,
        surface=surface,
        rating=best.rating,
        score=_at(near.score(best.held.scale), more, n_mm),
        told=_at(near.told, more, n_mm),
        lung=np.asarray(lung, dtype=np.float32),
    )


def _rough(frame: Frame, held: Evidence, gate: Gate | None, way: Way) -> Rough:
    """Find the best sheet of a frame."""
    n_mm = held.n_mm
    score = held.score() if gate is None else held.score() * gate(frame, n_mm, None)
    far = (FAR_PENALTY * (n_mm / frame.reach_mm) ** 2).astype(np.float32)
    cost = score - np.float32(way.toll) * held.told - far * (held.told.max(axis=2, keepdims=True) > 0)
    found = peaks(best_paths(np.asarray(cost, np.float32), way.climb_penalty, 1), n_mm)
    sheet = smooth_sheet(
        found, _at(score, found, n_mm), step_mm=IN_PLANE_MM, knot_mm=ROUGH_KNOT_MM, stiffness=ROUGH_STIFFNESS
    )
    return Rough(frame, sheet, float((_at(score, sheet, n_mm) * _at(held.told, sheet, n_mm)).sum()), held)


def _at(values: NDArray[np.float32], heights: Heights, n_mm: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the most of the three samples about a height, 0..3."""
    place = np.clip(np.rint((heights - n_mm[0]) / (n_mm[1] - n_mm[0])).astype(np.intp), 0, len(n_mm) - 1)
    most = ndimage.maximum_filter1d(values, 3, axis=2, mode="nearest")
    return np.asarray(np.clip(np.take_along_axis(most, place[:, :, None], 2)[:, :, 0], 0, 3), dtype=np.float32)


def _lung(frame: Frame, pictures: Maps, surface: Heights) -> NDArray[np.float32]:
    z, y = (
        np.rint(p[:, :, 0] / mm).astype(np.intp)
        for p, mm in zip(frame.points_mm(np.zeros(1), surface), pictures.spacing_mm, strict=True)
    )
    shape = pictures.lung.shape
    inside = (z >= 0) & (z < shape[0]) & (y >= 0) & (y < shape[1])
    x = np.arange(shape[2])[None, :]
    return np.asarray(
        pictures.lung[np.clip(z, 0, shape[0] - 1), np.clip(y, 0, shape[1] - 1), x] * inside, dtype=np.float32
    )
