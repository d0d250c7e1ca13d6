"""Every layout is read, told by itself, and refused by name where it is broken."""

from __future__ import annotations

import csv
import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_set import chest, codes, grid, lesion_in, write_archive, write_mask, write_picture
from PIL import Image

from groundglass.datasets.formats import READERS, LabelledCt, LabelledSet, open_set, voxels_sha256
from groundglass.datasets.formats import mosmed as mosmed_layout
from groundglass.datasets.formats.label_names import Meaning, meaning_of
from groundglass.datasets.formats.metaimage import read_metaimage
from groundglass.datasets.formats.spreadsheets import read_rows
from groundglass.errors import GroundglassError, InputError
from groundglass.phantom import PhantomOptions, make
from groundglass.phantom.writing import write

HU, LUNGS = chest()
LESION = lesion_in(LUNGS)


def only(opened: LabelledSet) -> LabelledCt:
    (ct,) = opened
    return ct


def code_of(call: Any, *arguments: Any) -> str:
    with pytest.raises(InputError) as caught:
        call(*arguments)
    assert caught.value.where
    assert caught.value.todo
    return caught.value.code


# numpy archives


def test_an_archive_of_codes_gives_hu_lungs_and_its_hash(tmp_path: Path) -> None:
    write_archive(tmp_path / "lctsc_901.npz", hu_code=codes(HU), lung=LUNGS.astype(np.uint8))
    ct = only(open_set(tmp_path))
    assert (ct.name, ct.source, ct.exact_hu, ct.spacing_known) == ("lctsc_901", "lctsc", False, False)
    assert ct.voxels_sha256 == voxels_sha256(codes(HU))
    assert np.abs(ct.volume.array - np.clip(HU, -1024, 1016)).max() <= 8
    assert ct.lungs is not None
    assert np.array_equal(ct.lungs.array == 3, LUNGS)
    assert ct.lesions is None


def test_an_archive_stored_head_to_feet_is_turned_and_hashed_as_stored(tmp_path: Path) -> None:
    stored = codes(HU)[::-1]
    write_archive(tmp_path / "coronacases_901.npz", hu_code=stored, lesion=LESION[::-1])
    ct = only(open_set(tmp_path))
    assert ct.voxels_sha256 == voxels_sha256(stored)
    assert np.abs(ct.volume.array[5] - np.clip(HU[5], -1024, 1016)).max() <= 8
    assert ct.lesions is not None
    assert np.array_equal(ct.lesions.array > 0, LESION > 0)
    assert ct.volume.geometry.axis_codes == ("H", "P", "L")


def test_kinds_of_lesion_count_only_on_slices_with_both(tmp_path: Path) -> None:
    lesion = LESION.copy()
    lesion[8][LESION[8] > 0] = 2
    half = LESION[9].copy()
    half[:30] *= 2
    lesion[9] = half
    grey = np.clip((HU + 1350) / 5.88, 0, 255).astype(np.uint8)
    write_archive(tmp_path / "radiopaedia_9.npz", grey=grey, lung=LUNGS.astype(np.uint8), lesion=lesion)
    ct = only(open_set(tmp_path))
    assert ct.lesions is not None
    assert set(np.unique(ct.lesions.array[8])) == {0, 3}
    assert set(np.unique(ct.lesions.array[9])) == {0, 1, 2}


@pytest.mark.parametrize(
    "arrays",
    [
        {"lung": LUNGS.astype(np.uint8)},
        {"hu_code": codes(HU), "lung": LUNGS[:5].astype(np.uint8)},
        {"hu_code": codes(HU)[0]},
        {"hu_code": HU},
        {"hu_code": np.array([{"a": 1}], dtype=object)},
    ],
    ids=["no picture", "other shape", "two axes", "not uint8", "pickled"],
)
def test_an_archive_with_wrong_arrays_is_refused(tmp_path: Path, arrays: dict[str, Any]) -> None:
    write_archive(tmp_path / "coronacases_901.npz", **arrays)
    assert code_of(lambda: open_set(tmp_path)["coronacases_901"]) == "SET_MEMBER_DAMAGED"


def test_a_broken_member_does_not_stop_the_others(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        write_archive(tmp_path / f"coronacases_00{number}.npz", hu_code=codes(HU), lesion=LESION)
    broken = tmp_path / "coronacases_002.npz"
    broken.write_bytes(broken.read_bytes()[:-400])
    found = dict(open_set(tmp_path).iter_or_error())
    assert [isinstance(found[name], LabelledCt) for name in sorted(found)] == [True, False, True]
    reason = found["coronacases_002"]
    assert isinstance(reason, GroundglassError)
    assert "coronacases_002.npz" in reason.line()


def test_damage_inside_the_packed_voxels_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "coronacases_001.npz"
    write_archive(path, hu_code=codes(HU), lesion=LESION)
    content = bytearray(path.read_bytes())
    content[2000:2100] = bytes(100)
    path.write_bytes(bytes(content))
    assert code_of(lambda: open_set(tmp_path)["coronacases_001"]) == "SET_MEMBER_DAMAGED"


# sets


def test_a_folder_of_nothing_known_and_a_missing_one_are_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    assert code_of(open_set, tmp_path) == "SET_UNKNOWN"
    assert code_of(open_set, tmp_path / "absent") == "SET_UNKNOWN"
    assert code_of(open_set, tmp_path, "dicomdir") == "SET_UNKNOWN"
    assert code_of(open_set, tmp_path, "archives") == "SET_UNKNOWN"


@pytest.mark.parametrize("layout", sorted(READERS))
def test_no_reader_takes_an_empty_folder_or_a_strange_name(tmp_path: Path, layout: str) -> None:
    assert not READERS[layout].recognises(tmp_path)
    with pytest.raises(InputError):
        READERS[layout].read(tmp_path, "../elsewhere")


# MosMedData


def mosmed(folder: Path, rows: list[list[str]], *, separator: str = ",") -> Path:
    with (folder / "dataset_registry.csv").open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream, delimiter=separator).writerows([list(mosmed_layout.COLUMNS), *rows])
    return folder


ROWS = [
    ["1", "CT-0", "/studies/CT-0/study_0001.nii.gz", ""],
    ["255", "CT-1", "/studies/CT-1/study_0255.nii.gz", "/masks/study_0255_mask.nii.gz"],
    ["900", "CT-3", "/studies/CT-3/study_0900.nii.gz", ""],
]


def test_mosmed_gives_grades_and_masks_and_names_a_study_without_file(tmp_path: Path) -> None:
    mosmed(tmp_path, ROWS)
    write_picture(tmp_path / "studies/CT-0/study_0001.nii.gz", HU)
    write_picture(tmp_path / "studies/CT-1/study_0255.nii.gz", HU)
    write_mask(tmp_path / "masks/study_0255_mask.nii.gz", LESION)
    found = dict(open_set(tmp_path).iter_or_error())
    healthy, ill, absent = (found[f"study_{n}"] for n in ("0001", "0255", "0900"))
    assert isinstance(healthy, LabelledCt)
    assert isinstance(ill, LabelledCt)
    assert (healthy.grade, healthy.lesions, ill.grade) == ("CT-0", None, "CT-1")
    assert ill.lesions is not None
    assert np.array_equal(ill.lesions.array, LESION * 3)
    assert isinstance(absent, InputError)
    assert absent.code == "SET_IMAGE_MISSING"
    assert "study_0900" in absent.where


def test_mosmed_masks_are_read_without_pictures(tmp_path: Path) -> None:
    mosmed(tmp_path, ROWS)
    write_mask(tmp_path / "masks/study_0255_mask.nii.gz", LESION)
    assert mosmed_layout.mask_names(tmp_path) == ("study_0255",)
    lesions = mosmed_layout.read_lesions(tmp_path, "study_0255")
    assert lesions.volume_ml(3) == pytest.approx(LESION.sum() * 0.25)
    assert code_of(mosmed_layout.read_lesions, tmp_path, "study_0001") == "SET_NO_MEMBER"


@pytest.mark.parametrize(
    "row",
    [
        ["1", "CT-7", "/studies/CT-0/study_0001.nii.gz", ""],
        ["1", "CT-0", "/../../study_0001.nii.gz", ""],
        ["1", "CT-0", "", ""],
        ROWS[0],
    ],
    ids=["grade", "path that leaves", "no path", "twice"],
)
def test_a_registry_with_an_impossible_row_is_refused(tmp_path: Path, row: list[str]) -> None:
    mosmed(tmp_path, [ROWS[0], row] if row is ROWS[0] else [row])
    assert code_of(open_set, tmp_path) == "SET_MEMBER_DAMAGED"


def test_a_mask_that_the_registry_names_and_is_not_there_is_an_error(tmp_path: Path) -> None:
    mosmed(tmp_path, ROWS, separator=";")
    write_picture(tmp_path / "studies/CT-1/study_0255.nii.gz", HU)
    assert code_of(lambda: open_set(tmp_path)["study_0255"]) == "SET_MEMBER_DAMAGED"


def sheet(path: Path, body: str, *, prolog: str = "") -> Path:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("xl/sharedStrings.xml", f'<sst xmlns="{main}"><si><t>shared </t><t>text</t></si></sst>')
        book.writestr("xl/worksheets/sheet1.xml", f'{prolog}<worksheet xmlns="{main}">{body}</worksheet>')
    return path


def test_a_workbook_gives_shared_inline_and_missing_cells(tmp_path: Path) -> None:
    head = '<row><c t="inlineStr"><is><t>a</t></is></c><c t="inlineStr"><is><t>b</t></is></c><c><v>3</v></c></row>'
    path = sheet(tmp_path / "t.xlsx", head + '<row><c r="A2" t="s"><v>0</v></c><c r="C2"><v>7</v></c></row>')
    assert read_rows(path) == [{"a": "shared text", "b": "", "3": "7"}]


def test_a_workbook_that_is_cut_off_points_nowhere_or_declares_entities_is_refused(tmp_path: Path) -> None:
    path = sheet(tmp_path / "t.xlsx", '<row><c t="s"><v>9</v></c></row>')
    assert code_of(read_rows, path) == "SET_MEMBER_DAMAGED"
    path.write_bytes(path.read_bytes()[:-30])
    assert code_of(read_rows, path) == "SET_MEMBER_DAMAGED"
    entity = sheet(tmp_path / "e.xlsx", "<row/>", prolog='<!DOCTYPE x [<!ENTITY a "b">]>')
    assert code_of(read_rows, entity) == "SET_MEMBER_DAMAGED"


# nnU-Net


def nnunet(folder: Path, table: dict[str, Any]) -> Path:
    (folder / "imagesTr").mkdir()
    (folder / "labelsTr").mkdir()
    (folder / "dataset.json").write_text(json.dumps(table))
    return folder


FIRST = {"modality": {"0": "CT"}, "labels": {"0": "background", "1": "left lung", "2": "right lung", "3": "infection"}}
SECOND = {"channel_names": {"0": "CT"}, "labels": {"background": 0, "lung": [1, 2], "GGO": 2}, "file_ending": ".nii"}


def test_nnunet_of_the_first_form_gives_sides_and_lungs_that_hold_their_lesions(tmp_path: Path) -> None:
    nnunet(tmp_path, FIRST | {"training": [{"image": "./imagesTr/a.nii.gz"}, {"image": "./imagesTr/gone.nii.gz"}]})
    labels = np.where(LUNGS, 1, 0)
    labels[:, :, 32:] *= 2
    labels[LESION > 0] = 3
    write_picture(tmp_path / "imagesTr/a_0000.nii.gz", HU)
    write_mask(tmp_path / "labelsTr/a.nii.gz", labels)
    opened = open_set(tmp_path)
    assert opened.names == ("a", "gone")
    assert code_of(lambda: opened["gone"]) == "SET_IMAGE_MISSING"
    ct = opened["a"]
    assert ct.lungs is not None
    assert ct.lesions is not None
    assert np.array_equal(ct.lungs.array > 0, LUNGS)
    assert ct.lungs.array[15, :, :32].max() == 2
    assert np.array_equal(ct.lesions.array == 3, LESION > 0)


def test_nnunet_of_the_second_form_gives_regions_and_other_endings(tmp_path: Path) -> None:
    nnunet(tmp_path, SECOND)
    write_picture(tmp_path / "imagesTr/b_0000.nii", HU)
    write_mask(tmp_path / "labelsTr/b.nii", np.where(LESION > 0, 2, LUNGS))
    ct = only(open_set(tmp_path))
    assert ct.lungs is not None
    assert ct.lesions is not None
    assert np.array_equal(ct.lungs.array > 0, LUNGS)
    assert np.array_equal(ct.lesions.array == 1, LESION > 0)


@pytest.mark.parametrize(
    ("table", "code"),
    [
        (FIRST | {"labels": {"0": "background", "1": "zorp"}}, "SET_LABELS_UNKNOWN"),
        (FIRST | {"labels": {"0": "background", "1": "heart"}}, "SET_LABELS_UNKNOWN"),
        (FIRST | {"modality": {"0": "MRI"}}, "SET_MEMBER_DAMAGED"),
        (FIRST | {"file_ending": ".mha"}, "SET_MEMBER_DAMAGED"),
        (FIRST | {"labels": {"lung": 900}}, "SET_MEMBER_DAMAGED"),
        ({"labels": []}, "SET_MEMBER_DAMAGED"),
    ],
    ids=["unknown name", "neither lung nor lesion", "not CT", "ending", "not 8 bits", "no labels"],
)
def test_nnunet_with_a_table_that_means_nothing_is_refused(tmp_path: Path, table: dict[str, Any], code: str) -> None:
    assert code_of(open_set, nnunet(tmp_path, table)) == code


def test_nnunet_labels_outside_of_the_table_are_refused(tmp_path: Path) -> None:
    nnunet(tmp_path, SECOND)
    write_picture(tmp_path / "imagesTr/b_0000.nii", HU)
    assert code_of(lambda: open_set(tmp_path)["b"]) == "SET_MEMBER_DAMAGED"
    write_mask(tmp_path / "labelsTr/b.nii", LUNGS * 7)
    assert code_of(lambda: open_set(tmp_path)["b"]) == "SET_LABELS_UNKNOWN"


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("lung_upper_lobe_right", Meaning("lungs", 1)),
        ("LeftLung", Meaning("lungs", 2)),
        ("whole lung", Meaning("lungs", 3)),
        ("Ground-glass opacity", Meaning("lesions", 1)),
        ("pulmonary consolidation", Meaning("lesions", 2)),
        ("COVID-19 infection", Meaning("lesions", 3)),
        ("left lung infection", Meaning("lesions", 3)),
        ("pleural effusion", Meaning("other")),
        ("lung_vessels", Meaning("other")),
        ("whatsit", None),
    ],
)
def test_names_of_labels_say_what_they_stand_for(name: str, meaning: Meaning | None) -> None:
    assert meaning_of(name) == meaning


# pairs


def test_pairs_give_kinds_sides_and_unlabelled_cts(tmp_path: Path) -> None:
    write_picture(tmp_path / "one.nii.gz", HU)
    write_mask(tmp_path / "one_mask.nii.gz", LESION)
    sides = LUNGS.astype(np.uint8)
    sides[:, :, 32:] *= 2
    write_mask(tmp_path / "one_lung.nii.gz", sides)
    write_picture(tmp_path / "two.nii.gz", HU)
    write_mask(tmp_path / "three_lesion.nii.gz", LESION)
    opened = open_set(tmp_path)
    assert opened.layout == "pairs"
    assert opened.names == ("one", "three", "two")
    one, two = opened["one"], opened["two"]
    assert one.lesions is not None
    assert one.lungs is not None
    assert set(np.unique(one.lesions.array)) == {0, 3}
    assert np.array_equal(one.lungs.array, sides)
    assert (two.lungs, two.lesions) == (None, None)
    assert code_of(lambda: opened["three"]) == "SET_IMAGE_MISSING"


def test_a_mask_stored_in_another_orientation_lands_on_its_picture(tmp_path: Path) -> None:
    write_picture(tmp_path / "one.nii.gz", HU)
    geometry = grid().reoriented((0, 1, 2), (True, False, True))
    write_mask(tmp_path / "one_lesion.nii.gz", LESION[::-1, :, ::-1], geometry)
    ct = only(open_set(tmp_path))
    assert ct.lesions is not None
    assert np.array_equal(ct.lesions.array > 0, LESION > 0)


@pytest.mark.parametrize("how", ["shifted", "shorter"])
def test_a_mask_off_the_grid_is_refused(tmp_path: Path, how: str) -> None:
    write_picture(tmp_path / "one.nii.gz", HU)
    if how == "shifted":
        write_mask(tmp_path / "one_lesion.nii.gz", LESION, grid(offset_mm=3.0))
    else:
        write_mask(tmp_path / "one_lesion.nii.gz", LESION[:-1])
    assert code_of(lambda: open_set(tmp_path)["one"]) == "GRID_MISMATCH"


def test_a_mask_of_many_labels_is_refused(tmp_path: Path) -> None:
    write_picture(tmp_path / "one.nii.gz", HU)
    many = LUNGS.astype(np.uint8)
    many[10:] *= 9
    write_mask(tmp_path / "one_lung.nii.gz", many)
    assert code_of(lambda: open_set(tmp_path)["one"]) == "SET_LABELS_UNKNOWN"


# phantoms and DICOM


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("phantoms")
    options = PhantomOptions(slices=40, rows=128, seed=3, noise_hu=5, involvement=20.0)
    write(make(options), folder / "as-dicom")
    write(make(options), folder / "as-nifti", dicom=False)
    return folder


def test_phantoms_are_the_same_from_dicom_and_nifti(phantoms: Path) -> None:
    opened = open_set(phantoms)
    assert (opened.layout, opened.names) == ("phantom", ("as-dicom", "as-nifti"))
    first, second = opened
    measured = second.volume.array > -1500  # DICOM gives padding as air
    assert np.array_equal(first.volume.array[measured], second.volume.array[measured])
    assert first.patient == second.patient == "phantom-3"
    assert first.lungs is not None
    assert first.lesions is not None
    percent = 100 * (first.lesions.array > 0).sum() / (first.lungs.array > 0).sum()
    truth = json.loads((phantoms / "as-dicom" / "truth.json").read_text())
    assert percent == pytest.approx(truth["involvement_percent"])
    assert first.grade == truth["grade"]
    assert open_set(phantoms / "as-nifti").names == ("as-nifti",)


def study(tmp_path: Path, phantoms: Path, labels: dict[str, Any] | None, name: str = "one") -> Path:
    (tmp_path / name).symlink_to(phantoms / "as-dicom" / "dicom", target_is_directory=True)
    if labels is not None:
        (tmp_path / f"{name}.labels.json").write_text(json.dumps(labels))
    return tmp_path


def test_labels_of_slices_are_turned_to_run_feet_to_head(tmp_path: Path, phantoms: Path) -> None:
    infected = [1, 1, *[0] * 38]
    ct = only(open_set(study(tmp_path, phantoms, {"infected": infected})))
    assert ct.infected_slices is not None
    assert ct.infected_slices.tolist() == [False] * 38 + [True] * 2
    (tmp_path / "one.labels.json").write_text(
        json.dumps({"infected": infected, "order": "feet to head", "patient": "p7", "grade": "CT-2"})
    )
    ct = only(open_set(tmp_path))
    assert ct.infected_slices is not None
    assert ct.infected_slices.tolist() == [True] * 2 + [False] * 38
    assert (ct.patient, ct.grade, ct.source) == ("p7", "CT-2", "dicom")


@pytest.mark.parametrize(
    ("labels", "code"),
    [({"infected": [1, 0]}, "GRID_MISMATCH"), ({"infected": [2] * 40}, "SET_MEMBER_DAMAGED")],
    ids=["too few", "neither 0 nor 1"],
)
def test_labels_that_do_not_fit_the_slices_are_refused(
    tmp_path: Path, phantoms: Path, labels: dict[str, Any], code: str
) -> None:
    assert code_of(lambda: open_set(study(tmp_path, phantoms, labels))["one"]) == code


def test_a_normal_study_of_its_set_has_no_infected_slice(tmp_path: Path, phantoms: Path) -> None:
    ct = only(open_set(study(tmp_path, phantoms, None, "normal901")))
    assert ct.source == "covid-ct-md"
    assert ct.infected_slices is not None
    assert not ct.infected_slices.any()


# single slices and MetaImage


def slices(folder: Path, grey: np.ndarray[Any, np.dtype[np.uint8]], mask: np.ndarray[Any, np.dtype[np.uint8]]) -> Path:
    (folder / "images").mkdir()
    (folder / "lesions").mkdir()
    Image.fromarray(grey).save(folder / "images" / "7.jpg", quality=98)
    Image.fromarray(mask).save(folder / "lesions" / "7.png")
    return folder


def test_a_slice_on_its_side_is_put_upright_with_its_mask(tmp_path: Path) -> None:
    part = np.s_[10, 14:50, 8:56]
    grey = np.clip((HU[part].T.astype(np.float64) + 1350) / 5.88, 0, 255).astype(np.uint8)
    ct = only(open_set(slices(tmp_path, grey, (LESION[part].T * 255).astype(np.uint8))))
    assert (ct.name, ct.source, ct.volume.geometry.shape) == ("medseg_007", "medseg", (1, 36, 48))
    assert np.abs(ct.volume.array[0].astype(float) - np.clip(HU[part], -1350, 150)).mean() < 80
    assert ct.lesions is not None
    assert np.array_equal(ct.lesions.array[0] == 3, LESION[part] > 0)


def test_slices_without_picture_of_other_size_or_damaged_are_refused(tmp_path: Path) -> None:
    opened = open_set(slices(tmp_path, np.zeros((64, 64), np.uint8), np.zeros((64, 63), np.uint8)))
    assert code_of(lambda: opened["medseg_007"]) == "SET_MEMBER_DAMAGED"
    picture = tmp_path / "images" / "7.jpg"
    picture.write_bytes(picture.read_bytes()[:40])
    assert code_of(lambda: opened["medseg_007"]) == "SET_MEMBER_DAMAGED"
    picture.unlink()
    assert code_of(lambda: opened["medseg_007"]) == "SET_IMAGE_MISSING"


def mha(path: Path, array: np.ndarray[Any, Any], packed: bool = True, cut: int = 0, **fields: Any) -> Path:
    voxels = zlib.compress(array.tobytes()) if packed else array.tobytes()
    head = {
        "ObjectType": "Image",
        "NDims": "3",
        "CompressedData": str(packed),
        "TransformMatrix": "1 0 0 0 1 0 0 0 1",
        "Offset": "-10 -20 -30",
        "ElementSpacing": "1 2 3",
        "DimSize": " ".join(str(n) for n in array.shape[::-1]),
        "ElementType": {"uint8": "MET_UCHAR", "int16": "MET_SHORT"}[array.dtype.name],
        **fields,
        "ElementDataFile": "LOCAL",
    }
    text = "".join(f"{key} = {value}\n" for key, value in head.items())
    path.write_bytes(text.encode() + voxels[: len(voxels) - cut])
    return path


@pytest.mark.parametrize("packed", [True, False])
def test_a_metaimage_gives_its_voxels_and_where_they_lie(tmp_path: Path, packed: bool) -> None:
    array, geometry = read_metaimage(mha(tmp_path / "a.mha", HU, packed=packed))
    assert np.array_equal(array, HU)
    assert geometry.axis_codes == ("H", "P", "L")
    assert geometry.spacing_mm == (3.0, 2.0, 1.0)
    assert geometry.to_mm(np.array([1, 1, 1])).tolist() == [-9.0, -18.0, -27.0]


@pytest.mark.parametrize(
    ("fields", "cut"),
    [
        ({}, 200),
        ({"NDims": "2"}, 0),
        ({"DimSize": "64 64"}, 0),
        ({"DimSize": "9999 9999 9999"}, 0),
        ({"Offset": "x"}, 0),
    ],
    ids=["cut off", "two axes", "size of two", "huge", "no offset"],
)
def test_a_metaimage_that_is_damaged_is_refused(tmp_path: Path, fields: dict[str, Any], cut: int) -> None:
    assert code_of(read_metaimage, mha(tmp_path / "a.mha", HU, cut=cut, **fields)) == "SET_MEMBER_DAMAGED"


def test_the_elastix_example_gives_the_right_lung_on_both_grids(tmp_path: Path) -> None:
    mha(tmp_path / "3DCT_lung_baseline_mask.mha", LUNGS.astype(np.uint8))
    mha(tmp_path / "3DCT_lung_registered_result.mha", HU)
    mha(tmp_path / "3DCT_lung_baseline_small.mha", np.ascontiguousarray(HU[::2, ::2, ::2]), ElementSpacing="2 4 6")
    baseline, registered = open_set(tmp_path)
    assert baseline.lungs is not None
    assert registered.lungs is not None
    assert np.array_equal(baseline.lungs.array, LUNGS[::2, ::2, ::2])
    assert np.array_equal(registered.lungs.array, LUNGS)
    assert baseline.patient == registered.patient


# real data


@pytest.mark.real
@pytest.mark.parametrize(
    ("folder", "layout", "count"),
    [("lesions", "archives", 12), ("lungs", "archives", 5), ("studies", "dicom", 2), ("mosmed", "mosmed", 1110)],
)
def test_shared_sets_are_told_by_themselves(data: Path, folder: str, layout: str, count: int) -> None:
    opened = open_set(data / folder)
    assert (opened.layout, len(opened)) == (layout, count)


@pytest.mark.real
def test_shared_small_sets_are_read_whole(data: Path) -> None:
    slices_found = dict(open_set(data / "lesions" / "medseg_slices").iter_or_error())
    assert len(slices_found) == 50
    assert all(isinstance(ct, LabelledCt) for ct in slices_found.values())
    for ct in open_set(data / "lungs" / "elastix"):
        assert ct.lungs is not None
        assert 3.0 < ct.lungs.volume_ml(1) / 1000 < 3.6
        assert np.median(ct.volume.array[ct.lungs.array > 0]) < -880


@pytest.mark.real
def test_shared_registry_says_the_same_as_csv_and_workbook(data: Path) -> None:
    folder = data / "mosmed"
    assert read_rows(folder / "dataset_registry.csv") == read_rows(folder / "dataset_registry.xlsx")
    rows = mosmed_layout.registry(folder)
    grades = [sum(row.grade == f"CT-{n}" for row in rows.values()) for n in range(5)]
    assert grades == [254, 684, 125, 45, 2]
    assert len(mosmed_layout.mask_names(folder)) == 50
    ml = mosmed_layout.read_lesions(folder, "study_0255").volume_ml(3)
    assert 0.3 < ml < 540


@pytest.mark.real
def test_shared_volume_stored_head_to_feet_is_turned(data: Path) -> None:
    with np.load(data / "lesions" / "radiopaedia_1.npz") as stored:
        lung = stored["lung"]
    ct = open_set(data / "lesions")["radiopaedia_1"]
    assert ct.lungs is not None
    assert np.array_equal(ct.lungs.array[::-1][lung > 0] > 0, np.ones(int((lung > 0).sum()), bool))
    assert ct.lesions is not None
    assert set(np.unique(ct.lesions.array)) == {0, 1, 2, 3}
