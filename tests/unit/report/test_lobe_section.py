"""Lobes in a report: a section of their own, with what is sure, what is not, and that none of it counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_page import made_page, made_pictures

from groundglass.analysis.lobes import FissureEvidence, FissureName, LobeInvolvement, LobeReading, Lobes, Surface
from groundglass.phrases import LANGUAGES, Language, Notice
from groundglass.report import ReportPage
from groundglass.report.content import document_of
from groundglass.report.document import Gallery, Table
from groundglass.report.html import render_html
from groundglass.report.pdf import render_pdf


def found(right: float, level: float, left: float, *rows: LobeInvolvement) -> LobeReading:
    nowhere = Surface(np.zeros((1, 1, 3), np.float32), np.zeros((1, 1), bool))
    names: tuple[FissureName, ...] = ("right oblique", "right horizontal", "left oblique")
    sure = {name: FissureEvidence(c, 0.5, nowhere) for name, c in zip(names, (right, level, left), strict=True)}
    return LobeReading(None, Lobes(np.zeros((1, 1, 1), np.uint8), sure), rows)


LEFT = found(
    0.31, 0.3, 0.999, LobeInvolvement(4, 0.999, 1001.4, 12.4), LobeInvolvement(5, 0.999, 1200.0, 0.2)
)  # fmt: skip


def page(language: Language, lobes: LobeReading | None) -> ReportPage:
    made = made_page(language)
    caption = Notice("picture_lobes_left", {"oblique": 99}, "info")
    picture = replace(made_pictures()[0], name="lobes-left", kind="lobes", caption=caption)
    return replace(made, pictures=(*made.pictures, picture) if lobes else made.pictures, lobes=lobes)


def section(shown: ReportPage) -> tuple[Gallery, Table]:
    gallery = document_of(shown).galleries[-1]
    assert gallery.table is not None
    return gallery, gallery.table


@pytest.mark.parametrize(("language", "told"), [("en", "(weak evidence, not counted)"), ("ru", "не входят")])
def test_lobes_stand_apart_with_how_sure_they_are(language: Language, told: str) -> None:
    gallery, table = section(page(language, LEFT))
    assert told in gallery.title
    assert [figure.file for figure in gallery.figures] == ["lobes-left.jpg"]
    assert [row[1:] for row in table.rows] == [("1001", "12", "99"), ("1200", "< 1", "99")]
    assert "31 %" in table.note
    html = render_html(document_of(page(language, LEFT)))
    assert html.count(gallery.title) == 1
    assert gallery.note in html
    assert table.note in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_lobes_change_nothing_before_their_section(language: Language) -> None:
    with_lobes, without = document_of(page(language, LEFT)), document_of(page(language, None))
    assert replace(with_lobes, galleries=with_lobes.galleries[:-1]) == without


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_no_lobe_is_sure_the_section_says_why(language: Language) -> None:
    _, table = section(page(language, found(0.2, 0.1, 0.4)))
    assert table.rows == ()
    assert "20 %" in table.empty
    assert "40 %" in table.empty


def test_lungs_too_small_for_lobes_are_said_to_have_none() -> None:
    none = LobeReading(None, Lobes(np.zeros((1, 1, 1), np.uint8), {}))
    assert section(page("en", none))[1].empty == "No lobe could be told."


def test_the_pdf_holds_the_section_with_and_without_lobes() -> None:
    for lobes in (LEFT, found(0.2, 0.1, 0.4)):
        assert render_pdf(document_of(page("ru", lobes))).startswith(b"%PDF")
