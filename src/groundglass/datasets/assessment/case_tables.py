"""The tables of slices, of lungs without disease, of grades, and of each CT."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from groundglass.analysis.result import GRADES
from groundglass.datasets.assessment.groups import DISEASED_PERCENT, SEEN, Group, Records, groups
from groundglass.datasets.assessment.table import Cell, Figure, Table, cell_text, shown, table_of
from groundglass.evaluation.agreement import kappa
from groundglass.evaluation.by_patient import NO_INTERVAL, mean_by_patient, median_by_patient, share_by_patient
from groundglass.evaluation.classification import roc_auc

STRETCH_SLICES = 10
"""Slices taken as one where a single patient is all there is: neighbours show the same lesion."""


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


def study_table(records: Records) -> Table | None:
    """Return the table of telling CTs with disease from those without; None unless there are both.

    Parameters
    ----------
    records : sequence of CtRecord
        Of one world.
    """
    rows: list[tuple[Cell, ...]] = []
    for group in groups([row for row in records if row.disease is not None and row.found_percent is not None]):
        sick = [bool(row.disease) for row in group.records]
        if all(sick) or not any(sick):
            continue
        known = [
            (ill, row.probability_of_pathology)
            for ill, row in zip(sick, group.records, strict=True)
            if row.probability_of_pathology is not None
        ]
        by_percent = roc_auc(sick, [row.found_percent or 0.0 for row in group.records])
        by_chance = roc_auc([ill for ill, _ in known], [value for _, value in known]) if known else None
        rows.append(
            (
                group.label,
                sum(sick),
                len(sick) - sum(sick),
                None if by_chance is None else Figure(by_chance, 3),
                Figure(by_percent, 3),
            )
        )
    return table_of(
        "studies",
        "CTs with disease told from those without",
        ("CTs", "with", "without", "AUC of the probability of pathology", "AUC of the percentage"),
        rows,
        "Intervals are DeLong's, or Newcombe's where both kinds part without overlap.",
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
