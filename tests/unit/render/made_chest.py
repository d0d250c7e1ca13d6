"""A chest of ellipses, small and quick: two lungs, an airway that branches, lesions where asked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from groundglass.analysis.reading import ChestReading, CoverageVerdict
from groundglass.analysis.result import SliceRow
from groundglass.volume import Geometry, LabelVolume, Volume

SHAPE = (60, 80, 100)
SPACING_MM = (4.0, 3.0, 3.0)
RIGHT_LUNG, LEFT_LUNG = (30, 42, 30), (30, 42, 70)
CARINA = 36


def ball(centre: tuple[int, int, int], radii_mm: tuple[float, float, float]) -> NDArray[np.bool_]:
    grid = np.indices(SHAPE, sparse=True)
    parts = [((g - c) * mm / r) ** 2 for g, c, mm, r in zip(grid, centre, SPACING_MM, radii_mm, strict=True)]
    return np.asarray(parts[0] + parts[1] + parts[2] <= 1)


def made_chest(
    lesions: tuple[tuple[tuple[int, int, int], float, int], ...] = (),
    *,
    sided: bool = True,
    lung: bool = True,
) -> ChestReading:
    """Lesions are (centre voxel, radius mm, label); patient right is at column 0."""
    hu = np.full(SHAPE, -1000, np.int16)
    hu[:, 8:76, 6:94] = 40
    lungs = np.zeros(SHAPE, np.uint8)
    if lung:
        lungs[ball(RIGHT_LUNG, (100, 70, 50))] = 1
        lungs[ball(LEFT_LUNG, (100, 70, 50))] = 2
    airways = np.zeros(SHAPE, np.uint8)
    airways[CARINA + 1 :, 36:42, 47:53] = 1
    airways[CARINA - 4 : CARINA + 1, 36:41, 42:47] = 1
    airways[CARINA - 4 : CARINA + 1, 36:41, 53:58] = 1
    lungs[airways > 0] = 0
    marked = np.zeros(SHAPE, np.uint8)
    for centre, radius_mm, label in lesions:
        marked[ball(centre, (radius_mm,) * 3) & (lungs > 0)] = label
    hu[lungs > 0] = -850
    hu[airways > 0] = -1000
    hu[marked == 1] = -550
    hu[marked == 2] = 0
    affine = np.diag([1.0, 1.0, 1.0, 1.0])
    affine[:3, :3] = [[0, 0, SPACING_MM[2]], [0, SPACING_MM[1], 0], [SPACING_MM[0], 0, 0]]
    affine[:3, 3] = (-150, -120, -100)
    geometry = Geometry(SHAPE, affine, "1.2.3", sided)
    return ChestReading(
        volume=Volume(hu, geometry),
        lungs=LabelVolume(lungs, geometry),
        airways=LabelVolume(airways, geometry),
        lesions=LabelVolume(marked, geometry),
        verdict=CoverageVerdict("whole"),
        lungs_figures=None,
        lesions_figures=None,
        involvement=None,
        slices=tuple(SliceRow(i, -100 + 4.0 * i, None, 1.0, 0.0, 0.0) for i in range(SHAPE[0])),
        severity=None,
        notices=(),
        models=(),
        seconds={},
    )
