"""The study that a result was made from: its series in memory, body and lungs found, every slice by its UID."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from groundglass.analysis import anatomy
from groundglass.analysis.grid import WorkingGrid
from groundglass.analysis.morphology import close, dilate
from groundglass.analysis.reading import Gravity
from groundglass.conformance.objects import ResultObject, read_object
from groundglass.dicom.entries import LoadedSeries, SeriesEntry, StudyEntry
from groundglass.dicom.limits import ReadingLimits
from groundglass.dicom.series import load, scan
from groundglass.dicom.sources import find_files
from groundglass.errors import InputError, declare
from groundglass.volume import Geometry, axial_axes, undo_axes

STUDY_WITHOUT_LUNGS = declare(
    "STUDY_WITHOUT_LUNGS", "The study that a result is held against shows no lungs, so that nothing can be judged."
)
STUDY_UNCLEAR = declare("STUDY_UNCLEAR", "The study's path holds several studies, and the result names none of them.")

FIELD_CLOSING_MM = 15.0
"""Consolidated lung that the air-filled outline lacks is closed in: bays up to 30 mm wide."""
FIELD_MARGIN_MM = 8.0
"""Contours are drawn around lesions, and rectangles a little farther out: this far from the lung a mark still is at it.
Chest wall behind the ribs begins 10 mm from the pleura."""
BODY, FIELD, LUNG, RIGHT, LEFT = 1, 2, 4, 8, 16
"""Bits of :attr:`Source.zones`."""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """The source series.

    Attributes
    ----------
    study : StudyEntry
        The study it belongs to.
    entry : SeriesEntry
        The series.
    loaded : LoadedSeries
        Its volume, slices feet to head, rows and columns as stored.
    zones : (slice, row, column) uint8
        Bits ``BODY``, ``FIELD`` (lungs, closed and with a margin), ``LUNG``, ``RIGHT`` and ``LEFT`` lung, on the grid
        of the volume.
    places : mapping of (str, int or None) to int
        Slice by SOP Instance UID and 1-based frame (None for single-frame images).
    numbers : mapping of int to int
        Slice by InstanceNumber, where each is used once.
    objects : mapping of str to ResultObject
        Every object of the study's path by SOP Instance UID.
    partial : bool
        The chest is not wholly seen.
    """

    study: StudyEntry
    entry: SeriesEntry
    loaded: LoadedSeries
    zones: NDArray[np.uint8]
    places: Mapping[tuple[str, int | None], int]
    numbers: Mapping[int, int]
    objects: Mapping[str, ResultObject] = field(repr=False)
    partial: bool = False

    @property
    def hu(self) -> NDArray[np.int16]:
        """(slice, row, column) int16, HU."""
        return self.loaded.volume.array

    @property
    def geometry(self) -> Geometry:
        """Of the volume."""
        return self.loaded.volume.geometry

    @property
    def header(self) -> ResultObject | None:
        """The first image of the series."""
        frames = self.entry.stack.frames
        return self.objects.get(frames[0].instance.sop_uid) if frames else None

    def place(self, sop_uid: str, frame: int | None = None) -> int | None:
        """Return the slice of an image, or None where it is none of this series."""
        found = self.places.get((sop_uid, frame))
        return self.places.get((sop_uid, None)) if found is None else found

    def frames_named(self, sop_uid: str) -> list[int]:
        """Return the slices of a multi-frame image in order of its frames; empty for any other."""
        found = [(frame, place) for (uid, frame), place in self.places.items() if uid == sop_uid and frame is not None]
        return [place for _, place in sorted(found)]

    def holds(self, sop_uid: str) -> bool:
        """Tell whether an image is one of this series."""
        return (sop_uid, None) in self.places or (sop_uid, 1) in self.places


def read_study_objects(path: Path, limits: ReadingLimits) -> dict[str, ResultObject]:
    """Return every object of the study's path by SOP Instance UID; unreadable files are no part of it.

    Raises
    ------
    InputError
        What :func:`groundglass.dicom.sources.find_files` raises.
    """
    found: dict[str, ResultObject] = {}
    for source in find_files([path], limits=limits):
        try:
            each = read_object(source, limits)
        except InputError:
            continue  # the scan of the same path counts and names it
        if each is not None and each.uid:
            found.setdefault(each.uid, each)
    return found


def open_source(path: Path, result: Sequence[ResultObject], limits: ReadingLimits) -> Source:
    """Read the study that a result was made from.

    Parameters
    ----------
    path : Path
        Folder, archive or file.
    result : sequence of ResultObject
        The result: what it names decides which series of the study is the source.
    limits : ReadingLimits
        How much is read.

    Raises
    ------
    InputError
        ``NO_DICOM``, the reason why no series can be graded, ``STUDY_UNCLEAR``, ``STUDY_WITHOUT_LUNGS``; what reading
        the series raises.
    """
    objects = read_study_objects(path, limits)
    study, entry = _chosen(scan([path], limits=limits).studies, result)
    loaded = load(entry, limits=limits)
    zones, partial = _zones(loaded)
    places: dict[tuple[str, int | None], int] = {}
    numbers: Counter[int] = Counter()
    by_number: dict[int, int] = {}
    for index, slot in enumerate(entry.stack.slots):
        if slot is None:
            continue
        frame = entry.stack.frames[slot]
        many = frame.instance.layout.frames > 1
        places[frame.instance.sop_uid, frame.index + 1 if many else None] = index
        if frame.instance_number is not None:
            numbers[frame.instance_number] += 1
            by_number[frame.instance_number] = index
    once = {number: index for number, index in by_number.items() if numbers[number] == 1}
    return Source(study, entry, loaded, zones, places, once, objects, partial)


def _chosen(studies: Sequence[StudyEntry], result: Sequence[ResultObject]) -> tuple[StudyEntry, SeriesEntry]:
    """Return the series that the result names most often, else the one we would grade."""
    named = Counter(reference.sop_uid for found in result for reference in found.references)
    own = {found.uid for found in result}
    best: tuple[int, StudyEntry, SeriesEntry] | None = None
    for study in studies:
        for entry in study.series:
            if not entry.usable:
                continue
            uids = {frame.instance.sop_uid for frame in entry.stack.frames}
            hits = sum(1 for uid in uids if uid in named and uid not in own)
            if hits and (best is None or (hits, entry.chosen) > (best[0], best[2].chosen)):
                best = (hits, study, entry)
    if best is not None:
        return best[1], best[2]
    readable = [study for study in studies if study.chosen is not None]
    studies_named = {found.instance.study_uid for found in result}
    readable = [study for study in readable if study.study_uid in studies_named] or readable
    if not readable:
        reason = studies[0].refusal if len(studies) == 1 else None
        raise reason or InputError(
            "NO_SERIES_TO_GRADE",
            what=f"none of {len(studies)} studies has a chest CT series that can be read",
            where="the study",
            todo="give the axial CT series of the chest that the result was made from",
        )
    if len(readable) > 1:
        raise InputError(
            STUDY_UNCLEAR,
            what=f"there are {len(readable)} studies",
            where="the study",
            todo="give the one study that the result was made from",
        )
    chosen = readable[0].chosen
    if chosen is None:  # not after the filter above; said for the type checker
        raise InputError("NO_SERIES_TO_GRADE", what="no series", where="the study", todo="give a chest CT")
    return readable[0], chosen


_GRAVITY: dict[str, Gravity] = {"S": "back", "P": "front", "DR": "right", "DL": "left"}
"""PS3.3 C.7.3.1.1.2: the letters after the second tell which side of the patient is down."""


def _zones(loaded: LoadedSeries) -> tuple[NDArray[np.uint8], bool]:
    """Find body and lungs by classical analysis; return both on the volume's grid, and whether part is missing."""
    axes, flips = axial_axes(loaded.volume.geometry)
    upright = loaded.volume.reoriented(axes, flips)
    grid = WorkingGrid.of(upright.with_array(np.ascontiguousarray(upright.array)))
    position = (loaded.acquisition.patient_position or "").strip().upper()
    body = anatomy.find(grid, gravity=_GRAVITY.get(position[2:], "unknown"))
    lungs = body.lungs > 0
    if body.verdict.coverage == "none" or not lungs.any():
        raise InputError(
            STUDY_WITHOUT_LUNGS,
            what="no lungs were found",
            where=loaded.series_uid or "the source series",
            todo="give the chest CT that the result was made from",
        )
    lungs = lungs | body.effusion  # fluid lies in the chest; whoever marks it marks no other organ
    near = dilate(close(lungs, FIELD_CLOSING_MM, grid.spacing_mm), FIELD_MARGIN_MM, grid.spacing_mm)
    coarse = body.body.astype(np.uint8) * BODY | near.astype(np.uint8) * FIELD | lungs.astype(np.uint8) * LUNG
    coarse |= (body.lungs == 1).astype(np.uint8) * RIGHT | (body.lungs == 2).astype(np.uint8) * LEFT
    back, turned = undo_axes(axes, flips)
    full = grid.labels_to_full(coarse).transpose(back)
    a, b, c = (slice(None, None, -1) if flip else slice(None) for flip in turned)
    return full[a, b, c], body.verdict.coverage != "whole"
