"""Names that ordinary words can be: behind titles and labels, in the form of a header, and towns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from groundglass.deidentify.text.contacts import Span
from groundglass.deidentify.text.tables import rows

MOST_WORDS: Final = 3
"""Words of a name behind a title; given name, middle name, surname."""
_GAP: Final = re.compile(r"[ \t_^]*[-^]?[ \t_^]*")
_AFTER_CUE: Final = re.compile(r"[ \t]*[.:]{0,2}[ \t_^]*")
_AFTER_LABEL: Final = re.compile(r"[ \t]*[:=][ \t_^]*")
_TOKEN: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*(?![^\W_])\.?")
_HEADER_FORM: Final = re.compile(r"(?<![^\W_])([^\W\d_]+)\^([^\W\d_]+)(?![^\W_])")
_OTHER_PICTURES: Final = re.compile(r"(?:^|[^\W_])(?:CR|DX|MG|RF|XA)[\s/,\\]{1,3}$")
_FOR: Final = re.compile(
    r"(?<![^\W_])(?:for|by|re|für|von|pour|par|para|от|для)[ \t]+([^\W\d_]+)(?=\s*(?:$|[.,;)\n]))",
    re.I,
)
_IN: Final = re.compile(r"(?<![^\W_])(?:in|at|from|near|aus|bei|à|en|из|в)[ \t]+([^\W\d_]+)(?![^\W_])", re.I)


@cache
def _table() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for row in rows("titles.csv"):
        found.setdefault(row["kind"], set()).update(row["words"].split("|"))
    return {kind: frozenset(words) for kind, words in found.items()}


_CASED: Final = ("title", "capital", "modality")
_LABELS: Final = ("label", "label-first")


@cache
def _cues() -> re.Pattern[str]:
    """Return one pattern for all cues; the group is the kind."""
    groups = []
    for kind in (*_CASED, *_LABELS, "by", "role"):
        words = sorted(_table()[kind], key=len, reverse=True)
        either = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in words)
        either = f"(?:{either})" if kind in _CASED else f"(?i:{either})"
        behind = r"(?=[ \t]*[:=])" if kind in _LABELS else ""
        groups.append(f"(?P<{kind.replace('-', '_')}>{either}(?![^\\W_]){behind})")
    return re.compile(r"(?<![^\W_])(?:" + "|".join(groups) + ")")


def named_spans(text: str, *, technical: bool = False) -> Iterator[Span]:
    """Yield what stands where a name stands, whatever the vocabulary says of it.

    Parameters
    ----------
    text : str
        A seen text.
    technical : bool
        The text names a product: only titles count.
    """
    for match in _cues().finditer(text):
        kind = (match.lastgroup or "").replace("_", "-")
        if technical and kind not in ("title", "capital"):
            continue
        if kind == "modality" and _OTHER_PICTURES.search(text, 0, match.start()):
            continue
        if kind == "label-first" and re.search(r"[^\W\d_][ \t]$", text[: match.start()]):
            continue
        gap = (_AFTER_LABEL if kind in _LABELS else _AFTER_CUE).match(text, match.end())
        first = gap.end() if gap else match.end()
        last = _name_end(text, first, kind)
        if last > first:
            yield Span(match.start() if kind in _CASED else first, last, "name")
    if technical:
        return
    if "^" in text:
        for match in _HEADER_FORM.finditer(text):
            if match[1].casefold() in _table()["surname"]:
                yield Span(match.start(), match.end(), "name")
    for pattern, kind, reason in ((_FOR, "surname", "name"), (_IN, "place", "address")):
        for match in pattern.finditer(text):
            word = match[1]
            if word.istitle() and word.casefold() in _table()[kind]:
                yield Span(match.start(1), match.end(1), reason)


def _name_end(text: str, first: int, kind: str) -> int:
    """Return where the name that begins here ends; its beginning where there is none."""
    table = _table()
    place, end, words = first, first, 0
    while words < MOST_WORDS and (token := _TOKEN.match(text, place)):
        word = token[0].rstrip(".")
        low = word.casefold()
        title = token[0] in table["title"] or word in table["title"] or token[0] in table["capital"]
        if title or (low in table["particle"] and not word.isupper()):
            place = _GAP.match(text, token.end()).end()  # type: ignore[union-attr]  # it matches nothing too
            continue
        free = words == 0 and kind in ("title", *_LABELS)
        if not (word[0].isupper() or free) or not _is_letters(word):
            break
        if low in table["stop"] and (words > 0 or kind in ("modality", "role", *_LABELS)):
            break
        words += 1
        end = token.end() if len(word) == 1 or token.end() - place == len(word) else token.end() - 1
        if token[0].endswith(".") and len(word) > 1:
            break
        place = _GAP.match(text, token.end()).end()  # type: ignore[union-attr]  # as above
    return end


def _is_letters(word: str) -> bool:
    """Say whether a word is of a script with capitals."""
    return word[0].lower() != word[0].upper()
