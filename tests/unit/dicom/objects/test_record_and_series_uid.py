"""The record of what was written, and the series UID by the mask of a profile."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from groundglass.dicom.objects.record import ObjectsRecord, WrittenObject, read_records, records_json
from groundglass.dicom.objects.series_uid import ServiceIds, masked_uid
from groundglass.dicom.objects.uids import made_uid
from groundglass.dicom.profiles import PROFILES, profile
from groundglass.errors import InputError, UsageError

_MASK = "{original[:56]}.{model_id}.{add_id}.{count}"


def _object(role: str, uid: str) -> WrittenObject:
    return WrittenObject(role, "1.2", uid, "1.3", f"{role}/0001.dcm", "00")


def _record() -> ObjectsRecord:
    times = (datetime(2026, 3, 4, 10, 20, 30), datetime(2026, 3, 4, 10, 21))
    objects = (_object("sr", "1.1"), _object("rejection", "1.2"))
    return ObjectsRecord("1.9", "abc", 2, *times, objects, (_object("sr", "1.0"),))


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    other = replace(_record(), study_uid="1.10")
    (tmp_path / "objects.json").write_text(records_json([_record(), other]))
    assert read_records(tmp_path) == {"1.9": _record(), "1.10": other}
    assert read_records(tmp_path / "elsewhere") == {}


def test_all_that_was_written_is_taken_back_but_rejections() -> None:
    assert [one.sop_uid for one in _record().superseded()] == ["1.0", "1.1"]


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "[" * 100_000, '{"schema": "other"}', "\x00"])
def test_a_damaged_record_is_an_error_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "objects.json").write_text(text)
    with pytest.raises(InputError) as caught:
        read_records(tmp_path)
    assert caught.value.code == "BAD_OBJECTS_RECORD"


def test_the_mask_gives_the_series_uid() -> None:
    uid, reason = masked_uid(_MASK, "1.2.840.1", ServiceIds(42, 3), 1, ())
    assert (uid, reason) == ("1.2.840.1.42.3.1", "")


def test_the_longest_original_that_is_not_cut_is_kept() -> None:
    original = "1.2.840." + "1" * 48
    uid, _ = masked_uid(_MASK, original, ServiceIds(4, 3), 1, ())
    assert uid == original + ".4.3.1"


@pytest.mark.parametrize(
    ("original", "ids", "count", "taken"),
    [
        ("1.2." + "1" * 52 + "9", ServiceIds(1234, 1), 1, set()),
        ("1.2." + "1" * 51 + ".12345", ServiceIds(1, 1), 1, set()),
        ("1.2.3", ServiceIds(1, 1), 1, {"1.2.3.1.1.1"}),
        ("1.2." + "1" * 52 + ".5", ServiceIds(1, 1), 1, set()),
    ],
    ids=["too long", "ends in a dot", "taken", "cut, as that of another study may be"],
)
def test_a_uid_that_would_be_invalid_or_not_unique_is_not_given(
    original: str, ids: ServiceIds, count: int, taken: set[str]
) -> None:
    uid, reason = masked_uid(_MASK, original, ids, count, taken)
    assert uid == ""
    assert reason


def test_uids_follow_from_their_words() -> None:
    assert made_uid("a", "b") == made_uid("a", "b")
    assert len({made_uid("a", "b"), made_uid("ab"), made_uid("b", "a"), made_uid("a", "b", "")}) == 4
    assert all(len(made_uid(str(n))) <= 64 for n in range(50))


def test_profiles_state_source_and_date() -> None:
    for name in PROFILES:
        found = profile(name)
        assert found.source
        assert found.date
        assert found.objects
    assert profile("moscow").objects == ("marked", "sr")
    assert len(profile("moscow").report.fields) == 14


def test_an_unknown_profile_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        profile("lunar")
    assert caught.value.code == "NO_SUCH_PROFILE"
