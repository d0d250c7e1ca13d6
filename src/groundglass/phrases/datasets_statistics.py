"""Phrases: statistics of a data set: tables, figures, and what describe says."""

from __future__ import annotations

from groundglass.phrases import Phrase, add

_HEADINGS: dict[str, Phrase] = {
    "stats_overview": Phrase("In all", "Всего"),
    "stats_what": Phrase("What", "Показатель"),
    "stats_number": Phrase("Number", "Число"),
    "stats_studies": Phrase("Studies", "Исследований"),
    "stats_patients": Phrase("Patients", "Пациентов"),
    "stats_share": Phrase("Share of all {count}", "Доля от всех {count}"),
    "stats_unknown": Phrase("unknown", "не указано"),
    "stats_not_known": Phrase("not known", "неизвестно"),
    "stats_rarer": Phrase("{count} rarer ones together", "ещё {count}, более редкие, вместе"),
    "stats_known_for": Phrase("Known for, studies", "Известно для исследований"),
    "stats_minimum": Phrase("Least", "Минимум"),
    "stats_lower_quartile": Phrase("Lower quartile", "Нижний квартиль"),
    "stats_median": Phrase("Median", "Медиана"),
    "stats_upper_quartile": Phrase("Upper quartile", "Верхний квартиль"),
    "stats_maximum": Phrase("Largest", "Максимум"),
    "stats_mean": Phrase("Mean", "Среднее"),
    "stats_total": Phrase("Sum", "Сумма"),
    "stats_property": Phrase("Property", "Параметр"),
    "stats_property_unit": Phrase("{name}, {unit}", "{name}, {unit}"),
    "stats_with_lesion_mask": Phrase("studies with a lesion mask", "исследований с маской поражения"),
    "stats_masks_by": Phrase("lesion masks drawn by: {who}", "масок поражения, выполненных: {who}"),
    "stats_empty_masks": Phrase("of the lesion masks, empty", "из масок поражения — пустых"),
    "stats_masks_unmeasured": Phrase("of the lesion masks, volume not known", "из масок поражения — без объёма"),
    "stats_with_lung_mask": Phrase("studies with a lung mask", "исследований с маской лёгких"),
    "stats_patients_with": Phrase("patients with {count} studies", "пациентов с {count} исследованиями"),
    "stats_patients_with_one": Phrase("patients with one study", "пациентов с одним исследованием"),
    "stats_sites": Phrase("organisations", "организаций"),
    "stats_without_patient": Phrase("studies without a patient's name", "исследований без имени пациента"),
    "stats_grades_by": Phrase("grades given by: {who}", "степеней, присвоенных: {who}"),
    "stats_numbers": Phrase("Measurements", "Измерения"),
    "stats_involvement_by_grade": Phrase("Involvement by grade, %", "Объём поражения по степеням, %"),
    "stats_decades": Phrase("Age and sex", "Возраст и пол"),
    "stats_decade": Phrase("Age, years", "Возраст, лет"),
    "stats_as_decades": Phrase(
        "first years of decades: the ages themselves are not published",
        "первые годы десятилетий: сам возраст не публикуется",
    ),
    "stats_places": Phrase("Where changes lie", "Локализация изменений"),
    "stats_place": Phrase("Place", "Локализация"),
    "stats_place_note": Phrase(
        "known for {count} studies; a study counts at each of its places",
        "известна для исследований: {count}; исследование учтено в каждой локализации",
    ),
    "stats_sides": Phrase("Sides", "Стороны"),
    "stats_parts": Phrase("Parts of the set", "Части набора"),
    "stats_part": Phrase("Part", "Часть"),
    "stats_no_part": Phrase("none", "без части"),
    "stats_median_age": Phrase("Median age, years", "Медиана возраста, лет"),
    "stats_funnel": Phrase("How the studies were selected", "Как отобраны исследования"),
    "stats_step": Phrase("Step", "Шаг"),
    "stats_out": Phrase("Studies out", "Исключено исследований"),
    "stats_left": Phrase("Studies left", "Осталось исследований"),
    "stats_patients_left": Phrase("Patients left", "Осталось пациентов"),
    "stats_small_cells": Phrase(
        "What fewer than {limit} patients share", "Признаки, общие менее чем для {limit} пациентов"
    ),
    "stats_cell": Phrase("Combination", "Сочетание"),
    "stats_cells_more": Phrase("{count} more such combinations", "ещё таких сочетаний: {count}"),
}

_AGREEMENT: dict[str, Phrase] = {
    "stats_agreement": Phrase("Agreement of readers", "Согласие врачей"),
    "stats_value": Phrase("Value", "Значение"),
    "stats_interval": Phrase("95 % interval", "95 % доверительный интервал"),
    "stats_rests_on": Phrase("Rests on", "Основано на"),
    "stats_of_studies": Phrase("{count} studies", "{count} исслед."),
    "stats_of_patients": Phrase("{count} patients", "{count} пац."),
    "stats_read_twice": Phrase("studies with at least two reads", "исследований не менее чем с двумя оценками"),
    "stats_reads_left_out": Phrase("reads that are no grade, left out", "оценок, не являющихся степенью, не учтено"),
    "stats_percent_same": Phrase("all readers gave the same grade, %", "все врачи поставили одну степень, %"),
    "stats_percent_within_one": Phrase(
        "grades differ by one step at most, %", "степени различаются не более чем на одну, %"
    ),
    "stats_kappa": Phrase("Cohen's kappa, quadratic weights", "каппа Коэна с квадратичными весами"),
    "stats_alpha": Phrase("Krippendorff's alpha, ordinal", "альфа Криппендорфа, порядковая"),
    "stats_pairs": Phrase("Pairs of reads", "Пары оценок"),
    "stats_earlier_read": Phrase("Earlier read", "Первая из двух оценок"),
    "stats_later_read": Phrase("later: {grade}", "вторая: {grade}"),
    "stats_later_read_axis": Phrase("Later read", "Вторая из двух оценок"),
}

_PROPERTIES: dict[str, Phrase] = {
    "stats_grade": Phrase("Grade", "Степень"),
    "stats_sex": Phrase("Sex", "Пол"),
    "stats_scanner": Phrase("Scanner", "Аппарат"),
    "stats_site": Phrase("Organisation", "Организация"),
    "stats_kernel_class": Phrase("Kind of kernel", "Тип алгоритма реконструкции"),
    "stats_kernel": Phrase("Kernel", "Алгоритм (ядро) реконструкции"),
    "stats_kvp_kv": Phrase("Tube voltage, kV", "Напряжение на трубке, кВ"),
    "stats_contrast": Phrase("Contrast medium", "Контрастное вещество"),
    "stats_pattern": Phrase("Pattern", "Характер изменений"),
    "stats_age_years": Phrase("age at the study", "возраст на дату исследования"),
    "stats_age_years_of_patients": Phrase(
        "age of patients, at the first study of each", "возраст пациентов при первом исследовании"
    ),
    "stats_slice_thickness_mm": Phrase("slice thickness", "толщина среза"),
    "stats_slices_original": Phrase("slices before thinning", "срезов до прореживания"),
    "stats_slices": Phrase("slices in the set", "срезов в наборе"),
    "stats_spacing_slice_mm": Phrase("distance of slices in the set", "шаг срезов в наборе"),
    "stats_spacing_row_mm": Phrase("distance of rows", "шаг строк"),
    "stats_spacing_column_mm": Phrase("distance of columns", "шаг столбцов"),
    "stats_lesion_ml": Phrase("volume of the lesion mask", "объём маски поражения"),
    "stats_ground_glass_ml": Phrase("of it ground glass, where told apart", "из него «матовое стекло», где выделено"),
    "stats_consolidation_ml": Phrase("of it consolidation, where told apart", "из него консолидация, где выделена"),
    "stats_lesions": Phrase("connected regions of the lesion mask", "связных областей маски поражения"),
    "stats_lungs_ml": Phrase("volume of the lungs", "объём лёгких"),
    "stats_involvement_percent": Phrase("involvement, of the lungs", "объём поражения лёгких"),
    "stats_unit_years": Phrase("years", "лет"),
    "stats_unit_mm": Phrase("mm", "мм"),
    "stats_unit_ml": Phrase("ml", "мл"),
    "stats_unit_percent": Phrase("%", "%"),
}

_VALUES: dict[str, Phrase] = {
    "stats_value_sex_m": Phrase("men", "мужчины"),
    "stats_value_sex_f": Phrase("women", "женщины"),
    "stats_value_sex_o": Phrase("other", "иное"),
    "stats_value_kernel_class_soft": Phrase("soft tissue", "мягкотканный"),
    "stats_value_kernel_class_lung": Phrase("lung", "лёгочный"),
    "stats_value_kernel_class_bone": Phrase("bone", "костный"),
    "stats_value_contrast_no": Phrase("no", "нет"),
    "stats_value_contrast_yes": Phrase("yes", "да"),
    "stats_value_pattern_ground_glass": Phrase("ground glass", "«матовое стекло»"),
    "stats_value_pattern_mixed": Phrase("mixed", "смешанный"),
    "stats_value_pattern_consolidation": Phrase("consolidation", "консолидация"),
    "stats_value_pattern_none": Phrase("no changes", "изменений нет"),
    "stats_value_place_right_upper": Phrase("right upper zone", "верхняя зона справа"),
    "stats_value_place_right_middle": Phrase("right middle zone", "средняя зона справа"),
    "stats_value_place_right_lower": Phrase("right lower zone", "нижняя зона справа"),
    "stats_value_place_left_upper": Phrase("left upper zone", "верхняя зона слева"),
    "stats_value_place_left_middle": Phrase("left middle zone", "средняя зона слева"),
    "stats_value_place_left_lower": Phrase("left lower zone", "нижняя зона слева"),
    "stats_value_place_right": Phrase("right lung", "правое лёгкое"),
    "stats_value_place_left": Phrase("left lung", "левое лёгкое"),
    "stats_value_place_both": Phrase("both lungs", "оба лёгких"),
    "stats_value_place_bilateral": Phrase("both lungs", "оба лёгких"),
    "stats_value_side_right": Phrase("right lung alone", "только правое лёгкое"),
    "stats_value_side_left": Phrase("left lung alone", "только левое лёгкое"),
    "stats_value_side_both": Phrase("both lungs", "оба лёгких"),
    "stats_value_split_train": Phrase("train", "обучение (train)"),
    "stats_value_split_validation": Phrase("validation", "валидация (validation)"),
    "stats_value_split_test": Phrase("test", "тест (test)"),
    "stats_value_who_people": Phrase("people", "людьми"),
    "stats_value_who_table": Phrase("people", "людьми"),
    "stats_value_who_analysis": Phrase("software", "программой"),
    "stats_value_who_unknown": Phrase("not said", "не указано"),
    "stats_value_property_sex": Phrase("sex", "пол"),
    "stats_value_property_age": Phrase("age", "возраст"),
    "stats_value_property_grade": Phrase("grade", "степень"),
    "stats_value_property_manufacturer": Phrase("manufacturer", "производитель"),
    "stats_value_property_model": Phrase("model", "модель"),
    "stats_value_property_scanner": Phrase("scanner", "аппарат"),
}

_FIGURES: dict[str, Phrase] = {
    "stats_figure_grades": Phrase("Grades", "Степени"),
    "stats_figure_age": Phrase("Age at the study, by sex", "Возраст на дату исследования, по полу"),
    "stats_figure_scanners": Phrase("Scanners", "Аппараты"),
    "stats_figure_slices": Phrase("Slices and their distance", "Число срезов и их шаг"),
    "stats_figure_lesions": Phrase("Volumes of the lesion masks", "Объёмы масок поражения"),
    "stats_figure_involvement": Phrase("Involvement by grade", "Объём поражения по степеням"),
    "stats_figure_localisation": Phrase("Where changes lie", "Локализация изменений"),
    "stats_figure_pattern": Phrase("Pattern of changes", "Характер изменений"),
    "stats_figure_agreement": Phrase("Agreement of two reads", "Согласие двух оценок"),
    "stats_figure_funnel": Phrase("How the studies were selected", "Как отобраны исследования"),
    "stats_figure_parts": Phrase("Grades in the parts of the set", "Степени в частях набора"),
    "stats_axis_studies": Phrase("Studies", "Исследований"),
    "stats_axis_slices": Phrase("Slices of a study", "Срезов в исследовании"),
    "stats_axis_slices_original": Phrase("Slices before thinning", "Срезов до прореживания"),
    "stats_axis_spacing": Phrase("Distance of slices, mm", "Шаг срезов, мм"),
    "stats_axis_age": Phrase("Age, years", "Возраст, лет"),
    "stats_axis_lesion_ml": Phrase("Volume of the lesion mask, ml", "Объём маски поражения, мл"),
    "stats_axis_involvement": Phrase("Involvement, % of the lungs", "Объём поражения, % лёгких"),
    "stats_axis_share": Phrase("Share of the part, %", "Доля части, %"),
    "stats_axis_pairs": Phrase("Pairs of reads", "Пар оценок"),
    "stats_n": Phrase("n = {count}", "n = {count}"),
    "stats_n_unknown": Phrase("n = {count}, unknown {unknown}", "n = {count}, не указано {unknown}"),
    "stats_of_median": Phrase("median {value}", "медиана {value}"),
    "stats_of_empty": Phrase("{count} empty masks left out", "пустых масок, не показанных: {count}"),
    "stats_box_note": Phrase(
        "box: quartiles, bar: median, line: least to largest; dashed: limits of grades",
        "прямоугольник — квартили, черта — медиана, линия — размах; пунктир — границы степеней",
    ),
    "stats_sex_unknown": Phrase("sex unknown", "пол не указан"),
    "stats_percent_same_short": Phrase("same grade, %:", "одна и та же степень, %:"),
    "stats_kappa_short": Phrase("weighted kappa:", "взвешенная каппа:"),
    "stats_alpha_short": Phrase("Krippendorff's alpha:", "альфа Криппендорфа:"),
    "stats_axis_left": Phrase("Studies left", "Осталось исследований"),
    "stats_right_lung": Phrase("Right lung", "Правое лёгкое"),
    "stats_left_lung": Phrase("Left lung", "Левое лёгкое"),
    "stats_share_of_known": Phrase(
        "share of the {count} studies that say where", "доля исследований с указанной локализацией ({count})"
    ),
}

_ABOUT: dict[str, Phrase] = {
    "stats_about_title": Phrase("Data set", "Набор данных"),
    "stats_about_name": Phrase("Name and version", "Имя и версия"),
    "stats_about_date": Phrase("Date", "Дата"),
    "stats_about_layout": Phrase("Layout", "Раскладка файлов"),
    "stats_about_own": Phrase("made by groundglass", "создан groundglass"),
    "stats_about_description": Phrase("Description", "Описание"),
    "stats_about_purpose": Phrase("Purpose", "Назначение"),
    "stats_about_licence": Phrase("Licence", "Лицензия"),
    "stats_about_authors": Phrase("Authors", "Авторы"),
    "stats_about_citation": Phrase("Citation", "Как цитировать"),
    "stats_about_doi": Phrase("DOI", "DOI"),
    "stats_about_url": Phrase("Address", "Адрес"),
    "stats_about_contact": Phrase("Contact", "Контакты"),
    "stats_card": Phrase("Card", "Карточка"),
    "stats_card_field": Phrase("Field", "Поле"),
}

_WARNINGS: dict[str, Phrase] = {
    "statistics_thin": Phrase(
        "{property} is unknown for {unknown} of {studies} studies: nobody can judge bias",
        "{property}: не указано для {unknown} исследований из {studies}, оценить смещение нельзя",
    ),
    "describe_pictures_not_there": Phrase(
        "none of the pictures of the {studies} studies is there: what is told of them is what tables and masks say",
        "файлов исследований нет ни для одного из {studies}: приведено то, что говорят таблицы и маски",
    ),
    "describe_problems": Phrase(
        "something is wrong with tables or files, errors: {errors}, warnings: {warnings}; groundglass dataset validate "
        "names them",
        "с таблицами или файлами не всё в порядке: ошибок {errors}, предупреждений {warnings}; их назовёт "
        "groundglass dataset validate",
    ),
    "describe_files_not_measured": Phrase(
        "{count} files could not be measured: {reason}", "не удалось измерить файлов: {count}, причина {reason}"
    ),
    "describe_labels_unknown": Phrase(
        "what the numbers of the masks stand for is not known ({reason}): they were not measured",
        "неизвестно, что означают числа масок ({reason}): маски не измерены",
    ),
    "describe_card_field": Phrase(
        "fields of the card have a value that cannot be understood: {fields}",
        "значения полей карточки не удалось понять: {fields}",
    ),
    "statistics_small_cells": Phrase(
        "combinations of sex, age, grade and scanner that fewer than {limit} patients share: {cells}; that one patient "
        "alone has: {single}. Whether they may be published, a person decides",
        "сочетаний пола, возраста, степени и аппарата, общих менее чем для {limit} пациентов: {cells}; принадлежащих "
        "одному пациенту: {single}. Можно ли их публиковать, решает человек",
    ),
}

add(_HEADINGS)
add(_AGREEMENT)
add(_PROPERTIES)
add(_VALUES)
add(_FIGURES)
add(_ABOUT)
add(_WARNINGS)
