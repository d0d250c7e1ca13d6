"""What describe makes of sets of several layouts, whole, poor and damaged."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from groundglass import nifti
from groundglass.datasets.describing import describe, measured
from groundglass.datasets.describing.described import funnel_of
from groundglass.datasets.funnel import Funnel, step
from groundglass.datasets.layouts import LAYOUTS
from groundglass.datasets.members import About, Inventory, Member
from groundglass.errors import InputError
from groundglass.phrases import say_notice
from groundglass.volume import Geometry, LabelVolume, Volume

SHAPE = (6, 20, 24)
AFFINE = np.array([[0.0, 0.0, 0.5, -6.0], [0.0, 0.5, 0.0, -5.0], [8.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]])
VOXEL_ML = 8.0 * 0.5 * 0.5 / 1000


def write_mask(path: Path, boxes: dict[int, tuple[slice, slice, slice]]) -> None:
    """Write a mask with a box of voxels for each label."""
    array = np.zeros(SHAPE, np.uint8)
    for label, box in boxes.items():
        array[box] = label
    path.parent.mkdir(parents=True, exist_ok=True)
    nifti.write_labels(path, LabelVolume(array, Geometry(SHAPE, AFFINE), dict.fromkeys(boxes, "x")))


def write_picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nifti.write_volume(path, Volume(np.full(SHAPE, -800, np.int16), Geometry(SHAPE, AFFINE)))


LESION = (slice(1, 3), slice(2, 6), slice(2, 6))  # 32 voxels
OTHER = (slice(4, 6), slice(10, 12), slice(10, 12))  # 8 voxels, apart


@pytest.fixture
def mosmed(tmp_path: Path) -> Path:
    rows = ["study_id,category,study_file,mask_file"]
    for number, grade in enumerate(("CT-0", "CT-1", "CT-1"), start=1):
        mask = f"/masks/study_{number:04d}_mask.nii.gz" if number > 1 else ""
        rows.append(f"{number},{grade},/studies/{grade}/study_{number:04d}.nii.gz,{mask}")
        write_picture(tmp_path / "studies" / grade / f"study_{number:04d}.nii.gz")
    (tmp_path / "dataset_registry.csv").write_text("\n".join(rows) + "\n", encoding="utf-8-sig")
    write_mask(tmp_path / "masks" / "study_0002_mask.nii.gz", {1: LESION})
    array = np.zeros(SHAPE, np.uint8)
    array[LESION] = array[OTHER] = 1
    nifti.write_labels(
        tmp_path / "masks" / "study_0003_mask.nii.gz", LabelVolume(array, Geometry(SHAPE, AFFINE), {1: "x"})
    )
    return tmp_path


def by_id(members: tuple[Member, ...]) -> dict[str, Member]:
    return {member.study_id: member for member in members}


def test_what_tables_do_not_tell_is_measured_from_headers_and_masks(mosmed: Path) -> None:
    found = describe(mosmed)
    members = by_id(found.measured.members)
    first, third = members["study_0001"], members["study_0003"]
    assert (first.slices, first.spacing_slice_mm, first.spacing_row_mm, first.spacing_column_mm) == (6, 8.0, 0.5, 0.5)
    assert first.lesion_ml is None
    assert third.lesion_ml == pytest.approx(40 * VOXEL_ML)
    assert third.lesions == 2
    assert (found.measured.pictures_read, found.measured.masks_read) == (3, 2)
    assert found.statistics.measures["lesion_ml"].total == pytest.approx(72 * VOXEL_ML)
    assert found.statistics.categories["grade"].studies("CT-1") == 2


def test_the_grid_comes_from_the_mask_where_the_pictures_are_not_published(mosmed: Path) -> None:
    for path in (mosmed / "studies").rglob("*.nii.gz"):
        path.unlink()
    found = describe(mosmed)
    assert found.measured.pictures_missing == 3
    assert found.statistics.measures["slices"].known_studies == 2
    codes = [notice.code for notice in found.notices]
    assert "describe_pictures_not_there" in codes
    assert "describe_problems" not in codes


def test_a_damaged_set_is_described_as_far_as_it_goes(mosmed: Path) -> None:
    (mosmed / "masks" / "study_0002_mask.nii.gz").write_bytes(b"\x1f\x8bnothing")
    (mosmed / "studies" / "CT-0" / "study_0001.nii.gz").write_bytes(b"no nifti at all")
    (mosmed / "studies" / "CT-1" / "study_0009.nii.gz").write_bytes(b"")
    found = describe(mosmed)
    assert found.statistics.studies == 3
    assert found.statistics.measures["lesion_ml"].known_studies == 1
    said = {notice.code: say_notice(notice) for notice in found.notices}
    assert "groundglass dataset validate" in said["describe_problems"]
    refused = [dict(notice.values) for notice in found.notices if notice.code == "describe_files_not_measured"]
    assert {str(values["reason"]) for values in refused} == {"NIFTI_DAMAGED", "NIFTI_HEADER"}


def test_a_path_that_leaves_the_set_is_not_read(tmp_path: Path) -> None:
    inside = tmp_path / "set"
    inside.mkdir()
    write_mask(tmp_path / "secret.nii.gz", {1: LESION})
    (inside / "link.nii.gz").symlink_to(tmp_path / "secret.nii.gz")
    members = (
        Member(study_id="a", mask_file="../secret.nii.gz"),
        Member(study_id="b", mask_file="link.nii.gz", study_file="/../secret.nii.gz"),
        Member(study_id="c", mask_file="x" * 5000),
        Member(study_id="d", mask_file="nul\x00"),
    )
    found = measured(Inventory(inside, "pairs", members))
    assert all(member.lesion_ml is None for member in found.members)
    assert found.masks_read == 0
    assert {str(notice.values["reason"]) for notice in found.notices} == {"FILE_OUTSIDE", "MASK_MISSING"}


def test_numbers_that_tables_tell_stay_unless_they_are_measured_again(mosmed: Path) -> None:
    told = Member(
        study_id="s",
        study_file="studies/CT-1/study_0002.nii.gz",
        mask_file="masks/study_0002_mask.nii.gz",
        slices=99,
        lesion_ml=5.0,
        lesions=7,
    )
    kept = measured(Inventory(mosmed, "mosmed", (told,))).members[0]
    assert (kept.slices, kept.lesion_ml, kept.lesions) == (99, 5.0, 7)
    assert kept.spacing_slice_mm == 8.0
    again = measured(Inventory(mosmed, "mosmed", (told,)), again=True).members[0]
    assert (again.slices, again.lesions) == (6, 1)
    assert again.lesion_ml == pytest.approx(32 * VOXEL_ML)


def test_lungs_give_their_volume_and_the_involvement(tmp_path: Path) -> None:
    write_mask(tmp_path / "m.nii.gz", {1: LESION})
    write_mask(tmp_path / "l.nii.gz", {1: (slice(0, 6), slice(0, 4), slice(0, 20))})  # 480 voxels, 16 of the lesion
    member = Member(study_id="s", mask_file="m.nii.gz", lungs_file="l.nii.gz")
    found = measured(Inventory(tmp_path, "pairs", (member,))).members[0]
    assert found.lungs_ml == pytest.approx(480 * VOXEL_ML)
    assert found.involvement_percent == pytest.approx(100 * 16 / 480, abs=1e-4)


def test_labels_of_a_set_of_ours_tell_ground_glass_and_consolidation_apart(tmp_path: Path) -> None:
    write_mask(tmp_path / "m.nii.gz", {1: LESION, 2: OTHER})
    about = About(card={"mask_labels": {"1": "ground_glass", "2": "consolidation"}})
    found = measured(Inventory(tmp_path, "mosmed", (Member(study_id="s", mask_file="m.nii.gz"),), about, (), True))
    member = found.members[0]
    assert member.ground_glass_ml == pytest.approx(32 * VOXEL_ML)
    assert member.consolidation_ml == pytest.approx(8 * VOXEL_ML)


def nnunet(folder: Path, labels: dict[str, object]) -> Path:
    write_picture(folder / "imagesTr" / "case_0000.nii.gz")
    write_mask(folder / "labelsTr" / "case.nii.gz", {1: LESION, 2: OTHER})
    table = {"channel_names": {"0": "CT"}, "labels": labels, "numTraining": 1, "file_ending": ".nii.gz"}
    (folder / "dataset.json").write_text(json.dumps(table))
    return folder


def test_labels_of_nnunet_say_what_is_a_lesion(tmp_path: Path) -> None:
    found = describe(nnunet(tmp_path, {"background": 0, "lung": 1, "lesion": 2})).measured.members[0]
    assert found.lesion_ml == pytest.approx(8 * VOXEL_ML)
    assert found.ground_glass_ml is None


def test_labels_of_nnunet_that_say_nothing_known_are_not_measured(tmp_path: Path) -> None:
    found = describe(nnunet(tmp_path, {"background": 0, "blob": 1, "thing": 2}))
    assert found.measured.members[0].lesion_ml is None
    assert found.statistics.masks.lesion_masks_of_unknown_volume == 1
    assert "describe_labels_unknown" in [notice.code for notice in found.notices]


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_a_set_of_ours_is_described_with_its_words_card_and_funnel(tmp_path: Path, layout: str) -> None:
    about = About(
        name="made-set",
        version="1.0.0",
        title={"en": "A made-up set", "ru": "Придуманный набор"},
        licence="CC-BY-4.0",
        authors=("Nobody",),
        card={"clinical_direction": "pulmonology", "readers_per_study": "many\x1b[2J", "mask_labels": {"1": "lesion"}},
    )
    members = [
        Member(study_id=f"study_{n:04d}", patient_id=f"p{n}", grade="CT-1", sex="F", age_years=40 + n, split="train")
        for n in range(3)
    ]
    for path, content in LAYOUTS[layout].tables(members, about).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    funnel = Funnel((step("found", "abcd", "abcd"), step("sex", "abcd", "abc")))
    (tmp_path / "funnel.json").write_text(json.dumps({"steps": funnel.rows()}))
    found = describe(tmp_path)
    assert found.inventory.own
    assert found.statistics.measures["age_years"].median == 41
    assert [each.studies_left for each in found.statistics.funnel] == [4, 3]
    heading = dict(found.heading("ru"))
    assert heading["Набор данных"] == "Придуманный набор"
    assert heading["Имя и версия"] == "made-set 1.0.0"
    fields = found.card["fields"]
    assert fields["clinical_direction"]["stated"]
    assert fields["sex"]["value"] == {"F": 3}
    assert "readers_per_study" not in fields
    assert "describe_card_field" in [notice.code for notice in found.notices]
    assert "\x1b" not in json.dumps(found.tables("en"))
    assert json.loads(json.dumps(found.to_json()))["statistics"]["studies"] == 3


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"steps": 5}',
        b'{"steps": [{"step": "x"}]}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"steps": [{"step": "x", "values": {}, "reasons": {}, "studies_out": -1, "patients_out": 0, '
        b'"studies_left": 0, "patients_left": 0}]}',
    ],
)
def test_a_damaged_funnel_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "funnel.json").write_bytes(content)
    assert funnel_of(tmp_path) is None


def test_a_pipe_in_the_place_of_the_funnel_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "funnel.json")
    assert funnel_of(tmp_path) is None


def test_a_folder_that_is_no_set_is_a_named_error(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        describe(tmp_path)
    assert caught.value.code == "SET_UNKNOWN"


def test_progress_counts_every_study(mosmed: Path) -> None:
    seen: list[tuple[int, int]] = []
    describe(mosmed, on_progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.real
def test_the_real_release_of_mosmeddata_is_described_without_its_pictures(data: Path) -> None:
    found = describe(data / "mosmed")
    grades = {share.value: share.studies for share in found.statistics.categories["grade"].values}
    assert grades == {"CT-0": 254, "CT-1": 684, "CT-2": 125, "CT-3": 45, "CT-4": 2}
    volume = found.statistics.measures["lesion_ml"]
    assert (volume.known_studies, found.measured.masks_read) == (50, 50)
    assert round(volume.minimum or 0, 2) == 0.38
    assert round(volume.median or 0) == 66
    assert round(volume.maximum or 0) == 535
    slices = found.statistics.measures["slices"]
    assert (slices.minimum, slices.maximum) == (33, 53)
    assert found.statistics.measures["spacing_slice_mm"].minimum == 8
    assert [thin.property for thin in found.statistics.thin] == ["sex", "age", "scanner"]
    assert found.notices[0].code == "describe_pictures_not_there"
    assert "describe_problems" not in [notice.code for notice in found.notices]


def test_a_set_of_others_has_the_formats_and_the_licence_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "a.nii.gz").write_bytes(b"")
    (tmp_path / "LICENSE").write_text("CC BY 4.0\n\nA text.\n")
    found = describe(tmp_path)
    assert found.card["fields"]["formats"]["value"] == ["NIfTI"]
    assert found.to_json()["about"]["licence"] == "CC-BY-4.0"
