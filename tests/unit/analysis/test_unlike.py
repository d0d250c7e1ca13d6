"""What is unlike the training data is named, and what is like it is not."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from groundglass.analysis.anatomy import Anatomy
from groundglass.analysis.fusion import Sight
from groundglass.analysis.grid import WorkingGrid
from groundglass.analysis.reading import CoverageVerdict
from groundglass.analysis.unlike import SAID_SCORE, USUAL, UsualRange, measure, notices_of, unlike
from groundglass.phrases import LANGUAGES, say_notice
from groundglass.volume import Geometry, Volume

SHAPE = (60, 80, 100)
SPACING_MM = 3.6


def drawn() -> tuple[NDArray[np.int16], NDArray[np.uint8], NDArray[np.bool_], NDArray[np.bool_]]:
    """Two boxes of lung in a box of tissue, a windpipe between them."""
    rng = np.random.default_rng(3)
    hu = np.full(SHAPE, -1000, dtype=np.int16)
    body = np.zeros(SHAPE, dtype=bool)
    body[:, 10:70, 5:95] = True
    hu[body] = 45 + np.rint(rng.normal(0, 8, int(body.sum())))
    lungs = np.zeros(SHAPE, dtype=np.uint8)
    lungs[2:58, 20:60, 15:45] = 1
    lungs[2:58, 20:60, 55:85] = 2
    hu[lungs > 0] = -860 + np.rint(rng.normal(0, 45, int((lungs > 0).sum())))
    hu[:, 12:15, 20:24] = 900  # a rib
    airways = np.zeros(SHAPE, dtype=bool)
    airways[35:, 35:40, 48:52] = True
    hu[airways] = -985
    return hu, lungs, body, airways


@pytest.fixture
def chest() -> tuple[WorkingGrid, Anatomy]:
    hu, lungs, body, airways = drawn()
    affine = np.eye(4)
    affine[:3, :3] = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]]) * SPACING_MM
    geometry = Geometry(SHAPE, affine)
    grid = WorkingGrid(hu, geometry, Volume(hu, geometry), (1, 1, 1))
    lesion = np.zeros(SHAPE, dtype=np.uint8)
    lesion[10:30, 20:24, 15:45] = 230
    none = np.zeros(SHAPE, dtype=np.uint8)
    sight = Sight(
        right=np.where(lungs == 1, 250, 2).astype(np.uint8),
        left=np.where(lungs == 2, 250, 2).astype(np.uint8),
        lesion=lesion,
        dense=none,
        effusion=none,
        opacity=lesion,
    )
    x, y, z = (float(v) for v in geometry.to_mm(np.array([35.0, 38.0, 50.0])))
    anatomy = Anatomy(
        body=body, lungs=lungs, aerated=lungs > 0, completed=np.zeros(SHAPE, dtype=bool),
        effusion=np.zeros(SHAPE, dtype=bool), airways=airways, carina_mm=(x, y, z), carina_confidence=1.0,
        zones=lungs, depth_mm=np.where(lungs > 0, 10, 0).astype(np.float32),
        hilum_mm=np.full(SHAPE, 50, dtype=np.float32), sight=sight, classical=lungs,
        verdict=CoverageVerdict("whole"), notices=(), seconds={},
    )  # fmt: skip
    return grid, anatomy


def names(grid: WorkingGrid, anatomy: Anatomy) -> set[str]:
    return {notice.code.removeprefix("unlike_") for notice in unlike(grid, anatomy)} - {"training"}


def changed(grid: WorkingGrid, hu: NDArray[np.int16]) -> WorkingGrid:
    return WorkingGrid(hu, grid.geometry, Volume(hu, grid.geometry), grid.blocks)


def test_a_usual_chest_is_not_named(chest: tuple[WorkingGrid, Anatomy]) -> None:
    assert unlike(*chest) == ()


def test_every_feature_is_measured_on_a_usual_chest(chest: tuple[WorkingGrid, Anatomy]) -> None:
    grid, anatomy = chest
    assert anatomy.sight is not None
    values = measure(grid, anatomy, anatomy.sight)
    assert set(values) == set(USUAL)
    assert all(math.isfinite(value) for value in values.values())
    assert values["noise_hu"] == pytest.approx(8.0, abs=1.0)
    assert values["side_ratio_percent"] == pytest.approx(100.0)
    assert values["lungs_ml"] == pytest.approx(2 * 56 * 40 * 30 * SPACING_MM**3 / 1000)


def test_without_a_network_nothing_is_compared(chest: tuple[WorkingGrid, Anatomy]) -> None:
    grid, anatomy = chest
    assert unlike(grid, replace(anatomy, sight=None)) == ()


def test_contrast_is_named(chest: tuple[WorkingGrid, Anatomy]) -> None:
    grid, anatomy = chest
    hu = grid.hu.copy()
    hu[20:40, 22:58, 46:54][~anatomy.airways[20:40, 22:58, 46:54]] = 260
    assert "vessels_hu" in names(changed(grid, hu), anatomy)


def test_a_shifted_scale_is_named(chest: tuple[WorkingGrid, Anatomy]) -> None:
    grid, anatomy = chest
    found = names(changed(grid, (grid.hu + np.int16(250)).astype(np.int16)), anatomy)
    assert {"airway_hu", "healthy_hu"} <= found


def test_values_cut_off_by_a_window_are_named(chest: tuple[WorkingGrid, Anatomy]) -> None:
    grid, anatomy = chest
    assert "ceiling_hu" in names(changed(grid, np.minimum(grid.hu, -200).astype(np.int16)), anatomy)


def test_a_mass_that_is_no_lesion_to_the_network_is_named(chest: tuple[WorkingGrid, Anatomy]) -> None:
    grid, anatomy = chest
    hu = grid.hu.copy()
    hu[30:48, 30:52, 20:40] = 40
    assert "unseen_solid_percent" in names(changed(grid, hu), anatomy)


def test_an_undecided_network_is_named(chest: tuple[WorkingGrid, Anatomy]) -> None:
    grid, anatomy = chest
    assert anatomy.sight is not None
    lesion = np.where(anatomy.lungs > 0, 110, 0).astype(np.uint8)
    assert "undecided_percent" in names(grid, replace(anatomy, sight=replace(anatomy.sight, lesion=lesion)))


def test_one_small_lung_is_named(chest: tuple[WorkingGrid, Anatomy]) -> None:
    grid, anatomy = chest
    lungs = anatomy.lungs.copy()
    lungs[10:, :, 50:] = 0
    assert "side_ratio_percent" in names(grid, replace(anatomy, lungs=lungs))


def test_the_size_of_lungs_shown_in_part_is_not_judged(chest: tuple[WorkingGrid, Anatomy]) -> None:
    grid, anatomy = chest
    lungs = anatomy.lungs.copy()
    lungs[10:, :, 50:] = 0
    assert names(grid, replace(anatomy, lungs=lungs, verdict=CoverageVerdict("partial"))) == set()


def test_the_farthest_feature_comes_first_and_gives_the_score() -> None:
    low = USUAL["soft_hu"].low
    high = USUAL["slice_mm"].high
    assert low is not None
    assert high is not None
    values = {
        "soft_hu": low - 3.0 * USUAL["soft_hu"].width,
        "slice_mm": high + SAID_SCORE * USUAL["slice_mm"].width,
        "lungs_ml": 4000.0,
    }
    notices = notices_of(values)
    assert [notice.code for notice in notices] == ["unlike_training", "unlike_soft_hu", "unlike_slice_mm"]
    assert notices[0].values == {"score": 3.0, "count": 2}


def test_what_cannot_be_measured_is_not_unusual() -> None:
    assert UsualRange(0.0, 1.0, 1.0).outside(math.nan) == 0.0
    assert notices_of(dict.fromkeys(USUAL, math.nan)) == ()


def test_every_feature_has_words_in_both_languages() -> None:
    for name in USUAL:
        texts = set()
        for notice in notices_of({name: 1e5}) or notices_of({name: -1e5}):
            texts |= {say_notice(notice, language) for language in LANGUAGES}
        assert len(texts) == 2 * len(LANGUAGES), name
