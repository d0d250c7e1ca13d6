"""Lobes on the full grid, as far as they may be shown, and what of each is diseased: never part of grade or figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from groundglass.analysis.grid import WorkingGrid
from groundglass.analysis.lobes.finding import (
    LEFT,
    LEFT_LOWER,
    LEFT_UPPER,
    RIGHT,
    RIGHT_LOWER,
    RIGHT_MIDDLE,
    RIGHT_UPPER,
    Lobes,
)
from groundglass.analysis.morphology import Box, bounding_box
from groundglass.phrases import Notice
from groundglass.volume import LabelVolume

RIGHT_UPPER_AND_MIDDLE = 6
"""Label, after those of the five lobes, for two that are not told apart."""
LOBE_LABELS: Mapping[int, str] = MappingProxyType(
    {
        RIGHT_UPPER: "right upper lobe",
        RIGHT_MIDDLE: "right middle lobe",
        RIGHT_LOWER: "right lower lobe",
        LEFT_UPPER: "left upper lobe",
        LEFT_LOWER: "left lower lobe",
        RIGHT_UPPER_AND_MIDDLE: "right upper and middle lobe",
    }
)
SHOWN_CONFIDENCE = 0.8
"""Lobes are shown when their fissures are at least this sure: on phantoms one such in thirty lies over 5 mm off."""
SUREST_PERCENT = 99
"""No fissure is called surer than this: the curve was fitted on some hundred, so it cannot tell 99 from 100."""
_REACH_VOXELS = 2
"""The lung on the full grid reaches this far beyond its working voxels at most."""


@dataclass(frozen=True, slots=True)
class LobeInvolvement:
    """How much of one lobe is diseased; for orientation, not for grading.

    Attributes
    ----------
    label : int
        Of ``LOBE_LABELS``.
    confidence : float
        0..1, of the least sure fissure that bounds the lobe.
    volume_ml : float
        Volume of the lobe, ml.
    percent : float
        100 x lesion in lobe / lobe.
    """

    label: int
    confidence: float
    volume_ml: float
    percent: float


def lobe_confidence(lobes: Lobes) -> Mapping[int, float]:
    """Return the confidence of each lobe: that of the least sure fissure that bounds it; 0 where there is none.

    Parameters
    ----------
    lobes : Lobes
        With their fissures.
    """
    right, level, left = (
        lobes.fissures[name].confidence if name in lobes.fissures else 0.0
        for name in ("right oblique", "right horizontal", "left oblique")
    )
    both = min(right, level)
    return {
        RIGHT_UPPER: both,
        RIGHT_MIDDLE: both,
        RIGHT_LOWER: right,
        LEFT_UPPER: left,
        LEFT_LOWER: left,
        RIGHT_UPPER_AND_MIDDLE: right,
    }


def sure_percent(confidence: float) -> int:
    """Return a confidence as it is told to people: whole percent, never 100.

    Parameters
    ----------
    confidence : float
        0..1.
    """
    return min(SUREST_PERCENT, round(100 * confidence))


def shown(lobes: Lobes, least: float = SHOWN_CONFIDENCE) -> NDArray[np.uint8]:
    """Return the lobes that are sure enough; the right upper and middle lobe as one where only they are not told apart.

    Parameters
    ----------
    lobes : Lobes
        On the working grid.
    least : float
        Least confidence, 0..1.

    Returns
    -------
    (slice, row, column) uint8
        Labels of ``LOBE_LABELS``; 0 elsewhere.
    """
    sure = lobe_confidence(lobes)
    table = np.array([0] + [label if sure[label] >= least else 0 for label in range(1, 6)], dtype=np.uint8)
    if table[RIGHT_LOWER] and not table[RIGHT_UPPER]:
        table[[RIGHT_UPPER, RIGHT_MIDDLE]] = RIGHT_UPPER_AND_MIDDLE
    return np.asarray(table[lobes.labels], dtype=np.uint8)


def lobe_notices(lobes: Lobes, least: float = SHOWN_CONFIDENCE) -> tuple[Notice, ...]:
    """Say which lobes are not shown since their fissures are not sure enough.

    Parameters
    ----------
    lobes : Lobes
        With their fissures; nothing is said of a lung that was left out.
    least : float
        Least confidence, 0..1.
    """
    percent = {name: sure_percent(fissure.confidence) for name, fissure in lobes.fissures.items()}
    sure = {name: fissure.confidence >= least for name, fissure in lobes.fissures.items()}
    out = []
    if not sure.get("right oblique", True):
        out.append(Notice("lobes_right_unsure", {"confidence": percent["right oblique"]}, "info"))
    elif not sure.get("right horizontal", True):
        out.append(Notice("lobes_middle_unsure", {"confidence": percent["right horizontal"]}, "info"))
    if not sure.get("left oblique", True):
        out.append(Notice("lobes_left_unsure", {"confidence": percent["left oblique"]}, "info"))
    return tuple(out)


def lobes_to_full(
    grid: WorkingGrid, lobes: Lobes, lungs: LabelVolume, least: float = SHOWN_CONFIDENCE
) -> LabelVolume | None:
    """Bring the lobes that may be shown to the full grid.

    Parameters
    ----------
    grid : WorkingGrid
        How the grids lie to each other.
    lobes : Lobes
        On the working grid.
    lungs : LabelVolume
        1 right, 2 left, on the full grid; the lobes end where the lungs do.
    least : float
        Least confidence, 0..1.

    Returns
    -------
    LabelVolume or None
        Labels of ``LOBE_LABELS``, in steps of the working voxels along the fissures; None where no lobe is sure.
    """
    labels = shown(lobes, least)
    if not labels.any():
        return None
    out = np.zeros(grid.full.geometry.shape, dtype=np.uint8)
    by_slice, by_row, by_column = grid.blocks
    for side, own in (
        (RIGHT, (RIGHT_UPPER, RIGHT_MIDDLE, RIGHT_LOWER, RIGHT_UPPER_AND_MIDDLE)),
        (LEFT, (LEFT_UPPER, LEFT_LOWER)),
    ):
        kept = np.zeros(len(LOBE_LABELS) + 1, dtype=np.uint8)
        kept[list(own)] = own
        part = kept[labels]
        box = bounding_box(part > 0, _REACH_VOXELS)
        if box is None:
            continue
        near = ndimage.maximum_filter(part[box], 2 * _REACH_VOXELS + 1)
        part[box] = np.where(part[box] > 0, part[box], near)
        start, stop = ([block * at for block, at in zip(grid.blocks, ends, strict=True)] for ends in _ends(box))
        field = (slice(start[1], stop[1]), slice(start[2], stop[2]))
        for k in range(start[0], min(stop[0], out.shape[0])):
            target = out[k][field]
            rough = part[(k // by_slice, *box[1:])].repeat(by_row, axis=0).repeat(by_column, axis=1)
            # the last block of an axis may be smaller
            np.copyto(target, rough[: target.shape[0], : target.shape[1]], where=lungs.array[k][field] == side)
    return LabelVolume(out, lungs.geometry, {k: v for k, v in LOBE_LABELS.items() if (labels == k).any()})


def _ends(box: Box) -> tuple[list[int], list[int]]:
    return [part.start for part in box], [part.stop for part in box]


def lobe_involvement(lobes: Lobes, full: LabelVolume, lesions: LabelVolume) -> tuple[LobeInvolvement, ...]:
    """Count what of each shown lobe is diseased.

    Parameters
    ----------
    lobes : Lobes
        Tell how sure each is.
    full : LabelVolume
        Of :func:`lobes_to_full`.
    lesions : LabelVolume
        1 ground glass, 2 consolidation, on the same grid.

    Raises
    ------
    InputError
        ``GRID_MISMATCH`` if lobes and lesions lie on different grids.
    """
    full.geometry.require_same_grid(lesions.geometry, what="lobes and lesions")
    size = max(LOBE_LABELS) + 1
    whole, sick = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    for lobe, lesion in zip(full.array, lesions.array, strict=True):
        part = lesion > 0
        anything = part.any()
        for label in full.labels:
            own = lobe == label
            whole[label] += np.count_nonzero(own)
            if anything:
                sick[label] += np.count_nonzero(own & part)
    sure = lobe_confidence(lobes)
    return tuple(
        LobeInvolvement(
            label, sure[label], float(whole[label] * full.geometry.voxel_ml), float(100.0 * sick[label] / whole[label])
        )
        for label in sorted(full.labels)
        if whole[label]
    )
