"""Fissures on a sagittal plane of each lung, shown only when they are sure enough, with how sure they are."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import scipy.ndimage as ndi
from numpy.typing import NDArray
from PIL import Image

from groundglass.analysis.lobes import SHOWN_CONFIDENCE, FissureName, Lobes, sure_percent
from groundglass.analysis.reading import ChestReading
from groundglass.phrases import Notice
from groundglass.render import canvas, planes
from groundglass.render.canvas import Marks
from groundglass.render.overlay import Plane, draw_plane
from groundglass.render.picture import (
    LUNG_WINDOW,
    RESEARCH_MARK,
    Colour,
    Picture,
    RenderOptions,
    Rgb,
    make_picture,
)
from groundglass.volume import LabelVolume

FISSURE_COLOUR: Colour = (90, 205, 255)
"""Light blue: no lesion has it, and it stands out from grey for colour-blind readers too."""
_LINE_PX = 2.2
_SOFT_MM = 3.0
"""Blur of the lobes' steps, which are those of the working grid, mm."""
_WALL_MM = 12.0
"""Chest wall shown around the lung, mm."""
_EVERY_MM = 6.0
"""Planes between which the one with the longest fissures is chosen, mm apart."""
_TALLEST_PX = 620
"""Picture height: two of them stand side by side on a page."""


@dataclass(frozen=True, slots=True)
class _Side:
    """One lung: its label, the name of its picture, and the captions with and without the horizontal fissure."""

    lung: int
    name: str
    title: str
    oblique: FissureName
    horizontal: FissureName | None


_SIDES = (
    _Side(1, "right", "LOBES R", "right oblique", "right horizontal"),
    _Side(2, "left", "LOBES L", "left oblique", None),
)


def lobe_pictures(
    reading: ChestReading, full: LabelVolume, lobes: Lobes, *, options: RenderOptions | None = None
) -> tuple[Picture, ...]:
    """Draw the fissures of each lung whose lobes may be shown.

    Parameters
    ----------
    reading : ChestReading
        Canonical axial volume with its masks.
    full : LabelVolume
        Lobes that may be shown, on its grid (:func:`groundglass.analysis.lobes.lobes_to_full`).
    lobes : Lobes
        Tell how sure each fissure is.
    options : RenderOptions, optional
        What to draw.

    Returns
    -------
    tuple of Picture
        At most one a lung; none for a lung whose fissures are less sure than ``SHOWN_CONFIDENCE``.

    Raises
    ------
    InputError
        ``GRID_MISMATCH`` if the lobes lie on another grid than the reading.
    """
    options = options or RenderOptions()
    full.geometry.require_same_grid(reading.volume.geometry, what="lobes and volume")
    return tuple(
        _picture(reading, full, lobes, side, options)
        for side in _SIDES
        if side.oblique in lobes.fissures
        and lobes.fissures[side.oblique].confidence >= SHOWN_CONFIDENCE
        and bool(full.array[reading.lungs.array == side.lung].any())
    )


def draw_fissures(rgb: Rgb, lobes: NDArray[np.uint8], spacing_mm: tuple[float, float]) -> None:
    """Draw the borders between lobes, not those of the lung, onto the picture of the same field.

    Parameters
    ----------
    rgb : (row, column, 3) uint8
        Changed in place.
    lobes : (row, column) uint8
        Label of each lobe, 0 outside; any size, stretched over the whole picture.
    spacing_mm : tuple of float
        (row, column) of the labels, mm.
    """
    sigma = [_SOFT_MM / mm for mm in spacing_mm]
    size = (rgb.shape[1], rgb.shape[0])
    softs = {}
    for label in np.unique(lobes[lobes > 0]):
        soft = ndi.gaussian_filter((lobes == label).astype(np.float32), sigma)
        softs[int(label)] = np.asarray(Image.fromarray(soft).resize(size, Image.Resampling.BICUBIC))
    inside = np.asarray(Image.fromarray((lobes > 0).astype(np.float32)).resize(size, Image.Resampling.BILINEAR)) > 0.5
    for a, b in combinations(sorted(softs), 2):
        field = softs[a] - softs[b]
        slope = np.hypot(*np.gradient(field)) + np.float32(1e-4)
        line = np.clip((_LINE_PX + 1) / 2 - np.abs(field) / slope, 0, 1)
        # where neither is near, both are 0 and so is their difference
        line *= inside & (np.minimum(softs[a], softs[b]) > 0.15)
        rgb[:] = (rgb + line[:, :, None] * (np.array(FISSURE_COLOUR, dtype=np.float32) - rgb)).astype(np.uint8)


def _picture(reading: ChestReading, full: LabelVolume, lobes: Lobes, side: _Side, options: RenderOptions) -> Picture:
    geometry = reading.volume.geometry
    own = reading.lungs.array == side.lung
    column = _longest(full, own)
    plane = planes.sagittal(reading, column)
    labels = np.where(own[:, :, column], full.array[:, :, column], 0)[::-1]
    box = _field(own[:, :, column][::-1], plane.spacing_mm)
    bare = Plane(plane.hu, np.zeros_like(plane.labels), plane.spacing_mm).cropped(*box)
    scale = max(bare.size_mm[0] / _TALLEST_PX, bare.size_mm[1] / options.image_width_px)
    rgb = draw_plane(bare, LUNG_WINDOW, scale)
    draw_fissures(rgb, np.asarray(labels[box[0] : box[1], box[2] : box[3]], np.uint8), bare.spacing_mm)
    x_mm = float(geometry.to_mm(np.array([0, 0, column]))[0])
    marks = Marks(
        left="A",
        right="P",
        top="H",
        bottom="F",
        title=side.title,
        detail=f"x {x_mm:+.0f} mm",
        window=f"W {LUNG_WINDOW.width_hu}  L {LUNG_WINDOW.level_hu}",
        footer=RESEARCH_MARK[options.intended_use],
        mm_per_px=scale,
    )
    return make_picture(
        canvas.framed(rgb, marks), name=f"lobes-{side.name}", kind="lobes", caption=_caption(lobes, side)
    )


def _caption(lobes: Lobes, side: _Side) -> Notice:
    oblique = sure_percent(lobes.fissures[side.oblique].confidence)
    if side.horizontal is None:
        return Notice("picture_lobes_left", {"oblique": oblique}, "info")
    level = lobes.fissures[side.horizontal].confidence
    if level < SHOWN_CONFIDENCE:
        return Notice("picture_lobes_right_oblique", {"oblique": oblique}, "info")
    return Notice("picture_lobes_right", {"oblique": oblique, "horizontal": sure_percent(level)}, "info")


def _longest(full: LabelVolume, own: NDArray[np.bool_]) -> int:
    """Return the column in which the borders between lobes are longest."""
    columns = np.flatnonzero(own.any(axis=(0, 1)))
    step = max(1, round(_EVERY_MM / full.geometry.spacing_mm[2]))
    best, most = int(columns[len(columns) // 2]), 0
    for column in columns[::step]:
        labels = np.where(own[:, :, column], full.array[:, :, column], 0)
        upper, lower = labels[1:], labels[:-1]
        length = int(np.count_nonzero((upper != lower) & (upper > 0) & (lower > 0)))
        if length > most:
            best, most = int(column), length
    return best


def _field(lung: NDArray[np.bool_], spacing_mm: tuple[float, float]) -> tuple[int, int, int, int]:
    """Return top, bottom, left, right of the lung with some chest wall around it."""
    out = []
    for axis in (0, 1):
        hits = np.flatnonzero(lung.any(axis=1 - axis))
        margin = round(_WALL_MM / spacing_mm[axis])
        out += [max(0, int(hits[0]) - margin), min(lung.shape[axis], int(hits[-1]) + 1 + margin)]
    return out[0], out[1], out[2], out[3]
