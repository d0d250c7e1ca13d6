"""The lungs in space: translucent lungs, red lesions inside, airways; four views in one picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.ndimage as ndi
from numpy.typing import NDArray
from PIL import Image

from groundglass.analysis.reading import ChestReading
from groundglass.render.picture import Rgb

_GRID_MM = 1.8  # finer shows nothing more at the size of the views, and takes longer
_MOST_CELLS = 300  # along the longest side: lungs of an absurd size must not eat the memory
_SUPERSAMPLE = 3
_LEVEL = 0.5  # a soft mask above it is solid
_GAIN = 1.35  # smoothing would eat what is a voxel or two thick
_MARGIN = 4  # voxels of nothing around, wider than the smoothing reaches
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
class _Thing:
    """A soft mask 0..1 of the part of the grid around it, (slice feet to head, row, column), and where that lies."""

    solid: Solid
    place: tuple[slice, slice, slice]


@dataclass(frozen=True, slots=True)
class _Body:
    """What is seen, on one isotropic grid with an empty margin."""

    shape: tuple[int, int, int]
    right: _Thing | None
    left: _Thing | None
    airways: _Thing | None
    lesions: _Thing | None
    consolidation: _Thing | None


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
    both, near, far = (_filled(body, lungs) for lungs in ((body.right, body.left), (body.right,), (body.left,)))
    front_axes, side_axes = (1, 0, 2), (2, 0, 1)
    views = (
        View(_drawn(body, both, front_axes, (False, True, False)), "anterior", right, left),
        View(_drawn(body, both, front_axes, (True, True, True)), "posterior", left, right),
        View(_drawn(body, near, side_axes, (False, True, True)), "right" if sided else "side_1", "P", "A"),
        View(_drawn(body, far, side_axes, (True, True, False)), "left" if sided else "side_2", "A", "P"),
    )
    return views, grid_mm / _SUPERSAMPLE


def _body(reading: ChestReading, box: tuple[slice, slice, slice], grid_mm: float) -> _Body:
    geometry = reading.volume.geometry
    counts = [part.stop - part.start for part in box]
    shape = [max(2, round(n * mm / grid_mm)) for n, mm in zip(counts, geometry.spacing_mm, strict=True)]
    places = [(np.arange(new) + 0.5) * old / new - 0.5 for new, old in zip(shape, counts, strict=True)]
    lungs, lesions, airways = (
        _picked(labels.array[box], places[1:]) for labels in (reading.lungs, reading.lesions, reading.airways)
    )
    if (lungs == 3).any():
        lungs = np.where(lungs == 3, np.where(np.arange(shape[2]) < shape[2] // 2, 1, 2).astype(np.uint8), lungs)
    padded = (shape[0] + 2 * _MARGIN, shape[1] + 2 * _MARGIN, shape[2] + 2 * _MARGIN)
    return _Body(
        shape=padded,
        right=_thing(lungs == 1, places[0], blur=1.2),
        left=_thing(lungs == 2, places[0], blur=1.2),
        airways=_thing(airways > 0, places[0], blur=0.9, gain=_GAIN),
        lesions=_thing(lesions > 0, places[0], blur=0.9, gain=_GAIN),
        consolidation=_thing(lesions == 2, places[0], blur=0.9, gain=_GAIN),
    )


def _picked(labels: NDArray[np.uint8], places: list[NDArray[np.float64]]) -> NDArray[np.uint8]:
    """Return every slice, and in it the labels nearest to the places along rows and columns."""
    rows, columns = (
        np.clip(np.rint(p), 0, n - 1).astype(np.intp) for p, n in zip(places, labels.shape[1:], strict=True)
    )
    out: NDArray[np.uint8] = labels[:, rows][:, :, columns]
    return out


def _thing(mask: NDArray[np.bool_], slices: NDArray[np.float64], *, blur: float, gain: float = 1.0) -> _Thing | None:
    """Bring a mask to the places along the slices and smooth it, within its own bounds and a margin; None if empty."""
    soft = _between_slices(mask, slices)
    seen = soft > 0.2 if soft.dtype != np.bool_ else soft
    bounds = []
    for axis in range(3):
        filled = np.flatnonzero(seen.any(axis=tuple(a for a in range(3) if a != axis)))
        if not filled.size:
            return None
        bounds.append((int(filled[0]), int(filled[-1]) + 1))
    inner = soft[tuple(slice(low, high) for low, high in bounds)]
    solid = _f32(ndi.gaussian_filter(np.pad(inner.astype(np.float32) * gain, _MARGIN), blur, truncate=2.5))
    np.minimum(solid, 1, out=solid)
    place = [slice(low, high + 2 * _MARGIN) for low, high in bounds]
    return _Thing(solid, (place[0], place[1], place[2]))


def _between_slices(mask: NDArray[np.bool_], slices: NDArray[np.float64]) -> NDArray[Any]:
    """Return the mask at fractional slices: the nearest where slices are thin, a passage where they are thick."""
    last = mask.shape[0] - 1
    if slices.size <= 1.4 * mask.shape[0]:
        return mask[np.clip(np.rint(slices), 0, last).astype(np.intp)]
    place = np.clip(slices, 0, last)
    below = np.floor(place).astype(np.intp)
    # Smoothed in the plane first, the outlines of two slices pass into each other instead of standing as steps.
    soft = ndi.gaussian_filter(mask.astype(np.float32), (0, 2, 2), truncate=2.5)
    share = _f32(place - below)[:, None, None]
    low = soft[below]
    return np.asarray(low + share * (soft[np.minimum(below + 1, last)] - low))


def _filled(body: _Body, things: tuple[_Thing | None, ...]) -> Solid:
    """Lay things into the whole grid, the more solid one where they meet."""
    whole = np.zeros(body.shape, np.float32)
    for thing in things:
        if thing is not None:
            part = whole[thing.place]
            np.maximum(part, thing.solid, out=part)
    return whole


def _drawn(body: _Body, lungs: Solid, axes: tuple[int, int, int], flips: tuple[bool, bool, bool]) -> Rgb:
    turn = tuple(slice(None, None, -1) if flip else slice(None) for flip in flips)
    lung = lungs.transpose(axes)[turn]
    one_lung = axes[0] == 2
    front, shade, edge, cover = _surface(lung)
    canvas = np.empty((*front.shape, 3), dtype=np.float32)
    canvas[:] = _BACKGROUND
    depth = lung.shape[0]

    # Far wall of the lungs, seen from inside, and the haze of the tissue between.
    _, far_shade, far_edge, far_cover = _surface(lung[::-1])
    _lay(canvas, _LUNG * (0.25 + 0.35 * far_shade[..., None]), far_cover * (0.25 + 0.25 * far_edge))
    thick = _stretched(lung.sum(axis=0)) / depth
    _lay(canvas, _LUNG * 0.45, np.clip(thick * 0.5, 0, 0.4) * cover)

    for thing, colour, strength in (
        (body.airways, _AIRWAY, 0.9),
        (body.lesions, _GROUND_GLASS, 0.92),
        (body.consolidation, _CONSOLIDATION, 1.0),
    ):
        if thing is None:
            continue
        place = _turned_place(thing.place, lungs.shape, axes, flips)
        solid = thing.solid.transpose(axes)[turn]
        if one_lung and thing is not body.airways:
            solid = solid * (lung[place] > 0.3)
        window = tuple(slice(p.start * _SUPERSAMPLE, p.stop * _SUPERSAMPLE) for p in place[1:])
        hit, thing_shade, thing_edge, thing_cover = _surface(solid)
        behind = np.clip((hit + place[0].start - front[window]) / (0.5 * depth), 0, 1) * cover[window]
        lit = (0.45 + 0.65 * thing_shade) * (1 - 0.45 * behind) * (1 - 0.35 * thing_edge)
        _lay(canvas[window], colour * lit[..., None], thing_cover * strength)
    _lay(canvas, _LUNG * (0.5 + 0.6 * shade[..., None]), cover * (0.13 + 0.6 * edge))
    _lay(canvas, _SHINE, cover * shade**14 * 0.22)
    return np.asarray(np.clip(canvas, 0, 255), dtype=np.uint8)


def _turned_place(
    place: tuple[slice, slice, slice],
    shape: tuple[int, ...],
    axes: tuple[int, int, int],
    flips: tuple[bool, bool, bool],
) -> tuple[slice, slice, slice]:
    """Return where a part lies after the grid was turned and flipped."""
    out = []
    for axis, flip in zip(axes, flips, strict=True):
        part, length = place[axis], shape[axis]
        out.append(slice(length - part.stop, length - part.start) if flip else part)
    return out[0], out[1], out[2]


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
