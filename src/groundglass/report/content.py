"""From a result to the words of its report."""

from __future__ import annotations

from groundglass.analysis import routing as routing_words
from groundglass.analysis.grading_rules import PROFILES, GradingRules, ambiguities
from groundglass.analysis.result import GradeSection, InvolvementSection, Result
from groundglass.phrases import Notice, Severity
from groundglass.report.document import (
    Conclusion,
    Document,
    Figure,
    Gallery,
    Gauge,
    Listing,
    Mark,
    Routing,
    Row,
    Signature,
    Table,
    Tone,
)
from groundglass.report.dose import above_level, dose_table
from groundglass.report.facts import patient_rows, study_rows, technical_rows
from groundglass.report.figures import lesion_table, profile_of, region_table
from groundglass.report.lobes import lobe_section
from groundglass.report.page import ReportPage
from groundglass.report.wording import DASH, Words, clean
from groundglass.settings import DEFAULT_INTENDED_USE, INTENDED_USE

_TONES: dict[Severity, Tone] = {"info": "plain", "warning": "warning", "error": "error"}
_SIX_ZONES_MOST = 24
_LOBES_MOST = 25


def document_of(page: ReportPage) -> Document:
    """Put a report into words.

    Parameters
    ----------
    page : ReportPage
        What was measured and drawn.

    Returns
    -------
    Document
        Plain strings and numbers in reading order.
    """
    words, result = Words(page.language), page.result
    refused = result.status == "refused"
    sentence = intended_use(page)
    return Document(
        language=page.language,
        title=words("title"),
        subtitle=words("subtitle"),
        banner=sentence,
        banner_note=words("physician_decides"),
        patient_title=words("patient"),
        patient=patient_rows(page.identity, words),
        study_title=words("study"),
        study=study_rows(page, words),
        alerts=_alerts(page, words),
        refusal=_refusal(result, words),
        conclusion=None if refused else _conclusion(result, words),
        warnings=Listing(words("warnings"), _warnings(page, words), words("no_warnings")),
        routing=None if refused or result.routing is None else _routing(result, words),
        tables=_tables(page, words),
        profile=None if refused else profile_of(result, words),
        galleries=_galleries(page, words),
        listings=_listings(page, words),
        technical_title=words("technical"),
        technical=technical_rows(result, words),
        signature=Signature(words("signature"), words("sign_opinion"), words("sign_name"), words("sign_date")),
        footer=f"{clean(result.software.name)} {clean(result.software.version)} · {sentence}",
        page_word=words("page"),
        page_of=words("page_of"),
        missing_value=words("missing_value"),
    )


def _tables(page: ReportPage, words: Words) -> tuple[Table, ...]:
    result = page.result
    measured = () if result.status == "refused" else (region_table(result, words), lesion_table(result, words))
    return measured if result.dose is None else (*measured, dose_table(result.dose, page.dose_notices, words))


def intended_use(page: ReportPage) -> str:
    """Return the intended-use sentence of the result in the language of the report; never empty."""
    for sentences in INTENDED_USE.values():
        if page.result.intended_use in sentences.values():
            return sentences[page.language]
    return clean(page.result.intended_use) or INTENDED_USE[DEFAULT_INTENDED_USE][page.language]


def _alerts(page: ReportPage, words: Words) -> tuple[str, ...]:
    result = page.result
    found = []
    if result.status == "partial":
        found.append(words("partial"))
    unsided = result.involvement is not None and result.involvement.right_percent is None
    if unsided and result.lungs is not None and result.lungs.right_volume_ml is None:
        found.append(words("sides_unknown"))
    return tuple(found)


def _refusal(result: Result, words: Words) -> tuple[Row, ...]:
    if result.status != "refused":
        return ()
    rows = [Row(words("refused"), words("refused_text"))]
    if result.refusal is not None:
        rows.append(Row(words("reason"), words.text(result.refusal.message), foreign=True))
        rows.append(Row(words("code_label"), words.text(result.refusal.code), foreign=True))
    rows.append(Row("", words("refused_todo")))
    return tuple(rows)


def rules_of(grade: GradeSection | None) -> GradingRules | None:
    """Return the profile that a grade names, None where it is not one of ours."""
    name = grade.rules.split(" ", 1)[0] if grade is not None and grade.rules else ""
    return PROFILES.get(name)


def _conclusion(result: Result, words: Words) -> Conclusion:
    grade, involvement = result.grade, result.involvement
    facts: list[Row] = []
    lesions = result.lesions
    if involvement is not None and involvement.worse_lung_percent is not None:
        facts.append(_worse_lung(involvement, grade, words))
    if lesions is not None:
        facts.append(Row(words("ground_glass"), _ml(lesions.ground_glass_ml, words)))
        facts.append(Row(words("consolidation"), _ml(lesions.consolidation_ml, words)))
    severity = result.severity
    if severity is not None and severity.six_zone_score is not None:
        facts.append(Row(words("six_zones"), words("of", n=severity.six_zone_score, most=_SIX_ZONES_MOST)))
    if severity is not None and severity.lobe_score is not None:
        facts.append(Row(words("lobes"), words("of", n=severity.lobe_score, most=_LOBES_MOST)))
    if result.probability_of_pathology is not None:
        facts.append(Row(words("probability"), f"{words.number(100 * result.probability_of_pathology, 0)} %"))
    badge, tone, statement = _verdict(result, words)
    value = grade.value if grade is not None else None
    return Conclusion(
        title=words("conclusion"),
        grade_label=words("grade"),
        grade=words.grade(value) if value else words("not_graded"),
        grade_word=words(f"grade_word_{value[-1]}") if value else "",
        badge=badge,
        tone=tone,
        statement=statement,
        percent_label=words("involvement"),
        percent=f"{words.percent(involvement.percent)} %" if involvement else DASH,
        interval=_interval(involvement, words),
        facts=tuple(facts),
        remarks=(_rules(grade, words),) if grade is not None else (),
        gauge=_gauge(involvement, grade, words),
    )


def _rules(grade: GradeSection, words: Words) -> str:
    """Return the rules in one line, every limit with the side it belongs to."""
    rules = rules_of(grade)
    if rules is None:
        return words("rules_foreign", rules=words.text(grade.rules))
    line = words.grade("CT-0")
    for limit in rules.limits:
        below, above = ("<", "≤") if limit.belongs_to == "higher" else ("≤", "<")
        figure = words.number(limit.percent, 0 if limit.percent == int(limit.percent) else 1)
        line += f" {below} {figure} % {above} {words.grade(limit.above)}"
    stated = words("rules", name=rules.name, version=rules.version, lungs=words(f"rules_{rules.denominator}"))
    return f"{stated}: {line}"


def _ml(value: float, words: Words) -> str:
    return f"{words.volume(value)} {words('ml')}"


def _worse_lung(involvement: InvolvementSection, grade: GradeSection | None, words: Words) -> Row:
    percent = words.percent(involvement.worse_lung_percent)
    if grade is not None and grade.by_worse_lung is not None:
        return Row(
            words("worse_lung"), words("worse_lung_value", percent=percent, grade=words.grade(grade.by_worse_lung))
        )
    return Row(words("worse_lung"), words("worse_lung_percent", percent=percent))


def _interval(involvement: InvolvementSection | None, words: Words) -> str:
    if involvement is None:
        return ""
    low, high = involvement.interval
    digits = 2 if high < 1 else 1
    return words("interval", low=words.number(low, digits), high=words.number(high, digits))


def _verdict(result: Result, words: Words) -> tuple[str, Tone, str]:
    """Return badge, tone and sentence of the conclusion."""
    grade = result.grade
    if grade is None or grade.value is None:
        if result.status == "partial":
            return words("coverage_partial"), "warning", ""
        return "", "warning", words("ungraded")
    sentences = [words("grade_zero")] if grade.value == "CT-0" else []
    unstable = grade.stable is False
    if unstable and grade.interval is not None:
        low, high = (words.grade(end) for end in grade.interval)
        sentences.append(words("grade_unstable", low=low, high=high))
    elif grade.stable:
        sentences.append(words("grade_stable"))
    badge = words("unstable") if unstable else words("stable") if grade.stable else ""
    return badge, "warning" if unstable else "calm", " ".join(sentences)


def _gauge(involvement: InvolvementSection | None, grade: GradeSection | None, words: Words) -> Gauge | None:
    rules = rules_of(grade)
    graded = grade is not None and grade.value is not None
    if involvement is None or not graded or rules is None or rules.denominator != "whole_lung":
        return None
    limits = tuple(Mark(limit.percent, words.number(limit.percent, 0)) for limit in rules.limits[1:])
    low, high = involvement.interval
    alt = f"{words('involvement')}: {words.percent(involvement.percent)} %, {_interval(involvement, words)}"
    return Gauge(involvement.percent, low, high, limits, alt)


def _routing(result: Result, words: Words) -> Routing:
    section = result.routing
    if section is None:
        raise ValueError("a result without routing has no routing words")
    said = routing_words.words(section)
    rows = (
        Row(words("row"), _said(said.row, words)),
        Row(words("decision"), _said(said.decision, words)),
        Row(words("urgency"), _said(said.urgency, words)),
        Row(words("basis"), _said(said.basis, words)),
        Row(words("missing"), "; ".join(_said(n, words) for n in said.missing) or DASH),
    )
    return Routing(
        title=words("routing"),
        rows=rows,
        conflicts=Listing(words("conflicts"), tuple(("", "warning", _said(n, words)) for n in said.conflicts)),
        note=words("routing_note"),
    )


def _said(notice: Notice, words: Words) -> str:
    """Return a notice in words; a code of another version that has none is shown as it is."""
    try:
        return words.notice(notice)
    except KeyError:
        return notice.code


def _galleries(page: ReportPage, words: Words) -> tuple[Gallery, ...]:
    figures = {
        p.name: _figure(p.name, p.preview or p.png, words.notice(p.caption), p.width, p.height) for p in page.pictures
    }
    kinds = {p.name: p.kind for p in page.pictures}
    groups = (
        (words("key_slices"), words("pictures_note"), 2, ("key_slice",)),
        (words("reformats"), "", 2, ("coronal", "sagittal", "mip", "minip")),
        (words("lungs_3d"), "", 1, ("lungs_3d",)),
    )
    found = []
    for title, note, columns, wanted in groups:
        shown = tuple(figure for name, figure in figures.items() if kinds[name] in wanted)
        if shown:
            found.append(Gallery(title, note, columns, shown))
    if page.lobes is not None:
        outlined = tuple(figure for name, figure in figures.items() if kinds[name] == "lobes")
        found.append(lobe_section(page.lobes, outlined, words))
    return tuple(found)


def _figure(name: str, data: bytes, caption: str, width: int, height: int) -> Figure:
    png = data.startswith(b"\x89PNG")
    return Figure(
        file=f"{name}.{'png' if png else 'jpg'}",
        media_type="image/png" if png else "image/jpeg",
        caption=caption,
        width=width,
        height=height,
        data=data,
    )


def _listings(page: ReportPage, words: Words) -> tuple[Listing, ...]:
    result = page.result
    if result.status == "refused":
        return ()
    found = [Listing(words("checks"), _checks(page, words), words("no_checks"))]
    if not _warnings(page, words):
        found.append(Listing(words("warnings"), (), words("no_warnings")))
    method = [words("method_what")]
    if result.lesions is not None:
        method.append(words("method_moscow", volume=words.volume(result.lesions.moscow_ml)))
    method += [words("method_interval"), words("method_limits"), words("regions_note")]
    found.append(Listing(words("method"), tuple(("", "plain", text) for text in method)))
    rules = rules_of(result.grade)
    if rules is not None:
        texts = tuple(("", _TONES["info"], _said(notice, words)) for notice in ambiguities(rules))
        found.append(Listing(words("ambiguities"), texts))
    return tuple(found)


def _warnings(page: ReportPage, words: Words) -> tuple[tuple[str, Tone, str], ...]:
    levels = tuple((words(n.severity), _TONES[n.severity], _said(n, words)) for n in above_level(page.dose_notices))
    if page.notices:
        return (*((words(n.severity), _TONES[n.severity], _said(n, words)) for n in page.notices), *levels)
    return (*((words("warning"), "warning", words.text(m.message)) for m in page.result.warnings), *levels)


def _checks(page: ReportPage, words: Words) -> tuple[tuple[str, Tone, str], ...]:
    if page.checks:
        return tuple((words(n.severity), _TONES[n.severity], _said(n, words)) for n in page.checks)
    if page.result.acquisition is None:
        return ()
    return tuple((words(c.severity), _TONES[c.severity], words.text(c.message)) for c in page.result.acquisition.checks)
