"""The lists by which identity is found: patterns of texts, names of columns, words of headers."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

_FLAGS = {"": re.RegexFlag(0), "ignore-case": re.IGNORECASE}
_SNILS_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, 1)
_STANDARD_ROOT = "1.2.840.10008."
_OWN_ROOT = "2.25."


@dataclass(frozen=True, slots=True)
class Pattern:
    """One kind of text that points at a person.

    Attributes
    ----------
    reason : str
        What it is: name, birth, date, number, snils, uid, phone, email, path.
    severity : {"error", "warning"}
        A warning points at whoever made the set as likely as at a patient.
    pattern : re.Pattern
        How it is written.
    example : str
        Invented.
    source : str
        Where the form comes from.
    """

    reason: str
    severity: Literal["error", "warning"]
    pattern: re.Pattern[str]
    example: str
    source: str


@cache
def patterns() -> tuple[Pattern, ...]:
    """Return the patterns of texts."""
    return tuple(
        Pattern(
            row["reason"],
            "warning" if row["severity"] == "warning" else "error",
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
    return [
        (pattern, match[0])
        for pattern in patterns()
        for match in pattern.pattern.finditer(text)
        if _holds(pattern.reason, match[0])
    ]


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
