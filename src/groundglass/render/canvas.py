"""Marks beside the anatomy: sides, scale, window, intended use. Nothing is ever written over the lungs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from groundglass.render.picture import (
    BOX_COLOUR,
    CONSOLIDATION_COLOUR,
    DIM_COLOUR,
    GROUND_GLASS_COLOUR,
    MARK_COLOUR,
    Colour,
    Rgb,
)

MARGIN_LEFT_PX = 34
MARGIN_RIGHT_PX = 34
MARGIN_TOP_PX = 50
MARGIN_BOTTOM_PX = 66
_BACKGROUND = (0, 0, 0)
_SIDE_FONT_PX = 26
_TEXT_FONT_PX = 17
_SMALL_FONT_PX = 14
_BAR_LENGTHS_CM = (10, 5, 2, 1)
"""Lengths that are read at a glance, longest first."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What is written around one picture.

    Attributes
    ----------
    left, right, top, bottom : str
        Patient directions at the four edges of the screen.
    title, detail : str
        Upper left and upper right.
    window : str
        Display window.
    footer : str
        The intended-use mark.
    mm_per_px : float or None
        Size of a pixel of the anatomical part, mm; None draws no scale bar.
    legend : bool
        Explain the contours of lesions.
    boxes : bool
        Explain the rectangles too.
    """

    left: str
    right: str
    top: str
    bottom: str
    title: str
    detail: str
    window: str
    footer: str
    mm_per_px: float | None
    legend: bool = False
    boxes: bool = False

    def wordless(self) -> Marks:
        """Return the marks with side letters and scale bar alone."""
        return replace(self, title="", detail="", window="", footer="", legend=False, boxes=False)


@lru_cache(maxsize=16)
def font(size_px: int) -> ImageFont.FreeTypeFont:
    """Return the font that Pillow carries (Latin letters only)."""
    found = ImageFont.load_default(size_px)
    if not isinstance(found, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType")
    return found


def scale_bar(mm_per_px: float, room_px: int) -> tuple[int, int]:
    """Choose the scale bar: the longest of 10, 5, 2, 1 cm that fits.

    Returns
    -------
    tuple of int
        Length in cm and in pixels.
    """
    for length_cm in _BAR_LENGTHS_CM:
        length_px = round(10.0 * length_cm / mm_per_px)
        if length_px <= room_px:
            return length_cm, length_px
    return _BAR_LENGTHS_CM[-1], round(10.0 / mm_per_px)


def framed(image: Rgb, marks: Marks) -> Rgb:
    """Put the anatomical part into a black frame that carries the marks.

    Parameters
    ----------
    image : (row, column, 3) uint8
        The anatomical part; it is copied unchanged to (MARGIN_TOP_PX, MARGIN_LEFT_PX).
    marks : Marks
        What is written around it.

    Returns
    -------
    (row, column, 3) uint8
    """
    height, width = image.shape[:2]
    total = (width + MARGIN_LEFT_PX + MARGIN_RIGHT_PX, height + MARGIN_TOP_PX + MARGIN_BOTTOM_PX)
    canvas = Image.new("RGB", total, _BACKGROUND)
    canvas.paste(Image.fromarray(image), (MARGIN_LEFT_PX, MARGIN_TOP_PX))
    draw = ImageDraw.Draw(canvas)
    middle_x = MARGIN_LEFT_PX + width / 2
    middle_y = MARGIN_TOP_PX + height / 2
    below = MARGIN_TOP_PX + height
    _write(draw, (MARGIN_LEFT_PX / 2, middle_y), marks.left, _SIDE_FONT_PX, MARK_COLOUR, "mm")
    _write(draw, (total[0] - MARGIN_RIGHT_PX / 2, middle_y), marks.right, _SIDE_FONT_PX, MARK_COLOUR, "mm")
    _write(draw, (middle_x, MARGIN_TOP_PX - 18), marks.top, _SIDE_FONT_PX, MARK_COLOUR, "mm")
    _write(draw, (middle_x, below + 18), marks.bottom, _SIDE_FONT_PX, MARK_COLOUR, "mm")
    _write(draw, (10, 8), marks.title, _TEXT_FONT_PX, MARK_COLOUR, "la")
    _write(draw, (total[0] - 10, 8), marks.detail, _TEXT_FONT_PX, MARK_COLOUR, "ra")
    _write(draw, (total[0] - 10, total[1] - 8), marks.footer, _SMALL_FONT_PX, DIM_COLOUR, "rd")
    _write(draw, (total[0] - 10, below + 8), marks.window, _TEXT_FONT_PX, MARK_COLOUR, "ra")
    if marks.mm_per_px is not None:
        draw_bar(draw, marks.mm_per_px, left=12, bottom=total[1] - 34, room_px=int(width * 0.42))
    if marks.legend:
        _draw_legend(draw, left=12, bottom=total[1] - 8, boxes=marks.boxes)
    return np.asarray(canvas)


def draw_bar(draw: ImageDraw.ImageDraw, mm_per_px: float, *, left: int, bottom: int, room_px: int) -> None:
    """Draw a scale bar with a tick every centimetre, its left end and foot at the given pixels."""
    length_cm, length_px = scale_bar(mm_per_px, room_px)
    draw.line([(left, bottom), (left + length_px, bottom)], fill=MARK_COLOUR, width=2)
    for tick in range(length_cm + 1):
        x = left + round(tick * 10.0 / mm_per_px)
        tall = 12 if tick in (0, length_cm) or tick == 5 else 7
        draw.line([(x, bottom - tall), (x, bottom)], fill=MARK_COLOUR, width=2)
    _write(draw, (left + length_px + 10, bottom + 4), f"{length_cm} cm", _TEXT_FONT_PX, MARK_COLOUR, "ls")


def _draw_legend(draw: ImageDraw.ImageDraw, *, left: int, bottom: int, boxes: bool) -> None:
    """Two short lines and a box: solid amber for lesions, dashed red for consolidation."""
    y = bottom - 7
    draw.line([(left, y), (left + 24, y)], fill=GROUND_GLASS_COLOUR, width=3)
    _write(draw, (left + 30, bottom), "LESION", _SMALL_FONT_PX, DIM_COLOUR, "ld")
    start = left + 94
    for piece in range(3):
        draw.line([(start + 9 * piece, y), (start + 9 * piece + 5, y)], fill=CONSOLIDATION_COLOUR, width=3)
    _write(draw, (start + 30, bottom), "CONS", _SMALL_FONT_PX, DIM_COLOUR, "ld")
    box = start + 82
    if boxes:
        draw.rectangle([(box, y - 6), (box + 20, y + 6)], outline=BOX_COLOUR, width=2)


def _write(
    draw: ImageDraw.ImageDraw, place: tuple[float, float], text: str, size_px: int, colour: Colour, anchor: str
) -> None:
    if text:
        draw.text(place, text, font=font(size_px), fill=colour, anchor=anchor, stroke_width=2, stroke_fill=(0, 0, 0))
