"""NIfTI in and out: checked against nibabel and SimpleITK, never against ourselves alone."""

from __future__ import annotations

import gzip
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as _nibabel
import numpy as np
import pytest
import SimpleITK
from numpy.typing import NDArray

from groundglass import nifti
from groundglass.dicom.limits import ReadingLimits
from groundglass.errors import GRID_MISMATCH, OUTPUT_FAILED, InputError, UnavailableError
from groundglass.phantom.damage import small_chest
from groundglass.phrases import say_notice
from groundglass.volume import Geometry, LabelVolume, Volume

nibabel: Any = _nibabel  # both are half typed
sitk: Any = SimpleITK

CHEST = small_chest((24, 32, 32))
RAS = np.array([[-11.0, 0, 0, 170], [0, -11.0, 0, 170], [0, 0, 12.0, 100], [0, 0, 0, 1]])
"""Where it lies, in the way of NIfTI."""


def _save(
    path: Path,
    array: NDArray[Any],
    *,
    sform: NDArray[np.float64] | None = RAS,
    qform: NDArray[np.float64] | None = None,
    change: Callable[[Any], None] | None = None,
    kind: Any = nibabel.Nifti1Image,
) -> Path:
    """Write an (i, j, k) array: header by nibabel, joined by hand so that nothing is completed or refitted."""
    head: Any = kind.header_class(endianness="<")
    head.set_data_dtype(array.dtype)
    head.set_data_shape(array.shape)
    head.set_xyzt_units("mm")
    head.set_sform(sform, code=1 if sform is not None else 0)
    head.set_qform(qform, code=1 if qform is not None else 0)
    if sform is not None:
        head["pixdim"][1:4] = np.linalg.norm(sform[:3, :3], axis=0)
    if change:
        change(head)
    voxels = array.tobytes(order="F")
    if path.suffix in (".hdr", ".img"):
        path.with_suffix(".hdr").write_bytes(head.binaryblock)
        path.with_suffix(".img").write_bytes(voxels)
        return path
    head["vox_offset"] = len(head.binaryblock) + 4
    data = head.binaryblock + b"\0\0\0\0" + voxels
    path.write_bytes(gzip.compress(data, 1) if path.suffix == ".gz" else data)
    return path


def _ijk(volume: Volume = CHEST) -> NDArray[np.int16]:
    return np.asarray(volume.array.T)


def _read(path: Path) -> tuple[nifti.LoadedNifti, list[str]]:
    loaded = nifti.read(path)
    for notice in loaded.notices:
        assert say_notice(notice, "en") != say_notice(notice, "ru")
    return loaded, [notice.code for notice in loaded.notices]


def _refused(path: Path, code: str, **keywords: Any) -> str:
    with pytest.raises(InputError) as caught:
        nifti.read(path, **keywords)
    assert caught.value.code == code
    assert path.name not in caught.value.line()
    return caught.value.what


class TestReading:
    @pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.hdr", "a.img"])
    @pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
    def test_every_kind_of_file_reads_as_nibabel_reads_it(self, tmp_path: Path, name: str, kind: Any) -> None:
        if name[2:] in ("hdr", "img"):
            kind = nibabel.Nifti1Pair if kind is nibabel.Nifti1Image else nibabel.Nifti2Pair
        _save(tmp_path / name, _ijk(), kind=kind)
        loaded, codes = _read(tmp_path / name)
        assert np.array_equal(loaded.volume.array, CHEST.array)
        assert loaded.volume.geometry.axis_codes == ("H", "P", "L")
        assert loaded.volume.geometry.spacing_mm == pytest.approx((12, 11, 11))
        assert loaded.volume.geometry.frame_of_reference_uid is None
        assert loaded.volume.geometry.sided
        assert loaded.hu_exact
        assert codes == []

    def test_ras_becomes_lps(self, tmp_path: Path) -> None:
        loaded, _ = _read(_save(tmp_path / "a.nii", _ijk()))
        image = nibabel.load(tmp_path / "a.nii")
        right_front_up = image.affine @ [3, 2, 1, 1]
        assert loaded.volume.geometry.to_mm(np.array([1, 2, 3])) == pytest.approx(right_front_up[:3] * [-1, -1, 1])

    @pytest.mark.parametrize("dtype", ["i2", "i4", "i8", "f4", "f8", ">i2", ">f4", ">i4"])
    def test_any_type_of_number(self, tmp_path: Path, dtype: str) -> None:
        array = _ijk().astype(dtype)
        if dtype.startswith(">"):
            head = nibabel.Nifti1Header(endianness=">")
            head.set_data_dtype(array.dtype)
            head.set_sform(RAS, 1)
            nibabel.save(nibabel.Nifti1Image(array, RAS, head), tmp_path / "a.nii.gz")
            assert gzip.decompress((tmp_path / "a.nii.gz").read_bytes())[:4] == struct.pack(">i", 348)
        else:
            _save(tmp_path / "a.nii.gz", array)
        loaded, _ = _read(tmp_path / "a.nii.gz")
        assert np.array_equal(loaded.volume.array, CHEST.array)

    @pytest.mark.parametrize(
        ("dtype", "slope", "inter"), [("u2", 1.0, -1024.0), ("i2", 0.5, 0.0), ("u1", 8.0, -1024.0)]
    )
    def test_scaling(self, tmp_path: Path, dtype: str, slope: float, inter: float) -> None:
        stored = np.clip(
            np.rint((_ijk() - inter) / slope), 0 if dtype[0] == "u" else -32768, 255 if dtype == "u1" else None
        )

        def scale(head: Any) -> None:
            head["scl_slope"], head["scl_inter"] = slope, inter

        _save(tmp_path / "a.nii", stored.astype(dtype), change=scale)
        expected = nibabel.load(tmp_path / "a.nii").get_fdata().T
        loaded, codes = _read(tmp_path / "a.nii")
        assert np.abs(loaded.volume.array - expected).max() <= 0.5
        assert codes == (["nifti_hu_quantised"] if dtype == "u1" else [])

    def test_a_single_fourth_dimension_is_squeezed_and_others_refused(self, tmp_path: Path) -> None:
        loaded, _ = _read(_save(tmp_path / "a.nii", _ijk()[..., None]))
        assert loaded.volume.array.shape == (24, 32, 32)
        labels = LabelVolume(np.ones(CHEST.array.shape, np.uint8), loaded.volume.geometry)
        nifti.write_labels(tmp_path / "m.nii.gz", labels, like=loaded)
        assert nibabel.load(tmp_path / "m.nii.gz").shape == (32, 32, 24, 1)
        assert "32 x 32 x 24 x 2" in _refused(
            _save(tmp_path / "b.nii", np.stack([_ijk()] * 2, axis=-1)), "NIFTI_NOT_A_VOLUME"
        )
        _refused(_save(tmp_path / "c.nii", _ijk()[..., 0]), "NIFTI_NOT_A_VOLUME")

    def test_colours_and_complex_numbers_are_refused(self, tmp_path: Path) -> None:
        rgb = np.zeros((4, 4, 4), [("R", "u1"), ("G", "u1"), ("B", "u1")])
        _refused(_save(tmp_path / "a.nii", rgb), "NIFTI_VOXEL_TYPE")
        _refused(_save(tmp_path / "b.nii", np.zeros((4, 4, 4), np.complex64)), "NIFTI_VOXEL_TYPE")

    def test_numbers_that_are_none_are_air_with_a_warning(self, tmp_path: Path) -> None:
        array = _ijk().astype(np.float32)
        array[0, 0, :3] = [np.nan, np.inf, -np.inf]
        loaded, codes = _read(_save(tmp_path / "a.nii", array))
        assert loaded.volume.array[:3, 0, 0].tolist() == [-1024] * 3
        assert codes == ["nifti_not_finite"]
        _refused(_save(tmp_path / "b.nii", np.full((4, 4, 4), np.nan, np.float32)), "NIFTI_NOT_HU")

    def test_a_name_may_lie_about_gzip(self, tmp_path: Path) -> None:
        _save(tmp_path / "a.nii.gz", _ijk())
        (tmp_path / "b.nii").write_bytes((tmp_path / "a.nii.gz").read_bytes())
        assert np.array_equal(_read(tmp_path / "b.nii")[0].volume.array, CHEST.array)

    def test_what_looks_like_nifti(self, tmp_path: Path) -> None:
        _save(tmp_path / "a.hdr", _ijk(), kind=nibabel.Nifti1Pair)
        (tmp_path / "b.img").write_bytes(b"something else")
        names = ["x.nii", "x.NII.GZ", "a.hdr", "a.img", "b.img", "x.dcm", "missing.hdr"]
        assert [nifti.looks_like_nifti(tmp_path / name) for name in names] == [
            True,
            True,
            True,
            True,
            False,
            False,
            False,
        ]


class TestOrientation:
    def test_sform_first_else_qform(self, tmp_path: Path) -> None:
        other = RAS.copy()
        other[:3, 3] += 30
        loaded, codes = _read(_save(tmp_path / "a.nii", _ijk(), sform=RAS, qform=other))
        assert loaded.volume.geometry.origin_mm == pytest.approx([-170, -170, 100])
        assert codes == ["nifti_forms_disagree"]
        loaded, codes = _read(_save(tmp_path / "b.nii", _ijk(), sform=None, qform=other))
        assert loaded.volume.geometry.origin_mm == pytest.approx([-200, -200, 130])
        assert codes == []

    def test_forms_that_contradict_each_other_on_the_side_leave_it_unknown(self, tmp_path: Path) -> None:
        mirrored = np.diag([-1.0, 1, 1, 1]) @ RAS
        loaded, codes = _read(_save(tmp_path / "a.nii", _ijk(), sform=RAS, qform=mirrored))
        assert codes == ["nifti_forms_disagree_on_side"]
        assert not loaded.volume.geometry.sided

    def test_without_a_form_the_side_is_unknown(self, tmp_path: Path) -> None:
        def zooms(head: Any) -> None:
            head["pixdim"][1:4] = [0.7, 0.7, 5.0]

        loaded, codes = _read(_save(tmp_path / "a.nii", _ijk(), sform=None, change=zooms))
        assert codes == ["nifti_no_orientation"]
        assert not loaded.volume.geometry.sided
        assert loaded.volume.geometry.spacing_mm == pytest.approx((5.0, 0.7, 0.7))
        _, codes = _read(_save(tmp_path / "b.nii", _ijk(), sform=None))
        assert codes == ["nifti_no_orientation", "nifti_spacing_lost"]

    @pytest.mark.parametrize("signs", [(1.0, 1.0, 1.0), (-1.0, -1.0, 1.0)])
    def test_an_identity_that_a_library_made_up_is_no_orientation(
        self, tmp_path: Path, signs: tuple[float, float, float]
    ) -> None:
        made_up = np.diag([*signs, 1.0])
        loaded, codes = _read(_save(tmp_path / "a.nii", _ijk(), sform=made_up, qform=made_up))
        assert codes == ["nifti_no_orientation", "nifti_spacing_lost"]
        assert not loaded.volume.geometry.sided

    def test_a_broken_sform_gives_way_to_the_qform(self, tmp_path: Path) -> None:
        def spoil(head: Any) -> None:
            head["srow_x"] = [np.nan, 0, 0, 0]

        loaded, _ = _read(_save(tmp_path / "a.nii", _ijk(), sform=RAS, qform=RAS, change=spoil))
        assert loaded.volume.geometry.sided
        loaded, codes = _read(_save(tmp_path / "b.nii", _ijk(), sform=RAS, qform=None, change=spoil))
        assert codes == ["nifti_no_orientation"]

    @pytest.mark.parametrize(("unit", "factor"), [("meter", 0.001), ("micron", 1000.0), ("unknown", 1.0)])
    def test_units_are_turned_to_mm(self, tmp_path: Path, unit: str, factor: float) -> None:
        affine = RAS.copy()
        affine[:3] *= factor

        def units(head: Any) -> None:
            head.set_xyzt_units(unit)

        loaded, codes = _read(_save(tmp_path / "a.nii", _ijk(), sform=affine, qform=affine, change=units))
        assert loaded.volume.geometry.spacing_mm == pytest.approx((12, 11, 11), rel=1e-5)
        assert codes == []

    def test_a_unit_that_makes_no_sense_is_not_believed(self, tmp_path: Path) -> None:
        def units(head: Any) -> None:
            head.set_xyzt_units("meter")

        loaded, codes = _read(_save(tmp_path / "a.nii", _ijk(), change=units))
        assert loaded.volume.geometry.spacing_mm == pytest.approx((12, 11, 11))
        assert codes == ["nifti_unit_not_believed"]

    @pytest.mark.parametrize("side", [0.001, 300.0, 0.0])
    def test_absurd_sides_are_refused(self, tmp_path: Path, side: float) -> None:
        def zooms(head: Any) -> None:
            head["pixdim"][1:4] = [0.7, side, 5.0]

        _refused(_save(tmp_path / "a.nii", _ijk(), sform=None, change=zooms), "NIFTI_SPACING")

    def test_shear_is_refused_and_rounding_straightened(self, tmp_path: Path) -> None:
        tilted = RAS.copy()
        tilted[1, 2] = 12 * np.tan(np.radians(15))
        assert "15.0 degrees" in _refused(_save(tmp_path / "a.nii", _ijk(), sform=tilted), "NIFTI_SHEARED")
        tilted[1, 2] = 12 * np.tan(np.radians(0.5))
        loaded, codes = _read(_save(tmp_path / "b.nii", _ijk(), sform=tilted))
        assert "nifti_shear_straightened" in codes
        assert loaded.volume.geometry.axis_codes == ("H", "P", "L")

    def test_pixdim_that_differs_from_the_affine_is_said(self, tmp_path: Path) -> None:
        def zooms(head: Any) -> None:
            head["pixdim"][3] = 5

        assert _read(_save(tmp_path / "a.nii", _ijk(), change=zooms))[1] == ["nifti_spacing_disagrees"]


class TestDamage:
    @pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
    @pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.99])
    def test_a_cut_off_file_has_a_name(self, tmp_path: Path, name: str, share: float) -> None:
        data = _save(tmp_path / name, _ijk()).read_bytes()
        (tmp_path / name).write_bytes(data[: int(len(data) * share)])
        with pytest.raises(InputError) as caught:
            nifti.read(tmp_path / name)
        assert caught.value.code in ("NIFTI_DAMAGED", "NIFTI_HEADER")

    def test_a_wrong_checksum_is_found(self, tmp_path: Path) -> None:
        data = bytearray(_save(tmp_path / "a.nii.gz", _ijk()).read_bytes())
        data[-8:-4] = b"\0\0\0\0"
        (tmp_path / "a.nii.gz").write_bytes(data)
        _refused(tmp_path / "a.nii.gz", "NIFTI_DAMAGED")

    def test_absurd_sizes_are_refused_before_memory_is_taken(self, tmp_path: Path) -> None:
        path = _save(tmp_path / "a.nii", _ijk())
        data = bytearray(path.read_bytes())
        struct.pack_into("<3h", data, 42, 32767, 32767, 32767)
        path.write_bytes(data)
        _refused(path, "NIFTI_TOO_LARGE")
        struct.pack_into("<3h", data, 42, 1000, 1000, 1000)
        path.write_bytes(data)
        assert "can hold" in _refused(path, "NIFTI_DAMAGED")
        _refused(_save(path, _ijk()), "NIFTI_TOO_LARGE", limits=ReadingLimits(max_volume_bytes=1000))

    @pytest.mark.parametrize(
        ("offset", "shape", "value"),
        [
            *[(0, "<i", 349), (40, "<h", 0), (40, "<h", 9), (42, "<h", -5), (108, "<f", np.nan), (108, "<f", 1e20)],
            *[(112, "<f", np.inf), (112, "<f", 1e30), (344, "<i", 0)],
        ],
    )
    def test_absurd_header_fields_have_a_name(self, tmp_path: Path, offset: int, shape: str, value: float) -> None:
        path = _save(tmp_path / "a.nii", _ijk())
        data = bytearray(path.read_bytes())
        struct.pack_into(shape, data, offset, value)
        path.write_bytes(data)
        _refused(path, "NIFTI_HEADER")

    def test_half_a_pair_and_what_is_no_file(self, tmp_path: Path) -> None:
        _save(tmp_path / "a.img", _ijk(), kind=nibabel.Nifti1Pair)
        (tmp_path / "a.img").unlink()
        _refused(tmp_path / "a.hdr", "NIFTI_UNREADABLE")
        _refused(tmp_path / "missing.nii", "NIFTI_UNREADABLE")
        os.mkfifo(tmp_path / "pipe.nii")
        _refused(tmp_path / "pipe.nii", "NIFTI_UNREADABLE")


class TestPlausibility:
    def test_hu_clipped_to_a_window(self, tmp_path: Path) -> None:
        loaded, codes = _read(_save(tmp_path / "a.nii", np.clip(_ijk(), -1350, 150)))
        assert codes == ["nifti_hu_clipped"]
        assert not loaded.hu_exact

    @pytest.mark.parametrize(("low", "high"), [(-1350, 150), (-1250, 250), (-1150, 350), (-1400, 200)])
    def test_grey_of_a_lung_window(self, tmp_path: Path, low: int, high: int) -> None:
        grey = np.rint((np.clip(_ijk(), low, high) - low) / (high - low) * 255).astype(np.uint8)
        loaded, codes = _read(_save(tmp_path / "a.nii", grey))
        assert codes == ["nifti_grey_window"]
        assert dict(loaded.notices[0].values) == {"low_hu": low, "high_hu": high}
        assert not loaded.hu_exact
        assert np.abs(loaded.volume.array - np.clip(CHEST.array, low, high)).max() <= 4

    @pytest.mark.parametrize(("low", "high"), [(-160, 240), (-1024, 1024), (-1000, 400), (-500, 1300)])
    def test_grey_of_another_window_is_refused(self, tmp_path: Path, low: int, high: int) -> None:
        grey = np.rint((np.clip(_ijk(), low, high) - low) / (high - low) * 255).astype(np.uint8)
        _refused(_save(tmp_path / "a.nii", grey), "NIFTI_NOT_HU")

    def test_a_forgotten_intercept_is_put_back(self, tmp_path: Path) -> None:
        shifted = np.maximum(_ijk() + 1024, 0).astype(np.int16)
        loaded, codes = _read(_save(tmp_path / "a.nii", shifted))
        assert codes == ["nifti_shift_removed"]
        assert not loaded.hu_exact
        assert np.array_equal(loaded.volume.array, np.maximum(CHEST.array, -1024))

    def test_few_steps(self, tmp_path: Path) -> None:
        _, codes = _read(_save(tmp_path / "a.nii", _ijk() // 8 * 8))
        assert codes == ["nifti_hu_quantised"]

    def test_resampled_numbers_are_rounded(self, tmp_path: Path) -> None:
        loaded, codes = _read(_save(tmp_path / "a.nii", _ijk() + np.float32(0.3)))
        assert codes == ["nifti_hu_resampled"]
        assert loaded.hu_exact

    @pytest.mark.parametrize(
        "make",
        [
            lambda hu: (hu > -500).astype(np.uint8),
            lambda hu: (hu > -500).astype(np.float32) * 0.7,
            lambda hu: np.digitize(hu, [-900, -500, 0, 200]).astype(np.int16),
            lambda hu: np.zeros_like(hu),
            lambda hu: (np.abs(hu) % 700).astype(np.int16),
            lambda hu: np.clip(hu, -160, 240),
            lambda hu: hu + 2000,
        ],
        ids=["mask", "probability", "labels", "constant", "other modality", "mediastinal window", "shifted away"],
    )
    def test_what_cannot_be_hu_is_refused(self, tmp_path: Path, make: Callable[[Any], Any]) -> None:
        _refused(_save(tmp_path / "a.nii", make(_ijk())), "NIFTI_NOT_HU")

    def test_padding_does_not_matter(self, tmp_path: Path) -> None:
        array = _ijk().copy()
        array[:8] = -3024
        loaded, codes = _read(_save(tmp_path / "a.nii", array))
        assert codes == []
        assert loaded.hu_exact


class TestWriting:
    @pytest.mark.parametrize("name", ["m.nii", "m.nii.gz"])
    def test_labels_of_a_dicom_series_open_aligned_everywhere(self, tmp_path: Path, name: str) -> None:
        turn = np.array([[0, 0.2, 0.98], [0.1, 0.97, -0.2], [0.99, -0.1, 0.02]])
        left, _, right = np.linalg.svd(turn)
        affine = np.eye(4)
        affine[:3, :3] = (left @ right) * [2.0, 0.7, 0.8]
        affine[:3, 3] = [-100, -120, 300]
        geometry = Geometry((5, 6, 7), affine, "1.2.3")
        array = (np.arange(210) % 3).astype(np.uint8).reshape(5, 6, 7)
        nifti.write_labels(tmp_path / name, LabelVolume(array, geometry))
        theirs: Any = nibabel.load(tmp_path / name)
        assert theirs.get_data_dtype() == np.uint8
        assert np.array_equal(np.asarray(theirs.dataobj).T, array)
        assert int(theirs.header["sform_code"]) == int(theirs.header["qform_code"]) == 1
        itk = sitk.ReadImage(str(tmp_path / name))
        assert np.array_equal(sitk.GetArrayFromImage(itk), array)
        for index in [(0, 0, 0), (4, 5, 6), (1, 2, 3)]:
            ours = geometry.to_mm(np.array(index))
            assert theirs.affine @ [*index[::-1], 1] == pytest.approx([-ours[0], -ours[1], ours[2], 1], abs=1e-3)
            assert itk.TransformIndexToPhysicalPoint(index[::-1]) == pytest.approx(ours, abs=1e-3)
        # Both forms say the same: viewers differ in which they take.
        assert theirs.header.get_qform() == pytest.approx(theirs.header.get_sform(), abs=1e-3)

    @pytest.mark.parametrize("codes", [(1, 1), (2, 0), (0, 1), (4, 2), (0, 0)])
    def test_labels_of_a_nifti_keep_its_shape_affine_and_codes(self, tmp_path: Path, codes: tuple[int, int]) -> None:
        def code(head: Any) -> None:
            head["descrip"] = b"Ivanov"
            head["sform_code"], head["qform_code"] = codes

        _save(tmp_path / "a.nii", _ijk(), sform=RAS, qform=RAS, change=code)
        loaded, _ = _read(tmp_path / "a.nii")
        labels = LabelVolume((CHEST.array > 0).astype(np.uint8), loaded.volume.geometry)
        nifti.write_labels(tmp_path / "m.nii.gz", labels, like=loaded)
        given, made = nibabel.load(tmp_path / "a.nii"), nibabel.load(tmp_path / "m.nii.gz")
        assert np.array_equal(made.affine, given.affine)
        assert made.shape == given.shape
        for field in ("sform_code", "qform_code", "srow_x", "quatern_b", "pixdim", "dim"):
            assert np.array_equal(made.header[field], given.header[field]), field
        assert b"Ivanov" not in gzip.decompress((tmp_path / "m.nii.gz").read_bytes())
        assert np.array_equal(np.asarray(made.dataobj).T, labels.array)

    def test_labels_on_another_grid_are_refused(self, tmp_path: Path) -> None:
        loaded, _ = _read(_save(tmp_path / "a.nii", _ijk()))
        part = LabelVolume(np.zeros(CHEST.array.shape, np.uint8), loaded.volume.geometry).crop(
            (slice(1, None), slice(None), slice(None))
        )
        with pytest.raises(InputError) as caught:
            nifti.write_labels(tmp_path / "m.nii.gz", part, like=loaded)
        assert caught.value.code == GRID_MISMATCH

    def test_labels_come_back(self, tmp_path: Path) -> None:
        labels = LabelVolume((CHEST.array > -500).astype(np.uint8) * 2, CHEST.geometry)
        nifti.write_labels(tmp_path / "m.nii.gz", labels)
        back = nifti.read_labels(tmp_path / "m.nii.gz")
        assert np.array_equal(back.array, labels.array)
        assert dict(back.labels) == {2: "label 2"}
        assert back.geometry.same_grid(CHEST.geometry, atol_mm=1e-3)
        nifti.write_volume(tmp_path / "v.nii.gz", CHEST)
        with pytest.raises(InputError) as caught:
            nifti.read_labels(tmp_path / "v.nii.gz")
        assert caught.value.code == "NIFTI_NOT_LABELS"

    def test_a_volume_of_unknown_side_gets_no_forms(self, tmp_path: Path) -> None:
        geometry = Geometry(CHEST.geometry.shape, CHEST.geometry.affine, None, sided=False)
        nifti.write_volume(tmp_path / "a.nii", Volume(CHEST.array, geometry))
        head = nibabel.load(tmp_path / "a.nii").header
        assert (int(head["sform_code"]), int(head["qform_code"])) == (0, 0)
        assert not nifti.read(tmp_path / "a.nii").volume.geometry.sided

    def test_the_same_volume_gives_the_same_bytes(self, tmp_path: Path) -> None:
        nifti.write_volume(tmp_path / "a.nii.gz", CHEST)
        nifti.write_volume(tmp_path / "b.nii.gz", CHEST)
        assert (tmp_path / "a.nii.gz").read_bytes() == (tmp_path / "b.nii.gz").read_bytes()

    def test_nothing_is_left_when_the_disk_refuses(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "a.nii.gz").write_bytes(b"earlier")

        def full(_number: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("groundglass.nifti.writing.os.fsync", full)
        with pytest.raises(UnavailableError) as caught:
            nifti.write_volume(tmp_path / "a.nii.gz", CHEST)
        assert caught.value.code == OUTPUT_FAILED
        assert [path.name for path in tmp_path.iterdir()] == ["a.nii.gz"]
        assert (tmp_path / "a.nii.gz").read_bytes() == b"earlier"


@pytest.mark.real
def test_an_abdomen_reads_as_hu(data: Path) -> None:
    loaded = nifti.read(data / "not_chest" / "abdomen.nii.gz")
    assert loaded.hu_exact
    assert loaded.volume.geometry.sided


@pytest.mark.real
def test_every_published_mask_reads_as_labels_and_is_no_picture(data: Path) -> None:
    masks = sorted((data / "mosmed").rglob("*.nii.gz"))
    assert len(masks) == 50
    for path in masks[::10]:
        assert set(nifti.read_labels(path).labels) <= {1}
        with pytest.raises(InputError) as caught:
            nifti.read(path)
        assert caught.value.code == "NIFTI_NOT_HU"
