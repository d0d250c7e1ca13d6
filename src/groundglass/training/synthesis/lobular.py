"""Lesions of the ``test`` variant: lobules, ellipsoids and lobes cut by planes, mottled by waves.

Nothing of the ``train`` variant's shapes and textures is used here, so that what was taught on the one is tried
honestly on the other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from groundglass.training.synthesis.chest import Chest, Field
from groundglass.training.synthesis.design import DENSE_HU, EXCESS_HU, FLUID_HU, Design, Tube
from groundglass.training.synthesis.options import Pattern, SynthesisOptions

_FAR_MM = 1e4
_LOBULE_MM = (11.0, 19.0)  # secondary lobules are 10 to 25 mm wide (Webb 2006)
_MESH_MM = (6.5, 10.0)
_USUAL: tuple[Pattern, ...] = ("peripheral", "lobar", "nodular", "basal", "central", "dependent", "diffuse")


class LobularMaker:
    """Shapes and textures of the ``test`` variant.

    Parameters
    ----------
    chest : Chest
        The lungs.
    options : SynthesisOptions
        What is wanted.
    rng : Generator
        Where chance comes from.
    """

    def __init__(self, chest: Chest, options: SynthesisOptions, rng: np.random.Generator) -> None:
        self.chest = chest
        self.options = options
        self.rng = rng
        self.points = chest.points_mm
        self.depth = chest.at_points(chest.depth_mm)
        self.hila = chest.hila_mm()
        bend = np.stack([self.waves(28.0, 14) * 1.8 for _ in range(3)], axis=1)
        self.bent = (self.points + bend).astype(np.float32)
        self.pitch_mm = float(rng.uniform(*_LOBULE_MM))
        self.cells, self.owner, near, second = self.voronoi(self.pitch_mm)
        self.ramp = (near - 0.5 * second).astype(np.float32)

    def waves(self, length_mm: float, count: int) -> Field:
        """Return a sum of plane waves at the points, standard deviation 1."""
        out = np.zeros(len(self.points), dtype=np.float32)
        for _ in range(count):
            way = self.rng.normal(size=3)
            way *= 2 * np.pi / (length_mm * self.rng.uniform(0.65, 1.6)) / np.linalg.norm(way)
            out += np.cos(self.points @ way.astype(np.float32) + np.float32(self.rng.uniform(0, 2 * np.pi)))
        return out * np.float32(np.sqrt(2.0 / count))

    def voronoi(self, pitch_mm: float) -> tuple[Field, NDArray[np.intp], Field, Field]:
        """Return jittered cell centres (m, 3), the cell of each point, and its two nearest distances."""
        low, high = self.points.min(axis=0) - pitch_mm, self.points.max(axis=0) + pitch_mm
        grid = np.stack(
            np.meshgrid(*[np.arange(a, b, pitch_mm) for a, b in zip(low, high, strict=True)], indexing="ij")
        )
        cells = grid.reshape(3, -1).T
        cells = cells + self.rng.uniform(-0.45, 0.45, cells.shape) * pitch_mm
        distance, owner = cKDTree(cells).query(self.bent, k=2)
        return (
            cells.astype(np.float32),
            np.asarray(owner)[:, 0],
            np.asarray(distance)[:, 0].astype(np.float32),
            np.asarray(distance)[:, 1].astype(np.float32),
        )

    def fluid_mm(self) -> Field:
        """Return a field of pleural fluid: a layer on what lies below, by the way down to the ribs."""
        cells = self.chest.cells > 0
        rows = cells.shape[1]
        last = np.where(cells.any(axis=1), rows - 1 - cells[:, ::-1].argmax(axis=1), 0)
        down = (last[:, None, :] - np.arange(rows)[None, :, None]) * self.chest.lattice_mm[1]
        value = down[cells].astype(np.float32)
        lowest = {int(s): float(self.points[self.chest.sides == s, 1].max()) for s in np.unique(self.chest.sides)}
        floor = np.array([lowest.get(s, 0.0) for s in range(4)], dtype=np.float32)[self.chest.sides]
        columns = np.arange(cells.shape[2])
        edge = np.where(
            columns < cells.shape[2] / 2,
            cells.argmax(axis=2)[..., None],
            cells.shape[2] - 1 - cells[..., ::-1].argmax(axis=2)[..., None],
        )
        aside = (np.abs(columns - edge) * self.chest.lattice_mm[2])[cells].astype(np.float32)
        value = np.minimum(value, aside * 2.0) + self.rng.uniform(0.2, 0.4) * (floor - self.points[:, 1])
        value += self.rng.uniform(0.0, 0.12) * (self.points[:, 0] - self.points[:, 0].min())
        if self.rng.random() < 0.5:
            value[self.chest.sides == self.rng.integers(1, 3)] += 200
        return self.chest.on_lattice(value, fill=_FAR_MM)

    def to_hila(self) -> Field:
        """Return the distance of each point to the hilum of its side, mm."""
        places = np.zeros((4, 3), dtype=np.float32)
        for side, place in self.hila.items():
            places[side] = place
        return np.asarray(np.linalg.norm(self.points - places[self.chest.sides], axis=1), dtype=np.float32)

    def ellipsoids(self, centres: Field, radii_mm: Field) -> Field:
        """Return how far outside a union of turned ellipsoids each point lies, about mm."""
        out = np.full(len(self.points), _FAR_MM, dtype=np.float32)
        for centre, radius in zip(centres, radii_mm, strict=True):
            reach = np.abs(self.bent - centre).max(axis=1) < 2.5 * radius.max() + 30
            turned = (self.bent[reach] - centre) @ Rotation.random(rng=self.rng).as_matrix().astype(np.float32)
            rho = np.linalg.norm(turned / radius, axis=1)
            out[reach] = np.minimum(out[reach], (rho - 1) * float(radius.min()))
        left = out >= _FAR_MM
        out[left] = 300 + self.depth[left]
        return out

    def drawn_centres(self, chance: Field, count: int) -> Field:
        """Return points drawn with this weight."""
        chance = np.where(self.depth > 0, chance, 0).astype(np.float64)
        return self.points[self.rng.choice(len(chance), count, p=chance / chance.sum())]

    def by_lobule(self, values: Field, jitter_mm: float) -> Field:
        """Give every lobule one value, with chance added; its middle falls ill a little before its border."""
        total = np.bincount(self.owner, weights=values, minlength=len(self.cells))
        size = np.maximum(np.bincount(self.owner, minlength=len(self.cells)), 1)
        one = total / size + self.rng.normal(scale=jitter_mm, size=len(size))
        return (one[self.owner] + 0.35 * self.ramp).astype(np.float32)

    def lobe_planes(self) -> NDArray[np.intp]:
        """Return a lobe of each point, cut by planes through the neighbourhood of the hila."""
        lobe = np.zeros(len(self.points), dtype=np.intp)
        for side, place in self.hila.items():
            own = self.chest.sides == side
            tilt = np.deg2rad(self.rng.uniform(40, 65))
            normal = np.array([np.sin(tilt) * 0.8, -np.cos(tilt) * 1.1, 0.12 * self.rng.normal()], dtype=np.float32)
            offset = (self.bent[own] - place - self.rng.normal(scale=9, size=3).astype(np.float32)) @ normal
            part = np.where(offset < 0, 0, 1)
            if side == 1:
                level = place[0] - self.rng.uniform(-12, 8) + 0.08 * (self.points[own, 1] - place[1])
                part[(part == 1) & (self.points[own, 0] < level)] = 2
            lobe[own] = part + 3 * (side - 1)
        return lobe

    def order(self, kind: Pattern, percent: float) -> Field:
        """Return when each point falls ill, about mm."""
        rng = self.rng
        extent = np.ptp(self.points, axis=0)
        height = (self.points[:, 0] - self.points[:, 0].min()).astype(np.float32)
        front = (self.points[:, 1].max() - self.points[:, 1]).astype(np.float32)
        low_back = np.exp(-rng.uniform(0, 2.0) * front / extent[1] - rng.uniform(0, 1.2) * height / extent[0])
        if kind == "nodular":
            count = int(8 + 0.8 * percent)
            radius = np.exp(rng.normal(np.log(8), 0.45, (count, 1))) * rng.uniform(0.8, 1.25, (count, 3))
            out = self.ellipsoids(self.drawn_centres(low_back, count), radius.astype(np.float32))
        elif kind == "peripheral":
            count = int(7 + 0.3 * percent)
            radius = rng.uniform(8, 17, (count, 1)) * rng.uniform(0.7, 1.7, (count, 3))
            centres = self.drawn_centres(low_back * (self.depth < 7), count)
            out = self.ellipsoids(centres, radius.astype(np.float32)) + np.float32(0.4) * self.depth
            if rng.random() < 0.5:
                out = self.by_lobule(np.minimum(out, 60), 2.0)
        elif kind == "central":
            out = self.by_lobule(self.to_hila() * np.float32(0.8), 7.0)
        elif kind == "lobar":
            lobe = self.lobe_planes()
            rank = rng.permutation(6).astype(np.float32) * 300
            sweep = rng.normal(size=3)
            along = self.points @ (sweep / np.linalg.norm(sweep)).astype(np.float32)
            out = rank[lobe] + (self.by_lobule(along, 3.0) if rng.random() < 0.5 else along)
        elif kind == "dependent":
            out = self.by_lobule(front, 4.0) if rng.random() < 0.5 else front + 3 * self.waves(30, 10)
        elif kind == "basal":
            tilt = height + np.float32(rng.uniform(0, 0.7)) * front
            out = self.by_lobule(tilt, 5.0) if rng.random() < 0.5 else tilt + 4 * self.waves(34, 10)
        else:
            out = self.by_lobule(np.minimum(self.depth, 25) * np.float32(rng.uniform(-0.6, 0.4)), 12.0)
        if rng.random() < 0.3:
            out = out + np.where(self.chest.sides == rng.integers(1, 3), np.float32(rng.uniform(5, 30)), 0)
        return np.asarray(out + 0.9 * self.waves(7.0, 12), dtype=np.float32)

    def design(self, fluid_distance_mm: Field | None) -> Design:
        """Return the lesions."""
        rng, options, chest = self.rng, self.options, self.chest
        inner = self.depth > 0
        glass = self.order(options.pattern or self._kind(), options.percent)
        dense = None
        if options.consolidation_share > 0:
            kind = options.consolidation_pattern or self._kind()
            dense = self.order("lobar" if kind == "diffuse" and options.consolidation_pattern is None else kind, 20)
            if rng.random() < 0.2:
                dense = dense + 1000 * np.abs(chest.sides - np.float32(rng.integers(1, 3)))
            if fluid_distance_mm is not None:
                reach = chest.at_points(fluid_distance_mm)
                dense = np.minimum(dense, np.quantile(dense[inner], 0.02) - 15 + reach * np.float32(1.0))
        add = rng.uniform(120, 300) + rng.uniform(-60, 60, len(self.cells))
        excess = np.clip(add, *EXCESS_HU)[self.owner] * (1 + 0.13 * self.waves(6.0, 16) + 0.1 * self.waves(13.0, 12))
        chosen = rng.random(len(self.cells)) < options.paving
        level = float(rng.uniform(*DENSE_HU))
        tone = level + 5 * self.waves(24.0, 10) + 2.5 * self.waves(9.0, 10)
        return Design(
            glass_mm=chest.on_lattice(glass, fill=_FAR_MM),
            dense_mm=None if dense is None else chest.on_lattice(dense, fill=_FAR_MM),
            fringe=float(rng.uniform(0.4, 2.5)),
            soft_mm=float(rng.uniform(1.0, 3.5)),
            excess_hu=chest.on_lattice(excess, fill=200.0),
            paved=chest.on_lattice(chosen[self.owner], fill=0.0),
            dense_hu=chest.on_lattice(tone, fill=level),
            fluid_hu=float(rng.uniform(*FLUID_HU)),
            tubes=self.fan(dense) if dense is not None else [],
            patency=float(rng.choice([0.0, 0.7, 1.0])),
            septa=self.septa,
        )

    def _kind(self) -> Pattern:
        return _USUAL[int(self.rng.choice(len(_USUAL), p=[0.28, 0.18, 0.14, 0.12, 0.1, 0.1, 0.08]))]

    def fan(self, dense: Field) -> list[Tube]:
        """Return straight bronchi with side branches at acute angles."""
        rng = self.rng
        goals = self.points[dense <= np.quantile(dense[self.depth > 0], 0.12)]
        out: list[Tube] = []
        for goal in goals[rng.choice(len(goals), int(rng.integers(0, 5)))]:
            start = min(self.hila.values(), key=lambda h: float(np.linalg.norm(h - goal)))
            way = goal - start
            length = float(np.linalg.norm(way))
            if length < 15:
                continue
            way = way / length
            radius = rng.uniform(1.1, 2.0)
            out.append(Tube(start + way * np.float32(0.4 * length), goal, radius, 0.5 * radius))
            for share in np.arange(0.5, 0.9, 0.14):
                side = np.cross(way, rng.normal(size=3))
                turn = way * 0.8 + 0.6 * side / max(float(np.linalg.norm(side)), 1e-6)
                at = start + way * np.float32(share * length)
                out.append(Tube(at, (at + turn * rng.uniform(6, 14)).astype(np.float32), 0.65 * radius, 0.4 * radius))
        return out

    def septa(self) -> Field:
        """Return the strength of thickened septa at the voxels: the faces of a second, finer set of cells."""
        _, _, near, second = self.voronoi(float(self.rng.uniform(*_MESH_MM)))
        gap = self.chest.to_voxels(self.chest.on_lattice(second - near, fill=9.0))
        return np.asarray(np.clip(1.0 - gap / 1.7, 0, 1), dtype=np.float32)

    def noise(self, shape: tuple[int, int, int], samples: NDArray[np.float32]) -> Field:
        """Return noise quilted from the samples themselves, in four overlapping layers of faded tiles."""
        count, deep, n = samples.shape[:3]
        half = n // 2
        fade = np.sin(np.pi * (np.arange(n) + 0.5) / n).astype(np.float32)
        tiles = samples * fade[:, None] * fade[None, :]
        rows, columns = shape[1] // n + 2, shape[2] // n + 2
        out = np.zeros(shape, dtype=np.float32)
        for layer, (dy, dx) in enumerate(((0, 0), (half, 0), (0, half), (half, half))):
            choice = self.rng.integers(0, count, (rows, columns))
            for k in range(shape[0]):
                step = (k + layer) % deep
                if step == 0:
                    choice = self.rng.integers(0, count, (rows, columns))
                picture = tiles[choice, step].transpose(0, 2, 1, 3).reshape(rows * n, columns * n)
                out[k] += picture[dy : dy + shape[1], dx : dx + shape[2]]
        return out
