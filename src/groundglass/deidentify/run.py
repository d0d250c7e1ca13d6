"""A run: every file is cleaned, dropped by rule, or named as what needs a person; a killed run goes on."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from groundglass.deidentify import reporting
from groundglass.deidentify.cleaning import Done, Facts, Setup, Task, clean_files
from groundglass.deidentify.engine import Key, pseudonym
from groundglass.deidentify.known import Seen, gathered
from groundglass.deidentify.pixels.outcome import Box
from groundglass.deidentify.profile import Profile
from groundglass.deidentify.project import Project
from groundglass.deidentify.survey import links_out, prints_of, survey, tasks_of
from groundglass.deidentify.table.rows import EDITION
from groundglass.deidentify.writing import clear_partial, failed, write_whole
from groundglass.dicom.isolation import TOO_MUCH_MEMORY, TOOK_TOO_LONG, WORKER_DIED, Worker, side_by_side
from groundglass.dicom.limits import ReadingLimits
from groundglass.dicom.sources import OUR_REPORTS, FileSource, find_files
from groundglass.errors import OUTPUT_EXISTS, UNEXPECTED, GroundglassError, InputError, declare
from groundglass.phrases import Notice
from groundglass.version import __version__

NOTHING_TO_CLEAN = declare("NOTHING_TO_CLEAN", "The input holds no DICOM file, so there is nothing to de-identify.")
INSIDE_EACH_OTHER = declare("INSIDE_EACH_OTHER", "Input and output of a de-identification lie within each other.")

PAGE_FILE, REPORT_FILE = sorted(OUR_REPORTS)
_CHUNK = 12
"""Files a worker gets at once: long enough that handing over costs nothing, short enough that a kill loses little."""
_TIMEOUT_S = 900.0
"""For one chunk; an enhanced CT of 2,000 frames that the text reader must look at takes some minutes."""
_PERSON_KINDS = frozenset({"name", "id", "date", "accession"})
"""What of the names is kept for whoever has to find the person again."""
_CULPRIT_CODES = frozenset({WORKER_DIED, TOOK_TOO_LONG, TOO_MUCH_MEMORY, UNEXPECTED})
"""Errors of a chunk that are the fault of one of its files."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run came to.

    Attributes
    ----------
    report : mapping
        What is written to ``OUT/deidentification.json``: schema ``groundglass/deidentification/1``.
    failed : int
        DICOM files that are not in OUT though no rule drops them.
    resumed : int
        Files that an earlier run of the same kind had done.
    """

    report: Mapping[str, Any]
    failed: int
    resumed: int


@dataclass(slots=True)
class _State:
    """A run while it runs."""

    project: Project
    profile: Profile
    out: Path
    name: str
    tasks: dict[int, Task] = field(default_factory=dict)
    done: dict[int, Done] = field(default_factory=dict)
    prints: dict[str, str] = field(default_factory=dict)
    counted: set[str] = field(default_factory=set)


def deidentify(
    inputs: Sequence[Path],
    out: Path,
    *,
    project: Project,
    profile: Profile,
    processes: int = 2,
    overwrite: bool = False,
    limits: ReadingLimits | None = None,
    memory_bytes: int | None = None,
    page: Callable[[Mapping[str, Any]], str] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Run:
    """De-identify every DICOM file of the inputs.

    Parameters
    ----------
    inputs : sequence of Path
        Folders, files, zip archives.
    out : Path
        Folder; everything below it has names of ours.
    project : Project
        Holds the key and what leads back.
    profile : Profile
        Options.
    processes : int
        Worker processes; 0 does it all in this one, without protection from crashing decoders.
    overwrite : bool
        OUT may hold something else already; files of ours are replaced, others are left and told.
    limits : ReadingLimits, optional
        How much may be read.
    memory_bytes : int, optional
        Address space of a worker.
    page : callable, optional
        Makes the page beside the report.
    on_progress : callable, optional
        Called with files done and files of all.

    Returns
    -------
    Run
        The report; it holds no name, identifier or path of the source.

    Raises
    ------
    InputError
        ``NOTHING_TO_CLEAN``, ``OUTPUT_EXISTS``, ``INSIDE_EACH_OTHER``, and as
        :func:`groundglass.dicom.sources.find_files` and the project do.
    UnavailableError
        ``OUTPUT_FAILED``; what is done is kept, the same call goes on from there.
    """
    limits = limits or ReadingLimits()
    _apart(inputs, out, project.folder)
    for table in ("patients", "runs"):
        for _ in project.rows(table):
            pass  # a damaged list is told before anything is added to it
    notices: list[Notice] = []
    sources = tuple(find_files(inputs, limits=limits, notices=notices))
    notices += links_out(inputs, sources)
    seen, others, broken = survey(sources)
    if not seen and not broken:
        raise InputError(
            NOTHING_TO_CLEAN,
            what=f"{len(sources)} files and no DICOM file among them",
            where="IN",
            todo="give a folder, zip or file of a study",
        )
    state = _State(project, profile, out, fingerprint(profile, project))
    earlier = _earlier(state, overwrite=overwrite)
    identifiers, prints = gathered(seen), prints_of(seen)
    state.prints = prints
    state.tasks = {task.number: task for task in tasks_of(seen, project)}
    duplicates = {number for number, task in state.tasks.items() if not task.target}
    for number in duplicates:
        state.done[number] = Done(number, "dropped", reason="duplicate")
    _resume(state, earlier)
    resumed = len(state.done) - len(duplicates)
    _prepare(state, seen, (*others, *(source for source, _ in broken)))
    open_tasks = [task for number, task in sorted(state.tasks.items()) if number not in state.done]
    tell = on_progress or (lambda _done, _total: None)
    tell(len(state.done), len(state.tasks))
    setup = Setup(profile, project.keys, out, identifiers, state.name)
    for part in cleaned(setup, open_tasks, processes=processes, memory_bytes=memory_bytes):
        _keep(state, part)
        tell(len(state.done), len(state.tasks))
    report = reporting.report(
        profile=profile,
        project_id=project.id,
        tasks=state.tasks,
        done=state.done,
        others=others,
        broken=broken,
        notices=notices,
        keys=project.keys,
        foreign=_foreign(state),
    )
    text = json.dumps(report, ensure_ascii=False, indent=1, sort_keys=False) + "\n"
    write_whole(out / REPORT_FILE, text.encode())
    if page is not None:
        write_whole(out / PAGE_FILE, page(report).encode())
    project.append([{"out": _place(out), "run": state.name, "state": "finished"}], table="runs")
    failures = len(broken) + sum(done.outcome == "failed" for done in state.done.values())
    return Run(report, failures, resumed)


def cleaned(
    setup: Setup, tasks: Sequence[Task], *, processes: int, memory_bytes: int | None
) -> Iterator[tuple[Done, ...]]:
    """Yield results as they come, whichever worker is first.

    Raises
    ------
    GroundglassError
        What ends the run: an output that cannot be written.
    """
    chunks = [tuple(tasks[start : start + _CHUNK]) for start in range(0, len(tasks), _CHUNK)]
    if processes <= 0:
        for chunk in chunks:
            yield clean_files(setup, chunk)
        return
    yield from side_by_side(
        chunks,
        lambda worker, chunk: _chunk(worker, setup, chunk),
        processes=processes,
        memory_bytes=memory_bytes,
    )


def fingerprint(profile: Profile, project: Project) -> str:
    """Return one name for all that can change what comes out beside the files themselves."""
    text = json.dumps(reporting.profile_row(profile), sort_keys=True)
    whole = "\0".join((text, project.id, __version__, EDITION, "1"))
    return hashlib.sha256(whole.encode()).hexdigest()[:24]


# ---------------------------------------------------------------------- parts


def _chunk(worker: Worker, setup: Setup, tasks: tuple[Task, ...]) -> tuple[Done, ...]:
    """Do a chunk; where a worker dies of it, file by file, so that one costs only itself."""
    patients = {task.patient for task in tasks}
    part = replace(setup, identifiers={patient: setup.identifiers[patient] for patient in patients})
    try:
        return worker.call(clean_files, part, tasks, timeout_s=_TIMEOUT_S)
    except GroundglassError as error:
        if error.code not in _CULPRIT_CODES:
            raise
        if len(tasks) == 1:
            trace = str(error.details.get("traceback", ""))
            return (Done(tasks[0].number, "failed", reason=error.code, trace=trace),)
    return tuple(done for task in tasks for done in _chunk(worker, setup, (task,)))


def _apart(inputs: Sequence[Path], out: Path, folder: Path) -> None:
    """Refuse an OUT within IN or around it: a second run would take its own results for a source."""
    target = Path(os.path.realpath(out))
    for number, path in enumerate(inputs, 1):
        source = Path(os.path.realpath(path))
        if target == source or source in target.parents or target in source.parents:
            raise InputError(
                INSIDE_EACH_OTHER,
                what="input and output lie within each other",
                where=f"input[{number}] and OUT",
                todo="name a folder apart from the source",
            )
    place = Path(os.path.realpath(folder))
    if place == target or target in place.parents:
        raise InputError(
            INSIDE_EACH_OTHER,
            what="the project folder, which holds the key, lies within the output",
            where="--project",
            todo="keep it apart from what is given away",
        )


def _place(out: Path) -> str:
    return os.path.realpath(out)


def _earlier(state: _State, *, overwrite: bool) -> bool:
    """Tell whether an earlier run into OUT is known; refuse a folder that holds something else."""
    out = state.out
    if out.exists() and not out.is_dir():
        raise InputError(OUTPUT_EXISTS, what="the output is a file", where="OUT", todo="name a folder")
    if not out.is_dir() or not any(out.iterdir()):
        return False
    place = _place(out)
    runs = [row for row in state.project.rows("runs") if row.get("out") == place]
    known = any(row.get("run") == state.name for row in runs)
    if known or overwrite:
        return known
    why = "of another profile, key or version" if runs else "of something else"
    raise InputError(
        OUTPUT_EXISTS,
        what=f"the folder holds files {why}",
        where="OUT",
        todo="name another folder, or use --overwrite",
    )


def _resume(state: _State, earlier: bool) -> None:
    """Take over what an earlier run of the same kind did, where source and output are still what they were."""
    if not earlier:
        return
    place = _place(state.out)
    wanted = {(str(task.source.path), task.source.member): task for task in state.tasks.values()}
    counts: dict[str, Any] = {}
    for row in state.project.rows("files"):
        if "counts_id" in row and "counts" in row:
            counts[str(row["counts_id"])] = row["counts"]
            continue
        if row.get("out") != place or row.get("run") != state.name:
            continue
        task = wanted.get((str(row["path"]), str(row["member"])))
        if task is None or row["target"] != task.target or row["print"] != state.prints[task.patient]:
            continue
        if row["stat"] != _stat(task.source):
            continue
        if row["outcome"] == "written" and not (state.out / task.target).is_file():
            continue
        done = _done(row, counts, task.number)
        if done is not None:
            state.done[task.number] = done
    state.counted |= set(counts)


def _prepare(state: _State, seen: Sequence[Seen], left_out: Sequence[FileSource]) -> None:
    """Make OUT, and write down who is who before the first file is there."""
    try:
        state.out.mkdir(parents=True, exist_ok=True)
    except OSError as reason:
        raise failed(reason) from reason
    clear_partial(state.out)
    state.project.append([{"out": _place(state.out), "run": state.name, "state": "started"}], table="runs")
    keys, days = state.project.keys, state.profile.days
    names: dict[str, dict[str, None]] = {}
    series: dict[tuple[str, str, str], None] = {}
    for each in seen:
        own = names.setdefault(each.patient, {})
        own.update((f"{kind}: {value}", None) for kind, value in each.names if kind in _PERSON_KINDS)
        series[each.patient, each.study_uid, each.series_uid] = None
    state.project.append(
        (
            {
                "patient": patient,
                "pseudonym": pseudonym(keys, patient),
                "days": keys.days(patient, *days),
                "names": list(own),
            }
            for patient, own in names.items()
        ),
        table="patients",
    )
    state.project.append(
        (
            {
                "patient": patient,
                "pseudonym": pseudonym(keys, patient),
                "study_uid": study,
                "study_out": keys.uid(study) if study else "",
                "series_uid": one,
                "series_out": keys.uid(one) if one else "",
            }
            for patient, study, one in series
        ),
        table="studies",
    )
    place = _place(state.out)
    state.project.append(
        (
            {"out": place, "run": state.name, "path": str(source.path), "member": source.member, "label": source.label}
            for source in left_out
        ),
        table="left-out",
    )


def _keep(state: _State, part: tuple[Done, ...]) -> None:
    """Write down what was done, behind the files themselves: a kill between the two only does a file again."""
    rows: list[dict[str, object]] = []
    place = _place(state.out)
    for done in part:
        state.done[done.number] = done
        task = state.tasks[done.number]
        counts = [[list(key[0]), *key[1:], number] for key, number in done.counts]
        reasons = [list(each) for each in done.reasons]
        text = json.dumps([counts, reasons])
        counts_id = hashlib.sha256(text.encode()).hexdigest()[:16]
        if counts_id not in state.counted:
            state.counted.add(counts_id)
            rows.append({"counts_id": counts_id, "counts": [counts, reasons]})
        rows.append(
            {
                "out": place,
                "run": state.name,
                "path": str(task.source.path),
                "member": task.source.member,
                "label": task.source.label,
                "stat": _stat(task.source),
                "print": state.prints[task.patient],
                "patient": task.patient,
                "pseudonym": pseudonym(state.project.keys, task.patient),
                "sop_uid": task.sop_uid,
                "target": task.target,
                "outcome": done.outcome,
                "kind": done.kind,
                "reason": done.reason,
                "boxes": [[box.frame, box.top, box.left, box.bottom, box.right] for box in done.boxes],
                "remarks": list(done.remarks),
                "facts": asdict(done.facts),
                "used": counts_id,
                **({"trace": done.trace} if done.trace else {}),
            }
        )
    state.project.append(rows, table="files", durable=False)  # settled with the end of the run


def _done(row: Mapping[str, Any], counts: Mapping[str, Any], number: int) -> Done | None:
    used = counts.get(str(row["used"]))
    if used is None:
        return None
    keys: list[tuple[Key, int]] = [
        ((tuple(path), tag, action, code, rule, changed), count)
        for path, tag, action, code, rule, changed, count in used[0]
    ]
    return Done(
        number,
        row["outcome"],
        row["kind"],
        row["reason"],
        tuple(Box(*box) for box in row["boxes"]),
        tuple(row["remarks"]),
        tuple(keys),
        tuple((reason, count) for reason, count in used[1]),
        Facts(**row["facts"]),
    )


def _stat(source: FileSource) -> list[int]:
    try:
        status = source.path.stat()
    except OSError:
        return [source.size]
    return [source.size, status.st_size, status.st_mtime_ns]


def _foreign(state: _State) -> int:
    """Return how many files lie below OUT that no run of this kind wrote."""
    ours = {task.target for number, task in state.tasks.items() if state.done[number].outcome == "written"}
    ours |= {REPORT_FILE, PAGE_FILE}
    return sum(
        1 for path in state.out.rglob("*") if not path.is_dir() and path.relative_to(state.out).as_posix() not in ours
    )
