"""The block of the radiation dose in the report."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_page import made_page, made_result

from groundglass.analysis.result import DoseEvent, DoseSection, DoseTotal, Message
from groundglass.phrases import Language, Notice
from groundglass.report.content import document_of
from groundglass.report.html import render_html
from groundglass.report.pdf import render_pdf

EVENTS = (
    DoseEvent("1.2.1", "chest", None, None, None, 0.017, None),
    DoseEvent("1.2.2", "head", 45.2, 16, 890.1, 0.0021, 1.86921),
    DoseEvent("1.2.3", None, 7.9, 32, 310.4, None, None),
)
SECTION = DoseSection(
    EVENTS, DoseTotal(1200.5, 1.86921), "mu-2944-11 (2011)", "An estimate.", (Message("dose_child", "a child: k"),)
)


@pytest.mark.parametrize(
    ("language", "cells", "words"),
    [
        (
            "en",
            ("2. Head", "45.20", "16", "890.1", "0.0021", "1.87"),
            ("population", "may be: 1.", "mSv/(mGy cm)"),
        ),
        (
            "ru",
            ("2. Голова", "45,20", "16", "890,1", "0,0021", "1,87"),
            ("популяции", "топограмм: 1.", "мЗв/(мГр·см)"),
        ),
    ],
)
def test_each_irradiation_with_figures_has_a_row_and_the_sum_stands_below(
    language: Language, cells: tuple[str, ...], words: tuple[str, ...]
) -> None:
    notices = (Notice("dose_region_unknown", {"events": "3"}), Notice("dose_child"))
    page = replace(made_page(language, replace(made_result(), dose=SECTION)), dose_notices=notices)
    document = document_of(page)
    table = document.tables[-1]
    assert len(table.rows) == 3, "two irradiations and the sum; the localizer has no figures"
    assert table.rows[0] == cells
    assert table.strong == (2,)
    for word in words:
        assert word in table.note
    assert render_pdf(document).startswith(b"%PDF")
    assert cells[0] in render_html(document)


def test_what_lies_above_a_reference_level_stands_among_the_warnings() -> None:
    values = {"events": "3", "value": "310.4", "level": "250", "source": "Invented levels"}
    page = replace(
        made_page("ru", replace(made_result(), dose=SECTION)),
        dose_notices=(Notice("dose_dlp_above_level", values), Notice("dose_child")),
    )
    document = document_of(page)
    told = [text for _, tone, text in document.warnings.items if tone == "warning"]
    assert any("310,4" in text and "250" in text and "Invented levels" in text for text in told)
    assert "310,4 мГр" not in document.tables[-1].note
    assert "Ребёнок" in document.tables[-1].note


def test_the_words_of_the_result_are_taken_where_there_are_no_notices() -> None:
    table = document_of(made_page("en", replace(made_result(), dose=SECTION))).tables[-1]
    assert "A child: k." in table.note


def test_a_dose_that_stands_in_pixels_only_is_said_in_words() -> None:
    section = replace(SECTION, events=(), total=DoseTotal(None, None))
    page = replace(
        made_page("en", replace(made_result(), dose=section)),
        dose_notices=(Notice("dose_pixels_only", {"count": 1}),),
    )
    table = document_of(page).tables[-1]
    assert (table.rows, "picture only" in table.empty) == ((), True)


def test_without_dose_objects_there_is_no_block() -> None:
    titles = [table.title for table in document_of(made_page()).tables]
    assert "Radiation dose" not in titles
