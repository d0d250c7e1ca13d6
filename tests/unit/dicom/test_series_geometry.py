"""Slices become a volume by their geometry alone, whatever their names, order and numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from dicom_factory import (
    STUDY,
    chest_hu,
    codes,
    drop,
    new_uid,
    numbers,
    only,
    put_raw,
    refusal_code,
    studies,
    write_series,
)
from pydicom.dataset import Dataset

from groundglass.dicom.limits import ReadingLimits
from groundglass.dicom.series import load, scan
from groundglass.errors import InputError


def test_a_plain_series_is_read_exactly_feet_to_head(tmp_path: Path) -> None:
    hu = write_series(tmp_path)
    entry = only(tmp_path)
    loaded = load(entry)
    assert np.array_equal(loaded.volume.array, hu)
    assert loaded.volume.geometry.axis_codes == ("H", "P", "L")
    assert loaded.volume.geometry.spacing_mm == pytest.approx((2.0, 0.8, 0.8))
    assert loaded.volume.geometry.origin_mm == pytest.approx([-150.0, -140.0, -300.0])
    assert (entry.chosen, entry.usable, entry.slices, entry.error) == (True, True, 12, None)
    assert loaded.sop_uids == tuple(f"1.2.826.0.1.1.1.{n}" for n in range(1, 13))
    assert loaded.notices == ()


def test_instance_numbers_and_slice_locations_do_not_decide_the_order(tmp_path: Path) -> None:
    def edit(number: int, ds: Dataset) -> None:
        ds.InstanceNumber = (number * 5) % 12
        ds.SliceLocation = str(-number)

    hu = write_series(tmp_path, edit=edit)
    assert np.array_equal(load(only(tmp_path)).volume.array, hu)


@pytest.mark.parametrize(
    ("orientation", "codes_wanted"),
    [
        ([1, 0, 0, 0, -1, 0], ("H", "A", "L")),
        ([-1, 0, 0, 0, 1, 0], ("H", "P", "R")),
        ([0, 1, 0, 1, 0, 0], ("H", "L", "P")),
        ([-1, 0, 0, 0, -1, 0], ("H", "A", "R")),
    ],
)
def test_rows_and_columns_may_run_any_way(
    tmp_path: Path, orientation: list[int], codes_wanted: tuple[str, str, str]
) -> None:
    def edit(_: int, ds: Dataset) -> None:
        ds.ImageOrientationPatient = orientation

    hu = write_series(tmp_path, edit=edit)
    loaded = load(only(tmp_path))
    assert loaded.volume.geometry.axis_codes == codes_wanted
    assert np.array_equal(loaded.volume.array, hu)


def test_one_missing_slice_is_bridged_with_a_warning(tmp_path: Path) -> None:
    hu = write_series(tmp_path, edit=lambda n, ds: drop(ds) if n == 5 else None)
    entry = only(tmp_path)
    loaded = load(entry)
    assert "slices_bridged" in codes(entry)
    assert loaded.volume.array.shape[0] == 12
    assert loaded.sop_uids[5] is None
    between = (hu[4].astype(float) + hu[6]) / 2
    assert np.abs(loaded.volume.array[5] - between).max() <= 0.5


def test_a_wide_hole_is_refused(tmp_path: Path) -> None:
    write_series(tmp_path, slices=30, edit=lambda n, ds: drop(ds) if 10 <= n < 16 else None)
    assert refusal_code(tmp_path) == "SLICES_MISSING"


def test_many_single_holes_are_refused(tmp_path: Path) -> None:
    write_series(tmp_path, slices=30, edit=lambda n, ds: drop(ds) if n in (3, 8, 12, 17, 22, 27) else None)
    assert refusal_code(tmp_path) == "SLICES_MISSING"


def test_positions_rounded_to_a_tenth_of_a_millimetre_are_even(tmp_path: Path) -> None:
    def edit(number: int, ds: Dataset) -> None:
        ds.ImagePositionPatient = numbers([-150.0, -140.0, round(-300 + 0.625 * number, 1)])

    write_series(tmp_path, slices=40, edit=edit)
    entry = only(tmp_path)
    assert entry.spacing_mm == pytest.approx((0.625, 0.8, 0.8), abs=2e-3)
    assert "spacing_uneven" not in codes(entry)


def test_slightly_uneven_spacing_is_used_with_a_warning(tmp_path: Path) -> None:
    def edit(number: int, ds: Dataset) -> None:
        ds.ImagePositionPatient = numbers([-150.0, -140.0, -300 + 2 * number + (0.5 if number % 2 else 0.0)])

    write_series(tmp_path, edit=edit)
    assert "spacing_uneven" in codes(only(tmp_path))


def test_spacing_that_changes_midway_is_refused(tmp_path: Path) -> None:
    def edit(number: int, ds: Dataset) -> None:
        z = -300 + 2 * number if number < 6 else -290 + 5.3 * (number - 5)
        ds.ImagePositionPatient = numbers([-150.0, -140.0, z])

    write_series(tmp_path, edit=edit)
    assert refusal_code(tmp_path) == "UNEVEN_SPACING"


def tilted(degrees: float) -> tuple[list[str], float]:
    angle = np.radians(degrees)
    return numbers([1, 0, 0, 0, np.cos(angle), -np.sin(angle)]), float(angle)


def test_a_tilted_gantry_is_refused_with_its_angle(tmp_path: Path) -> None:
    orientation, _ = tilted(12.0)

    def edit(_: int, ds: Dataset) -> None:
        ds.ImageOrientationPatient = orientation

    write_series(tmp_path, edit=edit)
    (study,) = studies(tmp_path)
    assert study.refusal is not None
    assert study.refusal.code == "GANTRY_TILT"
    assert "12.0 degrees" in study.refusal.what


def test_a_tilt_below_one_degree_is_used_with_a_warning(tmp_path: Path) -> None:
    orientation, _ = tilted(0.6)

    def edit(_: int, ds: Dataset) -> None:
        ds.ImageOrientationPatient = orientation

    write_series(tmp_path, slices=60, edit=edit)
    assert "gantry_tilt_small" in codes(only(tmp_path))


def test_an_oblique_stack_without_shear_is_no_tilt(tmp_path: Path) -> None:
    orientation, angle = tilted(10.0)

    def edit(number: int, ds: Dataset) -> None:
        ds.ImageOrientationPatient = orientation
        z, y = 2 * number * np.cos(angle), 2 * number * np.sin(angle)
        ds.ImagePositionPatient = numbers([-150, -140 + y, -300 + z])

    hu = write_series(tmp_path, edit=edit)
    entry = only(tmp_path)
    assert entry.notices == ()
    assert np.array_equal(load(entry).volume.array, hu)


def test_slices_shifted_sideways_are_refused(tmp_path: Path) -> None:
    def edit(number: int, ds: Dataset) -> None:
        ds.ImagePositionPatient = numbers([-150 + (10 if number == 4 else 0), -140, -300 + 2 * number])

    write_series(tmp_path, edit=edit)
    assert refusal_code(tmp_path) == "SLICES_SHIFTED"


def test_true_duplicates_are_dropped_with_a_warning(tmp_path: Path) -> None:
    hu = write_series(tmp_path)

    def renamed(_: int, ds: Dataset) -> None:
        ds.SOPInstanceUID = new_uid("copy", ds.SOPInstanceUID)

    write_series(tmp_path, prefix="copy", edit=renamed)
    entry = only(tmp_path)
    assert codes(entry) == {"duplicates_dropped"}
    assert np.array_equal(load(entry).volume.array, hu)


@pytest.mark.parametrize("keyword", ["AcquisitionNumber", "AcquisitionTime", "SliceThickness", "FrameOfReferenceUID"])
def test_two_volumes_under_one_uid_are_told_apart(tmp_path: Path, keyword: str) -> None:
    values = {
        "AcquisitionNumber": (1, 2),
        "AcquisitionTime": ("101600", "101900"),
        "SliceThickness": ("1.0", "5.0"),
        "FrameOfReferenceUID": ("1.2.3", "1.2.4"),
    }[keyword]
    first, second = chest_hu(12, seed=1), chest_hu(12, seed=2)
    for number, hu in enumerate((first, second)):

        def edit(_: int, ds: Dataset, number: int = number) -> None:
            ds.AcquisitionTime = "101600"
            setattr(ds, keyword, values[number])

        write_series(tmp_path, prefix=str(number), hu=hu, edit=edit)
    (study,) = studies(tmp_path)
    assert len(study.series) == 2
    found = [load(entry).volume.array for entry in study.series]
    assert {np.array_equal(found[0], first), np.array_equal(found[0], second)} == {True, False}
    assert not np.array_equal(found[0], found[1])
    assert len({entry.series_id for entry in study.series}) == 2


def test_an_expiratory_pair_in_each_others_gaps_is_told_apart(tmp_path: Path) -> None:
    first, second = chest_hu(12, seed=1), chest_hu(12, seed=2)
    for number, hu in enumerate((first, second)):

        def edit(place: int, ds: Dataset, number: int = number) -> None:
            ds.AcquisitionNumber = number
            ds.ImagePositionPatient = [-150, -140, -300 + 2 * place + number]

        write_series(tmp_path, prefix=str(number), hu=hu, edit=edit)
    (study,) = studies(tmp_path)
    assert [entry.slices for entry in study.series] == [12, 12]
    assert all(entry.spacing_mm == pytest.approx((2, 0.8, 0.8)) for entry in study.series)


def test_two_acquisitions_end_to_end_are_one_volume(tmp_path: Path) -> None:
    hu = write_series(tmp_path, slices=20, edit=lambda n, ds: setattr(ds, "AcquisitionNumber", 1 + n // 10))
    assert np.array_equal(load(only(tmp_path)).volume.array, hu)


def test_two_volumes_are_told_apart_by_runs_of_instance_numbers(tmp_path: Path) -> None:
    for number in range(2):

        def edit(place: int, ds: Dataset, number: int = number) -> None:
            del ds.AcquisitionTime, ds.AcquisitionNumber
            ds.InstanceNumber = 1 + place + 12 * number

        write_series(tmp_path, prefix=str(number), hu=chest_hu(12, seed=number), edit=edit)
    (study,) = studies(tmp_path)
    assert [entry.slices for entry in study.series] == [12, 12]
    assert all(entry.usable for entry in study.series)


def test_different_slices_at_one_place_that_nothing_tells_apart_are_refused(tmp_path: Path) -> None:
    for number in range(2):

        def edit(_: int, ds: Dataset) -> None:
            del ds.AcquisitionTime, ds.AcquisitionNumber, ds.InstanceNumber

        write_series(tmp_path, prefix=str(number), hu=chest_hu(12, seed=number), edit=edit)
    assert refusal_code(tmp_path) == "POSITIONS_REPEATED"


def test_a_localizer_inside_the_series_does_not_disturb(tmp_path: Path) -> None:
    hu = write_series(tmp_path)

    def scout(_: int, ds: Dataset) -> None:
        ds.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
        ds.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]

    write_series(tmp_path, slices=1, prefix="scout", edit=scout)
    (study,) = studies(tmp_path)
    assert study.chosen is not None
    assert np.array_equal(load(study.chosen).volume.array, hu)
    assert [entry.role for entry in study.series] == ["axial", "localizer"]


@pytest.mark.parametrize(
    ("slices", "code"), [(1, "SINGLE_SLICE"), (2, "TOO_FEW_SLICES"), (4, "TOO_FEW_SLICES"), (5, None)]
)
def test_a_few_slices_are_no_volume(tmp_path: Path, slices: int, code: str | None) -> None:
    write_series(tmp_path, slices=slices)
    assert refusal_code(tmp_path) == code


@pytest.mark.parametrize(
    ("keyword", "value", "code"),
    [
        ("ImagePositionPatient", None, "POSITION_MISSING"),
        ("ImagePositionPatient", b"1\\2", "POSITION_MISSING"),
        ("ImagePositionPatient", b"a\\b\\c", "POSITION_MISSING"),
        ("ImagePositionPatient", b"nan\\0\\0", "POSITION_MISSING"),
        ("ImagePositionPatient", b"0\\0\\1e30", "POSITION_ABSURD"),
        ("ImageOrientationPatient", None, "ORIENTATION_MISSING"),
        ("ImageOrientationPatient", b"1\\0\\0\\0\\1", "ORIENTATION_MISSING"),
        ("ImageOrientationPatient", b"0\\0\\0\\0\\0\\0", "ORIENTATION_BROKEN"),
        ("ImageOrientationPatient", b"1\\0\\0\\0.5\\0.8\\0", "ORIENTATION_BROKEN"),
        ("ImageOrientationPatient", b"2\\0\\0\\0\\2\\0", "ORIENTATION_BROKEN"),
        ("PixelSpacing", None, "PIXEL_SPACING_MISSING"),
        ("PixelSpacing", b"abc", "PIXEL_SPACING_MISSING"),
        ("PixelSpacing", b"0\\0", "PIXEL_SPACING_ABSURD"),
        ("PixelSpacing", b"-0.8\\0.8", "PIXEL_SPACING_ABSURD"),
        ("PixelSpacing", b"800\\800", "PIXEL_SPACING_ABSURD"),
        ("RescaleSlope", None, "RESCALE_MISSING"),
        ("RescaleSlope", b"nan", "RESCALE_MISSING"),
        ("RescaleSlope", b"1\\2", "RESCALE_MISSING"),
        ("RescaleSlope", b"0", "RESCALE_ABSURD"),
        ("RescaleSlope", b"-1", "RESCALE_ABSURD"),
        ("RescaleSlope", b"1e9", "RESCALE_ABSURD"),
        ("RescaleIntercept", None, "RESCALE_MISSING"),
        ("RescaleIntercept", b"1e9", "RESCALE_ABSURD"),
        ("RescaleType", b"Z_EFF", "SPECTRAL_MAP"),
        ("RescaleType", b"OD", "RESCALE_NOT_HU"),
        ("Modality", b"PT", "NOT_CT"),
        ("Modality", b"MR", "NOT_CT"),
        ("Rows", b"\0\0", "PIXELS_MISSING"),
        ("SamplesPerPixel", b"\x03\0", "PIXELS_UNSUPPORTED"),
        ("BitsAllocated", b"\x0c\0", "PIXELS_UNSUPPORTED"),
    ],
)
def test_what_a_slice_must_say_is_asked_for_by_name(
    tmp_path: Path, keyword: str, value: bytes | None, code: str
) -> None:
    def edit(_: int, ds: Dataset) -> None:
        if value is None:
            delattr(ds, keyword)
        else:
            put_raw(ds, keyword, value)

    write_series(tmp_path, edit=edit)
    (study,) = studies(tmp_path)
    assert study.refusal is not None
    assert study.refusal.code == code
    assert "Marker" not in study.refusal.line()


def test_one_value_written_twice_is_one_value(tmp_path: Path) -> None:
    write_series(tmp_path, edit=lambda _, ds: put_raw(ds, "RescaleSlope", b"1 \\1"))
    assert only(tmp_path).usable


def test_a_slice_wider_than_any_bore_is_refused(tmp_path: Path) -> None:
    def edit(_: int, ds: Dataset) -> None:
        ds.PixelSpacing = [4.5, 4.5]

    write_series(tmp_path, slices=6, side=256, edit=edit)
    (study,) = studies(tmp_path)
    assert study.refusal is not None
    assert study.refusal.code == "PIXEL_SPACING_ABSURD"
    assert "4.5" in study.refusal.what


def test_the_message_names_the_offending_value(tmp_path: Path) -> None:
    write_series(tmp_path, edit=lambda _, ds: put_raw(ds, "PixelSpacing", b"0.8.1\\0.8"))
    (study,) = studies(tmp_path)
    assert study.refusal is not None
    assert "0.8.1" in study.refusal.what
    assert "input[1]" in study.refusal.where


def test_slices_all_at_one_place_are_refused(tmp_path: Path) -> None:
    def edit(_: int, ds: Dataset) -> None:
        ds.ImagePositionPatient = [0, 0, 0]
        del ds.InstanceNumber, ds.AcquisitionTime

    write_series(tmp_path, edit=edit)
    assert refusal_code(tmp_path) == "POSITIONS_REPEATED"


def test_slices_a_metre_apart_are_refused(tmp_path: Path) -> None:
    write_series(tmp_path, step_mm=100.0)
    assert refusal_code(tmp_path) == "SPACING_ABSURD"


def test_one_slice_with_an_unreadable_position_is_left_out_and_bridged(tmp_path: Path) -> None:
    write_series(tmp_path, edit=lambda n, ds: put_raw(ds, "ImagePositionPatient", b"x") if n == 5 else None)
    entry = only(tmp_path)
    assert codes(entry) == {"slices_unusable", "slices_bridged"}
    assert load(entry).volume.array.shape[0] == 12


def test_absurd_sizes_are_refused_before_memory_is_taken(tmp_path: Path) -> None:
    write_series(tmp_path, edit=lambda _, ds: put_raw(ds, "Rows", b"\xff\xff"))
    assert refusal_code(tmp_path) == "ABSURD_SIZE"


def test_a_volume_beyond_the_limit_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    write_series(tmp_path)
    entry = only(tmp_path)
    with pytest.raises(InputError, match="are allowed") as error:
        load(entry, limits=replace(ReadingLimits(), max_volume_bytes=1000))
    assert error.value.code == "ABSURD_SIZE"


def test_an_absurd_number_of_frames_is_refused(tmp_path: Path) -> None:
    write_series(tmp_path, slices=1, edit=lambda _, ds: put_raw(ds, "NumberOfFrames", b"2000000000"))
    assert refusal_code(tmp_path) == "ABSURD_SIZE"


def test_two_studies_in_one_pile_are_kept_apart(tmp_path: Path) -> None:
    write_series(tmp_path)

    def other(_: int, ds: Dataset) -> None:
        ds.StudyInstanceUID, ds.SeriesInstanceUID = "1.2.3.4", "1.2.3.4.5"

    write_series(tmp_path / "deep" / "er", edit=other)
    found = studies(tmp_path)
    assert {study.study_uid for study in found} == {STUDY, "1.2.3.4"}
    assert all(study.chosen is not None and study.chosen.slices == 12 for study in found)


def test_an_unusable_entry_raises_its_own_error_when_loaded(tmp_path: Path) -> None:
    write_series(tmp_path, slices=1)
    with pytest.raises(InputError) as error:
        load(only(tmp_path))
    assert error.value.code == "SINGLE_SLICE"


def test_scanning_twice_gives_the_same_ids(tmp_path: Path) -> None:
    write_series(tmp_path)
    first, second = scan([tmp_path]), scan([tmp_path])
    assert first.studies[0].study_id == second.studies[0].study_id == "study-" + first.studies[0].study_id[6:]
    assert first.studies[0].series[0].series_id == second.studies[0].series[0].series_id
