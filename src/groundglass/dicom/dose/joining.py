"""Joining the dose objects of one study: every irradiation counts once, however many reports tell of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from groundglass.dicom.dose.events import DoseObject, StatedEvent
from groundglass.phrases import Notice

SUM_TOLERANCE = 0.002
"""Share by which a stated sum may differ from that of the events: both are rounded, to two digits at the least."""
SUM_TOLERANCE_EVENT_MGY_CM = 0.1
"""The same for each event, mGy cm: makers print one decimal."""


_Look = tuple[str | tuple[str, ...] | float | int | None, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """All events of a study with what was noticed; ``total`` is a stated sum where no event stands behind it."""

    events: tuple[StatedEvent, ...]
    total: float | None
    notices: tuple[Notice, ...]


def join(objects: Sequence[DoseObject]) -> Joined:
    """Join the dose objects of one study.

    Reports come first: what captures repeat of them is compared, not added. Among reports an event is known by its
    Irradiation Event UID, and a later report corrects an earlier one. Events without UID are told apart by their start,
    way of scanning, region, phantom, CTDIvol and DLP; those alike in all count as often as the one report has them that
    has most of them. Both are said: a scan repeated with the same figures cannot be known from one reported twice.

    Parameters
    ----------
    objects : sequence of DoseObject
        In any order.
    """
    ordered = sorted(_once(objects), key=lambda one: (one.made, one.label))
    reports = [one for one in ordered if one.kind == "report"]
    captures = [one for one in ordered if one.kind == "capture"]
    notices: list[Notice] = []
    told = [one for one in reports if one.events] or [one for one in captures if one.events]
    events = _merged(told, notices)
    if len(told) > 1:
        notices.append(Notice("dose_objects_joined", {"count": len(told), "events": len(events)}, "info"))
    # An exposure on a dose sheet has no UID by rule, and one sheet lists each once; a report must have it (TID 10013).
    if len(told) > 1 or (told and told[0].kind == "report"):
        _tell_without_uid(events, notices)
    _check_sums(told, events, notices)
    if told and told[0].kind == "report":
        _compare_captures(captures, events, notices)
    total = None
    if not events:
        stated = [one.stated_total for one in (*reports, *captures) if one.stated_total is not None]
        total = max(stated, default=None)
        if total is not None:
            notices.append(Notice("dose_total_only", {"stated": _figure(total)}))
    if not events and total is None:
        kinds = Counter(one.kind for one in ordered)
        if kinds["pixels"]:
            notices.append(Notice("dose_pixels_only", {"count": kinds["pixels"]}))
        if kinds["not_ct"]:
            notices.append(Notice("dose_not_ct", {"count": kinds["not_ct"]}))
        if kinds["report"] or kinds["capture"]:
            notices.append(Notice("dose_no_events", {"count": kinds["report"] + kinds["capture"]}))
    return Joined(tuple(events), total, tuple(notices))


def _tell_without_uid(events: Sequence[StatedEvent], notices: list[Notice]) -> None:
    """Say how many events that add to the sums have no UID; of a UID that is none the event itself tells."""
    bare = [event for event in events if not event.uid and event.dlp_mgy_cm]
    count = sum(all(problem.code != "dose_event_uid_invalid" for problem in event.problems) for event in bare)
    if count:
        notices.append(Notice("dose_event_uid_missing", {"count": count}))


def _once(objects: Sequence[DoseObject]) -> list[DoseObject]:
    """Return the objects without copies of the same file."""
    kept: dict[DoseObject, DoseObject] = {}
    for one in objects:
        kept.setdefault(replace(one, label=""), one)
    return list(kept.values())


def _merged(told: Sequence[DoseObject], notices: list[Notice]) -> list[StatedEvent]:
    by_uid: dict[str, StatedEvent] = {}
    order: list[str | StatedEvent] = []
    nameless: Counter[_Look] = Counter()
    repeated, changed, guessed, shared = set[str](), set[str](), 0, False
    for one in told:
        own: dict[str, list[StatedEvent]] = defaultdict(list)
        for event in one.events:
            if event.uid:
                own[event.uid].append(event)
        unlike = {uid for uid, group in own.items() if len({_figures(event) for event in group}) > 1}
        keep_all = bool(unlike) and _all_count(one, own)
        shared = shared or keep_all
        counted: Counter[_Look] = Counter()
        for event in one.events:
            if not event.uid or (keep_all and event.uid in unlike):
                look = _look(event)
                counted[look] += 1
                if counted[look] > nameless[look]:
                    nameless[look] += 1
                    order.append(event)
                elif event.uid:
                    repeated.add(event.uid)
                elif event.dlp_mgy_cm:
                    guessed += 1
                continue
            earlier = by_uid.get(event.uid)
            if earlier is None:
                order.append(event.uid)
            else:
                repeated.add(event.uid)
                if _contradict(earlier, event):
                    changed.add(event.uid)
            by_uid[event.uid] = event if earlier is None else _completed(event, earlier)
    if repeated:
        notices.append(Notice("dose_event_repeated", {"count": len(repeated)}, "info"))
    if changed:
        notices.append(Notice("dose_event_changed", {"count": len(changed)}))
    if shared:
        notices.append(Notice("dose_event_uid_shared"))
    if guessed:
        notices.append(Notice("dose_event_taken_for_repeat", {"count": guessed}))
    return [by_uid[key] if isinstance(key, str) else key for key in order]


def _all_count(one: DoseObject, own: dict[str, list[StatedEvent]]) -> bool:
    """Tell whether a report that gives unlike events one UID counts each of them in its stated sum."""
    if one.stated_total is None:
        return False
    every = _sum(one.events)
    single = _sum([group[-1] for group in own.values()]) + _sum([event for event in one.events if not event.uid])
    return _alike(one.stated_total, every, len(one.events)) and not _alike(one.stated_total, single, len(one.events))


def _look(event: StatedEvent) -> _Look:
    """Return what tells an event without UID of its own from others."""
    return event.uid, event.started, event.scan, event.region, *_figures(event)


def _figures(event: StatedEvent) -> tuple[float | int | None, ...]:
    return event.ctdivol_mgy, event.phantom_cm, event.dlp_mgy_cm


def _contradict(earlier: StatedEvent, later: StatedEvent) -> bool:
    pairs = zip(_figures(earlier), _figures(later), strict=True)
    return any(a is not None and b is not None and a != b for a, b in pairs)


def _completed(later: StatedEvent, earlier: StatedEvent) -> StatedEvent:
    """Return the later word on an event, with what only the earlier one has."""
    known = bool(later.region)
    return replace(
        later,
        ctdivol_mgy=earlier.ctdivol_mgy if later.ctdivol_mgy is None else later.ctdivol_mgy,
        phantom_cm=earlier.phantom_cm if later.phantom_cm is None else later.phantom_cm,
        dlp_mgy_cm=earlier.dlp_mgy_cm if later.dlp_mgy_cm is None else later.dlp_mgy_cm,
        region=later.region if known else earlier.region,
        basis=later.basis if known else earlier.basis,
        started=later.started or earlier.started,
    )


def _check_sums(told: Sequence[DoseObject], events: Sequence[StatedEvent], notices: list[Notice]) -> None:
    """Hold each stated sum against that report's own events, and against all: a continued report may state either."""
    for one in told:
        own = _merged([one], [])
        if one.stated_total is not None:
            sums = [_sum(own), _sum(events)]
            if not any(_alike(one.stated_total, value, max(len(own), len(events))) for value in sums):
                values = {"stated": _figure(one.stated_total), "found": _figure(sums[0]), "where": one.label}
                notices.append(Notice("dose_total_differs", values))
        if one.stated_count is not None and one.stated_count not in (len(own), len(events), len(one.events)):
            counts: dict[str, str | int] = {"stated": one.stated_count, "found": len(own), "where": one.label}
            notices.append(Notice("dose_count_differs", counts))


def _compare_captures(captures: Sequence[DoseObject], events: Sequence[StatedEvent], notices: list[Notice]) -> None:
    if not captures:
        return
    notices.append(Notice("dose_capture_not_added", {"count": len(captures)}, "info"))
    shown = _merged([one for one in captures if one.events], [])
    stated = [one.stated_total for one in captures if one.stated_total is not None]
    value = _sum(shown) if shown else max(stated, default=None)
    if value is not None and not _alike(value, _sum(events), max(len(shown), len(events))):
        notices.append(Notice("dose_capture_differs", {"capture": _figure(value), "found": _figure(_sum(events))}))


def _sum(events: Sequence[StatedEvent]) -> float:
    return sum(event.dlp_mgy_cm for event in events if event.dlp_mgy_cm is not None)


def _alike(stated: float, found: float, count: int) -> bool:
    return abs(stated - found) <= max(SUM_TOLERANCE * max(stated, found), SUM_TOLERANCE_EVENT_MGY_CM * max(count, 1))


def _figure(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
