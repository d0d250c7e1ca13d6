"""Sheets of an XLSX (ECMA-376: a zip of XML), judged before it is opened and read row by row."""

from __future__ import annotations

import datetime
import re
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from groundglass.datasets.packages import package
from groundglass.datasets.recipe.tables import (
    LONGEST_CELL,
    MOST_COLUMNS,
    TABLE_HOSTILE,
    TABLE_KIND,
    TABLE_SHEET_MISSING,
    damaged,
    too_large,
)
from groundglass.dicom.archives import Entry, FileStore, entries
from groundglass.dicom.limits import ReadingLimits
from groundglass.errors import GroundglassError, InputError

LARGEST_PART_BYTES = 256 * 1024 * 1024
"""One part of a workbook, unpacked: a full sheet of half a million rows of ten cells."""
LARGEST_BOOK_BYTES = 512 * 1024 * 1024
"""All parts together, unpacked."""
MOST_PARTS = 5_000
"""Parts of a workbook: sheets, pictures, styles."""
MOST_SHEET_ROWS = 1_048_576
"""Rows of a sheet (ECMA-376 part 1, section 18.3.1.73)."""
MOST_MERGED_ROWS = 10_000
"""Rows of one merged range that are filled; a larger one is formatting."""
_RATIO = 1100.0
"""Deflate cannot pass 1032; sheets of empty rows come near, and sizes are bounded anyway."""
_DECLARED = (b"<!DOCTYPE", b"<!ENTITY")
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s+ref="\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})"')
_SHEETS_ENDING = b"<mergeCells"


def sheet_rows(path: Path, sheet: str) -> Iterator[Sequence[str]]:
    """Yield the rows of a sheet as text.

    Parameters
    ----------
    path : Path
        A zip.
    sheet : str
        Its name; "" is the first that is not hidden.

    Raises
    ------
    InputError
        ``TABLE_...``.
    UnavailableError
        ``PACKAGE_MISSING`` without openpyxl.
    """
    name = path.name
    parts = _judged(path, name)
    openpyxl = package("openpyxl", feature="a table in XLSX", extra="datasets")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and extensions that it does not know; cells alone are wanted
        try:
            book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False, keep_vba=False)
            try:
                chosen = _chosen(book, sheet, name)
                chosen.reset_dimensions()  # what a sheet says of its own size may be wrong by a million rows
                entry = parts.get(str(getattr(chosen, "_worksheet_path", "")).lstrip("/"))
                merged = [] if entry is None else _merged(entry.read(None), name)
                yield from _filled(_texts(chosen, name), merged)
            finally:
                book.close()
        except GroundglassError:
            raise
        except Exception as reason:
            # a foreign reader of a file that may be damaged anywhere: whatever it raises means that
            raise damaged(f"the workbook cannot be read ({type(reason).__name__})", name) from reason


def _judged(path: Path, name: str) -> dict[str, Entry]:
    """Return the parts of a workbook, none of which is too large or declares entities."""
    limits = ReadingLimits(
        max_file_bytes=LARGEST_PART_BYTES,
        max_archive_bytes=LARGEST_BOOK_BYTES,
        max_archive_ratio=_RATIO,
        max_archive_members=MOST_PARTS,
    )
    status = path.stat()
    try:
        found = entries(FileStore(path, name, status.st_size, status.st_mtime_ns), name, "zip", limits)
    except InputError as reason:
        if reason.code == "HOSTILE_ARCHIVE":
            todo = "save it again in a spreadsheet"
            raise InputError(TABLE_HOSTILE, what=reason.what, where=name, todo=todo) from reason
        raise damaged(reason.what, name) from reason
    parts = {"/".join(entry.parts): entry for entry in found}
    if "xl/workbook.xml" not in parts:
        raise InputError(
            TABLE_KIND, what="it is a zip, and no XLSX", where=name, todo="save it as .xlsx or as CSV in UTF-8"
        )
    for part, entry in parts.items():
        if part.endswith((".xml", ".rels", ".vml")):
            try:
                text = entry.read(None)
            except InputError as reason:
                raise damaged(reason.what, name) from reason
            if text[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in text[:64] or any(mark in text for mark in _DECLARED):
                raise InputError(
                    TABLE_HOSTILE,
                    what="a part of the workbook declares entities, or is in an encoding that no program writes",
                    where=name,
                    todo="save it again in a spreadsheet",
                )
    return parts


def _chosen(book: Any, sheet: str, name: str) -> Any:
    sheets = list(book.worksheets)
    if not sheets:
        raise InputError(TABLE_SHEET_MISSING, what="the workbook has no sheet", where=name, todo="give one that has")
    if not sheet:
        return next((each for each in sheets if each.sheet_state == "visible"), sheets[0])
    wanted = sheet.strip().casefold()
    for each in sheets:
        if each.title.strip().casefold() == wanted:
            return each
    raise InputError(
        TABLE_SHEET_MISSING,
        what=f"there is no sheet {sheet[:60]}",
        where=name,
        todo=f"take one of {', '.join(each.title for each in sheets)[:500]}",
    )


def _texts(sheet: Any, name: str) -> Iterator[list[str]]:
    for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
        if number > MOST_SHEET_ROWS:
            raise too_large(f"the sheet has more than {MOST_SHEET_ROWS} rows", name)
        if len(row) > MOST_COLUMNS and any(value is not None for value in row[MOST_COLUMNS:]):
            raise too_large(f"row {number} has more than {MOST_COLUMNS} columns", name)
        texts = [_cell_text(value) for value in row[:MOST_COLUMNS]]
        if any(len(text) > LONGEST_CELL for text in texts):
            raise too_large(f"row {number} has a cell of more than {LONGEST_CELL} letters", name)
        yield texts


def _cell_text(value: object) -> str:
    """Return a cell as text: what a person sees, without the format."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.15g}"
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        return value.date().isoformat() if midnight else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    text = str(value)
    # results of formulas that failed
    return "" if text.startswith("#") and text.rstrip("!?") in _FAILED else text


_FAILED = frozenset({"#N/A", "#DIV/0", "#NAME", "#NULL", "#NUM", "#REF", "#VALUE"})
_Ranges = list[tuple[int, int, int]]
"""Column from 0, first and last row from 1."""


def _merged(text: bytes, name: str) -> _Ranges:
    """Return the ranges of a sheet that are merged over several rows; one with too many rows is refused at once."""
    if text.count(b"<row") > MOST_SHEET_ROWS:
        raise too_large(f"the sheet has more than {MOST_SHEET_ROWS} rows", name)
    at = text.rfind(_SHEETS_ENDING)
    found: _Ranges = []
    for match in _MERGED.finditer(text, at) if at >= 0 else ():
        first, last = int(match[2]), int(match[4])
        if 0 < last - first <= MOST_MERGED_ROWS:
            found.append((_column(match[1]), first, last))
    return found


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1


def _filled(rows: Iterator[list[str]], merged: _Ranges) -> Iterator[list[str]]:
    """Write the value of a merged range into all its rows."""
    starting: dict[int, _Ranges] = {}
    for each in merged:
        starting.setdefault(each[1], []).append(each)
    running: dict[int, tuple[int, str]] = {}
    for number, row in enumerate(rows, 1):
        for column, (last, text) in list(running.items()):
            if number > last:
                del running[column]
            elif any(row):
                row += [""] * (column + 1 - len(row))
                row[column] = row[column] or text
        for column, _, last in starting.get(number, ()):
            if column < len(row):
                running[column] = (last, row[column])
        yield row
