"""Measure the lungs against outlines and lesions drawn by people, and print one row a chest.

Run: ``python benchmarks/anatomy_accuracy.py [DATA]``; DATA defaults to GROUNDGLASS_TEST_DATA, ../shared/data. Spacings
of these chests are lost; plausible ones are assumed, which touches all radii in mm. Lesion slices whose HU
could not be restored (their air lies above -900 HU) are left out.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundglass.analysis import anatomy
from groundglass.analysis.grid import WorkingGrid
from groundglass.analysis.outline import lungs_to_full
from groundglass.volume import Geometry, Volume

LESION_SLICE_MM = {"001": 1.0, "002": 1.5, "003": 1.5, "004": 1.0, "005": 1.0, "006": 1.5}
WINDOW_SLICE_MM = {"1": 8.0, "2": 8.0, "3": 2.0, "4": 8.0, "5": 5.0, "6": 8.0}
HEAD_FIRST = {"radiopaedia_1"}
"""Stored head to feet, unlike the others."""


def main() -> None:
    """Print the table."""
    default = os.environ.get("GROUNDGLASS_TEST_DATA") or str(Path(__file__).resolve().parents[2] / "shared" / "data")
    data = Path(sys.argv[1] if len(sys.argv) > 1 else default)
    paths = [*sorted(data.glob("lesions/*.npz")), *sorted(data.glob("lungs/*.npz"))]
    dices, shares = [], []
    print(f"{'chest':18s} {'s':>5s} {'Dice':>7s} {'lesion in':>9s} {'dense ml':>8s}  coverage")
    for path in paths:
        volume, lung, lesion = _load(path)
        start = time.process_time()
        grid = WorkingGrid.of(volume)
        found = anatomy.find(grid)
        full = lungs_to_full(grid, found.lungs, found.aerated) > 0
        seconds = time.process_time() - start
        dice = None if lung is None else float(2 * (full & lung).sum() / (full.sum() + lung.sum()))
        share = None if lesion is None or not lesion.any() else float(full[lesion].mean())
        dices += [] if dice is None else [dice]
        shares += [] if share is None else [share]
        dense_ml = float(found.completed.sum()) * grid.voxel_ml
        reasons = " ".join(reason.code for reason in found.verdict.reasons)
        print(
            f"{path.stem:18s} {seconds:5.1f} {_figure(dice)} {_figure(share):>9s} {dense_ml:8.0f}  "
            f"{found.verdict.coverage} {reasons}"
        )
    if dices and shares:
        print(f"mean Dice {np.mean(dices):.4f} (n = {len(dices)}), lesion in {np.mean(shares):.4f} (n = {len(shares)})")


def _figure(value: float | None) -> str:
    return "      -" if value is None else f"{value:7.4f}"


def _load(path: Path) -> tuple[Volume, NDArray[np.bool_] | None, NDArray[np.bool_] | None]:
    with np.load(path) as file:
        arrays: dict[str, NDArray[Any]] = {key: file[key] for key in file.files}
    coded = "hu_code" in arrays
    hu = arrays["hu_code"] * 8.0 - 1024 if coded else arrays["grey"] * 5.88 - 1350
    key = path.stem.split("_")[1]
    if path.parent.name == "lungs":
        spacing = (9.0, 1.95, 1.95)
    elif coded:
        spacing = (LESION_SLICE_MM[key], 1.5, 1.5)
    else:
        spacing = (WINDOW_SLICE_MM[key], 1.15, 1.15)
    keep = np.array([np.percentile(layer, 1) < -900 for layer in hu])
    order = slice(None, None, -1) if path.stem in HEAD_FIRST else slice(None)
    hu = np.clip(hu[keep][order], -1024, 3071).astype(np.int16)
    masks = {name: (arrays[name] > 0)[keep][order] if name in arrays else None for name in ("lung", "lesion")}
    affine = np.zeros((4, 4))
    affine[2, 0], affine[1, 1], affine[0, 2], affine[3, 3] = *spacing, 1.0
    geometry = Geometry((hu.shape[0], hu.shape[1], hu.shape[2]), affine)
    return Volume(np.ascontiguousarray(hu), geometry), masks["lung"], masks["lesion"]


if __name__ == "__main__":
    main()
