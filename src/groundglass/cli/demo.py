"""``groundglass demo``: five invented patients made, read and compared with their truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

if TYPE_CHECKING:
    from groundglass.pipeline import Outcome

PATIENTS: tuple[tuple[str, float, int], ...] = (
    ("CT-0", 0.0, 11),
    ("CT-1", 9.0, 12),
    ("CT-2", 34.0, 13),
    ("CT-3", 60.0, 14),
    ("CT-4", 82.0, 15),
)
"""Grade, wanted involvement in percent and seed of each invented patient."""


@dataclass(frozen=True, slots=True)
class Row:
    """Truth and measurement of one invented patient."""

    patient: str
    true_percent: float
    true_grade: str
    outcome: Outcome


def demo(
    *,
    out: Annotated[Path, Parameter(name=["--out", "-o"])] = Path("demo"),
    slices: int = 160,
    rows: int = 384,
    jobs: Annotated[int, Parameter(name=["--jobs", "-j"])] = 2,
    lang: Literal["en", "ru"] = "en",
    overwrite: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Make five digital chests of grades CT-0 to CT-4, read them and print truth against measurement.

    Parameters
    ----------
    out : Path
        Output folder.
    slices : int
        Slices of each study.
    rows : int
        Rows and columns of each slice.
    jobs : int
        Processes.
    lang : {"en", "ru"}
        Language of the reports.
    overwrite : bool
        Replace an earlier demo.
    """
    import sys

    from groundglass.errors import InputError
    from groundglass.pipeline import BatchOptions, run_batch
    from groundglass.pipeline.outputs import check_free
    from groundglass.settings import load_settings

    studies = out / "studies"
    readings = out / "readings"
    check_free(readings, overwrite=overwrite)
    sys.stderr.write(f"making {len(PATIENTS)} digital chests\n")
    truths = _make_all(studies, slices, rows, jobs, overwrite=overwrite)
    sys.stderr.write("reading them\n")
    rows_of_table = []
    for (name, _, _), truth in zip(PATIENTS, truths, strict=True):
        options = BatchOptions(
            out=readings / name, language=lang, overwrite=overwrite, settings=load_settings(), jobs=1
        )
        (outcome,) = run_batch([studies / name / "dicom"], options)
        rows_of_table.append(Row(name, truth[0], truth[1], outcome))
    sys.stdout.write("\n".join(_table(rows_of_table)) + "\n")
    failed = [row for row in rows_of_table if row.outcome.error is not None]
    if failed:
        raise InputError(
            "STUDIES_FAILED",
            what=f"{len(failed)} of the digital chests gave no reading",
            where=str(out),
            todo="see above",
        )
    return 0


def _make_all(studies: Path, slices: int, rows: int, jobs: int, *, overwrite: bool) -> list[tuple[float, str]]:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max(1, jobs), mp_context=context) as pool:
        waiting = [
            pool.submit(_make, studies / name, percent, seed, slices, rows, overwrite)
            for name, percent, seed in PATIENTS
        ]
        return [job.result() for job in waiting]


def _make(folder: Path, percent: float, seed: int, slices: int, rows: int, overwrite: bool) -> tuple[float, str]:
    from groundglass.phantom import PhantomOptions, make, write

    options = PhantomOptions(involvement=percent, seed=seed, slices=slices, rows=rows, variant="test")
    phantom = make(options)
    write(phantom, folder, overwrite=overwrite)
    return phantom.truth.involvement_percent, phantom.truth.grade


def _table(rows: list[Row]) -> list[str]:
    head = f"{'patient':<9}{'truth':>8}  {'grade':<6}{'measured':>10}  {'95 % interval':<15}{'grade':<22}report"
    lines = [head, "-" * len(head)]
    for row in rows:
        result = row.outcome.result
        start = f"{row.patient:<9}{row.true_percent:>6.1f} %  {row.true_grade:<6}"
        if result is None or result.involvement is None or result.grade is None:
            lines.append(start + f"  no reading: {row.outcome.error.code if row.outcome.error else '?'}")
            continue
        low, high = result.involvement.interval
        grade: str = result.grade.value or "-"
        if result.grade.stable is False and result.grade.interval:
            grade += f" ({result.grade.interval[0]} to {result.grade.interval[1]})"
        interval = f"{low:.1f} to {high:.1f}"
        report = row.outcome.folder / "report.html"
        lines.append(start + f"{result.involvement.percent:>8.1f} %  {interval:<15}{grade:<22}{report}")
    return lines
