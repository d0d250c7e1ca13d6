"""Body wall and abdomen as smooth shapes on the coarse grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from groundglass.phantom.cavity import Cavity
from groundglass.phantom.grids import Block
from groundglass.phantom.plan import Plan, Streams
from groundglass.phantom.shapes import cut, ellipsoid, join, step, tube


@dataclass(frozen=True)
class Organs:
    """Signed distances, mm, (slice, row, column) float32 on the grid of the cavity.

    ``painted`` are organs below the diaphragm in the order of painting: name, shape, HU.
    """

    body: Block
    muscle: Block
    glands: Block | None
    armpit: Block
    painted: tuple[tuple[str, Block, float], ...]


def build(plan: Plan, cavity: Cavity, streams: Streams, *, prone: bool) -> Organs:
    """Compute body wall and abdominal organs."""
    body, muscle, glands = _wall(plan, cavity, prone=prone)
    return Organs(body, muscle, glands, _armpit(plan, cavity), _abdomen(plan, cavity, streams, prone=prone))


def _wall(plan: Plan, cavity: Cavity, *, prone: bool) -> tuple[Block, Block, Block | None]:
    qx, qy, qz = cavity.q
    _, front, back = plan.inside(qz)
    ny = (qy - (front + back) / 2) / ((back - front) / 2)
    behind = step(ny, 0.1, 0.8)
    ahead = step(-ny, 0.1, 0.8)
    beside = 1 - np.maximum(behind, ahead)
    far_x = np.abs(qx)
    # Beside the spine the back muscles are thickest; broad muscles of the back and flank above the lower ribs.
    muscle = 8 + behind * (8 + 9 * np.exp(-(((far_x - 26) / 26) ** 2)))
    muscle = muscle + 9 * step(qz, -110, 0) * (beside + 0.55 * behind)
    breast_muscle = step(qz, -45, 25) * ahead * np.exp(-(((far_x - 66) / 46) ** 2))
    muscle = muscle + 10 * breast_muscle + 6 * behind * step(qz, -60, 40)
    muscle = (muscle * np.float32(plan.muscle)).astype(np.float32)
    grow = step(qz, 5, 85)
    half = (118 + 74 * grow + 0.05 * np.maximum(qz - 85, 0)) * np.float32(plan.scale)
    deep = (44 + 22 * grow) * np.float32(plan.scale)
    nx, my = qx / half, (qy - 16) / deep
    n = np.float32(2.8)
    ring = (np.abs(nx) ** n + np.abs(my) ** n + 1e-6) ** (1 / n)
    shoulder = (ring - 1) * deep * (0.75 + 0.25 * np.abs(nx))
    shoulder = np.maximum(shoulder, (8 - qz) * 0.8).astype(np.float32)
    fat = plan.fat_mm * (0.75 + 0.35 * ahead + 0.25 * beside - 0.25 * behind) * (1 - 0.25 * step(qz, 0, 100))
    muscle_out = join(cavity.ring - muscle, shoulder, 24)
    body = join(cavity.ring - muscle - fat, shoulder - fat * 0.8, 26)
    glands = None
    if plan.breasts_ml > 0:
        size = (plan.breasts_ml * 1000 * 3 / (2 * np.pi)) ** (1 / 3)
        for side in (-1, 1):
            base = (side * 76 * plan.scale, float(plan.inside(np.array([-38.0], dtype=np.float32))[1][0]) - 14, -38.0)
            one = ellipsoid(cavity.q, base, (size * 1.12, size * 0.55, size * 1.05))
            body = join(body, one, 26)
            gland = ellipsoid(cavity.q, (base[0], base[1] - size * 0.25, base[2]), (size * 0.5, size * 0.4, size * 0.5))
            glands = gland if glands is None else np.minimum(glands, gland)
    # The side that is lain on is flattened by the table.
    inside = np.flatnonzero((body < 0).any(axis=(0, 2)))
    edge = cavity.axes.along(1)[inside[0] if prone else inside[-1]]
    y = cavity.axes.mesh()[1]
    press = (edge + 7) - y if prone else y - (edge - 7)
    body = cut(body, np.broadcast_to(press, body.shape).astype(np.float32), 14)
    muscle_out = np.maximum(muscle_out, body + 4)
    return body, muscle_out.astype(np.float32), glands


def _armpit(plan: Plan, cavity: Cavity) -> Block:
    """Return the fat of both armpits."""
    lumps = 2.5 * np.sin(cavity.q[0] / 9) * np.sin(cavity.q[2] / 11)
    both = [ellipsoid(cavity.q, (side * 124 * plan.scale, 6, 56), (17, 30, 46)) for side in (-1, 1)]
    pit = np.minimum(both[0], both[1]) + lumps
    return np.maximum(pit, 13 - cavity.ring).astype(np.float32)


def _abdomen(plan: Plan, cavity: Cavity, streams: Streams, *, prone: bool) -> tuple[tuple[str, Block, float], ...]:
    q = cavity.q
    qx, qy, qz = q
    rng = streams.of("abdomen")
    right, left = plan.domes_mm
    below = cavity.diaphragm
    room = np.maximum(cavity.thorax + 3, 3.0 - below)
    liver = join(
        ellipsoid(q, (-60, -2, right - 66), (90, 100, 82)), ellipsoid(q, (10, -46, right - 58), (72, 46, 44)), 22
    )
    liver = cut(liver, room, 4)
    spleen = cut(ellipsoid(q, (96, 44, left - 52), (36, 46, 46)), room, 4)
    fundus = ellipsoid(q, (62, 0, left - 42), (40, 44, 36))
    stomach = join(fundus, ellipsoid(q, (40, -44, left - 84), (42, 30, 36)), 20)
    stomach = cut(cut(stomach, room + 2, 4), 3 - spleen, 4)
    up = 1.0 if prone else -1.0
    inner = stomach + 4
    # Gas rises: to the front when supine, to the back when prone.
    level = -6 - 60 * (plan.stomach_gas - 0.3)
    gas = np.maximum(inner, -(up * (qy - 0) - (-level)) if prone else qy - level)
    organs: list[tuple[str, Block, float]] = [
        ("liver", liver, 58.0),
        ("spleen", spleen, 50.0),
        ("stomach", stomach, 42.0),
        ("stomach contents", np.maximum(inner, -gas), 22.0),
        ("gas", gas.astype(np.float32), -990.0),
    ]
    for side, x0, y0, z0 in ((1, 92, -34, left - 62), (-1, -78, -62, right - 128), (1, 20, -70, left - 120)):
        centre = np.array([x0, y0, z0]) + rng.uniform(-8, 8, 3)
        r = rng.uniform(17, 24)
        loop = ellipsoid(q, centre, (r * 1.2, r, r * 1.3))
        loop = np.maximum(cut(loop, room, 3), 3 - (spleen if side > 0 else liver))
        lumps = 3 * np.sin(qx / 5 + centre[0]) * np.sin(qz / 6) * np.sin(qy / 5)
        split = (qy - (centre[1] + r * (0.5 - plan.bowel_gas * 0.5))) * (-up)
        lumen = np.maximum(loop + 3 + lumps, split)
        organs.append(("bowel", loop.astype(np.float32), 35.0))
        organs.append(("gas", lumen.astype(np.float32), -980.0))
    for x0, y0, z0, r in ((-44, 34, right - 150, 30), (52, 40, left - 128, 28)):
        organs.append(("kidney", cut(ellipsoid(q, (x0, y0, z0), (r, r * 0.9, r * 1.9)), room, 3), 34.0))
    low = cavity.axes.start[0] + 10
    if low < -330:  # the scan reaches far down
        for side in (-1, 1):
            psoas = tube(
                q,
                cavity.axes,
                np.array([[side * 26, 40, -190], [side * 44, 34, -420], [side * 52, 10, -620]]),
                [12, 19, 19],
            )
            organs.append(("psoas", psoas, 54.0))
        for _ in range(int((-240 - low) / 9)):
            centre = np.array([rng.uniform(-85, 85), rng.uniform(-75, 5), rng.uniform(low, -215)])
            r = rng.uniform(11, 19)
            loop = cut(ellipsoid(q, centre, (r * rng.uniform(1, 2), r, r * rng.uniform(1, 1.6))), room, 3)
            organs.append(("bowel", loop, float(rng.uniform(20, 42))))
            if rng.uniform() < 0.35 * plan.bowel_gas:
                organs.append(("gas", np.maximum(loop + 3, (centre[1] - qy) * up).astype(np.float32), -975.0))
    return tuple(organs)
