"""Whatever lies in a folder, the check comes to its end and tells it; and what single checks say."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from breaking import FIRST, picture

from groundglass.datasets.findings import FINDINGS, Finding
from groundglass.datasets.members import Member
from groundglass.datasets.validation import message, report_of, running, validate
from groundglass.datasets.validation.hounsfield import counted, judged
from groundglass.datasets.validation.identity.rules import Pattern, column_reason, patterns, telling
from groundglass.datasets.validation.parts import check_parts
from groundglass.datasets.validation.tasks import StudyLook, StudyTask
from groundglass.errors import InputError
from groundglass.phrases import say, table


def test_random_damage_to_any_file_never_stops_the_check(healthy: Path, tmp_path: Path) -> None:
    draw = np.random.default_rng(11)
    names = sorted(path.relative_to(healthy) for path in healthy.rglob("*") if path.is_file() and path.suffix != ".svg")
    for turn in range(6):
        folder = tmp_path / str(turn)
        shutil.copytree(healthy, folder)
        hit = [names[int(n)] for n in draw.choice(len(names), size=len(names) // 2, replace=False)]
        for name in hit:
            data = bytearray((folder / name).read_bytes())
            for place in draw.integers(0, max(1, len(data)), 8):
                if data:
                    data[int(place)] = int(draw.integers(0, 256))
            (folder / name).write_bytes(bytes(data[: int(draw.integers(0, len(data) + 1))] if turn % 2 else data))
        try:
            found = validate(folder, processes=0)
        except InputError:
            continue  # nothing was left by which it could be told to be a set
        assert found.errors
        assert "UNEXPECTED" not in {str(each.values.get("how", "")).upper() for each in found.findings}
        report_of(found, "ru")


def test_a_crash_of_the_reader_costs_one_study_and_is_told(healthy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "look", _crashing)
    found = validate(healthy, processes=1)
    (told,) = (each for each in found.findings if each.code == "IMAGE_DAMAGED")
    assert told.study_id == FIRST
    assert told.values["how"] == "worker_died"


def _crashing(task: StudyTask) -> StudyLook:
    if task.member.study_id == FIRST:
        os._exit(9)
    return StudyLook(study_id=task.member.study_id)


def test_a_pipe_in_the_set_does_not_hang_the_check(healthy: Path, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    shutil.copytree(healthy, folder)
    path = picture(folder, FIRST)
    path.unlink()
    os.mkfifo(path)
    codes = {each.code for each in validate(folder, processes=0).findings}
    assert codes & {"FILE_UNREADABLE", "IMAGE_MISSING"}


@pytest.mark.real
def test_the_published_release_has_no_errors_and_says_what_was_not_checked(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "release"
    shutil.copytree(data / "mosmed", folder)
    report = report_of(validate(folder))
    assert report["counts"]["errors"] == 0
    assert report["masks"] == {"count": 50, "least_ml": 0.38, "median_ml": 66.02, "most_ml": 535.47}
    codes = report["counts"]["by_code"]
    assert codes["IMAGES_NOT_PUBLISHED"] == 1
    assert codes["MASK_UNCHECKED"] == codes["HEADER_TEXT"] == 50
    assert (report["not_checked"][0]["code"], report["not_checked"][0]["count"]) == ("pictures", 1110)


def test_every_kind_of_finding_has_words_in_both_languages() -> None:
    for code, kind in FINDINGS.items():
        assert table()[f"finding_{code.lower()}_why"].en == kind.why
        assert say(f"finding_{code.lower()}_todo", "ru") != say(f"finding_{code.lower()}_todo", "en")
        assert message(Finding(code), "ru").strip()


@pytest.mark.parametrize("rule", patterns(), ids=lambda rule: f"{rule.reason} {rule.example}"[:30])
def test_every_pattern_finds_its_example(rule: Pattern) -> None:
    assert rule in {pattern for pattern, _ in telling(rule.example)}


@pytest.mark.parametrize(
    "text",
    [
        "112-233-445 96",
        "2.25.329800735698586629295641978511506172918",
        "1.2.840.10008.5.1.4.1.1.2",
        "Patients: 1110, studies: 1110",
        "patient: anonymous",
        "released on 2020-04-28, version 1.0.0",
        "https://example.org/larch/home",
    ],
)
def test_ordinary_text_is_no_leak(text: str) -> None:
    assert telling(text) == []


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        ("PatientName", "name"),
        ("ФИО", "name"),
        ("дата рождения", "birth"),
        ("patient_birth_date", "birth"),
        ("SeriesInstanceUID", "uid"),
        ("СНИЛС", "number"),
        ("study_id", ""),
        ("patient_id", ""),
        ("grade", ""),
    ],
)
def test_columns_are_told_by_their_names(column: str, reason: str) -> None:
    assert column_reason(column) == reason


@pytest.mark.parametrize(
    ("change", "how"),
    [
        (lambda hu: hu, None),
        (lambda hu: hu + 1024, "shifted_up"),
        (lambda hu: np.where(np.arange(hu.size) % 9, hu + 1024, -1024), "shifted_up"),
        (lambda hu: hu - 1024, "shifted_down"),
        (lambda hu: -hu, "inverted"),
        (lambda hu: np.clip(hu, -1000, 300), "ceiling"),
        (lambda hu: hu // 4 * 4, "even"),
    ],
)
def test_what_was_done_to_hounsfield_units_is_told(change: object, how: str | None) -> None:
    draw = np.random.default_rng(1)
    parts = ((-1000, 20, 6000), (-860, 40, 4000), (-100, 15, 3000), (45, 15, 5000), (400, 200, 600))
    hu = np.concatenate([draw.normal(mean, spread, count) for mean, spread, count in parts])
    array = np.rint(change(np.rint(hu))).astype(np.int16).reshape(2, 93, 100)  # type: ignore[operator]  # a lambda
    found = judged(counted(array)).findings
    assert [values["how"] for _, values in found] == ([how] if how else [])


def test_uneven_parts_are_told_and_even_ones_are_not() -> None:
    def members(grades: dict[str, tuple[str, ...]]) -> list[Member]:
        return [
            Member(study_id=f"{part}-{number}", split=part, grade=grade)
            for part, each in grades.items()
            for number, grade in enumerate(each)
        ]

    even = members({"train": ("CT-0", "CT-1") * 20, "test": ("CT-0", "CT-1") * 8})
    uneven = members({"train": ("CT-0",) * 30 + ("CT-1",) * 2, "test": ("CT-1",) * 15 + ("CT-0",)})
    assert check_parts(even) == []
    assert [each.code for each in check_parts(uneven)] == ["SPLIT_UNBALANCED"]
