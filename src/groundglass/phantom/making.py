"""Make a digital chest."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundglass.phantom import cavity as cavities
from groundglass.phantom import growth, lesions, lobules, organs, pulmonary, trees, tubes
from groundglass.phantom.cavity import Cavity
from groundglass.phantom.grids import Axes, Block
from groundglass.phantom.options import INVOLVEMENT_OF_GRADE, Kernel, PhantomOptions
from groundglass.phantom.painter import Levels, Occupancy, Painter
from groundglass.phantom.plan import Plan, Streams
from groundglass.phantom.scanner import Scanner
from groundglass.phantom.truth import Phantom, measure
from groundglass.volume import Geometry, LabelVolume, Volume

REFERENCE_SLICE_MM = 5.0  # the noise of Table 1 is stated at 5 mm (Morozov et al. 2020)
SLICE_MM = 1.0

# From this many rows: step of the smooth shapes and of the lesions, mm; tips of each tree. What a pixel cannot show is
# not computed; the coarsest is for tests.
_FINENESS: tuple[tuple[int, float, float, int], ...] = ((301, 3.0, 2.0, 2000), (129, 4.0, 2.6, 500), (0, 6.0, 4.0, 160))


def make(options: PhantomOptions | None = None) -> Phantom:
    """Make a digital chest with its truth.

    Parameters
    ----------
    options : PhantomOptions, optional
        What it shall be like.

    Returns
    -------
    Phantom
        Picture and truth masks on one grid: canonical axial, LPS mm.
    """
    options = options or PhantomOptions()
    streams = Streams(options.seed, options.variant)
    plan = Plan.draw(options, streams)
    percent, dense_share = _wanted(options, streams)
    coarse, sick_mm, leaves = next(f[1:] for f in _FINENESS if options.rows >= f[0])
    z_low, z_high = _reach(options)
    axes = Axes.covering((z_low, -185.0, -225.0), (z_high, 165.0, 225.0), coarse)
    cavity = cavities.build(plan, axes, missing=options.missing_lung)
    whole_z = axes.along(0)[np.flatnonzero((cavity.lungs < 0).any(axis=(1, 2)))[[0, -1]]]
    effusion: Block | None = None
    if options.effusion_ml > 0:
        cavity, effusion = _drowned(cavity, options)
    shape = organs.build(plan, cavity, streams, prone=options.prone)
    grid = _Grid.of(options, cavity, shape, (float(whole_z[0]), float(whole_z[1])))
    model = None
    if percent > 0:
        place = lobules.build if options.variant == "test" else lesions.build
        model = place(cavity, streams, step_mm=sick_mm, prone=options.prone, percent=percent)
    painter = Painter(
        plan, cavity, shape, model, effusion, grid.fine, streams, options.prone, options.variant == "test"
    )
    grow = growth.join_nearest if options.variant == "test" else trees.divide
    tree = pulmonary.build(plan, cavity, streams, leaves=leaves, missing=options.missing_lung, grow=grow)
    central, occupancy, bronchi = _drawn(tree, grid.fine)
    lungs, fluid = _labels(painter, grid, central)
    sick = np.zeros_like(lungs)
    if model is not None:
        painter.levels = _levels(painter, grid, lungs, percent, dense_share)
        _mark(painter, grid, lungs, sick)
    painter.occupancy = occupancy
    volumes = _scan(painter, grid, options, streams)
    painter.occupancy = None
    airways = grid.pooled(central).astype(np.uint8)
    airways[grid.pooled(bronchi) & (lungs > 0)] = 2
    return _packed(options, tree, grid, volumes, lungs, sick, airways, fluid, whole_z, streams)


@dataclass(frozen=True)
class _Grid:
    """Sampling of the slices, and of the thinner planes that they are averaged from."""

    scan: Axes
    fine: Axes
    planes: int
    thickness_mm: float

    @classmethod
    def of(cls, options: PhantomOptions, cavity: Cavity, shape: organs.Organs, lungs_z: tuple[float, float]) -> _Grid:
        axes = cavity.axes
        inside = shape.body < 0
        z = axes.along(0)
        # Shoulders and raised arms may be cut off; the chest is not.
        at_lungs = inside[(z > lungs_z[0]) & (z < 5)]
        y = axes.along(1)[np.flatnonzero(at_lungs.any(axis=(0, 2)))]
        x = axes.along(2)[np.flatnonzero(at_lungs.any(axis=(0, 1)))]
        side = options.field_of_view_mm
        if side is None:
            side = float(np.clip(max(2 * np.abs(x).max(), y[-1] - y[0]) + 20, 350, 500))
        n, rows, dz = options.slices, options.rows, options.increment_mm
        length = (n - 1) * dz
        carina = 0.0
        low = {
            "whole": (lungs_z[0] + lungs_z[1]) / 2 - length / 2,
            "upper": carina - 5,
            "lower": carina - 25 - length,
            "abdomen": lungs_z[0] + 45 - length,
        }[options.coverage]
        pixel = side / rows
        # The middle of the field lies a little behind the middle of the body, so that the table is seen.
        centre_y = float((y[0] + y[-1]) / 2) + (-12 if options.prone else 12)
        start = (low, centre_y - pixel * (rows - 1) / 2, -pixel * (rows - 1) / 2)
        scan = Axes(start, (dz, pixel, pixel), (n, rows, rows))
        planes = options.planes
        first = low - dz * (planes - 1) / (2 * planes)
        return cls(
            scan,
            Axes((first, *start[1:]), (dz / planes, pixel, pixel), (n * planes, rows, rows)),
            planes,
            max(SLICE_MM, dz),
        )

    def height(self, k: int) -> float:
        """Return the height of a plane, mm."""
        return float(self.fine.start[0] + k * self.fine.step[0])

    def pooled(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return the slices of a mask drawn on planes: true where more than half of a slice is."""
        if self.planes == 1:
            return mask
        n, rows, columns = self.scan.shape
        votes = mask.reshape(n, self.planes, rows, columns).sum(axis=1, dtype=np.uint8)
        return np.asarray(votes * 2 > self.planes)


def _reach(options: PhantomOptions) -> tuple[float, float]:
    length = options.slices * options.increment_mm
    low, high = -250.0, 200.0
    if options.coverage in ("whole", "upper"):
        low, high = min(low, -60 - length / 2 - 30), max(high, length / 2 + 30)
    if options.coverage == "upper":
        high = max(high, length + 30)
    if options.coverage in ("lower", "abdomen"):
        low = min(low, -260 - length)
    return low, high


def _wanted(options: PhantomOptions, streams: Streams) -> tuple[float, float]:
    rng = streams.of("burden")
    draw, mix = rng.uniform(), rng.uniform()
    if options.involvement is not None:
        percent = options.involvement
    elif options.grade is not None:
        low, high = INVOLVEMENT_OF_GRADE[options.grade]
        percent = low + (high - low) * draw
    else:
        percent = 0.0
    share = options.consolidation_share
    if share is None:
        # Consolidation grows with the grade (Table 2: from CT-3 on).
        share = float(np.interp(percent, [0, 10, 25, 50, 75, 90], [0.02, 0.07, 0.13, 0.20, 0.26, 0.30])) * (
            0.6 + 0.8 * mix
        )
    return percent, share


def _drowned(cavity: Cavity, options: PhantomOptions) -> tuple[Cavity, Block]:
    """Return the cavity with fluid in its dependent part, and the fluid."""
    x, y, z = cavity.axes.mesh()
    down = -y if options.prone else y
    rise = 10 * np.exp(-np.maximum(-cavity.thorax, 0) / 9)  # the meniscus along the wall
    more_left = np.where(x > 0, 5.0, 0.0)
    order = (down - 0.22 * z + rise + more_left).astype(np.float32)
    inside = cavity.lungs < 0
    cells = options.effusion_ml * 1000 / cavity.axes.step[0] ** 3
    level = float(np.quantile(order[inside], 1 - min(0.8, cells / max(1, inside.sum()))))
    fluid = (level - order).astype(np.float32)
    wet = np.maximum(cavity.lungs, fluid)
    dry = np.maximum(cavity.lungs, -fluid)
    return cavities.with_lungs(cavity, dry), wet


def _drawn(tree: pulmonary.Pulmonary, axes: Axes) -> tuple[NDArray[np.bool_], Occupancy, NDArray[np.bool_]]:
    def blank() -> NDArray[np.uint8]:
        return np.zeros(axes.shape, dtype=np.uint8)

    vessels, walls, lumens = blank(), blank(), blank()
    tubes.draw(walls, axes, *tree.central_walls)
    central = walls > 127
    tubes.draw(walls, axes, *tree.walls)
    tubes.draw(lumens, axes, *tree.bronchi)
    bronchi = lumens > 127
    tubes.draw(lumens, axes, *tree.central)
    tubes.draw(vessels, axes, *tree.vessels)
    tubes.draw(lumens, axes, *tree.swallowed)
    return central, Occupancy(vessels, walls, lumens), bronchi


def _labels(
    painter: Painter, grid: _Grid, central: NDArray[np.bool_]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
    """Return lungs (1 right, 2 left) and fluid at the middles of the slices."""
    lungs = np.zeros(grid.scan.shape, dtype=np.uint8)
    fluid = None if painter.fluid is None else np.zeros(grid.scan.shape, dtype=np.uint8)
    airway = grid.pooled(central)
    for k in range(grid.scan.shape[0]):
        z = float(grid.scan.start[0] + k * grid.scan.step[0])
        if painter.lungs.covers(z):
            box, d, side = painter.lung_plane(z)
            lungs[k][box] = np.where(d < 0, np.where(side < 0, 1, 2), 0)
            lungs[k][airway[k]] = 0
        if fluid is not None and painter.fluid is not None and painter.fluid.covers(z):
            fluid[k][painter.fluid.box] = (painter.fluid.at(z) < 0) & (lungs[k][painter.fluid.box] == 0)
    painter.rewind()
    return lungs, fluid


def _levels(painter: Painter, grid: _Grid, lungs: NDArray[np.uint8], percent: float, dense_share: float) -> Levels:
    """Find the levels at which the shares of lesion, and of consolidation in it, are met on the voxels."""
    orders: list[NDArray[np.float32]] = []
    denses: list[NDArray[np.float32]] = []
    for k in range(grid.scan.shape[0]):
        inside = lungs[k] > 0
        if inside.any():
            order, dense = painter.order_planes(float(grid.scan.start[0] + k * grid.scan.step[0]))
            orders.append(order[inside])
            denses.append(dense[inside])
    painter.rewind()
    if not orders:
        return Levels(-1e9, -1e9)
    order = np.concatenate(orders)
    n = round(percent / 100 * order.size)
    if n == 0:
        return Levels(-1e9, -1e9)
    level = float(np.partition(order, n - 1)[n - 1])
    dense = np.concatenate(denses)[order <= level]
    m = round(dense_share * dense.size)
    return Levels(level, float(np.partition(dense, m - 1)[m - 1]) if m else -1e9)


def _mark(painter: Painter, grid: _Grid, lungs: NDArray[np.uint8], sick: NDArray[np.uint8]) -> None:
    for k in range(grid.scan.shape[0]):
        if lungs[k].any():
            order, dense = painter.order_planes(float(grid.scan.start[0] + k * grid.scan.step[0]))
            sick[k] = np.where(
                (lungs[k] > 0) & (order <= painter.levels.lesion), 1 + (dense <= painter.levels.dense), 0
            )
    painter.rewind()


def _scan(painter: Painter, grid: _Grid, options: PhantomOptions, streams: Streams) -> list[NDArray[np.int16]]:
    """Return the picture, and its lung reconstruction where it is wanted."""
    n, rows, _ = grid.scan.shape
    sigma = options.noise_hu * float(np.sqrt(REFERENCE_SLICE_MM / grid.thickness_mm))
    kernels: list[Kernel] = [
        options.kernel,
    ]
    if options.lung_series and options.kernel != "FC51":
        kernels.append("FC51")
    pixel = grid.scan.step[2]
    scanners = [Scanner.of(k, rows=rows, pixel_mm=pixel, noise_hu=sigma, variant=options.variant) for k in kernels]
    rng = streams.of("noise")
    out = [np.empty(grid.scan.shape, dtype=np.int16) for _ in scanners]
    offset = (np.arange(rows) - (rows - 1) / 2) / (rows / 2)
    outside = offset[:, None] ** 2 + offset[None, :] ** 2 > 1
    painter.table_y = _table_y(painter, prone=options.prone)
    # Slices of 1 mm at 0.8 mm overlap: neighbours share noise.
    shared = max(0.0, grid.thickness_mm - options.increment_mm)
    share = np.float32(np.sqrt(shared / (shared + options.increment_mm)))
    before = scanners[0].white(rng)
    for k in range(n):
        plane = painter.paint(k * grid.planes)
        for j in range(1, grid.planes):
            plane += painter.paint(k * grid.planes + j)
        plane /= np.float32(grid.planes)
        fresh = scanners[0].white(rng)
        noise = np.sqrt(1 - share**2) * fresh + share * before
        before = fresh
        for scanner, volume in zip(scanners, out, strict=True):
            seen = np.clip(np.rint(scanner.see(plane, noise)), -2000, 4000)
            if options.padding_hu is not None:
                seen[outside] = options.padding_hu
            volume[k] = seen
    return out


def _table_y(painter: Painter, *, prone: bool) -> float:
    axes = painter.cavity.axes
    rows = np.flatnonzero((painter.organs.body < 0).any(axis=(0, 2)))
    return float(axes.along(1)[rows[0]] - 3 if prone else axes.along(1)[rows[-1]] + 3)


def _packed(
    options: PhantomOptions,
    tree: pulmonary.Pulmonary,
    grid: _Grid,
    volumes: list[NDArray[np.int16]],
    lungs: NDArray[np.uint8],
    sick: NDArray[np.uint8],
    airways: NDArray[np.uint8],
    fluid: NDArray[np.uint8] | None,
    whole_z: Block,
    streams: Streams,
) -> Phantom:
    rng = streams.of("place")
    # Where the origin of the scanner lies: anywhere on the table.
    place = np.round([0.0, rng.uniform(-40, 10), rng.uniform(-1500, -900)], 1)
    affine = np.eye(4)
    dz, dy, dx = grid.scan.step
    affine[:3, :3] = [[0, 0, dx], [0, dy, 0], [dz, 0, 0]]
    affine[:3, 3] = np.array(grid.scan.start[::-1]) + place
    uid = "2.25." + str(uuid.UUID(bytes=rng.bytes(16), version=4).int)
    mirror = options.situs_inversus
    if mirror:
        volumes = [np.ascontiguousarray(a[:, :, ::-1]) for a in volumes]
        lungs, sick, airways = (np.ascontiguousarray(a[:, :, ::-1]) for a in (lungs, sick, airways))
        lungs = np.array([0, 2, 1], dtype=np.uint8)[lungs]
        fluid = None if fluid is None else np.ascontiguousarray(fluid[:, :, ::-1])
    geometry = Geometry(grid.scan.shape, affine, uid)
    lungs_labels = LabelVolume(lungs, geometry, {1: "right lung", 2: "left lung"})
    sick_labels = LabelVolume(sick, geometry, {1: "ground glass", 2: "consolidation"})
    effusion = None if fluid is None else LabelVolume(fluid, geometry, {1: "pleural effusion"})
    sign = np.array([-1.0 if mirror else 1.0, 1.0, 1.0])
    carina, vein = (sign * p + place for p in (tree.carina, tree.inferior_vein))
    low, high = grid.scan.start[0] - dz / 2, grid.scan.start[0] + dz * (grid.scan.shape[0] - 0.5)
    truth = measure(
        lungs_labels,
        sick_labels,
        effusion,
        options=options,
        carina_mm=(float(carina[0]), float(carina[1]), float(carina[2])),
        inferior_vein_mm=(float(vein[0]), float(vein[1]), float(vein[2])),
        whole_lungs=bool(low <= whole_z[0] and high >= whole_z[1]) and options.missing_lung is None,
    )
    return Phantom(
        volume=Volume(volumes[0], geometry),
        lungs=lungs_labels,
        lesions=sick_labels,
        airways=LabelVolume(airways, geometry, {1: "trachea and main bronchi", 2: "bronchi"}),
        effusion=effusion,
        truth=truth,
        slice_thickness_mm=grid.thickness_mm,
        lung_volume=Volume(volumes[1], geometry) if len(volumes) > 1 else None,
    )
