"""From studies found to studies taken, and the funnel between them."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from groundglass.datasets.candidates import Candidate, MaskSource
from groundglass.datasets.members import About
from groundglass.datasets.recipe.model import AnalysisRule, Exclusion, Recipe, SelectionRule, TableRule
from groundglass.datasets.selection import Graded, select, settle
from groundglass.datasets.selection.steps import by_grade
from groundglass.deidentify.keys import Keys
from groundglass.dicom.sources import FileSource
from groundglass.errors import InputError
from groundglass.phrases import say

KEYS = Keys(b"k" * 32)
FILE = FileSource("input[1]/#0001.dcm", 1, Path("x"))


def study(number: int, **parts: Any) -> Candidate:
    plain: dict[str, Any] = {
        "key": f"1.2.{number:03d}",
        "patient": f"p{number}",
        "label": f"study-{number}",
        "study_uid": f"1.2.{number:03d}",
        "patient_id": f"{number:04d}",
        "study_date": "20200401",
        "organisation": "First  clinic",
        "sex": "M",
        "age_years": 40,
        "description": "BODY 1.0",
        "kernel": "FC07",
        "kernel_class": "soft",
        "manufacturer": "TOSHIBA",
        "slices": 100,
        "spacing_mm": (1.0, 0.8, 0.8),
        "files": (FILE,),
        "grade": "CT-1",
        "named": True,
    }
    return Candidate(**{**plain, **parts})


def recipe_of(rule: SelectionRule | None = None, **parts: Any) -> Recipe:
    return Recipe(about=About(), sources=(), selection=rule or SelectionRule(), **parts)


def left(studies: list[Candidate], recipe: Recipe) -> tuple[list[int], dict[str, dict[str, int]]]:
    """Return the numbers of the studies taken, and the reasons of each step by its code; every step has words."""
    taken, funnel = select(studies, recipe, keys=KEYS)
    before = len(studies)
    for step in funnel.steps:
        assert before - step.studies_out == step.studies_left
        assert say(f"funnel_{step.code}", "en", **step.values) != say(f"funnel_{step.code}", "ru", **step.values)
        before = step.studies_left
    assert before == len(taken)
    return [int(each.key[-3:]) for each in taken], {step.code: dict(step.reasons) for step in funnel.steps}


def test_without_rules_only_what_cannot_be_read_falls_out() -> None:
    refused = study(2, files=(), refusal=InputError("SINGLE_SLICE", what="", where="", todo=""))
    taken, steps = left([study(1), refused], recipe_of(layout="bids"))
    assert taken == [1]
    assert steps == {"found": {}, "unusable": {"SINGLE_SLICE": 1}}


def test_each_rule_keeps_what_it_says_and_counts_why_others_fall_out() -> None:
    cases: list[tuple[dict[str, Any], dict[str, Any], str, dict[str, int]]] = [
        ({"first_date": "20200402"}, {"study_date": "20200402"}, "dates", {"before": 1}),
        ({"last_date": "20200331"}, {"study_date": "20200331"}, "dates", {"after": 1}),
        ({"organisations": ("second clinic",)}, {"organisation": "SECOND Clinic "}, "organisations", {"other": 1}),
        ({"age_years": (41, None)}, {"age_years": 41}, "age", {"below": 1}),
        ({"age_years": (None, 39)}, {"age_years": 39}, "age", {"above": 1}),
        ({"sex": ("F",)}, {"sex": "F"}, "sex", {"other": 1}),
        ({"grades": ("CT-2",)}, {"grade": "CT-2"}, "grade", {"CT-1": 1}),
        ({"kernel": "lung"}, {"kernel_class": "lung"}, "kernel", {"soft": 1}),
        ({"kernels": ("b3*",)}, {"kernel": "B30s"}, "kernel", {"other": 1}),
        ({"series_description": ("lung*",)}, {"description": "LUNG 1.0"}, "description", {}),
        ({"manufacturers": ("*mens*",)}, {"manufacturer": "SIEMENS"}, "manufacturer", {"other": 1}),
        ({"slices": (101, 300)}, {"slices": 300}, "slices", {"below": 1}),
        ({"slice_spacing_mm": (None, 0.8)}, {"spacing_mm": (0.8000001, 1.0, 1.0)}, "spacing", {"above": 1}),
        ({"in_tables": True}, {}, "in_tables", {}),
    ]
    for rule, fitting, code, reasons in cases:
        other = study(2, named=False) if code == "in_tables" else study(2)
        taken, steps = left([study(1, **fitting), other], recipe_of(SelectionRule(**rule), layout="bids"))
        assert taken == [1], code
        assert steps[code] == reasons, code
        assert list(steps) == ["found", "unusable", code]


def test_what_is_not_known_falls_out_where_it_is_asked_for() -> None:
    unknown = study(
        1, study_date="", organisation="", age_years=None, sex="", grade="", manufacturer="", spacing_mm=None
    )
    for rule, code in (
        ({"first_date": "20200101"}, "dates"),
        ({"organisations": ("a",)}, "organisations"),
        ({"age_years": (18, None)}, "age"),
        ({"sex": ("M",)}, "sex"),
        ({"grades": ("CT-1",)}, "grade"),
        ({"manufacturers": ("a",)}, "manufacturer"),
        ({"slice_spacing_mm": (None, 2.0)}, "spacing"),
    ):
        assert left([unknown], recipe_of(SelectionRule(**rule), layout="bids"))[1][code] == {"missing": 1}


def test_contrast_falls_out_only_where_it_is_known() -> None:
    studies = [study(1, contrast="yes"), study(2, contrast="no"), study(3, contrast="unknown")]
    assert left(studies, recipe_of(SelectionRule(contrast="no")))[0] == [2, 3]


def test_masks_of_lungs_are_no_lesion_masks() -> None:
    lesions = (MaskSource(kind="lesions", form="nifti", source=FILE),)
    lungs = (MaskSource(kind="lungs", form="nifti", source=FILE),)
    assert left([study(1, masks=lesions), study(2, masks=lungs), study(3)], recipe_of(SelectionRule(with_masks=True)))[
        0
    ] == [1]


def test_listed_studies_and_patients_fall_out_whatever_zeros_they_lost() -> None:
    studies = [study(number) for number in range(1, 6)]
    taken, steps = left(studies, recipe_of(SelectionRule(studies=("1.2.001 ",), patients=("2", "0003", "00004"))))
    assert taken == [5]
    assert {"excluded_studies", "excluded_patients"} <= set(steps)


def test_every_exclusion_is_a_step_with_its_own_reason() -> None:
    studies = [
        study(1, columns={"SpO2": "92,5", "pregnant": ""}),
        study(2, columns={"SpO2": "93 %", "pregnant": "YES "}),
        study(3, columns={"SpO2": "", "pregnant": "no"}),
        study(4, columns={"SpO2": "unknown", "pregnant": "no"}),
        study(5, columns={"SpO2": "97", "pregnant": "no"}),
        study(6, columns={"SpO2": "101", "pregnant": "no"}),
    ]
    exclusions = (
        Exclusion(column="spo2", test="below", value=93.0, reason="SpO2 below 93 %"),
        Exclusion(column="pregnant", test="equals", value=("yes", "1"), reason="pregnancy"),
        Exclusion(column="SpO2", test="missing"),
        Exclusion(column="SpO2", test="above", value=100.0),
    )
    taken, funnel = select(studies, recipe_of(SelectionRule(exclusions=exclusions)), keys=KEYS)
    assert [each.key[-1] for each in taken] == ["4", "5"]
    steps = [step for step in funnel.steps if step.code == "exclusion"]
    assert [step.studies_out for step in steps] == [1, 1, 1, 1]
    assert [step.values["reason"] for step in steps] == ["SpO2 below 93 %", "pregnancy", "SpO2 = -", "SpO2 > 100"]


def test_rows_that_contradict_each_other_leave_the_study_out() -> None:
    tables = (TableRule(path=Path("t.csv"), key="id"),)
    taken, steps = left([study(1), study(2, conflict="grade")], recipe_of(tables=tables))
    assert taken == [1]
    assert steps["table_conflict"] == {"grade": 1}


def test_the_original_layout_needs_a_grade_unless_it_is_measured() -> None:
    studies = [study(1), study(2, grade="")]
    assert left(studies, recipe_of())[0] == [1]
    assert left(studies, recipe_of(analysis=AnalysisRule(grade="missing")))[0] == [1, 2]
    assert left(studies, recipe_of(layout="nnunet"))[0] == [1, 2]


def test_a_grade_that_is_to_be_measured_does_not_decide_yet() -> None:
    studies = [study(1, grade="CT-0"), study(2, grade="CT-1"), study(3, grade="")]
    rule = SelectionRule(grades=("CT-0",))
    assert left(studies, recipe_of(rule, analysis=AnalysisRule(grade="missing")))[0] == [1, 3]
    assert left(studies, recipe_of(rule, analysis=AnalysisRule(grade="always")))[0] == [1, 2, 3]
    assert by_grade("CT-1", recipe_of(rule)) == "CT-1"
    assert by_grade("CT-0", recipe_of(rule)) is None


def test_rules_that_ask_for_a_measured_grade_are_taken_up_when_it_is_known() -> None:
    studies = [study(number, grade="CT-1" if number < 5 else "") for number in range(1, 11)]
    rule = SelectionRule(grades=("CT-0", "CT-1"), at_most=2)
    recipe = recipe_of(rule, analysis=AnalysisRule(grade="missing"))
    taken, funnel = select(studies, recipe, keys=KEYS)
    assert len(taken) == 10
    assert "at_most" not in {step.code for step in funnel.steps}
    measured = {5: "CT-0", 6: "CT-0", 7: "CT-0", 8: "CT-4", 9: "", 10: "CT-1"}
    graded = [Graded(each.key, each.patient, each.grade or measured[int(each.key[-2:])]) for each in taken]
    kept, steps = settle(graded, recipe, keys=KEYS)
    assert len(kept) == 4
    assert [(step.code, step.studies_out, dict(step.reasons)) for step in steps] == [
        ("grade", 2, {"CT-4": 1, "missing": 1}),
        ("grade_known", 0, {}),
        ("at_most", 4, {}),
    ]
    assert settle(graded, recipe_of(rule), keys=KEYS) == (frozenset(each.key for each in graded), ())


def test_one_study_of_each_patient_is_the_first_or_the_last_by_date_and_time() -> None:
    studies = [
        study(1, patient="a", study_date="20200402", study_time="1000"),
        study(2, patient="a", study_date="20200402", study_time="0900"),
        study(3, patient="a", study_date=""),
        study(4, patient="b", study_date=""),
    ]
    assert left(studies, recipe_of(SelectionRule(one_per_patient="first")))[0] == [2, 4]
    assert left(studies, recipe_of(SelectionRule(one_per_patient="last")))[0] == [1, 4]


def test_so_many_of_each_grade_are_chosen_by_the_key_alone() -> None:
    studies = [study(number, grade=f"CT-{number % 2}") for number in range(1, 41)]
    recipe = recipe_of(SelectionRule(at_most=5))
    taken, _ = left(studies, recipe)
    shuffled = studies.copy()
    random.Random(3).shuffle(shuffled)
    assert left(shuffled, recipe)[0] == taken
    assert [sum(number % 2 == odd for number in taken) for odd in (0, 1)] == [5, 5]
    other = select(studies, recipe, keys=Keys(b"x" * 32))[0]
    assert [int(each.key[-3:]) for each in other] != taken
    fewer, _ = left([each for each in studies if int(each.key[-3:]) not in taken[:1]], recipe)
    assert len(set(taken) & set(fewer)) == 9


def test_patients_are_counted_beside_studies() -> None:
    studies = [study(1, patient="a"), study(2, patient="a", age_years=10), study(3, patient="b", age_years=10)]
    _, funnel = select(studies, recipe_of(SelectionRule(age_years=(18, None)), layout="bids"), keys=KEYS)
    last = funnel.steps[-1]
    assert (last.studies_out, last.patients_out, last.studies_left, last.patients_left) == (2, 1, 1, 1)


def test_the_funnel_names_no_organisation_and_no_patient() -> None:
    rule = SelectionRule(organisations=("First clinic",), patients=("0002",), studies=("1.2.001",))
    _, funnel = select([study(1), study(2), study(3)], recipe_of(rule), keys=KEYS)
    text = str(funnel.rows())
    assert not any(name in text for name in ("clinic", "0002", "1.2.001", "p1"))


@given(
    st.lists(st.tuples(st.integers(0, 100), st.sampled_from(["", "CT-0", "CT-1"]), st.sampled_from("abc")), max_size=12)
)
@settings(max_examples=50, deadline=None)
def test_the_order_in_which_studies_come_changes_nothing(facts: list[tuple[int, str, str]]) -> None:
    studies = [study(n, age_years=age, grade=grade, patient=who) for n, (age, grade, who) in enumerate(facts)]
    recipe = recipe_of(SelectionRule(age_years=(18, None), one_per_patient="first", at_most=2))
    there = select(studies, recipe, keys=KEYS)
    assert select([replace(each) for each in reversed(studies)], recipe, keys=KEYS) == there
