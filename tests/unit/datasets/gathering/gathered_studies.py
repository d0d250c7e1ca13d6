"""Tiny studies on disk, and recipes over them."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from groundglass.datasets.candidates import Candidate
from groundglass.datasets.gathering import gather
from groundglass.datasets.members import About
from groundglass.datasets.recipe.model import Recipe, SourceRule
from groundglass.phrases import Notice, say_notice

ROOT = "1.2.826.0.1.3680043.10.99.7"
CT, SEG, SR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.88.67"


def study_uid(number: int) -> str:
    return f"{ROOT}.1.{number}"


def series_uid(number: int, series: int = 1) -> str:
    return f"{ROOT}.2.{number}.{series}"


def saved(path: Path, dataset: Dataset, sop_class: str) -> Path:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = UID(sop_class)
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.SOPClassUID = sop_class
    dataset.file_meta = meta
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return path


def write_study(
    folder: Path, number: int, *, series: int = 1, slices: int = 12, step_mm: float = 2.0, **changes: Any
) -> Path:
    """Write a study of one series; changes are attributes by keyword, None takes one out."""
    for index in range(slices):
        ds = Dataset()
        ds.SpecificCharacterSet = "ISO_IR 192"
        ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        ds.SOPInstanceUID = f"{ROOT}.3.{number}.{series}.{index + 1}"
        ds.StudyDate, ds.StudyTime, ds.AccessionNumber = f"202004{number % 28 + 1:02d}", "101500", f"A{number:04d}"
        ds.Modality, ds.Manufacturer, ds.InstitutionName = "CT", "TOSHIBA", "First Clinic"
        ds.SeriesDescription, ds.PatientName, ds.PatientID = "BODY 1.0", f"Planted^{number}", f"P{number:04d}"
        ds.PatientBirthDate, ds.PatientSex, ds.PatientAge = "19700101", "MF"[number % 2], f"{20 + number:03d}Y"
        ds.BodyPartExamined, ds.SliceThickness, ds.ConvolutionKernel = "CHEST", "1.0", "FC07"
        ds.PatientPosition, ds.StudyInstanceUID, ds.SeriesInstanceUID = (
            "HFS",
            study_uid(number),
            series_uid(number, series),
        )
        ds.FrameOfReferenceUID = f"{ROOT}.4.{number}"
        ds.SeriesNumber, ds.AcquisitionNumber, ds.InstanceNumber = series, 1, index + 1
        ds.ImagePositionPatient = [-100.0, -100.0, round(step_mm * index, 3)]
        ds.ImageOrientationPatient, ds.PixelSpacing = [1, 0, 0, 0, 1, 0], [4.8, 4.8]
        ds.RescaleIntercept, ds.RescaleSlope = "-1024", "1"
        ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.Rows, ds.Columns = 1, "MONOCHROME2", 16, 16
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
        ds.PixelData = np.full((16, 16), index + 10, np.uint16).tobytes()
        for keyword, value in changes.items():
            if value is None:
                del ds[keyword]
            else:
                setattr(ds, keyword, value)
        saved(folder / f"s{series}-{index:03d}.dcm", ds, CT)
    return folder


def write_seg(path: Path, number: int, *, series: int = 1, of: int | None = None) -> Path:
    """Write the header of a segmentation that refers to a series of a study."""
    ds = Dataset()
    ds.SOPInstanceUID = f"{ROOT}.5.{number}.{series}.{sum(path.name.encode())}"
    ds.Modality, ds.PatientID = "SEG", f"P{number:04d}"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = study_uid(of or number), f"{ROOT}.6.{number}"
    referenced = Dataset()
    referenced.SeriesInstanceUID = series_uid(number, series)
    ds.ReferencedSeriesSequence = [referenced]
    return saved(path, ds, SEG)


def write_report(path: Path, number: int) -> Path:
    """Write a report of a study."""
    ds = Dataset()
    ds.SOPInstanceUID = f"{ROOT}.7.{number}"
    ds.Modality, ds.PatientID, ds.StudyInstanceUID = "SR", f"P{number:04d}", study_uid(number)
    ds.SeriesInstanceUID = f"{ROOT}.8.{number}"
    return saved(path, ds, SR)


def write_csv(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def zipped(folder: Path, path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder))
    return path


def recipe_over(*sources: Path | SourceRule, **parts: Any) -> Recipe:
    rules = tuple(each if isinstance(each, SourceRule) else SourceRule(path=each) for each in sources)
    return Recipe(about=About(), sources=rules, **parts)


def gathered(recipe: Recipe) -> tuple[dict[int, Candidate], dict[str, Notice]]:
    """Return the studies by their number, and what was told by its code; everything told has words."""
    notices: list[Notice] = []
    found = gather(recipe, notices=notices)
    for notice in notices:
        assert say_notice(notice, "en") != say_notice(notice, "ru")
    by_number = {int(each.study_uid.rpartition(".")[2]): each for each in found}
    assert len(by_number) == len(found)
    return by_number, {notice.code: notice for notice in notices}
