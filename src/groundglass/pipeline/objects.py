"""The DICOM part of a result: what of an analysis goes into objects, and what its failure means for the rest."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from groundglass.errors import UNEXPECTED, GroundglassError, InputError, InternalError
from groundglass.phrases import Language, Notice
from groundglass.settings import DEFAULT_INTENDED_USE, INTENDED_USE
from groundglass.volume import LabelVolume, axial_axes, undo_axes

if TYPE_CHECKING:
    from groundglass.analysis.result import Result
    from groundglass.dicom.objects.findings import Findings
    from groundglass.dicom.objects.origin import Origin
    from groundglass.pipeline.run import StudyAnalysis
    from groundglass.pipeline.study import LoadedChest
    from groundglass.render import Picture

OBJECTS_FOLDER = "dicom"
MESSAGE_FILE = "notification.json"
_DRAWN = ("lungs_3d", "mip")
"""Kinds of picture that go into the marked series besides the slices (Morozov et al. 2020, Table 1)."""


@dataclass(frozen=True, slots=True)
class ObjectOptions:
    """Which DICOM objects are written.

    Attributes
    ----------
    profile : str
        Name of a profile of :mod:`groundglass.dicom.profiles`.
    seg : {"binary", "labelmap"}
        Kind of segmentation.
    model_id, add_id : int
        Numbers that the programme gave to the service.
    """

    profile: str = "default"
    seg: Literal["binary", "labelmap"] = "binary"
    model_id: int = 1
    add_id: int = 1


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is known before the reports are made.

    Attributes
    ----------
    origin : Origin or None
        The source; None where there is nothing to refer to.
    error : InputError or None
        Why no objects can be written.
    notices : tuple of Notice
        What the reports must say.
    """

    origin: Origin | None
    error: InputError | None
    notices: tuple[Notice, ...]


def prepare(chest: LoadedChest) -> Prepared:
    """Find what the objects refer to, before anything is written.

    Parameters
    ----------
    chest : LoadedChest
        The series that was read.
    """
    from groundglass.dicom.objects.origin import NOTHING_TO_REFER_TO, origin_of

    try:
        if chest.entry is None:
            raise InputError(
                NOTHING_TO_REFER_TO,
                what="no DICOM objects were written: the source is NIfTI and has no UIDs",
                where="--dicom",
                todo="give the DICOM study; every other output is there",
            )
        origin = origin_of(chest.entry, chest.volume.geometry)
    except InputError as error:
        reason = error.what.removeprefix("no DICOM objects were written: ")
        return Prepared(None, error, (Notice("dicom_not_written", {"reason": reason}, "error"),))
    made = (Notice("frame_of_reference_made"),) if origin.frame_of_reference_made else ()
    return Prepared(origin, None, made)


def write_dicom(
    analysis: StudyAnalysis,
    origin: Origin,
    stage: Path,
    out: Path,
    *,
    options: ObjectOptions,
    language: Language,
    pictures: Sequence[Picture],
    pdf: bytes,
    now: Callable[[], datetime] = datetime.now,
) -> tuple[tuple[Notice, ...], GroundglassError | None]:
    """Write objects, their record and the message of the profile; a failure of this part leaves the rest alone.

    Parameters
    ----------
    analysis : StudyAnalysis
        With chest and reading.
    origin : Origin
        The source.
    stage : Path
        Where the results are made.
    out : Path
        Where they will lie, and an earlier run's record may.
    options : ObjectOptions
        Which objects.
    language : {"en", "ru"}
        Of what people read.
    pictures : sequence of Picture
        Drawn for the report.
    pdf : bytes
        The report.
    now : callable
        The present, local time.

    Returns
    -------
    tuple of Notice, GroundglassError or None
        What must be said, and why nothing was written.
    """
    import shutil

    from groundglass.dicom.objects.record import RECORD_FILE, read_records, records_json
    from groundglass.dicom.objects.series_uid import ServiceIds
    from groundglass.dicom.objects.writing import WritingOptions, write_objects
    from groundglass.dicom.profiles import profile

    folder = stage / OBJECTS_FOLDER
    series = analysis.study.entry.series if analysis.study.entry else ()
    try:
        records = read_records(out)
        chosen = profile(options.profile)
        written = write_objects(
            folder,
            origin,
            _findings(analysis, origin, pictures, pdf),
            WritingOptions(
                profile=chosen,
                seg=options.seg,
                language=language,
                intended_use=intended_use_key(analysis.result),
                ids=ServiceIds(options.model_id, options.add_id),
            ),
            earlier=records.get(origin.study_uid),
            started=analysis.started,
            now=now,
            taken={entry.series_uid for entry in series if entry.series_uid},
        )
        if chosen.message:
            from groundglass.dicom.objects.notification import notification

            text = notification(
                analysis.result, written.making, written.marked_series_uid, options.model_id, written.report
            )
            (stage / MESSAGE_FILE).write_text(text, encoding="utf-8")
        records[origin.study_uid] = written.record
        (stage / RECORD_FILE).write_text(records_json(records.values()), encoding="utf-8")
    except OSError:
        raise  # the disk: nothing else can be written either
    except Exception as reason:  # a defect of this part must not cost the reading
        shutil.rmtree(folder, ignore_errors=True)
        keep_record(stage, out)
        if isinstance(reason, GroundglassError):
            return (Notice("dicom_not_written", {"reason": reason.what}, "error"),), reason
        error = InternalError(
            UNEXPECTED,
            what="the DICOM objects could not be made; everything else was written",
            where="groundglass itself",
            todo="report it",
            traceback=traceback.format_exc(),
        )
        return (Notice("dicom_not_written", {"reason": "a defect of groundglass"}, "error"),), error
    return written.notices, None


def write_refusal(analysis: StudyAnalysis, stage: Path, options: ObjectOptions) -> None:
    """Write the message that a profile wants for a study that was refused.

    Parameters
    ----------
    analysis : StudyAnalysis
        Refused.
    stage : Path
        Where the results are made.
    options : ObjectOptions
        Names the profile.
    """
    from groundglass.dicom.profiles import profile

    if profile(options.profile).message:
        from groundglass.dicom.objects.notification import refusal

        (stage / MESSAGE_FILE).write_text(refusal(analysis.result, analysis.started), encoding="utf-8")


def keep_record(stage: Path, out: Path) -> None:
    """Carry the record of earlier objects into new results that have none, so that a later run can take them back."""
    import shutil

    from groundglass.dicom.objects.record import RECORD_FILE

    if (out / RECORD_FILE).is_file() and not (stage / RECORD_FILE).exists():
        shutil.copyfile(out / RECORD_FILE, stage / RECORD_FILE)


def intended_use_key(result: Result) -> str:
    """Return the key of the intended-use sentence that a result carries."""
    return next((key for key, said in INTENDED_USE.items() if said["en"] == result.intended_use), DEFAULT_INTENDED_USE)


def _findings(analysis: StudyAnalysis, origin: Origin, pictures: Sequence[Picture], pdf: bytes) -> Findings:
    from groundglass.dicom.objects.findings import Drawing, Findings

    chest, reading = analysis.chest, analysis.reading
    if chest is None or reading is None:
        raise ValueError("only a study that was read has findings")

    def placed(labels: LabelVolume) -> LabelVolume:
        turned = labels.reoriented(*undo_axes(*axial_axes(chest.volume.geometry)))
        return LabelVolume(turned.array, origin.geometry, labels.labels)

    return Findings(
        result=analysis.result,
        volume=replace(chest.volume, geometry=origin.geometry),
        lungs=placed(reading.lungs),
        lesions=placed(reading.lesions),
        notices=analysis.notices,
        checks=analysis.checks,
        drawings=tuple(
            Drawing(one.name, one.wordless or one.png, one.caption) for one in pictures if one.kind in _DRAWN
        ),
        pdf=pdf,
        regions=reading.regions,
    )
