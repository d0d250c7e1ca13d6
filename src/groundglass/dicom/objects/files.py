"""Objects on disk: one folder a series, each file whole, in the smallest character set that holds its text."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pydicom.charset import python_encoding
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from groundglass.dicom.objects.record import WrittenObject

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

    from groundglass.dicom.objects.making import SeriesRole

_TEXT = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})
_UNICODE = "ISO_IR 192"
_LATIN = "ISO_IR 100"
_PLAIN = str.maketrans(
    {
        "–": "-",
        "—": "-",
        "−": "-",
        "·": "-",
        "…": "...",
        "«": '"',
        "»": '"',
        "≥": ">=",
        "≤": "<=",
        "×": "x",
        "\xa0": " ",
    }
)
"""What stands for signs that an old character set lacks, before the whole object goes over to Unicode."""
_LARGE = frozenset({0x52009229, 0x52009230})
"""Functional groups: thousands of items, all of our own ASCII."""


def write_object(folder: Path, role: SeriesRole, number: int, data: FileDataset, *, sets: str) -> WrittenObject:
    """Write one object below ``folder``.

    Parameters
    ----------
    folder : Path
        Of all objects of the result.
    role : str
        The series; names its folder.
    number : int
        1-based within the series; names its file.
    data : FileDataset
        The object; its character set is settled here.
    sets : str
        Character set of the source, empty where it names none.
    """
    settle_character_set(data, sets)
    buffer = io.BytesIO()
    data.save_as(buffer, enforce_file_format=True)
    whole = buffer.getbuffer()
    name = f"{role}/{number:04d}.dcm"
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(whole)
    return WrittenObject(
        role=role,
        sop_class=str(data.SOPClassUID),
        sop_uid=str(data.SOPInstanceUID),
        series_uid=str(data.SeriesInstanceUID),
        file=name,
        sha256=hashlib.sha256(whole).hexdigest(),
    )


def settle_character_set(data: Dataset, preferred: str) -> None:
    """Write the object in the source's character set where that holds all text, else Latin 1, else UTF-8.

    Old archives know few sets, and some programs count bytes where the standard counts characters.

    Parameters
    ----------
    data : Dataset
        Changed.
    preferred : str
        SpecificCharacterSet of the source; empty for none.
    """
    text = "".join(_texts(data))
    for name in dict.fromkeys((preferred, _LATIN)):
        codec = python_encoding.get(name)
        if not name or not isinstance(codec, str) or not name.startswith("ISO_IR"):
            continue
        if not _fits(text, codec):
            if not _fits(text.translate(_PLAIN), codec):
                continue
            _make_plain(data, codec)
        data.SpecificCharacterSet = name
        return
    data.SpecificCharacterSet = _UNICODE


def _fits(text: str, codec: str) -> bool:
    try:
        text.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def _make_plain(data: Dataset, codec: str) -> None:
    for element in data:
        if element.VR == "SQ" and element.tag not in _LARGE:
            for item in element.value:
                _make_plain(item, codec)
        elif element.VR in _TEXT and element.value and not _fits(text := _text(element), codec):
            element.value = text.translate(_PLAIN)


def _texts(data: Dataset) -> Iterator[str]:
    for element in data:
        if element.VR == "SQ":
            if element.tag not in _LARGE:
                for item in element.value:
                    yield from _texts(item)
        elif element.VR in _TEXT and element.value:
            yield _text(element)


def _text(element: DataElement) -> str:
    return str(element.value) if element.VM <= 1 else "\\".join(map(str, element.value))
