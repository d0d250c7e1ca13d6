"""Dose reports and captures of invented patients: figures, regions, phantoms, and everything odd about them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import dose_objects as made
import pytest
from dose_objects import STUDY, Event, Exposure
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from groundglass.dicom.dose import DoseReading, find_doses
from groundglass.errors import InputError


def read(folder: Path, *objects: Dataset, factors: str = "mu-2944-11") -> DoseReading:
    """Read the one study that the objects belong to."""
    readings, _ = find_doses([made.write(folder, *objects)], factors=factors)
    assert len(readings) == 1
    return readings[0]


def codes(reading: DoseReading) -> set[str]:
    return {notice.code for notice in reading.notices}


def dlps(reading: DoseReading) -> list[float | None]:
    return [event.dlp_mgy_cm for event in reading.events]


# ---- effective dose


def test_a_head_and_chest_examination_gets_two_k(tmp_path: Path) -> None:
    head = Event("1.2.1", region=made.HEAD, ctdivol=45.0, dlp=900.0, phantom=made.HEAD_16)
    reading = read(tmp_path, made.dose_report([head, Event("1.2.2", dlp=300.0)]))
    assert [(event.region, event.k) for event in reading.events] == [("head", 0.0021), ("chest", 0.017)]
    assert reading.total.effective_msv == pytest.approx(900 * 0.0021 + 300 * 0.017)
    assert reading.total.dlp_mgy_cm == 1200.0
    assert codes(reading) == set()


@pytest.mark.parametrize(
    ("table", "sex", "k"),
    [
        ("mu-2944-11", "F", 0.017),
        ("icrp-102", "F", 0.014),
        ("icrp-103", "M", 0.017),
        ("icrp-103", "F", 0.023),
        ("icrp-103", "", None),
    ],
)
def test_k_comes_from_the_table_that_is_named(tmp_path: Path, table: str, sex: str, k: float | None) -> None:
    reading = read(tmp_path, made.dose_report([Event("1.2.1", dlp=100.0)], PatientSex=sex), factors=table)
    assert reading.events[0].k == k
    assert reading.total.effective_msv == (None if k is None else pytest.approx(100 * k))
    assert ("dose_no_factor_for_sex" in codes(reading)) == (k is None)


@pytest.mark.parametrize(
    ("code", "region", "k"),
    [
        (made.CHEST_SCT, "chest", 0.017),
        (made.HEAD_SCT, "head", 0.0021),
        (("51185008", "SCT", "Thoracic structure"), "chest", 0.017),
        (("T-D1600", "SRT", "Neck"), "neck", 0.0059),
        (("774007", "SCT", "Head and Neck"), "head_neck", 0.0031),
        (("818982008", "SCT", "Abdomen and Pelvis"), "abdomen_pelvis", 0.015),
        (("416550000", "SCT", "Chest and Abdomen"), "chest_abdomen", 0.015),
        (made.TRUNK, "chest_abdomen_pelvis", 0.015),
        (("417437006", "SCT", "Neck and Chest"), "neck_chest", None),
        (("66019005", "SCT", "Extremity"), "extremity", None),
        (("00001", "99GEMS", "Unknown"), None, None),
        (("X1", "99MAKER", "THORAX"), "chest", 0.017),
    ],
)
def test_region_and_k_follow_the_code(tmp_path: Path, code: made.Code, region: str | None, k: float | None) -> None:
    reading = read(tmp_path, made.dose_report([Event("1.2.1", region=code)]))
    assert (reading.events[0].region, reading.events[0].k) == (region, k)
    if k is None:
        assert reading.events[0].effective_msv is None
        assert "dose_effective_partial" in codes(reading)
        assert codes(reading) & {"dose_region_unknown", "dose_no_factor"}


def test_a_region_without_k_leaves_the_total_a_part(tmp_path: Path) -> None:
    leg = Event("1.2.1", region=("T-D9000", "SRT", "Lower limb"), dlp=500.0)
    reading = read(tmp_path, made.dose_report([leg, Event("1.2.2", dlp=100.0)]))
    assert reading.total.dlp_mgy_cm == 600.0
    assert reading.total.effective_msv == pytest.approx(1.7)
    assert {"dose_no_factor", "dose_effective_partial"} <= codes(reading)


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (Event("1.2.1", phantom=made.HEAD_16), "dose_phantom_small"),
        (Event("1.2.1", region=made.HEAD), "dose_phantom_large"),
        (Event("1.2.1", phantom=None), "dose_phantom_unknown"),
    ],
)
def test_a_phantom_that_does_not_fit_k_is_told(tmp_path: Path, event: Event, code: str) -> None:
    reading = read(tmp_path, made.dose_report([event]))
    assert code in codes(reading)
    assert reading.events[0].effective_msv is not None


@pytest.mark.parametrize(
    ("attributes", "child"),
    [
        ({"PatientAge": "017Y"}, True),
        ({"PatientAge": "018Y"}, False),
        ({"PatientAge": "011M"}, True),
        ({"PatientAge": "", "PatientBirthDate": "20050402", "StudyDate": "20200401"}, True),
        ({"PatientAge": "", "PatientBirthDate": "19500402", "StudyDate": "20200401"}, False),
        ({"PatientAge": "", "PatientBirthDate": "0", "StudyDate": "20200401"}, False),
    ],
)
def test_adult_k_for_a_child_are_told(tmp_path: Path, attributes: dict[str, str], child: bool) -> None:
    report = made.dose_report([Event("1.2.1")])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one of the dates is none
        for keyword, value in attributes.items():
            setattr(report, keyword, value)
    reading = read(tmp_path, report)
    assert ("dose_child" in codes(reading)) == child


# ---- the region where no code says it


@pytest.mark.parametrize(
    ("protocol", "region"),
    [
        ("Neck & Chest +C", "neck_chest"),
        ("Thorax^TAP (Adult)", "chest_abdomen_pelvis"),
        ("100S C/A/P", "chest_abdomen_pelvis"),
        ("КТ ОГК", "chest"),
        ("Головной мозг", "head"),
        ("Органы брюшной полости и малого таза", "abdomen_pelvis"),
        ("1A TRAUMA/PLAIN HEAD", "head"),
        ("Abdomen/IH_KUB_2mm", "abdomen_pelvis"),
        ("10.13 RADIOTHERAPY QA", None),
        ("Schmidt Anna", None),
    ],
)
def test_a_missing_code_is_made_up_for_by_the_words_of_the_protocol(
    tmp_path: Path, protocol: str, region: str | None
) -> None:
    reading = read(tmp_path, made.dose_report([Event("1.2.1", region=None, protocol=protocol)]))
    assert reading.events[0].region == region
    assert ("dose_region_from_text" in codes(reading)) == (region is not None)
    assert ("dose_region_unknown" in codes(reading)) == (region is None)


def test_the_comment_of_siemens_names_the_region_where_nothing_else_does(tmp_path: Path) -> None:
    comment = "Internal technical scan parameters: Organ Characteristic = Thorax, Body Region = Body"
    reading = read(tmp_path, made.dose_report([Event("1.2.1", region=None, protocol="4D", comment=comment)]))
    assert reading.events[0].region == "chest"


def test_the_body_part_of_the_object_is_taken_last_and_told(tmp_path: Path) -> None:
    reading = read(tmp_path, made.dose_report([Event("1.2.1", region=None)], BodyPartExamined="CHEST"))
    assert reading.events[0].region == "chest"
    assert "dose_region_from_body_part" in codes(reading)


def test_a_head_phantom_never_gets_the_k_of_the_chest_by_the_body_part_of_the_object(tmp_path: Path) -> None:
    head = Event("1.2.1", region=None, phantom=made.HEAD_16)
    named = Event("1.2.2", region=None, protocol="Head")
    reading = read(tmp_path, made.dose_report([head, named], BodyPartExamined="CHEST"))
    assert [event.region for event in reading.events] == [None, "head"]
    assert "dose_region_unknown" in codes(reading)


def test_a_protocol_that_contradicts_the_code_is_told_and_the_code_taken(tmp_path: Path) -> None:
    reading = read(tmp_path, made.dose_report([Event("1.2.1", protocol="Head routine")]))
    assert reading.events[0].region == "chest"
    assert "dose_region_text_differs" in codes(reading)


# ---- joining


def test_a_later_report_that_repeats_earlier_irradiations_adds_only_new_ones(tmp_path: Path) -> None:
    first, second = Event("1.2.1", dlp=100.0), Event("1.2.2", dlp=50.0)
    reading = read(
        tmp_path,
        made.dose_report([first], uid="1.9.1", total=100.0, count=1, ContentTime="101500"),
        made.dose_report([first, second], uid="1.9.2", total=150.0, count=2, ContentTime="102500"),
    )
    assert dlps(reading) == [100.0, 50.0]
    assert codes(reading) == {"dose_event_repeated", "dose_objects_joined"}


def test_continued_reports_are_joined_whether_their_sums_are_their_own_or_those_of_the_study(tmp_path: Path) -> None:
    first, second = Event("1.2.1", dlp=100.0), Event("1.2.2", dlp=50.0)
    for number, total in enumerate((50.0, 150.0)):
        reading = read(
            tmp_path / str(number),
            made.dose_report([first], uid="1.9.1", total=100.0, ContentTime="101500"),
            made.dose_report([second], uid="1.9.2", total=total, ContentTime="102500"),
        )
        assert reading.total.dlp_mgy_cm == 150.0
        assert codes(reading) == {"dose_objects_joined"}


def test_the_later_word_on_an_irradiation_holds_and_keeps_what_only_the_earlier_one_has(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        made.dose_report([Event("1.2.1", dlp=100.0)], uid="1.9.9", ContentTime="101500"),
        made.dose_report([Event("1.2.1", dlp=120.0, ctdivol=None)], uid="1.9.1", ContentTime="102500"),
    )
    assert [(event.ctdivol_mgy, event.dlp_mgy_cm) for event in reading.events] == [(5.0, 120.0)]
    assert "dose_event_changed" in codes(reading)


def test_an_irradiation_told_of_twice_in_one_report_counts_once(tmp_path: Path) -> None:
    reading = read(tmp_path, made.dose_report([Event("1.2.1"), Event("1.2.1")], total=200.0))
    assert dlps(reading) == [200.0]


def test_one_uid_for_different_irradiations_drops_none_where_the_stated_sum_counts_each(tmp_path: Path) -> None:
    events = [Event("1.2.1", dlp=100.0), Event("1.2.1", dlp=50.0), Event("1.2.1", dlp=25.0)]
    reading = read(tmp_path, made.dose_report(events, total=175.0, count=3))
    assert reading.total.dlp_mgy_cm == 175.0
    assert "dose_event_uid_shared" in codes(reading)


def test_irradiations_without_uid_are_kept_apart_within_a_report_and_not_doubled_by_another(tmp_path: Path) -> None:
    events = [Event(None, dlp=14.7), Event(None, dlp=14.7), Event(None, dlp=30.0)]
    reading = read(
        tmp_path,
        made.dose_report(events, uid="1.9.1", ContentTime="101500"),
        made.dose_report([*events, Event(None, dlp=7.0)], uid="1.9.2", ContentTime="102500"),
    )
    assert dlps(reading) == [14.7, 14.7, 30.0, 7.0]
    told = {notice.code: notice.values.get("count") for notice in reading.notices}
    assert told == {"dose_objects_joined": 2, "dose_event_taken_for_repeat": 3, "dose_event_uid_missing": 4}


def test_irradiations_without_uid_that_differ_in_anything_seen_are_all_counted(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        made.dose_report([Event(None, dlp=14.7)], uid="1.9.1", ContentTime="101500"),
        made.dose_report([Event(None, dlp=14.8)], uid="1.9.2", ContentTime="102500"),
        made.dose_report([Event(None, dlp=14.7, region=made.ABDOMEN)], uid="1.9.3", ContentTime="103500"),
    )
    assert dlps(reading) == [14.7, 14.8, 14.7]
    assert codes(reading) == {"dose_objects_joined", "dose_event_uid_missing"}


@pytest.mark.parametrize("uid", [None, ""])
def test_a_report_without_event_uids_is_summed_with_a_warning(tmp_path: Path, uid: str | None) -> None:
    reading = read(tmp_path, made.dose_report([Event(uid, dlp=14.7), Event(uid, dlp=14.7), Event("1.2.1", dlp=9.0)]))
    assert reading.total.dlp_mgy_cm == pytest.approx(38.4)
    told = [(notice.code, notice.values, notice.severity) for notice in reading.notices]
    assert told == [("dose_event_uid_missing", {"count": 2}, "warning")]


def test_what_adds_nothing_to_the_sums_needs_no_uid(tmp_path: Path) -> None:
    localizer = Event(None, ctdivol=None, dlp=None, phantom=None, region=None, scan=made.CONSTANT_ANGLE)
    assert codes(read(tmp_path, made.dose_report([localizer, Event("1.2.1")]))) == set()


def test_copies_of_a_file_change_nothing(tmp_path: Path) -> None:
    report = made.dose_report([Event(None, dlp=14.7), Event(None, dlp=14.7)])
    assert dlps(read(tmp_path, report, report, report)) == [14.7, 14.7]


def test_studies_are_kept_apart(tmp_path: Path) -> None:
    made.write(tmp_path, made.dose_report([Event("1.2.1")]), made.dose_report([Event("1.2.2")], study="1.3.5"))
    readings, _ = find_doses([tmp_path])
    assert [reading.study_uid for reading in readings] == [STUDY, "1.3.5"]


def test_stated_sums_that_do_not_agree_are_told(tmp_path: Path) -> None:
    reading = read(tmp_path, made.dose_report([Event("1.2.1", dlp=100.0)], total=140.0, count=2))
    assert {"dose_total_differs", "dose_count_differs"} <= codes(reading)
    assert reading.total.dlp_mgy_cm == 100.0


def test_a_report_with_nothing_but_a_sum_gives_the_sum_and_no_effective_dose(tmp_path: Path) -> None:
    reading = read(tmp_path, made.dose_report([], total=140.0))
    assert (reading.total.dlp_mgy_cm, reading.total.effective_msv) == (140.0, None)
    assert "dose_total_only" in codes(reading)


# ---- other objects


@pytest.mark.parametrize("sop_class", [made.ENHANCED_SR, made.COMPREHENSIVE_SR])
def test_older_reports_in_other_sr_objects_are_read(tmp_path: Path, sop_class: str) -> None:
    assert dlps(read(tmp_path, made.dose_report([Event("1.2.1")], sop_class=sop_class))) == [200.0]


def test_acquisitions_are_found_at_any_depth(tmp_path: Path) -> None:
    report = made.dose_report([])
    inner = made.item("CONTAINER", made.dcm("113819", "CT Acquisition"), children=[made.acquisition(Event("1.2.2"))])
    report.ContentSequence = Items(
        [
            made.item("CONTAINER", ("99X", "99MAKER", "Wrapper"), children=[made.acquisition(Event("1.2.1"))]),
            made.item("CONTAINER", ("99X", "99MAKER", "Wrapper"), children=[inner]),
        ]
    )
    reading = read(tmp_path, report)
    assert [event.uid for event in reading.events] == ["1.2.1", "1.2.2"]
    assert reading.total.dlp_mgy_cm == 400.0


def test_a_measurement_report_that_repeats_doses_is_no_dose_report(tmp_path: Path) -> None:
    report = made.dose_report([Event("1.2.1")], sop_class="1.2.840.10008.5.1.4.1.1.88.34")
    report.ConceptNameCodeSequence = Items([made.coded(made.dcm("126000", "Imaging Measurement Report"))])
    with pytest.raises(InputError) as raised:
        find_doses([made.write(tmp_path, report)])
    assert raised.value.code == "NO_DOSE"


def test_a_dose_report_of_other_xrays_is_told(tmp_path: Path) -> None:
    assert codes(read(tmp_path, made.dose_report([]))) == {"dose_not_ct"}


def test_a_capture_with_numbers_in_its_header_is_read(tmp_path: Path) -> None:
    exposures = [
        Exposure(0.085, "2.2", body_part="WHOLEBODY", scan="CONSTANT_ANGLE", uid="1.2.1", phantom="BODY 32 CM"),
        Exposure(14.0, "274.9", body_part="BRAIN", uid="1.2.2", phantom="HEAD 16 CM"),
        Exposure(7.5, "310.0", description="100S C/A/P"),
    ]
    reading = read(tmp_path, made.dose_capture(exposures, total="587.1"))
    rows = [(one.uid, one.region, one.ctdivol_mgy, one.phantom_cm, one.dlp_mgy_cm, one.k) for one in reading.events]
    assert rows == [
        ("1.2.1", "whole_body", 0.085, 32, 2.2, None),
        ("1.2.2", "head", 14.0, 16, 274.9, 0.0021),
        (None, "chest_abdomen_pelvis", 7.5, None, 310.0, 0.015),
    ]


def test_a_capture_whose_numbers_stand_in_its_comment_is_read(tmp_path: Path) -> None:
    comment = "Series #3 Thorax Average CTDIvol=7.2 DLP=196.0\r\nSeries #5 Head CTDIvol=45.0 DLP=900\nTotal DLP=1096.0"
    reading = read(tmp_path, made.dose_capture([], comment=comment))
    assert [(event.region, event.ctdivol_mgy, event.dlp_mgy_cm) for event in reading.events] == [
        ("chest", 7.2, 196.0),
        ("head", 45.0, 900.0),
    ]
    assert "dose_total_differs" not in codes(reading)


def test_numbers_that_stand_in_the_picture_only_are_told_and_not_guessed(tmp_path: Path) -> None:
    reading = read(tmp_path, made.dose_capture([]))
    assert (reading.events, reading.total.dlp_mgy_cm, reading.total.effective_msv) == ((), None, None)
    assert codes(reading) == {"dose_pixels_only"}


def test_a_capture_beside_a_report_is_compared_and_not_added(tmp_path: Path) -> None:
    report = made.dose_report([Event("1.2.1", dlp=200.0)])
    same = read(tmp_path / "a", report, made.dose_capture([Exposure(5.0, "200.0")]))
    assert (same.total.dlp_mgy_cm, codes(same)) == (200.0, {"dose_capture_not_added"})
    other = read(tmp_path / "b", report, made.dose_capture([Exposure(5.0, "290.0")]))
    assert (other.total.dlp_mgy_cm, "dose_capture_differs" in codes(other)) == (200.0, True)


def test_a_capture_of_pixels_beside_a_report_is_no_news(tmp_path: Path) -> None:
    assert codes(read(tmp_path, made.dose_report([Event("1.2.1")]), made.dose_capture([]))) == set()


# ---- odd values


@pytest.mark.parametrize(
    ("value", "unit", "expected", "code"),
    [
        ("10.50/ 15.00", made.MGY_CM, None, "dose_several_values"),
        ("10.50\\15.00", made.MGY_CM, None, "dose_several_values"),
        ("10.5\\10.5", made.MGY_CM, 10.5, ""),
        ("10,5", made.MGY_CM, 10.5, ""),
        (" 10.5 ", made.MGY_CM, 10.5, ""),
        ("10.5 mGycm", made.MGY_CM, 10.5, ""),
        ("1.05E+1", ("mGycm", "UCUM", "mGycm"), 10.5, ""),
        ("0.0105", ("Gy.cm", "UCUM", "Gy.cm"), 10.5, ""),
        ("10.5", None, 10.5, ""),
        ("10.5", ("mm", "UCUM", "mm"), None, "dose_unit_unknown"),
        ("", made.MGY_CM, None, "dose_no_dlp"),
        ("nan", made.MGY_CM, None, "dose_value_unreadable"),
        ("inf", made.MGY_CM, None, "dose_value_unreadable"),
        ("1e999", made.MGY_CM, None, "dose_value_unreadable"),
        ("Schmidt^Anna", made.MGY_CM, None, "dose_value_unreadable"),
        ("-3.0", made.MGY_CM, None, "dose_value_impossible"),
        ("1e30", made.MGY_CM, None, "dose_value_impossible"),
        ("0", made.MGY_CM, 0.0, ""),
    ],
)
def test_an_odd_dlp_is_read_or_told_and_stops_nothing(
    tmp_path: Path, value: str, unit: made.Code | None, expected: float | None, code: str
) -> None:
    odd = Event("1.2.1", dlp=value, unit=unit)
    reading = read(tmp_path, made.dose_report([odd, Event("1.2.2", dlp=100.0)]))
    assert dlps(reading) == [pytest.approx(expected) if expected is not None else None, 100.0]
    if code:
        assert code in codes(reading)
        assert "Schmidt" not in str(reading.section())
    else:
        assert codes(reading) == set()


def test_a_localizer_may_lack_its_figures(tmp_path: Path) -> None:
    localizer = Event("1.2.1", ctdivol=None, dlp=None, phantom=None, region=None, scan=made.CONSTANT_ANGLE)
    reading = read(tmp_path, made.dose_report([localizer, Event("1.2.2")]))
    assert (len(reading.events), codes(reading)) == (2, set())


@pytest.mark.parametrize(("uid", "shown"), [("Schmidt^Anna", None), ("", None), ("1.2.3 ", "1.2.3")])
def test_what_is_no_uid_is_not_shown(tmp_path: Path, uid: str, shown: str | None) -> None:
    report = made.dose_report([Event(uid or None)])
    reading = read(tmp_path, report)
    assert reading.events[0].uid == shown
    assert "Schmidt" not in str(reading.section())


def test_a_report_without_study_uid_is_known_by_its_scope(tmp_path: Path) -> None:
    report = made.dose_report([Event("1.2.1")], study=None)
    scope = made.code_item(made.dcm("113705", "Scope of Accumulation"), made.dcm("113014", "Study"))
    scope.ContentSequence = Items([made.uid_item(made.dcm("110180", "Study Instance UID"), "1.7.7")])
    report.ContentSequence.append(scope)
    assert read(tmp_path / "a", report).study_uid == "1.7.7"
    assert read(tmp_path / "b", made.dose_report([Event("1.2.1")], study=None)).study_uid is None


def test_dose_check_limits_inside_an_irradiation_are_no_doses(tmp_path: Path) -> None:
    report = made.dose_report([Event("1.2.1", dlp=200.0)])
    limits = made.item(
        "CONTAINER",
        made.dcm("113900", "Dose Check Alert Details"),
        children=[made.number_item(made.dcm("113838", "DLP"), 9999.0, made.MGY_CM)],
    )
    report.ContentSequence[0].ContentSequence.append(limits)
    assert dlps(read(tmp_path, report)) == [200.0]


def test_everything_is_found_in_a_zip_among_other_files(tmp_path: Path) -> None:
    import zipfile

    archive = tmp_path / "study.zip"
    with zipfile.ZipFile(archive, "w") as store:
        store.writestr("a/b/dose.dcm", made.as_bytes(made.dose_report([Event("1.2.1")])))
        store.writestr("a/readme.txt", "nothing")
    readings, _ = find_doses([archive])
    assert [dlps(reading) for reading in readings] == [[200.0]]


def names(readings: Sequence[DoseReading]) -> list[str | None]:
    return [reading.study_uid for reading in readings]


def test_a_broken_file_is_named_by_its_label_and_the_rest_goes_on(tmp_path: Path) -> None:
    made.write(tmp_path, made.dose_report([Event("1.2.1")]))
    whole = made.as_bytes(made.dose_report([Event("1.2.2")]))
    (tmp_path / "Schmidt^Anna.dcm").write_bytes(whole[:700])  # within the header
    readings, _ = find_doses([tmp_path])
    assert names(readings) == [STUDY]
    told = [notice for notice in readings[0].notices if notice.code == "dose_file_unreadable"]
    assert [(one.values["where"], one.values["code"]) for one in told] == [("input[1]/#0001.dcm", "BROKEN_DICOM")]


def test_nothing_but_broken_files_is_an_error(tmp_path: Path) -> None:
    whole = made.as_bytes(made.dose_report([Event("1.2.2")]))
    (tmp_path / "a.dcm").write_bytes(whole[:700])
    with pytest.raises(InputError) as raised:
        find_doses([tmp_path])
    assert raised.value.code == "NO_DOSE"
