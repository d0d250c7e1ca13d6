"""What a training is told, in one TOML file."""

from __future__ import annotations

import math
import tomllib
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Self

from groundglass.errors import UsageError, declare

TRAINING_CONFIG = declare("TRAINING_CONFIG", "The configuration of a training cannot be used.")
TRAINING_DATA = declare("TRAINING_DATA", "The data of a training do not fit the folds frozen for it.")
KINDS = {"drawn", "lungs", "clean", "synthetic", "phantom"}
"""Kinds of chests that a mixture may name; see :class:`groundglass.training.chests.TrainingChest`."""
MULTIPLE = 16
"""The network halves rows and columns four times."""
SHARES = {"rate", "pretrain_rate", "decay", "hit_share", "made_lesions_until", "made_weight", "average"}
"""Settings from 0 to 1."""
MAY_BE_ZERO = {"seed", "pretrain_steps", "phantoms", "synthetic"}
"""Whole numbers that may be 0; all others are at least 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingConfig:
    """One training.

    Parameters
    ----------
    seed : int
        Of everything random.
    width : int
        Channels of the first level of the network; each level below has twice as many.
    pretrain_steps, steps : int
        Batches on invented chests only, shared by all folds; then batches on everything.
    batch : int
        Samples a batch.
    rate, pretrain_rate : float
        Highest learning rate; it falls along a half cosine.
    decay : float
        Weight decay of AdamW.
    shape : tuple of int
        Rows and columns of a sample.
    mixture : dict of str to float
        Share of the samples by kind of chest.
    hit_share : float
        Of samples from drawn chests, the share cut where something was drawn.
    made_lesions_until : float
        Up to this part of the steps the lesion head learns from made lesions too; after it from drawn ones only.
    made_weight : float
        Weight of made lesions in the loss of the lesion head while they count.
    dense_weight : float
        Weight of airless lung and of fluid in the loss of the lung heads.
    average : float
        Decay of the moving average of the weights; 0 takes the weights as they are.
    phantoms, synthetic : int
        Invented chests; chests with made lesions for each real one without.
    bfloat16 : bool
        Train in mixed precision.
    """

    seed: int = 7
    width: int = 16
    pretrain_steps: int = 500
    steps: int = 2000
    batch: int = 8
    rate: float = 1.5e-3
    pretrain_rate: float = 2e-3
    decay: float = 1e-4
    shape: tuple[int, int] = (160, 224)
    mixture: dict[str, float]
    hit_share: float = 0.67
    made_lesions_until: float = 0.4
    made_weight: float = 0.5
    dense_weight: float = 3.0
    average: float = 0.0
    phantoms: int = 24
    synthetic: int = 4
    bfloat16: bool = True

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a configuration.

        Raises
        ------
        UsageError
            ``TRAINING_CONFIG``, naming what is wrong.
        """
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise _off(f"it cannot be read: {error}", path) from error
        known = {f.name: f for f in fields(cls)}
        for name, value in table.items():
            if name not in known:
                raise _off(f"there is no setting {name!r}", path)
            if not _fits(name, value):
                raise _off(f"{name} is {value!r}", path)
        if "mixture" not in table:
            raise _off("mixture is missing", path)
        if "shape" in table:
            table["shape"] = tuple(table["shape"])
        return cls(**table)

    def only(self, kind: str) -> Self:
        """Return the same configuration with chests of one kind."""
        return replace(self, mixture={kind: 1.0})

    def as_dict(self) -> dict[str, object]:
        """Return plain values, for model cards and checkpoints."""
        return asdict(self)


def _fits(name: str, value: object) -> bool:
    """Tell whether a value may stand for a setting."""
    if name == "mixture":
        shares = list(value.values()) if isinstance(value, dict) else []
        return isinstance(value, dict) and set(value) <= KINDS and all(map(_number, shares)) and sum(shares) > 0
    if name == "shape":
        sides = value if isinstance(value, list) else []
        return len(sides) == 2 and all(_whole(n, MULTIPLE) and n % MULTIPLE == 0 for n in sides)
    if name == "bfloat16":
        return isinstance(value, bool)
    if name == "dense_weight":
        return _number(value) and value != 0
    if name in SHARES:
        return _number(value) and value <= 1  # type: ignore[operator]  # a number, as was just seen
    return _whole(value, 0 if name in MAY_BE_ZERO else 1)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _off(what: str, path: Path) -> UsageError:
    return UsageError(
        TRAINING_CONFIG, what=what, where=f"training configuration {path.name}", todo="see docs/how-to/train.md"
    )
