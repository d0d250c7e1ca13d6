"""What of a result's folder is the result, what is a copy of the study, and what is neither."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from groundglass.conformance.document import ContentItem, content_of
from groundglass.conformance.findings import Findings, some
from groundglass.conformance.objects import Kind, ResultObject, read_object
from groundglass.conformance.source import Source
from groundglass.dicom.limits import ReadingLimits
from groundglass.dicom.profiles import Profile
from groundglass.dicom.sources import FileSource, find_files
from groundglass.errors import InputError
from groundglass.phrases import Notice

_DICOM_SUFFIXES = (".dcm", ".dicom", ".ima")
"""A file of such a name claims to be an object."""
_DIRECTORY = "1.2.840.10008.1.3.10"
_REJECTIONS = frozenset({"113001", "113037", "113038", "113039"})
"""Titles of key object selections that withdraw what they name (PS3.16 CID 7011)."""
_MADE_KINDS: frozenset[Kind] = frozenset({"report", "key objects", "segmentation", "presentation", "document"})


@dataclass(frozen=True, slots=True, eq=False)
class Folder:
    """Everything that was found in the result's path.

    Attributes
    ----------
    objects : tuple of ResultObject
        Every DICOM object.
    messages : tuple of FileSource
        JSON files, among which a notification may be.
    """

    objects: tuple[ResultObject, ...]
    messages: tuple[FileSource, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One result beside its study, as all checks see it.

    Attributes
    ----------
    source : Source
        The study.
    profile : Profile
        What is wanted.
    objects : tuple of ResultObject
        The result alone, each object once.
    copies : tuple of ResultObject
        Objects that carry UIDs of the study.
    reports : tuple of (ResultObject, tuple of ContentItem)
        Structured reports with their content.
    """

    source: Source
    profile: Profile
    objects: tuple[ResultObject, ...]
    copies: tuple[ResultObject, ...]
    reports: tuple[tuple[ResultObject, tuple[ContentItem, ...]], ...]

    def of(self, *kinds: Kind) -> tuple[ResultObject, ...]:
        """Return the objects of some kinds."""
        return tuple(found for found in self.objects if found.kind in kinds)

    def rule(self, name: str) -> bool:
        """Return a yes-or-no rule of the profile's checks; no where it says nothing."""
        return bool(self.profile.checks.get(name, False))


def read_folder(path: Path, limits: ReadingLimits, findings: Findings) -> Folder:
    """Read every file of the result's path.

    Parameters
    ----------
    path : Path
        Folder, archive or file.
    limits : ReadingLimits
        How much is read.
    findings : Findings
        Gets what cannot be read.

    Raises
    ------
    InputError
        ``NO_SUCH_INPUT`` and what else :func:`groundglass.dicom.sources.find_files` refuses the whole path for.
    """
    objects: list[ResultObject] = []
    messages: list[FileSource] = []
    others = 0
    broken: list[tuple[str, str]] = []
    notices: list[Notice] = []
    for source in find_files([path], limits=limits, notices=notices):
        if source.label.endswith(".json"):
            messages.append(source)
            continue
        try:
            found = read_object(source, limits)
        except InputError as reason:
            broken.append((source.label, reason.code))
            continue
        if found is None or not (found.uid or found.instance.sop_class or found.instance.layout.tag):
            if source.label.endswith(_DICOM_SUFFIXES):
                broken.append((source.label, "NOT_DICOM"))
            else:
                others += 1
        elif found.instance.sop_class != _DIRECTORY:
            objects.append(found)
    broken += [(str(n.values.get("where", "")), n.code) for n in notices if n.code not in ("link_loop",)]
    if broken:
        reasons = ", ".join(f"{code} ({count})" for code, count in Counter(code for _, code in broken).most_common())
        files = [{"file": label, "reason": code} for label, code in broken]
        findings.add("O1", "check_unreadable", {"count": len(broken), "reasons": reasons}, {"files": some(files)})
    if others:
        findings.add("O5", "check_not_dicom", {"count": others}, {"count": others})
    return Folder(tuple(objects), tuple(messages))


def sorted_out(folder: Folder, source: Source, profile: Profile, findings: Findings) -> Case:
    """Part the result from copies of the study.

    Parameters
    ----------
    folder : Folder
        What was read.
    source : Source
        The study.
    profile : Profile
        What is wanted.
    findings : Findings
        Gets UIDs used twice.
    """
    result: list[ResultObject] = []
    copies: list[ResultObject] = []
    for found in folder.objects:
        (result if _is_result(found, source) else copies).append(found)
    once = _once(result, findings)
    withdrawn = {
        reference.sop_uid
        for found in once
        if found.kind == "key objects" and found.values.item(0x0040A043).text(0x00080100) in _REJECTIONS
        for reference in found.references
    }
    kept = tuple(found for found in once if found.uid not in withdrawn)
    reports = tuple((found, content_of(found)) for found in kept if found.kind == "report")
    return Case(source, profile, kept, tuple(copies), reports)


def is_rejection(found: ResultObject) -> bool:
    """Tell whether an object is a note that withdraws others (IHE IOCM)."""
    return found.kind == "key objects" and found.values.item(0x0040A043).text(0x00080100) in _REJECTIONS


def _is_result(found: ResultObject, source: Source) -> bool:
    """Tell a result from an original, also where one folder holds both."""
    if found.uid not in source.objects:
        return True
    if found.kind in _MADE_KINDS:
        return True
    if found.kind == "dose" or source.holds(found.uid):
        return False
    # pictures that lie in the study too: made from it where they name its slices, for what else they may be
    made = (
        found.instance.layout.samples > 1
        or found.instance.sop_class.removeprefix("1.2.840.10008.5.1.4.1.1.")[:1] == "7"
    )
    named = any(r.role == "source" and source.holds(r.sop_uid) for r in found.references)
    return named and (made or found.instance.series_uid != source.loaded.series_uid)


def _once(objects: Sequence[ResultObject], findings: Findings) -> list[ResultObject]:
    by_uid: dict[str, list[ResultObject]] = defaultdict(list)
    for found in objects:
        by_uid[found.uid or found.label].append(found)
    twice = [uid for uid, group in by_uid.items() if len(group) > 1 and len(set(map(_digest, group))) > 1]
    if twice:
        findings.add("O4", "check_uid_twice", {"count": len(twice)}, {"sop_uids": some(twice)})
    return [each for uid, group in by_uid.items() for each in (group if uid in twice else group[:1])]


def _digest(found: ResultObject) -> str:
    return hashlib.sha256(found.instance.source.read()).hexdigest()


def uids_of(objects: Iterable[ResultObject]) -> list[str]:
    """Return what names objects in evidence: the SOP Instance UID, or the file where there is none."""
    return [found.uid or found.label for found in objects]
