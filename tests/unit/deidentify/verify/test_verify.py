"""Each kind of identifier in each encoding and place is found, and a clean object gives no alarm."""

from __future__ import annotations

import base64
import gzip
import json
import os
import sys
import urllib.parse
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
