"""What is said about files: folders, archives, NIfTI."""

from __future__ import annotations

from groundglass.phrases import Phrase, add

PHRASES: dict[str, Phrase] = {
    "link_loop": Phrase(
        "{where}: a link leads back to a folder above it; it was not followed.",
        "{where}: ссылка ведёт обратно в вышестоящую папку; по ней не переходили.",
    ),
    "folder_too_deep": Phrase(
        "{where}: folders are nested too deep; the deepest were not read.",
        "{where}: слишком глубокая вложенность папок; самые глубокие не прочитаны.",
    ),
    "folder_unreadable": Phrase(
        "{where}: a folder cannot be read; check its permissions.",
        "{where}: папку не удалось прочитать; проверьте права доступа.",
    ),
    "file_unreadable": Phrase(
        "{where}: the file cannot be read; check its permissions.",
        "{where}: файл не удалось прочитать; проверьте права доступа.",
    ),
    "file_too_large": Phrase(
        "{where}: the file was left out ({reason}).",
        "{where}: файл пропущен ({reason}).",
    ),
    "not_a_regular_file": Phrase(
        "{where}: a device, socket or pipe was left alone.",
        "{where}: устройство, сокет или канал пропущены.",
    ),
    "archive_refused": Phrase(
        "{where}: the archive was left out ({reason}).",
        "{where}: архив пропущен ({reason}).",
    ),
    "nifti_no_orientation": Phrase(
        "The NIfTI says neither where right and left are nor how the volume lies (no valid sform or qform): "
        "figures by side and zone are not given.",
        "В NIfTI нет сведений о сторонах и положении объёма (нет действительной матрицы sform или qform): "
        "показатели по сторонам и зонам не приводятся.",
    ),
    "nifti_spacing_lost": Phrase(
        "The NIfTI gives voxel sides of 1 mm without orientation, as where the spacing was lost: "
        "millilitres are then wrong, and percentage and grade uncertain.",
        "В NIfTI указан размер вокселя 1 мм без ориентации, как бывает при утрате исходных данных: "
        "объёмы в миллилитрах тогда неверны, а процент поражения и степень КТ ненадёжны.",
    ),
    "nifti_unit_not_believed": Phrase(
        "The length unit of the NIfTI would make the voxels absurd; millimetres were taken.",
        "Единица длины в NIfTI даёт невозможный размер вокселя; приняты миллиметры.",
    ),
    "nifti_forms_disagree": Phrase(
        "The two positions in the NIfTI (sform, qform) differ by up to {apart_mm} mm; the sform was taken.",
        "Два описания положения в NIfTI (sform и qform) расходятся до {apart_mm} мм; использовано sform.",
    ),
    "nifti_forms_disagree_on_side": Phrase(
        "The two orientations in the NIfTI (sform, qform) contradict each other on right and left: "
        "figures by side and zone are not given.",
        "Две ориентации в NIfTI (sform и qform) противоречат друг другу в том, где право и лево: "
        "показатели по сторонам и зонам не приводятся.",
    ),
    "nifti_spacing_disagrees": Phrase(
        "The voxel sides in the NIfTI (pixdim) differ from those of its affine; the affine was taken.",
        "Размер вокселя в NIfTI (pixdim) не совпадает с матрицей положения; использована матрица.",
    ),
    "nifti_shear_straightened": Phrase(
        "The axes of the NIfTI were {degrees} degrees off the right angle and were straightened.",
        "Оси объёма NIfTI отклонялись от прямого угла на {degrees}°; отклонение устранено.",
    ),
    "nifti_not_finite": Phrase(
        "{voxels} voxels of the NIfTI hold no number and were taken as air.",
        "Вокселей NIfTI без числового значения: {voxels}; они приняты за воздух.",
    ),
    "nifti_hu_clipped": Phrase(
        "The HU of the NIfTI were cut to a window ({low_hu} to {high_hu} HU): densities are approximate.",
        "Значения HU в NIfTI обрезаны окном ({low_hu}…{high_hu} HU): плотности приблизительны.",
    ),
    "nifti_hu_quantised": Phrase(
        "The NIfTI has only {values} distinct values, as after storage in 8 bits: densities are approximate.",
        "Различных значений в NIfTI всего {values}, как после хранения в 8 битах: плотности приблизительны.",
    ),
    "nifti_hu_resampled": Phrase(
        "The numbers of the NIfTI are not whole, as after resampling; they were rounded.",
        "Значения в NIfTI дробные, как после передискретизации; они округлены.",
    ),
    "nifti_grey_window": Phrase(
        "The NIfTI holds grey values 0 to 255; they were taken as a lung window from {low_hu} to {high_hu} HU: "
        "densities are approximate.",
        "NIfTI содержит оттенки серого 0–255; они приняты за лёгочное окно от {low_hu} до {high_hu} HU: "
        "плотности приблизительны.",
    ),
    "nifti_shift_removed": Phrase(
        "The numbers of the NIfTI are HU shifted by {shift_hu}; the shift was removed, densities are approximate.",
        "Значения в NIfTI смещены относительно HU на {shift_hu}; смещение устранено, плотности приблизительны.",
    ),
}

add(PHRASES)
