"""Statistics as figures: which there are, and how they become SVG of the same bytes everywhere."""

from __future__ import annotations

from groundglass.datasets.packages import package
from groundglass.datasets.statistics.model import Statistics
from groundglass.phrases import Language


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
    UnavailableError
        ``PACKAGE_MISSING`` without matplotlib.
    """
    package("matplotlib", feature="figures of a data set", extra="datasets")
    from groundglass.datasets.statistics.drawing import DRAWINGS
    from groundglass.datasets.statistics.drawing.style import drawn_as_svg

    found: dict[str, bytes] = {}
    for name, draw in DRAWINGS.items():
        content = drawn_as_svg(draw, statistics, language)
        if content is not None:
            found[f"{name}.svg"] = content
    return found
