"""What points at somebody without being known before: mail, addresses, numbers, and words after Dr. or ul."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

from groundglass.deidentify.text.tables import filled, rows
from groundglass.deidentify.text.vocabulary import protocol_words, technical_words

FEWEST_PHONE_FIGURES: Final = 7
"""Subscriber numbers have six or seven figures and an area code (ITU-T E.164 allows up to 15)."""
FEWEST_CUED_FIGURES: Final = 3
"""Figures after tel., a plus or in brackets: short numbers inside a hospital."""
FEWEST_SERIAL_FIGURES: Final = 4
"""Letters mixed with at least as many figures are a serial or card number, not a kernel or a version."""
FEWEST_RUN_FIGURES: Final = 6
"""Plain figures in a row that no protocol measure needs; ids of hospitals have five to ten."""


_RANGE: Final = 2
"""Two short numbers with a hyphen are a range: 100-120 HU."""


class Span(NamedTuple):
    """A place in a text and why it goes."""

    start: int
    end: int
    reason: str


_CAPITAL: Final = r"[A-ZÀ-ÖØ-ÞŁŚŠŻŽČĆĐİŞА-ЯЁІЇЄҐΑ-Ω]"
_WORD: Final = r"[^\W\d_]{1,40}(?:['’\-][^\W\d_]{1,40}){0,3}"
_NAME: Final = rf"{_CAPITAL}{_WORD}|{_CAPITAL}\."

_RUN: Final = re.compile(rf"(?<![\d.,])\d{{{FEWEST_RUN_FIGURES},}}(?![\d])")
_SERIAL: Final = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_MEASURED: Final = re.compile(
    r"\d+(?:[xх×*/]\d+)+(?:mm|cm)?|\d+(?:mm|cm|m|ml|mgy|gy|kv|kvp|ma|mas|ms|s|sec|hu|hz|mg|kev|мм|см|мл|кв|ма|мас|мс|сек)",
    re.I,
)
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_HAN: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@cache
def cues() -> dict[tuple[str, str], frozenset[str]]:
    """Return words that announce somebody or some place, by kind and form."""
    found: dict[tuple[str, str], set[str]] = {}
    for row in rows("cues.csv"):
        found.setdefault((row["kind"], row["form"]), set()).update(row["words"].split("|"))
    return {key: frozenset(words) for key, words in found.items()}


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    parts = {
        "capital": _CAPITAL,
        "word": _WORD,
        "name": rf"(?:\s*(?:{_NAME}))",
        "number": r"(?:\s*(?:№|#|N[o°]?\.?|nr\.?|д\.|дом)?\s*\d{1,4}[а-яa-z]?(?![^\W_]))",
    }
    for (kind, form), words in cues().items():
        longest = sorted(words, key=len, reverse=True)
        parts[f"{kind} {form}"] = "(?:" + "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in longest) + ")"
    return tuple((row["reason"], filled(row, parts)) for row in rows("telling_patterns.csv"))


def telling_spans(text: str, *, versions: bool = False) -> Iterator[Span]:
    """Yield what points at somebody: mail, web and network addresses, phones, ids, and what cues announce.

    Parameters
    ----------
    text : str
        A seen text.
    versions : bool
        The text may hold version numbers: four numbers with dots are no network address then.
    """
    for reason, pattern in _patterns():
        if reason == "network" and versions:
            continue
        for match in pattern.finditer(text):
            found = match[0]
            if not found or (reason in ("phone", "id") and not _says_much(found)):
                continue
            if not (reason in ("name", "address") and _says_nothing(found)):
                yield Span(match.start(), match.end(), reason)
    if any(map(str.isdigit, text)):
        for match in _RUN.finditer(text):
            if not _MEASURED.match(text, match.start()):
                yield Span(match.start(), match.end(), "id")
        if not versions:
            yield from _serials(text)


def _says_much(found: str) -> bool:
    """Say whether groups of figures are too many for measures: a phone, an id in groups."""
    figures = sum(map(str.isdigit, found))
    if found.strip()[0] in "+(0" or any(map(str.isalpha, found)):
        return figures >= FEWEST_CUED_FIGURES
    if " " in found and not set(found) & set("-()./"):
        single = len(found) == 2 * figures - 1
        return figures > FEWEST_PHONE_FIGURES or single
    groups = found.split("-")
    if len(groups) == _RANGE and all(len(group) <= FEWEST_CUED_FIGURES for group in groups):
        return False
    return figures >= FEWEST_RUN_FIGURES


def _serials(text: str) -> Iterator[Span]:
    for match in _SERIAL.finditer(text):
        parts = match[0].split("-")
        whole = len(parts) == 1 or not any(_MEASURED.fullmatch(part) for part in parts)
        serial = any(is_serial(part) and not _is_ordinary(part) for part in parts) or (whole and is_serial(match[0]))
        if serial and not _is_ordinary(match[0]):
            yield Span(match.start(), match.end(), "id")


def _says_nothing(found: str) -> bool:
    """Say whether what a cue announced is only words of protocols and models (MR Brain, SOMATOM Drive, Screening 2)."""
    words = [word for word in _LETTERS.findall(found) if word.casefold() not in _cue_words()]
    if _HAN.search(found) or not words:
        return not any(map(str.isdigit, found)) and not _HAN.search(found)
    return all(_is_ordinary(word) for word in words)


@cache
def _cue_words() -> frozenset[str]:
    """Return the words of cues that are no vocabulary: they decide nothing about what they announce."""
    phrases = (phrase for words in cues().values() for phrase in words)
    return frozenset(word.casefold() for phrase in phrases for word in _LETTERS.findall(phrase))


def _is_ordinary(word: str) -> bool:
    return word.casefold() in technical_words() or word.casefold() in protocol_words()


def is_serial(word: str) -> bool:
    """Say whether letters and figures are mixed as in serial numbers, cards and hashes."""
    figures = sum(map(str.isdigit, word))
    letters = sum(map(str.isalpha, word))
    return (
        figures >= FEWEST_SERIAL_FIGURES and letters >= 1 and figures + letters >= 6 and not _MEASURED.fullmatch(word)
    )
