"""One study of a data set as the set tells it, and the whole set as its files tell it: what every part passes around.

A :class:`Member` is a row: of our own ``studies.csv``, of a registry, of a folder of pairs. An :class:`Inventory` is
what the reader of a layout found, nothing loaded. Neither holds anything of a patient's identity.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from groundglass.datasets.findings import Finding

Kind = Literal["text", "integer", "number"]


@dataclass(frozen=True, slots=True)
class StudyField:
    """One column of ``studies.csv``.

    Attributes
    ----------
    name : str
        Heading, and attribute of :class:`Member`.
    kind : {"text", "integer", "number"}
        What its cells hold; an empty cell is unknown.
    en, ru : str
        What it means, unit included.
    """

    name: str
    kind: Kind
    en: str
    ru: str


STUDY_FIELDS: tuple[StudyField, ...] = (
    StudyField("study_id", "text", "study, unique in the set", "исследование, уникально в наборе"),
    StudyField("patient_id", "text", "patient, a name of this set alone", "пациент, имя только в этом наборе"),
    StudyField("study_key", "text", "name of the study that all versions share", "имя исследования во всех версиях"),
    StudyField("split", "text", "part of the set: train, validation, test, or fold-1 ...", "часть набора"),
    StudyField(
        "grade", "text", "CT-0 to CT-4, of the whole study before thinning", "степень КТ-0 ... КТ-4 до прореживания"
    ),
    StudyField(
        "grade_source", "text", "table (people) or analysis (software)", "table (люди) или analysis (программа)"
    ),
    StudyField("reads", "text", "grades of single readers, by semicolons", "оценки отдельных врачей через ;"),
    StudyField("sex", "text", "M, F or O", "пол: M, F или O"),
    StudyField("age_years", "integer", "age at the study, years", "возраст на дату исследования, лет"),
    StudyField("site", "text", "organisation, numbered", "организация, под номером"),
    StudyField("manufacturer", "text", "maker of the scanner", "производитель аппарата"),
    StudyField("model", "text", "model of the scanner", "модель аппарата"),
    StudyField("kernel", "text", "reconstruction kernel", "алгоритм (ядро) реконструкции"),
    StudyField("kvp", "number", "tube voltage, kV", "напряжение на трубке, кВ"),
    StudyField("contrast", "text", "contrast medium: yes, no, unknown", "контраст: yes, no, unknown"),
    StudyField("slice_thickness_mm", "number", "slice thickness, mm", "толщина среза, мм"),
    StudyField("slices_original", "integer", "slices before thinning", "срезов до прореживания"),
    StudyField("slices", "integer", "slices in the set", "срезов в наборе"),
    StudyField("spacing_slice_mm", "number", "distance of slices in the set, mm", "шаг срезов в наборе, мм"),
    StudyField("spacing_row_mm", "number", "distance of rows, mm", "шаг строк, мм"),
    StudyField("spacing_column_mm", "number", "distance of columns, mm", "шаг столбцов, мм"),
    StudyField("mask_source", "text", "people or analysis", "people (люди) или analysis (программа)"),
    StudyField("lesion_ml", "number", "volume of the lesion mask, ml", "объём маски поражения, мл"),
    StudyField("ground_glass_ml", "number", "of it ground glass, where told apart, ml", "из них «матовое стекло», мл"),
    StudyField("consolidation_ml", "number", "of it consolidation, where told apart, ml", "из них консолидация, мл"),
    StudyField("lesions", "integer", "connected regions of the mask", "связных областей маски"),
    StudyField("lungs_ml", "number", "volume of the lungs, ml", "объём лёгких, мл"),
    StudyField("involvement_percent", "number", "100 x lesion in lung / lung", "объём поражения, %"),
    StudyField("pattern", "text", "ground_glass, consolidation, mixed, none", "характер изменений"),
    StudyField("localisation", "text", "sides and zones, by semicolons: right_lower;left_lower", "локализация через ;"),
    StudyField("study_file", "text", "picture, path in the set", "файл исследования"),
    StudyField("mask_file", "text", "lesion mask, path in the set", "файл маски поражения"),
    StudyField("lungs_file", "text", "lung mask, path in the set", "файл маски лёгких"),
)
"""Every column of ``studies.csv``, in order. Columns that a recipe publishes from its tables follow behind these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One study of a data set; :data:`STUDY_FIELDS` says what each attribute means, None is unknown.

    Paths are relative to the set, with ``/`` and without one in front. ``extra`` holds the columns that a recipe
    publishes from its tables, or that a set of another maker has.
    """

    study_id: str
    patient_id: str | None = None
    study_key: str | None = None
    split: str | None = None
    grade: str | None = None
    grade_source: str | None = None
    reads: tuple[str, ...] = ()
    sex: str | None = None
    age_years: int | None = None
    site: str | None = None
    manufacturer: str | None = None
    model: str | None = None
    kernel: str | None = None
    kvp: float | None = None
    contrast: str | None = None
    slice_thickness_mm: float | None = None
    slices_original: int | None = None
    slices: int | None = None
    spacing_slice_mm: float | None = None
    spacing_row_mm: float | None = None
    spacing_column_mm: float | None = None
    mask_source: str | None = None
    lesion_ml: float | None = None
    ground_glass_ml: float | None = None
    consolidation_ml: float | None = None
    lesions: int | None = None
    lungs_ml: float | None = None
    involvement_percent: float | None = None
    pattern: str | None = None
    localisation: tuple[str, ...] = ()
    study_file: str | None = None
    mask_file: str | None = None
    lungs_file: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict)


SEVERAL = frozenset({"reads", "localisation"})
"""Attributes of several values; semicolons part them in a cell."""


def cells(member: Member) -> dict[str, str]:
    """Return a member as the cells of a table: every value as text, "" for unknown."""
    return {column.name: _cell(getattr(member, column.name)) for column in STUDY_FIELDS} | {
        name: str(value) for name, value in member.extra.items()
    }


def from_cells(row: Mapping[str, str]) -> Member:
    """Return the member of a row of ``studies.csv``; columns beyond :data:`STUDY_FIELDS` become ``extra``.

    Raises
    ------
    ValueError
        With the name of the column whose cell is no number, or ``study_id`` where it is empty.
    """
    values: dict[str, Any] = {}
    for column in STUDY_FIELDS:
        text = row.get(column.name, "").strip()
        try:
            values[column.name] = _value(column, text)
        except (ValueError, OverflowError) as reason:
            raise ValueError(column.name) from reason
    if not values["study_id"]:
        raise ValueError("study_id")
    known = {column.name for column in STUDY_FIELDS}
    return Member(**values, extra={name: text for name, text in row.items() if name not in known})


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ";".join(value)
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)


def _value(column: StudyField, text: str) -> Any:
    if column.name in SEVERAL:
        return tuple(part.strip() for part in text.split(";") if part.strip())
    if not text:
        return None
    if column.kind == "integer":
        return int(text)
    if column.kind == "number":
        number = float(text)
        if number != number or number in (float("inf"), float("-inf")):
            raise ValueError(column.name)
        return number
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is said of a data set as a whole; empty where nothing is.

    Attributes
    ----------
    name : str
        Short, for files: ``mosmed-2020``.
    version, date : str
        ``1.0.0`` and ``YYYY-MM-DD``.
    title, description, purpose : mapping of str to str
        By language, en and ru.
    licence : str
        SPDX identifier where there is one, else words.
    licence_url : str
        Where its text is.
    authors : tuple of str
        Persons or organisations that publish the set.
    citation, doi, url, contact : str
        How to cite it, and where it is.
    withdrawn : tuple of str
        Study ids of earlier versions that are not in this one; never given again.
    made_of : str
        Keyed name of recipe, studies and software: a second build of the same knows itself by it.
    card : mapping
        The further fields of the card, as the recipe gives them (:mod:`groundglass.datasets.documents`).
    """

    name: str = ""
    version: str = ""
    date: str = ""
    title: Mapping[str, str] = field(default_factory=dict)
    description: Mapping[str, str] = field(default_factory=dict)
    purpose: Mapping[str, str] = field(default_factory=dict)
    licence: str = ""
    licence_url: str = ""
    authors: tuple[str, ...] = ()
    citation: str = ""
    doi: str = ""
    url: str = ""
    contact: str = ""
    withdrawn: tuple[str, ...] = ()
    made_of: str = ""
    card: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Inventory:
    """A data set as its tables and names of files tell it; no picture is read.

    Attributes
    ----------
    folder : Path
        Where it lies.
    layout : str
        ``groundglass`` layouts: ``mosmed``, ``nnunet``, ``bids``; and ``pairs``.
    members : tuple of Member
        Studies, in the order of the table, else by name; damaged rows are left out and told.
    about : About
        What is said of the set.
    findings : tuple of Finding
        What is wrong with tables and names.
    own : bool
        Made by groundglass: it has ``dataset.json`` and ``studies.csv``.
    """

    folder: Path
    layout: str
    members: tuple[Member, ...]
    about: About = About()
    findings: tuple[Finding, ...] = ()
    own: bool = False


_MEMBER_NAMES = {each.name for each in fields(Member)} - {"extra"}
if {column.name for column in STUDY_FIELDS} != _MEMBER_NAMES:  # a defect of this module, seen at import
    raise RuntimeError("STUDY_FIELDS and Member differ")
