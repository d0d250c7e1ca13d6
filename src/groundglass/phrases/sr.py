"""Words of the structured report: headings, fields, sentences, and the meanings of codes in Russian."""

from __future__ import annotations

from groundglass.codes import CODES
from groundglass.phrases import Phrase, add

FIELDS: dict[str, Phrase] = {
    # DICOM gives a series description 64 characters, and some programs count bytes: 30 Cyrillic letters at most
    "sr_series": Phrase("Measurements (AI, research use only)", "Протокол ИИ (исследование)"),
    # 64 bytes as well
    "sr_completion_whole": Phrase("The lungs were measured whole.", "Лёгкие измерены полностью."),
    "sr_completion_partial": Phrase("Only part of the lungs is shown.", "Показана часть лёгких."),
    "sr_modality_ct": Phrase("CT", "КТ"),
    "sr_region_chest": Phrase("Chest", "Органы грудной клетки"),
    "sr_date_time_both": Phrase("study {study}; processed {processed}", "исследование {study}; обработка {processed}"),
    "sr_warning_software": Phrase(
        "This report was prepared by software, without a physician.",
        "Протокол подготовлен программным обеспечением без участия врача.",
    ),
    "sr_warning_use": Phrase(
        "It supports a physician's decision and does not replace a physician's report.",
        "Результат служит для поддержки принятия решений и не заменяет заключение врача.",
    ),
    "sr_version_models": Phrase("{version}; models: {models}", "{version}; модели: {models}"),
    "sr_purpose": Phrase(
        "Finds and measures ground-glass opacity and consolidation of the lungs, compatible with pneumonia including "
        "COVID-19, and grades the share of lung involved from CT-0 to CT-4. Nodules, tumours, emboli, effusion, "
        "emphysema and everything outside the lungs are not assessed.",
        "Выявление и измерение уплотнений лёгочной ткани («матовое стекло», консолидация), совместимых с пневмонией, "
        "в том числе COVID-19, и определение степени КТ-0 … КТ-4 по доле поражённой лёгочной ткани. Очаги и "
        "образования, тромбоэмболия, выпот, эмфизема и изменения вне лёгких не оцениваются.",
    ),
    "sr_technical_slices": Phrase("slices: {n}", "срезов: {n}"),
    "sr_technical_spacing": Phrase(
        "every {step} mm, pixel {row} × {column} mm", "шаг {step} мм, пиксель {row} × {column} мм"
    ),
    "sr_technical_kernel": Phrase("kernel {kernel}", "фильтр реконструкции {kernel}"),
    "sr_technical_kvp": Phrase("{kvp} kV", "{kvp} кВ"),
    "sr_technical_contrast_yes": Phrase("with contrast agent", "с контрастированием"),
    "sr_technical_contrast_no": Phrase("without contrast agent", "без контрастирования"),
    "sr_technical_contrast_unknown": Phrase("contrast agent not stated", "контрастирование не указано"),
    "sr_technical_coverage_whole": Phrase("whole lungs", "лёгкие полностью"),
    "sr_technical_coverage_partial": Phrase("part of the lungs only", "только часть лёгких"),
    "sr_technical_coverage_none": Phrase("no lungs", "лёгких нет"),
    "sr_no_defects": Phrase("None found.", "Не выявлены."),
    "sr_user_guide": Phrase(
        "The marked series shows the outlines; compare them with the source images. What stands where in this report: "
        "docs/explanation/dicom-sr.md of groundglass {version}.",
        "Контуры показаны в серии с разметкой; сверяйте их с исходными изображениями. Состав протокола описан в "
        "документации groundglass {version} (на английском языке): docs/explanation/dicom-sr.md.",
    ),
}

SENTENCES: dict[str, Phrase] = {
    "sr_nothing_measured": Phrase(
        "Nothing was measured: the study could not be analysed.",
        "Измерения не проводились: исследование не удалось проанализировать.",
    ),
    "sr_described_lungs": Phrase("Volume of the lungs {total} ml.", "Объём лёгких {total} мл."),
    "sr_described_lungs_sided": Phrase(
        "Volume of the lungs {total} ml: right {right} ml, left {left} ml.",
        "Объём лёгких {total} мл: правое {right} мл, левое {left} мл.",
    ),
    "sr_described_nothing": Phrase(
        "No ground-glass opacity or consolidation was outlined.",
        "Участков «матового стекла» и консолидации не выделено.",
    ),
    "sr_described_lesions": Phrase(
        "Opacities of {total} ml were outlined: ground glass {glass} ml, consolidation {solid} ml.",
        "Выделены участки уплотнения лёгочной ткани общим объёмом {total} мл: «матовое стекло» {glass} мл, "
        "консолидация {solid} мл.",
    ),
    "sr_described_share": Phrase(
        "They take up {percent} % of the lungs (95 % interval {low} to {high} %).",
        "Объём поражения лёгких {percent} % (95 % ДИ {low}–{high} %).",
    ),
    "sr_described_sides": Phrase(
        "Right lung {right} %, left lung {left} %.", "Правое лёгкое — {right} %, левое — {left} %."
    ),
    "sr_described_zones_right": Phrase(
        "Right zones: upper {upper} %, middle {middle} %, lower {lower} %.",
        "Зоны справа: верхняя {upper} %, средняя {middle} %, нижняя {lower} %.",
    ),
    "sr_described_zones_left": Phrase(
        "Left zones: upper {upper} %, middle {middle} %, lower {lower} %.",
        "Зоны слева: верхняя {upper} %, средняя {middle} %, нижняя {lower} %.",
    ),
    "sr_partial": Phrase(
        "Part of the lungs only: the figures hold for the part that is shown.",
        "Показана только часть лёгких: значения относятся к показанной части.",
    ),
    "sr_target_found": Phrase(
        "{picture}, compatible with pneumonia: {percent} % of the lungs (95 % interval {low} to {high} %).",
        "{picture}, совместимые с пневмонией; объём поражения лёгких {percent} % (95 % ДИ {low}–{high} %).",
    ),
    "sr_what_glass": Phrase("Ground-glass opacities", "Участки «матового стекла»"),
    "sr_what_mixed": Phrase("Ground-glass opacities and consolidation", "Участки «матового стекла» и консолидации"),
    "sr_what_solid": Phrase("Consolidation", "Участки консолидации"),
    "sr_where_right": Phrase("in the right lung", "в правом лёгком"),
    "sr_where_left": Phrase("in the left lung", "в левом лёгком"),
    "sr_where_both": Phrase("in both lungs", "в обоих лёгких"),
    "sr_described_largest": Phrase(
        "Lesions: {n}, the largest {largest}.", "Всего участков: {n}, наибольший {largest}."
    ),
    "sr_described_chance": Phrase("Probability of pathology {percent} %.", "Вероятность патологии {percent} %."),
    "sr_ml": Phrase("ml", "мл"),
    "sr_side_right": Phrase("right", "справа"),
    "sr_side_left": Phrase("left", "слева"),
    "sr_side_both": Phrase("both sides", "с обеих сторон"),
    "sr_zone_upper": Phrase("upper zone", "верхняя зона"),
    "sr_zone_middle": Phrase("middle zone", "средняя зона"),
    "sr_zone_lower": Phrase("lower zone", "нижняя зона"),
    "sr_target_below": Phrase(
        "Opacities take up {percent} % of the lungs, less than the share that counts as a finding.",
        "Уплотнения занимают {percent} % объёма лёгких — меньше доли, принятой за находку.",
    ),
    "sr_target_not_found": Phrase("Target pathology not found.", "Целевая патология не обнаружена."),
    "sr_concluded_grade": Phrase("Grade {grade} ({word}).", "Степень {grade} ({word})."),
    "sr_concluded_unstable": Phrase(
        "The grade is unstable: {low} to {high} are possible.", "Степень неустойчива: возможны от {low} до {high}."
    ),
    "sr_grade_word_0": Phrase("zero", "нулевая"),
    "sr_grade_word_1": Phrase("mild", "лёгкая"),
    "sr_grade_word_2": Phrase("moderate", "среднетяжёлая"),
    "sr_grade_word_3": Phrase("severe", "тяжёлая"),
    "sr_grade_word_4": Phrase("critical", "критическая"),
    "sr_grade_zero": Phrase("This does not exclude disease.", "Это не исключает заболевания."),
    "sr_grade_partial": Phrase(
        "No grade is given: only part of the lungs is shown.",
        "Степень не определена: показана только часть лёгких.",
    ),
    "sr_grade_not_possible": Phrase(
        "No grade is given: the study does not allow one.",
        "Степень не определена: исследование не позволяет её установить.",
    ),
    "sr_physician_decides": Phrase("A physician decides.", "Решение принимает врач."),
    "sr_no_lesions_seg": Phrase(
        "No lesion was found, so that no segmentation of lesions was written.",
        "Участков поражения не выявлено, поэтому их сегментация не создана.",
    ),
    "sr_no_segs": Phrase(
        "No segmentation of lesions comes with this result.",
        "Сегментация участков поражения к результату не приложена.",
    ),
    "sr_more_lesions": Phrase(
        "{n} smaller lesions are not listed, together {volume} ml.",
        "Более мелкие участки (всего {n}, вместе {volume} мл) не перечислены.",
    ),
    "sr_sides_unknown": Phrase(
        "Right and left are not known in this volume; figures of sides and zones are left out.",
        "Правая и левая стороны неизвестны; значения по сторонам и зонам не приводятся.",
    ),
    "sr_bridged": Phrase(
        "Slices whose image is missing in the series and that were filled from their neighbours: {n}.",
        "Срезов, изображения которых в серии отсутствуют и восполнены по соседним: {n}.",
    ),
    "sr_dose_note": Phrase(
        "As the dose objects of the study state it. The effective dose is an estimate for a population, not this "
        "patient's risk.",
        "По данным объектов дозы исследования. Эффективная доза — оценка для популяции, а не риск данного пациента.",
    ),
    "sr_dose_no_figures": Phrase("No figures are stated.", "Значения не указаны."),
    "sr_dose_factors": Phrase("Conversion factors: {factors}.", "Коэффициенты пересчёта: {factors}."),
}

GROUPS: dict[str, Phrase] = {
    "sr_group_lungs": Phrase("Both lungs", "Оба лёгких"),
    "sr_group_right_lung": Phrase("Right lung", "Правое лёгкое"),
    "sr_group_left_lung": Phrase("Left lung", "Левое лёгкое"),
    "sr_group_right_upper": Phrase("Right lung, upper zone", "Верхняя зона справа"),
    "sr_group_right_middle": Phrase("Right lung, middle zone", "Средняя зона справа"),
    "sr_group_right_lower": Phrase("Right lung, lower zone", "Нижняя зона справа"),
    "sr_group_left_upper": Phrase("Left lung, upper zone", "Верхняя зона слева"),
    "sr_group_left_middle": Phrase("Left lung, middle zone", "Средняя зона слева"),
    "sr_group_left_lower": Phrase("Left lung, lower zone", "Нижняя зона слева"),
    "sr_group_ground_glass": Phrase("Ground glass", "Матовое стекло"),
    "sr_group_consolidation": Phrase("Consolidation", "Консолидация"),
    "sr_group_lesion": Phrase("Lesion {n}", "Участок {n}"),
}

MEANINGS_RU: dict[str, str] = {
    "language": "Язык",
    "language_en": "английский",
    "language_ru": "русский",
    "observer_type": "Вид наблюдателя",
    "device": "Программа",
    "device_observer_uid": "UID программы",
    "device_observer_name": "Название программы",
    "device_observer_manufacturer": "Разработчик",
    "device_observer_model": "Модель",
    "device_observer_serial": "Серийный номер",
    "measurement_report": "Измерения по изображениям",
    "procedure_reported": "Исследование",
    "ct_chest": "КТ органов грудной клетки",
    "imaging_measurements": "Измерения",
    "qualitative_evaluations": "Оценка",
    "measurement_group": "Группа измерений",
    "tracking_identifier": "Обозначение",
    "tracking_uid": "UID обозначения",
    "finding": "Объект",
    "finding_site": "Локализация",
    "laterality": "Сторона",
    "derivation": "Способ получения",
    "referenced_segment": "Сегмент",
    "source_series": "Исходная серия сегментации",
    "source_image": "Исходное изображение сегментации",
    "source_of_measurement": "Источник измерения",
    "algorithm_name": "Название сервиса",
    "algorithm_version": "Версия сервиса",
    "center": "Центр",
    "summary": "Сводка",
    "conclusion": "Заключение",
    "modality": "Модальность",
    "target_region": "Область исследования",
    "study_instance_uid": "Идентификатор исследования",
    "findings": "Описание",
    "dose_data": "Лучевая нагрузка",
    "dose_event": "Сканирование",
    "dose_event_uid": "UID облучения",
    "dlp_total": "DLP, суммарное",
    "effective_dose_total": "Суммарная эффективная доза",
    "ctdivol": "Средний CTDIvol",
    "dose_phantom": "Фантом для CTDI",
    "dose_phantom_head": "фантом головы, 16 см",
    "dose_phantom_body": "фантом тела, 32 см",
    "dlp": "DLP (доза × длина)",
    "dose_factor": "Коэффициент пересчёта дозы",
    "effective_dose": "Эффективная доза",
    "comment": "Примечание",
    "attenuation": "Рентгеновская плотность",
    "mean": "среднее",
    "volume": "Объём",
    "lower_uncertainty": "Погрешность вниз",
    "upper_uncertainty": "Погрешность вверх",
    "lesion_volume": "Объём участков поражения",
    "ground_glass_volume": "Объём «матового стекла»",
    "consolidation_volume": "Объём консолидации",
    "involvement": "Доля поражённой лёгочной ткани",
    "interval_low": "Нижняя граница 95 % ДИ",
    "interval_high": "Верхняя граница 95 % ДИ",
    "worse_lung": "Более поражённое лёгкое",
    "share_of_lungs": "Доля от обоих лёгких",
    "opacity_probability": "Вероятность патологии",
    "six_zone_score": "Балл тяжести по шести зонам",
    "lobe_score": "Балл тяжести по пяти долям",
    "mixed_lesion": "«Матовое стекло» с консолидацией",
    "ground_glass": "«Матовое стекло»",
    "consolidation": "Консолидация",
    "chest": "Грудная клетка",
    "lung": "Лёгкое",
    "right": "справа",
    "left": "слева",
    "both": "с обеих сторон",
    "upper_zone": "Верхняя зона лёгкого",
    "middle_zone": "Средняя зона лёгкого",
    "lower_zone": "Нижняя зона лёгкого",
    "anatomical_structure": "Анатомическая структура",
    "abnormal_structure": "Патологические изменения",
    "target_pathology": "Целевая патология",
    "target_found": "Целевая патология обнаружена",
    "target_not_found": "Целевая патология не обнаружена",
    "target_below": "Меньше доли, принятой за находку",
    "grade": "Степень поражения (КТ-0 … КТ-4)",
    "grade_0": "КТ-0, нулевая",
    "grade_1": "КТ-1, лёгкая",
    "grade_2": "КТ-2, среднетяжёлая",
    "grade_3": "КТ-3, тяжёлая",
    "grade_4": "КТ-4, критическая",
    "grade_none": "Степень не определена",
    "grade_rules": "Правила определения степени",
    "grade_low": "Степень у нижней границы 95 % ДИ",
    "grade_high": "Степень у верхней границы 95 % ДИ",
    "grade_stability": "Устойчивость степени",
    "grade_stable": "устойчива",
    "grade_unstable": "неустойчива",
    "grade_by_worse_lung": "По более поражённому лёгкому",
    "grade_reason": "Почему степень не определена",
    "routing_row": "Строка таблицы маршрутизации",
    "routing_decision": "Решение по таблице маршрутизации",
    "routing_urgency": "Срочность",
    "routing_basis": "Основание маршрутизации",
    "routing_missing": "Недостающие клинические данные",
    "routing_conflict": "Противоречие или пробел таблицы",
    "acquisition_check": "Проверка сканирования",
    "warning": "Предупреждение",
    "intended_use": "Назначение",
    "statement": "Примечание",
    "service_fields": "Протокол сервиса ИИ",
    "service_date_time": "Дата и время",
    "service_warning_software": "Предупреждение о программе",
    "service_warning_use": "Предупреждение о применении",
    "service_purpose": "Назначение сервиса",
    "service_technical_data": "Технические данные",
    "service_technological_defects": "Технологические дефекты",
    "service_user_guide": "Руководство пользователя",
}
"""Meanings of codes in Russian, by our names; machines read value and scheme (PS3.3 section 8.3). At most 64 bytes."""

PHRASES: dict[str, Phrase] = {
    **FIELDS,
    **SENTENCES,
    **GROUPS,
    **{f"sr_code_{name}": Phrase(CODES[name].meaning, meaning) for name, meaning in MEANINGS_RU.items()},
}

add(PHRASES)
