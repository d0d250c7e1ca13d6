"""Phrases: the grade, its rules, the routing table, clinical fields and acquisition checks.

A grade is filled in by its number, so that each language writes CT-2 in its own letters.
"""

from __future__ import annotations

from groundglass.phrases import Phrase, add

_GRADES: dict[str, Phrase] = {
    "grade_name_ct_0": Phrase(
        "CT-0, zero: picture not consistent with pneumonia, COVID-19 included",
        "КТ-0, нулевая: картина не соответствует пневмонии, в том числе COVID-19",
    ),
    "grade_name_ct_1": Phrase("CT-1, mild", "КТ-1, лёгкая"),
    "grade_name_ct_2": Phrase("CT-2, moderate", "КТ-2, среднетяжёлая"),
    "grade_name_ct_3": Phrase("CT-3, severe", "КТ-3, тяжёлая"),
    "grade_name_ct_4": Phrase("CT-4, critical", "КТ-4, критическая"),
    "grade_name_none": Phrase("not graded", "степень не определена"),
    "grade_withheld": Phrase(
        "No grade is given: the study does not allow one.",
        "Степень не определена: исследование не позволяет её установить.",
    ),
    "grade_unstable": Phrase(
        "The grade CT-{grade} is unstable: the 95 % interval of the involvement crosses a limit and reaches from "
        "CT-{low} to CT-{high}.",
        "Степень КТ-{grade} неустойчива: 95 % доверительный интервал объёма поражения пересекает границу и "
        "охватывает степени от КТ-{low} до КТ-{high}.",
    ),
    "grade_zero_is_not_normal": Phrase(
        "CT-0 says only that no lung opacity above the least share that counts as a finding was measured. It does not "
        "say that the chest is free of disease: nothing else was assessed.",
        "КТ-0 означает лишь, что не измерено уплотнений больше наименьшей учитываемой доли лёгких. Это не означает "
        "отсутствия заболеваний органов грудной клетки: другие изменения не оценивались.",
    ),
    "grade_below_least_share": Phrase(
        "Opacity was measured in {percent} % of the lungs, less than the {least} % that count as a finding.",
        "Уплотнения занимают {percent} % объёма лёгких — меньше {least} %, принятых за наименьшую находку.",
    ),
    "grade_worse_lung_differs": Phrase(
        "By the worse lung alone the grade would be CT-{worse}, by the rules used it is CT-{grade}.",
        "По более поражённому лёгкому степень была бы КТ-{worse}, по принятым правилам — КТ-{grade}.",
    ),
    "picture_consolidation_in_milder_grade": Phrase(
        "Consolidation makes up {percent} % of the lesions, though the percentage gives CT-{grade}: in the table "
        "consolidation begins with CT-3.",
        "Консолидация составляет {percent} % объёма поражения, хотя по проценту поражения это КТ-{grade}: в таблице "
        "консолидация появляется начиная с КТ-3.",
    ),
    "picture_no_consolidation_in_graver_grade": Phrase(
        "The percentage gives CT-{grade}, but consolidation, which the table names there, makes up {percent} % of the "
        "lesions.",
        "По проценту поражения это КТ-{grade}, но консолидация, указанная для неё в таблице, составляет лишь "
        "{percent} % объёма поражения.",
    ),
    "picture_not_diffuse": Phrase(
        "The percentage gives CT-{grade}, which the table calls diffuse, but the least affected zone shows "
        "{percent} %.",
        "По проценту поражения это КТ-{grade}, для которой в таблице указано диффузное поражение, но в наименее "
        "поражённой зоне — {percent} %.",
    ),
    "picture_mostly_consolidation": Phrase(
        "Consolidation makes up {percent} % of the lesions: every row of the table shows ground glass first, so the "
        "grade CT-{grade} may not describe this picture.",
        "Консолидация составляет {percent} % объёма поражения: во всех строках таблицы на первом месте «матовое "
        "стекло», поэтому степень КТ-{grade} может не отражать эту картину.",
    ),
    "picture_signs_not_assessed": Phrase(
        "Reticular change, which the table names for CT-4, was not assessed; pleural effusion has no part in the grade "
        "here.",
        "Ретикулярные изменения, указанные в таблице для КТ-4, не оценивались; гидроторакс на степень здесь не влияет.",
    ),
}

_RULES: dict[str, Phrase] = {
    "rules_least_share": Phrase(
        "The sources name no least share of lung for CT-1. Here: {percent} %; exactly that is CT-{grade}.",
        "Источники не указывают минимальный объём поражения для КТ-1. Здесь: {percent} %; ровно столько — КТ-{grade}.",
    ),
    "rules_shared_limit_25": Phrase(
        "In the table {percent} % belongs both to CT-1 and to CT-2. Here: CT-{grade}.",
        "В таблице {percent} % относятся и к КТ-1, и к КТ-2. Здесь: КТ-{grade}.",
    ),
    "rules_shared_limit_50": Phrase(
        "In the table {percent} % belongs both to CT-2 and to CT-3. Here: CT-{grade}.",
        "В таблице {percent} % относятся и к КТ-2, и к КТ-3. Здесь: КТ-{grade}.",
    ),
    "rules_limit_75": Phrase(
        "CT-4 begins at {percent} % in the paper and above it in the readme of the data set. Here: exactly {percent} % "
        "is CT-{grade}.",
        "В статье КТ-4 начинается с {percent} %, в описании набора данных — свыше. Здесь: ровно {percent} % — "
        "КТ-{grade}.",
    ),
    "rules_denominator_whole_lung": Phrase(
        "The sources do not say whether the share is of both lungs or of the worse one. Here: of both lungs together; "
        "the worse one is printed beside it.",
        "Источники не уточняют, считать ли долю от обоих лёгких или от более поражённого. Здесь: от обоих вместе; "
        "значение для более поражённого лёгкого приводится рядом.",
    ),
    "rules_denominator_worse_lung": Phrase(
        "The sources do not say whether the share is of both lungs or of the worse one. Here: of the worse one; that "
        "of both together is printed beside it.",
        "Источники не уточняют, считать ли долю от обоих лёгких или от более поражённого. Здесь: от более "
        "поражённого; значение для обоих лёгких приводится рядом.",
    ),
    "rules_picture_and_percent": Phrase(
        "The table names picture and percentage together. Here the percentage gives the grade, and a picture that "
        "does not go with it is reported.",
        "Таблица указывает картину и процент вместе. Здесь степень определяет процент, а несоответствие картины "
        "отмечается отдельно.",
    ),
    "rules_before_thinning": Phrase(
        "The data set was graded on all slices before every tenth was published. Here the slices at hand are measured.",
        "Набор данных размечен по всем срезам, опубликован каждый десятый. Здесь измеряются имеющиеся срезы.",
    ),
    "rules_reader_agreement": Phrase(
        "Readers are reported to repeat their own grade only moderately (kappa 0.46 and 0.54 in an abstract, second "
        "hand): near a limit the grade is a matter of judgement.",
        "По данным тезисов (цитируются по вторичному источнику), врачи лишь умеренно воспроизводят собственную оценку "
        "степени (каппа 0,46 и 0,54): вблизи границы степень условна.",
    ),
}

_ROUTING: dict[str, Phrase] = {
    "table_row_none": Phrase("no row of the table: there is no grade", "строка таблицы не определена: нет степени"),
    "table_row_between": Phrase(
        "between the rows CT-{low} and CT-{high} of the table", "между строками КТ-{low} и КТ-{high} таблицы"
    ),
    "table_row_ct_0": Phrase("row CT-0, zero", "строка КТ-0, нулевая"),
    "table_row_ct_1": Phrase("row CT-1, mild", "строка КТ-1, лёгкая"),
    "table_row_ct_2": Phrase("row CT-2, moderate", "строка КТ-2, среднетяжёлая"),
    "table_row_ct_3": Phrase("row CT-3, severe", "строка КТ-3, тяжёлая"),
    "table_row_ct_4": Phrase("row CT-4, critical", "строка КТ-4, критическая"),
    "decision_left_to_physician": Phrase(
        "no decision follows from the table; it is the physician's", "таблица не даёт решения; решение за врачом"
    ),
    "decision_inform_physician_refer_specialist": Phrase(
        "inform the attending physician; refer to a specialist",
        "сообщить лечащему врачу; направить к специалисту",
    ),
    "decision_home_telemedicine": Phrase(
        "treatment at home with mandatory telemonitoring (telemedicine)",
        "лечение на дому с обязательным телемониторингом (телемедицина)",
    ),
    "decision_home_primary_care": Phrase(
        "treatment at home under a primary care physician",
        "лечение на дому под наблюдением врача первичного звена",
    ),
    "decision_immediate_admission": Phrase(
        "immediate admission; for a patient in hospital already, intensive care",
        "немедленная госпитализация; если пациент уже в стационаре — перевод в отделение реанимации",
    ),
    "decision_intensive_care": Phrase("intensive care", "перевод в отделение реанимации и интенсивной терапии"),
    "decision_emergency_admission_intensive_care": Phrase(
        "emergency care; admission; intensive care",
        "экстренная помощь; госпитализация; отделение реанимации и интенсивной терапии",
    ),
    "urgency_unknown": Phrase("urgency not known", "срочность не определена"),
    "urgency_routine": Phrase("routine", "в плановом порядке"),
    "urgency_soon": Phrase("soon", "в ближайшее время"),
    "urgency_urgent": Phrase("urgent", "срочно"),
    "urgency_emergency": Phrase("emergency", "экстренно"),
    "basis_picture_only": Phrase(
        "The picture alone; clinical data were not given. A picture alone routes no patient.",
        "Только КТ-картина; клинические данные не указаны. По одной лишь картине маршрут пациента не определяется.",
    ),
    "basis_picture_and_clinical": Phrase(
        "Picture and clinical data. A physician decides.", "КТ-картина и клинические данные. Решение принимает врач."
    ),
    "basis_not_graded": Phrase(
        "There is no grade, so the table cannot be applied. A physician decides.",
        "Степень не определена, таблица неприменима. Решение принимает врач.",
    ),
    "missing_grade": Phrase("the grade", "степень по КТ"),
    "missing_earlier_ct_24_48_h": Phrase(
        "a CT 24-48 h earlier (growth by 50 % was not assessed)",
        "КТ за 24–48 ч до этого (нарастание на 50 % не оценивалось)",
    ),
    "missing_temperature_c": Phrase("body temperature", "температура тела"),
    "missing_respiratory_rate_per_min": Phrase("respiratory rate", "частота дыхательных движений (ЧДД)"),
    "missing_spo2_percent": Phrase("oxygen saturation (SpO2)", "сатурация (SpO2)"),
    "missing_pao2_fio2_mmhg": Phrase("PaO2/FiO2", "индекс оксигенации (PaO2/FiO2)"),
    "missing_typical_clinical_picture": Phrase(
        "whether the clinical picture is typical", "типичность клинической картины"
    ),
    "missing_epidemiological_history": Phrase("the epidemiological history", "эпидемиологический анамнез"),
    "missing_respiratory_impairment": Phrase("whether breathing is impaired", "наличие дыхательных нарушений"),
    "missing_respiratory_failure": Phrase(
        "whether there is respiratory failure", "наличие дыхательной недостаточности"
    ),
    "missing_shock": Phrase("whether there is shock", "наличие шока"),
    "missing_organ_failure": Phrase("whether there is multiple organ failure", "наличие полиорганной недостаточности"),
    "missing_in_hospital": Phrase("whether the patient is in hospital", "находится ли пациент в стационаре"),
    "missing_age_years": Phrase("age", "возраст"),
}

_CONFLICTS: dict[str, Phrase] = {
    "conflict_grade_unstable": Phrase(
        "The interval of the involvement reaches over two or more rows of the table.",
        "Интервал объёма поражения охватывает две или более строк таблицы.",
    ),
    "conflict_signs_and_or_unstated": Phrase(
        "Some clinical signs of the row are there, others not, and the table does not say whether it wants all of "
        "them (AND) or one (OR).",
        "Часть клинических признаков строки есть, часть — нет, а таблица не указывает, нужны ли все (И) или "
        "достаточно одного (ИЛИ).",
    ),
    "conflict_row_signs_absent": Phrase(
        "The clinical signs of the row named by the picture are absent.",
        "Клинические признаки той строки, на которую указывает картина, отсутствуют.",
    ),
    "conflict_fever_undefined": Phrase(
        "Row CT-3 wants its signs together with fever and does not say what counts as fever; the temperature does not "
        "exceed 38.5 °C.",
        "Строка КТ-3 требует признаков в сочетании с лихорадкой, не уточняя, что ею считать; температура не выше "
        "38,5 °C.",
    ),
    "conflict_temperature_gap": Phrase(
        "A temperature from 38.0 to 38.5 °C stands in no row of the table.",
        "Температура от 38,0 до 38,5 °C не входит ни в одну строку таблицы.",
    ),
    "conflict_temperature_two_rows": Phrase(
        "A temperature above 38.5 °C stands in the rows CT-2 and CT-3.",
        "Температура выше 38,5 °C указана и в строке КТ-2, и в строке КТ-3.",
    ),
    "conflict_respiratory_rate_two_rows": Phrase(
        "A respiratory rate of exactly 30/min stands in the rows CT-2 and CT-3.",
        "ЧДД ровно 30 в минуту указана и в строке КТ-2, и в строке КТ-3.",
    ),
    "conflict_spo2_two_rows": Phrase(
        "An SpO2 of exactly 95 % stands in the rows CT-2 and CT-3.",
        "Значение SpO2 ровно 95 % указано и в строке КТ-2, и в строке КТ-3.",
    ),
    "conflict_temperature_points_higher": Phrase(
        "The temperature fits a graver row than the picture.",
        "Температура соответствует строке более тяжёлой степени, чем КТ-картина.",
    ),
    "conflict_respiratory_rate_points_higher": Phrase(
        "The respiratory rate fits a graver row than the picture.",
        "ЧДД соответствует строке более тяжёлой степени, чем КТ-картина.",
    ),
    "conflict_spo2_points_higher": Phrase(
        "The SpO2 fits a graver row than the picture.",
        "SpO2 соответствует строке более тяжёлой степени, чем КТ-картина.",
    ),
    "conflict_pao2_fio2_points_higher": Phrase(
        "PaO2/FiO2 fits a graver row than the picture.",
        "PaO2/FiO2 соответствует строке более тяжёлой степени, чем КТ-картина.",
    ),
    "conflict_shock_points_higher": Phrase(
        "Shock fits a graver row than the picture.", "Шок соответствует строке более тяжёлой степени, чем КТ-картина."
    ),
    "conflict_organ_failure_points_higher": Phrase(
        "Multiple organ failure fits a graver row than the picture.",
        "Полиорганная недостаточность соответствует строке более тяжёлой степени, чем КТ-картина.",
    ),
    "conflict_respiratory_failure_points_higher": Phrase(
        "Respiratory failure fits a graver row than the picture.",
        "Дыхательная недостаточность соответствует строке более тяжёлой степени, чем КТ-картина.",
    ),
    "conflict_growth_not_assessed": Phrase(
        "Breathing is impaired; whether the involvement grew by 50 % in 24-48 h, which would make it row CT-3, cannot "
        "be told from one CT.",
        "Есть дыхательные нарушения; по одному исследованию нельзя сказать, вырос ли объём поражения на 50 % за "
        "24–48 ч, что соответствовало бы строке КТ-3.",
    ),
    "conflict_home_row_in_hospital": Phrase(
        "The row sends the patient home, but the patient is in hospital.",
        "Строка предполагает лечение на дому, но пациент находится в стационаре.",
    ),
    "conflict_pregnancy_outside_table": Phrase(
        "The patient is pregnant: the table was not made for pregnancy.",
        "Пациентка беременна: таблица не рассчитана на беременных.",
    ),
    "conflict_under_18_outside_table": Phrase(
        "The patient is under 18: the table was made for adults.",
        "Пациенту меньше 18 лет: таблица рассчитана на взрослых.",
    ),
}

_CHECKS: dict[str, Phrase] = {
    "check_kvp": Phrase(
        "Tube voltage {value} kV, protocol {protocol} kV.",
        "Напряжение на трубке {value} кВ, по протоколу {protocol} кВ.",
    ),
    "check_gantry_tilt": Phrase(
        "Gantry tilt {value}°, protocol {protocol}°.", "Наклон гентри {value}°, по протоколу {protocol}°."
    ),
    "check_slice_thickness": Phrase(
        "Slice thickness {value} mm, protocol {protocol} mm.", "Толщина среза {value} мм, по протоколу {protocol} мм."
    ),
    "check_increment": Phrase(
        "Slices lie {value} mm apart, protocol {protocol} mm.",
        "Шаг между срезами {value} мм, по протоколу {protocol} мм.",
    ),
    "check_gap": Phrase(
        "Gaps of {value} mm lie between the slices, protocol {protocol} mm: the lung in them is not seen.",
        "Между срезами промежутки {value} мм, по протоколу {protocol} мм: лёгочная ткань в них не отображена.",
    ),
    "check_fov": Phrase(
        "Field of view {value} mm, protocol {protocol} mm.", "Поле обзора {value} мм, по протоколу {protocol} мм."
    ),
    "check_pixel": Phrase(
        "Pixel side {value} mm, protocol {protocol} mm.", "Размер пикселя {value} мм, по протоколу {protocol} мм."
    ),
    "check_rib_margin": Phrase(
        "The field reaches {value} mm beyond the ribs, protocol {protocol} mm.",
        "Поле обзора выходит за рёбра на {value} мм, по протоколу {protocol} мм.",
    ),
    "check_margin_above": Phrase(
        "The scan begins {value} mm above the lungs, protocol {protocol} mm.",
        "Область сканирования начинается на {value} мм выше лёгких, по протоколу {protocol} мм.",
    ),
    "check_margin_below": Phrase(
        "The scan ends {value} mm below the lungs, protocol {protocol} mm.",
        "Область сканирования заканчивается на {value} мм ниже лёгких, по протоколу {protocol} мм.",
    ),
    "check_scan_seconds": Phrase(
        "The scan took {value} s, protocol {protocol} s: mind breathing artefacts.",
        "Сканирование длилось {value} с, по протоколу {protocol} с: возможны дыхательные артефакты.",
    ),
    "check_rotation_seconds": Phrase(
        "Rotation time {value} s, protocol {protocol} s.", "Время оборота {value} с, по протоколу {protocol} с."
    ),
    "check_noise": Phrase(
        "Noise {value} HU at 5 mm, protocol {protocol} HU.", "Шум {value} HU при 5 мм, по протоколу {protocol} HU."
    ),
    "check_contrast": Phrase(
        "Contrast medium was given, the protocol is without: lung density and vessels read too high.",
        "Введено контрастное вещество, протокол — без контраста: плотность лёгких и сосудов завышена.",
    ),
    "check_lung_kernel": Phrase(
        "A lung reconstruction was read, the data set was graded on the soft tissue one: it is noisier.",
        "Использована лёгочная реконструкция (набор данных размечен по мягкотканной): в ней больше шума.",
    ),
    "check_expiration": Phrase(
        "The scan looks expiratory, the protocol is inspiration: lung is denser and ground glass may be overstated.",
        "Исследование, вероятно, выполнено на выдохе, по протоколу — на вдохе: лёгочная ткань плотнее, объём «матового "
        "стекла» может быть завышен.",
    ),
    "check_arms_down": Phrase(
        "The arms lie beside the body, protocol arms up: mind streaks.",
        "Руки вдоль туловища, по протоколу — подняты: возможны полосовые артефакты.",
    ),
    "check_not_supine": Phrase(
        "The patient does not lie on the back ({value}): gravitational change lies elsewhere.",
        "Пациент лежит не на спине ({value}): гравитационные изменения расположены иначе.",
    ),
    "check_not_stated": Phrase(
        "{count} of {total} points of the scanning protocol cannot be checked: the source does not state them.",
        "Не проверено пунктов протокола сканирования: {count} из {total} — источник их не указывает.",
    ),
    "check_protocol_kept": Phrase(
        "The scanning protocol was kept in all {total} points.",
        "Протокол сканирования соблюдён по всем пунктам: {total}.",
    ),
}

PHRASES: dict[str, Phrase] = {**_GRADES, **_RULES, **_ROUTING, **_CONFLICTS, **_CHECKS}

add(PHRASES)
