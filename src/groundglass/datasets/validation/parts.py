"""Parts of a set: every study in one, every patient in one, grades spread evenly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

from groundglass.datasets.findings import Finding, Values
from groundglass.datasets.members import Member

UNEVEN_P = 0.001
"""Chance at which an even division comes out so unevenly: one set of a thousand is told in vain."""
LEAST_STUDIES = 10
"""Studies of a part from which its grades are compared."""
LEAST_SHARE_APART = 0.15
"""Share of a grade in two parts that differs by less is uneven for nobody, however many studies show it."""


def check_parts(members: Sequence[Member]) -> list[Finding]:
    """Check parts, patients and grades of all studies.

    Parameters
    ----------
    members : sequence of Member
        Of the table.
    """
    findings = []
    if any(member.split for member in members):
        findings += [
            Finding("SPLIT_UNKNOWN", member.study_id, {"how": "none"}) for member in members if not member.split
        ]
    of_patient: dict[str, dict[str, list[str]]] = {}
    for member in members:
        if member.patient_id and member.split:
            of_patient.setdefault(member.patient_id, {}).setdefault(member.split, []).append(member.study_id)
    for parts in of_patient.values():
        if len(parts) > 1:
            studies = [name for names in parts.values() for name in names]
            values: Values = {"studies": ", ".join(studies[:8]), "parts": ", ".join(sorted(parts))}
            findings.append(Finding("PATIENT_IN_TWO_SPLITS", studies[-1], values))
    return findings + _uneven(members)


def _uneven(members: Sequence[Member]) -> list[Finding]:
    counts: dict[str, dict[str, int]] = {}
    for member in members:
        if member.split and member.grade:
            part = counts.setdefault(member.split, {})
            part[member.grade] = part.get(member.grade, 0) + 1
    counts = {name: grades for name, grades in counts.items() if sum(grades.values()) >= LEAST_STUDIES}
    grades = sorted({grade for part in counts.values() for grade in part})
    if len(counts) < 2 or len(grades) < 2:
        return []
    table = np.array([[part.get(grade, 0) for grade in grades] for part in counts.values()])
    shares = table / table.sum(axis=1, keepdims=True)
    apart = np.ptp(shares, axis=0)
    worst = int(apart.argmax())
    if apart[worst] < LEAST_SHARE_APART or float(stats.chi2_contingency(table).pvalue) >= UNEVEN_P:
        return []
    names = list(counts)
    low, high = int(shares[:, worst].argmin()), int(shares[:, worst].argmax())
    values: Values = {
        "grade": grades[worst],
        "first_part": names[high],
        "first_percent": round(100 * float(shares[high, worst])),
        "second_part": names[low],
        "second_percent": round(100 * float(shares[low, worst])),
    }
    return [Finding("SPLIT_UNBALANCED", None, values)]
