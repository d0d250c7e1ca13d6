"""Values of data elements: raw bytes to text and numbers, by the type the dictionary gives each tag.

An unreadable value is None and is written down as a problem; nothing is guessed and nothing raises.
"""

from __future__ import annotations

import math
import re
import struct
import warnings
from collections.abc import Collection, Mapping

from groundglass.dicom.elements import Element

_UID = re.compile(r"[0-9]+(\.[0-9]+)*")
_PYTHON_CODECS = {
    "": "ascii",
    "ISO_IR 6": "ascii",
    "ISO_IR 100": "latin_1",
    "ISO_IR 101": "iso8859_2",
    "ISO_IR 109": "iso8859_3",
    "ISO_IR 110": "iso8859_4",
    "ISO_IR 144": "iso8859_5",
    "ISO_IR 127": "iso8859_6",
    "ISO_IR 126": "iso8859_7",
    "ISO_IR 138": "iso8859_8",
    "ISO_IR 148": "iso8859_9",
    "ISO_IR 203": "iso8859_15",
    "ISO_IR 166": "tis_620",
    "ISO_IR 13": "shift_jis",
    "ISO_IR 192": "utf_8",
    "GB18030": "gb18030",
    "GBK": "gbk",
}
"""Single-byte and self-contained character sets (PS3.3 C.12.1.1.2); code extensions go through pydicom."""
_MAX_TEXT = 1024


class Values:
    """Typed access to the elements of one data set or item.

    Parameters
    ----------
    data : mapping of int to Element
        Elements by tag.
    little : bool
        Byte order.
    problems : dict of str to str
        Unreadable values are added here, keyword to what stands there.
    """

    def __init__(self, data: Mapping[int, Element], *, little: bool, problems: dict[str, str]) -> None:
        self.data = data
        self.little = little
        self.problems = problems
        self._order = "<" if little else ">"

    def text(self, tag: int) -> str:
        """Return plain ASCII text (CS, UI, LO of the technical kind), trimmed; empty where absent."""
        element = self.data.get(tag)
        if element is None:
            return ""
        return element.value[:_MAX_TEXT].decode("latin_1").strip(" \0\t\r\n")

    def texts(self, tag: int) -> tuple[str, ...]:
        """Return backslash-separated text, upper case."""
        text = self.text(tag)
        return tuple(part.strip().upper() for part in text.split("\\")) if text else ()

    def numbers(self, tag: int, keyword: str, count: int) -> tuple[float, ...] | None:
        """Return exactly ``count`` decimal strings or doubles, or None with the problem written down."""
        element = self.data.get(tag)
        if element is None or not element.value.strip(b" \0"):
            return None
        raw = element.value
        found: tuple[float, ...] | None = None
        if element.vr in (b"FD", b"FL"):
            size = 8 if element.vr == b"FD" else 4
            if len(raw) == size * count:
                found = struct.unpack(self._order + ("d" if size == 8 else "f") * count, raw)
        else:
            # A decimal comma is met in files written under a Russian or German locale.
            parts = raw.strip(b" \0").replace(b",", b".").split(b"\\")
            if len(parts) == count:
                try:
                    found = tuple(float(part) for part in parts)
                except ValueError:
                    found = None
        if found is None or not all(map(math.isfinite, found)):
            self.problems[keyword] = shown(raw)
            return None
        return found

    def number(self, tag: int, keyword: str) -> float | None:
        """Return one decimal string or double; of several values the first."""
        element = self.data.get(tag)
        if element is None:
            return None
        if element.vr not in (b"FD", b"FL") and b"\\" in element.value:
            first = Values({tag: Element(element.vr, element.value.split(b"\\")[0])}, little=self.little, problems={})
            return first.number(tag, keyword)
        one = self.numbers(tag, keyword, 1)
        return None if one is None else one[0]

    def sole(self, tag: int, keyword: str) -> float | None:
        """Return one decimal string; several values that differ are a problem, since none can be preferred."""
        element = self.data.get(tag)
        text = element is not None and element.vr not in (b"FD", b"FL")
        if element is not None and text and len({part.strip(b" \0") for part in element.value.split(b"\\")}) > 1:
            self.problems[keyword] = shown(element.value)
            return None
        return self.number(tag, keyword)

    def double(self, tag: int, keyword: str) -> float | None:
        """Return one FD of a file with implicit VR too."""
        element = self.data.get(tag)
        if element is not None and element.vr in (b"", b"UN") and len(element.value) == 8:
            value = float(struct.unpack(self._order + "d", element.value)[0])
            return value if math.isfinite(value) else None
        return self.number(tag, keyword)

    def integer(self, tag: int, keyword: str) -> int | None:
        """Return an integer string."""
        value = self.number(tag, keyword)
        if value is None:
            return None
        if value != int(value) or abs(value) > 2**31:
            self.problems[keyword] = str(value)
            return None
        return int(value)

    def short(self, tag: int, keyword: str, *, signed: bool = False) -> int | None:
        """Return a US or SS."""
        element = self.data.get(tag)
        if element is None or not element.value:
            return None
        if len(element.value) < 2 or element.vr not in (b"US", b"SS", b"UN", b"OW", b"", b"XS"):
            self.problems[keyword] = shown(element.value)
            return None
        return int(struct.unpack_from(self._order + ("h" if signed else "H"), element.value)[0])

    def longs(self, tag: int) -> tuple[int, ...]:
        """Return ULs (DimensionIndexValues)."""
        element = self.data.get(tag)
        if element is None or len(element.value) % 4:
            return ()
        return struct.unpack(f"{self._order}{len(element.value) // 4}I", element.value)

    def items(self, tag: int) -> tuple[dict[int, Element], ...]:
        """Return the items of a sequence."""
        element = self.data.get(tag)
        return () if element is None else element.items

    def item(self, tag: int) -> Values:
        """Return the first item of a sequence, or nothing."""
        items = self.items(tag)
        return Values(items[0] if items else {}, little=self.little, problems=self.problems)


_NUMBERS = re.compile(r"[0-9+\-.,eE\\/ ]*|[+-]?(nan|inf|infinity)", re.IGNORECASE)


def shown(raw: bytes) -> str:
    """Return at most 40 characters of a value for a message (geometry and pixels only, never identity).

    Attributes get swapped, and then a name stands where a number should: only what looks like numbers is quoted.
    """
    text = raw[:40].decode("ascii", "replace").strip(" \0")
    if not text:
        return "nothing"
    return text if _NUMBERS.fullmatch(text) else "text that is no number"


def shown_term(text: str, known: Collection[str]) -> str:
    """Return a defined term for a message if it is one of the known, since anything may stand in its place."""
    term = text.strip().upper()
    if not term:
        return "missing"
    return term if term in known else "another than the defined terms"


def is_uid(text: str) -> bool:
    """Tell whether a text is a DICOM UID (PS3.5 9.1)."""
    return 0 < len(text) <= 64 and _UID.fullmatch(text) is not None


def shown_uid(uid: str) -> str:
    """Return a UID for a message; anonymisers put anything in its place, so other text than a UID is not shown."""
    if not uid:
        return "without UID"
    return uid if len(uid) <= 64 and re.fullmatch(r"[0-9A-Fa-f.-]+", uid) else "with an invalid UID"


def decoded(raw: bytes, character_sets: tuple[str, ...], *, person_name: bool = False) -> str:
    """Return human text in the character sets the header names.

    Parameters
    ----------
    raw : bytes
        Value as stored.
    character_sets : tuple of str
        Values of SpecificCharacterSet.
    person_name : bool
        Value is a PN: its component groups may switch sets.
    """
    raw = raw[: 16 * _MAX_TEXT].rstrip(b" \0").lstrip(b" ")
    if not raw:
        return ""
    first = character_sets[0] if character_sets else ""
    codec = _PYTHON_CODECS.get(first.replace("ISO 2022 IR", "ISO_IR").replace("-", " ").strip())
    if codec is not None and b"\x1b" not in raw:
        try:
            return raw.decode(codec)
        except UnicodeDecodeError:
            return _rescued(raw)
    return _with_extensions(raw, character_sets, person_name)


def _rescued(raw: bytes) -> str:
    """Decode text that contradicts its character set: as UTF-8 where it is valid, else byte by byte."""
    try:
        return raw.decode("utf_8")
    except UnicodeDecodeError:
        return raw.decode("latin_1")


def _with_extensions(raw: bytes, character_sets: tuple[str, ...], person_name: bool) -> str:
    from pydicom import charset  # heavy to import, and rarely needed

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom warns of every unknown set; _rescued is the answer to it
        try:
            encodings = charset.convert_encodings(list(character_sets) or None)
            delimiters = {0x5E, 0x3D} if person_name else {0x0D, 0x0A, 0x09, 0x0C, 0x5C}
            return charset.decode_bytes(raw, encodings, delimiters)
        except (LookupError, ValueError, TypeError, AttributeError):
            return _rescued(raw)
