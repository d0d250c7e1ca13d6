"""One study from its source to its folder: de-identified, measured, converted, thinned, with its masks."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundglass.datasets.building.tasks import (
    DONE_FILE,
    FILES,
    LUNGS_FILE,
    MASK_FILE,
    PICTURE_FILE,
    RESULT_FILE,
    StudyDone,
    StudyTask,
)
from groundglass.datasets.conversion import (
    instance_numbers,
    lesion_facts,
    masks_of,
    tells_kinds,
    write_mask,
    write_picture,
)
from groundglass.datasets.conversion.thinning import kept_slices, thinned_geometry
from groundglass.deidentify.cleaning import Setup, clean_files
from groundglass.deidentify.known import gathered
from groundglass.deidentify.profile import Profile
from groundglass.deidentify.profiles import load_profile
from groundglass.deidentify.project import Project
from groundglass.deidentify.reporting import remark_notice
from groundglass.deidentify.survey import survey, tasks_of
from groundglass.deidentify.text import reads_as_date
from groundglass.deidentify.writing import failed as not_written
from groundglass.deidentify.writing import write_whole
from groundglass.dicom.series import LoadedSeries, Scan, SeriesEntry, load, scan, scan_files
from groundglass.dicom.sources import FileSource
from groundglass.dicom.stacks import MIN_SLICES
from groundglass.errors import InputError, UnavailableError, declare
from groundglass.phrases import Notice
from groundglass.settings import load_settings
from groundglass.volume import Geometry, LabelVolume, Volume

if TYPE_CHECKING:
    from groundglass.pipeline import StudyAnalysis

STUDY_NOT_CLEANED = declare(
    "STUDY_NOT_CLEANED", "A file of a study could not be de-identified, so the study is left out."
)
STUDY_DROPPED = declare("STUDY_DROPPED", "The de-identification profile leaves out a picture, and so the study.")
STUDY_NOT_MEASURED = declare("STUDY_NOT_MEASURED", "A study was to be analysed and the analysis refused it.")

_DICOM_FOLDER = "dicom"


def build_study(task: StudyTask) -> StudyDone:
    """Do everything that is done with one study.

    Parameters
    ----------
    task : StudyTask
        Ids and paths.

    Returns
    -------
    StudyDone
        Facts and SHA-256 of what now lies in the folder of the task; the same bytes for the same task, wherever and
        however often it runs. A study that an earlier run did is not done again.

    Raises
    ------
    UnavailableError
        ``OUTPUT_FAILED``: disk full, no permission; and what opening the project raises.
    """
    earlier = _earlier(task)
    if earlier is not None:
        return earlier
    try:
        _empty(task.folder)
        try:
            done = _done(task)
        except UnavailableError:
            raise
        except InputError as error:
            done = StudyDone(
                key=task.key, fingerprint=task.fingerprint, outcome="left-out", code=error.code, message=error.what
            )
        finally:
            shutil.rmtree(task.folder / _DICOM_FOLDER, ignore_errors=True)
        write_whole(task.folder / DONE_FILE, done.to_json().encode())
    except OSError as reason:
        raise not_written(reason) from reason
    return done


def _earlier(task: StudyTask) -> StudyDone | None:
    """Return what an earlier run came to, where task and files are still the same."""
    try:
        done = StudyDone.from_json((task.folder / DONE_FILE).read_text(encoding="utf-8"))
        if done.fingerprint != task.fingerprint or done.key != task.key:
            return None
        if any(_sha256(task.folder / FILES[kind]) != digest for kind, digest in done.files.items()):
            return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return done


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the headers of the source say of the series.

    Attributes
    ----------
    geometry : Geometry
        Of the whole series.
    kept : tuple of int
        Slices that stay.
    sop_uids : tuple of str or None
        One a slice of the whole series.
    files : tuple of FileSource
        That the kept slices lie in.
    """

    geometry: Geometry
    kept: tuple[int, ...]
    sop_uids: tuple[str | None, ...]
    files: tuple[FileSource, ...]


def _done(task: StudyTask) -> StudyDone:
    project, profile = _project(task.options.project), _profile(task.options.profile)
    notices: list[Notice] = []
    plan = _plan(task, notices)
    analysed = _is_analysed(task)
    picture, loaded = _picture(task, plan, project, profile, notices, whole=analysed)
    masks = masks_of(
        task.masks,
        plan.geometry,
        series_uid=task.series_uid,
        slices=plan.kept,
        thinned_geometry=picture.geometry,
        sop_uids=plan.sop_uids,
    )
    lesions, lungs = masks.lesions, masks.lungs
    facts: dict[str, Any] = _facts(task, loaded, picture, profile, plan.geometry.shape[0])
    if lesions is not None:
        facts["mask_source"] = "people"
    analysis = _analysis(task) if analysed else None
    if analysis is not None:
        facts |= _measured(task, analysis)
        if lesions is None and task.options.analysis.masks != "never":
            lesions = _of_analysis(analysis, "lesions", plan.kept, picture.geometry)
            facts["mask_source"] = "analysis" if lesions is not None else None
        if lungs is None:
            lungs = _of_analysis(analysis, "lungs", plan.kept, picture.geometry)
    if lesions is not None:
        facts |= {name: value for name, value in lesion_facts(lesions, picture, lungs).items() if value is not None}
    wanted_lungs = masks.lungs is not None or task.options.analysis.lungs
    if lungs is not None and wanted_lungs:
        facts["lungs_ml"] = round(float((lungs.array > 0).sum() * lungs.geometry.voxel_ml), 3)
    folder = task.folder
    write_picture(folder / PICTURE_FILE, picture)
    if lesions is not None:
        write_mask(folder / MASK_FILE, lesions)
    if lungs is not None and wanted_lungs:
        write_mask(folder / LUNGS_FILE, lungs)
    if analysis is not None and task.options.analysis.results:
        write_whole(folder / RESULT_FILE, _result(analysis, scanner=task.options.keep_scanner))
    notices += masks.notices
    return StudyDone(
        key=task.key,
        fingerprint=task.fingerprint,
        outcome="written",
        facts=facts,
        files={kind: _sha256(folder / name) for kind, name in FILES.items() if (folder / name).is_file()},
        kinds=lesions is not None and tells_kinds(lesions),
        telling=_telling(task),
        remarks=tuple({each.code: each for each in notices if each.severity != "info"}.values()),
    )


def _plan(task: StudyTask, notices: list[Notice]) -> _Plan:
    """Read the headers of the source.

    Raises
    ------
    InputError
        Why there is no volume, or what thinning refuses.
    """
    entry = _entry(scan_files(task.files), task.label)
    stack = entry.stack
    layout = stack.frames[0].instance.layout
    if stack.affine is None:
        raise _nothing_left(task.label)
    geometry = Geometry((len(stack.slots), layout.rows or 0, layout.columns or 0), stack.affine)
    kept = kept_slices(
        geometry,
        instance_numbers(entry),
        task.options.thinning,
        bridged={place for place, slot in enumerate(stack.slots) if slot is None},
        notices=notices,
    )
    frames = [None if slot is None else stack.frames[slot] for slot in stack.slots]
    needed = {id(frame.instance.source): frame.instance.source for i in kept if (frame := frames[i]) is not None}
    notices += entry.notices
    return _Plan(
        geometry,
        kept,
        tuple(None if frame is None else frame.instance.sop_uid or None for frame in frames),
        tuple(needed.values()),
    )


def _picture(
    task: StudyTask, plan: _Plan, project: Project, profile: Profile, notices: list[Notice], *, whole: bool
) -> tuple[Volume, LoadedSeries]:
    """De-identify and read the slices that stay; all of them where the whole series is needed.

    Returns
    -------
    tuple
        The picture of the set, and the series that it was taken from.

    Raises
    ------
    InputError
        What cleaning and reading refuse.
    """
    wanted = thinned_geometry(plan.geometry, plan.kept)
    if not whole and len(plan.files) < len(task.files) and len(plan.kept) >= MIN_SLICES:
        remarks = _clean(task, plan.files, project, profile)
        try:
            entry = _entry(scan([task.folder / _DICOM_FOLDER]), task.label)
            loaded = load(entry, threads=1, keep_padding=True, only_tell=True)
        except InputError:
            loaded = None  # what is left of an odd series may not look like one: it is read whole
        if loaded is not None and _same_place(loaded.volume.geometry, wanted):
            # that few slices are left is no news, what happened to their numbers is
            notices += (*remarks, *loaded.notices[len(entry.notices) :])
            return loaded.volume, loaded
        shutil.rmtree(task.folder / _DICOM_FOLDER)
    if whole:
        notices += _clean(task, task.files, project, profile)
    else:
        # too few stay to be a series: the others are there for their headers alone, nobody sees their pixels
        notices += _clean(task, plan.files, project, profile)
        kept = {id(source) for source in plan.files}
        blind = replace(profile, pixels=replace(profile.pixels, read="none"))
        _clean(task, [source for source in task.files if id(source) not in kept], project, blind)
    loaded = load(_entry(scan([task.folder / _DICOM_FOLDER]), task.label), threads=1, keep_padding=True, only_tell=True)
    if not _same_place(loaded.volume.geometry, plan.geometry):
        raise _nothing_left(task.label)
    notices += loaded.notices
    array = loaded.volume.array[list(plan.kept)]
    picture = Volume(array, thinned_geometry(loaded.volume.geometry, plan.kept), loaded.volume.quantity)
    return picture, loaded


def _same_place(found: Geometry, wanted: Geometry) -> bool:
    """Tell whether two grids are one; the frame of reference has another name after cleaning."""
    return Geometry(found.shape, found.affine).same_grid(Geometry(wanted.shape, wanted.affine))


def _nothing_left(label: str) -> InputError:
    return InputError(
        STUDY_NOT_CLEANED,
        what="de-identification leaves no volume of the series, or another one",
        where=label,
        todo="look at the files by groundglass deidentify plan",
    )


@lru_cache(maxsize=2)
def _project(folder: Path) -> Project:
    """Open the project once a process: a passphrase costs a second."""
    return Project.open(folder, passphrase=load_settings().project_passphrase or None, create=False)


@lru_cache(maxsize=2)
def _profile(path: Path | None) -> Profile:
    return load_profile(path)


def _telling(task: StudyTask) -> tuple[str, ...]:
    """Return the published columns whose cell would tell who the patient is, or when he was there."""
    if not any(task.published.values()):
        return ()
    seen, _, _ = survey(task.files)
    known = tuple(gathered(seen).values())
    return tuple(
        name
        for name, text in task.published.items()
        if text and (reads_as_date(text) or any(each.holds(text) for each in known))
    )


def _clean(task: StudyTask, files: Sequence[FileSource], project: Project, profile: Profile) -> tuple[Notice, ...]:
    """De-identify the files into the folder; return what a person should look at.

    Raises
    ------
    InputError
        ``STUDY_NOT_CLEANED``, ``STUDY_DROPPED``.
    """
    seen, _, broken = survey(files)
    codes = [code for _, code in broken]
    out = task.folder / _DICOM_FOLDER
    run = f"{task.fingerprint} {profile.pixels.read}"
    setup = Setup(profile, project.keys, out, gathered(seen), run)
    todo = [file for file in tasks_of(seen, project) if file.target]
    remarks: dict[str, Notice | None] = {}
    dropped: list[str] = []
    for done in clean_files(setup, todo):
        remarks |= {code: remark_notice(code) for code in done.remarks}
        if done.outcome == "failed":
            codes.append(done.reason)
        elif done.outcome == "dropped":
            dropped.append(done.reason)
        elif done.boxes:
            remarks["text-blanked"] = Notice("dataset_text_blanked")
    if codes:
        raise InputError(
            STUDY_NOT_CLEANED,
            what=f"{len(codes)} of {len(files)} files could not be de-identified ({sorted(set(codes))[0]})",
            where=task.label,
            todo="look at the files by groundglass deidentify plan",
        )
    if dropped:
        raise InputError(
            STUDY_DROPPED,
            what=f"the profile leaves out {len(dropped)} of {len(files)} files ({sorted(set(dropped))[0]})",
            where=task.label,
            todo="use another profile, or leave the study out",
        )
    return tuple(each for each in remarks.values() if each is not None)


def _entry(found: Scan, label: str) -> SeriesEntry:
    """Return the one volume that was found.

    Raises
    ------
    InputError
        Why there is none.
    """
    for study in found.studies:
        if study.chosen is not None:
            return study.chosen
    usable = [entry for study in found.studies for entry in study.series if entry.usable]
    if usable:
        return usable[0]
    refusal = next((study.refusal for study in found.studies if study.refusal is not None), None)
    raise refusal or _nothing_left(label)


def _facts(task: StudyTask, loaded: LoadedSeries, picture: Volume, profile: Profile, slices: int) -> dict[str, Any]:
    """Return what may be published: of the cleaned objects, or of a table where the profile would keep it."""
    seen = loaded.acquisition
    kept = profile.patient if "retain-patient-characteristics" in profile.options else ()
    years, sex = _years(loaded.identity.age), loaded.identity.sex
    if "PatientAge" in kept and task.age_years is not None:
        years = min(task.age_years, profile.oldest_years)
    if "PatientSex" in kept and task.sex:
        sex = task.sex
    spacing = picture.geometry.spacing_mm
    return {
        "sex": sex if task.options.keep_sex and sex in ("M", "F", "O") else None,
        "age_years": years if task.options.keep_age else None,
        "manufacturer": seen.manufacturer,
        "model": seen.model,
        "kernel": seen.kernel,
        "kvp": seen.kvp,
        "contrast": seen.contrast,
        "slice_thickness_mm": seen.slice_thickness_mm,
        "slices_original": slices,
        "slices": int(picture.geometry.shape[0]),
        "spacing_slice_mm": round(spacing[0], 4),
        "spacing_row_mm": round(spacing[1], 6),
        "spacing_column_mm": round(spacing[2], 6),
    }


def _years(age: str) -> int | None:
    """Return whole years of a DICOM age (PS3.5 6.2, AS); None where it is none."""
    days = {"D": 1, "W": 7, "M": 30.4375, "Y": 365.25}.get(age[-1:], 0)
    if not days or not age[:-1].isdecimal():
        return None
    return int(int(age[:-1]) * days / 365.25)


def _is_analysed(task: StudyTask) -> bool:
    """Tell whether the recipe wants something that only the analysis of the whole series gives."""
    rule = task.options.analysis
    masked = any(mask.kind == "lesions" for mask in task.masks)
    return (
        rule.lungs
        or rule.results
        or rule.grade == "always"
        or (rule.grade == "missing" and not task.has_grade)
        or (rule.masks == "missing" and not masked)
    )


def _analysis(task: StudyTask) -> StudyAnalysis:
    """Analyse the whole series.

    Raises
    ------
    InputError
        ``STUDY_NOT_MEASURED``.
    """
    from groundglass.pipeline import analyze, open_study

    analysis = analyze(open_study(task.folder / _DICOM_FOLDER))
    if analysis.reading is None:
        why = analysis.error.code if analysis.error is not None else analysis.result.status
        raise InputError(
            STUDY_NOT_MEASURED,
            what=f"the analysis refused the study ({why})",
            where=task.label,
            todo="leave it out, or ask for no analysis",
        )
    return analysis


def _measured(task: StudyTask, analysis: StudyAnalysis) -> dict[str, Any]:
    """Return the facts that the analysis of the whole series gives."""
    result = analysis.result
    facts: dict[str, Any] = {}
    wanted = task.options.analysis.grade == "always" or (
        task.options.analysis.grade == "missing" and not task.has_grade
    )
    if wanted and result.grade is not None and result.grade.value is not None:
        facts |= {"grade": result.grade.value, "grade_source": "analysis"}
    return facts


def _of_analysis(analysis: StudyAnalysis, which: str, kept: Sequence[int], geometry: Geometry) -> LabelVolume | None:
    """Return labels of the analysis on the thinned grid."""
    from groundglass.pipeline.outputs import native_labels

    if analysis.reading is None:
        return None
    found = native_labels(analysis, getattr(analysis.reading, which))
    return LabelVolume(found.array[list(kept)].copy(), geometry, found.labels)


def _result(analysis: StudyAnalysis, *, scanner: bool) -> bytes:
    """Return result.json without times, and without UIDs that would join the set to DICOM objects of the project."""
    from groundglass.analysis.schema import to_json

    result = analysis.result
    study = replace(result.study, study_uid=None, series_uid=None, frame_of_reference_uid=None)
    slices = tuple(replace(row, sop_uid=None) for row in result.slices)
    acquisition = result.acquisition
    if acquisition is not None and not scanner:
        acquisition = replace(acquisition, manufacturer=None)
    told = replace(result, study=study, acquisition=acquisition, slices=slices, seconds={}, acquisition_datetime=None)
    return (to_json(told) + "\n").encode()


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
