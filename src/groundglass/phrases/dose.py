"""What is said about the radiation dose."""

from __future__ import annotations

from groundglass.phrases import Language, Phrase, add, say

PHRASES: dict[str, Phrase] = {
    "dose_estimate": Phrase(
        "Effective dose is an estimate for a reference population (DLP x k of the region), not the dose or the risk of "
        "this patient.",
        "Эффективная доза — оценка для условной популяции (DLP × k области), а не доза и не риск данного пациента.",
    ),
    "dose_file_unreadable": Phrase(
        "{where} could not be read ({code}): if it held doses, they are missing here",
        "не удалось прочитать {where} ({code}): если в нём были данные о дозе, здесь их нет",
    ),
    "dose_file_damaged": Phrase(
        "{where} is cut off or damaged: what could be read of it counts, the rest is missing here",
        "{where} обрезан или повреждён: учтено то, что удалось прочитать, остального здесь нет",
    ),
    "dose_nested_too_deep": Phrase(
        "the content of {where} is nested absurdly deep: what lies deeper than {levels} levels is not read",
        "содержание {where} имеет чрезмерную вложенность: всё, что глубже {levels} уровней, не считано",
    ),
    "dose_objects_joined": Phrase(
        "{count} dose objects of this study were joined into {events} irradiations",
        "объединены дозовые объекты исследования ({count}), всего облучений: {events}",
    ),
    "dose_event_repeated": Phrase(
        "irradiations told of more than once and counted once: {count}",
        "облучения, указанные несколько раз и учтённые один раз: {count}",
    ),
    "dose_event_changed": Phrase(
        "irradiations with other figures in a later report: {count}; the later ones are taken",
        "облучения, для которых в более позднем отчёте указаны другие значения: {count}; взяты более поздние",
    ),
    "dose_event_uid_shared": Phrase(
        "one report gives the same UID to different irradiations and counts each of them in its sum; so they are "
        "counted here",
        "в одном отчёте разные облучения имеют одинаковый UID, но каждое входит в его сумму; здесь они учтены так же",
    ),
    "dose_event_uid_missing": Phrase(
        "irradiations without UID: {count}; one told of twice cannot be known from two alike, so the sums may be wrong",
        "облучения без UID: {count}; повторную запись нельзя отличить от второго такого же облучения, поэтому суммы "
        "могут быть неверны",
    ),
    "dose_event_taken_for_repeat": Phrase(
        "irradiations without UID that another object states with the same start, region and figures: {count}; taken "
        "for repeats and not counted again",
        "облучения без UID, для которых в другом объекте указаны те же начало, область и значения: {count}; сочтены "
        "повторами и второй раз не учтены",
    ),
    "dose_event_uid_invalid": Phrase(
        "irradiation {events}: its UID is none, so a repeat of it cannot be recognised by it",
        "облучение {events}: UID недействителен, повтор по нему распознать нельзя",
    ),
    "dose_total_differs": Phrase(
        "{where} states a total DLP of {stated} mGy cm, its irradiations add up to {found} mGy cm",
        "в {where} указан суммарный DLP {stated} мГр·см, сумма по облучениям составляет {found} мГр·см",
    ),
    "dose_count_differs": Phrase(
        "{where} states {stated} irradiations and lists {found}",
        "в {where} указано облучений: {stated}, перечислено: {found}",
    ),
    "dose_capture_not_added": Phrase(
        "dose captures beside the dose report: {count}; they tell of the same irradiations and are not added",
        "кроме дозового отчёта есть снимки дозовой таблицы ({count}); они описывают те же облучения и не прибавлены",
    ),
    "dose_capture_differs": Phrase(
        "the dose captures give a total DLP of {capture} mGy cm, the dose report {found} mGy cm",
        "по снимкам дозовой таблицы суммарный DLP {capture} мГр·см, по дозовому отчёту {found} мГр·см",
    ),
    "dose_total_only": Phrase(
        "only a total DLP of {stated} mGy cm is stated, without irradiations: no effective dose",
        "указан только суммарный DLP {stated} мГр·см без отдельных облучений: эффективная доза не рассчитана",
    ),
    "dose_pixels_only": Phrase(
        "dose sheets whose numbers stand in the picture only: {count}; they are not read, look at them",
        "дозовые таблицы, числа которых есть только на изображении: {count}; они не считаны, посмотрите сами",
    ),
    "dose_not_ct": Phrase(
        "dose reports of another kind than that of CT: {count}; not read",
        "дозовые отчёты иного вида, чем для КТ: {count}; не считаны",
    ),
    "dose_no_events": Phrase(
        "dose objects without any readable dose: {count}",
        "дозовые объекты без читаемых данных о дозе: {count}",
    ),
    "dose_value_unreadable": Phrase(
        "irradiation {events}: {what} is no number ({value})", "облучение {events}: {what} не является числом ({value})"
    ),
    "dose_several_values": Phrase(
        "irradiation {events}: several values of {what} ({value}); none is preferred",
        "облучение {events}: несколько значений {what} ({value}); ни одно не выбрано",
    ),
    "dose_value_impossible": Phrase(
        "irradiation {events}: {what} of {value} is impossible and left out",
        "облучение {events}: значение {what} {value} невозможно и не учтено",
    ),
    "dose_unit_unknown": Phrase(
        "irradiation {events}: {what} has another unit than a dose and is left out",
        "облучение {events}: единица измерения {what} не относится к дозе, значение не учтено",
    ),
    "dose_no_dlp": Phrase(
        "irradiation {events}: no DLP, so the sums are too low", "облучение {events}: нет DLP, поэтому суммы занижены"
    ),
    "dose_region_from_text": Phrase(
        "irradiation {events}: the region has no code; taken from the words of the protocol",
        "облучение {events}: область не закодирована; взята из названия протокола",
    ),
    "dose_region_from_body_part": Phrase(
        "irradiation {events}: no region of its own; taken from the body part of the whole object: check",
        "облучение {events}: собственная область не указана; взята из части тела всего объекта: проверьте",
    ),
    "dose_region_text_differs": Phrase(
        "irradiation {events}: the protocol names another region than the code; the code is taken",
        "облучение {events}: название протокола указывает другую область, чем код; взят код",
    ),
    "dose_region_unknown": Phrase(
        "irradiation {events}: region unknown, so no effective dose",
        "облучение {events}: область неизвестна, эффективная доза не рассчитана",
    ),
    "dose_no_factor": Phrase(
        "irradiation {events}: {factors} has no k for this region, so no effective dose",
        "облучение {events}: в таблице {factors} нет k для этой области, эффективная доза не рассчитана",
    ),
    "dose_no_factor_for_sex": Phrase(
        "irradiation {events}: {factors} has k for this region by sex, which is not stated; no effective dose",
        "облучение {events}: в таблице {factors} k этой области зависит от пола, а он не указан; эффективная "
        "доза не рассчитана",
    ),
    "dose_effective_partial": Phrase(
        "the effective dose is a part: {count} of {of} irradiations have none",
        "эффективная доза неполная: для {count} из {of} облучений она не рассчитана",
    ),
    "dose_phantom_unknown": Phrase(
        "irradiation {events}: the phantom of CTDIvol and DLP is not stated; k assumes that of its region",
        "облучение {events}: фантом для CTDIvol и DLP не указан; k предполагает фантом своей области",
    ),
    "dose_phantom_small": Phrase(
        "irradiation {events}: the DLP is for the 16 cm phantom, k for 32 cm; the effective dose comes out "
        "about twice too high",
        "облучение {events}: DLP для фантома 16 см, а k для 32 см; эффективная доза завышена примерно вдвое",
    ),
    "dose_phantom_large": Phrase(
        "irradiation {events}: the DLP is for the 32 cm phantom, k for 16 cm; the effective dose comes out about half",
        "облучение {events}: DLP для фантома 32 см, а k для 16 см; эффективная доза занижена примерно вдвое",
    ),
    "dose_child": Phrase(
        "a child: k holds for adults, the effective dose of a child is several times as high",
        "ребёнок: k действительны для взрослых, эффективная доза у ребёнка в несколько раз выше",
    ),
    "dose_ctdivol_above_level": Phrase(
        "irradiation {events}: CTDIvol {value} mGy is above the reference level of {level} mGy ({source})",
        "облучение {events}: CTDIvol {value} мГр выше референтного уровня {level} мГр ({source})",
    ),
    "dose_dlp_above_level": Phrase(
        "irradiation {events}: the DLP of the region, {value} mGy cm, is above the reference level of {level} mGy cm "
        "({source})",
        "облучение {events}: DLP области, {value} мГр·см, выше референтного уровня {level} мГр·см ({source})",
    ),
    "dose_not_read": Phrase(
        "the dose objects of the study could not be read ({reason})",
        "не удалось прочитать дозовые объекты исследования ({reason})",
    ),
    "dose_title": Phrase("Radiation dose", "Лучевая нагрузка"),
    "dose_not_listed": Phrase(
        "Irradiations without figures, as localizers may be: {count}.",
        "Облучения без значений, как бывает у топограмм: {count}.",
    ),
    "dose_study": Phrase("study {uid}", "исследование {uid}"),
    "dose_sum": Phrase("total", "сумма"),
    "dose_factors_used": Phrase("k: {title}, mSv/(mGy cm)", "k: {title}, мЗв/(мГр·см)"),
    "dose_column_number": Phrase("#", "№"),
    "dose_column_region": Phrase("region", "область"),
    "dose_column_ctdivol": Phrase("CTDIvol, mGy", "CTDIvol, мГр"),
    "dose_column_phantom": Phrase("phantom, cm", "фантом, см"),
    "dose_column_dlp": Phrase("DLP, mGy cm", "DLP, мГр·см"),
    "dose_column_k": Phrase("k", "k"),
    "dose_column_effective": Phrase("effective dose, mSv", "эффективная доза, мЗв"),
    "dose_part_head": Phrase("head", "голова"),
    "dose_part_neck": Phrase("neck", "шея"),
    "dose_part_chest": Phrase("chest", "грудь"),
    "dose_part_abdomen": Phrase("abdomen", "живот"),
    "dose_part_pelvis": Phrase("pelvis", "таз"),
    "dose_part_extremity": Phrase("extremity", "конечность"),
    "dose_part_whole_body": Phrase("whole body", "всё тело"),
    "dose_part_unknown": Phrase("unknown", "неизвестна"),
}


def region_words(region: str | None, language: Language) -> str:
    """Return the name of a region of a dose in words: ``chest, abdomen, pelvis``."""
    if not region:
        return say("dose_part_unknown", language)
    if region == "whole_body":
        return say("dose_part_whole_body", language)
    return ", ".join(say(f"dose_part_{part}", language) for part in region.split("_"))


add(PHRASES)
