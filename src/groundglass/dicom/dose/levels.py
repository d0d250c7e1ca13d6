"""Diagnostic reference levels: given by the site as a file; none is built in, they belong to a country and a year."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundglass.dicom.dose.events import StatedEvent
from groundglass.dicom.dose.regions import PARTS, WHOLE_BODY, Region
from groundglass.errors import UsageError, declare
from groundglass.phrases import Notice

BAD_LEVELS = declare("BAD_LEVELS", "The file of dose reference levels cannot be read or does not keep to its form.")
_FIELDS = {"region", "ctdivol_mgy", "dlp_mgy_cm", "phantom_cm"}
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Level:
    """Levels of one region; None where there is none."""

    region: Region
    ctdivol_mgy: float | None
    dlp_mgy_cm: float | None
    phantom_cm: int | None


@dataclass(frozen=True, slots=True)
class ReferenceLevels:
    """The levels of a site.

    Attributes
    ----------
    source : str
        Who set them and when; shown with every excess.
    levels : tuple of Level
        One a region.
    """

    source: str
    levels: tuple[Level, ...]

    def find(self, region: Region) -> Level | None:
        """Return the levels of a region, None where there are none."""
        return next((level for level in self.levels if level.region == region), None)


def read_levels(path: Path) -> ReferenceLevels:
    """Read reference levels from a TOML or JSON file.

    Parameters
    ----------
    path : Path
        ``source`` (text) and a list ``levels`` of ``region``, ``ctdivol_mgy``, ``dlp_mgy_cm`` and ``phantom_cm``.

    Raises
    ------
    UsageError
        ``BAD_LEVELS``.
    """
    try:
        with path.open("rb") as stream:
            text = stream.read(_MOST_BYTES).decode("utf-8-sig")
        data = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except OSError as error:
        raise _bad("the file cannot be opened") from error
    except (ValueError, RecursionError) as error:
        raise _bad("it is neither TOML nor JSON") from error
    if not isinstance(data, dict) or not str(data.get("source") or "").strip():
        raise _bad("it does not name its source")
    rows = data.get("levels")
    if not isinstance(rows, list) or not rows:
        raise _bad("it has no list of levels")
    levels = tuple(_level(row, number) for number, row in enumerate(rows, 1))
    if len({level.region for level in levels}) != len(levels):
        raise _bad("a region stands in it twice")
    return ReferenceLevels(" ".join(str(data["source"]).split())[:200], levels)


def above_levels(events: Sequence[StatedEvent], levels: ReferenceLevels) -> list[Notice]:
    """Return a notice for each figure above its level: CTDIvol of an event, DLP of all scans of a region.

    Parameters
    ----------
    events : sequence of StatedEvent
        Of one study; localizers are left out.
    levels : ReferenceLevels
        Levels in force.
    """
    notices = []
    sums: dict[Region, float] = {}
    numbers: dict[Region, list[int]] = {}
    for number, event in enumerate(events, 1):
        level = levels.find(event.region)
        if level is None or event.localizer or level.phantom_cm not in (None, event.phantom_cm):
            continue
        if event.dlp_mgy_cm is not None:
            sums[event.region] = sums.get(event.region, 0.0) + event.dlp_mgy_cm
            numbers.setdefault(event.region, []).append(number)
        if event.ctdivol_mgy is not None and level.ctdivol_mgy is not None and event.ctdivol_mgy > level.ctdivol_mgy:
            values = _values([number], event.ctdivol_mgy, level.ctdivol_mgy, levels)
            notices.append(Notice("dose_ctdivol_above_level", values))
    for region, value in sums.items():
        level = levels.find(region)
        if level is not None and level.dlp_mgy_cm is not None and value > level.dlp_mgy_cm:
            notices.append(Notice("dose_dlp_above_level", _values(numbers[region], value, level.dlp_mgy_cm, levels)))
    return notices


def numbered(numbers: Sequence[int]) -> str:
    """Return numbers with runs drawn together: ``1-3, 5``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)


def _values(numbers: Sequence[int], value: float, level: float, levels: ReferenceLevels) -> dict[str, str]:
    return {"events": numbered(numbers), "value": f"{value:g}", "level": f"{level:g}", "source": levels.source}


def _level(row: Any, number: int) -> Level:
    if not isinstance(row, dict) or set(row) - _FIELDS:
        raise _bad(f"level {number} has fields other than {', '.join(sorted(_FIELDS))}")
    region = _region(str(row.get("region") or ""), number)
    phantom = row.get("phantom_cm")
    if phantom not in (None, 16, 32):
        raise _bad(f"level {number} has a phantom of neither 16 nor 32 cm")
    ctdivol, dlp = (_limit(row.get(name), number) for name in ("ctdivol_mgy", "dlp_mgy_cm"))
    if ctdivol is None and dlp is None:
        raise _bad(f"level {number} has neither ctdivol_mgy nor dlp_mgy_cm")
    return Level(region, ctdivol, dlp, phantom)


def _region(name: str, number: int) -> Region:
    if name == WHOLE_BODY[0]:
        return WHOLE_BODY
    parts = set(name.split("_"))
    if not parts or parts - set(PARTS):
        raise _bad(f"level {number} has no region made of {', '.join(PARTS)}")
    return tuple(part for part in PARTS if part in parts)


def _limit(value: Any, number: int) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise _bad(f"level {number} is no number above 0")
    return float(value)


def _bad(what: str) -> UsageError:
    return UsageError(BAD_LEVELS, what=what, where="the file of reference levels", todo="see docs/how-to/dose.md")
