"""The truth that comes with a phantom."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from groundglass.phantom.options import GradeName, PhantomOptions
from groundglass.volume import LabelVolume, Volume


@dataclass(frozen=True, slots=True)
class PhantomTruth:
    """Figures counted on the voxels of the truth masks; a figure of a part without lung is None.

    Attributes
    ----------
    involvement_percent, right_percent, left_percent : float
        100 x lesion in lung / lung; lung includes lesions, excludes trachea, main bronchi and effusion.
    zones_percent : dict
        The same of ``right_upper``, ``right_middle``, ``right_lower`` and the left, divided at the carina and the
        inferior pulmonary veins.
    grade : str
        By the stated default limits on ``involvement_percent``.
    ground_glass_ml, consolidation_ml, effusion_ml, lungs_ml, right_ml, left_ml : float
        Volumes, ml.
    carina_mm, inferior_vein_mm : tuple of float
        LPS mm, x, y, z; the veins of both sides in the mean.
    whole_lungs : bool
        Whether the slices hold both lungs from apex to recess.
    seed, options : int and PhantomOptions
        What it was made from.
    """

    involvement_percent: float
    right_percent: float | None
    left_percent: float | None
    zones_percent: dict[str, float | None]
    grade: GradeName
    ground_glass_ml: float
    consolidation_ml: float
    effusion_ml: float
    lungs_ml: float
    right_ml: float
    left_ml: float
    carina_mm: tuple[float, float, float]
    inferior_vein_mm: tuple[float, float, float]
    whole_lungs: bool
    seed: int
    options: PhantomOptions

    def as_dict(self) -> dict[str, object]:
        """Return plain values for truth.json."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Phantom:
    """A digital chest: the picture and its truth on one grid.

    Attributes
    ----------
    volume : Volume
        HU, canonical axial: slices feet to head, rows front to back, columns right to left of the patient.
    lungs : LabelVolume
        1 right, 2 left; lesions and the vessels inside included.
    lesions : LabelVolume
        1 ground glass, 2 consolidation; a subset of the lungs.
    airways : LabelVolume
        1 trachea and main bronchi with their wall, 2 lumen of the bronchi in the lungs.
    effusion : LabelVolume or None
        1 fluid beside the lung.
    truth : PhantomTruth
        The figures.
    slice_thickness_mm : float
        Thickness of a slice, at least the distance of slices.
    lung_volume : Volume or None
        The lung reconstruction on the same grid, where it was asked for.
    """

    volume: Volume
    lungs: LabelVolume
    lesions: LabelVolume
    airways: LabelVolume
    effusion: LabelVolume | None
    truth: PhantomTruth
    slice_thickness_mm: float
    lung_volume: Volume | None = None


def grade_of(percent: float) -> GradeName:
    """Return the grade of a true share by the stated default (<= 25, <= 50, < 75 percent); 0 is CT-0."""
    if percent <= 0:
        return "CT-0"
    if percent <= 25:
        return "CT-1"
    if percent <= 50:
        return "CT-2"
    return "CT-3" if percent < 75 else "CT-4"


def measure(
    lungs: LabelVolume,
    lesions: LabelVolume,
    effusion: LabelVolume | None,
    *,
    options: PhantomOptions,
    carina_mm: tuple[float, float, float],
    inferior_vein_mm: tuple[float, float, float],
    whole_lungs: bool,
) -> PhantomTruth:
    """Count the truth on the masks."""
    geometry = lungs.geometry
    height = geometry.to_mm(np.stack([np.arange(geometry.shape[0]), *[np.zeros(geometry.shape[0])] * 2], 1))[:, 2]
    zone = np.where(height > carina_mm[2], 0, np.where(height > inferior_vein_mm[2], 1, 2))
    lung = np.zeros((geometry.shape[0], 3), dtype=np.int64)
    sick = np.zeros_like(lung)
    kinds = np.zeros(3, dtype=np.int64)
    for k in range(geometry.shape[0]):
        lung[k] = np.bincount(lungs.array[k].ravel(), minlength=3)[:3]
        touched = lesions.array[k] > 0
        sick[k] = np.bincount(lungs.array[k][touched], minlength=3)[:3]
        kinds += np.bincount(lesions.array[k].ravel(), minlength=3)[:3]
    zones: dict[str, float | None] = {}
    for s, side in ((1, "right"), (2, "left")):
        for i, name in enumerate(("upper", "middle", "lower")):
            zones[f"{side}_{name}"] = _percent(sick[zone == i, s].sum(), lung[zone == i, s].sum())
    percent = _percent(sick[:, 1:].sum(), lung[:, 1:].sum()) or 0.0
    ml = geometry.voxel_ml
    return PhantomTruth(
        involvement_percent=percent,
        right_percent=_percent(sick[:, 1].sum(), lung[:, 1].sum()),
        left_percent=_percent(sick[:, 2].sum(), lung[:, 2].sum()),
        zones_percent=zones,
        grade=grade_of(percent),
        ground_glass_ml=float(kinds[1] * ml),
        consolidation_ml=float(kinds[2] * ml),
        effusion_ml=float(np.count_nonzero(effusion.array) * ml) if effusion is not None else 0.0,
        lungs_ml=float(lung[:, 1:].sum() * ml),
        right_ml=float(lung[:, 1].sum() * ml),
        left_ml=float(lung[:, 2].sum() * ml),
        carina_mm=carina_mm,
        inferior_vein_mm=inferior_vein_mm,
        whole_lungs=whole_lungs,
        seed=options.seed,
        options=options,
    )


def _percent(part: np.int64, whole: np.int64) -> float | None:
    return float(100.0 * part / whole) if whole else None
