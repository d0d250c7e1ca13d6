"""Anatomy on real chests, and on what is no whole chest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from groundglass.analysis import anatomy
from groundglass.analysis.grid import WorkingGrid
from groundglass.analysis.outline import lungs_to_full
from groundglass.dicom.series import load, scan
from groundglass.nifti import read
from groundglass.volume import Geometry, Volume, axial_axes

pytestmark = pytest.mark.real


def _canonical(volume: Volume) -> Volume:
    axes, flips = axial_axes(volume.geometry)
    return volume.reoriented(axes, flips)


def _study(folder: Path) -> Volume:
    entry = next(study.chosen for study in scan([folder]).studies if study.chosen is not None)
    return _canonical(load(entry).volume)


def _volume(hu: NDArray[Any], spacing_mm: tuple[float, float, float]) -> Volume:
    affine = np.zeros((4, 4))
    affine[2, 0], affine[1, 1], affine[0, 2], affine[3, 3] = *spacing_mm, 1.0
    shape = (hu.shape[0], hu.shape[1], hu.shape[2])
    return Volume(np.clip(hu, -1024, 3071).astype(np.int16), Geometry(shape, affine))


@pytest.mark.parametrize("name", ["P001", "normal001"])
def test_a_whole_study_is_whole_with_two_lungs_and_a_fork(data: Path, name: str) -> None:
    found = anatomy.find(WorkingGrid.of(_study(data / "studies" / name)))
    assert found.verdict.coverage == "whole"
    assert found.carina_confidence > 0.8
    right, left = (int((found.lungs == side).sum()) for side in (1, 2))
    assert 0.8 < left / right < 1.02


def test_fifteen_upper_slices_are_partial(data: Path) -> None:
    folder = data / "partial" / "ricord_000082_15_axial"
    series = [entry for study in scan([folder]).studies for entry in study.series]
    found = anatomy.find(WorkingGrid.of(_canonical(load(series[0]).volume)))
    assert found.verdict.coverage == "partial"


def test_an_abdomen_is_never_a_whole_chest(data: Path) -> None:
    found = anatomy.find(WorkingGrid.of(_canonical(read(data / "not_chest" / "abdomen.nii.gz").volume)))
    assert found.verdict.coverage != "whole"


# spacings are lost in these files: plausible ones, as the widths and heights of the chests suggest
@pytest.mark.parametrize(
    ("name", "spacing_mm", "least"),
    [
        ("lungs/lctsc_101", (9.0, 1.95, 1.95), 0.96),
        ("lungs/lctsc_202", (9.0, 1.95, 1.95), 0.955),
        ("lesions/radiopaedia_2", (8.0, 1.15, 1.15), 0.97),
        ("lesions/radiopaedia_4", (8.0, 1.15, 1.15), 0.965),
    ],
)
def test_lungs_agree_with_outlines_drawn_by_people(
    data: Path, name: str, spacing_mm: tuple[float, float, float], least: float
) -> None:
    with np.load(data / f"{name}.npz") as file:
        hu = file["hu_code"] * 8.0 - 1024 if "hu_code" in file.files else file["grey"] * 5.88 - 1350
        truth = file["lung"] > 0
    grid = WorkingGrid.of(_volume(hu, spacing_mm))
    found = anatomy.find(grid)
    lungs = lungs_to_full(grid, found.lungs, found.aerated) > 0
    assert 2 * (lungs & truth).sum() / (lungs.sum() + truth.sum()) > least


def test_a_lesion_chest_keeps_its_lesions_inside_the_lungs(data: Path) -> None:
    with np.load(data / "lesions" / "coronacases_001.npz") as file:
        hu, lesion = file["hu_code"] * 8.0 - 1024, file["lesion"] > 0
    grid = WorkingGrid.of(_volume(hu, (1.0, 1.5, 1.5)))
    found = anatomy.find(grid)
    lungs = lungs_to_full(grid, found.lungs, found.aerated) > 0
    assert lungs[lesion].mean() > 0.98
