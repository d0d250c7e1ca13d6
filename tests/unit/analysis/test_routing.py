"""Routing: every row of Table 2, its gaps and conflicts, and that a picture alone routes nobody."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundglass.analysis.clinical import CLINICAL_FIELDS, Clinical
from groundglass.analysis.result import GRADES, Grade, GradeSection, RoutingSection
from groundglass.analysis.routing import route, words
from groundglass.analysis.routing_table import (
    EXCLUSIONS,
    HIGHER_SIGN_CODES,
    OPEN_POINTS,
    ROWS,
    URGENCIES,
)
from groundglass.phrases import LANGUAGES, say_notice, table

BENIGN = Clinical(
    temperature_c=37.2,
    respiratory_rate_per_min=16,
    spo2_percent=98,
    respiratory_impairment=False,
    typical_clinical_picture=False,
    in_hospital=False,
    age_years=50,
)
MODERATE = replace(BENIGN, temperature_c=38.9, respiratory_rate_per_min=24, spo2_percent=95)
SEVERE = replace(BENIGN, temperature_c=39.2, respiratory_rate_per_min=32, spo2_percent=90, pao2_fio2_mmhg=250)
CRITICAL = replace(SEVERE, shock=True, organ_failure=True, respiratory_failure=True)

GRADED = st.sampled_from(GRADES)
CLINICAL = st.builds(
    Clinical,
    temperature_c=st.none() | st.sampled_from([36.6, 37.9, 38.0, 38.2, 38.5, 38.6, 40.0]),
    respiratory_rate_per_min=st.none() | st.sampled_from([16.0, 19.5, 20.0, 29.0, 30.0, 35.0]),
    spo2_percent=st.none() | st.sampled_from([85.0, 94.0, 95.0, 95.5, 99.0]),
    pao2_fio2_mmhg=st.none() | st.sampled_from([150.0, 300.0, 301.0, 450.0]),
    **{row.name: st.none() | st.booleans() for row in CLINICAL_FIELDS if row.kind == "yes_no"},
    age_years=st.none() | st.sampled_from([4.0, 17.9, 18.0, 70.0]),
)


def graded(value: Grade, high: Grade | None = None, low: Grade | None = None) -> GradeSection:
    ends = (low or value, high or value)
    return GradeSection(value, ends, ends[0] == ends[1], "rules", value)


NOT_GRADED = GradeSection(None, None, None, "rules", None)


def test_table_has_one_row_a_grade_with_urgency_rising() -> None:
    assert tuple(row.grade for row in ROWS) == GRADES
    ranks = [URGENCIES.index(row.urgency) for row in ROWS]
    assert ranks == sorted(ranks)
    assert all("Table 2" in sign.source for row in ROWS for sign in row.signs)


@pytest.mark.parametrize(
    ("value", "clinical", "decision", "urgency"),
    [
        ("CT-0", BENIGN, "inform_physician_refer_specialist", "routine"),
        ("CT-1", BENIGN, "home_telemedicine", "routine"),
        ("CT-2", MODERATE, "home_primary_care", "soon"),
        ("CT-3", SEVERE, "immediate_admission", "urgent"),
        ("CT-4", CRITICAL, "emergency_admission_intensive_care", "emergency"),
    ],
)
def test_row_whose_picture_and_signs_agree_gives_its_decision(
    value: Grade, clinical: Clinical, decision: str, urgency: str
) -> None:
    section = route(graded(value), clinical)
    assert (section.decision, section.table_row, section.urgency) == (decision, value, urgency)
    assert section.basis == "picture_and_clinical"


@pytest.mark.parametrize(
    ("value", "missing"),
    [
        ("CT-0", {"typical_clinical_picture", "epidemiological_history"}),
        ("CT-1", {"temperature_c", "respiratory_rate_per_min", "spo2_percent", "earlier_ct_24_48_h"}),
        ("CT-2", {"temperature_c", "respiratory_rate_per_min", "spo2_percent", "respiratory_impairment"}),
        ("CT-3", {"temperature_c", "respiratory_rate_per_min", "spo2_percent", "pao2_fio2_mmhg", "in_hospital"}),
        ("CT-4", {"shock", "organ_failure", "respiratory_failure"}),
    ],
)
def test_picture_alone_names_the_row_and_what_is_missing_and_decides_nothing(value: Grade, missing: set[str]) -> None:
    for clinical in (None, Clinical()):
        section = route(graded(value), clinical)
        assert section.decision is None
        assert section.table_row == value
        assert section.basis == "picture_only"
        assert section.conflicts == ()
        assert missing <= set(section.missing)


def test_no_picture_with_typical_clinic_and_history_falls_into_row_ct_1() -> None:
    suspected = replace(BENIGN, typical_clinical_picture=True, epidemiological_history=True)
    section = route(graded("CT-0"), suspected)
    assert (section.table_row, section.decision) == ("CT-1", "home_telemedicine")


def test_no_picture_waits_for_the_half_of_the_history_that_is_missing() -> None:
    section = route(graded("CT-0"), replace(BENIGN, typical_clinical_picture=True))
    assert (section.table_row, section.decision) == ("CT-0", None)
    assert section.missing == ("epidemiological_history",)


def test_grade_between_ct_0_and_ct_1_is_settled_by_the_history() -> None:
    between = graded("CT-1", low="CT-0")
    suspected = replace(BENIGN, typical_clinical_picture=True, epidemiological_history=True)
    assert route(between, suspected).decision == "home_telemedicine"
    assert route(between, BENIGN).decision is None
    assert route(between, BENIGN).table_row == "CT-0..CT-1"


def test_unstable_grade_names_the_rows_of_both_ends_and_decides_nothing() -> None:
    section = route(graded("CT-2", high="CT-3"), MODERATE)
    assert (section.decision, section.table_row, section.urgency) == (None, "CT-2..CT-3", "urgent")
    assert "grade_unstable" in section.conflicts


@pytest.mark.parametrize(
    ("clinical", "conflict"),
    [
        (replace(BENIGN, temperature_c=38.0), "temperature_gap"),
        (replace(BENIGN, temperature_c=38.2), "temperature_gap"),
        (replace(BENIGN, temperature_c=38.5), "temperature_gap"),
        (replace(BENIGN, temperature_c=38.6), "temperature_two_rows"),
        (replace(BENIGN, respiratory_rate_per_min=30), "respiratory_rate_two_rows"),
        (replace(BENIGN, spo2_percent=95), "spo2_two_rows"),
        (replace(BENIGN, pao2_fio2_mmhg=300), "pao2_fio2_points_higher"),
        (replace(BENIGN, respiratory_rate_per_min=20), "respiratory_rate_points_higher"),
        (replace(BENIGN, temperature_c=39), "temperature_points_higher"),
        (replace(BENIGN, spo2_percent=90), "spo2_points_higher"),
        (replace(BENIGN, shock=True), "shock_points_higher"),
        (replace(BENIGN, organ_failure=True), "organ_failure_points_higher"),
        (replace(BENIGN, respiratory_failure=True), "respiratory_failure_points_higher"),
        (replace(BENIGN, respiratory_impairment=True), "growth_not_assessed"),
        (replace(BENIGN, in_hospital=True), "home_row_in_hospital"),
        (replace(BENIGN, pregnant=True), "pregnancy_outside_table"),
        (replace(BENIGN, age_years=17.9), "under_18_outside_table"),
    ],
)
def test_mild_picture_with_a_value_that_does_not_fit_is_left_to_the_physician(
    clinical: Clinical, conflict: str
) -> None:
    section = route(graded("CT-1"), clinical)
    assert section.decision is None
    assert conflict in section.conflicts


@pytest.mark.parametrize(
    ("clinical", "urgency"),
    [
        (replace(BENIGN, temperature_c=38.2), "soon"),
        (replace(BENIGN, spo2_percent=95), "soon"),
        (replace(BENIGN, spo2_percent=90), "urgent"),
        (replace(BENIGN, pao2_fio2_mmhg=180), "urgent"),
        (replace(BENIGN, respiratory_impairment=True), "urgent"),
        (replace(BENIGN, shock=True), "emergency"),
    ],
)
def test_conflict_raises_the_urgency_of_a_mild_picture(clinical: Clinical, urgency: str) -> None:
    assert route(graded("CT-1"), clinical).urgency == urgency


def test_values_just_beside_the_gap_belong_to_a_row() -> None:
    assert route(graded("CT-1"), replace(BENIGN, temperature_c=37.99)).decision == "home_telemedicine"
    section = route(graded("CT-2"), replace(MODERATE, temperature_c=38.51))
    assert section.decision == "home_primary_care"
    assert "temperature_gap" not in section.conflicts


def test_value_that_stands_in_two_rows_is_reported_and_does_not_take_the_decision_of_its_own_row() -> None:
    section = route(graded("CT-2"), replace(MODERATE, respiratory_rate_per_min=30))
    assert section.decision == "home_primary_care"
    assert {"temperature_two_rows", "respiratory_rate_two_rows", "spo2_two_rows"} <= set(section.conflicts)


def test_some_signs_of_a_row_without_and_or_are_a_conflict() -> None:
    section = route(graded("CT-2"), replace(MODERATE, temperature_c=37.0))
    assert section.decision is None
    assert "signs_and_or_unstated" in section.conflicts


def test_signs_milder_than_the_picture_decide_nothing_and_lower_no_urgency() -> None:
    for value, urgency in (("CT-2", "soon"), ("CT-3", "urgent"), ("CT-4", "emergency")):
        well = replace(BENIGN, pao2_fio2_mmhg=450, shock=False, organ_failure=False, respiratory_failure=False)
        section = route(graded(value), well)  # type: ignore[arg-type]  # the literals of the tuple are widened to str
        assert (section.decision, section.urgency) == (None, urgency)
        assert "row_signs_absent" in section.conflicts


def test_severe_signs_without_fever_are_left_open() -> None:
    section = route(graded("CT-3"), replace(SEVERE, temperature_c=37.0))
    assert section.decision is None
    assert "fever_undefined" in section.conflicts
    assert section.urgency == "urgent"


def test_severe_signs_wait_for_the_temperature_only() -> None:
    section = route(graded("CT-3"), replace(BENIGN, temperature_c=None, spo2_percent=91))
    assert section.decision is None
    assert section.missing == ("temperature_c",)


def test_fever_alone_carries_the_severe_row() -> None:
    assert route(graded("CT-3"), replace(BENIGN, temperature_c=38.6)).decision == "immediate_admission"


def test_severe_patient_in_hospital_goes_to_intensive_care() -> None:
    assert route(graded("CT-3"), replace(SEVERE, in_hospital=True)).decision == "intensive_care"


def test_severe_patient_of_unknown_place_gets_the_row_as_printed_and_the_place_is_asked_for() -> None:
    section = route(graded("CT-3"), replace(SEVERE, in_hospital=None))
    assert section.decision == "immediate_admission"
    assert "in_hospital" in section.missing


def test_one_critical_state_carries_the_critical_row_and_reports_the_open_and_or() -> None:
    section = route(graded("CT-4"), replace(SEVERE, shock=True, organ_failure=False))
    assert section.decision == "emergency_admission_intensive_care"
    assert "signs_and_or_unstated" in section.conflicts


def test_severe_picture_in_shock_is_an_emergency_for_the_physician() -> None:
    section = route(graded("CT-3"), replace(SEVERE, shock=True))
    assert (section.decision, section.urgency) == (None, "emergency")
    assert "shock_points_higher" in section.conflicts


def test_growth_is_not_asked_for_where_breathing_is_unimpaired() -> None:
    assert "earlier_ct_24_48_h" not in route(graded("CT-1"), BENIGN).missing
    assert "earlier_ct_24_48_h" in route(graded("CT-1"), replace(BENIGN, respiratory_impairment=None)).missing


def test_adults_of_18_are_within_the_table() -> None:
    assert route(graded("CT-1"), replace(BENIGN, age_years=18)).decision == "home_telemedicine"


def test_study_without_grade_names_no_row_but_heeds_grave_signs() -> None:
    section = route(NOT_GRADED, CRITICAL)
    assert (section.decision, section.table_row, section.basis) == (None, None, "not_graded")
    assert (section.missing, section.urgency) == (("grade",), "emergency")
    assert route(NOT_GRADED).urgency is None


@given(GRADED, CLINICAL)
def test_decision_is_only_ever_that_of_the_named_row(value: Grade, clinical: Clinical) -> None:
    section = route(graded(value), clinical)
    row = ROWS[GRADES.index(section.table_row)]
    assert section.decision in (None, row.decision, row.decision_in_hospital)
    assert section.urgency in URGENCIES
    assert URGENCIES.index(section.urgency) >= URGENCIES.index(row.urgency)


@given(GRADED, GRADED, CLINICAL)
def test_graver_picture_never_lowers_the_urgency(one: Grade, other: Grade, clinical: Clinical) -> None:
    low, high = sorted((one, other), key=GRADES.index)
    assert _rank(route(graded(low), clinical)) <= _rank(route(graded(high), clinical))


@given(GRADED, CLINICAL, st.sampled_from(sorted(HIGHER_SIGN_CODES)))
def test_more_knowledge_never_lowers_the_urgency(value: Grade, clinical: Clinical, name: str) -> None:
    unknown: Any = {name: None}
    assert _rank(route(graded(value), replace(clinical, **unknown))) <= _rank(route(graded(value), clinical))


@given(GRADED, CLINICAL)
def test_sending_home_needs_every_benign_sign(value: Grade, clinical: Clinical) -> None:
    if route(graded(value), clinical).decision == "home_telemedicine":
        assert clinical.temperature_c is not None
        assert clinical.temperature_c < 38
        assert clinical.respiratory_rate_per_min is not None
        assert clinical.respiratory_rate_per_min < 20
        assert clinical.spo2_percent is not None
        assert clinical.spo2_percent > 95
        assert not any((clinical.shock, clinical.organ_failure, clinical.respiratory_failure, clinical.pregnant))


@given(GRADED | st.none(), GRADED, CLINICAL | st.none())
def test_every_code_has_words_in_both_languages(value: Grade | None, high: Grade, clinical: Clinical | None) -> None:
    section = NOT_GRADED if value is None else graded(value, *sorted((value, high), key=GRADES.index)[::-1])
    said = words(route(section, clinical))
    for notice in (said.row, said.decision, said.urgency, said.basis, *said.missing, *said.conflicts):
        assert all(say_notice(notice, language) for language in LANGUAGES)


def test_every_row_field_and_conflict_of_the_tables_has_words() -> None:
    keys = set(table())
    assert {f"decision_{row.decision}" for row in ROWS} <= keys
    assert {f"conflict_{point.code}" for point in (*OPEN_POINTS, *EXCLUSIONS)} <= keys
    assert {f"conflict_{code}" for code in HIGHER_SIGN_CODES.values()} <= keys
    assert {f"missing_{sign.field}" for row in ROWS for sign in row.signs} <= keys
    assert {f"urgency_{urgency}" for urgency in URGENCIES} <= keys


def _rank(section: RoutingSection) -> int:
    return [None, *URGENCIES].index(section.urgency)  # type: ignore[arg-type]  # the section keeps it as plain str
