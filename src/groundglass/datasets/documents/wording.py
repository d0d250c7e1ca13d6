"""Words, numbers and texts of users as the reader of a document sees them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from groundglass.datasets.documents.card_fields import KNOWN_WORDS
from groundglass.phrases import Language, say, table
from groundglass.report.wording import Words, clean

LONGEST_TEXT = 20_000
"""Characters of one text of a user that are shown: ten pages, more is no description."""
NAMES_SHOWN = 12
"""Names in one list of a changelog: beyond it the number says more."""
_DATE = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")


@dataclass(frozen=True, slots=True)
class Tell:
    """Words of one language.

    Attributes
    ----------
    language : {"en", "ru"}
        Language of the document.
    """

    language: Language

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a phrase of the documents; the key is given without its ``setdoc_``."""
        return say(f"setdoc_{key}", self.language, **values)

    def word(self, key: str, default: str) -> str:
        """Return a phrase of the documents, or a text of its own where there is none."""
        return self(key) if f"setdoc_{key}" in table() else default

    def number(self, value: float | None, digits: int = 1) -> str:
        """Return a number without zeros at its end, with a comma in Russian; "" for None."""
        if value is None:
            return ""
        text = f"{value:.{digits}f}"
        if "." in text:
            text = text.rstrip("0").rstrip(".")
        return text.replace(".", ",") if self.language == "ru" else text

    def percent(self, part: int, whole: int) -> str:
        """Return a share in percent; "" of nothing."""
        return f"{self.number(100 * part / whole)} %" if whole else ""

    def grade(self, grade: str) -> str:
        """Return a grade as the language writes it."""
        return Words(self.language).grade(grade)

    def date(self, text: str) -> str:
        """Return a date ``YYYY-MM-DD`` as the language writes it; months and years as they are."""
        found = _DATE.fullmatch(text)
        if not found or self.language == "en":
            return clean(text)
        return ".".join(part for part in (found[3], found[2], found[1]) if part)

    def text(self, value: Any) -> str:
        """Return a text of a user in this language, in the other where there is none, cleaned; "" for nothing."""
        if isinstance(value, Mapping):
            value = value.get(self.language) or next((each for each in value.values() if each), "")
        if not isinstance(value, str):
            return ""
        if value in KNOWN_WORDS:
            return KNOWN_WORDS[value][self.language == "ru"]
        return clean(value, LONGEST_TEXT)

    def texts(self, values: Any) -> tuple[str, ...]:
        """Return several texts of a user; a single one is one."""
        rows = values if isinstance(values, list | tuple) else [values]
        return tuple(text for row in rows if (text := self.text(row)))

    def paragraphs(self, value: Any) -> tuple[str, ...]:
        """Return a long text of a user by its paragraphs."""
        if isinstance(value, Mapping):
            value = value.get(self.language) or next((each for each in value.values() if each), "")
        if not isinstance(value, str):
            return ()
        parts = re.split(r"\n\s*\n", value[:LONGEST_TEXT].strip())
        return tuple(text for part in parts if (text := clean(part, LONGEST_TEXT)))

    def names(self, names: Iterable[str]) -> str:
        """Return names of studies or files, a long list shortened with its number."""
        rows = [clean(name) for name in names]
        shown = ", ".join(rows[:NAMES_SHOWN])
        if len(rows) <= NAMES_SHOWN:
            return shown
        return f"{shown} {self('and_more', count=len(rows) - NAMES_SHOWN)}"
