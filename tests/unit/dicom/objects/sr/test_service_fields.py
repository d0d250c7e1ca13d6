"""The text fields of a programme: their order, their words in both languages, and the codes beside them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_objects import MadeStudy, made_making, made_study, without_findings
from made_reports import Item, again, groups_of, report_of, walk, with_more
from pydicom.dataset import Dataset

from groundglass.codes import CODES, code
from groundglass.dicom.objects.sr.service_fields import FIELDS, TECHNICAL
from groundglass.dicom.profiles import PROFILES, profile
from groundglass.phrases import Language, Notice, table

ORDER = (
    "modality",
    "region",
    "study_id",
    "date_time",
    "warning_software",
    "warning_use",
    "service_name",
    "service_version",
    "purpose",
    "technical_data",
    "technological_defects",
    "description",
    "conclusion",
    "user_guide",
)
"""As programme.md gives it; written down here once more, so that a changed profile is noticed."""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> MadeStudy:
    """Return a study with figures of regions and a dose."""
    return with_more(made_study(tmp_path_factory.mktemp("fields") / "ct"))


def moscow(study: MadeStudy, language: Language = "ru") -> Dataset:
    return again(report_of(study, made_making("moscow", language), with_segs=False))


def fields_of(data: Dataset) -> dict[str, str]:
    """Return the fields by their names in the profile, in the order of the object."""
    inside = [item for item in walk(data) if code("service_fields").value in item.path[:-1]]
    names = {CODES[heading].value: name for name, (heading, _) in FIELDS.items()}
    return {names[item.name]: item.value for item in inside}


def test_the_fourteen_fields_stand_in_their_order_in_front_of_the_measurements(study: MadeStudy) -> None:
    data = moscow(study)
    assert tuple(fields_of(data)) == ORDER == profile("moscow").report.fields
    containers = [item.name for item in walk(data) if item.kind == "CONTAINER" and len(item.path) == 2]
    assert containers[:3] == [
        code(n).value for n in ("service_fields", "imaging_measurements", "qualitative_evaluations")
    ]


def test_every_field_is_a_text_that_says_something(study: MadeStudy) -> None:
    for language in ("ru", "en"):
        data = moscow(study, language)
        for item in walk(data):
            if code("service_fields").value in item.path[:-1]:
                assert item.kind == "TEXT"
                assert item.relation == "CONTAINS"
                assert len(str(item.value).strip()) > 1


def test_the_fields_say_in_russian_what_was_measured(study: MadeStudy) -> None:
    said = fields_of(moscow(study))
    assert said["modality"] == "КТ"
    assert said["study_id"] == study.origin.study_uid
    assert said["date_time"] == "исследование 01.04.2020 12:00:00; обработка 04.03.2026 10:21:05"
    assert said["service_name"] == "groundglass"
    assert said["service_version"].startswith("0.1.0; модели: chest abababab")
    assert said["warning_use"].startswith("Только для исследовательских целей")
    assert "шаг 8 мм, пиксель 4 × 3,5 мм" in said["technical_data"]
    assert "Правое лёгкое — 7,1 %, левое — 0 %." in said["description"]
    assert "Всего участков: 1, наибольший 60,4 мл, справа, нижняя зона." in said["description"]
    assert said["conclusion"].startswith("Участки «матового стекла» и консолидации в правом лёгком")
    assert "Степень КТ-1 (лёгкая)." in said["conclusion"]
    assert said["conclusion"].endswith("Решение принимает врач.")


def test_the_conclusion_without_findings_is_that_the_pathology_was_not_found(study: MadeStudy) -> None:
    said = fields_of(moscow(without_findings(study)))
    assert said["conclusion"].startswith("Целевая патология не обнаружена.")
    assert "норм" not in " ".join(said.values()).lower()


def test_an_unstable_grade_is_told(study: MadeStudy) -> None:
    result = study.findings.result
    assert result.grade
    shaky = replace(result, grade=replace(result.grade, interval=("CT-1", "CT-2"), stable=False))
    said = fields_of(moscow(replace(study, findings=replace(study.findings, result=shaky))))
    assert "Степень неустойчива: возможны от КТ-1 до КТ-2." in said["conclusion"]


def test_technological_defects_are_those_of_the_study_alone(study: MadeStudy) -> None:
    notices = (
        Notice("slices_sparse", {"thickness": 1, "step": 8}),
        Notice("dense_lung_completed", {"volume_ml": 86}),
    )
    checks = (Notice("check_not_stated", {"count": 5, "of": 18}, "info"),)
    spoken = replace(study, findings=replace(study.findings, notices=notices, checks=checks))
    assert fields_of(moscow(spoken))["technological_defects"] == (
        "Срезы толщиной 1 мм идут с шагом 8 мм: ткань между ними не отображена."
    )
    quiet = replace(study, findings=replace(study.findings, notices=notices[1:], checks=checks))
    assert fields_of(moscow(quiet))["technological_defects"] == "Не выявлены."


def test_a_date_that_is_none_leaves_the_time_of_processing(study: MadeStudy) -> None:
    result = replace(study.findings.result, acquisition_datetime="yesterday")
    said = fields_of(moscow(replace(study, findings=replace(study.findings, result=result)), "en"))
    assert said["date_time"] == "2026-03-04 10:21:05"


def test_a_russian_report_has_russian_meanings_and_the_same_codes(study: MadeStudy) -> None:
    english, russian = list(walk(moscow(study, "en"))), list(walk(moscow(study)))
    assert [(item.path, item.kind) for item in russian] == [(item.path, item.kind) for item in english]
    for item in russian:
        for entry in _codes(item):
            cyrillic = any("а" <= letter <= "я" for letter in entry.CodeMeaning.lower())
            assert cyrillic or not entry.CodeMeaning.isalpha(), entry
    assert any(item.value == "ru" for item in russian)


def _codes(item: Item) -> list[Dataset]:
    names = ("ConceptNameCodeSequence", "ConceptCodeSequence")
    return [entry for name in names for entry in item.data.get(name, ())]


def test_other_profiles_get_a_summary_in_their_place(study: MadeStudy) -> None:
    data = again(report_of(study))
    assert not fields_of(data)
    assert [item.name for item in walk(data) if item.kind == "CONTAINER"][1] == code("summary").value


def test_every_field_of_every_profile_is_known() -> None:
    for name in PROFILES:
        assert set(profile(name).report.fields) <= set(FIELDS)


def test_every_technical_warning_has_words() -> None:
    assert set(TECHNICAL) <= set(table())


def test_names_of_groups_are_in_the_language(study: MadeStudy) -> None:
    assert "Верхняя зона справа" in groups_of(moscow(study))
