"""dataset.json: written, read back, and read without trust where it is damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from made_release import ABOUT, folder_of, release

from groundglass.datasets.documents import read_manifest, write_documents
from groundglass.datasets.documents.manifest import manifest_name, manifest_of, written
from groundglass.datasets.members import About


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "set", release())
    write_documents(folder, release())
    found = read_manifest(folder / "dataset.json")
    assert found.about == ABOUT
    assert found.layout == "mosmed"
    assert found.counts == {"studies": 24, "patients": 24, "masks": 6, "lungs": 0}
    assert found.grades == {"CT-0": 6, "CT-1": 12, "CT-2": 5, "CT-4": 1}
    assert found.mask_labels == {1: "lesion"}
    assert found.lungs_labels == {1: "right_lung", 2: "left_lung"}
    assert found.software == "groundglass 0.0.0"
    assert found.recipe_sha256 == "0" * 64
    assert found.damaged == ()


def test_the_name_makes_way_for_the_file_of_nnu_net() -> None:
    assert [manifest_name(layout) for layout in ("mosmed", "bids", "nnunet")] == [
        "dataset.json",
        "dataset.json",
        "groundglass.json",
    ]


def test_thinning_parts_and_intended_use_are_told() -> None:
    content = manifest_of(release())
    assert content["schema"] == "groundglass/dataset/1"
    assert content["thinning"] == {"instance_number": 10, "every_mm": None}
    assert content["splits"]["studies"] == {"test": 6, "train": 12, "validation": 6}
    assert content["intended_use"] == "For research use only, not for diagnosis."


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b"null", b'{"schema": "other/1"}', b"{" * 100_000, b"[" * 100_000, b"\xff\xfe", b"{'a': 1}"],
)
def test_what_is_no_manifest_is_a_value_error(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "dataset.json").write_bytes(data)
    with pytest.raises(ValueError):
        read_manifest(tmp_path / "dataset.json")


@pytest.mark.parametrize(
    ("changes", "damaged"),
    [
        ({"about": [1]}, {"about"}),
        ({"about": {"name": 5, "authors": "x", "title": "x", "card": 1}}, {"name", "authors", "title", "card"}),
        ({"counts": {"studies": "many", "patients": True, "masks": -1}}, {"counts"}),
        ({"masks": {"labels": {"one": "x", "2": 3, "²": "x"}}}, {"labels"}),
        ({"masks": None, "layout": None, "software": 1}, {"masks", "layout", "software"}),
    ],
)
def test_fields_of_the_wrong_kind_are_left_out_and_named(
    tmp_path: Path, changes: dict[str, Any], damaged: set[str]
) -> None:
    path = tmp_path / "dataset.json"
    path.write_bytes(written(manifest_of(release()) | changes))
    found = read_manifest(path)
    assert set(found.damaged) == damaged
    if "about" in damaged:
        assert found.about == About()


def test_a_manifest_with_fields_of_tomorrow_is_read(tmp_path: Path) -> None:
    path = tmp_path / "dataset.json"
    path.write_text(json.dumps({"schema": "groundglass/dataset/2", "about": {"name": "x", "more": 1}, "new": []}))
    assert read_manifest(path).about == About(name="x")
