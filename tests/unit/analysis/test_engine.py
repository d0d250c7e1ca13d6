"""The whole reading of one digital chest: masks, figures, and that they agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cc3d
import numpy as np
import pytest

from groundglass.analysis.engine import AIRWAY_LABELS, METHODS, ReadingOptions, read_chest
from groundglass.analysis.lesions import LesionRules
from groundglass.analysis.reading import ChestReading
from groundglass.phantom import Phantom, PhantomOptions, make
from groundglass.phrases import LANGUAGES, say_notice
from groundglass.volume import Geometry, Volume


def counter() -> Callable[[], float]:
    ticks = iter(range(10**6))
    return lambda: float(next(ticks))


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    return make(PhantomOptions.small(seed=4, involvement=12.0, slices=56, spacing_mm=5.6, rows=144))


@pytest.fixture(scope="module")
def reading(phantom: Phantom) -> ChestReading:
    return read_chest(phantom.volume, gravity="back", clock=counter())


def test_the_percentage_is_near_the_truth(phantom: Phantom, reading: ChestReading) -> None:
    assert reading.involvement is not None
    truth = 100 * (phantom.lesions.array > 0).sum() / (phantom.lungs.array > 0).sum()
    # one phantom of the kind it was tuned on; the accuracy itself is measured over many
    assert reading.involvement.percent == pytest.approx(truth, abs=2.0)
    low, high = reading.involvement.interval
    assert low <= reading.involvement.percent <= high


def test_lesions_lie_in_the_lungs(reading: ChestReading) -> None:
    assert not reading.lesions.array[reading.lungs.array == 0].any()


def test_masks_lie_on_the_grid_of_the_picture(reading: ChestReading) -> None:
    for mask in (reading.lungs, reading.lesions, reading.airways):
        assert mask.geometry.same_grid(reading.volume.geometry)
        assert mask.array.dtype == np.uint8


def test_figures_are_those_of_the_written_masks(reading: ChestReading) -> None:
    lungs, lesions, hu = reading.lungs.array, reading.lesions.array, reading.volume.array
    voxel_ml = reading.volume.geometry.voxel_ml
    assert reading.lungs_figures is not None
    assert reading.lesions_figures is not None
    assert reading.involvement is not None
    assert reading.lungs_figures.method == METHODS[False]
    assert reading.lungs_figures.total_volume_ml == pytest.approx((lungs > 0).sum() * voxel_ml)
    assert reading.lungs_figures.mean_hu == pytest.approx(hu[lungs > 0].mean())
    assert reading.lesions_figures.total_volume_ml == pytest.approx((lesions > 0).sum() * voxel_ml)
    assert reading.lesions_figures.consolidation_ml == pytest.approx((lesions == 2).sum() * voxel_ml)
    assert reading.involvement.percent == pytest.approx(100 * (lesions > 0).sum() / (lungs > 0).sum())
    assert reading.involvement.right_percent == pytest.approx(100 * (lesions > 0)[lungs == 1].mean())
    for row in reading.slices:
        assert row.lung_ml == pytest.approx((lungs[row.index] > 0).sum() * voxel_ml)


def test_items_are_the_connected_parts_of_the_written_mask(reading: ChestReading) -> None:
    assert reading.lesions_figures is not None
    items = reading.lesions_figures.items
    parts = cc3d.connected_components(np.ascontiguousarray(reading.lesions.array > 0), connectivity=26)
    sizes = np.sort(np.bincount(parts.ravel())[1:])[::-1] * reading.volume.geometry.voxel_ml
    assert items
    assert [item.volume_ml for item in items] == pytest.approx(sizes[: len(items)])
    for item in items:
        (s0, r0, c0), (s1, r1, c1) = item.box
        assert (
            reading.lesions.array[s0:s1, r0:r1, c0:c1] > 0
        ).sum() * reading.volume.geometry.voxel_ml >= item.volume_ml * 0.999
        assert 0 <= item.score <= 1


def test_slices_with_lesions_score_higher(phantom: Phantom, reading: ChestReading) -> None:
    truth = (phantom.lesions.array > 0).sum(axis=(1, 2))
    scores = np.array([row.score for row in reading.slices])
    assert scores.min() >= 0
    assert scores.max() <= 1
    assert scores[truth > np.median(truth[truth > 0])].mean() > scores[truth == 0].mean() + 0.3


def test_every_notice_has_words(reading: ChestReading) -> None:
    words = [say_notice(n, language) for n in (*reading.notices, *reading.verdict.reasons) for language in LANGUAGES]
    assert all(words)


def test_every_stage_tells_its_seconds(reading: ChestReading) -> None:
    assert {"anatomy", "lesions", "masks", "figures"} <= set(reading.seconds)
    assert all(seconds >= 0 for seconds in reading.seconds.values())


def test_the_same_chest_reads_the_same_again(phantom: Phantom, reading: ChestReading) -> None:
    again = read_chest(phantom.volume, gravity="back", clock=counter())
    assert np.array_equal(again.lesions.array, reading.lesions.array)
    assert np.array_equal(again.lungs.array, reading.lungs.array)
    assert again.involvement == reading.involvement
    assert again.slices == reading.slices


def test_approximate_hu_widen_the_interval_and_are_said(phantom: Phantom, reading: ChestReading) -> None:
    loose = read_chest(phantom.volume, gravity="back", exact_hu=False, clock=counter())
    assert loose.involvement is not None
    assert reading.involvement is not None
    widths = [r.involvement.interval[1] - r.involvement.interval[0] for r in (loose, reading) if r.involvement]
    assert widths[0] > widths[1]
    assert "hu_approximate" in {n.code for n in loose.notices}


def test_options_reach_the_thresholds(phantom: Phantom, reading: ChestReading) -> None:
    strict = ReadingOptions(lesions=replace(LesionRules(), seed_hu=2000.0))
    found = read_chest(phantom.volume, gravity="back", options=strict, clock=counter())
    assert not found.lesions.array.any()
    assert found.severity is not None
    assert found.severity.six_zone_score == 0


def test_sides_unknown_stay_unknown(phantom: Phantom) -> None:
    here = phantom.volume.geometry
    unsided = Volume(phantom.volume.array, Geometry(here.shape, here.affine, None, sided=False))
    found = read_chest(unsided, clock=counter())
    assert found.involvement is not None
    assert set(np.unique(found.lungs.array)) <= {0, 3}
    assert found.involvement.right_percent is None
    assert found.involvement.zones.left_lower is None
    assert found.severity is not None
    assert found.severity.six_zone_score is None


@pytest.mark.parametrize("shape", [(1, 64, 64), (3, 8, 8), (40, 64, 64)])
def test_a_volume_without_a_chest_gives_no_figures(shape: tuple[int, int, int]) -> None:
    empty = Volume(np.full(shape, -1000, dtype=np.int16), Geometry(shape, np.diag([5.0, 5.0, 5.0, 1.0])[[2, 1, 0, 3]]))
    found = read_chest(empty, clock=counter())
    assert found.verdict.coverage == "none"
    assert found.involvement is None
    assert found.lungs_figures is None
    assert found.slices == ()
    assert not found.lungs.array.any()
    assert found.airways.labels == AIRWAY_LABELS
