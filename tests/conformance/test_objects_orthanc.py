"""Orthanc takes every object beside its source, understands it, and gives it back as it was."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orthanc
import pytest
from dicomweb_client import DICOMwebClient
from odd_studies import ODD_STUDIES, OddStudy
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from written_objects import WrittenStudy, write_all


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[orthanc.Orthanc]:
    with orthanc.running(tmp_path_factory.mktemp("orthanc")) as running:
        yield running


@pytest.fixture(scope="module")
def another(tmp_path_factory: pytest.TempPathFactory) -> Iterator[orthanc.Orthanc]:
    with orthanc.running(tmp_path_factory.mktemp("another")) as running:
        yield running


def odd(name: str) -> OddStudy:
    return next(one for one in ODD_STUDIES if one.name == name)


@pytest.fixture(scope="module")
def stored(archive: orthanc.Orthanc, tmp_path_factory: pytest.TempPathFactory) -> WrittenStudy:
    """Return a study whose source and objects lie in the archive."""
    folder = tmp_path_factory.mktemp("stored")
    whole = write_all(odd("axial").make(folder / "study"), folder / "objects")
    archive.store([*whole.sources, *whole.files()])
    return whole


def differences(one: Dataset, other: Dataset) -> list[str]:
    """Return the attributes in which two data sets differ, pixels and private ones included."""
    tags = {element.tag for data in (one, other) for element in data}
    return [str(tag) for tag in sorted(tags) if tag not in one or tag not in other or one[tag] != other[tag]]


def test_files_come_back_to_the_byte(archive: orthanc.Orthanc, stored: WrittenStudy) -> None:
    ids = archive.store(stored.files())  # again: it has them already and says which they are
    assert len(ids) == len(stored.record.objects) > 5
    for written in stored.record.objects:
        file = stored.folder / written.file
        assert hashlib.sha256(archive.file(ids[file])).hexdigest() == written.sha256


def test_each_role_is_a_series_of_the_source_study(archive: orthanc.Orthanc, stored: WrittenStudy) -> None:
    studies = archive.json("/studies")
    assert len(studies) == 1
    rows = [archive.json(f"/series/{one}") for one in archive.json(f"/studies/{studies[0]}")["Series"]]
    found = {
        row["MainDicomTags"]["SeriesInstanceUID"]: (row["MainDicomTags"]["Modality"], len(row["Instances"]))
        for row in rows
    }
    expected: dict[str, tuple[str, int]] = {}
    for file in [*stored.sources, *stored.files()]:
        header = dcmread(file, stop_before_pixels=True)
        modality, count = expected.get(str(header.SeriesInstanceUID), (str(header.Modality), 0))
        expected[str(header.SeriesInstanceUID)] = (modality, count + 1)
    assert found == expected
    patients = archive.json("/patients")
    assert len(patients) == 1  # a patient identified another way would be a second one


def test_values_that_it_reads_are_ours(archive: orthanc.Orthanc, stored: WrittenStudy) -> None:
    ids = archive.store(stored.files("seg-*"))
    for file, instance in ids.items():
        tags: dict[str, Any] = archive.json(f"/instances/{instance}/simplified-tags")
        own = dcmread(file, stop_before_pixels=True)
        assert tags["SOPInstanceUID"] == own.SOPInstanceUID
        assert [item["SegmentLabel"] for item in tags["SegmentSequence"]] == [
            item.SegmentLabel for item in own.SegmentSequence
        ]
        assert len(tags["PerFrameFunctionalGroupsSequence"]) == own.NumberOfFrames


def test_it_draws_the_marked_pictures(archive: orthanc.Orthanc, stored: WrittenStudy) -> None:
    """Its own decoder (not ours) makes the same pixels."""
    import io

    import numpy as np
    from PIL import Image

    for file, instance in archive.store(stored.files("marked")[:3]).items():
        with Image.open(io.BytesIO(archive.get(f"/instances/{instance}/preview"))) as picture:
            drawn = np.asarray(picture.convert("RGB"))
        own = dcmread(file).pixel_array
        assert np.array_equal(drawn, own if own.ndim == 3 else np.stack([own] * 3, axis=-1))


@pytest.mark.parametrize("name", ["Cyrillic", "Japanese", "UIDs of 64 characters", "type 2 missing", "enhanced"])
def test_objects_of_odd_studies_are_taken_by_network_and_come_back(
    another: orthanc.Orthanc, name: str, tmp_path: Path
) -> None:
    """C-STORE by DCMTK: data sets stay the same, whatever becomes of the file header."""
    whole = write_all(odd(name).make(tmp_path / "study"), tmp_path / "objects")
    assert another.send(whole.files()) == []
    by_uid = {row["MainDicomTags"]["SOPInstanceUID"]: row["ID"] for row in another.json("/instances?expand")}
    for file in whole.files():
        own = dcmread(file)
        back = dcmread(DicomBytesIO(another.file(by_uid[own.SOPInstanceUID])))
        assert differences(own, back) == []


def test_dicomweb_finds_and_returns_segmentation_and_report(archive: orthanc.Orthanc, stored: WrittenStudy) -> None:
    client = DICOMwebClient(archive.dicomweb)
    study = stored.study.origin.study_uid
    rows = client.search_for_series(study_instance_uid=study)
    assert sorted(row["00080060"]["Value"][0] for row in rows).count("SEG") == 2
    for role in ("seg-lungs", "seg-lesions", "sr"):
        own = dcmread(stored.files(role)[0])
        back = client.retrieve_instance(study, own.SeriesInstanceUID, own.SOPInstanceUID)
        assert differences(own, back) == []
        json = client.retrieve_instance_metadata(study, own.SeriesInstanceUID, own.SOPInstanceUID)
        assert json["00080018"]["Value"] == [own.SOPInstanceUID]


def test_objects_are_taken_by_stow_label_maps_too(another: orthanc.Orthanc, tmp_path: Path) -> None:
    """DCMTK 3.6.7 does not know label maps and so cannot send them; DICOMweb does not mind."""
    whole = write_all(odd("axial").make(tmp_path / "study"), tmp_path / "objects", seg="labelmap")
    own = {data.SOPInstanceUID: data for data in map(dcmread, whole.files())}
    answer = DICOMwebClient(another.dicomweb).store_instances(list(own.values()))
    assert len(answer.ReferencedSOPSequence) == len(own)
    assert not answer.get("FailedSOPSequence")
    ids = {row["MainDicomTags"]["SOPInstanceUID"]: row["ID"] for row in another.json("/instances?expand")}
    for uid, data in own.items():
        assert differences(data, dcmread(DicomBytesIO(another.file(ids[uid])))) == []
