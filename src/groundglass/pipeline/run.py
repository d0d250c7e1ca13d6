"""The main job: choose the series, read it, analyse it, grade it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Thread
from typing import TYPE_CHECKING, Literal

from groundglass.analysis.reading import ChestReading, CoverageVerdict
from groundglass.errors import GroundglassError, InputError, declare
from groundglass.phrases import Notice, say_notice
from groundglass.pipeline.assemble import refused_result, result_of
from groundglass.pipeline.dose import DoseOptions, study_dose
from groundglass.pipeline.study import LoadedChest, Study, load_dicom, load_nifti
from groundglass.volume import axial_axes

if TYPE_CHECKING:
    from groundglass.analysis.clinical import Clinical
    from groundglass.analysis.grading_rules import GradingRules
    from groundglass.analysis.result import Result
    from groundglass.dicom.dose import DoseReading
    from groundglass.dicom.series import SeriesEntry

Engine = Literal["learned", "classical"]
NOT_A_CHEST = declare("NOT_A_CHEST", "The pictures show no chest that could be measured.")
MAX_SERIES_TRIED = 3
_COVERAGE_RANK = {"whole": 2, "partial": 1, "none": 0}


@dataclass(frozen=True, slots=True)
class StudyAnalysis:
    """A study with all that was found in it.

    Attributes
    ----------
    study : Study
        What was handed in.
    result : Result
        The contents of ``result.json``.
    chest : LoadedChest or None
        The series that was read; None where none could be.
    reading : ChestReading or None
        Masks and figures on the canonical axial grid; None for a refused study.
    error : GroundglassError or None
        Why the study was refused, or why an output that was asked for could not be made.
    notices, checks : tuple of Notice
        Warnings and acquisition checks, before they become words.
    started : datetime
        When its processing began, local time.
    dose : DoseReading or None
        Radiation dose of the study; None without dose objects.
    """

    study: Study
    result: Result
    chest: LoadedChest | None = None
    reading: ChestReading | None = None
    error: GroundglassError | None = None
    notices: tuple[Notice, ...] = ()
    checks: tuple[Notice, ...] = ()
    started: datetime = field(default_factory=datetime.now)
    dose: DoseReading | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One series read and analysed."""

    chest: LoadedChest
    reading: ChestReading


def analyze(
    study: Study,
    *,
    clinical: Clinical | None = None,
    rules: GradingRules | None = None,
    intended_use: str = "research",
    engine: Engine = "learned",
    dose: DoseOptions | None = None,
    on_stage: Callable[[str], None] | None = None,
    clock: Callable[[], float] = time.perf_counter,
    now: Callable[[], datetime] | None = None,
) -> StudyAnalysis:
    """Read, measure and grade one study.

    Parameters
    ----------
    study : Study
        From :func:`groundglass.open_study`.
    clinical : Clinical, optional
        Clinical data of this patient; without them nobody is routed.
    rules : GradingRules, optional
        Grading limits; the default profile otherwise.
    intended_use : str
        Key of :data:`groundglass.settings.INTENDED_USE`.
    engine : {"learned", "classical"}
        ``learned``: the network that ships, guarded by classical analysis; ``classical``: classical analysis alone.
    dose : DoseOptions, optional
        Conversion factors and reference levels for the dose objects of the study.
    on_stage : callable, optional
        Called with the name of each stage as it starts: ``reading``, ``analysis``, ``grading``.
    clock : callable
        Monotonic seconds.
    now : callable, optional
        The present, local time; the clock of the machine by default.

    Returns
    -------
    StudyAnalysis
        A refused study is a value too: ``result.status`` is ``refused``, ``error`` says why.
    """
    tell = on_stage or (lambda _stage: None)
    started = (now or datetime.now)()
    seconds: dict[str, float] = {}
    doses, dose_notices = study_dose(study, dose or DoseOptions())
    section = doses.section() if doses is not None else None
    notices: list[Notice] = [*study.notices, *dose_notices]
    try:
        if study.refusal is not None:
            raise study.refusal
        best = _best_attempt(study, notices, seconds, tell, clock, engine)
        _refuse_without_chest(best.reading.verdict)
    except InputError as error:
        refused = replace(refused_result(study, error, notices, seconds, intended_use), dose=section)
        return StudyAnalysis(study, refused, error=error, notices=tuple(notices), started=started, dose=doses)
    tell("grading")
    built = result_of(best.chest, best.reading, notices, clinical=clinical, rules=rules, intended_use=intended_use)
    result = replace(built.result, seconds={**seconds, **built.result.seconds}, dose=section)
    return StudyAnalysis(study, result, best.chest, best.reading, None, built.notices, built.checks, started, doses)


def _best_attempt(
    study: Study,
    notices: list[Notice],
    seconds: dict[str, float],
    tell: Callable[[str], None],
    clock: Callable[[], float],
    engine: Engine,
) -> Attempt:
    """Read the chosen series; where it fails or shows no whole chest, try the next ones and keep the best."""
    best: Attempt | None = None
    first_error: InputError | None = None
    for number, candidate in enumerate(_candidates(study)):
        try:
            attempt = _attempt(candidate, study, seconds, tell, clock, engine)
        except InputError as error:
            first_error = first_error or error
            notices.append(Notice("series_not_readable", {"number": number + 1, "code": error.code}))
            continue
        if best is None or _rank(attempt) > _rank(best):
            if best is not None:
                notices.append(Notice("series_replaced", {"number": number + 1}))
            best = attempt
        if _rank(best) == _COVERAGE_RANK["whole"]:
            break
    if best is not None:
        return best
    if first_error is not None:
        if len(notices) and notices[-1].code == "series_not_readable":
            notices.pop()
        raise first_error
    raise InputError(
        "NO_STUDY",
        what="the study holds no series that can be graded",
        where=study.study_id,
        todo="run groundglass series",
    )


def _candidates(study: Study) -> list[SeriesEntry | None]:
    if study.entry is None:
        return [None]
    usable = [entry for entry in study.entry.series if entry.usable]
    return list(sorted(usable, key=lambda entry: not entry.chosen)[:MAX_SERIES_TRIED])


def _attempt(
    candidate: SeriesEntry | None,
    study: Study,
    seconds: dict[str, float],
    tell: Callable[[str], None],
    clock: Callable[[], float],
    engine: Engine,
) -> Attempt:
    from groundglass.analysis.engine import read_chest
    from groundglass.analysis.networks import shipped

    tell("reading")
    start = clock()
    if engine == "learned":
        # the runtime loads while the pictures do; a network that cannot be read is told below
        Thread(target=_warm, args=(shipped,), daemon=True).start()
    if candidate is not None:
        chest = load_dicom(candidate)
    else:
        if study.nifti is None:
            raise InputError("NO_STUDY", what="the study has no source", where=study.study_id, todo="open it again")
        chest = load_nifti(study.nifti)
    seconds["reading"] = seconds.get("reading", 0.0) + clock() - start
    tell("analysis")
    volume = chest.volume.reoriented(*axial_axes(chest.volume.geometry))
    network = shipped() if engine == "learned" else None
    reading = read_chest(volume, gravity=chest.gravity, exact_hu=chest.exact_hu, clock=clock, network=network)
    return Attempt(chest, reading)


def _warm(network: Callable[[], object]) -> None:
    # the same error comes again, and is told, where the network is asked for
    with suppress(GroundglassError):
        network()


def _rank(attempt: Attempt) -> int:
    return _COVERAGE_RANK[attempt.reading.verdict.coverage]


def _refuse_without_chest(verdict: CoverageVerdict) -> None:
    if verdict.coverage == "none":
        reason = "; ".join(say_notice(notice) for notice in verdict.reasons) or "no lungs were found"
        raise InputError(
            NOT_A_CHEST, what=reason.rstrip("."), where="the chosen series", todo="give a CT that shows the chest"
        )
