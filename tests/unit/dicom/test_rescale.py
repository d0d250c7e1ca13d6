"""Stored numbers become Hounsfield units, padding becomes air, and other numbers are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from dicom_factory import chest_hu, codes, only, put_raw, set_pixels, write_series
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from groundglass.dicom.rescale import AIR_HU, find_peaks, require_plausible
from groundglass.dicom.series import load
from groundglass.errors import InputError


def stored(
    number: int, ds: Dataset, numbers: NDArray[np.generic], bits: int, intercept: float, slope: float = 1
) -> None:
    set_pixels(ds, numbers[number], bits=bits)
    ds.RescaleIntercept, ds.RescaleSlope = f"{intercept:g}", f"{slope:g}"


@pytest.mark.parametrize(
    ("dtype", "bits", "intercept"),
    [
        (np.uint16, 12, -1024),
        (np.uint16, 16, -1024),
        (np.uint16, 16, -32768),
        (np.int16, 16, 0),
        (np.int16, 16, -1024),
        (np.int16, 13, 0),
        (np.uint16, 16, -8192),
    ],
)
def test_12_and_16_bit_signed_and_unsigned_give_the_same_hu(
    tmp_path: Path, dtype: type[np.generic], bits: int, intercept: int
) -> None:
    hu = chest_hu(8)
    numbers = (hu.astype(np.int64) - intercept).astype(dtype)
    write_series(tmp_path, hu=hu, edit=lambda n, ds: stored(n, ds, numbers, bits, intercept))
    assert np.array_equal(load(only(tmp_path)).volume.array, hu)


def test_a_fractional_slope_is_rounded(tmp_path: Path) -> None:
    hu = chest_hu(8)
    numbers = np.rint((hu + 1024) / 0.25).astype(np.uint16)
    write_series(tmp_path, hu=hu, edit=lambda n, ds: stored(n, ds, numbers, 16, -1024, 0.25))
    assert np.array_equal(load(only(tmp_path)).volume.array, hu)


def test_slope_and_intercept_may_differ_slice_by_slice(tmp_path: Path) -> None:
    hu = chest_hu(8)

    def edit(number: int, ds: Dataset) -> None:
        numbers = (hu.astype(np.int64) + 1024 + number).astype(np.uint16)
        stored(number, ds, numbers, 16, -1024 - number)

    write_series(tmp_path, hu=hu, edit=edit)
    assert np.array_equal(load(only(tmp_path)).volume.array, hu)


@pytest.mark.parametrize("padding", [-1500, -2000, -2048, -3024, -32768])
def test_padding_becomes_air(tmp_path: Path, padding: int) -> None:
    hu = chest_hu(8)
    hu[:, :3] = padding
    write_series(tmp_path, hu=hu, edit=lambda n, ds: stored(n, ds, hu, 16, 0))
    loaded = load(only(tmp_path))
    assert (loaded.volume.array[:, :3] == AIR_HU).all()
    assert np.array_equal(loaded.volume.array[:, 3:], hu[:, 3:])
    assert {n.code for n in loaded.notices} == {"padding_replaced"}


def test_a_high_padding_value_and_its_range_become_air(tmp_path: Path) -> None:
    hu = chest_hu(8)
    hu[:, :3, :16], hu[:, :3, 16:] = 31000, 31005

    def edit(number: int, ds: Dataset) -> None:
        stored(number, ds, hu, 16, 0)
        put_raw(ds, "PixelPaddingValue", np.int16(31000).tobytes())
        put_raw(ds, "PixelPaddingRangeLimit", np.int16(31010).tobytes())

    write_series(tmp_path, hu=hu, edit=edit)
    assert (load(only(tmp_path)).volume.array[:, :3] == AIR_HU).all()


def test_a_padding_value_that_is_water_is_not_followed(tmp_path: Path) -> None:
    hu = chest_hu(8)

    def edit(number: int, ds: Dataset) -> None:
        stored(number, ds, hu, 16, 0)
        put_raw(ds, "PixelPaddingValue", b"\0\0")

    write_series(tmp_path, hu=hu, edit=edit)
    loaded = load(only(tmp_path))
    assert np.array_equal(loaded.volume.array, hu)
    assert {n.code for n in loaded.notices} == {"padding_value_ignored"}


@pytest.mark.parametrize("said", ["HU", "Houndsfield Unit", "HOUNSFIELD"])
def test_the_usual_spellings_of_hu_are_taken(tmp_path: Path, said: str) -> None:
    write_series(tmp_path, edit=lambda _, ds: put_raw(ds, "RescaleType", said.encode()))
    assert codes(only(tmp_path)) == set()


def test_an_unspecified_rescale_type_is_taken_with_a_warning(tmp_path: Path) -> None:
    write_series(tmp_path, edit=lambda _, ds: setattr(ds, "RescaleType", "US"))
    assert codes(only(tmp_path)) == {"rescale_unspecified"}


def test_values_beyond_16_bits_are_clipped_with_a_warning(tmp_path: Path) -> None:
    hu = chest_hu(8)
    numbers = ((hu.astype(np.int64) + 1024) / 2).astype(np.uint16)
    numbers[:, 0, 0] = 60000
    write_series(tmp_path, hu=hu, edit=lambda n, ds: stored(n, ds, numbers, 16, -1024, 2))
    loaded = load(only(tmp_path))
    assert (loaded.volume.array[:, 0, 0] == 32767).all()
    assert "values_clipped" in {n.code for n in loaded.notices}


def test_an_overlay_in_the_high_bits_is_cleared(tmp_path: Path) -> None:
    hu = chest_hu(8)
    numbers = (hu.astype(np.int64) + 1024).astype(np.uint16)
    numbers[:, ::2] |= 0x8000
    write_series(tmp_path, hu=hu, edit=lambda n, ds: stored(n, ds, numbers, 12, -1024))
    assert np.array_equal(load(only(tmp_path)).volume.array, hu)


def test_12_bit_signed_values_without_sign_extension_are_extended(tmp_path: Path) -> None:
    hu = np.clip(chest_hu(8), -1024, 1000)
    numbers = (hu.astype(np.int64) & 0x0FFF).astype(np.int16)
    write_series(tmp_path, hu=hu, edit=lambda n, ds: stored(n, ds, numbers, 12, 0))
    assert np.array_equal(load(only(tmp_path)).volume.array, hu)


def test_values_that_do_not_begin_at_bit_0_are_shifted(tmp_path: Path) -> None:
    hu = chest_hu(8)
    numbers = ((hu.astype(np.int64) + 1024) << 4).astype(np.uint16)

    def edit(number: int, ds: Dataset) -> None:
        stored(number, ds, numbers, 12, -1024)
        ds.HighBit = 15

    write_series(tmp_path, hu=hu, edit=edit)
    assert np.array_equal(load(only(tmp_path)).volume.array, hu)


def test_inverted_photometric_interpretation_is_mentioned_and_the_numbers_kept(tmp_path: Path) -> None:
    hu = write_series(tmp_path, edit=lambda _, ds: setattr(ds, "PhotometricInterpretation", "MONOCHROME1"))
    entry = only(tmp_path)
    assert codes(entry) == {"monochrome1"}
    assert np.array_equal(load(entry).volume.array, hu)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("intercept forgotten", lambda hu: hu + 1024),
        ("intercept applied twice", lambda hu: hu - 1024),
        ("inverted", lambda hu: -hu),
        ("doubled", lambda hu: 2 * hu + 1000),
        ("window of 8 bits", lambda hu: np.clip((hu + 1350) / 1500 * 255, 0, 255)),
        ("shifted by 300", lambda hu: hu + 300),
        ("shifted by -300", lambda hu: hu - 300),
        ("all zero", lambda hu: 0 * hu),
        ("bytes swapped", lambda hu: hu.byteswap()),
    ],
)
def test_numbers_that_are_no_hu_are_refused(name: str, change: object) -> None:
    hu = chest_hu(20, 128)
    changed = np.asarray(change(hu)).astype(np.int16)  # type: ignore[operator]  # a table of functions
    with pytest.raises(InputError) as error:
        require_plausible(changed, name)
    assert error.value.code == "HU_NOT_PLAUSIBLE"
    assert "%" in error.value.what


def body(
    noise_hu: float = 12.0, *, soft: float = 45.0, lung: float = -840.0, air: float = -1000.0
) -> NDArray[np.int16]:
    """Return a chest of other densities."""
    rng = np.random.default_rng(3)
    plane = chest_hu(1, 128, noise_hu=0)[0].astype(float)
    values = np.select([plane > -100, plane > -900], [soft, lung], air)
    return np.clip(values[None] + rng.normal(0, noise_hu, (20, 128, 128)), -1024, 3000).astype(np.int16)


@pytest.mark.parametrize(
    ("name", "volume"),
    [
        ("routine", body()),
        ("lung kernel", body(120.0)),
        ("low dose", body(60.0)),
        ("contrast", body(soft=95.0)),
        ("fat", body(soft=-105.0)),
        ("emphysema", body(lung=-960.0)),
        ("dense lungs", body(lung=-620.0)),
        ("field of view inside the body", body()[:, 40:90, 24:104]),
        ("air at the floor of the scale", body(air=-1300.0)),
    ],
)
def test_chests_of_many_kinds_pass_the_check(name: str, volume: NDArray[np.int16]) -> None:
    peaks = require_plausible(volume, name)
    assert peaks.soft_peak_hu is not None
    assert peaks.air_part > 0.01


def test_the_check_refuses_a_series_when_it_is_loaded(tmp_path: Path) -> None:
    write_series(tmp_path, edit=lambda _, ds: setattr(ds, "RescaleIntercept", "0"))
    with pytest.raises(InputError) as error:
        load(only(tmp_path))
    assert error.value.code == "HU_NOT_PLAUSIBLE"


def test_the_peaks_are_found_where_they_are() -> None:
    peaks = find_peaks(body())
    assert peaks.soft_peak_hu == pytest.approx(45, abs=10)
    assert 0.1 < peaks.air_part < 0.8
