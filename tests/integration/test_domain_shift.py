"""The same chest made another way gives the same percentage, with the network that ships."""

from __future__ import annotations

import pytest

from domain_check import MUST_POINTS, SHIFTS, Chest, percent_of
from groundglass.analysis.networks import ChestNetwork, shipped
from groundglass.phantom import PhantomOptions, make

SHOWN = (
    pytest.param(
        "8 bits, -1350..150 HU",
        # finds grow over dense lung only where HU are exact; the page on accuracy says by how much this falls short
        marks=pytest.mark.xfail(reason="falls short: 9.9 % instead of 13.5 % on this phantom", strict=True),
    ),
    "8 mm, averaged",
    "noise + 30 HU",
    "prone",
)


@pytest.fixture(scope="module")
def chest() -> Chest:
    made = make(PhantomOptions.small(seed=31, involvement=12.0, slices=68, spacing_mm=4.0, rows=128, variant="train"))
    return Chest(made.volume, "back")


@pytest.fixture(scope="module")
def network() -> ChestNetwork:
    return shipped()


@pytest.fixture(scope="module")
def plain(chest: Chest, network: ChestNetwork) -> float:
    percent, reading = percent_of(chest, network)
    assert percent is not None
    assert reading.models, "the network took part"
    return float(percent)


@pytest.mark.parametrize("shift", SHOWN)
def test_the_percentage_stays_when_the_same_chest_is_made_another_way(
    chest: Chest, network: ChestNetwork, plain: float, shift: str
) -> None:
    percent, _ = percent_of(SHIFTS[shift](chest), network)
    assert percent == pytest.approx(plain, abs=MUST_POINTS)
