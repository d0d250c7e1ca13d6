"""Whole real series against another reader, voxel by voxel, and stored another way."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK

from groundglass.dicom.rescale import AIR_HU, PADDING_HU
from groundglass.dicom.series import LoadedSeries, load, scan

pytestmark = pytest.mark.real


def loaded(*paths: Path) -> LoadedSeries:
    (study,) = scan(list(paths)).studies
    assert study.chosen is not None
    return load(study.chosen)


@pytest.mark.parametrize("folder", ["studies/P001", "studies/normal001", "partial/ricord_000082_15_axial"])
def test_a_series_equals_the_reading_of_simpleitk_voxel_by_voxel(data: Path, folder: str) -> None:
    names = SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(data / folder))  # type: ignore[no-untyped-call]  # no stubs
    image: Any = SimpleITK.ReadImage(names)
    theirs = SimpleITK.GetArrayFromImage(image)
    series = loaded(data / folder)
    geometry = series.volume.geometry
    wanted = np.where(theirs <= PADDING_HU, AIR_HU, theirs)
    assert np.array_equal(series.volume.array, wanted)
    assert geometry.spacing_mm == pytest.approx(image.GetSpacing()[::-1], abs=1e-4)
    assert geometry.origin_mm == pytest.approx(image.GetOrigin(), abs=1e-3)
    assert geometry.axis_codes == ("H", "P", "L")
    assert all(series.sop_uids)


def test_names_nesting_and_archives_change_nothing(data: Path, tmp_path: Path) -> None:
    source = data / "partial" / "ricord_000082_15_axial"
    original = loaded(source)
    for number, path in enumerate(sorted(source.iterdir())):
        target = tmp_path / "renamed" / f"d{number % 4}" / f"{(number * 7) % 15}"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    with zipfile.ZipFile(tmp_path / "one.zip", "w") as archive:
        for path in source.iterdir():
            archive.write(path, f"x/{path.name}")
    for other in (tmp_path / "renamed", tmp_path / "one.zip"):
        again = loaded(other)
        assert np.array_equal(again.volume.array, original.volume.array)
        assert again.volume.geometry.same_grid(original.volume.geometry)
        assert again.sop_uids == original.sop_uids


def test_a_real_series_without_any_uid_is_read_with_warnings(data: Path) -> None:
    series = loaded(data / "conformance" / "totalsegmentator_example_ct_dicom")
    assert series.volume.array.shape == (20, 512, 512)
    assert series.sop_uids == (None,) * 20
    assert {n.code for n in series.notices} >= {"sop_uids_missing", "study_uids_missing", "contrast_given"}
    assert series.acquisition.kernel == "Br38f 3"
