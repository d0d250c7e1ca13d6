"""Words that stand in findings of a data set, and on the page that shows them."""

from __future__ import annotations

from groundglass.phrases import Phrase, add

_WORDS: dict[str, tuple[str, str]] = {
    # licences
    "differ": ("files name different licences", "файлы называют разные лицензии"),
    "unknown": ("the licence has no known name", "лицензия не распознана"),
    "not_here": ("this part of a set has no licence with it", "в этой части набора нет лицензии"),
    # Croissant
    "json": ("is no JSON object", "не является объектом JSON"),
    "fields": ("lacks name or distribution", "нет name или distribution"),
    "file": ("names a file that is not there:", "называет отсутствующий файл:"),
    "digest": ("gives another digest of", "указана другая контрольная сумма:"),
    # reading NIfTI
    "nifti_unreadable": ("it cannot be opened", "файл не открывается"),
    "nifti_damaged": ("it is cut off or fails its checksum", "файл обрезан или повреждён"),
    "nifti_header": ("it is no NIfTI, or its header is damaged", "это не NIfTI или заголовок повреждён"),
    "nifti_not_a_volume": ("it is no single volume", "это не один объём"),
    "nifti_voxel_type": ("colours, complex or unknown numbers", "цвета, комплексные или неизвестные числа"),
    "nifti_too_large": ("it declares more voxels than is allowed", "заявлено больше вокселей, чем допустимо"),
    "nifti_spacing": ("its voxel sides are zero, not finite or absurd", "размеры вокселя нулевые или нелепые"),
    "nifti_sheared": ("its axes are not at right angles", "оси не под прямым углом"),
    "worker_died": ("the process that read it died", "процесс чтения аварийно завершился"),
    "took_too_long": ("reading it took too long", "чтение заняло слишком много времени"),
    "too_much_memory": ("it needs more memory than the limit", "требуется больше памяти, чем разрешено"),
    "unexpected": ("a check failed by a defect of groundglass", "проверка не удалась из-за ошибки groundglass"),
    "missing_geometry": ("it has no usable geometry", "нет пригодной геометрии"),
    # geometry
    "no_form": ("neither qform nor sform is valid", "нет ни qform, ни sform"),
    "forms_on_side": ("qform and sform exchange right and left", "qform и sform меняют местами право и лево"),
    "spacing_lost": ("its spacing was lost, 1 mm stands everywhere", "размеры вокселя утрачены, везде 1 мм"),
    "spacing_disagrees": ("pixdim and the affine give different spacing", "pixdim и аффинная матрица расходятся"),
    "unit": ("its unit makes no sense", "единица измерения не имеет смысла"),
    "slice_spacing": ("distance of slices, mm:", "шаг срезов, мм:"),
    "pixel_size": ("size of pixels, mm:", "размер пикселя, мм:"),
    "pixel_not_square": ("pixels are not square, ratio", "пиксели не квадратные, отношение"),
    "height": ("height of the scan, mm:", "высота сканирования, мм:"),
    "width": ("width of slices, mm:", "ширина среза, мм:"),
    "shapes": ("another number of voxels than the picture", "другое число вокселей, чем в исследовании"),
    "places": ("it lies beside the picture", "смещена относительно исследования"),
    # Hounsfield units
    "not_finite": ("some numbers are not finite", "есть нечисловые значения"),
    "labels": ("few numbers: labels, no picture", "мало значений: метки, а не изображение"),
    "grey": ("grey 0 to 255 of a window, no HU", "оттенки серого 0–255, а не HU"),
    "shifted_up": ("1024 too high: the intercept was not applied", "завышены на 1024: не учтён RescaleIntercept"),
    "shifted_down": (
        "1024 too low: the intercept was applied twice",
        "занижены на 1024: RescaleIntercept учтён дважды",
    ),
    "inverted": ("inverted: air is bright", "инвертировано: воздух светлый"),
    "peaks": ("air or soft tissue lie at the wrong numbers", "воздух или мягкие ткани не на своих значениях"),
    "no_peaks": ("no air and soft tissue where HU have them", "нет пиков воздуха и мягких тканей"),
    "few": ("at most 256 different numbers: stored in eight bits", "не более 256 значений: хранилось в восьми битах"),
    "even": ("numbers in even steps: rounded", "значения с равным шагом: округлены"),
    "ceiling": ("cut off above by a window", "обрезаны сверху окном"),
    "floor": ("cut off below by a window", "обрезаны снизу окном"),
    # turning
    "head_feet": ("head and feet are exchanged", "перепутаны верх и низ"),
    "front_back": ("front and back are exchanged", "перепутаны перед и спина"),
    "left_right": ("right and left are exchanged", "перепутаны право и лево"),
    "turned_over": ("turned over: head and feet, front and back", "перевёрнуто: верх и низ, перед и спина"),
    "turned_across": ("turned over: head and feet, right and left", "перевёрнуто: верх и низ, право и лево"),
    "all_turned": ("all three directions are exchanged", "перепутаны все три направления"),
    "transposed": ("rows and columns are exchanged", "перепутаны строки и столбцы"),
    "quarter_turn": ("turned by a quarter turn", "поворот на четверть оборота"),
    "half_turn": ("turned by half a turn", "поворот на пол-оборота"),
    # doubles
    "voxels": ("equal voxels", "одинаковые воксели"),
    "slices": ("shared slices", "общие срезы"),
    # identity
    "name": ("a name of a person", "имя человека"),
    "birth": ("a date of birth", "дата рождения"),
    "date": ("a date of an examination", "дата исследования"),
    "number": ("a number of a patient or document", "номер пациента или документа"),
    "snils": ("a SNILS", "СНИЛС"),
    "uid": ("a DICOM UID of a scanner or archive", "DICOM UID аппарата или архива"),
    "phone": ("a phone number", "телефон"),
    "email": ("a mail address", "адрес электронной почты"),
    "path": ("a path on its maker's computer", "путь на компьютере автора"),
    "maker": ("its maker", "автор"),
    "packed": ("time of packing (gzip)", "время упаковки (gzip)"),
    "hospital": ("a hospital", "больница"),
    "file_end": ("the end of the file, behind the voxels,", "конец файла, после вокселей,"),
    "comment": ("comments", "примечания"),
    "text": ("hidden text", "скрытый текст"),
    "column_name": ("a column of names", "столбец с именами"),
    "column_birth": ("a column of dates of birth", "столбец с датами рождения"),
    "column_number": ("a column of numbers of patients or documents", "столбец с номерами пациентов или документов"),
    "column_contact": ("a column of contacts", "столбец с контактами"),
    "column_uid": ("a column of DICOM UIDs", "столбец с DICOM UID"),
    "column_place": ("a column of places", "столбец с учреждениями"),
    "column_date": ("a column of full dates", "столбец с полными датами"),
    # counts
    "studies": ("studies", "исследований"),
    "patients": ("patients", "пациентов"),
    "masks": ("masks", "масок"),
    "lungs": ("lung masks", "масок лёгких"),
}
_PAGE: dict[str, tuple[str, str]] = {
    "title": ("Check of a data set", "Проверка набора данных"),
    "subtitle": ("{name}, layout {layout}", "{name}, структура {layout}"),
    "good": ("No errors were found.", "Ошибок не найдено."),
    "bad": ("The set has errors: {count}.", "В наборе есть ошибки: {count}."),
    "banner": (
        "A check finds what its rules know. It says nothing of whether labels are right.",
        "Проверка находит то, что известно её правилам. О правильности разметки она не говорит.",
    ),
    "errors": ("Errors", "Ошибки"),
    "warnings": ("Warnings", "Предупреждения"),
    "none": ("None.", "Нет."),
    "todo": ("What to do:", "Что делать:"),
    "why": ("What it means:", "Что это значит:"),
    "cases": ("Cases", "Случаи"),
    "more": ("and {count} more, see --json", "и ещё {count}, см. --json"),
    "of_set": ("the whole set", "весь набор"),
    "checked": ("What was checked", "Что проверено"),
    "checked_studies": ("studies", "исследования"),
    "checked_pictures": ("pictures", "изображения"),
    "checked_masks": ("lesion masks", "маски поражения"),
    "checked_lung_masks": ("lung masks", "маски лёгких"),
    "checked_files": ("files", "файлы"),
    "checked_checksums": ("checksums", "контрольные суммы"),
    "not_checked": ("What was not checked", "Что не проверено"),
    "nothing_left": ("Everything the rules know was checked.", "Проверено всё, что известно правилам."),
    "not_pictures": (
        "{count} studies without picture: HU, geometry, lungs, duplicates",
        "исследования без изображений ({count}): HU, геометрия, лёгкие, дубликаты",
    ),
    "not_mask_places": (
        "{count} masks without picture: whether they lie in the lungs, on the right side, on the same grid",
        "маски без изображений ({count}): лежат ли в лёгких, на нужной стороне и на той же сетке",
    ),
    "not_involvement": (
        "{count} studies with lesion mask and without lung mask: grade against involvement",
        "исследования с маской поражения без маски лёгких ({count}): степень против объёма поражения",
    ),
    "not_patients": (
        "{count} studies without patient: whether one patient is in two parts",
        "исследования без указания пациента ({count}): нет ли одного пациента в двух частях",
    ),
    "not_checksums": (
        "{count} files without published checksums: whether they are what was published",
        "файлы без опубликованных контрольных сумм ({count}): те ли это файлы",
    ),
    "not_large_texts": (
        "{count} texts, tables or documents above 32 MiB: what in them points at a patient",
        "тексты, таблицы или документы больше 32 МиБ ({count}): нет ли в них указаний на пациента",
    ),
    "not_inner_pictures": (
        "{count} documents with pictures in them: what is written in the pictures",
        "документы с изображениями внутри ({count}): что написано на изображениях",
    ),
    "not_pictures_read": (
        "{count} drawings and photographs (PNG, JPEG, ...): what is written in them",
        "рисунки и снимки (PNG, JPEG и другие; {count}): что на них написано",
    ),
    "not_closed": (
        "{count} archives and binary files: what is in them",
        "архивы и двоичные файлы ({count}): что внутри",
    ),
    "near": ("(there is {file})", "(есть {file})"),
    "masks": ("Volumes of the lesion masks", "Объёмы масок поражения"),
    "masks_row": (
        "{count} masks, {low} to {high} ml, median {median} ml",
        "масок: {count}, от {low} до {high} мл, медиана {median} мл",
    ),
    "summary": (
        "{errors} errors, {warnings} warnings, {studies} studies",
        "ошибок: {errors}, предупреждений: {warnings}, исследований: {studies}",
    ),
    "footer": ("{software}, check of {name}", "{software}, проверка набора {name}"),
}

PHRASES: dict[str, Phrase] = {
    **{f"finding_word_{key}": Phrase(*row) for key, row in _WORDS.items()},
    **{f"validation_{key}": Phrase(*row) for key, row in _PAGE.items()},
}
add(PHRASES)
