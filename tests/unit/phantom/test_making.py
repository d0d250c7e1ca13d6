"""One small chest of each kind is made once and looked at from many sides."""

from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from groundglass.phantom import Phantom, PhantomOptions, make


@cache
def _made(**changes: Any) -> Phantom:
    return make(PhantomOptions.small(**({"slices": 40, "rows": 96, "seed": 5} | changes)))


@pytest.fixture(scope="module", params=["train", "test"])
def sick(request: pytest.FixtureRequest) -> Phantom:
    return _made(variant=request.param, involvement=40.0)


@pytest.fixture(scope="module")
def well() -> Phantom:
    return _made()


def _median(phantom: Phantom, where: NDArray[np.bool_]) -> float:
    return float(np.median(phantom.volume.array[where]))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_chest(well: Phantom) -> None:
    again = make(PhantomOptions.small(slices=40, rows=96, seed=5))
    assert again.volume.array.tobytes() == well.volume.array.tobytes()
    assert again.lungs.array.tobytes() == well.lungs.array.tobytes()
    assert again.truth == well.truth
    assert not np.array_equal(_made(seed=6).lungs.array, well.lungs.array)


def test_the_two_variants_are_two_chests(well: Phantom) -> None:
    other = _made(variant="test")
    both = np.count_nonzero((other.lungs.array > 0) & (well.lungs.array > 0))
    either = np.count_nonzero((other.lungs.array > 0) | (well.lungs.array > 0))
    assert both / either < 0.95


def test_the_wanted_involvement_is_met_on_the_voxels(sick: Phantom) -> None:
    lung, lesion = sick.lungs.array > 0, sick.lesions.array > 0
    percent = 100 * np.count_nonzero(lesion & lung) / np.count_nonzero(lung)
    assert percent == pytest.approx(40.0, abs=0.1)
    assert sick.truth.involvement_percent == pytest.approx(percent)
    assert sick.truth.grade == "CT-2"


def test_lesions_lie_in_the_lungs_and_their_volumes_add_up(sick: Phantom) -> None:
    assert not (sick.lesions.array[sick.lungs.array == 0] > 0).any()
    truth = sick.truth
    assert truth.ground_glass_ml + truth.consolidation_ml == pytest.approx(0.4 * truth.lungs_ml, rel=0.01)
    assert truth.right_ml + truth.left_ml == pytest.approx(truth.lungs_ml)
    assert truth.consolidation_ml > 0


def test_tissues_have_the_hu_that_people_know(sick: Phantom) -> None:
    lung, lesion = sick.lungs.array, sick.lesions.array
    assert -920 < _median(sick, (lung > 0) & (lesion == 0)) < -780
    assert -720 < _median(sick, lesion == 1) < -420
    assert -150 < _median(sick, lesion == 2) < 80
    # At eight millimetres a slice and four a pixel the wall blurs the air of the windpipe.
    assert _median(sick, sick.airways.array == 1) < -500


def test_the_trachea_is_no_lung_and_the_bronchi_within_are(well: Phantom) -> None:
    assert not (well.lungs.array[well.airways.array == 1] > 0).any()
    assert (well.lungs.array[well.airways.array == 2] > 0).all()


def test_right_is_right(well: Phantom) -> None:
    x = {}
    for label in (1, 2):
        index = np.argwhere(well.lungs.array == label).mean(0)
        x[label] = well.volume.geometry.to_mm(index)[0]
    assert x[1] < well.truth.carina_mm[0] < x[2]
    assert well.truth.right_ml > well.truth.left_ml
    assert well.volume.geometry.axis_codes == ("H", "P", "L")


def test_the_carina_is_air_above_the_inferior_veins() -> None:
    fine = make(PhantomOptions(slices=30, spacing_mm=3.0, rows=128, coverage="upper", seed=5, noise_hu=0))
    k, row, column = np.rint(fine.volume.geometry.to_index(np.add(fine.truth.carina_mm, [0, 0, 4]))).astype(int)
    assert fine.volume.array[k, row, column] < -800
    assert fine.truth.inferior_vein_mm[2] < fine.truth.carina_mm[2] - 40


def test_a_healthy_chest_has_no_lesion_and_is_ct_0(well: Phantom) -> None:
    assert well.lesions.array.max() == 0
    assert well.truth.grade == "CT-0"
    assert well.truth.whole_lungs
    assert set(well.truth.zones_percent.values()) == {0.0}


def test_a_greater_share_takes_in_the_smaller_one() -> None:
    less = _made(involvement=10.0, consolidation_share=0.1).lesions.array > 0
    chosen = _made(involvement=11.0, consolidation_share=0.1).lesions.array > 0
    assert np.count_nonzero(less & chosen) / np.count_nonzero(less) > 0.5


def test_a_grade_draws_its_involvement_from_the_seed() -> None:
    one, two = _made(grade="CT-3").truth, _made(grade="CT-3", seed=6).truth
    assert one.grade == two.grade == "CT-3"
    assert one.involvement_percent != two.involvement_percent


@pytest.mark.parametrize(("position", "denser"), [("HFS", "back"), ("HFP", "front")])
def test_the_side_that_is_lain_on_is_denser(position: str, denser: str) -> None:
    made = _made(position=position, noise_hu=0.0)
    rows = np.nonzero(made.lungs.array)[1]
    front, back = np.quantile(rows, [0.2, 0.8])
    row = np.arange(made.volume.array.shape[1])[None, :, None]
    lung = made.lungs.array > 0
    ahead, behind = _median(made, lung & (row < front)), _median(made, lung & (row > back))
    assert (behind > ahead + 30) == (denser == "back")


def test_fluid_beside_the_lung_is_neither_lung_nor_lesion() -> None:
    wet = _made(effusion_ml=500.0, involvement=20.0)
    assert wet.effusion is not None
    fluid = wet.effusion.array > 0
    assert wet.truth.effusion_ml == pytest.approx(500, rel=0.15)
    assert not (wet.lungs.array[fluid] > 0).any()
    assert not (wet.lesions.array[fluid] > 0).any()
    assert -60 < _median(wet, fluid) < 60
    assert wet.truth.involvement_percent == pytest.approx(20, abs=0.1)


def test_breathing_out_leaves_less_and_denser_lung(well: Phantom) -> None:
    out = _made(breath=0.0)
    assert out.truth.lungs_ml < 0.8 * well.truth.lungs_ml
    assert _median(out, out.lungs.array > 0) > _median(well, well.lungs.array > 0) + 80


def test_situs_inversus_is_the_mirror_image(well: Phantom) -> None:
    mirrored = _made(situs_inversus=True)
    assert np.array_equal(mirrored.volume.array, well.volume.array[:, :, ::-1])
    assert np.array_equal(mirrored.lungs.array == 1, (well.lungs.array == 2)[:, :, ::-1])
    assert mirrored.truth.left_ml == well.truth.right_ml


def test_a_lung_taken_out_is_gone() -> None:
    one = _made(missing_lung="left", involvement=10.0)
    assert one.truth.left_ml == 0
    assert one.truth.left_percent is None
    assert one.truth.involvement_percent == pytest.approx(10, abs=0.1)
    assert not one.truth.whole_lungs


def test_a_part_of_the_chest_is_said_to_be_a_part() -> None:
    upper = _made(coverage="upper", spacing_mm=4.0)
    assert not upper.truth.whole_lungs
    assert upper.truth.zones_percent["right_lower"] is None
    abdomen = _made(coverage="abdomen", spacing_mm=5.0)
    assert abdomen.truth.lungs_ml < 0.2 * _made().truth.lungs_ml


def test_outside_the_field_of_view_lies_the_padding_value(well: Phantom) -> None:
    assert (well.volume.array[:, 0, 0] == -2048).all()
    assert well.volume.array[20, 48, 0] > -1100
    assert (_made(padding_hu=None).volume.array[:, 0, 0] > -1150).all()


def test_the_lung_reconstruction_shows_the_same_chest_with_more_noise() -> None:
    both = _made(lung_series=True)
    assert both.lung_volume is not None
    assert np.array_equal(both.volume.array, _made().volume.array)
    soft, sharp = both.volume.array[:, 40:60, 40:60], both.lung_volume.array[:, 40:60, 40:60]
    assert np.diff(sharp, axis=2).std() > np.diff(soft, axis=2).std()
    assert abs(float(sharp.mean()) - float(soft.mean())) < 5
