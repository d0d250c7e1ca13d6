"""Lungs: both, apart, without bowel gas, with their vessels and dense parts."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_chest import draw
from drawn_chest import found as plain
from numpy.typing import NDArray

from groundglass.analysis import anatomy
from groundglass.analysis.grid import WorkingGrid
from groundglass.analysis.outline import lungs_to_full
from groundglass.volume import Volume


def _dice(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    return float(2 * (found & truth).sum() / (found.sum() + truth.sum()))


def _find(volume: Volume) -> anatomy.Anatomy:
    return anatomy.find(WorkingGrid.of(volume))


def test_right_is_right_and_left_is_left() -> None:
    found = plain()
    assert _dice(found.lungs == 1, draw().lungs == 1) > 0.985
    assert _dice(found.lungs == 2, draw().lungs == 2) > 0.985


def test_lungs_that_touch_in_front_are_parted() -> None:
    touching = draw(touching=True)
    found = _find(touching.volume)
    assert _dice(found.lungs == 1, touching.lungs == 1) > 0.98
    assert _dice(found.lungs == 2, touching.lungs == 2) > 0.98


def test_stomach_gas_next_to_the_lung_is_left_out() -> None:
    with_gas, without = draw(gas=True), draw(gas=False)
    bubble = (with_gas.volume.array < -980) & (without.lungs == 2)
    assert bubble.sum() > 500
    assert (_find(with_gas.volume).lungs[bubble] == 0).mean() > 0.9


def test_vessels_and_small_consolidations_stay_inside() -> None:
    hu = np.array(draw().volume.array)
    hu[40:46, 60:64, 40:44] = 40
    assert (_find(draw().volume.with_array(hu)).lungs[40:46, 60:64, 40:44] == 1).all()


def test_ground_glass_over_most_of_the_lung_changes_nothing() -> None:
    hu = np.array(draw().volume.array)
    hu[(draw().lungs > 0) & (np.arange(hu.shape[1]) > 50)[None, :, None]] += 350
    found = _find(draw().volume.with_array(hu))
    assert _dice(found.lungs > 0, draw().lungs > 0) > 0.98


def test_the_dome_of_the_diaphragm_is_not_filled() -> None:
    found = plain()
    dome = draw().volume.array[18:22, 58:70, 44:54] > 0
    assert dome.sum() > 100
    assert (found.lungs[18:22, 58:70, 44:54][dome] == 0).mean() > 0.9


@pytest.mark.parametrize("hu", [-1000, 0])
def test_a_volume_without_a_patient_has_no_lungs(hu: int) -> None:
    found = _find(draw().volume.with_array(np.full(draw().volume.array.shape, hu, dtype=np.int16)))
    assert not found.lungs.any()


def test_the_full_grid_has_a_crisp_border_and_the_same_sides() -> None:
    fine = draw().volume.array.repeat(2, axis=1).repeat(2, axis=2)
    affine = draw().volume.geometry.affine.copy()
    affine[:3, 1:3] /= 2
    volume = Volume(fine, type(draw().volume.geometry)(fine.shape, affine))
    grid = WorkingGrid.of(volume)
    found = anatomy.find(grid)
    full = lungs_to_full(grid, found.lungs, found.aerated)
    truth = draw().lungs.repeat(2, axis=1).repeat(2, axis=2)
    assert full.shape == fine.shape
    assert _dice(full == 1, truth == 1) > 0.985
    assert _dice(full == 2, truth == 2) > 0.985
