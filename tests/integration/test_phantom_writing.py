"""A written phantom is a study that reads back as it was made."""

import hashlib
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from groundglass import nifti
from groundglass.cli import run
from groundglass.dicom.series import load, scan
from groundglass.errors import InputError
from groundglass.phantom import Phantom, PhantomOptions, make, write
from groundglass.phantom.options import Position


@cache
def _made(position: Position = "HFS") -> Phantom:
    return make(PhantomOptions.small(slices=24, rows=96, seed=8, involvement=30.0, position=position, lung_series=True))


@pytest.mark.parametrize("position", ["HFS", "HFP", "FFS", "FFP"])
def test_the_series_reads_back_with_its_hu_at_the_same_place_in_the_patient(position: Position, tmp_path: Path) -> None:
    phantom = _made(position)
    write(phantom, tmp_path / "p")
    found = scan([tmp_path / "p" / "dicom"])
    (study,) = found.studies
    assert len(study.series) == 3
    assert study.chosen is not None, study.refusal
    loaded = load(study.chosen)
    assert study.chosen.kernel == "FC07"
    assert loaded.acquisition.patient_position == position
    at = np.argwhere(phantom.volume.array > 200)[::500]
    there = np.rint(loaded.volume.geometry.to_index(phantom.volume.geometry.to_mm(at))).astype(int)
    assert np.array_equal(loaded.volume.array[tuple(there.T)], phantom.volume.array[tuple(at.T)])


def test_the_truth_masks_lie_on_the_written_grid(tmp_path: Path) -> None:
    phantom = _made("HFP")
    write(phantom, tmp_path / "p")
    lungs = nifti.read_labels(tmp_path / "p" / "truth" / "lungs.nii.gz")
    at = np.argwhere(phantom.lungs.array > 0)[::5000]
    there = np.rint(lungs.geometry.to_index(phantom.lungs.geometry.to_mm(at))).astype(int)
    assert np.array_equal(lungs.array[tuple(there.T)], phantom.lungs.array[tuple(at.T)])


def test_truth_json_says_what_was_made_and_how(tmp_path: Path) -> None:
    phantom = _made()
    write(phantom, tmp_path / "p")
    truth = json.loads((tmp_path / "p" / "truth.json").read_text())
    assert truth["involvement_percent"] == pytest.approx(30, abs=0.1)
    assert truth["options"]["seed"] == 8
    assert truth["grade"] == "CT-2"


def test_without_dicom_a_nifti_is_written(tmp_path: Path) -> None:
    phantom = _made()
    write(phantom, tmp_path / "p", dicom=False)
    assert not (tmp_path / "p" / "dicom").exists()
    assert np.array_equal(nifti.read(tmp_path / "p" / "volume.nii.gz").volume.array, phantom.volume.array)


def test_what_is_there_is_kept_unless_overwriting_was_asked_for(tmp_path: Path) -> None:
    phantom = _made()
    out = tmp_path / "p"
    out.mkdir()
    (out / "mine.txt").write_text("keep")
    with pytest.raises(InputError) as caught:
        write(phantom, out)
    assert caught.value.code == "OUTPUT_EXISTS"
    assert (out / "mine.txt").read_text() == "keep"
    write(phantom, out, overwrite=True)
    assert not (out / "mine.txt").exists()
    assert (out / "truth.json").exists()


def test_a_phantom_that_cannot_be_finished_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="syntax"):
        write(_made(), tmp_path / "p", transfer_syntax="1.2.3")
    assert list(tmp_path.iterdir()) == []


def test_the_command_prints_the_truth_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["phantom", "-o", str(tmp_path / "p"), "--slices", "20", "--rows", "64", "--grade", "CT-3", "--json"]
    assert run(arguments) == 0
    truth = json.loads(capsys.readouterr().out)
    assert truth["grade"] == "CT-3"
    assert run(arguments) == 3
    assert capsys.readouterr().err.splitlines()[-1].startswith("error OUTPUT_EXISTS: ")
    assert run(["phantom", "-o", str(tmp_path / "q"), "--involvement", "99"]) == 2
    assert not (tmp_path / "q").exists()


def test_the_bytes_do_not_depend_on_the_number_of_threads(tmp_path: Path) -> None:
    code = (
        "import sys, hashlib; from groundglass.phantom import make, PhantomOptions as P;"
        "p = make(P.small(slices=24, rows=96, seed=8, involvement=30.0, variant='test'));"
        "print(hashlib.sha256(p.volume.array.tobytes() + p.lesions.array.tobytes()).hexdigest())"
    )
    seen = set()
    for threads in ("1", "4"):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
        environment = {**os.environ, **dict.fromkeys(names, threads), "PYTHONHASHSEED": threads}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        seen.add(done.stdout.strip())
    assert len(seen) == 1


def test_the_written_files_repeat_byte_for_byte(tmp_path: Path) -> None:
    digests = []
    for name in ("a", "b"):
        write(_made(), tmp_path / name)
        files = sorted(p for p in (tmp_path / name).rglob("*") if p.is_file())
        text = "".join(f"{p.relative_to(tmp_path / name)}{hashlib.sha256(p.read_bytes()).hexdigest()}" for p in files)
        digests.append(hashlib.sha256(text.encode()).hexdigest())
    assert digests[0] == digests[1]
