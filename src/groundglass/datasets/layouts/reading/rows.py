"""A table of studies of anybody's hand, as rows by heading; what cannot be understood is told, not raised."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundglass.datasets.findings import Finding
from groundglass.datasets.formats.spreadsheets import CELLS_AT_MOST, TABLE_BYTES_AT_MOST, read_cells
from groundglass.datasets.layouts.reading.tree import Tree
from groundglass.errors import InputError

_JSON_BYTES_AT_MOST = 64 * 1024 * 1024
"""A list of a hundred thousand cases has twenty megabytes."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of a table.

    Attributes
    ----------
    file : str
        Its path in the set.
    columns : tuple of str
        Headings, without empty ones.
    rows : tuple of (int, dict)
        Number of the row, the headings being row 1, and its cells by heading; empty rows left out.
    """

    file: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]


def read_table(tree: Tree, file: str, findings: list[Finding], *, wanted: Iterable[str] = ()) -> Table | None:
    """Return a table of the set, None where it is not there or cannot be read.

    Parameters
    ----------
    tree : Tree
        The set.
    file : str
        ``.csv``, ``.tsv`` or ``.xlsx``.
    findings : list of Finding
        Gets ``REGISTRY_DAMAGED``, ``REGISTRY_COLUMN_MISSING``.
    wanted : iterable of str
        Columns that it must have.
    """
    if file not in tree.files:
        return None
    try:
        path = tree.folder / file
        cells = _tsv(path) if file.endswith(".tsv") else read_cells(path)
    except (InputError, OSError, ValueError, csv.Error):
        findings.append(Finding("REGISTRY_DAMAGED", None, {"file": file}))
        return None
    head = [heading.strip() for heading in cells[0]] if cells else []
    lower = {name.casefold(): name for name in reversed(tuple(wanted))}
    head = [lower.get(name.casefold(), name) for name in head]
    strange = bool(lower) and not set(head) & set(lower.values())
    # Headings that are all other words are those of a table, renamed; one heading alone is a text of any kind.
    no_table = strange and sum(bool(name) and name.isprintable() for name in head) < 2
    if no_table or not any(head) or len({name for name in head if name}) < sum(bool(name) for name in head):
        findings.append(Finding("REGISTRY_DAMAGED", None, {"file": file}))
        return None
    for name in wanted:
        if name not in head:
            findings.append(Finding("REGISTRY_COLUMN_MISSING", None, {"file": file, "column": name}))
    rows = []
    for number, row in enumerate(cells[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        if any(cell.strip() for cell in row[len(head) :]):
            findings.append(Finding("REGISTRY_ROW_DAMAGED", None, {"file": file, "row": number, "column": ""}))
        filled = [cell.strip() for cell in row] + [""] * (len(head) - len(row))
        rows.append((number, {name: cell for name, cell in zip(head, filled, strict=False) if name}))
    return Table(file, tuple(name for name in head if name), tuple(rows))


def read_json(tree: Tree, file: str, findings: list[Finding]) -> Any:
    """Return what a JSON file of the set says, None where it is not there, or is none: ``MANIFEST_DAMAGED``."""
    if file not in tree.files:
        return None
    try:
        with (tree.folder / file).open("rb") as stream:
            content = stream.read(_JSON_BYTES_AT_MOST + 1)
        if len(content) > _JSON_BYTES_AT_MOST:
            raise ValueError("too large")
        return json.loads(content.decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        findings.append(Finding("MANIFEST_DAMAGED", None, {"file": file}))
        return None


def _tsv(path: Path) -> list[list[str]]:
    """Return the cells of a table of BIDS, which knows no quotes."""
    with path.open("rb") as stream:
        content = stream.read(TABLE_BYTES_AT_MOST + 1)
    if len(content) > TABLE_BYTES_AT_MOST:
        raise ValueError("too large")
    text = content.decode("utf-8-sig")
    if "\0" in text or text.count("\t") > CELLS_AT_MOST:
        raise ValueError("no table")
    return [line.split("\t") for line in io.StringIO(text, newline=None).read().split("\n")]
