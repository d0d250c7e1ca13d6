"""Shapes in reports and presentations (SCOORD, SCOORD3D, GSPS graphics) held against the lungs."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from groundglass.conformance.document import ContentItem
from groundglass.conformance.findings import Findings, some
from groundglass.conformance.objects import ResultObject
from groundglass.conformance.picture_findings import BODY_SHARE, FIELD_SHARE
from groundglass.conformance.sorting import Case
from groundglass.conformance.source import BODY, FIELD, Source
from groundglass.dicom.values import Values

_GRID = 24
"""Points along each side of a shape's box at which it is looked at."""
Shape = tuple[str, NDArray[np.float64]]


def check_shapes(case: Case, findings: Findings) -> None:
    """D1 of shapes that are not pixels.

    Parameters
    ----------
    case : Case
        The result.
    findings : Findings
        Gets the defects.
    """
    judged: list[tuple[str, float, float]] = []
    for found, items in case.reports:
        judged += _in_report(found, items, case.source)
    for found in case.of("presentation"):
        judged += _in_presentation(found, case.source)
    outside = [row for row in judged if row[1] < BODY_SHARE or row[2] < FIELD_SHARE]
    if outside:
        rows = [
            {"sop_uid": uid, "body_share": round(body, 3), "lung_share": round(near, 3)} for uid, body, near in outside
        ]
        evidence = {"shapes": len(outside), "of": len(judged), "listed": some(rows)}
        findings.add("D1", "check_shapes_outside", {"count": len(outside), "of": len(judged)}, evidence)


def _in_report(
    found: ResultObject, items: tuple[ContentItem, ...], source: Source
) -> Iterator[tuple[str, float, float]]:
    named = {item.number[:-1]: item for item in items if item.sop_uid}
    for item in items:
        if not item.graphic or not item.points:
            continue
        if item.value_type == "SCOORD3D":
            points = np.reshape(np.array(item.points[: len(item.points) // 3 * 3]), (-1, 3))
            ours = source.geometry.frame_of_reference_uid
            if ours and item.frame_of_reference_uid not in ("", ours):
                continue  # another frame of reference: nothing is known of where it lies
            at = source.geometry.to_index(points)
            if len(at) > 2:
                place = float(np.median(at[:, 0]))
                yield found.uid, *_shares(item.graphic, at[:, 1:], place, source)
            else:
                yield found.uid, *_points_shares(at, source)
            continue
        image = named.get(item.number)
        place_2d = source.place(image.sop_uid, image.frame) if image is not None else None
        if place_2d is None or item.value_type != "SCOORD":
            continue
        pairs = np.reshape(np.array(item.points[: len(item.points) // 2 * 2]), (-1, 2))[:, ::-1]
        yield found.uid, *_shares(item.graphic, pairs - 0.5, float(place_2d), source)


def _in_presentation(found: ResultObject, source: Source) -> Iterator[tuple[str, float, float]]:
    little = found.values.little
    for annotation in found.values.items(0x00700001):
        v = Values(annotation, little=little, problems={})
        images = [Values(item, little=little, problems={}) for item in v.items(0x00081140)]
        places = [source.place(i.text(0x00081155), i.integer(0x00081160, "ReferencedFrameNumber")) for i in images]
        known = [place for place in places if place is not None]
        for item in v.items(0x00700009) if known else ():
            graphic = Values(item, little=little, problems={})
            element = item.get(0x00700022)
            if graphic.text(0x00700005).upper() != "PIXEL" or element is None or len(element.value) % 8:
                continue
            data = struct.unpack(f"{'<' if little else '>'}{len(element.value) // 4}f", element.value)
            pairs = np.reshape(np.array(data), (-1, 2))[:, ::-1]
            yield found.uid, *_shares(graphic.text(0x00700023).upper(), pairs - 1.0, float(known[0]), source)


def _shares(graphic: str, points: NDArray[np.float64], place: float, source: Source) -> tuple[float, float]:
    """Return the parts of a shape in a slice over the body and over lung and its margin.

    Parameters
    ----------
    graphic : str
        GraphicType (PS3.3 C.18.6.1.1).
    points : (n, 2) float64
        Row and column, pixel centres at whole numbers.
    place : float
        The slice.
    source : Source
        The study.
    """
    if not len(points) or not np.isfinite(points).all():
        return 0.0, 0.0
    if graphic == "CIRCLE" and len(points) >= 2:
        radius = float(np.linalg.norm(points[1] - points[0]))
        turn = np.linspace(0, 2 * np.pi, 33)[:-1]
        points = points[0] + radius * np.stack([np.sin(turn), np.cos(turn)], 1)
    elif graphic in ("ELLIPSE", "INTERPOLATED_ELLIPSE") and len(points) >= 4:
        centre, a, b = (points[0] + points[1]) / 2, (points[1] - points[0]) / 2, (points[3] - points[2]) / 2
        turn = np.linspace(0, 2 * np.pi, 33)[:-1]
        points = centre + np.cos(turn)[:, None] * a + np.sin(turn)[:, None] * b
    if len(points) > 2:
        filled = _filled(points)
        points = filled if len(filled) else points
    at = np.column_stack([np.full(len(points), place), points])
    return _points_shares(at, source)


def _points_shares(at: NDArray[np.float64], source: Source) -> tuple[float, float]:
    index = np.rint(np.clip(at, -1e6, 1e6)).astype(np.intp)
    inside = ((index >= 0) & (index < np.array(source.geometry.shape))).all(1)
    zones = np.zeros(len(index), np.uint8)
    zones[inside] = source.zones[tuple(index[inside].T)]
    return float((zones & BODY > 0).mean()), float((zones & FIELD > 0).mean())


def _filled(polygon: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points of a grid that lie within a polygon, by the even-odd rule."""
    low, high = polygon.min(0), polygon.max(0)
    rows, columns = (np.linspace(a, b, _GRID) for a, b in zip(low, high, strict=True))
    r, c = (part.ravel() for part in np.meshgrid(rows, columns, indexing="ij"))
    within = np.zeros(len(r), dtype=bool)
    for (r0, c0), (r1, c1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if r0 != r1:
            crosses = (r0 > r) != (r1 > r)
            within ^= crosses & (c < (c1 - c0) * (r - r0) / (r1 - r0) + c0)
    return np.stack([r, c], 1)[within]
