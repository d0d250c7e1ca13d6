"""Which words stay: those of the vocabulary, measures, short numbers, names of kernels."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Final

from groundglass.deidentify.text.contacts import is_serial
from groundglass.deidentify.text.folding import squeezed
from groundglass.deidentify.text.vocabulary import han_words, protocol_words, technical_words
from groundglass.deidentify.text.written_dates import FIRST_YEAR

MOST_FIGURES: Final = 4
"""Figures of a number that stays in free text: fields of view, HU, mAs and delays need no more."""
LAST_PLAUSIBLE_YEAR: Final = 2039
"""Four figures up to here may be a year of birth or of the study; tables and delays in this range are rare."""
SHORTEST_COMPOUND: Final = 5
"""Letters of each half of a compound of two vocabulary words; shorter halves make up surnames."""
SHORTEST_PIECE: Final = 3
"""Letters of each piece of a word joined by capitals or figures (ThorRoutine, Lung3mm)."""

CHUNK: Final = re.compile(r"[^\W_]+(?:[.,](?=\d)\d[^\W_]*|['’][^\W_]+)*")
"""A word, number, or number with its unit."""
HAN: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_HAN_RUN: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_NUMBER: Final = rf"\d{{1,{MOST_FIGURES}}}(?:[.,]\d{{1,4}})?"
_UNIT: Final = (
    r"(?:mm|cm|m|ml|l|cc|mgy|gy|msv|sv|kvp?|k|mas?|ms|s|secs?|min|hu|hz|kev|mgi?|g|kg|st|nd|rd|th|x|p|d|bit|f|px|fps|"
    r"мм|см|мл|кв|мас|ма|мс|с|сек|мин|мг|гр?|мгр|мзв|ед|hu)"
)
_MARK: Final = r"(?:[zsxw]|kv|ma|mas|ct|sl|st|bh|fov|wl|ww|l)"
MEASURE: Final = re.compile(
    rf"{_NUMBER}(?:{_UNIT}(?:/\w{{1,3}})?)?(?:[xх×*/]{_NUMBER}(?:{_UNIT})?){{0,3}}|{_MARK}{_NUMBER}", re.IGNORECASE
)
"""A number with or without its unit, several with a cross between, or behind what it measures (kV120, W1500)."""
_KERNEL: Final = re.compile(
    r"[BDHIUTVCSJQ][a-z]?\d{2}[a-z]?|FC\d{2}[A-Z]?|[YUXES][ABCDE]|idose\d?|ASIR-?V?\d{0,3}|AR\d{1,3}|SS\d{1,3}|DLIR-?[HML]|SAFIRE\d?|[A-Z]{2}\d{1,2}|[SB]\d{1,3}",
)
_PIECE: Final = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
_CAMEL: Final = re.compile(r"(?<=[a-zа-яё])(?=[A-ZА-ЯЁ])|(?<=[A-ZА-ЯЁ])(?=[A-ZА-ЯЁ][a-zа-яё])")
_VERSION: Final = re.compile(
    r"[vV]?\d{1,5}(?:[.,]\d{1,5}){0,4}[A-Za-z]{0,3}\d{0,4}(?:[A-Za-z]\d{0,3})?"
    r"|[A-Za-z]{1,3}\d{1,3}(?:[.,]\d{1,4}){0,3}(?:[A-Za-z]{1,2}\d{0,3})?"
    r"|[A-Z]\d[A-Z]\d[A-Z]?\d?"
)
_AFTER_YEARS: Final = ("", "s", "p", "d", "г", "гр")
MOST_VERSION_FIGURES: Final = 6
"""Figures of a version without dots; with more it is a serial number."""

_KINDS_IN_FREE_TEXT: Final = ("maker", "model", "software", "kernel")
Judge = Callable[[str], bool]


@lru_cache(maxsize=16)
def words_judge(extra: frozenset[str]) -> Judge:
    """Return what says whether a chunk of free text may stay."""
    known = protocol_words() | extra
    for kind in _KINDS_IN_FREE_TEXT:
        known |= technical_words(kind)

    def judge(chunk: str) -> bool:
        low = chunk.casefold()
        if low in known:
            return True
        if chunk.isdecimal():
            return is_short_number(chunk)
        if MEASURE.fullmatch(low) or _KERNEL.fullmatch(chunk):
            return not _hidden_year(low)
        return _is_put_together(chunk, known)

    return judge


@lru_cache(maxsize=16)
def technical_judge(extra: frozenset[str]) -> Judge:
    """Return what says whether a chunk of a maker's, model's, software's or kernel's name may stay."""
    plain = words_judge(extra | technical_words())

    def judge(chunk: str) -> bool:
        if plain(chunk):
            return True
        if any(map(str.isdigit, chunk)) and chunk.isascii():
            figures = sum(map(str.isdigit, chunk))
            dotted = "." in chunk or "," in chunk
            if chunk.isdecimal():
                return len(chunk) < FIVE or chunk in technical_words()
            if _DOTTED_DAY.search(chunk):
                return False
            return (
                bool(_VERSION.fullmatch(chunk))
                and (dotted or figures <= MOST_VERSION_FIGURES)
                and len(chunk) <= (LONGEST_DOTTED if dotted else LONGEST_VERSION)
            )
        return False

    return judge


_DOTTED_DAY: Final = re.compile(r"\d{1,2}\.\d{1,2}\.(?:19|20)\d{2}|(?:19|20)\d{2}\.\d{1,2}\.\d{1,2}")
LONGEST_VERSION: Final = 7
"""Characters of a version or model without dots (61ER001); eight and more are a serial number."""
LONGEST_DOTTED: Final = 20
"""Characters of a version with dots (4.5.0.30020)."""
FIVE: Final = 5
"""Figures in a row that are a serial number rather than a version or model."""


def is_short_number(figures: str) -> bool:
    """Say whether figures are too few to be an id, and no year."""
    return len(figures) <= MOST_FIGURES and not _is_year(figures)


def _is_year(figures: str) -> bool:
    return len(figures) == 4 and FIRST_YEAR <= int(figures) <= LAST_PLAUSIBLE_YEAR


def _hidden_year(low: str) -> bool:
    """Say whether a number with a letter is a year with one (1957p, 2020s)."""
    number = _PIECE.match(low)
    return number is not None and number[0].isdecimal() and _is_year(number[0]) and low[number.end() :] in _AFTER_YEARS


def _is_put_together(chunk: str, known: frozenset[str] | set[str]) -> bool:
    """Say whether a chunk is made of known words: by capitals, figures, or two long words in one."""
    pieces = [each for part in _CAMEL.split(chunk) for each in _PIECE.findall(part)]
    if len(pieces) > 1:
        letters = [each for each in pieces if not each[0].isdigit()]
        numbers = [each for each in pieces if each[0].isdigit()]
        if (
            letters
            and all(each.casefold() in known and len(each) >= SHORTEST_PIECE for each in letters)
            and all(is_short_number(each.replace(".", "").replace(",", "")) for each in numbers)
        ):
            return True
        if numbers and len(pieces) == 2 and pieces[1].casefold() in known and is_short_number(pieces[0]):
            return not is_serial(chunk)
    low = chunk.casefold()
    if low.isalpha() and len(low) >= 2 * SHORTEST_COMPOUND:
        return any(
            low[:cut] in known and low[cut:] in known
            for cut in range(SHORTEST_COMPOUND, len(low) - SHORTEST_COMPOUND + 1)
        )
    folded = squeezed(low)
    return folded != low and folded.isascii() and low[0] < "\u0250" and folded in known


@cache
def _longest_han() -> int:
    return max(map(len, han_words()))


def han_kept(run: str, extra: frozenset[str]) -> list[tuple[int, int]]:
    """Return which parts of a run of Chinese or Japanese characters stay.

    Single characters count only where words of the vocabulary fill the whole run: a surname can be one of them.
    """
    words = han_words() | extra
    reach: list[int | None] = [None] * (len(run) + 1)
    reach[0] = 0
    longest = max(_longest_han(), max(map(len, extra), default=0))
    several = [False] * (len(run) + 1)
    for end in range(1, len(run) + 1):
        for start in range(max(0, end - longest), end):
            if reach[start] is not None and run[start:end] in words:
                reach[end] = start
                several[end] = several[start] or end - start > 1
                break
    if reach[-1] is not None and (several[-1] or len(run) == 1):
        return [(0, len(run))]
    kept, place = [], 0
    while place < len(run):
        for size in range(min(longest, len(run) - place), 1, -1):
            if run[place : place + size] in words:
                kept.append((place, place + size))
                place += size
                break
        else:
            place += 1
    return kept


def han_runs(text: str) -> list[tuple[int, int]]:
    """Return the runs of Chinese, Japanese and Korean characters in a text."""
    return [match.span() for match in _HAN_RUN.finditer(text)]
