"""How an identifier may be spelt, and how texts are made alike before they are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import product

_CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґ"
_SCHEMES: tuple[dict[str, str], ...] = tuple(
    dict(zip(_CYRILLIC, row.split(), strict=True))
    for row in (
        # ICAO Doc 9303 part 3 section 6
        "a b v g d e zh z i i k l m n o p r s t u f kh ts ch sh shch ie y - e iu ia e i i ie g",
        # BGN/PCGN 1947, without the signs
        "a b v g d e zh z i y k l m n o p r s t u f kh ts ch sh shch - y - e yu ya e i yi ye g",
        # ISO 9:1995 system B (GOST 7.79)
        "a b v g d e zh z i j k l m n o p r s t u f x cz ch sh shh - y - e yu ya yo i yi ye g",
        # German, as on older passports and scanners
        "a b w g d e sch s i j k l m n o p r s t u f ch z tsch sch schtsch - y - e ju ja jo i ji je g",
    )
)
"""Cyrillic to Latin; ``-`` stands for nothing."""

_WORD = re.compile(r"[^\W_]+")
_MARKS = re.compile(r"[\u0300-\u036f\u00ad\u200b-\u200f\u2060\ufeff]")
"""Marks above letters, soft hyphens and characters without width."""
_UID = re.compile(r"[0-2](?:\.\d+){3,}|2\.25\.\d{2,}")
_UID_OTHERWISE = re.compile(r"[0-2](?:_\d+){3,}|2_25_\d{2,}|[0-2](?:-\d+){3,}|2-25-\d{2,}")
_STANDARD_ROOTS = ("1.2.840.10008.", "2.16.840.1.113883.6.")
"""DICOM and HL7 (code systems): what begins so is the same in every file."""
_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def plain(text: str) -> str:
    """Return the text in one form: compatibility forms resolved, no marks above letters, lower case.

    Parameters
    ----------
    text : str
        Any text.
    """
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold()).casefold()))


def squeezed(text: str) -> str:
    """Return letters and figures of the plain form alone.

    Parameters
    ----------
    text : str
        Any text.
    """
    return tight(plain(text))


def tight(smooth: str) -> str:
    """Return letters and figures alone of a plain form.

    Parameters
    ----------
    smooth : str
        A plain form.
    """
    return "".join(_WORD.findall(smooth))


def places(text: str) -> list[int]:
    """Return where each character of the squeezed form stands in the plain form.

    Parameters
    ----------
    text : str
        A plain form.
    """
    return [at for match in _WORD.finditer(text) for at in range(match.start(), match.end())]


def words(text: str) -> list[str]:
    """Return the words of the plain form, letters and figures apart.

    Parameters
    ----------
    text : str
        Any text.
    """
    return re.findall(r"[^\W\d_]+|\d+", plain(text))


def uids_in(text: str) -> list[str]:
    """Return what may be UIDs in a text, those too whose dots became other signs (names of files).

    Parameters
    ----------
    text : str
        Any text.
    """
    found = _UID.findall(text) if "." in text else []
    if "_" in text or "-" in text:
        found += [re.sub("[_-]", ".", uid) for uid in _UID_OTHERWISE.findall(text)]
    return found


def names_something(uid: str, *, letters_at_least: int) -> bool:
    """Return whether a UID names an instance, a series, a device: not one of the standards, and long enough.

    Parameters
    ----------
    uid : str
        As found in a text.
    letters_at_least : int
        Shorter ones are versions of software; what begins with 2.25 is none (PS3.5 B.2).
    """
    return not uid.startswith(_STANDARD_ROOTS) and (len(uid) >= letters_at_least or uid.startswith("2.25."))


def has_ideographs(text: str) -> bool:
    """Return whether the text holds Chinese, Japanese or Korean characters."""
    return bool(_IDEOGRAPH.search(text))


def transliterated(word: str) -> set[str]:
    """Return a Cyrillic word in Latin letters, in each scheme.

    Parameters
    ----------
    word : str
        Plain, one word.
    """
    if not re.search("[а-яёіїєґ]", word):
        return set()
    return {"".join(scheme.get(c, c).replace("-", "") for c in word) for scheme in _SCHEMES}


_ENDINGS = re.compile(r"(?:ая|яя|ое|ее|ии|ыи|ои|а|я|ь|и|о|е|і)$")
"""Of names in their first case, in the plain form, which has no marks: "ии" is written with a breve."""
_STEM_AT_LEAST = 6
"""Letters of a Cyrillic name without its ending; shorter stems begin other words."""


def stem_of(word: str) -> str:
    """Return a Cyrillic word without the ending that its cases change; empty where too little is left.

    Parameters
    ----------
    word : str
        Plain, one word.
    """
    if not re.fullmatch("[а-яёіїєґ]+", word):
        return ""
    stem = _ENDINGS.sub("", word)
    return stem if len(stem) >= _STEM_AT_LEAST else ""


_CYRILLIC_ALIKE, _LATIN_ALIKE = "авсенікморѕтухј", "abcehikmopstyxj"
_GREEK_ALIKE, _LATIN_OF_GREEK = "αεικνοργτυχ", "aeikvopytux"
_TO_LATIN = str.maketrans(_CYRILLIC_ALIKE + _GREEK_ALIKE, _LATIN_ALIKE + _LATIN_OF_GREEK)
_TO_CYRILLIC = str.maketrans(_LATIN_ALIKE, _CYRILLIC_ALIKE)
_MIXED = re.compile(r"(?<![^\W_])(?=[^\W\d_]*[a-z])(?=[^\W\d_]*[\u0370-\u04ff])[^\W\d_]+")
"""A word of letters of several alphabets (in lower case)."""


def unmixed(smooth: str) -> Iterator[str]:
    """Return a text whose words mix alphabets with letters that look alike made those of one.

    Parameters
    ----------
    smooth : str
        A plain form.
    """
    if not smooth.isascii() and _MIXED.search(smooth):
        yield _MIXED.sub(lambda m: m[0].translate(_TO_LATIN), smooth)
        yield _MIXED.sub(lambda m: m[0].translate(_TO_CYRILLIC), smooth)


def name_forms(value: str) -> Iterator[tuple[str, bool]]:
    """Return the squeezed forms of a person name, and whether each is the whole name.

    Parameters
    ----------
    value : str
        Person name: component groups by ``=``, components by ``^`` (PS3.5 6.2.1), or free words.
    """
    for group in value.split("="):
        if "^" not in group and "," in group:
            group = group.replace(",", "^")
        parts = [words(component) for component in group.split("^")]
        parts = [[word for word in part if not word.isdigit()] for part in parts]
        everything = [word for part in parts for word in part]
        figures = [word for word in words(group) if word.isdigit()]
        if figures or len(everything) == 1:
            yield squeezed(group), True
        if not everything:
            continue
        spellings = [sorted({word} | transliterated(word)) for word in everything]
        for each in product(*spellings) if len(everything) <= 3 else (tuple(w[0] for w in spellings),):
            if len(each) > 1:
                yield "".join(each), True
                yield "".join(reversed(each)), True
                yield each[0] + each[1], True
                yield each[1] + each[0], True
                yield "".join((*each[1:], each[0])), True
            for word in each:
                yield word, False
        joined = ["".join(part) for part in parts if part]
        if len(joined) > 1:
            yield joined[0] + joined[1], True
            yield joined[1] + joined[0], True
