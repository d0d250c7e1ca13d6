"""Whether objects hang together: identity, UIDs, references, and that the original was left alone."""

from __future__ import annotations

import re
import warnings
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from groundglass.conformance.document import by_reference_loop
from groundglass.conformance.findings import Findings, some
from groundglass.conformance.objects import ResultObject
from groundglass.conformance.sorting import Case, is_rejection, uids_of
from groundglass.dicom.limits import ReadingLimits
from groundglass.phrases import Severity

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_UID = re.compile(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))+")
"""PS3.5 section 9.1: no component begins with a zero."""
COPIED_SHARE = 0.2
"""From here on the result holds the study again, and must hold all of it; fewer copies are single images shown."""
_BOUND = frozenset({"source", "image", "content", "series", "evidence"})
"""Roles of references that must be kept by the study and the result together."""
_DERIVING = frozenset({"source", "content", "evidence", "predecessor"})
"""Roles that say what an object was made from: they cannot run in a circle."""
_MAY_DIFFER = frozenset(
    {
        *(
            "SpecificCharacterSet",
            "RetrieveAETitle",
            "InstanceAvailability",
            "StationAETitle",
            "StorageMediaFileSetUID",
        ),
        *("PrivateDataElementCharacteristicsSequence", "PixelData", "LossyImageCompression", "DataSetTrailingPadding"),
        *("SmallestImagePixelValue", "LargestImagePixelValue", "TimezoneOffsetFromUTC", "OriginalAttributesSequence"),
    }
)
"""Attributes that archives add or rewrite on their own; pixels are compared apart."""


def check_integrity(case: Case, findings: Findings, limits: ReadingLimits) -> None:
    """Check identity, UIDs, references and copies of the original.

    Parameters
    ----------
    case : Case
        The result.
    findings : Findings
        Gets the defects.
    limits : ReadingLimits
        How much of a copy is read.
    """
    _identity(case, findings)
    _uids(case, findings)
    _references(case, findings)
    _sources(case, findings)
    _copies(case, findings, limits)


def _identity(case: Case, findings: Findings) -> None:
    source = case.source.header
    if source is None:
        return
    study = source.instance.study_uid
    strangers = [f for f in case.objects if f.instance.study_uid and f.instance.study_uid != study]
    if strangers:
        evidence: dict[str, Any] = {
            "study_uids": some(sorted({f.instance.study_uid for f in strangers})),
            "sop_uids": some(uids_of(strangers)),
        }
        findings.add("I1", "check_study", {"count": len(strangers), "of": len(case.objects)}, evidence)
    ids, names = [], []
    for found in case.objects:
        mine, theirs = _person(found, 0x00100020), _person(source, 0x00100020)
        if mine and theirs and mine != theirs:
            ids.append(found)
        elif (a := _person(found, 0x00100010)) and (b := _person(source, 0x00100010)) and a != b:
            names.append(found)
    for attribute, wrong in (("PatientID", ids), ("PatientName", names)):
        if wrong:
            evidence = {"attribute": attribute, "sop_uids": some(uids_of(wrong))}
            # a name is written in many ways; the number is not
            severity: Severity | None = (
                None if attribute == "PatientID" or not _person(source, 0x00100020) else "warning"
            )
            findings.add(
                "I2", "check_patient", {"count": len(wrong), "attribute": attribute}, evidence, severity=severity
            )
    frame = case.source.geometry.frame_of_reference_uid
    wrong = [
        f
        for f in case.objects
        if frame and f.kind in ("image", "segmentation") and f.instance.frame_of_reference_uid not in ("", frame)
    ]
    if wrong:
        evidence = {"sop_uids": some(uids_of(wrong)), "source": frame}
        findings.add("I3", "check_frame_of_reference", {"count": len(wrong)}, evidence)


def _person(found: ResultObject, tag: int) -> str:
    text = found.words(tag).split("=")[0]
    return " ".join(re.split(r"[\s^]+", text.strip(" ^").casefold()))


def _uids(case: Case, findings: Findings) -> None:
    source = case.source.header
    theirs = {source.instance.study_uid, source.instance.sop_class} if source is not None else set()
    wrong: list[dict[str, str]] = []
    for found in case.objects:
        i = found.instance
        for name, uid in (
            ("SOPInstanceUID", i.sop_uid),
            ("SeriesInstanceUID", i.series_uid),
            ("StudyInstanceUID", i.study_uid),
            ("SOPClassUID", i.sop_class),
        ):
            if uid not in theirs and not is_valid_uid(uid):
                wrong.append({"file": found.label, "attribute": name, "problem": "missing" if not uid else "invalid"})
    if wrong:
        findings.add("O3", "check_uids", {"count": len(wrong)}, {"attributes": some(wrong)})


def is_valid_uid(uid: str) -> bool:
    """Tell whether a UID is one that every receiver takes (PS3.5 section 9.1)."""
    return len(uid) <= 64 and _UID.fullmatch(uid) is not None


def _references(case: Case, findings: Findings) -> None:
    known = set(case.source.objects) | {found.uid for found in (*case.objects, *case.copies)}
    # what the scanner itself refers to, a localizer left at home, is no fault of the service
    known |= {reference.sop_uid for found in case.source.objects.values() for reference in found.references}
    lost: list[dict[str, str]] = []
    for found in case.objects:
        if is_rejection(found):
            continue  # what it withdraws need not be at hand
        for reference in found.references:
            if reference.role in _BOUND and reference.sop_uid not in known:
                lost.append({"sop_uid": found.uid, "role": reference.role, "names": reference.sop_uid[:64]})
    if lost:
        objects = len({each["sop_uid"] for each in lost})
        findings.add("R1", "check_lost", {"count": len(lost), "objects": objects}, {"references": some(lost)})
    circle = _circle(case.objects)
    if circle:
        findings.add("R2", "check_circle", {"count": len(circle)}, {"sop_uids": some(circle)})
    for found, items in case.reports:
        place = by_reference_loop(items)
        if place is not None:
            evidence: dict[str, Any] = {"sop_uid": found.uid, "item": ".".join(map(str, place))}
            findings.add("R2", "check_circle_in_report", {"item": evidence["item"]}, evidence)


def _circle(objects: Iterable[ResultObject]) -> list[str]:
    """Return the objects of one circle of references, nothing where there is none."""
    own = {found.uid: found for found in objects if found.uid}
    links = {
        uid: sorted({r.sop_uid for r in found.references if r.role in _DERIVING and r.sop_uid in own})
        for uid, found in own.items()
        if not is_rejection(found)
    }
    state: dict[str, int] = defaultdict(int)
    for start in links:
        path: list[tuple[str, int]] = [(start, 0)] if not state[start] else []
        state[start] = state[start] or 1
        while path:
            here, at = path.pop()
            nexts = links.get(here, [])
            if at == len(nexts):
                state[here] = 2
                continue
            path.append((here, at + 1))
            target = nexts[at]
            if state[target] == 1:
                names = [uid for uid, _ in path]
                return names[names.index(target) :]
            if state[target] == 0:
                state[target] = 1
                path.append((target, 0))
    return []


def _sources(case: Case, findings: Findings) -> None:
    """R3: what does not say which images it was made from."""
    strict = case.rule("source_images")
    lacking = [
        found
        for found in case.of("image", "segmentation", "report")
        if not any(r.role == "source" or not (strict and found.kind == "image") for r in found.references)
    ]
    if lacking:
        evidence: dict[str, Any] = {
            "kinds": sorted({found.kind for found in lacking}),
            "sop_uids": some(uids_of(lacking)),
        }
        findings.add("R3", "check_no_references", {"count": len(lacking), "of": len(case.objects)}, evidence)


def _copies(case: Case, findings: Findings, limits: ReadingLimits) -> None:
    """G5, and G4 by copies: what the result's folder holds of the study must be all of the series, unchanged."""
    changed: list[dict[str, object]] = []
    for copy in case.copies:
        original = case.source.objects[copy.uid]
        what = _difference(original, copy, limits)
        if what:
            changed.append({"sop_uid": copy.uid, "changed": what})
    if changed:
        findings.add("G5", "check_changed", {"count": len(changed), "of": len(case.copies)}, {"objects": some(changed)})
    series = case.source.loaded.series_uid
    added = [f for f in case.objects if f.kind == "image" and series and f.instance.series_uid == series]
    if added:
        evidence: dict[str, Any] = {"series_uid": series, "sop_uids": some(uids_of(added))}
        findings.add("G5", "check_added", {"count": len(added)}, evidence)
    _missing_copies(case, findings)


def _missing_copies(case: Case, findings: Findings) -> None:
    there = {copy.uid for copy in case.copies}
    frames = case.source.entry.stack.frames
    wanted = list(dict.fromkeys(frame.instance.sop_uid for frame in frames if frame.instance.sop_uid))
    missing = [uid for uid in wanted if uid not in there]
    if missing and len(wanted) - len(missing) >= COPIED_SHARE * len(wanted):
        evidence: dict[str, Any] = {"series_uid": case.source.loaded.series_uid, "sop_uids": some(missing)}
        findings.add("G4", "check_copies_missing", {"missing": len(missing), "of": len(wanted)}, evidence)


def _difference(original: ResultObject, copy: ResultObject, limits: ReadingLimits) -> list[str]:
    """Return the names of what differs; never the values."""
    one, other = original.instance.source, copy.instance.source
    if (one.path, one.member) == (other.path, other.member):
        return []
    if one.size == other.size and one.read() == other.read():
        return []
    return _different_elements(one.read(), other.read()) + _different_pixels(original, copy, limits)


def _different_elements(one: bytes, other: bytes) -> list[str]:
    import io

    import pydicom
    from pydicom.datadict import keyword_for_tag

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom warns of values that it reads nevertheless
            a = pydicom.dcmread(io.BytesIO(one), stop_before_pixels=True, force=True)
            b = pydicom.dcmread(io.BytesIO(other), stop_before_pixels=True, force=True)
            differ = []
            for tag in sorted(set(a.keys()) | set(b.keys())):
                name = keyword_for_tag(tag) or f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
                private = bool(tag >> 16 & 1)
                if name in _MAY_DIFFER or private or tag & 0xFFFF == 0:
                    continue
                if _plain(a, tag) != _plain(b, tag):
                    differ.append(name)
            return differ
    except Exception:
        # whatever pydicom cannot read in either file is a difference that nobody can look at
        return ["a header that cannot be compared"]


def _plain(dataset: Dataset, tag: int) -> str:
    value = getattr(dataset.get(tag), "value", None)
    return "" if value is None else str(value).strip()


def _different_pixels(original: ResultObject, copy: ResultObject, limits: ReadingLimits) -> list[str]:
    import numpy as np

    from groundglass.conformance.decoding import Decoder
    from groundglass.errors import InputError

    if not original.instance.layout.tag:
        return []
    try:
        with Decoder(limits) as decoder:
            a, b = decoder.open(original), decoder.open(copy)
            frames = original.instance.layout.frames
            if copy.instance.layout.frames != frames:
                return ["NumberOfFrames"]
            same = all(np.array_equal(a.stored(n), b.stored(n)) for n in range(frames))
    except InputError as reason:
        return [f"pixels ({reason.code})"]
    return [] if same else ["PixelData"]
