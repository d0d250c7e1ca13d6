"""The lobes: weak evidence, kept apart from all that is counted."""

from __future__ import annotations

from groundglass.analysis.lobes import LobeInvolvement, LobeReading, lobe_notices, sure_percent
from groundglass.phrases import Notice
from groundglass.report.document import Figure, Gallery, Table
from groundglass.report.wording import Words

_COLUMNS = ("lobe", "volume", "percent", "lobe_border")


def lobe_section(found: LobeReading, pictures: tuple[Figure, ...], words: Words) -> Gallery:
    """Return a row for each lobe that may be shown, why the others are not, and the pictures.

    Parameters
    ----------
    found : LobeReading
        Of a whole chest.
    pictures : tuple of Figure
        Fissures, at most one a lung.
    words : Words
        Of the report's language.
    """
    hidden = " ".join(f"{_capital(words.notice(notice))}." for notice in lobe_notices(found.lobes))
    table = Table(
        title="",
        head=tuple(words(key) for key in _COLUMNS),
        rows=tuple(_row(lobe, words) for lobe in found.involvement),
        note=hidden,
        empty="" if found.involvement else hidden or words("no_lobes"),
    )
    return Gallery(words("lobes_section"), words.notice(Notice("lobes_not_counted")), 2, pictures, table)


def _row(lobe: LobeInvolvement, words: Words) -> tuple[str, ...]:
    # the border may be off by millimetres: decimals would promise too much
    percent = "< 1" if 0 < lobe.percent < 0.5 else words.number(lobe.percent, 0)
    name = _capital(words.notice(Notice(f"lobe_{lobe.label}")))
    return name, words.volume(lobe.volume_ml), percent, str(sure_percent(lobe.confidence))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
