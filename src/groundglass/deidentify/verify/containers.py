"""Every file under a folder, and every file within an archive, as bytes; what cannot be opened is said."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FILE_AT_MOST_BYTES = 2 << 30
"""A larger file is read in parts, as bytes without structure."""
MEMBER_AT_MOST_BYTES = 1 << 30
"""A member of an archive that says it is larger is not unpacked."""
ARCHIVE_AT_MOST_BYTES = 8 << 30
"""All members of one archive together."""
MEMBERS_AT_MOST = 200_000
"""Members of one archive."""
DEPTH_AT_MOST = 4
"""Archives within archives."""


@dataclass(frozen=True, slots=True)
class Blob:
    """One file, or one member of an archive.

    Attributes
    ----------
    name : str
        Path from the top, ``archive!member`` within an archive.
    data : bytes
        All of it.
    fault : str
        Short code of why it could not be read, empty where it could.
    extras : tuple of str
        Texts that belong to the file and not to its bytes: link targets, extended attributes, comments.
    modified_s : float or None
        Time stamp.
    container : bool
        An archive, whose members follow.
    link : bool
        A symbolic link, or a hard one within an archive.
    """

    name: str
    data: bytes = field(repr=False, default=b"")
    fault: str = ""
    extras: tuple[str, ...] = ()
    modified_s: float | None = None
    container: bool = False
    link: bool = False


def blobs(top: Path) -> Iterator[Blob]:
    """Return every file below a folder, sorted by name; of a file, itself.

    Parameters
    ----------
    top : Path
        Folder or file.
    """
    if top.is_file() and not top.is_symlink():
        yield from _file(top, top.name)
        return
    for folder, folders, names in os.walk(top, followlinks=False):
        folders.sort()
        here = Path(folder)
        for name in [n for n in folders if (here / n).is_symlink()]:
            yield _link(here / name, (here / name).relative_to(top).as_posix())
        for name in sorted(names):
            path = here / name
            yield from _file(path, path.relative_to(top).as_posix())


def names_of_folders(top: Path) -> Iterator[str]:
    """Return the path of every folder below the top one, empty ones too."""
    if not top.is_dir():
        return
    for folder, folders, _ in os.walk(top, followlinks=False):
        folders.sort()
        if Path(folder) != top:
            yield Path(folder).relative_to(top).as_posix()


def _link(path: Path, name: str) -> Blob:
    try:
        return Blob(name, extras=(str(path.readlink()),), link=True)
    except OSError:
        return Blob(name, fault="link", link=True)


def _file(path: Path, name: str) -> Iterator[Blob]:
    try:
        state = path.lstat()
        if stat.S_ISLNK(state.st_mode):
            yield _link(path, name)
            return
        if not stat.S_ISREG(state.st_mode):
            yield Blob(name, fault="no regular file")
            return
        extras = _attributes(path)
        if state.st_size > FILE_AT_MOST_BYTES:
            yield Blob(name, fault="too large", extras=extras, modified_s=state.st_mtime)
            return
        data = path.read_bytes()
    except OSError:
        yield Blob(name, fault="cannot be opened")
        return
    yield from opened(name, data, extras, state.st_mtime, 0)


def _attributes(path: Path) -> tuple[str, ...]:
    """Return names and values of extended attributes, where the system has them."""
    try:
        names = os.listxattr(path)
        return tuple(text for n in names for text in (n, os.getxattr(path, n).decode("utf-8", "replace")))
    except (OSError, AttributeError):
        return ()


def opened(name: str, data: bytes, extras: tuple[str, ...], modified_s: float | None, depth: int) -> Iterator[Blob]:
    """Return a file and, where it is an archive, its members.

    Parameters
    ----------
    name : str
        Path from the top.
    data : bytes
        All of it.
    extras : tuple of str
        Texts that belong to the file.
    modified_s : float or None
        Time stamp.
    depth : int
        Archives around it.
    """
    kind = _archive(data)
    if not kind:
        yield Blob(name, data, "", extras, modified_s)
        return
    yield Blob(name, data, "nested too deep" if depth >= DEPTH_AT_MOST else "", extras, modified_s, True)
    if depth >= DEPTH_AT_MOST:
        return
    members = {"zip": _zip, "tar": _tar, "one": _one}[kind]
    try:
        yield from members(name, data, depth)
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, lzma.LZMAError, ValueError) as error:
        yield Blob(f"{name}!", fault=f"broken archive ({type(error).__name__})")
    except (RuntimeError, NotImplementedError, RecursionError, MemoryError, KeyError, IndexError) as error:
        yield Blob(f"{name}!", fault=f"archive cannot be opened ({type(error).__name__})")


def _archive(data: bytes) -> str:
    if data[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return "zip"
    if data[:2] == b"\x1f\x8b" or data[:3] == b"BZh" or data[:6] == b"\xfd7zXZ\0":
        return "one"
    if data[257:262] == b"ustar":
        return "tar"
    return ""


def _zip(name: str, data: bytes, depth: int) -> Iterator[Blob]:
    total = 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if archive.comment:
            yield Blob(f"{name}!comment", archive.comment)
        for number, info in enumerate(archive.infolist()):
            inner = f"{name}!{info.filename}"
            comment = (info.comment.decode("utf-8", "replace"),) if info.comment else ()
            total += info.file_size
            if number >= MEMBERS_AT_MOST or total > ARCHIVE_AT_MOST_BYTES:
                yield Blob(inner, fault="archive is too large")
                return
            if info.is_dir():
                yield Blob(inner.rstrip("/"), extras=comment)
                continue
            if info.file_size > MEMBER_AT_MOST_BYTES:
                yield Blob(inner, fault="too large", extras=comment)
                continue
            if stat.S_ISLNK(info.external_attr >> 16):  # of what Unix wrote: its mode
                yield Blob(inner, extras=comment, link=True)
            try:
                with archive.open(info) as stream:
                    held = stream.read(MEMBER_AT_MOST_BYTES)
            except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError, ValueError):
                yield Blob(inner, fault="cannot be unpacked", extras=comment)
                continue
            yield from opened(inner, held, comment, None, depth + 1)


def _tar(name: str, data: bytes, depth: int) -> Iterator[Blob]:
    total = 0
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        for number, info in enumerate(archive):
            inner = f"{name}!{info.name}"
            extras = (info.uname, info.gname, info.linkname, *(str(v) for v in info.pax_headers.values()))
            total += info.size
            if number >= MEMBERS_AT_MOST or total > ARCHIVE_AT_MOST_BYTES:
                yield Blob(inner, fault="archive is too large")
                return
            stream = archive.extractfile(info) if info.isreg() else None
            if stream is None:
                yield Blob(inner, extras=extras, link=info.issym() or info.islnk())
                continue
            yield from opened(inner, stream.read(MEMBER_AT_MOST_BYTES), extras, None, depth + 1)


def _one(name: str, data: bytes, depth: int) -> Iterator[Blob]:
    """Open a single compressed stream; a gzip header holds the name of the file it was made from (RFC 1952)."""
    stream: io.BufferedIOBase = bz2.BZ2File(io.BytesIO(data))
    if data[:2] == b"\x1f\x8b":
        stream = gzip.GzipFile(fileobj=io.BytesIO(data))
        header = data[10:600]
        if data[3] & 4 and len(header) >= 2:
            header = header[2 + int.from_bytes(header[:2], "little") :]
        named = header.split(b"\0")[0] if data[3] & 8 else b""
        if named:
            yield Blob(f"{name}!name in the header", named)
    elif data[:3] != b"BZh":
        stream = lzma.LZMAFile(io.BytesIO(data))  # noqa: SIM115 - closed below
    with stream:
        held = stream.read(MEMBER_AT_MOST_BYTES)
        if stream.read(1):
            yield Blob(f"{name}!content", fault="too large")
            return
    yield from opened(f"{name}!content", held, (), None, depth + 1)
