"""How much burned-in text is found, and how much of a picture is covered that has none.

``python benchmarks/deidentify_pixels.py FOLDER... [--plants N] [--seed S] [--every K] [--misses FOLDER]``

Text is drawn into native copies of the CT slices of the folders: many fonts, sizes, scripts, values and places, blended
or not, upright or turned. A plant counts as found if at least 90 % of its ink was covered; it counts as readable if the
text reader reads half of its letters when it is shown the very place. The same slices without text are cleaned too.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from groundglass.deidentify.pixels import PixelCleaner, kind_of
from groundglass.deidentify.pixels.frames import Frames, layout_of
from groundglass.deidentify.pixels.quick_look import Scale, suspect_windows
from groundglass.deidentify.pixels.search import enlarged_text
from groundglass.deidentify.pixels.showing import grey_pictures
from groundglass.deidentify.profile import PixelRules
from groundglass.errors import InputError

_FONTS = Path("/usr/share/fonts/truetype")
FONTS = {
    "sans": "dejavu/DejaVuSans.ttf",
    "mono": "dejavu/DejaVuSansMono.ttf",
    "bold": "dejavu/DejaVuSans-Bold.ttf",
    "serif": "dejavu/DejaVuSerif.ttf",
    "light": "dejavu/DejaVuSans-ExtraLight.ttf",
    "oblique": "dejavu/DejaVuSans-Oblique.ttf",
    "liberation": "liberation/LiberationSans-Regular.ttf",
    "chinese": "wqy/wqy-zenhei.ttc",
}
TEXTS = {
    "latin": (
        "MARLOWE JANE",
        "Ostrander Kim",
        "23.11.1958",
        "1958-11-23",
        "ID 8205-61",
        "VOSS^ERIKA",
        "MRN 00917345",
        "North Clinic",
        "Acc B7654321",
        "tel 555-0187",
        "M 061Y",
        "Mill Road 9",
    ),
    "cyrillic": ("Петрова Анна", "ВОРОНЦОВ К.Л.", "Больница №7", "г. Тверь", "Лебедев"),
    "chinese": ("陈建国", "刘芳 女", "上海医院", "赵敏 1958"),
}
SIZES = (8, 9, 10, 11, 12, 13, 14, 16, 18, 20, 24, 28, 32, 40, 48, 60)
VALUES = (
    "brightest",
    "white",
    "darkest",
    "below",
    "middle",
    "plus30",
    "plus100",
    "plus300",
    "three-quarters",
    "quarter",
)
COVERED_SHARE = 0.9
"""Of the ink, from which a plant counts as covered: what is left are rims of letters."""
PLAIN_HU = 100.0
"""Contrast from which plants are told by script and size."""
READ_SHARE = 0.5
"""Of the letters, from which a plant counts as readable."""


@dataclass
class Plant:
    """One text in one slice."""

    text: str
    script: str
    font: str
    size: int
    blended: bool
    turns: int
    value: str
    contrast: float
    ink: NDArray[np.bool_]


def drawn(rng: np.random.Generator) -> tuple[NDArray[np.float64], dict[str, Any]]:
    """Return a text as ink of 0 to 1, and what it is."""
    script = str(rng.choice(["latin", "latin", "latin", "cyrillic", "chinese"]))
    text = str(rng.choice(TEXTS[script]))
    fonts = ["chinese"] if script == "chinese" else [name for name in FONTS if name != "chinese"]
    font, blended = str(rng.choice(fonts)), bool(rng.random() < 0.6)
    size = int(rng.choice([size for size in SIZES if script != "chinese" or size >= 10]))
    face = ImageFont.truetype(str(_FONTS / FONTS[font]), size)
    box = face.getbbox(text)
    picture = Image.new("L", (int(box[2]) + 2, int(box[3]) + 2))
    draw = ImageDraw.Draw(picture)
    draw.fontmode = "L" if blended else "1"
    draw.text((1, 1), text, fill=255, font=face)
    ink = np.asarray(picture, np.float64) / 255
    rows, columns = np.nonzero(ink)
    turns = int(rng.choice([0, 0, 0, 0, 1, 3]))
    ink = np.rot90(ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1], turns)
    return ink, {"text": text, "script": script, "font": font, "size": size, "blended": blended, "turns": turns}


def planted(words: NDArray[Any], hu: float, rng: np.random.Generator) -> tuple[NDArray[Any], Plant]:
    """Return a slice with a text in it.

    Parameters
    ----------
    words : ndarray
        Stored values.
    hu : float
        Stored values a HU.
    rng : Generator
        Of the plant.
    """
    while True:
        ink, told = drawn(rng)
        if ink.shape[0] < words.shape[0] - 6 and ink.shape[1] < words.shape[1] - 6:
            break
    rows, columns = words.shape[0] - ink.shape[0], words.shape[1] - ink.shape[1]
    place = int(rng.integers(0, 3))
    if place == 0:
        top, left = int(rng.integers(0, rows)), int(rng.integers(0, columns))
    elif place == 1:
        top, left = int(rng.choice([3, rows - 3])), int(rng.choice([3, columns - 3]))
    else:
        top = int(np.clip(rng.normal(rows / 2, rows / 8), 0, rows))
        left = int(np.clip(rng.normal(columns / 2, columns / 8), 0, columns))
    under = words[top : top + ink.shape[0], left : left + ink.shape[1]].astype(np.float64)
    low, high, ground = float(words.min()), float(words.max()), float(np.median(under))
    name = str(rng.choice(VALUES))
    limits = np.iinfo(words.dtype)
    value = {
        "brightest": high,
        "white": low + 4095,
        "darkest": low,
        "below": max(low - 976, float(limits.min)),
        "middle": (low + high) / 2,
        "plus30": ground + 30 * hu,
        "plus100": ground + 100 * hu,
        "plus300": ground + 300 * hu,
        "three-quarters": low + 0.75 * (high - low),
        "quarter": low + 0.25 * (high - low),
    }[name]
    out = words.copy()
    mixed = np.clip(np.round(under * (1 - ink) + round(value) * ink), limits.min, limits.max)
    out[top : top + ink.shape[0], left : left + ink.shape[1]] = mixed.astype(words.dtype)
    whole = np.zeros(words.shape, bool)
    whole[top : top + ink.shape[0], left : left + ink.shape[1]] = ink > 0.5
    contrast = float(np.median(np.abs(value - words[whole].astype(np.float64)))) / hu if whole.any() else 0.0
    return out, Plant(value=name, contrast=contrast, ink=whole, **told)


def native(ds: Dataset, words: NDArray[Any]) -> Dataset:
    """Return a native object with the pixel description of another and these pixels."""
    out = Dataset()
    for keyword in ("SOPClassUID", "Modality", "ImageType", "RescaleSlope", "RescaleIntercept", "PixelPaddingValue"):
        if keyword in ds:
            out[keyword] = ds[keyword]
    out.file_meta = FileMetaDataset()
    out.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    out.Rows, out.Columns = words.shape
    out.SamplesPerPixel, out.PhotometricInterpretation = 1, "MONOCHROME2"
    out.BitsAllocated = out.BitsStored = words.dtype.itemsize * 8
    out.HighBit = out.BitsStored - 1
    out.PixelRepresentation = int(words.dtype.kind == "i")
    out.PixelData = words.tobytes()
    return out


def is_readable(words: NDArray[Any], plant: Plant, slope: float, intercept: float) -> bool:
    """Return whether the text reader reads a plant that it is led to."""
    rows, columns = np.nonzero(plant.ink)
    part = (
        slice(max(0, rows.min() - 16), rows.max() + 17),
        slice(max(0, columns.min() - 16), columns.max() + 17),
    )
    wanted = "".join(letter for letter in plant.text.upper() if letter.isalnum())
    for picture in grey_pictures(words[part], slope, intercept):
        for turned in {False, plant.turns == 3}:
            read = "".join(
                letter
                for found in enlarged_text(np.ascontiguousarray(picture), turned=turned)
                for letter in found.text.upper()
                if letter.isalnum()
            )
            same = sum(block.size for block in SequenceMatcher(None, wanted, read).get_matching_blocks())
            if same >= READ_SHARE * len(wanted):
                return True
    return False


def slices_of(folder: Path, every: int) -> list[Dataset]:
    """Return every k-th CT slice of a folder."""
    out: list[Dataset] = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file())[::every]:
        try:
            ds = dcmread(path, force=True)
        except Exception as reason:
            print(f"{path.name}: {type(reason).__name__}")
            continue
        if "PixelData" in ds and kind_of(ds)[0] == "image":
            out.append(ds)
    return out


def main() -> None:
    """Measure, and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--plants", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1e9, help="after which no more is planted")
    parser.add_argument("--least-rows", type=int, default=256, help="slices with fewer are left out")
    parser.add_argument("--misses", type=Path)
    options = parser.parse_args()
    cleaner = PixelCleaner(PixelRules())
    figures: dict[str, Any] = {"clean": {}, "plants": 0}
    pool: list[tuple[Dataset, NDArray[Any]]] = []
    for folder in options.folders:
        count = suspects = covered = remarks = 0
        spent = 0.0
        for ds in slices_of(folder, options.every):
            try:
                frames = Frames(ds, layout_of(ds))
                if frames.layout.frames > 1 or min(frames.layout.rows, frames.layout.columns) < options.least_rows:
                    continue
                words = np.array(frames.words(0))
            except InputError as reason:
                print(f"{folder.name}: {reason.code}")
                continue
            pool.append((ds, words))
            hu = 1 / float(ds.get("RescaleSlope") or 1)
            start = time.process_time()
            suspects += bool(suspect_windows(words, Scale(hu)).any())
            spent += time.process_time() - start
            outcome = cleaner.clean(native(ds, words))
            covered += sum((box.bottom - box.top) * (box.right - box.left) for box in outcome.boxes)
            remarks += "drawn-marks" in outcome.remarks
            count += 1
        figures["clean"][folder.name] = {
            "slices": count,
            "suspects": suspects,
            "with_remark": remarks,
            "covered_pixels": covered,
            "quick_look_ms": round(1000 * spent / max(1, count), 2),
        }
        print(folder.name, figures["clean"][folder.name], flush=True)
    classes: dict[str, dict[str, int]] = {}
    scripts: dict[str, dict[str, int]] = {}
    misses = []
    begun = time.monotonic()
    for number in range(options.plants):
        if time.monotonic() - begun > options.seconds:
            break
        figures["plants"] += 1
        rng = np.random.default_rng((options.seed, number))
        ds, words = pool[int(rng.integers(len(pool)))]
        slope = float(ds.get("RescaleSlope") or 1)
        marked, plant = planted(words, 1 / slope, rng)
        made = native(ds, marked)
        # by what was covered, not by what changed: ink may have the very value that covers it
        inside = np.zeros(marked.shape, bool)
        for box in cleaner.clean(made).boxes:
            inside[box.top : box.bottom, box.left : box.right] = True
        share = float(inside[plant.ink].mean()) if plant.ink.any() else 1.0
        step = next(limit for limit in (25, 50, 100, 200, 400, 10**9) if plant.contrast < limit)
        row = classes.setdefault(f"below {step} HU" if step < 10**9 else "400 HU and more", {})
        rows_of = [row]
        if plant.contrast >= PLAIN_HU:
            size = next(f"to {limit} px" for limit in (9, 13, 20, 40, 60) if plant.size <= limit)
            rows_of.append(scripts.setdefault(f"{plant.script}, {size}", {}))
        for counts in rows_of:
            counts["plants"] = counts.get("plants", 0) + 1
            counts["covered"] = counts.get("covered", 0) + (share >= COVERED_SHARE)
        if share >= COVERED_SHARE:
            continue
        readable = is_readable(marked, plant, slope, float(ds.get("RescaleIntercept") or 0))
        for counts in rows_of:
            counts["readable_missed"] = counts.get("readable_missed", 0) + readable
            counts["unreadable_missed"] = counts.get("unreadable_missed", 0) + (not readable)
        misses.append(
            {
                **{k: v for k, v in vars(plant).items() if k != "ink"},
                "share": share,
                "readable": readable,
                "suspect": bool(suspect_windows(marked, Scale(1 / slope)).any()),
            }
        )
        if options.misses and readable:
            options.misses.mkdir(parents=True, exist_ok=True)
            rows, columns = np.nonzero(plant.ink)
            part = marked[max(0, rows.min() - 24) : rows.max() + 25, max(0, columns.min() - 24) : columns.max() + 25]
            Image.fromarray(next(grey_pictures(part, 0.0, 0.0))).save(options.misses / f"{number}.png")
    figures["by_contrast"], figures["by_script_from_100_hu"] = classes, dict(sorted(scripts.items()))
    print(json.dumps(figures, indent=1))
    for miss in misses:
        if miss["readable"] or miss["contrast"] >= PLAIN_HU:
            print(json.dumps(miss, ensure_ascii=False))


if __name__ == "__main__":
    main()
