"""Rows of a small table: CSV, or a sheet of an .xlsx (ECMA-376: a zip of XML). Made for tables of unknown makers."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ElementTree
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from groundglass.datasets.formats.labelled import damaged

TABLE_BYTES_AT_MOST = 64 * 1024 * 1024
"""A table of a hundred thousand studies has thirty megabytes."""
ROWS_AT_MOST = 1_048_576
"""Rows that a sheet of Excel can have (Excel specifications and limits, Microsoft)."""
CELLS_AT_MOST = 8_000_000
"""A table of a hundred thousand studies has three and a half million; a cell takes some fifty bytes of memory."""
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINKS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_LINK_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_FIRST_SHEET = "xl/worksheets/sheet1.xml"
_BYTE_ORDER_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows under the headings of a table, all values as text, empty cells as "".

    Parameters
    ----------
    path : Path
        As :func:`read_cells`.

    Raises
    ------
    InputError
        ``SET_MEMBER_DAMAGED`` if it cannot be read or has no rows.
    """
    cells = read_cells(path)
    if len(cells) < 2:
        raise damaged("it has no rows", path.name)
    head = [heading.strip() for heading in cells[0]]
    return [dict(zip(head, [*row, *[""] * len(head)], strict=False)) for row in cells[1:] if any(row)]


def read_cells(path: Path, *, sheet: str = "") -> list[list[str]]:
    """Return every cell of a table as text, row by row, headings first; rows may differ in length.

    Parameters
    ----------
    path : Path
        ``.csv`` or ``.tsv`` (UTF-8, or UTF-16 with its mark; commas, semicolons or tabs) or ``.xlsx``.
    sheet : str
        Of an ``.xlsx``; "" is the first.

    Returns
    -------
    list of list of str
        Empty cells as ""; numbers as stored.

    Raises
    ------
    InputError
        ``SET_MEMBER_DAMAGED`` if it cannot be read, is larger than any table, or has no such sheet.
    """
    try:
        return _xlsx(path, sheet) if path.suffix.lower() == ".xlsx" else _csv(path)
    except (OSError, ValueError, KeyError, EOFError, csv.Error, zipfile.BadZipFile, zlib.error) as reason:
        raise damaged("it is no readable table", path.name) from reason
    except (ElementTree.ParseError, IndexError, NotImplementedError, RuntimeError, LookupError) as reason:
        raise damaged("its sheet is damaged", path.name) from reason


def sheet_names(path: Path) -> tuple[str, ...]:
    """Return the names of the sheets of an ``.xlsx``, hidden ones too; none where it cannot be read.

    Parameters
    ----------
    path : Path
        The workbook.
    """
    try:
        with zipfile.ZipFile(path) as book:
            sheets = ElementTree.fromstring(_part(book, "xl/workbook.xml")).iter(f"{_MAIN}sheet")
            return tuple(name for sheet in sheets if (name := sheet.get("name")))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error, ElementTree.ParseError):
        return ()
    except (NotImplementedError, RuntimeError, IndexError):  # a zip that is encrypted or of a kind nobody writes
        return ()


def _csv(path: Path) -> list[list[str]]:
    with path.open("rb") as stream:
        content = stream.read(TABLE_BYTES_AT_MOST + 1)
    if len(content) > TABLE_BYTES_AT_MOST:
        raise ValueError("too large")
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if content.startswith(mark)), "utf-8-sig")
    text = content.decode(encoding)
    first, _, rest = text.partition("\n")
    dialect = max(",;\t", key=first.count)
    if re.fullmatch(r'"?sep=(.)"?\r?', first):  # Excel's own way to say it
        dialect, text = first.strip('"\r')[-1], rest
    if "\0" in text:
        raise ValueError("NUL")
    return _bounded(csv.reader(io.StringIO(text, newline=""), delimiter=dialect, strict=True))


def _bounded(rows: Iterator[list[str]]) -> list[list[str]]:
    """Return the rows as a list, unless they are more than any table has."""
    kept: list[list[str]] = []
    count = 0
    for row in rows:
        count += len(row)
        if count > CELLS_AT_MOST or len(kept) >= ROWS_AT_MOST:
            raise ValueError("more cells than a table has")
        kept.append(row)
    return kept


def _xlsx(path: Path, wanted: str) -> list[list[str]]:
    with zipfile.ZipFile(path) as book:
        parts = set(book.namelist())
        shared: list[str] = []
        if "xl/sharedStrings.xml" in parts:
            for item in _elements(_part(book, "xl/sharedStrings.xml"), "si"):
                shared.append(_text(item))
                item.clear()
        return _bounded(_sheet_rows(_part(book, _sheet(book, parts, wanted)), shared))


def _sheet_rows(content: bytes, shared: list[str]) -> Iterator[list[str]]:
    count = 0
    for row in _elements(content, "row"):
        values: list[str] = []
        for cell in row.iter(f"{_MAIN}c"):
            column = _column(cell.get("r", ""), len(values))
            count += max(1, column + 1 - len(values))
            if count > CELLS_AT_MOST:
                raise ValueError("more cells than a table has")
            values += [""] * (column + 1 - len(values))
            values[column] = _value(cell, shared)
        row.clear()
        yield values


def _value(cell: ElementTree.Element, shared: list[str]) -> str:
    value = cell.findtext(f"{_MAIN}v") or ""
    if cell.get("t") == "s":
        place = int(value)
        if place < 0:
            raise IndexError(place)
        return shared[place]
    return _text(cell) if cell.get("t") == "inlineStr" else value


def _text(item: ElementTree.Element) -> str:
    """Return the text of a string, without the hints of how Japanese is read."""
    hints = {id(t) for hint in item.iter(f"{_MAIN}rPh") for t in hint.iter(f"{_MAIN}t")}
    return "".join(t.text or "" for t in item.iter(f"{_MAIN}t") if id(t) not in hints)


def _elements(content: bytes, tag: str) -> Iterator[ElementTree.Element]:
    for _, element in ElementTree.iterparse(io.BytesIO(content), events=("end",)):
        if element.tag == f"{_MAIN}{tag}":
            yield element


def _sheet(book: zipfile.ZipFile, parts: set[str], wanted: str) -> str:
    """Return the part that holds a sheet; the first where no name is given."""
    if "xl/workbook.xml" not in parts or "xl/_rels/workbook.xml.rels" not in parts:
        return _FIRST_SHEET
    sheets = list(ElementTree.fromstring(_part(book, "xl/workbook.xml")).iter(f"{_MAIN}sheet"))
    links = ElementTree.fromstring(_part(book, "xl/_rels/workbook.xml.rels")).iter(f"{_LINKS}Relationship")
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    for sheet in sheets:
        target = targets.get(sheet.get(_LINK_ID), "")
        if target and (not wanted or sheet.get("name") == wanted):
            return target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
    if wanted:
        raise KeyError(wanted)
    return _FIRST_SHEET


def _part(book: zipfile.ZipFile, name: str) -> bytes:
    if book.getinfo(name).file_size > TABLE_BYTES_AT_MOST:
        raise ValueError(f"{name} is too large")
    part = book.read(name)
    # An entity can stand for gigabytes; no spreadsheet declares any. In UTF-16 they would be hidden from this search.
    if b"<!DOCTYPE" in part or b"<!ENTITY" in part or b"\0" in part[:4]:
        raise ValueError(f"{name} declares entities")
    return part


def _column(reference: str, following: int) -> int:
    """Return the column of a reference like ``AB12``, counted from 0; without one the following."""
    letters = re.match(r"[A-Z]{1,3}", reference)
    if letters is None:
        return following
    number = 0
    for letter in letters.group():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
