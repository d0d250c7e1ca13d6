"""Trachea and main bronchi: where the windpipe runs, where it forks, and what of it is not lung."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cc3d
import numpy as np
from numpy.typing import NDArray

from groundglass.analysis.morphology import Spacing, dilate, distance_to_mm

LUMEN_HU = -600
"""Half-way between air (-1000) and the wall (0), lowered a little for walls blurred at 2 mm."""
TRACHEA_AREA_MM2 = (50.0, 900.0)
"""Lumen of an adult trachea 100-500 mm2 (Breatnach et al., AJR 1984, 142:903: 10-27 mm wide), with room for children and disease."""
CHAIN_STEP_MM = 12.0
"""The windpipe's centre moves less than this between neighbouring slices (10 mm slices, slanting 45 degrees)."""
SHORTEST_TRACHEA_MM = 25.0
"""Shorter chains are taken for the pharynx, a sinus or a bubble."""
BRONCHI_REACH_MM = 50.0
"""Main bronchi are 20-50 mm long; beyond lies lung."""


@dataclass(frozen=True, slots=True, eq=False)
class Airways:
    """What was found of the airways.

    Attributes
    ----------
    lumen : (slice, row, column) bool
        Trachea and main bronchi with their inner wall.
    trachea : (slice, row, column) bool
        The part above the fork.
    carina : tuple of int or None
        (slice, row, column) of the fork.
    confidence : float
        0..1: how sure the fork is.
    """

    lumen: NDArray[np.bool_]
    trachea: NDArray[np.bool_]
    carina: tuple[int, int, int] | None
    confidence: float


@dataclass(frozen=True, slots=True)
class _Spot:
    label: int
    area_mm2: float
    row: float
    column: float
    width_mm: float
    round: float


def find_airways(hu: NDArray[np.int16], body: NDArray[np.bool_], spacing_mm: Spacing) -> Airways:
    """Find trachea, fork and main bronchi.

    Parameters
    ----------
    hu : (slice, row, column) int16
        Working grid, HU.
    body : (slice, row, column) bool
        The patient.
    spacing_mm : tuple of float
        Along (slice, row, column), mm.
    """
    nothing = np.zeros(hu.shape, dtype=bool)
    air = (hu < LUMEN_HU) & body
    layers: list[tuple[NDArray[Any], list[_Spot]]] = [_spots(air[k], body[k], spacing_mm) for k in range(len(hu))]
    chain = _best_chain([spots for _, spots in layers], spacing_mm)
    if chain is None or (len(chain) - 1) * spacing_mm[0] < SHORTEST_TRACHEA_MM:
        return Airways(nothing, nothing, None, 0.0)
    trachea = nothing.copy()
    for k, spot in chain.items():
        trachea[k] = layers[k][0] == spot.label
    bottom = min(chain)
    spot = chain[bottom]
    carina = (bottom, round(spot.row), round(spot.column))
    lumen, confidence = _bronchi(hu, body, trachea, carina, spacing_mm)
    wall = dilate(lumen, 1.2 * max(spacing_mm[1], spacing_mm[2]), (1e3, spacing_mm[1], spacing_mm[2])) & (hu > -900)
    return Airways(lumen | (wall & (hu < 100)), trachea, carina, confidence)


def _spots(air: NDArray[np.bool_], body: NDArray[np.bool_], spacing_mm: Spacing) -> tuple[NDArray[Any], list[_Spot]]:
    labels = np.asarray(cc3d.connected_components(np.ascontiguousarray(air), connectivity=4))
    statistics: dict[str, Any] = dict(cc3d.statistics(labels))
    pixel = spacing_mm[1] * spacing_mm[2]
    if not body.any():
        return labels, []
    columns = np.flatnonzero(body.any(axis=0))
    middle = (columns[0] + columns[-1]) / 2
    spots = []
    for label in range(1, len(statistics["voxel_counts"])):
        area = float(statistics["voxel_counts"][label]) * pixel
        if not TRACHEA_AREA_MM2[0] <= area <= TRACHEA_AREA_MM2[1]:
            continue
        row, column = (float(v) for v in statistics["centroids"][label][-2:])
        if abs(column - middle) * spacing_mm[2] > 0.25 * (columns[-1] - columns[0]) * spacing_mm[2]:
            continue
        sides = statistics["bounding_boxes"][label][-2:]
        height, width = ((s.stop - s.start) * mm for s, mm in zip(sides, spacing_mm[1:], strict=True))
        fullness = area / (height * width)  # a disc fills 0.79 of its box
        if max(height, width) > 3.0 * min(height, width) or fullness < 0.45:
            continue
        spots.append(_Spot(label, area, row, column, width, min(1.0, fullness / 0.75)))
    return labels, spots


def _best_chain(spots: list[list[_Spot]], spacing_mm: Spacing) -> dict[int, _Spot] | None:
    """Join spots of neighbouring slices from the top down; return the chain with the most round length."""
    best: list[list[float]] = [[0.0] * len(layer) for layer in spots]
    back: list[list[int]] = [[-1] * len(layer) for layer in spots]
    limit = max(CHAIN_STEP_MM * 0.5, min(CHAIN_STEP_MM, 1.5 * spacing_mm[0]))
    top = (0.0, -1, -1)
    for k in range(len(spots) - 1, -1, -1):
        for i, spot in enumerate(spots[k]):
            gain = spot.round * spacing_mm[0]
            score = gain
            if k + 1 < len(spots):
                for j, upper in enumerate(spots[k + 1]):
                    shift = np.hypot(
                        (spot.row - upper.row) * spacing_mm[1], (spot.column - upper.column) * spacing_mm[2]
                    )
                    ratio = spot.area_mm2 / upper.area_mm2
                    if shift <= limit and 0.45 < ratio < 2.0 and best[k + 1][j] + gain > score:
                        score, back[k][i] = best[k + 1][j] + gain, j
            best[k][i] = score
            if score > top[0]:
                top = (score, k, i)
    if top[1] < 0:
        return None
    chain: dict[int, _Spot] = {}
    k, i = top[1], top[2]
    while i >= 0:
        chain[k] = spots[k][i]
        k, i = k + 1, back[k][i]
    return chain


def _bronchi(
    hu: NDArray[np.int16],
    body: NDArray[np.bool_],
    trachea: NDArray[np.bool_],
    carina: tuple[int, int, int],
    spacing_mm: Spacing,
) -> tuple[NDArray[np.bool_], float]:
    """Grow below the fork, at the mildest threshold that does not burst into the lung."""
    k, r, c = carina
    reach = [int(np.ceil(BRONCHI_REACH_MM / mm)) for mm in spacing_mm]
    box = tuple(
        slice(max(0, i - n), min(size, i + n + 1)) for i, n, size in zip((k, r, c), reach, hu.shape, strict=True)
    )
    seeds = np.zeros(hu.shape, dtype=bool)
    seeds[k] = trachea[k]
    local_hu, local_seed = hu[box], seeds[box]
    near = distance_to_mm(local_seed, spacing_mm) < BRONCHI_REACH_MM
    below = np.zeros(local_hu.shape, dtype=bool)
    below[: k - box[0].start + 1] = True
    allowed = near & below & body[box]
    grown = np.zeros(local_hu.shape, dtype=bool)
    found = False
    for threshold in (-700, -750, -800, -850, -880, -910, -940):
        mask = allowed & (local_hu < threshold) | local_seed
        labels = np.asarray(cc3d.connected_components(np.ascontiguousarray(mask), connectivity=6))
        wanted = np.unique(labels[local_seed])
        grown = np.isin(labels, wanted[wanted > 0])
        volume_ml = float(grown.sum()) * float(np.prod(spacing_mm)) / 1000.0
        if volume_ml < 25.0:
            found = True
            break
    out = trachea.copy()
    if found:
        out[box] |= grown
    return out, 0.9 if found else 0.4
