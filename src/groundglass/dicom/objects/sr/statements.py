"""What is concluded: pathology found or not, grade, routing, checks and warnings (PS3.16 TID 1500 rows 12 to 14)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from groundglass.analysis.routing import words as routing_words
from groundglass.dicom.objects.sr.items import coded, text, with_children
from groundglass.dicom.objects.sr.measurements import LESIONS_LISTED, listed_lesions
from groundglass.dicom.objects.sr.wording import sentence
from groundglass.phrases import Severity

if TYPE_CHECKING:
    from highdicom.sr import ContentItem

    from groundglass.analysis.result import GradeSection, Result
    from groundglass.dicom.objects.findings import Findings
    from groundglass.dicom.objects.sr.measurements import Scene
    from groundglass.dicom.objects.sr.wording import Words


@dataclass(frozen=True, slots=True)
class Remark:
    """A warning or an acquisition check in words.

    Attributes
    ----------
    code : str
        Its code in ``result.json``.
    severity : {"info", "warning", "error"}
        How grave it is.
    text : str
        A sentence.
    """

    code: str
    severity: Severity
    text: str


def evaluations(scene: Scene, findings: Findings) -> list[ContentItem]:
    """Return the items of the container Qualitative Evaluations, what matters most first."""
    result, words = scene.result, scene.words
    items: list[ContentItem] = [coded("target_pathology", target(result)), _grade(result, words)]
    items += _routing(result, words)
    said = warnings(findings, words)
    items += [text("warning", remark.text) for remark in said if remark.severity != "info"]
    items += [text("statement", remark.text) for remark in said if remark.severity == "info"]
    items += [text("statement", one) for one in _statements(scene)]
    items += [text("acquisition_check", remark.text) for remark in checks(findings, words)]
    return items


def target(result: Result) -> str:
    """Return our name for the code that says whether the target pathology was found."""
    if result.lesions is None or result.lesions.total_volume_ml <= 0:
        return "target_not_found"
    graded_zero = result.grade is not None and result.grade.value == "CT-0"
    return "target_below" if graded_zero else "target_found"


def warnings(findings: Findings, words: Words) -> list[Remark]:
    """Return the warnings in words."""
    if findings.notices:
        return [Remark(one.code, one.severity, words.sentence(one)) for one in findings.notices]
    # a result that was read back has its warnings in English words only
    return [Remark(one.code, "warning", sentence(one.message)) for one in findings.result.warnings]


_GRAVEST: tuple[Severity, ...] = ("error", "warning", "info")


def checks(findings: Findings, words: Words) -> list[Remark]:
    """Return the acquisition checks in words, the gravest first."""
    stated = findings.result.acquisition.checks if findings.result.acquisition else ()
    found = [Remark(one.code, one.severity, words.sentence(one)) for one in findings.checks]
    found = found or [Remark(one.code, one.severity, sentence(one.message)) for one in stated]
    return sorted(found, key=lambda remark: _GRAVEST.index(remark.severity))


def _grade(result: Result, words: Words) -> ContentItem:
    grade = result.grade
    if grade is None or grade.value is None:
        below: list[ContentItem] = [text("grade_reason", _why_no_grade(result, words), "HAS PROPERTIES")]
        if grade is not None and grade.rules:
            below.append(text("grade_rules", grade.rules, "HAS PROPERTIES"))
        return with_children(coded("grade", "grade_none"), below)
    return with_children(coded("grade", _grade_code(grade.value)), _about_grade(grade))


def _grade_code(value: str) -> str:
    return f"grade_{value[-1]}"


def _about_grade(grade: GradeSection) -> list[ContentItem]:
    below: list[ContentItem] = []
    if grade.stable is not None:
        below.append(coded("grade_stability", "grade_stable" if grade.stable else "grade_unstable", "HAS PROPERTIES"))
    if grade.interval is not None:
        low, high = grade.interval
        below.append(coded("grade_low", _grade_code(low), "HAS PROPERTIES"))
        below.append(coded("grade_high", _grade_code(high), "HAS PROPERTIES"))
    if grade.by_worse_lung is not None:
        below.append(coded("grade_by_worse_lung", _grade_code(grade.by_worse_lung), "HAS PROPERTIES"))
    below.append(text("grade_rules", grade.rules, "HAS PROPERTIES"))
    return below


def _why_no_grade(result: Result, words: Words) -> str:
    return words("grade_not_possible" if lungs_whole(result) else "grade_partial")


def lungs_whole(result: Result) -> bool:
    """Tell whether the lungs were seen whole; a status may be partial for other reasons."""
    if result.acquisition is None:
        return result.status == "ok"
    return result.acquisition.coverage == "whole"


def _routing(result: Result, words: Words) -> list[ContentItem]:
    if result.routing is None:
        return []
    said = routing_words(result.routing)
    items: list[ContentItem] = [
        text("routing_row", words.sentence(said.row)),
        text("routing_decision", words.sentence(said.decision)),
        text("routing_urgency", words.sentence(said.urgency)),
        text("routing_basis", words.sentence(said.basis)),
    ]
    if said.missing:
        items.append(text("routing_missing", sentence("; ".join(words.notice(notice) for notice in said.missing))))
    items += [text("routing_conflict", words.sentence(notice)) for notice in said.conflicts]
    return items


def _statements(scene: Scene) -> list[str]:
    result, words, said = scene.result, scene.words, []
    if result.lesions is not None and result.lesions.total_volume_ml <= 0:
        said.append(words("no_lesions_seg"))
    elif "seg-lesions" not in scene.segs:
        said.append(words("no_segs"))
    if result.lesions is not None and len(result.lesions.items) > LESIONS_LISTED:
        listed = {item.id for item in listed_lesions(result)}
        rest = [item.volume_ml for item in result.lesions.items if item.id not in listed]
        said.append(words("more_lesions", n=len(rest), volume=words.volume(sum(rest))))
    if result.lungs is not None and result.lungs.right_volume_ml is None:
        said.append(words("sides_unknown"))
    bridged = sum(image is None for image in scene.origin.images)
    if bridged:
        said.append(words("bridged", n=bridged))
    return [*said, words("physician_decides")]
