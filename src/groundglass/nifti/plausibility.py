"""Are these numbers HU? DICOM says so in its header; NIfTI does not, so the numbers themselves are asked.

A chest in HU has air near -1000, soft tissue near 0..80 and bone above 300. What breaks this is told apart: other
quantities (labels, probabilities, magnetic resonance) are refused; HU shifted by 1024, clipped to a window, quantised
to few steps or stored as grey of a lung window are used with a warning, and ``hu_exact`` turns false.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundglass.errors import InputError, declare
from groundglass.phrases import Notice

NIFTI_NOT_HU = declare("NIFTI_NOT_HU", "A NIfTI whose numbers cannot be HU: labels, probabilities, another modality.")

SAMPLE_VOXELS = 2_000_000
AIR_HU = (-1100, -700)
"""Air around the patient, in airways and in aerated lung."""
SOFT_TISSUE_HU = (-150, 150)
"""Fat to enhanced muscle."""
LEAST_AIR_SHARE = 0.005
LEAST_TISSUE_SHARE = 0.03
"""A whole chest has a tenth of soft tissue and more; a lung crop some percent."""
LABELS_AT_MOST = 24
"""Distinct values up to which the numbers are labels: 19 lobes, airways and lesions are the longest list in use, and an
8-bit picture of a chest has above 100."""
QUANTISED_AT_MOST = 256
BONE_HU = 400
"""Every chest has bone above this; a lower ceiling means a window cut it off."""
LUNG_WINDOWS_HU: tuple[tuple[int, int], ...] = ((-1350, 150), (-1400, 200), (-1250, 250), (-1150, 350))
"""Lung windows in which 8-bit grey is stored, the commonest first: level -600 width 1500 (the Radiopaedia cases of the
public COVID-19 CT sets: their peaks of air and muscle fit it), -600 / 1600, -500 / 1500, -400 / 1500."""
AIR_PEAK_HU, FAT_PEAK_HU, MUSCLE_PEAK_HU = -1000.0, -100.0, 50.0
DARK_PEAK_HU = (-1040.0, -700.0)
"""Where the largest dark peak must fall: air, or the lung itself where no air is around it."""
LEAST_MUSCLE_PEAK = 0.5
"""Least height of the histogram at muscle, of the largest height among bright greys."""
SHIFT_HU = 1024
"""Stored values of most scanners are HU + 1024; converters that forget the intercept leave them."""
_OUTSIDE_HU = -1200
"""Below lies padding (-2000, -2048, -3024), which says nothing of the scale."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found about the numbers."""

    hu_exact: bool = True
    notices: tuple[Notice, ...] = ()


def judge(
    array: NDArray[np.int16], *, non_finite: int, fractions: bool, label: str
) -> tuple[NDArray[np.int16], Verdict]:
    """Return the volume in HU and what must be said of it.

    Parameters
    ----------
    array : (slice, row, column) int16
        The numbers of the file, scaled and rounded.
    non_finite : int
        Voxels that were NaN or infinite.
    fractions : bool
        Whether numbers were not whole before rounding.
    label : str
        Names the file in errors.

    Raises
    ------
    InputError
        ``NIFTI_NOT_HU`` with the range and what it looks like.
    """
    if non_finite >= array.size:
        raise _not_hu("no number is finite", label)
    low, high = int(array.min()), int(array.max())
    sample = _sample(array)
    values = np.unique(sample)
    if low >= -1 and high <= 1:
        raise _not_hu(f"its numbers lie in {low}..{high}: a mask or a probability", label)
    if values.size <= LABELS_AT_MOST:
        raise _not_hu(f"it has only {values.size} distinct numbers in {low}..{high}: labels, not a picture", label)
    if low >= -8 and high <= 255:
        return _from_grey(array, sample, label)
    if low >= -8:
        return _from_shifted(array, sample, label)
    inside = sample[sample > _OUTSIDE_HU]
    if _share(inside, AIR_HU) < LEAST_AIR_SHARE or _share(inside, SOFT_TISSUE_HU) < LEAST_TISSUE_SHARE:
        raise _not_hu(f"its numbers lie in {low}..{high} without the peaks of air and soft tissue", label)
    notices = []
    if high < BONE_HU:
        notices.append(Notice("nifti_hu_clipped", {"low_hu": low, "high_hu": high}))
    elif values.size <= QUANTISED_AT_MOST:
        notices.append(Notice("nifti_hu_quantised", {"values": int(values.size)}))
    elif fractions:
        # True HU are whole numbers; resampled or reconstructed ones are not.
        notices.append(Notice("nifti_hu_resampled", severity="info"))
    exact = all(notice.severity == "info" for notice in notices)
    return array, Verdict(exact, tuple(notices))


def _from_grey(array: NDArray[np.int16], sample: NDArray[np.int16], label: str) -> tuple[NDArray[np.int16], Verdict]:
    """Grey 0..255 of a lung window; any other window hides the lungs or the tissue and is refused."""
    dark, bright = _grey_heights(sample)
    best: tuple[float, tuple[int, int]] | None = None
    for low, high in LUNG_WINDOWS_HU:
        step = (high - low) / 255
        peak_hu = low + float(dark.argmax()) * step
        air, fat, muscle = (
            heights[round((hu - low) / step)]
            for heights, hu in ((dark, AIR_PEAK_HU), (bright, FAT_PEAK_HU), (bright, MUSCLE_PEAK_HU))
        )
        score = 2 * air + fat + muscle
        fits = DARK_PEAK_HU[0] <= peak_hu <= DARK_PEAK_HU[1] and muscle >= LEAST_MUSCLE_PEAK
        if fits and (best is None or score > best[0]):
            best = (score, (low, high))
    if best is None:
        raise _not_hu("its numbers are grey 0..255 and no lung window explains them", label)
    low, high = best[1]
    table = np.rint(np.arange(256) * ((high - low) / 255) + low).astype(np.int16)
    # Black and white also stand for all that lies beyond the window.
    hu = table[np.clip(array, 0, 255)]
    return hu, Verdict(False, (Notice("nifti_grey_window", {"low_hu": low, "high_hu": high}),))


def _grey_heights(sample: NDArray[np.int16]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the smoothed histogram twice, 256 greys each: relative to its top among dark and among bright greys."""
    counts = np.bincount(np.clip(sample, 0, 255), minlength=256).astype(np.float64)
    # Black and white hold what lies beyond the window and outside of the field of view.
    counts[:3] = counts[253:] = 0
    smooth = np.convolve(counts, np.ones(9) / 9, mode="same")
    dark, bright = smooth.copy(), smooth.copy()
    dark[128:], bright[:160] = 0, 0
    return dark / max(1.0, dark.max()), bright / max(1.0, bright.max())


def _from_shifted(array: NDArray[np.int16], sample: NDArray[np.int16], label: str) -> tuple[NDArray[np.int16], Verdict]:
    """Numbers from 0 up: HU + 1024 if air and soft tissue then fall where they belong."""
    moved = sample.astype(np.int32) - SHIFT_HU
    if _share(moved, AIR_HU) < LEAST_AIR_SHARE or _share(moved, SOFT_TISSUE_HU) < LEAST_TISSUE_SHARE:
        raise _not_hu(f"its numbers lie in {int(array.min())}..{int(array.max())}, without air below zero", label)
    hu = np.clip(array.astype(np.int32) - SHIFT_HU, -32768, 32767).astype(np.int16)
    return hu, Verdict(False, (Notice("nifti_shift_removed", {"shift_hu": SHIFT_HU}),))


def _sample(array: NDArray[np.int16]) -> NDArray[np.int16]:
    """Return about two million voxels, evenly spread over the volume."""
    flat = array.reshape(-1)
    # An odd step does not fall on the same columns again and again.
    step = max(1, flat.size // SAMPLE_VOXELS) | 1
    return flat[::step]


def _share(values: NDArray[Any], between: tuple[int, int]) -> float:
    if not values.size:
        return 0.0
    return float(np.count_nonzero((values >= between[0]) & (values <= between[1])) / values.size)


def _not_hu(what: str, label: str) -> InputError:
    return InputError(NIFTI_NOT_HU, what=what, where=label, todo="give the CT itself, in HU")
