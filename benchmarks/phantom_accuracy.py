"""How close is the measured involvement to the truth, on digital chests of a kind that nothing was tuned on?

``python benchmarks/phantom_accuracy.py --seeds 1100:1160 --state nightly/phantoms.jsonl [--write FILE.md]`` goes
through the seeds that the state file does not hold yet, so a stopped run goes on where it was.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import multiprocessing
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from groundglass import __version__
from groundglass.analysis.engine import read_chest
from groundglass.analysis.grade import grade
from groundglass.analysis.networks import shipped
from groundglass.analysis.reading import Gravity
from groundglass.phantom import PhantomOptions, make
from groundglass.volume import axial_axes

WANTED_PERCENT = (0.0, 4.0, 12.0, 20.0, 30.0, 42.0, 55.0, 68.0, 80.0, 88.0)
"""Involvement asked for, seed after seed: every grade, near limits and far from them."""
WITHIN_POINTS = 1.0


@dataclass(frozen=True, slots=True)
class Row:
    """Truth and measurement of one digital chest."""

    seed: int
    small: bool
    options: str
    true_percent: float
    true_grade: str
    coverage: str
    percent: float | None
    low: float | None
    high: float | None
    grade: str | None
    stable: bool | None
    right_error: float | None
    left_error: float | None
    lung_volume_ratio: float | None

    @property
    def error(self) -> float | None:
        """Measured minus true, points."""
        return None if self.percent is None else self.percent - self.true_percent

    @property
    def covered(self) -> bool:
        """Whether the interval holds the truth."""
        return self.low is not None and self.high is not None and self.low <= self.true_percent <= self.high

    @property
    def grade_right(self) -> bool:
        """Whether the grade is right, or the interval says that it may not be."""
        return self.grade == self.true_grade or self.stable is False


def options_of(seed: int, *, small: bool, variant: str = "test") -> PhantomOptions:
    """Return the chest of a seed: sizes, breath, positions, kernels and effusions drawn from it."""
    draw = np.random.default_rng([seed, 20200301])
    changes: dict[str, object] = {
        "variant": variant,
        "seed": seed,
        "involvement": float(WANTED_PERCENT[seed % len(WANTED_PERCENT)]),
        "size": str(draw.choice(["small", "medium", "large"])),
        "sex": str(draw.choice(["male", "female"])),
        "breath": float(np.round(draw.uniform(0.6, 1.0), 2)),
        "position": str(draw.choice(["HFS", "HFS", "HFS", "FFS", "HFP"])),
        "kernel": str(draw.choice(["FC07", "FC07", "FC51"])),
        "noise_hu": float(np.round(draw.uniform(6, 18), 1)),
        "effusion_ml": float(draw.choice([0.0, 0.0, 0.0, 150.0])),
    }
    if small:
        return PhantomOptions.small(**changes)
    return PhantomOptions(slices=200, rows=384, spacing_mm=1.6, **changes)  # type: ignore[arg-type]  # drawn above


def measure(seed: int, *, small: bool, variant: str = "test", engine: str = "learned") -> Row:
    """Make one digital chest, read it, and set the reading beside the truth."""
    options = options_of(seed, small=small, variant=variant)
    phantom = make(options)
    gravity: Gravity = "front" if options.position.endswith("P") else "back"
    canonical = phantom.volume.reoriented(*axial_axes(phantom.volume.geometry))
    network = shipped() if engine == "learned" else None
    reading = read_chest(canonical, gravity=gravity, clock=time.perf_counter, network=network)
    found = reading.involvement
    grades = grade(found, coverage=reading.verdict.coverage)
    truth = phantom.truth
    lungs = int(np.count_nonzero(phantom.lungs.array))
    return Row(
        seed=seed,
        small=small,
        options=f"{options.size} {options.sex} {options.position} {options.kernel}, effusion {options.effusion_ml:.0f}",
        true_percent=truth.involvement_percent,
        true_grade=truth.grade,
        coverage=reading.verdict.coverage,
        percent=found.percent if found else None,
        low=found.interval[0] if found else None,
        high=found.interval[1] if found else None,
        grade=grades.value,
        stable=grades.stable,
        right_error=_difference(found.right_percent if found else None, truth.right_percent),
        left_error=_difference(found.left_percent if found else None, truth.left_percent),
        lung_volume_ratio=float(np.count_nonzero(reading.lungs.array)) / lungs if lungs else None,
    )


def summary(rows: Iterable[Row]) -> list[str]:
    """Return the table as lines of Markdown."""
    rows = sorted(rows, key=lambda row: row.seed)
    errors = np.array([row.error for row in rows if row.error is not None])
    widths = np.array([row.high - row.low for row in rows if row.high is not None and row.low is not None])
    within = int(np.count_nonzero(np.abs(errors) <= WITHIN_POINTS))
    lines = [
        f"* chests: {len(rows)}, with a figure: {errors.size}",
        f"* error of the percentage, measured minus true: mean {errors.mean():+.2f}, SD {errors.std():.2f},"
        f" median of the absolute {np.median(np.abs(errors)):.2f}, largest {np.abs(errors).max():.2f} points",
        f"* within {WITHIN_POINTS:g} point: {within} of {len(rows)}",
        f"* 95 % interval holds the truth: {sum(row.covered for row in rows)} of {len(rows)};"
        f" median width {np.median(widths):.2f} points",
        f"* grade right, or marked unstable: {sum(row.grade_right for row in rows)} of {len(rows)};"
        f" right: {sum(row.grade == row.true_grade for row in rows)}",
        "",
        "| seed | chest | true % | measured % | interval | grade true / measured | lung volume / true |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        figure = "-" if row.percent is None else f"{row.percent:.1f}"
        interval = "-" if row.low is None or row.high is None else f"{row.low:.1f} to {row.high:.1f}"
        ratio = "-" if row.lung_volume_ratio is None else f"{row.lung_volume_ratio:.3f}"
        unstable = " (unstable)" if row.stable is False else ""
        lines.append(
            f"| {row.seed} | {row.options} | {row.true_percent:.1f} | {figure} | {interval} |"
            f" {row.true_grade} / {row.grade or row.coverage}{unstable} | {ratio} |"
        )
    return lines


def main(arguments: list[str] | None = None) -> int:
    """Go through the seeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="1100:1160", help="first:one-past-last")
    parser.add_argument("--small", action="store_true", help="quick coarse chests")
    parser.add_argument("--variant", choices=["train", "test"], default="test", help="tune on train alone")
    parser.add_argument("--state", type=Path, default=Path("nightly/phantoms.jsonl"))
    parser.add_argument("--write", type=Path, help="write the table here")
    parser.add_argument("--engine", choices=["learned", "classical"], default="learned")
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args(arguments)
    first, last = (int(part) for part in given.seeds.split(":"))
    commit = _commit()
    given.state.parent.mkdir(parents=True, exist_ok=True)
    rows = {row.seed: row for row in _stored(given.state, commit)}
    todo = [seed for seed in range(first, last) if seed not in rows]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(given.jobs, mp_context=context) as pool, given.state.open("a", encoding="utf-8") as state:
        for row in pool.map(_one, [(seed, given.small, given.variant, given.engine) for seed in todo]):
            rows[row.seed] = row
            state.write(json.dumps({"commit": commit, **dataclasses.asdict(row)}) + "\n")
            state.flush()
            print(
                f"{row.seed}: true {row.true_percent:.1f} measured {row.percent} [{row.low}, {row.high}]",
                file=sys.stderr,
            )
    wanted = [rows[seed] for seed in range(first, last)]
    text = "\n".join(
        [
            "# Phantoms of the `test` variant",
            "",
            f"groundglass {__version__}, commit {commit}.",
            "",
            *summary(wanted),
            "",
        ]
    )
    print(text)
    if given.write:
        given.write.parent.mkdir(parents=True, exist_ok=True)
        given.write.write_text(text, encoding="utf-8")
    return 0


def _one(job: tuple[int, bool, str, str]) -> Row:
    return measure(job[0], small=job[1], variant=job[2], engine=job[3])


def _stored(state: Path, commit: str) -> list[Row]:
    if not state.exists():
        return []
    lines = [json.loads(line) for line in state.read_text(encoding="utf-8").splitlines()]
    return [Row(**{k: v for k, v in line.items() if k != "commit"}) for line in lines if line["commit"] == commit]


def _commit() -> str:
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def _difference(measured: float | None, true: float | None) -> float | None:
    return None if measured is None or true is None else measured - true


if __name__ == "__main__":
    sys.exit(main())
