"""Puts the chest onto the slices: every shape in its order, with edges of partial volume."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from groundglass.phantom.cavity import Cavity
from groundglass.phantom.grids import Axes, Block, Field, Plane
from groundglass.phantom.lesions import LesionModel, smooth_noise
from groundglass.phantom.organs import Organs
from groundglass.phantom.plan import Plan, Streams
from groundglass.phantom.skeleton import Skeleton, rib_phase, shoulder_bones

FAT_HU = -104.0
SKIN_HU = 12.0
MUSCLE_HU = 52.0
GLAND_HU = 25.0
BLOOD_HU = 42.0
HEART_HU = 44.0
WALL_HU = 20.0
AIR_HU = -994.0
FLUID_HU = 9.0
DENSE_HU = 42.0
"""Airless lung without contrast: 30-60 HU, as dense as blood and denser than fluid."""
FISSURE_HU = 170.0


@dataclass(frozen=True)
class Levels:
    """Where the orders of the lesion model are cut."""

    lesion: float
    dense: float


@dataclass(frozen=True)
class Occupancy:
    """Tubes on the grid of the scan, (slice, row, column) uint8, 255 is full."""

    vessels: NDArray[np.uint8]
    walls: NDArray[np.uint8]
    lumens: NDArray[np.uint8]


@dataclass
class Painter:
    """One chest, ready to be painted plane by plane (ascending)."""

    plan: Plan
    cavity: Cavity
    organs: Organs
    lesions: LesionModel | None
    effusion: Block | None
    scan: Axes
    streams: Streams
    prone: bool
    test: bool
    levels: Levels = field(default_factory=lambda: Levels(-1e9, -1e9))
    occupancy: Occupancy | None = None
    table_y: float | None = None

    def __post_init__(self) -> None:
        c, o = self.cavity, self.organs
        self._body = self._field(o.body)
        self._muscle = self._field(o.muscle, limit=o.body)
        self._thorax = self._field(c.thorax)
        self._diaphragm = self._field(c.diaphragm, limit=c.thorax)
        self._glands = None if o.glands is None else self._near(o.glands)
        self._armpit = self._near(o.armpit)
        self._painted = [(self._near(shape), hu) for _, shape, hu in o.painted]
        self._central = [(self._near(s), hu) for s, hu in self._middle()]
        self._heart = self._near(c.heart)
        self.lungs = self._field(c.lungs, limit=c.lungs)
        self._septum = self._field(c.q[0] - c.septum_x, limit=c.lungs)
        self._oblique = self._field(c.oblique, limit=c.lungs)
        # The horizontal fissure lies in the right lung, in front of the oblique one.
        horizontal = np.where((c.q[0] < c.septum_x) & (c.oblique > -4), c.horizontal, 50.0)
        self._horizontal = self._field(horizontal, limit=c.lungs)
        self.fluid = None if self.effusion is None else self._field(self.effusion, limit=self.effusion)
        self._skeleton = Skeleton(
            self.plan,
            self.scan,
            self._thorax,
            self._field(rib_phase(self.plan, c.q[2], c.around)),
            self._field(c.around),
            self._field(c.q[0]),
            self._field(c.q[1]),
            self._field(c.q[2]),
            self._near(shoulder_bones(self.plan, c.q, c.axes)),
        )
        rng = self.streams.of("texture")
        shape = c.axes.shape
        h = c.axes.step[0]
        # Two scales of tissue texture; lungs are coarser in the test chest.
        self._grain = self._field(smooth_noise(rng, shape, 4.5 / h))
        fine = smooth_noise(rng, shape, (3.4 if self.test else 2.2) / h)
        broad = smooth_noise(rng, shape, (26.0 if self.test else 18.0) / h)
        lung_texture = (11.0 if self.test else 13.0) * fine + (16.0 if self.test else 11.0) * broad
        self._lung_texture = self._field(lung_texture.astype(np.float32), limit=c.lungs)
        inside = c.lungs < 0
        y = np.broadcast_to(c.axes.mesh()[1], shape)[inside]
        self._y_middle, self._y_spread = float(y.mean()), float(y.std())
        if self.lesions is not None:
            m = self.lesions
            names = ("order_mm", "dense_order", "hu", "network", "net_1", "net_2")
            self._sick = {n: Field(getattr(m, n), m.axes, self.scan) for n in names}

    def rewind(self) -> None:
        """Make ready for another pass from the lowest plane."""
        for f in (self.lungs, self._septum, self.fluid, *(self._sick.values() if self.lesions is not None else ())):
            if f is not None:
                f.rewind()

    def lung_plane(self, z: float) -> tuple[tuple[slice, slice], Plane, Plane]:
        """Return the box, the lung distance and x - septum of one plane."""
        return self.lungs.box, self.lungs.at(z), self._septum.at(z)

    def order_planes(self, z: float) -> tuple[Plane, Plane]:
        """Return both orders of the lesion model of one plane, on the whole slice."""
        shape = self.scan.shape[1], self.scan.shape[2]
        out = []
        for name in ("order_mm", "dense_order"):
            plane = np.full(shape, 1e6, dtype=np.float32)
            f = self._sick[name]
            if f.covers(z):
                plane[f.box] = f.at(z)
            out.append(plane)
        return out[0], out[1]

    def paint(self, k: int) -> Plane:
        """Return the HU of one plane, before blur and noise."""
        z = float(self.scan.start[0] + k * self.scan.step[0])
        hu = np.full(self.scan.shape[1:], -1000, dtype=np.float32)
        w = np.float32(self.scan.step[2])
        self._table(hu, w)
        self._wall(hu, z, w)
        for shape, value in self._painted:
            self._fill(hu, shape, z, value, w)
        self._sheet(hu, z, w)
        for shape, value in self._central:
            self._fill(hu, shape, z, value, w)
        if self.fluid is not None:
            self._fill(hu, self.fluid, z, FLUID_HU, w)
        self._lung(hu, z, w)
        self._tubes(hu, k, z)
        self._skeleton.paint(hu, z)
        return hu

    def _field(self, values: Block, *, limit: Block | None = None) -> Field:
        """Return a field, cropped to where ``limit`` is inside or nearly so."""
        axes = self.cavity.axes
        values = np.asarray(values, dtype=np.float32)
        if limit is None:
            return Field(values, axes, self.scan)
        near = limit < 2.2 * axes.step[0]
        box = []
        for axis in range(3):
            hit = np.flatnonzero(near.any(axis=tuple(a for a in range(3) if a != axis)))
            low, high = (int(hit[0]), int(hit[-1])) if hit.size else (0, 1)
            low = max(0, low - 1)
            box.append(slice(low, max(min(axes.shape[axis], high + 2), low + 2)))
        start = tuple(s + d * b.start for s, d, b in zip(axes.start, axes.step, box, strict=True))
        part = np.ascontiguousarray(values[tuple(box)])
        return Field(part, Axes((start[0], start[1], start[2]), axes.step, part.shape), self.scan)

    def _near(self, shape: Block) -> Field:
        return self._field(shape, limit=shape)

    def _middle(self) -> list[tuple[Block, float]]:
        c = self.cavity
        spine_y = self.plan.spine_y(c.q[2])
        behind = np.maximum(c.q[1] - spine_y - 2, 0)
        back = np.maximum(np.abs(c.q[0]) - (20.5 + 0.46 * behind), np.maximum(spine_y + 4 - c.q[1], c.thorax - 4))
        return [
            (back, MUSCLE_HU),
            (c.heart, HEART_HU),
            (c.groove, FAT_HU + 25),
            (c.vessels - 1.2, WALL_HU + 22),
            (c.vessels, BLOOD_HU),
            (c.oesophagus, 36.0),
        ]

    @staticmethod
    def _fill(hu: Plane, shape: Field, z: float, value: float | Plane, w: np.float32) -> None:
        if not shape.covers(z):
            return
        d = shape.at(z)
        if d.size == 0 or float(d.min()) > w:
            return
        part = hu[shape.box]
        part += np.clip(np.float32(0.5) - d / w, 0, 1) * (np.float32(value) - part)

    def _wall(self, hu: Plane, z: float, w: np.float32) -> None:
        body = self._body.at(z)
        box = self._body.box
        part = hu[box]
        grain = self._grain.at(z)
        part += np.clip(np.float32(0.5) - body / w, 0, 1) * (np.float32(SKIN_HU) - part)
        part += np.clip(np.float32(0.5) - (body + np.float32(1.9)) / w, 0, 1) * (np.float32(FAT_HU) + 7 * grain - part)
        if self._glands is not None and self._glands.covers(z):
            d = self._glands.at(z)
            here = hu[self._glands.box]
            g = grain[_within(self._glands.box, box)]
            here += np.clip(0.5 - (d + 6 + 5 * g) / 3, 0, 1) * np.clip(0.5 + g, 0.1, 1) * (GLAND_HU - here)
        muscle = self._muscle.at(z)
        here = hu[self._muscle.box]
        g = grain[_within(self._muscle.box, box)]
        thorax = self._thorax.at(z)[_within(self._muscle.box, self._thorax.box)]
        here += np.clip(np.float32(0.5) - muscle / w, 0, 1) * (np.float32(MUSCLE_HU) + 5 * g - here)
        # Fat planes between the layers of muscle, and streaks.
        layer = np.clip(1.1 - np.abs(muscle + 9.5 + 1.2 * g) / 1.1, 0, 1) * (muscle < -3) * (thorax > 12)
        layer = np.maximum(layer, np.clip((g - 1.75) * 1.6, 0, 0.8) * (muscle < -2) * (thorax > 9))
        layer = np.maximum(layer, np.clip(1.0 - np.abs(thorax - 11.5 - g) / 1.0, 0, 0.75) * (muscle < -2))
        here += layer.astype(np.float32) * (np.float32(FAT_HU + 15) - here)
        self._fill(hu, self._armpit, z, FAT_HU + 4, np.float32(3 * w))
        inner = self._thorax.at(z)
        here = hu[self._thorax.box]
        g = grain[_within(self._thorax.box, box)]
        here += np.clip(np.float32(0.5) - (inner + np.float32(0.5)) / w, 0, 1) * (np.float32(FAT_HU) + 9 * g - here)

    def _table(self, hu: Plane, w: np.float32) -> None:
        """Paint the couch: a curved shell round foam."""
        if self.table_y is None:
            return
        x, y = self.scan.along(2)[None, :], self.scan.along(1)[:, None]
        down = np.float32(-1 if self.prone else 1)
        depth = (y - np.float32(self.table_y)) * down + x * x / np.float32(900)
        foam = np.maximum(np.abs(depth - 22) - 22, np.abs(x) - 215)
        hu += np.clip(0.5 - foam / w, 0, 1) * (-930 - hu)
        shell = np.maximum(np.minimum(np.abs(depth - 0.8), np.abs(depth - 43)) - 0.8, np.abs(x) - 215)
        hu += np.clip(0.5 - shell / w, 0, 1) * (60 - hu)

    def _sheet(self, hu: Plane, z: float, w: np.float32) -> None:
        """Paint the diaphragm, a thin sheet of muscle."""
        d, t = self._diaphragm.at(z), self._thorax.at(z)[_within(self._diaphragm.box, self._thorax.box)]
        here = hu[self._diaphragm.box]
        sheet = np.maximum(np.abs(d - 1.0) - 1.6, t)
        here += np.clip(np.float32(0.5) - sheet / w, 0, 1) * (np.float32(MUSCLE_HU - 5) - here)

    def _lung(self, hu: Plane, z: float, w: np.float32) -> None:
        if not self.lungs.covers(z):
            return
        box, d, _ = self.lung_plane(z)
        if d.size == 0 or float(d.min()) > w:
            return
        y = self.scan.along(1)[box[0]][:, None]
        down = (self._y_middle - y if self.prone else y - self._y_middle) / np.float32(self._y_spread)
        lung = np.float32(self.plan.lung_hu) + np.float32(self.plan.gravity_hu) * (
            down + 0.25 * np.maximum(down, 0) ** 2
        )
        lung = lung + self._lung_texture.at(z)
        if self.fluid is not None and self.fluid.covers(z):
            near = np.full(hu.shape, 50, dtype=np.float32)
            near[self.fluid.box] = self.fluid.at(z)
            lung += 320 * np.exp(-np.maximum(near[box], 0) / 5)
        for f in (self._oblique, self._horizontal):
            lung += np.float32(FISSURE_HU) * np.exp(-((f.at(z) / np.float32(0.75)) ** 2))
        lung = np.minimum(lung, -120)
        if self.lesions is not None:
            lung = self._diseased(lung, z, box)
        part = hu[box]
        part += np.clip(np.float32(0.5) - d / w, 0, 1) * (lung - part)

    def _diseased(self, lung: Plane, z: float, box: tuple[slice, slice]) -> Plane:
        model = self.lesions
        order = self._sick["order_mm"]
        if model is None or not order.covers(z):
            return lung
        inner = _within(order.box, box)
        at = {n: f.at(z)[_overlap(order.box, box)] for n, f in self._sick.items()}
        view = lung[inner]
        depth = np.float32(self.levels.lesion) - at["order_mm"]
        if float(depth.max()) < -3 * model.soft_mm:
            return lung
        weight = 1 / (1 + np.exp(np.clip(-depth * np.float32(4 / model.soft_mm), -30, 30)))
        glass = np.maximum(at["hu"], view + 90)
        lines = np.exp(-((at["net_1"] / 0.9) ** 2)) + np.exp(-((at["net_2"] / 0.9) ** 2))
        glass = glass + 190 * np.clip(at["network"], 0, 1) * np.minimum(lines, 1)
        view += weight * (glass - view)
        dense = np.minimum(np.float32(self.levels.dense) - at["dense_order"], depth)
        weight = 1 / (1 + np.exp(np.clip(-dense * np.float32(4 / model.edge_mm), -30, 30)))
        view += weight * (np.float32(DENSE_HU) + 0.12 * (at["hu"] + 585) - view)
        return lung

    def _tubes(self, hu: Plane, k: int, z: float) -> None:
        if self.occupancy is None:
            return
        # Now and then a bronchus would cut through the heart, which the lung folds round.
        heart = np.ones(hu.shape, dtype=bool)
        if self._heart.covers(z):
            heart[self._heart.box] = self._heart.at(z) > 1.5
        for volume, value in (
            (self.occupancy.vessels, BLOOD_HU - 2),
            (self.occupancy.walls, WALL_HU),
            (self.occupancy.lumens, AIR_HU),
        ):
            plane = volume[k]
            rows, columns = np.nonzero((plane > 0) & heart)
            now = hu[rows, columns]
            share = plane[rows, columns].astype(np.float32) / 255
            # A vessel never makes denser tissue less dense.
            to = np.maximum(value, now) if value > -500 else value
            hu[rows, columns] = now + share * (to - now)


def _within(inner: tuple[slice, slice], outer: tuple[slice, slice]) -> tuple[slice, slice]:
    """Return where the common part of two boxes lies in an array that covers ``outer``."""
    a, b = (
        slice(max(i.start, o.start) - o.start, max(min(i.stop, o.stop), max(i.start, o.start)) - o.start)
        for i, o in zip(inner, outer, strict=True)
    )
    return a, b


def _overlap(inner: tuple[slice, slice], outer: tuple[slice, slice]) -> tuple[slice, slice]:
    """Return where the common part of two boxes lies in an array that covers ``inner``."""
    return _within(outer, inner)
