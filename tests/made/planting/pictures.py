"""Words in pictures: burned into pixels, overlays, icons, spare bits, curves."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence

from planting.marks import Mark, Mint, Script
from planting.planter import raw

_FONTS: dict[str, tuple[str, ...]] = {
    "latin": (
        "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
        "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
    ),
    "cyrillic": (
        "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
        "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
    ),
    "chinese": (
        "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    ),
}
"""Where Debian puts fonts; without them words of Latin letters only are drawn."""


def drawable(script: Script) -> bool:
    """Return whether a font for the script is there (Latin letters come with Pillow)."""
    return script == "latin" or any(Path(file).exists() for file in _FONTS.get(script, ()))


@lru_cache(maxsize=64)
def _font(script: str, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    for file in _FONTS.get(script, ()):
        if Path(file).exists():
            return ImageFont.truetype(file, size)
    return ImageFont.load_default(size)


def drawn(text: str, script: str, size: int, *, upright: bool = False) -> NDArray[np.bool_]:
    """Return the picture of a text, True where its strokes are."""
    font = _font(script, size)
    left, top, right, bottom = font.getbbox(text)
    picture = Image.new("L", (int(right - left) + 2, int(bottom - top) + 2))
    ImageDraw.Draw(picture).text((1 - left, 1 - top), text, fill=255, font=font)
    strokes = np.asarray(picture) > 127
    return np.rot90(strokes) if upright else strokes


def strokes_of(mark: Mark) -> NDArray[np.bool_]:
    """Draw the words of a mark again as they were planted."""
    pixels = mark.pixels
    return drawn(mark.value, str(pixels["script"]), int(pixels["size"]), upright=bool(pixels["upright"]))


def burnable(mint: Mint, rows: int, columns: int) -> tuple[Mark, NDArray[np.bool_], dict[str, int | str]] | None:
    """Return something to burn in, its strokes and where they go; None where the picture is too small for any."""
    random = mint.random
    script = mint.script()
    script = script if drawable(script) else "latin"
    mark = mint.plain(script) if random.random() < 0.5 or script != "latin" else mint.any(ascii_only=True)
    size = random.choice((14, 16, 20, 28)) if min(rows, columns) >= 400 else 12
    upright = random.random() < 0.1
    strokes = drawn(mark.value, script, size, upright=upright)
    if strokes.shape[0] + 4 > rows or strokes.shape[1] + 4 > columns:
        return None
    at = {
        "row": random.randint(2, rows - strokes.shape[0] - 2),
        "column": random.randint(2, columns - strokes.shape[1] - 2),
    }
    if random.random() < 0.7:  # a corner, as machines write
        at["row"] = random.choice((4, rows - strokes.shape[0] - 4))
        at["column"] = random.choice((4, columns - strokes.shape[1] - 4))
    return mark, strokes, {**at, "size": size, "script": script, "upright": int(upright)}


def plant_pixels(ds: Dataset, mint: Mint, pixels: NDArray[np.generic]) -> list[Mark]:
    """Burn words into a frame; ``pixels`` is (row, column) or (row, column, sample) and is changed.

    The caller stores them again.
    """
    made = burnable(mint, pixels.shape[0], pixels.shape[1])
    if made is None:
        return []
    mark, strokes, where = made
    inside = pixels[
        int(where["row"]) : int(where["row"]) + strokes.shape[0],
        int(where["column"]) : int(where["column"]) + strokes.shape[1],
    ]
    low, high = int(pixels.min()), int(pixels.max())
    bright = high if str(ds.get("PhotometricInterpretation", "")) != "MONOCHROME1" else low
    inside[strokes] = np.array(bright).astype(pixels.dtype)
    return [mark.at("burned-in words", f"frame 1, row {where['row']}, column {where['column']}", pixels=where)]


def plant_overlay(ds: Dataset, mint: Mint, group: int = 0x6000) -> list[Mark]:
    """Plant in an overlay: its bits, its label, its description (PS3.3 C.9.2)."""
    rows, columns = int(ds.get("Rows", 0) or 0), int(ds.get("Columns", 0) or 0)
    made = burnable(mint, rows, columns)
    if made is None:
        return []
    mark, strokes, where = made
    plane = np.zeros((rows, columns), np.uint8)
    row, column = int(where["row"]), int(where["column"])
    plane[row : row + strokes.shape[0], column : column + strokes.shape[1]] = strokes
    packed = np.packbits(plane.ravel(), bitorder="little").tobytes()
    tag = group << 16
    ds.add_new(tag | 0x0010, "US", rows)
    ds.add_new(tag | 0x0011, "US", columns)
    ds.add_new(tag | 0x0040, "CS", "G")
    ds.add_new(tag | 0x0050, "SS", [1, 1])
    ds.add_new(tag | 0x0100, "US", 1)
    ds.add_new(tag | 0x0102, "US", 0)
    ds[tag | 0x3000] = DataElement(tag | 0x3000, "OW", packed + b"\0" * (len(packed) % 2))
    label, text = mint.plain("latin"), mint.plain("latin")
    ds[tag | 0x1500] = raw(tag | 0x1500, "LO", label.value.encode())
    ds[tag | 0x0022] = raw(tag | 0x0022, "LO", f"seen by {text.value}".encode())
    name = f"({group:04x},xxxx)"
    return [
        mark.at("words in an overlay", name, pixels=where),
        label.at("label of an overlay", name, vr="LO"),
        text.at("description of an overlay", name, vr="LO"),
    ]


def plant_icon(ds: Dataset, mint: Mint) -> list[Mark]:
    """Plant in the small picture of the image (IconImageSequence)."""
    made = burnable(mint, 128, 256)
    if made is None:
        return []
    mark, strokes, where = made
    plane = np.full((128, 256), 20, np.uint8)
    row, column = int(where["row"]), int(where["column"])
    plane[row : row + strokes.shape[0], column : column + strokes.shape[1]][strokes] = 250
    icon = Dataset()
    icon.SamplesPerPixel, icon.PhotometricInterpretation, icon.Rows, icon.Columns = 1, "MONOCHROME2", 128, 256
    icon.BitsAllocated, icon.BitsStored, icon.HighBit, icon.PixelRepresentation = 8, 8, 7, 0
    icon["PixelData"] = DataElement(0x7FE00010, "OB", plane.tobytes())
    ds.IconImageSequence = Sequence([icon])
    return [mark.at("words in an icon", "IconImageSequence", pixels=where)]


def plant_curve(ds: Dataset, mint: Mint) -> list[Mark]:
    """Plant in a curve and in a sound (retired, groups 50xx)."""
    curve, sound = mint.plain("latin"), mint.plain("latin")
    ds[0x50003000] = raw(0x50003000, "OB", curve.value.encode())
    ds[0x5000200C] = raw(0x5000200C, "OB", sound.value.encode())
    return [curve.at("curve", "(5000,3000)", vr="OB"), sound.at("curve", "(5000,200c)", vr="OB")]


def capture(source: Dataset, mint: Mint, *, colour: bool, jpeg: bool) -> tuple[Dataset, str, list[Mark]]:
    """Return a secondary capture of the source's patient with words all over it, its transfer syntax and the marks."""
    rows, columns = 480, 640
    pixels = np.zeros((rows, columns, 3) if colour else (rows, columns), np.uint8)
    pixels[100:380, 150:500] = 90
    ds = Dataset()
    marks: list[Mark] = []
    for _ in range(4):
        marks += [m.at("words in a capture", m.where) for m in plant_pixels(ds, mint, _lit(pixels))]
    for keyword in ("PatientName", "PatientID", "StudyInstanceUID", "SpecificCharacterSet", "PatientBirthDate"):
        if keyword in source:
            ds[keyword] = source[keyword]
    ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    ds.SeriesInstanceUID, ds.SOPInstanceUID = (
        f"{source.StudyInstanceUID[:50]}.77",
        f"{source.StudyInstanceUID[:50]}.77.{mint.random.randrange(10**6)}",
    )
    ds.Modality, ds.ConversionType, ds.BurnedInAnnotation = "OT", "WSD", "NO"
    ds.SeriesNumber, ds.InstanceNumber = 77, mint.random.randrange(1, 1000)
    ds.SamplesPerPixel = 3 if colour else 1
    ds.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        ds.PlanarConfiguration = 0
    ds.Rows, ds.Columns, ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = rows, columns, 8, 8, 7, 0
    if jpeg:
        data = encapsulate([bytes(imagecodecs.jpeg8_encode(pixels, level=92))])
        ds.PhotometricInterpretation = "YBR_FULL_422" if colour else "MONOCHROME2"
        ds["PixelData"] = DataElement(0x7FE00010, "OB", data, is_undefined_length=True)
        return ds, "1.2.840.10008.1.2.4.50", marks
    ds["PixelData"] = DataElement(0x7FE00010, "OB", pixels.tobytes())
    return ds, "1.2.840.10008.1.2.1", marks


def _lit(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Make sure that there is a white to write with."""
    pixels[0, 0] = 255
    return pixels
