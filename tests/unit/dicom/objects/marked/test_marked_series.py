"""The marked series: which slices, under which number, and what their headers say."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_objects import MadeStudy, made_making, made_study, without_findings
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.uid import ExplicitVRLittleEndian, JPEGBaseline8Bit, SecondaryCaptureImageStorage

from groundglass.dicom.objects.findings import Drawing
from groundglass.dicom.objects.marked import marked_images, marked_series
from groundglass.dicom.series import scan
from groundglass.errors import InternalError
from groundglass.phrases import LANGUAGES, Language, Notice, say
from groundglass.render.picture import encode_png
from groundglass.settings import INTENDED_USE
from groundglass.volume import Geometry


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> MadeStudy:
    return made_study(tmp_path_factory.mktemp("marked") / "series")


def slices(study: MadeStudy, profile: str = "default", language: Language = "en") -> list[FileDataset]:
    return marked_series(study.origin, study.findings, made_making(profile, language))


def involved(study: MadeStudy) -> list[int]:
    return [n for n, labels in enumerate(study.findings.lesions.array) if labels.any()]


def referenced(data: FileDataset) -> str:
    return str(data.SourceImageSequence[0].ReferencedSOPInstanceUID)


def whole_bytes(data: FileDataset) -> bytes:
    buffer = io.BytesIO()
    data.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def drawing(name: str = "lungs-3d", width: int = 300) -> Drawing:
    sink = io.BytesIO()
    Image.new("RGB", (width, 120), (180, 60, 60)).save(sink, "PNG")
    return Drawing(name, sink.getvalue(), Notice("picture_lungs_3d", {}, "info"))


def test_every_slice_with_a_finding_is_drawn_and_no_other(study: MadeStudy) -> None:
    uids = [image.sop_uid for image in study.origin.images if image]
    assert [referenced(data) for data in slices(study)] == [uids[n] for n in involved(study)]


def test_a_programme_gets_every_slice(study: MadeStudy) -> None:
    drawn = slices(study, "moscow")
    assert [referenced(data) for data in drawn] == [image.sop_uid for image in study.origin.images if image]
    assert len({data.SOPInstanceUID for data in drawn}) == len(drawn) == study.origin.geometry.shape[0]


def test_pictures_carry_the_numbers_of_their_sources(study: MadeStudy) -> None:
    numbers = {image.sop_uid: image.instance_number for image in study.origin.images if image}
    for data in slices(study, "moscow"):
        assert data.InstanceNumber == numbers[referenced(data)]


def test_pictures_scroll_as_the_source_does_when_it_counts_from_the_head(study: MadeStudy) -> None:
    count = len(study.origin.images)
    images = tuple(
        replace(image, instance_number=count - n) if image else None for n, image in enumerate(study.origin.images)
    )
    drawn = slices(replace(study, origin=replace(study.origin, images=images)), "moscow")
    assert [data.InstanceNumber for data in drawn] == list(range(1, count + 1))
    assert float(drawn[0].ImagePositionPatient[2]) > float(drawn[-1].ImagePositionPatient[2])


@pytest.mark.parametrize("numbers", ["missing", "all alike", "negative"])
def test_sources_without_usable_numbers_are_counted_from_the_feet(study: MadeStudy, numbers: str) -> None:
    given = {"missing": None, "all alike": 1, "negative": -4}[numbers]
    images = tuple(replace(image, instance_number=given) if image else None for image in study.origin.images)
    drawn = slices(replace(study, origin=replace(study.origin, images=images)), "moscow")
    assert [data.InstanceNumber for data in drawn] == list(range(1, len(images) + 1))


def test_where_nothing_was_found_one_slice_says_so(study: MadeStudy) -> None:
    clean = without_findings(study)
    (one,) = slices(clean)
    lungs = [int((labels > 0).sum()) for labels in study.findings.lungs.array]
    shown = next(n for n, image in enumerate(study.origin.images) if image and image.sop_uid == referenced(one))
    assert lungs[shown] == max(lungs)
    assert "Target pathology not found" in one.ImageComments
    (russian,) = slices(clean, language="ru")
    assert "Целевая патология не обнаружена" in russian.ImageComments


def test_where_nothing_was_found_every_slice_of_a_programme_says_so(study: MadeStudy) -> None:
    drawn = slices(without_findings(study), "moscow", "ru")
    assert len(drawn) == len(study.origin.images)
    assert all("Целевая патология не обнаружена" in data.ImageComments for data in drawn)
    assert all("В исследовательских целях" in data.ImageComments for data in drawn)


def test_the_header_repeats_what_is_burned_in(study: MadeStudy) -> None:
    index = involved(study)[1]
    comments = slices(study)[1].ImageComments
    lung, lesion = ((labels.array[index] > 0).sum() for labels in (study.findings.lungs, study.findings.lesions))
    for part in (
        f"involved in this slice: {100 * lesion / lung:.1f} %",
        "suggested grade: CT-1",
        "groundglass 0.1.0",
        "2026-03-04 10:21:05",
        "FOR RESEARCH ONLY",
        f"slice {index + 1} of 12",
    ):
        assert part in comments


def test_a_slice_without_marks_among_others_does_not_say_that_nothing_was_found(study: MadeStudy) -> None:
    last = slices(study, "moscow")[-1]
    assert "no marks in this slice" in last.ImageComments
    assert "not found" not in last.ImageComments


def test_a_partial_result_says_so_and_has_no_grade(study: MadeStudy) -> None:
    assert study.findings.result.grade is not None
    graded = replace(study.findings.result.grade, value=None)
    partial = replace(study.findings.result, status="partial", grade=graded)
    (first, *_) = slices(replace(study, findings=replace(study.findings, result=partial)))
    assert "only part of the lungs is seen" in first.ImageComments
    assert "grade" not in first.ImageComments


def test_a_trace_is_not_written_as_nothing(study: MadeStudy) -> None:
    share = study.findings.result.involvement
    assert share is not None
    trace = replace(study.findings.result, involvement=replace(share, percent=0.0046, interval=(0.0, 0.5)))
    (first, *_) = slices(replace(study, findings=replace(study.findings, result=trace)), language="ru")
    assert "поражение лёгких <0,01 % (0,0-0,50)" in first.ImageComments


def test_bridged_slices_have_no_picture_since_they_have_no_source(study: MadeStudy) -> None:
    gone = involved(study)[1]
    images = tuple(None if n == gone else image for n, image in enumerate(study.origin.images))
    bridged = replace(study, origin=replace(study.origin, images=images))
    assert len(slices(bridged)) == len(slices(study)) - 1
    assert len(slices(bridged, "moscow")) == len(images) - 1


def test_a_finding_in_bridged_slices_alone_still_gives_a_picture(study: MadeStudy) -> None:
    found = involved(study)
    images = tuple(None if n in found else image for n, image in enumerate(study.origin.images))
    assert len(slices(replace(study, origin=replace(study.origin, images=images)))) == 1


def test_frames_of_a_multi_frame_source_are_named_by_number(tmp_path: Path) -> None:
    study = made_study(tmp_path / "series", multiframe=True)
    drawn = slices(study)
    assert [data.SourceImageSequence[0].ReferencedFrameNumber for data in drawn] == [n + 1 for n in involved(study)]
    assert {referenced(data) for data in drawn} == {study.origin.sources[0].sop_uid}
    assert [data.InstanceNumber for data in drawn] == [n + 1 for n in involved(study)]


def test_drawings_of_a_multi_frame_source_name_it_as_a_whole(tmp_path: Path) -> None:
    study = made_study(tmp_path / "series", multiframe=True)
    png = encode_png(np.zeros((40, 40, 3), np.uint8))
    drawings = (Drawing("lungs-3d", png, Notice("picture_lungs_3d", {}, "info")),)
    made = marked_series(study.origin, replace(study.findings, drawings=drawings), made_making())[-1]
    named = [str(item.ReferencedSOPInstanceUID) for item in made.SourceImageSequence]
    assert named == [study.origin.sources[0].sop_uid]
    assert "ReferencedFrameNumber" not in made.SourceImageSequence[0]


def test_pictures_are_single_frame_colour_secondary_captures(study: MadeStudy) -> None:
    for data in slices(study):
        assert data.SOPClassUID == data.file_meta.MediaStorageSOPClassUID == SecondaryCaptureImageStorage
        assert data.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
        assert not data["PixelData"].is_undefined_length
        assert len(data.PixelData) == data.Rows * data.Columns * 3
        assert data.file_meta.MediaStorageSOPInstanceUID == data.SOPInstanceUID
        assert "NumberOfFrames" not in data
        assert (data.PhotometricInterpretation, data.SamplesPerPixel, data.BitsAllocated) == ("RGB", 3, 8)
        assert list(data.ImageType[:2]) == ["DERIVED", "SECONDARY"]
        assert (data.ConversionType, data.BurnedInAnnotation) == ("WSD", "YES")
        assert data.RecognizableVisualFeatures == "NO"
        assert data.LossyImageCompression == "00"


def test_slices_lie_in_the_frame_of_reference_of_the_source(study: MadeStudy) -> None:
    for data in slices(study):
        assert data.FrameOfReferenceUID == study.origin.geometry.frame_of_reference_uid
        assert data.SourceImageSequence[0].PurposeOfReferenceCodeSequence[0].CodeValue == "121322"
        assert data.ReferencedSeriesSequence[0].SeriesInstanceUID == study.origin.series_uid


def test_only_pictures_on_the_very_grid_say_that_places_are_kept(tmp_path: Path, study: MadeStudy) -> None:
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1], affine[:3, 2] = (0, 0, 20.0), (0, 0.7, 0), (0.7, 0, 0)
    fine = made_study(tmp_path / "series", geometry=Geometry((6, 512, 512), affine, None))
    (same, *_) = slices(fine)
    assert (same.Rows, same.Columns) == (512, 512)
    assert same.SourceImageSequence[0].SpatialLocationsPreserved == "YES"
    assert [code.CodeValue for code in same.DerivationCodeSequence] == ["113076"]
    (larger, *_) = slices(study)
    assert "SpatialLocationsPreserved" not in larger.SourceImageSequence[0]
    assert [code.CodeValue for code in larger.DerivationCodeSequence] == ["113076", "113085"]


def test_what_the_source_lost_stays_lost(study: MadeStudy) -> None:
    header = dcmread(io.BytesIO(whole_bytes(_ct(study))))
    header.LossyImageCompression = "01"
    header.LossyImageCompressionRatio = ["7.5", "2"]
    header.LossyImageCompressionMethod = ["ISO_10918_1", "ISO_15444_1"]
    header = dcmread(io.BytesIO(whole_bytes(header)))
    (first, *_) = slices(replace(study, origin=replace(study.origin, header=header)))
    assert first.LossyImageCompression == "01"
    assert [float(ratio) for ratio in first.LossyImageCompressionRatio] == [7.5, 2]
    assert list(first.LossyImageCompressionMethod) == ["ISO_10918_1", "ISO_15444_1"]


def test_a_source_of_a_lossy_transfer_syntax_is_lossy_though_it_does_not_say_so(study: MadeStudy) -> None:
    header = dcmread(io.BytesIO(whole_bytes(_ct(study))))
    header.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    (first, *_) = slices(replace(study, origin=replace(study.origin, header=header)))
    assert first.LossyImageCompression == "01"


@pytest.mark.parametrize("bad", ["", "yesterday", "2020\\0401"])
def test_dates_that_nobody_can_read_are_left_out(study: MadeStudy, bad: str) -> None:
    header = dcmread(io.BytesIO(whole_bytes(_ct(study))))
    del header.AcquisitionDate
    header.add_new("AcquisitionDate", "LO", bad)
    (first, *_) = slices(replace(study, origin=replace(study.origin, header=header)))
    assert "AcquisitionDate" not in first


def test_drawings_follow_the_slices_and_have_no_place(study: MadeStudy) -> None:
    with_drawings = replace(study, findings=replace(study.findings, drawings=(drawing(), drawing("mip-coronal", 900))))
    drawn = slices(with_drawings)
    plain = slices(study)
    assert len(drawn) == len(plain) + 2
    space, mip = drawn[-2:]
    assert space.InstanceNumber == plain[-1].InstanceNumber + 1
    assert mip.InstanceNumber == space.InstanceNumber + 1
    assert {data.SeriesInstanceUID for data in drawn} == {plain[0].SeriesInstanceUID}
    for data, code in ((space, "113075"), (mip, "113078")):
        assert "ImagePositionPatient" not in data
        assert "FrameOfReferenceUID" not in data
        assert data.DerivationCodeSequence[0].CodeValue == code
        assert len(data.SourceImageSequence) == len(study.origin.sources)
        assert data.BurnedInAnnotation == "YES"
        assert "FOR RESEARCH ONLY" in data.ImageComments
    assert (mip.Columns, space.Columns) == (900, 512)
    assert np.array_equal(mip.pixel_array[:120], np.full((120, 900, 3), (180, 60, 60)))


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_rerun_gives_the_same_bytes(study: MadeStudy, language: Language) -> None:
    first, again = slices(study, language=language), slices(study, language=language)
    assert [whole_bytes(data) for data in first] == [whole_bytes(data) for data in again]


def test_pictures_come_one_by_one_while_others_are_drawn(study: MadeStudy) -> None:
    images = marked_images(study.origin, study.findings, made_making("moscow"))
    first = whole_bytes(next(images))
    assert first == whole_bytes(slices(study, "moscow")[0])


@pytest.mark.parametrize("key", sorted(INTENDED_USE))
def test_every_intended_use_can_be_burned_in(study: MadeStudy, key: str) -> None:
    for language in LANGUAGES:
        making = replace(made_making("default", language), intended_use=key)
        (first, *_) = marked_series(study.origin, study.findings, making)
        assert say(f"marked_use_{key}", language).split("\n")[0] in first.ImageComments


def test_changing_one_picture_leaves_the_others_alone(study: MadeStudy) -> None:
    first, second, *_ = slices(study)
    before = whole_bytes(second)
    first.SeriesInstanceUID = "2.25.1"
    first.PatientName = "Other"
    first.SpecificCharacterSet = "ISO_IR 100"
    assert whole_bytes(second) == before


def test_masks_of_another_grid_are_refused(study: MadeStudy) -> None:
    shifted = study.origin.geometry.affine.copy()
    shifted[0, 3] += 5
    elsewhere = Geometry(study.origin.geometry.shape, shifted, study.origin.geometry.frame_of_reference_uid)
    with pytest.raises(InternalError):
        marked_series(replace(study.origin, geometry=elsewhere), study.findings, made_making())


def test_a_study_that_comes_back_with_its_marks_is_read_as_before(tmp_path: Path) -> None:
    study = made_study(tmp_path / "series")
    for number, data in enumerate(slices(study, "moscow", "ru")):
        data.save_as(tmp_path / f"marked-{number}.dcm", enforce_file_format=True)
    found = scan([tmp_path]).studies[0]
    assert found.series[0].series_uid == study.entry.series_uid
    assert found.refusal is None


def _ct(study: MadeStudy) -> FileDataset:
    header = study.origin.header
    assert isinstance(header, FileDataset)
    return header
