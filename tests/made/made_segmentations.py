"""Masks whose every voxel tells, as segmentations on disk: of an origin made directly, or of a series that was read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from bare_seg_reader import points_of
from made_objects import MadeStudy, made_making, made_result
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from scipy.spatial import cKDTree

from groundglass.dicom.ct_writer import CTHeader, write_series
from groundglass.dicom.objects.findings import Findings
from groundglass.dicom.objects.making import SeriesRole
from groundglass.dicom.objects.origin import Origin, SourceImage, origin_of
from groundglass.dicom.objects.seg import SegKind, segmentations
from groundglass.dicom.series import load, scan
from groundglass.phantom.strategies import Turn
from groundglass.volume import LESION_LABELS, LUNG_LABELS, Geometry, LabelVolume, Volume

KINDS: tuple[SegKind, ...] = ("binary", "labelmap")
CT = "1.2.840.10008.5.1.4.1.1.2"
FRAME_OF_REFERENCE = "1.2.826.0.1.3680043.10.54321.9"
Points = NDArray[np.float64]


def scattered(shape: tuple[int, int, int], most: int, seed: int = 0) -> NDArray[np.uint8]:
    """Return labels 0 to ``most`` by chance: no turn and no mirror leaves them as they are."""
    numbers = np.random.default_rng(seed).integers(0, 2 * most + 1, shape)
    labels = np.where(numbers > most, 0, numbers).astype(np.uint8)
    if not labels.any():
        labels[0, 0, 0] = most
    return labels


def direct_origin(geometry: Geometry, *, multiframe: bool = False, series: int = 1) -> Origin:
    """Return a source of this geometry that was never on disk; its slices name so many series in turn."""
    placed = replace_frame(geometry, geometry.frame_of_reference_uid or FRAME_OF_REFERENCE)
    images = tuple(
        SourceImage(
            sop_class="1.2.840.10008.5.1.4.1.1.2.1" if multiframe else CT,
            sop_uid=f"{FRAME_OF_REFERENCE}.1.{1 if multiframe else number + 1}",
            series_uid=f"{FRAME_OF_REFERENCE}.2.{number % series + 1}",
            frame=number + 1 if multiframe else None,
            instance_number=number + 1,
        )
        for number in range(placed.shape[0])
    )
    return Origin(
        images=images,
        geometry=placed,
        frame_of_reference_made=False,
        study_uid=f"{FRAME_OF_REFERENCE}.3",
        series_uid=images[0].series_uid,
        header=Dataset(),
    )


def replace_frame(geometry: Geometry, frame_of_reference_uid: str) -> Geometry:
    """Return the geometry in another frame of reference."""
    return Geometry(geometry.shape, geometry.affine, frame_of_reference_uid, geometry.sided)


def direct_findings(origin: Origin, lungs: NDArray[np.uint8], lesions: NDArray[np.uint8]) -> Findings:
    """Return findings of masks on the grid of the origin; the result says that nothing was found, whatever they say."""
    there = origin.geometry
    nothing = LabelVolume(np.zeros(there.shape, np.uint8), there, LESION_LABELS)
    return Findings(
        result=made_result(origin, nothing, nothing),
        volume=Volume(np.zeros(there.shape, np.int16), there),
        lungs=LabelVolume(lungs, there, LUNG_LABELS),
        lesions=LabelVolume(lesions, there, LESION_LABELS),
    )


def stored_study(
    folder: Path,
    place: Geometry,
    lungs: NDArray[np.uint8],
    lesions: NDArray[np.uint8],
    turn: Turn,
    *,
    multiframe: bool = False,
    header: CTHeader | None = None,
) -> MadeStudy:
    """Write a CT of the grid ``place`` in another storage order, read it again, and bring the masks to it by place."""
    hu = np.full(place.shape, -850, np.int16)
    hu[:, : -(-place.shape[1] // 2)] = 40
    volume = Volume(hu, place).reoriented(*turn)
    write_series(volume, folder, header=header or CTHeader(), multiframe=multiframe)
    # slices that do not run from feet to head are read, though not graded
    entry = replace(scan([folder]).studies[0].series[0], error=None)
    origin = origin_of(entry, load(entry).volume.geometry)
    there = origin.geometry
    at = np.rint(place.to_index(there.to_mm(np.argwhere(np.ones(there.shape))))).astype(int)
    moved = [np.ascontiguousarray(mask[tuple(at.T)].reshape(there.shape)) for mask in (lungs, lesions)]
    return MadeStudy(folder, entry, origin, direct_findings(origin, *moved))


def written(
    folder: Path, origin: Origin, findings: Findings, kind: SegKind, *, seed: str = "made"
) -> dict[SeriesRole, Path]:
    """Write the segmentations as files."""
    files: dict[SeriesRole, Path] = {}
    for role, data in segmentations(origin, findings, made_making(seed=seed), kind=kind).items():
        files[role] = folder / f"{role}-{kind}.dcm"
        data.save_as(files[role], enforce_file_format=True)
    return files


def require_same_points(found: Points, wanted: Points) -> None:
    """Fail unless the points are the same ones, each once, to a thousandth of a millimetre."""
    assert len(found) == len(wanted)
    if len(wanted):
        assert np.max(cKDTree(found).query(wanted)[0]) < 1e-3
        assert np.max(cKDTree(wanted).query(found)[0]) < 1e-3


def require_on_the_same_mm(
    files: dict[SeriesRole, Path], masks: dict[SeriesRole, NDArray[np.uint8]], place: Geometry
) -> None:
    """Fail unless every voxel of every mask on the grid ``place`` is found on its millimetre, and nothing else."""
    wanted = {role: labels for role, labels in masks.items() if labels.any()}
    assert set(files) == set(wanted)
    for role, labels in wanted.items():
        points = points_of(files[role])
        assert set(points) == set(range(1, int(labels.max()) + 1))
        for label, found in points.items():
            require_same_points(found, place.to_mm(np.argwhere(labels == label)))
