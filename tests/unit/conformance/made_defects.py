"""One made case for each code: a clean result with one thing wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import generate_uid
from vendor import (
    NAME,
    Result,
    Study,
    drop_field,
    field_of,
    image_item,
    made_result,
    report,
    segmentation,
)

Make = Callable[[Study, Path], Path | None]


@dataclass(frozen=True)
class MadeCase:
    """A case: its name, the one code it must raise, the profile, and how it is made."""

    name: str
    code: str
    make: Make
    profile: str = "moscow"


CASES: list[MadeCase] = []


def case(code: str, *, profile: str = "moscow") -> Callable[[Make], Make]:
    def keep(make: Make) -> Make:
        CASES.append(MadeCase(make.__name__.strip("_"), code, make, profile))
        return make

    return keep


def changed(study: Study, folder: Path, alter: Callable[[Result], None], dialect: str = "rgb", **how: Any) -> Path:
    result = made_result(study, dialect, **how)
    alter(result)
    return result.write(folder)


def as_it_is(result: Result) -> None:
    """Change nothing: what is wrong is said by other arguments."""


def everything(result: Result) -> list[Dataset]:
    return [*result.pictures, *([result.report] if result.report else []), *result.others]


# --- what must be there


@case("V1")
def no_extra_series(study: Study, folder: Path) -> None:
    result = Result(study, report=report(study, []))
    result.write(folder)


@case("V1")
def only_a_segmentation_where_pictures_are_asked_for(study: Study, folder: Path) -> None:
    made_result(study, "seg").write(folder)


@case("V2")
def no_report(study: Study, folder: Path) -> None:
    changed(study, folder, lambda r: setattr(r, "report", None))


@case("V3")
def two_reports(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        again = deepcopy(result.report)
        assert again is not None
        again.SOPInstanceUID = again.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        result.others.append(again)

    changed(study, folder, change)


def _nameless(result: Result, *, name: str = "", version: str | None = None) -> None:
    for each in everything(result):
        each.ManufacturerModelName = name
        if version is not None:
            each.SoftwareVersions = version


@case("V4", profile="default")
def no_service_name(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        _nameless(result, name="Unknown")
        drop_field(result.report, "Service name")  # type: ignore[arg-type]  # made a line above

    changed(study, folder, change)


@case("V4", profile="default")
def the_name_of_the_scanner_is_no_service_name(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        for each in everything(result):
            for word in ("Manufacturer", "ManufacturerModelName"):
                setattr(each, word, study.slices[0].get(word, ""))
        drop_field(result.report, "Service name")  # type: ignore[arg-type]  # made a line above

    changed(study, folder, change)


@case("V5", profile="default")
def no_service_version(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        _nameless(result, name=NAME, version="n/a")
        drop_field(result.report, "Service version")  # type: ignore[arg-type]  # made a line above

    changed(study, folder, change)


@case("V5", profile="default")
def an_empty_version(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        _nameless(result, name=NAME, version="")
        field_of(result.report, "Service version").TextValue = "-"  # type: ignore[arg-type]  # made a line above

    changed(study, folder, change)


# --- objects and identity


@case("O1")
def a_file_cut_off(study: Study, folder: Path) -> None:
    made_result(study).write(folder)
    (folder / "more.dcm").write_bytes((folder / "0036.dcm").read_bytes()[:700])


@case("O1")
def another_file_under_the_name_of_an_object(study: Study, folder: Path) -> None:
    made_result(study).write(folder)
    (folder / "more.dcm").write_text("no DICOM", encoding="utf-8")


@case("O2")
def no_pixels(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        del result.pictures[4].PixelData

    changed(study, folder, change)


@case("O2")
def pixels_cut_off(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        result.pictures[4].PixelData = result.pictures[4].PixelData[:1000]

    changed(study, folder, change)


@case("O2")
def a_damaged_stream(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        data = bytearray(result.pictures[4].PixelData)
        data[40:] = bytes(len(data) - 40)
        result.pictures[4].PixelData = bytes(data)

    changed(study, folder, change, "jpeg")


@case("O3")
def an_invalid_uid(study: Study, folder: Path) -> None:
    made_result(study).write(folder)
    path = folder / "0009.dcm"  # one that the report does not show
    data = path.read_bytes()
    uid = made_uid_in(data)
    path.write_bytes(data.replace(uid, b"1.02" + uid[4:]))


def made_uid_in(data: bytes) -> bytes:
    at = data.index(b"1.2.826.0.1.3680043.8.498.")
    return data[at : at + 26]


@case("O4")
def one_uid_twice(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        again = deepcopy(result.pictures[3])
        again.ImageComments = "a second time"
        result.others.append(again)

    changed(study, folder, change)


@case("I1")
def another_study(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        for each in everything(result):
            each.StudyInstanceUID = "2.25.77"

    changed(study, folder, change)


@case("I2")
def another_patient(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        for each in everything(result):
            each.PatientID = "SOMEBODY ELSE"

    changed(study, folder, change)


@case("I3", profile="default")
def another_frame_of_reference(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        result.others[0].FrameOfReferenceUID = "2.25.78"

    changed(study, folder, change, "seg")


@case("I4")
def no_time_of_processing(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        for each in everything(result):
            for word in ("ContentDate", "ContentTime", "InstanceCreationDate", "InstanceCreationTime"):
                setattr(each, word, "")

    changed(study, folder, change)


# --- references


@case("R1")
def a_reference_to_nothing(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        assert result.report is not None
        result.report.ContentSequence.append(image_item(study.slices[0].SOPClassUID, "2.25.79"))

    changed(study, folder, change)


@case("R2")
def pictures_made_from_each_other(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        a, b = result.pictures[3], result.pictures[4]
        for one, other in ((a, b), (b, a)):
            item = Dataset()
            item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = other.SOPClassUID, other.SOPInstanceUID
            one.SourceImageSequence.append(item)

    changed(study, folder, change)


@case("R2")
def a_report_that_points_to_itself(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        item = Dataset()
        item.RelationshipType, item.ReferencedContentItemIdentifier = "HAS PROPERTIES", [1]
        assert result.report is not None
        result.report.ContentSequence.append(item)

    changed(study, folder, change)


@case("R3")
def no_source_images(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        for each in result.pictures:
            del each.SourceImageSequence

    changed(study, folder, change)


# --- what is said


@case("B1")
def burned_in_annotation_denied(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        for each in result.pictures:
            each.BurnedInAnnotation = "NO"

    changed(study, folder, change)


@case("B2", profile="default")
def no_warning(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        for each in result.pictures:
            each.SeriesDescription = "LungScan"
        field_of(result.report, "Warning").TextValue = "see below"  # type: ignore[arg-type]  # made before
        field_of(result.report, "Warning: use").TextValue = "yes"  # type: ignore[arg-type]  # made before

    changed(study, folder, change)


@case("P4", profile="default")
def nothing_looked_for(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        for concept in ("Purpose", "Description", "Conclusion"):
            field_of(result.report, concept).TextValue = "see pictures"  # type: ignore[arg-type]  # made before

    changed(study, folder, change)


@case("P1")
def a_second_extra_series(study: Study, folder: Path) -> None:
    changed(study, folder, lambda r: r.others.append(_in_series(segmentation(study), study, 3)))


def _in_series(d: Dataset, study: Study, count: int) -> Dataset:
    d.SeriesInstanceUID = f"{study.slices[0].SeriesInstanceUID[:56]}.7.1.{count}"
    return d


@case("P2")
def a_field_missing(study: Study, folder: Path) -> None:
    changed(study, folder, lambda r: drop_field(r.report, "User guide"))  # type: ignore[arg-type]  # made before


@case("P2")
def fields_out_of_order(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        assert result.report is not None
        items = list(result.report.ContentSequence)
        items.insert(0, items.pop(12))
        result.report.ContentSequence = DicomSequence(items)

    changed(study, folder, change)


@case("P3")
def a_series_uid_of_its_own(study: Study, folder: Path) -> None:
    def change(result: Result) -> None:
        for each in result.pictures:
            each.SeriesInstanceUID = "1.2.3.4.5"

    changed(study, folder, change)


# --- the message


def message(study: Study, **changes: Any) -> dict[str, Any]:
    ai = {
        "seriesIUID": f"{study.slices[0].SeriesInstanceUID[:56]}.7.1.1",
        "pathologyFlag": True,
        "norma": False,
        "confidenceLevel": 87,
        "modelId": 7,
        "modelVersion": "2.1.7",
        "report": "Ground glass",
        "conclusion": "CT-1",
        "dateTimeParams": {
            "downloadStartDT": "2026-11-20T10:14:00",
            "downloadEndDT": "2026-11-20T10:14:30",
            "processStartDT": "2026-11-20T10:14:31",
            "processEndDT": "2026-11-20T10:15:00",
        },
    }
    return {"studyIUID": str(study.slices[0].StudyInstanceUID), "aiResult": ai | changes}


def with_message(study: Study, folder: Path, error: dict[str, str] | None = None, **changes: Any) -> None:
    made_result(study).write(folder)
    text = json.dumps(message(study, **changes) | {"error": error})
    (folder / "notification.json").write_text(text, encoding="utf-8")


@case("N1")
def a_message_with_pathology_in_a_normal_study(study: Study, folder: Path) -> None:
    with_message(study, folder, norma=True)


@case("N1")
def a_message_with_more_than_full_confidence(study: Study, folder: Path) -> None:
    with_message(study, folder, confidenceLevel=870)


@case("N1")
def a_message_that_calls_neither_and_does_not_say_why(study: Study, folder: Path) -> None:
    with_message(study, folder, pathologyFlag=None, norma=None)


@case("N1")
def a_message_that_calls_a_part_of_the_lungs_normal(study: Study, folder: Path) -> None:
    with_message(study, folder, error={"category": "Body part error"}, pathologyFlag=False, norma=True)


@case("N2")
def a_message_of_another_series(study: Study, folder: Path) -> None:
    with_message(study, folder, seriesIUID="2.25.80")
