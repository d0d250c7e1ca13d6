"""All pictures of one reading."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image, ImageDraw

from groundglass.analysis.reading import ChestReading
from groundglass.phrases import Notice
from groundglass.render import canvas, levels, lungs3d, planes
from groundglass.render.canvas import Marks
from groundglass.render.levels import KeyLevel, Profile
from groundglass.render.lobes import lobe_pictures
from groundglass.render.overlay import Plane, draw_plane
from groundglass.render.picture import (
    DIM_COLOUR,
    LUNG_WINDOW,
    MARK_COLOUR,
    MINIP_WINDOW,
    MIP_WINDOW,
    RESEARCH_MARK,
    Picture,
    RenderOptions,
    Rgb,
    Window,
    make_picture,
)

_WALL_MM = 32.0
"""Chest wall shown around the lungs, mm: ribs, spine and axillae are needed for orientation."""
_TALLEST_PX = 760
"""A picture higher than wide is scaled by its height, so that it fits a screen."""
_GAP_PX = 14

Box = tuple[slice, slice, slice]


def pictures(reading: ChestReading, *, options: RenderOptions | None = None) -> tuple[Picture, ...]:
    """Draw every picture of a reading: key slices, reformats, projections, the lungs in space.

    Parameters
    ----------
    reading : ChestReading
        Canonical axial volume with its masks.
    options : RenderOptions, optional
        What to draw.

    Returns
    -------
    tuple of Picture
        Key slices head to feet, coronal, sagittal, MIP, MinIP, 3D, and at most one of each lung with its lobes.
        Without any lung only one axial slice.
    """
    options = options or RenderOptions()
    areas = levels.profile(reading.lungs, reading.lesions)
    box = _field(areas, reading)
    chosen = levels.key_levels(areas, reading, wanted=options.key_slices, gap_mm=options.key_slice_gap_mm)
    with ThreadPoolExecutor(1) as pool:
        # The view in space takes as long as all the others together.
        space = None if areas.lung_box is None else pool.submit(_in_space, reading, areas.lung_box, areas, options)
        drawn = [_key_slice(reading, key, n, box, areas, options) for n, key in enumerate(reversed(chosen), start=1)]
        if space is None:
            return tuple(drawn)
        drawn.append(_coronal(reading, areas, box, options))
        drawn.append(_sagittal(reading, areas, box, options))
        drawn.append(_slab(reading, areas, box, options, darkest=False))
        drawn.append(_slab(reading, areas, box, options, darkest=True))
        drawn.append(space.result())
    if reading.lobes is not None and reading.lobes.full is not None:
        drawn += lobe_pictures(reading, reading.lobes.full, reading.lobes.lobes, options=options)
    return tuple(drawn)


def _field(areas: Profile, reading: ChestReading) -> Box:
    """Return the lungs with some chest wall around them, or everything where there is no lung."""
    shape, spacing = reading.volume.geometry.shape, reading.volume.geometry.spacing_mm
    if areas.lung_box is None:
        return slice(0, shape[0]), slice(0, shape[1]), slice(0, shape[2])
    out = []
    for part, length, mm in zip(areas.lung_box, shape, spacing, strict=True):
        margin = round(_WALL_MM / mm)
        out.append(slice(max(0, part.start - margin), min(length, part.stop + margin)))
    return out[0], out[1], out[2]


def _sides(reading: ChestReading) -> tuple[str, str]:
    return ("R", "L") if reading.volume.geometry.sided else ("?", "?")


def _window(window: Window) -> str:
    return f"W {window.width_hu}  L {window.level_hu}"


def _scale(plane: Plane, width_px: int) -> float:
    """Return mm a pixel so that the plane is as wide as wanted and not too tall."""
    height, width = plane.size_mm
    return max(width / width_px, height / _TALLEST_PX)


def _key_slice(
    reading: ChestReading, key: KeyLevel, number: int, box: Box, areas: Profile, options: RenderOptions
) -> Picture:
    index = key.index
    geometry = reading.volume.geometry
    plane = planes.axial(reading, index).cropped(box[1].start, box[1].stop, box[2].start, box[2].stop)
    scale = _scale(plane, options.image_width_px)
    position_mm = _position_mm(reading, index)
    right, left = _sides(reading)
    lung_mm2 = areas.lung_by_slice[index]
    percent = 100 * areas.lesion_by_slice[index] / lung_mm2 if lung_mm2 else 0.0
    involved = bool(plane.labels.any())
    marks = Marks(
        left=right,
        right=left,
        top="A",
        bottom="P",
        title=f"AXIAL  {index + 1}/{geometry.shape[0]}",
        detail=f"{position_mm:+.0f} mm   increment {geometry.spacing_mm[0]:.2g} mm",
        window=_window(LUNG_WINDOW),
        footer=RESEARCH_MARK[options.intended_use],
        mm_per_px=scale,
        legend=involved,
        boxes=involved,
    )
    rgb = canvas.framed(draw_plane(plane, LUNG_WINDOW, scale, boxes=True), marks)
    values: dict[str, str | int | float] = {
        "slice": index + 1,
        "slices": geometry.shape[0],
        "position_mm": round(position_mm),
    }
    if involved:
        caption = Notice("picture_key_slice", {**values, "percent": f"{percent:.1f}"}, "info")
    else:
        caption = Notice(f"picture_level_{key.level}", values, "info")
    return make_picture(rgb, name=f"key-slice-{number:02d}", kind="key_slice", caption=caption, slice_index=index)


def _position_mm(reading: ChestReading, index: int) -> float:
    for row in reading.slices:
        if row.index == index:
            return row.position_mm
    geometry = reading.volume.geometry
    return float(geometry.to_mm(np.array([index, 0, 0])) @ geometry.cosines[:, 0])


def _coronal(reading: ChestReading, areas: Profile, box: Box, options: RenderOptions) -> Picture:
    row = levels.most_involved(areas.lesion_by_row, areas.lung_by_row)
    plane = planes.coronal(reading, row)
    plane = _upright(plane, box[0], box[2])
    scale = _scale(plane, options.image_width_px)
    right, left = _sides(reading)
    marks = _marks("CORONAL", _place(reading, row, 1), LUNG_WINDOW, (right, left, "H", "F"), scale, options, plane)
    rgb = canvas.framed(draw_plane(plane, LUNG_WINDOW, scale), marks)
    code = "picture_coronal" if areas.lesion_by_row.any() else "picture_coronal_clear"
    return make_picture(rgb, name="coronal", kind="coronal", caption=Notice(code, {}, "info"))


def _sagittal(reading: ChestReading, areas: Profile, box: Box, options: RenderOptions) -> Picture:
    column = levels.most_involved(areas.lesion_by_column, areas.lung_by_column)
    plane = _upright(planes.sagittal(reading, column), box[0], box[1])
    scale = _scale(plane, options.image_width_px)
    side = _side_of(reading, column)
    title = {"right": "SAGITTAL R", "left": "SAGITTAL L", "unknown": "SAGITTAL"}[side]
    marks = _marks(title, _place(reading, column, 2), LUNG_WINDOW, ("A", "P", "H", "F"), scale, options, plane)
    rgb = canvas.framed(draw_plane(plane, LUNG_WINDOW, scale), marks)
    return make_picture(rgb, name="sagittal", kind="sagittal", caption=Notice(f"picture_sagittal_{side}", {}, "info"))


def _place(reading: ChestReading, index: int, axis: int) -> str:
    """Return where a coronal (axis 1) or sagittal (axis 2) plane lies, in the coordinates of the scanner, mm."""
    geometry = reading.volume.geometry
    at = np.zeros(3)
    at[axis] = index
    along = int(np.argmax(np.abs(geometry.cosines[:, axis])))
    return f"{'xyz'[along]} {geometry.to_mm(at)[along]:+.0f} mm"


def _side_of(reading: ChestReading, column: int) -> str:
    if not reading.volume.geometry.sided:
        return "unknown"
    plane = reading.lungs.array[:, :, column]
    right, left = int((plane == 1).sum()), int((plane == 2).sum())
    return "unknown" if right == left else "right" if right > left else "left"


def _slab(reading: ChestReading, areas: Profile, box: Box, options: RenderOptions, *, darkest: bool) -> Picture:
    geometry = reading.volume.geometry
    wanted_mm = options.minip_slab_mm if darkest else options.slab_mm
    airway_row = _airway_row(reading) if darkest else None
    centre = airway_row if airway_row is not None else levels.most_involved(areas.lesion_by_row, areas.lung_by_row)
    rows = planes.slab_rows(geometry, centre, wanted_mm)
    depth_mm = round((rows.stop - rows.start) * geometry.spacing_mm[1])
    slab = planes.coronal_slab(reading, rows, darkest=darkest, box=box)
    window = MINIP_WINDOW if darkest else MIP_WINDOW
    plane = Plane(slab.best, np.zeros(slab.best.shape, np.uint8), slab.spacing_mm)
    scale = _scale(plane, options.image_width_px)
    height, width = plane.size_px(scale)
    grey = Image.fromarray(planes.slab_grey(slab, window))
    stretched = np.asarray(grey.resize((width, height), Image.Resampling.BICUBIC))
    right, left = _sides(reading)
    name = "MinIP" if darkest else "MIP"
    marks = _marks(f"{name} CORONAL", f"slab {depth_mm} mm", window, (right, left, "H", "F"), scale, options, plane)
    image = np.repeat(stretched[:, :, None], 3, axis=2)
    caption = Notice("picture_minip" if darkest else "picture_mip", {"slab_mm": depth_mm}, "info")
    return make_picture(
        canvas.framed(image, marks),
        name=f"{name.lower()}-coronal",
        kind="minip" if darkest else "mip",
        caption=caption,
        wordless=None if darkest else canvas.framed(image, marks.wordless()),
    )


def _airway_row(reading: ChestReading) -> int | None:
    """Return the row of the carina, or of the airways' middle; None without airways."""
    step = levels.strides(reading.volume.geometry.spacing_mm)
    carina = levels.carina_slice(reading)
    if carina is not None:
        filled = np.flatnonzero(reading.airways.array[carina].any(axis=1))
        return int(filled.mean())
    by_row = reading.airways.array[:: step[0], :, :: step[2]].any(axis=(0, 2))
    filled = np.flatnonzero(by_row)
    return int(filled.mean()) if filled.size else None


def _upright(plane: Plane, slices: slice, across: slice) -> Plane:
    """Cut a plane whose rows run head to feet to the field shown."""
    count = plane.hu.shape[0]
    return plane.cropped(count - slices.stop, count - slices.start, across.start, across.stop)


def _marks(
    title: str,
    detail: str,
    window: Window,
    edges: tuple[str, str, str, str],
    scale: float,
    options: RenderOptions,
    plane: Plane,
) -> Marks:
    left, right, top, bottom = edges
    return Marks(
        left=left,
        right=right,
        top=top,
        bottom=bottom,
        title=title,
        detail=detail,
        window=_window(window),
        footer=RESEARCH_MARK[options.intended_use],
        mm_per_px=scale,
        legend=bool(plane.labels.any()),
    )


def _in_space(reading: ChestReading, lung_box: Box, areas: Profile, options: RenderOptions) -> Picture:
    """Put the four views into one picture, two by two, with their marks."""
    shape, spacing = reading.volume.geometry.shape, reading.volume.geometry.spacing_mm
    top = min(shape[0], lung_box[0].stop + round(30.0 / spacing[0]))  # a piece of the trachea above the apices
    views, scale = lungs3d.lung_views(reading, (slice(lung_box[0].start, top), lung_box[1], lung_box[2]))
    width = max(v.rgb.shape[1] for v in views)
    height = views[0].rgb.shape[0]
    cell = (height + 34, width + 2 * 26)
    bottom_px = 46
    total = (2 * cell[0] + _GAP_PX + bottom_px, 2 * cell[1] + _GAP_PX)

    def sheet(words: bool) -> Rgb:
        drawn = Image.new("RGB", (total[1], total[0]), (11, 15, 22))
        draw = ImageDraw.Draw(drawn)
        for number, view in enumerate(views):
            y = (number // 2) * (cell[0] + _GAP_PX) + 34
            x = (number % 2) * (cell[1] + _GAP_PX)
            drawn.paste(Image.fromarray(view.rgb), (x + (cell[1] - view.rgb.shape[1]) // 2, y))
            middle = y + height / 2
            name = _VIEW_NAMES[view.name] if words else ""
            draw.text((x + cell[1] / 2, y - 16), name, font=canvas.font(16), fill=MARK_COLOUR, anchor="mm")
            draw.text((x + 16, middle), view.left, font=canvas.font(24), fill=MARK_COLOUR, anchor="mm")
            draw.text((x + cell[1] - 16, middle), view.right, font=canvas.font(24), fill=MARK_COLOUR, anchor="mm")
        canvas.draw_bar(draw, scale, left=16, bottom=total[0] - 14, room_px=cell[1] // 2)
        footer = RESEARCH_MARK[options.intended_use] if words else ""
        draw.text((total[1] - 12, total[0] - 10), footer, font=canvas.font(14), fill=DIM_COLOUR, anchor="rd")
        return np.asarray(drawn)

    code = "picture_lungs_3d" if areas.lesion_by_slice.any() else "picture_lungs_3d_clear"
    caption = Notice(code, {}, "info")
    return make_picture(sheet(True), name="lungs-3d", kind="lungs_3d", caption=caption, wordless=sheet(False))


_VIEW_NAMES = {
    "anterior": "ANTERIOR",
    "posterior": "POSTERIOR",
    "right": "RIGHT LUNG",
    "left": "LEFT LUNG",
    "side_1": "LATERAL 1",
    "side_2": "LATERAL 2",
}
