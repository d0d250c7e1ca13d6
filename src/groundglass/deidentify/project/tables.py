"""Encrypted tables that only grow: one sealed record a line, each bound to its table, its number and the one before.

A line is base64 of a nonce of 12 bytes and the AES-256-GCM ciphertext of a JSON object. Where the last durable append
ended stands in the state. What lies behind that was written quickly, or when a process was killed: whole records are
taken, the unfinished rest is cut off by the next append.
"""

from __future__ import annotations

import json
import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from groundglass.deidentify.project.disk import appending, locked, reading, sync_folder, writing
from groundglass.deidentify.project.state import Head, State, damaged, mixed, read_state, write_state

TABLES = ("patients", "studies", "files", "left-out", "runs")
_SUFFIX = ".table"
_SCHEMA = "groundglass/project-table/1"
_NONCE = 12
"""Bytes; the size AES-GCM is made for (NIST SP 800-38D 5.2.1.1)."""
_TAG = 16
"""Bytes; the full size."""


@dataclass(frozen=True, slots=True)
class SealedTables:
    """The tables of one project.

    Parameters
    ----------
    folder : Path
        The project folder.
    project_id : str
        Stands in the first line of each file.
    key : bytes
        Seals the records.
    state_key : bytes
        Seals the state.
    loose : dict of str to Head
        Ends of tables that this process wrote to and the state does not know yet.
    """

    folder: Path
    project_id: str
    key: bytes = field(repr=False)
    state_key: bytes = field(repr=False)
    loose: dict[str, Head] = field(default_factory=dict, repr=False, compare=False)

    def append(self, rows: Iterable[Mapping[str, object]], *, table: str, durable: bool = True) -> None:
        """Write rows at the end of a table.

        Parameters
        ----------
        rows : iterable of mapping
            What JSON can hold.
        table : str
            One of :data:`TABLES`.
        durable : bool
            True: these rows, and all that this process wrote before, are on the disk when this returns. False: they
            outlive a kill of the process, but a power failure may take them, and a cut is not noticed until a durable
            append.

        Raises
        ------
        InputError
            ``PROJECT_TABLE_DAMAGED``, ``PROJECT_MIXED``, ``PROJECT_OPEN_TO_OTHERS``.
        UnavailableError
            ``PROJECT_NOT_WRITABLE``, ``PROJECT_BUSY``.
        """
        path = self._path(table)
        texts = [
            json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") for row in rows
        ]
        if not texts:
            return
        with locked(self.folder):
            state = self.settled_state()
            with appending(path) as stream:
                start = self._end(stream, state, table)
                stream.truncate(start.size_bytes)
                stream.seek(start.size_bytes)
                try:
                    head = self._write(stream, start, table, texts)
                    if durable:
                        os.fsync(stream.fileno())
                except OSError:
                    stream.truncate(start.size_bytes)
                    raise
            self.loose[table] = head
            if durable:
                write_state(self.folder, self._settled(state, table), self.state_key)
                self.loose.clear()

    def rows(self, table: str) -> Iterator[dict[str, Any]]:
        """Go through the rows of a table in the order they were written.

        Raises
        ------
        InputError
            ``PROJECT_TABLE_DAMAGED``, ``PROJECT_MIXED``, ``PROJECT_OPEN_TO_OTHERS``.
        UnavailableError
            ``PROJECT_NOT_READABLE``, ``PROJECT_BUSY``.
        """
        path = self._path(table)
        with locked(self.folder, shared=True):
            state = self.state()
            size_bytes = path.stat().st_size if path.exists() else 0
        if state is None and self.present():
            raise damaged(self.folder, "tables are there, but not the record of how far they go")
        with reading(path) as stream:
            if stream is None:
                if state is not None and state.head(table).records:
                    raise damaged(path, "the table is not there any more")
                return
            for row, _ in self._records(stream, (state or State("")).head(table), table, size_bytes):
                yield row

    def state(self) -> State | None:
        """Return how far the files go; None where nothing was written yet."""
        return read_state(self.folder, self.project_id, self.state_key)

    def settled_state(self) -> State:
        """Return how far the files go; it is written where nothing was yet. The caller holds the lock.

        Raises
        ------
        InputError
            ``PROJECT_TABLE_DAMAGED``, ``PROJECT_MIXED``, ``PROJECT_OPEN_TO_OTHERS``.
        UnavailableError
            ``PROJECT_NOT_WRITABLE``.
        """
        state = self.state()
        if state is None:
            if self.present():
                raise damaged(self.folder, "tables are there, but not the record of how far they go")
            state = State(self.project_id)
            # first, so that tables without it were tampered with
            write_state(self.folder, state, self.state_key)
        return state

    def present(self) -> list[str]:
        """Return the tables that have a file."""
        return [table for table in TABLES if self._path(table).exists()]

    def _path(self, table: str) -> Path:
        if table not in TABLES:
            raise ValueError(f"no table {table}")
        return self.folder / f"{table}{_SUFFIX}"

    def _settled(self, state: State, synced: str) -> State:
        """Return the state with every end that this process wrote, after those are on the disk."""
        for table, head in self.loose.items():
            if head.records <= state.head(table).records:
                continue  # another process has settled it
            if table != synced:
                with appending(self._path(table)) as stream:
                    if os.fstat(stream.fileno()).st_size < head.size_bytes:
                        raise damaged(self._path(table), f"the table is shorter than its {head.records} records")
                    os.fsync(stream.fileno())
            state = state.with_head(table, head)
        with writing(self.folder):
            sync_folder(self.folder)
        return state

    def _end(self, stream: BinaryIO, state: State, table: str) -> Head:
        """Return where the table ends: the state's word, and whole records of an append that was killed."""
        head = state.head(table)
        size_bytes = os.fstat(stream.fileno()).st_size
        if size_bytes < head.size_bytes:
            raise damaged(self._path(table), f"the table is shorter than its {head.records} records")
        known = self.loose.get(table, head)
        if head.records < known.records and known.size_bytes <= size_bytes:
            head = known  # our own hand: need not be read again
        if size_bytes == head.size_bytes:
            return head
        stream.seek(head.size_bytes)
        for _, each in self._tail(stream, head, table, size_bytes):
            head = each
        return head

    def _write(self, stream: BinaryIO, head: Head, table: str, texts: list[bytes]) -> Head:
        lines, number, last = [], head.records, bytes.fromhex(head.last)
        if head.size_bytes == 0:
            lines.append(self._title(table))
        cipher = AESGCM(self.key)
        for text in texts:
            nonce = secrets.token_bytes(_NONCE)
            sealed = cipher.encrypt(nonce, text, _bound(table, number, last))
            lines.append(b64encode(nonce + sealed) + b"\n")
            number, last = number + 1, sealed[-_TAG:]
        data = b"".join(lines)
        stream.write(data)
        stream.flush()
        return Head(number, head.size_bytes + len(data), last.hex())

    def _records(
        self, stream: BinaryIO, head: Head, table: str, size_bytes: int
    ) -> Iterator[tuple[dict[str, Any], Head]]:
        if size_bytes < head.size_bytes:
            raise damaged(self._path(table), f"the table is shorter than its {head.records} records")
        at = Head()
        if head.records:
            line = stream.readline(head.size_bytes)
            self._require_title(line, table)
            at = Head(0, len(line), "")
        cipher = AESGCM(self.key)
        while at.records < head.records:
            line = stream.readline(head.size_bytes - at.size_bytes)
            found = _opened(cipher, line, table, at)
            if found is None:
                raise damaged(self._path(table), f"record {at.records + 1} of {head.records} is not as it was written")
            row, at = found
            yield row, at
        if at != head:
            raise damaged(self._path(table), f"the table does not end with its record {head.records}")
        yield from self._tail(stream, at, table, size_bytes)

    def _tail(self, stream: BinaryIO, at: Head, table: str, size_bytes: int) -> Iterator[tuple[dict[str, Any], Head]]:
        """Go through whole records behind the end that the state knows."""
        if at.size_bytes == 0:
            line = stream.readline(size_bytes)
            if line != self._title(table):
                return
            at = Head(0, len(line), "")
        cipher = AESGCM(self.key)
        while found := _opened(cipher, stream.readline(max(size_bytes - at.size_bytes, 0)), table, at):
            row, at = found
            yield row, at

    def _title(self, table: str) -> bytes:
        return (json.dumps({"schema": _SCHEMA, "project": self.project_id, "table": table}) + "\n").encode()

    def _require_title(self, line: bytes, table: str) -> None:
        if line == self._title(table):
            return
        path = self._path(table)
        try:
            title = json.loads(line)
            other = title["schema"] == _SCHEMA and title["project"] != self.project_id
        except (ValueError, KeyError, TypeError, RecursionError):
            other = False
        if other:
            raise mixed(path)
        raise damaged(path, "the first line is not as it was written")


def _bound(table: str, number: int, last: bytes) -> bytes:
    return f"{_SCHEMA}\0{table}\0{number}\0".encode() + last


def _opened(cipher: AESGCM, line: bytes, table: str, at: Head) -> tuple[dict[str, Any], Head] | None:
    """Return the row of a line and the end behind it; None if it is not the record that comes next."""
    if not line.endswith(b"\n"):
        return None
    try:
        sealed = b64decode(line[:-1], validate=True)
        if len(sealed) < _NONCE + _TAG or b64encode(sealed) != line[:-1]:
            return None
        bound = _bound(table, at.records, bytes.fromhex(at.last))
        row = json.loads(cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], bound).decode("utf-8", "surrogatepass"))
    except (ValueError, InvalidTag):
        return None
    return row, Head(at.records + 1, at.size_bytes + len(line), sealed[-_TAG:].hex())
