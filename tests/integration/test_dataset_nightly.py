"""The long runs of data sets: phantoms as large as scans, and builds killed at any moment."""

from __future__ import annotations

import random
import time
from pathlib import Path

import numpy as np
import pytest
from made_builds import digests, few_dummies, kill_when, kitchen
from made_sets import make_phantoms, phantom_cases

import groundglass as gg
from groundglass.datasets.findings import FINDINGS
from groundglass.datasets.validation import validate
from groundglass.dicom.series import load, scan
from groundglass.volume import axial_axes


@pytest.mark.nightly
@pytest.mark.parametrize("thinning", [{"instance_number": 10}, {"every_mm": 8}, None])
def test_thirty_phantoms_of_two_hundred_slices_with_the_default_profile(
    thinning: dict[str, int] | None, tmp_path: Path
) -> None:
    tree = make_phantoms(tmp_path / "tree", phantom_cases(30, slices=200, rows=256))
    built = kitchen(tree, tmp_path / "place").cook(processes=2, profile=None, thinning=thinning)
    assert len(built.members) == 30
    found = validate(built.folder)
    assert [each for each in found.findings if FINDINGS[each.code].severity == "error"] == []
    slices = {
        np.maximum(plane, -1024).tobytes()
        for study in scan([tree.archive]).studies
        if study.chosen is not None
        for plane in load(study.chosen).volume.array
    }
    for record in gg.datasets.open(built.folder):
        volume = record.volume()
        turned = volume.reoriented(*axial_axes(volume.geometry)).array
        both = (
            np.maximum(turned, -1024),
            np.maximum(turned[:, ::-1, ::-1], -1024),
        )  # of the prone one, as it was stored
        assert all(any(np.ascontiguousarray(way[at]).tobytes() in slices for way in both) for at in range(len(turned)))


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(5))
def test_a_build_killed_at_any_moment_goes_on(seed: int, tmp_path: Path) -> None:
    tree = few_dummies(tmp_path / "tree", CT_0=20, CT_1=60, CT_2=10)
    calm = kitchen(tree, tmp_path / "calm")
    calm.cook(processes=2)
    place = kitchen(tree, tmp_path / "place", key_of=calm.project)
    numbers = random.Random(seed)
    for _ in range(8):
        end = time.monotonic() + numbers.uniform(0.2, 5.0)
        kill_when(place, lambda end=end: time.monotonic() > end)  # type: ignore[misc]  # bound for the loop
        if place.out.is_dir() and any(not path.name.startswith(".") for path in place.out.iterdir()):
            break  # it was done before the signal came
    built = place.cook(processes=2)
    assert len(built.members) == 90
    assert digests(place.version) == digests(calm.version)
