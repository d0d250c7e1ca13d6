"""From studies that are done to the files of a version: names, splits, tables, statistics, documents, checksums."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from groundglass import nifti
from groundglass.datasets.building.naming import numbered
from groundglass.datasets.building.tasks import FILES, MASK_FILE, StudyDone
from groundglass.datasets.conversion import write_mask
from groundglass.datasets.documents import Release, write_checksums, write_documents
from groundglass.datasets.funnel import Funnel
from groundglass.datasets.layouts import LAYOUTS
from groundglass.datasets.members import STUDY_FIELDS, About, Inventory, Member, cells
from groundglass.datasets.recipe import Recipe
from groundglass.datasets.splits import PatientFacts, split
from groundglass.datasets.statistics import figures, statistics_of
from groundglass.deidentify.keys import Keys
from groundglass.deidentify.profile import Profile
from groundglass.phrases import LANGUAGES, Notice
from groundglass.version import __version__

STUDIES_TABLE, SPLITS_TABLE = "studies.csv", "splits.csv"
_PLAIN_LABELS: Mapping[int, str] = {1: "lesion"}
_KIND_LABELS: Mapping[int, str] = {1: "ground_glass", 2: "consolidation", 3: "lesion"}
"""Where some studies tell kinds: a lesion of those that do not is 3."""
_READ_ONLY = 0o444


def write_set(
    stage: Path,
    work: Path,
    recipe: Recipe,
    members: Sequence[Member],
    done: Mapping[str, StudyDone],
    *,
    funnel: Funnel,
    keys: Keys,
    profile: Profile,
    previous: Inventory | None,
    notices: Sequence[Notice] = (),
) -> tuple[tuple[Member, ...], str, tuple[Notice, ...]]:
    """Write all files of a version into an empty folder.

    Parameters
    ----------
    stage : Path
        The folder.
    work : Path
        Holds a folder a study, by ``study_key``.
    recipe : Recipe
        How.
    members : sequence of Member
        Without ``study_id``, ``split`` and names of files.
    done : mapping of str to StudyDone
        By ``study_key``.
    funnel, keys, profile, previous, notices
        As :class:`groundglass.datasets.documents.Release`.

    Returns
    -------
    tuple
        Members as published; the SHA-256 of the file of checksums, the fingerprint of the version; what whoever
        publishes it should think over.

    Raises
    ------
    OSError
        The disk refuses.
    UnavailableError
        ``OUTPUT_FAILED``, likewise.
    """
    layout = LAYOUTS[recipe.layout]
    labels, numbers = _label_table(done[str(member.study_key)] for member in members)
    named = _split(numbered(members, previous), recipe, keys, previous)
    placed = []
    for member in named:
        key = str(member.study_key)
        files = {}
        for kind in done[key].files:
            path = layout.place(member, kind)
            files[kind] = path.as_posix()
            _put(work / key / FILES[kind], stage / path, numbers.get(key) if kind == "mask" else None)
        placed.append(
            replace(
                member,
                study_file=files["study"],
                mask_file=files.get("mask"),
                lungs_file=files.get("lungs"),
            )
        )
    published = tuple(placed)
    about = _about(recipe.about, published, previous, labels)
    recipe = replace(recipe, about=about)
    for name, content in layout.tables(published, about).items():
        _write(stage / name, content)
    _write(stage / STUDIES_TABLE, studies_table(published))
    if recipe.splits.shares or recipe.splits.folds:
        _write(stage / SPLITS_TABLE, splits_table(published))
    statistics = statistics_of(published, funnel=funnel)
    _write(stage / "statistics.json", _json(statistics.to_json()))
    _write(stage / "funnel.json", _json({"schema": "groundglass/dataset-funnel/1", "steps": funnel.rows()}))
    for language in LANGUAGES:
        if language in recipe.languages:
            for name, content in figures(statistics, language).items():
                stem, _, ending = name.rpartition(".")
                _write(stage / "statistics" / f"{stem}_{language}.{ending}", content)
    release = Release(
        recipe=recipe,
        members=published,
        layout=recipe.layout,
        software=f"groundglass {__version__}",
        funnel=funnel,
        statistics=statistics,
        previous=previous,
        mask_labels=labels,
        profile=profile,
        notices=tuple(notices),
    )
    thoughts = write_documents(stage, release)
    fingerprint = write_checksums(stage)
    for each in stage.rglob("*"):
        if each.is_file():
            each.chmod(_READ_ONLY)
    return published, fingerprint, thoughts


def studies_table(members: Sequence[Member]) -> bytes:
    """Return ``studies.csv``: UTF-8, commas, a line feed behind each row."""
    more = sorted({name for member in members for name in member.extra})
    return _csv([column.name for column in STUDY_FIELDS] + more, [cells(member) for member in members])


def splits_table(members: Sequence[Member]) -> bytes:
    """Return ``splits.csv``: study, patient, part."""
    return _csv(["study_id", "patient_id", "split"], [cells(member) for member in members])


def _csv(head: Sequence[str], rows: Sequence[Mapping[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, head, extrasaction="ignore", restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _put(source: Path, target: Path, numbers: Mapping[int, int] | None) -> None:
    """Give a file its place; the one in the work folder stays, for a later run."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if numbers is not None:
        found = nifti.read_labels(source, label=MASK_FILE)
        table = np.arange(256, dtype=np.uint8)
        for old, new in numbers.items():
            table[old] = new
        write_mask(target, found.with_array(table[found.array]), turned=True)
        return
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _label_table(studies: Iterable[StudyDone]) -> tuple[dict[int, str], dict[str, dict[int, int]]]:
    """Return the meaning of numbers in the masks of the set, and what must be renumbered in which study."""
    masked = [each for each in studies if "mask" in each.files]
    if not any(each.kinds for each in masked):
        return dict(_PLAIN_LABELS), {}
    return dict(_KIND_LABELS), {each.key: {1: 3} for each in masked if not each.kinds}


def _split(members: Sequence[Member], recipe: Recipe, keys: Keys, previous: Inventory | None) -> tuple[Member, ...]:
    """Put every patient into a part; those of the version before stay where they were."""
    rule = recipe.splits
    if not rule.shares and not rule.folds:
        return tuple(members)
    parts = set(rule.shares) or {f"fold-{number}" for number in range(1, rule.folds + 1)}
    before = previous.members if previous is not None else ()
    fixed = {str(each.patient_id): str(each.split) for each in before if each.patient_id and each.split in parts}
    patients: dict[str, PatientFacts] = {}
    for member in members:
        patient = str(member.patient_id)
        known = patients.get(patient, PatientFacts())
        grade = max(known.grade, member.grade or "")
        patients[patient] = replace(
            known, grade=grade, masked=known.masked or member.lesion_ml is not None, studies=known.studies + 1
        )
    salt = keys.digest("dataset-split", recipe.about.name).hex()
    chosen = split(patients, rule, fixed={name: part for name, part in fixed.items() if name in patients}, salt=salt)
    return tuple(replace(member, split=chosen[str(member.patient_id)]) for member in members)


def _about(about: About, members: Sequence[Member], previous: Inventory | None, labels: Mapping[int, str]) -> About:
    """Return what is said of the set with what only this build knows."""
    here = {member.study_id for member in members}
    gone = (*previous.about.withdrawn, *(each.study_id for each in previous.members)) if previous else ()
    card = {**about.card, "mask_labels": {str(number): name for number, name in labels.items()}}
    withdrawn = sorted({name for name in gone if name not in here})
    return replace(about, withdrawn=tuple(withdrawn), card=card)
