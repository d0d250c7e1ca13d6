"""First look at every file: whose it is, where it belongs, and what names him - for all files of a patient together.

Only the header is read, by the tolerant reader of :mod:`groundglass.dicom.elements`, so that a damaged file still says
to whom it belongs.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from groundglass.deidentify.text import Identifiers
from groundglass.dicom.elements import Element, Elements, MoreNeededError, NotDicomError, read_elements
from groundglass.dicom.sources import FileSource
from groundglass.dicom.values import Values, decoded

_FIRST_BYTES = 16 * 1024
"""Covers the header of most CT slices in one read."""

NAMING: Mapping[int, str] = {
    0x00080050: "accession",
    0x00080080: "institution",
    0x00080081: "address",
    0x00080090: "name",
    0x00080092: "address",
    0x00080094: "phone",
    0x0008009C: "name",
    0x00081010: "other",
    0x00081040: "institution",
    0x00081048: "name",
    0x00081050: "name",
    0x00081060: "name",
    0x00081070: "name",
    0x00100010: "name",
    0x00100020: "id",
    0x00100021: "other",
    0x00100030: "date",
    0x00101000: "id",
    0x00101001: "name",
    0x00101005: "name",
    0x00101040: "address",
    0x00101060: "name",
    0x00101090: "id",
    0x00102152: "other",
    0x00102154: "phone",
    0x00102155: "phone",
    0x00102297: "name",
    0x00102298: "other",
    0x00102299: "institution",
    0x00181000: "id",
    0x00181008: "id",
    0x00120010: "institution",
    0x00120030: "id",
    0x00120031: "institution",
    0x00120040: "id",
    0x00200010: "id",
    0x00321032: "name",
    0x00321033: "institution",
    0x00380010: "id",
    0x00380060: "id",
    0x00400006: "name",
    0x00400241: "other",
    0x00400242: "other",
    0x00401010: "name",
    0x00402016: "id",
    0x00402017: "id",
    0x00402008: "name",
    0x00402010: "phone",
    0x00400253: "id",
    0x00401001: "id",
    0x0040A075: "name",
    0x0040A123: "name",
    0x00402001: "other",
}
"""Attributes that name somebody or something, and what kind of a name it is (PS3.6; kinds are ours)."""

_SEQUENCES = frozenset(
    {
        *(0x00081084, 0x00081110, 0x00081140, 0x00081115, 0x00082112, 0x00080096, 0x0008009D, 0x00081049, 0x00081052),
        *(0x00081062, 0x00081072, 0x00080082, 0x00101002, 0x00400275, 0x00400260, 0x04000561, 0x0040A073, 0x0040A730),
        *(0x0018A001, 0x00321031, 0x00101100, 0x0040A078, 0x00400555, 0x00082218, 0x00420010),
    }
)
"""Sequences that often hold such attributes; they are searched to any depth."""

_OWN = (0x00100020, 0x00100021, 0x00100010, 0x00100030)
"""ID, its issuer, name, birth date."""
_PLACES = (0x0020000D, 0x0020000E, 0x00080018, 0x00080016)
"""Study, series, instance, class."""
_WANTED = frozenset({*NAMING, *_SEQUENCES, *_OWN, *_PLACES, 0x00080005})
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the first look says of one file.

    Attributes
    ----------
    source : FileSource
        The file.
    patient : str
        Key of the patient: ID with its issuer, else name and birth date, else the study. Never printed.
    study_uid, series_uid, sop_uid, sop_class : str
        As the file has them; empty where it has none.
    names : tuple of (str, str)
        What names the patient and everybody around him: kind and value. Never printed.
    """

    source: FileSource
    patient: str
    study_uid: str
    series_uid: str
    sop_uid: str
    sop_class: str
    names: tuple[tuple[str, str], ...]


def look(source: FileSource) -> Seen | None:
    """Read the header of one file.

    Returns
    -------
    Seen or None
        None if the file is no DICOM.

    Raises
    ------
    InputError
        ``BROKEN_DICOM``, or as reading a file does.
    """
    try:
        found = _elements(source)
    except NotDicomError:
        return None
    data = found.data
    values = Values(data, little=found.little, problems={})
    charset = _character_sets(data)
    names = tuple(dict.fromkeys(_names(data, charset)))
    own = [_own(data, tag, charset) for tag in _OWN]
    places = [values.text(tag) for tag in _PLACES]
    return _seen(source, names, own, places)


def look_again(source: FileSource, dataset: Dataset) -> Seen:
    """Do the same for a file that only pydicom can read: one with other bytes behind its last element.

    Parameters
    ----------
    source : FileSource
        The file.
    dataset : Dataset
        Its data set, without those bytes.
    """
    names: dict[tuple[str, str], None] = {}
    pending = [dataset]
    while pending:
        here = pending.pop()
        for item in here:
            if item.VR == "SQ":
                pending.extend(item.value)
            elif int(item.tag) in NAMING and item.value:
                parts = item.value if isinstance(item.value, MultiValue) else [item.value]
                names.update({(NAMING[int(item.tag)], str(part).strip(" \0")): None for part in parts if part})
    own = [_plain(str(dataset.get(tag).value or "")) if tag in dataset else "" for tag in _OWN]
    places = [str(dataset.get(tag).value or "") if tag in dataset else "" for tag in _PLACES]
    return _seen(source, tuple(names), own, places)


def _seen(source: FileSource, names: tuple[tuple[str, str], ...], own: list[str], places: list[str]) -> Seen:
    own_id, issuer, name, birth = own
    study, series, sop_uid, sop_class = places
    if own_id:
        patient = f"id {own_id} {issuer}"
    elif name:
        patient = f"name {name} {birth}"
    else:
        patient = f"study {study}" if study else f"file {hashlib.sha256(repr(names).encode()).hexdigest()}"
    return Seen(source, patient, study, series, sop_uid, sop_class, names)


def gathered(seen: Iterable[Seen]) -> dict[str, Identifiers]:
    """Return the identifiers of each patient from all his files."""
    names: dict[str, dict[tuple[str, str], None]] = {}
    for each in seen:
        names.setdefault(each.patient, {}).update(dict.fromkeys(each.names))
    return {patient: Identifiers.gather(found) for patient, found in names.items()}


def _elements(source: FileSource) -> Elements:
    head = source.read(_FIRST_BYTES)
    whole = len(head) < _FIRST_BYTES or len(head) >= source.size
    while True:
        try:
            return read_elements(head, whole=whole, wanted=_WANTED, label=source.label)
        except MoreNeededError:
            size = min(max(len(head) * 8, 1 << 20), source.size)
            head = source.read(size)
            whole = len(head) >= source.size or len(head) < size


def _names(data: Mapping[int, Element], character_sets: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for tag, element in data.items():
        if element.items:
            for item in element.items:
                yield from _names(item, _character_sets(item) or character_sets)
            continue
        kind = NAMING.get(tag)
        if kind is None or not element.value:
            continue
        for text in decoded(element.value, character_sets, person_name=kind == "name").split("\\"):
            bare = text.strip(" \0")
            if bare:
                yield kind, bare


def _own(data: Mapping[int, Element], tag: int, character_sets: tuple[str, ...]) -> str:
    element = data.get(tag)
    if element is None:
        return ""
    return _plain(decoded(element.value, character_sets))


def _plain(text: str) -> str:
    return _BLANKS.sub(" ", text.strip(" \0^").casefold())


def _character_sets(data: Mapping[int, Element]) -> tuple[str, ...]:
    element = data.get(0x00080005)
    if element is None:
        return ()
    return tuple(part.strip(" \0") for part in element.value[:256].decode("latin_1").split("\\"))
