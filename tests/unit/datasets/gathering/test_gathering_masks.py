"""Masks given to the studies they belong to."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from gathered_studies import gathered, recipe_over, write_csv, write_seg, write_study

from groundglass.datasets.recipe.model import MaskRule, TableRule


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    for number in (1, 2):
        write_study(tmp_path / "in" / f"case{number}", number)
    (tmp_path / "masks").mkdir()
    return tmp_path / "in"


def mask(folder: Path, name: str, content: bytes = b"mask") -> Path:
    path = folder.parent / "masks" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_nifti_masks_are_found_by_name(archive: Path) -> None:
    mask(archive, "Case1_Mask.nii.gz")
    mask(archive, "case9_mask.nii.gz")
    mask(archive, "case2.nii.gz")
    mask(archive, "readme.txt")
    rule = MaskRule(path=archive.parent / "masks", suffix="_mask", labels={1: "lesion"})
    found, told = gathered(recipe_over(archive, masks=(rule,)))
    (one,) = found[1].masks
    assert (one.kind, one.form, dict(one.labels)) == ("lesions", "nifti", {1: "lesion"})
    assert one.source.read() == b"mask"
    assert "ase1" not in one.source.label
    assert found[2].masks == ()
    assert told["masks_unmatched"].values == {"rule": 1, "count": 1}
    assert told["masks_passed_over"].values == {"rule": 1, "count": 2}


@pytest.mark.parametrize(("match", "name"), [("patient_id", "p0001"), ("accession", "A0001"), ("file", "s1-000")])
def test_names_may_be_any_key(tmp_path: Path, match: str, name: str) -> None:
    write_study(tmp_path / "in", 1)
    (tmp_path / "masks").mkdir()
    mask(tmp_path / "in", f"lung-{name}.nii")
    rule = MaskRule(path=tmp_path / "masks", kind="lungs", prefix="lung-", match=match)  # type: ignore[arg-type]
    found, _ = gathered(recipe_over(tmp_path / "in", masks=(rule,)))
    assert [each.kind for each in found[1].masks] == ["lungs"]


def test_segmentations_are_found_by_the_series_they_refer_to(archive: Path) -> None:
    write_study(archive / "case1", 1, series=2, step_mm=8.0)
    write_seg(archive.parent / "masks" / "any.dcm", 1, series=2)
    write_seg(archive.parent / "masks" / "other.dcm", 2, series=7)
    write_seg(archive.parent / "masks" / "stray.dcm", 9)
    rule = MaskRule(path=archive.parent / "masks")
    found, told = gathered(recipe_over(archive, masks=(rule,)))
    assert [each.form for each in found[1].masks] == ["seg"]
    assert found[1].series_uid.endswith(".2")
    assert told["masks_other_series"].values == {"rule": 1, "count": 1}
    assert told["masks_unmatched"].values == {"rule": 1, "count": 1}


def test_segmentations_may_lie_beside_the_pictures(archive: Path) -> None:
    write_seg(archive / "case1" / "seg.dcm", 1)
    found, told = gathered(recipe_over(archive, masks=(MaskRule(path=archive),)))
    assert [each.form for each in found[1].masks] == ["seg"]
    assert len(found) == 2
    assert set(told) == {"masks_passed_over"}


def test_two_masks_of_one_kind_are_a_conflict_and_copies_are_none(archive: Path) -> None:
    mask(archive, "a/case1.nii.gz", b"one")
    mask(archive, "b/case1.nii.gz", b"two")
    mask(archive, "a/case2.nii.gz", b"same")
    mask(archive, "b/case2.nii.gz", b"same")
    found, told = gathered(recipe_over(archive, masks=(MaskRule(path=archive.parent / "masks"),)))
    assert found[1].masks == ()
    assert len(found[2].masks) == 1
    assert told["masks_conflict"].values == {"count": 1}


def test_a_mask_that_fits_two_studies_is_left_out(archive: Path) -> None:
    write_study(archive / "case3", 3, PatientID="P0001")
    mask(archive, "P0001.nii.gz")
    rule = MaskRule(path=archive.parent / "masks", match="patient_id")
    found, told = gathered(recipe_over(archive, masks=(rule,)))
    assert all(each.masks == () for each in found.values())
    assert told["masks_ambiguous"].values == {"rule": 1, "count": 1}


def test_a_rule_that_finds_no_mask_is_told(archive: Path) -> None:
    _, told = gathered(recipe_over(archive, masks=(MaskRule(path=archive.parent / "masks"),)))
    assert "masks_none" in told


def test_a_table_names_masks_below_its_own_folder(archive: Path) -> None:
    mask(archive, "first.nii.gz")
    outside = archive.parent.parent / f"{archive.parent.name}-outside.nii.gz"
    shutil.copy(archive.parent / "masks" / "first.nii.gz", outside)
    rows = [{"id": "case1", "mask": "/masks/first.nii.gz"}, {"id": "case2", "mask": f"../{outside.name}"}]
    rule = TableRule(path=write_csv(archive.parent / "t.csv", rows), key="id", match="folder", mask="mask")
    found, told = gathered(recipe_over(archive, tables=(rule,)))
    assert [each.kind for each in found[1].masks] == ["lesions"]
    assert found[2].masks == ()
    assert told["masks_of_table_missing"].values == {"count": 1}
