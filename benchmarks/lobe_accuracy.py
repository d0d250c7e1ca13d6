"""How well fissures and lobes are found on digital chests, and how often their confidence is right.

``python benchmarks/lobe_accuracy.py [COUNT [FIRST_SEED]]``: about ten seconds a phantom. Confidence was fitted on the
seeds 0 to 48; seeds from 100 on were never looked at before. The phantom's fissures are complete, bright and always the
same shape; here they are drawn fainter, incomplete, shifted, tilted and bent, so that the prior of the search is not
their maker.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from groundglass.analysis import anatomy
from groundglass.analysis.grid import WorkingGrid
from groundglass.analysis.lobes import find_lobes
from groundglass.evaluation.overlap import dice
from groundglass.phantom import cavity as cavities
from groundglass.phantom import painter as painters
from groundglass.phantom import pulmonary
from groundglass.phantom.grids import Axes
from groundglass.phantom.making import make
from groundglass.phantom.options import PhantomOptions, Variant
from groundglass.phantom.plan import Plan, Streams
from groundglass.phantom.truth import Phantom

NEAR_MM = 5.0
FISSURES = ("right oblique", "right horizontal", "left oblique")


@dataclass(frozen=True)
class Shape:
    """How the fissures of one phantom differ from the regular ones; mm, and shares.

    ``bright`` scales their density, ``gap`` is the part that is not there (fused lobes).
    """

    right: tuple[float, float, float, float]
    left: tuple[float, float, float, float]
    horizontal: tuple[float, float, float, float]
    bright: float
    gap: float
    seed: int

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Shape:
        """Draw one: shift, change of slope, bend from front to back, tilt sideways."""

        def one(shift: float, slope: float, bend: float, tilt: float) -> tuple[float, float, float, float]:
            return (
                float(rng.normal(0, shift)),
                float(rng.uniform(-slope, slope)),
                float(rng.normal(0, bend)),
                float(rng.normal(0, tilt)),
            )

        return cls(
            one(9, 0.35, 5, 0.08),
            one(9, 0.35, 5, 0.08),
            one(8, 0.08, 4, 0.08),
            bright=float(rng.choice([0.0, 0.15, 0.3, 0.45, 0.6, 0.8, 1.0])),
            gap=float(rng.choice([0.0, 0.0, 0.3, 0.6])),
            seed=int(rng.integers(2**31)),
        )


@contextmanager
def drawn_with(shape: Shape) -> Iterator[None]:
    """Let phantoms be drawn with other fissures for a while."""
    places, start, bright = cavities._fissures, painters.Painter.__post_init__, painters.FISSURE_HU

    def bent(plan: Plan, q: Any, septum_x: Any) -> tuple[Any, Any]:
        oblique, horizontal = places(plan, q, septum_x)
        qx, qy, _ = q
        right = qx < septum_x
        y, x = (qy + 4) / 80, np.abs(qx) - 75

        def change(by: tuple[float, float, float, float]) -> Any:
            return by[0] + by[1] * 80 * y + by[2] * 2 * (y * y - 0.4) + by[3] * x

        steep = np.sqrt(1 + 1.05**2)
        oblique = oblique - np.where(right, change(shape.right), change(shape.left)) / steep
        horizontal = horizontal - change(shape.horizontal)
        return oblique.astype(np.float32), horizontal.astype(np.float32)

    def torn(self: painters.Painter) -> None:
        start(self)
        c = self.cavity
        rng = np.random.default_rng(shape.seed)
        for name, field in (("_oblique", c.oblique), ("_horizontal", None)):
            if shape.gap == 0:
                continue
            noise = ndimage.gaussian_filter(rng.standard_normal(c.oblique.shape), 25.0 / c.axes.step[0])
            # fused lobes: mostly beside the hilum
            order = noise / noise.std() - np.abs(np.abs(c.q[0]) - 30) / 40
            gone = order > np.quantile(order[c.lungs < 0], 1 - shape.gap)
            if field is None:
                field = np.where((c.q[0] < c.septum_x) & (c.oblique > -4), c.horizontal, 50.0)
            setattr(self, name, self._field(np.where(gone, 50.0, field), limit=c.lungs))

    cavities._fissures, painters.Painter.__post_init__ = bent, torn  # type: ignore[method-assign]
    painters.FISSURE_HU = bright * shape.bright
    try:
        yield
    finally:
        cavities._fissures, painters.Painter.__post_init__ = places, start  # type: ignore[method-assign]
        painters.FISSURE_HU = bright


@dataclass(frozen=True, eq=False)
class LobeTruth:
    """Where the fissures of a phantom lie, on the working grid.

    Attributes
    ----------
    oblique_mm, horizontal_mm : (slice, row, column) float32
        Distance from the fissures, positive above, mm.
    lobes : (slice, row, column) uint8
        1 right upper, 2 right middle, 3 right lower, 4 left upper, 5 left lower; inside the true lungs.
    """

    oblique_mm: NDArray[np.float32]
    horizontal_mm: NDArray[np.float32]
    lobes: NDArray[np.uint8]


def truth(options: PhantomOptions, phantom: Phantom, grid: WorkingGrid) -> LobeTruth:
    """Work out the lobes of a phantom from what it was drawn from; call it inside :func:`drawn_with`."""
    streams = Streams(options.seed, options.variant)
    plan = Plan.draw(options, streams)
    axes = Axes.covering((-260.0, -185.0, -225.0), (210.0, 165.0, 225.0), 4.0)
    cavity = cavities.build(plan, axes, missing=options.missing_lung)
    carina = plan.warp.moved(pulmonary.airway_lines(plan)["right"][0])[0]
    place = np.array(phantom.truth.carina_mm) - carina
    shape = grid.hu.shape
    start = grid.geometry.to_mm(np.zeros(3)) - place
    where = np.meshgrid(
        *((start[2 - i] + grid.spacing_mm[i] * np.arange(shape[i]) - axes.start[i]) / axes.step[i] for i in range(3)),
        indexing="ij",
    )

    def read(field: NDArray[Any]) -> NDArray[np.float32]:
        values = ndimage.map_coordinates(np.asarray(field, np.float32), where, order=1, mode="nearest")
        return np.asarray(values, dtype=np.float32)

    oblique, horizontal = read(cavity.oblique), read(cavity.horizontal)
    lungs = np.zeros(shape, dtype=np.uint8)
    steps = tuple(slice(b // 2, None, b) for b in grid.blocks)
    part = phantom.lungs.array[steps]
    lungs[: part.shape[0], : part.shape[1], : part.shape[2]] = part
    upper = np.where(horizontal > 0, 1, 2)
    lobes = np.where(lungs == 1, np.where(oblique > 0, upper, 3), np.where(lungs == 2, np.where(oblique > 0, 4, 5), 0))
    return LobeTruth(oblique, horizontal, lobes.astype(np.uint8))


def options_of(seed: int, rng: np.random.Generator, variant: Variant) -> PhantomOptions:
    """Draw what a phantom shall be like: thickness, noise, disease, build."""
    spacing = float(rng.choice([1.0, 1.5, 2.0, 2.0, 3.0, 5.0, 8.0]))
    return PhantomOptions(
        slices=round(320 / spacing),
        rows=256,
        spacing_mm=spacing,
        variant=variant,
        seed=seed,
        involvement=float(rng.choice([0.0, 0.0, 5.0, 20.0, 45.0, 70.0])),
        noise_hu=float(rng.uniform(6, 20)),
        size=("small", "medium", "large")[int(rng.integers(3))],
        breath=float(rng.uniform(0.6, 1.0)),
    )


@dataclass(frozen=True)
class Row:
    """One fissure of one phantom: how far off, how sure, and what was to be seen."""

    fissure: str
    off_mm: float
    confidence: float
    bright: float
    gap: float
    slice_mm: float
    involvement: float


def measured(seed: int, variant: Variant = "train") -> tuple[list[Row], list[float], float]:
    """Make a phantom and find its lobes: rows, Dice of the five lobes, seconds of processor time."""
    rng = np.random.default_rng([991, seed])
    options, shape = options_of(seed, rng, variant), Shape.draw(rng)
    with drawn_with(shape):
        phantom = make(options)
        grid = WorkingGrid.of(phantom.volume)
        true = truth(options, phantom, grid)
    body = anatomy.find(grid)
    carina = None
    if body.carina_mm is not None:
        z, y, x = (float(v) for v in grid.geometry.to_index(np.array(body.carina_mm)))
        carina = (z, y, x)
    start = time.process_time()
    lobes = find_lobes(grid.hu, body.lungs, body.airways, carina_index=carina, spacing_mm=grid.spacing_mm)
    seconds = time.process_time() - start
    rows = []
    for name, fissure in lobes.fissures.items():
        level = name == "right horizontal"
        surface = fissure.surface
        index = np.moveaxis(surface.points_mm[surface.inside] / np.array(grid.spacing_mm), 1, 0)
        off = np.abs(ndimage.map_coordinates(true.horizontal_mm if level else true.oblique_mm, index, order=1))
        if level:  # behind the oblique fissure there is no horizontal one
            off = off[ndimage.map_coordinates(true.oblique_mm, index, order=1) > 0]
        mean = float(off.mean()) if off.size else float("inf")
        rows.append(
            Row(
                name,
                mean,
                fissure.confidence,
                shape.bright,
                shape.gap,
                float(options.spacing_mm or 0),
                float(options.involvement or 0),
            )
        )
    scores = [dice(lobes.labels == label, true.lobes == label) for label in range(1, 6)]
    return rows, scores, seconds


def print_tables(rows: list[Row], scores: list[list[float]], seconds: list[float]) -> None:
    """Print what was found by fissure, by what was to be seen, and by confidence."""
    print(f"phantoms {len(scores)}, processor seconds: median {np.median(seconds):.2f}, most {max(seconds):.2f}")
    print("Dice of lobes 1..5, mean:", " ".join(f"{value:.3f}" for value in np.nanmean(scores, axis=0)))
    clear = [r for r in rows if r.bright >= 0.3 and r.slice_mm <= 3 and r.involvement <= 20]
    for name in FISSURES:
        for label, part in (("all", rows), ("seen, thin slices, little disease", clear)):
            off = np.array([r.off_mm for r in part if r.fissure == name])
            if off.size:
                near = int((off < NEAR_MM).sum())
                print(f"{name:18}{label:36} within 5 mm {near:3d} of {off.size:3d}, median {np.median(off):5.1f} mm")
    print("confidence: fissures, within 5 mm, mean confidence")
    for low, high in pairwise((0.0, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 1.01)):
        part = [r for r in rows if low <= r.confidence < high]
        if part:
            near = sum(r.off_mm < NEAR_MM for r in part)
            mean = float(np.mean([r.confidence for r in part]))
            print(f"{low:.1f} to {min(high, 1):.1f}: {len(part):3d}  {near / len(part):.2f}  {mean:.2f}")


def main() -> None:
    """Make phantoms and print the tables."""
    first, count = (int(sys.argv[2]) if len(sys.argv) > 2 else 100), (int(sys.argv[1]) if len(sys.argv) > 1 else 24)
    rows: list[Row] = []
    scores, seconds = [], []
    for seed in range(first, first + count):
        found, overlap, spent = measured(seed)
        rows += found
        scores.append(overlap)
        seconds.append(spent)
    print_tables(rows, scores, seconds)


if __name__ == "__main__":
    main()
