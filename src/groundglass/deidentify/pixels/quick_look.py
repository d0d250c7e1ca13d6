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


def _counts(hits: NDArray[Any]) -> NDArray[np.int32]:
    """Return how many pixels of each window are set (cells of 8 x 16, windows of 2 x 2 cells)."""
    rows, columns = hits.shape
    lanes = hits.view(np.uint64).reshape(rows // CELL_ROWS, CELL_ROWS, columns // 8)
    # eight columns are added at a time: a byte holds 8 rows of at most 2
    cells = (
        np.add.reduce(lanes, axis=1).view(np.uint8).reshape(rows // CELL_ROWS, columns // CELL_COLUMNS, CELL_COLUMNS)
    )
    sums = cells.sum(axis=2, dtype=np.int32)
    pairs = sums[:-1] + sums[1:]
    return np.asarray(pairs[:, :-1] + pairs[:, 1:])


def _runs(words: NDArray[Any], step: int, darkest: int, out: NDArray[np.uint8]) -> None:
    """Add to ``out`` where runs along axis 0 begin."""
    rows = words.shape[0] - RUN_PIXELS + 1
    equal = words[1:] == words[:-1]
    run = equal[:rows] & equal[1 : rows + 1]
    for further in range(2, RUN_PIXELS - 1):
        run &= equal[further : rows + further]
    if not run.any():
        return
    run &= words[:rows] != darkest
    difference = words[:, 1:] - words[:, :-1]
    stepped = (difference >= step) | (difference <= -step)
    both = stepped[:rows] & stepped[RUN_PIXELS - 1 :]
    beside = np.zeros_like(run)
    beside[:, 1:] = both
    beside[:, :-1] |= both
    out[:rows] += run & beside


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
    """Return the cells that have a set one within ``PADDING_GAP_CELLS`` before (step 1) or behind (-1)."""
    out = np.zeros_like(cells)
    for distance in range(1, PADDING_GAP_CELLS + 1):
        moved = np.roll(cells, step * distance, axis=axis)
        edge = slice(0, distance) if step > 0 else slice(-distance, None)
        if axis == 0:
            moved[edge] = False
        else:
            moved[:, edge] = False
        out |= moved
    return out


def _far_from_padding(darkest: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """Return the pixels that are no edge of the field of view; None where there is no padding.

    What lies between padding on two opposite sides is no edge of the field of view: it stands in the padding.
    """
    rows, columns = darkest.shape
    cells = np.asarray(darkest.reshape(rows // 8, 8, columns // 8, 8).all(axis=(1, 3)))
    if not cells.any():
        return None
    near = _beside(_beside(np.asarray(cells)))
    near &= ~(_reach(cells, 0, 1) & _reach(cells, 0, -1)) & ~(_reach(cells, 1, 1) & _reach(cells, 1, -1))
    return np.asarray(~(np.repeat(np.repeat(near, 8, axis=0), 8, axis=1) & _beside(darkest)))


def suspect_windows(words: NDArray[Any], scale: Scale) -> NDArray[np.bool_]:
    """Return the windows of a frame in which drawn letters may stand.

    Parameters
    ----------
    words : (row, column) ndarray
        Stored values, 8 to 32 bits.
    scale : Scale
        Of the frame.

    Returns
    -------
    (window row, window column) ndarray of bool
        Window (i, j) begins at pixel (8 i, 16 j) and is 16 x 32 pixels large.
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
    runs = np.zeros(words.shape, np.uint8)
    step = max(1, round(RUN_STEP_HU * scale.hu))
    _runs(exact, step, 0, runs)
    turned = np.zeros(words.shape[::-1], np.uint8)
    _runs(np.ascontiguousarray(exact.T), step, 0, turned)
    runs += turned.T
    suspects = _counts(runs) >= SUSPECT_RUNS
    suspects |= _detailed((exact >> shift).astype(np.int16, copy=False), exact == 0, scale.hu / (1 << shift))
    return np.asarray(suspects)


def _detailed(values: NDArray[np.int16], darkest: NDArray[np.bool_], unit: float) -> NDArray[np.bool_]:
    """Return the windows with much detail at the corner of the frequency plane."""
    down = values[1:] - values[:-1]
    down = down[1:] - down[:-1]
    detail = down[:, 1:] - down[:, :-1]
    detail = detail[:, 1:] - detail[:, :-1]
    np.abs(detail, out=detail)
    sample = np.sort(detail[::16, ::2].ravel())
    noise = int(sample[int(sample.size * 0.9)]) if sample.size else 0
    least = min(max(DETAIL_ABOVE_NOISE * noise, DETAIL_HU * unit), DETAIL_LIMIT_HU * unit)
    found_row, found_column = np.nonzero(detail >= max(1, round(least)))
    if found_row.size >= SUSPECT_DETAIL:
        row, column = found_row + 1, found_column + 1
        middle = 2 * values[row, column].astype(np.int32)
        along = np.abs(values[row - 1, column] + values[row + 1, column] - middle)
        along += np.abs(values[row, column - 1] + values[row, column + 1] - middle)
        sharp = detail[found_row, found_column] >= DETAIL_SHARE * along
        row, column = row[sharp], column[sharp]
    if found_row.size < SUSPECT_DETAIL or row.size < SUSPECT_DETAIL:
        return np.zeros((values.shape[0] // CELL_ROWS - 1, values.shape[1] // CELL_COLUMNS - 1), bool)
    hits = np.zeros(values.shape, np.uint8)
    hits[row, column] = 1
    every = _counts(hits)
    far = _far_from_padding(darkest)
    if far is None:
        return np.asarray(every >= SUSPECT_DETAIL)
    return np.asarray((_counts(hits * far) >= SUSPECT_DETAIL) | (every >= SUSPECT_DETAIL_AT_EDGE))
