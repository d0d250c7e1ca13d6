"""A process of its own for decoders and readers of text, which may crash or hang on damaged pictures."""

from __future__ import annotations

import multiprocessing
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from time import monotonic
from typing import Any

from groundglass.deidentify.verify.letters import Line

SILENT_AT_MOST_S = 120.0
"""A process that tells nothing for so long hangs: one frame is decoded, or one window read, in a few seconds."""
_ENDS_AT_MOST = 20
"""How often the process is started anew; then the rest counts as not read, so that a folder of bombs has an end."""
_BATCH_AT_MOST_BYTES = 32 << 20
"""Bytes handed over at once: some sixty raw slices, so that neither process waits for the other slice by slice."""
_WAITING_AT_MOST_BYTES = 256 << 20
"""Bytes that may wait to be handed over; the caller's process waits with more."""
_MEMORY_AT_MOST_BYTES = 16 << 30
"""Address space of the process: a picture of the largest size that is decoded takes a fiftieth of it."""
_END_WAIT_S = 2.0


@dataclass(frozen=True, slots=True)
class Job:
    """A file to be looked at.

    Attributes
    ----------
    label : str
        How findings call it.
    data : bytes
        All of it.
    kind : str
        Of a file that is no DICOM object, as its first bytes say.
    source : bool
        It belongs to IN.
    """

    label: str
    data: bytes = field(repr=False)
    kind: str = ""
    source: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """A picture that was read, or whose unused bits are in use."""

    place: str
    lines: tuple[Line, ...]
    bits: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """The end of a file.

    Attributes
    ----------
    frames, read, left : int
        Frames looked at, read for text, and left although they should have been read.
    unread : str
        Why some could not be decoded.
    """

    frames: int = 0
    read: int = 0
    left: int = 0
    unread: str = ""


class Apart:
    """Hands files to the process and takes what it says, in the order of the files.

    Parameters
    ----------
    serve : callable
        What runs there: takes a connection, gets lists of jobs, tells ``Read``, ``None`` (still alive) and ``Done``.
    silent_at_most_s : float
        When it counts as hanging.
    """

    def __init__(self, serve: Callable[[Connection], None], silent_at_most_s: float = SILENT_AT_MOST_S) -> None:
        self._serve = serve
        self._silent_at_most_s = silent_at_most_s
        self._process: Any = None
        self._connection: Connection | None = None
        self._waiting: deque[Job] = deque()
        self._sent: deque[Job] = deque()
        self._heard_s = 0.0
        self._ends = 0

    def put(self, job: Job) -> Iterator[tuple[Job, Read | Done]]:
        """Hand over a file, and return what was said meanwhile.

        Parameters
        ----------
        job : Job
            The file.
        """
        self._waiting.append(job)
        yield from self._heard(0.0)
        while sum(len(j.data) for j in self._waiting) > _WAITING_AT_MOST_BYTES:
            yield from self._heard(1.0)

    def rest(self) -> Iterator[tuple[Job, Read | Done]]:
        """Wait for every file, and return what was said."""
        while self._waiting or self._sent:
            yield from self._heard(1.0)

    def close(self) -> None:
        """End the process."""
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.kill()
            self._process.join(_END_WAIT_S)
        self._process = self._connection = None

    def _heard(self, wait_s: float) -> Iterator[tuple[Job, Read | Done]]:
        """Return what was said, for so long at most that a wait takes; hand over more where the process is idle."""
        if not self._sent:
            if not self._waiting:
                return
            if self._ends > _ENDS_AT_MOST:
                while self._waiting:
                    yield (
                        self._waiting.popleft(),
                        Done(unread="not looked at: the decoder crashed too often"),
                    )
                return
            self._send()
        try:
            while self._sent and self._connection is not None and self._connection.poll(wait_s):
                said = self._connection.recv()
                self._heard_s = monotonic()
                if said is not None:
                    job = self._sent.popleft() if isinstance(said, Done) else self._sent[0]
                    yield job, said
                wait_s = 0.0
        except (EOFError, OSError):
            yield self._ended("the decoder crashed")
            return
        if not self._sent and self._waiting:
            self._send()
        elif self._sent and monotonic() - self._heard_s > self._silent_at_most_s:
            yield self._ended(f"the decoder said nothing for {self._silent_at_most_s:.0f} s")

    def _send(self) -> None:
        """Give the idle process its next files."""
        size = 0
        while self._waiting and size < _BATCH_AT_MOST_BYTES:
            self._sent.append(self._waiting.popleft())
            size += len(self._sent[-1].data)
        self._heard_s = monotonic()
        if self._process is None:
            self._start()
        try:
            if self._connection is not None:
                self._connection.send(list(self._sent))
        except OSError:
            return  # it died: the next look at the connection tells

    def _ended(self, why: str) -> tuple[Job, Done]:
        """Give up the file at which the process ended; those behind it are handed over again."""
        self.close()
        self._ends += 1
        job = self._sent.popleft()
        self._waiting.extendleft(reversed(self._sent))
        self._sent.clear()
        return job, Done(unread=why)

    def _start(self) -> None:
        # a copy of this process starts at once and needs no importable main module; with threads it may hang
        copied = sys.platform == "linux" and threading.active_count() == 1
        context: Any = multiprocessing.get_context("fork" if copied else "spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=_run, args=(self._serve, theirs, ours if copied else None), daemon=True, name="groundglass-pictures"
        )
        # a copy would wait for ever for the threads that OpenCV has here: they go, and come back when they are needed
        opencv = sys.modules.get("cv2")
        threads = opencv.getNumThreads() if opencv is not None else 1
        if opencv is not None and threads != 1:
            opencv.setNumThreads(1)
        try:
            process.start()
        finally:
            if opencv is not None and threads != 1:
                opencv.setNumThreads(threads)
        theirs.close()
        self._process, self._connection = process, ours


def _run(serve: Callable[[Connection], None], connection: Connection, other: Connection | None) -> None:
    import signal

    if other is not None:
        other.close()  # a copy of it would keep this process waiting when the caller is gone
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        import resource

        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        least = _MEMORY_AT_MOST_BYTES if hard == resource.RLIM_INFINITY else min(_MEMORY_AT_MOST_BYTES, hard)
        resource.setrlimit(resource.RLIMIT_AS, (least, hard))
    serve(connection)
