"""``SHA256SUMS``: what every file of a data set was when it was published, as ``sha256sum -c`` reads it."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from groundglass.report.files import write_whole

CHECKSUMS = "SHA256SUMS"
_CHUNK = 1 << 20
_THREADS = min(4, os.cpu_count() or 1)
_LINE = re.compile(r"(\\?)([0-9a-fA-F]{64}) [ *](.+)")
_ESCAPES = {"\\\\": "\\", "\\n": "\n", "\\r": "\r"}


@dataclass(frozen=True, slots=True)
class Checked:
    """What differs between files and their checksums; paths in the set, sorted.

    Attributes
    ----------
    changed : tuple of str
        Files that are not what was published.
    missing : tuple of str
        Listed, but not there.
    unlisted : tuple of str
        There, but not listed.
    outside : tuple of str
        Listed with a path that leads out of the set; not read.
    unreadable : tuple of str
        Files that cannot be opened.
    damaged_lines : tuple of int
        Lines of the list that cannot be understood, counted from 1.
    """

    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    damaged_lines: tuple[int, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether nothing differs."""
        return self == Checked()


def write_checksums(folder: Path) -> str:
    """Write ``SHA256SUMS`` of every other file of a data set.

    Parameters
    ----------
    folder : Path
        The set.

    Returns
    -------
    str
        SHA-256 of ``SHA256SUMS`` itself, which stands for the whole set.

    Raises
    ------
    UnavailableError
        ``OUTPUT_FAILED`` if it cannot be written.
    OSError
        If a file cannot be read.
    """
    sums = sums_of(folder, files_of(folder))
    lines = sorted((os.fsencode(path), digest) for path, digest in sums.items())
    data = b"".join(_line(path, digest) for path, digest in lines)
    write_whole(folder / CHECKSUMS, data)
    return hashlib.sha256(data).hexdigest()


def check_checksums(folder: Path) -> Checked:
    """Compare every file of a data set with ``SHA256SUMS``; a missing list is an empty one."""
    path = folder / CHECKSUMS
    listed, damaged = read_checksums(path.read_bytes() if path.is_file() else b"")
    outside = sorted(name for name in listed if not _inside(name))
    wanted = {name: digest for name, digest in listed.items() if _inside(name)}
    there = set(files_of(folder))
    unreadable: list[str] = []
    found = sums_of(folder, sorted(there & wanted.keys()), unreadable=unreadable)
    return Checked(
        changed=tuple(sorted(name for name, digest in found.items() if digest != wanted[name])),
        missing=tuple(sorted(wanted.keys() - there)),
        unlisted=tuple(sorted(there - wanted.keys())),
        outside=tuple(outside),
        unreadable=tuple(sorted(unreadable)),
        damaged_lines=damaged,
    )


def read_checksums(data: bytes) -> tuple[dict[str, str], tuple[int, ...]]:
    """Return path to digest of a ``SHA256SUMS``, and the numbers of the lines that are none."""
    listed: dict[str, str] = {}
    damaged: list[int] = []
    for number, line in enumerate(data.decode("utf-8", "surrogateescape").split("\n"), start=1):
        text = line.removesuffix("\r")
        if not text:
            continue
        found = _LINE.fullmatch(text)
        if not found:
            damaged.append(number)
            continue
        mark, digest, name = found.groups()
        if mark:
            name = re.sub(r"\\[\\nr]", lambda each: _ESCAPES[each.group()], name)
        listed[name.removeprefix("./")] = digest.lower()
    return listed, tuple(damaged)


def files_of(folder: Path) -> list[str]:
    """Return every file below a folder but ``SHA256SUMS``, as paths with ``/``; links to folders are not followed."""
    found = []
    for base, _folders, names in os.walk(folder):
        for name in names:
            path = (Path(base) / name).relative_to(folder).as_posix()
            if path != CHECKSUMS:
                found.append(path)
    return sorted(found)


def sums_of(folder: Path, paths: Iterable[str], *, unreadable: list[str] | None = None) -> Mapping[str, str]:
    """Return the SHA-256 of files, by path; several files at a time.

    Parameters
    ----------
    folder : Path
        The set.
    paths : iterable of str
        In it.
    unreadable : list of str, optional
        Takes the files that cannot be opened; without it the first is raised.
    """

    def one(path: str) -> tuple[str, str | None]:
        try:
            return path, digest_of(folder / path)
        except OSError:
            if unreadable is None:
                raise
            unreadable.append(path)
            return path, None

    # hashing large blocks releases the interpreter lock
    with ThreadPoolExecutor(_THREADS) as pool:
        return {path: digest for path, digest in pool.map(one, paths) if digest is not None}


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    digest = hashlib.sha256()
    if not path.is_file():  # a pipe would be waited for without end
        raise OSError(errno.EINVAL, "not a file")
    with path.open("rb", buffering=0) as file:
        while block := file.read(_CHUNK):
            digest.update(block)
    return digest.hexdigest()


def _line(path: bytes, digest: str) -> bytes:
    name = path.replace(b"\\", b"\\\\").replace(b"\n", b"\\n").replace(b"\r", b"\\r")
    return (b"\\" if name != path else b"") + digest.encode() + b"  " + name + b"\n"


def _inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\0" not in name
