"""The page about building data sets runs as it stands: its files, commands and the example on many machines."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from made_builds import digests, once

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "build-dataset.md"
_BLOCK = re.compile(r"^```(\w+) (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which everything on the page was done, one thing after the other."""
    return once(tmp_path_factory, "howto", _follow)


# one process for all commands: what they import is imported once
_ONE_BY_ONE = """
import json, sys
from groundglass.cli import main
if __name__ == "__main__":
    for words in json.loads(sys.argv[1]):
        sys.argv = ["groundglass", *words]
        try:
            main()
        except SystemExit as end:
            if end.code:
                sys.exit(f"{words} ended with {end.code}")
"""


def _follow(folder: Path) -> None:
    folder.mkdir()
    commands: list[list[str]] = []
    for language, name, text in _BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if language != "console":
            (folder / name).write_text(text, encoding="utf-8")
            continue
        for line in text.replace("\\\n", " ").splitlines():
            program, *words = shlex.split(line.removeprefix("$ "), comments=True)
            assert program == "groundglass"
            commands.append(words)
    script = folder / "commands.py"
    script.write_text(_ONE_BY_ONE, encoding="utf-8")
    _run([script.name, json.dumps(commands)], folder)


def _run(words: list[str], folder: Path) -> str:
    called = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=os.environ | {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "60s"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert called.returncode == 0, f"{words[0]}\n{called.stdout}\n{called.stderr}"
    return called.stdout


def test_both_versions_are_there_and_the_second_keeps_what_the_first_had(done: Path) -> None:
    first, second = (done / "sets" / f"our-chests-{number}" / "dataset_registry.csv" for number in ("1.0.0", "1.1.0"))
    rows, more = (path.read_text(encoding="utf-8-sig").splitlines() for path in (first, second))
    assert (len(rows), len(more)) == (4, 5)
    assert set(rows) <= set(more)
    assert "patient four" in (second.parent / "CHANGELOG.md").read_text(encoding="utf-8")


def test_two_dask_workers_make_the_same_bytes(done: Path) -> None:
    said = _run(["dask_build.py"], done).splitlines()
    assert said[0] == "2 workers"
    assert digests(done / "elsewhere" / "our-chests-1.0.0") == digests(done / "sets" / "our-chests-1.0.0")
