"""What ``deidentify verify`` says."""

from __future__ import annotations

from groundglass.phrases import Phrase, add

PHRASES: dict[str, Phrase] = {
    "verify_nothing_found": Phrase(
        "no planted or known identifier found", "подложенных или известных идентификаторов не найдено"
    ),
    "verify_found": Phrase("findings that are errors: {errors}", "найдено ошибок: {errors}"),
    "verify_read": Phrase(
        "read of IN: {source_files} files, {source_objects} DICOM objects, {identifiers} identifiers; of OUT: {files} "
        "files, {objects} DICOM objects, {elements} elements, {bytes} bytes, {frames} frames looked at, {read_frames} "
        "of them read for text",
        "прочитано из IN: файлов {source_files}, объектов DICOM {source_objects}, идентификаторов {identifiers}; из "
        "OUT: файлов {files}, объектов DICOM {objects}, элементов {elements}, байтов {bytes}, просмотрено кадров "
        "{frames}, из них на текст {read_frames}",
    ),
    "verify_unseen": Phrase(
        "not seen: identifiers that stand neither in IN nor in the list, handwriting, faint or turned writing in "
        "pixels, a face or body that somebody knows, encrypted content",
        "не проверяется: идентификаторы, которых нет ни в IN, ни в списке, рукописный текст, бледные или повёрнутые "
        "надписи на изображениях, узнаваемые лицо и тело, зашифрованное содержимое",
    ),
    "verify_l01": Phrase(
        "an identifier of the source stands in an element: clean that attribute and run again",
        "в элементе остался идентификатор источника: очистите этот атрибут и повторите",
    ),
    "verify_l02": Phrase(
        "an identifier of the source stands among bytes outside of any text: remove those bytes",
        "идентификатор источника найден среди байтов вне текстовых значений: удалите эти байты",
    ),
    "verify_l03": Phrase(
        "a name, link or attribute of a file gives something of the source away: rename the file",
        "имя, ссылка или атрибут файла выдаёт сведения об источнике: переименуйте файл",
    ),
    "verify_l04": Phrase(
        "a UID of the source was kept: replace it (or say --uids-kept if that is wanted)",
        "сохранился UID источника: замените его (или укажите --uids-kept, если так задумано)",
    ),
    "verify_l05": Phrase(
        "a date of the source was not moved: move or remove it", "дата источника не сдвинута: сдвиньте или удалите её"
    ),
    "verify_l06": Phrase("the date of birth stands there: remove it", "сохранилась дата рождения: удалите её"),
    "verify_l07": Phrase(
        "a text of a private attribute of the source was kept: remove it",
        "сохранился текст частного атрибута источника: удалите его",
    ),
    "verify_l08": Phrase(
        "an identifier of the source can be read in the pixels: blank it or drop the object",
        "идентификатор источника читается на изображении: закрасьте его или исключите объект",
    ),
    "verify_l09": Phrase(
        "something that reads as a name, number or date stands in the pixels: look at it, blank it or drop the object",
        "на изображении читается похожее на имя, номер или дату: проверьте, закрасьте или исключите объект",
    ),
    "verify_l10": Phrase(
        "a comment of the source was kept as it was: clean it",
        "комментарий источника сохранён без изменений: очистите его",
    ),
    "verify_l11": Phrase(
        "an identifier of the list was found: clean the place and run again",
        "найден идентификатор из списка: очистите это место и повторите",
    ),
    "verify_l12": Phrase(
        "an identifier of the source stands in a file that is no DICOM object: remove or clean the file",
        "идентификатор источника найден в файле другого формата: удалите или очистите файл",
    ),
    "verify_r01": Phrase(
        "could not be read in full, so nothing can be said of the rest: repair or remove the file",
        "файл не прочитан полностью, об остатке ничего сказать нельзя: исправьте или удалите его",
    ),
    "verify_r02": Phrase(
        "OUT holds no file that can be read: nothing was proved", "в OUT нет читаемых файлов: ничего не доказано"
    ),
    "verify_r03": Phrase(
        "IN holds no file that can be read: there was nothing to look for",
        "в IN нет читаемых файлов: искать было нечего",
    ),
    "verify_r04": Phrase(
        "the pixels could not be decoded, so nothing can be said of them: decode or remove the object",
        "пиксели не раскодированы, о них ничего сказать нельзя: раскодируйте или исключите объект",
    ),
    "verify_f01": Phrase(
        "PatientIdentityRemoved is not YES: the object was not de-identified, or does not say so",
        "PatientIdentityRemoved не равно YES: объект не обезличен или не сообщает об этом",
    ),
    "verify_f02": Phrase(
        "the method of de-identification or its codes are missing: add them",
        "нет описания метода обезличивания или его кодов: добавьте их",
    ),
    "verify_f03": Phrase(
        "LongitudinalTemporalInformationModified says nothing: set MODIFIED, REMOVED or UNMODIFIED",
        "не задано LongitudinalTemporalInformationModified: укажите MODIFIED, REMOVED или UNMODIFIED",
    ),
    "verify_f04": Phrase("the preamble holds bytes: fill it with zeros", "преамбула не пуста: заполните её нулями"),
    "verify_f05": Phrase(
        "private attributes are left: keep only blocks known to be safe",
        "остались частные атрибуты: оставляйте только заведомо безопасные",
    ),
    "verify_f06": Phrase(
        "a person name differs from the pseudonym of the patient: look at it",
        "имя человека отличается от псевдонима пациента: проверьте",
    ),
    "verify_f07": Phrase("curves or overlays are left: look at them", "остались кривые или наложения: проверьте их"),
    "verify_f08": Phrase(
        "an attribute that the Basic Profile takes out or empties has a value: look at it",
        "атрибут, который базовый профиль удаляет или очищает, имеет значение: проверьте",
    ),
    "verify_f09": Phrase(
        "an age above 89 years stands there: write 089Y", "указан возраст старше 89 лет: запишите 089Y"
    ),
    "verify_f10": Phrase(
        "a document or raw data of a scanner: leave it out", "документ или сырые данные аппарата: исключите объект"
    ),
    "verify_f11": Phrase(
        "the file meta information has private information: remove it",
        "в метаинформации файла есть частные сведения: удалите их",
    ),
    "verify_f12": Phrase(
        "the key, a table, the state or the log of a project lies there: who has it can undo everything; take it out",
        "здесь лежит ключ, таблица, состояние или журнал проекта: с ними обезличивание обратимо; удалите",
    ),
    "verify_f13": Phrase(
        "a link: whoever copies OUT may take along what it leads to; remove it",
        "ссылка: при копировании OUT может попасть и то, на что она ведёт; удалите её",
    ),
    "verify_f14": Phrase(
        "an e-mail address or telephone number stands in an element: clean that attribute and run again",
        "в элементе есть адрес электронной почты или номер телефона: очистите этот атрибут и повторите",
    ),
    "verify_f15": Phrase(
        "an attribute that identifies the patient or his origin has a value: remove it",
        "атрибут, указывающий на пациента или его происхождение, имеет значение: удалите его",
    ),
    "verify_w01": Phrase(
        "a descriptive text of the source with unknown words was kept: look at it",
        "сохранён описательный текст источника с незнакомыми словами: проверьте",
    ),
    "verify_w02": Phrase("something is written in the pixels: look at it", "на изображении есть надпись: проверьте"),
    "verify_w03": Phrase(
        "bits above BitsStored are in use: an overlay or something hidden; look at them",
        "заняты биты выше BitsStored: наложение или нечто скрытое; проверьте",
    ),
    "verify_w04": Phrase(
        "a date was moved by other days than the rest of its patient: relative times changed",
        "дата сдвинута на другое число дней, чем остальные даты пациента: промежутки изменились",
    ),
    "verify_w05": Phrase(
        "a file of unknown format, searched as bytes only: look at it",
        "файл неизвестного формата, проверен только побайтно: посмотрите его",
    ),
    "verify_w06": Phrase(
        "a file of IN could not be read in full: its identifiers are not all known",
        "файл из IN прочитан не полностью: не все его идентификаторы известны",
    ),
    "verify_w07": Phrase(
        "an address, number or name of a text file of IN, which no header has, stands there: look at it",
        "найдены адрес, номер или имя из текстового файла IN, которых нет в заголовках: проверьте",
    ),
    "verify_w08": Phrase(
        "a file that de-identification does not write: look at it",
        "файл, который обезличивание не создаёт: проверьте его",
    ),
    "verify_w09": Phrase(
        "private attributes are left, safe ones as the object says (113111): look at them",
        "остались частные атрибуты, по утверждению объекта (113111) безопасные: проверьте их",
    ),
    "verify_m01": Phrase("a UID of the source, kept on purpose", "UID источника, сохранённый намеренно"),
    "verify_m02": Phrase(
        "the time stamp of the file is that of a source file", "время изменения файла совпадает с исходным"
    ),
    "verify_m03": Phrase(
        "no object of IN looks like this one: its dates were held against all patients",
        "в IN нет похожего объекта: даты сверены со всеми пациентами",
    ),
    "verify_m04": Phrase(
        "a reader of text in pictures is not on this machine: Cyrillic and Chinese writing is read less well",
        "на этой машине нет одной из программ чтения надписей: кириллица и иероглифы читаются хуже",
    ),
    "verify_m05": Phrase(
        "so many pictures of IN were not read: words that stand in them alone are not known",
        "столько изображений из IN не прочитано: слова, которые есть только на них, не известны",
    ),
}
"""Findings by code (``verify_l01`` for L01), and the sentences around them."""

add(PHRASES)
