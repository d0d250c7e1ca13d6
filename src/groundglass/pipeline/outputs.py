"""Writing a result: the files of one study, whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from groundglass.dicom.objects.record import RECORD_FILE, read_records
from groundglass.errors import OUTPUT_EXISTS, OUTPUT_FAILED, GroundglassError, InputError, UnavailableError
from groundglass.phrases import Language, Notice
from groundglass.pipeline import objects as dicom_part
from groundglass.pipeline.assemble import in_words
from groundglass.pipeline.objects import MESSAGE_FILE, OBJECTS_FOLDER, ObjectOptions
from groundglass.pipeline.run import StudyAnalysis
from groundglass.volume import LabelVolume, axial_axes, undo_axes

if TYPE_CHECKING:
    from groundglass.render import Picture

RESULT_FILE = "result.json"
SUMMARY_FILE = "summary.csv"
OUR_FILES = (RESULT_FILE, "masks", "images", "report.html", "report.pdf", OBJECTS_FOLDER, RECORD_FILE, MESSAGE_FILE)
"""What a study's folder holds; --overwrite replaces these and touches nothing else."""
_STAGE = ".partial"


def write_results(
    analysis: StudyAnalysis,
    out: str | Path,
    *,
    language: Language = "en",
    overwrite: bool = False,
    objects: ObjectOptions | None = None,
    on_stage: Callable[[str], None] | None = None,
) -> StudyAnalysis:
    """Write ``result.json``, masks, pictures, reports and, where asked for, DICOM objects of one study.

    Parameters
    ----------
    analysis : StudyAnalysis
        From :func:`groundglass.analyze`.
    out : str or Path
        Folder; made if missing. All files appear together, ``result.json`` last.
    language : {"en", "ru"}
        Language of report and pictures; ``result.json`` is English.
    overwrite : bool
        Replace the results of an earlier run.
    objects : ObjectOptions, optional
        Also write DICOM objects, of this kind.
    on_stage : callable, optional
        Called with ``pictures``, ``reports`` and ``DICOM objects`` as they start.

    Returns
    -------
    StudyAnalysis
        The same analysis with the seconds of writing in its result. Where objects were asked for and could not be made,
        ``status`` is ``partial``, ``error`` says why, and everything else is there.

    Raises
    ------
    InputError
        ``OUTPUT_EXISTS`` without ``overwrite``; ``BAD_OBJECTS_RECORD`` where objects are asked for and the record of
        an earlier run is damaged.
    UnavailableError
        ``OUTPUT_FAILED`` if the disk is full or the folder may not be written.
    """
    folder = Path(out)
    check_free(folder, overwrite=overwrite, objects=objects is not None)
    with staging(folder) as stage:
        written = _write_all(analysis, stage, folder, language, objects, on_stage or (lambda _stage: None))
        publish(stage, folder)
    return written


def check_free(folder: Path, *, overwrite: bool, objects: bool = False) -> None:
    """Refuse a folder that holds results already, is no folder, or cannot be written.

    Parameters
    ----------
    folder : Path
        Where results shall lie.
    overwrite : bool
        Earlier results may be replaced.
    objects : bool
        DICOM objects are asked for: then the record of earlier ones must be readable.

    Raises
    ------
    InputError
        ``OUTPUT_EXISTS``; ``BAD_OBJECTS_RECORD``, before anything is replaced.
    UnavailableError
        ``OUTPUT_FAILED``: said before the work, not after it.
    """
    try:
        folder.lstat()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except (OSError, ValueError) as error:
        raise _failed(error) from error
    above = next((path for path in (folder, *folder.absolute().parents) if path.exists()), folder)
    if above.is_dir() and not os.access(above, os.W_OK | os.X_OK):
        raise _failed(PermissionError(errno.EACCES, os.strerror(errno.EACCES)))
    if folder != above and not above.is_dir():
        raise _failed(NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)))
    if folder.exists() and not folder.is_dir():
        raise InputError(OUTPUT_EXISTS, what="the output is a file", where="-o", todo="name a folder")
    if objects:
        read_records(folder)
    if overwrite or not folder.is_dir():
        return
    there = [name for name in (*OUR_FILES, SUMMARY_FILE) if (folder / name).exists()]
    if there:
        raise InputError(
            OUTPUT_EXISTS,
            what=f"the output holds {there[0]} already",
            where="-o",
            todo="give --overwrite or another folder",
        )


@contextlib.contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """Give an empty folder beside the output, on the same disk, removed in the end.

    Raises
    ------
    UnavailableError
        ``OUTPUT_FAILED`` for every failure of the file system inside the block.
    """
    stage: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=_stage_prefix(folder, os.getpid()), suffix=_STAGE, dir=folder.parent))
        yield stage
    except OSError as error:
        raise _failed(error) from error
    finally:
        if stage is not None:
            shutil.rmtree(stage, ignore_errors=True)


def clear_stage(folder: Path, process_id: int | None) -> None:
    """Remove the half-made results that a killed process left beside its output.

    Parameters
    ----------
    folder : Path
        The output it was to write.
    process_id : int or None
        The process, which must have ended; None if there was none.
    """
    if process_id is None or not folder.parent.is_dir():
        return
    prefix = _stage_prefix(folder, process_id)
    for path in list(folder.parent.iterdir()):
        if path.name.startswith(prefix) and path.name.endswith(_STAGE):
            shutil.rmtree(path, ignore_errors=True)


def publish(stage: Path, folder: Path) -> None:
    """Move what lies in ``stage`` to ``folder``: at once where that is new, else with ``result.json`` as the last.

    Parameters
    ----------
    stage : Path
        Complete results on the same disk.
    folder : Path
        Where they belong. Older results of the same names are replaced; other files stay.
    """
    stage.chmod(0o777 & ~_umask())
    if not folder.exists():
        stage.rename(folder)
        return
    (folder / RESULT_FILE).unlink(missing_ok=True)
    for name in OUR_FILES:
        _remove(folder / name)
    new = sorted(stage.iterdir(), key=lambda path: path.name == RESULT_FILE)
    for path in new:
        path.rename(folder / path.name)


def native_labels(analysis: StudyAnalysis, labels: LabelVolume) -> LabelVolume:
    """Return labels of the canonical axial grid on the grid of the series as it was read."""
    if analysis.chest is None:
        return labels
    turned = labels.reoriented(*undo_axes(*axial_axes(analysis.chest.volume.geometry)))
    return LabelVolume(turned.array, analysis.chest.volume.geometry, labels.labels)


def _write_all(
    analysis: StudyAnalysis,
    stage: Path,
    folder: Path,
    language: Language,
    objects: ObjectOptions | None,
    tell: Callable[[str], None],
) -> StudyAnalysis:
    from groundglass.analysis.schema import to_json

    seconds = dict(analysis.result.seconds)
    pictures: tuple[Picture, ...] = ()
    origin = None
    if objects is not None and analysis.chest is not None and analysis.reading is not None:
        prepared = dicom_part.prepare(analysis.chest)
        origin = prepared.origin
        analysis = _told(analysis, prepared.notices, prepared.error)
    with ThreadPoolExecutor(1) as pool:
        masks = pool.submit(_write_masks, analysis, stage)
        if analysis.reading is not None:
            tell("pictures")
            start = perf_counter()
            pictures = _write_pictures(analysis, stage)
            seconds["pictures"] = perf_counter() - start
        seconds["masks"] = masks.result()
    tell("reports")
    start = perf_counter()
    pdf = _write_reports(analysis, stage, language, pictures, seconds)
    seconds["reports"] = perf_counter() - start
    if objects is not None and origin is not None:
        tell("DICOM objects")
        start = perf_counter()
        notices, error = dicom_part.write_dicom(
            analysis, origin, stage, folder, options=objects, language=language, pictures=pictures, pdf=pdf
        )
        seconds["dicom"] = perf_counter() - start
        analysis = _told(analysis, notices, error)
        if error is not None:
            # the reports went out before it was known
            _write_reports(analysis, stage, language, pictures, seconds)
    elif objects is not None and analysis.reading is None:
        dicom_part.write_refusal(analysis, stage, objects)
    dicom_part.keep_record(stage, folder)
    result = replace(analysis.result, seconds={name: round(value, 3) for name, value in seconds.items()})
    (stage / RESULT_FILE).write_text(to_json(result) + "\n", encoding="utf-8")
    return replace(analysis, result=result)


def _told(analysis: StudyAnalysis, notices: tuple[Notice, ...], error: GroundglassError | None) -> StudyAnalysis:
    """Return the analysis with more said, and partial where an output that was asked for is missing."""
    if not notices and error is None:
        return analysis
    said = (*analysis.result.warnings, *in_words(notices))
    status = "partial" if error is not None else analysis.result.status
    return replace(
        analysis,
        result=replace(analysis.result, warnings=said, status=status),
        notices=(*analysis.notices, *notices),
        error=analysis.error or error,
    )


def _write_reports(
    analysis: StudyAnalysis, stage: Path, language: Language, pictures: tuple[Picture, ...], seconds: dict[str, float]
) -> bytes:
    """Write both reports; return the PDF."""
    from groundglass import report
    from groundglass.dicom.header import Identity

    chest = analysis.chest
    page = report.ReportPage(
        result=replace(analysis.result, seconds=seconds),
        identity=chest.identity if chest else Identity(),
        acquisition=chest.acquisition if chest else None,
        pictures=pictures,
        language=language,
        notices=analysis.notices,
        checks=analysis.checks,
        lobes=analysis.reading.lobes if analysis.reading else None,
        dose_notices=analysis.dose.notices if analysis.dose else (),
    )
    # the PDF is a document to be kept: the same reading gives the same bytes, so no seconds in it
    lasting = replace(page, result=replace(analysis.result, seconds={}))
    with ThreadPoolExecutor(1) as pool:
        pdf = pool.submit(report.write_pdf, stage / "report.pdf", lasting)
        report.write_html(stage / "report.html", page)
        pdf.result()
    return (stage / "report.pdf").read_bytes()


def _write_masks(analysis: StudyAnalysis, stage: Path) -> float:
    from groundglass import nifti

    start = perf_counter()
    if analysis.reading is not None and analysis.chest is not None:
        folder = stage / "masks"
        folder.mkdir()
        found = {"lungs": analysis.reading.lungs, "lesions": analysis.reading.lesions}
        if analysis.reading.lobes is not None and analysis.reading.lobes.full is not None:
            found["lobes"] = analysis.reading.lobes.full
        for name, labels in found.items():
            nifti.write_labels(folder / f"{name}.nii.gz", native_labels(analysis, labels), like=analysis.chest.nifti)
    return perf_counter() - start


def _write_pictures(analysis: StudyAnalysis, stage: Path) -> tuple[Picture, ...]:
    from groundglass import render

    if analysis.reading is None:
        return ()
    pictures = render.pictures(analysis.reading)
    folder = stage / "images"
    folder.mkdir()
    for picture in pictures:
        (folder / f"{picture.name}.png").write_bytes(picture.png)
    return pictures


def _failed(error: OSError | ValueError) -> UnavailableError:
    # Not the text of the error: it quotes the path.
    reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else type(error).__name__
    return UnavailableError(
        OUTPUT_FAILED,
        what=f"the results could not be written: {reason}",
        where="-o",
        todo="check space and rights of the folder",
    )


def _stage_prefix(folder: Path, process_id: int) -> str:
    return f".{folder.name[:40]}.{process_id}."


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
