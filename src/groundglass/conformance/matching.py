"""Which slice of the source each picture belongs to: by what it names, else by where it lies, else by its number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from groundglass.conformance.objects import ResultObject
from groundglass.conformance.source import Source
from groundglass.dicom.frames import Frame, frames_of
from groundglass.dicom.values import Values

How = Literal["reference", "position", "number", ""]

POSITION_TOLERANCE = 0.51
"""Part of the slice step by which a picture's plane may lie off the slice it belongs to."""
PARALLEL = 0.999
"""Least cosine between the normals of two planes that count as one: 2.5 degrees."""
OFF_MM = 1.0
"""A picture that names a slice and states a position lies there; rounding of decimal strings is far below."""
SPACING_TOLERANCE = 1e-3
"""Part by which equal spacings may differ as written: three digits; over 512 pixels half a pixel."""
_SHARED, _PER_FRAME, _DERIVATION, _SOURCES = 0x52009229, 0x52009230, 0x00089124, 0x00082112


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One picture of the result: a frame, and the slice it belongs to.

    Attributes
    ----------
    found : ResultObject
        Its object.
    frame : int
        0-based.
    slice : int or None
        Of the source; None where nothing tells.
    how : str
        What told.
    overview : bool
        It names several slices: a projection, a 3D picture, a page; no slice is expected of it.
    """

    found: ResultObject
    frame: int
    slice: int | None
    how: How
    overview: bool = False


def shots_of(found: ResultObject, source: Source) -> Iterator[Shot]:
    """Yield every frame of a picture object with its slice.

    Parameters
    ----------
    found : ResultObject
        An image; its number of frames has been checked.
    source : Source
        The study.
    """
    frames = frames_of(found.instance) or ()
    top = [r for r in found.references if r.role in ("source", "image")]
    named = _named_at_top(found, source)
    whole = bool(top) and all(r.frame is None and source.frames_named(r.sop_uid) for r in top)
    for index, frame in enumerate(frames):
        slices, foreign = _named_by_frame(found, index, source)
        if not slices and not foreign:
            if len(frames) == 1:
                slices = named
            elif len(named) == len(frames):
                slices = named[index : index + 1]  # one name a frame, in their order
        if len(set(slices)) > 1 and whole and (place := place_of(frame, source)) is not None:
            yield Shot(found, index, place, "position")  # it names all of the image, and lies in one plane of it
        elif len(set(slices)) > 1:
            yield Shot(found, index, None, "", overview=True)
        elif slices:
            yield Shot(found, index, slices[0], "reference")
        else:
            yield _unnamed(found, index, frame, source, bool(top))


def _unnamed(found: ResultObject, index: int, frame: Frame, source: Source, names_something: bool) -> Shot:
    place = place_of(frame, source)
    if place is not None:
        return Shot(found, index, place, "position")
    number = index + 1 if found.instance.layout.frames > 1 else found.instance.instance_number
    one_a_slice = found.instance.layout.frames in (1, len(source.entry.stack.frames))
    if not names_something and number is not None and one_a_slice and number in source.numbers:
        return Shot(found, index, source.numbers[number], "number")
    return Shot(found, index, None, "")


def _named_at_top(found: ResultObject, source: Source) -> list[int]:
    for role in ("source", "image"):
        places: list[int] = []
        for r in found.references:
            if r.role != role:
                continue
            place = source.place(r.sop_uid, r.frame)
            # an image of many frames, none of them picked out, is named as a whole
            places += [place] if place is not None else source.frames_named(r.sop_uid) if r.frame is None else []
        if places:
            return places
    return []


def _named_by_frame(found: ResultObject, index: int, source: Source) -> tuple[list[int], bool]:
    """Return the slices that the functional groups of a frame name, and whether they name anything."""
    v = found.values
    groups: list[Values] = []
    own = v.items(_PER_FRAME)
    if index < len(own):
        groups.append(Values(own[index], little=v.little, problems={}))
    places: list[int] = []
    named = False
    for group in groups:
        for derivation in group.items(_DERIVATION):
            for item in Values(derivation, little=v.little, problems={}).items(_SOURCES):
                each = Values(item, little=v.little, problems={})
                named = True
                place = source.place(each.text(0x00081155), each.integer(0x00081160, "ReferencedFrameNumber"))
                if place is not None:
                    places.append(place)
        for item in group.items(0x00081140) if not places else ():
            each = Values(item, little=v.little, problems={})
            named = True
            place = source.place(each.text(0x00081155), each.integer(0x00081160, "ReferencedFrameNumber"))
            if place is not None:
                places.append(place)
    return places, named


def place_of(frame: Frame, source: Source) -> int | None:
    """Return the slice in whose plane a frame lies, or None.

    Parameters
    ----------
    frame : Frame
        With ImagePositionPatient and ImageOrientationPatient; without them nothing is found.
    source : Source
        The study.
    """
    if frame.position_mm is None or frame.orientation is None:
        return None
    theirs = frame.instance.frame_of_reference_uid
    ours = source.geometry.frame_of_reference_uid
    if theirs and ours and theirs != ours:
        return None
    along, down = np.array(frame.orientation[:3]), np.array(frame.orientation[3:])
    normal = np.cross(along, down)
    size = float(np.linalg.norm(normal))
    if size < 0.5:
        return None
    if abs(float(normal @ np.cross(source.geometry.cosines[:, 2], source.geometry.cosines[:, 1]))) < PARALLEL * size:
        return None
    index = float(source.geometry.to_index(np.array(frame.position_mm))[0])
    nearest = round(index)
    if abs(index - nearest) > POSITION_TOLERANCE or not 0 <= nearest < source.geometry.shape[0]:
        return None
    return nearest


def displaced_mm(frame: Frame, place: int, source: Source) -> float | None:
    """Return how far a frame's stated plane lies from the slice it names, mm; None where it states none.

    Parameters
    ----------
    frame : Frame
        One frame of the result.
    place : int
        The slice it names.
    source : Source
        The study.
    """
    if frame.position_mm is None or frame.orientation is None:
        return None
    slot = source.entry.stack.slots[place]
    if slot is None:
        return None
    original = source.entry.stack.frames[slot]
    if original.position_mm is None or original.orientation is None:
        return None
    normal = np.cross(original.orientation[:3], original.orientation[3:])
    apart = np.array(frame.position_mm) - np.array(original.position_mm)
    off = abs(float(np.dot(apart, normal)))
    mine, theirs = frame.instance.layout, original.instance.layout
    same_size = (mine.rows, mine.columns) == (theirs.rows, theirs.columns)
    if same_size and _same_spacing(frame.pixel_spacing_mm, original.pixel_spacing_mm):
        off = float(np.linalg.norm(apart))  # the whole frame: its first pixel is that of the source
    turn = np.abs(np.array(frame.orientation) - np.array(original.orientation)).max()
    # an orientation that differs moves the far edge of the picture
    rows = source.geometry.shape[1] * source.geometry.spacing_mm[1]
    return max(off, float(turn) * rows / 2 if turn > 2e-3 else 0.0)


def _same_spacing(one: tuple[float, ...] | None, other: tuple[float, ...] | None) -> bool:
    """Tell whether two pixel spacings are the same, whatever was rounded when they were written."""
    if one is None or other is None:
        return False
    return all(abs(a - b) <= SPACING_TOLERANCE * abs(b) for a, b in zip(one, other, strict=True))


def named_slices(found: ResultObject, index: int, source: Source) -> list[int]:
    """Return the slices that the functional groups of a frame name.

    Parameters
    ----------
    found : ResultObject
        A multi-frame object.
    index : int
        0-based frame.
    source : Source
        The study.
    """
    return _named_by_frame(found, index, source)[0]
