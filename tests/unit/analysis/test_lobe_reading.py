"""Lobes of a reading: found in whole chests only, and nothing else changes with them."""

from __future__ import annotations

from dataclasses import fields
from typing import Literal

import numpy as np
import pytest

from groundglass.analysis.engine import ReadingOptions, read_chest
from groundglass.analysis.reading import ChestReading
from groundglass.phantom import Phantom, PhantomOptions, make
from groundglass.volume import Geometry, LabelVolume, Volume


def drawn(missing_lung: Literal["right", "left"] | None = None, *, situs_inversus: bool = False) -> Phantom:
    options = PhantomOptions.small(
        seed=4, involvement=12.0, slices=56, spacing_mm=5.6, rows=144, missing_lung=missing_lung,
        situs_inversus=situs_inversus,
    )  # fmt: skip
    return make(options)


def read(volume: Volume, *, lobes: bool = True) -> ChestReading:
    return read_chest(volume, gravity="back", clock=lambda: 0.0, options=ReadingOptions(lobes=lobes))


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    return drawn()


@pytest.fixture(scope="module")
def reading(phantom: Phantom) -> ChestReading:
    return read(phantom.volume)


def test_lobes_that_are_sure_lie_in_their_lung_and_are_counted(reading: ChestReading) -> None:
    assert reading.lobes is not None
    full = reading.lobes.full
    assert full is not None
    assert full.geometry.same_grid(reading.volume.geometry)
    assert not full.array[reading.lungs.array == 0].any()
    assert {lobe.label for lobe in reading.lobes.involvement} == set(full.labels)
    for lobe in reading.lobes.involvement:
        own = full.array == lobe.label
        assert lobe.confidence >= 0.8
        assert lobe.volume_ml == pytest.approx(own.sum() * full.geometry.voxel_ml)
        assert lobe.percent == pytest.approx(100 * (reading.lesions.array[own] > 0).mean())
        assert len(np.unique(reading.lungs.array[own])) == 1


def test_nothing_else_changes_with_the_lobes(phantom: Phantom, reading: ChestReading) -> None:
    without = read(phantom.volume, lobes=False)
    assert without.lobes is None
    for name in (field.name for field in fields(ChestReading)):
        one, other = getattr(reading, name), getattr(without, name)
        if isinstance(one, LabelVolume):
            assert np.array_equal(one.array, other.array)
        elif name not in ("lobes", "volume"):
            assert one == other, name
    assert reading.severity is not None
    assert reading.severity.lobe_score is None


def test_unknown_sides_have_no_lobes(phantom: Phantom) -> None:
    here = phantom.volume.geometry
    found = read(Volume(phantom.volume.array, Geometry(here.shape, here.affine, None, sided=False)))
    assert found.verdict.coverage == "whole"
    assert found.lobes is None


def test_a_part_of_a_chest_has_no_lobes(phantom: Phantom) -> None:
    whole = phantom.volume
    half = Geometry((30, *whole.geometry.shape[1:]), whole.geometry.affine)
    found = read(Volume(whole.array[:30].copy(), half))
    assert found.verdict.coverage == "partial"
    assert found.lobes is None


def test_one_lung_has_no_lobes() -> None:
    found = read(drawn("left").volume)
    assert "one_lung" in {reason.code for reason in found.verdict.reasons}
    assert found.lobes is None


def test_a_heart_on_the_right_has_no_lobes_since_the_lungs_may_be_mirrored() -> None:
    found = read(drawn(situs_inversus=True).volume)
    assert "heart_on_the_right" in {reason.code for reason in found.verdict.reasons}
    assert found.lobes is None
