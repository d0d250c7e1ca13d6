"""What the reports say, in both languages, and what they never do."""

from __future__ import annotations

import base64
import io
import re
import shutil
import subprocess
from dataclasses import fields, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from made_page import made_page, made_result, partial, refused, unsided
from PIL import Image

from groundglass.analysis.grade import grade
from groundglass.analysis.result import Result
from groundglass.analysis.routing import route
from groundglass.dicom.header import Acquisition, Identity
from groundglass.errors import UnavailableError
from groundglass.phrases import LANGUAGES, Language, Notice
from groundglass.report import ReportPage, write_html, write_pdf
from groundglass.report.content import document_of
from groundglass.report.html import render_html
from groundglass.report.pdf import render_pdf

HOSTILE = (
    '<script>alert(1)</script><img src=x onerror=y>"\'&{{7*7}}#panic("no")$x$ `@cite` \\ *_= \x00\x07\u202e' + "W" * 500
)


class Page(HTMLParser):
    """Collects tags, attributes and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._silent = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._silent = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._silent = self._silent and tag != "style"

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def html_text(page: ReportPage) -> str:
    return Page(render_html(document_of(page))).text


def pdf_text(page: ReportPage) -> str:
    tool = shutil.which("pdftotext")
    if tool is None:
        pytest.skip("pdftotext of poppler-utils is not installed; CI installs it")  # the only reader of PDF text here
    done = subprocess.run(
        [tool, "-layout", "-", "-"], input=render_pdf(document_of(page)), capture_output=True, check=True
    )
    return " ".join(done.stdout.decode("utf-8").replace("\u200b", "").split())


@pytest.mark.parametrize("say", [html_text, pdf_text], ids=["html", "pdf"])
@pytest.mark.parametrize(
    ("language", "wanted"),
    [
        (
            "en",
            (
                "INVENTED^Anna^Maria",
                "1980-05-12",
                "31.2 %",
                "27.9–34.6 %",
                "CT-2",
                "moderate",
                "For research use only, not for diagnosis.",
                "Worse lung",
                "13 of 24",
                "FC07",
                "groundglass 0.1.0",
                "CT-1 ≤ 25 % < CT-2 ≤ 50 % < CT-3 < 75 % ≤ CT-4",
                "3 smaller lesions",
                "Physician",
            ),
        ),
        (
            "ru",
            (
                "INVENTED^Anna^Maria",
                "12.05.1980",
                "31,2 %",
                "27,9–34,6 %",
                "КТ-2",
                "среднетяжёлая",
                "Только для исследовательских целей, не для диагностики.",
                "Более поражённое лёгкое",
                "13 из 24",
                "матовое стекло",
                "КТ-1 ≤ 25 % < КТ-2",
                "Врач",
            ),
        ),
    ],
)
def test_the_report_says_what_was_measured(say: object, language: Language, wanted: tuple[str, ...]) -> None:
    text = say(made_page(language)) if callable(say) else ""
    for words in wanted:
        assert words in text, words


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unstable_grade_is_called_unstable_and_names_both_ends(language: Language) -> None:
    word = {"en": "unstable", "ru": "неустойчиво"}[language]
    shown = made_page(language, made_result(27.0, (22.0, 33.0)))
    assert word in html_text(shown)
    assert word in pdf_text(shown)
    assert ("CT-1" if language == "en" else "КТ-1") in document_of(shown).conclusion.statement  # type: ignore[union-attr]  # a graded result has one
    assert word not in html_text(made_page(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_ct_0_is_never_called_normal(language: Language) -> None:
    share = made_result(0.0, (0.0, 0.2))
    graded = grade(share.involvement)
    text = html_text(made_page(language, replace(share, grade=graded, routing=route(graded)))).lower()
    assert {"en": "does not exclude disease", "ru": "не исключает заболевания"}[language] in text
    for word in ("normal", "healthy", "норма ", "здоров", "без патологии"):
        assert word not in text.replace("nonnormal", "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_partial_chest_is_announced_and_has_no_grade(language: Language) -> None:
    document = document_of(made_page(language, partial()))
    assert document.alerts
    assert document.conclusion is not None
    assert document.conclusion.gauge is None
    text = html_text(made_page(language, partial()))
    assert {"en": "PART OF THE LUNGS ONLY", "ru": "ТОЛЬКО ЧАСТЬ ЛЁГКИХ"}[language] in text
    assert {"en": "No grade", "ru": "Степень не определена"}[language] in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refused_study_says_why_on_one_page_without_figures(language: Language) -> None:
    shown = replace(made_page(language, refused()), pictures=())
    text = html_text(shown)
    assert "NOT_A_CHEST" in text
    assert "choose another series" in text
    document = document_of(shown)
    assert document.conclusion is None
    assert document.tables == ()
    assert document.routing is None
    assert "NOT_A_CHEST" in pdf_text(shown)
    assert "Page 1 of 1" in pdf_text(shown) or "Страница 1 из 1" in pdf_text(shown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_unknown_sides_are_announced_and_left_out(language: Language) -> None:
    document = document_of(made_page(language, unsided()))
    assert len(document.alerts) == 1
    regions = document.tables[0]
    assert regions.rows[0][1:3] == ("—", "—")
    assert regions.note


def test_a_nifti_without_header_or_identity_is_reported_with_dashes() -> None:
    shown = ReportPage(made_result(), Identity(), None)
    rows = {row.label: row.value for row in document_of(shown).patient}
    assert set(rows.values()) == {"—"}
    assert render_pdf(document_of(shown)).startswith(b"%PDF")


def test_notices_win_over_english_messages() -> None:
    shown = replace(made_page("ru"), notices=(Notice("picture_mip", {"slab_mm": 12}, "warning"),))
    text = html_text(shown)
    assert "слой 12 мм" in text
    assert "A warning of" not in text


def test_the_html_needs_nothing_from_elsewhere() -> None:
    text = render_html(document_of(made_page()))
    page = Page(text)
    names = [name for name, _ in page.tags]
    assert not {"script", "link", "iframe", "object", "base"} & set(names)
    for _, attributes in page.tags:
        for name in ("src", "href", "data", "action", "poster"):
            value = attributes.get(name)
            assert value is None or value.startswith("data:"), value
    assert "url(" not in text
    assert "@import" not in text
    assert not re.search(r"https?://(?!www\.w3\.org)", text)


def test_the_html_is_accessible() -> None:
    page = Page(render_html(document_of(made_page("ru"))))
    attributes = dict(page.tags)
    assert attributes["html"]["lang"] == "ru"
    images = [a for name, a in page.tags if name == "img"]
    assert len(images) == 2
    assert all(image.get("alt") for image in images)
    assert all(a.get("aria-label") for name, a in page.tags if name == "svg")
    assert [name for name, _ in page.tags].count("h1") == 1
    assert all(a.get("scope") == "col" for name, a in page.tags if name == "th")


def test_the_pictures_in_the_html_decode() -> None:
    images = [a["src"] for name, a in Page(render_html(document_of(made_page()))).tags if name == "img"]
    for source in images:
        kind, _, body = (source or "").partition(";base64,")
        image = Image.open(io.BytesIO(base64.b64decode(body, validate=True)))
        assert image.size == (80, 60)
        assert kind == f"data:image/{(image.format or '').lower()}"


def hostile_page(language: Language) -> ReportPage:
    identity = Identity(**{field.name: HOSTILE for field in fields(Identity)})
    header = Acquisition(manufacturer=HOSTILE, model=HOSTILE, kernel=HOSTILE, series_description=HOSTILE)
    result: Result = made_result()
    study = replace(result.study, study_uid=HOSTILE, series_uid=HOSTILE, patient_position=HOSTILE)
    software = replace(result.software, name=HOSTILE, version=HOSTILE, options={HOSTILE: HOSTILE})
    result = replace(result, study=study, software=software, intended_use=HOSTILE, seconds={HOSTILE: 1.0})
    if result.grade is not None:
        result = replace(result, grade=replace(result.grade, rules=HOSTILE))
    return replace(made_page(language, result), identity=identity, acquisition=header)


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_strings_stay_text_in_html(language: Language) -> None:
    text = render_html(document_of(hostile_page(language)))
    page = Page(text)
    assert "script" not in [name for name, _ in page.tags]
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert [name for name, _ in page.tags].count("img") == 2
    assert "\x00" not in text
    assert "\u202e" not in text
    assert "<script>alert(1)</script>" in page.text
    assert text.count("</style") == 1
    text.encode("utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_strings_stay_text_in_pdf(language: Language) -> None:
    text = pdf_text(hostile_page(language)).replace(" ", "")
    assert "<script>alert(1)</script>" in text
    assert '#panic("no")' in text
    assert "{{7*7}}" in text


@pytest.mark.parametrize(
    "name", ["Иванова^Мария^Петровна", "محمد^علي", "王^小东=山田^太郎", "𝔘𝔫𝔦^code", "a\u0301\u0301^x", "\ud800"]
)
def test_names_of_any_script_never_break_a_report(name: str) -> None:
    shown = replace(made_page(), identity=Identity(patient_name=name))
    assert render_pdf(document_of(shown)).startswith(b"%PDF")
    render_html(document_of(shown)).encode("utf-8")


def test_a_cyrillic_name_is_in_the_pdf_as_letters() -> None:
    shown = replace(made_page(), identity=Identity(patient_name="Иванова^Мария"))
    assert "Иванова^Мария" in pdf_text(shown)


def test_reports_appear_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", broken)
        with pytest.raises(UnavailableError, match="No space left"):
            write_html(tmp_path / "report.html", made_page())
        with pytest.raises(UnavailableError, match="No space left"):
            write_pdf(tmp_path / "report.pdf", made_page())
    assert list(tmp_path.iterdir()) == []
    write_html(tmp_path / "report.html", made_page())
    write_pdf(tmp_path / "report.pdf", made_page())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "report.pdf"]


def test_a_missing_folder_is_named() -> None:
    with pytest.raises(UnavailableError) as caught:
        write_html(Path("/nonexistent/folder/report.html"), made_page())
    assert caught.value.code == "OUTPUT_FAILED"


def test_the_same_page_gives_the_same_bytes() -> None:
    document = document_of(made_page())
    assert render_html(document) == render_html(document)
    assert render_pdf(document) == render_pdf(document)


def test_the_intended_use_is_never_empty() -> None:
    shown = replace(made_page("ru"), result=replace(made_result(), intended_use=""))
    assert document_of(shown).banner == "Только для исследовательских целей, не для диагностики."
