"""What can be wrong with a data set, in words: ``finding_<code>`` says it, ``finding_<code>_todo`` what to do."""

from __future__ import annotations

from groundglass.phrases import Phrase, add

_COPY = (
    "get the file again from its publisher, or make it again",
    "получите файл у издателя ещё раз или создайте заново",
)
_FIX_TABLE = ("correct the table, or the files", "исправьте таблицу или файлы")
_LOOK = ("look at the picture and the mask together", "посмотрите исследование вместе с маской")
_CONVERT = ("convert the study again from its DICOM", "преобразуйте исследование из DICOM заново")
_REMOVE = ("remove it, and publish a new version", "удалите это и выпустите новую версию")

_ROWS: dict[str, tuple[str, str, str, str]] = {
    # code: English, Russian, what to do in English, in Russian
    "layout_unknown": (
        "no reader knows what the files are {near}",
        "структура файлов не распознана {near}",
        "arrange them as MosMedData, nnU-Net, BIDS or pairs",
        "расположите файлы как в MosMedData, nnU-Net, BIDS или парами",
    ),
    "set_empty": (
        "there is no study in the set",
        "в наборе нет ни одного исследования",
        "give the folder that holds the studies",
        "укажите папку с исследованиями",
    ),
    "manifest_damaged": ("{file} cannot be read", "{file}: файл не читается", *_COPY),
    "readme_missing": (
        "{file} is missing or empty",
        "{file}: файл отсутствует или пуст",
        "describe the set: origin, selection, labels, licence, contact",
        "опишите набор: происхождение, отбор, разметка, лицензия, контакт",
    ),
    "licence_missing": (
        "no licence is stated ({file})",
        "лицензия не указана ({file})",
        "add a LICENSE file and name the licence in the README",
        "добавьте файл LICENSE и назовите лицензию в README",
    ),
    "licence_unclear": (
        "licence: {how} {licence} ({files})",
        "лицензия: {how} {licence} ({files})",
        "name one licence by its SPDX identifier everywhere",
        "везде указывайте одну лицензию по идентификатору SPDX",
    ),
    "file_unexpected": (
        "{file} belongs to nothing that the set says of itself",
        "{file}: файл не относится ни к чему в описании набора",
        "name it in a table, or take it out",
        "внесите файл в таблицу или уберите его",
    ),
    "file_outside": (
        "{file} leads out of the set",
        "{file}: путь ведёт за пределы набора",
        "use paths inside the set, copy what links point to",
        "используйте пути внутри набора, вместо ссылок положите сами файлы",
    ),
    "file_unreadable": ("{file} cannot be opened", "{file}: файл не открывается", *_COPY),
    "checksum_wrong": (
        "{file} is not the file that {list} names",
        "{file}: файл не соответствует контрольной сумме в {list}",
        *_COPY,
    ),
    "checksum_missing": (
        "{file}: a file without checksum, or a checksum without file ({list})",
        "{file}: файл без контрольной суммы или сумма без файла ({list})",
        "make the list of checksums again once the set is complete",
        "составьте список контрольных сумм заново, когда набор готов",
    ),
    "croissant_damaged": (
        "{file}: {how} {other}",
        "{file}: {how} {other}",
        "make the Croissant metadata again",
        "создайте метаданные Croissant заново",
    ),
    "statistics_thin": (
        "{column} is known of {known} of {of} studies",
        "{column}: известно для {known} из {of} исследований",
        "publish sex, age and scanner of more studies, or say in the README why not",
        "опубликуйте пол, возраст и аппарат для большего числа исследований или поясните в README, почему их нет",
    ),
    "statistics_wrong": (
        "{file}: {what} is not what the table of studies gives",
        "{file}: {what} не соответствует таблице исследований",
        "count the statistics again",
        "пересчитайте статистику",
    ),
    "registry_missing": ("{file} is missing", "{file}: файл отсутствует", *_COPY),
    "registry_damaged": ("{file} cannot be read", "{file}: файл не читается", *_COPY),
    "registry_column_missing": ("{file}: column {column} is missing", "{file}: нет столбца {column}", *_FIX_TABLE),
    "registry_row_damaged": (
        "{file}: row {row}, column {column} cannot be understood",
        "{file}: строка {row}, столбец {column}: значение непонятно",
        *_FIX_TABLE,
    ),
    "registries_differ": (
        "{file} and {other} differ in {column}",
        "{file} и {other} расходятся в столбце {column}",
        *_FIX_TABLE,
    ),
    "study_id_double": (
        "two rows have this name ({file}, row {row})",
        "два исследования с одним именем ({file}, строка {row})",
        *_FIX_TABLE,
    ),
    "study_not_in_registry": ("{file} is in no row", "{file}: файла нет в таблице", *_FIX_TABLE),
    "mask_not_in_registry": ("{file} is in no row", "{file}: маски нет в таблице", *_FIX_TABLE),
    "image_missing": ("{file} is not there {near}", "{file}: файл отсутствует {near}", *_COPY),
    "images_not_published": (
        "none of the {count} pictures is there: what needs them was not checked",
        "нет ни одного из исследований ({count}): то, что требует изображений, не проверено",
        "check again where the pictures are",
        "повторите проверку там, где есть изображения",
    ),
    "mask_missing": ("{file} is not there {near}", "{file}: файл маски отсутствует {near}", *_COPY),
    "grade_unknown": (
        "its grade is none of CT-0 to CT-4 ({file}, row {row})",
        "степень не из ряда КТ-0 ... КТ-4 ({file}, строка {row})",
        *_FIX_TABLE,
    ),
    "grade_missing": (
        "it has no grade, others have",
        "степень не указана, хотя у других она есть",
        *_FIX_TABLE,
    ),
    "grade_against_folder": (
        "{file} lies in the folder of another grade than its row says ({grade})",
        "{file} лежит в папке другой степени, чем в таблице ({grade})",
        *_FIX_TABLE,
    ),
    "grade_against_mask": (
        "graded CT-0, and its mask marks {ml} ml",
        "степень КТ-0, но маска содержит {ml} мл",
        *_LOOK,
    ),
    "grade_against_involvement": (
        "graded {grade}, and {percent} % of the lungs are marked",
        "степень {grade}, а размечено {percent} % объёма лёгких",
        *_LOOK,
    ),
    "counts_differ": (
        "{file} says {said}, there are {found} {what}",
        "{file}: указано {said}, на деле {found} {what}",
        "correct the number, or complete the set",
        "исправьте число или дополните набор",
    ),
    "facts_differ": (
        "{column}: the table says {stated}, the file {there}",
        "{column}: в таблице {stated}, в файле {there}",
        *_FIX_TABLE,
    ),
    "image_damaged": ("{file}: {how}", "{file}: {how}", *_COPY),
    "image_geometry": ("{file}: {how}", "{file}: {how}", *_CONVERT),
    "forms_differ": (
        "{file}: qform and sform lie {mm} mm apart",
        "{file}: qform и sform расходятся на {mm} мм",
        *_CONVERT,
    ),
    "image_side_unknown": ("{file}: {how}", "{file}: {how}", *_CONVERT),
    "image_spacing_odd": (
        "{file}: {how} {value}",
        "{file}: {how} {value}",
        "check whether it is a chest CT as the scanner made it",
        "проверьте, что это КТ грудной клетки в исходном виде",
    ),
    "hu_not_plausible": (
        "{file}: {how} ({low_hu} to {high_hu})",
        "{file}: {how} (от {low_hu} до {high_hu})",
        "convert it again with RescaleSlope and RescaleIntercept applied",
        "преобразуйте заново с учётом RescaleSlope и RescaleIntercept",
    ),
    "hu_clipped": (
        "{file}: {how} ({low_hu} to {high_hu})",
        "{file}: {how} (от {low_hu} до {high_hu})",
        "publish the HU of the scanner",
        "публикуйте исходные значения HU",
    ),
    "image_constant": (
        "{file}: {slices} of {of} slices hold one number only",
        "{file}: срезов из одного значения: {slices} из {of}",
        *_CONVERT,
    ),
    "slices_double": (
        "{file}: {slices} of {of} slices repeat another",
        "{file}: повторяющихся срезов: {slices} из {of}",
        *_CONVERT,
    ),
    "no_lungs": (
        "{file}: {ml} ml of air were seen where lungs should be",
        "{file}: там, где должны быть лёгкие, найдено {ml} мл воздуха",
        "check whether the chest is in view, and the HU",
        "проверьте, что видна грудная клетка, и значения HU",
    ),
    "image_upside_down": (
        "{file}: the anatomy lies otherwise than the header says, {how}",
        "{file}: анатомия расположена не так, как указано в заголовке: {how}",
        *_CONVERT,
    ),
    "mask_damaged": ("{file}: {how}", "{file}: {how}", *_COPY),
    "mask_not_labels": (
        "{file}: its numbers are not whole and 0 to 255 ({low} to {high})",
        "{file}: значения не целые от 0 до 255 (от {low} до {high})",
        "store labels as whole numbers",
        "храните метки целыми числами",
    ),
    "mask_label_unknown": (
        "{file}: the set does not name the labels {labels}",
        "{file}: метки {labels} не описаны в наборе",
        "name the labels, or correct the mask",
        "опишите метки или исправьте маску",
    ),
    "mask_grid": (
        "{file}: {how} ({mm})",
        "{file}: {how} ({mm})",
        "resample the mask to its picture",
        "приведите маску к сетке исследования",
    ),
    "mask_side_unknown": (
        "{file}: {how}",
        "{file}: {how}",
        "copy the geometry of the picture",
        "возьмите геометрию исследования",
    ),
    "mask_geometry": (
        "{file}: {how}",
        "{file}: {how}",
        "copy the geometry of the picture",
        "возьмите геометрию исследования",
    ),
    "mask_empty": ("{file} marks nothing", "{file}: маска пуста", *_LOOK),
    "mask_full": ("{file} marks {percent} % of the picture", "{file}: отмечено {percent} % изображения", *_LOOK),
    "mask_outside_body": (
        "{file}: {percent} % of it lie outside the body",
        "{file}: {percent} % маски вне тела",
        *_LOOK,
    ),
    "mask_outside_lung": (
        "{file}: {percent} % of it lie outside the lungs",
        "{file}: {percent} % маски вне лёгких",
        *_LOOK,
    ),
    "mask_mirrored": (
        "{file}: {percent} % of it lie on dense lung, {mirrored_percent} % when mirrored ({how})",
        "{file}: на уплотнённой ткани {percent} % маски, после отражения — {mirrored_percent} % ({how})",
        *_LOOK,
    ),
    "lung_mask_off": (
        "{file}: it holds {percent} % of the air seen in the lungs",
        "{file}: в маске {percent} % воздуха, видимого в лёгких",
        *_LOOK,
    ),
    "mask_shifted": (
        "{file}: it fits when moved by {slices} slices, {rows} rows and {columns} columns ({mm} mm)",
        "{file}: совпадает при сдвиге на {slices} срезов, {rows} строк и {columns} столбцов ({mm} мм)",
        *_LOOK,
    ),
    "mask_shifted_maybe": (
        "{file}: it fits somewhat better when moved by {slices} slices, {rows} rows and {columns} columns ({mm} mm)",
        "{file}: совпадает несколько лучше при сдвиге на {slices} срезов, {rows} строк и {columns} столбцов ({mm} мм)",
        *_LOOK,
    ),
    "mask_unlike": (
        "{file}: its edges follow nothing in the picture",
        "{file}: границы маски не соответствуют изображению",
        *_LOOK,
    ),
    "mask_tiny": ("{file} marks {count} voxels", "{file}: отмечено вокселей: {count}", *_LOOK),
    "check_failed": (
        "{file}: {how}; this is no fault of the data",
        "{file}: {how}; данные в этом не виноваты",
        "report it to the makers of groundglass",
        "сообщите разработчикам groundglass",
    ),
    "slices_order": (
        "{file}: {slices} of {of} slices do not continue their neighbours",
        "{file}: срезов, не продолжающих соседние: {slices} из {of}",
        *_CONVERT,
    ),
    "mask_specks": ("{file}: {count} single voxels", "{file}: отдельных вокселей: {count}", *_LOOK),
    "mask_unchecked": (
        "{file}: its picture is not there, so its place was not checked",
        "{file}: исследования нет, положение маски не проверено",
        "check again where the pictures are",
        "повторите проверку там, где есть изображения",
    ),
    "duplicate": (
        "the same picture as {other} ({how})",
        "то же изображение, что {other} ({how})",
        "keep one of them",
        "оставьте одно из них",
    ),
    "duplicate_across_splits": (
        "the same picture as {other} ({how}), in {first_part} and {second_part}",
        "то же изображение, что {other} ({how}): в {first_part} и {second_part}",
        "keep one of them: results on the second part are worth nothing",
        "оставьте одно: результаты на второй части недостоверны",
    ),
    "near_duplicate": (
        "looks like the same scan as {other} (likeness {likeness})",
        "похоже на то же сканирование, что {other} (сходство {likeness})",
        "look at both",
        "сравните оба исследования",
    ),
    "near_duplicate_across_splits": (
        "looks like the same scan as {other} (likeness {likeness}), in {first_part} and {second_part}",
        "похоже на то же сканирование, что {other} (сходство {likeness}): в {first_part} и {second_part}",
        "look at both, and put one patient into one part",
        "сравните оба и держите одного пациента в одной части",
    ),
    "mask_duplicate": ("the same mask as {other}", "та же маска, что у {other}", *_LOOK),
    "patient_in_two_splits": (
        "a patient is in {parts}: {studies}",
        "один пациент в частях {parts}: {studies}",
        "divide by patient",
        "делите набор по пациентам",
    ),
    "split_unknown": (
        "its part of the set is not known, or tables disagree ({file})",
        "часть набора не указана, или таблицы расходятся ({file})",
        *_FIX_TABLE,
    ),
    "split_unbalanced": (
        "{grade} is {first_percent} % of {first_part} and {second_percent} % of {second_part}",
        "{grade}: {first_percent} % в {first_part} и {second_percent} % в {second_part}",
        "divide again, by patient and stratified by grade",
        "разделите заново: по пациентам и с учётом степени",
    ),
    "identifier_in_header": (
        "{file}: {place} holds text that may name a patient",
        "{file}: {place} содержит текст, который может указывать на пациента",
        *_REMOVE,
    ),
    "identifier_in_text": (
        "{file}: {kind}, {count} times",
        "{file}: {kind}, раз: {count}",
        *_REMOVE,
    ),
    "identifier_in_name": (
        "{file}: {kind} in the name",
        "{file}: {kind} в имени",
        "rename it, and publish a new version",
        "переименуйте и выпустите новую версию",
    ),
    "header_text": (
        "{file}: {place} holds free text",
        "{file}: {place} содержит произвольный текст",
        "empty the text fields of headers",
        "очистите текстовые поля заголовков",
    ),
    "metadata_in_file": (
        "{file} tells: {kind}",
        "{file} сообщает: {kind}",
        "clear the properties of the document",
        "очистите свойства документа",
    ),
    "dicom_inside": (
        "{file} is DICOM ({count} such files)",
        "{file}: DICOM (таких файлов: {count})",
        "run groundglass deidentify verify on them",
        "проверьте их командой groundglass deidentify verify",
    ),
    "small_cell": (
        "{patients} patients share: {cell}",
        "общее сочетание у пациентов ({patients}): {cell}",
        "publish ages in decades, join rare scanners, or accept it knowingly",
        "публикуйте возраст по десятилетиям, объедините редкие аппараты или примите это осознанно",
    ),
}

PHRASES: dict[str, Phrase] = {
    **{f"finding_{code}": Phrase(row[0], row[1]) for code, row in _ROWS.items()},
    **{f"finding_{code}_todo": Phrase(row[2], row[3]) for code, row in _ROWS.items()},
}
add(PHRASES)
