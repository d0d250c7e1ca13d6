"""What is said about lobes and the fissures between them, always with how sure they are."""

from __future__ import annotations

from groundglass.phrases import Phrase, add

PHRASES: dict[str, Phrase] = {
    "lobe_1": Phrase("right upper lobe", "верхняя доля правого лёгкого"),
    "lobe_2": Phrase("right middle lobe", "средняя доля правого лёгкого"),
    "lobe_3": Phrase("right lower lobe", "нижняя доля правого лёгкого"),
    "lobe_4": Phrase("left upper lobe", "верхняя доля левого лёгкого"),
    "lobe_5": Phrase("left lower lobe", "нижняя доля левого лёгкого"),
    "lobe_6": Phrase(
        "right upper and middle lobe, not told apart",
        "верхняя и средняя доли правого лёгкого, не разделены",
    ),
    "report_lobes_section": Phrase(
        "Lobes (weak evidence, not counted)", "Доли лёгких (ориентировочно, в расчёты не входят)"
    ),
    "report_lobe": Phrase("Lobe", "Доля"),
    "report_lobe_border": Phrase("Border sure, %", "Достоверность границы, %"),
    "report_no_lobes": Phrase("No lobe could be told.", "Доли выделить не удалось."),
    "lobes_not_counted": Phrase(
        "Lobes are found by the fissures alone and only for orientation: neither the grade nor any percentage of the "
        "lungs rests on them.",
        "Доли определены только по междолевым щелям и показаны для ориентировки: на степень и процент поражения лёгких "
        "они не влияют.",
    ),
    "lobes_right_unsure": Phrase(
        "the lobes of the right lung are not shown: its oblique fissure was not seen well enough ({confidence} % sure)",
        "доли правого лёгкого не показаны: косая междолевая щель прослеживается недостаточно (достоверность "
        "{confidence} %)",
    ),
    "lobes_middle_unsure": Phrase(
        "the right upper and middle lobe are shown as one: the horizontal fissure was not seen well enough "
        "({confidence} % sure)",
        "верхняя и средняя доли правого лёгкого показаны вместе: горизонтальная междолевая щель прослеживается "
        "недостаточно (достоверность {confidence} %)",
    ),
    "lobes_left_unsure": Phrase(
        "the lobes of the left lung are not shown: its oblique fissure was not seen well enough ({confidence} % sure)",
        "доли левого лёгкого не показаны: косая междолевая щель прослеживается недостаточно (достоверность "
        "{confidence} %)",
    ),
    "picture_lobes_right": Phrase(
        "Right lung, sagittal: where the fissures were found. Sure to within 5 mm: oblique {oblique} %, horizontal "
        "{horizontal} %. For orientation only.",
        "Правое лёгкое, сагиттально: найденные междолевые щели. Достоверность (в пределах 5 мм): косая {oblique} %, "
        "горизонтальная {horizontal} %. Только для ориентировки.",
    ),
    "picture_lobes_right_oblique": Phrase(
        "Right lung, sagittal: where the oblique fissure was found, {oblique} % sure to within 5 mm; the horizontal "
        "one was not seen well enough. For orientation only.",
        "Правое лёгкое, сагиттально: найденная косая междолевая щель, достоверность (в пределах 5 мм) {oblique} %; "
        "горизонтальная прослеживается недостаточно. Только для ориентировки.",
    ),
    "picture_lobes_left": Phrase(
        "Left lung, sagittal: where the oblique fissure was found, {oblique} % sure to within 5 mm. For orientation "
        "only.",
        "Левое лёгкое, сагиттально: найденная косая междолевая щель, достоверность (в пределах 5 мм) {oblique} %. "
        "Только для ориентировки.",
    ),
}

add(PHRASES)
