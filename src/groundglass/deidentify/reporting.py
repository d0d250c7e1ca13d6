"""The report of a run: what was done, how often, what was left out, and what needs a person. It names nobody."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pydicom.datadict import dictionary_description

from groundglass.deidentify.cells import small_cells
from groundglass.deidentify.cleaning import Done, Task
from groundglass.deidentify.engine import pseudonym
from groundglass.deidentify.keys import Keys
from groundglass.deidentify.profile import Profile
from groundglass.deidentify.table import rows as table
from groundglass.dicom.sources import FileSource
from groundglass.phrases import Notice, say, say_notice
from groundglass.settings import DEFAULT_INTENDED_USE, INTENDED_USE
from groundglass.version import __version__

SCHEMA = "groundglass/deidentification/1"
NOT_COVERED = ("deid_handwriting", "deid_faces", "deid_meaning", "deid_rare", "deid_law")
"""What no run can see; every report says so."""
_DONE = frozenset(
    {
        *("unused-bits", "trailing-bytes", "stream-comments", "stored-native", "curves", "annotation-text"),
        *("overlay-text", "overlay-padding", "overlay-in-pixels", "overlay-damaged"),
    }
)
"""Remarks of the pixels about what was taken out: counted among the reasons, nobody has to look."""
_PERSON = {"face": "deid_face_here", "drawn-marks": "deid_drawn_marks"}
_SMALL_CELL_PATIENTS = 5
"""A combination that fewer patients share is named; the limit that many statistical offices use is 5 to 10."""


def report(
    *,
    profile: Profile,
    project_id: str,
    tasks: Mapping[int, Task],
    done: Mapping[int, Done],
    others: Sequence[FileSource],
    broken: Sequence[tuple[FileSource, str]],
    notices: Sequence[Notice],
    keys: Keys,
    foreign: int,
) -> dict[str, Any]:
    """Return the report as JSON values; the same files, key and profile give the same report.

    Parameters
    ----------
    profile : Profile
        Options of the run.
    project_id : str
        Says which key was used, and nothing of it.
    tasks, done : mapping of int
        Every DICOM file and how it ended.
    others : sequence of FileSource
        Files that are no DICOM; never copied.
    broken : sequence of (FileSource, str)
        DICOM files that cannot be walked, with the error code.
    notices : sequence of Notice
        What finding the files had to say.
    keys : Keys
        Of the project.
    foreign : int
        Files below OUT that this run did not write.
    """
    order = sorted(done)
    ends = Counter(done[number].outcome for number in order)
    actions, attributes, reasons = _sums(done)
    return {
        "schema": SCHEMA,
        "software": {"name": "groundglass", "version": __version__},
        "profile": profile_row(profile),
        "table": {"edition": table.EDITION, "rows": len(table.attributes())},
        "project_id": project_id,
        "counts": {
            "files_in": len(done) + len(others) + len(broken),
            "files_out": ends["written"],
            "dropped": ends["dropped"],
            "failed": ends["failed"] + len(broken),
            "not_dicom": len(others),
        },
        "actions": dict(sorted(actions.items())),
        "reasons": dict(sorted(reasons.items())),
        "by_attribute": attributes,
        "by_patient": _by_patient(tasks, done, keys),
        "dropped": [
            {"label": tasks[number].source.label, "kind": done[number].kind, "reason": done[number].reason}
            for number in order
            if done[number].outcome == "dropped"
        ]
        + [{"label": source.label, "kind": "file", "reason": "not-dicom"} for source in others],
        "blanked": [
            {
                "file": tasks[number].target,
                "frames": len({box.frame for box in done[number].boxes}),
                "boxes": len(done[number].boxes),
                "reason": done[number].reason,
            }
            for number in order
            if done[number].outcome == "written" and done[number].boxes
        ],
        "needs_person": _needs_person(tasks, done, broken, notices, foreign),
        "not_covered": [{"code": code, "message": say(code)} for code in NOT_COVERED],
        "small_cells": [
            {"cell": dict(cell.cell), "patients": cell.patients}
            for cell in small_cells(_cell_rows(tasks, done), limit=_SMALL_CELL_PATIENTS)
        ],
        "small_cell_limit": _SMALL_CELL_PATIENTS,
        "intended_use": INTENDED_USE[DEFAULT_INTENDED_USE]["en"],
    }


def profile_row(profile: Profile) -> dict[str, Any]:
    """Return a profile as JSON values, with a checksum by which two runs are compared."""
    row: dict[str, Any] = {
        "name": profile.name,
        "options": sorted(profile.options),
        "patient": list(profile.patient),
        "device": list(profile.device),
        "days": list(profile.days),
        "oldest_years": profile.oldest_years,
        "overrides": {f"{tag:08X}": str(action) for tag, action in sorted(profile.overrides.items())},
        "reasons": {f"{tag:08X}": reason for tag, reason in sorted(profile.reasons.items())},
        "words": sorted(profile.words),
        "private": [f"({group:04X},xx{element:02X},{creator})" for creator, group, element in sorted(profile.private)],
        "pixels": {
            "captures": profile.pixels.captures,
            "images": profile.pixels.images,
            "read": profile.pixels.read,
            "documents": profile.pixels.documents,
        },
    }
    return {**row, "sha256": hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()}


def _sums(done: Mapping[int, Done]) -> tuple[Counter[str], list[dict[str, Any]], Counter[str]]:
    actions: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    attributes: Counter[tuple[int, str, str, str, bool]] = Counter()
    for each in done.values():
        for (_, tag, action, code, rule, changed), count in each.counts:
            actions[action] += count
            attributes[tag, action, code, rule, changed] += count
        reasons.update(dict(each.reasons))
        reasons.update(f"pixels:{code}" for code in each.remarks if code in _DONE)
    rows = [
        {
            "tag": f"({tag >> 16:04X},{tag & 0xFFFF:04X})",
            "name": name_of(tag),
            "rule": rule,
            "code": code,
            "action": action,
            "changed": changed,
            "count": count,
        }
        for (tag, action, code, rule, changed), count in sorted(attributes.items())
    ]
    return actions, rows, reasons


def name_of(tag: int) -> str:
    """Return the dictionary's name of a tag; private and unknown ones have none."""
    try:
        return dictionary_description(tag)
    except KeyError:
        return ""


def _by_patient(tasks: Mapping[int, Task], done: Mapping[int, Done], keys: Keys) -> list[dict[str, Any]]:
    found: dict[str, tuple[set[str], set[str], list[int]]] = {}
    for number, each in done.items():
        if each.outcome != "written":
            continue
        studies, series, files = found.setdefault(pseudonym(keys, tasks[number].patient), (set(), set(), []))
        _, study, one, _ = tasks[number].target.split("/")
        studies.add(study)
        series.add(f"{study}/{one}")
        files.append(number)
    return [
        {"patient": patient, "studies": len(studies), "series": len(series), "files": len(files)}
        for patient, (studies, series, files) in sorted(found.items())
    ]


def _needs_person(
    tasks: Mapping[int, Task],
    done: Mapping[int, Done],
    broken: Sequence[tuple[FileSource, str]],
    notices: Sequence[Notice],
    foreign: int,
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for number in sorted(done):
        each = done[number]
        if each.outcome == "failed":
            rows.append(_row("label", tasks[number].source.label, "deid_failed", {"reason": each.reason}))
        elif each.outcome == "written":
            rows += [_row("file", tasks[number].target, *_remark(code)) for code in each.remarks if code not in _DONE]
    rows += [_row("label", source.label, "deid_failed", {"reason": code}) for source, code in broken]
    rows += [
        {"label": str(notice.values.get("where", "")), "code": notice.code, "message": say_notice(notice)}
        for notice in notices
    ]
    lost = _dose_lost(tasks, done)
    if lost:
        rows.append(_row("label", "OUT", "deid_dose_lost", {"count": lost}))
    if foreign:
        rows.append(_row("label", "OUT", "deid_foreign", {"count": foreign}))
    return rows


def _dose_lost(tasks: Mapping[int, Task], done: Mapping[int, Done]) -> int:
    """Return how many studies had their dose in a capture that was left out, and no report beside it."""
    captures: set[str] = set()
    reports: set[str] = set()
    for number, each in done.items():
        study = "/".join(tasks[number].target.split("/")[:2])
        if each.outcome == "dropped" and each.kind == "dose-capture":
            captures.add(study)
        elif each.outcome == "written" and each.kind == "structured":
            reports.add(study)
    return len(captures - reports)


def _remark(code: str) -> tuple[str, dict[str, str | int]]:
    """Return the phrase of a remark of the pixels."""
    phrase = _PERSON.get(code)
    return (phrase, {}) if phrase else ("deid_remark", {"remark": code})


def _row(key: str, where: str, code: str, values: Mapping[str, str | int]) -> dict[str, Any]:
    row: dict[str, Any] = {key: where, "code": code, "message": say(code, **values)}
    return {**row, "values": dict(values)} if values else row


def _cell_rows(tasks: Mapping[int, Task], done: Mapping[int, Done]) -> list[dict[str, str | int | None]]:
    rows: dict[tuple[str, str], dict[str, str | int | None]] = {}
    for number in sorted(done):
        facts = done[number].facts
        if done[number].outcome != "written":
            continue
        rows.setdefault(
            (tasks[number].patient, facts.study),
            {
                "patient": tasks[number].target.split("/")[0],
                "sex": facts.sex or None,
                "age": facts.age or None,
                "month": facts.month or None,
                "scanner": facts.scanner or None,
            },
        )
    return list(rows.values())


def remark_notice(code: str) -> Notice | None:
    """Return a remark of the pixels as a notice, None where nobody has to look at anything."""
    return None if code in _DONE else Notice(*_remark(code))
