"""The header of a NIfTI file: sizes, voxel type, scaling, units, and where the voxels lie.

References
----------
NIfTI-1 header definition: methods 2 (qform) and 3 (sform) of orientation, xyzt_units, scl_slope.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundglass.dicom.limits import ReadingLimits
from groundglass.errors import InputError, declare
from groundglass.phrases import Notice
from groundglass.volume import Geometry

NIFTI_HEADER = declare("NIFTI_HEADER", "A file that is no NIfTI, or whose header is damaged.")
NIFTI_NOT_A_VOLUME = declare("NIFTI_NOT_A_VOLUME", "A NIfTI that is no single three-dimensional picture.")
NIFTI_VOXEL_TYPE = declare("NIFTI_VOXEL_TYPE", "A NIfTI of colours, complex numbers or another type that cannot be HU.")
NIFTI_TOO_LARGE = declare("NIFTI_TOO_LARGE", "A NIfTI that declares more voxels than the limit allows.")
NIFTI_SPACING = declare("NIFTI_SPACING", "A NIfTI whose voxel sides are zero, not finite or absurd.")
NIFTI_SHEARED = declare("NIFTI_SHEARED", "A NIfTI whose axes are not at right angles, as after a tilted gantry.")

RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
"""Its own inverse."""

HEADER_BYTES = {348: "nifti-1", 540: "nifti-2"}
_MAGICS = (b"n+1\0", b"ni1\0", b"n+2\0", b"ni2\0")
_VOXEL_TYPES = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8"}
"""NIfTI datatype code to numpy type; bits, colours, complex and 128-bit numbers are left out."""
_UNIT_MM = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}
"""Spatial unit code to mm; 0 is unknown and by custom mm."""
SIDES_MM = (0.05, 25.0)
"""Voxel sides outside of this are no CT to be analysed: the finest clinical matrices have 0.1 mm, screening slices were
10 mm, and thinned data sets go to 20 mm."""
_SHEAR_REPAIRED = 0.02
"""Cosine between two axes up to which they are straightened (1.1 degrees), as rounding by converters leaves."""
_SHEAR_SEEN = 1e-3
_FORMS_APART_MM = 1.0
_MAX_OFFSET_BYTES = 64 * 1024 * 1024
"""Extensions before the voxels; DICOM headers kept as an extension take well below this."""


@dataclass(frozen=True, slots=True)
class NiftiHeader:
    """What the header says, checked.

    Attributes
    ----------
    raw : bytes
        The header as it is in the file (348 or 540 bytes).
    swapped : bool
        Written big endian.
    single_file : bool
        Header and voxels in one file.
    dims : tuple of int
        Sizes as in the file, (i, j, k, ...), with their trailing ones.
    shape : tuple of int
        (slice, row, column) = (k, j, i).
    dtype : numpy.dtype
        Of the stored numbers, with byte order.
    offset_bytes : int
        Where the voxels start.
    slope, intercept : float
        value = stored * slope + intercept.
    geometry : Geometry
        LPS.
    notices : tuple of Notice
        What was odd.
    """

    raw: bytes
    swapped: bool
    single_file: bool
    dims: tuple[int, ...]
    shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    offset_bytes: int
    slope: float
    intercept: float
    geometry: Geometry
    notices: tuple[Notice, ...]

    @property
    def voxels_bytes(self) -> int:
        """Bytes of all stored numbers."""
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize


def nibabel_module() -> Any:
    """Return nibabel: it takes 0.2 s to import and is half typed, and most runs read DICOM."""
    return import_module("nibabel")


def header_bytes(start: bytes) -> tuple[int, bool]:
    """Return how long the header is and whether it is byte-swapped, from its first four bytes.

    Raises
    ------
    ValueError
        If no NIfTI starts like this.
    """
    if len(start) >= 4:
        for order, swapped in (("<i", False), (">i", True)):
            size = struct.unpack(order, start[:4])[0]
            if size in HEADER_BYTES:
                return size, swapped
    raise ValueError("no NIfTI header")


def parse(raw: bytes, label: str, limits: ReadingLimits) -> NiftiHeader:
    """Read and check a header.

    Parameters
    ----------
    raw : bytes
        At least the header.
    label : str
        Names the file in errors.
    limits : ReadingLimits
        Bounds on the size.

    Raises
    ------
    InputError
        ``NIFTI_HEADER``, ``NIFTI_NOT_A_VOLUME``, ``NIFTI_VOXEL_TYPE``, ``NIFTI_TOO_LARGE``, ``NIFTI_SPACING``,
        ``NIFTI_SHEARED``.
    """
    import nibabel

    try:
        size, swapped = header_bytes(raw)
    except ValueError as reason:
        raise _no_nifti("it does not start like a NIfTI", label) from reason
    kind: Any = nibabel.Nifti1Header if size == 348 else nibabel.Nifti2Header
    if len(raw) < size:
        raise _no_nifti(f"its header has {len(raw)} of {size} bytes", label)
    fields = kind(raw[:size], endianness=">" if swapped else "<", check=False)
    # numpy reads "n+1\\0" back without the zero.
    magic = bytes(fields["magic"].item())[:3]
    if magic + b"\0" not in _MAGICS:
        raise _no_nifti("its magic is not that of a NIfTI (Analyze 7.5 has no orientation and is not read)", label)
    dims, shape = _sizes(fields, label, limits)
    code = int(fields["datatype"])
    if code not in _VOXEL_TYPES:
        raise InputError(
            NIFTI_VOXEL_TYPE,
            what=f"its numbers are of NIfTI type {code} (colours, complex or unknown)",
            where=label,
            todo="export the CT in HU as whole numbers",
        )
    dtype = np.dtype(_VOXEL_TYPES[code]).newbyteorder(">" if swapped else "<")
    single = magic[1:2] == b"+"
    offset = _offset(float(fields["vox_offset"]), size, single, label)
    slope, intercept = _scaling(float(fields["scl_slope"]), float(fields["scl_inter"]), label)
    geometry, notices = _geometry(fields, shape, label, limits.widest_side_mm)
    return NiftiHeader(
        raw[:size], swapped, single, dims, shape, dtype, offset, slope, intercept, geometry, tuple(notices)
    )


def _sizes(fields: Any, label: str, limits: ReadingLimits) -> tuple[tuple[int, ...], tuple[int, int, int]]:
    count = int(fields["dim"][0])
    if not 1 <= count <= 7:
        raise _no_nifti(f"it declares {count} dimensions", label)
    dims = tuple(int(n) for n in fields["dim"][1 : count + 1])
    if min(dims) < 1:
        raise _no_nifti(f"it declares sizes {dims}", label)
    if len(dims) < 3 or any(n != 1 for n in dims[3:]):
        raise InputError(
            NIFTI_NOT_A_VOLUME,
            what=f"it holds an array of {' x '.join(map(str, dims))}, not one volume",
            where=label,
            todo="export one volume of three dimensions",
        )
    voxels = dims[0] * dims[1] * dims[2]
    if max(dims) > limits.max_slices or voxels * 2 > limits.max_volume_bytes:
        raise InputError(
            NIFTI_TOO_LARGE,
            what=f"it declares {' x '.join(map(str, dims))} voxels, {limits.max_volume_bytes // 2} are allowed",
            where=label,
            todo="check the header, or crop the volume",
        )
    return dims, (dims[2], dims[1], dims[0])


def _offset(value: float, size: int, single: bool, label: str) -> int:
    if not np.isfinite(value) or value < 0 or value > _MAX_OFFSET_BYTES:
        raise _no_nifti(f"its voxels start at byte {value:g}", label)
    # Some writers leave 0 in a single file; the voxels then follow header and extension flag.
    return max(int(value), size + 4) if single else int(value)


def _scaling(slope: float, intercept: float, label: str) -> tuple[float, float]:
    """Return slope and intercept; zero or NaN means none, by definition."""
    if not np.isfinite(slope) or slope == 0:
        if np.isinf(slope):
            raise _no_nifti("its scl_slope is infinite", label)
        return 1.0, 0.0
    if not np.isfinite(intercept):
        raise _no_nifti(f"its scl_inter is {intercept:g}", label)
    if not 1e-6 <= abs(slope) <= 1e6 or abs(intercept) > 1e6:
        raise _no_nifti(f"its scaling is absurd (slope {slope:g}, intercept {intercept:g})", label)
    return slope, intercept


def _geometry(fields: Any, shape: tuple[int, int, int], label: str, widest_mm: float) -> tuple[Geometry, list[Notice]]:
    notices: list[Notice] = []
    unit = int(fields["xyzt_units"]) & 7
    sform, qform = _form(fields, "sform"), _form(fields, "qform")
    chosen = sform if sform is not None else qform
    sides = np.abs(np.asarray(fields["pixdim"][1:4], dtype=np.float64))
    factor = _factor(unit, _lengths(chosen) if chosen is not None else sides, notices)
    if chosen is None:
        notices.append(Notice("nifti_no_orientation"))
        _check_sides(sides * factor, label, widest_mm)
        if np.allclose(sides, 1.0):
            notices.append(Notice("nifti_spacing_lost"))
        # Without a form nothing tells the sides; the usual storage (i to the left, j to the front, k to the head) is
        # taken so that slices run feet to head, and the geometry says that sides are unknown.
        affine = np.zeros((4, 4))
        affine[:3, :3] = np.diag(sides * factor)
        affine[3, 3] = 1
        return Geometry(shape, _to_lps(affine), None, sided=False), notices
    chosen = chosen.copy()
    chosen[:3] *= factor
    _check_sides(_lengths(chosen), label, widest_mm)
    sided = True
    if _is_default(chosen):
        # What libraries write that were given no geometry: it tells neither the sides nor the spacing.
        notices.extend((Notice("nifti_no_orientation"), Notice("nifti_spacing_lost")))
        sided = False
    if sform is not None and qform is not None:
        sided = _compare_forms(sform, qform, shape, notices) and sided
    if not np.allclose(_lengths(chosen), sides * factor, rtol=0.01):
        notices.append(Notice("nifti_spacing_disagrees"))
    straight, cosine = _straightened(chosen)
    if cosine > _SHEAR_REPAIRED:
        raise InputError(
            NIFTI_SHEARED,
            what=f"two of its axes are {np.degrees(np.arcsin(min(cosine, 1.0))):.1f} degrees off the right angle",
            where=label,
            todo="resample it to right angles (a tilted gantry must be corrected), or give the DICOM series",
        )
    if cosine > _SHEAR_SEEN:
        notices.append(Notice("nifti_shear_straightened", {"degrees": round(float(np.degrees(cosine)), 2)}))
    return Geometry(shape, _to_lps(straight), None, sided), notices


def _is_default(form: NDArray[np.float64]) -> bool:
    """Tell whether a form is the identity, or its twin of libraries that count in LPS."""
    return bool(np.allclose(np.abs(form), np.eye(4), atol=1e-6))


def _form(fields: Any, name: str) -> NDArray[np.float64] | None:
    """Return one form as (4, 4) RAS of (i, j, k), or None where it is not coded or not usable."""
    if int(fields[f"{name}_code"]) <= 0:
        return None
    damaged = nibabel_module().spatialimages.HeaderDataError
    try:
        form = fields.get_sform() if name == "sform" else fields.get_qform()
    except (
        damaged,
        ValueError,
        ZeroDivisionError,
        np.linalg.LinAlgError,
    ):
        return None
    form = np.asarray(form, dtype=np.float64)
    if not np.isfinite(form).all() or np.abs(form).max() > 1e7:
        return None
    lengths = _lengths(form)
    if lengths.min() <= 0 or abs(np.linalg.det(form[:3, :3] / lengths)) < 0.5:
        return None
    return form


def _factor(unit: int, sides: NDArray[np.float64], notices: list[Notice]) -> float:
    """Return mm for one unit of the header; a unit that makes the sides absurd while mm fit is not believed."""
    factor = _UNIT_MM.get(unit, 1.0)
    if factor == 1.0:
        return 1.0

    def fits(lengths: NDArray[np.float64]) -> bool:
        return bool(np.all((lengths >= SIDES_MM[0]) & (lengths <= SIDES_MM[1])))

    if not fits(sides * factor) and fits(sides):
        notices.append(Notice("nifti_unit_not_believed"))
        return 1.0
    return factor


def _compare_forms(
    sform: NDArray[np.float64], qform: NDArray[np.float64], shape: tuple[int, int, int], notices: list[Notice]
) -> bool:
    """Say how far the forms are apart; return whether they agree on right and left."""
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in reversed(shape)], indexing="ij")).reshape(3, -1)
    apart = float(np.abs((sform - qform)[:3, :3] @ corners + (sform - qform)[:3, 3:]).max())
    if apart <= _FORMS_APART_MM:
        return True
    # Which voxel axis runs most to the patient's left, and which way, in each form.
    rows = [form[0, :3] / _lengths(form) for form in (sform, qform)]
    axes = [int(np.argmax(np.abs(row))) for row in rows]
    if axes[0] != axes[1] or rows[0][axes[0]] * rows[1][axes[1]] < 0:
        notices.append(Notice("nifti_forms_disagree_on_side"))
        return False
    notices.append(Notice("nifti_forms_disagree", {"apart_mm": round(apart, 1)}))
    return True


def _straightened(affine: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return the affine with axes at right angles, and the largest cosine between two of the axes given."""
    lengths = _lengths(affine)
    cosines = affine[:3, :3] / lengths
    largest = float(np.abs(cosines.T @ cosines - np.eye(3)).max())
    if largest <= 1e-6:
        return affine, largest
    left, _, right = np.linalg.svd(cosines)
    straight = affine.copy()
    straight[:3, :3] = (left @ right) * lengths
    return straight, largest


def _check_sides(sides_mm: NDArray[np.float64], label: str, widest_mm: float) -> None:
    if not np.isfinite(sides_mm).all() or sides_mm.min() < SIDES_MM[0] or sides_mm.max() > widest_mm:
        raise InputError(
            NIFTI_SPACING,
            what=f"its voxel sides are {' x '.join(f'{side:g}' for side in sides_mm)} mm",
            where=label,
            todo=f"give sides of {SIDES_MM[0]} to {widest_mm:g} mm as the scanner wrote them",
        )


def _lengths(affine: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.norm(affine[:3, :3], axis=0))


def _to_lps(affine: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn (i, j, k) to RAS into (slice, row, column) to LPS."""
    turned: NDArray[np.float64] = RAS_TO_LPS @ affine
    turned[:3, :3] = turned[:3, 2::-1]
    turned[turned == 0] = 0.0
    return turned


def _no_nifti(what: str, label: str) -> InputError:
    return InputError(NIFTI_HEADER, what=what, where=label, todo="give a .nii or .nii.gz as a converter writes it")
