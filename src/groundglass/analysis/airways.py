"""Trachea and main bronchi: where the windpipe runs, where it forks, and what of it is not lung."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cc3d
import numpy as np
from numpy.typing import NDArray

from groundglass.analysis.morphology import Spacing, bounding_box, dilate_in_plane

LUMEN_HU = -600
"""Half-way between air (-1000) and wall (0), lowered a little for walls blurred at 2 mm."""
TRACHEA_AREA_MM2 = (25.0, 900.0)
"""An adult trachea is 10-27 mm wide (Breatnach et al., AJR 1984;142:903), so 100-500 mm2; with room for children."""
CENTRAL_SHARE = 0.2
"""The windpipe keeps within this share of the body's width from its middle, arms and rotation allowed for."""
CHAIN_STEP_MM = (6.0, 12.0)
"""Its centre moves at most 1.5 x the slice distance between neighbouring slices, within these limits."""
SHORTEST_TRACHEA_MM = 20.0
"""Shorter chains are a sinus, a vessel with gas or a bubble, unless they run through the whole of a thin stack."""
LUMEN_LADDER_HU = (-700, -800, -860, -900, -940)
"""Bronchi are followed at the mildest threshold at which they do not burst into the lung."""
BRONCHI_REACH_MM = 45.0
"""Main bronchi end 20-50 mm below the fork; beyond lies lung."""
SPLIT_APART_MM = 9.0
"""Right and left bronchus lie at least this far apart, centre to centre, just below the fork."""
BRANCH_SHARE = 0.2
"""A main bronchus has at least this share of the windpipe's area; tips of lung beside it have less."""
BRANCH_ASIDE_MM = 3.0
"""Both bronchi leave the windpipe's column, to either side; beside a bubble or a tip of lung it runs straight on."""
SPLIT_LASTS_MM = 6.0
"""A fork is believed when both branches go on for this long, or two slices."""
LEAK_AREA_SHARE, LEAK_HU = 1.5, -920
"""A lumen that suddenly widens must be filled with air: lung is denser."""
RING_HU = -550
"""A branch with lung all around (ring mean below this) is a lobar bronchus and stays lung."""


@dataclass(frozen=True, slots=True, eq=False)
class Airways:
    """What was found of the airways.

    Attributes
    ----------
    lumen : (slice, row, column) bool
        Trachea and main bronchi with their inner wall.
    trachea : (slice, row, column) bool
        Lumen above the fork.
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
    """A roundish patch of air in one slice."""

    label: int
    area_mm2: float
    row: float
    column: float
    round: float


@dataclass(frozen=True, slots=True, eq=False)
class _Tree:
    """What was followed down from the top of one chain; ``fork`` is the first slice with two branches."""

    mask: NDArray[np.bool_]
    fork: int | None
    lasts_mm: float
    centre: dict[int, tuple[float, float]]


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
    layers = [_spots(air[k], body[k], spacing_mm) for k in range(len(hu))]
    spots = [found for _, found in layers]
    shortest = min(SHORTEST_TRACHEA_MM, 0.7 * len(hu) * spacing_mm[0])
    best: tuple[float, _Tree, dict[int, _Spot]] | None = None
    for chain in _chains(spots, spacing_mm, count=3):
        length = len(chain) * spacing_mm[0]
        if length < shortest:
            continue
        tree = _follow(hu, body, layers, chain, spacing_mm)
        above = max(chain) - (tree.fork if tree.fork is not None else min(chain))
        believed = tree.fork is not None and (above + 1) * spacing_mm[0] >= min(10.0, shortest)
        score = length + (200.0 if believed else 0.0) + min(tree.lasts_mm, 30.0)
        if best is None or score > best[0]:
            best = (score, tree, chain)
    if best is None:
        return Airways(nothing, nothing, None, 0.0)
    _, tree, chain = best
    trachea = tree.mask.copy()
    if tree.fork is None:
        return Airways(_with_wall(tree.mask, hu, spacing_mm), trachea, None, 0.0)
    trachea[: tree.fork + 1] = False
    at = tree.fork + 1
    row, column = tree.centre[at]
    confidence = min(0.95, 0.5 + tree.lasts_mm / 40.0)
    if spacing_mm[0] > 5.0:
        confidence = min(confidence, 0.8)  # the fork is known to a slice at best
    return Airways(_with_wall(tree.mask, hu, spacing_mm), trachea, (at, round(row), round(column)), confidence)


def _with_wall(lumen: NDArray[np.bool_], hu: NDArray[np.int16], spacing_mm: Spacing) -> NDArray[np.bool_]:
    wall = dilate_in_plane(lumen, 1.5, spacing_mm) & (hu > -900) & (hu < 100)
    return np.asarray(lumen | wall)


def _spots(air: NDArray[np.bool_], body: NDArray[np.bool_], spacing_mm: Spacing) -> tuple[NDArray[Any], list[_Spot]]:
    labels = np.asarray(cc3d.connected_components(np.ascontiguousarray(air), connectivity=4))
    columns = np.flatnonzero(body.any(axis=0))
    if columns.size == 0 or not air.any():
        return labels, []
    statistics: dict[str, Any] = dict(cc3d.statistics(labels))
    middle, width = (columns[0] + columns[-1]) / 2, columns[-1] - columns[0] + 1
    spots = []
    for label in range(1, len(statistics["voxel_counts"])):
        area = float(statistics["voxel_counts"][label]) * spacing_mm[1] * spacing_mm[2]
        if not TRACHEA_AREA_MM2[0] <= area <= TRACHEA_AREA_MM2[1]:
            continue
        row, column = (float(v) for v in statistics["centroids"][label][-2:])
        if abs(column - middle) > CENTRAL_SHARE * width:
            continue
        sides = statistics["bounding_boxes"][label][-2:]
        high, wide = ((s.stop - s.start) * mm for s, mm in zip(sides, spacing_mm[1:], strict=True))
        fullness = area / (high * wide)  # a disc fills 0.79 of its box
        if max(high, wide) <= 3.0 * min(high, wide) and fullness >= 0.45:
            spots.append(_Spot(label, area, row, column, min(1.0, fullness / 0.75)))
    return labels, spots


def _chains(spots: list[list[_Spot]], spacing_mm: Spacing, *, count: int) -> list[dict[int, _Spot]]:
    """Join spots of neighbouring slices, and return the longest round chains, no two of which share a spot."""
    used: set[tuple[int, int]] = set()
    chains = []
    for _ in range(count):
        chain = _best_chain(spots, used, spacing_mm)
        if not chain:
            break
        used |= {(k, spot.label) for k, spot in chain.items()}
        chains.append(chain)
    return chains


def _best_chain(spots: list[list[_Spot]], used: set[tuple[int, int]], spacing_mm: Spacing) -> dict[int, _Spot]:
    best: list[list[float]] = [[0.0] * len(layer) for layer in spots]
    back: list[list[int]] = [[-1] * len(layer) for layer in spots]
    limit = min(CHAIN_STEP_MM[1], max(CHAIN_STEP_MM[0], 1.5 * spacing_mm[0]))
    top = (0.0, -1, -1)
    for k in range(len(spots) - 1, -1, -1):
        for i, spot in enumerate(spots[k]):
            if (k, spot.label) in used:
                continue
            gain = score = spot.round * spacing_mm[0]
            for j, upper in enumerate(spots[k + 1] if k + 1 < len(spots) else []):
                down, across = (spot.row - upper.row) * spacing_mm[1], (spot.column - upper.column) * spacing_mm[2]
                ratio = spot.area_mm2 / upper.area_mm2
                near = down * down + across * across <= limit * limit and 0.45 < ratio < 2.2
                if near and best[k + 1][j] + gain > score:
                    score, back[k][i] = best[k + 1][j] + gain, j
            best[k][i] = score
            if score > top[0]:
                top = (score, k, i)
    chain: dict[int, _Spot] = {}
    k, i = top[1], top[2]
    while i >= 0:
        chain[k] = spots[k][i]
        k, i = k + 1, back[k][i]
    return chain


def _follow(
    hu: NDArray[np.int16],
    body: NDArray[np.bool_],
    layers: list[tuple[NDArray[Any], list[_Spot]]],
    chain: dict[int, _Spot],
    spacing_mm: Spacing,
) -> _Tree:
    """Go down from the top of the chain slice by slice; the front may part in two, but may not burst."""
    mask = np.zeros(hu.shape, dtype=bool)
    top = max(chain)
    front = layers[top][0] == chain[top].label
    mask[top] = front
    centre = {top: (chain[top].row, chain[top].column)}
    pixel = spacing_mm[1] * spacing_mm[2]
    areas = [float(front.sum()) * pixel]
    fork: int | None = None
    two_mm = 0.0
    trunk_column = chain[top].column
    lasting = max(SPLIT_LASTS_MM, 1.5 * spacing_mm[0])
    for k in range(top - 1, -1, -1):
        if fork is not None and (fork - k) * spacing_mm[0] > BRONCHI_REACH_MM:
            break
        usual = float(np.median(areas))
        pieces = _front(hu[k], body[k], front, usual, spacing_mm, forked=two_mm >= SPLIT_LASTS_MM)
        if fork is None:
            trunk = max((area for _, area, _, _ in pieces), default=0.0)
            pieces = [piece for piece in pieces if piece[1] >= BRANCH_SHARE * trunk]
        if not pieces:
            break
        front = np.logical_or.reduce([piece for piece, _, _, _ in pieces])
        mask[k] = front
        rows = [(area, row, column) for _, area, row, column in pieces]
        total = sum(area for area, _, _ in rows)
        centre[k] = (sum(a * r for a, r, _ in rows) / total, sum(a * c for a, _, c in rows) / total)
        if _is_fork(rows, usual, trunk_column, spacing_mm):
            fork = k if fork is None else fork
            two_mm += spacing_mm[0]
        elif fork is not None and two_mm < lasting:
            fork, two_mm = None, 0.0  # a bubble beside the windpipe (oesophagus, diverticulum, tip of lung)
        if fork is None:
            areas.append(total)
            trunk_column = centre[k][1]
    if two_mm < lasting:
        fork = None
    return _Tree(mask, fork, two_mm if fork is not None else 0.0, centre)


def _is_fork(
    lumens: list[tuple[float, float, float]], usual_mm2: float, trunk_column: float, spacing_mm: Spacing
) -> bool:
    """Tell whether lumens (area mm2, row, column) are two bronchi, one on each side of the windpipe's column."""
    if len(lumens) < 2:
        return False
    (_, row, column), (second, other_row, other_column) = sorted(lumens, reverse=True)[:2]
    left = (max(column, other_column) - trunk_column) * spacing_mm[2]
    right = (trunk_column - min(column, other_column)) * spacing_mm[2]
    down = abs(row - other_row) * spacing_mm[1]
    aside = left >= BRANCH_ASIDE_MM and right >= BRANCH_ASIDE_MM
    return second >= BRANCH_SHARE * usual_mm2 and aside and left + right >= max(SPLIT_APART_MM, down)


def _front(
    hu: NDArray[np.int16],
    body: NDArray[np.bool_],
    above: NDArray[np.bool_],
    usual_mm2: float,
    spacing_mm: Spacing,
    *,
    forked: bool,
) -> list[tuple[NDArray[np.bool_], float, float, float]]:
    """Return the lumens of a slice that continue the front above: (mask, area mm2, row, column)."""
    reach = [int(np.ceil((5.0 + spacing_mm[0]) / mm)) for mm in spacing_mm[1:]]
    rows, columns = np.flatnonzero(above.any(axis=1)), np.flatnonzero(above.any(axis=0))
    wide = [n + int(np.ceil(30.0 / mm)) for n, mm in zip(reach, spacing_mm[1:], strict=True)]
    box = (
        slice(max(0, rows[0] - wide[0]), rows[-1] + 1 + wide[0]),
        slice(max(0, columns[0] - wide[1]), columns[-1] + 1 + wide[1]),
    )
    local, inside = hu[box], body[box]
    reached = dilate_in_plane(above[box][None], 0.5 * spacing_mm[0] + 1.0, spacing_mm)[0]
    pixel = spacing_mm[1] * spacing_mm[2]
    # the windpipe widens to both bronchi just above the fork; a bronchus is narrower than it
    limit = min(1300.0, max(3.0 * usual_mm2, 250.0)) if not forked else max(1.2 * usual_mm2, 120.0)
    found: list[tuple[NDArray[np.bool_], float, float, float]] = []
    taken = np.zeros(local.shape, dtype=bool)
    for threshold in LUMEN_LADDER_HU:
        labels = np.asarray(
            cc3d.connected_components(np.ascontiguousarray((local < threshold) & inside), connectivity=4)
        )
        for label in np.unique(labels[reached & ~taken]):
            if label == 0:
                continue
            piece = labels == label
            area = float(piece.sum()) * pixel
            if area > limit or area < 12.0 or (piece & taken).any():
                continue
            if area > LEAK_AREA_SHARE * usual_mm2 and float(np.median(local[piece])) > LEAK_HU:
                continue
            if forked and _in_lung(local, piece, spacing_mm):
                continue
            taken |= piece
            at = np.argwhere(piece).mean(axis=0)
            full = np.zeros(hu.shape, dtype=bool)
            full[box] = piece
            found.append((full, area, float(at[0]) + box[0].start, float(at[1]) + box[1].start))
    return found


def _in_lung(hu: NDArray[np.int16], piece: NDArray[np.bool_], spacing_mm: Spacing) -> bool:
    """Tell whether the ring around a lumen is lung."""
    margin = int(np.ceil(8.0 / min(spacing_mm[1:]))) + 1
    box = bounding_box(piece[None], margin)
    if box is None:
        return False
    part = piece[None][box]
    ring = dilate_in_plane(part, 7.0, spacing_mm) & ~dilate_in_plane(part, 2.5, spacing_mm)
    return bool(ring.any()) and float(hu[None][box][ring].mean()) < RING_HU
