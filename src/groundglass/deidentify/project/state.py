"""How far each table and the log have come: what lets a cut at the end be seen."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from groundglass.deidentify.project.disk import place, reading
from groundglass.errors import InputError, declare

PROJECT_TABLE_DAMAGED = declare(
    "PROJECT_TABLE_DAMAGED", "A table of the project was cut, changed, reordered or taken away."
)
PROJECT_MIXED = declare("PROJECT_MIXED", "A file in the project folder belongs to another project.")

STATE_NAME = "state.json"
_SCHEMA = "groundglass/project-state/1"


@dataclass(frozen=True, slots=True)
class Head:
    """The end of one file of records.

    Attributes
    ----------
    records : int
        How many it holds.
    size_bytes : int
        Where the last one ends.
    last : str
        Mark of the last one, hexadecimal.
    """

    records: int = 0
    size_bytes: int = 0
    last: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """The ends of all files of a project.

    Attributes
    ----------
    project_id : str
        Which project.
    heads : mapping of str to Head
        By file.
    """

    project_id: str
    heads: Mapping[str, Head] = field(default_factory=dict)

    def head(self, name: str) -> Head:
        """Return the end of one file; that of an empty one where there is none."""
        return self.heads.get(name, Head())

    def with_head(self, name: str, head: Head) -> State:
        """Return the state after an append."""
        return State(self.project_id, {**self.heads, name: head})


def write_state(folder: Path, state: State, key: bytes) -> None:
    """Write the state, sealed with the key; the caller holds the lock.

    Raises
    ------
    UnavailableError
        ``PROJECT_NOT_WRITABLE``.
    """
    heads = {name: [head.records, head.size_bytes, head.last] for name, head in sorted(state.heads.items())}
    body = {"schema": _SCHEMA, "project": state.project_id, "heads": heads}
    text = json.dumps({**body, "seal": _seal(body, key)}) + "\n"
    # an earlier state is as good: what lies behind its ends is read and taken over
    place(folder / STATE_NAME, text.encode(), replace=True, sync_name=not state.heads)


def read_state(folder: Path, project_id: str, key: bytes) -> State | None:
    """Return the state; None where there is none.

    Raises
    ------
    InputError
        ``PROJECT_TABLE_DAMAGED``, ``PROJECT_MIXED``, ``PROJECT_OPEN_TO_OTHERS``.
    UnavailableError
        ``PROJECT_NOT_READABLE``.
    """
    path = folder / STATE_NAME
    with reading(path) as stream:
        if stream is None:
            return None
        data = stream.read()
    try:
        body = json.loads(data)
        seal, owner = str(body.pop("seal")), str(body["project"])
        if owner == project_id and not hmac.compare_digest(seal, _seal(body, key)):
            raise ValueError("seal")
        heads = {str(name): Head(int(n), int(size), str(last)) for name, (n, size, last) in body["heads"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise damaged(path, "the record of how far the tables go is not as it was written") from error
    if owner != project_id:
        raise mixed(path)
    return State(project_id, heads)


def damaged(path: Path, what: str) -> InputError:
    """Return the error for a file that is not as it was written."""
    todo = "put back the copy of the whole folder that you keep; nothing is changed or read until then"
    return InputError(PROJECT_TABLE_DAMAGED, what=what, where=str(path), todo=todo)


def mixed(path: Path) -> InputError:
    """Return the error for a file of another project."""
    what = f"{path.name} was written with the key of another project"
    todo = "put the files of each project back into a folder of their own"
    return InputError(PROJECT_MIXED, what=what, where=str(path), todo=todo)


def _seal(body: Mapping[str, object], key: bytes) -> str:
    return hmac.new(key, json.dumps(body, sort_keys=True).encode(), hashlib.sha256).hexdigest()
