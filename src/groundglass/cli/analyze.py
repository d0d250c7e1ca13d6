"""``groundglass analyze``: the main job."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

if TYPE_CHECKING:
    from groundglass.analysis.clinical import Clinical
    from groundglass.pipeline import Outcome


@Parameter(name="*", group="Clinical data of the patient (without them nobody is routed)")
@dataclass(frozen=True, kw_only=True)
class ClinicalFlags:
    """One flag a field of the clinical file; a flag wins over the file.

    Parameters
    ----------
    temperature_c : float
        Body temperature, degrees Celsius.
    respiratory_rate_per_min : float
        Breaths a minute.
    spo2_percent : float
        Oxygen saturation, percent.
    pao2_fio2_mmhg : float
        PaO2/FiO2, mmHg (1 mmHg = 0.133 kPa).
    age_years : float
        Age, years.
    typical_clinical_picture : bool
        Typical clinical picture of the disease.
    epidemiological_history : bool
        Contact or travel that fits.
    respiratory_impairment : bool
        Breathing is impaired.
    respiratory_failure : bool
        Respiratory failure.
    shock : bool
        Shock.
    organ_failure : bool
        Failure of organs.
    in_hospital : bool
        The patient is in hospital already.
    pregnant : bool
        The patient is pregnant.
    """

    temperature_c: float | None = None
    respiratory_rate_per_min: float | None = None
    spo2_percent: float | None = None
    pao2_fio2_mmhg: float | None = None
    age_years: float | None = None
    typical_clinical_picture: bool | None = None
    epidemiological_history: bool | None = None
    respiratory_impairment: bool | None = None
    respiratory_failure: bool | None = None
    shock: bool | None = None
    organ_failure: bool | None = None
    in_hospital: bool | None = None
    pregnant: bool | None = None


def analyze(
    paths: Annotated[list[Path], Parameter(name="PATH", negative=())],
    /,
    *,
    out: Annotated[Path, Parameter(name=["--out", "-o"])],
    lang: Literal["en", "ru"] = "en",
    jobs: Annotated[int, Parameter(name=["--jobs", "-j"])] = 1,
    json: Annotated[bool, Parameter(negative=())] = False,
    overwrite: Annotated[bool, Parameter(negative=())] = False,
    rules: str | None = None,
    clinical: Path | None = None,
    engine: Literal["learned", "classical"] = "learned",
    dicom: Annotated[bool, Parameter(negative=())] = False,
    profile: str = "default",
    seg: Literal["binary", "labelmap"] = "binary",
    flags: ClinicalFlags | None = None,
) -> int:
    """Measure lung opacities in chest CT studies, grade them and write report, masks and pictures.

    Parameters
    ----------
    paths : list of Path
        Folders or zips of DICOM (any nesting, several studies), DICOM files, NIfTI volumes.
    out : Path
        Output folder. One study: its files; several: a folder each, and summary.csv.
    lang : {"en", "ru"}
        Language of the report.
    jobs : int
        Studies analysed at the same time.
    json : bool
        Print result.json of each study on one line instead of a summary.
    overwrite : bool
        Replace earlier results in the output folder.
    rules : str
        Grading profile; the default is named in every result.
    clinical : Path
        JSON file of clinical data of the patient.
    engine : {"learned", "classical"}
        learned: the network that ships, guarded by classical analysis; classical: that alone.
    dicom : bool
        Also write DICOM objects for PACS and viewer, below dicom/ of the output.
    profile : str
        What a programme wants of those objects: default or moscow.
    seg : {"binary", "labelmap"}
        Kind of DICOM segmentation: one bit a voxel and segment, or a label a voxel (smaller, for newer viewers).
    """
    from groundglass.dicom.profiles import profile as find_profile
    from groundglass.errors import InputError, UsageError
    from groundglass.pipeline import BatchOptions, run_batch
    from groundglass.pipeline.objects import ObjectOptions
    from groundglass.settings import load_settings

    if jobs < 1:
        raise UsageError("USAGE", what=f"--jobs is {jobs}", where="the command line", todo="give 1 or more")
    find_profile(profile)  # before the work
    settings = load_settings()
    if not dicom and (profile != "default" or seg != "binary"):
        todo = "add --dicom"
        raise UsageError("USAGE", what="--profile or --seg without --dicom", where="the command line", todo=todo)
    options = BatchOptions(
        out=out,
        language=lang,
        jobs=jobs,
        overwrite=overwrite,
        rules=rules,
        clinical=_clinical(clinical, flags),
        engine=engine,
        objects=ObjectOptions(profile, seg, settings.service_model_id, settings.service_add_id) if dicom else None,
        settings=settings,
    )
    with _progress() as progress:
        outcomes = run_batch(paths, options, on_event=progress)
    _print(outcomes, as_json=json)
    failed = [outcome.error for outcome in outcomes if outcome.error is not None]
    if not failed:
        return 0
    if len(outcomes) == 1:
        raise failed[0]
    raise InputError(
        "STUDIES_FAILED",
        what=f"{len(failed)} of {len(outcomes)} studies gave no reading",
        where="summary.csv",
        todo="see the error of each there; the others are done",
    )


def _clinical(path: Path | None, flags: ClinicalFlags | None) -> Clinical | None:
    import dataclasses
    import json

    from groundglass.analysis.clinical import Clinical, parse_clinical
    from groundglass.errors import InputError

    given = {name: value for name, value in dataclasses.asdict(flags or ClinicalFlags()).items() if value is not None}
    if path is None:
        return Clinical.from_mapping(given) if given else None
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "PATH_NOT_FOUND",
            what="the clinical file cannot be read as text",
            where="--clinical",
            todo="give a JSON file",
        ) from error
    from_file = parse_clinical(text, "--clinical")
    if not given:
        return from_file
    return Clinical.from_mapping({**json.loads(text), **given})


def _print(outcomes: tuple[Outcome, ...], *, as_json: bool) -> None:
    import sys

    from groundglass.analysis.schema import to_json
    from groundglass.cli.summary import lines

    for outcome in outcomes:
        if as_json and outcome.result is not None:
            sys.stdout.write(to_json(outcome.result, indent=None) + "\n")
        elif not as_json:
            sys.stdout.write("\n".join(lines(outcome)) + "\n")


def _progress() -> ProgressBars:
    return ProgressBars()


class ProgressBars:
    """Shows on stderr which study is at which stage; silent where stderr is no terminal."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._console = Console(stderr=True)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._all = self._progress.add_task("finding studies", total=None)

    def __enter__(self) -> ProgressBars:
        self._progress.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self._progress.__exit__(None, None, None)

    def __call__(self, study_id: str, stage: str, done: int, total: int) -> None:
        """Take one event of the batch."""
        self._progress.update(self._all, description=f"{study_id} {stage}", completed=done, total=total or None)
