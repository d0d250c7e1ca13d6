"""A build from recipe to version: choose, do each study, write the set, give it its name."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from groundglass.datasets.building.finishing import write_set
from groundglass.datasets.building.naming import patient_id, sites, study_key
from groundglass.datasets.building.running import on_this_machine
from groundglass.datasets.building.study import build_study
from groundglass.datasets.building.tasks import Engine, StudyDone, StudyOptions, StudyTask
from groundglass.datasets.candidates import Candidate, StudySource
from groundglass.datasets.findings import FINDINGS
from groundglass.datasets.funnel import Funnel, step
from groundglass.datasets.gathering import gather
from groundglass.datasets.layouts import inventory
from groundglass.datasets.members import Inventory, Member
from groundglass.datasets.recipe import Recipe
from groundglass.datasets.selection import Graded, select, settle
from groundglass.deidentify.profile import Profile
from groundglass.deidentify.profiles import load_profile
from groundglass.deidentify.project import Project, require_apart
from groundglass.deidentify.run import fingerprint as profile_fingerprint
from groundglass.deidentify.writing import failed as not_written
from groundglass.dicom.isolation import TOO_MUCH_MEMORY, TOOK_TOO_LONG, WORKER_DIED
from groundglass.dicom.limits import ReadingLimits
from groundglass.dicom.sources import FileSource
from groundglass.errors import UNEXPECTED, InputError, UnavailableError, declare
from groundglass.phrases import Notice
from groundglass.version import __version__

DATASET_EMPTY = declare("DATASET_EMPTY", "No study is left for the data set; the funnel says where they fell out.")
DATASET_VERSION_EXISTS = declare(
    "DATASET_VERSION_EXISTS", "A version of that name and number is there already, made of something else."
)
DATASET_VERSION_NOT_LATER = declare(
    "DATASET_VERSION_NOT_LATER", "The version to be made is not later than the one that it follows."
)
DATASET_STUDIES_FAILED = declare(
    "DATASET_STUDIES_FAILED", "The work on some studies failed, so nothing is published; the others are kept."
)
DATASET_PREVIOUS_DAMAGED = declare(
    "DATASET_PREVIOUS_DAMAGED", "The tables of the version before are damaged, or not of a set that was built here."
)
DATASET_BUSY = declare("DATASET_BUSY", "Another process builds the same version at the moment.")
DATASET_IN_SOURCE = declare("DATASET_IN_SOURCE", "The output folder and a source lie within each other.")

_WORK_FAILED = frozenset({WORKER_DIED, TOOK_TOO_LONG, TOO_MUCH_MEMORY, UNEXPECTED})
"""What may end otherwise on another day: such a study is never left out in silence."""
CHECKSUMS = "SHA256SUMS"
_LOCK_FILE = "lock"
_RUN = "1"
"""Counts changes of the work on a study that its other inputs do not show."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a build came to.

    Attributes
    ----------
    folder : Path
        The version.
    members : tuple of Member
        Its studies.
    funnel : Funnel
        How they were chosen.
    notices : tuple of Notice
        What was noticed while studies were chosen and documents written.
    remarks : tuple of (Notice, int)
        What whoever publishes it must look at: an example, and in how many studies.
    resumed : int
        Studies that an earlier run had done.
    unchanged : bool
        The same version was there already; nothing was written.
    fingerprint : str
        SHA-256 of the file of checksums.
    """

    folder: Path
    members: tuple[Member, ...]
    funnel: Funnel
    notices: tuple[Notice, ...]
    remarks: tuple[tuple[Notice, int], ...] = ()
    resumed: int = 0
    unchanged: bool = False
    fingerprint: str = ""


def build(
    recipe: Recipe,
    out: Path,
    *,
    project: Project,
    processes: int = 2,
    engine: Engine | None = None,
    source: StudySource | None = None,
    limits: ReadingLimits | None = None,
    memory_bytes: int | None = None,
    timeout_s: float = 900.0,
    on_progress: Callable[[str, int, int], None] | None = None,
) -> Built:
    """Build one version of a data set.

    Parameters
    ----------
    recipe : Recipe
        From :func:`groundglass.datasets.recipe.read_recipe`.
    out : Path
        Folder of all versions; the version lies in ``out/NAME-VERSION``.
    project : Project
        Its key names studies and patients.
    processes : int
        Worker processes of the engine of this machine; 0 does all in this one.
    engine : Engine, optional
        Runs :func:`build_study` for each task, on this machine or others.
    source : StudySource, optional
        Where studies come from instead of the folders of the recipe.
    limits : ReadingLimits, optional
        How much may be read.
    memory_bytes : int, optional
        Address space of a worker.
    timeout_s : float
        A study that takes longer has failed.
    on_progress : callable, optional
        Called with the stage (``gathering``, ``studies``, ``writing``), and how many of how many are done.

    Returns
    -------
    Built
        Where it is. The same recipe, sources and key give the same bytes.

    Raises
    ------
    InputError
        ``DATASET_EMPTY``, ``DATASET_VERSION_EXISTS``, ``DATASET_VERSION_NOT_LATER``, ``DATASET_STUDIES_FAILED``,
        ``DATASET_IN_SOURCE``; what gathering, tables, profile and project raise.
    UnavailableError
        ``OUTPUT_FAILED``; what is done is kept, the same call goes on from there.
    """
    tell = on_progress or (lambda _stage, _done, _total: None)
    about = recipe.about
    target = out / f"{about.name}-{about.version}"
    previous = _previous(recipe, out)
    profile = load_profile(recipe.profile)
    tell("gathering", 0, 0)
    notices, taken, funnel = chosen(recipe, out, project=project, source=source, limits=limits)
    if not taken:
        raise _empty(funnel)
    building = out / f".{target.name}.building"
    options = StudyOptions(
        project=project.folder,
        profile=recipe.profile,
        thinning=recipe.thinning,
        analysis=recipe.analysis,
        keep_age=recipe.publish.age != "none",
        keep_sex=recipe.publish.sex,
        memory_bytes=memory_bytes,
        timeout_s=timeout_s,
    )
    settings = profile_fingerprint(profile, project)
    tasks = {
        task.key: task
        for task in (_task(each, building / "work", recipe, project, options, settings) for each in taken)
    }
    of = {study_key(project.keys, about.name, each.key): each for each in taken}
    made_of = _made_of(recipe, of, project)
    if target.exists():
        shutil.rmtree(building, ignore_errors=True)  # left by a kill between the two last steps
        return _already(target, made_of, funnel, notices)
    job = _Job(recipe, target, tasks, of, project, profile, previous, made_of)
    with _alone(building):
        return _run(job, funnel, notices, engine or on_this_machine(processes), tell)


@dataclass(frozen=True, slots=True)
class _Job:
    """A build whose studies are chosen; ``of`` has the candidate of each task."""

    recipe: Recipe
    target: Path
    tasks: Mapping[str, StudyTask]
    of: Mapping[str, Candidate]
    project: Project
    profile: Profile
    previous: Inventory | None
    made_of: str


@contextlib.contextmanager
def _alone(building: Path) -> Iterator[None]:
    """Hold the folder of the build for this process.

    Raises
    ------
    UnavailableError
        ``DATASET_BUSY``, ``OUTPUT_FAILED``.
    """
    try:
        building.mkdir(parents=True, exist_ok=True)
        stream = (building / _LOCK_FILE).open("w")
    except OSError as reason:
        raise not_written(reason) from reason
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as reason:
            raise UnavailableError(
                DATASET_BUSY,
                what="another process builds this version",
                where=building.name,
                todo="wait for it, or stop it",
            ) from reason
        yield


def _run(job: _Job, funnel: Funnel, notices: list[Notice], run: Engine, tell: Callable[[str, int, int], None]) -> Built:
    """Do the studies and write the set."""
    recipe, tasks, target = job.recipe, job.tasks, job.target
    building = target.with_name(f".{target.name}.building")
    _clear(building, set(tasks))
    done: dict[str, StudyDone] = {}
    tell("studies", 0, len(tasks))
    for each in run(build_study, list(tasks.values())):
        done[each.key] = each
        tell("studies", len(done), len(tasks))
    _require_done(tasks, done)
    tell("writing", 0, 0)
    members, funnel = _members(job, done, funnel)
    if not members:
        raise _empty(funnel)
    stage = building / "set"
    try:
        shutil.rmtree(stage, ignore_errors=True)
        stage.mkdir()
        published, fingerprint, thoughts = write_set(
            stage,
            building / "work",
            replace(recipe, about=replace(recipe.about, made_of=job.made_of), sha256=_keyed(job)),
            members,
            done,
            funnel=funnel,
            keys=job.project.keys,
            profile=job.profile,
            previous=job.previous,
        )
        _remember(job.project, recipe, published, job.of)
        stage.rename(target)
        _sync(target.parent)
    except OSError as reason:
        raise not_written(reason) from reason
    shutil.rmtree(building, ignore_errors=True)
    resumed = sum(each.resumed for each in done.values())
    return Built(target, published, funnel, (*notices, *thoughts), _remarks(done), resumed, fingerprint=fingerprint)


def chosen(
    recipe: Recipe,
    out: Path,
    *,
    project: Project,
    source: StudySource | None = None,
    limits: ReadingLimits | None = None,
) -> tuple[list[Notice], tuple[Candidate, ...], Funnel]:
    """Choose the studies of a version; nothing is written.

    Parameters
    ----------
    recipe, out, project, source, limits
        As :func:`build`.

    Returns
    -------
    tuple
        What was noticed, the studies, and how they were chosen.

    Raises
    ------
    InputError
        As :func:`build`.
    """
    _apart(recipe, out, project)
    notices: list[Notice] = []
    candidates = gather(recipe, limits=limits, notices=notices, source=source)
    taken, funnel = select(candidates, recipe, keys=project.keys)
    return notices, taken, funnel


# ---------------------------------------------------------------------- before


def _apart(recipe: Recipe, out: Path, project: Project) -> None:
    """Refuse an output within a source, or around one: the next build would take its own results for studies."""
    require_apart(project.folder, out)
    place = Path(os.path.realpath(out))
    for number, rule in enumerate(recipe.sources, 1):
        source = Path(os.path.realpath(rule.path))
        if place == source or source in place.parents:
            raise InputError(
                DATASET_IN_SOURCE,
                what="the output folder lies within a source",
                where=f"sources[{number}]",
                todo="name an output folder apart from the sources",
            )


def _order_of(version: str) -> tuple[tuple[int, ...], bool, str]:
    """Return what versions are ordered by (Semantic Versioning 2.0.0, 11): a pre-release comes before its release."""
    core, _, early = version.partition("+")[0].partition("-")
    return tuple(int(part) for part in re.findall(r"\d+", core)[:3]), not early, early


def _previous(recipe: Recipe, out: Path) -> Inventory | None:
    """Return the version before: the one that the recipe names, else the latest earlier one beside it.

    Raises
    ------
    InputError
        ``DATASET_VERSION_NOT_LATER``, ``DATASET_PREVIOUS_DAMAGED``.
    """
    about = recipe.about
    own = _order_of(about.version)
    folder = recipe.previous
    if folder is None:
        earlier = []
        for each in out.glob(f"{about.name}-*") if out.is_dir() else ():
            version = each.name.removeprefix(f"{about.name}-")
            if re.fullmatch(r"\d+\.\d+\.\d+\S*", version) and each.is_dir() and _order_of(version) < own:
                earlier.append((_order_of(version), each))
        if not earlier:
            return None
        folder = max(earlier)[1]
    found = inventory(folder)
    if found.about.version and _order_of(found.about.version) >= own:
        raise InputError(
            DATASET_VERSION_NOT_LATER,
            what=f"version {about.version} is to follow {found.about.version}",
            where="version",
            todo="give a higher version",
        )
    damage = sorted({each.code for each in found.findings if FINDINGS[each.code].severity == "error"})
    if damage or not found.own or not all(member.study_key for member in found.members):
        raise InputError(
            DATASET_PREVIOUS_DAMAGED,
            what=f"its names cannot be taken over ({', '.join(damage) or 'it was not built by a recipe'})",
            where=folder.name,
            todo="get the version again from where it is published, or build the new one into another folder",
        )
    return found


def _task(
    each: Candidate, work: Path, recipe: Recipe, project: Project, options: StudyOptions, settings: str
) -> StudyTask:
    key = study_key(project.keys, recipe.about.name, each.key)
    content = {
        "run": _RUN,
        "software": __version__,
        "settings": settings,
        "thinning": asdict(options.thinning),
        "analysis": asdict(options.analysis),
        "keep": [options.keep_age, options.keep_sex],
        "files": [_stat(source) for source in each.files],
        "masks": [[mask.kind, mask.form, sorted(mask.labels.items()), *_stat(mask.source)] for mask in each.masks],
        "age": each.age_years,
        "sex": each.sex,
        "graded": bool(each.grade),
    }
    fingerprint = project.keys.digest("dataset-task", json.dumps(content, sort_keys=True)).hex()
    return StudyTask(
        key=key,
        label=each.label,
        series_uid=each.series_uid,
        files=each.files,
        masks=each.masks,
        age_years=each.age_years,
        sex=each.sex,
        has_grade=bool(each.grade),
        folder=work / key,
        fingerprint=fingerprint,
        options=options,
    )


def _stat(source: FileSource) -> list[object]:
    try:
        status = source.path.stat()
    except OSError:
        return [str(source.path), source.member, source.size]
    return [str(source.path), source.member, source.size, status.st_size, status.st_mtime_ns]


def _made_of(recipe: Recipe, of: Mapping[str, Candidate], project: Project) -> str:
    """Return one name for recipe, chosen studies and key: a second build of the same knows itself by it."""
    studies = [
        [
            key,
            each.series_uid,
            sorted(source.size for source in each.files),
            sorted(hashlib.sha256(mask.source.read()).hexdigest() for mask in each.masks),
            [each.grade, *each.reads, each.organisation, each.sex, each.age_years],
            sorted(each.columns.items()),
        ]
        for key, each in sorted(of.items())
    ]
    text = json.dumps([recipe.sha256, __version__, studies])
    return project.keys.digest("dataset-version", text).hex()


def _already(target: Path, made_of: str, funnel: Funnel, notices: Sequence[Notice]) -> Built:
    """Return the version that is there if it is the one that would be made.

    Raises
    ------
    InputError
        ``DATASET_VERSION_EXISTS``.
    """
    found = inventory(target)
    if found.about.made_of != made_of:
        raise InputError(
            DATASET_VERSION_EXISTS,
            what="this version is there already, made of other studies, or by another recipe, key or software",
            where=target.name,
            todo="give the recipe a higher version; a version is never changed",
        )
    try:
        fingerprint = hashlib.sha256((target / CHECKSUMS).read_bytes()).hexdigest()
    except OSError:
        fingerprint = ""
    return Built(target, found.members, funnel, tuple(notices), (), 0, True, fingerprint)


def _clear(building: Path, keys: set[str]) -> None:
    """Take away what no study of this build wants any more."""
    work = building / "work"
    for folder in work.iterdir() if work.is_dir() else ():
        if folder.name not in keys:
            shutil.rmtree(folder, ignore_errors=True)


# ---------------------------------------------------------------------- behind


def _require_done(tasks: Mapping[str, StudyTask], done: Mapping[str, StudyDone]) -> None:
    """Refuse to publish when the work on a study failed for reasons that are not the study's own.

    Raises
    ------
    InputError
        ``DATASET_STUDIES_FAILED``.
    """
    failures = [(key, each) for key, each in done.items() if each.outcome == "failed"]
    missing = [key for key in tasks if key not in done]
    if not failures and not missing:
        return
    codes = Counter(each.code for _, each in failures) + Counter({"NOT_RUN": len(missing)})
    labels = [tasks[key].label for key, _ in failures][:8]
    raise InputError(
        DATASET_STUDIES_FAILED,
        what=f"{len(failures) + len(missing)} of {len(tasks)} studies failed ("
        + ", ".join(f"{code} x {count}" for code, count in sorted(codes.items()))
        + f"): {', '.join(labels)}",
        where="the build",
        todo="run it again, with more memory or time if need be, or leave them out by selection.exclude",
        traceback=next((each.trace for _, each in failures if each.trace), ""),
    )


def _members(job: _Job, done: Mapping[str, StudyDone], funnel: Funnel) -> tuple[list[Member], Funnel]:
    """Return the studies that could be done, and the funnel with those that fell out on the way."""
    recipe, of, keys = job.recipe, job.of, job.project.keys
    name, publish = recipe.about.name, recipe.publish
    steps = list(funnel.steps)
    before = [of[key].patient for key in of]
    written = {key: each for key, each in done.items() if each.outcome == "written"}
    reasons = Counter(each.code for each in done.values() if each.outcome == "left-out")
    if reasons:
        steps.append(step("converted", before, [of[key].patient for key in of if key in written], reasons=reasons))
    organisations = {key: of[key].organisation for key in of if key in written}
    numbered_sites = sites(organisations, keys, name, job.previous) if publish.site else {}
    members: dict[str, Member] = {}
    for key, each in of.items():
        if key not in written:
            continue
        facts = dict(written[key].facts)
        if each.grade and recipe.analysis.grade != "always":
            facts |= {"grade": each.grade, "grade_source": "table"}
        if each.pattern:
            facts["pattern"] = each.pattern
        if each.localisation:
            facts["localisation"] = each.localisation
        if publish.reads:
            facts["reads"] = each.reads
        if not publish.scanner:
            facts |= {"manufacturer": None, "model": None}
        if publish.age == "decades" and facts.get("age_years") is not None:
            facts["age_years"] = facts["age_years"] // 10 * 10
        members[key] = Member(
            study_id="",
            study_key=key,
            patient_id=patient_id(keys, name, each.patient),
            site=numbered_sites.get(key),
            extra={new: each.columns.get(old, "") for old, new in publish.columns.items()},
            **facts,
        )
    graded = [Graded(of[key].key, of[key].patient, member.grade or "") for key, member in members.items()]
    kept, waited = settle(graded, recipe, keys=keys)
    steps += waited
    return [member for key, member in members.items() if of[key].key in kept], Funnel(tuple(steps))


def _keyed(job: _Job) -> str:
    """Return a name of the recipe that only the key holder can make: a recipe may list patients to leave out."""
    return job.project.keys.digest("dataset-recipe", job.recipe.sha256).hex()


def _remarks(done: Mapping[str, StudyDone]) -> tuple[tuple[Notice, int], ...]:
    """Return what studies carry, an example and how many of each."""
    counts: Counter[str] = Counter()
    examples: dict[str, Notice] = {}
    for _, each in sorted(done.items()):
        for notice in each.remarks:
            counts[notice.code] += 1
            examples.setdefault(notice.code, notice)
    return tuple((examples[code], count) for code, count in sorted(counts.items()))


def _remember(project: Project, recipe: Recipe, members: Iterable[Member], of: Mapping[str, Candidate]) -> None:
    """Write down who is who, for whoever must find a patient again."""
    patients: dict[str, dict[str, object]] = {}
    studies = []
    for member in members:
        each = of[str(member.study_key)]
        named = [f"{kind}: {text}" for kind, text in (("id", each.patient_id), ("accession", each.accession)) if text]
        row = patients.setdefault(
            str(member.patient_id), {"patient": f"{recipe.about.name}\0{each.patient}", "pseudonym": member.patient_id}
        )
        row["names"] = list(dict.fromkeys([*row.get("names", []), *named]))  # type: ignore[misc]  # a list of ours
        studies.append(
            {
                "patient": row["patient"],
                "pseudonym": member.patient_id,
                "study_uid": each.study_uid,
                "study_out": member.study_key,
                "series_uid": each.series_uid,
                "dataset": f"{recipe.about.name}-{recipe.about.version}",
                "study_id": member.study_id,
            }
        )
    project.append(patients.values(), table="patients")
    project.append(studies, table="studies")


def _empty(funnel: Funnel) -> InputError:
    rows = ", ".join(
        f"{each.code} -{each.studies_out}" + "".join(f" {code} {count}" for code, count in sorted(each.reasons.items()))
        for each in funnel.steps
        if each.studies_out
    )
    found = funnel.steps[0].studies_left if funnel.steps else 0
    return InputError(
        DATASET_EMPTY,
        what=f"none of {found} studies is left ({rows or 'nothing was found'})",
        where="selection",
        todo="look at the limits of the recipe",
    )


def _sync(folder: Path) -> None:
    """Make the new name durable, where folders can be opened."""
    if hasattr(os, "O_DIRECTORY"):
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
