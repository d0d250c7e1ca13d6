"""Tiny chests and a tiny training: two dark ellipses in a body, with something drawn in one of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundglass.datasets.formats import open_set
from groundglass.training.chests import DENSE, HEADS, LEFT, RIGHT, TrainingChest
from groundglass.training.config import TrainingConfig

SLICES, ROWS, COLUMNS = 12, 48, 64


def ellipse(rows: int, columns: int, row: float, column: float, high: float, wide: float) -> NDArray[np.bool_]:
    """Return an ellipse; centre and half axes are parts of the picture."""
    r, c = np.ogrid[:rows, :columns]
    return np.asarray((((r / rows) - row) / high) ** 2 + (((c / columns) - column) / wide) ** 2 <= 1.0)


def picture(
    seed: int, slices: int = SLICES, rows: int = ROWS, columns: int = COLUMNS
) -> tuple[NDArray[np.int16], NDArray[np.uint8], NDArray[np.bool_]]:
    """Return HU, lungs (1 right, 2 left) and lesions, all (slice, row, column)."""
    random = np.random.default_rng(seed)
    hu = np.full((slices, rows, columns), -1000.0)
    hu[:, ellipse(rows, columns, 0.5, 0.5, 0.45, 0.45)] = 40
    lungs = np.zeros(hu.shape, dtype=np.uint8)
    for side, column in ((1, 0.29), (2, 0.71)):
        lungs[:, ellipse(rows, columns, 0.5, column, 0.32, 0.16)] = side
    hu[lungs > 0] = -860
    lesion = np.zeros(hu.shape, dtype=bool)
    row, column = random.uniform(0.4, 0.6), random.choice([0.29, 0.71])
    lesion[slices // 4 : -2] = ellipse(rows, columns, row, column, 0.14, 0.08)
    lesion &= lungs > 0
    hu[lesion] = -500
    lesion_rim = lesion & np.roll(lesion, rows // 12, axis=1)
    hu[lesion_rim] = 30
    hu += random.normal(0, 12, hu.shape)
    return np.rint(hu).astype(np.int16), lungs, lesion


def tiny_chest(name: str, kind: str, seed: int, rows: int = ROWS, columns: int = COLUMNS) -> TrainingChest:
    """Return a chest of the kind; all heads are known."""
    hu, lungs, lesion = picture(seed, SLICES, rows, columns)
    bits = np.where(lungs == 1, RIGHT, np.where(lungs == 2, LEFT, 0)).astype(np.uint8)
    bits[lesion & (hu > -300)] |= DENSE
    soft = (lesion * 255).astype(np.uint8)
    return TrainingChest(name, kind, hu, bits, soft, HEADS, 4.0, np.ones(SLICES, dtype=bool))


def tiny_config(**changes: Any) -> TrainingConfig:
    """Return a training of seconds."""
    values: dict[str, Any] = {
        "mixture": {"drawn": 0.7, "phantom": 0.3},
        "width": 4,
        "batch": 2,
        "steps": 12,
        "pretrain_steps": 4,
        "rate": 0.01,
        "shape": (32, 48),
        "phantoms": 1,
        "synthetic": 0,
        "bfloat16": False,
    }
    return TrainingConfig(**(values | changes))


def write_set(folder: Path, names: tuple[str, ...], *, slices: int = 24, size: int = 96) -> None:
    """Write archives ``NAME.npz`` of tiny chests with drawn lungs and lesions."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed, name in enumerate(names):
        hu, lungs, lesion = picture(seed, slices, size, size)
        code = np.clip((hu.astype(np.int32) + 1024) // 8, 0, 255).astype(np.uint8)
        lung = (lungs > 0).astype(np.uint8)
        np.savez_compressed(folder / f"{name}.npz", hu_code=code, lung=lung, lesion=lesion.astype(np.uint8))


def write_folds(path: Path, folder: Path, folds: dict[str, int | None], **changes: dict[str, Any]) -> Path:
    """Write the table of folds of a set; ``changes`` by name of a CT."""
    found = open_set(folder)
    volumes = [
        {
            "name": name, "patient": name, "source": "made", "fold": fold,
            "voxels_sha256": found[name].voxels_sha256, "use": "lungs, lesions",
        }
        | changes.get(name, {})
        for name, fold in folds.items()
    ]  # fmt: skip
    path.write_text(json.dumps({"rule": "by hand", "frozen": "2026-01-01", "volumes": volumes}), encoding="utf-8")
    return path
