"""Which slices of a series go into the set: all, those of certain instance numbers, or one every so many mm.

The slices that stay always lie evenly, since a NIfTI has one distance between slices; where they would not, thinning is
refused by name and never mended in silence.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

import numpy as np

from groundglass.datasets.recipe.model import Thinning
from groundglass.dicom.entries import SeriesEntry
from groundglass.dicom.stacks import MIN_SLICES, STEP_RANGE_MM
from groundglass.errors import InputError, declare
from groundglass.phrases import Notice
from groundglass.volume import Geometry, Volume

THINNING_UNEVEN = declare("THINNING_UNEVEN", "The slices that thinning would keep do not lie evenly.")
THINNING_EMPTY = declare("THINNING_EMPTY", "Thinning would leave no slice.")
THINNING_NO_NUMBERS = declare("THINNING_NO_NUMBERS", "The slices have no instance numbers of their own to thin by.")

OFF_MULTIPLE = 0.05
"""Part of the distance of slices by which a wanted distance may miss a multiple of it before that is told: positions
are rounded to as much."""


def instance_numbers(entry: SeriesEntry) -> tuple[int | None, ...]:
    """Return the InstanceNumber of each slice of the volume, None where it is bridged or not known.

    Parameters
    ----------
    entry : SeriesEntry
        From :func:`groundglass.dicom.series.scan`.
    """
    frames = entry.stack.frames
    return tuple(None if slot is None else frames[slot].instance_number for slot in entry.stack.slots)


def thinned(
    volume: Volume, numbers: Sequence[int | None], rule: Thinning, *, notices: list[Notice] | None = None
) -> tuple[Volume, tuple[int, ...]]:
    """Return the slices that a rule keeps, and which they are.

    Parameters
    ----------
    volume : Volume
        The whole series.
    numbers : sequence of int or None
        InstanceNumber of each slice, as :func:`instance_numbers` gives them.
    rule : Thinning
        What is kept.
    notices : list of Notice, optional
        What must be told is appended.

    Returns
    -------
    Volume
        The slices kept; its origin is that of the first of them, its distance theirs.
    tuple of int
        Their indices in ``volume``, growing.

    Raises
    ------
    InputError
        As :func:`kept_slices`.
    """
    kept = kept_slices(volume.geometry, numbers, rule, notices=notices)
    if len(kept) == volume.geometry.shape[0]:
        return volume, kept
    array = volume.array[kept[0] : kept[-1] + 1 : kept[1] - kept[0] if len(kept) > 1 else 1]
    return Volume(array, thinned_geometry(volume.geometry, kept), volume.quantity), kept


def thinned_geometry(geometry: Geometry, kept: Sequence[int]) -> Geometry:
    """Return the geometry of evenly chosen slices.

    Parameters
    ----------
    geometry : Geometry
        Of the whole series.
    kept : sequence of int
        Indices of slices, growing evenly.
    """
    step = kept[1] - kept[0] if len(kept) > 1 else 1  # of a single slice nothing but its own distance is known
    affine = geometry.affine.copy()
    affine[:3, 3] = geometry.affine[:3, 3] + kept[0] * geometry.affine[:3, 0]
    affine[:3, 0] *= step
    return Geometry((len(kept), *geometry.shape[1:]), affine, geometry.frame_of_reference_uid, geometry.sided)


def kept_slices(
    geometry: Geometry,
    numbers: Sequence[int | None],
    rule: Thinning,
    *,
    bridged: Collection[int] | None = None,
    notices: list[Notice] | None = None,
) -> tuple[int, ...]:
    """Return which slices a rule keeps.

    Parameters
    ----------
    geometry : Geometry
        Of the whole series.
    numbers : sequence of int or None
        InstanceNumber of each slice.
    rule : Thinning
        What is kept.
    bridged : collection of int, optional
        Slices that are not in the source; without it, those without a number where others have one.
    notices : list of Notice, optional
        What must be told is appended.

    Raises
    ------
    InputError
        ``THINNING_NO_NUMBERS`` where instance numbers are missing, or one for all; ``THINNING_UNEVEN`` where the slices
        kept would not lie evenly; ``THINNING_EMPTY`` where none is left.
    """
    told: list[Notice] = [] if notices is None else notices
    if len(numbers) != geometry.shape[0]:
        raise ValueError(f"{len(numbers)} instance numbers for {geometry.shape[0]} slices")
    if bridged is None:
        partly = any(number is not None for number in numbers)
        bridged = {place for place, number in enumerate(numbers) if partly and number is None}
    if rule.instance_number is not None:
        kept = _by_number(numbers, rule.instance_number)
    elif rule.every_mm is not None:
        kept = _by_distance(len(numbers), bridged, geometry.spacing_mm[0], rule.every_mm, told)
    else:
        return tuple(range(geometry.shape[0]))
    if not kept:
        raise InputError(
            THINNING_EMPTY,
            what=f"none of {geometry.shape[0]} slices would be left",
            where=_said(rule),
            todo="thin less, or leave the series out",
        )
    apart_mm = (kept[1] - kept[0]) * geometry.spacing_mm[0] if len(kept) > 1 else 0.0
    if len(kept) < MIN_SLICES or apart_mm > STEP_RANGE_MM[1]:
        told.append(Notice("thinning_sparse", {"slices": len(kept), "mm": round(apart_mm, 1)}))
    filled = sum(place in bridged for place in kept)
    if filled:
        told.append(Notice("thinning_bridged", {"count": filled}))
    return kept


def _by_number(numbers: Sequence[int | None], divisor: int) -> tuple[int, ...]:
    known = [(place, number) for place, number in enumerate(numbers) if number is not None]
    if not known or len({number for _, number in known}) < min(2, len(numbers)):
        raise InputError(
            THINNING_NO_NUMBERS,
            what=f"{len(known)} of {len(numbers)} slices have an InstanceNumber, "
            f"{len({number for _, number in known})} of them different ones",
            where=f"thinning by instance number, {divisor}",
            todo="thin by every_mm instead",
        )
    whole = _filled(numbers, known)
    kept = tuple(place for place, number in enumerate(whole) if number is not None and number % divisor == 0)
    gaps = sorted({b - a for a, b in pairwise(kept)})
    steps = [(whole[b] or 0) - (whole[a] or 0) for a, b in pairwise(kept)]
    runs_one_way = all(step > 0 for step in steps) or all(step < 0 for step in steps)
    if len(gaps) > 1 or not runs_one_way:
        raise InputError(
            THINNING_UNEVEN,
            what=f"slices whose InstanceNumber is a multiple of {divisor} lie {gaps[0]} to {gaps[-1]} slices apart, "
            f"in {'one order' if runs_one_way else 'no order'}: numbers are repeated, missing or out of order",
            where=f"thinning by instance number, {divisor}",
            todo="thin by every_mm instead, or leave the series out",
        )
    return kept


def _filled(numbers: Sequence[int | None], known: Sequence[tuple[int, int]]) -> list[int | None]:
    """Give slices without a number the one that the others leave to them, where all run evenly."""
    if len(known) == len(numbers):
        return list(numbers)
    places, values = np.array(known).T
    steps = np.diff(values) / np.diff(places)
    if not (steps == steps[0]).all() or abs(steps[0]) != 1:
        return list(numbers)
    return [int(values[0] + (place - places[0]) * steps[0]) for place in range(len(numbers))]


def _by_distance(
    slices: int, bridged: Collection[int], spacing_mm: float, every_mm: float, told: list[Notice]
) -> tuple[int, ...]:
    step = max(1, round(every_mm / spacing_mm))
    if abs(every_mm - step * spacing_mm) > OFF_MULTIPLE * spacing_mm:
        told.append(
            Notice("thinning_nearest", {"wanted_mm": round(every_mm, 2), "mm": round(step * spacing_mm, 2)}, "info")
        )
    # From the lowest slice on; where that meets a slice that is not there, from the next that meets fewest.
    first = min(
        range(min(step, slices)), key=lambda start: sum(place in bridged for place in range(start, slices, step))
    )
    return tuple(range(first, slices, step))


def _said(rule: Thinning) -> str:
    if rule.instance_number is not None:
        return f"thinning by instance number, {rule.instance_number}"
    return f"thinning, one slice every {rule.every_mm:g} mm"
