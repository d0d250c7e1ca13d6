"""A made study for the tests of DICOM objects: a small invented chest on any grid, its masks, its result."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from groundglass.analysis.grade import grade
from groundglass.analysis.result import (
    SCHEMA_NAME,
    AcquisitionSection,
    Check,
    InvolvementSection,
    LesionItem,
    LesionsSection,
    LungsSection,
    Message,
    ModelRow,
    Result,
    SeveritySection,
    SliceRow,
    SoftwareSection,
    StudySection,
    ZonesSection,
)
from groundglass.analysis.routing import route
from groundglass.dicom.ct_writer import CTHeader, Storage, write_series
from groundglass.dicom.entries import SeriesEntry
from groundglass.dicom.objects.findings import Findings
from groundglass.dicom.objects.making import Making
from groundglass.dicom.objects.origin import Origin, origin_of
from groundglass.dicom.profiles import profile
from groundglass.dicom.series import load, scan
from groundglass.phrases import Language, Notice
from groundglass.volume import LESION_LABELS, LUNG_LABELS, Geometry, LabelVolume, Volume

SHAPE = (12, 72, 80)
SPACING_MM = (8.0, 4.0, 3.5)
STARTED = datetime(2026, 3, 4, 10, 20, 30)
MADE = datetime(2026, 3, 4, 10, 21, 5)


def axial_affine(spacing_mm: tuple[float, float, float] = SPACING_MM) -> NDArray[np.float64]:
    """Return an affine of slices feet to head, rows front to back, columns right to left."""
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1], affine[:3, 2] = (0, 0, spacing_mm[0]), (0, spacing_mm[1], 0), (spacing_mm[2], 0, 0)
    affine[:3, 3] = (-130.0, -125.5, -900.25)
    return affine


def made_chest(shape: tuple[int, int, int] = SHAPE) -> tuple[NDArray[np.int16], NDArray[np.uint8], NDArray[np.uint8]]:
    """Return HU, lungs (1 right, 2 left) and lesions (1, 2) of a chest on the canonical axial grid.

    The right lung is the larger one and alone has a lesion low in its back, so that no mirrored picture looks right.
    """
    s, r, c = np.meshgrid(*[np.linspace(-1, 1, n) for n in shape], indexing="ij")
    hu = np.full(shape, -1000, np.int16)
    hu[(r / 0.8) ** 2 + (c / 0.95) ** 2 < 1] = 40
    right = ((r / 0.62) ** 2 + ((c + 0.45) / 0.36) ** 2 + (s / 1.05) ** 2) < 1
    left = ((r / 0.56) ** 2 + ((c - 0.47) / 0.28) ** 2 + (s / 1.02) ** 2) < 1
    lungs = (right.astype(np.uint8) + 2 * left).astype(np.uint8)
    hu[lungs > 0] = -850
    glass = right & (((s + 0.5) / 0.35) ** 2 + ((r - 0.3) / 0.25) ** 2 + ((c + 0.5) / 0.2) ** 2 < 1)
    solid = right & (((s + 0.5) / 0.16) ** 2 + ((r - 0.35) / 0.12) ** 2 + ((c + 0.5) / 0.1) ** 2 < 1)
    lesions = np.where(solid, 2, np.where(glass, 1, 0)).astype(np.uint8)
    hu[lesions == 1] = -550
    hu[lesions == 2] = 20
    return hu, lungs, lesions


def made_result(origin: Origin, lungs: LabelVolume, lesions: LabelVolume) -> Result:
    """Return a result whose figures are those of the masks."""
    right, left = lungs.volume_ml(1), lungs.volume_ml(2)
    glass, solid = lesions.volume_ml(1), lesions.volume_ml(2)
    percent = 100 * (glass + solid) / max(right + left, 1e-9)
    share = InvolvementSection(
        percent,
        (max(0.0, percent - 1), percent + 1),
        100 * (glass + solid) / max(right, 1e-9),
        0.0,
        100 * (glass + solid) / max(right, 1e-9),
        ZonesSection(0.0, 2.0, 12.5, 0.0, 0.0, 0.0),
    )
    graded = grade(share)
    items: tuple[LesionItem, ...] = ()
    if glass + solid:
        found = np.argwhere(lesions.array > 0)
        low, high = found.min(axis=0), found.max(axis=0) + 1
        centre = lesions.geometry.to_mm(found.mean(axis=0))
        box = ((int(low[0]), int(low[1]), int(low[2])), (int(high[0]), int(high[1]), int(high[2])))
        items = (
            LesionItem(
                1, "mixed", "right", "lower", glass + solid, percent, -480.0, box,
                (float(centre[0]), float(centre[1]), float(centre[2])), 0.93,
            ),
        )  # fmt: skip
    rows = tuple(
        SliceRow(
            index,
            float(origin.geometry.spacing_mm[0] * index),
            image.sop_uid if image else None,
            float((lungs.array[index] > 0).sum() * lungs.geometry.voxel_ml),
            100 * float((lesions.array[index] > 0).sum()) / max(1, int((lungs.array[index] > 0).sum())),
            0.9 if lesions.array[index].any() else 0.02,
        )
        for index, image in enumerate(origin.images)
    )
    spacing = origin.geometry.spacing_mm
    return Result(
        schema=SCHEMA_NAME,
        status="ok",
        refusal=None,
        acquisition_datetime="2020-04-01T12:00:00",
        study=StudySection(
            origin.study_uid,
            origin.series_uid,
            origin.geometry.frame_of_reference_uid,
            origin.geometry.shape[0],
            "HFS",
        ),
        acquisition=AcquisitionSection(
            spacing, "FC07", 120.0, "TOSHIBA", "no", "whole", (Check("slice_thick", "warning", "Slices of 5 mm."),)
        ),
        lungs=LungsSection(right + left, right, left, -801.5, "learned/1"),
        lesions=LesionsSection(glass + solid, glass, solid, glass, items),
        involvement=share,
        slices=rows,
        probability_of_pathology=0.97 if glass + solid else 0.03,
        grade=graded,
        routing=route(graded),
        severity=SeveritySection(3 if glass + solid else 0, None),
        comparison=None,
        dose=None,
        warnings=(Message("lungs_expiration", "The lungs look little inflated."),),
        software=SoftwareSection(
            "groundglass", "0.1.0", (ModelRow("chest", "ab" * 32, "onnxruntime", "fp32"),), {"rules": graded.rules}
        ),
        seconds={"reading": 0.5, "lungs": 1.5},
        intended_use="For research use only, not for diagnosis.",
    )


@dataclass(frozen=True)
class MadeStudy:
    """A study on disk with all that the writers take."""

    folder: Path
    entry: SeriesEntry
    origin: Origin
    findings: Findings


def made_study(
    folder: Path,
    *,
    geometry: Geometry | None = None,
    with_lesions: bool = True,
    header: CTHeader | None = None,
    multiframe: bool = False,
    storage: Storage | None = None,
    turn: tuple[tuple[int, int, int], tuple[bool, bool, bool]] | None = None,
) -> MadeStudy:
    """Write a made chest as a CT series below ``folder``, read it again, and return it with masks and result.

    Parameters
    ----------
    folder : Path
        An empty folder, or one to be made.
    geometry : Geometry, optional
        Canonical axial grid; 12 x 72 x 80 voxels of 8 x 4 x 3.5 mm by default.
    turn : (axes, flips), optional
        Another storage order for :meth:`Volume.reoriented`.
    """
    place = geometry or Geometry(SHAPE, axial_affine(), None)
    hu, lungs, lesions = made_chest(place.shape)
    volume = Volume(hu, place)
    if turn is not None:
        volume = volume.reoriented(*turn)
    write_series(volume, folder, header=header or CTHeader(), multiframe=multiframe, storage=storage)
    entry = scan([folder]).studies[0].series[0]
    origin = origin_of(entry, load(entry).volume.geometry)
    return MadeStudy(folder, entry, origin, made_findings(entry, origin, lungs, lesions * with_lesions, place))


def made_findings(
    entry: SeriesEntry, origin: Origin, lungs: NDArray[np.uint8], lesions: NDArray[np.uint8], place: Geometry
) -> Findings:
    """Return findings of masks given on the grid ``place``, brought to the grid of the loaded series voxel by voxel."""
    there = origin.geometry
    steps = np.rint(np.linalg.inv(place.affine) @ there.affine).astype(int)
    index = np.indices(there.shape).reshape(3, -1)
    at = steps[:3, :3] @ index + steps[:3, 3:]

    def moved(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return np.ascontiguousarray(array[at[0], at[1], at[2]].reshape(there.shape))

    lung_labels = LabelVolume(moved(lungs), there, LUNG_LABELS)
    lesion_labels = LabelVolume(moved(lesions.astype(np.uint8)), there, LESION_LABELS)
    hu = load(entry).volume.array
    return Findings(
        result=made_result(origin, lung_labels, lesion_labels),
        volume=Volume(hu, there),
        lungs=lung_labels,
        lesions=lesion_labels,
        notices=(Notice("frame_of_reference_made", {}, "info"),) if origin.frame_of_reference_made else (),
    )


def made_making(name: str = "default", language: Language = "en", seed: str = "made") -> Making:
    """Return how the objects of the made study are made, at a fixed time."""
    models = (ModelRow("chest", "ab" * 32, "onnxruntime", "fp32"),)
    return Making(seed, STARTED, MADE, language, profile(name), models=models)


def without_findings(study: MadeStudy) -> MadeStudy:
    """Return the same study with nothing found in it."""
    empty = study.findings.lesions.with_array(np.zeros(study.origin.geometry.shape, np.uint8))
    result = made_result(study.origin, study.findings.lungs, empty)
    return replace(study, findings=replace(study.findings, lesions=empty, result=result))
