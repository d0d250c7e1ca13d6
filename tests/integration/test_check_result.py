"""``groundglass check-result`` from end to end: our own results are clean under the profile they were made for."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from groundglass.cli import run
from groundglass.phantom import PhantomOptions, make, write


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("check") / "phantom"
    write(make(PhantomOptions.small(slices=40, rows=128, involvement=15.0, seed=4)), folder, localizer=False)
    return folder / "dicom"


def analysed(study: Path, out: Path, profile: str) -> Path:
    assert run(["analyze", str(study), "-o", str(out), "--dicom", "--profile", profile]) == 0
    return out / "dicom"


@pytest.mark.parametrize("profile", ["default", "moscow"])
def test_our_own_result_is_clean(study: Path, tmp_path: Path, profile: str, capsys: pytest.CaptureFixture[str]) -> None:
    result = analysed(study, tmp_path / "out", profile)
    capsys.readouterr()
    assert run(["check-result", str(study), str(result), "--profile", profile, "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["profile"] == profile
    assert row["clean"]
    assert {finding["code"] for finding in row["findings"]} <= {"E1"}
    shutil.rmtree(result / "sr")
    assert run(["check-result", str(study), str(result), "--profile", profile, "--json"]) == 3
    row = json.loads(capsys.readouterr().out)
    found = next(finding for finding in row["findings"] if finding["code"] == "V2")
    assert set(found) == {"code", "severity", "message", "evidence"}
    assert found["severity"] == "error"


def test_the_table_names_each_defect_and_the_exit_code_tells(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check-result", str(study), str(tmp_path), "--lang", "ru"]) == 3
    shown = capsys.readouterr().out
    assert "V1" in shown
    assert "Дополнительной серии нет" in shown


def test_an_unknown_profile_is_a_usage_error(study: Path, tmp_path: Path) -> None:
    assert run(["check-result", str(study), str(tmp_path), "--profile", "nowhere"]) == 2


def test_a_path_that_leads_nowhere_is_an_input_error(study: Path, tmp_path: Path) -> None:
    assert run(["check-result", str(study), str(tmp_path / "nothing")]) == 3


@pytest.mark.real
@pytest.mark.parametrize("name", ["P001", "normal001"])
def test_our_own_result_of_a_real_study_is_clean(
    data: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    study = data / "studies" / name
    result = analysed(study, tmp_path / "out", "moscow")
    capsys.readouterr()
    assert run(["check-result", str(study), str(result), "--profile", "moscow", "--json"]) == 0
    assert {finding["code"] for finding in json.loads(capsys.readouterr().out)["findings"]} <= {"E1"}
