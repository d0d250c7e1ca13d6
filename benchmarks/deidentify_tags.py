"""What became of every attribute with each program, on the same files, and why outcomes differ."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from planting.marks import Mark
from planting.searching import readable
from pydicom import dcmread
from pydicom.datadict import dictionary_description, keyword_for_tag
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from deidentifiers import OURS, Made
from groundglass.deidentify.table.rows import EDITION, Row, attributes

_WHY = Path(__file__).with_name("deidentify_why.csv")
_OPTIONS = ("modified_dates", "clean_descriptors", "clean_structured_content", "clean_graphics")
_PATIENT = ("PatientAge", "PatientSex", "PatientSize", "PatientWeight")
_MIXED_SHARE = 0.8
"""Share of an outcome from which it stands for all."""

Outcomes = dict[int, Counter[str]]


def outcomes(planted: Path, made: Made, names: list[str], marks: Sequence[Mark]) -> Outcomes:
    """Return what became of each attribute, by tag, over the files that every program gave back.

    Identifiers planted where table E.1-1 has no row are left out: they are counted by the score sheet.
    """
    found: Outcomes = defaultdict(Counter)
    where: dict[str, set[str]] = defaultdict(set)
    for mark in marks:
        where[mark.file].add(mark.where.rsplit("/", 1)[-1])
    for name in names:
        before, after = dcmread(planted / name, force=True), dcmread(made[name], force=True)
        results = dict(_values(after))
        for path, value in _values(before):
            tag = path[-1]
            if not value or (not _row(tag) and (keyword_for_tag(tag) or str(Tag(tag))) in where[name]):
                continue
            now = results.get(path)
            outcome = "removed" if now is None else "kept" if now == value else "emptied" if not now else "changed"
            found[path[-1]][outcome] += 1
    return found


def _values(ds: Dataset, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], str]]:
    for element in readable(ds):
        tag = int(element.tag)
        if tag >> 16 & 1 or not tag & 0xFFFF:
            continue
        if element.VR == "SQ":
            yield (*path, tag), f"{len(element.value)} items" if len(element.value) else ""
            for number, item in enumerate(element.value):
                yield from _values(item, (*path, tag, number))
        elif tag != 0x7FE00010:
            yield (*path, tag), str(element.value).strip()


def word(counts: Counter[str]) -> str:
    """Return the outcome, ``mixed`` where there is more than one of weight."""
    if not counts:
        return "absent"
    outcome, most = counts.most_common(1)[0]
    return outcome if most >= _MIXED_SHARE * counts.total() else "mixed"


@cache
def _row(tag: int) -> Row | None:
    text = f"{tag:08X}"
    for row in _rows():
        if all(a in ("X", b) for a, b in zip(row.tag, text, strict=False)) and len(row.tag) == 8:
            return row
    return None


_CACHE: list[Row] = []


def _rows() -> list[Row]:
    if not _CACHE:
        _CACHE.extend(attributes().values())
    return _CACHE


def why(row: Row | None, ours: str, theirs: str) -> str:
    """Return the reason, the first that fits of the table beside this file."""
    listed = row.basic if row else "none"
    option = next((name for name in _OPTIONS if row and getattr(row, name)), "-")
    if row and row.keyword in _PATIENT:
        option = "retain_patient"
    elif row and option == "-" and row.retain_device and ours == "kept":
        option = "retain_device"
    with _WHY.open(encoding="utf-8") as stream:
        for rule in csv.DictReader(line for line in stream if not line.startswith("#")):
            patterns = (
                (listed, rule["listed"]),
                (option, rule["option"]),
                (ours, rule["ours"]),
                (theirs, rule["theirs"]),
            )
            if all(fnmatchcase(value, pattern) for value, pattern in patterns):
                return rule["why"]
    raise RuntimeError("the last row fits everything")


def page(found: Mapping[str, Outcomes], versions: str, day: str, files: int, of: int) -> str:
    """Return the page."""
    others = [name for name in found if name != OURS]
    lines = [
        "# De-identification beside other programs, tag by tag",
        "",
        "<!-- Written by benchmarks/deidentify.py; run it again rather than edit. -->",
        "",
        f"{versions}; {day}. Each program with its defaults on the same {files} planted copies "
        f"(of {of}: those that all of them gave back). Counted is every value at every depth, but not what was planted "
        "where the table has no row: kept as it was, changed to another value, emptied, removed; "
        f"mixed where no outcome has {100 * _MIXED_SHARE:.0f} % of the values. The code is that of PS3.15 "
        f"table E.1-1, edition {EDITION}; - where it has no row. Private attributes are left out: dicom-anonymizer and "
        "ours remove them all, dicognito keeps them but one (a global patient ID).",
        "",
        "Where the others do better: dicom-anonymizer follows the table of edition 2026c to the letter, so that two "
        "laboratories with it get the same; dicognito keeps objects easy to work with (dummies for empty values, "
        "times moved with dates); both keep more of what the standard allows to stay, and need no project folder.",
        "",
        "## Where the outcomes differ",
        "",
        "| tag | attribute | E.1-1 | " + " | ".join(found) + " | why |",
        "| --- | --- | --- |" + " --- |" * len(found) + " --- |",
    ]
    same: Counter[str] = Counter()
    tags = sorted({tag for table in found.values() for tag in table})
    differing = 0
    for tag in tags:
        row = _row(tag)
        cells = {name: word(table.get(tag, Counter())) for name, table in found.items()}
        if len(set(cells.values())) == 1:
            same[cells[OURS]] += 1
            continue
        differing += 1
        reasons = {name: why(row, cells[OURS], cells[name]) for name in others if cells[name] != cells[OURS]}
        if len(set(reasons.values())) == 1:
            text = next(iter(reasons.values()))
        else:
            text = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
        title = keyword_for_tag(tag) or (dictionary_description(tag) if row else "unknown")
        shown = " | ".join(_shown(found[name].get(tag, Counter())) for name in found)
        lines.append(f"| {Tag(tag)} | {title} | {row.basic if row else '-'} | {shown} | {text} |")
    lines += [
        "",
        f"{differing} of {len(tags)} attributes differ. In the others all three do the same: "
        + ", ".join(f"{count} {outcome}" for outcome, count in same.most_common())
        + ".",
    ]
    return "\n".join(lines) + "\n"


def _shown(counts: Counter[str]) -> str:
    if word(counts) != "mixed":
        return word(counts)
    return ", ".join(f"{outcome} {count}" for outcome, count in counts.most_common())
