"""One tree of errors.

::

    GroundglassError
    ├── InputError          theirs to mend: the file, the option, the study        exit 3 (usage 2)
    ├── UnavailableError    not now: a service, a lock, a full disk; try again     exit 4
    └── InternalError       ours: a defect of groundglass                          exit 1

Every error carries a stable ``code`` of :data:`ERROR_CODES`, and says what is wrong, where, and what to do next.
Texts name files, our own ids and DICOM UIDs; never a patient.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

ERROR_CODES: dict[str, str] = {}
"""Every error code with its meaning, filled by :func:`declare`; the reference page is made from it."""


def declare(code: str, meaning: str) -> str:
    """Register an error code.

    Parameters
    ----------
    code : str
        Upper case with underscores, stable for ever.
    meaning : str
        One sentence for the reference page.

    Returns
    -------
    str
        The code, so that a module can keep it under a name.

    Raises
    ------
    ValueError
        If the code exists with another meaning.
    """
    if ERROR_CODES.get(code, meaning) != meaning:
        raise ValueError(f"error code {code} is declared twice, with two meanings")
    ERROR_CODES[code] = meaning
    return code


class GroundglassError(Exception):
    """Base of everything that groundglass raises on purpose.

    Parameters
    ----------
    code : str
        A code of :data:`ERROR_CODES`.
    what : str
        What is wrong, with the offending value.
    where : str
        File, series UID, option or field.
    todo : str
        What the reader of the message can do next.
    **details
        Machine-readable extras (numbers, strings).
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, code: str, *, what: str, where: str, todo: str, **details: object) -> None:
        self.code = code
        self.what = what
        self.where = where
        self.todo = todo
        self.details: Mapping[str, object] = MappingProxyType(details)
        super().__init__(f"{what}, {where}, {todo}")

    def line(self) -> str:
        """Return the closing line for stderr: ``error CODE: what, where, what to do``."""
        return f"error {self.code}: {' '.join(str(self).split())}"

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the fields when the error crosses a process boundary."""
        return _rebuild, (type(self), self.code, self.what, self.where, self.todo, dict(self.details))


class InputError(GroundglassError):
    """What was handed in cannot be used as it is."""

    exit_code: ClassVar[int] = 3


class UsageError(InputError):
    """An option or argument is off."""

    exit_code: ClassVar[int] = 2


class UnavailableError(GroundglassError):
    """Something needed is not there at the moment; the same call may work later."""

    exit_code: ClassVar[int] = 4


class InternalError(GroundglassError):
    """A defect of groundglass itself."""

    exit_code: ClassVar[int] = 1


def _rebuild(
    kind: type[GroundglassError], code: str, what: str, where: str, todo: str, details: dict[str, object]
) -> GroundglassError:
    return kind(code, what=what, where=where, todo=todo, **details)


MISSING_GEOMETRY = declare("MISSING_GEOMETRY", "A volume has no usable position, orientation or spacing.")
GRID_MISMATCH = declare("GRID_MISMATCH", "Two volumes that are combined do not share grid and frame of reference.")
OUTPUT_EXISTS = declare("OUTPUT_EXISTS", "The output exists already and --overwrite was not given.")
OUTPUT_FAILED = declare("OUTPUT_FAILED", "An output could not be written.")
UNEXPECTED = declare("UNEXPECTED", "A defect of groundglass; the log holds the traceback under the reference printed.")
