"""The contract of ``result.json``, schema ``groundglass/analysis/1``: one dataclass a section.

Others build on these names. A field that cannot be known is None, never left out; a number carries its unit.
The JSON Schema in ``result.schema.json`` is generated from these types (``groundglass.analysis.schema``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

SCHEMA_NAME: Final = "groundglass/analysis/1"

Status = Literal["ok", "refused", "partial"]
Coverage = Literal["whole", "partial", "none"]
Contrast = Literal["yes", "no", "unknown"]
Severity = Literal["info", "warning", "error"]
LesionKind = Literal["ground_glass", "consolidation", "mixed"]
Side = Literal["right", "left", "both", "unknown"]
Zone = Literal["upper", "middle", "lower"]
Grade = Literal["CT-0", "CT-1", "CT-2", "CT-3", "CT-4"]
GRADES: tuple[Grade, ...] = ("CT-0", "CT-1", "CT-2", "CT-3", "CT-4")


@dataclass(frozen=True, slots=True)
class Message:
    """A code and its words."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Check:
    """One acquisition check against the scanning protocol (Morozov et al. 2020, Table 1)."""

    code: str
    severity: Severity
    message: str


@dataclass(frozen=True, slots=True)
class StudySection:
    """Which pictures were read. UIDs only, no names, dates of birth, patient or accession numbers."""

    study_uid: str | None
    series_uid: str | None
    frame_of_reference_uid: str | None
    slices: int | None
    patient_position: str | None


@dataclass(frozen=True, slots=True)
class AcquisitionSection:
    """How the pictures were made."""

    spacing_mm: tuple[float, float, float] | None
    kernel: str | None
    kvp: float | None
    manufacturer: str | None
    contrast: Contrast
    coverage: Coverage
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class LungsSection:
    """Volumes of the lungs, lesions and consolidated lung included, trachea and main bronchi excluded."""

    total_volume_ml: float
    right_volume_ml: float | None
    left_volume_ml: float | None
    mean_hu: float
    method: str


@dataclass(frozen=True, slots=True)
class LesionItem:
    """One connected lesion.

    ``box`` is half-open in (slice, row, column); ``centre_mm`` is LPS; ``score`` is 0..1.
    """

    id: int
    kind: LesionKind
    side: Side
    zone: Zone | None
    volume_ml: float
    percent_of_lungs: float
    mean_hu: float
    box: tuple[tuple[int, int, int], tuple[int, int, int]]
    centre_mm: tuple[float, float, float]
    score: float


@dataclass(frozen=True, slots=True)
class LesionsSection:
    """Lesion volumes; ``moscow_ml`` is the part of the lesions within -700..-130 HU (readme of COVID19_1110)."""

    total_volume_ml: float
    ground_glass_ml: float
    consolidation_ml: float
    moscow_ml: float
    items: tuple[LesionItem, ...] = ()


@dataclass(frozen=True, slots=True)
class ZonesSection:
    """Percent of each zone's lung that is lesion; borders: carina, inferior pulmonary veins."""

    right_upper: float | None
    right_middle: float | None
    right_lower: float | None
    left_upper: float | None
    left_middle: float | None
    left_lower: float | None


@dataclass(frozen=True, slots=True)
class InvolvementSection:
    """100 x lesion in lung / lung; ``interval`` is the 95 % interval of ``percent``."""

    percent: float
    interval: tuple[float, float]
    right_percent: float | None
    left_percent: float | None
    worse_lung_percent: float | None
    zones: ZonesSection


@dataclass(frozen=True, slots=True)
class SliceRow:
    """One slice: ``index`` is 0-based feet to head, ``position_mm`` along the slice normal."""

    index: int
    position_mm: float
    sop_uid: str | None
    lung_ml: float
    involvement_percent: float
    score: float


@dataclass(frozen=True, slots=True)
class GradeSection:
    """The grade by the stated rules, and the grades at both ends of the interval."""

    value: Grade | None
    interval: tuple[Grade, Grade] | None
    stable: bool | None
    rules: str
    by_worse_lung: Grade | None


@dataclass(frozen=True, slots=True)
class RoutingSection:
    """The row of Table 2, and the decision only where clinical data carry it."""

    decision: str | None
    table_row: str | None
    missing: tuple[str, ...]
    conflicts: tuple[str, ...]
    urgency: str | None
    basis: str


@dataclass(frozen=True, slots=True)
class SeveritySection:
    """Scores used elsewhere: six zones 0..24; five lobes 0..25 where lobes are known."""

    six_zone_score: int | None
    lobe_score: int | None


@dataclass(frozen=True, slots=True)
class DoseEvent:
    """One irradiation; a localizer may lack its figures.

    ``phantom_cm`` is the diameter of the phantom that ``ctdivol_mgy`` and ``dlp_mgy_cm`` stand for, 16 or 32;
    ``k`` is in mSv/(mGy cm) and belongs to ``region``; ``effective_msv`` = ``dlp_mgy_cm`` x ``k``.
    """

    uid: str | None
    region: str | None
    ctdivol_mgy: float | None
    phantom_cm: int | None
    dlp_mgy_cm: float | None
    k: float | None
    effective_msv: float | None


@dataclass(frozen=True, slots=True)
class DoseTotal:
    """Sums over the events that have the figure; None where none has."""

    dlp_mgy_cm: float | None
    effective_msv: float | None


@dataclass(frozen=True, slots=True)
class DoseSection:
    """The radiation dose of the study, as its dose objects state it.

    ``factors`` names the table of k; ``note`` says that the effective dose is an estimate for a population.
    """

    events: tuple[DoseEvent, ...]
    total: DoseTotal
    factors: str
    note: str
    warnings: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One network that took part."""

    name: str
    sha256: str
    engine: str
    precision: str


@dataclass(frozen=True, slots=True)
class SoftwareSection:
    """What made the result."""

    name: str
    version: str
    models: tuple[ModelRow, ...] = ()
    options: dict[str, str | int | float | bool | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """All of ``result.json``."""

    schema: Literal["groundglass/analysis/1"]
    status: Status
    refusal: Message | None
    acquisition_datetime: str | None
    study: StudySection
    acquisition: AcquisitionSection | None
    lungs: LungsSection | None
    lesions: LesionsSection | None
    involvement: InvolvementSection | None
    slices: tuple[SliceRow, ...]
    probability_of_pathology: float | None
    grade: GradeSection | None
    routing: RoutingSection | None
    severity: SeveritySection | None
    comparison: None
    dose: DoseSection | None
    warnings: tuple[Message, ...]
    software: SoftwareSection
    seconds: dict[str, float]
    intended_use: str
