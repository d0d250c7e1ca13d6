"""Figures of the making of a set: agreement of reads, parts, and the funnel of the selection."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator

from groundglass.datasets.statistics.drawing.style import (
    BLUE,
    DARK,
    GREY,
    SHADES,
    bars_along,
    bars_height_in,
    blank,
    label,
    numbered,
    titled,
)
from groundglass.datasets.statistics.model import Figure as Estimated
from groundglass.datasets.statistics.model import Statistics
from groundglass.datasets.statistics.properties import GRADES
from groundglass.datasets.statistics.tables import step_words
from groundglass.datasets.statistics.wording import Words

_STEPS_AT_MOST, _PARTS_AT_MOST = 30, 20


def agreement(of: Statistics, words: Words) -> Figure | None:
    """Draw which grades were given together, as a matrix of counts."""
    found = of.agreement
    if found is None:
        return None
    figure, (axes,) = blank(4.2, columns=1)
    most = max(max(row) for row in found.pairs)
    for row, counts in enumerate(found.pairs):
        for column, count in enumerate(counts):
            shade = SHADES[min(len(SHADES) - 1, int(len(SHADES) * count / most))] if count else "#F6F6F6"
            axes.add_patch(Rectangle((column - 0.48, row - 0.48), 0.96, 0.96, facecolor=shade, edgecolor="none"))
            ink = "white" if shade in SHADES[3:] else DARK if count else "#AAAAAA"
            weight = "bold" if row == column else "normal"
            axes.text(column, row, words.count(count), ha="center", va="center", color=ink, fontweight=weight)
    names = [words.grade(grade) for grade in found.grades]
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(length=0)
    axes.set_xlim(-0.5, len(names) - 0.5)
    axes.set_ylim(len(names) - 0.5, -0.5)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_aspect("equal")
    axes.set_xlabel(words("later_read_axis"))
    axes.set_ylabel(words("earlier_read"))
    key, figure_of = ("kappa", found.kappa) if found.kappa is not None else ("alpha", found.alpha)
    notes = [
        words("n", count=words.count(found.studies)),
        f"{words('percent_same_short')} {_estimated(found.percent_same, words, 1)}",
        f"{words(f'{key}_short')} {_estimated(figure_of, words, 2)}",
    ]
    titled(figure, words("figure_agreement"), "; ".join(notes))
    return figure


def _estimated(figure: Estimated, words: Words, digits: int) -> str:
    text = words.number(figure.value, digits)
    if figure.low is None or figure.high is None:
        return text
    return f"{text} [{words.number(figure.low, digits)} … {words.number(figure.high, digits)}]"


def parts(of: Statistics, words: Words) -> Figure | None:
    """Draw the shares of the grades in each part of the set."""
    rows = [part for part in of.parts if any(part.studies_by_grade.get(grade) for grade in GRADES)]
    rows = rows[:_PARTS_AT_MOST]
    if not rows:
        return None
    figure, (axes,) = blank(1.75 + 0.4 * len(rows))
    for grade in GRADES:
        colour = SHADES[GRADES.index(grade)]
        before = [100 * _below(part.studies_by_grade, grade) / part.studies for part in rows]
        shares = [100 * part.studies_by_grade.get(grade, 0) / part.studies for part in rows]
        if not any(shares):
            continue
        axes.barh(range(len(rows)), shares, left=before, color=colour, height=0.66, label=words.grade(grade))
        for place, (left, share, part) in enumerate(zip(before, shares, rows, strict=True)):
            if share >= 4:
                ink = "white" if colour in SHADES[3:] else DARK
                text = words.count(part.studies_by_grade[grade])
                axes.text(left + share / 2, place, text, ha="center", va="center", color=ink, fontsize=8.5)
    names = [
        label(words.value("split", part.name) if part.name else words("no_part"), wrap=24)
        + f"\n{words('n', count=words.count(part.studies))}"
        for part in rows
    ]
    axes.set_yticks(range(len(rows)), names)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(0, 100)
    axes.xaxis.set_major_locator(FixedLocator([0, 25, 50, 75, 100]))
    numbered(axes, words, digits=0)
    axes.set_xlabel(words("axis_share"))
    axes.legend(
        loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=5, handlelength=1.0, columnspacing=1.4, fontsize=8.5
    )
    titled(figure, words("figure_parts"))
    return figure


def _below(counts: Mapping[str, int], grade: str) -> int:
    return sum(counts.get(each, 0) for each in GRADES[: GRADES.index(grade)])


def funnel(of: Statistics, words: Words) -> Figure | None:
    """Draw how many studies went on after each step of the selection."""
    steps = of.funnel[:_STEPS_AT_MOST]
    if not steps or not max(step.studies_left for step in steps):
        return None
    names = [step_words(step, words.language) for step in steps]
    figure, (axes,) = blank(1.1 + bars_height_in(names))
    counts = [step.studies_left for step in steps]
    texts = [
        words.count(step.studies_left) + (f"  (−{words.count(step.studies_out)})" if step.studies_out else "")
        for step in steps
    ]
    bars_along(axes, names, counts, words, colours=[*[GREY] * (len(steps) - 1), BLUE], texts=texts)
    axes.set_xlim(0, max(counts) * 1.22)
    axes.set_xlabel(words("axis_left"))
    titled(figure, words("figure_funnel"))
    return figure
