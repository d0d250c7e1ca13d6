"""Marks told from what else is drawn: text, legends, colour bars, frames, logos."""

from __future__ import annotations

from dataclasses import dataclass

import cc3d
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

REFERENCE_SIDE = 512.0
"""Sizes below are pixels of a picture of this side."""
SPECK_PIXELS = 10
"""Smaller pieces are noise or dots of letters."""
LETTER_PIXELS = 30
"""Letters, symbols and legend patches are no higher."""
LEAST_LETTER_PIXELS = 14
"""Letters are hardly ever drawn smaller than 8 pixels high, however small the picture."""
LINE_PIXELS = 4
"""Rulers, crosshairs and underlines are no thicker than this."""
WORD_GAP = 1.2
"""Letters of a line stand closer together than this many of their heights."""
OUTLINE_SHARE = 0.85
"""A rectangle covers this much of the rim of its box; letters and contours of lesions cover less."""
CROSSED_SHARE = 0.5
"""Part of a side that shows at least where a word crosses it: the word takes a line's height; of letters of three
strokes, such as U, the fourth side shows less."""
LEAST_BROKEN_PIXELS = 8
"""In a smaller box two strokes that meet are a letter or the point of an arrow as well as a corner."""
FULL_SHARE = 0.85
"""A filled rectangle covers this much of its box."""
FRAME_SHARE = 0.9
"""What spans this much of the picture both ways is its frame."""
EVEN_LEVELS = 40.0
"""Spread of the grey within what is drawn in one tone outside the body; bars, insets and logos vary more."""


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """One thing drawn, that may be a mark.

    Attributes
    ----------
    box : tuple of slice
        Rows and columns of the picture.
    inside : (row, column) bool
        The mark with what it encloses, within the box.
    rectangle : bool
        It is a rectangle, outlined or filled.
    even : bool
        It is drawn in one tone.
    small : bool
        It is no larger than a letter.
    broken : bool
        It is a rectangle of which only some sides show: a grey line is lost where the slice has its grey.
    """

    box: tuple[slice, slice]
    inside: NDArray[np.bool_]
    rectangle: bool
    even: bool
    small: bool
    broken: bool = False


@dataclass(slots=True)
class _Piece:
    box: tuple[slice, slice]
    mask: NDArray[np.bool_]
    pixels: int
    text: bool = False
    line: tuple[int, int, int, int] = (0, 0, 0, 0)

    @property
    def height(self) -> int:
        return int(self.box[0].stop - self.box[0].start)

    @property
    def width(self) -> int:
        return int(self.box[1].stop - self.box[1].start)


def find_marks(coloured: NDArray[np.bool_], drawn: NDArray[np.bool_], grey: NDArray[np.uint8]) -> list[Mark]:
    """Return what was drawn, less text, lines and frames.

    Parameters
    ----------
    coloured : (row, column) bool
        Coloured pixels that are not the slice; apart from the grey ones, so that a red mark under a white word is one.
    drawn : (row, column) bool
        Grey pixels that are not the slice.
    grey : (row, column) uint8
        What is shown.
    """
    scale = max(drawn.shape) / REFERENCE_SIDE
    least = SPECK_PIXELS * min(1.0, scale) * scale
    pieces = _pieces(coloured, least) + _pieces(drawn, least)
    letter = max(LETTER_PIXELS * scale, LEAST_LETTER_PIXELS)
    _tell_text(pieces, letter)
    texts = [piece for piece in pieces if piece.text]
    marks = []
    for piece in pieces:
        if piece.text or _is_furniture(piece, drawn.shape, scale) or _is_text_box(piece, texts):
            continue
        mark = _mark(piece, grey, letter)
        if not (mark.small and mark.rectangle and _is_beside(piece, texts)):
            marks.append(mark)
    return marks


def _pieces(drawn: NDArray[np.bool_], least: float) -> list[_Piece]:
    labels, count = cc3d.connected_components(np.ascontiguousarray(drawn), connectivity=8, return_N=True)
    if count == 0:
        return []
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    found = []
    for label, box in enumerate(ndimage.find_objects(labels), 1):
        if sizes[label] >= least:
            found.append(_Piece((box[0], box[1]), labels[box] == label, int(sizes[label])))
    return found


def _tell_text(pieces: list[_Piece], letter: float) -> None:
    """Mark the pieces that stand in a line with others of their height: three letters, or one word beside another."""
    letters = [
        p
        for p in pieces
        if p.height <= letter and p.width <= 8 * letter and not (_is_rectangle(p) and p.width > letter)
    ]
    letters.sort(key=lambda p: p.box[1].start)
    group = list(range(len(letters)))

    def root(n: int) -> int:
        while group[n] != n:
            group[n] = group[group[n]]
            n = group[n]
        return n

    for n, a in enumerate(letters):
        for m in range(n + 1, len(letters)):
            b = letters[m]
            tall = max(a.height, b.height)
            if b.box[1].start - a.box[1].stop > WORD_GAP * tall:
                if b.box[1].start - a.box[1].stop > 8 * letter:
                    break
                continue
            over = min(a.box[0].stop, b.box[0].stop) - max(a.box[0].start, b.box[0].start)
            if over >= 0.5 * min(a.height, b.height) and tall <= 3 * min(a.height, b.height):
                group[root(m)] = root(n)
    members: dict[int, list[_Piece]] = {}
    for n, piece in enumerate(letters):
        members.setdefault(root(n), []).append(piece)
    for line in members.values():
        words = sum(1 for p in line if p.width > 2 * p.height)
        if len(line) + 2 * words >= 3:
            sides = [(p.box[0].start, p.box[1].start, p.box[0].stop, p.box[1].stop) for p in line]
            top, left, bottom, right = (f(s[n] for s in sides) for n, f in enumerate((min, min, max, max)))
            for piece in line:
                piece.line = (top, left, bottom, right)
                piece.text = not (_is_rectangle(piece) and piece.height > 0.5 * letter)


def _is_rectangle(piece: _Piece) -> bool:
    if min(piece.height, piece.width) < 5:
        return False
    mask = piece.mask
    if piece.pixels >= FULL_SHARE * mask.size:
        return True
    sides = sorted(_sides(mask))
    if sides[0] >= OUTLINE_SHARE:
        return True
    # a word written over one of its sides
    wide = min(piece.height, piece.width) >= LEAST_BROKEN_PIXELS
    return wide and sides[1] >= OUTLINE_SHARE and sides[0] >= CROSSED_SHARE and not mask[2:-2, 2:-2].any()


def _sides(mask: NDArray[np.bool_]) -> tuple[float, float, float, float]:
    """Return how much of each side of its box a piece covers: top, right, bottom, left."""
    # lines of two pixels may lie a pixel inside the box where a corner sticks out
    return (
        float(mask[:2].any(0).mean()),
        float(mask[:, -2:].any(1).mean()),
        float(mask[-2:].any(0).mean()),
        float(mask[:, :2].any(1).mean()),
    )


def _is_broken(piece: _Piece) -> bool:
    """Tell a rectangle of which two sides that meet, or three, are left, and nothing but parts of its outline."""
    if min(piece.height, piece.width) < LEAST_BROKEN_PIXELS:
        return False
    inner = piece.mask[2:-2, 2:-2]
    whole = [side >= OUTLINE_SHARE for side in _sides(piece.mask)]
    return not inner.any() and any(whole[n] and whole[n - 1] for n in range(4))


def _is_furniture(piece: _Piece, shape: tuple[int, ...], scale: float) -> bool:
    if piece.height >= FRAME_SHARE * shape[0] and piece.width >= FRAME_SHARE * shape[1]:
        return True
    if min(piece.height, piece.width) <= max(2.0, LINE_PIXELS * scale):
        return True
    # a banner along a side of the picture
    rows, columns = piece.box
    along = (
        piece.width >= 0.5 * shape[1] and (rows.start == 0 or rows.stop == shape[0]) and piece.height < 0.15 * shape[0]
    )
    beside = (
        piece.height >= 0.5 * shape[0]
        and (columns.start == 0 or columns.stop == shape[1])
        and piece.width < 0.15 * shape[1]
    )
    return along or beside


def _is_text_box(piece: _Piece, texts: list[_Piece]) -> bool:
    """Tell a box of text: letters within it, and little else."""
    rows, columns = piece.box
    # the whole line of words; a caption that only passes through is none of its own
    within = [
        t
        for t in texts
        if t.line[0] >= rows.start
        and t.line[2] <= rows.stop
        and t.line[1] >= columns.start
        and t.line[3] <= columns.stop
    ]
    covered = sum(t.height * t.width for t in within)
    if len(within) >= 3 and covered >= 0.15 * piece.height * piece.width:
        return True
    if piece.pixels < 0.5 * piece.height * piece.width:
        return False
    # letters cut out of a filled box
    _, holes = ndimage.label(~np.pad(piece.mask, 1))
    return bool(holes > 4)


def _is_beside(piece: _Piece, texts: list[_Piece]) -> bool:
    """Tell a patch of a legend: a word stands beside it."""
    rows, columns = piece.box
    for t in texts:
        over = min(rows.stop, t.box[0].stop) - max(rows.start, t.box[0].start)
        gap = max(t.box[1].start - columns.stop, columns.start - t.box[1].stop)
        if over > 0 and gap <= 3 * max(piece.height, t.height):
            return True
    return False


def _mark(piece: _Piece, grey: NDArray[np.uint8], letter: float) -> Mark:
    rectangle = _is_rectangle(piece)
    broken = not rectangle and _is_broken(piece)
    inside = (
        np.ones_like(piece.mask)
        if rectangle or broken
        else np.asarray(ndimage.binary_fill_holes(piece.mask), dtype=bool)
    )
    tones = grey[piece.box][piece.mask]
    even = float(np.percentile(tones, 90) - np.percentile(tones, 10)) <= 2 * EVEN_LEVELS
    return Mark(piece.box, inside, rectangle, even, max(piece.height, piece.width) <= 1.3 * letter, broken)
