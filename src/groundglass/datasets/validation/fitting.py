"""Does a mask follow the edges of its picture, as it lies, or only when moved or mirrored?

Inside the rim of a lesion tissue is dense and soft, outside there is aerated lung or chest wall with bone: the mean
difference over the whole rim is largest where the mask lies as it was drawn, however roughly. It is computed for all
small shifts at once, slice by slice, as a correlation by Fourier transforms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

SIDE_AT_MOST = 256
"""Pixels of a slice that are looked at, along each axis: 1.5 to 2 mm, finer than any hand draws."""
SLICES_AT_MOST = 48
"""Slices that are looked at, evenly through the mask."""
ALONG, ACROSS = 3, 12
"""Farthest shift that is tried: slices, and pixels of the reduced slice."""
RIM_PIXELS = 7
"""Side of the square in which a rim has both an inside and an outside."""
LEAST_VOXELS = 400
"""Marked pixels in the slices looked at, for an answer; a mask of 25 fits best 18 mm beside itself by chance."""
AIR_HU, DENSE_HU, BONE_HU = -850, -600, (50, 250)
"""Healthy lung counts 0, from the second number on tissue counts 1, and from 50 to 250 HU falls to 0 again."""
LEAST_FIT = 0.07
"""Of the best place, for an answer: 12 drawn masks 0.06 to 0.39, 26 of phantoms 0.22 to 0.48."""
SHIFTED_BELOW, DOUBTFUL_BELOW = 0.6, 0.85
"""Fit as it lies, of the best one, below which a mask is shifted, or may be. Drawn masks: 0.90 and more. Moved by one
slice of 8 mm: 0.61 and less; by 3 pixels of 1.4 mm: 0.38 to 0.85; by two: 0.64 to 0.91."""
MIRRORED_BELOW = 0.5
"""Fit as it lies, of the best mirror image, below which a mask is mirrored; mirror images of drawn masks fit 0.59 as
well as themselves at most."""
MIRRORS: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("head_feet", (0,)),
    ("front_back", (1,)),
    ("left_right", (2,)),
    ("half_turn", (1, 2)),
    ("turned_over", (0, 1)),
    ("turned_across", (0, 2)),
    ("all_turned", (0, 1, 2)),
)
"""Every way to turn a mask around along its axes."""
_TURNS = (("transposed", 0), ("quarter_turn", 1), ("quarter_turn", -1))


@dataclass(frozen=True, slots=True)
class Fit:
    """How a mask fits its picture.

    Attributes
    ----------
    own : float
        As it lies.
    best : float
        Where it fits best among small shifts.
    shift : tuple of int
        (slices, rows, columns) of the picture from here to there.
    mirrored : float
        Of the best mirror image.
    how : str
        Which that is.
    """

    own: float
    best: float
    shift: tuple[int, int, int]
    mirrored: float
    how: str


def fit_of(hu: NDArray[np.int16], marked: NDArray[np.bool_]) -> Fit | None:
    """Return how a mask fits; None where it is too small to tell.

    Parameters
    ----------
    hu : (slice, row, column) int16
        HU; slices feet to head, rows front to back, columns right to left.
    marked : (slice, row, column) bool
        The mask on the same grid.
    """
    down, across = (max(1, pixels // SIDE_AT_MOST) for pixels in hu.shape[1:])
    hu, marked = hu[:, ::down, ::across], marked[:, ::down, ::across]
    rims = _rims(marked)
    if rims is None:
        return None
    size = tuple(fft.next_fast_len(pixels + ACROSS, real=True) for pixels in hu.shape[1:])
    sums = np.zeros((2 * ALONG + 1, size[0], size[1] // 2 + 1), np.complex64)
    weights = {place: np.conj(fft.rfft2(rim, size)) for place, rim in rims.items()}
    planes: dict[int, NDArray[np.complex64]] = {}
    for place, rim in sorted(weights.items()):
        planes = {height: plane for height, plane in planes.items() if height >= place - ALONG}
        for step in range(-ALONG, ALONG + 1):
            height = min(max(place + step, 0), len(hu) - 1)
            if height not in planes:
                planes[height] = fft.rfft2(_looks(hu[height]), size)
            sums[step + ALONG] += rim * planes[height]
    rows, columns = (np.arange(-ACROSS, ACROSS + 1) % side for side in size)
    fits = np.stack([fft.irfft2(each, size)[np.ix_(rows, columns)] for each in sums])
    place_z, place_y, place_x = (int(n) for n in np.unravel_index(int(fits.argmax()), fits.shape))
    own = float(fits[ALONG, ACROSS, ACROSS])
    shift = (place_z - ALONG, (place_y - ACROSS) * down, (place_x - ACROSS) * across)
    how, mirrored = _mirrored(hu, rims)
    return Fit(own, float(fits[place_z, place_y, place_x]), shift, mirrored, how)


def _rims(marked: NDArray[np.bool_]) -> dict[int, NDArray[np.float32]] | None:
    """Return the weights of rims by slice: together +1 inside and -1 outside."""
    places = np.flatnonzero(marked.any(axis=(1, 2)))
    if places.size > SLICES_AT_MOST:
        places = places[np.linspace(0, places.size - 1, SLICES_AT_MOST).astype(int)]
    if int(np.count_nonzero(marked[places])) < LEAST_VOXELS:
        return None
    inside, outside, within, without = {}, {}, 0.0, 0.0
    for place in places:
        here = marked[place].astype(np.float32)
        near = ndimage.uniform_filter(here, RIM_PIXELS)
        inside[int(place)], outside[int(place)] = here * (1 - near), (1 - here) * near
        within += float(inside[int(place)].sum())
        without += float(outside[int(place)].sum())
    if within <= 0 or without <= 0:
        return None
    return {place: inside[place] / np.float32(within) - outside[place] / np.float32(without) for place in inside}


def _looks(plane: NDArray[np.int16]) -> NDArray[np.float32]:
    """Return how much each pixel of a slice looks like disease."""
    hu = plane.astype(np.float32)
    dense = np.clip((hu - AIR_HU) / (DENSE_HU - AIR_HU), 0, 1)
    return np.asarray(dense * np.clip((BONE_HU[1] - hu) / (BONE_HU[1] - BONE_HU[0]), 0, 1), np.float32)


def _mirrored(hu: NDArray[np.int16], rims: dict[int, NDArray[np.float32]]) -> tuple[str, float]:
    """Return the mirror image or quarter turn that fits best, and how well."""
    found: dict[str, float] = {}
    last = len(hu) - 1
    upright = {place: _looks(hu[place]) for place in rims}
    over = {place: _looks(hu[last - place]) for place in rims}
    for how, axes in MIRRORS:
        looks = over if 0 in axes else upright
        flips = tuple(axis - 1 for axis in axes if axis)
        found[how] = sum(float((np.flip(rim, flips) * looks[place]).sum()) for place, rim in rims.items())
    if hu.shape[1] == hu.shape[2]:
        for how, turns in _TURNS:
            fit = sum(
                float(((np.rot90(rim, turns) if turns else rim.T) * upright[place]).sum())
                for place, rim in rims.items()
            )
            found[how] = max(fit, found.get(how, fit))
    best = max(found, key=lambda how: found[how])
    return best, found[best]
