"""The report as plain strings and numbers, in its language and in reading order: what both templates are fed with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Tone = Literal["plain", "calm", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Row:
    """A label and its value; ``foreign`` marks text that comes from the file, in any script."""

    label: str
    value: str
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first ``text_columns`` columns are words, the others numbers. ``strong`` rows stand out."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    text_columns: int = 1
    strong: tuple[int, ...] = ()
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A limit on the scale of involvement, percent, and the grades to be written between limits."""

    percent: float
    label: str


@dataclass(frozen=True, slots=True)
class Gauge:
    """The scale of involvement with its limits, the interval and the value; percent."""

    value: float
    low: float
    high: float
    limits: tuple[Mark, ...]
    alt: str


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The box that is read first."""

    title: str
    grade_label: str
    grade: str
    grade_word: str
    badge: str
    tone: Tone
    statement: str
    percent_label: str
    percent: str
    interval: str
    facts: tuple[Row, ...]
    remarks: tuple[str, ...]
    gauge: Gauge | None


@dataclass(frozen=True, slots=True)
class Listing:
    """A heading and its items, each with a word for its gravity ("" for none)."""

    title: str
    items: tuple[tuple[str, Tone, str], ...]
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Routing:
    """The row of the table, and what keeps it from being a decision."""

    title: str
    rows: tuple[Row, ...]
    conflicts: Listing
    note: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One slice of the profile: where it stands, 0..1 from feet to head, and percent."""

    place: float
    percent: float


@dataclass(frozen=True, slots=True)
class Profile:
    """Involvement slice by slice."""

    title: str
    axis: str
    feet: str
    head: str
    top_percent: float
    ticks: tuple[Mark, ...]
    bars: tuple[Bar, ...]
    bar_width: float
    alt: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture with its words; ``file`` is its name, ``data`` its JPEG or PNG bytes."""

    file: str
    media_type: str
    caption: str
    width: int
    height: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Gallery:
    """Pictures shown together, ``columns`` beside each other, below a table if there is one to them."""

    title: str
    note: str
    columns: int
    figures: tuple[Figure, ...]
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """A place for the physician's own words."""

    title: str
    opinion: str
    name: str
    date: str


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report."""

    language: str
    title: str
    subtitle: str
    banner: str
    banner_note: str
    patient_title: str
    patient: tuple[Row, ...]
    study_title: str
    study: tuple[Row, ...]
    alerts: tuple[str, ...]
    refusal: tuple[Row, ...]
    conclusion: Conclusion | None
    warnings: Listing
    routing: Routing | None
    tables: tuple[Table, ...]
    profile: Profile | None
    galleries: tuple[Gallery, ...]
    listings: tuple[Listing, ...]
    technical_title: str
    technical: tuple[Row, ...]
    signature: Signature
    footer: str
    page_word: str
    page_of: str
    missing_value: str
