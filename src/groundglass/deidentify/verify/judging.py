"""Dates: which are leaks, and which are moved ones that look like others by chance (PS3.15 E.3.6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from groundglass.deidentify.verify.dates import days_between, moved
from groundglass.deidentify.verify.findings import Finding
from groundglass.deidentify.verify.known import Known
from groundglass.deidentify.verify.pairing import Group, Record

UNEVEN_AT_MOST_DAYS = 31
"""A date that differs by more from where it should be is another date, a dummy for example, and no slip in moving."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A date somewhere in OUT.

    Attributes
    ----------
    file, place : str
        Where.
    readings : tuple of str
        What it may mean.
    group : str or None
        Pseudonym of the object; None outside of objects.
    tag : int
        Attribute, 0 for none.
    before : tuple of str
        Dates of the same attribute in the object it was made from, where that is known.
    structured : bool
        It is the value of a date attribute.
    """

    file: str
    place: str
    readings: tuple[str, ...]
    group: str | None
    tag: int = 0
    before: tuple[str, ...] = ()
    structured: bool = False


class Judge:
    """Collects dates, and judges them when all objects of each pseudonym are known.

    Parameters
    ----------
    known : Known
        Dates of the source.
    """

    def __init__(self, known: Known) -> None:
        self._known = known
        self._groups: dict[str, Group] = defaultdict(Group)
        self._seen: list[Occurrence] = []

    def pair(self, group: str, record: Record, sources: list[Record]) -> None:
        """Take up an object and what it may have been made from."""
        self._groups[group].take(record, sources)

    def structured(
        self, file: str, place: str, group: str, tag: int, days: tuple[str, ...], sources: list[Record]
    ) -> None:
        """Take up a date attribute."""
        before = tuple(dict.fromkeys(day for source in sources for day in source.dates.get(place, ())))
        for day in dict.fromkeys(days):
            self._seen.append(Occurrence(file, place, (day,), group, tag, before, True))

    def text(self, occurrence: Occurrence) -> None:
        """Take up a date within a text or a name."""
        self._seen.append(occurrence)

    def findings(self) -> Iterator[Finding]:
        """Return a finding for each date of the source that was not moved."""
        for group in self._groups.values():
            group.settle()
        # one pseudonym a patient: what one object of it tells holds for the others
        for occurrence in self._seen:
            for day in occurrence.readings:
                code = self._judged(day, occurrence)
                code = code or self._uneven(day, occurrence)
                if code:
                    yield Finding(code, occurrence.file, occurrence.place, "date", day)
                    break

    def _judged(self, day: str, occurrence: Occurrence) -> str:
        known = self._known
        group = self._groups.get(occurrence.group) if occurrence.group is not None else None
        owner = known.patients.get(group.patient) if group and group.patient else None
        shift = group.days if group and group.known else 0
        earlier = moved(day, shift) if shift else ""  # what the source would have had there
        if occurrence.structured and day in occurrence.before:
            return (
                ""
                if earlier and earlier in occurrence.before
                else self._code(day, owner is not None and day in owner.births)
            )
        if owner is not None:
            if earlier and (earlier in owner.dates or earlier in occurrence.before):
                return ""
            if day in owner.births or day in owner.dates:
                return self._code(day, day in owner.births)
            return "L11" if day in known.planted_dates else ""
        if day in known.planted_dates:
            return "L11"
        holders = known.holders(day)
        if not holders or (occurrence.group is None and self._moved_of_any(day)):
            return ""
        return self._code(day, any(day in known.patients[h].births for h in holders))

    def _uneven(self, day: str, occurrence: Occurrence) -> str:
        """Return W04 for a date that was moved by nearly as many days as the others of its patient."""
        group = self._groups.get(occurrence.group or "")
        if group is None or not group.days or not occurrence.structured or len(occurrence.before) != 1:
            return ""
        off = abs(days_between(occurrence.before[0], day) - group.days)
        return "W04" if 0 < off <= UNEVEN_AT_MOST_DAYS else ""

    def _moved_of_any(self, day: str) -> bool:
        """Return whether a date outside of objects is one that a patient's dates were moved to."""
        for group in self._groups.values():
            owner = self._known.patients.get(group.patient)
            if owner and group.days and moved(day, group.days) in owner.dates:
                return True
        return False

    def _code(self, day: str, birth: bool) -> str:
        if day in self._known.planted_dates:
            return "L11"
        return "L06" if birth else "L05"
