"""Where the source slice lies in a picture of it: whole, scaled, padded, cropped, within a panel, or mirrored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, signal

SURE_LIKENESS = 0.75
"""Correlation of a picture and its slice, both blurred to 96 pixels, from which they show the same: with marks and text
it stays above 0.85; other chests laid at random come to 0.5."""
MIRROR_GAIN = 0.06
"""By how much a mirrored slice must be liker than the slice as it is; a chest is nearly symmetric, and still its mirror
image costs more than this."""
_SIDE = 96
_FINE_SIDE = 192
_REFINED_POINTS = 96
_REFINED_PIXELS = 0.1
Flip = tuple[bool, bool]


@dataclass(frozen=True, slots=True)
class Placement:
    """The source slice in the picture: picture = offset + scale * source, along rows and columns.

    Attributes
    ----------
    scale : tuple of float
        Picture pixels a source pixel, (row, column).
    offset : tuple of float
        Picture pixels, (row, column).
    likeness : float
        Correlation of both where they overlap, without its sign, since contrast may be inverted: 0..1.
    flip : tuple of bool
        The picture shows the slice with rows, columns reversed.
    """

    scale: tuple[float, float]
    offset: tuple[float, float]
    likeness: float
    flip: Flip = (False, False)

    def visible(self, picture: tuple[int, int], source: tuple[int, int]) -> tuple[slice, slice]:
        """Return the rows and columns of the source slice that lie within the picture."""
        sides = []
        for scale, offset, size, full in zip(self.scale, self.offset, picture, source, strict=True):
            # pixel centres: source s lies at offset + scale * (s + 1/2) - 1/2
            first = max(0, int(np.floor(-offset / scale + 0.25)))
            last = min(full, int(np.ceil((size - offset) / scale - 0.25)))
            sides.append(slice(first, max(first, last)))
        return sides[0], sides[1]

    def to_source(
        self, rows: NDArray[np.intp], columns: NDArray[np.intp], source: tuple[int, int]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the source pixel under each picture pixel, and -1 outside the slice."""
        out = []
        for at, scale, offset, size, flip in zip(
            (rows, columns), self.scale, self.offset, source, self.flip, strict=True
        ):
            index = np.floor((at + 0.5 - offset) / scale).astype(np.intp)
            index = np.where((index < 0) | (index >= size), -1, index)
            out.append(np.where(index >= 0, size - 1 - index, -1) if flip else index)
        return out[0], out[1]


def shrunk(picture: NDArray[np.uint8], shape: tuple[int, int]) -> NDArray[np.float32]:
    """Average a picture down to a shape, any ratio.

    Parameters
    ----------
    picture : (row, column) uint8
        What is shown.
    shape : tuple of int
        Rows and columns wanted.
    """
    out = picture.astype(np.float32)
    for axis in (0, 1):
        size, wanted = out.shape[axis], shape[axis]
        if size == wanted:
            continue
        edges = np.linspace(0, size, wanted + 1)
        sums = np.concatenate([np.zeros_like(out.take([0], axis)), np.cumsum(out, axis, dtype=np.float64)], axis)
        low = np.floor(edges).astype(int)
        part = (edges - low).reshape((-1, 1) if axis == 0 else (1, -1))
        nexts = np.minimum(low + 1, size)
        at = sums.take(low, axis) * (1 - part) + sums.take(nexts, axis) * part
        out = (np.diff(at, axis=axis) / (size / wanted)).astype(np.float32)
    return out


def likeness(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Return the correlation of two pictures of one shape, -1..1; 0 where one is even."""
    x, y = a - a.mean(), b - b.mean()
    size = float(np.sqrt((x * x).sum() * (y * y).sum()))
    return float((x * y).sum() / size) if size > 1e-6 else 0.0


def simple_placements(picture: tuple[int, int], source: tuple[int, int], aspect: float) -> list[Placement]:
    """Return where a slice lies in a picture that shows all of it: filling it, or padded to the picture's shape.

    Parameters
    ----------
    picture, source : tuple of int
        Rows and columns.
    aspect : float
        Height over width of a source pixel.
    """
    rows, columns = picture[0] / source[0], picture[1] / source[1]
    found = [Placement((rows, columns), (0.0, 0.0), 0.0)]
    scale = min(picture[0] / (source[0] * aspect), columns)
    fit = (scale * aspect, scale)
    for scales in {fit, (min(rows, columns), min(rows, columns)), (1.0, 1.0)}:
        room = tuple(p - s * n for p, s, n in zip(picture, scales, source, strict=True))
        if min(room) < -1.0 or max(room) < 1.0:
            continue
        for share in (0.5, 0.0, 1.0):
            found.append(Placement(scales, (room[0] * share, room[1] * share), 0.0))
    return found


def judged(placement: Placement, picture: NDArray[np.uint8], slice_: NDArray[np.uint8]) -> Placement:
    """Return the placement with its likeness, and with the flip under which the slice is likest.

    Parameters
    ----------
    placement : Placement
        To be judged.
    picture : (row, column) uint8
        What is shown.
    slice_ : (row, column) uint8
        The source slice in a lung window.
    """
    rows, columns = placement.visible(picture.shape, slice_.shape)
    part = slice_[rows, columns]
    a = [
        max(0, round(o + s * e.start))
        for o, s, e in zip(placement.offset, placement.scale, (rows, columns), strict=True)
    ]
    b = [round(o + s * e.stop) for o, s, e in zip(placement.offset, placement.scale, (rows, columns), strict=True)]
    seen = picture[a[0] : b[0], a[1] : b[1]]
    if min(*part.shape, *seen.shape) < 16:
        return placement
    shape = (_SIDE, _SIDE)
    shown = shrunk(seen, shape)
    straight = shrunk(part, shape)
    plain = abs(likeness(shown, straight))
    best, flip = plain, (False, False)
    if rows == slice(0, slice_.shape[0]) and columns == slice(0, slice_.shape[1]):
        for each in ((False, True), (True, False), (True, True)):
            turned = straight[:: -1 if each[0] else 1, :: -1 if each[1] else 1]
            value = abs(likeness(shown, turned))
            if value > max(best, plain + MIRROR_GAIN):
                best, flip = value, each
    return Placement(placement.scale, placement.offset, best, flip)


def searched(picture: NDArray[np.uint8], slice_: NDArray[np.uint8]) -> Placement:
    """Look for the slice in the picture, or the picture in the slice, at any scale between a quarter and four.

    Parameters
    ----------
    picture : (row, column) uint8
        What is shown.
    slice_ : (row, column) uint8
        The source slice in a lung window.

    Returns
    -------
    Placement
        The best, with its likeness; equal scales along rows and columns.
    """
    reduce = max(*picture.shape, *slice_.shape) / _FINE_SIDE
    small = [
        shrunk(x, (max(8, round(x.shape[0] / reduce)), max(8, round(x.shape[1] / reduce)))) for x in (picture, slice_)
    ]
    best = Placement((1.0, 1.0), (0.0, 0.0), -1.0)
    for ratio in np.geomspace(0.25, 4.0, 49):
        best = max(best, _laid(small[0], small[1], float(ratio)), key=lambda p: p.likeness)
    centre = best.scale[0]
    for ratio in np.linspace(centre * 0.95, centre * 1.05, 21):
        best = max(best, _laid(small[0], small[1], float(ratio)), key=lambda p: p.likeness)
    return Placement(best.scale, (best.offset[0] * reduce, best.offset[1] * reduce), best.likeness)


def refined(placement: Placement, picture: NDArray[np.uint8], slice_: NDArray[np.uint8]) -> Placement:
    """Move a placement that was searched for to where picture and slice are likest, to a part of a pixel.

    Parameters
    ----------
    placement : Placement
        Within a few pixels of the place; not flipped.
    picture : (row, column) uint8
        What is shown.
    slice_ : (row, column) uint8
        The source slice in a lung window.
    """
    seen = placement.visible(picture.shape, slice_.shape)
    if min(side.stop - side.start for side in seen) < 16:
        return placement
    at = [np.linspace(side.start, side.stop - 1, _REFINED_POINTS) for side in seen]
    blur = max(1.0, max(side.stop - side.start for side in seen) / _REFINED_POINTS) / 2
    wanted = ndimage.map_coordinates(
        ndimage.gaussian_filter(slice_.astype(np.float32), blur), np.meshgrid(*at, indexing="ij"), order=1
    )
    shown = ndimage.gaussian_filter(picture.astype(np.float32), [max(0.3, blur * s) for s in placement.scale])
    middle = [(side.start + side.stop) / 2 for side in seen]

    def score(four: NDArray[np.float64]) -> float:
        # centre of what is seen, and scale: then neither moves the other
        points = [c + s * (p + 0.5 - m) - 0.5 for c, s, p, m in zip(four[:2], four[2:], at, middle, strict=True)]
        there = ndimage.map_coordinates(shown, np.meshgrid(*points, indexing="ij"), order=1, mode="nearest")
        return abs(likeness(there, wanted))

    centre = [o + s * m for o, s, m in zip(placement.offset, placement.scale, middle, strict=True)]
    best = np.array([*centre, *placement.scale])
    likest = score(best)
    half = max(middle[0] - seen[0].start, middle[1] - seen[1].start)
    step = max(picture.shape) / _FINE_SIDE
    while step > _REFINED_PIXELS:
        moved = False
        for n, size in enumerate((step, step, step / half, step / half)):
            for sign in (-1.0, 1.0):
                other = best.copy()
                other[n] += sign * size
                value = score(other) if other[2:].min() > 0 else 0.0
                if value > likest + 1e-6:
                    best, likest, moved = other, value, True
        if not moved:
            step /= 2
    scale = (float(best[2]), float(best[3]))
    offset = (float(best[0] - scale[0] * middle[0]), float(best[1] - scale[1] * middle[1]))
    return Placement(scale, offset, placement.likeness, placement.flip)


def _laid(picture: NDArray[np.float32], slice_: NDArray[np.float32], ratio: float) -> Placement:
    """Lay the slice, scaled by ``ratio``, over the picture where they are likest; one must lie within the other."""
    nothing = Placement((ratio, ratio), (0.0, 0.0), -1.0)
    shape = (round(slice_.shape[0] * ratio), round(slice_.shape[1] * ratio))
    if min(shape) < 16 or max(shape) > 4 * _FINE_SIDE:
        return nothing
    scaled = np.asarray(
        ndimage.zoom(slice_, (shape[0] / slice_.shape[0], shape[1] / slice_.shape[1]), order=1), np.float32
    )
    inside = scaled.shape[0] <= picture.shape[0] and scaled.shape[1] <= picture.shape[1]
    around = scaled.shape[0] >= picture.shape[0] and scaled.shape[1] >= picture.shape[1]
    if not (inside or around):
        return nothing
    small, large = (scaled, picture) if inside else (picture, scaled)
    template = small - small.mean()
    size = float(np.sqrt((template * template).sum()))
    if size < 1e-3:
        return nothing
    centred = (large - large.mean()).astype(np.float64)
    product = signal.fftconvolve(centred, template[::-1, ::-1], mode="valid")
    variance = _window_sums(centred * centred, small.shape) - _window_sums(centred, small.shape) ** 2 / small.size
    scores = product / (size * np.sqrt(np.maximum(variance, 1e-3 * small.size)))
    row, column = np.unravel_index(int(np.argmax(scores)), scores.shape)
    sign = 1.0 if inside else -1.0
    return Placement((ratio, ratio), (sign * float(row), sign * float(column)), float(scores[row, column]))


def _window_sums(values: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    total = np.pad(values, ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    r, c = shape
    return np.asarray(total[r:, c:] - total[:-r, c:] - total[r:, :-c] + total[:-r, :-c])
