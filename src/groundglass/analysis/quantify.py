"""Figures counted on the masks that are written: what stands in result.json can be recounted from the files.

Everything is counted slice by slice in whole voxels, so the result does not depend on memory, order or threads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, cast

import cc3d
import numpy as np
from numpy.typing import NDArray

from groundglass.analysis.morphology import Box, bounding_box
from groundglass.analysis.result import (
    InvolvementSection,
    LesionItem,
    LesionKind,
    LesionsSection,
    LungsSection,
    Side,
    SliceRow,
    Zone,
    ZonesSection,
)
from groundglass.volume import LabelVolume, Volume

MOSCOW_HU = (-700, -130)
"""Range of the lesion masks of COVID19_1110 (its readme, 28.04.2020)."""
SMALLEST_ITEM_ML = 0.05
"""Smaller pieces count in every volume but are not listed: 2 mm voxels hold 0.008 ml, so this is some six of them."""
MIXED_SHARE = 0.1
"""A lesion with at least this share of both kinds is called mixed."""
SIDE_SHARE = 0.9
"""A lesion lies in one lung when at least this share of it does, in both otherwise."""

CHUNK_VOXELS = 8_000_000
"""Voxels looked at together: bounds the memory of the index arrays to some 200 MB."""

_RIGHT, _LEFT, _UNKNOWN = 1, 2, 3
_ZONES: tuple[Zone, ...] = ("upper", "middle", "lower")


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Voxels of the full grid, counted once.

    Attributes
    ----------
    voxels : (slice, side, zone, kind) int64
        Lung voxels; side 0..3 as the lung labels, zone 0..3, kind 0 healthy, 1 ground glass, 2 consolidation.
    hu : (slice, side) int64
        Sum of HU over the lungs.
    moscow : int
        Lesion voxels within :data:`MOSCOW_HU`.
    """

    voxels: NDArray[np.int64]
    hu: NDArray[np.int64]
    moscow: int


def count(
    volume: Volume, lungs: LabelVolume, lesions: LabelVolume, zones: NDArray[np.uint8], blocks: tuple[int, int, int]
) -> Counts:
    """Count the voxels of each slice by side, zone and kind.

    Parameters
    ----------
    volume : Volume
        HU.
    lungs, lesions : LabelVolume
        On the grid of ``volume``.
    zones : (slice, row, column) uint8
        On the working grid: 1 upper, 2 middle, 3 lower.
    blocks : tuple of int
        Full voxels a working voxel along (slice, row, column).

    Raises
    ------
    InputError
        ``GRID_MISMATCH`` if the grids differ.
    """
    volume.geometry.require_same_grid(lungs.geometry, what="picture and lungs")
    volume.geometry.require_same_grid(lesions.geometry, what="picture and lesions")
    depth = volume.geometry.shape[0]
    voxels = np.zeros((depth, 4, 4, 3), dtype=np.int64)
    hu_sums = np.zeros((depth, 4), dtype=np.int64)
    moscow = 0
    box = bounding_box(_nonzero(lungs))
    if box is None:
        return Counts(voxels, hu_sums, 0)
    rows = np.arange(box[1].start, box[1].stop) // blocks[1]
    columns = np.arange(box[2].start, box[2].stop) // blocks[2]
    planes: dict[int, NDArray[np.uint8]] = {}
    for k in range(box[0].start, box[0].stop):
        coarse = min(k // blocks[0], len(zones) - 1)
        if coarse not in planes:
            planes = {coarse: zones[coarse][np.ix_(rows, columns)] * np.uint8(3)}
        lung, kind = lungs.array[k, box[1], box[2]], lesions.array[k, box[1], box[2]]
        inside = lung > 0
        # side 0 is outside, so that its counts are thrown away
        code = np.where(inside, lung * np.uint8(12) + planes[coarse] + kind, np.uint8(0))
        voxels[k] = np.bincount(code.ravel(), minlength=48).reshape(4, 4, 3)
        hu = volume.array[k, box[1], box[2]]
        for side in (_RIGHT, _LEFT, _UNKNOWN):
            if voxels[k, side].any():
                hu_sums[k, side] = hu[lung == side].sum(dtype=np.int64)
        if kind.any():
            dense = hu[kind > 0]
            moscow += int(np.count_nonzero((dense >= MOSCOW_HU[0]) & (dense <= MOSCOW_HU[1])))
    voxels[:, 0] = 0
    return Counts(voxels, hu_sums, moscow)


def lung_figures(counts: Counts, voxel_ml: float, method: str) -> LungsSection | None:
    """Return the volumes of the lungs; None where there are none."""
    by_side = counts.voxels.sum(axis=(0, 2, 3))
    total = int(by_side.sum())
    if total == 0:
        return None
    sided = by_side[_UNKNOWN] == 0
    return LungsSection(
        total_volume_ml=total * voxel_ml,
        right_volume_ml=float(by_side[_RIGHT] * voxel_ml) if sided else None,
        left_volume_ml=float(by_side[_LEFT] * voxel_ml) if sided else None,
        mean_hu=int(counts.hu.sum()) / total,
        method=method,
    )


def involvement(counts: Counts, interval: tuple[float, float]) -> InvolvementSection | None:
    """Return the share of the lungs that is lesion; None where there are no lungs."""
    voxels = counts.voxels.sum(axis=0)
    if voxels.sum() == 0:
        return None
    percent = _percent(voxels)
    sided = voxels[_UNKNOWN].sum() == 0
    right = _percent(voxels[_RIGHT]) if sided else None
    left = _percent(voxels[_LEFT]) if sided else None
    sides = [p for p in (right, left) if p is not None]
    zones = [_percent(voxels[side, zone]) if sided else None for side in (_RIGHT, _LEFT) for zone in (1, 2, 3)]
    return InvolvementSection(
        percent=percent if percent is not None else 0.0,
        interval=interval,
        right_percent=right,
        left_percent=left,
        worse_lung_percent=max(sides) if sides else None,
        zones=ZonesSection(*zones),
    )


@dataclass(frozen=True, slots=True)
class RegionFigures:
    """Figures of one lung, or of one of its zones.

    Attributes
    ----------
    side : {"right", "left"}
        Lung.
    zone : {"upper", "middle", "lower"} or None
        None for the whole lung.
    lung_ml, ground_glass_ml, consolidation_ml : float
        Volumes; the voxels at the very rim of a lung, some 1 %, belong to no zone.
    mean_hu : float
        Of all lung in the region; of a zone, over its slices.
    """

    side: Literal["right", "left"]
    zone: Zone | None
    lung_ml: float
    ground_glass_ml: float
    consolidation_ml: float
    mean_hu: float


def region_figures(counts: Counts, voxel_ml: float) -> tuple[RegionFigures, ...]:
    """Return the figures of each lung and each zone; none where the sides are not known.

    Parameters
    ----------
    counts : Counts
        Of lungs and lesions.
    voxel_ml : float
        Volume of a voxel.
    """
    if counts.voxels[:, _UNKNOWN].any():
        return ()
    by_zone = counts.voxels.sum(axis=(1, 3))[:, 1:]
    zone_of_slice = np.where(by_zone.any(axis=1), by_zone.argmax(axis=1), -1)
    sides: tuple[tuple[int, Literal["right", "left"]], ...] = ((_RIGHT, "right"), (_LEFT, "left"))
    found = []
    for side, name in sides:
        lung = counts.voxels[:, side]
        places: list[tuple[Zone | None, NDArray[np.int64], NDArray[np.bool_]]] = [
            (None, lung.sum(axis=(0, 1)), np.ones(len(lung), dtype=np.bool_))
        ]
        places += [(zone, lung[:, n + 1].sum(axis=0), zone_of_slice == n) for n, zone in enumerate(_ZONES)]
        for place, kinds, slices in places:
            number = int(lung[slices].sum())
            if kinds.sum() == 0 or number == 0:
                continue
            found.append(
                RegionFigures(
                    side=name,
                    zone=place,
                    lung_ml=float(kinds.sum() * voxel_ml),
                    ground_glass_ml=float(kinds[1] * voxel_ml),
                    consolidation_ml=float(kinds[2] * voxel_ml),
                    mean_hu=int(counts.hu[slices, side].sum()) / number,
                )
            )
    return tuple(found)


def lesion_figures(
    volume: Volume,
    lungs: LabelVolume,
    lesions: LabelVolume,
    counts: Counts,
    *,
    zones: NDArray[np.uint8],
    blocks: tuple[int, int, int],
    scores: NDArray[np.float32] | None = None,
) -> LesionsSection:
    """Return volumes of the lesions, and each connected one.

    Parameters
    ----------
    volume, lungs, lesions, zones, blocks
        As for :func:`count`.
    counts : Counts
        Of the same masks.
    scores : (slice, row, column) float32 or None
        0..1 on the working grid: how sure a lesion is; an item's score is its mean. None scores by volume alone.
    """
    voxel_ml = volume.geometry.voxel_ml
    by_kind = counts.voxels.sum(axis=(0, 1, 2))
    lung_voxels = int(counts.voxels.sum())
    box = bounding_box(_nonzero(lesions))
    items: tuple[LesionItem, ...] = ()
    if box is not None:
        items = _items(volume, lungs, lesions, box, lung_voxels, zones, blocks, scores)
    return LesionsSection(
        total_volume_ml=float((by_kind[1] + by_kind[2]) * voxel_ml),
        ground_glass_ml=float(by_kind[1] * voxel_ml),
        consolidation_ml=float(by_kind[2] * voxel_ml),
        moscow_ml=counts.moscow * voxel_ml,
        items=items,
    )


def slice_rows(volume: Volume, counts: Counts, scores: NDArray[np.float64]) -> tuple[SliceRow, ...]:
    """Return one row a slice, feet to head; ``position_mm`` runs along the slice normal.

    Parameters
    ----------
    volume : Volume
        HU.
    counts : Counts
        Of its masks.
    scores : (slice,) float64
        0..1, that the slice shows a lesion.
    """
    geometry = volume.geometry
    normal = geometry.cosines[:, 0]
    first = float(geometry.origin_mm @ normal)
    lung = counts.voxels.sum(axis=(1, 2, 3))
    lesion = counts.voxels[..., 1:].sum(axis=(1, 2, 3))
    return tuple(
        SliceRow(
            index=k,
            position_mm=first + k * geometry.spacing_mm[0],
            sop_uid=None,
            lung_ml=float(lung[k] * geometry.voxel_ml),
            involvement_percent=100.0 * float(lesion[k]) / float(lung[k]) if lung[k] else 0.0,
            score=float(scores[k]),
        )
        for k in range(len(lung))
    )


def _nonzero(labels: LabelVolume) -> NDArray[np.bool_]:
    # a comparison would copy the whole volume, and any label counts as true
    return cast("NDArray[np.bool_]", labels.array)


def _percent(voxels: NDArray[np.int64]) -> float | None:
    total = int(voxels.sum())
    return 100.0 * float(voxels[..., 1:].sum()) / total if total else None


def _items(
    volume: Volume,
    lungs: LabelVolume,
    lesions: LabelVolume,
    box: Box,
    lung_voxels: int,
    zones: NDArray[np.uint8],
    blocks: tuple[int, int, int],
    scores: NDArray[np.float32] | None,
) -> tuple[LesionItem, ...]:
    voxel_ml = volume.geometry.voxel_ml
    labels: NDArray[Any] = cc3d.connected_components(
        np.ascontiguousarray(lesions.array[box]), connectivity=26, binary_image=True, out_dtype=np.uint32
    )
    shapes: dict[str, Any] = dict(cc3d.statistics(labels))
    number = len(shapes["voxel_counts"]) - 1
    table = np.zeros((number + 1, 4, 4, 3), dtype=np.int64)
    sums = np.zeros((2, number + 1))  # HU, score
    step = max(1, CHUNK_VOXELS // labels[0].size)
    for low in range(0, len(labels), step):
        part = labels[low : low + step]
        where = np.nonzero(part)
        label = part[where].astype(np.int64)
        full = tuple(index + side.start for index, side in zip((where[0] + low, *where[1:]), box, strict=True))
        coarse = tuple(
            np.minimum(index // block, size - 1) for index, block, size in zip(full, blocks, zones.shape, strict=True)
        )
        code = (label * 4 + lungs.array[full]) * 12 + zones[coarse] * np.uint8(3) + lesions.array[full]
        table += np.bincount(code, minlength=table.size).reshape(table.shape)
        score = scores[coarse] if scores is not None else np.ones(len(label))
        for total, weight in zip(sums, (volume.array[full], score), strict=True):
            total += np.bincount(label, weights=weight, minlength=number + 1)
    volumes = table.sum(axis=(1, 2, 3))
    order = [int(n) for n in np.argsort(-volumes, kind="stable") if n and volumes[n] * voxel_ml >= SMALLEST_ITEM_ML]
    items = []
    for rank, n in enumerate(order, start=1):
        start = [side.start for side in box]
        centre = volume.geometry.to_mm(np.asarray(shapes["centroids"][n], dtype=np.float64) + start)
        sides = [
            (side.start + low, side.stop + low) for side, low in zip(shapes["bounding_boxes"][n], start, strict=True)
        ]
        items.append(
            LesionItem(
                id=rank,
                kind=_kind(table[n].sum(axis=(0, 1))),
                side=_side(table[n].sum(axis=(1, 2))),
                zone=_zone(table[n].sum(axis=(0, 2))),
                volume_ml=float(volumes[n] * voxel_ml),
                percent_of_lungs=100.0 * float(volumes[n]) / lung_voxels,
                mean_hu=float(sums[0, n] / volumes[n]),
                box=(_three([a for a, _ in sides]), _three([b for _, b in sides])),
                centre_mm=(float(centre[0]), float(centre[1]), float(centre[2])),
                score=float(min(1.0, max(0.0, sums[1, n] / volumes[n]))),
            )
        )
    return tuple(items)


def _three(index: list[Any]) -> tuple[int, int, int]:
    return int(index[0]), int(index[1]), int(index[2])


def _kind(kinds: NDArray[np.int64]) -> LesionKind:
    dense = float(kinds[2]) / float(kinds[1:].sum())
    if dense < MIXED_SHARE:
        return "ground_glass"
    return "consolidation" if dense > 1 - MIXED_SHARE else "mixed"


def _side(sides: NDArray[np.int64]) -> Side:
    right, left = int(sides[_RIGHT]), int(sides[_LEFT])
    if sides[_UNKNOWN] or right + left == 0:
        return "unknown"
    if right >= SIDE_SHARE * (right + left):
        return "right"
    return "left" if left >= SIDE_SHARE * (right + left) else "both"


def _zone(zones: NDArray[np.int64]) -> Zone | None:
    return _ZONES[int(zones[1:].argmax())] if zones[1:].any() else None
