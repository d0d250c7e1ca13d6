"""Series of DICOM into NIfTI: groundglass and dcm2niix in turn, and whether both wrote the same.

Run: ``python benchmarks/conversion.py [--slices 300] [--rounds 5] [FOLDER ...]``; folders of other series than the
phantom may be given. Each round runs every program once as a process of its own, its start included; the first round
brings the files into memory and is thrown away.
"""

from __future__ import annotations

import argparse
import importlib
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from measure import run
from studies import SYNTAXES, stored_as

_HERE = Path(__file__).resolve().parent
_OURS = "groundglass"
AFFINE_MM = 1e-3
"""Affines are equal below: NIfTI keeps them in single precision."""
MEASURED = ("explicit little endian", "JPEG lossless SV1", "JPEG-LS lossless")


_CONVERT = """
import json, sys, time
from pathlib import Path
from groundglass.datasets.conversion import convert_series
from groundglass.dicom.series import scan
start = time.perf_counter()
convert_series(scan([Path(sys.argv[1])]).studies[0].series[0], Path(sys.argv[2]))
print(json.dumps({"seconds": time.perf_counter() - start}))
"""
"""Converts the first series of a folder; says the seconds without the start of Python and the imports."""


def commands(folder: Path, out: Path) -> dict[str, list[str]]:
    """Return what is run in each round, by name."""
    dcm2niix = str(importlib.import_module("dcm2niix").bin)
    theirs = [dcm2niix, "-b", "n", "-w", "1", "-o", str(out)]
    return {
        _OURS: [sys.executable, "-c", _CONVERT, str(folder), str(out / "ours.nii.gz")],
        "dcm2niix -z y": [*theirs, "-f", "theirs_y", "-z", "y", str(folder)],
        "dcm2niix -z i": [*theirs, "-f", "theirs_i", "-z", "i", str(folder)],
        "dcm2niix -1 -z i": [*theirs, "-f", "theirs_1", "-1", "-z", "i", str(folder)],
    }


def compare(ours: Path, theirs: Path) -> dict[str, Any]:
    """Return how far two NIfTI differ."""
    nibabel: Any = importlib.import_module("nibabel")
    a, b = nibabel.load(ours), nibabel.load(theirs)
    same_shape = a.shape == b.shape
    return {
        "affine_mm": float(np.abs(a.affine - b.affine).max()),
        "hu_equal": bool(same_shape and np.array_equal(np.asarray(a.dataobj), np.asarray(b.dataobj))),
    }


def measure_series(folder: Path, cache: Path, rounds: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Run all programs on one folder in turn.

    Parameters
    ----------
    folder : Path
        DICOM of one series.
    cache : Path
        Where the results go meanwhile.
    rounds : int
        Rounds that count.
    say : callable
        Told of the progress.
    """
    walls: dict[str, list[float]] = {}
    cpus: dict[str, list[float]] = {}
    inner: list[float] = []
    with tempfile.TemporaryDirectory(dir=cache) as made:
        out = Path(made)
        for _ in range(rounds + 1):
            for name, command in commands(folder, out).items():
                measured = run(command)
                walls.setdefault(name, []).append(measured.seconds)
                cpus.setdefault(name, []).append(measured.cpu_seconds)
                if name == _OURS:
                    inner.append(json.loads(measured.output.splitlines()[-1])["seconds"])
        files = {_OURS: out / "ours.nii.gz", "dcm2niix -z y": out / "theirs_y.nii.gz"}
        files |= {"dcm2niix -z i": out / "theirs_i.nii.gz", "dcm2niix -1 -z i": out / "theirs_1.nii.gz"}
        rows = {
            name: {
                "wall": statistics.median(walls[name][1:]),
                "cpu": statistics.median(cpus[name][1:]),
                "megabytes": files[name].stat().st_size / 1e6,
            }
            for name in walls
        }
        agree = compare(files[_OURS], files["dcm2niix -z y"])
    ratio = rows["dcm2niix -z y"]["wall"] / rows[_OURS]["wall"]
    say(
        f"conversion: {rows[_OURS]['wall']:.2f} s against {rows['dcm2niix -z y']['wall']:.2f} s, {ratio:.1f} x; "
        f"affine within {agree['affine_mm']:.1e} mm, HU {'equal' if agree['hu_equal'] else 'DIFFER'}"
    )
    return {"programs": rows, "without_start": statistics.median(inner[1:]), **agree}


def measure_conversion(cache: Path, slices: int, rounds: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Convert the phantom in each transfer syntax by each program, in turn."""
    return {
        "slices": slices,
        "pigz": shutil.which("pigz") is not None,
        "syntaxes": {
            name: measure_series(stored_as(cache, slices, SYNTAXES[name]), cache, rounds, say) for name in MEASURED
        },
    }


def conversion_part(found: dict[str, Any]) -> list[str]:
    """Return the lines of the page."""
    lines = [
        f"{found['slices']} slices of 512 x 512 into one .nii.gz, each program in a process of its own, its start "
        "included, in turn. groundglass decodes and compresses in 2 threads; dcm2niix -z y "
        + ("has pigz beside it." if found["pigz"] else "finds no pigz here and compresses by itself, as with -z i.")
        + " Affine and numbers of both files are compared in the same run.",
        "",
        "| transfer syntax | program | seconds | processor seconds | MB | against dcm2niix -z y |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for syntax, row in found["syntaxes"].items():
        programs = row["programs"]
        for name, one in programs.items():
            against = programs["dcm2niix -z y"]["wall"] / one["wall"]
            figures = f"{one['wall']:.2f} | {one['cpu']:.2f} | {one['megabytes']:.1f} | {against:.1f} x"
            lines.append(f"| {syntax} | {name} | {figures} |")
        alone = programs["dcm2niix -z y"]["wall"] / row["without_start"]
        lines.append(f"| {syntax} | groundglass without its start | {row['without_start']:.2f} | | | {alone:.1f} x |")
    worst = max(row["affine_mm"] for row in found["syntaxes"].values())
    equal = all(row["hu_equal"] for row in found["syntaxes"].values())
    lines += [
        "",
        f"Affines agree within {worst:.1e} mm; HU are {'equal in every voxel' if equal else '**not equal**'}.",
    ]
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Convert one series for the measurement, or measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--slices", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    cache = _HERE / ".cache"
    cache.mkdir(exist_ok=True)

    def say(text: str) -> None:
        sys.stderr.write(text + "\n")

    if not options.folders:
        print("\n".join(conversion_part(measure_conversion(cache, options.slices, options.rounds, say))))
        return 0
    good = True
    for folder in options.folders:
        found = measure_series(folder, cache, options.rounds, say)
        print(json.dumps(found, indent=1))
        good &= found["hu_equal"] and found["affine_mm"] <= AFFINE_MM
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
