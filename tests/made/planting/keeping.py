"""What must be the same behind de-identification: geometry, pixels, acquisition, dose, time between dates."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames

from planting.hidden import JPEG, JPEG_2000, JPEG_LS
from planting.searching import readable

RAW = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2")

KEYWORDS = frozenset(
    (
        "Modality",
        "ImageType",
        "BodyPartExamined",
        "ScanOptions",
        "SliceThickness",
        "KVP",
        "SpacingBetweenSlices",
        "DataCollectionDiameter",
        "ReconstructionDiameter",
        "DistanceSourceToDetector",
        "DistanceSourceToPatient",
        "GantryDetectorTilt",
        "TableHeight",
        "RotationDirection",
        "ExposureTime",
        "XRayTubeCurrent",
        "Exposure",
        "FilterType",
        "GeneratorPower",
        "FocalSpots",
        "ConvolutionKernel",
        "PatientPosition",
        "RevolutionTime",
        "SingleCollimationWidth",
        "TotalCollimationWidth",
        "TableSpeed",
        "TableFeedPerRotation",
        "SpiralPitchFactor",
        "CTDIvol",
        "ExposureModulationType",
        "SeriesNumber",
        "AcquisitionNumber",
        "InstanceNumber",
        "ImagePositionPatient",
        "ImageOrientationPatient",
        "SliceLocation",
        "SamplesPerPixel",
        "PhotometricInterpretation",
        "NumberOfFrames",
        "Rows",
        "Columns",
        "PixelSpacing",
        "BitsAllocated",
        "BitsStored",
        "HighBit",
        "PixelRepresentation",
        "PixelPaddingValue",
        "WindowCenter",
        "WindowWidth",
        "RescaleIntercept",
        "RescaleSlope",
        "RescaleType",
        "PatientSex",
        "PatientSize",
        "PatientWeight",
        "PatientAge",
        "StudyTime",
        "SeriesTime",
        "AcquisitionTime",
        "ContentTime",
        "NumericValue",
        "SegmentNumber",
        "DimensionIndexValues",
    )
)
"""What analysis, dose and research stand on; none of it says who it was."""

DEVICE = ("Manufacturer", "ManufacturerModelName", "SoftwareVersions", "ConvolutionKernel")
"""What stays of the machine where it reads as the name of one."""


def changed(planted: Dataset, out: Dataset, where_planted: Collection[str]) -> list[str]:
    """Return the attributes that are no longer what they were.

    Parameters
    ----------
    where_planted : collection of str
        Keywords that hold planted identifiers: they may change.
    """
    after = dict(_values(out))
    return [
        f"{path}: {value} -> {after.get(path, 'gone')}"
        for path, value in _values(planted)
        if path.rsplit("/", 1)[-1] not in where_planted and after.get(path) != _kept(path, value)
    ]


def _kept(path: str, value: str) -> str:
    """Return what a value that stays looks like: ages above 89 years become 89, in the form of the standard."""
    years = re.fullmatch(r"0*(\d{1,3})Y", value)
    if path.rsplit("/", 1)[-1] != "PatientAge" or years is None:
        return value
    return f"{min(int(years[1]), 89):03d}Y"


def _values(ds: Dataset, path: str = "") -> Iterator[tuple[str, str]]:
    for element in readable(ds):
        if element.VR == "SQ":
            # groups of frames and measured values; elsewhere sequences may go as a whole
            if element.keyword in ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence") or path:
                for number, item in enumerate(element.value):
                    yield from _values(item, f"{path}{element.keyword}[{number}]/")
        elif element.keyword in KEYWORDS and not element.is_empty:
            text = str(element.value)
            yield (
                f"{path}{element.keyword}",
                text if element.VR != "DS" else str(np.asarray(element.value, float).tolist()),
            )


def frames_of(ds: Dataset) -> list[NDArray[Any]] | None:
    """Return the decoded frames; None without pixels, or with ones that no decoder at hand reads."""
    if "PixelData" not in ds:
        return None
    syntax = str(ds.file_meta.get("TransferSyntaxUID", RAW[0])) if getattr(ds, "file_meta", None) else RAW[0]
    count = int(ds.get("NumberOfFrames", 1) or 1)
    if syntax in RAW:
        if int(ds.BitsAllocated) == 1:
            bits = int(ds.Rows) * int(ds.Columns) * count
            return [np.unpackbits(np.frombuffer(ds.PixelData, np.uint8), bitorder="little")[:bits]]
        kind = np.dtype(
            f"{'>' if syntax == RAW[3] else '<'}{'i' if ds.PixelRepresentation else 'u'}{int(ds.BitsAllocated) // 8}"
        )
        size = int(ds.Rows) * int(ds.Columns) * int(ds.get("SamplesPerPixel", 1))
        values = np.frombuffer(ds.PixelData, kind, min(size * count, len(ds.PixelData) // kind.itemsize))
        return [values[size * n : size * (n + 1)] for n in range(count)]
    decode = {
        **dict.fromkeys(JPEG, imagecodecs.jpeg_decode),
        **dict.fromkeys(JPEG_LS, imagecodecs.jpegls_decode),
        **dict.fromkeys(JPEG_2000, imagecodecs.jpeg2k_decode),
    }.get(syntax)
    if decode is None:
        return None
    try:
        return [decode(frame).ravel() for frame in generate_frames(ds.PixelData, number_of_frames=count)]
    except (RuntimeError, ValueError):  # made to be unreadable
        return None


def same_pixels(planted: Dataset, out: Dataset) -> bool | None:
    """Return whether the frames are equal bit by bit; None where they cannot be compared."""
    before, after = frames_of(planted), frames_of(out)
    if before is None or after is None:
        return None
    return len(before) == len(after) and all(
        np.array_equal(a.astype(np.int64), b.astype(np.int64)) for a, b in zip(before, after, strict=True)
    )


def days_moved(planted: Dataset, out: Dataset) -> set[int]:
    """Return by how many days the dates of an object were moved: one number where all is well."""
    moved = set()
    for element in readable(planted):
        if element.VR == "DA" and element.keyword and element.keyword in out:
            try:
                before, after = _day(str(element.value)), _day(str(out[element.keyword].value))
            except ValueError:
                continue  # no date
            if element.keyword != "PatientBirthDate":
                moved.add((before - after).days)
    return moved


def _day(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))


def by_uid(folder: Path) -> dict[str, list[tuple[Path, Dataset]]]:
    """Read every object below a folder, by SOP instance UID."""
    found: dict[str, list[tuple[Path, Dataset]]] = {}
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        try:
            ds = dcmread(file, force=True)
            uid = str(ds.get("SOPInstanceUID", ""))
        except Exception:  # no DICOM, or what nobody can read
            continue
        if uid:
            found.setdefault(uid, []).append((file, ds))
    return found


def print_of(folder: Path) -> dict[str, str]:
    """Return a hash of every file, by its name below the folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
