"""Numbers and names as people read them, in English and Russian."""

from __future__ import annotations

from groundglass.phrases import Language, say, table

DASH = "—"
_NO_BREAK = "\N{NO-BREAK SPACE}"
_LEAST_PERCENT = 0.1


class Words:
    """Words of one language.

    Parameters
    ----------
    language : {"en", "ru"}
        Language of the words.
    """

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a phrase; its key is given without ``stats_``."""
        return say(f"stats_{key}", self.language, **values)

    def count(self, number: int) -> str:
        """Return a whole number with its thousands apart: ``1,110``; in Russian ``1110`` and ``12 345``."""
        if self.language == "en":
            return f"{number:,}"
        return f"{number:,}".replace(",", _NO_BREAK) if abs(number) >= 10_000 else str(number)

    def number(self, value: float | None, digits: int = 1) -> str:
        """Return a number with so many decimals, without trailing zeros; a dash for None.

        Small numbers keep two significant digits, so that 0.004 does not become 0.
        """
        if value is None:
            return DASH
        text = f"{value:.{digits}f}"
        if value and abs(value) < 10.0 ** (1 - digits):
            text = f"{value:.2g}" if abs(value) >= 1e-4 else f"{value:.1e}"
        if "." in text and "e" not in text:
            text = text.rstrip("0").rstrip(".")
        whole, point, rest = text.removeprefix("-").partition(".")
        if whole.isdecimal():
            whole = self.count(int(whole))
        sign = "−" if text.startswith("-") and text.strip("-0.") else ""
        return sign + whole + (("," if self.language == "ru" else ".") + rest if point else "")

    def volume(self, value: float | None) -> str:
        """Return millilitres: whole from 100 on, one decimal from 10 on, else two."""
        return self.number(value, 2 if value is None or abs(value) < 10 else 1 if abs(value) < 100 else 0)

    def percent(self, value: float) -> str:
        """Return a percentage with one decimal and its sign; what is not 0 is never said to be."""
        point = "," if self.language == "ru" else "."
        text = f"{value:.1f}" if value >= _LEAST_PERCENT or value == 0 else f"<{_LEAST_PERCENT}"
        return f"{text.replace('.', point)}{_NO_BREAK}%"

    def grade(self, grade: str) -> str:
        """Return a grade in the letters of the language."""
        return grade.replace("CT-", "КТ-") if self.language == "ru" else grade

    def value(self, category: str, value: str) -> str:
        """Return a value of a category in words; a value without words stands for itself."""
        if category == "grade":
            return self.grade(value)
        if category == "kvp_kv":
            return value.replace(".", ",") if self.language == "ru" else value
        key = f"stats_value_{category}_{value.lower()}"
        return say(key, self.language) if key in table() else value

    def named(self, measure: str, unit: str) -> str:
        """Return the name of a measurement with its unit."""
        name = self(measure)
        return self("property_unit", name=name, unit=self(f"unit_{unit}")) if unit else name
