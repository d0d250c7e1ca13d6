"""The short readable summary of one study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groundglass.phrases import say_notice

if TYPE_CHECKING:
    from groundglass.analysis.result import Result, RoutingSection
    from groundglass.pipeline import Outcome

SHOWN_WARNINGS = 8


def lines(outcome: Outcome) -> list[str]:
    """Return the summary as lines of text."""
    result = outcome.result
    if result is None:
        error = outcome.error
        return [f"{outcome.study_id}  failed", f"  {error.line() if error else ''}"]
    if result.status == "refused" or result.involvement is None or result.lungs is None or result.lesions is None:
        refusal = result.refusal
        text = [f"{outcome.study_id}  refused", f"  {refusal.code}: {refusal.message}" if refusal else ""]
    else:
        text = _measured(outcome.study_id, result)
    warnings = [warning for warning in result.warnings if warning.code not in outcome.remarks]
    text += [f"  ! {warning.message}" for warning in warnings[:SHOWN_WARNINGS]]
    if len(warnings) > SHOWN_WARNINGS:
        text.append(f"  ! and {len(warnings) - SHOWN_WARNINGS} more, see the report")
    text.append(f"  {outcome.folder / 'report.html'}")
    text.append(f"  {result.intended_use}")
    return text


def _measured(study_id: str, result: Result) -> list[str]:
    involvement, lungs, lesions, grade = result.involvement, result.lungs, result.lesions, result.grade
    if involvement is None or lungs is None or lesions is None:
        return [study_id]
    low, high = involvement.interval
    if grade is None or grade.value is None:
        head = f"{study_id}  no grade ({result.status})"
    elif grade.stable:
        head = f"{study_id}  {grade.value}"
    else:
        ends = f"{grade.interval[0]} to {grade.interval[1]}" if grade.interval else ""
        head = f"{study_id}  {grade.value}, unstable: {ends}"
    sides = ""
    if involvement.right_percent is not None and involvement.left_percent is not None:
        sides = f"; right {involvement.right_percent:.1f} %, left {involvement.left_percent:.1f} %"
    text = [
        head,
        f"  involved {involvement.percent:.1f} % of the lungs (95 % interval {low:.1f} to {high:.1f}){sides}",
        f"  lungs {lungs.total_volume_ml:.0f} ml; ground glass {lesions.ground_glass_ml:.0f} ml,"
        f" consolidation {lesions.consolidation_ml:.0f} ml",
    ]
    if result.routing is not None:
        text += _routing(result.routing)
    return text


def _routing(section: RoutingSection) -> list[str]:
    from groundglass.analysis.routing import words

    said = words(section)
    text = ["  " + "; ".join(say_notice(notice) for notice in (said.row, said.decision))]
    if said.missing:
        text.append("  missing: " + ", ".join(say_notice(notice) for notice in said.missing))
    text += [f"  ! {say_notice(notice)}" for notice in said.conflicts]
    return text
