"""Masks in NIfTI, put on the slices of a series by their millimetres."""

from __future__ import annotations

import gzip
import importlib
import struct
import zipfile
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from groundglass import nifti
from groundglass.datasets.candidates import MaskSource
from groundglass.datasets.conversion import Masks, masks_of, with_kinds
from groundglass.datasets.conversion.thinning import thinned_geometry
from groundglass.dicom.sources import FileSource, find_files
from groundglass.errors import InputError
from groundglass.volume import Geometry, LabelVolume

AFFINE = np.array([[0, 0, 0.8, -30], [0, 0.7, 0, -50], [2.0, 0, 0, 100], [0, 0, 0, 1]])
WHOLE = Geometry((20, 10, 9), AFFINE)
KEPT = (3, 7, 11, 15, 19)
THIN = thinned_geometry(WHOLE, KEPT)


def labels(most: int = 1, seed: int = 0, shape: tuple[int, int, int] = WHOLE.shape) -> NDArray[np.uint8]:
    """Return labels by chance."""
    return np.random.default_rng(seed).integers(0, most + 1, shape).astype(np.uint8)


def place(
    source: FileSource, kind: Literal["lesions", "lungs"] = "lesions", table: dict[int, str] | None = None
) -> Masks:
    """Put one NIfTI on the slices kept."""
    mask = MaskSource(kind=kind, form="nifti", source=source, labels=table or {})
    return masks_of([mask], WHOLE, series_uid="", slices=KEPT, thinned_geometry=THIN)


def on_disk(path: Path) -> FileSource:
    """Return a file as a source."""
    return FileSource("input[1].nii.gz", path.stat().st_size, path)


def stored(path: Path, array: NDArray[np.uint8], geometry: Geometry = WHOLE) -> FileSource:
    """Write labels as they lie."""
    nifti.write_labels(path, LabelVolume(array, geometry))
    return on_disk(path)


def saved(path: Path, array: NDArray[Any], affine: NDArray[np.float64] | None = None) -> FileSource:
    """Write (slice, row, column) numbers of any type by nibabel, on the whole grid unless told."""
    nibabel: Any = importlib.import_module("nibabel")
    ras = np.diag([-1.0, -1, 1, 1]) @ WHOLE.affine
    ras[:3, :3] = ras[:3, 2::-1]
    nibabel.save(nibabel.Nifti1Image(array.transpose(2, 1, 0), ras if affine is None else affine), path)
    return on_disk(path)


def refused(source: FileSource, **options: Any) -> InputError:
    """Return the error with which a mask is refused."""
    with pytest.raises(InputError) as caught:
        place(source, **options)
    return caught.value


def test_a_mask_of_thinned_slices_is_known_by_its_place(tmp_path: Path) -> None:
    whole = labels()
    found = place(stored(tmp_path / "m.nii.gz", whole[list(KEPT)], THIN)).lesions
    assert found is not None
    assert np.array_equal(found.array, whole[list(KEPT)])


def test_a_mask_of_as_many_other_slices_is_refused(tmp_path: Path) -> None:
    moved = thinned_geometry(WHOLE, (2, 6, 10, 14, 18))
    assert refused(stored(tmp_path / "m.nii.gz", labels()[2::4], moved)).code == "MASK_OFF_GRID"


def test_a_mask_of_a_part_of_the_picture_is_put_where_it_lies(tmp_path: Path) -> None:
    whole = np.zeros(WHOLE.shape, np.uint8)
    whole[6:16, 2:8, 3:7] = labels(shape=(10, 6, 4))
    part = WHOLE.crop((slice(6, 16), slice(2, 8), slice(3, 7)))
    found = place(stored(tmp_path / "m.nii.gz", whole[6:16, 2:8, 3:7], part)).lesions
    assert found is not None
    assert np.array_equal(found.array, whole[list(KEPT)])


@pytest.mark.parametrize(
    ("axis", "mm", "good"), [(0, 0.1, True), (0, 1.0, False), (0, 4.0, False), (1, 0.35, False), (2, 5.0, False)]
)
def test_a_shift_of_half_a_voxel_is_another_grid(tmp_path: Path, axis: int, mm: float, *, good: bool) -> None:
    affine = WHOLE.affine.copy()
    affine[:3, 3] += WHOLE.cosines[:, axis] * mm
    # nothing is marked at the rim, so that a shift by whole voxels is seen by place alone
    source = stored(tmp_path / "m.nii.gz", np.pad(labels(shape=(8, 4, 3)), [(6, 6), (3, 3), (3, 3)]))
    source = stored(tmp_path / "m.nii.gz", nifti.read_labels(source.path).array.copy(), Geometry(WHOLE.shape, affine))
    if good:
        assert place(source).lesions is not None
    else:
        error = refused(source)
        assert error.code == "MASK_OFF_GRID"


def test_a_mask_that_tells_no_side_is_refused(tmp_path: Path) -> None:
    assert refused(saved(tmp_path / "m.nii.gz", labels(), np.eye(4))).code == "MASK_SIDE"


def test_a_mask_of_another_spacing_is_refused(tmp_path: Path) -> None:
    affine = WHOLE.affine.copy()
    affine[:3, 1] *= 1.1
    error = refused(stored(tmp_path / "m.nii.gz", labels(), Geometry(WHOLE.shape, affine)))
    assert error.code == "MASK_OFF_GRID"
    assert "mm beside" in error.what


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32, np.float64])
def test_whole_numbers_of_any_type_are_labels(tmp_path: Path, dtype: Any) -> None:
    whole = labels()
    found = place(saved(tmp_path / "m.nii.gz", whole.astype(dtype))).lesions
    assert found is not None
    assert np.array_equal(found.array, whole[list(KEPT)])
    assert found.labels == {1: "lesion"}


def test_one_number_whatever_it_is_becomes_one(tmp_path: Path) -> None:
    whole = labels()
    found = place(saved(tmp_path / "m.nii.gz", whole * np.uint8(255))).lesions
    assert found is not None
    assert np.array_equal(found.array, whole[list(KEPT)])


def test_one_and_two_are_ground_glass_and_consolidation(tmp_path: Path) -> None:
    whole = labels(2)
    found = place(stored(tmp_path / "m.nii.gz", whole)).lesions
    assert found is not None
    assert found.labels == {1: "ground glass", 2: "consolidation"}
    assert np.array_equal(found.array, whole[list(KEPT)])


def test_a_table_says_what_numbers_are(tmp_path: Path) -> None:
    source = stored(tmp_path / "m.nii.gz", labels(4))
    table = {1: "left_lung", 2: "right_lung", 3: "lesion", 4: "ignore"}
    found, sides = place(source, table=table).lesions, place(source, "lungs", table).lungs
    assert found is not None
    assert sides is not None
    assert np.array_equal(found.array, labels(4)[list(KEPT)] == 3)
    assert np.array_equal(sides.array, np.array([0, 2, 1, 0, 0])[labels(4)[list(KEPT)]])
    assert refused(source, table={1: "lesion"}).code == "MASK_LABEL_UNKNOWN"
    assert refused(source).code == "MASK_LABEL_UNKNOWN"


def test_of_two_unnamed_lungs_the_one_on_the_right_is_right(tmp_path: Path) -> None:
    lungs = np.zeros(WHOLE.shape, np.uint8)
    lungs[:, 2:8, :3], lungs[:, 2:8, 6:] = 2, 1
    found = place(stored(tmp_path / "m.nii.gz", lungs), "lungs").lungs
    assert found is not None
    assert set(np.unique(found.array[..., :3])) == {0, 1}
    assert set(np.unique(found.array[..., 6:])) == {0, 2}


def test_empty_masks_are_kept_and_told(tmp_path: Path) -> None:
    found = place(stored(tmp_path / "m.nii.gz", np.zeros(WHOLE.shape, np.uint8)))
    assert found.lesions is not None
    assert not found.lesions.array.any()
    assert [notice.code for notice in found.notices] == ["mask_empty"]
    between = np.zeros(WHOLE.shape, np.uint8)
    between[4] = 1
    told = place(stored(tmp_path / "n.nii.gz", between)).notices
    assert [notice.code for notice in told] == ["mask_empty_when_thinned"]


def test_a_mask_within_an_archive_is_read(tmp_path: Path) -> None:
    whole = labels()
    stored(tmp_path / "m.nii.gz", whole)
    with zipfile.ZipFile(tmp_path / "masks.zip", "w") as archive:
        archive.write(tmp_path / "m.nii.gz", "inside/m.nii.gz")
    (source,) = find_files([tmp_path / "masks.zip"])
    found = place(source).lesions
    assert found is not None
    assert np.array_equal(found.array, whole[list(KEPT)])


def test_masks_with_and_without_kinds_share_a_table(tmp_path: Path) -> None:
    plain = place(stored(tmp_path / "m.nii.gz", labels())).lesions
    assert plain is not None
    assert set(np.unique(with_kinds(plain).array)) == {0, 3}


def damaged(path: Path, change: dict[int, bytes], cut: int | None = None) -> FileSource:
    """Write a mask with bytes of its header changed, or cut off."""
    nifti.write_labels(path, LabelVolume(labels(), WHOLE))
    raw = bytearray(gzip.decompress(path.read_bytes()))
    for offset, value in change.items():
        raw[offset : offset + len(value)] = value
    packed = gzip.compress(bytes(raw))
    path.write_bytes(packed[:cut])
    return on_disk(path)


@pytest.mark.parametrize(
    ("change", "cut", "code"),
    [
        ({}, 300, "NIFTI_DAMAGED"),
        ({40: struct.pack("<4h", 3, 32767, 32767, 32767)}, None, "NIFTI_TOO_LARGE"),
        ({40: struct.pack("<5h", 4, 9, 10, 10, 2)}, None, "NIFTI_NOT_A_VOLUME"),
        ({40: struct.pack("<4h", 3, -9, 10, 20)}, None, "NIFTI_HEADER"),
        ({112: struct.pack("<2f", 0.37, 0.0)}, None, "NIFTI_NOT_LABELS"),
        ({112: struct.pack("<2f", float("nan"), 0.0), 70: struct.pack("<h", 16), 72: b"\x20\0"}, None, "NIFTI_DAMAGED"),
        ({0: b"\xff\xff\xff\x7f"}, None, "NIFTI_HEADER"),
    ],
)
def test_hostile_masks_end_in_named_errors(
    tmp_path: Path, change: dict[int, bytes], cut: int | None, code: str
) -> None:
    assert refused(damaged(tmp_path / "m.nii.gz", change, cut)).code == code


def test_numbers_that_are_not_finite_are_no_labels(tmp_path: Path) -> None:
    array = labels().astype(np.float32)
    array[3, 3, 3] = np.nan
    assert refused(saved(tmp_path / "m.nii.gz", array)).code == "NIFTI_NOT_LABELS"
