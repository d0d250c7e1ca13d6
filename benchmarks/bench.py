"""Measure speed and memory of reading, of the whole job and of DICOM objects, and write the page about them.

Run: ``make bench``, or ``python benchmarks/bench.py PART [--write docs/benchmarks.md]``; ``--help`` lists the parts.
Figures of earlier runs are kept in benchmarks/.cache, so that one part can be measured again by itself.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conversion import conversion_part, measure_conversion
from deidentify import deidentify_part, measure_speed
from measure import machine, run, versions
from object_writing import SLICES as OBJECT_SLICES
from object_writing import measure_objects, objects_part
from readers import READERS
from studies import SYNTAXES, phantom_study, stored_as

_HERE = Path(__file__).resolve().parent
CACHE = _HERE / ".cache"
JOB_SLICES = (133, 248, 400)
READING_SLICES = 300
NETWORK_SLICES = 20
BUSY_LOAD = 0.7
"""Mean number of running processes, over the last minute, from which seconds are not to be trusted."""
_PACKAGES = (
    *("groundglass", "numpy", "scipy", "imagecodecs", "pydicom", "SimpleITK", "dcm2niix", "onnxruntime"),
    *("highdicom", "dcmqi"),
)


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured: all of it, or little to see that it runs."""

    job_slices: tuple[int, ...] = JOB_SLICES
    reading_slices: int = READING_SLICES
    object_slices: int = OBJECT_SLICES
    repeats: int = 3


QUICK = Size(job_slices=(133,), reading_slices=30, object_slices=48, repeats=1)


def measure_job(size: Size) -> dict[str, Any]:
    """Run ``groundglass analyze`` on phantoms and collect seconds by stage and peak memory."""
    rows: dict[str, Any] = {}
    program = str(Path(sys.executable).with_name("groundglass"))
    for slices in size.job_slices:
        study = phantom_study(CACHE, slices)
        runs = []
        for _ in range(size.repeats):
            with tempfile.TemporaryDirectory(dir=CACHE) as folder:
                out = Path(folder) / "out"
                measured = run([program, "analyze", str(study), "-o", str(out)])
                result = json.loads((out / "result.json").read_text(encoding="utf-8"))
                runs.append(
                    {
                        "wall": measured.seconds,
                        "cpu": measured.cpu_seconds,
                        "peak_mib": measured.peak_mib,
                        "stages": result["seconds"],
                    }
                )
                _say(
                    f"whole job, {slices} slices: {measured.seconds:.1f} s, processors {measured.cpu_seconds:.1f} s, "
                    f"{measured.peak_mib:.0f} MiB"
                )
        stages = {name: statistics.median(one["stages"][name] for one in runs) for name in runs[0]["stages"]}
        rows[str(slices)] = {
            "wall": statistics.median(one["wall"] for one in runs),
            "cpu": statistics.median(one["cpu"] for one in runs),
            "peak_mib": max(one["peak_mib"] for one in runs),
            "stages": stages,
        }
    return rows


def measure_reading(size: Size) -> dict[str, Any]:
    """Read the same slices in each transfer syntax with each reader, in turn."""
    rows: dict[str, Any] = {}
    for name, syntax in SYNTAXES.items():
        folder = stored_as(CACHE, size.reading_slices, syntax)
        seconds: dict[str, list[float]] = {reader: [] for reader in READERS}
        peaks: dict[str, list[float]] = {reader: [] for reader in READERS}
        means: dict[str, float] = {}
        for _ in range(size.repeats + 1):  # the first round brings the files into memory and is thrown away
            for reader in READERS:
                try:
                    measured = run([sys.executable, str(_HERE / "readers.py"), reader, str(folder)])
                except RuntimeError as error:
                    _say(f"{reader} cannot read {name}: {str(error).splitlines()[-1][:120]}")
                    continue
                said = json.loads(measured.output.splitlines()[-1])
                seconds[reader].append(said["seconds"])
                peaks[reader].append(measured.peak_mib)
                means[reader] = round(said["mean_hu"], 3)
        if len(set(means.values())) > 1:
            _say(f"the readers do not agree on {name}: mean HU {means}")
        rows[name] = {
            reader: {"seconds": statistics.median(values[1:]), "peak_mib": max(peaks[reader])}
            for reader, values in seconds.items()
            if len(values) > 1
        }
        _say(f"reading, {name}: " + ", ".join(f"{r} {v['seconds']:.2f} s" for r, v in rows[name].items()))
    return {"slices": size.reading_slices, "syntaxes": rows}


def measure_network(size: Size) -> dict[str, Any]:
    """Time a network of lungmask's size on a few slices."""
    slices = NETWORK_SLICES if size.repeats > 1 else 3
    measured = run([sys.executable, str(_HERE / "network.py"), str(CACHE), "--slices", str(slices)])
    said: dict[str, Any] = json.loads(measured.output.splitlines()[-1])
    _say(f"network: {said['seconds_per_slice'] * 1000:.0f} ms a slice")
    return {**said, "peak_mib": measured.peak_mib}


def page(results: dict[str, Any]) -> str:
    """Return the page with what has been measured."""
    parts = [
        "# Speed and memory",
        "",
        "<!-- Written by make bench; measure again rather than edit. -->",
        "",
        f"Machine: {results['machine']}. Versions: {results['versions']}.",
        "",
        f"Median of {results['repeats']} runs, files in the page cache. Memory is the largest sum of the resident "
        "memory of all processes, sampled every 20 ms; shared pages count twice. To repeat: `make bench` (one part: "
        "`python benchmarks/bench.py job`, `reading`, `network`, "
        "`objects`, `deidentify` or `conversion`).",
        *_busy(results.get("load", {})),
    ]
    if "job" in results:
        parts += ["", "## The whole job", "", *_job_part(results["job"], results.get("network"))]
    if "reading" in results:
        parts += ["", "## Series to volume in HU", "", *_reading_part(results["reading"])]
    if "objects" in results:
        parts += ["", "## DICOM objects", "", *objects_part(results["objects"])]
    if "deidentify" in results:
        parts += ["", "## De-identification", "", *deidentify_part(results["deidentify"])]
    if "conversion" in results:
        parts += ["", "## Series to NIfTI", "", *conversion_part(results["conversion"])]
    return "\n".join(parts) + "\n"


def _busy(load: dict[str, float]) -> list[str]:
    """Return a word of caution where the machine was not idle."""
    busy = {part: value for part, value in load.items() if value > BUSY_LOAD}
    if not busy:
        return []
    words = ", ".join(f"{part} {value:.1f}" for part, value in busy.items())
    return ["", f"**The machine was busy with other work** (load before each part: {words}): seconds are too high."]


def _job_part(job: dict[str, Any], network: dict[str, Any] | None) -> list[str]:
    columns = list(job)
    stages = list(dict.fromkeys(stage for row in job.values() for stage in row["stages"]))
    lines = [
        "`groundglass analyze FOLDER -o OUT` on phantoms of 512 x 512, raw DICOM: every file is written (masks, "
        "pictures, report in HTML and PDF, result.json). Stages overlap where two threads run, so they need not add "
        "up; the whole includes the start of Python.",
        "",
        _row(["seconds", *(f"{c} slices" for c in columns)]),
        _row(["---", *("---:" for _ in columns)]),
    ]
    for stage in stages:
        lines.append(_row([stage, *(f"{job[c]['stages'].get(stage, 0.0):.2f}" for c in columns)]))
    lines.append(_row(["**whole job**", *(f"**{job[c]['wall']:.1f}**" for c in columns)]))
    lines.append(_row(["processor time", *(f"{job[c]['cpu']:.1f}" for c in columns)]))
    lines.append(_row(["peak memory, MiB", *(f"{job[c]['peak_mib']:.0f}" for c in columns)]))
    if network is not None:
        each = network["seconds_per_slice"]
        lines.append(_row(["lungmask-size network alone", *(f"{each * int(c):.0f}" for c in columns)]))
        lines.append(_row(["ratio", *(f"{each * int(c) / job[c]['wall']:.1f} x" for c in columns)]))
        lines += [
            "",
            f"The network is a 2D U-Net of {network['parameters'] / 1e6:.0f} million parameters with random weights, "
            "as large as lungmask's (weights do not change the time), on 256 x 256 pictures with onnxruntime, "
            f"2 threads, fp32: {each * 1000:.0f} ms a slice, measured on {network['slices']} slices, extrapolated; it "
            "finds lungs only, without reading, lesions, pictures or report.",
        ]
    return lines


def _reading_part(reading: dict[str, Any]) -> list[str]:
    names = list(READERS)
    lines = [
        f"{reading['slices']} slices of 512 x 512, seconds from the folder to an array in HU, each reader in a process "
        "of its own without its imports, in turn. dcm2niix writes an uncompressed NIfTI, which nibabel loads; pydicom "
        "has no plug-ins beside it.",
        "",
        _row(["transfer syntax", *names, "against dcm2niix", "against the next best"]),
        _row(["---", *("---:" for _ in names), "---:", "---:"]),
    ]
    for syntax, row in reading["syntaxes"].items():
        own = row.get("groundglass", {}).get("seconds")
        cells = [f"{row[n]['seconds']:.2f}" if n in row else "no decoder" for n in names]
        others = [row[n]["seconds"] for n in names if n in row and n != "groundglass"]
        against = f"{row['dcm2niix']['seconds'] / own:.1f} x" if own and "dcm2niix" in row else ""
        best = f"{min(others) / own:.1f} x" if own and others else ""
        lines.append(_row([syntax, *cells, against, best]))
    return lines


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


PARTS: dict[str, Callable[[Size], dict[str, Any]]] = {
    "job": measure_job,
    "reading": measure_reading,
    "network": measure_network,
    "objects": lambda size: measure_objects(CACHE, size.object_slices, size.repeats, _say),
    "deidentify": lambda size: measure_speed(CACHE, size.reading_slices, size.repeats, _say),
    "conversion": lambda size: measure_conversion(CACHE, size.reading_slices, size.repeats, _say),
}


def main() -> int:
    """Measure what is asked for, keep it, and show or write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "part", choices=[*PARTS, "all", "page"], help="page measures nothing and shows the last figures"
    )
    parser.add_argument("--write", type=Path, help="write the page here instead of showing it")
    parser.add_argument("--repeats", type=int, default=Size().repeats)
    parser.add_argument("--quick", action="store_true", help="little of everything, only to see that it runs")
    options = parser.parse_args()
    size = QUICK if options.quick else Size(repeats=options.repeats)
    CACHE.mkdir(exist_ok=True)
    kept = CACHE / ("quick.json" if options.quick else "results.json")
    results: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
    wanted = list(PARTS) if options.part == "all" else [p for p in PARTS if p == options.part]
    for part in wanted:
        results.setdefault("load", {})[part] = os.getloadavg()[0]
        results[part] = PARTS[part](size)
        results |= {"machine": machine(), "versions": versions(_PACKAGES), "repeats": size.repeats}
        kept.write_text(json.dumps(results, indent=2), encoding="utf-8")
    text = page(results)
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    else:
        print(text)
    if shutil.disk_usage(CACHE).free < 2**30:
        _say(f"the studies kept in {CACHE} may be removed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
