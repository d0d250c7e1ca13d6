"""``analyze --dicom`` from the command line, on a digital chest: what it writes, again and changed, and what not."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread

from groundglass.cli import run
from groundglass.phantom import PhantomOptions, make, write

INVENTED_NAME = "Phantom"


def _hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _result(out: Path) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads((out / "result.json").read_text(encoding="utf-8"))
    return parsed


def _analyze(study: Path, out: Path, *options: str) -> int:
    return run(["analyze", str(study), "-o", str(out), "--engine", "classical", "--dicom", *options])


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study") / "patient"
    write(make(PhantomOptions.small(involvement=18.0, seed=3)), folder)
    return folder / "dicom"


@pytest.fixture(scope="module")
def out(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out") / "reading"
    before = _hashes(study)
    assert _analyze(study, folder) == 0
    assert _hashes(study) == before, "the source was touched"
    return folder


def test_a_folder_a_series_and_nothing_but_dicom_objects_in_them(out: Path) -> None:
    files = [path for path in (out / "dicom").rglob("*") if path.is_file()]
    series: dict[str, set[str]] = {}
    for path in files:
        data = dcmread(path, stop_before_pixels=True)
        series.setdefault(path.parent.name, set()).add(str(data.SeriesInstanceUID))
        assert INVENTED_NAME in str(data.PatientName)
        assert INVENTED_NAME.lower() not in str(path.relative_to(out)).lower()
    assert set(series) == {"seg-lungs", "seg-lesions", "sr", "marked", "key-objects", "report"}
    assert all(len(uids) == 1 for uids in series.values())
    assert len({uid for uids in series.values() for uid in uids}) == len(series)
    assert INVENTED_NAME.lower() not in (out / "objects.json").read_text(encoding="utf-8").lower()


def test_the_encapsulated_report_is_the_report(out: Path) -> None:
    data = dcmread(next((out / "dicom" / "report").iterdir()))
    assert data.EncapsulatedDocument[: data.EncapsulatedDocumentLength] == (out / "report.pdf").read_bytes()


def test_a_rerun_writes_the_same_bytes_and_a_change_takes_them_back(study: Path, out: Path, tmp_path: Path) -> None:
    there = tmp_path / "reading"
    shutil.copytree(out, there)
    assert _analyze(study, there, "--overwrite") == 0
    assert _hashes(there / "dicom") == _hashes(out / "dicom")
    assert _analyze(study, there, "--overwrite", "--lang", "ru") == 0
    old = {str(dcmread(path, stop_before_pixels=True).SOPInstanceUID) for path in (out / "dicom").rglob("*.dcm")}
    new = {str(dcmread(path, stop_before_pixels=True).SOPInstanceUID) for path in (there / "dicom").rglob("*.dcm")}
    assert not old & new
    note = dcmread(there / "dicom" / "rejection" / "0001.dcm")
    series = note.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
    assert {str(one.ReferencedSOPInstanceUID) for each in series for one in each.ReferencedSOPSequence} == old


def test_another_study_in_the_same_folder_takes_nothing_back(study: Path, out: Path, tmp_path: Path) -> None:
    there, other = tmp_path / "reading", tmp_path / "other"
    shutil.copytree(out, there)
    for path in sorted(study.rglob("*")):
        if path.is_file():
            data = dcmread(path)
            data.StudyInstanceUID = f"{data.StudyInstanceUID}.1"[-64:]
            data.PatientID = "INVENTED-OTHER"
            other.mkdir(exist_ok=True)
            data.save_as(other / path.name)
    assert _analyze(other, there, "--overwrite") == 0
    assert not (there / "dicom" / "rejection").exists()
    assert _analyze(study, there, "--overwrite") == 0
    assert _hashes(there / "dicom") == _hashes(out / "dicom")


def test_results_without_objects_keep_the_record_of_those_that_may_have_been_sent(
    study: Path, out: Path, tmp_path: Path
) -> None:
    there = tmp_path / "reading"
    shutil.copytree(out, there)
    assert run(["analyze", str(study), "-o", str(there), "--engine", "classical", "--overwrite"]) == 0
    assert not (there / "dicom").exists()
    assert (there / "objects.json").read_bytes() == (out / "objects.json").read_bytes()


def test_a_damaged_record_stops_the_run_before_anything_is_replaced(
    study: Path, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = tmp_path / "reading"
    shutil.copytree(out, there)
    (there / "objects.json").write_text("{")
    before = _hashes(there)
    assert _analyze(study, there, "--overwrite") == 3
    assert capsys.readouterr().err.splitlines()[-1].startswith("error BAD_OBJECTS_RECORD: ")
    assert _hashes(there) == before


@pytest.mark.filterwarnings("ignore::UserWarning")  # pydicom warns while the test writes what is invalid
def test_a_source_without_uids_gets_everything_else_and_a_named_error(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in sorted(study.rglob("*")):
        if path.is_file():
            data = dcmread(path)
            data.SOPInstanceUID = ""
            (tmp_path / "in").mkdir(exist_ok=True)
            data.save_as(tmp_path / "in" / path.name, enforce_file_format=False)
    assert _analyze(tmp_path / "in", tmp_path / "out") == 3
    assert capsys.readouterr().err.splitlines()[-1].startswith("error NOTHING_TO_REFER_TO: ")
    result = _result(tmp_path / "out")
    assert result["status"] == "partial"
    assert result["grade"]["value"] is not None
    assert "dicom_not_written" in {warning["code"] for warning in result["warnings"]}
    assert not (tmp_path / "out" / "dicom").exists()
    for name in ("report.html", "report.pdf", "masks/lungs.nii.gz", "images/lungs-3d.png"):
        assert (tmp_path / "out" / name).is_file()
    assert "No DICOM objects" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_the_moscow_profile_writes_one_series_one_report_and_a_message(study: Path, tmp_path: Path) -> None:
    assert _analyze(study, tmp_path / "out", "--profile", "moscow", "--lang", "ru") == 0
    assert {path.name for path in (tmp_path / "out" / "dicom").iterdir()} == {"marked", "sr"}
    assert len(list((tmp_path / "out" / "dicom" / "sr").iterdir())) == 1
    message = json.loads((tmp_path / "out" / "notification.json").read_text(encoding="utf-8"))
    marked = [dcmread(path) for path in (tmp_path / "out" / "dicom" / "marked").iterdir()]
    assert {str(data.SeriesInstanceUID) for data in marked} == {message["aiResult"]["seriesIUID"]}
    named = {str(one.ReferencedSOPInstanceUID) for data in marked for one in data.get("SourceImageSequence") or []}
    assert {row["sop_uid"] for row in _result(tmp_path / "out")["slices"]} <= named
    assert INVENTED_NAME.lower() not in json.dumps(message).lower()


@pytest.mark.parametrize(
    "options", [("--profile", "lunar"), ("--seg", "octree")], ids=["unknown profile", "unknown kind"]
)
def test_unknown_options_are_refused_before_the_work(study: Path, tmp_path: Path, options: tuple[str, str]) -> None:
    assert _analyze(study, tmp_path / "out", *options) == 2
    assert not (tmp_path / "out").exists()


def test_a_profile_without_objects_is_a_mistake(study: Path, tmp_path: Path) -> None:
    assert run(["analyze", str(study), "-o", str(tmp_path / "out"), "--profile", "moscow"]) == 2
