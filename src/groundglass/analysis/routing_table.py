"""Table 2 of Morozov et al., Digital Diagnostics 2020;1(1):49-59 as data: clinical signs, decisions, gaps, overlaps.

Nothing here decides anything; :mod:`groundglass.analysis.routing` reads it. Every string in upper or lower snake case
is a code whose words, English and Russian, stand in :mod:`groundglass.phrases.grading`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from groundglass.analysis.clinical import Clinical
from groundglass.analysis.result import Grade

Operator = Literal["<", "<=", "=", ">=", ">", "between", "is"]
Urgency = Literal["routine", "soon", "urgent", "emergency"]
URGENCIES: tuple[Urgency, ...] = ("routine", "soon", "urgent", "emergency")
"""How soon a physician should see the case, rising."""

Decision = Literal[
    "inform_physician_refer_specialist",
    "home_telemedicine",
    "home_primary_care",
    "immediate_admission",
    "intensive_care",
    "emergency_admission_intensive_care",
]

TABLE_2 = "Morozov et al. 2020, Table 2"

_COMPARE: Mapping[str, Callable[[float, float], bool]] = MappingProxyType(
    {"<": operator.lt, "<=": operator.le, "=": operator.eq, ">=": operator.ge, ">": operator.gt, "is": operator.eq}
)


@dataclass(frozen=True, slots=True)
class Sign:
    """One clinical sign of a row: a field, an operator, a value.

    Attributes
    ----------
    field : str
        Name of a field of :class:`~groundglass.analysis.clinical.Clinical`.
    operator : {"<", "<=", "=", ">=", ">", "between", "is"}
        ``between`` holds at both ends.
    value : float or bool
        Compared with; the lower end of ``between``.
    upper : float or None
        The upper end of ``between``.
    source : str
        As the table prints it.
    """

    field: str
    operator: Operator
    value: float | bool
    upper: float | None = None
    source: str = TABLE_2

    def met(self, clinical: Clinical) -> bool | None:
        """Tell whether the sign is there; None where the field was not given."""
        value: float | bool | None = getattr(clinical, self.field)
        if value is None:
            return None
        if self.operator == "between":
            return self.upper is not None and self.value <= value <= self.upper
        return _COMPARE[self.operator](value, self.value)


Combination = Literal["none", "and_or_unstated", "one_or_more_with_fever", "any_unstated"]
"""How the signs of a row go together.

* ``none``: the row asks for no sign;
* ``and_or_unstated``: the table lists them without AND or OR: only all of them together carry the row under either
  reading, some of them are a conflict;
* ``one_or_more_with_fever``: so the table, not saying what counts as fever: the row's own t > 38.5 surely does;
* ``any_unstated``: the table lists life-threatening states without AND or OR: one of them carries the row, since its
  decision is the gravest there is, and the open question is reported beside it.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table.

    Attributes
    ----------
    grade : Grade
        Name of the row.
    signs : tuple of Sign
        The clinical column.
    combination : str
        See :data:`Combination`.
    decision : str
        Code of the decision column.
    decision_in_hospital : str or None
        The decision for a patient who is in hospital already; None where the row sends an outpatient home.
    urgency : str
        Ours, derived from the decision: how soon a physician should see the case.
    source : str
        Where the row stands.
    """

    grade: Grade
    signs: tuple[Sign, ...]
    combination: Combination
    decision: Decision
    decision_in_hospital: Decision | None
    urgency: Urgency
    source: str = TABLE_2


ROWS: tuple[Row, ...] = (
    Row(
        "CT-0",
        (),
        "none",
        "inform_physician_refer_specialist",
        "inform_physician_refer_specialist",
        "routine",
    ),
    Row(
        "CT-1",
        (
            Sign("temperature_c", "<", 38.0, source=f"{TABLE_2}: t < 38.0 C"),
            Sign("respiratory_rate_per_min", "<", 20.0, source=f"{TABLE_2}: RR < 20/min"),
            Sign("spo2_percent", ">", 95.0, source=f"{TABLE_2}: SpO2 > 95 %"),
        ),
        "and_or_unstated",
        "home_telemedicine",
        None,
        "routine",
    ),
    Row(
        "CT-2",
        (
            Sign("temperature_c", ">", 38.5, source=f"{TABLE_2}: t > 38.5 C"),
            Sign("respiratory_rate_per_min", "between", 20.0, 30.0, source=f"{TABLE_2}: RR 20-30/min"),
            Sign("spo2_percent", "=", 95.0, source=f"{TABLE_2}: SpO2 95 %"),
        ),
        "and_or_unstated",
        "home_primary_care",
        None,
        "soon",
    ),
    Row(
        "CT-3",
        (
            Sign("temperature_c", ">", 38.5, source=f"{TABLE_2}: t > 38.5 C"),
            Sign("respiratory_rate_per_min", ">=", 30.0, source=f"{TABLE_2}: RR >= 30/min"),
            Sign("spo2_percent", "<=", 95.0, source=f"{TABLE_2}: SpO2 <= 95 %"),
            Sign("pao2_fio2_mmhg", "<=", 300.0, source=f"{TABLE_2}: PaO2/FiO2 <= 300 mmHg"),
        ),
        "one_or_more_with_fever",
        "immediate_admission",
        "intensive_care",
        "urgent",
    ),
    Row(
        "CT-4",
        (
            Sign("shock", "is", True, source=f"{TABLE_2}: shock"),
            Sign("organ_failure", "is", True, source=f"{TABLE_2}: multiple organ failure"),
            Sign("respiratory_failure", "is", True, source=f"{TABLE_2}: respiratory failure"),
        ),
        "any_unstated",
        "emergency_admission_intensive_care",
        "emergency_admission_intensive_care",
        "emergency",
    ),
)
"""The rows, from the mildest to the gravest."""

FEVER = Sign("temperature_c", ">", 38.5, source=f"{TABLE_2}: the row's own t > 38.5 C is a fever under any reading")
"""The least that surely counts as the fever of row CT-3."""

CT_1_WITHOUT_PICTURE: tuple[Sign, ...] = (
    Sign("typical_clinical_picture", "is", True, source=f"{TABLE_2}: no CT signs with typical clinical picture"),
    Sign("epidemiological_history", "is", True, source=f"{TABLE_2}: and epidemiological history"),
)
"""What makes row CT-1 of a picture without findings; the table joins these two by "and"."""


@dataclass(frozen=True, slots=True)
class OpenPoint:
    """A value that the table puts into no row or into two.

    Attributes
    ----------
    code : str
        Code of the conflict.
    signs : tuple of Sign
        All must hold.
    below : Grade or None
        Reported only for rows under this one; None for every row.
    source : str
        Why it is open.
    urgency_of : Grade or None
        The row whose urgency is the least, so that a gap errs towards care.
    """

    code: str
    signs: tuple[Sign, ...]
    below: Grade | None
    source: str
    urgency_of: Grade | None = None


OPEN_POINTS: tuple[OpenPoint, ...] = (
    OpenPoint(
        "temperature_gap",
        (Sign("temperature_c", ">=", 38.0), Sign("temperature_c", "<=", 38.5)),
        None,
        f"{TABLE_2}: CT-1 ends under 38.0, CT-2 and CT-3 begin above 38.5",
        "CT-2",
    ),
    OpenPoint(
        "temperature_two_rows",
        (Sign("temperature_c", ">", 38.5),),
        "CT-3",
        f"{TABLE_2}: t > 38.5 stands in CT-2 and CT-3",
    ),
    OpenPoint(
        "respiratory_rate_two_rows",
        (Sign("respiratory_rate_per_min", "=", 30.0),),
        None,
        f"{TABLE_2}: 30 closes CT-2 (20-30) and opens CT-3 (>= 30)",
    ),
    OpenPoint(
        "spo2_two_rows",
        (Sign("spo2_percent", "=", 95.0),),
        None,
        f"{TABLE_2}: 95 stands in CT-2 (95) and CT-3 (<= 95)",
    ),
)

EXCLUSIONS: tuple[OpenPoint, ...] = (
    OpenPoint(
        "pregnancy_outside_table",
        (Sign("pregnant", "is", True),),
        None,
        "Morozov et al. 2020: pregnancy was excluded",
    ),
    OpenPoint(
        "under_18_outside_table",
        (Sign("age_years", "<", 18.0),),
        None,
        "Morozov et al. 2020: patients under 18 were excluded",
    ),
)
"""Patients for whom the table was not made."""

HIGHER_SIGN_CODES: Mapping[str, str] = MappingProxyType(
    {
        "temperature_c": "temperature_points_higher",
        "respiratory_rate_per_min": "respiratory_rate_points_higher",
        "spo2_percent": "spo2_points_higher",
        "pao2_fio2_mmhg": "pao2_fio2_points_higher",
        "shock": "shock_points_higher",
        "organ_failure": "organ_failure_points_higher",
        "respiratory_failure": "respiratory_failure_points_higher",
    }
)
"""Code of the conflict where the field fits a graver row only."""

GROWTH_GRADES: tuple[Grade, ...] = ("CT-1", "CT-2")
"""Pictures that growth by 50 % in 24-48 h with respiratory impairment would lift into row CT-3 (Table 2)."""
