"""What a run would do: the planned action for each element of each file. Nothing is written, no value is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundglass.deidentify.cleaning import Done, Setup, Task
from groundglass.deidentify.keys import Keys
from groundglass.deidentify.known import gathered
from groundglass.deidentify.profile import Profile
from groundglass.deidentify.reporting import name_of
from groundglass.deidentify.run import NOTHING_TO_CLEAN, cleaned
from groundglass.deidentify.survey import survey
from groundglass.dicom.limits import ReadingLimits
from groundglass.dicom.sources import find_files
from groundglass.errors import InputError
from groundglass.phrases import Notice

_PLAN_KEY = b"\0" * 32
"""Nothing that the key makes is shown in a plan, so it needs none of a project."""


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """What would become of one file.

    Attributes
    ----------
    label : str
        The file, by our numbering.
    outcome : {"written", "dropped", "failed", "not-dicom"}
        What would become of it.
    kind, reason : str
        Kind of object; why it is dropped or fails, or what happens to its pixels.
    elements : tuple of dict
        In the order of the data set: path, tag, name, action, code and rule of the table, whether the value changes,
        how often.
    remarks : tuple of str
        Codes of what needs a person.
    """

    label: str
    outcome: str
    kind: str
    reason: str
    elements: tuple[dict[str, Any], ...] = ()
    remarks: tuple[str, ...] = ()

    def row(self) -> dict[str, Any]:
        """Return the file as JSON values."""
        return {
            "label": self.label,
            "outcome": self.outcome,
            "kind": self.kind,
            "reason": self.reason,
            "elements": list(self.elements),
            "needs_person": list(self.remarks),
        }


def plan(
    inputs: Sequence[Path],
    *,
    profile: Profile,
    processes: int = 2,
    limits: ReadingLimits | None = None,
    memory_bytes: int | None = None,
    notices: list[Notice] | None = None,
) -> Iterator[PlannedFile]:
    """Yield the plan of every file, in the order of the files.

    Parameters
    ----------
    inputs : sequence of Path
        Folders, files, zip archives.
    profile : Profile
        Options.
    processes : int
        Worker processes.
    limits : ReadingLimits, optional
        How much may be read.
    memory_bytes : int, optional
        Address space of a worker.
    notices : list of Notice, optional
        What finding the files had to say is appended here.

    Raises
    ------
    InputError
        ``NOTHING_TO_CLEAN``, and as finding files does.
    """
    limits = limits or ReadingLimits()
    sources = tuple(find_files(inputs, limits=limits, notices=notices))
    seen, others, broken = survey(sources)
    if not seen and not broken:
        raise InputError(
            NOTHING_TO_CLEAN,
            what=f"{len(sources)} files and no DICOM file among them",
            where="IN",
            todo="give a folder, zip or file of a study",
        )
    tasks = [Task(number, each.source, each.patient, "") for number, each in enumerate(seen)]
    setup = Setup(profile, Keys(_PLAN_KEY), None, gathered(seen), "plan")
    done: dict[int, Done] = {}
    for part in cleaned(setup, tasks, processes=processes, memory_bytes=memory_bytes):
        done.update((each.number, each) for each in part)
    planned = {task.source.label: _planned(task.source.label, done[task.number]) for task in tasks}
    planned |= {source.label: PlannedFile(source.label, "failed", "", code) for source, code in broken}
    planned |= {source.label: PlannedFile(source.label, "not-dicom", "", "not-dicom") for source in others}
    for source in sources:
        yield planned[source.label]


def _planned(label: str, done: Done) -> PlannedFile:
    elements = tuple(
        {
            "path": "/".join(path),
            "tag": f"({tag >> 16:04X},{tag & 0xFFFF:04X})",
            "name": name_of(tag),
            "action": action,
            "code": code,
            "rule": rule,
            "changed": changed,
            "count": count,
        }
        for (path, tag, action, code, rule, changed), count in done.counts
    )
    return PlannedFile(label, done.outcome, done.kind, done.reason, elements, done.remarks)
