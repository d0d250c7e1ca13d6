"""Each kind of identifier in each encoding and place is found, and a clean object gives no alarm."""

from __future__ import annotations

import base64
import gzip
import json
import os
import sys
import urllib.parse
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

from groundglass.deidentify.verify import CODES, Verified, verify
from groundglass.errors import InputError
from groundglass.phrases import say

sys.path.insert(0, str(Path(__file__).parent))
import made_pairs as made  # beside this file

# planted values break the rules of their representation on purpose, and the writer says so
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom")


@pytest.fixture
def before(tmp_path: Path) -> Path:
    made.save(made.source(), tmp_path / "in" / "a.dcm")
    return tmp_path / "in"


@pytest.fixture
def out() -> Dataset:
    return made.cleaned(made.source())


def checked(before: Path, out: Dataset | None, **options: Path | bool) -> Verified:
    after = before.parent / "out"
    if out is not None:
        made.save(out, after / "b.dcm")
    options.setdefault("pixels", False)
    return verify(before, after, **options)  # type: ignore[arg-type]  # the options of the case


def errors(found: Verified) -> set[str]:
    return {f.code for f in found.findings if f.severity == "error"}


def test_a_clean_object_gives_no_finding_and_the_sentence_claims_no_more_than_was_looked_at(
    before: Path, out: Dataset
) -> None:
    found = checked(before, out, pixels=True)
    assert [f for f in found.findings if f.severity != "remark"] == []
    assert found.sentence == "no planted or known identifier found"
    assert found.counts["objects"] == 1
    assert found.counts["frames"] == 1


PLAIN = (
    "Ivanova Marfa",
    "MARFA IVANOVA",
    "ivanova",
    "Тюленева",
    "тюленева п.",
    "Tyuleneva Praskovya",
    "欧阳春晓",
    "KX-4711823",
    "kx 4711823",
    "4711823",
    "A20931177",
    "seen on 17.05.2020",
    "born 17 March 1961",
    "1961-03-17",
    "17 мая 2020",
    "2020年5月17日",
    "Zweiwaldhausener Spital",
    "Zweiwaldhausener",
    "tel 8 495 123 45 67",
    "1.2.826.0.1.3680043.8.498.7001.55512",
    "AWP77123",
    "Pantelejmonov",
)


@pytest.mark.parametrize("text", PLAIN[:-1])
def test_an_identifier_in_another_writing_is_found(before: Path, out: Dataset, text: str) -> None:
    out.SeriesDescription = text
    assert not checked(before, out).clean


WRAPPED: dict[str, Callable[[str], bytes]] = {
    "cp1251": lambda t: t.encode("cp1251"),
    "koi8-r": lambda t: t.encode("koi8-r"),
    "iso8859-5": lambda t: t.encode("iso8859-5"),
    "cp866": lambda t: t.encode("cp866"),
    "utf-16": lambda t: t.encode("utf-16-le"),
    "utf-16-be": lambda t: t.encode("utf-16-be"),
    "base64": lambda t: base64.b64encode(t.encode()),
    "hex": lambda t: t.encode().hex().encode(),
    "percent": lambda t: urllib.parse.quote(t).encode(),
    "entities": lambda t: t.encode("ascii", "xmlcharrefreplace"),
    "escapes": lambda t: t.encode("ascii", "backslashreplace"),
    "backwards": lambda t: t[::-1].encode(),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_an_identifier_in_another_encoding_is_found(before: Path, out: Dataset, name: str) -> None:
    block = out.private_block(0x0029, "MADE BLOCK", create=True)
    block.add_new(0x10, "OB", b"\x01\x02\x00 " + WRAPPED[name]("Тюленева Прасковья") + b" \x00")
    assert "L01" in errors(checked(before, out))


@pytest.mark.parametrize("codec", ["gb18030", "big5", "utf-8", "shift_jis"])
def test_a_chinese_name_is_found_in_each_encoding(before: Path, out: Dataset, codec: str) -> None:
    text = "欧阳春晓" if codec != "big5" else "歐陽春曉"
    if codec == "big5":
        other = made.source(2)
        other.PatientName = "歐陽^春曉"
        made.save(other, before / "c.dcm")
    if codec == "shift_jis":
        other = made.source(3)
        other.PatientName, text = "山田^太郎", "山田太郎"
        made.save(other, before / "d.dcm")
    out.add_new(0x00104000, "LT", "")
    out[0x00104000]._value = text.encode(codec)
    after = before.parent / "out"
    made.save(out, after / "b.dcm")
    assert "L01" in errors(verify(before, after))


def in_sequence(out: Dataset) -> None:
    item, inner = Dataset(), Dataset()
    inner.TextValue = "for Ivanova, Marfa"
    item.ContentSequence = [inner]
    out.ContentSequence = [item]


def in_private_sequence(out: Dataset) -> None:
    item = Dataset()
    item.add_new(0x00291020, "LO", "KX-4711823")
    block = out.private_block(0x0029, "MADE BLOCK", create=True)
    block.add_new(0x10, "SQ", [item])


def in_unknown_bytes(out: Dataset) -> None:
    out.private_block(0x0029, "MADE", create=True).add_new(0x10, "UN", b"\xfe\xff\x00\xe0\xff\xff\xff\xffKX-4711823 ")


def in_numbers(out: Dataset) -> None:
    out.private_block(0x0029, "MADE", create=True).add_new(0x10, "UL", 4711823)


def in_decimal_string(out: Dataset) -> None:
    out.private_block(0x0029, "MADE", create=True).add_new(0x10, "DS", "4711823")


def in_uid(out: Dataset) -> None:
    out.FrameOfReferenceUID = "1.2.3.4711823.9"


def in_padding(out: Dataset) -> None:
    out.add_new(0xFFFCFFFC, "OB", b"Ivanova^Marfa\x00")


def in_preamble(out: Dataset) -> None:
    out.preamble = b"Ivanova^Marfa".ljust(128, b"\0")


def in_file_meta(out: Dataset) -> None:
    out.file_meta.SourceApplicationEntityTitle = "AWP77123"


def in_pixel_bytes(out: Dataset) -> None:
    out.PixelData = out.PixelData[:200] + b"Ivanova^Marfa " + out.PixelData[214:]


def in_compressed_private(out: Dataset) -> None:
    out.private_block(0x0029, "MADE", create=True).add_new(0x10, "OB", gzip.compress(b"patient KX-4711823") + b"\0")


@pytest.mark.parametrize(
    "plant",
    [
        in_sequence,
        in_private_sequence,
        in_unknown_bytes,
        in_numbers,
        in_decimal_string,
        in_uid,
        in_padding,
        in_preamble,
        in_file_meta,
        in_pixel_bytes,
        in_compressed_private,
    ],
)
@pytest.mark.parametrize("syntax", ["explicit", "implicit", "big", "deflated"])
def test_an_identifier_in_any_place_of_any_transfer_syntax_is_found(
    before: Path, out: Dataset, plant: Callable[[Dataset], None], syntax: str
) -> None:
    plant(out)
    out.file_meta.TransferSyntaxUID = {
        "explicit": out.file_meta.TransferSyntaxUID,
        "implicit": ImplicitVRLittleEndian,
        "big": ExplicitVRBigEndian,
        "deflated": DeflatedExplicitVRLittleEndian,
    }[syntax]
    out.preamble = out.preamble if hasattr(out, "preamble") and out.preamble else b"\0" * 128
    assert errors(checked(before, out)) & {"L01", "L02", "L07"}


def test_an_identifier_behind_the_end_or_a_break_is_found(before: Path, out: Dataset) -> None:
    path = made.save(out, before.parent / "out" / "b.dcm")
    path.write_bytes(path.read_bytes() + b"\x10\0\x10\0LO\xff\xff Ivanova^Marfa")
    assert {"L02", "R01"} <= errors(checked(before, None))


@pytest.mark.parametrize("place", ["file", "folder", "link", "attribute"])
def test_an_identifier_in_a_name_is_found_and_not_printed(before: Path, out: Dataset, place: str) -> None:
    after = before.parent / "out"
    path = made.save(out, after / "b.dcm")
    if place == "file":
        path.rename(after / "Ivanova_Marfa.dcm")
    elif place == "folder":
        (after / "KX-4711823").mkdir()
    elif place == "link":
        (after / "c.dcm").symlink_to("/nowhere/Ivanova/a.dcm")
    else:
        try:
            os.setxattr(path, "user.patient", b"Ivanova^Marfa")
        except OSError:
            os.utime(path)  # the file system has no attributes: nothing can be hidden there
            return
    found = checked(before, None)
    assert "L03" in errors(found)
    printed = json.dumps(found.row(), ensure_ascii=False)
    assert "Ivanova" not in printed
    assert "4711823" not in printed
    assert "vanova" in json.dumps(found.row(values=True)) or place == "folder"


def as_zip(out: Dataset, after: Path) -> None:
    out.SeriesDescription = "Ivanova"
    inner = made.save(out, after.parent / "x" / "b.dcm")
    with zipfile.ZipFile(after / "z.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(inner, "b.dcm")


def as_pdf(out: Dataset, after: Path) -> None:
    import zlib

    held = zlib.compress(b"BT (Iva) Tj (nova) Tj ( Marfa) Tj ET")
    (after / "a.pdf").write_bytes(b"%PDF-1.4\n1 0 obj<</Length 50>>stream\n" + held + b"\nendstream endobj\n%%EOF")


def as_png(out: Dataset, after: Path) -> None:
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("who", "Ivanova^Marfa", zip=True)
    Image.new("L", (40, 40), 90).save(after / "a.png", pnginfo=info)


def as_volume(out: Dataset, after: Path) -> None:
    header = bytearray(352)
    header[:4], header[344:348], header[148:161] = b"\x5c\x01\0\0", b"n+1\0", b"Ivanova^Marfa"
    with gzip.open(after / "v.nii.gz", "wb") as stream:
        stream.write(bytes(header) + bytes(64))


def as_table(out: Dataset, after: Path) -> None:
    (after / "t.csv").write_text("case,born\n1,17.03.1961\n", encoding="utf-8")


def as_json(out: Dataset, after: Path) -> None:
    (after / "t.json").write_text(json.dumps({"n": "Тюленева Прасковья"}), encoding="utf-8")


@pytest.mark.parametrize("plant", [as_zip, as_pdf, as_png, as_volume, as_table, as_json])
def test_an_identifier_in_another_kind_of_file_is_found(
    before: Path, out: Dataset, plant: Callable[[Dataset, Path], None]
) -> None:
    after = before.parent / "out"
    made.save(made.cleaned(made.source()), after / "b.dcm")
    plant(out, after)
    assert errors(verify(before, after, pixels=False)) & {"L01", "L06", "L12"}


def test_a_moved_date_that_equals_another_date_by_chance_is_none(before: Path, out: Dataset) -> None:
    other = made.source(2)
    other.PatientID, other.PatientName, other.StudyDate = "ZZ-9911823", "Petrov^Ilja", made.CLEAN_STUDY
    made.save(other, before / "c.dcm")
    assert checked(before, out).clean


def test_a_single_date_that_was_not_moved_is_found(before: Path, out: Dataset) -> None:
    out.SeriesDate = made.STUDY
    assert {f.place for f in checked(before, out).findings if f.code == "L05"} == {"(0008,0021)"}


def test_a_date_moved_by_other_days_than_the_rest_is_a_warning(before: Path, out: Dataset) -> None:
    out.ContentDate = "20170211"
    assert {(f.code, f.place) for f in checked(before, out).findings if f.code != "M02"} == {("W04", "(0008,0023)")}


def test_uids_that_were_kept_on_purpose_are_remarks(before: Path, out: Dataset) -> None:
    out.StudyInstanceUID = made.source().StudyInstanceUID
    assert errors(checked(before, out)) == {"L04"}
    found = checked(before, out, uids_kept=True)
    assert found.clean
    assert "M01" in {f.code for f in found.findings}


def test_planted_identifiers_are_looked_for_too(before: Path, out: Dataset, tmp_path: Path) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text("kind,value\nname,Quasthoff^Lu\nid,8812345\n", encoding="utf-8")
    out.SeriesDescription = "8812345"
    assert errors(checked(before, out, planted=listed)) == {"L11"}


def test_words_burned_into_the_pixels_are_read(before: Path, out: Dataset) -> None:
    from PIL import Image, ImageDraw, ImageFont

    drawn = Image.new("L", (320, 96), 0)
    ImageDraw.Draw(drawn).text((6, 30), "IVANOVA MARFA", fill=255, font=ImageFont.load_default(22))
    noise = np.random.default_rng(4).normal(1000, 20, (96, 320))
    made.picture(out, np.where(np.asarray(drawn) > 127, 4000, noise).astype(np.uint16))
    found = checked(before, out, pixels=True)
    assert "L08" in errors(found)
    assert found.counts["read_frames"] == 1


def test_an_overlay_and_bits_nobody_looks_at_are_told(before: Path, out: Dataset) -> None:
    values = np.frombuffer(out.PixelData, np.uint16).copy()
    values[:40] |= 0x4000  # one row in part: nothing that could be read
    out.PixelData = values.tobytes()
    found = verify(before, made.save(out, before.parent / "out" / "b.dcm").parent, pixels=True)
    assert "W03" in {f.code for f in found.findings}


def test_the_form_of_an_object_is_checked(before: Path, out: Dataset) -> None:
    del out.PatientIdentityRemoved
    del out.DeidentificationMethodCodeSequence
    out.preamble = b"x" * 128
    out.PatientAge = "093Y"
    assert {"F01", "F02", "F04", "F09"} <= errors(checked(before, out))


def test_nothing_readable_proves_nothing(before: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert errors(verify(before, tmp_path / "out")) == {"R02"}
    assert {"R02", "R03"} == errors(verify(tmp_path / "out", tmp_path / "out"))
    with pytest.raises(InputError, match="does not exist") as caught:
        verify(before, tmp_path / "nowhere")
    assert caught.value.code == "VERIFY_MISSING"


def hostile() -> list[bytes]:
    head = b"\0" * 128 + b"DICM"
    meta = b"\x02\0\x10\0UI\x14\x001.2.840.10008.1.2.1\0"
    deep = b"\x40\0\x30\xa7SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff" * 5000
    return [
        head,
        head + meta,
        head + meta + b"\x08\0\x05",
        head + meta + b"\x08\0\x05\0CS\xff\xff",
        head + meta + deep,
        head + meta + b"\xfe\xff\x0d\xe0\0\0\0\0" * 1000,
        head + meta + b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff",
        head + meta.replace(b"1.2.1\0", b"1.2.1.99") + b"\xff" * 99,
        b"PK\x03\x04" + b"\xff" * 200,
        b"\x1f\x8b\x08\0" + b"\xff" * 200,
        b"\xff\xd8\xff\xe0\0\x02",
        b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffzTXt",
        b"%PDF-1.4 stream\n\xff",
        b"",
        os.urandom(5000),
    ]


def test_damaged_files_never_stop_it_and_are_told(tmp_path: Path, before: Path) -> None:
    after = tmp_path / "out"
    after.mkdir()
    for number, data in enumerate(hostile()):
        (after / f"{number:02d}").write_bytes(data)
        (before / f"x{number:02d}").write_bytes(data)
    found = verify(before, after)
    assert {"R01"} <= errors(found)
    assert len({f.file for f in found.findings}) >= 5
    assert found.counts["files"] >= 12


def test_every_truncation_of_an_object_is_read_to_its_end(tmp_path: Path, before: Path, out: Dataset) -> None:
    out.SeriesDescription = "Ivanova"
    data = made.save(out, tmp_path / "whole.dcm").read_bytes()
    after = tmp_path / "out"
    after.mkdir()
    cuts = range(140, 1200, 53)
    for cut in cuts:
        (after / f"{cut:04d}.dcm").write_bytes(data[:cut])
    assert verify(before, after, pixels=False).counts["files"] == len(cuts)


def test_every_code_has_words_in_both_languages() -> None:
    assert [c for c in CODES if not say(f"verify_{c.lower()}", "en") or not say(f"verify_{c.lower()}", "ru")] == []


def test_the_outcome_is_the_same_each_time(before: Path, out: Dataset) -> None:
    out.SeriesDescription = "Ivanova KX-4711823"
    out.StudyDate = made.STUDY
    assert checked(before, out).row() == checked(before, None).row()


def test_the_command_exits_with_3_and_prints_no_identifier(
    before: Path, out: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    from groundglass.cli.deidentify_verify import verify as command

    after = before.parent / "out"
    made.save(out, after / "b.dcm")
    assert command(before, after) == 0
    assert capsys.readouterr().out.endswith("no planted or known identifier found\n")
    out.SeriesDescription = "Ivanova"
    made.save(out, after / "b.dcm")
    assert command(before, after) == 3
    assert "vanova" not in capsys.readouterr().out
    assert command(before, after, json=True, show_values=True) == 3
    assert "Ivanova" in capsys.readouterr().out


UUID_UID = "2.25.336487725778430282860328545527801875370"


def as_uid(out: Dataset) -> None:
    out.StudyInstanceUID = UUID_UID


def as_uid_in_text(out: Dataset) -> None:
    out.SeriesDescription = f"see {UUID_UID}."


def as_prefix_of_a_uid(out: Dataset) -> None:
    out.StudyInstanceUID = f"{UUID_UID}.1"


def as_uid_of_another_root(out: Dataset) -> None:
    out.StudyInstanceUID = f"1.2.3.{UUID_UID[5:]}"


def as_uuid(out: Dataset) -> None:
    out.SeriesDescription = str(uuid.UUID(int=int(UUID_UID[5:])))


@pytest.mark.parametrize("plant", [as_uid, as_uid_in_text, as_prefix_of_a_uid, as_uid_of_another_root, as_uuid])
def test_a_uid_made_of_a_uuid_is_found_in_each_form(
    before: Path, out: Dataset, plant: Callable[[Dataset], None]
) -> None:
    other = made.source(2)
    other.StudyInstanceUID = UUID_UID
    made.save(other, before / "c.dcm")
    assert checked(before, out).clean
    plant(out)
    assert errors(checked(before, out)) == {"L04"}


@pytest.mark.parametrize("name", ["{}.dcm", "a_{}.dcm", "{}"])
@pytest.mark.parametrize("uid", [UUID_UID, "1.2.826.0.1.3680043.8.498.7001.55512"])
def test_a_uid_in_the_name_of_a_file_is_found(before: Path, out: Dataset, name: str, uid: str) -> None:
    other = made.source(2)
    other.StudyInstanceUID = UUID_UID
    made.save(other, before / "c.dcm")
    path = made.save(out, before.parent / "out" / "b.dcm")
    path.rename(path.with_name(name.format(uid.replace(".", "_"))))
    assert errors(checked(before, None)) & {"L03", "L04"}


@pytest.mark.parametrize(
    "value", ["STATION_NAME", "Requesting Service", "PATIENTS_MOTHERS_BIRTH_NAME", "FillerOrderNumb"]
)
@pytest.mark.parametrize("keyword", ["StationName", "AccessionNumber", "InstitutionName", "PatientAddress"])
def test_a_dummy_that_is_called_like_an_attribute_is_no_identifier(
    before: Path, out: Dataset, keyword: str, value: str
) -> None:
    other = made.source(2)
    setattr(other, keyword, value)
    made.save(other, before / "c.dcm")
    report = {"by_attribute": {"(0008,1010) Station Name": 1, "Requesting Service": 2, "Filler Order Number": 3}}
    (before.parent / "out").mkdir()
    (before.parent / "out" / "deidentification.json").write_text(
        json.dumps({**report, "x": "Patient's Mother's Birth Name"}), encoding="utf-8"
    )
    assert checked(before, out).clean


def test_a_patient_called_like_a_word_of_the_report_is_a_warning_there_and_an_error_elsewhere(
    before: Path, out: Dataset
) -> None:
    other = made.source(2)
    other.PatientName = "Overrides^Pseudonymus"
    made.save(other, before / "c.dcm")
    (before.parent / "out").mkdir()
    report = before.parent / "out" / "deidentification.json"
    report.write_text('{"overrides": 1}', encoding="utf-8")
    found = checked(before, out)
    assert found.clean
    assert "W01" in {f.code for f in found.findings}
    report.write_text('{"overrides": 1, "who": "Pseudonymus"}', encoding="utf-8")
    assert errors(checked(before, out)) == {"L12"}
    report.rename(report.with_name("other.json"))
    assert "L12" in errors(checked(before, out))


def written(ds: Dataset, text: str) -> None:
    """Burn a text into the pixels of an object."""
    from PIL import Image, ImageDraw, ImageFont

    drawn = Image.new("L", (320, 96), 0)
    ImageDraw.Draw(drawn).text((6, 30), text, fill=255, font=ImageFont.load_default(22))
    noise = np.random.default_rng(4).normal(1000, 20, (96, 320))
    made.picture(ds, np.where(np.asarray(drawn) > 127, 4000, noise).astype(np.uint16))


def test_a_name_that_stands_only_in_pixels_of_the_source_is_looked_for_in_texts(before: Path, out: Dataset) -> None:
    other = made.source(2)
    written(other, "KOVALCHUK OLENA")
    made.save(other, before / "c.dcm")
    assert checked(before, out, pixels=True).clean
    out.SeriesDescription = "for Kovalchuk"
    found = checked(before, out, pixels=True)
    assert {(f.code, f.kind) for f in found.findings if f.severity == "error"} == {("L01", "pixels")}


def test_words_in_pixels_of_the_source_that_its_headers_hold_too_are_no_news(before: Path, out: Dataset) -> None:
    other = made.source(2)
    other.SoftwareVersions = out.SoftwareVersions = "Kovalchuk Olena"
    written(other, "KOVALCHUK OLENA")
    made.save(other, before / "c.dcm")
    assert checked(before, out, pixels=True).clean


def test_pictures_of_the_source_that_are_left_unread_are_told(
    before: Path, out: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    from groundglass.deidentify.verify import eyes

    monkeypatch.setattr(eyes, "SOURCE_READ_AT_MOST", 0)
    other = made.source(2)
    written(other, "KOVALCHUK OLENA")
    made.save(other, before / "c.dcm")
    assert [(f.file, f.place) for f in checked(before, out, pixels=True).findings if f.code == "M05"] == [("IN", "1")]


BESIDE = "Contact: Olena Kovalchuk, o.koval@example.org, +380 44 123 45 67, case 77120934, Chest CT 20200517\n"


@pytest.mark.parametrize("text", ["Kovalchuk Olena", "o.koval@example.org", "380441234567", "case 77120934"])
@pytest.mark.parametrize("name", ["note.txt", "note.html"])
def test_forms_of_a_text_beside_the_source_are_warned_of(before: Path, out: Dataset, name: str, text: str) -> None:
    (before / name).write_text(BESIDE if name == "note.txt" else f"<html><b>{BESIDE}</b></html>", encoding="utf-8")
    assert not [f for f in checked(before, out).findings if f.severity != "remark"]
    out.SeriesDescription = text
    found = checked(before, out)
    assert errors(found) <= ({"F14"} if "@" in text else set())
    assert {f.code for f in found.findings if f.severity == "warning"} == {"W07"}


def as_key(after: Path) -> None:
    (after / "deep" / "er").mkdir(parents=True)
    (after / "deep" / "er" / "any").write_text('{\n "schema": "groundglass/project-key/1"}', encoding="utf-8")


def as_table_in_an_archive(after: Path) -> None:
    with zipfile.ZipFile(after / "z.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("p/patients.table", '{"schema": "groundglass/project-table/1", "project": "0"}\n')


@pytest.mark.parametrize("plant", [as_key, as_table_in_an_archive])
def test_a_part_of_a_project_folder_under_out_is_found_without_being_told_of_it(
    before: Path, out: Dataset, plant: Callable[[Path], None]
) -> None:
    assert checked(before, out).clean
    plant(before.parent / "out")
    assert errors(checked(before, out)) == {"F12"}


@pytest.mark.parametrize("target", ["..", "b.dcm", "../in", "/"])
def test_a_link_is_an_error_wherever_it_leads(before: Path, out: Dataset, target: str) -> None:
    assert checked(before, out).clean
    (before.parent / "out" / "c").symlink_to(target)
    assert errors(checked(before, out)) == {"F13"}


def test_a_file_that_the_run_does_not_write_is_a_warning(before: Path, out: Dataset) -> None:
    assert checked(before, out).clean
    (before.parent / "out" / "thumbs.txt").write_text("slices", encoding="utf-8")
    found = checked(before, out)
    assert found.clean
    assert [f.file for f in found.findings if f.code == "W08"] == ["thumbs.txt"]


@pytest.mark.parametrize("size", [150, 250, 400, 700])
def test_an_object_that_is_cut_off_is_an_error_and_its_bytes_are_searched(
    before: Path, out: Dataset, size: int
) -> None:
    after = before.parent / "out"
    data = made.save(out, after / "b.dcm").read_bytes()
    (after / "c.dcm").write_bytes(data[:size] + b"Ivanova^Marfa")
    assert {"L02", "R01"} <= {f.code for f in checked(before, None).findings if f.file == "c.dcm"}


@pytest.mark.parametrize("text", ["write to a.b@hospital.example", "call +49 (231) 555 88-41", "+380441234599"])
def test_an_address_or_number_that_the_source_does_not_know_is_found_by_its_form(
    before: Path, out: Dataset, text: str
) -> None:
    out.ImageComments = text
    assert errors(checked(before, out)) == {"F14"}


@pytest.mark.parametrize("text", ["+1000.0 +2000.5 +30000.25", "3 @ 5 mm", "a@b", "+ 12 345", "120 kV + 30 mAs"])
def test_other_signs_are_no_address(before: Path, out: Dataset, text: str) -> None:
    out.ImageComments = text
    assert checked(before, out).clean


def test_private_attributes_are_an_error_unless_the_object_says_that_they_are_safe(before: Path, out: Dataset) -> None:
    out.private_block(0x0031, "MADE", create=True).add_new(0x10, "DS", "5")
    assert errors(checked(before, out)) == {"F05"}
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "113111", "DCM", "Retain Safe Private Option"
    out.DeidentificationMethodCodeSequence.append(code)
    found = checked(before, out)
    assert found.clean
    assert "W09" in {f.code for f in found.findings}


def test_attributes_of_identity_are_errors_whatever_they_hold(before: Path, out: Dataset) -> None:
    out.EthnicGroup = "MADE"
    out.PatientName = "M.X."
    found = checked(before, out)
    assert errors(found) == {"F15"}
    assert "F06" in {f.code for f in found.findings}


LONG_NAME, LONG_CYRILLIC = "Vrubelskaja^Malvina", "Врубельская^Мальвина"


def with_a_long_name(before: Path) -> None:
    other = made.source(2)
    other.PatientID, other.PatientName = "ZZ-9911823", f"{LONG_NAME}={LONG_CYRILLIC}"
    other.InstitutionAddress = "Sackgasse 3, 40417 Zweiwaldhausen"
    other.PatientComments = "neighbour of Brzozowek, claustrophobic"
    made.save(other, before / "c.dcm")


@pytest.mark.parametrize(
    "text",
    [
        "xxVrubelskajaCT",
        "ajaksleburV",
        "Vrubel\\skaja",
        "Врубельской",
        "к Врубельскую",
        "xxВрубельскаяКТ",
        "Vrub\u0435lsk\u0430ja",
        "Врубельск\u0061я",
        "zip 40417",
        "asked Brzozowek",
    ],
)
def test_a_long_name_is_found_however_it_is_joined_bent_or_disguised(before: Path, out: Dataset, text: str) -> None:
    with_a_long_name(before)
    assert checked(before, out).clean
    out.OperatorsName = ""
    out.add_new(0x00181210, "SH", text.split("\\"))
    assert errors(checked(before, out)) & {"L01", "L10"}


@pytest.mark.parametrize("text", ["Врубель", "4041 and 404171", "Vrubel", "claustro", "1.40417"])
def test_less_than_the_name_is_no_finding(before: Path, out: Dataset, text: str) -> None:
    with_a_long_name(before)
    out.ImageComments = text
    assert checked(before, out).clean


@pytest.mark.parametrize("at", [0, 4097])
@pytest.mark.parametrize("codec", ["ascii", "utf-16-le"])
def test_a_word_of_a_name_among_the_bytes_of_pixels_is_found(before: Path, out: Dataset, at: int, codec: str) -> None:
    with_a_long_name(before)
    word = "Vrubelskaja".encode(codec)
    out.PixelData = out.PixelData[:at] + word + out.PixelData[at + len(word) :]
    assert "L02" in errors(checked(before, out))


@pytest.mark.parametrize(("confidence", "found"), [(0.3, False), (0.9, True)])
def test_a_short_number_read_in_noise_counts_only_if_it_was_read_surely(confidence: float, found: bool) -> None:
    from groundglass.deidentify.verify.apart import Read
    from groundglass.deidentify.verify.known import Known
    from groundglass.deidentify.verify.letters import Line
    from groundglass.deidentify.verify.pictures import Pictures
    from groundglass.deidentify.verify.search import Search

    known = Known()
    known.add("id", "S2047", "PatientID")
    known.settle()
    read = Read("(7FE0,0010) frame 1", (Line("S2047", confidence), Line("il ri", 0.2)))
    codes = {f.code for f in Pictures(Search(known), known).findings(read, "a.dcm")}
    assert ("L08" in codes) is found


@pytest.mark.parametrize(("value", "codes"), [(b"\0\0", set()), (b"%PDF-1.4", {"F10"})])
def test_an_emptied_document_is_none(before: Path, out: Dataset, value: bytes, codes: set[str]) -> None:
    out.add_new(0x00420011, "OB", value)
    assert errors(checked(before, out)) == codes
