"""Phrases: the page that tells what a de-identification did, and the answer of a re-identification."""

from __future__ import annotations

from groundglass.phrases import Phrase, add

PAGE: dict[str, Phrase] = {
    "deidpage_title": Phrase("De-identification: what was done", "Обезличивание: что сделано"),
    "deidpage_subtitle": Phrase("Project {project}", "Проект {project}"),
    "deidpage_banner": Phrase(
        "This page says what was done; groundglass deidentify verify IN OUT looks for what was left.",
        "Эта страница говорит, что сделано. Не осталось ли чего-либо, ищет groundglass deidentify verify IN OUT.",
    ),
    "deidpage_failed": Phrase(
        "DICOM files that could not be cleaned and are not in the output: {count}.",
        "Файлы DICOM, которые не удалось обезличить и которых нет в результате: {count}.",
    ),
    "deidpage_empty": Phrase("No file was written.", "Ни один файл не записан."),
    "deidpage_files_in": Phrase("files read", "прочитано файлов"),
    "deidpage_files_out": Phrase("written", "записано"),
    "deidpage_dropped_count": Phrase("left out by rule", "исключено по правилам"),
    "deidpage_failed_count": Phrase("could not be cleaned", "не удалось обезличить"),
    "deidpage_not_dicom": Phrase("no DICOM, not copied", "не DICOM, не скопировано"),
    "deidpage_patients": Phrase("patients", "пациентов"),
    "deidpage_person": Phrase("What needs a person", "Что должен посмотреть человек"),
    "deidpage_person_none": Phrase("Nothing.", "Ничего."),
    "deidpage_left_out": Phrase("Left out by rule", "Исключено по правилам"),
    "deidpage_left_out_none": Phrase("Nothing was left out.", "Ничего не исключено."),
    "deidpage_left_out_note": Phrase(
        "Files are named by their place in the input; the project folder holds the list of their names.",
        "Файлы названы по месту во входных данных; список их имён хранится в папке проекта.",
    ),
    "deidpage_kind": Phrase("object", "объект"),
    "deidpage_reason": Phrase("reason", "причина"),
    "deidpage_files": Phrase("files", "файлов"),
    "deidpage_example": Phrase("such as", "например"),
    "deidpage_pixels": Phrase("Text covered in pictures", "Текст, закрытый на изображениях"),
    "deidpage_pixels_none": Phrase("No text was covered.", "Текст не закрывался."),
    "deidpage_frames": Phrase("frames", "кадров"),
    "deidpage_boxes": Phrase("boxes", "прямоугольников"),
    "deidpage_file": Phrase("file", "файл"),
    "deidpage_actions": Phrase("Actions", "Действия"),
    "deidpage_action": Phrase("action", "действие"),
    "deidpage_elements": Phrase("elements", "элементов"),
    "deidpage_share": Phrase("share", "доля"),
    "deidpage_why": Phrase("Why values were changed beyond the table", "Почему значения изменены сверх таблицы"),
    "deidpage_values": Phrase("values", "значений"),
    "deidpage_attributes": Phrase("Attribute by attribute", "По атрибутам"),
    "deidpage_tag": Phrase("tag", "тег"),
    "deidpage_name": Phrase("name", "название"),
    "deidpage_code": Phrase("code", "код"),
    "deidpage_rule": Phrase("rule", "правило"),
    "deidpage_changed": Phrase("Changed or removed: {count}", "Изменены или удалены: {count}"),
    "deidpage_kept": Phrase("Kept as they were: {count}", "Оставлены без изменений: {count}"),
    "deidpage_codes_note": Phrase(
        "Codes of PS3.15 table E.1-1: X removed, Z emptied, D another value, U another UID, C cleaned, K kept.",
        "Коды из таблицы E.1-1 стандарта PS3.15: X — удалить, Z — очистить, D — другое значение, U — другой UID, "
        "C — вычистить, K — оставить.",
    ),
    "deidpage_private": Phrase("private or unknown", "частный или неизвестный"),
    "deidpage_by_patient": Phrase("Patients in the output", "Пациенты в результате"),
    "deidpage_pseudonym": Phrase("pseudonym", "псевдоним"),
    "deidpage_studies": Phrase("studies", "исследований"),
    "deidpage_series": Phrase("series", "серий"),
    "deidpage_cells": Phrase("Small cells", "Малые группы"),
    "deidpage_cells_none": Phrase(
        "Every combination of the properties looked at is shared by at least {limit} patients.",
        "Любое сочетание рассмотренных признаков есть не менее чем у {limit} пациентов.",
    ),
    "deidpage_cells_note": Phrase(
        "Fewer than {limit} patients share these properties: somebody who knows one of them may find the study. "
        "Age is in bands of ten years, the month is that of the moved dates. Nothing was taken out for it: coarser "
        "values, leaving patients out, or a contract are for a person to decide.",
        "Эти признаки есть менее чем у {limit} пациентов, и знакомый с пациентом человек может найти его исследование. "
        "Возраст дан по десятилетиям, месяц — по сдвинутым датам. Сами по себе такие данные не удаляются: укрупнить "
        "значения, исключить пациентов или ограничить доступ договором — решает человек.",
    ),
    "deidpage_cell": Phrase("what they share", "общие признаки"),
    "deidpage_not_covered": Phrase("What no run can see", "Чего программа не видит"),
    "deidpage_law": Phrase(
        "What the law of the place may still ask is a question of its own: documentation, The law of the place.",
        "Что ещё может требовать местное право — отдельный вопрос: документация, раздел The law of the place.",
    ),
    "deidpage_how": Phrase("How it was made", "Как выполнено"),
    "deidpage_profile": Phrase("Profile", "Профиль"),
    "deidpage_options": Phrase("Options of PS3.15 annex E", "Опции приложения E стандарта PS3.15"),
    "deidpage_basic_only": Phrase("none beside the Basic Profile", "только базовый профиль"),
    "deidpage_kept_patient": Phrase("Kept of the patient", "Оставлено о пациенте"),
    "deidpage_kept_device": Phrase("Kept of the device", "Оставлено об аппарате"),
    "deidpage_days": Phrase("Dates", "Даты"),
    "deidpage_days_value": Phrase(
        "moved back by {low} to {high} days, one number a patient",
        "сдвинуты назад на {low}–{high} дней, у каждого пациента своё число",
    ),
    "deidpage_days_gone": Phrase("removed or emptied", "удалены или очищены"),
    "deidpage_oldest": Phrase("Oldest age", "Наибольший возраст"),
    "deidpage_oldest_value": Phrase(
        "{years} years; above becomes {years}", "{years} лет; более — заменяется на {years}"
    ),
    "deidpage_table": Phrase("Table of attributes", "Таблица атрибутов"),
    "deidpage_table_value": Phrase("{edition}, {rows} rows", "{edition}, строк: {rows}"),
    "deidpage_checksum": Phrase("Checksum of the profile", "Контрольная сумма профиля"),
    "deidpage_software": Phrase("Software", "Программа"),
    "deidpage_seconds": Phrase("Time taken", "Время работы"),
    "deidpage_seconds_value": Phrase("{seconds} s", "{seconds} с"),
    "deidpage_nothing": Phrase("nothing", "ничего"),
    "deidpage_more": Phrase(
        "and {count} more, all in deidentification.json", "и ещё {count}, полностью — в deidentification.json"
    ),
    "deidpage_list": Phrase("show files", "показать файлы"),
    "deidpage_footer": Phrase(
        "{software}. De-identification report of project {project}.",
        "{software}. Отчёт об обезличивании, проект {project}.",
    ),
    "deidpage_years": Phrase("{range} years", "{range} лет"),
    "deidpage_cell_sex": Phrase("sex", "пол"),
    "deidpage_cell_age": Phrase("age", "возраст"),
    "deidpage_cell_month": Phrase("month", "месяц"),
    "deidpage_cell_grade": Phrase("grade", "степень"),
    "deidpage_cell_scanner": Phrase("scanner", "аппарат"),
    "deidpage_cell_manufacturer": Phrase("maker", "изготовитель"),
    "deidpage_cell_model": Phrase("model", "модель"),
}
"""Headings, labels and standing texts of the page."""

ACTIONS: dict[str, Phrase] = {
    "deidaction_keep": Phrase("kept", "оставлено"),
    "deidaction_remove": Phrase("removed", "удалено"),
    "deidaction_empty": Phrase("emptied", "очищено"),
    "deidaction_dummy": Phrase("another value", "другое значение"),
    "deidaction_uid": Phrase("another UID", "другой UID"),
    "deidaction_date": Phrase("date moved", "дата сдвинута"),
    "deidaction_text": Phrase("text looked through", "текст проверен"),
    "deidaction_graphics": Phrase("graphics looked through", "графика проверена"),
    "deidaction_pseudonym": Phrase("pseudonym", "псевдоним"),
    "deidaction_age": Phrase("age, up to a limit", "возраст, с пределом"),
}
"""Actions on elements."""

KINDS: dict[str, Phrase] = {
    "deidkind_image": Phrase("image", "изображение"),
    "deidkind_localizer": Phrase("localizer", "топограмма"),
    "deidkind_capture": Phrase("capture", "снимок экрана"),
    "deidkind_dose_capture": Phrase("dose capture", "снимок листа дозы"),
    "deidkind_document": Phrase("document", "документ"),
    "deidkind_structured": Phrase("structured report", "структурированный отчёт"),
    "deidkind_presentation": Phrase("presentation state", "состояние показа"),
    "deidkind_segmentation": Phrase("segmentation", "сегментация"),
    "deidkind_raw": Phrase("raw data", "сырые данные"),
    "deidkind_directory": Phrase("directory", "каталог (DICOMDIR)"),
    "deidkind_other": Phrase("other object", "другой объект"),
    "deidkind_file": Phrase("file", "файл"),
}
"""Kinds of object."""

REASONS: dict[str, Phrase] = {
    "deidreason_directory": Phrase("lists patients and file names", "перечисляет пациентов и имена файлов"),
    "deidreason_encapsulated_document": Phrase("words in documents are not read", "текст документов не читается"),
    "deidreason_audio": Phrase("a voice names a person", "по голосу можно узнать человека"),
    "deidreason_structured_display": Phrase("text placed for one reader", "текст, размещённый для одного врача"),
    "deidreason_raw_data": Phrase("contents known to the maker only", "содержание известно только изготовителю"),
    "deidreason_waveform": Phrase("the wave can be matched with a person", "по кривой можно узнать человека"),
    "deidreason_standalone_retired": Phrase("retired overlay, curve or table", "устаревший слой, кривая или таблица"),
    "deidreason_protocol": Phrase("a protocol names people", "в протоколе названы люди"),
    "deidreason_inventory": Phrase("lists studies of an archive", "перечисляет исследования архива"),
    "deidreason_eye_map": Phrase("map of an eye", "карта глаза"),
    "deidreason_security_screening": Phrase("no object of medicine", "не медицинский объект"),
    "deidreason_non_patient": Phrase("not about a patient", "не относится к пациенту"),
    "deidreason_print": Phrase("retired print object", "устаревший объект печати"),
    "deidreason_dose_picture": Phrase("picture of a dose sheet", "изображение листа дозы"),
    "deidreason_screen_save": Phrase("picture of a screen", "изображение экрана"),
    "deidreason_secondary_capture": Phrase("secondary capture", "вторичный снимок"),
    "deidreason_private_class": Phrase("private class: can hold anything", "частный класс: может содержать что угодно"),
    "deidreason_colour_picture": Phrase("a CT in colour is a picture of a screen", "цветная КТ — изображение экрана"),
    "deidreason_spectroscopy": Phrase("spectroscopy", "спектроскопия"),
    "deidreason_photograph": Phrase("photograph or video", "фотография или видео"),
    "deidreason_surface_scan": Phrase("a surface shows the person", "по поверхности тела можно узнать человека"),
    "deidreason_by_modality": Phrase("told by its modality", "определено по модальности"),
    "deidreason_no_class": Phrase("no class of object is named", "класс объекта не указан"),
    "deidreason_unknown_class": Phrase("unknown class of object", "неизвестный класс объекта"),
    "deidreason_text_remains": Phrase("text that could not be covered", "текст, который не удалось закрыть"),
    "deidreason_burned_in_text": Phrase("text in the picture", "текст на изображении"),
    "deidreason_duplicate": Phrase("copy of another file", "копия другого файла"),
    "deidreason_not_dicom": Phrase("no DICOM", "не DICOM"),
}
"""Why an object is left out or covered."""

WHY: dict[str, Phrase] = {
    "deidwhy_text": Phrase("text emptied as a whole", "текст удалён целиком"),
    "deidwhy_text_identifier": Phrase(
        "text: known identifier of the patient", "текст: известный идентификатор пациента"
    ),
    "deidwhy_text_unknown_word": Phrase("text: word outside the vocabulary", "текст: слово не из словаря"),
    "deidwhy_text_name": Phrase("text: reads as a name", "текст: похоже на имя"),
    "deidwhy_text_date": Phrase("text: reads as a date", "текст: похоже на дату"),
    "deidwhy_text_time": Phrase("text: reads as a time", "текст: похоже на время"),
    "deidwhy_text_number": Phrase("text: long number", "текст: длинное число"),
    "deidwhy_text_phone": Phrase("text: phone", "текст: телефон"),
    "deidwhy_text_address": Phrase("text: address", "текст: адрес"),
    "deidwhy_text_email": Phrase("text: e-mail", "текст: электронная почта"),
    "deidwhy_text_network": Phrase("text: network address", "текст: сетевой адрес"),
    "deidwhy_text_institution": Phrase("text: institution", "текст: учреждение"),
    "deidwhy_text_uid": Phrase("text: UID", "текст: UID"),
    "deidwhy_number": Phrase("number that reads as an identifier or date", "число, похожее на идентификатор или дату"),
    "deidwhy_no_date": Phrase("no valid date", "недопустимая дата"),
    "deidwhy_no_time": Phrase("no valid time", "недопустимое время"),
    "deidwhy_uid": Phrase("UID where none is expected", "UID в неожиданном месте"),
    "deidwhy_bytes": Phrase("bytes that nobody explains", "двоичные данные неизвестного назначения"),
    "deidwhy_unreadable": Phrase("value that cannot be read", "нечитаемое значение"),
    "deidwhy_content_item": Phrase("item of a structured report", "элемент структурированного отчёта"),
}
"""Why a value was changed though the table alone would have kept it."""

ANSWER: dict[str, Phrase] = {
    "reid_kind_patient": Phrase("patient", "пациент"),
    "reid_kind_study": Phrase("study", "исследование"),
    "reid_kind_series": Phrase("series", "серия"),
    "reid_kind_instance": Phrase("image", "изображение"),
    "reid_kind_file": Phrase("file", "файл"),
    "reid_days": Phrase("dates were moved back by {days} days", "даты сдвинуты назад на {days} дн."),
    "reid_more": Phrase("{count} more files, see --json", "ещё файлов: {count}, см. --json"),
    "reid_log_broken": Phrase(
        "The log of re-identifications was tampered with at line {lines}; this call was added and says so.",
        "Журнал обращений изменён в строке {lines}; этот запрос добавлен с отметкой об этом.",
    ),
    "reid_checked": Phrase(
        "project {project}: {rows} rows in {tables} tables, {entries} entries in the log",
        "проект {project}: строк {rows} в таблицах ({tables}), записей в журнале {entries}",
    ),
    "reid_whole": Phrase("everything is as it was written", "всё в том виде, в каком было записано"),
    "reid_chain_broken": Phrase("the log was tampered with at line {lines}", "журнал изменён в строке {lines}"),
}
"""What ``deidentify reidentify`` says."""

add(PAGE)
add(ACTIONS)
add(KINDS)
add(REASONS)
add(WHY)
add(ANSWER)
