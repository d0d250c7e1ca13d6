"""The lungs in space: translucent lungs, red lesions inside, airways; four views in one picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.ndimage as ndi
from numpy.typing import NDArray
from PIL import Image

from groundglass.analysis.reading import ChestReading
from groundglass.render.levels import strides
from groundglass.render.picture import Rgb

_GRID_MM = 1.6
_MOST_CELLS = 300  # along the longest side: lungs of an absurd size must not eat the memory
_SUPERSAMPLE = 3
_LEVEL = 0.5
_LIGHT = np.array([-0.45, -0.6, 0.66], dtype=np.float32)  # from the upper left, towards the viewer
_BACKGROUND = np.array([11, 15, 22], dtype=np.float32)
_LUNG = np.array([164, 204, 230], dtype=np.float32)
_SHINE = np.array([255, 255, 255], dtype=np.float32)
_AIRWAY = np.array([235, 240, 245], dtype=np.float32)
_GROUND_GLASS = np.array([255, 72, 54], dtype=np.float32)
_CONSOLIDATION = np.array([190, 10, 20], dtype=np.float32)

Solid = NDArray[np.float32]
"""(depth, row, column) float32 0..1: depth grows away from the viewer, row 0 is the head."""


@dataclass(frozen=True, slots=True)
class View:
    """One view of the lungs.

    Attributes
    ----------
    rgb : (row, column, 3) uint8
        The picture, without marks.
    name : str
        "anterior", "posterior", "right" or "left".
    left, right : str
        Patient directions at the left and right of the screen.
    """

    rgb: Rgb
    name: str
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class _Body:
    """Soft masks on an isotropic grid, (slice feet to head, row, column) float32 0..1."""

    right: Solid
    left: Solid
    airways: Solid
    ground_glass: Solid
    consolidation: Solid


def lung_views(reading: ChestReading, box: tuple[slice, slice, slice]) -> tuple[tuple[View, ...], float]:
    """Draw the lungs from the front, the back and both sides.

    A view from the side shows the near lung only, so that the other does not shine through. Where sides are not
    known the first half of the columns stands for one side.

    Parameters
    ----------
    reading : ChestReading
        Masks are used, no HU.
    box : tuple of slice
        Where the lungs and airways to be shown lie.

    Returns
    -------
    views : tuple of View
        All of the same height.
    mm_per_px : float
        Size of a pixel of them all, mm.
    """
    spacing = reading.volume.geometry.spacing_mm
    longest_mm = max((part.stop - part.start) * mm for part, mm in zip(box, spacing, strict=True))
    grid_mm = max(_GRID_MM, longest_mm / _MOST_CELLS)
    body = _body(reading, box, grid_mm)
    sided = reading.volume.geometry.sided
    right, left = ("R", "L") if sided else ("?", "?")
    both = np.maximum(body.right, body.left)
    front_axes, side_axes = (1, 0, 2), (2, 0, 1)
    views = (
        View(_drawn(body, both, front_axes, (False, True, False)), "anterior", right, left),
        View(_drawn(body, both, front_axes, (True, True, True)), "posterior", left, right),
        View(_drawn(body, body.right, side_axes, (False, True, True)), "right" if sided else "side_1", "P", "A"),
        View(_drawn(body, body.left, side_axes, (True, True, False)), "left" if sided else "side_2", "A", "P"),
    )
    return views, grid_mm / _SUPERSAMPLE


def _body(reading: ChestReading, box: tuple[slice, slice, slice], grid_mm: float) -> _Body:
    lungs, lesions = reading.lungs.array[box], reading.lesions.array[box]
    spacing = reading.volume.geometry.spacing_mm
    step = strides(spacing, 0.8 * grid_mm)
    pick = tuple(slice(s // 2, None, s) for s in step)
    lungs, lesions, airways = lungs[pick], lesions[pick], reading.airways.array[box][pick]
    coarse = [a * s for a, s in zip(spacing, step, strict=True)]
    size = tuple(max(2, round(n * mm / grid_mm)) for n, mm in zip(lungs.shape, coarse, strict=True))
    if (lungs == 3).any():
        columns = np.arange(lungs.shape[2]) < lungs.shape[2] // 2
        lungs = np.where(lungs == 3, np.where(columns, 1, 2).astype(np.uint8), lungs)
    return _Body(
        right=_soft(lungs == 1, size, blur=1.2),
        left=_soft(lungs == 2, size, blur=1.2),
        airways=_soft(airways > 0, size, blur=0.9),
        ground_glass=_soft(lesions > 0, size, blur=0.8),
        consolidation=_soft(lesions == 2, size, blur=0.8),
    )


def _soft(mask: NDArray[np.bool_], size: tuple[int, ...], *, blur: float) -> Solid:
    """Resample a mask to the isotropic grid, axis by axis and linearly, and smooth it; a margin is added."""
    out = mask.astype(np.float32)
    for axis, wanted in enumerate(size):
        have = out.shape[axis]
        if have == wanted:
            continue
        place = np.clip((np.arange(wanted) + 0.5) * have / wanted - 0.5, 0, have - 1)
        below = np.floor(place).astype(np.intp)
        above = np.minimum(below + 1, have - 1)
        shape = [1, 1, 1]
        shape[axis] = wanted
        share = (place - below).astype(np.float32).reshape(shape)
        low = np.take(out, below, axis=axis)
        out = low + share * (np.take(out, above, axis=axis) - low)
    out = np.pad(out, 3)
    if not out.any():
        return out
    return np.asarray(ndi.gaussian_filter(out, blur, truncate=2.5), dtype=np.float32)


def _drawn(body: _Body, lungs: Solid, axes: tuple[int, int, int], flips: tuple[bool, bool, bool]) -> Rgb:
    def turned(solid: Solid) -> Solid:
        out = solid.transpose(axes)
        return out[tuple(slice(None, None, -1) if flip else slice(None) for flip in flips)]

    lung = turned(lungs)
    front, shade, edge, cover = _surface(lung)
    canvas = np.empty((*front.shape, 3), dtype=np.float32)
    canvas[:] = _BACKGROUND
    depth = lung.shape[0]

    # Far wall of the lungs, seen from inside.
    _, far_shade, far_edge, far_cover = _surface(lung[::-1])
    _lay(canvas, _LUNG * (0.25 + 0.35 * far_shade[..., None]), far_cover * (0.25 + 0.25 * far_edge))

    thick = _stretched(lung.sum(axis=0)) / depth
    _lay(canvas, _LUNG * 0.45, np.clip(thick * 0.5, 0, 0.4) * cover)

    one_lung = lungs is body.right or lungs is body.left
    for solid, colour, strength in (
        (body.airways, _AIRWAY, 0.9),
        (body.ground_glass, _GROUND_GLASS, 0.92),
        (body.consolidation, _CONSOLIDATION, 1.0),
    ):
        thing = turned(solid)
        if one_lung and solid is not body.airways:
            thing = thing * (lung > 0.3)
        if not thing.any():
            continue
        hit, thing_shade, thing_edge, thing_cover = _surface(thing)
        fog = np.clip(1.0 - 0.45 * np.clip((hit - front) / (0.5 * depth), 0, 1), 0, 1)
        lit = colour * ((0.45 + 0.65 * thing_shade) * fog)[..., None] * (1 - 0.35 * thing_edge)[..., None]
        _lay(canvas, lit, thing_cover * strength)
    _lay(canvas, _LUNG * (0.5 + 0.6 * shade[..., None]), cover * (0.13 + 0.6 * edge))
    _lay(canvas, _SHINE, cover * shade**14 * 0.22)
    return np.clip(canvas, 0, 255).astype(np.uint8)


def _surface(solid: Solid) -> tuple[Solid, Solid, Solid, Solid]:
    """Find the first surface on every ray.

    Returns
    -------
    hit, shade, edge, cover : (row, column) float32, supersampled
        Depth in voxels, light 0..1, slant 0 (facing) .. 1 (grazing), and how much of the pixel is covered.
    """
    inner = solid >= _LEVEL
    seen = np.asarray(inner.any(axis=0))
    first = np.clip(inner.argmax(axis=0), 1, solid.shape[0] - 2)
    rows, columns = np.indices(first.shape, sparse=True)
    at, before = solid[first, rows, columns], solid[first - 1, rows, columns]
    back = np.clip((at - _LEVEL) / np.maximum(at - before, 1e-3), 0, 1)
    weight = np.maximum(_blurred(seen), 1e-3)
    hit = _stretched(_blurred((first - back) * seen) / weight)
    cover = np.clip((_stretched(solid.max(axis=0)) - 0.35) / 0.3, 0, 1)
    # The surface faces against the slope of the solid, taken where the ray meets it; the mask has an empty margin.
    last_row, last_column = solid.shape[1] - 1, solid.shape[2] - 1
    towards = solid[first + 1, rows, columns] - before
    across = solid[first, rows, np.maximum(columns - 1, 0)] - solid[first, rows, np.minimum(columns + 1, last_column)]
    down = solid[first, np.maximum(rows - 1, 0), columns] - solid[first, np.minimum(rows + 1, last_row), columns]
    normal = [_stretched(_blurred(part * seen) / weight) for part in (across, down, towards)]
    length = np.maximum(np.sqrt(normal[0] ** 2 + normal[1] ** 2 + normal[2] ** 2), 1e-3)
    shade = np.clip(sum(n * light for n, light in zip(normal, _LIGHT, strict=True)) / length, 0, 1)
    edge = (1 - np.clip(normal[2] / length, 0, 1)) ** 2
    return hit, _f32(shade), _f32(edge), _f32(cover)


def _f32(image: NDArray[Any]) -> Solid:
    return np.asarray(image, dtype=np.float32)


def _blurred(image: NDArray[Any]) -> Solid:
    return _f32(ndi.gaussian_filter(_f32(image), 0.7))


def _stretched(image: NDArray[Any]) -> Solid:
    size = image.shape[1] * _SUPERSAMPLE, image.shape[0] * _SUPERSAMPLE
    return _f32(np.asarray(Image.fromarray(_f32(image)).resize(size, Image.Resampling.BICUBIC)))


def _lay(canvas: NDArray[np.float32], colour: NDArray[np.float32], alpha: Solid) -> None:
    canvas += alpha[..., None] * (colour - canvas)
