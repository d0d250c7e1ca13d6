"""Texts that lie beside the objects of IN: what in them has the form of an identifier is warned of."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from groundglass.deidentify.verify.attributes import vocabulary
from groundglass.deidentify.verify.dates import readings
from groundglass.deidentify.verify.spelling import plain, squeezed

TEXT_AT_MOST_BYTES = 1 << 20
"""Larger texts are tables of many, or logs: of them nothing is taken."""
FORMS_AT_MOST = 2000
"""Forms of one text."""
_FIGURES_AT_LEAST = 7
"""Figures of a number: shorter ones are counts and sizes."""
_MAIL = re.compile(r"[\w.+-]{3,64}@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w.])\+?\d[\d ()\-]{7,18}\d(?![\w.]\d)")
_NUMBER = re.compile(r"(?<![\w.,])\d{7,15}(?![\w.,]\d|\w)")
_PAIR = re.compile(r"\b([A-ZА-ЯЁ][a-zа-яё'-]{2,}),?[ ^_]([A-ZА-ЯЁ][a-zа-яё'-]{2,})\b")
_MARKUP = re.compile(r"<(?:style|script)\b.*?</(?:style|script)>|<[^<>]{0,2000}>", re.S | re.I)


def forms(data: bytes) -> Iterator[tuple[str, str]]:
    """Return what looks like an identifier: as written, and letters and figures alone.

    Parameters
    ----------
    data : bytes
        A text file.
    """
    if len(data) > TEXT_AT_MOST_BYTES:
        return
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1251", "replace")
    if "<" in text:
        text = html.unescape(_MARKUP.sub(" ", text))
    seen: set[str] = set()
    for value, form in _all(text):
        if form not in seen:
            seen.add(form)
            yield value, form
        if len(seen) >= FORMS_AT_MOST:
            return


def _all(text: str) -> Iterator[tuple[str, str]]:
    for match in _MAIL.finditer(text):
        yield match[0], squeezed(match[0])
    for pattern in (_NUMBER, _PHONE):
        for match in pattern.finditer(text):
            figures = re.sub(r"\D", "", match[0])
            if len(figures) >= _FIGURES_AT_LEAST and len(set(figures)) > 2 and not any(readings(match[0])):
                yield match[0], figures
    for match in _PAIR.finditer(text):
        first, second = plain(match[1]), plain(match[2])
        if first not in vocabulary() and second not in vocabulary() and first != second:
            yield match[0], squeezed(first + second)
            yield match[0], squeezed(second + first)
