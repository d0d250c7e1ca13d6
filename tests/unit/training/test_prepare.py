"""Chests are made once and kept; made lesions add to what was drawn and claim no more than is known."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_chests import tiny_chest, tiny_config, write_set

from groundglass.datasets.formats import open_set
from groundglass.training import prepare
from groundglass.training.chests import DENSE, EFFUSION, HEADS, UNSURE, TrainingChest
from groundglass.training.prepare import PHANTOM_PERCENT, THIN_SLICES, phantom_options, phantoms, real, synthetic


def unwanted(*_: Any, **__: Any) -> Any:
    raise AssertionError("made again")


def quick(base: TrainingChest, name: str, seed: int) -> TrainingChest:
    """Stand in for the making of lesions."""
    return replace(base, name=name, kind="synthetic", hu=base.hu + np.int16(seed % 7))


def test_phantoms_are_of_the_train_variant_and_of_every_involvement() -> None:
    options = [phantom_options(seed) for seed in range(1, 25)]
    assert {one.variant for one in options} == {"train"}
    assert Counter(one.involvement for one in options) == dict.fromkeys(PHANTOM_PERCENT, 3)
    assert {one.position for one in options} == {"HFS", "HFP"}
    assert len({one.seed for one in options}) == 24
    assert phantom_options(3) == phantom_options(3)


def test_phantoms_that_are_there_are_not_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in (1, 2):
        name = f"phantom_{seed:03d}"
        tiny_chest(name, "phantom", seed).save(tmp_path / f"{name}.npz")
    monkeypatch.setattr(prepare, "make", unwanted)
    said: list[str] = []
    assert [c.name for c in phantoms(tiny_config(phantoms=2), tmp_path, said.append)] == ["phantom_001", "phantom_002"]
    assert phantoms(tiny_config(phantoms=0), tmp_path, said.append) == []
    assert said == []
    with pytest.raises(AssertionError, match="made again"):
        phantoms(tiny_config(phantoms=3), tmp_path, said.append)
    assert said == ["phantom 3 of 3"]


def test_chests_of_cts_are_kept_under_the_hash_of_their_voxels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_set(tmp_path / "made", ("made_1",))
    (ct,) = open_set(tmp_path / "made")
    monkeypatch.setattr(prepare, "of_ct", lambda ct, clean: tiny_chest(ct.name, "clean" if clean else "drawn", 1))
    (first,) = real([(ct, True)], tmp_path / "real", lambda _: None)
    assert first.kind == "clean"
    assert [path.name for path in (tmp_path / "real").iterdir()] == [f"made_1-{ct.voxels_sha256[:12]}.npz"]
    monkeypatch.setattr(prepare, "of_ct", unwanted)
    (again,) = real([(ct, True)], tmp_path / "real", lambda _: None)
    assert np.array_equal(first.hu, again.hu)
    with pytest.raises(AssertionError, match="made again"):
        list(real([(replace(ct, voxels_sha256="2" * 64), True)], tmp_path / "real", lambda _: None))


@pytest.mark.parametrize(
    ("kind", "wanted", "count"),
    [("clean", 4, 4), ("lungs", 4, 4), ("drawn", 4, 2), ("drawn", 1, 1), ("drawn", 0, 0), ("clean", 0, 0)],
)
def test_lesions_are_put_into_chests_without_drawn_ones_twice_as_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, wanted: int, count: int
) -> None:
    monkeypatch.setattr(prepare, "_with_lesions", quick)
    base, config = tiny_chest("a", kind, 1), tiny_config(synthetic=wanted)
    made = synthetic(base, config, tmp_path, lambda _: None)
    assert [chest.name for chest in made] == [f"a-made-7-{i}" for i in range(count)]
    monkeypatch.setattr(prepare, "_with_lesions", unwanted)
    again = synthetic(base, config, tmp_path, lambda _: None)
    assert all(np.array_equal(a.hu, b.hu) for a, b in zip(made, again, strict=True))


def test_chests_of_many_thin_slices_are_thinned_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "_with_lesions", quick)
    base = tiny_chest("a", "clean", 1)
    times = -(-(2 * THIN_SLICES + 1) // base.hu.shape[0])
    long = replace(
        base, hu=np.repeat(base.hu, times, 0), target=np.repeat(base.target, times, 0),
        lesion=np.repeat(base.lesion, times, 0), usable=np.repeat(base.usable, times), slice_mm=0.7,
    )  # fmt: skip
    (made,) = synthetic(long, tiny_config(synthetic=1), tmp_path, lambda _: None)
    assert made.hu.shape[0] <= THIN_SLICES
    assert made.hu.shape[0] == made.target.shape[0] == made.lesion.shape[0] == made.usable.size
    assert made.slice_mm == pytest.approx(3 * 0.7)


@pytest.fixture(scope="module")
def bases() -> dict[str, TrainingChest]:
    drawn = tiny_chest("a", "drawn", 1)
    target = drawn.target.copy()
    target[:, :2, :2] |= UNSURE
    return {kind: replace(drawn, kind=kind, target=target) for kind in ("drawn", "lungs", "clean")}


def with_lesions(base: TrainingChest) -> TrainingChest:
    return prepare._with_lesions(base, "made", 11)


def test_what_was_drawn_stays_under_made_lesions(bases: dict[str, TrainingChest]) -> None:
    base = bases["drawn"]
    made = with_lesions(base)
    assert (made.lesion >= base.lesion).all()
    assert (made.lesion > base.lesion).any()
    dense, fluid = (base.target & DENSE) > 0, (made.target & EFFUSION) > 0
    assert ((made.target & DENSE) > 0)[dense & ~fluid].all()
    assert ((made.target & UNSURE) > 0)[:, :2, :2].all()
    assert made.known == HEADS


def test_lungs_in_which_nobody_looked_for_lesions_teach_none(bases: dict[str, TrainingChest]) -> None:
    assert with_lesions(bases["lungs"]).known == ("right", "left", "dense", "effusion")
    assert with_lesions(bases["clean"]).known == HEADS


def test_the_same_seed_makes_the_same_lesions(bases: dict[str, TrainingChest]) -> None:
    first, second = with_lesions(bases["clean"]), with_lesions(bases["clean"])
    assert np.array_equal(first.hu, second.hu)
    assert np.array_equal(first.lesion, second.lesion)
    assert not np.array_equal(first.hu, prepare._with_lesions(bases["clean"], "made", 12).hu)
