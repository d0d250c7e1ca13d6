"""Checks of one picture: readable whole, placed, in Hounsfield units, a chest, the right way round."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundglass import nifti
from groundglass.datasets.findings import Finding, Values
from groundglass.datasets.formats.labelled import straightened
from groundglass.datasets.validation.hounsfield import counted, judged
from groundglass.datasets.validation.ordering import disordered
from groundglass.datasets.validation.places import Places, places_of
from groundglass.errors import InputError
from groundglass.phrases import Notice
from groundglass.volume import Geometry, Volume

Value = str | int | float
IN_PLANE_MM = (0.2, 4.0)
"""Pixels of chest CT: 0.2 mm of a small field in 1024, 0.98 mm of 500 mm in 512, 4 mm of sets made small for training;
beyond that a unit is wrong."""
SLICE_MM = (0.25, 20.0)
"""Distance of slices: thin ones at 0.3 mm, thinned data sets to 20 mm."""
FIELD_MM = (120.0, 720.0)
"""Width of a slice: one lung of a child, to the widest bore."""
HEIGHT_MM = (80.0, 1000.0)
"""Height of a scan: less is part of a chest, more a whole body."""
LARGEST_FIELD_MM, LARGEST_PIXEL_MM, LARGEST_HEIGHT_MM = 1500.0, 25.0, 2500.0
"""Twice the widest bore; pixels of pictures of 16 x 16; longer than the longest scan of a whole body."""
LARGEST_SLICE_MM = 250.0
"""Sets thinned to a few slices may have them a hand apart and more."""
SMALLEST_CHEST_MM, LUNGS_WIDE_SHARE, CHEST_PIXELS = 100.0, 0.4, 64
"""A picture whose lungs fill so much of its width shows a chest: one narrower than a newborn's has a wrong unit. Fewer
pixels show nothing of a chest."""
SCALED_SPAN = 64
"""Fractions within so small a range were scaled: to 0..1, by their spread, to attenuation."""
NOT_FINITE_HU = -1024
"""What the reader puts where there is no number."""
LEAST_LUNG_ML = 250.0
"""Air seen in the lungs: both lungs of an adult hold litres, severe disease leaves above half a litre."""
_GEOMETRY_CODES = frozenset({"NIFTI_SPACING", "NIFTI_SHEARED"})
HEADER_NOTICES: Mapping[str, tuple[str, str]] = {
    "nifti_no_orientation": ("SIDE", "no_form"),
    "nifti_forms_disagree_on_side": ("SIDE", "forms_on_side"),
    "nifti_forms_disagree": ("FORMS", ""),
    "nifti_spacing_lost": ("GEOMETRY", "spacing_lost"),
    "nifti_spacing_disagrees": ("GEOMETRY", "spacing_disagrees"),
    "nifti_unit_not_believed": ("GEOMETRY", "unit"),
}
"""What a notice of the reader becomes: which finding, and how."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picture:
    """A picture after its checks.

    Attributes
    ----------
    findings : tuple of Finding
        What is wrong with it.
    facts : mapping
        What was measured.
    geometry : Geometry or None
        Straightened: slices feet to head, rows to the back, columns to the left.
    volume : Volume or None
        HU, straightened; None where numbers cannot become HU.
    places : Places or None
        Where things lie in it.
    voxels : str
        As :class:`groundglass.datasets.validation.tasks.StudyLook`.
    slices : tuple of bytes
        The same.
    """

    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    geometry: Geometry | None = None
    volume: Volume | None = None
    places: Places | None = None
    voxels: str = ""
    slices: tuple[bytes, ...] = ()


def look_at_picture(path: Path, name: str, study_id: str) -> Picture:
    """Read and check one picture.

    Parameters
    ----------
    path : Path
        Of the file.
    name : str
        Its path in the set.
    study_id : str
        Of the study.
    """
    try:
        stored = nifti.read_stored(path, label=name)
    except InputError as error:
        code = "IMAGE_GEOMETRY" if error.code in _GEOMETRY_CODES else "IMAGE_DAMAGED"
        return Picture(findings=(Finding(code, study_id, {"file": name, "how": error.code.lower()}),))
    findings = [
        Finding(code, study_id, {"file": name, **values})
        for code, values in header_findings(stored.header.notices, "IMAGE")
    ]
    if any(each.values.get("how") == "forms_on_side" for each in findings):
        findings.append(Finding("FORMS_DIFFER", study_id, {"file": name, "mm": forms_apart_mm(path)}))
    if form_not_finite(path):
        findings.append(Finding("IMAGE_GEOMETRY", study_id, {"file": name, "how": "nan_form"}))
    found = straightened(Volume(stored.array, stored.header.geometry))
    geometry, array = found.geometry, found.array
    facts: dict[str, Any] = {
        "shape": list(geometry.shape),
        "spacing_mm": [round(side, 4) for side in geometry.spacing_mm],
        "orientation": "".join(stored.header.geometry.axis_codes[::-1]),
    }
    findings += [Finding("IMAGE_SPACING_ODD", study_id, {"file": name, **odd}) for odd in _odd_sizes(geometry)]
    if stored.fractions and _span(array, stored.non_finite) <= SCALED_SPAN:
        values: Values = {"file": name, "how": "scaled", "low_hu": int(array.min()), "high_hu": int(array.max())}
        findings.append(Finding("HU_NOT_PLAUSIBLE", study_id, values))
        return Picture(findings=tuple(findings), facts=facts, geometry=geometry)
    impossible = _too_large(geometry)
    if impossible:
        findings.append(Finding("IMAGE_GEOMETRY", study_id, {"file": name, "how": impossible}))
    hashes, constant, double = _slices(array)
    values = {"file": name, "slices": constant, "of": geometry.shape[0]}
    if constant:
        findings.append(Finding("IMAGE_CONSTANT", study_id, values))
        if constant == geometry.shape[0]:
            return Picture(findings=tuple(findings), facts=facts, geometry=geometry)
    if double:
        values = {"file": name, "slices": double, "of": geometry.shape[0]}
        findings.append(Finding("SLICES_DOUBLE", study_id, values))
    numbers = judged(counted(array), non_finite=stored.non_finite)
    findings += [Finding(code, study_id, {"file": name, **values}) for code, values in numbers.findings]
    facts |= {
        "lowest_hu": numbers.lowest,
        "highest_hu": numbers.highest,
        "distinct_values": numbers.distinct,
        "padding_percent": round(100 * numbers.padding_share, 2),
    }
    if numbers.shift_hu is None:
        return Picture(
            findings=tuple(findings), facts=facts, geometry=geometry, voxels=numbers.sha256, slices=tuple(hashes)
        )
    volume = found
    if numbers.shift_hu:
        moved = np.clip(array.astype(np.int32) + numbers.shift_hu, -32768, 32767).astype(np.int16)
        volume = Volume(moved, geometry)
    places = places_of(volume.array, geometry.spacing_mm)
    if not impossible and _too_small(places, geometry):
        findings.append(Finding("IMAGE_GEOMETRY", study_id, {"file": name, "how": "size_width"}))
    order = disordered(places.mean_hu)
    if order is not None:
        values = {"file": name, "slices": order[0], "of": order[1]}
        findings.append(Finding("SLICES_ORDER", study_id, values))
    lungs_ml = float(places.lungs.sum() * places.steps[0] * places.steps[1] * geometry.voxel_ml)
    facts["air_in_lungs_ml"] = round(lungs_ml)
    if lungs_ml < LEAST_LUNG_ML:
        findings.append(Finding("NO_LUNGS", study_id, {"file": name, "ml": round(lungs_ml)}))
    return Picture(
        findings=tuple(findings),
        facts=facts,
        geometry=geometry,
        volume=volume,
        places=places,
        voxels=numbers.sha256,
        slices=tuple(hashes),
    )


def forms_apart_mm(path: Path) -> float:
    """Return how far apart qform and sform put the farthest voxel.

    Parameters
    ----------
    path : Path
        Of a file that was read already, and has both.
    """
    from nibabel import load  # heavy, and few sets need it

    fields: Any = load(path).header
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in fields.get_data_shape()[:3]], indexing="ij")).reshape(3, -1)
    between = fields.get_sform() - fields.get_qform()
    return round(float(np.linalg.norm(between[:3, :3] @ corners + between[:3, 3:], axis=0).max()), 1)


def form_not_finite(path: Path) -> bool:
    """Tell whether a header has a form that is coded and not finite: this reader takes the other, most do not.

    Parameters
    ----------
    path : Path
        Of a file that was read already.
    """
    if not path.name.lower().endswith((".nii", ".nii.gz")):
        return False
    from nibabel import load  # heavy, and nobody needs it who has no NIfTI

    fields: Any = load(path).header
    places = {
        "sform": ("srow_x", "srow_y", "srow_z"),
        "qform": ("quatern_b", "quatern_c", "quatern_d", "qoffset_x", "qoffset_y", "qoffset_z"),
    }
    return any(
        int(fields[f"{form}_code"]) > 0 and not all(np.isfinite(fields[name]).all() for name in names)
        for form, names in places.items()
    )


def header_findings(notices: tuple[Notice, ...], what: str) -> list[tuple[str, Mapping[str, Value]]]:
    """Return what the header of a picture or mask says against itself.

    Parameters
    ----------
    notices : tuple of Notice
        Of the reader.
    what : {"IMAGE", "MASK"}
        Begins the codes.
    """
    found: list[tuple[str, Mapping[str, Value]]] = []
    for notice in notices:
        kind, how = HEADER_NOTICES.get(notice.code, ("", ""))
        if kind == "SIDE":
            found.append((f"{what}_SIDE_UNKNOWN", {"how": how}))
        elif kind == "FORMS":
            found.append(("FORMS_DIFFER", {"mm": notice.values.get("apart_mm", 0)}))
        elif kind == "GEOMETRY":
            found.append((f"{what}_GEOMETRY", {"how": how}))
    return found


def _span(array: NDArray[np.int16], non_finite: int) -> int:
    """Return from the smallest to the largest number; what the reader puts for no number is left out."""
    measured = array[array != NOT_FINITE_HU] if non_finite else array
    return int(measured.max()) - int(measured.min()) if measured.size else 0


def _odd_sizes(geometry: Geometry) -> list[Mapping[str, Value]]:
    slice_mm, row_mm, column_mm = geometry.spacing_mm
    height, depth, width = (n * side for n, side in zip(geometry.shape, geometry.spacing_mm, strict=True))
    checks = (
        ("slice_spacing", slice_mm, SLICE_MM),
        ("pixel_size", row_mm, IN_PLANE_MM),
        ("pixel_size", column_mm, IN_PLANE_MM),
        ("height", height, HEIGHT_MM),
        ("width", min(depth, width), FIELD_MM),
        ("width", max(depth, width), FIELD_MM),
    )
    found = {how: round(value, 3) for how, value, (low, high) in checks if not low <= value <= high}
    if abs(row_mm - column_mm) > 0.01 * max(row_mm, column_mm):
        found["pixel_not_square"] = round(row_mm / column_mm, 3)
    return [{"how": how, "value": value} for how, value in found.items()]


def _too_large(geometry: Geometry) -> str:
    """Return the word for a size above all that scanners make, "" where there is none."""
    slice_mm, row_mm, column_mm = geometry.spacing_mm
    checks = (
        ("size_width", max(geometry.shape[1] * row_mm, geometry.shape[2] * column_mm), LARGEST_FIELD_MM),
        ("size_pixel", max(row_mm, column_mm), LARGEST_PIXEL_MM),
        ("size_slice", slice_mm, LARGEST_SLICE_MM),
        ("size_height", geometry.shape[0] * slice_mm, LARGEST_HEIGHT_MM),
    )
    return next((how for how, value, most in checks if value > most), "")


def _too_small(places: Places, geometry: Geometry) -> bool:
    """Tell whether a whole chest is in view that is narrower than any."""
    columns = np.flatnonzero(places.lungs.any(axis=(0, 1)))
    width_mm = geometry.shape[2] * geometry.spacing_mm[2]
    wide = columns.size > LUNGS_WIDE_SHARE * places.lungs.shape[2]
    return wide and min(geometry.shape[1:]) >= CHEST_PIXELS and width_mm < SMALLEST_CHEST_MM


def _slices(array: NDArray[np.int16]) -> tuple[list[bytes], int, int]:
    """Return a hash of each slice that says something, how many are constant, and how many repeat another."""
    hashes, constant = [], 0
    for plane in array:
        if plane.min() == plane.max():
            constant += 1
        else:
            hashes.append(hashlib.blake2b(np.ascontiguousarray(plane).data, digest_size=12).digest())
    return hashes, constant, len(hashes) - len(set(hashes))
