"""Whole runs on small made studies: what lies in OUT, what a kill leaves, what is refused."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from groundglass.deidentify.plan import plan
from groundglass.deidentify.profile import Profile
from groundglass.deidentify.profiles import load_profile
from groundglass.deidentify.project import Project
from groundglass.deidentify.run import NOTHING_TO_CLEAN, PAGE_FILE, REPORT_FILE, deidentify
from groundglass.deidentify.writing import PARTIAL_PREFIX
from groundglass.errors import OUTPUT_EXISTS, InputError

NAME = "Zimorodkina^Vespera"  # invented
ID = "KX-4711-0815"
STUDY = "1.2.276.0.7230010.3.1.2.20200317.77"


def ct_slice(number: int, *, name: str = NAME, patient: str = ID, study: str = STUDY, day: str = "20200317") -> bytes:
    """Return one small CT slice with identity in usual and in unusual places."""
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, f"{study}.1.{number}"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.StudyDate = ds.SeriesDate = ds.AcquisitionDate = ds.ContentDate = day
    ds.StudyTime = "101112.5"
    ds.AcquisitionDateTime = f"{day}101112.250000+0300"
    ds.AccessionNumber, ds.Modality, ds.Manufacturer = "ACC9988771", "CT", "SIEMENS"
    ds.InstitutionName, ds.ReferringPhysicianName = "Больница на Кривом озере", "Kukushkin^Arkadi"
    ds.StudyDescription = f"Chest CT of {NAME.split('^')[0]}"
    ds.SeriesDescription, ds.ManufacturerModelName = "Thorax 1.0 B70f", "SOMATOM Scope"
    ds.PatientName, ds.PatientID, ds.PatientBirthDate, ds.PatientSex = name, patient, "19610405", "F"
    ds.PatientAge, ds.PatientSize, ds.PatientWeight, ds.EthnicGroup = "058Y", "1.66", "71", "invented"
    ds.BodyPartExamined, ds.SliceThickness, ds.KVP, ds.DeviceSerialNumber = "CHEST", "2", "120", "SN778899"
    ds.ConvolutionKernel, ds.PatientPosition, ds.SoftwareVersions = "B70f", "HFS", "syngo CT 2012B"
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = study, f"{study}.1", f"{study}.9"
    ds.StudyID, ds.SeriesNumber, ds.InstanceNumber = "S-5521", 2, number
    ds.ImagePositionPatient, ds.ImageOrientationPatient = [-120.5, -120.5, 2.0 * number], [1, 0, 0, 0, 1, 0]
    item = Dataset()
    item.RequestedProcedureDescription, item.ScheduledProcedureStepID = f"CT for {NAME}", "REQ-121"
    ds.RequestAttributesSequence = Sequence([item])
    ds.private_block(0x0029, "INVENTED MAKER", create=True).add_new(0x10, "LO", NAME)
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows, ds.Columns, ds.PixelSpacing = 48, 40, [0.7, 0.7]
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    ds.RescaleIntercept, ds.RescaleSlope = "-1024", "1"
    rows, columns = np.mgrid[0:48, 0:40]
    pixels = (1000 + number + rows // 3 + columns // 4).astype("<u2")
    ds.PixelData = pixels.tobytes()
    ds["PixelData"].VR = "OW"
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.SourceApplicationEntityTitle = "KRIVOE_OZERO"
    ds.preamble = b"Zimorodkina".ljust(128, b"\0")
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, ds, enforce_file_format=True)
    return buffer.getvalue()


@pytest.fixture
def hospital(tmp_path: Path) -> Path:
    """Return a folder named for a patient with two studies of hers, one of another patient, and a letter."""
    folder = tmp_path / "in" / "Zimorodkina Vespera"
    folder.mkdir(parents=True)
    for number in range(4):
        (folder / f"IM{number}").write_bytes(ct_slice(number))
    (folder / "later.dcm").write_bytes(ct_slice(9, study=f"{STUDY}.2", day="20200324"))
    (folder / "other.dcm").write_bytes(ct_slice(1, name="Ptitsyn^Foma", patient="77120099", study="1.2.3.4.5"))
    (folder / "letter.txt").write_text("Dear Mrs Zimorodkina")
    return tmp_path / "in"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.open(tmp_path / "keys")


@pytest.fixture(scope="module")
def profile() -> Profile:
    return load_profile(None)


def outputs(out: Path) -> Iterator[tuple[str, Dataset]]:
    for path in sorted(out.rglob("*.dcm")):
        yield path.relative_to(out).as_posix(), pydicom.dcmread(path)


def hashes(out: Path) -> dict[str, str]:
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


def test_nothing_of_the_patient_is_left_and_what_must_stay_stays(
    hospital: Path, tmp_path: Path, project: Project, profile: Profile
) -> None:
    out = tmp_path / "out"
    run = deidentify([hospital], out, project=project, profile=profile, processes=1)
    assert run.failed == 0
    assert run.report["counts"] == {"files_in": 7, "files_out": 6, "dropped": 0, "failed": 0, "not_dicom": 1}
    words = [
        *(
            "zimorodkina",
            "vespera",
            "4711",
            "9988771",
            "кривом",
            "kukushkin",
            "778899",
            "s-5521",
            "req-121",
            "invented",
        ),
        *("krivoe", "20200317", "19610405", "ptitsyn", "77120099", "7230010"),
    ]
    for path in sorted(out.rglob("*")):
        assert not any(word in str(path.relative_to(out)).casefold() for word in words)
        if path.is_file():
            text = path.read_bytes().decode("utf_8", "ignore").casefold()
            assert [word for word in words if word in text] == []
    images = [path for path in hospital.rglob("*") if path.is_file() and path.suffix != ".txt"]
    sources = {pydicom.dcmread(path).pixel_array.tobytes(): path for path in images}
    for _, ds in outputs(out):
        source = pydicom.dcmread(sources[ds.pixel_array.tobytes()])
        for keyword in (
            *("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "RescaleSlope", "RescaleIntercept"),
            *(
                "ConvolutionKernel",
                "Manufacturer",
                "ManufacturerModelName",
                "SoftwareVersions",
                "KVP",
                "SliceThickness",
            ),
            *("PatientAge", "PatientSex", "PatientSize", "PatientWeight", "InstanceNumber", "StudyTime", "ImageType"),
            *("BodyPartExamined", "PatientPosition", "SeriesDescription", "Rows", "BitsStored", "SliceThickness"),
        ):
            assert ds[keyword].value == source[keyword].value, keyword
        assert ds.StudyDescription == "Chest CT of"
        assert (ds.PatientIdentityRemoved, ds.LongitudinalTemporalInformationModified) == ("YES", "MODIFIED")
        codes = {item.CodeValue for item in ds.DeidentificationMethodCodeSequence}
        assert codes == {"113100", "113101", "113103", "113104", "113105", "113107", "113108"}
        assert ds.PatientName == ds.PatientID
        assert ds.preamble == b"\0" * 128
        assert not any(item.tag.is_private for item in ds)


def test_one_patient_keeps_one_name_and_distances_in_time(
    hospital: Path, tmp_path: Path, project: Project, profile: Profile
) -> None:
    out = tmp_path / "out"
    deidentify([hospital], out, project=project, profile=profile, processes=1)
    found = [ds for _, ds in outputs(out)]
    names = {str(ds.PatientID) for ds in found}
    assert len(names) == 2
    by_study: dict[str, list[Dataset]] = {}
    for ds in found:
        by_study.setdefault(str(ds.StudyInstanceUID), []).append(ds)
    assert sorted(len(part) for part in by_study.values()) == [1, 1, 4]
    (first,) = (part for part in by_study.values() if len(part) == 4)
    own = [ds for ds in found if ds.PatientID == first[0].PatientID]
    later = next(ds for ds in own if ds.StudyInstanceUID != first[0].StudyInstanceUID)
    days = [np.datetime64(f"{day[:4]}-{day[4:6]}-{day[6:]}") for day in (first[0].StudyDate, later.StudyDate)]
    assert int((days[1] - days[0]).astype(int)) == 7
    assert {ds.FrameOfReferenceUID for ds in first} == {first[0].FrameOfReferenceUID}
    assert first[0].AcquisitionDateTime[8:] == "101112.250000+0300"


def test_the_same_run_gives_the_same_bytes_with_any_number_of_workers(
    hospital: Path, tmp_path: Path, project: Project, profile: Profile
) -> None:
    for name, processes in (("a", 0), ("b", 2)):
        deidentify([hospital], tmp_path / name, project=project, profile=profile, processes=processes)
    assert hashes(tmp_path / "a") == hashes(tmp_path / "b")


def test_another_project_gives_other_names_and_uids(hospital: Path, tmp_path: Path, profile: Profile) -> None:
    found = []
    for name in ("a", "b"):
        project = Project.open(tmp_path / f"keys-{name}")
        deidentify([hospital], tmp_path / name, project=project, profile=profile, processes=0)
        found.append({str(ds.SOPInstanceUID) for _, ds in outputs(tmp_path / name)})
    assert not found[0] & found[1]


def test_a_killed_run_leaves_whole_files_only_and_goes_on(tmp_path: Path, profile: Profile) -> None:
    source = tmp_path / "in"
    source.mkdir()
    for number in range(120):
        (source / f"{number}.dcm").write_bytes(ct_slice(number))
    keys = tmp_path / "keys"
    whole = deidentify([source], tmp_path / "whole", project=Project.open(keys), profile=profile, processes=1)
    command = [sys.executable, "-c", "from groundglass.cli import main; main()", "deidentify", "run"]
    command += [str(source), str(tmp_path / "out"), "--project", str(keys)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as killed:
        while killed.poll() is None and len(list((tmp_path / "out").rglob("*.dcm"))) < 10:
            time.sleep(0.005)
        os.killpg(killed.pid, signal.SIGKILL)
    left = hashes(tmp_path / "out")
    expected = hashes(tmp_path / "whole")
    assert left
    assert all(expected.get(name) == found for name, found in left.items() if not Path(name).name.startswith("."))
    again = deidentify([source], tmp_path / "out", project=Project.open(keys), profile=profile, processes=1)
    assert hashes(tmp_path / "out") == expected
    assert not list((tmp_path / "out").rglob(f"{PARTIAL_PREFIX}*"))
    assert again.report == whole.report


def test_a_finished_run_given_again_does_nothing_twice_and_takes_new_files(
    hospital: Path, tmp_path: Path, project: Project, profile: Profile
) -> None:
    out = tmp_path / "out"
    deidentify([hospital], out, project=project, profile=profile, processes=0)
    first = {path: path.stat().st_ino for path in out.rglob("*.dcm")}
    (hospital / "new.dcm").write_bytes(ct_slice(20))
    again = deidentify([hospital], out, project=project, profile=profile, processes=0)
    assert again.resumed == 6
    assert again.report["counts"]["files_out"] == 7
    assert {path: path.stat().st_ino for path in first} == first


def test_a_damaged_file_is_named_by_number_and_stops_nothing(
    hospital: Path, tmp_path: Path, project: Project, profile: Profile
) -> None:
    (hospital / "Zimorodkina cut.dcm").write_bytes(ct_slice(30)[:900])
    run = deidentify([hospital], tmp_path / "out", project=project, profile=profile, processes=1)
    assert run.failed == 1
    assert run.report["counts"]["files_out"] == 6
    rows = [row for row in run.report["needs_person"] if row["code"] == "deid_failed"]
    assert [row["label"] for row in rows] == ["input[1]/#0001.dcm"]


def test_equal_copies_are_written_once_and_different_files_of_one_uid_both(
    hospital: Path, tmp_path: Path, project: Project, profile: Profile
) -> None:
    (hospital / "copy.dcm").write_bytes(ct_slice(2))
    other = pydicom.dcmread(io.BytesIO(ct_slice(2)))
    other.InstanceNumber = 99
    other.save_as(hospital / "same uid.dcm")
    run = deidentify([hospital], tmp_path / "out", project=project, profile=profile, processes=0)
    assert run.report["counts"]["files_out"] == 7
    assert [row["reason"] for row in run.report["dropped"] if row["kind"] != "file"] == ["duplicate"]


def test_folders_within_each_other_are_refused(
    hospital: Path, tmp_path: Path, project: Project, profile: Profile
) -> None:
    for out in (hospital / "out", hospital, hospital.parent):
        with pytest.raises(InputError) as caught:
            deidentify([hospital], out, project=project, profile=profile)
        assert caught.value.code == "INSIDE_EACH_OTHER"


def test_a_folder_with_something_else_is_refused_and_another_profile_too(
    hospital: Path, tmp_path: Path, project: Project, profile: Profile
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "something").write_text("else")
    with pytest.raises(InputError) as caught:
        deidentify([hospital], out, project=project, profile=profile)
    assert caught.value.code == OUTPUT_EXISTS
    run = deidentify([hospital], out, project=project, profile=profile, processes=0, overwrite=True)
    assert "deid_foreign" in {row["code"] for row in run.report["needs_person"]}
    with pytest.raises(InputError) as caught:
        deidentify([hospital], out, project=project, profile=replace(profile, words=frozenset({"kiwi"})))
    assert caught.value.code == OUTPUT_EXISTS


def test_inputs_without_dicom_end_in_an_error(tmp_path: Path, project: Project, profile: Profile) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "note.txt").write_text("nothing here")
    with pytest.raises(InputError) as caught:
        deidentify([tmp_path / "in"], tmp_path / "out", project=project, profile=profile)
    assert caught.value.code == NOTHING_TO_CLEAN


def test_report_and_page_name_nobody(hospital: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-c", "from groundglass.cli import main; main()", "deidentify", "run"]
    done = subprocess.run(
        [*command, str(hospital), str(out), "--project", str(tmp_path / "keys")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads((out / REPORT_FILE).read_text())
    assert report["schema"] == "groundglass/deidentification/1"
    for text in (done.stdout, done.stderr, (out / REPORT_FILE).read_text(), (out / PAGE_FILE).read_text()):
        assert not any(word in text.casefold() for word in ("zimorodkina", "ptitsyn", "4711", str(tmp_path).casefold()))


def test_a_plan_shows_actions_and_no_values(hospital: Path, profile: Profile) -> None:
    files = list(plan([hospital], profile=profile, processes=0))
    assert {file.outcome for file in files} == {"written", "not-dicom"}
    rows = {(row["path"], row["tag"]): row for file in files if file.outcome == "written" for row in file.elements}
    assert rows["", "(0010,0010)"]["action"] == "pseudonym"
    assert rows["", "(0008,0050)"]["action"] == "empty"
    assert rows["", "(0029,1010)"] == {
        **rows["", "(0029,1010)"],
        "action": "remove",
        "rule": "private",
        "changed": True,
    }
    assert "Zimorodkina" not in json.dumps([file.row() for file in files])


def test_other_bytes_behind_the_end_are_cut_and_nothing_else(
    hospital: Path, tmp_path: Path, project: Project, profile: Profile
) -> None:
    first = next(path for path in sorted(hospital.rglob("IM*")))
    first.write_bytes(first.read_bytes() + b"Dear Mrs Zimorodkina, born 5.4.1961")
    run = deidentify([hospital], tmp_path / "out", project=project, profile=profile, processes=0)
    assert run.failed == 0
    assert run.report["reasons"]["pixels:trailing-bytes"] == 1
    assert not any(b"Zimorodkina" in path.read_bytes() for path in (tmp_path / "out").rglob("*.dcm"))


def test_links_that_lead_out_of_the_input_are_told(
    hospital: Path, tmp_path: Path, project: Project, profile: Profile
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "one.dcm").write_bytes(ct_slice(50))
    (hospital / "link").symlink_to(elsewhere)
    run = deidentify([hospital], tmp_path / "out", project=project, profile=profile, processes=0)
    assert run.report["counts"]["files_out"] == 7
    assert "deid_links_out" in {row["code"] for row in run.report["needs_person"]}
