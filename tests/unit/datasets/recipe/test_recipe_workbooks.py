"""Workbooks that want to hurt."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl
import pytest

from groundglass.datasets.recipe.tables import read_table
from groundglass.errors import InputError

SHEET = "xl/worksheets/sheet1.xml"
_HEAD = '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


def plain_book() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["id", "grade"])
    sheet.append([1, "CT-1"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def changed(part: str, change: Callable[[bytes], bytes | None], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return the workbook with one part changed; None takes it out."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain_book())) as old, zipfile.ZipFile(stream, "w", method) as new:
        for info in old.infolist():
            data = change(old.read(info)) if info.filename == part else old.read(info)
            if data is not None:
                new.writestr(info.filename, data)
    return stream.getvalue()


def sheet_of(rows: str, before: str = "") -> bytes:
    return changed(SHEET, lambda _: f"{_HEAD}{before}<sheetData>{rows}</sheetData></worksheet>".encode())


_ROWS = (
    '<row r="1"><c t="inlineStr"><is><t>id</t></is></c><c t="inlineStr"><is><t>b</t></is></c></row>'
    '<row r="2"><c><v>1</v></c><c><v>2</v></c></row>'
)
BOMB = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
BOOKS: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "entities": (lambda: changed(SHEET, lambda text: BOMB.encode() + text), "TABLE_HOSTILE"),
    "outside entities": (lambda: changed("xl/workbook.xml", lambda text: OUTSIDE.encode() + text), "TABLE_HOSTILE"),
    "UTF-16": (lambda: changed(SHEET, lambda text: text.decode().encode("utf-16")), "TABLE_HOSTILE"),
    "a row too far": (lambda: sheet_of(_ROWS + '<row r="999999999999"><c><v>1</v></c></row>'), "TABLE_TOO_LARGE"),
    "cells too far": (lambda: sheet_of(_ROWS + '<row r="3"><c r="XFD3"><v>1</v></c></row>'), "TABLE_TOO_LARGE"),
    "no workbook": (lambda: changed("xl/workbook.xml", lambda _: None), "TABLE_KIND"),
    "no sheet": (lambda: changed(SHEET, lambda _: None), "TABLE_SHEET_MISSING"),
    "a sheet cut off": (lambda: changed(SHEET, lambda text: text[: len(text) // 2]), "TABLE_DAMAGED"),
    "no types": (lambda: changed("[Content_Types].xml", lambda _: b"<x/>"), "TABLE_DAMAGED"),
    "a string that is not there": (lambda: sheet_of('<row r="1"><c t="s"><v>99</v></c></row>'), "TABLE_DAMAGED"),
    "a number that is none": (lambda: sheet_of('<row r="1"><c><v>1e</v></c></row>'), "TABLE_DAMAGED"),
    "cut off": (lambda: plain_book()[:-300], "TABLE_DAMAGED"),
    "a wrong checksum": (lambda: plain_book().replace(b"PK\x01\x02", b"PK\x01\x03", 1), "TABLE_DAMAGED"),
    "an odd method": (lambda: changed(SHEET, lambda text: text, zipfile.ZIP_BZIP2), "TABLE_DAMAGED"),
}


@pytest.mark.parametrize("name", BOOKS)
def test_a_hostile_workbook_ends_in_a_named_error(tmp_path: Path, name: str) -> None:
    make, code = BOOKS[name]
    path = tmp_path / "book.xlsx"
    path.write_bytes(make())
    began = time.monotonic()
    with pytest.raises(InputError) as caught:
        read_table(path)
    assert caught.value.code == code
    assert time.monotonic() - began < 10


def test_a_part_that_unpacks_to_more_than_a_workbook_has_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("groundglass.datasets.recipe.workbooks.LARGEST_PART_BYTES", 1 << 20)
    path = tmp_path / "book.xlsx"
    path.write_bytes(changed("xl/styles.xml", lambda _: b" " * (2 << 20)))
    with pytest.raises(InputError) as caught:
        read_table(path)
    assert caught.value.code == "TABLE_HOSTILE"


def test_a_sheet_that_lies_of_its_size_is_read(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(sheet_of(_ROWS, '<dimension ref="A1:XFD1048576"/>'))
    began = time.monotonic()
    assert read_table(path).rows == ({"id": "1", "b": "2"},)
    assert time.monotonic() - began < 5


def test_rows_that_are_empty_cost_little(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(sheet_of(_ROWS + '<row r="200000"><c><v>3</v></c></row>'))
    began = time.monotonic()
    assert len(read_table(path).rows) == 2
    assert time.monotonic() - began < 5


def test_millions_of_empty_rows_end_at_the_limit_of_a_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groundglass.datasets.recipe.workbooks.MOST_SHEET_ROWS", 20_000)
    path = tmp_path / "book.xlsx"
    path.write_bytes(sheet_of(_ROWS + "<row/>" * 30_000))
    with pytest.raises(InputError) as caught:
        read_table(path)
    assert caught.value.code == "TABLE_TOO_LARGE"


def test_macros_are_not_looked_at(tmp_path: Path) -> None:
    stream = io.BytesIO(plain_book())
    with zipfile.ZipFile(stream, "a") as book:
        book.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0" * 100)
    path = tmp_path / "book.xlsm"
    path.write_bytes(stream.getvalue())
    assert read_table(path).rows == ({"id": "1", "grade": "CT-1"},)


def test_any_damaged_byte_of_a_workbook_gives_a_table_or_a_named_error(tmp_path: Path) -> None:
    whole = plain_book()
    path = tmp_path / "book.xlsx"
    codes = set()
    for at in range(0, len(whole), 37):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x5A]) + whole[at + 1 :])
        try:
            read_table(path)
        except InputError as error:
            codes.add(error.code)
    assert codes <= {
        "TABLE_DAMAGED",
        "TABLE_HOSTILE",
        "TABLE_KIND",
        "TABLE_EMPTY",
        "TABLE_UNREADABLE",
        "TABLE_SHEET_MISSING",
    }
    assert "TABLE_DAMAGED" in codes
