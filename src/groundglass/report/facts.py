"""Who, what and how: the patient line, the study and the making of the report."""

from __future__ import annotations

from groundglass.analysis.result import Result
from groundglass.dicom.header import Identity
from groundglass.report.document import Row
from groundglass.report.page import ReportPage
from groundglass.report.wording import DASH, Words, clean


def patient_rows(identity: Identity, words: Words) -> tuple[Row, ...]:
    """Return the patient line as the source has it; a dash where it has nothing."""
    return (
        _foreign(words("name"), clean(identity.patient_name)),
        _foreign(words("patient_id"), clean(identity.patient_id)),
        _foreign(words("birth_date"), words.date(identity.birth_date)),
        _foreign(words("sex"), words.sex(identity.sex)),
        _foreign(words("age"), words.age(identity.age)),
        *_given(words("accession"), identity.accession_number),
        *_given(words("institution"), identity.institution),
        *_given(words("referrer"), identity.referring_physician),
    )


def study_rows(page: ReportPage, words: Words) -> tuple[Row, ...]:
    """Return when and how the study was made, and which series was read."""
    identity, header, result = page.identity, page.acquisition, page.result
    section, study = result.acquisition, result.study
    when = " ".join(filter(None, (words.date(identity.study_date), words.time(identity.study_time))))
    rows = [_foreign(words("study_date"), when), *_given(words("description"), identity.study_description)]
    if header is not None:
        rows += _given(words("series"), header.series_description or header.protocol_name or "")
        scanner = " ".join(filter(None, (header.manufacturer, header.model)))
        rows += _given(words("scanner"), scanner)
        rows += _given(words("technique"), _technique(page, words))
    rows += _slices(result, words)
    if section is not None:
        if header is not None:
            rows.append(Row(words("contrast"), words(f"contrast_{section.contrast}")))
        rows.append(Row(words("coverage"), words(f"coverage_{section.coverage}")))
    rows += _given(words("position"), study.patient_position or "")
    rows += _given(words("study_uid"), study.study_uid or "")
    rows += _given(words("series_uid"), study.series_uid or "")
    return tuple(rows)


def technical_rows(result: Result, words: Words) -> tuple[Row, ...]:
    """Return versions, models, options and times."""
    software = result.software
    models = "; ".join(f"{m.name} ({m.engine}, {m.precision}, SHA-256 {m.sha256[:16]}…)" for m in software.models)
    options = ", ".join(f"{name} = {value}" for name, value in software.options.items() if value is not None)
    seconds = ", ".join(f"{name} {words.number(value, 1)}" for name, value in result.seconds.items())
    rows = [
        Row(words("software"), clean(f"{software.name} {software.version}")),
        Row(words("models"), words.text(models) if models else words("no_models")),
    ]
    if result.lungs is not None:
        rows.append(Row(words("lung_method"), clean(result.lungs.method)))
    if options:
        rows.append(Row(words("options"), words.text(options)))
    if seconds:
        rows.append(Row(words("seconds"), words.text(seconds)))
    rows.append(Row(words("schema"), clean(result.schema)))
    return tuple(rows)


def _technique(page: ReportPage, words: Words) -> str:
    header = page.acquisition
    if header is None:
        return ""
    parts = []
    if header.kvp is not None:
        parts.append(f"{words.number(header.kvp, 0)} {words('kv')}")
    if header.tube_current_ma is not None:
        low, high = header.tube_current_ma
        span = words.number(low, 0) if round(low) == round(high) else f"{words.number(low, 0)}–{words.number(high, 0)}"
        parts.append(f"{span} {words('ma')}")
    if header.kernel:
        parts.append(words("kernel", kernel=header.kernel))
    if header.slice_thickness_mm is not None:
        parts.append(words("thickness", mm=words.number(header.slice_thickness_mm, 1)))
    return ", ".join(parts)


def _slices(result: Result, words: Words) -> list[Row]:
    count = result.study.slices
    section = result.acquisition
    if count is None:
        return []
    if section is None or section.spacing_mm is None:
        return [Row(words("slices"), str(count))]
    step, a, b = section.spacing_mm
    text = words("slices_value", n=count, spacing=words.number(step, 2))
    pixel = words("pixel", a=words.number(a, 3), b=words.number(b, 3))
    return [Row(words("slices"), f"{text}, {pixel}")]


def _foreign(label: str, value: str) -> Row:
    return Row(label, value or DASH, foreign=True)


def _given(label: str, value: str) -> list[Row]:
    text = clean(value)
    return [Row(label, text, foreign=True)] if text else []
