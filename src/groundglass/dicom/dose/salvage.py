"""What can still be read of a damaged dose object: a walk that never gives up, with a stack in place of recursion.

The walker of :mod:`groundglass.dicom.elements` refuses a file at the first fault, as slices demand. A report that is
cut off still states whole irradiations before the cut, so here every complete element counts, a fault ends only the
innermost item or sequence whose end the file states, and what is nested absurdly deep is walked over.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from groundglass.dicom.elements import (
    DEFLATED_LITTLE,
    EXPLICIT_BIG,
    GE_PRIVATE,
    IMPLICIT_LITTLE,
    Element,
    inflate,
)

MAX_DEPTH = 64
"""Sequences within sequences that are kept; a CT dose report (TID 10011) has 6 or 7. Python's own recursion over the
content tree stays far below its limit."""
_MAX_ELEMENTS = 1_000_000
"""Elements and items of one file; a dose report of 500 irradiations has some 200,000."""
_MAX_OPEN = 20_000
"""Sequences and items open at once; each costs memory, and nothing below :data:`MAX_DEPTH` is kept anyway."""
_MAX_JOINED = 10_000
"""Items of sequences that stand twice at one place; joining them again and again must not take for ever."""
_LONG_VRS = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
_UNDEFINED = 0xFFFFFFFF
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_TRANSFER_SYNTAX = 0x00020010
_PIXEL_GROUP = 0x7FE0

Items = list[dict[int, Element]]


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What was read of a damaged file.

    Attributes
    ----------
    data : dict of int to Element
        The elements that are whole, by tag (group << 16 | element).
    little : bool
        Byte order.
    damaged : bool
        Whether anything is missing, other than what lies too deep.
    deep : bool
        Whether something was nested deeper than :data:`MAX_DEPTH`, and so passed over.
    """

    data: dict[int, Element]
    little: bool
    damaged: bool
    deep: bool


@dataclass(slots=True)
class _Frame:
    """A data set or a sequence that is being walked.

    Attributes
    ----------
    end : int
        Where it ends at the latest.
    stated : bool
        Whether the file states this end, and it lies within what encloses it.
    explicit : bool
        Whether its elements name their VR.
    tag : int
        Of the sequence; 0 for a data set.
    data : dict of int to Element
        Elements of a data set.
    items : list
        Items of a sequence.
    """

    end: int
    stated: bool
    explicit: bool
    tag: int = 0
    data: dict[int, Element] = field(default_factory=dict)
    items: Items = field(default_factory=list)


def salvage(file: bytes, *, wanted: frozenset[int], label: str, max_inflated_bytes: int) -> Salvaged:
    """Read what is whole in a damaged file.

    Of a value that is cut off nothing is kept: half a number is another number.

    Parameters
    ----------
    file : bytes
        The file, or as much of it as there is.
    wanted : frozenset of int
        Tags to keep at the top level; of a kept sequence everything is kept.
    label : str
        Of the file, safe to show.
    max_inflated_bytes : int
        Limit for a deflated data set.

    Raises
    ------
    InputError
        ``BROKEN_DICOM`` if a deflated data set cannot be inflated.
    """
    start = 132 if file[128:132] == b"DICM" else 0
    meta = _Walk(file, start, little=True, explicit=True, wanted=frozenset({_TRANSFER_SYNTAX}), group=2)
    meta.run()
    stated = meta.data.get(_TRANSFER_SYNTAX)
    syntax = stated.value.rstrip(b" \0").decode("ascii", "replace") if stated is not None else ""
    start = meta.at
    if syntax == DEFLATED_LITTLE:
        file, start = inflate(file, start, label, max_inflated_bytes), 0
    vr = file[start + 4 : start + 6]
    # As the first element shows it; where that is cut off too, as stated.
    explicit = _is_vr(vr) if len(vr) == 2 else syntax not in (IMPLICIT_LITTLE, GE_PRIVATE)
    walk = _Walk(file, start, little=syntax != EXPLICIT_BIG, explicit=explicit, wanted=wanted)
    walk.run()
    return Salvaged(walk.data, syntax != EXPLICIT_BIG, walk.damaged, walk.deep)


def _is_vr(vr: bytes) -> bool:
    return len(vr) == 2 and vr.isalpha() and vr.isupper()


class _Walk:
    """One walk; ``group`` limits it to elements of that group."""

    def __init__(
        self, file: bytes, start: int, *, little: bool, explicit: bool, wanted: frozenset[int], group: int | None = None
    ) -> None:
        self.file = file
        self.at = start
        self.wanted = wanted
        self.group = group
        self.damaged = False
        self.deep = False
        self._stack = [_Frame(len(file), True, explicit)]
        self.data = self._stack[0].data
        order = "<" if little else ">"
        self._tag = struct.Struct(order + "HH").unpack_from
        self._u16 = struct.Struct(order + "H").unpack_from
        self._u32 = struct.Struct(order + "I").unpack_from

    def run(self) -> None:
        """Walk to the end of the file, or to its pixels."""
        count = 0
        stack = self._stack
        while stack:
            frame = stack[-1]
            if self.at + 8 > frame.end:
                self._leave_at_end(frame)
                continue
            count += 1
            if count > _MAX_ELEMENTS:
                self.damaged = True
                break
            group, number = self._tag(self.file, self.at)
            if len(stack) == 1 and (group == _PIXEL_GROUP or self.group not in (None, group)):
                return
            if frame.tag:
                self._item(frame, group << 16 | number)
            else:
                self._element(frame, group << 16 | number)
        while stack:
            self._close()

    def _leave_at_end(self, frame: _Frame) -> None:
        """Leave a frame whose bytes are used up; one without a stated end should have had a delimiter."""
        if not frame.stated or self.at < frame.end:
            self.damaged = True
        if len(self._stack) > 1:
            self.at = frame.end
        self._close()

    def _give_up(self) -> None:
        """After a fault go on behind the innermost frame whose end is known."""
        self.damaged = True
        while len(self._stack) > 1 and not self._stack[-1].stated:
            self._close()
        self.at = self._stack[-1].end
        self._close()

    def _close(self) -> None:
        frame = self._stack.pop()
        if not self._stack:
            return
        outer = self._stack[-1]
        kept = len(self._stack) <= 2 * MAX_DEPTH
        if not frame.tag:
            if kept:
                outer.items.append(frame.data)
        elif not kept:
            self.deep = True
        elif len(self._stack) > 1 or frame.tag in self.wanted:
            # A sequence that stands twice, as no writer should make it, has the items of both.
            earlier = outer.data.get(frame.tag)
            before = earlier.items if earlier is not None else ()
            if len(before) > _MAX_JOINED:
                self.damaged = True
                return
            outer.data[frame.tag] = Element(b"SQ", b"", (*before, *frame.items))

    def _open(self, at: int, length: int, *, explicit: bool, tag: int) -> None:
        """Enter a sequence (``tag``) or a data set (0)."""
        if len(self._stack) > _MAX_OPEN:
            self.deep = True
            self._give_up()
            return
        outer = self._stack[-1]
        stated = length != _UNDEFINED and at + length <= outer.end
        if not stated and length != _UNDEFINED:
            self.damaged = True
        self._stack.append(_Frame(at + length if stated else outer.end, stated, explicit, tag))
        self.at = at

    def _item(self, frame: _Frame, tag: int) -> None:
        length = self._u32(self.file, self.at + 4)[0]
        if tag == _ITEM:
            self._open(self.at + 8, length, explicit=frame.explicit, tag=0)
        elif tag == _SEQUENCE_END:
            self.at = frame.end if frame.stated else self.at + 8
            self._close()
        elif tag == _ITEM_END:
            self.at += 8
        else:
            self._give_up()

    def _element(self, frame: _Frame, tag: int) -> None:
        if tag in (_ITEM_END, _SEQUENCE_END) and not frame.stated:
            # The end of a sequence ends its last item too, where a writer forgot to.
            self.at += 8 if tag == _ITEM_END else 0
            self._close()
            return
        if tag >> 16 == 0xFFFE:
            self._give_up()
            return
        vr, length, value = self._head(frame.explicit)
        if value > frame.end:
            self._give_up()
            return
        inner = frame.explicit and vr != b"UN"
        if length == _UNDEFINED:
            self._open(value, length, explicit=inner, tag=tag)
            return
        top = len(self._stack) == 1
        keep = not top or tag in self.wanted
        sequence = vr == b"SQ" or (vr in (b"", b"UN") and length >= 8 and self._starts_item(value))
        if keep and sequence:
            self._open(value, length, explicit=inner, tag=tag)
        elif value + length > frame.end:
            self._give_up()
        else:
            if keep:
                frame.data.setdefault(tag, Element(vr, self.file[value : value + length]))
            self.at = value + length

    def _head(self, explicit: bool) -> tuple[bytes, int, int]:
        """Return VR, length and offset of the value; an offset behind the end of the file where its head is cut off."""
        vr = self.file[self.at + 4 : self.at + 6]
        if not explicit or not _is_vr(vr):
            return b"", self._u32(self.file, self.at + 4)[0], self.at + 8
        if vr not in _LONG_VRS:
            return vr, self._u16(self.file, self.at + 6)[0], self.at + 8
        if self.at + 12 > len(self.file):
            return vr, 0, len(self.file) + 1
        return vr, self._u32(self.file, self.at + 8)[0], self.at + 12

    def _starts_item(self, at: int) -> bool:
        return at + 4 <= len(self.file) and self._tag(self.file, at) in ((0xFFFE, 0xE000), (0xFFFE, 0xE0DD))
