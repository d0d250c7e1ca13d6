"""Putting the voxels of a mask onto the grid of its picture: by their millimetres, never by shape alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from groundglass.errors import InputError, declare
from groundglass.volume import Geometry

MASK_OFF_GRID = declare("MASK_OFF_GRID", "The voxels of a mask do not lie on the voxels of the series.")
MASK_SIDE = declare("MASK_SIDE", "A mask does not tell right from left.")

OFF_GRID_VOXELS = 0.2
"""How far centres of voxels may lie apart, in voxel sides: headers of drawing tools round positions to single
precision or two decimals, and converters differ in the distance of slices whose positions are rounded to 0.1 mm; a
shift of half a voxel is another grid."""


def onto(
    array: NDArray[np.uint8], found: Geometry, whole: Geometry, slices: Sequence[int], *, where: str
) -> tuple[NDArray[np.uint8], int]:
    """Return a mask on the slices kept of a series.

    Its axes may run in any order and direction, it may be larger or smaller than the picture, and it may have been
    drawn on thinned slices already.

    Parameters
    ----------
    array : (slice, row, column) uint8
        The mask.
    found : Geometry
        Of the mask; the frame of reference is not looked at, NIfTI has none.
    whole : Geometry
        Of the series before thinning.
    slices : sequence of int
        Which of its slices are kept.
    where : str
        Names the mask in errors.

    Returns
    -------
    (slice, row, column) uint8
        On the slices kept; 0 where the mask does not reach.
    int
        Voxels of the mask that are not 0, on all slices.

    Raises
    ------
    InputError
        ``MASK_SIDE``; ``MASK_OFF_GRID`` with the distance.
    """
    if not found.sided:
        raise InputError(
            MASK_SIDE,
            what="its header does not tell right from left (no valid sform or qform, or the identity)",
            where=where,
            todo="export the mask again with the orientation of its picture",
        )
    axes, flips = _turn_to(found, whole)
    turned = found.reoriented(axes, flips)
    a, b, c = (slice(None, None, -1) if flip else slice(None) for flip in flips)
    voxels = array.transpose(axes)[a, b, c]
    first, steps = _lattice(turned, whole, where)
    _require_not_moved(turned, first, whole, slices, where)
    wanted = [slice_number - first[0] for slice_number in slices]
    reached = [number // steps[0] for number in wanted if 0 <= number < steps[0] * turned.shape[0]]
    if any(number % steps[0] for number in wanted if 0 <= number <= steps[0] * (turned.shape[0] - 1)):
        raise _off_grid("it was drawn on other slices than those that are kept", where)
    marked = int(np.count_nonzero(voxels))
    out = np.zeros((len(slices), *whole.shape[1:]), np.uint8)
    rows, columns = (_shared(first[axis], turned.shape[axis], whole.shape[axis]) for axis in (1, 2))
    if reached and marked:
        for place, number in enumerate(wanted):
            if 0 <= number <= steps[0] * (turned.shape[0] - 1):
                out[place, rows[0], columns[0]] = voxels[number // steps[0], rows[1], columns[1]]
    _require_inside(voxels, first[0], steps[0], rows[1], columns[1], whole, where)
    return out, marked


def _turn_to(found: Geometry, whole: Geometry) -> tuple[tuple[int, int, int], tuple[bool, bool, bool]]:
    """Return the order and flips of the mask's axes that bring them nearest to those of the picture."""
    cosines = whole.cosines.T @ found.cosines
    order = max(
        ((a, b, c) for a in range(3) for b in range(3) for c in range(3) if len({a, b, c}) == 3),
        key=lambda p: abs(cosines[0, p[0]]) + abs(cosines[1, p[1]]) + abs(cosines[2, p[2]]),
    )
    return order, (
        bool(cosines[0, order[0]] < 0),
        bool(cosines[1, order[1]] < 0),
        bool(cosines[2, order[2]] < 0),
    )


def _lattice(turned: Geometry, whole: Geometry, where: str) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Return the index of the first voxel in the picture, and the steps of the mask in its voxels."""
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in turned.shape], indexing="ij")).reshape(3, -1).T
    at = whole.to_index(turned.to_mm(corners))
    ratios = np.array(turned.spacing_mm) / np.array(whole.spacing_mm)
    steps = np.array([max(1, round(float(ratios[0]))), 1, 1])
    # Where there is one slice alone, its distance to the next means nothing.
    first = np.rint(at[0])
    off = np.abs(at - (first + corners * steps)).max(axis=0)
    if off.max() > OFF_GRID_VOXELS:
        off_mm = float((off * whole.spacing_mm).max())
        sides = " x ".join(f"{side:.3g}" for side in turned.spacing_mm)
        ours = " x ".join(f"{side:.3g}" for side in whole.spacing_mm)
        raise _off_grid(
            f"its voxels lie up to {off_mm:.2f} mm beside those of the series ({sides} mm against {ours} mm, "
            f"{turned.shape} against {whole.shape} voxels)",
            where,
            off_mm=round(off_mm, 3),
        )
    a, b, c = (int(n) for n in first)
    return (a, b, c), (int(steps[0]), 1, 1)


def _require_not_moved(
    turned: Geometry, first: tuple[int, int, int], whole: Geometry, slices: Sequence[int], where: str
) -> None:
    """Refuse a mask as large as its picture that lies whole voxels beside it: it was moved, or is of another series."""
    thin = (len(slices), *whole.shape[1:])
    starts = {whole.shape: (0, 0, 0), thin: (slices[0], 0, 0)}
    start = starts.get(turned.shape)
    # a part of a longer series may have as many slices as are kept of it
    spacing_mm = whole.spacing_mm[0] * (slices[1] - slices[0] if turned.shape == thin and len(slices) > 1 else 1)
    if start is None or first == start or abs(turned.spacing_mm[0] / spacing_mm - 1) > OFF_GRID_VOXELS:
        return
    off_mm = float(np.linalg.norm((np.array(first) - start) * whole.spacing_mm))
    raise _off_grid(f"it is as large as the series and lies {off_mm:.1f} mm beside it", where, off_mm=round(off_mm, 3))


def _shared(first: int, count: int, size: int) -> tuple[slice, slice]:
    """Return the part of an axis of the picture that the mask reaches, and that part of the mask."""
    low, high = max(0, first), min(size, first + count)
    if low >= high:
        return slice(0, 0), slice(0, 0)
    return slice(low, high), slice(low - first, high - first)


def _require_inside(
    voxels: NDArray[np.uint8], first: int, step: int, rows: slice, columns: slice, whole: Geometry, where: str
) -> None:
    """Refuse a mask that marks voxels beyond the picture."""
    within = [n for n in range(len(voxels)) if 0 <= first + n * step < whole.shape[0]]
    inside = np.count_nonzero(voxels[within[0] : within[-1] + 1, rows, columns]) if within else 0
    outside = int(np.count_nonzero(voxels)) - int(inside)
    if outside:
        raise _off_grid(f"{outside} of the voxels it marks lie outside the series", where)


def _off_grid(what: str, where: str, **details: object) -> InputError:
    return InputError(
        MASK_OFF_GRID,
        what=what,
        where=where,
        todo="check that it belongs to this series, or resample it to the series first",
        **details,
    )


def off_grid(what: str, where: str) -> InputError:
    """Return the error of a mask that does not lie on its series."""
    return _off_grid(what, where)
