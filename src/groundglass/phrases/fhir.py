"""What the FHIR resources say in words, and what is said of making them."""

from __future__ import annotations

from groundglass.phrases import Phrase, add

PHRASES: dict[str, Phrase] = {
    "fhir_sex_left_out": Phrase(
        "the sex in the source is none of M, F, O and was left out of the Patient",
        "пол в исходных данных не равен M, F или O и не внесён в ресурс Patient",
    ),
    "fhir_birth_date_left_out": Phrase(
        "the date of birth in the source is no date and was left out of the Patient",
        "дата рождения в исходных данных не является датой и не внесена в ресурс Patient",
    ),
    "fhir_identity_other_study": Phrase(
        "the DICOM objects beside the result belong to another study: the Patient carries no identity",
        "объекты DICOM рядом с результатом — другого исследования: ресурс Patient не содержит данных пациента",
    ),
    "fhir_identity_unreadable": Phrase(
        "the DICOM objects beside the result cannot be read: the Patient carries no identity",
        "объекты DICOM рядом с результатом не читаются: ресурс Patient не содержит данных пациента",
    ),
    "fhir_time_dropped": Phrase(
        "the time of acquisition has no time zone in the source, so only the date is given; --utc-offset adds the zone",
        "время исследования указано без часового пояса, поэтому приводится только дата; пояс задаётся --utc-offset",
    ),
    "fhir_prepared_by_software": Phrase(
        "Prepared by software ({name} {version}), not verified by a physician.",
        "Подготовлено программой ({name} {version}), врачом не подтверждено.",
    ),
    "fhir_refused": Phrase(
        "The study was not measured ({code}): {reason}", "Исследование не измерено ({code}): {reason}"
    ),
    "fhir_partial": Phrase(
        "Only a part of the lungs is seen: the figures are of that part.",
        "Лёгкие видны лишь частично: показатели относятся к видимой части.",
    ),
    "fhir_involvement": Phrase(
        "Involvement {percent} % of the lungs (95 % interval {low} to {high} %).",
        "Объём поражения {percent} % лёгких (95 % доверительный интервал от {low} до {high} %).",
    ),
    "fhir_sides": Phrase(
        "Right lung {right} %, left lung {left} %.", "Правое лёгкое {right} %, левое лёгкое {left} %."
    ),
    "fhir_lesions": Phrase(
        "Ground glass {ground_glass} ml, consolidation {consolidation} ml.",
        "«Матовое стекло» {ground_glass} мл, консолидация {consolidation} мл.",
    ),
    "fhir_grade": Phrase("Grade: {grade}. Rules: {rules}.", "Степень: {grade}. Правила: {rules}."),
    "fhir_routing": Phrase("Routing table: {row}; {decision}.", "Таблица маршрутизации: {row}; {decision}."),
    "fhir_missing": Phrase("Missing for a decision: {names}.", "Для решения не хватает данных: {names}."),
    "fhir_population_estimate": Phrase(
        "Estimate for a population by the table {factors}; not this patient's risk.",
        "Популяционная оценка по таблице {factors}; не является риском для данного пациента.",
    ),
}

add(PHRASES)
