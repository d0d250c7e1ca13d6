"""Where changes lie: two lungs of three zones, drawn simply, and bars for what is said in other words."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

from groundglass.datasets.statistics.drawing.style import BLUE, DARK, SHADES, bars_along, bars_height_in, blank, titled
from groundglass.datasets.statistics.model import Localisation, Statistics
from groundglass.datasets.statistics.properties import ZONES
from groundglass.datasets.statistics.wording import Words

_CUTS = (0.0, 0.36, 0.68, 1.0)
"""Heights of the borders of the zones, as a share of the lung from its base; drawn, not measured."""
_BARS_AT_MOST = 12


def localisation(of: Statistics, words: Words) -> Figure | None:
    """Draw the share of studies with changes in each zone, seen from the front, patient's right on the left."""
    found = of.localisation
    if not found.known_studies:
        return None
    zones = {zone: found.studies_by_place[zone] for zone in ZONES if zone in found.studies_by_place}
    others = {place: count for place, count in found.studies_by_place.items() if place not in ZONES}
    note = words("share_of_known", count=words.count(found.known_studies))
    shown = list(others.items())[:_BARS_AT_MOST]
    names = [words.value("place", place) for place, _ in shown]
    rows_in = ((3.0,) if zones else ()) + ((bars_height_in(names) + 0.4,) if others else ())
    figure, panels = blank(sum(rows_in) + 0.8, rows_in=rows_in)
    if zones:
        _zones(panels[0], found, zones, words)
    if others:
        texts = [f"{words.count(count)} ({words.percent(100 * count / found.known_studies)})" for _, count in shown]
        counts = [count for _, count in shown]
        bars_along(panels[-1], names, counts, words, colours=[BLUE] * len(shown), texts=texts)
        panels[-1].set_xlim(0, max(counts) * 1.28)
        panels[-1].set_xlabel(words("axis_studies"))
    titled(figure, words("figure_localisation"), note)
    return figure


def _zones(axes: Axes, found: Localisation, zones: dict[str, int], words: Words) -> None:
    for side, mirrored in (("right", True), ("left", False)):
        for place, name in enumerate(("lower", "middle", "upper")):
            count = zones[f"{side}_{name}"]
            step = min(len(SHADES) - 1, int(len(SHADES) * count / found.known_studies))
            shade = SHADES[step] if count else "#F2F2F2"
            outline = _outline(_CUTS[place], _CUTS[place + 1], mirrored=mirrored)
            axes.add_patch(Polygon(outline, closed=True, facecolor=shade, edgecolor="white", linewidth=2.0))
            across = sum(x for x, _ in outline) / len(outline)
            height = (_CUTS[place] + _CUTS[place + 1]) / 2
            text = f"{words.percent(100 * count / found.known_studies)}\n{words.count(count)}"
            ink = "white" if shade in SHADES[3:] else DARK
            axes.text(across, height, text, ha="center", va="center", fontsize=9, color=ink)
        axes.text(-0.55 if mirrored else 0.55, 1.05, words(f"{side}_lung"), ha="center", va="bottom", fontsize=9)
    # trachea and main bronchi, so that nobody takes the picture for something else
    axes.add_patch(Rectangle((-0.045, 0.72), 0.09, 0.36, facecolor="#DDDDDD", edgecolor="none"))
    for sign in (-1, 1):
        branch = [(0.0, 0.75), (sign * 0.045, 0.75), (sign * 0.155, 0.62), (sign * 0.1, 0.6), (0.0, 0.69)]
        axes.add_patch(Polygon(branch, closed=True, facecolor="#DDDDDD", edgecolor="none"))
    axes.set_xlim(-1.5, 1.5)
    axes.set_ylim(-0.04, 1.18)
    axes.set_axis_off()


def _outline(low: float, high: float, *, mirrored: bool) -> list[tuple[float, float]]:
    """Return the outline of a lung between two heights, (x, y); the left lung, or the right one mirrored."""
    steps = [low + (high - low) * step / 24 for step in range(25)]
    outer = [(_outer(y), y) for y in steps]
    inner = [(_inner(y), y) for y in reversed(steps)]
    sign = -1 if mirrored else 1
    return [(sign * x, y) for x, y in outer + inner]


def _outer(y: float) -> float:
    """Return how far the outer border lies from the middle at a height: widest at the base, round at the top."""
    return 0.16 + 0.86 * math.sqrt(max(0.0, 1 - max(0.0, (y + 0.12) / 1.12) ** 2.6))


def _inner(y: float) -> float:
    """Return how far the border beside the heart lies from the middle."""
    return 0.16 + 0.12 * math.exp(-(((y - 0.2) / 0.28) ** 2))
