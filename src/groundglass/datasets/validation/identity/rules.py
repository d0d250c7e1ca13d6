"""The lists by which identity is found: patterns of texts, names of columns, words of headers."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from groundglass.deidentify.text.vocabulary import protocol_words, technical_words

_FLAGS = {"": re.RegexFlag(0), "ignore-case": re.IGNORECASE}
_SNILS_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, 1)
_STANDARD_ROOT = "1.2.840.10008."
_OWN_ROOT = "2.25."


Severity = Literal["error", "warning", "elsewhere"]
_SEVERITIES: dict[str, Severity] = {"error": "error", "warning": "warning", "elsewhere": "elsewhere"}
_CAPITAL_WORD = re.compile(r"[A-Z][a-z]+|[A-Z]{3,}|[А-ЯЁ][а-яё]+|[А-ЯЁ]{3,}")
_BETWEEN_NAMES = frozenset({" ", ", ", "  "})
_LEAST_SURNAME = 2


@dataclass(frozen=True, slots=True)
class Pattern:
    """One kind of text that points at a person.

    Attributes
    ----------
    reason : str
        What it is: name, birth, date, number, snils, uid, phone, email, path, hospital.
    severity : {"error", "warning", "elsewhere"}
        A warning points at whoever made the set as likely as at a patient. ``elsewhere``: an error in tables, notes and
        names of files; a text about the set names its makers so.
    pattern : re.Pattern
        How it is written.
    example : str
        Invented.
    source : str
        Where the form comes from.
    """

    reason: str
    severity: Severity
    pattern: re.Pattern[str]
    example: str
    source: str


@cache
def patterns() -> tuple[Pattern, ...]:
    """Return the patterns of texts."""
    return tuple(
        Pattern(
            row["reason"],
            _SEVERITIES[row["severity"]],
            re.compile(row["pattern"], _FLAGS[row["flags"]]),
            row["example"],
            row["source"],
        )
        for row in _rows("patterns.csv")
    )


@cache
def _columns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((row["reason"], re.compile(row["pattern"], re.IGNORECASE)) for row in _rows("columns.csv"))


def column_reason(name: str) -> str:
    """Return what a column or key of that name holds of a person, "" for nothing."""
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.strip().strip("\ufeff")).strip()
    return next((reason for reason, pattern in _columns() if pattern.fullmatch(plain)), "")


def telling(text: str) -> list[tuple[Pattern, str]]:
    """Return what in a text points at a person.

    Parameters
    ----------
    text : str
        Any.

    Returns
    -------
    list of tuple
        Pattern and what it found, which is never printed.
    """
    return [(pattern, found) for pattern, _, found in telling_places(text)]


def telling_places(text: str) -> list[tuple[Pattern, int, str]]:
    """Return what in a text points at a person, and where.

    Parameters
    ----------
    text : str
        Any.

    Returns
    -------
    list of tuple
        Pattern, index of the first letter, and what it found, which is never printed.
    """
    found = [
        (pattern, match.start(), match[0])
        for pattern in patterns()
        for match in pattern.pattern.finditer(text)
        if _holds(pattern.reason, match[0])
    ]
    return found + [(NAME_PAIR, place, pair) for place, pair in _name_pairs(text)]


NAME_PAIR = Pattern(
    "name", "elsewhere", re.compile(r"[A-Z][a-z]+ [A-Z][a-z]+"), "Agatha Quill", "given names beside a capital word"
)
"""A given name and a word that no vocabulary of radiology has; the pattern stands for the list."""


def _name_pairs(text: str) -> list[tuple[int, str]]:
    """Return each given name that stands beside another capital word which is no ordinary one."""
    given = _given_names()
    found = []
    before = None
    for word in _CAPITAL_WORD.finditer(text):
        if before is not None and text[before.end() : word.start()] in _BETWEEN_NAMES:
            pair = (before[0].casefold(), word[0].casefold())
            if any(one in given and _may_be_surname(other) for one, other in (pair, pair[::-1])):
                found.append((before.start(), text[before.start() : word.end()]))
        before = word
    return found


def _may_be_surname(word: str) -> bool:
    if len(word) < _LEAST_SURNAME or word in _INSTITUTIONS:
        return False
    return word in _given_names() or not (word in protocol_words() or word in technical_words())


_INSTITUTIONS = frozenset(
    [
        "university",
        "hospital",
        "institute",
        "college",
        "school",
        "foundation",
        "centre",
        "center",
        "clinic",
        "street",
        "avenue",
        "city",
        "state",
        "county",
        "national",
        "royal",
        "saint",
        "university's",
        "memorial",
        "medical",
        "research",
        "licence",
        "license",
        "commons",
        "public",
    ]
)
"""Words beside which a given name is that of an institution or a place."""


@cache
def _given_names() -> frozenset[str]:
    return frozenset(name for row in _rows("given_names.csv") for name in row["names"].split())


def foreign_uid(text: str) -> bool:
    """Tell whether a UID comes from a scanner or an archive: neither derived from a UUID, nor one of the standard."""
    return not text.startswith((_OWN_ROOT, _STANDARD_ROOT))


def _holds(reason: str, found: str) -> bool:
    if reason == "uid":
        return foreign_uid(found)
    if reason == "snils":
        return _is_snils(found)
    return True


def _is_snils(text: str) -> bool:
    figures = [int(c) for c in text if c.isdigit()]
    total = sum(weight * figure for weight, figure in zip(_SNILS_WEIGHTS, figures, strict=False))
    return total % 101 % 100 == 10 * figures[9] + figures[10]


def _rows(name: str) -> list[dict[str, str]]:
    text = (resources.files(__package__) / name).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))
