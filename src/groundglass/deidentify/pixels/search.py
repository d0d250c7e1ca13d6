"""Where text stands in one frame: the text reader on the suspect part, in several pictures of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundglass.deidentify.pixels.quick_look import CELL_COLUMNS, CELL_ROWS
from groundglass.deidentify.pixels.reading import Found, find_text, read_line
from groundglass.deidentify.pixels.showing import grey_pictures
from groundglass.deidentify.pixels.strings import Line

GROW_ROWS, GROW_COLUMNS = 32, 48
"""Pixels around the suspect windows that are read with them: letters that gave no evidence, and quiet ground."""
PICTURE_PIXELS = 640_000
"""About which a part is enlarged to: the reader finds letters from some 12 px height, and takes 0.1 s."""
LARGEST_ENLARGEMENT = 3.0
"""Letters of 8 px become 24; more adds blur only."""
CONTINUED_PIXELS = 128
"""Around a place, in which the rest of its text is looked for once it is covered."""
LINE_PIXELS = (6, 64)
"""Height of a line of text: letters of 8 px and less than a tenth of a chest."""
LINE_SHARE = 1 / 5
"""Of the shorter side of a frame, that a line is not taller than: small frames show chests of 60 px."""
LARGE_PIXELS = 160
"""Height of a line whose drawn strokes are found besides."""
LINE_RATIO = 1.3
"""Length over height of a line; two Chinese signs have 2, two letters 1.4."""
LEAST_SCORES = {2: 0.85, 3: 0.75, 4: 0.65, 5: 0.55}
"""Letters read in a line, and the reader's score from which it is text: bones and bronchi are read as one or two
("0", "C", "OD"), rarely as three; the last stands for all longer ones."""
BACKED_SHARE = 0.5
"""Of the length of a line, over which the quick look has at least weak evidence: vessels give it at a point."""
SAME_SHARE = 0.5
"""Of more than five letters that may be the same one: stripes are read as "wwwwwr"."""
UNBACKED_SCORE = 0.8
"""The reader's score for a line of more than five letters without evidence of the quick look."""
BUSY_SHARE = 0.4
"""Of the windows of a frame, from which their evidence says nothing: noise, or a picture that was decoded wrongly."""
LONGER_SHARE = 1.0
"""Of its length, and twice the height of a letter, by which a line may be longer at each end than the reader says."""
MOST_READ = 12
"""Lines in one picture of which words are read, from the largest: each takes some 15 ms."""
MOST_PARTS = 3
"""Groups of suspects in a frame that are read one by one; where there are more, one picture holds them all."""
READ_PIXELS = 48
"""Height of a line that the reader is trained for."""
SURE_PIECES = 6
"""Drawn pieces in a line from which it is text though the reader sees none: false lines have three or four."""
REMARK_PIECES = 5
"""Drawn pieces in a line for which a person is called where the reader sees no text: noise cut off at the least value
gives lines of three or four."""
UNREAD_PLAIN_SCORE = 0.7
"""The same without strokes of one value, as of letters that are blended: 0.68 was the most in images without text, at a
quarter of suspects; text of 10 to 16 px in Cyrillic had 0.7 and more."""
UNREAD_WEAK_SHARE, UNREAD_STRONG_SHARE = 0.9, 0.5
"""Of the length of such a line, over which the quick look has weak evidence, and suspects."""
UNREAD_RATIO = 2.0
"""Length over height of such a line: three letters."""
UNREAD_SCORE = 0.6
"""Of the place, from which a line whose words cannot be read is one: in other scripts than the reader's."""
STROKE_SHARE = 0.25
"""Of the height of a line, that the strokes found in it have: the reader's boxes are half as high again as letters."""
END_SHARE = 0.75
"""Of its height, by which a line is longer at both ends than the reader says: it misses a letter there."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a frame: half-open; whether the strokes of a text were found in it."""

    top: int
    left: int
    bottom: int
    right: int
    drawn: bool = False

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


def is_formed(place: Part, shape: tuple[int, ...], tallest: float = LINE_PIXELS[1]) -> bool:
    """Return whether a place has the form of a line of text: neither dots nor parts of the body.

    Parameters
    ----------
    place : Part
        In pixels of the frame.
    shape : tuple of int
        Of the frame.
    tallest : float
        Pixels that a line may be high.
    """
    sides = sorted((place.bottom - place.top, place.right - place.left))
    most = min(tallest, LINE_SHARE * min(shape[:2])) if tallest <= LINE_PIXELS[1] else tallest
    return LINE_PIXELS[0] <= sides[0] <= most and sides[1] >= LINE_RATIO * sides[0]


def is_read(text: str, score: float) -> bool:
    """Return whether what was read is text, by the number of its letters and the reader's score."""
    letters = [letter for letter in text.lower() if letter.isalnum()]
    count = len(letters)
    if count < min(LEAST_SCORES) or score < LEAST_SCORES[min(count, max(LEAST_SCORES))]:
        return False
    return count <= max(LEAST_SCORES) or max(map(letters.count, letters)) <= SAME_SHARE * count


def backed_share(place: Part, windows: NDArray[np.bool_]) -> float:
    """Return over how much of the length of a place suspect windows lie."""
    rows, columns = np.nonzero(_touched(windows, place))
    upright = place.bottom - place.top > place.right - place.left
    start, end = (place.top, place.bottom) if upright else (place.left, place.right)
    first = rows * CELL_ROWS if upright else columns * CELL_COLUMNS
    length = 2 * (CELL_ROWS if upright else CELL_COLUMNS)
    along = np.zeros(end - start, bool)
    for begin in first:
        along[max(0, int(begin) - start) : max(0, int(begin) + length - start)] = True
    return float(along.mean()) if along.size else 0.0


def confirmed(place: Part, lines: Iterable[Line]) -> bool:
    """Return whether a line of drawn strokes lies in a place, along it, and is not much smaller."""
    upright = place.bottom - place.top > place.right - place.left
    for line in lines:
        down = min(place.bottom, line.bottom) - max(place.top, line.top)
        across = min(place.right, line.right) - max(place.left, line.left)
        if min(down, across) <= 0 or upright != line.upright:
            continue
        height, own = (place.right - place.left, across) if upright else (place.bottom - place.top, down)
        if own >= STROKE_SHARE * height:
            return True
    return False


def _touched(windows: NDArray[np.bool_], place: Part) -> NDArray[np.bool_]:
    """Return the suspect windows that share pixels with a place."""
    out = np.zeros_like(windows)
    rows = slice(max(0, (place.top - 2 * CELL_ROWS) // CELL_ROWS + 1), -(-place.bottom // CELL_ROWS))
    columns = slice(max(0, (place.left - 2 * CELL_COLUMNS) // CELL_COLUMNS + 1), -(-place.right // CELL_COLUMNS))
    out[rows, columns] = windows[rows, columns]
    return out


def lengthened(found: Part, windows: NDArray[np.bool_]) -> Part:
    """Return a line of text with the suspect windows that continue it: the reader misses letters at its ends.

    Only along the line: above and below it, the box stays as the reader gave it.
    """
    top, left, bottom, right = found.top, found.left, found.bottom, found.right
    upright = bottom - top > right - left
    if upright:
        more = round(END_SHARE * (right - left))
        longest = round(LONGER_SHARE * (bottom - top) + 2 * (right - left))
        least, most = max(0, top - longest), bottom + longest
        top, bottom = max(0, top - more), bottom + more
    else:
        more = round(END_SHARE * (bottom - top))
        longest = round(LONGER_SHARE * (right - left) + 2 * (bottom - top))
        least, most = max(0, left - longest), right + longest
        left, right = max(0, left - more), right + more
    while True:
        rows, columns = np.nonzero(_touched(windows, Part(top, left, bottom, right)))
        if not rows.size:
            break
        if upright:
            middle = (left + right) / 2
            fits = (columns * CELL_COLUMNS <= middle) & (middle < (columns + 2) * CELL_COLUMNS)
            wider = (
                min(top, max(least, int(rows[fits].min(initial=10**6)) * CELL_ROWS)),
                max(bottom, min(most, (int(rows[fits].max(initial=-2)) + 2) * CELL_ROWS)),
            )
            if wider == (top, bottom):
                break
            top, bottom = wider
        else:
            middle = (top + bottom) / 2
            fits = (rows * CELL_ROWS <= middle) & (middle < (rows + 2) * CELL_ROWS)
            wider = (
                min(left, max(least, int(columns[fits].min(initial=10**6)) * CELL_COLUMNS)),
                max(right, min(most, (int(columns[fits].max(initial=-2)) + 2) * CELL_COLUMNS)),
            )
            if wider == (left, right):
                break
            left, right = wider
    return Part(top, left, bottom, right)


def groups_of(windows: NDArray[np.bool_], shape: tuple[int, ...]) -> list[Part]:
    """Return the parts of a frame to be read: one for each group of suspects, or one for all where there are many."""
    import cv2

    wide = cv2.dilate(windows.astype(np.uint8), np.ones((7, 7), np.uint8))
    count, labels = cv2.connectedComponents(wide)[:2]
    if count - 1 > MOST_PARTS:
        return [part_of(windows, shape)]
    return [part_of(windows & (labels == label), shape) for label in range(1, count)]


def text_in_grey(
    words: NDArray[Any],
    windows: NDArray[np.bool_] | None,
    slope: float,
    intercept: float,
    *,
    weak: NDArray[np.bool_],
    strong: NDArray[np.bool_] | None = None,
    lines: Sequence[Line] = (),
    part: Part | None = None,
) -> tuple[list[Part], bool]:
    """Return the places of text in a grey image.

    Parameters
    ----------
    words : (row, column) ndarray
        Stored values.
    windows : ndarray of bool or None
        Suspect windows: only the parts around them are read; None: the whole frame is read.
    slope, intercept : float
        Of the rescale to HU; slope 0 for other values.
    weak : ndarray of bool
        Windows with weaker evidence, that back a line or continue it.
    strong : ndarray of bool, optional
        Windows whose evidence, all along a line, is enough where its words cannot be read; else ``windows``.
    lines : sequence of Line
        Of drawn strokes.
    part : Part, optional
        What is read instead.

    Returns
    -------
    tuple of list of Part and bool
        Places; whether drawn strokes stand in a line where no text was found.
    """
    whole = windows is None and part is None
    if part is not None:
        parts = [part]
    else:
        parts = [Part(0, 0, *words.shape)] if windows is None else groups_of(windows, words.shape)
    if strong is None:
        strong = windows
    busy = bool(weak.mean() > BUSY_SHARE)
    if busy:
        weak = np.zeros_like(weak)
    search = _Search(words.shape, weak, None if busy else strong, lines, not whole and not busy)
    for one in parts:
        pictures = list(grey_pictures(words[one.slices], slope, intercept))
        if whole:
            # repeated values are read where the quick look saw some
            pictures = pictures[:-1]
        for picture in pictures:
            search.read(picture, one)
            if windows is not None and part is None and not _unexplained(windows, one, search.places):
                break
    left = [line for line in lines if not any(_shared(line, place) for place in search.places)]
    if left and part is None:
        # text of one sign or two gives the reader no line: the strokes are enough where they are many
        search.places += [
            Part(line.top, line.left, line.bottom, line.right, drawn=True)
            for line in left
            if line.pieces >= SURE_PIECES
        ]
    return search.places, any(REMARK_PIECES <= line.pieces < SURE_PIECES for line in left)


def _unexplained(windows: NDArray[np.bool_], part: Part, places: Iterable[Part]) -> bool:
    """Return whether a part has suspect windows that no place touches."""
    left = _touched(windows, part)
    for place in places:
        left &= ~_touched(windows, place)
    return bool(left.any())


def _shared(line: Line, place: Part) -> bool:
    return min(line.bottom, place.bottom) > max(line.top, place.top) and min(line.right, place.right) > max(
        line.left, place.left
    )


@dataclass
class _Search:
    """Of one frame: what was found so far."""

    shape: tuple[int, ...]
    weak: NDArray[np.bool_]
    strong: NDArray[np.bool_] | None
    lines: Sequence[Line]
    backed_only: bool
    places: list[Part] = field(default_factory=list)

    def read(self, picture: NDArray[np.uint8], part: Part) -> None:
        """Read one picture of a part."""
        found = [
            (one, Part(one.top + part.top, one.left + part.left, one.bottom + part.top, one.right + part.left))
            for one in enlarged_text(picture, read=False)
        ]
        found.sort(key=lambda pair: (pair[1].top - pair[1].bottom) * (pair[1].right - pair[1].left))
        reads = 0
        for one, place in found:
            if any(_inside(place, known) for known in self.places):
                continue
            drawn = confirmed(place, self.lines)
            if not is_formed(place, self.shape, LARGE_PIXELS if drawn else LINE_PIXELS[1]):
                continue
            share = backed_share(place, self.weak)
            if drawn:
                if one.score < UNREAD_SCORE:
                    continue
            elif not self._unread(one, place, share):
                backed = share >= BACKED_SHARE
                if (self.backed_only and not backed) or reads >= MOST_READ:
                    continue
                reads += 1
                text, score = read_line(enlarged(picture, one))
                many = sum(map(str.isalnum, text)) > max(LEAST_SCORES) and score >= UNBACKED_SCORE
                if not is_read(text, score) or not (backed or many):
                    continue
            self.places.append(replace(lengthened(place, self.weak), drawn=drawn))

    def _unread(self, one: Found, place: Part, share: float) -> bool:
        """Return whether a place is text in whatever script, by its form and the evidence all along it."""
        sides = sorted((place.bottom - place.top, place.right - place.left))
        return (
            one.score >= UNREAD_PLAIN_SCORE
            and sides[1] >= UNREAD_RATIO * sides[0]
            and share >= UNREAD_WEAK_SHARE
            and self.strong is not None
            and backed_share(place, self.strong) >= UNREAD_STRONG_SHARE
        )


def _inside(place: Part, known: Part) -> bool:
    return (
        known.top <= place.top
        and known.left <= place.left
        and place.bottom <= known.bottom
        and place.right <= known.right
    )


def enlarged(picture: NDArray[np.uint8], found: Found) -> NDArray[np.uint8]:
    """Return a line of a picture as the reader wants it: some 48 px high."""
    import cv2

    line = picture[max(0, found.top - 1) : found.bottom + 1, max(0, found.left - 1) : found.right + 1]
    factor = float(np.clip(READ_PIXELS / min(line.shape), 1.0, 2 * LARGEST_ENLARGEMENT))
    large = cv2.resize(np.ascontiguousarray(line), None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    return np.asarray(large, np.uint8)


def around(places: Iterable[Part], shape: tuple[int, ...]) -> Part:
    """Return the part of a frame that holds some places and what may continue their lines."""
    every = list(places)
    return Part(
        max(0, min(place.top for place in every) - CONTINUED_PIXELS),
        max(0, min(place.left for place in every) - CONTINUED_PIXELS),
        min(shape[0], max(place.bottom for place in every) + CONTINUED_PIXELS),
        min(shape[1], max(place.right for place in every) + CONTINUED_PIXELS),
    )
