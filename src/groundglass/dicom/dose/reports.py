"""Reading a dose report: radiation dose SR (TID 10011) in whatever SR object holds it."""

from __future__ import annotations

import re
from dataclasses import replace

from groundglass.dicom.dose import concepts
from groundglass.dicom.dose.content import CONTENT, Coded, Data, Node, Number, read_tree
from groundglass.dicom.dose.events import Basis, DoseObject, Problem, StatedEvent
from groundglass.dicom.dose.header import (
    BODY_PART,
    SEX,
    SOP_CLASS,
    SOP_UID,
    age_years,
    character_sets,
    made,
    plain_text,
    study_of,
    uid_of,
)
from groundglass.dicom.dose.quantities import ctdivol_mgy, dlp_mgy_cm, plain_number
from groundglass.dicom.dose.regions import Region, region_of_code, region_of_text

_ORGAN = re.compile(r"Organ Characteristic\s*=\s*([^,;]+)", re.IGNORECASE)
"""How Siemens names the region in the comment of an event."""


def read_report(data: Data, label: str, *, little: bool) -> DoseObject | None:
    """Read one structured report.

    Parameters
    ----------
    data : mapping of int to Element
        Its data set.
    label : str
        Of the file, safe to show.
    little : bool
        Byte order.

    Returns
    -------
    DoseObject or None
        None if it is no dose report.
    """
    if CONTENT not in data:
        return None
    root = read_tree(data, character_sets(data))
    nodes = [root, *root.below()]
    acquisitions = [
        node for node in nodes if concepts.ACQUISITION.names(node.name) and not all(map(_apart, node.children))
    ]
    accumulated = [node for node in nodes if concepts.ACCUMULATED.names(node.name)]
    of_dose = concepts.REPORT.names(root.name) or plain_text(data, SOP_CLASS) in concepts.DOSE_CLASSES
    if concepts.MEASUREMENT_REPORT.names(root.name) or not (acquisitions or accumulated or of_dose):
        # A measurement report may repeat doses, as that of this package does; it states none of its own.
        return None
    scope = next((node.uid for node in nodes if concepts.STUDY_UID.names(node.name) and node.uid), "")
    start = next((node.when for node in nodes if concepts.REPORT_START.names(node.name) and node.when), "")
    total, count = _stated(accumulated, little=little)
    fallback = region_of_text(plain_text(data, BODY_PART))
    return DoseObject(
        kind="report" if acquisitions or accumulated else "not_ct",
        label=label,
        study=study_of(data, scope),
        sop_uid=uid_of(plain_text(data, SOP_UID)),
        made=made(data) or start,
        events=tuple(_event(node, fallback, little=little) for node in acquisitions),
        stated_total=total,
        stated_count=count,
        age_years=age_years(data),
        sex=plain_text(data, SEX).upper(),
    )


def settled_region(event: StatedEvent, fallback: Region) -> StatedEvent:
    """Give an event without region that of the whole object, where its phantom does not speak against it.

    Parameters
    ----------
    event : StatedEvent
        As stated.
    fallback : tuple of str
        Parts that BodyPartExamined of the object names; empty for none.
    """
    if event.region or not fallback:
        return event
    small = set(fallback) <= {"head", "neck"}
    if event.phantom_cm is not None and (event.phantom_cm == 16) != small:
        return event
    return replace(event, region=fallback, basis="body_part")


def _event(node: Node, fallback: Region, *, little: bool) -> StatedEvent:
    parts = list(node.below(without=_apart))
    ctdivol, problems = ctdivol_mgy(_numbers(parts, concepts.CTDIVOL), little=little)
    dlp, more = dlp_mgy_cm(_numbers(parts, concepts.DLP), little=little)
    said_uid = _first_text(parts, concepts.EVENT_UID)
    uid = uid_of(said_uid)
    if said_uid and not uid:
        more = (*more, Problem("dose_event_uid_invalid"))
    sizes = {concepts.phantom_cm(part.code) for part in parts if concepts.PHANTOM.names(part.name)}
    protocol = _first_text(parts, concepts.PROTOCOL)
    region, basis, told = _region(parts, protocol)
    scan = next((part.code for part in parts if concepts.SCAN_TYPE.names(part.name)), Coded("", "", ""))
    started = next((part.when for part in parts if concepts.EVENT_START.names(part.name)), "")
    event = StatedEvent(
        uid=uid,
        scan=concepts.scan_type(scan),
        started=started,
        label=protocol,
        region=region,
        basis=basis,
        ctdivol_mgy=ctdivol,
        phantom_cm=sizes.pop() if len(sizes) == 1 else None,
        dlp_mgy_cm=dlp,
        problems=(*problems, *more, *told),
    )
    return settled_region(event, fallback)


def _apart(node: Node) -> bool:
    """Tell what inside an acquisition is not about its own dose: another acquisition, and the limits of dose check."""
    return any(c.names(node.name) for c in (concepts.ACQUISITION, concepts.ALERTS, concepts.NOTIFICATIONS))


def _region(parts: list[Node], protocol: str) -> tuple[Region, Basis, tuple[Problem, ...]]:
    """Return the region by code, else by the words of the event, and whether the two differ."""
    targets = [part for part in parts if concepts.TARGET_REGION.names(part.name)]
    coded = next(filter(None, (region_of_code(part.code) or region_of_text(part.text) for part in targets)), ())
    worded = region_of_text(protocol)
    if coded:
        differs = not set(worded) <= set(coded) and "whole_body" not in coded
        return coded, "code", (Problem("dose_region_text_differs"),) if differs else ()
    if not worded:
        comments = (part.text for part in parts if concepts.COMMENT.names(part.name))
        organs = (found[1] for found in map(_ORGAN.search, comments) if found)
        worded = next(filter(None, map(region_of_text, organs)), ())
    return worded, "text" if worded else "none", ()


def _numbers(parts: list[Node], concept: concepts.Concept) -> list[Number]:
    return [part.number for part in parts if part.number is not None and concept.names(part.name)]


def _first_text(parts: list[Node], concept: concepts.Concept) -> str:
    return next(filter(None, (part.uid or part.text for part in parts if concept.names(part.name))), "")


def _stated(accumulated: list[Node], *, little: bool) -> tuple[float | None, int | None]:
    """Return the stated sum of DLP and number of events, each None unless it is stated once.

    A report with a sum for each phantom (TID 10012) states their sum.
    """
    nodes = [part for node in accumulated for part in node.below()]
    totals = [node for node in nodes if concepts.DLP_TOTAL.names(node.name) and node.number is not None]
    phantoms = {_phantom_of(node) for node in totals}
    values = [dlp_mgy_cm([node.number], little=little)[0] for node in totals if node.number is not None]
    known = [value for value in values if value is not None]
    total = sum(known) if known and len(known) == len(values) == max(len(phantoms), 1) else None
    counts = {plain_number(n.raw, little=little) for n in _numbers(nodes, concepts.EVENT_COUNT)}
    count = counts.pop() if len(counts) == 1 else None
    return total, int(count) if count is not None and 0 <= count < 1e6 and count == int(count) else None


def _phantom_of(node: Node) -> int | None:
    return next((concepts.phantom_cm(part.code) for part in node.children if concepts.PHANTOM.names(part.name)), None)
