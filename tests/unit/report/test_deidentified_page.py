"""The page of a de-identification: short whatever the run was, and safe whatever the files held."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from groundglass.phrases import Language, table
from groundglass.report.deidentified import page

HOSTILE = '<script>alert("x")</script>&\u202etxt\x00\x1b[2J'


def made_report(**changes: Any) -> dict[str, Any]:
    return {
        "schema": "groundglass/deidentification/1",
        "software": {"name": "groundglass", "version": "9.8.7"},
        "profile": {
            "name": "default",
            "options": ["clean-pixel-data", "retain-modified-dates", "retain-patient-characteristics"],
            "patient": ["PatientAge", "PatientSex"],
            "device": ["Manufacturer"],
            "days": [365, 3650],
            "oldest_years": 89,
            "sha256": "ab" * 32,
        },
        "table": {"edition": "2025z", "rows": 612},
        "project_id": "0123456789abcdef",
        "counts": {"files_in": 12345, "files_out": 2300, "dropped": 2, "failed": 1, "not_dicom": 0},
        "actions": {"keep": 90_000, "remove": 9_990, "uid": 10},
        "reasons": {"text:identifier": 97, "no date": 3, "something new": 1},
        "by_attribute": [
            {"tag": "(0010,0010)", "name": "Patient's Name", "rule": "E.1-1", "code": "Z", "action": "pseudonym"}
            | {"changed": True, "count": 2300},
            {"tag": "(0028,0010)", "name": "Rows", "rule": "kept", "code": "", "action": "keep"}
            | {"changed": False, "count": 2300},
            {"tag": "(0029,1010)", "name": "", "rule": "private", "code": "X", "action": "remove"}
            | {"changed": True, "count": 5},
        ],
        "by_patient": [{"patient": "PTABC", "studies": 1, "series": 2, "files": 2300}],
        "dropped": [
            {"label": "input[1]/00007", "kind": "dose-capture", "reason": "dose-picture"},
            {"label": "input[1]/00008", "kind": "document", "reason": "encapsulated-document"},
        ],
        "blanked": [{"file": "PTABC/ST/SE/F.dcm", "frames": 1, "boxes": 3, "reason": "burned-in-text"}],
        "needs_person": [
            {"label": "input[1]/00009", "code": "deid_failed", "message": "It failed (X).", "values": {"reason": "X"}},
            {"file": "PTABC/ST/SE/G.dcm", "code": "nothing_known", "message": "Somebody must look."},
        ],
        "not_covered": [
            {"code": "deid_handwriting", "message": "Handwriting in pictures is not found."},
            "A plain one.",
        ],
        "small_cells": [{"cell": {"sex": "F", "age": "80-89", "grade": "CT-4"}, "patients": 1}],
        "small_cell_limit": 5,
        "intended_use": "For research use only, not for diagnosis.",
        **changes,
    }


def words_of(text: str) -> str:
    body = re.sub(r"<(style|title)>.*?</\1>", " ", text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_page_holds_everything_a_reader_decides_by(language: Language) -> None:
    shown = words_of(page(made_report(), language))
    for word in (
        "0123456789abcdef",
        "groundglass 9.8.7",
        "Patient's Name",
        "(0029,1010)",
        "PTABC/ST/SE/F.dcm",
        "PTABC/ST/SE/G.dcm",
        "input[1]/00007",
        "Somebody must look.",
        "A plain one.",
        "CT-4",
        "80–89",
        "PatientAge",
        "2025z",
        "365",
        "ab" * 32,
    ):
        assert word in shown
    assert "Manufacturer" not in shown  # the option that would keep it is off


def test_codes_become_words_of_the_language() -> None:
    english, russian = (words_of(page(made_report(), language)) for language in ("en", "ru"))
    assert "picture of a dose sheet" in english
    assert "dose-picture" not in english
    assert "sex female" in english
    assert "known identifier of the patient 97" in english
    assert "something new 1" in english
    assert "12,345" in english
    assert "изображение листа дозы" in russian
    assert "пол женский" in russian
    assert "12 345" in russian
    assert "Рукописный текст" in russian
    assert "не удалось обезличить (X)" in russian
    assert not re.search(r"[а-яё]", english.lower())


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_page_is_self_contained_without_scripts(language: Language) -> None:
    text = page(made_report(), language)
    assert text.startswith("<!doctype html>")
    assert f'<html lang="{language}">' in text
    for word in ("<script", "http:", "https:", "src=", "href=", "@import", "url(", "onclick"):
        assert word not in text


def test_nothing_that_a_file_brought_can_disturb_the_page() -> None:
    report = made_report(
        project_id=HOSTILE,
        software={"name": HOSTILE, "version": HOSTILE},
        profile={"name": HOSTILE, "options": [HOSTILE], "sha256": HOSTILE},
        table={"edition": HOSTILE, "rows": HOSTILE},
        dropped=[{"label": HOSTILE, "kind": HOSTILE, "reason": HOSTILE}],
        blanked=[{"file": HOSTILE, "frames": 1, "boxes": 1, "reason": HOSTILE}],
        needs_person=[{"file": HOSTILE, "code": HOSTILE, "message": HOSTILE}],
        by_patient=[{"patient": HOSTILE, "studies": 1}],
        by_attribute=[{"tag": HOSTILE, "name": HOSTILE, "rule": HOSTILE, "code": HOSTILE, "action": HOSTILE}],
        actions={HOSTILE: 3},
        reasons={HOSTILE: 3},
        small_cells=[{"cell": {"scanner": HOSTILE, HOSTILE: "x"}, "patients": 1}],
        not_covered=[HOSTILE],
        intended_use=HOSTILE,
    )
    text = page(report)
    assert "<script" not in text
    assert not re.search("[\x00\x1b\u202e]", text)
    assert "&lt;script&gt;" in text


def test_a_page_for_ten_thousand_dropped_files_stays_readable_and_says_how_many_more() -> None:
    dropped = [
        {"label": f"input[1]/{number:05d}", "kind": "capture", "reason": "screen-save"} for number in range(10_000)
    ]
    looks = [{"file": f"F{number}", "code": "x", "message": "Look."} for number in range(4_000)]
    patients = [{"patient": f"PT{number}", "studies": 1, "series": 1, "files": 1} for number in range(3_000)]
    cells = [{"cell": {"month": f"{1900 + number}-01"}, "patients": 1} for number in range(900)]
    text = page(made_report(dropped=dropped, needs_person=looks, by_patient=patients, small_cells=cells))
    assert len(text) < 100_000
    shown = words_of(text)
    for count in ("10,000", "and 9,950 more", "4,000", "and 3,950 more", "and 2,940 more", "and 840 more"):
        assert count in shown


def test_messages_of_one_kind_stand_together_with_the_most_frequent_first() -> None:
    looks = [{"file": f"F{number}", "message": "Often."} for number in range(3)]
    shown = words_of(page(made_report(needs_person=[{"file": "G", "message": "Once."}, *looks])))
    assert shown.index("3 Often.") < shown.index("1 Once.")


def test_failures_and_an_empty_output_stand_at_the_top() -> None:
    counts = {"files_in": 3, "files_out": 0, "dropped": 0, "failed": 3, "not_dicom": 0}
    text = page(made_report(counts=counts))
    assert text.count('role="alert"') == 2
    assert 'role="alert"' not in page(made_report(counts={"files_out": 1, "failed": 0}))


def test_a_run_with_nothing_to_tell_says_so() -> None:
    shown = words_of(page(made_report(dropped=[], blanked=[], needs_person=[], small_cells=[], by_attribute=[])))
    for word in ("Nothing was left out.", "No text was covered.", "shared by at least 5 patients"):
        assert word in shown


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_report_that_lacks_parts_still_gives_a_page(language: Language) -> None:
    assert "<h1>" in page({}, language)
    assert "<h1>" in page({"counts": None, "dropped": None, "profile": [], "small_cells": [{}]}, language)


def test_dates_that_are_not_kept_are_said_to_be_gone() -> None:
    profile = {**made_report()["profile"], "options": []}
    shown = words_of(page(made_report(profile=profile)))
    assert "removed or emptied" in shown
    assert "none beside the Basic Profile" in shown


def test_every_kind_and_reason_that_leaves_a_file_out_has_words() -> None:
    from groundglass.deidentify.actions import Action
    from groundglass.deidentify.pixels.kinds import kind_rows

    rows = {(row.kind, row.reason) for row in kind_rows() if row.default == "drop"}
    codes = {f"deidkind_{kind}" for kind, _ in rows} | {f"deidreason_{reason}" for _, reason in rows}
    codes |= {f"deidaction_{action}" for action in Action}
    codes |= {f"deidreason_{reason}" for reason in ("duplicate", "not-dicom", "burned-in-text", "text-remains")}
    assert {code for code in codes if code.replace("-", "_") not in table()} == set()
