"""Right and left lung: air in the chest, less airways and bowel, with vessels and dense lung put back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from groundglass.analysis.body import GAS_ABOVE_AIR_HU, LUNG_ABOVE_AIR_HU, Body
from groundglass.analysis.morphology import (
    Box,
    Spacing,
    bounding_box,
    close,
    components,
    dilate_in_plane,
    dilate_slices,
    distance_inside_mm,
    distance_to_mm,
    erode_in_plane,
    fill_slices,
    open_in_plane,
)
from groundglass.analysis.reading import Gravity
from groundglass.analysis.sides import split_sides
from groundglass.analysis.wall import BONE_HU, THINNEST_MM, dense_towards_wall

BORDER_HU = -300
"""Where lung ends: half-way from lung to muscle is -400; outlines drawn by people (five LCTSC and five MedSeg CTs)
agree best between -300 and -200, so the border lies a little outside the steepest point."""
SMALLEST_PIECE_ML = 8.0
"""Smaller separate pieces of lung change no figure, and bowel gas comes in such pieces."""
LARGE_SHARE = 0.2
"""Pieces of at least this share of the largest are lungs on their own."""
STRAY_MM = 25.0
"""Smaller pieces belong to lungs this near."""
CORE_MM = 3.0
"""How far inside a piece its content is judged, away from blurred walls."""
GAS_CORE_ML = 1.5
"""Smallest bubble of gas looked for inside what seems to be lung."""
GAS_RING_LUNG_SHARE = 0.4
"""A bulla lies in lung: lung fills more of the ring around it than this; a bowel loop lies in wall, fat and liver."""
RIB_REACH_MM = 14.0
"""Lung lies along ribs and spine; bowel seldom."""
RIB_SHARE = 0.12
"""Least share of a separate piece's surface within reach of bone."""
CLOSING_MM = 8.0
"""Vessels at the hilum and small consolidations are bays narrower than 16 mm; the aorta is wider."""
DENSE_PIECE_ML = 1.0
"""Smaller pieces of dense lung are left to the closing."""
DENSE_DEPTH_MM = (7.5, 12.0)
"""Dense lung at the wall is thicker than twice this; muscle and cartilage between ribs are not. The second figure holds
at the apex, where vessels and the first rib make bays of their own."""
DENSE_LARGE_ML = 35.0
"""Layers of this volume are no muscle (25 ml at most in 15 chests) even where they are thin."""
ORGAN_BESIDE_AIR, ORGAN_HU = 0.1, -30.0
"""Even soft tissue that hardly touches air-filled lung is liver or spleen."""
APEX_SHARE = 0.15
"""The apex is this share of the lungs' height."""
DENSE_BESIDE_AIR = 0.28
"""Dense lung fades into ground glass; what borders on air-filled lung with more of its surface than this is chest wall,
unless it is as thick as the second depth. These limits part lesions drawn by people from the rest in eight CTs
(33 pieces outside lesions, 8 within)."""
HILUM_MM = 25.0
HILUM_SHARE = 0.3
"""Around trachea and main bronchi such pieces are pulmonary arteries and veins, and lymph nodes."""
AMID_MM = 20.0
AMID_SHARE = 0.65
"""A dense piece in a bay of the lung no wider than 40 mm is lung when lung covers this share of its surface; the heart,
the aorta and the diaphragm's domes fill their bays with tissue behind them."""
FAT_RANGE_HU = (-160, -30)
"""Where the fat of this patient is looked for."""
FAT_WITHIN_HU = 22.0
FAT_SPREAD_HU = 60.0
"""A piece as dense as the patient's fat, and as even, is a fat pad beside the heart; dense lung is uneven."""
EFFUSION_HU = (-12.0, 28.0)
"""Fluid: transudate and exudate measure 0-20 HU (Abramowitz et al., AJR 2009;192:618); consolidated lung 30-60."""
EFFUSION_LOW_HU = -60.0
"""Fluid holds no air: its tenth percentile, noise included, stays above."""
EFFUSION_ML = 20.0


@dataclass(frozen=True, slots=True, eq=False)
class Lungs:
    """Both lungs on the working grid.

    Attributes
    ----------
    labels : (slice, row, column) uint8
        0 background, 1 right (small columns), 2 left.
    aerated : (slice, row, column) bool
        Air-filled lung.
    completed : (slice, row, column) bool
        Dense voxels put back towards the chest wall or amid lung: consolidated lung, or wrongly something else.
    effusion : (slice, row, column) bool
        Homogeneous fluid between lung and wall, left out of the lungs.
    middle : float
        Column of the spine.
    """

    labels: NDArray[np.uint8]
    aerated: NDArray[np.bool_]
    completed: NDArray[np.bool_]
    effusion: NDArray[np.bool_]
    middle: float


def find_lungs(
    hu: NDArray[np.int16],
    body: Body,
    airways: NDArray[np.bool_],
    carina: tuple[int, int, int] | None,
    spacing_mm: Spacing,
    gravity: Gravity = "unknown",
) -> Lungs:
    """Find the lungs.

    Parameters
    ----------
    hu : (slice, row, column) int16
        Working grid, HU.
    body : Body
        The patient.
    airways : (slice, row, column) bool
        Trachea and main bronchi.
    carina : tuple of int or None
        Fork of the trachea.
    spacing_mm : tuple of float
        Along (slice, row, column), mm.
    gravity : {"back", "front", "right", "left", "unknown"}
        Free fluid lies there.
    """
    empty = np.zeros(hu.shape, dtype=bool)
    air = (hu < BORDER_HU) & body.mask & ~airways
    air &= ~_bowel_gas(hu, air, body, carina, spacing_mm)
    aerated = _lung_pieces(hu, air, body, spacing_mm)
    if not aerated.any():
        return Lungs(np.zeros(hu.shape, dtype=np.uint8), empty, empty, empty, hu.shape[2] / 2)
    middle = _middle(hu, body.mask, aerated, carina, spacing_mm)
    sides = split_sides(aerated, middle, spacing_mm)
    labels = _close_each(sides, body.mask & ~airways, spacing_mm)
    dense, effusion = _towards_wall(hu, labels > 0, aerated, body, airways, middle, spacing_mm, gravity)
    column_side = np.where(np.arange(hu.shape[2]) < middle, 1, 2).astype(np.uint8)
    labels = np.where(dense, column_side, labels).astype(np.uint8)
    hilum = dilate_slices(dilate_in_plane(airways, HILUM_MM, spacing_mm), HILUM_MM, spacing_mm)
    amid = _amid_lung(labels, body.mask & ~airways & ~effusion, hilum, spacing_mm)
    labels = np.where((labels == 0) & (amid > 0), amid, labels).astype(np.uint8)
    labels = _close_each(labels, body.mask & ~airways & ~effusion, spacing_mm, radius_mm=4.0)
    return Lungs(labels, aerated, (dense | (amid > 0)) & (labels > 0), effusion, middle)


def _bowel_gas(
    hu: NDArray[np.int16],
    air: NDArray[np.bool_],
    body: Body,
    carina: tuple[int, int, int] | None,
    spacing_mm: Spacing,
) -> NDArray[np.bool_]:
    """Find gas in stomach, bowel and oesophagus: pure air with tissue, not lung, around."""
    out = np.zeros(hu.shape, dtype=bool)
    gas = air & (hu < body.air_hu + GAS_ABOVE_AIR_HU)
    labels, sizes = components(open_in_plane(gas, 1.0, spacing_mm))
    voxel_ml = float(np.prod(spacing_mm)) / 1000.0
    lung_like = (hu > body.air_hu + GAS_ABOVE_AIR_HU) & (hu < -600)
    boxes = ndimage.find_objects(labels.astype(np.int32))
    reach = [int(np.ceil(10.0 / mm)) + 1 for mm in spacing_mm]
    for label in range(1, len(sizes)):
        if sizes[label] * voxel_ml < GAS_CORE_ML or boxes[label - 1] is None:
            break
        box = tuple(slice(max(0, s.start - n), s.stop + n) for s, n in zip(boxes[label - 1], reach, strict=True))
        if carina is not None and box[0].start > carina[0]:
            continue  # bubbles above the fork are bullae or oesophagus: too small to matter
        piece = np.asarray(labels[box] == label)
        away = distance_to_mm(piece, spacing_mm)
        ring = (away > 2.5 * max(spacing_mm[1:])) & (away < 10.0)
        if not ring.any() or float(lung_like[box][ring].mean()) > GAS_RING_LUNG_SHARE:
            continue
        out[box] |= (away < 2.0 * max(spacing_mm[1:])) & air[box]
    return out


def _lung_pieces(hu: NDArray[np.int16], air: NDArray[np.bool_], body: Body, spacing_mm: Spacing) -> NDArray[np.bool_]:
    """Keep the pieces of air that look like lung: content above air, surface along the ribs."""
    voxel_ml = float(np.prod(spacing_mm)) / 1000.0
    labels, sizes = components(air)
    keep = np.zeros(len(sizes), dtype=bool)
    near_bone: NDArray[np.bool_] | None = None
    boxes = ndimage.find_objects(labels.astype(np.int32))
    for label in range(1, len(sizes)):
        volume_ml = float(sizes[label]) * voxel_ml
        if volume_ml < SMALLEST_PIECE_ML:
            break
        box = tuple(slice(max(0, s.start - 1), s.stop + 1) for s in boxes[label - 1])
        piece = np.asarray(labels[box] == label)
        core = erode_in_plane(piece, CORE_MM, spacing_mm)
        if not core.any():
            continue
        if float(np.median(hu[box][core])) < body.air_hu + LUNG_ABOVE_AIR_HU:
            continue
        if near_bone is None:
            near_bone = dilate_in_plane((hu > BONE_HU) & body.mask, RIB_REACH_MM, spacing_mm)
        surface = piece & ~erode_in_plane(piece, 1.0, spacing_mm)
        if float(near_bone[box][surface].mean()) < RIB_SHARE and volume_ml < 0.5 * sizes[1] * voxel_ml:
            continue
        keep[label] = True
    return _near_the_largest(labels, sizes, keep, spacing_mm)


def _near_the_largest(
    labels: NDArray[np.uint32], sizes: NDArray[np.int64], keep: NDArray[np.bool_], spacing_mm: Spacing
) -> NDArray[np.bool_]:
    """Drop small pieces far from the lungs (pharynx, sinuses, bowel low in the belly)."""
    kept = np.flatnonzero(keep)
    if kept.size == 0:
        return np.zeros(labels.shape, dtype=bool)
    large = np.zeros(len(sizes), dtype=bool)
    large[kept] = sizes[kept] >= LARGE_SHARE * sizes[kept[0]]
    if large.sum() < kept.size:
        beside = dilate_slices(dilate_in_plane(large[labels], STRAY_MM, spacing_mm), STRAY_MM, spacing_mm)
        near = np.unique(labels[beside])
        keep = keep & np.isin(np.arange(len(sizes)), near)
    return np.asarray(keep[labels])


def _middle(
    hu: NDArray[np.int16],
    body: NDArray[np.bool_],
    aerated: NDArray[np.bool_],
    carina: tuple[int, int, int] | None,
    spacing_mm: Spacing,
) -> float:
    """Return the column between the lungs: the spine, where most bone lies along the body."""
    columns = np.flatnonzero(body.any(axis=(0, 1)))
    centre = (columns[0] + columns[-1]) / 2
    rows = np.flatnonzero(aerated.any(axis=(0, 2)))
    back = (rows[0] + rows[-1]) // 2
    bone = (hu[:, back:] > BONE_HU) & body[:, back:]
    profile = ndimage.uniform_filter1d(
        bone.sum(axis=(0, 1)).astype(float), max(3, round(25.0 / spacing_mm[2])), mode="constant"
    )
    spine = float(np.argmax(profile)) if profile.max() > 0 else centre
    if carina is not None and abs(carina[2] - spine) * spacing_mm[2] > 45.0:
        return float(carina[2])
    return spine


def _close_each(
    sides: NDArray[np.uint8], allowed: NDArray[np.bool_], spacing_mm: Spacing, *, radius_mm: float = CLOSING_MM
) -> NDArray[np.uint8]:
    """Close each lung for itself, so that nothing between the lungs is filled."""
    out = sides.copy()
    margin = int(np.ceil(radius_mm / min(spacing_mm))) + 2
    for side in (1, 2):
        box = bounding_box(sides == side, margin)
        if box is None:
            continue
        # padded, so that a lung cut by the volume's edge is not closed against nothing
        part = sides[box] == side
        filled = close(part, radius_mm, spacing_mm) | _enclosed(part)
        region = out[box]
        region[filled & allowed[box] & (region == 0)] = side
    return out


def _amid_lung(
    labels: NDArray[np.uint8], allowed: NDArray[np.bool_], hilum: NDArray[np.bool_], spacing_mm: Spacing
) -> NDArray[np.uint8]:
    """Return dense pieces with lung on most sides, with the side they belong to."""
    out = np.zeros(labels.shape, dtype=np.uint8)
    if not hilum.any():
        return out  # without bronchi the vessels at the hilum cannot be told
    voxel_ml = float(np.prod(spacing_mm)) / 1000.0
    margin = int(np.ceil(AMID_MM / min(spacing_mm))) + 2
    for side in (1, 2):
        box = bounding_box(labels == side, margin)
        if box is None:
            continue
        lung = labels[box] == side
        bays = close(lung, AMID_MM, spacing_mm) & ~lung & allowed[box] & (labels[box] == 0)
        pieces, sizes = components(open_in_plane(bays, 0.6 * THINNEST_MM, spacing_mm))
        places = ndimage.find_objects(pieces.astype(np.int32))
        for label in range(1, len(sizes)):
            if sizes[label] * voxel_ml < DENSE_PIECE_ML:
                break
            place = tuple(slice(max(0, at.start - 2), at.stop + 2) for at in places[label - 1])
            piece = np.asarray(pieces[place] == label)
            if float(hilum[box][place][piece].mean()) > HILUM_SHARE:
                continue
            shell = dilate_slices(dilate_in_plane(piece, 1.0, spacing_mm), 1.0, spacing_mm) & ~piece
            if float(lung[place][shell].mean()) >= AMID_SHARE:
                out[box][place][piece] = side
    return out


def _enclosed(lung: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return holes of axial slices that lung closes off above and below too; the liver's dome stays open below."""
    holes = fill_slices(lung) & ~lung
    labels, sizes = components(holes)
    if len(sizes) < 2:
        return holes
    below_is_open = np.zeros(holes.shape, dtype=bool)
    below_is_open[1:] = holes[1:] & ~holes[:-1] & ~lung[:-1]
    below = np.zeros(holes.shape, dtype=bool)
    below[1:] = holes[1:] & ~holes[:-1]
    open_count = np.bincount(labels[below_is_open], minlength=len(sizes))
    count = np.bincount(labels[below], minlength=len(sizes))
    closed = open_count <= 0.35 * np.maximum(count, 1)
    closed[0] = False
    touches = np.unique(labels[0])
    closed[touches] = False
    return np.asarray(closed[labels])


def _dependent(at: NDArray[np.float64], centre: tuple[float, float], gravity: Gravity) -> bool:
    """Tell whether fluid could lie at (slice, row, column), seen from the (row, column) centre of the chest."""
    sides: dict[Gravity, bool] = {
        "back": bool(at[1] > centre[0]),
        "front": bool(at[1] < centre[0]),
        "right": bool(at[2] < centre[1]),
        "left": bool(at[2] > centre[1]),
        "unknown": True,
    }
    return sides[gravity]


def _widened(box: tuple[slice, ...], margin: int) -> Box:
    return (
        box[0],
        slice(max(0, box[1].start - margin), box[1].stop + margin),
        slice(max(0, box[2].start - margin), box[2].stop + margin),
    )


def _fat_hu(hu: NDArray[np.int16], body: NDArray[np.bool_]) -> float:
    """Return the commonest density in the range of fat."""
    low, high = FAT_RANGE_HU
    values = hu[:: max(1, len(hu) // 20)][body[:: max(1, len(hu) // 20)]]
    counts, edges = np.histogram(values, bins=(high - low) // 10, range=(low, high))
    return float(edges[int(np.argmax(counts))] + 5.0)


def _towards_wall(
    hu: NDArray[np.int16],
    lung: NDArray[np.bool_],
    aerated: NDArray[np.bool_],
    body: Body,
    airways: NDArray[np.bool_],
    middle: float,
    spacing_mm: Spacing,
    gravity: Gravity,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return dense lung between lung and ribs, and fluid there."""
    rows = np.flatnonzero(lung.any(axis=(0, 2)))
    weights = lung.sum(axis=(0, 2))[rows]
    centre = (float(np.average(rows, weights=weights)), middle)
    between = dense_towards_wall(hu, lung, body.mask, centre, spacing_mm) & ~lung & ~airways
    dense = open_in_plane(between & (hu < BONE_HU), THINNEST_MM / 2, spacing_mm)
    fat_hu = _fat_hu(hu, body.mask)
    labels, sizes = components(dense)
    voxel_ml = float(np.prod(spacing_mm)) / 1000.0
    keep = np.zeros(len(sizes), dtype=bool)
    fluid = np.zeros(len(sizes), dtype=bool)
    boxes = ndimage.find_objects(labels.astype(np.int32))
    heights = np.flatnonzero(lung.any(axis=(1, 2)))
    apex = heights[-1] - APEX_SHARE * (heights[-1] - heights[0])
    margin = 2 + int(np.ceil(2.0 / min(spacing_mm[1:])))
    for label in range(1, len(sizes)):
        if sizes[label] * voxel_ml < DENSE_PIECE_ML:
            break
        box = _widened(boxes[label - 1], margin)
        piece = np.asarray(labels[box] == label)
        inner_mm = float(distance_inside_mm(piece, (1e3, spacing_mm[1], spacing_mm[2])).max())
        least_mm = (
            DENSE_DEPTH_MM[1] if float(np.mean(np.nonzero(piece)[0])) + box[0].start > apex else DENSE_DEPTH_MM[0]
        )
        shell = dilate_in_plane(piece, 2.0, spacing_mm) & ~piece
        beside_air = float(aerated[box][shell].mean())
        sharp = beside_air > DENSE_BESIDE_AIR
        large = sizes[label] * voxel_ml >= DENSE_LARGE_ML and inner_mm >= 0.5 * DENSE_DEPTH_MM[1] - 1.0
        if not large and inner_mm < (DENSE_DEPTH_MM[1] if sharp else least_mm):
            continue
        core = erode_in_plane(piece, CORE_MM, spacing_mm)
        inside = hu[box][core if core.any() else piece]
        low, first, middle_hu, third = np.percentile(inside, [10, 25, 50, 75])
        if abs(middle_hu - fat_hu) < FAT_WITHIN_HU and third - first < FAT_SPREAD_HU:
            continue
        if beside_air < ORGAN_BESIDE_AIR and low > ORGAN_HU:
            continue
        at = np.argwhere(piece).mean(axis=0) + [s.start for s in box]
        even = EFFUSION_HU[0] < middle_hu < EFFUSION_HU[1] and low > EFFUSION_LOW_HU
        if even and sizes[label] * voxel_ml > EFFUSION_ML and _dependent(at, centre, gravity):
            fluid[label] = True
        else:
            keep[label] = True
    return np.asarray(keep[labels]), np.asarray(fluid[labels])
