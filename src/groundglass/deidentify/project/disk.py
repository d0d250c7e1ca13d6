"""The project's files on the disk: for their owner only, whole or not at all, one writer at a time."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import BinaryIO

from groundglass.errors import InputError, UnavailableError, declare

PROJECT_OPEN_TO_OTHERS = declare(
    "PROJECT_OPEN_TO_OTHERS", "The project folder or a file in it can be read or changed by other users."
)
PROJECT_NOT_WRITABLE = declare(
    "PROJECT_NOT_WRITABLE", "The project folder cannot be written: read-only, no right to, or the disk is full."
)
PROJECT_NOT_READABLE = declare("PROJECT_NOT_READABLE", "The project folder or a file in it cannot be read.")
PROJECT_BUSY = declare("PROJECT_BUSY", "Another process has held the project folder for too long.")

FOLDER_MODE = 0o700
"""The owner's alone."""
FILE_MODE = 0o600
"""The owner's alone."""
OTHERS = 0o077
"""Rights of group and others; ssh refuses keys with any of them, and so does this."""
LOCK_NAME = ".lock"
LOCK_WAIT_S = 30.0
"""An append of a thousand records takes some ten milliseconds; whoever holds the lock for half a minute has stopped."""
_LOCK_POLL_S = 0.005
"""Short beside an append, long beside a try of the lock."""
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS}
_FLAGS = os.O_CLOEXEC | os.O_NOFOLLOW


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


def require_private(path: Path, mode: int | None = None) -> None:
    """See that nobody but the owner has rights on a file or folder.

    Parameters
    ----------
    path : Path
        The file or folder, for the message.
    mode : int, optional
        Its mode where it is known; otherwise the disk is asked.

    Raises
    ------
    InputError
        ``PROJECT_OPEN_TO_OTHERS``.
    UnavailableError
        ``PROJECT_NOT_READABLE``.
    """
    if mode is None:
        try:
            mode = path.stat().st_mode
        except OSError as error:
            raise not_readable(path, error) from error
    if mode & OTHERS:
        wanted = FOLDER_MODE if stat.S_ISDIR(mode) else FILE_MODE
        raise InputError(
            PROJECT_OPEN_TO_OTHERS,
            what=f"{path.name} has mode {stat.S_IMODE(mode):04o}, so that others have rights on it",
            where=str(path),
            todo=f"find out who could have read it, then chmod {wanted:o} it; on a disk without modes take another",
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


@contextlib.contextmanager
def reading(path: Path) -> Iterator[BinaryIO | None]:
    """Open a file that must be the owner's alone; None where there is none.

    Raises
    ------
    InputError
        ``PROJECT_OPEN_TO_OTHERS``.
    UnavailableError
        ``PROJECT_NOT_READABLE``.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | _FLAGS)  # a pipe must not keep us waiting
    except FileNotFoundError:
        yield None
        return
    except OSError as error:
        raise not_readable(path, error) from error
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        raise not_readable(path, OSError(errno.EINVAL, "not a plain file"))
    with os.fdopen(handle, "rb") as stream:
        require_private(path, mode)
        try:
            yield stream
        except OSError as error:
            raise not_readable(path, error) from error


@contextlib.contextmanager
def appending(path: Path) -> Iterator[BinaryIO]:
    """Open a file of the owner's for reading and writing; it is made where there is none.

    Raises
    ------
    InputError
        ``PROJECT_OPEN_TO_OTHERS``.
    UnavailableError
        ``PROJECT_NOT_WRITABLE``.
    """
    with writing(path.parent), os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | _FLAGS, FILE_MODE), "r+b") as stream:
        require_private(path, os.fstat(stream.fileno()).st_mode)
        yield stream


def place(path: Path, data: bytes, *, replace: bool, sync_name: bool = True) -> bool:
    """Write a file whole or not at all; the caller holds the lock.

    Parameters
    ----------
    path : Path
        Where to.
    data : bytes
        What it holds.
    replace : bool
        False: a file that is there stays as it is.
    sync_name : bool
        Wait until the name is on the disk too; without, a power failure may bring the earlier file back.

    Returns
    -------
    bool
        Whether the file is now this one.

    Raises
    ------
    UnavailableError
        ``PROJECT_NOT_WRITABLE``.
    """
    aside = _aside(path)
    with writing(path.parent):
        aside.unlink(missing_ok=True)
        try:
            with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS, FILE_MODE), "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            if replace:
                aside.replace(path)
            elif not _link(aside, path):
                return False
            if sync_name:
                sync_folder(path.parent)
        finally:
            aside.unlink(missing_ok=True)
    return True


def clear_aside(path: Path) -> None:
    """Take away what a process left that was killed while it wrote the file; nothing on a read-only disk.

    Raises
    ------
    UnavailableError
        ``PROJECT_NOT_WRITABLE``, ``PROJECT_BUSY``.
    """
    aside = _aside(path)
    if aside.exists() and os.access(path.parent, os.W_OK):
        with locked(path.parent), writing(path.parent):
            aside.unlink(missing_ok=True)


def _aside(path: Path) -> Path:
    return path.with_name(f".{path.name}.aside")  # one name: the next writer clears what a killed one left


def _link(aside: Path, path: Path) -> bool:
    try:
        path.hardlink_to(aside)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if path.exists():  # a disk without links: the lock alone keeps others out
            return False
        aside.rename(path)
    return True


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def locked(folder: Path, *, shared: bool = False) -> Iterator[None]:
    """Keep other processes and threads out while the block runs; a process that dies lets go.

    Parameters
    ----------
    folder : Path
        The project folder.
    shared : bool
        Readers beside readers; on a read-only disk without a lock file there is nothing to keep out.

    Raises
    ------
    UnavailableError
        ``PROJECT_BUSY`` after :data:`LOCK_WAIT_S`, ``PROJECT_NOT_WRITABLE``.
    """
    path = folder / LOCK_NAME
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CREAT | _FLAGS, FILE_MODE)
    except OSError as error:
        if shared and error.errno in {errno.EROFS, errno.EACCES, errno.ENOSPC, errno.EDQUOT}:
            yield
            return
        with writing(folder):
            raise
    try:
        _take(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX, folder)
        yield
    finally:
        os.close(handle)


def _take(handle: int, kind: int, folder: Path) -> None:
    end = monotonic() + LOCK_WAIT_S
    while True:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() > end:
                raise UnavailableError(
                    PROJECT_BUSY,
                    what=f"another process has held the project for {LOCK_WAIT_S:g} seconds",
                    where=str(folder),
                    todo="end the process that is stopped or hangs, and try again",
                ) from None
            sleep(_LOCK_POLL_S)
        else:
            return


def not_readable(path: Path, error: OSError) -> UnavailableError:
    """Return the error for a path that the system does not let us read."""
    return UnavailableError(
        PROJECT_NOT_READABLE,
        what=f"{path.name} cannot be read: {error.strerror or type(error).__name__}",
        where=str(path),
        todo="run as the user who owns the project",
    )
