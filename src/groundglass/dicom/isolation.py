"""A worker process for work that may crash, hang or eat memory: foreign decoders on foreign data.

What goes wrong in the worker ends the worker, and one of our errors reaches the caller; the next call starts a new one.
"""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from time import monotonic
from types import TracebackType
from typing import Any, TypeVar

from groundglass.errors import UNEXPECTED, GroundglassError, InputError, InternalError, declare

WORKER_DIED = declare("WORKER_DIED", "The process that read the data died: a decoder crashed, or memory ran out.")
TOOK_TOO_LONG = declare("TOOK_TOO_LONG", "The data were given up because they took longer than the limit.")
TOO_MUCH_MEMORY = declare("TOO_MUCH_MEMORY", "The data need more memory than the limit allows.")

S = TypeVar("S")
T = TypeVar("T")
_CONTEXT = multiprocessing.get_context("spawn")
_STOP_WAIT_S = 2.0


class Worker:
    """A process that runs one call at a time, started at the first call and replaced when it dies.

    1. A call returns what the function returns.
    2. A :class:`GroundglassError` raised in the worker is raised in the caller with all its fields.
    3. Any other exception becomes ``UNEXPECTED`` with the traceback in ``details``; the worker lives on.
    4. A worker that dies becomes ``WORKER_DIED``, one that takes longer than the limit is killed: ``TOOK_TOO_LONG``,
       one that meets its memory limit becomes ``TOO_MUCH_MEMORY``. The next call gets a new process.
    5. The caller's process is never harmed; a worker never outlives it.

    One thread uses a worker at a time.

    Parameters
    ----------
    memory_bytes : int or None
        Address space of the process; None for no limit.
    modules : sequence of str
        Imported before the first call, so that a call's time is its own.
    fork : bool
        The first process is a copy of the caller's, where the system can do that: it starts at once. To be called while
        the caller has no other threads. Later processes start from nothing.

    Attributes
    ----------
    process_id : int or None
        Of the last process, alive or not: by it the caller finds what a killed one left.
    """

    def __init__(self, *, memory_bytes: int | None = None, modules: Sequence[str] = (), fork: bool = False) -> None:
        self._memory_bytes = memory_bytes
        self._modules = tuple(modules)
        self._process: Any = None
        self.process_id: int | None = None
        self._connection: Connection | None = None
        self._fork = fork and "fork" in multiprocessing.get_all_start_methods()

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def call(
        self,
        function: Callable[..., T],
        *args: object,
        timeout_s: float,
        on_event: Callable[[Any], None] | None = None,
    ) -> T:
        """Run ``function(*args)`` in the worker.

        Parameters
        ----------
        function : callable
            Importable by name; arguments and result can be pickled.
        *args
            Its arguments.
        timeout_s : float
            Wall-clock limit, start of a new process included.
        on_event : callable, optional
            When given, the function gets a further argument ``tell``; what it tells arrives here as it happens.

        Raises
        ------
        GroundglassError
            As the class says.
        """
        end = monotonic() + timeout_s
        connection = self._started()
        try:
            connection.send((function, args, on_event is not None))
            while True:
                ready = wait([connection, self._process.sentinel], max(0.0, end - monotonic()))
                if not ready:
                    self.close()
                    raise InputError(
                        TOOK_TOO_LONG,
                        what=f"no result after {timeout_s:.0f} s",
                        where="the worker process",
                        todo="check the data, or raise GROUNDGLASS_STUDY_TIMEOUT_S",
                    )
                if not connection.poll():
                    raise EOFError
                kind, value = connection.recv()
                if kind == "event" and on_event is not None:
                    on_event(value)
                elif kind == "value":
                    return value  # type: ignore[no-any-return]  # what function returned crossed a pipe
                elif kind == "error":
                    raise value
                elif kind == "defect":
                    raise InternalError(
                        UNEXPECTED,
                        what=f"unexpected error {value[0]}",
                        where="the worker process",
                        todo="report it with the traceback",
                        traceback=value[1],
                    )
        except (EOFError, BrokenPipeError, ConnectionResetError) as reason:
            code = self._ended()
            raise InputError(
                WORKER_DIED,
                what=f"the process that read the data died ({code})",
                where="the worker process",
                todo="check the data; a decoder may have crashed on a damaged file",
            ) from reason
        except KeyboardInterrupt:
            self.close()
            raise

    def start(self) -> None:
        """Start the process now and not at the first call."""
        self._started()

    def close(self) -> None:
        """End the process; a later call starts a new one."""
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.terminate()
            self._process.join(_STOP_WAIT_S)
            if self._process.is_alive():
                self._process.kill()
                self._process.join()
            self._process.close()
        self._process = self._connection = None

    def stop(self) -> None:
        """Kill the process, from whichever thread; the thread that waits for its call gets ``WORKER_DIED``."""
        process = self._process
        if process is not None:
            with contextlib.suppress(ValueError):  # closed meanwhile
                process.kill()

    def _started(self) -> Connection:
        if self._process is not None and self._connection is not None and self._process.is_alive():
            return self._connection
        self.close()
        ours, theirs = _CONTEXT.Pipe()
        process: BaseProcess
        if self._fork:
            self._fork = False
            arguments = (theirs, self._memory_bytes, self._modules, ours)
            process = multiprocessing.get_context("fork").Process(target=_serve, args=arguments, daemon=True)
        else:
            process = _CONTEXT.Process(
                target=_serve, args=(theirs, self._memory_bytes, self._modules), daemon=True, name="groundglass-worker"
            )
        with _without_threads_of_opencv():
            process.start()
        # Kept only once it runs: a process that could not be started cannot be ended either.
        self._process = process
        self.process_id = process.pid
        theirs.close()
        self._connection = ours
        return ours

    def _ended(self) -> str:
        process = self._process
        process.join(_STOP_WAIT_S)
        code = process.exitcode
        self.close()
        if code is not None and code < 0:
            with contextlib.suppress(ValueError):
                return signal.Signals(-code).name
        return f"exit code {code}"


def run(function: Callable[..., T], args: Sequence[object], *, memory_bytes: int | None, timeout_s: float) -> T:
    """Run one call in a process of its own.

    Raises
    ------
    GroundglassError
        As :class:`Worker`.
    """
    with Worker(memory_bytes=memory_bytes) as worker:
        return worker.call(function, *args, timeout_s=timeout_s)


def side_by_side(
    items: Sequence[S], do: Callable[[Worker, S], T], *, processes: int, memory_bytes: int | None
) -> Iterator[T]:
    """Do something with each of many items in several workers, which start as copies of this process.

    Parameters
    ----------
    items : sequence
        What is to be done.
    do : callable
        Does one, by a worker; runs in a thread of this process.
    processes : int
        Workers; no more than items are started.
    memory_bytes : int or None
        As :class:`Worker`.

    Yields
    ------
    T
        Results as they come, whichever worker is first.

    Raises
    ------
    BaseException
        The first that ``do`` raises; nothing more is begun then.
    """
    waiting: queue.SimpleQueue[S] = queue.SimpleQueue()
    results: queue.SimpleQueue[tuple[T] | BaseException] = queue.SimpleQueue()
    for item in items:
        waiting.put(item)
    workers = [Worker(memory_bytes=memory_bytes, fork=True) for _ in range(min(processes, len(items)))]
    stopped = threading.Event()

    def drive(worker: Worker) -> None:
        while not stopped.is_set():
            try:
                item = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                results.put((do(worker, item),))
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
        for _ in items:
            result = results.get()
            if isinstance(result, BaseException):
                raise result
            yield result[0]
    finally:
        stopped.set()
        for worker in workers:
            worker.stop()
        for thread in threads:
            thread.join()
        for worker in workers:
            worker.close()


@contextlib.contextmanager
def _without_threads_of_opencv() -> Iterator[None]:
    """Take OpenCV's pool of threads away for a moment: a copy of this process would wait for them for ever."""
    opencv = sys.modules.get("cv2")
    threads = opencv.getNumThreads() if opencv is not None else 1
    if opencv is None or threads == 1:
        yield
        return
    opencv.setNumThreads(1)
    try:
        yield
    finally:
        opencv.setNumThreads(threads)


def _serve(
    connection: Connection, memory_bytes: int | None, modules: tuple[str, ...], other_end: Connection | None = None
) -> None:
    """Take calls until the caller is gone."""
    if other_end is not None:
        # a copy of the caller's end would keep this process waiting when the caller is gone
        other_end.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit_memory(memory_bytes)
    for name in modules:
        importlib.import_module(name)
    while True:
        try:
            function, args, events = connection.recv()
        except (EOFError, OSError):
            return
        extra = {"tell": lambda value: connection.send(("event", value))} if events else {}
        reply: tuple[str, object]
        try:
            reply = ("value", function(*args, **extra))
        except GroundglassError as error:
            reply = ("error", error)
        except MemoryError:
            reply = ("error", _too_much(memory_bytes))
        except Exception as error:  # the caller gets it as a defect with its traceback
            reply = ("defect", (type(error).__name__, traceback.format_exc()))
        try:
            connection.send(reply)
        except OSError:
            return


def _too_much(memory_bytes: int | None) -> InputError:
    limit = f"{memory_bytes / 2**30:.1f} GiB" if memory_bytes else "the machine's"
    return InputError(
        TOO_MUCH_MEMORY,
        what=f"more memory than {limit} is needed",
        where="the worker process",
        todo="check the size of the data, or raise GROUNDGLASS_WORKER_MEMORY_GIB",
    )


def _limit_memory(memory_bytes: int | None) -> None:
    if memory_bytes is None or sys.platform == "win32":
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
