"""Defects of the pictures: what was seen, put into findings."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from groundglass.conformance.findings import Findings, some
from groundglass.conformance.matching import Shot
from groundglass.conformance.nearness import lies_beside_lung
from groundglass.conformance.pictures import PlacedMark, Seen
from groundglass.conformance.sorting import Case
from groundglass.conformance.source import BODY, LUNG, Source
from groundglass.conformance.stated_place import stated_flip
from groundglass.dicom.frames import frames_of
from groundglass.phrases import Severity

FRAME_SHARE = 0.95
"""Less of the source's frame in a picture is a crop; what rounding and search leave uncertain is 2 %."""
BODY_LOST = 0.005
"""Share of the body's pixels that a crop may cut off unseen: a rim of skin."""
BODY_SHARE = 0.5
"""A mark with less of its area over the body lies in the air or on the couch."""
FIELD_SHARE, RECTANGLE_SHARE = 0.3, 0.15
"""A mark with less of its area over lung and its margin is not about lung. A rectangle around a crescent of lesion at
the diaphragm is mostly liver: on 831 rectangles around known lesions the least share was 0.30."""
SKIN_SHARE, MARGIN_SHARE = 0.95, 0.12
"""A letter lies at the rim of the body or of the picture."""
LEAST_MARK_MM2 = 25.0
"""A lesion of 5 x 5 mm; smaller things drawn are points of arrows and scraps of letters."""
REPEATED_SHARE, REPEATED_IMAGES = 0.8, 5
"""Something of odd shape outside the body, at one place in so many pictures, is a logo."""
LONE_SHARE = 0.02
"""A smaller part of the marks, within the body and beside lung, is a doubt about the outline of the lungs and not about
the result: classical outlines lose consolidation at the diaphragm, by which 5 of 1,570 right marks lay outside."""
WITHOUT_LUNG_SHARE = 0.5
"""Most marks on slices where no lung is: another region was looked at."""
NEAR_LUNG_MM = 10.0
"""A slice this near to one with lung counts as one with lung."""
END_SHARE = 0.2
"""A run of missing slices at one end, this long, is a part of the study and not single slices."""


def report_pictures(case: Case, seen: Seen, findings: Findings, lesion_slices: frozenset[int] = frozenset()) -> None:
    """Turn what the pictures show into findings.

    Parameters
    ----------
    case : Case
        The result.
    seen : Seen
        Of :func:`groundglass.conformance.pictures.look_at`.
    findings : Findings
        Gets the defects.
    lesion_slices : frozenset of int
        Slices on which segmentations of the same result hold lesions.
    """
    _frames(case, seen, findings)
    _contrast(seen, findings)
    _slices(case, seen, findings)
    _findings_shown(case, seen, lesion_slices, findings)
    _marks(case.source, seen, findings)
    _places(seen, findings)


def _frames(case: Case, seen: Seen, findings: Findings) -> None:
    if seen.undecodable:
        codes = sorted({code for _, code in seen.undecodable})
        objects = [{"sop_uid": found.uid or found.label, "reason": code} for found, code in seen.undecodable]
        findings.add(
            "O2", "check_pixels", {"count": len(objects), "reasons": ", ".join(codes)}, {"objects": some(objects)}
        )
    shape = case.source.geometry.shape[1:]
    for placement, group, size in seen.placements:
        rows, columns = placement.visible(size, shape)
        share = (rows.stop - rows.start) * (columns.stop - columns.start) / (shape[0] * shape[1])
        if share < FRAME_SHARE:
            places = [shot.slice for shot in group if shot.slice is not None][:50] or [
                case.source.geometry.shape[0] // 2
            ]
            body = (case.source.zones[places] & BODY) > 0
            lost = 1.0 - float(np.count_nonzero(body[:, rows, columns])) / max(1, int(np.count_nonzero(body)))
            evidence: dict[str, Any] = {
                "pictures": len(group),
                "frame_share": round(share, 3),
                "body_lost_share": round(lost, 3),
                "source_box": [rows.start, columns.start, rows.stop, columns.stop],
                "sop_uids": some([shot.found.uid for shot in group]),
            }
            values = {"percent": round(100 * share), "lost": round(100 * lost)}
            findings.add("G1", "check_cropped", values, evidence, severity=None if lost > BODY_LOST else "warning")
        if placement.flip not in ((False, False), _flip_stated(group[0], case.source)):
            sides = {(False, True): "left and right", (True, False): "front and back"}.get(placement.flip, "both ways")
            evidence = {
                "axes": sides,
                "likeness": round(placement.likeness, 3),
                "sop_uids": some([s.found.uid for s in group]),
            }
            findings.add("S1", "check_picture_mirrored", {"count": len(group)}, evidence)

    if seen.blanked:
        largest = max(share for _, share in seen.blanked)
        evidence = {
            "pictures": len(seen.blanked),
            "largest_share": round(largest, 3),
            "sop_uids": some(list(dict.fromkeys(shot.found.uid for shot, _ in seen.blanked))),
        }
        findings.add("G1", "check_blanked", {"count": len(seen.blanked), "percent": round(100 * largest)}, evidence)


def _flip_stated(shot: Shot, source: Source) -> tuple[bool, bool]:
    frames = frames_of(shot.found.instance)
    return stated_flip(frames[shot.frame] if shot.frame < len(frames) else None, source)


def _contrast(seen: Seen, findings: Findings) -> None:
    for fault, shots in sorted(seen.faults.items()):
        evidence: dict[str, Any] = {
            "fault": fault,
            "pictures": len(shots),
            "slices": some(sorted({shot.slice for shot in shots if shot.slice is not None})),
            "sop_uids": some(list(dict.fromkeys(shot.found.uid for shot in shots))),
        }
        findings.add("G2", f"check_contrast_{fault}", {"count": len(shots)}, evidence)


def _slices(case: Case, seen: Seen, findings: Findings) -> None:
    source = case.source
    if not case.of("image"):
        return
    wanted = [n for n, slot in enumerate(source.entry.stack.slots) if slot is not None]
    missing = [n for n in wanted if n not in seen.covered]
    # pictures without any mark are there: then slices are left out for another reason than having no finding
    every = case.profile.marked.every_slice
    if not missing or not seen.covered or not (every or (seen.unmarked >= 10 and len(missing) < 0.5 * len(wanted))):
        if missing and every and not seen.covered:
            findings.add("G3", "check_slices", {"missing": len(missing), "of": len(wanted)}, {"missing": some(missing)})
        return
    frames = source.entry.stack.frames
    uids = [frames[slot].instance.sop_uid for n in missing if (slot := source.entry.stack.slots[n]) is not None]
    evidence: dict[str, Any] = {"missing": some(missing), "sop_uids": some(uids)}
    severity: Severity | None = None if every else "warning"
    values = {"missing": len(missing), "of": len(wanted)}
    findings.add("G3", "check_slices", values, evidence, severity=severity)
    absent = set(missing)
    low = next((n for n, k in enumerate(wanted) if k not in absent), len(wanted))
    high = next((n for n, k in enumerate(reversed(wanted)) if k not in absent), len(wanted))
    run = max(low, high)
    if run >= END_SHARE * len(wanted):
        part = wanted[:low] if low >= high else wanted[-high:]
        lung = int(np.count_nonzero(source.zones[part][:, ::2, ::2] & LUNG))
        evidence = {"slices": [part[0], part[-1]], "end": "lower" if low >= high else "upper", "with_lung": lung > 0}
        findings.add("G4", "check_part_missing", {"count": run, "of": len(wanted)}, evidence, severity=severity)


def _findings_shown(case: Case, seen: Seen, lesion_slices: frozenset[int], findings: Findings) -> None:
    """G3 where only slices with a finding are drawn: those on which the result's own segmentation has one."""
    shown = lesion_slices & seen.covered
    # a slice that was filled from its neighbours has no image that a picture could be of
    there = {n for n, slot in enumerate(case.source.entry.stack.slots) if slot is not None}
    missing = sorted((lesion_slices & there) - seen.covered)
    if case.profile.marked.every_slice or not missing or not shown:
        return
    values = {"missing": len(missing), "of": len(lesion_slices & there)}
    findings.add("G3", "check_findings_not_shown", values, {"missing": some(missing)})


def _marks(source: Source, seen: Seen, findings: Findings) -> None:
    marks = [mark for mark in seen.marks if not _is_furniture(mark, seen)]
    outside = [m for m in marks if m.body_share < BODY_SHARE or m.field_share < _least(m)]
    if not outside:
        return
    lungless = _slices_without_lung(source)
    astray = [m for m in outside if m.shot.slice in lungless]
    if len(astray) > max(1, WITHOUT_LUNG_SHARE * len(marks)):
        evidence: dict[str, Any] = {
            "marks": len(astray),
            "of": len(marks),
            "slices": some(sorted({m.shot.slice for m in astray if m.shot.slice is not None})),
        }
        findings.add("D2", "check_marks_without_lung", {"count": len(astray), "of": len(marks)}, evidence)
        outside = [m for m in outside if m.shot.slice not in lungless]
    if outside:
        rows = [_row(m) for m in sorted(outside, key=lambda m: (m.body_share + m.field_share, -m.area_mm2))]
        evidence = {"marks": len(outside), "of": len(marks), "listed": some(rows)}
        lone = len(outside) < LONE_SHARE * len(marks) and all(
            m.body_share >= BODY_SHARE and lies_beside_lung(m, source) for m in outside
        )
        grave: Severity | None = "warning" if lone else None
        phrase = "check_marks_beside" if lone else "check_marks_outside"
        findings.add("D1", phrase, {"count": len(outside), "of": len(marks)}, evidence, severity=grave)


def _least(m: PlacedMark) -> float:
    return RECTANGLE_SHARE if m.mark.rectangle or m.mark.broken else FIELD_SHARE


def _row(m: PlacedMark) -> dict[str, Any]:
    rows, columns = m.mark.box
    return {
        "sop_uid": m.shot.found.uid,
        "frame": m.shot.frame + 1,
        "slice": m.shot.slice,
        "box": [rows.start, columns.start, rows.stop, columns.stop],
        "area_mm2": round(m.area_mm2),
        "body_share": round(m.body_share, 3),
        "lung_share": round(m.field_share, 3),
    }


def _is_furniture(m: PlacedMark, seen: Seen) -> bool:
    """Tell what belongs to the picture and not to the patient: logos, bars, letters, points."""
    if m.area_mm2 < LEAST_MARK_MM2:
        return True
    if m.cut:
        return True  # a caption or a mark that the crop went through
    if m.mark.rectangle:
        return False
    if m.mark.small and m.field_share < FIELD_SHARE and (m.body_share < SKIN_SHARE or _is_at_margin(m)):
        return True  # a side letter may touch the skin
    if m.body_share >= BODY_SHARE:
        return False
    if not m.mark.even:
        return True
    places = {
        (other.shot.found.uid, other.shot.frame)
        for other in seen.marks
        if all(
            abs(a.start - b.start) <= 2 and abs(a.stop - b.stop) <= 2
            for a, b in zip(m.mark.box, other.mark.box, strict=True)
        )
    }
    return len(places) >= max(REPEATED_IMAGES, REPEATED_SHARE * len(seen.covered))


def _is_at_margin(m: PlacedMark) -> bool:
    layout = m.shot.found.instance.layout
    sizes = (layout.rows or 0, layout.columns or 0)
    return any(
        side.stop <= MARGIN_SHARE * size or side.start >= (1 - MARGIN_SHARE) * size
        for side, size in zip(m.mark.box, sizes, strict=True)
    )


def _slices_without_lung(source: Source) -> set[int]:
    has = (source.zones[:, ::2, ::2] & LUNG > 0).any((1, 2))
    reach = max(1, round(NEAR_LUNG_MM / source.geometry.spacing_mm[0]))
    near = np.convolve(has.astype(int), np.ones(2 * reach + 1, int), mode="same") > 0
    return set(np.flatnonzero(~near).tolist())


def _places(seen: Seen, findings: Findings) -> None:
    if seen.wrong_slice:
        rows = [{"sop_uid": s.found.uid, "names_slice": s.slice, "shows_slice": shown} for s, shown in seen.wrong_slice]
        findings.add("S3", "check_wrong_slice", {"count": len(rows)}, {"pictures": some(rows)})
    if seen.unlike:
        uids = some(list(dict.fromkeys(shot.found.uid for shot in seen.unlike)))
        # with no picture placed the fault may be ours: a layout that is not known here
        grave: Severity | None = None if seen.placements else "warning"
        evidence: dict[str, Any] = {"pictures": len(seen.unlike), "sop_uids": uids}
        findings.add("S3", "check_unlike", {"count": len(seen.unlike)}, evidence, severity=grave)
    if seen.displaced:
        off = [{"sop_uid": shot.found.uid, "frame": shot.frame + 1, "mm": round(mm, 1)} for shot, mm in seen.displaced]
        largest = max(mm for _, mm in seen.displaced)
        findings.add("S2", "check_displaced", {"count": len(off), "mm": round(largest, 1)}, {"pictures": some(off)})
    if seen.by_number:
        findings.add("E3", "check_by_number", {"count": len(seen.by_number)}, {"pictures": len(seen.by_number)})
    if seen.unplaced:
        uids = some(list(dict.fromkeys(shot.found.uid for shot in seen.unplaced)))
        findings.add("E2", "check_unplaced", {"count": len(seen.unplaced)}, {"sop_uids": uids})
    if seen.grey_unjudged:
        counts: dict[str, int] = defaultdict(int)
        for shot in seen.grey_unjudged:
            counts[shot.found.uid] += 1
        findings.add("E4", "check_grey_unjudged", {"count": len(seen.grey_unjudged)}, {"sop_uids": some(list(counts))})
