"""From masks, labels and probabilities of one CT to its record. Pure: arrays in, figures out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundglass.analysis.grading_rules import DEFAULT
from groundglass.analysis.reading import ChestReading
from groundglass.analysis.result import GRADES, Coverage, Grade
from groundglass.datasets.assessment.record import (
    Counted,
    CtRecord,
    DrawnLesion,
    Engine,
    FoundLesion,
    SliceScores,
    World,
)
from groundglass.datasets.formats.labelled import LabelledCt
from groundglass.evaluation.bin_counts import BinCounts, count_bins
from groundglass.evaluation.intervals import refused
from groundglass.evaluation.lesionwise import match_lesions
from groundglass.evaluation.overlap import surface_distance

Mask = NDArray[np.bool_]

WORLDS: dict[str, World] = {"phantom": "phantom", "synthetic": "synthetic"}
"""World of each source that is not real."""
_DIGITS = 5
"""Places kept of percentages and scores: far beyond what they mean, and files stay short."""


def record_of(
    ct: LabelledCt,
    *,
    engine: Engine,
    lesions: NDArray[Any],
    lungs: NDArray[Any],
    percent: float | None = None,
    interval: tuple[float, float] | None = None,
    true_percent: float | None = None,
    lesion_probability: NDArray[np.floating[Any]] | None = None,
    slice_scores: NDArray[np.floating[Any]] | None = None,
    probability_of_pathology: float | None = None,
    coverage: Coverage = "whole",
    world: World | None = None,
    fold: int | None = None,
    tuned_on: bool = False,
    seen_in_training: bool = False,
    seconds: float | None = None,
) -> CtRecord:
    """Hold what was found in one CT against its labels.

    Parameters
    ----------
    ct : LabelledCt
        The CT with its labels.
    engine : Engine
        What measured.
    lesions, lungs : (slice, row, column) bool or integer
        What was found, above 0, on the grid of ``ct``.
    percent : float or None
        Measured percentage; None counts it from the masks.
    interval : tuple of float or None
        Its 95 % interval, percent.
    true_percent : float or None
        True percentage where it is known better than the labels tell.
    lesion_probability : (slice, row, column) float or None
        0..1, that a voxel belongs to a lesion.
    slice_scores : (slice,) float or None
        0..1, feet to head; None takes the share of each slice's lung that is lesion.
    probability_of_pathology : float or None
        Of the study, 0..1.
    coverage : {"whole", "partial", "none"}
        How much of the chest was seen; with "none" the masks are not looked at.
    world : {"real", "phantom", "synthetic"} or None
        None tells it from the source.
    fold, tuned_on, seen_in_training, seconds
        As in :class:`~groundglass.datasets.assessment.record.CtRecord`.

    Raises
    ------
    InputError
        ``EVALUATION_INPUT`` if a mask lies on another grid than the CT, or the scores are not one a slice.
    """
    found, inside = _on_grid(ct, lesions, "lesions"), _on_grid(ct, lungs, "lungs")
    measured = coverage != "none"
    drawn = None if ct.lesions is None else np.asarray(ct.lesions.array > 0)
    drawn_lungs = None if ct.lungs is None else np.asarray(ct.lungs.array > 0)
    any_drawn = drawn is not None and bool(drawn.any())
    known_grid = ct.spacing_known
    voxel_ml = ct.volume.geometry.voxel_ml

    lung_count = int(np.count_nonzero(inside | found)) if measured else 0
    if measured and percent is None and lung_count:
        percent = 100.0 * int(np.count_nonzero(found)) / lung_count
    drawn_percent, drawn_of, size_of_lungs = _true_percent(ct, drawn, drawn_lungs, inside, true_percent)
    match = match_lesions(found, drawn) if measured and drawn is not None else None
    surfaces = [
        surface_distance(found, drawn, ct.volume.geometry.spacing_mm, tolerance_mm=reach).within_tolerance
        if measured and drawn is not None and any_drawn and known_grid
        else None
        for reach in (2.0, 4.0)
    ]
    grade_found, stable = _grade(percent if measured else None, interval, coverage)
    return CtRecord(
        name=ct.name,
        patient=ct.patient,
        source=ct.source,
        voxels_sha256=ct.voxels_sha256,
        world=world or WORLDS.get(ct.source, "real"),
        engine=engine,
        slices=ct.volume.geometry.shape[0],
        spacing_mm=ct.volume.geometry.spacing_mm if known_grid else None,
        exact_hu=ct.exact_hu,
        coverage=coverage,
        disease=disease_of(ct),
        lesion_voxels=_counted(found, drawn) if measured else None,
        drawn_percent=_short(drawn_percent),
        drawn_of=drawn_of,
        found_percent=_short(percent) if measured else None,
        interval=(round(interval[0], _DIGITS), round(interval[1], _DIGITS)) if interval and measured else None,
        lung_voxels=_counted(inside, drawn_lungs) if measured else None,
        lesion_in_lungs=_short(_share(drawn, inside)) if measured else None,
        drawn_lesions=(
            tuple(DrawnLesion(_short(100.0 * row.voxels / size_of_lungs) or 0.0, row.met) for row in match.drawn)
            if match is not None and size_of_lungs
            else None
        ),
        found_lesions=(
            tuple(FoundLesion(_short(100.0 * row.voxels / lung_count) or 0.0, not row.met) for row in match.found)
            if match is not None and lung_count
            else None
        ),
        slice_scores=_slices(ct, drawn, found, inside, slice_scores) if measured else None,
        calibration=_calibration(lesion_probability, drawn, inside) if measured else None,
        nsd_2mm=_short(surfaces[0]),
        nsd_4mm=_short(surfaces[1]),
        drawn_ml=_short(int(np.count_nonzero(drawn)) * voxel_ml) if drawn is not None and known_grid else None,
        found_ml=_short(int(np.count_nonzero(found)) * voxel_ml) if measured and known_grid else None,
        grade_given=given_grade(ct.grade),
        grade_drawn=None if drawn_percent is None else DEFAULT.grade_of(drawn_percent),
        grade_found=grade_found,
        grade_stable=stable,
        probability_of_pathology=_short(probability_of_pathology),
        fold=fold,
        tuned_on=tuned_on,
        seen_in_training=seen_in_training,
        seconds=None if seconds is None else round(seconds, 2),
    )


def record_of_reading(
    ct: LabelledCt,
    reading: ChestReading,
    *,
    engine: Engine,
    lesion_probability: NDArray[np.floating[Any]] | None = None,
    true_percent: float | None = None,
    seconds: float | None = None,
) -> CtRecord:
    """Hold a whole reading of one CT against its labels.

    Parameters
    ----------
    ct : LabelledCt
        The CT with its labels.
    reading : ChestReading
        What :func:`groundglass.analysis.engine.read_chest` made of its volume.
    engine : Engine
        What measured.
    lesion_probability : (slice, row, column) float or None
        0..1, that a voxel belongs to a lesion.
    true_percent : float or None
        True percentage where it is known better than the labels tell.
    seconds : float or None
        Time of the analysis.

    Raises
    ------
    InputError
        As :func:`record_of`.
    """
    figures = reading.involvement
    scores = np.array([row.score for row in reading.slices]) if reading.slices else None
    return record_of(
        ct,
        engine=engine,
        lesions=reading.lesions.array,
        lungs=reading.lungs.array,
        percent=figures.percent if figures is not None else None,
        interval=figures.interval if figures is not None else None,
        true_percent=true_percent,
        lesion_probability=lesion_probability,
        slice_scores=scores,
        probability_of_pathology=reading.probability_of_pathology,
        coverage=reading.verdict.coverage if figures is not None else "none",
        seconds=seconds,
    )


def disease_of(ct: LabelledCt) -> bool | None:
    """Tell whether the labels say that a CT shows disease; None where they say nothing.

    Parameters
    ----------
    ct : LabelledCt
        The CT with its labels. Slices called infected come first, then a drawn mask, then the grade.
    """
    if ct.infected_slices is not None:
        return bool(ct.infected_slices.any())
    if ct.lesions is not None:
        return bool(ct.lesions.array.any())
    grade = given_grade(ct.grade)
    return None if grade is None else grade != "CT-0"


def given_grade(text: str | None) -> Grade | None:
    """Return the grade that a label names; None for none, or for what is no grade.

    Parameters
    ----------
    text : str or None
        Such as "CT-1".
    """
    return next((grade for grade in GRADES if grade == text), None)


def _on_grid(ct: LabelledCt, mask: NDArray[Any], name: str) -> Mask:
    array = np.asarray(mask)
    if array.shape != ct.volume.geometry.shape:
        raise refused(f"a mask of shape {array.shape} does not fit a CT of {ct.volume.geometry.shape}", name)
    return np.asarray(array > 0)


def _true_percent(
    ct: LabelledCt, drawn: Mask | None, drawn_lungs: Mask | None, lungs: Mask, given: float | None
) -> tuple[float | None, Any, int]:
    """Return the true percentage, of which lungs it is one, and their voxels."""
    of, whole = ("drawn", drawn_lungs) if drawn_lungs is not None else ("found", lungs)
    voxels = int(np.count_nonzero(whole if drawn is None else whole | drawn))
    if given is not None:
        return given, "given", voxels
    if drawn is None:
        return (0.0, of, voxels) if disease_of(ct) is False else (None, None, voxels)
    return (100.0 * int(np.count_nonzero(drawn)) / voxels if voxels else None), of, voxels


def _counted(found: Mask, drawn: Mask | None) -> Counted | None:
    if drawn is None:
        return None
    return Counted(int(np.count_nonzero(drawn)), int(np.count_nonzero(found)), int(np.count_nonzero(found & drawn)))


def _share(part: Mask | None, whole: Mask) -> float | None:
    voxels = 0 if part is None else int(np.count_nonzero(part))
    return int(np.count_nonzero(part & whole)) / voxels if part is not None and voxels else None


def _slices(
    ct: LabelledCt, drawn: Mask | None, found: Mask, lungs: Mask, scores: NDArray[Any] | None
) -> SliceScores | None:
    depth = ct.volume.geometry.shape[0]
    if scores is None:
        lung = np.count_nonzero(lungs | found, axis=(1, 2))
        scores = np.count_nonzero(found, axis=(1, 2)) / np.maximum(lung, 1)
    if np.shape(scores) != (depth,):
        raise refused(f"scores of shape {np.shape(scores)} are not one for each of {depth} slices", "slice_scores")
    kept = tuple(round(float(score), _DIGITS) for score in scores)
    if ct.infected_slices is not None:
        return SliceScores(kept, tuple(bool(slice_) for slice_ in ct.infected_slices), "readers")
    if drawn is not None and drawn.any():
        return SliceScores(kept, tuple(bool(plane.any()) for plane in drawn), "drawn")
    if disease_of(ct) is False:
        return SliceScores(kept, (False,) * depth, "none")
    return None


def _calibration(probability: NDArray[Any] | None, drawn: Mask | None, lungs: Mask) -> BinCounts | None:
    if probability is None or drawn is None:
        return None
    where = lungs | drawn
    return count_bins(drawn[where], np.clip(np.asarray(probability)[where], 0.0, 1.0))


def _grade(
    percent: float | None, interval: tuple[float, float] | None, coverage: Coverage
) -> tuple[Grade | None, bool | None]:
    if percent is None or coverage != "whole":
        return None, None
    value = DEFAULT.grade_of(percent)
    if interval is None:
        return value, None
    ends = {DEFAULT.grade_of(min(percent, interval[0])), DEFAULT.grade_of(max(percent, interval[1]))}
    return value, ends == {value}


def _short(value: float | None) -> float | None:
    return None if value is None else round(float(value), _DIGITS)
