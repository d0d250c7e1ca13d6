"""Phrases: captions of pictures, headings, labels and standing texts of the report."""

from __future__ import annotations

from groundglass.phrases import Phrase, add

PICTURES: dict[str, Phrase] = {
    "picture_key_slice": Phrase(
        "Slice {slice} of {slices}, {position_mm} mm: {percent} % of the lung in this slice is involved.",
        "Срез {slice} из {slices}, {position_mm} мм: поражено {percent} % лёгкого в этом срезе.",
    ),
    "picture_level_arch": Phrase(
        "Slice {slice} of {slices}, {position_mm} mm: near the aortic arch. No lesion outlined.",
        "Срез {slice} из {slices}, {position_mm} мм: около дуги аорты. Очагов поражения не выделено.",
    ),
    "picture_level_carina": Phrase(
        "Slice {slice} of {slices}, {position_mm} mm: near the carina. No lesion outlined.",
        "Срез {slice} из {slices}, {position_mm} мм: около бифуркации трахеи. Очагов поражения не выделено.",
    ),
    "picture_level_diaphragm": Phrase(
        "Slice {slice} of {slices}, {position_mm} mm: above the diaphragm. No lesion outlined.",
        "Срез {slice} из {slices}, {position_mm} мм: над диафрагмой. Очагов поражения не выделено.",
    ),
    "picture_level_middle": Phrase(
        "Slice {slice} of {slices}, {position_mm} mm. No lesion outlined.",
        "Срез {slice} из {slices}, {position_mm} мм. Очагов поражения не выделено.",
    ),
    "picture_level_lesion": Phrase(
        "Slice {slice} of {slices}, {position_mm} mm.",
        "Срез {slice} из {slices}, {position_mm} мм.",
    ),
    "picture_coronal": Phrase(
        "Coronal reformat through the most involved plane.",
        "Корональная реконструкция через плоскость наибольшего поражения.",
    ),
    "picture_coronal_clear": Phrase(
        "Coronal reformat through the middle of the lungs. No lesion outlined.",
        "Корональная реконструкция через середину лёгких. Очагов поражения не выделено.",
    ),
    "picture_sagittal_right": Phrase("Sagittal reformat, right lung.", "Сагиттальная реконструкция, правое лёгкое."),
    "picture_sagittal_left": Phrase("Sagittal reformat, left lung.", "Сагиттальная реконструкция, левое лёгкое."),
    "picture_sagittal_unknown": Phrase("Sagittal reformat.", "Сагиттальная реконструкция."),
    "picture_mip": Phrase(
        "Maximum intensity projection, coronal, {slab_mm} mm slab, lung tissue only (surroundings dimmed).",
        "Проекция максимальной интенсивности (MIP), корональная, слой {slab_mm} мм, только ткань лёгких "
        "(окружение затемнено).",
    ),
    "picture_minip": Phrase(
        "Minimum intensity projection, coronal, {slab_mm} mm slab, lungs and airways only (surroundings dimmed).",
        "Проекция минимальной интенсивности (MinIP), корональная, слой {slab_mm} мм, только лёгкие и дыхательные "
        "пути (окружение затемнено).",
    ),
    "picture_lungs_3d": Phrase(
        "The lungs in space with the lesions in red (consolidation darker), from the front, the back and both sides.",
        "Трёхмерный вид лёгких, поражение выделено красным (консолидация темнее): спереди, сзади и с обеих сторон.",
    ),
    "picture_lungs_3d_clear": Phrase(
        "The lungs in space, from the front, the back and both sides. No lesion outlined.",
        "Трёхмерный вид лёгких: спереди, сзади и с обеих сторон. Очагов поражения не выделено.",
    ),
}

HEADINGS: dict[str, Phrase] = {
    "report_title": Phrase("Chest CT: involvement of the lungs", "КТ грудной клетки: объём поражения лёгких"),
    "report_subtitle": Phrase("Report of an automatic analysis", "Протокол автоматического анализа"),
    "report_patient": Phrase("Patient", "Пациент"),
    "report_study": Phrase("Study", "Исследование"),
    "report_conclusion": Phrase("Conclusion", "Заключение"),
    "report_routing": Phrase("Routing", "Маршрутизация"),
    "report_regions": Phrase("Lungs and zones", "Лёгкие и зоны"),
    "report_lesions": Phrase("Lesions", "Участки поражения"),
    "report_profile": Phrase("Involvement slice by slice", "Объём поражения по срезам"),
    "report_key_slices": Phrase("Key slices", "Ключевые срезы"),
    "report_reformats": Phrase("Reformats and projections", "Реконструкции и проекции"),
    "report_lungs_3d": Phrase("The lungs in space", "Трёхмерный вид"),
    "report_checks": Phrase("Acquisition against the protocol", "Соответствие протоколу сканирования"),
    "report_warnings": Phrase("Warnings", "Предупреждения"),
    "report_method": Phrase("Method and limits", "Метод и его ограничения"),
    "report_ambiguities": Phrase("What the grading rules leave open", "Что правила градации оставляют открытым"),
    "report_technical": Phrase("How this report was made", "Сведения о выполнении анализа"),
    "report_signature": Phrase("Physician", "Врач"),
    "report_refused": Phrase("Not analysed", "Анализ не выполнен"),
}

LABELS: dict[str, Phrase] = {
    "report_name": Phrase("Name", "ФИО"),
    "report_patient_id": Phrase("Patient ID", "ID пациента"),
    "report_birth_date": Phrase("Born", "Дата рождения"),
    "report_sex": Phrase("Sex", "Пол"),
    "report_age": Phrase("Age", "Возраст"),
    "report_accession": Phrase("Accession no.", "Номер направления"),
    "report_institution": Phrase("Institution", "Учреждение"),
    "report_referrer": Phrase("Referring physician", "Направивший врач"),
    "report_sex_m": Phrase("male", "мужской"),
    "report_sex_f": Phrase("female", "женский"),
    "report_sex_o": Phrase("other", "другой"),
    "report_years": Phrase("{n} y", "{n} лет"),
    "report_years_1": Phrase("{n} y", "{n} год"),
    "report_years_2": Phrase("{n} y", "{n} года"),
    "report_months": Phrase("{n} months", "{n} мес."),
    "report_weeks": Phrase("{n} weeks", "{n} нед."),
    "report_days": Phrase("{n} days", "{n} дн."),
    "report_study_date": Phrase("Study date", "Дата исследования"),
    "report_description": Phrase("Description", "Описание"),
    "report_series": Phrase("Series", "Серия"),
    "report_scanner": Phrase("Scanner", "Аппарат"),
    "report_technique": Phrase("Technique", "Параметры"),
    "report_kernel": Phrase("kernel {kernel}", "фильтр {kernel}"),
    "report_slices": Phrase("Slices", "Срезы"),
    "report_slices_value": Phrase("{n}, every {spacing} mm", "{n}, шаг {spacing} мм"),
    "report_pixel": Phrase("pixel {a} × {b} mm", "пиксель {a} × {b} мм"),
    "report_contrast": Phrase("Contrast agent", "Контрастирование"),
    "report_contrast_yes": Phrase("yes", "да"),
    "report_contrast_no": Phrase("no", "нет"),
    "report_contrast_unknown": Phrase("not stated", "не указано"),
    "report_coverage": Phrase("Coverage", "Охват"),
    "report_coverage_whole": Phrase("whole lungs", "лёгкие полностью"),
    "report_coverage_partial": Phrase("part of the lungs", "часть лёгких"),
    "report_coverage_none": Phrase("no lungs", "лёгких нет"),
    "report_position": Phrase("Patient position", "Положение пациента"),
    "report_study_uid": Phrase("Study UID", "UID исследования"),
    "report_series_uid": Phrase("Series UID", "UID серии"),
    "report_involvement": Phrase("Involvement of the lungs", "Объём поражения лёгких"),
    "report_interval": Phrase("95 % interval {low}–{high} %", "95 % ДИ {low}–{high} %"),
    "report_worse_lung": Phrase("Worse lung", "Более поражённое лёгкое"),
    "report_worse_lung_value": Phrase("{percent} %, by itself {grade}", "{percent} %, отдельно {grade}"),
    "report_worse_lung_percent": Phrase("{percent} %", "{percent} %"),
    "report_ground_glass": Phrase("Ground glass", "Матовое стекло"),
    "report_consolidation": Phrase("Consolidation", "Консолидация"),
    "report_mixed": Phrase("Mixed", "Смешанное"),
    "report_six_zones": Phrase("Six-zone score", "Балл по шести зонам"),
    "report_lobes": Phrase("Lobe score", "Балл по долям"),
    "report_of": Phrase("{n} of {most}", "{n} из {most}"),
    "report_probability": Phrase("Probability of pathology", "Вероятность патологии"),
    "report_rules": Phrase("Rules: {name}, version {version}, {lungs}", "Правила: {name}, версия {version}, {lungs}"),
    "report_rules_foreign": Phrase("Rules: {rules}", "Правила: {rules}"),
    "report_rules_whole_lung": Phrase("share of both lungs", "доля обоих лёгких"),
    "report_rules_worse_lung": Phrase("share of the worse lung", "доля более поражённого лёгкого"),
    "report_grade": Phrase("Grade", "Степень"),
    "report_stable": Phrase("stable", "устойчиво"),
    "report_unstable": Phrase("unstable", "неустойчиво"),
    "report_row": Phrase("Row of the table", "Строка таблицы"),
    "report_decision": Phrase("Decision", "Решение"),
    "report_urgency": Phrase("Urgency", "Срочность"),
    "report_basis": Phrase("Basis", "Основание"),
    "report_missing": Phrase("Missing data", "Недостающие данные"),
    "report_conflicts": Phrase("Conflicts and gaps", "Противоречия и пробелы"),
    "report_right": Phrase("Right", "Правое"),
    "report_left": Phrase("Left", "Левое"),
    "report_both": Phrase("Both", "Оба"),
    "report_lung_volume": Phrase("Lung, ml", "Объём лёгкого, мл"),
    "report_lesion_volume": Phrase("Lesions, ml", "Объём поражения, мл"),
    "report_ground_glass_ml": Phrase("of them ground glass, ml", "в том числе матовое стекло, мл"),
    "report_consolidation_ml": Phrase("of them consolidation, ml", "в том числе консолидация, мл"),
    "report_percent": Phrase("Involved, %", "Поражено, %"),
    "report_zone_upper_percent": Phrase("upper zone, %", "верхняя зона, %"),
    "report_zone_middle_percent": Phrase("middle zone, %", "средняя зона, %"),
    "report_zone_lower_percent": Phrase("lower zone, %", "нижняя зона, %"),
    "report_number": Phrase("No.", "№"),
    "report_kind": Phrase("Kind", "Вид"),
    "report_where": Phrase("Where", "Расположение"),
    "report_volume": Phrase("Volume, ml", "Объём, мл"),
    "report_share": Phrase("Of lungs, %", "От лёгких, %"),
    "report_mean_hu": Phrase("Mean, HU", "Средняя, HU"),
    "report_slice": Phrase("Slice", "Срез"),
    "report_side_right": Phrase("right", "справа"),
    "report_side_left": Phrase("left", "слева"),
    "report_side_both": Phrase("both sides", "с обеих сторон"),
    "report_side_unknown": Phrase("side unknown", "сторона неизвестна"),
    "report_zone_upper": Phrase("upper zone", "верхняя зона"),
    "report_zone_middle": Phrase("middle zone", "средняя зона"),
    "report_zone_lower": Phrase("lower zone", "нижняя зона"),
    "report_more_lesions": Phrase(
        "{n} smaller lesions are not listed, together {volume} ml.",
        "Более мелкие участки (всего {n}, вместе {volume} мл) не перечислены.",
    ),
    "report_profile_axis": Phrase("involved, % of the lung in the slice", "поражено, % лёгкого в срезе"),
    "report_profile_feet": Phrase("feet", "ноги"),
    "report_profile_head": Phrase("head", "голова"),
    "report_profile_alt": Phrase(
        "Bar chart of the involved share of lung in each of {n} slices from feet to head; the most is {most} % "
        "in slice {slice}.",
        "Столбчатая диаграмма доли поражённого лёгкого в каждом из {n} срезов от ног к голове; наибольшая, {most} %, "
        "в срезе {slice}.",
    ),
    "report_error": Phrase("error", "ошибка"),
    "report_warning": Phrase("warning", "внимание"),
    "report_info": Phrase("note", "примечание"),
    "report_software": Phrase("Software", "Программа"),
    "report_models": Phrase("Models", "Модели"),
    "report_no_models": Phrase("none: classical image analysis", "нет: классический анализ изображений"),
    "report_options": Phrase("Options", "Настройки"),
    "report_lung_method": Phrase("Lungs found by", "Выделение лёгких"),
    "report_seconds": Phrase("Seconds", "Время, с"),
    "report_schema": Phrase("Result schema", "Схема результата"),
    "report_code_label": Phrase("Code", "Код"),
    "report_ml": Phrase("ml", "мл"),
    "report_kv": Phrase("kV", "кВ"),
    "report_ma": Phrase("mA", "мА"),
    "report_thickness": Phrase("{mm} mm thick", "толщина {mm} мм"),
    "report_reason": Phrase("Reason", "Причина"),
    "report_sign_name": Phrase("Name, signature", "ФИО, подпись"),
    "report_sign_date": Phrase("Date", "Дата"),
    "report_sign_opinion": Phrase("Opinion of the physician", "Заключение врача"),
    "report_page": Phrase("Page", "Страница"),
    "report_page_of": Phrase("of", "из"),
    "report_missing_value": Phrase("— not known or not measured", "— неизвестно или не измерено"),
}

TEXTS: dict[str, Phrase] = {
    "report_physician_decides": Phrase(
        "Figures and pictures of software. A physician reads the study and decides.",
        "Расчёты и изображения получены программой. Исследование описывает и решение принимает врач.",
    ),
    "report_grade_word_0": Phrase("zero", "нулевая"),
    "report_grade_word_1": Phrase("mild", "лёгкая"),
    "report_grade_word_2": Phrase("moderate", "среднетяжёлая"),
    "report_grade_word_3": Phrase("severe", "тяжёлая"),
    "report_grade_word_4": Phrase("critical", "критическая"),
    "report_grade_stable": Phrase(
        "The whole interval lies within this grade.",
        "Весь интервал лежит в пределах этой степени.",
    ),
    "report_grade_unstable": Phrase(
        "The interval crosses a limit between grades: {low} to {high} are possible.",
        "Интервал пересекает границу степеней: возможны от {low} до {high}.",
    ),
    "report_grade_zero": Phrase(
        "No opacity was found that exceeds the least share counted. This does not exclude disease.",
        "Уплотнений, превышающих наименьшую учитываемую долю, не выявлено. Это не исключает заболевания.",
    ),
    "report_not_graded": Phrase("No grade", "Степень не определена"),
    "report_partial": Phrase(
        "PART OF THE LUNGS ONLY. The figures hold for the part that is shown; no grade is given.",
        "ПОКАЗАНА ТОЛЬКО ЧАСТЬ ЛЁГКИХ. Значения относятся к показанной части; степень не определяется.",
    ),
    "report_ungraded": Phrase(
        "No grade could be given under the rules named below.",
        "По указанным ниже правилам степень определить нельзя.",
    ),
    "report_sides_unknown": Phrase(
        "Right and left are not known in this volume: the file does not say how it lies. Figures of sides and zones "
        "are left out, and the pictures carry question marks.",
        "Правая и левая стороны в этом объёме неизвестны: файл не указывает его ориентацию. Значения по сторонам и "
        "зонам не приводятся, на изображениях стоят вопросительные знаки.",
    ),
    "report_refused_text": Phrase(
        "This study was not analysed, and nothing about the lungs can be concluded from it here.",
        "Исследование не проанализировано; выводов о состоянии лёгких по нему здесь нет.",
    ),
    "report_refused_todo": Phrase(
        "The last part of the reason says what can be done. The study itself was not changed.",
        "В конце причины указано, что можно сделать. Само исследование не изменено.",
    ),
    "report_routing_note": Phrase(
        "The table is a recommendation of 2020 (Morozov et al., Digital Diagnostics 2020;1(1):49–59, Table 2). "
        "A picture alone never routes a patient.",
        "Таблица содержит рекомендации 2020 года (Морозов С. П. и соавт., Digital Diagnostics 2020;1(1):49–59, "
        "табл. 2). Одна лишь КТ-картина не определяет маршрут пациента.",
    ),
    "report_regions_note": Phrase(
        "Zones: upper, down to the carina; lower, below the inferior pulmonary veins or the surrogate named under "
        "the method; middle, between them.",
        "Зоны: верхняя — до бифуркации трахеи; нижняя — ниже нижних лёгочных вен или ориентира, названного в "
        "описании метода; средняя — между ними.",
    ),
    "report_pictures_note": Phrase(
        "Amber line: lesion. Dashed red line: consolidation within it. Red rectangle: where to look. "
        "R right, L left, A front, P back, H head, F feet.",
        "Жёлтая линия: участок поражения. Красный пунктир: консолидация в нём. Красный прямоугольник: место поражения. "
        "R — право, L — лево, A — перед, P — зад, H — голова, F — ноги.",
    ),
    "report_no_lesions": Phrase("No lesion was outlined.", "Участков поражения не выделено."),
    "report_no_warnings": Phrase("None.", "Нет."),
    "report_no_checks": Phrase(
        "No check was made: the header was not available.", "Проверка не проводилась: заголовок недоступен."
    ),
    "report_method_what": Phrase(
        "Involvement is 100 × the volume of lesions in the lungs / the volume of the lungs. A lesion is the region "
        "that a reader would outline: ground glass, consolidation and what they enclose. The lungs include lesions "
        "and consolidated lung, and exclude the trachea, the main bronchi and effusion.",
        "Объём поражения = 100 × объём участков поражения в лёгких / объём лёгких. Участок поражения — область, "
        "которую обвёл бы врач: матовое стекло, консолидация и то, что они охватывают. В объём лёгких входят участки "
        "поражения и консолидации; трахея, главные бронхи и выпот не входят.",
    ),
    "report_method_moscow": Phrase(
        "Within −700..−130 HU, the range used for the masks of a published data set, lie {volume} ml of the lesions.",
        "В диапазоне −700..−130 HU, принятом для масок опубликованного набора данных, лежит {volume} мл поражения.",
    ),
    "report_method_interval": Phrase(
        "The interval states the uncertainty of the measured percentage, not that of the disease. Two experts, or one "
        "expert twice, differ as well.",
        "Интервал выражает неопределённость измеренного процента, а не течения болезни. Два эксперта, или один эксперт "
        "дважды, тоже расходятся в оценке.",
    ),
    "report_method_limits": Phrase(
        "Ground glass and consolidation have many causes; this analysis does not tell them apart. Small or faint "
        "lesions, lesions beside vessels, at the diaphragm and in lungs breathed out may be missed or wrongly marked. "
        "Tumours, nodules, emboli, effusion, emphysema and everything outside the lungs are not assessed.",
        "Матовое стекло и консолидация имеют много причин; анализ их не различает. Мелкие и бледные участки, участки "
        "у сосудов, у диафрагмы и при сканировании на выдохе могут быть пропущены или отмечены ошибочно. Опухоли, "
        "узелки, тромбоэмболия, выпот, эмфизема и всё вне лёгких не оцениваются.",
    ),
}

PHRASES: dict[str, Phrase] = {**PICTURES, **HEADINGS, **LABELS, **TEXTS}

add(PHRASES)
