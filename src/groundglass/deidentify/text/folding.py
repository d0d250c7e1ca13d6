"""Text brought to one form, so that the same name is found in whatever dress it comes.

``plain`` is for reading (control characters out), ``Folded`` for comparing: NFKC, case folded, marks taken off,
characters that only look like others (Cyrillic ``а``, Greek ``ο``, full-width ``Ａ``) turned into them, no separators.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

_ESCAPE: Final = re.compile(r"\x1b[\x20-\x2f]*[\x30-\x7e]?")
"""Escape sequences of ISO 2022 that a decoder left behind (PS3.5 6.1.2.5)."""
_LINES: Final = "\t\n\r\f"
_UNSEEN: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})
"""Categories that a reader does not see: control, format (zero width, bidi), private use, surrogate, unassigned."""
_FILLERS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800")
"""Letters and symbols that have no ink; every one of them can part a name in two."""

_LOOKALIKES: Final = {
    # Cyrillic, small; capitals fold to these first
    **dict(zip("авеёкмнорстухіѕјһԁԛԝүѵӏ", "abeekmhopctyxisjhdqwyvl", strict=True)),
    # Greek
    **dict(zip("αβεζηικμνορτυχγ", "abezhikmnoptyxy", strict=True)),
    # Latin letters with strokes and others that no decomposition opens
    **dict(zip("łøđħıŋŧɡɩɑəᴀɪ", "lodhintgiaeai", strict=True)),
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    "ð": "d",
    # Ukrainian, Belarusian, Kazakh letters that passports and registries swap for the Russian ones
    **dict(zip("єґўқғңөұәҳҷ", "егykгhoyaxч", strict=True)),
    # signs that transcription drops
    "ь": "",
    "ъ": "",
}
"""What looks the same is the same (a choice of Unicode TR39's confusables, and letters that hand copying swaps)."""

_TABLE: Final[dict[int, str]] = {ord(each): other for each, other in _LOOKALIKES.items()}
_EAST: Final = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af"
_SPLIT: Final = re.compile(rf"[{_EAST}]+|[^\W_{_EAST}]+")
_APOSTROPHES: Final = dict.fromkeys(map(ord, "'’ʼʹ`´ʺ\""), None)
_ASCII: Final = re.compile(r"[a-z0-9]+")


def plain(text: str) -> str:
    """Return the text without what a reader does not see; line ends and tabs become blanks or stay as line ends.

    Parameters
    ----------
    text : str
        A decoded value.

    Returns
    -------
    str
        NFKC form without escape sequences, control, format and private-use characters.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _ESCAPE.sub("", text)
    text = "".join(_seen(each) for each in text)
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", text)
    return "".join(_seen(each) for each in text)


def _seen(each: str) -> str:
    if each in _LINES:
        return "\n" if each in "\n\r" else " "
    return "" if each in _FILLERS or unicodedata.category(each) in _UNSEEN else each


def fold(text: str) -> str:
    """Return the form for comparing: case folded, marks off, look-alikes one; separators stay."""
    if text.isascii():
        return text.lower().replace("'", "").replace("`", "") if text.isprintable() else fold_seen(plain(text))
    return fold_seen(plain(text))


def fold_seen(text: str) -> str:
    """Do :func:`fold` to a text that went through :func:`plain` already."""
    text = text.casefold().translate(_APOSTROPHES)
    if text.isascii():
        return text
    text = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    return text.translate(_TABLE)


def squeezed(text: str) -> str:
    """Return only the letters and figures of the folded text."""
    return "".join(_SPLIT.findall(fold(text)))


@dataclass(frozen=True, slots=True)
class Folded:
    """A text ready to be searched.

    Attributes
    ----------
    squeezed : str
        Folded letters and figures without anything between.
    words : tuple of str
        The folded words.
    starts, ends : frozenset of int
        Where words begin and end in ``squeezed``.
    """

    squeezed: str
    words: tuple[str, ...]
    starts: frozenset[int]
    ends: frozenset[int]

    @classmethod
    def of(cls, text: str) -> Folded:
        """Fold a text."""
        folded = fold(text)
        words = tuple((_ASCII if folded.isascii() else _SPLIT).findall(folded))
        starts, ends, place = [], [], 0
        for word in words:
            starts.append(place)
            place += len(word)
            ends.append(place)
        return cls("".join(words), words, frozenset(starts), frozenset(ends))


def folded_places(text: str) -> tuple[str, list[int]]:
    """Return the squeezed form of a seen text, and for each of its characters the place in the text it came from."""
    letters: list[str] = []
    places: list[int] = []
    for place, each in enumerate(text):
        for letter in fold_seen(each):
            if letter.isalnum():
                letters.append(letter)
                places.append(place)
    return "".join(letters), places
