"""The patient line in FHIR: as the source has it, or nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_page import made_result

from groundglass.dicom.header import Identity
from groundglass.report.fhir import FhirOptions, fhir_bundle
from groundglass.report.fhir.people import birth_date, human_names


def patient_of(identity: Identity | None, **options: Any) -> dict[str, Any]:
    bundle = json.loads(fhir_bundle(made_result(), identity, options=FhirOptions(**options)).text)
    found: dict[str, Any] = bundle["entry"][0]["resource"]
    assert found["resourceType"] == "Patient"
    return found


def test_a_name_keeps_its_parts() -> None:
    assert human_names("Иванов^Иван^Иванович^д-р^мл.") == [
        {
            "text": "Иванов Иван Иванович д-р мл.",
            "family": "Иванов",
            "given": ["Иван", "Иванович"],
            "prefix": ["д-р"],
            "suffix": ["мл."],
        }
    ]


def test_each_way_of_writing_a_name_is_a_name_of_its_own() -> None:
    names = human_names("Wang^XiaoDong=王^小东=ワン^シャオドン")
    assert [(name["family"], name["given"]) for name in names] == [
        ("Wang", ["XiaoDong"]),
        ("王", ["小东"]),
        ("ワン", ["シャオドン"]),
    ]
    assert [name["extension"][0]["valueCode"] for name in names] == ["ABC", "IDE", "SYL"]
    assert human_names("=王^小东")[0]["extension"][0]["valueCode"] == "IDE"


@pytest.mark.parametrize("text", ["", "^^^^", "==", " ^ ", "\0\x01"])
def test_an_empty_name_is_none(text: str) -> None:
    assert human_names(text) == []


@pytest.mark.parametrize(
    ("text", "date"),
    [("19770203", "1977-02-03"), ("1977.02.03", "1977-02-03"), (" 20000229 ", "2000-02-29")]
    + [(text, None) for text in ("19770230", "1977", "197702", "19770203-19780101", "00000000", "xx", "٢٠٠٠٠١٠١x")],
)
def test_a_date_of_birth_is_a_day_of_the_calendar_or_left_out(text: str, date: str | None) -> None:
    assert birth_date(text) == date


def test_what_does_not_fit_is_left_out_with_a_notice_that_does_not_quote_it() -> None:
    made = fhir_bundle(made_result(), Identity("Иванов^Иван", "7", "19770230", "мужской"))
    assert {notice.code for notice in made.notices} >= {"fhir_birth_date_left_out", "fhir_sex_left_out"}
    assert all(not notice.values for notice in made.notices)
    found = json.loads(made.text)["entry"][0]["resource"]
    assert not {"birthDate", "gender"} & found.keys()
    assert found["name"][0]["family"] == "Иванов"
    assert "Иванов" in made.text  # as letters, not as escapes


def test_without_an_identity_the_patient_carries_none() -> None:
    for identity in (None, Identity(), Identity(patient_name="^^", institution="Somewhere")):
        found = patient_of(identity)
        assert found.keys() == {"resourceType", "identifier"}
        assert found["identifier"][0]["value"].startswith("urn:uuid:")


def test_a_patient_id_without_its_namespace_identifies_nobody_on_a_server() -> None:
    alone = patient_of(Identity(patient_id="1"))
    assert alone["identifier"][0]["value"].startswith("urn:uuid:")
    assert alone["identifier"][1] == {"value": "1"}
    named = patient_of(Identity(patient_id="1"), patient_id_system="urn:oid:2.999.1")
    assert named["identifier"] == [{"system": "urn:oid:2.999.1", "value": "1"}]


TEXT = st.text(max_size=40)


@settings(max_examples=60, deadline=None)
@given(TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, st.sampled_from(["R5", "R4B"]))
def test_no_text_in_a_header_breaks_the_bundle(
    name: str, number: str, born: str, sex: str, accession: str, description: str, release: str
) -> None:
    identity = Identity(
        name, number, born, sex, accession_number=accession, study_description=description, study_date=born
    )
    for system in (None, "urn:oid:1.2.3"):
        options = FhirOptions(release=release, patient_id_system=system)  # type: ignore[arg-type]  # one of the two
        bundle = json.loads(fhir_bundle(made_result(), identity, options=options).text)
        assert bundle["entry"][-1]["resource"]["resourceType"] == "DiagnosticReport"
