"""How many fell out at each step: counted by the build, and here from the table."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from made_builds import THIRTY, changed_recipe, thirty_phantoms
from made_sets import PhantomCase

from groundglass.datasets.building import chosen
from groundglass.datasets.recipe.reading import read_recipe
from groundglass.deidentify.project import Project

SELECTION: dict[str, Any] = {
    "first_date": "2020-03-05",
    "last_date": "2020-06-10",
    "age_years": [21, 85],
    "exclude": [
        {"column": "pregnant", "equals": ["yes"], "reason": "pregnancy"},
        {"column": "SpO2", "below": 93, "reason": "SpO2 below 93 %"},
    ],
    "grades": ["CT-0", "CT-1", "CT-2", "CT-3"],
    "one_per_patient": "first",
}


def _first(cases: Iterable[PhantomCase]) -> list[PhantomCase]:
    return [case for case in cases if case.visit == 1]


def test_the_funnel_counts_what_the_table_counts(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    tree = thirty_phantoms(tmp_path_factory)
    path = changed_recipe(tree.folder / "recipe.yaml", tree.folder / "recipe-funnel.yaml", selection=SELECTION)
    choice = chosen(read_recipe(path), tmp_path / "out", project=Project.open(tmp_path / "project"))
    candidates, funnel = choice.candidates, choice.funnel
    steps = {step.code: step for step in funnel.steps}
    left = list(THIRTY)
    assert funnel.steps[0].studies_left == 30
    assert funnel.steps[0].patients_left == len({case.patient for case in left})
    for now, before in zip(funnel.steps[1:], funnel.steps, strict=False):
        assert now.studies_left + now.studies_out == before.studies_left
        assert now.patients_left + now.patients_out == before.patients_left
    wanted = [
        case
        for case in left
        if "20200305" <= case.date <= "20200610"
        and 21 <= case.age_years <= 85
        and case.pregnant != "yes"
        and case.spo2 >= 93
        and case.grade != "CT-4"
    ]
    firsts = _first(wanted)
    assert {each.accession for each in candidates} == {case.accession for case in firsts}
    assert funnel.steps[-1].studies_left == len(firsts)
    out = {step.values.get("reason"): step.studies_out for step in funnel.steps if step.code == "exclusion"}
    assert out == {"pregnancy": 1, "SpO2 below 93 %": 2}
    assert steps["one_per_patient"].studies_out == sum(case.visit == 2 for case in wanted) > 0


def test_at_most_so_many_of_each_grade_are_chosen_by_the_key(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    tree = thirty_phantoms(tmp_path_factory)
    path = changed_recipe(tree.folder / "recipe.yaml", tree.folder / "recipe-most.yaml", selection={"at_most": 2})
    recipe = read_recipe(path)
    taken = []
    for name in ("one", "one", "other", "third"):
        candidates = chosen(recipe, tmp_path / "out", project=Project.open(tmp_path / name)).candidates
        grades = [each.grade for each in candidates]
        assert max(grades.count(grade) for grade in set(grades)) == 2
        taken.append({each.accession for each in candidates})
    assert taken[0] == taken[1]
    assert any(each != taken[0] for each in taken[2:])
