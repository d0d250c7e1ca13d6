"""Piles of files: what belongs together when UIDs are missing, repeated or invented, and what is passed over."""

from __future__ import annotations

import hashlib
import uuid
import zipfile
from pathlib import Path

import numpy as np
import pytest
from dicom_factory import (
    STUDY,
    chest_hu,
    codes,
    new_uid,
    only,
    put_raw,
    result,
    save,
    slice_dataset,
    studies,
    write_series,
)
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from groundglass.dicom.series import load, scan
from groundglass.errors import InputError
from groundglass.phrases import LANGUAGES, say_notice


def test_empty_sop_uids_never_collapse_a_series(tmp_path: Path) -> None:
    def edit(_: int, ds: Dataset) -> None:
        ds.SOPInstanceUID = ""
        del ds.FrameOfReferenceUID

    hu = write_series(tmp_path, edit=edit)
    loaded = load(only(tmp_path))
    assert np.array_equal(loaded.volume.array, hu)
    assert loaded.sop_uids == (None,) * 12
    assert {n.code for n in loaded.notices} == {"sop_uids_missing", "frame_of_reference_missing"}
    assert loaded.volume.geometry.frame_of_reference_uid is None


def test_one_sop_uid_for_all_slices_never_collapses_a_series(tmp_path: Path) -> None:
    hu = write_series(tmp_path, edit=lambda _, ds: setattr(ds, "SOPInstanceUID", "1.2.3"))
    loaded = load(only(tmp_path))
    assert np.array_equal(loaded.volume.array, hu)
    assert loaded.sop_uids == (None,) * 12
    assert {n.code for n in loaded.notices} == {"sop_uids_repeated"}


def test_every_uid_emptied_still_gives_one_series(tmp_path: Path) -> None:
    def edit(_: int, ds: Dataset) -> None:
        for keyword in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"):
            setattr(ds, keyword, "")

    hu = write_series(tmp_path, edit=edit)
    entry = only(tmp_path)
    assert (entry.study_uid, entry.series_uid) == (None, None)
    assert "study_uids_missing" in codes(entry)
    assert np.array_equal(load(entry).volume.array, hu)


def test_a_series_uid_for_every_slice_still_gives_one_series(tmp_path: Path) -> None:
    def edit(number: int, ds: Dataset) -> None:
        ds.SeriesInstanceUID = f"1.2.826.0.1.77.{number + 1}"

    hu = write_series(tmp_path, edit=edit)
    entry = only(tmp_path)
    assert entry.series_uid is None
    assert codes(entry) == {"series_uids_differ"}
    assert np.array_equal(load(entry).volume.array, hu)


def test_single_slices_that_differ_in_more_than_their_uid_stay_apart(tmp_path: Path) -> None:
    def edit(number: int, ds: Dataset) -> None:
        ds.SeriesInstanceUID, ds.SeriesNumber = f"1.2.826.0.1.77.{number + 1}", number + 1

    write_series(tmp_path, edit=edit)
    (study,) = studies(tmp_path)
    assert len(study.series) == 12
    assert study.refusal is not None
    assert study.refusal.code == "SINGLE_SLICE"


def test_a_preamble_with_nothing_behind_it_is_no_study(tmp_path: Path) -> None:
    write_series(tmp_path)
    (tmp_path / "junk").write_bytes(bytes(128) + b"DICM")
    found = result(tmp_path)
    assert len(found.studies) == 1
    assert [notice.code for notice in found.notices] == ["files_not_dicom"]


def test_two_folders_of_emptied_uids_are_two_studies(tmp_path: Path) -> None:
    def edit(_: int, ds: Dataset) -> None:
        ds.StudyInstanceUID = ds.SeriesInstanceUID = ds.PatientID = ds.PatientName = ""

    write_series(tmp_path / "a", edit=edit)
    write_series(tmp_path / "b", hu=chest_hu(12, seed=5), edit=edit)
    found = studies(tmp_path)
    assert [study.series[0].slices for study in found] == [12, 12]
    assert len({study.study_id for study in found}) == 2


def test_uuids_in_place_of_uids_are_taken_with_a_warning(tmp_path: Path) -> None:
    def edit(number: int, ds: Dataset) -> None:
        put_raw(ds, "SOPInstanceUID", str(uuid.UUID(int=number)).encode())
        put_raw(ds, "SeriesInstanceUID", str(uuid.UUID(int=99)).encode())
        put_raw(ds, "StudyInstanceUID", str(uuid.UUID(int=98)).encode())

    hu = write_series(tmp_path, edit=edit)
    loaded = load(only(tmp_path))
    assert np.array_equal(loaded.volume.array, hu)
    assert {n.code for n in loaded.notices} == {"uids_invalid"}
    assert loaded.sop_uids[3] == str(uuid.UUID(int=3))


def test_frames_of_reference_that_differ_slice_by_slice_are_taken_with_a_warning(tmp_path: Path) -> None:
    hu = write_series(tmp_path, edit=lambda n, ds: setattr(ds, "FrameOfReferenceUID", new_uid("frame", n)))
    loaded = load(only(tmp_path))
    assert np.array_equal(loaded.volume.array, hu)
    assert {n.code for n in loaded.notices} == {"frames_of_reference_differ"}
    assert loaded.volume.geometry.frame_of_reference_uid is None


def test_two_patients_under_one_study_uid_are_never_mixed(tmp_path: Path) -> None:
    write_series(tmp_path)

    def other(_: int, ds: Dataset) -> None:
        ds.PatientID, ds.PatientName = "MARKER-2", "Other^Planted"

    write_series(tmp_path, prefix="other", hu=chest_hu(12, seed=3), edit=other)
    found = studies(tmp_path)
    assert len({study.study_id for study in found}) == 2
    assert [study.series[0].slices for study in found] == [12, 12]


def test_a_patient_id_invented_for_every_slice_does_not_tear_a_series_apart(tmp_path: Path) -> None:
    def edit(number: int, ds: Dataset) -> None:
        ds.PatientID = ds.PatientName = f"anonymous{number}"

    hu = write_series(tmp_path, edit=edit)
    loaded = load(only(tmp_path))
    assert np.array_equal(loaded.volume.array, hu)
    assert {n.code for n in loaded.notices} == {"patients_differ"}


def test_the_study_id_is_a_hash_of_the_study_uid(tmp_path: Path) -> None:
    write_series(tmp_path)
    (study,) = studies(tmp_path)
    assert study.study_id == "study-" + hashlib.sha256(STUDY.encode()).hexdigest()[:8]


def test_a_missing_modality_is_taken_from_the_kind_of_object(tmp_path: Path) -> None:
    write_series(tmp_path, edit=lambda _, ds: delattr(ds, "Modality"))
    entry = only(tmp_path)
    assert entry.usable
    assert "modality_missing" in codes(entry)


def document(path: Path, sop_class: str, modality: str | None) -> None:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID, ds.SOPInstanceUID = sop_class, "1.2.3.4.5.6"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = STUDY, "1.2.3.9"
    ds.PatientName, ds.PatientID = "Marker^Planted", "MARKER-1"
    if modality:
        ds.Modality = modality
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    save(ds, path)


def test_a_pile_of_anything_is_sorted_out(tmp_path: Path) -> None:
    hu = write_series(tmp_path / "a" / "b")
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "report.pdf").write_bytes(b"%PDF-1.4 nothing")
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "broken.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\x08\x00\x05\x00CS\xff\xff..")
    document(tmp_path / "DICOMDIR", "1.2.840.10008.1.3.10", None)
    document(tmp_path / "sr", "1.2.840.10008.5.1.4.1.1.88.67", "SR")
    document(tmp_path / "pdf", "1.2.840.10008.5.1.4.1.1.104.1", "DOC")
    found = result(tmp_path)
    (study,) = found.studies
    assert study.chosen is not None
    assert np.array_equal(load(study.chosen).volume.array, hu)
    assert {n.code: n.values.get("count") for n in found.notices} == {
        "files_not_dicom": 3,
        "files_directory": 1,
        "files_broken": 1,
    }
    assert {e.error.code for e in study.series if e.error} == {"NOT_AN_IMAGE"}


def test_nothing_but_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(InputError) as error:
        scan([tmp_path])
    assert error.value.code == "NO_DICOM"


def test_only_damaged_files_are_named_as_such(tmp_path: Path) -> None:
    (tmp_path / "broken.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\x08\x00\x05\x00CS\xff\xff..")
    with pytest.raises(InputError) as error:
        scan([tmp_path])
    assert error.value.code == "BROKEN_DICOM"


def test_a_zip_gives_the_same_volume_as_its_folder(tmp_path: Path) -> None:
    hu = write_series(tmp_path / "series")
    with zipfile.ZipFile(tmp_path / "s.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number, path in enumerate(sorted((tmp_path / "series").iterdir())):
            archive.write(path, f"deep/er/{number % 3}/{path.name}")
    loaded = load(only(tmp_path / "s.zip"))
    assert np.array_equal(loaded.volume.array, hu)


def test_a_file_without_preamble_is_read(tmp_path: Path) -> None:
    hu = write_series(tmp_path)
    for path in list(tmp_path.iterdir()):
        path.write_bytes(path.read_bytes()[132:])
    assert np.array_equal(load(only(tmp_path)).volume.array, hu)


def test_a_bare_data_set_without_meta_information_is_read(tmp_path: Path) -> None:
    for number, hu in enumerate(chest_hu(6)):
        ds = slice_dataset(number, hu)
        ds.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
        save(ds, tmp_path / str(number))
        raw = (tmp_path / str(number)).read_bytes()
        start = raw.index(b"\x08\x00\x05\x00")
        (tmp_path / str(number)).write_bytes(raw[start:])
    assert np.array_equal(load(only(tmp_path)).volume.array, chest_hu(6))


def test_no_message_or_notice_names_the_patient(tmp_path: Path) -> None:
    write_series(tmp_path / "Marker^Planted", slices=3)
    write_series(tmp_path / "MARKER-1", edit=lambda _, ds: setattr(ds, "SeriesInstanceUID", "1.2.77"), slices=8)
    found = result(tmp_path)
    said = [say_notice(n, language) for language in LANGUAGES for n in found.notices]
    for study in found.studies:
        said.append(study.study_id + (study.refusal.line() if study.refusal else ""))
        for entry in study.series:
            said += [say_notice(n, language) for language in LANGUAGES for n in (*entry.reasons, *entry.notices)]
            said.append(entry.series_id + (entry.error.line() if entry.error else ""))
    assert "marker" not in " ".join(said).lower()


def test_the_refusal_of_a_study_counts_its_reasons(tmp_path: Path) -> None:
    write_series(tmp_path, slices=1)
    document(tmp_path / "sr", "1.2.840.10008.5.1.4.1.1.88.67", "SR")
    (study,) = studies(tmp_path)
    assert study.refusal is not None
    assert study.refusal.code == "NO_SERIES_TO_GRADE"
    assert "SINGLE_SLICE (1)" in study.refusal.what
