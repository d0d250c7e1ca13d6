"""What people write into tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundglass.datasets.recipe.words import age_of, grade_of, pattern_of, places_of, sex_of

SAME = ["CT-1", "CT1", "ct 1", "Ct_1", "CT–1", "КТ-1", "КТ1", "кт 1", "KT-1", "СТ-1", "КT 1", "1", "1.0", "CT-I"]
SAME += [
    "КТ-1 (легкая)",
    "КТ-1 (до 25 %)",
    "КТ-1, лёгкая",
    "CT-1: mild",
    "CT-1 mild",
    "grade 1",
    "степень 1",
    "CT №1",
    "１",
]


@pytest.mark.parametrize("text", SAME)
def test_spellings_of_a_grade(text: str) -> None:
    assert grade_of(text) == "CT-1"


@pytest.mark.parametrize(
    "text",
    ["CT-5", "CT-12", "CT-1-2", "CT-1/2", "КТ-1, КТ-2", "CT-1.5", "1-2", "-1", "5", "CT", "норма", "x1", "CT-1 2"],
)
def test_what_is_no_grade_or_two_is_none(text: str) -> None:
    assert grade_of(text) is None


def test_words_of_the_recipe_win() -> None:
    assert grade_of(" НОРМА", {"норма": "CT-0"}) == "CT-0"
    assert grade_of("1", {"1": "CT-2"}) == "CT-2"
    assert grade_of("  ") == ""


@given(st.text(max_size=20))
def test_any_text_is_a_grade_or_none(text: str) -> None:
    assert grade_of(text) in {None, "", "CT-0", "CT-1", "CT-2", "CT-3", "CT-4"}
    assert sex_of(text) in {None, "", "M", "F", "O"}
    assert age_of(text) is None or 0 <= (age_of(text) or 0) <= 130
    places_of(text)
    pattern_of(text)


def test_ages_sexes_patterns_and_places() -> None:
    assert [age_of(text) for text in ("45", "45.0", "45,9", "045Y", "030M", "45 лет", "52 years")] == [
        45,
        45,
        45,
        45,
        2,
        45,
        52,
    ]
    assert [age_of(text) for text in ("", "131", "-1", "1e2", "about 40")] == [None] * 5
    assert [sex_of(text) for text in ("м", "Жен.", "female", "O", "1")] == ["M", "F", "F", "O", None]
    assert [pattern_of(text) for text in ("«матовое стекло»", "GGO", "mixed", "?")] == ["ground_glass"] * 2 + [
        "mixed",
        None,
    ]
    assert places_of("right_lower;left_lower") == ("right_lower", "left_lower")
    assert places_of("RLL, LUL") == ("right_lower", "left_upper")
    assert places_of("правое лёгкое, левое нижняя доля") == ("right", "left_lower")
    assert places_of("both sides") is None
