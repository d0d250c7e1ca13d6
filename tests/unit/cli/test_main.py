"""The command line: fast help, usage errors, the last line of an error."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from groundglass.cli import COMMANDS, GROUPS, run

HEAVY = ("numpy", "scipy", "pydicom", "pydantic", "typst", "PIL", "nibabel", "imagecodecs", "highdicom", "fhir")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        *([name, "--help"] for name in (*COMMANDS, *GROUPS)),
        *([name, member, "--help"] for name, members in GROUPS.items() for member in members),
    ],
)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom groundglass.cli import run\n"
        f"code = run({arguments!r})\n"
        f"heavy = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "sys.exit(code or (f'imported {heavy}' if heavy else 0))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "groundglass" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["analyze"],
        ["analyze", ".", "-o"],
        ["nonsense"],
        ["analyze", ".", "-o", "x", "--lang", "fr"],
        ["series", "--what"],
    ],
)
def test_a_usage_error_exits_2_and_its_last_line_has_the_code(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    assert capsys.readouterr().err.strip().splitlines()[-1].startswith("error USAGE: ")


def test_a_missing_path_exits_3_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert run(["analyze", str(tmp_path / "nowhere"), "-o", str(out)]) == 3
    assert capsys.readouterr().err.strip().splitlines()[-1].startswith("error PATH_NOT_FOUND: ")
    assert not out.exists()


def test_each_clinical_field_has_its_flag() -> None:
    import dataclasses

    from groundglass.analysis.clinical import CLINICAL_FIELDS
    from groundglass.cli.analyze import ClinicalFlags

    assert {field.name for field in dataclasses.fields(ClinicalFlags)} == {row.name for row in CLINICAL_FIELDS}


MAIN = "from groundglass.cli import main\nmain()"


@pytest.mark.parametrize("closed", ["stdout", "stderr"])
def test_a_closed_stream_is_no_defect(tmp_path: Path, closed: str) -> None:
    number = {"stdout": 1, "stderr": 2}[closed]
    code = (
        f"import os, sys\nos.close({number})\nos.execv(sys.executable, [sys.executable, '-c', {MAIN!r}, *sys.argv[1:]])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "series", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


def test_text_that_a_narrow_terminal_cannot_show_is_escaped(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no DICOM")
    command = [sys.executable, "-c", MAIN, "analyze", str(tmp_path / "text"), "-o", str(tmp_path / "вывод")]
    narrow = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=narrow)
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1].startswith("error NO_DICOM: ")
    assert "\\u0432" in done.stdout
