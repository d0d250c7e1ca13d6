"""The verifier's own table of attributes that identify, and its words."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, cast

Kind = Literal[
    "name", "id", "institution", "address", "phone", "device", "date", "birth", "term-date", "text", "meaning", "uid",
    "class", "keep",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attribute:
    """A row of ``attributes.csv``."""

    tag: int
    keyword: str
    vr: str
    kind: Kind


_PERSON_VRS = {"PN": "name", "DA": "date", "DT": "date", "UI": "uid", "AE": "device", "UR": "address"}
"""What a value is by its representation alone, where the table has no row (PS3.5 6.2)."""

COMMENT = re.compile(
    r"Comment|History|Diagnos|Allerg|Alerts|Occupation|Religio|SpecialNeeds|PatientState|Impression|Reason|Interpretation|Ethnic"
)
"""Keywords of texts about the patient himself; other texts describe what was done."""


@cache
def attributes() -> dict[int, Attribute]:
    """Return the table by tag."""
    text = files(__package__).joinpath("attributes.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {int(r["tag"], 16): Attribute(int(r["tag"], 16), r["keyword"], r["vr"], cast(Kind, r["kind"])) for r in rows}


def kind_of(tag: int, vr: str) -> str:
    """Return what the value of an attribute is; empty where neither table nor representation says so.

    Parameters
    ----------
    tag : int
        Group and element.
    vr : str
        As stored, may be empty.
    """
    row = attributes().get(tag)
    return row.kind if row else _PERSON_VRS.get(vr, "")


def keyword_of(tag: int) -> str:
    """Return the keyword of an attribute, empty where the table has no row."""
    row = attributes().get(tag)
    return row.keyword if row else ""


@cache
def keywords() -> frozenset[str]:
    """Return every keyword in lower case: test objects have the name of the attribute as its value."""
    return frozenset(row.keyword.lower() for row in attributes().values())


@cache
def vocabulary() -> frozenset[str]:
    """Return words that identify nobody."""
    text = files(__package__).joinpath("vocabulary.txt").read_text(encoding="utf-8")
    return frozenset(line.strip().casefold() for line in text.splitlines() if not line.startswith("#"))


NOBODY: frozenset[str] = frozenset(
    [
        "anonymous",
        "anonymized",
        "anonymised",
        "anon",
        "anonym",
        "unknown",
        "none",
        "removed",
        "deidentified",
        "nobody",
        "patient",
        "name",
        "id",
        "test",
        "na",
        "null",
        "empty",
        "pseudonym",
        "notapplicable",
        "unspecified",
        "undefined",
        "other",
        "dummy",
        "default",
        "analyze",
        "user",
        "admin",
        "system",
        "operator",
    ]
)
"""Placeholders: whoever is called that has no name."""
