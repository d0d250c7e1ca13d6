"""From involvement to the grade CT-0..CT-4, with the grades at both ends of the interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from groundglass.analysis.grading_rules import DEFAULT, IMPLAUSIBLE_FIGURE, GradingRules
from groundglass.analysis.result import (
    GRADES,
    Coverage,
    Grade,
    GradeSection,
    InvolvementSection,
    LesionsSection,
)
from groundglass.errors import InternalError
from groundglass.phrases import Notice, Severity


def grade(
    involvement: InvolvementSection | None, rules: GradingRules = DEFAULT, *, coverage: Coverage = "whole"
) -> GradeSection:
    """Grade the involvement.

    Parameters
    ----------
    involvement : InvolvementSection or None
        Percent of lung with its 95 % interval. An interval that leaves out its own figure is widened to hold it.
    rules : GradingRules
        The limits.
    coverage : {"whole", "partial", "none"}
        Only a whole chest is graded.

    Returns
    -------
    GradeSection
        ``value``, ``interval`` and ``stable`` are None where nothing may be graded: no figures, a part of the chest,
        or rules by the worse lung where the sides are unknown. Where the rules take the worse lung, its interval is
        that of both lungs stretched by the ratio of the two percentages, since only the former is measured.

    Raises
    ------
    InternalError
        ``IMPLAUSIBLE_FIGURE`` if a percentage is not a number from 0 to 100 or the interval is turned round.
    """
    nothing = GradeSection(value=None, interval=None, stable=None, rules=rules.stated(), by_worse_lung=None)
    if involvement is None or coverage != "whole":
        return nothing
    worse = involvement.worse_lung_percent
    by_worse_lung = None if worse is None else rules.grade_of(worse)
    ratio = 1.0
    percent = involvement.percent
    if rules.denominator == "worse_lung":
        if worse is None:
            return nothing
        ratio = worse / percent if percent > 0 else 1.0
        percent = worse
    low, high = (min(100.0, end * ratio) for end in involvement.interval)
    if not low <= high:
        raise InternalError(
            IMPLAUSIBLE_FIGURE,
            what=f"the interval of involvement {involvement.interval} runs backwards",
            where="involvement.interval",
            todo="report this as a defect of groundglass",
        )
    ends = (rules.grade_of(min(low, percent)), rules.grade_of(max(high, percent)))
    return GradeSection(
        value=rules.grade_of(percent),
        interval=ends,
        stable=ends[0] == ends[1],
        rules=rules.stated(),
        by_worse_lung=by_worse_lung,
    )


def stage(value: Grade) -> int:
    """Return the number of a grade.

    Parameters
    ----------
    value : Grade
        CT-0 to CT-4.

    Returns
    -------
    int
        0..4.
    """
    return GRADES.index(value)


PictureMeasure = Literal["consolidation_percent_of_lesion", "least_zone_percent"]


@dataclass(frozen=True, slots=True)
class PictureRule:
    """A picture that does not go with the percentage, in Table 2.

    Attributes
    ----------
    code : str
        Key of the phrase.
    grades : tuple of Grade
        Grades by percentage to which the row applies.
    measure : str
        What is looked at, percent.
    operator : {"at_least", "below"}
        How it is compared.
    limit_percent : float
        With what.
    severity : {"info", "warning"}
        How grave it is.
    source : str
        The cell of the table, and the reason for the limit, which is ours.
    """

    code: str
    grades: tuple[Grade, ...]
    measure: PictureMeasure
    operator: Literal["at_least", "below"]
    limit_percent: float
    severity: Severity
    source: str


PICTURE_RULES: tuple[PictureRule, ...] = (
    PictureRule(
        "picture_consolidation_in_milder_grade",
        ("CT-1", "CT-2"),
        "consolidation_percent_of_lesion",
        "at_least",
        10.0,
        "info",
        "Table 2: CT-1 and CT-2 show ground glass only. Under 10 % of the lesion are vessels and rims within it.",
    ),
    PictureRule(
        "picture_no_consolidation_in_graver_grade",
        ("CT-3", "CT-4"),
        "consolidation_percent_of_lesion",
        "below",
        2.0,
        "info",
        "Table 2: CT-3 and CT-4 show consolidation beside ground glass. 2 % is what vessels in a lesion make up.",
    ),
    PictureRule(
        "picture_not_diffuse",
        ("CT-4",),
        "least_zone_percent",
        "below",
        5.0,
        "info",
        "Table 2: CT-4 is diffuse. A zone under 5 % has score 1 of 4, as good as spared.",
    ),
    PictureRule(
        "picture_mostly_consolidation",
        ("CT-1", "CT-2", "CT-3", "CT-4"),
        "consolidation_percent_of_lesion",
        "at_least",
        50.0,
        "warning",
        "Table 2: every row shows ground glass first. From half on the table describes another picture.",
    ),
)

_MARGIN_OF_CONSOLIDATION_ML = 2.0


def grade_notices(
    section: GradeSection,
    involvement: InvolvementSection | None,
    lesions: LesionsSection | None,
    rules: GradingRules = DEFAULT,
) -> tuple[Notice, ...]:
    """Return what must be said beside a grade.

    Parameters
    ----------
    section : GradeSection
        The grade, by ``rules``.
    involvement, lesions : sections of the result or None
        What it was made from.
    rules : GradingRules
        The limits.

    Returns
    -------
    tuple of Notice
        The interval crosses a limit; the worse lung alone has another grade; the picture does not go with the
        percentage; a CT-0 is no statement of health; signs of the table that no figure covers.
    """
    if section.value is None or involvement is None:
        return (Notice("grade_withheld", {}, "warning"),)
    found: list[Notice] = []
    if section.interval is not None and not section.stable:
        low, high = (stage(end) for end in section.interval)
        found.append(Notice("grade_unstable", {"grade": stage(section.value), "low": low, "high": high}, "warning"))
    if section.value == "CT-0":
        found.append(Notice("grade_zero_is_not_normal", {}, "info"))
        if involvement.percent > 0:
            found.append(
                Notice(
                    "grade_below_least_share",
                    {"percent": f"{involvement.percent:.2f}", "least": f"{rules.minimum_percent:g}"},
                    "info",
                )
            )
    if section.by_worse_lung not in (None, section.value):
        found.append(_worse_lung(section.value, section.by_worse_lung))
    found.extend(_picture(section.value, involvement, lesions))
    if section.value in ("CT-3", "CT-4"):
        found.append(Notice("picture_signs_not_assessed", {}, "info"))
    return tuple(found)


def _worse_lung(value: Grade, worse: Grade | None) -> Notice:
    values: dict[str, str | int | float] = {"grade": stage(value), "worse": 0 if worse is None else stage(worse)}
    return Notice("grade_worse_lung_differs", values, "info")


def _picture(value: Grade, involvement: InvolvementSection, lesions: LesionsSection | None) -> list[Notice]:
    found = []
    for rule in PICTURE_RULES:
        measured = _measure(rule.measure, involvement, lesions)
        if value not in rule.grades or measured is None:
            continue
        hit = measured >= rule.limit_percent if rule.operator == "at_least" else measured < rule.limit_percent
        if hit:
            found.append(Notice(rule.code, {"grade": stage(value), "percent": f"{measured:.0f}"}, rule.severity))
    return found


def _measure(measure: PictureMeasure, involvement: InvolvementSection, lesions: LesionsSection | None) -> float | None:
    if measure == "least_zone_percent":
        zones = involvement.zones
        known = [
            zones.right_upper,
            zones.right_middle,
            zones.right_lower,
            zones.left_upper,
            zones.left_middle,
            zones.left_lower,
        ]
        return min((zone for zone in known if zone is not None), default=None)
    if lesions is None or lesions.total_volume_ml <= 0:
        return None
    if 0 < lesions.consolidation_ml < _MARGIN_OF_CONSOLIDATION_ML:
        return 0.0
    return 100.0 * lesions.consolidation_ml / lesions.total_volume_ml
