"""Letters for pictures, Latin and Cyrillic: one sheet of glyphs a size, typeset once, then only copied."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import scipy.ndimage as ndi
from numpy.typing import NDArray
from PIL import Image

from groundglass.render.picture import Colour, Rgb

CHARACTERS = "".join(chr(n) for n in range(33, 127)) + "".join(chr(n) for n in range(0x410, 0x450)) + "Ёё«»—–−°±×≤≥²…·"
"""What can be written; anything else shows as a question mark."""
ADVANCE_EM = 1233 / 2048
"""Width of every glyph of DejaVu Sans Mono, em (its ``hmtx`` table)."""
LINE_EM = 1.34
"""From one line to the next, em: room for the accents of Й and Ё above and the tails of Щ and Ц below."""
_BASELINE_EM = 1.05
"""From the top of a line to the foot of its letters, em."""
_FONT = "DejaVu Sans Mono"
HALO_OF = 8
"""The dark rim around letters is this part of their width: they stay legible on bone."""

Alignment = Literal["left", "right"]
Alpha = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Every character at one size.

    Attributes
    ----------
    cells : (character, row, column) uint8
        Coverage 0..255; the last one is the space.
    places : mapping of str to int
        Character to its cell.
    """

    cells: NDArray[np.uint8]
    places: dict[str, int]

    @property
    def width(self) -> int:
        """Pixels of one character."""
        return int(self.cells.shape[2])

    @property
    def height(self) -> int:
        """Pixels of one line."""
        return int(self.cells.shape[1])


@lru_cache(maxsize=16)
def glyphs(width_px: int, *, bold: bool = False) -> Glyphs:
    """Return the glyphs that are ``width_px`` pixels wide, typeset from the font that the typst package carries.

    Parameters
    ----------
    width_px : int
        Width of every character; a whole number, so that no letter falls between pixels.
    bold : bool
        The heavier cut.
    """
    import typst

    size = width_px / ADVANCE_EM
    height, baseline = round(size * LINE_EM), round(size * _BASELINE_EM)
    width = width_px * len(CHARACTERS)
    lines = [
        f"#set page(width: {width}pt, height: {height}pt, margin: 0pt, fill: none)",
        f'#set text(font: "{_FONT}", size: {size:.4f}pt, weight: "{"bold" if bold else "regular"}", fallback: false,'
        ' top-edge: "baseline", bottom-edge: "baseline")',
    ]
    lines += [
        f'#place(top + left, dx: {width_px * n}pt, dy: {baseline}pt, text("\\u{{{ord(character):x}}}"))'
        for n, character in enumerate(CHARACTERS)
    ]
    # fonts of the machine are left out: the same letters everywhere
    png = typst.compile("\n".join(lines).encode(), format="png", ppi=72, ignore_system_fonts=True)
    with Image.open(io.BytesIO(png)) as sheet:
        alpha = np.asarray(sheet.convert("RGBA"))[:height, :width, 3]
    cells = np.zeros((len(CHARACTERS) + 1, height, width_px), np.uint8)
    cells[:-1] = alpha.reshape(height, len(CHARACTERS), width_px).transpose(1, 0, 2)
    cells.setflags(write=False)
    places = {character: n for n, character in enumerate(CHARACTERS)} | {" ": len(CHARACTERS)}
    return Glyphs(cells, places)


def lettering(lines: Sequence[str], width_px: int, *, align: Alignment = "left", bold: bool = False) -> Alpha:
    """Return lines of text as coverage.

    Parameters
    ----------
    lines : sequence of str
        From top to bottom.
    width_px : int
        Width of a character.
    align : {"left", "right"}
        Where shorter lines stand.
    bold : bool
        The heavier cut.

    Returns
    -------
    (row, column) uint8
        0..255; as wide as the longest line.
    """
    font = glyphs(width_px, bold=bold)
    longest = max((len(line) for line in lines), default=0)
    if not longest:
        return np.zeros((0, 0), np.uint8)
    unknown, space = font.places["?"], font.places[" "]
    rows = np.full((len(lines), longest), space)
    for row, line in zip(rows, lines, strict=True):
        places = [font.places.get(character, unknown) for character in line]
        start = longest - len(places) if align == "right" else 0
        row[start : start + len(places)] = places
    return np.ascontiguousarray(
        font.cells[rows].transpose(0, 2, 1, 3).reshape(len(lines) * font.height, longest * font.width)
    )


@dataclass(frozen=True, slots=True)
class Letters:
    """Text that is ready to be laid on pictures: ``picture x keep + light``.

    Attributes
    ----------
    keep : (row, column, 1) float32
        Share of the picture that stays.
    light : (row, column, 3) float32
        What is added, 0..255.
    halo_px : int
        Width of the dark rim, by which it is larger than the text on every side.
    """

    keep: NDArray[np.float32]
    light: NDArray[np.float32]
    halo_px: int

    @property
    def size(self) -> tuple[int, int]:
        """(row, column) pixels of the text without its rim."""
        return self.keep.shape[0] - 2 * self.halo_px, self.keep.shape[1] - 2 * self.halo_px

    def write(self, rgb: Rgb, top: int, left: int) -> None:
        """Lay the text on a picture.

        Parameters
        ----------
        rgb : (row, column, 3) uint8
            Changed in place; what would lie outside is cut off.
        top, left : int
            Upper left pixel of the text.
        """
        top, left = top - self.halo_px, left - self.halo_px
        part = rgb[max(0, top) : top + self.keep.shape[0], max(0, left) : left + self.keep.shape[1]]
        up, start = max(0, -top), max(0, -left)
        window = (slice(up, up + part.shape[0]), slice(start, start + part.shape[1]))
        part[:] = part * self.keep[window] + self.light[window]


@lru_cache(maxsize=256)
def letters(
    lines: tuple[str, ...], width_px: int, colour: Colour, align: Alignment = "left", *, bold: bool = False
) -> Letters:
    """Return lines of text with a dark rim around every letter.

    Parameters
    ----------
    lines : tuple of str
        From top to bottom.
    width_px : int
        Width of a character.
    colour : tuple of int
        Of the letters.
    align : {"left", "right"}
        Where shorter lines stand.
    bold : bool
        The heavier cut.
    """
    halo = max(1, width_px // HALO_OF)
    ink = np.pad(lettering(lines, width_px, align=align, bold=bold), halo)
    rim = ndi.maximum_filter(ink, size=2 * halo + 1).astype(np.float32)[:, :, None] / 255
    covered = ink.astype(np.float32)[:, :, None] / 255
    keep = (1 - rim) * (1 - covered)
    # half a grey level more, since what is written is cut to whole numbers
    light = covered * np.array(colour, np.float32) + np.float32(0.5) * (keep < 1)
    return Letters(np.asarray(keep, np.float32), np.asarray(light, np.float32), halo)


def wrapped(text: str, characters: int) -> list[str]:
    """Return a text broken between words into lines of at most so many characters."""
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= characters:
            lines[-1] += f" {word}"
        else:
            lines += [word[n : n + characters] for n in range(0, len(word), characters)]
    return lines
