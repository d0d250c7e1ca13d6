"""Geometry, Volume, LabelVolume: what everything passes around.

World coordinates are DICOM patient LPS+ in mm (x to the patient's left, y to the back, z to the head). Array axes are
(slice, row, column); the columns of an affine follow that order; an index names a voxel centre; in an axial chest the
slice index grows from feet to head. Only the affine tells orientation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from groundglass.errors import GRID_MISMATCH, MISSING_GEOMETRY, InputError

Quantity = Literal["HU", "probability"]
_DIRECTIONS = (("L", "R"), ("P", "A"), ("H", "F"))
_ORTHOGONAL_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Geometry:
    """Where the voxels of an array lie in the patient.

    Parameters
    ----------
    shape : tuple of int
        (slice, row, column), each at least 1.
    affine : (4, 4) array_like of float64
        Index (slice, row, column, 1) to LPS mm; its first three columns are orthogonal.
    frame_of_reference_uid : str or None
        DICOM FrameOfReferenceUID (PS3.3 C.7.4.1); None where the source has none.
    sided : bool
        False where right and left are not known (a NIfTI without a valid sform or qform).

    Raises
    ------
    InputError
        ``MISSING_GEOMETRY`` if the affine is not finite, singular or not orthogonal, or the shape is empty.
    """

    shape: tuple[int, int, int]
    affine: NDArray[np.float64]
    frame_of_reference_uid: str | None = None
    sided: bool = True

    def __post_init__(self) -> None:
        shape = tuple(int(n) for n in self.shape)
        affine = np.array(self.affine, dtype=np.float64, copy=True)
        if len(shape) != 3 or min(shape) < 1:
            raise _no_geometry(f"a volume of shape {shape} has no voxels")
        if affine.shape != (4, 4) or not np.isfinite(affine).all():
            raise _no_geometry("the affine is not a finite 4 x 4 matrix")
        if not np.array_equal(affine[3], [0, 0, 0, 1]):
            raise _no_geometry("the last row of the affine is not 0 0 0 1")
        spacing = np.linalg.norm(affine[:3, :3], axis=0)
        if spacing.min() <= 0:
            raise _no_geometry("a voxel side has length zero")
        cosines = affine[:3, :3] / spacing
        if np.abs(cosines.T @ cosines - np.eye(3)).max() > _ORTHOGONAL_TOLERANCE:
            raise _no_geometry("the axes of the volume are not at right angles")
        affine.setflags(write=False)
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "affine", affine)

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Voxel sides along (slice, row, column), mm: the distance between neighbouring slices, rows, columns."""
        a, b, c = np.linalg.norm(self.affine[:3, :3], axis=0)
        return float(a), float(b), float(c)

    @property
    def cosines(self) -> NDArray[np.float64]:
        """(3, 3) float64: unit vectors of the slice, row and column axes as columns, LPS."""
        return np.asarray(self.affine[:3, :3] / np.linalg.norm(self.affine[:3, :3], axis=0))

    @property
    def origin_mm(self) -> NDArray[np.float64]:
        """(3,) float64: centre of voxel (0, 0, 0), LPS mm."""
        return np.array(self.affine[:3, 3])

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel, ml."""
        return float(abs(np.linalg.det(self.affine[:3, :3])) / 1000.0)

    @property
    def axis_codes(self) -> tuple[str, str, str]:
        """Patient direction towards which each array axis runs, nearest of L R P A H F."""
        codes = []
        for column in self.cosines.T:
            axis = int(np.argmax(np.abs(column)))
            codes.append(_DIRECTIONS[axis][0 if column[axis] > 0 else 1])
        return codes[0], codes[1], codes[2]

    def to_mm(self, index: NDArray[Any]) -> NDArray[np.float64]:
        """Map voxel indices (n, 3) or (3,) in (slice, row, column) order to LPS mm."""
        return np.asarray(np.asarray(index, dtype=np.float64) @ self.affine[:3, :3].T + self.affine[:3, 3])

    def to_index(self, points_mm: NDArray[Any]) -> NDArray[np.float64]:
        """Map LPS mm points (n, 3) or (3,) to fractional (slice, row, column) indices."""
        inverse = np.linalg.inv(self.affine)
        return np.asarray(np.asarray(points_mm, dtype=np.float64) @ inverse[:3, :3].T + inverse[:3, 3])

    def same_grid(self, other: Geometry, *, atol_mm: float = 1e-3) -> bool:
        """Tell whether both lie on the same voxels: shape, affine and frame of reference."""
        return (
            self.shape == other.shape
            and self.frame_of_reference_uid == other.frame_of_reference_uid
            and bool(np.abs(self._corners() - other._corners()).max() <= atol_mm)
        )

    def require_same_grid(self, other: Geometry, *, what: str) -> None:
        """Raise ``GRID_MISMATCH`` unless both lie on the same voxels.

        Raises
        ------
        InputError
            With both shapes, and the largest distance between corners in mm.
        """
        if self.same_grid(other):
            return
        if self.shape != other.shape:
            reason = f"shapes {self.shape} and {other.shape} differ"
        elif self.frame_of_reference_uid != other.frame_of_reference_uid:
            reason = "the frames of reference differ"
        else:
            reason = f"corners lie up to {np.abs(self._corners() - other._corners()).max():.3f} mm apart"
        raise InputError(
            GRID_MISMATCH,
            what=f"two volumes cannot be combined: {reason}",
            where=what,
            todo="resample one to the other first",
        )

    def crop(self, box: tuple[slice, slice, slice]) -> Geometry:
        """Return the geometry of ``array[box]``; each slice has step None or 1 and a start within the axis."""
        start = [s.indices(n)[0] for s, n in zip(box, self.shape, strict=True)]
        stop = [s.indices(n)[1] for s, n in zip(box, self.shape, strict=True)]
        affine = self.affine.copy()
        affine[:3, 3] = self.to_mm(np.array(start))
        a, b, c = (max(0, hi - lo) for lo, hi in zip(start, stop, strict=True))
        return Geometry((a, b, c), affine, self.frame_of_reference_uid, self.sided)

    def reoriented(self, axes: tuple[int, int, int], flips: tuple[bool, bool, bool]) -> Geometry:
        """Return the geometry of ``array.transpose(axes)`` with the axes of that result then flipped where told."""
        affine = np.eye(4)
        affine[:3, :3] = self.affine[:3, :3][:, axes]
        affine[:3, 3] = self.affine[:3, 3]
        shape = (self.shape[axes[0]], self.shape[axes[1]], self.shape[axes[2]])
        for axis, flip in enumerate(flips):
            if flip:
                affine[:3, 3] += affine[:3, axis] * (shape[axis] - 1)
                affine[:3, axis] *= -1
        return Geometry(shape, affine, self.frame_of_reference_uid, self.sided)

    def _corners(self) -> NDArray[np.float64]:
        grid = np.array(np.meshgrid(*[(0, n - 1) for n in self.shape], indexing="ij")).reshape(3, -1).T
        return self.to_mm(grid)


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """A picture of the patient: one number a voxel.

    Parameters
    ----------
    array : (slice, row, column) ndarray
        int16 for ``HU``, float32 in 0..1 for ``probability``; kept as it is, set read-only.
    geometry : Geometry
        Where the voxels lie.
    quantity : {"HU", "probability"}
        What the numbers mean.

    Raises
    ------
    InputError
        ``MISSING_GEOMETRY`` if array and geometry differ in shape.
    """

    array: NDArray[Any]
    geometry: Geometry
    quantity: Quantity = "HU"

    def __post_init__(self) -> None:
        wanted = np.int16 if self.quantity == "HU" else np.float32
        object.__setattr__(self, "array", _frozen(self.array, self.geometry, np.dtype(wanted)))

    def with_array(self, array: NDArray[Any]) -> Volume:
        """Return a volume of the same geometry and quantity with other numbers."""
        return Volume(array, self.geometry, self.quantity)

    def crop(self, box: tuple[slice, slice, slice]) -> Volume:
        """Return the part inside the box, with its own geometry."""
        return Volume(self.array[box], self.geometry.crop(box), self.quantity)

    def reoriented(self, axes: tuple[int, int, int], flips: tuple[bool, bool, bool]) -> Volume:
        """Return the same picture with its axes in another order, then flipped where told."""
        return Volume(_turn(self.array, axes, flips), self.geometry.reoriented(axes, flips), self.quantity)

    def __getitem__(self, item: object) -> object:
        raise TypeError("indexing would lose the geometry: use .crop(box), or .array[...] for bare numbers")


@dataclass(frozen=True, slots=True, eq=False)
class LabelVolume:
    """A label a voxel.

    Parameters
    ----------
    array : (slice, row, column) uint8
        0 is background.
    geometry : Geometry
        Where the voxels lie.
    labels : mapping of int to str
        Name of each label above 0.

    Raises
    ------
    InputError
        ``MISSING_GEOMETRY`` if array and geometry differ in shape.
    """

    array: NDArray[np.uint8]
    geometry: Geometry
    labels: Mapping[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "array", _frozen(self.array, self.geometry, np.dtype(np.uint8)))
        object.__setattr__(self, "labels", MappingProxyType(dict(self.labels)))

    def with_array(self, array: NDArray[np.uint8]) -> LabelVolume:
        """Return labels of the same geometry and table."""
        return LabelVolume(array, self.geometry, self.labels)

    def crop(self, box: tuple[slice, slice, slice]) -> LabelVolume:
        """Return the part inside the box, with its own geometry."""
        return LabelVolume(self.array[box], self.geometry.crop(box), self.labels)

    def reoriented(self, axes: tuple[int, int, int], flips: tuple[bool, bool, bool]) -> LabelVolume:
        """Return the same labels with their axes in another order, then flipped where told."""
        return LabelVolume(_turn(self.array, axes, flips), self.geometry.reoriented(axes, flips), self.labels)

    def volume_ml(self, label: int) -> float:
        """Return the volume of one label, ml."""
        return float(np.count_nonzero(self.array == label) * self.geometry.voxel_ml)

    def __getitem__(self, item: object) -> object:
        raise TypeError("indexing would lose the geometry: use .crop(box), or .array[...] for bare labels")


LUNG_LABELS: Mapping[int, str] = MappingProxyType({1: "right lung", 2: "left lung", 3: "lung, side unknown"})
LESION_LABELS: Mapping[int, str] = MappingProxyType({1: "ground glass", 2: "consolidation"})


def axial_axes(geometry: Geometry) -> tuple[tuple[int, int, int], tuple[bool, bool, bool]]:
    """Return ``axes, flips`` for :meth:`Volume.reoriented`: slices feet to head, rows to the back, columns to the left.

    Parameters
    ----------
    geometry : Geometry
        Any orientation, oblique too (the nearest axis is taken, each once).
    """
    weight = np.abs(geometry.cosines)
    best: tuple[int, int, int] = max(
        ((a, b, c) for a in range(3) for b in range(3) for c in range(3) if len({a, b, c}) == 3),
        key=lambda p: weight[2, p[0]] + weight[1, p[1]] + weight[0, p[2]],
    )
    flips = tuple(bool(geometry.cosines[world, axis] < 0) for world, axis in zip((2, 1, 0), best, strict=True))
    return best, (flips[0], flips[1], flips[2])


def undo_axes(
    axes: tuple[int, int, int], flips: tuple[bool, bool, bool]
) -> tuple[tuple[int, int, int], tuple[bool, bool, bool]]:
    """Return the ``axes, flips`` that take a reoriented array back."""
    back = (axes.index(0), axes.index(1), axes.index(2))
    return back, (flips[back[0]], flips[back[1]], flips[back[2]])


def _turn(array: NDArray[Any], axes: tuple[int, int, int], flips: tuple[bool, bool, bool]) -> NDArray[Any]:
    a, b, c = (slice(None, None, -1) if flip else slice(None) for flip in flips)
    return array.transpose(axes)[a, b, c]


def _frozen(array: NDArray[Any], geometry: Geometry, dtype: np.dtype[Any]) -> NDArray[Any]:
    kept = np.asarray(array)
    if kept.dtype != dtype:
        raise TypeError(f"the array is {kept.dtype}, {dtype} is wanted")
    if kept.shape != geometry.shape:
        raise _no_geometry(f"an array of shape {kept.shape} does not fit a geometry of shape {geometry.shape}")
    view = kept.view()
    view.setflags(write=False)
    return view


def _no_geometry(what: str) -> InputError:
    return InputError(
        MISSING_GEOMETRY,
        what=what,
        where="volume geometry",
        todo="give positions, orientation and spacing as the scanner wrote them",
    )
