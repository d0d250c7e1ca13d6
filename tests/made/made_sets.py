"""Trees to build data sets from: phantoms of invented patients, their tables, masks and recipes."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import openpyxl
import yaml

from groundglass import nifti
from groundglass.dicom.ct_writer import CTHeader, Storage, series_uids, write_series
from groundglass.phantom import PhantomOptions, make
from groundglass.phantom.writing import stored
from groundglass.volume import LabelVolume, Volume

Text = Mapping[str, str]

SCANNERS: tuple[tuple[str, str, str], ...] = (
    ("TOSHIBA", "Aquilion", "FC07"),
    ("SIEMENS", "SOMATOM Scope", "B30f"),
    ("GE MEDICAL SYSTEMS", "LightSpeed VCT", "STANDARD"),
    ("TOSHIBA", "Aquilion", "FC18"),
    ("Philips", "Brilliance 64", "B"),
)
"""Maker, model, kernel for soft tissue."""
ORGANISATIONS = ("Larchwood Hospital", "Клиника Берёзовая Роща", "Quillfeather Clinic")
SURNAMES = (
    *("Ivolgin", "Drozdova", "Zimorodkov", "Снегирёва", "Quillmarsh", "Trefoilova", "Brambling", "Овсянников"),
    *("Kestrelski", "Wagtailov", "Сойкина", "Lapwingham", "Filinov", "Nuthatchev", "Перепёлкина", "Corncrakov"),
)
GIVEN = ("Pyotr", "Zinaida", "Arkady", "Лидия", "Osbert", "Ulyana", "Philibert", "Демьян")
INVOLVEMENTS = (
    0,
    12,
    0,
    30,
    6,
    18,
    0,
    55,
    9,
    22,
    0,
    80,
    15,
    3,
    0,
    40,
    20,
    10,
    0,
    35,
    7,
    62,
    0,
    14,
    24,
    4,
    0,
    45,
    17,
    11,
)
"""Percent of the lungs, of the phantoms in turn: healthy ones, and more of the mild than of the severe."""
GRADE_LIMITS = ((0.0, "CT-0"), (25.0, "CT-1"), (50.0, "CT-2"), (75.0, "CT-3"), (101.0, "CT-4"))
_ODD_GRADES = {"CT-0": "КТ-0", "CT-1": "КТ1", "CT-2": "ct-2", "CT-3": "CT-3", "CT-4": "4"}


QUICK_PROFILE = 'name = "looked at before"\n[pixels]\nread = "none"\n'
"""The text reader takes the grain of small pictures for letters, and needs 80 ms a slice to see that it is not."""
PHANTOM_RECIPE: Mapping[str, Any] = {
    "name": "invented-chests",
    "version": "1.0.0",
    "date": "2026-03-02",
    "title": {"en": "Invented chests", "ru": "Вымышленные грудные клетки"},
    "description": {"en": "Phantoms of the chest.", "ru": "Фантомы грудной клетки."},
    "purpose": {"en": "Tests", "ru": "Испытания"},
    "licence": "CC-BY-4.0",
    "authors": ["The Phantom Makers"],
    "profile": "quick.toml",
    "sources": ["archive"],
    "tables": [
        {
            "path": "tables/grades.csv",
            "key": "study_uid",
            "grade": "grade",
            "readers": ["reader 1", "reader 2"],
        }
    ],
    "masks": [{"path": "masks", "suffix": "_mask", "labels": {1: "ground_glass", 2: "consolidation"}}],
    "splits": {"shares": {"train": 0.7, "test": 0.3}},
    "publish": {"columns": {"PCR": "pcr"}},
}
DUMMY_RECIPE: Mapping[str, Any] = {
    "name": "dummies",
    "version": "1.0.0",
    "date": "2026-03-02",
    "title": {"en": "MosMedData COVID19_1110", "ru": "Болванки"},
    "licence": "CC-BY-NC-ND-3.0",
    "authors": ["The Dummy Makers"],
    "profile": "quick.toml",
    "sources": ["archive"],
    "tables": [{"path": "tables/grades.xlsx", "key": "folder", "match": "folder", "grade": "category"}],
    "masks": [{"path": "masks", "suffix": "_mask"}],
    "thinning": {"instance_number": 10},
}


@dataclass(frozen=True)
class PhantomCase:
    """One study of one invented patient.

    Attributes
    ----------
    number : int
        Of the study, from 1.
    patient : int
        Of the patient, from 1; two studies may have one.
    visit : int
        1 for the first study of the patient.
    """

    number: int
    patient: int
    visit: int
    involvement: float
    sex: Literal["M", "F"]
    age_years: int
    slices: int
    rows: int
    seed: int = 0
    position: Literal["HFS", "HFP", "FFS"] = "HFS"
    lung_series: bool = False

    @property
    def scanner(self) -> tuple[str, str, str]:
        """Maker, model and kernel."""
        return SCANNERS[self.patient % len(SCANNERS)]

    @property
    def organisation(self) -> str:
        """Where the study was made."""
        return ORGANISATIONS[self.patient % len(ORGANISATIONS)]

    @property
    def surname(self) -> str:
        """Of the patient, unlike any other's."""
        base = SURNAMES[self.patient % len(SURNAMES)]
        return base if self.patient < len(SURNAMES) else f"{base}-{SURNAMES[self.patient // len(SURNAMES)]}"

    @property
    def patient_name(self) -> str:
        """DICOM person name."""
        return f"{self.surname}^{GIVEN[self.patient % len(GIVEN)]}"

    @property
    def patient_id(self) -> str:
        """Number of the hospital."""
        return f"HX{730000 + 37 * self.patient}"

    @property
    def accession(self) -> str:
        """Number of the order."""
        return f"ACC{5100000 + 613 * self.number}"

    @property
    def date(self) -> str:
        """Day of the study, DICOM DA."""
        return f"2020{6 if self.visit > 1 else 3 + self.number % 3:02d}{1 + (7 * self.number) % 28:02d}"

    @property
    def birth_date(self) -> str:
        """DICOM DA."""
        return f"{2019 - self.age_years}{1 + self.patient % 12:02d}{1 + self.patient % 28:02d}"

    @property
    def folder(self) -> str:
        """Name of the folder, which names the patient, as folders of hospitals do."""
        return f"{self.surname.lower()}_{self.date}"

    @property
    def grade(self) -> str:
        """By the involvement."""
        return next(grade for limit, grade in GRADE_LIMITS if self.involvement <= limit)

    @property
    def spo2(self) -> int:
        """Oxygen saturation, percent: two of thirty lie below 93."""
        return 91 if self.number % 14 == 11 else 99 - round(self.involvement / 16)

    @property
    def pregnant(self) -> str:
        """Yes or no; nothing for men."""
        return "" if self.sex == "M" else ("yes" if self.number == 21 else "no")

    @property
    def header(self) -> CTHeader:
        """What the header of the study says."""
        maker, model, kernel = self.scanner
        return CTHeader(
            seed=900_000 + self.number,
            patient_name=self.patient_name,
            patient_id=self.patient_id,
            birth_date=self.birth_date,
            sex=self.sex,
            age=f"{self.age_years:03d}Y",
            accession_number=self.accession,
            institution=self.organisation,
            referring_physician="Larkspurova^Agrippina",
            study_date=self.date,
            study_time=f"{8 + self.number % 10:02d}{(11 * self.number) % 60:02d}17",
            study_id=str(4000 + self.number),
            study_description="Chest CT",
            series_description=f"CHEST BODY {kernel}",
            manufacturer=maker,
            model=model,
            kernel=kernel,
            patient_position=self.position,
        )


@dataclass(frozen=True)
class StudyTree:
    """Folders to build from: ``archive``, ``masks`` and ``tables/grades.csv`` (``.xlsx``) in one folder."""

    folder: Path

    @property
    def archive(self) -> Path:
        """A folder of DICOM a study."""
        return self.folder / "archive"

    @property
    def masks(self) -> Path:
        """NIfTI, named after the folder of the study, with ``_mask`` behind."""
        return self.folder / "masks"

    @property
    def table(self) -> Path:
        """The grades, CSV."""
        return self.folder / "tables" / "grades.csv"

    @cached_property
    def rows(self) -> tuple[Text, ...]:
        """Of the table."""
        with self.table.open(encoding="utf-8", newline="") as file:
            return tuple(csv.DictReader(file))


def phantom_cases(count: int = 30, *, slices: int = 40, rows: int = 128) -> tuple[PhantomCase, ...]:
    """Return studies of invented patients: every tenth is the second visit of the patient before."""
    cases: list[PhantomCase] = []
    for number in range(1, count + 1):
        second = number % 10 == 0
        patient = cases[-1].patient if second else (cases[-1].patient + 1 if cases else 1)
        cases.append(
            PhantomCase(
                number=number,
                patient=patient,
                visit=2 if second else 1,
                involvement=float(INVOLVEMENTS[(number - 1) % len(INVOLVEMENTS)]),
                sex="F" if patient % 2 else "M",
                age_years=18 + (23 * patient) % 71,
                slices=slices + number % 3,
                rows=rows,
                seed=300 + number,
                position="FFS" if number == 5 else "HFP" if number == 8 else "HFS",
                lung_series=number == 3,
            )
        )
    return tuple(cases)


def make_phantoms(folder: Path, cases: Sequence[PhantomCase], *, masks: bool = True) -> StudyTree:
    """Write the studies as a hospital's export: ``archive/NAME_DATE/*.dcm``, and masks, tables beside.

    A mask ``masks/NAME_DATE_mask.nii.gz`` (1 ground glass, 2 consolidation) is there for CT-1 to CT-4 of even number.
    """
    tree = empty_tree(folder)
    rows = []
    for case in cases:
        uid = _write_phantom(case, tree.archive, tree.masks if masks and case.number % 2 == 0 else None)
        rows.append(_row(case, uid))
    write_tables(tree, rows)
    write_recipe(folder / "recipe.yaml", PHANTOM_RECIPE)
    return tree


def empty_tree(folder: Path) -> StudyTree:
    """Make the folders, and a profile of de-identification that is quick: phantoms hold no words."""
    tree = StudyTree(folder)
    for each in (tree.archive, tree.masks, tree.table.parent):
        each.mkdir(parents=True)
    (folder / "quick.toml").write_text(QUICK_PROFILE, encoding="utf-8")
    return tree


def _write_phantom(case: PhantomCase, archive: Path, masks: Path | None) -> str:
    options = PhantomOptions(
        slices=case.slices,
        rows=case.rows,
        involvement=case.involvement,
        seed=case.seed,
        sex="female" if case.sex == "F" else "male",
        size=("medium", "large", "small")[case.patient % 3],
        breath=0.5 + (case.number % 6) / 10,
        position=case.position,
        lung_series=case.lung_series,
        variant="test" if case.patient % 4 == 0 else "train",
    )
    phantom = make(options)
    turns = ((0, 1, 2), stored(options))
    header = case.header
    header = replace(header, study_uid=series_uids(header, phantom.volume.geometry).study)
    storage = Storage(file_names="random" if case.number % 4 == 0 else "numbered", padding_hu=options.padding_hu)
    place = archive / case.folder
    volumes: list[tuple[str, Volume, CTHeader]] = [("2", phantom.volume, header)]
    if phantom.lung_volume is not None:
        lung = replace(header, series_number=3, kernel="FC51", series_description="CHEST LUNG FC51")
        volumes.append(("3", phantom.lung_volume, lung))
    for name, volume, head in volumes:
        write_series(volume.reoriented(*turns), place / name, header=head, storage=storage)
    if masks is not None and case.involvement > 0:
        lesions: LabelVolume = phantom.lesions.reoriented(*turns)
        nifti.write_labels(masks / f"{case.folder}_mask.nii.gz", lesions)
    return header.study_uid


def _row(case: PhantomCase, study_uid: str) -> dict[str, str]:
    grades = [grade for _, grade in GRADE_LIMITS]
    other = grades[min(4, grades.index(case.grade) + 1)] if case.number % 5 == 0 else case.grade
    return {
        "folder": case.folder,
        "study_uid": study_uid,
        "accession": case.accession,
        "patient": case.surname,
        "grade": _ODD_GRADES[case.grade] if case.number % 6 == 0 else case.grade,
        "reader 1": case.grade,
        "reader 2": other,
        "SpO2": str(case.spo2),
        "pregnant": case.pregnant,
        "age": str(case.age_years),
        "date": f"{case.date[:4]}-{case.date[4:6]}-{case.date[6:]}",
        "PCR": "positive" if case.involvement > 0 else "negative",
    }


def write_tables(tree: StudyTree, rows: Sequence[Text]) -> None:
    """Write the grades of a tree, in both forms."""
    write_table(tree.table, rows)
    write_table(tree.table.with_suffix(".xlsx"), rows)


def write_table(path: Path, rows: Sequence[Text], *, sheet: str = "grades", delimiter: str = ",") -> Path:
    """Write rows as CSV (UTF-8) or XLSX (numbers as numbers), by the ending of the name."""
    names = list(rows[0])
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, names, delimiter=delimiter, lineterminator="\n")
            table.writeheader()
            table.writerows(rows)
        return path
    book = openpyxl.Workbook()
    page: Any = book.active
    page.title = sheet
    page.append(names)
    for row in rows:
        page.append([int(cell) if cell.isascii() and cell.isdigit() else cell or None for cell in row.values()])
    book.save(path)
    return path


def write_recipe(path: Path, recipe: Mapping[str, Any], **changes: Any) -> Path:
    """Write a recipe as YAML; ``changes`` replace whole parts of it, None takes one away."""
    whole = {name: value for name, value in {**recipe, **changes}.items() if value is not None}
    path.write_text(yaml.safe_dump(whole, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path
