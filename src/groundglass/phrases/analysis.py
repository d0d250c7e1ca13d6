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
        "the top of the lungs is not in the volume; what is missing is estimated at {share} % of what is seen",
        "верхние отделы лёгких не вошли в область сканирования, по оценке это {share} % от видимого объёма",
    ),
    "coverage_cut_bottom": Phrase(
        "the bottom of the lungs is not in the volume; what is missing is estimated at {share} % of what is seen",
        "нижние отделы лёгких не вошли в область сканирования, по оценке это {share} % от видимого объёма",
    ),
    "coverage_tip_top": Phrase(
        "the very tips of the lungs lie above the volume",
        "самые верхушки лёгких не вошли в область сканирования",
    ),
    "coverage_tip_bottom": Phrase(
        "the lowest parts of the costophrenic recesses lie below the volume",
        "дно рёберно-диафрагмальных синусов не вошло в область сканирования",
    ),
    "coverage_cut_side": Phrase(
        "the field of view cuts the lungs at the side, over {area_cm2} cm²",
        "поле обзора срезает лёгкие сбоку, площадь среза {area_cm2} см²",
    ),
    "chest_upside_down": Phrase(
        "the trachea forks upwards: the volume is stored upside down, its orientation is not to be trusted",
        "трахея ветвится вверх: объём перевёрнут, его ориентации нельзя доверять",
    ),
    "coverage_few_slices": Phrase(
        "too few slices for a whole chest: {slices}",
        "слишком мало срезов для оценки всей грудной клетки: {slices}",
    ),
    "coverage_short": Phrase(
        "only {height_mm} mm of lung along the body is seen",
        "видно лишь {height_mm} мм лёгких по высоте",
    ),
    "one_lung": Phrase(
        "only one lung was found (the other is {share} % of both): pneumonectomy, total opacification "
        "or a partial picture",
        "найдено только одно лёгкое (на второе приходится {share} % объёма): пневмонэктомия, тотальное затемнение "
        "или неполное изображение",
    ),
    "lungs_unequal": Phrase(
        "one lung is much smaller than the other ({share} % of both): collapse, effusion "
        "or dense lung that was not recognised",
        "одно лёгкое намного меньше другого ({share} % общего объёма): ателектаз, выпот или нераспознанное уплотнение",
    ),
    "right_lung_small": Phrase(
        "the right lung is much smaller than the left ({share} % of both): collapse, effusion "
        "or dense lung that was not recognised",
        "правое лёгкое намного меньше левого ({share} % общего объёма): ателектаз, выпот или нераспознанное уплотнение",
    ),
    "left_lung_small": Phrase(
        "the left lung is much smaller than the right ({share} % of both): collapse, effusion "
        "or dense lung that was not recognised",
        "левое лёгкое намного меньше правого ({share} % общего объёма): ателектаз, выпот или нераспознанное уплотнение",
    ),
    "heart_on_the_right": Phrase(
        "the heart lies {shift_mm} mm to the right of the spine: situs inversus, dextrocardia, a shifted mediastinum, "
        "or pictures stored mirrored; check right and left",
        "сердце смещено вправо от позвоночника на {shift_mm} мм: обратное расположение органов, декстрокардия, "
        "смещение средостения или зеркальное изображение; проверьте стороны",
    ),
    "expiration_suspected": Phrase(
        "the scan looks like expiration: healthy lung is commonest at {hu} HU, the lungs hold {volume_ml} ml; "
        "dense healthy lung may be taken for ground glass",
        "исследование похоже на выполненное на выдохе: плотность здоровой ткани чаще всего {hu} HU, объём лёгких "
        "{volume_ml} мл; её уплотнение может быть принято за «матовое стекло»",
    ),
    "carina_not_found": Phrase(
        "the carina was not found: zones are thirds of the lungs' height",
        "бифуркация трахеи не найдена: зоны — трети высоты лёгких",
    ),
    "dense_lung_completed": Phrase(
        "{volume_ml} ml of dense tissue next to the chest wall or amid lung was counted as lung: "
        "consolidation is likely, check the outline",
        "{volume_ml} мл плотной ткани у грудной стенки или среди лёгкого отнесено к лёгкому: "
        "вероятна консолидация, проверьте контур",
    ),
    "effusion_suspected": Phrase(
        "{volume_ml} ml of fluid is suspected beside the lungs; it was not counted as lung",
        "заподозрен плевральный выпот {volume_ml} мл; в объём лёгких не включён",
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
    "network_failed": Phrase(
        "the network found far less lung than there is air-filled lung, so the classical engine measured this study",
        "нейросеть нашла намного меньше лёгкого, чем содержащей воздух лёгочной ткани; измерено классическим методом",
    ),
    "engines_differ": Phrase(
        "the network alone sees {learned} % of the lungs involved, density alone {classical} %: look at the lesions",
        "по нейросети поражено {learned} % лёгких, по плотности {classical} %: проверьте очаги",
    ),
    "outlines_differ": Phrase(
        "network and classical analysis disagree on {percent} % of the air-filled lung: look at the outlines",
        "нейросеть и классический анализ расходятся на {percent} % воздушной лёгочной ткани: проверьте контуры",
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
