"""Small synthetic CT series, written slice by slice with pydicom, each as odd as a test wants it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.tag import Tag
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, generate_uid

from groundglass.dicom.entries import Scan, SeriesEntry, StudyEntry
from groundglass.dicom.series import scan

Edit = Callable[[int, Dataset], None]
STUDY, SERIES, FRAME = "1.2.826.0.1.1", "1.2.826.0.1.1.1", "1.2.826.0.1.1.9"


def chest_hu(slices: int, side: int = 32, *, noise_hu: float = 12.0, seed: int = 1) -> NDArray[np.int16]:
    """Return (slice, row, column) HU: air, an oval body of soft tissue, two lungs; each slice differs."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] / (side - 1) * 2 - 1
    body = (x / 0.85) ** 2 + (y / 0.7) ** 2 < 1
    lungs = (((np.abs(x) - 0.4) / 0.28) ** 2 + (y / 0.5) ** 2) < 1
    plane = np.where(lungs, -840.0, np.where(body, 45.0, -1000.0))
    volume = plane[None] + rng.normal(0, noise_hu, (slices, side, side))
    volume[:, side // 2, side // 2] = np.arange(slices)
    return np.clip(volume, -1024, 3000).round().astype(np.int16)


def slice_dataset(number: int, hu: NDArray[np.int16], *, step_mm: float = 2.0) -> Dataset:
    """Return one CT slice: 12 bits unsigned, slope 1, intercept -1024, axial, ``step_mm`` apart."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = CTImageStorage
    ds.file_meta.MediaStorageSOPInstanceUID = UID(f"{SERIES}.{number + 1}")
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", f"{SERIES}.{number + 1}"
    ds.StudyDate, ds.StudyTime = "20200401", "101500"
    ds.AcquisitionDate, ds.AcquisitionTime = "20200401", f"1016{number % 60:02d}.5"
    ds.Modality, ds.Manufacturer, ds.SeriesDescription = "CT", "TOSHIBA", "BODY 1.0"
    ds.PatientName, ds.PatientID = "Marker^Planted", "MARKER-1"
    ds.BodyPartExamined, ds.SliceThickness, ds.KVP = "CHEST", "1.0", "120"
    ds.ConvolutionKernel, ds.PatientPosition = "FC07", "HFS"
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = STUDY, SERIES, FRAME
    ds.SeriesNumber, ds.AcquisitionNumber, ds.InstanceNumber = 2, 1, number + 1
    ds.ImagePositionPatient = [-150.0, -140.0, round(-300.0 + step_mm * number, 4)]
    ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    ds.PixelSpacing = [0.8, 0.8]
    ds.RescaleIntercept, ds.RescaleSlope = "-1024", "1"
    set_pixels(ds, (hu.astype(np.int32) + 1024).astype(np.uint16), bits=12)
    return ds


def set_pixels(ds: Dataset, stored: NDArray[np.generic], *, bits: int) -> None:
    """Store native pixels of 8 or 16 bits."""
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows, ds.Columns = stored.shape[-2:]
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = stored.itemsize * 8, bits, bits - 1
    ds.PixelRepresentation = int(stored.dtype.kind == "i")
    data = stored.tobytes()
    ds.PixelData = data + b"\0" * (len(data) % 2)
    ds["PixelData"].VR = "OW" if stored.itemsize == 2 else "OB"


def put_raw(ds: Dataset, keyword: str, value: bytes) -> None:
    """Set an element to bytes that pydicom would not let through."""
    tag = Tag(tag_for_keyword(keyword) or 0)
    padded = value + b" " * (len(value) % 2)
    ds[tag] = RawDataElement(tag, dictionary_VR(tag), len(padded), padded, 0, False, True)


def save(ds: Dataset, path: Path) -> Path:
    """Write one file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom warns of the odd values that are wanted here
        ds.save_as(path, enforce_file_format=True)
    return path


def write_series(
    folder: Path,
    *,
    slices: int = 12,
    side: int = 32,
    step_mm: float = 2.0,
    edit: Edit | None = None,
    prefix: str = "",
    hu: NDArray[np.int16] | None = None,
) -> NDArray[np.int16]:
    """Write a series in an order of names that is not that of the slices; return its HU, feet to head."""
    volume = chest_hu(slices, side) if hu is None else hu
    for number, picture in enumerate(volume):
        ds = slice_dataset(number, picture, step_mm=step_mm)
        if edit is not None:
            edit(number, ds)
        if not getattr(ds, "dropped", False):
            save(ds, folder / f"{prefix}{(number * 7919) % 10007:05d}")
    return volume


def drop(ds: Dataset) -> None:
    """Leave a slice out of the series."""
    object.__setattr__(ds, "dropped", True)


def studies(*paths: Path) -> tuple[StudyEntry, ...]:
    """Return the studies of a scan."""
    return result(*paths).studies


def result(*paths: Path) -> Scan:
    """Return a scan."""
    return scan(list(paths))


def only(*paths: Path) -> SeriesEntry:
    """Return the one series of the one study."""
    (study,) = studies(*paths)
    (series,) = study.series
    return series


def refusal_code(*paths: Path) -> str | None:
    """Return the code of the refusal of the one study."""
    (study,) = studies(*paths)
    return None if study.refusal is None else study.refusal.code


def codes(entry: SeriesEntry) -> set[str]:
    """Return the codes of an entry's warnings."""
    return {notice.code for notice in entry.notices}


def new_uid(*parts: object) -> str:
    """Return a UID that depends on the parts alone."""
    return str(generate_uid(entropy_srcs=[str(part) for part in parts]))


def numbers(values: Sequence[float]) -> list[str]:
    """Return decimal strings of at most 16 characters."""
    return [f"{value:.6f}"[:16] for value in values]
