"""One look for all figures, and bytes that depend on nothing but the numbers and the version of matplotlib.

Drawn by matplotlib's objects without pyplot, so that no window, no state and no setting of the user's takes part.
Colours are those of Okabe and Ito (Color Universal Design, 2008) and the blues of ColorBrewer: both are told apart by
people who do not see red or green.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from matplotlib.ticker import FuncFormatter, MaxNLocator

from groundglass.datasets.statistics.model import Statistics
from groundglass.datasets.statistics.wording import Words
from groundglass.phrases import Language

Draw = Callable[[Statistics, Words], Figure | None]

BLUE, ORANGE, GREEN, GREY, DARK = "#0072B2", "#E69F00", "#009E73", "#9A9A9A", "#333333"
SHADES = ("#c6dbef", "#9ecae1", "#6baed6", "#3182bd", "#08519c")
"""Light to dark: CT-0 to CT-4."""
LABEL_CHARACTERS_AT_MOST = 44
"""A longer label is cut: names of models are written by people."""
LINES_AT_MOST = 3
"""Lines of a label of a lying bar; what does not fit is cut."""
_WRAP = 32
WIDTH_IN = 6.4
_STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#666666",
    "axes.formatter.use_locale": False,
    "axes.labelcolor": DARK,
    "axes.labelsize": 9,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "figure.constrained_layout.h_pad": 0.06,
    "figure.constrained_layout.w_pad": 0.06,
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "grid.color": "#E3E3E3",
    "grid.linewidth": 0.7,
    "legend.frameon": False,
    "savefig.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "groundglass",
    "text.color": DARK,
    "text.parse_math": False,
    "xtick.color": "#666666",
    "xtick.labelcolor": DARK,
    "xtick.labelsize": 9,
    "ytick.color": "#666666",
    "ytick.labelcolor": DARK,
    "ytick.labelsize": 9,
}
_ONE_AT_A_TIME = Lock()
"""matplotlib's settings are of the whole process."""


def drawn_as_svg(draw: Draw, statistics: Statistics, language: Language) -> bytes | None:
    """Draw one figure.

    Parameters
    ----------
    draw : callable
        Of :data:`groundglass.datasets.statistics.drawing.DRAWINGS`.
    statistics : Statistics
        What it shows.
    language : {"en", "ru"}
        Of the words.

    Returns
    -------
    bytes or None
        SVG; None where there is nothing to show.
    """
    with _ONE_AT_A_TIME, mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        figure = draw(statistics, Words(language))
        if figure is None:
            return None
        content = io.BytesIO()
        figure.savefig(content, format="svg", metadata={"Date": None, "Creator": None})
        return content.getvalue()


def blank(height_in: float, *, columns: int = 1, rows_in: tuple[float, ...] = ()) -> tuple[Figure, list[Axes]]:
    """Return a figure of the usual width with panels beside, or above, each other.

    Parameters
    ----------
    height_in : float
        Height, inch.
    columns : int
        Panels beside each other.
    rows_in : tuple of float, optional
        Heights of panels above each other, instead.
    """
    figure = Figure(figsize=(WIDTH_IN, height_in), layout="constrained")
    if rows_in:
        grid = figure.add_gridspec(len(rows_in), 1, height_ratios=rows_in)
        return figure, [figure.add_subplot(grid[row, 0]) for row in range(len(rows_in))]
    grid = figure.add_gridspec(1, columns)
    return figure, [figure.add_subplot(grid[0, column]) for column in range(columns)]


def titled(figure: Figure, title: str, note: str = "") -> None:
    """Write the title above all panels, and a note in smaller letters under it."""
    figure.suptitle(title + ("\n" if note else ""), x=0.012, ha="left", fontsize=11, fontweight="bold")
    if note:
        # over the empty second line of the title, which keeps the room for it
        height = figure.get_figheight()
        figure.text(0.012, 1 - 0.40 / height, note, fontsize=8.5, color="#555555", va="baseline")


def counted(axes: Axes, words: Words, *, along: str = "y") -> None:
    """Make an axis one of counts: whole numbers, from 0, thin lines behind."""
    axis = axes.yaxis if along == "y" else axes.xaxis
    axis.set_major_locator(MaxNLocator(nbins=5, integer=True, min_n_ticks=1))
    axis.set_major_formatter(FuncFormatter(lambda value, _: words.count(round(value))))
    axis.grid(visible=True)
    low, high = axes.get_ylim() if along == "y" else axes.get_xlim()
    (axes.set_ylim if along == "y" else axes.set_xlim)(min(0.0, low), max(high * 1.06, 1.0))


def numbered(axes: Axes, words: Words, *, along: str = "x", digits: int = 3) -> None:
    """Write the numbers of an axis in the language of the figure."""
    axis = axes.xaxis if along == "x" else axes.yaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _: words.number(value, digits)))


def label(text: str, *, wrap: int = 0) -> str:
    """Return a text that can be drawn: characters that the font lacks become a square, long ones are cut.

    Parameters
    ----------
    text : str
        Any.
    wrap : int
        Characters of a line; 0 for one line.
    """
    drawable = "".join(mark if ord(mark) in _characters() else "□" for mark in " ".join(text.split()))
    if not wrap:
        most = LABEL_CHARACTERS_AT_MOST
        return drawable if len(drawable) <= most else drawable[: most - 1].rstrip() + "…"
    return "\n".join(textwrap.wrap(drawable, wrap, max_lines=LINES_AT_MOST, placeholder=" …"))


def bars_height_in(names: list[str]) -> float:
    """Return how high lying bars with these names are, inch."""
    lines = max(label(name, wrap=_WRAP).count("\n") + 1 for name in names)
    return (0.20 + 0.14 * lines) * len(names)


@cache
def _characters() -> frozenset[int]:
    return frozenset(get_font(findfont("DejaVu Sans")).get_charmap())


def bars_along(
    axes: Axes, names: list[str], counts: list[int], words: Words, *, colours: list[str], texts: list[str] | None = None
) -> None:
    """Draw lying bars from top to bottom with their counts at the ends.

    Parameters
    ----------
    axes : Axes
        Where.
    names, counts, colours : list
        One a bar.
    words : Words
        Language of the counts.
    texts : list of str, optional
        At the ends, instead of the counts.
    """
    places = list(range(len(names)))
    axes.barh(places, counts, color=colours, height=0.68)
    axes.set_yticks(places, [label(name, wrap=_WRAP) for name in names])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(names) - 0.5, -0.5)
    ends = texts or [words.count(count) for count in counts]
    for place, count, text in zip(places, counts, ends, strict=True):
        axes.annotate(text, (count, place), (4, 0), textcoords="offset points", va="center", fontsize=8.5)
    axes.set_xlim(0, max(*counts, 1) * 1.12)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True, min_n_ticks=1))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: words.count(round(value))))
    axes.xaxis.grid(visible=True)
