"""Airways, pulmonary arteries and veins: from the trachea and the heart into every lobe."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundglass.phantom.cavity import Cavity, oesophagus_line
from groundglass.phantom.plan import Plan, Streams
from groundglass.phantom.trees import Grow, Points, Tree, murray

Tubes = tuple[Points, Points, Points, Points]
"""Start, stop (n, 3) and radii at both ends (n,), chest mm."""

# Radii of the first branch of each lobe in mm: airway lumen, artery, vein. Lobes as in Cavity.lobe. General anatomy.
_ROOT_MM: dict[int, tuple[float, float, float]] = {
    1: (4.2, 5.6, 5.4),
    2: (3.2, 4.2, 4.0),
    3: (4.6, 6.6, 5.8),
    4: (4.4, 6.0, 5.8),
    5: (4.6, 6.6, 5.8),
}
# The artery runs beside its airway in this direction (right side; mirrored on the left).
_BESIDE: dict[int, tuple[float, float, float]] = {
    1: (0.5, -0.6, 0.5),
    2: (-0.6, -0.2, 0.6),
    3: (-0.9, -0.2, 0.2),
    4: (0.2, -0.3, 0.9),
    5: (0.9, -0.1, 0.3),
}
LEAST_LUMEN_MM = 0.95
_POINTS_PER_TIP = 4


@dataclass(frozen=True)
class Pulmonary:
    """Tubes of the lungs, chest mm.

    ``central`` are trachea and main bronchi, ``bronchi`` the rest of the airways (lumen), ``walls`` both with their
    wall, ``vessels`` arteries and veins, ``swallowed`` air in the oesophagus.
    """

    central: Tubes
    central_walls: Tubes
    bronchi: Tubes
    walls: Tubes
    vessels: Tubes
    swallowed: Tubes
    carina: Points
    inferior_vein: Points


def clouds(cavity: Cavity, rng: np.random.Generator, total: int) -> dict[int, Points]:
    """Return evenly scattered points of each lobe, (n, 3) chest mm, ``total`` in all."""
    lobe = cavity.lobe()
    deep = cavity.lungs < -2.5
    out: dict[int, Points] = {}
    volume = np.array([np.count_nonzero(deep & (lobe == i)) for i in range(6)])
    for i in range(1, 6):
        if volume[i] < 20:
            continue
        cells = np.argwhere(deep & (lobe == i))
        n = max(12, int(total * volume[i] / volume[1:].sum()))
        chosen = cells[np.sort(rng.choice(len(cells), size=min(n, len(cells)), replace=False))]
        where = chosen + rng.uniform(-0.5, 0.5, chosen.shape)
        out[i] = (np.array(cavity.axes.start) + where * np.array(cavity.axes.step))[:, ::-1]
    return out


def airway_lines(plan: Plan) -> dict[str, tuple[Points, list[float]]]:
    """Return centre lines (straight mm) and lumen radii of the central airways, and the first node of each lobe."""
    y = plan.carina_y_mm
    return {
        "trachea": (
            np.array([[1, y - 8, 230], [3, y - 8, 140], [2, y - 3, 70], [0, y, 0]], float),
            [8.6, 8.6, 8.8, 9.2],
        ),
        "right": (np.array([[0, y, 0], [-13, y + 1, -12], [-26, y + 1, -21]], float), [8.0, 7.0, 6.6]),
        "left": (np.array([[0, y, 0], [18, y + 3, -14], [40, y + 6, -28]], float), [7.6, 6.4, 5.8]),
        "intermedius": (np.array([[-26, y + 1, -21], [-31, y + 1, -34], [-34, y + 1, -46]], float), [5.8, 5.4, 5.0]),
        "1": (np.array([[-26, y + 1, -21], [-42, y + 2, -17]], float), [5.0, 4.4]),
        "2": (np.array([[-34, y + 1, -46], [-46, y - 12, -54]], float), [3.8, 3.3]),
        "3": (np.array([[-34, y + 1, -46], [-41, y + 9, -58]], float), [5.0, 4.6]),
        "4": (np.array([[40, y + 6, -28], [53, y - 3, -25]], float), [5.2, 4.6]),
        "5": (np.array([[40, y + 6, -28], [47, y + 15, -44]], float), [5.0, 4.6]),
    }


def chain(points: Points, radii: list[float]) -> Tubes:
    """Return a row of points as cones."""
    r = np.array(radii, dtype=np.float64)
    return points[:-1], points[1:], r[:-1], r[1:]


def together(parts: list[Tubes]) -> Tubes:
    """Return several sets of cones as one."""
    a, b, c, d = (np.concatenate([p[i] for p in parts]) for i in range(4))
    return a, b, c, d


def walled(lumen: Tubes) -> Tubes:
    """Return airways with their wall: about a sixth of the radius and half a millimetre."""
    return lumen[0], lumen[1], 1.12 * lumen[2] + 0.4, 1.12 * lumen[3] + 0.4


def build(plan: Plan, cavity: Cavity, streams: Streams, *, leaves: int, missing: str | None, grow: Grow) -> Pulmonary:
    """Grow the trees by a rule; ``leaves`` is the number of tips of each of the three trees."""
    lines = {name: (plan.warp.moved(p), r) for name, (p, r) in airway_lines(plan).items()}
    supplied = clouds(cavity, streams.of("supply"), _POINTS_PER_TIP * leaves)
    rng = streams.of("arteries")
    bronchi = [chain(*lines[n]) for n in ("intermedius", *map(str, supplied)) if missing != "right" or n in "45"]
    vessels: list[Tubes] = []
    pulmonary_ends = plan.warp.moved(np.array([[-46.0, -6, -22], [44.0, 4, -10]]))
    for lobe, cloud in supplied.items():
        points, parent = grow(lines[str(lobe)][0], cloud, rng, least=_POINTS_PER_TIP)
        airway, artery, _ = _ROOT_MM[lobe]
        radius = _scaled(murray(parent, tip_mm=1.0, power=2.35), airway)
        tree = Tree(points, parent, radius)
        start, stop, a, b = tree.segments()
        wide = (np.maximum(a, b) > LEAST_LUMEN_MM) & (np.arange(len(a)) % (len(points) - 1) > 0)
        bronchi.append((start[wide], stop[wide], a[wide], b[wide]))
        thick = _scaled(murray(parent, tip_mm=1.0, power=2.75), artery)
        aside = np.array(_BESIDE[lobe]) / np.linalg.norm(_BESIDE[lobe])
        beside = points + aside * (thick + 1.3 * radius + 0.5)[:, None]
        beside[0] = pulmonary_ends[0 if lobe <= 3 else 1]
        vessels.append(Tree(beside, parent, thick).segments())
    for side in (-1.0, 1.0):  # vessels of the armpit
        for dy in (0.0, 11.0):
            line = np.array([[62, -14, 100], [104, 0 + dy, 84], [128, 8 + dy, 70], [152, 16 + dy, 104]]) * [side, 1, 1]
            vessels.append(chain(plan.warp.moved(line), [4.5, 4.0, 3.6, 3.2]))
    vessels += _veins(plan, cavity, streams, leaves, grow)
    central = together([chain(*lines[n]) for n in ("trachea", "right", "left") if missing is None or n != missing])
    every = together(bronchi)
    vein = plan.warp.moved(np.array([[-20.0, 8, -66], [32.0, 10, -64]]))
    return Pulmonary(
        central,
        walled(central),
        every,
        walled(every),
        together(vessels),
        _swallowed(plan, streams),
        lines["right"][0][0],
        vein.mean(0),
    )


def _swallowed(plan: Plan, streams: Streams) -> Tubes:
    """Return a bubble or two of air in the oesophagus, which is neither lung nor airway."""
    rng = streams.of("swallowed")
    line = oesophagus_line(plan)
    z = np.sort(rng.uniform(-90, 80, 2))
    points = np.array([[np.interp(h, line[::-1, 2], line[::-1, i]) for i in range(3)] for h in (z[0], z.mean(), z[1])])
    wide = rng.uniform(1.2, 3.0)
    return chain(plan.warp.moved(points), [0.3, wide, 0.3])


def _veins(plan: Plan, cavity: Cavity, streams: Streams, leaves: int, grow: Grow) -> list[Tubes]:
    roots = {
        1: [[-20, -4, -50], [-40, -16, -38]],
        2: [[-20, -4, -52], [-40, -18, -50]],
        3: [[-18, 8, -64], [-38, 17, -70]],
        4: [[32, -2, -48], [47, -12, -36]],
        5: [[30, 10, -62], [46, 20, -68]],
    }
    rng = streams.of("veins")
    out = []
    for lobe, cloud in clouds(cavity, streams.of("drainage"), _POINTS_PER_TIP * leaves).items():
        trunk = plan.warp.moved(np.array(roots[lobe], dtype=np.float64))
        points, parent = grow(trunk, cloud, rng, least=_POINTS_PER_TIP)
        out.append(Tree(points, parent, _scaled(murray(parent, tip_mm=1.0, power=2.75), _ROOT_MM[lobe][2])).segments())
    return out


def _scaled(radius: Points, root_mm: float) -> NDArray[np.float64]:
    return np.asarray(radius * root_mm / radius[0])
