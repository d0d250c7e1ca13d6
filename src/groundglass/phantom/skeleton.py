"""Ribs, sternum, spine, shoulder blades and collar bones, drawn slice by slice from the shape of the rib cage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundglass.phantom.grids import Axes, Block, Field, Plane
from groundglass.phantom.plan import Plan
from groundglass.phantom.shapes import ellipsoid, step, tube

MARROW_HU = 165.0
CORTEX_HU = 720.0
CARTILAGE_HU = 95.0
DISC_HU = 85.0
Spot = tuple[NDArray[np.intp], NDArray[np.intp]]
"""Rows and columns of chosen pixels."""

_FIRST_RIB_PITCHES = 4.0  # the first rib leaves the spine four pitches above the carina (T4/T5 against T1)


def rib_phase(plan: Plan, qz: Block, around: Block) -> Block:
    """Return the height, mm, at which a point's rib leaves the spine: ribs are sheets of constant phase."""
    drop = np.float32(plan.rib_drop_mm) * (0.35 + 0.65 * step(-qz, -95, 10))
    fall = np.clip((around - 0.04) / 0.74, 0, 1) ** np.float32(1.05)
    rise = 46 * step(-qz, 60, 150) * np.clip((around - 0.78) / 0.22, 0, 1)
    return np.asarray(qz + drop * fall - rise, dtype=np.float32)


def shoulder_bones(plan: Plan, q: tuple[Block, Block, Block], axes: Axes) -> Block:
    """Return the signed distance of collar bones and heads of the upper arms (arms raised), mm."""
    whole: Block | None = None
    up = plan.rib_pitch_mm / 21.5
    for side in (-1.0, 1.0):
        line = np.array([[15, -52, 50], [38, -50, 66], [74, -30, 88], [112, -4, 104], [140, 8, 116]]) * [
            side * plan.scale,
            plan.scale,
            up,
        ]
        collar = tube(q, axes, line, [7.5, 6.0, 5.2, 5.5, 7.0])
        head = ellipsoid(q, (side * 163 * plan.scale, 20, 132 * up), (22, 21, 24))
        shaft = tube(q, axes, np.array([[163, 20, 140], [176, 8, 260]]) * [side * plan.scale, 1, up], [15.0, 12.0])
        both = np.minimum(collar, np.minimum(head, shaft))
        whole = both if whole is None else np.minimum(whole, both)
    return np.asarray(whole, dtype=np.float32)


@dataclass(frozen=True)
class Skeleton:
    """Fields that the bones follow: rib cage distance, rib phase, way around, straight coordinates."""

    plan: Plan
    scan: Axes
    thorax: Field
    phase: Field
    around: Field
    qx: Field
    qy: Field
    qz: Field
    shoulder: Field

    def paint(self, hu: Plane, z: float) -> None:
        """Paint the bones of one slice into ``hu``, in place."""
        s, phase, u = self.thorax.at(z), self.phase.at(z), self.around.at(z)
        qx, qy, qz = self.qx.at(z), self.qy.at(z), self.qz.at(z)
        view = hu[self.thorax.box]
        w = np.float32(self.scan.step[2])
        rows, columns = np.nonzero((s > -1) & (s < 16))
        if rows.size:
            at = rows, columns
            self._ribs(view, at, s[at], phase[at], u[at], qx[at], w)
            self._sternum(view, at, s[at], qx[at], qy[at], qz[at], w)
        rows, columns = np.nonzero((np.abs(qx) < 52) & (np.abs(qy - 62) < 66))
        if rows.size:
            at = rows, columns
            self._vertebra(view, at, qx[at], qy[at], qz[at], w)
        if self.shoulder.covers(z):
            d = self.shoulder.at(z)
            rows, columns = np.nonzero(d < w)
            if rows.size:
                at = rows, columns
                marrow, cortex = np.float32(MARROW_HU), np.float32(CORTEX_HU)
                _shell(hu[self.shoulder.box], at, d[at], marrow, cortex, 1.6, w)
        rows, columns = np.nonzero((np.abs(qx) > 55) & (qz > -75) & (qz < 135) & (qy > 10) & (qy < 135))
        if rows.size:
            at = rows, columns
            self._shoulder_blade(view, at, qx[at], qy[at], qz[at], w)

    def _ribs(self, hu: Plane, at: Spot, s: Plane, phase: Plane, u: Plane, qx: Plane, w: np.float32) -> None:
        pitch = np.float32(self.plan.rib_pitch_mm)
        number = _FIRST_RIB_PITCHES + 1 - phase / pitch
        nearest = np.rint(number)
        off = (number - nearest) * pitch * np.float32(0.84)
        d = np.sqrt(((s - 5.0) / 0.58) ** 2 + off**2) - 5.6
        d *= np.float32(0.75)
        end = np.where(nearest >= 12, 0.36, np.where(nearest >= 11, 0.5, 0.97))
        d = np.maximum(d, (u - end) * 250)
        d = np.where((nearest < 1) | (nearest > 12), 9, d)
        d = np.maximum(d, np.where(u > 0.5, 18.0, 37.0) - np.abs(qx))
        joint = np.where(nearest <= 1, 0.86, np.where(nearest >= 8, 0.70, 0.80))
        cartilage = step(u, joint - 0.01, joint + 0.01)
        marrow = MARROW_HU + (CARTILAGE_HU - MARROW_HU) * cartilage
        cortex = CORTEX_HU + (CARTILAGE_HU + 30 - CORTEX_HU) * cartilage
        _shell(hu, at, d, marrow, cortex, 1.1, w)

    def _sternum(self, hu: Plane, at: Spot, s: Plane, qx: Plane, qy: Plane, qz: Plane, w: np.float32) -> None:
        top = np.float32(46 * self.plan.rib_pitch_mm / 21.5)
        half = 17 + 9 * step(qz, top - 40, top - 12)
        d = ((qx / half) ** 4 + ((s - 6.5) / 5.2) ** 4) ** 0.25 * 5.2 - 5.2
        d = np.maximum(d, np.maximum(qz - top, top - 165 - qz))
        d = np.maximum(d, np.where(np.abs(qz - (top - 48)) < 1.5, 1.0, -9))
        d = np.maximum(d, qy + 5)
        _shell(hu, at, d, np.float32(MARROW_HU - 60), np.float32(CORTEX_HU - 250), 1.0, w)

    def _vertebra(self, hu: Plane, at: Spot, qx: Plane, qy: Plane, qz: Plane, w: np.float32) -> None:
        pitch = np.float32(self.plan.rib_pitch_mm)
        y = qy - self.plan.spine_y(qz)
        x = qx - np.float32(self.plan.spine_bend_mm) * np.sin(qz / 90)
        level = qz / pitch
        part = (level - np.rint(level)) * pitch  # 0 at the middle of a body
        size = 1 - 0.0012 * qz
        body = np.sqrt((x / (1.15 * size)) ** 2 + (y / size) ** 2) - 15.5
        body = np.maximum(body, -(np.sqrt(x**2 + (y - 21) ** 2) - 9.5)) + 0.06 * np.abs(part) * (-1)
        disc = np.clip((np.abs(part) - (pitch / 2 - 2.6)) / 1.2 + 0.5, 0, 1)
        marrow = MARROW_HU + 20 + (DISC_HU - MARROW_HU - 20) * disc
        cortex = CORTEX_HU - 220 + (DISC_HU - CORTEX_HU + 220) * disc
        plate = np.clip(1 - np.abs(np.abs(part) - (pitch / 2 - 3.4)) / 1.1, 0, 1)
        _shell(hu, at, body, marrow + 150 * plate * (1 - disc), cortex, 1.3, w)
        ring = np.abs(np.sqrt((x / 1.1) ** 2 + (y - 20.5) ** 2) - 11.5) - 3.0
        arch = np.maximum(ring, -(y - 13))
        gap = np.clip((np.abs(part) - 7.5) / 2, 0, 1) * 4  # the space between the arches
        arch = arch + gap
        spine = np.maximum(np.abs(x) - 3.0, np.maximum(32 - y, y - 56))
        slide = ((qz + 0.75 * (y - 30)) / pitch - np.rint((qz + 0.75 * (y - 30)) / pitch)) * pitch
        spine = np.maximum(spine, np.abs(slide) - 6.5)
        wing_y = 22 + 0.55 * (np.abs(x) - 12)
        wing = np.maximum(
            np.sqrt((y - wing_y) ** 2 + (part - 2) ** 2) - 5.0, np.maximum(10 - np.abs(x), np.abs(x) - 34)
        )
        # The neck of the rib runs back and out along the lung.
        neck = np.abs((np.abs(x) - 23.5 - 0.46 * (y - 2)) * 0.91) - 2.6
        neck = np.maximum(neck, np.maximum(2 - y, y - 40))
        neck = np.maximum(neck, np.abs(part - 2) - 5.2)
        neck = np.maximum(neck, np.where((level > -7.6) & (level < 9), -9.0, 9.0))
        bone = np.minimum(np.minimum(arch, spine), np.minimum(wing, neck))
        _shell(hu, at, bone, np.float32(MARROW_HU + 120), np.float32(CORTEX_HU - 60), 1.3, w)
        canal = np.sqrt((x / 1.1) ** 2 + (y - 20.5) ** 2) - 8.0
        inside = np.clip(0.5 - canal / w, 0, 1)
        cord = np.clip(0.5 - (np.sqrt((x / 1.15) ** 2 + (y - 20.5) ** 2) - 4.2) / w, 0, 1)
        hu[at] += inside * (8 + 28 * cord - hu[at])

    def _shoulder_blade(self, hu: Plane, at: Spot, qx: Plane, qy: Plane, qz: Plane, w: np.float32) -> None:
        up = np.clip((qz + 75) / 210, 0, 1)
        inner, outer = 74 + 14 * up, 108 + 62 * up
        x, qy = np.abs(qx) / np.float32(self.plan.scale), qy / np.float32(self.plan.scale)
        t = np.clip((x - inner) / np.maximum(outer - inner, 1), 0, 1)
        y = 98 - 26 * up - (28 + 22 * up) * t + 9 * np.sin(np.pi * t)
        blade = np.abs(qy - y) * 0.86 - (2.0 + 3.2 * np.clip(t - 0.75, 0, 1) * 4)
        blade = np.maximum(blade, np.maximum(inner - x, x - outer))
        crest = np.maximum(np.abs(qy - y - 9) - 9, np.abs(x - (inner + 0.62 * (outer - inner)) - 0.4 * (qy - y)) - 2.2)
        crest = np.maximum(crest, 35 - qz)
        d = np.maximum(np.minimum(blade, crest), np.maximum(-72 - qz, qz - 118))
        _shell(hu, at, d, np.float32(MARROW_HU + 80), np.float32(CORTEX_HU - 40), 1.2, w)


def _shell(
    hu: Plane, at: Spot, d: Plane, marrow: Plane | np.float32, cortex: Plane | np.float32, thick: float, w: np.float32
) -> None:
    near = d < w
    if not near.any():
        return
    rows, columns = at[0][near], at[1][near]
    d = d[near]
    m = marrow[near] if isinstance(marrow, np.ndarray) and marrow.ndim else marrow
    c = cortex[near] if isinstance(cortex, np.ndarray) and cortex.ndim else cortex
    whole = np.clip(0.5 - d / w, 0, 1)
    core = np.clip(0.5 - (d + np.float32(thick)) / w, 0, 1)
    value = c + core * (m - c)
    now = hu[rows, columns]
    hu[rows, columns] = now + whole * (value - now)
