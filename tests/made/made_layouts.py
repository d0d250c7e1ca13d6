"""Sets of invented studies in every layout, with files of no content or of tiny pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from groundglass.datasets.conversion import write_mask, write_picture
from groundglass.datasets.layouts import LAYOUTS, Layout
from groundglass.datasets.layouts.reading.membership import FILE_ATTRIBUTES
from groundglass.datasets.members import About, Member
from groundglass.volume import Geometry, LabelVolume, Volume

ABOUT = About(
    name="larch-2020",
    version="1.2.0",
    date="2020-04-28",
    title={"en": "Larch chest CT", "ru": "Лиственница"},
    description={"en": "Made, not measured"},
    licence="CC-BY-4.0",
    authors=("Larchwood Hospital",),
    citation="Larchwood 2020",
    doi="10.0000/larch",
    url="https://example.org/larch",
    withdrawn=("study_0099",),
    card={"mask_labels": {"1": "ground_glass", "2": "consolidation"}, "icd10": ["U07.1"]},
)
MOSMED_COUNTS = (254, 684, 125, 45, 2)
"""Studies of each grade in MosMedData (Morozov S. et al., arXiv 2005.06465)."""
MOSMED_MASKED = range(255, 305)
SHAPE = (6, 12, 10)


def mosmed_members() -> list[Member]:
    """Return 1,110 studies with the grades and masks of the published set."""
    grades = [f"CT-{grade}" for grade, count in enumerate(MOSMED_COUNTS) for _ in range(count)]
    members = []
    for number, grade in enumerate(grades, start=1):
        source = "people" if number in MOSMED_MASKED else None
        members.append(Member(study_id=f"study_{number:04d}", grade=grade, mask_source=source))
    return [placed(member, LAYOUTS["mosmed"]) for member in members]


def some_members(layout: Layout, *, count: int = 12) -> list[Member]:
    """Return studies of every kind: with and without grade, mask, lungs, part; two of one patient."""
    parts = ("train", "train", "validation", "test")
    members = []
    for number in range(1, count + 1):
        masked = number % 3 == 0
        member = Member(
            study_id=f"study_{number:04d}",
            patient_id=f"P{max(number, 2):03d}",
            study_key=f"S{number:03d}",
            split=parts[number % 4] if number > 2 else "train",
            grade=f"CT-{number % 5}",
            grade_source="table",
            reads=("CT-1", "CT-2") if number == 4 else (),
            sex="MFO"[number % 3],
            age_years=30 + number,
            manufacturer="TOSHIBA",
            kvp=120.0,
            slices=SHAPE[0],
            spacing_slice_mm=8.0,
            mask_source="people" if masked else None,
            lesion_ml=1.5 if masked else None,
            localisation=("right_lower", "left_lower") if masked else (),
            extra={"spo2": str(90 + number)},
        )
        members.append(placed(member, layout, lungs=number == 3))
    return members


def placed(member: Member, layout: Layout, *, lungs: bool = False) -> Member:
    """Return the member with its files where the layout wants them."""
    return replace(
        member,
        study_file=str(layout.place(member, "study")),
        mask_file=str(layout.place(member, "mask")) if member.mask_source else None,
        lungs_file=str(layout.place(member, "lungs")) if lungs else None,
    )


def write_made(
    folder: Path, layout: Layout, members: Sequence[Member], about: About = ABOUT, *, pictures: bool = False
) -> Path:
    """Write tables and files of a set; ``pictures``: ones that can be read, else files of no content."""
    for name, content in layout.tables(members, about).items():
        _put(folder / name, content)
    for number, member in enumerate(members):
        for attribute, _ in FILE_ATTRIBUTES:
            file = getattr(member, attribute)
            if file is None:
                continue
            _put(folder / file, b"")
            if pictures and attribute == "study_file":
                write_picture(folder / file, made_volume(number))
            elif pictures:
                write_mask(folder / file, made_labels(number, lungs=attribute == "lungs_file"))
    return folder


def made_volume(number: int) -> Volume:
    """Return a tiny chest: air, fat, water, bone, different for each number."""
    values = np.random.default_rng(number).choice([-1000, -850, -100, 0, 40, 500], SHAPE).astype(np.int16)
    return Volume(values, geometry())


def made_labels(number: int, *, lungs: bool = False) -> LabelVolume:
    """Return two labels, or both lungs."""
    values = np.zeros(SHAPE, np.uint8)
    values[1:4, 2:6, 1:4], values[2:4, 3:8, 6:9] = 1, 2
    if not lungs:
        values[3, 2 + number % 3, 2] = 2
    return LabelVolume(values, geometry())


def geometry() -> Geometry:
    """Return slices feet to head, 8 mm apart; rows to the back, columns to the left, 0.7 mm."""
    affine = np.array([[0, 0, 0.7, -120.0], [0, 0.7, 0, -200.0], [8.0, 0, 0, -310.5], [0, 0, 0, 1]])
    return Geometry(SHAPE, affine)


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
