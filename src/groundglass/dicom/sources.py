"""Finding files: folders of any nesting, archives, single files; nothing is unpacked to disk.

File names often hold a patient's name, so messages never show one: a file is known by its *label*.
``input[1]/#0017.dcm`` is the 17th file of the first input, counted in sorted order (the files of a folder first, then
its folders); ``input[1]/#0003.zip/#0017.dcm`` is a member of an archive. :attr:`FileSource.path` and
:attr:`FileSource.member` hold the real names for whoever has to find the file again; they are never printed.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from groundglass.dicom import archives
from groundglass.dicom.limits import ReadingLimits
from groundglass.errors import InputError, declare
from groundglass.phrases import Notice

NO_SUCH_INPUT = declare("NO_SUCH_INPUT", "An input path does not exist.")
UNREADABLE_FILE = declare("UNREADABLE_FILE", "A file cannot be read: permission, a bad disk, or it changed meanwhile.")
NOT_A_FILE = declare("NOT_A_FILE", "An input is a device, socket or pipe; only files, folders and archives are read.")
TOO_MANY_FILES = declare("TOO_MANY_FILES", "The inputs hold more files than the limit allows.")
FILE_TOO_LARGE = declare("FILE_TOO_LARGE", "A file is larger than the limit allows.")

_SHOWN_SUFFIXES = frozenset(
    {
        *(".dcm", ".dicom", ".ima", ".img", ".hdr", ".nii", ".gz", ".zip", ".tar", ".7z", ".rar"),
        *(".txt", ".json", ".xml", ".csv", ".pdf", ".jpg", ".jpeg", ".png", ".html"),
    }
)
"""Suffixes shown in labels; any other could be a part of a name."""
_LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX"})
"""What operating systems leave in folders and archives; never looked at."""
OUR_REPORTS = frozenset({"deidentification.json", "deidentification.html"})
"""What de-identification writes beside the objects."""
_SNIFF_BYTES = 265
_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_CLOEXEC", 0)


@dataclass(frozen=True, slots=True)
class FileSource:
    """One file on disk, or one member of an archive.

    Attributes
    ----------
    label : str
        Safe to print: our numbering and a well-known suffix, never a name.
    size : int
        Bytes, uncompressed.
    path : Path
        The file on disk (the outermost archive for a member). Never printed.
    member : str
        Name within the archive, empty for a file on disk; nested names are joined by ``!``. Never printed.
    """

    label: str
    size: int
    path: Path
    member: str = ""
    entry: archives.Entry | None = field(default=None, repr=False, compare=False)

    def read(self, limit: int | None = None) -> bytes:
        """Return the first ``limit`` bytes, or all.

        Raises
        ------
        InputError
            ``UNREADABLE_FILE`` if the disk refuses; ``BROKEN_ARCHIVE`` or ``HOSTILE_ARCHIVE`` for a member.
        """
        if self.entry is not None:
            return self.entry.read(limit)
        with self.open() as stream:
            try:
                return stream.read() if limit is None else stream.read(limit)
            except OSError as reason:
                raise _unreadable(self.label, reason) from reason

    def open(self) -> BinaryIO:
        """Return the bytes as a stream from which to read; the caller closes it.

        Raises
        ------
        InputError
            As :meth:`read`.
        """
        if self.entry is not None:
            return io.BytesIO(self.entry.read(None))
        return _open_regular(self.path, self.label)


def find_files(
    paths: Sequence[Path], *, limits: ReadingLimits | None = None, notices: list[Notice] | None = None
) -> Iterator[FileSource]:
    """Yield every file under the paths, in sorted order.

    Links are followed, each file and folder is taken once, a loop of links ends with a notice. Devices, sockets and
    pipes are never opened. An archive is read in place under the limits; nothing is written to disk. An archive that is
    broken, hostile or of another kind is an error where it is the input itself (or lies within an archive) and a notice
    where it lies in a folder beside other files.

    Parameters
    ----------
    paths : sequence of Path
        Folders, files, zip archives.
    limits : ReadingLimits, optional
        How much may be read.
    notices : list of Notice, optional
        What was passed over is appended here while the iterator runs.

    Yields
    ------
    FileSource
        One a file, not opened yet.

    Raises
    ------
    InputError
        ``NO_SUCH_INPUT``, ``NOT_A_FILE``, ``UNREADABLE_FILE``, ``TOO_MANY_FILES``, ``FILE_TOO_LARGE``,
        ``HOSTILE_ARCHIVE``, ``BROKEN_ARCHIVE``, ``UNSUPPORTED_ARCHIVE``.
    """
    walk = _Walk(limits or ReadingLimits(), [] if notices is None else notices)
    for number, path in enumerate(paths, 1):
        yield from walk.input(Path(path), f"input[{number}]")
    if walk.count == 0 and walk.refused:
        raise walk.refused[0]


@dataclass(slots=True)
class _Walk:
    """State of one walk over all inputs."""

    limits: ReadingLimits
    notices: list[Notice]
    seen: set[tuple[int, int]] = field(default_factory=set)
    count: int = 0
    refused: list[InputError] = field(default_factory=list)

    def input(self, path: Path, label: str) -> Iterator[FileSource]:
        try:
            status = path.stat()
        except (FileNotFoundError, NotADirectoryError) as reason:
            raise InputError(
                NO_SUCH_INPUT, what="the path does not exist", where=label, todo="check the spelling of this argument"
            ) from reason
        except (OSError, ValueError) as reason:
            raise _unreadable(label, reason) from reason
        if stat.S_ISDIR(status.st_mode):
            yield from self.folder(path, label, depth=0)
        elif stat.S_ISREG(status.st_mode):
            yield from self.file(path, label + shown_suffix(path.name), status, alone=True)
        else:
            raise InputError(
                NOT_A_FILE,
                what="the path is a device, socket or pipe",
                where=label,
                todo="give a folder, a file or a zip archive",
            )

    def folder(self, top: Path, label: str, *, depth: int) -> Iterator[FileSource]:
        """Walk without recursion, so that no nesting exhausts the stack."""
        number = 0
        pending: list[tuple[Path, int, tuple[tuple[int, int], ...]]] = [(top, depth, ())]
        while pending:
            here, level, above = pending.pop()
            try:
                status = here.stat()
                mark = (status.st_dev, status.st_ino)
                if mark in self.seen:
                    if mark in above:
                        self.note("link_loop", label)
                    continue
                self.seen.add(mark)
                if level > self.limits.max_folder_depth:
                    self.note("folder_too_deep", label)
                    continue
                names = sorted(os.listdir(here))  # noqa: PTH208 - bare names are enough, and faster
            except OSError as reason:
                if here == top:
                    raise _unreadable(label, reason) from reason
                self.note("folder_unreadable", label)
                continue
            folders: list[tuple[Path, int, tuple[tuple[int, int], ...]]] = []
            for name in names:
                if name in _LITTER or name.startswith("._"):
                    continue
                path = here / name
                try:
                    status = path.stat()
                except OSError:
                    # A link to nowhere or to itself, or a folder that may not be searched.
                    number += 1
                    self.note("file_unreadable", f"{label}/#{number:04d}")
                    continue
                if stat.S_ISDIR(status.st_mode):
                    folders.append((path, level + 1, (*above, mark)))
                    continue
                number += 1
                name_shown = f"{label}/#{number:04d}{shown_suffix(name)}"
                if stat.S_ISREG(status.st_mode):
                    yield from self.file(path, name_shown, status, alone=False)
                else:
                    self.note("not_a_regular_file", name_shown)
            pending.extend(reversed(folders))

    def file(self, path: Path, label: str, status: os.stat_result, *, alone: bool) -> Iterator[FileSource]:
        mark = (status.st_dev, status.st_ino)
        if mark in self.seen:
            return
        self.seen.add(mark)
        try:
            with _open_regular(path, label) as stream:
                head = stream.read(_SNIFF_BYTES)
        except InputError:
            if alone:
                raise
            self.note("file_unreadable", label)
            return
        except OSError as reason:
            if alone:
                raise _unreadable(label, reason) from reason
            self.note("file_unreadable", label)
            return
        kind = archives.kind_of(head, path.name)
        try:
            if kind is None:
                yield self.one(FileSource(label, status.st_size, path))
            else:
                store = archives.FileStore(path, label, status.st_size, status.st_mtime_ns)
                # The whole directory is judged before the first member is handed out.
                entries = archives.entries(store, label, kind, self.limits)
                yield from self.members(entries, path, "", label, depth=1)
        except InputError as reason:
            if alone or reason.code == TOO_MANY_FILES:
                raise
            self.refused.append(reason)
            self.note("archive_refused" if kind else "file_too_large", label, reason=reason.code)

    def members(
        self, entries: Sequence[archives.Entry], path: Path, within: str, label: str, *, depth: int
    ) -> Iterator[FileSource]:
        for number, entry in enumerate(entries, 1):
            parts = entry.parts
            if not parts or any(part in _LITTER or part.startswith("._") for part in parts):
                continue
            shown = f"{label}/#{number:04d}{shown_suffix(parts[-1])}"
            entry = entry.labelled(shown)
            member = f"{within}!{'/'.join(parts)}" if within else "/".join(parts)
            kind = archives.kind_of(entry.read(_SNIFF_BYTES), parts[-1]) if entry.size else None
            if kind is None:
                yield self.one(FileSource(shown, entry.size, path, member, entry))
                continue
            if depth >= self.limits.max_archive_depth:
                raise archives.hostile("archives are nested too deep", shown)
            store = archives.MemoryStore(entry.read(None))
            inner = archives.entries(store, shown, kind, self.limits)
            yield from self.members(inner, path, member, shown, depth=depth + 1)

    def one(self, source: FileSource) -> FileSource:
        if source.size > self.limits.max_file_bytes:
            raise InputError(
                FILE_TOO_LARGE,
                what=f"the file has {source.size} bytes, {self.limits.max_file_bytes} are allowed",
                where=source.label,
                todo="take the file out, or raise the limit",
            )
        self.count += 1
        if self.count > self.limits.max_files:
            raise InputError(
                TOO_MANY_FILES,
                what=f"there are more than {self.limits.max_files} files",
                where=source.label,
                todo="give fewer studies at once",
            )
        return source

    def note(self, code: str, where: str, **values: str | int) -> None:
        self.notices.append(Notice(code, {"where": where, **values}))


def shown_suffix(name: str) -> str:
    """Return the suffix of a name if it is well known, else nothing: an unknown one may be part of a patient's name."""
    suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122 - a member's name is no path of this machine
    return suffix if suffix in _SHOWN_SUFFIXES else ""


def _open_regular(path: Path, label: str) -> BinaryIO:
    """Open a file that is a regular one at the moment of opening; a pipe put there meanwhile does not block."""
    try:
        number = os.open(path, _OPEN_FLAGS)
    except (OSError, ValueError) as reason:
        raise _unreadable(label, reason) from reason
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise InputError(
            NOT_A_FILE, what="the path is no regular file", where=label, todo="give a folder, a file or a zip archive"
        )
    return os.fdopen(number, "rb")


def _unreadable(label: str, reason: Exception) -> InputError:
    # Not the text of the OSError: it quotes the path.
    text = os.strerror(reason.errno) if isinstance(reason, OSError) and reason.errno else type(reason).__name__
    return InputError(
        UNREADABLE_FILE, what=f"it cannot be read ({text})", where=label, todo="check its permissions and the disk"
    )
