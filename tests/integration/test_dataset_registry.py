"""As many small studies as MosMedData has give its registry again, cell for cell."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import openpyxl
import pytest
from made_builds import Kitchen, all_dummies, kitchen, once
from made_dummies import MOSMED_COUNTS, MOSMED_MASKS

from groundglass import nifti


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Kitchen:
    tree = all_dummies(tmp_path_factory)
    folder = once(tmp_path_factory, "built-dummies", lambda folder: kitchen(tree, folder).cook(processes=2))
    return Kitchen(tree, folder)


@pytest.mark.real
def test_the_registry_is_the_published_one_cell_for_cell(registry: Kitchen, data: Path) -> None:
    ours, published = (
        openpyxl.load_workbook(folder / "dataset_registry.xlsx") for folder in (registry.version, data / "mosmed")
    )
    assert ours.sheetnames == published.sheetnames
    for name in published.sheetnames:
        mine, theirs = list(ours[name].iter_rows(values_only=True)), list(published[name].iter_rows(values_only=True))
        assert len(theirs) == 1111
        assert mine == theirs
    csv_ours, csv_theirs = (
        (folder / "dataset_registry.csv").read_bytes() for folder in (registry.version, data / "mosmed")
    )
    assert csv_ours == csv_theirs


def test_every_row_of_the_registry_has_its_files_and_there_are_no_others(registry: Kitchen) -> None:
    with (registry.version / "dataset_registry.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert Counter(row["category"] for row in rows) == MOSMED_COUNTS
    named = {row[name] for row in rows for name in ("study_file", "mask_file")} - {""}
    there = {f"/{path.relative_to(registry.version)}" for path in registry.version.rglob("*.nii.gz")}
    assert there == named
    assert len(named) == sum(MOSMED_COUNTS.values()) + MOSMED_MASKS


def test_thinned_pictures_have_the_slices_whose_number_ends_in_zero(registry: Kitchen) -> None:
    for path in sorted(registry.version.rglob("study_00*_mask.nii.gz"))[:1]:
        assert path.name == "study_0255_mask.nii.gz"
    for grade in ("CT-1", "CT-4"):
        path = sorted((registry.version / "studies" / grade).iterdir())[0]
        read = nifti.read(path).volume
        assert read.geometry.shape == (5, 32, 32)  # of ten numbered 5, 10, 15 ... 50
        assert read.geometry.spacing_mm == pytest.approx((8.0, 4.8, 4.8))
