"""Reading our own sets: the manifest, ``studies.csv``, ``splits.csv``, and the tables of the layout against them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from groundglass.datasets.findings import Finding
from groundglass.datasets.layouts.bids import subject_of
from groundglass.datasets.layouts.contract import MANIFEST_SCHEMA, SPLITS_FILE, STUDIES_FILE
from groundglass.datasets.layouts.mosmed import UNGRADED
from groundglass.datasets.layouts.reading import bids, membership, mosmed, nnunet
from groundglass.datasets.layouts.reading.rows import read_json, read_table
from groundglass.datasets.layouts.reading.tree import Tree, shown
from groundglass.datasets.members import STUDY_FIELDS, About, Member

MANIFESTS = ("groundglass.json", "dataset.json")
STRAYS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "mosmed": {"pictures": ("studies/",), "masks": ("masks/",)},
    "nnunet": {"pictures": ("imagesTr/", "imagesTs/"), "masks": ("labelsTr/", "labelsTs/", "lungsTr/", "lungsTs/")},
    "bids": {"pictures": ("sub-",), "masks": ("derivatives/",)},
}
"""Where pictures and masks lie, by layout."""


def manifest_of(tree: Tree) -> tuple[str, dict[str, Any]] | None:
    """Return the name and content of our manifest, None where there is none that can be read."""
    for name in MANIFESTS:
        content = read_json(tree, name, [])
        if isinstance(content, dict) and content.get("schema") == MANIFEST_SCHEMA:
            return name, content
    return None


def about_of(content: Mapping[str, Any]) -> About:
    """Return what a manifest says of the set, whatever of it can be understood."""
    stored = content.get("about")
    values: dict[str, Any] = {}
    for field in fields(About):
        value = stored.get(field.name) if isinstance(stored, dict) else None
        usual = getattr(About(), field.name)
        if isinstance(usual, str) and isinstance(value, str):
            values[field.name] = value
        elif isinstance(usual, tuple) and isinstance(value, list):
            values[field.name] = tuple(str(each) for each in value)
        elif isinstance(usual, dict) and isinstance(value, dict):
            values[field.name] = value if field.name == "card" else {str(k): str(v) for k, v in value.items()}
    return About(**values)


def members_of(tree: Tree, findings: list[Finding]) -> tuple[Member, ...] | None:
    """Return the studies of ``studies.csv``, None where it cannot be read."""
    table = read_table(tree, STUDIES_FILE, findings, wanted=("study_id", "study_file"))
    if table is None or "study_id" not in table.columns:
        if STUDIES_FILE not in tree.files:
            findings.append(Finding("REGISTRY_MISSING", None, {"file": STUDIES_FILE}))
        return None
    for name in (column.name for column in STUDY_FIELDS):
        if name not in (*table.columns, "study_id", "study_file"):
            findings.append(Finding("REGISTRY_COLUMN_MISSING", None, {"file": STUDIES_FILE, "column": name}))
    rows = []
    for number, cells in table.rows:
        study_id = cells["study_id"]
        paths = {}
        for attribute, _ in membership.FILE_ATTRIBUTES:
            paths[attribute] = membership.checked_path(cells.get(attribute, ""), study_id or None, findings)
        member = membership.understood(cells, STUDIES_FILE, number, findings)
        if member is not None:
            member = replace(member, study_id=shown(member.study_id), **paths)  # type: ignore[arg-type]  # all paths
            rows.append((number, membership.with_grade(member, cells.get("grade", ""), STUDIES_FILE, number, findings)))
            if not member.study_file and not cells.get("study_file"):
                values = _place(number, "study_file")
                findings.append(Finding("REGISTRY_ROW_DAMAGED", member.study_id, values))
    return membership.unique(rows, STUDIES_FILE, findings)


def compare(
    members: tuple[Member, ...],
    tree: Tree,
    layout: str,
    content: Mapping[str, Any],
    findings: list[Finding],
    *,
    manifest: str = MANIFESTS[1],
) -> None:
    """Tell where the other tables of our set, its manifest and its files say something else than ``studies.csv``."""
    if layout == "mosmed":
        _compare_registries(members, tree, findings)
    elif layout == "nnunet":
        nnunet.compare(members, tree, findings)
    elif layout == "bids":
        _compare_participants(members, tree, findings)
    said = content.get("studies")
    if said is not None and said != len(members):
        number = said if isinstance(said, int) else 0
        findings.append(Finding("COUNTS_DIFFER", None, {"file": manifest, "said": number, "found": len(members)}))
    _compare_splits(members, tree, findings)
    findings += membership.grade_findings(members, findings)
    findings += membership.strays(members, tree, **STRAYS[layout])


def _compare_registries(members: tuple[Member, ...], tree: Tree, findings: list[Finding]) -> None:
    for file in mosmed.REGISTRIES:
        if file not in tree.files:
            findings.append(Finding("REGISTRY_MISSING", None, {"file": file}))
    for file, rows in mosmed.registries(tree, findings).items():
        findings += mosmed.differences(members, STUDIES_FILE, rows, file)
        named = {member.study_id for member in rows}
        for member in members:
            # what people look at is the published registry: a picture that it does not name is in no row for them
            if member.study_id not in named and member.study_file in tree.files:
                values = {"file": shown(member.study_file)}
                findings.append(Finding("STUDY_NOT_IN_REGISTRY", member.study_id, values))
    for member in members:
        if member.grade and (member.study_file or "").startswith(f"studies/{UNGRADED}/"):
            values = {"file": shown(member.study_file or ""), "grade": member.grade}
            findings.append(Finding("GRADE_AGAINST_FOLDER", member.study_id, values))


def _compare_participants(members: tuple[Member, ...], tree: Tree, findings: list[Finding]) -> None:
    rows = bids.participants(tree, findings)
    if not rows:
        return
    here = {subject_of(member.study_id): member for member in members}
    for subject, member in here.items():
        row = rows.get(subject)
        column = "participant_id"
        if row is not None:
            facts = ("patient_id", "split", "grade", "sex", "age_years")
            column = next((name for name in facts if getattr(row, name) != getattr(member, name)), "")
        if column:
            values = {"file": STUDIES_FILE, "other": bids.PARTICIPANTS, "column": column}
            findings.append(Finding("REGISTRIES_DIFFER", member.study_id, values))
    for subject in rows.keys() - here.keys():
        values = {"file": STUDIES_FILE, "other": bids.PARTICIPANTS, "column": "participant_id"}
        findings.append(Finding("REGISTRIES_DIFFER", subject, values))


def _compare_splits(members: tuple[Member, ...], tree: Tree, findings: list[Finding]) -> None:
    findings += membership.split_findings(members, STUDIES_FILE)
    table = read_table(tree, SPLITS_FILE, findings, wanted=("study_id", "split"))
    if table is None:
        if SPLITS_FILE not in tree.files and any(member.split for member in members):
            findings.append(Finding("REGISTRY_MISSING", None, {"file": SPLITS_FILE}))
        return
    said = {cells.get("study_id", ""): cells.get("split", "") for _, cells in table.rows}
    for member in members:
        if said.pop(member.study_id, "") != (member.split or ""):
            findings.append(Finding("SPLIT_UNKNOWN", member.study_id, {"file": SPLITS_FILE}))
    for name in said:
        findings.append(Finding("SPLIT_UNKNOWN", shown(name) or None, {"file": SPLITS_FILE}))


def _place(row: int, column: str) -> dict[str, str | int]:
    return {"file": STUDIES_FILE, "row": row, "column": column}
