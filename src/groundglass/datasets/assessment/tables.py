"""The accuracy tables of real CTs: lesions, percentages, intervals, lungs, slices, normals, grades, each CT."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from groundglass.analysis.result import GRADES
from groundglass.datasets.assessment.record import CtRecord
from groundglass.datasets.assessment.table import Cell, Figure, Table, cell_text, shown, table_of
from groundglass.evaluation.agreement import kappa, spearman
from groundglass.evaluation.by_patient import (
    NO_INTERVAL,
    by_patient,
    mean_by_patient,
    median_by_patient,
    ratio_by_patient,
    share_by_patient,
)
from groundglass.evaluation.classification import roc_auc
from groundglass.evaluation.intervals import Estimate

DISEASED_PERCENT = 0.1
"""Least drawn percentage for a Dice and for its percentage to be counted as one of disease: below it a Dice hangs on a
few voxels. It is the most that a normal lung may show, too."""
SIZE_LIMITS_PERCENT = (0.1, 0.5, 2.0)
"""Borders between small and large lesions, percent of the lungs: about 5, 25 and 100 ml in an adult."""
STRETCH_SLICES = 10
"""Slices taken as one where a single patient is all there is: neighbours show the same lesion."""
SEEN = "seen in training"

Records = Sequence[CtRecord]


@dataclass(frozen=True, slots=True)
class Group:
    """Records that one row of a table is made from."""

    label: str
    records: tuple[CtRecord, ...]


def groups(records: Records) -> tuple[Group, ...]:
    """Part records into the rows of a table: each source, all, and apart from them those seen in training.

    Parameters
    ----------
    records : sequence of CtRecord
        Of one world, those that the table can use.

    Returns
    -------
    tuple of Group
        Where design was tuned on a fold, also all without that fold, and that fold.
    """
    found: list[Group] = []
    for part, suffix in (
        ([row for row in records if not row.seen_in_training], ""),
        ([row for row in records if row.seen_in_training], f", {SEEN}"),
    ):
        sources = sorted({row.source for row in part})
        if len(sources) > 1:
            found += [Group(source + suffix, tuple(row for row in part if row.source == source)) for source in sources]
        if part:
            found.append(Group((sources[0] if len(sources) == 1 else "all") + suffix, tuple(part)))
        tuned = tuple(row for row in part if row.tuned_on)
        if tuned and len(tuned) < len(part):
            found.append(Group("all but the fold tuned on" + suffix, tuple(row for row in part if not row.tuned_on)))
            found.append(Group("the fold tuned on" + suffix, tuned))
    return tuple(found)


def wholes(records: Records) -> tuple[Group, ...]:
    """Part records only into those never seen and those seen in training.

    Parameters
    ----------
    records : sequence of CtRecord
        Of one world.
    """
    unseen = tuple(row for row in records if not row.seen_in_training)
    seen = tuple(row for row in records if row.seen_in_training)
    return tuple(Group(label, part) for label, part in (("all", unseen), (f"all, {SEEN}", seen)) if part)


def data_table(records: Records) -> Table | None:
    """Return what the other tables rest on, what was not read among it; None without records.

    Parameters
    ----------
    records : sequence of CtRecord
        Of one world.
    """
    rows: list[tuple[Cell, ...]] = []
    for group in groups(records):
        part = group.records
        rows.append(
            (
                group.label,
                len(part),
                len({row.patient for row in part}),
                sum(row.coverage == "partial" for row in part),
                sum(row.found_percent is None for row in part),
                sum(row.disease is True for row in part),
                sum(row.disease is False for row in part),
            )
        )
    return table_of(
        "data",
        "What was measured",
        ("CTs", "n", "patients", "seen in part", "not read", "with disease", "without disease"),
        rows,
        "A CT that was not read gave no figures and is in no other table but that of each CT.",
    )


def diseased(records: Records) -> list[CtRecord]:
    """Return the CTs whose drawn lesions are large enough for a Dice."""
    return [row for row in records if row.lesion_voxels is not None and (row.drawn_percent or 0) >= DISEASED_PERCENT]


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


def slice_table(records: Records) -> Table | None:
    """Return the table of telling diseased slices from others; None where no slice is labelled.

    Parameters
    ----------
    records : sequence of CtRecord
        Of one world.
    """
    rows: list[tuple[Cell, ...]] = []
    for by, words in (("readers", "called infected by readers"), ("drawn", "with a drawn lesion")):
        usable = [row for row in records if row.slice_scores is not None and row.slice_scores.by in (by, "none")]
        if not any(row.slice_scores and row.slice_scores.by == by for row in usable):
            continue
        for group in groups(usable):
            if cells := _slice_row(group, words):
                rows.append(cells)
    return table_of(
        "slices",
        "Diseased slices told from others",
        (
            "CTs",
            "diseased",
            "patients with both",
            "AUC, their mean ± SD",
            "patients",
            "slices",
            "of them diseased",
            "AUC, slices pooled",
        ),
        rows,
        "The interval of pooled slices is Obuchowski's, by patient; of one patient alone it is one of stretches of "
        f"{STRETCH_SLICES} slices, and says nothing about other patients.",
    )


def _slice_row(group: Group, words: str) -> tuple[Cell, ...] | None:
    own: list[float] = []
    whose: list[object] = []
    truth: list[bool] = []
    scores: list[float] = []
    clusters: list[object] = []
    several = len({row.patient for row in group.records}) > 1
    for row in group.records:
        slices = row.slice_scores
        if slices is None:
            continue
        if 0 < sum(slices.diseased) < len(slices.diseased):
            own.append(roc_auc(slices.diseased, slices.scores).value or 0.0)
            whose.append(row.patient)
        truth += slices.diseased
        scores += slices.scores
        clusters += [row.patient if several else k // STRETCH_SLICES for k in range(len(slices.scores))]
    if not own:
        return None
    pooled = roc_auc(truth, scores, patients=clusters)
    if not pooled.method.startswith("obuchowski"):
        # what is left where too few patients have either kind would take slices for patients
        pooled = replace(pooled, low=None, high=None, method=NO_INTERVAL)
    return (
        group.label,
        words,
        len(set(whose)),
        shown(mean_by_patient(own, whose), 3),
        len({row.patient for row in group.records}),
        len(truth),
        sum(truth),
        Figure(pooled, 3),
    )


def normal_table(records: Records) -> Table | None:
    """Return the table of what is measured in lungs without disease, or nearly so; None where there are none.

    Parameters
    ----------
    records : sequence of CtRecord
        Of one world.
    """
    rows: list[tuple[Cell, ...]] = []
    read = [row for row in records if row.found_percent is not None]
    healthy = [row for row in read if row.disease is False]
    nearly = [row for row in read if row.disease and (row.drawn_percent or 100.0) < DISEASED_PERCENT]
    for suffix, part in (("", healthy), (f", under {DISEASED_PERCENT:g} % drawn", nearly)):
        for group in groups(part):
            found = np.array([row.found_percent or 0.0 for row in group.records])
            limits = [row.interval for row in group.records if row.interval is not None]
            rows.append(
                (
                    group.label + suffix,
                    len(found),
                    Figure(median_by_patient(found, [row.patient for row in group.records]), 2),
                    f"{found.max():.2f}",
                    f"{int(np.count_nonzero(found > DISEASED_PERCENT))} of {len(found)}",
                    f"{sum(low <= DISEASED_PERCENT for low, _ in limits)} of {len(limits)}",
                )
            )
    return table_of(
        "normals",
        "Lungs without disease: false involvement",
        (
            "CTs",
            "n",
            "median, %",
            "largest, %",
            f"above {DISEASED_PERCENT:g} %",
            f"interval from {DISEASED_PERCENT:g} % or less",
        ),
        rows,
    )


def grade_table(records: Records) -> Table | None:
    """Return how measured grades agree with given ones; None where no grade was given.

    Parameters
    ----------
    records : sequence of CtRecord
        Of one world.
    """
    rows: list[tuple[Cell, ...]] = []
    for group in groups([row for row in records if row.grade_given is not None]):
        graded = [row for row in group.records if row.grade_found is not None]
        given, found = [row.grade_given for row in graded], [row.grade_found for row in graded]
        whose = [row.patient for row in graded]
        same = [int(a == b) for a, b in zip(given, found, strict=True)]
        near = sum(row.grade_stable is False for row in graded)
        rows.append(
            (
                group.label,
                len(group.records),
                len(graded),
                Figure(kappa(given, found, GRADES, weights="quadratic"), 2),
                Figure(share_by_patient(same, np.ones(len(same)), whose), 2),
                f"{near} of {len(graded)}",
            )
        )
    return table_of(
        "grades",
        "Grade given by readers and grade measured",
        ("CTs", "n", "graded", "kappa, quadratic weights", "share equal", "marked unstable"),
        rows,
        "Chests seen in part are not graded.",
    )


def case_table(records: Records) -> Table | None:
    """Return one row a CT; None where there is none.

    Parameters
    ----------
    records : sequence of CtRecord
        Of one world.
    """

    def text(value: float | None, digits: int) -> str | None:
        return None if value is None else f"{value:.{digits}f}"

    rows: list[tuple[Cell, ...]] = []
    for row in records:
        fold = cell_text(row.fold) + (" (tuned on)" if row.tuned_on else "")
        limits = None if row.interval is None else f"{row.interval[0]:.2f} to {row.interval[1]:.2f}"
        rows.append(
            (
                row.name,
                SEEN if row.seen_in_training else fold,
                text(row.lesion_voxels.dice, 3) if row.lesion_voxels else None,
                text(row.drawn_percent, 2),
                text(row.found_percent, 2) if row.coverage != "none" else "not read",
                limits,
                None if row.covered is None else "yes" if row.covered else "no",
                text(row.lung_voxels.dice, 3) if row.lung_voxels else None,
            )
        )
    return table_of(
        "cts",
        "Each CT",
        ("CT", "fold", "Dice", "drawn, %", "measured, %", "95 % interval", "holds", "lungs, Dice"),
        rows,
    )


def true_and_found(records: Records) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (row,) true and (row,) measured percentages of records that have both."""
    both = [(row.drawn_percent, row.found_percent) for row in records]
    pairs = [(a, b) for a, b in both if a is not None and b is not None]
    array = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    return array[:, 0], array[:, 1]


def spearman_by_patient(one: NDArray[np.float64], other: NDArray[np.float64], patients: Sequence[object]) -> Estimate:
    """Return Spearman's correlation with an interval from drawing patients."""

    def value(index: NDArray[np.intp]) -> float | None:
        return spearman(one[index], other[index]).value

    return by_patient(value, patients)


TableMaker = Callable[[Records], Table | None]
REAL_TABLES: tuple[TableMaker, ...] = (
    data_table,
    lesion_table,
    percent_table,
    interval_table,
    lesionwise_table,
    lung_table,
    slice_table,
    normal_table,
    grade_table,
)
"""In the order in which they are printed."""
