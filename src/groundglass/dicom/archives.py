"""Zip archives read in place, under limits, member by member; a hostile one is refused before memory is taken.

Members are inflated in memory only. The directory is judged as a whole first: names that leave the archive, links,
encryption, overlapping members (one payload counted many times), absurd sizes and ratios. While a member is inflated
its real size is held against the declared one.

References
----------
PKWARE APPNOTE.TXT 6.3 (the format); DICOM PS3.12 Annex V (DICOM in zip: deflate); D. Fifield, "A better zip bomb",
USENIX WOOT 2019 (overlapping members).
"""

from __future__ import annotations

import contextlib
import io
import os
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol

from isal import isal_zlib

from groundglass.dicom.limits import ReadingLimits
from groundglass.errors import InputError, declare

HOSTILE_ARCHIVE = declare(
    "HOSTILE_ARCHIVE", "An archive whose members leave it, are links, are encrypted, overlap, explode or nest too deep."
)
BROKEN_ARCHIVE = declare("BROKEN_ARCHIVE", "An archive that is cut off or damaged.")
UNSUPPORTED_ARCHIVE = declare("UNSUPPORTED_ARCHIVE", "An archive of a kind other than zip, or an unusual compression.")

Kind = Literal["zip", "other"]
_OTHER_MAGICS = (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"\xfd7zXZ\x00", b"BZh", b"\x28\xb5\x2f\xfd", b"\x1f\x8b")
_NIFTI_ENDINGS = (".nii.gz", ".img.gz", ".hdr.gz")
_LOCAL_HEADER_BYTES = 30
_END_RECORD_BYTES = 22
_COMMENT_BYTES = 65535
_DIRECTORY_BYTES_PER_MEMBER = 1024
"""What one member may take in the directory on average: 46 bytes and its name."""
_SMALL_MEMBER_BYTES = 1024 * 1024
"""Below this no ratio is judged: a blank picture deflates a thousandfold and harms nobody."""
_INFLATE_ERRORS: Any = (isal_zlib.error, zlib.error)
_ENCRYPTED_FLAGS = 0x1 | 0x40 | 0x2000


class Store(Protocol):
    """Bytes at offsets.

    1. ``read_at`` returns exactly the bytes asked for, fewer only at the end.
    2. It may be called from several threads.
    """

    size: int

    def read_at(self, offset: int, count: int) -> bytes:
        """Return ``count`` bytes from ``offset``."""
        ...

    def stream(self) -> BinaryIO:
        """Return a stream over all bytes; the caller closes it."""
        ...


@dataclass(frozen=True, slots=True)
class FileStore:
    """An archive on disk, opened for each reading so that no handle outlives it."""

    path: Path
    label: str
    size: int
    mtime_ns: int

    def read_at(self, offset: int, count: int) -> bytes:
        """Return ``count`` bytes from ``offset``; an archive that changed meanwhile is an error."""
        try:
            with self.path.open("rb", buffering=0) as stream:
                now = os.fstat(stream.fileno())
                if (now.st_size, now.st_mtime_ns) != (self.size, self.mtime_ns):
                    raise broken("it changed while it was read", self.label)
                stream.seek(offset)
                parts = []
                while count > 0 and (part := stream.read(count)):
                    parts.append(part)
                    count -= len(part)
                return b"".join(parts)
        except OSError as reason:
            raise broken("it can no longer be read", self.label) from reason

    def stream(self) -> BinaryIO:
        """Return a stream over all bytes."""
        return self.path.open("rb")


@dataclass(frozen=True, slots=True)
class MemoryStore:
    """An archive that lay within an archive."""

    data: bytes

    @property
    def size(self) -> int:
        """Bytes of the archive."""
        return len(self.data)

    def read_at(self, offset: int, count: int) -> bytes:
        """Return ``count`` bytes from ``offset``."""
        return self.data[offset : offset + count]

    def stream(self) -> BinaryIO:
        """Return a stream over all bytes."""
        return io.BytesIO(self.data)


@dataclass(frozen=True, slots=True)
class Entry:
    """One member of an archive: where its bytes lie, and what the directory says of them."""

    store: Store | FileStore | MemoryStore
    label: str
    parts: tuple[str, ...]
    offset: int
    packed: int
    size: int
    checksum: int
    deflated: bool

    def labelled(self, label: str) -> Entry:
        """Return the same member under the label that messages use."""
        return replace(self, label=label)

    def read(self, limit: int | None) -> bytes:
        """Return the first ``limit`` bytes, or all of them with their checksum verified.

        Raises
        ------
        InputError
            ``BROKEN_ARCHIVE`` or ``HOSTILE_ARCHIVE``.
        """
        header = self.store.read_at(self.offset, _LOCAL_HEADER_BYTES)
        if len(header) < _LOCAL_HEADER_BYTES or header[:4] != b"PK\x03\x04":
            raise broken("a member does not lie where the directory says", self.label)
        name_bytes, extra_bytes = struct.unpack_from("<HH", header, 26)
        start = self.offset + _LOCAL_HEADER_BYTES + name_bytes + extra_bytes
        wanted = self.size if limit is None else min(limit, self.size)
        if not self.deflated:
            data = self.store.read_at(start, wanted)
        else:
            # The first few bytes need few packed ones: at worst stored blocks of deflate, 5 bytes for each block.
            packed = self.packed if wanted == self.size else min(self.packed, wanted + wanted // 8 + 1024)
            data = self._inflate(self.store.read_at(start, packed), wanted, whole=wanted == self.size)
        if len(data) != wanted:
            raise broken(f"a member gives {len(data)} of {wanted} bytes", self.label)
        if wanted == self.size and isal_zlib.crc32(data) != self.checksum:
            raise broken("a member fails its checksum", self.label)
        return data

    def _inflate(self, packed: bytes, wanted: int, *, whole: bool) -> bytes:
        engine = isal_zlib.decompressobj(-15)
        try:
            data: bytes = engine.decompress(packed, wanted + 1 if whole else max(1, wanted))
        except _INFLATE_ERRORS as reason:
            raise broken("a member cannot be inflated", self.label) from reason
        if whole and len(data) > wanted:
            raise hostile("a member is larger than it declares", self.label)
        return data


def kind_of(head: bytes, name: str) -> Kind | None:
    """Tell from its first bytes (265 suffice) and name whether a file is an archive.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    name : str
        Its name, for the ending only.

    Returns
    -------
    {"zip", "other"} or None
        None for anything that is no archive, a gzipped NIfTI included.
    """
    lower = name.lower()
    if head[128:132] == b"DICM":
        return None
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08") or (lower.endswith(".zip") and head):
        return "zip"
    if head.startswith(_OTHER_MAGICS) or head[257:262] == b"ustar":
        return None if lower.endswith(_NIFTI_ENDINGS) else "other"
    return None


def entries(store: FileStore | MemoryStore, label: str, kind: Kind, limits: ReadingLimits) -> list[Entry]:
    """Judge the directory of an archive and return its members (folders left out), in sorted order.

    Raises
    ------
    InputError
        ``UNSUPPORTED_ARCHIVE``, ``BROKEN_ARCHIVE`` or ``HOSTILE_ARCHIVE``, with the member's number.
    """
    if kind == "other":
        raise InputError(
            UNSUPPORTED_ARCHIVE,
            what="it is an archive of a kind that is not read",
            where=label,
            todo="unpack it, or pack it as zip",
        )
    _check_directory_size(store, label, limits)
    try:
        with contextlib.closing(store.stream()) as stream, zipfile.ZipFile(stream) as directory:
            infos = directory.infolist()
            directory_start = directory.start_dir
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, struct.error, NotImplementedError, IndexError) as reason:
        raise broken("its directory cannot be read", label) from reason
    if len(infos) > limits.max_archive_members:
        raise hostile(f"it has {len(infos)} members, {limits.max_archive_members} are allowed", label)
    _check_overlap(infos, directory_start, label)
    total = 0
    members = []
    for number, info in enumerate(infos, 1):
        where = f"{label}, member {number}"
        parts = _judge_name(info, where)
        _judge_size(info, where, limits)
        total += info.file_size
        if total > limits.max_archive_bytes:
            raise hostile(f"its members have more than {limits.max_archive_bytes} bytes together", label)
        if not info.is_dir():
            deflated = info.compress_type == zipfile.ZIP_DEFLATED
            members.append(
                Entry(
                    store,
                    where,
                    parts,
                    info.header_offset,
                    info.compress_size,
                    info.file_size,
                    info.CRC,
                    deflated,
                )
            )
    return sorted(members, key=lambda member: member.parts)


def _check_directory_size(store: FileStore | MemoryStore, label: str, limits: ReadingLimits) -> None:
    """Hold the size of the directory against the limits before :mod:`zipfile` takes it into memory."""
    count = min(store.size, _END_RECORD_BYTES + _COMMENT_BYTES + 20)
    tail = store.read_at(store.size - count, count)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END_RECORD_BYTES:
        raise broken("it is cut off: its directory is missing", label)
    directory_bytes = struct.unpack_from("<I", tail, at + 12)[0]
    if directory_bytes == 0xFFFFFFFF and at >= 20 and tail[at - 20 : at - 16] == b"PK\x06\x07":
        record = store.read_at(struct.unpack_from("<Q", tail, at - 12)[0], 56)
        if len(record) == 56:
            directory_bytes = struct.unpack_from("<Q", record, 40)[0]
    if directory_bytes > store.size:
        raise broken("its directory is larger than the file", label)
    if directory_bytes > limits.max_archive_members * _DIRECTORY_BYTES_PER_MEMBER:
        raise hostile(f"its directory has {directory_bytes} bytes", label)


def _check_overlap(infos: list[zipfile.ZipInfo], directory_start: int, label: str) -> None:
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise hostile("its members overlap", label)
        end = info.header_offset + _LOCAL_HEADER_BYTES + info.compress_size
    if end > directory_start:
        raise hostile("its members overlap the directory", label)


def _judge_name(info: zipfile.ZipInfo, where: str) -> tuple[str, ...]:
    # Some Windows tools write backslashes; they are separators here, so that none smuggles a ".." through.
    name = info.filename.replace("\\", "/")
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if name.startswith("/") or ".." in parts or (parts and len(parts[0]) >= 2 and parts[0][1] == ":"):
        raise hostile("a member's name leads out of the archive", where)
    mode = info.external_attr >> 16
    # Only archives made on Unix (3) and macOS (19) carry a file type there.
    if info.create_system in (3, 19) and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise hostile("a member is a link or a device", where)
    if info.flag_bits & _ENCRYPTED_FLAGS:
        raise InputError(
            HOSTILE_ARCHIVE, what="a member is encrypted", where=where, todo="pack it again without a password"
        )
    return parts


def _judge_size(info: zipfile.ZipInfo, where: str, limits: ReadingLimits) -> None:
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise InputError(
            UNSUPPORTED_ARCHIVE,
            what=f"a member is packed by method {info.compress_type}, only stored and deflated are read",
            where=where,
            todo="pack it again with deflate",
        )
    if info.compress_type == zipfile.ZIP_STORED and info.compress_size != info.file_size:
        raise broken("a stored member has two sizes", where)
    if info.file_size > limits.max_file_bytes:
        raise hostile(f"a member has {info.file_size} bytes, {limits.max_file_bytes} are allowed", where)
    if info.file_size > _SMALL_MEMBER_BYTES and info.file_size > limits.max_archive_ratio * max(1, info.compress_size):
        raise hostile(f"a member grows {info.file_size / max(1, info.compress_size):.0f}-fold", where)


def hostile(what: str, where: str) -> InputError:
    """Return the error for an archive that would do harm."""
    return InputError(HOSTILE_ARCHIVE, what=what, where=where, todo="unpack it with care, and give the folder")


def broken(what: str, where: str) -> InputError:
    """Return the error for an archive that is damaged."""
    return InputError(BROKEN_ARCHIVE, what=what, where=where, todo="copy it again from its source")
