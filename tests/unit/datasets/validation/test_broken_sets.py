"""A healthy set is told to be healthy; broken in a hundred ways, each way is found by its name."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
from breaking import Breakage
from broken_sets import BREAKAGES
from healthy_sets import healthy_set

from groundglass.datasets.findings import FINDINGS
from groundglass.datasets.validation import lines_of, page, report_of, running, validate
from groundglass.datasets.validation.study import look
from groundglass.datasets.validation.tasks import StudyLook, StudyTask

FOLLOWS = frozenset(
    {
        "CHECKSUM_MISSING",
        "COUNTS_DIFFER",
        "CROISSANT_DAMAGED",
        "FACTS_DIFFER",
        "LICENCE_UNCLEAR",
        "MANIFEST_DAMAGED",
        "MASK_GRID",
        "REGISTRIES_DIFFER",
        "REGISTRY_MISSING",
        "STATISTICS_WRONG",
    }
)
"""What may come of a change beside the finding that names it: others had counted, hashed or named what was changed."""


@pytest.fixture(scope="session")
def seen() -> dict[bytes, StudyLook]:
    return {}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, seen: dict[bytes, StudyLook]) -> None:
    """Look at equal files once: five of six studies are the same in every broken set."""

    def remembered(task: StudyTask) -> StudyLook:
        digest = hashlib.sha256(repr((task.member, task.picture, task.mask, task.lungs, task.numbers)).encode())
        for name in (task.picture, task.mask, task.lungs):
            digest.update((task.folder / name).read_bytes() if name else b"-")
        key = digest.digest()
        if key not in seen:
            seen[key] = look(task)
        return seen[key]

    monkeypatch.setattr(running, "look", remembered)


@pytest.mark.parametrize("layout", ["mosmed", "nnunet", "bids"])
def test_a_healthy_set_has_no_errors_and_only_small_cells_as_warnings(tmp_path: Path, layout: str) -> None:
    found = validate(healthy_set(tmp_path, layout), processes=0)
    assert {each.code for each in found.findings} == {"SMALL_CELL"}
    assert found.checked["pictures"] == 6
    assert found.checked["masks"] == 4
    assert found.checked["lung_masks"] == 6


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("breakage", BREAKAGES, ids=lambda each: each.name.replace(" ", "-"))
def test_every_breakage_is_found_by_its_name(healthy: Path, tmp_path: Path, breakage: Breakage) -> None:
    folder = tmp_path / "set"
    shutil.copytree(healthy, folder)
    breakage(folder)
    found = validate(folder, processes=0)
    told = {(each.code, each.study_id) for each in found.findings}
    for code in breakage.codes:
        assert (code, breakage.study) in told, sorted(told, key=str)
    wrong = {code for code, _ in told if FINDINGS[code].severity == "error"}
    assert wrong <= {*breakage.codes, *breakage.also, *FOLLOWS}


def test_there_are_a_hundred_breakages_and_each_has_a_name() -> None:
    assert len({each.name for each in BREAKAGES}) == len(BREAKAGES) >= 100
    assert {code for each in BREAKAGES for code in each.codes} <= set(FINDINGS)


@pytest.mark.usefixtures("quick")
def test_the_same_set_is_told_the_same_twice_in_lines_report_and_page(healthy: Path) -> None:
    first, second = validate(healthy, processes=0), validate(healthy, processes=0)
    assert report_of(first) == report_of(second)
    assert lines_of(first, "ru") == lines_of(second, "ru")
    assert page(first, "ru") == page(second, "ru")
    assert "Ошибок не найдено" in page(first, "ru")
