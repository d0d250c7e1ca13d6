"""The check: one result against the study it was made from, under one profile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundglass.conformance.contract import check_contract, check_fields
from groundglass.conformance.findings import Finding, Findings
from groundglass.conformance.integrity import check_integrity
from groundglass.conformance.message import check_message
from groundglass.conformance.objects import ResultObject
from groundglass.conformance.picture_findings import report_pictures
from groundglass.conformance.pictures import look_at
from groundglass.conformance.segments import check_segmentations
from groundglass.conformance.shapes import check_shapes
from groundglass.conformance.sorting import read_folder, sorted_out
from groundglass.conformance.source import Source, open_source
from groundglass.dicom.limits import ReadingLimits
from groundglass.dicom.profiles import profile as profile_named
from groundglass.errors import InputError
from groundglass.phrases import Language

_FIRST_INPUT = "input[1]"


@dataclass(frozen=True, slots=True)
class CheckedResult:
    """What was found.

    Attributes
    ----------
    profile : str
        Rules it was checked against.
    study_uid, series_uid : str or None
        The source.
    findings : tuple of Finding
        The gravest first.
    counts : dict of str to int
        Objects of the result by kind; copies of the study apart.
    """

    profile: str
    study_uid: str | None
    series_uid: str | None
    findings: tuple[Finding, ...]
    counts: dict[str, int]

    @property
    def clean(self) -> bool:
        """Whether there is no defect of severity error."""
        return not any(finding.severity == "error" for finding in self.findings)

    def row(self, language: Language = "en") -> dict[str, Any]:
        """Return all of it as plain values for JSON."""
        return {
            "profile": self.profile,
            "study_uid": self.study_uid,
            "series_uid": self.series_uid,
            "clean": self.clean,
            "counts": self.counts,
            "findings": [finding.row(language) for finding in self.findings],
        }


def check_result(
    study: str | Path, result: str | Path, *, profile: str = "default", limits: ReadingLimits | None = None
) -> CheckedResult:
    """Check a result of any maker against the study it was made from.

    Parameters
    ----------
    study : str or Path
        Folder, archive or file with the study; results in it are left alone.
    result : str or Path
        Folder, archive or file with the result; copies of the study in it are compared with the original.
    profile : str
        Name of a profile that ships.
    limits : ReadingLimits, optional
        How much is read.

    Returns
    -------
    CheckedResult
        With every defect found.

    Raises
    ------
    InputError
        Where the study cannot be read as a chest CT, or a path leads nowhere; a bad result is a finding.
    """
    limits = limits or ReadingLimits()
    return check_with(lambda objects: open_source(Path(study), objects, limits), Path(result), profile, limits)


def check_with(
    open_study: Callable[[Sequence[ResultObject]], Source], result: Path, profile: str, limits: ReadingLimits
) -> CheckedResult:
    """Check a result against a study that is opened once the result is known.

    Parameters
    ----------
    open_study : callable
        Gets the result's objects, which tell the series they were made from, and returns the study.
    result : Path
        As :func:`check_result`.
    profile : str
        Name of a profile.
    limits : ReadingLimits
        How much is read.

    Raises
    ------
    InputError
        As :func:`check_result`.
    """
    rules = profile_named(profile)
    findings = Findings(rules.checks.get("severity", {}))
    with _argument("RESULT"):
        folder = read_folder(result, limits, findings)
    with _argument("STUDY"):
        source = open_study(folder.objects)
    case = sorted_out(folder, source, rules, findings)
    check_contract(case, findings)
    check_fields(case, findings)
    check_integrity(case, findings, limits)
    check_message(case, folder, result, findings)
    lesion_slices = check_segmentations(case, findings, limits)
    check_shapes(case, findings)
    report_pictures(case, look_at(case.of("image"), source, limits), findings, lesion_slices)
    counts: dict[str, int] = dict(sorted(Counter(found.kind for found in case.objects).items()))
    if case.copies:
        counts["copies of the study"] = len(case.copies)
    return CheckedResult(profile, source.loaded.study_uid, source.loaded.series_uid, findings.all(), counts)


@contextmanager
def _argument(name: str) -> Iterator[None]:
    """Say in errors which of the two paths is meant: each is the first input of its own reading."""
    try:
        yield
    except InputError as reason:
        if not reason.where.startswith(_FIRST_INPUT):
            raise
        where = name + reason.where[len(_FIRST_INPUT) :]
        raise InputError(reason.code, what=reason.what, where=where, todo=reason.todo, **reason.details) from reason
