"""Words of a PDF, as far as they stand in it as text: strings of its pages, by tables of its fonts; and metadata.

References
----------
ISO 32000-1: 7.4 filters, 9.4.3 operators that show text, 9.10.3 ToUnicode tables, 14.3 metadata.
"""

from __future__ import annotations

import base64
import re
import zlib

STREAM_BYTES_AT_MOST = 4 * 1024 * 1024
"""A page of text has some hundred kilobytes; what is larger is a picture."""
STREAMS_AT_MOST = 5000
"""A document of five hundred pages has as many."""
FONTS_AT_MOST = 24
"""Tables of fonts by which strings are tried; ours have four."""
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_STRING = re.compile(
    rb"\((?:[^()\\]|\\.)*\)|<[0-9A-Fa-f\s]*>|(-?\d+(?:\.\d+)?)|(TJ|Tj|'|\"|T\*|Td|TD|Tm|ET)(?![A-Za-z])", re.S
)
_PAGE = re.compile(rb"(?:^|\s)BT\s.*?(?:Tj|TJ|['\"])\s.*?\sET(?:\s|$)", re.S)
_LEAST_PRINTABLE = 0.95
"""Share of letters in a text; codes of letters of a font without table have fewer."""
_NO_PAGE = re.compile(rb"/Subtype\s*/(?:Image|Type1C|CIDFontType0C|OpenType)\b|/Length1\b")
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.S)
_PAIR = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
_RANGE = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
_LIST = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*\[([^\]]*)\]")
_WORD_GAP = -180.0
"""Thousandths of the height of the letters (9.4.3): a blank has 200 and more."""
_RANGE_LONGEST = 65536


def pdf_text(data: bytes) -> str:
    """Return the words of the pages of a PDF.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    str
        A line for each line that is shown; of fonts whose tables are not there, what their bytes are as letters.
    """
    streams = _streams(data)
    fonts = [table for each in streams if b"beginbf" in each and (table := _letters(each))][:FONTS_AT_MOST]
    texts = []
    for page in (each for each in streams if _PAGE.search(each)):
        plain = _shown(page, None)
        if sum(c.isprintable() or c.isspace() for c in plain) >= _LEAST_PRINTABLE * len(plain):
            texts.append(plain)
        texts += [_shown(page, font) for font in fonts]
    metadata = [each.decode("utf-8", "replace") for each in streams if b"<x:xmpmeta" in each]
    texts += [" ".join(re.findall(r">([^<]*[^<\s][^<]*)<", each)) for each in metadata]
    return "\n".join(text for text in texts if text.strip())


def has_pictures(data: bytes) -> bool:
    """Tell whether a PDF holds pictures."""
    return re.search(rb"/Subtype\s*/Image\b", data) is not None


def _streams(data: bytes) -> list[bytes]:
    found: list[bytes] = []
    for match in _STREAM.finditer(data):
        if len(found) >= STREAMS_AT_MOST:
            break
        head = data[max(0, match.start() - 600) : match.start()]
        head = head[head.rfind(b"obj") + 3 :]
        end = data.find(b"endstream", match.end())
        content = data[match.end() : end if end >= 0 else len(data)]
        if _NO_PAGE.search(head):
            continue
        if b"ASCII85Decode" in head or b"/A85" in head:
            content = _from_ascii85(content)
        if b"FlateDecode" in head or b"/Fl " in head:
            try:
                content = zlib.decompressobj().decompress(content, STREAM_BYTES_AT_MOST)
            except zlib.error:
                continue
        found.append(content[:STREAM_BYTES_AT_MOST])
    return found


def _from_ascii85(content: bytes) -> bytes:
    try:
        return base64.a85decode(content.strip().removesuffix(b"~>") + b"~>", adobe=False)
    except ValueError:
        pass
    try:
        return base64.a85decode(content.strip().removeprefix(b"<~").removesuffix(b"~>"))
    except ValueError:
        return b""


def _shown(page: bytes, font: dict[bytes, str] | None) -> str:
    """Return the strings of a page in their order, letters looked up in a font where one is given."""
    parts: list[str] = []
    for match in _STRING.finditer(page):
        number, operator = match[1], match[2]
        if operator in (b"Td", b"TD", b"T*", b"Tm", b"ET", b"'", b'"'):
            parts.append("\n")
        elif number is not None:
            if float(number) < _WORD_GAP and parts and not parts[-1].isspace():
                parts.append(" ")
        elif operator is None:
            raw = _raw(match[0])
            parts.append(_looked_up(raw, font) if font is not None else raw.decode("cp1252", "replace"))
    text = "".join(parts)
    return re.sub(r"[ \t]+", " ", re.sub(r"\s*\n\s*", "\n", text))


def _raw(string: bytes) -> bytes:
    if string[:1] == b"<":
        figures = re.sub(rb"\s", b"", string[1:-1])
        return bytes.fromhex((figures + b"0" * (len(figures) % 2)).decode())
    return _ESCAPE.sub(_unescaped, string[1:-1])


def _unescaped(match: re.Match[bytes]) -> bytes:
    code = match[1]
    return bytes([int(code, 8) & 255]) if code.isdigit() else _ESCAPES.get(code, code)


def _looked_up(raw: bytes, font: dict[bytes, str]) -> str:
    size = max(map(len, font))
    found = [font.get(raw[place : place + size], "") for place in range(0, len(raw), size)]
    # another font's string has few letters in this one, and they make no words
    return "".join(found) if sum(map(bool, found)) * 2 >= len(found) else ""


def _letters(table: bytes) -> dict[bytes, str]:
    """Return the letters of a ToUnicode table by their codes."""
    found: dict[bytes, str] = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", table, re.S):
        for code, letter in _PAIR.findall(block):
            found[_hex(code)] = _hex(letter).decode("utf-16-be", "replace")
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", table, re.S):
        for first, last, letter in _RANGE.findall(block):
            start, size, base = int(first, 16), len(first) // 2, int(letter, 16)
            for step in range(min(int(last, 16) - start + 1, _RANGE_LONGEST)):
                value = (base + step).to_bytes(max(2, len(letter) // 2), "big")
                found[(start + step).to_bytes(size, "big")] = value.decode("utf-16-be", "replace")
        for first, _, letters in _LIST.findall(block):
            for step, letter in enumerate(re.findall(rb"<([0-9A-Fa-f]+)>", letters)):
                code = (int(first, 16) + step).to_bytes(len(first) // 2, "big")
                found[code] = _hex(letter).decode("utf-16-be", "replace")
    return found


def _hex(figures: bytes) -> bytes:
    return bytes.fromhex((figures + b"0" * (len(figures) % 2)).decode())
