"""What is said of gathering the studies of a data set, and of the funnel."""

from __future__ import annotations

from groundglass.phrases import Phrase, add

PHRASES: dict[str, Phrase] = {
    "funnel_found": Phrase("studies found", "найдено исследований"),
    "funnel_unusable": Phrase("with a series that can be used", "есть пригодная серия"),
    "funnel_table_conflict": Phrase("tables do not contradict each other", "таблицы не противоречат друг другу"),
    "funnel_in_tables": Phrase("named by a table", "указано в таблице"),
    "funnel_dates": Phrase("date of the study {limits}", "дата исследования {limits}"),
    "funnel_organisations": Phrase("of the chosen organisations ({count})", "из выбранных организаций ({count})"),
    "funnel_age": Phrase("age {limits} years", "возраст {limits} лет"),
    "funnel_sex": Phrase("sex {sexes}", "пол {sexes}"),
    "funnel_grade": Phrase("grade {grades}", "степень {grades}"),
    "funnel_grade_known": Phrase("with a grade", "степень указана"),
    "funnel_kernel": Phrase("kernel {kernels}", "алгоритм реконструкции {kernels}"),
    "funnel_description": Phrase("series described as {patterns}", "описание серии {patterns}"),
    "funnel_manufacturer": Phrase("scanner of {patterns}", "производитель аппарата {patterns}"),
    "funnel_slices": Phrase("number of slices {limits}", "число срезов {limits}"),
    "funnel_spacing": Phrase("distance of slices {limits} mm", "шаг срезов {limits} мм"),
    "funnel_contrast": Phrase("not known to be with contrast medium", "без сведений о контрастном веществе"),
    "funnel_masks": Phrase("with a lesion mask", "с маской поражения"),
    "funnel_excluded_studies": Phrase(
        "not on the list of studies to leave out", "нет в списке исключённых исследований"
    ),
    "funnel_excluded_patients": Phrase(
        "not on the list of patients to leave out", "нет в списке исключённых пациентов"
    ),
    "funnel_exclusion": Phrase("without those left out for: {reason}", "без исключённых по причине: {reason}"),
    "funnel_one_per_patient": Phrase("one study of each patient", "одно исследование каждого пациента"),
    "funnel_at_most": Phrase("at most {count} of each grade", "не более {count} на каждую степень"),
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
