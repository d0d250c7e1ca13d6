"""How the grey of a picture follows the HU of its slice, and what was drawn over it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

LOW_HU, HIGH_HU, STEP_HU = -1200, 600, 25
"""Range and step of the curve: all that any window of a chest tells apart."""
LEAST_PIXELS = 40
"""A bin of fewer pixels has no median worth the name."""
FLAT_LEVELS = 80
"""A picture whose greys differ by less, of 255, from air to soft tissue, shows too little: the whole CT scale in one
window gives 65, a lung window of 1500 HU 175."""
INVERTED_LEVELS = 40
"""Air brighter than soft tissue by this much: beyond the noise of both medians."""
LUNG_HU = (-950, -400)
"""Aerated lung and ground glass, between which a lung picture must tell."""
LUNG_LEVELS = 15
"""Least difference, of 255, between the greys of normal lung and of ground glass 400 HU apart: a lung window of 1500 HU
gives 68, a bone window of 2000 about 300 HU 28, a soft-tissue window none."""
NORMAL_LUNG_HU, GROUND_GLASS_HU = -875, -475
"""Where the curve is read for that."""
EXTREME_SHARE = 0.6
"""Share of the lung's pixels at black or white from which the picture is saturated; a lung window leaves 5 %."""
DRAWN_LEVELS = 45
"""What differs from the expected grey by more, of 255, was drawn; strong JPEG compression stays below 30."""
COLOUR_LEVELS = 48
"""Difference of the channels of a pixel from which it is coloured; JPEG makes fringes of up to 30 beside colours."""
NOT_ONE_CURVE = 0.15
"""Share of differing pixels above which the grey follows no single curve (local contrast enhancement): then only colour
is taken for drawn."""

AIR_HU = -950
"""Below lies air, and what scanners and readers put in place of pixels outside the field of view."""

Fault = Literal["", "inverted", "flat", "saturated", "no_lung"]
_BINS = (HIGH_HU - LOW_HU) // STEP_HU


@dataclass(frozen=True, slots=True, eq=False)
class Tone:
    """The grey that a picture gives each HU.

    Attributes
    ----------
    level : (bin,) float32
        Median grey of each bin of HU, interpolated over empty ones.
    seen : (bin,) bool
        Bins with enough pixels.
    extreme_share : float
        Share of lung pixels at black or white.
    bright : (bin,) float32
        Grey that an eighth of each bin's pixels reach; 0 for empty bins.
    """

    level: NDArray[np.float32]
    seen: NDArray[np.bool_]
    extreme_share: float
    bright: NDArray[np.float32]

    def at(self, hu: float) -> float:
        """Return the grey of one HU value."""
        return float(self.level[int(np.clip((hu - LOW_HU) // STEP_HU, 0, _BINS - 1))])

    def fault(self, *, with_lung: bool) -> Fault:
        """Return what is wrong with the contrast.

        Parameters
        ----------
        with_lung : bool
            The slice shows enough lung to ask how it is shown.
        """
        levels = self.level[self.seen]
        if levels.size < 3 or float(levels.max() - levels.min()) < FLAT_LEVELS:
            return "flat"
        air, tissue = self.at(-1000), self.at(25)
        if air - tissue > INVERTED_LEVELS:
            return "inverted"
        if not with_lung:
            return ""
        if self.extreme_share > EXTREME_SHARE and abs(self.at(GROUND_GLASS_HU) - self.at(NORMAL_LUNG_HU)) > LUNG_LEVELS:
            return "saturated"
        if abs(self.at(GROUND_GLASS_HU) - self.at(NORMAL_LUNG_HU)) < LUNG_LEVELS:
            return "no_lung"
        return ""


def bins_of(hu: NDArray[np.int16]) -> NDArray[np.intp]:
    """Return the bin of each HU value, same shape."""
    return ((np.clip(hu, LOW_HU, HIGH_HU - 1).astype(np.intp)) - LOW_HU) // STEP_HU


def tone_of(grey: NDArray[np.uint8], bins: NDArray[np.intp], plain: NDArray[np.bool_]) -> Tone:
    """Fit the curve.

    Parameters
    ----------
    grey : (row, column) uint8
        What is shown.
    bins : (row, column) intp
        Bin of the HU under each pixel.
    plain : (row, column) bool
        Pixels that are grey and lie on the slice.
    """
    counts = np.bincount((bins[plain] << 8) | grey[plain], minlength=_BINS << 8).reshape(_BINS, 256)
    totals = counts.sum(1)
    median = np.argmax(np.cumsum(counts, 1) * 2 >= totals[:, None], axis=1).astype(np.float32)
    seen = totals >= LEAST_PIXELS
    places = np.flatnonzero(seen)
    level = np.interp(np.arange(_BINS), places, median[places]).astype(np.float32) if places.size else median
    # what lies outside the scanner's circle was made air, and may be shown black: air itself is no darker than that
    air = (AIR_HU - LOW_HU) // STEP_HU
    level[:air] = np.maximum(level[:air], level[air])
    first, last = ((hu - LOW_HU) // STEP_HU for hu in LUNG_HU)
    lung = counts[first:last]
    extreme = float(lung[:, :3].sum() + lung[:, 253:].sum()) / max(1, int(lung.sum()))
    bright = np.argmax(np.cumsum(counts, 1) * 8 >= totals[:, None] * 7, axis=1).astype(np.float32)
    return Tone(level, seen, extreme, bright)


def expected_levels(tone: Tone, bins: NDArray[np.intp], reach: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the darkest and the brightest grey that the slice alone can give each of its pixels.

    Parameters
    ----------
    tone : Tone
        Grey by HU.
    bins : (row, column) intp
        Of the source slice.
    reach : int
        Source pixels around, on which a scaled picture depends; 0 for a picture of the same grid.
    """
    # between bins that were seen, the grey may be any of theirs
    places = np.flatnonzero(tone.seen)
    below, above = tone.level, tone.level
    if places.size:
        at = np.arange(_BINS)
        left = places[np.maximum(np.searchsorted(places, at, "right") - 1, 0)]
        right = places[np.minimum(np.searchsorted(places, at, "left"), places.size - 1)]
        below = np.minimum(tone.level[left], tone.level[right])
        above = np.maximum(tone.level[left], tone.level[right])
    # a steep window crosses many greys within one bin
    darkest, brightest = ndimage.minimum_filter1d(below, 3), ndimage.maximum_filter1d(above, 3)
    darkest[: (AIR_HU - LOW_HU) // STEP_HU] = 0
    low, high = darkest[bins], brightest[bins]
    if reach == 0:
        return low, high
    size = 2 * reach + 1
    return ndimage.minimum_filter(low, size), ndimage.maximum_filter(high, size)


def drawn_over(
    grey: NDArray[np.uint8], colour: NDArray[np.uint8] | None, low: NDArray[np.float32], high: NDArray[np.float32]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], bool]:
    """Return what was drawn over the slice in colour and in grey, and whether grey drawing could be told.

    Parameters
    ----------
    grey : (row, column) uint8
        What is shown.
    colour : (row, column, 3) uint8 or None
        The same in colour.
    low, high : (row, column) float32
        Greys that the slice alone can give.
    """
    coloured = coloured_pixels(colour) if colour is not None else np.zeros(grey.shape, dtype=bool)
    differs = ((grey > high + DRAWN_LEVELS) | (grey < low - DRAWN_LEVELS)) & ~coloured
    told = float(differs.mean()) <= NOT_ONE_CURVE
    return coloured, differs & told, told


def coloured_pixels(colour: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return the pixels that are coloured; a tint that lies over most of the picture is no drawing.

    Parameters
    ----------
    colour : (row, column, 3) uint8
        Red, green, blue.
    """
    red, green, blue = colour[..., 0], colour[..., 1], colour[..., 2]
    high = np.maximum(np.maximum(red, green), blue)
    low = np.minimum(np.minimum(red, green), blue)
    found = (high - low) > COLOUR_LEVELS
    if float(found.mean()) < 0.5:
        return found
    # a picture shown through a colour table: what is drawn is of another hue than most of it
    hue = (np.argmax(colour, -1) * 3 + np.argmin(colour, -1)).astype(np.uint8)
    usual = int(np.bincount(hue[found], minlength=9).argmax())
    return np.asarray(found & (hue != usual))
