"""Lesions of the ``train`` variant: they grow from seeds in a warped space and are mottled by smooth noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from groundglass.analysis.morphology import distance_inside_mm
from groundglass.training.synthesis.chest import Chest, Field, stretch
from groundglass.training.synthesis.design import DENSE_HU, EXCESS_HU, FLUID_HU, Design, Tube
from groundglass.training.synthesis.options import PATTERNS, Pattern, SynthesisOptions

_FAR_MM = 1e4


class WarpedMaker:
    """Shapes and textures of the ``train`` variant.

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
        self.inner = chest.at_points(chest.inside.astype(np.float32)) > 0
        self.back = np.zeros(len(self.points), dtype=np.float32)
        self.up = np.zeros(len(self.points), dtype=np.float32)
        self.height_mm: dict[int, float] = {}
        self.base_mm = np.zeros(len(self.points), dtype=np.float32)
        for side in np.unique(chest.sides):
            own = chest.sides == side
            z, y = self.points[own, 0], self.points[own, 1]
            (z0, z1), (y0, y1) = np.quantile(z, [0.005, 0.995]), np.quantile(y, [0.005, 0.995])
            self.up[own] = (z - z0) / max(z1 - z0, 1.0)
            self.back[own] = (y - y0) / max(y1 - y0, 1.0)
            self.height_mm[int(side)] = float(z1 - z0)
        self.hila = chest.hila_mm()
        self._above_base()

    def _above_base(self) -> None:
        """Height over the lowest lung of each column, mm."""
        cells = self.chest.cells > 0
        lowest = np.where(cells.any(axis=0), cells.argmax(axis=0), 0).astype(np.float32)
        lowest = gaussian_filter(lowest, 2.0)
        z = np.arange(len(cells), dtype=np.float32)[:, None, None]
        self.base_mm = ((z - lowest) * self.chest.lattice_mm[0])[cells].astype(np.float32)

    def smooth(self, size_mm: float) -> Field:
        """Return smooth noise at the lattice points, standard deviation about 1."""
        shape = self.chest.cells.shape
        skip = tuple(max(1.0, size_mm / 2.0 / s) for s in self.chest.lattice_mm)
        small = tuple(int(np.ceil(n / k)) + 1 for n, k in zip(shape, skip, strict=True))
        sigma = [size_mm / (s * k) for s, k in zip(self.chest.lattice_mm, skip, strict=True)]
        noise = gaussian_filter(self.rng.standard_normal(small, dtype=np.float32), sigma, mode="wrap", truncate=2.2)
        noise /= max(float(noise.std()), 1e-6)
        return noise if small == shape else stretch(noise, shape, skip)  # type: ignore[arg-type]  # three axes

    def noise_at(self, size_mm: float) -> Field:
        """Return smooth noise at the points (n,)."""
        return self.chest.at_points(self.smooth(size_mm))

    def warped(self, amount_mm: float, size_mm: float) -> Field:
        """Return the points (n, 3) moved by smooth noise, mm."""
        return self.points + np.float32(amount_mm) * np.stack([self.noise_at(size_mm) for _ in range(3)], axis=1)

    def fluid_mm(self) -> Field:
        """Return a field of pleural fluid: a crescent, thick at the back, thin up the side."""
        rng = self.rng
        rise = np.float32(rng.uniform(0.16, 0.3))
        down = np.float32(rng.uniform(0.02, 0.1))
        height = np.zeros(len(self.points), dtype=np.float32)
        for side in np.unique(self.chest.sides):
            own = self.chest.sides == side
            y = self.points[own, 1]
            height[own] = np.quantile(y, 0.998) - y
        bias = {int(s): float(rng.choice([0.0, rng.uniform(10, 60)])) for s in np.unique(self.chest.sides)}
        value = self.below_ribs() + rise * height + down * self.base_mm + 1.5 * self.noise_at(18.0)
        for side, extra in bias.items():
            value[self.chest.sides == side] += extra
        return self.chest.on_lattice(value, fill=_FAR_MM)

    def below_ribs(self) -> Field:
        """Return the depth of each point below the ribs, mm: hilum and mediastinum are no such surface."""
        cells, columns = self.chest.cells, np.arange(self.chest.cells.shape[2])
        middle = int(self.chest.midline_mm / self.chest.lattice_mm[2])
        out = np.zeros(len(self.points), dtype=np.float32)
        for side in np.unique(self.chest.sides):
            own = cells == side
            some = own.any(axis=2)[:, :, None]
            if own[:, :, :middle].sum() > own[:, :, middle:].sum():
                filled = some & (columns >= own.argmax(axis=2)[:, :, None]) & (columns <= middle)
            else:
                filled = some & (columns < len(columns) - own[:, :, ::-1].argmax(axis=2)[:, :, None])
                filled &= columns >= middle
            here = self.chest.sides == side
            depth = distance_inside_mm(filled | own, self.chest.lattice_mm)
            out[here] = self.chest.at_points(depth)[here]
        return out

    def seeds(self, weight: Field, count: int, space: Field, *, spread_mm: float, anisotropy: float) -> Field:
        """Return the order in which a warped space is reached from seeds drawn by weight, mm."""
        rng = self.rng
        weight = np.where(self.inner, weight, 0).astype(np.float64)
        chosen = rng.choice(len(weight), size=count, p=weight / weight.sum())
        wait = np.sort(rng.uniform(0, spread_mm, count)) - rng.uniform(0, 3)
        out = np.full(len(weight), _FAR_MM, dtype=np.float32)
        for place, start in zip(chosen, wait, strict=True):
            scale = np.exp(rng.uniform(-anisotropy, anisotropy, 3)).astype(np.float32)
            d = (space - space[place]) * scale
            np.minimum(out, np.sqrt(np.einsum("ij,ij->i", d, d)) + np.float32(start), out=out)
        return out

    def pattern(self, kind: Pattern, percent: float) -> Field:
        """Return the order of one pattern at the points (n,), about mm."""
        rng = self.rng
        space = self.warped(rng.uniform(3, 8), rng.uniform(8, 14))
        out: NDArray[np.floating]
        gravity = np.exp(rng.uniform(0, 2.2) * self.back - rng.uniform(0, 1.5) * self.up)
        if kind == "nodular":
            out = self.seeds(gravity, int(6 + percent), space, spread_mm=10, anisotropy=0.2)
        elif kind == "peripheral":
            if rng.random() < 0.3:
                front = (1 - self.back) * np.float32(rng.uniform(0, 28))
                out = self.depth * np.float32(1.2) + 10 * self.noise_at(24.0) + front
            else:
                weight = np.exp(-self.depth / rng.uniform(4, 9)) * gravity
                out = self.seeds(weight, int(5 + 0.5 * percent), space, spread_mm=25, anisotropy=0.3)
                out += np.float32(rng.uniform(0, 0.8)) * self.depth
        elif kind == "central":
            far = self.from_hila(space)
            weight = np.exp(-far / 22) * gravity
            out = self.seeds(weight, int(4 + 0.3 * percent), space, spread_mm=22, anisotropy=0.35)
            out += np.float32(0.5) * far
        elif kind == "lobar":
            lobe = self.lobes()
            order = rng.permutation(int(lobe.max()) + 1).astype(np.float32) * 90
            start = self.seeds(gravity, 3, space, spread_mm=5, anisotropy=0.2)
            out = np.asarray(order[lobe] + start * np.float32(0.7), dtype=np.float32)
        elif kind == "dependent":
            y = self.points[:, 1] - self.points[:, 1].max()
            out = -y + self.up * np.float32(rng.uniform(0, 60)) + 8 * self.noise_at(14.0) + 3 * self.noise_at(6.0)
        elif kind == "basal":
            out = self.base_mm + 30 * (1 - self.back) * np.float32(rng.uniform(0, 1.5))
            out = out + 8 * self.noise_at(14.0) + 2.5 * self.noise_at(6.0)
        else:
            out = 12 * self.noise_at(30.0) + 9 * self.noise_at(9.0)
            out = out + np.float32(rng.choice([-0.9, 0.0, 0.7])) * np.minimum(self.depth, 22)
        if rng.random() < 0.35:  # mostly one lung
            heavy = rng.choice(np.unique(self.chest.sides))
            out = out + np.where(self.chest.sides == heavy, 0, np.float32(rng.uniform(8, 40)))
        return np.asarray(out + 1.6 * self.noise_at(4.0) + 0.8 * self.noise_at(2.4), dtype=np.float32)

    def from_hila(self, space: Field) -> Field:
        """Return the distance of each point to the hilum of its side, mm."""
        out = np.zeros(len(space), dtype=np.float32)
        for side, place in self.hila.items():
            own = self.chest.sides == side
            d = space[own] - place
            out[own] = np.sqrt(np.einsum("ij,ij->i", d, d))
        return out

    def lobes(self) -> NDArray[np.intp]:
        """Return a lobe 0..n of each point: curved surfaces where fissures usually run."""
        rng = self.rng
        out = np.zeros(len(self.points), dtype=np.intp)
        bend = 0.035 * self.noise_at(40.0)
        for side in np.unique(self.chest.sides):
            own = self.chest.sides == side
            low, high = rng.uniform(-0.02, 0.12), rng.uniform(0.66, 0.82)
            oblique = low + (high - low) * np.clip(self.back[own], 0, 1) ** rng.uniform(0.8, 1.3) + bend[own]
            oblique += np.float32(rng.uniform(-0.0012, 0.0012)) * (self.points[own, 2] - self.chest.midline_mm)
            name = np.where(self.up[own] < oblique, 0, 1)
            if side == 1:
                name[(name == 1) & (self.up[own] < rng.uniform(0.42, 0.55) + bend[own])] = 2
            out[own] = name + (0 if side == 1 else 3)
        return out

    def design(self, fluid_distance_mm: Field | None) -> Design:
        """Return the lesions."""
        rng, options, chest = self.rng, self.options, self.chest
        kinds = [options.pattern or _drawn(rng)]
        if options.pattern is None and rng.random() < 0.5:
            kinds.append(_drawn(rng))
        glass = self.pattern(kinds[0], options.percent)
        for kind in kinds[1:]:
            other = self.pattern(kind, options.percent)
            shift = np.quantile(glass[self.inner], 0.1) - np.quantile(other[self.inner], 0.1) + rng.uniform(-4, 8)
            np.minimum(glass, other + np.float32(shift), out=glass)
        dense = None
        if options.consolidation_share > 0:
            kind = options.consolidation_pattern or _drawn(rng)
            while options.consolidation_pattern is None and kind == "diffuse":
                kind = _drawn(rng)
            dense = self.pattern(kind, options.percent * options.consolidation_share)
            if options.consolidation_pattern is None and rng.random() < 0.3:
                dense = np.minimum(dense, self.pattern(_drawn(rng), 5) + np.float32(rng.uniform(0, 20)))
            if rng.random() < 0.25:  # a whole lung, or most of it
                heavy = rng.choice(np.unique(chest.sides))
                dense = dense + np.where(chest.sides == heavy, 0, np.float32(400))
            if fluid_distance_mm is not None:
                along = chest.at_points(fluid_distance_mm)
                dense = np.minimum(
                    dense, along * np.float32(rng.uniform(0.7, 1.1)) - rng.uniform(5, 25) + 2.5 * self.noise_at(9.0)
                )
        excess = np.clip(rng.uniform(110, 330) + 60 * self.noise_at(28.0), *EXCESS_HU)
        excess = excess * (1 + 0.16 * self.noise_at(4.0) + 0.12 * self.noise_at(9.0))
        paved_level = self.noise_at(22.0)
        cut = np.quantile(paved_level[self.inner], 1 - options.paving) if options.paving > 0 else np.inf
        level = rng.uniform(*DENSE_HU)
        tone = level + 6 * self.noise_at(16.0) + 3 * self.noise_at(6.0)
        return Design(
            glass_mm=chest.on_lattice(glass, fill=_FAR_MM),
            dense_mm=None if dense is None else chest.on_lattice(dense, fill=_FAR_MM),
            fringe=float(np.exp(rng.uniform(np.log(0.5), np.log(4)))),
            soft_mm=float(rng.uniform(1.5, 5.0)),
            excess_hu=chest.on_lattice(excess, fill=200.0),
            paved=chest.on_lattice(np.clip((paved_level - cut) * 3 + 0.5, 0, 1), fill=0.0),
            dense_hu=chest.on_lattice(tone, fill=float(level)),
            fluid_hu=float(rng.uniform(*FLUID_HU)),
            tubes=self.tubes(dense) if dense is not None and rng.random() < 0.6 else [],
            patency=float(rng.choice([0.0, rng.uniform(0.4, 1.0), 1.0])),
            septa=self.septa,
        )

    def tubes(self, dense: Field) -> list[Tube]:
        """Return bronchi that walk from the hilum into the densest parts, forking as they go."""
        rng = self.rng
        early = np.flatnonzero(self.inner & (dense <= np.quantile(dense[self.inner], 0.15)))
        out: list[Tube] = []
        for place in rng.choice(early, size=int(rng.integers(2, 7))):
            start = self.hila.get(int(self.chest.sides[place]))
            if start is None:
                continue
            goal = self.points[place]
            begin = (start + (goal - start) * np.float32(rng.uniform(0.25, 0.6))).astype(np.float32)
            self._walk(out, begin, goal, rng.uniform(1.2, 2.2), 2)
        return out

    def _walk(self, out: list[Tube], start: Field, goal: Field, radius: float, forks: int) -> None:
        rng = self.rng
        at, steps = start, 4
        for n in range(steps):
            ahead = (at + (goal - at) / (steps - n) + rng.normal(scale=1.5, size=3)).astype(np.float32)
            narrower = radius * 0.9
            out.append(Tube(at, ahead, radius, narrower))
            at, radius = ahead, narrower
            if forks and rng.random() < 0.6:
                length = float(np.linalg.norm(goal - start)) * 0.5
                way = (goal - at) / max(float(np.linalg.norm(goal - at)), 1.0) + rng.normal(scale=0.6, size=3)
                self._walk(out, at, (at + length * way).astype(np.float32), radius * 0.75, forks - 1)

    def septa(self) -> Field:
        """Return the strength of thickened septa at the voxels: where the two largest of smooth fields meet."""
        first = np.full(self.chest.hu.shape, -99, dtype=np.float32)
        second = first.copy()
        for _ in range(5):
            field = self.chest.to_voxels(self.smooth(2.6))
            second = np.maximum(second, np.minimum(first, field))
            np.maximum(first, field, out=first)
        return np.asarray(np.clip(1.0 - (first - second) / 0.32, 0, 1), dtype=np.float32)

    def noise(self, shape: tuple[int, int, int], samples: NDArray[np.float32]) -> Field:
        """Return noise with the mean spectrum of the samples, tied from slice to slice as theirs."""
        power = (np.abs(np.fft.fft2(samples - samples.mean(axis=(2, 3), keepdims=True))) ** 2).mean(axis=(0, 1))
        kernel = np.fft.fftshift(np.fft.ifft2(np.sqrt(power)).real)
        kernel = kernel * np.hanning(len(kernel) + 2)[1:-1, None] * np.hanning(len(kernel) + 2)[None, 1:-1]
        kernel /= np.sqrt((kernel**2).sum())
        spectrum = np.fft.rfft2(kernel, s=shape[1:]).astype(np.complex64)
        tie = 0.0
        if samples.shape[1] > 1:
            tie = float(np.clip((samples[:, 1:] * samples[:, :-1]).mean() / (samples**2).mean(), 0, 0.95))
        out = np.empty(shape, dtype=np.float32)
        for k in range(shape[0]):
            white = self.rng.standard_normal(shape[1:], dtype=np.float32)
            layer = np.fft.irfft2(np.fft.rfft2(white) * spectrum, s=shape[1:])
            out[k] = layer if k == 0 else tie * out[k - 1] + np.sqrt(1 - tie**2) * layer
        return out


def _drawn(rng: np.random.Generator) -> Pattern:
    return PATTERNS[int(rng.choice(len(PATTERNS), p=[0.15, 0.27, 0.1, 0.18, 0.12, 0.1, 0.08]))]
