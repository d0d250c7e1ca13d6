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
from groundglass.datasets.formats.spreadsheets import read_cells, sheet_names
from groundglass.datasets.members import STUDY_FIELDS, About
from groundglass.datasets.validation.files import TEXT_BYTES_AT_MOST, Tree
from groundglass.datasets.validation.identity.documents import SHOWN, embedded, holds_pictures
from groundglass.datasets.validation.identity.rules import Pattern, column_reason, foreign_uid, telling_places
from groundglass.errors import InputError

Value = str | int | float
NO_TEXT = frozenset(
    [
        ".nii",
        ".gz",
        ".hdr",
        ".img",
        ".mha",
        ".mhd",
        ".nrrd",
        ".npz",
        ".npy",
        ".dcm",
        ".ima",
        ".png",
        ".jpg",
        ".jpeg",
        ".gif",
        ".bmp",
        ".tif",
        ".tiff",
        ".webp",
        ".zip",
        ".7z",
        ".rar",
        ".tar",
        ".bz2",
        ".xz",
        ".zst",
        ".tgz",
        ".pdf",
        ".xlsx",
        ".xls",
        ".docx",
        ".doc",
        ".pptx",
        ".ppt",
        ".odt",
        ".ods",
        ".h5",
        ".hdf5",
        ".parquet",
        ".pkl",
        ".pt",
        ".pth",
        ".onnx",
    ]
)
"""Endings of files that are no text; every other file is looked at, and read where it is one."""
TABLES = (".csv", ".tsv", ".xlsx")
ABOUT_THE_SET = re.compile(
    r"(?:.*/)?(?:readme|licen[cs]e|citation|copying|authors|changelog|contributing|dataset_description|about|card"
    r"|croissant|groundglass|dataset|funnel|statistics|notice|manifest)[^/]*",
    re.IGNORECASE,
)
"""Texts in which whoever made the set names himself: addresses there are contacts."""
WRITTEN_BY_AUTHORS = frozenset(
    [
        ".md",
        ".rst",
        ".html",
        ".htm",
        ".tex",
        ".bib",
        ".cff",
        ".pdf",
        ".docx",
        ".odt",
        ".pptx",
        ".py",
        ".sh",
        ".ipynb",
        ".yaml",
        ".yml",
        ".toml",
        ".cfg",
        ".ini",
        ".xml",
    ]
)
"""Endings of texts and programs in which authors are named; patients are looked for by what stands before a name."""
CONTACTS = frozenset({"email", "phone"})
_MAKERS = re.compile(
    r"^\s*[(\[]?[\d*†]{1,2}[)\].]?\s+[A-ZА-ЯЁ]|universit|университет|author|affiliat|publish"
    r"|provid|contact|copyright|©|\(c\)|cit(?:e|ation)|et al|doi\b|ethic|committee|board|\birb\b"
    r"|approv|grant|support|fund|acknowledg|thank|department|curat|collaborat|contribut|maintain|licen[cs]|institution"
    r"|автор|издат|публик|контакт|этическ|комитет|грант|поддерж|благодар|кафедр|составит|разработ|правообл|предостав"
    r"|цитир|лаборатор|учрежд",
    re.IGNORECASE | re.MULTILINE,
)
"""Words of a line, or of the heading above it, that tell who made a set, paid for it or allowed it."""
_HEADING = re.compile(r"^#{1,6}\s.*$", re.MULTILINE)
SNIFFED_BYTES = 4096
"""Start of a file by which text is told from numbers."""
LONGEST_LINE = 2000
"""A line without end is one of a program."""
MOSTLY = 0.5
"""Share of values of a column from which it is of a kind."""
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
_SVG_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_DRAWN = frozenset((".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp"))
_CLOSED = frozenset(
    (".zip", ".7z", ".rar", ".tar", ".bz2", ".xz", ".zst", ".tgz", ".xls", ".doc", ".ppt", ".h5", ".pkl")
)
_WITH_PICTURES = frozenset((".pdf", ".docx", ".pptx", ".xlsx", ".odt"))
_CODED = re.compile(r"(?:site|cent(?:er|re)|hospital|clinic|h|c)?[-_ ]?\w{1,2}", re.IGNORECASE)
"""How places are told apart without naming them."""
_PATIENT_COLUMN = re.compile(
    r"patient[ _\-]?(?:id|number|no|code)?|subject[ _\-]?id|pid|patid|номер[ _]пациента|код[ _]пациента|№ пациента",
    re.IGNORECASE,
)
_PATIENT_NUMBER = re.compile(r"\d{7,}")
"""Numbers that archives give to patients; sets number theirs with fewer figures or with a word."""
_FIRST_REAL_YEAR = 1926
"""BIDS asks to move dates to before 1925 (specification, common principles, participant privacy)."""


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
        for place, text in embedded(tree, name):
            findings += _found(name, text, stated) if place == SHOWN else _metadata(name, place, text, stated)
        if ending in TABLES:
            for columns in _tables(tree, name):
                findings += _columns(name, columns)
        if ending in NO_TEXT:
            continue
        content = text_of(tree, name)
        if content is None:
            continue
        if ending == ".svg":
            # Between tags stand words; within them the figures of lines, of which there are very many.
            content = "\n".join((*_BETWEEN_TAGS.findall(content), *_SVG_COMMENT.findall(content)))
        if ending == ".json":
            findings += _columns(name, _keys(content))
        findings += _found(name, content, stated)
    return findings


def text_of(tree: Tree, name: str) -> str | None:
    """Return a text, None for what is none; bytes that are no UTF-8 are Russian ones of Windows.

    Parameters
    ----------
    tree : Tree
        Of the set.
    name : str
        Path of the file in it.
    """
    data = tree.data(name)
    if data is None:
        return None
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    if b"\0" in data[:SNIFFED_BYTES]:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1251", "replace")
    start = text[:SNIFFED_BYTES]
    return text if all(c.isprintable() or c.isspace() for c in start) else None


def unsearched(tree: Tree) -> dict[str, int]:
    """Return what is not searched for identity, and how many files it is.

    Parameters
    ----------
    tree : Tree
        Of the set.
    """
    endings = {name: PurePosixPath(name).suffix.lower() for name in tree.sizes}
    pictures = [name for name, ending in endings.items() if ending in _DRAWN]
    volumes = (".nii", ".gz", ".hdr", ".img", ".mha", ".mhd", ".nrrd", ".npz", ".npy", ".dcm", ".ima")
    large = [
        name
        for name, size in tree.sizes.items()
        if size > TEXT_BYTES_AT_MOST and endings[name] not in (*volumes, *_DRAWN, *_CLOSED)
    ]
    closed = [
        name
        for name, ending in endings.items()
        if ending in _CLOSED or (ending == ".gz" and not name.lower().endswith(".nii.gz"))
    ]
    inner = [name for name, ending in endings.items() if ending in _WITH_PICTURES and holds_pictures(tree, name)]
    return {
        "large_texts": len(large),
        "pictures_read": len(pictures),
        "inner_pictures": len(inner),
        "closed": len(closed),
    }


def _found(name: str, text: str, stated: str, *, makers: bool = False) -> list[Finding]:
    """Return one finding for each kind of telling text of a file; where makers stand, names are theirs."""
    counts: dict[tuple[str, str], int] = {}
    for pattern, place, found in telling_places(text):
        code = (
            ""
            if makers and pattern.severity == "elsewhere"
            else _code(name, pattern, found, stated, _line(text, place))
        )
        if code:
            counts[code, pattern.reason] = counts.get((code, pattern.reason), 0) + 1
    return [
        Finding(code, None, {"file": name, "kind": reason, "count": count}) for (code, reason), count in counts.items()
    ]


def _code(name: str, pattern: Pattern, found: str, stated: str, line: str) -> str:
    if _squeezed(found) in stated:
        return ""
    about = bool(ABOUT_THE_SET.fullmatch(name)) and not name.lower().endswith(TABLES)
    if pattern.reason in CONTACTS:
        return "" if about else "IDENTIFIER_IN_TEXT"
    if pattern.severity != "elsewhere":
        return "METADATA_IN_FILE" if pattern.severity == "warning" else "IDENTIFIER_IN_TEXT"
    if _MAKERS.search(line):
        return ""
    if about or PurePosixPath(name).suffix.lower() in WRITTEN_BY_AUTHORS:
        return "METADATA_IN_FILE" if pattern.reason == "hospital" else ""
    return "IDENTIFIER_IN_TEXT"


def _line(text: str, place: int) -> str:
    """Return the line in which something stands, with the heading above it."""
    start = text.rfind("\n", 0, place) + 1
    end = text.find("\n", place)
    heading = ""
    if text.startswith("#", text.rfind("\n#", 0, place) + 1):
        above = text.rfind("\n#", 0, place) + 1
        match = _HEADING.match(text, above)
        heading = match[0] if match else ""
    return f"{heading}\n{text[start : end if end >= 0 else len(text)][:LONGEST_LINE]}"


def _metadata(name: str, place: str, text: str, stated: str) -> list[Finding]:
    """Return what the hidden parts of a document say: its maker, and anything that points at a patient."""
    found = [each for each in _found(name, text, stated, makers=place == "maker") if each.code == "IDENTIFIER_IN_TEXT"]
    if found:
        return found
    plain = _squeezed(text)
    return [] if not plain or plain in stated else [Finding("METADATA_IN_FILE", None, {"file": name, "kind": place})]


def _columns(name: str, columns: dict[str, list[str]]) -> list[Finding]:
    findings = []
    for column, values in columns.items():
        reason = column_reason(column)
        reason = "" if column in _OWN_COLUMNS else reason
        reason = "patient" if not reason and _PATIENT_COLUMN.fullmatch(column.strip()) else reason
        known = [value for value in values if value.strip().casefold() not in _NOTHING and len(value) < LONGEST_VALUE]
        telling_ = [value for value in known if _tells(reason, value)]
        if reason and telling_:
            kind = "number" if reason == "patient" else reason
            values_: dict[str, Value] = {"file": name, "kind": f"column_{kind}", "column": column}
            findings.append(Finding("IDENTIFIER_IN_TEXT", None, values_ | {"count": len(telling_)}))
        elif not reason and column.strip().casefold() in ("name", "names", "patient", "patients", "subject", "имя"):
            people = [value for value in known if _PERSON.fullmatch(value)]
            if people and len(people) > len(known) / 2:
                values_ = {"file": name, "kind": "column_name", "column": column}
                findings.append(Finding("IDENTIFIER_IN_TEXT", None, values_ | {"count": len(people)}))
        elif not reason and column not in _OWN_COLUMNS and name.lower().endswith(TABLES):
            days = [value for value in known if _tells("date", value) and not value.strip().isdigit()]
            if days and len(days) > len(known) * MOSTLY:
                values_ = {"file": name, "kind": "column_date", "column": column}
                findings.append(Finding("IDENTIFIER_IN_TEXT", None, values_ | {"count": len(days)}))
    return findings


def _tells(reason: str, value: str) -> bool:
    if reason == "uid":
        return any(part.isdigit() for part in value.split(".")) and foreign_uid(value.strip())
    if reason == "birth":
        return bool(_DATE.fullmatch(value.strip()) or re.fullmatch(r"(?:19|20)\d{2}(?:\.0)?", value.strip()))
    if reason == "date":
        year = re.search(r"(?:19|20)\d{2}", value)
        return bool(_DATE.fullmatch(value.strip())) and year is not None and int(year[0]) >= _FIRST_REAL_YEAR
    if reason == "patient":
        return bool(_PATIENT_NUMBER.fullmatch(value.strip()))
    if reason == "place":
        return any(c.isalpha() for c in value) and not _CODED.fullmatch(value.strip())
    if reason in ("number", "contact"):
        return any(c.isdigit() for c in value) or "@" in value
    return any(c.isalpha() for c in value)


def _tables(tree: Tree, name: str) -> list[dict[str, list[str]]]:
    """Return the values of each column, a table for each sheet; nothing where it is no table."""
    if not name.lower().endswith(".xlsx"):
        text = text_of(tree, name) or ""
        first = text.partition("\n")[0]
        delimiter = max(",;\t|", key=first.count)
        try:
            return [_by_column(list(csv.reader(io.StringIO(text), delimiter=delimiter)))]
        except csv.Error:
            return []
    found = []
    if tree.sizes[name] <= TEXT_BYTES_AT_MOST:
        for sheet in sheet_names(tree.folder / name):
            try:
                found.append(_by_column(read_cells(tree.folder / name, sheet=sheet)))
            except InputError:
                continue  # told by who reads it as a registry; its texts are searched all the same
    return found


def _by_column(rows: list[list[str]]) -> dict[str, list[str]]:
    head = rows[0] if rows else []
    return {column: [row[place] for row in rows[1:] if place < len(row)] for place, column in enumerate(head) if column}


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
