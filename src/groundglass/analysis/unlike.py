"""How unlike the training data a chest is: a few figures that a reader can check, each with the range it had there.

A network is trusted on what resembles its training. Each feature below is measured on the working grid and compared
with its range in the training CTs (measured with networks that had not seen the CT, where there are such;
``benchmarks/unlike_ranges.py`` prints them anew). The distance outside that range, in widths of the range, is the
feature's score; the study's score is the largest. It names what is unusual and cannot tell what is not looked at.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundglass.analysis.anatomy import Anatomy
from groundglass.analysis.fusion import Sight
from groundglass.analysis.grid import WorkingGrid
from groundglass.analysis.morphology import Box, bounding_box
from groundglass.phrases import Notice

SAID_SCORE = 0.5
"""A feature is unusual from half a width beyond its range on: about eighteen values of a bell curve span 3.6 standard
deviations, so that is 3.6 deviations from their middle, and one study in some hundreds is named for nothing."""
UNDECIDED_LEVELS = (51, 204)
"""Probabilities, of 255, between which the network is undecided: one fifth and four fifths."""
HALF_LEVEL = 128
"""Probability, of 255, from which a voxel is more likely lesion, or lung, than not."""
HEALTHY_LEVEL = 51
"""Lung that is lesion with less than this probability, of 255, counts as healthy."""
LEAST_FOUND_SHARE = 0.01
"""Added to what was found, as a share of the lungs, so that a chest without lesions has a bounded feature."""
LEAST_LESION_SHARE = 0.01
"""Where lesions lie says something only if they fill this share of the lungs."""
DEEP_MM = 25.0
"""COVID-19 lies mostly in the outer third of the lung, within about 25 mm of its border; oedema around the hila."""
SOLID_HU = -100
"""From here on a voxel at 2 mm holds hardly any air."""
SOLID_DEPTH_MM = 5.0
"""Nearer to the border the chest wall shows through."""
SOLID_HILUM_MM = 35.0
"""Nearer to trachea and main bronchi lie the great vessels and lymph nodes."""
SOFT_HU = (-20, 120)
"""Muscle, blood, liver and heart without contrast, noise included."""
BLOOD_REACH_MM = 45.0
"""The great vessels lie this close to the fork of the trachea."""
BRIGHTEST_HU = 600
"""Bone and metal lie above any blood."""
STRIDE_VOXELS = 1_500_000
"""Above this many voxels every second slice is looked at: the features do not need more."""
OF_WHOLE_LUNGS = ("lungs_ml", "height_mm", "side_ratio_percent")
"""Say nothing where a part of the lungs is not shown, which is said anyway."""
MARGIN_MM = 20.0
"""Tissue around the lungs that is looked at, mm."""
FEWEST = 500
"""Fewer voxels give no figure."""


@dataclass(frozen=True, slots=True)
class UsualRange:
    """Where a feature lay in the training CTs.

    Attributes
    ----------
    low, high : float or None
        Ends; None where that end is not judged.
    width : float
        What counts as one width.
    """

    low: float | None
    high: float | None
    width: float

    def outside(self, value: float) -> float:
        """Return how far outside the value lies, in widths; 0 inside, and for what could not be measured."""
        if math.isnan(value):
            return 0.0
        below = 0.0 if self.low is None else (self.low - value) / self.width
        above = 0.0 if self.high is None else (value - self.high) / self.width
        return max(0.0, below, above)


USUAL: Mapping[str, UsualRange] = MappingProxyType(
    {
        "undecided_percent": UsualRange(None, 78.0, 77.0),
        "lung_undecided_percent": UsualRange(None, 15.5, 7.0),
        "air_lost_percent": UsualRange(None, 2.3, 2.0),
        "unseen_solid_percent": UsualRange(None, 1.1, 1.1),
        "healthy_hu": UsualRange(-890.0, -740.0, 150.0),
        "healthy_spread_hu": UsualRange(68.0, 168.0, 100.0),
        "noise_hu": UsualRange(None, 24.0, 12.0),
        "soft_hu": UsualRange(15.0, 45.0, 30.0),
        "airway_hu": UsualRange(-990.0, -938.0, 52.0),
        # one CT reaches 98 HU, the others 81: as wide as all
        "vessels_hu": UsualRange(None, 98.0, 59.0),
        # six CTs are cut off at 150 HU; what matters is whether soft tissue is cut
        "ceiling_hu": UsualRange(146.0, None, 200.0),
        # the spacing of all but one training CT is assumed: both say no more than "not the size of an adult"
        "lungs_ml": UsualRange(2600.0, 6000.0, 3400.0),
        "height_mm": UsualRange(210.0, 312.0, 102.0),
        "side_ratio_percent": UsualRange(68.0, None, 30.0),
        "slice_mm": UsualRange(None, 9.0, 8.0),
        "deep_percent": UsualRange(None, 20.0, 20.0),
    }
)
"""Ranges by feature, least and largest of 18 training CTs: six coronacases, six MedSeg / Radiopaedia, five LCTSC, one
normal chest of COVID-CT-MD. Printed by ``benchmarks/unlike_ranges.py``."""


def unlike(grid: WorkingGrid, body: Anatomy) -> tuple[Notice, ...]:
    """Say what about a chest is unlike the CTs that the network was trained on.

    Parameters
    ----------
    grid : WorkingGrid
        HU of the chest.
    body : Anatomy
        What it shows; without the network's sight there is nothing to compare.

    Returns
    -------
    tuple of Notice
        Empty where all is usual; otherwise ``unlike_training`` with the score, and one notice for each unusual
        feature with its value.
    """
    if body.sight is None:
        return ()
    values = measure(grid, body, body.sight)
    if body.verdict.coverage != "whole":
        values = {name: value for name, value in values.items() if name not in OF_WHOLE_LUNGS}
    return notices_of(values)


def notices_of(values: Mapping[str, float]) -> tuple[Notice, ...]:
    """Turn features into notices.

    Parameters
    ----------
    values : mapping of str to float
        As :func:`measure` gives them.
    """
    scores = {name: USUAL[name].outside(value) for name, value in values.items()}
    strange = sorted((name for name in scores if scores[name] >= SAID_SCORE), key=lambda name: -scores[name])
    if not strange:
        return ()
    head = Notice("unlike_training", {"score": round(max(scores.values()), 1), "count": len(strange)}, "warning")
    return (head, *(Notice(f"unlike_{name}", {"value": _rounded(values[name])}, "warning") for name in strange))


def measure(grid: WorkingGrid, body: Anatomy, sight: Sight) -> dict[str, float]:
    """Measure every feature.

    Parameters
    ----------
    grid : WorkingGrid
        HU of the chest.
    body : Anatomy
        What it shows.
    sight : Sight
        What the network says, on the working grid.

    Returns
    -------
    dict of str to float
        By feature, in the unit that ends its name; not a number where it cannot be measured.
    """
    spacing = grid.spacing_mm
    out = dict.fromkeys(USUAL, math.nan)
    out["slice_mm"] = float(grid.full.geometry.spacing_mm[0])
    found = bounding_box(body.lungs > 0)
    if found is None:
        return out
    sides = np.bincount(body.lungs[found].ravel(), minlength=4)[1:4]
    lung_voxels = int(sides.sum())
    out["lungs_ml"] = lung_voxels * grid.voxel_ml
    out["height_mm"] = (found[0].stop - found[0].start) * spacing[0]
    if sides[2] == 0:
        out["side_ratio_percent"] = 100.0 * float(sides[:2].min()) / max(1.0, float(sides[:2].max()))
    box = _looked_at(found, grid.hu.shape, spacing)
    hu, lungs = grid.hu[box], body.lungs[box] > 0
    seen = sight.cropped(box)
    count = max(1, int(np.count_nonzero(lungs)))
    sure = np.maximum(seen.lesion[lungs], seen.dense[lungs])
    inside = hu[lungs]
    out |= _network_features(seen, sure, body.aerated[box] & (body.classical[box] > 0))
    sick = sure >= HALF_LEVEL
    deep = body.depth_mm[box][lungs]
    if np.count_nonzero(sick) >= LEAST_LESION_SHARE * count:
        out["deep_percent"] = 100.0 * float(np.mean(deep[sick] > DEEP_MM))
    solid = (inside >= SOLID_HU) & ~sick & (deep > SOLID_DEPTH_MM)
    solid[solid] = body.hilum_mm[box][lungs][solid] > SOLID_HILUM_MM
    out["unseen_solid_percent"] = 100.0 * int(np.count_nonzero(solid)) / count
    healthy = inside[sure < HEALTHY_LEVEL]
    if healthy.size >= FEWEST:
        out["healthy_hu"] = _mode(healthy, -1024, -400)
        low, high = np.percentile(healthy[:: max(1, healthy.size // 200_000)], (25, 75))
        out["healthy_spread_hu"] = float(high - low)
    lumen = hu[body.airways[box]]
    if lumen.size >= FEWEST // 10:
        out["airway_hu"] = float(np.percentile(lumen, 20))
    return out | _tissue_features(hu, ~lungs & body.body[box]) | {"vessels_hu": _vessels(grid, body)}


def _network_features(seen: Sight, sure: NDArray[np.uint8], air: NDArray[np.bool_]) -> dict[str, float]:
    """Measure how undecided the network is, and how much air-filled lung it does not see."""
    low, high = UNDECIDED_LEVELS
    count = max(1, len(sure))
    found = int(np.count_nonzero(sure >= HALF_LEVEL)) + LEAST_FOUND_SHARE * count
    said = np.maximum(seen.right, seen.left)
    return {
        "undecided_percent": 100.0 * int(np.count_nonzero((sure >= low) & (sure <= high))) / found,
        "lung_undecided_percent": 100.0 * int(np.count_nonzero((said >= low) & (said <= high))) / count,
        "air_lost_percent": 100.0 * int(np.count_nonzero(air & (said < HALF_LEVEL))) / max(1, int(air.sum())),
    }


def _tissue_features(hu: NDArray[np.int16], tissue: NDArray[np.bool_]) -> dict[str, float]:
    """Measure the tissue around the lungs: its commonest HU, its noise, its brightest HU."""
    out: dict[str, float] = {}
    soft = tissue & (hu >= SOFT_HU[0]) & (hu <= SOFT_HU[1])
    values = hu[soft]
    if values.size >= FEWEST:
        out["soft_hu"] = _mode(values, *SOFT_HU)
        pairs = soft[:, :, 1:] & soft[:, :, :-1]
        steps = np.abs(hu[:, :, 1:][pairs] - hu[:, :, :-1][pairs])
        if steps.size >= FEWEST:
            # the mean step between two voxels of independent noise is 2 / sqrt(pi) of its standard deviation
            out["noise_hu"] = float(steps.mean()) * math.sqrt(math.pi) / 2
    every = hu[tissue]
    if every.size >= FEWEST:
        out["ceiling_hu"] = float(np.partition(every, -50)[-50])
    return out


def _vessels(grid: WorkingGrid, body: Anatomy) -> float:
    """Return the ninetieth percentile of the soft tissue around the fork of the trachea, in front of the spine."""
    if body.carina_mm is None:
        return math.nan
    centre = grid.geometry.to_index(np.array(body.carina_mm))
    reach = BLOOD_REACH_MM / np.array(grid.spacing_mm)
    low = np.maximum(0, np.floor(centre - reach)).astype(int)
    high = np.minimum(grid.hu.shape, np.ceil(centre + reach) + 1).astype(int)
    high[1] = min(high[1], int(centre[1]) + 1)
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    hu = grid.hu[box]
    soft = hu[(hu > 0) & (hu < BRIGHTEST_HU) & (body.lungs[box] == 0) & ~body.airways[box]]
    return float(np.percentile(soft, 90)) if soft.size >= FEWEST else math.nan


def _looked_at(found: Box, shape: tuple[int, ...], spacing_mm: tuple[float, float, float]) -> Box:
    """Widen the box around the lungs; of many voxels take every second slice."""
    rows, columns = (
        slice(max(0, part.start - round(MARGIN_MM / mm)), min(size, part.stop + round(MARGIN_MM / mm)))
        for part, size, mm in zip(found[1:], shape[1:], spacing_mm[1:], strict=True)
    )
    voxels = math.prod(part.stop - part.start for part in (found[0], rows, columns))
    return slice(found[0].start, found[0].stop, 2 if voxels > STRIDE_VOXELS else 1), rows, columns


def _mode(values: NDArray[Any], low: int, high: int) -> float:
    """Return the commonest HU between both, smoothed over about 30 HU."""
    counts, edges = np.histogram(values, bins=np.arange(low, high + 11, 10))
    smooth = np.convolve(counts, (1, 2, 1), mode="same")
    return float(edges[int(np.argmax(smooth))] + 5)


def _rounded(value: float) -> float:
    return round(value, 1) if abs(value) < 100 else round(value)
