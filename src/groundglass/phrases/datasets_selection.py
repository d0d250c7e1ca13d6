"""What is said of gathering the studies of a data set, and of the funnel."""

from __future__ import annotations

from groundglass.phrases import Phrase, add

PHRASES: dict[str, Phrase] = {
    "funnel_found": Phrase("studies found", "найдено исследований"),
    "funnel_unusable": Phrase("no series that can be read", "нет серии, пригодной для чтения"),
    "funnel_table_conflict": Phrase("rows of tables contradict each other", "строки таблиц противоречат друг другу"),
    "funnel_in_tables": Phrase("named by no table", "нет ни в одной таблице"),
    "funnel_dates": Phrase("outside the period {limits}", "вне периода {limits}"),
    "funnel_organisations": Phrase(
        "of other organisations than the {count} chosen", "другие организации (выбрано: {count})"
    ),
    "funnel_age": Phrase("age not {limits} years, or unknown", "возраст вне пределов {limits} лет или неизвестен"),
    "funnel_sex": Phrase("sex other than {sexes}, or unknown", "пол не {sexes} или неизвестен"),
    "funnel_grade": Phrase("grade other than {grades}, or none", "степень не {grades} или не указана"),
    "funnel_grade_known": Phrase("without a grade", "степень не указана"),
    "funnel_kernel": Phrase("kernel other than {kernels}", "алгоритм реконструкции не {kernels}"),
    "funnel_description": Phrase("series not described as {patterns}", "описание серии не {patterns}"),
    "funnel_manufacturer": Phrase("scanner not of {patterns}", "производитель аппарата не {patterns}"),
    "funnel_slices": Phrase("number of slices not {limits}", "число срезов вне пределов {limits}"),
    "funnel_spacing": Phrase("distance of slices not {limits} mm", "шаг срезов вне пределов {limits} мм"),
    "funnel_contrast": Phrase("with contrast medium", "с контрастным веществом"),
    "funnel_masks": Phrase("without a lesion mask", "без маски поражения"),
    "funnel_excluded_studies": Phrase("left out one by one: studies", "исключены поимённо: исследования"),
    "funnel_excluded_patients": Phrase("left out one by one: patients", "исключены поимённо: пациенты"),
    "funnel_exclusion": Phrase("left out: {reason}", "исключены: {reason}"),
    "funnel_one_per_patient": Phrase("other studies of the same patient", "другие исследования того же пациента"),
    "funnel_at_most": Phrase("more than {count} of a grade", "сверх {count} на одну степень"),
    "studies_without_pictures": Phrase(
        "{count} studies hold reports or outlines and no pictures; they are no studies of the set.",
        "Исследований, где есть только отчёты или разметка без изображений: {count}; в набор они не входят.",
    ),
    "table_column_twice": Phrase(
        "Table {table}: the column {column} is in a table before it too; that one's cells count where they are filled.",
        "Таблица {table}: столбец {column} есть и в предыдущей таблице; учитываются её заполненные ячейки.",
    ),
    "table_rows_without_key": Phrase(
        "Table {table}: {count} rows name no study.",
        "Таблица {table}: строк без указания исследования: {count}.",
    ),
    "table_rows_unmatched": Phrase(
        "Table {table}: {count} of {rows} rows fit no study (matched by {match}).",
        "Таблица {table}: строк, не подошедших ни к одному исследованию: {count} из {rows} (сопоставление: {match}).",
    ),
    "table_studies_unnamed": Phrase(
        "Table {table}: {count} studies have no row.",
        "Таблица {table}: исследований без строки: {count}.",
    ),
    "table_cells_unknown": Phrase(
        "Table {table}: {count} cells of the column {column} were not understood and count as empty.",
        "Таблица {table}: нераспознанных ячеек в столбце {column}: {count}; они считаются пустыми.",
    ),
    "masks_none": Phrase("Masks {rule}: no mask was found there.", "Маски {rule}: масок не найдено."),
    "masks_passed_over": Phrase(
        "Masks {rule}: {count} other files were passed over.",
        "Маски {rule}: прочих файлов пропущено: {count}.",
    ),
    "masks_unmatched": Phrase(
        "Masks {rule}: {count} masks belong to no study.",
        "Маски {rule}: масок, не относящихся ни к одному исследованию: {count}.",
    ),
    "masks_ambiguous": Phrase(
        "Masks {rule}: {count} masks fit several studies and were left out.",
        "Маски {rule}: масок, подходящих к нескольким исследованиям: {count}; они пропущены.",
    ),
    "masks_other_series": Phrase(
        "Masks {rule}: {count} masks are of another series of the study than the one taken, and were left out.",
        "Маски {rule}: масок, относящихся к другой серии исследования: {count}; они пропущены.",
    ),
    "masks_of_table_missing": Phrase(
        "{count} masks that tables name are not there, or not below the folder of the table.",
        "Масок, указанных в таблицах, но отсутствующих в папке таблицы: {count}.",
    ),
    "masks_conflict": Phrase(
        "{count} times a study has two different masks of one kind; neither was taken.",
        "Случаев двух разных масок одного вида у исследования: {count}; ни одна не взята.",
    ),
}

add(PHRASES)
