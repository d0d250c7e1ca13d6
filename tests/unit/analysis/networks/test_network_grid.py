"""The grid of the network: where its voxels lie, what they average, and the way back."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from groundglass.analysis.grid import HU_FLOOR
from groundglass.analysis.networks import NetworkGrid, onto
from groundglass.analysis.networks.grid import IN_PLANE_MM, MULTIPLE
from groundglass.volume import Geometry, Volume


def geometry_of(shape: tuple[int, int, int], spacing_mm: tuple[float, float, float]) -> Geometry:
    affine = np.zeros((4, 4))
    affine[2, 0], affine[1, 1], affine[0, 2] = spacing_mm
    affine[:, 3] = [-110.0, -95.0, 40.0, 1.0]
    return Geometry(shape, affine)


def volume_of(hu: NDArray[np.generic], spacing_mm: tuple[float, float, float]) -> Volume:
    a, b, c = hu.shape
    return Volume(np.rint(np.asarray(hu, dtype=np.float64)).astype(np.int16), geometry_of((a, b, c), spacing_mm))


def whole(volume: Volume, **options: int) -> NetworkGrid:
    _, rows, columns = volume.geometry.shape
    return NetworkGrid.of(volume, slice(0, rows), slice(0, columns), block=options.get("block"))


def ball(shape: tuple[int, int, int], spacing_mm: tuple[float, float, float], radius_mm: float) -> NDArray[np.bool_]:
    z, y, x = np.meshgrid(
        *((np.arange(n) - (n - 1) / 2) * mm for n, mm in zip(shape, spacing_mm, strict=True)), indexing="ij"
    )
    return np.asarray(z**2 + y**2 + x**2 <= radius_mm**2)


@pytest.mark.parametrize("pixel_mm", [0.5, 0.7, 0.98, 1.6, 2.0, 2.9])
def test_a_voxel_holds_the_hu_of_the_place_where_it_lies(pixel_mm: float) -> None:
    spacing_mm = (3.0, pixel_mm, pixel_mm)
    shape = (3, round(150 / pixel_mm), round(180 / pixel_mm))
    full = geometry_of(shape, spacing_mm)
    where = full.to_mm(np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1).reshape(-1, 3))
    ramp = (3.0 * where[:, 0] - 2.0 * where[:, 1]).reshape(shape)
    grid = whole(Volume(np.rint(ramp).astype(np.int16), full))
    rows, columns = grid.hu.shape[1:]
    inner = np.stack(
        np.meshgrid([0, 1, 2], np.arange(12, rows - 12), np.arange(12, columns - 12), indexing="ij"), axis=-1
    )
    at = grid.geometry.to_mm(inner.reshape(-1, 3))
    held = grid.hu[:, 12:-12, 12:-12].ravel()
    assert np.abs(held - (3.0 * at[:, 0] - 2.0 * at[:, 1])).max() <= 2.0


@pytest.mark.parametrize("block", [1, 2, 3, 4, 5, 7])
def test_slices_are_averaged_by_blocks_and_lie_in_their_middle(block: int) -> None:
    slices = 22
    hu = np.broadcast_to(10.0 * np.arange(slices)[:, None, None], (slices, 40, 40))
    grid = whole(volume_of(hu, (0.6, 1.6, 1.6)), block=block)
    assert grid.hu.shape[0] == -(-slices // block)
    full_blocks = slices // block
    middles = block * np.arange(full_blocks) + (block - 1) / 2
    assert grid.hu[:full_blocks, 20, 20] == pytest.approx(10 * middles, abs=0.5)
    index = np.stack([np.arange(full_blocks), np.full(full_blocks, 20), np.full(full_blocks, 20)], axis=-1)
    back = grid.full.to_index(grid.geometry.to_mm(index.astype(float)))
    assert back[:, 0] == pytest.approx(middles)
    if slices % block:
        left_over = np.arange(full_blocks * block, slices)
        assert grid.hu[-1, 20, 20] == pytest.approx(10 * left_over.mean(), abs=0.51)


@pytest.mark.parametrize(("slice_mm", "block"), [(0.5, 6), (0.8, 3), (1.0, 3), (1.25, 2), (2.5, 1), (5.0, 1), (8.0, 1)])
def test_slices_come_out_two_to_four_mm_apart_unless_they_were_thicker(slice_mm: float, block: int) -> None:
    grid = whole(volume_of(np.zeros((20, 32, 32)), (slice_mm, 1.6, 1.6)))
    assert grid.block == block
    assert grid.geometry.spacing_mm[0] == pytest.approx(block * slice_mm)


def test_directions_frame_and_pixels_are_those_promised() -> None:
    volume = volume_of(np.zeros((4, 100, 120)), (2.5, 0.8, 0.8))
    grid = whole(volume)
    assert grid.geometry.spacing_mm == pytest.approx((2.5, IN_PLANE_MM, IN_PLANE_MM))
    assert [n % MULTIPLE for n in grid.hu.shape[1:]] == [0, 0]
    own, full = grid.geometry.affine[:3, :3], volume.geometry.affine[:3, :3]
    assert own / np.linalg.norm(own, axis=0) == pytest.approx(full / np.linalg.norm(full, axis=0))
    middle = grid.geometry.to_mm((np.array(grid.hu.shape) - 1) / 2)
    assert middle == pytest.approx(volume.geometry.to_mm(np.array([1.5, 49.5, 59.5])))
    assert not grid.hu.flags.writeable


@pytest.mark.parametrize("pixel_mm", [0.6, 0.8, 1.3, 1.6])
def test_masks_keep_their_volume(pixel_mm: float) -> None:
    shape, spacing_mm = (30, round(120 / pixel_mm), round(120 / pixel_mm)), (1.25, pixel_mm, pixel_mm)
    mask = ball(shape, spacing_mm, 16.0)
    grid = whole(volume_of(np.zeros(shape), spacing_mm))
    found_ml = grid.labels(mask).sum() / 255 * np.prod(grid.geometry.spacing_mm)
    assert found_ml == pytest.approx(mask.sum() * np.prod(spacing_mm), rel=0.01)


@pytest.mark.parametrize("slice_mm", [1.0, 2.5, 5.0])
def test_a_mask_comes_back_from_the_grid_of_the_network(slice_mm: float) -> None:
    shape, spacing_mm = (round(60 / slice_mm), 150, 150), (slice_mm, 0.8, 0.8)
    mask = ball(shape, spacing_mm, 22.0)
    grid = whole(volume_of(np.zeros(shape), spacing_mm))
    back = onto(grid.labels(mask), grid.geometry, grid.full) >= 128
    assert back.shape == shape
    assert 2 * np.count_nonzero(back & mask) / (np.count_nonzero(back) + np.count_nonzero(mask)) > 0.97


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 3, 5), (1, 40, 2), (7, 16, 16)])
def test_tiny_volumes_have_a_grid_too(shape: tuple[int, int, int]) -> None:
    grid = whole(volume_of(np.full(shape, 40.0), (1.0, 1.0, 1.0)))
    assert all(n >= 1 for n in grid.hu.shape)
    assert [n % MULTIPLE for n in grid.hu.shape[1:]] == [0, 0]
    assert int(grid.hu.max()) <= 40
    assert onto(grid.labels(np.ones(shape, dtype=bool)), grid.geometry, grid.full).shape == shape


def test_what_lies_beyond_the_picture_is_air() -> None:
    volume = volume_of(np.full((2, 40, 40), 100.0), (3.0, 1.6, 1.6))
    grid = NetworkGrid.of(volume, slice(0, 40), slice(0, 40), shape=(80, 96))
    outside = np.ones(grid.hu.shape, dtype=bool)
    outside[:, 20:60, 28:68] = False
    assert set(np.unique(grid.hu[outside])) == {HU_FLOOR}
    assert set(np.unique(grid.hu[~outside])) == {100}
    assert grid.labels(np.ones((2, 40, 40), dtype=bool))[outside].max() == 0


def test_hu_outside_the_range_of_scanners_are_clipped_before_they_are_averaged() -> None:
    hu = np.full((2, 32, 32), -3000.0)
    hu[1] = 20000.0
    grid = whole(volume_of(hu, (1.4, 1.6, 1.6)), block=2)
    assert grid.hu[0, 16, 16] == pytest.approx((-1024 + 3071) / 2, abs=1)


def test_maps_end_with_their_slices_and_hold_nothing_beside_them() -> None:
    source = geometry_of((2, 16, 16), (4.0, 2.0, 2.0))
    moved = source.affine.copy()
    moved[:3, 3] = source.to_mm(np.array([-2.0, -12.0, -12.0]))
    target = Geometry((6, 40, 40), moved)
    maps = np.stack([np.full((16, 16), 100), np.full((16, 16), 200)]).astype(np.uint8)
    out = onto(maps, source, target)
    assert out[:, 20, 20].tolist() == [100, 100, 100, 200, 200, 200]
    assert out[:, 0, 0].tolist() == [0] * 6
