"""One series into memory: two-thread decoding straight into the volume, bridging, the check of the numbers."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from groundglass.dicom import spacing
from groundglass.dicom.acquisition import acquisition_of, identity_of
from groundglass.dicom.elements import EXPLICIT_LITTLE, IMPLICIT_LITTLE
from groundglass.dicom.entries import LoadedSeries, SeriesEntry
from groundglass.dicom.frames import Frame
from groundglass.dicom.headers import Instance
from groundglass.dicom.limits import ReadingLimits
from groundglass.dicom.pixels import ABSURD_SIZE, PixelFile, cleared, read_native_into, truncated
from groundglass.dicom.rescale import AIR_HU, Conversion, require_plausible, to_hu
from groundglass.dicom.stacks import MIN_SLICES
from groundglass.errors import InputError, declare
from groundglass.phrases import Notice
from groundglass.volume import Geometry, Volume

NOT_LOADABLE = declare("NOT_LOADABLE", "A series without usable slices was asked for.")


def load(
    entry: SeriesEntry,
    *,
    threads: int = 2,
    limits: ReadingLimits | None = None,
    keep_padding: bool = False,
    only_tell: bool = False,
) -> LoadedSeries:
    """Read a series into a volume of Hounsfield units.

    Parameters
    ----------
    entry : SeriesEntry
        From :func:`groundglass.dicom.series.scan`.
    threads : int
        Decoders side by side; they release the interpreter's lock.
    limits : ReadingLimits, optional
        ``max_volume_bytes`` is checked before memory is taken.
    keep_padding : bool
        Leave padding as it is stored, as converters do; otherwise it becomes air.
    only_tell : bool
        Numbers that cannot be Hounsfield units of a body are a notice and no error: for who converts and does not
        measure.

    Returns
    -------
    LoadedSeries
        Slices feet to head for an axial stack.

    Raises
    ------
    InputError
        The entry's own error if it is unusable; ``ABSURD_SIZE``, ``PIXELS_TRUNCATED``, ``PIXELS_DAMAGED``,
        ``HU_NOT_PLAUSIBLE``; what the sources raise.
    """
    limits = limits or ReadingLimits()
    geometry, stack = geometry_of(entry, limits), entry.stack
    array = np.empty(geometry.shape, dtype=np.int16)
    done, failed = _decode(stack.frames, stack.slots, array, max(1, threads), limits, keep_padding=keep_padding)
    filled = _bridge(array, stack.slots, failed, geometry.spacing_mm[0])
    notices = [*entry.notices, *_conversion_notices(done, array.size)]
    if filled:
        notices.append(Notice("slices_undecodable", {"count": filled, "code": next(iter(failed.values())).code}))
    try:
        require_plausible(array, entry.series_id)
    except InputError as reason:
        if not only_tell:
            raise
        notices.append(Notice("hu_no_body", {"code": reason.code}))
    return LoadedSeries(
        volume=Volume(array, geometry),
        sop_uids=_sop_uids(stack.frames, stack.slots),
        study_uid=entry.study_uid,
        series_uid=entry.series_uid,
        identity=identity_of(stack.frames[0].instance),
        acquisition=acquisition_of(stack.frames),
        notices=tuple(notices),
    )


def geometry_of(entry: SeriesEntry, limits: ReadingLimits | None = None) -> Geometry:
    """Return where the voxels of a series lie, before any of them is read.

    Parameters
    ----------
    entry : SeriesEntry
        From :func:`groundglass.dicom.series.scan`.
    limits : ReadingLimits, optional
        ``max_volume_bytes`` and ``max_slices``.

    Raises
    ------
    InputError
        The entry's own error if it is unusable; ``NOT_LOADABLE``, ``ABSURD_SIZE``.
    """
    limits = limits or ReadingLimits()
    stack = entry.stack
    if entry.error is not None:
        raise entry.error
    if stack.affine is None or not stack.frames:
        raise InputError(
            NOT_LOADABLE, what="the series has no usable slices", where=entry.series_id, todo="choose another series"
        )
    layout = stack.frames[0].instance.layout
    shape = (len(stack.slots), layout.rows or 0, layout.columns or 0)
    needed = 2 * shape[0] * shape[1] * shape[2]
    if needed > limits.max_volume_bytes or shape[0] > limits.max_slices:
        raise InputError(
            ABSURD_SIZE,
            what=f"the volume has {shape[0]} x {shape[1]} x {shape[2]} voxels, {needed} bytes; "
            f"{limits.max_volume_bytes} are allowed",
            where=entry.series_id,
            todo="give a smaller reconstruction, or raise the limit",
        )
    return Geometry(shape, stack.affine, _frame_of_reference(stack.frames))


def decode_slices(
    entry: SeriesEntry,
    places: Sequence[int],
    out: NDArray[np.int16],
    *,
    limits: ReadingLimits | None = None,
    keep_padding: bool = False,
) -> None:
    """Decode some slices of a series one after the other, for whoever runs several such calls side by side.

    Parameters
    ----------
    entry : SeriesEntry
        Usable; its size has been checked.
    places : sequence of int
        Slices of its volume, none of them bridged.
    out : (slice, row, column) int16, HU
        Written; one slice for each place.
    limits : ReadingLimits, optional
        Bounds of inflated data.
    keep_padding : bool
        Leave padding as it is stored.

    Raises
    ------
    InputError
        ``PIXELS_TRUNCATED``, ``PIXELS_DAMAGED``; what the sources raise.
    """
    limits = limits or ReadingLimits()
    by_file: dict[int, tuple[Instance, list[tuple[int, Frame]]]] = {}
    for number, place in enumerate(places):
        slot = entry.stack.slots[place]
        if slot is None:
            raise ValueError(f"slice {place} is bridged")
        frame = entry.stack.frames[slot]
        by_file.setdefault(id(frame.instance), (frame.instance, []))[1].append((number, frame))
    for instance, wanted in by_file.values():
        _decode_file(instance, wanted, out, limits, keep_padding=keep_padding)


def _decode(
    frames: tuple[Frame, ...],
    slots: tuple[int | None, ...],
    array: NDArray[np.int16],
    threads: int,
    limits: ReadingLimits,
    *,
    keep_padding: bool = False,
) -> tuple[Conversion, dict[int, InputError]]:
    """Fill the slices that have a frame; return what was done and which slices failed."""
    by_file: dict[int, tuple[Instance, list[tuple[int, Frame]]]] = {}
    for place, slot in enumerate(slots):
        if slot is not None:
            frame = frames[slot]
            by_file.setdefault(id(frame.instance), (frame.instance, []))[1].append((place, frame))

    def one(job: tuple[Instance, list[tuple[int, Frame]]]) -> tuple[Conversion, dict[int, InputError]]:
        try:
            return _decode_file(job[0], job[1], array, limits, keep_padding=keep_padding), {}
        except InputError as reason:
            return Conversion(), {place: reason for place, _ in job[1]}

    total, failed = Conversion(), {}
    with ThreadPoolExecutor(threads) as pool:
        for conversion, errors in pool.map(one, by_file.values()):
            total.add(conversion)
            failed.update(errors)
    return total, failed


def _decode_file(
    instance: Instance,
    places: list[tuple[int, Frame]],
    array: NDArray[np.int16],
    limits: ReadingLimits,
    *,
    keep_padding: bool = False,
) -> Conversion:
    layout = instance.layout
    total = Conversion()
    native = layout.transfer_syntax in (EXPLICIT_LITTLE, IMPLICIT_LITTLE) and layout.length >= 0
    if native and layout.bits_allocated == 16 and sys.byteorder == "little":
        dtype = np.dtype(np.int16 if layout.signed else np.uint16)
        with instance.source.open() as stream:
            for place, frame in places:
                out = array[place]
                if not read_native_into(stream, layout, frame.index, out):
                    raise truncated("the file ended while it was read", frame.label)
                stored = cleared(out.view(dtype), layout, layout.bits_stored)
                total.add(
                    to_hu(stored, frame.slope or 1.0, frame.intercept or 0.0, layout, out, keep_padding=keep_padding)
                )
        return total
    file = PixelFile(instance, limits)
    for place, frame in places:
        stored = file.frame(frame.index)
        slope, intercept = frame.slope or 1.0, frame.intercept or 0.0
        total.add(to_hu(stored, slope, intercept, layout, array[place], keep_padding=keep_padding))
    return total


def _bridge(
    array: NDArray[np.int16], slots: tuple[int | None, ...], failed: dict[int, InputError], step_mm: float
) -> int:
    """Fill slices without a frame, or with one that cannot be decoded, from their neighbours; return the latter."""
    present = np.array([place for place, slot in enumerate(slots) if slot is not None and place not in failed])
    if failed:
        widest = np.diff(present).max(initial=1) * step_mm
        if (
            len(present) < MIN_SLICES
            or len(failed) > spacing.MAX_FILLED * len(slots)
            or widest > max(spacing.MAX_HOLE_MM, 2.1 * step_mm)
        ):
            raise next(iter(failed.values()))
    for place in range(len(slots)):
        if slots[place] is not None and place not in failed:
            continue
        above = present[present > place]
        below = present[present < place]
        if not len(above) or not len(below):
            array[place] = array[int(above[0] if len(above) else below[-1])]
            continue
        a, b = int(below[-1]), int(above[0])
        weight = (place - a) / (b - a)
        array[place] = np.rint((1 - weight) * array[a].astype(np.float32) + weight * array[b]).astype(np.int16)
    return len(failed)


def _conversion_notices(done: Conversion, voxels: int) -> list[Notice]:
    notices = []
    if done.padded:
        percent = round(100 * done.padded / voxels, 1)
        notices.append(Notice("padding_replaced", {"percent": percent, "hu": AIR_HU}, "info"))
    if done.padding_ignored:
        notices.append(Notice("padding_value_ignored"))
    if done.clipped:
        notices.append(Notice("values_clipped", {"count": done.clipped}))
    return notices


def _frame_of_reference(frames: tuple[Frame, ...]) -> str | None:
    found = {frame.instance.frame_of_reference_uid for frame in frames}
    return found.pop() or None if len(found) == 1 else None


def _sop_uids(frames: tuple[Frame, ...], slots: tuple[int | None, ...]) -> tuple[str | None, ...]:
    by_uid: dict[str, set[int]] = defaultdict(set)
    for frame in frames:
        by_uid[frame.instance.sop_uid].add(id(frame.instance))
    # A UID that several files share names none of them.
    return tuple(
        None if slot is None or not (uid := frames[slot].instance.sop_uid) or len(by_uid[uid]) > 1 else uid
        for slot in slots
    )
