"""What is known of one patient, and whether a text holds any of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

from groundglass.deidentify.text.folding import Folded, folded_places, plain, squeezed
from groundglass.deidentify.text.tables import rows
from groundglass.deidentify.text.vocabulary import folded_words
from groundglass.deidentify.text.written_dates import written_dates

SHORTEST_NAME: Final = 4
"""Letters of a name's word that gives it away alone; three are kernels, phases and units too."""
SHORTEST_INSIDE: Final = 6
"""Characters that are looked for inside a longer word; shorter ones occur in ordinary words by chance."""
LONG: Final = 10
"""Characters that no two ordinary words make up between them by chance."""
SHORTEST_ID: Final = 4
"""Characters of an id that must be a whole word to count; one to three are numbers of series, wards and slices."""
SHORTEST_PHONE: Final = 6
"""Figures of a phone number that count; shorter ones are extensions."""
MOST_CACHED: Final = 20_000
"""Answers kept for repeated values; a study has a few hundred different ones."""

_HAN: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af]")
_FIGURES: Final = re.compile(r"\d+")
_PARTS: Final = re.compile(r"[\W_]+")
_UID: Final = re.compile(r"[0-9]+(?:\.[0-9]+){3,}|[0-9]{1,3}|-?[0-9]{1,4}\.[0-9]*")
"""Values that name no day whatever figures they have: UIDs, numbers."""
_HIGH: Final = re.compile(r"[\x80-\xff]{3}")
_CHARSETS: Final = ("cp1251", "utf-8", "koi8-r", "iso8859-5", "cp866", "gb18030", "shift_jis", "big5")
"""What a missing SpecificCharacterSet is usually in truth."""


@cache
def _fillers() -> frozenset[str]:
    """Return words that stand in name fields and are no names: titles, anonymous, test."""
    return frozenset(squeezed(row["word"]) for row in rows("fillers.csv"))


class Identifiers:
    """What is known of one patient.

    Two kinds of strings are looked for in the folded text (:mod:`~groundglass.deidentify.text.folding`): *words*, which
    must be whole words, or whole when the separators between words are left out (``I V A N O V``), and *inside*, which
    may be part of a word. What is also an ordinary word of a CT protocol (a patient named Lung, an id ``CHEST``) is
    *weak*: it counts only beside another word of the same name, and the cleaner takes it out of free text.

    Parameters
    ----------
    words, inside, weak, whole, raw : frozenset of str
        As above; ``whole`` counts only as the whole value, ``raw`` are bytes of a name read in the wrong character set.
    dates : frozenset of tuple of int
        Days, as (year, month, day).
    """

    __slots__ = (
        "_answers",
        "_inside",
        "_raw_found",
        "_searched",
        "_years",
        "dates",
        "inside",
        "raw",
        "weak",
        "whole",
        "words",
    )

    def __init__(
        self,
        *,
        words: frozenset[str] = frozenset(),
        inside: frozenset[str] = frozenset(),
        weak: frozenset[str] = frozenset(),
        whole: frozenset[str] = frozenset(),
        raw: frozenset[str] = frozenset(),
        dates: frozenset[tuple[int, int, int]] = frozenset(),
    ) -> None:
        self.words, self.inside, self.weak = words, inside, weak
        self.whole, self.raw, self.dates = whole, raw, dates
        self._inside: re.Pattern[str] | None = None
        self._searched: re.Pattern[str] | None = None
        self._raw_found: re.Pattern[str] | None = None
        self._years: frozenset[str] | None = None
        self._answers: dict[str, bool] = {}

    @classmethod
    def gather(cls, values: Iterable[tuple[str, str]]) -> Identifiers:
        """Make the identifiers of one patient.

        Parameters
        ----------
        values : iterable of (str, str)
            Kind (``name``, ``id``, ``date``, ``institution``, ``address``, ``phone``, ``accession``, ``other``) and the
            value as a header has it.

        Returns
        -------
        Identifiers
            With every form that the values are looked for in.
        """
        from groundglass.deidentify.text.gathering import Gathering

        gathering = Gathering()
        for kind, value in values:
            gathering.add(kind, value)
        return gathering.identifiers()

    def __or__(self, other: object) -> Identifiers:
        if not isinstance(other, Identifiers):
            return NotImplemented
        return Identifiers(
            words=self.words | other.words,
            inside=self.inside | other.inside,
            weak=self.weak | other.weak,
            whole=self.whole | other.whole,
            raw=self.raw | other.raw,
            dates=self.dates | other.dates,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Identifiers) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash(self._parts())

    def __repr__(self) -> str:
        """Say how many there are, never which."""
        return f"Identifiers({sum(map(len, self._parts()))} forms)"

    def __bool__(self) -> bool:
        return any(self._parts())

    def __reduce__(self) -> tuple[object, ...]:
        """Leave compiled patterns and answers behind."""
        return _rebuilt, (self.words, self.inside, self.weak, self.whole, self.raw, self.dates)

    def _parts(self) -> tuple[frozenset[object], ...]:
        return (self.words, self.inside, self.weak, self.whole, self.raw, self.dates)

    def holds(self, text: str) -> bool:
        """Say whether a text holds anything that is known of the patient.

        Parameters
        ----------
        text : str
            Any decoded value.

        Returns
        -------
        bool
            Case, separators, marks, invisible characters and look-alike letters do not matter.
        """
        known = self._answers.get(text)
        if known is None:
            if len(self._answers) >= MOST_CACHED:
                self._answers.clear()
            known = self._answers[text] = self._holds(text)
        return known

    def _holds(self, text: str) -> bool:
        folded = Folded.of(text)
        if not folded.squeezed:
            return False
        if not self.words.isdisjoint(folded.words) or folded.squeezed in self.whole:
            return True
        if any(True for _ in self._hits(folded)):
            return True
        if self.raw and _HIGH.search(text) and self._raw_pattern().search(text):
            return True
        return self._names_a_day(text)

    def _names_a_day(self, text: str) -> bool:
        if not self.dates or _UID.fullmatch(text):
            return False
        if self._years is None:
            self._years = frozenset(f"{year % 100:02d}" for year, _, _ in self.dates)
        if not any(year in text for year in self._years) and (text.isascii() or "年" not in text):
            return False
        return any(not self.dates.isdisjoint(each.days) for each in written_dates(plain(text)))

    def _hits(self, folded: Folded) -> Iterator[tuple[int, int]]:
        """Yield places in the squeezed text; what crosses words must begin and end with words."""
        if self.inside:
            if self._inside is None:
                self._inside = _any_of(self.inside)
            ordinary = folded_words()
            for start, end in _found(self._inside, folded.squeezed):
                word = _word_around(folded, start, end)
                if word is None:
                    if _is_whole(folded, start, end):
                        yield start, end
                elif word not in ordinary:
                    yield start, end
        if len(folded.words) > 1 and not self.words <= self.inside:
            if self._searched is None:
                self._searched = _any_of(self.words - self.inside)
            for start, end in _found(self._searched, folded.squeezed):
                if start in folded.starts and end in folded.ends and _word_around(folded, start, end) is None:
                    yield start, end

    def _raw_pattern(self) -> re.Pattern[str]:
        if self._raw_found is None:
            self._raw_found = _any_of(self.raw)
        return self._raw_found

    def places(self, text: str, *, weak: bool = False) -> list[tuple[int, int]]:
        """Return where the identifiers stand in a seen text, as half-open ranges of it.

        Parameters
        ----------
        text : str
            A text that went through :func:`~groundglass.deidentify.text.folding.plain`.
        weak : bool
            Take those as well that are ordinary words.
        """
        letters, origin = folded_places(text)
        folded = Folded.of(text)
        found: list[tuple[int, int]] = []
        if letters == folded.squeezed:
            place = 0
            for word in folded.words:
                if word in self.words or (weak and word in self.weak):
                    found.append((place, place + len(word)))
                place += len(word)
            found.extend(self._hits(folded))
            if folded.squeezed and folded.squeezed in self.whole:
                found.append((0, len(folded.squeezed)))
            found = [(origin[start], origin[end - 1] + 1) for start, end in found]
        elif self._holds(text):
            found.append((0, len(text)))
        if self.raw and _HIGH.search(text):
            found.extend(match.span() for match in self._raw_pattern().finditer(text))
        if self.dates:
            found.extend((each.start, each.end) for each in written_dates(text) if not self.dates.isdisjoint(each.days))
        return found

    def has_number(self, figures: str) -> bool:
        """Say whether figures, without leading zeros, are a known id of six or more."""
        bare = figures.lstrip("0")
        return len(bare) >= SHORTEST_PHONE and (bare in self.inside or bare in self.words)


def _rebuilt(
    words: frozenset[str],
    inside: frozenset[str],
    weak: frozenset[str],
    whole: frozenset[str],
    raw: frozenset[str],
    dates: frozenset[tuple[int, int, int]],
) -> Identifiers:
    return Identifiers(words=words, inside=inside, weak=weak, whole=whole, raw=raw, dates=dates)


def _word_around(folded: Folded, start: int, end: int) -> str | None:
    """Return the word that a place lies in, None where it crosses a border."""
    place = 0
    for word in folded.words:
        if place <= start < place + len(word):
            return word if end <= place + len(word) else None
        place += len(word)
    return None


def _is_whole(folded: Folded, start: int, end: int) -> bool:
    """Say whether what crosses words can be no accident: it is long, of figures, or begins and ends with words."""
    text = folded.squeezed
    if end - start >= LONG or text[start:end].isdecimal() or _HAN.match(text, start):
        return True
    first = start in folded.starts or text[start - 1].isdecimal() != text[start].isdecimal()
    last = end in folded.ends or text[end - 1].isdecimal() != text[end].isdecimal()
    return first and last


def _found(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """Yield matches, overlapping ones too."""
    place = 0
    while match := pattern.search(text, place):
        yield match.span()
        place = match.start() + 1


def _any_of(strings: Iterable[str]) -> re.Pattern[str]:
    """Compile a pattern that finds the longest of many strings: a tree of their letters, so that speed hardly depends
    on how many there are.
    """
    tree: dict[str, dict[str, object]] = {}
    for string in strings:
        node: dict[str, object] = tree  # type: ignore[assignment]  # a tree of dicts has no finite type
        for each in string:
            node = node.setdefault(each, {})  # type: ignore[assignment]  # as above
        node[""] = {}
    return re.compile(_branch(tree))  # type: ignore[arg-type]  # as above


def _branch(node: dict[str, object]) -> str:
    ends = "" in node
    parts = []
    for each, below in node.items():
        if each:
            text = re.escape(each)
            while isinstance(below, dict) and len(below) == 1 and "" not in below:
                ((each, below),) = below.items()
                text += re.escape(each)
            parts.append(text + _branch(below))  # type: ignore[arg-type]  # as above
    if not parts:
        return ""
    body = parts[0] if len(parts) == 1 and not ends else "(?:" + "|".join(parts) + ")"
    return body + "?" if ends else body
