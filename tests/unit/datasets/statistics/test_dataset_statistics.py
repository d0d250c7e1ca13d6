"""Numbers of small sets, counted by hand; what is unknown is told and never guessed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from groundglass.datasets.funnel import Funnel, step
from groundglass.datasets.members import Member, cells, from_cells
from groundglass.datasets.statistics import SCHEMA, Statistics, statistics_of
from groundglass.errors import InputError


def study(number: int, **values: Any) -> Member:
    return Member(study_id=f"study_{number:04d}", **{"patient_id": f"patient_{number:04d}", **values})


FOUR = (
    study(1, grade="CT-0", sex="M", age_years=18, lesion_ml=0.0, mask_file="masks/1.nii.gz"),
    study(2, grade="CT-1", sex="F", age_years=40, lesion_ml=2.0, mask_file="masks/2.nii.gz", mask_source="people"),
    study(3, grade="CT-1", sex="F", age_years=49, patient_id="patient_0002", mask_file="masks/3.nii.gz"),
    study(4, grade=None, sex=None, age_years=None, lesion_ml=10.5, mask_file="masks/4.nii.gz", mask_source="analysis"),
)


def test_studies_patients_and_studies_of_each_patient_are_counted() -> None:
    found = statistics_of(FOUR)
    assert (found.studies, found.patients, found.studies_without_patient) == (4, 3, 0)
    assert found.patients_by_studies == {"1": 2, "2": 1}


def test_the_number_of_patients_is_unknown_where_one_study_has_none() -> None:
    found = statistics_of((*FOUR, study(5, patient_id=None)))
    assert found.patients is None
    assert found.studies_without_patient == 1


def test_shares_are_of_all_studies_and_unknown_ones_are_counted_apart() -> None:
    grade = statistics_of(FOUR).categories["grade"]
    assert (grade.known_studies, grade.unknown_studies) == (3, 1)
    assert {share.value: share.studies for share in grade.values} == {
        "CT-0": 1,
        "CT-1": 2,
        "CT-2": 0,
        "CT-3": 0,
        "CT-4": 0,
    }
    one = next(share for share in grade.values if share.value == "CT-1")
    assert (one.percent_of_all_studies, one.patients) == (50.0, 1)


def test_a_grade_outside_of_the_scale_is_counted_and_not_lost() -> None:
    found = statistics_of((*FOUR, study(5, grade="CT-7"))).categories["grade"]
    assert found.studies("CT-7") == 1
    assert found.known_studies == 4


def test_age_is_spread_over_the_known_ones_alone() -> None:
    found = statistics_of(FOUR)
    age = found.measures["age_years"]
    assert (age.known_studies, age.unknown_studies) == (3, 1)
    assert (age.minimum, age.median, age.maximum, age.mean) == (18, 40, 49, 35.6667)
    assert [(d.first_year, d.last_year, d.male, d.female, d.unknown) for d in found.decades] == [
        (10, 19, 1, 0, 0),
        (20, 29, 0, 0, 0),
        (30, 39, 0, 0, 0),
        (40, 49, 0, 2, 0),
    ]
    assert found.age_as == "years"


def test_ages_published_by_decade_are_seen() -> None:
    by_decade = [study(number, age_years=age) for number, age in enumerate((20, 40, 40, 50, 70))]
    assert statistics_of(by_decade).age_as == "decades"
    assert statistics_of([*by_decade, study(9, age_years=41)]).age_as == "years"
    assert statistics_of(by_decade[:2]).age_as == "years"  # two round ages are a chance
    assert statistics_of([study(1)]).age_as == "unknown"


def test_masks_are_counted_by_whose_they_are_and_empty_and_unmeasured_ones_told() -> None:
    found = statistics_of(FOUR)
    assert found.masks.studies_with_lesion_mask == 4
    assert found.masks.studies_by_source == {"people": 1, "analysis": 1, "unknown": 2}
    assert (found.masks.empty_lesion_masks, found.masks.lesion_masks_of_unknown_volume) == (1, 1)
    volume = found.measures["lesion_ml"]
    assert (volume.known_studies, volume.minimum, volume.median, volume.maximum, volume.total) == (3, 0, 2, 10.5, 12.5)
    assert list(volume.values) == [0, 2, 10.5]
    assert volume.histogram is not None
    assert (volume.histogram.below, sum(volume.histogram.studies)) == (1, 2)


def test_quartiles_lie_between_values_in_proportion() -> None:
    found = statistics_of([study(n, slices=value) for n, value in enumerate((10, 20, 30, 40))]).measures["slices"]
    assert (found.lower_quartile, found.median, found.upper_quartile) == (17.5, 25, 32.5)


def test_involvement_is_told_by_grade() -> None:
    set_of = [study(1, grade="CT-1", involvement_percent=10.0), study(2, grade="CT-1", involvement_percent=20.0)]
    found = statistics_of([*set_of, study(3, grade="CT-2"), study(4, involvement_percent=3.0)])
    assert list(found.involvement_percent_by_grade) == ["CT-1"]
    assert found.involvement_percent_by_grade["CT-1"].median == 15
    assert found.measures["involvement_percent"].known_studies == 3


def test_parts_come_in_the_order_of_use_and_folds_by_their_number() -> None:
    names = ("test", "fold-10", "train", "fold-2", "validation", None)
    found = statistics_of([study(n, split=name, grade="CT-1", age_years=30 + n) for n, name in enumerate(names)])
    assert [part.name for part in found.parts] == ["train", "validation", "test", "fold-2", "fold-10", ""]
    assert found.parts[0].studies_by_grade["CT-1"] == 1
    assert found.parts[0].age_years.median == 32
    assert statistics_of(FOUR).parts == ()


def test_places_count_each_and_sides_are_told() -> None:
    set_of = [
        study(1, localisation=("right_upper", "left_lower")),
        study(2, localisation=("right_upper", "right_lower")),
        study(3, localisation=("left lingula",)),
        study(4, localisation=("both",)),
        study(5),
    ]
    found = statistics_of(set_of).localisation
    assert (found.known_studies, found.unknown_studies) == (4, 1)
    assert found.studies_by_place["right_upper"] == 2
    assert found.studies_by_place["left_middle"] == 0
    assert found.studies_by_place["left lingula"] == 1
    assert found.studies_by_side == {"right": 1, "left": 1, "both": 2}


def test_scanner_kernel_and_contrast_are_told_and_the_word_unknown_is_unknown() -> None:
    set_of = [
        study(1, manufacturer="TOSHIBA", model="Aquilion 64", kernel="FC07", kvp=120.0, contrast="no"),
        study(2, manufacturer="TOSHIBA", model="Aquilion 64", kernel="FC51", kvp=120.0, contrast="unknown"),
        study(3, manufacturer="SIEMENS", kernel="X99", kvp=100.0, contrast="yes"),
    ]
    found = statistics_of(set_of).categories
    assert [(share.value, share.studies) for share in found["scanner"].values] == [
        ("TOSHIBA Aquilion 64", 2),
        ("SIEMENS", 1),
    ]
    assert [(share.value, share.studies) for share in found["kernel_class"].values] == [("soft", 1), ("lung", 1)]
    assert found["kernel_class"].unknown_studies == 1
    assert found["contrast"].unknown_studies == 1
    assert [share.value for share in found["kvp_kv"].values] == ["120", "100"]


def test_what_few_patients_share_is_listed_and_studies_without_patient_are_their_own() -> None:
    crowd = [study(n, sex="F", grade="CT-1", age_years=41) for n in range(10)]
    found = statistics_of([*crowd, study(90, sex="M", grade="CT-4", age_years=81, patient_id=None)]).small_cells
    assert found.limit_patients == 5
    assert found.cells_by_patients["1"] == len(found.cells)
    assert {"sex": "M"} in [dict(cell.cell) for cell in found.cells]
    assert statistics_of(crowd).small_cells.cells == ()


def test_what_is_unknown_for_more_than_a_tenth_is_thin() -> None:
    full = {"sex": "F", "age_years": 50, "manufacturer": "GE"}
    nine = [study(n, **full) for n in range(9)]
    assert statistics_of([*nine, study(10, sex="F", age_years=50)]).thin == ()  # exactly a tenth
    found = statistics_of([*nine, study(10, sex="F", age_years=50), study(11, sex="F")]).thin
    assert [(thin.property, thin.unknown_studies, thin.studies) for thin in found] == [("scanner", 2, 11)]


def test_the_funnel_is_told_as_it_was() -> None:
    funnel = Funnel((step("found", "abcd", "abcd"), step("age", "abcd", "ab", values={"least": 18})))
    found = statistics_of(FOUR, funnel).funnel
    assert [(each.step, each.studies_out, each.studies_left) for each in found] == [("found", 0, 4), ("age", 2, 2)]
    assert found[1].values == {"least": 18}


def test_an_empty_set_has_zeros_and_no_figures() -> None:
    found = statistics_of(())
    assert (found.studies, found.patients) == (0, 0)
    assert found.measures["age_years"].median is None
    assert found.thin == ()
    assert Statistics.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_statistics_of_members_read_back_from_their_table_are_the_same() -> None:
    exact = [study(n, lesion_ml=1 / (3 + n), spacing_row_mm=0.7421875 + n / 7, kvp=120.0, sex="M") for n in range(70)]
    again = [from_cells(cells(member)) for member in exact]
    assert statistics_of(again).to_json() == statistics_of(exact).to_json()


def test_json_comes_back_as_it_was_and_names_its_schema() -> None:
    full = [replace(member, reads=("CT-1", "CT-2"), localisation=("right_upper",), split="train") for member in FOUR]
    found = statistics_of(full, Funnel((step("found", "abcd", "abcd"),)))
    stored = json.loads(json.dumps(found.to_json()))
    assert stored["schema"] == SCHEMA
    assert Statistics.from_json(stored) == found


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "groundglass/dataset-statistics/99"},
        {"studies": "4"},
        {"studies": True},
        {"patients": 1.5},
        {"measures": []},
        {"age_as": "weeks"},
        {"parts": {}},
        {"small_cells": None},
        {"thin": [{"property": "name", "unknown_studies": 1, "studies": 2}]},
    ],
)
def test_json_that_is_not_what_is_written_is_a_named_error(change: dict[str, object]) -> None:
    stored = json.loads(json.dumps(statistics_of(FOUR).to_json())) | change
    with pytest.raises(InputError) as caught:
        Statistics.from_json(stored)
    assert caught.value.code == "STATISTICS_DAMAGED"


def test_json_that_lacks_a_member_is_a_named_error() -> None:
    stored = statistics_of(FOUR).to_json()
    del stored["masks"]
    with pytest.raises(InputError, match="masks"):
        Statistics.from_json(stored)
    with pytest.raises(InputError):
        Statistics.from_json([])


def test_a_patient_of_several_studies_has_one_age_that_of_the_first() -> None:
    found = statistics_of((*FOUR, study(5, age_years=60, patient_id=None), study(6, patient_id=None)))
    ages = found.age_years_of_patients
    assert list(ages.values) == [18, 40, 60]
    assert (ages.known_studies, ages.unknown_studies) == (3, 2)


def test_impossible_numbers_are_unknown() -> None:
    odd = [
        study(1, age_years=999_999_999, slices=10**400, lesion_ml=float("nan"), kvp=float("inf")),
        study(2, age_years=-3, slices=-1, lesion_ml=-2.0, split="fold-" + "9" * 5000),
        study(3, age_years=122, slices=40, lesion_ml=2.0, kvp=120.0),
    ]
    found = statistics_of(odd)
    for name in ("age_years", "slices", "lesion_ml"):
        assert (found.measures[name].known_studies, found.measures[name].unknown_studies) == (1, 2), name
    assert [(decade.first_year, decade.studies) for decade in found.decades] == [(120, 1)]
    assert found.categories["kvp_kv"].unknown_studies == 2
    assert len(found.parts) == 2
