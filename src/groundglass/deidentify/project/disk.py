"""The project's files on the disk: for their owner only, whole or not at all, one writer at a time."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

from groundglass.errors import InputError, UnavailableError, declare

PROJECT_OPEN_TO_OTHERS = declare(
    "PROJECT_OPEN_TO_OTHERS", "The project folder or a file in it can be read or changed by other users."
)
PROJECT_NOT_WRITABLE = declare(
    "PROJECT_NOT_WRITABLE", "The project folder cannot be written: read-only, no right to, or the disk is full."
)
PROJECT_NOT_READABLE = declare("PROJECT_NOT_READABLE", "A file of the project folder cannot be read.")
PROJECT_BUSY = declare("PROJECT_BUSY", "Another process has held the project folder for too long.")

FOLDER_MODE = 0o700
FILE_MODE = 0o600
OTHERS = 0o077
"""Rights of group and others; ssh refuses keys with any of them, and so does this."""
LOCK_NAME = ".lock"
LOCK_WAIT_S = 30.0
"""An append of a thousand records takes some ten milliseconds; whoever holds the lock for half a minute has stopped."""
_LOCK_POLL_S = 0.01
_ASIDE = ".aside-"


def make_private_folder(folder: Path) -> None:
    """Make a folder that only its owner can enter, with the folders above it.

    Parameters
    ----------
    folder : Path
        May exist; an empty one is closed to others.

    Raises
    ------
    UnavailableError
        ``PROJECT_NOT_WRITABLE`` if it cannot be made.
    """
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
        if not any(folder.iterdir()):
            folder.chmod(FOLDER_MODE)


def require_private(path: Path) -> None:
    """See that nobody but the owner has rights on a file or folder.

    Raises
    ------
    InputError
        ``PROJECT_OPEN_TO_OTHERS``.
    """
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & OTHERS:
        wanted = FOLDER_MODE if path.is_dir() else FILE_MODE
        raise InputError(
            PROJECT_OPEN_TO_OTHERS,
            what=f"{path.name} has mode {mode:04o}",
            where=str(path),
            todo=f"see who could have read it, then chmod {wanted:o} {path}; on a disk without modes choose another",
        )


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn what the system says while writing into a named error.

    Raises
    ------
    UnavailableError
        ``PROJECT_NOT_WRITABLE``.
    """
    try:
        yield
    except OSError as error:
        raise UnavailableError(
            PROJECT_NOT_WRITABLE,
            what=f"the project folder cannot be written: {error.strerror or type(error).__name__}",
            where=str(folder),
            todo="make it writable for you alone, or free some space, and try again",
        ) from error


def read_private(path: Path) -> bytes | None:
    """Return the bytes of a file that is the owner's alone; None where there is none.

    Raises
    ------
    InputError
        ``PROJECT_OPEN_TO_OTHERS``.
    UnavailableError
        ``PROJECT_NOT_READABLE``.
    """
    try:
        with open_private(path) as stream:
            return stream.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise not_readable(path, error) from error


def open_private(path: Path) -> os._wrap_close | _Reader:  # pragma: no cover - replaced below
    raise NotImplementedError
