"""Key objects, the rejection note and the encapsulated report, read back by pydicom alone."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
from made_objects import made_making, made_study, without_findings
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset

from groundglass.dicom.objects.document import encapsulated_pdf
from groundglass.dicom.objects.key_objects import KEY_SLICE_GAP_MM, Named, key_objects, key_slices, rejection_note

_SR = "1.2.840.10008.5.1.4.1.1.88.34"
_SEG = "1.2.840.10008.5.1.4.1.1.66.4"


def _again(data: FileDataset | None) -> Dataset:
    assert data is not None
    buffer = BytesIO()
    data.save_as(buffer, enforce_file_format=True)
    return dcmread(BytesIO(buffer.getvalue()))


def _pointed(data: Dataset) -> list[tuple[str, str]]:
    return [
        (str(item.ValueType), str(item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID))
        for item in data.ContentSequence
        if item.ValueType in ("IMAGE", "COMPOSITE")
    ]


def test_the_key_slices_are_the_most_involved_and_apart(tmp_path: Path) -> None:
    study = made_study(tmp_path / "ct")
    chosen = key_slices(study.findings)
    areas = (study.findings.lesions.array > 0).sum(axis=(1, 2))
    assert chosen[0] == int(np.argmax(areas))
    assert all(areas[index] > 0 for index in chosen)
    step = study.origin.geometry.spacing_mm[0]
    assert all(abs(a - b) * step >= KEY_SLICE_GAP_MM - step / 2 for a in chosen for b in chosen if a != b)


def test_the_selection_names_those_slices_and_lists_them_as_evidence(tmp_path: Path) -> None:
    study = made_study(tmp_path / "ct")
    data = _again(key_objects(study.origin, study.findings, made_making()))
    images = [study.origin.images[index] for index in key_slices(study.findings)]
    assert _pointed(data) == [("IMAGE", image.sop_uid) for image in images if image]
    series = data.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
    assert [str(one.SeriesInstanceUID) for one in series] == [study.origin.series_uid]
    listed = {str(one.ReferencedSOPInstanceUID) for one in series[0].ReferencedSOPSequence}
    assert listed == {uid for _, uid in _pointed(data)}
    assert data.ConceptNameCodeSequence[0].CodeValue == "113000"
    assert data.Modality == "KO"


def test_frames_of_a_multiframe_source_are_named(tmp_path: Path) -> None:
    study = made_study(tmp_path / "ct", multiframe=True)
    data = _again(key_objects(study.origin, study.findings, made_making()))
    items = [item for item in data.ContentSequence if item.ValueType == "IMAGE"]
    assert len(items) == 1
    frames = items[0].ReferencedSOPSequence[0].ReferencedFrameNumber
    images = [study.origin.images[index] for index in key_slices(study.findings)]
    wanted = sorted(image.frame for image in images if image is not None and image.frame is not None)
    assert [int(frame) for frame in (frames if not isinstance(frames, int) else [frames])] == wanted


def test_marked_pictures_of_the_chosen_slices_are_named_too(tmp_path: Path) -> None:
    study = made_study(tmp_path / "ct")
    image = study.origin.images[key_slices(study.findings)[0]]
    other = study.origin.images[0]
    assert image is not None
    assert other is not None
    pictures = []
    for number, source in enumerate((image, other)):
        picture, named = Dataset(), Dataset()
        picture.SOPClassUID, picture.SOPInstanceUID, picture.SeriesInstanceUID = "1.2.9", f"1.2.10.{number}", "1.2.11"
        named.ReferencedSOPInstanceUID = source.sop_uid
        picture.SourceImageSequence = [named]
        pictures.append(picture)
    data = _again(key_objects(study.origin, study.findings, made_making(), marked=pictures))
    assert "1.2.10.0" in {uid for _, uid in _pointed(data)}
    assert "1.2.10.1" not in {uid for _, uid in _pointed(data)}


def test_without_findings_there_is_no_selection(tmp_path: Path) -> None:
    study = without_findings(made_study(tmp_path / "ct"))
    assert key_objects(study.origin, study.findings, made_making()) is None


def test_a_rejection_note_names_what_it_takes_back(tmp_path: Path) -> None:
    study = made_study(tmp_path / "ct")
    replaced = [Named(_SEG, "1.2.3", "1.2.4"), Named(_SR, "1.2.5", "1.2.6")]
    data = _again(rejection_note(study.origin, replaced, made_making(language="ru")))
    assert data.ConceptNameCodeSequence[0].CodeValue == "113001"
    assert _pointed(data) == [("IMAGE", "1.2.3"), ("COMPOSITE", "1.2.5")]
    assert data.StudyInstanceUID == study.origin.study_uid
    assert rejection_note(study.origin, [], made_making()) is None


def test_the_pdf_comes_back_as_it_went_in(tmp_path: Path) -> None:
    study = made_study(tmp_path / "ct")
    for pdf in (b"%PDF-1.7 invented", b"%PDF-1.7 invented!"):
        data = _again(encapsulated_pdf(study.origin, pdf, made_making()))
        assert data.EncapsulatedDocument[: data.EncapsulatedDocumentLength] == pdf
        assert data.MIMETypeOfEncapsulatedDocument == "application/pdf"
        assert len(data.SourceInstanceSequence) == 12
