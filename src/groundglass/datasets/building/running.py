"""The engine of one machine: each study in a worker process, so that a crash or a hang costs one study."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from groundglass.datasets.building.tasks import StudyDone, StudyTask
from groundglass.dicom.isolation import Worker, side_by_side
from groundglass.errors import GroundglassError, UnavailableError


def on_this_machine(processes: int) -> Callable[..., Iterator[StudyDone]]:
    """Return the engine that runs so many worker processes; 0 does it all in this one.

    It raises ``UnavailableError`` for what ends a build: an output that cannot be written.
    """

    def engine(function: Callable[[StudyTask], StudyDone], tasks: Sequence[StudyTask]) -> Iterator[StudyDone]:
        if processes <= 0 or not tasks:
            return (function(task) for task in tasks)
        memory_bytes = tasks[0].options.memory_bytes

        def do(worker: Worker, task: StudyTask) -> StudyDone:
            return _one(worker, function, task)

        return side_by_side(tasks, do, processes=processes, memory_bytes=memory_bytes)

    return engine


def _one(worker: Worker, function: Callable[[StudyTask], StudyDone], task: StudyTask) -> StudyDone:
    try:
        return worker.call(function, task, timeout_s=task.options.timeout_s)
    except UnavailableError:
        raise
    except GroundglassError as error:
        return StudyDone(
            key=task.key,
            fingerprint=task.fingerprint,
            outcome="failed",
            code=error.code,
            message=error.what,
            trace=str(error.details.get("traceback", "")),
        )
