"""Statistics as figures: which there are, and how they become SVG of the same bytes everywhere."""

from __future__ import annotations

from importlib.util import find_spec

from groundglass.datasets.statistics.model import Statistics
from groundglass.errors import InputError, declare
from groundglass.phrases import Language

FIGURES_UNAVAILABLE = declare("FIGURES_UNAVAILABLE", "Figures are wanted, and matplotlib is not installed.")


def figures(statistics: Statistics, language: Language = "en") -> dict[str, bytes]:
    """Draw every figure that has data.

    Parameters
    ----------
    statistics : Statistics
        Of a data set.
    language : {"en", "ru"}
        Of the words.

    Returns
    -------
    dict of str to bytes
        ``grades.svg`` .. to its content: text drawn as paths, no date, the same bytes for the same statistics.

    Raises
    ------
    InputError
        ``FIGURES_UNAVAILABLE`` without matplotlib.
    """
    if find_spec("matplotlib") is None:
        raise InputError(
            FIGURES_UNAVAILABLE,
            what="figures are drawn by matplotlib, which is not installed",
            where="figures of a data set",
            todo='pip install "groundglass[datasets]"',
        )
    from groundglass.datasets.statistics.drawing import DRAWINGS
    from groundglass.datasets.statistics.drawing.style import drawn_as_svg

    found: dict[str, bytes] = {}
    for name, draw in DRAWINGS.items():
        content = drawn_as_svg(draw, statistics, language)
        if content is not None:
            found[f"{name}.svg"] = content
    return found
