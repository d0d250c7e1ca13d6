"""The quick look at every frame: where drawn letters may stand, at about a millisecond a slice.

Two things that a program draws and a scanner does not give:

1. One value repeated along stems and bars, with a step beside it. Noise makes four equal values in a row by chance.
2. Detail at the corner of the frequency plane, one pixel wide along both axes at once. A reconstruction has next to
   nothing there, since its kernel cuts off in a circle; letters that are blended into the picture have much of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

CELL_ROWS, CELL_COLUMNS = 8, 16
"""Counting is done in windows of 2 x 2 such cells, one every cell: 16 x 32 pixels hold about four letters of 8 px."""
RUN_PIXELS = 4
"""Equal values in a row from which a run counts: letters of 8 px have stems of 5 and bars of 4 px."""
RUN_STEP_HU = 12.0
"""Beside a run, at both of its ends: less than this is noise of a smooth reconstruction, and no contrast to read."""
SUSPECT_RUNS = 8
"""Runs in a window from which it is a suspect: at most 3 in the studies with filtered back projection."""
DETAIL_HU = 200.0
"""Least corner detail that counts; a letter of contrast C has up to 4 C."""
DETAIL_ABOVE_NOISE = 4
"""Corner detail that counts, over the frame's own 90th percentile."""
DETAIL_LIMIT_HU = 700.0
"""Whatever the noise, detail above counts: a frame full of drawn lines is no noise."""
DETAIL_SHARE = 1.25
"""Corner detail over the second differences along the axes: bone edges stay below, one-pixel strokes are above."""
SUSPECT_DETAIL = 17
"""Pixels with such detail in a window from which it is a suspect."""
SUSPECT_DETAIL_AT_EDGE = 72
"""The same where the field of view ends: its steps alone give up to 66."""
PADDING_GAP_CELLS = 4
"""Of 8 pixels: text of up to 30 px stands between padding above and below."""
WEAK_SHARE = 1 / 3
"""Of what makes a suspect: windows with as much may continue a line that begins in a suspect."""
_ALL_EIGHT = np.uint64(0x0101010101010101)
_PIXEL_STEPS = 2047
"""The range that 16 bits hold of the fourth difference: 16 x 2047 < 2^15."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What the thresholds are in stored values.

    Attributes
    ----------
    hu : float
        Stored values a Hounsfield unit; for other pictures a 3000th of the range of the frame.
    """

    hu: float


def _counts(rows: NDArray[np.intp], columns: NDArray[np.intp], shape: tuple[int, int]) -> NDArray[np.int64]:
    """Return how many of some pixels lie in each window (cells of 8 x 16, windows of 2 x 2 cells)."""
    down, across = shape[0] // CELL_ROWS, shape[1] // CELL_COLUMNS
    cells = np.bincount((rows // CELL_ROWS) * across + columns // CELL_COLUMNS, minlength=down * across)
    cells = cells.reshape(down, across)
    pairs = cells[:-1] + cells[1:]
    return np.asarray(pairs[:, :-1] + pairs[:, 1:])


def _set(flags: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return rows and columns of the set flags; few of many, eight at a time."""
    columns = flags.shape[1]
    wide = np.flatnonzero(flags.view(np.uint64))
    eight = flags.reshape(-1, 8)[wide]
    which, lane = np.nonzero(eight)
    flat = wide[which] * 8 + lane
    return flat // columns, flat % columns


def _runs(
    words: NDArray[Any], axis: int, step: int, shown: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return where runs along an axis begin that have a step beside both of their ends."""
    run = np.zeros(words.shape, bool)
    if axis == 0:
        equal, begins = words[1:] == words[:-1], run[: 1 - RUN_PIXELS]
        count = begins.shape[0]
        np.logical_and(equal[:count], equal[1 : count + 1], out=begins)
        for further in range(2, RUN_PIXELS - 1):
            begins &= equal[further : count + further]
    else:
        equal, begins = words[:, 1:] == words[:, :-1], run[:, : 1 - RUN_PIXELS]
        count = begins.shape[1]
        np.logical_and(equal[:, :count], equal[:, 1 : count + 1], out=begins)
        for further in range(2, RUN_PIXELS - 1):
            begins &= equal[:, further : count + further]
    run &= shown
    row, column = _set(run)
    if not row.size:
        return row, column
    value = words[row, column].astype(np.int64)
    last_row = row + (RUN_PIXELS - 1) * (axis == 0)
    last_column = column + (RUN_PIXELS - 1) * (axis == 1)
    beside = np.zeros(row.size, bool)
    for side in (-1, 1):
        if axis == 0:
            place = np.clip(column + side, 0, words.shape[1] - 1)
            first, last = words[row, place], words[last_row, place]
        else:
            place = np.clip(row + side, 0, words.shape[0] - 1)
            first, last = words[place, column], words[place, last_column]
        beside |= (np.abs(first - value) >= step) & (np.abs(last - value) >= step)
    return row[beside], column[beside]


def _beside(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return flags and their eight neighbours."""
    down = flags.copy()
    down[1:] |= flags[:-1]
    down[:-1] |= flags[1:]
    out = down.copy()
    out[:, 1:] |= down[:, :-1]
    out[:, :-1] |= down[:, 1:]
    return out


def _reach(cells: NDArray[np.bool_], axis: int, step: int) -> NDArray[np.bool_]:
    """Return the cells that have a set one, or the frame's end, within some cells before (step 1) or behind (-1)."""
    out = np.zeros_like(cells)
    # of the transposed cells rows are columns
    source, target = (cells, out) if axis == 0 else (cells.T, out.T)
    for distance in range(1, PADDING_GAP_CELLS + 1):
        if step > 0:
            target[distance:] |= source[:-distance]
            target[:distance] = True
        else:
            target[:-distance] |= source[distance:]
            target[-distance:] = True
    return out


def _is_edge(rows: NDArray[np.intp], columns: NDArray[np.intp], darkest: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """Return which of some pixels are the edge of the field of view; None where there is no padding.

    What lies between padding on two opposite sides is no such edge: it stands in the padding.
    """
    wide = darkest.view(np.uint64) == _ALL_EIGHT
    cells = np.asarray(wide.reshape(-1, 8, wide.shape[1]).all(axis=1))
    if not cells.any():
        return None
    near = _beside(_beside(cells))
    near &= ~(_reach(cells, 0, 1) & _reach(cells, 0, -1)) & ~(_reach(cells, 1, 1) & _reach(cells, 1, -1))
    edge = near[rows // 8, columns // 8]
    touched = np.zeros(rows.size, bool)
    for down in (-1, 0, 1):
        for across in (-1, 0, 1):
            touched |= darkest[rows + down, columns + across]
    return np.asarray(edge & touched)


def strengths(words: NDArray[Any], scale: Scale) -> NDArray[np.float64]:
    """Return for each window of a frame how much speaks for drawn letters.

    Parameters
    ----------
    words : (row, column) ndarray
        Stored values, 8 to 32 bits.
    scale : Scale
        Of the frame.

    Returns
    -------
    (window row, window column) ndarray
        1 and more for a suspect. Window (i, j) begins at pixel (8 i, 16 j) and is 16 x 32 pixels large.
    """
    rows, columns = words.shape
    wide_rows, wide_columns = max(2, -(-rows // CELL_ROWS)) * CELL_ROWS, max(2, -(-columns // 16)) * 16
    if (wide_rows, wide_columns) != words.shape:
        words = np.pad(words, ((0, wide_rows - rows), (0, wide_columns - columns)), mode="edge")
    low, high = int(words.min()), int(words.max())
    shift = max(0, (high - low).bit_length() - _PIXEL_STEPS.bit_length())
    small = words.astype(np.int64) - low if words.dtype.itemsize > 2 else words - words.dtype.type(low)
    if high - low > np.iinfo(np.int16).max:
        # the difference may have gone round: as unsigned it is right
        small = small.view(f"u{small.dtype.itemsize}").astype(np.int64)
    exact = small.astype(np.int16, copy=False) if high - low <= np.iinfo(np.int16).max else small
    step = max(1, round(RUN_STEP_HU * scale.hu))
    darkest = exact == 0
    shown = ~darkest
    down, across = _runs(exact, 0, step, shown), _runs(exact, 1, step, shown)
    row, column = np.concatenate([down[0], across[0]]), np.concatenate([down[1], across[1]])
    detail = _detailed((exact >> shift).astype(np.int16, copy=False), darkest, scale.hu / (1 << shift))
    return np.asarray(np.maximum(_counts(row, column, words.shape) / SUSPECT_RUNS, detail))


def suspect_windows(words: NDArray[Any], scale: Scale) -> NDArray[np.bool_]:
    """Return the windows of a frame in which drawn letters may stand: those whose strength is 1 or more."""
    return np.asarray(strengths(words, scale) >= 1)


def _detailed(values: NDArray[np.int16], darkest: NDArray[np.bool_], unit: float) -> NDArray[np.float64]:
    """Return how much detail windows have at the corner of the frequency plane, 1 for a suspect."""
    down = values[1:] - values[:-1]
    down = down[1:] - down[:-1]
    across = down[:, 1:] - down[:, :-1]
    detail = np.zeros(values.shape, np.int16)
    inner = detail[1:-1, 1:-1]
    np.subtract(across[:, 1:], across[:, :-1], out=inner)
    np.abs(detail, out=detail)
    sample = np.sort(inner[::16, ::2].ravel())
    noise = int(sample[int(sample.size * 0.9)]) if sample.size else 0
    least = min(max(DETAIL_ABOVE_NOISE * noise, DETAIL_HU * unit), DETAIL_LIMIT_HU * unit)
    row, column = _set(detail >= max(1, round(least)))
    middle = 2 * values[row, column].astype(np.int32)
    along = np.abs(values[row - 1, column] + values[row + 1, column] - middle)
    along += np.abs(values[row, column - 1] + values[row, column + 1] - middle)
    sharp = detail[row, column] >= DETAIL_SHARE * along
    row, column = row[sharp], column[sharp]
    every = _counts(row, column, values.shape)
    edge = None
    if every.max(initial=0) >= SUSPECT_DETAIL:
        edge = _is_edge(row, column, darkest)
    if edge is None:
        return np.asarray(every / SUSPECT_DETAIL)
    inside = _counts(row[~edge], column[~edge], values.shape)
    return np.asarray(np.maximum(inside / SUSPECT_DETAIL, every // SUSPECT_DETAIL_AT_EDGE))
