"""DICOM segmentations of any maker onto the grid of a series: every frame by its own plane.

Binary and fractional frames, label maps; frames in any order; several segments, overlapping or not. A frame that states
no plane is put on the slice it names.

References
----------
DICOM PS3.3 C.8.20 (Segmentation: type, segments, fractional values), C.7.6.16 (functional
groups), C.7.6.2.1.1 (planes).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from groundglass.conformance.decoding import Decoder
from groundglass.conformance.objects import ResultObject, read_object
from groundglass.datasets.conversion.grids import OFF_GRID_VOXELS, off_grid
from groundglass.dicom.frames import Frame, frames_of
from groundglass.dicom.limits import ReadingLimits
from groundglass.dicom.sources import FileSource
from groundglass.dicom.values import Values
from groundglass.errors import InputError, declare
from groundglass.phrases import Notice
from groundglass.volume import Geometry

MASK_NO_SEGMENTATION = declare("MASK_NO_SEGMENTATION", "A file that is no DICOM segmentation with pixels.")

OTHER_PLACE_MM = 1.0
"""A frame lies on the slice it names; rounding of decimal strings is far below."""


@dataclass(slots=True)
class Segments:
    """The segments of an object on the slices kept.

    Attributes
    ----------
    table : mapping of int to int
        Our label for each SegmentNumber, 0 for what was passed over.
    arrays : dict of int to (slice, row, column) bool
        By our label; a label without voxels there has none.
    marked : int
        Voxels marked on all slices of the series.
    notices : list of Notice
        What must be told.
    """

    table: Mapping[int, int]
    arrays: dict[int, NDArray[np.bool_]] = field(default_factory=dict)
    marked: int = 0
    notices: list[Notice] = field(default_factory=list)


def read_segments(
    source: FileSource,
    whole: Geometry,
    slices: Sequence[int],
    table_of: Callable[[Mapping[int, str]], Mapping[int, int]],
    *,
    series_uid: str = "",
    sop_uids: Sequence[str | None] = (),
    limits: ReadingLimits | None = None,
) -> Segments:
    """Read a segmentation onto the slices kept of a series.

    Parameters
    ----------
    source : FileSource
        The object.
    whole : Geometry
        Of the series before thinning, rows and columns as DICOM has them.
    slices : sequence of int
        Which of its slices are kept.
    table_of : callable
        Given all that names each segment, by SegmentNumber: our label for it, 0 to pass it over.
    series_uid : str
        SeriesInstanceUID as the object would name it; "" is not compared.
    sop_uids : sequence of str or None
        SOPInstanceUID of each slice of the series as the object would name it; empty is not compared.
    limits : ReadingLimits, optional
        Checked before memory is taken.

    Raises
    ------
    InputError
        ``MASK_NO_SEGMENTATION``, ``MASK_OFF_GRID``; what reading, decoding and ``table_of`` raise.
    """
    limits = limits or ReadingLimits()
    found = read_object(source, limits)
    if found is None or found.kind != "segmentation" or found.instance.layout.tag == 0:
        raise InputError(
            MASK_NO_SEGMENTATION,
            what="it is no DICOM segmentation with pixels",
            where=source.label,
            todo="give a Segmentation object, or a NIfTI",
        )
    out = Segments(table_of(_names(found)))
    named = _series_named(found) if series_uid else set()
    if named and series_uid not in named:
        out.notices.append(Notice("mask_names_other_series", {"where": source.label}))
    by_uid = {uid: number for number, uid in enumerate(sop_uids) if uid}
    with Decoder(limits) as decoder:
        pixels = decoder.open(found)
        reader = _Reader(found, whole, tuple(slices), by_uid, out)
        for index, frame in enumerate(frames_of(found.instance)):
            if reader.wants(index):
                reader.add(index, frame, pixels.stored(index))
    if reader.elsewhere:
        out.notices.append(Notice("mask_frames_elsewhere", {"where": source.label, "count": reader.elsewhere}))
    return out


def _series_named(found: ResultObject) -> set[str]:
    """Return the series of ReferencedSeriesSequence (PS3.3 C.12.1.1)."""
    items = [Values(item, little=found.values.little, problems={}) for item in found.values.items(0x00081115)]
    return {uid for item in items if (uid := item.text(0x0020000E))}


def _names(found: ResultObject) -> dict[int, str]:
    names: dict[int, str] = {}
    for item in found.values.items(0x00620002):
        v = Values(item, little=found.values.little, problems={})
        number = v.short(0x00620004, "SegmentNumber")
        if number is None or number in names:
            continue
        kind = v.item(0x0062000F)
        words = [
            found.words(0x00620005, v),  # SegmentLabel
            found.words(0x00080104, kind),  # meaning of the property type
            *(found.words(0x00080104, kind.item(tag)) for tag in (0x00620011, 0x00082220)),  # its modifiers: sides
            found.words(0x00080104, v.item(0x00082218).item(0x00082220)),  # side of the anatomic region
            found.words(0x00620006, v),  # SegmentDescription
        ]
        names[number] = " ".join(filter(None, words))
    return names


class _Reader:
    """Puts frames on the slices."""

    def __init__(
        self, found: ResultObject, whole: Geometry, slices: tuple[int, ...], by_uid: Mapping[str, int], out: Segments
    ) -> None:
        v = found.values
        kind = v.text(0x00620001).upper()
        self.found, self.whole, self.by_uid, self.out = found, whole, by_uid, out
        self.half = (v.short(0x0062000E, "MaximumFractionalValue") or 255) / 2 if kind == "FRACTIONAL" else 0
        self.labelmap = kind == "LABELMAP" or found.instance.sop_class.endswith(".66.7")
        self.kept = {number: place for place, number in enumerate(slices)}
        self.shared = self._segment_of(v.item(0x52009229))
        self.groups = v.items(0x52009230)
        self.elsewhere = 0

    def _segment_of(self, group: Values) -> int | None:
        return group.item(0x0062000A).short(0x0062000B, "ReferencedSegmentNumber")

    def _group(self, index: int) -> Values:
        data = self.groups[index] if index < len(self.groups) else {}
        return Values(data, little=self.found.values.little, problems={})

    def wants(self, index: int) -> bool:
        """Tell whether a frame can hold what is wanted, before it is decoded."""
        return self.labelmap or self._label(index) != 0

    def _label(self, index: int) -> int:
        """Return our label for the segment of a frame."""
        only = next(iter(self.out.table)) if len(self.out.table) == 1 else None
        number = self._segment_of(self._group(index)) or self.shared or only
        if number is None:
            raise off_grid("a frame does not say of which segment it is", self.found.label)
        return self.out.table.get(number, 0)

    def add(self, index: int, frame: Frame, stored: NDArray[np.integer]) -> None:
        """Put one frame on its slices."""
        if stored.ndim != 2:
            raise off_grid("its frames are in colour", self.found.label)
        if self.labelmap:
            numbers = [n for n in np.unique(stored).tolist() if n and self.out.table.get(int(n), 0)]
            marked = np.isin(stored, numbers)
        else:
            marked = stored > self.half
        rows, columns = np.nonzero(marked)
        if not len(rows):
            return
        at = self._places(frame, self._group(index), stored.shape, rows, columns)
        inside = ((at >= 0) & (at < np.array(self.whole.shape)[:, None])).all(axis=0)
        if not inside.all():
            outside = int((~inside).sum())
            raise off_grid(f"{outside} of the voxels that a frame marks lie outside the series", frame.label)
        self.out.marked += len(rows)
        if not self.labelmap:
            self._mark(self._label(index), at)
            return
        values = stored[rows, columns]
        for number in numbers:
            self._mark(self.out.table[int(number)], at[:, values == number])

    def _mark(self, label: int, at: NDArray[np.intp]) -> None:
        for slice_number in np.unique(at[0]).tolist():
            place = self.kept.get(int(slice_number))
            if place is None:
                continue
            array = self.out.arrays.get(label)
            if array is None:
                array = np.zeros((len(self.kept), *self.whole.shape[1:]), bool)
                self.out.arrays[label] = array
            here = at[0] == slice_number
            array[place, at[1, here], at[2, here]] = True

    def _places(
        self, frame: Frame, group: Values, shape: tuple[int, ...], rows: NDArray[np.intp], columns: NDArray[np.intp]
    ) -> NDArray[np.intp]:
        """Return (3, n) indices in the series of the pixels of a frame."""
        named = self._slices_named(group)
        if frame.position_mm is None or frame.orientation is None or frame.pixel_spacing_mm is None:
            if len(named) != 1 or shape != self.whole.shape[1:]:
                raise off_grid("a frame states no plane, and no slice of the series by its UID", frame.label)
            return np.stack([np.full(len(rows), named.pop(), np.intp), rows, columns])
        along, down = np.array(frame.orientation, dtype=np.float64).reshape(2, 3)
        along, down = along / np.linalg.norm(along), down / np.linalg.norm(down)
        between_rows, between_columns = frame.pixel_spacing_mm[:2]
        corner = np.array(frame.position_mm)

        def indices(r: NDArray[np.intp], c: NDArray[np.intp]) -> NDArray[np.float64]:
            return self.whole.to_index(
                corner + r[:, None] * (down * between_rows) + c[:, None] * (along * between_columns)
            )

        ends = np.array([(r, c) for r in (0, shape[0] - 1) for c in (0, shape[1] - 1)])
        exact = indices(ends[:, 0], ends[:, 1])
        axes = [int(np.abs(exact[n] - exact[0]).argmax()) for n in (2, 1)]
        expected = np.rint(exact[0]) + np.zeros((4, 3))
        for axis, count, pick in ((axes[0], shape[0], ends[:, 0]), (axes[1], shape[1], ends[:, 1])):
            if count > 1:
                step = np.sign((exact[3] - exact[0])[axis])
                expected[:, axis] += step * pick
        off = np.abs(exact - expected)
        if off.max() > OFF_GRID_VOXELS:
            mm = float((off * self.whole.spacing_mm).max())
            raise off_grid(f"the pixels of a frame lie up to {mm:.2f} mm beside voxels of the series", frame.label)
        at = np.rint(indices(rows, columns)).astype(np.intp).T
        if named and not named & set(np.unique(at[0]).tolist()):
            self.elsewhere += 1
        return at

    def _slices_named(self, group: Values) -> set[int]:
        """Return the slices of the series that a frame names."""
        if not self.by_uid:
            return set()
        places: set[int] = set()
        for derivation in group.items(0x00089124):
            for item in Values(derivation, little=group.little, problems={}).items(0x00082112):
                uid = Values(item, little=group.little, problems={}).text(0x00081155)
                if uid in self.by_uid:
                    places.add(self.by_uid[uid])
        return places
