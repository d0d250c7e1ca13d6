"""Words of the segmentations: series, segments, and how they came about."""

from __future__ import annotations

from groundglass.phrases import Phrase, add

add(
    {
        # 64 characters at most, and some programs count bytes
        "seg_content": Phrase(en="For research use only, not for diagnosis", ru="Только для исследований"),
        "seg_series_lungs": Phrase(en="Lungs (AI)", ru="Лёгкие (ИИ)"),
        "seg_series_lesions": Phrase(en="Ground glass and consolidation (AI)", ru="Матовое стекло и консолидация (ИИ)"),
        "seg_right_lung": Phrase(en="Right lung", ru="Правое лёгкое"),
        "seg_left_lung": Phrase(en="Left lung", ru="Левое лёгкое"),
        "seg_lung_side_unknown": Phrase(en="Lung, side unknown", ru="Лёгкое, сторона не определена"),
        "seg_ground_glass": Phrase(en="Ground-glass opacity", ru="Матовое стекло"),
        "seg_consolidation": Phrase(en="Consolidation", ru="Консолидация"),
        "seg_derivation": Phrase(
            en="Outlined automatically on the images of the source series, voxel by voxel.",
            ru="Выделено автоматически на изображениях исходной серии, воксель к вокселю.",
        ),
        "seg_bridged": Phrase(
            en="Slices between images of the source where one is missing: {count}; their frames refer to no image.",
            ru="Срезов на месте отсутствующих изображений серии: {count}; их кадры не ссылаются на изображение.",
        ),
    }
)
