"""Reading sets after BIDS, ours and those of others: whatever pictures there are, sessions and runs, any derivative."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from groundglass.datasets.findings import Finding
from groundglass.datasets.layouts.bids import SIDECAR
from groundglass.datasets.layouts.reading import membership
from groundglass.datasets.layouts.reading.rows import Table, read_json, read_table
from groundglass.datasets.layouts.reading.tree import Tree, shown, stem_of
from groundglass.datasets.members import About, Member

DESCRIPTION, PARTICIPANTS = "dataset_description.json", "participants.tsv"
_SUBJECT = re.compile(r"^sub-[A-Za-z0-9+]+$")
_MASK_SUFFIXES = frozenset({"mask", "dseg", "seg", "roi", "probseg"})
_LUNGS = re.compile(r"(?:^|-)(?:lung|lungs)", re.IGNORECASE)
_NAMES = {"age": "age_years"}
_UNKNOWN = frozenset({"n/a", "N/A", "nan", "NaN"})
_NUMBERS = frozenset({"kvp", "slice_thickness_mm", "spacing_slice_mm"})
_SEX = {"male": "M", "m": "M", "female": "F", "f": "F", "other": "O", "o": "O"}


def recognises(tree: Tree, description: Any) -> bool:
    """Tell whether there is a description with the version of BIDS, or subjects with a table of them."""
    if isinstance(description, dict) and "BIDSVersion" in description:
        return True
    subjects = any(_SUBJECT.match(path.split("/")[0]) for path in tree.files if "/" in path)
    return subjects and any(stem_of(path) for path in tree.files)


def read(tree: Tree, findings: list[Finding]) -> tuple[tuple[Member, ...], About]:
    """Return a study for each picture, with the row of its participant, and what the description says."""
    description = read_json(tree, DESCRIPTION, findings)
    named = isinstance(description, dict) and description.get("Name")
    if not named and (description is not None or DESCRIPTION not in tree.files):
        findings.append(Finding("MANIFEST_DAMAGED", None, {"file": DESCRIPTION}))
    rows = participants(tree, findings)
    pictures = _pictures(tree)
    masks = _masks(tree)
    per_subject = Counter(_subject(path) for path in pictures)
    members = []
    for path in pictures:
        subject = _subject(path)
        key = _entities(path)
        name = subject if per_subject[subject] == 1 else key
        lesion, lungs = (_of(masks, key, subject, kind) for kind in ("lesion", "lungs"))
        facts = rows.get(subject, Member(study_id=subject, patient_id=subject))
        members.append(_with_sidecar(_joined(facts, name, subject, path, lesion, lungs), tree))
    here = {_subject(path) for path in pictures}
    for subject, row in rows.items():
        if subject not in here:
            path = f"{subject}/ct/{subject}_ct.nii.gz"
            members.append(_joined(row, subject, subject, path, None, None))
    if rows:
        for subject in sorted(here - rows.keys()):
            findings.append(Finding("STUDY_NOT_IN_REGISTRY", subject, {"file": PARTICIPANTS}))
    members.sort(key=lambda member: member.study_file or "")
    findings += membership.strays(
        members, tree, pictures=(), masks=("derivatives/",), others=("sub-", "sourcedata/", "rawdata/")
    )
    kept = membership.unique(enumerate(members, start=2), PARTICIPANTS, findings)
    return kept, _about(description if isinstance(description, dict) else {})


def participants(tree: Tree, findings: list[Finding]) -> dict[str, Member]:
    """Return the row of each subject as far as it can be understood."""
    table = read_table(tree, PARTICIPANTS, findings, wanted=("participant_id",))
    if table is None:
        if PARTICIPANTS not in tree.files:
            findings.append(Finding("REGISTRY_MISSING", None, {"file": PARTICIPANTS}))
        return {}
    found: dict[str, Member] = {}
    for number, cells in table.rows:
        subject = cells.get("participant_id", "")
        subject = subject if subject.startswith("sub-") or not subject else f"sub-{subject}"
        if not _SUBJECT.match(subject):
            values: dict[str, str | int] = {"file": PARTICIPANTS, "row": number, "column": "participant_id"}
            findings.append(Finding("REGISTRY_ROW_DAMAGED", None, values))
        elif subject in found:
            findings.append(Finding("STUDY_ID_DOUBLE", subject, {"file": PARTICIPANTS, "row": number}))
        else:
            found[subject] = _row(subject, cells, table, number, findings)
    return found


def _row(subject: str, cells: Mapping[str, str], table: Table, number: int, findings: list[Finding]) -> Member:
    """Return what a row says; a cell that is none of its kind is told and left out."""
    row = {_NAMES.get(name, name): "" if text in _UNKNOWN else text for name, text in cells.items()}
    row.pop("participant_id", None)
    row["study_id"] = row.get("study_id") or subject
    row["sex"] = _SEX.get(row.get("sex", "").casefold(), "")
    if row.get("grade"):
        row["grade"] = membership.grade_of(row["grade"]) or ""
        if not row["grade"]:
            findings.append(Finding("GRADE_UNKNOWN", subject, {"file": table.file, "row": number}))
    if (age := row.get("age_years", "")) and "." in age:
        row["age_years"] = age.split(".")[0]
    return membership.understood(row, table.file, number, findings) or Member(study_id=subject)


def _joined(facts: Member, name: str, subject: str, path: str, lesion: str | None, lungs: str | None) -> Member:
    study_id = facts.study_id if facts.study_id != subject and name == subject else name
    return replace(
        facts,
        study_id=shown(study_id),
        patient_id=facts.patient_id or subject,
        study_file=path,
        mask_file=lesion,
        lungs_file=lungs,
    )


def _with_sidecar(member: Member, tree: Tree) -> Member:
    """Return the member with what the JSON beside its picture says of the scan, where the table does not."""
    path = str(member.study_file).removesuffix(".gz").removesuffix(".nii") + ".json"
    stored = read_json(tree, path, [])
    facts: dict[str, Any] = {}
    for name, attribute in SIDECAR if isinstance(stored, dict) else ():
        value = stored.get(name)
        if getattr(member, attribute) is not None or isinstance(value, bool):
            continue
        if attribute in _NUMBERS and isinstance(value, int | float) and math.isfinite(value):
            facts[attribute] = float(value)
        elif attribute not in _NUMBERS and isinstance(value, str) and value.strip() and value not in _UNKNOWN:
            facts[attribute] = shown(value.strip())
    return replace(member, **facts)


def _pictures(tree: Tree) -> list[str]:
    """Return the pictures of subjects: those called ct where there are any, else all that are no masks."""
    found = [path for path in tree.nifti() if _SUBJECT.match(path.split("/")[0]) and "/" in path]
    found = [path for path in found if _suffix(path) not in _MASK_SUFFIXES]
    called = [path for path in found if _suffix(path).casefold() == "ct"]
    return called or found


def _masks(tree: Tree) -> dict[tuple[str, str], str]:
    """Return the first mask of each kind for each name of a picture."""
    found: dict[tuple[str, str], str] = {}
    for path in tree.nifti():
        if _suffix(path) in _MASK_SUFFIXES and "sub-" in path:
            parts = str(stem_of(path)).split("_")
            said = [part for part in parts[:-1] if part.startswith(("desc-", "label-", "seg-"))]
            kind = "lungs" if any(_LUNGS.search(part) for part in said) else "lesion"
            found.setdefault((_entities(path), kind), path)
    return found


def _of(masks: Mapping[tuple[str, str], str], key: str, subject: str, kind: str) -> str | None:
    return masks.get((key, kind)) or (masks.get((subject, kind)) if key != subject else None)


def _subject(path: str) -> str:
    return next((name for name in PurePosixPath(path).parts if _SUBJECT.match(name)), "")


def _suffix(path: str) -> str:
    return str(stem_of(path) or "").rpartition("_")[2]


def _entities(path: str) -> str:
    """Return the subject, session and what else tells pictures apart: ``sub-01_ses-2_run-1``."""
    parts = str(stem_of(path) or "").split("_")[:-1]
    return "_".join(part for part in parts if not part.startswith(("desc-", "label-", "seg-", "space-", "res-")))


def _about(stored: Mapping[str, Any]) -> About:
    def text(key: str) -> str:
        return str(stored[key]) if isinstance(stored.get(key), str) else ""

    authors = stored.get("Authors")
    return About(
        name=text("Name"),
        version=text("DatasetVersion"),
        title={"en": text("Name")} if text("Name") else {},
        licence=text("License"),
        authors=tuple(str(each) for each in authors) if isinstance(authors, list) else (),
        citation=text("HowToAcknowledge"),
        doi=text("DatasetDOI"),
    )
