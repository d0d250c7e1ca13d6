"""Words of the documents of a data set: headings and sentences of its README, its changelog and its licence file."""

from __future__ import annotations

from groundglass.phrases import Phrase, add

_HEADINGS: dict[str, tuple[str, str]] = {
    "what": ("What it is", "Что это"),
    "licence": ("Licence", "Лицензия"),
    "citing": ("How to cite", "Как цитировать"),
    "content": ("Content and structure", "Содержание и структура"),
    "registry": ("Columns of dataset_registry.xlsx and .csv", "Столбцы dataset_registry.xlsx и .csv"),
    "columns": ("Columns of studies.csv", "Столбцы studies.csv"),
    "chosen": ("How the studies were chosen", "Как отобраны исследования"),
    "grades": ("Grades", "Степени"),
    "masks": ("Masks", "Маски"),
    "conversion": ("Conversion and thinning", "Преобразование и прореживание"),
    "deidentification": ("De-identification", "Обезличивание"),
    "splits": ("Parts of the set", "Части набора"),
    "statistics": ("Statistics", "Статистика"),
    "card": ("Card", "Карточка набора"),
    "limits": ("Known limits", "Известные ограничения"),
    "use": ("Intended use", "Назначение"),
    "changes": ("Changes in this version", "Изменения в этой версии"),
    "contact": ("Authors and contact", "Авторы и контакты"),
    "references": ("References", "Литература"),
}

_LABELS: dict[str, tuple[str, str]] = {
    "name": ("Name", "Имя"),
    "version": ("Version", "Версия"),
    "date": ("Date", "Дата"),
    "authors": ("Authors", "Авторы"),
    "publisher": ("Publisher", "Издатель"),
    "contact": ("Contact", "Контакт"),
    "address": ("Address", "Адрес"),
    "studies": ("Studies", "Исследований"),
    "patients": ("Patients", "Пациентов"),
    "graded": ("Studies with a grade", "Исследований со степенью"),
    "lesion_masks": ("Studies with a lesion mask", "Исследований с маской поражения"),
    "lung_masks": ("Studies with a lung mask", "Исследований с маской лёгких"),
    "masks_short": ("Masks", "Масок"),
    "format": ("Format", "Формат"),
    "format_value": ("NIfTI-1, gzip (.nii.gz)", "NIfTI-1, gzip (.nii.gz)"),
    "layout": ("Layout", "Раскладка файлов"),
    "licence": ("Licence", "Лицензия"),
    "spdx": ("SPDX identifier", "Идентификатор SPDX"),
    "licence_text": ("Full text", "Полный текст"),
    "commercial": ("Commercial use", "Коммерческое использование"),
    "derivatives": ("Passing on changed versions", "Распространение изменённых версий"),
    "attribution": ("Naming the authors", "Указание авторов"),
    "share_alike": ("Same licence for what is made of it", "Та же лицензия для производных"),
    "permitted": ("permitted", "разрешено"),
    "not_permitted": ("not permitted", "не разрешено"),
    "required": ("required", "требуется"),
    "not_required": ("not required", "не требуется"),
    "column": ("Column", "Столбец"),
    "kind": ("Kind", "Тип"),
    "meaning": ("Meaning", "Значение"),
    "filled": ("Filled", "Заполнен"),
    "kind_text": ("text", "текст"),
    "kind_integer": ("whole number", "целое число"),
    "kind_number": ("number", "число"),
    "step": ("Step", "Шаг"),
    "left_studies": ("Studies left", "Осталось исследований"),
    "out_studies": ("Out", "Выбыло"),
    "left_patients": ("Patients left", "Осталось пациентов"),
    "class": ("Class", "Класс"),
    "share": ("Share", "Доля"),
    "criterion": ("Criterion", "Критерий"),
    "no_grade": ("without a grade", "без степени"),
    "value": ("Value", "Значение"),
    "field": ("Field", "Поле"),
    "in_lesions": ("lesion mask", "маска поражения"),
    "in_lungs": ("lung mask", "маска лёгких"),
    "mask": ("Mask", "Маска"),
    "number": ("Value in the file", "Значение в файле"),
    "part": ("Part", "Часть"),
    "by_people": ("by people", "разметка людей"),
    "by_analysis": ("by software", "разметка программы"),
    "not_stated": ("not stated", "не указано"),
    "not_published": ("not published", "не публикуется"),
    "background": ("background", "фон"),
    "label_lesion": ("lesion", "поражение"),
    "label_ground_glass": ("ground-glass opacity", "«матовое стекло»"),
    "label_consolidation": ("consolidation", "консолидация"),
    "label_lung": ("lung", "лёгкое"),
    "label_right_lung": ("right lung", "правое лёгкое"),
    "label_left_lung": ("left lung", "левое лёгкое"),
    "sex_m": ("men", "мужчины"),
    "sex_f": ("women", "женщины"),
    "sex_o": ("other", "другой"),
    "unknown": ("unknown", "неизвестно"),
    "range_min": ("min", "мин."),
    "range_median": ("median", "медиана"),
    "range_mean": ("mean", "среднее"),
    "range_max": ("max", "макс."),
    "count_lesions": ("lesion masks", "масок поражения"),
    "count_by_people": ("drawn by people", "нарисовано людьми"),
    "count_by_analysis": ("made by software", "получено программой"),
    "count_lungs": ("lung masks", "масок лёгких"),
    "label_grade": ("grade (CT-0 to CT-4)", "степень (КТ-0 ... КТ-4)"),
    "label_lesion_mask": ("lesion mask", "маска поражения"),
    "label_lung_mask": ("lung mask", "маска лёгких"),
    "page": ("page", "стр."),
    "page_of": ("of", "из"),
    "version_short": ("version {version}", "версия {version}"),
    "figure": ("Figure {number}", "Рисунок {number}"),
    "group_clinical": ("Clinical subject", "Клинический предмет"),
    "group_population": ("Population", "Популяция"),
    "group_purpose": ("Purpose", "Назначение"),
    "group_labels": ("Annotation", "Разметка"),
    "group_verification": ("Verification", "Верификация"),
    "group_record": ("Records", "Записи набора"),
    "group_use": ("Use and limits", "Использование и ограничения"),
    "group_publishing": ("Publication", "Публикация"),
    "tree_registry": ("table of studies: file, grade, mask", "таблица исследований: файл, степень, маска"),
    "tree_studies_csv": ("everything known of each study", "всё, что известно о каждом исследовании"),
    "tree_manifest": ("what the set is, for programs", "описание набора для программ"),
    "tree_readme": ("this description", "это описание"),
    "tree_licence": ("licence", "лицензия"),
    "tree_citation": ("how to cite, for programs", "как цитировать, для программ"),
    "tree_changelog": ("what changed from version to version", "что менялось от версии к версии"),
    "tree_card": ("card of the set", "карточка набора"),
    "tree_croissant": ("Croissant metadata (JSON-LD)", "метаданные Croissant (JSON-LD)"),
    "tree_funnel": ("how the studies were chosen", "как отобраны исследования"),
    "tree_statistics": ("numbers of the set", "числа набора"),
    "tree_statistics_figures": ("figures", "рисунки"),
    "tree_splits": ("part of each study", "часть набора для каждого исследования"),
    "tree_folds": ("folds, for nnU-Net", "разбиения для nnU-Net"),
    "tree_nnunet": ("description for nnU-Net", "описание для nnU-Net"),
    "tree_bids": ("description for BIDS programs", "описание для программ BIDS"),
    "tree_participants": ("studies as BIDS lists them", "исследования в формате BIDS"),
    "tree_bidsignore": ("files that are not of BIDS", "файлы вне стандарта BIDS"),
    "tree_derivatives": ("what was drawn or measured", "разметка и измерения"),
    "tree_sums": ("SHA-256 of every file", "SHA-256 каждого файла"),
    "tree_pictures": ("pictures", "изображения"),
    "tree_masks": ("lesion masks", "маски поражения"),
    "tree_lungs": ("lung masks", "маски лёгких"),
    "tree_results": ("results of the software", "результаты программы"),
    "tree_other": ("further files of the layout", "другие файлы раскладки"),
    "tree_more": ("... {count} files in all", "... всего файлов: {count}"),
}

_LAYOUTS: dict[str, tuple[str, str]] = {
    "mosmed": ("MosMedData: a folder a grade", "MosMedData: папка на каждую степень"),
    "nnunet": ("nnU-Net, raw data", "nnU-Net, исходные данные"),
    "bids": ("BIDS-like: a folder a study", "как в BIDS: папка на каждое исследование"),
}

_SENTENCES: dict[str, tuple[str, str]] = {
    "use_only": (
        "For research use only, not for diagnosis.",
        "Только для исследовательских целей, не для диагностики.",
    ),
    "licence_summary": (
        "The table below is a reading aid and no licence: what counts is the text of the licence. "
        "The file LICENSE belongs to the set and is passed on with it.",
        "Таблица ниже только помогает сориентироваться и лицензией не является: силу имеет текст лицензии. "
        "Файл LICENSE входит в набор и передаётся вместе с ним.",
    ),
    "licence_given": (
        "Licence: {licence}. Its text is in the file LICENSE, which belongs to the set and is passed on with it.",
        "Лицензия: {licence}. Её текст находится в файле LICENSE, который входит в набор и передаётся вместе с ним.",
    ),
    "licence_none": (
        "No licence is stated. Until there is one, ask the authors before you use or pass on the set.",
        "Лицензия не указана. Пока её нет, перед использованием и передачей набора спрашивайте разрешение авторов.",
    ),
    "licence_file": (
        "This file names the licence of the data set and where its text is; the text itself is not repeated here.",
        "В этом файле названы лицензия набора данных и адрес её текста; сам текст здесь не повторяется.",
    ),
    "cite_please": ("Please cite the data set and its version:", "Просим цитировать набор данных и его версию:"),
    "cite_files": (
        "CITATION.cff says the same for programs. As BibTeX:",
        "То же для программ указано в CITATION.cff. В формате BibTeX:",
    ),
    "content_intro": (
        "Every path is relative to the folder of this version. A published version never changes; "
        "SHA256SUMS tells whether a copy is whole (sha256sum -c SHA256SUMS).",
        "Все пути указаны относительно папки этой версии. Опубликованная версия не меняется; "
        "целостность копии проверяется по SHA256SUMS (sha256sum -c SHA256SUMS).",
    ),
    "columns_intro": (
        "One row a study, UTF-8, commas; an empty cell is unknown. Columns that are empty in the whole set are not "
        "listed here.",
        "Одна строка на исследование, UTF-8, разделитель — запятая; пустая ячейка — неизвестно. Столбцы, пустые во "
        "всём наборе, здесь не перечислены.",
    ),
    "registry_study_id": ("number of the study", "номер исследования"),
    "registry_category": ("grade, CT-0 to CT-4", "степень, CT-0 ... CT-4"),
    "registry_study_file": (
        "picture: path from the folder of the set, with / in front",
        "изображение: путь от папки набора, с / в начале",
    ),
    "registry_mask_file": (
        "lesion mask, likewise; empty where there is none",
        "маска поражения, так же; пусто, если её нет",
    ),
    "columns_extra": ("from the tables of the makers", "из таблиц составителей"),
    "reading": ("Reading it in Python:", "Чтение в Python:"),
    "chosen_intro": (
        "Of {found} studies that were found, {left} are in the set. The steps, in their order:",
        "Из найденных исследований ({found}) в набор вошли {left}. Шаги отбора по порядку:",
    ),
    "chosen_none": (
        "How the studies were chosen is not stated.",
        "Как отобраны исследования, не указано.",
    ),
    "chosen_reasons": ('Why, at "{step}": {reasons}.', "Причины на шаге «{step}»: {reasons}."),
    "reason_missing": ("not known", "нет сведений"),
    "reason_before": ("before", "раньше"),
    "reason_after": ("after", "позже"),
    "reason_below": ("below", "меньше"),
    "reason_above": ("above", "больше"),
    "reason_other": ("another one", "другое значение"),
    "reason_soft": ("soft tissue", "мягкотканный"),
    "reason_lung": ("lung", "лёгочный"),
    "reason_unknown": ("unknown", "неизвестно"),
    "grades_none": ("The studies have no grades.", "Степени исследований не указаны."),
    "grades_whole": (
        "A grade is that of the whole study, before thinning.",
        "Степень относится ко всему исследованию до прореживания.",
    ),
    "grades_people": (
        "Studies graded by people: {people}. Studies graded by software: {analysis}.",
        "Степень определена людьми: {people}. Степень определена программой: {analysis}.",
    ),
    "grades_reads": (
        "Studies with the grades of single readers (column reads): {count}.",
        "Исследований с оценками отдельных врачей (столбец reads): {count}.",
    ),
    "rule_ct_0": (
        "no lesions, or less than the least share of lung that counts",
        "изменений нет или их меньше наименьшей учитываемой доли лёгких",
    ),
    "rule_ct_1": ("up to 25 % of the lungs", "до 25 % объёма лёгких"),
    "rule_ct_2": ("above 25 and up to 50 % of the lungs", "более 25 и до 50 % объёма лёгких"),
    "rule_ct_3": ("above 50 and below 75 % of the lungs", "более 50 и менее 75 % объёма лёгких"),
    "rule_ct_4": ("75 % of the lungs or more", "75 % объёма лёгких и более"),
    "masks_none": ("There are no lesion masks in the set.", "Масок поражения в наборе нет."),
    "masks_counts": (
        "Lesion masks: {masks}, of them drawn by people {people}, made by software {analysis}. Lung masks: {lungs}.",
        "Масок поражения: {masks}, из них нарисованы людьми — {people}, получены программой — {analysis}. "
        "Масок лёгких: {lungs}.",
    ),
    "masks_grid": (
        "A mask has the voxels of its picture: same size, same affine. Voxels without a meaning below are 0.",
        "Маска построена на вокселях своего изображения: тот же размер, то же аффинное преобразование. Воксели вне "
        "перечисленного ниже равны 0.",
    ),
    "masks_software": (
        "A mask made by software was seen by nobody unless it says so elsewhere: do not use it as the truth.",
        "Маски, полученные программой, людьми не проверялись, если не указано иное: не используйте их как эталон.",
    ),
    "convert_series": (
        "One series of each study was taken and converted from DICOM to NIfTI-1.",
        "Из каждого исследования взята одна серия и преобразована из DICOM в NIfTI-1.",
    ),
    "convert_hu": (
        "Voxels are Hounsfield units as 16-bit whole numbers: slope and intercept of the scanner are applied, nothing "
        "is windowed, clipped or resampled.",
        "Воксели — единицы Хаунсфилда, 16-битные целые числа: коэффициенты пересчёта аппарата применены, окно, обрезка "
        "значений и передискретизация не применялись.",
    ),
    "convert_affine": (
        "The affine is in mm, in the coordinates of NIfTI: x to the right, y to the front, z to the head of the "
        "patient. Voxels of axial series are stored as dcm2niix stores them. Texts of the header are empty.",
        "Аффинное преобразование — в мм, в системе координат NIfTI: x вправо, y вперёд, z к голове пациента. Воксели "
        "аксиальных серий хранятся так же, как у dcm2niix. Текстовые поля заголовка пусты.",
    ),
    "thin_none": ("All slices of the series are in the set.", "В набор вошли все срезы серии."),
    "thin_number": (
        "Thinned: only slices whose InstanceNumber is a multiple of {number} are in the set.",
        "Прореживание: в набор вошли только срезы, номер которых (InstanceNumber) кратен {number}.",
    ),
    "thin_mm": (
        "Thinned by position: one slice every {mm} mm is in the set.",
        "Прореживание по положению: в набор вошёл один срез на каждые {mm} мм.",
    ),
    "thin_slices": (
        "Slices before thinning: {before}; in the set: {after}.",
        "Срезов до прореживания: {before}; в наборе: {after}.",
    ),
    "deid_how": (
        "Studies were de-identified by the attribute profiles of DICOM PS3.15 annex E, before conversion. "
        "In force beside the Basic Profile:",
        "До преобразования исследования обезличены по профилям атрибутов DICOM PS3.15, приложение E. Кроме базового "
        "профиля действовали:",
    ),
    "deid_basic": (
        "Studies were de-identified by the Basic Profile of DICOM PS3.15 annex E, before conversion.",
        "До преобразования исследования обезличены по базовому профилю DICOM PS3.15, приложение E.",
    ),
    "deid_left": (
        "What is left: voxels, their geometry, and the columns listed above. There are no names, numbers of patients, "
        "dates of studies, names of organisations or original UIDs. Names of studies, patients and organisations "
        "belong to this set alone.",
        "В наборе остались воксели, их геометрия и перечисленные выше столбцы. Имён, номеров пациентов, дат "
        "исследований, названий организаций и исходных UID в нём нет. Обозначения исследований, пациентов и "
        "организаций относятся только к этому набору.",
    ),
    "deid_age_decades": (
        "Ages are published by decades: the column holds the first year of each.",
        "Возраст опубликован по десятилетиям: в столбце указан первый год десятилетия.",
    ),
    "deid_age_limit": (
        "Ages above {years} years are given as {years}.",
        "Возраст старше {years} лет указан как {years}.",
    ),
    "deid_columns": (
        "These columns come from tables of the makers and are published as they were: {names}.",
        "Эти столбцы взяты из таблиц составителей и опубликованы без изменений: {names}.",
    ),
    "deid_face": (
        "Faces are not taken away; a chest scan shows none, unless the head came into the field.",
        "Лица не удаляются; на КТ грудной клетки их нет, если голова не попала в область сканирования.",
    ),
    "deid_never": (
        "Whoever uses the set must not try to find out who a patient is, must not join it with other data for that, "
        "and tells the authors if a person can be recognised.",
        "Пользователь набора не должен пытаться установить личность пациентов, в том числе объединяя набор с другими "
        "данными, и сообщает авторам, если кого-либо можно узнать.",
    ),
    "opt_clean_pixel_data": ("text in pictures removed", "удалён текст на изображениях"),
    "opt_clean_graphics": ("graphics removed", "удалена графика"),
    "opt_clean_descriptors": ("free-text descriptions cleaned", "очищены текстовые описания"),
    "opt_clean_structured_content": ("structured content cleaned", "очищено структурированное содержимое"),
    "opt_retain_modified_dates": (
        "dates moved by a secret number of days (and not published)",
        "даты сдвинуты на секретное число дней (и не опубликованы)",
    ),
    "opt_retain_patient_characteristics": ("age and sex kept", "возраст и пол сохранены"),
    "opt_retain_device_identity": ("maker and model of the scanner kept", "производитель и модель аппарата сохранены"),
    "opt_retain_uids": (
        "UIDs kept in the DICOM objects (and not published)",
        "UID сохранены в DICOM (не опубликованы)",
    ),
    "opt_retain_safe_private": ("safe private attributes kept", "безопасные частные атрибуты сохранены"),
    "split_intro": (
        "The set is divided by patient: no patient is in two parts. Grades and masks are spread as evenly as the "
        "numbers allow.",
        "Набор разделён по пациентам: ни один пациент не входит в две части. Степени и маски распределены настолько "
        "равномерно, насколько позволяют числа.",
    ),
    "statistics_none": ("No statistics were made.", "Статистика не рассчитывалась."),
    "card_intro": (
        '"Not stated" means that the makers of the set did not say it; everything else is what they say, or was '
        "counted in the set.",
        "«Не указано» означает, что составители этого не сообщили; остальное указано составителями или подсчитано по "
        "набору.",
    ),
    "limit_cells": (
        "Combinations of sex, age by decades, grade and scanner that fewer than {limit} patients share: {count}. "
        "Somebody who knows such a patient may find the study.",
        "Сочетаний пола, возраста по десятилетиям, степени и аппарата, общих менее чем для {limit} пациентов: {count}. "
        "Знающий такого пациента может найти его исследование.",
    ),
    "limit_sex": ("Studies without sex: {count} of {all}.", "Исследований без указания пола: {count} из {all}."),
    "limit_age": ("Studies without age: {count} of {all}.", "Исследований без указания возраста: {count} из {all}."),
    "limit_grade": ("Studies without a grade: {count} of {all}.", "Исследований без степени: {count} из {all}."),
    "limit_class": (
        "Classes with fewer than {limit} studies: {classes}. Figures about them say little.",
        "Классы, в которых менее {limit} исследований: {classes}. Показатели по ним малоинформативны.",
    ),
    "limit_thin": (
        "Slices were thinned: volumes and small lesions are known less exactly than from whole series.",
        "Срезы прорежены: объёмы и мелкие очаги известны менее точно, чем по полной серии.",
    ),
    "limit_software": (
        "Grades or masks made by software carry its errors.",
        "Степени и маски, полученные программой, содержат её ошибки.",
    ),
    "use_for": ("The makers mean it for:", "По замыслу составителей набор предназначен для следующего:"),
    "use_not_for": ("They do not mean it for:", "Набор не предназначен для следующего:"),
    "software": ("Made with {software}.", "Набор собран программой {software}."),
    "first_version": (
        "First version: {studies} studies of {patients} patients.",
        "Первая версия: исследований — {studies}, пациентов — {patients}.",
    ),
    "after_version": ("Compared with version {version}:", "По сравнению с версией {version}:"),
    "no_changes": ("No study, grade, mask or part changed.", "Исследования, степени, маски и части не изменились."),
    "changelog_title": ("Changelog", "История изменений"),
    "changes_of": ("Changes", "Изменения"),
    "changed_added": ("Studies added: {count} ({names}).", "Добавлены исследования: {count} ({names})."),
    "changed_removed": ("Studies withdrawn: {count} ({names}).", "Отозваны исследования: {count} ({names})."),
    "changed_grade": ("Grades changed: {count} ({names}).", "Изменены степени: {count} ({names})."),
    "changed_masks_added": ("Masks added: {count} ({names}).", "Добавлены маски: {count} ({names})."),
    "changed_masks": ("Masks changed: {count} ({names}).", "Изменены маски: {count} ({names})."),
    "changed_masks_removed": ("Masks withdrawn: {count} ({names}).", "Отозваны маски: {count} ({names})."),
    "changed_pictures": ("Pictures changed: {count} ({names}).", "Изменены изображения: {count} ({names})."),
    "changed_parts": (
        "Studies moved between parts: {count} ({names}).",
        "Исследования перенесены между частями: {count} ({names}).",
    ),
    "changed_values": ("Values changed in the columns: {names}.", "Изменены значения в столбцах: {names}."),
    "changed_columns_added": ("Columns added: {names}.", "Добавлены столбцы: {names}."),
    "changed_columns_removed": ("Columns removed: {names}.", "Удалены столбцы: {names}."),
    "changed_licence": ("Licence: {before} became {after}.", "Лицензия: была {before}, стала {after}."),
    "changed_layout": ("Layout: {before} became {after}.", "Раскладка файлов: была {before}, стала {after}."),
    "changed_files": ("Other files changed: {count} ({names}).", "Изменены другие файлы: {count} ({names})."),
    "and_more": ("and {count} more", "и ещё {count}"),
    "none_word": ("none", "нет"),
}

add(
    {
        f"setdoc_{kind}_{key}" if kind else f"setdoc_{key}": Phrase(*words)
        for kind, rows in (("title", _HEADINGS), ("is", _LABELS), ("layout", _LAYOUTS), ("", _SENTENCES))
        for key, words in rows.items()
    }
)
add(
    {
        "set_version_major": Phrase(
            "Version {version} follows {previous} though studies, grades, masks or parts that were published are "
            "different now: the first number should rise.",
            "Версия {version} следует за {previous}, хотя опубликованные исследования, степени, маски или части "
            "изменились: должна увеличиться первая цифра версии.",
        ),
        "set_version_minor": Phrase(
            "Version {version} follows {previous} though something was added: the second number should rise.",
            "Версия {version} следует за {previous}, хотя данные добавлены: должна увеличиться вторая цифра версии.",
        ),
        "set_version_order": Phrase(
            "Version {version} is not above {previous}, which it follows.",
            "Версия {version} не больше версии {previous}, за которой она следует.",
        ),
        "set_licence_unclear": Phrase(
            "The licence has no known SPDX name; users and programs will not know what is permitted.",
            "У лицензии нет известного имени SPDX: людям и программам неясно, что разрешено.",
        ),
        "set_language_missing": Phrase(
            "The recipe has no {field} in one of the languages of the README: the other language is shown.",
            "В рецепте нет поля {field} на одном из языков README: показан текст на другом языке.",
        ),
    }
)
