"""One study as a candidate: the series that would be taken, and what its header says."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase
from typing import Literal

from groundglass.datasets.candidates import Candidate
from groundglass.datasets.recipe.model import SelectionRule
from groundglass.datasets.recipe.words import OLDEST_YEARS, age_of, sex_of
from groundglass.deidentify.known import look
from groundglass.dicom.acquisition import acquisition_of, description_of, identity_of
from groundglass.dicom.entries import SeriesEntry, StudyEntry
from groundglass.dicom.headers import Instance
from groundglass.dicom.kernels import kernel_kind
from groundglass.dicom.sources import FileSource
from groundglass.errors import InputError

KernelClass = Literal["soft", "lung", "unknown"]
_DATE = re.compile(r"(\d{4})[.\-]?(\d{2})[.\-]?(\d{2})")


def candidate_of(
    study: StudyEntry,
    instances: Sequence[Instance],
    rule: SelectionRule,
    *,
    key: str,
    organisation: str,
    folder: str,
    preferred: Collection[str] = (),
) -> Candidate:
    """Return a study as a candidate.

    Parameters
    ----------
    study : StudyEntry
        The study.
    instances : sequence of Instance
        All its files.
    rule : SelectionRule
        Of several usable series the best ranked is taken that agrees with most of what it says of series.
    key : str
        Unique name of the study.
    organisation : str
        What the recipe says of it; "" takes the header's.
    folder : str
        Where it lies.
    preferred : collection of str
        Series that a mask or a table names: taken before others that agree as well.
    """
    entry = _chosen(study, rule, preferred)
    shown = entry or (study.series[0] if study.series else None)
    frames = shown.stack.frames if shown is not None else ()
    instance = frames[0].instance if frames else instances[0]
    identity = identity_of(instance)
    study_date = date_of(identity.study_date)
    spacing = shown.spacing_mm if shown is not None else None
    return Candidate(
        key=key,
        patient=patient_of(instance.source, study.study_uid or key),
        label=study.study_id,
        study_uid=study.study_uid or "",
        series_uid=(shown.series_uid or "") if shown is not None else "",
        patient_id=identity.patient_id,
        accession=identity.accession_number,
        study_date=study_date,
        study_time=re.sub(r"[^0-9.]", "", identity.study_time),
        organisation=organisation or identity.institution,
        folder=folder,
        sex=_sex(identity.sex),
        age_years=_age(identity.age, identity.birth_date, study_date),
        description=shown.description if shown is not None else description_of(instance),
        kernel=shown.kernel if shown is not None else instance.kernel,
        kernel_class=kernel_class(shown, instance.manufacturer),
        manufacturer=instance.manufacturer,
        model=instance.model,
        contrast=acquisition_of(frames[:1]).contrast if frames else "unknown",
        slices=shown.slices if shown is not None else 0,
        spacing_mm=spacing,
        files=files_of(entry) if entry is not None else (),
        refusal=None if entry is not None else study.refusal,
    )


def kernel_class(entry: SeriesEntry | None, manufacturer: str) -> KernelClass:
    """Return what the kernel of a series is for; one for bone is no other's."""
    if entry is None:
        return "unknown"
    kind = kernel_kind(entry.kernel, manufacturer, entry.description)
    return kind if kind in ("soft", "lung") else "unknown"


def files_of(entry: SeriesEntry) -> tuple[FileSource, ...]:
    """Return the files of a series, each once, in order of their labels."""
    found = {id(frame.instance): frame.instance.source for frame in entry.stack.frames}
    return tuple(sorted(found.values(), key=lambda source: source.label))


def patient_of(source: FileSource, study: str) -> str:
    """Return the key of the patient as de-identification makes it."""
    try:
        seen = look(source)
    except InputError:
        seen = None  # the header was read before; what changed meanwhile is told when the study is read
    return f"study {study}" if seen is None else seen.patient


def date_of(text: str) -> str:
    """Return a date as YYYYMMDD, "" for what is none."""
    found = _DATE.match(text.strip())
    if found is None:
        return ""
    try:
        return datetime.date(*(int(part) for part in found.groups())).strftime("%Y%m%d")
    except ValueError:
        return ""


def within(value: float | None, limits: tuple[float | None, float | None]) -> bool:
    """Tell whether a value lies within limits, both included; an unknown one does so where there is no limit."""
    low, high = limits
    if value is None:
        return low is None and high is None
    return (low is None or value >= low) and (high is None or value <= high)


def fits(text: str, patterns: Collection[str]) -> bool:
    """Tell whether a text fits one of several patterns with ``*``, in any case; no patterns fit everything."""
    plain = " ".join(text.casefold().split())
    return not patterns or any(fnmatchcase(plain, _literal(pattern)) for pattern in patterns)


def _literal(pattern: str) -> str:
    """Return a pattern in which the asterisk alone means something."""
    return re.sub(r"([\[\]?])", r"[\1]", " ".join(pattern.casefold().split()))


def step_mm(candidate_spacing: tuple[float, float, float] | None) -> float | None:
    """Return the distance of slices, rounded as headers write it."""
    return None if candidate_spacing is None else round(candidate_spacing[0], 3)


def _chosen(study: StudyEntry, rule: SelectionRule, preferred: Collection[str]) -> SeriesEntry | None:
    usable = [entry for entry in study.series if entry.usable]
    if len(usable) < 2:
        return usable[0] if usable else None

    def agreement(entry: SeriesEntry) -> tuple[int, int]:
        first = entry.stack.frames[0]
        instance = first.instance
        tests = (
            rule.kernel in ("any", kernel_class(entry, instance.manufacturer)),
            fits(entry.kernel, rule.kernels),
            fits(entry.description, rule.series_description),
            fits(instance.manufacturer, rule.manufacturers),
            within(entry.slices, rule.slices),
            within(step_mm(entry.spacing_mm), rule.slice_spacing_mm),
            rule.contrast == "any" or acquisition_of([first]).contrast != "yes",
        )
        return sum(tests), int(bool(entry.series_uid) and entry.series_uid in preferred)

    # the best ranked stands first, and stays first among equals
    return max(usable, key=agreement)


def _sex(text: str) -> Literal["M", "F", "O", ""]:
    found = sex_of(text)
    return found if found in ("M", "F", "O") else ""  # type: ignore[return-value]  # mypy does not narrow str


def _age(stated: str, birth: str, study_date: str) -> int | None:
    said = age_of(stated) if stated.strip() else None
    born = date_of(birth)
    if said or not born or not study_date or born > study_date:
        return said
    # without PatientAge, or with the 000Y of some anonymisers
    years = int(study_date[:4]) - int(born[:4]) - (study_date[4:] < born[4:])
    return years if years <= OLDEST_YEARS else None
