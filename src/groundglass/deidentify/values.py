"""Values of data elements as pydicom holds them: which VR counts, what text they are, whether bytes spell words."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from pydicom import config as pydicom_config
from pydicom.datadict import dictionary_VR, keyword_for_tag
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.uid import UID

from groundglass.deidentify.table.known_codes import is_scheme_uid
from groundglass.deidentify.text import reads_as_date

WORDY_BYTES = 6
"""Shortest run of bytes in a numeric element that is looked at as text: three letters stored as US."""
CHARACTER_SETS = frozenset(
    {*(f"ISO_IR {number}" for number in (100, 101, 109, 110, 126, 127, 138, 144, 148, 166, 192, 203)), "GB18030", "GBK"}
)
"""Single values of SpecificCharacterSet of which ASCII is a part (PS3.3 C.12.1.1.2)."""
_DICOM_ROOT = "1.2.840.10008."
_REGISTERED_DIGITS = 4
"""Longest part of a UID that the standard gave out behind its root; the dictionary of 2024 has none above 4 digits."""
_LETTER_SHARE = 0.6
"""Share of letters from which bytes count as words: 0.6 takes names with blanks, 0.25 is met in real floats."""
_NUMBER_CODES = {"FL": "f", "FD": "d", "UL": "I", "SL": "i", "UV": "Q", "SV": "q"}
_DATE_NUMBER_BYTES = 64
"""Longer lists of numbers are curves and tables, in which a value that looks like a day is one by chance."""
_FIRST_DAY, _LAST_DAY = 19000101, 20991231
"""Dates that a header of our time can hold."""
_FLOATS = {"FL": (4, "f"), "FD": (8, "d"), "OF": (4, "f"), "OD": (8, "d")}
_SMALLEST_MEASURE, _LARGEST_MEASURE = 1e-6, 1e7
"""Between a nanometre in mm and the counts of a detector: what an attribute of CT can measure."""
_BYTES_VRS = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
MULTI_LINE_VRS = frozenset({"LT", "ST", "UT", "UR"})
"""One value each: a backslash is a character of theirs (PS3.5 section 6.2)."""


@contextmanager
def tolerant() -> Iterator[None]:
    """Let pydicom take values that break the rules of their VR; they are judged here, one by one."""
    settings = pydicom_config.settings
    reading, writing = settings.reading_validation_mode, settings.writing_validation_mode
    settings.reading_validation_mode = settings.writing_validation_mode = pydicom_config.IGNORE
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        settings.reading_validation_mode, settings.writing_validation_mode = reading, writing


def vr_of(item: DataElement | RawDataElement) -> str:
    """Return the VR by which an element is judged: the dictionary's where the file has none or UN."""
    vr = item.VR
    tag = int(item.tag)
    if not vr or vr == "UN":
        if tag & 0x00010000:
            return str(vr or "UN")
        return dictionary_vr(tag) or "UN"
    return first_of(str(vr))


@lru_cache(maxsize=8192)
def dictionary_vr(tag: int) -> str:
    """Return the dictionary's VR of a tag, empty where it has none."""
    try:
        return first_of(dictionary_VR(tag))
    except KeyError:
        return ""


def first_of(vr: str) -> str:
    """Return one VR of an ambiguous one (``US or SS``)."""
    return vr[:2]


@lru_cache(maxsize=8192)
def name_of_tag(tag: int) -> str:
    """Return the keyword of a tag, or its eight figures."""
    return keyword_for_tag(tag) or f"{tag:08X}"


def raw_of(item: DataElement | RawDataElement) -> bytes | None:
    """Return the stored bytes of an element, None where only the value is left."""
    if isinstance(item, RawDataElement):
        return item.value or b""
    return item.value if isinstance(item.value, bytes) else None


def as_text(value: Any) -> str:
    """Return the value of a text element with backslashes between several values."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("latin_1")
    if isinstance(value, (list, tuple, MultiValue)):
        return "\\".join(as_text(each) for each in value)
    return str(value)


def first_text(dataset: Dataset, item: DataElement | RawDataElement) -> str:
    """Return the first value of an element as text."""
    return as_text(dataset[item.tag].value).split("\\")[0].strip(" \0")


def joined(parts: list[str]) -> str | list[str]:
    """Return several values as pydicom wants them."""
    if not any(parts):
        return ""
    return parts if len(parts) > 1 else parts[0]


def split_text(text: str, vr: str) -> str | list[str]:
    """Return the value of an element from its text."""
    return text if vr in MULTI_LINE_VRS else joined(text.split("\\"))


def put(dataset: Dataset, item: DataElement | RawDataElement, vr: str, value: Any) -> bool:
    """Put a value under the element's tag; the VR is the one it was judged by."""
    dataset[item.tag] = DataElement(Tag(item.tag), vr, value, validation_mode=pydicom_config.IGNORE)
    return True


def in_dictionary(uid: str) -> bool:
    """Tell a UID that the standard's dictionary names, a well-known frame of reference for example (PS3.6 annex A)."""
    return uid.startswith(_DICOM_ROOT) and UID(uid).name != uid


def registered(uid: str) -> bool:
    """Tell a UID that the standard gives out (PS3.5 section 9.2) or a public coding scheme has; no instance may."""
    if not uid.startswith(_DICOM_ROOT):
        return is_scheme_uid(uid)
    if in_dictionary(uid):
        return True
    # newer than the dictionary at hand: short parts only, into which no number of a person fits
    return all(part.isdigit() and len(part) <= _REGISTERED_DIGITS for part in uid.split(".")[4:])


def spells(raw: bytes, vr: str) -> bool:
    """Tell bytes of a numeric element that are words or a long number in letters.

    19.2 as a double is ``3333333@``, 11.2 is ``ffffff&@``: floats of the size that a measure has are numbers, whatever
    their bytes spell; a name, read as a float, is nearly always far larger or smaller.
    """
    if vr in _FLOATS and _measures(raw, vr):
        return False
    for data, codec in ((raw, "ascii"), (raw, "utf_8"), (raw[0::2], "ascii"), (raw, "utf_16_le")):
        if codec == "ascii" and data is not raw and any(raw[1::2]):
            continue
        try:
            text = data.decode(codec).strip(" \0")
        except UnicodeDecodeError:
            continue
        if len(text) < (WORDY_BYTES if codec == "ascii" else WORDY_BYTES // 2) or not text.isprintable():
            continue
        letters = sum(character.isalpha() for character in text)
        if codec == "utf_16_le" and not any("\u0400" <= character <= "\u04ff" for character in text):
            # any two bytes are some sign of an eastern script
            continue
        if letters >= _LETTER_SHARE * len(text) or (text.isascii() and text.isdigit() and vr != "FL"):
            return True
    return False


def is_text(raw: bytes) -> bool:
    """Tell bytes that are nothing but text, letters and figures alike."""
    for codec in ("utf_8", "utf_16_le"):
        try:
            text = raw.decode(codec).strip(" \0")
        except UnicodeDecodeError:
            continue
        if codec == "utf_16_le" and not (text.isascii() or any("\u0400" <= sign <= "\u04ff" for sign in text)):
            continue
        signs = sum(sign.isalnum() for sign in text)
        if len(text) >= WORDY_BYTES and text.isprintable() and signs >= _LETTER_SHARE * len(text):
            return True
    return False


def is_date_number(raw: bytes, vr: str) -> bool:
    """Tell numbers of which one is a date written as YYYYMMDD."""
    code = _NUMBER_CODES.get(vr)
    if code is None or not raw or len(raw) > _DATE_NUMBER_BYTES or len(raw) % struct.calcsize(code):
        return False
    values = struct.unpack(f"<{len(raw) // struct.calcsize(code)}{code}", raw)
    return any(
        _FIRST_DAY <= value <= _LAST_DAY and value == int(value) and reads_as_date(str(int(value))) for value in values
    )


def _measures(raw: bytes, vr: str) -> bool:
    size, code = _FLOATS[vr]
    if len(raw) % size:
        return False
    values = struct.unpack(f"<{len(raw) // size}{code}", raw)
    return all(value == 0 or _SMALLEST_MEASURE <= abs(value) <= _LARGEST_MEASURE for value in values)


def creators_of(dataset: Dataset) -> dict[tuple[int, int], str]:
    """Return the private creators of one data set by group and block (PS3.5 section 7.8)."""
    found: dict[tuple[int, int], str] = {}
    for item in dataset.values():
        tag = int(item.tag)
        if tag & 0x00010000 and 0x10 <= (tag & 0xFFFF) <= 0xFF:
            value = item.value
            text = value.decode("latin_1") if isinstance(value, bytes) else str(value or "")
            found[tag >> 16, tag & 0xFF] = text.strip(" \0")
    return found


def drop_empty_blocks(dataset: Dataset, creators: Mapping[tuple[int, int], str]) -> None:
    """Take out private creators of which no element is left."""
    tags = [int(item.tag) for item in dataset.values()]
    full = {(tag >> 16, (tag & 0xFFFF) >> 8) for tag in tags if tag & 0x00010000 and (tag & 0xFFFF) > 0xFF}
    for group, block in creators:
        if (group, block) not in full and Tag(group, block) in dataset:
            del dataset[group, block]


def settle_characters(dataset: Dataset) -> None:
    """State the one character set in which all text that is left is written."""
    plain = True
    pending = [dataset]
    while pending:
        here = pending.pop()
        for item in here.values():
            if isinstance(item, RawDataElement):
                continue
            if isinstance(item.value, Sequence):
                for each in item.value:
                    if "SpecificCharacterSet" in each:
                        del each.SpecificCharacterSet
                    pending.append(each)
            elif item.VR not in _BYTES_VRS and not as_text(item.value).isascii():
                plain = False
    if not plain:
        dataset.SpecificCharacterSet = "ISO_IR 192"
    elif "SpecificCharacterSet" in dataset and as_text(dataset.SpecificCharacterSet).strip() not in CHARACTER_SETS:
        del dataset.SpecificCharacterSet
