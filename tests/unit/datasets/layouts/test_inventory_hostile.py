"""Folders, tables and paths made to break whoever reads them end in findings, in time and in memory."""

from __future__ import annotations

import json
import os
import time
import zipfile
from pathlib import Path

import pytest
from made_layouts import ABOUT, some_members, write_made

from groundglass.datasets.formats.spreadsheets import read_cells
from groundglass.datasets.layouts import LAYOUTS, inventory
from groundglass.datasets.layouts.reading.tree import path_in_set, shown
from groundglass.errors import InputError

HEAD = "study_id,category,study_file,mask_file\r\n"
SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def sheet_of(rows: str) -> bytes:
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'.encode()


def book(path: Path, **parts: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as stream:
        for name, content in parts.items():
            stream.writestr({"sheet": SHEET, "strings": "xl/sharedStrings.xml"}[name], content)
    return path


def codes(folder: Path) -> set[str]:
    return {finding.code for finding in inventory(folder).findings}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 no zip",
        b"\x00" * 4096,
        HEAD.encode() + b'1,"CT-0,/studies/CT-0/study_0001.nii.gz,\r\n' * 3,
        HEAD.encode("utf-16")[2:],
        HEAD.replace(",", "|").encode(),
        "исследование,степень\r\n1,2\r\n".encode("cp1251"),
        HEAD.replace("category", "study_id").encode(),
        HEAD.encode() + b"1,CT-0," + b"a" * 200_000 + b",\r\n",
    ],
    ids=range(9),
)
@pytest.mark.parametrize("name", ["dataset_registry.csv", "dataset_registry.xlsx"])
def test_a_registry_that_is_none_is_damaged(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    assert {"REGISTRY_DAMAGED", "SET_EMPTY"} <= codes(tmp_path)


def test_a_workbook_that_unpacks_into_gigabytes_is_damaged_and_not_unpacked(tmp_path: Path) -> None:
    with (
        zipfile.ZipFile(tmp_path / "dataset_registry.xlsx", "w", zipfile.ZIP_DEFLATED) as stream,
        stream.open(zipfile.ZipInfo(SHEET), "w", force_zip64=True) as part,
    ):
        for _ in range(80):
            part.write(b" " * 1024 * 1024)
    started = time.process_time()
    assert "REGISTRY_DAMAGED" in codes(tmp_path)
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "rows",
    [
        '<row><c r="ZZZ1"><v>1</v></c></row>' * 1000,
        '<row><c t="s"><v>-1</v></c></row>',
        '<row><c t="s"><v>7</v></c></row>',
        '<row><c t="s"><v>one</v></c></row>',
        "<row><c",
    ],
)
def test_a_sheet_of_impossible_cells_is_damaged(rows: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_cells(book(tmp_path / "t.xlsx", sheet=sheet_of(rows), strings=f'<sst xmlns="{MAIN}"/>'.encode()))
    assert caught.value.code == "SET_MEMBER_DAMAGED"


def test_entities_are_refused_in_any_encoding(tmp_path: Path) -> None:
    text = f'<?xml version="1.0" encoding="{{}}"?><!DOCTYPE a [<!ENTITY b "c">]><worksheet xmlns="{MAIN}"/>'
    for encoding in ("utf-8", "utf-16"):
        with pytest.raises(InputError):
            read_cells(book(tmp_path / f"{encoding}.xlsx", sheet=text.format(encoding).encode(encoding)))


def test_cells_in_any_order_with_japanese_hints_are_read(tmp_path: Path) -> None:
    rows = '<row><c r="B1" t="inlineStr"><is><t>b</t><rPh><t>hint</t></rPh></is></c><c r="A1"><v>1</v></c></row>'
    assert read_cells(book(tmp_path / "t.xlsx", sheet=sheet_of(rows))) == [["1", "b"]]


@pytest.mark.parametrize(
    "cell",
    ["..", "a/../../b", "C:\\x", "//server/x", "\\\\server\\x", "~/x", "a\0b", "a\nb", "a" * 2000, "/", "http://x/y"],
)
def test_paths_that_lead_out_are_none(cell: str) -> None:
    assert path_in_set(cell) is None


@pytest.mark.parametrize(
    ("cell", "path"), [("/studies/a.nii", "studies/a.nii"), ("./a/b", "a/b"), ("a\\b", "a/b"), (" a b ", "a b")]
)
def test_paths_inside_are_relative(cell: str, path: str) -> None:
    assert path_in_set(cell) == path


def test_names_that_steer_a_terminal_are_shown_without_that(tmp_path: Path) -> None:
    assert shown("a\x1b[31m\nb\u202e\udcff") == "a?[31m?b??"
    for name in (b"study\n1.nii.gz", b"\x1b[2J.nii.gz", b"\xff\xfe.nii.gz"):
        with open(os.path.join(os.fsencode(tmp_path), name), "wb"):  # noqa: PTH118, PTH123 -- a name that is no text
            pass
    found = inventory(tmp_path)
    assert len(found.members) == 3
    assert all(member.study_id.isprintable() for member in found.members)


def test_a_hundred_thousand_rows_are_read_in_seconds(tmp_path: Path) -> None:
    rows = (f"{n},CT-1,/studies/CT-1/study_{n:04d}.nii.gz,\r\n" for n in range(1, 100_001))
    (tmp_path / "dataset_registry.csv").write_text(
        HEAD.replace("\r\n", "\n") + "".join(rows), encoding="utf-8", newline=""
    )
    started = time.process_time()
    found = inventory(tmp_path)
    assert len(found.members) == 100_000
    assert time.process_time() - started < 15


def test_nested_json_and_deep_folders_do_not_stop_the_reading(tmp_path: Path) -> None:
    write_made(tmp_path, LAYOUTS["mosmed"], some_members(LAYOUTS["mosmed"]))
    (tmp_path / "dataset.json").write_bytes(b"[" * 200_000)
    deep = tmp_path.joinpath(*["d"] * 40)
    deep.mkdir(parents=True)
    assert {"MANIFEST_DAMAGED", "FILE_UNREADABLE"} <= codes(tmp_path)
    assert len(inventory(tmp_path).members) == 12


@pytest.mark.parametrize(
    "content",
    [
        {"about": 3, "layout": "mosmed"},
        {"about": {"title": [1], "authors": "me", "name": 7, "card": [], "withdrawn": {"a": 1}}, "layout": {}},
        {"about": None, "layout": "pairs", "studies": "many"},
        {"layout": "nnunet"},
    ],
)
def test_a_manifest_of_the_wrong_types_breaks_nothing(content: dict[str, object], tmp_path: Path) -> None:
    write_made(tmp_path, LAYOUTS["mosmed"], some_members(LAYOUTS["mosmed"]), ABOUT)
    (tmp_path / "dataset.json").write_text(json.dumps({"schema": "groundglass/dataset/1"} | content), encoding="utf-8")
    found = inventory(tmp_path)
    assert len(found.members) == 12
    assert found.about.authors == ()


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may read every folder")
def test_a_folder_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    write_made(tmp_path, LAYOUTS["mosmed"], some_members(LAYOUTS["mosmed"]))
    (tmp_path / "masks").chmod(0)
    try:
        assert {"FILE_UNREADABLE", "MASK_MISSING"} <= codes(tmp_path)
    finally:
        (tmp_path / "masks").chmod(0o755)
