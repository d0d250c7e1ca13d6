"""Figures of properties of words: grades, age by sex, scanners, pattern."""

from __future__ import annotations

from matplotlib.figure import Figure

from groundglass.datasets.statistics.drawing.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    SHADES,
    bars_along,
    bars_height_in,
    blank,
    counted,
    label,
    titled,
)
from groundglass.datasets.statistics.model import Category, Statistics
from groundglass.datasets.statistics.properties import GRADES
from groundglass.datasets.statistics.wording import Words

_BARS_AT_MOST = 12
_SEXES = (("male", "M", BLUE), ("female", "F", ORANGE), ("other", "O", GREEN), ("unknown", "", GREY))


def grades(of: Statistics, words: Words) -> Figure | None:
    """Draw how many studies have each grade."""
    category = of.categories["grade"]
    if not category.known_studies:
        return None
    figure, (axes,) = blank(3.4)
    names = [words.grade(share.value) for share in category.values]
    counts = [share.studies for share in category.values]
    colours = [SHADES[GRADES.index(share.value)] if share.value in GRADES else GREY for share in category.values]
    if category.unknown_studies:
        names.append(words("unknown"))
        counts.append(category.unknown_studies)
        colours.append(GREY)
    axes.bar(range(len(names)), counts, color=colours, width=0.72)
    for place, count in enumerate(counts):
        text = f"{words.count(count)}\n{words.percent(100 * count / of.studies)}" if count else "0"
        axes.annotate(text, (place, count), (0, 3), textcoords="offset points", ha="center", fontsize=8.5)
    axes.set_xticks(range(len(names)), [label(name) for name in names])
    axes.tick_params(axis="x", length=0)
    axes.set_ylabel(words("axis_studies"))
    axes.set_ylim(0, max(counts) * 1.14)
    counted(axes, words)
    titled(figure, words("figure_grades"), words("n", count=words.count(of.studies)))
    return figure


def age(of: Statistics, words: Words) -> Figure | None:
    """Draw how many studies each decade of age has, by sex."""
    if not of.decades:
        return None
    figure, (axes,) = blank(3.6)
    used = [row for row in _SEXES if any(getattr(decade, row[0]) for decade in of.decades)]
    width = 0.8 / len(used)
    for number, (attribute, sex, colour) in enumerate(used):
        counts = [getattr(decade, attribute) for decade in of.decades]
        places = [place - 0.4 + width * (number + 0.5) for place in range(len(counts))]
        name = words.value("sex", sex) if sex else words("sex_unknown")
        axes.bar(places, counts, width=width * 0.94, color=colour, label=f"{name}, {words.count(sum(counts))}")
    names = [f"{decade.first_year}–{decade.last_year}" for decade in of.decades]
    axes.set_xticks(range(len(names)), names)
    axes.tick_params(axis="x", length=0)
    axes.set_xlabel(words("axis_age"))
    axes.set_ylabel(words("axis_studies"))
    counted(axes, words)
    axes.legend(
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        ncols=len(used),
        handlelength=1.0,
        columnspacing=1.2,
        borderaxespad=0.1,
        fontsize=8.5,
    )
    spread = of.measures["age_years"]
    known = words.count(spread.known_studies)
    note = [words("n_unknown", count=known, unknown=words.count(spread.unknown_studies))]
    if not spread.unknown_studies:
        note = [words("n", count=known)]
    if of.age_as == "years":
        ends = f"{words.number(spread.minimum, 0)}–{words.number(spread.maximum, 0)} {words('unit_years')}"
        note += [words("of_median", value=words.number(spread.median, 1)), ends]
    titled(figure, words("figure_age"), "; ".join(note))
    return figure


def scanners(of: Statistics, words: Words) -> Figure | None:
    """Draw how many studies each scanner made."""
    return _lying(of, words, "scanner", "figure_scanners")


def pattern(of: Statistics, words: Words) -> Figure | None:
    """Draw how many studies have each pattern of changes."""
    return _lying(of, words, "pattern", "figure_pattern")


def _lying(of: Statistics, words: Words, name: str, title: str) -> Figure | None:
    category: Category = of.categories[name]
    if not category.known_studies:
        return None
    shown, rest = category.values[:_BARS_AT_MOST], category.values[_BARS_AT_MOST:]
    if len(rest) == 1:
        shown, rest = category.values, ()
    names, counts = [words.value(name, share.value) for share in shown], [share.studies for share in shown]
    colours = [BLUE] * len(shown)
    for text, count in (
        (words("rarer", count=len(rest)), sum(share.studies for share in rest)),
        (words("unknown"), category.unknown_studies),
    ):
        if count:
            names.append(text)
            counts.append(count)
            colours.append(GREY)
    figure, (axes,) = blank(1.2 + bars_height_in(names))
    texts = [f"{words.count(count)} ({words.percent(100 * count / of.studies)})" for count in counts]
    bars_along(axes, names, counts, words, colours=colours, texts=texts)
    axes.set_xlim(0, max(counts) * 1.28)
    axes.set_xlabel(words("axis_studies"))
    titled(figure, words(title), words("n", count=words.count(of.studies)))
    return figure
