"""Dates as people and machines write them inside text."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import date
from functools import cache, lru_cache
from importlib import resources
from typing import Final, NamedTuple

FIRST_YEAR: Final = 1880
"""Nobody born before is scanned; four figures below are taken for numbers."""
LAST_YEAR: Final = 2099
"""Four figures above are taken for numbers."""
_BUDDHIST: Final = range(2440, 2620)
"""The Thai calendar runs 543 years ahead (Thai Royal Gazette; CLDR 'buddhist')."""
_FEWEST_FIGURES: Final = 3
"""No date of any form has fewer figures (5 Mar 9)."""
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
    text = resources.files(__package__).joinpath("months.csv").read_text(encoding="utf-8")
    found = {r["name"]: (int(r["month"]), r["abbreviation"] == "yes") for r in csv.DictReader(text.splitlines())}
    return found | {roman: (number, True) for number, roman in enumerate(_ROMAN, 1) if len(roman) > 1}


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    names = sorted(months(), key=len, reverse=True)
    month = "(?P<name>" + "|".join(map(re.escape, names)) + r")(?![^\W\d_])\.?"
    whole = "(?P<name>" + "|".join(re.escape(n) for n in names if not months()[n][1]) + r")(?![^\W\d_])"
    day = r"(?P<d>\d{1,2})(?:[\s\-]?(?:st|nd|rd|th|er|го|ого|е|º|°|\.))?"
    year = r"(?P<y>\d{4}|['’]?\d{2})(?:\s?(?:года?|г|р|року)\b\.?)?"
    gap = r"[\s,.\-_/]{0,3}"
    link = r"(?:(?:of|de|del|di|the|den)\s+)?"
    zone = r"(?:[+-]\d{4})?"
    return (
        ("unix", re.compile(rf"(?:\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+)?\b{month}\s+(?P<d>\d{{1,2}})\s+[\d:.]{{5,12}}\s+(?:[A-Z]{{2,5}}\s+)?(?P<y>\d{{4}})\b", re.I)),
        ("stamp", re.compile(rf"(?<!\d)(?P<s>\d{{8}})[-_T ]?(?:[01]\d|2[0-3])[0-5]\d(?:[0-6]\d(?:[.,]\d{{1,9}})?)?{zone}(?!\d)")),
        ("eight", re.compile(rf"(?<![\d])(?P<s>\d{{8}})(?!\d){_CLOCK}")),
        ("ymd", re.compile(rf"(?<!\d)(?P<y>\d{{4}})(?P<s1>{_SEPARATOR})(?P<m>\d{{1,2}})(?P<s2>{_SEPARATOR})(?P<d>\d{{1,2}})(?!\d){_CLOCK}")),
        ("dmy", re.compile(rf"(?<!\d)(?P<d>\d{{1,2}})(?P<s1>{_SEPARATOR})(?P<m>\d{{1,2}})(?P<s2>{_SEPARATOR})(?P<y>\d{{4}})(?!\d)(?:\s?г\b\.?(?:\s?р\b\.?)?)?{_CLOCK}")),
        ("dmy", re.compile(rf"(?<![\d.,/\-])(?P<d>\d{{1,2}})(?P<sep>[-./])(?P<m>\d{{1,2}})(?P=sep)(?P<y>\d{{2}})(?![\d]|[.,/\-]\d){_CLOCK}")),
        ("ymd", re.compile(r"(?<![\d.,/\-])(?P<y>\d{2})(?P<sep>[-/])(?P<m>\d{1,2})(?P=sep)(?P<d>\d{1,2})(?![\d]|[.,/\-]\d)")),
        ("named", re.compile(rf"(?<!\d){day}{gap}{link}{month}{gap}{link}{year}(?!\d){_CLOCK}", re.I)),
        ("named", re.compile(rf"(?<![^\W_]){month}{gap}{day},?{gap}(?P<y>\d{{4}})(?!\d){_CLOCK}", re.I)),
        ("named", re.compile(rf"(?<!\d)(?P<y>\d{{4}}){gap}{month}{gap}(?P<d>\d{{1,2}})(?!\d)", re.I)),
        ("named", re.compile(rf"(?<![^\W_]){month}{gap}{link}(?P<y>\d{{4}})(?!\d)(?:\s?(?:года?|г)\b\.?)?", re.I)),
        ("named", re.compile(rf"(?<!\d){day}{gap}{link}{whole}", re.I)),
        ("named", re.compile(rf"(?<![^\W_]){whole}\s{day}(?!\d)", re.I)),
        ("ymd", re.compile(rf"(?<!\d)(?P<y>\d{{4}}|\d{{2}})\s?[年년]\s?(?P<m>\d{{1,2}})\s?[月월](?:\s?(?P<d>\d{{1,2}})\s?[日号號일]?)?{_CLOCK}")),
        ("era", re.compile(r"(?P<era>民国|民國|昭和|平成|令和|大正|明治|[MTSHR](?=\d{1,2}[.年]))\s?(?P<y>\d{1,3}|元)\s?[年.]\s?(?P<m>\d{1,2})\s?[月.]\s?(?:(?P<d>\d{1,2})\s?[日号號]?)?")),
        ("ymd", re.compile(r"(?<!\d)(?P<m>\d{1,2})\s?[月월]\s?(?P<d>\d{1,2})\s?[日号號일]")),
        ("han", re.compile(rf"(?P<y>[{_HAN_FIGURES}]{{2,4}})年(?P<m>[{_HAN_FIGURES}]{{1,3}})月(?:(?P<d>[{_HAN_FIGURES}]{{1,3}})[日号號]?)?")),
        ("ymd", re.compile(r"(?<![\d.,/\-])(?P<y>(?:19|20)\d{2})[-/](?P<m>0[1-9]|1[0-2])(?![\d]|[.,/\-]\d)")),
        ("dmy", re.compile(r"(?<![\d.,/\-])(?P<m>0?[1-9]|1[0-2])[-/.](?P<y>(?:19|20)\d{2})(?![\d]|[.,/\-]\d)(?:\s?г\b\.?)?")),
        ("week", re.compile(r"\b(?P<y>(?:19|20)\d{2})-?W(?:[0-4]\d|5[0-3])(?:-?[1-7])?\b", re.I)),
        ("year", re.compile(r"(?<!\d)(?P<y>(?:19|20)\d{2})\s?(?:г\s?\.?\s?р\b\.?|года?\s+рожд\w*|г\b\.?|年生|年(?!\d))", re.I)),
        ("year", re.compile(r"(?:\bborn(?:\s+in)?|\bb\.|\bgeb\.?|\bné[e]?(?:\s+en)?|\bDOB|\bYOB|\bд\.?\s?р\.?|\bрод\.?|\bр\.|\*)\s*:?\s*(?P<y>(?:19|20)\d{2})(?!\d)", re.I)),
    )  # fmt: skip


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
    if sum(map(str.isdecimal, text)) < _FEWEST_FIGURES and "年" not in text:
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
