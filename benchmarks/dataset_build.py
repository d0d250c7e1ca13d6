"""Build a data set of phantom studies of 300 slices, and convert the same series by dcm2niix, in one run.

Run: ``python benchmarks/dataset_build.py [--studies 6] [--slices 300] [--json FILE]``. The studies are kept in
benchmarks/.cache (1 GB). Prints seconds a study by stage, whole and thinned, and the ratio to dcm2niix alone, which
only converts: a build de-identifies and hashes too, and writes the documents.
"""

from __future__ import annotations

import argparse
import functools
import importlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from groundglass.datasets.building import build, study
from groundglass.datasets.members import About
from groundglass.datasets.recipe import Recipe, SourceRule, TableRule, Thinning
from groundglass.deidentify.project import Project
from groundglass.dicom.ct_writer import CTHeader, write_series
from measure import machine, versions
from studies import phantom_volume

CACHE = Path(__file__).resolve().parent / ".cache"
STAGES = {
    "_plan": "read headers",
    "_clean": "de-identify",
    "load": "read pixels",
    "write_picture": "write NIfTI",
    "_sha256": "hash",
}
"""Functions of the work on one study, by what they are called in the report."""
WAYS = {"whole": Thinning(), "InstanceNumber % 10": Thinning(instance_number=10), "every 8 mm": Thinning(every_mm=8.0)}


def studies_of(count: int, slices: int) -> Path:
    """Return a folder with so many studies of different patients, all of one phantom."""
    folder = CACHE / f"dataset-{count}x{slices}"
    for number in range(1, count + 1):
        place = folder / f"study-{number}"
        if not place.is_dir():
            header = CTHeader(seed=50 + number, patient_id=f"BENCH-{number}", accession_number=f"B{number}")
            write_series(phantom_volume(CACHE, slices), place, header=header)
    return folder


@contextmanager
def timed(seconds: dict[str, float]) -> Iterator[None]:
    """Add up the seconds spent in each stage of the work on studies."""

    def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            start = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                seconds[name] += time.perf_counter() - start

        return call

    patches = [
        mock.patch.object(study, name, counted(stage, getattr(study, name)))
        for name, stage in STAGES.items()
        if hasattr(study, name)
    ]
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in patches:
            patch.stop()


def measure_build(source: Path, count: int, thinning: Thinning, processes: int) -> dict[str, Any]:
    """Build once and return seconds in all, and by stage for one study where it runs in this process."""
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        folder = Path(name)
        grades = "".join(f"BENCH-{number},CT-{number % 5}\n" for number in range(1, count + 1))
        (folder / "grades.csv").write_text(f"patient,grade\n{grades}", encoding="utf-8")
        about = About(
            name="bench",
            version="1.0.0",
            date="2026-01-01",
            title={"en": "Phantoms"},
            licence="CC0-1.0",
            authors=("Nobody",),
        )
        table = TableRule(path=folder / "grades.csv", key="patient", match="patient_id", grade="grade")
        recipe = Recipe(about=about, sources=(SourceRule(path=source),), tables=(table,), thinning=thinning)
        project = Project.open(folder / "project")
        marks: dict[str, float] = {}

        def tell(stage: str, _done: int, _total: int) -> None:
            marks[f"{stage} ends"] = time.perf_counter()
            marks.setdefault(stage, time.perf_counter())

        seconds: dict[str, float] = defaultdict(float)
        start = time.perf_counter()
        with timed(seconds):
            built = build(recipe, folder / "out", project=project, processes=processes, on_progress=tell)
        end = time.perf_counter()
        if len(built.members) != count:
            raise RuntimeError(f"{len(built.members)} studies of {count} are in the set")
        return {
            "all": end - start,
            "choosing": marks["studies"] - start,
            "a study": (marks["writing"] - marks["studies"]) / count,
            "a study by stage": {stage: value / count for stage, value in sorted(seconds.items())},
            "writing the set": end - marks["writing"],
        }


def measure_dcm2niix(source: Path) -> float:
    """Convert each study by dcm2niix to .nii.gz; return the median of seconds a study."""
    program = str(importlib.import_module("dcm2niix").bin)
    taken = []
    for folder in sorted(source.iterdir()):
        with tempfile.TemporaryDirectory(dir=CACHE) as out:
            start = time.perf_counter()
            subprocess.run(
                [program, "-z", "y", "-b", "n", "-o", out, str(folder)], check=True, stdout=subprocess.DEVNULL
            )
            taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def main() -> int:
    """Measure, print, and keep the figures where asked."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--studies", type=int, default=6)
    words.add_argument("--slices", type=int, default=300)
    words.add_argument("--json", type=Path)
    given = words.parse_args()
    CACHE.mkdir(exist_ok=True)
    source = studies_of(given.studies, given.slices)
    figures: dict[str, Any] = {"machine": machine(), "versions": versions(["groundglass", "dcm2niix", "numpy"])}
    figures["dcm2niix, a study"] = measure_dcm2niix(source)
    print(f"dcm2niix -z y: {figures['dcm2niix, a study']:.2f} s a study of {given.slices} slices")
    for name, thinning in WAYS.items():
        one = measure_build(source, given.studies, thinning, 0)
        two = measure_build(source, given.studies, thinning, 2)
        ratio = figures["dcm2niix, a study"] / one["a study"]
        figures[name] = {"one process": one, "two processes": two, "dcm2niix / a study": ratio}
        stages = ", ".join(f"{stage} {value:.2f}" for stage, value in one["a study by stage"].items())
        print(
            f"{name}: {one['a study']:.2f} s a study ({stages}), {two['a study']:.2f} s with two processes; choosing "
            f"{one['choosing']:.2f} s, writing the set {one['writing the set']:.2f} s; dcm2niix takes {ratio:.2f} of it"
        )
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
