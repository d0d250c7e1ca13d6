"""Profiles: what a programme wants of a result, as data with sources and dates, for the writers and the checker."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

from groundglass.errors import UsageError, declare

NO_SUCH_PROFILE = declare("NO_SUCH_PROFILE", "No profile of that name ships with groundglass.")
PROFILES: tuple[str, ...] = ("default", "moscow")

Wanted = Literal["seg", "sr", "marked", "key_objects", "pdf"]


@dataclass(frozen=True, slots=True)
class MarkedRules:
    """The extra series.

    Attributes
    ----------
    every_slice : bool
        Every source slice is drawn, not only those with a finding.
    series_uid_mask : str
        Pattern of the Series Instance UID; empty for a UID under 2.25.
    """

    every_slice: bool
    series_uid_mask: str = ""


@dataclass(frozen=True, slots=True)
class ReportRules:
    """The structured report.

    Attributes
    ----------
    fields : tuple of str
        Text fields that stand in front of the measurements, in this order; empty for none.
    """

    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of each a study gets; None for any number.

    Attributes
    ----------
    extra_series, reports : int or None
        Series of marked images; structured reports.
    """

    extra_series: int | None = None
    reports: int | None = 1


@dataclass(frozen=True, slots=True)
class Profile:
    """What a programme wants of a result.

    Attributes
    ----------
    name, title, source, date : str
        What it is called, where its rules were read, and of when they are.
    objects : tuple of str
        Kinds of object that are written.
    message : str
        Kind of notification message; empty for none.
    counts, marked, report
        Rules of each kind.
    checks : mapping
        Rules for the checker alone, as the file has them.
    """

    name: str
    title: str
    source: str
    date: str
    objects: tuple[Wanted, ...]
    message: str
    counts: Counts
    marked: MarkedRules
    report: ReportRules
    checks: dict[str, Any]


@lru_cache
def profile(name: str = "default") -> Profile:
    """Return a profile that ships.

    Raises
    ------
    UsageError
        ``NO_SUCH_PROFILE`` with the names there are.
    """
    if name not in PROFILES:
        raise UsageError(
            NO_SUCH_PROFILE,
            what=f"there is no profile {name!r}",
            where="--profile",
            todo=f"use {' or '.join(PROFILES)}",
        )
    data = tomllib.loads((resources.files(__package__) / f"{name}.toml").read_text(encoding="utf-8"))
    return Profile(
        name=name,
        title=data["title"],
        source=data["source"],
        date=data["date"],
        objects=tuple(data["objects"]),
        message=data.get("message", ""),
        counts=Counts(**_known(Counts, data.get("counts", {}))),
        marked=MarkedRules(**_known(MarkedRules, data["marked"])),
        report=ReportRules(fields=tuple(data.get("report", {}).get("fields", ()))),
        checks=data.get("checks", {}),
    )


def _known(kind: type, table: dict[str, Any]) -> dict[str, Any]:
    unknown = set(table) - {field.name for field in fields(kind)}
    if unknown:
        raise ValueError(f"a profile has fields that {kind.__name__} does not know: {sorted(unknown)}")
    return table
