"""Airway and vessel trees of the ``test`` chest: the nearest point is joined next, long detours cost extra."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from groundglass.phantom.trees import Points

_PER_LEAF = 1.7  # points of the cloud kept for each wanted tip: some become bends


def join_nearest(
    trunk: Points, supplied: Points, rng: np.random.Generator, *, least: int, detour: float = 0.35
) -> tuple[Points, NDArray[np.int64]]:
    """Grow a tree into a cloud of points, one point at a time.

    Parameters
    ----------
    trunk : (n, 3) float64
        First nodes in a row, chest mm; the tree goes on from the last.
    supplied : (m, 3) float64
        Points that want supply, mm.
    rng : Generator
        Chance: which points of the cloud are kept.
    least : int
        How many points of the cloud stand for one tip.
    detour : float
        Price of a millimetre of way from the root against a millimetre of new branch.

    Returns
    -------
    points : (k, 3) float64
        Nodes; a parent comes before its children.
    parent : (k,) int64
        -1 for the root.

    References
    ----------
    The rule: Cuntz, Forstner, Borst, Haeusser, PLoS Comput Biol 2010;6(8):e1000877.
    """
    keep = min(len(supplied), max(4, int(_PER_LEAF * len(supplied) / least)))
    left = supplied[np.sort(rng.choice(len(supplied), size=keep, replace=False))]
    nodes = [np.asarray(p, dtype=np.float64) for p in trunk]
    parent = list(range(-1, len(nodes) - 1))
    way = [0.0] * len(nodes)
    price = np.linalg.norm(left - nodes[-1], axis=1)
    best = np.full(len(left), len(nodes) - 1)
    waiting = np.ones(len(left), dtype=bool)
    for _ in range(len(left)):
        i = int(np.argmin(np.where(waiting, price, np.inf)))
        waiting[i] = False
        mother = int(best[i])
        nodes.append(left[i])
        parent.append(mother)
        way.append(way[mother] + float(np.linalg.norm(left[i] - nodes[mother])))
        here = np.linalg.norm(left - left[i], axis=1) + detour * way[-1]
        nearer = waiting & (here < price)
        price[nearer] = here[nearer]
        best[nearer] = len(nodes) - 1
    return _smoothed(np.array(nodes), np.array(parent, dtype=np.int64), fixed=len(trunk))


def _smoothed(points: Points, parent: NDArray[np.int64], *, fixed: int) -> tuple[Points, NDArray[np.int64]]:
    """Pull each node between its neighbours, so that branches run straighter."""
    for _ in range(3):
        total = np.zeros_like(points)
        count = np.zeros(len(points))
        child = np.arange(1, len(points))
        np.add.at(total, parent[child], points[child])
        np.add.at(count, parent[child], 1)
        bends = np.flatnonzero(count > 0)
        bends = bends[bends >= fixed]
        middle = (points[parent[bends]] + total[bends] / count[bends][:, None]) / 2
        points = points.copy()
        points[bends] = 0.45 * points[bends] + 0.55 * middle
    return points, parent
