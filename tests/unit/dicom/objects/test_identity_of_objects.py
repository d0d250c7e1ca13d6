"""The same result is the same bytes; anything changed gets new UIDs and takes the old ones back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from made_objects import STARTED, MadeStudy, made_study, without_findings
from pydicom import dcmread

from groundglass.dicom.objects.record import ObjectsRecord
from groundglass.dicom.objects.series_uid import ServiceIds
from groundglass.dicom.objects.writing import WritingOptions, Written, write_objects
from groundglass.dicom.profiles import profile
from groundglass.errors import InternalError
from groundglass.volume import Geometry, LabelVolume

_DEFAULT = WritingOptions(profile("default"))


class _Clock:
    """Each look at it is a minute later."""

    def __init__(self) -> None:
        self.time = STARTED

    def __call__(self) -> datetime:
        self.time += timedelta(minutes=1)
        return self.time


def _run(
    study: MadeStudy, folder: Path, clock: _Clock, earlier: ObjectsRecord | None, options: WritingOptions = _DEFAULT
) -> Written:
    return write_objects(
        folder, study.origin, study.findings, options, earlier=earlier, started=clock(), now=clock, taken=()
    )


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.dcm"))}


@pytest.fixture
def study(tmp_path: Path) -> MadeStudy:
    return made_study(tmp_path / "ct")


def test_a_rerun_with_nothing_changed_writes_the_same_bytes(study: MadeStudy, tmp_path: Path) -> None:
    clock = _Clock()
    first = _run(study, tmp_path / "a", clock, None)
    second = _run(study, tmp_path / "b", clock, first.record)
    assert _files(tmp_path / "a") == _files(tmp_path / "b")
    assert second.record == first.record
    assert {name.split("/")[0] for name in _files(tmp_path / "a")} == {
        "seg-lungs", "seg-lesions", "sr", "marked", "key-objects",
    }  # fmt: skip


def test_the_seconds_that_it_took_change_nothing(study: MadeStudy, tmp_path: Path) -> None:
    clock = _Clock()
    first = _run(study, tmp_path / "a", clock, None)
    slower = replace(study.findings, result=replace(study.findings.result, seconds={"reading": 99.0}))
    _run(replace(study, findings=slower), tmp_path / "b", clock, first.record)
    assert _files(tmp_path / "a") == _files(tmp_path / "b")


@pytest.mark.parametrize("change", ["language", "seg", "findings", "percent", "report"])
def test_anything_changed_gets_new_uids_and_a_rejection_note(study: MadeStudy, tmp_path: Path, change: str) -> None:
    clock = _Clock()
    first = _run(study, tmp_path / "a", clock, None)
    other, options = study, _DEFAULT
    if change == "language":
        options = replace(options, language="ru")
    elif change == "seg":
        options = replace(options, seg="labelmap")
    elif change == "findings":
        other = without_findings(study)
    elif change == "percent":
        involvement = study.findings.result.involvement
        assert involvement is not None
        result = replace(study.findings.result, involvement=replace(involvement, percent=9.0))
        other = replace(study, findings=replace(study.findings, result=result))
    else:
        other = replace(study, findings=replace(study.findings, pdf=b"%PDF another"))
    second = _run(other, tmp_path / "b", clock, first.record, options)
    old = {one.sop_uid for one in first.record.objects}
    assert not old & {one.sop_uid for one in second.record.objects}
    assert not {one.series_uid for one in first.record.objects} & {one.series_uid for one in second.record.objects}
    note = dcmread(tmp_path / "b" / "rejection" / "0001.dcm")
    taken_back = {
        str(item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID)
        for item in note.ContentSequence
        if item.ValueType in ("IMAGE", "COMPOSITE")
    }
    assert taken_back == old
    assert second.record.generation == 2


def test_bytes_that_differ_for_whatever_reason_never_share_a_uid(study: MadeStudy, tmp_path: Path) -> None:
    clock = _Clock()
    first = _run(study, tmp_path / "a", clock, None)
    # as if another encoder had written the first ones
    other = replace(first.record, objects=tuple(replace(one, sha256="0" * 64) for one in first.record.objects))
    second = _run(study, tmp_path / "b", clock, other)
    assert not {o.sop_uid for o in first.record.objects} & {o.sop_uid for o in second.record.objects}
    assert second.record.generation == 2


def test_a_second_change_takes_back_both_earlier_runs(study: MadeStudy, tmp_path: Path) -> None:
    clock = _Clock()
    first = _run(study, tmp_path / "a", clock, None)
    russian = replace(_DEFAULT, language="ru")
    second = _run(study, tmp_path / "b", clock, first.record, russian)
    third = _run(study, tmp_path / "c", clock, second.record)
    replaced = {one.sop_uid for one in third.record.replaced}
    assert {one.sop_uid for one in first.record.objects} < replaced
    assert {one.sop_uid for one in second.record.objects if one.role != "rejection"} < replaced
    again = _run(study, tmp_path / "d", clock, third.record)
    assert again.record == third.record
    assert _files(tmp_path / "c") == _files(tmp_path / "d")


def test_every_uid_is_given_once(study: MadeStudy, tmp_path: Path) -> None:
    written = _run(study, tmp_path / "a", _Clock(), None)
    uids = [one.sop_uid for one in written.record.objects]
    assert len(set(uids)) == len(uids)
    for one in written.record.objects:
        data = dcmread(tmp_path / "a" / one.file, stop_before_pixels=True)
        assert str(data.SOPInstanceUID) == one.sop_uid == str(data.file_meta.MediaStorageSOPInstanceUID)
        assert str(data.SeriesInstanceUID) == one.series_uid
        assert data.StudyInstanceUID == study.origin.study_uid


def test_the_moscow_profile_is_one_extra_series_and_one_report(study: MadeStudy, tmp_path: Path) -> None:
    options = WritingOptions(profile("moscow"), language="ru", ids=ServiceIds(42, 3))
    written = _run(study, tmp_path / "a", _Clock(), None, options)
    roles = [one.role for one in written.record.objects]
    assert set(roles) == {"marked", "sr"}
    assert roles.count("sr") == 1
    assert {one.series_uid for one in written.record.objects if one.role == "marked"} == {written.marked_series_uid}
    expected = f"{study.origin.series_uid[:56]}.42.3.1"
    if len(expected) <= 64:
        assert written.marked_series_uid == expected
    else:
        assert written.marked_series_uid.startswith("2.25.")
        assert [notice.code for notice in written.notices] == ["series_uid_not_masked"]


def test_a_mask_in_another_frame_of_reference_is_refused(study: MadeStudy, tmp_path: Path) -> None:
    there = study.origin.geometry
    elsewhere = Geometry(there.shape, there.affine, "1.2.3.4")
    lungs = LabelVolume(study.findings.lungs.array, elsewhere, study.findings.lungs.labels)
    with pytest.raises(InternalError, match="frame of reference"):
        _run(replace(study, findings=replace(study.findings, lungs=lungs)), tmp_path / "a", _Clock(), None)
    assert not (tmp_path / "a").exists()
