"""De-identification beside other programs: score sheet, table tag by tag, speed.

Run: ``PYTHONPATH=tests/made python benchmarks/deidentify.py {score,tags,pages,speed,all} [--write docs/explanation]``.
Score and table need the real objects named by GROUNDGLASS_TEST_DATA (default ../shared/data).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from deidentifiers import OURS, PROGRAMS, Made, versions
from measure import machine, run
from studies import SYNTAXES, stored_as

_HERE = Path(__file__).resolve().parent
CACHE = _HERE / ".cache"
SLICES = 300
SEED = 2026
_SPEED_SYNTAXES = ("explicit little endian", "JPEG lossless SV1")
_PEER = """
import sys, time
start = time.perf_counter()
import warnings; warnings.simplefilter("ignore")
from pathlib import Path
from dicomanonymizer.simpledicomanonymizer import anonymize_dicom_file
source, out = Path(sys.argv[1]), Path(sys.argv[2])
out.mkdir()
for file in sorted(p for p in source.rglob("*") if p.is_file()):
    anonymize_dicom_file(str(file), str(out / file.name))
"""


def compared(slices_every: int) -> tuple[dict[str, Made], Path, list[Any], tempfile.TemporaryDirectory[str]]:
    """Plant copies, and give them to every program."""
    from planted_runs import dicom_files
    from planting.folders import plant

    data = Path(os.environ.get("GROUNDGLASS_TEST_DATA") or _HERE.parent.parent / "shared" / "data")
    folder = tempfile.TemporaryDirectory()
    place = Path(folder.name)
    marks = plant(dicom_files(data, every=slices_every), place / "planted", SEED)
    made = {}
    for name, program in PROGRAMS.items():
        start = time.perf_counter()
        made[name] = program(place / "planted", place / f"out-{name}")
        _say(f"{name}: {len(made[name])} files, {time.perf_counter() - start:.0f} s")
    return made, place / "planted", marks, folder


def pages(slices_every: int, parts: list[str]) -> dict[str, str]:
    """Return the pages by their names."""
    import deidentify_score
    import deidentify_tags

    made, planted, marks, folder = compared(slices_every)
    written: dict[str, str] = {}
    day, said = date.today().isoformat(), versions()
    files = [file for file in planted.rglob("*") if file.is_file()]
    with folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # values that are wrong on purpose
        if "score" in parts:
            sheets = {name: deidentify_score.scored(planted, marks, results) for name, results in made.items()}
            values = len({mark.value for mark in marks})
            written["deidentification-score.md"] = deidentify_score.page(
                sheets, said, day, len(files), len(marks), values
            )
        if "tags" in parts:
            names = sorted(set.intersection(*(set(results) for results in made.values())))
            found = {name: deidentify_tags.outcomes(planted, results, names, marks) for name, results in made.items()}
            written["deidentification-peers.md"] = deidentify_tags.page(found, said, day, len(names), len(files))
    return written


def measure_speed(cache: Path, slices: int, repeats: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Time the command line from start to end against dicom-anonymizer's function in one process, in turn."""
    program = str(Path(sys.executable).with_name("groundglass"))
    rows: dict[str, Any] = {}
    for name in _SPEED_SYNTAXES:
        source = stored_as(cache, slices, SYNTAXES[name])
        seconds: dict[str, list[float]] = {OURS: [], "dicom-anonymizer": []}
        for _ in range(repeats + 1):  # the first round brings the files into memory and is thrown away
            with tempfile.TemporaryDirectory(dir=cache) as folder:
                out, project = str(Path(folder) / "out"), str(Path(folder) / "project")
                own = [program, "deidentify", "run", str(source), out, "--project", project]
                seconds[OURS].append(run(own).seconds)
                peer = [sys.executable, "-c", _PEER, str(source), str(Path(folder) / "peer")]
                seconds["dicom-anonymizer"].append(run(peer).seconds)
        rows[name] = {each: statistics.median(values[1:]) for each, values in seconds.items()}
        ratio = rows[name]["dicom-anonymizer"] / rows[name][OURS]
        say(
            f"{name}, {slices} slices: "
            + ", ".join(f"{k} {v:.2f} s" for k, v in rows[name].items())
            + f"; {ratio:.2f} x"
        )
    return {"slices": slices, "syntaxes": rows, "versions": versions()}


def deidentify_part(results: dict[str, Any]) -> list[str]:
    """Return the part of the page about speed."""
    names = list(next(iter(results["syntaxes"].values())))
    lines = [
        f"{results['slices']} slices of 512 x 512 of a phantom, seconds. Ours: the command line from start to end, two "
        "processes. dicom-anonymizer: its function for a file in one process, import included. "
        f"{results['versions']}.",
        "",
        "| transfer syntax | " + " | ".join(names) + " | ratio |",
        "| --- |" + " ---: |" * (len(names) + 1),
    ]
    for syntax, row in results["syntaxes"].items():
        ratio = row["dicom-anonymizer"] / row[OURS]
        lines.append(f"| {syntax} | " + " | ".join(f"{row[name]:.2f}" for name in names) + f" | {ratio:.2f} x |")
    return lines


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


def main() -> int:
    """Do what is asked for, and show or write it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["score", "tags", "pages", "speed", "all"])
    parser.add_argument("--write", type=Path, help="folder of the pages; without it they are shown")
    parser.add_argument("--slices", type=int, default=SLICES)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--every", type=int, default=40, help="every so many slices of a real study are planted")
    options = parser.parse_args()
    CACHE.mkdir(exist_ok=True)
    if options.part in ("speed", "all"):
        results = measure_speed(CACHE, options.slices, options.repeats, _say)
        print(f"{machine()}\n" + "\n".join(deidentify_part(results)))
        (CACHE / "deidentify.json").write_text(json.dumps(results, indent=2), encoding="utf-8")
    parts = ["score", "tags"] if options.part in ("all", "pages") else [options.part]
    if options.part != "speed":
        for name, text in pages(options.every, parts).items():
            if options.write:
                (options.write / name).write_text(text, encoding="utf-8")
            else:
                print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
