"""Who led a pseudonym back to a person, when and why: lines that are only added, each with the hash of the one before.

Readable without the key, and without a name of a patient in it. Every line is sealed with the key, and the state knows
the last one: a line that was changed, put in, taken out or cut off is found.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import pwd
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundglass.deidentify.project.disk import appending, locked, reading, sync_folder
from groundglass.deidentify.project.state import Head, State, write_state

if TYPE_CHECKING:
    from groundglass.deidentify.project.folder import Project

LOG_NAME = "access.log"
_SCHEMA = "groundglass/project-log/1"
_NO_AUDIT_USER = 2**32 - 1
"""What the kernel says of a process that nobody logged in for (``(uid_t) -1``, proc(5))."""


@dataclass(frozen=True, slots=True)
class Log:
    """What the log says, and where it was tampered with.

    Attributes
    ----------
    entries : tuple of mapping
        Every line that can be read.
    broken : tuple of int
        Numbers of the lines (from 1) that do not follow from those before; one more than there are lines where the
        end was cut off.
    """

    entries: tuple[Mapping[str, Any], ...]
    broken: tuple[int, ...]


def read_log(project: Project) -> Log:
    """Read and check the whole log.

    Parameters
    ----------
    project : Project
        Its key checks the seals.

    Returns
    -------
    Log
        Entries, and where the chain is broken.

    Raises
    ------
    InputError
        ``PROJECT_TABLE_DAMAGED`` (state), ``PROJECT_MIXED``, ``PROJECT_OPEN_TO_OTHERS``.
    UnavailableError
        ``PROJECT_NOT_READABLE``, ``PROJECT_BUSY``.
    """
    with locked(project.folder, shared=True):
        state = project.tables.state()
        data = _data(project.folder)
    return _checked(data, (state or State("")).head(LOG_NAME), project.log_key)[0]


def write_log(project: Project, what: str, *, now: datetime | None = None, **values: object) -> Log:
    """Add a line; it is on the disk when this returns.

    Parameters
    ----------
    project : Project
        Whose log.
    what : str
        What was done.
    now : datetime, optional
        Default: the clock.
    **values
        What JSON can hold: ids of ours and words of the user, nothing else.

    Returns
    -------
    Log
        The log as it was before, checked.

    Raises
    ------
    InputError
        ``PROJECT_TABLE_DAMAGED`` (state), ``PROJECT_MIXED``, ``PROJECT_OPEN_TO_OTHERS``.
    UnavailableError
        ``PROJECT_NOT_WRITABLE``, ``PROJECT_BUSY``.
    """
    at = (now or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")
    with locked(project.folder):
        state = project.tables.settled_state()
        head = state.head(LOG_NAME)
        with appending(project.folder / LOG_NAME) as stream:
            data = stream.read()
            log, end = _checked(data, head, project.log_key)
            # the rest of a line that was being written when a process was killed
            stream.truncate(end.size_bytes)
            stream.seek(end.size_bytes)
            entry: dict[str, object] = {"number": end.records + 1, "at": at, **_user(), "what": what, **values}
            if log.broken:
                entry["broken"] = list(log.broken)
            entry["before"] = end.last
            entry["seal"] = _seal(entry, project.log_key)
            line = json.dumps(entry, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
            # a line cut off in the middle stays as evidence
            gap = b"" if data[: end.size_bytes].endswith(b"\n") or not end.size_bytes else b"\n"
            try:
                stream.write(gap + line)
                stream.flush()
                os.fsync(stream.fileno())
            except OSError:
                stream.truncate(end.size_bytes)
                raise
            if not end.size_bytes:
                sync_folder(project.folder)
        after = Head(end.records + 1, end.size_bytes + len(gap + line), _mark(line))
        write_state(project.folder, state.with_head(LOG_NAME, after), project.tables.state_key)
    return log


def _checked(data: bytes, head: Head, key: bytes) -> tuple[Log, Head]:
    """Return the log, and where its last whole line ends."""
    entries: list[Mapping[str, Any]] = []
    broken: list[int] = []
    at = Head()
    told: set[int] = set()
    met = head.records == 0
    for line in data.splitlines(keepends=True):
        if not line.endswith(b"\n") and at.size_bytes >= head.size_bytes:
            break  # was being written
        entry = _entry(line)
        if entry is not None:
            entries.append(entry)
        if entry is None or not line.endswith(b"\n") or not _follows(entry, at) or not _sealed(entry, key):
            broken.append(at.records + 1)
        elif "broken" in entry:
            # stays told, even though the chain goes on behind it
            told.update(entry["broken"])
        at = Head(at.records + 1, at.size_bytes + len(line), _mark(line))
        met = met or at.last == head.last
    if not met:
        broken.append(at.records + 1)
    return Log(tuple(entries), tuple(sorted({*broken, *told}))), at


def _entry(line: bytes) -> Mapping[str, Any] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None


def _follows(entry: Mapping[str, Any], at: Head) -> bool:
    return entry.get("before") == at.last and entry.get("number") == at.records + 1


def _sealed(entry: Mapping[str, Any], key: bytes) -> bool:
    body = {name: value for name, value in entry.items() if name != "seal"}
    return hmac.compare_digest(str(entry.get("seal")).encode("utf-8", "replace"), _seal(body, key).encode())


def _seal(entry: Mapping[str, object], key: bytes) -> str:
    return hmac.new(key, json.dumps([_SCHEMA, entry], sort_keys=True).encode(), hashlib.sha256).hexdigest()


def _mark(line: bytes) -> str:
    return hashlib.sha256(line.rstrip(b"\n")).hexdigest()


def _data(folder: Path) -> bytes:
    with reading(folder / LOG_NAME) as stream:
        return b"" if stream is None else stream.read()


def _user() -> dict[str, str]:
    """Return the user of the process, and who logged in where the kernel knows another one (sudo, su)."""
    own = os.getuid()
    user = {"user": _name(own)}
    try:
        login = int(Path("/proc/self/loginuid").read_text(encoding="ascii"))
    except (OSError, ValueError):  # another system, or a container: the user alone
        return user
    if login not in (own, _NO_AUDIT_USER):
        user["login"] = _name(login)
    return user


def _name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:  # a user without an entry, as in containers
        return str(number)
