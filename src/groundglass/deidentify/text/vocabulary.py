"""The words that may stay: of CT protocols and reports, of makers and models, of code strings."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from groundglass.deidentify.text.folding import squeezed
from groundglass.deidentify.text.tables import rows

_HAN: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_WORD: Final = re.compile(r"[^\W_]+")

_HARD: Final = ("ый", "ая", "ое", "ые", "ого", "ой", "ому", "ую", "ым", "ом", "ых", "ыми", "ою", "о")
_SOFT: Final = ("ий", "яя", "ее", "ие", "его", "ей", "ему", "юю", "им", "ем", "их", "ими")
_VELAR: Final = ("ий", "ая", "ое", "ие", "ого", "ой", "ому", "ую", "им", "ом", "их", "ими", "о")
_ADJECTIVES: Final = (
    *((ending, _HARD) for ending in ("ый", "ые", "ное", "ная")),
    *((ending, _SOFT) for ending in ("ний",)),
    *((ending, _VELAR) for ending in ("кий", "гий", "хий")),
)
"""Ending of the form in the table, and the endings of its paradigm; two letters are cut off the form for the stem."""
_SHORTEST_ADJECTIVE: Final = 6


@cache
def protocol_words(*, meanings: bool = True) -> frozenset[str]:
    """Return the words of descriptions and reports, case folded, with and without their marks.

    Parameters
    ----------
    meanings : bool
        Also those that only code meanings have.
    """
    found: set[str] = set()
    for row in rows("vocabulary.csv"):
        if row["kind"] == "meaning" and not meanings:
            continue
        for word in row["words"].casefold().split():
            found.add(word)
            if row["forms"] == "s":
                found.add(word + "s")
            elif row["forms"] == "ru":
                found.update(_russian_forms(word))
    found.update(squeezed(word) for word in list(found) if not _HAN.search(word) and word.isalpha() and _is_latin(word))
    found.discard("")
    return frozenset(found)


@cache
def technical_words(kind: str = "") -> frozenset[str]:
    """Return words of makers, models, software and kernels, case folded; ``kind`` asks for one of them."""
    found: set[str] = set()
    for row in rows("technical.csv"):
        if not kind or row["kind"] == kind:
            for word in row["words"].casefold().split():
                found.add(word)
                found.update(_WORD.findall(word))
    return frozenset(found)


@cache
def han_words() -> frozenset[str]:
    """Return the words of scripts that leave no blanks between them."""
    return frozenset(word for word in protocol_words() if _HAN.search(word))


@cache
def folded_words() -> frozenset[str]:
    """Return the ordinary words in the form for comparing: a name that is one of them is no sure sign.

    The many words of code meanings are left out: on a chest scan Gray is rather a patient than a colour.
    """
    return frozenset(squeezed(word) for word in protocol_words(meanings=False) | technical_words())


def _russian_forms(word: str) -> set[str]:
    """Return an adjective in every case, number and gender; of other words only the form without dots on ё."""
    found = {word}
    for ending, others in _ADJECTIVES:
        if word.endswith(ending) and len(word) >= _SHORTEST_ADJECTIVE:
            stem = word[:-2]
            found.update(stem + other for other in others)
    return found | {each.replace("ё", "е") for each in found}


def _is_latin(word: str) -> bool:
    return all(ord(each) < 0x250 for each in word)
