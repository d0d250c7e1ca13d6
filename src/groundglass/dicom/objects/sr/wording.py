"""Words and numbers of the structured report in the language of its reader."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from groundglass.phrases import Language, Notice, say, say_notice

if TYPE_CHECKING:
    from datetime import datetime

_DECIMAL = re.compile(r"(?<![\d.])(\d+)\.(\d+)(?![\d.])")
SMALL_PERCENT = 1.0
"""Below this a percentage gets a second decimal: the least share that counts as a finding is 0.3 %."""
WHOLE_ML = 100.0
"""From here on millilitres are whole: a tenth is less than a voxel's width of outline."""


@dataclass(frozen=True, slots=True)
class Words:
    """What is said in one language.

    Attributes
    ----------
    language : {"en", "ru"}
        Language of the report.
    """

    language: Language

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a phrase of the structured report; the key is given without its ``sr_``."""
        return say(f"sr_{key}", self.language, **values)

    def notice(self, notice: Notice) -> str:
        """Return a notice in words; one without words is shown by its code."""
        try:
            return self._commas(say_notice(notice, self.language))
        except KeyError:
            return notice.code

    def percent(self, value: float) -> str:
        """Return a percentage without its sign; 0 without decimals, and what rounds to it as less than 0.01."""
        shown = rounded_percent(value)
        if value > 0 == shown:
            return self._commas("< 0.01")
        return self._commas(f"{shown:.{2 if 0 < shown < SMALL_PERCENT else 1}f}") if shown else "0"

    def volume(self, value: float) -> str:
        """Return millilitres without the unit."""
        return self.number(rounded_ml(value))

    def number(self, value: float) -> str:
        """Return a rounded number; a comma in Russian."""
        return self._commas(f"{value:.10g}")

    def sentence(self, notice: Notice) -> str:
        """Return a notice as a sentence of its own."""
        return sentence(self.notice(notice))

    def grade(self, value: str) -> str:
        """Return a grade as the language writes it: CT-2, in Russian КТ-2."""
        return value.replace("CT", "КТ") if self.language == "ru" else value

    def moment(self, when: datetime) -> str:
        """Return a date and time."""
        return when.strftime("%d.%m.%Y %H:%M:%S" if self.language == "ru" else "%Y-%m-%d %H:%M:%S")

    def _commas(self, text: str) -> str:
        return _DECIMAL.sub(r"\1,\2", text) if self.language == "ru" else text


def sentence(text: str) -> str:
    """Return a text that begins with a capital and ends with a full stop."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def rounded_percent(value: float) -> float:
    """Return a percentage as it is shown: one decimal, two where it is small."""
    return round(value, 2 if 0 < abs(value) < SMALL_PERCENT else 1)


def rounded_ml(value: float) -> float:
    """Return a volume as it is shown: whole millilitres from 100 on, else one decimal."""
    return round(value) if value >= WHOLE_ML else round(value, 1)


def rounded_chance(value: float) -> float:
    """Return a probability in percent as it is shown: never quite 0 or 100 where it is not."""
    percent = round(100.0 * value, 1)
    if 0.0 < value < 1.0:
        percent = min(99.9, max(0.1, percent))
    return percent
