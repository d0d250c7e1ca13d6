"""What is decided for single attributes, and that nothing of the dictionary is left undecided."""

from __future__ import annotations

import pickle
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom._dicom_dict import DicomDictionary
from pydicom.datadict import dictionary_VR, tag_for_keyword

from groundglass.deidentify.actions import Action, Decision
from groundglass.deidentify.profile import Profile
from groundglass.deidentify.table import Rules
from groundglass.deidentify.table.rules import BYTE_VRS, DATE_VRS, TEXT_VRS
from groundglass.deidentify.table.types import type_in_iod

CT = "1.2.840.10008.5.1.4.1.1.2"
ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2.1"
CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
SR = "1.2.840.10008.5.1.4.1.1.88.33"
SEG = "1.2.840.10008.5.1.4.1.1.66.4"
PET = "1.2.840.10008.5.1.4.1.1.128"
SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"
UNKNOWN = "1.2.3.4"
CLASSES = (CT, ENHANCED_CT, CAPTURE, SR, SEG, UNKNOWN)
DEFAULT = Rules(Profile())
BARE = Rules(Profile(options=frozenset()))


def decide(
    keyword: str,
    rules: Rules = DEFAULT,
    sop_class: str = CT,
    path: tuple[str, ...] = (),
    vr: str | None = None,
) -> Decision:
    tag = tag_for_keyword(keyword)
    assert tag is not None
    return rules.decide(tag, vr or dictionary_VR(tag).partition(" ")[0], sop_class=sop_class, path=path)


@pytest.mark.parametrize(
    ("keyword", "action"),
    [
        ("PatientName", Action.PSEUDONYM),
        ("PatientID", Action.PSEUDONYM),
        ("PatientBirthDate", Action.EMPTY),
        ("PatientBirthTime", Action.REMOVE),
        ("OtherPatientIDs", Action.REMOVE),
        ("EthnicGroup", Action.REMOVE),
        ("SmokingStatus", Action.REMOVE),
        ("PregnancyStatus", Action.REMOVE),
        ("LastMenstrualDate", Action.REMOVE),
        ("Occupation", Action.REMOVE),
        ("Allergies", Action.REMOVE),
        ("PatientAge", Action.AGE),
        ("PatientSex", Action.KEEP),
        ("PatientSize", Action.KEEP),
        ("PatientWeight", Action.KEEP),
        ("PatientBodyMassIndex", Action.KEEP),
        ("AccessionNumber", Action.EMPTY),
        ("StudyID", Action.EMPTY),
        ("StudyDate", Action.DATE),
        ("StudyTime", Action.KEEP),
        ("AcquisitionDateTime", Action.DATE),
        ("ProcedureCreationDate", Action.DATE),
        ("InstitutionName", Action.REMOVE),
        ("StationName", Action.REMOVE),
        ("DeviceSerialNumber", Action.REMOVE),
        ("GantryID", Action.REMOVE),
        ("Manufacturer", Action.TEXT),
        ("ConvolutionKernel", Action.TEXT),
        ("SeriesDescription", Action.TEXT),
        ("ImageComments", Action.TEXT),
        ("OverlayLabel", Action.TEXT),
        ("SOPInstanceUID", Action.UID),
        ("SOPClassUID", Action.KEEP),
        ("CodingSchemeUID", Action.KEEP),
        ("SOPInstanceUIDOfConcatenationSource", Action.UID),
        ("SourceApplicationEntityTitle", Action.EMPTY),
        ("PixelData", Action.KEEP),
        ("ICCProfile", Action.REMOVE),
        ("WaveformData", Action.REMOVE),
        ("IconImageSequence", Action.REMOVE),
        ("OriginalAttributesSequence", Action.REMOVE),
        ("EncryptedAttributesSequence", Action.REMOVE),
        ("DigitalSignaturesSequence", Action.REMOVE),
        ("ContributingEquipmentSequence", Action.KEEP),
        ("DeviceUID", Action.UID),
        ("Rows", Action.KEEP),
        ("SliceLocation", Action.KEEP),
        ("SecondaryReviewerName", Action.EMPTY),
        ("RetrieveURL", Action.REMOVE),
    ],
)
def test_the_default_profile_does_the_safe_thing(keyword: str, action: Action) -> None:
    assert tag_for_keyword(keyword) is not None or keyword == "OverlayLabel"
    if keyword == "OverlayLabel":
        assert DEFAULT.decide(0x60021500, "LO", sop_class=CT).action is action
    else:
        assert decide(keyword).action is action


def test_a_code_keeps_its_meaning_only_if_a_table_has_it() -> None:
    assert decide("CodeMeaning").text == "meaning"
    assert decide("CodeValue").text == "defined"
    assert decide("ManufacturerModelName").text == "technical"
    assert decide("StudyDescription").text == "words"


@pytest.mark.parametrize(
    ("keyword", "sop_class", "action"),
    [
        ("ContentDate", CT, Action.EMPTY),
        ("ContentDate", SR, Action.DUMMY),
        ("ContentDate", UNKNOWN, Action.DUMMY),
        ("AcquisitionDate", CT, Action.REMOVE),
        ("AcquisitionDate", PET, Action.EMPTY),
        ("AcquisitionDate", UNKNOWN, Action.EMPTY),
        ("AcquisitionDateTime", CT, Action.REMOVE),
        ("AcquisitionDateTime", SLIDE, Action.DUMMY),
        ("DeviceSerialNumber", CT, Action.REMOVE),
        ("DeviceSerialNumber", SEG, Action.DUMMY),
        ("DeviceSerialNumber", UNKNOWN, Action.DUMMY),
        ("ReferencedImageSequence", CT, Action.REMOVE),
        ("ReferencedImageSequence", UNKNOWN, Action.KEEP),
        ("ContrastBolusAgent", CT, Action.EMPTY),
    ],
)
def test_a_combined_code_follows_the_type_in_the_iod(keyword: str, sop_class: str, action: Action) -> None:
    assert decide(keyword, BARE, sop_class).action is action


def test_the_place_in_a_sequence_counts_for_the_type() -> None:
    assert type_in_iod("InstitutionName", CT, ()) == "3"
    assert type_in_iod("InstitutionName", CT, ("ContributingEquipmentSequence",)) == "3"
    assert type_in_iod("InstitutionName", CT, ("OperatorIdentificationSequence",)) == "1C"
    inside = decide("InstitutionName", sop_class=CT, path=("OperatorIdentificationSequence",))
    assert inside.action is Action.DUMMY
    assert decide("InstitutionName", sop_class=CT).action is Action.REMOVE


def test_references_that_the_iod_asks_for_are_entered_so_that_their_uids_change_alike() -> None:
    frames = ("PerFrameFunctionalGroupsSequence", "DerivationImageSequence")
    assert type_in_iod("SourceImageSequence", SEG, frames) == "2"
    assert decide("SourceImageSequence", sop_class=SEG, path=frames) == Decision(Action.KEEP, "X/Z/U*", "E.1-1")
    assert decide("SourceImageSequence", sop_class=CT).action is Action.REMOVE


def test_a_code_sequence_of_which_a_dummy_is_asked_is_replaced_and_another_one_entered() -> None:
    assert decide("PersonIdentificationCodeSequence").action is Action.DUMMY
    assert decide("VerifyingObserverSequence").action is Action.KEEP
    assert decide("VerifyingObserverName").action is Action.DUMMY


@pytest.mark.parametrize(
    ("tag", "vr"),
    [(0x00081234, "LO"), (0x77770000 ^ 0x00010000, "UL"), (0x00080000, "UL"), (0xFFFCFFFC, "OB"), (0x50020010, "US")],
)
def test_unknown_retired_and_padding_elements_go(tag: int, vr: str) -> None:
    assert DEFAULT.decide(tag, vr, sop_class=CT).action is Action.REMOVE


def test_overlay_pixels_are_cleaned_as_graphics_and_go_without_that_option() -> None:
    assert DEFAULT.decide(0x60103000, "OW", sop_class=CT).action is Action.GRAPHICS
    assert BARE.decide(0x60103000, "OW", sop_class=CT).action is Action.REMOVE
    assert DEFAULT.decide(0x60104000, "LT", sop_class=CT).action is Action.REMOVE
    assert DEFAULT.decide(0x60100010, "US", sop_class=CT).action is Action.KEEP


def test_private_attributes_go_unless_the_profile_asks_for_the_safe_ones() -> None:
    safe = Rules(Profile(options=frozenset({"retain-safe-private"}), private=frozenset({("OURS", 0x0029, 0x10)})))
    for rules in (DEFAULT, safe):
        assert rules.decide(0x00190010, "LO", sop_class=CT).action is Action.REMOVE
        assert rules.decide(0x00191024, "DS", sop_class=CT, creator="UNKNOWN").action is Action.REMOVE
    assert DEFAULT.decide(0x00191024, "DS", sop_class=CT, creator="GEMS_ACQU_01").action is Action.REMOVE
    assert safe.decide(0x00191024, "DS", sop_class=CT, creator="GEMS_ACQU_01").action is Action.KEEP
    assert safe.decide(0x00191124, "DS", sop_class=CT, creator="GEMS_ACQU_01 ").action is Action.KEEP
    assert safe.decide(0x00190010, "LO", sop_class=CT, creator="GEMS_ACQU_01").action is Action.TEXT
    assert safe.decide(0x0019109E, "UN", sop_class=CT, creator="GEMS_ACQU_01").text == "technical"
    assert safe.decide(0x00291010, "DA", sop_class=CT, creator="OURS").action is Action.EMPTY
    assert safe.decide(0x00291011, "LO", sop_class=CT, creator="OURS").action is Action.REMOVE


def test_another_value_representation_than_the_standards_is_met_with_the_stricter_rule() -> None:
    assert decide("Rows", vr="PN").action is Action.EMPTY
    assert decide("Rows", vr="LO").text == "words"
    assert decide("Rows", vr="OB").action is Action.REMOVE
    assert decide("Rows", vr="SQ").action is Action.REMOVE
    assert decide("ReferencedSeriesSequence", vr="LO").action is Action.REMOVE
    assert decide("SeriesDescription", vr="OB").action is Action.REMOVE
    assert decide("SeriesDescription", vr="UN") == decide("SeriesDescription")
    assert decide("SliceThickness", vr="FD").action is Action.KEEP
    assert decide("StudyDate", vr="LO").action is Action.TEXT
    assert decide("Rows", vr="??").action is Action.REMOVE


def test_options_that_retain_change_only_what_they_name() -> None:
    device = Rules(Profile(options=frozenset({"retain-device-identity"}), device=("StationName",)))
    assert decide("StationName", device).action is Action.TEXT
    assert decide("GantryID", device).action is Action.REMOVE
    everything = Rules(Profile(options=frozenset({"retain-device-identity"}), device=("all",)))
    assert decide("GantryID", everything).text == "technical"
    assert decide("CalibrationDate", everything).action is not Action.KEEP
    uids = Rules(Profile(options=frozenset({"retain-uids"})))
    assert decide("SOPInstanceUID", uids).action is Action.KEEP
    assert decide("SOPInstanceUIDOfConcatenationSource", uids).action is Action.KEEP
    patient = Rules(replace(Profile(), patient=("all",)))
    assert decide("SmokingStatus", patient).action is Action.KEEP
    assert decide("EthnicGroup", patient).action is Action.TEXT
    assert decide("LastMenstrualDate", patient).action is Action.DATE
    assert decide("PatientBirthDate", patient).action is Action.EMPTY


def test_an_override_of_the_profile_stands_in_front_of_every_rule() -> None:
    tag = tag_for_keyword("ProtocolName")
    assert tag is not None
    rules = Rules(Profile(overrides={tag: Action.KEEP}))
    assert rules.decide(tag, "LO", sop_class=CT) == Decision(Action.KEEP, "", "profile", "plain")


def test_a_content_item_that_identifies_by_its_concept_goes_whole() -> None:
    assert DEFAULT.content_item("DCM", "121030", "TEXT") == Decision(Action.DUMMY, "X/D", "E.3.4-1")
    assert DEFAULT.content_item("DCM", "110119", "TEXT") == Decision(Action.REMOVE, "X", "E.3.4-1")
    assert DEFAULT.content_item("DCM", "121031", "DATE") == Decision(Action.REMOVE, "X", "E.3.4-1")
    assert DEFAULT.content_item("DCM", "121033", "NUM") == Decision(Action.REMOVE, "X", "E.3.4-1")
    sex = DEFAULT.content_item("DCM", "121032", "CODE")
    assert sex is not None
    assert sex.action is Action.KEEP
    study = DEFAULT.content_item("DCM", "110180", "UIDREF")
    assert study is not None
    assert study.action is Action.UID
    assert DEFAULT.content_item("DCM", "113830", "NUM") is None


def _kept_in_full(decision: Decision) -> bool:
    return decision.action is Action.KEEP and decision.text is None


@pytest.mark.parametrize("sop_class", CLASSES)
def test_every_attribute_of_the_dictionary_is_decided(sop_class: str) -> None:
    for tag, (vrs, *_) in DicomDictionary.items():
        for vr in vrs.split(" or "):
            decision = DEFAULT.decide(tag, vr, sop_class=sop_class)
            assert isinstance(decision.action, Action)
            if decision.action is Action.TEXT:
                assert decision.text is not None
            if vr in TEXT_VRS or vr in ("CS", "PN", "AE", "UR", "AS"):
                assert not _kept_in_full(decision) or decision.rule == "kept", hex(tag)
            if vr in ("DA", "DT"):
                assert decision.action is not Action.KEEP, hex(tag)
            if vr == "UI" or vr in BYTE_VRS:
                assert not _kept_in_full(decision) or decision.rule == "kept", hex(tag)
                assert decision.action is not Action.TEXT, hex(tag)


def test_without_options_no_date_and_no_free_text_of_the_table_stays() -> None:
    for tag, (vr, *_) in DicomDictionary.items():
        if vr in DATE_VRS:
            action = BARE.decide(tag, vr, sop_class=CT).action
            assert action in (Action.EMPTY, Action.REMOVE, Action.DUMMY), hex(tag)


@given(
    tag=st.integers(0, 0xFFFFFFFF),
    vr=st.sampled_from(["LO", "PN", "UN", "OB", "SQ", "US", "DA", "UI", "XX", "", "OB or OW"]),
    sop_class=st.sampled_from(CLASSES) | st.text(max_size=8),
    path=st.lists(st.sampled_from(["ContentSequence", "?", ""]), max_size=3).map(tuple),
    creator=st.none() | st.text(max_size=10),
)
def test_any_tag_anywhere_is_decided_the_same_way_twice(
    tag: int, vr: str, sop_class: str, path: tuple[str, ...], creator: str | None
) -> None:
    first = DEFAULT.decide(tag, vr, sop_class=sop_class, path=path, creator=creator)
    assert first == Rules(Profile()).decide(tag, vr, sop_class=sop_class, path=path, creator=creator)
    explained = DEFAULT.explain(tag, vr, sop_class=sop_class, path=path, creator=creator)
    assert explained.decision == first
    assert explained.reason


def test_rules_travel_to_another_process_by_their_profile_alone() -> None:
    data = pickle.dumps(DEFAULT)
    assert len(data) < 2_000
    assert decide("PatientName", pickle.loads(data)).action is Action.PSEUDONYM


def test_a_decision_that_was_made_before_costs_nothing_to_speak_of() -> None:
    decide("StudyDate")
    tag = tag_for_keyword("StudyDate")
    assert tag is not None
    start = time.perf_counter()
    for _ in range(10_000):
        DEFAULT.decide(tag, "DA", sop_class=CT)
    assert time.perf_counter() - start < 0.5


def test_the_rules_do_not_import_the_large_tables_of_another_package() -> None:
    source = "import sys, groundglass.deidentify.table; print('highdicom' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
