"""The tables that every layout has: ``studies.csv``, ``splits.csv`` and the manifest."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from groundglass.datasets.layouts.contract import SPLITS_FILE, STUDIES_FILE, manifest_content
from groundglass.datasets.members import STUDY_FIELDS, About, Member, cells


def own_tables(members: Sequence[Member], about: About, layout: str, manifest: str) -> dict[str, bytes]:
    """Return ``studies.csv``, ``splits.csv`` where there are parts, and the manifest.

    Parameters
    ----------
    members : sequence of Member
        In the order of the table.
    about : About
        What is said of the set.
    layout, manifest : str
        Names of the layout, and of the file that says it.

    Returns
    -------
    dict
        Content by path.
    """
    extra = sorted({name for member in members for name in member.extra})
    head = [field.name for field in STUDY_FIELDS] + extra
    rows = [cells(member) for member in members]
    found = {
        STUDIES_FILE: csv_bytes([head, *([row.get(name, "") for name in head] for row in rows)]),
        manifest: json_bytes(manifest_content(about, layout, members)),
    }
    if any(member.split for member in members):
        parts = [[member.study_id, member.patient_id or "", member.split or ""] for member in members]
        found[SPLITS_FILE] = csv_bytes([["study_id", "patient_id", "split"], *parts])
    return found


def csv_bytes(rows: Iterable[Sequence[str]]) -> bytes:
    """Return rows as UTF-8 with commas and line feeds, no byte-order mark."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue().encode("utf-8")


def tsv_bytes(rows: Iterable[Sequence[str]]) -> bytes:
    """Return rows as UTF-8 with tabs; a tab or a line end in a cell becomes a space, as BIDS has no quotes."""
    lines = ("\t".join(" ".join(cell.split()) if cell.strip() else cell.strip() for cell in row) for row in rows)
    return ("\n".join(lines) + "\n").encode("utf-8")


def json_bytes(content: Mapping[str, Any]) -> bytes:
    """Return JSON of UTF-8, two spaces in, keys as they come."""
    return (json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode("utf-8")
