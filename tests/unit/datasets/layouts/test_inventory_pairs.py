"""Pictures and masks that no table joins are joined by their names, in the layouts that are most common."""

from __future__ import annotations

from pathlib import Path

import pytest

from groundglass.datasets.layouts import inventory

Row = tuple[str, str | None, str | None, str | None]
LAYOUTS_OF_OTHERS: list[tuple[tuple[str, ...], list[Row]]] = [
    (("a.nii.gz", "a_seg.nii.gz"), [("a", "a.nii.gz", "a_seg.nii.gz", None)]),
    (("a_ct.nii.gz", "a-label.nii.gz"), [("a_ct", "a_ct.nii.gz", "a-label.nii.gz", None)]),
    (
        ("a.nii", "a_gt.nii", "a_infection.nii", "a_lungs.nii"),
        [("a", "a.nii", "a_infection.nii", "a_lungs.nii")],
    ),
    (("images/a.nii.gz", "masks/a.nii.gz"), [("a", "images/a.nii.gz", "masks/a.nii.gz", None)]),
    (
        ("images/a.nii.gz", "masks/a_mask.nii.gz", "lungs/a_lungs.nii.gz"),
        [("a", "images/a.nii.gz", "masks/a_mask.nii.gz", "lungs/a_lungs.nii.gz")],
    ),
    (
        (
            "COVID-19-CT-Seg_20cases/a_1.nii.gz",
            "Infection_Mask/a_1.nii.gz",
            "Lung_Mask/a_1.nii.gz",
            "Lung_and_Infection_Mask/a_1.nii.gz",
        ),
        [("a_1", "COVID-19-CT-Seg_20cases/a_1.nii.gz", "Infection_Mask/a_1.nii.gz", "Lung_Mask/a_1.nii.gz")],
    ),
    (
        ("ct_scans/larch_org_001.nii", "ct_scans/pine_1.nii", "infection_mask/larch_001.nii"),
        [
            ("larch_org_001", "ct_scans/larch_org_001.nii", "infection_mask/larch_001.nii", None),
            ("pine_1", "ct_scans/pine_1.nii", None, None),
        ],
    ),
    (("volume-0.nii", "segmentation-0.nii"), [("volume-0", "volume-0.nii", "segmentation-0.nii", None)]),
    (("img/img01.nii", "label/label01.nii"), [("img01", "img/img01.nii", "label/label01.nii", None)]),
    (("ct.nii", "mask.nii"), [("ct", "ct.nii", "mask.nii", None)]),
    (
        ("p1/ct.nii", "p1/mask.nii", "p1/lung_mask.nii", "p2/ct.nii"),
        [("p1", "p1/ct.nii", "p1/mask.nii", "p1/lung_mask.nii"), ("p2", "p2/ct.nii", None, None)],
    ),
    (
        ("train/images/1.nii", "train/masks/1.nii", "test/images/1.nii"),
        [
            ("test/images/1", "test/images/1.nii", None, None),
            ("train/images/1", "train/images/1.nii", "train/masks/1.nii", None),
        ],
    ),
    (("images/train/1.nii", "labels/train/1.nii"), [("1", "images/train/1.nii", "labels/train/1.nii", None)]),
    (("patients/1.nii", "masks/1.nii"), [("1", "patients/1.nii", "masks/1.nii", None)]),
    (("lung_1.nii", "lung_2.nii"), [("lung_1", "lung_1.nii", None, None), ("lung_2", "lung_2.nii", None, None)]),
    (
        ("normal/1.nii", "lesion/1.nii"),
        [("lesion/1", "lesion/1.nii", None, None), ("normal/1", "normal/1.nii", None, None)],
    ),
]


@pytest.mark.parametrize(("files", "expected"), LAYOUTS_OF_OTHERS, ids=[files[-1] for files, _ in LAYOUTS_OF_OTHERS])
def test_masks_find_their_picture_by_name(files: tuple[str, ...], expected: list[Row], tmp_path: Path) -> None:
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_bytes(b"")
    found = inventory(tmp_path)
    assert found.layout == "pairs"
    assert [(m.study_id, m.study_file, m.mask_file, m.lungs_file) for m in found.members] == expected
    assert found.findings == ()


def test_a_mask_whose_picture_is_not_there_is_a_study_without_picture(tmp_path: Path) -> None:
    for file in ("images/a.nii.gz", "masks/b.nii.gz"):
        (tmp_path / file).parent.mkdir()
        (tmp_path / file).write_bytes(b"")
    found = inventory(tmp_path)
    assert [(m.study_id, m.study_file, m.mask_file) for m in found.members] == [
        ("a", "images/a.nii.gz", None),
        ("b", "images/b.nii.gz", "masks/b.nii.gz"),
    ]
    assert [(each.code, each.study_id) for each in found.findings] == [("IMAGE_MISSING", "b")]
