"""Stored values to Hounsfield units, padding to air, and the check that the result can be Hounsfield units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundglass.dicom.headers import PixelLayout
from groundglass.errors import InputError, declare

HU_NOT_PLAUSIBLE = declare(
    "HU_NOT_PLAUSIBLE", "Air and soft tissue do not lie where Hounsfield units put them, or one of them is not there."
)

AIR_HU = -1024
"""What padding becomes: the lowest value of a 12-bit scale, air outside the patient."""
PADDING_HU = -1200
"""At or below: padding outside the reconstructed circle (-1500, -2000, -2048, -3024 by vendor), or noise that no tissue
makes. Air is -1000 and its noise in a sharp low-dose image some 50."""
PADDING_OUTSIDE_HU = (-900, 3000)
"""A stated PixelPaddingValue within this range would wipe out tissue and is not followed."""
_INT16 = np.iinfo(np.int16)


@dataclass(slots=True)
class Conversion:
    """What was done to the values of one slice or, added up, of all."""

    padded: int = 0
    clipped: int = 0
    padding_ignored: bool = False

    def add(self, other: Conversion) -> None:
        """Add the counts of another slice."""
        self.padded += other.padded
        self.clipped += other.clipped
        self.padding_ignored |= other.padding_ignored


def to_hu(
    stored: NDArray[Any],
    slope: float,
    intercept: float,
    layout: PixelLayout,
    out: NDArray[np.int16],
    *,
    keep_padding: bool = False,
) -> Conversion:
    """Write HU = stored x slope + intercept, rounded, padding set to air.

    Parameters
    ----------
    stored : (row, column) integer ndarray
        May be ``out`` itself seen as int16 or uint16.
    slope, intercept : float
        RescaleSlope and RescaleIntercept.
    layout : PixelLayout
        For PixelPaddingValue and its range.
    out : (row, column) int16, HU
        Written.
    keep_padding : bool
        Leave padding as it is stored, as converters do.
    """
    done = Conversion()
    low, high = int(stored.min()), int(stored.max())
    mask = None if keep_padding else _padding_mask(stored, slope, intercept, layout, (low, high), done)
    offset = int(intercept) if intercept == int(intercept) else None
    if slope == 1 and offset is not None and _INT16.min <= low + offset and high + offset <= _INT16.max:
        if stored.itemsize == 2 and high <= _INT16.max:
            # int16 plus int16: numpy 2 refuses, or wraps, an unsigned slice plus a negative number.
            np.add(stored.view(np.int16), np.int16(offset), out=out)
        else:
            np.add(stored, np.int64(offset), out=out, casting="unsafe", dtype=np.int64)
        lowest = low + offset
    else:
        exact = np.rint(stored.astype(np.float64) * slope + intercept)
        done.clipped = int(((exact < _INT16.min) | (exact > _INT16.max)).sum())
        out[...] = np.clip(exact, _INT16.min, _INT16.max)
        lowest = int(out.min())
    if lowest <= PADDING_HU and not keep_padding:
        far_below = out <= PADDING_HU
        done.padded += int(np.count_nonzero(far_below))
        np.copyto(out, np.int16(AIR_HU), where=far_below)
    if mask is not None:
        done.padded += int(np.count_nonzero(mask & (out != AIR_HU)))
        np.copyto(out, np.int16(AIR_HU), where=mask)
    return done


def _padding_mask(
    stored: NDArray[Any], slope: float, intercept: float, layout: PixelLayout, span: tuple[int, int], done: Conversion
) -> NDArray[np.bool_] | None:
    """Return where the stated padding stands; None where there is none, or where the low end catches it anyway."""
    if layout.padding is None:
        return None
    first = layout.padding
    last = first if layout.padding_limit is None else layout.padding_limit
    first, last = min(first, last), max(first, last)
    if last < span[0] or first > span[1]:
        return None
    low, high = first * slope + intercept, last * slope + intercept
    if high <= PADDING_HU or low == high == AIR_HU:
        return None
    if high > PADDING_OUTSIDE_HU[0] and low < PADDING_OUTSIDE_HU[1]:
        done.padding_ignored = True
        return None
    return np.asarray((stored >= first) & (stored <= last))


SAMPLED_SLICES = 9
"""Enough to meet lung, heart and liver; all slices would cost a second."""
SOFT_WINDOW_HU = (-150, 160)
"""Fat to muscle; blood under contrast goes higher, but is never most of it."""
SOFT_PEAK_HU = (-140, 115)
"""Where the highest peak of soft tissue may lie: fat -100, muscle 50 to 80, spleen and liver under contrast 110."""
AIR_WINDOW_HU = (-1080, -600)
"""Air, trachea and aerated lung."""
LEAST_SOFT = 0.04
"""Least part of soft tissue: a thin patient in a wide field of view has some 15 %."""
LEAST_AIR = 0.005
"""Least part of air or lung: a field of view inside the body still has trachea and lung."""
_BLOCK = 4
_MIN_SIDE_FOR_BLOCKS = 64


@dataclass(frozen=True, slots=True)
class Peaks:
    """What the check found: parts of the picture that are air or lung, and soft tissue, and the peak of the latter."""

    air_part: float
    soft_part: float
    soft_peak_hu: float | None
    median_hu: float


def find_peaks(array: NDArray[np.int16]) -> Peaks:
    """Look for air and soft tissue in a sample of slices.

    Parameters
    ----------
    array : (slice, row, column) int16, HU
        The volume.
    """
    count = len(array)
    chosen = sorted({round(float(n)) for n in np.linspace(0.1 * (count - 1), 0.9 * (count - 1), SAMPLED_SLICES)})
    values = np.concatenate([_block_means(array[number]).ravel() for number in chosen])
    inside = values[values > AIR_HU + 2]
    padding_part = 1 - len(inside) / len(values)
    if len(inside) == 0:
        return Peaks(1.0, 0.0, None, float(AIR_HU))
    air = float(((inside >= AIR_WINDOW_HU[0]) & (inside <= AIR_WINDOW_HU[1])).mean())
    soft = float(((inside >= SOFT_WINDOW_HU[0]) & (inside <= SOFT_WINDOW_HU[1])).mean())
    counts, edges = np.histogram(inside, bins=np.arange(-300, 601, 10))
    smooth = np.convolve(counts, [1, 2, 3, 2, 1], mode="same")
    peak = float(edges[int(smooth.argmax())] + 5) if counts.any() else None
    # Air at the floor of the scale looks like padding: it counts as air, but proves nothing of the soft tissue.
    return Peaks(
        max(air, 0.5 * padding_part), soft, peak, float(np.partition(inside, len(inside) // 2)[len(inside) // 2])
    )


def require_plausible(array: NDArray[np.int16], where: str) -> Peaks:
    """Check that the numbers can be Hounsfield units of a body.

    Raises
    ------
    InputError
        ``HU_NOT_PLAUSIBLE`` with the parts and the peak found.
    """
    peaks = find_peaks(array)
    good = (
        peaks.air_part >= LEAST_AIR
        and peaks.soft_part >= LEAST_SOFT
        and peaks.soft_peak_hu is not None
        and SOFT_PEAK_HU[0] <= peaks.soft_peak_hu <= SOFT_PEAK_HU[1]
    )
    if good:
        return peaks
    peak = "no peak" if peaks.soft_peak_hu is None else f"a peak at {peaks.soft_peak_hu:.0f} HU"
    raise InputError(
        HU_NOT_PLAUSIBLE,
        what=f"the numbers are no Hounsfield units of a body: {100 * peaks.air_part:.1f} % air or lung, "
        f"{100 * peaks.soft_part:.1f} % soft tissue with {peak}, median {peaks.median_hu:.0f}",
        where=where,
        todo="check RescaleSlope, RescaleIntercept and the padding, or export the series again",
        air_part=peaks.air_part,
        soft_part=peaks.soft_part,
        soft_peak_hu=peaks.soft_peak_hu,
    )


def _block_means(picture: NDArray[np.int16]) -> NDArray[np.float32]:
    """Average blocks of 4 x 4, so that the noise of a sharp kernel does not smear the peaks."""
    rows, columns = (n - n % _BLOCK for n in picture.shape)
    if min(rows, columns) < _MIN_SIDE_FOR_BLOCKS:
        return picture.astype(np.float32)
    blocks = picture[:rows, :columns].reshape(rows // _BLOCK, _BLOCK, columns // _BLOCK, _BLOCK)
    return np.asarray(blocks.mean(axis=(1, 3), dtype=np.float32))
