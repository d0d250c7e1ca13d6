"""Where text stands in one frame: the text reader on the suspect part, in several pictures of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundglass.deidentify.pixels.quick_look import CELL_COLUMNS, CELL_ROWS
from groundglass.deidentify.pixels.reading import Found, find_text
from groundglass.deidentify.pixels.showing import grey_pictures

GROW_ROWS, GROW_COLUMNS = 48, 64
"""Pixels around the suspect windows that are read with them: letters that gave no evidence, and quiet ground."""
PICTURE_PIXELS = 640_000
"""About which a part is enlarged to: the reader finds letters from some 12 px height, and takes 0.1 s."""
LARGEST_ENLARGEMENT = 3.0
"""Letters of 8 px become 24; more adds blur only."""
SURE_LETTERS = 3
"""Letters and figures in a line from which it is text without further evidence: bones, bronchi and whole slices are
read as one or two ("0", "C", "OD"), never as three in the studies measured."""
SURE_SCORE = 0.5
"""The text reader's own default for what it hands out."""
BACKED_LETTERS = 2
"""Letters that are enough where the quick look found drawn strokes."""
BACKED_SCORE = 0.7
"""The reader's score that goes with it."""
CONTINUED_PIXELS = 128
"""Around a place, in which the rest of its text is looked for once it is covered."""
TALLEST_PIXELS = 90
"""A line of text in a slice is not taller; the reader takes whole chests for letters."""


LARGE_LETTERS = 5
"""In a line that is taller than that: no anatomy is read as five letters."""
LARGE_SCORE = 0.8
"""The reader's score that goes with it."""
LARGE_PIXELS = 200
"""A line of such letters is not taller."""
END_SHARE = 0.75
"""Of its height, by which a line is longer at both ends than the reader says: it misses a letter there."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a frame: half-open."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """For indexing."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


def window_part(row: int, column: int) -> Part:
    """Return the pixels of a window of the quick look."""
    top, left = row * CELL_ROWS, column * CELL_COLUMNS
    return Part(top, left, top + 2 * CELL_ROWS, left + 2 * CELL_COLUMNS)


def part_of(windows: NDArray[np.bool_], shape: tuple[int, ...]) -> Part:
    """Return the part of a frame that holds all suspect windows and some pixels around them."""
    rows, columns = np.flatnonzero(windows.any(axis=1)), np.flatnonzero(windows.any(axis=0))
    first, last = window_part(int(rows[0]), int(columns[0])), window_part(int(rows[-1]), int(columns[-1]))
    return Part(
        max(0, first.top - GROW_ROWS),
        max(0, first.left - GROW_COLUMNS),
        min(shape[0], last.bottom + GROW_ROWS),
        min(shape[1], last.right + GROW_COLUMNS),
    )


def enlarged_text(picture: NDArray[np.uint8], *, read: bool = True, turned: bool = False) -> list[Found]:
    """Return the text of a picture that is enlarged for the reader, in the picture's own pixels.

    Parameters
    ----------
    picture : ndarray of uint8
        Grey or RGB.
    read : bool
        Whether words are read.
    turned : bool
        Whether it is turned by 90 degrees first, for small upright writing.
    """
    import cv2

    shown = np.rot90(picture, -1) if turned else picture
    size = shown.shape[0] * shown.shape[1]
    factor = float(np.clip((PICTURE_PIXELS / size) ** 0.5, 1.0, LARGEST_ENLARGEMENT))
    large = cv2.resize(np.ascontiguousarray(shown), None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    rows, columns = picture.shape[:2]
    out = []
    for found in find_text(np.asarray(large, np.uint8), read=read):
        top, bottom = int(found.top / factor), int(-(-found.bottom // factor))
        left, right = int(found.left / factor), int(-(-found.right // factor))
        if turned:
            # rot90(-1): row r of the turned picture is column r, its column c is row (rows - 1 - c)
            top, left, bottom, right = rows - right, top, rows - left, bottom
        out.append(
            replace(found, top=max(0, top), left=max(0, left), bottom=min(rows, bottom), right=min(columns, right))
        )
    return out


def is_text(found: Found, windows: NDArray[np.bool_] | None) -> bool:
    """Return whether what the reader found in an image is text.

    Parameters
    ----------
    found : Found
        In pixels of the frame.
    windows : ndarray of bool or None
        Suspect windows of the quick look.
    """
    letters = sum(letter.isalnum() for letter in found.text)
    plain = letters >= LARGE_LETTERS and found.score >= LARGE_SCORE
    if min(found.bottom - found.top, found.right - found.left) > (TALLEST_PIXELS if not plain else LARGE_PIXELS):
        return False
    if letters >= SURE_LETTERS and found.score >= SURE_SCORE:
        return True
    if windows is None or letters < BACKED_LETTERS or found.score < BACKED_SCORE:
        return False
    return bool(_touched(windows, found).any())


def _touched(windows: NDArray[np.bool_], place: Found | Part) -> NDArray[np.bool_]:
    """Return the suspect windows that share pixels with a place."""
    out = np.zeros_like(windows)
    rows = slice(max(0, (place.top - 2 * CELL_ROWS) // CELL_ROWS + 1), -(-place.bottom // CELL_ROWS))
    columns = slice(max(0, (place.left - 2 * CELL_COLUMNS) // CELL_COLUMNS + 1), -(-place.right // CELL_COLUMNS))
    out[rows, columns] = windows[rows, columns]
    return out


def lengthened(found: Found, windows: NDArray[np.bool_]) -> Part:
    """Return a line of text with the suspect windows that continue it: the reader misses letters at its ends.

    Only along the line: above and below it, the box stays as the reader gave it.
    """
    top, left, bottom, right = found.top, found.left, found.bottom, found.right
    upright = bottom - top > right - left
    if upright:
        more = round(END_SHARE * (right - left))
        top, bottom = max(0, top - more), bottom + more
    else:
        more = round(END_SHARE * (bottom - top))
        left, right = max(0, left - more), right + more
    while True:
        rows, columns = np.nonzero(_touched(windows, Part(top, left, bottom, right)))
        if not rows.size:
            break
        if upright:
            middle = (left + right) / 2
            fits = (columns * CELL_COLUMNS <= middle) & (middle < (columns + 2) * CELL_COLUMNS)
            wider = (
                min(top, int(rows[fits].min(initial=10**6)) * CELL_ROWS),
                max(bottom, (int(rows[fits].max(initial=-2)) + 2) * CELL_ROWS),
            )
            if wider == (top, bottom):
                break
            top, bottom = wider
        else:
            middle = (top + bottom) / 2
            fits = (rows * CELL_ROWS <= middle) & (middle < (rows + 2) * CELL_ROWS)
            wider = (
                min(left, int(columns[fits].min(initial=10**6)) * CELL_COLUMNS),
                max(right, (int(columns[fits].max(initial=-2)) + 2) * CELL_COLUMNS),
            )
            if wider == (left, right):
                break
            left, right = wider
    return Part(top, left, bottom, right)


def explained(windows: NDArray[np.bool_], places: Iterable[Part]) -> NDArray[np.bool_]:
    """Return the suspect windows that no place touches."""
    left = windows.copy()
    for place in places:
        left &= ~_touched(windows, place)
    return left


def text_in_grey(
    words: NDArray[Any],
    windows: NDArray[np.bool_] | None,
    slope: float,
    intercept: float,
    *,
    weak: NDArray[np.bool_] | None = None,
    part: Part | None = None,
) -> tuple[list[Part], NDArray[np.bool_] | None]:
    """Return the places of text in a grey image.

    Parameters
    ----------
    words : (row, column) ndarray
        Stored values.
    windows : ndarray of bool or None
        Suspect windows: only the part around them is read, until all are explained; None: the whole frame is read.
    slope, intercept : float
        Of the rescale to HU; slope 0 for other values.
    weak : ndarray of bool, optional
        Windows that may continue a line.
    part : Part, optional
        What is read instead.

    Returns
    -------
    tuple of list of Part and ndarray or None
        Places, and the suspect windows in which no words were read.
    """
    near = part is not None or windows is not None
    if part is None:
        part = Part(0, 0, *words.shape) if windows is None else part_of(windows, words.shape)
    along = weak if weak is not None else windows
    places: list[Part] = []
    left = windows
    pictures = list(grey_pictures(words[part.slices], slope, intercept))
    if windows is None:
        # repeated values are read where the quick look saw some
        pictures = pictures[:-1]
    for turned in (False, True):
        for picture in pictures:
            for found in enlarged_text(picture, turned=turned):
                whole = replace(
                    found,
                    top=found.top + part.top,
                    left=found.left + part.left,
                    bottom=found.bottom + part.top,
                    right=found.right + part.left,
                )
                if is_text(whole, along if near else windows):
                    place = Part(whole.top, whole.left, whole.bottom, whole.right)
                    places.append(place if along is None else lengthened(whole, along))
            if windows is not None:
                left = explained(windows, places)
                if not left.any():
                    return places, left
        if windows is None or places:
            # the turned pictures are for small upright letters of which nothing was read
            break
    return places, left


def around(places: Iterable[Part], shape: tuple[int, ...]) -> Part:
    """Return the part of a frame that holds some places and what may continue their lines."""
    every = list(places)
    return Part(
        max(0, min(place.top for place in every) - CONTINUED_PIXELS),
        max(0, min(place.left for place in every) - CONTINUED_PIXELS),
        min(shape[0], max(place.bottom for place in every) + CONTINUED_PIXELS),
        min(shape[1], max(place.right for place in every) + CONTINUED_PIXELS),
    )
