"""Bytes to text in every way that somebody may have written them (PS3.3 C.12.1.1.2, PS3.5 chapter 6)."""

from __future__ import annotations

import base64
import binascii
import html
import quopri
import re
import urllib.parse
from collections.abc import Iterator

DECLARED: dict[str, str] = {
    "": "latin-1",
    "ISO_IR 6": "latin-1",
    "ISO_IR 100": "latin-1",
    "ISO_IR 101": "iso8859-2",
    "ISO_IR 109": "iso8859-3",
    "ISO_IR 110": "iso8859-4",
    "ISO_IR 144": "iso8859-5",
    "ISO_IR 127": "iso8859-6",
    "ISO_IR 126": "iso8859-7",
    "ISO_IR 138": "iso8859-8",
    "ISO_IR 148": "iso8859-9",
    "ISO_IR 203": "iso8859-15",
    "ISO_IR 13": "shift_jis",
    "ISO_IR 166": "iso8859-11",
    "ISO_IR 192": "utf-8",
    "GB18030": "gb18030",
    "GBK": "gbk",
}
"""Codec of each single-byte or single character set (PS3.3 tables C.12-2 and C.12-5)."""

_BY_ESCAPE: tuple[tuple[bytes, str], ...] = (
    (b"\x1b$B", "iso2022_jp_2"),
    (b"\x1b$@", "iso2022_jp_2"),
    (b"\x1b$(D", "iso2022_jp_2"),
    (b"\x1b$)C", "euc_kr"),
    (b"\x1b$)A", "gb2312"),
    (b"\x1b-L", "iso8859-5"),
    (b"\x1b-A", "latin-1"),
    (b"\x1b-B", "iso8859-2"),
    (b"\x1b-C", "iso8859-3"),
    (b"\x1b-D", "iso8859-4"),
    (b"\x1b-F", "iso8859-7"),
    (b"\x1b-G", "iso8859-6"),
    (b"\x1b-H", "iso8859-8"),
    (b"\x1b-M", "iso8859-9"),
    (b"\x1b-T", "iso8859-11"),
    (b"\x1b)I", "shift_jis"),
)
"""Codec after an escape sequence (PS3.3 tables C.12-3 and C.12-4)."""

GUESSES: tuple[str, ...] = (
    "utf-8",
    "cp1251",
    "koi8-r",
    "iso8859-5",
    "cp866",
    "mac_cyrillic",
    "latin-1",
    "iso8859-2",
    "iso8859-9",
    "gb18030",
    "big5",
    "shift_jis",
    "euc_jp",
    "euc_kr",
)
"""Tried on every value with bytes above 127, whatever its character set says."""

NEEDLE_CODECS: tuple[str, ...] = (*GUESSES, "utf-16-le", "utf-16-be", "utf-32-le", "iso2022_jp_2", "gb2312", "utf-7")
"""In these a known identifier is searched for among raw bytes."""

_ESCAPE = re.compile(rb"\x1b[\x20-\x2f]*[\x30-\x7e]")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}[ :,-]?){4,}")
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_QUOTED = re.compile(r"=[0-9A-F]{2}")
_ENTITY = re.compile(r"&(#\d+|#x[0-9a-fA-F]+|[a-zA-Z]+);")
_BACKSLASH = re.compile(r"\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}")
_DECODED_AT_MOST = 1 << 20
"""Characters within which wrapped text (base64, hexadecimal) is searched for in one value; longer ones are cut."""


def declared_text(value: bytes, charset: str) -> str:
    """Return a value in the character set that the file names, else in the likeliest one.

    Parameters
    ----------
    value : bytes
        As stored.
    charset : str
        SpecificCharacterSet, with backslashes.
    """
    value = value.rstrip(b"\0 ")
    if value.isascii() and b"\x1b" not in value:
        return value.decode("ascii").strip(" \0")
    names = [name.strip().replace("ISO 2022 IR", "ISO_IR") for name in charset.split("\\")]
    if b"\x1b" in value:
        return _escaped(value, DECLARED.get(names[0], "latin-1"))
    try:
        utf8 = value.decode("utf-8")
    except UnicodeDecodeError:
        utf8 = ""
    codec = next((DECLARED[n] for n in names if DECLARED.get(n, "latin-1") != "latin-1"), "")
    if utf8 and not codec:
        return utf8.strip(" \0")
    if not codec:
        codec = "latin-1" if "ISO_IR 100" in names else "cp1251"
    return value.decode(codec, "replace").strip(" \0")


def _escaped(value: bytes, first: str) -> str:
    """Return ISO 2022 text: each run in the code that the escape before it names."""
    parts, codec, at = [], first, 0
    marks = list(_ESCAPE.finditer(value))
    for number, mark in enumerate(marks):
        parts.append(value[at : mark.start()].decode(codec, "replace"))
        codec = next((c for escape, c in _BY_ESCAPE if escape == mark[0]), first)
        end = marks[number + 1].start() if number + 1 < len(marks) else len(value)
        run = value[mark.end() : end]
        if codec == "iso2022_jp_2":
            parts.append((mark[0] + run).decode(codec, "replace"))
        else:
            # a component delimiter or line end calls the first code back (PS3.5 6.1.2.5.3)
            parts.append(run.decode(codec, "replace"))
        at = end
    parts.append(value[at:].decode(codec, "replace"))
    return "".join(parts).strip(" \0")


def texts_of(value: bytes) -> Iterator[str]:
    """Return a value in each reading that it may have.

    Parameters
    ----------
    value : bytes
        Any bytes.
    """
    if value.isascii() and b"\x1b" not in value and b"\0" not in value.rstrip(b"\0"):
        yield value.decode("ascii")
        return
    plain = value
    if b"\x1b" in value:
        yield _escaped(value, "latin-1")
        plain = _ESCAPE.sub(b"", value)
    if b"\0" in value:
        for codec in ("utf-16-le", "utf-16-be"):
            yield value.decode(codec, "ignore")
            yield value[1:].decode(codec, "ignore")
        plain = plain.replace(b"\0", b" ")
    if plain.isascii():
        yield plain.decode("ascii")
        return
    for codec in GUESSES:
        yield plain.decode(codec, "ignore")
    for codec in ("utf-16-le", "utf-16-be"):
        if b"\0" not in value:  # ideographs have no zero byte
            yield value.decode(codec, "ignore")


def unwrapped(text: str) -> Iterator[str]:
    """Return what is wrapped in a text: base64, hexadecimal, percent, quoted-printable, entities, escapes.

    Parameters
    ----------
    text : str
        Any text.
    """
    text = text[:_DECODED_AT_MOST]
    if "%" in text and _PERCENT.search(text):
        yield from texts_of(urllib.parse.unquote_to_bytes(text))
    if "=" in text and _QUOTED.search(text):
        yield from texts_of(quopri.decodestring(text.encode("utf-8", "replace")))
    if "&" in text and _ENTITY.search(text):
        yield html.unescape(text)
    if "\\" in text and _BACKSLASH.search(text):
        yield _BACKSLASH.sub(lambda m: chr(int(m[0][2:], 16)), text)
    for match in _BASE64.finditer(text):
        word = match[0].rstrip("=")
        if word.isdigit() or len(word) % 4 == 1:
            continue
        try:
            held = base64.b64decode(word.replace("-", "+").replace("_", "/") + "=" * (-len(word) % 4))
        except (binascii.Error, ValueError):
            continue
        yield from _readable(held)
    for match in _HEX.finditer(text):
        try:
            held = bytes.fromhex(re.sub(r"[ :,-]", "", match[0]))
        except ValueError:
            continue
        yield from _readable(held)


def _readable(held: bytes) -> Iterator[str]:
    """Return the readings of decoded bytes, if they are no noise."""
    controls = sum(1 for byte in held if byte < 32 and byte not in (0, 9, 10, 13, 27))
    if controls == 0 and len(held) >= 4:
        yield from texts_of(held)
