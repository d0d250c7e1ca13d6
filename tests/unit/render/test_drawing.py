"""Windows, PNG, contours and rectangles."""

from __future__ import annotations

import io

import numpy as np
import pytest
import scipy.ndimage as ndi
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from groundglass.render.overlay import Plane, draw_contours, lesion_boxes
from groundglass.render.picture import GROUND_GLASS_COLOUR, LUNG_WINDOW, encode_jpeg, encode_png, to_grey


@given(arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12), st.just(3))))
def test_our_png_is_read_back_by_pillow_bit_by_bit(rgb: np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]) -> None:
    image = Image.open(io.BytesIO(encode_png(rgb)))
    assert image.mode == "RGB"
    assert np.array_equal(np.asarray(image), rgb)


def test_the_preview_keeps_thin_coloured_lines() -> None:
    rgb = np.zeros((40, 40, 3), np.uint8)
    rgb[20] = (255, 48, 48)
    back = np.asarray(Image.open(io.BytesIO(encode_jpeg(rgb))))
    assert back[20, 10, 0] > 200
    assert back[20, 10, 1] < 100


@pytest.mark.parametrize(("hu", "grey"), [(-32768, 0), (-1350, 0), (-600, 127), (150, 255), (32767, 255)])
def test_the_lung_window_is_black_at_its_foot_and_white_at_its_top(hu: int, grey: int) -> None:
    assert to_grey(np.array([hu], np.int16), LUNG_WINDOW)[0] == grey


def test_a_contour_runs_along_the_edge_of_the_mask() -> None:
    labels = np.zeros((50, 60), np.uint8)
    labels[18:33, 20:41] = 1
    scale = 8
    rgb = np.zeros((50 * scale, 60 * scale, 3), np.uint8)
    draw_contours(rgb, labels)
    drawn = (np.abs(rgb.astype(int) - GROUND_GLASS_COLOUR) < 40).all(axis=2)
    mask = np.kron(labels, np.ones((scale, scale), np.uint8)).astype(bool)
    inside, outside = ndi.distance_transform_edt(mask), ndi.distance_transform_edt(~mask)
    away = np.where(mask, inside, outside)[drawn]
    assert drawn.sum() > 2 * (15 + 21) * scale * 0.8
    assert np.median(away) <= 2
    assert away.max() <= scale  # corners are rounded by less than a voxel


def test_a_contour_at_the_border_of_the_picture_stays_inside_it() -> None:
    labels = np.ones((10, 10), np.uint8)
    rgb = np.zeros((35, 41, 3), np.uint8)
    draw_contours(rgb, labels)
    assert rgb.shape == (35, 41, 3)


@settings(max_examples=40)
@given(arrays(np.uint8, (14, 18), elements=st.integers(0, 2)))
def test_rectangles_hold_every_lesion_and_never_overlap(
    labels: np.ndarray[tuple[int, int], np.dtype[np.uint8]],
) -> None:
    plane = Plane(np.zeros((14, 18), np.int16), labels, (6.0, 6.0))
    boxes = lesion_boxes(plane)
    held = np.zeros(labels.shape, int)
    for top, left, bottom, right in boxes:
        assert 0 <= top < bottom <= 14
        assert 0 <= left < right <= 18
        held[top:bottom, left:right] += 1
    assert held.max(initial=0) <= 1
    assert (held[labels > 0] == 1).all()


def test_specks_get_no_rectangle() -> None:
    labels = np.zeros((40, 40), np.uint8)
    labels[5, 5] = 1
    assert lesion_boxes(Plane(np.zeros((40, 40), np.int16), labels, (0.7, 0.7))) == ()
