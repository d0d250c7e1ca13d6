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
from math import prod
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from isal import igzip as _igzip
from isal import isal_zlib

from groundglass.datasets.findings import Finding
from groundglass.datasets.validation.files import Tree
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
_BLOCK_BYTES = 1024 * 1024
EXTENSION_BYTES_AT_MOST = 16 * 1024 * 1024
"""Extensions above are not looked through; a DICOM header kept as one has some kilobytes."""
_NAMING = frozenset({*NAMING, 0x00080018, 0x00080020, 0x00080021, 0x00080022, 0x0020000D, 0x0020000E})
"""Elements that name somebody, and UIDs and dates of the original."""
DICOM_EXTENSION = 2
"""Registered code of an extension that holds DICOM elements."""
_PROGRAM = re.compile(
    r"(?:(?:fsl|spm|afni|ants|itk|simpleitk|nibabel|slicer|3d slicer|freesurfer|mricron|itk-snap|dcm2niix?|medseg"
    r"|matlab|nifti|groundglass|c3d|elastix|plastimatch|mevislab|mimics|torchio|monai|nilearn|dicom2nifti|none|float|short|"
    r"unknown|ct|chest|lung|lungs|mask|label|labels|segmentation|image|volume|estimate|dsr|u?int(?:8|16|32)"
    r"|float(?:32|64))[\s:v_\-/,]*)?(?:\d{1,3}(?:[.\-]\d{1,4}){0,3}(?:[ab]\d|rc\d)?)?(?:[:+\-](?=[a-f]*\d)[0-9a-f]{7,12})?",
    re.IGNORECASE,
)
"""Names and versions of programs, which tell nobody: up to four numbers with dots, and a commit."""
_COMMIT = re.compile(r"(?<=\d)[:+\-](?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{7,12}$")
"""What FSL writes behind its version."""
_DATED_PROGRAM = re.compile(
    r"(?:dcm2niix?|3d slicer|slicer|mricron|mevislab)[\s:v]*\d\.\d{1,2}\.20\d{6}", re.IGNORECASE
)
"""Programs whose version is the day on which it was made."""
_DATE = re.compile(
    r"(?<!\d)(?:(?:19|20)\d{2}[-./ ]?(?:0[1-9]|1[0-2])[-./ ]?(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])[-./](?:0?[1-9]|1[0-2])[-./](?:19|20)\d{2}"
    r"|(?:0[1-9]|[12]\d|3[01])[.](?:0[1-9]|1[0-2])[.]\d{2})(?!\d)"
)
_NUMBER = re.compile(r"\d{5,}")
"""Versions, sizes and doses have fewer figures; numbers of patients and examinations have them."""
_INITIALS = re.compile(r"(?<!\w)(?:[A-ZА-ЯЁ]\.\s?){2,}")
_TECHNICAL = re.compile(r"(?:TE|TR|TI|phase|mb|acq|dwell|kvp?|echo|flip|Time)\s?=\s?[\d.+\-e]*", re.IGNORECASE)
"""What dcm2niix writes: pairs of a parameter and a number."""
_WORD = re.compile(r"[^\W\d_]{2,}")
_SHORT = 2
"""Letters of the shortest surnames (Li, Wu); words as short are one only with a capital."""
_PLAIN_WORDS = frozenset(
    [
        "tmp",
        "temp",
        "nii",
        "dsr",
        "converted",
        "resampled",
        "thresh",
        "binarized",
        "fslmaths",
        "vx",
        "bin",
        "lps",
        "ras",
        "las",
    ]
)
"""Words of programs and temporary files that the vocabulary of protocols lacks."""
_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f]{2,}")
_LEAST_PRINTABLE = 0.8
"""Share of bytes of a text; less are numbers that happen to be letters."""
TAIL_BYTES_AT_MOST = 64 * 1024
"""Of what stands behind the voxels this much is looked at."""
_ERRORS: Any = (OSError, EOFError, zlib.error, isal_zlib.error, igzip.BadGzipFile, ValueError, struct.error)


@dataclass(frozen=True, slots=True)
class HeaderText:
    """One text.

    Attributes
    ----------
    place : str
        Name of the field, ``extension 6``, ``gzip name``, ``gzip comment``, ``file_end``.
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
    if not order:
        return [each for each in found if each.text]  # no NIfTI: what stands at those places are no fields
    fields = _FIELDS_2 if struct.unpack(f"{order}i", head[:4])[0] == 540 else (*_FIELDS_1, *_FIELDS_1_END)
    found += [HeaderText(name, _field(head[start_ : start_ + size])) for name, start_, size in fields]
    tail = _tail(path, _expected_bytes(head, order), packed=start[:2] == b"\x1f\x8b")
    found.append(HeaderText("file_end", _plain(tail) if _mostly_printable(tail) else ""))
    return [each for each in [*found, *_extensions(head, order)] if each.text]


def _expected_bytes(head: bytes, order: str) -> int:
    """Return where the voxels end, 0 where the header does not say it or they lie in another file."""
    if struct.unpack(f"{order}i", head[:4])[0] == 540:
        bits, count = struct.unpack(f"{order}h", head[14:16])[0], struct.unpack(f"{order}q", head[16:24])[0]
        sizes = struct.unpack(f"{order}7q", head[24:80])
        offset = int(struct.unpack(f"{order}q", head[168:176])[0])
    else:
        if head[344:347] != b"n+1":
            return 0
        bits, count = struct.unpack(f"{order}h", head[72:74])[0], struct.unpack(f"{order}h", head[40:42])[0]
        sizes = struct.unpack(f"{order}7h", head[42:56])
        offset = int(struct.unpack(f"{order}f", head[108:112])[0])
    if not 1 <= count <= 7 or bits <= 0 or any(size <= 0 for size in sizes[:count]):
        return 0
    return int(offset + (prod(sizes[:count]) * bits + 7) // 8)


def _tail(path: Path, expected: int, *, packed: bool) -> bytes:
    """Return what stands behind the voxels, its start at most.

    The last four bytes of a gzip member are the length of what it holds (RFC 1952, 2.3.1): where that is what the
    header says, there is one member and nothing behind it, and it need not be unpacked.
    """
    if expected <= 0:
        return b""
    with path.open("rb") as stream:
        if not packed:
            stream.seek(expected)
            return stream.read(TAIL_BYTES_AT_MOST)
        stream.seek(-4, 2)
        if struct.unpack("<I", stream.read(4))[0] == expected % 2**32:
            return b""
        stream.seek(0)
        return _behind(stream, expected)


def _behind(stream: BinaryIO, expected: int) -> bytes:
    """Return the start of what a gzip file holds behind its voxels, in its members and after them."""
    tail, done = b"", 0
    member, data = isal_zlib.decompressobj(wbits=31), stream.read(_BLOCK_BYTES)
    while data and len(tail) < TAIL_BYTES_AT_MOST:
        block = member.decompress(data)
        tail += block[max(0, expected - done) :]
        done += len(block)
        data = member.unused_data if member.eof else b""
        data = data or stream.read(_BLOCK_BYTES)
        if member.eof and data:
            if data[:2] != b"\x1f\x8b":
                tail += data
                break
            member = isal_zlib.decompressobj(wbits=31)
    return tail[:TAIL_BYTES_AT_MOST]


def _mostly_printable(data: bytes) -> bool:
    text = data.strip(b"\0").decode("utf-8", "replace")
    return bool(text) and sum(c.isprintable() or c.isspace() for c in text) >= _LEAST_PRINTABLE * len(text)


def _order(head: bytes) -> str:
    """Return how numbers of a NIfTI are stored, "" for what is none."""
    for order in "<>":
        if head[:4] in (struct.pack(f"{order}i", 348), struct.pack(f"{order}i", 540)):
            return order
    return ""


def _extension_bytes(head: bytes) -> int:
    """Return how many bytes stand between the header read so far and the voxels."""
    order = _order(head)
    if not order:
        return 0
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


def _field(data: bytes) -> str:
    """Return the text of a field, which ends at its first zero; bytes that are no UTF-8 are Russian ones of Windows."""
    told = data.partition(b"\0")[0].strip()
    try:
        told.decode("utf-8")
    except UnicodeDecodeError:
        return " ".join(_PRINTABLE.findall(told.decode("cp1251", "replace")))
    return _plain(data)


def _verdict(found: HeaderText, name: str, study_id: str) -> str:
    """Return the code of a finding, "" where the text tells nothing."""
    text = found.text.strip()
    of_gzip = found.place == "gzip name"
    own = PurePosixPath(name).name
    if of_gzip:
        stem = PurePosixPath(text.replace("\\", "/")).name
        if stem in (own, own.removesuffix(".gz")):
            return ""
        text = stem.split(".")[0].replace("_", " ").replace("-", " ")
    if text in (study_id, own, own.split(".")[0]):
        return ""
    if found.place == f"extension {DICOM_EXTENSION}":
        return "IDENTIFIER_IN_HEADER" if any(map(str.isalnum, text)) else "HEADER_TEXT"
    if any(pattern.severity == "error" or pattern.reason == "email" for pattern, _ in telling(text)):
        return "IDENTIFIER_IN_HEADER"
    if _DATED_PROGRAM.fullmatch(text):
        return ""
    rest = _COMMIT.sub(" ", _TECHNICAL.sub(" ", text))
    if _DATE.search(rest) or _NUMBER.search(rest) or _INITIALS.search(rest):
        return "IDENTIFIER_IN_HEADER"
    if _PROGRAM.fullmatch(text):
        return ""
    if any(not _ordinary(word) for word in _WORD.findall(rest)):
        return "IDENTIFIER_IN_HEADER"
    return "" if of_gzip else "HEADER_TEXT"


def _ordinary(word: str) -> bool:
    plain = word.casefold()
    if plain in technical_words() or plain in protocol_words() or plain in _PLAIN_WORDS:
        return True
    return bool(_PROGRAM.fullmatch(word)) or (len(word) <= _SHORT and not word[:1].isupper())


def gzip_dates(tree: Tree) -> list[Finding]:
    """Say once for the whole set that its files tell when they were packed.

    Parameters
    ----------
    tree : Tree
        Of the set.
    """
    dated = [name for name in tree.sizes if name.lower().endswith(".nii.gz") and _packed_at(tree.folder / name)]
    if not dated:
        return []
    return [Finding("METADATA_IN_FILE", None, {"file": dated[0], "kind": "packed", "count": len(dated)})]


def _packed_at(path: Path) -> int:
    """Return the time in the head of a gzip file, 0 for none."""
    try:
        with path.open("rb") as stream:
            head = stream.read(8)
    except OSError:
        return 0
    return int(struct.unpack("<I", head[4:8])[0]) if len(head) == 8 and head[:2] == b"\x1f\x8b" else 0
