"""Results that an earlier run wrote, found and read again."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from groundglass.errors import InputError, declare
from groundglass.pipeline.outputs import RESULT_FILE

if TYPE_CHECKING:
    from groundglass.analysis.result import Result

NO_RESULT = declare("NO_RESULT", "A folder holds no result.json, neither itself nor in the folders of its studies.")
RESULT_UNREADABLE = declare("RESULT_UNREADABLE", "A result.json cannot be read: permission, size, or it is no text.")

MAX_RESULT_BYTES = 64 << 20
"""A study of 5,000 slices has a result.json of 1 MB."""


@dataclass(frozen=True, slots=True)
class StoredResult:
    """Where the results of one study lie.

    Attributes
    ----------
    study_id : str
        Name of the folder in a batch, empty for a single study.
    folder : Path
        Holds ``result.json``.
    label : str
        Says in a message which one is meant; the name of a folder is not told, since it may be anything.
    """

    study_id: str
    folder: Path
    label: str

    def read(self) -> Result:
        """Return the result.

        Raises
        ------
        InputError
            ``RESULT_UNREADABLE``, ``BAD_RESULT`` or ``OTHER_RESULT_SCHEMA``.
        """
        from groundglass.analysis.schema import from_json

        path = self.folder / RESULT_FILE
        try:
            if not path.is_file():
                raise self._unreadable("it is no file")
            with path.open("rb") as stream:
                raw = stream.read(MAX_RESULT_BYTES + 1)
            if len(raw) > MAX_RESULT_BYTES:
                raise self._unreadable(f"it has more than {MAX_RESULT_BYTES >> 20} MiB")
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            raise self._unreadable("it is no UTF-8 text") from None
        except OSError as error:
            # not the text of the error: it quotes the path
            raise self._unreadable(os.strerror(error.errno) if error.errno else "no access") from None
        return from_json(text, self.label)

    def _unreadable(self, why: str) -> InputError:
        return InputError(
            RESULT_UNREADABLE, what=why, where=self.label, todo="give a folder that groundglass analyze wrote"
        )


def stored_results(out: Path) -> tuple[StoredResult, ...]:
    """Find the results in the output folder of ``groundglass analyze``.

    Parameters
    ----------
    out : Path
        Of one study, or of a batch: then each folder in it that has a ``result.json``.

    Returns
    -------
    tuple of StoredResult
        One, or those of the batch by name; nothing is read yet.

    Raises
    ------
    InputError
        ``NO_RESULT``.
    """
    try:
        if (out / RESULT_FILE).exists():
            return (StoredResult("", out, RESULT_FILE),)
        folders = sorted(path for path in out.iterdir() if (path / RESULT_FILE).exists()) if out.is_dir() else []
    except (OSError, ValueError):
        folders = []
    if not folders:
        raise InputError(
            NO_RESULT,
            what=f"there is no {RESULT_FILE}",
            where="OUT",
            todo="give a folder that groundglass analyze wrote",
        )
    return tuple(
        StoredResult(folder.name, folder, f"{RESULT_FILE} of study {number} of {len(folders)}")
        for number, folder in enumerate(folders, 1)
    )
