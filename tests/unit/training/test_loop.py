"""The loss counts what is known, and the loop writes down what it does."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import torch
from tiny_chests import tiny_chest, tiny_config
from torch import Tensor

from groundglass.errors import InputError
from groundglass.training.chests import HEADS
from groundglass.training.loop import LESION, Stage, _rate, loss_of, train
from groundglass.training.samples import Batch

SHAPE = (2, len(HEADS), 16, 16)


def batch_of(target: Tensor, weight: Tensor | None = None, made: tuple[bool, bool] = (False, False)) -> Batch:
    known = torch.ones(SHAPE) if weight is None else weight
    return Batch(torch.zeros(2, 3, 16, 16), target, known, torch.tensor(made))


def half() -> Tensor:
    target = torch.zeros(SHAPE)
    target[..., :8] = 1
    return target


def stage(steps: int = 4, name: str = "tiny", seed: int = 7) -> Stage:
    return Stage(name, steps, 0.01, seed, [tiny_chest("a", "drawn", 1)], None, 2)


def test_a_right_answer_costs_next_to_nothing_and_a_wrong_one_much() -> None:
    right, parts = loss_of(half() * 40 - 20, batch_of(half()), 1.0)
    wrong, _ = loss_of(20 - half() * 40, batch_of(half()), 1.0)
    assert float(right) < 0.01
    assert float(wrong) > 10
    assert len(parts) == len(HEADS)
    assert sum(parts) == pytest.approx(float(right), abs=1e-6)


def test_what_is_not_known_costs_nothing_and_teaches_nothing() -> None:
    weight = torch.ones(SHAPE)
    weight[:, 1] = 0
    weight[:, :, 8:] = 0
    logits = torch.zeros(SHAPE, requires_grad=True)
    loss, parts = loss_of(logits, batch_of(half(), weight), 1.0)
    loss.backward()  # type: ignore[no-untyped-call]  # the stubs do not type it
    assert parts[1] == 0
    assert logits.grad is not None
    assert not logits.grad[:, 1].any()
    assert not logits.grad[:, :, 8:].any()
    assert logits.grad[:, 0, :8].all()


@pytest.mark.parametrize("made_weight", [0.0, 0.5, 1.0])
def test_made_lesions_teach_the_lesion_head_by_their_weight_and_no_other_head_less(made_weight: float) -> None:
    logits = torch.zeros(SHAPE, requires_grad=True)
    batch = batch_of(half(), made=(True, False))
    loss, _ = loss_of(logits, batch, made_weight)
    loss.backward()  # type: ignore[no-untyped-call]  # the stubs do not type it
    assert logits.grad is not None
    made, drawn = (logits.grad[i].abs().sum((1, 2)) for i in (0, 1))
    assert float(made[LESION]) == pytest.approx(made_weight * float(drawn[LESION]), rel=1e-4)
    others = [i for i in range(len(HEADS)) if i != LESION]
    assert torch.allclose(made[others], drawn[others])
    # the batch itself stays as it was
    assert bool((batch.weight == 1).all())


def test_the_rate_warms_up_and_falls_to_nothing() -> None:
    plan = stage(steps=1000)
    rates = [_rate(step, plan) for step in range(1000)]
    assert rates[0] == pytest.approx(0.01 / 50)
    assert 0.0099 < max(rates) <= 0.01
    assert rates.index(max(rates)) < 60
    assert rates[-1] < 1e-7


def test_the_log_has_a_line_every_20_steps_and_one_at_the_end(tmp_path: Path) -> None:
    said: list[str] = []
    config = tiny_config(mixture={"drawn": 1.0})
    assert train(stage(25), config, tmp_path, tell=said.append) is not None
    with (tmp_path / "tiny.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["step"] for row in rows] == ["20", "25"]
    assert list(rows[0]) == ["step", "loss", *HEADS, "rate"]
    for row in rows:
        assert float(row["loss"]) == pytest.approx(sum(float(row[head]) for head in HEADS), abs=1e-3)
    assert [line.split(",")[0] for line in said] == ["tiny: step 20 of 25", "tiny: step 25 of 25"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tiny.csv", "tiny.pt"]


def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    config = tiny_config(mixture={"drawn": 1.0})
    first = train(stage(), config, tmp_path, tell=lambda _: None)
    said: list[str] = []
    again = train(stage(), config, tmp_path, tell=said.append)
    assert said == []
    assert first is not None
    assert again is not None
    assert all(torch.equal(first[name], again[name]) for name in first)


def test_the_checkpoint_of_another_seed_or_configuration_is_refused(tmp_path: Path) -> None:
    config = tiny_config(mixture={"drawn": 1.0})
    train(stage(), config, tmp_path, tell=lambda _: None)
    before = (tmp_path / "tiny.pt").read_bytes()
    for plan, other in ((stage(seed=8), config), (stage(), tiny_config(mixture={"drawn": 1.0}, decay=0.5))):
        with pytest.raises(InputError) as caught:
            train(plan, other, tmp_path, tell=lambda _: None)
        assert caught.value.code == "CHECKPOINT_DIFFERS"
    assert (tmp_path / "tiny.pt").read_bytes() == before


@pytest.mark.parametrize("content", [{"step": 3}, [1, 2], {"identity": None, "network": 3}])
def test_a_file_of_torch_that_is_no_checkpoint_is_refused(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "tiny.pt")
    with pytest.raises(InputError) as caught:
        train(stage(), tiny_config(mixture={"drawn": 1.0}), tmp_path, tell=lambda _: None)
    assert caught.value.code in {"CHECKPOINT_DAMAGED", "CHECKPOINT_DIFFERS"}


def test_a_checkpoint_runs_no_code_of_its_own(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "was_here",)

    torch.save({"identity": Evil()}, tmp_path / "tiny.pt")
    with pytest.raises(InputError, match="cannot be read"):
        train(stage(), tiny_config(mixture={"drawn": 1.0}), tmp_path, tell=lambda _: None)
    assert not (tmp_path / "was_here").exists()


def test_a_checkpoint_cut_off_is_refused(tmp_path: Path) -> None:
    config = tiny_config(mixture={"drawn": 1.0})
    train(stage(), config, tmp_path, tell=lambda _: None)
    whole = (tmp_path / "tiny.pt").read_bytes()
    (tmp_path / "tiny.pt").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError) as caught:
        train(stage(), config, tmp_path, tell=lambda _: None)
    assert caught.value.code == "CHECKPOINT_DAMAGED"
