"""Labels of masks are lesions, lungs or other organs by the names that makers of sets give them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from groundglass.datasets import open as open_set
from groundglass.datasets.layouts import inventory
from groundglass.datasets.layouts.lesion_names import names_by_number, parts_of


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({1: "liver", 2: "bone"}, {1: "other", 2: "other"}),
        ({1: "liver", 2: "larch"}, {1: "other", 2: "other"}),
        ({1: "COVID", 2: "larch"}, {1: "lesions", 2: "lesions"}),
        ({1: "left lung", 2: "infection"}, {1: "lungs", 2: "lesions"}),
        ({1: "larch"}, {1: "lesions"}),
    ],
)
def test_labels_belong_to_what_their_names_say(names: dict[int, str], expected: dict[int, str]) -> None:
    assert parts_of(names) == expected


def test_the_narrowest_region_names_a_number() -> None:
    stored = {"background": 0, "consolidation": 2, "COVID": [1, 2], "ignore": 3}
    assert names_by_number(stored) == {0: "background", 1: "COVID", 2: "consolidation", 3: "ignore"}
    assert names_by_number({"1": "liver", "2": "bone", "x": 1.5}) == {1: "liver", 2: "bone"}


def test_labels_of_organs_are_no_lesion_mask_and_fewer_folds_than_five_are_no_error(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        for file in (f"imagesTr/{name}_0000.nii.gz", f"labelsTr/{name}.nii.gz"):
            (tmp_path / file).parent.mkdir(exist_ok=True)
            (tmp_path / file).write_bytes(b"")
    labels = {"background": 0, "liver": 1, "bone": 2}
    table = {"channel_names": {"0": "CT"}, "labels": labels, "numTraining": 3, "file_ending": ".nii.gz"}
    (tmp_path / "dataset.json").write_text(json.dumps(table))
    folds = [{"train": ["b", "c"], "val": ["a"]}, {"train": ["a", "c"], "val": ["b"]}]
    (tmp_path / "splits_final.json").write_text(json.dumps(folds))
    assert inventory(tmp_path).findings == ()
    opened = open_set(tmp_path)
    assert [record.split for record in opened] == ["fold-1", "fold-2", "train"]
    assert [record.mask() for record in opened] == [None] * 3
    assert len(opened.filter(masked=True)) == 0


def test_the_sidecar_of_a_picture_tells_its_scanner(tmp_path: Path) -> None:
    (tmp_path / "sub-1" / "ct").mkdir(parents=True)
    (tmp_path / "dataset_description.json").write_text(json.dumps({"Name": "Larch", "BIDSVersion": "1.9.0"}))
    (tmp_path / "sub-1" / "ct" / "sub-1_ct.nii.gz").write_bytes(b"")
    facts = {"Manufacturer": "Larch", "KVP": 120, "SliceThickness": 1.5, "ConvolutionKernel": ["B30f"]}
    (tmp_path / "sub-1" / "ct" / "sub-1_ct.json").write_text(json.dumps(facts))
    member = inventory(tmp_path).members[0]
    assert (member.manufacturer, member.kvp, member.slice_thickness_mm, member.kernel) == ("Larch", 120.0, 1.5, None)


def test_files_that_nobody_knows_and_no_files_are_findings_where_they_are_asked_for(tmp_path: Path) -> None:
    assert [each.code for each in inventory(tmp_path, strict=False).findings] == ["SET_EMPTY"]
    (tmp_path / "a.txt").write_text("x")
    assert [each.code for each in inventory(tmp_path, strict=False).findings] == ["LAYOUT_UNKNOWN"]
