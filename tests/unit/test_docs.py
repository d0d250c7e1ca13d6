"""The pages say what the code does: reference without drift, links that lead somewhere, commands that run."""

from __future__ import annotations

import dataclasses
import inspect
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
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
    doc = inspect.getdoc(value) or ""
    if inspect.isclass(value) and issubclass(value, BaseException):
        assert doc
        return
    faults = {
        code: text for code, text in validate(f"{value.__module__}.{value.__qualname__}")["errors"] if code in FAULTS
    }
    if dataclasses.is_dataclass(value) and "Attributes\n---" in doc:
        faults.pop("PR01", None)  # its fields stand under Attributes
        named = {word for line in re.findall(r"^([a-z_0-9, ]+) : ", doc, re.MULTILINE) for word in line.split(", ")}
        assert {field.name for field in dataclasses.fields(value)} == named
    assert faults == {}


def commands(page: Path) -> Iterator[str]:
    for block in BLOCK.findall(page.read_text(encoding="utf-8")):
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("$ "):
                yield line[2:]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[list[str], Path], None]:
    """Return a function that runs ``groundglass phantom -o NAME ...`` in a folder; the same options are made once."""
    kept: dict[tuple[str, ...], Path] = {}

    def make(words: list[str], folder: Path) -> None:
        name, options = words[words.index("-o") + 1], tuple(words)
        if options not in kept:
            kept[options] = tmp_path_factory.mktemp("phantom")
            run(words, kept[options])
        shutil.copytree(kept[options] / name, folder / name)

    return make


def run(words: list[str], folder: Path) -> None:
    call = [sys.executable, "-c", "from groundglass.cli import main; main()", *words]
    done = subprocess.run(call, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("page", [p for p in PAGES if BLOCK.search(p.read_text(encoding="utf-8"))], ids=name_of)
def test_the_commands_of_a_page_run_one_after_the_other(
    page: Path, tmp_path: Path, made: Callable[[list[str], Path], None]
) -> None:
    for command in commands(page):
        program, *words = shlex.split(command, comments=True)
        assert program == "groundglass", f"only groundglass commands are tested, not {command!r}"
        if words[0] == "phantom":
            made(words, tmp_path)
        else:
            run(words, tmp_path)


def test_every_threshold_says_why_it_is_what_it_is() -> None:
    text = (ROOT / "docs" / "reference" / "thresholds.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| (`[^|]+`) \| [^|]+ \|\s*\|$", text, re.MULTILINE) == []
