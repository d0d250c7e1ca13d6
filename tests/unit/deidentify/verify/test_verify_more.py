"""UIDs in other forms, project files, links, cut objects, forms of addresses and bent names are found in OUT."""

from __future__ import annotations

import json
import sys
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset

from groundglass.deidentify.verify import Verified, verify
from groundglass.deidentify.verify.letters import Line, reads_as

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


@pytest.mark.parametrize(("text", "kind"), [("一 一", ""), ("口 丨", ""), ("王一", "name"), ("欧阳春晓", "name")])
def test_the_rules_of_a_table_read_as_strokes_are_no_name(text: str, kind: str) -> None:
    assert reads_as(Line(text, 1.0)) == kind
