"""Thirty phantoms become a data set: whole, checked, and the same bytes again wherever and however it is made."""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from made_builds import THIRTY, Kitchen, built_phantoms, digests, few_dummies, kitchen
from made_sets import StudyTree

import groundglass as gg
from groundglass import nifti
from groundglass.datasets.findings import FINDINGS
from groundglass.datasets.validation import validate
from groundglass.dicom.series import load, scan
from groundglass.volume import Volume, axial_axes

GRADES = Counter(case.grade for case in THIRTY)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Kitchen:
    return built_phantoms(tmp_path_factory)


@pytest.mark.parametrize("layout", ["mosmed", "nnunet", "bids"])
def test_a_set_in_every_layout_validates_without_an_error_and_opens(
    layout: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    version = built_phantoms(tmp_path_factory, layout).version
    found = validate(version, processes=0)
    assert [each for each in found.findings if FINDINGS[each.code].severity == "error"] == []
    opened = gg.datasets.open(version)
    assert len(opened) == (30 if layout == "mosmed" else 9)
    for record in list(opened)[:3]:
        assert record.volume().geometry.shape[0] >= 24
        assert record.grade in GRADES


def test_every_study_has_the_grade_of_the_table_and_its_reads(built: Kitchen) -> None:
    with (built.version / "studies.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert Counter(row["grade"] for row in rows) == GRADES
    assert {row["grade_source"] for row in rows} == {"table"}
    assert [row["study_id"] for row in rows] == [f"study_{number:04d}" for number in range(1, 31)]
    assert [row["grade"] for row in rows] == sorted(row["grade"] for row in rows)
    reads = Counter(row["reads"] for row in rows)
    assert reads == Counter(f"{row['reader 1']};{row['reader 2']}" for row in built.tree.rows)
    assert Counter(row["pcr"] for row in rows) == Counter(row["PCR"] for row in built.tree.rows)
    assert len({row["patient_id"] for row in rows}) == len({case.patient for case in THIRTY})
    assert all(row["age_years"] and row["sex"] and row["manufacturer"] for row in rows)


def test_pictures_and_masks_are_those_of_the_source(built: Kitchen) -> None:
    sources: dict[bytes, tuple[Path, np.ndarray[tuple[int, ...], np.dtype[np.float64]]]] = {}
    for study in scan([built.tree.archive]).studies:
        assert study.chosen is not None
        volume = _upright(load(study.chosen).volume)
        folder = study.chosen.stack.frames[0].instance.source.path.parents[1]
        sources[volume.array.tobytes()] = folder, volume.geometry.affine
    masks = 0
    for record in gg.datasets.open(built.version):
        volume = _upright(record.volume())
        folder, affine = sources.pop(volume.array.tobytes())
        np.testing.assert_allclose(volume.geometry.affine, affine, atol=1e-3)
        mask, drawn = record.mask(), built.tree.masks / f"{folder.name}_mask.nii.gz"
        assert (mask is not None) == drawn.exists()
        if mask is not None:
            masks += 1
            theirs = nifti.read_labels(drawn)
            turned = theirs.reoriented(*axial_axes(theirs.geometry)).array
            np.testing.assert_array_equal(mask.reoriented(*axial_axes(mask.geometry)).array, turned)
    assert sources == {}
    assert masks == len(list(built.tree.masks.iterdir())) > 5


def _upright(volume: Volume) -> Volume:
    """Return slices feet to head, rows front to back; where the scanner padded, air: files keep the padding."""
    turned = volume.reoriented(*axial_axes(volume.geometry))
    return turned.with_array(np.maximum(turned.array, -1024))


def test_no_patient_is_in_two_parts(built: Kitchen) -> None:
    with (built.version / "splits.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    parts: dict[str, set[str]] = {}
    for row in rows:
        parts.setdefault(row["patient_id"], set()).add(row["split"])
    assert {len(each) for each in parts.values()} == {1}
    assert set().union(*parts.values()) == {"train", "test"}
    assert 18 <= sum(row["split"] == "train" for row in rows) <= 24


def test_elsewhere_otherwise_and_later_the_bytes_are_the_same(built: Kitchen, tmp_path: Path) -> None:
    """Other folders, order on the disk, names of files, processes, time zone, language, hashes, rights."""
    tree = _copied_otherwise(built.tree, tmp_path / "other place" / "дерево")
    again = kitchen(tree, tmp_path / "again", key_of=built.project)
    elsewhere = tmp_path / "cwd"
    elsewhere.mkdir()
    other = {"TZ": "Asia/Kamchatka", "LC_ALL": "C", "LANG": "C", "PYTHONHASHSEED": "77", "HOME": str(tmp_path)}
    call = "import os; os.umask(0o077); from groundglass.cli import main; main()"
    words = ["dataset", "build", str(tree.folder / "recipe.yaml"), "-o", str(again.out)]
    words += ["--project", str(again.project), "--jobs", "2", "--json"]
    done = subprocess.run(
        [sys.executable, "-c", call, *words],
        cwd=elsewhere,
        env=os.environ | other,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["studies"] == 30
    assert digests(again.version) == digests(built.version)
    assert list(elsewhere.iterdir()) == []


def _copied_otherwise(tree: StudyTree, folder: Path) -> StudyTree:
    """Copy a tree file by file in another order, under other names, with other times."""
    files = [path for path in tree.folder.rglob("*") if path.is_file() and not path.name.startswith("recipe-")]
    random.Random(4).shuffle(files)
    for number, path in enumerate(files):
        new = folder / path.relative_to(tree.folder)
        if path.suffix == ".dcm":
            new = new.parent / f"{number}.ima"
        new.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, new)
        os.utime(new, (1_000_000_000 + number, 1_000_000_000 + number))
    return StudyTree(folder)


def test_another_key_gives_other_names_to_studies_and_patients(tmp_path: Path) -> None:
    tree = few_dummies(tmp_path / "tree")
    one, other = (kitchen(tree, tmp_path / name).cook() for name in ("one", "other"))
    assert {member.patient_id for member in one.members}.isdisjoint(member.patient_id for member in other.members)
    assert {member.study_key for member in one.members}.isdisjoint(member.study_key for member in other.members)
    assert [member.grade for member in one.members] == [member.grade for member in other.members]


def test_a_version_is_built_once(tmp_path: Path) -> None:
    place = kitchen(few_dummies(tmp_path / "tree"), tmp_path / "place")
    first = place.cook()
    before = digests(place.out)
    second = place.cook(processes=2)
    assert (first.unchanged, second.unchanged) == (False, True)
    assert second.folder == first.folder == place.version
    assert digests(place.out) == before
    with pytest.raises(gg.InputError) as caught:
        place.cook(thinning=None)
    assert caught.value.code == "DATASET_VERSION_EXISTS"
    assert digests(place.out) == before
