from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pictured_objects import CAPTURE, inked, noisy_slice, object_of, pixels_of, written
from pydicom.encaps import encapsulate
from pydicom.uid import UID

from groundglass.deidentify.pixels import PixelCleaner, PixelOutcome
from groundglass.deidentify.profile import PixelRules

_CLEANER = PixelCleaner(PixelRules())
_SLICE = noisy_slice()


def _with_text(value: int, text: str = "OSTRANDER KIM", top: int = 120, left: int = 60) -> NDArray[np.int16]:
    words = _SLICE.copy()
    words[written((256, 256), text, top, left)] = value
    return words


def test_a_slice_without_text_keeps_every_byte() -> None:
    ds = object_of(_SLICE)
    before = ds.PixelData
    assert _CLEANER.clean(ds) == PixelOutcome("unchanged", "cross-sectional")
    assert ds.PixelData == before
    assert "BurnedInAnnotation" not in ds


@pytest.mark.parametrize("value", [3071, 90])
def test_text_in_the_body_is_covered_and_nothing_else(value: int) -> None:
    words = _with_text(value)
    ink = words != _SLICE
    ds = object_of(words)
    outcome = _CLEANER.clean(ds)
    assert outcome.action == "blanked"
    assert outcome.boxes
    assert ds.BurnedInAnnotation == "NO"
    inside = np.zeros(words.shape, bool)
    for box in outcome.boxes:
        inside[box.top : box.bottom, box.left : box.right] = True
    after = pixels_of(ds)
    assert np.all(inside[ink]), "every stroke lies in a box"
    assert np.all(after[inside] == -2000)
    np.testing.assert_array_equal(after[~inside], words[~inside])
    assert inside.sum() < 6 * np.ptp(np.nonzero(ink)[0]) * np.ptp(np.nonzero(ink)[1])


@pytest.mark.parametrize(
    ("text", "value", "size"),
    [("Лебедев 7", 3071, 14), ("ВОРОНЦОВ", 500, 16), ("Лебедев 7", -1000, 28), ("陈建国", 500, 16)],
)
def test_text_of_any_script_is_covered(text: str, value: int, size: int) -> None:
    words = _SLICE.copy()
    words[inked((256, 256), text, 118, 60, size)] = value
    ds = object_of(words)
    assert _CLEANER.clean(ds).action == "blanked"
    assert np.all(pixels_of(ds)[words != _SLICE] == -2000)


def _with_fine_structure(seed: int) -> NDArray[np.int16]:
    """Rings and dots of one pixel like vessels and bones in slices of large pixels."""
    rng = np.random.default_rng(seed)
    words = noisy_slice(192, seed)
    rows, columns = np.mgrid[:192, :192]
    for _ in range(60):
        row, column, radius = rng.uniform(50, 140), rng.uniform(50, 140), rng.uniform(0, 9)
        ring = np.abs(np.hypot(rows - row, columns - column) - radius) < 0.6
        words[ring] += np.round(rng.uniform(200, 700) + rng.normal(0, 20, int(ring.sum()))).astype(np.int16)
    return words


@pytest.mark.parametrize("seed", range(2))
def test_fine_structure_is_neither_covered_nor_remarked(seed: int) -> None:
    words = _with_fine_structure(seed)
    ds = object_of(words)
    assert _CLEANER.clean(ds) == PixelOutcome("unchanged", "cross-sectional")
    np.testing.assert_array_equal(pixels_of(ds), words)


def test_where_half_of_a_slice_would_be_covered_nothing_is_and_a_person_is_asked() -> None:
    words = _SLICE.copy()
    for top in range(4, 250, 22):
        words[written((256, 256), "OSTRANDER KIM 23.11.1958 VOSS", top, 4, 16)] = 2000
    ds = object_of(words)
    outcome = _CLEANER.clean(ds)
    assert (outcome.action, outcome.remarks) == ("unchanged", ("drawn-marks",))
    np.testing.assert_array_equal(pixels_of(ds), words)


def test_text_of_one_value_hardly_above_the_tissue_is_covered() -> None:
    ds = object_of(_with_text(100, "VOSS 23.11.1958"))
    assert _CLEANER.clean(ds).action == "blanked"


def test_an_inverted_slice_is_covered_with_its_dark_end() -> None:
    ds = object_of((1000 - _with_text(3071).astype(np.int32)).astype(np.int16), PhotometricInterpretation="MONOCHROME1")
    outcome = _CLEANER.clean(ds)
    box = outcome.boxes[0]
    assert pixels_of(ds)[box.top, box.left] == 3000


def test_the_same_object_comes_out_the_same_in_any_order() -> None:
    one, again = object_of(_with_text(500, "Mill Road 9")), object_of(_with_text(500, "Mill Road 9"))
    assert PixelCleaner(PixelRules()).clean(one) == _CLEANER.clean(again)
    assert one.PixelData == again.PixelData


def test_an_image_with_text_is_left_out_where_the_profile_says_so() -> None:
    outcome = PixelCleaner(PixelRules(images="drop")).clean(object_of(_with_text(3071)))
    assert (outcome.action, outcome.reason) == ("drop", "burned-in-text")


def test_a_capture_is_left_out_by_default_and_blanked_on_request() -> None:
    screen = np.full((96, 320, 3), (20, 30, 60), np.uint8)
    screen[written((96, 320), "MARLOWE JANE", 8, 10)] = 255
    screen[written((96, 320), "DLP 231", 60, 10)] = (255, 220, 0)
    assert _CLEANER.clean(object_of(screen, sop_class=CAPTURE)).action == "drop"
    ds = object_of(screen, sop_class=CAPTURE)
    assert PixelCleaner(PixelRules(captures="blank")).clean(ds).action == "blanked"
    after = np.frombuffer(ds.PixelData, np.uint8).reshape(screen.shape)
    assert np.all(after[np.any(screen != (20, 30, 60), axis=2)] == 0)
    assert ds.PhotometricInterpretation == "RGB"
    assert ds.PlanarConfiguration == 0


def test_bits_above_the_stored_ones_are_cleared() -> None:
    words = (_SLICE.clip(-1024) + 1024).astype(np.uint16)
    hidden = words | (written((256, 256), "KIM", 20, 20).astype(np.uint16) << 14)
    ds = object_of(hidden, BitsStored=12, HighBit=11, RescaleIntercept=-1024)
    assert "unused-bits" in _CLEANER.clean(ds).remarks
    np.testing.assert_array_equal(pixels_of(ds), words)


def test_signed_words_get_their_sign_back() -> None:
    words = _SLICE.clip(-1024, 2047)
    hidden = (words.view(np.uint16) & 0x0FFF) | np.uint16(0x5000)
    ds = object_of(hidden.view(np.int16), BitsStored=12, HighBit=11)
    assert "unused-bits" in _CLEANER.clean(ds).remarks
    np.testing.assert_array_equal(pixels_of(ds), words)


def test_bytes_behind_the_last_pixel_are_cut() -> None:
    ds = object_of(_SLICE)
    ds.PixelData += b"MARLOWE^JANE"
    assert _CLEANER.clean(ds).remarks == ("trailing-bytes",)
    np.testing.assert_array_equal(pixels_of(ds), _SLICE)
    assert len(ds.PixelData) == _SLICE.nbytes


def test_text_in_a_compressed_slice_is_covered_and_stored_native() -> None:
    import imagecodecs

    words = (_with_text(3071).clip(-1024) + 1024).astype(np.uint16)
    ds = object_of(words, RescaleIntercept=-1024)
    ds.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.4.80")
    ds.PixelData = encapsulate([bytes(imagecodecs.jpegls_encode(words))])
    ds["PixelData"].is_undefined_length = True
    assert _CLEANER.clean(ds).action == "blanked"
    assert ds.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    assert len(ds.PixelData) == words.nbytes
    assert not ds["PixelData"].is_undefined_length


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"PixelData": b"\0" * 100}, "PIXELS_TRUNCATED"),
        ({"Rows": 0}, "PIXELS_MISSING"),
        ({"Rows": 60000}, "ABSURD_SIZE"),
        ({"BitsAllocated": 12, "BitsStored": 12}, "PIXELS_UNSUPPORTED"),
        ({"SamplesPerPixel": 4}, "PIXELS_UNSUPPORTED"),
    ],
)
def test_pixels_that_cannot_be_read_are_told_by_their_code(more: dict[str, Any], code: str) -> None:
    ds = object_of(_SLICE[:64, :64].copy(), **more)
    if more.get("SamplesPerPixel") == 4:
        ds.SOPClassUID, ds.Modality = UID("1.2.840.10008.5.1.4.1.1.6.1"), "US"
    assert _CLEANER.clean(ds) == PixelOutcome("unreadable", code)


def test_a_head_in_the_field_of_view_is_told() -> None:
    assert _CLEANER.clean(object_of(_SLICE, BodyPartExamined="HEAD")).remarks == ("face",)


def test_nothing_is_read_where_the_profile_says_so() -> None:
    ds = object_of(_with_text(3071), BurnedInAnnotation="YES")
    assert PixelCleaner(PixelRules(read="none")).clean(ds).action == "unchanged"
    assert ds.BurnedInAnnotation == "YES"
