"""Stacks: which slices of a series make one volume, in which order, and what is wrong with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from groundglass.dicom import spacing
from groundglass.dicom.frame_checks import frame_error
from groundglass.dicom.frames import Frame
from groundglass.dicom.limits import ReadingLimits
from groundglass.dicom.pixels import unreadable
from groundglass.dicom.values import shown_uid
from groundglass.errors import InputError, declare
from groundglass.phrases import Notice

SINGLE_SLICE = declare("SINGLE_SLICE", "A series of one slice: there is no volume.")
TOO_FEW_SLICES = declare("TOO_FEW_SLICES", "A series of too few slices to find lungs in.")
SLICES_MISSING = declare("SLICES_MISSING", "Slices are missing in a series, more than may be bridged.")
UNEVEN_SPACING = declare("UNEVEN_SPACING", "The distances between slices differ so much that positions mean nothing.")
SPACING_ABSURD = declare("SPACING_ABSURD", "Slices or pixels lie closer or further apart than any scanner makes them.")
GANTRY_TILT = declare("GANTRY_TILT", "The gantry was tilted: the stack of slices is sheared.")
SLICES_SHIFTED = declare("SLICES_SHIFTED", "The slices are shifted sideways against each other.")
POSITIONS_REPEATED = declare(
    "POSITIONS_REPEATED", "Several different slices lie at one position and nothing in the header tells them apart."
)

MIN_SLICES = 5
"""Fewer never show a lung lobe, whatever their distance."""
STEP_RANGE_MM = (0.05, 25.0)
"""Thinnest step: photon-counting CT 0.1 mm; widest: sparse high-resolution CT 20 mm."""
SAME_POSITION_MM = 0.01
"""Closer than any two slices of a scanner, further than rounding."""
TILT_TOLERATED_DEGREES = 1.0
"""Below, a shear moves the ends of a 300 mm chest by 5 mm against each other, and volumes not at all."""
DRIFT_TOLERATED_MM = 0.5
"""Sideways drift over the whole stack that is rounding, not tilt."""
SCATTER_TOLERATED_MM = 1.5
"""Sideways scatter of single slices; about two pixels."""
UNUSABLE_TOLERATED = 0.1
"""Part of the slices whose header may be unreadable; they then count as missing."""
_SAME_DIRECTION = 2e-3
_SAME_SPACING = 2e-3


@dataclass(frozen=True, slots=True)
class Stack:
    """Slices that make one volume.

    Attributes
    ----------
    frames : tuple of Frame
        Sorted along the normal, feet to head for an axial stack.
    slots : tuple of int or None
        For each slice of the volume its frame; None is bridged from its neighbours.
    affine : (4, 4) float64 or None
        Index (slice, row, column) to LPS mm; None where ``error`` forbids it.
    notices : tuple of Notice
        What must be said when it is used.
    error : InputError or None
        Why it cannot be used.
    """

    frames: tuple[Frame, ...]
    slots: tuple[int | None, ...] = ()
    affine: NDArray[np.float64] | None = None
    notices: tuple[Notice, ...] = ()
    error: InputError | None = None


SamePixels = Callable[[Frame, Frame], bool]
Splitter = tuple[str, Callable[[Frame], Hashable]]

SPLITTERS: tuple[Splitter, ...] = (
    ("StackID", lambda f: f.stack_id),
    ("SliceThickness", lambda f: None if f.thickness_mm is None else round(f.thickness_mm, 2)),
    ("AcquisitionNumber", lambda f: f.acquisition_number),
    ("TemporalPositionIdentifier", lambda f: f.temporal),
    ("ImageType", lambda f: f.image_type),
    ("FrameOfReferenceUID", lambda f: f.instance.frame_of_reference_uid),
    ("SeriesTime", lambda f: f.instance.values().text(0x00080031)),
    ("AcquisitionTime", lambda f: f.time),
    ("TransferSyntaxUID", lambda f: f.instance.layout.transfer_syntax),
)
"""What may tell apart slices of one series that make no even stack together, in the order tried."""
_INTERLEAVING = SPLITTERS[:4]
"""What tells apart two volumes even where their slices lie in each other's gaps as evenly as one volume."""
_OVERLAP = 0.5
"""Part of the shorter volume that must lie beside the longer one: acquisitions end to end are one volume."""


def split(frames: Iterable[Frame], role_of: Callable[[Frame], Hashable]) -> list[list[Frame]]:
    """Split the frames of one series into those that could share a volume.

    Parameters
    ----------
    frames : iterable of Frame
        In any order.
    role_of : callable
        Kind of picture; a localizer inside a series must not share its volume.
    """
    groups: dict[Hashable, list[Frame]] = defaultdict(list)
    for frame in frames:
        layout = frame.instance.layout
        groups[(layout.rows, layout.columns, layout.samples, frame.kernel, role_of(frame))].append(frame)
    return [part for group in groups.values() for part in _by_geometry(group)]


def _by_geometry(frames: list[Frame]) -> list[list[Frame]]:
    """Split by orientation and pixel spacing, with a tolerance: both are decimal strings that scanners round."""
    parts: list[tuple[tuple[float, ...], tuple[float, ...], list[Frame]]] = []
    for frame in frames:
        orientation = frame.orientation or ()
        sides = frame.pixel_spacing_mm or ()
        for known_orientation, known_sides, part in reversed(parts):
            if _close(orientation, known_orientation, _SAME_DIRECTION) and _close(sides, known_sides, _SAME_SPACING):
                part.append(frame)
                break
        else:
            parts.append((orientation, sides, [frame]))
    good = [part for part in parts if part[0] and part[1]]
    if len(good) == 1 and len(parts) > 1:
        # Slices without a readable orientation belong to the only stack there is, as unusable ones.
        return [[frame for part in parts for frame in part[2]]]
    return [part[2] for part in parts]


def _close(a: tuple[float, ...], b: tuple[float, ...], tolerance: float) -> bool:
    return len(a) == len(b) and all(abs(x - y) <= tolerance for x, y in zip(a, b, strict=True))


def arrange(frames: Sequence[Frame], same_pixels: SamePixels, limits: ReadingLimits) -> list[Stack]:
    """Sort frames into one stack, or several where they hold several volumes.

    Parameters
    ----------
    frames : sequence of Frame
        Of one part of :func:`split`.
    same_pixels : callable
        Compares the pixels of two frames at one position.
    limits : ReadingLimits
        For sizes.
    """
    checked = [(frame, unreadable(frame.instance, limits) or frame_error(frame)) for frame in frames]
    good = [frame for frame, error in checked if error is None]
    bad = [error for _, error in checked if error is not None]
    if bad and len(bad) > UNUSABLE_TOLERATED * len(checked):
        return [Stack(tuple(frames), error=bad[0])]
    notices = [Notice("slices_unusable", {"count": len(bad), "code": bad[0].code})] if bad else []
    kept, repeated = _without_repeats(good, same_pixels)
    if repeated:
        notices.append(Notice("duplicates_dropped", {"count": repeated}))
    one = _stack(kept, notices)
    if one.error is not None and one.error.code in (SINGLE_SLICE, TOO_FEW_SLICES):
        return [one]
    for name, key in SPLITTERS if one.error is not None else _INTERLEAVING:
        stacks = _told_apart(kept, name, key, notices)
        if stacks and (one.error is not None or _overlapping(stacks)):
            return stacks
    runs = _runs(kept) if one.error is not None and one.error.code == POSITIONS_REPEATED else []
    if len(runs) > 1:
        told = [*notices, Notice("series_split", {"by": "InstanceNumber", "count": len(runs)}, "info")]
        stacks = [_stack(run, told) for run in runs]
        if all(stack.error is None for stack in stacks):
            return stacks
    return [one]


def _told_apart(
    frames: Sequence[Frame], name: str, key: Callable[[Frame], Hashable], notices: Sequence[Notice]
) -> list[Stack]:
    """Return the stacks that a field tells apart, nothing if that leaves any of them unusable."""
    groups: dict[Hashable, list[Frame]] = defaultdict(list)
    for frame in frames:
        groups[key(frame)].append(frame)
    if not 2 <= len(groups) <= max(2, len(frames) // 2):
        return []
    told = [*notices, Notice("series_split", {"by": name, "count": len(groups)}, "info")]
    stacks = [_stack(group, told) for group in groups.values()]
    good = all(s.error is None or s.error.code in (SINGLE_SLICE, TOO_FEW_SLICES) for s in stacks)
    return stacks if good and any(s.error is None for s in stacks) else []


def _overlapping(stacks: Sequence[Stack]) -> bool:
    """Tell whether all stacks are usable volumes of the same part of the body."""
    if any(stack.error is not None for stack in stacks):
        return False
    spans = [sorted((_along(stack.frames[0]), _along(stack.frames[-1]))) for stack in stacks]
    shared = min(high for _, high in spans) - max(low for low, _ in spans)
    return shared > _OVERLAP * min(high - low for low, high in spans)


def _runs(frames: Sequence[Frame]) -> list[list[Frame]]:
    """Split by instance number into runs that go one way along the normal."""
    if any(frame.instance_number is None for frame in frames):
        return []
    ordered = sorted(frames, key=lambda f: f.instance_number or 0)
    along = [_along(frame) for frame in ordered]
    runs = [[ordered[0]]]
    direction = 0.0
    for before, after, frame in zip(along, along[1:], ordered[1:], strict=False):
        move = after - before
        if abs(move) <= SAME_POSITION_MM or (direction and move * direction < 0) or _jumps(runs[-1], move):
            runs.append([frame])
            direction = 0.0
            continue
        runs[-1].append(frame)
        direction = move
    return runs


def _jumps(run: list[Frame], move: float) -> bool:
    return len(run) > 1 and abs(move) > 10 * abs(_along(run[-1]) - _along(run[-2]))


def _without_repeats(frames: list[Frame], same_pixels: SamePixels) -> tuple[list[Frame], int]:
    """Drop frames that repeat another one: same place, same rescale, same pixels."""
    places: dict[Hashable, list[Frame]] = defaultdict(list)
    kept: list[Frame] = []
    dropped = 0
    for frame in frames:
        place = tuple(round(x / SAME_POSITION_MM) for x in frame.position_mm or ())
        others = places[place]
        if any((f.slope, f.intercept) == (frame.slope, frame.intercept) and same_pixels(f, frame) for f in others):
            dropped += 1
            continue
        others.append(frame)
        kept.append(frame)
    return kept, dropped


def axes_of(frame: Frame) -> NDArray[np.float64]:
    """Return unit vectors of the slice, row and column axes as columns, LPS; the slice axis goes up the world axis."""
    orientation = np.array(frame.orientation, dtype=np.float64)
    column_axis = orientation[:3] / np.linalg.norm(orientation[:3])
    row_axis = orientation[3:] - (orientation[3:] @ column_axis) * column_axis
    row_axis /= np.linalg.norm(row_axis)
    normal = np.cross(column_axis, row_axis)
    if normal[np.argmax(np.abs(normal))] < 0:
        normal = -normal
    return np.stack([normal, row_axis, column_axis], axis=1)


def _along(frame: Frame) -> float:
    return float(np.array(frame.position_mm) @ axes_of(frame)[:, 0])


def _stack(frames: list[Frame], notices: Sequence[Notice]) -> Stack:
    """Make one stack of usable frames."""
    told = list(notices)
    where = f"series {shown_uid(frames[0].instance.series_uid)}, {frames[0].label}"

    def refused(code: str, what: str, todo: str) -> Stack:
        return Stack(tuple(frames), notices=tuple(told), error=InputError(code, what=what, where=where, todo=todo))

    if len(frames) == 1:
        return refused(SINGLE_SLICE, "the series has one slice", "give the whole series")
    if len(frames) < MIN_SLICES:
        return refused(
            TOO_FEW_SLICES, f"the series has {len(frames)} slices, at least {MIN_SLICES} are needed", "give all slices"
        )
    axes = axes_of(frames[0])
    places = np.array([frame.position_mm for frame in frames]) @ axes
    order = np.argsort(places[:, 0], kind="stable")
    frames = [frames[number] for number in order]
    along, sideways = places[order, 0], places[order, 1:]
    gaps = np.diff(along)
    if gaps.min() <= SAME_POSITION_MM:
        repeated = int((gaps <= SAME_POSITION_MM).sum())
        return refused(
            POSITIONS_REPEATED,
            f"{repeated} of {len(frames)} slices lie where another, different slice lies",
            "export each reconstruction as a series of its own",
        )
    drift = spacing.drift_of(along, sideways)
    if drift.scatter_mm > SCATTER_TOLERATED_MM:
        return refused(
            SLICES_SHIFTED,
            f"single slices lie up to {drift.scatter_mm:.1f} mm beside the others",
            "give one reconstruction with one field of view",
        )
    if drift.angle_degrees > TILT_TOLERATED_DEGREES and drift.drift_mm > DRIFT_TOLERATED_MM:
        return refused(
            GANTRY_TILT,
            f"the stack is sheared by {drift.angle_degrees:.1f} degrees (gantry tilt)",
            "reconstruct without tilt, or resample the series to a straight stack",
        )
    verdict = spacing.judge(along)
    if not STEP_RANGE_MM[0] <= verdict.step_mm <= STEP_RANGE_MM[1]:
        return refused(
            SPACING_ABSURD,
            f"slices lie {verdict.step_mm:.3f} mm apart, between {STEP_RANGE_MM[0]} and {STEP_RANGE_MM[1]} mm are read",
            "check ImagePositionPatient",
        )
    if verdict.kind == "broken_holes":
        return refused(
            SLICES_MISSING,
            f"slices are missing: neighbours lie up to {verdict.worst_mm:.1f} mm apart, {verdict.step_mm:.2f} mm "
            "elsewhere",
            "fetch the complete series",
        )
    if verdict.kind == "broken_uneven":
        return refused(
            UNEVEN_SPACING,
            f"slices lie {gaps.min():.2f} to {gaps.max():.2f} mm apart",
            "give one reconstruction with even spacing",
        )
    if verdict.kind == "holes":
        told.append(Notice("slices_bridged", {"count": verdict.missing, "mm": round(verdict.worst_mm, 1)}))
    elif verdict.kind == "uneven":
        told.append(Notice("spacing_uneven", {"low": round(float(gaps.min()), 2), "high": round(float(gaps.max()), 2)}))
    if drift.drift_mm > DRIFT_TOLERATED_MM:
        told.append(Notice("gantry_tilt_small", {"degrees": round(drift.angle_degrees, 2)}))
    return Stack(tuple(frames), verdict.slots, _affine(frames, axes, verdict.step_mm, sideways), tuple(told))


def _affine(
    frames: list[Frame], axes: NDArray[np.float64], step_mm: float, sideways: NDArray[np.float64]
) -> NDArray[np.float64]:
    rows_mm, columns_mm = frames[0].pixel_spacing_mm or (1.0, 1.0)
    affine = np.eye(4)
    affine[:3, :3] = axes * np.array([step_mm, rows_mm, columns_mm])
    first = np.array(frames[0].position_mm) @ axes
    # A tolerated drift is spread over both ends.
    middle = (sideways.min(axis=0) + sideways.max(axis=0)) / 2 if len(frames) > 1 else first[1:]
    affine[:3, 3] = axes @ np.array([first[0], *(first[1:] if np.ptp(sideways, axis=0).max() == 0 else middle)])
    return affine
