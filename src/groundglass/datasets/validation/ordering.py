"""Do slices follow each other as they lie in the patient? Told from which slice each is most alike to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

LEAST_SLICES = 8
"""With fewer slices a neighbour is no nearer than others."""
CLIP_HU = (-1000.0, 200.0)
"""Lung and soft tissue; metal and contrast medium would weigh more than shape."""
NEAR_SLICES = 2
"""The most alike slice lies so near: a breath or noise puts the second neighbour first."""
ORDERED_SHARE = 0.75
"""Share of slices whose most alike one is near. 152 thinnings of 19 CTs and 41 phantoms, to 8 slices and more: 0.92 and
more; every second slice first: 0.1 and less; shuffled: 0.6 and less, but for one of ten slices, 0.8."""


def out_of_order(mean_hu: NDArray[np.float32]) -> tuple[int, int]:
    """Return how many slices are most alike to a slice far away, of how many that say anything.

    Parameters
    ----------
    mean_hu : (slice, row, column) float32
        Coarse HU.
    """
    planes = np.clip(mean_hu, *CLIP_HU)
    told = np.flatnonzero(planes.std(axis=(1, 2)) > 0)
    if told.size < LEAST_SLICES:
        return 0, int(told.size)
    smooth = ndimage.uniform_filter(planes[told], (0, 3, 3))[:, ::2, ::2].reshape(told.size, -1).astype(np.float64)
    lengths = (smooth**2).sum(axis=1)
    apart = lengths[:, None] + lengths[None, :] - 2 * smooth @ smooth.T
    np.fill_diagonal(apart, np.inf)
    nearest = apart.argmin(axis=1)
    return int(np.count_nonzero(np.abs(nearest - np.arange(told.size)) > NEAR_SLICES)), int(told.size)


def disordered(mean_hu: NDArray[np.float32]) -> tuple[int, int] | None:
    """Return the answer of :func:`out_of_order` where slices are out of order, None where they are not.

    Parameters
    ----------
    mean_hu : (slice, row, column) float32
        Coarse HU.
    """
    far, told = out_of_order(mean_hu)
    return (far, told) if told >= LEAST_SLICES and far > (1 - ORDERED_SHARE) * told else None
