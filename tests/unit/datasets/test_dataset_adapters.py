"""Sets as data sets of torch and MONAI: the same HU at the same place, in workers too."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_layouts import SHAPE, made_labels, made_volume, some_members, write_made

import groundglass as gg
from groundglass.datasets.layouts import LAYOUTS
from groundglass.datasets.records import DataSet
from groundglass.errors import UnavailableError

MOSMED = LAYOUTS["mosmed"]


@pytest.fixture
def dataset(tmp_path: Path) -> DataSet:
    return gg.datasets.open(write_made(tmp_path, MOSMED, some_members(MOSMED), pictures=True))


def halved(item: dict[str, Any]) -> dict[str, Any]:
    return item | {"image": item["image"] / 2}


def test_torch_gets_hu_mask_grade_and_affine(dataset: DataSet) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    data = dataset.to_torch()
    assert len(data) == 12
    item = data[2]
    assert (item["image"].shape, item["image"].dtype) == ((1, *SHAPE), torch.float32)
    assert np.array_equal(item["image"][0].numpy(), made_volume(2).array)
    assert np.array_equal(item["mask"][0].numpy(), made_labels(2).array)
    assert np.allclose(item["affine"].numpy(), made_volume(2).geometry.affine)
    assert (int(item["grade"]), bool(item["has_mask"]), item["id"]) == (3, True, "study_0003")
    assert (bool(data[0]["has_mask"]), int(data[0]["mask"].max())) == (False, 0)


def test_torch_loads_in_workers_and_through_a_transform(dataset: DataSet) -> None:
    loading = pytest.importorskip("torch.utils.data", reason="torch is not installed")
    data = pickle.loads(pickle.dumps(dataset.to_torch(halved, split="train")))
    seen = []
    for batch in loading.DataLoader(data, batch_size=2, num_workers=2):
        assert batch["image"].shape[1:] == (1, *SHAPE)
        for number, name in enumerate(batch["id"]):
            expected = made_volume(int(name[-4:]) - 1).array
            assert np.array_equal(batch["image"][number, 0].numpy() * 2, expected)
            seen.append(name)
    assert seen == [record.study_id for record in dataset.filter(split="train")]


@pytest.mark.filterwarnings("ignore:NvImgCodecPydicomReader")  # MONAI says it of a reader that nobody asked for
def test_monai_gets_paths_and_loads_the_same_numbers_and_place(dataset: DataSet) -> None:
    pytest.importorskip("monai", reason="MONAI is not installed")
    items = dataset.to_monai()
    assert [(item["study_id"], item["grade"], "label" in item) for item in items[:3]] == [
        ("study_0001", 1, False),
        ("study_0002", 2, False),
        ("study_0003", 3, True),
    ]
    loaded = dataset.to_monai_dataset()[2]
    volume, picture = made_volume(2), loaded["image"]
    assert picture.shape[0] == 1
    for index in np.ndindex(2, 3, 2):
        place = np.array(index) * [4, 5, 8]
        right_anterior = volume.geometry.to_mm(place) * [-1, -1, 1]
        affine = np.asarray(picture.affine)
        at = np.rint(np.linalg.solve(affine[:3, :3], right_anterior - affine[:3, 3])).astype(int)
        assert float(picture[(0, *at)]) == volume.array[tuple(place)]
        assert float(loaded["label"][(0, *at)]) == made_labels(2).array[tuple(place)]


@pytest.mark.parametrize(
    ("method", "module", "extra"), [("to_torch", "torch", "torch"), ("to_monai_dataset", "monai.data", "monai")]
)
def test_without_the_package_the_error_says_what_to_install(
    method: str, module: str, extra: str, dataset: DataSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UnavailableError) as caught:
        getattr(dataset, method)()
    assert caught.value.code == "PACKAGE_MISSING"
    assert f'pip install "groundglass[{extra}]"' in caught.value.todo
    assert module.partition(".")[0] in caught.value.what
