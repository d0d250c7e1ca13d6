"""What can be asked of the digital chest, checked by name."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from groundglass.errors import UsageError, declare

Variant = Literal["train", "test"]
GradeName = Literal["CT-0", "CT-1", "CT-2", "CT-3", "CT-4"]
Size = Literal["small", "medium", "large"]
Sex = Literal["male", "female"]
Position = Literal["HFS", "HFP", "FFS", "FFP"]
Side = Literal["right", "left"]
Coverage = Literal["whole", "upper", "lower", "abdomen"]
Kernel = Literal["FC07", "FC51"]

PHANTOM_OPTION = declare("PHANTOM_OPTION", "An option of the phantom has a value that it cannot take.")

INVOLVEMENT_OF_GRADE: dict[GradeName, tuple[float, float]] = {
    # Percent drawn for a wanted grade: well inside the limits 25, 50, 75 of Morozov et al. 2020, Table 2, so that the
    # grade of the truth is never in doubt.
    "CT-0": (0.0, 0.0),
    "CT-1": (2.0, 22.0),
    "CT-2": (28.0, 47.0),
    "CT-3": (53.0, 72.0),
    "CT-4": (78.0, 90.0),
}

SCAN_LENGTH_MM = 320.0
THICKEST_PLANE_MM = 1.7
_MOST_LENGTH_MM = 2000.0  # a whole body
_MOST_VOXELS = 450_000_000  # at some 7 bytes each: about 3 GB

_LIMITS: dict[str, tuple[float, float, str]] = {
    # Option, least, most, unit. The most is what a run can hold in about 3 GB or what a scanner can do.
    "slices": (2, 1200, ""),
    "rows": (64, 1024, ""),
    "spacing_mm": (0.3, 20.0, " mm"),
    "field_of_view_mm": (200.0, 700.0, " mm"),
    "seed": (0, 2**63 - 1, ""),
    "noise_hu": (0.0, 200.0, " HU"),
    "involvement": (0.0, 92.0, " percent"),
    "consolidation_share": (0.0, 0.9, ""),
    "effusion_ml": (0.0, 1500.0, " ml"),
    "breath": (0.0, 1.0, ""),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PhantomOptions:
    """What the digital chest shall be like.

    Parameters
    ----------
    slices : int
        Number of slices.
    rows : int
        Rows, and columns, of a slice.
    spacing_mm : float or None
        Distance of slices, mm; None spreads the slices over 320 mm: 0.8 mm for 400 of them, as in Table 1.
    field_of_view_mm : float or None
        Side of a slice, mm; None gives one centimetre beyond the body, within 350 to 500 mm (Table 1).
    variant : {"train", "test"}
        Two chests that differ in anatomy, vessels, texture and lesions. Nothing is ever tuned on ``test``.
    seed : int
        The same seed and options give the same bytes.
    grade : {"CT-0", ..., "CT-4"} or None
        Wanted grade; the involvement is drawn inside its range. Without grade and involvement: healthy lungs.
    involvement : float or None
        Wanted percent of the lungs; wins over ``grade``.
    consolidation_share : float or None
        Part of the lesions that is consolidation, 0 to 0.9; None draws it, growing with the involvement.
    noise_hu : float
        Noise in soft tissue at 5 mm slices, HU; a thinner slice has more, by the square root of the ratio.
    kernel : {"FC07", "FC51"}
        Soft-tissue or lung reconstruction.
    lung_series : bool
        Make the lung reconstruction (FC51) beside that of ``kernel``.
    size : {"small", "medium", "large"}
        Size of the patient.
    sex : {"male", "female"}
        Adds breasts.
    breath : float
        0 is full expiration, 1 full inspiration.
    position : {"HFS", "HFP", "FFS", "FFP"}
        DICOM PatientPosition (PS3.3 C.7.3.1.1.2): gravity, table and the order of the stored slices follow it.
    coverage : {"whole", "upper", "lower", "abdomen"}
        Which part of the chest the scan range covers.
    effusion_ml : float
        Pleural effusion of both sides together; neither lung nor lesion.
    missing_lung : {"right", "left"} or None
        A side whose lung was taken out.
    situs_inversus : bool
        Mirror the patient.
    padding_hu : int or None
        Value outside the circular field of view; None leaves air there.

    Raises
    ------
    UsageError
        ``PHANTOM_OPTION``, naming option, value and the accepted form.
    """

    slices: int = 400
    rows: int = 512
    spacing_mm: float | None = None
    field_of_view_mm: float | None = None
    variant: Variant = "train"
    seed: int = 7
    grade: GradeName | None = None
    involvement: float | None = None
    consolidation_share: float | None = None
    noise_hu: float = 10.0
    kernel: Kernel = "FC07"
    lung_series: bool = False
    size: Size = "medium"
    sex: Sex = "male"
    breath: float = 1.0
    position: Position = "HFS"
    coverage: Coverage = "whole"
    effusion_ml: float = 0.0
    missing_lung: Side | None = None
    situs_inversus: bool = False
    padding_hu: int | None = -2048

    def __post_init__(self) -> None:
        for name, (least, most, unit) in _LIMITS.items():
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and least <= value <= most):
                raise _refused(name, value, f"a number from {least:g} to {most:g}{unit}")
        for name, kind in _CHOICES.items():
            value = getattr(self, name)
            if value not in kind and not (value is None and name in ("grade", "missing_lung")):
                raise _refused(name, value, "one of " + ", ".join(map(str, kind)))
        if self.padding_hu is not None and not -32768 <= self.padding_hu <= -1000:
            raise _refused("padding_hu", self.padding_hu, "a whole number from -32768 to -1000")

        length = self.slices * self.increment_mm
        if length > _MOST_LENGTH_MM:
            raise _refused("slices", self.slices, f"slices that span at most {_MOST_LENGTH_MM:g} mm, not {length:g} mm")
        voxels = self.slices * self.planes * self.rows**2
        if voxels > _MOST_VOXELS:
            most = int(_MOST_VOXELS / (self.planes * self.rows**2))
            raise _refused("slices", self.slices, f"at most {most} slices of {self.rows} rows, or fewer rows")

    @property
    def planes(self) -> int:
        """How many thin planes a slice is averaged from."""
        return max(1, math.ceil(self.increment_mm / THICKEST_PLANE_MM))

    @property
    def increment_mm(self) -> float:
        """Distance of slices, mm."""
        return SCAN_LENGTH_MM / self.slices if self.spacing_mm is None else self.spacing_mm

    @property
    def prone(self) -> bool:
        """Whether the patient lies on the front."""
        return self.position.endswith("P")

    @classmethod
    def small(cls, **changes: object) -> PhantomOptions:
        """Return a quick small chest: 80 slices of 4 mm, 256 x 256; any option can be given another value."""
        return cls(**({"slices": 80, "rows": 256} | changes))  # type: ignore[arg-type]  # checked in __post_init__


_CHOICES: dict[str, tuple[str, ...]] = {
    "variant": get_args(Variant),
    "grade": get_args(GradeName),
    "kernel": get_args(Kernel),
    "size": get_args(Size),
    "sex": get_args(Sex),
    "position": get_args(Position),
    "coverage": get_args(Coverage),
    "missing_lung": get_args(Side),
}


def _refused(name: str, value: object, wanted: str) -> UsageError:
    return UsageError(
        PHANTOM_OPTION,
        what=f"{name} is {value!r}",
        where=f"phantom option --{name.replace('_', '-')}",
        todo=f"give {wanted}",
    )
