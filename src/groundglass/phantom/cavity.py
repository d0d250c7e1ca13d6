"""Rib cage, diaphragm, mediastinum, lungs and their lobes as smooth shapes on the coarse grid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundglass.phantom.grids import Axes, Block
from groundglass.phantom.plan import Plan
from groundglass.phantom.shapes import cut, ellipsoid, join, normalised, normalised_in_plane, step, tube


@dataclass(frozen=True)
class Cavity:
    """Shapes of the chest; (slice, row, column) float32 on ``axes``; signed distances in mm, negative inside.

    ``q`` are straight coordinates; ``ring`` is the distance from the rib cage within the slice; ``groove`` the fat in
    the grooves of the heart; ``around`` runs 0 at the spine to 1 at the sternum; ``oblique`` and ``horizontal`` are
    distances from the fissures, positive above the oblique (towards the upper lobe) and above the horizontal one.
    """

    axes: Axes
    q: tuple[Block, Block, Block]
    thorax: Block
    ring: Block
    around: Block
    diaphragm: Block
    lungs: Block
    heart: Block
    groove: Block
    vessels: Block
    oesophagus: Block
    oblique: Block
    horizontal: Block
    septum_x: Block

    def lobe(self) -> NDArray[np.uint8]:
        """Return lobes: 1 right upper, 2 right middle, 3 right lower, 4 left upper, 5 left lower; 0 outside."""
        right = self.q[0] < self.septum_x
        upper = np.where(self.horizontal > 0, 1, 2)
        lobe = np.where(right, np.where(self.oblique > 0, upper, 3), np.where(self.oblique > 0, 4, 5))
        return np.where(self.lungs < 0, lobe, 0).astype(np.uint8)


def with_lungs(cavity: Cavity, lungs: Block) -> Cavity:
    """Return the cavity with other lungs."""
    return replace(cavity, lungs=lungs)


def build(plan: Plan, axes: Axes, *, missing: str | None) -> Cavity:
    """Compute the shapes of one chest."""
    h = axes.step[0]
    x, y, z = axes.mesh()
    q = plan.warp.straight(x, y, z)
    qx, qy, qz = q
    wide, front, back = plan.inside(qz)
    centre_y, deep = (front + back) / 2, (back - front) / 2
    nx, ny = qx / wide, (qy - centre_y) / deep
    n = np.float32(plan.squareness)
    angle = np.arctan2(nx, ny)
    size, first, second = plan.lumps
    lumps = size * (np.cos(3 * angle + first) + 0.6 * np.cos(5 * angle + second + qz / 70))
    rim = ((np.abs(nx) ** n + np.abs(ny) ** n + 1e-6) ** (1 / n) - 1 - lumps).astype(np.float32)
    thorax = cut(normalised(rim, h), qz - np.float32(plan.apex_mm), 34)
    ring = normalised_in_plane(rim, h)
    around = (np.arctan2(np.abs(nx), ny) / np.pi).astype(np.float32)
    diaphragm = _diaphragm(plan, q, wide, deep, centre_y, h)
    septum_x = (6 + 4 * np.sin(qz / 55) + 0.05 * np.maximum(-qy, 0)).astype(np.float32)
    heart, groove = _heart(plan, q)
    vessels = _great_vessels(plan, q, axes)
    oesophagus = tube(q, axes, oesophagus_line(plan), [8.0] * 6, flat=0.7)
    middle, spine = _mediastinum(plan, q, axes, heart, vessels, oesophagus, septum_x)
    lungs = cut(cut(cut(thorax, diaphragm, 4), -spine, 18), -middle, 6)
    if missing is not None:
        gone = qx - septum_x if missing == "right" else septum_x - qx
        lungs = np.maximum(lungs, -gone)
    oblique, horizontal = _fissures(plan, q, septum_x)
    return Cavity(
        axes,
        q,
        thorax,
        ring,
        around,
        diaphragm,
        lungs,
        heart,
        groove,
        vessels,
        oesophagus,
        oblique,
        horizontal,
        septum_x,
    )


def _diaphragm(
    plan: Plan, q: tuple[Block, Block, Block], wide: NDArray[Any], deep: NDArray[Any], centre_y: NDArray[Any], h: float
) -> Block:
    """Return the signed distance above the diaphragm: negative in the chest, positive in the abdomen."""
    qx, qy, qz = q
    left = step(qx, -16, 22)
    top = plan.domes_mm[0] + (plan.domes_mm[1] - plan.domes_mm[0]) * left
    lateral, posterior, anterior = plan.drops_mm
    side = wide * 0.5
    away = np.where(qx < 0, -qx, qx) - side
    u, v = away / side, (qy - centre_y + 8) / deep
    far = np.sqrt(u * u + v * v + 1e-4)
    out, back = np.maximum(u, 0) / far, np.maximum(v, 0) / far
    drop = lateral * out**2 + 14 * (np.minimum(u, 0) / far) ** 2
    drop = drop + posterior * back**2 + anterior * (np.minimum(v, 0) / far) ** 2
    height = top - drop * np.minimum(far, 1.25) ** 2.3
    return normalised((height - qz).astype(np.float32), h)


def _heart(plan: Plan, q: tuple[Block, Block, Block]) -> tuple[Block, Block]:
    """Return the heart, and the fat in its grooves."""
    s = plan.heart
    low = (plan.domes_mm[0] + 102) * 0.55
    parts = (
        ((50, -36, -84), (41, 39, 44)),
        ((22, -56, -92), (50, 32, 38)),
        ((-24, -38, -76), (29, 32, 38)),
        ((6, -4, -58), (38, 20, 27)),
        ((8, -52, -54), (26, 26, 34)),
        ((14, -32, -72), (34, 30, 34)),
        ((24, -40, -80), (54, 40, 42)),
    )
    whole: Block | None = None
    chambers = []
    for c, r in parts:
        one = ellipsoid(q, (c[0], c[1], c[2] + low), [a * s for a in r])
        chambers.append(one)
        whole = one if whole is None else join(whole, one, 24)
    heart = np.asarray(whole, dtype=np.float32)
    left, right, atrium = chambers[0], chambers[1], chambers[2]
    between = np.minimum(np.abs(left - right), np.abs(right - atrium)) - 2.0
    # A groove narrows with its depth.
    between = between + 0.45 * np.maximum(-heart, 0)
    shallow = np.maximum(-(heart + 5 + 2 * np.sin(q[2] / 9)), heart - 1)
    return heart, np.maximum(between, shallow).astype(np.float32)


def great_lines(plan: Plan) -> dict[str, tuple[NDArray[np.float64], list[float]]]:
    """Return the centre lines (straight coordinates, mm) and radii of the vessels at the heart."""
    arch = plan.arch_mm
    low = (plan.domes_mm[0] + 102) * 0.55
    t = np.linspace(0, np.pi, 9)
    bend = np.stack([2 - 16 * np.cos(t), -8 - 32 * np.cos(t), arch - 26 + 14 * np.sin(t)], 1)
    descending = [[25, 30, arch - 50], [25, 36, -30], [23, 38, -80], [19, 36, -130], [12, 28, -190], [6, 8, -700]]
    return {
        "aorta": (
            np.array([[2, -44, -48 + low], [-12, -46, -26], *bend.tolist(), *descending], dtype=np.float64),
            [15.5, 15.5, *([14.5] * 4), *([13.5] * 5), *([12.0] * 4), 11.0, 9.5],
        ),
        "cava": (
            np.array([[-28, -30, -60 + low], [-29, -28, -20], [-28, -32, 30], [-22, -40, 52]], dtype=np.float64),
            [10.0, 9.0, 8.5, 7.0],
        ),
        "innominate": (
            np.array([[-24, -40, 48], [0, -50, 47], [24, -44, 58], [44, -22, 82]], dtype=np.float64),
            [7.0, 6.5, 6.5, 6.0],
        ),
        "innominate_right": (
            np.array([[-22, -40, 50], [-40, -24, 80], [-60, -18, 100]], dtype=np.float64),
            [7, 6.5, 6],
        ),
        "branch_1": (np.array([[-8, -26, arch - 14], [-14, -20, 62], [-30, -8, 98]], dtype=np.float64), [6.5, 6, 5]),
        "branch_2": (np.array([[4, -12, arch - 12], [14, -12, 70], [20, -8, 140]], dtype=np.float64), [4.5, 4, 4]),
        "branch_3": (np.array([[14, 4, arch - 14], [24, 4, 64], [40, 0, 98]], dtype=np.float64), [5.5, 5, 4.5]),
        "pulmonary": (
            np.array(
                [[10, -58, -44 + low], [15, -46, -22], [20, -26, -12], [30, -6, -8], [44, 4, -10]], dtype=np.float64
            ),
            [14.5, 14.5, 13.5, 12.0, 10.0],
        ),
        "pulmonary_right": (
            np.array([[18, -30, -14], [-4, -22, -19], [-26, -14, -20], [-46, -6, -22]], dtype=np.float64),
            [12.0, 11.5, 11.0, 9.0],
        ),
        "lower_cava": (
            np.array(
                [[-22, -22, -95 + low], [-22, -10, -125 + low], [-20, -2, -170], [-18, 6, -700]], dtype=np.float64
            ),
            [11, 12, 12, 11],
        ),
        "azygos": (
            np.array([[-26, -18, 16], [-22, 8, 16], [-8, 24, 8], [-5, 24, -60], [-5, 22, -180]], dtype=np.float64),
            [5, 5, 4, 4, 3.5],
        ),
    }


def _great_vessels(plan: Plan, q: tuple[Block, Block, Block], axes: Axes) -> Block:
    whole: Block | None = None
    for points, radii in great_lines(plan).values():
        one = tube(q, axes, points, [float(r) for r in radii])
        whole = one if whole is None else np.minimum(whole, one)
    return np.asarray(whole, dtype=np.float32)


def oesophagus_line(plan: Plan) -> NDArray[np.float64]:
    """Return the middle of the oesophagus, head to feet, straight mm."""
    y = plan.carina_y_mm
    return np.array(
        [[4, y, 190], [7, y + 10, 90], [6, y + 15, 20], [5, y + 17, -50], [10, y + 12, -115], [24, 2, -165]],
        dtype=np.float64,
    )


def _mediastinum(
    plan: Plan,
    q: tuple[Block, Block, Block],
    axes: Axes,
    heart: Block,
    vessels: Block,
    oesophagus: Block,
    septum_x: Block,
) -> tuple[Block, Block]:
    """Return what lies between the lungs, and the spine with the muscle behind it."""
    qx, qy, qz = q
    spine_y = plan.spine_y(qz)
    behind = np.maximum(qy - spine_y - 2, 0)
    spine = cut(np.abs(qx) - (22 + 0.46 * behind), spine_y - 21 - qy, 16)
    centre = np.sqrt((qx / 1.25) ** 2 + (qy - plan.carina_y_mm - 3) ** 2) - 15
    centre = cut(centre, -55 - qz, 12)
    upper = np.sqrt(((qx + 2) / 1.1) ** 2 + ((qy + 22) / 1.05) ** 2) - (22 + 10 * step(qz, 30, 75))
    upper = cut(upper, 28 - qz, 20)
    sheet = np.abs(qx - septum_x) - (3.6 + 0.25 * np.maximum(-qy - 74 + np.maximum(qz, 0) * 0.6, 0))
    right_hilum = ellipsoid(q, (-44, -1, -24), (13, 15, 25))
    left_hilum = ellipsoid(q, (46, 4, -18), (12, 15, 24))
    inferior = tube(q, axes, np.array([[-20, -10, -80], [-20, -8, -180]], dtype=np.float64), [13, 14])
    whole = join(heart - 4, vessels - 2, 10)
    for one in (centre, upper, right_hilum, left_hilum, inferior, oesophagus - 2):
        whole = join(whole, one.astype(np.float32), 10)
    return join(whole, sheet.astype(np.float32), 8), spine.astype(np.float32)


def _fissures(plan: Plan, q: tuple[Block, Block, Block], septum_x: Block) -> tuple[Block, Block]:
    qx, qy, qz = q
    right = qx < septum_x
    bow = 7 * np.sin(qx / 38 + plan.carina_y_mm) + 0.0012 * (np.abs(qx) - 75) ** 2 - 4
    slope = np.where(right, 1.02, 1.12)
    height = np.where(right, -38.0, -30.0) + slope * (qy + 4) + bow
    oblique = (qz - height) / np.sqrt(1 + slope * slope)
    horizontal = qz + 32 + 0.08 * (qy + 40) + 4 * np.sin(qx / 30)
    return oblique.astype(np.float32), horizontal.astype(np.float32)
