"""The row of Table 2 that a patient falls into, and what the table says to do: only where clinical data carry it.

A picture alone never routes a patient, and a physician decides. How a decision comes about:

1. The grade names the row; an unstable grade names the rows of both ends of its interval. A picture without findings
   falls into row CT-1 if a typical clinical picture and an epidemiological history are both given as present.
2. The decision of a row is given only if the row's own clinical signs are there, and nothing that was given fits a
   graver row only. Otherwise it is None, and what is missing or in conflict is listed.
3. The urgency, how soon a physician should see the case, is the gravest of the rows named by the picture and the
   mildest row that holds each clinical value. It is raised by a conflict, never lowered; without clinical data it
   ranks the picture for the reading list and routes nobody.
4. Values that the table puts into no row or into two are reported, never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass

from groundglass.analysis.clinical import Clinical
from groundglass.analysis.result import GRADES, Grade, GradeSection, RoutingSection
from groundglass.analysis.routing_table import (
    CT_1_WITHOUT_PICTURE,
    EXCLUSIONS,
    FEVER,
    GROWTH_GRADES,
    HIGHER_SIGN_CODES,
    OPEN_POINTS,
    ROWS,
    URGENCIES,
    OpenPoint,
    Row,
    Urgency,
)
from groundglass.phrases import Notice

_EARLIER_CT = "earlier_ct_24_48_h"
_NOBODY = Clinical()


def route(grade: GradeSection, clinical: Clinical | None = None) -> RoutingSection:
    """Find the row of the table, and the decision where the clinical data carry it.

    Parameters
    ----------
    grade : GradeSection
        The grade with its interval.
    clinical : Clinical or None
        What is known of the patient; one without any field counts as None.

    Returns
    -------
    RoutingSection
        Codes, whose words :func:`words` gives: ``decision`` a code or None; ``table_row`` such as ``"CT-2"``,
        ``"CT-1..CT-2"`` or None; ``missing`` names of clinical fields, ``earlier_ct_24_48_h`` or ``grade``;
        ``conflicts``; ``urgency``; ``basis``.

    References
    ----------
    Morozov et al., Digital Diagnostics 2020;1(1):49-59, Table 2.
    """
    known = clinical or _NOBODY
    if grade.value is None:
        return _ungraded(known)
    ends = grade.interval or (grade.value, grade.value)
    rows = tuple(dict.fromkeys(_row_for(end, known) for end in ends))
    verdicts = [_carried(row, known) for row in rows]
    missing = [name for verdict in verdicts for name in verdict.missing]
    if "CT-0" in ends:
        missing = [*_undecided_history(known), *missing]
    conflicts = list(verdicts[0].conflicts) if len(rows) == 1 else ["grade_unstable"]
    higher = _points_higher(rows[-1], known)
    excluded = _open(EXCLUSIONS, rows[0], known)
    growth = _growth_open(rows, known)
    at_home = _sent_home_from_hospital(rows[0], known)
    conflicts += [*higher, *growth, *_open(OPEN_POINTS, rows[0], known), *excluded, *at_home]
    carried = len(rows) == 1 and verdicts[0].carried and not (higher or excluded or growth or at_home)
    return RoutingSection(
        decision=_decision(rows[0], known) if carried and known.given else None,
        table_row="..".join(row.grade for row in rows),
        missing=tuple(dict.fromkeys([*missing, *_asked_of_everyone(rows, known)])),
        conflicts=tuple(dict.fromkeys(conflicts)),
        urgency=_urgency(rows, known),
        basis="picture_and_clinical" if known.given else "picture_only",
    )


@dataclass(frozen=True, slots=True)
class _Verdict:
    """Whether the signs of a row are there, and what keeps one from saying so."""

    carried: bool
    missing: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()


def _row_for(end: Grade, known: Clinical) -> Row:
    if end == "CT-0" and all(sign.met(known) for sign in CT_1_WITHOUT_PICTURE):
        return ROWS[1]
    return ROWS[GRADES.index(end)]


def _undecided_history(known: Clinical) -> tuple[str, ...]:
    """Return the fields that would tell whether a picture without findings falls into row CT-1."""
    met = {sign.field: sign.met(known) for sign in CT_1_WITHOUT_PICTURE}
    if False in met.values():
        return ()
    return tuple(name for name, value in met.items() if value is None)


def _carried(row: Row, known: Clinical) -> _Verdict:
    met = {sign.field: sign.met(known) for sign in row.signs}
    there = tuple(name for name, value in met.items() if value)
    absent = tuple(name for name, value in met.items() if value is False)
    unknown = tuple(name for name, value in met.items() if value is None)
    none_there = _Verdict(False, unknown, () if unknown else ("row_signs_absent",))
    if row.combination == "none":
        return _Verdict(not _undecided_history(known))
    if row.combination == "and_or_unstated":
        if there and absent:
            return _Verdict(False, unknown, ("signs_and_or_unstated",))
        return _Verdict(True) if not (absent or unknown) else none_there
    if row.combination == "any_unstated":
        open_question = ("signs_and_or_unstated",) if absent or unknown else ()
        return _Verdict(True, (), open_question) if there else none_there
    fever = FEVER.met(known)
    if fever:
        return _Verdict(True)
    if not there:
        return none_there
    return _Verdict(False, (FEVER.field,)) if fever is None else _Verdict(False, (), ("fever_undefined",))


def _points_higher(row: Row, known: Clinical) -> tuple[str, ...]:
    """Return a code for every clinical value that fits graver rows only."""
    codes = []
    place = max(ROWS.index(row), 1)  # the signs of CT-1 are those of good health: they contradict no CT-0
    for name, code in HIGHER_SIGN_CODES.items():
        holding = _holding(name, known)
        if holding and min(holding) > place:
            codes.append(code)
    return tuple(codes)


def _holding(name: str, known: Clinical) -> tuple[int, ...]:
    """Return the places of the rows of which one sign holds the value of a field."""
    return tuple(
        place for place, row in enumerate(ROWS) if any(sign.field == name and sign.met(known) for sign in row.signs)
    )


def _open(points: tuple[OpenPoint, ...], row: Row, known: Clinical) -> tuple[str, ...]:
    place = ROWS.index(row)
    return tuple(
        point.code
        for point in points
        if all(sign.met(known) for sign in point.signs) and (point.below is None or place < GRADES.index(point.below))
    )


def _growth_open(rows: tuple[Row, ...], known: Clinical) -> tuple[str, ...]:
    asked = any(row.grade in GROWTH_GRADES for row in rows)
    return ("growth_not_assessed",) if asked and known.respiratory_impairment else ()


def _sent_home_from_hospital(row: Row, known: Clinical) -> tuple[str, ...]:
    return ("home_row_in_hospital",) if known.in_hospital and row.decision_in_hospital is None else ()


def _decision(row: Row, known: Clinical) -> str:
    return row.decision_in_hospital if known.in_hospital and row.decision_in_hospital else row.decision


def _asked_of_everyone(rows: tuple[Row, ...], known: Clinical) -> list[str]:
    names = []
    if any(row.grade in GROWTH_GRADES for row in rows):
        names += ["respiratory_impairment"] if known.respiratory_impairment is None else []
        names += [_EARLIER_CT] if known.respiratory_impairment is not False else []
    if any(row.decision != row.decision_in_hospital for row in rows):
        names += ["in_hospital"] if known.in_hospital is None else []
    names += ["age_years"] if known.age_years is None else []
    return names


def _urgency(rows: tuple[Row, ...], known: Clinical) -> Urgency:
    """Return the gravest urgency of the picture's rows and of the mildest row at or above them holding each value."""
    top = max(ROWS.index(row) for row in rows)
    places = [top]
    for name in HIGHER_SIGN_CODES:
        at_or_above = [place for place in _holding(name, known) if place >= top]
        places += [min(at_or_above)] if at_or_above else []
    for point in OPEN_POINTS:
        if point.urgency_of and all(sign.met(known) for sign in point.signs):
            places.append(GRADES.index(point.urgency_of))
    if _growth_open(rows, known):
        places.append(GRADES.index("CT-3"))
    return max((ROWS[place].urgency for place in places), key=URGENCIES.index)


def _ungraded(known: Clinical) -> RoutingSection:
    conflicts = (*_open(OPEN_POINTS, ROWS[0], known), *_open(EXCLUSIONS, ROWS[0], known))
    return RoutingSection(
        decision=None,
        table_row=None,
        missing=("grade",),
        conflicts=tuple(dict.fromkeys(conflicts)),
        urgency=_urgency((ROWS[0],), known) if known.given else None,
        basis="not_graded",
    )


@dataclass(frozen=True, slots=True)
class RoutingWords:
    """A routing section as notices, so that a report can say it in its own language.

    Attributes
    ----------
    row, decision, urgency, basis : Notice
        What each field says; where there is no decision, why none is given.
    missing, conflicts : tuple of Notice
        One each.
    """

    row: Notice
    decision: Notice
    urgency: Notice
    basis: Notice
    missing: tuple[Notice, ...]
    conflicts: tuple[Notice, ...]


def words(section: RoutingSection) -> RoutingWords:
    """Return what a routing section says, as notices for :func:`groundglass.phrases.say_notice`.

    Parameters
    ----------
    section : RoutingSection
        As :func:`route` gives it.
    """
    return RoutingWords(
        row=_row_words(section.table_row),
        decision=Notice(f"decision_{section.decision or 'left_to_physician'}", {}, "info"),
        urgency=Notice(f"urgency_{section.urgency or 'unknown'}", {}, "info"),
        basis=Notice(f"basis_{section.basis}", {}, "info"),
        missing=tuple(Notice(f"missing_{name}", {}, "info") for name in section.missing),
        conflicts=tuple(Notice(f"conflict_{code}", {}, "warning") for code in section.conflicts),
    )


def _row_words(table_row: str | None) -> Notice:
    if table_row is None:
        return Notice("table_row_none", {}, "info")
    first, _, last = table_row.partition("..")
    if last:
        return Notice("table_row_between", {"low": first[-1], "high": last[-1]}, "info")
    return Notice(f"table_row_ct_{first[-1]}", {}, "info")
