"""Which object of the source one of OUT was made from, told without any key; and how far its dates moved."""

from __future__ import annotations

import hashlib
import struct
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from groundglass.deidentify.verify.attributes import attributes, kind_of
from groundglass.deidentify.verify.dates import days_between, readings
from groundglass.deidentify.verify.elements import Element, Parsed, fragments_of

_ALIKE: tuple[int, ...] = (
    0x00080016,  # SOPClassUID
    0x00080030,  # StudyTime
    0x00080031,  # SeriesTime
    0x00080032,  # AcquisitionTime
    0x00080033,  # ContentTime
    0x00200011,  # SeriesNumber
    0x00200012,  # AcquisitionNumber
    0x00200013,  # InstanceNumber
    0x00200032,  # ImagePositionPatient
    0x00200037,  # ImageOrientationPatient
    0x00280008,  # NumberOfFrames
    0x00280010,  # Rows
    0x00280011,  # Columns
)
"""What de-identification leaves as it is: numbers, times of day, geometry (of these PS3.15 table E.1-1 has only times,
which the option of modified dates keeps)."""
_ALIKE_AT_LEAST = 4
"""Values that two objects without pixels must share to be taken for the same."""


@dataclass(frozen=True, slots=True)
class Record:
    """What is remembered of one object.

    Attributes
    ----------
    patient : str
        Whose, by the ID and name that the object itself has.
    pixels : bytes
        Hash of the stored pixels, empty without any.
    likeness : tuple of str
        What stays.
    dates : dict of str to tuple of str
        Dates by path.
    """

    patient: str
    pixels: bytes
    likeness: tuple[str, ...]
    dates: dict[str, tuple[str, ...]]


def is_date(element: Element) -> bool:
    """Return whether an element holds nothing but dates."""
    return element.vr in ("DA", "DT") or (not element.vr and kind_of(element.tag, "") in ("date", "birth"))


def record_of(parsed: Parsed) -> Record:
    """Return what is remembered of an object.

    Parameters
    ----------
    parsed : Parsed
        The object.
    """
    main: dict[int, bytes] = {}
    dates: dict[str, tuple[str, ...]] = {}
    terms = attributes()
    for e in parsed.elements:
        if "/" not in e.path:
            main.setdefault(e.tag, e.value)
        if is_date(e) and (e.tag not in terms or terms[e.tag].kind != "term-date"):
            days = tuple(m[0] for m in readings(e.value.decode("latin-1")))
            if days:
                dates[e.path] = (*dates.get(e.path, ()), *days)
    patient = "|".join(_text(main.get(tag, b"")) for tag in (0x00100020, 0x00100010, 0x00100030))
    if not patient.strip("|"):
        patient = _text(main.get(0x0020000D, b""))
    likeness = tuple(_number_free(main.get(tag, b"")) for tag in _ALIKE)
    pixels = _hash(parsed, main.get(0x7FE00010, b""))
    return Record(patient, pixels, likeness, dates)


def _hash(parsed: Parsed, native: bytes) -> bytes:
    fragments = list(fragments_of(parsed))
    if not fragments and not native:
        return b""
    digest = hashlib.blake2b(digest_size=16)
    for part in fragments or [native]:
        digest.update(part.rstrip(b"\0"))
    return digest.digest()


def _text(value: bytes) -> str:
    return value.decode("latin-1").strip(" \0")


def _number_free(value: bytes) -> str:
    """Return a value so that two writings of it are equal."""
    if len(value) == 2:
        return str(struct.unpack("<H", value)[0])
    parts = []
    for part in _text(value).split("\\"):
        try:
            parts.append(format(float(part), ".4g"))
        except ValueError:
            parts.append(part)
    return "\\".join(parts)


class Pairs:
    """Objects of the source, to be found again."""

    def __init__(self) -> None:
        self._by_pixels: dict[bytes, list[Record]] = defaultdict(list)
        self._by_likeness: dict[tuple[str, ...], list[Record]] = defaultdict(list)

    def add(self, record: Record) -> None:
        """Remember an object of the source."""
        if record.pixels:
            self._by_pixels[record.pixels].append(record)
        self._by_likeness[record.likeness].append(record)

    def sources(self, record: Record) -> list[Record]:
        """Return the objects of the source that an object of OUT may have been made from, best guess alone."""
        alike = self._by_likeness.get(record.likeness, [])
        same = self._by_pixels.get(record.pixels, []) if record.pixels else []
        both = [r for r in same if r.likeness == record.likeness]
        if both:
            return both
        if same:
            return same
        return alike if sum(1 for v in record.likeness if v) >= _ALIKE_AT_LEAST else []


@dataclass(slots=True)
class Group:
    """Objects of OUT with one pseudonym.

    Attributes
    ----------
    patient : str
        Of the source; empty while unknown.
    days : int
        By how many days the source's dates lie later.
    known : bool
        Whether there was a date to tell it by.
    """

    diffs: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    patient: str = ""
    days: int = 0
    known: bool = False

    def take(self, record: Record, sources: list[Record]) -> None:
        """Count by how many days the dates of an object differ from those of its possible sources."""
        for source in {id(s): s for s in sources}.values():
            self.diffs[source.patient]  # a patient without dates counts too
            for path, days in record.dates.items():
                for now, then in zip(days, source.dates.get(path, ()), strict=False):
                    self.diffs[source.patient][days_between(then, now)] += 1

    def settle(self) -> None:
        """Choose the patient whose dates fit best; unmoved dates win a tie, so that a leak is not explained away."""
        best: tuple[int, bool, str] | None = None
        for patient, counter in sorted(self.diffs.items()):
            days, votes = max(counter.items(), key=lambda item: (item[1], item[0] == 0), default=(0, 0))
            rank = (votes, days == 0, patient)
            if best is None or rank[:2] > best[:2]:
                best, self.patient, self.days, self.known = rank, patient, days, votes > 0
