"""The pages say what the code does: reference without drift, links that lead somewhere, commands that run."""

from __future__ import annotations

import inspect
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import groundglass

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "changes").glob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```console test\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What numpydoc may not find in a public docstring: parameters undocumented, misnamed or out of order, no summary.
FAULTS = {"GL08", "SS01", "PR01", "PR02", "PR03", "PR04", "RT01", "YD01"}
DOCUMENTED = [
    name
    for name in sorted(groundglass.__all__)
    if inspect.isclass(getattr(groundglass, name)) or inspect.isroutine(getattr(groundglass, name))
]  # constants such as __version__ have no docstring of their own


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}


def test_the_reference_pages_are_those_the_code_gives() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "_generate.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_to_a_file_and_heading_that_exist(page: Path) -> None:
    broken = []
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", [p for p in PAGES if p.parent.name == "how-to"], ids=name_of)
def test_every_how_to_is_listed_on_the_first_page_of_the_docs(page: Path) -> None:
    assert f"how-to/{page.name}" in (ROOT / "docs" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_public_name_has_a_whole_docstring(name: str) -> None:
    from numpydoc.validate import validate  # type: ignore[import-untyped]  # numpydoc ships no types

    value = getattr(groundglass, name)
    if inspect.isclass(value) and issubclass(value, BaseException):
        assert inspect.getdoc(value)
        return
    path = f"{value.__module__}.{value.__qualname__}"
    assert [fault for fault in validate(path)["errors"] if fault[0] in FAULTS] == []


def commands(page: Path) -> Iterator[str]:
    for block in BLOCK.findall(page.read_text(encoding="utf-8")):
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("$ "):
                yield line[2:]


@pytest.mark.parametrize("page", [p for p in PAGES if BLOCK.search(p.read_text(encoding="utf-8"))], ids=name_of)
def test_the_commands_of_a_page_run_one_after_the_other(page: Path, tmp_path: Path) -> None:
    for command in commands(page):
        words = shlex.split(command, comments=True)
        assert words[0] == "groundglass", f"only groundglass commands are tested, not {command!r}"
        call = [sys.executable, "-c", "from groundglass.cli import main; main()", *words[1:]]
        done = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
