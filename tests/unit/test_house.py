"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import pkgutil
import re
import string
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import groundglass
from groundglass import phrases
from groundglass.analysis.clinical import CLINICAL_FIELDS
from groundglass.cli.analyze import ClinicalFlags
from groundglass.errors import ERROR_CODES

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "groundglass"
LINES_AT_MOST = 600
PATTERN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "managers", "manager"}
DATASET_PACKAGES = {"dicom", "deidentify", "conformance", "network", "archive"}
HEAVY = ("scipy", "pydicom", "pydantic", "typst", "imagecodecs", "nibabel", "cc3d", "edt", "jinja2", "PIL", "numpy")
# Written in halves, so that this file does not find itself.
REGISTRIES = [
    re.escape(a + b)
    for a, b in [("pypi", ".org"), ("python", "hosted.org"), ("registry.npm", "js"), ("deb.deb", "ian.org")]
]
MACHINE_PATHS = [
    a + b for a, b in [("/wo", "rk/"), ("/roo", "t/"), ("/Us", "ers/"), ("/ho", r"me/\w"), ("/tmp/", "gg")]
]
NOT_OURS = {".git", ".venv", ".cache", "__pycache__"}
MADE_AT_ROOT = {"demo", "gallery", "scratch", "nightly", "build", "dist"}
TEXT = {"", ".py", ".md", ".toml", ".txt", ".json", ".html", ".jinja", ".typ", ".css", ".cff", ".yml", ".yaml", ".svg"}


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (p for p in sorted((ROOT / folder).rglob("*.py")) if not NOT_OURS & set(p.relative_to(ROOT).parts))


def text_files() -> Iterator[Path]:
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        hidden = [p for p in parts if p.startswith(".") and p not in {".ci", ".gitignore"}]
        if (
            path.is_file()
            and path.suffix in TEXT
            and not hidden
            and not NOT_OURS & set(parts)
            and parts[0] not in MADE_AT_ROOT
        ):
            yield path


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def everything() -> None:
    for module in pkgutil.walk_packages(groundglass.__path__, "groundglass."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def test_no_module_is_longer_than_the_limit() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in python_files("src", "tests", "benchmarks", "docs")
    }
    assert {name: n for name, n in lengths.items() if n > LINES_AT_MOST} == {}


def test_modules_are_named_for_what_they_hold() -> None:
    assert [p for p in python_files("src", "benchmarks") if PATTERN_NAMES & {p.stem, *p.relative_to(ROOT).parts}] == []


def test_no_file_names_a_package_registry_or_a_path_of_one_machine() -> None:
    forbidden = re.compile("|".join(REGISTRIES + MACHINE_PATHS))
    found = {
        str(path.relative_to(ROOT)): hits
        for path in text_files()
        if (hits := forbidden.findall(path.read_text(encoding="utf-8", errors="replace")))
    }
    assert found == {}


def test_pydicom_is_imported_only_where_datasets_may_live() -> None:
    strays = []  # names of UIDs are plain strings and may be used anywhere
    for path in python_files("src"):
        if path.relative_to(SOURCE).parts[0] in DATASET_PACKAGES:
            continue
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            if any(n.split(".")[0] == "pydicom" and n != "pydicom.uid" for n in names):
                strays.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert strays == []


def test_library_code_never_prints() -> None:
    strays = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in python_files("src")
        if path.relative_to(SOURCE).parts[0] != "cli"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"print", "exit", "breakpoint"}
    ]
    assert strays == []


def notices() -> Iterator[tuple[str, ast.Call, str]]:
    for path in python_files("src"):
        for node in ast.walk(tree(path)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Notice"):
                continue
            code = node.args[0] if node.args else next((k.value for k in node.keywords if k.arg == "code"), None)
            if isinstance(code, ast.Constant) and isinstance(code.value, str):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node, code.value


def marks(text: str) -> set[str]:
    return {name.split(".")[0].split("[")[0] for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_notice_has_words_and_the_values_they_need() -> None:
    table = phrases.table()
    faults = []
    for where, call, code in notices():
        if code not in table:
            faults.append(f"{where}: no phrase {code}")
            continue
        values = (
            call.args[1] if len(call.args) > 1 else next((k.value for k in call.keywords if k.arg == "values"), None)
        )
        if values is None:
            given: set[object] = set()
        elif isinstance(values, ast.Dict) and all(isinstance(k, ast.Constant) for k in values.keys):
            given = {k.value for k in values.keys if isinstance(k, ast.Constant)}
        else:
            continue  # built elsewhere: the tests of that module say it in words
        if lacking := marks(table[code].en) - given:
            faults.append(f"{where}: {code} lacks {sorted(lacking)}")
    assert faults == []


def test_every_phrase_is_said_in_both_languages_with_the_same_values() -> None:
    table = phrases.table()
    assert [k for k, p in table.items() if not p.en.strip() or not p.ru.strip()] == []
    assert [k for k, p in table.items() if marks(p.en) != marks(p.ru)] == []
    assert [k for k in table if not re.fullmatch(r"[a-z][a-z0-9_]*", k)] == []


@pytest.mark.usefixtures("everything")
def test_every_error_code_is_upper_case_and_says_what_it_means() -> None:
    assert [c for c in ERROR_CODES if not re.fullmatch(r"[A-Z][A-Z0-9_]*", c)] == []
    assert [c for c, meaning in ERROR_CODES.items() if not meaning.endswith(".") or len(meaning) < 20] == []


def test_every_clinical_field_is_a_flag_and_every_flag_a_field() -> None:
    flags = {field.name for field in dataclasses.fields(ClinicalFlags)}
    assert flags == {field.name for field in CLINICAL_FIELDS}


def test_the_public_names_are_few_and_exist() -> None:
    names = groundglass.__all__
    assert len(names) <= 20
    assert [n for n in names if not hasattr(groundglass, n)] == []
    assert len(set(names)) == len(names)


def test_help_loads_none_of_the_heavy_libraries() -> None:
    script = (
        "import sys\n"
        "sys.argv = ['groundglass', '--help']\n"
        "from groundglass.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print('loaded:', *[m for m in {HEAVY!r} if m in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.splitlines()[-1:] == ["loaded:"], done.stderr
