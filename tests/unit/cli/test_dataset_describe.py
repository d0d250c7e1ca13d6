"""``groundglass dataset describe``: what it prints and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import made_members
import pytest

from groundglass.cli import run
from groundglass.datasets.layouts import LAYOUTS
from groundglass.datasets.members import About
from groundglass.datasets.statistics import Statistics


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a set of forty members, of which only the tables are there."""
    folder = tmp_path_factory.mktemp("described")
    about = About(name="made-set", version="1.2.0", title={"en": "Forty [bold]studies"}, licence="CC-BY-4.0")
    for path, content in LAYOUTS["mosmed"].tables(made_members.many(40), about).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def test_tables_are_printed_and_warnings_go_to_stderr(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dataset", "describe", str(folder)]) == 0
    printed = capsys.readouterr()
    for words in (
        "Forty [bold]studies",
        "made-set 1.2.0",
        "Grade",
        "CT-1",
        "men",
        "Cohen's kappa",
        "Card",
        "not stated",
    ):
        assert words in printed.out, words
    assert "groundglass dataset validate names them" in printed.err
    assert "fewer than 5 patients share" in printed.err
    assert printed.out.isprintable() or "\x1b" not in printed.out


def test_the_language_is_the_one_asked_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dataset", "describe", str(folder), "--lang", "ru"]) == 0
    printed = capsys.readouterr()
    for words in ("Степень", "КТ-1", "мужчины", "каппа Коэна", "Карточка"):
        assert words in printed.out, words
    assert "пациентов" in printed.err


def test_json_is_one_object_with_statistics_card_and_notices(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dataset", "describe", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "groundglass/dataset-description/1"
    assert found["layout"] == "mosmed"
    assert found["about"]["title"]["en"] == "Forty [bold]studies"
    assert found["findings"]["IMAGE_MISSING"] == 40
    assert {"describe_problems", "statistics_small_cells"} <= {each["code"] for each in found["notices"]}
    statistics = Statistics.from_json(found["statistics"])
    assert statistics.studies == 40
    assert found["card"]["fields"]["classes"]["value"]["CT-1"] == statistics.categories["grade"].studies("CT-1")


def test_figures_are_written_and_not_over_something_else(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "figures"
    assert run(["dataset", "describe", str(folder), "--figures", str(out), "--json"]) == 0
    names = {path.name for path in out.iterdir()}
    assert {"grades.svg", "age.svg", "localisation.svg"} <= names
    assert run(["dataset", "describe", str(folder), "--figures", str(out)]) == 3
    assert "OUTPUT_EXISTS" in capsys.readouterr().err
    (out / "grades.svg").write_text("old")
    assert run(["dataset", "describe", str(folder), "--figures", str(out), "--overwrite", "--json"]) == 0
    assert (out / "grades.svg").read_text().startswith("<?xml")


def test_a_folder_that_is_no_set_ends_with_three(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dataset", "describe", str(tmp_path)]) == 3
    assert "error SET_UNKNOWN" in capsys.readouterr().err
    assert run(["dataset", "describe", str(tmp_path / "not there")]) == 3


def test_an_option_that_is_off_ends_with_two(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dataset", "describe", str(folder), "--jobs", "0"]) == 2
    assert run(["dataset", "describe", str(folder), "--layout", "other"]) == 2
    assert "error USAGE" in capsys.readouterr().err
