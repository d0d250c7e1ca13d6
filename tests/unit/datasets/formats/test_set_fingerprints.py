"""One CT is known again in another encoding, different CTs are told apart, and directions are told from the anatomy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made_set import chest, codes, write_archive
from numpy.typing import NDArray

from groundglass.datasets.formats import open_set
from groundglass.datasets.formats.direction import slice_direction
from groundglass.datasets.formats.fingerprints import (
    SAME_AT_LEAST,
    fingerprint,
    likeness,
    near_duplicates,
    small_picture,
)

FINE = (48, 96, 96)
HU, LUNGS = chest(1, FINE)


def windowed(hu: NDArray[np.int16]) -> NDArray[np.int16]:
    grey = np.rint((np.clip(hu, -1350, 150) + 1350) / 1500 * 255)
    return np.rint(grey * 1500 / 255 - 1350).astype(np.int16)


def noisy(hu: NDArray[np.int16]) -> NDArray[np.int16]:
    return (hu + np.random.default_rng(5).normal(0, 40, hu.shape)).astype(np.int16)


ENCODINGS = {
    "window of 8 bits": windowed(HU),
    "every second slice": HU[::2],
    "two slices in one": HU.reshape(24, 2, 96, 96).mean(axis=1).astype(np.int16),
    "half the pixels": HU.reshape(48, 48, 2, 48, 2).mean(axis=(2, 4)).astype(np.int16),
    "noise": noisy(HU),
    "another field of view": np.pad(HU, ((0, 0), (10, 10), (6, 14)), constant_values=-1000),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_ct_is_known_again_in_another_encoding(encoding: str) -> None:
    assert likeness(small_picture(HU), small_picture(ENCODINGS[encoding])) > SAME_AT_LEAST


def test_another_chest_of_the_same_shape_is_another_ct() -> None:
    assert likeness(small_picture(HU), small_picture(chest(2, FINE)[0])) < SAME_AT_LEAST


def test_a_volume_and_a_single_slice_are_never_one_ct() -> None:
    assert likeness(small_picture(HU), small_picture(HU[20:21])) == -1.0


def test_a_picture_of_one_value_is_like_nothing() -> None:
    flat = small_picture(np.zeros((8, 32, 32), np.int16))
    assert likeness(flat, small_picture(HU)) == 0.0


def test_pairs_are_found_by_hash_or_by_likeness(tmp_path: Path) -> None:
    write_archive(tmp_path / "coronacases_1.npz", hu_code=codes(HU))
    write_archive(tmp_path / "coronacases_2.npz", hu_code=codes(HU[::2]))
    write_archive(tmp_path / "coronacases_3.npz", hu_code=codes(HU))
    write_archive(tmp_path / "coronacases_4.npz", hu_code=codes(chest(2, FINE)[0]))
    pairs = near_duplicates([fingerprint(ct) for ct in open_set(tmp_path)])
    assert [{pair.first[-1], pair.second[-1]} for pair in pairs[:1]] == [{"1", "3"}]
    assert {frozenset((pair.first[-1], pair.second[-1])) for pair in pairs} == {
        frozenset("13"),
        frozenset("12"),
        frozenset("23"),
    }


@pytest.mark.parametrize("drawn", [True, False])
def test_the_direction_of_slices_is_told_either_way(drawn: bool) -> None:
    lungs = LUNGS if drawn else None
    assert slice_direction(HU, lungs) == "feet to head"
    assert slice_direction(HU[::-1], None if lungs is None else lungs[::-1]) == "head to feet"


def test_the_direction_of_a_part_or_of_no_chest_is_unclear() -> None:
    assert slice_direction(HU[:20]) == "unclear"
    assert slice_direction(HU[24:]) == "unclear"
    assert slice_direction(np.full((20, 64, 64), 40, np.int16)) == "unclear"
    assert slice_direction(np.full((20, 64, 64), -1000, np.int16)) == "unclear"


@pytest.mark.real
@pytest.mark.parametrize("name", ["lctsc_202", "radiopaedia_1", "radiopaedia_4"])
def test_real_chests_are_told_either_way(data: Path, name: str) -> None:
    folder = data / ("lungs" if name.startswith("lctsc") else "lesions")
    hu = open_set(folder)[name].volume.array
    assert slice_direction(hu) == "feet to head"
    assert slice_direction(hu[::-1]) == "head to feet"


@pytest.mark.real
def test_real_near_duplicates_are_found_and_no_others(data: Path) -> None:
    names = ("radiopaedia_2", "radiopaedia_3", "radiopaedia_4", "coronacases_006")
    opened = open_set(data / "lesions")
    pairs = near_duplicates([fingerprint(opened[name]) for name in names])
    assert [(pair.first, pair.second) for pair in pairs] == [("radiopaedia_2", "radiopaedia_3")]


@pytest.mark.real
def test_real_slices_of_one_patient_are_found(data: Path) -> None:
    prints = [fingerprint(ct) for ct in open_set(data / "lesions" / "medseg_slices")]
    patients = {one.name: one.patient for one in prints}
    pairs = {(pair.first, pair.second) for pair in near_duplicates(prints)}
    assert {("medseg_010", "medseg_043"), ("medseg_005", "medseg_046")} <= pairs
    assert all(patients[first] == patients[second] for first, second in pairs)
