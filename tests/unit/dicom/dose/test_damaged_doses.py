"""Damaged, hostile and senseless dose objects: a reading or one of our errors, never anything else."""

from __future__ import annotations

import json
import math
import random
import struct
from contextlib import suppress
from pathlib import Path

import dose_objects as made
import pytest
from dose_objects import Event, Exposure
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import UID

from groundglass.cli import run
from groundglass.dicom.dose import find_doses, read_dose
from groundglass.dicom.dose.reading import read_dose_object
from groundglass.dicom.limits import ReadingLimits
from groundglass.dicom.sources import FileSource
from groundglass.errors import InputError

LIMITS = ReadingLimits()
CODES = ("113701", "113811", "113819", "113829", "113830", "113835", "113838", "113769", "113812", "113813")


def _objects() -> dict[str, bytes]:
    head = Event("1.2.1", region=made.HEAD, ctdivol=45.0, dlp=900.0, phantom=made.HEAD_16, protocol="Head")
    report = made.dose_report([head, Event("1.2.2", comment="c")], total=1100.0, count=2)
    exposures = [Exposure(14.0, "274.9", body_part="BRAIN", uid="1.2.2", phantom="HEAD 16 CM"), Exposure(7.0, "10")]
    return {"report": made.as_bytes(report), "capture": made.as_bytes(made.dose_capture(exposures, comment="DLP=3"))}


OBJECTS = _objects()


def _read(folder: Path, data: bytes) -> None:
    """Read bytes as a dose object and hold every figure against sense."""
    path = folder / "object.dcm"
    path.write_bytes(data)
    source = FileSource("input[1]/#0001.dcm", len(data), path)
    with suppress(InputError):
        read_dose_object(source, LIMITS)
    for reading in read_dose([source]):
        figures = [value for one in reading.events for value in (one.ctdivol_mgy, one.dlp_mgy_cm, one.effective_msv)]
        figures += [reading.total.dlp_mgy_cm, reading.total.effective_msv]
        assert all(value is None or (math.isfinite(value) and value >= 0) for value in figures), figures
        assert "Marker" not in str(reading.section("ru")) + str(reading.section("en"))


@pytest.mark.parametrize("name", OBJECTS)
def test_cut_off_anywhere(name: str, tmp_path: Path) -> None:
    whole = OBJECTS[name]
    for length in range(0, len(whole), max(1, len(whole) // 150)):
        _read(tmp_path, whole[:length])


@pytest.mark.parametrize("name", OBJECTS)
def test_bytes_changed_anywhere(name: str, tmp_path: Path) -> None:
    whole = OBJECTS[name]
    for seed in range(250):
        rng = random.Random(seed)
        data = bytearray(whole)
        for _ in range(rng.choice((1, 3, 20))):
            data[rng.randrange(132, len(data))] = rng.randrange(256)
        _read(tmp_path, bytes(data))


def _tree(rng: random.Random, depth: int) -> Dataset:
    """Return a content item with anything anywhere."""
    names = [made.dcm(code, "") for code in CODES]
    names += [("123014", "DCM", "Target Region"), ("99", "99X", "CT Acquisition"), ("", "", "")]
    kind = rng.choice(("number", "code", "text", "uid", "container"))
    name = rng.choice(names)
    texts = (
        "",
        "1.2.3",
        "nan",
        "-1",
        "1e308",
        "5.0\\6.0",
        "10.50/ 15.00",
        "Marker^Planted",
        "\u0000",
        "12 mGy.cm",
        "Грудь",
    )
    if kind == "number":
        item = made.number_item(name, rng.choice(texts), rng.choice((None, made.MGY, made.MGY_CM, ("?", "?", "?"))))
    elif kind == "code":
        item = made.code_item(name, rng.choice((None, made.CHEST, made.BODY_32, ("", "", "Marker^Planted"))))
    elif kind == "text":
        item = made.text_item(name, rng.choice(texts))
    elif kind == "uid":
        item = made.uid_item(name, rng.choice(texts))
    else:
        item = made.item("CONTAINER", name)
    if depth:
        item.ContentSequence = Items([_tree(rng, depth - 1) for _ in range(rng.randrange(4))])
    return item


def test_content_without_any_order_or_sense(tmp_path: Path) -> None:
    for seed in range(60):
        rng = random.Random(seed)
        report = made.dose_report([Event("1.2.1")])
        items = [*report.ContentSequence, *(_tree(rng, 4) for _ in range(6))]
        rng.shuffle(items)
        report.ContentSequence = Items(items)
        _read(tmp_path, made.as_bytes(report))


def test_content_nested_without_end_is_told_and_stops_nothing(tmp_path: Path) -> None:
    inner = b""
    for _ in range(3000):  # a content sequence in a content sequence, all of undefined length
        inner = (
            struct.pack("<HH2sHI", 0x0040, 0xA730, b"SQ", 0, 0xFFFFFFFF)
            + struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
            + inner
        )
    whole = made.as_bytes(made.dose_report([]))
    (tmp_path / "deep.dcm").write_bytes(whole + inner)
    made.write(tmp_path / "whole", made.dose_report([Event("1.2.1")]))
    readings, _ = find_doses([tmp_path])
    assert [reading.total.dlp_mgy_cm for reading in readings] == [200.0]
    assert [notice.code for notice in readings[0].notices] == ["dose_file_unreadable"]


def test_five_hundred_irradiations_are_read(tmp_path: Path) -> None:
    report = made.dose_report([])
    one = made.acquisition(Event(None, dlp=0.5))
    report.ContentSequence = Items([one] * 500)
    readings, _ = find_doses([made.write(tmp_path, report)])
    assert readings[0].total.dlp_mgy_cm == 250.0


@pytest.mark.parametrize("vr", ["UN", "OB", "LO", "UT"])
def test_a_figure_of_the_wrong_vr_is_read_all_the_same(vr: str, tmp_path: Path) -> None:
    report = made.dose_report([Event("1.2.1")])
    dose = report.ContentSequence[0].ContentSequence[-1].ContentSequence[-1]
    value = b"123.5 " if vr in ("UN", "OB") else "123.5"
    dose.MeasuredValueSequence[0].add_new(0x0040A30A, vr, value)
    readings, _ = find_doses([made.write(tmp_path, report)])
    assert readings[0].total.dlp_mgy_cm == 123.5


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"])
def test_every_transfer_syntax_is_read(syntax: str, tmp_path: Path) -> None:
    import io
    import warnings

    for ds in (made.dose_report([Event("1.2.1")]), made.dose_capture([Exposure(14.0, "200.0")])):
        ds.file_meta.TransferSyntaxUID = UID(syntax)
        stream = io.BytesIO()
        little = syntax != "1.2.840.10008.1.2.2"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # big endian is retired
            ds.save_as(
                stream, enforce_file_format=True, little_endian=little, implicit_vr=syntax == "1.2.840.10008.1.2"
            )
        path = tmp_path / "one.dcm"
        path.write_bytes(stream.getvalue())
        readings, _ = find_doses([path])
        assert [one.total.dlp_mgy_cm for one in readings] == [200.0]


def test_json_stays_json_whatever_is_in_the_objects(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    odd = [Event("1.2.1", dlp=value) for value in ("nan", "1e999", "-1", "10.50/ 15.00")]
    made.write(tmp_path, made.dose_report(odd, total="nan"), made.dose_capture([]))
    (tmp_path / "broken.dcm").write_bytes(OBJECTS["report"][:900])
    assert run(["dose", str(tmp_path), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["total"] == {"dlp_mgy_cm": None, "effective_msv": None}
