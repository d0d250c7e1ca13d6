"""Whole, partial, none; and what is unusual."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_chest import draw
from drawn_chest import found as plain

from groundglass.analysis import anatomy
from groundglass.analysis.grid import WorkingGrid
from groundglass.analysis.reading import CoverageVerdict
from groundglass.volume import Geometry, Volume

ALL = slice(None)


def _verdict(volume: Volume) -> CoverageVerdict:
    return anatomy.find(WorkingGrid.of(volume)).verdict


def _codes(verdict: CoverageVerdict) -> set[str]:
    return {reason.code for reason in verdict.reasons}


def test_a_whole_chest_is_whole() -> None:
    assert plain().verdict == CoverageVerdict("whole", ())


@pytest.mark.parametrize(
    ("box", "code"),
    [
        ((slice(0, 60), ALL, ALL), "coverage_cut_top"),
        ((slice(45, 110), ALL, ALL), "coverage_cut_bottom"),
        ((ALL, ALL, slice(49, 160)), "coverage_cut_side"),
        ((slice(50, 55), ALL, ALL), "coverage_few_slices"),
    ],
)
def test_a_cut_chest_is_partial_and_says_where(box: tuple[slice, slice, slice], code: str) -> None:
    verdict = _verdict(draw().volume.crop(box))
    assert verdict.coverage == "partial"
    assert code in _codes(verdict)


def test_one_lung_is_never_whole() -> None:
    verdict = _verdict(draw(one_lung=True).volume)
    assert verdict.coverage == "partial"
    assert "one_lung" in _codes(verdict)


def test_a_mirrored_chest_has_its_heart_on_the_right() -> None:
    mirrored = draw().volume.with_array(np.ascontiguousarray(draw().volume.array[:, :, ::-1]))
    assert "heart_on_the_right" in _codes(_verdict(mirrored))
    assert "heart_on_the_right" not in _codes(plain().verdict)


def test_a_chest_stored_upside_down_is_told() -> None:
    verdict = _verdict(draw().volume.with_array(np.ascontiguousarray(draw().volume.array[::-1])))
    assert verdict.coverage == "partial"
    assert "chest_upside_down" in _codes(verdict)


def test_water_and_air_are_no_chest() -> None:
    geometry = Geometry((40, 80, 80), np.diag([4.0, 4.0, 4.0, 1.0]))
    for hu, code in ((0, "coverage_no_lungs"), (-1000, "coverage_no_patient")):
        verdict = _verdict(Volume(np.full(geometry.shape, hu, dtype=np.int16), geometry))
        assert verdict.coverage == "none"
        assert _codes(verdict) == {code}
