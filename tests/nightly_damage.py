"""Damaged inputs by the thousand: each ends in a valid result or in one of our errors, never in anything else.

``python tests/nightly_damage.py --seeds 0:10000 --state build/damage.jsonl`` goes on where an earlier run stopped,
prints a table and exits 1 if any input broke something. ``--seeds 4711:4712 --show`` tells all about one.
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import sys
import tempfile
import time
import warnings
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any, Literal

import numpy as np

from groundglass.dicom.isolation import Worker
from groundglass.errors import ERROR_CODES, GroundglassError, InternalError
from groundglass.phantom.damage import DamagedInput, damaged_input
from groundglass.volume import Volume

Depth = Literal["read", "analyse", "write"]

MEMORY_BYTES = 3 << 30
"""Address space; libraries alone map more than half a GiB."""
TIMEOUT_S = 60.0
"""The undamaged input takes 2 s at the most; the rest is for a busy machine."""
MODULES = ("groundglass.pipeline", "groundglass.analysis.engine", "groundglass.nifti", "groundglass.dicom.series")
PATIENT_NAME = "Phantom^Invented"
_NAME_PARTS = ("Phantom^", "Иванов", "PHANTOM-0000")
_FAILURES = frozenset({"WORKER_DIED", "TOOK_TOO_LONG", "TOO_MUCH_MEMORY", "UNEXPECTED"})
"""Our errors too, and good ones to have; here they mean that something upstream did not hold."""


class BrokenPromiseError(AssertionError):
    """A result that is none: the tests treat it as a defect."""


def try_input(path: str, out: str, depth: Depth) -> str:
    """Do as a user would with one input (runs in the worker); return how it ended."""
    # A worker is no test: what libraries warn about damaged files is expected, and shown to nobody.
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    if depth == "read":
        return _read(Path(path))
    return _analyse(Path(path), Path(out), write=depth == "write")


def _read(path: Path) -> str:
    from groundglass.pipeline.study import load_dicom, load_nifti, open_studies

    ends = []
    for study in open_studies([path]):
        if study.refusal is not None:
            ends.append(_checked(study.refusal))
        elif study.nifti is not None:
            _check_volume(load_nifti(study.nifti).volume)
            ends.append("volume")
        elif study.entry is not None and study.entry.chosen is not None:
            chest = load_dicom(study.entry.chosen)
            _check_volume(chest.volume)
            _promise(len(chest.sop_uids) == chest.volume.array.shape[0], "a SOP UID for each slice")
            ends.append("volume")
        else:
            raise BrokenPromiseError("a study with neither a series nor a refusal")
    return "+".join(sorted(set(ends)))


def _analyse(path: Path, out: Path, *, write: bool) -> str:
    from groundglass.analysis.schema import to_json
    from groundglass.pipeline import analyze, open_studies, write_results

    ends = []
    for number, study in enumerate(open_studies([path])[:3]):
        analysis = analyze(study)
        result = analysis.result
        text = to_json(result)
        _promise(not any(part in text for part in _NAME_PARTS), "no name in result.json")
        _promise(
            (result.status == "refused") == (analysis.error is not None), "refused means an error, and the other way"
        )
        if analysis.error is not None:
            _checked(analysis.error)
            _promise(result.grade is None and result.lungs is None, "a refused study has no figures")
        else:
            _promise(result.involvement is not None, "a result has its involvement")
            if result.involvement is not None:
                _promise(0 <= result.involvement.percent <= 100, "a percentage")
        if write:
            folder = out / f"study{number}"
            write_results(analysis, folder)
            _check_output(folder, refused=result.status == "refused")
        ends.append(result.status if analysis.error is None else analysis.error.code)
    return "+".join(sorted(set(ends)))


def _check_volume(volume: Volume) -> None:
    _promise(volume.array.dtype == np.int16 and min(volume.array.shape) >= 1, "an HU volume")
    _promise(bool(np.isfinite(volume.geometry.affine).all()), "a finite affine")
    _promise(min(volume.geometry.spacing_mm) > 0.01 and max(volume.geometry.spacing_mm) < 100, "sane voxel sides")


def _check_output(folder: Path, *, refused: bool) -> None:
    names = {path.name for path in folder.iterdir()}
    wanted = {"result.json", "report.html", "report.pdf"} | (set() if refused else {"masks", "images"})
    _promise(wanted <= names, f"all files ({sorted(wanted - names)} missing)")
    json.loads((folder / "result.json").read_text(encoding="utf-8"))
    _promise((folder / "report.pdf").read_bytes()[:5] == b"%PDF-", "a PDF")


def _checked(error: GroundglassError) -> str:
    """Hold an error against what every error promises; return its code."""
    _promise(error.code in ERROR_CODES, f"a declared code, not {error.code}")
    _promise(bool(error.what and error.where and error.todo), "what, where and what to do")
    _promise(not any(part in error.line() for part in _NAME_PARTS), f"no name in an error: {error.code}")
    return error.code


def _promise(kept: bool, what: str) -> None:
    if not kept:
        raise BrokenPromiseError(what)


@dataclass(frozen=True, slots=True)
class Ending:
    """How one damaged input ended.

    Attributes
    ----------
    outcome : str
        ``volume``, a status, or error codes.
    broken : str
        What was wrong with that; empty where all is well.
    """

    outcome: str
    broken: str = ""


def end_of(worker: Worker, given: DamagedInput, depth: Depth, scratch: Path) -> Ending:
    """Place an input, try it in the worker, look at what was left behind."""
    scratch.mkdir(parents=True)
    try:
        path = given.place(scratch / "in")
        try:
            outcome = worker.call(try_input, str(path), str(scratch / "out"), depth, timeout_s=TIMEOUT_S)
        except InternalError as error:
            return Ending(error.code, f"{error.what}\n{error.details.get('traceback', '')}")
        except GroundglassError as error:
            if error.code in _FAILURES:
                return Ending(error.code, error.line())
            try:
                outcome = _checked(error)
            except BrokenPromiseError as broken:
                return Ending(error.code, str(broken))
        left = sorted(item.name for item in scratch.rglob(".*.partial"))
        return Ending(outcome, f"left behind: {left}" if left else "")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def depth_of(given: DamagedInput) -> Depth:
    """Return how far an input is taken: reading breaks most, and pictures and reports take longest."""
    # By what was done to it, so that it stays the same while hypothesis makes a failure smaller.
    lot = zlib.crc32(repr(given.steps).encode("utf-8", "replace")) % 100
    return "write" if lot < 4 else "analyse" if lot < 20 else "read"


def drawn(seed: int) -> tuple[DamagedInput, Depth]:
    """Return the input of a seed and how far it is taken."""
    given = damaged_input(Random(seed))
    return given, depth_of(given)


def new_worker() -> Worker:
    """Return a worker with everything imported."""
    for name in MODULES:
        # Here too: error codes are known once their modules are.
        import_module(name)
    return Worker(memory_bytes=MEMORY_BYTES, modules=MODULES)


def run_seeds(first: int, last: int, state: Path | None, *, show: bool = False) -> Iterator[dict[str, Any]]:
    """Try the seeds that the state file does not have yet; yield and append one record each."""
    done = _done(state)
    with new_worker() as worker, tempfile.TemporaryDirectory(prefix="groundglass-damage-") as folder:
        for seed in range(first, last):
            if seed in done:
                continue
            start = time.monotonic()
            given, depth = drawn(seed)
            ending = end_of(worker, given, depth, Path(folder) / str(seed))
            record: dict[str, Any] = {
                "seed": seed,
                "depth": depth,
                "outcome": ending.outcome,
                "seconds": round(time.monotonic() - start, 3),
            }
            if ending.broken or show:
                record |= {"broken": ending.broken, "steps": given.steps}
            if state is not None:
                state.parent.mkdir(parents=True, exist_ok=True)
                with state.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(record, ensure_ascii=False) + "\n")
            yield record


def _done(state: Path | None) -> dict[int, dict[str, Any]]:
    if state is None or not state.exists():
        return {}
    records: dict[int, dict[str, Any]] = {}
    for line in state.read_text(encoding="utf-8").splitlines():
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            # The last line of a run that was killed.
            continue
        records[int(record["seed"])] = record
    return records


def summary(first: int, last: int, state: Path) -> tuple[str, list[dict[str, Any]]]:
    """Return a table of how the seeds of the range ended, and the records of those that broke something."""
    records = [record for seed, record in sorted(_done(state).items()) if first <= seed < last]
    broken = [record for record in records if record.get("broken")]
    endings = Counter(f"{record['depth']}: {record['outcome']}" for record in records)
    lines = [f"{len(records)} damaged inputs, seeds {first} to {last - 1}; {len(broken)} broke something"]
    lines += [f"{count:6d}  {name}" for name, count in sorted(endings.items(), key=lambda item: (-item[1], item[0]))]
    if records:
        slowest = max(records, key=lambda record: float(record["seconds"]))
        lines.append(f"slowest: seed {slowest['seed']}, {slowest['seconds']} s")
    return "\n".join(lines), broken


def main(arguments: list[str] | None = None) -> int:
    """Run seeds from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="0:10000", help="first:last, the last one left out")
    parser.add_argument("--state", type=Path, default=Path("build/damage.jsonl"), help="where a run goes on")
    parser.add_argument("--show", action="store_true", help="print each input, and do not look at the state")
    options = parser.parse_args(arguments)
    first, last = (int(part) for part in options.seeds.split(":"))
    for number, record in enumerate(
        run_seeds(first, last, None if options.show else options.state, show=options.show), 1
    ):
        if options.show or record.get("broken"):
            print(json.dumps(record, ensure_ascii=False, indent=2).replace("\\n", "\n"), flush=True)
        elif number % 500 == 0:
            print(f"{number} tried", file=sys.stderr, flush=True)
    if options.show:
        return 0
    table, broken = summary(first, last, options.state)
    print(table)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
