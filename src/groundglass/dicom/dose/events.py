"""What one dose object says, before objects of a study are joined."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from groundglass.dicom.dose.concepts import ScanType

Kind = Literal["report", "capture", "pixels", "not_ct"]
Basis = Literal["code", "text", "body_part", "none"]


@dataclass(frozen=True, slots=True)
class Problem:
    """A phrase key and its values about one event; which event it is, is known only after joining."""

    code: str
    values: tuple[tuple[str, str | int | float], ...] = ()


@dataclass(frozen=True, slots=True)
class StatedEvent:
    """One irradiation as one object states it; None where it does not.

    Attributes
    ----------
    uid : str
        Irradiation Event UID, empty where it is missing or none.
    scan : str
        Way of scanning.
    started : str
        DICOM date and time, empty where it is missing.
    label : str
        What else tells it from others of the same object; may hold anything, never shown.
    region : tuple of str
        Parts of the body, in order from head to feet; empty where unknown.
    basis : {"code", "text", "body_part", "none"}
        What the region was taken from.
    """

    uid: str
    scan: ScanType
    started: str
    label: str
    region: tuple[str, ...]
    basis: Basis
    ctdivol_mgy: float | None
    phantom_cm: int | None
    dlp_mgy_cm: float | None
    problems: tuple[Problem, ...] = ()

    @property
    def localizer(self) -> bool:
        """Whether it is a projection with the tube at rest, which may lack figures."""
        return self.scan == "constant_angle"


@dataclass(frozen=True, slots=True)
class DoseObject:
    """One dose report or dose capture.

    Attributes
    ----------
    kind : {"report", "capture", "pixels", "not_ct"}
        ``pixels``: a dose sheet whose numbers stand in the picture only; ``not_ct``: a dose report of other X-rays.
    label : str
        Of the file, safe to show.
    study : str
        StudyInstanceUID; where it is missing that of the report's scope, else what the header has instead.
    sop_uid, made : str
        SOPInstanceUID; content date and time.
    stated_total : float or None
        Stated sum of DLP, mGy cm.
    stated_count : int or None
        Stated number of events.
    age_years : float or None
        Age of the patient, never shown.
    sex : str
        PatientSex.
    problems : tuple of Problem
        What is wrong with the file as a whole.
    """

    kind: Kind
    label: str
    study: str
    sop_uid: str
    made: str
    events: tuple[StatedEvent, ...] = ()
    stated_total: float | None = None
    stated_count: int | None = None
    age_years: float | None = None
    sex: str = ""
    problems: tuple[Problem, ...] = field(default=())
