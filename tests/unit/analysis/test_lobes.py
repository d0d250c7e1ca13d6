"""Lobes: fissures are found where they are seen, and not trusted where they are not."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from lobed_chest import SHAPE, SPACING_MM, LobedChest, lobed_chest
from scipy import ndimage

from groundglass.analysis.grid import WorkingGrid
from groundglass.analysis.lobes import (
    LOBE_LABELS,
    SHOWN_CONFIDENCE,
    FissureName,
    Lobes,
    lobe_confidence,
    lobe_involvement,
    lobe_notices,
    lobes_to_full,
    shown,
)
from groundglass.analysis.lobes.confidence import Signs, confidence
from groundglass.analysis.lobes.surfaces import best_paths, peaks, smooth_sheet
from groundglass.errors import InputError
from groundglass.phrases import say_notice
from groundglass.volume import Geometry, LabelVolume, Volume

FISSURES: tuple[FissureName, ...] = ("right oblique", "right horizontal", "left oblique")


@cache
def chest() -> LobedChest:
    return lobed_chest()


@cache
def clear() -> Lobes:
    return chest().found()


def off_mm(drawn: LobedChest, lobes: Lobes, name: FissureName) -> float:
    """Return the mean distance of the surface found from the fissure drawn."""
    surface = lobes.fissures[name].surface
    truth = drawn.horizontal_mm if name == "right horizontal" else drawn.oblique_mm
    index = np.moveaxis(surface.points_mm[surface.inside] / np.array(SPACING_MM), 1, 0)
    return float(np.abs(ndimage.map_coordinates(truth, index, order=1)).mean())


def test_fissures_that_are_seen_are_found_and_trusted() -> None:
    for name in FISSURES:
        assert clear().fissures[name].confidence > SHOWN_CONFIDENCE, name
        assert off_mm(chest(), clear(), name) < 2.5, name


def test_lobes_agree_with_those_drawn() -> None:
    for label in range(1, 6):
        found, drawn = clear().labels == label, chest().lobes == label
        assert 2 * (found & drawn).sum() / (found.sum() + drawn.sum()) > 0.93, LOBE_LABELS[label]


def test_lobes_fill_the_lungs_and_nothing_else() -> None:
    assert np.array_equal(clear().labels > 0, chest().lungs > 0)
    assert set(np.unique(clear().labels[chest().lungs == 1])) == {1, 2, 3}
    assert set(np.unique(clear().labels[chest().lungs == 2])) == {4, 5}


def test_lungs_without_visible_fissures_are_divided_without_confidence() -> None:
    lobes = lobed_chest(fissure_hu=0.0, gap_mm=0.0).found()
    assert max(fissure.confidence for fissure in lobes.fissures.values()) < SHOWN_CONFIDENCE
    assert not shown(lobes).any()
    assert np.array_equal(lobes.labels > 0, chest().lungs > 0)


def test_a_gap_between_the_vessels_is_found_where_no_sheet_is_seen() -> None:
    drawn = lobed_chest(fissure_hu=0.0)
    assert off_mm(drawn, drawn.found(), "left oblique") < 5.0


def test_consolidation_over_a_fissure_takes_the_confidence() -> None:
    drawn = chest()
    hu = drawn.hu.copy()
    hu[(drawn.lungs == 2) & (np.arange(SHAPE[0])[:, None, None] < 90)] = 30
    lobes = replace(drawn, hu=hu).found()
    assert lobes.fissures["left oblique"].confidence < SHOWN_CONFIDENCE
    assert lobes.fissures["right oblique"].confidence > SHOWN_CONFIDENCE


def test_a_lung_whose_side_is_unknown_gets_no_lobes() -> None:
    lungs = np.where(chest().lungs > 0, 3, 0).astype(np.uint8)
    lobes = chest().found(lungs)
    assert not lobes.labels.any()
    assert dict(lobes.fissures) == {}
    assert lobe_notices(lobes) == ()


def test_a_missing_lung_has_no_lobes_and_no_fissures() -> None:
    lungs = np.where(chest().lungs == 2, 2, 0).astype(np.uint8)
    lobes = chest().found(lungs)
    assert set(lobes.fissures) == {"left oblique"}
    assert set(np.unique(lobes.labels)) == {0, 4, 5}


def test_a_remnant_of_a_lung_is_left_out() -> None:
    lungs = chest().lungs.copy()
    lungs[:, :, :70][np.arange(SHAPE[0]) > 30] = 0
    assert "right oblique" not in chest().found(lungs).fissures


def with_confidence(right: float, level: float, left: float) -> Lobes:
    values = dict(zip(FISSURES, (right, level, left), strict=True))
    given = clear().fissures
    return replace(clear(), fissures={name: replace(given[name], confidence=values[name]) for name in FISSURES})


def test_upper_and_middle_lobe_are_shown_as_one_where_only_the_horizontal_fissure_is_unsure() -> None:
    lobes = with_confidence(0.9, 0.2, 0.9)
    assert set(np.unique(shown(lobes))) == {0, 3, 4, 5, 6}
    assert np.array_equal(shown(lobes) == 6, np.isin(lobes.labels, (1, 2)))


def test_a_lobe_is_as_sure_as_its_least_sure_fissure() -> None:
    sure = lobe_confidence(with_confidence(0.8, 0.9, 0.3))
    assert [sure[label] for label in (1, 2, 3, 4, 5, 6)] == [0.8, 0.8, 0.8, 0.3, 0.3, 0.8]
    assert set(np.unique(shown(with_confidence(0.2, 0.95, 0.9)))) == {0, 4, 5}


def test_what_is_not_shown_is_said_in_both_languages() -> None:
    unsure = lobe_notices(with_confidence(0.5, 0.4, 0.31))
    assert [notice.code for notice in unsure] == ["lobes_right_unsure", "lobes_left_unsure"]
    assert "31" in say_notice(unsure[1])
    assert "31" in say_notice(unsure[1], "ru")
    assert [n.code for n in lobe_notices(with_confidence(0.9, 0.4, 0.9))] == ["lobes_middle_unsure"]
    assert lobe_notices(with_confidence(0.9, 0.9, 0.9)) == ()


def full_grid() -> tuple[WorkingGrid, LabelVolume]:
    """Return the chest at twice the resolution in the slices, and its lungs."""
    affine = np.zeros((4, 4))
    affine[2, 0], affine[1, 1], affine[0, 2], affine[3, 3] = 2.0, 1.0, 1.0, 1.0
    hu = chest().hu.repeat(2, axis=1).repeat(2, axis=2)
    geometry = Geometry((SHAPE[0], 2 * SHAPE[1], 2 * SHAPE[2]), affine)
    lungs = chest().lungs.repeat(2, axis=1).repeat(2, axis=2)
    lungs[:, 1:, :] = np.maximum(lungs[:, 1:, :], lungs[:, :-1, :])  # a voxel beyond the coarse ones
    return WorkingGrid.of(Volume(hu, geometry)), LabelVolume(lungs, geometry)


def test_lobes_on_the_full_grid_end_where_the_lungs_do() -> None:
    grid, lungs = full_grid()
    full = lobes_to_full(grid, with_confidence(0.9, 0.9, 0.9), lungs)
    assert full is not None
    assert np.array_equal(full.array > 0, lungs.array > 0)
    assert set(full.labels) == {1, 2, 3, 4, 5}
    assert np.array_equal(full.array[:, ::2, ::2][chest().lungs > 0], clear().labels[chest().lungs > 0])


def test_no_lobe_on_the_full_grid_where_none_is_sure() -> None:
    grid, lungs = full_grid()
    assert lobes_to_full(grid, with_confidence(0.5, 0.9, 0.5), lungs) is None


def test_involvement_is_counted_by_lobe_with_its_confidence() -> None:
    grid, lungs = full_grid()
    lobes = with_confidence(0.9, 0.1, 0.4)
    full = lobes_to_full(grid, lobes, lungs)
    assert full is not None
    sick = np.zeros(full.array.shape, dtype=np.uint8)
    sick[full.array == 3] = 1
    rows = lobe_involvement(lobes, full, LabelVolume(sick, full.geometry))
    assert [(row.label, row.confidence, row.percent) for row in rows] == [(3, 0.9, 100.0), (6, 0.9, 0.0)]
    assert rows[0].volume_ml == pytest.approx(full.volume_ml(3))


def test_lesions_on_another_grid_are_refused() -> None:
    grid, lungs = full_grid()
    full = lobes_to_full(grid, with_confidence(0.9, 0.9, 0.9), lungs)
    assert full is not None
    other = LabelVolume(chest().lungs, grid.geometry)
    with pytest.raises(InputError):
        lobe_involvement(clear(), full, other)


def test_confidence_grows_with_what_is_seen_and_stays_between_0_and_1() -> None:
    rising = [confidence(Signs(seen, 0.9, 3 * seen)) for seen in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)]
    assert rising == sorted(rising)
    assert 0 <= rising[0] < 0.05
    assert 0.95 < rising[-1] <= 1


def test_paths_follow_a_ridge_through_a_gap() -> None:
    score = np.random.default_rng(2).normal(0, 0.5, (40, 30, 41)).astype(np.float32)
    ridge = np.rint(20 + 8 * np.sin(np.arange(40) / 12)).astype(int)
    for u, n in enumerate(ridge):
        score[u, :, n] += 3.0
    score[15:20] = 0
    heights = peaks(best_paths(score, 0.5, 2), np.arange(41.0))
    assert np.abs(heights - ridge[:, None]).mean() < 0.7


def test_a_sheet_runs_straight_on_where_nothing_is_seen_and_lets_outliers_go() -> None:
    u, x = np.meshgrid(np.arange(40.0), np.arange(30.0), indexing="ij")
    plane = (0.4 * u - 0.2 * x).astype(np.float32)
    heights, weights = plane.copy(), np.ones_like(plane)
    heights[10:14, 10:14] += 25
    weights[30:] = 0
    sheet = smooth_sheet(heights, weights, step_mm=3.0, knot_mm=28.0, stiffness=3.0)
    assert np.abs(sheet - plane).max() < 1.0
