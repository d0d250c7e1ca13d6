"""What the acquisition checks need to know: from the header, and measured in the pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from groundglass.analysis.acquisition_checks import AcquisitionFacts, KernelClass

if TYPE_CHECKING:
    from groundglass.analysis.reading import ChestReading
    from groundglass.pipeline.study import LoadedChest

BONE_HU = 250
"""Cortical bone of a rib; contrast-free soft tissue stays well below."""
SOFT_TISSUE_HU = (-20, 120)
"""Muscle, blood and liver without contrast: squares with such a mean are even enough to measure noise."""
NOISE_SQUARE_MM = 10.0
CHEST_WALL_MM = 22.0
"""The outer side of a rib lies no farther from the lung than this; arms do."""
BELOW_SHOULDERS = 0.6
"""Higher up than this share of the lungs, shoulder blades and arms lie beside the ribs."""
LOOK_EVERY_MM = 10.0
_LEAST_SQUARES = 20
_EXPIRATION_NOTICES = frozenset({"expiration", "expiration_suspected", "coverage_expiration"})


def acquisition_facts(chest: LoadedChest, reading: ChestReading) -> AcquisitionFacts:
    """Bring together what is known of the scan.

    Parameters
    ----------
    chest : LoadedChest
        The series with its header, if it has one.
    reading : ChestReading
        Volume and lungs on the canonical axial grid.
    """
    known = chest.acquisition
    increment, row_mm, column_mm = reading.volume.geometry.spacing_mm
    _, rows, columns = reading.volume.geometry.shape
    above, below = margins_mm(reading)
    codes = {notice.code for notice in (*reading.notices, *reading.verdict.reasons)}
    return AcquisitionFacts(
        kvp=known.kvp if known else None,
        contrast=known.contrast if known else "unknown",
        gantry_tilt_degrees=known.gantry_tilt_degrees if known else None,
        slice_thickness_mm=known.slice_thickness_mm if known else None,
        increment_mm=increment,
        fov_mm=(known.reconstruction_diameter_mm if known else None) or max(rows * row_mm, columns * column_mm),
        pixel_mm=column_mm,
        rib_margin_mm=rib_margin_mm(reading),
        margin_above_mm=above,
        margin_below_mm=below,
        scan_seconds=known.scan_duration_s if known else None,
        noise_hu=noise_hu(reading) if chest.exact_hu else None,
        kernel_class=_kernel_class(chest),
        breath="expiration" if codes & _EXPIRATION_NOTICES else "unknown",
        patient_position=known.patient_position if known else None,
    )


def margins_mm(reading: ChestReading) -> tuple[float | None, float | None]:
    """Return the distance of the lungs to the last (above) and first (below) slice, mm."""
    lung = np.flatnonzero(reading.lungs.array.reshape(reading.lungs.array.shape[0], -1).any(axis=1))
    if not lung.size:
        return None, None
    step = reading.volume.geometry.spacing_mm[0]
    last = reading.lungs.array.shape[0] - 1
    return float((last - lung[-1]) * step), float(lung[0] * step)


def rib_margin_mm(reading: ChestReading) -> float | None:
    """Return the least distance of the ribs beside the lungs to the side edges of the field, mm; None without ribs."""
    step_mm, _, column_mm = reading.volume.geometry.spacing_mm
    columns = reading.volume.geometry.shape[2]
    wall = round(CHEST_WALL_MM / column_mm)
    margins: list[int] = []
    seen = np.flatnonzero(reading.lungs.array.reshape(reading.lungs.array.shape[0], -1).any(axis=1))
    if not seen.size:
        return None
    below_shoulders = int(seen[0] + (seen[-1] - seen[0]) * BELOW_SHOULDERS)
    for index in range(int(seen[0]), below_shoulders, max(1, round(LOOK_EVERY_MM / step_mm))):
        lung = np.flatnonzero(reading.lungs.array[index].any(axis=0))
        if not lung.size:
            continue
        rows = np.flatnonzero(reading.lungs.array[index].any(axis=1))
        level = reading.volume.array[index, rows[0] : rows[-1] + 1]  # the table lies below them
        bone = np.flatnonzero((level > BONE_HU).any(axis=0))
        near = bone[(bone >= lung[0] - wall) & (bone <= lung[-1] + wall)]
        if near.size:
            margins.append(min(int(near[0]), columns - 1 - int(near[-1])))
    return round(min(margins) * column_mm, 1) if margins else None


def noise_hu(reading: ChestReading) -> float | None:
    """Measure the noise: lower quartile of the standard deviation in 1 cm squares of soft tissue, HU.

    The lower quartile, since squares with vessels, fat planes or bone in them spread wider for other reasons.
    """
    step_mm, row_mm, column_mm = reading.volume.geometry.spacing_mm
    high, wide = max(4, round(NOISE_SQUARE_MM / row_mm)), max(4, round(NOISE_SQUARE_MM / column_mm))
    found: list[float] = []
    for index in range(0, reading.volume.geometry.shape[0], max(1, round(LOOK_EVERY_MM / step_mm))):
        picture = reading.volume.array[index]
        rows, columns = picture.shape[0] // high, picture.shape[1] // wide
        squares = picture[: rows * high, : columns * wide].reshape(rows, high, columns, wide).astype(np.float32)
        mean = squares.mean(axis=(1, 3))
        even = (mean > SOFT_TISSUE_HU[0]) & (mean < SOFT_TISSUE_HU[1])
        found.extend(squares.std(axis=(1, 3))[even].tolist())
    return float(np.percentile(found, 25)) if len(found) >= _LEAST_SQUARES else None


def _kernel_class(chest: LoadedChest) -> KernelClass:
    from groundglass.dicom.kernels import kernel_kind

    known = chest.acquisition
    if known is None:
        return "unknown"
    kind = kernel_kind(known.kernel or "", known.manufacturer or "", known.series_description or "")
    return "lung" if kind == "bone" else kind
