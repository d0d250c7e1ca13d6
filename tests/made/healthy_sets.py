"""A small healthy data set, made as the build makes one, for tests of whatever reads data sets."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from typing import Any

from groundglass.datasets.building.finishing import write_set
from groundglass.datasets.building.tasks import StudyDone
from groundglass.datasets.conversion import lesion_facts, write_mask, write_picture
from groundglass.datasets.funnel import Funnel
from groundglass.datasets.layouts import FileKind
from groundglass.datasets.members import About, Member
from groundglass.datasets.recipe import Recipe, SplitRule
from groundglass.deidentify.keys import Keys
from groundglass.deidentify.profiles import load_profile
from groundglass.phantom import Phantom, PhantomOptions, make
from groundglass.volume import LabelVolume

INVOLVEMENTS = (0.0, 0.0, 8.0, 15.0, 40.0, 60.0)
"""Percent, of the six studies; the last two are of one patient."""
GRADES = ("CT-0", "CT-0", "CT-1", "CT-1", "CT-2", "CT-3")
_MAKERS = (("TOSHIBA", "Aquilion"), ("SIEMENS", "SOMATOM Scope"))


@cache
def phantoms() -> tuple[Phantom, ...]:
    """Return the digital chests of the set, in the order of its studies."""
    return tuple(
        make(PhantomOptions(slices=28, rows=96, involvement=percent, seed=70 + number, variant=_variant(number)))
        for number, percent in enumerate(INVOLVEMENTS)
    )


def healthy_set(folder: Path, layout: str = "mosmed") -> Path:
    """Make a whole version of a set of six phantoms below a folder, and return where it is.

    Studies are in the order of :data:`INVOLVEMENTS`: 1 and 2 without lesion mask, 3 to 6 with one, all with lungs.
    """
    work, stage = folder / "work", folder / "set"
    stage.mkdir(parents=True)
    members, done = [], {}
    for number, phantom in enumerate(phantoms()):
        key = f"S{number:04d}"
        place = work / key
        place.mkdir(parents=True)
        lesions = LabelVolume(phantom.lesions.array, phantom.volume.geometry, {1: "ground glass", 2: "consolidation"})
        marked = INVOLVEMENTS[number] > 0
        write_picture(place / "study.nii.gz", phantom.volume)
        write_mask(place / "lungs.nii.gz", phantom.lungs)
        if marked:
            write_mask(place / "mask.nii.gz", lesions)
        facts: dict[str, Any] = dict(lesion_facts(lesions, phantom.volume, phantom.lungs))
        if not marked:
            facts = {"lungs_ml": facts["lungs_ml"]}
        members.append(_member(number, key, phantom, facts, marked=marked))
        kinds: tuple[FileKind, ...] = ("study", "mask", "lungs") if marked else ("study", "lungs")
        done[key] = StudyDone(key=key, fingerprint="", outcome="written", files=dict.fromkeys(kinds, ""), kinds=marked)
    write_set(
        stage,
        work,
        _recipe(layout),
        members,
        done,
        funnel=Funnel(),
        keys=Keys(bytes(range(32))),
        profile=load_profile(None),
        previous=None,
    )
    shutil.rmtree(work)
    for path in stage.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return stage


def _variant(number: int) -> Any:
    return ("train", "test")[number % 2]


def _member(number: int, key: str, phantom: Phantom, facts: dict[str, Any], *, marked: bool) -> Member:
    slices, rows, columns = phantom.volume.geometry.spacing_mm
    maker, model = _MAKERS[number % 2]
    return Member(
        study_id="",
        study_key=key,
        patient_id=f"P{min(number, 4):04d}",
        grade=GRADES[number],
        grade_source="table",
        sex="MF"[number % 2],
        age_years=41 + number,
        manufacturer=maker,
        model=model,
        kernel="FC07",
        slices_original=28,
        slices=28,
        spacing_slice_mm=slices,
        spacing_row_mm=rows,
        spacing_column_mm=columns,
        mask_source="people" if marked else None,
        **facts,
    )


def _recipe(layout: Any) -> Recipe:
    about = About(
        name="larch",
        version="1.0.0",
        date="2026-03-02",
        title={"en": "Larch chests", "ru": "Грудные клетки «Лиственница»"},
        description={"en": "Digital chests.", "ru": "Цифровые фантомы."},
        purpose={"en": "Tests", "ru": "Испытания"},
        licence="CC-BY-4.0",
        authors=("The Larch Makers",),
        contact="larch@example.org",
    )
    return Recipe(about=about, sources=(), layout=layout, splits=SplitRule(shares={"train": 0.6, "test": 0.4}))
