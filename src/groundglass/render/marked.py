"""Slices as they were scanned, with red rectangles, outlines and words in the corners."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from groundglass.render.marked_text import Letters, glyphs, letters
from groundglass.render.overlay import Plane, lesion_boxes
from groundglass.render.picture import (
    BOX_COLOUR,
    CONSOLIDATION_COLOUR,
    GROUND_GLASS_COLOUR,
    LUNG_WINDOW,
    Colour,
    Rgb,
    to_grey,
)

WIDTH_AT_LEAST_PX = 512
"""Two blocks of words side by side need 2 x 30 characters of 8 pixels, the least that is read without effort."""
SIDE_AT_MOST_PX = 2048
"""Twice the largest matrix of a scanner; a picture beyond it is only larger, not finer."""
LETTER_PX = 8
"""Width of a character on a picture of 512 columns: capitals of 10 pixels, as scanners write them."""
TEXT_COLOUR: Colour = (205, 212, 220)
"""Light grey: never red, so that only marks are red."""
BODY_SHARE_AT_MOST = 0.1
"""Share of a block of words that may lie on the body in the mean of the slices; above it the picture gets a strip."""
_PAD_PX = 4
_BOX_PX = 2
_OUTLINE_PX = 1
_DASH_PX = 5
_SPECK_MARGIN_MM = 4.0
"""As around larger lesions: the line must not touch what it points at."""


@dataclass(frozen=True, slots=True)
class Words:
    """What is written on one picture, block by block.

    Attributes
    ----------
    top_left, top_right, bottom_left, bottom_right : tuple of str
        Lines, top to bottom.
    left, right : str
        Patient directions at the edges of the screen; empty where unknown.
    """

    top_left: tuple[str, ...] = ()
    top_right: tuple[str, ...] = ()
    bottom_left: tuple[str, ...] = ()
    bottom_right: tuple[str, ...] = ()
    left: str = ""
    right: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """How every picture of one series is laid out.

    Attributes
    ----------
    source : tuple of int
        (row, column) voxels of a slice.
    picture : tuple of int
        (row, column) pixels of the anatomical part: the same field of view, pixels as good as square.
    above, below, beside : int
        Black pixels added at the top, at the bottom, and at each side.
    letter_px : int
        Width of a character.
    """

    source: tuple[int, int]
    picture: tuple[int, int]
    above: int
    below: int
    beside: int
    letter_px: int

    @property
    def shape(self) -> tuple[int, int]:
        """(row, column) pixels of the whole picture."""
        return self.picture[0] + self.above + self.below, self.picture[1] + 2 * self.beside

    @property
    def step(self) -> tuple[float, float]:
        """Voxels of the source from one pixel to the next, (row, column)."""
        return self.source[0] / self.picture[0], self.source[1] / self.picture[1]

    @property
    def first(self) -> tuple[float, float]:
        """(row, column) of the source, in voxels, at the centre of the first pixel."""
        step = self.step
        return (0.5 - self.above) * step[0] - 0.5, (0.5 - self.beside) * step[1] - 0.5

    @property
    def same_grid(self) -> bool:
        """Whether every pixel is one voxel of the source."""
        return self.shape == self.source


def sheet(
    source: tuple[int, int],
    spacing_mm: tuple[float, float],
    widest: Words,
    body: NDArray[np.float32],
    lungs: NDArray[np.bool_],
) -> Sheet:
    """Lay out the pictures of a series: enlarged where small, pixels square, strips where words would hide anatomy.

    Parameters
    ----------
    source : tuple of int
        (row, column) voxels of a slice.
    spacing_mm : tuple of float
        (row, column) mm.
    widest : Words
        The longest lines of any picture.
    body : (row, column) float32
        Share of the slices that have body there, any coarser size.
    lungs : (row, column) bool
        Whether any slice has lung or a lesion there, same size as ``body``.

    Returns
    -------
    Sheet
    """
    picture = _picture(source, spacing_mm)
    beside = max(0, ceil((WIDTH_AT_LEAST_PX - picture[1]) / 2))
    width = picture[1] + 2 * beside
    plain = Sheet(source, picture, 0, 0, beside, max(LETTER_PX, LETTER_PX * width // WIDTH_AT_LEAST_PX))
    top, bottom = _blocks(widest, plain, above=True), _blocks(widest, plain, above=False)
    above = 0 if _clear(plain, top, body, lungs) else _strip(top)
    below = 0 if _clear(plain, bottom, body, lungs) else _strip(bottom)
    return Sheet(source, picture, above, below, beside, plain.letter_px)


def _picture(source: tuple[int, int], spacing_mm: tuple[float, float]) -> tuple[int, int]:
    size_mm = source[0] * spacing_mm[0], source[1] * spacing_mm[1]
    pixel_mm = min(spacing_mm)
    if abs(spacing_mm[0] - spacing_mm[1]) < 1e-3 * pixel_mm:
        larger = max(1, ceil(WIDTH_AT_LEAST_PX / source[1]))
        larger = max(1, min(larger, SIDE_AT_MOST_PX // max(source)))
        return source[0] * larger, source[1] * larger
    pixel_mm /= max(1, ceil(WIDTH_AT_LEAST_PX * pixel_mm / size_mm[1]))
    pixel_mm = max(pixel_mm, max(size_mm) / SIDE_AT_MOST_PX)
    return max(1, round(size_mm[0] / pixel_mm)), max(1, round(size_mm[1] / pixel_mm))


@dataclass(frozen=True, slots=True)
class _Block:
    """Letters and where they go, pixels of the whole picture."""

    letters: Letters
    top: int
    left: int


def _blocks(words: Words, on: Sheet, *, above: bool) -> list[_Block]:
    """Return the blocks of the upper or the lower edge."""
    height, width = on.shape
    px, colour = on.letter_px, TEXT_COLOUR
    pad = _PAD_PX * px // LETTER_PX
    if not above:
        left, right = letters(words.bottom_left, px, colour), letters(words.bottom_right, px, colour, "right")
        placed = [
            _Block(left, height - pad - left.size[0], pad),
            _Block(right, height - pad - right.size[0], width - pad - right.size[1]),
        ]
        return [block for block in placed if block.letters.size[0] > 0]
    # the side letters stand in the corners, twice as large, the words beside them
    first = letters((words.left,), 2 * px, colour, bold=True)
    last = letters((words.right,), 2 * px, colour, bold=True)
    service, place = letters(words.top_left, px, colour), letters(words.top_right, px, colour, "right")
    before, after = (side.size[1] + pad * (side.size[1] > 0) for side in (first, last))
    placed = [
        _Block(first, 0, pad),
        _Block(last, 0, width - pad - last.size[1]),
        _Block(service, pad, pad + before),
        _Block(place, pad, width - pad - after - place.size[1]),
    ]
    return [block for block in placed if block.letters.size[0] > 0]


def _strip(blocks: list[_Block]) -> int:
    return max(block.letters.size[0] for block in blocks) + 2 * _PAD_PX


def _clear(on: Sheet, blocks: list[_Block], body: NDArray[np.float32], lungs: NDArray[np.bool_]) -> bool:
    """Tell whether the blocks lie outside lungs and, by and large, outside the body."""
    scale = body.shape[0] / on.picture[0], body.shape[1] / on.picture[1]
    for block in blocks:
        height, width = block.letters.size
        left = max(0, block.left - on.beside)
        rows = slice(int(max(0, block.top) * scale[0]), ceil((block.top + height) * scale[0]))
        columns = slice(int(left * scale[1]), ceil(max(0, block.left - on.beside + width) * scale[1]))
        covered = body[rows, columns]
        if covered.size and (lungs[rows, columns].any() or covered.mean() > BODY_SHARE_AT_MOST):
            return False
    return True


def draw_marked(
    hu: NDArray[np.int16], labels: NDArray[np.uint8], on: Sheet, words: Words, spacing_mm: tuple[float, float]
) -> Rgb:
    """Draw one slice with its marks.

    Parameters
    ----------
    hu : (row, column) int16
        HU, as stored.
    labels : (row, column) uint8
        0, 1 ground glass, 2 consolidation.
    on : Sheet
        Layout of the series.
    words : Words
        What is written.
    spacing_mm : tuple of float
        (row, column) mm.

    Returns
    -------
    (row, column, 3) uint8
        Of ``on.shape``.
    """
    grey = _greys()[hu.view(np.uint16)]
    if on.picture != on.source:
        grey = np.asarray(Image.fromarray(grey).resize(on.picture[::-1], Image.Resampling.BICUBIC))
    rgb = np.zeros((*on.shape, 3), np.uint8)
    inner = rgb[on.above : on.above + on.picture[0], on.beside : on.beside + on.picture[1]]
    for channel in range(3):
        inner[:, :, channel] = grey  # faster than one broadcast over the last axis
    if labels.any():
        _draw_outlines(inner, labels, on)
        for box in boxes(labels, spacing_mm):
            _draw_box(inner, box, on)
    for block in (*_blocks(words, on, above=True), *_blocks(words, on, above=False)):
        block.letters.write(rgb, block.top, block.left)
    return rgb


@lru_cache
def _greys() -> NDArray[np.uint8]:
    """Return the grey of each HU of 16 bits, negative ones in the upper half."""
    return to_grey(np.arange(1 << 16, dtype=np.uint16).view(np.int16), LUNG_WINDOW)


def boxes(labels: NDArray[np.uint8], spacing_mm: tuple[float, float]) -> tuple[tuple[int, int, int, int], ...]:
    """Return rectangles: (top, left, bottom, right), half-open, voxels; one at least where a lesion is."""
    if not labels.any():
        return ()
    rows, columns = np.flatnonzero(labels.any(axis=1)), np.flatnonzero(labels.any(axis=0))
    margin = [max(1, round(_SPECK_MARGIN_MM / s)) for s in spacing_mm]
    # what lies further away than the margin has no say
    top, left = max(0, int(rows[0]) - margin[0]), max(0, int(columns[0]) - margin[1])
    bottom, right = (
        min(n, int(last[-1]) + 1 + m) for n, last, m in zip(labels.shape, (rows, columns), margin, strict=True)
    )
    part = labels[top:bottom, left:right]
    found = lesion_boxes(Plane(part, part, spacing_mm)) or ((0, 0, bottom - top, right - left),)
    return tuple((a + top, b + left, c + top, d + left) for a, b, c, d in found)


def _draw_box(inner: Rgb, box: tuple[int, int, int, int], on: Sheet) -> None:
    line = max(1, _BOX_PX * on.letter_px // LETTER_PX)
    scale = on.picture[0] / on.source[0], on.picture[1] / on.source[1]
    top, left = int(box[0] * scale[0]), int(box[1] * scale[1])
    bottom, right = ceil(box[2] * scale[0]), ceil(box[3] * scale[1])
    inner[top : top + line, left:right] = BOX_COLOUR
    inner[max(0, bottom - line) : bottom, left:right] = BOX_COLOUR
    inner[top:bottom, left : left + line] = BOX_COLOUR
    inner[top:bottom, max(0, right - line) : right] = BOX_COLOUR


def _draw_outlines(inner: Rgb, labels: NDArray[np.uint8], on: Sheet) -> None:
    """Outline ground glass and consolidation with thin lines just outside them: nothing of them is hidden."""
    line = max(1, _OUTLINE_PX * on.letter_px // LETTER_PX)
    for mask, colour, dashed in (
        (labels > 0, GROUND_GLASS_COLOUR, False),
        (labels == 2, CONSOLIDATION_COLOUR, True),
    ):
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        if not rows.size:
            continue
        if on.picture != on.source:
            soft = Image.fromarray(mask.astype(np.uint8) * 255).resize(on.picture[::-1], Image.Resampling.BILINEAR)
            mask = np.asarray(soft) >= 128  # half way between inside and outside
            rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
            if not rows.size:
                continue
        box = (
            slice(max(0, int(rows[0]) - line), int(rows[-1]) + 1 + line),
            slice(max(0, int(columns[0]) - line), int(columns[-1]) + 1 + line),
        )
        part = mask[box]
        edge = part
        for _ in range(line):
            edge = _grown(edge)
        edge = edge & ~part
        if dashed:
            dash = _DASH_PX * line
            diagonal = np.add.outer(np.arange(part.shape[0]), np.arange(part.shape[1]))
            edge &= (diagonal // dash) % 2 == 0
        inner[box][edge] = colour


def _grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the mask with its four neighbours."""
    out = mask.copy()
    out[1:] |= mask[:-1]
    out[:-1] |= mask[1:]
    out[:, 1:] |= mask[:, :-1]
    out[:, :-1] |= mask[:, 1:]
    return out


def captioned(rgb: Rgb, lines: list[str]) -> Rgb:
    """Return a drawing with lines of words in a black strip below it.

    Parameters
    ----------
    rgb : (row, column, 3) uint8
        The drawing.
    lines : list of str
        At most :func:`caption_characters` each.
    """
    height, width = rgb.shape[:2]
    text = letters(tuple(lines), _caption_px(width), TEXT_COLOUR)
    out = np.zeros((height + text.size[0] + 2 * _PAD_PX, max(width, WIDTH_AT_LEAST_PX), 3), np.uint8)
    out[:height, (out.shape[1] - width) // 2 :][:, :width] = rgb
    text.write(out, height + _PAD_PX, _PAD_PX)
    return out


def caption_characters(width_px: int) -> int:
    """Return how many characters a line below a drawing of this width holds."""
    return (max(width_px, WIDTH_AT_LEAST_PX) - 2 * _PAD_PX) // glyphs(_caption_px(width_px)).width


def _caption_px(width_px: int) -> int:
    return max(LETTER_PX, LETTER_PX * width_px // (2 * WIDTH_AT_LEAST_PX))
