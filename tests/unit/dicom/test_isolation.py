"""What goes wrong in the worker ends the worker; the caller gets one of our errors and can go on."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from groundglass.dicom.isolation import Worker, run
from groundglass.errors import GroundglassError, InputError, InternalError

LIMIT_S = 60.0
"""A new process on a busy machine."""


def add(one: int, two: int) -> int:
    return one + two


def own_process() -> int:
    return os.getpid()


def refuse() -> None:
    raise InputError("NO_DICOM", what="nothing is there", where="series 1.2.3", todo="look again", slices=7)


def defect() -> None:
    raise ZeroDivisionError("a defect")


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def leave() -> None:
    os._exit(3)


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def deaf(seconds: float) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(seconds)


def take(count: int) -> int:
    return len(bytearray(count))


def count_to(last: int, tell: Callable[[int], None]) -> str:
    for number in range(last):
        tell(number)
    return "done"


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker(memory_bytes=2 << 30, modules=["groundglass.errors"]) as one:
        yield one


def _fails(
    worker: Worker, function: Callable[..., object], *args: object, timeout_s: float = LIMIT_S
) -> GroundglassError:
    with pytest.raises(GroundglassError) as caught:
        worker.call(function, *args, timeout_s=timeout_s)
    # The next call always works.
    assert worker.call(add, 1, 2, timeout_s=LIMIT_S) == 3
    return caught.value


def test_a_call_returns_what_the_function_returns_in_one_process(worker: Worker) -> None:
    assert worker.call(add, 20, 22, timeout_s=LIMIT_S) == 42
    first = worker.call(own_process, timeout_s=LIMIT_S)
    assert first == worker.call(own_process, timeout_s=LIMIT_S) != os.getpid()


def test_our_errors_cross_with_all_their_fields(worker: Worker) -> None:
    error = _fails(worker, refuse)
    assert isinstance(error, InputError)
    assert error.line() == "error NO_DICOM: nothing is there, series 1.2.3, look again"
    assert dict(error.details) == {"slices": 7}


def test_a_defect_becomes_one_of_our_errors_with_its_traceback(worker: Worker) -> None:
    error = _fails(worker, defect)
    assert isinstance(error, InternalError)
    assert "ZeroDivisionError" in error.what
    assert "defect" in str(error.details["traceback"])


@pytest.mark.parametrize(("function", "word"), [(crash, "SIGSEGV"), (leave, "exit code 3")])
def test_a_crash_kills_only_the_worker(worker: Worker, function: Callable[[], None], word: str) -> None:
    error = _fails(worker, function)
    assert error.code == "WORKER_DIED"
    assert word in error.what


@pytest.mark.parametrize("function", [sleep, deaf])
def test_a_hang_ends_at_the_limit(worker: Worker, function: Callable[[float], None]) -> None:
    worker.call(add, 1, 1, timeout_s=LIMIT_S)
    start = time.monotonic()
    error = _fails(worker, function, 500.0, timeout_s=0.5)
    assert error.code == "TOOK_TOO_LONG"
    assert time.monotonic() - start < LIMIT_S


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_memory_has_a_limit(worker: Worker) -> None:
    assert worker.call(take, 1 << 20, timeout_s=LIMIT_S) == 1 << 20
    assert _fails(worker, take, 4 << 30).code == "TOO_MUCH_MEMORY"


def test_a_call_in_another_thread_can_be_stopped(worker: Worker) -> None:
    worker.call(add, 1, 1, timeout_s=LIMIT_S)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(_fails, worker, sleep, 500.0)
        time.sleep(0.2)
        worker.stop()
        assert waiting.result().code == "WORKER_DIED"
    worker.close()
    worker.stop()  # nothing runs: nothing happens
    assert worker.call(add, 1, 1, timeout_s=LIMIT_S) == 2


def test_what_the_function_tells_arrives_in_order(worker: Worker) -> None:
    heard: list[int] = []
    assert worker.call(count_to, 5, timeout_s=LIMIT_S, on_event=heard.append) == "done"
    assert heard == [0, 1, 2, 3, 4]


def test_a_killed_worker_is_replaced(worker: Worker) -> None:
    first = worker.call(own_process, timeout_s=LIMIT_S)
    os.kill(first, signal.SIGKILL)
    # Killed between two calls, it may be found out only when it is spoken to.
    with contextlib.suppress(InputError):
        worker.call(own_process, timeout_s=LIMIT_S)
    assert worker.call(own_process, timeout_s=LIMIT_S) != first


def test_one_call_in_a_process_of_its_own() -> None:
    assert run(add, (1, 2), memory_bytes=None, timeout_s=LIMIT_S) == 3


def set_threads_of_opencv() -> int:
    import cv2

    cv2.setNumThreads(1)
    return int(cv2.getNumThreads())


def test_a_copy_of_a_process_whose_opencv_has_threads_does_not_wait_for_them() -> None:
    import cv2

    before = cv2.getNumThreads()
    cv2.setNumThreads(4)
    try:
        cv2.GaussianBlur(np.zeros((2000, 2000, 3), np.uint8), (31, 31), 0)  # makes the pool
        with Worker(fork=True) as worker:
            worker.start()
            assert worker.call(set_threads_of_opencv, timeout_s=20.0) == 1
        assert cv2.getNumThreads() == 4
    finally:
        cv2.setNumThreads(before)
