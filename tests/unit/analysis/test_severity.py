"""Scores used elsewhere."""

from __future__ import annotations

import pytest

from groundglass.analysis.result import InvolvementSection, ZonesSection
from groundglass.analysis.severity import severity, six_zone_points


@pytest.mark.parametrize(
    ("percent", "points"),
    [(0.0, 0), (0.4, 0), (0.5, 1), (25.0, 1), (25.1, 2), (50.0, 2), (50.1, 3), (75.0, 3), (75.1, 4), (100.0, 4)],
)
def test_a_zone_scores_by_its_percentage(percent: float, points: int) -> None:
    assert six_zone_points(percent) == points


def involved(*zones: float | None) -> InvolvementSection:
    return InvolvementSection(10.0, (5.0, 15.0), None, None, None, ZonesSection(*zones))


def test_the_score_is_the_sum_over_six_zones() -> None:
    found = severity(involved(0.0, 10.0, 30.0, 60.0, 80.0, 100.0))
    assert found is not None
    assert found.six_zone_score == 0 + 1 + 2 + 3 + 4 + 4
    assert found.lobe_score is None


def test_an_unknown_zone_leaves_no_score() -> None:
    found = severity(involved(0.0, 10.0, None, 60.0, 80.0, 100.0))
    assert found is not None
    assert found.six_zone_score is None


def test_without_lungs_nothing_is_scored() -> None:
    assert severity(None) is None
