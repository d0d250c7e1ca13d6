"""One sheet as .xlsx, the same bytes on every machine and every day."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Sequence

from groundglass.datasets.members import About
from groundglass.datasets.packages import package

Cell = str | int | None
SHEET_NAME_LONGEST = 31
"""Characters that Excel takes in the name of a sheet (Excel specifications and limits, Microsoft)."""
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_NO_DATE = datetime.datetime(2000, 1, 1)
"""Said to be the day of making where none is known."""


def sheet_name(about: About) -> str:
    """Return the name of the sheet: the title of the set, or its short name where the title is too long for one."""
    names = (_allowed(about.title.get("en", "")), _allowed(about.name), "studies")
    return next(name for name in names if 0 < len(name) <= SHEET_NAME_LONGEST and name.lower() != "history")


def workbook(rows: Sequence[Sequence[Cell]], *, sheet: str, date: str, widths: Sequence[float] = ()) -> bytes:
    """Return a workbook of one sheet; None is a cell that is not there, and text never becomes a formula or a link.

    Parameters
    ----------
    rows : sequence of sequence
        Headings first.
    sheet : str
        Its name, as :func:`sheet_name` gives it.
    date : str
        ``YYYY-MM-DD``, said to be the day it was made; "" for none known.
    widths : sequence of float
        Of the columns, in characters.

    Returns
    -------
    bytes
        The file.

    Raises
    ------
    UnavailableError
        ``PACKAGE_MISSING`` without XlsxWriter.
    """
    xlsxwriter = package("xlsxwriter", feature="writing a workbook", extra="datasets")
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    try:
        made = datetime.datetime.fromisoformat(date).replace(tzinfo=None) if date else _NO_DATE
    except ValueError:
        made = _NO_DATE
    book.set_properties({"created": made, "author": "", "title": sheet})
    page = book.add_worksheet(sheet)
    for column, width in enumerate(widths):
        page.set_column(column, column, width)
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, int):
                page.write_number(number, column, cell)
            elif cell is not None:
                page.write_string(number, column, cell)
    book.close()
    return stream.getvalue()


def _allowed(name: str) -> str:
    return " ".join(_FORBIDDEN.sub(" ", name).split()).strip("' ")
