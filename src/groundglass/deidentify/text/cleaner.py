"""Text of one patient's objects, with everything taken out that could say who he is (PS3.15 E.3.5, E.3.7)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from groundglass.deidentify.actions import TextRule
from groundglass.deidentify.table.known_codes import is_known_code, is_known_scheme
from groundglass.deidentify.text.contacts import FEWEST_RUN_FIGURES, Span, telling_spans
from groundglass.deidentify.text.folding import plain, squeezed
from groundglass.deidentify.text.identifiers import MOST_CACHED, Identifiers
from groundglass.deidentify.text.judging import CHUNK, HAN, Judge, han_kept, han_runs, technical_judge, words_judge
from groundglass.deidentify.text.meanings import is_known_meaning
from groundglass.deidentify.text.tables import rows
from groundglass.deidentify.text.titles import named_spans
from groundglass.deidentify.text.vocabulary import protocol_words, technical_words
from groundglass.deidentify.text.written_dates import written_dates

_INITIALS_AFTER: Final = re.compile(r"[\s,^]*(?:[A-ZА-ЯЁ]\.?(?![^\W_])[\s.]*){1,2}")
_INITIALS_BEFORE: Final = re.compile(r"(?:(?<![^\W_])[A-ZА-ЯЁ]\.\s?){1,2}$")
_SURNAME_INITIALS: Final = re.compile(
    r"(?<![^\W_])([A-ZА-ЯЁ][^\W\d_]+(?:-[A-ZА-ЯЁ][^\W\d_]+)?),?\s+[A-ZА-ЯЁ]\.\s?(?:[A-ZА-ЯЁ]\.)?(?![^\W_])"
    r"|(?<![^\W_])[A-ZА-ЯЁ]\.\s?(?:[A-ZА-ЯЁ]\.\s?)?([A-ZА-ЯЁ][^\W\d_]+)"
)
_CARETS: Final = re.compile(r"[^\W\d_][^\s^=]*\^[^\s=]*|[^\s^]*\^[^\W\d_][^\s=]*")
_PATRONYMIC: Final = re.compile(
    r"(?:[А-ЯЁ][^\W\d_]+\s+){0,2}[А-ЯЁа-яё][^\W\d_]{2,}(?:вич(?:а|у|ем|е)?|вн[аыуе]|вной|ичн[аыуе]|ичной|ович|евич)(?![^\W_])(?:\s+[А-ЯЁ][^\W\d_]+)?",
    re.I,
)
_DEFINED: Final = re.compile(r"[A-Za-z0-9_ +\-./#*]{1,16}")
_TELLING: Final = frozenset({"address", "institution", "phone", "id"})
_TIES: Final = frozenset({"-", "_", "/", "#", ":", "№", ".", "–"})
_FEWEST_JOINED_FIGURES: Final = 3
"""Figures tied to a removed word that go with it; two figures are rather a slice thickness."""
_PRODUCT: Final = re.compile(r"/([A-Za-z]+)(?:\.git)?$")
_LINE_END: Final = re.compile(r"[ \t]*\n[ \t]*")
_BLANKS: Final = re.compile(r"[ \t]{2,}")
_OPENING: Final = "([{<"
_CLOSING: Final = {")": "(", "]": "[", "}": "{", ">": "<"}


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A text that may leave.

    Attributes
    ----------
    text : str
        What stays; the very text that came in where nothing had to go.
    removed : tuple of str
        Why something went, never what: ``identifier``, ``date``, ``phone``, ``email``, ``url``, ``network``, ``path``,
        ``address``, ``institution``, ``name``, ``age``, ``id``, ``number``, ``initial``, ``unknown-word``, ``form``,
        ``unseen``.
    """

    text: str
    removed: tuple[str, ...]


_CODE_VALUES: Final = frozenset({"CodeValue", "LongCodeValue", "ExtendedCodeValue"})
"""Attributes whose value stays if a public coding scheme has it (PS3.3 8.1)."""


@cache
def _attributes() -> dict[str, str]:
    """Return code strings with rules of their own: keyword to ``open``, ``structure``, ``version``."""
    return {row["keyword"]: row["rule"] for row in rows("code_strings.csv")}


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """Return the terms that the standard defines for attributes whose values are no words of any language."""
    return {row["keyword"]: re.compile(row["pattern"]) for row in rows("code_strings.csv") if row["pattern"]}


class Cleaner:
    """Cleans the texts of one patient's objects.

    Parameters
    ----------
    identifiers : Identifiers
        What is known of him.
    words : frozenset of str
        Further words that may stay in free text.
    """

    def __init__(self, identifiers: Identifiers, *, words: frozenset[str] = frozenset()) -> None:
        self.identifiers = identifiers
        self._extra = frozenset(word.casefold() for word in words)
        self._known: dict[tuple[str, str, str, str], Cleaned] = {}

    def __reduce__(self) -> tuple[object, ...]:
        """Leave the cache behind."""
        return _again, (self.identifiers, self._extra)

    def clean(self, text: str, rule: TextRule, *, keyword: str = "", vr: str = "") -> Cleaned:
        """Return what may stay of one value.

        Parameters
        ----------
        text : str
            One decoded value of an element.
        rule : TextRule
            How it is cleaned; see :data:`groundglass.deidentify.actions.TextRule`.
        keyword : str
            Of the attribute.
        vr : str
            Its value representation.
        """
        key = (text, rule, keyword, vr)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= MOST_CACHED:
                self._known.clear()
            known = self._known[key] = self._clean(text, rule, keyword, vr)
        return known

    def _clean(self, text: str, rule: TextRule, keyword: str, vr: str) -> Cleaned:
        if not text.strip(" \0"):
            return Cleaned(text, ())
        if vr == "PN":
            # no word is sure to be none of a name
            return Cleaned("", ("name",))
        seen = plain(text.strip("\0"))
        if rule == "defined":
            return self._defined(text, seen, keyword)
        if rule == "meaning":
            cleaned = self._by_words(text, seen, words_judge(self._extra), spans=self._spans(seen))
            if cleaned.removed and is_known_meaning(seen):
                # a patient called like it does not make a public term his; it must not be empty (PS3.3 8.3)
                return _as_seen(text, seen)
            return cleaned
        if rule == "plain":
            return self._plain(text, seen)
        if rule == "technical":
            return self._by_words(text, seen, technical_judge(self._extra), spans=self._spans(seen, versions=True))
        return self._by_words(text, seen, words_judge(self._extra), spans=self._spans(seen, weak=True))

    def _spans(self, seen: str, *, weak: bool = False, versions: bool = False) -> list[Span]:
        spans = [
            Span(*_whole_words(seen, start, end), "identifier")
            for start, end in self.identifiers.places(seen, weak=weak)
        ]
        for date in written_dates(seen):
            if versions and _looks_like_version(seen[date.start : date.end]):
                continue
            spans.append(Span(date.start, date.end, "date"))
        spans.extend(
            _product_spared(seen, span) if versions else span for span in telling_spans(seen, versions=versions)
        )
        spans.extend(named_spans(seen, technical=versions))
        return spans

    def _defined(self, text: str, seen: str, keyword: str) -> Cleaned:
        """Keep a term or nothing: half a term is none."""
        bare = seen.strip()
        rule = _attributes().get(keyword, "closed")
        if not bare:
            return Cleaned("", ("unseen",))
        if self.identifiers.holds(bare):
            return Cleaned("", ("identifier",))
        if (keyword in _CODE_VALUES and is_known_code(bare)) or (
            keyword == "CodingSchemeDesignator" and is_known_scheme(bare)
        ):
            return _as_seen(text, seen)
        if rule == "structure":
            return _as_seen(text, seen) if _patterns()[keyword].fullmatch(bare.upper()) else Cleaned("", ("form",))
        if any(True for _ in written_dates(bare)):
            return Cleaned("", ("date",))
        if sum(map(str.isdigit, bare)) >= FEWEST_RUN_FIGURES and not bare.startswith("ISO"):
            return Cleaned("", ("number",))
        telling = next(telling_spans(bare, versions=True), None)
        if telling:
            return Cleaned("", (telling.reason,))
        judge = (technical_judge if rule == "version" else words_judge)(self._extra)
        spans = self.identifiers.places(seen, weak=True) if rule == "open" else []
        if spans:
            return Cleaned("", ("identifier",))
        chunks = [each for part in CHUNK.findall(bare) for each in ([part] if not HAN.search(part) else [])]
        if not _DEFINED.fullmatch(bare) and not (rule == "open" and chunks):
            return Cleaned("", ("form",))
        if not all(judge(chunk) or _is_term(chunk) for chunk in chunks) or HAN.search(bare):
            return Cleaned("", ("unknown-word",))
        return _as_seen(text, seen)

    def _plain(self, text: str, seen: str) -> Cleaned:
        spans = self._spans(seen)
        known = protocol_words()
        for match in _SURNAME_INITIALS.finditer(seen):
            word = match[1] or match[2]
            if word.casefold() not in known:
                spans.append(Span(match.start(), match.end(), "name"))
        for match in _CARETS.finditer(seen):
            if not all(each.casefold() in known or each.isdigit() for each in CHUNK.findall(match[0])):
                spans.append(Span(match.start(), match.end(), "name"))
        spans.extend(Span(match.start(), match.end(), "name") for match in _PATRONYMIC.finditer(seen))
        if not spans:
            return _as_seen(text, seen)
        spans = [_with_initials(seen, span) for span in spans]
        kept, place = [], 0
        reasons = dict.fromkeys(span.reason for span in sorted(spans))
        for start, end, _ in sorted(spans):
            if start > place:
                kept.append(seen[place:start])
            place = max(place, end)
        kept.append(seen[place:])
        return Cleaned(_tidy(" ".join(kept)), tuple(reasons))

    def _by_words(self, text: str, seen: str, judge: Judge, *, spans: list[Span]) -> Cleaned:
        chunks = self._chunks(seen)
        reasons: list[str] = []
        for start, end in chunks:
            hit = next((span.reason for span in spans if span.start < end and start < span.end), "")
            if not hit and not self._stays(seen, start, end, judge):
                chunk = seen[start:end]
                hit = "number" if chunk.isdecimal() else "unknown-word"
            reasons.append(hit)
        for place in (*range(len(chunks)), *range(len(chunks) - 1, -1, -1)):
            if reasons[place]:
                continue
            start, end = chunks[place]
            beside = [reasons[other] for other in (place - 1, place + 1) if 0 <= other < len(chunks)]
            chunk = seen[start:end]
            if len(chunk) == 1 and chunk.isalpha() and any(each not in ("", "number") for each in beside):
                reasons[place] = "initial"
            elif chunk.isdecimal() and (
                not _TELLING.isdisjoint(beside)
                or (len(chunk) >= _FEWEST_JOINED_FIGURES and _joined_to_removed(seen, chunks, reasons, place))
            ):
                reasons[place] = "number"
        if not any(reasons):
            return _as_seen(text, seen)
        return Cleaned(_rebuilt(seen, chunks, reasons), tuple(dict.fromkeys(filter(None, reasons))))

    def _chunks(self, seen: str) -> list[tuple[int, int]]:
        """Return the places of words; runs of Han characters are cut into what stays and what goes."""
        if not HAN.search(seen):
            return [match.span() for match in CHUNK.finditer(seen)]
        found: list[tuple[int, int]] = []
        runs = han_runs(seen)
        place = 0
        for start, end in [*runs, (len(seen), len(seen))]:
            found.extend(match.span() for match in CHUNK.finditer(seen, place, start))
            cursor = start
            for first, last in han_kept(seen[start:end], self._extra):
                if start + first > cursor:
                    found.append((cursor, start + first))
                found.append((start + first, start + last))
                cursor = start + last
            if cursor < end:
                found.append((cursor, end))
            place = end
        return found

    def _stays(self, seen: str, start: int, end: int, judge: Judge) -> bool:
        chunk = seen[start:end]
        if HAN.match(chunk):
            return han_kept(chunk, self._extra) == [(0, len(chunk))]
        return judge(chunk)


def _again(identifiers: Identifiers, words: frozenset[str]) -> Cleaner:
    return Cleaner(identifiers, words=words)


def _as_seen(text: str, seen: str) -> Cleaned:
    """Return a text that may stay: untouched, unless it held what no reader sees."""
    if seen == text.strip("\0") or seen == text.replace("\r\n", "\n\n").replace("\r", "\n").replace("\t", " ").replace(
        "\f", "\n"
    ):
        return Cleaned(text, ())
    if squeezed(seen) == squeezed(text) and seen.isprintable() and "\x1b" not in text:
        return Cleaned(seen, ("unseen",)) if len(seen) != len(text) else Cleaned(seen, ())
    return Cleaned(seen, ("unseen",))


def _is_term(chunk: str) -> bool:
    """Say whether a part of a code string is a short number."""
    return chunk.isdecimal() and len(chunk) <= 5


def _product_spared(seen: str, span: Span) -> Span:
    """Cut a web address before the known product it ends with: the name of a program by its repository."""
    if span.reason not in ("url", "path"):
        return span
    name = _PRODUCT.search(seen, span.start, span.end)
    if name is None or name[1].casefold() not in technical_words("maker"):
        return span
    return Span(span.start, name.start(1), span.reason)


def _looks_like_version(text: str) -> bool:
    """Say whether a date with dots is as likely a version: 3.12.18."""
    return re.fullmatch(r"\d{1,2}\.\d{1,2}\.\d{2}", text) is not None


def _whole_words(seen: str, start: int, end: int) -> tuple[int, int]:
    """Widen a place to the words it lies in; Han characters have no words."""
    while start > 0 and _glued(seen[start - 1]) and _glued(seen[start]):
        start -= 1
    while end < len(seen) and _glued(seen[end]) and _glued(seen[end - 1]):
        end += 1
    return start, end


def _glued(each: str) -> bool:
    return each.isalnum() and not HAN.match(each)


def _with_initials(seen: str, span: Span) -> Span:
    if span.reason not in ("identifier", "name"):
        return span
    after = _INITIALS_AFTER.match(seen, span.end)
    before = _INITIALS_BEFORE.search(seen, 0, span.start)
    return Span(before.start() if before else span.start, after.end() if after else span.end, span.reason)


def _rebuilt(seen: str, chunks: list[tuple[int, int]], reasons: list[str]) -> str:
    """Put together what stays: separators between neighbours as they were, one blank where something went."""
    parts: list[str] = []
    last = -1
    for place, (start, end) in enumerate(chunks):
        if reasons[place]:
            continue
        before = seen[chunks[place - 1][1] if place else 0 : start]
        if last == place - 1:
            parts.append(before)
        else:
            whole = seen[chunks[last][1] if last >= 0 else 0 : start]
            parts.append("\n" if "\n" in whole else " ")
            if before[-1:] in ("(", "["):
                parts.append(before[-1])
        parts.append(seen[start:end])
        last = place
    if last == len(chunks) - 1:
        parts.append(seen[chunks[-1][1] :])
    elif last >= 0:
        after = seen[chunks[last][1] : chunks[last + 1][0]]
        parts.append("".join(each for each in after[:1] if each in ")]%+"))
    return _tidy("".join(parts))


def _joined_to_removed(seen: str, chunks: list[tuple[int, int]], reasons: list[str], place: int) -> bool:
    """Say whether a hyphen or the like ties a number to a word that goes: the rest of ``QX-0417``."""
    for other in (place - 1, place + 1):
        if 0 <= other < len(chunks) and reasons[other] not in ("", "number"):
            first = min(place, other)
            if seen[chunks[first][1] : chunks[first + 1][0]] in _TIES:
                return True
    return False


def _tidy(text: str) -> str:
    """Collapse blanks, drop brackets that lost their other half, and separators at the ends."""
    opened: list[int] = []
    drop: set[int] = set()
    for place, each in enumerate(text):
        if each in "([":
            opened.append(place)
        elif each in ")]":
            if opened and text[opened[-1]] == _CLOSING[each]:
                start = opened.pop()
                if not any(map(str.isalnum, text[start:place])):
                    drop.update(range(start, place + 1))
            else:
                drop.add(place)
    drop.update(opened)
    text = "".join(each for place, each in enumerate(text) if place not in drop)
    text = _LINE_END.sub("\n", _BLANKS.sub(" ", text))
    text = re.sub(r"\n{2,}", "\n", text)
    return text.strip(" \n\t,;:^=_/|-")
