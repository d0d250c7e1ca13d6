"""Tables joined to studies: grades, reads, clinical data."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from groundglass.datasets.candidates import Candidate
from groundglass.datasets.gathering.lookup import Lookup
from groundglass.datasets.gathering.names import all_names, bare, plain
from groundglass.datasets.recipe.model import Recipe, TableRule
from groundglass.datasets.recipe.tables import TABLE_COLUMN_DOUBLE, TABLE_COLUMN_MISSING, Table, read_table
from groundglass.datasets.recipe.words import age_of, grade_of, pattern_of, places_of, sex_of
from groundglass.errors import InputError, declare
from groundglass.phrases import Notice

RECIPE_COLUMN_MISSING = declare("RECIPE_COLUMN_MISSING", "A recipe names a column that none of its tables has.")
COLUMN_NAMES_SHOWN = 40
"""Headings listed in a message."""


NamedMask = tuple[int, str, Path]
"""Number of a study, the cell that names its lesion mask, and the table."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A table with its rule, its columns found.

    Attributes
    ----------
    number : int
        Of the table in the recipe, counted from 1.
    rule : TableRule
        Columns as the table writes them.
    table : Table
        Its rows.
    """

    number: int
    rule: TableRule
    table: Table


@dataclass(slots=True)
class _Facts:
    """What tables say of one study; ``seen`` holds what was said of each thing, to find what disagrees."""

    values: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    reads: list[str] = field(default_factory=list)
    named: bool = False
    conflict: str = ""

    def say(self, thing: str, value: Any, column: str) -> None:
        """Take a value; another one for the same thing is a conflict."""
        if value in ("", None, ()):
            return
        if self.values.setdefault(thing, value) != value:
            self.conflict = self.conflict or column


def read_tables(recipe: Recipe) -> tuple[Joined, ...]:
    """Read the tables of a recipe and find the columns it names.

    Raises
    ------
    InputError
        ``TABLE_...``; ``RECIPE_COLUMN_MISSING`` for columns of exclusions and of what is published.
    """
    found = []
    for number, rule in enumerate(recipe.tables, 1):
        table = read_table(rule.path, rule.sheet, heading=rule.key)
        found.append(Joined(number, _with_columns(rule, table), table))
    known = {plain(column) for each in found for column in each.table.columns}
    wanted = [(f"selection.exclude[{n}].column", e.column) for n, e in enumerate(recipe.selection.exclusions, 1)]
    wanted += [("publish.columns", column) for column in recipe.publish.columns]
    for place, column in wanted:
        if plain(column) not in known:
            raise InputError(
                RECIPE_COLUMN_MISSING,
                what=f"no table has a column {column[:60]}",
                where=place,
                todo=f"take one of {_listed([c for each in found for c in each.table.columns])}",
            )
    return tuple(found)


def _with_columns(rule: TableRule, table: Table) -> TableRule:
    """Return the rule with every column as the table writes it."""
    changed: dict[str, Any] = {}
    for name in ("key", "grade", "sex", "age", "organisation", "mask", "pattern", "localisation"):
        column = getattr(rule, name)
        if column:
            changed[name] = _column(column, table, rule.path)
    changed["readers"] = tuple(_column(column, table, rule.path) for column in rule.readers)
    return replace(rule, **changed)


def _column(wanted: str, table: Table, path: Path) -> str:
    found = wanted if wanted in table.columns else None
    if found is None:
        alike = [column for column in table.columns if plain(column) == plain(wanted)]
        found = alike[0] if len(alike) == 1 else None
    if found is None:
        raise InputError(
            TABLE_COLUMN_MISSING,
            what=f"the table has no column {wanted[:60]}",
            where=path.name,
            todo=f"take one of {_listed(table.columns)}",
        )
    if found in table.doubled:
        raise InputError(
            TABLE_COLUMN_DOUBLE,
            what=f"two columns are called {found[:60]}",
            where=path.name,
            todo="give each a name of its own",
        )
    return found


def _listed(columns: Sequence[str]) -> str:
    # what was taken for headings may be cells of a patient: numbers are never shown
    names = [name for name in dict.fromkeys(columns) if not re.search(r"\d{3}", name)]
    more = len(names) - COLUMN_NAMES_SHOWN
    return ", ".join(name[:60] for name in names[:COLUMN_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def series_named(tables: Sequence[Joined]) -> set[str]:
    """Return the SeriesInstanceUIDs that tables name."""
    return {row[each.rule.key] for each in tables if each.rule.match == "series_uid" for row in each.table.rows}


def joined(
    candidates: Sequence[Candidate], tables: Sequence[Joined], recipe: Recipe, notices: list[Notice]
) -> tuple[tuple[Candidate, ...], list[NamedMask]]:
    """Return the studies with what the tables say of them.

    Parameters
    ----------
    candidates : sequence of Candidate
        Without grade, reads and columns.
    tables : sequence of Joined
        As :func:`read_tables` returns them; of a column in two of them the first one's cell counts.
    recipe : Recipe
        Where studies lie, and which columns it uses.
    notices : list of Notice
        What fits no study, or cannot be understood, is told here.

    Returns
    -------
    studies : tuple of Candidate
        In the same order; ``conflict`` names the column in which rows disagree.
    masks : list of (int, str, Path)
        Number of a study, the cell that names its lesion mask, and the table.
    """
    roots = [rule.path for rule in recipe.sources]
    facts = [_Facts() for _ in candidates]
    used = {plain(each.column) for each in recipe.selection.exclusions} | {plain(c) for c in recipe.publish.columns}
    where_from: dict[str, int] = {}
    for each in tables:
        for column in each.table.columns:
            if where_from.setdefault(plain(column), each.number) != each.number and plain(column) in used:
                notices.append(Notice("table_column_twice", {"column": column, "table": each.number}))
        _join(candidates, facts, each, roots, used, notices)
    named = [(index, *fact.values["mask"]) for index, fact in enumerate(facts) if "mask" in fact.values]
    return tuple(_with_facts(candidate, fact) for candidate, fact in zip(candidates, facts, strict=True)), named


def _join(
    candidates: Sequence[Candidate],
    facts: Sequence[_Facts],
    each: Joined,
    roots: Sequence[Path],
    used: set[str],
    notices: list[Notice],
) -> None:
    rule, rows = each.rule, each.table.rows
    zeros = rule.match not in ("study_uid", "series_uid")
    known = all_names(candidates, rule.match, roots)
    if rule.match in ("folder", "file"):
        named = [(bare(row[rule.key]), number) for number, row in enumerate(rows) if row[rule.key]]
    else:
        named = [(row[rule.key], number) for number, row in enumerate(rows) if row[rule.key]]
    lookup = Lookup(named, known, zeros=zeros)
    strange: Counter[str] = Counter()
    for fact, names in zip(facts, known, strict=True):
        found = lookup.find(names)
        for number in found:
            _say(fact, rows[number], rule, strange)
        fact.named = fact.named or bool(found)
        fact.reads += _reads([rows[number] for number in found], rule, strange)
        for column in each.table.columns:
            cells = list(dict.fromkeys(cell for number in found if (cell := rows[number][column])))
            if len(cells) > 1 and plain(column) in used:
                fact.conflict = fact.conflict or column
            fact.columns[column] = fact.columns.get(column) or (cells[0] if cells else "")
    without = len(rows) - len(named)
    if without:
        notices.append(Notice("table_rows_without_key", {"table": each.number, "count": without}))
    unmatched = len(named) - len(lookup.used)
    if unmatched:
        values = {"table": each.number, "count": unmatched, "rows": len(rows), "match": rule.match}
        notices.append(Notice("table_rows_unmatched", values, "info" if lookup.used else "warning"))
    alone = sum(1 for names in known if not lookup.find(names))
    if alone:
        notices.append(Notice("table_studies_unnamed", {"table": each.number, "count": alone}, "info"))
    for column, count in sorted(strange.items()):
        notices.append(Notice("table_cells_unknown", {"table": each.number, "column": column, "count": count}))


def _say(fact: _Facts, row: Mapping[str, str], rule: TableRule, strange: Counter[str]) -> None:
    """Take from a row what the rule names."""
    readings: tuple[tuple[str, str, Any], ...] = (
        ("grade", rule.grade, lambda text: grade_of(text, rule.values)),
        ("sex", rule.sex, sex_of),
        ("age_years", rule.age, lambda text: age_of(text) if text else ""),
        ("organisation", rule.organisation, str),
        ("mask", rule.mask, lambda text: (text, rule.path)),
        ("pattern", rule.pattern, pattern_of),
        ("localisation", rule.localisation, places_of),
    )
    for thing, column, read in readings:
        if not column or not row[column]:
            continue
        value = read(row[column])
        if value is None:
            strange[column] += 1
        fact.say(thing, value, column)


def _reads(rows: Sequence[Mapping[str, str]], rule: TableRule, strange: Counter[str]) -> list[str]:
    """Return the grades of single readers, in order of their columns; rows of one study may hold different reads."""
    found = []
    for column in rule.readers:
        for cell in dict.fromkeys(row[column] for row in rows):
            grade = grade_of(cell, rule.values)
            if grade is None:
                strange[column] += 1
            elif grade:
                found.append(grade)
    return found


def _with_facts(candidate: Candidate, fact: _Facts) -> Candidate:
    said = {name: value for name, value in fact.values.items() if name != "mask"}
    return replace(
        candidate,
        **said,
        reads=tuple(fact.reads),
        columns=fact.columns,
        named=fact.named,
        conflict=fact.conflict,
    )
