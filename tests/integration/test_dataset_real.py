"""Two real chests become a data set: the numbers of the scanner, a set without errors, the same bytes again."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
from made_builds import Kitchen, digests, kitchen, once
from made_sets import StudyTree, write_recipe, write_table

import groundglass as gg
from groundglass.datasets.findings import FINDINGS
from groundglass.datasets.validation import validate
from groundglass.dicom.series import load, scan
from groundglass.volume import axial_axes

NAMES = ("P001", "normal001")
RECIPE = {
    "name": "two-chests",
    "version": "1.0.0",
    "date": "2026-03-02",
    "title": {"en": "Two chests", "ru": "Две грудные клетки"},
    "licence": "CC-BY-4.0",
    "authors": ["Nobody"],
    "tables": [{"path": "tables/grades.csv", "key": "folder", "match": "folder", "grade": "grade"}],
    "thinning": {"instance_number": 10},
}
_GRADES = [{"folder": "P001", "grade": "CT-1"}, {"folder": "normal001", "grade": "CT-0"}]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Kitchen:
    def make(folder: Path) -> None:
        tree = StudyTree(folder / "tree")
        tree.table.parent.mkdir(parents=True)
        write_table(tree.table, _GRADES)
        write_recipe(tree.folder / "recipe.yaml", RECIPE, sources=[str(data / "studies" / name) for name in NAMES])
        kitchen(tree, folder / "place").cook(processes=2)

    folder = once(tmp_path_factory, "built-real", make)
    return Kitchen(StudyTree(folder / "tree"), folder / "place")


@pytest.mark.real
def test_the_set_validates_without_an_error(real: Kitchen) -> None:
    found = validate(real.version, processes=0)
    assert [each for each in found.findings if FINDINGS[each.code].severity == "error"] == []


@pytest.mark.real
def test_the_slices_that_stay_are_those_of_the_scanner(real: Kitchen, data: Path) -> None:
    records = {record.grade: record for record in gg.datasets.open(real.version)}
    for grade, name in (("CT-1", "P001"), ("CT-0", "normal001")):
        (study,) = scan([data / "studies" / name]).studies
        assert study.chosen is not None
        whole = load(study.chosen).volume
        numbers = [frame.instance_number for frame in study.chosen.stack.frames]
        kept = [index for index, number in enumerate(numbers) if number is not None and number % 10 == 0]
        volume = records[grade].volume()
        turned = volume.reoriented(*axial_axes(volume.geometry))
        np.testing.assert_array_equal(np.maximum(turned.array, -1024), np.maximum(whole.array[kept], -1024))
        first = whole.geometry.to_mm(np.array([kept[0], 0, 0]))
        np.testing.assert_allclose(turned.geometry.to_mm(np.array([0, 0, 0])), first, atol=1e-3)
        assert volume.geometry.spacing_mm[0] == pytest.approx(10 * whole.geometry.spacing_mm[0], rel=1e-4)


@pytest.mark.real
def test_sex_age_and_scanner_are_published_and_nothing_else_of_the_header(real: Kitchen) -> None:
    with (real.version / "studies.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["grade"], row["manufacturer"].upper()[:7]) for row in rows] == [
        ("CT-0", "SIEMENS"),
        ("CT-1", "SIEMENS"),
    ]
    assert sorted(row["slices_original"] for row in rows) == ["148", "154"]


@pytest.mark.real
def test_a_second_time_the_bytes_are_the_same(real: Kitchen, tmp_path: Path) -> None:
    tree = StudyTree(tmp_path / "tree")
    shutil.copytree(real.tree.folder, tree.folder)
    again = kitchen(tree, tmp_path / "again", key_of=real.project)
    again.cook()
    assert digests(again.version) == digests(real.version)
