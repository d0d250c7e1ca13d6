"""Chests as training sees them: every CT, phantom and synthetic chest on one grid with the targets of each head."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from time import perf_counter
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from groundglass.analysis import anatomy
from groundglass.analysis.grid import WorkingGrid
from groundglass.analysis.morphology import bounding_box, distance_to_mm
from groundglass.analysis.networks.grid import NetworkGrid
from groundglass.analysis.outline import lungs_to_full
from groundglass.datasets.formats.labelled import LabelledCt
from groundglass.phantom import Phantom
from groundglass.training.synthesis import Synthetic
from groundglass.volume import Geometry, LabelVolume, Volume

CANVAS = (192, 256)
"""Rows and columns kept of a chest: 307 x 410 mm at 1.6 mm holds a large adult; samples are cut from it."""
RIGHT, LEFT, UNSURE, DENSE, EFFUSION = 1, 2, 4, 8, 16
"""Bits of the target. Unsure: whether this voxel is lung is not known, and it teaches the lung heads nothing."""
DENSE_HU = -300.0
"""A drawn lesion voxel as dense as this, smoothed, is airless lung: the cut between ground glass and consolidation."""
DENSE_BLUR_PIXELS = 1.25
UNSURE_MM = 14.0
"""Soft tissue this near to a drawn lesion, but outside the outline that classical analysis found, may be lung."""
LESION_BLUR_PIXELS = 0.7
"""Masks were drawn coarsely, stored at a quarter of the pictures' resolution: edges are targets between 0 and 1."""

HEADS = ("right", "left", "lesion", "dense", "effusion", "opacity")
"""What the network answers, in the order of its channels."""


@dataclass(frozen=True, slots=True, eq=False)
class TrainingChest:
    """One chest ready to be sampled.

    Attributes
    ----------
    name : str
        Which.
    kind : {"drawn", "lungs", "clean", "synthetic", "phantom"}
        Lesions drawn by people; lungs drawn only; known to be without lesions; made lesions in real lungs; invented.
    hu : (slice, row, column) int16
        On 1.6 mm pixels, the volume's own slices.
    target : (slice, row, column) uint8
        Bits RIGHT, LEFT, UNSURE, DENSE, EFFUSION.
    lesion : (slice, row, column) uint8
        0..255, how much of the voxel is lesion.
    known : tuple of str
        Heads that the targets can teach.
    slice_mm : float
        Distance of slices; nominal where the spacing was lost.
    usable : (slice,) bool
        Slices with sound HU.
    """

    name: str
    kind: str
    hu: NDArray[np.int16]
    target: NDArray[np.uint8]
    lesion: NDArray[np.uint8]
    known: tuple[str, ...]
    slice_mm: float
    usable: NDArray[np.bool_]

    def save(self, path: Path) -> None:
        """Write aside, then rename: a half-written chest is never met."""
        stage = path.with_suffix(".part.npz")
        np.savez(stage, **{f.name: np.asarray(getattr(self, f.name)) for f in fields(self)})  # type: ignore[arg-type]  # the stubs take the names for options
        stage.replace(path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what :meth:`save` wrote."""
        with np.load(path) as z:
            return cls(
                str(z["name"]), str(z["kind"]), z["hu"], z["target"], z["lesion"],
                tuple(str(n) for n in z["known"]), float(z["slice_mm"]), z["usable"],
            )  # fmt: skip


def classical_lungs(volume: Volume) -> LabelVolume:
    """Return the lungs as classical analysis outlines them.

    Parameters
    ----------
    volume : Volume
        HU, canonical axial.
    """
    grid = WorkingGrid.of(volume)
    body = anatomy.find(grid, clock=perf_counter)
    return LabelVolume(lungs_to_full(grid, body.lungs, body.aerated), volume.geometry)


def of_ct(ct: LabelledCt, *, clean: bool = False) -> TrainingChest:
    """Make a chest of a real CT.

    Parameters
    ----------
    ct : LabelledCt
        With drawn lesions, drawn lungs, or both; without drawn lungs the classical outline stands in.
    clean : bool
        The lungs are known to hold no lesion.
    """
    volume = ct.volume
    found = classical_lungs(volume)
    drawn = np.zeros(volume.array.shape, dtype=bool) if ct.lesions is None else ct.lesions.array > 0
    unsure = np.zeros(drawn.shape, dtype=bool)
    if ct.lungs is not None:
        lungs = sided(ct.lungs.array, found.array)
    else:
        lungs = sided(np.where(drawn | (found.array > 0), 3, 0).astype(np.uint8), found.array)
        dense = ndimage.uniform_filter(volume.array.astype(np.float32), (1, 3, 3)) > DENSE_HU
        near = distance_to_mm(drawn, volume.geometry.spacing_mm) < UNSURE_MM
        unsure = (lungs == 0) & dense & near
    known: tuple[str, ...] = ("right", "left")
    if ct.lesions is not None or clean:
        known += ("lesion", "dense")
    if clean:
        known += ("effusion",)
    kind = "clean" if clean else "drawn" if ct.lesions is not None else "lungs"
    return _made(ct.name, kind, volume, lungs, drawn, None, None, unsure, known)


def of_phantom(name: str, phantom: Phantom) -> TrainingChest:
    """Make a chest of a phantom of the ``train`` variant."""
    effusion = None if phantom.effusion is None else phantom.effusion.array > 0
    return _made(
        name, "phantom", phantom.volume, phantom.lungs.array, phantom.lesions.array > 0, phantom.lesions.array == 2,
        effusion, None, HEADS,
    )  # fmt: skip


def of_synthetic(name: str, base: TrainingChest, made: Synthetic) -> TrainingChest:
    """Make a chest of one with lesions put in; it lies on the canvas already.

    Parameters
    ----------
    name : str
        Which.
    base : TrainingChest
        What the lesions were put into.
    made : Synthetic
        The result.
    """
    effusion = None if made.effusion is None else made.effusion.array > 0
    bits = _bits(made.lungs.array, made.lesions.array == 2, effusion, None)
    blur = (0, LESION_BLUR_PIXELS / 2, LESION_BLUR_PIXELS / 2)
    soft = np.rint(ndimage.gaussian_filter((made.lesions.array > 0) * np.float32(255), blur)).astype(np.uint8)
    return TrainingChest(name, "synthetic", made.volume.array, bits, soft, HEADS, base.slice_mm, base.usable)


def as_volume(chest: TrainingChest) -> tuple[Volume, LabelVolume]:
    """Return picture and lungs of a chest, to put lesions into."""
    affine = np.eye(4)
    affine[:3, :3] = [[0, 0, 1.6], [0, 1.6, 0], [chest.slice_mm, 0, 0]]
    a, b, c = chest.hu.shape
    geometry = Geometry((a, b, c), affine)
    lungs = np.where(chest.target & RIGHT, 1, np.where(chest.target & LEFT, 2, 0)).astype(np.uint8)
    return Volume(chest.hu, geometry), LabelVolume(lungs, geometry)


def sided(lungs: NDArray[np.uint8], found: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Tell right from left in an outline that does not: each voxel takes the side of the nearest found lung.

    Parameters
    ----------
    lungs : (slice, row, column) uint8
        1 right, 2 left, 3 either.
    found : (slice, row, column) uint8
        1 right, 2 left of the classical outline.
    """
    out = lungs.copy()
    open_ = lungs == 3
    out[open_] = found[open_]
    rest = open_ & (out != 1) & (out != 2)
    if rest.any() and (found > 0).any():
        distance = [ndimage.distance_transform_edt(found != side, sampling=(3, 1, 1)) for side in (1, 2)]
        out[rest] = np.where(distance[0] <= distance[1], 1, 2)[rest]
    return out


def _bits(
    lungs: NDArray[np.uint8],
    dense: NDArray[Any] | None,
    effusion: NDArray[Any] | None,
    unsure: NDArray[Any] | None,
) -> NDArray[np.uint8]:
    out = np.where(lungs == 1, RIGHT, np.where(lungs == 2, LEFT, 0)).astype(np.uint8)
    for mask, bit in ((dense, DENSE), (effusion, EFFUSION), (unsure, UNSURE)):
        if mask is not None:
            out[np.asarray(mask, dtype=bool)] |= bit
    return out


def _made(
    name: str,
    kind: str,
    volume: Volume,
    lungs: NDArray[np.uint8],
    lesion: NDArray[np.bool_],
    dense: NDArray[np.bool_] | None,
    effusion: NDArray[np.bool_] | None,
    unsure: NDArray[np.bool_] | None,
    known: tuple[str, ...],
) -> TrainingChest:
    box = bounding_box(lungs > 0)
    whole = volume.array.shape
    rows, columns = (slice(0, whole[1]), slice(0, whole[2])) if box is None else box[1:]
    grid = NetworkGrid.of(volume, rows, columns, block=1, shape=CANVAS)
    soft = grid.labels(lesion)
    if dense is None:
        smooth = ndimage.gaussian_filter(grid.hu.astype(np.float32), (0, DENSE_BLUR_PIXELS, DENSE_BLUR_PIXELS))
        solid = (soft >= 128) & (smooth > DENSE_HU)
    else:
        solid = grid.labels(dense) >= 128
    sides = [grid.labels(lungs == side) for side in (1, 2)]
    own = np.where(sides[0] >= 128, 1, np.where(sides[1] >= 128, 2, 0)).astype(np.uint8)
    fluid = None if effusion is None else grid.labels(effusion) >= 128
    doubt = None if unsure is None else (grid.labels(unsure) >= 128) & (own == 0)
    if kind == "drawn":
        blur = (0, LESION_BLUR_PIXELS, LESION_BLUR_PIXELS)
        soft = np.rint(ndimage.gaussian_filter(soft.astype(np.float32), blur)).astype(np.uint8)
    usable = np.ones(grid.hu.shape[0], dtype=bool)
    bits = _bits(own, solid, fluid, doubt)
    return TrainingChest(name, kind, grid.hu, bits, soft, known, volume.geometry.spacing_mm[0], usable)
