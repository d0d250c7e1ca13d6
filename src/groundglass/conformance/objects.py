"""The objects of a result as plain values, whoever wrote them: read by bounds, never by trust."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from groundglass.dicom.elements import Element, MoreNeededError, NotDicomError, read_elements
from groundglass.dicom.headers import FUNCTIONAL_GROUPS, Instance, read_instance
from groundglass.dicom.limits import ReadingLimits
from groundglass.dicom.sources import FileSource
from groundglass.dicom.values import Values, decoded

Kind = Literal["report", "dose", "key objects", "segmentation", "presentation", "document", "image", "other"]

_STORAGE = "1.2.840.10008.5.1.4.1.1."
_KINDS: tuple[tuple[str, Kind], ...] = (
    # PS3.4 annex B.5; the first that fits
    (_STORAGE + "88.59", "key objects"),
    (_STORAGE + "88.67", "dose"),
    (_STORAGE + "88.68", "dose"),
    (_STORAGE + "88.73", "dose"),
    (_STORAGE + "88.", "report"),
    (_STORAGE + "66.4", "segmentation"),
    (_STORAGE + "66.7", "segmentation"),
    (_STORAGE + "11.", "presentation"),
    (_STORAGE + "104.", "document"),
    (_STORAGE + "7", "image"),
    (_STORAGE + "2", "image"),
)
_DOSE_TITLE = "113701"
"""X-Ray Radiation Dose Report (PS3.16 TID 10011), met in enhanced SR too."""
ROLES: dict[int, str] = {
    0x00082112: "source",  # SourceImageSequence
    0x00081140: "image",  # ReferencedImageSequence
    0x00081199: "content",  # ReferencedSOPSequence: SR content, KOS, GSPS
    0x0008114A: "series",  # ReferencedInstanceSequence
    0x0008114B: "series",
    0x00420013: "source",  # SourceInstanceSequence of encapsulated documents
}
"""Sequences whose items name other instances, and what they are named for (PS3.3 10.3, C.7.6.16, C.17.2)."""
_EARLIER = {0x0040A360: "predecessor", 0x0040A525: "identical"}
_EVIDENCE = frozenset({0x0040A375, 0x0040A385})
_WANTED = frozenset(
    {
        *ROLES,
        *_EARLIER,
        *_EVIDENCE,
        *FUNCTIONAL_GROUPS,
        *(0x00080005, 0x00080012, 0x00080013, 0x00080016, 0x00080018, 0x00080020, 0x00080021, 0x00080022, 0x00080023),
        *(0x00080030, 0x00080031, 0x00080032, 0x00080033, 0x0008002A, 0x00080060, 0x00080068, 0x00080070, 0x0008103E),
        *(0x00081090, 0x00081115, 0x00082111, 0x00082218, 0x0008002A, 0x00100010, 0x00100020, 0x00180015, 0x00181020),
        *(0x0018A001, 0x0020000D, 0x0020000E, 0x00200011, 0x00200013, 0x00200052, 0x00204000, 0x00280004, 0x00280301),
        *(0x00281050, 0x00281051, 0x00281055, 0x00281101, 0x00281102, 0x00281103, 0x00281201, 0x00281202, 0x00281203),
        *(0x00281052, 0x00281053, 0x00420010, 0x0040A043, 0x0040A493, 0x0040A491, 0x0040A730, 0x0040A504, 0x00620001),
        *(0x00620002, 0x00089215, 0x0008114A, 0x00081199, 0x00700080, 0x00700081, 0x00700001, 0x00189004, 0x00281056),
        *(0x0062000E, 0x00200020, 0x00480008, 0x0040A032, 0x0040A030, 0x00081010, 0x00181016, 0x00181018, 0x00181019),
    }
)
_MAX_REFERENCES = 200_000
"""References kept of one object; a segmentation of 400 slices and 8 segments has some 7,000."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One instance that an object names: what for, which, and which of its frames (1-based)."""

    role: str
    sop_uid: str
    frame: int | None


@dataclass(frozen=True, slots=True)
class Equipment:
    """Something that says who made the object; empty where it says nothing."""

    name: str
    version: str
    maker: str
    where: str


@dataclass(frozen=True, slots=True, eq=False)
class ResultObject:
    """One object of a result.

    Attributes
    ----------
    instance : Instance
        Header as all readers of the house have it.
    kind : str
        What sort of object it is.
    values : Values
        Elements that the checks look at.
    character_sets : tuple of str
        SpecificCharacterSet.
    references : tuple of Reference
        Every instance it names.
    """

    instance: Instance
    kind: Kind
    values: Values = field(repr=False)
    character_sets: tuple[str, ...]
    references: tuple[Reference, ...] = field(repr=False)

    @property
    def uid(self) -> str:
        """SOP Instance UID as the header has it."""
        return self.instance.sop_uid

    @property
    def label(self) -> str:
        """Safe name of the file."""
        return self.instance.source.label

    def words(self, tag: int, values: Values | None = None) -> str:
        """Return human text in the object's character set; empty where absent."""
        element = (values or self.values).data.get(tag)
        return "" if element is None else decoded(element.value, self.character_sets).strip()


def read_object(source: FileSource, limits: ReadingLimits) -> ResultObject | None:
    """Read the header of one file.

    Parameters
    ----------
    source : FileSource
        The file.
    limits : ReadingLimits
        How much is read.

    Returns
    -------
    ResultObject or None
        None where this is no DICOM file.

    Raises
    ------
    InputError
        ``BROKEN_DICOM``; what the source raises.
    """
    instance = read_instance(source, limits)
    if instance is None:
        return None
    data = _elements(source, limits)
    values = Values(data, little=instance.layout.little, problems={})
    character_sets = values.texts(0x00080005)
    return ResultObject(instance, _kind(instance, values), values, character_sets, tuple(_references(values)))


def _elements(source: FileSource, limits: ReadingLimits) -> dict[int, Element]:
    step = 16 * 1024
    while True:
        whole = step >= source.size
        head = source.read(None if whole else step)
        try:
            found = read_elements(
                head, whole=whole, wanted=_WANTED, label=source.label, max_inflated_bytes=limits.max_file_bytes
            )
        except NotDicomError:
            return {}
        except MoreNeededError:
            step = 16 * step if step < limits.max_header_bytes // 16 else source.size
            continue
        return found.data


def _kind(instance: Instance, values: Values) -> Kind:
    kind: Kind = next((kind for root, kind in _KINDS if instance.sop_class.startswith(root)), "other")
    if instance.sop_class.startswith((_STORAGE + "20", _STORAGE + "2.3", _STORAGE + "7.")) and not instance.layout.tag:
        kind = "image" if instance.sop_class.startswith(_STORAGE + "7.") else "other"
    if kind == "report" and values.item(0x0040A043).text(0x00080100) == _DOSE_TITLE:
        return "dose"
    if kind == "other" and instance.layout.tag:
        return "image"
    if kind == "other" and instance.modality in ("SR", "KO", "SEG", "PR"):
        # a class of its own making, or none at all
        return {"SR": "report", "KO": "key objects", "SEG": "segmentation", "PR": "presentation"}[instance.modality]  # type: ignore[return-value]  # each is a Kind
    return kind


def _references(values: Values) -> Iterator[Reference]:
    """Walk every sequence that was kept, and yield the instances named, in the order in which they stand."""
    pending: list[tuple[int, Mapping[int, Element], bool, str]] = [(0, values.data, False, "")]
    left = _MAX_REFERENCES
    while pending and left > 0:
        tag, item, evidence, earlier = pending.pop()
        if tag in ROLES and 0x00081155 in item:
            v = Values(item, little=values.little, problems={})
            role = ROLES[tag]
            if earlier:
                role = earlier
            elif evidence and role == "content":
                role = "evidence"
            uid = v.text(0x00081155)
            for frame in _frame_numbers(v)[:left]:
                left -= 1
                yield Reference(role, uid, frame)
        below = [
            (inner, each, evidence or inner in _EVIDENCE, earlier or _EARLIER.get(inner, ""))
            for inner, element in item.items()
            for each in element.items
        ]
        pending.extend(reversed(below))


def _frame_numbers(item: Values) -> tuple[int | None, ...]:
    """Return every frame that an item names; one None where it names the whole instance (PS3.3 10.3)."""
    numbers = tuple(int(text) for text in item.texts(0x00081160) if text.isascii() and text.isdigit())
    return numbers or (None,)


_PLACEHOLDERS = re.compile(
    r"[\W_]*|unknown|unspecified|undefined|not[ _]?(specified|available|applicable|set)|n/?a|none|null|nil|tbd|todo|"
    r"test|dummy|anonym\w*|x+|service ?name|version|manufacturer|model|"
    r"не ?(указан\w*|известн\w*|задан\w*|определ\w*)|нет( данных)?|неизвестн\w*|отсутству\w*|н/?д",
    re.IGNORECASE,
)


def stated(text: str) -> str:
    """Return the text if it says something, else nothing: placeholders count as empty."""
    text = " ".join(text.split())
    return "" if _PLACEHOLDERS.fullmatch(text) else text


def equipment_of(found: ResultObject) -> Iterator[Equipment]:
    """Yield everything in the header that says which software made an object (PS3.3 C.7.5.1, C.12.1, C.8.20.2).

    Parameters
    ----------
    found : ResultObject
        The object.
    """

    def one(values: Values, where: str) -> Equipment:
        return Equipment(
            stated(found.words(0x00081090, values)),
            stated(found.words(0x00181020, values).replace("\\", " ")),
            stated(found.words(0x00080070, values)),
            where,
        )

    yield Equipment(
        stated(found.words(0x00081090)), stated(found.words(0x00181020)), stated(found.words(0x00080070)), "equipment"
    )
    little = found.instance.layout.little
    for item in found.values.items(0x0018A001):
        yield one(Values(item, little=little, problems={}), "contributing equipment")
    device = Equipment(
        stated(found.words(0x00181018)),
        stated(found.words(0x00181019)),
        stated(found.words(0x00181016)),
        "capture device",
    )
    if device.name or device.version:
        yield device
    for segment in found.values.items(0x00620002):
        v = Values(segment, little=little, problems={})
        name = stated(found.words(0x00620009, v))
        if name:
            yield Equipment(name, "", "", "segment algorithm")
        for item in v.items(0x00620007):
            a = Values(item, little=little, problems={})
            yield Equipment(
                stated(found.words(0x00660036, a)), stated(found.words(0x00660031, a)), "", "algorithm identification"
            )
