"""What a slice must say of itself to be used: place, directions, spacing, and how its numbers become HU."""

from __future__ import annotations

import numpy as np

from groundglass.dicom.frames import Frame
from groundglass.dicom.values import shown_term
from groundglass.errors import InputError, declare

NOT_CT = declare("NOT_CT", "Modality is other than CT.")
POSITION_MISSING = declare("POSITION_MISSING", "ImagePositionPatient is missing or unreadable.")
POSITION_ABSURD = declare("POSITION_ABSURD", "ImagePositionPatient lies outside any scanner.")
ORIENTATION_MISSING = declare("ORIENTATION_MISSING", "ImageOrientationPatient is missing or unreadable.")
ORIENTATION_BROKEN = declare(
    "ORIENTATION_BROKEN", "The directions of rows and columns have no length or are not at right angles."
)
PIXEL_SPACING_MISSING = declare("PIXEL_SPACING_MISSING", "PixelSpacing is missing or unreadable.")
PIXEL_SPACING_ABSURD = declare("PIXEL_SPACING_ABSURD", "PixelSpacing is zero, negative or such as no scanner makes.")
RESCALE_MISSING = declare("RESCALE_MISSING", "RescaleSlope or RescaleIntercept is missing or unreadable.")
RESCALE_ABSURD = declare("RESCALE_ABSURD", "RescaleSlope or RescaleIntercept is zero, negative or absurd.")
RESCALE_NOT_HU = declare("RESCALE_NOT_HU", "RescaleType says that the numbers are no Hounsfield units.")

PIXEL_SPACING_RANGE_MM = (0.05, 5.0)
"""512 pixels over 25 mm to 2500 mm; the widest CT field of view in use is 820 mm, localizers 1000 mm and more."""
MAX_FIELD_MM = 1000.0
"""Both sides of a slice above: the widest bore is 900 mm, the widest extended field of view 850. One side alone may be
longer, where slices run along another axis than the body's."""
MAX_POSITION_MM = 10_000.0
"""A patient with the table is 3 m long; anything above is a damaged number."""
SLOPE_RANGE = (1e-4, 100.0)
"""CT writes 1; integers scaled from floats 1/65536 of 4000 HU and more."""
MAX_INTERCEPT_HU = 40_000.0
"""Unsigned 16-bit writers use -32768; -1024 and -8192 are usual."""
LENGTH_TOLERANCE = 0.02
"""Directions cut to two decimals are off by this much."""
ANGLE_TOLERANCE = 0.01
"""Cosine between rows and columns; half a degree. Directions within it are straightened."""
HU_TYPES = ("", "HU", "US", "HOUNSFIELD UNIT", "HOUNSDFIELD UNIT", "HOUNSFIELD UNITS", "HOUNSFIELD", "HOUNSFIELD_UNIT")
"""RescaleType taken for HU; US is "unspecified" (PS3.3 C.11.1.1.2). What it says is checked on the pixels."""

RESCALE_TYPES = frozenset(
    {"OD", "HU", "US", "MGML", "Z_EFF", "ED", "EDW", "HU_MOD", "PCT", "SUV", "BQML", "NORMALIZED", "COUNTS"}
)
"""Defined terms that a message may quote (PS3.3 C.11.1.1.2, and what workstations write for PET)."""
MODALITIES = frozenset(
    {
        *("CT", "MR", "PT", "NM", "US", "CR", "DX", "MG", "XA", "RF", "IO", "PX", "OT", "SC", "ES", "OP", "OPT", "ECG"),
        *("SR", "SEG", "PR", "KO", "REG", "FID", "DOC", "RTSTRUCT", "RTPLAN", "RTDOSE", "RTIMAGE", "RTRECORD", "XC"),
        *("ST", "BI", "GM", "SM", "IVUS", "IVOCT", "HD", "TG", "DG", "LS", "MA", "MS", "CD", "DD", "DS", "VF", "RWV"),
    }
)
"""Defined terms of Modality, and retired ones, that a message may quote (PS3.3 C.7.3.1.1.1)."""


def is_hu(rescale_type: str) -> bool:
    """Tell whether a RescaleType may mean HU; ``Houndsfield Unit`` and its like are met in published sets."""
    return rescale_type in HU_TYPES or (rescale_type.startswith("HOUN") and "FIELD" in rescale_type)


def frame_error(frame: Frame) -> InputError | None:
    """Return why a slice cannot be used, None if it can."""

    def error(code: str, what: str, todo: str) -> InputError:
        return InputError(code, what=what, where=frame.label, todo=todo)

    def value(keyword: str) -> str:
        return frame.problems.get(keyword, "nothing")

    again = "export the series again from the scanner or the archive"
    if frame.position_mm is None:
        return error(POSITION_MISSING, f"ImagePositionPatient holds {value('ImagePositionPatient')}", again)
    if max(map(abs, frame.position_mm)) > MAX_POSITION_MM:
        return error(POSITION_ABSURD, f"ImagePositionPatient is {_listed(frame.position_mm)} mm", again)
    if frame.orientation is None:
        return error(ORIENTATION_MISSING, f"ImageOrientationPatient holds {value('ImageOrientationPatient')}", again)
    if not _orthogonal(frame.orientation):
        return error(
            ORIENTATION_BROKEN,
            f"ImageOrientationPatient {_listed(frame.orientation)} is no pair of unit vectors at right angles",
            again,
        )
    if frame.pixel_spacing_mm is None:
        return error(PIXEL_SPACING_MISSING, f"PixelSpacing holds {value('PixelSpacing')}", again)
    low, high = PIXEL_SPACING_RANGE_MM
    if not all(low <= side <= high for side in frame.pixel_spacing_mm):
        return error(
            PIXEL_SPACING_ABSURD,
            f"PixelSpacing is {_listed(frame.pixel_spacing_mm)} mm, {low} to {high} are read",
            again,
        )
    layout = frame.instance.layout
    sides = (
        low_side * count
        for low_side, count in zip(frame.pixel_spacing_mm, (layout.rows or 0, layout.columns or 0), strict=True)
    )
    if min(sides) > MAX_FIELD_MM:
        return error(
            PIXEL_SPACING_ABSURD,
            f"PixelSpacing is {_listed(frame.pixel_spacing_mm)} mm, which makes a slice wider than {MAX_FIELD_MM:g} mm",
            again,
        )
    return _rescale_error(frame)


def _rescale_error(frame: Frame) -> InputError | None:
    todo = "export the series with its rescale values"
    where = frame.label
    if not is_hu(frame.rescale_type):
        return InputError(
            RESCALE_NOT_HU,
            what=f"RescaleType is {shown_term(frame.rescale_type, RESCALE_TYPES)}, HU is wanted",
            where=where,
            todo="choose the series in Hounsfield units",
        )
    for keyword, number in (("RescaleSlope", frame.slope), ("RescaleIntercept", frame.intercept)):
        if number is None:
            held = frame.problems.get(keyword, "nothing")
            return InputError(RESCALE_MISSING, what=f"{keyword} holds {held}", where=where, todo=todo)
    slope, intercept = frame.slope or 0.0, frame.intercept or 0.0
    if not SLOPE_RANGE[0] <= slope <= SLOPE_RANGE[1]:
        return InputError(RESCALE_ABSURD, what=f"RescaleSlope is {slope:g}", where=where, todo=todo)
    if abs(intercept) > MAX_INTERCEPT_HU:
        return InputError(RESCALE_ABSURD, what=f"RescaleIntercept is {intercept:g}", where=where, todo=todo)
    return None


def _orthogonal(orientation: tuple[float, ...]) -> bool:
    along_row, along_column = np.array(orientation[:3]), np.array(orientation[3:])
    lengths = np.linalg.norm(along_row), np.linalg.norm(along_column)
    if max(abs(length - 1) for length in lengths) > LENGTH_TOLERANCE:
        return False
    return bool(abs(along_row @ along_column) <= ANGLE_TOLERANCE)


def _listed(numbers: tuple[float, ...]) -> str:
    return " / ".join(f"{number:g}" for number in numbers)
