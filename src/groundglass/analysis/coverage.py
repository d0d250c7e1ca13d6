"""How much of the chest a volume shows, and what is unusual about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundglass.analysis.morphology import Spacing
from groundglass.analysis.reading import CoverageVerdict
from groundglass.phrases import Notice

SMALLEST_LUNGS_ML = (40.0, 200.0)
"""Below the first no chest is seen. Below the second none either, unless the lungs fill the following share of the
body: a newborn's chest holds some 100 ml of lung, the tips in an abdomen or neck as much."""
SMALLEST_LUNG_SHARE = 0.06
"""Lungs fill 15-40 % of a chest's body volume, at any age."""
MISSING_SHARE = 0.04
"""Lung estimated to lie outside the volume above this share of what is seen: partial. Less (tips of the recesses)
changes a percentage by less than its own uncertainty."""
TAPER_MM = 20.0
"""Over this way the lungs' narrowing towards the end is measured, and carried on to estimate what is missing."""
LONGEST_MISSING_MM = 80.0
"""Where they do not narrow, the lungs are taken to go on this far."""
TOUCH_MM2 = 400.0
"""Lung in the first or last slice above this area: tips are missing, which is said but changes little."""
SIDE_CUT_MM2 = 1500.0
"""Area of lung on a side of the picture at which it counts as cut."""
FEWEST_SLICES = 8
"""Fewer slices are samples of a chest, not a chest."""
SHORTEST_MM = 60.0
"""A newborn's lungs are taller."""
ONE_LUNG_SHARE = 0.07
"""The smaller lung's share of both, below which only one is there; normal is 42-50 %."""
UNEQUAL_SHARE = 0.27
"""Collapse, effusion, a high diaphragm or unseen consolidation."""
HEART_SHIFT_MM = 2.0
"""The tissue between the lungs lies 3-28 mm left of the chest's middle in 19 chests, 40-90 mm below the carina."""
HEART_BELOW_CARINA_MM = (40.0, 90.0)
EXPIRATION_HU = -740
"""The commonest density of lung was -890 to -730 HU in 19 chests, in 18 below -770; expiration adds some 100 HU."""
EXPIRATION_ML = 2800.0


@dataclass(frozen=True, slots=True, eq=False)
class Chest:
    """What is judged, all on the working grid.

    Attributes
    ----------
    hu : (slice, row, column) int16
        Working grid, HU.
    body : (slice, row, column) bool
        The patient.
    lungs : (slice, row, column) uint8
        1 right, 2 left: by position, also where the sides of the patient are unknown.
    carina : tuple of int or None
        Fork of the trachea.
    upside_down : bool
        Whether the trachea forks only when the volume is turned head down.
    slices : int
        Slices of the full volume.
    sided : bool
        Whether right and left are known.
    """

    hu: NDArray[np.int16]
    body: NDArray[np.bool_]
    lungs: NDArray[np.uint8]
    carina: tuple[int, int, int] | None
    upside_down: bool
    slices: int
    sided: bool


def judge(chest: Chest, spacing_mm: Spacing) -> CoverageVerdict:
    """Tell whole, partial and no chest apart.

    Parameters
    ----------
    chest : Chest
        What was found.
    spacing_mm : tuple of float
        Along (slice, row, column), mm.

    Returns
    -------
    CoverageVerdict
        ``none`` is to be refused, ``partial`` is measured and never graded; the reasons say why, and what is unusual.
    """
    if not chest.body.any():
        return CoverageVerdict("none", (Notice("coverage_no_patient", {}, "error"),))
    voxel_ml = float(np.prod(spacing_mm)) / 1000.0
    lung_ml = float((chest.lungs > 0).sum()) * voxel_ml
    share = lung_ml / max(1.0, float(chest.body.sum()) * voxel_ml)
    if lung_ml < SMALLEST_LUNGS_ML[0] or (lung_ml < SMALLEST_LUNGS_ML[1] and share < SMALLEST_LUNG_SHARE):
        return CoverageVerdict("none", (Notice("coverage_no_lungs", {"volume_ml": round(lung_ml)}, "error"),))
    missing = [*_cut_ends(chest, spacing_mm), *_cut_sides(chest, spacing_mm), *_too_few(chest, spacing_mm)]
    if chest.upside_down:
        missing.append(Notice("chest_upside_down"))
    one = _sides(chest, voxel_ml)
    missing += [notice for notice in one if notice.code == "one_lung"]
    unusual = [notice for notice in one if notice.code != "one_lung"]
    unusual += [*_tips(chest, spacing_mm), *_heart(chest, spacing_mm), *_expiration(chest, lung_ml, bool(missing))]
    return CoverageVerdict("partial" if missing else "whole", (*missing, *unusual))


def _missing_shares(chest: Chest, spacing_mm: Spacing) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return (area in mm2, share of the lungs estimated to be missing) at the bottom and at the top."""
    areas = (chest.lungs > 0).sum(axis=(1, 2)) * spacing_mm[1] * spacing_mm[2]
    whole_mm3 = float(areas.sum()) * spacing_mm[0]
    way = min(len(areas) - 1, max(1, round(TAPER_MM / spacing_mm[0])))
    ends = []
    for profile in (areas, areas[::-1]):
        area = float(profile[0])
        taper = float(profile[way] - profile[0]) / (way * spacing_mm[0]) if way else 0.0
        height = min(LONGEST_MISSING_MM, area / taper) if taper > 0 else LONGEST_MISSING_MM
        ends.append((area, 0.5 * area * height / whole_mm3))
    return ends[0], ends[1]


def _cut_ends(chest: Chest, spacing_mm: Spacing) -> list[Notice]:
    (_, bottom), (_, top) = _missing_shares(chest, spacing_mm)
    notices = []
    if top > MISSING_SHARE:
        notices.append(Notice("coverage_cut_top", {"share": round(100 * top)}))
    if bottom > MISSING_SHARE:
        notices.append(Notice("coverage_cut_bottom", {"share": round(100 * bottom)}))
    return notices


def _tips(chest: Chest, spacing_mm: Spacing) -> list[Notice]:
    (bottom_mm2, bottom), (top_mm2, top) = _missing_shares(chest, spacing_mm)
    notices = []
    if top_mm2 > TOUCH_MM2 and top <= MISSING_SHARE:
        notices.append(Notice("coverage_tip_top"))
    if bottom_mm2 > TOUCH_MM2 and bottom <= MISSING_SHARE:
        notices.append(Notice("coverage_tip_bottom"))
    return notices


def _cut_sides(chest: Chest, spacing_mm: Spacing) -> list[Notice]:
    lung = chest.lungs > 0
    # the working grid may be cropped to the body, which then has lung next to nothing but at the picture's edge
    columns = float(lung[:, :, [0, -1]].sum()) * spacing_mm[0] * spacing_mm[1]
    rows = float(lung[:, [0, -1], :].sum()) * spacing_mm[0] * spacing_mm[2]
    return (
        [Notice("coverage_cut_side", {"area_cm2": round((columns + rows) / 100.0)})]
        if (columns + rows > SIDE_CUT_MM2)
        else []
    )


def _too_few(chest: Chest, spacing_mm: Spacing) -> list[Notice]:
    heights = np.flatnonzero((chest.lungs > 0).any(axis=(1, 2)))
    height_mm = float(heights[-1] - heights[0] + 1) * spacing_mm[0]
    if chest.slices < FEWEST_SLICES:
        return [Notice("coverage_few_slices", {"slices": chest.slices})]
    return [Notice("coverage_short", {"height_mm": round(height_mm)})] if height_mm < SHORTEST_MM else []


def _sides(chest: Chest, voxel_ml: float) -> list[Notice]:
    first, second = (float((chest.lungs == side).sum()) * voxel_ml for side in (1, 2))
    share = min(first, second) / max(first + second, 1e-6)
    right_is_small = first < second
    values: dict[str, str | int | float] = {"share": round(100 * share)}
    if share < ONE_LUNG_SHARE:
        return [Notice("one_lung", values)]
    if share < UNEQUAL_SHARE:
        if not chest.sided:
            return [Notice("lungs_unequal", values)]
        return [Notice("right_lung_small" if right_is_small else "left_lung_small", values)]
    return []


def _heart(chest: Chest, spacing_mm: Spacing) -> list[Notice]:
    """Look on which side of the spine the tissue between the lungs lies below the carina."""
    if chest.carina is None or not chest.sided:
        return []
    low, high = (chest.carina[0] - round(mm / spacing_mm[0]) for mm in reversed(HEART_BELOW_CARINA_MM))
    if low < 0:
        return []
    shift_mm = heart_shift_mm(chest.lungs[low : high + 1], chest.carina[1], spacing_mm)
    if shift_mm is None or shift_mm > -HEART_SHIFT_MM:
        return []
    return [Notice("heart_on_the_right", {"shift_mm": round(-shift_mm)})]


def heart_shift_mm(lungs: NDArray[np.uint8], row: int, spacing_mm: Spacing) -> float | None:
    """Return how far to the left the gap between the lungs lies, in front of the row of the carina.

    Parameters
    ----------
    lungs : (slice, row, column) uint8
        Slices at the level of the heart; 1 right, 2 left.
    row : int
        Row of the carina: the heart lies in front.
    spacing_mm : tuple of float
        Along (slice, row, column), mm.

    Returns
    -------
    float or None
        mm, negative to the right; None where no row shows both lungs.
    """
    front = lungs[:, :row]
    right, left = front == 1, front == 2
    both = right.any(axis=2) & left.any(axis=2)
    if int(both.sum()) < 20:
        return None
    columns = front.shape[2]
    last_right = columns - 1 - np.argmax(right[:, :, ::-1], axis=2)[both]
    first_left = np.argmax(left, axis=2)[both]
    width = (first_left - last_right).astype(float)
    wide = width > 0
    if not wide.any():
        return None
    centre = (first_left + last_right) / 2.0
    # between the outer sides of both lungs: the spine may lie aside in a rotated or bent chest
    outer = np.flatnonzero((lungs > 0).any(axis=(0, 1)))
    middle = (outer[0] + outer[-1]) / 2.0
    return float(np.average(centre[wide] - middle, weights=width[wide])) * spacing_mm[2]


def _expiration(chest: Chest, lung_ml: float, cut: bool) -> list[Notice]:
    """Suspect expiration where lung is commonly dense and small; disease that spares little may look so too."""
    if cut or lung_ml > EXPIRATION_ML:
        return []
    counts, edges = np.histogram(chest.hu[chest.lungs > 0], bins=np.arange(-1000, -400, 20))
    smooth = np.convolve(counts, np.ones(3), mode="same")
    commonest = float(edges[int(np.argmax(smooth))]) + 10.0
    if commonest < EXPIRATION_HU:
        return []
    return [Notice("expiration_suspected", {"hu": round(commonest), "volume_ml": round(lung_ml)})]
