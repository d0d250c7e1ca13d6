"""Figures: each can be recounted from the masks."""

from __future__ import annotations

import numpy as np
import pytest

from groundglass.analysis import quantify
from groundglass.errors import InputError
from groundglass.volume import LESION_LABELS, LUNG_LABELS, Geometry, LabelVolume, Volume

BLOCKS = (2, 2, 3)
SHAPE = (12, 20, 31)


def geometry(spacing_mm: tuple[float, float, float] = (1.5, 0.8, 0.7)) -> Geometry:
    affine = np.eye(4)
    affine[:3, :3] = [[0, 0, spacing_mm[2]], [0, spacing_mm[1], 0], [spacing_mm[0], 0, 0]]
    affine[:3, 3] = [-100.0, -120.0, -900.0]
    return Geometry(SHAPE, affine)


def masks(seed: int = 0, sided: bool = True) -> tuple[Volume, LabelVolume, LabelVolume, np.ndarray]:
    rng = np.random.default_rng(seed)
    lungs = np.zeros(SHAPE, dtype=np.uint8)
    lungs[2:11, 3:18, 2:14] = 1 if sided else 3
    lungs[2:11, 3:18, 17:29] = 2 if sided else 3
    lesions = np.where(lungs > 0, rng.integers(0, 3, SHAPE), 0).astype(np.uint8)
    lesions[8:] = 0
    hu = rng.integers(-1000, 100, SHAPE).astype(np.int16)
    coarse = tuple(-(-n // b) for n, b in zip(SHAPE, BLOCKS, strict=True))
    zones = np.repeat(np.array([3, 3, 2, 2, 1, 1], dtype=np.uint8), coarse[1] * coarse[2]).reshape(coarse)
    here = geometry()
    return (
        Volume(hu, here),
        LabelVolume(lungs, here, LUNG_LABELS),
        LabelVolume(lesions, here, LESION_LABELS),
        zones,
    )


def full_zones(zones: np.ndarray) -> np.ndarray:
    index = np.ix_(*(np.arange(n) // b for n, b in zip(SHAPE, BLOCKS, strict=True)))
    return np.asarray(zones[index])


def test_volumes_are_those_of_the_masks() -> None:
    volume, lungs, lesions, zones = masks()
    counts = quantify.count(volume, lungs, lesions, zones, BLOCKS)
    figures = quantify.lung_figures(counts, volume.geometry.voxel_ml, "test")
    assert figures is not None
    assert figures.total_volume_ml == pytest.approx(lungs.volume_ml(1) + lungs.volume_ml(2))
    assert figures.right_volume_ml == pytest.approx(lungs.volume_ml(1))
    assert figures.left_volume_ml == pytest.approx(lungs.volume_ml(2))
    assert figures.mean_hu == pytest.approx(volume.array[lungs.array > 0].mean())


def test_percentages_are_those_of_the_masks() -> None:
    volume, lungs, lesions, zones = masks()
    shares = quantify.involvement(quantify.count(volume, lungs, lesions, zones, BLOCKS), (1.0, 2.0))
    assert shares is not None
    lung, sick, zone = lungs.array, lesions.array > 0, full_zones(zones)
    assert shares.percent == pytest.approx(100 * sick.sum() / (lung > 0).sum())
    assert shares.interval == (1.0, 2.0)
    assert shares.right_percent == pytest.approx(100 * sick[lung == 1].mean())
    assert shares.left_percent == pytest.approx(100 * sick[lung == 2].mean())
    assert shares.worse_lung_percent == max(shares.right_percent or 0, shares.left_percent or 0)
    assert shares.zones.right_upper == pytest.approx(100 * sick[(lung == 1) & (zone == 1)].mean())
    assert shares.zones.left_middle == pytest.approx(100 * sick[(lung == 2) & (zone == 2)].mean())
    assert shares.zones.left_lower == pytest.approx(100 * sick[(lung == 2) & (zone == 3)].mean())


def test_without_sides_nothing_is_said_of_sides() -> None:
    volume, lungs, lesions, zones = masks(sided=False)
    counts = quantify.count(volume, lungs, lesions, zones, BLOCKS)
    shares, figures = quantify.involvement(counts, (0.0, 1.0)), quantify.lung_figures(counts, 0.001, "test")
    items = quantify.lesion_figures(volume, lungs, lesions, counts, zones=zones, blocks=BLOCKS).items
    assert shares is not None
    assert figures is not None
    assert (shares.right_percent, shares.left_percent, shares.worse_lung_percent) == (None, None, None)
    assert {getattr(shares.zones, name) for name in shares.zones.__slots__} == {None}
    assert (figures.right_volume_ml, figures.left_volume_ml) == (None, None)
    assert {item.side for item in items} == {"unknown"}


def test_lesion_volumes_are_those_of_the_masks() -> None:
    volume, lungs, lesions, zones = masks()
    counts = quantify.count(volume, lungs, lesions, zones, BLOCKS)
    figures = quantify.lesion_figures(volume, lungs, lesions, counts, zones=zones, blocks=BLOCKS)
    moscow = (lesions.array > 0) & (volume.array >= -700) & (volume.array <= -130)
    assert figures.ground_glass_ml == pytest.approx(lesions.volume_ml(1))
    assert figures.consolidation_ml == pytest.approx(lesions.volume_ml(2))
    assert figures.total_volume_ml == pytest.approx(figures.ground_glass_ml + figures.consolidation_ml)
    assert figures.moscow_ml == pytest.approx(moscow.sum() * volume.geometry.voxel_ml)


def two_lesions() -> tuple[Volume, LabelVolume, LabelVolume, np.ndarray]:
    volume, lungs, _, zones = masks()
    sick = np.zeros(SHAPE, dtype=np.uint8)
    sick[2:5, 3:12, 3:13] = 1
    sick[8:11, 6:14, 18:27] = 2
    return volume, lungs, LabelVolume(sick, volume.geometry, LESION_LABELS), zones


def test_each_connected_lesion_is_one_item() -> None:
    volume, lungs, lesions, zones = two_lesions()
    counts = quantify.count(volume, lungs, lesions, zones, BLOCKS)
    first, second = quantify.lesion_figures(volume, lungs, lesions, counts, zones=zones, blocks=BLOCKS).items
    assert (first.id, first.kind, first.side, first.zone) == (1, "ground_glass", "right", "lower")
    assert (second.id, second.kind, second.side, second.zone) == (2, "consolidation", "left", "upper")
    assert first.box == ((2, 3, 3), (5, 12, 13))
    assert first.volume_ml == pytest.approx(3 * 9 * 10 * volume.geometry.voxel_ml)
    assert first.centre_mm == pytest.approx(volume.geometry.to_mm(np.array([3.0, 7.0, 7.5])))
    assert first.mean_hu == pytest.approx(volume.array[2:5, 3:12, 3:13].mean())
    assert second.percent_of_lungs == pytest.approx(100 * 3 * 8 * 9 / (lungs.array > 0).sum())


def test_the_score_of_an_item_is_the_mean_over_it() -> None:
    volume, lungs, lesions, zones = two_lesions()
    counts = quantify.count(volume, lungs, lesions, zones, BLOCKS)
    scores = np.full(zones.shape, 0.25, dtype=np.float32)
    items = quantify.lesion_figures(volume, lungs, lesions, counts, zones=zones, blocks=BLOCKS, scores=scores).items
    assert [item.score for item in items] == pytest.approx([0.25, 0.25])


def test_crumbs_count_but_are_not_listed() -> None:
    volume, lungs, lesions, zones = two_lesions()
    array = lesions.array.copy()
    array[6, 15, 25] = 1
    lesions = lesions.with_array(array)
    counts = quantify.count(volume, lungs, lesions, zones, BLOCKS)
    figures = quantify.lesion_figures(volume, lungs, lesions, counts, zones=zones, blocks=BLOCKS)
    assert len(figures.items) == 2
    assert figures.total_volume_ml == pytest.approx((array > 0).sum() * volume.geometry.voxel_ml)


def test_counting_in_small_pieces_gives_the_same_items(monkeypatch: pytest.MonkeyPatch) -> None:
    volume, lungs, lesions, zones = two_lesions()
    counts = quantify.count(volume, lungs, lesions, zones, BLOCKS)
    whole = quantify.lesion_figures(volume, lungs, lesions, counts, zones=zones, blocks=BLOCKS)
    monkeypatch.setattr(quantify, "CHUNK_VOXELS", 1)
    assert quantify.lesion_figures(volume, lungs, lesions, counts, zones=zones, blocks=BLOCKS) == whole


def test_slices_run_from_the_feet_with_their_own_percentage() -> None:
    volume, lungs, lesions, zones = masks()
    counts = quantify.count(volume, lungs, lesions, zones, BLOCKS)
    rows = quantify.slice_rows(volume, counts, np.linspace(0, 1, SHAPE[0]))
    assert [row.index for row in rows] == list(range(SHAPE[0]))
    assert rows[0].position_mm == pytest.approx(-900.0)
    assert rows[3].position_mm == pytest.approx(-900.0 + 3 * 1.5)
    assert rows[0].involvement_percent == 0.0
    lung = lungs.array[4] > 0
    assert rows[4].involvement_percent == pytest.approx(100 * (lesions.array[4] > 0)[lung].mean())
    assert sum(row.lung_ml for row in rows) == pytest.approx((lungs.array > 0).sum() * volume.geometry.voxel_ml)


def test_no_lungs_no_figures() -> None:
    volume, lungs, lesions, zones = masks()
    empty = np.zeros(SHAPE, dtype=np.uint8)
    counts = quantify.count(volume, lungs.with_array(empty), lesions.with_array(empty), zones, BLOCKS)
    assert quantify.lung_figures(counts, 1.0, "test") is None
    assert quantify.involvement(counts, (0.0, 0.0)) is None


def test_masks_of_another_grid_are_refused() -> None:
    volume, lungs, lesions, zones = masks()
    moved = LabelVolume(lungs.array, geometry((1.5, 0.8, 0.9)), LUNG_LABELS)
    with pytest.raises(InputError, match="corners lie"):
        quantify.count(volume, moved, lesions, zones, BLOCKS)
