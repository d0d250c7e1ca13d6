"""Reading the layout of MosMedData: registries against each other, and against the files."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from groundglass.datasets.findings import Finding
from groundglass.datasets.layouts.mosmed import COLUMNS, REGISTRY
from groundglass.datasets.layouts.reading import membership
from groundglass.datasets.layouts.reading.rows import Table, read_table
from groundglass.datasets.layouts.reading.tree import Tree, shown, stem_of
from groundglass.datasets.members import Member

REGISTRIES = (f"{REGISTRY}.csv", f"{REGISTRY}.xlsx")
PICTURES, MASKS = ("studies/",), ("masks/",)
_NUMBER = re.compile(r"^0*(\d{1,9})(?:\.0+)?$")
_STUDY = re.compile(r"^study_0*(\d{1,9})$")
_OURS = ("study_file", "mask_file", "lungs_file", "grade")
"""Columns of ours that a registry says by its own."""
_COMPARED = (("category", "grade"), ("study_file", "study_file"), ("mask_file", "mask_file"))


def recognises(tree: Tree) -> bool:
    """Tell whether there is a registry, or what it would name."""
    return any(name in tree.files for name in REGISTRIES) or any(path.startswith("studies/CT-") for path in tree.files)


def read(tree: Tree, findings: list[Finding]) -> tuple[Member, ...]:
    """Return the studies of the registry; of the files where there is none that can be read."""
    tables = registries(tree, findings)
    if not tables:
        if not any(name in tree.files for name in REGISTRIES):
            findings.append(Finding("REGISTRY_MISSING", None, {"file": REGISTRIES[1]}))
        members = _of_files(tree)
    else:
        members = next(iter(tables.values()))
        if len(tables) > 1:
            findings += differences(members, REGISTRIES[0], tables[REGISTRIES[1]], REGISTRIES[1])
    members = tuple(_with_lungs(member, tree) for member in members)
    if tables:
        known = {path for other in tables.values() for m in other for path in (m.study_file, m.mask_file) if path}
        here = membership.strays(members, tree, pictures=PICTURES, masks=MASKS)
        findings += [each for each in here if each.values["file"] not in known]
    return members


def registries(tree: Tree, findings: list[Finding]) -> dict[str, tuple[Member, ...]]:
    """Return the studies of each registry that can be read, by its file."""
    found = {}
    for file in REGISTRIES:
        table = read_table(tree, file, findings, wanted=COLUMNS)
        if table is not None and {"study_id", "study_file"} & set(table.columns):
            found[file] = _members(table, tree, findings)
    return found


def differences(members: tuple[Member, ...], file: str, others: tuple[Member, ...], other: str) -> list[Finding]:
    """Return what two tables say differently: a study in one of them, another grade or file."""
    found = []
    first, second = ({member.study_id: member for member in each} for each in (members, others))
    for name in [*first, *(name for name in second if name not in first)]:
        one, two = first.get(name), second.get(name)
        column = "study_id"
        if one is not None and two is not None:
            pairs = ((column, getattr(one, attribute), getattr(two, attribute)) for column, attribute in _COMPARED)
            column = next((column for column, here, there in pairs if here != there), "")
        if column:
            found.append(Finding("REGISTRIES_DIFFER", name, {"file": file, "other": other, "column": column}))
    return found


def _members(table: Table, tree: Tree, findings: list[Finding]) -> tuple[Member, ...]:
    """Return the studies of one table; rows that name none are told and left out."""
    places: dict[str, list[str]] = defaultdict(list)
    for path in tree.files:
        if path.startswith(PICTURES) and (stem := stem_of(path)):
            places[stem].append(path)
    folded = {path.casefold(): path for path in sorted(tree.files)}
    rows = []
    for number, cells in table.rows:
        here: list[Finding] = []
        member = _member(table.file, number, cells, tree, here)
        if member is None:
            here.append(Finding("REGISTRY_ROW_DAMAGED", None, _place(table.file, number, "study_id")))
        else:
            rows.append((number, _found(member, places, folded, tree, here)))
        findings += here
    kept = membership.unique(rows, table.file, findings)
    findings += membership.grade_findings(kept, findings)
    return kept


def _member(file: str, row: int, cells: Mapping[str, str], tree: Tree, findings: list[Finding]) -> Member | None:
    """Return the study of a row, None where the row names none."""
    number = _NUMBER.match(cells.get("study_id", ""))
    study_id = f"study_{int(number.group(1)):04d}" if number else cells.get("study_id", "")
    own: list[Finding] = []
    picture = membership.checked_path(cells.get("study_file", ""), study_id or None, own)
    if picture:
        stem = stem_of(picture)
        if stem is None:
            own.append(Finding("REGISTRY_ROW_DAMAGED", study_id or None, _place(file, row, "study_file")))
        else:
            of_file = _STUDY.match(stem)
            if number and of_file and int(of_file.group(1)) != int(number.group(1)):
                own.append(Finding("REGISTRY_ROW_DAMAGED", study_id, _place(file, row, "study_id")))
            elif not study_id or of_file or (number and picture in tree.files):
                # a file that is not there may be misspelt: then the study has the name that its number gives
                study_id = stem
    if not study_id:
        return None
    if "study_id" in cells and not cells["study_id"]:
        own.append(Finding("REGISTRY_ROW_DAMAGED", study_id, _place(file, row, "study_id")))
    if "study_file" in cells and not cells["study_file"]:
        own.append(Finding("REGISTRY_ROW_DAMAGED", study_id, _place(file, row, "study_file")))
    mask = membership.checked_path(cells.get("mask_file", ""), study_id, own)
    findings += own
    more = {name: text for name, text in cells.items() if name not in (*COLUMNS, *_OURS) and text}
    member = Member(study_id=shown(study_id), study_file=picture, mask_file=mask)
    if more:
        facts = membership.understood(more | {"study_id": member.study_id}, file, row, findings) or member
        member = replace(facts, study_file=picture, mask_file=mask)
    return membership.with_grade(member, cells.get("category", ""), file, row, findings)


def _found(
    member: Member, places: Mapping[str, list[str]], folded: Mapping[str, str], tree: Tree, findings: list[Finding]
) -> Member:
    """Return the member with its picture where that lies in the folder of another grade, or the row names none."""
    if member.study_file in tree.files:
        return member
    stem = stem_of(member.study_file) if member.study_file else member.study_id
    found = places.get(stem or "", [])
    if len(found) != 1:
        # Elsewhere than on Linux another case is the same file; here it is not, and still the same picture.
        same = folded.get((member.study_file or "").casefold())
        if same is None:
            return member
        values = {"file": shown(member.study_file or ""), "near": shown(same)}
        findings.append(Finding("IMAGE_MISSING", member.study_id, values))
        return replace(member, study_file=same)
    if member.study_file and member.grade:
        findings.append(Finding("IMAGE_MISSING", member.study_id, {"file": shown(member.study_file)}))
        values = {"file": shown(found[0]), "grade": member.grade}
        findings.append(Finding("GRADE_AGAINST_FOLDER", member.study_id, values))
    return replace(member, study_file=found[0])


def _of_files(tree: Tree) -> tuple[Member, ...]:
    """Return a study for each picture, its grade by its folder."""
    masks = {stem_of(path): path for path in tree.nifti() if path.startswith(MASKS)}
    members = {}
    for path in tree.nifti():
        if path.startswith(PICTURES):
            stem = str(stem_of(path))
            name = stem if stem not in members else path.removesuffix(".gz").removesuffix(".nii")
            grade, mask = membership.folder_grade(path), masks.get(f"{stem}_mask")
            members[name] = Member(study_id=shown(name), grade=grade, study_file=path, mask_file=mask)
    return tuple(members[name] for name in sorted(members))


def _with_lungs(member: Member, tree: Tree) -> Member:
    stem = stem_of(member.study_file) if member.study_file else member.study_id
    path = f"masks/{stem}_lungs.nii.gz"
    return replace(member, lungs_file=path) if member.lungs_file is None and path in tree.files else member


def _place(file: str, row: int, column: str) -> dict[str, str | int]:
    return {"file": file, "row": row, "column": column}
