"""What of a value is read as text, and how surely it is one."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from groundglass.deidentify.verify.attributes import attributes
from groundglass.deidentify.verify.elements import Element
from groundglass.deidentify.verify.formats import noise

_NUMBERS = {
    "US": "H",
    "SS": "h",
    "UL": "I",
    "SL": "i",
    "UV": "Q",
    "SV": "q",
    "FL": "f",
    "FD": "d",
    "AT": "I",
    "OF": "f",
    "OD": "d",
    "OL": "I",
    "OV": "Q",
}
"""Binary numbers (PS3.5 table 6.2-1), as struct writes them."""
_NUMBERS_AT_MOST = 256
"""Values of a binary attribute that are read as numbers; longer ones are tables and curves."""
TEXT_AT_MOST_BYTES = 8 << 20
"""Bytes of one text value that are read as text; more are searched as bytes alone."""


def readings_of(element: Element) -> Iterator[tuple[str, bytes]]:
    """Return a value as bytes of text, with how certain it is that it is one.

    Parameters
    ----------
    element : Element
        Not empty.
    """
    value, vr = element.value, element.vr
    if not vr:
        row = attributes().get(element.tag)
        vr = row.vr if row else ""
    if vr in ("DS", "IS", "AS", "TM"):
        yield "number", value.rstrip(b"\0 ")
        if not re.fullmatch(rb"[\d.+\-eEYMWD\\ :\0]*", value):
            yield "text", value
        return
    if vr == "UI":
        yield "uid", value.rstrip(b"\0 ")
        return
    if vr in _NUMBERS or (not vr and len(value) in (2, 4, 8)):
        yield from _as_numbers(value, vr, element.big)
    if len(value) > TEXT_AT_MOST_BYTES or (vr in _NUMBERS and len(value) > _NUMBERS_AT_MOST * 8):
        value = value[:TEXT_AT_MOST_BYTES]
        yield from ((zone.mode, zone.data) for zone in noise("", value))
        return
    binary = vr in _NUMBERS or vr in ("OB", "OW", "UN", "")
    if binary and not _printable(value):
        yield from ((zone.mode, zone.data) for zone in noise("", value))
        return
    yield "text", value.rstrip(b"\0 ")


def _as_numbers(value: bytes, vr: str, big: bool) -> Iterator[tuple[str, bytes]]:
    letters = _NUMBERS.get(vr) or {2: "H", 4: "I", 8: "Q"}[len(value)]
    size = struct.calcsize(letters)
    count = len(value) // size
    if not 0 < count <= _NUMBERS_AT_MOST:
        return
    numbers = struct.unpack(f"{'>' if big else '<'}{count}{letters}", value[: count * size])
    whole = [int(n) for n in numbers if abs(n) < 1e18 and n == n and float(n).is_integer() and abs(n) >= 10_000]
    if whole:
        yield "number", "\\".join(str(n) for n in whole).encode()


def _printable(value: bytes) -> bool:
    """Return whether bytes look like text in some encoding."""
    tight = value.rstrip(b"\0")
    controls = sum(1 for byte in tight[:4096] if byte < 32 and byte not in (0, 9, 10, 12, 13, 27))
    return controls == 0 and bool(tight.strip(b" \0"))
