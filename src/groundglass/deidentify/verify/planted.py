"""The list of planted or otherwise known identifiers that the user hands in."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from groundglass.deidentify.verify.dates import readings
from groundglass.deidentify.verify.known import Known

_KINDS = frozenset({"name", "id", "date", "institution", "address", "phone", "accession", "other"})
_UID = re.compile(r"[0-2](?:\.\d+){2,}")
_PLANTED_AT_MOST_BYTES = 64 << 20
"""A list of identifiers is no larger; the rest of a larger file is left."""


def add_planted(known: Known, path: Path) -> None:
    """Take up every line of a file.

    Parameters
    ----------
    known : Known
        Filled.
    path : Path
        One identifier a line, or CSV whose header names ``value`` (and ``kind``); UTF-8.
    """
    text = path.read_bytes()[:_PLANTED_AT_MOST_BYTES].decode("utf-8-sig", "replace")
    lines = text.splitlines()
    header = [cell.strip().lower() for cell in (lines[0].split(",") if lines else [])]
    if "value" in header:
        rows = [(row.get("kind") or "", row.get("value") or "") for row in csv.DictReader(lines, fieldnames=header)][1:]
    else:
        rows = [("", line) for line in lines]
    for _, value in rows:
        _add(known, value.strip())


def _add(known: Known, value: str) -> None:
    if not value:
        return
    if _UID.fullmatch(value) and (len(value) >= 12 or value.startswith("2.25.")):
        known.uids.add(value)
        return
    found = list(readings(value))
    if found and not re.search(r"[^\W\d_]{3,}", re.sub(r"[A-Za-z]{3,9}", "", value)) and len(value) <= 32:
        for meaning in found:
            known.planted_dates.update(meaning)
        if re.fullmatch(r"[\d.\-/ :]+", value):
            return
    known.add("planted", value, "list")
