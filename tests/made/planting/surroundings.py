"""Places around the files: names of files and folders, neighbours that are no DICOM, packed folders, DICOMDIR."""

from __future__ import annotations

import html
import json
import zipfile
from pathlib import Path

from PIL import Image
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian

from planting.marks import Mark, Mint
from planting.planter import raw

DIRECTORY_STORAGE = UID("1.2.840.10008.1.3.10")


def plain_word(mark: Mark) -> str:
    """Return what of a mark can stand in the name of a file."""
    return mark.value.replace("/", "-").replace("^", "_").replace(":", "")


def folder_name(mint: Mint) -> tuple[str, list[Mark]]:
    """Return the name of a folder: a person and a date, as archives export them."""
    name, day = mint.plain(mint.script()), mint.written_day()
    text = f"{plain_word(name)} {plain_word(day)}"
    return text, [mark.at("name of a folder", text, tokens=_in_names(mark)) for mark in (name, day)]


def file_name(mint: Mint) -> tuple[str, list[Mark]]:
    """Return the name of a file."""
    mark = mint.any()
    text = plain_word(mark) + mint.random.choice((".dcm", ".DCM", "", ".ima"))
    return text, [mark.at("name of a file", text, tokens=_in_names(mark))]


def _in_names(mark: Mark) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*mark.tokens, *(token.replace("/", "-") for token in mark.tokens))))


def neighbours(folder: Path, mint: Mint) -> list[Mark]:
    """Write files that are no DICOM beside the others."""
    marks: list[Mark] = []

    def took(name: str, *planted: Mark) -> Path:
        marks.extend(mark.at("neighbour that is no DICOM", name, file=name) for mark in planted)
        return folder / name

    def some() -> Mark:
        return mint.plain(mint.script())

    mark = some()
    took("README.txt", mark).write_text(f"Study of {mark.value}\n", encoding="utf-8")
    mark = mint.plain("cyrillic")
    took("пациент.txt", mark).write_bytes(mark.value.encode("cp1251"))
    mark, number = some(), mint.identifier()
    took("patients.csv", mark, number).write_text(f"id,name\n{number.value},{mark.value}\n", encoding="utf-8")
    mark = some()
    took("index.html", mark).write_text(f"<p>{html.escape(mark.value)}</p>", encoding="utf-8")
    mark = some()
    took("study.json", mark).write_text(
        json.dumps({"00100010": {"vr": "PN", "Value": [{"Alphabetic": mark.value}]}}, ensure_ascii=False),
        encoding="utf-8",
    )
    mark = mint.plain("latin")
    exif = Image.Exif()
    exif[0x013B] = mark.value
    Image.new("RGB", (32, 32), "grey").save(took("photo.jpg", mark), exif=exif)
    mark = some()
    took(".hidden", mark).write_text(mark.value, encoding="utf-8")
    return marks


def packed(folder: Path, inner: Path, mint: Mint) -> list[Mark]:
    """Pack a DICOM file with names of persons as the names of the archive and of its member."""
    outer, member, comment = mint.plain(mint.script()), mint.plain(mint.script()), mint.plain("latin")
    name = f"{plain_word(outer)}.zip"
    with zipfile.ZipFile(folder / name, "w") as archive:
        archive.write(inner, f"{plain_word(member)}/0001.dcm")
        archive.comment = comment.value.encode()
    return [mark.at("packed folder", name, file=name) for mark in (outer, member, comment)]


def directory(folder: Path, files: list[str], mint: Mint) -> list[Mark]:
    """Write a DICOMDIR of one patient with planted records (PS3.3 F)."""
    marks: list[Mark] = []
    records = []

    def record(kind: str, **values: Mark) -> Dataset:
        ds = Dataset()
        ds.OffsetOfTheNextDirectoryRecord, ds.RecordInUseFlag, ds.OffsetOfReferencedLowerLevelDirectoryEntity = (
            0,
            0xFFFF,
            0,
        )
        ds.DirectoryRecordType = kind
        for keyword, mark in values.items():
            setattr(ds, keyword, mark.value)
            marks.append(mark.at("DICOMDIR", f"DirectoryRecordSequence/{keyword}", depth=1))
        records.append(ds)
        return ds

    record("PATIENT", PatientName=mint.name("latin"), PatientID=mint.identifier())
    study = record(
        "STUDY", StudyDescription=mint.plain("latin"), AccessionNumber=mint.accession(), StudyDate=mint.day()
    )
    study.StudyInstanceUID, study.StudyTime, study.StudyID = "1.2.826.0.1.3680043.8.498.5", "101500", ""
    series = record("SERIES", InstitutionName=mint.institution("latin"), PerformingPhysicianName=mint.name("latin"))
    series.SeriesInstanceUID, series.Modality, series.SeriesNumber = "1.2.826.0.1.3680043.8.498.6", "CT", 1
    for number, file in enumerate(files[:3], start=1):
        image = record("IMAGE")
        image.ReferencedFileID, image.InstanceNumber = (
            file.upper()[:8] if file.isascii() else f"IMG{number:05d}",
            number,
        )
        image.ReferencedSOPClassUIDInFile = "1.2.840.10008.5.1.4.1.1.2"
        image.ReferencedSOPInstanceUIDInFile = f"1.2.826.0.1.3680043.8.498.7.{number}"
        image.ReferencedTransferSyntaxUIDInFile = "1.2.840.10008.1.2.1"
    ds = Dataset()
    ds.FileSetID = "GGTEST"
    ds.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity = (
        ds.OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity
    ) = 0
    ds.FileSetConsistencyFlag = 0
    ds.DirectoryRecordSequence = Sequence(records)
    private = mint.plain("latin")
    ds[0x00090010] = raw(0x00090010, "LO", b"ACME 1.1")
    ds[0x00091001] = raw(0x00091001, "LO", private.value.encode())
    marks.append(private.at("DICOMDIR", "(0009,1001)", creator="ACME 1.1"))
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = (
        DIRECTORY_STORAGE,
        UID("1.2.826.0.1.3680043.8.498.8"),
    )
    dcmwrite(folder / "DICOMDIR", ds, enforce_file_format=True)
    return [mark.at(mark.place, mark.where, file="DICOMDIR") for mark in marks]
