"""Enhanced and legacy-converted multi-frame objects: each frame a slice with its own place and rescale."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from dicom_factory import chest_hu, codes, numbers, only, refusal_code, save, slice_dataset, studies
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import UID

from groundglass.dicom.series import load

ENHANCED, LEGACY = UID("1.2.840.10008.5.1.4.1.1.2.1"), UID("1.2.840.10008.5.1.4.1.1.2.2")


def item(**values: object) -> Dataset:
    """Return a data set of the given elements."""
    ds = Dataset()
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


def one(**values: object) -> Sequence:
    """Return a sequence of one item."""
    return Sequence([item(**values)])


def write_enhanced(
    path: Path,
    hu: NDArray[np.int16],
    *,
    sop_class: UID = ENHANCED,
    order: list[int] | None = None,
    edit: Callable[[Dataset], None] | None = None,
) -> None:
    """Write one multi-frame file; ``order`` is the order in which slices are stored."""
    order = order or list(range(len(hu)))
    ds = slice_dataset(0, hu[0])
    for keyword in [
        "ImagePositionPatient",
        "ImageOrientationPatient",
        "PixelSpacing",
        "SliceThickness",
        "RescaleSlope",
        "RescaleIntercept",
        "InstanceNumber",
        "ConvolutionKernel",
        "PatientPosition",
        "KVP",
    ]:
        delattr(ds, keyword)
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = sop_class
    ds.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    ds.NumberOfFrames = len(hu)
    ds.SharedFunctionalGroupsSequence = one(
        PixelMeasuresSequence=one(PixelSpacing=[0.8, 0.8], SliceThickness="1.0"),
        PlaneOrientationSequence=one(ImageOrientationPatient=[1, 0, 0, 0, 1, 0]),
        CTReconstructionSequence=one(ConvolutionKernel="FC07"),
        CTXRayDetailsSequence=one(KVP=120.0),
    )
    frames = []
    for place, number in enumerate(order):
        frames.append(
            item(
                PlanePositionSequence=one(ImagePositionPatient=numbers([-150, -140, -300 + 2 * number])),
                # Every frame has an intercept of its own.
                PixelValueTransformationSequence=one(
                    RescaleSlope="1", RescaleIntercept=str(-1024 - number), RescaleType="HU"
                ),
                FrameContentSequence=one(StackID="1", InStackPositionNumber=place + 1, FrameAcquisitionNumber=1),
                CTImageFrameTypeSequence=one(FrameType=["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]),
            )
        )
    ds.PerFrameFunctionalGroupsSequence = Sequence(frames)
    stored = np.stack([hu[n].astype(np.int32) + 1024 + n for n in order]).astype(np.uint16)
    ds.PixelData = stored.tobytes()
    ds["PixelData"].VR = "OW"
    ds.BitsStored, ds.HighBit = 16, 15
    if edit is not None:
        edit(ds)
    save(ds, path)


@pytest.mark.parametrize("sop_class", [ENHANCED, LEGACY])
def test_frames_are_sorted_and_rescaled_each_by_its_own_values(tmp_path: Path, sop_class: UID) -> None:
    hu = chest_hu(12)
    write_enhanced(tmp_path / "one", hu, sop_class=sop_class, order=[5, 3, 1, 0, 2, 4, 11, 10, 9, 8, 7, 6])
    entry = only(tmp_path)
    loaded = load(entry)
    assert np.array_equal(loaded.volume.array, hu)
    assert loaded.volume.geometry.spacing_mm == pytest.approx((2.0, 0.8, 0.8))
    assert loaded.acquisition.kernel == "FC07"
    assert loaded.acquisition.kvp == 120.0
    assert entry.slices == 12


def test_kernel_and_orientation_of_a_legacy_object_come_from_its_unassigned_attributes(tmp_path: Path) -> None:
    def edit(ds: Dataset) -> None:
        del ds.SharedFunctionalGroupsSequence[0].CTReconstructionSequence
        ds.SharedFunctionalGroupsSequence[0].UnassignedSharedConvertedAttributesSequence = one(ConvolutionKernel="FC51")

    write_enhanced(tmp_path / "one", chest_hu(8), sop_class=LEGACY, edit=edit)
    assert only(tmp_path).kernel == "FC51"


def test_two_stacks_in_one_object_are_two_volumes(tmp_path: Path) -> None:
    hu = chest_hu(12)

    def edit(ds: Dataset) -> None:
        for number, frame in enumerate(ds.PerFrameFunctionalGroupsSequence):
            frame.FrameContentSequence[0].StackID = str(number % 2)
            z = -300 + 2 * (number // 2)
            frame.PlanePositionSequence[0].ImagePositionPatient = [-150, -140, z]

    write_enhanced(tmp_path / "one", hu, edit=edit)
    (study,) = studies(tmp_path)
    assert [entry.slices for entry in study.series] == [6, 6]
    volumes = [load(entry).volume.array for entry in study.series]
    assert any(np.array_equal(volume, hu[::2]) for volume in volumes)
    assert any(np.array_equal(volume, hu[1::2]) for volume in volumes)


def test_an_object_in_several_files_is_one_volume(tmp_path: Path) -> None:
    hu = chest_hu(12)
    write_enhanced(tmp_path / "a", hu[:7])

    def edit(ds: Dataset) -> None:
        ds.SOPInstanceUID = "1.2.3.4.5"
        for number, frame in enumerate(ds.PerFrameFunctionalGroupsSequence):
            frame.PlanePositionSequence[0].ImagePositionPatient = [-150, -140, -300 + 2 * (number + 7)]

    write_enhanced(tmp_path / "b", hu[7:], edit=edit)
    loaded = load(only(tmp_path))
    assert np.array_equal(loaded.volume.array, hu)
    assert set(loaded.sop_uids) == {"1.2.826.0.1.1.1.1", "1.2.3.4.5"}


def test_a_frame_without_a_position_is_bridged(tmp_path: Path) -> None:
    def edit(ds: Dataset) -> None:
        del ds.PerFrameFunctionalGroupsSequence[5].PlanePositionSequence

    write_enhanced(tmp_path / "one", chest_hu(12), edit=edit)
    assert codes(only(tmp_path)) >= {"slices_unusable", "slices_bridged"}


def test_frames_without_functional_groups_are_refused(tmp_path: Path) -> None:
    def edit(ds: Dataset) -> None:
        del ds.PerFrameFunctionalGroupsSequence

    write_enhanced(tmp_path / "one", chest_hu(12), edit=edit)
    assert refusal_code(tmp_path) == "POSITION_MISSING"


def test_a_truncated_object_is_refused(tmp_path: Path) -> None:
    write_enhanced(tmp_path / "one", chest_hu(12))
    raw = (tmp_path / "one").read_bytes()
    (tmp_path / "one").write_bytes(raw[:-3000])
    assert refusal_code(tmp_path) == "PIXELS_TRUNCATED"


@pytest.mark.parametrize(
    ("lying", "entering", "wanted"),
    [("40199007", "102540008", "HFS"), ("1240000", "102541007", "FFP"), ("F-10319", "F-10470", "HFDL")],
)
def test_the_patient_position_comes_from_orientation_codes(
    tmp_path: Path, lying: str, entering: str, wanted: str
) -> None:
    def edit(ds: Dataset) -> None:
        ds.PatientOrientationCodeSequence = one(
            CodeValue="102538003", PatientOrientationModifierCodeSequence=one(CodeValue=lying)
        )
        ds.PatientGantryRelationshipCodeSequence = one(CodeValue=entering)

    write_enhanced(tmp_path / "one", chest_hu(8), edit=edit)
    assert load(only(tmp_path)).acquisition.patient_position == wanted


def test_an_enhanced_map_is_no_volume(tmp_path: Path) -> None:
    def edit(ds: Dataset) -> None:
        for frame in ds.PerFrameFunctionalGroupsSequence:
            frame.CTImageFrameTypeSequence[0].FrameType = ["DERIVED", "PRIMARY", "PERFUSION", "RCBF"]

    write_enhanced(tmp_path / "one", chest_hu(8), edit=edit)
    assert refusal_code(tmp_path) == "PERFUSION_MAP"
