"""What lies in the folder of a data set, by names alone; links that lead out, and what cannot be opened, told."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from groundglass.datasets.findings import Finding

FILES_AT_MOST = 1_000_000
"""Files that are looked at; a set of a hundred thousand studies with two masks each has three hundred thousand."""
DEPTH_AT_MOST = 24
"""Folders within folders; BIDS derivatives have six."""
PATH_LONGEST = 1024
"""Characters of a path in a table; file systems take 255 a name, sets have four names a path."""
_SKIPPED = frozenset({".git", ".datalad", "__MACOSX"})
_NIFTI = (".nii.gz", ".nii")


@dataclass(frozen=True, slots=True)
class Tree:
    """The files of a folder.

    Attributes
    ----------
    folder : Path
        The folder itself.
    files : frozenset of str
        Paths relative to it, with ``/``; links within it are files too.
    findings : tuple of Finding
        What leads out or cannot be opened.
    """

    folder: Path
    files: frozenset[str]
    findings: tuple[Finding, ...]

    def inside(self, *parts: str, depth: int | None = None) -> list[str]:
        """Return the files under a folder, sorted; ``depth`` 1: those that lie in it itself."""
        start = "".join(f"{part}/" for part in parts)
        found = (path for path in self.files if path.startswith(start))
        return sorted(path for path in found if depth is None or path[len(start) :].count("/") < depth)

    def nifti(self) -> list[str]:
        """Return every NIfTI file, sorted."""
        return sorted(path for path in self.files if stem_of(path) is not None)

    def has_folder(self, name: str) -> bool:
        """Tell whether there is a file under a folder."""
        return any(path.startswith(f"{name}/") for path in self.files)


def look(folder: Path) -> Tree:
    """Return what lies in a folder; never raises for what is inside.

    Parameters
    ----------
    folder : Path
        Of the set. Folders that are links are not entered.
    """
    files: set[str] = set()
    findings: list[Finding] = []
    top = folder.resolve()
    waiting: list[tuple[str, Path, int]] = [("", folder, 0)]
    while waiting and len(files) < FILES_AT_MOST:
        start, here, depth = waiting.pop()
        try:
            with os.scandir(here) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            findings.append(Finding("FILE_UNREADABLE", None, {"file": shown(start.rstrip("/") or ".")}))
            continue
        for entry in found:
            path = start + entry.name
            kind = _kind(entry, top)
            if kind == "folder" and entry.name not in _SKIPPED:
                if depth < DEPTH_AT_MOST:
                    waiting.append((f"{path}/", Path(entry.path), depth + 1))
                else:
                    findings.append(Finding("FILE_UNREADABLE", None, {"file": shown(path)}))
            elif kind == "file":
                files.add(path)
            elif kind in ("FILE_OUTSIDE", "FILE_UNREADABLE"):
                findings.append(Finding(kind, None, {"file": shown(path)}))
    return Tree(folder, frozenset(files), tuple(findings))


def path_in_set(cell: str) -> str | None:
    """Return a path that a table names, relative to the set; None where it leads out of it or is none.

    Parameters
    ----------
    cell : str
        Not empty; ``/studies/CT-0/study_0001.nii.gz`` as MosMedData has it, ``./imagesTr/x.nii.gz`` as nnU-Net has it.
        Backslashes part names too.
    """
    text = cell.strip().replace("\\", "/")
    if not text or len(text) > PATH_LONGEST or "//" in text or any(unicodedata.category(c) == "Cc" for c in text):
        return None
    names = [name for name in text.split("/") if name not in ("", ".")]
    if not names or ".." in names or names[0].endswith(":") or names[0] == "~":
        return None
    return "/".join(names)


def shown(path: str) -> str:
    """Return a path that can be printed: characters that steer a terminal, or are no text, become question marks."""
    return "".join("?" if unicodedata.category(char) in ("Cc", "Cs", "Cf", "Zl", "Zp") else char for char in path)


def stem_of(path: str) -> str | None:
    """Return the name of a NIfTI file without its ending, None for another file."""
    name = path.rpartition("/")[2]
    return next((name[: -len(end)] for end in _NIFTI if name.lower().endswith(end) and len(name) > len(end)), None)


def without_doubles(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings in their order, those of one kind, study, file and row once."""
    kept: dict[tuple[object, ...], Finding] = {}
    for each in findings:
        values = each.values
        place = () if each.study_id else (values.get("file"), values.get("row"))
        # a table may lack several columns, and each has its name
        place = (*place, values.get("column")) if each.code == "REGISTRY_COLUMN_MISSING" else place
        key = (each.code, each.study_id, *place)
        kept.setdefault(key, each)
    return tuple(kept.values())


def _kind(entry: os.DirEntry[str], top: Path) -> str:
    """Return ``folder``, ``file``, ``other``, or the code of what is wrong with it."""
    try:
        if not entry.is_symlink():
            return "folder" if entry.is_dir() else "file" if entry.is_file() else "other"
        target = Path(entry.path).resolve(strict=False)
        if target != top and top not in target.parents:
            return "FILE_OUTSIDE"
        # A link to a file that is not there (yet: git-annex) is no file; one to a folder is not entered, it may loop.
        return "file" if target.is_file() else "FILE_UNREADABLE"
    except (OSError, RuntimeError):  # a link to itself
        return "FILE_UNREADABLE"
