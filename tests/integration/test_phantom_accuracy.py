"""Twelve small digital chests of the kind that nothing is tuned on: a floor under the accuracy, not the goal.

The goal, within 1 point everywhere, is not reached from about 30 % involvement on; docs/explanation/accuracy.md has the
figures of sixty. What is asserted here is what the engine that ships does reach, so that it cannot get worse unseen.
"""

from __future__ import annotations

import pytest

from phantom_accuracy import Row, measure

SEEDS = range(500, 512)


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return [measure(seed, small=True) for seed in SEEDS]


def test_each_chest_is_seen_whole_and_measured(rows: list[Row]) -> None:
    assert [row.coverage for row in rows] == ["whole"] * len(rows)
    assert all(row.percent is not None for row in rows)


def test_the_grade_is_right_or_called_unstable_in_all_but_one(rows: list[Row]) -> None:
    wrong = [(row.seed, row.true_grade, row.grade) for row in rows if not row.grade_right]
    assert len(wrong) <= 1, wrong


def test_up_to_a_fifth_of_the_lungs_the_error_is_small(rows: list[Row]) -> None:
    errors = {row.seed: row.error for row in rows if row.true_percent <= 20 and row.error is not None}
    assert len(errors) >= 4
    assert max(abs(error) for error in errors.values()) < 3.0, errors


def test_a_healthy_chest_stays_healthy(rows: list[Row]) -> None:
    healthy = [row for row in rows if row.true_percent == 0]
    assert healthy
    assert all(row.percent is not None and row.percent < 1.0 for row in healthy)


def test_most_intervals_hold_the_truth(rows: list[Row]) -> None:
    assert sum(row.covered for row in rows) >= len(rows) // 2
