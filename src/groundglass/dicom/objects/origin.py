"""What the writers need of the source: for each slice of the volume its image, and one header to copy from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from groundglass.dicom.objects.uids import made_uid
from groundglass.errors import InputError, declare
from groundglass.volume import Geometry

if TYPE_CHECKING:
    from groundglass.dicom.entries import SeriesEntry
    from groundglass.dicom.frames import Frame

NOTHING_TO_REFER_TO = declare(
    "NOTHING_TO_REFER_TO",
    "The source has no valid UIDs, so that no DICOM object can refer to it; the rest was written.",
)
_UID = re.compile(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))+")


@dataclass(frozen=True, slots=True)
class SourceImage:
    """The image behind one slice of the volume.

    Attributes
    ----------
    sop_class, sop_uid, series_uid : str
        As its header has them; valid.
    frame : int or None
        1-based frame of a multi-frame image; None for a single-frame one.
    instance_number : int or None
        As its header has it.
    position_mm : tuple of 3 float or None
        ImagePositionPatient as its header has it, LPS; the grid of the volume runs evenly, and may pass beside it.
    """

    sop_class: str
    sop_uid: str
    series_uid: str
    frame: int | None
    instance_number: int | None
    position_mm: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """The source series of a result.

    Attributes
    ----------
    images : tuple of SourceImage or None
        One a slice of ``geometry``; None for a slice that was bridged.
    geometry : Geometry
        Of the volume as read, LPS mm; its frame of reference is the one of the objects.
    frame_of_reference_made : bool
        The source has none, or one a slice, and ours names none of theirs.
    study_uid, series_uid : str
        Valid; where the slices name several series, that of the first.
    header : Dataset
        Patient, study and equipment of the source, without pixels; never changed.
    thickness_mm : float or None
        SliceThickness.
    """

    images: tuple[SourceImage | None, ...]
    geometry: Geometry
    frame_of_reference_made: bool
    study_uid: str
    series_uid: str
    header: Dataset = field(repr=False)
    thickness_mm: float | None = None

    @property
    def sources(self) -> tuple[SourceImage, ...]:
        """Every image once, in order of slices; a multi-frame one by its first frame."""
        seen: dict[str, SourceImage] = {}
        for image in self.images:
            if image is not None:
                seen.setdefault(image.sop_uid, image)
        return tuple(seen.values())

    @property
    def multiframe(self) -> bool:
        """Whether the slices are frames of one image."""
        return any(image is not None and image.frame is not None for image in self.images)


def origin_of(entry: SeriesEntry, geometry: Geometry) -> Origin:
    """Return what the writers need of a series that was loaded.

    Parameters
    ----------
    entry : SeriesEntry
        The series.
    geometry : Geometry
        Of its volume, as :func:`groundglass.dicom.series.load` gave it.

    Raises
    ------
    InputError
        ``NOTHING_TO_REFER_TO`` where UIDs are empty, invalid or shared by several files.
    """
    frames, slots = entry.stack.frames, entry.stack.slots
    _require_uids(entry, frames)
    images = tuple(None if slot is None else _image(frames[slot]) for slot in slots)
    first = frames[0].instance
    found = {frame.instance.frame_of_reference_uid for frame in frames}
    own = found.pop() if len(found) == 1 else ""
    made = not is_uid(own)
    frame_of_reference = made_uid("frame of reference", first.study_uid, first.series_uid) if made else own
    placed = Geometry(geometry.shape, geometry.affine, frame_of_reference, geometry.sided)
    return Origin(
        images=images,
        geometry=placed,
        frame_of_reference_made=made,
        study_uid=first.study_uid,
        series_uid=first.series_uid,
        header=_header(frames[0]),
        thickness_mm=frames[0].thickness_mm,
    )


def is_uid(text: str | None) -> bool:
    """Tell whether a text is a UID that others accept (PS3.5 section 9.1)."""
    return bool(text) and len(text or "") <= 64 and _UID.fullmatch(text or "") is not None


def _require_uids(entry: SeriesEntry, frames: tuple[Frame, ...]) -> None:
    instances = {id(frame.instance): frame.instance for frame in frames}.values()
    bad = [i for i in instances if not (is_uid(i.sop_uid) and is_uid(i.study_uid) and is_uid(i.series_uid))]
    if bad:
        raise _nothing(f"{len(bad)} of {len(instances)} images have an empty or invalid UID", entry.series_id)
    if len({i.study_uid for i in instances}) > 1:
        raise _nothing("the slices name several studies", entry.series_id)
    if len({i.sop_uid for i in instances}) < len(instances):
        raise _nothing("several images share one SOP Instance UID", entry.series_id)
    if not all(is_uid(i.sop_class) for i in instances):
        raise _nothing("images have no valid SOP Class UID", entry.series_id)


def _nothing(what: str, where: str) -> InputError:
    return InputError(
        NOTHING_TO_REFER_TO,
        what=f"no DICOM objects were written: {what}",
        where=where,
        todo="send the study as the scanner wrote it; every other output is there",
    )


def _image(frame: Frame) -> SourceImage:
    instance = frame.instance
    return SourceImage(
        sop_class=instance.sop_class,
        sop_uid=instance.sop_uid,
        series_uid=instance.series_uid,
        frame=frame.index + 1 if instance.layout.frames > 1 else None,
        instance_number=instance.instance_number,
        position_mm=frame.position_mm,
    )


def _header(frame: Frame) -> Dataset:
    """Return the whole header of one image, its elements still raw, without pixels."""
    try:
        with frame.instance.source.open() as stream:
            return dcmread(stream, stop_before_pixels=True, force=True)
    except (InvalidDicomError, OSError, EOFError, ValueError, NotImplementedError) as reason:
        raise _nothing("the header of the first image cannot be read a second time", frame.label) from reason
