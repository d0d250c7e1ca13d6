"""A CT becomes a chest with targets: who drew what decides what it can teach."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from tiny_chests import picture, tiny_chest

from groundglass.datasets.formats.labelled import LabelledCt, lesion_labels, lung_labels
from groundglass.training.chests import (
    CANVAS,
    DENSE,
    EFFUSION,
    HEADS,
    LEFT,
    RIGHT,
    UNSURE,
    TrainingChest,
    as_volume,
    classical_lungs,
    of_ct,
    of_synthetic,
    sided,
)
from groundglass.training.synthesis import SynthesisOptions, Synthetic, synthesise
from groundglass.volume import Geometry, Volume

SHAPE = (30, 96, 96)


@cache
def ct() -> LabelledCt:
    """Return a CT with lungs and lesions drawn; a part of the lesion is airless."""
    hu, lungs, lesion = picture(1, *SHAPE)
    affine = np.zeros((4, 4))
    affine[2, 0], affine[1, 1], affine[0, 2], affine[3, 3] = 8.0, 3.2, 3.2, 1.0
    geometry = Geometry(SHAPE, affine)
    return LabelledCt(
        name="made_1", patient="made_1", source="made", volume=Volume(hu, geometry),
        lungs=lung_labels(lungs, geometry), lesions=lesion_labels((lesion * 3).astype(np.uint8), geometry),
        exact_hu=True, spacing_known=True, voxels_sha256="1" * 64,
    )  # fmt: skip


@cache
def drawn() -> TrainingChest:
    return of_ct(ct())


def bit(chest: TrainingChest, which: int) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.asarray((chest.target & which) > 0)


def test_a_chest_lies_on_the_canvas_with_its_own_slices() -> None:
    chest = drawn()
    assert chest.hu.shape == chest.target.shape == chest.lesion.shape == (SHAPE[0], *CANVAS)
    assert (chest.kind, chest.slice_mm) == ("drawn", 8.0)
    assert chest.usable.all()


def test_drawn_lungs_and_lesions_are_the_targets() -> None:
    chest, source = drawn(), ct()
    assert source.lungs is not None
    assert source.lesions is not None
    larger = (3.2 / 1.6) ** 2
    for side, label in ((RIGHT, 1), (LEFT, 2)):
        assert bit(chest, side).sum() == pytest.approx(larger * (source.lungs.array == label).sum(), rel=0.02)
    assert chest.lesion.sum() / 255 == pytest.approx(larger * (source.lesions.array > 0).sum(), rel=0.02)
    assert not (bit(chest, RIGHT) & bit(chest, LEFT)).any()
    dense = bit(chest, DENSE)
    assert dense.any()
    assert chest.hu[dense].mean() > -200
    assert (chest.lesion[dense] > 60).all()
    assert not bit(chest, UNSURE).any()
    assert not bit(chest, EFFUSION).any()


def test_what_was_labelled_decides_what_is_taught() -> None:
    assert drawn().known == ("right", "left", "lesion", "dense")
    lungs = of_ct(replace(ct(), lesions=None))
    assert (lungs.kind, lungs.known) == ("lungs", ("right", "left"))
    clean = of_ct(replace(ct(), lesions=None), clean=True)
    assert (clean.kind, clean.known) == ("clean", ("right", "left", "lesion", "dense", "effusion"))
    assert not clean.lesion.any()


def test_without_drawn_lungs_the_classical_outline_stands_in_with_the_lesions_and_dense_tissue_near_is_in_doubt() -> (
    None
):
    source = ct()
    assert source.lungs is not None
    # the whole right lung is drawn, so that tissue lies beside what was drawn
    drawn_right = (source.lungs.array == 1).astype(np.uint8) * np.uint8(3)
    chest = of_ct(replace(source, lungs=None, lesions=lesion_labels(drawn_right, source.volume.geometry)))
    lesion = chest.lesion >= 128
    assert (bit(chest, RIGHT) | bit(chest, LEFT))[lesion].mean() > 0.95
    unsure = bit(chest, UNSURE)
    assert not (unsure & (bit(chest, RIGHT) | bit(chest, LEFT))).any()
    assert unsure.any()  # dense tissue near a lesion may be lung
    assert chest.hu[unsure].mean() > -300


def test_classical_lungs_lie_on_the_grid_of_the_volume() -> None:
    found = classical_lungs(ct().volume)
    assert found.array.shape == SHAPE
    assert found.geometry == ct().volume.geometry


def test_lungs_drawn_without_sides_take_the_side_of_the_nearest_found_lung() -> None:
    lungs = np.zeros((1, 4, 8), dtype=np.uint8)
    lungs[0, 1] = 3
    lungs[0, 2, 0] = 2  # drawn with a side: kept
    found = np.zeros_like(lungs)
    found[0, 1, 1], found[0, 1, 6] = 1, 2
    out = sided(lungs, found)
    assert out[0, 1].tolist() == [1, 1, 1, 1, 2, 2, 2, 2]
    assert out[0, 2, 0] == 2
    assert not out[0, [0, 3]].any()


def test_a_chest_is_kept_and_read_again(tmp_path: Path) -> None:
    chest = tiny_chest("a", "drawn", 1)
    chest.save(tmp_path / "a.npz")
    again = TrainingChest.load(tmp_path / "a.npz")
    for field in fields(TrainingChest):
        assert np.array_equal(getattr(chest, field.name), getattr(again, field.name))
    assert again.known == HEADS
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_a_chest_gives_picture_and_lungs_to_put_lesions_into() -> None:
    chest = tiny_chest("a", "drawn", 1)
    volume, lungs = as_volume(chest)
    assert volume.geometry.spacing_mm == pytest.approx((4.0, 1.6, 1.6))
    assert np.array_equal(lungs.array == 1, bit(chest, RIGHT))
    assert np.array_equal(lungs.array == 2, bit(chest, LEFT))
    volume.geometry.require_same_grid(lungs.geometry, what="lungs")


def test_made_lesions_and_fluid_become_targets_of_every_head() -> None:
    base = tiny_chest("a", "clean", 1)
    volume, lungs = as_volume(base)
    options = SynthesisOptions(variant="train", seed=1, percent=20.0, consolidation_share=0.5)
    made: Synthetic = synthesise(volume, lungs, options)
    chest = of_synthetic("made", base, made)
    assert (chest.name, chest.kind, chest.known) == ("made", "synthetic", HEADS)
    assert np.array_equal(bit(chest, DENSE), made.lesions.array == 2)
    assert bit(chest, DENSE).any()
    assert chest.lesion.sum() / 255 == pytest.approx((made.lesions.array > 0).sum(), rel=0.05)
    assert chest.hu is made.volume.array
