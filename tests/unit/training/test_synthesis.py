from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, binary_erosion, gaussian_filter

from groundglass.errors import InputError
from groundglass.training import synthesis
from groundglass.training.synthesis import SynthesisOptions, Synthetic, draw_options, synthesise
from groundglass.training.synthesis.options import PATTERNS, Pattern, Variant
from groundglass.training.synthesis.tissue import measure_noise
from groundglass.volume import LUNG_LABELS, Geometry, LabelVolume, Volume

VARIANTS: tuple[Variant, ...] = ("train", "test")
NOISE_HU = 15.0
SHAPE = (34, 66, 90)


@cache
def chest() -> tuple[Volume, LabelVolume]:
    """A box of soft tissue with two lungs, vessels in them, noise with a grain; 5 x 3 x 3 mm."""
    rng = np.random.default_rng(5)
    z, y, x = np.meshgrid(*[np.arange(n, dtype=np.float32) for n in SHAPE], indexing="ij")
    lungs = np.zeros(SHAPE, dtype=np.uint8)
    for side, middle in ((1, 25), (2, 65)):
        inside = ((z - 18) / 14) ** 2 + ((y - 33) / 25) ** 2 + ((x - middle) / 16) ** 2 < 1
        lungs[inside] = side
    hu = np.where(lungs > 0, -860.0, 45.0).astype(np.float32)
    hu[(lungs > 0) & (np.hypot((y % 22) - 11, (z % 14) - 7) < 2)] = 45
    hu = gaussian_filter(hu, (0.3, 0.6, 0.6))
    grain = gaussian_filter(rng.standard_normal(SHAPE, dtype=np.float32), (0, 0.6, 0.6))
    hu += NOISE_HU * grain / grain.std()
    affine = np.eye(4)
    affine[:3, :3] = [[0, 0, 3.0], [0, 3.0, 0], [5.0, 0, 0]]
    geometry = Geometry(SHAPE, affine)
    return Volume(np.rint(hu).astype(np.int16), geometry), LabelVolume(lungs, geometry, LUNG_LABELS)


def made(
    variant: Variant,
    percent: float,
    share: float = 0.0,
    *,
    seed: int = 1,
    paving: float = 0.0,
    effusion_ml: float = 0.0,
    pattern: Pattern | None = None,
) -> Synthetic:
    options = SynthesisOptions(
        variant=variant,
        seed=seed,
        percent=percent,
        consolidation_share=share,
        paving=paving,
        effusion_ml=effusion_ml,
        pattern=pattern,
        consolidation_pattern=pattern,
    )
    return synthesise(*chest(), options)


def share_of(mask: NDArray[np.bool_], lungs: NDArray[np.uint8]) -> float:
    return 100.0 * int(np.count_nonzero(mask)) / int(np.count_nonzero(lungs))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_pattern_meets_the_wanted_percentages(variant: Variant, pattern: Pattern) -> None:
    result = made(variant, 37.0, 0.4, pattern=pattern, paving=0.5)
    assert result.percent == pytest.approx(37.0, abs=0.3)
    assert result.consolidation_percent == pytest.approx(14.8, abs=0.3)
    assert share_of(result.lesions.array > 0, result.lungs.array) == pytest.approx(result.percent)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(("percent", "share"), [(0.5, 0.0), (4.0, 1.0), (85.0, 0.5), (92.0, 1.0)])
def test_small_and_very_large_shares_are_met(variant: Variant, percent: float, share: float) -> None:
    result = made(variant, percent, share)
    assert result.percent == pytest.approx(percent, abs=0.3)
    assert result.consolidation_percent == pytest.approx(percent * share, abs=0.3)


@pytest.mark.parametrize("variant", VARIANTS)
def test_nothing_asked_for_changes_nothing(variant: Variant) -> None:
    result = made(variant, 0.0)
    volume, lungs = chest()
    assert np.array_equal(result.volume.array, volume.array)
    assert np.array_equal(result.lungs.array, lungs.array)
    assert result.percent == 0
    assert result.effusion is None


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_seed_decides_over_every_voxel(variant: Variant) -> None:
    first, again, other = made(variant, 30, 0.5), made(variant, 30, 0.5), made(variant, 30, 0.5, seed=2)
    assert np.array_equal(first.volume.array, again.volume.array)
    assert not np.array_equal(first.lesions.array, other.lesions.array)


@pytest.mark.parametrize("variant", VARIANTS)
def test_lesions_stay_in_the_lungs_and_the_body_stays_as_it_was(variant: Variant) -> None:
    result = made(variant, 60, 0.6)
    volume, lungs = chest()
    assert not (result.lesions.array[lungs.array == 0] > 0).any()
    far = ~binary_dilation(lungs.array > 0, iterations=3)
    assert np.array_equal(result.volume.array[far], volume.array[far])


@pytest.mark.parametrize("variant", VARIANTS)
def test_consolidation_is_as_dense_and_as_noisy_as_soft_tissue(variant: Variant) -> None:
    result = made(variant, 70, 0.9, pattern="lobar")
    inside = binary_erosion(result.lesions.array == 2, iterations=2)
    values = result.volume.array[inside].astype(np.float64)
    assert 15 < np.median(values) < 75
    spread = 1.4826 * float(np.median(np.abs(values - np.median(values))))
    assert spread == pytest.approx(NOISE_HU, rel=0.4)


@pytest.mark.parametrize("variant", VARIANTS)
def test_noise_has_the_strength_and_grain_of_this_picture(variant: Variant) -> None:
    volume, _ = chest()
    noise = measure_noise(volume.array, 3.0, np.random.default_rng(0))
    assert float(noise.sigma_hu.mean()) == pytest.approx(NOISE_HU, rel=0.25)
    result = made(variant, 92, 1.0, pattern="lobar")
    inside = binary_erosion(result.lesions.array == 2, iterations=3)
    values = np.where(inside, result.volume.array - np.median(result.volume.array[inside]), 0).astype(np.float64)
    pairs = inside[:, :, 1:] & inside[:, :, :-1]
    made_tie = (values[:, :, 1:] * values[:, :, :-1])[pairs].mean() / (values[inside] ** 2).mean()
    body = volume.array[:, :7].astype(np.float64) - 45
    body_tie = (body[:, :, 1:] * body[:, :, :-1]).mean() / (body**2).mean()
    assert made_tie == pytest.approx(body_tie, abs=0.2)


@pytest.mark.parametrize("variant", VARIANTS)
def test_ground_glass_brightens_lung_and_not_its_vessels(variant: Variant) -> None:
    result = made(variant, 80, pattern="diffuse")
    volume, _ = chest()
    glass = binary_erosion(result.lesions.array == 1, iterations=1)
    lung, vessels = glass & (volume.array < -750), glass & (volume.array > 20)
    rise = result.volume.array.astype(np.float64) - volume.array
    assert 60 < rise[lung].mean() < 420
    assert abs(rise[vessels].mean()) < 12


@pytest.mark.parametrize("variant", VARIANTS)
def test_no_dark_line_parts_consolidation_from_the_chest_wall(variant: Variant) -> None:
    result = made(variant, 90, 1.0, pattern="lobar")
    lungs = chest()[1].array > 0
    near = binary_dilation(result.lesions.array == 2, iterations=3)
    rim = binary_dilation(lungs, iterations=1) & ~binary_erosion(lungs, iterations=1)
    clear = near & rim & ~binary_dilation(lungs & (result.lesions.array == 0), iterations=3)
    assert np.count_nonzero(clear) > 500
    assert np.quantile(result.volume.array[clear], 0.02) > -60


@pytest.mark.parametrize("variant", VARIANTS)
def test_effusion_takes_its_room_from_the_lungs_and_is_no_lesion(variant: Variant) -> None:
    result = made(variant, 20, 0.8, effusion_ml=150)
    lungs = chest()[1]
    assert result.effusion is not None
    fluid = result.effusion.array > 0
    assert result.effusion.volume_ml(1) == pytest.approx(150, rel=0.02)
    assert not (result.lungs.array[fluid] > 0).any()
    assert not (result.lesions.array[fluid] > 0).any()
    assert np.array_equal(fluid | (result.lungs.array > 0), lungs.array > 0)
    assert -10 < np.median(result.volume.array[fluid]) < 32
    rows = np.flatnonzero(fluid.any(axis=(0, 2)))
    assert rows.mean() > 38, "fluid lies at the back"


@pytest.mark.parametrize("variant", VARIANTS)
def test_orientation_of_the_arrays_does_not_matter(variant: Variant) -> None:
    volume, lungs = chest()
    axes, flips = (2, 0, 1), (True, False, True)
    options = SynthesisOptions(variant=variant, seed=3, percent=25, consolidation_share=0.5)
    straight = synthesise(volume, lungs, options)
    turned = synthesise(volume.reoriented(axes, flips), lungs.reoriented(axes, flips), options)
    assert np.array_equal(turned.volume.array, straight.volume.reoriented(axes, flips).array)
    assert np.array_equal(turned.lesions.array, straight.lesions.reoriented(axes, flips).array)


def test_lungs_of_unknown_side_keep_their_label() -> None:
    volume, lungs = chest()
    unknown = lungs.with_array((lungs.array > 0).astype(np.uint8) * 3)
    options = SynthesisOptions(variant="train", seed=3, percent=25, effusion_ml=80)
    assert set(np.unique(synthesise(volume, unknown, options).lungs.array)) == {0, 3}


def test_a_picture_clipped_to_a_window_stays_clipped() -> None:
    volume, lungs = chest()
    clipped = volume.with_array(np.clip(volume.array, -1350, 60))
    result = synthesise(clipped, lungs, SynthesisOptions(variant="train", seed=1, percent=50, consolidation_share=1))
    assert result.volume.array.max() <= 60


def test_options_out_of_range_are_named() -> None:
    with pytest.raises(InputError, match="percent, paving"):
        SynthesisOptions(variant="train", seed=0, percent=120, paving=-1)


def test_an_empty_outline_and_another_grid_are_refused() -> None:
    volume, lungs = chest()
    options = SynthesisOptions(variant="train", seed=0, percent=5)
    with pytest.raises(InputError) as caught:
        synthesise(volume, lungs.with_array(np.zeros(SHAPE, dtype=np.uint8)), options)
    assert caught.value.code == "BAD_SYNTHESIS_OPTIONS"
    box = (slice(0, 20), slice(None), slice(None))
    with pytest.raises(InputError) as caught:
        synthesise(volume, lungs.crop(box), options)
    assert caught.value.code == "GRID_MISMATCH"


def test_the_training_mixture_is_wide() -> None:
    rng = np.random.default_rng(0)
    drawn = [draw_options(rng, "train") for _ in range(2000)]
    percents = np.array([o.percent for o in drawn])
    assert percents.min() >= 0.5
    assert percents.max() <= 85
    assert np.mean(percents < 5) > 0.15
    assert np.mean(percents > 50) > 0.15
    assert np.mean([o.consolidation_share > 0.3 for o in drawn]) == pytest.approx(0.55, abs=0.08)
    assert np.mean([o.effusion_ml > 0 for o in drawn]) == pytest.approx(0.15, abs=0.03)


def test_the_two_variants_share_neither_shapes_nor_textures() -> None:
    folder = Path(synthesis.__file__).parent
    shared = {"chest", "design", "options"}
    for name in ("warped", "lobular"):
        tree = ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))
        own = {
            node.module.rsplit(".", 1)[1]
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module and ".synthesis." in node.module
        }
        assert own <= shared
