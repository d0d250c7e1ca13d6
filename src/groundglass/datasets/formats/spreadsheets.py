"""Rows of a small table: CSV, or the first sheet of an .xlsx (ECMA-376: a zip of XML)."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ElementTree
import zipfile
import zlib
from pathlib import Path

from groundglass.datasets.formats.labelled import damaged

TABLE_BYTES_AT_MOST = 32 * 1024 * 1024
"""A table of a thousand rows has a fifth of a megabyte."""
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows under the headings of a table, all values as text, empty cells as "".

    Parameters
    ----------
    path : Path
        ``.csv`` (UTF-8, with or without byte-order mark) or ``.xlsx``.

    Raises
    ------
    InputError
        ``SET_MEMBER_DAMAGED`` if it cannot be read or has no rows.
    """
    try:
        cells = _xlsx(path) if path.suffix.lower() == ".xlsx" else _csv(path)
    except (OSError, ValueError, KeyError, EOFError, csv.Error, zipfile.BadZipFile, zlib.error) as reason:
        raise damaged("it is no readable table", path.name) from reason
    except (ElementTree.ParseError, IndexError, NotImplementedError, RuntimeError) as reason:
        raise damaged("its sheet is damaged", path.name) from reason
    if len(cells) < 2:
        raise damaged("it has no rows", path.name)
    head = [heading.strip() for heading in cells[0]]
    return [dict(zip(head, [*row, *[""] * len(head)], strict=False)) for row in cells[1:] if any(row)]


def _csv(path: Path) -> list[list[str]]:
    with path.open("rb") as stream:
        text = stream.read(TABLE_BYTES_AT_MOST).decode("utf-8-sig")
    dialect = ";" if ";" in text.partition("\n")[0] else ","
    return list(csv.reader(io.StringIO(text), delimiter=dialect, strict=True))


def _xlsx(path: Path) -> list[list[str]]:
    with zipfile.ZipFile(path) as book:
        shared: list[str] = []
        if "xl/sharedStrings.xml" in book.namelist():
            strings = ElementTree.fromstring(_part(book, "xl/sharedStrings.xml"))
            shared = ["".join(t.text or "" for t in item.iter(f"{_MAIN}t")) for item in strings.iter(f"{_MAIN}si")]
        sheet = ElementTree.fromstring(_part(book, "xl/worksheets/sheet1.xml"))
    rows = []
    for row in sheet.iter(f"{_MAIN}row"):
        values: list[str] = []
        for cell in row.iter(f"{_MAIN}c"):
            column = _column(cell.get("r", ""), len(values))
            values += [""] * (column - len(values))
            value = cell.findtext(f"{_MAIN}v") or ""
            if cell.get("t") == "s":
                value = shared[int(value)]
            elif cell.get("t") == "inlineStr":
                value = "".join(t.text or "" for t in cell.iter(f"{_MAIN}t"))
            values.append(value)
        rows.append(values)
    return rows


def _part(book: zipfile.ZipFile, name: str) -> bytes:
    if book.getinfo(name).file_size > TABLE_BYTES_AT_MOST:
        raise ValueError(f"{name} is too large")
    part = book.read(name)
    # An entity can stand for gigabytes; no spreadsheet declares any.
    if b"<!DOCTYPE" in part or b"<!ENTITY" in part:
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
