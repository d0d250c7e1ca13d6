"""From files to the dose of each study: events with k and effective dose, sums, and what must be said beside them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from groundglass.analysis.result import DoseEvent, DoseSection, DoseTotal, Message
from groundglass.dicom.dose.captures import read_capture
from groundglass.dicom.dose.events import DoseObject, Problem, StatedEvent
from groundglass.dicom.dose.factors import DEFAULT_FACTORS, FactorTable, factor_table
from groundglass.dicom.dose.header import WANTED
from groundglass.dicom.dose.joining import Joined, join
from groundglass.dicom.dose.levels import ReferenceLevels, above_levels, numbered
from groundglass.dicom.dose.regions import region_name
from groundglass.dicom.dose.reports import read_report
from groundglass.dicom.dose.salvage import MAX_DEPTH, salvage
from groundglass.dicom.elements import BROKEN_DICOM, MoreNeededError, NotDicomError, read_elements
from groundglass.dicom.limits import ReadingLimits
from groundglass.dicom.sources import FileSource, find_files
from groundglass.errors import InputError, declare
from groundglass.phrases import Language, Notice, say, say_notice

NO_DOSE = declare("NO_DOSE", "No dose report and no dose sheet was found in the input.")
ADULT_YEARS = 18
"""Below this the patient counts as a child: k of the tables holds for adults; those of children are up to five times
as high (Med Phys 39 (2012) 2129, table XII)."""
_FIRST_BYTES = 16 * 1024
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class DoseReading:
    """The dose of one study.

    Attributes
    ----------
    study_uid : str or None
        StudyInstanceUID, None where the objects have none.
    events : tuple of DoseEvent
        Each irradiation once, in the order of the reports.
    total : DoseTotal
        Sums.
    factors : FactorTable
        Where k was taken from.
    notices : tuple of Notice
        What must be said beside the figures.
    objects : int
        Dose objects read.
    """

    study_uid: str | None
    events: tuple[DoseEvent, ...]
    total: DoseTotal
    factors: FactorTable
    notices: tuple[Notice, ...]
    objects: int

    def section(self, language: Language = "en") -> DoseSection:
        """Return the section of ``result.json``."""
        warnings = tuple(Message(notice.code, say_notice(notice, language)) for notice in self.notices)
        return DoseSection(self.events, self.total, self.factors.title, say("dose_estimate", language), warnings)


def read_dose(
    sources: Iterable[FileSource],
    *,
    factors: str = DEFAULT_FACTORS,
    levels: ReferenceLevels | None = None,
    limits: ReadingLimits | None = None,
) -> tuple[DoseReading, ...]:
    """Read every dose object among the files and join those of each study.

    A file that is no dose object is passed over. Of a damaged one what is whole is read, with a notice. One that cannot
    be read at all does not stop the others: every reading carries a notice with its label, since nobody can tell which
    study it belonged to.

    Parameters
    ----------
    sources : iterable of FileSource
        From :func:`groundglass.dicom.sources.find_files`.
    factors : str
        Name of a table of k (:data:`groundglass.dicom.dose.factors.TABLES`).
    levels : ReferenceLevels, optional
        Diagnostic reference levels to hold the figures against; none otherwise.
    limits : ReadingLimits, optional
        How much of a file may be read.

    Returns
    -------
    tuple of DoseReading
        One a study, in the order of their UIDs; empty where there is no dose object.

    Raises
    ------
    UsageError
        ``UNKNOWN_FACTORS``.
    """
    return _read(sources, factor_table(factors), levels, limits or ReadingLimits(), [])


def _read(
    sources: Iterable[FileSource],
    table: FactorTable,
    levels: ReferenceLevels | None,
    limits: ReadingLimits,
    broken: list[Notice],
) -> tuple[DoseReading, ...]:
    studies: dict[str, list[DoseObject]] = defaultdict(list)
    for source in sources:
        try:
            one = read_dose_object(source, limits)
        except InputError as error:
            broken.append(Notice("dose_file_unreadable", {"where": source.label, "code": error.code}))
            continue
        if one is not None:
            studies[one.study].append(one)
    found = sorted(studies.items())
    return tuple(_reading(study, objects, table, levels, broken) for study, objects in found)


def find_doses(
    paths: Sequence[Path],
    *,
    factors: str = DEFAULT_FACTORS,
    levels: ReferenceLevels | None = None,
    limits: ReadingLimits | None = None,
) -> tuple[tuple[DoseReading, ...], tuple[Notice, ...]]:
    """Read every dose object below the paths.

    Parameters
    ----------
    paths : sequence of Path
        Folders, archives, files.
    factors : str
        Name of a table of k.
    levels : ReferenceLevels, optional
        Diagnostic reference levels.
    limits : ReadingLimits, optional
        How much may be read.

    Returns
    -------
    tuple of DoseReading, tuple of Notice
        At least one reading; what was passed over on the way.

    Raises
    ------
    InputError
        ``NO_DOSE`` if there is no dose object; what :func:`groundglass.dicom.sources.find_files` raises.
    UsageError
        ``UNKNOWN_FACTORS``.
    """
    notices: list[Notice] = []
    broken: list[Notice] = []
    sources = find_files(paths, limits=limits, notices=notices)
    readings = _read(sources, factor_table(factors), levels, limits or ReadingLimits(), broken)
    if readings:
        return readings, tuple(notices)
    if broken:
        where, what = str(broken[0].values["where"]), f"{len(broken)} files could not be read and no other holds a dose"
    else:
        where, what = f"{len(paths)} input paths", "there is neither a dose report nor a dose sheet"
    raise InputError(NO_DOSE, what=what, where=where, todo="give the folder of a CT study with its dose report")


def read_dose_object(source: FileSource, limits: ReadingLimits) -> DoseObject | None:
    """Read one file, a damaged one as far as it goes.

    Returns
    -------
    DoseObject or None
        None if it is no DICOM file or no dose object.

    Raises
    ------
    InputError
        ``BROKEN_DICOM`` if it is damaged and no dose can be read of it; what the source raises.
    """
    step = _FIRST_BYTES
    while True:
        whole = step >= source.size
        head = source.read(None if whole else step)
        try:
            found = read_elements(
                head, whole=whole, wanted=WANTED, label=source.label, max_inflated_bytes=limits.max_file_bytes
            )
        except NotDicomError:
            return None
        except MoreNeededError:
            step = 16 * step if step < limits.max_header_bytes // 16 else source.size
            continue
        except InputError as error:
            if error.code != BROKEN_DICOM:
                raise
            one = _salvaged(source, limits)
            if one is None:
                raise
            return one
        report = read_report(found.data, source.label, little=found.little)
        return report or read_capture(found.data, source.label, little=found.little)


def _salvaged(source: FileSource, limits: ReadingLimits) -> DoseObject | None:
    """Return what a damaged file still says of doses; None where it says nothing."""
    file = source.read(min(source.size, limits.max_header_bytes))
    rest = salvage(file, wanted=WANTED, label=source.label, max_inflated_bytes=limits.max_file_bytes)
    report = read_report(rest.data, source.label, little=rest.little)
    one = report or read_capture(rest.data, source.label, little=rest.little)
    if one is None or not (one.events or one.stated_total is not None):
        return None
    damaged, deep = Problem("dose_file_damaged"), Problem("dose_nested_too_deep", (("levels", MAX_DEPTH),))
    lost = ((damaged, rest.damaged), (deep, rest.deep))
    return replace(one, problems=tuple(problem for problem, true in lost if true))


def _reading(
    study: str,
    objects: Sequence[DoseObject],
    table: FactorTable,
    levels: ReferenceLevels | None,
    broken: Sequence[Notice],
) -> DoseReading:
    joined = join(objects)
    sex = next((one.sex for one in objects if one.sex in ("M", "F")), "")
    events = tuple(_event(event, table, sex) for event in joined.events)
    damage = [Notice(p.code, {"where": one.label, **dict(p.values)}) for one in objects for p in one.problems]
    notices = [*broken, *damage, *joined.notices, *_about_events(joined, events, table)]
    ages = [one.age_years for one in objects if one.age_years is not None]
    if ages and min(ages) < ADULT_YEARS and any(event.k is not None for event in events):
        notices.append(Notice("dose_child"))
    if levels is not None:
        notices += above_levels(joined.events, levels)
    return DoseReading(
        study_uid=None if study.startswith("?") else study,
        events=events,
        total=_total(joined, events),
        factors=table,
        notices=tuple(_once(notices)),
        objects=len(objects),
    )


def _event(event: StatedEvent, table: FactorTable, sex: str) -> DoseEvent:
    factor = table.find(event.region, sex) if event.region else None
    effective = None
    if factor is not None and event.dlp_mgy_cm is not None:
        effective = round(event.dlp_mgy_cm * factor.k, _DIGITS)
    return DoseEvent(
        uid=event.uid or None,
        region=region_name(event.region),
        ctdivol_mgy=_rounded(event.ctdivol_mgy),
        phantom_cm=event.phantom_cm,
        dlp_mgy_cm=_rounded(event.dlp_mgy_cm),
        k=factor.k if factor is not None else None,
        effective_msv=effective,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)


def _total(joined: Joined, events: Sequence[DoseEvent]) -> DoseTotal:
    dlps = [event.dlp_mgy_cm for event in joined.events if event.dlp_mgy_cm is not None]
    doses = [event.effective_msv for event in events if event.effective_msv is not None]
    dlp = sum(dlps) if dlps else joined.total
    return DoseTotal(_rounded(dlp), _rounded(sum(doses)) if doses else None)


def _about_events(joined: Joined, events: Sequence[DoseEvent], table: FactorTable) -> list[Notice]:
    """Return what must be said of single events, alike ones together under their numbers."""
    said: dict[tuple[str, tuple[tuple[str, str | int | float], ...]], list[int]] = defaultdict(list)
    for number, (stated, event) in enumerate(zip(joined.events, events, strict=True), 1):
        for problem in stated.problems:
            said[problem.code, problem.values].append(number)
        if stated.dlp_mgy_cm is None and not stated.localizer:
            said["dose_no_dlp", ()].append(number)
        if not stated.dlp_mgy_cm:
            continue
        if stated.basis in ("text", "body_part"):
            said[f"dose_region_from_{stated.basis}", ()].append(number)
        if not stated.region:
            said["dose_region_unknown", ()].append(number)
        elif event.k is None:
            code = "dose_no_factor_for_sex" if table.by_sex(stated.region) else "dose_no_factor"
            said[code, (("factors", table.name),)].append(number)
        factor = next((row for row in table.rows if row.region == stated.region), None)
        if stated.phantom_cm is None:
            said["dose_phantom_unknown", ()].append(number)
        elif factor is not None and stated.phantom_cm != factor.phantom_cm:
            code = "dose_phantom_small" if stated.phantom_cm < factor.phantom_cm else "dose_phantom_large"
            said[code, ()].append(number)
    notices = [
        Notice(code, {"events": numbered(numbers), **dict(values)}, "info" if code in _INFO else "warning")
        for (code, values), numbers in said.items()
    ]
    lacking = [n for n, event in enumerate(events, 1) if event.dlp_mgy_cm and event.effective_msv is None]
    if lacking:
        notices.append(Notice("dose_effective_partial", {"count": len(lacking), "of": len(events)}))
    return notices


_INFO = frozenset({"dose_region_from_text"})


def _once(notices: Sequence[Notice]) -> list[Notice]:
    return list({(notice.code, tuple(notice.values.items())): notice for notice in notices}.values())
