"""Whatever is handed in as a result ends in findings or in one of our errors."""

from __future__ import annotations

import random
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence
from vendor import Study, made_result, made_study, text_item

from groundglass.conformance.checking import CheckedResult, check_result, check_with
from groundglass.conformance.source import Source, open_source
from groundglass.dicom.limits import ReadingLimits
from groundglass.errors import InputError


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return made_study(tmp_path_factory.mktemp("bad") / "phantom", rows=96, slices=30)


@pytest.fixture(scope="module")
def source(study: Study) -> Source:
    return open_source(study.folder, (), ReadingLimits())


def checked(source: Source, result: Path, limits: ReadingLimits | None = None) -> CheckedResult:
    return check_with(lambda _: source, result, "moscow", limits or ReadingLimits())


def codes(found: CheckedResult) -> set[str]:
    return {finding.code for finding in found.findings}


def test_an_empty_folder_has_neither_series_nor_report(source: Source, tmp_path: Path) -> None:
    assert {"V1", "V2"} <= codes(checked(source, tmp_path))


def test_a_folder_of_other_files_is_counted_and_has_neither(source: Source, tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"page{number}.txt").write_text("text", encoding="utf-8")
    found = checked(source, tmp_path)
    assert {"V1", "V2", "O5"} <= codes(found)
    assert next(f for f in found.findings if f.code == "O5").evidence["count"] == 300


def test_a_result_that_is_not_there_is_an_input_error(study: Study, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        check_result(study.folder, tmp_path / "nothing")


def test_a_study_without_dicom_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("no study", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        check_result(tmp_path, tmp_path)
    assert caught.value.code == "NO_DICOM"


def test_a_study_without_lungs_is_an_input_error(tmp_path: Path) -> None:
    solid = made_study(tmp_path / "solid", rows=96, slices=24)
    for path in solid.folder.rglob("*.dcm"):
        each = dcmread(path)
        inside = np.hypot(*np.meshgrid(np.linspace(-1, 1, 96), np.linspace(-1, 1, 96))) < 0.7
        stored = np.where(inside, 40, -1000) - int(each.RescaleIntercept)
        each.PixelData = stored.astype(each.pixel_array.dtype).tobytes()
        each.save_as(path)
    with pytest.raises(InputError) as caught:
        check_result(solid.folder, tmp_path)
    assert caught.value.code == "STUDY_WITHOUT_LUNGS"


def test_a_result_of_another_chest_is_named_as_such(source: Source, tmp_path: Path) -> None:
    other = made_study(tmp_path / "other", rows=96, slices=30, seed=77)
    found = checked(source, made_result(other).write(tmp_path / "result"))
    assert {"I1", "R1"} <= codes(found)
    assert not found.clean


def test_study_and_result_in_one_folder_are_told_apart(study: Study, tmp_path: Path) -> None:
    made_result(study).write(tmp_path)
    for path in study.folder.rglob("*.dcm"):
        shutil.copy(path, tmp_path / f"original-{path.name}")
    found = check_result(tmp_path, tmp_path, profile="moscow")
    assert codes(found) == {"E1", "N3"}
    assert found.counts == {"image": 30, "report": 1, "copies of the study": 30}


def test_a_zip_is_read_like_a_folder(study: Study, source: Source, tmp_path: Path) -> None:
    folder = made_result(study).write(tmp_path / "result")
    with zipfile.ZipFile(tmp_path / "result.zip", "w") as archive:
        for path in folder.iterdir():
            archive.write(path, path.name)
    assert codes(checked(source, tmp_path / "result.zip")) == {"E1", "N3"}


def test_a_loop_of_links_ends(study: Study, source: Source, tmp_path: Path) -> None:
    folder = made_result(study).write(tmp_path / "result")
    (folder / "again").symlink_to(folder, target_is_directory=True)
    (folder / "nowhere").symlink_to(folder / "missing")
    assert codes(checked(source, folder)) <= {"E1", "N3", "O1"}


def test_absurd_sizes_are_refused_before_memory_is_taken(study: Study, source: Source, tmp_path: Path) -> None:
    result = made_result(study)
    for each, frames in zip(result.pictures[:2], ("2147483647", "1"), strict=True):
        each.Rows = each.Columns = 65535
        each.NumberOfFrames = frames
    found = checked(source, result.write(tmp_path / "result"))
    assert "O2" in codes(found)


def test_a_report_nested_without_end_is_a_finding(study: Study, source: Source, tmp_path: Path) -> None:
    result = made_result(study)
    item = text_item("Description", "deep")
    for _ in range(60):
        outer = Dataset()
        outer.RelationshipType, outer.ValueType = "CONTAINS", "CONTAINER"
        outer.ContentSequence = DicomSequence([item])
        item = outer
    assert result.report is not None
    result.report.ContentSequence.append(item)
    found = checked(source, result.write(tmp_path / "result"))
    assert {"O1", "V2"} <= codes(found)


def test_a_segmentation_without_geometry_is_a_finding(study: Study, source: Source, tmp_path: Path) -> None:
    result = made_result(study, "seg")
    for group in result.others[0].PerFrameFunctionalGroupsSequence:
        del group.PlanePositionSequence
    assert "S2" in codes(checked(source, result.write(tmp_path / "result")))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("dialect", ["rgb", "seg", "jpeg"])
def test_damaged_bytes_never_end_in_a_traceback(
    study: Study, source: Source, tmp_path: Path, dialect: str, seed: int
) -> None:
    chance = random.Random(f"{dialect} {seed}")
    numbers = range(0, 30, 3)
    result = made_result(study, "seg") if dialect == "seg" else made_result(study, dialect, slices=numbers)
    folder = result.write(tmp_path / "result")
    for path in sorted(folder.iterdir()):
        data = bytearray(path.read_bytes())
        head = min(len(data), 4000)
        for _ in range(chance.choice((1, 4, 30))):
            data[chance.randrange(140, head)] = chance.randrange(256)
        path.write_bytes(data[: chance.choice((len(data), len(data), chance.randrange(200, len(data))))])
    found = checked(source, folder)
    assert found.findings
    assert all(finding.message() and finding.message("ru") for finding in found.findings)


def test_no_message_and_no_evidence_holds_what_names_a_patient(study: Study, source: Source, tmp_path: Path) -> None:
    result = made_result(study)
    for each in [*result.pictures, result.report]:
        assert each is not None
        each.PatientName, each.PatientID, each.BodyPartExamined = "IVANOV^IVAN", "77-PATIENT", "HEAD IVANOV"
    folder = result.write(tmp_path / "result")
    for path in folder.iterdir():  # a UID replaced by a name, as anonymisers and their users do
        data = path.read_bytes()
        at = data.index(b"UI", data.index(b"\x20\x00\x0e\x00")) + 4
        path.write_bytes(data[:at] + b"IVANOV" + data[at + 6 :])
    found = checked(source, folder)
    assert {"I2", "D2", "O3"} <= codes(found)
    assert "IVANOV" not in str(found.row())
    assert "77-PATIENT" not in str(found.row())
