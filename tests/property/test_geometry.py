"""Every way to store a volume is the same picture of the same patient."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from groundglass.phantom.damage import small_chest
from groundglass.phantom.strategies import ORIENTATIONS, Turn, geometries, turns, volumes
from groundglass.volume import Geometry, Volume, axial_axes, undo_axes


def test_there_are_48_different_orientations() -> None:
    codes = {small_chest((2, 3, 4)).geometry.reoriented(*turn).axis_codes for turn in ORIENTATIONS}
    assert len(ORIENTATIONS) == len(codes) == 48


@given(geometries(), some.lists(some.floats(-500, 500, width=32), min_size=3, max_size=3))
def test_index_to_world_to_index(geometry: Geometry, index: list[float]) -> None:
    assert geometry.to_index(geometry.to_mm(np.array(index))) == pytest.approx(index, abs=1e-6)


@given(volumes(), turns())
def test_a_turned_volume_has_every_voxel_in_the_same_place(volume: Volume, turn: Turn) -> None:
    turned = volume.reoriented(*turn)
    index = np.argwhere(np.ones(turned.array.shape, bool))
    back = volume.geometry.to_index(turned.geometry.to_mm(index))
    whole = np.rint(back).astype(int)
    assert np.abs(back - whole).max() < 1e-6
    assert np.array_equal(volume.array[tuple(whole.T)], turned.array.reshape(-1))


@given(volumes(), turns())
def test_undoing_a_turn_gives_the_same_volume(volume: Volume, turn: Turn) -> None:
    back = volume.reoriented(*turn).reoriented(*undo_axes(*turn))
    assert np.array_equal(back.array, volume.array)
    assert back.geometry.same_grid(volume.geometry)


@given(geometries(oblique=False), turns())
def test_any_orientation_turns_to_canonical_axial(geometry: Geometry, turn: Turn) -> None:
    given_ = geometry.reoriented(*turn)
    assert given_.reoriented(*axial_axes(given_)).axis_codes == ("H", "P", "L")


@given(geometries())
def test_turning_twice_changes_nothing_more(geometry: Geometry) -> None:
    axial = geometry.reoriented(*axial_axes(geometry))
    assert axial_axes(axial) == ((0, 1, 2), (False, False, False))


@given(geometries())
def test_the_volume_of_a_voxel_is_the_product_of_its_sides(geometry: Geometry) -> None:
    assert geometry.voxel_ml * 1000 == pytest.approx(np.prod(geometry.spacing_mm), rel=1e-6)
