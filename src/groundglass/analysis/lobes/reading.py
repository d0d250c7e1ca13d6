"""The lobes of one reading: only of whole chests with both lungs and known sides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from groundglass.analysis.grid import WorkingGrid
from groundglass.analysis.lobes.figures import LobeInvolvement, lobe_involvement, lobes_to_full
from groundglass.analysis.lobes.finding import Lobes, find_lobes
from groundglass.volume import LabelVolume

if TYPE_CHECKING:
    # reading.py, which anatomy.py needs, holds a LobeReading
    from groundglass.analysis.anatomy import Anatomy

_BOTH_SIDES = {0, 1, 2}
_MIRRORED = "heart_on_the_right"


@dataclass(frozen=True, slots=True, eq=False)
class LobeReading:
    """What can be said of the lobes of one chest; for orientation, never part of grade, percentages or routing.

    Attributes
    ----------
    full : LabelVolume or None
        Lobes that may be shown, labels of ``LOBE_LABELS``, on the grid of the volume; None where none is sure enough.
    lobes : Lobes
        All lobes on the working grid, and how sure each fissure is.
    involvement : tuple of LobeInvolvement
        One for each lobe that may be shown.
    """

    full: LabelVolume | None
    lobes: Lobes
    involvement: tuple[LobeInvolvement, ...] = ()


def trace_lobes(grid: WorkingGrid, body: Anatomy) -> Lobes | None:
    """Find the lobes where they lie as usual.

    Parameters
    ----------
    grid : WorkingGrid
        What was read.
    body : Anatomy
        Its anatomy.

    Returns
    -------
    Lobes or None
        None where a part of the chest or a lung is missing, the sides are not known, or the heart lies on the right:
        then the lung with three lobes may lie on the left.
    """
    sides = set(np.flatnonzero(np.bincount(body.lungs.ravel())))
    mirrored = any(reason.code == _MIRRORED for reason in body.verdict.reasons)
    if body.verdict.coverage != "whole" or sides != _BOTH_SIDES or mirrored:
        return None
    carina: tuple[float, float, float] | None = None
    if body.carina_mm is not None:
        k, row, column = (float(value) for value in grid.geometry.to_index(np.array(body.carina_mm)))
        carina = (k, row, column)
    return find_lobes(grid.hu, body.lungs, body.airways, carina_index=carina, spacing_mm=grid.spacing_mm)


def read_lobes(grid: WorkingGrid, found: Lobes | None, lungs: LabelVolume, lesions: LabelVolume) -> LobeReading | None:
    """Bring the lobes that may be shown to the full grid, and count in them.

    Parameters
    ----------
    grid : WorkingGrid
        What was read.
    found : Lobes or None
        Of :func:`trace_lobes`.
    lungs : LabelVolume
        On the full grid: 1 right, 2 left.
    lesions : LabelVolume
        On the full grid: 1 ground glass, 2 consolidation.
    """
    if found is None:
        return None
    full = lobes_to_full(grid, found, lungs)
    return LobeReading(full, found, () if full is None else lobe_involvement(found, full, lesions))
