"""A project: a folder apart from the data, with the key and what was written down under it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundglass.deidentify.keys import Keys
from groundglass.deidentify.project.disk import (
    clear_aside,
    locked,
    make_private_folder,
    not_readable,
    require_private,
    writing,
)
from groundglass.deidentify.project.key import KEY_NAME, MasterKey, key_text, make_key, read_key, replace_key
from groundglass.deidentify.project.log import LOG_NAME, write_log
from groundglass.deidentify.project.state import STATE_NAME
from groundglass.deidentify.project.tables import TABLES, SealedTables
from groundglass.errors import InputError, declare

if TYPE_CHECKING:
    from groundglass.deidentify.project.identity import Checked

PROJECT_MISSING = declare("PROJECT_MISSING", "There is no project in the folder.")
PROJECT_FOLDER_TAKEN = declare(
    "PROJECT_FOLDER_TAKEN", "The path for a new project is a file, or a folder with other things in it."
)
PROJECT_KEY_MISSING = declare("PROJECT_KEY_MISSING", "The project folder holds tables or a log, but no key.")
PROJECT_NOT_APART = declare(
    "PROJECT_NOT_APART", "The project folder lies inside the folder of data, or the other way round."
)


def default_folder(environment: Mapping[str, str]) -> Path:
    """Return the folder of the project that is used where none is named.

    Parameters
    ----------
    environment : mapping of str to str
        ``XDG_DATA_HOME`` if absolute, else ``.local/share`` under ``HOME`` (XDG Base Directory Specification 0.8).

    Returns
    -------
    Path
        It may not exist yet.
    """
    given = Path(environment.get("XDG_DATA_HOME", ""))
    home = environment.get("HOME")
    data = given if given.is_absolute() else (Path(home) if home else Path.home()) / ".local" / "share"
    return data / "groundglass" / "projects" / "default"


def require_apart(folder: Path, *others: Path) -> None:
    """See that the project and folders of data do not lie one inside the other.

    Parameters
    ----------
    folder : Path
        The project folder; may not exist yet.
    *others : Path
        Folders of input and output; may not exist yet.

    Raises
    ------
    InputError
        ``PROJECT_NOT_APART``.
    """
    for other in others:
        if _holds(other, folder) or _holds(folder, other):
            raise InputError(
                PROJECT_NOT_APART,
                what="the project folder and the folder of data lie one inside the other",
                where=f"{folder} and {other}",
                todo="name another --project: its key must never travel with the data",
            )


@dataclass(frozen=True, slots=True)
class Project:
    """One project: the same patient has the same pseudonym all over it, and no other one elsewhere.

    Made by :meth:`open`.

    Attributes
    ----------
    folder : Path
        Where it lies.
    keys : Keys
        Pseudonyms, UIDs, days.
    id : str
        Name by which it is told from others; says nothing about the key.
    tables : SealedTables
        What was written down.
    """

    folder: Path
    keys: Keys
    id: str
    tables: SealedTables
    log_key: bytes = field(repr=False)

    @classmethod
    def open(cls, folder: Path | None, passphrase: str | None = None, *, create: bool = True) -> Project:
        """Open a project; the first time it is made.

        Parameters
        ----------
        folder : Path or None
            None: the one of :func:`default_folder`.
        passphrase : str or None
            Under which the key lies, or is put when it is made. None or empty: none.
        create : bool
            False: a project that is not there is an error.

        Returns
        -------
        Project
            The same one for all processes that start at once.

        Raises
        ------
        InputError
            ``PROJECT_MISSING``, ``PROJECT_FOLDER_TAKEN``, ``PROJECT_KEY_MISSING``, ``PROJECT_KEY_DAMAGED``,
            ``PROJECT_OPEN_TO_OTHERS``, ``PROJECT_PASSPHRASE_...``.
        UnavailableError
            ``PROJECT_NOT_WRITABLE``, ``PROJECT_NOT_READABLE``, ``PROJECT_BUSY``.
        """
        place = (folder if folder is not None else default_folder(os.environ)).absolute()
        passphrase = passphrase or None
        key = _existing(place, passphrase)
        if key is not None:
            clear_aside(place / KEY_NAME)
        else:
            if not create:
                todo = "name the folder by --project, or run groundglass deidentify run first"
                raise InputError(PROJECT_MISSING, what="there is no project", where=str(place), todo=todo)
            key = _made(place, passphrase)
        return cls._of(place, key)

    @classmethod
    def _of(cls, folder: Path, key: MasterKey) -> Project:
        state_key = key.derive("state")
        tables = SealedTables(folder, key.project_id, key.derive("tables"), state_key)
        return cls(folder, Keys(key.derive("pseudonyms")), key.project_id, tables, key.derive("log"))

    def append(self, rows: Iterable[Mapping[str, object]], *, table: str, durable: bool = True) -> None:
        """Write rows at the end of a table, encrypted.

        Parameters
        ----------
        rows : iterable of mapping
            What JSON can hold.
        table : {"patients", "studies", "files", "left-out", "runs"}
            Which table.
        durable : bool
            True: these rows, and all that this process wrote before, are on the disk when this returns. False: they
            outlive a kill of the process only; for what can be done again.

        Raises
        ------
        InputError
            ``PROJECT_TABLE_DAMAGED``, ``PROJECT_MIXED``, ``PROJECT_OPEN_TO_OTHERS``.
        UnavailableError
            ``PROJECT_NOT_WRITABLE``, ``PROJECT_BUSY``.
        """
        self.tables.append(rows, table=table, durable=durable)

    def rows(self, table: str) -> Iterator[dict[str, Any]]:
        """Go through the rows of a table in the order they were written.

        Raises
        ------
        InputError
            ``PROJECT_TABLE_DAMAGED``, ``PROJECT_MIXED``, ``PROJECT_OPEN_TO_OTHERS``.
        UnavailableError
            ``PROJECT_NOT_READABLE``, ``PROJECT_BUSY``.
        """
        return self.tables.rows(table)

    def check(self) -> Checked:
        """Read every table and the log to the end.

        Returns
        -------
        Checked
            What is there and what is wrong.
        """
        from groundglass.deidentify.project.identity import check  # which stands on this module

        return check(self)


def change_passphrase(folder: Path, old: str | None, new: str | None) -> None:
    """Put the key of a project under another passphrase; the key stays the same, and the log tells of it.

    Parameters
    ----------
    folder : Path
        The project folder.
    old, new : str or None
        Passphrases; None for none.

    Raises
    ------
    InputError
        As :meth:`Project.open`.
    UnavailableError
        As :meth:`Project.open`.
    """
    key = _existing(folder, old or None)
    if key is None:
        todo = "name the folder of the project"
        raise InputError(PROJECT_MISSING, what="there is no project", where=str(folder), todo=todo)
    text = key_text(key, new or None)
    write_log(Project._of(folder, key), "passphrase", wrapped=bool(new))
    with locked(folder):
        replace_key(folder, text)


def _existing(folder: Path, passphrase: str | None) -> MasterKey | None:
    try:
        if not folder.is_dir():
            if folder.exists() or folder.is_symlink():
                raise _taken(folder, "a file")
            return None
        if not (folder / KEY_NAME).exists():
            return None
    except OSError as error:  # a name too long, a folder above that cannot be entered
        raise not_readable(folder, error) from error
    require_private(folder)
    return read_key(folder, passphrase)


def _made(folder: Path, passphrase: str | None) -> MasterKey:
    make_private_folder(folder)
    with writing(folder):
        strange = [path.name for path in folder.iterdir() if not path.name.startswith(".")]
    if KEY_NAME not in strange:
        ours = {STATE_NAME, *(f"{table}.table" for table in TABLES), LOG_NAME}
        if ours & set(strange):
            raise InputError(
                PROJECT_KEY_MISSING,
                what="tables are there, but not the key they were written with",
                where=str(folder),
                todo="put back the copy of the key; a new one could not read them",
            )
        if strange:
            raise _taken(folder, f"a folder with {len(strange)} other things in it")
    require_private(folder)
    with locked(folder):
        make_key(folder, passphrase)
    key = read_key(folder, passphrase)
    if key is None:
        todo = "see who else works in this folder, and try again"
        raise InputError(PROJECT_MISSING, what="the key went away at once", where=str(folder), todo=todo)
    return key


def _taken(folder: Path, what: str) -> InputError:
    todo = "name a folder that does not exist or is empty"
    return InputError(PROJECT_FOLDER_TAKEN, what=f"the path for the project is {what}", where=str(folder), todo=todo)


def _holds(outer: Path, inner: Path) -> bool:
    outer, inner = Path(os.path.realpath(outer)), Path(os.path.realpath(inner))
    for each in (inner, *inner.parents):
        if each == outer or (each.exists() and outer.exists() and each.samefile(outer)):
            return True
    return False
