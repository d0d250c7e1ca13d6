"""What few patients share, and what is known of too few."""

from __future__ import annotations

from collections.abc import Sequence

from groundglass.datasets.findings import Finding, Values
from groundglass.datasets.members import Member
from groundglass.deidentify.cells import SMALL_CELL_PATIENTS, small_cells

CELLS_TOLD = 50
"""Nobody reads more; the number of all is told with the first."""
LEAST_KNOWN_SHARE = 0.5
"""Share of studies of which a column must be known for anybody to judge bias."""
THIN_COLUMNS = ("sex", "age_years", "manufacturer", "model")
"""What the statistics of a set are expected to tell of its patients and scanners."""


def check_people(members: Sequence[Member]) -> list[Finding]:
    """Return small cells and columns that are mostly empty.

    Parameters
    ----------
    members : sequence of Member
        Of the table.
    """
    if not members:
        return []
    findings = []
    for column in THIN_COLUMNS:
        known = sum(getattr(member, column) is not None for member in members)
        if known < LEAST_KNOWN_SHARE * len(members):
            findings.append(Finding("STATISTICS_THIN", None, {"column": column, "known": known, "of": len(members)}))
    told = any(member.sex or member.age_years is not None or member.manufacturer for member in members)
    if not told:
        return findings
    cells = small_cells(
        {
            "patient": member.patient_id or member.study_id,
            "sex": member.sex,
            "age": member.age_years,
            "grade": member.grade,
            "manufacturer": member.manufacturer,
            "model": member.model,
        }
        for member in members
    )
    for cell in cells[:CELLS_TOLD]:
        shared = "; ".join(f"{name} {value}" for name, value in cell.cell.items())
        values: Values = {"cell": shared, "patients": cell.patients, "limit": SMALL_CELL_PATIENTS, "cells": len(cells)}
        findings.append(Finding("SMALL_CELL", None, values))
    return findings
