"""Numbers, dates, codes and foreign strings as the reader of a report sees them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from groundglass.phrases import Language, Notice, say, say_notice, table

DASH = "—"
_LONGEST_FIELD = 200  # a person name has at most 3 x 64 characters (PS3.5 6.2)
_LONGEST_TEXT = 1200
_LONG_WORD = 28
_BREAK_EVERY = 6
_DECIMAL = re.compile(r"(?<![\d.])(\d+)\.(\d+)(?![\d.])")
_MINUS = re.compile(r"(?<![\w.-])-(?=\d)")
_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_TIME = re.compile(r"(\d{2})(\d{2})(\d{2})?(\.\d*)?")
_UNPRINTABLE = ("Cc", "Zl", "Zp", "Cs", "Co", "Cn")
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_AGE = re.compile(r"(\d{3})([DWMY])")


@dataclass(frozen=True, slots=True)
class Words:
    """Words of one language.

    Attributes
    ----------
    language : {"en", "ru"}
        Language of the report.
    """

    language: Language

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a phrase of the report; the key is given without its ``report_``."""
        return say(f"report_{key}", self.language, **values)

    def notice(self, notice: Notice) -> str:
        """Return a notice in words, with minus signs, and decimal commas in Russian."""
        return self._commas(_MINUS.sub("−", say_notice(notice, self.language)))

    def text(self, english: str) -> str:
        """Return a text that exists in one language only, made safe."""
        return clean(english, _LONGEST_TEXT)

    def code(self, key: str) -> str:
        """Return the words of a phrase key, or the key itself where the table has none."""
        return self._commas(say(key, self.language)) if key in table() else key

    def number(self, value: float | None, digits: int = 1) -> str:
        """Return a number, with a comma in Russian; a dash for None."""
        if value is None:
            return DASH
        text = f"{value:.{digits}f}"
        if float(text) == 0:
            text = text.removeprefix("-")
        return self._commas(text.replace("-", "−"))

    def percent(self, value: float | None) -> str:
        """Return a percentage, finer where it is small."""
        return self.number(value, 2 if value is not None and 0 < value < 1 else 1)

    def volume(self, value: float | None) -> str:
        """Return millilitres: whole from 10 on, else with one decimal."""
        return self.number(value, 0 if value is not None and value >= 10 else 1)

    def grade(self, value: str | None) -> str:
        """Return a grade as it is written in the language: CT-2, in Russian КТ-2."""
        if value is None:
            return DASH
        return value.replace("CT", "КТ") if self.language == "ru" else value

    def date(self, text: str) -> str:
        """Return a DICOM date (PS3.5 6.2, DA) as the language writes it; anything else as it is."""
        found = _DATE.fullmatch(text.strip())
        if not found:
            return clean(text)
        year, month, day = found.groups()
        return f"{day}.{month}.{year}" if self.language == "ru" else f"{year}-{month}-{day}"

    def time(self, text: str) -> str:
        """Return a DICOM time (TM) as hours and minutes; anything else as it is."""
        found = _TIME.fullmatch(text.strip())
        return f"{found[1]}:{found[2]}" if found else clean(text)

    def sex(self, text: str) -> str:
        """Return PatientSex M, F or O in words; anything else as it is."""
        key = text.strip().lower()
        return self(f"sex_{key}") if key in ("m", "f", "o") else clean(text)

    def age(self, text: str) -> str:
        """Return a DICOM age (AS) in words; anything else as it is."""
        found = _AGE.fullmatch(text.strip())
        if not found:
            return clean(text)
        n = int(found[1])
        if found[2] != "Y":
            return self({"M": "months", "W": "weeks", "D": "days"}[found[2]], n=n)
        return self(_years_form(n), n=n)

    def _commas(self, text: str) -> str:
        return _DECIMAL.sub(r"\1,\2", text) if self.language == "ru" else text


def _years_form(n: int) -> str:
    """Return the key of the Russian plural: 1 год, 2 года, 5 лет."""
    if n % 100 in range(11, 15):
        return "years"
    return {1: "years_1", 2: "years_2", 3: "years_2", 4: "years_2"}.get(n % 10, "years")


def clean(text: str, longest: int = _LONGEST_FIELD) -> str:
    """Return a foreign string without anything that could disturb a page.

    Control characters, and marks that turn the direction of what follows, go; every run of spaces becomes one; what is
    longer than ``longest`` characters is cut with an ellipsis. Letters, also from right to left, stay as they are.
    """
    kept = "".join(" " if unicodedata.category(c) in _UNPRINTABLE else c for c in text[: 4 * longest])
    kept = " ".join(_TURNING.sub("", kept).split())
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"


def breakable(text: str) -> str:
    """Return the text with invisible places to break inside words longer than 28 characters (UIDs, long names)."""

    def split(found: re.Match[str]) -> str:
        word = found.group()
        return "\u200b".join(word[i : i + _BREAK_EVERY] for i in range(0, len(word), _BREAK_EVERY))

    return re.sub(rf"\S{{{_LONG_WORD + 1},}}", split, text)
