"""Text in NIfTI headers, their extensions and gzip wrappers: where converters and viewers leave names, times and paths.

References
----------
NIfTI-1 header definition: descrip, aux_file, intent_name, db_name; registered extension codes. RFC 1952: name and
comment of a gzip member.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from isal import igzip as _igzip
from isal import isal_zlib

from groundglass.datasets.findings import Finding
from groundglass.datasets.validation.identity.rules import telling
from groundglass.deidentify.known import NAMING
from groundglass.deidentify.text.vocabulary import protocol_words, technical_words
from groundglass.dicom.elements import MoreNeededError, NotDicomError, read_elements
from groundglass.errors import InputError

igzip: Any = _igzip  # half typed
_FIELDS_1 = (("data_type", 4, 10), ("db_name", 14, 18), ("descrip", 148, 80), ("aux_file", 228, 24))
_FIELDS_1_END = (("intent_name", 328, 16),)
_FIELDS_2 = (("descrip", 240, 80), ("aux_file", 320, 24), ("intent_name", 508, 16))
_FIRST_BYTES = 64 * 1024
EXTENSION_BYTES_AT_MOST = 16 * 1024 * 1024
"""Extensions above are not looked through; a DICOM header kept as one has some kilobytes."""
_NAMING = frozenset({*NAMING, 0x00080018, 0x00080020, 0x00080021, 0x00080022, 0x0020000D, 0x0020000E})
"""Elements that name somebody, and UIDs and dates of the original."""
DICOM_EXTENSION = 2
"""Registered code of an extension that holds DICOM elements."""
_PROGRAM = re.compile(
    r"(?:fsl|spm|afni|ants|itk|simpleitk|nibabel|slicer|3d slicer|freesurfer|mricron|itk-snap|dcm2niix?|medseg|matlab"
    r"|nifti|groundglass|c3d|elastix|plastimatch|mevislab|mimics|torchio|monai|nilearn|dicom2nifti|none|float|short|"
    r"unknown|ct|chest|lung|lungs|mask|label|labels|segmentation|image|volume|estimate)?[\s:v_\-/,.0-9a-f]*",
    re.IGNORECASE,
)
"""Names and versions of programs, which tell nobody."""
_TECHNICAL = re.compile(r"(?:TE|TR|TI|phase|mb|acq|dwell|kvp?|echo|flip|Time)\s?=\s?[\d.+\-e]*", re.IGNORECASE)
"""What dcm2niix writes: pairs of a parameter and a number."""
_WORD = re.compile(r"[^\W\d_]{3,}")
_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f]{3,}")
_ERRORS: Any = (OSError, EOFError, zlib.error, isal_zlib.error, igzip.BadGzipFile, ValueError, struct.error)


@dataclass(frozen=True, slots=True)
class HeaderText:
    """One text.

    Attributes
    ----------
    place : str
        Name of the field, ``extension 6``, ``gzip name``, ``gzip comment``.
    text : str
        What stands there; never printed.
    """

    place: str
    text: str


def header_findings(path: Path, name: str, study_id: str) -> list[Finding]:
    """Return what the header of a NIfTI tells beside the picture.

    Parameters
    ----------
    path : Path
        Of the file; one that cannot be read says nothing here, its picture is told of elsewhere.
    name : str
        Its path in the set.
    study_id : str
        Of the study.
    """
    findings = []
    try:
        texts = _texts(path)
    except _ERRORS:
        return []
    for each in texts:
        verdict = _verdict(each, name, study_id)
        if verdict:
            findings.append(Finding(verdict, study_id, {"file": name, "place": each.place}))
    return findings


def _texts(path: Path) -> list[HeaderText]:
    found = []
    with path.open("rb") as plain:
        start = plain.read(_FIRST_BYTES)
        plain.seek(0)
        if start[:2] == b"\x1f\x8b":
            found += _gzip_texts(start)
            with igzip.IGzipFile(fileobj=plain, mode="rb") as stream:
                head = stream.read(544)
                head += stream.read(_extension_bytes(head))
        else:
            head = plain.read(544)
            head += plain.read(_extension_bytes(head))
    order = _order(head)
    fields = _FIELDS_2 if struct.unpack(f"{order}i", head[:4])[0] == 540 else (*_FIELDS_1, *_FIELDS_1_END)
    found += [HeaderText(name, _plain(head[start_ : start_ + size])) for name, start_, size in fields]
    return [each for each in [*found, *_extensions(head, order)] if each.text]


def _order(head: bytes) -> str:
    return "<" if head[:4] in (struct.pack("<i", 348), struct.pack("<i", 540)) else ">"


def _extension_bytes(head: bytes) -> int:
    """Return how many bytes stand between the header read so far and the voxels."""
    order = _order(head)
    if struct.unpack(f"{order}i", head[:4])[0] == 540:
        offset = int(struct.unpack(f"{order}q", head[168:176])[0])
    else:
        value = struct.unpack(f"{order}f", head[108:112])[0]
        offset = int(value) if 0 <= value < EXTENSION_BYTES_AT_MOST else 0
    return max(0, min(offset, EXTENSION_BYTES_AT_MOST) - len(head))


def _extensions(head: bytes, order: str) -> list[HeaderText]:
    place = struct.unpack(f"{order}i", head[:4])[0]
    if len(head) < place + 12 or head[place] == 0:
        return []
    place += 4
    found = []
    while place + 8 <= len(head):
        size, code = struct.unpack(f"{order}ii", head[place : place + 8])
        if size < 8 or place + size > len(head):
            break
        content = head[place + 8 : place + size]
        found.append(
            HeaderText(f"extension {code}", _dicom_text(content) if code == DICOM_EXTENSION else _plain(content))
        )
        place += size
    return found


def _dicom_text(content: bytes) -> str:
    """Return what elements of a DICOM extension name, a line each; all text where they cannot be read."""
    explicit = content[4:6].isalpha() and content[4:6].isupper()
    # An extension may begin with any group; the reader wants a data set that begins with its character set.
    start = b"\x08\0\x05\0CS\x0a\0ISO_IR 192" if explicit else b"\x08\0\x05\0\x0a\0\0\0ISO_IR 192"
    try:
        found = read_elements(start + content.rstrip(b"\0"), whole=True, wanted=_NAMING, label="extension")
    except (NotDicomError, MoreNeededError, InputError):
        return _plain(content)
    return "\n".join(
        value.decode("utf-8", "replace").strip(" \0")
        for tag, item in found.data.items()
        if (value := item.value) and tag in _NAMING
    )


def _gzip_texts(start: bytes) -> list[HeaderText]:
    """Return name and comment of the first member (RFC 1952, 2.3)."""
    flags, place = start[3], 10
    if flags & 4:
        place += 2 + struct.unpack("<H", start[place : place + 2])[0]
    found = []
    for bit, what in ((8, "gzip name"), (16, "gzip comment")):
        if flags & bit:
            end = start.index(b"\0", place)
            found.append(HeaderText(what, _plain(start[place:end])))
            place = end + 1
    return found


def _plain(data: bytes) -> str:
    text = data.rstrip(b"\0 ").decode("utf-8", "replace") if data.strip(b"\0 ") else ""
    return " ".join(_PRINTABLE.findall(text)).strip()


def _verdict(found: HeaderText, name: str, study_id: str) -> str:
    """Return the code of a finding, "" where the text tells nothing."""
    text = found.text
    if found.place == "gzip name":
        stem = PurePosixPath(text.replace("\\", "/")).name
        if stem in (PurePosixPath(name).name, PurePosixPath(name).name.removesuffix(".gz")):
            return ""
        text = stem.split(".")[0].replace("_", " ").replace("-", " ")
    if found.place == "data_type" or _PROGRAM.fullmatch(text) or text in (study_id, PurePosixPath(name).name):
        return ""
    if found.place == f"extension {DICOM_EXTENSION}":
        return "IDENTIFIER_IN_HEADER" if any(map(str.isalnum, text)) else "HEADER_TEXT"
    if any(pattern.severity == "error" or pattern.reason == "email" for pattern, _ in telling(text)):
        return "IDENTIFIER_IN_HEADER"
    rest = _TECHNICAL.sub(" ", text)
    if any(not _ordinary(word) for word in _WORD.findall(rest)) or re.search(
        r"(?:19|20)\d{2}[-./]?\d{2}[-./]?\d{2}", rest
    ):
        return "IDENTIFIER_IN_HEADER"
    return "" if found.place == "gzip name" else "HEADER_TEXT"


def _ordinary(word: str) -> bool:
    plain = word.casefold()
    return plain in technical_words() or plain in protocol_words() or bool(_PROGRAM.fullmatch(word))
