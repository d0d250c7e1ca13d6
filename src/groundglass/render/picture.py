"""What a picture is, how it is stored, and the tables that rule its look."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray
from PIL import Image

from groundglass.phrases import Notice

PictureKind = Literal["key_slice", "coronal", "sagittal", "mip", "minip", "lungs_3d", "lobes"]
Grey = NDArray[np.uint8]
Rgb = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Window:
    """A display window, HU.

    Attributes
    ----------
    width_hu, level_hu : int
        HU from black to white, and HU of mid grey (PS3.3 C.11.2.1.2).
    source : str
        Why these numbers.
    """

    width_hu: int
    level_hu: int
    source: str


LUNG_WINDOW = Window(1500, -600, "the usual lung window of chest CT readers")
MIP_WINDOW = Window(1300, -450, "lung window moved up: the brightest voxel of a slab is a vessel, not parenchyma")
MINIP_WINDOW = Window(600, -800, "narrow and low: air in bronchi (-1000) apart from aerated lung (-850)")

Colour = tuple[int, int, int]
GROUND_GLASS_COLOUR: Colour = (255, 190, 40)
"""Amber, drawn solid: stands out from the grey of ground glass, and from red for colour-blind readers."""
CONSOLIDATION_COLOUR: Colour = (255, 70, 60)
"""Red, drawn dashed: legible on white consolidation; the dashes tell it apart without colour."""
BOX_COLOUR: Colour = (255, 48, 48)
"""Red rectangles around lesions (Morozov et al. 2020, Table 1)."""
MARK_COLOUR: Colour = (225, 232, 240)
DIM_COLOUR: Colour = (150, 162, 176)

RESEARCH_MARK: dict[str, str] = {"research": "RESEARCH USE ONLY - NOT FOR DIAGNOSIS"}
"""The intended-use sentences in Latin letters: the font that Pillow carries has no Cyrillic."""


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """What to draw.

    Attributes
    ----------
    key_slices : int
        Most axial slices shown.
    key_slice_gap_mm : float
        Least distance between two of them, mm.
    image_width_px : int
        Width of the anatomical part of an axial picture, pixels.
    slab_mm : float
        Depth of the coronal MIP slab, mm.
    minip_slab_mm : float
        Depth of the coronal MinIP slab, mm.
    intended_use : str
        Key of the intended-use sentence.
    """

    key_slices: int = 8
    key_slice_gap_mm: float = 8.0
    image_width_px: int = 760
    slab_mm: float = 40.0
    minip_slab_mm: float = 30.0
    intended_use: str = "research"


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture.

    Attributes
    ----------
    name : str
        File name without its ending.
    kind : str
        What is shown.
    png : bytes
        8-bit RGB PNG.
    caption : Notice
        What is seen, in words of the phrase table.
    slice_index : int or None
        0-based slice of an axial picture.
    width, height : int
        Pixels.
    preview : bytes
        The same picture as JPEG, for documents that must stay small.
    wordless : bytes
        The same as PNG with side letters and scale bar alone, for whoever writes words of another language beside it;
        empty for kinds that nobody asks it of.
    """

    name: str
    kind: PictureKind
    png: bytes
    caption: Notice
    slice_index: int | None
    width: int
    height: int
    preview: bytes = field(default=b"", repr=False)
    wordless: bytes = field(default=b"", repr=False)


def make_picture(
    rgb: Rgb,
    *,
    name: str,
    kind: PictureKind,
    caption: Notice,
    slice_index: int | None = None,
    wordless: Rgb | None = None,
) -> Picture:
    """Encode (row, column, 3) uint8 pixels as a picture."""
    height, width = rgb.shape[:2]
    bare = b"" if wordless is None else encode_png(wordless)
    return Picture(name, kind, encode_png(rgb), caption, slice_index, width, height, encode_jpeg(rgb), bare)


def encode_png(rgb: Rgb) -> bytes:
    """Return (row, column, 3) uint8 pixels as PNG (RFC 2083), each row predicted from the one above.

    Pillow's encoder tries every filter and takes five times as long.
    """
    height, width = rgb.shape[:2]
    rows = np.empty((height, 1 + 3 * width), dtype=np.uint8)
    rows[:, 0] = 2  # filter type "Up"
    flat = np.ascontiguousarray(rgb).reshape(height, 3 * width)
    rows[0, 1:] = flat[0]
    np.subtract(flat[1:], flat[:-1], out=rows[1:, 1:])  # wraps modulo 256, as the standard wants
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = isal_zlib.compress(rows.tobytes(), 2)
    return b"".join((b"\x89PNG\r\n\x1a\n", _chunk(b"IHDR", header), _chunk(b"IDAT", body), _chunk(b"IEND", b"")))


def encode_jpeg(rgb: Rgb, *, quality: int = 86) -> bytes:
    """Return (row, column, 3) uint8 pixels as JPEG with full colour resolution (thin coloured contours)."""
    out = io.BytesIO()
    Image.fromarray(rgb).save(out, "JPEG", quality=quality, subsampling=0)
    return out.getvalue()


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", isal_zlib.crc32(kind + body))


def to_grey(hu: NDArray[np.generic], window: Window) -> Grey:
    """Return HU as grey 0..255 of the window; whatever the HU, nothing wraps round."""
    low = window.level_hu - window.width_hu / 2
    scaled = (np.asarray(hu, dtype=np.float32) - np.float32(low)) * np.float32(255.0 / window.width_hu)
    return np.asarray(np.clip(scaled, 0, 255), dtype=np.uint8)
