"""``groundglass evaluate analysis`` on made data sets, from the command line to the tables."""

from __future__ import annotations

import csv
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from groundglass.cli import run
from groundglass.datasets.assessment import read_records
from groundglass.dicom.isolation import Worker
from groundglass.nifti import write_labels, write_volume
from groundglass.phantom import PhantomOptions, make
from groundglass.phantom.truth import Phantom
from groundglass.phantom.writing import write
from groundglass.volume import LabelVolume

CLASSICAL = ["--engine", "classical"]


@cache
def chest(involvement: float) -> Phantom:
    return make(PhantomOptions(slices=64, rows=128, involvement=involvement, seed=3))


def archive(path: Path, of: Phantom, **arrays: NDArray[Any]) -> None:
    code = np.clip((of.volume.array.astype(np.int32) + 1024) // 8, 0, 255).astype(np.uint8)
    lungs, lesions = (of.lungs.array > 0).astype(np.uint8), (of.lesions.array > 0).astype(np.uint8)
    np.savez_compressed(path, **({"hu_code": code, "lung": lungs, "lesion": lesions} | arrays))


def tables(text: str) -> dict[str, dict[str, Any]]:
    rows = [json.loads(line) for line in text.splitlines()]
    return {row["key"]: row for row in rows}


def test_a_set_with_a_broken_ct_is_measured_but_for_it_and_goes_on_where_it_stopped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    data.mkdir()
    archive(data / "made_1.npz", chest(20.0))
    archive(data / "made_2.npz", chest(0.0))
    (data / "made_3.npz").write_bytes(b"cut off")
    arguments = ["evaluate", "analysis", "auto", str(data), "-o", str(out), "--json", *CLASSICAL]

    assert run(arguments) == 3
    said = capsys.readouterr()
    assert said.err.splitlines()[-1].startswith("error CTS_FAILED: 1 of 3 CTs were not measured: made_3 (SET_MEMBER")
    found = tables(said.out)
    assert {"data", "lesions", "percent", "interval", "lesionwise", "lungs", "slices", "cts-real"} <= set(found)
    assert [row[0] for row in found["cts-real"]["rows"]] == ["made_1", "made_2"]
    assert found["lesions"]["rows"][0][3]["value"] > 0.6
    (record,) = read_records((out / "cts" / "made_1.json").read_text(), "made_1").records
    assert record.drawn_percent == pytest.approx(chest(20.0).truth.involvement_percent, abs=0.5)
    assert not record.exact_hu

    archive(data / "made_3.npz", chest(20.0), lesion=np.zeros((1,), np.uint8))
    assert run(arguments) == 3
    again = capsys.readouterr()
    assert "2 of 3 CTs were measured in an earlier run" in again.err
    assert tables(again.out) == found

    assert run(["evaluate", "analysis", "records", str(out), "--json"]) == 0
    assert tables(capsys.readouterr().out) == found


def test_mosmed_and_a_page_of_markdown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, page = tmp_path / "set", tmp_path / "page" / "accuracy.md"
    rows = []
    for number, (grade, of) in enumerate((("CT-0", chest(0.0)), ("CT-1", chest(20.0))), start=254):
        name = f"study_{number:04d}"
        (data / "studies" / grade).mkdir(parents=True)
        write_volume(data / "studies" / grade / f"{name}.nii.gz", of.volume)
        mask = ""
        if grade == "CT-1":
            mask = f"/masks/{name}_mask.nii.gz"
            (data / "masks").mkdir()
            drawn = LabelVolume((of.lesions.array > 0).astype(np.uint8), of.lesions.geometry)
            write_labels(data / "masks" / f"{name}_mask.nii.gz", drawn)
        rows.append([number, grade, f"/studies/{grade}/{name}.nii.gz", mask])
    with (data / "dataset_registry.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["study_id", "category", "study_file", "mask_file"], *rows])

    arguments = ["evaluate", "analysis", "mosmed", str(data), "--markdown", str(page), *CLASSICAL]
    assert run(arguments) == 0
    shown = capsys.readouterr().out
    assert "MosMedData" in shown
    assert "LDT-2025" in shown
    text = page.read_text()
    assert "| AUC of the percentage | CT-0 against CT-1 to CT-4 | 2 | 1.000" in text
    assert "| Dice, mean ± SD | lesions | 1 | 0." in text
    assert "| surface Dice at 2 mm, mean ± SD | lesions | 1 | 0." in text
    drawings = [line.split("](")[1].rstrip(")") for line in text.splitlines() if line.startswith("![")]
    assert drawings
    assert all((page.parent / name).read_text().startswith("<svg") for name in drawings)

    assert run(arguments) == 3
    assert "error OUTPUT_EXISTS" in capsys.readouterr().err


def test_phantoms_are_a_world_of_their_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(chest(20.0), tmp_path / "phantoms" / "one", dicom=False)
    assert run(["evaluate", "analysis", "phantom", str(tmp_path / "phantoms"), "--json", *CLASSICAL]) == 0
    found = tables(capsys.readouterr().out)
    assert set(found) == {"phantoms", "cts-phantom"}
    assert found["phantoms"]["rows"][0][1] == 1


@pytest.mark.parametrize(
    ("arguments", "code", "exit_code"),
    [
        (["auto"], "USAGE", 2),
        (["auto", "nowhere"], "SET_UNKNOWN", 3),
        (["nonsense", "."], "SET_UNKNOWN", 3),
        (["records", "nowhere"], "NO_RECORDS", 3),
        (["records", "."], "NO_RECORDS", 3),
        (["auto", ".", "--engine", "clairvoyant"], "USAGE", 2),
    ],
)
def test_bad_input_is_refused_by_name(
    arguments: list[str],
    code: str,
    exit_code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["evaluate", "analysis", *arguments]) == exit_code
    assert capsys.readouterr().err.splitlines()[-1].startswith(f"error {code}: ")


def test_an_interrupt_keeps_what_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in (1, 2):
        archive(tmp_path / f"made_{number}.npz", chest(20.0))
    measure = Worker.call

    def stopped(self: Any, function: Any, which: tuple[str, Path, str], *rest: Any, **options: Any) -> Any:
        if which[2] == "made_2":
            raise KeyboardInterrupt
        return measure(self, function, which, *rest, **options)

    monkeypatch.setattr(Worker, "call", stopped)
    assert run(["evaluate", "analysis", "auto", str(tmp_path), "-o", str(tmp_path / "out"), *CLASSICAL]) == 130
    assert [path.name for path in (tmp_path / "out" / "cts").iterdir()] == ["made_1.json"]
    assert capsys.readouterr().err.splitlines()[-1].startswith("error INTERRUPTED: ")
