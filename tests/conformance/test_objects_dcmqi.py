"""dcmqi, another vendor's reader, puts every segment on the millimetres we meant, and reads the report's figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from numpy.typing import NDArray
from odd_studies import ODD_STUDIES, OddStudy
from programs import ask
from written_objects import WrittenStudy, write_all

from groundglass.volume import LabelVolume


def voxels_by_dcmqi(file: Path, scratch: Path) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the place of each labelled voxel, (n, 3) LPS mm, and its segment number."""
    scratch.mkdir()
    said = ask(
        "segimage2itkimage", "--inputDICOM", file, "--outputDirectory", scratch, "-t", "nifti", "--mergeSegments"
    )
    assert said.status == 0, said.lines[-3:]
    (written,) = scratch.glob("*.nii.gz")
    image = nibabel.Nifti1Image.from_filename(written)
    labels = np.asarray(image.dataobj).astype(np.int64)
    at = np.argwhere(labels > 0)
    places = np.c_[at, np.ones(len(at))] @ np.asarray(image.affine).T
    return places[:, :3] * (-1, -1, 1), labels[tuple(at.T)]


def assert_same_places(labels: LabelVolume, places: NDArray[np.float64], numbers: NDArray[np.int64]) -> None:
    """Every voxel of the mask is found where it lies, and none elsewhere."""
    back = np.c_[places, np.ones(len(places))] @ np.linalg.inv(labels.geometry.affine).T
    index = np.rint(back[:, :3]).astype(int)
    assert np.abs(back[:, :3] - index).max() < 1e-3
    found = np.zeros(labels.geometry.shape, np.int64)
    found[tuple(index.T)] = numbers
    assert np.array_equal(found, labels.array)


@pytest.mark.parametrize("odd", ODD_STUDIES, ids=lambda odd: odd.name)
def test_voxels_lie_on_the_millimetres_of_the_mask(odd: OddStudy, tmp_path: Path) -> None:
    whole = write_all(odd.make(tmp_path / "study"), tmp_path / "objects", only=("seg",))
    for role, labels in (("seg-lungs", whole.study.findings.lungs), ("seg-lesions", whole.study.findings.lesions)):
        (file,) = whole.files(role)
        assert_same_places(labels, *voxels_by_dcmqi(file, tmp_path / role))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> WrittenStudy:
    folder = tmp_path_factory.mktemp("dcmqi")
    return write_all(ODD_STUDIES[0].make(folder / "study"), folder / "objects")


def test_the_report_is_read_as_tid_1500(whole: WrittenStudy, tmp_path: Path) -> None:
    (file,) = whole.files("sr")
    said = ask("tid1500reader", "--inputDICOM", file, "--outputMetadata", tmp_path / "report.json")
    assert said.status == 0, said.lines[-3:]
    groups: list[dict[str, Any]] = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["Measurements"]
    result = whole.study.findings.result
    assert result.lungs is not None
    volumes = {
        group["TrackingIdentifier"]: float(item["value"])
        for group in groups
        for item in group["measurementItems"]
        if item["quantity"]["CodeValue"] == "118565006" and item["units"]["CodeValue"] == "ml"
    }
    for volume in (result.lungs.total_volume_ml, result.lungs.right_volume_ml, result.lungs.left_volume_ml):
        assert volume is not None
        assert any(abs(value - volume) < 0.6 for value in volumes.values()), (volume, volumes)
