"""The tables of lesions, their percentage and its interval, and of the lungs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from groundglass.datasets.assessment.groups import (
    DISEASED_PERCENT,
    Group,
    Records,
    diseased,
    groups,
    true_and_found,
    wholes,
)
from groundglass.datasets.assessment.table import Cell, Figure, Table, shown, table_of
from groundglass.evaluation.by_patient import (
    mean_by_patient,
    median_by_patient,
    ratio_by_patient,
    share_by_patient,
    spearman_by_patient,
)

SIZE_LIMITS_PERCENT = (0.1, 0.5, 2.0)
"""Borders between small and large lesions, percent of the lungs: about 5, 25 and 100 ml in an adult."""


def lesion_table(records: Records) -> Table | None:
    """Return the table of lesion overlap; None where no lesion was drawn.

    Parameters
    ----------
    records : sequence of CtRecord
        Of one world.
    """
    rows: list[tuple[Cell, ...]] = []
    for group in groups(diseased(records)):
        counts = [row.lesion_voxels for row in group.records if row.lesion_voxels is not None]
        whose = [row.patient for row in group.records]
        scores = [2 * count.both / (count.drawn + count.found) for count in counts]
        pooled = ratio_by_patient(
            [2 * count.both for count in counts], [count.drawn + count.found for count in counts], whose
        )
        rows.append(
            (
                group.label,
                len(counts),
                len(set(whose)),
                shown(mean_by_patient(scores, whose), 3),
                f"{min(scores):.3f} to {max(scores):.3f}",
                Figure(pooled, 3),
            )
        )
    return table_of(
        "lesions",
        "Lesions: Dice",
        ("CTs", "n", "patients", "mean of patients ± SD", "lowest to highest", "voxels pooled"),
        rows,
        f"CTs with at least {DISEASED_PERCENT:g} % drawn.",
    )


def percent_table(records: Records) -> Table | None:
    """Return the table of the percentage's error; None where none is known.

    Parameters
    ----------
    records : sequence of CtRecord
        Of one world.
    """
    rows: list[tuple[Cell, ...]] = []
    for group in groups([row for row in diseased(records) if row.found_percent is not None]):
        drawn, found = true_and_found(group.records)
        whose = [row.patient for row in group.records]
        rows.append(
            (
                group.label,
                len(whose),
                shown(mean_by_patient(found - drawn, whose), 1),
                Figure(mean_by_patient(np.abs(found - drawn), whose).estimate, 1),
                f"{np.abs(found - drawn).max():.1f}",
                Figure(spearman_by_patient(drawn, found, whose), 2),
            )
        )
    return table_of(
        "percent",
        "Percentage of the lungs: error",
        (
            "CTs",
            "n",
            "mean ± SD",
            "mean absolute",
            "largest",
            "Spearman",
        ),
        rows,
        "Measured minus drawn, percentage points. Where no lungs were drawn, the drawn percentage is one of the found "
        "lungs.",
    )


def interval_table(records: Records) -> Table | None:
    """Return the table of how often the 95 % interval holds the drawn percentage; None where there are no intervals.

    Parameters
    ----------
    records : sequence of CtRecord
        Of one world.
    """
    rows: list[tuple[Cell, ...]] = []
    usable = [row for row in records if row.covered is not None and row.lesion_voxels is not None]
    for group in groups(usable):
        rows.append(_interval_row(group))
    return table_of(
        "interval",
        "95 % interval of the percentage",
        ("CTs", "n", "holds the drawn percentage", "share", "median width, points"),
        rows,
        "CTs with drawn lesions, those nearly without any included.",
    )


def _interval_row(group: Group) -> tuple[Cell, ...]:
    whose = [row.patient for row in group.records]
    covered = [int(bool(row.covered)) for row in group.records]
    widths = [row.interval[1] - row.interval[0] for row in group.records if row.interval is not None]
    return (
        group.label,
        len(whose),
        f"{sum(covered)} of {len(covered)}",
        Figure(share_by_patient(covered, np.ones(len(covered)), whose), 2),
        Figure(median_by_patient(widths, whose), 1),
    )


def lesionwise_table(records: Records) -> Table | None:
    """Return the table of lesions found and of false ones, by size; None where no lesion was drawn.

    Parameters
    ----------
    records : sequence of CtRecord
        Of one world.
    """
    rows: list[tuple[Cell, ...]] = []
    usable = [row for row in records if row.drawn_lesions is not None and row.found_lesions is not None]
    edges = (0.0, *SIZE_LIMITS_PERCENT, np.inf)
    for group in wholes(usable):  # by source and size there would be too few of each
        whose = [row.patient for row in group.records]
        for low, high in pairwise(edges):
            drawn = [[x.hit for x in row.drawn_lesions or () if low <= x.percent < high] for row in group.records]
            found = [[x.false for x in row.found_lesions or () if low <= x.percent < high] for row in group.records]
            size = f"from {low:g} %" if high == np.inf else f"{low:g} to {high:g} %" if low else f"under {high:g} %"
            rows.append(
                (
                    group.label,
                    size,
                    sum(map(len, drawn)),
                    Figure(share_by_patient([sum(x) for x in drawn], [len(x) for x in drawn], whose), 2),
                    sum(map(len, found)),
                    Figure(ratio_by_patient([sum(x) for x in found], np.ones(len(found)), whose), 2),
                )
            )
    return table_of(
        "lesionwise",
        "Lesions one by one, by size in percent of the lungs",
        ("CTs", "size", "drawn", "share found", "found", "false ones a CT"),
        rows,
        "A drawn lesion counts as found where at least a tenth of it is covered, a found one as false where less than "
        "a tenth of it was drawn.",
    )


def lung_table(records: Records) -> Table | None:
    """Return the table of the lung outline; None where neither lungs nor lesions were drawn.

    Parameters
    ----------
    records : sequence of CtRecord
        Of one world.
    """
    rows: list[tuple[Cell, ...]] = []
    usable = [row for row in records if row.lung_voxels is not None or row.lesion_in_lungs is not None]
    for group in groups(usable):
        outlined = [row for row in group.records if row.lung_voxels is not None]
        holding = [row for row in group.records if row.lesion_in_lungs is not None]
        dice = [(row.lung_voxels.dice or 0.0) if row.lung_voxels else 0.0 for row in outlined]
        inside = [100.0 * (row.lesion_in_lungs or 0.0) for row in holding]
        rows.append(
            (
                group.label,
                len(outlined),
                shown(mean_by_patient(dice, [row.patient for row in outlined]), 3) if outlined else None,
                f"{min(dice):.3f}" if dice else None,
                len(holding),
                Figure(mean_by_patient(inside, [row.patient for row in holding]).estimate, 1) if holding else None,
                f"{min(inside):.1f}" if inside else None,
            )
        )
    return table_of(
        "lungs",
        "Lungs",
        (
            "CTs",
            "n, lungs drawn",
            "Dice, mean of patients ± SD",
            "lowest",
            "n, lesions drawn",
            "lesion inside found lungs, %",
            "lowest, %",
        ),
        rows,
    )
