"""The card of a data set: what its makers say and what can be counted, field by field; nothing is ever made up."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from groundglass.datasets.documents.card_fields import CARD_FIELDS, KNOWN_WORDS, CardField
from groundglass.datasets.documents.making import software_criteria
from groundglass.datasets.documents.manifest import counts_of, grades_of
from groundglass.datasets.documents.release import Release
from groundglass.datasets.documents.wording import Tell
from groundglass.datasets.members import Member
from groundglass.datasets.statistics.counting import ages_of_patients

SCHEMA = "groundglass/card/1"
FORMATS = {
    "mosmed": ("NIfTI", "CSV", "XLSX", "JSON"),
    "bids": ("NIfTI", "TSV", "CSV", "JSON"),
    "": ("NIfTI", "CSV", "JSON"),
}
"""Formats of the records, by layout; "" for the others."""


def card_of(release: Release) -> dict[str, Any]:
    """Return the content of ``card.json``: every field with its names and value; None is not stated."""
    measured = _measured(release)
    fields = {}
    for each in CARD_FIELDS:
        value = release.about.card.get(each.key)
        said = value is not None
        if value is None:
            value = measured.get(each.key)
        if each.key == "purposes" and value is None and any(release.about.purpose.values()):
            value, said = dict(release.about.purpose), True
        if value is None and not each.asked:
            continue
        fields[each.key] = {
            "name": {"en": each.en, "ru": each.ru},
            "group": each.group,
            "filled_by": "recipe" if said or (each.filled_by == "recipe" and value is None) else "measured",
            "stated": value is not None,
            "value": _translated(value),
        }
    return {
        "schema": SCHEMA,
        "name": release.about.name,
        "version": release.about.version,
        "title": dict(release.about.title),
        "fields": fields,
    }


def rows_of_card(card: Mapping[str, Any], tell: Tell) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the card as people read it: title of a group, and its rows of field and value."""
    groups: dict[str, list[tuple[str, str]]] = {}
    by_key = {each.key: each for each in CARD_FIELDS}
    for key, row in card["fields"].items():
        field = by_key[key]
        value = row["value"]
        text = shown(field, value, tell) if value is not None else ""
        groups.setdefault(field.group, []).append((row["name"][tell.language], text or tell("is_not_stated")))
    return [(tell(f"is_group_{group}"), rows) for group, rows in groups.items()]


def shown(field: CardField, value: Any, tell: Tell) -> str:
    """Return the value of a field in words; "" where there is nothing to say."""
    if field.key in _SHOWN and isinstance(value, Mapping):
        return _SHOWN[field.key](value, tell)
    match field.form:
        case "period":
            first, last = (tell.date(str(value.get(name, ""))) for name in ("first", "last"))
            return f"{first} – {last}" if first and last and first != last else first or last
        case "criteria":
            return "; ".join(f"{tell.grade(label)}: {tell.text(text)}" for label, text in value.items())
        case "range":
            return f"{tell.number(value[0])} ... {tell.number(value[1])} HU".replace("-", "−")
        case "codes":
            return ", ".join(value)
        case "measured" if field.key == "labels":
            return ", ".join(tell(f"is_label_{name}") for name in value)
        case "text" | "texts" | "measured":
            return "; ".join(tell.texts(value))
        case "count":
            return str(value)


def _measured(release: Release) -> dict[str, Any]:
    """Return every field that can be counted; None or missing where it cannot."""
    members = release.members
    patients = _first_of_each(members)
    grades = grades_of(members)
    counts = counts_of(members)
    masked = [each for each in members if each.mask_file]
    labels = [
        name
        for name, there in (("grade", grades), ("lesion_mask", counts["masks"]), ("lung_mask", counts["lungs"]))
        if there
    ]
    sites = {each.site for each in members if each.site}
    scanners = Counter(" ".join(part for part in (each.manufacturer, each.model) if part) for each in members)
    scanners.pop("", None)
    found: dict[str, Any] = {
        "labels": labels or None,
        "classes": _classes(grades, len(members)) if grades else None,
        "label_criteria": software_criteria(members) or None,
        "formats": list(FORMATS.get(release.layout, FORMATS[""])),
        "organisations": len(sites) or None,
        "equipment": [f"{name} ({count})" for name, count in sorted(scanners.items(), key=_most)] or None,
        "age_years": _range(ages_of_patients(members), mean=True),
        "slice_thickness_mm": _range([each.slice_thickness_mm for each in members]),
        "slice_spacing_mm": _range([each.spacing_slice_mm for each in members]),
        "unit_of_annotation": [
            name for name, there in (("study", grades), ("voxel", counts["masks"] or counts["lungs"])) if there
        ]
        or None,
    }
    if any(each.sex for each in patients):
        sexes = Counter(each.sex or "unknown" for each in patients)
        found["sex"] = {name: sexes[name] for name in ("M", "F", "O", "unknown") if sexes[name]}
    if counts["masks"] or counts["lungs"]:
        found["masks"] = {
            "lesions": counts["masks"],
            "by_people": sum(each.mask_source == "people" for each in masked),
            "by_analysis": sum(each.mask_source == "analysis" for each in masked),
            "lungs": counts["lungs"],
        }
    return found


def _most(row: tuple[str, int]) -> tuple[int, str]:
    return -row[1], row[0]


def _classes(grades: Mapping[str, int], studies: int) -> dict[str, int]:
    without = studies - sum(grades.values())
    return {**grades, **({"": without} if without else {})}


def _first_of_each(members: Sequence[Member]) -> list[Member]:
    """Return one study of each patient: age and sex are those of people."""
    first: dict[str, Member] = {}
    for each in members:
        first.setdefault(each.patient_id or each.study_id, each)
    return list(first.values())


def _range(values: Sequence[float | None], *, mean: bool = False) -> dict[str, float | int] | None:
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    made: dict[str, float | int] = {"min": known[0], "median": statistics.median(known), "max": known[-1]}
    if mean:
        made["mean"] = round(statistics.fmean(known), 1)
    if len(known) < len(values):
        made["unknown"] = len(values) - len(known)
    return made


def _translated(value: Any) -> Any:
    """Put words that a recipe may use untranslated in both languages."""
    if isinstance(value, str) and value in KNOWN_WORDS:
        return {"en": KNOWN_WORDS[value][0], "ru": KNOWN_WORDS[value][1]}
    if isinstance(value, list | tuple):
        return [_translated(each) for each in value]
    return value


def _show_range(value: Mapping[str, Any], tell: Tell) -> str:
    rows = [(name, value[name]) for name in ("min", "median", "mean", "max") if name in value]
    if value["min"] == value["max"]:
        text = tell.number(value["min"], 2)
    else:
        text = ", ".join(f"{tell(f'is_range_{name}')} {tell.number(number, 2)}" for name, number in rows)
    return text + (f"; {tell('is_unknown')}: {value['unknown']}" if "unknown" in value else "")


def _show_sex(value: Mapping[str, Any], tell: Tell) -> str:
    return ", ".join(
        f"{tell('is_unknown') if name == 'unknown' else tell(f'is_sex_{name.lower()}')}: {count}"
        for name, count in value.items()
    )


def _show_classes(value: Mapping[str, Any], tell: Tell) -> str:
    return ", ".join(f"{tell.grade(name) if name else tell('is_no_grade')}: {count}" for name, count in value.items())


def _show_masks(value: Mapping[str, Any], tell: Tell) -> str:
    return ", ".join(
        f"{tell(f'is_count_{name}')}: {value[name]}"
        for name in ("lesions", "by_people", "by_analysis", "lungs")
        if value[name]
    )


_SHOWN = {
    "age_years": _show_range,
    "slice_thickness_mm": _show_range,
    "slice_spacing_mm": _show_range,
    "sex": _show_sex,
    "classes": _show_classes,
    "masks": _show_masks,
}
"""How the values that are measured become words."""
