"""What the network says and what classical analysis found, put together on a small drawn chest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from groundglass.analysis.fusion import LearnedRules, Sight, _islands, fused_lesions, fused_lungs, joined, with_density
from groundglass.analysis.lesions import CONSOLIDATION, GROUND_GLASS, LesionRules
from groundglass.analysis.lungs import Lungs

SHAPE = (20, 44, 64)
SPACING_MM = (3.0, 2.5, 2.5)
RIGHT = (slice(3, 17), slice(10, 34), slice(8, 26))
LEFT = (slice(3, 17), slice(10, 34), slice(38, 56))
BASE = (slice(3, 9), slice(24, 34), slice(8, 26))
"""The consolidated part of the right lung."""
PIPE = (slice(3, 17), slice(12, 16), slice(30, 34))

Mask = NDArray[np.bool_]
Levels = NDArray[np.uint8]


def empty() -> Levels:
    return np.zeros(SHAPE, dtype=np.uint8)


def mask(*boxes: tuple[slice, slice, slice]) -> Mask:
    out = np.zeros(SHAPE, dtype=bool)
    for box in boxes:
        out[box] = True
    return out


def body() -> Mask:
    return mask((slice(0, 20), slice(4, 40), slice(2, 62)))


def hu() -> NDArray[np.int16]:
    out = np.where(body(), 40, -1000).astype(np.int16)
    out[mask(RIGHT, LEFT)] = -850
    out[BASE] = 30
    out[PIPE] = -990
    return out


def classical() -> Lungs:
    """Return the lungs without what is airless in them."""
    labels = empty()
    labels[RIGHT], labels[LEFT] = 1, 2
    labels[BASE] = 0
    return Lungs(labels, labels > 0, mask(), mask(), 32.0)


def sight() -> Sight:
    """Return what a perfect network says."""
    right, left, dense = empty(), empty(), empty()
    right[RIGHT], left[LEFT], dense[BASE] = 250, 250, 250
    return Sight(right, left, dense.copy(), dense, empty(), dense.copy())


def fused(said: Sight, found: Lungs | None = None) -> Lungs | None:
    return fused_lungs(found or classical(), said, hu(), body(), mask(PIPE), SPACING_MM)


def lungs_of(said: Sight, found: Lungs | None = None) -> Lungs:
    lungs = fused(said, found)
    assert lungs is not None
    return lungs


def test_consolidated_lung_enters_the_outline() -> None:
    lungs = lungs_of(sight())
    assert np.array_equal(lungs.labels == 1, mask(RIGHT))
    assert np.array_equal(lungs.labels == 2, mask(LEFT))
    assert np.array_equal(lungs.completed, mask(BASE))
    assert not lungs.aerated[BASE].any()
    assert not lungs.effusion.any()


def test_windpipe_and_the_air_outside_the_body_are_never_lung() -> None:
    said = sight()
    said.right[PIPE] = 255
    said.left[:, :4] = 255
    lungs = lungs_of(said)
    assert not lungs.labels[PIPE].any()
    assert not lungs.labels[~body()].any()


def test_fluid_that_the_network_sees_is_no_lung() -> None:
    said = replace(sight(), effusion=empty())
    said.right[BASE], said.effusion[BASE] = 180, 200
    lungs = lungs_of(said)
    # closing may round the corner between lung and fluid, but fluid stays out
    assert not lungs.labels[BASE].any()
    assert lungs.effusion[BASE].all()


def test_fluid_found_by_density_stands_unless_the_network_is_sure_of_lung() -> None:
    found = replace(classical(), effusion=mask(BASE))
    said = sight()
    assert lungs_of(said, found).labels[BASE].all()
    said.right[BASE] = 180
    lungs = lungs_of(said, found)
    deep = (slice(3, 7), slice(28, 34), slice(12, 22))
    assert not lungs.labels[deep].any()
    assert lungs.effusion[deep].all()


@pytest.mark.parametrize("level", [0, 100])
def test_a_network_that_sees_no_lung_has_failed(level: int) -> None:
    blind = sight()
    blind.right[:], blind.left[:] = level, level
    assert fused(blind) is None


def test_a_network_that_sees_one_lung_of_two_has_failed() -> None:
    said = sight()
    said.right[:] = 0
    assert fused(said) is None


def test_a_network_cannot_be_held_against_nothing() -> None:
    found = classical()
    assert fused(sight(), replace(found, labels=empty(), aerated=mask())) is None


def test_air_filled_lung_at_the_rim_belongs_to_the_outline() -> None:
    said = sight()
    said.left[3:17, 10:34, 38:39] = 0  # the network's outline is a voxel too narrow
    assert np.array_equal(lungs_of(said).labels == 2, mask(LEFT))


def test_a_small_stray_piece_is_left_out() -> None:
    said = sight()
    said.left[0:2, 36:39, 50:53] = 255
    assert not lungs_of(said).labels[0:2, 36:39, 50:53].any()


@pytest.mark.parametrize("slice_mm", [4.0, 12.0, 24.0])
def test_a_dense_piece_that_borders_on_no_air_filled_lung_is_liver_or_stomach(slice_mm: float) -> None:
    said = sight()
    below = (slice(0, 2), slice(6, 38), slice(6, 58))  # one slice is free between it and the lungs
    said.right[below] = 255
    lungs = fused_lungs(classical(), said, hu(), body(), mask(PIPE), (slice_mm, 2.5, 2.5))
    assert lungs is not None
    assert not lungs.labels[below].any()


def test_a_small_piece_of_one_side_amid_the_other_lung_takes_its_side() -> None:
    labels = empty()
    labels[RIGHT], labels[LEFT] = 1, 2
    labels[8:10, 20:23, 12:15] = 2
    expected = empty()
    expected[RIGHT], expected[LEFT] = 1, 2
    assert np.array_equal(_islands(labels), expected)


def test_the_border_of_the_picture_joins_nothing_to_the_other_side_of_a_piece() -> None:
    labels = np.zeros((3, 12, 12), dtype=np.uint8)
    labels[:, 6:, :] = 2
    labels[:, 0:3, 0] = labels[:, 2, 1] = 2  # a small piece along the border, two columns wide
    labels[:, 0, 2] = 1  # right lung, which touches it nowhere, in the last column of its box
    assert np.array_equal(_islands(labels), labels)


def test_lesions_are_split_by_density_and_what_is_airless_counts() -> None:
    said = sight()
    glass = (slice(10, 15), slice(14, 24), slice(42, 52))
    said.lesion[glass] = said.opacity[glass] = 230
    picture = hu()
    picture[glass] = -600
    lungs = lungs_of(sight()).labels
    found = fused_lesions(
        joined(said, LearnedRules()), picture, lungs, SPACING_MM, rules=LearnedRules(), cut=LesionRules()
    )
    assert np.array_equal(found > 0, mask(glass, BASE))
    assert set(np.unique(found[glass])) == {GROUND_GLASS}
    assert found[5, 29, 16] == CONSOLIDATION
    assert np.count_nonzero(found[BASE] == CONSOLIDATION) > 0.8 * found[BASE].size


def test_faint_and_tiny_finds_are_no_lesions_and_none_lies_outside_the_lungs() -> None:
    lungs = lungs_of(sight()).labels
    said = Sight(*(empty() for _ in range(6)))
    for level, box in (
        (140, (slice(10, 15), slice(14, 24), slice(42, 52))),
        (250, (slice(4, 6), slice(12, 14), slice(40, 42))),
    ):
        said.lesion[box] = said.opacity[box] = level
    outside = (slice(5, 15), slice(36, 40), slice(20, 50))
    said.lesion[outside] = said.opacity[outside] = 255
    found = fused_lesions(
        joined(said, LearnedRules()), hu(), lungs, SPACING_MM, rules=LearnedRules(), cut=LesionRules()
    )
    assert not found.any()
    assert not fused_lesions(
        joined(said, LearnedRules()), hu(), empty(), SPACING_MM, rules=LearnedRules(), cut=LesionRules()
    ).any()


def test_two_opinions_are_averaged_and_airless_lung_wins() -> None:
    said = Sight(*(empty() for _ in range(6)))
    said.lesion[:], said.opacity[:] = 200, 100
    said.dense[0] = 220
    sure = joined(said, LearnedRules(drawn_weight=0.5))
    assert set(np.unique(sure[1:])) == {150}
    assert set(np.unique(sure[0])) == {220}
    assert set(np.unique(joined(said, LearnedRules(drawn_weight=1.0))[1:])) == {200}
    assert set(np.unique(joined(said, LearnedRules(drawn_weight=0.0))[1:])) == {100}
    box = (slice(0, 3), slice(0, 5), slice(0, 7))
    assert said.cropped(box).dense.shape == (3, 5, 7)


def test_a_find_grows_over_dense_lung_around_it_and_density_alone_makes_none() -> None:
    sure, dense = empty(), np.zeros(empty().shape, dtype=bool)
    seen, alone = (slice(4, 10), slice(10, 30), slice(10, 30)), (slice(4, 10), slice(10, 30), slice(50, 56))
    core = (slice(5, 9), slice(12, 20), slice(12, 20))
    dense[seen] = dense[alone] = True
    sure[core] = 220
    out = with_density(sure, dense, SPACING_MM, LearnedRules())
    assert (out[seen] >= 140).all()
    assert (out[core] == 220).all()
    assert not out[alone].any()
    assert not sure[alone].any()
    nothing = np.zeros(dense.shape, dtype=bool)
    assert np.array_equal(with_density(sure, nothing, SPACING_MM, LearnedRules()), sure)
