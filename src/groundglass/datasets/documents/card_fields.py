"""Fields that a card of a data set has: what each means, who fills it, and what its value may be.

The fields are those by which the city's library of data sets describes each of its sets, in the order in which it
does (https://mosmed.ai/datasets/), and behind them what users of other libraries ask for.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from groundglass.errors import InputError, declare

CARD_FIELD_UNKNOWN = declare("CARD_FIELD_UNKNOWN", "The card of a recipe has a field that cards do not have.")
CARD_VALUE_WRONG = declare("CARD_VALUE_WRONG", "A field of the card of a recipe has a value of the wrong kind.")

FilledBy = Literal["recipe", "measured"]
Group = Literal["clinical", "population", "purpose", "labels", "verification", "record", "use", "publishing"]
Form = Literal["text", "texts", "codes", "period", "criteria", "count", "range", "measured"]


@dataclass(frozen=True, slots=True)
class CardField:
    """One field of the card.

    Attributes
    ----------
    key : str
        Its name, in a recipe's ``card`` and in ``card.json``.
    group : str
        Part of the card.
    en, ru : str
        What it is called.
    form : str
        What its value may be: ``text`` (one, or one a language), ``texts`` (several), ``codes`` of ICD-10,
        ``period`` (first and last), ``criteria`` (by label), ``count``, ``range`` (two numbers) or ``measured``.
    filled_by : {"recipe", "measured"}
        ``recipe``: people say it, and where they do not it is shown as not stated; ``measured``: counted in the set.
    asked : bool
        Whether the library asks for it, so that a card without it shows the gap.
    """

    key: str
    group: Group
    en: str
    ru: str
    form: Form
    filled_by: FilledBy = "recipe"
    asked: bool = False


def _measured(key: str, group: Group, en: str, ru: str) -> CardField:
    return CardField(key, group, en, ru, "measured", "measured", asked=True)


CARD_FIELDS: tuple[CardField, ...] = (
    CardField("clinical_direction", "clinical", "Clinical direction", "Клиническое направление", "text", asked=True),
    CardField("target_pathologies", "clinical", "Target pathologies", "Целевые патологии", "texts", asked=True),
    CardField("icd10", "clinical", "ICD-10 codes", "Коды МКБ-10", "codes", asked=True),
    CardField("inclusion_criteria", "population", "Inclusion criteria", "Критерии включения", "texts", asked=True),
    CardField("exclusion_criteria", "population", "Exclusion criteria", "Критерии невключения", "texts", asked=True),
    _measured("age_years", "population", "Age, years", "Возраст, лет"),
    _measured("sex", "population", "Sex, patients", "Пол, пациентов"),
    CardField("population", "population", "Population", "Популяция", "text"),
    CardField("collection_period", "population", "Collection period", "Период сбора", "period", asked=True),
    CardField(
        "epidemiological_situation",
        "population",
        "Epidemiological situation",
        "Эпидемиологическая обстановка",
        "text",
        asked=True,
    ),
    CardField("task", "purpose", "Task of the set", "Задача набора", "text"),
    CardField("purposes", "purpose", "Purpose of the set", "Назначение набора", "texts", asked=True),
    _measured("labels", "labels", "Labels", "Метки"),
    _measured("classes", "labels", "Classes and numbers of studies", "Классы и число исследований"),
    CardField(
        "label_criteria", "labels", "Criteria of the classes", "Критерии отнесения к классам", "criteria", asked=True
    ),
    CardField("annotation_classes", "labels", "Classes of annotation", "Классы разметки", "texts"),
    _measured("masks", "labels", "Masks", "Маски"),
    CardField("mask_definition", "labels", "What a mask outlines", "Что обводит маска", "text"),
    CardField("mask_includes", "labels", "Inside the masks", "Входит в маски", "texts"),
    CardField("mask_excludes", "labels", "Not inside the masks", "Не входит в маски", "texts"),
    CardField("mask_thresholds_hu", "labels", "Thresholds of the masks, HU", "Пороги масок, HU", "range"),
    CardField("verification", "verification", "Method of verification", "Метод верификации", "texts", asked=True),
    CardField("grade_authors", "verification", "Who graded", "Кто определял степень", "text"),
    CardField("readers_per_study", "verification", "Readers per study", "Врачей на исследование", "count"),
    CardField("mask_authors", "verification", "Who drew the masks", "Кто рисовал маски", "text"),
    CardField("readers_per_mask", "verification", "Readers per mask", "Врачей на маску", "count"),
    CardField("mask_tool", "verification", "Tool of the masks", "Инструмент разметки масок", "text"),
    CardField("unit_of_annotation", "record", "Unit of annotation", "Объект разметки", "texts", asked=True),
    _measured("formats", "record", "Formats of the records", "Форматы записи"),
    CardField("organisations", "record", "Number of organisations", "Число организаций", "count", asked=True),
    CardField("equipment", "record", "Equipment", "Оборудование", "texts", asked=True),
    _measured("slice_thickness_mm", "record", "Slice thickness, mm", "Толщина среза, мм"),
    _measured("slice_spacing_mm", "record", "Distance of slices in the set, mm", "Шаг срезов в наборе, мм"),
    CardField("protocol", "record", "Scanning protocol", "Протокол сканирования", "text"),
    CardField("collection_method", "record", "How the data were collected", "Как собирали данные", "text"),
    CardField("deidentification", "record", "De-identification, further", "Обезличивание, дополнительно", "text"),
    CardField("uses", "use", "Meant for", "Для чего предназначен", "texts"),
    CardField("not_for", "use", "Not meant for", "Для чего не предназначен", "texts"),
    CardField("limits", "use", "Known limits", "Известные ограничения", "texts"),
    CardField("biases", "use", "Known biases", "Известные смещения", "texts"),
    CardField("sensitive_information", "use", "Sensitive information", "Чувствительные сведения", "text"),
    CardField("ethics", "use", "Ethics", "Этическая экспертиза", "text"),
    CardField("registration", "publishing", "Registration", "Государственная регистрация", "text"),
    CardField("publisher", "publishing", "Publisher", "Издатель", "text"),
    CardField("keywords", "publishing", "Keywords", "Ключевые слова", "texts"),
    CardField("references", "publishing", "References", "Литература", "texts"),
    CardField("funding", "publishing", "Funding", "Финансирование", "text"),
    CardField("acknowledgements", "publishing", "Acknowledgements", "Благодарности", "text"),
    CardField("maintenance", "publishing", "Maintenance", "Сопровождение", "text"),
)
"""Every field of the card, in order."""

MEASURED_WHERE_NOT_SAID = frozenset({"organisations", "equipment", "unit_of_annotation", "label_criteria"})
"""Fields that are counted in the set where the recipe does not say them."""

KNOWN_WORDS: Mapping[str, tuple[str, str]] = {
    "training": ("training of AI", "обучение алгоритмов ИИ"),
    "self-test": ("self-test", "самотестирование"),
    "functional-test": ("functional test", "функциональное тестирование"),
    "calibration-test": ("calibration test", "калибровочное тестирование"),
    "monitoring": ("monitoring", "мониторинг"),
    "education": ("education", "образование"),
    "research": ("research", "научные исследования"),
    "independent-evaluation": ("independent evaluation", "независимая оценка"),
    "expert-review": ("expert review", "пересмотр специалистом"),
    "laboratory": ("laboratory", "лабораторное исследование"),
    "biopsy": ("biopsy", "биопсия"),
    "follow-up": ("follow-up", "наблюдение в динамике"),
    "study": ("study", "исследование"),
    "series": ("series", "серия"),
    "slice": ("slice", "срез"),
    "region": ("region", "область на изображении"),
    "voxel": ("voxel", "воксель"),
}
"""Words that a recipe may use without translating them: English, Russian."""

_BY_KEY = {each.key: each for each in CARD_FIELDS}
LONGEST_TEXT = 10_000
"""Characters in one text of a card: some pages; more is no field of a card."""
MOST_TEXTS = 200
"""Entries in one field: more is no list for a reader."""
_ICD10 = re.compile(r"[A-Z]\d{2}(\.\d{1,2})?(\s*-\s*[A-Z]\d{2}(\.\d{1,2})?)?")
"""A code, or two with a hyphen (ICD-10, volume 2, section 2.4: a letter, two digits, and up to two behind a point)."""
_DATE = re.compile(r"(\d{4})(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")


def check_card(card: Mapping[Any, Any], where: str) -> dict[str, Any]:
    """Return a card with values as JSON can hold them; dates become text.

    Parameters
    ----------
    card : mapping
        As a recipe gives it.
    where : str
        Said in errors: name of the recipe.

    Raises
    ------
    InputError
        ``CARD_FIELD_UNKNOWN``, ``CARD_VALUE_WRONG``.
    """
    checked: dict[str, Any] = {}
    for key, value in card.items():
        field = _BY_KEY.get(key) if isinstance(key, str) else None
        if field is None:
            raise InputError(
                CARD_FIELD_UNKNOWN,
                what=f"a card has no field {str(key)[:60]!r}",
                where=where,
                todo="take one of: " + ", ".join(each.key for each in CARD_FIELDS if each.form != "measured"),
            )
        if value is None:
            continue
        made = _FORMS[field.form][0](value)
        if made is None:
            raise InputError(
                CARD_VALUE_WRONG,
                what=f"field {key!r} of the card is not {_FORMS[field.form][1]}",
                where=where,
                todo="write it in that form, or leave it out",
            )
        checked[field.key] = made
    return checked


def _text(value: Any) -> Any:
    """Return a text, or one a language."""
    if isinstance(value, Mapping):
        if not value or not set(value) <= {"en", "ru"}:
            return None
        made = {language: _text(each) for language, each in value.items()}
        return None if any(not isinstance(each, str) for each in made.values()) else made
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float | datetime.date):
        return str(value)
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        return None
    return value.strip() or None


def _texts(value: Any) -> Any:
    rows = value if isinstance(value, list | tuple) else [value]
    made = [_text(row) for row in rows]
    return None if not made or len(made) > MOST_TEXTS or None in made else made


def _codes(value: Any) -> Any:
    rows = value if isinstance(value, list | tuple) else str(value).split(",")
    made = [str(row).strip().upper() for row in rows]
    return made if made and len(made) <= MOST_TEXTS and all(_ICD10.fullmatch(row) for row in made) else None


def _period(value: Any) -> Any:
    if not isinstance(value, Mapping) or not value or not set(value) <= {"first", "last"}:
        return None
    made = {name: str(value[name]).strip() for name in ("first", "last") if value.get(name) is not None}
    if not made or not all(_DATE.fullmatch(text) for text in made.values()):
        return None
    if len(made) == 2 and made["first"] > made["last"][: len(made["first"])]:
        return None
    return made


def _criteria(value: Any) -> Any:
    if not isinstance(value, Mapping) or not value or len(value) > MOST_TEXTS:
        return None
    made = {str(label).strip(): _text(each) for label, each in value.items()}
    return None if None in made.values() or "" in made else made


def _count(value: Any) -> Any:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1_000_000 else None


def _range(value: Any) -> Any:
    if not isinstance(value, list | tuple) or len(value) != 2:
        return None
    if any(isinstance(each, bool) or not isinstance(each, int | float) for each in value):
        return None
    low, high = value
    return [low, high] if -10_000 < low < high < 10_000 else None


_FORMS: Mapping[str, tuple[Callable[[Any], Any], str]] = {
    "text": (_text, "a text, or one text for en and one for ru"),
    "texts": (_texts, "a list of texts"),
    "codes": (_codes, "a list of codes of ICD-10 (U07.1, J12-J15)"),
    "period": (_period, "a mapping of first and last to YYYY-MM or YYYY-MM-DD, in order"),
    "criteria": (_criteria, "a mapping of labels (CT-0) to texts"),
    "count": (_count, "a whole number above 0"),
    "range": (_range, "two numbers, the smaller one first"),
    "measured": (lambda _value: None, "for recipes: it is measured"),
}
"""How the value of each form is read, and what it is called in an error."""


def rows_of_fields() -> list[tuple[str, str, str, str]]:
    """Return the fields for a reference page: key, English, what its value is, who fills it."""
    rows: list[tuple[str, str, str, str]] = []
    for field in CARD_FIELDS:
        by: str = (
            "measured, where the recipe does not say it" if field.key in MEASURED_WHERE_NOT_SAID else field.filled_by
        )
        form = "" if field.form == "measured" else _FORMS[field.form][1]
        rows.append((field.key, field.en, form, by))
    return rows
