"""Figures of numbers: slices and their distance, volumes of lesions, involvement by grade.

Few values are drawn one by one over their quartiles; many as a histogram with the edges that every data set has.
"""

from __future__ import annotations

from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, LogLocator, NullFormatter

from groundglass.datasets.statistics.drawing.style import (
    BLUE,
    DARK,
    SHADES,
    blank,
    counted,
    numbered,
    titled,
)
from groundglass.datasets.statistics.model import Spread, Statistics
from groundglass.datasets.statistics.tables import QUARTILES_AT_LEAST
from groundglass.datasets.statistics.wording import Words

_GOLDEN = 0.6180339887498949
"""Multiples of it, less their whole part, lie apart evenly: points are spread by it instead of by chance."""
_LIMITS_PERCENT = (25.0, 50.0, 75.0)
"""Between CT-1 and CT-2, CT-2 and CT-3, CT-3 and CT-4."""


def slices(of: Statistics, words: Words) -> Figure | None:
    """Draw the number of slices, before thinning and in the set, and their distance."""
    before, after = of.measures["slices_original"], of.measures["slices"]
    panels = [("axis_slices_original", before, 0, "")] if before.known_studies and before != after else []
    panels += [("axis_slices", after, 0, ""), ("axis_spacing", of.measures["spacing_slice_mm"], 2, "mm")]
    panels = [panel for panel in panels if panel[1].known_studies]
    if not panels:
        return None
    figure, all_axes = blank(2.5 if all(panel[1].values for panel in panels) else 3.3, columns=len(panels))
    for axes, (name, spread, digits, unit) in zip(all_axes, panels, strict=True):
        if spread.values:
            _points(axes, spread)
            _room(axes, spread)
            numbered(axes, words, digits=digits)
            axes.set_yticks([])
            axes.spines["left"].set_visible(False)
        else:
            _bins(axes, spread, words, digits)
            counted(axes, words)
        axes.set_xlabel(words(name))
        axes.set_title(_note(spread, words, digits, unit), fontsize=8.5, fontweight="normal", color="#555555", pad=4)
    if not panels[0][1].values:
        all_axes[0].set_ylabel(words("axis_studies"))
    titled(figure, words("figure_slices"))
    return figure


def lesions(of: Statistics, words: Words) -> Figure | None:
    """Draw the volumes of the lesion masks on a logarithmic axis; empty masks are told in words."""
    spread = of.measures["lesion_ml"]
    if spread.known_studies == of.masks.empty_lesion_masks:
        return None
    figure, (axes,) = blank(2.7 if spread.values else 3.3)
    axes.set_xscale("log")
    if spread.values:
        _points(axes, spread, above=0.0)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        low = min(value for value in spread.values if value > 0)
        axes.set_xlim(low / 1.6, (spread.maximum or low) * 1.6)
    elif spread.histogram is not None:
        edges, counts = spread.histogram.edges, list(spread.histogram.studies)
        # a volume outside of all bins joins the last one, and the axis says so by its end
        counts[0] += spread.histogram.below - of.masks.empty_lesion_masks
        counts[-1] += spread.histogram.above
        widths = [high - low for low, high in pairwise(edges)]
        axes.bar(edges[:-1], counts, width=widths, align="edge", color=BLUE, edgecolor="white", linewidth=0.8)
        filled = [place for place, count in enumerate(counts) if count]
        axes.set_xlim(edges[filled[0]], edges[filled[-1] + 1])
        axes.set_ylabel(words("axis_studies"))
        counted(axes, words)
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_minor_locator(FixedLocator([]))
    numbered(axes, words, digits=2)
    axes.set_xlabel(words("axis_lesion_ml"))
    parts = [words("n", count=words.count(spread.known_studies))]
    parts.append(words("of_median", value=words.volume(spread.median)))
    parts.append(f"{words.volume(spread.minimum)}–{words.volume(spread.maximum)} {words('unit_ml')}")
    if of.masks.empty_lesion_masks:
        parts.append(words("of_empty", count=words.count(of.masks.empty_lesion_masks)))
    titled(figure, words("figure_lesions"), "; ".join(parts))
    return figure


def involvement(of: Statistics, words: Words) -> Figure | None:
    """Draw the involvement of the lungs by grade, with the limits between grades."""
    rows = of.involvement_percent_by_grade
    if not rows:
        return None
    figure, (axes,) = blank(1.5 + 0.5 * len(rows))
    for place, spread in enumerate(rows.values()):
        _points(axes, spread, at=place, size=12)
    names = [
        f"{words.grade(grade)}\n{words('n', count=words.count(spread.known_studies))}" for grade, spread in rows.items()
    ]
    axes.set_yticks(range(len(rows)), names)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(rows) - 0.45, -0.55)
    for limit in _LIMITS_PERCENT:
        axes.axvline(limit, color="#BBBBBB", linewidth=0.9, linestyle=(0, (4, 3)), zorder=0)
    axes.set_xlim(-2, 102)
    axes.xaxis.set_major_locator(FixedLocator([0, 25, 50, 75, 100]))
    numbered(axes, words, digits=0)
    axes.set_xlabel(words("axis_involvement"))
    titled(figure, words("figure_involvement"), words("box_note"))
    return figure


def _note(spread: Spread, words: Words, digits: int, unit: str) -> str:
    median = words.number(spread.median, max(1, digits))
    if unit:
        median += f" {words(f'unit_{unit}')}"
    return "; ".join((words("n", count=words.count(spread.known_studies)), words("of_median", value=median)))


def _points(
    axes: Axes,
    spread: Spread,
    *,
    at: float = 0.0,
    colour: str = SHADES[0],
    size: float = 14.0,
    above: float | None = None,
) -> None:
    """Draw quartiles, ends and, where they are few, each value, lying at a height.

    Parameters
    ----------
    axes : Axes
        Where.
    spread : Spread
        What.
    at : float
        Height.
    colour : str
        Of the box.
    size : float
        Area of a point.
    above : float, optional
        Values up to this are left out, as 0 is of a logarithmic axis.
    """
    values = [value for value in spread.values if above is None or value > above]
    low, high = spread.minimum or 0.0, spread.maximum or 0.0
    if above is not None and values:
        low = values[0]
    first, median, last = (
        max(low, each or 0.0) for each in (spread.lower_quartile, spread.median, spread.upper_quartile)
    )
    axes.plot([low, high], [at, at], color="#777777", linewidth=1.0, zorder=1, solid_capstyle="butt")
    if spread.known_studies >= QUARTILES_AT_LEAST:
        axes.fill_between([first, last], at - 0.26, at + 0.26, color=colour, linewidth=0, zorder=2)
    axes.plot([median, median], [at - 0.26, at + 0.26], color=DARK, linewidth=2.0, zorder=4, solid_capstyle="butt")
    heights = [at + 0.34 * (((place + 1) * _GOLDEN) % 1.0 - 0.5) for place in range(len(values))]
    axes.scatter(values, heights, s=size, color=BLUE, edgecolors="white", linewidths=0.5, zorder=5)
    axes.set_ylim(-0.6, 0.6)


def _room(axes: Axes, spread: Spread) -> None:
    """Give the axis ends that look even for equal values too."""
    low, high = spread.minimum or 0.0, spread.maximum or 0.0
    margin = max((high - low) * 0.08, abs(high) * 0.05, 0.5)
    axes.set_xlim(low - margin, high + margin)


def _bins(axes: Axes, spread: Spread, words: Words, digits: int) -> None:
    """Draw the filled bins as bars of one width, each named by its ends."""
    if spread.histogram is None:
        return
    if spread.minimum == spread.maximum:
        axes.bar([0], [spread.known_studies], color=BLUE, width=0.86)
        axes.set_xticks([0], [words.number(spread.minimum, digits)])
        axes.set_xlim(-1.2, 1.2)
        return
    edges, counts = spread.histogram.edges, list(spread.histogram.studies)
    counts[0] += spread.histogram.below
    counts[-1] += spread.histogram.above
    filled = [place for place, count in enumerate(counts) if count]
    shown = range(filled[0], filled[-1] + 1)
    axes.bar(range(len(shown)), [counts[place] for place in shown], color=BLUE, width=0.86)
    names = []
    for place in shown:
        last = place == len(counts) - 1
        upper = edges[place + 1] if last or digits else edges[place + 1] - 1
        ends = words.number(edges[place], digits), words.number(upper, digits)
        names.append(f"≥{ends[0]}" if last and spread.histogram.above else f"{ends[0]}–{ends[1]}")
    turned = len(names) > 4 or max(len(name) for name in names) * len(names) > 24
    axes.set_xticks(range(len(names)), names, rotation=90 if turned else 0, fontsize=8)
    axes.tick_params(axis="x", length=0)
