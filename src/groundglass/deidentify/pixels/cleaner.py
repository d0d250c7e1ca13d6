"""Text in pictures is found and covered, one object at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from groundglass.deidentify.pixels.frames import Frames, Layout, layout_of
from groundglass.deidentify.pixels.kinds import KindRow, row_of
from groundglass.deidentify.pixels.outcome import Box, PixelOutcome
from groundglass.deidentify.pixels.quick_look import BLOCK_COLUMNS, BLOCK_ROWS, suspect_blocks
from groundglass.deidentify.pixels.reading import Found, find_text
from groundglass.deidentify.pixels.showing import colour_picture, grey_pictures
from groundglass.deidentify.profile import PixelRules
from groundglass.errors import InputError

_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
MARGIN_PIXELS = 3
"""Around a box: the reader's boxes cut the last pixels of some letters."""
SURE_SCORE = 0.6
"""Of the text reader, from which words in an image are believed."""
ROUNDS = 4
"""Of reading and covering, after which an object in which text is still found is left out."""


@dataclass
class _Look:
    boxes: list[Box] = field(default_factory=list)
    remarks: set[str] = field(default_factory=set)


class PixelCleaner:
    """Finds text in the pixels of objects and covers it; made once a worker.

    Parameters
    ----------
    rules : PixelRules
        Of the profile.
    """

    def __init__(self, rules: PixelRules) -> None:
        self.rules = rules

    def clean(self, ds: Dataset) -> PixelOutcome:
        """Clean the pixels of one object, in place.

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
        blank = row.kind in ("capture", "dose-capture") and self.rules.captures == "blank"
        if row.default == "drop" and not (blank and any(name in ds for name in _PIXELS)):
            return PixelOutcome("drop", row.reason)
        if not any(name in ds for name in _PIXELS):
            return PixelOutcome("none", row.reason)
        if row.default == "keep":
            return PixelOutcome("unchanged", row.reason)
        try:
            layout = layout_of(ds)
            return self._cleaned(Frames(ds, layout), layout, row, blank)
        except InputError as reason:
            return PixelOutcome("unreadable", reason.code)

    def _cleaned(self, frames: Frames, layout: Layout, row: KindRow, capture: bool) -> PixelOutcome:
        ds = frames.ds
        told = str(ds.get("BurnedInAnnotation") or "").strip().upper() == "YES"
        every = capture or told or row.default == "read" or self.rules.read == "all"
        look = _Look()
        for index in range(layout.frames):
            words = frames.words(index)
            if self.rules.read == "none" and not capture:
                continue
            grey = words.ndim == 2
            blocks = suspect_blocks(words) if grey and not every else None
            if blocks is not None and not blocks.any():
                continue
            if not self._covered(frames, index, words, blocks, capture, look):
                return PixelOutcome("drop", "text-remains", remarks=tuple(sorted(look.remarks)))
        if not look.boxes:
            return PixelOutcome("unchanged", row.reason, remarks=tuple(sorted(look.remarks)))
        if self.rules.images == "drop" and not capture:
            return PixelOutcome("drop", "burned-in-text", tuple(look.boxes), tuple(sorted(look.remarks)))
        frames.write()
        ds.BurnedInAnnotation = "NO"
        return PixelOutcome("blanked", "burned-in-text", tuple(sorted(look.boxes)), tuple(sorted(look.remarks)))

    def _covered(
        self,
        frames: Frames,
        index: int,
        words: NDArray[Any],
        blocks: NDArray[np.bool_] | None,
        capture: bool,
        look: _Look,
    ) -> bool:
        """Cover the text of one frame; False if text is still found after the last round."""
        fill = self._fill(frames, words)
        for _ in range(ROUNDS):
            found = self._found(frames, words, capture)
            places = [place for place in found if capture or self._sure(place, blocks)]
            if len(places) < len(found):
                look.remarks.add("unsure-text")
            if not places:
                return True
            words = words.copy()
            for place in places:
                top, left = max(0, place.top - MARGIN_PIXELS), max(0, place.left - MARGIN_PIXELS)
                bottom = min(words.shape[0], place.bottom + MARGIN_PIXELS)
                right = min(words.shape[1], place.right + MARGIN_PIXELS)
                words[top:bottom, left:right] = fill
                look.boxes.append(Box(index, top, left, bottom, right))
            frames.replace(index, words)
        return False

    @staticmethod
    def _found(frames: Frames, words: NDArray[Any], capture: bool) -> list[Found]:
        ds, layout = frames.ds, frames.layout
        if words.ndim == 3:
            photometric = "RGB" if not layout.native else layout.photometric
            pictures = [colour_picture(words, photometric, layout.bits_stored)]
        else:
            pictures = grey_pictures(words, _float(ds, "RescaleSlope", 1.0), _float(ds, "RescaleIntercept", 0.0))
        return [place for picture in pictures for place in find_text(picture, read=not capture)]

    @staticmethod
    def _sure(place: Found, blocks: NDArray[np.bool_] | None) -> bool:
        letters = sum(letter.isalnum() for letter in place.text)
        if place.score < SURE_SCORE or letters < 2:
            return False
        if blocks is None:
            return True
        return bool(
            blocks[
                place.top // BLOCK_ROWS : -(-place.bottom // BLOCK_ROWS),
                place.left // BLOCK_COLUMNS : -(-place.right // BLOCK_COLUMNS),
            ].any()
        )

    @staticmethod
    def _fill(frames: Frames, words: NDArray[Any]) -> Any:
        layout = frames.layout
        if words.ndim == 3:
            black = (0, 128, 128) if layout.photometric.startswith("YBR_FULL") and layout.native else (0, 0, 0)
            return np.array(black, words.dtype)
        return words.max() if layout.photometric == "MONOCHROME1" else words.min()


def _float(ds: Dataset, keyword: str, default: float) -> float:
    try:
        return float(ds.get(keyword, default))
    except (TypeError, ValueError):
        return default
