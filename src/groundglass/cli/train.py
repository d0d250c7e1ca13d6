"""``groundglass train``: make the networks again, or make your own."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from groundglass.errors import UsageError

PARTS = ("prepare", "pretrain", "all", "final")


def train(
    config: Path,
    data: Path,
    /,
    *,
    out: Annotated[Path, Parameter(name=["--out", "-o"])],
    part: str = "all",
    folds: Path | None = None,
    threads: int = 2,
) -> int:
    """Train networks: a fold at a time, each kept as it ends; started again it goes on where it was stopped.

    Parameters
    ----------
    config : Path
        Configuration (TOML).
    data : Path
        Folder that holds the sets named by the folds.
    out : Path
        Folder for chests, checkpoints, logs, networks and records of held-out patients.
    part : str
        prepare, pretrain, the number of a fold, final (the network that ships, from every volume), or all.
    folds : Path
        Which patient is in which fold (JSON); default: the folds of the network that ships.
    threads : int
        Threads of torch.
    """
    from groundglass.training.config import TrainingConfig
    from groundglass.training.folds import load_folds, read_folds
    from groundglass.training.run import TrainingRun, require_torch
    from groundglass.training.run import threads as use_threads

    frozen = read_folds(folds) if folds is not None else load_folds()
    numbers = sorted({v.fold for v in frozen.volumes.values() if v.fold is not None})
    if part not in PARTS and not (part.isdigit() and int(part) in numbers):
        todo = f"give one of {', '.join([*PARTS, *map(str, numbers)])}"
        raise UsageError("USAGE", what=f"there is no part {part!r}", where="option --part", todo=todo)
    settings = TrainingConfig.read(config)
    require_torch()
    use_threads(threads)
    stopped = False

    def on_signal(_number: int, _frame: object) -> None:
        nonlocal stopped
        stopped = True
        sys.stderr.write("stopping as soon as what is at hand is done; started again, training goes on from here\n")

    run = TrainingRun(settings, frozen, data, out, _tell, lambda: stopped)
    todo_parts = [*numbers, "final"] if part == "all" else [int(part) if part.isdigit() else part]
    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        for each in todo_parts:
            if not run.do(each):  # type: ignore[arg-type]  # checked above
                return 130
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
    return 0


def _tell(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
