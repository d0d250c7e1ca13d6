"""How well lesions of known volume, put into a real normal chest, are measured.

``python benchmarks/synthetic_accuracy.py [DATA] [--seeds N] [--study FOLDER] [--network FILE]``; DATA defaults to
GROUNDGLASS_TEST_DATA, then ../shared/data. Lesions come from the ``test`` variant of the synthesis, which nothing is
tuned on. Their lungs are the outline that the engine draws in the same chest without lesions, so the Dice of the lungs
tells what the lesions took away, not how good the outline was before. Nothing is written.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from groundglass.analysis.engine import read_chest
from groundglass.analysis.networks import ChestNetwork, shipped
from groundglass.dicom.series import load, scan
from groundglass.evaluation.overlap import dice
from groundglass.training.synthesis import SynthesisOptions, synthesise
from groundglass.volume import Volume

MUST_POINTS = 3.0
"""Of the lung; with MUST_SHARE the largest error allowed, whichever is more."""
MUST_SHARE = 0.15
"""Of the truth; observers differ by more on small lesions."""


@dataclass(frozen=True)
class Case:
    """One row of the table.

    Attributes
    ----------
    name : str
        Kind of disease.
    percent : float
        Wanted lesions, percent of the lungs.
    share : float
        Consolidation as a share of them.
    """

    name: str
    percent: float
    share: float


CASES = (
    Case("none", 0.0, 0.0),
    Case("ground glass", 7.0, 0.0),
    Case("ground glass", 20.0, 0.0),
    Case("mixed", 35.0, 0.3),
    Case("mixed", 60.0, 0.3),
    Case("mixed", 80.0, 0.3),
    Case("consolidation", 25.0, 0.8),
    Case("consolidation", 45.0, 30.0 / 45.0),
)


def normal_chest(folder: Path) -> Volume:
    """Read the series of a DICOM study that would be graded."""
    (study,) = scan([folder]).studies
    if study.chosen is None:
        raise SystemExit(f"no series to grade in {folder.name}")
    return load(study.chosen).volume


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", default=os.environ.get("GROUNDGLASS_TEST_DATA"))
    parser.add_argument("--seeds", type=int, default=1, help="chests of each kind")
    parser.add_argument("--study", default="normal001", help="folder below DATA/studies: a chest without lesions")
    parser.add_argument("--network", help="ONNX file that never saw the study, or classical; else as shipped")
    parser.add_argument("--variant", default="test", choices=["train", "test"], help="train to tune, test to report")
    parser.add_argument("--first-seed", type=int, default=0)
    given = parser.parse_args()
    network = None if given.network == "classical" else shipped()
    if given.network not in (None, "classical"):
        network = ChestNetwork(Path(given.network).read_bytes(), Path(given.network).stem, threads=1)
    data = Path(given.data) if given.data else Path(__file__).resolve().parents[2] / "shared" / "data"
    if not data.is_dir():
        raise SystemExit(f"the real studies are missing: {data}")
    volume = normal_chest(data / "studies" / given.study)
    lungs = read_chest(volume, gravity="back", clock=time.perf_counter, network=network).lungs
    print(
        f"{'kind':15}{'seed':>5}{'true %':>8}{'dense %':>9}{'found %':>9}{'dense':>7}{'error':>8}"
        f"{'95 % interval':>16}{'lung Dice':>11}{'lesion Dice':>13}  within"
    )
    errors: list[float] = []
    scores: list[float] = []
    within = covered = 0
    for case in CASES:
        for seed in range(given.first_seed, given.first_seed + (given.seeds if case.percent else 1)):
            # paving in every second chest: half of the severe ones show it
            options = SynthesisOptions(
                variant=given.variant,
                seed=seed,
                percent=case.percent,
                consolidation_share=case.share,
                paving=0.5 * (seed % 2),
            )
            made = synthesise(volume, lungs, options)
            reading = read_chest(made.volume, gravity="back", clock=time.perf_counter, network=network)
            same_lungs = dice(reading.lungs.array > 0, made.lungs.array > 0)
            scores.append(same_lungs)
            start = f"{case.name:15}{seed:5}{made.percent:8.2f}{made.consolidation_percent:9.2f}"
            if reading.involvement is None:
                print(f"{start}  not read: {[reason.code for reason in reading.verdict.reasons]}", flush=True)
                errors.append(made.percent)
                continue
            found = reading.involvement.percent
            low, high = reading.involvement.interval
            size = max(1, int(np.count_nonzero(reading.lungs.array)))
            dense = 100.0 * int(np.count_nonzero(reading.lesions.array == 2)) / size
            good = abs(found - made.percent) <= max(MUST_POINTS, MUST_SHARE * made.percent)
            within += good
            covered += low <= made.percent <= high
            errors.append(abs(found - made.percent))
            same = dice(reading.lesions.array > 0, made.lesions.array > 0) if case.percent else float("nan")
            print(
                f"{start}{found:9.2f}{dense:7.2f}{found - made.percent:+8.2f}{f'{low:.1f} to {high:.1f}':>16}"
                f"{same_lungs:11.3f}{same:13.3f}  {'yes' if good else 'no'}",
                flush=True,
            )
    print(
        f"within {MUST_POINTS:g} points or {100 * MUST_SHARE:g} % of the truth: {within} of {len(errors)}; mean error "
        f"{np.mean(errors):.2f} points; interval covers {covered} of {len(errors)}; lung Dice, lowest "
        f"{min(scores):.3f}, mean {np.mean(scores):.3f}"
    )


if __name__ == "__main__":
    main()
