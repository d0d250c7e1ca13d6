"""How the pictures were made against the scanning protocol (Morozov et al. 2020, Table 1).

A deviation never refuses a study: it tells the reader how far the figures can be trusted. What the source does not
state is not checked, and counted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from groundglass.analysis.result import Contrast
from groundglass.phrases import Notice, Severity

TABLE_1 = "Morozov et al. 2020, Table 1"

KernelClass = Literal["soft", "lung", "unknown"]
Breath = Literal["inspiration", "expiration", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcquisitionFacts:
    """What is known of a scan; None where the source does not say.

    Attributes
    ----------
    kvp : float or None
        Tube voltage, kV.
    contrast : {"yes", "no", "unknown"}
        Contrast medium.
    gantry_tilt_degrees : float or None
        Tilt of the gantry.
    slice_thickness_mm, increment_mm : float or None
        Thickness of a slice, and distance between neighbouring slices.
    fov_mm : float or None
        Width of the reconstructed field.
    pixel_mm : float or None
        Side of a pixel.
    rib_margin_mm : float or None
        Least distance from the ribs to the edge of the field; 0 where they are cut off.
    margin_above_mm, margin_below_mm : float or None
        Distance from the lungs to the first and last slice; 0 where the lungs are cut off.
    scan_seconds : float or None
        Duration of the scan.
    rotation_seconds : float or None
        Time of a rotation.
    noise_hu : float or None
        Standard deviation in an even region, HU, at the given slice thickness.
    kernel_class : {"soft", "lung", "unknown"}
        Kind of reconstruction.
    breath : {"inspiration", "expiration", "unknown"}
        Depth of breath.
    arms_up : bool or None
        Whether the arms lie beside the head.
    patient_position : str or None
        PatientPosition, PS3.3 C.7.3.1.1.2.
    """

    kvp: float | None = None
    contrast: Contrast = "unknown"
    gantry_tilt_degrees: float | None = None
    slice_thickness_mm: float | None = None
    increment_mm: float | None = None
    fov_mm: float | None = None
    pixel_mm: float | None = None
    rib_margin_mm: float | None = None
    margin_above_mm: float | None = None
    margin_below_mm: float | None = None
    scan_seconds: float | None = None
    rotation_seconds: float | None = None
    noise_hu: float | None = None
    kernel_class: KernelClass = "unknown"
    breath: Breath = "unknown"
    arms_up: bool | None = None
    patient_position: str | None = None


@dataclass(frozen=True, slots=True)
class RangeCheck:
    """A number against the protocol.

    Attributes
    ----------
    code : str
        Key of the phrase.
    fact : str
        Field of :class:`AcquisitionFacts`, or a figure worked out from several: ``gap_mm``, ``noise_at_5_mm_hu``.
    protocol : str
        What the protocol asks for, as shown.
    low, high : float
        Within these, the protocol is kept (its figures, with what rounding in headers needs).
    warn_low, warn_high : float
        Outside these the deviation is a warning, else it is information.
    source : str
        The row of the protocol and the reason for the outer limits, which are ours.
    """

    code: str
    fact: str
    protocol: str
    low: float
    high: float
    warn_low: float
    warn_high: float
    source: str

    def look(self, value: float) -> Notice | None:
        """Return the deviation, or None where the protocol is kept."""
        if self.low <= value <= self.high:
            return None
        severity: Severity = "info" if self.warn_low <= value <= self.warn_high else "warning"
        return Notice(self.code, {"value": f"{value:.4g}", "protocol": self.protocol}, severity)


@dataclass(frozen=True, slots=True)
class WordCheck:
    """A word against the protocol: the words that deviate and how gravely.

    Attributes
    ----------
    code : str
        Key of the phrase.
    fact : str
        Field of :class:`AcquisitionFacts`.
    deviating : tuple
        Values that deviate.
    severity : {"info", "warning"}
        How grave it is.
    source : str
        The row of the protocol and why the severity.
    """

    code: str
    fact: str
    deviating: tuple[str | bool, ...]
    severity: Severity
    source: str


_NO_END = math.inf

RANGE_CHECKS: tuple[RangeCheck, ...] = (
    RangeCheck(
        "check_kvp", "kvp", "120", 119.0, 121.0, 80.0, 140.0, f"{TABLE_1}: 120 kV; lung HU hardly move within 80-140 kV"
    ),
    RangeCheck(
        "check_gantry_tilt",
        "gantry_tilt_degrees",
        "0",
        -0.1,
        0.1,
        -1.0,
        1.0,
        f"{TABLE_1}: no tilt; 1 degree shears a chest of 300 mm by 5 mm",
    ),
    RangeCheck(
        "check_slice_thickness",
        "slice_thickness_mm",
        "1.0",
        0.0,
        1.05,
        0.0,
        5.05,
        f"{TABLE_1}: 1.0 mm; beyond 5 mm part-filled voxels look like ground glass",
    ),
    RangeCheck(
        "check_increment",
        "increment_mm",
        "0.8",
        0.0,
        0.85,
        0.0,
        5.05,
        f"{TABLE_1}: 0.8 mm; beyond 5 mm small lesions fall between slices",
    ),
    RangeCheck(
        "check_gap",
        "gap_mm",
        "0",
        -_NO_END,
        0.05,
        -_NO_END,
        1.0,
        f"{TABLE_1}: slices of 1.0 mm overlap by 0.2 mm; lung between slices with gaps is not seen at all",
    ),
    RangeCheck(
        "check_fov",
        "fov_mm",
        "350-500",
        349.0,
        501.0,
        250.0,
        _NO_END,
        f"{TABLE_1}: 350-500 mm; under 250 mm both lungs of an adult do not fit",
    ),
    RangeCheck(
        "check_pixel",
        "pixel_mm",
        "0.68-0.98",
        0.0,
        1.0,
        0.0,
        1.6,
        f"{TABLE_1}: 350-500 mm on 512 pixels; 1.6 mm is a matrix of 256 at 400 mm, small vessels vanish",
    ),
    RangeCheck(
        "check_rib_margin",
        "rib_margin_mm",
        ">= 10",
        10.0,
        _NO_END,
        0.5,
        _NO_END,
        f"{TABLE_1}: at least 1 cm beyond the ribs; at 0 the chest is cut off",
    ),
    RangeCheck(
        "check_margin_above",
        "margin_above_mm",
        ">= 50",
        50.0,
        _NO_END,
        0.5,
        _NO_END,
        f"{TABLE_1}: whole lungs + 5 cm; at 0 the lungs are cut off",
    ),
    RangeCheck(
        "check_margin_below",
        "margin_below_mm",
        ">= 50",
        50.0,
        _NO_END,
        0.5,
        _NO_END,
        f"{TABLE_1}: whole lungs + 5 cm; at 0 the lungs are cut off",
    ),
    RangeCheck(
        "check_scan_seconds",
        "scan_seconds",
        "<= 10",
        0.0,
        10.5,
        0.0,
        20.0,
        f"{TABLE_1}: <= 10 s; few breathless patients hold their breath for 20 s",
    ),
    RangeCheck(
        "check_rotation_seconds",
        "rotation_seconds",
        "0.5",
        0.0,
        0.55,
        0.0,
        1.0,
        f"{TABLE_1}: 0.5 s; a slower turn than 1 s blurs the lung beside the heart",
    ),
    RangeCheck(
        "check_noise",
        "noise_at_5_mm_hu",
        "10",
        0.0,
        15.0,
        0.0,
        30.0,
        f"{TABLE_1}: 10 HU at 5 mm; half as much again is left to the place of measurement; at 30 HU, 67 HU in slices "
        "of 1 mm, single voxels of healthy lung reach ground glass",
    ),
)
"""Pitch is left out: the protocol prints "95" without saying of what."""

WORD_CHECKS: tuple[WordCheck, ...] = (
    WordCheck("check_contrast", "contrast", ("yes",), "warning", f"{TABLE_1}: no contrast; it brightens lung"),
    WordCheck(
        "check_lung_kernel",
        "kernel_class",
        ("lung",),
        "info",
        f"{TABLE_1}: FC07 or FC18 beside FC51; the data set graded the soft reconstruction, a sharp one is noisier",
    ),
    WordCheck("check_expiration", "breath", ("expiration",), "warning", f"{TABLE_1}: inspiration; else lung is dense"),
    WordCheck("check_arms_down", "arms_up", (False,), "info", f"{TABLE_1}: arms up; else streaks cross the chest"),
    WordCheck(
        "check_not_supine",
        "patient_position",
        ("HFP", "FFP", "HFDR", "HFDL", "FFDR", "FFDL"),
        "info",
        f"{TABLE_1} is for patients on their back; gravitational change lies where gravity pulls",
    ),
)

_THICKNESS_OF_NOISE_MM = 5.0


def check_acquisition(facts: AcquisitionFacts) -> tuple[Notice, ...]:
    """Compare a scan with the protocol.

    Parameters
    ----------
    facts : AcquisitionFacts
        What is known of the scan; numbers that are not finite count as unknown.

    Returns
    -------
    tuple of Notice
        Every deviation, as information or warning; then how many points the source does not state; or that the
        protocol was kept in every point.
    """
    found: list[Notice] = []
    unknown = 0
    for check in RANGE_CHECKS:
        value = _figure(facts, check.fact)
        if value is None:
            unknown += 1
        elif (notice := check.look(value)) is not None:
            found.append(notice)
    for word in WORD_CHECKS:
        said = getattr(facts, word.fact)
        unknown += said in (None, "unknown", "")
        if said in word.deviating:
            found.append(Notice(word.code, {"value": str(said)}, word.severity))
    total = len(RANGE_CHECKS) + len(WORD_CHECKS)
    if unknown:
        found.append(Notice("check_not_stated", {"count": unknown, "total": total}, "info"))
    elif not found:
        found.append(Notice("check_protocol_kept", {"total": total}, "info"))
    return tuple(found)


def _figure(facts: AcquisitionFacts, name: str) -> float | None:
    if name == "gap_mm":
        increment, thickness = _figure(facts, "increment_mm"), _figure(facts, "slice_thickness_mm")
        return None if increment is None or thickness is None else increment - thickness
    if name == "noise_at_5_mm_hu":
        noise, thickness = _figure(facts, "noise_hu"), _figure(facts, "slice_thickness_mm")
        if noise is None or thickness is None or thickness <= 0:
            return None
        # The number of photons in a voxel grows with the slice, and noise falls with its root.
        return noise * math.sqrt(thickness / _THICKNESS_OF_NOISE_MM)
    value = getattr(facts, name)
    return float(value) if value is not None and math.isfinite(value) else None
