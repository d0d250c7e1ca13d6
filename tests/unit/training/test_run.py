"""A training refuses data that do not fit its folds, by name, before it begins."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest
from tiny_chests import tiny_chest, tiny_config, write_folds, write_set

from groundglass.datasets.formats import open_set
from groundglass.errors import InputError, UnavailableError
from groundglass.training.folds import read_folds
from groundglass.training.run import TrainingRun, require_torch

NAMES = ("made_1", "made_2")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_set(tmp_path / "data" / "made", NAMES, slices=8, size=48)
    return tmp_path / "data"


def run_of(data: Path, said: list[str] | None = None, **changes: dict[str, Any]) -> TrainingRun:
    folds = write_folds(data.parent / "folds.json", data / "made", {"made_1": 0, "made_2": 1}, **changes)
    tell = (lambda _: None) if said is None else said.append
    return TrainingRun(tiny_config(), read_folds(folds), data, data.parent / "out", tell)


def refused(run: TrainingRun, part: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        run.do(part)
    assert caught.value.code == "TRAINING_DATA"
    return caught.value


def test_one_patient_in_two_folds_is_refused_whatever_is_done(data: Path) -> None:
    run = run_of(data, made_2={"patient": "made_1"})
    for part in ("prepare", "pretrain", 0, "final"):
        error = refused(run, part)
        assert error.what == "made_1, made_2: one patient lies in folds 0, 1"
    assert not run.out.exists()


def test_a_fold_that_is_not_there_is_refused_before_anything_is_made(data: Path) -> None:
    run = run_of(data)
    assert refused(run, 4).what == "there is no fold 4"
    assert not run.out.exists()


def test_another_volume_of_the_same_name_is_refused(data: Path) -> None:
    run = run_of(data, made_1={"voxels_sha256": "0" * 64})
    assert "SHA-256 differs" in refused(run, "prepare").what


def test_an_empty_volume_is_refused(data: Path) -> None:
    from groundglass.training import run as module

    (first, _) = open_set(data / "made")
    first.volume.array.setflags(write=True)
    first.volume.array[:] = 0
    folds = read_folds(write_folds(data.parent / "folds.json", data / "made", {"made_1": 0}))
    with pytest.raises(InputError, match="is empty"):
        module._check(first, folds.volumes["made_1"])


def test_folders_of_something_else_beside_the_sets_are_passed_over(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (data / "pictures").mkdir()
    (data / "pictures" / "holiday.jpg").write_bytes(b"sun")
    (data / "readme.txt").write_text("about these sets", encoding="utf-8")
    monkeypatch.setattr(
        "groundglass.training.prepare.of_ct", lambda ct, clean: tiny_chest(ct.name, "clean" if clean else "drawn", 1)
    )
    said: list[str] = []
    run = run_of(data, said, made_2={"use": "lungs, no lesions"})
    invented = run.out / "chests" / "phantoms"
    invented.mkdir(parents=True)
    tiny_chest("phantom_001", "phantom", 3).save(invented / "phantom_001.npz")
    found = {chest.name: chest.kind for chest in run.chests(())}
    assert found == {"made_1": "drawn", "made_2": "clean", "phantom_001": "phantom"}
    assert said == ["made_1", "made_2"]


def test_a_training_whose_mixture_has_no_chest_is_refused(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groundglass.training.prepare.of_ct", lambda ct, **_: tiny_chest(ct.name, "drawn", 1))
    run = run_of(data)
    bare = tiny_config(phantoms=0, mixture={"clean": 1.0})
    run = TrainingRun(bare, run.folds, run.data, run.out, run.tell)
    assert refused(run, "final").what == "there is no chest of the kinds of the mixture: clean"


def test_without_torch_training_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real_import = builtins.__import__

    def no_torch(name: str, *arguments: Any, **options: Any) -> Any:
        if name == "torch":
            raise ImportError("No module named 'torch'", name="torch")
        return real_import(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", no_torch)
    with pytest.raises(UnavailableError) as caught:
        require_torch()
    assert caught.value.code == "TORCH_MISSING"
    assert "groundglass[train]" in caught.value.todo
