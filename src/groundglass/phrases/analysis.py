"""Phrases: analysis."""

from __future__ import annotations

from groundglass.phrases import Phrase, add

PHRASES: dict[str, Phrase] = {
    # coverage
    "coverage_no_patient": Phrase(
        "no patient was found in the volume",
        "в объёме не найдено тело пациента",
    ),
    "coverage_no_lungs": Phrase(
        "the volume shows no chest: {volume_ml} ml of lung",
        "грудная клетка в объёме не видна: лёгочной ткани {volume_ml} мл",
    ),
    "coverage_cut_top": Phrase(
        "the lungs are cut off at the top of the volume",
        "верхушки лёгких не вошли в область сканирования",
    ),
    "coverage_cut_bottom": Phrase(
        "the lungs are cut off at the bottom of the volume",
        "нижние отделы лёгких не вошли в область сканирования",
    ),
}

add(PHRASES)
