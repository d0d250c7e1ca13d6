"""Marked slices: where marks and words lie."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from groundglass.render.marked import (
    SIDE_AT_MOST_PX,
    WIDTH_AT_LEAST_PX,
    Sheet,
    Words,
    boxes,
    caption_characters,
    captioned,
    draw_marked,
    sheet,
)
from groundglass.render.picture import BOX_COLOUR, CONSOLIDATION_COLOUR, GROUND_GLASS_COLOUR

WORDS = Words(("groundglass 1", "2026-03-04"), ("slice 1",), ("12 %", "34 %"), ("RESEARCH",), "R", "L")


def plain(shape: tuple[int, int] = (512, 512)) -> Sheet:
    return Sheet(shape, shape, 0, 0, 0, 8)


def laid_out(source: tuple[int, int], spacing_mm: tuple[float, float], body: float = 0.0, lung: bool = False) -> Sheet:
    coarse = (64, 64)
    return sheet(source, spacing_mm, WORDS, np.full(coarse, body, np.float32), np.full(coarse, lung))


def is_colour(rgb: NDArray[np.uint8], colour: tuple[int, int, int]) -> NDArray[np.bool_]:
    return np.asarray((rgb == np.array(colour, np.uint8)).all(axis=-1))


def test_a_usual_slice_keeps_its_grid() -> None:
    made = laid_out((512, 512), (0.7, 0.7))
    assert made.same_grid
    assert made.first == (0.0, 0.0)
    assert made.step == (1.0, 1.0)


@pytest.mark.parametrize(
    ("source", "spacing_mm"),
    [
        ((64, 64), (5.0, 5.0)),
        ((300, 400), (1.2, 1.2)),
        ((512, 300), (0.6, 1.1)),
        ((200, 400), (1.2, 0.8)),
        ((60, 512), (5.0, 0.7)),
        ((3000, 100), (0.1, 0.1)),
        ((2000, 10), (0.3, 0.3)),
        ((1024, 1024), (0.3, 0.3)),
        ((16, 16), (0.05, 5.0)),
    ],
)
def test_anatomy_is_enlarged_not_distorted_not_cropped(
    source: tuple[int, int], spacing_mm: tuple[float, float]
) -> None:
    made = laid_out(source, spacing_mm)
    assert made.shape[1] >= WIDTH_AT_LEAST_PX
    assert max(made.picture) <= max(SIDE_AT_MOST_PX, max(source))
    pixel_mm = spacing_mm[0] * made.step[0], spacing_mm[1] * made.step[1]
    # as good as square: half a pixel over the shorter side at most
    assert pixel_mm[0] / pixel_mm[1] == pytest.approx(1, abs=0.6 / min(made.picture))
    covered = [n * step for n, step in zip(made.picture, made.step, strict=True)]
    assert covered == pytest.approx(list(source))


def test_the_first_pixel_of_an_enlarged_picture_lies_inside_the_first_voxel() -> None:
    made = laid_out((64, 64), (5.0, 5.0))
    assert made.picture == (512, 512)
    assert made.first == pytest.approx((-0.5 + 1 / 16, -0.5 + 1 / 16))


@pytest.mark.parametrize(("body", "lung"), [(1.0, False), (0.0, True)])
def test_words_that_would_hide_anatomy_get_a_strip(body: float, lung: bool) -> None:
    made = laid_out((512, 512), (0.7, 0.7), body, lung)
    assert made.picture == (512, 512)
    assert made.above > 0
    assert made.below > 0
    assert list(made.first) == [-made.above, 0.0]
    grey = np.full((512, 512), -600, np.int16)
    drawn = draw_marked(grey, np.zeros((512, 512), np.uint8), made, WORDS, (0.7, 0.7))
    inner = drawn[made.above : made.above + 512]
    assert (inner == inner[256, 256]).all(), "words on the anatomy"
    assert drawn[: made.above].any()
    assert drawn[-made.below :].any()


def test_outlines_lie_just_outside_the_lesion_and_hide_nothing_of_it() -> None:
    labels = np.zeros((512, 512), np.uint8)
    labels[200:240, 100:150] = 1
    labels[210:225, 110:130] = 2
    hu = np.full((512, 512), -800, np.int16)
    bare = draw_marked(hu, np.zeros_like(labels), plain(), Words(), (0.7, 0.7))
    drawn = draw_marked(hu, labels, plain(), Words(), (0.7, 0.7))
    amber, red = is_colour(drawn, GROUND_GLASS_COLOUR), is_colour(drawn, CONSOLIDATION_COLOUR)
    assert not amber[labels > 0].any()
    assert amber[199, 100:150].all()
    assert amber[200:240, 150].all()
    assert red.any()
    assert not red[labels == 2].any()
    changed = (drawn != bare).any(axis=-1)
    inside = changed[200:240, 100:150]
    assert inside.sum() < 0.05 * inside.size


def test_rectangles_hold_the_lesions_with_a_margin() -> None:
    labels = np.zeros((512, 512), np.uint8)
    labels[200:240, 100:150] = 1
    labels[300:320, 400:410] = 2
    drawn = draw_marked(np.full((512, 512), -800, np.int16), labels, plain(), Words(), (1.0, 1.0))
    red = is_colour(drawn, BOX_COLOUR)
    for rows, columns in (((200, 239), (100, 149)), ((300, 319), (400, 409))):
        assert red[rows[0] - 4, columns[0] - 4 : columns[1] + 4].all()
        assert red[rows[1] + 4, columns[0] - 4 : columns[1] + 4].all()
        assert red[rows[0] : rows[1], columns[0] - 4].all()
        assert red[rows[0] : rows[1], columns[1] + 4].all()


@pytest.mark.parametrize("place", [(0, 0), (50, 70), (99, 149)])
def test_a_slice_with_any_finding_has_a_rectangle(place: tuple[int, int]) -> None:
    labels = np.zeros((100, 150), np.uint8)
    labels[place] = 1
    ((top, left, bottom, right),) = boxes(labels, (0.8, 0.8))
    assert top <= place[0] < bottom
    assert left <= place[1] < right
    assert 0 <= top < bottom <= 100
    assert 0 <= left < right <= 150


def test_a_slice_without_a_finding_has_none() -> None:
    assert boxes(np.zeros((10, 10), np.uint8), (1.0, 1.0)) == ()


def test_marks_of_an_enlarged_slice_lie_on_its_enlarged_lesion() -> None:
    labels = np.zeros((64, 64), np.uint8)
    labels[20:24, 40:46] = 1
    made = laid_out((64, 64), (5.0, 5.0))
    drawn = draw_marked(np.full((64, 64), -800, np.int16), labels, made, Words(), (5.0, 5.0))
    rows, columns = np.nonzero(is_colour(drawn, BOX_COLOUR))
    assert rows.min() == 19 * 8
    assert rows.max() == 25 * 8 - 1
    assert columns.min() == 39 * 8
    assert columns.max() == 47 * 8 - 1


def test_words_stand_in_their_corners() -> None:
    hu = np.full((512, 512), -1000, np.int16)
    blank = draw_marked(hu, np.zeros((512, 512), np.uint8), plain(), Words(), (0.7, 0.7))
    for words, rows, columns in (
        (Words(top_left=("word",)), slice(0, 64), slice(0, 256)),
        (Words(top_right=("word",)), slice(0, 64), slice(256, 512)),
        (Words(bottom_left=("word",)), slice(448, 512), slice(0, 256)),
        (Words(bottom_right=("word",)), slice(448, 512), slice(256, 512)),
        (Words(left="R"), slice(0, 64), slice(0, 64)),
        (Words(right="L"), slice(0, 64), slice(448, 512)),
    ):
        drawn = draw_marked(hu, np.zeros((512, 512), np.uint8), plain(), words, (0.7, 0.7))
        changed = (drawn != blank).any(axis=-1)
        assert changed[rows, columns].any()
        changed[rows, columns] = False
        assert not changed.any()


@pytest.mark.parametrize("width", [60, 512, 828, 1600])
def test_captions_stand_below_a_drawing_that_stays_whole(width: int) -> None:
    drawing = np.full((100, width, 3), 77, np.uint8)
    line = "x" * caption_characters(width)
    out = captioned(drawing, [line, "y"])
    assert out.shape[1] == max(width, WIDTH_AT_LEAST_PX)
    start = (out.shape[1] - width) // 2
    assert np.array_equal(out[:100, start : start + width], drawing)
    assert out[100:].any()
    assert not out[100:, -2:].any()
