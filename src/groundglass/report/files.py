"""Where the templates lie, and how a report comes to the disk."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from groundglass.errors import OUTPUT_FAILED, UnavailableError

TEMPLATES = Path(__file__).parent / "templates"


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it appears whole or not at all.

    Raises
    ------
    UnavailableError
        ``OUTPUT_FAILED`` if the folder is missing, full or read-only.
    """
    aside: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        aside = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        aside.chmod(0o644)
        aside.replace(path)
    except OSError as error:
        if aside is not None:
            aside.unlink(missing_ok=True)
        raise UnavailableError(
            OUTPUT_FAILED,
            what=f"{path.name} could not be written: {error.strerror}",
            where=str(path.parent),
            todo="make the folder writable, or free some space, and try again",
        ) from error
