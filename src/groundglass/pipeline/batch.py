"""Many studies: each analysed in a worker process, so that a crash or a hang costs one study and never the batch."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from groundglass.dicom.isolation import TOOK_TOO_LONG, WORKER_DIED, Worker
from groundglass.errors import GroundglassError, InputError, declare
from groundglass.phrases import Language
from groundglass.pipeline.dose import dose_options
from groundglass.pipeline.objects import ObjectOptions
from groundglass.pipeline.outputs import RESULT_FILE, SUMMARY_FILE, check_free, clear_stage, staging
from groundglass.pipeline.study import Study, open_studies, require_paths
from groundglass.settings import Settings

if TYPE_CHECKING:
    from groundglass.analysis.clinical import Clinical
    from groundglass.analysis.result import Result

STUDIES_FAILED = declare("STUDIES_FAILED", "Some studies of a batch gave no reading; summary.csv says which and why.")
CLINICAL_FOR_ONE = declare("CLINICAL_FOR_ONE", "Clinical data are of one patient, and several studies were given.")

SUMMARY_COLUMNS = (
    "study_id",
    "status",
    "error",
    "grade",
    "stable",
    "percent",
    "percent_low",
    "percent_high",
    "coverage",
    "folder",
)

_MODULES = (
    "groundglass.pipeline.run",
    "groundglass.pipeline.outputs",
    "groundglass.analysis.engine",
    "groundglass.render",
)
"""Imported by each worker before its first study."""


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """What to do with every study of a batch.

    Attributes
    ----------
    out : Path
        Output folder.
    language : {"en", "ru"}
        Language of the reports.
    jobs : int
        Worker processes.
    overwrite : bool
        Replace earlier results.
    rules : str or None
        Name of a grading profile.
    clinical : Clinical or None
        Clinical data, for one study only.
    engine : {"learned", "classical"}
        What measures.
    objects : ObjectOptions or None
        Which DICOM objects to write; None for none.
    settings : Settings
        Limits and the intended use.
    """

    out: Path
    language: Language = "en"
    jobs: int = 1
    overwrite: bool = False
    rules: str | None = None
    clinical: Clinical | None = None
    engine: Literal["learned", "classical"] = "learned"
    objects: ObjectOptions | None = None
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one study ended: a result (a refusal is one), an error, or both.

    Attributes
    ----------
    study_id : str
        Our id.
    folder : Path
        Where its results lie.
    result : Result or None
        None where not even a refusal could be written.
    error : GroundglassError or None
        Why there is no reading.
    remarks : frozenset of str
        Codes among the result's warnings that only inform.
    """

    study_id: str
    folder: Path
    result: Result | None
    error: GroundglassError | None
    remarks: frozenset[str] = frozenset()


def run_batch(
    paths: Sequence[Path],
    options: BatchOptions,
    *,
    on_event: Callable[[str, str, int, int], None] | None = None,
) -> tuple[Outcome, ...]:
    """Analyse every study at the paths and write its results.

    Parameters
    ----------
    paths : sequence of Path
        What the user gave.
    options : BatchOptions
        What to do with each.
    on_event : callable, optional
        Called with study id, stage, number of studies done, and of all.

    Returns
    -------
    tuple of Outcome
        In the order the studies were found. One failed study never stops the others.

    Raises
    ------
    InputError
        If a path does not exist, the output exists, or clinical data meet several studies.
    UnavailableError
        If ``summary.csv`` cannot be written.
    """
    tell = on_event or (lambda _study, _stage, _done, _total: None)
    check_free(options.out, overwrite=options.overwrite)
    require_paths(paths)
    first = _worker(options)
    try:
        found = first.call(find_studies, tuple(paths), timeout_s=options.settings.study_timeout_s)
        if len(found) == 1:
            return (_do_one(first, found[0], options, options.out, lambda stage: tell(found[0].study_id, stage, 0, 1)),)
        if options.clinical is not None:
            raise InputError(
                CLINICAL_FOR_ONE,
                what=f"clinical data were given with {len(found)} studies",
                where="--clinical",
                todo="give one study a call",
            )
        return _do_all(first, found, options, tell)
    finally:
        first.close()


def find_studies(paths: tuple[Path, ...]) -> tuple[Study, ...]:
    """Find the studies; a path that is refused as a whole becomes one refused study and stops no other.

    Parameters
    ----------
    paths : tuple of Path
        Read together, so that a study spread over two of them stays one; apart only where one is refused.
    """
    try:
        return open_studies(paths)
    except InputError as error:
        if len(paths) == 1:
            return (Study("study-unknown", refusal=error),)
        return tuple(study for path in paths for study in find_studies((path,)))


def analyze_one(
    study: Study, options: BatchOptions, folder: Path, tell: Callable[[str], None] | None = None
) -> Outcome:
    """Analyse one study and write its results (runs in a worker process)."""
    from groundglass.analysis.grading_rules import profile
    from groundglass.pipeline.outputs import write_results
    from groundglass.pipeline.run import analyze

    check_free(folder, overwrite=options.overwrite, objects=options.objects is not None)  # before minutes of work
    analysis = analyze(
        study,
        clinical=options.clinical,
        rules=profile(options.rules) if options.rules else None,
        intended_use=options.settings.intended_use,
        dose=dose_options(options.settings),
        engine=options.engine,
        on_stage=tell,
    )
    written = write_results(
        analysis,
        folder,
        language=options.language,
        overwrite=options.overwrite,
        objects=options.objects,
        on_stage=tell,
    )
    remarks = frozenset(notice.code for notice in written.notices if notice.severity == "info")
    return Outcome(study.study_id, folder, written.result, written.error, remarks)


def _do_all(
    first: Worker, found: tuple[Study, ...], options: BatchOptions, tell: Callable[[str, str, int, int], None]
) -> tuple[Outcome, ...]:
    outcomes: dict[int, Outcome] = {}
    folders = _folders(found, options.out)
    workers = [first, *(_worker(options) for _ in range(min(options.jobs, len(found)) - 1))]
    free = list(workers)

    def take(number: int) -> tuple[int, Outcome]:
        worker = free.pop()  # as many threads as workers, so one is always free
        try:
            study = found[number]
            return number, _do_one(
                worker,
                study,
                options,
                folders[number],
                lambda stage: tell(study.study_id, stage, len(outcomes), len(found)),
            )
        finally:
            free.append(worker)

    try:
        with ThreadPoolExecutor(len(workers)) as pool:
            futures = [pool.submit(take, number) for number in range(len(found))]
            try:
                for future in as_completed(futures):
                    number, outcome = future.result()
                    outcomes[number] = outcome
                    tell(outcome.study_id, "done", len(outcomes), len(found))
            except BaseException:
                # Leaving the pool waits for its threads: without this an interrupt would wait for all the studies left.
                for future in futures:
                    future.cancel()
                for worker in workers:
                    worker.stop()
                raise
    finally:
        for worker in workers[1:]:
            worker.close()
    ordered = tuple(outcomes[number] for number in range(len(found)))
    _write_summary(ordered, options.out)
    return ordered


def _do_one(worker: Worker, study: Study, options: BatchOptions, folder: Path, tell: Callable[[str], None]) -> Outcome:
    limit = options.settings.study_timeout_s
    try:
        return worker.call(analyze_one, study, options, folder, timeout_s=limit, on_event=tell)
    except GroundglassError as error:
        if error.code in (WORKER_DIED, TOOK_TOO_LONG):
            clear_stage(folder, worker.process_id)
        return Outcome(study.study_id, folder, None, error)
    except KeyboardInterrupt:
        clear_stage(folder, worker.process_id)
        raise


def _worker(options: BatchOptions) -> Worker:
    return Worker(memory_bytes=int(options.settings.worker_memory_gib * 2**30), modules=_MODULES)


def _folders(found: tuple[Study, ...], out: Path) -> list[Path]:
    """Return a folder a study; the same id twice (the same file given twice) gets a number."""
    seen: dict[str, int] = {}
    folders = []
    for study in found:
        seen[study.study_id] = count = seen.get(study.study_id, 0) + 1
        folders.append(out / (study.study_id if count == 1 else f"{study.study_id}-{count}"))
    return folders


def _write_summary(outcomes: tuple[Outcome, ...], out: Path) -> None:
    with staging(out / SUMMARY_FILE) as stage:
        part = stage / SUMMARY_FILE
        with part.open("w", encoding="utf-8", newline="") as stream:
            table = csv.writer(stream)
            table.writerow(SUMMARY_COLUMNS)
            table.writerows(_summary_row(outcome) for outcome in outcomes)
        part.replace(out / SUMMARY_FILE)


def _summary_row(outcome: Outcome) -> tuple[str | float | None, ...]:
    result, error = outcome.result, outcome.error
    if result is None:
        return (outcome.study_id, "failed", error.code if error else "", *[""] * 6, "")
    grade, involvement, acquisition = result.grade, result.involvement, result.acquisition
    return (
        outcome.study_id,
        result.status,
        error.code if error else "",
        (grade.value if grade else None) or "",
        "" if grade is None or grade.stable is None else str(grade.stable).lower(),
        round(involvement.percent, 2) if involvement else "",
        round(involvement.interval[0], 2) if involvement else "",
        round(involvement.interval[1], 2) if involvement else "",
        acquisition.coverage if acquisition else "",
        f"{outcome.folder.name}/{RESULT_FILE}",
    )
