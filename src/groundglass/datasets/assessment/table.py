"""A table of figures with their intervals, and its three forms: Markdown, JSON, rows of text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from groundglass.evaluation.by_patient import Mean
from groundglass.evaluation.intervals import Estimate

NOTHING = "-"
"""What stands where there is no figure."""


@dataclass(frozen=True, slots=True)
class Figure:
    """An estimate as it is shown.

    Attributes
    ----------
    estimate : Estimate
        Value and interval.
    digits : int
        Places shown.
    sd : float or None
        Standard deviation between patients.
    """

    estimate: Estimate
    digits: int = 2
    sd: float | None = None

    def __str__(self) -> str:
        """Return ``0.72 ± 0.08 (0.63 to 0.79)``."""
        value, places = self.estimate.value, f".{self.digits}f"
        if value is None:
            return NOTHING
        text = f"{value:{places}}"
        if self.sd is not None:
            text += f" ± {self.sd:{places}}"
        if self.estimate.low is not None and self.estimate.high is not None:
            text += f" ({self.estimate.low:{places}} to {self.estimate.high:{places}})"
        return text


Cell = str | int | Figure | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table of one subject.

    Attributes
    ----------
    key : str
        Its name for programs.
    title : str
        Its heading.
    columns : tuple of str
        Heads of the columns.
    rows : tuple of tuple
        One cell a column.
    note : str
        What the reader must know to read it right.
    """

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


def table_of(
    key: str, title: str, columns: tuple[str, ...], rows: Sequence[tuple[Cell, ...]], note: str = ""
) -> Table | None:
    """Return a table, or None where it would be empty."""
    return Table(key, title, columns, tuple(rows), note) if rows else None


def shown(mean: Mean, digits: int = 2) -> Figure:
    """Return a mean with its standard deviation as a cell.

    Parameters
    ----------
    mean : Mean
        Over patients.
    digits : int
        Places shown.
    """
    return Figure(mean.estimate, digits, mean.sd)


def cell_text(cell: Cell) -> str:
    """Return a cell as text."""
    return NOTHING if cell is None else str(cell)


def markdown(tables: Sequence[Table], *, title: str = "", about: str = "", level: int = 2) -> str:
    """Return tables as a page of Markdown.

    Parameters
    ----------
    tables : sequence of Table
        In their order.
    title, about : str
        Heading of the page, and what stands below it; left out where empty.
    level : int
        Level of the headings of the tables.
    """
    parts = [f"{'#' * max(1, level - 1)} {title}\n"] if title else []
    if about:
        parts.append(about + "\n")
    for table in tables:
        lines = [
            f"{'#' * level} {table.title}",
            "",
            "| " + " | ".join(table.columns) + " |",
            "|" + " --- |" * len(table.columns),
            *("| " + " | ".join(cell_text(cell).replace("|", "\\|") for cell in row) + " |" for row in table.rows),
        ]
        if table.note:
            lines += ["", table.note]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def table_json(table: Table, *, of: str = "") -> str:
    """Return a table as one line of JSON: figures with value, interval, n and the method of the interval.

    Parameters
    ----------
    table : Table
        The table.
    of : str
        Title of the page that it belongs to.
    """
    row = {
        "of": of,
        "key": table.key,
        "title": table.title,
        "columns": table.columns,
        "rows": [[_plain(cell) for cell in row] for row in table.rows],
        "note": table.note,
    }
    return json.dumps(row, ensure_ascii=False, allow_nan=False)


def _plain(cell: Cell) -> Any:
    if not isinstance(cell, Figure):
        return cell
    of = cell.estimate
    row: dict[str, Any] = {"value": of.value, "low": of.low, "high": of.high, "n": of.n, "method": of.method}
    return row if cell.sd is None else row | {"sd": cell.sd}
