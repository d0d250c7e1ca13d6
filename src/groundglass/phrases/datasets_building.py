"""What a build of a data set says."""

from __future__ import annotations

from groundglass.phrases import Phrase, add

PHRASES: dict[str, Phrase] = {
    "dataset_left": Phrase("left", "осталось"),
    "dataset_out": Phrase("fell out", "выбыло"),
    "dataset_built": Phrase(
        "{studies} studies of {patients} patients: {folder}",
        "Исследований: {studies}, пациентов: {patients}: {folder}",
    ),
    "dataset_resumed": Phrase(
        "{count} studies were done by an earlier run", "{count} исследований сделано предыдущим запуском"
    ),
    "dataset_unchanged": Phrase(
        "this version is there already, made of the same: {folder}",
        "эта версия уже есть и сделана из того же самого: {folder}",
    ),
    "dataset_next": Phrase(
        "now run: groundglass dataset validate {folder}", "теперь: groundglass dataset validate {folder}"
    ),
    "dataset_remark": Phrase(
        "in {count} studies, such as: {example}", "в исследованиях ({count}), например: {example}"
    ),
    "dataset_text_blanked": Phrase(
        "words in a picture were blanked; somebody has to look at it",
        "текст на изображении закрыт; его нужно посмотреть",
    ),
    "funnel_converted": Phrase("could be read, cleaned and converted", "прочитано, обезличено и преобразовано"),
}

add(PHRASES)
