"""Text in pictures is found and covered, one object at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from groundglass.deidentify.pixels.frames import Frames, layout_of
from groundglass.deidentify.pixels.graphics import clean_annotations, clean_overlays
from groundglass.deidentify.pixels.kinds import KindRow, row_of
from groundglass.deidentify.pixels.outcome import Box, PixelOutcome
from groundglass.deidentify.pixels.quick_look import WEAK_SHARE, Scale, strengths
from groundglass.deidentify.pixels.search import Part, around, enlarged_text, text_in_grey
from groundglass.deidentify.pixels.showing import colour_picture, palette_picture, stretched
from groundglass.deidentify.pixels.strings import Line, drawn_lines
from groundglass.deidentify.pixels.wrapping import tidy_compressed, tidy_native, without_unused_bits
from groundglass.deidentify.profile import PixelRules
from groundglass.errors import InputError

_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
MARGIN_PIXELS = 3
"""Around a box: the reader's boxes cut the last pixels of some letters."""
ROUNDS = 4
"""Of reading and covering, after which an object in which text is still found is left out."""
MOST_COVERED_SHARE = 0.1
"""Of an original image, by text whose strokes were not found: patient's data in all four corners take 5 %; where more
would go, nothing is covered."""
MOST_DRAWN_SHARE = 0.4
"""The same for all text: twelve letters of 60 px in a slice of 512 x 512 take 15 %."""
_FACE = ("HEAD", "BRAIN", "SKULL", "FACE", "SINUS", "ORBIT", "JAW", "MAXILLA", "MANDIBLE", "NECK", "TEETH")
"""Body parts with a face (PS3.16 annex L): a surface made of the slices can be recognised."""
_VALUES_OF_RANGE = 3000.0
"""Of pictures without HU: the range is taken for that of a CT, air to bone."""


@dataclass
class _Look:
    boxes: list[Box] = field(default_factory=list)
    remarks: set[str] = field(default_factory=set)
    words_changed: bool = False


class PixelCleaner:
    """Finds text in the pixels of objects and covers it; made once a worker.

    Nothing is remembered from one object to the next: what comes out does not depend on their order.

    Parameters
    ----------
    rules : PixelRules
        Of the profile.
    """

    def __init__(self, rules: PixelRules) -> None:
        self.rules = rules

    def clean(self, ds: Dataset) -> PixelOutcome:
        """Clean the pixels, overlays and annotations of one object, in place (PS3.15 E.3.1, E.3.3).

        Parameters
        ----------
        ds : Dataset
            The object, with its file meta information.

        Returns
        -------
        PixelOutcome
            What was done. With ``drop`` and ``unreadable`` the object is to be left out.
        """
        row = row_of(ds)
        pixels = any(name in ds for name in _PIXELS)
        capture = row.kind in ("capture", "dose-capture")
        if row.default == "drop" and not (capture and self.rules.captures == "blank" and pixels):
            return PixelOutcome("drop", row.reason)
        look = _Look()
        look.remarks.update(clean_overlays(ds))
        if row.kind == "presentation":
            look.remarks.update(clean_annotations(ds))
        if not pixels:
            return PixelOutcome("none", row.reason, remarks=tuple(sorted(look.remarks)))
        try:
            frames = Frames(ds, layout_of(ds))
            if row.kind in ("image", "localizer") and _has_face(ds):
                look.remarks.add("face")
            if row.default == "keep":
                self._wrapped(frames, look)
                return PixelOutcome("unchanged", row.reason, remarks=tuple(sorted(look.remarks)))
            return self._cleaned(frames, row, capture, look)
        except InputError as reason:
            return PixelOutcome("unreadable", reason.code)

    def _cleaned(self, frames: Frames, row: KindRow, capture: bool, look: _Look) -> PixelOutcome:
        ds = frames.ds
        told = str(ds.get("BurnedInAnnotation") or "").strip().upper() == "YES"
        every = capture or told or row.default == "read" or self.rules.read == "all" or "ConversionType" in ds
        for index in range(frames.layout.frames):
            stored = frames.words(index)
            words = without_unused_bits(stored, frames.layout)
            if words is not stored:
                look.remarks.add("unused-bits")
                look.words_changed = True
                frames.replace(index, words)
            if self.rules.read == "none" and not capture:
                continue
            if not self._covered(frames, index, words, every, capture, look):
                return PixelOutcome("drop", "text-remains", remarks=tuple(sorted(look.remarks)))
        if look.boxes and self.rules.images == "drop" and not capture:
            return PixelOutcome("drop", "burned-in-text", remarks=tuple(sorted(look.remarks)))
        if look.boxes or look.words_changed:
            frames.write()
        else:
            self._wrapped(frames, look)
        if (told or look.boxes) and self.rules.read != "none":
            ds.BurnedInAnnotation = "NO"
        remarks = tuple(sorted(look.remarks))
        if look.boxes:
            return PixelOutcome("blanked", "burned-in-text", tuple(sorted(set(look.boxes))), remarks)
        return PixelOutcome("unchanged", row.reason, remarks=remarks)

    @staticmethod
    def _wrapped(frames: Frames, look: _Look) -> None:
        if frames.layout.native:
            look.remarks.update(tidy_native(frames))
            return
        try:
            look.remarks.update(tidy_compressed(frames))
        except ValueError:
            # the picture decodes, but its stream cannot be followed: without the stream nothing can hide in it
            look.remarks.add("stored-native")
            frames.write()

    def _covered(
        self, frames: Frames, index: int, words: NDArray[Any], every: bool, capture: bool, look: _Look
    ) -> bool:
        """Cover the text of one frame; False if text is still found after the last round."""
        grey = words.ndim == 2 and not frames.layout.photometric.startswith("PALETTE")
        fill = _fill(frames, words)
        original = words
        hidden, guessed = np.zeros(words.shape[:2], bool), np.zeros(words.shape[:2], bool)
        before: list[Part] = []
        boxes: list[Box] = []
        for _ in range(ROUNDS):
            unsure = False
            if capture or not grey:
                places = _places_in_capture(frames, words)
            else:
                places, unsure = _places_in_image(frames.ds, words, every, before)
            if not places:
                if unsure:
                    look.remarks.add("drawn-marks")
                look.boxes += boxes
                return True
            before += places
            words = words.copy()
            for place in places:
                box = Box(
                    index,
                    max(0, place.top - MARGIN_PIXELS),
                    max(0, place.left - MARGIN_PIXELS),
                    min(words.shape[0], place.bottom + MARGIN_PIXELS),
                    min(words.shape[1], place.right + MARGIN_PIXELS),
                )
                hidden[box.top : box.bottom, box.left : box.right] = True
                if not place.drawn:
                    guessed[box.top : box.bottom, box.left : box.right] = True
                words[box.top : box.bottom, box.left : box.right] = fill
                boxes.append(box)
            if not capture and (guessed.mean() > MOST_COVERED_SHARE or hidden.mean() > MOST_DRAWN_SHARE):
                # so much text is no slice: a person has to say what it is
                look.remarks.add("drawn-marks")
                frames.replace(index, original)
                return True
            frames.replace(index, words)
        return False


def _places_in_image(ds: Dataset, words: NDArray[Any], every: bool, before: list[Part]) -> tuple[list[Part], bool]:
    """Return the places of text in a grey image, and whether drawn strokes are left."""
    slope, intercept = _rescale(ds)
    scale = _scale(words, slope)
    strong = strengths(words, scale)
    windows, weak = strong >= 1, strong >= WEAK_SHARE
    places: list[Part] = []
    lines: list[Line] = []
    unsure = False
    if windows.any():
        lines = drawn_lines(words, windows, scale)
        places, unsure = text_in_grey(words, windows, slope, intercept, weak=weak, lines=lines)
    if every:
        places += text_in_grey(words, None, slope, intercept, weak=weak, strong=windows, lines=lines)[0]
    elif before:
        # what is left of a line can be too little to be a suspect
        part = around(before, words.shape)
        places += text_in_grey(words, None, slope, intercept, weak=weak, strong=windows, lines=lines, part=part)[0]
    return places, unsure


def _places_in_capture(frames: Frames, words: NDArray[Any]) -> list[Part]:
    """Return every place that looks like text, read or not."""
    layout = frames.layout
    if words.ndim == 3:
        stored = layout.photometric if layout.native or layout.run_lengths else "RGB"
        pictures = [colour_picture(words, stored, layout.bits_stored)]
    elif layout.photometric.startswith("PALETTE"):
        pictures = [palette_picture(words, frames.ds)]
    else:
        low, high = float(words.min()), float(words.max())
        centre, width = _number(frames.ds, "WindowCenter"), _number(frames.ds, "WindowWidth")
        pictures = [stretched(words, low, high)]
        if centre is not None and width:
            pictures.append(stretched(words, centre - width / 2, centre + width / 2))
    places = []
    for picture in pictures:
        for shown in (picture, 255 - picture):
            for found in enlarged_text(np.asarray(shown, np.uint8), read=False):
                places.append(Part(found.top, found.left, found.bottom, found.right))
    return places


def _scale(words: NDArray[Any], slope: float) -> Scale:
    if slope:
        return Scale(1.0 / abs(slope))
    return Scale((int(words.max()) - int(words.min())) / _VALUES_OF_RANGE)


def _fill(frames: Frames, words: NDArray[Any]) -> Any:
    """Return the value of what is covered: padding where the object has any, else the dark end of the frame."""
    layout = frames.layout
    if words.ndim == 3:
        stored = layout.native or layout.run_lengths
        grey = 1 << (layout.bits_stored - 1)
        return np.array((0, grey, grey) if layout.photometric.startswith("YBR") and stored else (0, 0, 0), words.dtype)
    if layout.photometric.startswith("PALETTE"):
        picture = palette_picture(words, frames.ds).astype(np.int64)
        brightness = picture.sum(axis=2) if picture.ndim == 3 else picture
        return words.ravel()[int(brightness.argmin())]
    padding = _number(frames.ds, "PixelPaddingValue")
    if padding is not None and words.min() <= padding <= words.max() and np.any(words == int(padding)):
        return words.dtype.type(int(padding))
    return words.max() if layout.photometric == "MONOCHROME1" else words.min()


def _rescale(ds: Dataset) -> tuple[float, float]:
    """Return slope and intercept to HU; 0 and 0 for what has none."""
    slope, intercept = _number(ds, "RescaleSlope"), _number(ds, "RescaleIntercept")
    if "SharedFunctionalGroupsSequence" in ds and slope is None:
        groups = ds.SharedFunctionalGroupsSequence
        transformed = groups[0].get("PixelValueTransformationSequence") if groups else None
        if transformed:
            slope, intercept = _number(transformed[0], "RescaleSlope"), _number(transformed[0], "RescaleIntercept")
        elif str(ds.get("Modality")) == "CT":
            # by frame: those of a CT differ in the intercept at most
            slope, intercept = 1.0, -1024.0
    if slope is None or slope == 0:
        return 0.0, 0.0
    return slope, intercept or 0.0


def _number(ds: Dataset, keyword: str) -> float | None:
    value = ds.get(keyword)
    if value is None or isinstance(value, bytes):
        return None
    try:
        return float(value[0] if not isinstance(value, str | int | float) else value)
    except (TypeError, ValueError, IndexError):
        return None


def _has_face(ds: Dataset) -> bool:
    part = str(ds.get("BodyPartExamined") or "").upper()
    return any(word in part for word in _FACE)
