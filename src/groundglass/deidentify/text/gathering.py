"""The forms that one patient's names, numbers and dates are looked for in."""

from __future__ import annotations

from itertools import islice, permutations
from typing import Final

from groundglass.deidentify.text.folding import fold, plain, squeezed
from groundglass.deidentify.text.identifiers import (
    _CHARSETS,
    _FIGURES,
    _HAN,
    _HIGH,
    _PARTS,
    SHORTEST_ID,
    SHORTEST_INSIDE,
    SHORTEST_NAME,
    SHORTEST_PHONE,
    Identifiers,
    _fillers,
)
from groundglass.deidentify.text.transliteration import other_script
from groundglass.deidentify.text.vocabulary import folded_words
from groundglass.deidentify.text.written_dates import FIRST_YEAR, LAST_YEAR, written_dates

_SHORTEST_WEAK: Final = 3
"""Letters of a name's word that goes from free text though the vocabulary has it: CT and M stay in the protocol."""
_LONGEST_VALUE: Final = 4096
"""Characters of a value that are read; a header field that names somebody has 64 to 1024 (PS3.5 table 6.2-1)."""
_MOST_PARTS: Final = 64
"""Words of a value that are looked for; more are a report, not a name."""
_MOST_WORDS: Final = 6
"""Words of a name that are put in every order; longer ones are taken as they stand."""
_LONGEST_SPELT: Final = 24
"""Letters of a word that is put into the other script; longer ones are not words of a name."""
_SPELLINGS: Final = 4
"""Readings of a Latin name in Cyrillic that are spelt in Latin letters again."""
_COUNTRY_FIGURES: Final = 3
"""Figures of a country code that may be missing in front of a phone number."""
_LOCAL_FIGURES: Final = 7
"""Figures of a number inside one town."""
_CYRILLIC_ENDINGS: Final = ("а", "у", "ым", "ом", "е", "ой", "ы", "ого", "ому", "ую", "ых", "и", "ю", "я", "ем", "ей")
"""Cases of surnames and first names in Russian; longer forms are found inside words."""


class Gathering:
    """Collects forms, value by value."""

    def __init__(self) -> None:
        self._words: set[str] = set()
        self._inside: set[str] = set()
        self._weak: set[str] = set()
        self._whole: set[str] = set()
        self._raw: set[str] = set()
        self._dates: set[tuple[int, int, int]] = set()

    def add(self, kind: str, value: str) -> None:
        """Add one value of one kind."""
        value = plain(value[:_LONGEST_VALUE])
        for text in (value, *_read_again(value)):
            if kind == "name":
                self._name(text)
            elif kind == "date":
                self._date(text)
            elif kind == "phone":
                self._phone(text)
            elif kind in ("institution", "address"):
                self._place(text)
            elif kind in ("id", "accession"):
                self._number(text)
            else:
                self._number(text, weak=False)
                self._place(text)

    def identifiers(self) -> Identifiers:
        """Return what was gathered."""
        return Identifiers(
            words=frozenset(self._words),
            inside=frozenset(self._inside),
            weak=frozenset(self._weak),
            whole=frozenset(self._whole),
            raw=frozenset(self._raw),
            dates=frozenset(self._dates),
        )

    def _name(self, text: str) -> None:
        for group in text.split("="):
            parts = [part for part in _PARTS.split(group) if part and squeezed(part) not in _fillers()][:_MOST_PARTS]
            forms = [_forms(part) for part in parts]
            for part, each in zip(parts, forms, strict=True):
                for form in each:
                    self._word(form, SHORTEST_NAME)
                self._cases(each[0])
                if not part.isascii():
                    self._raw.update(_wrong_bytes(part))
            if 2 <= len(parts) <= _MOST_WORDS:
                self._together(parts, forms)
            if len(_HAN.findall(group)) >= 2:
                self._inside.add(squeezed(group))

    def _cases(self, word: str) -> None:
        """Add the cases of a Cyrillic name."""
        if word.isascii() or _HAN.search(word) or len(word) < SHORTEST_NAME or word not in self._words:
            return
        stems = [word, word[:-1]] if word[-1] in "aя" and len(word) > SHORTEST_NAME else [word]
        cases = {stem + ending for stem in stems for ending in _FOLDED_ENDINGS} - folded_words()
        self._words.update(cases)
        if len(stems[-1]) >= SHORTEST_INSIDE:
            self._inside.add(stems[-1])

    def _together(self, parts: list[str], forms: list[list[str]]) -> None:
        """Add pairs and triples of the words, in any order, and short words with initials."""
        short = [each[:4] for each in forms]
        fillers = _fillers()
        for size in (2, 3):
            for chosen in islice(permutations(range(len(parts)), size), 30):
                if any(short[place][0] in fillers for place in chosen):
                    continue
                for number in range(max(len(short[place]) for place in chosen)):
                    joined = "".join(short[place][min(number, len(short[place]) - 1)] for place in chosen)
                    self._joined(joined, cjk=bool(_HAN.search(joined)))
        for place, each in enumerate(short):
            for form in each:
                if 2 <= len(form) < SHORTEST_NAME and not _HAN.search(form) and form not in fillers:
                    initials = [others[0][0] for other, others in enumerate(short) if other != place]
                    for letter in initials:
                        self._words.update(joined for joined in (form + letter, letter + form) if len(joined) >= 4)
                    if len(initials) > 1:
                        self._words.update({form + "".join(initials), "".join(initials) + form})

    def _joined(self, joined: str, *, cjk: bool) -> None:
        if joined in folded_words():
            return
        if len(joined) >= SHORTEST_INSIDE or (cjk and len(joined) >= 2):
            self._inside.add(joined)
        elif len(joined) >= SHORTEST_NAME:
            self._words.add(joined)

    def _word(self, word: str, shortest: int, *, weak: bool = True) -> None:
        """Add one folded word of a name, institution or address."""
        if word in _fillers() or word.isdecimal():
            return
        if word in folded_words():
            if weak and len(word) >= _SHORTEST_WEAK:
                self._weak.add(word)
            return
        if _HAN.search(word):
            if len(word) >= 2:
                self._inside.add(word)
            return
        if len(word) >= shortest:
            self._words.add(word)
            if len(word) >= SHORTEST_INSIDE:
                self._inside.add(word)
        elif len(word) == shortest - 1:
            self._whole.add(word)

    def _number(self, text: str, *, weak: bool = True) -> None:
        """Add an id: whole, without leading zeros, and the long runs of figures in it."""
        joined = squeezed(text)
        if len(joined.lstrip("0")) < SHORTEST_ID or joined in _fillers() or (joined.isdecimal() and _is_year(joined)):
            return
        for form in {joined, joined.lstrip("0")}:
            if form in folded_words():
                if weak and len(form) >= _SHORTEST_WEAK:
                    self._weak.add(form)
            elif len(form) >= SHORTEST_INSIDE:
                self._inside.add(form)
                self._words.add(form)
            elif len(form) >= SHORTEST_ID:
                self._words.add(form)
        for run in _FIGURES.findall(text):
            bare = run.lstrip("0")
            if len(bare) >= SHORTEST_INSIDE and len(bare) < len(joined):
                self._inside.add(bare)
        if any(map(str.isdecimal, joined)):
            for word in _PARTS.split(fold(text)):
                if len(word) >= SHORTEST_NAME + 1 and word.isalpha():
                    self._word(word, SHORTEST_NAME + 1)

    def _date(self, text: str) -> None:
        for each in written_dates(text):
            self._dates.update(day for day in each.days if all(day))
        for year, month, day in list(self._dates):
            y, m, d = f"{year:04d}", f"{month:02d}", f"{day:02d}"
            self._inside.update((y + m + d, d + m + y, m + d + y))
            # six figures are also times of day: they count as whole words beside nothing else
            self._whole.update((y[2:] + m + d, d + m + y[2:], m + d + y[2:]))

    def _phone(self, text: str) -> None:
        if "@" in text:
            self._inside.add(squeezed(text))
            self._inside.add(squeezed(text.split("@")[0])) if len(squeezed(text.split("@")[0])) >= 5 else None
            return
        figures = "".join(_FIGURES.findall(text))
        if len(figures) > _LOCAL_FIGURES:
            self._inside.add(figures[-_LOCAL_FIGURES:])
        for cut in range(_COUNTRY_FIGURES + 1):
            form = figures[cut:]
            if len(form) >= (SHORTEST_PHONE if not cut else 9):
                self._inside.add(form)
        bare = figures.lstrip("0")
        if len(bare) >= SHORTEST_PHONE:
            self._inside.add(bare)

    def _place(self, text: str) -> None:
        joined = squeezed(text)
        fillers, ordinary = _fillers(), folded_words()
        words = [word for word in _PARTS.split(text) if word and squeezed(word) not in fillers][:_MOST_PARTS]
        for word in words:
            for form in _forms(word):
                if not any(map(str.isdecimal, form)):
                    self._word(form, SHORTEST_NAME, weak=False)
                elif len(form) >= SHORTEST_ID + 1:
                    self._number(form)
        telling = [word for word in words if squeezed(word) not in ordinary]
        if len(joined) >= SHORTEST_INSIDE and (telling or len(words) > 1) and joined not in ordinary:
            if not joined.isdecimal() or len(joined) >= SHORTEST_INSIDE:
                self._inside.add(joined)
            if len(words) > 1:
                for form in other_script("".join(words)) if len(joined) < 24 else ():
                    self._inside.add(squeezed(form))
        elif len(joined) == 3 and joined.isalpha() and joined not in ordinary and joined not in fillers:
            self._whole.add(joined)


_FOLDED_ENDINGS: Final = tuple(dict.fromkeys(squeezed(ending) for ending in _CYRILLIC_ENDINGS))


def _is_year(figures: str) -> bool:
    return len(figures) == 4 and FIRST_YEAR <= int(figures) <= LAST_YEAR


def _forms(part: str) -> list[str]:
    """Return one word folded, in the other script, and with umlauts written out."""
    found = dict.fromkeys([squeezed(part)])
    low = part.casefold()
    for mark, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("å", "aa"), ("ø", "oe"), ("ñ", "ny")):
        if mark in low:
            low = low.replace(mark, letters)
    found.setdefault(squeezed(low))
    if len(part) <= _LONGEST_SPELT:
        others = sorted(other_script(part))
        found.update(dict.fromkeys(map(squeezed, others)))
        if part.isascii():
            # the same name from another office: Ivanov, Iwanow, Ivanoff
            for other in others[:_SPELLINGS]:
                found.update(dict.fromkeys(map(squeezed, other_script(other))))
        for form in list(found):
            if form.endswith(("ov", "ev")):
                found.setdefault(form[:-1] + "ff")
                found.setdefault(form[:-1] + "w")
    return [form for form in found if form]


def _read_again(text: str) -> list[str]:
    """Return the text as it would be had its bytes been read in the right character set."""
    if not _HIGH.search(text):
        return []
    try:
        raw = text.encode("latin-1")
    except UnicodeEncodeError:
        return []
    found = []
    for charset in _CHARSETS:
        try:
            found.append(raw.decode(charset))
        except UnicodeDecodeError:
            continue
    return [text for text in found if any(ord(each) > 0x250 for each in text)]


def _wrong_bytes(word: str) -> set[str]:
    """Return the word's bytes in the usual character sets, read as Latin-1."""
    found = set()
    for form in {word, word.upper(), word.lower(), word.title()}:
        for charset in _CHARSETS:
            try:
                raw = form.encode(charset)
            except UnicodeEncodeError:
                continue
            if len(raw) >= SHORTEST_NAME:
                found.add(raw.decode("latin-1"))
    return found
