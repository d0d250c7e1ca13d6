"""What is said while series and masks become the files of a data set."""

from __future__ import annotations

from groundglass.phrases import Phrase, add

add(
    {
        "thinning_nearest": Phrase(
            "slices are kept {mm} mm apart, the multiple of their distance next to the {wanted_mm} mm wanted",
            "срезы оставлены через {mm} мм: это ближайшее к заданным {wanted_mm} мм кратное их шага",
        ),
        "thinning_bridged": Phrase(
            "{count} of the slices kept are missing in the source and were filled in from their neighbours",
            "{count} из оставленных срезов нет в источнике, они восстановлены по соседним",
        ),
    }
)
