"""The tables as they lie in the package, read once a process."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

EDITION = "2026d"
"""Edition of PS3.15 that ``attributes.csv`` and ``content.csv`` hold."""


@dataclass(frozen=True, slots=True)
class Row:
    """One attribute of table E.1-1; an empty column means that the option says nothing.

    Attributes
    ----------
    tag : str
        Eight figures; ``X`` for any figure of a repeating group; ``PRIVATE`` for all private attributes.
    keyword, name, vr : str
        Of PS3.6.
    retired, in_iod : bool
        Retired from PS3.6; in a standard composite IOD of PS3.3.
    basic : str
        Code of the Basic Profile: X, Z, D, U and their combinations.
    retain_safe_private, retain_uids, retain_device, retain_institution, retain_patient : str
        K or C where the option keeps or cleans.
    full_dates, modified_dates : str
        K or C where the option keeps or moves.
    clean_descriptors, clean_structured_content, clean_graphics : str
        C where the option cleans.
    """

    tag: str
    keyword: str
    name: str
    vr: str
    retired: bool
    in_iod: bool
    basic: str
    retain_safe_private: str
    retain_uids: str
    retain_device: str
    retain_institution: str
    retain_patient: str
    full_dates: str
    modified_dates: str
    clean_descriptors: str
    clean_structured_content: str
    clean_graphics: str


@dataclass(frozen=True, slots=True)
class Beyond:
    """One rule of ours beyond table E.1-1.

    Attributes
    ----------
    tag : str
        Eight figures, ``X`` for any; or ``VR`` and a value representation.
    keyword : str
        Of PS3.6, empty with a value representation.
    action : str
        An action, or ``characteristic``: kept only with the characteristics of the patient that the profile names.
    text : str
        Text rule, or empty.
    reason : str
        Why, for people.
    """

    tag: str
    keyword: str
    action: str
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class SafePrivate:
    """One safe private attribute (PS3.15 table E.3.10-1)."""

    creator: str
    group: int
    element: int
    vr: str
    meaning: str
    source: str


@dataclass(frozen=True, slots=True)
class ContentRow:
    """One content item of table E.3.4-1, known by its concept name."""

    scheme: str
    code: str
    meaning: str
    value_type: str
    retired: bool
    basic: str
    retain_uids: str
    retain_device: str
    retain_institution: str
    retain_patient: str
    full_dates: str
    modified_dates: str
    clean_descriptors: str


def read(name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a packaged table; lines of ``#`` are notes."""
    text = (files(__package__) / name).read_text(encoding="utf-8")
    yield from csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))


@cache
def attributes() -> dict[str, Row]:
    """Return table E.1-1 by tag."""
    flags = ("retired", "in_iod")
    return {
        row["tag"]: Row(**{key: value == "Y" if key in flags else value for key, value in row.items()})  # type: ignore[arg-type]  # the columns are the fields
        for row in read("attributes.csv")
    }


@cache
def beyond() -> dict[str, Beyond]:
    """Return our additions by tag or value representation."""
    return {row["tag"]: Beyond(**row) for row in read("beyond.csv")}


@cache
def fixed() -> dict[str, str]:
    """Return what a profile cannot choose freely: keyword to ``unchangeable`` or ``never kept``."""
    return {row["keyword"]: row["rule"] for row in read("fixed.csv")}


@cache
def safe_private() -> dict[tuple[str, int, int], SafePrivate]:
    """Return the safe private attributes by creator, group and element within the block."""
    rows = [
        SafePrivate(row["creator"], int(row["group"], 16), int(row["element"], 16), *_rest(row))
        for row in read("safe_private.csv")
    ]
    return {(row.creator, row.group, row.element): row for row in rows}


def _rest(row: dict[str, str]) -> tuple[str, str, str]:
    return row["vr"], row["meaning"], row["source"]


@cache
def content() -> tuple[ContentRow, ...]:
    """Return table E.3.4-1."""
    return tuple(
        ContentRow(**{key: value == "Y" if key == "retired" else value for key, value in row.items()})  # type: ignore[arg-type]  # the columns are the fields
        for row in read("content.csv")
    )
