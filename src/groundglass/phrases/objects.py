"""Words of the DICOM objects that are not the structured report or the marked pictures."""

from __future__ import annotations

from groundglass.phrases import Phrase, add

add(
    {
        "objects_pdf_title": Phrase(
            en="Chest CT, automatic reading (for research use only)",
            ru="КТ грудной клетки, автоматический анализ (для исследований)",
        ),
        "objects_key_slices": Phrase(
            en="Slices with the largest findings of the automatic reading, most involved first. A suggestion; a "
            "physician decides.",
            ru="Срезы с наибольшими находками автоматического анализа, начиная с самого поражённого. "
            "Предложение; решение принимает врач.",
        ),
        "objects_rejection": Phrase(
            en="The results named here were replaced by a newer run of the automatic reading.",
            ru="Перечисленные здесь результаты заменены более новым запуском автоматического анализа.",
        ),
        # DICOM gives a series description 64 characters, and some programs count bytes: 30 Cyrillic letters at most
        "objects_series_report": Phrase(en="Report (AI, research use only)", ru="Отчёт ИИ (исследование)"),
        "objects_series_key_objects": Phrase(en="Key slices (AI)", ru="Ключевые срезы (ИИ)"),
        "objects_series_rejection": Phrase(en="Rejected earlier results (AI)", ru="Отозванные результаты (ИИ)"),
        "dicom_not_written": Phrase(
            en="No DICOM objects were written: {reason}.",
            ru="Объекты DICOM не записаны: {reason}.",
        ),
        "frame_of_reference_made": Phrase(
            en="The source has no frame of reference, or a different one for each slice; the DICOM objects carry a new "
            "one, and viewers may not link them with the source by position.",
            ru="В исходной серии нет системы координат или она разная у срезов; объектам DICOM присвоена новая, и "
            "программы просмотра могут не совместить их с исходной серией по положению.",
        ),
        "series_uid_not_masked": Phrase(
            en="The Series Instance UID of the marked series could not follow the mask of the profile ({reason}); it "
            "has a UID under 2.25.",
            ru="UID серии с разметкой не удалось составить по маске профиля ({reason}); использован UID 2.25.",
        ),
    }
)
