"""The plan of one chest: numbers drawn from the seed. Chest coordinates in mm, see :mod:`groundglass.phantom.grids`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from groundglass.phantom.grids import Block
from groundglass.phantom.options import PhantomOptions
from groundglass.phantom.shapes import Deformation

_SCALE = {"small": 0.90, "medium": 1.0, "large": 1.09}
_FAT_MM = {"small": 9.0, "medium": 17.0, "large": 29.0}

# Height, then of the inside of the rib cage: half-width, front, back. Schematic adult at full inspiration, from general
# anatomy (transverse inner width about 28 cm, depth about 19 cm, carina at T4/T5).
_THORAX_TRAIN = (
    (-600, 120, -95, 70),
    (-260, 130, -98, 78),
    (-200, 138, -102, 84),
    (-150, 142, -105, 89),
    (-100, 141, -105, 93),
    (-50, 137, -100, 94),
    (0, 129, -88, 91),
    (40, 113, -66, 84),
    (70, 95, -42, 77),
    (90, 79, -22, 71),
    (105, 64, -6, 65),
    (118, 50, 4, 60),
    (180, 34, 12, 48),
    (400, 30, 10, 46),
)
# Another build: barrel chest, shorter and rounder.
_THORAX_TEST = (
    (-600, 118, -110, 66),
    (-260, 128, -114, 74),
    (-190, 134, -118, 82),
    (-140, 138, -119, 90),
    (-90, 139, -116, 96),
    (-40, 136, -107, 98),
    (5, 128, -92, 95),
    (38, 115, -72, 88),
    (66, 98, -48, 80),
    (86, 82, -26, 73),
    (100, 67, -8, 66),
    (112, 52, 4, 60),
    (180, 36, 10, 46),
    (400, 30, 10, 44),
)


@dataclass(frozen=True)
class Streams:
    """Independent random streams, one a part, so that one part never shifts the numbers of another."""

    seed: int
    variant: str

    def of(self, part: str) -> np.random.Generator:
        """Return the stream of a part."""
        name = [ord(c) for c in f"{self.variant}/{part}"]
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence([self.seed, *name])))


@dataclass(frozen=True)
class Plan:
    """Numbers of one chest."""

    thorax: NDArray[np.float64]
    scale: float
    squareness: float
    lumps: tuple[float, float, float]
    apex_mm: float
    domes_mm: tuple[float, float]
    drops_mm: tuple[float, float, float]
    fat_mm: float
    muscle: float
    heart: float
    rib_pitch_mm: float
    rib_drop_mm: float
    breasts_ml: float
    warp: Deformation
    breath: float
    arch_mm: float
    carina_y_mm: float
    lung_hu: float
    gravity_hu: float
    bowel_gas: float
    stomach_gas: float
    spine_bend_mm: float

    @classmethod
    def draw(cls, options: PhantomOptions, streams: Streams) -> Plan:
        """Draw a plan."""
        rng = streams.of("plan")
        test = options.variant == "test"
        scale = _SCALE[options.size] * rng.uniform(0.975, 1.02) * (0.965 if test else 1.0)
        table = np.array(_THORAX_TEST if test else _THORAX_TRAIN, dtype=np.float64)
        tall = (0.5 + 0.5 * scale) * rng.uniform(0.97, 1.03)
        exhaled = 1 - options.breath
        table[:, 0] *= tall
        table[:, 1] *= scale * rng.uniform(0.96, 1.04) * (1 - 0.03 * exhaled)
        deep = scale * rng.uniform(0.95, 1.05)
        table[:, 2] *= deep * (1 - 0.10 * exhaled)
        table[:, 3] *= scale
        rise = 38 * exhaled
        right = (-106 if test else -102) * tall + rng.uniform(-6, 6) + rise
        left = right - rng.uniform(4, 16)
        return cls(
            thorax=table,
            scale=scale,
            squareness=rng.uniform(2.0, 2.2) if test else rng.uniform(2.2, 2.5),
            # How far the outline departs from the regular one, and where round the chest.
            lumps=(rng.uniform(0.012, 0.024) if test else 0.004, *rng.uniform(0, 2 * np.pi, 2)),
            apex_mm=(107 if test else 111) * tall,
            domes_mm=(right, left),
            drops_mm=(
                rng.uniform(54, 66) * tall * (1 - 0.35 * exhaled),
                rng.uniform(62, 77) * tall * (1 - 0.3 * exhaled),
                rng.uniform(30, 44) * tall,
            ),
            fat_mm=_FAT_MM[options.size] * rng.uniform(0.8, 1.25),
            muscle=rng.uniform(0.85, 1.15) * (0.85 if options.sex == "female" else 1.05),
            heart=scale * rng.uniform(0.93, 1.08) * (1 + 0.08 * exhaled),
            rib_pitch_mm=21.5 * tall,
            rib_drop_mm=rng.uniform(100, 120) * tall,
            breasts_ml=rng.uniform(250, 600) * scale**3 if options.sex == "female" else 0.0,
            warp=Deformation.draw(streams.of("warp"), size_mm=3.2 if test else 2.6, waves=11 if test else 7),
            breath=options.breath,
            arch_mm=rng.uniform(30, 42) * tall,
            carina_y_mm=rng.uniform(1, 7),
            lung_hu=-862 + 150 * exhaled + rng.uniform(-14, 14),
            # a standard deviation of depth is about a quarter of the lung's: 40 to 90 HU from front to back
            gravity_hu=rng.uniform(9, 18) * (1 + 1.2 * exhaled),
            bowel_gas=rng.uniform(0.5, 1.5),
            stomach_gas=rng.uniform(0.15, 0.45),
            spine_bend_mm=rng.uniform(-4, 4),
        )

    def inside(self, z: Block) -> tuple[Block, Block, Block]:
        """Return half-width, front and back of the inside of the rib cage at heights z, mm."""
        t = self.thorax
        parts = [PchipInterpolator(t[:, 0], t[:, i], extrapolate=True)(z).astype(np.float32) for i in (1, 2, 3)]
        return parts[0], parts[1], parts[2]

    def spine_y(self, z: Block) -> Block:
        """Return the y of the middle of the vertebral bodies at heights z, mm."""
        return np.asarray(42 - 0.0007 * np.clip(z + 30, -220, 200) ** 2, dtype=np.float32)
