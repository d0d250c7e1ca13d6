"""Every voxel of a segmentation lies on the millimetre of the voxel it was made from, however the source is stored."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some
from made_objects import axial_affine
from made_segmentations import (
    KINDS,
    direct_findings,
    direct_origin,
    require_on_the_same_mm,
    scattered,
    stored_study,
    written,
)

from groundglass.dicom.ct_writer import CTHeader
from groundglass.dicom.objects.seg import SegKind
from groundglass.phantom.strategies import ORIENTATIONS, Turn, geometries, turns
from groundglass.volume import Geometry

SHAPE = (5, 9, 7)
"""No two sides are equal, and neither a frame nor a row fills whole bytes."""
PLACE = Geometry(SHAPE, axial_affine((4.5, 2.5, 3.25)), None)


def _as_scanned(geometry: Geometry, shape: tuple[int, int, int]) -> Geometry:
    """Return the geometry with as many slices and with such sides of voxels as are read."""
    affine = geometry.affine.copy()
    affine[:3, :3] = geometry.cosines * np.clip(geometry.spacing_mm, 0.25, 4.9)
    return Geometry(shape, affine, geometry.frame_of_reference_uid)


scanned = some.builds(_as_scanned, geometries(), some.tuples(*[some.integers(5, 9)] * 3))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("turn", ORIENTATIONS, ids=str)
def test_all_48_orientations_of_a_series_on_disk(turn: Turn, kind: SegKind, tmp_path: Path) -> None:
    lungs, lesions = scattered(SHAPE, 3, seed=1), scattered(SHAPE, 2, seed=2)
    study = stored_study(tmp_path / "series", PLACE, lungs, lesions, turn)
    files = written(tmp_path, study.origin, study.findings, kind)
    require_on_the_same_mm(files, {"seg-lungs": lungs, "seg-lesions": lesions}, PLACE)


@settings(deadline=None, max_examples=60)
@given(geometries(), some.sampled_from(KINDS), some.booleans(), some.integers(0, 999))
@example(Geometry((1, 1, 1), axial_affine(), None), "binary", False, 0)
@example(Geometry((1, 1, 1), axial_affine(), None), "labelmap", True, 0)
@example(Geometry((3, 1, 5), axial_affine(), None), "binary", False, 3)
def test_any_oblique_geometry(geometry: Geometry, kind: SegKind, multiframe: bool, seed: int) -> None:
    lungs, lesions = scattered(geometry.shape, 3, seed), scattered(geometry.shape, 2, seed + 1)
    origin = direct_origin(geometry, multiframe=multiframe)
    with tempfile.TemporaryDirectory() as folder:
        files = written(Path(folder), origin, direct_findings(origin, lungs, lesions), kind)
        require_on_the_same_mm(files, {"seg-lungs": lungs, "seg-lesions": lesions}, geometry)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    scanned,
    turns(),
    some.sampled_from(KINDS),
    some.booleans(),
    some.sampled_from([None, 0.5, 20.0]),
    some.sampled_from(["HFS", "HFP", "FFS", "FFP", "HFDR", "HFDL", "FFDR", "FFDL", ""]),
)
def test_any_series_on_disk(
    place: Geometry, turn: Turn, kind: SegKind, multiframe: bool, thickness_mm: float | None, position: str
) -> None:
    lungs, lesions = scattered(place.shape, 3), scattered(place.shape, 2, seed=1)
    header = CTHeader(slice_thickness_mm=thickness_mm, patient_position=position)
    with tempfile.TemporaryDirectory() as folder:
        study = stored_study(Path(folder) / "series", place, lungs, lesions, turn, multiframe=multiframe, header=header)
        files = written(Path(folder), study.origin, study.findings, kind)
        require_on_the_same_mm(files, {"seg-lungs": lungs, "seg-lesions": lesions}, place)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_mirrored_mask_would_be_seen(axis: int, tmp_path: Path) -> None:
    lungs = scattered(SHAPE, 3)
    origin = direct_origin(PLACE)
    files = written(tmp_path, origin, direct_findings(origin, np.flip(lungs, axis).copy(), lungs * 0), "binary")
    with pytest.raises(AssertionError):
        require_on_the_same_mm(files, {"seg-lungs": lungs}, PLACE)
