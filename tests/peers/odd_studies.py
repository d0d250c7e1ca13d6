"""Studies of every kind that a writer of objects meets: geometry, storage, headers, company in the study."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from made_objects import SHAPE, MadeStudy, axial_affine, made_chest, made_findings
from pydicom import dcmread
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from groundglass.dicom.ct_writer import CTHeader, Storage, write_series
from groundglass.dicom.objects.origin import origin_of
from groundglass.dicom.series import load, scan
from groundglass.volume import Geometry, Volume

Turn = tuple[tuple[int, int, int], tuple[bool, bool, bool]]
Edit = Callable[[int, Dataset], bool]
"""Changes the header of a slice in place; False leaves the slice out."""
_ROOT_64 = "1.2.826.0.1.3680043.10.54321."


@dataclass(frozen=True)
class OddStudy:
    """How one study differs from a plain axial one.

    Attributes
    ----------
    name : str
        What is odd.
    shape, spacing_mm : (slice, row, column)
        Of the chest before it is turned.
    turn : (axes, flips)
        Storage order.
    tilt_degrees : (about x, about z)
        The whole patient is turned by these in the scanner.
    edit : callable or None
        Changes to each header.
    company : tuple of CTHeader
        Further series of the study, of a few slices.
    """

    name: str
    shape: tuple[int, int, int] = SHAPE
    spacing_mm: tuple[float, float, float] = (8.0, 4.0, 3.5)
    turn: Turn = ((0, 1, 2), (False, False, False))
    tilt_degrees: tuple[float, float] = (0.0, 0.0)
    header: CTHeader = field(default_factory=CTHeader)
    storage: Storage = field(default_factory=Storage)
    syntax: str = ExplicitVRLittleEndian
    multiframe: bool = False
    edit: Edit | None = None
    company: tuple[CTHeader, ...] = ()

    @property
    def place(self) -> Geometry:
        """The grid of the chest, feet to head, front to back, right to left, then tilted."""
        affine = axial_affine(self.spacing_mm)
        a, b = np.deg2rad(self.tilt_degrees)
        about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
        about_z = np.array([[np.cos(b), -np.sin(b), 0], [np.sin(b), np.cos(b), 0], [0, 0, 1]])
        affine[:3, :3] = about_z @ about_x @ affine[:3, :3]
        return Geometry(self.shape, affine, None)

    def make(self, folder: Path) -> MadeStudy:
        """Write the study below ``folder``, and return it as it is read, with masks and result."""
        hu, lungs, lesions = made_chest(self.shape)
        volume = Volume(hu, self.place).reoriented(*self.turn)
        files = write_series(
            volume,
            folder / "series",
            header=self.header,
            storage=self.storage,
            transfer_syntax=self.syntax,
            multiframe=self.multiframe,
        )
        for number, header in enumerate(self.company):
            less = volume.crop((slice(0, 4), slice(None), slice(None)))
            write_series(less, folder / f"company-{number}", header=header)
        if self.edit is not None:
            _change(files, self.edit)
        found = max(scan([folder]).studies[0].series, key=lambda one: len(one.stack.frames))
        origin = origin_of(found, load(found).volume.geometry)
        return MadeStudy(folder, found, origin, made_findings(found, origin, lungs, lesions, self.place))


def _change(files: list[Path], edit: Edit) -> None:
    for number, file in enumerate(files):
        data = dcmread(file)
        if not edit(number, data):
            file.unlink()
            continue
        data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
        data.save_as(file, enforce_file_format=False)


def first_file(study: MadeStudy) -> Path:
    """Return a file of the source, for its header."""
    series = study.folder / "series"
    return sorted(file for file in (series if series.is_dir() else study.folder).iterdir() if file.is_file())[0]


def _without(*names: str) -> Edit:
    def edit(_: int, data: Dataset) -> bool:
        for name in names:
            if name in data:
                delattr(data, name)
        return True

    return edit


def _long_uids(number: int, data: Dataset) -> bool:
    def uid(kind: int, index: int) -> str:
        head = f"{_ROOT_64}{kind}."
        return head + str(index + 1).rjust(64 - len(head), "9")

    data.StudyInstanceUID, data.SeriesInstanceUID = uid(1, 0), uid(2, 0)
    data.FrameOfReferenceUID, data.SOPInstanceUID = uid(3, 0), uid(4, number)
    return True


def _frame_each(number: int, data: Dataset) -> bool:
    data.FrameOfReferenceUID = f"1.2.826.0.1.3680043.10.54321.7.{number + 1}"
    return True


def _text(charset: str | list[str], name: str, description: str) -> Edit:
    def edit(_: int, data: Dataset) -> bool:
        data.SpecificCharacterSet = charset
        data.PatientName, data.StudyDescription, data.InstitutionName = name, description, description
        return True

    return edit


def _hostile(_: int, data: Dataset) -> bool:
    """Values as anonymisers and old gateways leave them; written as bytes, since pydicom checks them else."""
    for tag, vr, value in (
        (0x00101010, "AS", b"45"),
        (0x00100030, "DA", b"1970.1.1"),
        (0x00100040, "CS", b"male"),
        (0x00200010, "SH", b"a study number that is too long "),
        (0x00081030, "LO", b"x" * 70),
        (0x00080050, "SH", b"ACCESSION-NUMBER-OF-MANY"),
        (0x00101030, "DS", b"70,5"),
        (0x00101020, "DS", b"0"),
        (0x00080030, "TM", b"12:00:00"),
    ):
        padded = value + b" " * (len(value) % 2)
        data[tag] = RawDataElement(BaseTag(tag), vr, len(padded), padded, 0, False, True)
    return True


def _rich(_: int, data: Dataset) -> bool:
    other = Dataset()
    other.PatientID, other.TypeOfPatientID = "OTHER-1", "TEXT"
    data.OtherPatientIDsSequence = [other]
    data.IssuerOfPatientID = "INVENTED"
    data.PatientComments = "invented"
    data.EthnicGroup = "none"
    procedure = Dataset()
    procedure.CodeValue, procedure.CodingSchemeDesignator = "77477000", "SCT"
    procedure.CodeMeaning = "Computed tomography"
    data.ProcedureCodeSequence = [procedure]
    referenced = Dataset()
    referenced.ReferencedSOPClassUID = "1.2.840.10008.3.1.2.3.1"
    referenced.ReferencedSOPInstanceUID = "1.2.826.0.1.3680043.10.54321.8.1"
    data.ReferencedStudySequence = [referenced]
    data.PhysiciansOfRecord = ["First^Doctor", "Second^Doctor"]
    data.NameOfPhysiciansReadingStudy = "Third^Doctor"
    data.ReferringPhysicianName = "Fourth^Doctor"
    data.AdmittingDiagnosesDescription = "cough"
    data.PatientSize, data.PatientWeight = "1.7", "70.5"
    data.ClinicalTrialSponsorName = "Invented sponsor"
    data.ClinicalTrialProtocolID = "P-1"
    data.ClinicalTrialProtocolName = ""
    data.ClinicalTrialSiteID, data.ClinicalTrialSiteName = "", ""
    data.ClinicalTrialSubjectID = "S-1"
    data.PatientIdentityRemoved, data.DeidentificationMethod = "YES", "invented"
    data.TimezoneOffsetFromUTC = "+0300"
    block = data.private_block(0x0009, "INVENTED MAKER", create=True)
    block.add_new(0x01, "LO", "private")
    return True


def _gap(number: int, _: Dataset) -> bool:
    return number != 5


_TYPE_2 = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "ReferringPhysicianName",
    "StudyID",
    "SeriesNumber",
    "Manufacturer",
    "StudyDescription",
    "SeriesDescription",
    "PatientAge",
    "InstitutionName",
    "ManufacturerModelName",
    "SoftwareVersions",
    "DeviceSerialNumber",
    "SpecificCharacterSet",
    "PositionReferenceIndicator",
)
_HEAD_TO_FEET: Turn = ((0, 1, 2), (True, False, False))

ODD_STUDIES: tuple[OddStudy, ...] = (
    OddStudy("axial"),
    OddStudy("head to feet", turn=_HEAD_TO_FEET),
    OddStudy("prone", turn=((0, 1, 2), (False, True, True)), header=CTHeader(patient_position="HFP")),
    OddStudy("feet first", turn=((0, 1, 2), (True, False, True)), header=CTHeader(patient_position="FFS")),
    OddStudy("rows and columns swapped", turn=((0, 2, 1), (False, False, False))),
    OddStudy("swapped and mirrored", turn=((0, 2, 1), (True, True, False))),
    OddStudy("mirrored columns", turn=((0, 1, 2), (False, False, True))),
    OddStudy("upside down", turn=((0, 1, 2), (True, True, False)), header=CTHeader(patient_position="FFP")),
    OddStudy("oblique", tilt_degrees=(12.0, -7.0)),
    OddStudy("narrow and thin", shape=(30, 62, 100), spacing_mm=(3.0, 4.9, 2.75)),
    OddStudy("overlapping", shape=(24, 72, 80), spacing_mm=(4.0, 4.0, 3.5), header=CTHeader(slice_thickness_mm=5.0)),
    OddStudy("gapped", header=CTHeader(slice_thickness_mm=1.25)),
    OddStudy("a slice missing", shape=(16, 72, 80), spacing_mm=(6.0, 4.0, 3.5), edit=_gap),
    OddStudy("enhanced", multiframe=True),
    OddStudy("legacy converted", multiframe=True, storage=Storage(legacy=True)),
    OddStudy("enhanced, head to feet, JPEG-LS", multiframe=True, turn=_HEAD_TO_FEET, syntax=JPEGLSLossless),
    OddStudy("JPEG 2000", syntax=JPEG2000Lossless),
    OddStudy("JPEG lossless", syntax=JPEGLosslessSV1),
    OddStudy("run length", syntax=RLELossless, storage=Storage(bits_stored=12, signed=False, intercept_hu=-1024.0)),
    OddStudy("implicit", syntax=ImplicitVRLittleEndian, storage=Storage(file_names="random")),
    OddStudy("big endian", syntax=ExplicitVRBigEndian),
    OddStudy("deflated", syntax=DeflatedExplicitVRLittleEndian),
    OddStudy("type 2 missing", edit=_without(*_TYPE_2)),
    OddStudy("UIDs of 64 characters", edit=_long_uids),
    OddStudy("frames of reference differ", edit=_frame_each),
    OddStudy("no frame of reference", edit=_without("FrameOfReferenceUID")),
    OddStudy("Cyrillic", edit=_text("ISO_IR 144", "Иванов^Иван^Иванович", "КТ грудной клетки")),
    OddStudy("Cyrillic by escapes", edit=_text(["", "ISO 2022 IR 144"], "Люкceмбypг", "КТ органов грудной клетки")),
    OddStudy("Cyrillic in UTF-8", edit=_text("ISO_IR 192", "Ёлкина^Софья", "КТ лёгких")),
    OddStudy("Greek", edit=_text("ISO_IR 126", "Διονυσιος", "θώρακας")),
    OddStudy("Japanese", edit=_text(["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎=やまだ^たろう", "胸部CT")),
    OddStudy("Chinese", edit=_text("GB18030", "Wang^XiaoDong=王^小东", "胸部CT")),
    OddStudy("values out of order", edit=_hostile),
    OddStudy("rich header", edit=_rich),
    OddStudy(
        "several series",
        company=(
            CTHeader(series_number=3, series_description="CHEST 1.0 FC51", kernel="FC51"),
            CTHeader(series_number=1, series_description="LOCALIZER", image_type=("ORIGINAL", "PRIMARY", "LOCALIZER")),
        ),
    ),
    OddStudy("another maker", header=replace(CTHeader(), manufacturer="", model="", software="", age="")),
)
