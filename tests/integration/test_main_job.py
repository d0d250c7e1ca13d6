"""The main job on a digital chest: every file it writes, read back by others."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from PIL import Image

import groundglass as gg
from groundglass.analysis.schema import json_schema
from groundglass.cli import run
from groundglass.phantom import Phantom, PhantomOptions, make, write
from groundglass.volume import LabelVolume

INVENTED_NAME = "Phantom"
nibabel: Any = importlib.import_module("nibabel")
sitk: Any = importlib.import_module("SimpleITK")  # it has no types


@pytest.fixture(scope="module")
def chest() -> Phantom:
    return make(PhantomOptions.small(involvement=18.0, seed=3))


@pytest.fixture(scope="module")
def study_folder(chest: Phantom, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study") / "patient"
    write(chest, folder)
    return folder / "dicom"


@pytest.fixture(scope="module")
def out(study_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out") / "reading"
    assert run(["analyze", str(study_folder), "-o", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def result(out: Path) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads((out / "result.json").read_text(encoding="utf-8"))
    return parsed


def test_the_result_keeps_the_published_schema(result: dict[str, Any]) -> None:
    jsonschema.validate(result, json_schema())
    assert result["status"] == "ok"
    assert result["intended_use"] == "For research use only, not for diagnosis."


def test_every_promised_file_is_there_and_nothing_half_done_is_left(out: Path) -> None:
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert {"result.json", "report.html", "report.pdf", "masks/lungs.nii.gz", "masks/lesions.nii.gz"} <= names
    assert sum(name.startswith("images/") for name in names) >= 7
    assert [path.name for path in out.parent.iterdir()] == [out.name]


@pytest.mark.parametrize("shown", [True, False])
def test_lobes_are_written_only_where_one_is_shown(shown: bool, study_folder: Path, tmp_path: Path) -> None:
    analysis = gg.analyze(gg.open_study(study_folder), engine="classical")
    assert analysis.reading is not None
    assert analysis.reading.lobes is not None
    lungs = analysis.reading.lungs
    full = LabelVolume((lungs.array == 2).astype(np.uint8) * np.uint8(5), lungs.geometry, {5: "left lower lobe"})
    lobes = replace(analysis.reading.lobes, full=full if shown else None, involvement=())
    gg.write_results(replace(analysis, reading=replace(analysis.reading, lobes=lobes)), tmp_path / "out")
    names = {path.name for path in (tmp_path / "out" / "masks").iterdir()}
    assert names == {"lungs.nii.gz", "lesions.nii.gz"} | ({"lobes.nii.gz"} if shown else set())
    if shown:
        written: Any = [nibabel.load(tmp_path / "out" / "masks" / name) for name in ("lobes.nii.gz", "lungs.nii.gz")]
        assert np.array_equal(np.asarray(written[0].dataobj) == 5, np.asarray(written[1].dataobj) == 2)
        assert np.array_equal(written[0].affine, written[1].affine)
    else:
        assert not list((tmp_path / "out" / "images").glob("lobes*"))


def test_the_pictures_open(out: Path) -> None:
    for path in (out / "images").iterdir():
        with Image.open(path) as picture:
            picture.verify()
            assert min(picture.size) > 200


def test_the_masks_lie_on_the_series_for_two_independent_readers(out: Path, chest: Phantom, study_folder: Path) -> None:
    reader = sitk.ImageSeriesReader()
    series = max((reader.GetGDCMSeriesFileNames(str(folder)) for folder in _folders(study_folder)), key=len)
    reader.SetFileNames(series)
    source = reader.Execute()
    mask = sitk.ReadImage(str(out / "masks" / "lungs.nii.gz"))
    assert mask.GetSize() == source.GetSize()
    for corner in [(0, 0, 0), tuple(n - 1 for n in source.GetSize())]:
        index = mask.TransformPhysicalPointToIndex(source.TransformIndexToPhysicalPoint(corner))
        back = mask.TransformIndexToPhysicalPoint(index)
        assert np.allclose(back, source.TransformIndexToPhysicalPoint(corner), atol=0.01)
    image: Any = nibabel.load(out / "masks" / "lungs.nii.gz")
    assert set(np.unique(image.get_fdata())) == {0, 1, 2}
    for side, sign in ((1, 1), (2, -1)):  # RAS: x grows to the right of the patient
        centre = np.argwhere(np.asarray(image.dataobj) == side).mean(axis=0)
        assert np.sign((image.affine @ [*centre, 1])[0] - _middle(image)) == sign


def test_the_right_lung_of_the_truth_is_the_right_lung_of_the_mask(out: Path, chest: Phantom) -> None:
    image: Any = nibabel.load(out / "masks" / "lungs.nii.gz")
    found = np.asarray(image.dataobj)
    inverse = np.linalg.inv(image.affine)
    for side in (1, 2):
        points = chest.volume.geometry.to_mm(np.argwhere(chest.lungs.array == side)[::97]) * [-1, -1, 1]
        index = np.rint(points @ inverse[:3, :3].T + inverse[:3, 3]).astype(int)
        assert np.mean(found[tuple(index.T)] == side) > 0.9


def test_result_and_masks_agree(out: Path, result: dict[str, Any]) -> None:
    lungs = np.asarray(nibabel.load(out / "masks" / "lungs.nii.gz").dataobj)
    lesions = np.asarray(nibabel.load(out / "masks" / "lesions.nii.gz").dataobj)
    percent = 100 * np.count_nonzero(lesions) / np.count_nonzero(lungs)
    assert percent == pytest.approx(result["involvement"]["percent"], abs=0.01)
    assert not np.any((lesions > 0) & (lungs == 0))
    for item in result["lesions"]["items"]:
        (s0, r0, c0), (s1, r1, c1) = item["box"]
        assert lesions[c0:c1, r0:r1, s0:s1].any()


def test_each_slice_names_its_image(result: dict[str, Any], chest: Phantom) -> None:
    uids = [row["sop_uid"] for row in result["slices"]]
    assert None not in uids
    assert len(set(uids)) == len(uids) == chest.volume.geometry.shape[0]
    positions = [row["position_mm"] for row in result["slices"]]
    assert positions == sorted(positions)


def test_no_identity_leaves_by_the_result_or_a_file_name(out: Path) -> None:
    text = (out / "result.json").read_text(encoding="utf-8")
    assert INVENTED_NAME.lower() not in text.lower()
    assert all(INVENTED_NAME.lower() not in path.name.lower() for path in out.rglob("*"))
    assert INVENTED_NAME in (out / "report.html").read_text(encoding="utf-8")


def test_an_existing_output_is_kept_unless_told_otherwise(
    study_folder: Path, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(out, copy)
    (copy / "notes.txt").write_text("mine")
    before = (copy / "result.json").read_bytes()
    assert run(["analyze", str(study_folder), "-o", str(copy)]) == 3
    assert capsys.readouterr().err.splitlines()[-1].startswith("error OUTPUT_EXISTS: ")
    assert (copy / "result.json").read_bytes() == before
    arguments = ["analyze", str(study_folder), "-o", str(copy), "--overwrite", "--json", "--spo2-percent", "93"]
    assert run(arguments) == 0
    again = json.loads(capsys.readouterr().out)
    assert again == json.loads((copy / "result.json").read_text(encoding="utf-8"))
    assert "spo2_percent" not in again["routing"]["missing"]
    assert (copy / "notes.txt").read_text() == "mine"


def test_the_library_gives_what_the_command_gives(study_folder: Path, result: dict[str, Any], tmp_path: Path) -> None:
    study = gg.open_study(study_folder)
    analysis = gg.analyze(study)
    gg.write_results(analysis, tmp_path / "out", language="ru")
    written = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    for section in ("study", "lungs", "lesions", "involvement", "slices", "grade", "routing", "warnings"):
        assert written[section] == result[section]
    assert 'lang="ru"' in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_a_refused_study_exits_3_and_leaves_a_result_without_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "readme.txt").write_text("no pictures here")
    assert run(["analyze", str(tmp_path / "in"), "-o", str(tmp_path / "out")]) == 3
    assert capsys.readouterr().err.splitlines()[-1].startswith("error NO_DICOM: ")
    refused = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    jsonschema.validate(refused, json_schema())
    assert (refused["status"], refused["grade"], refused["lungs"]) == ("refused", None, None)


def test_a_batch_does_every_study_and_says_which_failed(
    study_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.nii.gz").write_bytes(b"\x1f\x8b nothing of use")
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 nothing of use")
    inputs = [study_folder, tmp_path / "broken.nii.gz", tmp_path / "broken.zip"]
    assert run(["analyze", *map(str, inputs), "-o", str(tmp_path / "out"), "-j", "2"]) == 3
    assert capsys.readouterr().err.splitlines()[-1].startswith("error STUDIES_FAILED: 2 of 3 ")
    rows = (tmp_path / "out" / "summary.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 4
    assert sum(",ok," in row for row in rows) == 1
    assert len(list((tmp_path / "out").glob("*/result.json"))) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
@pytest.mark.parametrize("copies", [1, 2])
def test_an_interrupt_is_answered_at_once_and_leaves_nothing_half_done(
    study_folder: Path, tmp_path: Path, copies: int
) -> None:
    paths = [str(study_folder)]
    if copies == 2:
        (tmp_path / "empty").mkdir()
        (tmp_path / "empty" / "a.nii").write_bytes(b"no NIfTI")
        paths.append(str(tmp_path / "empty" / "a.nii"))
    place = tmp_path / "place"
    place.mkdir()
    code = "import signal, sys\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    code += "from groundglass.cli import run\nsys.exit(run(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "analyze", *paths, "-o", str(place / "out")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        # A stage is there while the files of the whole chest are made.
        while not [path for path in place.rglob(".*.partial") if path.is_dir() and (path / "masks").exists()]:
            assert process.poll() is None
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.strip().splitlines()[-1].startswith("error INTERRUPTED: ")
    assert not list(place.rglob("*.partial"))
    if copies == 1:
        assert not list(place.iterdir())


def _folders(folder: Path) -> list[Path]:
    return [folder, *(path for path in folder.rglob("*") if path.is_dir())]


def _middle(image: Any) -> float:
    centre = (np.array(image.shape) - 1) / 2
    return float((image.affine @ [*centre, 1])[0])
