"""The way back: from a pseudonym, UID or file name of ours to the person and source, for whoever holds the key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, Literal

from groundglass.deidentify.project.folder import Project
from groundglass.deidentify.project.log import Log, read_log, write_log
from groundglass.deidentify.project.tables import TABLES
from groundglass.errors import GroundglassError, InputError, UsageError, declare

REASON_MISSING = declare("REASON_MISSING", "Re-identification was asked for without a reason.")
REASON_NAMES_PATIENT = declare(
    "REASON_NAMES_PATIENT", "The reason for a re-identification holds a name or identifier of the patient."
)
UNKNOWN_PSEUDONYM = declare(
    "UNKNOWN_PSEUDONYM", "The project has given out no such pseudonym, UID or file name, or more than one."
)
REASON_CHARACTERS = 500
"""A reason is a sentence or two; the log is read by people."""
_WORD_LETTERS = 3
"""Shorter parts of a name (initials, particles) stand in ordinary sentences."""
_VALUE_CHARACTERS = 4
"""Shorter numbers stand in ordinary sentences."""

Kind = Literal["patient", "study", "series", "instance", "file"]
_UID_FIELDS: tuple[tuple[str, str, Kind], ...] = (
    ("study_uid", "study_out", "study"),
    ("series_uid", "series_out", "series"),
    ("sop_uid", "sop_out", "instance"),
)
"""Field of the source's UID, of ours, and what it names."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who and what stands behind one id of ours.

    Attributes
    ----------
    asked : str
        The id as the project gave it out: of a path, the part below OUT.
    kind : {"patient", "study", "series", "instance", "file"}
        What it names.
    pseudonym : str
        Of the patient.
    names : tuple of str
        What the headers say of the person, each with its kind before a colon.
    days : int or None
        By how many days dates were moved back.
    uids : tuple of (str, str)
        Keyword-like name and UID of the source.
    sources : tuple of str
        Paths of the source files, as they were then.
    """

    asked: str
    kind: Kind
    pseudonym: str
    names: tuple[str, ...] = ()
    days: int | None = None
    uids: tuple[tuple[str, str], ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a re-identification came to.

    Attributes
    ----------
    identities : tuple of Identity
        In the order asked.
    unknown : tuple of int
        Numbers (from 1) of the ids that the project does not know, or that name several patients.
    log : Log
        The log before this call, checked.
    """

    identities: tuple[Identity, ...]
    unknown: tuple[int, ...]
    log: Log


@dataclass(frozen=True, slots=True)
class Checked:
    """What a look at the whole project came to.

    Attributes
    ----------
    rows : mapping of str to int
        Rows of each table that could be read to its end.
    errors : tuple of GroundglassError
        What is wrong with tables.
    log : Log or None
        None where the state cannot be read.
    """

    rows: Mapping[str, int]
    errors: tuple[GroundglassError, ...]
    log: Log | None

    @property
    def whole(self) -> bool:
        """Whether nothing was found."""
        return not self.errors and self.log is not None and not self.log.broken


def reidentify(project: Project, asked: Sequence[str], *, reason: str, now: datetime | None = None) -> Answer:
    """Lead ids of ours back to the source; the call is logged before anything is told.

    Parameters
    ----------
    project : Project
        Opened with its key.
    asked : sequence of str
        Pseudonyms, study, series and SOP instance UIDs, names of output files or folders.
    reason : str
        Goes into the log, which anyone may read: no names.
    now : datetime, optional
        Default: the clock.

    Returns
    -------
    Answer
        Identities, and which ids are unknown.

    Raises
    ------
    UsageError
        ``REASON_MISSING``.
    InputError
        ``REASON_NAMES_PATIENT``, and what the tables raise.
    UnavailableError
        ``PROJECT_NOT_WRITABLE`` if the call cannot be logged; then nothing is told.
    """
    reason = " ".join(reason.split())
    if not reason or len(reason) > REASON_CHARACTERS:
        what = "no reason is given" if not reason else f"the reason is longer than {REASON_CHARACTERS} characters"
        todo = "say in a sentence why the person must be found; it is written into the log"
        raise UsageError(REASON_MISSING, what=what, where="--reason", todo=todo)
    wanted = [each.strip() for each in asked]
    found = _found(project, wanted)
    _require_nameless(reason, found.values())
    strange = tuple(number for number, each in enumerate(wanted, 1) if each not in found)
    # an id that is not ours may be a name: it is counted, not written down
    ids = list(dict.fromkeys(identity.asked for identity in found.values()))
    log = write_log(project, "reidentify", ids=ids, unknown=len(strange), reason=reason, now=now)
    return Answer(tuple(found[each] for each in dict.fromkeys(wanted) if each in found), strange, log)


def unknown(numbers: Sequence[int], asked: int) -> InputError:
    """Return the error for ids that lead nowhere; they are told by number, for what was typed may be a name."""
    return InputError(
        UNKNOWN_PSEUDONYM,
        what=f"id {', '.join(map(str, numbers))} of {asked} leads to nobody, or to several patients",
        where="the project's tables",
        todo="see that it is this project's, and give a file with its folders",
    )


def check(project: Project) -> Checked:
    """Read every table and the log to the end.

    Parameters
    ----------
    project : Project
        Opened with its key.

    Returns
    -------
    Checked
        What is there and what is wrong.
    """
    rows: dict[str, int] = {}
    errors: list[GroundglassError] = []
    for table in TABLES:
        try:
            rows[table] = sum(1 for _ in project.rows(table))
        except GroundglassError as error:
            errors.append(error)
    try:
        log = read_log(project)
    except GroundglassError as error:
        if all(error.code != other.code for other in errors):
            errors.append(error)
        log = None
    return Checked(rows, tuple(errors), log)


@dataclass(slots=True)
class _Hits:
    """Rows that fit one id."""

    kind: Kind
    pseudonyms: dict[str, None] = field(default_factory=dict)
    uids: dict[tuple[str, str], None] = field(default_factory=dict)
    sources: dict[str, None] = field(default_factory=dict)
    depth: int = 0


def _found(project: Project, wanted: Iterable[str]) -> dict[str, Identity]:
    hits: dict[str, _Hits] = {}
    people: dict[str, Identity] = {}
    owners: dict[str, str] = {}
    open_ids = {each for each in wanted if each}
    for row in project.rows("patients"):
        name = str(row["pseudonym"])
        owners[str(row.get("patient"))] = name
        known = people.get(name, Identity(name, "patient", name))
        said = dict.fromkeys((*known.names, *map(str, row.get("names", ()))))
        people[name] = replace(known, names=tuple(said), days=row.get("days", known.days))
    for each in open_ids & people.keys():
        hits[each] = _Hits("patient", {each: None})
    for table in ("studies", "files"):
        for row in project.rows(table):
            for each, kind in _uid_hits(project, row, open_ids):
                _add(hits.setdefault(each, _Hits(kind)), row, kind)
    paths = {each: PurePosixPath(each.replace("\\", "/")).parts for each in open_ids - hits.keys()}
    if paths:
        for row in project.rows("files"):
            target = PurePosixPath(str(row.get("target", ""))).parts
            for each, parts in paths.items():
                if target and _names(parts, target):
                    _add(hits.setdefault(each, _Hits("file", depth=len(target))), row, "file")
    identities: dict[str, Identity] = {}
    for each in dict.fromkeys(wanted):
        if each not in hits:
            continue
        hit = hits[each]
        of = list({owners.get(name, name): None for name in hit.pseudonyms})
        if len(of) != 1:
            continue
        person = people.get(of[0], Identity(each, hit.kind, of[0]))
        identities[each] = replace(
            person, asked=_below_out(each, hit), kind=hit.kind, uids=tuple(hit.uids), sources=tuple(hit.sources)
        )
    return identities


def _uid_hits(project: Project, row: Mapping[str, Any], wanted: set[str]) -> Iterable[tuple[str, Kind]]:
    for source, ours, kind in _UID_FIELDS:
        uid = str(row.get(source) or "")
        if not uid:
            continue
        given = str(row.get(ours) or "") or project.keys.uid(uid)
        if given in wanted:
            yield given, kind


def _add(hit: _Hits, row: Mapping[str, Any], kind: Kind) -> None:
    hit.pseudonyms[str(row.get("pseudonym") or row["patient"])] = None
    for source, _, of in _UID_FIELDS:
        # of a study the series are not listed as its own name
        if row.get(source) and (of == kind or _DEPTH[of] < _DEPTH[kind]):
            hit.uids[source, str(row[source])] = None
    if row.get("path"):
        member = row.get("member")
        hit.sources[f"{row['path']}!{member}" if member else str(row["path"])] = None


_DEPTH: dict[Kind, int] = {"patient": 0, "study": 1, "series": 2, "instance": 3, "file": 4}


def _names(asked: tuple[str, ...], target: tuple[str, ...]) -> bool:
    """Tell whether a path names the target or a folder of it, from wherever it was looked at."""
    if not asked:
        return False
    if len(asked) > len(target):
        return asked[-len(target) :] == target
    return any(target[start : start + len(asked)] == asked for start in range(len(target) - len(asked) + 1))


def _below_out(each: str, hit: _Hits) -> str:
    """Return an id without folders above OUT, which may be named after anybody."""
    parts = PurePosixPath(each.replace("\\", "/")).parts
    return "/".join(parts[-hit.depth :]) if hit.kind == "file" else each


def _require_nameless(reason: str, found: Iterable[Identity]) -> None:
    said = set(re.findall(r"\w+", reason.casefold()))
    for identity in found:
        for each in identity.names:
            value = each.partition(": ")[2] or each
            words = {word for word in re.findall(r"[^\W\d_]+", value.casefold()) if len(word) >= _WORD_LETTERS}
            whole = value.casefold().strip()
            if words & said or (len(whole) >= _VALUE_CHARACTERS and whole in reason.casefold()):
                raise InputError(
                    REASON_NAMES_PATIENT,
                    what="the reason holds a name or identifier of the patient",
                    where="--reason",
                    todo="say it without: the log may be read by people without the key",
                )
