"""What texts, tables, documents and headers of a set may say, and what they may not."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from groundglass.datasets.members import About
from groundglass.datasets.validation.files import walk
from groundglass.datasets.validation.headers import gzip_dates, header_findings
from groundglass.datasets.validation.identity.names import check_names
from groundglass.datasets.validation.identity.texts import check_texts, unsearched

Write = Callable[[Path], object]
AUTHORS = """# Chest CT of the Larch cohort

Agatha Quill (1), Luka Perov (2)
(1) Department of Radiology, Quill Valley University Hospital
(2) City Clinical Hospital No. 940

Approved by the Ethics Committee of Larch Hospital (No. 2020-0417, 15.04.2020), grant 18-15-00391.
Quill A., Perov L. Journal of Imaging 2021;13(4):210-219. doi:10.1000/xyz.2021.0123456, PMID: 33123456
Contact: Dr. Agatha Quill, agatha.quill@example.org, tel. +1 (555) 010-9999
CT acquired between 1 March 2020 and 25 April 2020. Patient Age 18 to 97. Patient name: removed.

Авторы: Перов Лука Ильич, Верескова А.П. Больные старше 18 лет. Одобрено этическим комитетом ГКБ № 940 (11.04.2021).
"""


def _codes(folder: Path) -> set[tuple[str, object]]:
    return {(each.code, each.values.get("kind")) for each in check_texts(walk(folder), About())}


def _text(name: str, text: str, encoding: str = "utf-8") -> Write:
    return lambda folder: (folder / name).write_bytes(text.encode(encoding))


def _hidden(folder: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("other")
    sheet.append(["study_0001", "Quill Agatha"])
    sheet.sheet_state = "veryHidden"
    book.save(folder / "table.xlsx")


def _sheet_name(folder: Path) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("Перов Лука Ильич")
    book.save(folder / "table.xlsx")


def _zip(folder: Path) -> None:
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        archive.writestr("notes.txt", "Patient: Agatha Quill, 54 y.o.")


def _pdf(folder: Path) -> None:
    page = b"BT /F1 12 Tf (Patient: Agatha ) Tj [(Qu) -20 (ill)] TJ ET"
    (folder / "page.pdf").write_bytes(
        b"%PDF-1.4\n1 0 obj<</Length 52>>\nstream\n" + page + b"\nendstream endobj\n%%EOF"
    )


@pytest.mark.parametrize(
    ("write", "kind"),
    [
        (_text("notes.txt", "Patient: Agatha Quill, 54 y.o."), "name"),
        (_text("README.md", "Пациент Перов Л.И. поступил"), "name"),
        (_text("notes.txt", "Пациент Перов Л.И. поступил", "cp1251"), "name"),
        (_text("rows.csv", "id,comment\n1,Перова Мария Ильинична\n"), "name"),
        (_text("people.json", json.dumps(["Quill Agatha", "Larch John"])), "name"),
        (_text("rows.jsonl", '{"PatientName": "Quill^Agatha"}\n'), "name"),
        (_text("fig.svg", "<svg><!-- Перов Лука Ильич --></svg>"), "name"),
        (_text("notes.txt", "Перов Лука, 1957 г.р."), "birth"),
        (_text("README.md", "Scanned on 11.04.2020 at 13:45"), "date"),
        (_text("rows.csv", "id,when\n1,2020-04-11\n2,2020-04-12\n"), "column_date"),
        (_text("rows.csv", "id,hospital\n1,ГКБ 940\n"), "column_place"),
        (_text("rows.csv", "study_id,patient_id\n1,00123450\n"), "column_number"),
        (_text("notes.txt", "Scans of City Clinical Hospital No. 940"), "hospital"),
        (_hidden, "name"),
        (_sheet_name, "name"),
        (_zip, "name"),
        (_pdf, "name"),
    ],
)
def test_what_names_a_patient_is_found_wherever_it_stands(tmp_path: Path, write: Write, kind: str) -> None:
    write(tmp_path)
    assert ("IDENTIFIER_IN_TEXT", kind) in _codes(tmp_path)


def test_a_hospital_in_a_readme_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("Scans of City Clinical Hospital No. 940\n", encoding="utf-8")
    assert _codes(tmp_path) == {("METADATA_IN_FILE", "hospital")}


def test_authors_grants_papers_and_contacts_are_no_leak(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(AUTHORS, encoding="utf-8")
    (tmp_path / "rows.csv").write_text("study_id,patient_id,hospital\n1,patient_0001,site-1\n", encoding="utf-8")
    assert _codes(tmp_path) == set()


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Quill_Agatha_1957.txt", True),
        ("Перов_ЛИ.csv", True),
        ("ct_20200411_134512.txt", True),
        ("studies/pid_44719.nii.gz", True),
        ("studies/study_0001.nii.gz", False),
        ("changes_2021-05-01.txt", False),
    ],
)
def test_names_of_files_are_looked_at(tmp_path: Path, name: str, found: bool) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"x")
    for number in range(3):
        (tmp_path / f"case_{number}.nii.gz").write_bytes(b"x")
    assert [each.code for each in check_names(walk(tmp_path))] == ["IDENTIFIER_IN_NAME"] * found


def _header(descrip: bytes = b"", data_type: bytes = b"") -> bytes:
    head = bytearray(352)
    struct.pack_into("<i", head, 0, 348)
    struct.pack_into("<8h", head, 40, 3, 2, 2, 2, 1, 1, 1, 1)
    struct.pack_into("<2h", head, 70, 2, 8)
    struct.pack_into("<f", head, 108, 352.0)
    head[344:348] = b"n+1\0"
    head[148 : 148 + len(descrip)] = descrip
    head[4 : 4 + len(data_type)] = data_type
    return bytes(head) + bytes(8)


@pytest.mark.parametrize(
    ("descrip", "code"),
    [
        (b"1957-03-14", "IDENTIFIER_IN_HEADER"),
        (b"20200411", "IDENTIFIER_IN_HEADER"),
        (b"4471902", "IDENTIFIER_IN_HEADER"),
        (b"fade", "IDENTIFIER_IN_HEADER"),
        (b"Li", "IDENTIFIER_IN_HEADER"),
        ("Перов".encode("cp1251"), "IDENTIFIER_IN_HEADER"),
        (b"1.3.6.1.4.1.99999.1.2.3", "IDENTIFIER_IN_HEADER"),
        (b"TE=0;Time=134512.000", "HEADER_TEXT"),
        (b"FSL5.0", ""),
        (b"6.0.5:9e026117", ""),
        (b"dcm2niix v1.0.20190902", ""),
        (b"5.0.10", ""),
        (b"", ""),
    ],
)
def test_texts_of_headers_are_told_from_versions(tmp_path: Path, descrip: bytes, code: str) -> None:
    (tmp_path / "a.nii").write_bytes(_header(descrip))
    assert [each.code for each in header_findings(tmp_path / "a.nii", "a.nii", "s")] == [code] * bool(code)


@pytest.mark.parametrize("packed", [True, False])
def test_what_stands_behind_the_voxels_is_read(tmp_path: Path, packed: bool) -> None:
    secret = b"Patient: Agatha Quill"
    content = gzip.compress(_header(), mtime=0) + gzip.compress(secret) if packed else _header() + secret
    name = "a.nii.gz" if packed else "a.nii"
    (tmp_path / name).write_bytes(content)
    (found,) = header_findings(tmp_path / name, name, "s")
    assert (found.code, found.values["place"]) == ("IDENTIFIER_IN_HEADER", "file_end")


def test_the_data_type_field_and_the_name_in_gzip_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.nii").write_bytes(_header(data_type=b"QUILL"))
    packed = io.BytesIO()
    with gzip.GzipFile("00447190.nii", "wb", 1, packed, mtime=1) as stream:
        stream.write(_header())
    (tmp_path / "b.nii.gz").write_bytes(packed.getvalue())
    for name in ("a.nii", "b.nii.gz"):
        assert [each.code for each in header_findings(tmp_path / name, name, "s")] == ["IDENTIFIER_IN_HEADER"]
    assert [each.values["kind"] for each in gzip_dates(walk(tmp_path))] == ["packed"]


def test_what_is_not_searched_is_counted(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    (tmp_path / "b.rar").write_bytes(b"x")
    (tmp_path / "c.pdf").write_bytes(b"%PDF 1 0 obj<</Subtype /Image>>")
    with (tmp_path / "d.txt").open("wb") as stream:
        stream.truncate(33 * 1024 * 1024)
    assert unsearched(walk(tmp_path)) == {"large_texts": 1, "pictures_read": 1, "inner_pictures": 1, "closed": 1}
