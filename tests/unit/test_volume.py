"""Geometry, Volume, LabelVolume: conventions that everything else rests on."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from groundglass.errors import GRID_MISMATCH, MISSING_GEOMETRY, InputError
from groundglass.volume import Geometry, LabelVolume, Volume, axial_axes

# Slices 2 mm apart towards the head, rows 0.5 mm apart towards the back, columns 0.7 mm apart towards the left.
AXIAL = np.array([[0, 0, 0.7, -100], [0, 0.5, 0, -50], [2, 0, 0, 10], [0, 0, 0, 1]])


def _volume(shape: tuple[int, int, int] = (3, 4, 5)) -> Volume:
    array = np.arange(np.prod(shape), dtype=np.int16).reshape(shape)
    return Volume(array, Geometry(shape, AXIAL, "1.2.3"))


def test_affine_columns_follow_slice_row_column() -> None:
    geometry = Geometry((3, 4, 5), AXIAL)
    assert geometry.spacing_mm == (2.0, 0.5, 0.7)
    assert geometry.axis_codes == ("H", "P", "L")
    assert geometry.to_mm(np.array([1, 2, 3])) == pytest.approx([-97.9, -49.0, 12.0])
    assert geometry.voxel_ml == pytest.approx(0.0007)


def test_an_index_names_a_voxel_centre() -> None:
    geometry = Geometry((3, 4, 5), AXIAL)
    assert geometry.to_mm(np.zeros(3)) == pytest.approx(geometry.origin_mm)
    assert geometry.to_index(geometry.origin_mm) == pytest.approx([0, 0, 0])


def test_affine_is_copied_and_read_only() -> None:
    given = AXIAL.copy()
    geometry = Geometry((1, 1, 1), given)
    given[0, 0] = 99
    assert geometry.affine[0, 0] == 0
    with pytest.raises(ValueError, match="read-only"):
        geometry.affine[0, 0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        geometry.shape = (2, 2, 2)  # type: ignore[misc]  # that it is refused is the test


def test_array_is_read_only_but_the_caller_keeps_theirs() -> None:
    array = np.zeros((1, 2, 3), np.int16)
    volume = Volume(array, Geometry((1, 2, 3), AXIAL))
    with pytest.raises(ValueError, match="read-only"):
        volume.array[0, 0, 0] = 1
    array[0, 0, 0] = 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({(0, 2): np.nan}, "finite"),
        ({(0, 2): np.inf}, "finite"),
        ({(2, 0): 0.0}, "length zero"),
        ({(0, 1): 0.3}, "right angles"),
        ({(3, 0): 1.0}, "last row"),
    ],
)
def test_a_broken_affine_is_refused_by_name(change: dict[tuple[int, int], float], words: str) -> None:
    affine = AXIAL.copy()
    for place, value in change.items():
        affine[place] = value
    with pytest.raises(InputError, match=words) as caught:
        Geometry((2, 2, 2), affine)
    assert caught.value.code == MISSING_GEOMETRY


@pytest.mark.parametrize("shape", [(0, 2, 2), (2, 2, -1), (2, 2)])
def test_an_empty_shape_is_refused(shape: Any) -> None:
    with pytest.raises(InputError) as caught:
        Geometry(shape, AXIAL)
    assert caught.value.code == MISSING_GEOMETRY


def test_array_and_geometry_must_fit() -> None:
    with pytest.raises(InputError, match="does not fit"):
        Volume(np.zeros((2, 2, 2), np.int16), Geometry((2, 2, 3), AXIAL))


@pytest.mark.parametrize("dtype", [np.int32, np.uint16, np.float64])
def test_hu_are_int16(dtype: Any) -> None:
    with pytest.raises(TypeError, match="int16"):
        Volume(np.zeros((2, 2, 2), dtype), Geometry((2, 2, 2), AXIAL))


def test_labels_are_uint8_and_probabilities_float32() -> None:
    geometry = Geometry((1, 1, 2), AXIAL)
    with pytest.raises(TypeError, match="uint8"):
        LabelVolume(np.zeros((1, 1, 2), np.int16), geometry)
    assert Volume(np.zeros((1, 1, 2), np.float32), geometry, "probability").quantity == "probability"


def test_indexing_is_refused_because_it_would_lose_the_geometry() -> None:
    volume = _volume()
    with pytest.raises(TypeError, match="crop"):
        volume[0]
    with pytest.raises(TypeError, match="crop"):
        LabelVolume(np.zeros((3, 4, 5), np.uint8), volume.geometry)[0]


def test_a_crop_keeps_every_voxel_where_it_was() -> None:
    volume = _volume()
    part = volume.crop((slice(1, 3), slice(None), slice(2, 4)))
    assert part.array.shape == (2, 4, 2)
    assert part.array[0, 0, 0] == volume.array[1, 0, 2]
    assert part.geometry.to_mm(np.array([0, 0, 0])) == pytest.approx(volume.geometry.to_mm(np.array([1, 0, 2])))
    assert part.geometry.frame_of_reference_uid == "1.2.3"


def test_combining_checks_shape_place_and_frame_of_reference() -> None:
    geometry = Geometry((3, 4, 5), AXIAL, "1.2.3")
    moved = AXIAL.copy()
    moved[0, 3] += 0.5
    others = {
        "shapes": Geometry((3, 4, 6), AXIAL, "1.2.3"),
        "frames of reference": Geometry((3, 4, 5), AXIAL, "1.2.4"),
        "0.500 mm apart": Geometry((3, 4, 5), moved, "1.2.3"),
    }
    for words, other in others.items():
        with pytest.raises(InputError, match=words) as caught:
            geometry.require_same_grid(other, what="a test")
        assert caught.value.code == GRID_MISMATCH
    geometry.require_same_grid(
        Geometry((3, 4, 5), AXIAL + 1e-5 * (AXIAL != 0) * [[1], [1], [1], [0]], "1.2.3"), what=""
    )


def test_the_far_corner_counts_when_grids_are_compared() -> None:
    # One degree about the first voxel moves it by nothing, and the last one by millimetres.
    angle = np.radians(1)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    turned = AXIAL.copy()
    turned[:3, :3] = turn @ AXIAL[:3, :3]
    assert not Geometry((3, 400, 500), AXIAL).same_grid(Geometry((3, 400, 500), turned))


def test_an_oblique_volume_turns_to_the_nearest_axes() -> None:
    angle = np.radians(20)
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    affine = AXIAL.copy()
    affine[:3, :3] = turn @ AXIAL[:3, :3]
    axes, flips = axial_axes(Geometry((3, 4, 5), affine))
    assert axes == (0, 1, 2)
    assert flips == (False, False, False)


def test_volume_of_a_label() -> None:
    labels = np.zeros((3, 4, 5), np.uint8)
    labels[0, :2, :5] = 2
    assert LabelVolume(labels, Geometry((3, 4, 5), AXIAL)).volume_ml(2) == pytest.approx(0.007)
