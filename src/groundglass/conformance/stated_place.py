"""Where a picture says that it lies, against where the slice that it shows lies."""

from __future__ import annotations

import numpy as np

from groundglass.conformance.matching import OFF_MM, Shot
from groundglass.conformance.placement import Placement
from groundglass.conformance.source import Source
from groundglass.dicom.frames import Frame, frames_of

OFF_PIXELS = 1.0
"""Pixels of the source by which a scaled picture may lie off besides: programs differ in which corner of a pixel they
hold fast, which moves a picture by up to half a pixel along each side."""
SEARCHED_SHARE = 0.05
"""Part of the source's frame by which a picture may lie off whose place in its frame had to be searched for."""


def stated_flip(frame: Frame | None, source: Source) -> tuple[bool, bool]:
    """Return how a picture says that its rows and columns run against those of the source.

    Parameters
    ----------
    frame : Frame or None
        One frame of the result.
    source : Source
        The study.
    """
    stated = None if frame is None else frame.orientation
    first = source.entry.stack.frames[0].orientation
    if stated is None or first is None:
        return False, False
    return float(np.dot(stated[3:], first[3:])) < 0, float(np.dot(stated[:3], first[:3])) < 0


def misplaced_mm(
    shot: Shot, placement: Placement, picture: tuple[int, int], source: Source, *, whole: bool
) -> float | None:
    """Return how far the slice in a picture lies from its place, by the position, orientation and spacing stated, mm.

    Parameters
    ----------
    shot : Shot
        The picture, with the slice that it shows.
    placement : Placement
        Where the slice lies in it.
    picture : tuple of int
        Its rows and columns.
    source : Source
        The study.
    whole : bool
        The slice fills the picture.

    Returns
    -------
    float or None
        Largest distance within the plane over the corners of what is seen; None where it is within what rounding and
        search leave open, where the picture states no place, and where it is mirrored, which is said elsewhere.
    """
    frames = frames_of(shot.found.instance)
    frame = frames[shot.frame] if shot.frame < len(frames) else None
    if frame is None or shot.slice is None:
        return None
    if frame.position_mm is None or frame.orientation is None or frame.pixel_spacing_mm is None:
        return None
    if placement.flip not in ((False, False), stated_flip(frame, source)):
        return None
    theirs, ours = frame.instance.frame_of_reference_uid, source.geometry.frame_of_reference_uid
    if theirs and ours and theirs != ours:
        return None
    shape: tuple[int, int] = source.geometry.shape[1:]
    rows, columns = placement.visible(picture, shape)
    position, along, down = (
        np.array(part) for part in (frame.position_mm, frame.orientation[:3], frame.orientation[3:])
    )
    normal = source.geometry.cosines[:, 0]
    largest = 0.0
    for at in ((r, c) for r in (rows.start, rows.stop - 1) for c in (columns.start, columns.stop - 1)):
        turned = [size - 1 - n if flip else n for n, size, flip in zip(at, shape, placement.flip, strict=True)]
        row, column = (o + s * (n + 0.5) - 0.5 for o, s, n in zip(placement.offset, placement.scale, at, strict=True))
        stated = position + row * frame.pixel_spacing_mm[0] * down + column * frame.pixel_spacing_mm[1] * along
        apart = stated - source.geometry.to_mm(np.array([[shot.slice, *turned]], float))[0]
        largest = max(largest, float(np.linalg.norm(apart - (apart @ normal) * normal)))
    spacing = source.geometry.spacing_mm[1:]
    size_mm = max(n * step for n, step in zip(shape, spacing, strict=True))
    scaled = placement.scale != (1.0, 1.0)
    allowed = OFF_MM + (OFF_PIXELS * max(spacing) if scaled else 0.0) if whole else SEARCHED_SHARE * size_mm
    return largest if largest > allowed else None
