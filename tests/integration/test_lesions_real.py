"""Lesions on real chests: a normal one, one with labelled slices, and some with drawn masks."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest

from groundglass.analysis.engine import read_chest
from groundglass.analysis.reading import ChestReading
from groundglass.dicom.series import load, scan
from groundglass.evaluation.classification import roc_auc
from groundglass.evaluation.overlap import dice
from groundglass.volume import Geometry, Volume

pytestmark = pytest.mark.real


def read(folder: Path) -> ChestReading:
    (study,) = scan([folder]).studies
    assert study.chosen is not None
    return read_chest(load(study.chosen).volume, gravity="back", clock=time.perf_counter)


def test_a_normal_chest_has_next_to_no_involvement(data: Path) -> None:
    found = read(data / "studies" / "normal001").involvement
    assert found is not None
    # the must of this engine; the interval must say so too
    assert found.percent < 0.3
    assert found.interval[1] < 1.5


def test_infected_slices_score_higher(data: Path) -> None:
    reading = read(data / "studies" / "P001")
    infected = np.array(json.loads((data / "studies" / "P001.labels.json").read_text())["infected"])[::-1]
    auc = roc_auc(infected, [row.score for row in reading.slices]).value
    assert auc is not None
    assert auc > 0.95
    assert reading.involvement is not None
    assert reading.involvement.right_percent is not None
    assert reading.involvement.left_percent is not None
    # both lungs are involved, by the radiologists' lobes
    assert min(reading.involvement.right_percent, reading.involvement.left_percent) > 0.5


@pytest.mark.parametrize(
    # floors some 0.1 below what was measured: they catch a broken engine, not a slightly different one
    ("name", "floor"),
    [("coronacases_002", 0.65), ("coronacases_005", 0.65), ("radiopaedia_1", 0.65), ("radiopaedia_4", 0.6)],
)
def test_lesions_agree_with_drawn_masks(data: Path, name: str, floor: float) -> None:
    with np.load(data / "lesions" / f"{name}.npz") as z:
        drawn = z["lesion"] > 0
        hu = z["hu_code"].astype(np.int16) * 8 - 1024 if "hu_code" in z else np.rint(z["grey"] * 5.88 - 1350)
    # the spacing is lost: usual pixels, and a usual height of the scan
    spacing = np.array([300.0 / len(hu), 370.0 / hu.shape[1], 370.0 / hu.shape[2]])
    affine = np.eye(4)
    affine[:3, :3] = np.diag(spacing)[::-1]
    a, b, c = hu.shape
    volume = Volume(hu.astype(np.int16), Geometry((a, b, c), affine))
    reading = read_chest(volume, exact_hu=False, clock=time.perf_counter)
    assert dice(reading.lesions.array > 0, drawn) > floor
