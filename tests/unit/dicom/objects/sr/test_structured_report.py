"""The structured report, read back by bare pydicom and by highdicom."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from highdicom.sr import srread
from made_objects import MadeStudy, made_making, made_study, without_findings
from made_reports import DOSE, Item, again, figures, groups_of, part_of_the_lungs, report_of, walk, with_more
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from groundglass.analysis.result import LesionItem, Result
from groundglass.codes import PRIVATE_SCHEME, code
from groundglass.dicom.ct_writer import CTHeader
from groundglass.dicom.objects.seg_segments import tracking
from groundglass.dicom.objects.sr.measurements import LESIONS_LISTED
from groundglass.phrases import Notice


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> MadeStudy:
    """Return a study with figures of regions and a dose."""
    return with_more(made_study(tmp_path_factory.mktemp("sr") / "ct"))


@pytest.fixture(scope="module")
def report(study: MadeStudy) -> Dataset:
    """Return its report as it stands in the file."""
    return again(report_of(study))


def changed(study: MadeStudy, **fields: Any) -> MadeStudy:
    return replace(study, findings=replace(study.findings, result=replace(study.findings.result, **fields)))


def named(data: Dataset, name: str) -> list[Item]:
    return [item for item in walk(data) if item.name == code(name).value]


def texts(data: Dataset) -> str:
    return "\n".join(str(item.value) for item in walk(data) if item.kind == "TEXT")


class TestDocument:
    def test_it_is_a_preliminary_unverified_complete_measurement_report(self, report: Dataset) -> None:
        assert report.SOPClassUID == "1.2.840.10008.5.1.4.1.1.88.34"
        assert (report.VerificationFlag, report.PreliminaryFlag, report.CompletionFlag) == (
            "UNVERIFIED",
            "PRELIMINARY",
            "COMPLETE",
        )
        assert report.CompletionFlagDescription
        assert report.ContentTemplateSequence[0].TemplateIdentifier == "1500"
        assert (report.ContentDate, report.ContentTime) == ("20260304", "102105")

    def test_the_device_is_the_only_observer(self, report: Dataset) -> None:
        context = [item for item in walk(report) if item.relation == "HAS OBS CONTEXT" and len(item.path) == 2]
        values = {item.name: item.value for item in context}
        assert values["121005"] == "121007"
        assert values["121012"] == made_making().observer_uid
        assert values["121013"] == "groundglass 0.1.0"
        assert {"121014", "121015", "121016"} < set(values)

    def test_every_image_and_segmentation_is_evidence_and_every_reference_is_there(
        self, study: MadeStudy, report: Dataset
    ) -> None:
        series = report.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
        evidence = {str(one.ReferencedSOPInstanceUID) for part in series for one in part.ReferencedSOPSequence}
        assert {image.sop_uid for image in study.origin.sources} < evidence
        assert len(evidence) == len(study.origin.sources) + 2
        pointed = {item.value for item in walk(report) if item.kind in ("IMAGE", "COMPOSITE")}
        assert pointed
        assert pointed <= evidence
        source_series = {item.value for item in named(report, "source_series")}
        assert source_series == {study.origin.series_uid}

    def test_our_scheme_is_named_and_used(self, report: Dataset) -> None:
        (scheme,) = report.CodingSchemeIdentificationSequence
        assert scheme.CodingSchemeDesignator == PRIVATE_SCHEME
        assert str(scheme.CodingSchemeUID).startswith("2.25.")
        assert any(
            item.data.ConceptNameCodeSequence[0].CodingSchemeDesignator == PRIVATE_SCHEME for item in walk(report)
        )

    def test_two_runs_write_the_same_bytes(self, study: MadeStudy) -> None:
        first, second = io.BytesIO(), io.BytesIO()
        report_of(study).save_as(first, enforce_file_format=True)
        report_of(study).save_as(second, enforce_file_format=True)
        assert first.getvalue() == second.getvalue()

    def test_tracking_uids_are_ours_and_those_of_the_segments(self, report: Dataset) -> None:
        tracked = [item.value for item in named(report, "tracking_uid")]
        assert all(uid.startswith("2.25.") for uid in tracked)
        assert len(tracked) == len(set(tracked))
        assert tracking(made_making(), "seg-lungs", "right_lung")[1] in tracked
        assert tracking(made_making(), "seg-lesions", "ground_glass")[1] in tracked

    @pytest.mark.parametrize("name", ["Иванов^Пётр", "Wang^XiaoDong=王^小東", ""])
    def test_names_of_every_script_survive(self, tmp_path: Path, name: str) -> None:
        made = made_study(tmp_path / "ct", header=CTHeader(patient_name=name))
        assert str(again(report_of(made)).PatientName) == name

    def test_highdicom_reads_it(self, study: MadeStudy, tmp_path: Path) -> None:
        report_of(study).save_as(tmp_path / "sr.dcm", enforce_file_format=True)
        content: Any = srread(tmp_path / "sr.dcm").content
        volumetric = content.get_volumetric_roi_measurement_groups()
        assert {group.tracking_identifier for group in volumetric} == {
            "Right lung",
            "Left lung",
            "Ground glass",
            "Consolidation",
        }
        (right,) = content.get_volumetric_roi_measurement_groups(
            tracking_uid=tracking(made_making(), "seg-lungs", "right_lung")[1]
        )
        (volume,) = right.get_measurements(name=codes.SCT.Volume)
        assert (volume.value, volume.unit.value) == (850, "ml")
        assert right.finding_sites[0].laterality == codes.SCT.Right


class TestFigures:
    def test_figures_of_both_lungs_are_those_of_the_result(self, study: MadeStudy, report: Dataset) -> None:
        result = study.findings.result
        found = figures(groups_of(report)["Both lungs"])
        assert result.lungs
        assert result.lesions
        assert result.involvement
        assert found[code("volume").value] == (pytest.approx(result.lungs.total_volume_ml, abs=0.5), "ml")
        assert found[code("attenuation").value] == (-802, "[hnsf'U]")
        assert found[code("lesion_volume").value] == (pytest.approx(result.lesions.total_volume_ml, abs=0.06), "ml")
        assert found[code("involvement").value] == (pytest.approx(result.involvement.percent, abs=0.06), "%")
        assert found[code("opacity_probability").value] == (97, "%")
        assert found[code("six_zone_score").value] == (3, "{0:24}")

    def test_the_interval_hangs_on_its_percentage(self, report: Dataset) -> None:
        percent = code("involvement").value
        inside = {item.name: item for item in groups_of(report)["Both lungs"] if percent in item.path[:-1]}
        assert {item.relation for item in inside.values()} == {"HAS PROPERTIES"}
        low, high = inside[code("interval_low").value].value, inside[code("interval_high").value].value
        below, above = inside["371885007"].value, inside["371886008"].value
        (value,) = [item.value for item in groups_of(report)["Both lungs"] if item.name == percent]
        assert low == pytest.approx(value - below)
        assert high == pytest.approx(value + above)
        assert {item.unit for item in inside.values()} == {"%"}

    def test_each_lung_and_zone_has_its_figures_and_place(self, report: Dataset) -> None:
        found = groups_of(report)
        right = figures(found["Right lung"])
        assert right[code("volume").value] == (850, "ml")
        assert right[code("ground_glass_volume").value] == (53.1, "ml")
        assert right[code("attenuation").value] == (-790, "[hnsf'U]")
        lower = found["Right lung, lower zone"]
        assert figures(lower)[code("involvement").value] == (12.5, "%")
        assert figures(lower)[code("consolidation_volume").value] == (7.3, "ml")
        assert [item.value for item in lower if item.name in ("363698007", "272741003")] == ["281394001", "24028007"]
        assert len([name for name in found if "zone" in name]) == 6

    def test_kinds_refer_to_their_segments(self, report: Dataset) -> None:
        for name, kind, label in (("Ground glass", "ground_glass", 1), ("Consolidation", "consolidation", 2)):
            items = groups_of(report)[name]
            (segment,) = [item for item in items if item.name == "121191"]
            referenced = segment.data.ReferencedSOPSequence[0]
            assert referenced.ReferencedSegmentNumber == label
            assert referenced.ReferencedSOPClassUID == "1.2.840.10008.5.1.4.1.1.66.4"
            (finding,) = [item for item in items if item.name == "121071"]
            assert finding.value == code(kind).value

    def test_without_segmentations_the_slices_that_matter_are_named(self, study: MadeStudy) -> None:
        items = groups_of(again(report_of(study, with_segs=False)))["Ground glass"]
        assert not [item for item in items if item.name == "121191"]
        images = [item.value for item in items if item.kind == "IMAGE"]
        assert images
        assert set(images) <= {image.sop_uid for image in study.origin.sources}

    def test_a_lesion_has_kind_place_volume_and_centre(self, study: MadeStudy, report: Dataset) -> None:
        items = groups_of(report)["Lesion 1, right"]
        assert study.findings.result.lesions
        lesion = study.findings.result.lesions.items[0]
        (centre,) = [item for item in items if item.kind == "SCOORD3D"]
        assert np.allclose(centre.value, lesion.centre_mm, atol=0.01)
        assert centre.data.ReferencedFrameOfReferenceUID == study.origin.geometry.frame_of_reference_uid
        assert figures(items)[code("share_of_lungs").value] == (pytest.approx(lesion.percent_of_lungs, abs=0.06), "%")
        assert code("mixed_lesion").value in [item.value for item in items]

    def test_at_most_twenty_lesions_are_listed_and_the_rest_counted(self, study: MadeStudy) -> None:
        section = study.findings.result.lesions
        assert section
        many = tuple(_lesion(section.items[0], number) for number in range(1, 26))
        data = again(report_of(changed(study, lesions=replace(section, items=many))))
        listed = [name for name in groups_of(data) if name.startswith("Lesion ")]
        assert listed == [f"Lesion {number}, right" for number in range(25, 25 - LESIONS_LISTED, -1)]
        assert "5 smaller lesions are not listed, together 15 ml." in texts(data)

    def test_numbers_are_written_as_they_are_shown(self, report: Dataset) -> None:
        for item in walk(report):
            if item.kind == "NUM":
                measured = item.data.MeasuredValueSequence[0]
                assert "FloatingPointValue" not in measured
                assert len(str(measured.NumericValue)) <= 7


def _lesion(like: LesionItem, number: int) -> LesionItem:
    return replace(like, id=number, volume_ml=float(number))


class TestConclusions:
    def test_the_grade_is_coded_with_rules_interval_and_stability(self, report: Dataset) -> None:
        (grade,) = named(report, "grade")
        below = {item.path[-1]: item.value for item in walk(grade.data)}
        assert grade.value == "CT-1"
        assert below[code("grade_rules").value].startswith("paper-2020-default version 1")
        assert (below[code("grade_low").value], below[code("grade_high").value]) == ("CT-1", "CT-1")
        assert below[code("grade_stability").value] == code("grade_stable").value

    def test_an_unstable_grade_says_so_in_code_and_words(self, study: MadeStudy) -> None:
        result = study.findings.result
        assert result.grade
        unstable = replace(result.grade, interval=("CT-1", "CT-2"), stable=False)
        data = again(report_of(changed(study, grade=unstable)))
        assert [item.value for item in named(data, "grade_stability")] == [code("grade_unstable").value]
        assert "The grade is unstable: CT-1 to CT-2 are possible." in named(data, "conclusion")[0].value

    def test_where_nothing_was_found_it_says_so(self, study: MadeStudy) -> None:
        data = again(report_of(without_findings(study)))
        assert [item.value for item in named(data, "target_pathology")] == [code("target_not_found").value]
        said = texts(data)
        assert "Target pathology not found." in said
        assert "No lesion was found, so that no segmentation of lesions was written." in said
        assert "normal" not in said.lower()
        assert not [name for name in groups_of(data) if name in ("Ground glass", "Consolidation", "Lesion 1, right")]

    def test_less_than_the_least_share_is_neither_found_nor_absent(self, study: MadeStudy) -> None:
        result = study.findings.result
        assert result.grade
        data = again(report_of(changed(study, grade=replace(result.grade, value="CT-0"))))
        assert [item.value for item in named(data, "target_pathology")] == [code("target_below").value]
        assert "less than the share that counts as a finding" in named(data, "conclusion")[0].value

    def test_a_trace_is_less_than_something_and_not_nothing(self, study: MadeStudy) -> None:
        result = study.findings.result
        assert result.grade
        assert result.involvement
        trace = replace(result.involvement, percent=0.004, interval=(0.0, 0.5))
        none = replace(result.grade, value="CT-0")
        said = named(again(report_of(changed(study, involvement=trace, grade=none))), "conclusion")[0].value
        assert said.startswith("Opacities take up < 0.01 % of the lungs")

    def test_part_of_the_lungs_gets_no_grade_and_an_incomplete_report(self, study: MadeStudy) -> None:
        data = again(report_of(part_of_the_lungs(study)))
        assert data.CompletionFlag == "PARTIAL"
        (grade,) = named(data, "grade")
        assert grade.value == code("grade_none").value
        assert "No grade is given: only part of the lungs is shown." in texts(data)

    def test_unknown_sides_leave_out_every_sided_figure(self, study: MadeStudy) -> None:
        data = again(report_of(_unsided(study)))
        assert set(groups_of(data)) == {"Both lungs", "Ground glass", "Consolidation", "Lesion 1"}
        assert not [item for item in walk(data) if item.name == "272741003"]
        assert "Right and left are not known" in texts(data)
        assert "in the right lung" not in texts(data)

    def test_routing_names_row_and_missing_data_and_decides_nothing(self, report: Dataset) -> None:
        assert "CT-1" in named(report, "routing_row")[0].value
        assert "physician" in named(report, "routing_decision")[0].value
        assert "temperature" in named(report, "routing_missing")[0].value

    def test_warnings_checks_and_notes_are_told_apart(self, study: MadeStudy) -> None:
        notices = (
            Notice("slices_sparse", {"thickness": 1, "step": 8}, "warning"),
            Notice("padding_replaced", {"percent": 3, "hu": -1024}, "info"),
        )
        spoken = replace(study, findings=replace(study.findings, notices=notices))
        data = again(report_of(spoken))
        assert len(named(data, "warning")) == 1
        assert any("padding" in item.value for item in named(data, "statement"))
        assert [item.value for item in named(data, "acquisition_check")] == ["Slices of 5 mm."]

    def test_the_intended_use_stands_first(self, report: Dataset) -> None:
        first = next(item for item in walk(report) if item.kind == "TEXT" and item.relation == "CONTAINS")
        assert first.name == code("intended_use").value
        assert first.value.startswith("For research use only, not for diagnosis.")

    def test_the_dose_is_that_of_the_study_and_an_estimate_for_a_population(self, report: Dataset) -> None:
        (box,) = named(report, "dose_data")
        items = list(walk(box.data))
        totals = {item.name: (item.value, item.unit) for item in items if item.kind == "NUM" and len(item.path) == 2}
        assert totals == {"113813": (DOSE.total.dlp_mgy_cm, "mGy.cm"), "113814": (6.86, "mSv")}
        events = [list(walk(item.data)) for item in items if item.name == "113819"]
        assert [figures(event).get("113830") for event in events] == [(40.5, "mGy"), (10.12, "mGy"), None]
        assert [figures(event).get("113840") for event in events[:2]] == [(0.0021, "mSv/mGy.cm"), (0.014, "mSv/mGy.cm")]
        assert [item.value for event in events for item in event if item.name == "113835"] == ["113690", "113691"]
        assert any("population" in str(item.value) for item in items)

    def test_nothing_measured_still_gives_a_report(self, study: MadeStudy) -> None:
        empty = dict.fromkeys(("lungs", "lesions", "involvement", "grade", "routing", "severity", "acquisition"))
        data = again(report_of(changed(study, status="refused", probability_of_pathology=None, **empty)))
        assert data.CompletionFlag == "PARTIAL"
        assert "Nothing was measured" in texts(data)


def _unsided(study: MadeStudy) -> MadeStudy:
    result: Result = study.findings.result
    assert result.lungs
    assert result.involvement
    assert result.lesions
    zones = type(result.involvement.zones)(*[None] * 6)
    lungs = replace(result.lungs, right_volume_ml=None, left_volume_ml=None)
    share = replace(result.involvement, right_percent=None, left_percent=None, worse_lung_percent=None, zones=zones)
    items = tuple(replace(item, side="unknown", zone=None) for item in result.lesions.items)
    lesions = replace(result.lesions, items=items)
    one = np.where(study.findings.lungs.array > 0, 3, 0).astype(np.uint8)
    findings = replace(
        study.findings,
        lungs=study.findings.lungs.with_array(one),
        regions=(),
        result=replace(result, lungs=lungs, involvement=share, lesions=lesions),
    )
    return replace(study, findings=findings)


class TestSources:
    def test_frames_of_one_image_are_named_by_number(self, tmp_path: Path) -> None:
        study = made_study(tmp_path / "ct", multiframe=True)
        data = again(report_of(study))
        images = [item.data.ReferencedSOPSequence[0] for item in walk(data) if item.name == "121112"]
        assert images
        assert all(1 <= image.ReferencedFrameNumber <= 12 for image in images)
        series = data.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
        assert [len(part.ReferencedSOPSequence) for part in series] == [1, 1, 1]

    def test_a_bridged_slice_is_counted_and_never_named(self, study: MadeStudy) -> None:
        images = list(study.origin.images)
        images[3] = None
        gap = replace(study, origin=replace(study.origin, images=tuple(images)))
        data = again(report_of(gap, with_segs=False))
        assert "filled from their neighbours: 1." in texts(data)

    def test_slices_of_two_series_are_listed_under_both(self, study: MadeStudy) -> None:
        images = [
            replace(image, series_uid="1.2.3.9") if image is not None and number > 6 else image
            for number, image in enumerate(study.origin.images)
        ]
        two = replace(study, origin=replace(study.origin, images=tuple(images)))
        data = again(report_of(two))
        series = data.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
        assert {str(part.SeriesInstanceUID) for part in series} > {"1.2.3.9", study.origin.series_uid}
        items = groups_of(data)["Right lung"]
        assert len([item for item in items if item.name == "121233"]) == len(study.origin.sources)
