"""Data sets built for tests: once a session, whichever worker comes first, and how their bytes are looked at."""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from made_dummies import make_dummies
from made_sets import StudyTree, make_phantoms, phantom_cases, write_recipe

from groundglass.datasets.building import Built, Engine, build
from groundglass.datasets.recipe.reading import read_recipe
from groundglass.deidentify.project import Project

THIRTY = phantom_cases(30, slices=24, rows=88)
_PATIENCE_S = 120.0
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)


@dataclass(frozen=True)
class Kitchen:
    """Where versions of a data set are made.

    Attributes
    ----------
    tree : StudyTree
        What goes in, with ``recipe.yaml``.
    folder : Path
        Holds ``project``, and ``out`` with the versions.
    """

    tree: StudyTree
    folder: Path

    @property
    def project(self) -> Path:
        """The folder of the key."""
        return self.folder / "project"

    @property
    def out(self) -> Path:
        """The folder of the versions."""
        return self.folder / "out"

    @property
    def version(self) -> Path:
        """The only version that is there."""
        (only,) = (path for path in self.out.iterdir() if not path.name.startswith("."))
        return only

    def cook(
        self, *, processes: int = 0, engine: Engine | None = None, recipe: str = "recipe.yaml", **changes: Any
    ) -> Built:
        """Build by the recipe of the tree; ``changes`` replace parts of it, in a file of their own."""
        path = self.tree.folder / recipe
        if changes:
            path = changed_recipe(path, self.tree.folder / f"recipe-{self.folder.name}.yaml", **changes)
        project = Project.open(self.project)
        return build(read_recipe(path), self.out, project=project, processes=processes, engine=engine)


def kitchen(tree: StudyTree, folder: Path, *, key_of: Path | None = None) -> Kitchen:
    """Return a place for versions with a key of its own, or with the key of another project."""
    made = Kitchen(tree, folder)
    folder.mkdir(parents=True, exist_ok=True)
    if key_of is not None and not made.project.exists():
        made.project.mkdir(mode=0o700)
        shutil.copy(key_of / "key.json", made.project / "key.json")
        (made.project / "key.json").chmod(0o600)
    return made


def changed_recipe(path: Path, new: Path, **changes: Any) -> Path:
    """Write a recipe again with some parts replaced; None takes a part away."""
    recipe: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return write_recipe(new, recipe, **changes)


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder that ``make`` filled, once for all workers of a test run."""
    base = factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    folder, failed = shared / f"once-{name}", shared / f"once-{name}.failed"
    with (shared / f"once-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if failed.exists():
            pytest.fail(f"{name} could not be made: {failed.read_text(encoding='utf-8')}")
        if not folder.is_dir():
            try:
                make(folder)
            except BaseException as error:
                failed.write_text(repr(error), encoding="utf-8")
                raise
    return folder


def thirty_phantoms(factory: pytest.TempPathFactory) -> StudyTree:
    """Return thirty small phantoms; nobody changes them."""
    return StudyTree(once(factory, "phantoms", lambda folder: make_phantoms(folder, THIRTY)))


def built_phantoms(factory: pytest.TempPathFactory, layout: str = "mosmed") -> Kitchen:
    """Return the thirty phantoms as a data set; nobody changes it.

    Other layouts than that of MosMedData hold the nine of March.
    """
    tree = thirty_phantoms(factory)

    def make(folder: Path) -> None:
        changes: dict[str, Any] = {"layout": layout, "selection": {"last_date": "2020-03-31"}}
        kitchen(tree, folder).cook(**(changes if layout != "mosmed" else {}))

    return Kitchen(tree, once(factory, f"built-{layout}", make))


def all_dummies(factory: pytest.TempPathFactory) -> StudyTree:
    """Return the 1,110 dummies; nobody changes them."""
    return StudyTree(once(factory, "dummies", lambda folder: make_dummies(folder)))


def few_dummies(folder: Path, **counts: int) -> StudyTree:
    """Return a few dummies of one's own; ``counts`` are as CT_0=2, without any: three of CT-1 and one of CT-0."""
    wanted = {name.replace("_", "-"): count for name, count in counts.items()} or {"CT-0": 1, "CT-1": 3}
    return make_dummies(folder, wanted, masks=1)


def kill_when(place: Kitchen, reached: Callable[[], bool]) -> None:
    """Build in a process of its own, and kill it with all its workers as soon as something is reached."""
    words = ["dataset", "build", str(place.tree.folder / "recipe.yaml"), "-o", str(place.out)]
    process = subprocess.Popen(
        [sys.executable, "-c", "from groundglass.cli import main; main()", *words, "--project", str(place.project)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    end = time.monotonic() + _PATIENCE_S
    try:
        while process.poll() is None and not reached():
            assert time.monotonic() < end
            time.sleep(0.002)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file, by its path below the folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def all_bytes(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file of a folder, the names of all files, and what is packed in them."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        yield name, name.encode()
        if path.is_file():
            yield from _opened(name, path.read_bytes())


def _opened(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield a file, and all that is packed in it: gzip, parts of XLSX, streams of PDF."""
    yield name, data
    if data[:2] == b"\x1f\x8b":
        yield from _opened(f"{name}|gzip", gzip.decompress(data))
    elif data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(BytesIO(data)) as parts:
            for part in parts.namelist():
                yield f"{name}|{part}", part.encode()
                yield from _opened(f"{name}|{part}", parts.read(part))
    elif data[:5] == b"%PDF-":
        for number, stream in enumerate(_STREAM.findall(data)):
            try:
                yield f"{name}|{number}", zlib.decompress(stream)
            except zlib.error:
                yield f"{name}|{number}", stream
