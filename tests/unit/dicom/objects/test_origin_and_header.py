"""What the writers take of the source, however odd it is."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from made_objects import MadeStudy, made_making, made_study
from pydicom import dcmread
from pydicom.dataset import Dataset

from groundglass.dicom.ct_writer import CTHeader
from groundglass.dicom.objects.files import settle_character_set
from groundglass.dicom.objects.header import new_object, plane, source_text, stamp
from groundglass.dicom.objects.origin import is_uid, origin_of
from groundglass.dicom.series import load, scan
from groundglass.errors import InputError


def _study_with(folder: Path, change: dict[str, object], *, remove: tuple[str, ...] = ()) -> MadeStudy:
    made_study(folder / "whole")
    for number, path in enumerate(sorted((folder / "whole").iterdir())):
        data = dcmread(path)
        for keyword, value in change.items():
            setattr(data, keyword, value(number) if callable(value) else value)
        for keyword in remove:
            if keyword in data:
                del data[keyword]
        (folder / "odd").mkdir(exist_ok=True)
        data.save_as(folder / "odd" / path.name, enforce_file_format=False)
    entry = scan([folder / "odd"]).studies[0].series[0]
    origin = origin_of(entry, load(entry).volume.geometry)
    whole = made_study(folder / "again")
    return replace(whole, entry=entry, origin=origin)


def _written(study: MadeStudy) -> Dataset:
    data = new_object(
        study.origin,
        made_making(),
        "report",
        1,
        sop_class="1.2.840.10008.5.1.4.1.1.104.1",
        modality="DOC",
        description="x",
    )
    settle_character_set(data, source_text(study.origin.header, "SpecificCharacterSet") or "")
    buffer = BytesIO()
    data.save_as(buffer, enforce_file_format=True)
    return dcmread(BytesIO(buffer.getvalue()))


def test_every_slice_has_its_image_and_its_place(tmp_path: Path) -> None:
    study = made_study(tmp_path / "ct")
    assert len(study.origin.images) == study.origin.geometry.shape[0]
    by_uid = {str(d.SOPInstanceUID): d for d in (dcmread(p, stop_before_pixels=True) for p in study.folder.iterdir())}
    for number, image in enumerate(study.origin.images):
        assert image is not None
        stored = by_uid[image.sop_uid]
        place = plane(study.origin, number)
        np.testing.assert_allclose([float(v) for v in place.position], stored.ImagePositionPatient, atol=1e-4)
        np.testing.assert_allclose([float(v) for v in place.orientation], stored.ImageOrientationPatient, atol=1e-6)
        np.testing.assert_allclose([float(v) for v in place.pixel_spacing], stored.PixelSpacing, atol=1e-6)
        assert all(len(v) <= 16 for v in (*place.position, *place.orientation, *place.pixel_spacing, place.thickness))


def test_a_multiframe_source_names_its_frames(tmp_path: Path) -> None:
    study = made_study(tmp_path / "ct", multiframe=True)
    frames = [image.frame for image in study.origin.images if image is not None and image.frame is not None]
    assert sorted(frames) == list(range(1, 13))
    assert len(study.origin.sources) == 1


@pytest.mark.parametrize(
    ("change", "remove", "words"),
    [
        ({}, ("SOPInstanceUID",), "empty or invalid UID"),
        ({"SOPInstanceUID": ""}, (), "empty or invalid UID"),
        ({"SOPInstanceUID": lambda n: f"1.2.03.{n + 1}"}, (), "empty or invalid UID"),
        ({"SOPInstanceUID": lambda n: f"not-a-uid-{n}"}, (), "empty or invalid UID"),
        ({"SOPInstanceUID": "1.2.3"}, (), "share one SOP Instance UID"),
        ({}, ("StudyInstanceUID",), "empty or invalid UID"),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")  # pydicom warns while the test writes what is invalid
def test_a_source_without_valid_uids_has_nothing_to_refer_to(
    tmp_path: Path, change: dict[str, object], remove: tuple[str, ...], words: str
) -> None:
    with pytest.raises(InputError, match=words) as caught:
        _study_with(tmp_path, change, remove=remove)
    assert caught.value.code == "NOTHING_TO_REFER_TO"


def test_frames_of_reference_that_differ_slice_by_slice_become_one_new(tmp_path: Path) -> None:
    study = _study_with(tmp_path, {"FrameOfReferenceUID": lambda n: f"1.2.3.{n + 1}"})
    assert study.origin.frame_of_reference_made
    assert is_uid(study.origin.geometry.frame_of_reference_uid)
    again = origin_of(study.entry, load(study.entry).volume.geometry)
    assert again.geometry.frame_of_reference_uid == study.origin.geometry.frame_of_reference_uid


def test_attributes_of_type_2_that_the_source_lacks_are_written_empty(tmp_path: Path) -> None:
    lacking = ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyTime", "AccessionNumber")
    data = _written(_study_with(tmp_path, {}, remove=lacking))
    for keyword in lacking:
        assert keyword in data
        assert not data[keyword].value


@pytest.mark.parametrize(
    ("sets", "name", "written"),
    [
        ("ISO_IR 100", "Müller^Änne", "ISO_IR 100"),
        ("ISO_IR 144", "Выдуманная^Анна^Петровна", "ISO_IR 144"),
        ("ISO_IR 192", "Выдуманная^Анна=王^小东", "ISO_IR 192"),
        ("GB18030", "Wang^XiaoDong=王^小东", "ISO_IR 192"),
        ("", "Invented^Person", "ISO_IR 100"),
    ],
)
def test_names_survive_in_every_character_set(tmp_path: Path, sets: str, name: str, written: str) -> None:
    study = _study_with(tmp_path, {"SpecificCharacterSet": sets, "PatientName": name})
    data = _written(study)
    assert str(data.PatientName) == name
    assert data.SpecificCharacterSet == written


def test_a_japanese_name_with_code_extensions_survives(tmp_path: Path) -> None:
    sets = ["", "ISO 2022 IR 87"]
    study = _study_with(tmp_path, {"SpecificCharacterSet": sets, "PatientName": "Yamada^Tarou=山田^太郎=やまだ^たろう"})
    assert str(_written(study).PatientName) == "Yamada^Tarou=山田^太郎=やまだ^たろう"


@pytest.mark.filterwarnings("ignore::UserWarning")  # pydicom warns while the test writes what is invalid
def test_values_that_break_their_vr_are_carried_as_they_are(tmp_path: Path) -> None:
    odd = {"PatientAge": "39", "PatientBirthDate": "1980", "StudyID": "longer than sixteen characters"}
    data = _written(_study_with(tmp_path, dict(odd)))
    for keyword, value in odd.items():
        assert data[keyword].value == value


def test_the_header_of_the_source_is_never_changed(tmp_path: Path) -> None:
    study = made_study(tmp_path / "ct", header=CTHeader(patient_name="Invented^Name"))
    before = str(study.origin.header)
    stamp(Dataset(), study.origin)
    _written(study)
    assert str(study.origin.header) == before


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("1.2.840.10008.1.2", True),
        ("2.25." + "9" * 38, True),
        ("1." * 31 + "12", True),
        ("1." * 32 + "12", False),
        ("1.02.3", False),
        ("1..2", False),
        ("1", False),
        ("1.2.", False),
        ("", False),
        ("1.2.a", False),
    ],
)
def test_a_uid_is_judged_by_the_standard(text: str, valid: bool) -> None:
    assert is_uid(text) is valid
