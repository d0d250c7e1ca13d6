"""Lesions marked on a plane: contours along the mask's edge, rectangles around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.ndimage as ndi
from numpy.typing import NDArray
from PIL import Image

from groundglass.render.picture import (
    BOX_COLOUR,
    CONSOLIDATION_COLOUR,
    GROUND_GLASS_COLOUR,
    Colour,
    Rgb,
    Window,
    to_grey,
)

_CONTOUR_PX = 1.9  # thin, yet legible when a page shows the picture at half its size
_DASH_PX = 9
_BOX_MARGIN_MM = 4.0  # the line must not touch what it points at
_BOX_LEAST_MM2 = 25.0  # 5 mm by 5 mm: a rectangle around less hides more than it shows
_BOX_LINE_PX = 2


@dataclass(frozen=True, slots=True)
class Plane:
    """A plane of the volume, as it will lie on the screen.

    Attributes
    ----------
    hu : (row, column) int16 or float32
        HU, row 0 at the top of the screen.
    labels : (row, column) uint8
        0, 1 ground glass, 2 consolidation.
    spacing_mm : tuple of float
        (row, column), mm.
    """

    hu: NDArray[np.generic]
    labels: NDArray[np.uint8]
    spacing_mm: tuple[float, float]

    def cropped(self, top: int, bottom: int, left: int, right: int) -> Plane:
        """Return the part between the half-open bounds."""
        part = (slice(top, bottom), slice(left, right))
        return Plane(self.hu[part], self.labels[part], self.spacing_mm)

    @property
    def size_mm(self) -> tuple[float, float]:
        """Height and width, mm."""
        return self.hu.shape[0] * self.spacing_mm[0], self.hu.shape[1] * self.spacing_mm[1]

    def size_px(self, mm_per_px: float) -> tuple[int, int]:
        """Height and width on the screen, pixels."""
        height, width = self.size_mm
        return max(1, round(height / mm_per_px)), max(1, round(width / mm_per_px))


def draw_plane(plane: Plane, window: Window, mm_per_px: float, *, boxes: bool = False) -> Rgb:
    """Draw the plane with square pixels, lesions outlined.

    Parameters
    ----------
    plane : Plane
        What is drawn.
    window : Window
        Display window.
    mm_per_px : float
        Size of a pixel of the picture, mm.
    boxes : bool
        Also draw red rectangles around lesions.

    Returns
    -------
    (row, column, 3) uint8
    """
    height, width = plane.size_px(mm_per_px)
    grey = Image.fromarray(to_grey(plane.hu, window)).resize((width, height), Image.Resampling.BICUBIC)
    rgb = np.repeat(np.asarray(grey)[:, :, None], 3, axis=2)
    if boxes:
        for box in lesion_boxes(plane):
            _draw_box(rgb, box, plane)
    draw_contours(rgb, plane.labels)
    return rgb


def draw_contours(rgb: Rgb, labels: NDArray[np.uint8]) -> None:
    """Draw the edges of ground glass (solid) and consolidation (dashed) onto the picture of the same field.

    Parameters
    ----------
    rgb : (row, column, 3) uint8
        Changed in place.
    labels : (row, column) uint8
        0, 1 ground glass, 2 consolidation; any size, stretched over the whole picture.
    """
    if not labels.any():
        return
    _draw_edge(rgb, labels > 0, GROUND_GLASS_COLOUR, dashed=False)
    if (labels == 2).any():
        _draw_edge(rgb, labels == 2, CONSOLIDATION_COLOUR, dashed=True)


def _draw_edge(rgb: Rgb, mask: NDArray[np.bool_], colour: Colour, *, dashed: bool) -> None:
    height, width = rgb.shape[:2]
    scale = (height / mask.shape[0], width / mask.shape[1])
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, bottom = max(0, rows[0] - 3), min(mask.shape[0], rows[-1] + 4)
    left, right = max(0, columns[0] - 3), min(mask.shape[1], columns[-1] + 4)
    y0, y1 = round(top * scale[0]), round(bottom * scale[0])
    x0, x1 = round(left * scale[1]), round(right * scale[1])
    # A mask is 0 or 1; smoothed by less than a voxel its half-way line is the contour, and value over slope is the
    # distance to it: a thin line without stairs.
    soft = ndi.gaussian_filter(mask[top:bottom, left:right].astype(np.float32), 0.7, mode="nearest")
    box = (x0 / scale[1] - left, y0 / scale[0] - top, x1 / scale[1] - left, y1 / scale[0] - top)
    box = (max(0.0, box[0]), max(0.0, box[1]), min(float(right - left), box[2]), min(float(bottom - top), box[3]))
    stretched = Image.fromarray(soft).resize((x1 - x0, y1 - y0), Image.Resampling.BICUBIC, box=box)
    field = np.asarray(np.asarray(stretched) - np.float32(0.5))
    wide = np.pad(field, 1, mode="edge")
    slope_y, slope_x = (wide[2:, 1:-1] - wide[:-2, 1:-1]) / 2, (wide[1:-1, 2:] - wide[1:-1, :-2]) / 2
    slope = np.sqrt(slope_x * slope_x + slope_y * slope_y) + np.float32(1e-4)
    alpha = np.clip((_CONTOUR_PX + 1) / 2 - np.abs(field) / slope, 0, 1)
    if dashed:
        diagonal = np.add.outer(np.arange(field.shape[0]), np.arange(field.shape[1]))
        alpha *= (diagonal // _DASH_PX) % 2 == 0
    part = rgb[y0:y1, x0:x1]
    part[:] = (part + alpha[:, :, None] * (np.array(colour, dtype=np.float32) - part)).astype(np.uint8)


def lesion_boxes(plane: Plane) -> tuple[tuple[int, int, int, int], ...]:
    """Return rectangles around the lesions of a plane.

    Lesions whose rectangles touch share one; specks under 25 mm2 get none (the contour still shows them).

    Returns
    -------
    tuple of (top, left, bottom, right)
        Half-open, in voxels of the plane, with a margin of 4 mm, inside the plane.
    """
    found, _ = ndi.label(plane.labels > 0)
    area_mm2 = plane.spacing_mm[0] * plane.spacing_mm[1]
    counts = np.bincount(found.ravel())
    margin = [max(1, round(_BOX_MARGIN_MM / s)) for s in plane.spacing_mm]
    boxes: list[tuple[int, int, int, int]] = []
    for number, place in enumerate(ndi.find_objects(found), start=1):
        if counts[number] * area_mm2 < _BOX_LEAST_MM2:
            continue
        rows, columns = place
        boxes.append(
            (
                max(0, rows.start - margin[0]),
                max(0, columns.start - margin[1]),
                min(plane.labels.shape[0], rows.stop + margin[0]),
                min(plane.labels.shape[1], columns.stop + margin[1]),
            )
        )
    return tuple(_merged(boxes))


def _merged(boxes: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """Unite rectangles that overlap until none do."""
    waiting = list(boxes)
    done: list[tuple[int, int, int, int]] = []
    while waiting:
        a = waiting.pop()
        touching = [b for b in (*waiting, *done) if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]]
        if not touching:
            done.append(a)
            continue
        waiting, done = [b for b in waiting if b not in touching], [b for b in done if b not in touching]
        group = [a, *touching]
        waiting.append(
            (min(b[0] for b in group), min(b[1] for b in group), max(b[2] for b in group), max(b[3] for b in group))
        )
    return sorted(done)


def _draw_box(rgb: Rgb, box: tuple[int, int, int, int], plane: Plane) -> None:
    scale_y, scale_x = rgb.shape[0] / plane.hu.shape[0], rgb.shape[1] / plane.hu.shape[1]
    top, left = round(box[0] * scale_y), round(box[1] * scale_x)
    bottom, right = round(box[2] * scale_y), round(box[3] * scale_x)
    line = _BOX_LINE_PX
    rgb[top : top + line, left:right] = BOX_COLOUR
    rgb[max(0, bottom - line) : bottom, left:right] = BOX_COLOUR
    rgb[top:bottom, left : left + line] = BOX_COLOUR
    rgb[top:bottom, max(0, right - line) : right] = BOX_COLOUR
