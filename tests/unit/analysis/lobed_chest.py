"""Two lungs of noise and vessels, divided by thin sheets where one knows they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundglass.analysis.lobes import Lobes, find_lobes

SPACING_MM = (2.0, 2.0, 2.0)
SHAPE = (132, 96, 140)
BASE_MM, HEIGHT_MM = 12.0, 240.0
MIDDLE_ROW_MM = 96.0
CARINA = (85.0, 46.0, 70.0)


@dataclass(frozen=True)
class LobedChest:
    """HU, lungs (1 right, 2 left), true lobes (1..5) and distances from the fissures in mm, positive above."""

    hu: NDArray[np.int16]
    lungs: NDArray[np.uint8]
    lobes: NDArray[np.uint8]
    oblique_mm: NDArray[np.float32]
    horizontal_mm: NDArray[np.float32]

    def found(self, lungs: NDArray[np.uint8] | None = None) -> Lobes:
        airways = np.zeros(self.hu.shape, dtype=bool)
        return find_lobes(
            self.hu, self.lungs if lungs is None else lungs, airways, carina_index=CARINA, spacing_mm=SPACING_MM
        )


def lobed_chest(*, fissure_hu: float = 170.0, noise_hu: float = 18.0, gap_mm: float = 8.0) -> LobedChest:
    """Draw it; patient right is at column 0."""
    rng = np.random.default_rng(5)
    slope, bend_mm = 0.8, 6.0
    z, y, x = (np.arange(n, dtype=np.float32) * mm for n, mm in zip(SHAPE, SPACING_MM, strict=True))
    z, y, x = z[:, None, None], y[None, :, None], x[None, None, :]
    lungs = np.zeros(SHAPE, dtype=np.uint8)
    for label, middle in ((1, 76.0), (2, 204.0)):
        ball = ((z - BASE_MM - 120) / 120) ** 2 + ((y - MIDDLE_ROW_MM) / 84) ** 2 + ((x - middle) / 56) ** 2
        lungs[ball <= 1] = label
    back = (y - MIDDLE_ROW_MM) / 84
    height = BASE_MM + 0.5 * HEIGHT_MM + slope * 84 * back + bend_mm * np.sin(2.5 * back) + 0.04 * (x - 140)
    oblique = np.broadcast_to((z - height) / np.float32(np.hypot(1, slope)), SHAPE).astype(np.float32)
    level = BASE_MM + 0.53 * HEIGHT_MM + 3 * np.sin(x / 25)
    horizontal = np.broadcast_to(z - level, SHAPE).astype(np.float32)
    hu = np.where(lungs > 0, -860.0, 40.0) + rng.normal(0, noise_hu, SHAPE)
    vessels = np.zeros(SHAPE, dtype=bool)
    for k, r, c in rng.integers(0, SHAPE, (2600, 3)):
        vessels[k : k + 2, r : r + 2, c : c + 4] = True
    in_front = (oblique > 0) & (lungs == 1)
    vessels &= (np.abs(oblique) >= gap_mm) & ~(in_front & (np.abs(horizontal) < gap_mm))
    hu[vessels & (lungs > 0)] = -250
    # a sheet 1 mm thick in voxels of 2 mm
    sheet = np.exp(-((oblique / 1.1) ** 2)) + in_front * np.exp(-((horizontal / 1.1) ** 2))
    hu += np.where(lungs > 0, 0.6 * fissure_hu * np.minimum(sheet, 1), 0)
    upper = np.where(horizontal > 0, 1, 2)
    lobes = np.where(lungs == 1, np.where(oblique > 0, upper, 3), np.where(lungs == 2, np.where(oblique > 0, 4, 5), 0))
    return LobedChest(hu.astype(np.int16), lungs, lobes.astype(np.uint8), oblique, horizontal)
