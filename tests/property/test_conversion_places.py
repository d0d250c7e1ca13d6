"""Every voxel of a picture and of its mask keeps its millimetre on the way into a data set."""

from __future__ import annotations

import importlib
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundglass import nifti
from groundglass.datasets.candidates import MaskSource
from groundglass.datasets.conversion import masks_of, write_mask, write_picture
from groundglass.datasets.conversion.thinning import thinned_geometry
from groundglass.dicom.ct_writer import CTHeader, write_series
from groundglass.dicom.loading import load
from groundglass.dicom.series import scan
from groundglass.dicom.sources import FileSource
from groundglass.phantom.strategies import ORIENTATIONS, Turn, volumes
from groundglass.volume import Geometry, LabelVolume, Volume

sitk: Any = importlib.import_module("SimpleITK")
AFFINE = np.array([[0, 0.1, 0.8, -30], [0, 0.7, -0.1, -50], [2.0, 0, 0, 100], [0, 0, 0, 1]])
AFFINE[:3, 1] = np.cross(AFFINE[:3, 2], AFFINE[:3, 0])
AFFINE[:3, 1] *= 0.7 / np.linalg.norm(AFFINE[:3, 1])
WHOLE = Geometry((11, 6, 7), AFFINE)


def at_same_mm(path: Path, volume: Volume | LabelVolume) -> None:
    """Fail unless SimpleITK finds the number of every voxel at its millimetre, and nothing else."""
    image = sitk.ReadImage(str(path))
    array = sitk.GetArrayFromImage(image)
    assert array.size == volume.array.size
    index = np.argwhere(np.ones(volume.array.shape))
    origin, spacing = np.array(image.GetOrigin()), np.array(image.GetSpacing())
    axes = np.array(image.GetDirection()).reshape(3, 3) * spacing
    there = np.linalg.solve(axes, (volume.geometry.to_mm(index) - origin).T)
    i, j, k = np.rint(there).astype(int)
    assert np.abs(there - np.rint(there)).max() < 1e-3
    assert np.array_equal(array[k, j, i], volume.array.reshape(-1))


@pytest.mark.parametrize("turn", ORIENTATIONS)
def test_a_mask_stored_in_any_way_lands_on_its_millimetres(tmp_path: Path, turn: Turn) -> None:
    drawn = np.random.default_rng(1).integers(0, 2, WHOLE.shape).astype(np.uint8)
    slices = (1, 3, 5, 7, 9)
    path = tmp_path / "m.nii.gz"
    nifti.write_labels(path, LabelVolume(drawn, WHOLE).reoriented(*turn))
    source = MaskSource(kind="lesions", form="nifti", source=FileSource("m", path.stat().st_size, path))
    thin = thinned_geometry(WHOLE, slices)
    found = masks_of([source], WHOLE, series_uid="", slices=slices, thinned_geometry=thin).lesions
    assert found is not None
    assert np.array_equal(found.array, drawn[1:10:2])
    write_mask(tmp_path / "out.nii.gz", found)
    at_same_mm(tmp_path / "out.nii.gz", LabelVolume(drawn[1:10:2], thin))


@pytest.mark.parametrize("turn", ORIENTATIONS)
def test_a_mask_read_again_is_written_as_it_lay(tmp_path: Path, turn: Turn) -> None:
    drawn = LabelVolume(np.random.default_rng(2).integers(0, 3, WHOLE.shape).astype(np.uint8), WHOLE).reoriented(*turn)
    write_mask(tmp_path / "a.nii.gz", drawn)
    write_mask(tmp_path / "b.nii.gz", nifti.read_labels(tmp_path / "a.nii.gz"), turned=True)
    assert (tmp_path / "a.nii.gz").read_bytes() == (tmp_path / "b.nii.gz").read_bytes()


@given(volume=volumes(), threads=st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_simpleitk_finds_every_number_of_a_picture_at_its_millimetre(volume: Volume, threads: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.nii.gz"
        write_picture(path, volume, threads=threads)
        at_same_mm(path, volume)


def test_from_dicom_through_nifti_hu_stay_at_their_millimetres(tmp_path: Path) -> None:
    hu = np.full((9, 12, 14), -850, np.int16)
    hu[:, :6] = 40
    hu += np.random.default_rng(0).integers(-30, 30, hu.shape).astype(np.int16)
    volume = Volume(hu, Geometry(hu.shape, AFFINE))
    write_series(volume, tmp_path / "dicom", header=CTHeader())
    chosen = scan([tmp_path / "dicom"]).studies[0].series[0]
    write_picture(tmp_path / "a.nii.gz", load(chosen, keep_padding=True).volume)
    at_same_mm(tmp_path / "a.nii.gz", volume)
