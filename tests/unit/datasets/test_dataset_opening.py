"""A set opened from Python: studies by place and name, pictures when they are asked for, errors by name."""

from __future__ import annotations

import pickle
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_layouts import ABOUT, made_labels, made_volume, mosmed_members, some_members, write_made

import groundglass as gg
from groundglass.datasets.conversion import write_mask
from groundglass.datasets.layouts import LAYOUTS
from groundglass.errors import InputError
from groundglass.volume import LabelVolume

MOSMED = LAYOUTS["mosmed"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_made(tmp_path / "larch-1.2.0", MOSMED, some_members(MOSMED), pictures=True)


def code_of(call: Any) -> str:
    with pytest.raises(InputError) as caught:
        call()
    return caught.value.code


@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_every_layout_gives_the_same_pictures_masks_and_facts(name: str, tmp_path: Path) -> None:
    layout = LAYOUTS[name]
    dataset = gg.datasets.open(write_made(tmp_path, layout, some_members(layout), pictures=True))
    assert (dataset.layout, dataset.about, len(dataset)) == (name, ABOUT, 12)
    record = dataset["study_0003"]
    assert np.array_equal(record.volume().array, made_volume(2).array)
    assert record.volume().geometry.same_grid(made_volume(2).geometry)
    mask, lungs = record.mask(), record.lungs()
    assert mask is not None
    assert lungs is not None
    assert np.array_equal(mask.array, made_labels(2).array)
    assert mask.labels == {1: "ground_glass", 2: "consolidation"}
    assert lungs.labels[1] == "right lung"
    record.volume().geometry.require_same_grid(mask.geometry, what="mask")
    assert (record.grade, record.split, record.patient_id) == ("CT-3", "test", "P003")
    assert (record.metadata.age_years, record.metadata.extra["spo2"]) == (33, "93")


def test_studies_are_had_by_place_name_and_slice(folder: Path) -> None:
    dataset = gg.datasets.open(str(folder))
    assert dataset[0].study_id == dataset["study_0001"].study_id == next(iter(dataset)).study_id
    assert [record.study_id for record in dataset[-2:]] == ["study_0011", "study_0012"]
    assert dataset.__contains__("study_0004")
    assert not dataset.__contains__("study_0400")
    assert dataset[3] in dataset
    assert code_of(lambda: dataset["study_0400"]) == "SET_NO_MEMBER"
    with pytest.raises(IndexError):
        dataset[12]


def test_a_filter_keeps_what_agrees_with_all_of_it(folder: Path) -> None:
    dataset = gg.datasets.open(folder)
    assert {r.split for r in dataset.filter(split="train")} == {"train"}
    assert {r.grade for r in dataset.filter(grade=["CT-3", "CT-4"])} == {"CT-3", "CT-4"}
    assert [r.study_id for r in dataset.filter(masked=True, split="test")] == ["study_0003"]
    assert [r.study_id for r in dataset.filter(lambda r: r.metadata.sex == "O", grade="CT-2")] == ["study_0002"]
    assert dataset.splits == {"test": 3, "train": 7, "validation": 2}
    assert sum(dataset.grades.values()) == 12
    assert {name: len(records) for name, records in dataset.patients.items()}["P002"] == 2


def test_a_study_without_masks_has_none_and_says_so(folder: Path) -> None:
    record = gg.datasets.open(folder)["study_0001"]
    assert (record.mask(), record.lungs(), record.mask_path) == (None, None, None)
    assert code_of(lambda: record.require("mask")) == "SET_MASK_MISSING"


def test_what_is_not_there_is_an_error_of_that_study_alone(folder: Path) -> None:
    (folder / "studies/CT-3/study_0003.nii.gz").unlink()
    (folder / "masks/study_0006_mask.nii.gz").unlink()
    dataset = gg.datasets.open(folder)
    assert {f.code for f in dataset.findings} == {"IMAGE_MISSING", "MASK_MISSING"}
    assert code_of(dataset["study_0003"].volume) == "SET_IMAGE_MISSING"
    assert code_of(dataset["study_0006"].mask) == "SET_MASK_MISSING"
    assert dataset["study_0006"].volume().array.shape == made_volume(0).array.shape
    alone = dataset["study_0003"].mask()  # the picture is gone, the mask is not
    assert alone is not None
    assert np.array_equal(alone.array, made_labels(2).array)


def test_a_mask_of_another_grid_or_of_unknown_labels_is_refused(folder: Path) -> None:
    labels = made_labels(2)
    affine = labels.geometry.affine.copy()
    affine[:3, 3] += 3.0
    write_mask(
        folder / "masks/study_0003_mask.nii.gz", LabelVolume(labels.array, replace(labels.geometry, affine=affine))
    )
    strange = labels.array.copy()
    strange[0, 0, 0] = 9
    write_mask(folder / "masks/study_0006_mask.nii.gz", labels.with_array(strange))
    (folder / "masks/study_0009_mask.nii.gz").write_bytes(b"no picture")
    dataset = gg.datasets.open(folder)
    assert code_of(dataset["study_0003"].mask) == "GRID_MISMATCH"
    assert code_of(dataset["study_0006"].mask) == "SET_LABELS_UNKNOWN"
    assert code_of(dataset["study_0009"].mask).startswith("NIFTI_")


def test_a_link_out_of_the_set_is_not_followed(folder: Path, tmp_path: Path) -> None:
    picture = folder / "studies/CT-3/study_0003.nii.gz"
    picture.rename(tmp_path / "elsewhere.nii.gz")
    picture.symlink_to(tmp_path / "elsewhere.nii.gz")
    assert code_of(gg.datasets.open(folder)["study_0003"].volume) == "SET_FILE_OUTSIDE"


def test_no_set_and_a_set_of_nothing_cannot_be_opened(tmp_path: Path) -> None:
    assert code_of(lambda: gg.datasets.open(tmp_path / "nothing")) == "SET_UNKNOWN"
    (tmp_path / "dataset_registry.csv").write_bytes(b"study_id,category,study_file,mask_file\r\n")
    assert code_of(lambda: gg.datasets.open(tmp_path)) == "SET_NO_STUDIES"


def test_a_record_travels_between_processes(folder: Path) -> None:
    dataset = pickle.loads(pickle.dumps(gg.datasets.open(folder)))
    assert np.array_equal(dataset["study_0005"].volume().array, made_volume(4).array)


def test_1110_studies_open_within_a_second_and_no_picture_is_read(tmp_path: Path) -> None:
    folder = write_made(tmp_path, MOSMED, mosmed_members())  # files of no content: reading one would fail
    started = time.process_time()
    dataset = gg.datasets.open(folder)
    assert time.process_time() - started < 1
    assert (len(dataset), len(dataset.filter(masked=True))) == (1110, 50)


@pytest.mark.real
def test_the_real_masks_open_with_their_volumes(data: Path) -> None:
    dataset = gg.datasets.open(data / "mosmed")
    volumes = []
    for record in dataset.filter(masked=True)[::10]:
        mask = record.mask()
        assert mask is not None
        assert mask.geometry.axis_codes == ("H", "P", "L")
        assert mask.labels == {1: "lesion"}
        volumes.append(mask.volume_ml(1))
    assert all(0.38 <= volume <= 536 for volume in volumes)
    assert round(volumes[0], 1) == 310.3


def test_importing_groundglass_does_not_import_what_data_sets_need() -> None:
    script = (
        "import sys, groundglass as gg\n"
        "heavy = lambda: [m for m in ('numpy', 'scipy', 'pydicom', 'torch', 'monai', 'openpyxl') if m in sys.modules]\n"
        "first = heavy()\n"
        "assert callable(gg.datasets.open)\n"
        "print(first, heavy())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split()[0] == "[]"
    assert not {"'torch'", "'monai'", "'openpyxl'"} & set(done.stdout.replace(",", " ").strip("[]\n").split())
