"""Series reading: scan any pile of files, choose the series to grade, load it."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from groundglass.dicom.acquisition import description_of
from groundglass.dicom.elements import BROKEN_DICOM
from groundglass.dicom.entries import LoadedSeries, Scan, SeriesEntry, StudyEntry
from groundglass.dicom.headers import Instance, Pool, read_instance
from groundglass.dicom.judging import judge_series
from groundglass.dicom.limits import ReadingLimits
from groundglass.dicom.loading import load
from groundglass.dicom.roles import role_by_header
from groundglass.dicom.sources import OUR_REPORTS, FileSource, find_files
from groundglass.dicom.stacks import MIN_SLICES
from groundglass.errors import InputError, declare
from groundglass.phrases import Notice

__all__ = ["DIRECTORY_CLASS", "LoadedSeries", "Scan", "SeriesEntry", "StudyEntry", "load", "scan", "studies_of"]

NO_DICOM = declare("NO_DICOM", "No DICOM object was found in the input.")
NO_SERIES_TO_GRADE = declare("NO_SERIES_TO_GRADE", "A study without a series that can be graded.")

DIRECTORY_CLASS = "1.2.840.10008.1.3.10"
"""Media storage directory (PS3.4 B.5)."""
_MAY_TELL_DOSES = ("1.2.840.10008.5.1.4.1.1.88.", "1.2.840.10008.5.1.4.1.1.7", "1.2.840.10008.5.1.4.1.1.104.1")
"""Structured reports, secondary captures and encapsulated PDF (PS3.4 B.5)."""
_REPORT_CLASS = b"1.2.840.10008.5.1.4.1.1.88."
_CLASS_WITHIN_BYTES = 4096
"""SOPClassUID stands at the head of a file, behind group 2 and a few elements of group 8."""
_StudyKey = tuple[str, ...]


def scan(paths: Sequence[Path], *, limits: ReadingLimits | None = None) -> Scan:
    """Find every study and series under the paths; only headers are read.

    Parameters
    ----------
    paths : sequence of Path
        Folders, archives, files, in any mixture and nesting.
    limits : ReadingLimits, optional
        How much may be read.

    Returns
    -------
    Scan
        Studies in order of their ids; in each the best series first.

    Raises
    ------
    InputError
        ``NO_DICOM`` if there is no DICOM object at all; what :func:`groundglass.dicom.sources.find_files` raises.
    """
    limits = limits or ReadingLimits()
    notices: list[Notice] = []
    return _scan(find_files(paths, limits=limits, notices=notices), len(paths), limits, notices)


def scan_files(sources: Iterable[FileSource], *, limits: ReadingLimits | None = None) -> Scan:
    """Find every study and series in files that were found before; only headers are read.

    Parameters
    ----------
    sources : iterable of FileSource
        From :func:`groundglass.dicom.sources.find_files`.
    limits : ReadingLimits, optional
        How much may be read.

    Returns
    -------
    Scan
        As :func:`scan`.

    Raises
    ------
    InputError
        ``NO_DICOM``.
    """
    return _scan(sources, 1, limits or ReadingLimits(), [])


def _scan(sources: Iterable[FileSource], inputs: int, limits: ReadingLimits, notices: list[Notice]) -> Scan:
    instances: list[Instance] = []
    passed_over: Counter[str] = Counter()
    refused: list[InputError] = []
    cut_reports: list[FileSource] = []
    pool: Pool = {}
    for source in sources:
        try:
            instance = read_instance(source, limits, pool)
        except InputError as reason:
            passed_over[reason.code] += 1
            refused.append(reason)
            if reason.code == BROKEN_DICOM and _REPORT_CLASS in source.read(_CLASS_WITHIN_BYTES):
                cut_reports.append(source)
            continue
        if instance is None:
            # what stands beside a de-identified study belongs to it
            passed_over["not_dicom"] += source.path.name not in OUR_REPORTS
        elif not (instance.study_uid or instance.series_uid or instance.sop_class or instance.layout.tag):
            # A preamble and nothing of an object behind it: it must not become a study of its own.
            passed_over["not_dicom"] += 1
        elif instance.sop_class == DIRECTORY_CLASS:
            passed_over["directory"] += 1
        else:
            instances.append(instance)
    if not instances:
        if refused:
            raise refused[0]
        raise InputError(
            NO_DICOM,
            what=f"none of {sum(passed_over.values())} files is a DICOM object",
            where=f"{inputs} input paths",
            todo="give a folder, archive or file with DICOM images",
        )
    for code, count in sorted((+passed_over).items()):
        name = {"not_dicom": "files_not_dicom", "directory": "files_directory"}.get(code)
        if name:
            notices.append(Notice(name, {"count": count}, "info"))
        else:
            notices.append(Notice("files_broken", {"count": count, "code": code}))
    entries = studies_of(instances, limits)
    if cut_reports:
        # Which study they belong to is seen when they are read for doses, as far as they go.
        entries = [replace(entry, dose_sources=(*entry.dose_sources, *cut_reports)) for entry in entries]
    return Scan(tuple(sorted(entries, key=lambda study: study.study_id)), tuple(notices))


def studies_of(instances: Sequence[Instance], limits: ReadingLimits) -> list[StudyEntry]:
    """Return the studies of files whose headers were read.

    Parameters
    ----------
    instances : sequence of Instance
        All files of each study.
    limits : ReadingLimits
        As :func:`scan`.
    """
    studies = _by_study(instances)
    ids = _study_ids(studies)
    return [_study(ids[key], group, limits) for key, group in studies.items()]


def _by_study(instances: Sequence[Instance]) -> dict[_StudyKey, list[Instance]]:
    """Group files into studies, patients under one UID apart."""
    studies: dict[_StudyKey, list[Instance]] = defaultdict(list)
    for instance in instances:
        studies[_study_key(instance)].append(instance)
    parted: dict[_StudyKey, list[Instance]] = {}
    for key, group in studies.items():
        patients: dict[str, list[Instance]] = defaultdict(list)
        for instance in group:
            patients[_raw(instance, 0x00100020) or _raw(instance, 0x00100010)].append(instance)
        whole = sorted(
            (name for name, files in patients.items() if len(files) >= MIN_SLICES), key=lambda n: (n == "", n)
        )
        if len(whole) < 2:
            # One patient; or an anonymiser that gave every file an identity of its own.
            parted[key] = group
            continue
        for name in whole:
            parted[(*key, name)] = patients.pop(name)
        largest = max(whole, key=lambda name: len(parted[(*key, name)]))
        parted[(*key, largest)] += [instance for files in patients.values() for instance in files]
    return parted


def _study_key(instance: Instance) -> _StudyKey:
    """Return what holds a study together; with an emptied StudyInstanceUID whatever else the header has."""
    if instance.study_uid:
        return (instance.study_uid,)
    patient = (_raw(instance, 0x00100020), _raw(instance, 0x00100010))
    visit = (_raw(instance, 0x00080020), _raw(instance, 0x00080030), _raw(instance, 0x00080050))
    folder = "" if any(patient) or visit[2] else _folder(instance)
    return ("", *patient, *visit, folder)


def _raw(instance: Instance, tag: int) -> str:
    element = instance.elements.get(tag)
    return "" if element is None else element.value[:128].decode("latin_1").strip(" \0")


def _folder(instance: Instance) -> str:
    source = instance.source
    return (
        f"{source.path.parent}!{source.member.rpartition('/')[0]}"
        if not source.member
        else (f"{source.path}!{source.member.rpartition('/')[0]}")
    )


def _study_ids(studies: dict[_StudyKey, list[Instance]]) -> dict[_StudyKey, str]:
    """Return our ids: of the StudyInstanceUID alone, so that the same study always has the same."""
    ids: dict[_StudyKey, str] = {}
    taken: set[str] = set()
    for key in sorted(studies, key=lambda k: (k, min(i.source.label for i in studies[k]))):
        group = studies[key]
        seed = key[0] or "/".join(sorted({i.series_uid for i in group if i.series_uid}))
        seed = seed or min(i.source.label for i in group)
        number = 1
        while (name := f"study-{_digest(seed if number == 1 else f'{seed}/{number}')}") in taken:
            number += 1
        taken.add(name)
        ids[key] = name
    return ids


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _series_key(instance: Instance) -> tuple[str, ...]:
    """Return what holds a series together; the time and folder help only where the UID was emptied."""
    if instance.series_uid:
        return (instance.series_uid,)
    words = (_raw(instance, 0x00200011), _raw(instance, 0x0008103E), _raw(instance, 0x00080031))
    return ("", instance.modality, *words)


def _study(study_id: str, instances: list[Instance], limits: ReadingLimits) -> StudyEntry:
    groups: dict[tuple[str, ...], list[Instance]] = defaultdict(list)
    for instance in instances:
        groups[_series_key(instance)].append(instance)
    groups = _rejoined(groups)
    named = [(f"series-{_digest('/'.join((study_id, *key)))}", group) for key, group in sorted(groups.items())]
    series = judge_series(named, limits)
    chosen = next((entry for entry in series if entry.chosen), None)
    refusal = None if chosen else _refusal(study_id, series)
    uids = {instance.study_uid for instance in instances}
    doses = tuple(instance.source for instance in instances if _may_tell_doses(instance))
    return StudyEntry(study_id, uids.pop() or None if len(uids) == 1 else None, series, chosen, refusal, doses)


def _may_tell_doses(instance: Instance) -> bool:
    """Tell the files that may hold a dose report or a dose sheet; whether they do is seen when they are read."""
    if instance.modality == "SR" or instance.sop_class.startswith(_MAY_TELL_DOSES):
        return True
    role = role_by_header(
        sop_class=instance.sop_class,
        modality=instance.modality,
        image_type="\\".join(instance.image_type),
        description=description_of(instance),
        device="",
        rescale_type="",
    )
    return role == "dose_report"


def _rejoined(groups: dict[tuple[str, ...], list[Instance]]) -> dict[tuple[str, ...], list[Instance]]:
    """Put together series of one slice each that differ by nothing but their UID: an anonymiser gave each file its own.

    What does not belong together after all fails by its geometry, as it would have failed alone.
    """
    alike: dict[tuple[str, ...], list[tuple[str, ...]]] = defaultdict(list)
    for key, group in groups.items():
        one = group[0]
        if len(group) == 1 and one.series_uid and one.layout.tag and one.layout.frames == 1:
            words = (_raw(one, 0x00200011), _raw(one, 0x0008103E), one.kernel, "\\".join(one.image_type))
            size = (one.layout.rows, one.layout.columns)
            alike[("one slice each", one.modality, one.sop_class, *words, *map(str, size))].append(key)
    joined = dict(groups)
    for alike_key, keys in alike.items():
        if len(keys) >= MIN_SLICES:
            joined[alike_key] = [instance for key in keys for instance in joined.pop(key)]
    return joined


def _refusal(study_id: str, series: tuple[SeriesEntry, ...]) -> InputError:
    """Say why nothing can be graded: the one reason there is, or a count of all."""
    errors = [entry.error for entry in series if entry.error is not None]
    codes = Counter(error.code for error in errors)
    if len(codes) == 1 and errors:
        return errors[0]
    listed = ", ".join(f"{code} ({count})" for code, count in codes.most_common())
    return InputError(
        NO_SERIES_TO_GRADE,
        what=f"none of {len(series)} series can be graded: {listed}",
        where=study_id,
        todo="give the axial CT series of the chest",
        codes=dict(codes),
    )
