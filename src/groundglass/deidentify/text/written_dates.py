"""Dates as people and machines write them inside text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache, lru_cache
from typing import Final, NamedTuple

from groundglass.deidentify.text.tables import filled, rows

FIRST_YEAR: Final = 1880
"""Nobody born before is scanned; four figures below are taken for numbers."""
LAST_YEAR: Final = 2099
"""Four figures above are taken for numbers."""
_BUDDHIST: Final = range(2440, 2620)
"""The Thai calendar runs 543 years ahead (Thai Royal Gazette; CLDR 'buddhist')."""
_CACHED: Final = 8192

_SEPARATOR: Final = r"\s{0,2}[-./_,:\\·‐‒–—−|+]\s{0,2}|\s{1,2}"
_CLOCK: Final = (
    r"(?:\s*[T,_@\-]?\s*(?:at|um|в|à|alle)?\s*\d{1,2}[:.hч时]\s?\d{2}(?:[:.m分]\s?\d{2}(?:[.,]\d{1,9})?)?秒?"
    r"\s*(?:[ap]\.?m\.?\b)?\s*(?:Z\b|[A-Z]{3,4}\b|(?:UTC|GMT)?[+-]\d{2}:?\d{2})?)?"
)
_HAN_FIGURES: Final = "〇零○一二三四五六七八九十廿卅元"
_HAN: Final = {each: number for number, each in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0, "元": 1}
_ROMAN: Final = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")


class Written(NamedTuple):
    """A date found in a text: its place, and the days that it can mean (year, month, day; 0 where not said)."""

    start: int
    end: int
    days: tuple[tuple[int, int, int], ...]


@cache
def months() -> dict[str, tuple[int, bool]]:
    """Return month names, folded: number and whether it is an abbreviation."""
    found = {row["name"]: (int(row["month"]), row["abbreviation"] == "yes") for row in rows("months.csv")}
    return found | {roman: (number, True) for number, roman in enumerate(_ROMAN, 1) if len(roman) > 1}


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return the table of patterns, filled: the longer form of a date stands before the shorter."""
    names = sorted(months(), key=len, reverse=True)
    parts = {
        "month": "(?P<name>" + "|".join(map(re.escape, names)) + r")(?![^\W\d_])\.?",
        "whole": "(?P<name>" + "|".join(re.escape(n) for n in names if not months()[n][1]) + r")(?![^\W\d_])",
        "day": r"(?P<d>\d{1,2})(?:[\s\-]?(?:st|nd|rd|th|er|го|ого|е|º|°|\.))?",
        "year": r"(?P<y>\d{4}|['’]?\d{2})(?:\s?(?:года?|г|р|року)\b\.?)?",
        "gap": r"[\s,.\-_/]{0,3}",
        "link": r"(?:(?:of|de|del|di|the|den)\s+)?",
        "zone": r"(?:[+-]\d{4})?",
        "separator": _SEPARATOR,
        "clock": _CLOCK,
        "han_figures": _HAN_FIGURES,
    }
    return tuple((row["kind"], filled(row, parts)) for row in rows("date_patterns.csv"))


def written_dates(text: str) -> list[Written]:
    """Return the dates in a text, from left to right, none inside another.

    Parameters
    ----------
    text : str
        A text that went through :func:`~groundglass.deidentify.text.folding.plain`.

    Returns
    -------
    list of Written
        Two-digit years are read as 19xx and 20xx; where day and month can change places, both are given.
    """
    if not any(map(str.isdecimal, text)) and "年" not in text:
        return []
    found: list[Written] = []
    for kind, pattern in _patterns():
        for match in pattern.finditer(text):
            days = tuple(_meant(kind, match))
            if days and not any(match.start() < other.end and other.start < match.end() for other in found):
                found.append(Written(match.start(), match.end(), days))
    return sorted(found)


def _meant(kind: str, match: re.Match[str]) -> Iterator[tuple[int, int, int]]:
    part = match.groupdict()
    if kind in ("stamp", "eight"):
        s = part["s"]
        for y, m, d in ((s[:4], s[4:6], s[6:]), (s[4:], s[2:4], s[:2]), (s[4:], s[:2], s[2:4])):
            yield from _valid(int(y), int(m), int(d))
        return
    if kind == "week" or kind == "year":
        yield (int(part["y"]), 0, 0)
        return
    if kind == "han":
        yield from _valid(_han(part["y"] or ""), _han(part["m"] or ""), _han(part["d"] or ""))
        return
    if kind == "era":
        yield (0, int(part["m"]), int(part["d"] or 0))
        return
    if (part.get("s1") or "").strip() != (part.get("s2") or "").strip():
        return
    day = int(part.get("d") or 0)
    month = months()[part["name"].casefold()][0] if part.get("name") else int(part.get("m") or 0)
    for year in _years(part.get("y")):
        yield from _valid(year, month, day)
        if not part.get("name") and day != month:
            yield from _valid(year, day, month)


def _years(text: str | None) -> tuple[int, ...]:
    if not text:
        return (0,)
    text = text.lstrip("'’")
    return (int(text),) if len(text) == 4 else (1900 + int(text), 2000 + int(text))


def _valid(year: int, month: int, day: int) -> Iterator[tuple[int, int, int]]:
    if year in _BUDDHIST:
        year -= 543
    if year and not FIRST_YEAR <= year <= LAST_YEAR:
        return
    try:
        date(year or 2000, month or 1, day or 1)
    except ValueError:
        return
    if month:
        yield (year, month, day)


def _han(text: str) -> int:
    """Return what Chinese figures say: place by place (二〇二〇) or with tens (二十一)."""
    if not any(each in text for each in "十廿卅"):
        return int("".join(str(_HAN[each]) for each in text) or 0)
    text = text.replace("廿", "二十").replace("卅", "三十")
    tens, _, ones = text.partition("十")
    return (_HAN.get(tens, 1) if len(tens) <= 1 else 0) * 10 + (_HAN.get(ones, 0) if len(ones) <= 1 else 0)


_STAMP: Final = re.compile(r"\d{14}\.\d{1,9}")
_NUMBER: Final = re.compile(r"[+ ]*0*(\d{8})(?:\.0*)?\s*")
_DECIMAL: Final = re.compile(r"[+-]?\d*[.,]\d*(?:[eE][+-]?\d+)?")
_POWER: Final = re.compile(r"[+ ]*\d(?:\.\d{0,8})?[eE]\+?0?\d\s*")
_REST: Final = re.compile(
    r"(?:[\W_]|mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun|day|пн|вт|ср|чт|пт|сб|вс|星期.|周.|Z|г)*", re.I
)


@lru_cache(maxsize=_CACHED)
def reads_as_date(text: str) -> bool:
    """Say whether a whole value is a date, in any usual writing.

    Parameters
    ----------
    text : str
        One value of any element, numbers (IS, DS) included.

    Returns
    -------
    bool
        True for eight figures that are a day of 1880 to 2099 in the order year-month-day, day-month-year or
        month-day-year (also with ``.0``, an exponent or blanks), twelve or fourteen with a time of day, and every
        written form with separators or month names; false for ordinary measures and for a year alone.
    """
    text = text.strip(" \0")
    if len(text) < 5 or len(text) > 80:
        return False
    if _POWER.fullmatch(text):
        value = float(text)
        return value.is_integer() and bool(written_dates(f"{value:.0f}"))
    if number := _NUMBER.fullmatch(text):
        return bool(written_dates(number[1]))
    if _DECIMAL.fullmatch(text):
        return _STAMP.fullmatch(text) is not None and bool(written_dates(text))
    if text.isascii() and not any(map(str.isdigit, text)):
        return False
    covered, place = "", 0
    found = written_dates(text)
    for each in found:
        covered += text[place : each.start]
        place = each.end
    return bool(found) and _REST.fullmatch(covered + text[place:]) is not None
