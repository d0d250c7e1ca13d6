"""Drawn strokes that stand in a line: what tells a text, in any script, from vessels, bones and noise.

A program draws the letters of a text with one value. So the pixels of just that value fall into several small pieces of
similar height that stand beside each other, each with a step around it. No reader of words is needed for this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundglass.deidentify.pixels.quick_look import CELL_COLUMNS, CELL_ROWS, RUN_STEP_HU, Scale

GROW_PIXELS = 24
"""Around suspect windows: three cells, so that the pieces of a line that gave no evidence are seen with it."""
LEAST_EXCESS = 16
"""Pixels of one value, over what the values next to it have, from which it may be that of a text: three letters of
8 px have as many."""
MOST_VALUES = 4
"""Values that are tried in a frame: text, its shade, padding and saturation."""
NEIGHBOURS = 6
"""Values below and above, with which the count of one is compared: noise spreads over tens of them."""
PIECE_PIXELS = (4, 64)
"""Height of a piece: letters of 7 px have stems of 5 px, of which blending leaves 4; lines of text above 64 px are not
burned in."""
PIECE_AREA = 4
"""Pixels of a piece: less is a dot of noise."""
ALIKE = 0.6
"""Smaller over larger height of pieces in a line: small letters have 0.7 of the height of large ones."""
MOST_PIECES = 2000
"""Of one value that are looked at; a text of a thousand letters has no more."""
GAP_HEIGHTS = 1.2
"""Between pieces of a line, of their height: a space is a third, the two stems of a wide letter less than one."""
LEAST_PIECES = 3
"""In a line: pairs are common in bone."""
RING_SHARE = 0.7
"""Of the pixels around a piece that have a step: a piece of a smooth area has next to none."""
OWN_SHARE = 0.6
"""Of the pixels of a value in and around a line that are its pieces: air that is cut off at the least value has as
much between its pieces."""
BASE_SHARE = 0.6
"""Of the pieces of a line that end at the same row, above or below: letters stand on a line, noise does not."""
BASE_HEIGHTS = 0.12
"""Of the height of the line, by which those rows may differ: round letters reach below the line."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of drawn pieces: half-open box, how many pieces, and whether it runs downwards."""

    top: int
    left: int
    bottom: int
    right: int
    pieces: int
    upright: bool


def _near(windows: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return the pixels of suspect windows and around them."""
    near = np.zeros(shape, bool)
    for row, column in zip(*np.nonzero(windows), strict=True):
        top, left = int(row) * CELL_ROWS - GROW_PIXELS, int(column) * CELL_COLUMNS - GROW_PIXELS
        near[
            max(0, top) : top + 2 * (CELL_ROWS + GROW_PIXELS), max(0, left) : left + 2 * (CELL_COLUMNS + GROW_PIXELS)
        ] = True
    return near


def repeated_values(values: NDArray[Any]) -> list[int]:
    """Return the values that stand out of their neighbours by number, the most frequent first."""
    found, counts = np.unique(values, return_counts=True)
    if found.size == 1:
        return []
    out = []
    for index in np.argsort(counts)[::-1][: 4 * MOST_VALUES]:
        value = int(found[index])
        beside = (np.abs(found.astype(np.int64) - value) <= NEIGHBOURS) & (found != found[index])
        if counts[index] - 2 * counts[beside].sum() / (2 * NEIGHBOURS) >= LEAST_EXCESS:
            out.append(value)
        if len(out) == MOST_VALUES:
            break
    return out


def _pieces(ink: NDArray[np.bool_], words: NDArray[Any], value: int, step: float) -> NDArray[np.int64]:
    """Return top, left, bottom, right and area of the pieces of one value that have a step around them."""
    import cv2

    _count, labels, stats, _centres = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    longest = np.maximum(stats[:, 2], stats[:, 3])
    fits = (stats[:, 4] >= PIECE_AREA) & (longest >= PIECE_PIXELS[0]) & (longest <= PIECE_PIXELS[1])
    fits[0] = False
    out = []
    rows, columns = words.shape
    for label in np.flatnonzero(fits)[:MOST_PIECES]:
        left, top, width, height, area = (int(number) for number in stats[label])
        box = (
            slice(max(0, top - 1), min(rows, top + height + 1)),
            slice(max(0, left - 1), min(columns, left + width + 1)),
        )
        own = (labels[box] == label).astype(np.uint8)
        ring = (cv2.dilate(own, np.ones((3, 3), np.uint8)) > 0) & (own == 0)
        beside = np.abs(words[box][ring].astype(np.int64) - value) >= step
        if beside.size and beside.mean() >= RING_SHARE:
            out.append((top, left, top + height, left + width, area))
    return np.array(out, np.int64).reshape(-1, 5)


def _stands_on_a_line(tops: NDArray[np.int64], bottoms: NDArray[np.int64]) -> bool:
    most = max(1.0, BASE_HEIGHTS * int(bottoms.max() - tops.min()))
    return any(
        bool((np.abs(ends - middle) <= most).mean() >= BASE_SHARE)
        for ends in (tops, bottoms)
        for middle in (float(np.median(ends)),)
    )


def _lines(pieces: NDArray[np.int64], ink: NDArray[np.bool_], upright: bool) -> list[Line]:
    if upright:
        pieces, ink = pieces[:, [1, 0, 3, 2, 4]], ink.T
    heights = pieces[:, 2] - pieces[:, 0]
    pieces = pieces[(heights >= PIECE_PIXELS[0]) & (heights <= PIECE_PIXELS[1])]
    pieces = pieces[np.argsort(pieces[:, 1], kind="stable")]
    heights = pieces[:, 2] - pieces[:, 0]
    free = np.ones(len(pieces), bool)
    out = []
    for first in range(len(pieces)):
        if not free[first]:
            continue
        line, reach = [first], int(pieces[first, 3])
        for other in range(first + 1, len(pieces)):
            tall = max(heights[first], heights[other])
            if pieces[other, 1] - reach > GAP_HEIGHTS * heights[first] / ALIKE:
                break
            both = min(pieces[first, 2], pieces[other, 2]) - max(pieces[first, 0], pieces[other, 0])
            alike = both >= ALIKE * tall and pieces[other, 1] - reach <= GAP_HEIGHTS * tall
            if free[other] and alike:
                line.append(other)
                reach = max(reach, int(pieces[other, 3]))
        if len(line) < LEAST_PIECES:
            continue
        free[line] = False
        top, left, bottom, right = (int(end) for end in (*pieces[line, :2].min(axis=0), *pieces[line, 2:4].max(axis=0)))
        if right - left < bottom - top or not _stands_on_a_line(pieces[line, 0], pieces[line, 2]):
            continue
        more = (bottom - top) // 2
        around = ink[max(0, top - more) : bottom + more, max(0, left - more) : right + more]
        if pieces[line, 4].sum() < OWN_SHARE * np.count_nonzero(around):
            continue
        box = (left, top, right, bottom) if upright else (top, left, bottom, right)
        out.append(Line(*box, len(line), upright))
    return out


def drawn_lines(words: NDArray[Any], windows: NDArray[np.bool_], scale: Scale) -> list[Line]:
    """Return the lines of drawn pieces in and around suspect windows.

    Parameters
    ----------
    words : (row, column) ndarray
        Stored values.
    windows : ndarray of bool
        Of the quick look.
    scale : Scale
        Of the frame.
    """
    near = _near(windows, words.shape)
    step = max(1.0, RUN_STEP_HU * scale.hu)
    out = []
    for value in repeated_values(words[near]):
        ink = (words == value) & near
        pieces = _pieces(ink, words, value, step)
        if len(pieces) >= LEAST_PIECES:
            for upright in (False, True):
                out += _lines(pieces, ink, upright)
    return out
