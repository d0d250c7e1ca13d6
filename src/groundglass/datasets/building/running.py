"""The engine of one machine: each study in a worker process, so that a crash or a hang costs one study."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence

from groundglass.datasets.building.tasks import StudyDone, StudyTask
from groundglass.dicom.isolation import Worker
from groundglass.errors import GroundglassError, UnavailableError


def on_this_machine(processes: int) -> Callable[..., Iterator[StudyDone]]:
    """Return the engine that runs so many worker processes; 0 does it all in this one."""

    def engine(function: Callable[[StudyTask], StudyDone], tasks: Sequence[StudyTask]) -> Iterator[StudyDone]:
        if processes <= 0:
            return (function(task) for task in tasks)
        return _in_workers(function, tasks, min(processes, len(tasks)))

    return engine


def _in_workers(
    function: Callable[[StudyTask], StudyDone], tasks: Sequence[StudyTask], processes: int
) -> Iterator[StudyDone]:
    """Yield results as they come.

    Raises
    ------
    UnavailableError
        What ends a build: an output that cannot be written.
    """
    if not tasks:
        return
    waiting: queue.SimpleQueue[StudyTask] = queue.SimpleQueue()
    results: queue.SimpleQueue[StudyDone | BaseException] = queue.SimpleQueue()
    for task in tasks:
        waiting.put(task)
    memory_bytes = tasks[0].options.memory_bytes
    workers = [Worker(memory_bytes=memory_bytes, fork=True) for _ in range(processes)]
    stopped = threading.Event()

    def drive(worker: Worker) -> None:
        while not stopped.is_set():
            try:
                task = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                results.put(_one(worker, function, task))
            except BaseException as error:  # handed to the caller, whatever it is
                results.put(error)
                return

    threads: list[threading.Thread] = []
    try:
        for worker in workers:
            worker.start()  # copies of this process, made before it has threads
        threads = [threading.Thread(target=drive, args=(worker,), daemon=True) for worker in workers]
        for thread in threads:
            thread.start()
        for _ in tasks:
            result = results.get()
            if isinstance(result, BaseException):
                raise result
            yield result
    finally:
        stopped.set()
        for worker in workers:
            worker.stop()
        for thread in threads:
            thread.join()
        for worker in workers:
            worker.close()


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
