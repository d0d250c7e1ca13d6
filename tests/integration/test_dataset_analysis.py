"""A build that measures and grades what nobody graded."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from groundglass import cli
from groundglass.datasets import open as open_set
from groundglass.datasets.building import build
from groundglass.datasets.recipe.reading import read_recipe
from groundglass.deidentify.project import Project


def test_studies_nobody_graded_are_graded_measured_and_chosen_by_that_grade(tmp_path: Path) -> None:
    for seed, percent in ((1, 0), (2, 15)):
        made = ["phantom", "-o", str(tmp_path / "in" / str(seed)), "--slices", "64", "--rows", "192"]
        made += ["--involvement", str(percent), "--seed", str(seed), "--no-lung-series", "--no-localizer"]
        assert cli.run(made) == 0
    recipe = {
        "name": "graded-by-software",
        "version": "1.0.0",
        "date": "2026-03-02",
        "title": {"en": "Phantoms"},
        "licence": "CC-BY-4.0",
        "authors": ["The Phantom Makers"],
        "sources": [{"path": f"in/{seed}/dicom"} for seed in (1, 2)],
        "selection": {"grades": ["CT-1"]},
        "analysis": {"grade": "missing", "masks": "missing", "lungs": True, "results": True},
        "publish": {"scanner": False},
    }
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    project = Project.open(tmp_path / "key")
    built = build(read_recipe(tmp_path / "recipe.yaml"), tmp_path / "out", project=project, processes=0)
    assert [(step.code, step.studies_left) for step in built.funnel.steps if step.studies_out] == [("grade", 1)]
    (study,) = built.members
    assert (study.grade, study.grade_source, study.mask_source, study.manufacturer) == (
        "CT-1",
        "analysis",
        "analysis",
        None,
    )
    # as the whole job on phantoms of 64 slices: within five points
    assert study.involvement_percent is not None
    assert abs(study.involvement_percent - 15) < 5
    (record,) = open_set(built.folder)
    mask, lungs = record.mask(), record.lungs()
    assert mask is not None
    assert lungs is not None
    assert abs((mask.array > 0).sum() * mask.geometry.voxel_ml - (study.lesion_ml or 0)) < 0.1
    result = json.loads(next((built.folder / "results").glob("*.json")).read_text(encoding="utf-8"))
    assert result["grade"]["value"] == "CT-1"
    assert result["study"]["study_uid"] is None
    assert result["acquisition"]["manufacturer"] is None
    assert {row["sop_uid"] for row in result["slices"]} == {None}
    assert result["acquisition_datetime"] is None
