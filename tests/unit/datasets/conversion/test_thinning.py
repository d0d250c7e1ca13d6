"""Which slices stay."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from groundglass.datasets.conversion import thinned
from groundglass.datasets.conversion.thinning import kept_slices
from groundglass.datasets.recipe.model import Thinning
from groundglass.errors import InputError
from groundglass.phrases import Notice, say_notice
from groundglass.volume import Geometry, Volume

AFFINE = np.array([[0, 0, 0.7, -30], [0, 0.7, 0, -50], [0.8, 0, 0, 100], [0, 0, 0, 1]])


def volume(slices: int) -> Volume:
    """Return slices that hold their own number."""
    array = np.zeros((slices, 2, 2), np.int16) + np.arange(slices, dtype=np.int16)[:, None, None]
    return Volume(array, Geometry(array.shape, AFFINE))


def kept(numbers: Sequence[int | None], rule: Thinning, notices: list[Notice] | None = None) -> list[int]:
    """Return the slices kept, by their content, after looking at the geometry."""
    found, which = thinned(volume(len(numbers)), numbers, rule, notices=notices)
    assert found.array[:, 0, 0].tolist() == list(which)
    assert np.allclose(found.geometry.origin_mm, [-30, -50, 100 + 0.8 * which[0]])
    step = which[1] - which[0] if len(which) > 1 else 1
    assert found.geometry.spacing_mm[0] == pytest.approx(0.8 * step)
    return list(which)


def refused(numbers: Sequence[int | None], rule: Thinning) -> str:
    """Return the code with which thinning is refused."""
    with pytest.raises(InputError) as caught:
        thinned(volume(len(numbers)), numbers, rule)
    return caught.value.code


TEN = Thinning(instance_number=10)


def test_without_a_rule_everything_stays() -> None:
    assert kept(range(1, 8), Thinning()) == list(range(7))


def test_every_tenth_instance_number_stays() -> None:
    assert kept(range(1, 65), TEN) == [9, 19, 29, 39, 49, 59]


def test_numbers_may_run_from_head_to_feet() -> None:
    assert kept(range(64, 0, -1), TEN) == [4, 14, 24, 34, 44, 54]


def test_numbers_may_begin_at_zero_or_anywhere() -> None:
    assert kept(range(60), TEN) == [0, 10, 20, 30, 40, 50]
    assert kept(range(1003, 1060), TEN)[0] == 7


def test_a_bridged_slice_keeps_its_place_and_is_told() -> None:
    numbers: list[int | None] = list(range(1, 65))
    numbers[29] = None
    told: list[Notice] = []
    assert kept(numbers, TEN, told) == [9, 19, 29, 39, 49, 59]
    assert [notice.code for notice in told] == ["thinning_bridged"]
    assert say_notice(told[0], "ru")


def test_numbers_that_go_on_after_a_hole_are_uneven() -> None:
    numbers = [*range(1, 30), None, *range(30, 64)]
    assert refused(numbers, TEN) == "THINNING_UNEVEN"


def test_repeated_and_disordered_numbers_are_uneven() -> None:
    assert refused([*range(1, 33), *range(1, 33)], TEN) == "THINNING_UNEVEN"
    shuffled = np.random.default_rng(0).permutation(np.arange(1, 65)).tolist()
    assert refused(shuffled, TEN) == "THINNING_UNEVEN"


def test_missing_numbers_are_named() -> None:
    assert refused([None] * 64, TEN) == "THINNING_NO_NUMBERS"
    assert refused([1] * 64, TEN) == "THINNING_NO_NUMBERS"


def test_few_slices_or_far_apart_are_kept_and_told() -> None:
    for numbers, rule in (
        (range(1, 45), TEN),
        (range(1, 13), TEN),
        (range(1, 20), Thinning(every_mm=8.0)),
        (range(1, 400), Thinning(instance_number=50)),
    ):
        told: list[Notice] = []
        assert kept(numbers, rule, told)
        assert [notice.code for notice in told] == ["thinning_sparse"]


def test_repeated_or_shuffled_numbers_are_uneven_even_where_two_slices_stay() -> None:
    assert refused([1, 1, 2, 2, 3, 3, 10, 10], TEN) == "THINNING_UNEVEN"
    assert refused([1, 2, 10, 20, 30, 20], TEN) == "THINNING_UNEVEN"


def test_a_slice_without_a_number_is_there_all_the_same() -> None:
    told: list[Notice] = []
    numbers = [None, *range(2, 41)]
    geometry = volume(len(numbers)).geometry
    assert kept_slices(geometry, numbers, Thinning(every_mm=8.0), bridged=(), notices=told) == (0, 10, 20, 30)
    assert "thinning_bridged" not in {notice.code for notice in told}


def test_no_slice_is_refused() -> None:
    assert refused(range(1, 9), TEN) == "THINNING_EMPTY"


def test_one_slice_every_so_many_millimetres_from_the_lowest() -> None:
    told: list[Notice] = []
    assert kept(range(1, 65), Thinning(every_mm=8.0), told) == [0, 10, 20, 30, 40, 50, 60]
    assert not told


def test_a_distance_between_two_multiples_takes_the_nearest_and_says_so() -> None:
    told: list[Notice] = []
    assert kept(range(1, 65), Thinning(every_mm=5.0), told)[:3] == [0, 6, 12]
    assert told == [Notice("thinning_nearest", {"wanted_mm": 5.0, "mm": 4.8}, "info")]
    assert kept(range(1, 9), Thinning(every_mm=0.3), told) == list(range(8))


def test_a_missing_slice_is_avoided_where_it_can_be() -> None:
    numbers: list[int | None] = list(range(1, 65))
    numbers[20] = None
    assert kept(numbers, Thinning(every_mm=8.0)) == [1, 11, 21, 31, 41, 51, 61]
