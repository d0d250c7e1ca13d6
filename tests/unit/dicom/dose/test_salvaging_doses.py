"""A damaged dose report: what is whole counts, the rest is told, and half a number is no number."""

from __future__ import annotations

import struct
import time
from pathlib import Path

import dose_objects as made
import pytest
from dose_objects import Event
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from groundglass.dicom.dose import DoseReading, find_doses
from groundglass.dicom.dose.salvage import MAX_DEPTH, salvage
from groundglass.dicom.elements import read_elements

THREE = [Event("1.2.1", dlp=100.0), Event("1.2.2", dlp=50.0), Event("1.2.3", dlp=123.45)]
WANTED = frozenset({0x00080016, 0x00080018, 0x0020000D, 0x0040A730})


def read(folder: Path, data: bytes) -> DoseReading:
    path = folder / "dose.dcm"
    path.write_bytes(data)
    readings, _ = find_doses([path])
    assert len(readings) == 1
    return readings[0]


def codes(reading: DoseReading) -> set[str]:
    return {notice.code for notice in reading.notices}


def undefined_lengths(report: Dataset) -> Dataset:
    """Make every sequence and item of undefined length, as some makers write them."""
    for element in report.iterall():
        if element.VR == "SQ":
            element.is_undefined_length = True
            for item in element.value:
                item.is_undefined_length_sequence_item = True
    return report


@pytest.mark.parametrize("undefined", [False, True])
def test_irradiations_before_the_cut_count_and_the_loss_is_told(tmp_path: Path, undefined: bool) -> None:
    report = made.dose_report(THREE, total=273.45, count=3)
    whole = made.as_bytes(undefined_lengths(report) if undefined else report)
    reading = read(tmp_path, whole[: int(0.9 * len(whole))])
    assert [event.dlp_mgy_cm for event in reading.events] == [100.0, 50.0, None]
    assert reading.total.dlp_mgy_cm == 150.0
    assert {"dose_file_damaged", "dose_no_dlp", "dose_total_differs"} <= codes(reading)


def test_a_cut_anywhere_never_makes_up_a_number(tmp_path: Path) -> None:
    whole = made.as_bytes(made.dose_report(THREE))
    right = {None, *(event.dlp for event in THREE)}
    first = whole.index(b"100.0")
    counted = []
    for length in range(first + 8, len(whole), 7):
        reading = read(tmp_path, whole[:length])
        assert {event.dlp_mgy_cm for event in reading.events} <= right, length
        assert "dose_file_damaged" in codes(reading), length
        counted.append(reading.total.dlp_mgy_cm or 0.0)
    assert counted == sorted(counted), "the more there is of a file, the more is read"
    assert set(counted) >= {100.0, 150.0}


@pytest.mark.parametrize(("levels", "told"), [(30, set()), (3000, {"dose_nested_too_deep"})])
def test_absurd_nesting_after_the_irradiations_stops_none_of_them(tmp_path: Path, levels: int, told: set[str]) -> None:
    inner = b""
    for _ in range(levels):
        content = struct.pack("<HHI", 0xFFFE, 0xE000, len(inner)) + inner
        inner = struct.pack("<HH2sHI", 0x0040, 0xA730, b"SQ", 0, len(content)) + content
    reading = read(tmp_path, made.as_bytes(made.dose_report(THREE)) + inner)
    assert reading.total.dlp_mgy_cm == 273.45
    assert codes(reading) == told


def test_an_irradiation_with_a_damaged_length_costs_only_itself(tmp_path: Path) -> None:
    whole = bytearray(made.as_bytes(made.dose_report(THREE)))
    at = whole.index(b"50.0") - 8
    assert whole[at : at + 4] == struct.pack("<HH", 0x0040, 0xA30A)
    struct.pack_into("<H", whole, at + 6, 0x7FFE)
    reading = read(tmp_path, bytes(whole))
    assert [event.dlp_mgy_cm for event in reading.events] == [100.0, None, 123.45]
    assert {"dose_file_damaged", "dose_no_dlp"} <= codes(reading)


def test_a_cut_report_takes_what_it_lacks_from_a_whole_one(tmp_path: Path) -> None:
    whole = made.as_bytes(made.dose_report(THREE, ContentTime="102500"))
    (tmp_path / "cut.dcm").write_bytes(whole[: int(0.9 * len(whole))])
    made.write(tmp_path, made.dose_report(THREE, uid="1.9.1", ContentTime="101500"))
    readings, _ = find_doses([tmp_path])
    assert [event.dlp_mgy_cm for event in readings[0].events] == [100.0, 50.0, 123.45]
    assert "dose_file_damaged" in codes(readings[0])


def test_a_sound_file_is_read_as_by_the_strict_walker() -> None:
    for report in (made.dose_report(THREE), undefined_lengths(made.dose_report(THREE))):
        file = made.as_bytes(report)
        found = salvage(file, wanted=WANTED, label="x", max_inflated_bytes=1 << 20)
        assert (found.damaged, found.deep, found.little) == (False, False, True)
        assert found.data == read_elements(file, whole=True, wanted=WANTED, label="x").data


def test_nothing_deeper_than_the_limit_is_kept() -> None:
    report = made.dose_report([])
    inner = report
    for _ in range(MAX_DEPTH + 5):
        inner.ContentSequence = Items([made.item("CONTAINER", made.dcm("121106", "Comment"))])
        inner = inner.ContentSequence[0]
    found = salvage(made.as_bytes(report), wanted=WANTED, label="x", max_inflated_bytes=1 << 20)
    depth, data = 0, found.data
    while 0x0040A730 in data:
        depth, data = depth + 1, data[0x0040A730].items[0]
    assert (depth, found.deep, found.damaged) == (MAX_DEPTH, True, False)


@pytest.mark.parametrize(
    "piece",
    [
        struct.pack("<HH2sHIHHI", 0x0040, 0xA730, b"SQ", 0, 0xFFFFFFFF, 0xFFFE, 0xE000, 0xFFFFFFFF),
        struct.pack("<HH2sHIHHI", 0x0040, 0xA730, b"SQ", 0, 8, 0xFFFE, 0xE000, 0),
        struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF),
        b"\0" * 8,
    ],
    ids=["nested", "side by side", "items", "zeros"],
)
def test_a_file_made_to_exhaust_the_reader_ends_soon(piece: bytes) -> None:
    file = made.as_bytes(made.dose_report(THREE)) + piece * (1_000_000 // len(piece))
    began = time.process_time()
    found = salvage(file, wanted=WANTED, label="x", max_inflated_bytes=1 << 20)
    assert time.process_time() - began < 5.0
    assert len(found.data[0x0040A730].items) >= 3
