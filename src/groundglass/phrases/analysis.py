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
    # lesions
    "healthy_lung_assumed": Phrase(
        "too little healthy lung was left to measure its density; {mode_hu} HU were assumed",
        "неизменённой лёгочной ткани слишком мало, чтобы измерить её плотность; принято {mode_hu} HU",
    ),
    "healthy_lung_dense": Phrase(
        "the lungs are dense throughout ({mode_hu} HU): shallow breath or diffuse change; faint ground glass may be "
        "missed or seen where there is none",
        "плотность лёгких диффузно повышена ({mode_hu} HU): неполный вдох или диффузные изменения; слабо выраженное "
        "«матовое стекло» может быть пропущено или выявлено ошибочно",
    ),
    "hu_approximate": Phrase(
        "the HU of this volume are approximate, so the interval is wider",
        "значения HU в этом объёме приблизительные, поэтому интервал шире",
    ),
    "hu_clipped": Phrase(
        "the HU are cut off at {ceiling_hu}, as in a display window",
        "значения HU обрезаны на уровне {ceiling_hu}, как в окне просмотра",
    ),
    "contrast_suspected": Phrase(
        "the great vessels look contrast-enhanced; the thresholds are made for chests without contrast",
        "крупные сосуды выглядят контрастированными; пороги рассчитаны на исследования без контрастирования",
    ),
    "interval_wide": Phrase(
        "the percentage is uncertain: 95 % interval {low} to {high}",
        "процент поражения определён неточно: 95 % интервал от {low} до {high}",
    ),
}

add(PHRASES)
