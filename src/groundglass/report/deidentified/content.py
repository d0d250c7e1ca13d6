"""The report of a de-identification as strings in reading order; long lists are cut, and say by how much."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundglass.phrases import Language, say, table
from groundglass.report.document import Row, Tone
from groundglass.report.wording import DASH, clean
from groundglass.settings import INTENDED_USE

_LONGEST_VALUE = 200
_GROUPS_AT_MOST = 40
"""Messages and reasons; a run has some ten of them, more come from damaged data only."""
_FILES_AT_MOST = 50
"""Names under one message: enough to look at, and the JSON has the others."""
_ROWS_AT_MOST = 60
"""Rows of an open table: two printed pages."""
_ATTRIBUTES_AT_MOST = 600
"""The standard's table has about 600 rows; lists of attributes are folded."""
_UNCHANGED = "keep"
_SEPARATORS = re.compile("[-: ]")


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure of the summary."""

    value: str
    label: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Group:
    """One message with the files it is about; ``more`` says how many are not named."""

    text: str
    count: str
    files: tuple[str, ...]
    more: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; ``wide`` columns are words, the others numbers. ``more`` says how many rows are not shown."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: int
    title: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """Everything on the page, from top to bottom."""

    language: Language
    title: str
    subtitle: str
    software: str
    banner: str
    banner_note: str
    alerts: tuple[str, ...]
    tiles: tuple[Tile, ...]
    titles: Mapping[str, str]
    person: tuple[Group, ...]
    person_more: str
    left_out: Grid
    left_out_files: tuple[Group, ...]
    blanked: Grid
    blanked_files: tuple[Group, ...]
    cells: Grid
    cells_note: str
    not_covered: tuple[str, ...]
    actions: Grid
    why: Grid
    attributes: tuple[Grid, ...]
    patients: Grid
    how: tuple[Row, ...]
    footer: str


_TITLES = (
    "person",
    "person_none",
    "left_out",
    "left_out_none",
    "left_out_note",
    "pixels",
    "pixels_none",
    "cells",
    "not_covered",
    "law",
    "actions",
    "why",
    "attributes",
    "codes_note",
    "by_patient",
    "how",
    "list",
)


def content_of(report: Mapping[str, Any], language: Language) -> Content:
    """Return what the page shows of a report.

    Parameters
    ----------
    report : mapping
        Schema ``groundglass/deidentification/1``.
    language : {"en", "ru"}
        Language of the page.

    Returns
    -------
    Content
        Strings; text from files is freed of what is not printable, but not escaped.
    """
    words = _Words(language)
    counts = _mapping(report.get("counts"))
    project = words.foreign(report.get("project_id", DASH))
    software = _mapping(report.get("software"))
    name = words.foreign(f"{software.get('name', 'groundglass')} {software.get('version', '')}".strip())
    person, person_more = words.person(_rows(report, "needs_person"))
    failed = int(counts.get("failed", 0))
    alerts = [words("failed", count=words.count(failed))] if failed else []
    if not counts.get("files_out"):
        alerts.append(words("empty"))
    use = str(report.get("intended_use", ""))
    return Content(
        language=language,
        title=words("title"),
        subtitle=words("subtitle", project=project),
        software=name,
        banner=next((each[language] for each in INTENDED_USE.values() if use in each.values()), words.foreign(use)),
        banner_note=words("banner"),
        alerts=tuple(alerts),
        tiles=words.tiles(counts, len(_rows(report, "by_patient"))),
        titles={key: words(key) for key in _TITLES},
        person=person,
        person_more=person_more,
        left_out=words.left_out(_rows(report, "dropped")),
        left_out_files=words.files_by_reason(_rows(report, "dropped"), "label"),
        blanked=words.blanked(_rows(report, "blanked")),
        blanked_files=words.files_by_reason(_rows(report, "blanked"), "file"),
        cells=words.cells(_rows(report, "small_cells")),
        cells_note=words(
            "cells_note" if report.get("small_cells") else "cells_none",
            limit=words.count(int(report.get("small_cell_limit", 0))),
        ),
        not_covered=tuple(words.message(each) for each in report.get("not_covered", ())),
        actions=words.actions(_mapping(report.get("actions"))),
        why=words.why(_mapping(report.get("reasons"))),
        attributes=words.attributes(_rows(report, "by_attribute")),
        patients=words.patients(_rows(report, "by_patient")),
        how=words.how(report, name),
        footer=words("footer", software=name, project=project),
    )


@dataclass(frozen=True, slots=True)
class _Words:
    language: Language

    def __call__(self, key: str, /, **values: object) -> str:
        return say(f"deidpage_{key}", self.language, **values)

    def foreign(self, value: object) -> str:
        return clean(str(value), _LONGEST_VALUE)

    def count(self, number: int) -> str:
        return f"{number:,}".replace(",", "\u202f" if self.language == "ru" else ",")

    def percent(self, share: float) -> str:
        text = f"{100 * share:.1f} %" if not 0 < share < 0.001 else "< 0.1 %"
        return text.replace(".", ",") if self.language == "ru" else text

    def code(self, prefix: str, code: str) -> str:
        """Return the words of a code, or the code where the table has none."""
        key = f"{prefix}_{_SEPARATORS.sub('_', code.lower())}"
        return say(key, self.language) if key in table() else self.foreign(code)

    def message(self, row: object) -> str:
        """Return a message in the language of the page where its phrase needs no values, or has them."""
        if not isinstance(row, Mapping):
            return self.foreign(row)
        code, values = str(row.get("code", "")), _mapping(row.get("values"))
        if code in table():
            try:
                return clean(say(code, self.language, **values), 2 * _LONGEST_VALUE)
            except (KeyError, IndexError):  # values that this report does not hold: its own words
                pass
        return clean(str(row.get("message", code)), 2 * _LONGEST_VALUE)

    def more(self, count: int, shown: int) -> str:
        return self("more", count=self.count(count - shown)) if count > shown else ""

    def tiles(self, counts: Mapping[str, Any], patients: int) -> tuple[Tile, ...]:
        def tile(key: str, label: str, tone: Tone = "plain") -> Tile:
            number = int(counts.get(key, 0))
            return Tile(self.count(number), self(label), tone if number else "plain")

        return (
            tile("files_in", "files_in"),
            tile("files_out", "files_out", "calm"),
            Tile(self.count(patients), self("patients")),
            tile("dropped", "dropped_count"),
            tile("failed", "failed_count", "error"),
            tile("not_dicom", "not_dicom"),
        )

    def person(self, rows: Sequence[Mapping[str, Any]]) -> tuple[tuple[Group, ...], str]:
        files: dict[str, list[str]] = {}
        for row in rows:
            files.setdefault(self.message(row), []).append(self.foreign(row.get("file", row.get("label", ""))))
        ordered = sorted(files.items(), key=lambda each: -len(each[1]))
        groups = tuple(self.group(text, names) for text, names in ordered[:_GROUPS_AT_MOST])
        return groups, self.more(len(ordered), _GROUPS_AT_MOST)

    def group(self, text: str, names: Sequence[str]) -> Group:
        named = tuple(name for name in names if name)
        return Group(text, self.count(len(names)), named[:_FILES_AT_MOST], self.more(len(named), _FILES_AT_MOST))

    def left_out(self, rows: Sequence[Mapping[str, Any]]) -> Grid:
        found = Counter((str(row.get("kind", "")), str(row.get("reason", ""))) for row in rows)
        lines = [
            (self.code("deidkind", kind), self.code("deidreason", reason), self.count(number))
            for (kind, reason), number in found.most_common()
        ]
        head = (self("kind"), self("reason"), self("files"))
        return self.grid(head, lines, 2, most=_GROUPS_AT_MOST)

    def files_by_reason(self, rows: Sequence[Mapping[str, Any]], name: str) -> tuple[Group, ...]:
        files: dict[tuple[str, str], list[str]] = {}
        for row in rows:
            key = (str(row.get("kind", "")), str(row.get("reason", "")))
            files.setdefault(key, []).append(self.foreign(row.get(name, "")))
        ordered = sorted(files.items(), key=lambda each: -len(each[1]))[:_GROUPS_AT_MOST]
        return tuple(
            self.group(
                ": ".join(
                    part for part in (self.code("deidkind", kind) if kind else "", self.code("deidreason", why)) if part
                ),
                names,
            )
            for (kind, why), names in ordered
        )

    def blanked(self, rows: Sequence[Mapping[str, Any]]) -> Grid:
        sums: dict[str, list[int]] = {}
        for row in rows:
            each = sums.setdefault(str(row.get("reason", "")), [0, 0, 0])
            each[0] += 1
            each[1] += int(row.get("frames", 0))
            each[2] += int(row.get("boxes", 0))
        lines = [
            (self.code("deidreason", reason), *map(self.count, each))
            for reason, each in sorted(sums.items(), key=lambda item: -item[1][0])
        ]
        return self.grid((self("reason"), self("files"), self("frames"), self("boxes")), lines, 1)

    def cells(self, rows: Sequence[Mapping[str, Any]]) -> Grid:
        lines = [(self.cell(row.get("cell")), self.count(int(row.get("patients", 0)))) for row in rows[:_ROWS_AT_MOST]]
        return Grid((self("cell"), self("patients")), tuple(lines), 1, more=self.more(len(rows), _ROWS_AT_MOST))

    def cell(self, cell: object) -> str:
        if not isinstance(cell, Mapping):
            return self.foreign(cell)
        parts = []
        for name, value in cell.items():
            text = self.foreign(value)
            if name == "sex" and f"report_sex_{text.lower()}" in table():
                text = say(f"report_sex_{text.lower()}", self.language)
            elif name == "age":
                text = self("years", range=text.replace("-", "–"))
            parts.append(f"{self.code('deidpage_cell', str(name))} {text}")
        return ", ".join(parts)

    def actions(self, actions: Mapping[str, Any]) -> Grid:
        ordered = sorted(((str(name), int(number)) for name, number in actions.items()), key=lambda each: -each[1])
        whole = sum(number for _, number in ordered) or 1
        lines = [
            (self.code("deidaction", name), self.count(number), self.percent(number / whole))
            for name, number in ordered
        ]
        return self.grid((self("action"), self("elements"), self("share")), lines, 1)

    def why(self, reasons: Mapping[str, Any]) -> Grid:
        ordered = sorted(((str(code), int(number)) for code, number in reasons.items()), key=lambda each: -each[1])
        lines = [(self.code("deidwhy", code), self.count(number)) for code, number in ordered]
        return self.grid((self("reason"), self("values")), lines, 1, most=_GROUPS_AT_MOST)

    def attributes(self, rows: Sequence[Mapping[str, Any]]) -> tuple[Grid, ...]:
        changed = [row for row in rows if row.get("changed", row.get("action") != _UNCHANGED)]
        kept = [row for row in rows if not row.get("changed", row.get("action") != _UNCHANGED)]
        head = (self("tag"), self("name"), self("action"), self("code"), self("rule"), self("elements"))
        grids = []
        for key, part in (("changed", changed), ("kept", kept)):
            number = sum(int(row.get("count", 0)) for row in part)
            lines = [
                (
                    self.foreign(row.get("tag", "")),
                    self.foreign(row.get("name") or row.get("keyword") or "") or self("private"),
                    self.code("deidaction", str(row.get("action", ""))),
                    self.foreign(row.get("code", "")),
                    self.foreign(row.get("rule", "")),
                    self.count(int(row.get("count", 0))),
                )
                for row in part
            ]
            if lines:
                title = self(key, count=self.count(number))
                grids.append(self.grid(head, lines, 5, most=_ATTRIBUTES_AT_MOST, title=title))
        return tuple(grids)

    def patients(self, rows: Sequence[Mapping[str, Any]]) -> Grid:
        lines = [
            (
                self.foreign(row.get("patient", "")),
                *(self.count(int(row.get(name, 0))) for name in ("studies", "series", "files")),
            )
            for row in rows
        ]
        head = (self("pseudonym"), self("studies"), self("series"), self("files"))
        return self.grid(head, lines, 1)

    def how(self, report: Mapping[str, Any], software: str) -> tuple[Row, ...]:
        profile, edition = _mapping(report.get("profile")), _mapping(report.get("table"))
        rows = [
            Row(self("software"), software),
            Row(self("profile"), self.foreign(profile.get("name", DASH)), foreign=True),
            Row(self("options"), self.listing(profile.get("options"), self("basic_only"))),
        ]
        if "patient" in profile and "retain-patient-characteristics" in profile.get("options", ()):
            rows.append(Row(self("kept_patient"), self.listing(profile["patient"], self("nothing"))))
        if "device" in profile and "retain-device-identity" in profile.get("options", ()):
            rows.append(Row(self("kept_device"), self.listing(profile["device"], self("nothing"))))
        if "retain-modified-dates" not in profile.get("options", ()):
            rows.append(Row(self("days"), self("days_gone")))
        elif len(days := profile.get("days", ())) == 2:
            rows.append(Row(self("days"), self("days_value", low=int(days[0]), high=int(days[1]))))
        if "oldest_years" in profile:
            rows.append(Row(self("oldest"), self("oldest_value", years=int(profile["oldest_years"]))))
        value = self("table_value", edition=edition.get("edition", DASH), rows=edition.get("rows", DASH))
        rows.append(Row(self("table"), self.foreign(value)))
        if profile.get("sha256"):
            rows.append(Row(self("checksum"), self.foreign(profile["sha256"])))
        if report.get("seconds") is not None:
            rows.append(Row(self("seconds"), self("seconds_value", seconds=f"{float(report['seconds']):.0f}")))
        return tuple(rows)

    def listing(self, values: Iterable[object] | None, nothing: str) -> str:
        return ", ".join(self.foreign(value) for value in values or ()) or nothing

    def grid(
        self,
        head: tuple[str, ...],
        lines: Sequence[tuple[str, ...]],
        words: int,
        *,
        most: int = _ROWS_AT_MOST,
        title: str = "",
    ) -> Grid:
        return Grid(head, tuple(lines[:most]), words, title, self.more(len(lines), most))


def _rows(report: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    return [row for row in report.get(key) or () if isinstance(row, Mapping)]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
