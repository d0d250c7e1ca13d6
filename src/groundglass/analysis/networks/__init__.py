"""The seam where a learned engine comes in; empty in this release.

The engine asks nothing of a network but this protocol, so sessions, weights and tensors stay on its far side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from groundglass.analysis.result import ModelRow


@dataclass(frozen=True, slots=True, eq=False)
class OpacityMap:
    """How likely each voxel belongs to a lesion.

    Attributes
    ----------
    probability : (slice, row, column) float32
        0..1, that a reader would outline the voxel, on the grid that was asked about.
    consolidation : (slice, row, column) float32 or None
        0..1, that a lesion voxel is consolidation; None leaves the split to the HU cut.
    """

    probability: NDArray[np.float32]
    consolidation: NDArray[np.float32] | None = None


class OpacityModel(Protocol):
    """What a learned engine hands in.

    1. ``find`` answers on exactly the grid it was given, and leaves its arguments unchanged.
    2. The same input gives the same output, whatever the number of threads.
    3. Voxels outside ``lungs`` may hold anything: the engine sets them to zero.
    4. ``row`` names the network, the SHA-256 of its weights, the engine and the precision it ran in.
    """

    @property
    def row(self) -> ModelRow:
        """What goes into ``software.models`` of the result."""
        ...

    def find(
        self, hu: NDArray[np.int16], lungs: NDArray[np.uint8], *, spacing_mm: tuple[float, float, float]
    ) -> OpacityMap:
        """Look at a chest.

        Parameters
        ----------
        hu : (slice, row, column) int16
            HU; slices feet to head, rows front to back, columns right to left of the patient.
        lungs : (slice, row, column) uint8
            0 outside, 1 right, 2 left, 3 side unknown.
        spacing_mm : tuple of float
            Voxel sides along (slice, row, column), mm.
        """
        ...
