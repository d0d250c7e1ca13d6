import numpy as np
import pytest
from numpy.typing import NDArray
from pictured_objects import noisy_slice, written

from groundglass.deidentify.pixels.quick_look import Scale, suspect_windows

_SLICE = noisy_slice(512)
_HU = Scale(1.0)


def _touched(windows: NDArray[np.bool_], ink: NDArray[np.bool_]) -> bool:
    rows, columns = np.nonzero(windows)
    return any(
        ink[8 * row : 8 * row + 16, 16 * column : 16 * column + 32].any()
        for row, column in zip(rows, columns, strict=True)
    )


def test_noise_edges_and_the_end_of_the_field_of_view_are_no_suspects() -> None:
    assert not suspect_windows(_SLICE, _HU).any()


@pytest.mark.parametrize("value", [3071, 300, 60, -1024, -2000])
@pytest.mark.parametrize("place", [(250, 200), (6, 6), (490, 380), (60, 230)])
@pytest.mark.parametrize("size", [10, 16, 40])
def test_drawn_letters_are_suspects_wherever_they_stand(value: int, place: tuple[int, int], size: int) -> None:
    ink = written((512, 512), "KIM 23.11", *place, size)
    words = _SLICE.copy()
    words[ink] = value
    visible = ink & (words != _SLICE)
    if visible.sum() < ink.sum() // 2:
        # the value is that of the ground: nothing was drawn
        np.testing.assert_array_equal(words[~visible], _SLICE[~visible])
        return
    windows = suspect_windows(words, _HU)
    assert _touched(windows, ink)


@pytest.mark.parametrize("kind", ["<u2", "<i4", "<u4"])
def test_other_word_sizes_are_looked_at_the_same_way(kind: str) -> None:
    words = (_SLICE.clip(-1024, 3000) + 1024.0).astype(kind)
    assert not suspect_windows(words, _HU).any()
    words[written((512, 512), "KIM 23.11", 250, 200)] = 4095
    assert suspect_windows(words, _HU).any()


def test_letters_in_a_picture_of_bytes_are_suspects() -> None:
    words = ((_SLICE.clip(-1024, 3000) + 1024.0) * 0.06).astype(np.uint8)
    ink = written((512, 512), "KIM 23.11", 250, 200)
    words[ink] = 255
    assert _touched(suspect_windows(words, Scale(0.06)), ink)


def test_a_range_of_all_16_bits_does_not_go_round() -> None:
    words = _SLICE.copy()
    words[written((512, 512), "KIM 23.11", 250, 200)] = 32767
    words[0, 0] = -32768
    assert suspect_windows(words, _HU).any()


@pytest.mark.parametrize("shape", [(1, 1), (3, 700), (16, 16), (37, 41), (513, 511)])
def test_frames_of_any_shape_are_looked_at(shape: tuple[int, int]) -> None:
    assert not suspect_windows(np.zeros(shape, np.int16), _HU).any()
