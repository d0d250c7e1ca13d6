"""Names by which people know a study: its folder, its files, its identifiers."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from groundglass.datasets.candidates import Candidate
from groundglass.datasets.recipe.model import Match
from groundglass.dicom.sources import FileSource

_ENDINGS = (".nii.gz", ".nii", ".dicom", ".dcm", ".ima", ".zip", ".img", ".hdr")


def plain(text: str) -> str:
    """Return a name without what differs between two spellings of it: case, composed letters, blanks around it."""
    return unicodedata.normalize("NFC", text).strip(" \t\r\n\0\"'").casefold()


def bare(name: str) -> str:
    """Return the last part of a path without its ending."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    lower = last.lower()
    ending = next((each for each in _ENDINGS if lower.endswith(each)), "")
    return last[: len(last) - len(ending)] if ending else last


def folder_names(source: FileSource, roots: Sequence[Path]) -> tuple[str, ...]:
    """Return the names of the folders and archives that hold a file, outermost first.

    Parameters
    ----------
    source : FileSource
        The file.
    roots : sequence of Path
        Sources of the recipe; the name of one stands first, what is above it is not looked at.
    """
    path = source.path
    root = next((each for each in roots if path == each or path.is_relative_to(each)), path.parent)
    names = [bare(root.name)] if root != path or source.member else []
    inside = path.relative_to(root).parts
    names += [*inside[:-1], *([bare(inside[-1])] if inside and source.member else [])]
    for member in source.member.split("!") if source.member else ():
        parts = PurePosixPath(member).parts
        names += parts[:-1]
        if parts and parts[-1].lower().endswith(".zip"):
            names.append(bare(parts[-1]))
    return tuple(names)


def holding_folders(candidates: Sequence[Candidate]) -> list[str]:
    """Return for each study the outermost folder, below the source, that holds no other study.

    Parameters
    ----------
    candidates : sequence of Candidate
        With ``folder`` as the path of names of the first file, parted by ``/``; all studies of all sources.
    """
    held: dict[str, int] = {}
    for candidate in candidates:
        parts = candidate.folder.split("/")
        for depth in range(1, len(parts) + 1):
            above = "/".join(parts[:depth])
            held[above] = held.get(above, 0) + 1
    found = []
    for candidate in candidates:
        parts = candidate.folder.split("/")
        below = range(2, len(parts) + 1) if len(parts) > 1 else range(1, 2)
        depth = next((each for each in below if held["/".join(parts[:each])] == 1), len(parts))
        found.append(parts[depth - 1])
    return found


def all_names(candidates: Sequence[Candidate], match: Match, roots: Sequence[Path]) -> list[tuple[str, ...]]:
    """Return what a table or a file name may call each study, the most telling first.

    Folders: the one that holds the study and no other, then those above it, then those within; of these, as of files,
    only names that no other study has count.

    Parameters
    ----------
    candidates : sequence of Candidate
        All studies.
    match : str
        What is matched.
    roots : sequence of Path
        Sources of the recipe.
    """
    if match not in ("folder", "file"):
        return [tuple(filter(None, (plain(str(getattr(candidate, match))),))) for candidate in candidates]
    sure: list[list[str]] = []
    maybe: list[list[str]] = []
    for candidate in candidates:
        if match == "file":
            sure.append([])
            maybe.append([plain(bare(source.member or source.path.name)) for source in candidate.files])
            continue
        names = list(folder_names(candidate.files[0], roots)) if candidate.files else []
        at = names.index(candidate.folder) if candidate.folder in names else len(names)
        sure.append([plain(candidate.folder), *(plain(name) for name in reversed(names[:at]))])
        maybe.append([plain(name) for name in reversed(names[at + 1 :])])
    count = Counter(name for known, other in zip(sure, maybe, strict=True) for name in {*known, *other})
    return [
        tuple(dict.fromkeys(name for name in (*known, *(n for n in other if count[n] == 1)) if name))
        for known, other in zip(sure, maybe, strict=True)
    ]
