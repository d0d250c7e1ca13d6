"""Small pictures of every slice of the source, to tell which one a picture shows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from groundglass.conformance.decoding import LUNG_WINDOW_HU
from groundglass.conformance.placement import shrunk
from groundglass.conformance.source import Source

TISSUE_WINDOW_HU = (-160.0, 240.0)
"""Window of width 400 about 40 HU, in which services show the mediastinum: a picture in it is like no lung window."""
_SIGNATURE = 64


class Atlas:
    """Small pictures of every slice in two windows, to tell which one a picture shows."""

    def __init__(self, source: Source) -> None:
        n = source.geometry.shape[0]
        stride = max(1, min(source.geometry.shape[1:]) // (2 * _SIGNATURE))
        self._rows = np.empty((2, n, _SIGNATURE * _SIGNATURE), np.float32)
        for k in range(n):
            for rows, window in zip(self._rows, (LUNG_WINDOW_HU, TISSUE_WINDOW_HU), strict=True):
                shown = in_window(source.hu[k, ::stride, ::stride], window)
                rows[k] = _normal(shrunk(shown, (_SIGNATURE, _SIGNATURE)))

    def scores(self, grey: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the likeness of a picture with every slice, 0..1, in the window that suits it best."""
        stride = max(1, min(grey.shape) // (2 * _SIGNATURE))
        both = np.abs(self._rows @ _normal(shrunk(grey[::stride, ::stride], (_SIGNATURE, _SIGNATURE))))
        return np.asarray(both[int(np.argmax(both.max(1)))])


def _normal(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    flat = picture.ravel() - picture.mean()
    size = float(np.sqrt((flat * flat).sum()))
    return np.asarray(flat / size if size > 1e-3 else flat * 0, np.float32)


def in_window(hu: NDArray[np.int16], window: tuple[float, float]) -> NDArray[np.uint8]:
    """Return HU as greys of a window.

    Parameters
    ----------
    hu : ndarray of int16
        HU.
    window : tuple of float
        HU shown black, and white.
    """
    low, high = window
    return np.asarray(np.clip(hu.astype(np.float32) - low, 0, high - low) * (255.0 / (high - low)), np.uint8)
