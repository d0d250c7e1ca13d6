"""Objects of every real study that can be read: no error that the scanner did not make."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest
from dciodvfy import errors_of
from real_studies import folders_of_series, header_file, real_studies
from written_objects import write_all

from groundglass.phantom import PhantomOptions, make, write
from groundglass.phrases import Language


def complaints(folder: Path, source: Path) -> dict[str, list[str]]:
    found = {f"{file.parent.name}/{file.name}": errors_of(file, source) for file in sorted(folder.glob("*/*.dcm"))}
    return {name: errors for name, errors in found.items() if errors}


@pytest.mark.real
def test_no_error_on_objects_of_real_series(data: Path, tmp_path: Path) -> None:
    seen = 0
    for folder in folders_of_series(data):
        for number, study in enumerate(real_studies(folder)):
            out = tmp_path / f"{folder.name}-{number}"
            whole = write_all(study, out)
            assert complaints(whole.folder, header_file(study, tmp_path)) == {}, folder.name
            seen += 1
    assert seen >= 3


@pytest.mark.real
@pytest.mark.nightly
@pytest.mark.parametrize(("profile", "seg", "language"), [("moscow", "binary", "ru"), ("default", "labelmap", "ru")])
def test_no_error_on_objects_of_real_series_in_other_ways(
    profile: str, seg: Literal["binary", "labelmap"], language: Language, data: Path, tmp_path: Path
) -> None:
    seen = 0
    for folder in folders_of_series(data):
        for number, study in enumerate(real_studies(folder)):
            out = tmp_path / f"{folder.name}-{number}"
            whole = write_all(study, out, name=profile, seg=seg, language=language)
            assert complaints(whole.folder, header_file(study, tmp_path)) == {}, folder.name
            seen += 1
    assert seen >= 3


def analysed(study: Path, out: Path, *options: str) -> dict[str, object]:
    """Run the command and return result.json."""
    program = str(Path(sys.executable).with_name("groundglass"))
    done = subprocess.run(
        [program, "analyze", str(study), "-o", str(out), "--dicom", *options],
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode in (0, 3), done.stderr.decode()
    result: dict[str, object] = json.loads((out / "result.json").read_text(encoding="utf-8"))
    return result


@pytest.mark.real
@pytest.mark.nightly
@pytest.mark.parametrize("options", [(), ("--profile", "moscow", "--lang", "ru"), ("--seg", "labelmap")], ids=str)
@pytest.mark.parametrize("name", ["studies/P001", "studies/normal001", "partial/ricord_000082_15_axial"])
def test_no_error_after_the_whole_analysis_of_real_studies(
    name: str, options: tuple[str, ...], data: Path, tmp_path: Path
) -> None:
    result = analysed(data / name, tmp_path / "out", *options)
    assert result["status"] in ("ok", "partial")
    study = next(real_studies(data / name))
    assert len(list((tmp_path / "out" / "dicom").glob("*/*.dcm"))) > 2
    assert complaints(tmp_path / "out" / "dicom", header_file(study, tmp_path)) == {}


_PHANTOMS: tuple[dict[str, object], ...] = (
    {},
    {"position": "HFP"},
    {"position": "FFS"},
    {"position": "FFP"},
    {"involvement": 0.0},
    {"involvement": 60.0},
    {"slices": 133, "spacing_mm": 2.4},
    {"slices": 40, "spacing_mm": 8.0},
    {"rows": 512, "slices": 40},
    {"rows": 384},
    {"size": "small"},
    {"size": "large"},
    {"sex": "female"},
    {"variant": "test"},
    {"kernel": "FC51"},
    {"missing_lung": "left"},
    {"situs_inversus": True},
    {"effusion_ml": 300.0},
    {"field_of_view_mm": 500.0},
    {"coverage": "upper"},
)


@pytest.mark.nightly
@pytest.mark.parametrize("number", range(len(_PHANTOMS)), ids=[str(options) for options in _PHANTOMS])
def test_no_error_after_the_whole_analysis_of_phantoms(number: int, tmp_path: Path) -> None:
    chosen: dict[str, object] = {"slices": 64, "rows": 256, "involvement": 20.0, "seed": number, **_PHANTOMS[number]}
    write(make(PhantomOptions(**chosen)), tmp_path / "study", localizer=number % 2 == 0)  # type: ignore[arg-type]  # one table of options of several types
    ways = ((), ("--profile", "moscow", "--lang", "ru"), ("--seg", "labelmap", "--lang", "ru"))
    result = analysed(tmp_path / "study" / "dicom", tmp_path / "out", *ways[number % 3])
    assert result["status"] in ("ok", "partial")
    source = next(file for file in sorted((tmp_path / "study" / "dicom").glob("2-*/*.dcm")))
    assert len(list((tmp_path / "out" / "dicom").glob("*/*.dcm"))) > 2
    assert complaints(tmp_path / "out" / "dicom", source) == {}
