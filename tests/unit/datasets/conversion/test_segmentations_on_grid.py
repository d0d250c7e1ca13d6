"""Segmentations of other makers and our own, put on the slices of a series."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_segmentations import KINDS, direct_findings, direct_origin, scattered, written
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import ExplicitVRLittleEndian

from groundglass.datasets.candidates import MaskSource
from groundglass.datasets.conversion import Masks, masks_of
from groundglass.datasets.conversion.thinning import thinned_geometry
from groundglass.dicom.objects.seg import SegKind
from groundglass.dicom.sources import FileSource
from groundglass.errors import InputError
from groundglass.volume import Geometry

AFFINE = np.array([[0, 0, 0.8, -30], [0, 0.7, 0, -50], [2.0, 0, 0, 100], [0, 0, 0, 1]])
GEOMETRY = Geometry((12, 10, 9), AFFINE, "1.2.826.0.1.3680043.10.54321.9")
KEPT = (1, 4, 7, 10)


def read(
    path: Path, *, kind: Any = "lesions", labels: dict[int, str] | None = None, sops: tuple[str, ...] = ()
) -> Masks:
    """Read a segmentation onto every third slice."""
    source = MaskSource(
        kind=kind, form="seg", source=FileSource("input[1].dcm", path.stat().st_size, path), labels=labels or {}
    )
    return masks_of(
        [source],
        GEOMETRY,
        series_uid="",
        slices=KEPT,
        thinned_geometry=thinned_geometry(GEOMETRY, KEPT),
        sop_uids=sops,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_our_own_segmentations_come_back_voxel_for_voxel(tmp_path: Path, kind: SegKind) -> None:
    lungs, lesions = scattered(GEOMETRY.shape, 2), scattered(GEOMETRY.shape, 2, seed=1)
    origin = direct_origin(GEOMETRY)
    files = written(tmp_path, origin, direct_findings(origin, lungs, lesions), kind)
    found = read(files["seg-lesions"])
    assert found.lesions is not None
    assert np.array_equal(found.lesions.array, lesions[list(KEPT)])
    assert found.lesions.labels == {1: "ground glass", 2: "consolidation"}
    assert found.notices == ()
    sides = read(files["seg-lungs"], kind="lungs")
    assert sides.lungs is not None
    assert np.array_equal(sides.lungs.array, lungs[list(KEPT)])


def made(
    path: Path, segments: dict[str, NDArray[Any]], *, kind: str = "BINARY", geometry: Geometry = GEOMETRY
) -> Dataset:
    """Write a segmentation by highdicom from a bare CT of one object a slice."""
    seg: Any = importlib.import_module("highdicom.seg")
    concept: Any = importlib.import_module("highdicom.sr").CodedConcept
    described = [
        seg.SegmentDescription(
            number,
            name,
            concept("49755003", "SCT", "Morphologically abnormal structure"),
            concept("85658003" if "lung" not in name else "39607008", "SCT", name),
            "MANUAL",
        )
        for number, name in enumerate(segments, 1)
    ]
    stacked = np.stack(list(segments.values()), axis=-1)
    if kind == "BINARY":
        stacked = stacked.astype(np.uint8)
    uid: Any = importlib.import_module("highdicom").UID
    made_object = seg.Segmentation(
        source_images=bare_slices(geometry),
        pixel_array=stacked,
        segmentation_type=kind,
        segment_descriptions=described,
        series_instance_uid=uid(),
        series_number=7,
        sop_instance_uid=uid(),
        instance_number=1,
        manufacturer="Invented",
        manufacturer_model_name="Drawing",
        software_versions="1",
        device_serial_number="1",
        **({"fractional_type": "PROBABILITY"} if kind == "FRACTIONAL" else {}),
    )
    made_object.SpecificCharacterSet = "ISO_IR 192"
    made_object.save_as(path)
    return dcmread(path)


def bare_slices(geometry: Geometry) -> list[Dataset]:
    """Return the headers of CT slices of a geometry."""
    cosines = geometry.cosines
    slices = []
    for number in range(geometry.shape[0]):
        one = Dataset()
        one.file_meta = importlib.import_module("pydicom.dataset").FileMetaDataset()
        one.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        one.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
        one.SOPInstanceUID = f"1.2.3.4.{number + 1}"
        one.StudyInstanceUID, one.SeriesInstanceUID = "1.2.3.1", "1.2.3.2"
        one.FrameOfReferenceUID = geometry.frame_of_reference_uid
        one.PatientID, one.PatientName, one.PatientBirthDate, one.PatientSex = "P", "Invented^P", "", ""
        one.StudyDate, one.StudyTime, one.StudyID, one.AccessionNumber, one.ReferringPhysicianName = "", "", "", "", ""
        one.Modality, one.Rows, one.Columns = "CT", geometry.shape[1], geometry.shape[2]
        one.SamplesPerPixel, one.PhotometricInterpretation, one.BitsAllocated = 1, "MONOCHROME2", 16
        one.InstanceNumber = number + 1
        one.ImagePositionPatient = [float(x) for x in geometry.to_mm(np.array([number, 0, 0]))]
        one.ImageOrientationPatient = [float(x) for x in (*cosines[:, 2], *cosines[:, 1])]
        one.PixelSpacing = [geometry.spacing_mm[1], geometry.spacing_mm[2]]
        one.SliceThickness = geometry.spacing_mm[0]
        slices.append(one)
    return slices


def boxes() -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return two overlapping boxes."""
    one, other = np.zeros(GEOMETRY.shape, bool), np.zeros(GEOMETRY.shape, bool)
    one[2:9, 2:6, 1:5] = True
    other[5:11, 4:8, 3:8] = True
    return one, other


def test_of_overlapping_segments_the_denser_wins(tmp_path: Path) -> None:
    glass, dense = boxes()
    made(tmp_path / "seg.dcm", {"Ground glass opacity": glass, "Consolidation": dense})
    found = read(tmp_path / "seg.dcm").lesions
    assert found is not None
    wanted = np.where(dense, 2, np.where(glass, 1, 0))[list(KEPT)]
    assert np.array_equal(found.array, wanted)


def test_fractional_segments_count_from_a_half(tmp_path: Path) -> None:
    glass, dense = boxes()
    likely = glass * 0.9 + (dense & ~glass) * 0.3
    made(tmp_path / "seg.dcm", {"Lesion": likely}, kind="FRACTIONAL")
    found = read(tmp_path / "seg.dcm").lesions
    assert found is not None
    assert np.array_equal(found.array, glass[list(KEPT)])
    assert found.labels == {1: "lesion"}


def test_frames_in_any_order_lie_where_they_say(tmp_path: Path) -> None:
    glass, _ = boxes()
    seg = made(tmp_path / "seg.dcm", {"Очаг": glass})
    frames = int(seg.NumberOfFrames)
    order = np.random.default_rng(2).permutation(frames)
    seg.PerFrameFunctionalGroupsSequence = DicomSequence([seg.PerFrameFunctionalGroupsSequence[int(n)] for n in order])
    bits = np.unpackbits(np.frombuffer(seg.PixelData, np.uint8), bitorder="little")
    pictures = bits[: frames * 90].reshape(frames, 90)[order]
    packed = np.packbits(pictures.reshape(-1), bitorder="little").tobytes()
    seg.PixelData = packed + b"\0" * (len(packed) % 2)
    seg.save_as(tmp_path / "mixed.dcm")
    found = read(tmp_path / "mixed.dcm").lesions
    assert found is not None
    assert np.array_equal(found.array, glass[list(KEPT)])


def test_frames_without_a_plane_go_to_the_slice_they_name(tmp_path: Path) -> None:
    glass, _ = boxes()
    seg = made(tmp_path / "seg.dcm", {"Lesion": glass})
    del seg.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence
    for group in seg.PerFrameFunctionalGroupsSequence:
        del group.PlanePositionSequence
    seg.save_as(tmp_path / "named.dcm")
    sops = tuple(f"1.2.3.4.{number + 1}" for number in range(GEOMETRY.shape[0]))
    found = read(tmp_path / "named.dcm", sops=sops).lesions
    assert found is not None
    assert np.array_equal(found.array, glass[list(KEPT)])
    with pytest.raises(InputError) as refused:
        read(tmp_path / "named.dcm")
    assert refused.value.code == "MASK_OFF_GRID"


def test_a_recipe_says_what_a_segment_is(tmp_path: Path) -> None:
    glass, dense = boxes()
    made(tmp_path / "seg.dcm", {"A": glass, "B": dense})
    with pytest.raises(InputError) as refused:
        read(tmp_path / "seg.dcm")
    assert refused.value.code == "MASK_LABEL_UNKNOWN"
    found = read(tmp_path / "seg.dcm", labels={1: "ignore", 2: "consolidation"}).lesions
    assert found is not None
    assert np.array_equal(found.array, 2 * dense[list(KEPT)])


def test_a_segmentation_beside_the_series_is_refused_with_the_distance(tmp_path: Path) -> None:
    glass, _ = boxes()
    affine = GEOMETRY.affine.copy()
    affine[0, 3] += 0.4
    made(tmp_path / "seg.dcm", {"Lesion": glass}, geometry=Geometry(GEOMETRY.shape, affine, "1.2.3"))
    with pytest.raises(InputError) as refused:
        read(tmp_path / "seg.dcm")
    assert refused.value.code == "MASK_OFF_GRID"
    assert "0.40 mm" in refused.value.what


def test_what_is_no_segmentation_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.dcm").write_bytes(b"nothing of DICOM" * 40)
    with pytest.raises(InputError) as refused:
        read(tmp_path / "text.dcm")
    assert refused.value.code == "MASK_NO_SEGMENTATION"
