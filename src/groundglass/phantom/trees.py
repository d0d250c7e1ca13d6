"""Airway and vessel trees of the ``train`` chest: each branch divides the lung it supplies in two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]


class Grow(Protocol):
    """A rule that grows a tree from a trunk into the points that want supply."""

    def __call__(
        self, trunk: Points, supplied: Points, rng: np.random.Generator, *, least: int
    ) -> tuple[Points, NDArray[np.int64]]:
        """Return nodes and parents, a parent before its children."""
        ...


@dataclass(frozen=True)
class Tree:
    """Branches as nodes with a parent; node 0 is the root. ``radius`` in mm is that of the branch ending in a node."""

    points: Points
    parent: NDArray[np.int64]
    radius: Points

    def moved(self, points: Points) -> Tree:
        """Return the tree with other positions."""
        return Tree(points, self.parent, self.radius)

    def segments(self, *, pieces: int = 4) -> tuple[Points, Points, Points, Points]:
        """Return curved branches as straight cones: start, stop (n, 3) and radii (n,), mm.

        A branch leaves in the direction of its parent and bends towards its end.
        """
        child = np.flatnonzero(self.parent >= 0)
        mother = self.parent[child]
        p, q = self.points[mother], self.points[child]
        grand = np.where(self.parent[mother] >= 0, self.parent[mother], mother)
        before = p - self.points[grand]
        length = np.linalg.norm(q - p, axis=1, keepdims=True)
        norm = np.linalg.norm(before, axis=1, keepdims=True)
        heading = np.where(norm > 1e-6, before / np.maximum(norm, 1e-6), 0)
        middle = p + 0.32 * length * heading + 0.18 * (q - p)
        t = np.linspace(0, 1, pieces + 1)[:, None, None]
        curve = (1 - t) ** 2 * p + 2 * t * (1 - t) * middle + t**2 * q
        r = self.radius[child]
        from_parent = np.where(self.parent[mother] >= 0, np.minimum(self.radius[mother], 1.35 * r), r)
        radii = from_parent + (r - from_parent) * np.minimum(t[:, :, 0] * 1.6, 1)
        start, stop = curve[:-1].reshape(-1, 3), curve[1:].reshape(-1, 3)
        return start, stop, radii[:-1].ravel(), radii[1:].ravel()


def murray(parent: NDArray[np.int64], *, tip_mm: float, power: float, weight: Points | None = None) -> Points:
    """Return radii by Murray's law: the sum of r ** power is kept at each branching."""
    load = np.zeros(len(parent)) if weight is None else weight.copy()
    leaf = np.ones(len(parent), dtype=bool)
    leaf[parent[parent >= 0]] = False
    load[leaf] = np.maximum(load[leaf], 1)
    for i in range(len(parent) - 1, 0, -1):
        load[parent[i]] += load[i]
    return np.asarray(tip_mm * load ** (1 / power))


def divide(
    trunk: Points, supplied: Points, rng: np.random.Generator, *, least: int, reach: float = 0.42, wobble: float = 0.25
) -> tuple[Points, NDArray[np.int64]]:
    """Grow a tree into a cloud of points by dividing the cloud again and again.

    Parameters
    ----------
    trunk : (n, 3) float64
        First nodes in a row, LPS-like chest mm; the tree goes on from the last.
    supplied : (m, 3) float64
        Points that want supply, mm.
    rng : Generator
        Chance of the dividing planes.
    least : int
        A cloud of this many points or fewer gets one last branch.
    reach : float
        How far towards the middle of its cloud a branch goes.
    wobble : float
        Chance in the direction of the dividing plane.

    Returns
    -------
    points : (k, 3) float64
        Nodes; a parent comes before its children.
    parent : (k,) int64
        -1 for the root.

    References
    ----------
    The idea of dividing the supplied volume: Kitaoka, Takaki, Suki, J Appl Physiol 1999;87:2207.
    """
    nodes = [np.asarray(p, dtype=np.float64) for p in trunk]
    parent = [-1, *range(len(nodes) - 1)]
    queue = [(len(nodes) - 1, supplied)]
    while queue:
        mother, cloud = queue.pop(0)
        centre = cloud.mean(0)
        here = nodes[mother]
        if len(cloud) <= least:
            nodes.append(centre + 0.4 * (centre - here))
            parent.append(mother)
            continue
        heading = centre - here
        length = float(np.linalg.norm(heading))
        offset = cloud - centre
        _, _, axes = np.linalg.svd(offset[:: max(1, len(offset) // 200)], full_matrices=False)
        along = heading / max(length, 1e-6)
        normal = axes[0] + wobble * rng.normal(size=3)
        normal = normal - 0.6 * (normal @ along) * along
        side = offset @ normal > np.quantile(offset @ normal, rng.uniform(0.38, 0.62))
        for part in (cloud[side], cloud[~side]):
            if len(part) == 0:
                continue
            towards = part.mean(0) - here
            away = max(float(np.linalg.norm(towards)), 1e-6)
            go = min(reach * away, 38.0)
            nodes.append(here + towards / away * go + rng.normal(size=3) * go * 0.05)
            parent.append(mother)
            if len(part) <= least:
                nodes.append(part.mean(0))
                parent.append(len(nodes) - 2)
            else:
                queue.append((len(nodes) - 1, part))
    return np.array(nodes), np.array(parent, dtype=np.int64)
