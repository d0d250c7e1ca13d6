"""Overlays, curves and annotations: text in them goes, graphics stay (PS3.15 E.3.3, clean graphics)."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from groundglass.deidentify.pixels.reading import Found
from groundglass.deidentify.pixels.search import LINE_PIXELS, LINE_RATIO, UNREAD_SCORE, enlarged_text

_OVERLAY_GROUPS = range(0x6000, 0x6100, 2)
_LETTERS = re.compile(rb"[A-Za-z0-9^ .-]{8,}|(?:[\xd0\xd1][\x80-\xbf] ?){5,}")
_DIFFERENT_LETTERS = 5
"""Signs in a run of bytes from which it is text stored as a plane: a raster of dots repeats one or two bytes."""
_CURVE_GROUPS = range(0x5000, 0x5100, 2)
_ROWS, _COLUMNS, _FRAMES, _BIT_POSITION, _DATA = 0x0010, 0x0011, 0x0015, 0x0102, 0x3000
OVERLAY_SCORE = 0.3
"""Of the place, not of the words: in a plane of two values, the reader has no tissue to mistake."""
SIGN_PIXELS, SIGN_AREA = (4, 96), 6
"""Size and area of a piece that may be a sign; outlines and regions are larger, grains of a region's edge smaller."""
OUTLINE_PIXELS = 40
"""Longer side from which a piece may be an outline or a region."""
OUTLINE_RATIO = 2.0
"""Length over height of a line of joined letters in a plane that has no smaller piece."""
SIGN_ALIKE = 0.55
"""Smaller over larger height of signs in a line, and the share of it at which they stand beside each other: small
letters have 0.7."""
SIGN_GAP = 2.5
"""Between signs, of their height: on both sides of a sign, its neighbours are nearer."""
LEAST_SIGNS, MOST_SIGNS = 3, 3000
"""In a line; and in a plane, from which it is taken out unread."""
MOST_PLANE_PIXELS = 64_000_000
"""Of one overlay; a larger one is taken out unread."""


def clean_overlays(ds: Dataset) -> tuple[str, ...]:
    """Take out overlay planes with text, planes hidden in the pixel words, and curves.

    Parameters
    ----------
    ds : Dataset
        Changed in place. The bits of hidden planes are cleared with the unused bits of the pixels.

    Returns
    -------
    tuple of str
        Remarks: ``overlay-text``, ``overlay-in-pixels``, ``overlay-damaged``, ``overlay-padding``, ``curves``.
    """
    remarks = set()
    groups = {tag >> 16 for tag in ds.keys()}  # noqa: SIM118  # iterating a Dataset would decode every element
    for group in groups & set(_OVERLAY_GROUPS):
        remark = _overlay(ds, group << 16)
        if remark:
            remarks.add(remark)
            if remark != "overlay-padding":
                _without_group(ds, group)
    for group in groups & set(_CURVE_GROUPS):
        _without_group(ds, group)
        remarks.add("curves")
    return tuple(sorted(remarks))


def _without_group(ds: Dataset, group: int) -> None:
    for tag in [tag for tag in ds.keys() if tag >> 16 == group]:  # noqa: SIM118  # as above
        del ds[tag]


def _overlay(ds: Dataset, base: int) -> str:
    """Return why a plane is to be taken out, an empty string where it stays."""
    if base | _DATA not in ds:
        return "overlay-in-pixels"
    try:
        rows, columns = int(ds[base | _ROWS].value), int(ds[base | _COLUMNS].value)
        frames = int(ds[base | _FRAMES].value or 1) if base | _FRAMES in ds else 1
        data = bytes(ds[base | _DATA].value)
    except (KeyError, TypeError, ValueError):
        return "overlay-damaged"
    bits = rows * columns * frames
    if not 0 < bits <= MOST_PLANE_PIXELS or len(data) * 8 < bits:
        return "overlay-damaged"
    if any(len(set(run)) >= _DIFFERENT_LETTERS for run in _LETTERS.findall(data)):
        return "overlay-text"
    if _has_text(data[: -(-bits // 8)], rows, columns, frames):
        return "overlay-text"
    tidy = np.frombuffer(data[: -(-bits // 8)], np.uint8).copy()
    if bits % 8:
        tidy[-1] &= (1 << bits % 8) - 1
    value = tidy.tobytes() + b"\0" * (tidy.size % 2)
    if value == data:
        return ""
    ds[base | _DATA].value = value
    return "overlay-padding"


@lru_cache(maxsize=64)
def _has_text(data: bytes, rows: int, columns: int, frames: int) -> bool:
    """The same plane often stands on every slice of a series: it is read once."""
    bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")[: rows * columns * frames]
    for plane in bits.reshape(frames, rows, columns):
        used = np.argwhere(plane)
        if not used.size:
            continue
        margin = 16
        part = np.pad(plane, margin)[
            used[:, 0].min() : used[:, 0].max() + 1 + 2 * margin, used[:, 1].min() : used[:, 1].max() + 1 + 2 * margin
        ]
        if _pieces_in_a_line(plane):
            return True
        small = _has_small_pieces(plane)
        for turned in (False, True):
            for found in enlarged_text(part * np.uint8(255), read=False, turned=turned):
                if found.score >= OVERLAY_SCORE and _is_line(found, small):
                    return True
    return False


def _is_line(found: Found, small: bool) -> bool:
    """Return whether a place is a line of text; of large pieces more is asked, as rings look like letters."""
    sides = sorted((found.bottom - found.top, found.right - found.left))
    if sides[0] < LINE_PIXELS[0] or sides[1] < LINE_RATIO * sides[0]:
        return False
    return small or (
        sides[0] <= LINE_PIXELS[1] and sides[1] >= OUTLINE_RATIO * sides[0] and found.score >= UNREAD_SCORE
    )


def _has_small_pieces(plane: NDArray[np.uint8]) -> bool:
    """Return whether a plane is more than outlines, regions and straight lines."""
    import cv2

    stats = cv2.connectedComponentsWithStats(plane, connectivity=8)[2][1:]
    return bool((np.maximum(stats[:, 2], stats[:, 3]) < OUTLINE_PIXELS).any())


def _pieces_in_a_line(plane: NDArray[np.uint8]) -> bool:
    """Return whether three small pieces of similar height stand beside or below each other: signs of any script."""
    import cv2

    for ink in (plane, 1 - plane):
        _count, _labels, stats, _centres = cv2.connectedComponentsWithStats(ink, connectivity=8)
        longest = np.maximum(stats[1:, 2], stats[1:, 3])
        fits = (stats[1:, 4] >= SIGN_AREA) & (longest >= SIGN_PIXELS[0]) & (longest <= SIGN_PIXELS[1])
        signs = stats[1:][fits]
        if not LEAST_SIGNS <= len(signs) <= MOST_SIGNS:
            if len(signs) > MOST_SIGNS:
                return True
            continue
        for start, length, first, height in ((0, 2, 1, 3), (1, 3, 0, 2)):
            heights = signs[:, height]
            for one in range(len(signs)):
                tall = np.maximum(heights, heights[one])
                gap = np.maximum(signs[:, start] - signs[one, start] - signs[one, length], 0)
                gap = np.maximum(gap, signs[one, start] - signs[:, start] - signs[:, length])
                ends = signs[:, first] + heights
                both = np.minimum(ends, ends[one]) - np.maximum(signs[:, first], signs[one, first])
                beside = (
                    (np.minimum(heights, heights[one]) >= SIGN_ALIKE * tall)
                    & (both >= SIGN_ALIKE * tall)
                    & (gap <= SIGN_GAP * tall)
                )
                if np.count_nonzero(beside) >= LEAST_SIGNS:
                    return True
    return False


def clean_annotations(ds: Dataset) -> tuple[str, ...]:
    """Take text objects out of the graphic annotations of a presentation state; graphics stay.

    Parameters
    ----------
    ds : Dataset
        Changed in place, at every depth (PS3.3 C.10.5).

    Returns
    -------
    tuple of str
        Remark ``annotation-text`` where anything was taken out.
    """
    return ("annotation-text",) if _annotations(ds) else ()


def _annotations(ds: Dataset) -> bool:
    changed = False
    for element in list(ds):
        if element.VR != "SQ":
            continue
        items = element.value
        for item in items:
            changed |= _annotations(item)
            if "TextObjectSequence" in item:
                del item.TextObjectSequence
                changed = True
            for keyword in ("TickLabel", "UnformattedTextValue"):
                if keyword in item:
                    delattr(item, keyword)
                    changed = True
        if element.keyword == "GraphicAnnotationSequence":
            # an annotation needs graphics or text (type 1C)
            kept = [item for item in items if "GraphicObjectSequence" in item or "CompoundGraphicSequence" in item]
            if len(kept) < len(items):
                element.value = kept
            if not kept:
                del ds.GraphicAnnotationSequence
    return changed
