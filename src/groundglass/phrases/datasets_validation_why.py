"""What a kind of finding of a data set means: ``finding_<code>_why``, as the table of findings says it."""

from __future__ import annotations

from groundglass.phrases import Phrase, add

PHRASES: dict[str, Phrase] = {
    "finding_layout_unknown_why": Phrase(
        "No reader knows what the files are.", "Ни одна из известных структур не подходит к файлам."
    ),
    "finding_set_empty_why": Phrase("There is no study in it.", "В наборе нет исследований."),
    "finding_manifest_damaged_why": Phrase(
        "What says what the set is cannot be read.", "Файл, описывающий набор, не читается."
    ),
    "finding_readme_missing_why": Phrase(
        "Nobody can tell what the set is and how it was made.", "Нельзя узнать, что это за набор и как он сделан."
    ),
    "finding_licence_missing_why": Phrase("Nobody may use the set.", "Никто не вправе пользоваться набором."),
    "finding_licence_unclear_why": Phrase(
        "The licence has no known name, or files disagree on it.",
        "У лицензии нет известного имени, или файлы называют разные.",
    ),
    "finding_file_unexpected_why": Phrase(
        "A file belongs to nothing the set says of itself.", "Файл не относится ни к чему в описании набора."
    ),
    "finding_file_outside_why": Phrase(
        "A path or a link leads out of the set.", "Путь или ссылка ведёт за пределы набора."
    ),
    "finding_file_unreadable_why": Phrase("A file cannot be opened.", "Файл не открывается."),
    "finding_checksum_wrong_why": Phrase(
        "A file is not the one that was published.", "Файл не тот, что был опубликован."
    ),
    "finding_checksum_missing_why": Phrase(
        "A published file has no checksum, or a checksum no file.",
        "У опубликованного файла нет контрольной суммы, или у суммы нет файла.",
    ),
    "finding_croissant_damaged_why": Phrase(
        "The Croissant metadata cannot be read, or name files that are not there.",
        "Метаданные Croissant не читаются или называют отсутствующие файлы.",
    ),
    "finding_statistics_thin_why": Phrase(
        "Sex, age or scanner are unknown for so many studies that nobody can judge bias.",
        "Пол, возраст или аппарат неизвестны для стольких исследований, что о смещении судить нельзя.",
    ),
    "finding_statistics_wrong_why": Phrase(
        "Published statistics are not those of the studies.",
        "Опубликованная статистика не соответствует исследованиям.",
    ),
    "finding_registry_missing_why": Phrase("The table of studies is not there.", "Таблицы исследований нет."),
    "finding_registry_damaged_why": Phrase("The table of studies cannot be read.", "Таблица исследований не читается."),
    "finding_registry_column_missing_why": Phrase(
        "The table of studies lacks a column.", "В таблице исследований не хватает столбца."
    ),
    "finding_registry_row_damaged_why": Phrase(
        "A row of the table cannot be understood.", "Строку таблицы нельзя понять."
    ),
    "finding_registries_differ_why": Phrase(
        "Two forms of the table of studies say different things.", "Две формы таблицы исследований говорят разное."
    ),
    "finding_study_id_double_why": Phrase("Two rows have one name.", "У двух строк одно имя."),
    "finding_study_not_in_registry_why": Phrase("A picture is in no row.", "Исследования нет ни в одной строке."),
    "finding_mask_not_in_registry_why": Phrase("A mask is in no row.", "Маски нет ни в одной строке."),
    "finding_image_missing_why": Phrase(
        "A row names a picture that is not there.", "Строка называет исследование, которого нет."
    ),
    "finding_images_not_published_why": Phrase(
        "None of the pictures is there: what needs them was not checked.",
        "Нет ни одного исследования: то, что требует изображений, не проверено.",
    ),
    "finding_mask_missing_why": Phrase("A row names a mask that is not there.", "Строка называет маску, которой нет."),
    "finding_grade_unknown_why": Phrase("A grade is none of CT-0 to CT-4.", "Степень не из ряда КТ-0 ... КТ-4."),
    "finding_grade_missing_why": Phrase(
        "A study has no grade though others have.", "У исследования нет степени, хотя у других есть."
    ),
    "finding_grade_against_folder_why": Phrase(
        "The folder of a picture is of another grade than its row.",
        "Исследование лежит в папке другой степени, чем в таблице.",
    ),
    "finding_grade_against_mask_why": Phrase(
        "A study without pathology has a lesion mask that is not empty.",
        "У исследования без патологии маска поражения не пуста.",
    ),
    "finding_grade_against_involvement_why": Phrase(
        "The grade is far from the share of the lung that is marked.", "Степень далека от размеченной доли лёгких."
    ),
    "finding_counts_differ_why": Phrase(
        "What is said of the number of studies is not what is there.",
        "Указанное число исследований не соответствует действительному.",
    ),
    "finding_facts_differ_why": Phrase(
        "The table says something else of a picture than its file.",
        "Таблица говорит об исследовании иное, чем его файл.",
    ),
    "finding_image_damaged_why": Phrase("A picture cannot be read.", "Исследование не читается."),
    "finding_image_geometry_why": Phrase(
        "A picture has no usable position, orientation or spacing.",
        "У исследования нет пригодных положения, ориентации или размеров вокселя.",
    ),
    "finding_forms_differ_why": Phrase(
        "qform and sform differ: programs put the voxels in different places.",
        "qform и sform различаются: программы помещают воксели в разные места.",
    ),
    "finding_image_side_unknown_why": Phrase(
        "Right and left of a picture are not known.", "Право и лево исследования неизвестны."
    ),
    "finding_image_spacing_odd_why": Phrase(
        "Spacing or size of a picture is not that of a chest CT.",
        "Размеры вокселя или объёма не такие, как у КТ грудной клетки.",
    ),
    "finding_hu_not_plausible_why": Phrase(
        "The numbers of a picture are no Hounsfield units.", "Числа не являются единицами Хаунсфилда."
    ),
    "finding_hu_clipped_why": Phrase(
        "The numbers were cut to a window, or are few and even.",
        "Числа обрезаны окном, или их мало и они идут с равным шагом.",
    ),
    "finding_image_constant_why": Phrase(
        "All voxels of a picture, or of whole slices, are equal.", "Все воксели исследования или целых срезов равны."
    ),
    "finding_slices_double_why": Phrase("Slices of a picture are there twice.", "Срезы исследования повторяются."),
    "finding_no_lungs_why": Phrase("No lungs were seen in a picture.", "В исследовании не видно лёгких."),
    "finding_image_upside_down_why": Phrase(
        "A picture looks mirrored, turned or upside down against its header.",
        "Исследование выглядит отражённым, повёрнутым или перевёрнутым относительно заголовка.",
    ),
    "finding_mask_damaged_why": Phrase("A mask cannot be read.", "Маска не читается."),
    "finding_mask_not_labels_why": Phrase(
        "A mask holds other numbers than labels.", "В маске не метки, а другие числа."
    ),
    "finding_mask_label_unknown_why": Phrase(
        "A mask holds a label that the set does not name.", "В маске есть метка, не названная в наборе."
    ),
    "finding_mask_grid_why": Phrase(
        "A mask does not lie on the voxels of its picture.", "Маска не лежит на вокселях своего исследования."
    ),
    "finding_mask_side_unknown_why": Phrase(
        "Right and left of a mask are not known.", "Право и лево маски неизвестны."
    ),
    "finding_mask_geometry_why": Phrase("A mask has no usable spacing.", "У маски нет пригодных размеров вокселя."),
    "finding_mask_empty_why": Phrase("A mask marks nothing.", "Маска ничего не отмечает."),
    "finding_mask_full_why": Phrase("A mask marks most of the picture.", "Маска отмечает большую часть изображения."),
    "finding_mask_outside_body_why": Phrase("A mask lies outside the body.", "Маска лежит вне тела."),
    "finding_mask_outside_lung_why": Phrase(
        "A lesion mask lies outside the lungs.", "Маска поражения лежит вне лёгких."
    ),
    "finding_mask_mirrored_why": Phrase(
        "A lesion mask fits its picture only when mirrored.",
        "Маска поражения подходит к исследованию только после отражения.",
    ),
    "finding_lung_mask_off_why": Phrase(
        "A lung mask misses most of the air in the lungs.", "Маска лёгких не охватывает большую часть воздуха в лёгких."
    ),
    "finding_mask_shifted_why": Phrase(
        "A lesion mask follows the edges of its picture only when moved.",
        "Маска поражения совпадает с границами на изображении только после сдвига.",
    ),
    "finding_mask_shifted_maybe_why": Phrase(
        "A lesion mask follows the edges of its picture better when moved.",
        "Маска поражения лучше совпадает с границами на изображении после сдвига.",
    ),
    "finding_mask_unlike_why": Phrase(
        "The edges of a lesion mask follow nothing in its picture.",
        "Границы маски поражения не соответствуют ничему на изображении.",
    ),
    "finding_mask_tiny_why": Phrase("A mask marks next to nothing.", "Маска почти пуста."),
    "finding_check_failed_why": Phrase(
        "A check broke down by a defect of groundglass: the study was not checked.",
        "Проверка прервалась из-за ошибки groundglass: исследование не проверено.",
    ),
    "finding_slices_order_why": Phrase(
        "Slices of a picture are not in the order in which they lie.",
        "Срезы исследования идут не в том порядке, в котором лежат.",
    ),
    "finding_mask_specks_why": Phrase(
        "A mask consists of very many single voxels.", "Маска состоит из множества отдельных вокселей."
    ),
    "finding_mask_unchecked_why": Phrase(
        "A mask has no picture: its place could not be checked.", "У маски нет исследования: её положение не проверено."
    ),
    "finding_duplicate_why": Phrase(
        "Two studies are the same picture, in one part of the set.",
        "Два исследования — одно изображение в одной части набора.",
    ),
    "finding_duplicate_across_splits_why": Phrase(
        "Two parts of the set hold the same picture.", "Одно изображение есть в двух частях набора."
    ),
    "finding_near_duplicate_why": Phrase(
        "Two studies look like one scan, in one part of the set.",
        "Два исследования одной части похожи на одно сканирование.",
    ),
    "finding_near_duplicate_across_splits_why": Phrase(
        "Two parts of the set hold what looks like one scan.",
        "В двух частях набора есть то, что похоже на одно сканирование.",
    ),
    "finding_mask_duplicate_why": Phrase("Two studies have the same mask.", "У двух исследований одна маска."),
    "finding_patient_in_two_splits_why": Phrase(
        "A patient is in two parts of the set.", "Пациент есть в двух частях набора."
    ),
    "finding_split_unknown_why": Phrase(
        "A study has no part though others have, or splits disagree.",
        "У исследования нет части, хотя у других есть, или таблицы частей расходятся.",
    ),
    "finding_split_unbalanced_why": Phrase(
        "Grades are spread very unevenly over the parts.", "Степени распределены по частям очень неравномерно."
    ),
    "finding_identifier_in_header_why": Phrase(
        "A header holds text that may name a patient.", "В заголовке есть текст, который может указывать на пациента."
    ),
    "finding_identifier_in_text_why": Phrase(
        "A text or table holds what may name a patient.",
        "В тексте или таблице есть то, что может указывать на пациента.",
    ),
    "finding_identifier_in_name_why": Phrase(
        "A name of a file holds what may name a patient.", "Имя файла может указывать на пациента."
    ),
    "finding_header_text_why": Phrase(
        "A header holds free text, such as a time of day.", "В заголовке есть произвольный текст, например время."
    ),
    "finding_metadata_in_file_why": Phrase(
        "A document tells its maker, a path, or a date of making.", "Документ сообщает автора, путь или дату создания."
    ),
    "finding_dicom_inside_why": Phrase(
        "There are DICOM files in the set: run groundglass deidentify verify on them.",
        "В наборе есть файлы DICOM: проверьте их командой groundglass deidentify verify.",
    ),
    "finding_small_cell_why": Phrase(
        "Few patients share a combination that an acquaintance may know.",
        "У немногих пациентов общее сочетание признаков, известное знакомым.",
    ),
}
add(PHRASES)
