"""From a reading to ``result.json``: sections brought together, figures on the series' grid, notices into words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from groundglass.analysis.result import (
    SCHEMA_NAME,
    AcquisitionSection,
    Check,
    LesionItem,
    LesionsSection,
    Message,
    Result,
    SliceRow,
    SoftwareSection,
    Status,
    StudySection,
)
from groundglass.errors import InputError
from groundglass.phrases import Notice, say_notice
from groundglass.settings import INTENDED_USE
from groundglass.version import __version__
from groundglass.volume import Geometry, axial_axes, undo_axes

if TYPE_CHECKING:
    from groundglass.analysis.clinical import Clinical
    from groundglass.analysis.grading_rules import GradingRules
    from groundglass.analysis.reading import ChestReading
    from groundglass.pipeline.study import LoadedChest, Study


@dataclass(frozen=True, slots=True)
class Built:
    """A result with its notices before they became words."""

    result: Result
    notices: tuple[Notice, ...]
    checks: tuple[Notice, ...]


def result_of(
    chest: LoadedChest,
    reading: ChestReading,
    notices: Sequence[Notice],
    *,
    clinical: Clinical | None,
    rules: GradingRules | None,
    intended_use: str,
) -> Built:
    """Bring the sections of a measured study together.

    Parameters
    ----------
    chest : LoadedChest
        The series.
    reading : ChestReading
        Its analysis, on the canonical axial grid.
    notices : sequence of Notice
        Said so far.
    clinical : Clinical or None
        Clinical data of the patient.
    rules : GradingRules or None
        Grading limits; None for the default.
    intended_use : str
        Key of the intended-use sentence.
    """
    from groundglass.analysis.acquisition_checks import check_acquisition
    from groundglass.analysis.grade import grade, grade_notices
    from groundglass.analysis.grading_rules import DEFAULT
    from groundglass.analysis.routing import route
    from groundglass.pipeline.facts import acquisition_facts

    coverage = reading.verdict.coverage
    status: Status = "ok" if coverage == "whole" else "partial"
    grades = grade(reading.involvement, rules or DEFAULT, coverage=coverage)
    checks = check_acquisition(acquisition_facts(chest, reading))
    said = [*notices, *chest.notices, *reading.verdict.reasons, *reading.notices]
    said += grade_notices(grades, reading.involvement, reading.lesions_figures, rules or DEFAULT)
    said = once(said)
    result = Result(
        schema=SCHEMA_NAME,
        status=status,
        refusal=None,
        acquisition_datetime=chest.acquisition.acquisition_datetime if chest.acquisition else None,
        study=_study_section(chest),
        acquisition=_acquisition_section(chest, reading, checks),
        lungs=reading.lungs_figures,
        lesions=_native_lesions(chest.volume.geometry, reading.lesions_figures),
        involvement=reading.involvement,
        slices=_named_slices(chest, reading.slices),
        probability_of_pathology=reading.probability_of_pathology,
        grade=grades,
        routing=route(grades, clinical),
        severity=reading.severity,
        comparison=None,
        dose=None,
        warnings=in_words(said),
        software=SoftwareSection("groundglass", __version__, reading.models, _options(grades.rules)),
        seconds=dict(reading.seconds),
        intended_use=INTENDED_USE[intended_use]["en"],
    )
    return Built(result, tuple(said), tuple(checks))


def refused_result(
    study: Study, error: InputError, notices: Sequence[Notice], seconds: dict[str, float], intended_use: str
) -> Result:
    """Return the result of a study that cannot be graded; its figures are null."""
    chosen = study.entry.chosen if study.entry else None
    return Result(
        schema=SCHEMA_NAME,
        status="refused",
        refusal=Message(error.code, str(error)),
        acquisition_datetime=None,
        study=StudySection(
            study_uid=told_uid(study.entry.study_uid) if study.entry else None,
            series_uid=told_uid(chosen.series_uid) if chosen else None,
            frame_of_reference_uid=None,
            slices=chosen.slices if chosen else None,
            patient_position=None,
        ),
        acquisition=None,
        lungs=None,
        lesions=None,
        involvement=None,
        slices=(),
        probability_of_pathology=None,
        grade=None,
        routing=None,
        severity=None,
        comparison=None,
        dose=None,
        warnings=in_words(once(notices)),
        software=SoftwareSection("groundglass", __version__),
        seconds={name: round(value, 3) for name, value in seconds.items()},
        intended_use=INTENDED_USE[intended_use]["en"],
    )


def once(notices: Iterable[Notice]) -> list[Notice]:
    """Return the notices without repeats, in order."""
    kept: list[Notice] = []
    for notice in notices:
        if notice not in kept:
            kept.append(notice)
    return kept


def in_words(notices: Iterable[Notice]) -> tuple[Message, ...]:
    """Return the notices in English."""
    return tuple(Message(notice.code, say_notice(notice)) for notice in notices)


def native_box(
    geometry: Geometry, box: tuple[tuple[int, int, int], tuple[int, int, int]]
) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Take a half-open box from the canonical axial grid to that of the series.

    Parameters
    ----------
    geometry : Geometry
        Of the series.
    box : ((slice, row, column), (slice, row, column))
        First and one-past-last voxel on the canonical grid.
    """
    axes, flips = undo_axes(*axial_axes(geometry))
    low, high = [0, 0, 0], [0, 0, 0]
    for axis in range(3):
        start, stop, length = box[0][axes[axis]], box[1][axes[axis]], geometry.shape[axis]
        low[axis], high[axis] = (length - stop, length - start) if flips[axis] else (start, stop)
    return (low[0], low[1], low[2]), (high[0], high[1], high[2])


def _native_lesions(geometry: Geometry, section: LesionsSection | None) -> LesionsSection | None:
    if section is None:
        return None

    def turned(item: LesionItem) -> LesionItem:
        return replace(item, box=native_box(geometry, item.box))

    return replace(section, items=tuple(turned(item) for item in section.items))


def _named_slices(chest: LoadedChest, rows: tuple[SliceRow, ...]) -> tuple[SliceRow, ...]:
    """Give each canonical slice the SOP Instance UID of its image, where slices are images."""
    axes, flips = axial_axes(chest.volume.geometry)
    if axes[0] != 0 or len(chest.sop_uids) != len(rows):
        return rows
    uids = chest.sop_uids[::-1] if flips[0] else chest.sop_uids
    return tuple(replace(row, sop_uid=told_uid(uid)) for row, uid in zip(rows, uids, strict=True))


def _study_section(chest: LoadedChest) -> StudySection:
    return StudySection(
        study_uid=told_uid(chest.study_uid),
        series_uid=told_uid(chest.series_uid),
        frame_of_reference_uid=chest.volume.geometry.frame_of_reference_uid,
        slices=chest.volume.geometry.shape[0],
        patient_position=(chest.acquisition.patient_position or None) if chest.acquisition else None,
    )


def _acquisition_section(chest: LoadedChest, reading: ChestReading, checks: Iterable[Notice]) -> AcquisitionSection:
    known = chest.acquisition
    spacing = chest.volume.geometry.spacing_mm
    return AcquisitionSection(
        spacing_mm=(round(spacing[0], 4), round(spacing[1], 4), round(spacing[2], 4)),
        kernel=known.kernel if known else None,
        kvp=known.kvp if known else None,
        manufacturer=known.manufacturer if known else None,
        contrast=known.contrast if known else "unknown",
        coverage=reading.verdict.coverage,
        checks=tuple(Check(notice.code, notice.severity, say_notice(notice)) for notice in checks),
    )


def _options(rules: str) -> dict[str, str | int | float | bool | None]:
    return {"rules": rules, "numpy": np.__version__}


_LIKE_A_UID = re.compile(r"[0-9A-Fa-f.-]{1,64}")


def told_uid(uid: str | None) -> str | None:
    """Return a UID, or a UUID in its place; other text, which may be a name, is not passed on."""
    return uid if uid and _LIKE_A_UID.fullmatch(uid) else None
