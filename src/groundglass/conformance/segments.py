"""Segmentations held against the study: every voxel put on its millimetre, and the mirror images tried."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import cc3d
import numpy as np
from numpy.typing import NDArray

from groundglass.conformance.decoding import Decoder, PictureFile
from groundglass.conformance.findings import Findings, some
from groundglass.conformance.matching import displaced_mm, named_slices
from groundglass.conformance.objects import ResultObject
from groundglass.conformance.picture_findings import FIELD_SHARE
from groundglass.conformance.sorting import Case
from groundglass.conformance.source import BODY, FIELD, LEFT, LUNG, RIGHT, Source
from groundglass.dicom.frames import Frame, frames_of
from groundglass.dicom.limits import ReadingLimits
from groundglass.dicom.selection import CHEST_WORDS, OTHER_WORDS
from groundglass.dicom.values import Values
from groundglass.errors import InputError

POINTS_OF_A_FRAME = 20_000
"""Voxels of a frame looked at, evenly spread; shares are known to a percent by far fewer."""
OUTSIDE_SHARE = 0.3
"""Share of a segment outside lung and its margin: outlines of air-filled lung differ by a few percent between programs,
effusion and hilum add what the margin does not cover."""
LEAST_PIECE_ML = 1.0
"""A separate piece this small changes no figure."""
LEAST_SHOWN_MM2 = 100.0
"""A slice with a square centimetre of lesion is one with a finding; services leave out less by different rules."""
OFF_SOURCE_SHARE = 0.01
"""Voxels that lie in no slice of the source; rounding at the last slice stays below."""
OFF_MM = 1.0
"""A frame lies on the slice it names; rounding of decimal strings is far below."""
MIRROR_GAIN, MIRROR_FITS = 0.25, 0.6
"""A mirrored segment fits so much more of its voxels to what it is about, and then most of them."""
LUNG_MIRROR_GAIN = 0.08
"""Lungs are nearly symmetric: left for right costs a whole-lung outline 10 to 20 % of its voxels."""
LESION_HU = -750
"""Lesions are denser, normal lung is not (its mode lies at -850 HU)."""
WRONG_SIDE_SHARE = 0.6
"""Share of a one-sided segment in the other lung."""
_COARSE = 4
_ORGANS = re.compile(
    r"heart|aort|vessel|arter|vein|vertebra|spine|rib\b|ribs|bone|bronch|trachea|airway|body|skin|effusion|pleura|calci|"
    r"fat\b|muscle|oesoph|esoph|mediastin|thyroid|stomach|node|сердц|аорт|сосуд|позвон|ребр|кост|бронх|трахе|тело|выпот|плевр|"
    r"мышц|пищевод|средостен|узл",
    re.IGNORECASE,
)
"""Segments of these lie outside the lungs by right."""
_LUNG = re.compile(r"lung|pulmon|lobe|легк|лёгк|дол[яи]", re.IGNORECASE)
_LESION = re.compile(
    r"lesion|opacit|ground|consolid|infect|pneumon|covid|nodul|infiltrat|abnormal|очаг|матов|консолид|пораж|инфильтр",
    re.IGNORECASE,
)
_FLIPS: Mapping[str, Callable[[NDArray[np.intp], NDArray[np.intp]], NDArray[np.intp]]] = {
    "columns": lambda p, n: np.stack([p[0], p[1], n[2] - 1 - p[2]]),
    "rows": lambda p, n: np.stack([p[0], n[1] - 1 - p[1], p[2]]),
    "rows and columns": lambda p, n: np.stack([p[0], n[1] - 1 - p[1], n[2] - 1 - p[2]]),
    "slices": lambda p, n: np.stack([n[0] - 1 - p[0], p[1], p[2]]),
    "order of frames": lambda p, n: np.stack([p[0].max(initial=0) + p[0].min(initial=n[0]) - p[0], p[1], p[2]]),
}
"""The ways in which an array is put down the wrong way round."""


@dataclass(slots=True)
class _Segment:
    number: int
    words: str
    points: list[NDArray[np.intp]] = field(default_factory=list)
    weights: list[NDArray[np.float32]] = field(default_factory=list)
    off: float = 0.0
    total: float = 0.0


def check_segmentations(case: Case, findings: Findings, limits: ReadingLimits) -> frozenset[int]:
    """Check every segmentation object.

    Parameters
    ----------
    case : Case
        The result.
    findings : Findings
        Gets the defects.
    limits : ReadingLimits
        For sizes.

    Returns
    -------
    frozenset of int
        Slices of the source on which lesions are segmented.
    """
    slices: set[int] = set()
    with Decoder(limits) as decoder:
        for found in case.of("segmentation"):
            try:
                slices |= _check(found, case.source, decoder.open(found), findings)
            except InputError as reason:
                evidence = {"objects": [{"sop_uid": found.uid, "reason": reason.code}]}
                findings.add("O2", "check_pixels", {"count": 1, "reasons": reason.code}, evidence)
    return frozenset(slices)


def _check(found: ResultObject, source: Source, file: PictureFile, findings: Findings) -> set[int]:
    segments = {segment.number: segment for segment in _segments(found)}
    frames = frames_of(found.instance)
    placed = [
        f for f in frames if f.position_mm is not None and f.orientation is not None and f.pixel_spacing_mm is not None
    ]
    if len(placed) < len(frames):
        values = {"count": len(frames) - len(placed)}
        findings.add("S2", "check_seg_without_place", values, {"sop_uid": found.uid, "frames": values["count"]})
    off = _displaced(found, frames, source)
    if off:
        evidence = {"sop_uid": found.uid, "frames": len(off), "largest_mm": round(max(off), 1)}
        findings.add("S2", "check_displaced", {"count": len(off), "mm": round(max(off), 1)}, evidence)
    words = [segment.words for segment in segments.values()]
    if words and all(OTHER_WORDS.search(w) and not CHEST_WORDS.search(w) for w in words):
        findings.add("D2", "check_seg_region", {}, {"sop_uid": found.uid, "segments": len(words)})
    _collect(found, frames, source, file, segments)
    total, lost = sum(s.total for s in segments.values()), sum(s.off for s in segments.values())
    if total and lost > OFF_SOURCE_SHARE * total:
        percent = round(100 * lost / total, 1)
        findings.add("S2", "check_seg_off_source", {"percent": percent}, {"sop_uid": found.uid, "percent": percent})
    voxel_ml = _voxel_ml(placed[0], source) if placed else 0.0
    for segment in segments.values():
        if segment.points:
            _judge(found, segment, source, voxel_ml, findings, explained=bool(off))
    if off:
        return set()
    return {k for s in segments.values() if _LESION.search(s.words) for k in _slices_of(s, source)}


def _slices_of(segment: _Segment, source: Source) -> list[int]:
    if not segment.points:
        return []
    counts = np.bincount(np.concatenate(segment.points, axis=1)[0], np.concatenate(segment.weights))
    least = LEAST_SHOWN_MM2 / (source.geometry.spacing_mm[1] * source.geometry.spacing_mm[2])
    return np.flatnonzero(counts >= least).tolist()


def _segments(found: ResultObject) -> list[_Segment]:
    out = []
    for item in found.values.items(0x00620002):
        v = Values(item, little=found.values.little, problems={})
        number = v.short(0x00620004, "SegmentNumber") or 0
        kind = found.words(0x00080104, v.item(0x0062000F))
        out.append(_Segment(number, f"{found.words(0x00620005, v)} {kind}"))
    return out


def _displaced(found: ResultObject, frames: tuple[Frame, ...], source: Source) -> list[float]:
    off = []
    for index, frame in enumerate(frames):
        slices = set(named_slices(found, index, source))
        if len(slices) == 1:
            mm = displaced_mm(frame, slices.pop(), source)
            if mm is not None and mm > OFF_MM:
                off.append(mm)
    return off


def _collect(
    found: ResultObject, frames: tuple[Frame, ...], source: Source, file: PictureFile, segments: dict[int, _Segment]
) -> None:
    """Put the voxels of every frame on the slices of the source."""
    v = found.values
    kind = v.text(0x00620001).upper()
    half = (v.short(0x0062000E, "MaximumFractionalValue") or 255) / 2 if kind == "FRACTIONAL" else 0
    shared = v.item(0x52009229).item(0x0062000A).short(0x0062000B, "ReferencedSegmentNumber")
    groups = v.items(0x52009230)
    labelmap = kind == "LABELMAP" or found.instance.sop_class.endswith(".66.7")
    only = next(iter(segments)) if len(segments) == 1 else None
    for index, frame in enumerate(frames):
        if frame.position_mm is None or frame.orientation is None or frame.pixel_spacing_mm is None:
            continue
        stored = file.stored(index)
        own = None
        if index < len(groups):
            item = Values(groups[index], little=v.little, problems={}).item(0x0062000A)
            own = item.short(0x0062000B, "ReferencedSegmentNumber")
        number = own or shared or only
        flat = np.flatnonzero(stored.ravel() > half)
        step = max(1, len(flat) // POINTS_OF_A_FRAME)
        rows, columns = np.divmod(flat[::step], stored.shape[1])
        labels = stored.ravel()[flat[::step]] if labelmap else None
        at = _onto_source(frame, rows, columns, source)
        inside = ((at >= 0) & (at < np.array(source.geometry.shape)[:, None])).all(0)
        for each in np.unique(labels) if labels is not None else [number]:
            segment = segments.get(int(each)) if each is not None else None
            if segment is None:
                continue
            mine = labels == each if labels is not None else np.ones(len(rows), dtype=bool)
            segment.total += float(mine.sum()) * step
            segment.off += float((mine & ~inside).sum()) * step
            segment.points.append(at[:, mine & inside])
            segment.weights.append(np.full(int((mine & inside).sum()), step, np.float32))


def _onto_source(frame: Frame, rows: NDArray[np.intp], columns: NDArray[np.intp], source: Source) -> NDArray[np.intp]:
    """Return (3, n) indices of the source's volume under pixels of a frame (PS3.3 C.7.6.2.1.1)."""
    along, down = np.array(frame.orientation or (1, 0, 0, 0, 1, 0)).reshape(2, 3)
    between_rows, between_columns = (frame.pixel_spacing_mm or (1.0, 1.0))[:2]
    points = (
        np.array(frame.position_mm)
        + rows[:, None] * (down * between_rows)[None, :]
        + columns[:, None] * (along * between_columns)[None, :]
    )
    return np.asarray(np.rint(source.geometry.to_index(points)).astype(np.intp).T)


def _voxel_ml(frame: Frame, source: Source) -> float:
    between = frame.pixel_spacing_mm or (1.0, 1.0)
    return between[0] * between[1] * source.geometry.spacing_mm[0] / 1000.0


def _judge(
    found: ResultObject, segment: _Segment, source: Source, voxel_ml: float, findings: Findings, *, explained: bool
) -> None:
    points, weights = np.concatenate(segment.points, axis=1), np.concatenate(segment.weights)
    if not weights.size:
        return
    zones = source.zones[tuple(points)]
    evidence: dict[str, object] = {
        "sop_uid": found.uid,
        "segment": segment.number,
        "ml": round(float(weights.sum()) * voxel_ml, 1),
    }
    body, near, lung = (_share(zones & bit > 0, weights) for bit in (BODY, FIELD, LUNG))
    evidence |= {"body_share": round(body, 3), "field_share": round(near, 3), "lung_share": round(lung, 3)}
    mirrored = _mirrored(segment, points, weights, source)
    if mirrored is not None:
        axes, as_is, turned = mirrored
        values: dict[str, str | int | float] = {
            "segment": segment.number,
            "axes": axes,
            "as_is": round(100 * as_is),
            "turned": round(100 * turned),
        }
        findings.add("S1", "check_seg_mirrored", values, evidence | {"axes": axes})
        return
    if explained:
        return  # frames that lie elsewhere are named already
    organ = _ORGANS.search(segment.words) and not _LESION.search(segment.words)
    share = 1 - (body if organ else min(body, near))
    if share > OUTSIDE_SHARE:
        findings.add("D1", "check_seg_outside", {"segment": segment.number, "percent": round(100 * share)}, evidence)
        return
    pieces = [] if organ else _pieces_outside(points, weights, source, voxel_ml)
    if pieces:
        findings.add(
            "D1",
            "check_seg_piece_outside",
            {"segment": segment.number, "count": len(pieces)},
            evidence | {"pieces": some(pieces)},
        )


def _share(hits: NDArray[np.bool_], weights: NDArray[np.float32]) -> float:
    return float((hits * weights).sum() / weights.sum())


def _mirrored(
    segment: _Segment, points: NDArray[np.intp], weights: NDArray[np.float32], source: Source
) -> tuple[str, float, float] | None:
    """Return the turn under which a segment fits far better what it is about, and both shares."""
    words = segment.words
    whole_lung = bool(_LUNG.search(words)) and not _LESION.search(words) and not _ORGANS.search(words)
    if _ORGANS.search(words) and not _LESION.search(words):
        return None
    side = (
        RIGHT
        if re.search(r"right|прав", words, re.IGNORECASE)
        else LEFT
        if re.search(r"left|лев", words, re.IGNORECASE)
        else 0
    )
    other = {RIGHT: LEFT, LEFT: RIGHT}.get(side, 0)

    def fits(at: NDArray[np.intp]) -> float:
        zones = source.zones[tuple(at)]
        if whole_lung:
            return _share(zones & (side or LUNG) > 0, weights)
        dense = source.hu[tuple(at)] > LESION_HU
        return _share((zones & FIELD > 0) & dense, weights)

    if other and whole_lung and (wrong := _share(source.zones[tuple(points)] & other > 0, weights)) > WRONG_SIDE_SHARE:
        return "left and right", 1 - wrong, wrong
    size = np.array(source.geometry.shape)
    as_is = fits(points)
    gain = LUNG_MIRROR_GAIN if whole_lung else MIRROR_GAIN
    best = max(((name, fits(turn(points, size))) for name, turn in _FLIPS.items()), key=lambda found: found[1])
    return (best[0], as_is, best[1]) if best[1] - as_is > gain and best[1] > MIRROR_FITS else None


def _pieces_outside(
    points: NDArray[np.intp], weights: NDArray[np.float32], source: Source, voxel_ml: float
) -> list[dict[str, object]]:
    shape = (source.geometry.shape[0], *(-(-n // _COARSE) for n in source.geometry.shape[1:]))
    flat = np.ravel_multi_index((points[0], points[1] // _COARSE, points[2] // _COARSE), shape)
    voxels = int(np.prod(shape))
    amount = np.bincount(flat, weights, voxels)
    near = np.bincount(flat, weights * (source.zones[tuple(points)] & FIELD > 0), voxels)
    labels = cc3d.connected_components((amount > 0).reshape(shape), connectivity=26)
    count = int(labels.max()) + 1
    ml = np.bincount(labels.ravel(), amount, count) * voxel_ml
    share = np.bincount(labels.ravel(), near, count) * voxel_ml / np.maximum(ml, 1e-9)
    found: list[dict[str, object]] = []
    for label in np.flatnonzero((ml >= LEAST_PIECE_ML) & (share < FIELD_SHARE)):
        if label:
            first = np.argwhere(labels == label)
            box = [first.min(0).tolist(), (first.max(0) + 1).tolist()]
            found.append(
                {
                    "ml": round(float(ml[label]), 1),
                    "field_share": round(float(share[label]), 3),
                    "box_slices": [box[0][0], box[1][0]],
                }
            )
    return found
