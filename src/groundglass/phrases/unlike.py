"""What is said about a study that is unlike the CTs that the network was trained on."""

from __future__ import annotations

from groundglass.phrases import Phrase, add

PHRASES: dict[str, Phrase] = {
    "unlike_training": Phrase(
        "this study is unlike the CTs that the network was trained on ({count} unusual features, the farthest {score} "
        "widths outside its usual range): look at the outlines before trusting the figures",
        "исследование не похоже на те, на которых обучалась нейросеть (необычных признаков: {count}; наибольшее "
        "отклонение: {score} ширины обычного диапазона): прежде чем полагаться на цифры, проверьте контуры",
    ),
    "unlike_undecided_percent": Phrase(
        "unusual: much lung of which the network cannot say whether it is lesion ({value} % of what it found)",
        "необычно: нейросеть не может определить, поражён ли большой объём лёгочной ткани ({value} % от найденного)",
    ),
    "unlike_lung_undecided_percent": Phrase(
        "unusual: the network is undecided where the lungs end ({value} % of the lungs)",
        "необычно: нейросеть не уверена в границах лёгких ({value} % их объёма)",
    ),
    "unlike_air_lost_percent": Phrase(
        "unusual: the network does not see {value} % of the air-filled lung",
        "необычно: нейросеть не видит {value} % воздушной лёгочной ткани",
    ),
    "unlike_unseen_solid_percent": Phrase(
        "unusual: solid tissue inside the lungs that the network does not call lesion ({value} % of the lungs): a "
        "mass, contrast in vessels or a missed consolidation",
        "необычно: внутри лёгких есть плотная ткань, которую нейросеть не относит к поражению ({value} % объёма): "
        "объёмное образование, контраст в сосудах или пропущенная консолидация",
    ),
    "unlike_healthy_hu": Phrase(
        "unusual: density of the healthy lung, {value} HU", "необычно: плотность неизменённого лёгкого {value} HU"
    ),
    "unlike_healthy_spread_hu": Phrase(
        "unusual: spread of the density of the healthy lung, {value} HU: emphysema, fibrosis, or an odd reconstruction",
        "необычно: разброс плотности неизменённого лёгкого {value} HU: эмфизема, фиброз или непривычная реконструкция",
    ),
    "unlike_noise_hu": Phrase(
        "unusual: strong noise, {value} HU in soft tissue at 2 mm",
        "необычно: сильный шум, {value} HU в мягких тканях при шаге 2 мм",
    ),
    "unlike_soft_hu": Phrase(
        "unusual: density of soft tissue, {value} HU: the values may be no Hounsfield units",
        "необычно: плотность мягких тканей {value} HU: возможно, значения не являются единицами Хаунсфилда",
    ),
    "unlike_airway_hu": Phrase(
        "unusual: air in the trachea measures {value} HU: the values may be no Hounsfield units",
        "необычно: плотность воздуха в трахее {value} HU: возможно, значения не являются единицами Хаунсфилда",
    ),
    "unlike_vessels_hu": Phrase(
        "unusual: bright great vessels, {value} HU: contrast", "необычно: яркие крупные сосуды, {value} HU: контраст"
    ),
    "unlike_ceiling_hu": Phrase(
        "unusual: no voxel is brighter than {value} HU: the values were cut off by a window",
        "необычно: значения не превышают {value} HU: они обрезаны окном просмотра",
    ),
    "unlike_lungs_ml": Phrase("unusual: volume of the lungs, {value} ml", "необычно: объём лёгких {value} мл"),
    "unlike_height_mm": Phrase("unusual: height of the lungs, {value} mm", "необычно: высота лёгких {value} мм"),
    "unlike_side_ratio_percent": Phrase(
        "unusual: one lung has only {value} % of the volume of the other",
        "необычно: объём одного лёгкого составляет лишь {value} % объёма другого",
    ),
    "unlike_slice_mm": Phrase("unusual: slices {value} mm apart", "необычно: шаг срезов {value} мм"),
    "unlike_deep_percent": Phrase(
        "unusual: {value} % of the lesions lie deep in the lung, as in oedema, rather than near its border",
        "необычно: {value} % поражения лежит в глубине лёгких, как при отёке, а не у их края",
    ),
}

add(PHRASES)
