"""The working grid and the way back."""

from __future__ import annotations

import numpy as np
import pytest

from groundglass.analysis.grid import WorkingGrid, block_mean
from groundglass.volume import Geometry, Volume


def _volume(shape: tuple[int, int, int], spacing_mm: tuple[float, float, float]) -> Volume:
    affine = np.zeros((4, 4))
    affine[2, 0], affine[1, 1], affine[0, 2], affine[3, 3] = *spacing_mm, 1.0
    array = np.random.default_rng(1).integers(-1000, 400, shape).astype(np.int16)
    return Volume(array, Geometry(shape, affine))


def test_blocks_are_plain_means_also_at_the_last_incomplete_block() -> None:
    array = _volume((5, 7, 8), (1.0, 1.0, 1.0)).array
    out = block_mean(array, (2, 3, 3))
    assert out.shape == (3, 3, 3)
    assert out[0, 0, 0] == np.rint(array[:2, :3, :3].mean())
    assert out[2, 2, 2] == np.rint(array[4:, 6:, 6:].mean())


def test_padding_counts_as_air() -> None:
    assert block_mean(np.full((2, 2, 2), -3024, dtype=np.int16), (2, 2, 2))[0, 0, 0] == -1024


@pytest.mark.parametrize(
    "spacing", [(0.5, 0.4, 0.4), (1.0, 0.75, 0.75), (10.0, 0.7, 0.7), (3.0, 3.0, 3.0), (8.0, 1.5, 1.5)]
)
def test_the_coarse_grid_covers_the_same_room(spacing: tuple[float, float, float]) -> None:
    volume = _volume((12, 24, 36), spacing)
    grid = WorkingGrid.of(volume)
    assert all(
        mm >= 1.3 or block > 1 or mm == full
        for mm, block, full in zip(grid.spacing_mm, grid.blocks, spacing, strict=True)
    )
    first = volume.geometry.to_mm(np.array([-0.5, -0.5, -0.5]))
    assert np.allclose(grid.geometry.to_mm(np.array([-0.5, -0.5, -0.5])), first)


def test_thick_slices_are_kept_as_they_are() -> None:
    assert WorkingGrid.of(_volume((12, 24, 36), (8.0, 0.7, 0.7))).blocks[0] == 1


def test_labels_come_back_on_the_shape_of_the_volume() -> None:
    grid = WorkingGrid.of(_volume((7, 11, 13), (0.7, 0.7, 0.7)))
    labels = np.zeros(grid.hu.shape, dtype=np.uint8)
    labels[1, 2, 3] = 2
    full = grid.labels_to_full(labels)
    assert full.shape == (7, 11, 13)
    assert full[3, 6, 9] == 2
    assert int((full == 2).sum()) == 27
