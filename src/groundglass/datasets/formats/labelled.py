"""One CT with what people said about it, whatever the set it comes from; and what every reader of a set offers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from groundglass.errors import GRID_MISMATCH, InputError, declare
from groundglass.volume import LUNG_LABELS, Geometry, LabelVolume, Volume, axial_axes

if TYPE_CHECKING:
    from groundglass.analysis.reading import Gravity

SET_UNKNOWN = declare("SET_UNKNOWN", "A folder that is no data set of a known layout.")
SET_NO_MEMBER = declare("SET_NO_MEMBER", "A data set has no CT of that name.")
SET_MEMBER_DAMAGED = declare(
    "SET_MEMBER_DAMAGED", "A file of a data set is cut off, unreadable or not what it should be."
)
SET_IMAGE_MISSING = declare("SET_IMAGE_MISSING", "A data set names a CT whose picture is not there.")
SET_LABELS_UNKNOWN = declare("SET_LABELS_UNKNOWN", "A label of a data set is none of lung, lesion or known organ.")

LESION_KINDS: Mapping[int, str] = MappingProxyType({1: "ground glass", 2: "consolidation", 3: "lesion of unknown kind"})
"""Labels of :attr:`LabelledCt.lesions`."""
GROUND_GLASS, CONSOLIDATION, UNKNOWN_KIND = 1, 2, 3
RIGHT, LEFT, SIDE_UNKNOWN = 1, 2, 3
GRID_TOLERANCE_VOXELS = 0.1
"""Corners of a mask may lie this share of the smallest voxel side off those of its picture: headers of drawing tools
round positions to single precision or to two decimals; a shift of half a voxel is another grid."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelledCt:
    """A chest CT with labels.

    Parameters
    ----------
    name : str
        Unique in its set: ``coronacases_001``.
    patient : str
        Who, for splits: equal for two volumes of one person.
    source : str
        ``coronacases``, ``radiopaedia``, ``lctsc``, ``covid-ct-md``, ``mosmed``, ``nnunet``, ``medseg``, ``elastix``,
        ``phantom``, ``pairs``, ``dicom`` or ``npz``.
    volume : Volume
        (slice, row, column) int16 HU, slices feet to head, rows front to back, columns patient right to left.
    lungs : LabelVolume or None
        On the grid of ``volume``: 1 right, 2 left, 3 side unknown; None where nobody labelled them.
    lesions : LabelVolume or None
        On the grid of ``volume``: 1 ground glass, 2 consolidation, 3 lesion of unknown kind; None where nobody
        labelled them, all 0 where somebody found none.
    exact_hu : bool
        False where HU are approximate or clipped.
    spacing_known : bool
        False where the spacing was lost and a usual one is assumed: percentages hold, millilitres do not.
    voxels_sha256 : str
        :func:`voxels_sha256` of the array as the set stores it (``hu_code`` or ``grey`` of an archive; otherwise of
        ``volume``).
    infected_slices : (slice,) bool or None
        What readers said of each slice, feet to head.
    grade : str or None
        ``CT-0`` .. ``CT-4`` where the set gives it.
    licence : str
        Of the set, as far as known.
    gravity : {"back", "front", "right", "left", "unknown"}
        Towards which side of the patient gravity pulled, where the set tells it.

    Raises
    ------
    InputError
        ``GRID_MISMATCH`` if labels do not lie on the grid of the volume or the slices do not agree in number.
    """

    name: str
    patient: str
    source: str
    volume: Volume
    lungs: LabelVolume | None
    lesions: LabelVolume | None
    exact_hu: bool
    spacing_known: bool
    voxels_sha256: str
    infected_slices: NDArray[np.bool_] | None = None
    grade: str | None = None
    licence: str = ""
    gravity: Gravity = "unknown"

    def __post_init__(self) -> None:
        for what, labels in (("lungs", self.lungs), ("lesions", self.lesions)):
            if labels is not None:
                self.volume.geometry.require_same_grid(labels.geometry, what=f"{what} of {self.name}")
        slices = self.volume.geometry.shape[0]
        if self.infected_slices is not None and self.infected_slices.shape != (slices,):
            raise InputError(
                GRID_MISMATCH,
                what=f"{self.infected_slices.size} slices are labelled and {slices} are there",
                where=f"slice labels of {self.name}",
                todo="give one label for each slice of the series",
            )


class Reader(Protocol):
    """What the reader of one layout offers.

    Attributes
    ----------
    layout : str
        Its name.
    """

    @property
    def layout(self) -> str:
        """Name of the layout."""

    def recognises(self, folder: Path) -> bool:
        """Tell from names of files whether a folder has this layout; never raises."""

    def names(self, folder: Path) -> tuple[str, ...]:
        """Return the names of the CTs in the folder, sorted.

        Raises
        ------
        InputError
            ``SET_MEMBER_DAMAGED`` if the table of the set cannot be read.
        """

    def read(self, folder: Path, name: str) -> LabelledCt:
        """Read one CT.

        Raises
        ------
        InputError
            ``SET_NO_MEMBER``, ``SET_IMAGE_MISSING``, ``SET_MEMBER_DAMAGED``, ``SET_LABELS_UNKNOWN``, ``GRID_MISMATCH``,
            and what the readers of NIfTI and DICOM raise.
        """


@dataclass(frozen=True, slots=True)
class FolderReader:
    """A :class:`Reader` made of three functions."""

    layout: str
    recognises: Callable[[Path], bool]
    names: Callable[[Path], tuple[str, ...]]
    read: Callable[[Path, str], LabelledCt]


def voxels_sha256(array: NDArray[Any]) -> str:
    """Return the fingerprint of an array: of its type, its shape and its numbers in C order.

    Parameters
    ----------
    array : ndarray
        As stored.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    digest = hashlib.sha256(f"{array.dtype.str} {array.shape}".encode())
    digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def straightened(volume: Volume) -> Volume:
    """Return the volume with slices feet to head, rows front to back, columns patient right to left."""
    axes, flips = axial_axes(volume.geometry)
    turned = volume.reoriented(axes, flips)
    return Volume(np.ascontiguousarray(turned.array), turned.geometry, turned.quantity)


def straightened_labels(labels: LabelVolume) -> LabelVolume:
    """Return labels turned as :func:`straightened` turns a volume."""
    axes, flips = axial_axes(labels.geometry)
    turned = labels.reoriented(axes, flips)
    return LabelVolume(np.ascontiguousarray(turned.array), turned.geometry, turned.labels)


def on_grid(array: NDArray[np.uint8], found: Geometry, wanted: Geometry, *, where: str) -> NDArray[np.uint8]:
    """Return the array of a mask if it lies on the grid of its picture.

    Parameters
    ----------
    array : (slice, row, column) uint8
        The mask.
    found, wanted : Geometry
        Of the mask, of the picture; the frame of reference is not looked at, masks in NIfTI have none.
    where : str
        Names the mask in errors.

    Raises
    ------
    InputError
        ``GRID_MISMATCH``.
    """
    off_mm = np.inf
    if found.shape == wanted.shape:
        corners = np.array(np.meshgrid(*[(0, n - 1) for n in wanted.shape], indexing="ij")).reshape(3, -1).T
        off_mm = float(np.abs(found.to_mm(corners) - wanted.to_mm(corners)).max())
    if off_mm > GRID_TOLERANCE_VOXELS * min(wanted.spacing_mm):
        how = f"shapes {found.shape} and {wanted.shape}" if np.isinf(off_mm) else f"corners {off_mm:.2f} mm apart"
        raise InputError(
            GRID_MISMATCH,
            what=f"the mask does not lie on the voxels of its picture: {how}",
            where=where,
            todo="resample the mask to the picture first",
        )
    return array


def lung_labels(array: NDArray[np.uint8], geometry: Geometry) -> LabelVolume:
    """Return (slice, row, column) uint8 of 1 right, 2 left, 3 side unknown as labels."""
    return LabelVolume(array, geometry, LUNG_LABELS)


def lesion_labels(array: NDArray[np.uint8], geometry: Geometry) -> LabelVolume:
    """Return (slice, row, column) uint8 of 1 ground glass, 2 consolidation, 3 unknown kind as labels."""
    return LabelVolume(array, geometry, LESION_KINDS)


def damaged(what: str, where: str, todo: str = "copy it again from its source") -> InputError:
    """Return the error of a member that cannot be read."""
    return InputError(SET_MEMBER_DAMAGED, what=what, where=where, todo=todo)


def no_member(name: str, layout: str) -> InputError:
    """Return the error of a name that the set does not have."""
    return InputError(
        SET_NO_MEMBER,
        what=f"there is no CT {name!r}",
        where=f"data set of layout {layout}",
        todo="choose from its names",
    )


def no_image(name: str, expected: str) -> InputError:
    """Return the error of a CT that is named by its set and not there."""
    return InputError(
        SET_IMAGE_MISSING,
        what="the picture of the CT is not there",
        where=f"{name} ({expected})",
        todo="get the whole set from its publisher, or leave this CT out",
    )
