"""Are the numbers of a picture Hounsfield units? Told from how often each number occurs, so in one pass.

A chest has air near -1000, fat and muscle at -150..150, bone above 400. Where a file lacks that, what was done to it is
told: a mask, grey of a window, HU shifted or inverted, another slope.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LOWEST_HU = -32768
"""Number of the first bin: all of 16 bits are counted."""
PADDING_BELOW_HU = -1200
"""Below lies what scanners write where nothing was measured (-2000, -2048, -3024)."""
AIR_HU = (-1100, -700)
"""Air around the patient, in airways and in aerated lung."""
TISSUE_HU = (-150, 150)
"""Fat to enhanced muscle."""
LEAST_AIR_SHARE = 0.005
"""As :mod:`groundglass.nifti.plausibility`: lungs in view are far above."""
LEAST_TISSUE_SHARE = 0.03
"""A whole chest has a tenth of soft tissue and more; a lung crop some percent."""
LABELS_AT_MOST = 24
"""Distinct numbers up to which they are labels; an 8-bit picture of a chest has above 100."""
FEW_AT_MOST = 256
"""Distinct numbers up to which a picture was stored in eight bits."""
EVEN_STEP_HU = 4
"""A common step of all numbers from which HU were rounded; scanners store every HU, some every second."""
BONE_HU = 400
"""Every chest has bone above this; a lower ceiling means that a window cut it off."""
AIR_FLOOR_HU = -950
"""Every chest has air below this, noise around -1000; a higher floor means that a window cut it off."""
PILE_SHARE = 0.003
"""Share of voxels at the largest number from which they were cut there: metal of a whole chest stays a tenth of it."""
PILE_BELOW_HU = 2900
"""Scanners themselves end at 3071 and 2976, where metal and the table's parts pile up."""
DARK_PEAK_HU = (-1070, -740)
"""Where the commonest dark number lies: air, or the lung where a crop leaves no air. CTs at hand: -1024..-860."""
BRIGHT_PEAK_HU = (-140, 125)
"""Where the commonest number of soft tissue lies: fat or muscle. CTs at hand: -110..60."""
MOST_DENSE_SHARE = 0.10
"""Share of voxels at 700..1100 HU that no chest has (bone is 2 %), and an inverted one exceeds by its air."""
BELOW_AIR_HU, MOST_BELOW_AIR_SHARE = (-700, -200), 0.003
"""Where nothing lies of HU + 1024, whose air begins at 0, and the bone of inverted HU lies: a hundredth of a chest."""
FAT_HU, BETWEEN_HU, MUSCLE_HU = -105, -30, 45
"""Where the two commonest tissues lie, and the valley between them: 47 pictures of 19 CTs within 20, but for one that
was reconstructed from grey and has no pair."""
TISSUE_WINDOW_HU, MOVED_AT_MOST_HU, MOVED_STEP_HU = 31, 300, 10
"""Smoothing, farthest shift that is tried, and step of it."""
MOVED_HU, MOVED_ALIKE_HU = 60, 40
"""Air and tissues moved by so much, and alike to so much, were shifted; scanners keep within 10 of water and 20 of
air."""
AIR_PEAK_HU = -1000
"""Of the air around the patient."""
HIGHEST_HU = 100
"""Every chest has bone above, and every window that shows one ends above."""
SHIFT_HU = 1024
"""Stored values of most scanners are HU + 1024."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the numbers of a picture say of themselves.

    Attributes
    ----------
    findings : tuple of (str, mapping)
        Code and values.
    shift_hu : int or None
        To be added so that they are HU; None where they cannot become HU.
    lowest, highest : int
        Smallest and largest.
    distinct : int
        How many different ones.
    padding_share : float
        Of voxels in which nothing was measured.
    sha256 : str
        Of how often each number occurs: equal for the same voxels turned or mirrored.
    """

    findings: tuple[tuple[str, Mapping[str, str | int | float]], ...]
    shift_hu: int | None
    lowest: int
    highest: int
    distinct: int
    padding_share: float
    sha256: str


def counted(array: NDArray[np.int16]) -> NDArray[np.int64]:
    """Return how often each number occurs.

    Parameters
    ----------
    array : (slice, row, column) int16
        As stored.

    Returns
    -------
    (65536,) int64
        From :data:`LOWEST_HU` up.
    """
    counts = np.zeros(65536, np.int64)
    for plane in array:
        counts += np.bincount((plane.astype(np.int32) - LOWEST_HU).ravel(), minlength=65536)
    return counts


def judged(counts: NDArray[np.int64], *, non_finite: int = 0) -> Numbers:
    """Judge numbers by how often each occurs.

    Parameters
    ----------
    counts : (65536,) int64
        Of :func:`counted`.
    non_finite : int
        Voxels that were no number at all.
    """
    present = np.flatnonzero(counts)
    low, high = int(present[0]) + LOWEST_HU, int(present[-1]) + LOWEST_HU
    findings: list[tuple[str, Mapping[str, str | int | float]]] = []
    if non_finite:
        findings.append(("HU_NOT_PLAUSIBLE", _how("not_finite", low, high)))
    shift: int | None = 0
    how = _wrong(counts, low, high, present.size)
    if how:
        findings.append(("HU_NOT_PLAUSIBLE", _how(how, low, high)))
        if how == "no_peaks" and low > AIR_HU[1] and _piled(counts, present):
            findings.append(("HU_CLIPPED", _how("floor", low, high)))
        shift = {"shifted_up": -SHIFT_HU, "shifted_down": SHIFT_HU}.get(how)
    else:
        cut = _cut(counts, high, present)
        if cut:
            findings.append(("HU_CLIPPED", _how(cut, low, high)))
    padding = int(counts[: PADDING_BELOW_HU - LOWEST_HU].sum())
    digest = hashlib.sha256(counts.astype("<i8").tobytes()).hexdigest()
    return Numbers(tuple(findings), shift, low, high, present.size, padding / int(counts.sum()), digest)


def _how(how: str, low: int, high: int) -> Mapping[str, str | int | float]:
    return {"how": how, "low_hu": low, "high_hu": high}


def _wrong(counts: NDArray[np.int64], low: int, high: int, distinct: int) -> str:
    """Return why numbers are no HU, "" where they are."""
    if distinct <= LABELS_AT_MOST or (low >= -1 and high <= 1):
        return "labels"
    if low >= -8 and high <= 255:
        return "grey"
    if _fits(counts, 0) and _share(counts, (700, 1100)) <= MOST_DENSE_SHARE:
        dark, bright = _peak(counts, AIR_HU, widen=100), _peak(counts, TISSUE_HU, widen=100)
        if not DARK_PEAK_HU[0] <= dark <= DARK_PEAK_HU[1] or not BRIGHT_PEAK_HU[0] <= bright <= BRIGHT_PEAK_HU[1]:
            return "peaks"
        if high < HIGHEST_HU and _moved(_mirrored(counts)) is not None:
            return "inverted"
        moved = _moved(counts)
        if moved is not None and abs(moved) >= MOVED_HU and abs(dark - AIR_PEAK_HU - moved) <= MOVED_ALIKE_HU:
            return "peaks"
        return ""
    if _share(counts, BELOW_AIR_HU) < MOST_BELOW_AIR_SHARE and _fits(np.roll(counts, -SHIFT_HU), 0):
        return "shifted_up"
    if _fits(counts[::-1], 1) and _share(counts, (-1100, -700)) <= MOST_DENSE_SHARE:
        return "inverted"
    return "shifted_down" if _fits(np.roll(counts, SHIFT_HU), 0) else "no_peaks"


def _mirrored(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return counts of -1024 - HU as counts of HU."""
    return np.roll(counts[::-1], 1 - SHIFT_HU)


def _moved(counts: NDArray[np.int64]) -> int | None:
    """Return by how much the pair of fat and muscle is moved, None where there is none."""
    present = np.flatnonzero(counts)
    part = counts.astype(np.float64)
    part[[present[0], present[-1]]] = 0.0
    middle = BETWEEN_HU - LOWEST_HU
    reach = MOVED_AT_MOST_HU + MUSCLE_HU - FAT_HU + TISSUE_WINDOW_HU
    part = np.convolve(part[middle - reach : middle + reach + 1], np.ones(TISSUE_WINDOW_HU), mode="same")
    steps = np.arange(-MOVED_AT_MOST_HU, MOVED_AT_MOST_HU + 1, MOVED_STEP_HU)
    fat, between, muscle = (part[reach + steps + hu - BETWEEN_HU] for hu in (FAT_HU, BETWEEN_HU, MUSCLE_HU))
    pair = np.sqrt(fat * muscle) - between
    best = int(pair.argmax())
    return int(steps[best]) if pair[best] > 0 else None


def _fits(counts: NDArray[np.int64], offset: int) -> bool:
    measured = counts.copy()
    measured[: PADDING_BELOW_HU - LOWEST_HU] = 0
    return (
        _share(measured, (AIR_HU[0] + offset, AIR_HU[1] + offset)) >= LEAST_AIR_SHARE
        and _share(measured, (TISSUE_HU[0] + offset, TISSUE_HU[1] + offset)) >= LEAST_TISSUE_SHARE
    )


def _share(counts: NDArray[np.int64], between: tuple[int, int]) -> float:
    whole = int(counts.sum())
    return float(counts[between[0] - LOWEST_HU : between[1] - LOWEST_HU + 1].sum()) / whole if whole else 0.0


def _peak(counts: NDArray[np.int64], between: tuple[int, int], *, widen: int) -> int:
    """Return the commonest number of a range, after smoothing over 17 HU."""
    first = between[0] - widen - LOWEST_HU
    part = counts[first : between[1] + widen - LOWEST_HU + 1].astype(np.float64)
    # Numbers at the ends of what a file holds stand for all beyond them.
    present = np.flatnonzero(counts)
    for end in (int(present[0]), int(present[-1])):
        if 0 <= end - first < part.size:
            part[end - first] = 0.0
    return int(np.convolve(part, np.ones(17), mode="same").argmax()) + first + LOWEST_HU


def _piled(counts: NDArray[np.int64], present: NDArray[np.int64]) -> bool:
    """Tell whether a window cut off air below and bone above."""
    whole = PILE_SHARE * counts.sum()
    return bool(counts[present[0]] > whole and counts[present[-1]] > whole)


def _cut(counts: NDArray[np.int64], high: int, present: NDArray[np.int64]) -> str:
    if present.size <= FEW_AT_MOST:
        return "few"
    if int(np.gcd.reduce(np.diff(present))) >= EVEN_STEP_HU:
        return "even"
    if high < BONE_HU or (high < PILE_BELOW_HU and counts[present[-1]] > PILE_SHARE * counts.sum()):
        return "ceiling"
    measured = present[present >= PADDING_BELOW_HU - LOWEST_HU]
    if int(measured[0]) + LOWEST_HU > AIR_FLOOR_HU:
        return "floor"
    return ""
