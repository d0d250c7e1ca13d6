"""Sets of others are understood from tables and names; each thing that is wrong with those is told by its code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from made_layouts import mosmed_members, some_members, write_made

from groundglass.datasets.findings import FINDINGS
from groundglass.datasets.layouts import INVENTORY_CODES, LAYOUTS, inventory
from groundglass.datasets.members import Inventory
from groundglass.errors import InputError

Change = Callable[[Path], object]


def codes(found: Inventory) -> set[tuple[str, str | None]]:
    return {(finding.code, finding.study_id) for finding in found.findings}


def edit(file: str, old: str, new: str, times: int = 1) -> Change:
    def change(folder: Path) -> None:
        path = folder / file
        text = path.read_bytes().decode()
        assert old in text, f"{old!r} is not in {file}"
        path.write_bytes(text.replace(old, new, times).encode())

    return change


def remove(*files: str) -> Change:
    def change(folder: Path) -> None:
        for file in files:
            (folder / file).unlink()

    return change


def add(file: str, content: bytes = b"") -> Change:
    def change(folder: Path) -> None:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(content)

    return change


def move(file: str, to: str) -> Change:
    def change(folder: Path) -> None:
        (folder / to).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).rename(folder / to)

    return change


def link(file: str, to: str) -> Change:
    def change(folder: Path) -> None:
        (folder / file).unlink(missing_ok=True)
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).symlink_to(to)

    return change


REGISTRY = "dataset_registry.csv"
ROW_2 = "2,CT-2,/studies/CT-2/study_0002.nii.gz,\r\n"
PUBLISHED: list[tuple[Change, set[tuple[str, str | None]]]] = [
    (remove(REGISTRY), {("REGISTRY_MISSING", None)}),
    (add(REGISTRY, b"\xff\xfe\xfd\x00"), {("REGISTRY_DAMAGED", None)}),
    (add(REGISTRY, b'study_id,category,study_file,mask_file\n1,"CT-0'), {("REGISTRY_DAMAGED", None)}),
    (edit(REGISTRY, "category", "grade"), {("REGISTRY_COLUMN_MISSING", None)}),
    (edit(REGISTRY, ROW_2, ROW_2 * 2), {("STUDY_ID_DOUBLE", "study_0002")}),
    (
        edit(REGISTRY, ROW_2, ""),
        {("REGISTRIES_DIFFER", "study_0002"), ("STUDY_NOT_IN_REGISTRY", "study_0002")},
    ),
    (
        edit(REGISTRY, "2,CT-2,", "2,CT-3,"),
        {("REGISTRIES_DIFFER", "study_0002"), ("GRADE_AGAINST_FOLDER", "study_0002")},
    ),
    (edit(REGISTRY, "2,CT-2,", "2,CT-5,"), {("GRADE_UNKNOWN", "study_0002")}),
    (edit(REGISTRY, "2,CT-2,", "2,КТ-2,"), {("GRADE_UNKNOWN", "study_0002")}),
    (edit(REGISTRY, "2,CT-2,", "2,,"), {("GRADE_MISSING", "study_0002")}),
    (edit(REGISTRY, "/studies/CT-2/study_0002", "/../CT-2/study_0002"), {("FILE_OUTSIDE", "study_0002")}),
    (edit(REGISTRY, "/studies/CT-2/study_0002", "C:\\CT-2\\study_0002"), {("FILE_OUTSIDE", "study_0002")}),
    (edit(REGISTRY, "\r\n2,CT-2", "\r\n7,CT-2"), {("REGISTRY_ROW_DAMAGED", "study_0007")}),
    (edit(REGISTRY, "study_0002.nii.gz,", "study_0002.nii.gz,,,surplus"), {("REGISTRY_ROW_DAMAGED", None)}),
    (edit("studies.csv", ",32,", ",thirty,"), {("REGISTRY_ROW_DAMAGED", "study_0002")}),
    (
        edit("studies.csv", "\nstudy_0002,", "\n,"),
        {("REGISTRY_ROW_DAMAGED", None), ("REGISTRIES_DIFFER", "study_0002")},
    ),
    (edit("studies.csv", ",kernel,", ",colonel,"), {("REGISTRY_COLUMN_MISSING", None)}),
    (remove("studies.csv"), {("REGISTRY_MISSING", None)}),
    (remove("dataset.json"), {("MANIFEST_DAMAGED", None)}),
    (add("dataset.json", b"{"), {("MANIFEST_DAMAGED", None)}),
    (edit("dataset.json", '"studies": 12', '"studies": 13'), {("COUNTS_DIFFER", None)}),
    (edit("splits.csv", "P002,train", "P002,test"), {("SPLIT_UNKNOWN", "study_0001")}),
    (remove("splits.csv"), {("REGISTRY_MISSING", None)}),
    (remove("studies/CT-2/study_0002.nii.gz"), {("IMAGE_MISSING", "study_0002")}),
    (remove("masks/study_0003_mask.nii.gz"), {("MASK_MISSING", "study_0003")}),
    (remove("masks/study_0003_lungs.nii.gz"), {("MASK_MISSING", "study_0003")}),
    (
        move("studies/CT-2/study_0002.nii.gz", "studies/CT-1/study_0002.nii.gz"),
        {("IMAGE_MISSING", "study_0002"), ("GRADE_AGAINST_FOLDER", "study_0002")},
    ),
    (add("studies/CT-1/study_0077.nii.gz"), {("STUDY_NOT_IN_REGISTRY", "study_0077")}),
    (add("masks/study_0002_mask.nii.gz"), {("MASK_NOT_IN_REGISTRY", "study_0002")}),
    (add("more/study_0077.nii"), {("FILE_UNEXPECTED", None)}),
    (link("studies/CT-2/study_0002.nii.gz", "/etc/hostname"), {("FILE_OUTSIDE", None)}),
    (link("studies/CT-2/study_0002.nii.gz", "study_0002.nii.gz"), {("FILE_UNREADABLE", None)}),
    (link("studies/loop", ".."), {("FILE_UNREADABLE", None)}),
]


@pytest.mark.parametrize(("change", "expected"), PUBLISHED, ids=range(len(PUBLISHED)))
def test_damage_of_a_set_of_ours_is_told_by_name(
    change: Change, expected: set[tuple[str, str | None]], tmp_path: Path
) -> None:
    folder = write_made(tmp_path / "set", LAYOUTS["mosmed"], some_members(LAYOUTS["mosmed"]))
    change(folder)
    found = inventory(folder)
    assert expected <= codes(found)
    assert {finding.code for finding in found.findings} <= INVENTORY_CODES
    assert len(found.members) >= 11
    assert found.own


def test_every_code_of_the_inventory_is_a_kind_of_finding() -> None:
    assert FINDINGS.keys() >= INVENTORY_CODES


@pytest.mark.real
def test_the_real_registry_with_its_masks_alone_has_one_thing_to_say(data: Path) -> None:
    found = inventory(data / "mosmed")
    assert codes(found) == {("IMAGES_NOT_PUBLISHED", None)}
    assert (found.layout, found.own) == ("mosmed", False)
    expected = {m.study_id: (m.grade, m.study_file, m.mask_file) for m in mosmed_members()}
    assert {m.study_id: (m.grade, m.study_file, m.mask_file) for m in found.members} == expected


def test_a_folder_of_grades_without_registry_is_still_a_set(tmp_path: Path) -> None:
    folder = write_made(tmp_path, LAYOUTS["mosmed"], some_members(LAYOUTS["mosmed"]))
    remove("dataset_registry.csv", "dataset_registry.xlsx", "studies.csv", "splits.csv", "dataset.json")(folder)
    found = inventory(folder)
    assert codes(found) == {("REGISTRY_MISSING", None)}
    assert {m.study_id: (m.grade, m.mask_file) for m in found.members} == {
        m.study_id: (m.grade, m.mask_file) for m in some_members(LAYOUTS["mosmed"])
    }


@pytest.mark.parametrize(
    "heading", ["Study_ID;CATEGORY;Study_File;Mask_File", "sep=;\nstudy_id;category;study_file;mask_file"]
)
def test_a_registry_saved_by_a_spreadsheet_of_another_country_is_read(heading: str, tmp_path: Path) -> None:
    text = f"{heading}\n1.0;CT-1;\\studies\\CT-1\\study_0001.nii.gz;\n"
    add("dataset_registry.csv", text.encode("utf-16"))(tmp_path)
    add("studies/CT-1/study_0001.nii.gz")(tmp_path)
    found = inventory(tmp_path)
    assert found.findings == ()
    assert [(m.study_id, m.grade) for m in found.members] == [("study_0001", "CT-1")]


def test_a_registry_with_more_columns_gives_facts_and_extras(tmp_path: Path) -> None:
    head, row = "study_id,category,study_file,mask_file,sex,age_years,lab", "1,CT-1,/studies/CT-1/a.nii.gz,,F,{},+"
    add("studies/CT-1/a.nii.gz")(tmp_path)
    for age, known, expected in (("61", 61, set()), ("old", None, {("REGISTRY_ROW_DAMAGED", "a")})):
        add("dataset_registry.csv", f"{head}\n{row.format(age)}\n".encode())(tmp_path)
        found = inventory(tmp_path)
        (member,) = found.members
        assert (member.study_id, member.sex, member.age_years, member.extra) == ("a", "F", known, {"lab": "+"})
        assert codes(found) == expected


# nnU-Net


def nnunet_set(folder: Path, table: dict[str, object], *files: str) -> Path:
    add("dataset.json", json.dumps(table).encode())(folder)
    for file in files:
        add(file)(folder)
    return folder


SECOND = {
    "channel_names": {"0": "CT"},
    "labels": {"background": 0, "lesion": 1},
    "numTraining": 1,
    "file_ending": ".nii.gz",
}
FIRST = {
    "modality": {"0": "CT"},
    "labels": {"0": "background", "1": "lesion"},
    "numTraining": 2,
    "training": [
        {"image": "./imagesTr/a.nii.gz", "label": "./labelsTr/a.nii.gz"},
        {"image": "./imagesTr/b.nii.gz", "label": "./labelsTr/b.nii.gz"},
    ],
    "test": ["./imagesTs/c.nii.gz"],
}


def test_nnunet_of_the_first_form_is_read(tmp_path: Path) -> None:
    pictures = ("imagesTr/a.nii.gz", "imagesTr/b_0000.nii.gz", "imagesTs/c.nii.gz")
    found = inventory(nnunet_set(tmp_path, FIRST, *pictures, "labelsTr/a.nii.gz", "labelsTr/b.nii.gz"))
    assert found.findings == ()
    assert [(m.study_id, m.split, m.study_file, m.mask_file) for m in found.members] == [
        ("a", "train", "imagesTr/a.nii.gz", "labelsTr/a.nii.gz"),
        ("b", "train", "imagesTr/b_0000.nii.gz", "labelsTr/b.nii.gz"),
        ("c", "test", "imagesTs/c.nii.gz", None),
    ]


def test_what_is_wrong_with_nnunet_of_the_first_form_is_told(tmp_path: Path) -> None:
    found = inventory(nnunet_set(tmp_path, FIRST, "imagesTr/a.nii.gz", "imagesTr/x.nii.gz", "labelsTr/x.nii.gz"))
    assert codes(found) == {
        ("MASK_MISSING", "a"),
        ("IMAGE_MISSING", "b"),
        ("MASK_MISSING", "b"),
        ("IMAGE_MISSING", "c"),
        ("STUDY_NOT_IN_REGISTRY", "x"),
        ("COUNTS_DIFFER", None),
    }


def test_what_is_wrong_with_nnunet_of_the_second_form_is_told(tmp_path: Path) -> None:
    files = ("imagesTr/a_0000.nii.gz", "imagesTr/a_0001.nii.gz", "labelsTr/b.nii.gz", "imagesTs/a_0000.nii.gz")
    add("splits_final.json", json.dumps([{"train": ["a"], "val": ["a", "z"]}]).encode())(tmp_path)
    found = inventory(nnunet_set(tmp_path, SECOND, *files))
    assert codes(found) == {
        ("MASK_MISSING", "a"),
        ("IMAGE_MISSING", "b"),
        ("STUDY_ID_DOUBLE", "a"),
        ("STUDY_NOT_IN_REGISTRY", "a"),
        ("COUNTS_DIFFER", None),
        ("SPLIT_UNKNOWN", "a"),
        ("SPLIT_UNKNOWN", "b"),
        ("SPLIT_UNKNOWN", "z"),
    }


@pytest.mark.parametrize(
    "content", ["[]", "{", '{"labels": 3}', '{"labels": {}, "training": 7}', '{"training": [3, {}, {"image": 4}]}']
)
def test_a_broken_dataset_json_is_told_and_the_files_are_read(content: str, tmp_path: Path) -> None:
    for file in ("imagesTr/a_0000.nii.gz", "labelsTr/a.nii.gz"):
        add(file)(tmp_path)
    add("dataset.json", content.encode())(tmp_path)
    found = inventory(tmp_path)
    assert ("MANIFEST_DAMAGED", None) in codes(found)
    assert [(m.study_id, m.mask_file) for m in found.members] == [("a", "labelsTr/a.nii.gz")]


def test_nnunet_that_names_its_files_is_read(tmp_path: Path) -> None:
    named = {
        "a": {"images": ["pictures/a.nii.gz"], "label": "drawn/a.nii.gz"},
        "b": {"images": ["../elsewhere/b.nii.gz"], "label": None},
        "c": 3,
    }
    found = inventory(nnunet_set(tmp_path, SECOND | {"dataset": named, "numTraining": 3}, "pictures/a.nii.gz"))
    assert [(m.study_id, m.study_file, m.mask_file) for m in found.members] == [
        ("a", "pictures/a.nii.gz", "drawn/a.nii.gz"),
        ("b", None, None),
    ]
    assert codes(found) == {("MASK_MISSING", "a"), ("FILE_OUTSIDE", "b"), ("REGISTRY_ROW_DAMAGED", "c")}
    assert found.about.card["mask_labels"] == {"1": "lesion"}


# BIDS and pairs


def test_bids_of_others_with_sessions_and_any_derivative_is_read(tmp_path: Path) -> None:
    add("dataset_description.json", b'{"Name": "Quill", "BIDSVersion": "1.8.0", "License": "CC0-1.0"}')(tmp_path)
    add("participants.tsv", b"participant_id\tage\tsex\tgrade\nsub-01\t54.0\tfemale\tn/a\nsub-02\tn/a\tm\tCT-2\n")(
        tmp_path
    )
    for file in (
        "sub-01/ses-1/ct/sub-01_ses-1_ct.nii.gz",
        "sub-01/ses-2/ct/sub-01_ses-2_ct.nii.gz",
        "sub-02/ct/sub-02_ct.nii.gz",
        "sub-02/anat/sub-02_T1w.nii.gz",
        "derivatives/people/sub-01/ses-2/ct/sub-01_ses-2_label-lesion_mask.nii.gz",
        "derivatives/net/sub-02/ct/sub-02_desc-lungs_dseg.nii.gz",
    ):
        add(file)(tmp_path)
    found = inventory(tmp_path)
    assert found.findings == ()
    assert (found.about.licence, found.about.name) == ("CC0-1.0", "Quill")
    assert [(m.study_id, m.patient_id, m.age_years, m.sex, m.grade) for m in found.members] == [
        ("sub-01_ses-1", "sub-01", 54, "F", None),
        ("sub-01_ses-2", "sub-01", 54, "F", None),
        ("sub-02", "sub-02", None, "M", "CT-2"),
    ]
    assert [bool(m.mask_file) for m in found.members] == [False, True, False]
    assert [bool(m.lungs_file) for m in found.members] == [False, False, True]


def test_what_is_wrong_with_bids_is_told(tmp_path: Path) -> None:
    add("participants.tsv", b"participant_id\tage_years\nsub-01\told\nsub-01\t3\n../x\t3\nsub-09\t4\n")(tmp_path)
    for file in ("sub-01/ct/sub-01_ct.nii.gz", "sub-02/ct/sub-02_ct.nii.gz", "loose.nii.gz"):
        add(file)(tmp_path)
    add("derivatives/m/sub-07/ct/sub-07_mask.nii.gz")(tmp_path)
    assert codes(inventory(tmp_path)) == {
        ("MANIFEST_DAMAGED", None),
        ("REGISTRY_ROW_DAMAGED", "sub-01"),
        ("REGISTRY_ROW_DAMAGED", None),
        ("STUDY_ID_DOUBLE", "sub-01"),
        ("STUDY_NOT_IN_REGISTRY", "sub-02"),
        ("IMAGE_MISSING", "sub-09"),
        ("MASK_NOT_IN_REGISTRY", None),
        ("FILE_UNEXPECTED", None),
    }


def test_pictures_beside_their_masks_are_a_set(tmp_path: Path) -> None:
    for file in ("a.nii.gz", "a_mask.nii.gz", "a_lung.nii", "b.nii", "c_lesion.nii.gz", "CT-2/a.nii.gz"):
        add(file)(tmp_path)
    found = inventory(tmp_path)
    assert found.layout == "pairs"
    assert [(m.study_id, m.study_file, m.mask_file, m.lungs_file, m.grade) for m in found.members] == [
        ("CT-2/a", "CT-2/a.nii.gz", None, None, "CT-2"),
        ("a", "a.nii.gz", "a_mask.nii.gz", "a_lung.nii", None),
        ("b", "b.nii", None, None, None),
        ("c", "c.nii.gz", "c_lesion.nii.gz", None, None),
    ]
    assert codes(found) == {("IMAGE_MISSING", "c")}


# what no set is


def test_an_empty_folder_a_file_and_no_folder_are_no_set(tmp_path: Path) -> None:
    add("a.txt")(tmp_path)
    for folder in (tmp_path, tmp_path / "a.txt", tmp_path / "nothing", Path("a\0b")):
        with pytest.raises(InputError) as caught:
            inventory(folder)
        assert caught.value.code == "SET_UNKNOWN"
    with pytest.raises(InputError):
        inventory(tmp_path, "dicom")


def test_the_folder_above_a_set_is_none_and_the_error_names_the_set(tmp_path: Path) -> None:
    write_made(tmp_path / "larch-1.2.0", LAYOUTS["mosmed"], some_members(LAYOUTS["mosmed"]))
    with pytest.raises(InputError, match=r"larch-1\.2\.0"):
        inventory(tmp_path)


def test_a_table_of_no_studies_is_an_empty_set(tmp_path: Path) -> None:
    found = inventory(write_made(tmp_path, LAYOUTS["bids"], []))
    assert ("SET_EMPTY", None) in codes(found)
