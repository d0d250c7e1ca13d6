"""What a maker of lesions hands over: fields that order the lung, and textures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from groundglass.training.synthesis.chest import Field

DENSE_HU = (22.0, 66.0)
"""Airless lung without contrast is as dense as soft tissue; one level a patient."""
FLUID_HU = (0.0, 18.0)
"""Mean 7 HU (SD 9) in exudates and 10 (7) in transudates (Abramowitz et al., AJR 2009); 15 and 5 in Gumus 2024."""
EXCESS_HU = (80.0, 400.0)
"""Over healthy lung of -860: from the faintest seen to -460, where most lesion voxels of early COVID-19 lie below."""


@dataclass(frozen=True, slots=True, eq=False)
class Tube:
    """A piece of an air-filled bronchus.

    Attributes
    ----------
    start_mm, end_mm : (3,) float32
        (z, y, x).
    start_radius_mm, end_radius_mm : float
        Radius of the lumen.
    """

    start_mm: Field
    end_mm: Field
    start_radius_mm: float
    end_radius_mm: float


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """Lesions of one chest; lattice fields (slice, row, column) float32 unless said.

    Attributes
    ----------
    glass_mm : Field
        A voxel is lesion where this lies below a level; about mm.
    dense_mm : Field or None
        A voxel is consolidation where this lies below a level; about mm.
    fringe : float
        How many mm of ``glass_mm`` one mm round consolidation counts: small gives wide ground glass round it.
    soft_mm : float
        Width over which ground glass fades out at its edge.
    excess_hu : Field
        How much denser than healthy lung ground glass is, HU.
    paved : Field
        Strength of crazy paving, 0 to 1.
    dense_hu : Field
        Consolidation, HU.
    fluid_hu : float
        Pleural fluid, HU.
    tubes : list of Tube
        Air bronchograms to draw.
    patency : float
        Share of the real bronchi that stay air-filled in lesions, 0 to 1.
    septa : callable
        Gives the strength 0..1 of thickened septa at the voxels.
    """

    glass_mm: Field
    dense_mm: Field | None
    fringe: float
    soft_mm: float
    excess_hu: Field
    paved: Field
    dense_hu: Field
    fluid_hu: float
    tubes: list[Tube]
    patency: float
    septa: Callable[[], Field]


class Maker(Protocol):
    """Shapes and textures of one kind."""

    def fluid_mm(self) -> Field:
        """Return a lattice field: pleural fluid lies where it is below a level."""

    def design(self, fluid_distance_mm: Field | None) -> Design:
        """Return the lesions; the distance to pleural fluid is given where there is some."""

    def noise(self, shape: tuple[int, int, int], samples: NDArray[np.float32]) -> Field:
        """Return noise of standard deviation 1 with the grain of the samples (n, slice, row, column)."""
