"""What the rest of the house may know of a DICOM header: plain values, no Dataset."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Identity:
    """The patient line exactly as the source has it, empty where it has nothing. Never in result.json or logs."""

    patient_name: str = ""
    patient_id: str = ""
    birth_date: str = ""
    sex: str = ""
    age: str = ""
    accession_number: str = ""
    institution: str = ""
    referring_physician: str = ""
    study_date: str = ""
    study_time: str = ""
    study_description: str = ""
    study_id: str = ""


@dataclass(frozen=True, slots=True)
class Acquisition:
    """How a series was made; None where the header does not say (PS3.3 C.8.2.1, C.7.3.1)."""

    modality: str = "CT"
    manufacturer: str | None = None
    model: str | None = None
    kernel: str | None = None
    kvp: float | None = None
    tube_current_ma: tuple[float, float] | None = None
    exposure_time_ms: float | None = None
    pitch: float | None = None
    slice_thickness_mm: float | None = None
    reconstruction_diameter_mm: float | None = None
    gantry_tilt_degrees: float | None = None
    patient_position: str | None = None
    contrast: Literal["yes", "no", "unknown"] = "unknown"
    contrast_agent: str | None = None
    body_part: str | None = None
    image_type: tuple[str, ...] = ()
    series_description: str | None = None
    protocol_name: str | None = None
    scan_duration_s: float | None = None
    acquisition_datetime: str | None = None
    lossy_ratio: float | None = None
    extra: dict[str, str] = field(default_factory=dict)
