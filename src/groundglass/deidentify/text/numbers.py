"""Numbers written as text (IS, DS, UC): an id or a date where a measure should stand."""

from __future__ import annotations

import re
from typing import Final

from groundglass.deidentify.text.identifiers import Identifiers
from groundglass.deidentify.text.written_dates import reads_as_date

_WHOLE: Final = re.compile(r"[+-]?(\d+)(?:\.0*)?")


def numeric_suspicious(value: bytes | str, identifiers: Identifiers) -> bool:
    """Say whether a number is a known id of six or more figures, or reads as a date.

    Parameters
    ----------
    value : bytes or str
        An IS or DS element, all its values.
    identifiers : Identifiers
        What is known of the patient.
    """
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    for part in text.split("\\"):
        part = part.strip(" \0")
        if len(part) < 6:
            continue
        if reads_as_date(part):
            return True
        found = _WHOLE.fullmatch(part)
        if found and identifiers.has_number(found[1]):
            return True
        if not found and any(map(str.isalpha, part.replace("e", "").replace("E", ""))) and identifiers.holds(part):
            return True
    return False
