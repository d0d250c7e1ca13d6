"""What people write into tables: grades, sexes, ages, patterns and places, brought to the words of a data set."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

OLDEST_YEARS = 130
"""No age above is one: the oldest person known reached 122."""
_LOOKALIKES = str.maketrans({"с": "c", "к": "c", "k": "c", "т": "t", "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-"})
"""КТ, CT, and either with letters of the other alphabet that look alike; dashes."""
_GRADE = re.compile(r"ct[\s\-_.:#]*(?:no[\s.]*)?(?:([0-4])(?:\.0)?|(iv|i{1,3}))(?P<rest>.*)", re.DOTALL)
_NUMBER_ALONE = re.compile(
    r"(?:(?:grade|stage|category|class|степень|стадия|категория|класс)[\s:#]*(?:no[\s.]*)?)?([0-4])(?:\.0)?"
)
_REST = re.compile(r"\s*(?:[(\[,;:/].*|-?\s*[^\d\-./]*)", re.DOTALL)
"""Behind a grade: words, or anything in brackets or behind a comma. Another number or a dash is another grade."""
_SLASHED = re.compile(r"\s*[/,;]\s*(?:ct)?[\s\-]*[0-4]\b")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_SEXES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("m", "male", "man", "м", "муж", "мужской", "мужчина"), "M"),
        **dict.fromkeys(("f", "female", "woman", "w", "ж", "жен", "женский", "женщина"), "F"),
        **dict.fromkeys(("o", "other", "другой", "иной"), "O"),
    }
)
_AGE = re.compile(r"(\d{1,3})(?:[.,]\d{1,3})?\s*([dwmy]?)\s*(?:years?|лет|года?|г)?\.?")
_DAYS = {"d": 1.0, "w": 7.0, "m": 30.4375, "y": 365.25, "": 365.25}
_PATTERNS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("ground glass", "ggo", "ground glass opacity", "матовое стекло"), "ground_glass"),
        **dict.fromkeys(("consolidation", "консолидация"), "consolidation"),
        **dict.fromkeys(("mixed", "смешанный", "смешанные"), "mixed"),
        **dict.fromkeys(("none", "no", "нет"), "none"),
    }
)
_SIDES: Mapping[str, str] = MappingProxyType(
    {"right": "right", "left": "left", "правое": "right", "левое": "left", "справа": "right", "слева": "left"}
)
_ZONES: Mapping[str, str] = MappingProxyType(
    {
        "upper": "upper",
        "middle": "middle",
        "lower": "lower",
        "верхний": "upper",
        "средний": "middle",
        "нижний": "lower",
        "верхняя": "upper",
        "средняя": "middle",
        "нижняя": "lower",
    }
)
_LOBES: Mapping[str, str] = MappingProxyType(
    {"rul": "right_upper", "rml": "right_middle", "rll": "right_lower", "lul": "left_upper", "lll": "left_lower"}
)
_FILLING = frozenset({"lung", "lobe", "zone", "лёгкое", "легкое", "доля", "отдел", "зона"})


def grade_of(text: str, values: Mapping[str, str] | None = None) -> str | None:
    """Return a grade.

    Parameters
    ----------
    text : str
        ``CT-1``, ``CT1``, ``ct 1``, ``КТ-1``, ``1``, ``КТ-1 (лёгкая)``, in letters of either alphabet.
    values : mapping of str to str, optional
        Further spellings, without case.

    Returns
    -------
    str or None
        CT-0 .. CT-4; "" for an empty cell, None for what is no grade, or two.
    """
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    for written, grade in (values or {}).items():
        if unicodedata.normalize("NFKC", written).strip().casefold() == plain:
            return grade
    if not plain:
        return ""
    alone = _NUMBER_ALONE.fullmatch(plain)
    if alone:
        return f"CT-{alone[1]}"
    found = _GRADE.fullmatch(plain[:8].translate(_LOOKALIKES) + plain[8:])
    if found is None:
        return None
    rest = found["rest"]
    if _SLASHED.match(rest.translate(_LOOKALIKES)) or _REST.fullmatch(rest) is None:
        return None
    if found[2] and rest[:1].isalpha():
        return None
    return f"CT-{found[1] or _ROMAN[found[2]]}"


def sex_of(text: str) -> str | None:
    """Return M, F or O; "" for an empty cell, None for anything else."""
    plain = text.strip().casefold().rstrip(".")
    return _SEXES.get(plain) if plain else ""


def age_of(text: str) -> int | None:
    """Return whole years of ``45``, ``45.0``, ``045Y``, ``18M``, ``45 лет``; None for anything else."""
    found = _AGE.fullmatch(text.strip().casefold())
    if found is None:
        return None
    years = int(int(found[1]) * _DAYS[found[2]] / _DAYS[""] + 1e-9)
    return years if years <= OLDEST_YEARS else None


def pattern_of(text: str) -> str | None:
    """Return ground_glass, consolidation, mixed or none; "" for an empty cell, None for anything else."""
    plain = re.sub(r"[\s_\-]+", " ", text.strip().casefold().strip("«»\"'"))
    return _PATTERNS.get(plain) if plain else ""


def places_of(text: str) -> tuple[str, ...] | None:
    """Return sides and zones such as ``right_lower``; None where a part of the text is neither.

    Parameters
    ----------
    text : str
        Parted by semicolons or commas: ``right_lower;left_lower``, ``RLL, LLL``, ``right lower lobe``.
    """
    found: list[str] = []
    for part in re.split(r"[;,|]", text.casefold()):
        words = [word for word in re.split(r"[\s_\-]+", part.strip()) if word and word not in _FILLING]
        if not words:
            continue
        if len(words) == 1 and words[0] in _LOBES:
            found.append(_LOBES[words[0]])
            continue
        sides = [_SIDES[word] for word in words if word in _SIDES]
        zones = [_ZONES[word] for word in words if word in _ZONES]
        if len(sides) != 1 or len(zones) > 1 or len(sides) + len(zones) != len(words):
            return None
        found.append("_".join((*sides, *zones)))
    return tuple(dict.fromkeys(found))
