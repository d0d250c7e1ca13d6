"""The verifier's own table of attributes that identify, and its words."""

from __future__ import annotations

import bisect
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


_CUT_AT_LEAST = 8
"""Letters of the beginning of an attribute name that still is one: test objects cut it to 16 characters (PS3.5 6.2)."""


@cache
def _names() -> tuple[str, ...]:
    """Return names and keywords of every attribute of PS3.6, letters and figures alone, sorted."""
    from pydicom import datadict  # names alone; imported only where a value looks like one

    both = {text for key, tag in datadict.keyword_dict.items() for text in (key, datadict.dictionary_description(tag))}
    return tuple(sorted({re.sub(r"[\W_]+", "", text.lower()) for text in both}))


def names_an_attribute(tight: str, parts: list[str]) -> bool:
    """Return whether a value is the name or keyword of an attribute, whole or cut off: no identifier of anybody.

    Parameters
    ----------
    tight : str
        Letters and figures of the value.
    parts : list of str
        Its words.
    """
    if len(tight) < _CUT_AT_LEAST or not tight.isascii() or tight.isdigit():
        return False
    own = vocabulary()
    known = [
        len(word) < 3 or word in own or word.removesuffix("s") in own for word in parts[:-1]
    ]  # the last may be cut
    if not (all(known) if len(parts) > 1 else tight.startswith(_beginnings())):
        return False
    at = bisect.bisect_left(_names(), tight)
    return at < len(_names()) and _names()[at].startswith(tight)


@cache
def _beginnings() -> tuple[str, ...]:
    return tuple({row.keyword[:_CUT_AT_LEAST].lower() for row in attributes().values()})


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
