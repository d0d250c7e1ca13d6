"""Phrases: finding files, reading series, choosing the one to grade."""

from __future__ import annotations

from groundglass.phrases import Phrase, add

FILES: dict[str, Phrase] = {
    "files_not_dicom": Phrase(
        "{count} files are no DICOM objects and were passed over", "Файлов не в формате DICOM (пропущены): {count}"
    ),
    "files_directory": Phrase(
        "{count} DICOMDIR files were passed over: every file is looked at anyway",
        "Файлов DICOMDIR (пропущены, просматриваются все файлы): {count}",
    ),
    "files_broken": Phrase(
        "{count} damaged files were passed over ({code})", "Повреждённых файлов (пропущены): {count} ({code})"
    ),
}

ROLE_WORDS: dict[str, Phrase] = {
    "role_axial": Phrase("axial slices", "аксиальные срезы"),
    "role_axial_derived": Phrase(
        "axial slices that were derived from others, no original reconstruction",
        "производные аксиальные срезы, не исходная реконструкция",
    ),
    "role_not_an_image": Phrase(
        "a document or other object without CT pictures", "документ или иной объект без КТ-изображений"
    ),
    "role_localizer": Phrase("a localizer (scout)", "топограмма (обзорный снимок)"),
    "role_secondary_capture": Phrase(
        "a screen capture or other secondary picture", "снимок экрана или иное вторичное изображение"
    ),
    "role_dose_report": Phrase("a dose report or protocol page", "отчёт о дозе или лист протокола"),
    "role_reformat": Phrase(
        "a reformat or an acquisition that is not axial", "реформация или исследование не в аксиальной плоскости"
    ),
    "role_other_plane": Phrase(
        "an original volume stored along another axis than the body's",
        "исходный объём, сохранённый срезами не в аксиальной плоскости",
    ),
    "role_projection": Phrase(
        "a projection (MIP, MinIP, average) or rendering",
        "проекция (MIP, MinIP, усреднение) или объёмная реконструкция",
    ),
    "role_thick_slab": Phrase("overlapping thick slabs", "перекрывающиеся толстые слои"),
    "role_cone_beam": Phrase(
        "cone beam CT, whose numbers are no Hounsfield units",
        "конусно-лучевая КТ: значения не являются единицами Хаунсфилда",
    ),
    "role_spectral_map": Phrase(
        "a spectral map (iodine, virtual non-contrast, ...)",
        "спектральная карта (йод, виртуальная бесконтрастная и т. п.)",
    ),
    "role_perfusion_map": Phrase("a perfusion or other parametric map", "перфузионная или иная параметрическая карта"),
    "role_monoenergetic": Phrase(
        "a virtual monoenergetic series: HU depend on the energy chosen",
        "виртуальная моноэнергетическая серия: единицы Хаунсфилда зависят от выбранной энергии",
    ),
    "role_attenuation_correction": Phrase(
        "a low-dose CT for attenuation correction (PET), mostly in free breathing",
        "низкодозовая КТ для коррекции аттенюации (ПЭТ), как правило при свободном дыхании",
    ),
    "role_expiratory": Phrase(
        "an expiratory series: lung in expiration is denser and looks like ground glass",
        "серия на выдохе: лёгочная ткань плотнее и может имитировать матовое стекло",
    ),
}

SELECTION: dict[str, Phrase] = {
    "select_chosen": Phrase("chosen to be graded", "выбрана для оценки"),
    "select_extent_whole": Phrase(
        "covers {mm} mm along the body, enough for a whole chest",
        "протяжённость {mm} мм, достаточно для всей грудной клетки",
    ),
    "select_extent_short": Phrase(
        "covers only {mm} mm along the body, less than a whole chest",
        "протяжённость всего {mm} мм, меньше всей грудной клетки",
    ),
    "select_other_region": Phrase(
        "the header names another body region than the chest",
        "в заголовке указана другая область тела, не грудная клетка",
    ),
    "select_thin": Phrase("thin slices, {mm} mm apart", "тонкие срезы, шаг {mm} мм"),
    "select_medium": Phrase("slices of medium thickness, {mm} mm apart", "срезы средней толщины, шаг {mm} мм"),
    "select_thick": Phrase("thick slices, {mm} mm apart", "толстые срезы, шаг {mm} мм"),
    "select_kernel_soft": Phrase("soft tissue kernel", "мягкотканный фильтр реконструкции"),
    "select_kernel_lung": Phrase("lung kernel", "лёгочный фильтр реконструкции"),
    "select_kernel_bone": Phrase("bone kernel", "костный фильтр реконструкции"),
    "select_kernel_unknown": Phrase("kernel not known", "фильтр реконструкции неизвестен"),
    "select_beaten_usual_picture": Phrase(
        "another series of the study is a usual inspiratory CT", "в исследовании есть обычная КТ-серия на вдохе"
    ),
    "select_beaten_whole_chest": Phrase(
        "another series covers more of the chest", "другая серия охватывает грудную клетку полнее"
    ),
    "select_beaten_region": Phrase("another series is named as a chest", "другая серия обозначена как грудная клетка"),
    "select_beaten_original": Phrase(
        "another series is an original reconstruction", "другая серия является исходной реконструкцией"
    ),
    "select_beaten_supine": Phrase(
        "another series was made in supine position", "другая серия выполнена в положении на спине"
    ),
    "select_beaten_thin": Phrase("another series has thinner slices", "в другой серии срезы тоньше"),
    "select_beaten_no_contrast": Phrase(
        "another series was made without contrast", "другая серия выполнена без контрастирования"
    ),
    "select_beaten_kernel": Phrase(
        "another series has a softer kernel", "у другой серии более мягкий фильтр реконструкции"
    ),
    "select_beaten_lossless": Phrase("another series is stored without loss", "другая серия сохранена без потерь"),
    "select_beaten_complete": Phrase("another series is more complete", "другая серия полнее"),
    "select_beaten_thinner": Phrase(
        "another series has slightly thinner slices", "в другой серии срезы немного тоньше"
    ),
    "select_beaten_longer": Phrase("another series covers slightly more", "другая серия немного протяжённее"),
    "select_beaten_first": Phrase("another equal series comes first", "другая равноценная серия идёт раньше"),
    "series_refused": Phrase("cannot be graded: {code}", "не может быть оценена: {code}"),
}

WARNINGS: dict[str, Phrase] = {
    "slices_unusable": Phrase(
        "{count} slices are unreadable and were left out ({code})",
        "Нечитаемых срезов (не использованы): {count} ({code})",
    ),
    "slices_undecodable": Phrase(
        "{count} slices could not be decoded and were filled from their neighbours ({code})",
        "Срезов, которые не удалось декодировать (восполнены по соседним): {count} ({code})",
    ),
    "duplicates_dropped": Phrase(
        "{count} slices repeat others exactly and were left out",
        "Срезов, точно повторяющих другие (не использованы): {count}",
    ),
    "series_split": Phrase(
        "the series holds {count} volumes, told apart by {by}",
        "Серия содержит несколько объёмов ({count}), разделены по признаку: {by}",
    ),
    "slices_bridged": Phrase(
        "{count} missing slices were filled from their neighbours (widest gap {mm} mm)",
        "Отсутствующих срезов (восполнены по соседним): {count}; наибольший промежуток {mm} мм",
    ),
    "spacing_uneven": Phrase(
        "slices lie unevenly, {low} to {high} mm apart; the mean distance is used",
        "Срезы расположены неравномерно, шаг от {low} до {high} мм; используется средний шаг",
    ),
    "gantry_tilt_small": Phrase(
        "the stack is sheared by {degrees} degrees (gantry tilt); this is left as it is",
        "Стопка срезов скошена на {degrees}° (наклон гентри); оставлено без изменений",
    ),
    "sop_uids_missing": Phrase("{count} slices have no SOP Instance UID", "Срезов без SOP Instance UID: {count}"),
    "sop_uids_repeated": Phrase(
        "different slices share a SOP Instance UID", "Разные срезы имеют одинаковый SOP Instance UID"
    ),
    "uids_invalid": Phrase(
        "UIDs are not of the form DICOM asks for, as some anonymisers leave them",
        "UID не соответствуют формату DICOM, так бывает после обезличивания",
    ),
    "study_uids_missing": Phrase(
        "the study or series has no UID; slices were put together by other fields",
        "У исследования или серии нет UID; срезы объединены по другим полям",
    ),
    "series_uids_differ": Phrase(
        "every slice names a series of its own, as some anonymisers do; slices alike in all else were put together",
        "Каждый срез указывает собственную серию, так бывает после обезличивания; "
        "объединены срезы, одинаковые во всём остальном",
    ),
    "patients_differ": Phrase(
        "the slices of this series name {count} different patients: make sure that they belong together",
        "Срезы этой серии указывают разных пациентов ({count}): убедитесь, что они относятся к одному исследованию",
    ),
    "frame_of_reference_missing": Phrase(
        "the frame of reference is missing", "Отсутствует система координат (Frame of Reference UID)"
    ),
    "frames_of_reference_differ": Phrase(
        "the slices state {count} different frames of reference, but lie regularly",
        "Срезы указывают разные системы координат ({count}), но расположены регулярно",
    ),
    "modality_missing": Phrase(
        "the modality is missing; the kind of object says CT", "Модальность не указана; тип объекта соответствует КТ"
    ),
    "rescale_unspecified": Phrase(
        "the header does not say that the numbers are Hounsfield units; they look like it",
        "В заголовке не указано, что значения являются единицами Хаунсфилда; по распределению они им соответствуют",
    ),
    "monochrome1": Phrase(
        "the pictures are marked as inverted (MONOCHROME1); the numbers are used as they are",
        "Изображения помечены как инвертированные (MONOCHROME1); значения используются без изменений",
    ),
    "lossy_compression": Phrase(
        "the pictures were compressed with loss; densities may be altered",
        "Изображения сжаты с потерями; плотности могут быть искажены",
    ),
    "contrast_given": Phrase(
        "contrast was given: vessels and lung are denser than in the protocol",
        "Выполнено контрастирование: сосуды и лёгочная ткань плотнее, чем предусмотрено протоколом",
    ),
    "slices_sparse": Phrase(
        "slices of {thickness} mm lie {step} mm apart: what lies between them was not imaged",
        "Срезы толщиной {thickness} мм идут с шагом {step} мм: ткань между ними не отображена",
    ),
    "slices_thick": Phrase(
        "slices lie {mm} mm apart, which is coarse for small lesions",
        "Шаг срезов {mm} мм слишком велик для мелких очагов",
    ),
    "position_prone": Phrase(
        "the patient lay prone: gravitational change lies in front",
        "Пациент лежал на животе: гравитационные изменения расположены спереди",
    ),
    "position_on_side": Phrase("the patient lay on the side", "Пациент лежал на боку"),
    "position_unknown": Phrase(
        "the header does not say how the patient lay", "Положение пациента в заголовке не указано"
    ),
    "position_feet_first": Phrase(
        "the patient entered feet first; sides are taken from the coordinates",
        "Пациент располагался ногами вперёд; стороны определены по координатам",
    ),
    "padding_replaced": Phrase(
        "{percent} % of the voxels are padding outside the field of view and were set to {hu} HU",
        "{percent} % вокселей вне поля реконструкции; им присвоено значение {hu} HU",
    ),
    "padding_value_ignored": Phrase(
        "the padding value stated in the header is a value of tissue and was not followed",
        "Указанное в заголовке значение заполнения совпадает с плотностью ткани и не учитывалось",
    ),
    "values_clipped": Phrase(
        "{count} values lie outside the range of 16 bits and were clipped",
        "Значений вне 16-битного диапазона (ограничены): {count}",
    ),
}

PHRASES: dict[str, Phrase] = {**FILES, **ROLE_WORDS, **SELECTION, **WARNINGS}

add(PHRASES)
