"""Lesions one by one: what is one, what is found, what is false."""

from __future__ import annotations

import numpy as np
import pytest

from groundglass.errors import InputError
from groundglass.evaluation.lesionwise import Lesion, match_lesions


def test_a_lesion_is_found_from_a_tenth_of_it_on_and_false_below() -> None:
    drawn = np.zeros((4, 10, 30), dtype=np.uint8)
    drawn[0, 0, :20] = 1
    drawn[3, 5, :10] = 2
    found = np.zeros(drawn.shape, dtype=bool)
    found[0, 0, 18:] = True  # 2 of 20 drawn voxels, 2 of its own 12
    found[3, 9, 0:25] = True  # nobody drew it
    match = match_lesions(found, drawn)
    assert match.drawn == (Lesion(20, True), Lesion(10, False))
    assert match.found == (Lesion(25, False), Lesion(12, True))
    found[0, 0, 18] = False  # 1 of 20 drawn voxels is left
    assert match_lesions(found, drawn).drawn[0] == Lesion(20, False)


def test_voxels_that_touch_at_a_corner_are_one_lesion() -> None:
    mask = np.zeros((3, 3, 3), dtype=bool)
    mask[0, 0, 0] = mask[1, 1, 1] = mask[2, 2, 2] = True
    match = match_lesions(mask, mask)
    assert match.drawn == match.found == (Lesion(3, True),)


def test_empty_masks_have_no_lesions() -> None:
    empty = np.zeros((2, 2, 2), dtype=bool)
    assert match_lesions(empty, empty).drawn == match_lesions(empty, empty).found == ()


def test_masks_of_different_shape_are_refused() -> None:
    with pytest.raises(InputError) as refusal:
        match_lesions(np.zeros((2, 2, 2)), np.zeros((2, 2, 3)))
    assert refusal.value.code == "EVALUATION_INPUT"
