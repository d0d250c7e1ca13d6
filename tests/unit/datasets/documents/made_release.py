"""Made releases: no study is read, none is real."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

from groundglass.datasets.documents import Release
from groundglass.datasets.funnel import Funnel, FunnelStep
from groundglass.datasets.members import STUDY_FIELDS, About, Member, cells
from groundglass.datasets.recipe.model import PublishRule, Recipe, SourceRule, SplitRule, Thinning

CARD: dict[str, Any] = {
    "clinical_direction": {"en": "Chest CT, COVID-19", "ru": "КТ органов грудной клетки, COVID-19"},
    "target_pathologies": [{"en": "viral pneumonia", "ru": "вирусная пневмония"}],
    "icd10": ["U07.1", "J12-J15"],
    "inclusion_criteria": [{"en": "age 18 or more", "ru": "возраст 18 лет и старше"}],
    "exclusion_criteria": [{"en": "pregnancy", "ru": "беременность"}],
    "collection_period": {"first": "2020-03", "last": "2020-04"},
    "purposes": ["training", "independent-evaluation"],
    "label_criteria": {
        "CT-0": {"en": "no signs of pneumonia", "ru": "нет признаков пневмонии"},
        "CT-1": {"en": "up to 25 % of the lungs", "ru": "до 25 % объёма лёгких"},
    },
    "verification": ["expert-review"],
    "readers_per_study": 2,
    "mask_authors": {"en": "three radiologists", "ru": "три рентгенолога"},
    "mask_definition": {"en": "the region a reader would outline", "ru": "область, которую обвёл бы врач"},
    "mask_includes": [{"en": "ground glass", "ru": "«матовое стекло»"}],
    "mask_excludes": [{"en": "large vessels", "ru": "крупные сосуды"}],
    "mask_thresholds_hu": [-700, -130],
    "limits": [{"en": "One city only.", "ru": "Только один город."}],
    "uses": ["training", "education"],
    "not_for": [{"en": "decisions on patients", "ru": "решений о лечении пациентов"}],
    "keywords": ["COVID-19"],
    "references": ["Made A. B., Example C. D. A paper that is not. 2020. https://example.org/paper_(1)"],
}

ABOUT = About(
    name="example-chest",
    version="1.0.0",
    date="2020-04-28",
    title={"en": "Example chest CTs with COVID-19", "ru": "Пример: КТ грудной клетки с COVID-19"},
    description={
        "en": "Made studies that show how a set describes itself.\n\nNot one of them is of a person.",
        "ru": "Искусственные исследования, показывающие, как набор описывает себя.\n\nНи одно не относится к человеку.",
    },
    purpose={"en": "Training and testing of software.", "ru": "Обучение и испытание программ."},
    licence="CC BY-NC-ND 3.0",
    authors=("Example Center for Diagnostics", "Example Hospital"),
    doi="10.1234/example.5678",
    url="https://example.org/sets/chest",
    contact="data@example.org",
    card=CARD,
)

FUNNEL = Funnel(
    (
        FunnelStep("found", {}, 0, 0, 40, 38),
        FunnelStep("unusable", {}, 3, 2, 37, 36, {"NO_AXIAL_SERIES": 2, "BROKEN_FILE": 1}),
        FunnelStep("dates", {"limits": "2020-03-01 .. 2020-04-25"}, 13, 12, 24, 24, {"before": 9, "missing": 4}),
    )
)


def members(count: int = 24) -> tuple[Member, ...]:
    """Return studies of which every fourth has a mask, in three parts."""
    rows = []
    for i in range(count):
        grade = f"CT-{(0, 1, 1, 2)[i % 4] if i < count - 1 else 4}"
        name = f"study_{i + 1:04d}"
        masked = i % 4 == 1
        rows.append(
            Member(
                study_id=name,
                patient_id=f"patient_{i + 1:04d}",
                split=("train", "train", "validation", "test")[i % 4],
                grade=grade,
                grade_source="table" if i % 5 else "analysis",
                reads=(grade, "CT-1"),
                sex=("M", "F", "F", None)[i % 4],
                age_years=20 + 3 * i,
                site=str(1 + i % 2),
                manufacturer="EXAMPLE",
                model="Scanner 64",
                kernel="FC07",
                kvp=120.0,
                contrast="no",
                slice_thickness_mm=1.0,
                slices_original=300 + i,
                slices=30 + i % 4,
                spacing_slice_mm=8.0,
                spacing_row_mm=0.7,
                spacing_column_mm=0.7,
                mask_source="people" if masked else None,
                lesion_ml=12.5 + i if masked else None,
                lesions=3 if masked else None,
                involvement_percent=4.25 if masked else None,
                pattern="ground_glass" if masked else None,
                localisation=("right_lower", "left_lower") if masked else (),
                study_file=f"studies/{grade}/{name}.nii.gz",
                mask_file=f"masks/{name}_mask.nii.gz" if masked else None,
                extra={"spo2": str(93 + i % 6)},
            )
        )
    return tuple(rows)


def release(**changes: Any) -> Release:
    """Return a release; keywords replace what it has, those of the recipe and of ``about`` too."""
    about = replace(ABOUT, **{name: changes.pop(name) for name in list(changes) if hasattr(ABOUT, name)})
    recipe = Recipe(
        about=about,
        sources=(SourceRule(path=Path("/nowhere")),),
        thinning=Thinning(instance_number=10),
        splits=SplitRule(shares={"train": 0.5, "validation": 0.25, "test": 0.25}, seed=7),
        publish=PublishRule(columns={"SpO2": "spo2"}),
        sha256="0" * 64,
    )
    recipe = replace(
        recipe, **{name: changes.pop(name) for name in list(changes) if hasattr(recipe, name) and name != "previous"}
    )
    made = Release(recipe=recipe, members=members(), layout="mosmed", software="groundglass 0.0.0", funnel=FUNNEL)
    return replace(made, **changes)


def folder_of(root: Path, made: Release) -> Path:
    """Write what stands in a version before its documents: table, pictures and masks of a few bytes."""
    root.mkdir(parents=True, exist_ok=True)
    own = [each.name for each in STUDY_FIELDS]
    names = [*own, *sorted({name for each in made.members for name in each.extra})]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(cells(each) for each in made.members)
    (root / "studies.csv").write_text(text.getvalue(), encoding="utf-8")
    (root / "funnel.json").write_text("{}\n", encoding="utf-8")
    for each in made.members:
        for path in (each.study_file, each.mask_file, each.lungs_file):
            if path:
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_bytes(f"{each.study_id} {path}".encode())
    return root
