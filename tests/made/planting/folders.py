"""Copies of any DICOM files with identifiers planted everywhere."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from planting import documents, headers, hidden, pictures, surroundings
from planting.marks import Mark, Mint
from planting.planter import CHARSETS, TEXT_VRS, Planter

_RAW = (str(ImplicitVRLittleEndian), str(ExplicitVRLittleEndian))
_BIG_ENDIAN = "1.2.840.10008.1.2.2"
_MAKE_EVERY = 5
"""Every so many files an object that is no picture is added, and every so many others a capture."""


@dataclass(frozen=True)
class Wanted:
    """What is planted.

    Attributes
    ----------
    recipes : int
        Of the places in the data set, how many a file gets; they take turns.
    pictures : bool
        Words burned into every third picture, captures.
    around : bool
        Names of files and folders, neighbours, DICOMDIR, objects of other kinds.
    kept : bool
        Attributes that the profile keeps.
    hidden : bool
        Preamble, file meta information, bytes behind the end, comments of compressed pictures and the like.
    """

    recipes: int = 8
    pictures: bool = True
    around: bool = True
    kept: bool = True
    hidden: bool = True


@dataclass
class _Planting:
    mint: Mint
    wanted: Wanted
    out: Path
    marks: list[Mark] = field(default_factory=list)
    uids: set[str] = field(default_factory=set)
    charsets: dict[str, str] = field(default_factory=dict)
    patients: dict[str, dict[str, Mark]] = field(default_factory=dict)
    folders: dict[Path, str] = field(default_factory=dict)
    turn: int = 0

    def take(self, marks: Iterable[Mark], file: str) -> None:
        self.marks += [replace(mark, file=file) for mark in marks]

    def recipes(self) -> list[headers.Recipe]:
        """Return the next recipes in their turn."""
        table = [r for r in headers.HEADER_RECIPES if self.wanted.kept or r is not headers.kept_attributes]
        chosen = [table[(self.turn + step) % len(table)] for step in range(self.wanted.recipes)]
        self.turn += self.wanted.recipes
        return chosen


def plant(sources: Iterable[Path], out: Path, seed: int, wanted: Wanted | None = None) -> list[Mark]:
    """Copy DICOM files to a folder, with identifiers planted in them and around them.

    Parameters
    ----------
    sources : iterable of Path
        DICOM files; those of one folder go to one folder.
    out : Path
        To be made.
    seed : int
        The same seed and files, the same marks.

    Returns
    -------
    list of Mark
    """
    planting = _Planting(Mint(seed), wanted or Wanted(), out)
    out.mkdir(parents=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom's, about values that are wrong on purpose
        written = [_write(source, number, planting) for number, source in enumerate(sources)]
        if planting.wanted.around and written:
            mint = planting.mint
            for marks in (
                surroundings.neighbours(out, mint),
                surroundings.packed(out, written[0], mint),
                surroundings.directory(out, [file.name for file in written], mint),
            ):
                planting.marks += marks
    return planting.marks


def _write(source: Path, number: int, planting: _Planting) -> Path:
    mint, wanted = planting.mint, planting.wanted
    folder = _folder(source, planting)
    name, named = surroundings.file_name(mint) if wanted.around else (f"{number:05d}.dcm", [])
    target = planting.out / folder / name
    label = f"{folder}/{name}"
    planting.take(named, label)
    data = source.read_bytes()
    try:
        ds = dcmread(io.BytesIO(data), force=True)
        planter = _planted(ds, number, planting)
        written = _bytes_of(ds)
    except Exception:  # what pydicom cannot write again is planted outside of its data set only
        written, added = hidden.plant_behind(data, mint, little_endian=True, implicit=False)
        target.write_bytes(written)
        planting.take(added, label)
        return target
    marks = planter.marks
    syntax = _syntax(ds)
    if wanted.hidden and number % 7 == 3 and syntax in _RAW:
        written, added = hidden.plant_behind(written, mint, little_endian=True, implicit=syntax == _RAW[0])
        marks += added
    if wanted.hidden and number % 8 == 6 and syntax in _RAW and written[132:136] == b"\2\0\0\0":
        written, added = hidden.plant_group_length(written, mint, implicit=syntax == _RAW[0])
        marks += added
    target.write_bytes(written)
    planting.take(marks, label)
    if wanted.around and number % _MAKE_EVERY == 2:
        _others(planter, number, folder, planting)
    return target


def _folder(source: Path, planting: _Planting) -> str:
    if source.parent not in planting.folders:
        around = planting.wanted.around
        name, marks = surroundings.folder_name(planting.mint) if around else (f"s{len(planting.folders):03d}", [])
        planting.folders[source.parent] = name
        (planting.out / name).mkdir()
        planting.take(marks, name)
    return planting.folders[source.parent]


def _planted(ds: FileDataset, number: int, planting: _Planting) -> Planter:
    """Plant in one data set; its marks are those of the planter."""
    mint = planting.mint
    if "SOPClassUID" not in ds:
        raise ValueError("no DICOM object")
    _alone(ds, number, planting)
    charset = _charset(ds, str(ds.get("PatientID", "")), planting)
    planter = Planter(ds, mint, charset, {})
    key = f"{ds.get('PatientID', '')}|{charset}"
    if key not in planting.patients:
        planting.patients[key] = headers.identity_marks(planter)
    planter.identity = planting.patients[key]
    headers.identity(planter)
    if documents.is_report(ds):
        documents.plant_content(planter)
    for recipe in planting.recipes():
        recipe(planter)
    _pictures(planter, number, planting.wanted)
    if planting.wanted.hidden:
        _hidden(planter, number)
    return planter


def _hidden(planter: Planter, number: int) -> None:
    """Plant outside the data set, in the pixel data, and in what pads it."""
    ds, mint = planter.ds, planter.mint
    if "PixelData" in ds:
        syntax = _syntax(ds)
        if number % 5 == 4:
            planter.marks += pictures.plant_curve(ds, mint)
        if syntax not in (*_RAW, _BIG_ENDIAN) and number % 2 and "deflat" not in UID(syntax).name.lower():
            planter.marks += hidden.plant_segments(ds, mint, syntax)
        elif syntax in _RAW and number % 4 == 0:
            planter.marks += hidden.plant_pixel_tail(ds, mint)
    if number % 4 == 1 and getattr(ds, "file_meta", None):
        ds.preamble, added = hidden.plant_preamble(mint)
        planter.marks += added
    if number % 4 == 2 and getattr(ds, "file_meta", None):
        planter.marks += hidden.plant_meta(ds.file_meta, mint)
    if number % 6 == 5:
        planter.marks += hidden.plant_padding(ds, mint)


def _alone(ds: FileDataset, number: int, planting: _Planting) -> None:
    """Give a copy of an instance that was planted before a UID of its own, so that each result has one source."""
    uid = str(ds.get("SOPInstanceUID", ""))
    if uid in planting.uids:
        ds.SOPInstanceUID = f"{uid[:56].rstrip('.')}.{number + 1}"
        if "MediaStorageSOPInstanceUID" in (getattr(ds, "file_meta", None) or ()):
            ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    planting.uids.add(uid)


def _charset(ds: Dataset, patient: str, planting: _Planting) -> str:
    """Name a character set for the files of a patient; a file whose own letters need its set keeps it."""
    for element in ds.iterall():
        if element.VR in TEXT_VRS and not str(element.value).isascii():
            return ""
    given = planting.charsets
    charset = given.setdefault(patient, tuple(CHARSETS)[len(given) % len(CHARSETS)])
    ds.SpecificCharacterSet = charset.split("\\") if "\\" in charset else charset
    return charset


def _pictures(planter: Planter, number: int, wanted: Wanted) -> None:
    ds, mint = planter.ds, planter.mint
    if "PixelData" not in ds:
        return
    syntax = _syntax(ds)
    if wanted.pictures and number % 3 == 0:
        planter.marks += _burned(ds, mint, syntax)
    if wanted.pictures and number % 5 == 1 and "Rows" in ds:
        planter.marks += pictures.plant_overlay(ds, mint, 0x6000 if number % 2 else 0x601E)
    if wanted.pictures and number % 5 == 3:
        planter.marks += pictures.plant_icon(ds, mint)


def _burned(ds: Dataset, mint: Mint, syntax: str) -> list[Mark]:
    """Burn words into the first frame; a compressed picture is stored raw then."""
    bits, samples = int(ds.get("BitsAllocated", 0)), int(ds.get("SamplesPerPixel", 1))
    if bits not in (8, 16) or str(ds.get("SOPClassUID", "")).startswith("1.2.840.10008.5.1.4.1.1.66"):
        return []
    frame: NDArray[Any]
    if syntax in _RAW:
        rows, columns = int(ds.Rows), int(ds.Columns)
        kind = np.dtype(np.uint8) if bits == 8 else np.dtype("<i2" if ds.PixelRepresentation else "<u2")
        if samples != 1 and int(ds.get("PlanarConfiguration", 0)):
            return []
        values = np.frombuffer(ds.PixelData, kind).copy()
        if values.size < rows * columns * samples:
            return []
        frame = values[: rows * columns * samples].reshape((rows, columns, samples) if samples > 1 else (rows, columns))
        marks = pictures.plant_pixels(ds, mint, frame)
        ds["PixelData"].value = values.tobytes()
        return marks
    if syntax == _BIG_ENDIAN or samples != 1 or int(ds.get("NumberOfFrames", 1) or 1) > 1:
        return []
    try:
        frame = np.array(ds.pixel_array)
    except Exception:  # no decoder at hand: not every picture needs words
        return []
    marks = pictures.plant_pixels(ds, mint, frame)
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    del ds["PixelData"]
    ds.add_new(0x7FE00010, "OW", frame.astype("<i2" if ds.PixelRepresentation else "<u2").tobytes())
    return marks


def _syntax(ds: Dataset) -> str:
    meta = getattr(ds, "file_meta", None)
    return str(meta.get("TransferSyntaxUID", _RAW[0])) if meta else _RAW[0]


def _as_it_is(ds: Dataset, implicit: bool, little_endian: bool) -> None:
    """Keep pydicom from decoding and encoding again what was planted as bytes."""
    ds.set_original_encoding(implicit, little_endian)
    ds._read_charset = ds._character_set  # there is no other way to say that the bytes are in that character set
    for tag in list(ds.keys()):
        element = ds.get_item(tag)
        if element.VR == "SQ" and not element.is_raw:
            for item in element.value:
                _as_it_is(item, implicit, little_endian)


def _bytes_of(ds: FileDataset) -> bytes:
    sink = io.BytesIO()
    implicit, little_endian = (bool(part) for part in ds.original_encoding)
    if _syntax(ds) == str(ExplicitVRLittleEndian):
        implicit, little_endian = False, True
    _as_it_is(ds, implicit, little_endian)
    if "TransferSyntaxUID" in (getattr(ds, "file_meta", None) or ()) and not UID(_syntax(ds)).is_private:
        dcmwrite(sink, ds)
    else:
        dcmwrite(sink, ds, implicit_vr=implicit, little_endian=little_endian)
    return sink.getvalue()


def _others(planter: Planter, number: int, folder: str, planting: _Planting) -> None:
    """Add objects of other kinds of the same patient: a document and, every other time, a capture."""
    mint, source = planter.mint, planter.ds
    made: list[tuple[Dataset, str, list[Mark]]] = []
    maker = documents.MAKERS[(number // _MAKE_EVERY) % len(documents.MAKERS)]
    other = Planter(Dataset(), mint, planter.charset, planter.identity)
    if "SpecificCharacterSet" in source and planter.charset:
        other.ds["SpecificCharacterSet"] = source["SpecificCharacterSet"]
    study = str(source.get("StudyInstanceUID") or "1.2.826.0.1.3680043.8.498.1")
    other.ds.StudyInstanceUID = study
    headers.identity(other)
    other.ds.SOPClassUID = maker(other)
    other.ds.SeriesInstanceUID, other.ds.SOPInstanceUID = f"{study[:50]}.88", f"{study[:50]}.88.{number}"
    other.ds.SeriesNumber, other.ds.InstanceNumber = 88, number
    made.append((other.ds, str(ExplicitVRLittleEndian), other.marks))
    if planting.wanted.pictures:
        source.StudyInstanceUID = study
        turn = number // _MAKE_EVERY
        made.append(pictures.capture(source, mint, colour=bool(turn % 2), jpeg=bool(turn % 4 > 1)))
    for step, (ds, syntax, marks) in enumerate(made):
        name = f"{number:05d}-{step}.dcm"
        file = FileDataset(name, ds, preamble=b"\0" * 128, file_meta=FileMetaDataset())
        file.file_meta.TransferSyntaxUID = UID(syntax)
        file.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
        file.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
        _as_it_is(file, False, True)
        dcmwrite(planting.out / folder / name, file, enforce_file_format=True)
        planting.take(marks, f"{folder}/{name}")
