"""The patient line of the DICOM objects beside a result."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, ComprehensiveSRStorage, ExplicitVRLittleEndian

from groundglass.dicom.stored_identity import stored_identity

STUDY = "1.2.3.4"


def write(path: Path, name: str, *, character_sets: str | list[str] = "ISO_IR 192", study: str = STUDY) -> None:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = ComprehensiveSRStorage
    meta.MediaStorageSOPInstanceUID = UID("1.2.3.9")
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = FileDataset("", Dataset(), file_meta=meta, preamble=b"\0" * 128)
    data.SpecificCharacterSet = character_sets
    data.SOPClassUID, data.SOPInstanceUID = ComprehensiveSRStorage, "1.2.3.9"
    data.StudyInstanceUID, data.SeriesInstanceUID, data.Modality = study, "1.2.3.5", "SR"
    data.PatientName, data.PatientID, data.PatientBirthDate, data.PatientSex = name, "ИД-7", "19770203", "F"
    path.parent.mkdir(parents=True, exist_ok=True)
    data.save_as(path, enforce_file_format=True)


@pytest.mark.parametrize(
    ("name", "character_sets"),
    [
        ("Иванова^Анна^Ивановна", "ISO_IR 192"),
        ("Иванова^Анна^Ивановна", "ISO_IR 144"),
        ("Wang^XiaoDong=王^小东=", "ISO_IR 192"),
        ("Wang^XiaoDong=王^小东", "GB18030"),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", ["", "ISO 2022 IR 87"]),
    ],
)
def test_a_name_is_read_in_its_character_set(tmp_path: Path, name: str, character_sets: str | list[str]) -> None:
    path = tmp_path / "dicom" / "sr" / "1.dcm"
    write(path, "x", character_sets="ISO_IR 192")
    if character_sets != "ISO_IR 192" and "ISO_IR 144" not in character_sets:
        # an ID in Cyrillic cannot be written in these
        write_without_id(path, name, character_sets)
    else:
        write(path, name, character_sets=character_sets)
    identity, notices = stored_identity(tmp_path / "dicom", STUDY)
    assert identity is not None
    assert identity.patient_name.rstrip("=") == name.rstrip("=")
    assert (identity.birth_date, identity.sex) == ("19770203", "F")
    assert notices == ()


def write_without_id(path: Path, name: str, character_sets: str | list[str]) -> None:
    from pydicom import dcmread

    data = dcmread(path)
    data.SpecificCharacterSet = character_sets
    data.PatientName, data.PatientID = name, ""
    data.save_as(path, enforce_file_format=True)


def test_any_object_serves_where_there_is_no_sr(tmp_path: Path) -> None:
    write(tmp_path / "dicom" / "seg-lungs" / "1.dcm", "Other^Place")
    identity, _ = stored_identity(tmp_path / "dicom", STUDY)
    assert identity is not None
    assert identity.patient_name == "Other^Place"


def test_objects_of_another_study_are_not_believed(tmp_path: Path) -> None:
    write(tmp_path / "dicom" / "sr" / "1.dcm", "Other^Person", study="1.2.3.99")
    identity, notices = stored_identity(tmp_path / "dicom", STUDY)
    assert identity is None
    assert [notice.code for notice in notices] == ["fhir_identity_other_study"]


def test_what_cannot_be_read_gives_no_identity_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "dicom" / "sr" / "1.dcm"
    write(path, "Cut^Off")
    write(path.with_name("2.dcm"), "Cut^Off")
    path.write_bytes(path.read_bytes()[:200])
    path.with_name("2.dcm").write_bytes(path.with_name("2.dcm").read_bytes()[:-3])
    identity, notices = stored_identity(tmp_path / "dicom", STUDY)
    assert identity is None
    assert [notice.code for notice in notices] == ["fhir_identity_unreadable"]


def test_without_objects_or_without_a_uid_there_is_none(tmp_path: Path) -> None:
    assert stored_identity(tmp_path / "dicom", STUDY) == (None, ())
    write(tmp_path / "dicom" / "sr" / "1.dcm", "Some^One")
    assert stored_identity(tmp_path / "dicom", None) == (None, ())
