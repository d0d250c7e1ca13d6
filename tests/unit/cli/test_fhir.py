"""``groundglass fhir``: where bundles go, and what is said when one cannot be made."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from groundglass.analysis.result import SoftwareSection, StudySection
from groundglass.analysis.schema import to_json
from groundglass.cli import run
from groundglass.errors import InputError
from groundglass.pipeline.assemble import refused_result
from groundglass.pipeline.study import Study

ERROR = InputError("NOT_A_CHEST", what="a head", where="series 1.2", todo="choose the chest")
MARKER = "Zzmarker"


def write(folder: Path, uid: str = "1.2.3.4") -> None:
    made = refused_result(Study("study-00000000", refusal=ERROR), ERROR, [], {}, "research")
    study = StudySection(uid, None, None, None, None)
    folder.mkdir(parents=True, exist_ok=True)
    text = to_json(dataclasses.replace(made, study=study, software=SoftwareSection("groundglass", "1")))
    (folder / "result.json").write_text(text, encoding="utf-8")


def test_one_study_goes_to_stdout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path)
    assert run(["fhir", str(tmp_path)]) == 0
    said = capsys.readouterr()
    bundle = json.loads(said.out)
    assert bundle["entry"][-1]["resource"]["status"] == "cancelled"
    assert "study" in bundle["entry"][-1]["resource"]
    assert said.err == ""


def test_the_release_is_chosen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path)
    assert run(["fhir", str(tmp_path), "--release", "R4B"]) == 0
    assert "imagingStudy" in json.loads(capsys.readouterr().out)["entry"][-1]["resource"]


def test_a_file_is_written_whole_and_kept_without_overwrite(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "out")
    target = tmp_path / "there" / "bundle.json"
    assert run(["fhir", str(tmp_path / "out"), "-o", str(target)]) == 0
    first = target.read_bytes()
    assert run(["fhir", str(tmp_path / "out"), "-o", str(target)]) == 3
    assert capsys.readouterr().err.splitlines()[-1].startswith("error OUTPUT_EXISTS: ")
    assert run(["fhir", str(tmp_path / "out"), "-o", str(target), "--overwrite"]) == 0
    assert target.read_bytes() == first
    assert [path.name for path in target.parent.iterdir()] == ["bundle.json"]


def test_a_batch_is_one_bundle_a_line_or_a_file_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(3):
        write(tmp_path / "out" / f"study-{number}", f"1.2.{number}")
    assert run(["fhir", str(tmp_path / "out")]) == 0
    lines = capsys.readouterr().out.splitlines()
    studies = [json.loads(line)["entry"][1]["resource"]["identifier"][0]["value"] for line in lines]
    assert studies == [f"urn:oid:1.2.{number}" for number in range(3)]
    assert run(["fhir", str(tmp_path / "out"), "-o", str(tmp_path / "bundles")]) == 0
    names = sorted(path.name for path in (tmp_path / "bundles").iterdir())
    assert names == [f"study-{number}.fhir.json" for number in range(3)]


def test_a_broken_study_of_a_batch_stops_no_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", MARKER, "z"):
        write(tmp_path / name)
    (tmp_path / MARKER / "result.json").write_text("{", encoding="utf-8")
    assert run(["fhir", str(tmp_path)]) == 3
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 2
    errors = said.err.splitlines()
    assert errors[0].startswith("error BAD_RESULT: ")
    assert errors[-1].startswith("error STUDIES_FAILED: 1 of 3 ")
    assert MARKER not in said.err


@pytest.mark.parametrize(
    ("arguments", "code", "exit_code"),
    [
        ([], "NO_RESULT", 3),
        (["--release", "R4"], "USAGE", 2),
        (["--utc-offset", "Moscow"], "USAGE", 2),
        (["--patient-id-system", "the hospital"], "USAGE", 2),
    ],
)
def test_bad_input_ends_in_its_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: str, exit_code: int
) -> None:
    assert run(["fhir", str(tmp_path), *arguments]) == exit_code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[-1].startswith(f"error {code}: ")


def test_the_report_is_attached_on_demand_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path)
    assert run(["fhir", str(tmp_path), "--with-pdf"]) == 3
    assert "error RESULT_UNREADABLE: there is no report.pdf" in capsys.readouterr().err
    (tmp_path / "report.pdf").write_bytes(b"%PDF-1.7")
    assert run(["fhir", str(tmp_path), "--with-pdf"]) == 0
    assert "presentedForm" in json.loads(capsys.readouterr().out)["entry"][-1]["resource"]
    assert run(["fhir", str(tmp_path)]) == 0
    assert "presentedForm" not in json.loads(capsys.readouterr().out)["entry"][-1]["resource"]


def test_an_output_that_cannot_be_written_says_so_without_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "out")
    (tmp_path / MARKER).write_text("a file", encoding="utf-8")
    assert run(["fhir", str(tmp_path / "out"), "-o", str(tmp_path / MARKER / "b.json")]) == 4
    said = capsys.readouterr().err
    assert said.startswith("error OUTPUT_FAILED: ")
    assert MARKER not in said
