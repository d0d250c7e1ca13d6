"""Dose reports and dose captures of invented patients, written with pydicom, each as odd as a test wants it."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import UID, ExplicitVRLittleEndian

STUDY = "1.2.826.0.1.3680043.8.498.77"
RADIATION_DOSE_SR = "1.2.840.10008.5.1.4.1.1.88.67"
ENHANCED_SR = "1.2.840.10008.5.1.4.1.1.88.22"
COMPREHENSIVE_SR = "1.2.840.10008.5.1.4.1.1.88.33"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"

CHEST = ("T-D3000", "SRT", "Chest")
CHEST_SCT = ("816094009", "SCT", "Chest")
HEAD = ("T-D1100", "SRT", "Head")
HEAD_SCT = ("69536005", "SCT", "Head")
ABDOMEN = ("T-D4000", "SRT", "Abdomen")
TRUNK = ("R-FAB56", "SRT", "Chest, Abdomen and Pelvis")
SPIRAL = ("P5-08001", "SRT", "Spiral Acquisition")
CONSTANT_ANGLE = ("113805", "DCM", "Constant Angle Acquisition")
BODY_32 = ("113691", "DCM", "IEC Body Dosimetry Phantom")
HEAD_16 = ("113690", "DCM", "IEC Head Dosimetry Phantom")
MGY = ("mGy", "UCUM", "mGy")
MGY_CM = ("mGy.cm", "UCUM", "mGy.cm")

Code = tuple[str, str, str]


@dataclass(frozen=True)
class Event:
    """One irradiation; None leaves the item out, and a number may be any text."""

    uid: str | None
    region: Code | None = CHEST
    ctdivol: str | float | None = 5.0
    dlp: str | float | None = 200.0
    phantom: Code | None = BODY_32
    scan: Code = SPIRAL
    protocol: str | None = None
    unit: Code | None = MGY_CM
    dose_unit: Code | None = MGY
    comment: str | None = None


def coded(code: Code) -> Dataset:
    ds = Dataset()
    ds.CodeValue, ds.CodingSchemeDesignator, ds.CodeMeaning = code
    return ds


def item(kind: str, name: Code, *, children: Sequence[Dataset] = (), relation: str = "CONTAINS") -> Dataset:
    ds = Dataset()
    ds.RelationshipType, ds.ValueType = relation, kind
    ds.ConceptNameCodeSequence = Items([coded(name)])
    if children:
        ds.ContentSequence = Items(list(children))
    return ds


def code_item(name: Code, value: Code | None) -> Dataset:
    ds = item("CODE", name)
    if value is not None:
        ds.ConceptCodeSequence = Items([coded(value)])
    return ds


def text_item(name: Code, text: str) -> Dataset:
    ds = item("TEXT", name)
    ds.TextValue = text
    return ds


def uid_item(name: Code, uid: str) -> Dataset:
    ds = item("UIDREF", name)
    ds.add_new(0x0040A124, "LO", uid)  # as text: what is no UID is the point of some tests
    return ds


def number_item(name: Code, value: str | float, unit: Code | None) -> Dataset:
    ds = item("NUM", name)
    measured = Dataset()
    measured.add_new(0x0040A30A, "LO", str(value))  # as text: what no DS may hold is the point of some tests
    if unit is not None:
        measured.MeasurementUnitsCodeSequence = Items([coded(unit)])
    ds.MeasuredValueSequence = Items([measured])
    return ds


def dcm(value: str, meaning: str) -> Code:
    return value, "DCM", meaning


def acquisition(event: Event) -> Dataset:
    """Return the container of one irradiation (TID 10013)."""
    parts: list[Dataset] = []
    if event.protocol is not None:
        parts.append(text_item(dcm("125203", "Acquisition Protocol"), event.protocol))
    parts.append(code_item(dcm("123014", "Target Region"), event.region))
    parts.append(code_item(dcm("113820", "CT Acquisition Type"), event.scan))
    if event.uid is not None:
        parts.append(uid_item(dcm("113769", "Irradiation Event UID"), event.uid))
    dose: list[Dataset] = []
    if event.ctdivol is not None:
        dose.append(number_item(dcm("113830", "Mean CTDIvol"), event.ctdivol, event.dose_unit))
    if event.phantom is not None:
        dose.append(code_item(dcm("113835", "CTDIw Phantom Type"), event.phantom))
    if event.dlp is not None:
        dose.append(number_item(dcm("113838", "DLP"), event.dlp, event.unit))
    if dose:
        parts.append(item("CONTAINER", dcm("113829", "CT Dose"), children=dose))
    if event.comment is not None:
        parts.append(text_item(dcm("121106", "Comment"), event.comment))
    return item("CONTAINER", dcm("113819", "CT Acquisition"), children=parts)


def header(sop_class: str, uid: str, study: str | None = STUDY, **attributes: object) -> Dataset:
    """Return the header of an object of an invented patient."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = UID(sop_class), UID(uid)
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID, ds.SOPInstanceUID = UID(sop_class), UID(uid)
    if study is not None:
        ds.StudyInstanceUID = study
    ds.SeriesInstanceUID = f"{STUDY}.5"
    ds.PatientName, ds.PatientID = "Marker^Planted", "MARKER-1"
    ds.PatientSex, ds.PatientAge, ds.StudyDate = "F", "054Y", "20200401"
    ds.Modality, ds.Manufacturer = "SR", "MADE UP"
    ds.ContentDate, ds.ContentTime = "20200401", "101500"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # values that no attribute may hold are the point of some tests
        for keyword, value in attributes.items():
            setattr(ds, keyword, value)
    return ds


def dose_report(
    events: Sequence[Event],
    *,
    uid: str = f"{STUDY}.100",
    study: str | None = STUDY,
    total: str | float | None = None,
    count: int | None = None,
    sop_class: str = RADIATION_DOSE_SR,
    **attributes: object,
) -> Dataset:
    """Return a radiation dose SR (TID 10011)."""
    ds = header(sop_class, uid, study, **attributes)
    ds.ValueType = "CONTAINER"
    ds.ConceptNameCodeSequence = Items([coded(dcm("113701", "X-Ray Radiation Dose Report"))])
    sums: list[Dataset] = []
    if count is not None:
        unit = ("{events}", "UCUM", "events")
        sums.append(number_item(dcm("113812", "Total Number of Irradiation Events"), count, unit))
    if total is not None:
        sums.append(number_item(dcm("113813", "CT Dose Length Product Total"), total, MGY_CM))
    content = [item("CONTAINER", dcm("113811", "CT Accumulated Dose Data"), children=sums)] if sums else []
    ds.ContentSequence = Items([*content, *(acquisition(event) for event in events)])
    return ds


@dataclass(frozen=True)
class Exposure:
    """One item of ExposureDoseSequence as Philips writes it; None leaves the element out."""

    ctdivol: float | None
    dlp: str | None
    description: str = ""
    body_part: str = ""
    scan: str = "SPIRAL"
    uid: str = ""
    phantom: str = ""


def dose_capture(
    exposures: Sequence[Exposure],
    *,
    uid: str = f"{STUDY}.200",
    study: str | None = STUDY,
    image_type: str = "DERIVED\\SECONDARY\\DOSE_INFO",
    comment: str = "",
    total: str = "",
    **attributes: object,
) -> Dataset:
    """Return a picture of a dose sheet with its numbers in the header, or without any."""
    ds = header(SECONDARY_CAPTURE, uid, study, Modality="CT", SeriesDescription="Dose Info", **attributes)
    ds.ImageType = image_type
    items: list[Dataset] = []
    for exposure in exposures:
        one = Dataset()
        one.SeriesDescription, one.AcquisitionType = exposure.description, exposure.scan
        if exposure.body_part:
            one.BodyPartExamined = exposure.body_part
        if exposure.uid:
            one.IrradiationEventUID = exposure.uid
        if exposure.ctdivol is not None:
            one.CTDIvol = exposure.ctdivol
        if exposure.dlp is not None:
            one.private_block(0x00E1, "ELSCINT1", create=True).add_new(0x21, "DS", exposure.dlp)
        if exposure.phantom:
            one.private_block(0x01E1, "ELSCINT1", create=True).add_new(0x26, "CS", exposure.phantom)
        items.append(one)
    if items:
        ds.ExposureDoseSequence = Items(items)
    if comment:
        ds.CommentsOnRadiationDose = comment
    if total:
        ds.private_block(0x00E1, "ELSCINT1", create=True).add_new(0x21, "DS", total)
    return ds


def write(folder: Path, *objects: Dataset) -> Path:
    """Write objects as files of one folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, ds in enumerate(objects, 1):
        (folder / f"object-{number:03d}.dcm").write_bytes(as_bytes(ds))
    return folder


def as_bytes(ds: Dataset) -> bytes:
    """Return the bytes of the file."""
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd values are the point of some tests
        ds.save_as(stream, enforce_file_format=True)
    return stream.getvalue()
