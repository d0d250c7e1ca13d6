"""Features of :mod:`groundglass.analysis.unlike` in the training CTs, for the table of ranges in that module.

``python benchmarks/unlike_ranges.py [DATA] [--networks FOLDER]``: FOLDER holds the networks of the folds, so that each
CT is read by one that never saw it. P001, which nothing is tuned on, is printed but left out of the ranges.
"""

from __future__ import annotations

import argparse
import math
from functools import partial
from pathlib import Path

import numpy as np

from cases import Case, cases, data_folder, fold_of
from groundglass.analysis import anatomy
from groundglass.analysis.engine import _look
from groundglass.analysis.grid import WorkingGrid
from groundglass.analysis.unlike import SAID_SCORE, USUAL, measure


def features(case: Case) -> dict[str, float] | None:
    """Measure one CT; None where the network failed or there are no lungs."""
    grid = WorkingGrid.of(case.ct.volume)
    body = anatomy.find(grid, gravity=case.ct.gravity, look=partial(_look, case.network, grid))
    return None if body.sight is None else measure(grid, body, body.sight)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?")
    parser.add_argument("--networks", type=Path, help="folder of the networks of the folds; otherwise the shipped one")
    parser.add_argument("--only", nargs="*", default=(), help="names of CTs")
    given = parser.parse_args()
    rows: dict[str, dict[str, float]] = {}
    for case in cases(data_folder(given.data), given.networks, tuple(given.only)):
        found = features(case)
        name = case.ct.name
        if found is None:
            print(f"{name}: not read", flush=True)
            continue
        score = max(USUAL[key].outside(value) for key, value in found.items())
        seen = "" if case.unseen else " (trained on)"
        print(f"{name}{seen}: score {score:.2f}{' FLAGGED' if score >= SAID_SCORE else ''}", flush=True)
        print("   " + ", ".join(f"{key} {value:.4g}" for key, value in found.items()), flush=True)
        if fold_of(name) is not None:
            rows[name] = found
    summary(rows)


def summary(rows: dict[str, dict[str, float]]) -> None:
    """Print the range of each feature and the CT at each end."""
    for key in USUAL:
        values = {name: row[key] for name, row in rows.items() if not math.isnan(row[key])}
        if not values:
            continue
        order = sorted(values, key=lambda name: values[name])
        print(
            f"{key:24} {values[order[0]]:9.4g} ({order[0]})  median {np.median(list(values.values())):9.4g}  "
            f"{values[order[-1]]:9.4g} ({order[-1]}), n {len(values)}"
        )


if __name__ == "__main__":
    main()
