"""Pictures and reports of a whole digital chest: size, pages, and what a reader of PDF finds in them."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import pytest

from groundglass import report
from groundglass.analysis.engine import read_chest
from groundglass.analysis.grade import grade
from groundglass.analysis.reading import ChestReading
from groundglass.analysis.result import (
    SCHEMA_NAME,
    AcquisitionSection,
    Result,
    SoftwareSection,
    StudySection,
)
from groundglass.analysis.routing import route
from groundglass.dicom.header import Acquisition, Identity
from groundglass.phantom import PhantomOptions, make
from groundglass.phrases import LANGUAGES, Language
from groundglass.render import Picture, pictures
from groundglass.report import ReportPage

MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def reading() -> ChestReading:
    chest = make(PhantomOptions(slices=80, rows=256, involvement=30.0, seed=5))
    return read_chest(chest.volume, gravity="back", clock=perf_counter)


@pytest.fixture(scope="module")
def drawn(reading: ChestReading) -> tuple[Picture, ...]:
    return pictures(reading)


def page(reading: ChestReading, drawn: tuple[Picture, ...], language: Language) -> ReportPage:
    graded = grade(reading.involvement)
    result = Result(
        schema=SCHEMA_NAME,
        status="ok",
        refusal=None,
        acquisition_datetime=None,
        study=StudySection("1.2.3", "1.2.3.4", None, len(reading.slices), "HFS"),
        acquisition=AcquisitionSection(
            reading.volume.geometry.spacing_mm, "FC07", 120.0, "INVENTED", "no", "whole", ()
        ),
        lungs=reading.lungs_figures,
        lesions=reading.lesions_figures,
        involvement=reading.involvement,
        slices=reading.slices,
        probability_of_pathology=None,
        grade=graded,
        routing=route(graded),
        severity=reading.severity,
        comparison=None,
        dose=None,
        warnings=(),
        software=SoftwareSection("groundglass", "0.1.0"),
        seconds=reading.seconds,
        intended_use="For research use only, not for diagnosis.",
    )
    identity = Identity(patient_name="INVENTED^Пётр", patient_id="PHANTOM-5")
    return ReportPage(
        result, identity, Acquisition(kernel="FC07"), drawn, language, reading.notices, lobes=reading.lobes
    )


def test_every_kind_of_picture_is_there_with_the_key_slices_first(drawn: tuple[Picture, ...]) -> None:
    kinds = [picture.kind for picture in drawn if picture.kind != "lobes"]
    assert sum(picture.kind == "lobes" for picture in drawn) <= 2
    assert kinds[-5:] == ["coronal", "sagittal", "mip", "minip", "lungs_3d"]
    assert 3 <= kinds.count("key_slice") <= 8
    assert all(len(picture.png) < 1.5 * MEGABYTE for picture in drawn)


@pytest.mark.parametrize("language", LANGUAGES)
def test_reports_stay_small_and_hold_every_picture(
    language: Language, reading: ChestReading, drawn: tuple[Picture, ...], tmp_path: Path
) -> None:
    shown = page(reading, drawn, language)
    html, pdf = tmp_path / "report.html", tmp_path / "report.pdf"
    report.write_html(html, shown)
    report.write_pdf(pdf, shown)
    assert html.stat().st_size < 6 * MEGABYTE
    assert pdf.stat().st_size < 3 * MEGABYTE
    assert html.read_text(encoding="utf-8").count("<img ") == len(drawn)


def test_the_pdf_has_numbered_a4_pages_with_the_warning_on_each(
    reading: ChestReading, drawn: tuple[Picture, ...], tmp_path: Path
) -> None:
    for tool in ("pdfinfo", "pdftotext", "pdfimages"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} of poppler-utils is not installed; CI installs it")  # no other PDF reader is at hand
    pdf = tmp_path / "report.pdf"
    report.write_pdf(pdf, page(reading, drawn, "ru"))
    facts = _out("pdfinfo", pdf)
    pages = int(re.search(r"Pages:\s+(\d+)", facts)[1])  # type: ignore[index]  # pdfinfo always counts pages
    assert "A4" in facts
    assert 3 <= pages <= 9
    texts = _out("pdftotext", "-layout", pdf, "-").split("\f")[:pages]
    for number, text in enumerate(texts, start=1):
        assert f"Страница {number} из {pages}" in text
        assert "Только для исследовательских целей" in text
    assert "INVENTED^Пётр" in texts[0]
    listed = _out("pdfimages", "-list", pdf).splitlines()[2:]
    assert len([line for line in listed if " image " in line]) == len(drawn)


def test_a_reading_without_pictures_still_makes_both_reports(reading: ChestReading, tmp_path: Path) -> None:
    shown = replace(page(reading, (), "en"), acquisition=None)
    report.write_html(tmp_path / "report.html", shown)
    report.write_pdf(tmp_path / "report.pdf", shown)
    assert {path.name for path in tmp_path.iterdir()} == {"report.html", "report.pdf"}


def _out(tool: str, *arguments: str | Path) -> str:
    done = subprocess.run([tool, *map(str, arguments)], capture_output=True, check=True)
    return done.stdout.decode("utf-8")
