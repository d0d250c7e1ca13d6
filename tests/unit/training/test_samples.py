"""Samples are drawn from the chests that the mixture names, the same ones from the same seed, with honest weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny_chests import SLICES, tiny_chest, tiny_config

from groundglass.errors import InputError
from groundglass.training.chests import DENSE, HEADS, UNSURE, TrainingChest
from groundglass.training.config import TrainingConfig
from groundglass.training.samples import Batch, Sampler

KNOWN_LUNGS = ("right", "left")


def sampler(*chests: TrainingChest, config: TrainingConfig | None = None, seed: int = 1) -> Sampler:
    return Sampler(chests, config or tiny_config(batch=8), np.random.default_rng(seed))


def both_kinds() -> tuple[TrainingChest, TrainingChest]:
    return tiny_chest("a", "drawn", 1), tiny_chest("b", "phantom", 2)


def test_a_batch_has_hu_targets_and_weights_of_every_head() -> None:
    batch = sampler(*both_kinds()).batch()
    assert batch.hu.shape == (8, 3, 32, 48)
    assert batch.target.shape == batch.weight.shape == (8, len(HEADS), 32, 48)
    assert batch.hu.dtype == batch.target.dtype == batch.weight.dtype == torch.float32
    assert float(batch.hu.min()) >= -1024
    assert float(batch.hu.max()) <= 3071
    assert float(batch.hu.max()) > -100
    assert float(batch.target.min()) >= 0
    assert float(batch.target.max()) <= 1
    assert float(batch.weight.min()) >= 0


def test_the_same_seed_draws_the_same_samples_and_another_draws_others() -> None:
    chests = both_kinds()
    first, again, other = (sampler(*chests, seed=seed) for seed in (1, 1, 2))
    for _ in range(2):
        one, two, three = first.batch(), again.batch(), other.batch()
        for name in ("hu", "target", "weight", "made"):
            assert torch.equal(getattr(one, name), getattr(two, name))
        assert not torch.equal(one.hu, three.hu)


def test_kinds_are_drawn_by_their_shares_and_what_was_made_is_marked() -> None:
    source = sampler(*both_kinds(), config=tiny_config(batch=400, mixture={"drawn": 0.75, "phantom": 0.25, "clean": 5}))
    assert float(source.batch().made.float().mean()) == pytest.approx(0.25, abs=0.07)
    assert not sampler(both_kinds()[0]).batch().made.any()


@pytest.mark.parametrize("mixture", [{"clean": 1.0}, {"clean": 1.0, "drawn": 0.0}])
def test_a_mixture_without_any_chest_of_its_kinds_is_refused(mixture: dict[str, float]) -> None:
    with pytest.raises(InputError) as caught:
        sampler(*both_kinds(), config=tiny_config(mixture=mixture))
    assert caught.value.code == "TRAINING_DATA"
    assert caught.value.what.endswith(": clean")


def test_heads_that_nobody_labelled_teach_nothing() -> None:
    chest = replace(tiny_chest("a", "lungs", 1), known=KNOWN_LUNGS)
    batch = sampler(chest, config=tiny_config(mixture={"lungs": 1.0})).batch()
    for i, head in enumerate(HEADS):
        assert bool(batch.weight[:, i].any()) is (head in KNOWN_LUNGS)


def test_opacity_is_taught_where_lesions_are() -> None:
    batch = sampler(*both_kinds()).batch()
    lesion, opacity = HEADS.index("lesion"), HEADS.index("opacity")
    assert torch.equal(batch.target[:, lesion], batch.target[:, opacity])
    assert torch.equal(batch.weight[:, lesion], batch.weight[:, opacity])


def test_what_may_or_may_not_be_lung_teaches_the_lung_heads_nothing() -> None:
    chest = tiny_chest("a", "drawn", 1)
    _, target, sure = sampler(chest)._one(0)
    doubtful = replace(chest, target=(chest.target | np.uint8(UNSURE)))
    _, same, unsure = sampler(doubtful)._one(0)
    assert np.array_equal(target, same)
    for head in ("right", "left", "dense"):
        assert sure[HEADS.index(head)].all()
        assert not unsure[HEADS.index(head)].any()
    assert np.array_equal(sure[HEADS.index("lesion")], unsure[HEADS.index("lesion")])


def test_airless_lung_counts_for_more_in_the_outline() -> None:
    chest = tiny_chest("a", "drawn", 1)
    dense = (chest.target & DENSE) > 0
    assert dense.any()
    source = sampler(chest, config=tiny_config(hit_share=1.0, dense_weight=5.0))
    _, target, weight = source._one(0)
    found = target[HEADS.index("dense")] > 0
    assert found.any()
    assert set(np.unique(weight[0][found])) == {5.0}
    assert set(np.unique(weight[0][~found])) == {1.0}
    assert set(np.unique(weight[2])) == {1.0}


def test_samples_meant_to_show_a_lesion_show_one() -> None:
    chest = tiny_chest("a", "drawn", 1)
    lesion = np.zeros_like(chest.lesion)
    lesion[5] = chest.lesion[5]
    source = sampler(replace(chest, lesion=lesion), config=tiny_config(hit_share=1.0))
    assert all(source._one(0)[1][HEADS.index("lesion")].max() == 1 for _ in range(10))
    never = sampler(replace(chest, lesion=lesion), config=tiny_config(hit_share=0.0))
    assert any(never._one(0)[1][HEADS.index("lesion")].max() == 0 for _ in range(10))


def test_slices_that_are_not_usable_are_never_the_middle_of_a_sample() -> None:
    chest = tiny_chest("a", "drawn", 1)
    only = np.zeros(SLICES, dtype=bool)
    only[4] = True
    marked = replace(
        chest,
        usable=only,
        lesion=np.where(np.arange(SLICES)[:, None, None] == 4, 255, 0).astype(np.uint8) * np.ones_like(chest.lesion),
    )
    source = sampler(marked, config=tiny_config(hit_share=0.5))
    assert all(source._one(0)[1][HEADS.index("lesion")].min() == 1 for _ in range(10))


def test_a_mirrored_patient_keeps_right_and_left() -> None:
    chest = tiny_chest("a", "drawn", 1)
    batch = sampler(chest, config=tiny_config(batch=12, shape=(160, 224))).batch()
    columns = torch.arange(224.0)
    for target in batch.target:
        right, left = ((side.sum(0) * columns).sum() / side.sum() for side in target[:2])
        assert right < left


def test_beyond_the_canvas_nothing_is_known() -> None:
    chest = tiny_chest("a", "drawn", 1)
    wide = tiny_config(batch=8, shape=(320, 320))  # far more than the canvas holds
    batch: Batch = sampler(chest, config=wide).batch()
    assert not batch.weight[:, :, :8, :8].any()
    assert float(batch.hu[:, :, :8, :8].mean()) < -900
    assert batch.weight[:, :, 150:170, 150:170].any()
