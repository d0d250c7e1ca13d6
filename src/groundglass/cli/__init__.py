"""The command line: one thin module a command, imported when it is called."""

from __future__ import annotations

import io
import os
import sys
import traceback
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from groundglass import __version__
from groundglass.errors import UNEXPECTED, GroundglassError, InternalError, UsageError, declare

if TYPE_CHECKING:
    from cyclopts import App

USAGE = declare("USAGE", "The command line is off: an unknown option, a missing argument, a value of the wrong kind.")
INTERRUPTED = declare("INTERRUPTED", "The run was stopped by the user.")

COMMANDS: dict[str, str] = {
    "analyze": "groundglass.cli.analyze:analyze",
    "series": "groundglass.cli.series:series",
    "check-result": "groundglass.cli.check_result:check_result",
    "phantom": "groundglass.cli.phantom:phantom",
    "demo": "groundglass.cli.demo:demo",
    "train": "groundglass.cli.train:train",
    "fhir": "groundglass.cli.fhir:fhir",
    "dose": "groundglass.cli.dose:dose",
}
"""Every command and the function behind it."""

GROUPS: dict[str, dict[str, str]] = {
    "deidentify": {
        "run": "groundglass.cli.deidentify:run",
        "plan": "groundglass.cli.deidentify:plan",
        "verify": "groundglass.cli.deidentify_verify:verify",
        "reidentify": "groundglass.cli.deidentify_reidentify:reidentify",
    },
    "dataset": {
        "build": "groundglass.cli.dataset_build:build",
        "validate": "groundglass.cli.dataset_validate:validate",
        "describe": "groundglass.cli.dataset_describe:describe",
    },
    "evaluate": {"analysis": "groundglass.cli.evaluate:analysis"},
}
"""Commands of two words, by their first."""

_HELPS: dict[str, str] = {
    # said here too, so that --help need not import the commands
    "analyze": "Measure, grade and report chest CT studies.",
    "series": "Print every series and why it is or is not the one to grade.",
    "check-result": "Check any vendor's result against the study it was made from.",
    "phantom": "Make a digital chest with known truth.",
    "train": "Train the networks again, or your own: a fold at a time, resumable.",
    "fhir": "Print results as FHIR R5 or R4B bundles.",
    "dose": "Print the radiation dose that dose reports and captures state.",
    "demo": "Read five digital chests and print truth against measurement.",
    "deidentify": "Take identity out of studies, and show that it is out.",
    "deidentify run": "Take the identity out of every DICOM file of IN and write them to OUT.",
    "deidentify plan": "Print the planned action for each element of each file.",
    "deidentify verify": "Look for anything of IN's identity in OUT, with code of its own.",
    "deidentify reidentify": "Say who stands behind an id of a project; for the holder of the key, logged.",
    "dataset": "Make, check and describe data sets.",
    "dataset build": "Make a de-identified, described, versioned data set by a recipe.",
    "dataset validate": "Check anyone's data set; each finding is an error or a warning.",
    "dataset describe": "Print statistics and card of a data set.",
    "evaluate": "Hold measurements against what people said.",
    "evaluate analysis": "Run the analysis over a labelled data set and print how accurate it is.",
}

_HELP = "Chest CT in, a reading out. For research use only, not for diagnosis; a physician decides."


def build_app() -> App:
    """Return the command-line application."""
    from cyclopts import App

    # An interrupt is ours to answer: cyclopts would end the process without a word.
    app = App(name="groundglass", help=_HELP, version=__version__, suppress_keyboard_interrupt=False)
    for name, target in COMMANDS.items():
        app.command(target, name=name, help=_HELPS[name])
    for name, members in GROUPS.items():
        group = App(name=name, help=_HELPS[name])
        for member, target in members.items():
            group.command(target, name=member, help=_HELPS[f"{name} {member}"])
        app.command(group)
    return app


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Default: those of the process.

    Returns
    -------
    int
        Exit code: 0 done, 2 usage, 3 input, 4 unavailable, 1 internal.
    """
    from cyclopts import CycloptsError

    try:
        code = build_app()(
            arguments, exit_on_error=False, print_error=False, result_action="return_int_as_exit_code_else_zero"
        )
    except CycloptsError as error:
        todo = "see groundglass --help"
        return _say(UsageError(USAGE, what=_one_line(str(error)), where="the command line", todo=todo))
    except GroundglassError as error:
        trace = error.details.get("traceback")
        return _say(_unexpected(str(trace)) if trace else error)
    except KeyboardInterrupt:
        todo = "start it again; finished studies are kept"
        _say(UsageError(INTERRUPTED, what="stopped", where="by the user", todo=todo))
        return 130
    except BrokenPipeError:
        # the reader of our output went away, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception:  # the last door: whatever comes here is a defect of ours
        return _say(_unexpected(traceback.format_exc()))
    return int(code or 0)


def main() -> None:
    """Entry point of the ``groundglass`` program."""
    _ready_streams()
    sys.exit(run())


def _ready_streams() -> None:
    """Let the streams take any text: a closed one swallows it, a narrow encoding shows escapes."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - lives as long as the program
        elif isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


def _say(error: GroundglassError) -> int:
    sys.stdout.flush()
    sys.stderr.write(error.line() + "\n")
    return error.exit_code


def _unexpected(text: str) -> InternalError:
    reference = uuid.uuid4().hex[:8]
    log = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "groundglass" / "errors.log"
    todo = f"report it with reference {reference}"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as stream:
            stream.write(f"reference {reference}\n{text}\n")
        todo += f" and the traceback in {log}"
    except OSError:
        sys.stderr.write(text)
    return InternalError(UNEXPECTED, what="unexpected error", where="groundglass itself", todo=todo)


def _one_line(text: str) -> str:
    return " ".join(text.replace("│", " ").split()).rstrip(".")
