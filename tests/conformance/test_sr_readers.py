"""The structured report in the programs of others: dicom3tools judges it, DCMTK dumps it and makes a page of it."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from dciodvfy import disagreements_of, errors_of
from made_objects import made_making, made_study, without_findings
from made_reports import part_of_the_lungs, report_of, with_more
from programs import ask

from groundglass.dicom.objects.seg import segmentations
from groundglass.phrases import Language

CASES: tuple[tuple[str, Language], ...] = (("default", "en"), ("default", "ru"), ("moscow", "ru"), ("moscow", "en"))
_TAGS = re.compile(r"<style.*?</style>|<[^>]+>", re.DOTALL)
_CHARACTER_SET = "The VR checker does not support this Specific Character Set"
"""DCMTK 3.6.7 says so of every file in UTF-8, and checks the rest."""


@pytest.fixture(scope="module", params=["findings", "none", "part"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a study, and its report in each profile and language."""
    place = tmp_path_factory.mktemp("sr")
    study = made_study(place / "ct")
    study = with_more(without_findings(study) if request.param == "none" else study)
    study = part_of_the_lungs(study) if request.param == "part" else study
    for name, language in CASES:
        making = made_making(name, language)
        report_of(study, making, with_segs=name == "default").save_as(
            place / f"{name}-{language}.dcm", enforce_file_format=True
        )
    for role, seg in segmentations(study.origin, study.findings, made_making()).items():
        seg.save_as(place / f"{role}.dcm", enforce_file_format=True)
    return place


def _page(file: Path, out: Path) -> list[str]:
    """Return the lines that a reader sees; a complaint of DCMTK's fails the test."""
    said = ask("dsr2html", "+U8", file, out)
    assert said.status == 0
    assert [line for line in said.lines if line[:2] in ("E:", "W:", "F:") and _CHARACTER_SET not in line] == []
    text = html.unescape(_TAGS.sub(" ", out.read_text(encoding="utf-8")))
    return [line.strip() for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize(("name", "language"), CASES)
def test_dciodvfy_finds_no_error(folder: Path, name: str, language: Language) -> None:
    source = next(folder.glob("ct/*"))
    assert errors_of(folder / f"{name}-{language}.dcm", source) == []


def test_the_report_agrees_with_its_study_on_patient_and_study(folder: Path) -> None:
    ours = [folder / "default-en.dcm", *folder.glob("seg-*.dcm")]
    assert disagreements_of(ours, sorted(folder.glob("ct/*"))) == []


@pytest.mark.parametrize(("name", "language"), CASES)
def test_dsrdump_reads_the_whole_tree(folder: Path, name: str, language: Language) -> None:
    said = ask("dsrdump", folder / f"{name}-{language}.dcm")
    assert said.status == 0
    assert [line for line in said.lines if line[:2] in ("E:", "W:", "F:") and _CHARACTER_SET not in line] == []
    assert "Comprehensive 3D SR Document" in said.output


def test_the_page_of_the_programme_has_its_headings_in_order(folder: Path, tmp_path: Path) -> None:
    lines = _page(folder / "moscow-ru.dcm", tmp_path / "page.html")
    wanted = [
        "Модальность:",
        "Область исследования:",
        "Идентификатор исследования:",
        "Дата и время:",
        "Предупреждение о программе:",
        "Предупреждение о применении:",
        "Название сервиса:",
        "Версия сервиса:",
        "Назначение сервиса:",
        "Технические данные:",
        "Технологические дефекты:",
        "Описание:",
        "Заключение:",
        "Руководство пользователя:",
    ]
    front = lines[: lines.index("Измерения")]
    assert [line for line in front if line in wanted] == wanted


def test_every_figure_stands_beside_its_name(folder: Path, tmp_path: Path) -> None:
    lines = _page(folder / "default-en.dcm", tmp_path / "page.html")
    first = lines.index("Imaging Measurements")
    assert lines.index("Conclusion:") < first
    volume = lines.index("Volume:", first)
    assert lines[volume + 1] == "1426 ml"
    assert lines[lines.index("Effective Dose:") + 1] == "1.26 mSv"


def test_the_russian_page_has_no_english_heading(folder: Path, tmp_path: Path) -> None:
    lines = _page(folder / "default-ru.dcm", tmp_path / "page.html")
    start = lines.index("Сводка")
    headings = [line for line in lines[start:] if line.endswith(":")]
    assert headings
    assert [line for line in headings if not re.search("[а-яё]", line.lower()) and line != "DLP:"] == []
