"""A build from recipe to version: choose, do each study, write the set, give it its name."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from groundglass.datasets.building.composing import (
    empty,
    left_out_of,
    members_of,
    remarks_of,
    remember,
    require_done,
)
from groundglass.datasets.building.finishing import write_set
from groundglass.datasets.building.job import Built, Choice, Job, LeftOut
from groundglass.datasets.building.naming import study_key
from groundglass.datasets.building.preparing import already, apart, made_of, previous_of, task_of
from groundglass.datasets.building.running import on_this_machine
from groundglass.datasets.building.study import build_study
from groundglass.datasets.building.tasks import Engine, StudyDone, StudyOptions
from groundglass.datasets.candidates import StudySource
from groundglass.datasets.gathering import gather
from groundglass.datasets.recipe import Recipe
from groundglass.datasets.selection import select
from groundglass.deidentify.profiles import load_profile
from groundglass.deidentify.project import Project
from groundglass.deidentify.run import fingerprint as profile_fingerprint
from groundglass.deidentify.writing import failed as not_written
from groundglass.dicom.limits import ReadingLimits
from groundglass.errors import UnavailableError, declare
from groundglass.phrases import Notice

DATASET_BUSY = declare("DATASET_BUSY", "Another process builds the same version at the moment.")

_LOCK_FILE = "lock"


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
    tell("gathering", 0, 0)
    choice = chosen(recipe, out, project=project, source=source, limits=limits)
    if not choice.candidates:
        raise empty(choice.funnel)
    building = out / f".{target.name}.building"
    options = StudyOptions(
        project=project.folder,
        profile=recipe.profile,
        thinning=recipe.thinning,
        analysis=recipe.analysis,
        keep_age=recipe.publish.age != "none",
        keep_sex=recipe.publish.sex,
        keep_scanner=recipe.publish.scanner,
        memory_bytes=memory_bytes,
        timeout_s=timeout_s,
    )
    settings = profile_fingerprint(choice.profile, project)
    tasks = [task_of(each, building / "work", recipe, project, options, settings) for each in choice.candidates]
    of = {study_key(project.keys, about.name, each.key): each for each in choice.candidates}
    name = made_of(recipe, of, project, choice, settings)
    if target.exists():
        shutil.rmtree(building, ignore_errors=True)  # left by a kill between the two last steps
        return already(target, name, choice)
    job = Job(recipe, target, {task.key: task for task in tasks}, of, project, choice, name)
    with _alone(building):
        return _run(job, engine or on_this_machine(processes), tell)


def chosen(
    recipe: Recipe,
    out: Path,
    *,
    project: Project,
    source: StudySource | None = None,
    limits: ReadingLimits | None = None,
) -> Choice:
    """Choose the studies of a version; nothing is written.

    Parameters
    ----------
    recipe, out, project, source, limits
        As :func:`build`.

    Returns
    -------
    Choice
        The studies, and how they were chosen.

    Raises
    ------
    InputError
        As :func:`build`.
    """
    apart(recipe, out, project)
    previous, profile = previous_of(recipe, out), load_profile(recipe.profile)
    notices: list[Notice] = []
    candidates = gather(recipe, limits=limits, notices=notices, source=source)
    taken, funnel = select(candidates, recipe, keys=project.keys)
    unusable = [
        LeftOut(each.label, each.refusal.code, each.refusal.what) for each in candidates if each.refusal is not None
    ]
    return Choice(taken, funnel, tuple(notices), tuple(unusable), profile, previous)


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


def _run(job: Job, run: Engine, tell: Callable[[str, int, int], None]) -> Built:
    """Do the studies and write the set."""
    recipe, tasks, target, choice = job.recipe, job.tasks, job.target, job.choice
    building = target.with_name(f".{target.name}.building")
    _clear(building, set(tasks))
    done: dict[str, StudyDone] = {}
    tell("studies", 0, len(tasks))
    for each in run(build_study, list(tasks.values())):
        done[each.key] = each
        tell("studies", len(done), len(tasks))
    require_done(tasks, done)
    tell("writing", 0, 0)
    members, funnel = members_of(job, done, choice.funnel)
    if not members:
        raise empty(funnel)
    stage = building / "set"
    # a recipe may list patients to leave out: only the key holder can tell it from its name
    named = job.project.keys.digest("dataset-recipe", recipe.sha256).hex()
    try:
        shutil.rmtree(stage, ignore_errors=True)
        stage.mkdir()
        published, fingerprint, thoughts = write_set(
            stage,
            building / "work",
            replace(recipe, about=replace(recipe.about, made_of=job.made_of), sha256=named),
            members,
            done,
            funnel=funnel,
            keys=job.project.keys,
            profile=choice.profile,
            previous=choice.previous,
        )
        remember(job.project, recipe, published, job.of)
        stage.rename(target)
        _sync(target.parent)
    except OSError as reason:
        raise not_written(reason) from reason
    shutil.rmtree(building, ignore_errors=True)
    return Built(
        target,
        published,
        funnel,
        (*choice.notices, *thoughts),
        remarks_of(job, done),
        left_out_of(job, done),
        sum(each.resumed for each in done.values()),
        fingerprint=fingerprint,
    )


def _clear(building: Path, keys: set[str]) -> None:
    """Take away what no study of this build wants any more."""
    work = building / "work"
    for folder in work.iterdir() if work.is_dir() else ():
        if folder.name not in keys:
            shutil.rmtree(folder, ignore_errors=True)


def _sync(folder: Path) -> None:
    """Make the new name durable, where folders can be opened."""
    if hasattr(os, "O_DIRECTORY"):
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
