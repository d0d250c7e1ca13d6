"""Tables of users: CSV of any usual encoding and delimiter, and XLSX; every cell as text."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from groundglass.errors import InputError, declare

TABLE_MISSING = declare("TABLE_MISSING", "A table is not there.")
TABLE_UNREADABLE = declare("TABLE_UNREADABLE", "A table cannot be opened, or its text has no usual encoding.")
TABLE_KIND = declare("TABLE_KIND", "A file is no table: neither CSV nor XLSX.")
TABLE_TOO_LARGE = declare(
    "TABLE_TOO_LARGE", "A table has more bytes, rows, columns or cells than any table of studies."
)
TABLE_DAMAGED = declare("TABLE_DAMAGED", "A table cannot be read to its end.")
TABLE_HOSTILE = declare("TABLE_HOSTILE", "A workbook that would explode, or declares entities.")
TABLE_EMPTY = declare("TABLE_EMPTY", "A table has no headings, or no rows below them.")
TABLE_ROW_LONG = declare("TABLE_ROW_LONG", "A row of a table has more cells than there are headings.")
TABLE_SHEET_MISSING = declare("TABLE_SHEET_MISSING", "A workbook has no sheet of the name given.")
TABLE_COLUMN_MISSING = declare("TABLE_COLUMN_MISSING", "A table has no column of the name given.")
TABLE_COLUMN_DOUBLE = declare("TABLE_COLUMN_DOUBLE", "Two columns of a table have the name given.")

LARGEST_TABLE_BYTES = 128 * 1024 * 1024
"""A row of 200 letters for each of 600,000 studies."""
MOST_ROWS = 500_000
"""A city's year of chest CT; a row takes a kilobyte of memory, so half a gigabyte at most."""
MOST_COLUMNS = 2_000
"""Clinical exports have a few hundred."""
MOST_CELLS = 10_000_000
"""Cells with something in them; 60 bytes each."""
LONGEST_CELL = 100_000
"""Letters of a cell; a workbook allows 32,767."""
HEADINGS_WITHIN_ROWS = 30
"""Titles, names of clinics and dates stand above the headings in no more rows."""
_DELIMITERS = (",", ";", "\t", "|")
_PROBED_ROWS = 50
"""Rows by which a delimiter is told."""
_BLANKS = re.compile(r"\s+")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Compound file of Office 97-2003, and of encrypted workbooks (MS-CFB 2.2)."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes
    ----------
    columns : tuple of str
        Headings; a second one of the same name has `` (2)`` behind it, one without a name is ``column 7``.
    rows : tuple of dict
        Cells by heading, as text without blanks around it; dates as YYYY-MM-DD, whole numbers without ``.0``.
    doubled : frozenset of str
        Headings that stand there more than once.
    """

    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]
    doubled: frozenset[str] = frozenset()


def read_table(path: Path, sheet: str = "", *, heading: str = "") -> Table:
    """Read a table.

    Parameters
    ----------
    path : Path
        CSV or XLSX, told by content.
    sheet : str
        Of an XLSX; "" is the first that is not hidden.
    heading : str
        One that must be there: the row that has it holds the headings, whatever else is in the table.

    Raises
    ------
    InputError
        ``TABLE_...``.
    UnavailableError
        ``PACKAGE_MISSING`` without openpyxl, for an XLSX.
    """
    path = Path(path)
    name = path.name
    head = _head(path, name)
    if head.startswith(_OLE):
        raise InputError(
            TABLE_KIND,
            what="it is a workbook of an old format, or one with a password",
            where=name,
            todo="save it as .xlsx without a password, or as CSV",
        )
    if head.startswith(b"PK"):
        from groundglass.datasets.recipe.workbooks import sheet_rows

        return _table(sheet_rows(path, sheet), name, heading)
    if head.startswith((b"%PDF", b"\x1f\x8b", b"\x89PNG")):
        raise InputError(TABLE_KIND, what="it is no table", where=name, todo="give a CSV or XLSX")
    if sheet:
        raise InputError(
            TABLE_SHEET_MISSING, what="a CSV has no sheets", where=name, todo="leave out the sheet, or give the XLSX"
        )
    return _table(_csv_rows(_text(path, name), name), name, heading)


def read_lines(path: Path) -> tuple[str, ...]:
    """Return the lines of a list of identifiers: one a line, ``#`` begins a remark, each once.

    Raises
    ------
    InputError
        ``TABLE_...``; ``TABLE_KIND`` where lines hold several values.
    """
    name = path.name
    if _head(path, name).startswith((_OLE, b"PK")):
        raise InputError(
            TABLE_KIND, what="the list is a workbook", where=name, todo="name its column in the recipe (column:)"
        )
    found = []
    for line in _text(path, name).splitlines():
        bare = line.strip().strip('"').strip()
        if not bare or bare.startswith("#"):
            continue
        if any(mark in bare for mark in ",;\t"):
            raise InputError(
                TABLE_KIND,
                what="a line of the list holds several values",
                where=name,
                todo="write one identifier a line, or name the column in the recipe (column:)",
            )
        found.append(bare)
        if len(found) > MOST_ROWS:
            raise too_large(f"it has more than {MOST_ROWS} lines", name)
    return tuple(dict.fromkeys(found))


def too_large(what: str, where: str) -> InputError:
    """Return the error for a table beyond a limit."""
    return InputError(TABLE_TOO_LARGE, what=what, where=where, todo="give a table of the studies alone")


def damaged(what: str, where: str) -> InputError:
    """Return the error for a table that cannot be read."""
    return InputError(TABLE_DAMAGED, what=what, where=where, todo="open it in a spreadsheet and save it again")


def _head(path: Path, name: str) -> bytes:
    try:
        if not path.is_file():
            path.stat()
            raise InputError(TABLE_KIND, what="it is no file", where=name, todo="give a CSV or XLSX")
        if path.stat().st_size > LARGEST_TABLE_BYTES:
            raise too_large(f"it has more than {LARGEST_TABLE_BYTES} bytes", name)
        with path.open("rb") as stream:
            return stream.read(8)
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(TABLE_MISSING, what="there is no such table", where=name, todo="check its path") from None
    except (OSError, ValueError):
        raise _unreadable("it cannot be opened", name) from None


def _unreadable(what: str, where: str) -> InputError:
    return InputError(TABLE_UNREADABLE, what=what, where=where, todo="save it as CSV in UTF-8")


def _text(path: Path, name: str) -> str:
    """Return the text of a file in the encoding that its bytes show."""
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST_TABLE_BYTES + 1)
    except OSError:
        raise _unreadable("it cannot be opened", name) from None
    if len(data) > LARGEST_TABLE_BYTES:
        raise too_large(f"it has more than {LARGEST_TABLE_BYTES} bytes", name)
    text = _decoded(data)
    if text is None:
        raise _unreadable("its text is in none of UTF-8, UTF-16 and Windows-1251", name)
    if "\0" in text:
        raise damaged("it holds zero bytes", name)
    return text


def _decoded(data: bytes) -> str | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _try(data, "utf-16")
    probe = data[:4096]
    half = max(1, len(probe) // 2)
    for at, codec in ((1, "utf-16-le"), (0, "utf-16-be")):
        # Text of Latin letters in UTF-16 without its mark: every other byte is zero.
        if probe[at::2].count(0) > 0.4 * half > 1:
            return _try(data, codec)
    text = _try(data, "utf-8-sig")
    if text is not None:
        return text
    cyrillic = _try(data, "cp1251")
    if cyrillic is not None and len(re.findall(r"[A-Za-z][А-яЁё]|[А-яЁё][A-Za-z]", cyrillic)) * 2 < len(
        re.findall(r"[А-яЁё]", cyrillic)
    ):
        return cyrillic
    # Single accented letters within Latin words: Western European.
    return _try(data, "cp1252") or cyrillic


def _try(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return None


def _csv_rows(text: str, name: str) -> Iterator[Sequence[str]]:
    first, _, rest = text.partition("\n")
    told = re.fullmatch(r"\ufeff?\"?sep=(.)\"?\r?", first)
    if told is not None:
        text, delimiter = rest, told[1]
    else:
        delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    previous = csv.field_size_limit()
    csv.field_size_limit(LONGEST_CELL)
    try:
        yield from reader
    except csv.Error as reason:
        raise damaged(f"line {reader.line_num} is no row of a table", name) from reason
    finally:
        csv.field_size_limit(previous)


def _delimiter(text: str) -> str:
    """Return the delimiter that parts most rows into the same number of cells."""
    best, best_score = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        counts: Counter[int] = Counter()
        reader = csv.reader(io.StringIO(text[:1_000_000], newline=""), delimiter=delimiter, skipinitialspace=True)
        try:
            for _, row in zip(range(_PROBED_ROWS), reader, strict=False):
                counts[len(row)] += any(row)
        except csv.Error:
            continue
        alike = [(share, width) for width, share in counts.items() if width > 1]
        if not alike:
            continue
        share, width = max(alike)
        score = (share / max(1, sum(counts.values())), width)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _table(given: Iterator[Sequence[str]], name: str, heading: str) -> Table:
    """Find the headings, and put the rows below under them."""
    rows: list[list[str]] = []
    numbers: list[int] = []
    cells = 0
    for number, row in enumerate(given, 1):
        texts = [_cell(text) for text in row]
        while texts and not texts[-1]:
            texts.pop()
        if not texts:
            continue
        if len(texts) > MOST_COLUMNS:
            raise too_large(f"row {number} has more than {MOST_COLUMNS} columns", name)
        cells += len(texts)
        rows.append(texts)
        numbers.append(number)
        if len(rows) > MOST_ROWS or cells > MOST_CELLS:
            raise too_large(f"it has more than {MOST_ROWS} rows, or {MOST_CELLS} cells", name)
    if not rows:
        raise InputError(TABLE_EMPTY, what="it is empty", where=name, todo="give headings and rows")
    at = _heading_row(rows, heading)
    if at + 1 >= len(rows):
        raise InputError(TABLE_EMPTY, what="there are no rows below the headings", where=name, todo="give some")
    columns, doubled = _headings(rows[at], max(len(row) for row in rows[at:]))
    named = len(rows[at])
    found = []
    for number, row in zip(numbers[at + 1 :], rows[at + 1 :], strict=True):
        if len(row) > named:
            raise InputError(
                TABLE_ROW_LONG,
                what=f"row {number} has {len(row)} cells, there are {named} headings",
                where=name,
                todo="put quotes around cells that hold the delimiter, or give every column a heading",
            )
        row += [""] * (named - len(row))
        found.append(dict(zip(columns, row, strict=False)))
    return Table(columns[:named], tuple(found), doubled)


def _cell(text: str) -> str:
    return text.strip(" \t\r\n\0\xa0\u200b\ufeff") if text else ""


def _heading_row(rows: list[list[str]], heading: str) -> int:
    """Return which row holds the headings: the first that is about as full as the fullest.

    A title and what stands beside it fill one or two cells; a column of row numbers often has no heading.
    """
    probed = rows[:HEADINGS_WITHIN_ROWS]
    wanted = _BLANKS.sub(" ", heading).strip().casefold()
    if wanted:
        for index, row in enumerate(probed):
            if any(_BLANKS.sub(" ", text).strip().casefold() == wanted for text in row):
                return index
    full = [sum(1 for text in row if text) for row in probed]
    most, width = max(full), max(len(row) for row in probed)
    for index, (row, count) in enumerate(zip(probed, full, strict=True)):
        if count == most or (count > 2 and 2 * count > most) or (count == most - 1 and len(row) == width):
            return index
    return 0


def _headings(row: list[str], width: int) -> tuple[tuple[str, ...], frozenset[str]]:
    seen: Counter[str] = Counter()
    columns: list[str] = []
    for number in range(1, width + 1):
        text = unicodedata.normalize("NFC", row[number - 1]) if number <= len(row) else ""
        name = _BLANKS.sub(" ", text).strip()[:200] or f"column {number}"
        seen[name] += 1
        columns.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(columns), frozenset(name for name, count in seen.items() if count > 1)
