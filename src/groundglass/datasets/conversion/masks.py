"""The masks of a study on the grid of its picture in the set, whoever drew them."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from groundglass.datasets.candidates import MaskSource
from groundglass.datasets.conversion import meanings
from groundglass.datasets.conversion.grids import onto
from groundglass.datasets.conversion.segmentations import read_segments
from groundglass.dicom.limits import ReadingLimits
from groundglass.nifti.reading import read_labels
from groundglass.phrases import Notice
from groundglass.volume import Geometry, LabelVolume

_STRONGER = (3, 1, 2)
"""Where segments overlap, the later wins: kind or side over neither, denser over less dense."""


@dataclass(frozen=True, slots=True, eq=False)
class Masks:
    """Masks of a study on the thinned grid.

    Attributes
    ----------
    lesions : LabelVolume or None
        None where nobody drew any, all 0 where somebody found none. Labels 1 lesion; or, where the masks tell kinds,
        1 ground glass, 2 consolidation, 3 lesion of unknown kind.
    lungs : LabelVolume or None
        1 right, 2 left, 3 side unknown.
    notices : tuple of Notice
        What must be told.
    """

    lesions: LabelVolume | None
    lungs: LabelVolume | None
    notices: tuple[Notice, ...]

    @property
    def labels(self) -> Mapping[int, str]:
        """Meaning of the numbers of ``lesions``."""
        return {} if self.lesions is None else self.lesions.labels


@dataclass(slots=True)
class _Drawn:
    """One source, in our labels, on the slices kept."""

    array: NDArray[np.uint8]
    told: set[int]
    marked: int


def masks_of(
    sources: Sequence[MaskSource],
    geometry: Geometry,
    *,
    series_uid: str,
    slices: tuple[int, ...],
    thinned_geometry: Geometry,
    sop_uids: Sequence[str | None] = (),
    limits: ReadingLimits | None = None,
) -> Masks:
    """Read the masks of a study onto the grid of its picture in the set.

    Parameters
    ----------
    sources : sequence of MaskSource
        Several of one kind are joined.
    geometry : Geometry
        Of the series before thinning, rows and columns as DICOM has them.
    series_uid : str
        SeriesInstanceUID as segmentations name it, before de-identification; "" is not compared.
    slices : tuple of int
        Which slices are kept.
    thinned_geometry : Geometry
        Of the picture in the set.
    sop_uids : sequence of str or None
        SOPInstanceUID of each slice before thinning, as segmentations name them; for frames without a plane.
    limits : ReadingLimits, optional
        Checked before memory is taken.

    Returns
    -------
    Masks
        On ``thinned_geometry``.

    Raises
    ------
    InputError
        ``MASK_SIDE``, ``MASK_OFF_GRID``, ``MASK_LABEL_UNKNOWN``, ``MASK_NO_SEGMENTATION``; what reading NIfTI and DICOM
        raises.
    """
    limits = limits or ReadingLimits()
    notices: list[Notice] = []
    drawn: dict[str, list[_Drawn]] = {"lesions": [], "lungs": []}
    for source in sources:
        if source.form == "nifti":
            one = _nifti(source, geometry, slices, limits)
        else:
            one = _seg(source, geometry, slices, series_uid, sop_uids, limits, notices)
        drawn[source.kind].append(one)
        if not one.marked:
            notices.append(Notice("mask_empty", {"kind": source.kind}))
        elif not one.array.any():
            notices.append(Notice("mask_empty_when_thinned", {"kind": source.kind}))
    lesions, lungs = (_joined(drawn[kind], thinned_geometry) for kind in ("lesions", "lungs"))
    told = {label for one in drawn["lesions"] for label in one.told}
    return Masks(
        lesions=None if lesions is None else meanings.lesion_volume(lesions, told),
        lungs=None if lungs is None else meanings.lung_volume(lungs),
        notices=tuple(notices),
    )


def _nifti(source: MaskSource, whole: Geometry, slices: tuple[int, ...], limits: ReadingLimits) -> _Drawn:
    label = source.source.label
    if source.source.member:
        # The reader takes files; a member of an archive lies in one for as long as it is read.
        with tempfile.TemporaryDirectory(prefix="groundglass-") as folder:
            path = Path(folder) / "mask.nii"
            path.write_bytes(source.source.read())
            read = read_labels(path, limits=limits, label=label)
    else:
        read = read_labels(source.source.path, limits=limits, label=label)
    if source.labels:
        table = meanings.of_table(source.labels, source.kind, read.labels, label)
    else:
        table = meanings.of_numbers(read.labels, source.kind, label)
    mine = meanings.renumbered(read.array, table)
    if source.kind == "lungs" and not source.labels:
        mine = meanings.with_sides(mine, table, np.asarray(read.geometry.affine[0, :3]))
    array, marked = onto(mine, read.geometry, whole, slices, where=label)
    return _Drawn(array, set(table.values()), marked)


def _seg(
    source: MaskSource,
    whole: Geometry,
    slices: tuple[int, ...],
    series_uid: str,
    sop_uids: Sequence[str | None],
    limits: ReadingLimits,
    notices: list[Notice],
) -> _Drawn:
    label = source.source.label

    def table_of(names: Mapping[int, str]) -> Mapping[int, int]:
        if source.labels:
            return meanings.of_table(source.labels, source.kind, names, label)
        return meanings.of_names(names, source.kind, label)

    found = read_segments(
        source.source, whole, slices, table_of, series_uid=series_uid, sop_uids=sop_uids, limits=limits
    )
    notices.extend(found.notices)
    array = np.zeros((len(slices), *whole.shape[1:]), np.uint8)
    for wanted in _STRONGER:
        if wanted in found.arrays:
            array[found.arrays[wanted]] = wanted
    return _Drawn(array, set(found.table.values()), found.marked)


def _joined(drawn: Sequence[_Drawn], geometry: Geometry) -> LabelVolume | None:
    if not drawn:
        return None
    array = np.zeros(geometry.shape, np.uint8)
    for wanted in _STRONGER:
        for one in drawn:
            array[one.array == wanted] = wanted
    return LabelVolume(array, geometry)
