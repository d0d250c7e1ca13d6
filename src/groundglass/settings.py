"""Settings: one table of (name, default, help) feeds the code, ``--help`` and the reference page.

The environment is read here and nowhere below: ``study_timeout_s`` is given as ``GROUNDGLASS_STUDY_TIMEOUT_S``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from groundglass.errors import UsageError, declare

BAD_SETTING = declare("BAD_SETTING", "A GROUNDGLASS_... variable of the environment is unknown or has no usable value.")
PREFIX = "GROUNDGLASS_"

INTENDED_USE: dict[str, dict[str, str]] = {
    "research": {
        "en": "For research use only, not for diagnosis.",
        "ru": "Только для исследовательских целей, не для диагностики.",
    },
}
"""The fixed set of intended-use sentences; every output carries one."""

DEFAULT_INTENDED_USE = "research"

SETTINGS: tuple[tuple[str, int | float | str, str], ...] = (
    ("study_timeout_s", 900.0, "A study that takes longer is given up, and the batch goes on."),
    ("worker_memory_gib", 8.0, "Address space of the process that reads and analyses one study."),
    ("log_file", "", "Where tracebacks of unexpected errors go; empty: the state folder of the user."),
    ("service_model_id", 1, "Number that the programme gave to this service; part of series UIDs and messages."),
    ("service_add_id", 1, "Number of the kind of result, where the programme gives one; part of series UIDs."),
    ("project_passphrase", "", "Opens the key of a de-identification project that was made with it; empty: none."),
    ("dose_factors", "mu-2944-11", "Which table of conversion factors from DLP to effective dose is used."),
    ("dose_levels", "", "TOML or JSON file of diagnostic reference levels; empty: none."),
    ("intended_use", DEFAULT_INTENDED_USE, "Which intended-use sentence every output carries."),
)
"""Every setting: name, default, help."""

_ELSEWHERE = {"GROUNDGLASS_TEST_DATA", "GROUNDGLASS_DAMAGE_SEEDS"}


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force; see :data:`SETTINGS` for their meaning."""

    study_timeout_s: float = 900.0
    worker_memory_gib: float = 8.0
    log_file: str = ""
    project_passphrase: str = field(default="", repr=False)
    dose_factors: str = "mu-2944-11"
    dose_levels: str = ""
    service_model_id: int = 1
    service_add_id: int = 1
    intended_use: str = DEFAULT_INTENDED_USE


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of the environment.

    Parameters
    ----------
    environment : mapping of str to str, optional
        Default: the process's own.

    Raises
    ------
    UsageError
        ``BAD_SETTING`` for an unknown name or a value of the wrong kind.
    """
    given = os.environ if environment is None else environment
    defaults = {name: default for name, default, _ in SETTINGS}
    values: dict[str, int | float | str] = dict(defaults)
    for key, text in given.items():
        if not key.startswith(PREFIX) or key in _ELSEWHERE:
            continue
        name = key.removeprefix(PREFIX).lower()
        if name not in defaults:
            known = ", ".join(PREFIX + known.upper() for known in defaults)
            todo = f"use one of {known}"
            raise UsageError(BAD_SETTING, what=f"{key} is no setting", where="the environment", todo=todo)
        values[name] = _parse(key, text, defaults[name])
    if values["intended_use"] not in INTENDED_USE:
        raise UsageError(
            BAD_SETTING,
            what=f"{PREFIX}INTENDED_USE is {values['intended_use']!r}",
            where="the environment",
            todo=f"use one of {', '.join(INTENDED_USE)}",
        )
    return Settings(**values)  # type: ignore[arg-type]  # _parse gives each value the kind of its default


def _parse(key: str, text: str, default: int | float | str) -> int | float | str:
    if isinstance(default, str):
        return text
    try:
        number = type(default)(text)
    except ValueError:
        number = type(default)(0)
    if not 0 < number < float("inf"):
        raise UsageError(BAD_SETTING, what=f"{key} is {text!r}", where="the environment", todo="give a number above 0")
    return number
