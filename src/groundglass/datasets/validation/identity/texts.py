"""Texts and tables of a set: what in them points at a patient."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from groundglass.datasets.findings import Finding
from groundglass.datasets.formats.spreadsheets import read_rows
from groundglass.datasets.members import STUDY_FIELDS, About
from groundglass.datasets.validation.files import Tree
from groundglass.datasets.validation.identity.documents import embedded
from groundglass.datasets.validation.identity.rules import Pattern, column_reason, foreign_uid, telling
from groundglass.errors import InputError

Value = str | int | float
TEXT_ENDINGS = frozenset(
    [
        ".txt",
        ".md",
        ".rst",
        ".csv",
        ".tsv",
        ".json",
        ".yaml",
        ".yml",
        ".toml",
        ".xml",
        ".html",
        ".htm",
        ".cff",
        ".bib",
        ".log",
        ".ini",
        ".cfg",
        ".tex",
        ".py",
        ".sh",
        ".svg",
    ]
)
"""Files that are read as text, beside those without ending and those of documents."""
TABLES = (".csv", ".tsv", ".xlsx")
ABOUT_THE_SET = re.compile(
    r"(?:.*/)?(?:readme|licen[cs]e|citation|copying|authors|changelog|contributing|dataset_description|about|card"
    r"|croissant|groundglass|dataset|funnel|statistics|notice|manifest)[^/]*",
    re.IGNORECASE,
)
"""Texts in which whoever made the set names himself: addresses there are contacts."""
CONTACTS = frozenset({"email", "phone"})
LONGEST_VALUE = 200
"""A longer cell is a sentence and no value of a column."""
_DATE = re.compile(
    r"(?:19|20)\d{2}[-./]\d{1,2}[-./]\d{1,2}(?:[T ].*)?|\d{1,2}[./]\d{1,2}[./](?:19|20)\d{2}(?:\s.*)?|(?:19|20)\d{2}"
    r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{6}.*)?"
)
_PERSON = re.compile(r"[^\W\d_]{2,}(?:[ ^,.]+[^\W\d_]+)+\.?")
_NOTHING = frozenset(
    {"", "none", "null", "nan", "n/a", "na", "-", "anonymous", "anonymized", "anon", "unknown", "removed"}
)
_BETWEEN_TAGS = re.compile(r">([^<]*[^<\s][^<]*)<")
_OWN_COLUMNS = frozenset(column.name for column in STUDY_FIELDS)


def check_texts(tree: Tree, about: About) -> list[Finding]:
    """Look through every text, table and document of a set.

    Parameters
    ----------
    tree : Tree
        Its files.
    about : About
        What it says of itself: authors and contacts there are no leaks.
    """
    findings: list[Finding] = []
    stated = _stated(about)
    for name in tree.sizes:
        ending = PurePosixPath(name).suffix.lower()
        texts = embedded(tree, name)
        for place, text in texts:
            findings += _metadata(name, place, text, stated)
        is_text = ending in TEXT_ENDINGS or (not ending and tree.sizes[name] < 1 << 20)
        if ending == ".xlsx" or ending in (".csv", ".tsv"):
            findings += _columns(name, _table(tree, name))
        if not is_text and ending != ".xlsx":
            continue
        content = _cells_text(tree, name) if ending == ".xlsx" else tree.text(name)
        if content is None or "\0" in content[:4096]:
            continue
        if ending == ".svg":
            # Between tags stand words; within them the figures of lines, of which there are very many.
            content = " ".join(_BETWEEN_TAGS.findall(content))
        if ending == ".json":
            findings += _columns(name, _keys(content))
        findings += _found(name, content, stated)
    return findings


def _found(name: str, text: str, stated: str) -> list[Finding]:
    """Return one finding for each kind of telling text of a file."""
    counts: dict[tuple[str, str], int] = {}
    for pattern, found in telling(text):
        code = _code(name, pattern, found, stated)
        if code:
            counts[code, pattern.reason] = counts.get((code, pattern.reason), 0) + 1
    return [
        Finding(code, None, {"file": name, "kind": reason, "count": count}) for (code, reason), count in counts.items()
    ]


def _code(name: str, pattern: Pattern, found: str, stated: str) -> str:
    if _squeezed(found) in stated:
        return ""
    if pattern.reason in CONTACTS:
        return "" if ABOUT_THE_SET.fullmatch(name) else "IDENTIFIER_IN_TEXT"
    return "METADATA_IN_FILE" if pattern.severity == "warning" else "IDENTIFIER_IN_TEXT"


def _metadata(name: str, place: str, text: str, stated: str) -> list[Finding]:
    """Return what the hidden parts of a document say: its maker, and anything that points at a patient."""
    found = [each for each in _found(name, text, stated) if each.code == "IDENTIFIER_IN_TEXT"]
    if found:
        return found
    plain = _squeezed(text)
    return [] if not plain or plain in stated else [Finding("METADATA_IN_FILE", None, {"file": name, "kind": place})]


def _columns(name: str, columns: dict[str, list[str]]) -> list[Finding]:
    findings = []
    for column, values in columns.items():
        reason = "" if column in _OWN_COLUMNS else column_reason(column)
        known = [value for value in values if value.strip().casefold() not in _NOTHING and len(value) < LONGEST_VALUE]
        telling_ = [value for value in known if _tells(reason, value)]
        if reason and telling_:
            values_: dict[str, Value] = {"file": name, "kind": f"column_{reason}", "column": column}
            findings.append(Finding("IDENTIFIER_IN_TEXT", None, values_ | {"count": len(telling_)}))
        elif not reason and column.strip().casefold() in ("name", "names", "patient", "patients", "subject", "имя"):
            people = [value for value in known if _PERSON.fullmatch(value)]
            if people and len(people) > len(known) / 2:
                values_ = {"file": name, "kind": "column_name", "column": column}
                findings.append(Finding("IDENTIFIER_IN_TEXT", None, values_ | {"count": len(people)}))
    return findings


def _tells(reason: str, value: str) -> bool:
    if reason == "uid":
        return any(part.isdigit() for part in value.split(".")) and foreign_uid(value.strip())
    if reason in ("birth", "date"):
        return bool(_DATE.fullmatch(value.strip()))
    if reason in ("number", "contact"):
        return any(c.isdigit() for c in value) or "@" in value
    return any(c.isalpha() for c in value)


def _table(tree: Tree, name: str) -> dict[str, list[str]]:
    """Return the values of each column; nothing where it is no table."""
    if name.endswith((".csv", ".tsv")):
        text = tree.text(name) or ""
        first = text.partition("\n")[0]
        delimiter = max(",;\t|", key=first.count)
        try:
            rows = list(csv.reader(io.StringIO(text.replace("\0", "")), delimiter=delimiter))
        except csv.Error:
            return {}
        head = rows[0] if rows else []
        return {
            column: [row[place] for row in rows[1:] if place < len(row)] for place, column in enumerate(head) if column
        }
    try:
        found: dict[str, list[str]] = {}
        for line in read_rows(tree.folder / name):
            for column, value in line.items():
                found.setdefault(column, []).append(value)
        return found
    except InputError:
        return {}


def _cells_text(tree: Tree, name: str) -> str:
    return "\n".join(value for column, values in _table(tree, name).items() for value in (column, *values))


def _keys(text: str) -> dict[str, list[str]]:
    """Return the values of every key of a JSON file, at any depth."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    found: dict[str, list[str]] = {}
    for key, value in _leaves(content):
        found.setdefault(key, []).append(value)
    # What a set says of itself as a whole has a date and authors.
    return {
        key: values
        for key, values in found.items()
        if key.casefold() not in ("date", "author", "authors", "name", "names")
    }


def _leaves(content: Any) -> Iterator[tuple[str, str]]:
    pending: list[tuple[str, Any]] = [("", content)]
    while pending:
        key, value = pending.pop()
        if isinstance(value, dict):
            pending += [(str(name), each) for name, each in value.items()]
        elif isinstance(value, list):
            pending += [(key, each) for each in value]
        elif isinstance(value, (str, int)) and not isinstance(value, bool):
            yield key, str(value)


def _stated(about: About) -> str:
    """Return everything that a set says of its makers, in the form for comparing."""
    parts = (
        *about.authors,
        about.contact,
        about.citation,
        about.url,
        about.doi,
        about.name,
        about.version,
        about.licence,
        about.date,
        *about.title.values(),
        *about.description.values(),
        json.dumps(dict(about.card), ensure_ascii=False, default=str),
    )
    return "\n".join(_squeezed(part) for part in parts if part)


def _squeezed(text: str) -> str:
    return " ".join(text.split()).casefold()
