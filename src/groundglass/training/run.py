"""A whole training: chests prepared, a start learned from invented ones, folds, and the network that ships."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from groundglass.analysis.networks import ChestNetwork
from groundglass.datasets.formats import LabelledCt, open_set
from groundglass.errors import OUTPUT_FAILED, InputError, UnavailableError, declare
from groundglass.training.config import TRAINING_DATA, TrainingConfig
from groundglass.training.folds import Folds, FoldVolume
from groundglass.training.held_out import read_held_out

if TYPE_CHECKING:
    from torch import Tensor

    from groundglass.datasets.assessment import CtRecord
    from groundglass.training.chests import TrainingChest

TORCH_MISSING = declare("TORCH_MISSING", "Training needs torch, which is not installed.")

Part = Literal["prepare", "pretrain", "final"] | int
"""What is done: chests made, the start, one fold by its number, or the network that ships, from every volume."""


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """Where a training finds and leaves its things.

    Attributes
    ----------
    config : TrainingConfig
        How.
    folds : Folds
        Which patient is in which fold.
    data : Path
        Folder that holds the sets; every sub-folder that a reader knows is looked through.
    out : Path
        Cache, checkpoints, logs, networks.
    tell : callable
        Gets a line now and then.
    stop : callable
        True asks for an early end: after the step, chest or CT at hand, with a checkpoint where there are steps.
    """

    config: TrainingConfig
    folds: Folds
    data: Path
    out: Path
    tell: Callable[[str], None]
    stop: Callable[[], bool] = lambda: False

    def do(self, part: Part) -> bool:
        """Do one part, and what it needs first; what is done already is not done again.

        Returns
        -------
        bool
            Whether it was finished; False where it was stopped.

        Raises
        ------
        UnavailableError
            ``TORCH_MISSING``.
        InputError
            ``TRAINING_DATA`` if the folder of the sets, a volume or the fold is missing, a volume is another than was
            frozen, one patient lies in two folds, or the mixture names no kind of chest that is there;
            ``CHECKPOINT_DIFFERS``; ``CHECKPOINT_DAMAGED``; ``WEIGHTS_NOT_FINITE``; what the readers of the sets raise.
        """
        require_torch()
        self._check(part)
        try:
            self.out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UnavailableError(
                OUTPUT_FAILED, what="it is no folder that can be made", where=self.out.name, todo="give another folder"
            ) from error
        try:
            return self._do(part)
        except _Stopped:
            return False

    def _do(self, part: Part) -> bool:
        if part == "prepare":
            self.chests(())
            return True
        start = self._start()
        if start is None:
            return False
        if part == "pretrain":
            return True
        held = set() if part == "final" else set(self.folds.names_in(int(part)))
        return self._learn(part, held, start)

    def chests(self, held: Sequence[str] | set[str]) -> list[TrainingChest]:
        """Return every chest but those of the patients held out.

        Parameters
        ----------
        held : collection of str
            Names of volumes that must not be seen.
        """
        from groundglass.training.prepare import phantoms, real, synthetic

        cache = self.out / "chests"
        out = []
        for chest in real(self._cts(set(held)), cache / "real", self._tell_unless_stopped):
            out.append(chest)
            out.extend(synthetic(chest, self.config, cache / "made", self._tell_unless_stopped))
        return out + phantoms(self.config, cache / "phantoms", self._tell_unless_stopped)

    def _check(self, part: Part) -> None:
        for found in self.folds.contradictions():
            raise InputError(
                TRAINING_DATA, what=f"{', '.join(found.names)}: {found.detail}", where="the folds",
                todo="put every volume of a patient into one fold",
            )  # fmt: skip
        if isinstance(part, int) and not self.folds.names_in(part):
            raise InputError(
                TRAINING_DATA, what=f"there is no fold {part}", where="the folds",
                todo="choose another, or final",
            )  # fmt: skip
        if not self.data.is_dir():
            raise InputError(
                TRAINING_DATA, what="there is no such folder", where=self.data.name,
                todo="give the folder that holds the sets",
            )  # fmt: skip

    def _tell_unless_stopped(self, line: str) -> None:
        if self.stop():
            raise _Stopped
        self.tell(line)

    def _cts(self, held: set[str]) -> Iterator[tuple[LabelledCt, bool]]:
        wanted = {v.name: v for v in self.folds.volumes.values() if v.fold is not None and v.name not in held}
        for folder in sorted(p for p in [self.data, *self.data.iterdir()] if p.is_dir()):
            try:
                labelled = open_set(folder)
            except InputError:
                continue  # a folder of something else
            for name in labelled.names:
                if name in wanted:
                    if self.stop():
                        raise _Stopped
                    ct = labelled[name]
                    volume = wanted.pop(name)
                    _check(ct, volume)
                    yield ct, "no lesions" in volume.use
        if wanted:
            raise InputError(
                TRAINING_DATA, what=f"{len(wanted)} volumes of the folds are missing: {', '.join(sorted(wanted)[:5])}",
                where=self.data.name, todo="give the folder that holds the sets",
            )  # fmt: skip

    def _start(self) -> dict[str, Tensor] | None:
        from groundglass.training.loop import Stage, train
        from groundglass.training.prepare import phantoms

        chests = phantoms(self.config, self.out / "chests" / "phantoms", self._tell_unless_stopped)
        if not chests or not self.config.pretrain_steps:
            return {}
        config = self.config
        steps = config.pretrain_steps
        stage = Stage("start", steps, config.pretrain_rate, config.seed, chests, None, steps)
        return train(stage, config.only("phantom"), self.out, tell=self.tell, stop=self.stop)

    def _learn(self, part: Part, held: set[str], start: dict[str, Tensor]) -> bool:
        from groundglass.training.chests import HEADS
        from groundglass.training.export import export
        from groundglass.training.loop import Stage, train
        from groundglass.training.plots import draw_log

        config = self.config
        name = "final" if part == "final" else f"fold{part}"
        seed = config.seed + (100 if part == "final" else int(part))
        until = round(config.steps * config.made_lesions_until)
        stage = Stage(name, config.steps, config.rate, seed, self.chests(held), start or None, until)
        weights = train(stage, config, self.out, tell=self.tell, stop=self.stop)
        if weights is None:
            return False
        seen = sorted(v.name for v in self.folds.volumes.values() if v.fold is not None and v.name not in held)
        notes = {"trained_on": " ".join(seen), "config": json.dumps(config.as_dict()), "part": name}
        export(weights, HEADS, self.out / f"{name}.onnx", notes=notes)
        draw_log(self.out / f"{name}.csv")
        self.tell(f"{name}: written to {name}.onnx")
        if part != "final":
            self.read_held_out(int(part))
        return True

    def read_held_out(self, fold: int) -> list[CtRecord]:
        """Read the patients of a fold with the network that never saw them.

        Parameters
        ----------
        fold : int
            Its network is there already.
        """
        content = (self.out / f"fold{fold}.onnx").read_bytes()
        others = {v.name for v in self.folds.volumes.values() if v.fold != fold}
        cts = (ct for ct, _ in self._cts(others))
        network = ChestNetwork(content, f"fold{fold}", threads=1)
        return read_held_out(cts, network, self.out / "held_out", fold=fold, tell=self.tell)


class _Stopped(Exception):  # noqa: N818 - it is no error, and nobody outside meets it
    """A stop was asked for between two steps of the loop."""


def require_torch() -> None:
    """Check that torch is there.

    Raises
    ------
    UnavailableError
        ``TORCH_MISSING``.
    """
    try:
        import onnx  # noqa: F401 - is it there?
        import torch  # noqa: F401 - is it there?
    except ImportError as error:
        raise UnavailableError(
            TORCH_MISSING, what=f"{error.name} is not installed", where="training",
            todo="install groundglass with its extra: pip install 'groundglass[train]'",
        ) from error  # fmt: skip


def threads(count: int) -> None:
    """Let torch use so many threads."""
    import torch

    torch.set_num_threads(max(1, count))


def _check(ct: LabelledCt, volume: FoldVolume) -> None:
    if ct.voxels_sha256 != volume.voxels_sha256:
        raise InputError(
            TRAINING_DATA, what=f"{ct.name} is not the volume that was frozen: its SHA-256 differs", where=ct.name,
            todo="give the volume of the folds, or make folds of your own",
        )  # fmt: skip
    if not np.any(ct.volume.array):
        raise InputError(TRAINING_DATA, what=f"{ct.name} is empty", where=ct.name, todo="leave it out of the folds")
