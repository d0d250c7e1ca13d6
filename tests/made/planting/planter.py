"""Puts an identifier into an element as bytes, so that every value representation and character set can be had."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pydicom.charset import convert_encodings, encode_string
from pydicom.datadict import dictionary_VR, keyword_for_tag, tag_for_keyword
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag, Tag

from planting.marks import Mark, Mint, Script

CHARSETS: dict[str, tuple[Script, ...]] = {
    "": ("latin",),
    "ISO_IR 100": ("latin",),
    "ISO_IR 144": ("cyrillic", "latin"),
    "ISO_IR 192": ("latin", "cyrillic", "chinese", "japanese", "korean"),
    "GB18030": ("chinese", "cyrillic", "latin"),
    "GBK": ("chinese", "latin"),
    "\\ISO 2022 IR 58": ("chinese", "latin"),
    "\\ISO 2022 IR 87": ("japanese", "latin"),
    "\\ISO 2022 IR 149": ("korean", "latin"),
    "ISO 2022 IR 6\\ISO 2022 IR 144": ("cyrillic", "latin"),
}
"""Character sets that files are planted in (PS3.3 C.12.1.1.2), and the scripts that each can hold."""

TEXT_VRS = frozenset(("LO", "LT", "PN", "SH", "ST", "UC", "UT"))
"""Value representations that SpecificCharacterSet governs (PS3.5 6.1.2.2)."""

LENGTHS = {"AE": 16, "CS": 16, "SH": 16, "LO": 64, "IS": 12, "DS": 16}
"""Longest value, characters (PS3.5 table 6.2-1)."""


def encoded(text: str, charset: str) -> bytes:
    """Return a text in a character set of DICOM; one that it cannot hold is a ``UnicodeError``."""
    names = charset.split("\\") if charset else ["ISO_IR 6"]
    if charset in ("", "ISO_IR 100"):
        return text.encode("ascii" if not charset else "latin-1")
    data = encode_string(text, convert_encodings([name or "ISO_IR 6" for name in names]))
    if data.count(b"?") != text.count("?"):
        raise UnicodeError("the character set cannot hold the text")
    return data


def raw(tag: int, vr: str, value: bytes) -> RawDataElement:
    """Return an element of exactly these bytes, one more where their number is odd."""
    if len(value) % 2:
        value += b"\0" if vr in ("UI", "OB", "UN") else b" "
    return RawDataElement(Tag(tag), vr, len(value), value, 0, False, True, True)


@dataclass
class Planter:
    """One file being planted.

    Attributes
    ----------
    ds : Dataset
        Its copy.
    mint : Mint
        Where identifiers come from.
    charset : str
        Character set of the file.
    identity : dict
        The marks of the patient, by keyword: the same in all his files.
    marks : list of Mark
        What was planted.
    """

    ds: Dataset
    mint: Mint
    charset: str
    identity: dict[str, Mark]
    marks: list[Mark] = field(default_factory=list)
    _at: dict[int, tuple[int, int]] = field(default_factory=dict)

    def script(self, vr: str = "LO", charset: str | None = None) -> Script:
        """Return a script that the element can hold."""
        can = CHARSETS[self.charset if charset is None else charset]
        if vr not in TEXT_VRS:
            return "latin"
        for _ in range(5):
            script = self.mint.script()
            if script in can:
                return script
        return can[0]

    def put(
        self,
        tag: int | str,
        mark: Mark,
        place: str,
        *,
        vr: str | None = None,
        text: str | None = None,
        data: bytes | None = None,
        within: Dataset | None = None,
        path: tuple[str, ...] = (),
        charset: str | None = None,
        **more: object,
    ) -> None:
        """Plant a mark in an element.

        Parameters
        ----------
        text : str, optional
            The whole value, with the mark in it; the mark alone by default.
        data : bytes, optional
            The value as bytes, where it is no text.
        within : Dataset, optional
            Another data set than that of the file.
        path : tuple of str
            Where ``within`` is.
        """
        number = _tag(tag)
        vr = vr or dictionary_VR(number).split(" ")[0]
        value = text if text is not None else mark.value
        charset = self.charset if charset is None else charset
        if data is None:
            try:
                data = encoded(value, charset) if vr in TEXT_VRS else value.encode("ascii")
            except UnicodeError:  # another mark that any character set can hold
                mark = replace(self.mint.plain("latin"), known=False)
                value, more = mark.value, {**more, "known": False}
                data = value.encode("ascii")
        target = self.ds if within is None else within
        target[number] = raw(number, vr, data)
        # what stood there before, planted or not, is gone
        self.marks = [mark for mark in self.marks if self._at.get(id(mark)) != (id(target), number)]
        where = "/".join((*path, keyword_for_tag(number) or str(number)))
        known = mark.at(place, where, vr=vr, depth=len(path), charset=charset, **more)
        self.marks.append(known)
        self._at[id(known)] = (id(target), number)

    def note(self, mark: Mark, place: str, where: str = "", **more: object) -> None:
        """Record a mark that was planted by other means."""
        self.marks.append(mark.at(place, where, **more))

    def sequence(self, tag: int | str, items: list[Dataset], within: Dataset | None = None) -> None:
        """Add a sequence; items that are there stay."""
        target = self.ds if within is None else within
        if _tag(tag) in target and target[_tag(tag)].VR == "SQ":
            items = [*target[_tag(tag)].value, *items]
        self.marks = [mark for mark in self.marks if self._at.get(id(mark)) != (id(target), _tag(tag))]
        target[_tag(tag)] = DataElement(_tag(tag), "SQ", Sequence(items))


def _tag(tag: int | str) -> BaseTag:
    if isinstance(tag, int):
        return Tag(tag)
    number = tag_for_keyword(tag)
    if number is None:
        raise ValueError(f"no attribute {tag}")
    return Tag(number)
