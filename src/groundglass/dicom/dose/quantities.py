"""Measured values as they are met in dose objects: several in one field, commas, units in the text, none at all."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Mapping, Sequence

from groundglass.dicom.dose.concepts import DLP_UNITS, DOSE_UNITS, plain
from groundglass.dicom.dose.content import NOTHING, Number
from groundglass.dicom.dose.events import Problem
from groundglass.dicom.elements import Element

MAX_CTDIVOL_MGY = 10_000.0
"""More is no CT: perfusion scans reach some 1000 mGy, the level at which scanners must warn (NEMA XR 25); the worst
accidents published stayed under 5000."""
MAX_DLP_MGY_CM = 1_000_000.0
"""The largest CTDIvol over a metre of patient."""
_NUMBER = re.compile(r"([+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d{1,3})?)\s*([^\d\s][^\d]*)?")
_SPLIT = re.compile(r"[\\/;|]")
_SHOWN = re.compile(r"[0-9+\-.,eE\\/; ]{1,40}")
_SIZES = {b"FD": ("d", 8), b"FL": ("f", 4), b"US": ("H", 2), b"SS": ("h", 2), b"UL": ("I", 4), b"SL": ("i", 4)}


def ctdivol_mgy(found: Sequence[Number], *, little: bool) -> tuple[float | None, tuple[Problem, ...]]:
    """Return a CTDIvol in mGy and what is wrong with it."""
    return _quantity("CTDIvol", found, DOSE_UNITS, MAX_CTDIVOL_MGY, little=little)


def dlp_mgy_cm(found: Sequence[Number], *, little: bool) -> tuple[float | None, tuple[Problem, ...]]:
    """Return a DLP in mGy cm and what is wrong with it."""
    return _quantity("DLP", found, DLP_UNITS, MAX_DLP_MGY_CM, little=little)


def plain_number(element: Element | None, *, little: bool) -> float | None:
    """Return the one number of an element without unit; None where there is none, or several that differ."""
    values = _values(element, little=little) if element is not None else []
    numbers = {value for value, _ in values if value is not None}
    known = len(numbers) == 1 and all(value is not None for value, _ in values)
    return numbers.pop() if known else None


def bare(element: Element | None) -> list[Number]:
    """Return an element of fixed unit as a list for :func:`ctdivol_mgy` and :func:`dlp_mgy_cm`; empty if it is."""
    if element is None or (not element.value.strip(b" \0") and element.vr not in _SIZES):
        return []
    return [Number(element, NOTHING)] if element.value else []


def _quantity(
    name: str, found: Sequence[Number], units: Mapping[str, float], most: float, *, little: bool
) -> tuple[float | None, tuple[Problem, ...]]:
    read: set[float] = set()
    problems: list[Problem] = []
    for number in found:
        values = _values(number.raw, little=little)
        shown = _shown(number.raw)
        if any(value is None for value, _ in values):
            problems.append(Problem("dose_value_unreadable", (("what", name), ("value", shown))))
            continue
        for value, unit_text in values:
            factor = _factor(number, unit_text, units)
            if factor is None:
                problems.append(Problem("dose_unit_unknown", (("what", name),)))
            elif value is not None and 0 <= value * factor <= most:
                read.add(round(value * factor, 9))
            else:
                problems.append(Problem("dose_value_impossible", (("what", name), ("value", shown))))
    if len(read) > 1:
        listed = " / ".join(f"{value:g}" for value in sorted(read)[:6])
        problems.append(Problem("dose_several_values", (("what", name), ("value", listed))))
    return (read.pop() if len(read) == 1 and not problems else None), tuple(dict.fromkeys(problems))


def _factor(number: Number, unit_text: str, units: Mapping[str, float]) -> float | None:
    """Return the factor to our unit; the template fixes it (TID 10013), so a missing one is ours."""
    stated = [text for text in (unit_text, number.unit.value, number.unit.meaning) if plain(text)]
    known = [units[plain(text)] for text in stated if plain(text) in units]
    if not stated:
        return 1.0
    return known[0] if len(set(known)) == 1 else None


def _values(element: Element, *, little: bool) -> list[tuple[float | None, str]]:
    """Return every number of a value with the unit written behind it; None for what is no finite number."""
    size = _SIZES.get(element.vr)
    raw = element.value
    if size is not None and len(raw) >= size[1] and len(raw) % size[1] == 0:
        numbers = struct.unpack(("<" if little else ">") + size[0] * (len(raw) // size[1]), raw)
        return [(float(value) if math.isfinite(value) else None, "") for value in numbers[:64]]
    text = raw[:256].decode("latin_1").strip(" \0\t\r\n")
    if element.vr in (b"", b"UN") and len(raw) == 8 and not _NUMBER.fullmatch(text):
        # an FD of a file with implicit VR, or of a private element kept as bytes
        value = float(struct.unpack("<d" if little else ">d", raw)[0])
        return [(value if math.isfinite(value) else None, "")]
    found: list[tuple[float | None, str]] = []
    for part in filter(str.strip, _SPLIT.split(text)):
        match = _NUMBER.fullmatch(part.strip())
        if match is None:
            found.append((None, ""))
            continue
        value = float(match[1].replace(",", "."))
        found.append((value if math.isfinite(value) else None, match[2] or ""))
    return found or [(None, "")]


def _shown(element: Element) -> str:
    """Return a value for a message where it is made of digits only; attributes get swapped, and a name may stand."""
    text = element.value[:40].decode("latin_1").strip(" \0")
    return text if _SHOWN.fullmatch(text) else "?"
