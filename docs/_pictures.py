"""Draw the pictures of the docs from an invented patient: make it, read it, put its pictures together.

Run as ``make pictures``. Real patients are never shown in the docs.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from PIL import Image
from pydicom import dcmread

import groundglass as gg
from groundglass.phantom import PhantomOptions, make, write
from groundglass.pipeline.objects import ObjectOptions

IMAGES = Path(__file__).resolve().parent / "images"
OPTIONS = PhantomOptions(slices=256, rows=512, spacing_mm=1.25, involvement=30.0, seed=12, variant="test")
OVERVIEW = ("key-slice-04", "coronal", "mip-coronal", "lungs-3d")
KEY_SLICE = "key-slice-04"
HEIGHT = 420
GAP = 6
COLOURS = 128


def overview(folder: Path) -> Image.Image:
    """Return the pictures of :data:`OVERVIEW` in a row, equally high."""
    parts = []
    for name in OVERVIEW:
        with Image.open(folder / f"{name}.png") as picture:
            parts.append(picture.convert("RGB").resize((round(picture.width * HEIGHT / picture.height), HEIGHT)))
    out = Image.new("RGB", (sum(p.width for p in parts) + GAP * (len(parts) - 1), HEIGHT), "black")
    left = 0
    for part in parts:
        out.paste(part, (left, 0))
        left += part.width + GAP
    return out


def marked_slice(folder: Path) -> Image.Image:
    """Return the picture in the middle of the marked series."""
    pictures = sorted((folder / "dicom" / "marked").glob("*.dcm"))
    return Image.fromarray(dcmread(pictures[len(pictures) // 2]).pixel_array)


def save(picture: Image.Image, name: str) -> None:
    """Write a picture small enough for a repository."""
    picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(IMAGES / name, optimize=True)


def main() -> int:
    """Make the patient, read it, write the pictures."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        study, out = Path(scratch) / "study", Path(scratch) / "out"
        write(make(OPTIONS), study)
        gg.write_results(gg.analyze(gg.open_study(study / "dicom")), out, objects=ObjectOptions())
        save(overview(out / "images"), "overview.png")
        with Image.open(out / "images" / f"{KEY_SLICE}.png") as picture:
            save(picture, "key-slice.png")
        save(marked_slice(out), "marked-slice.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
