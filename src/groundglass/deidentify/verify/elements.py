"""The verifier's own reader of DICOM: takes files apart as far as they go, never raises (PS3.5 chapter 7, PS3.10).

What it cannot take apart is handed on as raw bytes, so nothing of a file stays unread.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

LONG_VRS = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
"""Value representations with a length of 32 bits (PS3.5 table 7.1-1)."""
SHORT_VRS = frozenset(
    {b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT"}
    | {b"PN", b"SH", b"SL", b"SS", b"ST", b"TM", b"UI", b"UL", b"US"}
)
"""Value representations with a length of 16 bits (PS3.5 table 7.1-2)."""
_UNDEFINED = 0xFFFFFFFF
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_PIXELS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
_DEFLATED = ("1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.8.1")
_BIG_ENDIAN = ("1.2.840.10008.1.2.2",)
_IMPLICIT = ("1.2.840.10008.1.2", "1.2.840.113619.5.2")
_INFLATED_AT_MOST_BYTES = 1 << 30
"""A deflated data set grows to no more than this: no chest CT object is larger, a bomb is."""
_PATH_AT_MOST = 8
"""Steps of a path that are written out: no object of PS3.3 nests deeper than that."""
_DEPTH_AT_MOST = 2000
"""Levels that are entered; what lies deeper is searched as raw bytes."""


@dataclass(frozen=True, slots=True)
class Element:
    """One data element as it lies in the file.

    Attributes
    ----------
    tag : int
        Group and element.
    vr : str
        As stored; empty where the file does not say.
    value : bytes
        As stored, with padding.
    offset : int
        Of the value, from the start of the file (of the inflated data set in a deflated file).
    path : str
        Tags of the enclosing sequences and its own.
    charset : str
        SpecificCharacterSet in force.
    big : bool
        Big-endian.
    creator : str
        Private creator that reserves the block, empty where there is none.
    """

    tag: int
    vr: str
    value: bytes
    offset: int
    path: str
    charset: str
    big: bool = False
    creator: str = ""

    @property
    def private(self) -> bool:
        """Whether the group is odd."""
        return bool(self.tag >> 16 & 1)


@dataclass(frozen=True, slots=True)
class Fragment:
    """One item of encapsulated pixel data; number 0 is the offset table."""

    tag: int
    number: int
    data: bytes
    offset: int
    path: str


@dataclass(slots=True)
class Parsed:
    """What a file was taken apart into.

    Attributes
    ----------
    elements : list of Element
        Every element with a value, pixel data too.
    fragments : list of Fragment
        Items of encapsulated values.
    zones : list of tuple of (str, int, bytes)
        What belongs to no element: preamble, tail, what follows a break.
    faults : list of str
        Short codes of what was wrong.
    syntax : str
        Transfer syntax UID, empty where the file does not say.
    inflated : bytes
        The data set of a deflated file.
    """

    elements: list[Element] = field(default_factory=list)
    fragments: list[Fragment] = field(default_factory=list)
    zones: list[tuple[str, int, bytes]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    syntax: str = ""
    inflated: bytes = b""

    def first(self, tag: int) -> Element | None:
        """Return the first element of the main data set with that tag."""
        name = tag_name(tag)
        return next((e for e in self.elements if e.tag == tag and e.path == name), None)


@dataclass(slots=True)
class _Level:
    kind: str  # "set" holds elements, "sequence" items, "fragments" pixel items
    end: int
    explicit: bool
    big: bool
    path: tuple[str, ...]
    charset: str
    tag: int = 0
    number: int = 0
    creators: dict[int, str] = field(default_factory=dict)


def tag_name(tag: int) -> str:
    """Return a tag as ``(gggg,eeee)``."""
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def looks_like_dicom(head: bytes) -> bool:
    """Return whether the first bytes are those of a DICOM file or of a bare data set."""
    if head[128:132] == b"DICM":
        return True
    if len(head) < 8:
        return False
    for order in ("<", ">"):
        group, element = struct.unpack_from(order + "HH", head)
        if group in (0x0002, 0x0008, 0x0004) and element <= 0x0120:
            length = struct.unpack_from(order + "I", head, 4)[0]
            if head[4:6] in LONG_VRS | SHORT_VRS or length < 1 << 16:
                return True
    return False


def parse(data: bytes) -> Parsed:
    """Take a file apart.

    Parameters
    ----------
    data : bytes
        The whole file.

    Returns
    -------
    Parsed
        Whatever could be told apart; the rest lies in ``zones``.
    """
    parsed = Parsed()
    at = 0
    if data[128:132] == b"DICM":
        parsed.zones.append(("preamble", 0, data[:128]))
        at = 132
    elif data[:4] == b"DICM":
        at = 4
    at = _file_meta(data, at, parsed)
    body, explicit, big = data, _explicit(data, at), False
    if parsed.syntax in _DEFLATED:
        parsed.inflated, rest = inflate(data[at:])
        if parsed.inflated:
            parsed.zones.append(("after the deflated data set", len(data) - len(rest), rest))
            body, at, explicit = parsed.inflated, 0, True
        else:
            parsed.faults.append("deflated data set is broken")
    elif parsed.syntax in _BIG_ENDIAN or (not parsed.syntax and data[at : at + 2] in (b"\0\x08", b"\0\x04")):
        big, explicit = True, data[at + 4 : at + 6] in LONG_VRS | SHORT_VRS
    _Walker(body, parsed).walk(at, len(body), explicit, big)
    if not any(e.tag >> 16 > 2 for e in parsed.elements):
        parsed.faults.append("no data set")
    elif any(name == "tail" and held.strip(b"\0") for name, _, held in parsed.zones):
        parsed.faults.append("bytes behind the last element")
    return parsed


def inflate(data: bytes) -> tuple[bytes, bytes]:
    """Return what a raw or wrapped deflate stream holds, and the bytes behind it; nothing for a broken start."""
    for bits in (-15, 15, 47):
        engine = zlib.decompressobj(bits)
        parts: list[bytes] = []
        size, feed = 0, data
        try:
            while feed and not engine.eof and size < _INFLATED_AT_MOST_BYTES:
                part = engine.decompress(feed, 1 << 24)
                parts.append(part)
                size += len(part)
                feed = engine.unconsumed_tail
                if not part and not feed:
                    break
        except zlib.error:
            if not size:
                continue
        if size:
            return b"".join(parts), engine.unused_data
    return b"", data


def _explicit(data: bytes, at: int) -> bool:
    return data[at + 4 : at + 6] in LONG_VRS | SHORT_VRS


def _file_meta(data: bytes, at: int, parsed: Parsed) -> int:
    """Read group 0002, always explicit little-endian, and return where it ends."""
    while at + 8 <= len(data):
        group, element = struct.unpack_from("<HH", data, at)
        if group != 2:
            break
        vr = data[at + 4 : at + 6]
        if vr in LONG_VRS and at + 12 <= len(data):
            length, start = struct.unpack_from("<I", data, at + 8)[0], at + 12
        elif vr in SHORT_VRS:
            length, start = struct.unpack_from("<H", data, at + 6)[0], at + 8
        else:
            length, start, vr = struct.unpack_from("<I", data, at + 4)[0], at + 8, b""
        if start + length > len(data):
            parsed.faults.append("the file meta information is cut off")
            break
        tag = group << 16 | element
        value = data[start : start + length]
        if tag == 0x00020010:
            parsed.syntax = value.rstrip(b"\0 ").decode("ascii", "replace")
        parsed.elements.append(Element(tag, vr.decode("ascii"), value, start, tag_name(tag), ""))
        at = start + length
    return at


class _Walker:
    """One pass over a data set with a stack of its own, so that no depth of nesting stops it."""

    def __init__(self, data: bytes, parsed: Parsed) -> None:
        self._data = data
        self._parsed = parsed
        self._stack: list[_Level] = []

    def walk(self, at: int, end: int, explicit: bool, big: bool) -> None:
        self._stack = [_Level("set", end, explicit, big, (), "")]
        while self._stack:
            level = self._stack[-1]
            if at >= level.end:
                self._stack.pop()
                continue
            if at + 8 > end:
                self._rest(at, end, "tail")
                return
            order = ">" if level.big else "<"
            group, element = struct.unpack_from(order + "HH", self._data, at)
            tag = group << 16 | element
            if tag in (_ITEM, _ITEM_END, _SEQUENCE_END):
                at = self._delimiter(at, tag, struct.unpack_from(order + "I", self._data, at + 4)[0], end)
            elif level.kind == "fragments":
                self._parsed.faults.append("an element stands among the fragments")
                self._stack.pop()
            elif not tag and not any(self._data[at : at + 64]):
                self._rest(at, level.end, "padding")
                at = level.end
            else:
                at = self._element(at, tag, level, order, end)

    def _rest(self, at: int, end: int, name: str) -> None:
        if at < end:
            self._parsed.zones.append((name, at, self._data[at:end]))

    def _delimiter(self, at: int, tag: int, length: int, end: int) -> int:
        level = self._stack[-1]
        if tag == _ITEM and level.kind == "fragments":
            stop = at + 8 + length
            if length == _UNDEFINED or stop > end:
                self._parsed.faults.append("a fragment is cut off")
                stop = end
            held = "/".join(level.path)
            self._parsed.fragments.append(
                Fragment(level.tag, level.number, self._data[at + 8 : stop], at + 8, f"{held}[{level.number}]")
            )
            level.number += 1
            return stop
        if tag == _ITEM:
            stop = level.end if length == _UNDEFINED else min(at + 8 + length, level.end)
            path = (*level.path[:-1], f"{level.path[-1]}[{level.number}]") if level.path else ("item",)
            level.number += 1
            explicit = level.explicit
            if stop - at >= 16:  # what the item holds decides, whatever the file says of itself
                inner = self._data[at + 12 : at + 14]
                if self._data[at + 8 : at + 10] != b"\xfe\xff":
                    explicit = inner in LONG_VRS | SHORT_VRS
            self._stack.append(_Level("set", stop, explicit, level.big, path, level.charset))
            return at + 8
        wanted = "set" if tag == _ITEM_END else ""
        if len(self._stack) > 1 and (not wanted or level.kind == wanted):
            self._stack.pop()
            if tag == _SEQUENCE_END and level.kind == "set" and len(self._stack) > 1:
                self._stack.pop()  # the item's own end is missing
        return at + 8

    def _element(self, at: int, tag: int, level: _Level, order: str, end: int) -> int:
        data = self._data
        vr = data[at + 4 : at + 6]
        length: int
        if vr in LONG_VRS and (level.explicit or data[at + 6 : at + 8] == b"\0\0") and at + 12 <= end:
            length, start = struct.unpack_from(order + "I", data, at + 8)[0], at + 12
        elif vr in SHORT_VRS and level.explicit:
            length, start = struct.unpack_from(order + "H", data, at + 6)[0], at + 8
        else:
            vr = b""
            length, start = struct.unpack_from(order + "I", data, at + 4)[0], at + 8
        name = tag_name(tag)
        if length == _UNDEFINED:
            return self._undefined(start, tag, vr, level, name)
        stop = start + length
        if stop > level.end:
            self._parsed.faults.append("a value reaches behind its end")
            if level.end < end and stop <= end:  # the enclosing length is wrong, not this one
                for above in self._stack:
                    above.end = max(above.end, stop)
            else:
                self._rest(at, end, "behind a break")
                for above in self._stack:
                    above.end = at
                return end
        if self._is_sequence(tag, vr, start, length, level):
            if len(self._stack) >= _DEPTH_AT_MOST:
                self._parsed.faults.append("nested too deep")
                self._rest(start, stop, "nested too deep")
                return stop
            big = level.big and data[start : start + 2] == b"\xff\xfe"
            path = _deeper(level.path, name)
            self._stack.append(_Level("sequence", stop, level.explicit, big, path, level.charset, tag))
            if vr not in (b"SQ", b""):  # it may be bytes that only look like a sequence
                self._emit(tag, vr, data[start:stop], start, level, name)
            return start
        self._emit(tag, vr, data[start:stop], start, level, name)
        return stop

    def _undefined(self, start: int, tag: int, vr: bytes, level: _Level, name: str) -> int:
        path = _deeper(level.path, name)
        if len(self._stack) >= _DEPTH_AT_MOST:
            self._parsed.faults.append("nested too deep")
            self._rest(start, level.end, "nested too deep")
            for above in self._stack:
                above.end = start
            return start
        pixels = tag in _PIXELS or (vr in (b"OB", b"OW") and level.explicit)
        kind = "fragments" if pixels else "sequence"
        # an item settles for itself what it holds
        explicit = level.explicit and vr != b"UN"
        self._stack.append(_Level(kind, level.end, explicit, level.big, path, level.charset, tag))
        return start

    def _is_sequence(self, tag: int, vr: bytes, start: int, size: int, level: _Level) -> bool:
        if vr == b"SQ":
            return bool(size)
        if size < 8 or tag in _PIXELS or vr not in (b"", b"UN", b"OB", b"OW"):
            return False
        if self._data[start : start + 4] == b"\xfe\xff\x00\xe0":
            length = struct.unpack_from("<I", self._data, start + 4)[0]
        elif level.big and self._data[start : start + 4] == b"\xff\xfe\xe0\x00":
            length = struct.unpack_from(">I", self._data, start + 4)[0]
        else:
            return False
        return bool(length == _UNDEFINED or length <= size - 8)

    def _emit(self, tag: int, vr: bytes, value: bytes, start: int, level: _Level, name: str) -> None:
        if not value:
            return
        if tag == 0x00080005:
            level.charset = value.decode("ascii", "replace").strip(" \0")
        creator = ""
        if tag >> 16 & 1:
            number = tag & 0xFFFF
            if 0x10 <= number <= 0xFF:
                level.creators[tag >> 16 << 16 | number] = value.decode("latin-1").strip(" \0")
            creator = level.creators.get(tag >> 16 << 16 | number >> 8, "")
        place = "/".join((*level.path, name)) if level.path else name
        self._parsed.elements.append(
            Element(tag, vr.decode("ascii"), value, start, place, level.charset, level.big, creator)
        )


def _deeper(path: tuple[str, ...], name: str) -> tuple[str, ...]:
    return (*path, name) if len(path) < _PATH_AT_MOST else (*path[:-1], "...")


def fragments_of(parsed: Parsed) -> Iterator[bytes]:
    """Return the fragments of the main pixel data, without the offset table."""
    return (f.data for f in parsed.fragments if f.tag == 0x7FE00010 and f.number > 0 and f.path.count("/") == 0)
