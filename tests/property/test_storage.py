"""A volume that was written and read again is the same picture of the same patient, however it was stored."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from groundglass import nifti
from groundglass.dicom.ct_encoding import ENCAPSULATED_SYNTAXES, NATIVE_SYNTAXES
from groundglass.dicom.ct_writer import CTHeader, Storage, write_series
from groundglass.dicom.series import load, scan
from groundglass.phantom.damage import small_chest
from groundglass.phantom.strategies import ORIENTATIONS, Turn, geometries, turns
from groundglass.volume import Geometry, LabelVolume, Volume

CHEST = small_chest()


def _same_picture(one: Volume, two: Volume) -> None:
    """Every voxel of one lies, with its number, on a voxel of the other."""
    index = np.argwhere(np.ones(one.array.shape, bool))
    place = two.geometry.to_index(one.geometry.to_mm(index))
    whole = np.rint(place).astype(int)
    assert np.abs(place - whole).max() < 1e-3
    assert np.array_equal(two.array[tuple(whole.T)], one.array.reshape(-1))


@pytest.mark.parametrize("turn", ORIENTATIONS, ids=str)
def test_all_48_orientations_as_dicom(turn: Turn, tmp_path: Path) -> None:
    volume = CHEST.reoriented(*turn)
    write_series(volume, tmp_path / "out", header=CTHeader(seed=1))
    (study,) = scan([tmp_path / "out"]).studies
    (entry,) = study.series
    if volume.geometry.axis_codes[0] not in "HF":
        # Slices 5 mm apart along another axis are a reformat, not graded; they are read in their place all the same.
        assert entry.error is not None
        assert entry.error.code == "REFORMAT"
        entry = replace(entry, error=None)
    loaded = load(entry)
    _same_picture(CHEST, loaded.volume)


@pytest.mark.parametrize("turn", ORIENTATIONS[::3], ids=str)
def test_orientations_as_nifti(turn: Turn, tmp_path: Path) -> None:
    volume = CHEST.reoriented(*turn)
    nifti.write_volume(tmp_path / "v.nii.gz", volume)
    back = nifti.read(tmp_path / "v.nii.gz")
    _same_picture(CHEST, back.volume)
    assert back.volume.geometry.axis_codes == volume.geometry.axis_codes
    assert back.hu_exact


@settings(deadline=None, max_examples=40)
@given(geometries(), some.integers(0, 255))
def test_labels_of_any_oblique_geometry_as_nifti(geometry: Geometry, number: int) -> None:
    array = (np.arange(np.prod(geometry.shape)) * (number + 1) % 256).astype(np.uint8).reshape(geometry.shape)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.nii.gz"
        nifti.write_labels(path, LabelVolume(array, geometry))
        back = nifti.read_labels(path)
    assert np.array_equal(back.array, array)
    assert np.abs(back.geometry.affine - geometry.affine).max() < 1e-3


@settings(deadline=None, max_examples=16, suppress_health_check=[HealthCheck.too_slow])
@given(
    turns().filter(lambda turn: turn[0][0] == 0),
    some.sampled_from([*NATIVE_SYNTAXES, *ENCAPSULATED_SYNTAXES]),
    some.builds(
        Storage,
        signed=some.booleans(),
        intercept_hu=some.sampled_from([-8192.0, -4096.0]),
        file_names=some.sampled_from(["numbered", "bare", "random"]),
        empty_sop_uids=some.booleans(),
        empty_frame_of_reference=some.booleans(),
    ),
    some.booleans(),
)
def test_an_axial_series_stored_any_way(turn: Turn, syntax: str, storage: Storage, multiframe: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        write_series(
            CHEST.reoriented(*turn),
            out,
            header=CTHeader(seed=1),
            transfer_syntax=syntax,
            storage=storage,
            multiframe=multiframe and not storage.empty_sop_uids,
        )
        (study,) = scan([out]).studies
        assert study.chosen is not None, study.refusal
        _same_picture(CHEST, load(study.chosen).volume)
