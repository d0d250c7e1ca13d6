"""The data elements of one DICOM file as raw bytes: a small reader that keeps what is asked for and skips the rest.

It exists beside pydicom for two reasons: a header costs a third of the time, and every step is bounds-checked, so a
damaged or hostile file ends in one of our errors (PS3.5 section 7, PS3.10 section 7).
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from groundglass.errors import InputError, declare

BROKEN_DICOM = declare("BROKEN_DICOM", "A DICOM file whose elements cannot be walked: cut off, damaged or hostile.")

EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
IMPLICIT_LITTLE = "1.2.840.10008.1.2"
EXPLICIT_BIG = "1.2.840.10008.1.2.2"
DEFLATED_LITTLE = "1.2.840.10008.1.2.1.99"
GE_PRIVATE = "1.2.840.113619.5.2"
"""GE Private DLX: implicit little endian header, big endian pixels."""

_PIXEL_TAGS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
_LONG_VRS = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
_SHORT_VRS = frozenset(
    b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split()  # PS3.5 table 7.1-2
)
_UNDEFINED = 0xFFFFFFFF
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_MAX_DEPTH = 16
"""Sequences within sequences; the deepest CT header in use has 6."""
_MAX_ELEMENTS = 2_000_000
"""Elements of one file; an enhanced CT of 2,000 frames has some 150,000."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its value as raw bytes, or its items."""

    vr: bytes
    value: bytes
    items: tuple[dict[int, Element], ...] = ()


@dataclass(frozen=True, slots=True)
class Elements:
    """What was kept of one file.

    Attributes
    ----------
    meta, data : dict of int to Element
        File meta information and data set by tag (group << 16 | element).
    transfer_syntax : str
        As stated, or as guessed where the file does not say.
    little : bool
        Byte order of the data set.
    pixel_tag : int
        Tag of the pixels, 0 where the file has none.
    pixel_vr : bytes
        VR of the pixels as stored; empty for an implicit one.
    pixel_offset, pixel_length : int
        Where the value begins (in the inflated bytes for a deflated file), and its length; -1 for fragments.
    """

    meta: dict[int, Element]
    data: dict[int, Element]
    transfer_syntax: str
    little: bool
    pixel_tag: int = 0
    pixel_vr: bytes = b""
    pixel_offset: int = 0
    pixel_length: int = 0


class MoreNeededError(Exception):
    """The header goes on behind the bytes at hand."""


class NotDicomError(Exception):
    """The bytes are no DICOM file."""


def is_dicom(head: bytes) -> bool:
    """Tell whether the first bytes look like a DICOM file, with or without its preamble."""
    if head[128:132] == b"DICM":
        return True
    if len(head) < 16:
        return False
    group, element = struct.unpack_from("<HH", head)
    # Without a preamble: begins with file meta information or with group 8, explicit or implicit.
    if group not in (0x0002, 0x0008) or element > 0x0070:
        return False
    if head[4:6] in _LONG_VRS or head[4:6] in _SHORT_VRS:
        return True
    length: int = struct.unpack_from("<I", head, 4)[0]
    return length <= 64 and length % 2 == 0


def read_elements(
    head: bytes, *, whole: bool, wanted: frozenset[int], label: str, max_inflated_bytes: int = 1 << 30
) -> Elements:
    """Walk the elements up to the pixels.

    Parameters
    ----------
    head : bytes
        The file, or its first part.
    whole : bool
        True where ``head`` is all of the file: running out of bytes then means a cut-off file.
    wanted : frozenset of int
        Tags to keep at the top level; of a kept sequence everything is kept.
    label : str
        Name of the file for messages.
    max_inflated_bytes : int
        Limit for a deflated data set.

    Raises
    ------
    NotDicomError
        If these are no DICOM bytes.
    MoreNeededError
        If the header goes on behind ``head``.
    InputError
        ``BROKEN_DICOM``.
    """
    if not is_dicom(head):
        raise NotDicomError
    start = 132 if head[128:132] == b"DICM" else 0
    try:
        meta, start = _meta(head, start)
        stated = meta[0x00020010].value.rstrip(b" \0").decode("ascii", "replace") if 0x00020010 in meta else ""
        if stated == DEFLATED_LITTLE:
            if not whole:
                raise MoreNeededError
            head, start = inflate(head, start, label, max_inflated_bytes), 0
        syntax = stated or _guess(head, start)
        walk = _Walk(head, whole, little=syntax != EXPLICIT_BIG, wanted=wanted)
        explicit = _looks_explicit(head, start, implied=syntax not in (IMPLICIT_LITTLE, GE_PRIVATE))
        data, end = walk.dataset(start, len(head), explicit, depth=0)
    except struct.error as reason:
        if not whole:
            raise MoreNeededError from reason
        raise _broken("the file ends within an element", label) from reason
    except _WalkError as reason:
        raise _broken(str(reason), label) from reason
    if walk.pixel_tag == 0 and not whole:
        raise MoreNeededError
    if walk.pixel_tag == 0 and end > len(head):
        raise _broken("the file ends within an element", label)
    return Elements(
        meta, data, syntax, walk.little, walk.pixel_tag, walk.pixel_vr, walk.pixel_offset, walk.pixel_length
    )


def inflate(head: bytes, start: int, label: str, max_bytes: int) -> bytes:
    """Return the inflated data set of a deflated file (PS3.5 A.5).

    Raises
    ------
    InputError
        ``BROKEN_DICOM`` if the stream is damaged or larger than allowed.
    """
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data = stream.decompress(head[start:], max_bytes)
    except zlib.error as reason:
        raise _broken("the deflated data set is damaged", label) from reason
    if stream.unconsumed_tail:
        raise _broken(f"the deflated data set has more than {max_bytes} bytes", label)
    return data


def deflated_bytes(file: bytes, label: str, max_bytes: int) -> bytes:
    """Return the inflated data set of a whole deflated file.

    Raises
    ------
    InputError
        ``BROKEN_DICOM``.
    """
    try:
        _, start = _meta(file, 132 if file[128:132] == b"DICM" else 0)
    except (struct.error, MoreNeededError, _WalkError) as reason:
        raise _broken("the file meta information is damaged", label) from reason
    return inflate(file, start, label, max_bytes)


class _WalkError(Exception):
    """Why the elements cannot be walked."""


def _meta(head: bytes, start: int) -> tuple[dict[int, Element], int]:
    """Walk group 2, which is always explicit little endian; its stated length is not trusted."""
    meta: dict[int, Element] = {}
    while start + 8 <= len(head) and head[start : start + 2] == b"\x02\x00":
        group, element = struct.unpack_from("<HH", head, start)
        vr = head[start + 4 : start + 6]
        if vr in _LONG_VRS:
            length, value = struct.unpack_from("<I", head, start + 8)[0], start + 12
        elif vr in _SHORT_VRS:
            length, value = struct.unpack_from("<H", head, start + 6)[0], start + 8
        else:
            length, value = struct.unpack_from("<I", head, start + 4)[0], start + 8
        if value + length > len(head):
            raise struct.error("cut off")
        meta[group << 16 | element] = Element(vr, head[value : value + length])
        start = value + length
    return meta, start


def _guess(head: bytes, start: int) -> str:
    """Return the transfer syntax of a file that does not state it."""
    vr = head[start + 4 : start + 6]
    explicit = vr in _LONG_VRS or vr in _SHORT_VRS
    if explicit and head[start : start + 1] == b"\0" and head[start + 1 : start + 2] != b"\0":
        return EXPLICIT_BIG
    return EXPLICIT_LITTLE if explicit else IMPLICIT_LITTLE


def _looks_explicit(head: bytes, start: int, *, implied: bool) -> bool:
    """Tell explicit from implicit VR by the first element: writers exist that state the wrong one."""
    vr = head[start + 4 : start + 6]
    if len(vr) < 2:
        return implied
    return vr in _LONG_VRS or vr in _SHORT_VRS or (implied and vr.isalpha() and vr.isupper())


class _Walk:
    """One walk through a data set."""

    def __init__(self, head: bytes, whole: bool, *, little: bool, wanted: frozenset[int]) -> None:
        self.head = head
        self.whole = whole
        self.little = little
        self.wanted = wanted
        self.count = 0
        self.pixel_tag = 0
        self.pixel_vr = b""
        self.pixel_offset = 0
        self.pixel_length = 0
        order = "<" if little else ">"
        self._tag = struct.Struct(order + "HH").unpack_from
        self._start = struct.Struct(order + "HH2sH").unpack_from
        self._u16 = struct.Struct(order + "H").unpack_from
        self._u32 = struct.Struct(order + "I").unpack_from

    def dataset(self, at: int, end: int, explicit: bool, *, depth: int) -> tuple[dict[int, Element], int]:
        """Return the elements from ``at`` to ``end``, or to the end of an item of undefined length."""
        head = self.head
        kept: dict[int, Element] = {}
        while at + 8 <= end:
            group, number, vr, length = self._start(head, at)
            tag = group << 16 | number
            if group == 0xFFFE:
                if tag == _ITEM_END and depth:
                    return kept, at + 8
                if tag == _SEQUENCE_END and depth:
                    return kept, at
                if not depth:
                    raise _WalkError("a sequence delimiter stands outside a sequence")
            self.count += 1
            if self.count > _MAX_ELEMENTS:
                raise _WalkError(f"the file has more than {_MAX_ELEMENTS} elements")
            if explicit and vr in _SHORT_VRS:
                value = at + 8
            else:
                vr, length, value = self._long_head_of(at, explicit)
            if tag in _PIXEL_TAGS and not depth:
                self.pixel_tag, self.pixel_vr, self.pixel_offset = tag, vr, value
                self.pixel_length = -1 if length == _UNDEFINED else length
                return kept, value
            keep = depth > 0 or tag in self.wanted
            if length == _UNDEFINED:
                # UN of undefined length holds implicit elements (PS3.5 6.2.2 note 2).
                items, at = self._items(value, end, explicit and vr != b"UN", None, depth + 1)
                if keep:
                    kept[tag] = Element(b"SQ", b"", items)
                continue
            at = value + length
            if at > end:
                if at > len(head) and not self.whole:
                    raise MoreNeededError
                raise _WalkError(f"element ({group:04X},{number:04X}) of {length} bytes reaches behind its end")
            if not keep:
                continue
            if vr == b"SQ" or (vr in (b"", b"UN") and length >= 8 and self._starts_item(value)):
                items, _ = self._items(value, at, explicit and vr != b"UN", at, depth + 1)
                kept[tag] = Element(b"SQ", b"", items)
            else:
                kept[tag] = Element(vr, head[value:at])
        return kept, at

    def _long_head_of(self, at: int, explicit: bool) -> tuple[bytes, int, int]:
        """Return VR, length and offset of the value of any element but one with an explicit short VR."""
        head = self.head
        if explicit:
            vr = head[at + 4 : at + 6]
            if vr in _LONG_VRS:
                return vr, self._u32(head, at + 8)[0], at + 12
            if vr.isalpha() and vr.isupper():
                # An unknown VR: those of newer editions have the long form with two bytes of zero.
                if head[at + 6 : at + 8] == b"\0\0":
                    return vr, self._u32(head, at + 8)[0], at + 12
                return vr, self._u16(head, at + 6)[0], at + 8
        return b"", self._u32(head, at + 4)[0], at + 8

    def _starts_item(self, at: int) -> bool:
        group, number = self._tag(self.head, at)
        return bool(group == 0xFFFE and number in (0xE000, 0xE0DD))

    def _items(
        self, at: int, end: int, explicit: bool, stop: int | None, depth: int
    ) -> tuple[tuple[dict[int, Element], ...], int]:
        """Return the items of a sequence and the offset behind it; ``stop`` is its end where the length is defined."""
        if depth > _MAX_DEPTH:
            raise _WalkError(f"sequences are nested deeper than {_MAX_DEPTH}")
        items: list[dict[int, Element]] = []
        while stop is None or at < stop:
            if at + 8 > end:
                if not self.whole:
                    raise MoreNeededError
                raise _WalkError("a sequence does not end")
            self.count += 1
            group, number = self._tag(self.head, at)
            tag = group << 16 | number
            length = self._u32(self.head, at + 4)[0]
            at += 8
            if tag == _SEQUENCE_END:
                break
            if tag == _ITEM_END:
                continue
            if tag != _ITEM:
                raise _WalkError(f"a sequence holds ({group:04X},{number:04X}) in place of an item")
            if length == _UNDEFINED:
                item, at = self.dataset(at, end, explicit, depth=depth)
            else:
                if at + length > end:
                    if at + length > len(self.head) and not self.whole:
                        raise MoreNeededError
                    raise _WalkError("an item reaches behind its sequence")
                item, _ = self.dataset(at, at + length, explicit, depth=depth)
                at += length
            items.append(item)
        return tuple(items), at


def _broken(what: str, label: str) -> InputError:
    return InputError(BROKEN_DICOM, what=what, where=label, todo="fetch the file again from its source")
