"""The shipped analysis over a data set: one CT at a time in a worker process, a record written as each ends."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import groundglass.analysis
from groundglass import __version__
from groundglass.analysis.engine import read_chest
from groundglass.analysis.networks import ChestNetwork, shipped
from groundglass.analysis.networks.session import MODEL_FILE
from groundglass.datasets.assessment.contamination import refuse, trained_on
from groundglass.datasets.assessment.measuring import record_of_reading
from groundglass.datasets.assessment.record import CtRecord, Engine, read_records, records_json
from groundglass.datasets.formats import READERS, LabelledSet
from groundglass.dicom.isolation import Worker
from groundglass.errors import OUTPUT_FAILED, GroundglassError, InputError, UnavailableError, UsageError, declare
from groundglass.settings import Settings

CTS_FAILED = declare("CTS_FAILED", "Some CTs of a data set could not be measured; the others were.")
UNKNOWN_ENGINE = declare("UNKNOWN_ENGINE", "The analysis has no engine of the name asked for.")
RECORDS_FOLDER = "cts"
ENGINES = ("learned", "classical")
_NETWORK = Path(groundglass.analysis.__file__).parent / "networks" / MODEL_FILE
_MODULES = ("groundglass.datasets.assessment.running",)


@dataclass(frozen=True, slots=True)
class AssessmentOptions:
    """How a data set is measured.

    Attributes
    ----------
    out : Path or None
        Folder for a record of each CT as it ends; None keeps nothing. A record that is there is used again where
        voxels and analysis are the same.
    contaminated : bool
        Measure CTs that were trained on, and mark them, instead of refusing them.
    engine : {"learned", "classical"} or None
        What measures; None takes the learned one where a network ships.
    settings : Settings
        Limits of time and memory.
    """

    out: Path | None = None
    contaminated: bool = False
    engine: str | None = None
    settings: Settings = field(default_factory=Settings)


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
    network_of(options.engine)
    engine = engine_of_analysis(options.engine)
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
                record, kept = worker.call(
                    assess_one,
                    (labelled.layout, labelled.folder, name),
                    engine,
                    options.engine,
                    path,
                    options.contaminated,
                    timeout_s=limits.study_timeout_s,
                )
            except GroundglassError as error:
                failures.append((name, error))
                continue
            records.append(record)
            reused += kept
            if path is not None and not kept:
                write_text(path, records_json([record]))
    tell("", len(labelled.names), len(labelled.names))
    return Assessment(tuple(records), tuple(failures), reused)


def assess_one(
    which: tuple[str, Path, str], engine: Engine, engine_name: str | None, kept: Path | None, contaminated: bool
) -> tuple[CtRecord, bool]:
    """Measure one CT (runs in a worker process).

    Parameters
    ----------
    which : tuple
        Layout, folder and name of the CT.
    engine : Engine
        What will measure.
    engine_name : str or None
        As :attr:`AssessmentOptions.engine`.
    kept : Path or None
        Where a record of an earlier run may lie.
    contaminated : bool
        As :attr:`AssessmentOptions.contaminated`.

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
    network = network_of(engine_name)
    known_as = trained_on().match(ct) if network is not None else None
    if known_as is not None and not contaminated:
        raise refuse(ct, known_as)
    earlier = _earlier(kept, ct.voxels_sha256, engine)
    if earlier is not None:
        return replace(earlier, seen_in_training=known_as is not None), True
    start = time.perf_counter()
    reading = read_chest(ct.volume, gravity=ct.gravity, exact_hu=ct.exact_hu, clock=time.perf_counter, network=network)
    seconds = time.perf_counter() - start
    method = reading.lungs_figures.method if reading.lungs_figures is not None else engine.method
    full = replace(engine, method=method, models=reading.models)
    return record_of_reading(ct, reading, engine=full, seen_in_training=known_as is not None, seconds=seconds), False


def network_of(engine: str | None) -> ChestNetwork | None:
    """Return the network that an engine measures with; None for the classical one.

    Parameters
    ----------
    engine : {"learned", "classical"} or None
        None takes the learned one where a network ships.

    Raises
    ------
    UsageError
        ``UNKNOWN_ENGINE``.
    UnavailableError
        ``MODEL_UNREADABLE`` if the network is asked for and missing, or damaged.
    """
    if engine not in (None, *ENGINES):
        raise UsageError(
            UNKNOWN_ENGINE,
            what=f"there is no engine {engine!r}",
            where="--engine",
            todo=f"choose one of {', '.join(ENGINES)}",
        )
    if engine == "classical" or (engine is None and not _NETWORK.is_file()):
        return None
    return shipped()


@cache
def engine_of_analysis(engine: str | None = None) -> Engine:
    """Return what measures: version, and the SHA-256 over every file of the analysis, networks included.

    Parameters
    ----------
    engine : str or None
        Name of the engine chosen, which makes another analysis.
    """
    root = Path(groundglass.analysis.__file__).parent
    digest = hashlib.sha256(f"{__version__} {engine}".encode())
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix in (".py", ".onnx", ".json", ".npz"):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return Engine(__version__, engine or "default", digest.hexdigest())


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
