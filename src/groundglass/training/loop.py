"""The training loop: resumable at every checkpoint, to the same weights."""

from __future__ import annotations

import csv
import math
import pickle
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from groundglass.errors import InputError, declare
from groundglass.training.chests import HEADS, TrainingChest
from groundglass.training.config import TrainingConfig
from groundglass.training.network import Network
from groundglass.training.samples import Batch, Sampler

CHECKPOINT_DIFFERS = declare("CHECKPOINT_DIFFERS", "A training cannot go on from the checkpoint of another training.")
CHECKPOINT_DAMAGED = declare("CHECKPOINT_DAMAGED", "The checkpoint of a training cannot be read.")
UNREADABLE = (
    OSError, EOFError, RuntimeError, ValueError, TypeError, LookupError, AttributeError, pickle.UnpicklingError,
)  # fmt: skip
"""What torch raises on files that are cut off, overwritten or no checkpoint at all: its errors have no common root."""
CHECKPOINT_STEPS = 100
LOG_STEPS = 20
LESION = HEADS.index("lesion")


@dataclass(frozen=True, slots=True)
class Stage:
    """One run of the loop.

    Attributes
    ----------
    name : str
        Names its files: ``NAME.pt``, ``NAME.csv``.
    steps : int
        Batches.
    rate : float
        Highest learning rate.
    seed : int
        Of samples and weights.
    chests : sequence of TrainingChest
        What is sampled.
    start : dict or None
        Weights to begin with.
    drawn_only_from : int
        From this step on made lesions no longer teach the lesion head.
    """

    name: str
    steps: int
    rate: float
    seed: int
    chests: Sequence[TrainingChest]
    start: dict[str, Tensor] | None
    drawn_only_from: int


def loss_of(logits: Tensor, batch: Batch, made_weight: float) -> tuple[Tensor, list[float]]:
    """Return cross-entropy plus soft Dice, head by head, where targets are known.

    Parameters
    ----------
    logits : (sample, head, row, column) float32
        Of the network.
    batch : Batch
        With targets and weights.
    made_weight : float
        Weight of made lesions for the lesion head.

    Returns
    -------
    loss : scalar tensor
        To be minimised.
    parts : list of float
        By head.
    """
    weight = batch.weight
    if made_weight < 1:
        weight = weight.clone()
        weight[batch.made.to(weight.device), LESION] *= made_weight
    entropy = functional.binary_cross_entropy_with_logits(logits, batch.target, reduction="none") * weight
    known = weight.sum((0, 2, 3))
    p = torch.sigmoid(logits) * weight
    both = (p * batch.target).sum((0, 2, 3))
    either = p.sum((0, 2, 3)) + (batch.target * weight).sum((0, 2, 3))
    overlap = 1 - (2 * both + 50) / (either + 50)
    heads = entropy.sum((0, 2, 3)) / known.clamp(min=1) * 3 + overlap * (known > 0)
    return heads.sum(), [float(h) for h in heads.detach()]


def train(
    stage: Stage,
    config: TrainingConfig,
    folder: Path,
    *,
    tell: Callable[[str], None],
    stop: Callable[[], bool] = lambda: False,
) -> dict[str, Tensor] | None:
    """Train one stage, from its checkpoint if there is one.

    Parameters
    ----------
    stage : Stage
        What to do.
    config : TrainingConfig
        How.
    folder : Path
        For checkpoint and log.
    tell : callable
        Gets a line now and then.
    stop : callable
        True asks for a checkpoint and a return with None.

    Returns
    -------
    dict of str to Tensor or None
        Weights, float32 on the CPU; None where it was stopped.

    Raises
    ------
    InputError
        ``CHECKPOINT_DIFFERS`` if the checkpoint belongs to another configuration; ``CHECKPOINT_DAMAGED`` if it cannot
        be read; ``TRAINING_DATA`` if there is no chest of any kind that the mixture names.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(stage.seed)
    random = np.random.default_rng(stage.seed)
    network = Network(len(HEADS), config.width)
    if stage.start is not None:
        network.load_state_dict(stage.start)
    network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # the stubs lack it
    mean = {name: value.detach().clone() for name, value in network.state_dict().items()}
    optimiser = torch.optim.AdamW(network.parameters(), stage.rate, weight_decay=config.decay)
    sampler = Sampler(stage.chests, config, random)
    path, log = folder / f"{stage.name}.pt", folder / f"{stage.name}.csv"
    first = 0
    marks = [stage.name, stage.steps, stage.rate, stage.seed, stage.drawn_only_from]
    identity = {"config": config.as_dict(), "stage": marks}
    if path.exists():
        try:
            # tensors and plain values only: a file from elsewhere may run nothing here
            kept = torch.load(path, map_location=device, weights_only=True)
            same = kept["identity"] == identity
            if same:
                network.load_state_dict(kept["network"])
                optimiser.load_state_dict(kept["optimiser"])
                mean = {name: kept["mean"][name] for name in mean}
                random.bit_generator.state = kept["random"]
                torch.set_rng_state(kept["torch"].cpu())
                first = int(kept["step"])
        except UNREADABLE as error:
            raise InputError(
                CHECKPOINT_DAMAGED, what="the checkpoint cannot be read", where=path.name,
                todo="delete it, and this part begins again",
            ) from error  # fmt: skip
        if not same:
            raise InputError(
                CHECKPOINT_DIFFERS, what="its configuration differs from the one given", where=path.name,
                todo="give another output folder, or the configuration it was begun with",
            )  # fmt: skip
    _forget(log, first)

    def keep(step: int) -> None:
        stage_path = path.with_suffix(".part")
        torch.save(
            {
                "identity": identity, "network": network.state_dict(), "optimiser": optimiser.state_dict(),
                "mean": mean, "random": random.bit_generator.state, "torch": torch.get_rng_state(), "step": step,
            },
            stage_path,
        )  # fmt: skip
        stage_path.replace(path)

    begun, sums, count = time.monotonic(), np.zeros(1 + len(HEADS)), 0
    network.train()
    for step in range(first, stage.steps):
        for group in optimiser.param_groups:
            group["lr"] = _rate(step, stage)
        batch = sampler.batch()
        batch = Batch(batch.hu.to(device), batch.target.to(device), batch.weight.to(device), batch.made)
        with torch.autocast(device.type, torch.bfloat16, enabled=config.bfloat16):
            logits = network(batch.hu.contiguous(memory_format=torch.channels_last))
        made_weight = config.made_weight if step < stage.drawn_only_from else 0.0
        loss, parts = loss_of(logits.float(), batch, made_weight)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # the stubs do not type it
        optimiser.step()
        if config.average:
            decay = min(config.average, (1 + step) / (10 + step))
            for name, value in network.state_dict().items():
                mean[name] = value.clone() if not value.is_floating_point() else mean[name].lerp(value, 1 - decay)
        sums += [float(loss.detach()), *parts]
        count += 1
        if (step + 1) % LOG_STEPS == 0 or step + 1 == stage.steps:
            _log(log, step + 1, sums / count, _rate(step, stage))
            left_min = (time.monotonic() - begun) / (step + 1 - first) * (stage.steps - step - 1) / 60
            done = f"step {step + 1} of {stage.steps}"
            tell(f"{stage.name}: {done}, loss {sums[0] / count:.3f}, {left_min:.0f} min left")
            sums, count = np.zeros(1 + len(HEADS)), 0
        stopping = stop()
        if (step + 1) % CHECKPOINT_STEPS == 0 or step + 1 == stage.steps or stopping:
            keep(step + 1)
        if stopping and step + 1 < stage.steps:
            return None
    chosen: dict[str, Any] = mean if config.average else network.state_dict()
    return {name: value.detach().cpu().clone() for name, value in chosen.items()}


def _rate(step: int, stage: Stage) -> float:
    warm = min(1.0, (step + 1) / 50)
    return warm * stage.rate * 0.5 * (1 + math.cos(math.pi * step / stage.steps))


def _forget(path: Path, step: int) -> None:
    """Drop lines of the log past a step: they were written after the checkpoint that training goes on from."""
    if not path.exists():
        return
    with path.open(newline="", encoding="utf-8") as stream:
        lines = stream.readlines()
    kept = [n for n in lines if n.endswith("\n") and (n.startswith("step,") or _step_of(n) <= step)]
    if kept != lines:
        stage = path.with_suffix(".csv.part")
        stage.write_text("".join(kept), encoding="utf-8", newline="")
        stage.replace(path)


def _step_of(line: str) -> float:
    number = line.split(",", 1)[0]
    return int(number) if number.isdigit() else math.inf


def _log(path: Path, step: int, losses: np.ndarray[Any, Any], rate: float) -> None:
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        if new:
            writer.writerow(["step", "loss", *HEADS, "rate"])
        writer.writerow([step, *(f"{v:.5f}" for v in losses), f"{rate:.6f}"])
