"""The radiation dose of the study, as its dose objects state it."""

from __future__ import annotations

from groundglass.analysis.result import DoseEvent, DoseSection
from groundglass.phrases import Notice, say
from groundglass.phrases.dose import region_words
from groundglass.report.document import Table
from groundglass.report.wording import DASH, Words

_COLUMNS = ("region", "ctdivol", "phantom", "dlp", "k", "effective")


def dose_table(dose: DoseSection, notices: tuple[Notice, ...], words: Words) -> Table:
    """Return a row for each irradiation with figures and the sums, with everything that must be said beside them.

    Parameters
    ----------
    dose : DoseSection
        Of the result.
    notices : tuple of Notice
        Its warnings before they became English; empty: as the result has them.
    words : Words
        Of the report's language.
    """
    told = [(n, event) for n, event in enumerate(dose.events, 1) if _has_figures(event)]
    rows = [_row(n, event, words) for n, event in told]
    total = dose.total
    if total.dlp_mgy_cm is not None:
        label = _capital(_said("dose_sum", words))
        rows.append((label, "", "", words.number(total.dlp_mgy_cm, 1), "", words.number(total.effective_msv, 2)))
    above = above_level(notices)
    remarks = [words.notice(notice) for notice in notices if notice not in above]
    if not notices:
        remarks = [words.text(one.message) for one in dose.warnings]
    sentences = [_said("dose_estimate", words), _said("dose_factors_used", words, title=words.text(dose.factors)) + "."]
    if len(told) < len(dose.events):
        sentences.append(_said("dose_not_listed", words, count=len(dose.events) - len(told)))
    sentences += [f"{_capital(text).rstrip('.')}." for text in remarks]
    return Table(
        title=_said("dose_title", words),
        head=tuple(_column(name, words) for name in _COLUMNS),
        rows=tuple(rows),
        note=" ".join(sentences),
        strong=(len(rows) - 1,) if total.dlp_mgy_cm is not None else (),
        empty="" if rows else " ".join(sentences[2:] or sentences),
    )


def above_level(notices: tuple[Notice, ...]) -> tuple[Notice, ...]:
    """Return what lies above a reference level: it stands among the warnings of the report, not below the table."""
    return tuple(notice for notice in notices if notice.code.endswith("_above_level"))


def _has_figures(event: DoseEvent) -> bool:
    return event.ctdivol_mgy is not None or event.dlp_mgy_cm is not None


def _row(number: int, event: DoseEvent, words: Words) -> tuple[str, ...]:
    return (
        f"{number}. {_capital(region_words(event.region, words.language))}",
        words.number(event.ctdivol_mgy, 2),
        DASH if event.phantom_cm is None else str(event.phantom_cm),
        words.number(event.dlp_mgy_cm, 1),
        words.number(event.k, 4),
        words.number(event.effective_msv, 2),
    )


def _column(name: str, words: Words) -> str:
    head = _said(f"dose_column_{name}", words)
    return head if name == "k" else _capital(head)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _said(key: str, words: Words, **values: object) -> str:
    return say(key, words.language, **values)
