"""The whole check: read the source, read OUT, say what of the one stands in the other."""

from __future__ import annotations

import bisect
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from groundglass.deidentify.verify.apart import Apart, Done, Job, Read
from groundglass.deidentify.verify.attributes import kind_of
from groundglass.deidentify.verify.containers import Blob, blobs, names_of_folders
from groundglass.deidentify.verify.elements import Element, Parsed, looks_like_dicom, parse
from groundglass.deidentify.verify.encodings import declared_text
from groundglass.deidentify.verify.eyes import serve
from groundglass.deidentify.verify.findings import Finding, Verified, merged
from groundglass.deidentify.verify.form import form_findings
from groundglass.deidentify.verify.formats import (
    Zone,
    codestream_comments,
    deflated_parts,
    jpeg_segments,
    kind_of_file,
    noise,
    zones,
)
from groundglass.deidentify.verify.frames import has_pictures
from groundglass.deidentify.verify.judging import Judge, Occurrence
from groundglass.deidentify.verify.known import Known
from groundglass.deidentify.verify.own import OWN_FILES, own_words
from groundglass.deidentify.verify.pairing import Pairs, Record, is_date, record_of
from groundglass.deidentify.verify.pictures import PICTURE_KINDS, Pictures, SourceWriting, remarks
from groundglass.deidentify.verify.planted import add_planted
from groundglass.deidentify.verify.search import Search, Seen
from groundglass.deidentify.verify.strangers import by_form, of_a_project
from groundglass.deidentify.verify.texts import TEXT_AT_MOST_BYTES, readings_of
from groundglass.errors import InputError, declare
from groundglass.phrases import Language

VERIFY_MISSING = declare("VERIFY_MISSING", "A folder or file that deidentify verify was given does not exist.")

_PRIVATE_AT_LEAST = 20
"""Letters of a private text that is an error in a public attribute too; shorter ones are words that both may use."""
_PIXEL_GROUP = 0x7FE0
_CODES = {"planted": "L11", "private": "L07", "comment": "L10", "text": "W01"}
"""Finding by the kind of identifier, in an element."""
_NOT_FILES = ("!comment", "!name in the header")
"""Parts of an archive that are no member."""
_WORDS = frozenset({"LO", "SH", "ST", "LT", "UT", "UC", "PN", "UN", "OB", "UR", ""})
"""Representations whose texts are searched for forms."""


@dataclass(slots=True)
class _Run:
    """One check from beginning to end."""

    lang: Language
    uids_kept: bool = False
    known: Known = field(default_factory=Known)
    pairs: Pairs = field(default_factory=Pairs)
    findings: list[Finding] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    stamps: set[float] = field(default_factory=set)


def verify(
    source: Path,
    output: Path,
    *,
    planted: Path | None = None,
    project: Path | None = None,
    lang: Language = "en",
    uids_kept: bool = False,
    pixels: bool = True,
    progress: Callable[[int], None] | None = None,
) -> Verified:
    """Look for everything that the source knows in what was made of it.

    Parameters
    ----------
    source : Path
        What was de-identified: folder, archive or file.
    output : Path
        The result.
    planted : Path, optional
        Further identifiers: one a line, or CSV with ``kind,value``.
    project : Path, optional
        Project folder; it must not lie under the output.
    lang : {"en", "ru"}
        Language of the sentences.
    uids_kept : bool
        UIDs were kept on purpose: a UID of the source is only a remark.
    pixels : bool
        Read texts in pictures.
    progress : callable, optional
        Called with the number of files read.

    Returns
    -------
    Verified
        Findings and counts.

    Raises
    ------
    InputError
        ``VERIFY_MISSING`` where source, output or the planted file do not exist.
    """
    for path, where in ((source, "IN"), (output, "OUT"), (planted, "--planted")):
        if path is not None and not path.exists():
            todo = "name an existing folder or file"
            raise InputError(VERIFY_MISSING, what=f"{where} does not exist", where=where, todo=todo)
    run = _Run(lang, uids_kept)
    eyes = Apart(serve) if pixels else None
    try:
        return _verified(run, source, output, planted, project, eyes, progress)
    finally:
        if eyes:
            eyes.close()


def _verified(
    run: _Run,
    source: Path,
    output: Path,
    planted: Path | None,
    project: Path | None,
    eyes: Apart | None,
    progress: Callable[[int], None] | None,
) -> Verified:
    _read_source(run, source, eyes)
    if planted is not None:
        add_planted(run.known, planted)
    run.known.settle()
    run.counts["identifiers"] = len(run.known.needles) + len(run.known.uids)
    _Output(run, output, eyes, progress).read()
    if project is not None and project.exists() and output.resolve() in [project.resolve(), *project.resolve().parents]:
        run.findings.append(Finding("L03", "project folder", "under OUT", "key and table"))
    counts = {name: run.counts[name] for name in _COUNTED}
    return Verified(merged(run.findings), counts, run.lang)


_COUNTED = (
    "source_files",
    "source_objects",
    "identifiers",
    "files",
    "objects",
    "elements",
    "bytes",
    "frames",
    "read_frames",
)


def _read_source(run: _Run, source: Path, eyes: Apart | None) -> None:
    writing = SourceWriting(run.known)
    for name in names_of_folders(source):
        run.known.add_name_of_file(name.rsplit("/", 1)[-1])
    for number, blob in enumerate(blobs(source), 1):
        if blob.modified_s is not None:
            run.stamps.add(blob.modified_s)
        for part in re.split(r"[/!]", blob.name):
            run.known.add_name_of_file(part)
        if blob.fault:
            run.findings.append(Finding("W06", f"IN, file {number}", blob.fault))
            continue
        if blob.container or not blob.data:
            continue
        run.counts["source_files"] += 1
        label = f"IN, file {number}"
        if not looks_like_dicom(blob.data):
            if (kind := kind_of_file(blob.data)) == "text":
                run.known.add_beside(blob.data)
            if eyes and kind in PICTURE_KINDS:
                run.findings.extend(writing.seen(eyes.put(Job(label, blob.data, kind, True))))
            continue
        parsed = parse(blob.data)
        if not parsed.elements:
            run.findings.append(Finding("W06", f"IN, file {number}", "no element could be read"))
            continue
        if parsed.faults:
            run.findings.append(Finding("W06", f"IN, file {number}", parsed.faults[0]))
        record = record_of(parsed)
        run.known.gather(parsed, record.patient)
        run.pairs.add(record)
        run.counts["source_objects"] += 1
        if eyes and has_pictures(parsed):
            writing.patients[label] = record.patient
            run.findings.extend(writing.seen(eyes.put(Job(label, blob.data, "", True))))
    if eyes:
        run.findings.extend(writing.seen(eyes.rest()))
        run.findings.extend(writing.remarks())
    if not run.counts["source_files"]:
        run.findings.append(Finding("R03", "IN", ""))


class _Output:
    """One pass over OUT."""

    def __init__(self, run: _Run, top: Path, eyes: Apart | None, progress: Callable[[int], None] | None) -> None:
        self._run = run
        self._top = top
        self._search = Search(run.known)
        self._judge = Judge(run.known)
        self._eyes = eyes
        self._pictures = Pictures(self._search, run.known)
        self._progress = progress
        self._label = ""

    def read(self) -> None:
        run = self._run
        for number, name in enumerate(names_of_folders(self._top), 1):
            self._name(name.rsplit("/", 1)[-1], f"folder {number}")
        for number, blob in enumerate(blobs(self._top), 1):
            self._blob(blob, number)
            if self._progress:
                self._progress(number)
        if self._eyes:
            self._pictures_seen(self._eyes.rest())
        run.findings.extend(self._judge.findings())
        run.findings.extend(remarks(run.counts["read_frames"]))
        if not run.counts["files"]:
            run.findings.append(Finding("R02", "OUT", ""))

    def _name(self, name: str, label: str, place: str = "name") -> bool:
        """Look at a name; return whether it gives something away."""
        seen = self._search.in_texts([name, re.sub(r"[_\-.]", " ", name)], "name")
        self._say(seen, label, place, "L03", None)
        return bool(seen)

    def _blob(self, blob: Blob, number: int) -> None:
        run = self._run
        told = self._name(blob.name, f"file {number}")
        self._label = f"file {number}" if told else blob.name
        if blob.extras:
            self._say(self._search.in_texts(blob.extras), self._label, "link, attribute or comment", "L03", None)
        if blob.modified_s is not None and blob.modified_s in run.stamps:
            run.findings.append(Finding("M02", self._label, "time stamp"))
        if blob.link:
            run.findings.append(Finding("F13", self._label, "link"))
        if blob.fault:
            run.findings.append(Finding("R01", self._label, blob.fault))
            return
        if not blob.data:
            return
        run.counts["files"] += 1
        run.counts["bytes"] += len(blob.data)
        found: set[str] = set()
        dicom = not blob.container and looks_like_dicom(blob.data)
        if not dicom and of_a_project(blob.name, blob.data):
            run.findings.append(Finding("F12", self._label, "key, table, state or log of a project"))
        elif not dicom and blob.name not in OWN_FILES and not blob.name.endswith(_NOT_FILES):
            run.findings.append(Finding("W08", self._label, "file"))
        if blob.container:
            pass
        elif dicom:
            found = self._object(blob.data)
        else:
            found = self._file(blob.data)
        self._raw(blob.data, found)

    # -- bytes -------------------------------------------------------------------------------------------------------

    def _raw(self, data: bytes, found: set[str], place: Callable[[int], str] = lambda at: f"bytes @{at}") -> None:
        told: set[str] = set()
        for at, needle, how in self._search.in_bytes(data):
            if needle is None:
                if how not in found and how not in told:
                    told.add(how)
                    self._uid(how, self._label, place(at))
            elif needle.value not in found and needle.value not in told:
                told.add(needle.value)
                code = "L11" if needle.kind == "planted" else "L02"
                self._run.findings.append(Finding(code, self._label, place(at), needle.kind, needle.value, how))

    def _say(self, seen: Seen, label: str, place: str, code: str, group: str | None, tag: int = 0) -> set[str]:
        """Turn what was seen into findings; return the values, so that the search among bytes does not repeat them."""
        values = set()
        for hit in seen.hits:
            needle = hit.needle
            if needle.kind == "uid":
                self._uid(needle.value, label, place)
                values.add(needle.value)
                continue
            own = "L11" if needle.kind == "planted" else _CODES.get(needle.kind, code) if code == "L01" else code
            weak = needle.kind == "private" and not re.search(r"\((?:[0-9A-F]{3}[13579BDF]),", place.rsplit("/", 1)[-1])
            if (code != "L01" and needle.kind == "text") or (weak and len(needle.text) < _PRIVATE_AT_LEAST):
                own = "W01"
            own = "W07" if needle.kind == "beside" else own
            self._run.findings.append(Finding(own, label, place, needle.kind, needle.value, hit.how))
            values.add(needle.value)
        for uid in seen.uids:
            self._uid(uid, label, place)
            values.add(uid)
        for meaning in seen.dates:
            self._judge.text(Occurrence(label, place, meaning, group, tag))
        return values

    def _uid(self, uid: str, label: str, place: str) -> None:
        self._run.findings.append(Finding("M01" if self._run.uids_kept else "L04", label, place, "uid", uid))

    # -- objects -----------------------------------------------------------------------------------------------------

    def _object(self, data: bytes) -> set[str]:
        run, label = self._run, self._label
        parsed = parse(data)
        run.counts["objects"] += 1
        run.counts["elements"] += len(parsed.elements)
        for fault in sorted(set(parsed.faults)):
            run.findings.append(Finding("R01", label, fault))
        if not parsed.elements:
            run.findings.append(Finding("R01", label, "no element could be read"))
        record = record_of(parsed)
        sources = run.pairs.sources(record)
        group = record.patient
        self._judge.pair(group, record, sources)
        if not sources and parsed.first(0x00080018) is not None:
            run.findings.append(Finding("M03", label, ""))
        found: set[str] = set()
        for element in parsed.elements:
            found |= self._element(element, label, group, record, sources)
        for place, _, held in parsed.zones:
            for zone in noise(place, held):
                found |= self._say(self._search.in_value(zone.data, zone.mode), label, zone.place, "L02", group)
        for fragment in parsed.fragments:
            for zone in _in_fragment(fragment.data):
                seen = self._search.in_value(zone.data, zone.mode)
                found |= self._say(seen, label, f"{fragment.path} {zone.place}", "L02", group)
        run.findings.extend(form_findings(parsed, label))
        if self._eyes and has_pictures(parsed):
            self._pictures_seen(self._eyes.put(Job(label, data)))
        if parsed.inflated:
            self._raw(parsed.inflated, found, _places(parsed))
        return found

    def _element(self, element: Element, label: str, group: str, record: Record, sources: list[Record]) -> set[str]:
        tag = element.tag
        kind = kind_of(tag, element.vr)
        if tag >> 16 == _PIXEL_GROUP or kind == "term-date" or not element.value:
            return set()
        place = element.path
        if is_date(element):
            text = element.value.decode("latin-1").strip(" \0")
            if re.fullmatch(r"[\d.+\-\\: ]*", text):
                if kind != "class":
                    self._judge.structured(label, place, group, tag, record.dates.get(element.path, ()), sources)
                return set()
        found: set[str] = set()
        for mode, value in readings_of(element):
            seen = self._search.in_value(value, mode)
            if kind in ("class", "uid") or element.vr == "UI":
                seen = Seen(seen.hits, seen.uids if kind != "class" else (), seen.dates)
            if seen:
                found |= self._say(seen, label, place, "L01", group, tag)
            if mode == "text" and element.vr in _WORDS and (b"@" in value or b"+" in value):
                for form, words in by_form(declared_text(value, element.charset)):
                    self._run.findings.append(Finding("F14", label, place, form, words))
        if element.vr in ("OB", "UN", "OW", "") and (
            b"\x78" in element.value[:TEXT_AT_MOST_BYTES] or b"\x1f\x8b" in element.value[:TEXT_AT_MOST_BYTES]
        ):
            for held in deflated_parts(element.value[:TEXT_AT_MOST_BYTES]):
                found |= self._say(self._search.in_value(held, "text"), label, place, "L01", group, tag)
        return found

    # -- other files -------------------------------------------------------------------------------------------------

    def _file(self, data: bytes) -> set[str]:
        run, label = self._run, self._label
        kind = kind_of_file(data)
        if not kind:
            run.findings.append(Finding("W05", label, ""))
        found: set[str] = set()
        own = own_words(data) if label in OWN_FILES else frozenset()
        for zone in zones(data, kind):
            seen = self._search.in_value(zone.data, zone.mode)
            # a patient may be called like a word of the page ("Rule"): that is to be looked at, and no error
            alike = tuple(hit for hit in seen.hits if hit.needle.text in own and hit.needle.kind != "planted")
            for hit in alike:
                run.findings.append(Finding("W01", label, zone.place, hit.needle.kind, hit.needle.value, hit.how))
                found.add(hit.needle.value)
            seen = Seen(tuple(hit for hit in seen.hits if hit not in alike), seen.uids, seen.dates)
            found |= self._say(seen, label, zone.place, "L12", None)
        if self._eyes and kind in PICTURE_KINDS:
            self._pictures_seen(self._eyes.put(Job(label, data, kind)))
        return found

    def _pictures_seen(self, said: Iterator[tuple[Job, Read | Done]]) -> None:
        run = self._run
        for job, what in said:
            if isinstance(what, Read):
                run.findings.extend(self._pictures.findings(what, job.label))
                continue
            run.counts["frames"] += what.frames
            run.counts["read_frames"] += what.read
            if what.unread:
                run.findings.append(Finding("R04", job.label, what.unread))


def _places(parsed: Parsed) -> Callable[[int], str]:
    elements = sorted(parsed.elements, key=lambda e: e.offset)
    starts = [e.offset for e in elements]

    def place(at: int) -> str:
        number = bisect.bisect_right(starts, at) - 1
        return f"{elements[number].path if number >= 0 else 'inflated'} @{at}"

    return place


def _in_fragment(data: bytes) -> Iterator[Zone]:
    if data[:2] == b"\xff\xd8":
        yield from jpeg_segments(data)
    elif data[:2] == b"\xff\x4f":
        yield from codestream_comments(data)
