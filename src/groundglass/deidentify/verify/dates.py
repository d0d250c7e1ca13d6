"""Dates in texts, in common writings; what a writing may mean, not what it means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

_MONTHS: tuple[tuple[str, ...], ...] = (
    ("jan", "янв", "gen", "ene", "jän"),
    ("feb", "фев", "fév", "fev"),
    ("mar", "мар", "mär"),
    ("apr", "апр", "avr", "abr"),
    ("may", "мая", "май", "mai", "mag"),
    ("jun", "июн", "juin", "giu"),
    ("jul", "июл", "juil", "lug"),
    ("aug", "авг", "aoû", "ago"),
    ("sep", "сен", "set"),
    ("oct", "окт", "okt", "ott"),
    ("nov", "ноя"),
    ("dec", "дек", "dez", "déc", "dic"),
)
_MONTH = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_NAME = "|".join(sorted(_MONTH, key=len, reverse=True))
_TIME = r"(?=[0-2]\d[0-5]\d(?:[0-6]\d)?(?:\.\d+)?(?:[+-]\d{4})?(?!\d)|(?!\d))"
_YEAR_FIRST = re.compile(r"(?<!\d)((?:1[89]|20)\d\d)([-./_ :]?)(\d\d)\2(\d\d)" + _TIME)
_YEAR_FIRST_SHORT = re.compile(r"(?<!\d)((?:1[89]|20)\d\d)([-./])(\d{1,2})\2(\d{1,2})(?!\d)")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})\s?([-./_ ])\s?(\d{1,2})\s?\2\s?((?:1[89]|20)\d\d)(?!\d)")
_YEAR_LAST_PLAIN = re.compile(r"(?<!\d)(\d\d)(\d\d)((?:1[89]|20)\d\d)(?!\d)")
_TWO_FIGURES = re.compile(r"(?<![\d.])(\d{1,2})([-./])(\d{1,2})\2(\d\d)(?![\d.])")
_DAY_NAME = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?[\s.\-_/]*({_NAME})[^\W\d_]*[\s.,\-_/]*(\d{{4}}|\d\d)(?!\d)", re.I
)
_NAME_DAY = re.compile(
    rf"(?<![^\W\d_])({_NAME})[^\W\d_]*[\s.\-_]*(\d{{1,2}})(?:st|nd|rd|th)?[\s.,\-_]+(\d{{4}})(?!\d)", re.I
)
_IDEOGRAPHS = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일號号]?")
_ANY_FIGURES = re.compile(r"\d.*\d", re.S)


def valid(year: int, month: int, day: int) -> str:
    """Return the date as ``YYYYMMDD``, empty for one that no calendar has."""
    try:
        return date(year, month, day).strftime("%Y%m%d") if year >= 1800 else ""
    except ValueError:
        return ""


def days_between(later: str, earlier: str) -> int:
    """Return the days from one ``YYYYMMDD`` to another."""
    return as_date(later).toordinal() - as_date(earlier).toordinal()


def as_date(text: str) -> date:
    """Return the date of a ``YYYYMMDD``."""
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))


def moved(text: str, days: int) -> str:
    """Return a ``YYYYMMDD`` moved forward by so many days, empty where the calendar ends."""
    try:
        return date.fromordinal(as_date(text).toordinal() + days).strftime("%Y%m%d")
    except (ValueError, OverflowError):
        return ""


def readings(text: str) -> Iterator[tuple[str, ...]]:
    """Return, for everything in a text that looks like a date, the dates that it may mean.

    Parameters
    ----------
    text : str
        Any text.
    """
    if not _ANY_FIGURES.search(text):
        return
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    for match in _YEAR_FIRST.finditer(text):
        yield from _some(
            valid(int(match[1]), int(match[3]), int(match[4])), valid(int(match[1]), int(match[4]), int(match[3]))
        )
    for match in _YEAR_FIRST_SHORT.finditer(text):
        yield from _some(valid(int(match[1]), int(match[3]), int(match[4])))
    for pattern, groups in ((_YEAR_LAST, (1, 3, 4)), (_YEAR_LAST_PLAIN, (1, 2, 3))):
        for match in pattern.finditer(text):
            first, second, year = (int(match[g]) for g in groups)
            yield from _some(valid(year, second, first), valid(year, first, second))
    for match in _TWO_FIGURES.finditer(text):
        a, b, c = int(match[1]), int(match[3]), int(match[4])
        orders = ((c, b, a), (c, a, b), (a, b, c))
        yield from _some(*(valid(century + y, m, d) for century in (1900, 2000) for y, m, d in orders))
    for match in _DAY_NAME.finditer(text):
        yield from _named(match[3], match[2], match[1])
    for match in _NAME_DAY.finditer(text):
        yield from _named(match[3], match[1], match[2])
    for match in _IDEOGRAPHS.finditer(text):
        yield from _some(valid(int(match[1]), int(match[2]), int(match[3])))


def _named(year: str, name: str, day: str) -> Iterator[tuple[str, ...]]:
    month = _MONTH[name.lower()]
    years = (int(year),) if len(year) == 4 else (1900 + int(year), 2000 + int(year))
    yield from _some(*(valid(y, month, int(day)) for y in years))


def _some(*dates: str) -> Iterator[tuple[str, ...]]:
    found = tuple(dict.fromkeys(d for d in dates if d))
    if found:
        yield found
