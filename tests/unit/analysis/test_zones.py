"""Zones."""

from __future__ import annotations

import numpy as np

from groundglass.analysis.zones import VEINS_BELOW_CARINA_MM, borders, find_zones


def test_the_upper_zone_begins_at_the_carina_and_the_lower_at_the_veins() -> None:
    has_lung = np.ones(100, dtype=bool)
    upper, lower = borders(has_lung, 70, 2.5)
    assert upper == 70
    assert np.isclose((upper - lower) * 2.5, VEINS_BELOW_CARINA_MM)


def test_in_a_small_chest_the_veins_keep_their_place_between_carina_and_diaphragm() -> None:
    upper, lower = borders(np.ones(40, dtype=bool), 25, 2.0)
    assert 25 - 0.45 * 25 <= lower < upper


def test_without_a_carina_the_height_is_cut_in_thirds() -> None:
    lungs = np.zeros((90, 2, 2), dtype=np.uint8)
    lungs[:, 0, 0] = 1
    zones = find_zones(lungs, None, 2.0)
    assert [int((zones == zone).sum()) for zone in (1, 2, 3)] == [30, 30, 30]
    assert zones[-1, 0, 0] == 1
    assert zones[0, 0, 0] == 3


def test_outside_the_lungs_there_is_no_zone() -> None:
    assert not find_zones(np.zeros((5, 4, 4), dtype=np.uint8), None, 2.0).any()
