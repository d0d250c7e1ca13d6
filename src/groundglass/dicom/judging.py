"""Each series of a study judged: its stacks, their roles, errors and warnings, and the one to grade."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from groundglass.dicom.acquisition import contrast_of, description_of, position_of
from groundglass.dicom.entries import SeriesEntry
from groundglass.dicom.frame_checks import MODALITIES, NOT_CT
from groundglass.dicom.frames import Frame, frames_of
from groundglass.dicom.headers import Instance
from groundglass.dicom.kernels import kernel_kind
from groundglass.dicom.limits import ReadingLimits
from groundglass.dicom.pixels import ABSURD_SIZE, CODECS, PixelFile
from groundglass.dicom.roles import OBLIQUE_DEGREES, ROLES, SLAB_MM, SLAB_OVERLAP, role_by_header
from groundglass.dicom.selection import SeriesFacts, beaten_by, rank, reasons
from groundglass.dicom.stacks import SamePixels, Stack, arrange, axes_of, split
from groundglass.dicom.values import is_uid, shown_term, shown_uid
from groundglass.errors import InputError
from groundglass.phrases import Notice, say

CT_CLASSES = ("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.2.2")
"""CT, enhanced CT, legacy-converted enhanced CT (PS3.4 B.5)."""
SPARSE_THICKNESS_MM = 2.0
"""Slices up to here are thin: high-resolution CT is made of 1 to 1.5 mm."""
SPARSE_STEP_MM = 5.0
"""Thin slices this far apart leave more lung out than they show; high-resolution CT has 10 to 20 mm."""
THICK_STEP_MM = 5.5
"""Routine slices are 5 mm; above, a lesion of a centimetre lies on one slice."""
OTHER_PLANE_STEP_MM = 3.0
"""A volume stored along another axis than the body's is a volume still if its steps are nearly as fine as pixels."""


@dataclass(frozen=True, slots=True)
class _Judged:
    entry: SeriesEntry
    facts: SeriesFacts | None


def judge_series(named: Sequence[tuple[str, list[Instance]]], limits: ReadingLimits) -> tuple[SeriesEntry, ...]:
    """Judge the series of one study.

    Parameters
    ----------
    named : sequence of (str, list of Instance)
        Our id of each series, and its files.
    limits : ReadingLimits
        Sizes are checked against them before frames are listed.

    Returns
    -------
    tuple of SeriesEntry
        The best first; at most one is chosen.
    """
    judged = [part for name, instances in named for part in _parts(name, instances, limits)]
    usable = [part for part in judged if part.facts is not None]
    usable.sort(key=lambda part: (rank(part.facts) if part.facts else (), part.entry.series_id), reverse=True)
    others = [part.entry for part in judged if part.facts is None]
    others.sort(key=lambda entry: (-entry.slices, entry.series_id))
    entries = []
    for number, part in enumerate(usable):
        told = part.entry.reasons
        if number == 0:
            entries.append(replace(part.entry, chosen=True, reasons=(Notice("select_chosen", {}, "info"), *told)))
        elif part.facts is not None and usable[0].facts is not None:
            rule = beaten_by(part.facts, usable[0].facts).replace(" ", "_")
            told = (Notice(f"select_beaten_{rule}", {}, "info"), *told)
            entries.append(replace(part.entry, reasons=told))
    return (*entries, *others)


def _parts(name: str, instances: list[Instance], limits: ReadingLimits) -> list[_Judged]:
    """Judge the volumes of one series."""
    pictures: list[Instance] = []
    rest: list[Instance] = []
    for instance in instances:
        whole = instance.layout.frames <= limits.max_slices and instance.layout.tag != 0
        (pictures if whole else rest).append(instance)
    judged: list[_Judged] = []
    frames = [frame for instance in pictures for frame in frames_of(instance)]
    parts = split(frames, _header_role)
    parts.sort(key=len, reverse=True)
    for part in parts:
        role = _header_role(part[0])
        early = _early_error(role, part[0])
        if early is not None:
            judged.append(_refused(name, part, role[1], early))
            continue
        for stack in arrange(part, _same_pixels(limits), limits):
            judged.append(_judge(name, stack, role[1]))
    if rest:
        judged.append(_without_pictures(name, rest, limits))
    if len(judged) > 1:
        judged = [
            _Judged(replace(part.entry, series_id=f"{name}-{number}"), part.facts)
            for number, part in enumerate(judged, 1)
        ]
    return judged


def _header_role(frame: Frame) -> tuple[str, str]:
    """Return the modality and the role by header text."""
    instance = frame.instance
    role = role_by_header(
        sop_class=instance.sop_class,
        modality=instance.modality,
        image_type="\\".join(frame.image_type),
        description=description_of(instance),
        device=f"{instance.manufacturer} {instance.model}",
        rescale_type=frame.rescale_type,
    )
    return instance.modality, role


def _early_error(role: tuple[str, str], frame: Frame) -> InputError | None:
    """Return why a part cannot be graded whatever its geometry."""
    modality, name = role
    where = f"series {shown_uid(frame.instance.series_uid)}"
    if ROLES[name].use == "no" and name != "reformat":
        return _role_error(name, where)
    is_ct = modality == "CT" or (not modality and frame.instance.sop_class in CT_CLASSES)
    if not is_ct:
        return InputError(
            NOT_CT,
            what=f"modality is {shown_term(modality, MODALITIES)}, CT is wanted",
            where=where,
            todo="choose the CT series",
        )
    return None


def _role_error(name: str, where: str) -> InputError:
    return InputError(
        ROLES[name].code, what=say(ROLES[name].notice), where=where, todo="choose the axial slices of the chest"
    )


def _same_pixels(limits: ReadingLimits) -> SamePixels:
    def same(a: Frame, b: Frame) -> bool:
        try:
            return bool(
                np.array_equal(
                    PixelFile(a.instance, limits).frame(a.index), PixelFile(b.instance, limits).frame(b.index)
                )
            )
        except InputError:
            return False

    return same


def _judge(name: str, stack: Stack, role: str) -> _Judged:
    """Judge one stack of CT slices by its geometry and say what must be said."""
    frame = stack.frames[0]
    instance = frame.instance
    where = f"series {shown_uid(instance.series_uid)}"
    error = stack.error
    spacing: tuple[float, float, float] | None = None
    step = 0.0
    if stack.affine is not None:
        step, rows, columns = (float(x) for x in np.linalg.norm(stack.affine[:3, :3], axis=0))
        spacing = (step, rows, columns)
    if frame.orientation is not None and (error is None or error.code in ("SINGLE_SLICE", "TOO_FEW_SLICES")):
        role = _role_by_geometry(role, frame, step)
    if ROLES[role].use == "no":
        error = _role_error(role, where)
    if error is not None:
        return _refused(name, list(stack.frames), role, error, stack, spacing)
    facts = _facts(stack, role, step)
    entry = SeriesEntry(
        series_id=name,
        study_uid=instance.study_uid or None,
        series_uid=_series_uid(stack.frames),
        modality=instance.modality,
        description=description_of(instance),
        kernel=frame.kernel,
        slices=len(stack.frames),
        spacing_mm=spacing,
        role=role,
        usable=True,
        chosen=False,
        reasons=reasons(facts),
        error=None,
        notices=(*stack.notices, *_warnings(stack, facts)),
        stack=stack,
    )
    return _Judged(entry, facts)


def _series_uid(frames: Sequence[Frame]) -> str | None:
    """Return the UID of the series; None where there is none, or every slice has another."""
    found = {frame.instance.series_uid for frame in frames}
    return found.pop() or None if len(found) == 1 else None


def _role_by_geometry(role: str, frame: Frame, step: float) -> str:
    normal = axes_of(frame)[:, 0] if _has_directions(frame) else np.array([0.0, 0.0, 1.0])
    angle = float(np.degrees(np.arccos(min(1.0, abs(float(normal[2]))))))
    if angle > OBLIQUE_DEGREES:
        original = role == "axial" and frame.image_type[:1] == ("ORIGINAL",)
        fine = 0 < step <= OTHER_PLANE_STEP_MM and angle > 90 - OBLIQUE_DEGREES
        return "other_plane" if original and fine else "reformat"
    thickness = frame.thickness_mm or 0.0
    if thickness >= SLAB_MM and step > 0 and thickness >= SLAB_OVERLAP * step:
        return "thick_slab"
    return "axial_derived" if role == "reformat" else role


def _has_directions(frame: Frame) -> bool:
    orientation = np.array(frame.orientation)
    return bool(
        np.linalg.norm(orientation[:3]) > 0.5 and np.linalg.norm(np.cross(orientation[:3], orientation[3:])) > 0.5
    )


def _facts(stack: Stack, role: str, step: float) -> SeriesFacts:
    frame = stack.frames[0]
    instance = frame.instance
    v = instance.values()
    description = description_of(instance)
    words = " ".join(filter(None, (description, v.text(0x00181030), v.text(0x00081030))))
    contrast_words = f"{description} {v.text(0x00181030)}"
    return SeriesFacts(
        role=role,
        extent_mm=_extent_mm(stack, step),
        step_mm=step,
        thickness_mm=frame.thickness_mm,
        kernel=kernel_kind(frame.kernel, instance.manufacturer, description),
        contrast=contrast_of(instance.contrast_agent, contrast_words, bool(v.items(0x00180012))),
        patient_position=position_of(instance),
        body_part=instance.body_part,
        words=words,
        slices=len(stack.frames),
        series_number=instance.series_number or 0,
        lossy=_lossy(stack),
        bridged=len(stack.slots) - len(stack.frames),
    )


def _extent_mm(stack: Stack, step: float) -> float:
    """Return the length along the body: of the stack, or of rows or columns where slices run along another axis."""
    layout = stack.frames[0].instance.layout
    if stack.affine is None:
        return 0.0
    axis = int(np.abs(stack.affine[2, :3]).argmax())
    sides = (len(stack.slots), layout.rows or 0, layout.columns or 0)
    return step * sides[0] if axis == 0 else float(np.linalg.norm(stack.affine[:3, axis]) * sides[axis])


def _lossy(stack: Stack) -> bool:
    def one(instance: Instance) -> bool:
        codec = CODECS.get(instance.layout.transfer_syntax)
        return instance.lossy or (codec is not None and codec.lossy)

    return any(one(frame.instance) for frame in stack.frames)


def _warnings(stack: Stack, facts: SeriesFacts) -> list[Notice]:
    """Return what a result made of this stack must say."""
    instances = list({id(frame.instance): frame.instance for frame in stack.frames}.values())
    told: list[Notice] = []
    sops = Counter(instance.sop_uid for instance in instances)
    if sops.get("", 0):
        told.append(Notice("sop_uids_missing", {"count": sops[""]}))
    if any(uid and count > 1 for uid, count in sops.items()):
        told.append(Notice("sop_uids_repeated"))
    everything = {*sops, *(i.series_uid for i in instances), *(i.study_uid for i in instances)} - {""}
    if not all(is_uid(uid) for uid in everything):
        told.append(Notice("uids_invalid"))
    if not instances[0].study_uid or not instances[0].series_uid:
        told.append(Notice("study_uids_missing"))
    if len({i.series_uid for i in instances}) > 1:
        told.append(Notice("series_uids_differ"))
    patients = {i.elements[0x00100020].value for i in instances if 0x00100020 in i.elements}
    if len(patients) > 1:
        told.append(Notice("patients_differ", {"count": len(patients)}))
    references = {instance.frame_of_reference_uid for instance in instances}
    if references == {""}:
        told.append(Notice("frame_of_reference_missing"))
    elif len(references) > 1:
        told.append(Notice("frames_of_reference_differ", {"count": len(references)}))
    if not instances[0].modality:
        told.append(Notice("modality_missing"))
    types = {frame.rescale_type for frame in stack.frames}
    if types & {"US"}:
        told.append(Notice("rescale_unspecified"))
    if any(instance.layout.photometric == "MONOCHROME1" for instance in instances):
        told.append(Notice("monochrome1"))
    if facts.lossy:
        told.append(Notice("lossy_compression"))
    if facts.contrast == "yes":
        told.append(Notice("contrast_given"))
    if ROLES[facts.role].use == "last" or facts.role == "axial_derived":
        told.append(Notice(ROLES[facts.role].notice))
    thickness = facts.thickness_mm
    if thickness is not None and 0 < thickness <= SPARSE_THICKNESS_MM and facts.step_mm >= SPARSE_STEP_MM:
        told.append(Notice("slices_sparse", {"step": round(facts.step_mm, 1), "thickness": round(thickness, 2)}))
    elif facts.step_mm > THICK_STEP_MM:
        told.append(Notice("slices_thick", {"mm": round(facts.step_mm, 1)}))
    position = facts.patient_position
    if position.endswith("P"):
        told.append(Notice("position_prone"))
    elif position.endswith(("DR", "DL")):
        told.append(Notice("position_on_side"))
    elif not position:
        told.append(Notice("position_unknown"))
    if position.startswith("FF"):
        told.append(Notice("position_feet_first", {}, "info"))
    return told


def _refused(
    name: str,
    frames: list[Frame],
    role: str,
    error: InputError,
    stack: Stack | None = None,
    spacing: tuple[float, float, float] | None = None,
) -> _Judged:
    frame = frames[0]
    instance = frame.instance
    reasons_told = [Notice("series_refused", {"code": error.code}, "error")]
    if ROLES[role].use == "no":
        reasons_told.append(Notice(ROLES[role].notice))
    entry = SeriesEntry(
        series_id=name,
        study_uid=instance.study_uid or None,
        series_uid=_series_uid(frames),
        modality=instance.modality,
        description=description_of(instance),
        kernel=frame.kernel,
        slices=len(frames),
        spacing_mm=spacing,
        role=role,
        usable=False,
        chosen=False,
        reasons=tuple(reasons_told),
        error=error,
        stack=stack or Stack(tuple(frames), error=error),
    )
    return _Judged(entry, None)


def _without_pictures(name: str, instances: list[Instance], limits: ReadingLimits) -> _Judged:
    """Judge the files of a series that have no pixels, or absurdly many."""
    instance = instances[0]
    where = f"series {shown_uid(instance.series_uid)}, {instance.source.label}"
    if instance.layout.frames > limits.max_slices:
        error = InputError(
            ABSURD_SIZE,
            what=f"the file states {instance.layout.frames} frames; {limits.max_slices} are allowed",
            where=where,
            todo="check the header",
        )
    else:
        error = _role_error("not_an_image", where)
    entry = SeriesEntry(
        series_id=name,
        study_uid=instance.study_uid or None,
        series_uid=instance.series_uid or None,
        modality=instance.modality,
        description=description_of(instance),
        kernel=instance.kernel,
        slices=0,
        spacing_mm=None,
        role="not_an_image",
        usable=False,
        chosen=False,
        reasons=(Notice("series_refused", {"code": error.code}, "error"), Notice("role_not_an_image")),
        error=error,
    )
    return _Judged(entry, None)
