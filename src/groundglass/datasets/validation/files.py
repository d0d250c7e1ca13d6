"""Every file below a folder, without following anything out of it; and small files read whole or not at all."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundglass.datasets.findings import Finding

FILES_AT_MOST = 200_000
"""As :class:`groundglass.dicom.limits.ReadingLimits`: more is no set of chest CTs."""
DEPTH_AT_MOST = 32
"""Folders within folders; layouts have five."""
TEXT_BYTES_AT_MOST = 32 * 1024 * 1024
"""Tables and texts above are not looked through; ten thousand rows of ours have four megabytes."""
_CLUTTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})


@dataclass(frozen=True, slots=True)
class Tree:
    """The files of a set.

    Attributes
    ----------
    folder : Path
        Of the set.
    sizes : mapping of str to int
        Path in the set to bytes, sorted; links that stay inside are followed.
    findings : tuple of Finding
        What leads out of it or cannot be opened.
    """

    folder: Path
    sizes: dict[str, int]
    findings: tuple[Finding, ...]

    def text(self, name: str) -> str | None:
        """Return a text file, None where it is too large or cannot be read; unknown bytes are replaced."""
        data = self.data(name)
        if data is None:
            return None
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return data.decode("utf-16", "replace")
        return data.decode("utf-8-sig", "replace")

    def data(self, name: str) -> bytes | None:
        """Return the bytes of a file, None where it is too large or cannot be read."""
        if self.sizes.get(name, TEXT_BYTES_AT_MOST + 1) > TEXT_BYTES_AT_MOST:
            return None
        try:
            with (self.folder / name).open("rb") as stream:
                return stream.read(TEXT_BYTES_AT_MOST + 1)[:TEXT_BYTES_AT_MOST]
        except OSError:
            return None  # told by the walk, or gone since

    def json(self, name: str) -> Any:
        """Return the content of a JSON file.

        Raises
        ------
        ValueError
            If it is none.
        """
        text = self.text(name)
        if text is None:
            raise ValueError("not readable")
        try:
            return json.loads(text)
        except RecursionError as reason:
            raise ValueError("nested too deep") from reason


def walk(folder: Path) -> Tree:
    """List the files of a set.

    Parameters
    ----------
    folder : Path
        Of the set.
    """
    sizes: dict[str, int] = {}
    findings: list[Finding] = []
    root = folder.resolve()
    pending: list[tuple[Path, int]] = [(folder, 0)]
    while pending and len(sizes) < FILES_AT_MOST:
        here, depth = pending.pop()
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError:
            findings.append(Finding("FILE_UNREADABLE", None, {"file": _name(here, folder)}))
            continue
        for entry in entries:
            path = Path(entry.path)
            name = _name(path, folder)
            try:
                if entry.is_symlink() and not path.resolve().is_relative_to(root):
                    findings.append(Finding("FILE_OUTSIDE", None, {"file": name}))
                    continue
                status = path.stat()
            except (OSError, RuntimeError, ValueError):  # a link to nowhere or in a ring
                findings.append(Finding("FILE_UNREADABLE", None, {"file": name}))
                continue
            if stat.S_ISDIR(status.st_mode):
                if depth < DEPTH_AT_MOST and not entry.is_symlink():
                    pending.append((path, depth + 1))
            elif not stat.S_ISREG(status.st_mode) or not os.access(path, os.R_OK):
                findings.append(Finding("FILE_UNREADABLE", None, {"file": name}))
            elif entry.name not in _CLUTTER:
                sizes[name] = status.st_size
    return Tree(folder, dict(sorted(sizes.items())), tuple(findings))


def _name(path: Path, folder: Path) -> str:
    """Return a path in the set that can be printed: bytes that are no text become question marks."""
    name = path.relative_to(folder).as_posix()
    return name if name.isprintable() else name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
