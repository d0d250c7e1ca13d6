"""A chest of simple shapes, and files of data sets made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundglass import nifti
from groundglass.volume import Geometry, LabelVolume, Volume

SHAPE = (24, 64, 64)


def chest(seed: int = 0, shape: tuple[int, int, int] = SHAPE) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    """Return HU and lungs, slices feet to head: crescents around a dome below, rounds beside a trachea above."""
    rng = np.random.default_rng(seed)
    slices, rows, columns = shape
    hu = np.full(shape, -1000.0)
    # Chests differ in the width, depth and place of each lung and of the heart.
    width, depth, place = rng.uniform(0.8, 1.1, 2), rng.uniform(0.75, 1.1, 2), rng.uniform(-0.1, 0.1, 2)
    heart, dome = rng.uniform(-0.2, 0.3), rng.uniform(1.5, 2.5)
    lungs = np.zeros(shape, bool)
    y, x = np.mgrid[:rows, :columns]
    v, u = (y / rows - 0.5) * 2, (x / columns - 0.5) * 2
    for k in range(slices):
        t = k / (slices - 1)
        body = (u / 0.9) ** 2 + (v / 0.7) ** 2 < 1
        hu[k][body] = 40
        hu[k][(u**2 + (v - 0.5) ** 2) < 0.01] = 500
        if not 0.1 < t < 0.9:
            continue
        wide = 0.38 * (1 - 0.55 * t)
        for n, side in enumerate((-1, 1)):
            middle, deep = side * (0.42 - 0.12 * t), 0.55 * depth[n] * (1 - 0.4 * t)
            lung = ((u - middle) / (wide * width[n])) ** 2 + ((v - place[n]) / deep) ** 2 < 1
            if t < 0.4:
                lung &= (u / 0.62) ** 2 + ((v + 0.15) / 0.6) ** 2 > max(0.0, 1 - dome * t) ** 0.5
            if 0.25 < t < 0.6:
                lung &= ((u - heart) / 0.3) ** 2 + ((v + 0.2) / 0.3) ** 2 > 1
            hu[k][lung] = -850
            lungs[k] |= lung
    blobs = rng.normal(0, 1, (8, 8, 8))
    coarse = np.kron(blobs, np.ones([-(-n // 8) for n in shape]))[: shape[0], : shape[1], : shape[2]]
    hu[lungs] += 150 * np.abs(coarse[lungs])
    hu += rng.normal(0, 12, shape)
    return np.rint(hu).astype(np.int16), lungs


def grid(shape: tuple[int, ...] = SHAPE, *, offset_mm: float = 0.0) -> Geometry:
    """Return a straight grid of 5 x 5 x 10 mm."""
    affine = np.eye(4)
    affine[:3, :3] = [[0, 0, 5.0], [0, 5.0, 0], [10.0, 0, 0]]
    affine[0, 3] = offset_mm
    return Geometry((shape[0], shape[1], shape[2]), affine)


def lesion_in(lungs: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return a block of lesion in the lungs."""
    mask = np.zeros(lungs.shape, np.uint8)
    mask[8:12, 20:40, :] = 1
    return np.asarray(mask * lungs, dtype=np.uint8)


def write_picture(path: Path, hu: NDArray[np.int16], geometry: Geometry | None = None) -> None:
    """Write a CT as NIfTI."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nifti.write_volume(path, Volume(hu, geometry or grid(hu.shape)))


def write_mask(path: Path, mask: NDArray[Any], geometry: Geometry | None = None) -> None:
    """Write a mask as NIfTI."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nifti.write_labels(path, LabelVolume(mask.astype(np.uint8), geometry or grid(mask.shape)))


def codes(hu: NDArray[np.int16]) -> NDArray[np.uint8]:
    """Return HU as ``hu_code``."""
    return np.clip((hu.astype(np.int32) + 1024) // 8, 0, 255).astype(np.uint8)


def write_archive(path: Path, **arrays: NDArray[Any]) -> None:
    """Write a numpy archive."""
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]  # its stub takes the names for allow_pickle
