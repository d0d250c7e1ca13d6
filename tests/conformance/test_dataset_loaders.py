"""Sets of ours in the programs that others use: mlcroissant, MONAI, torch, nibabel, SimpleITK, sha256sum."""

from __future__ import annotations

import csv
import importlib
import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_builds import Kitchen, built_phantoms
from nnunet import checked_by_nnunet

import groundglass as gg

_CROISSANT = """
import collections, json, logging, sys, warnings
warnings.simplefilter("ignore")  # of the packages that it is made of
logging.disable(logging.CRITICAL)
import mlcroissant
dataset = mlcroissant.Dataset(jsonld=sys.argv[1])
issues = dataset.metadata.ctx.issues
found = {}
for records in dataset.metadata.record_sets:
    rows = list(dataset.records(records.uuid))
    found[records.uuid] = [{str(name): str(value) for name, value in row.items()} for row in rows]
print(json.dumps({"errors": list(issues.errors), "warnings": list(issues.warnings), "records": found}))
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Kitchen:
    return built_phantoms(tmp_path_factory)


def _rows(version: Path) -> list[dict[str, str]]:
    with (version / "studies.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("layout", ["mosmed", "nnunet", "bids"])
def test_mlcroissant_takes_the_metadata_without_a_warning_and_reads_every_study(
    layout: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    version = built_phantoms(tmp_path_factory, layout).version
    done = subprocess.run(
        [sys.executable, "-c", _CROISSANT, str(version / "croissant.json")],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert told["errors"] == []
    assert told["warnings"] == []
    studies = max(told["records"].values(), key=len)
    rows = _rows(version)
    assert len(studies) == len(rows)
    cells = {value.strip("b'") for record in studies for value in record.values()}
    assert {row["study_id"] for row in rows} <= cells
    assert {row["grade"] for row in rows} <= cells


# told where a codec of NVIDIA is not there, which NIfTI does not need
@pytest.mark.filterwarnings("ignore:NvImgCodecPydicomReader:UserWarning")
def test_monai_loads_the_numbers_and_the_place_that_we_load(built: Kitchen) -> None:
    transforms = importlib.import_module("monai.transforms")
    load = transforms.LoadImaged(keys=["image", "label"])
    rows = [row for row in _rows(built.version) if row["mask_file"]][:4]
    records = {record.study_id: record for record in gg.datasets.open(built.version)}
    for row in rows:
        loaded = load({"image": str(built.version / row["study_file"]), "label": str(built.version / row["mask_file"])})
        record = records[row["study_id"]]
        volume, mask = record.volume(), record.mask()
        assert mask is not None
        picture = loaded["image"]
        affine = np.asarray(picture.affine)
        index = np.array([3, 5, 7])  # slice, row, column of ours
        ours = volume.geometry.to_mm(index)
        place = _index_of(affine, ours * [-1, -1, 1])
        assert np.allclose(place, np.rint(place), atol=1e-3)
        at = tuple(int(each) for each in np.rint(place))
        assert float(picture[at]) == volume.array[tuple(index)]
        assert np.array_equal(np.sort(np.asarray(picture), axis=None), np.sort(volume.array, axis=None))
        assert np.asarray(loaded["label"]).astype(int).sum() == int(mask.array.sum())
        assert np.allclose(np.asarray(loaded["label"].affine), affine)


def _index_of(affine: Any, point: Any) -> Any:
    return np.linalg.solve(affine[:3, :3], np.asarray(point) - affine[:3, 3])


def test_nibabel_simpleitk_and_we_agree_on_place_and_numbers(built: Kitchen) -> None:
    nibabel: Any = importlib.import_module("nibabel")
    sitk: Any = importlib.import_module("SimpleITK")
    turned: list[str] = []
    for record in gg.datasets.open(built.version):
        volume = record.volume()
        path = built.version / str(record.member.study_file)
        image = nibabel.load(path)
        turned.append("".join(nibabel.aff2axcodes(image.affine)))
        assert image.get_data_dtype() == np.int16
        other = sitk.ReadImage(str(path))
        index = np.array([4, 20, 30])
        point = volume.geometry.to_mm(index)
        at = other.TransformPhysicalPointToIndex([float(each) for each in point])
        assert other[at] == volume.array[tuple(index)]
        place = np.rint(_index_of(image.affine, point * [-1, -1, 1])).astype(int)
        assert int(np.asarray(image.dataobj)[tuple(place)]) == volume.array[tuple(index)]
    assert Counter(turned) == {"LAS": 29, "RPS": 1}  # as dcm2niix: one patient lies prone


def test_nnunet_finds_no_fault_in_the_phantoms(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    built = built_phantoms(tmp_path_factory, "nnunet")
    folder = tmp_path / "Dataset703_Phantoms"
    shutil.copytree(built.version, folder)
    assert len(list((folder / "labelsTr").iterdir())) > 1
    said = checked_by_nnunet(folder, tmp_path)
    assert "Error" not in said
    assert "mismatch" not in said


def test_every_checksum_is_right_by_the_program_that_everybody_has(built: Kitchen) -> None:
    program = shutil.which("sha256sum")
    assert program is not None
    done = subprocess.run(
        [program, "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=built.version, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
