"""Windpipe, fork and main bronchi."""

from __future__ import annotations

import numpy as np
from drawn_chest import FORK, draw

from groundglass.analysis.airways import find_airways
from groundglass.analysis.body import find_body


def test_the_fork_is_found_to_two_slices() -> None:
    spacing = draw().volume.geometry.spacing_mm
    found = find_airways(draw().volume.array, find_body(draw().volume.array, spacing).mask, spacing)
    assert found.carina is not None
    assert abs(found.carina[0] - FORK) <= 2
    assert found.confidence > 0.7
    assert found.lumen[draw().airways].mean() > 0.9
    assert found.lumen.sum() < 4 * draw().airways.sum()


def test_a_windpipe_without_a_fork_gives_no_carina() -> None:
    spacing = draw().volume.geometry.spacing_mm
    upper = draw().volume.array[FORK + 4 :]
    found = find_airways(upper, find_body(upper, spacing).mask, spacing)
    assert found.carina is None
    assert found.trachea.any()


def test_tissue_without_air_has_no_airways() -> None:
    hu = np.full((40, 60, 60), 40, dtype=np.int16)
    found = find_airways(hu, np.ones(hu.shape, dtype=bool), (3.0, 3.0, 3.0))
    assert found.carina is None
    assert not found.lumen.any()
