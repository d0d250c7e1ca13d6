"""What is said while series and masks become the files of a data set."""

from __future__ import annotations

from groundglass.phrases import Phrase, add

add(
    {
        "thinning_nearest": Phrase(
            "slices are kept {mm} mm apart, the multiple of their distance next to the {wanted_mm} mm wanted",
            "срезы оставлены через {mm} мм: это ближайшее к заданным {wanted_mm} мм кратное их шага",
        ),
        "hu_no_body": Phrase(
            "the numbers of the picture cannot be Hounsfield units of a body ({code})",
            "числа изображения не могут быть единицами Хаунсфилда тела ({code})",
        ),
        "thinning_sparse": Phrase(
            "thinning leaves {slices} slices, {mm} mm apart: too few for a chest, or too far apart",
            "после прореживания осталось срезов: {slices}, шаг {mm} мм: для органов грудной клетки мало или редко",
        ),
        "thinning_bridged": Phrase(
            "{count} of the slices kept are missing in the source and were filled in from their neighbours",
            "{count} из оставленных срезов нет в источнике, они восстановлены по соседним",
        ),
        "mask_empty": Phrase("the mask of {kind} marks nothing", "маска ({kind}) пуста"),
        "mask_empty_when_thinned": Phrase(
            "what the mask of {kind} marks lies between the slices that are kept",
            "всё отмеченное маской ({kind}) лежит между оставленными срезами",
        ),
        "mask_names_other_series": Phrase(
            "the segmentation {where} names another series; it was placed by its millimetres",
            "сегментация {where} ссылается на другую серию; она размещена по координатам",
        ),
        "mask_frames_elsewhere": Phrase(
            "{count} frames of the segmentation {where} do not lie on the slices they name; their planes were taken",
            "кадры сегментации {where} ({count}) лежат не на тех срезах, на которые ссылаются; взяты их плоскости",
        ),
    }
)
