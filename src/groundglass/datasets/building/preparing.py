"""Before the first study is done: what the version follows, what its studies are, and whether it is there already."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from groundglass.datasets.building.job import Built, Choice
from groundglass.datasets.building.naming import study_key
from groundglass.datasets.building.tasks import StudyOptions, StudyTask
from groundglass.datasets.candidates import Candidate
from groundglass.datasets.documents import check_checksums
from groundglass.datasets.findings import FINDINGS
from groundglass.datasets.layouts import inventory
from groundglass.datasets.members import Inventory
from groundglass.datasets.recipe import Recipe
from groundglass.deidentify.project import Project, require_apart
from groundglass.dicom.sources import FileSource
from groundglass.errors import InputError, declare
from groundglass.version import __version__

DATASET_VERSION_EXISTS = declare(
    "DATASET_VERSION_EXISTS", "A version of that name and number is there already, made of something else."
)
DATASET_VERSION_DAMAGED = declare(
    "DATASET_VERSION_DAMAGED", "The version is there already, and its files are not those that were published."
)
DATASET_VERSION_NOT_LATER = declare(
    "DATASET_VERSION_NOT_LATER", "The version to be made is not later than the one that it follows."
)
DATASET_PREVIOUS_DAMAGED = declare(
    "DATASET_PREVIOUS_DAMAGED", "The tables of the version before are damaged, or not of a set that was built here."
)
DATASET_IN_SOURCE = declare("DATASET_IN_SOURCE", "The output folder and a source lie within each other.")

CHECKSUMS = "SHA256SUMS"
_RUN = "1"
"""Counts changes of the work on a study that its other inputs do not show."""


def apart(recipe: Recipe, out: Path, project: Project) -> None:
    """Refuse an output within a source: the next build would take its own results for studies.

    Raises
    ------
    InputError
        ``DATASET_IN_SOURCE``, ``PROJECT_NOT_APART``.
    """
    require_apart(project.folder, out, *(rule.path for rule in recipe.sources))
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


def previous_of(recipe: Recipe, out: Path) -> Inventory | None:
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


def task_of(
    each: Candidate, work: Path, recipe: Recipe, project: Project, options: StudyOptions, settings: str
) -> StudyTask:
    """Return the task of a study.

    Parameters
    ----------
    each : Candidate
        The study.
    work : Path
        Holds a folder a study.
    recipe, project, options
        Of the build.
    settings : str
        One name for profile and key.
    """
    key = study_key(project.keys, recipe.about.name, each.key)
    published = {new: each.columns.get(old, "") for old, new in recipe.publish.columns.items()}
    content = {
        "run": _RUN,
        "software": __version__,
        "settings": settings,
        "thinning": asdict(options.thinning),
        "analysis": asdict(options.analysis),
        "keep": [options.keep_age, options.keep_sex, options.keep_scanner],
        "published": published,
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
        published=published,
        folder=work / key,
        fingerprint=fingerprint,
        options=options,
    )


def made_of(recipe: Recipe, of: Mapping[str, Candidate], project: Project, choice: Choice, settings: str) -> str:
    """Return one name for all that a version is made of: a second build of the same knows itself by it.

    Parameters
    ----------
    recipe, project
        Of the build.
    of : mapping of str to Candidate
        Studies by ``study_key``.
    choice : Choice
        Funnel and version before.
    settings : str
        One name for profile and key.
    """
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
    licence = recipe.licence_file.read_bytes() if recipe.licence_file is not None else b""
    around = [settings, hashlib.sha256(licence).hexdigest(), choice.previous.about.made_of if choice.previous else ""]
    text = json.dumps([recipe.sha256, __version__, around, choice.funnel.rows(), studies])
    return project.keys.digest("dataset-version", text).hex()


def already(target: Path, made_of: str, choice: Choice) -> Built:
    """Return the version that is there if it is the one that would be made.

    Parameters
    ----------
    target : Path
        Of the version.
    made_of : str
        As :func:`made_of` names what it would be made of.
    choice : Choice
        The studies.

    Raises
    ------
    InputError
        ``DATASET_VERSION_EXISTS``, ``DATASET_VERSION_DAMAGED``.
    """
    found = inventory(target)
    if found.about.made_of != made_of:
        raise InputError(
            DATASET_VERSION_EXISTS,
            what="this version is there already, made of other studies, or by another recipe, key or software",
            where=target.name,
            todo="give the recipe a higher version; a version is never changed",
        )
    checked = check_checksums(target)
    if not checked.sound:
        raise InputError(
            DATASET_VERSION_DAMAGED,
            what="this version is there already, and some of its files are not those that were published",
            where=target.name,
            todo="get it from a copy, or move it away and build it again",
        )
    try:
        fingerprint = hashlib.sha256((target / CHECKSUMS).read_bytes()).hexdigest()
    except OSError:
        fingerprint = ""
    return Built(
        target,
        found.members,
        choice.funnel,
        choice.notices,
        (),
        choice.left_out,
        unchanged=True,
        fingerprint=fingerprint,
    )


def _order_of(version: str) -> tuple[tuple[int, ...], bool, str]:
    """Return what versions are ordered by (Semantic Versioning 2.0.0, 11): a pre-release comes before its release."""
    core, _, early = version.partition("+")[0].partition("-")
    return tuple(int(part) for part in re.findall(r"\d+", core)[:3]), not early, early


def _stat(source: FileSource) -> list[object]:
    try:
        status = source.path.stat()
    except OSError:
        return [str(source.path), source.member, source.size]
    return [str(source.path), source.member, source.size, status.st_size, status.st_mtime_ns]
