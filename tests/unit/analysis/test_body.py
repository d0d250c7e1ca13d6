"""The patient told from couch and air."""

from __future__ import annotations

import numpy as np
from drawn_chest import draw

from groundglass.analysis.body import find_body


def test_lungs_belong_to_the_body_and_the_couch_does_not() -> None:
    hu = np.array(draw().volume.array)
    hu[:, 122:124, 20:140] = 200
    body = find_body(hu, draw().volume.geometry.spacing_mm)
    assert body.mask[draw().lungs > 0].all()
    assert not body.mask[:, 122:124].any()
    assert abs(body.air_hu + 1000) < 15


def test_a_lung_cut_by_the_side_of_the_picture_still_lies_in_the_body() -> None:
    cut = draw().volume.array[:, :, 49:]
    body = find_body(cut, draw().volume.geometry.spacing_mm)
    inside = (draw().lungs[:, :, 49:] == 1)[40:60]
    assert body.mask[40:60][inside].mean() > 0.95


def test_nothing_but_air_is_no_body() -> None:
    assert not find_body(np.full((20, 40, 40), -1000, dtype=np.int16), (3.0, 3.0, 3.0)).mask.any()
