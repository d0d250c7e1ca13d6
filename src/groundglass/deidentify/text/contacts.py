"""What points at somebody without being known before: mail, addresses, numbers, and words after Dr. or ul."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Final, NamedTuple

from groundglass.deidentify.text.vocabulary import protocol_words, technical_words

FEWEST_PHONE_FIGURES: Final = 7
"""Subscriber numbers have six or seven figures and an area code (ITU-T E.164 allows up to 15)."""
FEWEST_CUED_FIGURES: Final = 3
"""Figures after tel., a plus or in brackets: short numbers inside a hospital."""
MOST_PHONE_FIGURES: Final = 20
"""More are a list of measures, not a number."""
FEWEST_SERIAL_FIGURES: Final = 4
"""Letters mixed with at least as many figures are a serial or card number, not a kernel or a version."""
FEWEST_RUN_FIGURES: Final = 6
"""Plain figures in a row that no protocol measure needs; ids of hospitals have five to ten."""


class Span(NamedTuple):
    """A place in a text and why it goes."""

    start: int
    end: int
    reason: str


_CAPITAL: Final = r"[^\W\d_a-zа-яёßà-öø-ÿ]"
_WORD: Final = r"[^\W\d_]+(?:['’\-][^\W\d_]+)*"
_NAME: Final = rf"{_CAPITAL}{_WORD}|{_CAPITAL}\."

_PATTERNS: Final = (
    ("email", re.compile(r"[\w.+%\-]{1,64}\s?(?:@|\(at\)|\[at\])\s?[\w\-]+(?:\.[\w\-]+)*")),
    ("url", re.compile(r"\b(?:https?|ftp|file|dicom|sftp|ldap|smb)\s?://\S+|\bwww\.\S+", re.I)),
    ("url", re.compile(r"\b(?:[\w\-]+\.)+(?:com|org|net|edu|gov|int|info|ru|su|рф|cn|de|fr|uk|es|it|pt|br|nl|pl|us|jp|kr|ua|by|kz|local|lan|health)\b(?:[:/]\S*)?", re.I)),
    ("network", re.compile(r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:[:/]\d{1,5})?(?![\w.])")),
    ("network", re.compile(r"\b(?:[0-9A-F]{2}[:\-]){5}[0-9A-F]{2}\b|\b(?:[0-9A-F]{1,4}:){3,7}[0-9A-F]{1,4}\b", re.I)),
    ("path", re.compile(r"\b[A-Za-z]:[\\/]\S*|\\\\\S+|(?<![\w)])~?/(?:[\w.\-]+/)+[\w.\-]*|\bHKEY_\w+\S*")),
    ("id", re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|\b(?:[0-2]\.\d+)(?:\.\d+){4,}\b", re.I)),
    ("id", re.compile(r"(?<!\d)\d{3}-\d{3}-\d{3}[ \-]\d{2}(?!\d)|(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)|(?<!\d)\d{2}\s?\d{2}\s(?:№\s?)?\d{6}(?!\d)|(?<!\d)\d{4}(?:[ \-]\d{4}){2,4}(?!\d)")),
    ("id", re.compile(r"(?<![\w.,])\d{1,8}(?:[\-–]\d{1,8})+(?![\w]|[.,]\d)|(?<![\w.,])\d{3,4}(?: \d{3,4})+(?![\w]|[.,]\d)")),
    ("id", re.compile(r"(?<![^\W_])(?:\d[\s._\-]){5,}\d(?![^\W_]|[.,]\d)")),
    ("name", re.compile(r"(?<![^\W_])(?:[^\W\d_][\s._\-]{1,3}){3,}[^\W\d_](?![^\W_])")),
    ("phone", re.compile(r"(?<![\w.,])(?:\+|00)\d[\d\s().\-/]{5,20}\d")),
    ("phone", re.compile(r"(?<![\w.,])\d?[\s\-]?\(\d{2,5}\)[\s\-]?\d[\d\s\-]{3,10}\d")),
    ("phone", re.compile(r"(?<![\w.,])(?:\d{1,4}[\s\-])?\d{2,4}[\-]\d{2,4}(?:[\-]\d{2,4})+(?![\w])")),
    ("phone", re.compile(r"(?<![\w.,])[78]?\s?\d{3}\s\d{3}\s\d{2}\s?\d{2}(?!\d)|(?<![\w.,])\d{3}[.\s]\d{3}[.\s]\d{4}(?!\d)|(?<![\w.,])0\d{1,4}\s\d{3,4}\s\d{3,4}(?!\d)")),
    ("phone", re.compile(r"(?:\b(?:tel|phone|ph|fax|mob|mobile|cell|pager|ext|тел|телефон|моб|факс|доб)\b|电话|手机|電話|联系)\s*[.:№#]*\s*\(?\+?\d[\d\s().\-]{2,20}", re.I)),
)  # fmt: skip

_RUN: Final = re.compile(rf"(?<![\d.,])\d{{{FEWEST_RUN_FIGURES},}}(?![\d])")
_SERIAL: Final = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_MEASURED: Final = re.compile(
    r"\d+(?:[xх×*/]\d+)+(?:mm|cm)?|\d+(?:mm|cm|m|ml|mgy|gy|kv|kvp|ma|mas|ms|s|sec|hu|hz|mg|kev|мм|см|мл|кв|ма|мас|мс|сек)",
    re.I,
)
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_HAN: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@cache
def cues() -> dict[str, dict[str, frozenset[str]]]:
    """Return words that announce somebody or some place: kind to form to words."""
    text = resources.files(__package__).joinpath("cues.csv").read_text(encoding="utf-8")
    found: dict[str, dict[str, set[str]]] = {}
    for row in csv.DictReader(text.splitlines()):
        found.setdefault(row["kind"], {}).setdefault(row["form"], set()).update(row["words"].split("|"))
    return {kind: {form: frozenset(words) for form, words in forms.items()} for kind, forms in found.items()}


@cache
def _cue_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    def either(kind: str, form: str) -> str:
        words = sorted(cues().get(kind, {}).get(form, ()), key=len, reverse=True)
        return "(?:" + "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in words) + ")"

    number = r"(?:\s*(?:№|#|N[o°]?\.?|nr\.?|д\.|дом)?\s*\d{1,4}[а-яa-z]?(?![^\W_]))"
    name = rf"(?:\s*(?:{_NAME}))"
    return (
        ("name", re.compile(rf"(?<![^\W_]){either('person', 'before-case')}(?![^\W\d_])[.:]*{name}{{1,4}}")),
        ("name", re.compile(rf"(?<![^\W_])(?i:{either('person', 'before')})(?![^\W\d_])[.:]*{name}{{1,4}}")),
        ("name", re.compile(rf"(?<![^\W_])(?i:{either('person', 'label')})\s*[:=\-#№]+\s*[^\s,;:]+(?:\s+{_NAME}){{0,3}}")),
        ("name", re.compile(rf"{either('person', 'han-before')}\s*[:：]?\s*[\u3400-\u9fff]{{2,4}}")),
        ("name", re.compile(rf"[\u3400-\u9fff]{{1,3}}{either('person', 'han-after')}")),
        ("id", re.compile(rf"(?<![^\W_])(?i:{either('id', 'before')})(?![^\W\d_])\s*[.:#№=\-]*\s*[^\W_]*\d[^\s,;]*")),
        ("address", re.compile(rf"(?<![^\W_])(?<!\d\s)(?i:{either('address', 'before')})(?![^\W\d_])\.?\s*(?:[^\W_][^\s,;]*(?:\s+{_NAME})*|\d+)(?:,?\s*(?:(?:д|дом|корп|к|стр|кв|офис)\b\.?\s*)?\d{{1,4}}[а-яa-z]?(?:[/\-]\d{{1,4}})?(?![^\W_]))*")),
        ("address", re.compile(rf"(?:\d{{1,5}}[a-z]?\s+)?(?:{_CAPITAL}{_WORD}\s+){{1,3}}(?i:{either('address', 'after')})(?![^\W\d_])\.?(?:,?\s*\d{{1,5}})?")),
        ("address", re.compile(rf"{_CAPITAL}[^\W\d_]*(?i:{either('address', 'ending')})\.?\s*\d{{1,4}}\s?[a-z]?\b")),
        ("address", re.compile(r"[\u3400-\u9fff]{1,8}(?:省|自治区|县|镇|乡|村|街道|大街|大道|路|街|胡同|弄|巷|丁目)\s*\d*\s*(?:号|號|番地|番|弄)?(?:\s*\d+\s*(?:号楼|栋|幢|楼|单元|室|号))*")),
        ("address", re.compile(r"[\u3400-\u9fff]{2,3}(?:市|都|府|県)[\u3400-\u9fff]{1,4}(?:区|市|町)|[\u3400-\u9fff]{2,4}市(?![场])")),
        ("address", re.compile(r"\d+\s*(?:号楼|栋|幢|单元|室|番地|号(?!\w))(?:\s*\d+\s*(?:单元|室|号))*")),
        ("institution", re.compile(rf"(?:(?:{_CAPITAL}{_WORD}|of|the|and|St\.|им\.)\s+){{0,4}}(?<![^\W_])(?i:{either('institution', 'word')})(?![^\W\d_]){number}?(?:\s+(?:of|for|de|der|des|им\.?|имени|г\.)\s+(?:the\s+)?(?:{_NAME})(?:\s*(?:{_NAME}))*)?{number}?")),
        ("institution", re.compile(rf"(?<![^\W_]){either('institution', 'capitals')}(?![^\W\d_]){number}?(?:\s+(?:им\.?|имени|г\.)\s*(?:{_NAME})(?:\s*(?:{_NAME}))*)?")),
        ("institution", re.compile(rf"[\u3400-\u9fff]{{0,12}}{either('institution', 'han')}")),
    )  # fmt: skip


def telling_spans(text: str, *, versions: bool = False) -> Iterator[Span]:
    """Yield what points at somebody: mail, web and network addresses, phones, ids, and what cues announce.

    Parameters
    ----------
    text : str
        A seen text.
    versions : bool
        The text may hold version numbers: four numbers with dots are no network address then.
    """
    digits = any(map(str.isdigit, text))
    for reason, pattern in _PATTERNS:
        if reason == "network" and versions:
            continue
        for match in pattern.finditer(text):
            if reason in ("phone", "id") and not _says_much(match[0]):
                continue
            yield Span(match.start(), match.end(), reason)
    if digits:
        for match in _RUN.finditer(text):
            if not _MEASURED.match(text, match.start()):
                yield Span(match.start(), match.end(), "id")
        if not versions:
            yield from _serials(text)
    for reason, pattern in _cue_patterns():
        for match in pattern.finditer(text):
            if match.end() > match.start() and not (reason in ("name", "address") and _says_nothing(match[0])):
                yield Span(match.start(), match.end(), reason)


def _says_much(found: str) -> bool:
    """Say whether groups of figures are too many for measures: a phone, an id in groups."""
    figures = sum(map(str.isdigit, found))
    if found.strip()[0] in "+(0" or any(map(str.isalpha, found)):
        return FEWEST_CUED_FIGURES <= figures
    if " " in found and not set(found) & set("-()./"):
        return FEWEST_PHONE_FIGURES < figures <= MOST_PHONE_FIGURES or len(found) == 2 * figures - 1
    return FEWEST_RUN_FIGURES <= figures <= MOST_PHONE_FIGURES


def _serials(text: str) -> Iterator[Span]:
    for match in _SERIAL.finditer(text):
        parts = match[0].split("-")
        whole = len(parts) == 1 or not any(_MEASURED.fullmatch(part) for part in parts)
        if any(is_serial(part) and not _is_ordinary(part) for part in parts) or (whole and is_serial(match[0])):
            if not _is_ordinary(match[0]):
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
    phrases = (phrase for forms in cues().values() for words in forms.values() for phrase in words)
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
