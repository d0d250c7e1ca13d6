"""Numbers, dates and foreign strings."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundglass.phrases import Notice
from groundglass.report.wording import DASH, Words, breakable, clean

EN, RU = Words("en"), Words("ru")


@pytest.mark.parametrize(
    ("value", "en", "ru"),
    [(31.25, "31.2", "31,2"), (0.034, "0.03", "0,03"), (0.0, "0.0", "0,0"), (100.0, "100.0", "100,0")],
)
def test_percentages_carry_a_comma_in_russian_and_are_finer_where_small(value: float, en: str, ru: str) -> None:
    assert EN.percent(value) == en
    assert RU.percent(value) == ru


def test_a_missing_number_is_a_dash() -> None:
    assert EN.number(None) == EN.percent(None) == EN.volume(None) == DASH


def test_minus_is_a_minus_sign_and_never_stands_before_zero() -> None:
    assert EN.number(-430.6, 0) == "−431"
    assert EN.number(-0.01) == "0.0"


def test_volumes_are_whole_from_ten_millilitres_on() -> None:
    assert EN.volume(9.94) == "9.9"
    assert EN.volume(1348.4) == "1348"


@pytest.mark.parametrize(
    ("source", "en", "ru"),
    [
        ("19800512", "1980-05-12", "12.05.1980"),
        ("1980", "1980", "1980"),
        ("", "", ""),
        ("12/5/80", "12/5/80", "12/5/80"),
    ],
)
def test_dates_follow_the_language_or_stay_as_they_are(source: str, en: str, ru: str) -> None:
    assert EN.date(source) == en
    assert RU.date(source) == ru


@pytest.mark.parametrize(
    ("source", "ru"), [("039Y", "39 лет"), ("021Y", "21 год"), ("042Y", "42 года"), ("112Y", "112 лет"), ("39", "39")]
)
def test_ages_have_russian_plurals(source: str, ru: str) -> None:
    assert RU.age(source) == ru


def test_grades_are_written_in_the_letters_of_the_language() -> None:
    assert EN.grade("CT-2") == "CT-2"
    assert RU.grade("CT-2") == "КТ-2"
    assert all(ord(c) > 127 for c in RU.grade("CT-2")[:2])


def test_russian_notices_get_decimal_commas_but_versions_and_uids_stay() -> None:
    assert RU.notice(Notice("picture_mip", {"slab_mm": "39.5"})).count("39,5") == 1
    assert RU._commas("groundglass 0.1.0, 1.2.840.113, 0.25 мм") == "groundglass 0.1.0, 1.2.840.113, 0,25 мм"


@given(st.text(max_size=600))
def test_cleaned_text_holds_no_control_characters_and_is_never_long(text: str) -> None:
    out = clean(text)
    assert len(out) <= 200
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in out)
    out.encode("utf-8")


def test_marks_that_turn_the_direction_of_writing_are_dropped_and_letters_kept() -> None:
    assert clean("A\u202eB\u2066C\x00D") == "ABC D"
    assert clean("محمد^علي") == "محمد^علي"
    assert clean("Иванова^Мария") == "Иванова^Мария"


@given(st.text(alphabet="ab. ", max_size=120))
def test_places_to_break_change_no_letter(text: str) -> None:
    assert breakable(text).replace("\u200b", "") == text
