"""Choose the sizes of the interval and of the probability of pathology, from chests that the networks never saw.

``python benchmarks/interval_fit.py RUN [--phantoms A:B]``: RUN is the folder of ``groundglass train``; its
``held_out`` has the patients read out of fold. Phantoms are of the ``train`` variant, with seeds that no training used,
read by ``final.onnx``. Nothing of P001, of the ``test`` variants, or of the shipped network's own patients takes part.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from groundglass.analysis.engine import read_chest
from groundglass.analysis.learned import Doubt, LearnedUncertainty, learned_interval
from groundglass.analysis.networks import ChestNetwork
from groundglass.phantom import make
from phantom_accuracy import options_of

WANTED = 0.95


@dataclass(frozen=True)
class Chest:
    """What the interval of one chest is made of, and its truth."""

    name: str
    exact: bool
    true: float
    found: float
    expected: float
    doubt: Doubt


def held_out(folder: Path) -> list[Chest]:
    """Read what training kept of the patients held out."""
    out = []
    for path in sorted(folder.glob("*.evidence.json")):
        row = json.loads(path.read_text())
        if row.get("drawn") is not None and row.get("percent") is not None:
            out.append(_chest(path.name.split(".")[0], row, exact=path.name.startswith("normal")))
    return out


def phantoms(run: Path, seeds: range) -> list[Chest]:
    """Read phantoms; each is kept beside the run, so that the fit can be repeated."""
    network = ChestNetwork((run / "final.onnx").read_bytes(), "final", threads=1)
    kept = run / "phantoms_read"
    kept.mkdir(exist_ok=True)
    out = []
    for seed in seeds:
        path = kept / f"{seed}-{network.row.sha256[:12]}.json"
        if not path.exists():
            phantom = make(options_of(seed, small=True, variant="train"))
            gravity = "front" if phantom.truth.options.prone else "back"
            reading = read_chest(phantom.volume, gravity=gravity, clock=time.perf_counter, network=network)  # type: ignore[arg-type]  # both are gravities
            found = reading.involvement.percent if reading.involvement else None
            path.write_text(
                json.dumps({"percent": found, "drawn": phantom.truth.involvement_percent, **(reading.evidence or {})})
            )
            print(path.read_text(), flush=True)
        row = json.loads(path.read_text())
        if "expected" in row:
            out.append(_chest(f"phantom {seed}", row, exact=True))
    return out


def fit(chests: Sequence[Chest], start: LearnedUncertainty) -> LearnedUncertainty:
    """Return the sizes of the narrowest intervals that hold the truth at the wanted rate: exact HU, then the others."""
    exact = {
        "outline_factor": (0.1, 0.2, 0.4, 0.8), "no_lung_share": (0.15, 0.3, 0.5), "missed_share": (0.1, 0.2, 0.3),
        "floor_percent": (0.2, 0.4, 0.6), "relative": (0.02, 0.04, 0.06, 0.08, 0.1),
    }  # fmt: skip
    rough = {"inexact_outline_factor": (0.6, 1.0, 1.5, 2.0, 3.0), "inexact_relative": (0.05, 0.1, 0.2, 0.3, 0.4, 0.5)}
    first = _narrowest([c for c in chests if c.exact], start, exact)
    return _narrowest([c for c in chests if not c.exact], first, rough)


def _narrowest(
    chests: Sequence[Chest], start: LearnedUncertainty, grid: dict[str, tuple[float, ...]]
) -> LearnedUncertainty:
    best, cost = start, math.inf
    for values in itertools.product(*grid.values()):
        sizes = replace(start, **dict(zip(grid, values, strict=True)))  # type: ignore[arg-type]  # levels are not in the grids
        held, width = covered(chests, sizes)
        price = width + 200 * max(0.0, WANTED - held)
        if price < cost:
            best, cost = sizes, price
    return best


def covered(chests: Sequence[Chest], sizes: LearnedUncertainty) -> tuple[float, float]:
    """Return the share of intervals that hold the truth, and their mean width, points."""
    limits = [learned_interval(c.found, c.doubt, exact_hu=c.exact, sizes=sizes) for c in chests]
    share = float(np.mean([a <= c.true <= b for c, (a, b) in zip(chests, limits, strict=True)]))
    return share, float(np.mean([b - a for a, b in limits]))


def fit_probability(chests: Sequence[Chest]) -> tuple[float, float]:
    """Return middle (percent) and slope of the logistic curve; a weak prior keeps the slope finite."""
    x = np.log10(np.maximum([c.expected for c in chests], 0.01))
    y = np.array([c.true > 0 for c in chests])

    def cost(p: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
        z = p[1] * (x - p[0])
        return float(np.logaddexp(0, np.where(y, -z, z)).sum() + 0.5 * ((p[1] - 5) / 3) ** 2 + 0.5 * (p[0] + 0.5) ** 2)

    answer = minimize(cost, np.array([-0.5, 5.0]), method="Nelder-Mead").x
    return float(10 ** answer[0]), float(answer[1])


def main() -> None:
    """Print the sizes, and how they do with each chest left out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--phantoms", default="300:324")
    given = parser.parse_args()
    first, last = map(int, given.phantoms.split(":"))
    chests = held_out(given.run / "held_out") + phantoms(given.run, range(first, last))
    for c in chests:
        print(f"{c.name:18} true {c.true:6.2f} found {c.found:6.2f} expected {c.expected:6.2f} {c.doubt}")
    sizes = fit(chests, LearnedUncertainty())
    print(sizes)
    for name, group in (("exact", [c for c in chests if c.exact]), ("approximate", [c for c in chests if not c.exact])):
        share, width = covered(group, sizes)
        print(f"HU {name}: {share:.3f} of {len(group)} hold the truth, mean width {width:.2f} points")
    left_out = []
    for i, c in enumerate(chests):
        if not c.exact:
            own = fit([*chests[:i], *chests[i + 1 :]], LearnedUncertainty())
            low, high = learned_interval(c.found, c.doubt, exact_hu=c.exact, sizes=own)
            left_out.append(low <= c.true <= high)
    print(
        f"drawn CTs, each left out of the fit: {sum(left_out)} of {len(left_out)} intervals hold the drawn percentage"
    )
    middle, slope = fit_probability(chests)
    print(f"probability of pathology: middle {middle:.3f} percent, slope {slope:.2f}")


def _chest(name: str, row: dict[str, float], *, exact: bool) -> Chest:
    doubts = Doubt(row["fewer"], row["more"], row["no_lung"], row["dense"])
    return Chest(name, exact, row["drawn"], row["percent"], row["expected"], doubts)


if __name__ == "__main__":
    main()
