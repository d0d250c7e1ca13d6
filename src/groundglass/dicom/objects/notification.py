"""The notification message of the Moscow profile: what the service tells the programme about one study, as JSON.

It holds UIDs and figures, no identity of the patient (programme facts as quoted by third parties; see the profile).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from groundglass.codes import Code, code
from groundglass.dicom.objects.sr.statements import target
from groundglass.settings import INTENDED_USE
from groundglass.version import __version__

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from groundglass.analysis.result import Result
    from groundglass.dicom.objects.making import Making

MESSAGE = "DICOMREPORTNOTIFY"
Category = Literal[
    "Server unavailable",
    "Incorrect number of images",
    "Modality error",
    "Series error",
    "Tag error",
    "Body part error",
    "Images error",
    "Other",
]
CATEGORIES: Mapping[str, Category] = MappingProxyType(
    {
        "NO_STUDY": "Series error",
        "NO_DICOM": "Series error",
        "NO_SERIES_TO_GRADE": "Series error",
        "LOCALIZER_ONLY": "Series error",
        "REFORMAT": "Series error",
        "PROJECTION": "Series error",
        "SECONDARY_CAPTURE": "Series error",
        "PERFUSION_MAP": "Series error",
        "SPECTRAL_MAP": "Series error",
        "THICK_SLAB": "Series error",
        "GANTRY_TILT": "Series error",
        "SLICES_SHIFTED": "Series error",
        "POSITIONS_REPEATED": "Series error",
        "NOT_LOADABLE": "Series error",
        "SINGLE_SLICE": "Incorrect number of images",
        "TOO_FEW_SLICES": "Incorrect number of images",
        "SLICES_MISSING": "Incorrect number of images",
        "NOT_CT": "Modality error",
        "CONE_BEAM": "Modality error",
        "NOT_A_CHEST": "Body part error",
        "UNEVEN_SPACING": "Tag error",
        "SPACING_ABSURD": "Tag error",
        "MISSING_GEOMETRY": "Tag error",
        "ORIENTATION_BROKEN": "Tag error",
        "ORIENTATION_MISSING": "Tag error",
        "PIXEL_SPACING_ABSURD": "Tag error",
        "PIXEL_SPACING_MISSING": "Tag error",
        "POSITION_ABSURD": "Tag error",
        "POSITION_MISSING": "Tag error",
        "RESCALE_ABSURD": "Tag error",
        "RESCALE_MISSING": "Tag error",
        "RESCALE_NOT_HU": "Tag error",
        "NOTHING_TO_REFER_TO": "Tag error",
        "PIXELS_TRUNCATED": "Images error",
        "PIXELS_DAMAGED": "Images error",
        "PIXELS_MISSING": "Images error",
        "PIXELS_UNSUPPORTED": "Images error",
        "UNSUPPORTED_TRANSFER_SYNTAX": "Images error",
        "NOT_AN_IMAGE": "Images error",
        "ABSURD_SIZE": "Images error",
        "HU_NOT_PLAUSIBLE": "Images error",
        "BROKEN_DICOM": "Images error",
    }
)
"""Error code to the category that the programme knows; ``Other`` alone counts as a fault of the service."""


def notification(result: Result, making: Making, series_uid: str, model_id: int, report: Dataset) -> str:
    """Return the message for a study that was read.

    A study that shows a part of the lungs and nothing in it is neither flagged nor called normal.

    Parameters
    ----------
    result : Result
        With lungs and lesions.
    making : Making
        Times that stand in the objects.
    series_uid : str
        Of the marked series.
    model_id : int
        Number that the programme gave to the service.
    report : Dataset
        The structured report, whose words the message repeats.
    """
    found: bool | None = target(result) == "target_found"
    part = result.grade is None or result.grade.value is None
    if part and not found:
        found = None  # what was not seen cannot be called free of findings
    chance = result.probability_of_pathology
    return _text(
        {
            "message": MESSAGE,
            "studyIUID": result.study.study_uid,
            "error": _part_of_the_chest(result) if part else None,
            "aiResult": {
                "seriesIUID": series_uid,
                "pathologyFlag": found,
                "norma": None if found is None else not found,
                # never quite sure: 0 and 100 would claim it
                "confidenceLevel": None if chance is None else min(99, max(1, round(100 * chance))),
                "modelId": model_id,
                "modelVersion": making.version,
                "report": said_in(report, code("findings")),
                "conclusion": said_in(report, code("conclusion")),
                "dateTimeParams": {
                    # files are handed over, nothing is downloaded
                    "downloadStartDT": None,
                    "downloadEndDT": None,
                    "processStartDT": _moment(making.started),
                    "processEndDT": _moment(making.made),
                },
                "probParams": {} if chance is None else {"lung_opacity": round(chance, 4)},
            },
            "intendedUse": INTENDED_USE[making.intended_use][making.language],
        }
    )


def _part_of_the_chest(result: Result) -> dict[str, str]:
    said = "; ".join(message.message for message in result.warnings if message.code.startswith("coverage_"))
    return {
        "category": "Body part error",
        "code": "COVERAGE_PARTIAL",
        "text": said or "the study shows a part of the lungs; there is no grade",
    }


def said_in(report: Dataset, name: Code) -> str:
    """Return the first text of a structured report under a concept name; empty where it has none."""
    for item in report.get("ContentSequence") or []:
        concepts = item.get("ConceptNameCodeSequence") or []
        named = bool(concepts) and concepts[0].get("CodeValue") == name.value
        if named and item.get("ValueType") == "TEXT":
            return str(item.TextValue)
        inner = said_in(item, name)
        if inner:
            return inner
    return ""


def refusal(result: Result, started: datetime) -> str:
    """Return the message for a study that was refused.

    Parameters
    ----------
    result : Result
        With its refusal.
    started : datetime
        When its processing began.
    """
    code = result.refusal.code if result.refusal else "UNEXPECTED"
    return _text(
        {
            "message": MESSAGE,
            "studyIUID": result.study.study_uid,
            "error": {
                "category": CATEGORIES.get(code, "Other"),
                "code": code,
                "text": result.refusal.message if result.refusal else "",
            },
            "modelVersion": __version__,
            "dateTimeParams": {"processStartDT": _moment(started)},
            "intendedUse": result.intended_use,
        }
    )


def _moment(when: datetime) -> str:
    return when.isoformat(timespec="seconds")


def _text(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"
