"""The frozen folds are read, checked, and held against data sets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from groundglass.datasets.formats import open_set, voxels_sha256
from groundglass.errors import InputError
from groundglass.training.folds import check_against, fold_of, load_folds, read_folds, trained_hashes

ENTRY = {"patient": "p", "source": "coronacases", "fold": 0, "use": "lungs, lesions"}


def code_array(seed: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return a picture with two dark blocks in a body, different for each seed."""
    rng = np.random.default_rng(seed)
    code = np.full((16, 64, 64), 3, np.uint8)
    code[:, 8:56, 4:60] = 133
    for columns in (slice(10, 28), slice(36, 54)):
        cells = np.kron(rng.integers(0, 60, (4, 8, 3)), np.ones((3, 4, 6), int)).astype(np.uint8)
        code[2:14, 16:48, columns] = 12 + cells
    return code


def table(path: Path, *entries: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"rule": "by hand", "frozen": "2026-01-01", "volumes": list(entries)}))
    return path


def entry(name: str, digest: str, **changes: Any) -> dict[str, Any]:
    return ENTRY | {"name": name, "patient": name, "voxels_sha256": digest} | changes


def test_the_frozen_table_keeps_its_test_patient_out_of_training() -> None:
    folds = load_folds()
    assert fold_of("P001") is None
    assert folds.volumes["P001"].voxels_sha256 not in trained_hashes()
    assert len(trained_hashes()) == len(folds.volumes) - 1 == 18
    assert sorted(name for fold in (*range(5), None) for name in folds.names_in(fold)) == sorted(folds.volumes)
    assert folds.contradictions() == ()
    with pytest.raises(InputError, match="nobody"):
        fold_of("nobody")


@pytest.mark.parametrize(
    "change",
    [{"fold": 5}, {"fold": True}, {"fold": "1"}, {"voxels_sha256": "abc"}, {"patient": None}, {"use": ""}],
    ids=["fold too high", "fold bool", "fold text", "hash", "no patient", "no use"],
)
def test_a_table_with_a_wrong_entry_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        read_folds(table(tmp_path / "folds.json", entry("a", "0" * 64) | change))
    assert caught.value.code == "FOLDS_DAMAGED"


def test_a_table_that_is_no_table_or_has_a_volume_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "folds.json"
    for text in ("{", "[]", '{"volumes": 1}', '{"volumes": [1]}'):
        path.write_text(text)
        with pytest.raises(InputError):
            read_folds(path)
    with pytest.raises(InputError, match="twice"):
        read_folds(table(path, entry("a", "0" * 64), entry("b", "0" * 64, fold=1)))


def test_a_patient_in_two_folds_of_the_table_is_found(tmp_path: Path) -> None:
    entries = [
        entry(name, digit * 64, patient="same", fold=fold) for name, digit, fold in (("a", "0", 0), ("b", "1", 3))
    ]
    (found,) = read_folds(table(tmp_path / "folds.json", *entries)).contradictions()
    assert (found.kind, found.names) == ("patient_in_two_folds", ("a", "b"))


def test_data_that_agree_with_the_table_give_no_finding(tmp_path: Path) -> None:
    entries = []
    for fold in range(3):
        code = code_array(fold)
        np.savez(tmp_path / f"coronacases_{fold}.npz", hu_code=code)
        entries.append(entry(f"coronacases_{fold}", voxels_sha256(code), fold=fold))
    folds = read_folds(table(tmp_path / "folds.json", *entries))
    assert check_against(open_set(tmp_path), folds) == ()


def test_changed_unknown_duplicate_and_broken_volumes_are_each_found(tmp_path: Path) -> None:
    first, second = code_array(0), code_array(1)
    np.savez(tmp_path / "coronacases_0.npz", hu_code=first)
    np.savez(tmp_path / "coronacases_1.npz", hu_code=np.clip(first, 5, 140))
    np.savez(tmp_path / "coronacases_2.npz", hu_code=second)
    np.savez(tmp_path / "coronacases_3.npz", hu_code=code_array(3))
    np.savez(tmp_path / "coronacases_4.npz", hu_code=second[..., ::-1])
    (tmp_path / "coronacases_5.npz").write_bytes(b"PK")
    folds = read_folds(
        table(
            tmp_path / "folds.json",
            entry("coronacases_0", voxels_sha256(first), fold=0),
            entry("coronacases_1", voxels_sha256(np.clip(first, 5, 140)), fold=1),
            entry("coronacases_3", "f" * 64, fold=3),
            entry("renamed", voxels_sha256(second), fold=2),
            entry("coronacases_4", voxels_sha256(second[..., ::-1]), fold=2),
        )
    )
    found = {(one.kind, one.names): one.detail for one in check_against([open_set(tmp_path)], folds)}
    assert set(found) == {
        ("near_duplicate", ("coronacases_0", "coronacases_1")),
        ("unknown_volume", ("coronacases_2",)),
        ("hash_differs", ("coronacases_3",)),
        ("unreadable", ("coronacases_5",)),
    }
    assert "renamed, fold 2" in found["unknown_volume", ("coronacases_2",)]


@pytest.mark.real
def test_the_shared_volumes_are_those_that_were_dealt_to_folds(data: Path) -> None:
    findings = check_against(open_set(data / "lungs"))
    assert findings == ()
    lesions = open_set(data / "lesions")
    known = load_folds().volumes
    for name in ("coronacases_005", "radiopaedia_1"):
        assert lesions[name].voxels_sha256 == known[name].voxels_sha256
    studies = open_set(data / "studies")
    assert studies["normal001"].voxels_sha256 == known["normal001"].voxels_sha256
