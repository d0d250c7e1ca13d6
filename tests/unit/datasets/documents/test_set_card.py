"""The card: what a recipe may say, what is counted, and what is shown as not stated."""

from __future__ import annotations

import datetime
import json
from dataclasses import replace
from typing import Any

import pytest
from made_release import CARD, members, release

from groundglass.datasets.documents import CARD_FIELDS, check_card
from groundglass.datasets.documents.card import card_of, rows_of_card
from groundglass.datasets.documents.card_fields import rows_of_fields
from groundglass.datasets.documents.wording import Tell
from groundglass.errors import InputError
from groundglass.phrases import Language


def test_a_card_that_is_right_is_kept_as_it_is() -> None:
    checked = check_card(CARD, where="recipe.yaml")
    assert checked == CARD
    assert json.loads(json.dumps(checked)) == checked


def test_dates_and_numbers_of_yaml_become_text() -> None:
    period = {"first": datetime.date(2020, 3, 1), "last": "2020-04"}
    assert check_card({"collection_period": period, "purposes": "training", "funding": 5}, where="r") == {
        "collection_period": {"first": "2020-03-01", "last": "2020-04"},
        "purposes": ["training"],
        "funding": "5",
    }
    assert check_card({"icd10": "u07.1, J12-J15", "ethics": None}, where="r") == {"icd10": ["U07.1", "J12-J15"]}


@pytest.mark.parametrize(
    ("card", "code"),
    [
        ({"patology": "x"}, "CARD_FIELD_UNKNOWN"),
        ({3: "x"}, "CARD_FIELD_UNKNOWN"),
        ({"age_years": [1, 2]}, "CARD_VALUE_WRONG"),
        ({"clinical_direction": ["x"]}, "CARD_VALUE_WRONG"),
        ({"clinical_direction": {"de": "x"}}, "CARD_VALUE_WRONG"),
        ({"clinical_direction": {}}, "CARD_VALUE_WRONG"),
        ({"clinical_direction": True}, "CARD_VALUE_WRONG"),
        ({"clinical_direction": "x" * 10_001}, "CARD_VALUE_WRONG"),
        ({"icd10": ["covid"]}, "CARD_VALUE_WRONG"),
        ({"icd10": []}, "CARD_VALUE_WRONG"),
        ({"collection_period": "2020"}, "CARD_VALUE_WRONG"),
        ({"collection_period": {"first": "2020-13"}}, "CARD_VALUE_WRONG"),
        ({"collection_period": {"first": "2020-05", "last": "2020-04-01"}}, "CARD_VALUE_WRONG"),
        ({"readers_per_study": 0}, "CARD_VALUE_WRONG"),
        ({"readers_per_study": "two"}, "CARD_VALUE_WRONG"),
        ({"mask_thresholds_hu": [-130, -700]}, "CARD_VALUE_WRONG"),
        ({"mask_thresholds_hu": [float("nan"), 0]}, "CARD_VALUE_WRONG"),
        ({"label_criteria": ["CT-0"]}, "CARD_VALUE_WRONG"),
        ({"limits": [["deep"]]}, "CARD_VALUE_WRONG"),
        ({"limits": ["x"] * 201}, "CARD_VALUE_WRONG"),
    ],
)
def test_what_no_card_holds_is_a_named_error(card: dict[Any, Any], code: str) -> None:
    with pytest.raises(InputError) as caught:
        check_card(card, where="recipe.yaml")
    assert caught.value.code == code
    assert caught.value.where == "recipe.yaml"


def test_what_can_be_counted_is_counted() -> None:
    fields = card_of(release())["fields"]
    assert fields["age_years"]["value"] == {"min": 20, "median": 54.5, "max": 89, "mean": 54.5}
    assert fields["sex"]["value"] == {"M": 6, "F": 12, "unknown": 6}
    assert fields["classes"]["value"] == {"CT-0": 6, "CT-1": 12, "CT-2": 5, "CT-4": 1}
    assert fields["masks"]["value"] == {"lesions": 6, "by_people": 6, "by_analysis": 0, "lungs": 0}
    assert fields["organisations"]["value"] == 2
    assert fields["equipment"]["value"] == ["EXAMPLE Scanner 64 (24)"]
    assert fields["slice_spacing_mm"]["value"] == {"min": 8.0, "median": 8.0, "max": 8.0}
    assert fields["unit_of_annotation"]["value"] == [
        {"en": "study", "ru": "исследование"},
        {"en": "voxel", "ru": "воксель"},
    ]
    assert fields["organisations"]["filled_by"] == "measured"


def test_age_and_sex_are_of_people_and_not_of_studies() -> None:
    one = members()[0]
    again = release(members=(one, replace(one, study_id="study_0002")))
    assert card_of(again)["fields"]["sex"]["value"] == {"M": 1}


def test_what_the_recipe_says_wins_over_what_is_counted() -> None:
    fields = card_of(release(card={"organisations": 48, "equipment": ["Toshiba Aquilion 64"]}))["fields"]
    assert fields["organisations"]["value"] == 48
    assert fields["organisations"]["filled_by"] == "recipe"
    assert fields["equipment"]["value"] == ["Toshiba Aquilion 64"]


@pytest.mark.parametrize(("language", "words"), [("en", "not stated"), ("ru", "не указано")])
def test_what_is_not_said_is_shown_as_not_stated(language: Language, words: str) -> None:
    card = card_of(release(card={}, purpose={}, members=()))
    shown = {name: value for _, rows in rows_of_card(card, Tell(language)) for name, value in rows}
    asked = [each for each in CARD_FIELDS if each.asked and each.key != "formats"]
    assert [shown[each.ru if language == "ru" else each.en] for each in asked] == [words] * len(asked)
    assert not card["fields"]["icd10"]["stated"]
    assert "mask_tool" not in card["fields"]


def test_a_card_says_every_field_in_words_of_the_language() -> None:
    rows = {name: value for _, part in rows_of_card(card_of(release()), Tell("ru")) for name, value in part}
    assert rows["Период сбора"] == "03.2020 – 04.2020"
    assert rows["Возраст, лет"] == "мин. 20, медиана 54,5, среднее 54,5, макс. 89"
    assert rows["Пол, пациентов"] == "мужчины: 6, женщины: 12, неизвестно: 6"
    assert rows["Пороги масок, HU"] == "−700 ... −130 HU"
    assert rows["Классы и число исследований"] == "КТ-0: 6, КТ-1: 12, КТ-2: 5, КТ-4: 1"
    assert rows["Назначение набора"] == "обучение алгоритмов ИИ; независимая оценка"


def test_the_reference_page_names_every_field() -> None:
    rows = rows_of_fields()
    assert [row[0] for row in rows] == [each.key for each in CARD_FIELDS]
    assert all(row[1] for row in rows)
    assert {row[3] for row in rows} == {"recipe", "measured", "measured, where the recipe does not say it"}
