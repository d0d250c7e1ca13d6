"""Run a command and measure it: wall-clock seconds, and the peak memory of it and all its children together."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import resource
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_SAMPLE_S = 0.02


@dataclass(frozen=True, slots=True)
class Measured:
    """One run.

    Attributes
    ----------
    seconds : float
        Wall clock, start of the process included.
    peak_mib : float
        Largest sum of the resident memory of all its processes, MiB, sampled every 20 ms. Pages that two processes
        share count twice, so it is an upper bound.
    cpu_seconds : float
        Processor time of it and all its children.
    output : str
        Its standard output.
    """

    seconds: float
    cpu_seconds: float
    peak_mib: float
    output: str


def run(command: Sequence[str], *, cwd: Path | None = None) -> Measured:
    """Run a command to its end.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    cwd : Path, optional
        Where to run it.

    Raises
    ------
    RuntimeError
        If it fails; with its last words.
    """
    with tempfile.TemporaryFile("w+") as errors, tempfile.TemporaryFile("w+") as output:
        before, start = _cpu_of_children(), time.perf_counter()
        process = subprocess.Popen(
            list(command), stdin=subprocess.DEVNULL, stdout=output, stderr=errors, text=True, cwd=cwd
        )
        peak = [0]
        watcher = threading.Thread(target=_watch, args=(process, peak), daemon=True)
        watcher.start()
        code = process.wait()
        seconds = time.perf_counter() - start
        watcher.join()
        errors.seek(0)
        output.seek(0)
        if code:
            raise RuntimeError(f"{' '.join(command)} exited {code}: {errors.read()[-2000:]}")
        return Measured(seconds, _cpu_of_children() - before, peak[0] / 2**20, output.read())


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _watch(process: subprocess.Popen[str], peak: list[int]) -> None:
    try:
        root = psutil.Process(process.pid)
    except psutil.NoSuchProcess:
        return
    while process.poll() is None:
        total = 0
        try:
            family = [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return
        for member in family:
            try:
                total += member.memory_info().rss
            except psutil.NoSuchProcess:  # it ended between the two calls
                continue
        peak[0] = max(peak[0], total)
        time.sleep(_SAMPLE_S)


def machine() -> str:
    """Describe the machine in words that name nobody."""
    memory_gib = psutil.virtual_memory().total / 2**30
    cores = len(os.sched_getaffinity(0))
    return (
        f"{cores} cores, {platform.machine()}, {memory_gib:.0f} GiB of memory, {platform.system()}, "
        f"Python {platform.python_version()}"
    )


def versions(names: Sequence[str]) -> str:
    """Return name and version of the packages, separated by commas."""
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
