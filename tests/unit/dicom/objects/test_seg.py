"""What a segmentation says: segments, source, frame of reference, identity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import highdicom
import numpy as np
import pytest
from made_objects import MadeStudy, axial_affine, made_making, made_study, without_findings
from made_segmentations import KINDS, direct_findings, direct_origin, replace_frame, scattered
from pydicom import dcmread
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID

from groundglass.analysis.result import LungsSection
from groundglass.codes import code
from groundglass.dicom.objects.findings import Findings
from groundglass.dicom.objects.making import Making
from groundglass.dicom.objects.origin import Origin
from groundglass.dicom.objects.seg import SegKind, segmentations
from groundglass.dicom.objects.seg_segments import SEGMENTS, tracking
from groundglass.errors import InternalError
from groundglass.phrases import LANGUAGES, Language, say
from groundglass.settings import INTENDED_USE
from groundglass.volume import LUNG_LABELS, Geometry, LabelVolume

SHAPE = (5, 6, 7)
PLACE = Geometry(SHAPE, axial_affine((4.0, 2.0, 3.0)), "1.2.826.0.1.3680043.10.54321.9")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> MadeStudy:
    return made_study(tmp_path_factory.mktemp("made") / "series")


def lungs_of(origin: Origin, labels: int = 3, kind: SegKind = "binary", making: Making | None = None) -> FileDataset:
    """Return the segmentation of lungs scattered over the grid of the origin."""
    shape = origin.geometry.shape
    findings = direct_findings(origin, scattered(shape, labels), np.zeros(shape, np.uint8))
    return segmentations(origin, findings, making or made_making(), kind=kind)["seg-lungs"]


def as_bytes(data: FileDataset) -> bytes:
    stream = BytesIO()
    data.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def elements(data: Dataset) -> Iterator[DataElement]:
    for element in data:
        yield element
        if element.VR == "SQ":
            for item in element.value:
                yield from elements(item)


def sources_of(group: Dataset) -> list[Dataset]:
    return [source for item in group.DerivationImageSequence for source in item.SourceImageSequence]


@pytest.mark.parametrize("kind", KINDS)
def test_no_lesions_no_lesion_object(study: MadeStudy, kind: SegKind) -> None:
    nothing = without_findings(study)
    assert set(segmentations(nothing.origin, nothing.findings, made_making(), kind=kind)) == {"seg-lungs"}


def test_no_voxel_no_object() -> None:
    origin = direct_origin(PLACE)
    empty = np.zeros(SHAPE, np.uint8)
    assert segmentations(origin, direct_findings(origin, empty, empty), made_making()) == {}


@pytest.mark.parametrize("kind", KINDS)
def test_segments_carry_codes_colours_algorithm_and_tracking(study: MadeStudy, kind: SegKind) -> None:
    making = made_making()
    made = segmentations(study.origin, study.findings, making, kind=kind)
    right, left = (item for item in made["seg-lungs"].SegmentSequence if item.SegmentNumber)
    glass, solid = (item for item in made["seg-lesions"].SegmentSequence if item.SegmentNumber)
    assert [item.SegmentLabel for item in (right, left)] == ["Right lung", "Left lung"]
    assert [item.SegmentLabel for item in (glass, solid)] == ["Ground-glass opacity", "Consolidation"]
    for item, side in ((right, "right"), (left, "left")):
        (kind_of,) = item.SegmentedPropertyTypeCodeSequence
        assert kind_of.CodeValue == code("lung").value
        assert kind_of.SegmentedPropertyTypeModifierCodeSequence[0].CodeValue == code(side).value
        assert item.SegmentedPropertyCategoryCodeSequence[0].CodeValue == code("anatomical_structure").value
    for item, name in ((glass, "ground_glass"), (solid, "consolidation")):
        assert item.SegmentedPropertyTypeCodeSequence[0].CodeValue == code(name).value
        assert item.SegmentedPropertyCategoryCodeSequence[0].CodeValue == code("abnormal_structure").value
        assert item.AnatomicRegionSequence[0].CodeValue == code("lung").value
    for item in (right, left, glass, solid):
        (algorithm,) = item.SegmentationAlgorithmIdentificationSequence
        assert item.SegmentAlgorithmType == "AUTOMATIC"
        assert item.SegmentAlgorithmName == algorithm.AlgorithmName == "groundglass learned/1"
        assert algorithm.AlgorithmFamilyCodeSequence[0].CodeValue == code("artificial_intelligence").value
        assert algorithm.AlgorithmParameters == f"chest sha256={'ab' * 32}"
        assert item.RecommendedDisplayCIELabValue[0] > 0
    assert len({tuple(item.RecommendedDisplayCIELabValue) for item in (right, left, glass, solid)}) == 4
    assert (right.TrackingID, right.TrackingUID) == tracking(making, "seg-lungs", "right_lung")
    assert len({item.TrackingUID for item in (right, left, glass, solid)}) == 4
    assert {data.SegmentsOverlap for data in made.values()} == {"NO"}


def test_the_classical_engine_is_named_as_such(study: MadeStudy) -> None:
    result = study.findings.result
    lungs = replace(result.lungs or LungsSection(0, 0, 0, 0, ""), method="classical/1")
    plain = replace(result, lungs=lungs, software=replace(result.software, models=()))
    made = segmentations(study.origin, replace(study.findings, result=plain), made_making())
    (algorithm,) = made["seg-lungs"].SegmentSequence[0].SegmentationAlgorithmIdentificationSequence
    assert algorithm.AlgorithmName == "groundglass classical/1"
    assert algorithm.AlgorithmFamilyCodeSequence[0].CodeValue == code("morphological_operations").value
    assert "AlgorithmParameters" not in algorithm


def test_words_follow_the_language_and_the_intended_use(study: MadeStudy) -> None:
    made = segmentations(study.origin, study.findings, made_making(language="ru"))
    assert made["seg-lungs"].SegmentSequence[0].SegmentLabel == "Правое лёгкое"
    assert made["seg-lesions"].SeriesDescription == "Матовое стекло и консолидация (ИИ)"
    assert made["seg-lesions"].ContentDescription == say("seg_content", "ru")
    assert INTENDED_USE["research"]["ru"] in made["seg-lesions"].DerivationDescription
    assert made["seg-lesions"].ContentLabel == "LESIONS"
    again = dcmread(BytesIO(as_bytes(made["seg-lungs"])))
    assert again.SegmentSequence[1].SegmentLabel == "Левое лёгкое"


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_fit_also_for_programs_that_count_bytes(language: Language) -> None:
    whole = replace(direct_origin(PLACE), frame_of_reference_made=True)
    origin = replace(whole, images=(*whole.images[:2], None, *whole.images[3:]))
    data = lungs_of(origin, making=made_making(language=language))
    most = {"LO": 64, "SH": 16, "PN": 64, "ST": 1024}
    for element in elements(data):
        if element.VR in most:
            assert len(str(element.value).encode()) <= most[element.VR], element.name


def test_a_lung_of_unknown_side_has_no_side() -> None:
    data = lungs_of(direct_origin(PLACE))
    unknown = data.SegmentSequence[2]
    assert unknown.SegmentLabel == "Lung, side unknown"
    assert "SegmentedPropertyTypeModifierCodeSequence" not in unknown.SegmentedPropertyTypeCodeSequence[0]
    assert [item.SegmentNumber for item in data.SegmentSequence] == [segment.label for segment in SEGMENTS["seg-lungs"]]


def test_a_segment_that_is_empty_keeps_its_number_and_gets_no_frame() -> None:
    origin = direct_origin(PLACE)
    lesions = scattered(SHAPE, 1) * np.uint8(2)
    data = segmentations(origin, direct_findings(origin, lesions, lesions), made_making())["seg-lesions"]
    assert [item.SegmentNumber for item in data.SegmentSequence] == [1, 2]
    frames = data.PerFrameFunctionalGroupsSequence
    assert {item.SegmentIdentificationSequence[0].ReferencedSegmentNumber for item in frames} == {2}


def test_the_background_of_a_label_map_is_described_last() -> None:
    data = lungs_of(direct_origin(PLACE), kind="labelmap")
    assert [item.SegmentNumber for item in data.SegmentSequence] == [1, 2, 3, 0]
    assert data.SegmentSequence[3].SegmentLabel == "Background"
    assert data.PixelPaddingValue == 0


def test_frames_without_a_voxel_are_left_out(study: MadeStudy) -> None:
    for kind, wanted in (
        ("binary", sum(int((study.findings.lesions.array == label).any(axis=(1, 2)).sum()) for label in (1, 2))),
        ("labelmap", int(study.findings.lesions.array.any(axis=(1, 2)).sum())),
    ):
        data = segmentations(
            study.origin, study.findings, made_making(), kind="binary" if kind == "binary" else "labelmap"
        )
        assert data["seg-lesions"].NumberOfFrames == wanted < study.origin.geometry.shape[0] * 2


@pytest.mark.parametrize("kind", KINDS)
def test_every_image_of_the_source_is_referred_to_and_each_frame_names_its_own(study: MadeStudy, kind: SegKind) -> None:
    data = segmentations(study.origin, study.findings, made_making(), kind=kind)["seg-lesions"]
    (series,) = data.ReferencedSeriesSequence
    wanted = [image.sop_uid for image in study.origin.sources]
    assert [item.ReferencedSOPInstanceUID for item in series.ReferencedInstanceSequence] == wanted
    assert len(wanted) == study.origin.geometry.shape[0]
    places = {}
    for file in study.folder.iterdir():
        image = dcmread(file, stop_before_pixels=True)
        places[image.SOPInstanceUID] = [float(v) for v in image.ImagePositionPatient]
    for group in data.PerFrameFunctionalGroupsSequence:
        (source,) = sources_of(group)
        assert group.PlanePositionSequence[0].ImagePositionPatient == pytest.approx(
            places[source.ReferencedSOPInstanceUID], abs=1e-3
        )
        assert source.SpatialLocationsPreserved == "YES"


def test_slices_of_several_series_are_referred_to_by_series() -> None:
    origin = direct_origin(PLACE, series=2)
    data = lungs_of(origin)
    found = {
        series.SeriesInstanceUID: {item.ReferencedSOPInstanceUID for item in series.ReferencedInstanceSequence}
        for series in data.ReferencedSeriesSequence
    }
    wanted: dict[str, set[str]] = {}
    for image in origin.sources:
        wanted.setdefault(image.series_uid, set()).add(image.sop_uid)
    assert found == wanted
    assert len(found) == 2


def test_frames_of_a_multiframe_source_are_named_by_number() -> None:
    origin = direct_origin(PLACE, multiframe=True)
    data = lungs_of(origin, kind="labelmap")
    (series,) = data.ReferencedSeriesSequence
    assert len(series.ReferencedInstanceSequence) == 1
    numbers = [sources_of(group)[0].ReferencedFrameNumber for group in data.PerFrameFunctionalGroupsSequence]
    assert sorted(numbers) == list(range(1, SHAPE[0] + 1))
    assert data.DimensionOrganizationType == "3D"


def test_frames_with_others_left_out_between_them_are_not_called_a_volume() -> None:
    origin = direct_origin(PLACE)
    lesions = np.zeros(SHAPE, np.uint8)
    lesions[0, 1, 2] = lesions[2, 3, 4] = lesions[4, 3, 1] = 1
    for kind in KINDS:
        data = segmentations(origin, direct_findings(origin, lesions, lesions), made_making(), kind=kind)["seg-lesions"]
        assert data.NumberOfFrames == 3
        assert "DimensionOrganizationType" not in data
        measures = data.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
        assert float(measures.SpacingBetweenSlices) == pytest.approx(4.0)


def test_a_bridged_slice_refers_to_no_image_and_is_said() -> None:
    whole = direct_origin(PLACE)
    origin = replace(whole, images=(*whole.images[:2], None, *whole.images[3:]))
    data = lungs_of(origin, kind="labelmap")
    assert [len(sources_of(group)) for group in data.PerFrameFunctionalGroupsSequence] == [1, 1, 0, 1, 1]
    assert "one is missing: 1;" in data.DerivationDescription
    assert len(data.ReferencedSeriesSequence[0].ReferencedInstanceSequence) == SHAPE[0] - 1


def test_a_frame_of_reference_of_our_own_is_said() -> None:
    origin = replace(direct_origin(PLACE), frame_of_reference_made=True)
    data = lungs_of(origin)
    assert data.FrameOfReferenceUID == origin.geometry.frame_of_reference_uid
    assert data.PositionReferenceIndicator in ("", None)
    assert "frame of reference" in data.DerivationDescription
    assert "frame of reference" not in lungs_of(direct_origin(PLACE)).DerivationDescription


def test_a_mask_in_another_frame_of_reference_is_refused_though_highdicom_takes_it(study: MadeStudy) -> None:
    origin, lungs = study.origin, study.findings.lungs
    elsewhere = replace_frame(lungs.geometry, "1.2.826.0.1.3680043.10.54321.77")
    moved = replace(study.findings, lungs=LabelVolume(lungs.array, elsewhere, LUNG_LABELS))
    with pytest.raises(InternalError, match="frame of reference"):
        segmentations(origin, moved, made_making())

    def volume(geometry: Geometry) -> highdicom.Volume:
        return highdicom.Volume(
            lungs.array,
            geometry.affine,
            coordinate_system="PATIENT",
            frame_of_reference_uid=geometry.frame_of_reference_uid,
        )

    # highdicom 0.28.2 compares the frame of reference of a volume with itself, so every other one passes for the same
    here, there = volume(origin.geometry), volume(elsewhere)
    assert here.frame_of_reference_uid != there.frame_of_reference_uid
    assert here.geometry_equal(there)
    assert there.match_geometry(here).frame_of_reference_uid == there.frame_of_reference_uid


@pytest.mark.parametrize("change", ["shape", "place"])
def test_a_mask_that_lies_elsewhere_is_refused(study: MadeStudy, change: str) -> None:
    lungs = study.findings.lungs
    box = (slice(0, 11), slice(None), slice(None))
    affine = lungs.geometry.affine.copy()
    affine[0, 3] += 3.5
    moved = Geometry(lungs.geometry.shape, affine, lungs.geometry.frame_of_reference_uid)
    wrong = lungs.crop(box) if change == "shape" else LabelVolume(lungs.array, moved, LUNG_LABELS)
    findings: Findings = replace(study.findings, lungs=wrong)
    with pytest.raises(InternalError, match="grid"):
        segmentations(study.origin, findings, made_making())


def test_a_label_that_is_no_segment_is_refused() -> None:
    with pytest.raises(ValueError, match="label 4"):
        lungs_of(direct_origin(PLACE), labels=4)


@pytest.mark.parametrize("kind", KINDS)
def test_two_runs_write_the_same_bytes(study: MadeStudy, kind: SegKind) -> None:
    one, two = (segmentations(study.origin, study.findings, made_making(), kind=kind) for _ in range(2))
    assert {role: as_bytes(data) for role, data in one.items()} == {role: as_bytes(data) for role, data in two.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_every_uid_is_of_the_source_or_follows_from_the_seed(study: MadeStudy, kind: SegKind) -> None:
    def uids(seed: str) -> set[str]:
        made = segmentations(study.origin, study.findings, made_making(seed=seed), kind=kind)
        return {
            str(element.value)
            for data in made.values()
            for element in elements(data)
            if element.VR == "UI" and not str(element.value).startswith("1.2.840.10008.")
        }

    origin = study.origin
    theirs = {origin.study_uid, origin.series_uid, origin.geometry.frame_of_reference_uid}
    theirs |= {image.sop_uid for image in origin.sources}
    # two objects: instance, series and dimensions of each; four segments
    assert uids("one") & uids("two") == theirs
    assert len(uids("one") - theirs) == 2 * 3 + 4


def test_times_are_those_of_the_making(study: MadeStudy) -> None:
    making = made_making()
    data = segmentations(study.origin, study.findings, making)["seg-lungs"]
    assert {data.ContentDate, data.SeriesDate, data.InstanceCreationDate} == {making.date}
    assert {data.ContentTime, data.SeriesTime, data.InstanceCreationTime} == {making.time}
    assert "ContributingEquipmentSequence" not in data


def lossy(stated: dict[str, str], transfer_syntax: str = "1.2.840.10008.1.2.1") -> FileDataset:
    header = FileDataset("", {}, file_meta=FileMetaDataset())
    header.file_meta.TransferSyntaxUID = UID(transfer_syntax)
    for keyword, value in stated.items():
        setattr(header, keyword, value)
    return lungs_of(replace(direct_origin(PLACE), header=header))


def test_lossy_compression_of_the_source_is_noted() -> None:
    data = lossy(
        {
            "LossyImageCompression": "01",
            "LossyImageCompressionRatio": "7.239",
            "LossyImageCompressionMethod": "ISO_10918_1",
        }
    )
    assert data.LossyImageCompression == "01"
    assert data.LossyImageCompressionRatio == pytest.approx(7.239)
    assert data.LossyImageCompressionMethod == "ISO_10918_1"


def test_lossy_compression_that_only_the_transfer_syntax_tells_is_noted() -> None:
    data = lossy({}, "1.2.840.10008.1.2.4.91")
    assert (data.LossyImageCompression, data.LossyImageCompressionMethod) == ("01", "ISO_15444_1")
    assert "LossyImageCompressionRatio" not in data
    assert lossy({"LossyImageCompression": "00"}, "1.2.840.10008.1.2.4.51").LossyImageCompression == "01"


def test_a_source_that_lost_nothing_is_noted_as_such() -> None:
    assert lossy({}).LossyImageCompression == "00"
    assert lossy({"LossyImageCompression": "00"}, "1.2.840.10008.1.2.4.91").LossyImageCompression == "00"


def test_a_source_with_hardly_a_header_is_written(tmp_path: Path) -> None:
    data = lungs_of(direct_origin(PLACE))
    (tmp_path / "one.dcm").write_bytes(as_bytes(data))
    again = dcmread(tmp_path / "one.dcm")
    for keyword in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "AccessionNumber"):
        assert keyword in again
        assert str(again[keyword].value or "") == ""
