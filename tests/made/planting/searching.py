"""Looks for planted identifiers in a folder: bytes in every encoding, decoded values, names, strokes in pictures.

It shares no code with what it tests, and knows nothing of DICOM but pydicom and deflate.
"""

from __future__ import annotations

import contextlib
import io
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from planting.marks import Mark
from planting.pictures import strokes_of

ENCODINGS = (
    *("utf-8", "latin-1", "cp1251", "iso8859-5", "koi8-r", "gb18030", "utf-16-le", "utf-16-be", "euc_kr", "shift_jis"),
    *("euc_jp", "iso2022_jp"),
)
_ANCHOR = 4
_TABLE_BITS = 22
PICTURE_PLACES = ("burned-in words", "words in a capture", "words in an overlay", "words in an icon")
_CONTRAST_LEFT = 0.25
"""Share of the contrast of planted words from which they are taken to be readable still."""


class Searcher:
    """Finds many byte strings at once.

    Parameters
    ----------
    marks : iterable of Mark
        What is looked for; words in pictures are looked for as text too.
    """

    def __init__(self, marks: Iterable[Mark]) -> None:
        self.marks = tuple(marks)
        self._patterns: dict[int, list[tuple[bytes, int, bool, bool]]] = {}
        seen: set[tuple[bytes, int]] = set()
        owner: dict[tuple[str, ...], int] = {}
        self._same: dict[int, list[int]] = {}
        for index, mark in enumerate(self.marks):
            first = owner.setdefault(mark.tokens, index)
            self._same.setdefault(first, []).append(index)
            if first != index:
                continue
            for token in mark.tokens:
                # nine digits inside a longer number are another number; a date may have a time behind it (DT)
                digits = token.isdigit()
                for form in {token, token.lower(), token.upper()}:
                    for encoding in ENCODINGS:
                        try:
                            data = form.encode(encoding)
                        except UnicodeError:
                            continue
                        if encoding == "iso2022_jp":
                            data = data.removeprefix(b"\x1b$B").removesuffix(b"\x1b(B")
                        if len(data) >= _ANCHOR and (data, index) not in seen:
                            seen.add((data, index))
                            anchor = int.from_bytes(data[:_ANCHOR], "little")
                            self._patterns.setdefault(anchor, []).append(
                                (data, index, digits, digits and mark.kind != "date")
                            )
        self._table = np.zeros(1 << _TABLE_BITS, bool)
        self._table[_hashed(np.fromiter(self._patterns, np.uint32, len(self._patterns)))] = True

    def within(self, data: bytes) -> set[int]:
        """Return the indices of the marks that the bytes hold."""
        if len(data) < _ANCHOR:
            return set()
        found: set[int] = set()
        values = np.frombuffer(data, np.uint8).astype(np.uint32)
        words = values[:-3] | values[1:-2] << 8 | values[2:-1] << 16 | values[3:] << 24
        for at in np.flatnonzero(self._table[_hashed(words.astype(np.uint32))]).tolist():
            for pattern, index, alone, ends in self._patterns.get(int(words[at]), ()):
                end = at + len(pattern)
                if not data.startswith(pattern, at):
                    continue
                if (alone and data[max(0, at - 1) : at].isdigit()) or (ends and data[end : end + 1].isdigit()):
                    continue
                found.update(self._same[index])
        return found

    def within_file(self, file: Path) -> set[int]:
        """Return the indices of the marks in a file, in whatever can be unpacked or decoded of it."""
        data = file.read_bytes()
        found: set[int] = set()
        for part in _layers(data):
            found |= self.within(part)
        return found

    def within_folder(self, folder: Path) -> dict[int, set[str]]:
        """Return where each mark that is left was found: names of files below the folder."""
        found: dict[int, set[str]] = {}
        for path in sorted(folder.rglob("*")):
            name = str(path.relative_to(folder))
            hits = self.within(name.encode("utf-8", "surrogateescape"))
            if path.is_file():
                hits |= self.within_file(path)
            for index in hits:
                found.setdefault(index, set()).add(name)
        return found


def _hashed(words: NDArray[np.uint32]) -> NDArray[np.uint32]:
    return (words * np.uint32(2654435761)) >> np.uint32(32 - _TABLE_BITS)


def _layers(data: bytes) -> Iterator[bytes]:
    """Give the bytes, what is packed in them, and what DICOM has decoded of them."""
    yield data
    at = data.find(b"stream\n")
    while at >= 0:
        with contextlib.suppress(zlib.error):  # a stream that is not packed was searched above
            yield zlib.decompressobj().decompress(data[at + 7 :])
        at = data.find(b"stream\n", at + 7)
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield archive.comment + "\n".join(archive.namelist()).encode()
            for name in archive.namelist():
                yield from _layers(archive.read(name))
    elif data[128:132] == b"DICM" or data[:2] in (b"\x08\x00", b"\x02\x00", b"\x00\x08"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # values that are wrong on purpose
            try:
                ds = dcmread(io.BytesIO(data), force=True)
                yield "\n".join(_texts(ds)).encode("utf-8", "replace")
            except Exception:  # a file made to be unreadable was searched as bytes above
                return


def readable(ds: Dataset) -> Iterator[DataElement]:
    """Give the elements that pydicom can decode, one by one: some are planted so that it cannot."""
    for tag in sorted(ds.keys()):
        try:
            yield ds[tag]
        except Exception:  # whatever it is: the bytes are searched too
            continue


def _texts(ds: Dataset) -> Iterator[str]:
    for element in [*readable(getattr(ds, "file_meta", None) or Dataset()), *readable(ds)]:
        value = element.value
        if element.VR == "SQ":
            for item in value:
                yield from _texts(item)
        elif not isinstance(value, bytes):
            text = str(value)
            yield text
            if "^" in text or "=" in text:
                yield text.replace("^", "").replace("=", " ")


def words_left(mark: Mark, planted: Dataset, out: Dataset | None) -> bool:
    """Return whether words that were planted in a picture can still be seen in it.

    Parameters
    ----------
    out : Dataset or None
        The file that came of the planted one; None where it was left out.
    """
    if out is None:
        return False
    before, after = _plane(mark, planted), _plane(mark, out)
    if before is None or after is None or before.shape != after.shape:
        return False
    strokes = strokes_of(mark)
    row, column = int(mark.pixels["row"]), int(mark.pixels["column"])
    area = np.s_[row : row + strokes.shape[0], column : column + strokes.shape[1]]
    return _contrast(after[area], strokes) > _CONTRAST_LEFT * _contrast(before[area], strokes)


def _contrast(area: NDArray[Any], strokes: NDArray[np.bool_]) -> float:
    plane = area.astype(float)
    plane = plane.mean(axis=2) if plane.ndim == 3 else plane
    return abs(float(plane[strokes].mean()) - float(plane[~strokes].mean()))


def _plane(mark: Mark, ds: Dataset) -> NDArray[Any] | None:
    if mark.place == "words in an icon":
        if "IconImageSequence" not in ds:
            return None
        icon = ds.IconImageSequence[0]
        return np.frombuffer(icon.PixelData, np.uint8).reshape(icon.Rows, icon.Columns)
    if mark.place == "words in an overlay":
        group = int(mark.where[1:5], 16)
        if (group, 0x3000) not in ds:
            return None
        bits = np.unpackbits(np.frombuffer(ds[group, 0x3000].value, np.uint8), bitorder="little")
        rows, columns = int(ds[group, 0x0010].value), int(ds[group, 0x0011].value)
        return bits[: rows * columns].reshape(rows, columns)
    if "PixelData" not in ds:
        return None
    try:
        pixels = np.asarray(ds.pixel_array)
    except Exception:  # no decoder at hand: the words were planted in raw pixels, so this is another picture
        return None
    samples = int(ds.get("SamplesPerPixel", 1))
    return pixels[0] if pixels.ndim == (4 if samples > 1 else 3) else pixels
