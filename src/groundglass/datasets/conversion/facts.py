"""What is said of the lesions of a study: volumes, regions, pattern, sides and zones."""

from __future__ import annotations

from typing import Any

import cc3d as _cc3d
import numpy as np
from numpy.typing import NDArray

from groundglass.analysis.zones import find_zones
from groundglass.datasets.formats.labelled import CONSOLIDATION, GROUND_GLASS, LEFT, RIGHT
from groundglass.volume import LabelVolume, Volume, axial_axes

cc3d: Any = _cc3d
MIXED_SHARE = 0.1
"""Share of the rarer kind from which a pattern is mixed: below lies the disagreement of two readers on borders."""
LEAST_SHARE = 0.02
"""Share of all lesions that a zone must hold to be named: less is the edge of a lesion in its neighbour."""
LEAST_ML = 0.1
"""Volume that a zone must hold to be named: a few voxels of a thinned study."""
_SIDES = ((RIGHT, "right"), (LEFT, "left"))
_ZONES = ((1, "upper"), (2, "middle"), (3, "lower"))


def lesion_facts(lesions: LabelVolume, volume: Volume, lungs: LabelVolume | None) -> dict[str, object]:
    """Return what attributes of a :class:`groundglass.datasets.members.Member` say of lesions.

    Parameters
    ----------
    lesions : LabelVolume
        On the grid of the picture; 1 lesion, or 1 ground glass, 2 consolidation, 3 unknown kind by its table.
    volume : Volume
        The picture.
    lungs : LabelVolume or None
        1 right, 2 left, 3 side unknown; None leaves unknown what needs them. The zones are thirds of their height.

    Returns
    -------
    dict
        ``lesion_ml``, ``lesions`` and ``pattern``; ``ground_glass_ml`` and ``consolidation_ml`` where the mask tells
        kinds; ``lungs_ml``, ``involvement_percent`` and ``localisation`` with lungs. None is unknown.

    Raises
    ------
    InputError
        ``GRID_MISMATCH``.
    """
    lesions.geometry.require_same_grid(volume.geometry, what="lesion mask")
    array = lesions.array
    lesion_ml = float(np.count_nonzero(array) * lesions.geometry.voxel_ml)
    kinds = tells_kinds(lesions)
    facts: dict[str, object] = {
        "lesion_ml": round(lesion_ml, 3),
        "lesions": int(cc3d.connected_components(np.ascontiguousarray(array > 0), connectivity=26).max(initial=0)),
        "ground_glass_ml": round(lesions.volume_ml(GROUND_GLASS), 3) if kinds else None,
        "consolidation_ml": round(lesions.volume_ml(CONSOLIDATION), 3) if kinds else None,
        "pattern": _pattern(lesions, kinds),
        "localisation": (),
        "lungs_ml": None,
        "involvement_percent": None,
    }
    if lungs is not None:
        lungs.geometry.require_same_grid(volume.geometry, what="lung mask")
        facts |= _of_lungs(lesions, lungs)
    return facts


def tells_kinds(lesions: LabelVolume) -> bool:
    """Tell whether the table of a mask has ground glass apart from consolidation."""
    return CONSOLIDATION in lesions.labels or lesions.labels.get(GROUND_GLASS) == "ground glass"


def _pattern(lesions: LabelVolume, kinds: bool) -> str | None:
    counts = np.bincount(lesions.array.reshape(-1), minlength=4)
    if not counts[1:].any():
        return "none"
    glass, dense = int(counts[GROUND_GLASS]), int(counts[CONSOLIDATION])
    if not kinds or glass + dense == 0:
        return None
    share = dense / (glass + dense)
    if share < MIXED_SHARE:
        return "ground_glass"
    return "consolidation" if share > 1 - MIXED_SHARE else "mixed"


def _of_lungs(lesions: LabelVolume, lungs: LabelVolume) -> dict[str, object]:
    axes, flips = axial_axes(lungs.geometry)
    turned = lungs.reoriented(axes, flips)
    sides: NDArray[np.uint8] = turned.array
    lesion = lesions.reoriented(axes, flips).array > 0
    inside = lesion & (sides > 0)
    voxel_ml = lungs.geometry.voxel_ml
    lung_voxels = int(np.count_nonzero(sides))
    facts: dict[str, object] = {"lungs_ml": round(lung_voxels * voxel_ml, 3)}
    if not lung_voxels:
        return facts
    within = int(np.count_nonzero(inside))
    facts["involvement_percent"] = round(100.0 * within / lung_voxels, 4)
    zones = find_zones(sides, None, turned.geometry.spacing_mm[0])
    counts = np.bincount((sides[inside].astype(np.intp) * 4 + zones[inside]), minlength=16)
    least = max(LEAST_SHARE * within, LEAST_ML / voxel_ml)
    facts["localisation"] = tuple(
        f"{side}_{zone}" for s, side in _SIDES for z, zone in _ZONES if counts[s * 4 + z] >= least
    )
    return facts
