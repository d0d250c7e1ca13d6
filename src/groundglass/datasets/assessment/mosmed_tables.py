"""MosMedData: what only this set can tell, beside figures that others published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from groundglass.analysis.result import GRADES
from groundglass.datasets.assessment.groups import SEEN
from groundglass.datasets.assessment.record import CtRecord
from groundglass.datasets.assessment.table import Cell, Figure, Table, shown, table_of
from groundglass.evaluation.agreement import kappa
from groundglass.evaluation.by_patient import mean_by_patient, median_by_patient, spearman_by_patient
from groundglass.evaluation.classification import roc_auc

SOURCE = "mosmed"
"""Source of its CTs."""
_SUBJECT = {"dice": "lesions", "auc": "CT-0 against CT-1 to CT-4", "severity": "percentage and grade"}

Records = Sequence[CtRecord]


@dataclass(frozen=True, slots=True)
class Published:
    """A figure that others published.

    Attributes
    ----------
    beside : str
        Beside which figure of ours it stands.
    figure, of, source : str
        The figure, of what, and where it was published.
    """

    beside: str
    figure: str
    of: str
    source: str


PUBLISHED: tuple[Published, ...] = (
    Published(
        "dice", "0.588 ± 0.206", "lesion Dice, these 50, 3D nnU-Net never trained on them", "COVID-19-CT-Seg benchmark"
    ),
    Published("dice", "0.537", "lesion Dice, these 50, 2D network never trained on them", "COVID-19-CT-Seg benchmark"),
    Published("dice", "0.673", "lesion Dice, 20 public CTs, trained on 4", "COVID-19-CT-Seg benchmark"),
    Published("dice", "0.761", "lesion Dice, 20 public CTs, five-fold", "Müller et al."),
    Published("dice", "0.70", "two people drawing the same lesions, low-dose CT", "Bartoli et al."),
    Published("auc", "0.721", "norm against pathology on MosMedData", "LDT-2025"),
    Published("auc", "0.97", "COVID-19 against healthy, other CTs", "Goncharov et al., MedIA 2021"),
    Published("severity", "0.97", "Spearman of severity, other CTs", "Goncharov et al., MedIA 2021"),
)
"""Figures of others, each with its source."""


def mosmed_tables(records: Records) -> tuple[Table, ...]:
    """Return the tables of MosMedData, ours and the published figures; empty without CTs of this set.

    Parameters
    ----------
    records : sequence of CtRecord
        Any; those of other sources are left out.
    """
    ours = [row for row in records if row.source == SOURCE]
    rows: list[tuple[Cell, ...]] = []
    for suffix, part in (
        ("", [row for row in ours if not row.seen_in_training]),
        (f", {SEEN}", [row for row in ours if row.seen_in_training]),
    ):
        for cells in (*_pathology(part), *_severity(part), *_masks(part)):
            rows.append((str(cells[0]) + suffix, *cells[1:]))
    table = table_of(
        "mosmed",
        "MosMedData",
        ("what", "of", "n", "figure"),
        rows,
        "Percentages are of the found lungs.",
    )
    if table is None:
        return ()
    published = tuple((_SUBJECT[row.beside], row.figure, row.of, row.source) for row in PUBLISHED)
    return (
        table,
        Table("published", "Figures of others", ("beside", "figure", "of", "source"), published),
    )


def _pathology(part: Records) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    for what, values in (
        ("AUC of the probability of pathology", [row.probability_of_pathology for row in part]),
        ("AUC of the percentage", [row.found_percent for row in part]),
    ):
        kept = [
            (row.grade_given != "CT-0", value)
            for row, value in zip(part, values, strict=True)
            if row.grade_given is not None and value is not None
        ]
        if kept:
            auc = roc_auc([sick for sick, _ in kept], [value for _, value in kept])
            rows.append((what, _SUBJECT["auc"], len(kept), Figure(auc, 3)))
    return rows


def _severity(part: Records) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    kept = [row for row in part if row.grade_given is not None and row.found_percent is not None]
    if kept:
        whose = [row.patient for row in kept]
        stages = np.array([GRADES.index(row.grade_given) for row in kept if row.grade_given], dtype=np.float64)
        found = np.array([row.found_percent or 0.0 for row in kept])
        rows.append(("Spearman", _SUBJECT["severity"], len(kept), Figure(spearman_by_patient(stages, found, whose), 3)))
    graded = [row for row in part if row.grade_given is not None and row.grade_found is not None]
    if graded:
        given, measured = [row.grade_given for row in graded], [row.grade_found for row in graded]
        agreement = kappa(given, measured, GRADES, weights="quadratic")
        rows.append(("kappa, quadratic weights", "grade given and measured", len(graded), Figure(agreement, 3)))
    return rows


def _masks(part: Records) -> list[tuple[Cell, ...]]:
    drawn = [row for row in part if row.lesion_voxels is not None and row.lesion_voxels.drawn > 0]
    if not drawn:
        return []
    n, whose, subject = len(drawn), [row.patient for row in drawn], "lesions"
    scores = [(row.lesion_voxels.dice or 0.0) if row.lesion_voxels else 0.0 for row in drawn]
    rows: list[tuple[Cell, ...]] = [
        ("Dice, mean ± SD", subject, n, shown(mean_by_patient(scores, whose), 3)),
        ("Dice, median", subject, n, Figure(median_by_patient(scores, whose), 3)),
    ]
    for words, values in (
        ("surface Dice at 2 mm, mean ± SD", [row.nsd_2mm for row in drawn]),
        ("surface Dice at 4 mm, mean ± SD", [row.nsd_4mm for row in drawn]),
    ):
        known = [(row.patient, value) for row, value in zip(drawn, values, strict=True) if value is not None]
        if known:
            mean = mean_by_patient([value for _, value in known], [patient for patient, _ in known])
            rows.append((words, subject, len(known), shown(mean, 3)))
    errors = [(row.patient, row.found_ml - row.drawn_ml) for row in drawn if row.found_ml is not None and row.drawn_ml]
    if errors:
        off, of = np.array([value for _, value in errors]), [patient for patient, _ in errors]
        rows.append(("volume error, ml, mean ± SD", subject, len(of), shown(mean_by_patient(off, of), 1)))
        rows.append(
            ("volume error, ml, mean absolute", subject, len(of), Figure(mean_by_patient(abs(off), of).estimate, 1))
        )
    return rows
