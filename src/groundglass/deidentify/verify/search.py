"""The search: everything known, in one pass over each text, and over the bytes of each file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ahocorasick_rs import AhoCorasick, BytesAhoCorasick, Implementation

from groundglass.deidentify.verify.attributes import vocabulary
from groundglass.deidentify.verify.dates import readings
from groundglass.deidentify.verify.encodings import NEEDLE_CODECS, texts_of, unwrapped
from groundglass.deidentify.verify.known import Known, Needle
from groundglass.deidentify.verify.spelling import (
    has_ideographs,
    places,
    plain,
    transliterated,
    uids_in,
    unmixed,
    words,
)
from groundglass.deidentify.verify.spelling import tight as tightened

BYTES_AT_LEAST = 8
"""Shorter patterns stand in pixels by chance: 8 bytes do so once in 10^19 random ones."""
HIGH_BYTES_AT_LEAST = 6
"""The same for patterns of bytes above 127, which 12-bit pixels never hold in both bytes of a value."""
NOISE_AT_LEAST = 5
"""Letters or figures of an identifier that is searched for in bytes read as text by guess."""
REVERSED_AT_LEAST = 6
"""Letters or figures of an identifier that is searched for backwards; shorter words are other words backwards."""
UNBOUNDED_AT_LEAST = 9
"""From that length a run of letters counts within a longer one too."""
GLUED_AT_LEAST = 7
"""The same for a word of a name; also backwards, over two values of an element, and among bytes as they are."""
_ENDING_AT_MOST = 3
"""Letters of a Cyrillic ending that may follow a stem ("ской" has its first letter in the stem)."""
_SHORT = 4
"""Up to that length letters count only as a word of their own, not beside figures: pseudonyms are made of both."""
_BETWEEN = re.compile(r"[\s\-./_(),:#^=+*'\"|~]{0,3}")
_DEPTH = 2
"""Wrappings within wrappings that are opened (base64 of percent-encoded text)."""
_TWICE_AT_MOST = 1 << 14
"""Characters of a text in which wrappings within wrappings are opened."""
_CACHED_AT_MOST = 200_000


@dataclass(frozen=True, slots=True)
class Hit:
    """A known identifier in a text.

    Attributes
    ----------
    needle : Needle
        What was found.
    how : str
        How it was written, where not plainly.
    """

    needle: Needle
    how: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a value holds.

    Attributes
    ----------
    hits : tuple of Hit
        Identifiers.
    uids : tuple of str
        UIDs of the source.
    dates : tuple of tuple of str
        What may be a date of the source, each with its readings.
    """

    hits: tuple[Hit, ...] = ()
    uids: tuple[str, ...] = ()
    dates: tuple[tuple[str, ...], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.hits or self.uids or self.dates)


@dataclass(slots=True)
class _Found:
    hits: dict[str, Hit] = field(default_factory=dict)
    uids: set[str] = field(default_factory=set)
    dates: set[tuple[str, ...]] = field(default_factory=set)

    def seen(self) -> Seen:
        return Seen(tuple(self.hits[k] for k in sorted(self.hits)), tuple(sorted(self.uids)), tuple(sorted(self.dates)))


class Search:
    """What is known, made ready for many texts.

    Parameters
    ----------
    known : Known
        Settled.
    """

    def __init__(self, known: Known) -> None:
        self._known = known
        self._needles = [known.needles[form] for form in sorted(known.needles)]
        self._texts = (
            AhoCorasick([n.text for n in self._needles], implementation=Implementation.ContiguousNFA)
            if self._needles
            else None
        )
        self._days = {d for of in known.patients.values() for d in of.dates | of.births} | known.planted_dates
        self._patterns: list[bytes] = []
        self._meant: list[tuple[Needle | None, str]] = []
        self._make_patterns()
        self._bytes = (
            BytesAhoCorasick(self._patterns, implementation=Implementation.ContiguousNFA) if self._patterns else None
        )
        self._cache: dict[tuple[bytes, str], Seen] = {}

    def _make_patterns(self) -> None:
        patterns: dict[bytes, tuple[Needle | None, str]] = {}
        for value in sorted(self._known.raw):
            needle = self._known.raw[value]
            spellings = {value, value.upper(), value.lower(), value.title()}
            if needle.kind in ("name", "planted"):
                for letters in [transliterated(word) for word in words(value)]:
                    spellings |= {word for word in letters if len(word) >= BYTES_AT_LEAST}
                components = [part for part in re.split(r"[\^=\s,]+", value) if part]
                spellings |= {"^".join(components), " ".join(reversed(components)), "".join(components)}
            for spelling in sorted(spellings):
                for codec in ("ascii",) if spelling.isascii() else ():
                    self._pattern(patterns, spelling.encode(codec), needle, "")
                for codec in ("utf-16-le", "utf-16-be", "utf-32-le") if spelling.isascii() else NEEDLE_CODECS:
                    try:
                        self._pattern(patterns, spelling.encode(codec), needle, codec)
                    except UnicodeEncodeError:
                        continue
        for needle in self._needles:
            if _glues(needle) and not needle.stem:
                for codec in ("ascii", "utf-16-le", "utf-16-be") if needle.text.isascii() else ("utf-8", "cp1251"):
                    self._word(patterns, needle, codec)
        for uid in sorted(self._known.uids):
            for codec in ("ascii", "utf-16-le"):
                self._pattern(patterns, uid.encode(codec), None, uid)
        self._patterns = sorted(patterns)
        self._meant = [patterns[p] for p in self._patterns]

    @staticmethod
    def _word(patterns: dict[bytes, tuple[Needle | None, str]], needle: Needle, codec: str) -> None:
        """Take up a word of a name, which bytes hold by chance less often than pictures are made."""
        for spelling in (needle.text, needle.text.title(), needle.text.upper()):
            try:
                pattern = spelling.encode(codec).lower()
            except UnicodeEncodeError:
                return
            patterns.setdefault(pattern, (needle, "" if codec == "ascii" else codec))

    @staticmethod
    def _pattern(
        patterns: dict[bytes, tuple[Needle | None, str]], pattern: bytes, needle: Needle | None, how: str
    ) -> None:
        pattern = pattern.lower()  # of ASCII letters only; the haystack is treated the same
        high = sum(1 for byte in pattern if byte > 127)
        needed = HIGH_BYTES_AT_LEAST if high * 2 >= len(pattern) else BYTES_AT_LEAST
        if how.startswith(("utf-16", "utf-32")) and len(needle.text if needle else how) < BYTES_AT_LEAST:
            return  # "1", "0" is what dark pixels of 16 bits look like
        if len(pattern) >= needed and len(set(pattern)) >= 4:
            patterns.setdefault(pattern, (needle, how))

    def in_bytes(self, data: bytes) -> Iterator[tuple[int, Needle | None, str]]:
        """Return known identifiers among bytes: offset, needle (none for a UID) and codec or UID.

        Parameters
        ----------
        data : bytes
            Anything.
        """
        if self._bytes is None:
            return
        lowered = data.lower()
        for number, start, end in self._bytes.find_matches_as_indexes(lowered, overlapping=True):
            needle, how = self._meant[number]
            if needle is None or needle.text.isdigit():
                step = 2 if b"\0" in self._patterns[number] else 1
                before, after = lowered[max(start - step, 0) : start], lowered[end : end + step]
                if before.strip(b"\0")[-1:].isdigit() or after.strip(b"\0")[:1].isdigit():
                    continue
            yield start, needle, how

    def in_value(self, value: bytes, mode: str = "text") -> Seen:
        """Return what a value of bytes holds, in every reading.

        Parameters
        ----------
        value : bytes
            As stored.
        mode : {"text", "number", "noise"}
            A text, a text of numbers, bytes that are read as text only by guess.
        """
        key = (value, mode)
        if len(value) <= 1024 and key in self._cache:
            return self._cache[key]
        found = _Found()
        # what is wrapped is written in ASCII, which this reading shows like all others
        first = value.replace(b"\0", b" ").decode("latin-1")
        self._look(first, mode, "", found, 0)
        for text in dict.fromkeys(texts_of(value)):
            if text != first:
                self._look(text, mode, "", found, _DEPTH)
        seen = found.seen()
        if len(value) <= 1024:
            if len(self._cache) > _CACHED_AT_MOST:
                self._cache.clear()
            self._cache[key] = seen
        return seen

    def in_texts(self, texts: Iterable[str], mode: str = "text") -> Seen:
        """Return what texts hold.

        Parameters
        ----------
        texts : iterable of str
            Decoded already.
        mode : {"text", "number", "noise", "name"}
            As in :meth:`in_value`; "name" is the name of a file.
        """
        found = _Found()
        for text in texts:
            self._look(text, mode, "", found, 0)
        return found.seen()

    def _look(self, text: str, mode: str, how: str, found: _Found, depth: int) -> None:
        for meaning in readings(text) if depth == 0 or len(text) <= _TWICE_AT_MOST else ():
            if any(day in self._days for day in meaning):
                found.dates.add(meaning)
        if self._known.uids:
            found.uids.update(uid for uid in uids_in(text) if uid in self._known.uids)
        if mode in ("number", "uid"):
            self._numbers(text, mode, found)
            return
        if self._texts is not None:
            self._letters(text, mode, how, found)
            for other in unmixed(plain(text)) if mode != "noise" else ():
                self._letters(other, mode, "letters that look alike", found)
        if depth < _DEPTH and len(text) >= 8:
            deeper = depth + 1 if len(text) <= _TWICE_AT_MOST and mode != "noise" else _DEPTH
            for inner in unwrapped(text):
                if inner != text:
                    self._look(inner, "noise" if mode == "noise" else "text", "wrapped", found, deeper)

    def _numbers(self, text: str, mode: str, found: _Found) -> None:
        """Look for whole numbers among the values of a numeric attribute."""
        for part in re.split(r"[\\\s]+" if mode == "number" else r"[\\.\s]+", text):
            figures = part.strip(" \0+").removesuffix(".0")
            needle = self._known.needles.get(figures.lstrip("0") or figures) or self._known.needles.get(figures)
            if needle and figures.isdigit() and len(needle.text) >= 6:
                found.hits.setdefault(needle.text, Hit(needle))

    def _letters(self, text: str, mode: str, how: str, found: _Found) -> None:
        smooth = plain(text)
        tight = tightened(smooth)
        if len(tight) < 2 or self._texts is None:
            return
        where: list[int] | None = None
        for number, start, end in self._texts.find_matches_as_indexes(tight, overlapping=True):
            needle = self._needles[number]
            if needle.text in found.hits or not _long_enough(needle, mode):
                continue
            if where is None:
                where = places(smooth)
            if _stands_alone(needle, smooth, where, start, end, tight):
                found.hits[needle.text] = Hit(needle, how)
        backwards = tight[::-1]
        if len(tight) >= REVERSED_AT_LEAST:
            for number, start, end in self._texts.find_matches_as_indexes(backwards, overlapping=True):
                needle = self._needles[number]
                if (
                    len(needle.text) < REVERSED_AT_LEAST
                    or needle.text in found.hits
                    or not (needle.whole or _glues(needle))
                ):
                    continue
                if needle.kind in ("text", "comment", "private", "file") or needle.text == needle.text[::-1]:
                    continue
                if where is None:
                    where = places(smooth)
                first, last = len(tight) - end, len(tight) - start
                if _stands_alone(needle, smooth, where, first, last, tight):
                    found.hits[needle.text] = Hit(needle, "backwards")


def _long_enough(needle: Needle, mode: str) -> bool:
    if needle.kind == "file" and mode != "name" and needle.text.isalpha():
        return False  # a folder called "chest" says nothing of the word in a text
    if mode != "noise":
        return True
    if has_ideographs(needle.text):
        return len(needle.text) >= 3
    return len(needle.text) >= NOISE_AT_LEAST and (needle.whole or len(needle.text) > NOISE_AT_LEAST)


def _glues(needle: Needle) -> bool:
    """Return whether a needle is a word of a name long enough to count within other words."""
    return needle.kind == "name" and needle.text.isalpha() and len(needle.text) >= GLUED_AT_LEAST


def _stands_alone(needle: Needle, text: str, where: list[int], start: int, end: int, tight: str) -> bool:
    """Return whether a match is no part of another word or number, and not gathered from several."""
    first, last = where[start], where[end - 1]
    before = text[first - 1] if first else " "
    after = text[last + 1] if last + 1 < len(text) else " "
    form = needle.text
    span = text[first : last + 1]
    if form.isdigit():
        if before.isdigit() or after.isdigit():
            return False
        if len(form) <= 5:  # a short number only where it is the whole value, or a word of its own
            alone = span == form and not before.isalpha() and not after.isalpha()
            decimal = before in ".," or (after in ".," and text[last + 2 : last + 3].isdigit())
            return alone and not decimal and (len(form) == 5 or len(tight) == len(form))
        if "\\" in span or "\n" in span:
            return False
        decimal = len(form) < 8 and (before == "." and text[first - 2 : first - 1].isdigit())
        return not decimal and _tight_enough(span, len(form))
    if has_ideographs(form):
        return _tight_enough(span, len(form))
    if len(form) <= _SHORT and (before.isalnum() or after.isalnum()):
        return False
    apart = "\\" in span or "\n" in span
    if needle.stem:
        rest = re.match(r"[^\W\d_]*", text[last + 1 :])
        ending = rest[0] if rest else ""
        word = form + ending
        return span == form and not before.isalpha() and len(ending) <= _ENDING_AT_MOST and word not in vocabulary()
    if not _glues(needle) or has_ideographs(form) or apart or len(span) > len(form):
        bounded = len(form) < UNBOUNDED_AT_LEAST or not needle.whole
    else:  # within a longer word, unless that is one of its own
        around = re.search(r"[^\W\d_]*$", text[:first]), re.match(r"[^\W\d_]*", text[last + 1 :])
        bounded = "".join((around[0][0] if around[0] else "", form, around[1][0] if around[1] else "")) in vocabulary()
    if bounded:
        if before.isalpha() and form[0].isalpha() and not has_ideographs(before):
            return False
        if after.isalpha() and form[-1].isalpha() and not has_ideographs(after):
            return False
    if (before.isdigit() and form[0].isdigit()) or (after.isdigit() and form[-1].isdigit()):
        return False
    if "\\" in span and needle.kind not in ("text", "comment", "private") and not _glues(needle):
        return False
    if needle.kind in ("text", "comment", "private", "file", "institution", "address"):
        return True
    return _tight_enough(span, len(form)) or all(len(gap) <= 3 for gap in re.findall(r"[\W_]+", span))


def _tight_enough(span: str, size: int) -> bool:
    """Return whether what stands between the characters is what people put there."""
    return len(span) == size or all(_BETWEEN.fullmatch(gap) for gap in re.findall(r"[\W_]+", span))
