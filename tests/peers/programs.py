"""Programs of others that the tests ask: where they are, how they are run and stopped."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE_OF = {
    "Orthanc": "orthanc",
    "chromium": "chromium",
    "dcm2pdf": "dcmtk",
    "dcmconv": "dcmtk",
    "dcmdjpls": "dcmtk",
    "dcmdump": "dcmtk",
    "dcmj2pnm": "dcmtk",
    "dsr2html": "dcmtk",
    "dsrdump": "dcmtk",
    "npm": "npm",
    "storescu": "dcmtk",
}
"""Debian's package of each program; a program that is not listed comes with pip from ``constraints.txt``."""


def absent(reason: str) -> None:
    """Leave the test: a failure in CI, where everything must be there, and a skip that says why elsewhere."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)  # a developer may lack a program that CI installs


def program(name: str) -> str:
    """Return the path of a program; without it the test says which package has it."""
    own = Path(sys.executable).parent
    package = PACKAGE_OF.get(name)
    if package is None:
        found = shutil.which(name, path=str(own))
    else:  # pip brings programs of the same names, which are others: pynetdicom has a storescu too
        found = shutil.which(name, path=os.pathsep.join(p for p in os.get_exec_path() if Path(p) != own))
    if found is None:
        where = f"install Debian's package {package}" if package else "run make setup"
        absent(f"the program {name} is missing: {where}")
        raise AssertionError
    return found


def need(path: Path, package: str) -> Path:
    """Return a file of a package of Debian; without it the test says which package has it."""
    if not path.exists():
        absent(f"{path.name} is missing: install Debian's package {package}")
    return path


@dataclass(frozen=True, slots=True)
class Said:
    """What a program answered."""

    status: int
    output: str
    errors: str

    @property
    def lines(self) -> list[str]:
        """Every line it printed, whichever way."""
        return [line for line in (self.output + "\n" + self.errors).splitlines() if line.strip()]


def ask(name: str, *arguments: str | Path, timeout_s: float = 60.0) -> Said:
    """Run a program to its end."""
    done = subprocess.run(
        [program(name), *map(str, arguments)],
        capture_output=True,
        timeout=timeout_s,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return Said(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))


def free_ports(count: int) -> list[int]:
    """Return ports of the loopback that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def start(command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """Start a program that stays; what it says goes to ``log``."""
    with log.open("wb") as sink:
        return subprocess.Popen(list(command), stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT)


def wait_for(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, *, seconds: float = 30.0) -> None:
    """Wait until a started program answers; one that ends or never answers fails with the end of its log."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        if ready():
            return
        time.sleep(0.05)
    tail = log.read_text("utf-8", "replace")[-2000:]
    raise RuntimeError(f"{process.args!r} did not start:\n{tail}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a program that :func:`start` started."""
    process.terminate()
    try:
        process.wait(15.0)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(15.0)
