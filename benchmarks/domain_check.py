"""The same chest made another way: how far does the percentage move?

``python benchmarks/domain_check.py [DATA] [--network FILE] [--only NAME ...]``: P001, normal001 and two phantoms of the
``train`` variant, each re-windowed to eight bits, thinned, re-noised, re-kernelled, prone, at half the resolution in
its slices and in a smaller field of view. Printed: the percentage and its difference in points from the chest as it
is. The shipped network is used where none is named. Nothing is written.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cases import data_folder
from groundglass.analysis.engine import read_chest
from groundglass.analysis.networks import ChestNetwork, shipped
from groundglass.analysis.reading import ChestReading, Gravity
from groundglass.datasets.formats import open_set
from groundglass.phantom.making import make
from groundglass.phantom.options import PhantomOptions
from groundglass.volume import Geometry, Volume

MUST_POINTS = 1.5
"""Of the percentage of the lungs: the most that the same chest may move."""
THICK_MM = 8.0
KERNEL_MM = 0.8
"""Standard deviation by which a soft kernel blurs more than a standard one."""
EDGE_GAIN = 1.0
"""How much of what blurring takes away an edge-enhancing kernel adds."""
SMALL_FIELD_MM = 300.0


@dataclass(frozen=True)
class Chest:
    """A volume and how it is to be read."""

    volume: Volume
    gravity: Gravity
    exact_hu: bool = True


def windowed(chest: Chest, low_hu: float, high_hu: float) -> Chest:
    """Return the chest as an eight-bit picture of a window tells it."""
    grey = np.rint((np.clip(chest.volume.array, low_hu, high_hu) - low_hu) * (255.0 / (high_hu - low_hu)))
    hu = np.rint(grey * ((high_hu - low_hu) / 255.0) + low_hu).astype(np.int16)
    return replace(chest, volume=Volume(hu, chest.volume.geometry), exact_hu=False)


def thinned(chest: Chest, *, averaged: bool, apart_mm: float = THICK_MM) -> Chest:
    """Return slices about 8 mm apart: every nth slice, or means of n slices."""
    array, geometry = chest.volume.array, chest.volume.geometry
    step = max(1, round(apart_mm / geometry.spacing_mm[0]))
    count = geometry.shape[0] // step
    affine = geometry.affine.copy()
    affine[:3, 3] = geometry.to_mm(np.array([(step - 1) / 2 if averaged else step // 2, 0.0, 0.0]))
    affine[:3, 0] *= step
    if averaged:
        hu = np.stack([array[k * step : (k + 1) * step].mean(axis=0) for k in range(count)])
        hu = np.rint(hu).astype(np.int16)
    else:
        hu = np.ascontiguousarray(array[step // 2 :: step][:count])
    return replace(chest, volume=Volume(hu, _like(geometry, hu.shape, affine)))


def noisy(chest: Chest, noise_hu: float) -> Chest:
    """Add independent noise to every voxel."""
    rng = np.random.default_rng(11)

    def worse(plane: NDArray[np.float32]) -> NDArray[np.float32]:
        return plane + np.float32(noise_hu) * rng.standard_normal(plane.shape, dtype=np.float32)

    return _by_plane(chest, worse)


def rekernelled(chest: Chest, *, sharp: bool) -> Chest:
    """Blur every slice, or enhance its edges."""
    sigma = [KERNEL_MM / mm for mm in chest.volume.geometry.spacing_mm[1:]]

    def filtered(plane: NDArray[np.float32]) -> NDArray[np.float32]:
        soft = ndimage.gaussian_filter(plane, sigma)
        return np.asarray(plane + EDGE_GAIN * (plane - soft) if sharp else soft)

    return _by_plane(chest, filtered)


def prone(chest: Chest) -> Chest:
    """Return the same pictures of a patient who is said to lie on the front."""
    return replace(chest, gravity="front")


def turned(chest: Chest) -> Chest:
    """Turn every slice by half a circle, as where the header is wrong about who lies how; gravity turns with it."""
    hu = np.ascontiguousarray(chest.volume.array[:, ::-1, ::-1])
    return replace(chest, volume=Volume(hu, chest.volume.geometry), gravity="front")


def halved(chest: Chest) -> Chest:
    """Average two by two pixels."""
    array, geometry = chest.volume.array, chest.volume.geometry
    rows, columns = (n // 2 for n in array.shape[1:])
    hu = array[:, : 2 * rows, : 2 * columns].reshape(len(array), rows, 2, columns, 2).mean(axis=(2, 4))
    affine = geometry.affine.copy()
    affine[:3, 3] = geometry.to_mm(np.array([0.0, 0.5, 0.5]))
    affine[:3, 1:3] *= 2
    hu = np.rint(hu).astype(np.int16)
    return replace(chest, volume=Volume(hu, _like(geometry, hu.shape, affine)))


def narrowed(chest: Chest) -> Chest:
    """Crop to a field of view of 300 mm around the middle of the body."""
    array, geometry = chest.volume.array, chest.volume.geometry
    body = array[len(array) // 2] > -400
    parts = []
    for axis in (0, 1):
        mass = np.cumsum(body.sum(axis=1 - axis))
        middle = int(np.searchsorted(mass, mass[-1] / 2))
        size = min(body.shape[axis], round(SMALL_FIELD_MM / geometry.spacing_mm[1 + axis]))
        first = max(0, min(body.shape[axis] - size, middle - size // 2))
        parts.append(slice(first, first + size))
    hu = np.ascontiguousarray(array[:, parts[0], parts[1]])
    affine = geometry.affine.copy()
    affine[:3, 3] = geometry.to_mm(np.array([0.0, parts[0].start, parts[1].start]))
    return replace(chest, volume=Volume(hu, _like(geometry, hu.shape, affine)))


SHIFTS: Mapping[str, Callable[[Chest], Chest]] = MappingProxyType(
    {
        "as it is": lambda chest: chest,
        "8 bits, -1350..150 HU": lambda chest: windowed(chest, -1350, 150),
        "8 bits, -1000..400 HU": lambda chest: windowed(chest, -1000, 400),
        "8 mm, every nth slice": lambda chest: thinned(chest, averaged=False),
        "8 mm, averaged": lambda chest: thinned(chest, averaged=True),
        "noise + 15 HU": lambda chest: noisy(chest, 15),
        "noise + 30 HU": lambda chest: noisy(chest, 30),
        "blurred": lambda chest: rekernelled(chest, sharp=False),
        "edges enhanced": lambda chest: rekernelled(chest, sharp=True),
        "prone": prone,
        "turned round, header wrong": turned,
        "half the pixels": halved,
        "field of view 300 mm": narrowed,
    }
)


def percent_of(chest: Chest, network: ChestNetwork | None) -> tuple[float | None, ChestReading]:
    """Read a chest; no percentage where it is refused."""
    reading = read_chest(
        chest.volume, gravity=chest.gravity, exact_hu=chest.exact_hu, clock=time.perf_counter, network=network
    )
    return None if reading.involvement is None else reading.involvement.percent, reading


def chests(data: Path | None) -> Iterator[tuple[str, Callable[[], Chest]]]:
    """Name the chests and tell how to get each."""

    def phantom(percent: float, seed: int) -> Chest:
        made = make(PhantomOptions(slices=118, rows=224, variant="train", seed=seed, involvement=percent))
        return Chest(made.volume, "back")

    def study(name: str) -> Chest:
        if data is None:
            raise SystemExit("the real studies are missing")
        ct = open_set(data / "studies")[name]
        return Chest(ct.volume, ct.gravity)

    if data is not None:
        yield "P001", lambda: study("P001")
        yield "normal001", lambda: study("normal001")
    yield "phantom 8 %", lambda: phantom(8.0, 21)
    yield "phantom 40 %", lambda: phantom(40.0, 22)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?")
    parser.add_argument("--network", type=Path, help="ONNX file; otherwise the shipped network")
    parser.add_argument("--only", nargs="*", default=(), help="names of chests")
    parser.add_argument("--shifts", nargs="*", default=(), help="words that name the changes wanted; all otherwise")
    given = parser.parse_args()
    network = shipped() if given.network is None else ChestNetwork(given.network.read_bytes(), "chest", threads=1)
    beyond = total = 0
    for name, get in chests(data_folder(given.data)):
        if given.only and name not in given.only:
            continue
        base, plain = get(), None
        for label, change in SHIFTS.items():
            if given.shifts and plain is not None and not any(word in label for word in given.shifts):
                continue
            percent, reading = percent_of(change(base), network)
            said = " ".join(notice.code for notice in (*reading.notices, *reading.verdict.reasons))
            if percent is None:
                print(f"{name:14}{label:28} refused  {said}", flush=True)
                continue
            plain = percent if plain is None else plain
            lungs = reading.lungs_figures.total_volume_ml if reading.lungs_figures else 0.0
            over = abs(percent - plain) >= MUST_POINTS
            beyond, total = beyond + over, total + 1
            mark = "!" if over else " "
            print(
                f"{name:14}{label:28}{percent:7.2f}{percent - plain:+7.2f}{mark} lungs {lungs:5.0f} ml "
                f"{reading.lungs_figures.method if reading.lungs_figures else ''} {said}",
                flush=True,
            )
    print(f"moved by {MUST_POINTS:g} points or more: {beyond} of {total}")


def _by_plane(chest: Chest, change: Callable[[NDArray[np.float32]], NDArray[np.float32]]) -> Chest:
    hu = np.empty_like(chest.volume.array)
    for k, plane in enumerate(chest.volume.array):
        # what lies outside the scanned circle stays as it is
        padding = plane < -1100
        hu[k] = np.where(padding, plane, np.rint(np.clip(change(plane.astype(np.float32)), -1024, 3071)))
    return replace(chest, volume=Volume(hu, chest.volume.geometry))


def _like(geometry: Geometry, shape: tuple[int, ...], affine: NDArray[np.float64]) -> Geometry:
    return Geometry((shape[0], shape[1], shape[2]), affine, geometry.frame_of_reference_uid, geometry.sided)


if __name__ == "__main__":
    main()
