"""The shipped analysis over a data set: one CT at a time in a worker process, a record written as each ends."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import groundglass.analysis
from groundglass import __version__
from groundglass.analysis.engine import read_chest
from groundglass.analysis.networks import ChestNetwork
from groundglass.datasets.assessment.choosing import AssessmentOptions, WatchedNetwork, check_engine, choose_network
from groundglass.datasets.assessment.contamination import refuse
from groundglass.datasets.assessment.measuring import record_of_reading
from groundglass.datasets.assessment.record import CtRecord, Engine, read_records, records_json
from groundglass.datasets.formats import READERS, LabelledCt, LabelledSet
from groundglass.dicom.isolation import Worker
from groundglass.errors import OUTPUT_FAILED, GroundglassError, InputError, UnavailableError, declare

CTS_FAILED = declare("CTS_FAILED", "Some CTs of a data set could not be measured; the others were.")
RECORDS_FOLDER = "cts"
_MODULES = ("groundglass.datasets.assessment.running",)


@dataclass(frozen=True, slots=True)
class Assessment:
    """What came of a data set.

    Attributes
    ----------
    records : tuple of CtRecord
        Of the CTs that were measured.
    failures : tuple of (str, GroundglassError)
        Name and error of each that was not.
    reused : int
        Records that were there from an earlier run.
    """

    records: tuple[CtRecord, ...]
    failures: tuple[tuple[str, GroundglassError], ...]
    reused: int = 0


def assess(
    labelled: LabelledSet,
    options: AssessmentOptions | None = None,
    *,
    on_event: Callable[[str, int, int], None] | None = None,
) -> Assessment:
    """Measure every CT of a data set and hold it against its labels; one that fails never stops the others.

    Parameters
    ----------
    labelled : LabelledSet
        From :func:`groundglass.datasets.formats.open_set`.
    options : AssessmentOptions, optional
        How.
    on_event : callable, optional
        Called with the name of a CT, the number done before it, and the number of all.

    Raises
    ------
    UsageError
        ``UNKNOWN_ENGINE``.
    UnavailableError
        ``OUTPUT_FAILED`` if a record cannot be written; ``MODEL_UNREADABLE``.
    """
    options = options or AssessmentOptions()
    check_engine(options)
    tell = on_event or (lambda _name, _done, _total: None)
    records: list[CtRecord] = []
    failures: list[tuple[str, GroundglassError]] = []
    reused = 0
    limits = options.settings
    with Worker(memory_bytes=int(limits.worker_memory_gib * 2**30), modules=_MODULES) as worker:
        for done, name in enumerate(labelled.names):
            tell(name, done, len(labelled.names))
            path = None if options.out is None else record_path(options.out, name)
            try:
                which = (labelled.layout, labelled.folder, name)
                record, kept = worker.call(assess_one, which, options, timeout_s=limits.study_timeout_s)
            except GroundglassError as error:
                failures.append((name, error))
                continue
            records.append(record)
            reused += kept
            if path is not None and not kept:
                write_text(path, records_json([record]))
    tell("", len(labelled.names), len(labelled.names))
    return Assessment(tuple(records), tuple(failures), reused)


def assess_one(which: tuple[str, Path, str], options: AssessmentOptions) -> tuple[CtRecord, bool]:
    """Measure one CT (runs in a worker process).

    Parameters
    ----------
    which : tuple
        Layout, folder and name of the CT.
    options : AssessmentOptions
        How.

    Returns
    -------
    tuple
        The record, and whether it was there before.

    Raises
    ------
    GroundglassError
        ``TRAINED_ON``, and what reading the CT and the analysis raise.
    """
    layout, folder, name = which
    ct = READERS[layout].read(folder, name)
    choice = choose_network(ct, options)
    if choice.known_as is not None and not options.contaminated:
        raise refuse(ct, choice.known_as)
    marks = {
        "fold": choice.fold,
        "tuned_on": choice.fold is not None and choice.fold == options.tuned_on_fold,
        "seen_in_training": choice.known_as is not None,
    }
    engine = engine_of_analysis(options.engine)
    if options.networks and choice.network is not None:
        digest = hashlib.sha256(f"{engine.sha256} {choice.network.row.sha256}".encode()).hexdigest()
        engine = replace(engine, sha256=digest)
    kept = None if options.out is None else record_path(options.out, name)
    earlier = _earlier(kept, ct.voxels_sha256, engine)
    if earlier is not None:
        return replace(earlier, **marks), True  # type: ignore[arg-type]  # three fields of a record, each of its type
    return replace(measure(ct, choice.network, engine), **marks), False  # type: ignore[arg-type]  # the same


def measure(
    ct: LabelledCt, network: ChestNetwork | None, engine: Engine, *, true_percent: float | None = None
) -> CtRecord:
    """Read one CT and hold what is found against its labels.

    Parameters
    ----------
    ct : LabelledCt
        With its labels.
    network : ChestNetwork or None
        None for classical analysis alone.
    engine : Engine
        Version and digest; method and networks are filled in.
    true_percent : float or None
        True percentage where it is known better than the labels tell.
    """
    watched = None if network is None else WatchedNetwork(network)
    start = time.perf_counter()
    reading = read_chest(ct.volume, gravity=ct.gravity, exact_hu=ct.exact_hu, clock=time.perf_counter, network=watched)
    seconds = time.perf_counter() - start
    method = reading.lungs_figures.method if reading.lungs_figures is not None else engine.method
    return record_of_reading(
        ct,
        reading,
        engine=replace(engine, method=method, models=reading.models),
        lesion_probability=None if watched is None else watched.lesion_probability(ct),
        true_percent=true_percent,
        seconds=seconds,
    )


@cache
def engine_of_analysis(engine: str = "learned") -> Engine:
    """Return what measures: version, and the SHA-256 over every file of the analysis, networks included.

    Parameters
    ----------
    engine : {"learned", "classical"}
        The engine chosen, which makes another analysis.
    """
    root = Path(groundglass.analysis.__file__).parent
    digest = hashlib.sha256(f"{__version__} {engine}".encode())
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix in (".py", ".onnx", ".json", ".npz"):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return Engine(__version__, engine, digest.hexdigest())


def record_path(out: Path, name: str) -> Path:
    """Return where the record of a CT lies.

    Parameters
    ----------
    out : Path
        The folder given.
    name : str
        Of the CT; what a file system may not like is replaced, and its digest keeps names apart.
    """
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", name).strip(".")[:80]
    mark = "" if plain == name else "-" + hashlib.sha256(name.encode()).hexdigest()[:8]
    return out / RECORDS_FOLDER / f"{plain}{mark}.json"


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all.

    Parameters
    ----------
    path : Path
        Where; folders are made.
    text : str
        What.

    Raises
    ------
    UnavailableError
        ``OUTPUT_FAILED``.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            aside.write_text(text, encoding="utf-8")
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        raise UnavailableError(
            OUTPUT_FAILED,
            what=f"a record cannot be written ({os.strerror(error.errno or 5)})",
            where=path.name,
            todo="check room and permissions",
        ) from error


def _earlier(kept: Path | None, voxels_sha256: str, engine: Engine) -> CtRecord | None:
    if kept is None or not kept.is_file():
        return None
    try:
        (record,) = read_records(kept.read_text(encoding="utf-8"), kept.name).records
    except (InputError, OSError, ValueError):
        return None  # whatever lies there is written anew
    return record if record.voxels_sha256 == voxels_sha256 and record.engine.sha256 == engine.sha256 else None
