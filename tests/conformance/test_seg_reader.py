"""Segmentations of odd studies as others read them: bare pydicom, highdicom, DCMTK, dicom3tools."""

from __future__ import annotations

from pathlib import Path

import highdicom
import numpy as np
import pytest
from dciodvfy import errors_of, warnings_of
from made_objects import MadeStudy, made_chest, made_study
from made_segmentations import KINDS, require_on_the_same_mm, written
from odd_studies import ODD_STUDIES, OddStudy, first_file
from programs import ask
from pydicom import dcmread
from pydicom.dataset import Dataset

from groundglass.dicom.objects.seg import SegKind
from groundglass.volume import LabelVolume

TEXT_AND_ENCODING = (
    *("Cyrillic", "Greek", "Japanese", "Chinese", "rich header", "another maker"),
    *("JPEG 2000", "JPEG lossless", "run length", "implicit", "big endian", "deflated"),
)
"""Studies that lie like a plain one and differ in words or bytes alone."""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> MadeStudy:
    return made_study(tmp_path_factory.mktemp("made") / "series")


@pytest.mark.parametrize(
    "odd", [odd for odd in ODD_STUDIES if not odd.name.startswith(TEXT_AND_ENCODING)], ids=lambda odd: odd.name
)
def test_every_voxel_of_an_odd_study_lies_on_its_millimetre(odd: OddStudy, tmp_path: Path) -> None:
    study = odd.make(tmp_path / "study")
    _, lungs, lesions = made_chest(odd.shape)
    for kind in KINDS:
        files = written(tmp_path, study.origin, study.findings, kind)
        require_on_the_same_mm(files, {"seg-lungs": lungs, "seg-lesions": lesions}, odd.place)


def _uneven(number: int, data: Dataset) -> bool:
    data.ImagePositionPatient = [
        data.ImagePositionPatient[0],
        float(data.ImagePositionPatient[1]) + (0.0, 0.2, 0.1)[number % 3],
        float(data.ImagePositionPatient[2]) + (0.0, 1.9, -1.7, 0.6)[number % 4],
    ]
    return True


@pytest.mark.parametrize("kind", KINDS)
def test_frames_lie_where_their_images_lie_also_when_slices_are_uneven(kind: SegKind, tmp_path: Path) -> None:
    study = OddStudy("uneven", edit=_uneven).make(tmp_path / "study")
    assert "spacing_uneven" in {notice.code for notice in study.entry.notices}
    places = {}
    for file in (study.folder / "series").iterdir():
        image = dcmread(file, stop_before_pixels=True)
        places[image.SOPInstanceUID] = [float(v) for v in image.ImagePositionPatient]
    seen = set()
    data = dcmread(written(tmp_path, study.origin, study.findings, kind)["seg-lungs"])
    for group in data.PerFrameFunctionalGroupsSequence:
        uid = group.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
        assert [float(v) for v in group.PlanePositionSequence[0].ImagePositionPatient] == places[uid]
        seen.add(uid)
    assert seen == set(places)
    assert "DimensionOrganizationType" not in data


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "odd", [odd for odd in ODD_STUDIES if odd.name in ("head to feet", "swapped and mirrored", "oblique", "gapped")],
    ids=lambda odd: odd.name,
)  # fmt: skip
def test_highdicom_builds_the_same_volume(odd: OddStudy, kind: SegKind, tmp_path: Path) -> None:
    study = odd.make(tmp_path / "study")
    files = written(tmp_path, study.origin, study.findings, kind)
    wanted: dict[str, LabelVolume] = {"seg-lungs": study.findings.lungs, "seg-lesions": study.findings.lesions}
    for role, file in files.items():
        seg = highdicom.seg.segread(file)
        volume = seg.get_volume(combine_segments=True, dtype=np.uint8)
        labels = wanted[role]
        assert volume.frame_of_reference_uid == labels.geometry.frame_of_reference_uid
        marked = np.argwhere(volume.array > 0)
        there = np.rint(labels.geometry.to_index(marked @ volume.affine[:3, :3].T + volume.affine[:3, 3])).astype(int)
        assert np.array_equal(labels.array[tuple(there.T)], volume.array[tuple(marked.T)])
        assert len(marked) == np.count_nonzero(labels.array)


@pytest.mark.parametrize("kind", KINDS)
def test_dicom3tools_have_neither_error_nor_warning(study: MadeStudy, kind: SegKind, tmp_path: Path) -> None:
    source = min(file for file in study.folder.iterdir())
    for file in written(tmp_path, study.origin, study.findings, kind).values():
        assert errors_of(file, source) == []
        assert warnings_of(file, source) == []


def test_dcmtk_reads_it_and_its_jpeg_ls_decodes_to_the_labels(study: MadeStudy, tmp_path: Path) -> None:
    files = written(tmp_path, study.origin, study.findings, "labelmap")
    for role, labels in (("seg-lungs", study.findings.lungs), ("seg-lesions", study.findings.lesions)):
        file = files["seg-lungs" if role == "seg-lungs" else "seg-lesions"]
        plain = tmp_path / f"{role}-plain.dcm"
        assert ask("dcmdump", file).status == 0
        assert ask("dcmdjpls", file, plain).status == 0
        data = dcmread(plain)
        stored = data.pixel_array
        assert np.bincount(stored.ravel(), minlength=4)[1:].tolist() == [
            int((labels.array == label).sum()) for label in (1, 2, 3)
        ]


def test_the_source_of_an_odd_study_is_what_is_referred_to(tmp_path: Path) -> None:
    odd = next(odd for odd in ODD_STUDIES if odd.name == "UIDs of 64 characters")
    study = odd.make(tmp_path / "study")
    source = dcmread(first_file(study), stop_before_pixels=True)
    data = dcmread(written(tmp_path, study.origin, study.findings, "binary")["seg-lungs"])
    assert len(data.StudyInstanceUID) == 64
    assert data.StudyInstanceUID == source.StudyInstanceUID
    assert data.FrameOfReferenceUID == source.FrameOfReferenceUID
    assert data.ReferencedSeriesSequence[0].SeriesInstanceUID == source.SeriesInstanceUID
