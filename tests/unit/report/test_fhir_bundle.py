"""FHIR bundles: what they say, that a server takes them, and takes them once."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import pytest
from fhir.resources.bundle import Bundle
from fhir.resources.R4B.bundle import Bundle as BundleR4B
from made_page import IDENTITY, made_result, partial, refused, unsided

from groundglass.analysis.result import DoseEvent, DoseSection, DoseTotal, ModelRow, Result, StudySection
from groundglass.codes import CODES
from groundglass.errors import InternalError
from groundglass.report.fhir import FhirOptions, FhirRelease, fhir_bundle
from groundglass.report.fhir.figures import FIGURES
from groundglass.report.fhir.releases import checked_text
from groundglass.report.fhir.terms import OURS, SYSTEMS, TERMS, UNITS, term

RELEASES: tuple[FhirRelease, ...] = ("R5", "R4B")
SHARED = [term(name) for name, code in CODES.items() if code.scheme in SYSTEMS and name not in TERMS]
ANONYMISED = StudySection("1.2.3.4", "1.2.3.4.5", None, 300, None)
NO_UIDS = StudySection(None, None, None, 300, None)


def dosed() -> Result:
    events = (
        DoseEvent("1.2.9", "chest", 8.04, 32, 301.5, 0.014, 4.221),
        DoseEvent(None, None, None, None, None, None, None),
    )
    dose = DoseSection(events, DoseTotal(301.5, 4.221), "icrp-102", "a note")
    models = (ModelRow("chest", "f" * 64, "onnxruntime 1.32.0", "fp32"),)
    made = made_result()
    return replace(made, dose=dose, software=replace(made.software, models=models), probability_of_pathology=0.98765)


RESULTS: dict[str, Result] = {
    "whole": made_result(),
    "partial": partial(),
    "refused": refused(),
    "sides unknown": unsided(),
    "with dose": dosed(),
    "no UIDs": replace(made_result(), study=NO_UIDS, acquisition_datetime=None),
    "refused, no UIDs": replace(refused(), study=NO_UIDS),
    "a UUID for a study": replace(made_result(), study=replace(ANONYMISED, study_uid="3f2a-77", series_uid="x y")),
    "no such day": replace(made_result(), acquisition_datetime="2020-02-31T10:00:00"),
    "odd routing": replace(made_result(), routing=replace(made_result().routing, decision="of a later version")),  # type: ignore[type-var]  # the made result has a routing
}


def made(result: Result, release: FhirRelease = "R5", **options: Any) -> dict[str, Any]:
    bundle = fhir_bundle(result, IDENTITY, options=FhirOptions(release=release, **options))
    found: dict[str, Any] = json.loads(bundle.text)
    return found


def of_type(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def observation(bundle: dict[str, Any], code: str, site: str = "Both lungs") -> dict[str, Any]:
    found = [
        one
        for one in of_type(bundle, "Observation")
        if one["code"]["coding"][0]["code"] == code
        and ("bodySite" not in one or one["bodySite"]["coding"][0]["display"] == site)
    ]
    assert len(found) == 1, (code, site, len(found))
    return found[0]


def walked(node: object) -> Iterator[dict[str, Any]]:
    """Yield every JSON object within."""
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from walked(child)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("name", RESULTS)
def test_the_models_of_the_release_read_the_bundle_and_write_the_same(name: str, release: FhirRelease) -> None:
    text = fhir_bundle(RESULTS[name], IDENTITY, options=FhirOptions(release=release)).text
    read = (Bundle if release == "R5" else BundleR4B).model_validate_json(text)
    assert read.model_dump_json(indent=2) == text


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("name", RESULTS)
def test_every_reference_leads_to_an_entry_of_the_bundle(name: str, release: FhirRelease) -> None:
    bundle = made(RESULTS[name], release)
    there = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(there)) == len(there)
    asked = {node["reference"] for node in walked(bundle) if "reference" in node}
    assert asked <= set(there)
    # and nothing but the report stands unreferenced
    unasked = [entry["resource"]["resourceType"] for entry in bundle["entry"] if entry["fullUrl"] not in asked]
    assert unasked == ["DiagnosticReport"]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("name", RESULTS)
def test_every_code_has_system_and_display_and_every_quantity_a_ucum_unit(name: str, release: FhirRelease) -> None:
    known = {(one.system, one.code): one.display for one in (*TERMS.values(), *SHARED)}
    ucum = {code for code, _ in UNITS.values()}
    codings = quantities = 0
    for node in walked(made(RESULTS[name], release)):
        for coding in node.get("coding", ()):
            assert coding.keys() == {"system", "code", "display"}
            assert known[coding["system"], coding["code"]] == coding["display"]
            codings += 1
        if node.get("system") == "http://unitsofmeasure.org":
            assert node["code"] in ucum
            assert node["unit"]
            quantities += 1
        elif "value" in node and isinstance(node["value"], (int, float)):
            pytest.fail(f"a number without unit: {node}")
    assert codings
    assert bool(quantities) is (RESULTS[name].status != "refused")


def test_units_are_those_of_ucum() -> None:
    # UCUM 2.2: L, %, Hounsfield unit, 1, Gy, Sv, m with the prefixes m, c; products by a point
    assert {code for code, _ in UNITS.values()} == {
        *("mL", "%", "[hnsf'U]", "1", "mGy.cm", "mGy", "mSv", "mSv/(mGy.cm)")
    }


def test_a_code_of_ours_means_one_thing_here_and_in_the_dicom_objects() -> None:
    here = {one.code for one in TERMS.values() if one.system == OURS}
    assert not here & {one.code for one in SHARED if one.system == OURS}
    assert not set(TERMS) & set(CODES)


STATUS = {  # required value sets of R5 and R4B: what of each we may use, since a physician has seen none of it
    "DiagnosticReport": {"preliminary", "partial", "cancelled"},
    "Observation": {"preliminary"},
    "ImagingStudy": {"available"},
}


@pytest.mark.parametrize("name", RESULTS)
def test_nothing_is_final(name: str) -> None:
    for entry in made(RESULTS[name])["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] in STATUS:
            assert resource["status"] in STATUS[resource["resourceType"]]


def test_every_figure_of_the_result_is_there() -> None:
    result, bundle = dosed(), made(dosed())
    assert len(of_type(bundle, "Observation")) == 1 + len(FIGURES) + 2 + 2
    share = result.involvement
    assert share is not None
    found = observation(bundle, "involvement")
    assert found["valueQuantity"] == {"value": 31.2, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"}
    ends = {part["code"]["coding"][0]["code"]: part["valueQuantity"]["value"] for part in found["component"]}
    assert (ends["ci95-low"], ends["ci95-high"]) == share.interval
    assert observation(bundle, "involvement", "Right lung")["valueQuantity"]["value"] == share.right_percent
    assert observation(bundle, "involvement", "Left lung")["valueQuantity"]["value"] == share.left_percent
    assert observation(bundle, "worse-lung", "Lung")["valueQuantity"]["value"] == 34.9
    for side in ("right", "left"):
        for zone in ("upper", "middle", "lower"):
            site = f"{zone.capitalize()} zone of {side} lung"
            value = observation(bundle, "involvement", site)["valueQuantity"]["value"]
            assert value == getattr(share.zones, f"{side}_{zone}")
    assert observation(bundle, "118565006")["valueQuantity"]["value"] == 4321.0
    assert observation(bundle, "118565006", "Right lung")["valueQuantity"]["value"] == 2300.0
    assert observation(bundle, "112031")["valueQuantity"]["value"] == -780.0
    assert observation(bundle, "glass-volume")["valueQuantity"]["value"] == 1001.0
    assert observation(bundle, "solid-volume")["valueQuantity"]["value"] == 347.0
    assert observation(bundle, "p-opacity")["valueQuantity"]["value"] == 0.98765
    assert observation(bundle, "six-zone-score")["valueInteger"] == 13


def test_the_grade_carries_its_interval_its_rules_and_what_routing_lacks() -> None:
    unstable = made(made_result(26.0, (24.0, 28.0)))
    found = observation(unstable, "ct-grade")
    assert found["valueCodeableConcept"]["coding"][0]["code"] == "CT-2"
    parts = {part["code"]["coding"][0]["code"]: part for part in found["component"]}
    assert parts["grade-low"]["valueCodeableConcept"]["coding"][0]["code"] == "CT-1"
    assert parts["grade-high"]["valueCodeableConcept"]["coding"][0]["code"] == "CT-2"
    assert parts["grade-stability"]["valueCodeableConcept"]["coding"][0]["code"] == "unstable"
    assert found["method"]["text"].startswith("paper-2020-default")
    assert any("oxygen saturation" in note["text"] for note in found["note"])
    report = of_type(unstable, "DiagnosticReport")[0]
    assert report["conclusionCode"][0]["coding"][0]["code"] == "CT-2"


def test_a_missing_figure_is_sent_with_the_reason() -> None:
    bundle = made(unsided())
    for site in ("Right lung", "Left lung", "Upper zone of right lung"):
        found = observation(bundle, "involvement", site)
        assert found["dataAbsentReason"]["coding"][0]["code"] == "unknown"
        assert not [name for name in found if name.startswith("value")]
    assert observation(bundle, "p-opacity")["dataAbsentReason"]["coding"][0]["code"] == "not-performed"


def test_a_part_of_a_chest_has_no_grade_and_each_figure_says_it_is_of_a_part() -> None:
    bundle = made(partial())
    report = of_type(bundle, "DiagnosticReport")[0]
    assert report["status"] == "partial"
    assert "conclusionCode" not in report
    assert observation(bundle, "ct-grade")["dataAbsentReason"]["coding"][0]["code"] == "not-performed"
    for one in of_type(bundle, "Observation"):
        assert "Only a part of the lungs" in one["note"][0]["text"]


def test_a_result_that_lacks_an_output_only_is_of_whole_lungs() -> None:
    bundle = made(replace(made_result(), status="partial"))
    assert of_type(bundle, "DiagnosticReport")[0]["status"] == "preliminary"
    assert "note" not in observation(bundle, "involvement")


def test_a_refused_study_has_a_cancelled_report_with_the_reason_and_no_figures() -> None:
    bundle = made(refused())
    report = of_type(bundle, "DiagnosticReport")[0]
    assert report["status"] == "cancelled"
    assert "NOT_A_CHEST" in report["conclusion"]
    assert not {"result", "conclusionCode"} & report.keys()
    assert [entry["resource"]["resourceType"] for entry in bundle["entry"]] == [
        *("Patient", "ImagingStudy", "DiagnosticReport")
    ]
    assert not {"modality", "series"} & of_type(bundle, "ImagingStudy")[0].keys()


def test_the_conclusion_begins_with_the_intended_use_and_is_said_in_russian_too() -> None:
    english = of_type(made(made_result()), "DiagnosticReport")[0]
    assert english["conclusion"].startswith("For research use only, not for diagnosis.\nPrepared by software")
    assert "not verified by a physician" in english["text"]["div"]
    russian = of_type(made(made_result(), language="ru"), "DiagnosticReport")[0]
    assert russian["conclusion"].startswith("Только для исследовательских целей")
    assert "Объём поражения 31,2 %" in russian["conclusion"]
    assert russian["language"] == "ru"


def test_dose_stands_by_event_and_in_total_and_is_called_an_estimate() -> None:
    bundle = made(dosed())
    first, second = (one for one in of_type(bundle, "Observation") if one["code"]["coding"][0]["code"] == "113819")
    parts = {part["code"]["coding"][0]["code"]: part for part in first["component"]}
    assert parts["113830"]["valueQuantity"]["value"] == 8.04
    assert parts["113838"]["valueQuantity"] == {
        "value": 301.5,
        "unit": "mGy·cm",
        "system": "http://unitsofmeasure.org",
        "code": "mGy.cm",
    }
    assert parts["113840"]["valueQuantity"]["value"] == 0.014
    assert parts["123014"]["valueString"] == "chest"
    assert parts["113835"]["valueCodeableConcept"]["coding"][0]["code"] == "113691"
    assert "not this patient's risk" in first["note"][0]["text"]
    assert second["dataAbsentReason"]["coding"][0]["code"] == "unknown"
    assert observation(bundle, "113814")["valueQuantity"]["value"] == 4.221


@pytest.mark.parametrize("release", RELEASES)
def test_the_device_names_version_and_networks(release: FhirRelease) -> None:
    device = of_type(made(dosed(), release), "Device")[0]
    versions = {one["type"]["coding"][0]["code"]: one for one in device["version"]}
    assert versions["program-version"]["value"] == "0.1.0"
    assert versions["network-sha256"]["value"] == "f" * 64
    assert "chest" in versions["network-sha256"]["component"]["value"]


def test_a_time_of_day_needs_its_zone() -> None:
    plain = fhir_bundle(made_result())
    assert of_type(json.loads(plain.text), "DiagnosticReport")[0]["effectiveDateTime"] == "2020-03-27"
    assert "fhir_time_dropped" in {notice.code for notice in plain.notices}
    zoned = fhir_bundle(made_result(), options=FhirOptions(utc_offset="+03:00"))
    found = of_type(json.loads(zoned.text), "DiagnosticReport")[0]["effectiveDateTime"]
    assert found == "2020-03-27T10:11:12+03:00"
    assert zoned.notices == ()


def test_the_report_is_attached_when_given() -> None:
    text = fhir_bundle(made_result(), pdf=b"%PDF-1.7 made up").text
    form = of_type(json.loads(text), "DiagnosticReport")[0]["presentedForm"][0]
    assert base64.b64decode(form["data"]) == b"%PDF-1.7 made up"
    assert base64.b64decode(form["hash"]) == hashlib.sha1(b"%PDF-1.7 made up", usedforsecurity=False).digest()
    assert "presentedForm" not in fhir_bundle(made_result()).text


class Server:
    """Takes transactions as FHIR R5 "Transaction" and "Conditional create" say; shares nothing with the writer."""

    def __init__(self) -> None:
        self.stored: dict[str, dict[str, Any]] = {}

    def post(self, text: str) -> list[str]:
        """Return the status of each entry."""
        bundle = json.loads(text)
        assert bundle["type"] == "transaction"
        places: dict[str, str] = {}
        answers = []
        for entry in bundle["entry"]:
            kind, request = entry["resource"]["resourceType"], entry["request"]
            assert (request["method"], request["url"]) == ("POST", kind)
            name, _, asked = request["ifNoneExist"].partition("=")
            assert name == "identifier"
            system, _, value = asked.partition("|")
            wanted = (unquote(system), unquote(value))
            assert wanted in self.identifiers(entry["resource"])
            there = [
                place
                for place, resource in self.stored.items()
                if resource["resourceType"] == kind and wanted in self.identifiers(resource)
            ]
            assert len(there) < 2
            place = there[0] if there else f"{kind}/{len(self.stored) + 1}"
            answers.append("200" if there else "201")
            places[entry["fullUrl"]] = place
            if not there:
                self.stored[place] = entry["resource"]
        for entry in bundle["entry"]:
            for node in walked(entry["resource"]):
                if "reference" in node:
                    node["reference"] = places.get(node["reference"], node["reference"])
        return answers

    @staticmethod
    def identifiers(resource: dict[str, Any]) -> set[tuple[str, str]]:
        return {(one["system"], one["value"]) for one in resource["identifier"] if "system" in one}

    def count(self, kind: str) -> int:
        return sum(resource["resourceType"] == kind for resource in self.stored.values())


def test_sending_twice_stores_once_and_changes_nothing() -> None:
    server, text = Server(), fhir_bundle(made_result(), IDENTITY).text
    assert set(server.post(text)) == {"201"}
    before = json.dumps(server.stored)
    assert set(server.post(text)) == {"200"}
    assert json.dumps(server.stored) == before
    for resource in server.stored.values():
        for node in walked(resource):
            assert node.get("reference", "").partition("/")[0] in (
                "",
                "Patient",
                "Device",
                "ImagingStudy",
                "Observation",
            )


@pytest.mark.parametrize("name", RESULTS)
def test_no_text_but_a_reference_is_the_address_of_an_entry(name: str) -> None:
    # some servers replace such an address wherever it stands, and then search for what nobody has
    bundle = made(RESULTS[name])
    there = {entry.pop("fullUrl") for entry in bundle["entry"]}
    for node in walked(bundle):
        for key, value in node.items():
            if isinstance(value, str) and key != "reference":
                assert not any(address in value for address in there), key


def test_another_reading_of_the_study_is_a_second_report_of_the_same_imaging_study() -> None:
    server = Server()
    server.post(fhir_bundle(made_result(), IDENTITY).text)
    server.post(fhir_bundle(made_result(33.0, (30.0, 35.0)), IDENTITY).text)
    assert (server.count("DiagnosticReport"), server.count("ImagingStudy"), server.count("Device")) == (2, 1, 1)


def test_with_its_namespace_the_patient_of_the_server_is_used() -> None:
    server = Server()
    server.stored["Patient/1"] = {
        "resourceType": "Patient",
        "identifier": [{"system": "urn:oid:2.999.1", "value": "ID-0042"}],
    }
    options = FhirOptions(patient_id_system="urn:oid:2.999.1")
    for percent in (31.0, 33.0):
        server.post(fhir_bundle(made_result(percent, (30.0, 35.0)), IDENTITY, options=options).text)
    assert server.count("Patient") == 1
    reports = [one for one in server.stored.values() if one["resourceType"] == "DiagnosticReport"]
    assert [one["subject"]["reference"] for one in reports] == ["Patient/1", "Patient/1"]


def test_the_same_result_gives_the_same_bytes_whatever_time_it_took() -> None:
    first = fhir_bundle(made_result(), IDENTITY).text
    assert fhir_bundle(replace(made_result(), seconds={"lungs": 99.0}), IDENTITY).text == first
    assert fhir_bundle(made_result(), replace(IDENTITY, patient_id="ID-0043")).text != first


def test_a_bundle_that_the_models_refuse_is_a_defect_of_ours_with_the_field() -> None:
    entry = {"resource": {"resourceType": "Observation", "status": "preliminary", "cod": {}}}
    with pytest.raises(InternalError, match=r"entry\.0\.resource\.cod") as caught:
        checked_text({"resourceType": "Bundle", "type": "transaction", "entry": [entry]}, "R5", indent=None)
    assert caught.value.code == "FHIR_INVALID"
