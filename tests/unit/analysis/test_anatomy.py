"""Anatomy as a whole."""

from __future__ import annotations

import numpy as np
from drawn_chest import FORK, SPACING_MM, draw
from drawn_chest import found as plain

from groundglass.analysis import anatomy
from groundglass.analysis.grid import WorkingGrid
from groundglass.phrases import LANGUAGES, say_notice
from groundglass.volume import Geometry, Volume


def test_everything_lies_on_the_working_grid_and_agrees() -> None:
    grid = WorkingGrid.of(draw().volume)
    found = plain()
    lung = found.lungs > 0
    for mask in (
        found.body,
        found.aerated,
        found.completed,
        found.effusion,
        found.airways,
        found.zones,
        found.depth_mm,
    ):
        assert mask.shape == grid.hu.shape
    assert found.body[lung].all()
    assert not (lung & found.airways).any()
    assert not (lung & found.effusion).any()
    assert ((found.zones > 0) == lung).all()
    assert ((found.depth_mm > 0) == lung).all()
    assert set(found.seconds) == {"body", "airways", "lungs", "coverage_zones"}


def test_the_carina_is_given_in_patient_coordinates() -> None:
    found = plain()
    assert found.carina_mm is not None
    x, _, z = found.carina_mm
    assert abs(x - 80 * SPACING_MM[2]) < 5
    assert abs(z - FORK * SPACING_MM[0]) < 8


def test_without_known_sides_lungs_have_label_three() -> None:
    geometry = Geometry(draw().volume.geometry.shape, draw().volume.geometry.affine, None, sided=False)
    found = anatomy.find(WorkingGrid.of(Volume(draw().volume.array, geometry)))
    assert set(np.unique(found.lungs)) == {0, 3}


def test_turning_the_patient_over_changes_no_lung() -> None:
    prone = anatomy.find(WorkingGrid.of(draw().volume), gravity="front")
    assert np.array_equal(plain().lungs, prone.lungs)


def test_the_same_volume_gives_the_same_lungs_twice() -> None:
    again = anatomy.find(WorkingGrid.of(draw().volume))
    assert np.array_equal(plain().lungs, again.lungs)


def test_every_notice_has_words_in_each_language() -> None:
    cut = anatomy.find(WorkingGrid.of(draw().volume.crop((slice(0, 60), slice(None), slice(49, 160)))))
    notices = (*cut.verdict.reasons, *cut.notices)
    assert notices
    for notice in notices:
        for language in LANGUAGES:
            assert say_notice(notice, language)
