"""Words burned into the marked series, and those of its headers."""

from __future__ import annotations

from groundglass.phrases import Phrase, add

add(
    {
        # at most 64 bytes in UTF-8 (LO): a Russian letter has two
        "marked_series": Phrase("Marked: ground glass, consolidation (AI)", "Разметка участков поражения (ИИ)"),
        "marked_slice": Phrase("slice {slice} of {slices}", "срез {slice} из {slices}"),
        "marked_image": Phrase("image {number}", "изображение {number}"),
        "marked_frame": Phrase("frame {number}", "кадр {number}"),
        "marked_position": Phrase("{mm} mm", "{mm} мм"),
        "marked_this_slice": Phrase("involved in this slice: {percent} %", "поражение на срезе {percent} %"),
        "marked_lungs": Phrase(
            "involved in the lungs: {percent} % ({low}–{high})", "поражение лёгких {percent} % ({low}–{high})"
        ),
        "marked_grade": Phrase("suggested grade: {grade}", "предположительно {grade}"),
        "marked_no_finding": Phrase("Target pathology not found", "Целевая патология не обнаружена"),
        "marked_below": Phrase("marks below the limit of CT-1", "отметки ниже предела КТ-1"),
        "marked_no_finding_here": Phrase("no marks in this slice", "на этом срезе отметок нет"),
        "marked_part": Phrase("only part of the lungs is seen", "видна только часть лёгких"),
        "marked_use_research": Phrase(
            "FOR RESEARCH ONLY\nnot for diagnosis", "В исследовательских целях\nне для диагностики"
        ),
        "marked_derivation": Phrase(
            "Slice of the source in a lung window (width {width}, level {level} HU). Red rectangles: around lesions; "
            "solid amber outline: lesion; dashed red outline: consolidation within it. Outlined automatically.",
            "Срез исходной серии в лёгочном окне (ширина {width}, уровень {level} HU). Красные прямоугольники: вокруг "
            "участков поражения; сплошной жёлтый контур: поражение; прерывистый красный: консолидация в нём. Выделено "
            "автоматически.",
        ),
        "marked_derivation_plain": Phrase(
            "Slice of the source in a lung window (width {width}, level {level} HU); nothing was outlined in it.",
            "Срез исходной серии в лёгочном окне (ширина {width}, уровень {level} HU); на нём ничего не выделено.",
        ),
    }
)
