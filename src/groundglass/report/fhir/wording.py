"""What a DiagnosticReport says in words: its conclusion, and the same as a page."""

from __future__ import annotations

from xml.sax.saxutils import escape

from groundglass.analysis import routing
from groundglass.analysis.result import Result, RoutingSection
from groundglass.phrases import Language, Notice, say, say_notice, table
from groundglass.report.fhir.terms import Json
from groundglass.report.wording import Words, clean
from groundglass.settings import INTENDED_USE

_LONGEST = 1200
"""Of one sentence that comes from the result; FHIR allows a megabyte (R5, Data Types, string)."""


def conclusion(result: Result, language: Language) -> list[str]:
    """Return the conclusion, a line each.

    Parameters
    ----------
    result : Result
        A reading, whole or partial, or a refusal.
    language : {"en", "ru"}
        Warnings stay English: a result has no other.
    """
    software = result.software
    made = say("fhir_prepared_by_software", language, name=_line(software.name), version=_line(software.version))
    lines = [_intended_use(result, language), made]
    if result.status == "refused":
        refusal = result.refusal
        code, reason = (refusal.code, refusal.message) if refusal else ("", "")
        return [*lines, say("fhir_refused", language, code=_line(code), reason=_line(reason))]
    lines += [*_measured(result, Words(language)), *(_line(warning.message) for warning in result.warnings)]
    return list(dict.fromkeys(lines))


def of_a_part(result: Result) -> bool:
    """Tell whether only a part of the lungs was seen.

    A result may also be partial because some output could not be written: its figures are whole then.
    """
    coverage = result.acquisition.coverage if result.acquisition else "whole"
    return result.status == "partial" and coverage != "whole"


def routing_lines(section: RoutingSection, language: Language) -> list[str]:
    """Return the row of the routing table, the decision, what is missing for one, and what speaks against it."""
    said = routing.words(section)
    lines = [say("fhir_routing", language, row=_notice(said.row, language), decision=_notice(said.decision, language))]
    if said.missing:
        names = ", ".join(_notice(notice, language) for notice in said.missing)
        lines.append(say("fhir_missing", language, names=names))
    return lines + [_notice(notice, language) for notice in said.conflicts]


def narrative(lines: list[str], language: Language) -> Json:
    """Return the lines as a Narrative: a list in XHTML (FHIR R5, Narrative)."""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    head = f'<div xmlns="http://www.w3.org/1999/xhtml" lang="{language}" xml:lang="{language}">'
    return {"status": "generated", "div": f"{head}<ul>{items}</ul></div>"}


def _measured(result: Result, words: Words) -> list[str]:
    language, involvement, lesions, grade = words.language, result.involvement, result.lesions, result.grade
    lines = [say("fhir_partial", language)] if of_a_part(result) else []
    if involvement is not None:
        low, high = involvement.interval
        numbers = {"percent": involvement.percent, "low": low, "high": high}
        lines.append(say("fhir_involvement", language, **{k: words.percent(v) for k, v in numbers.items()}))
        if involvement.right_percent is not None and involvement.left_percent is not None:
            sides = {"right": involvement.right_percent, "left": involvement.left_percent}
            lines.append(say("fhir_sides", language, **{k: words.percent(v) for k, v in sides.items()}))
    if lesions is not None:
        volumes = {"ground_glass": lesions.ground_glass_ml, "consolidation": lesions.consolidation_ml}
        lines.append(say("fhir_lesions", language, **{k: words.volume(v) for k, v in volumes.items()}))
    if grade is not None and grade.value is not None:
        name = say(f"grade_name_ct_{grade.value[-1]}", language)
        lines.append(say("fhir_grade", language, grade=name, rules=_line(grade.rules)))
    elif grade is not None:
        lines.append(say("grade_withheld", language))
    if result.routing is not None:
        lines += routing_lines(result.routing, language)
    return lines


def _intended_use(result: Result, language: Language) -> str:
    for sentences in INTENDED_USE.values():
        if result.intended_use in sentences.values():
            return sentences[language]
    return _line(result.intended_use)


def _notice(notice: Notice, language: Language) -> str:
    # a result of another version may name a code that this one has no words for
    return say_notice(notice, language) if notice.code in table() else _line(notice.code)


def _line(text: str) -> str:
    return clean(text, _LONGEST)
