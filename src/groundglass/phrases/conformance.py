"""What is said when a result is held against its study."""

from __future__ import annotations

from groundglass.phrases import Phrase, add

PHRASES: dict[str, Phrase] = {
    "check_unreadable": Phrase(
        "{count} files of the result cannot be read: {reasons}.",
        "Не удалось прочитать файлов результата: {count} ({reasons}).",
    ),
    "check_not_dicom": Phrase(
        "{count} files of the result are no DICOM objects.",
        "Файлов результата, не являющихся объектами DICOM: {count}.",
    ),
    "check_uid_twice": Phrase(
        "{count} SOP Instance UIDs name several different objects.",
        "SOP Instance UID, под которыми лежат разные объекты: {count}.",
    ),
    "check_no_series": Phrase(
        "There is no extra series: no marked picture, segmentation or presentation.",
        "Дополнительной серии нет: ни размеченных изображений, ни сегментации, ни представления.",
    ),
    "check_no_pictures": Phrase(
        "There is no series of marked pictures; what was marked stands in segmentations or presentations alone.",
        "Серии размеченных изображений нет; разметка есть только в сегментации или представлении.",
    ),
    "check_no_report": Phrase("There is no structured report.", "Структурированного отчёта (DICOM SR) нет."),
    "check_reports": Phrase(
        "There are {count} structured reports; {allowed} is allowed.",
        "Структурированных отчётов: {count}; допускается {allowed}.",
    ),
    "check_series": Phrase(
        "There are {count} extra series; {allowed} is allowed.",
        "Дополнительных серий: {count}; допускается {allowed}.",
    ),
    "check_no_name": Phrase(
        "No object states the name of the service.", "Ни в одном объекте не указано название сервиса."
    ),
    "check_no_name_in_content": Phrase(
        "The content of the report does not state the name of the service.",
        "В содержании отчёта не указано название сервиса.",
    ),
    "check_no_name_in_report": Phrase(
        "The report does not state the name of the service; the pictures do.",
        "В отчёте не указано название сервиса; в изображениях оно есть.",
    ),
    "check_no_name_in_pictures": Phrase(
        "The headers of the pictures do not state the name of the service; the report does.",
        "В заголовках изображений не указано название сервиса; в отчёте оно есть.",
    ),
    "check_no_version": Phrase(
        "No object states the version of the service.", "Ни в одном объекте не указана версия сервиса."
    ),
    "check_no_version_in_content": Phrase(
        "The content of the report does not state the version of the service.",
        "В содержании отчёта не указана версия сервиса.",
    ),
    "check_no_version_in_report": Phrase(
        "The report does not state the version of the service; the pictures do.",
        "В отчёте не указана версия сервиса; в изображениях она есть.",
    ),
    "check_no_version_in_pictures": Phrase(
        "The headers of the pictures do not state the version of the service; the report does.",
        "В заголовках изображений не указана версия сервиса; в отчёте она есть.",
    ),
    "check_no_time": Phrase(
        "No object states when the study was processed.", "Ни в одном объекте не указано время обработки."
    ),
    "check_no_warning": Phrase(
        "No text warns that software made the result or what it must not be used for.",
        "Нет предупреждения о том, что результат подготовлен программой и для чего он не предназначен.",
    ),
    "check_no_target": Phrase(
        "The report does not say what was looked for.", "В отчёте не указано, какая патология искалась."
    ),
    "check_burned_in": Phrase(
        "BurnedInAnnotation is not YES in {count} of {of} pictures.",
        "BurnedInAnnotation не равно YES в изображениях: {count} из {of}.",
    ),
    "check_burned_in_unread": Phrase(
        "Text burned into {count} pictures was not read; what only stands there was not checked.",
        "Текст, нанесённый на изображения ({count}), не распознавался; указанное только в нём не проверено.",
    ),
    "check_region": Phrase(
        "{count} objects say that another region than the chest was looked at.",
        "Объектов, в которых указана не грудная клетка, а другая область: {count}.",
    ),
    "check_fields": Phrase(
        "Fields of the report: {missing} are missing, {disordered} are out of order.",
        "Поля отчёта: отсутствует {missing}, стоит не по порядку {disordered}.",
    ),
    "check_mask": Phrase(
        "The UID of an extra series does not follow the mask of the profile.",
        "UID дополнительной серии не соответствует маске профиля.",
    ),
    "check_study": Phrase(
        "{count} of {of} objects belong to another study.",
        "Объектов, относящихся к другому исследованию: {count} из {of}.",
    ),
    "check_patient": Phrase(
        "{count} objects belong to another patient ({attribute} differs).",
        "Объектов, относящихся к другому пациенту: {count} (отличается {attribute}).",
    ),
    "check_frame_of_reference": Phrase(
        "{count} objects lie in another frame of reference than the source.",
        "Объектов в другой системе координат, чем исходная серия: {count}.",
    ),
    "check_uids": Phrase("{count} UIDs are missing or invalid.", "Отсутствующих или недопустимых UID: {count}."),
    "check_lost": Phrase(
        "{count} references of {objects} objects point to nothing in the study or the result.",
        "Ссылок, ведущих в никуда: {count} (объектов: {objects}).",
    ),
    "check_circle": Phrase(
        "References of {count} objects run in a circle.", "Ссылки объектов образуют круг; объектов в нём: {count}."
    ),
    "check_circle_in_report": Phrase(
        "Item {item} of a report points back to itself or to an item around it.",
        "Элемент {item} отчёта ссылается на себя или на элемент, в котором он находится.",
    ),
    "check_no_references": Phrase(
        "{count} of {of} objects do not say which images they were made from.",
        "Объектов без ссылок на исходные изображения: {count} из {of}.",
    ),
    "check_changed": Phrase(
        "{count} of {of} copies of the study's objects differ from the original.",
        "Копий объектов исследования, отличающихся от оригинала: {count} из {of}.",
    ),
    "check_added": Phrase(
        "{count} pictures of the result carry the series UID of the original.",
        "Изображений результата с UID исходной серии: {count}.",
    ),
    "check_copies_missing": Phrase(
        "The result holds the original series without {missing} of its {of} images.",
        "Исходная серия в результате неполна: нет {missing} из {of} изображений.",
    ),
    "check_pixels": Phrase(
        "{count} images have no pixels, or none that can be decoded ({reasons}).",
        "Изображений без пикселей или с нечитаемыми пикселями: {count} ({reasons}).",
    ),
    "check_cropped": Phrase(
        "The pictures show {percent} % of the frame of the source; {lost} % of the body is cut off.",
        "Изображения показывают {percent} % кадра исходной серии; отрезано {lost} % тела.",
    ),
    "check_blanked": Phrase(
        "In {count} pictures a part of the body is blanked, up to {percent} %.",
        "Изображений, где часть тела закрашена чёрным: {count} (до {percent} %).",
    ),
    "check_unlike": Phrase(
        "{count} pictures name a slice of the source and do not show it.",
        "Изображений, которые ссылаются на срез и не показывают его: {count}.",
    ),
    "check_findings_not_shown": Phrase(
        "{missing} of {of} slices with a segmented lesion have no picture.",
        "Срезов с сегментированным поражением, для которых нет изображения: {missing} из {of}.",
    ),
    "check_picture_mirrored": Phrase(
        "{count} pictures are mirrored against the source.", "Изображений, зеркальных относительно исходных: {count}."
    ),
    "check_contrast_inverted": Phrase(
        "{count} pictures are inverted: air is bright and tissue dark.",
        "Изображений с обращённым контрастом (воздух светлый, ткани тёмные): {count}.",
    ),
    "check_contrast_flat": Phrase(
        "{count} pictures are flat: they hardly differ in grey.", "Изображений без контраста: {count}."
    ),
    "check_contrast_saturated": Phrase(
        "{count} pictures show most of the lung black or white.",
        "Изображений, где лёгкое почти целиком чёрное или белое: {count}.",
    ),
    "check_contrast_no_lung": Phrase(
        "In {count} pictures normal lung and ground glass cannot be told apart: the window is not for lung.",
        "Изображений, где нормальное лёгкое не отличить от «матового стекла» (окно не лёгочное): {count}.",
    ),
    "check_slices": Phrase(
        "{missing} of {of} source images have no picture in the result.",
        "Исходных изображений, которым в результате ничего не соответствует: {missing} из {of}.",
    ),
    "check_part_missing": Phrase(
        "A part of the study is missing: {count} of {of} images at one end.",
        "Отсутствует часть исследования: {count} из {of} изображений с одного края.",
    ),
    "check_marks_without_lung": Phrase(
        "{count} of {of} marks lie on slices without lung.", "Меток на срезах, где нет лёгких: {count} из {of}."
    ),
    "check_marks_outside": Phrase(
        "{count} of {of} marks lie outside the lungs or the body.",
        "Меток вне лёгких или вне тела: {count} из {of}.",
    ),
    "check_marks_beside": Phrase(
        "{count} of {of} marks lie beside the lungs, within the body: perhaps lung that the outline leaves out.",
        "Меток рядом с лёгкими, в пределах тела: {count} из {of}; возможно, это участки лёгкого вне контура.",
    ),
    "check_wrong_slice": Phrase(
        "{count} pictures show another slice than the one they name.",
        "Изображений, показывающих не тот срез, на который они ссылаются: {count}.",
    ),
    "check_displaced": Phrase(
        "Positions of {count} frames differ from those of the source images they name, by up to {mm} mm.",
        "Кадров, положение которых отличается от указанных исходных: {count} (до {mm} мм).",
    ),
    "check_by_number": Phrase(
        "{count} pictures name no source image; they were laid on slices by number and likeness.",
        "Изображений без ссылок на исходные: {count}; они сопоставлены срезам по номеру и сходству.",
    ),
    "check_unplaced": Phrase(
        "{count} pictures could not be laid on a slice of the source; marks in them were not judged.",
        "Изображений, не сопоставленных срезам: {count}; метки на них не оценивались.",
    ),
    "check_grey_unjudged": Phrase(
        "In {count} pictures grey drawing cannot be told from the picture; only coloured marks were judged.",
        "Изображений, где серые метки не отличить от снимка: {count}; оценивались только цветные.",
    ),
    "check_seg_mirrored": Phrase(
        "Segment {segment} is mirrored: turned round ({axes}) it fits far better ({turned} % against {as_is} %).",
        "Сегмент {segment} зеркален: при отражении ({axes}) он ложится в лёгкие намного лучше "
        "({turned} % против {as_is} %).",
    ),
    "check_seg_outside": Phrase(
        "Segment {segment}: {percent} % of its volume lies outside the lungs or the body.",
        "Сегмент {segment}: {percent} % объёма лежит вне лёгких или вне тела.",
    ),
    "check_seg_piece_outside": Phrase(
        "Segment {segment}: {count} pieces lie outside the lungs or the body.",
        "Сегмент {segment}: вне лёгких или вне тела лежит частей: {count}.",
    ),
    "check_seg_off_source": Phrase(
        "{percent} % of the segmented volume lies outside the source volume.",
        "Вне объёма исходной серии лежит {percent} % сегментированного объёма.",
    ),
    "check_seg_without_place": Phrase(
        "{count} frames of a segmentation state no usable position or orientation.",
        "Кадров сегментации без пригодного положения или ориентации: {count}.",
    ),
    "check_seg_region": Phrase("No segment is of the chest.", "Ни один сегмент не относится к грудной клетке."),
    "check_shapes_outside": Phrase(
        "{count} of {of} shapes of a report or presentation lie outside the lungs or the body.",
        "Контуров отчёта или представления вне лёгких или вне тела: {count} из {of}.",
    ),
    "check_partial_lungs": Phrase(
        "The study shows a part of the chest; marks beyond it were judged against what is seen.",
        "В исследовании видна часть грудной клетки; метки оценивались по видимой части.",
    ),
    "check_message_lacks": Phrase(
        "The notification message lacks {count} fields.", "В сообщении о результате не хватает полей: {count}."
    ),
    "check_message_flags": Phrase(
        "The notification message says both, or neither, that there is pathology and that all is normal.",
        "В сообщении о результате признаки патологии и нормы противоречат друг другу.",
    ),
    "check_message_level": Phrase(
        "The confidence in the notification message is no number from 0 to 100.",
        "Уровень уверенности в сообщении о результате не число от 0 до 100.",
    ),
    "check_message_times": Phrase(
        "The times in the notification message are out of order.",
        "Времена в сообщении о результате идут не по порядку.",
    ),
    "check_message_uids": Phrase(
        "The notification message does not fit the objects: {fields}.",
        "Сообщение о результате не соответствует объектам: {fields}.",
    ),
    "check_no_message": Phrase("There is no notification message ({kind}).", "Сообщения о результате ({kind}) нет."),
}

add(PHRASES)
