"""Rows against files: what is named and not there, and what is there and not named. The same for every layout."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

from groundglass.datasets.findings import Finding
from groundglass.datasets.layouts.reading.tree import Tree, path_in_set, shown, stem_of
from groundglass.datasets.members import STUDY_FIELDS, Member, from_cells

_FOLDER_GRADE = re.compile(r"^CT-[0-4]$")
_LOOSE_GRADE = re.compile(r"^(?:CT|КТ)?[\s_-]*([0-4])$", re.IGNORECASE)
_MASK_NAME = re.compile(r"_(?:mask|masks|lesion|lesions|lung|lungs|seg|dseg)$", re.IGNORECASE)
NEAR_ASKED_AT_MOST = 200
"""Paths for which a name spelled alike is looked for: who misses more misses a folder."""
NEAR_LOOKED_AT = 5000
"""Names of a folder that are compared; MosMedData has 684 in its largest."""
NEAR_SHARE = 0.8
"""Share of letters that a misspelled name has in common with the right one."""
FILE_ATTRIBUTES = (("study_file", "IMAGE_MISSING"), ("mask_file", "MASK_MISSING"), ("lungs_file", "MASK_MISSING"))


def grade_of(cell: str) -> str | None:
    """Return CT-0 .. CT-4 for what a table writes for it, None for anything else."""
    found = _LOOSE_GRADE.match(cell.strip())
    return f"CT-{found.group(1)}" if found else None


def folder_grade(path: str) -> str | None:
    """Return the grade that a folder on the way to a file is named for."""
    return next((name for name in path.split("/")[:-1] if _FOLDER_GRADE.match(name)), None)


def checked_path(cell: str, study_id: str | None, findings: list[Finding]) -> str | None:
    """Return the path that a cell names, None for an empty one, and for one that leads out: ``FILE_OUTSIDE``."""
    if not cell.strip():
        return None
    path = path_in_set(cell)
    if path is None:
        findings.append(Finding("FILE_OUTSIDE", study_id, {"file": shown(cell.strip()[:80])}))
    return path


def missing_files(members: Sequence[Member], tree: Tree, *, own: bool = False) -> list[Finding]:
    """Return a finding for each file that is named and not there.

    Where not one picture is there, it is one finding in all: who may not pass on pictures publishes tables and masks. A
    set of ours (``own``) always has them.
    """
    outside = {str(each.values.get("file")) for each in tree.findings}
    found: list[Finding] = []
    named = [member for member in members if member.study_file]
    if members and not own and not any(member.study_file in tree.files for member in named):
        found.append(Finding("IMAGES_NOT_PUBLISHED", None, {"count": len(members)}))
        named = []
    pictures = {member.study_id for member in named}
    near = NearNames(tree.nifti())
    for member in members:
        for attribute, code in FILE_ATTRIBUTES:
            path = getattr(member, attribute)
            if not path or path in tree.files or (code == "IMAGE_MISSING" and member.study_id not in pictures):
                continue
            # what a link leads out to has its own finding
            if shown(path) not in outside:
                there = near.of(path)
                found.append(Finding(code, member.study_id, {"file": shown(path)} | ({"near": there} if there else {})))
    return found


class NearNames:
    """Files that are spelled nearly like a path that is not there.

    Parameters
    ----------
    files : iterable of str
        Those that are there.
    """

    def __init__(self, files: Iterable[str]) -> None:
        self._by_folder: dict[str, list[str]] = defaultdict(list)
        self._folded = {}
        for path in files:
            self._folded[path.casefold()] = path
            self._by_folder[path.rpartition("/")[0]].append(path)
        self._asked = 0

    def of(self, path: str) -> str:
        """Return the one that is spelled most alike, as it can be shown, "" where none is."""
        self._asked += 1
        if self._asked > NEAR_ASKED_AT_MOST:
            return ""
        same = self._folded.get(path.casefold())
        if same is None:
            here = self._by_folder.get(path.rpartition("/")[0], [])[:NEAR_LOOKED_AT]
            # names in a row differ in a figure: another number is another study, and no misspelling
            figures = re.findall(r"\d+", path)
            alike = [each for each in here if re.findall(r"\d+", each) == figures]
            same = next(iter(get_close_matches(path, alike, 1, NEAR_SHARE)), None)
        return shown(same) if same else ""


def strays(
    members: Sequence[Member],
    tree: Tree,
    *,
    pictures: Iterable[str],
    masks: Iterable[str],
    others: Iterable[str] = (),
) -> list[Finding]:
    """Return a finding for each NIfTI that no study names.

    Parameters
    ----------
    members : sequence of Member
        Studies.
    tree : Tree
        Files.
    pictures, masks, others : iterable of str
        Starts of paths where pictures, masks, and other things that need no row lie. Elsewhere: unexpected.
    """
    named = {path for member in members for attribute, _ in FILE_ATTRIBUTES if (path := getattr(member, attribute))}
    by_name = {member.study_id: member for member in members}
    found = []
    for path in tree.nifti():
        if path in named or path.startswith(tuple(others)):
            continue
        stem = str(stem_of(path))
        study = next((name for name in (stem, _MASK_NAME.sub("", stem), stem[:-5]) if name in by_name), None)
        if path.startswith(tuple(masks)):
            code = "MASK_NOT_IN_REGISTRY"
        elif path.startswith(tuple(pictures)):
            code = "STUDY_NOT_IN_REGISTRY"
        else:
            code = "FILE_UNEXPECTED"
        found.append(Finding(code, study or (stem if code == "STUDY_NOT_IN_REGISTRY" else None), {"file": shown(path)}))
    return found


def grade_findings(members: Sequence[Member], told: Sequence[Finding] = ()) -> list[Finding]:
    """Return studies without grade where others have one, and those in the folder of another grade.

    Parameters
    ----------
    members : sequence of Member
        Studies.
    told : sequence of Finding
        What is known already: a grade that is none of the known ones (``GRADE_UNKNOWN``) is not missing too.
    """
    graded = any(member.grade for member in members)
    unknown = {each.study_id for each in told if each.code == "GRADE_UNKNOWN"}
    found = []
    for member in members:
        if graded and not member.grade and member.study_id not in unknown:
            found.append(Finding("GRADE_MISSING", member.study_id, {}))
        folder = folder_grade(member.study_file or "")
        if member.grade and folder and folder != member.grade:
            values = {"file": shown(member.study_file or ""), "grade": member.grade}
            found.append(Finding("GRADE_AGAINST_FOLDER", member.study_id, values))
    return found


def split_findings(members: Sequence[Member], file: str) -> list[Finding]:
    """Return studies without a part where others have one."""
    if not any(member.split for member in members):
        return []
    return [Finding("SPLIT_UNKNOWN", m.study_id, {"file": file}) for m in members if not m.split]


def unique(
    members: Iterable[tuple[int, Member]], file: str, findings: list[Finding], *, files_too: bool = True
) -> tuple[Member, ...]:
    """Return the members with each name, and each picture, once; the others are told: ``STUDY_ID_DOUBLE``.

    Parameters
    ----------
    members : iterable of (int, Member)
        Number of the row, and what it says.
    file : str
        The table.
    findings : list of Finding
        Gets what is found.
    files_too : bool
        Whether a picture that two rows name is a double too.
    """
    kept: dict[str, Member] = {}
    pictures: set[str] = set()
    for row, member in members:
        path = member.study_file
        if member.study_id in kept or (files_too and path is not None and path in pictures):
            findings.append(Finding("STUDY_ID_DOUBLE", member.study_id, {"file": file, "row": row}))
            continue
        kept[member.study_id] = member
        if path:
            pictures.add(path)
    return tuple(kept.values())


def with_grade(member: Member, cell: str, file: str, row: int, findings: list[Finding]) -> Member:
    """Return the member with the grade of a cell; one that is not written CT-0 to CT-4 is told: ``GRADE_UNKNOWN``."""
    cell = cell.strip()
    if cell and not _FOLDER_GRADE.match(cell):
        findings.append(Finding("GRADE_UNKNOWN", member.study_id, {"file": file, "row": row}))
    return replace(member, grade=grade_of(cell))


def understood(cells: Mapping[str, str], file: str, row: int, findings: list[Finding]) -> Member | None:
    """Return what a row says, cells that are none of their kind told and left out; None where it names no study.

    Parameters
    ----------
    cells : mapping of str to str
        By the names of :data:`groundglass.datasets.members.STUDY_FIELDS`; others become ``extra``.
    file, row : str, int
        Where it stands.
    findings : list of Finding
        Gets ``REGISTRY_ROW_DAMAGED``.
    """
    left = dict(cells)
    for _ in range(len(STUDY_FIELDS) + 1):
        try:
            return from_cells(left)
        except ValueError as reason:
            column = str(reason)
            values: dict[str, str | int] = {"file": file, "row": row, "column": column}
            findings.append(Finding("REGISTRY_ROW_DAMAGED", shown(left.get("study_id", "")) or None, values))
            if column == "study_id":
                return None
            left[column] = ""
    return None
