"""Files that appear whole or not at all, even when the process is killed."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from pathlib import Path

from groundglass.errors import OUTPUT_FAILED, UnavailableError

PARTIAL_PREFIX = ".partial-"
"""Name of an unfinished file on systems without unnamed ones; a later run takes it away."""
_MODE = 0o644
_UNSUPPORTED = frozenset({errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT, errno.EPERM, errno.EXDEV})


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that has no name until it is whole.

    Parameters
    ----------
    path : Path
        Its folder exists; a file of that name is replaced.
    data : bytes
        All of it.

    Raises
    ------
    UnavailableError
        ``OUTPUT_FAILED``: full disk, no permission.
    """
    try:
        if not _write_unnamed(path, data):
            _write_named(path, data)
    except OSError as reason:
        raise failed(reason) from reason


def failed(reason: OSError) -> UnavailableError:
    """Return the error of an output that cannot be written; never the path, which may be long or telling."""
    text = os.strerror(reason.errno) if reason.errno else type(reason).__name__
    return UnavailableError(
        OUTPUT_FAILED, what=f"a file cannot be written ({text})", where="OUT", todo="check space and permissions"
    )


def clear_partial(folder: Path) -> None:
    """Take away what killed runs left below a folder."""
    for path in folder.rglob(f"{PARTIAL_PREFIX}*"):
        with contextlib.suppress(FileNotFoundError):
            path.unlink()


def _write_unnamed(path: Path, data: bytes) -> bool:
    """Write through a file without a name (Linux); False where the file system has none."""
    flag = getattr(os, "O_TMPFILE", 0)
    if not flag:
        return False
    try:
        number = os.open(path.parent, flag | os.O_WRONLY | os.O_CLOEXEC, _MODE)
    except OSError as reason:
        if reason.errno in _UNSUPPORTED and path.parent.is_dir():
            return False
        raise
    try:
        _write_all(number, data)
        try:
            # with a folder given, linkat follows the link of /proc; plain link() does not
            os.link(f"/proc/self/fd/{number}", path, src_dir_fd=number, follow_symlinks=True)
        except FileExistsError:
            return False
        except OSError as reason:
            if reason.errno in _UNSUPPORTED:
                return False
            raise
    finally:
        os.close(number)
    return True


def _write_named(path: Path, data: bytes) -> None:
    number, name = tempfile.mkstemp(prefix=PARTIAL_PREFIX, dir=path.parent)
    try:
        try:
            _write_all(number, data)
            os.fchmod(number, _MODE)
        finally:
            os.close(number)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _write_all(number: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(number, view) :]
