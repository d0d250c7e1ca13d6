"""What is said of lesions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from groundglass.datasets.conversion import lesion_facts
from groundglass.errors import InputError
from groundglass.volume import LESION_LABELS, LUNG_LABELS, Geometry, LabelVolume, Volume

AFFINE = np.array([[0, 0, 1.0, -30], [0, 1.0, 0, -50], [10.0, 0, 0, 100], [0, 0, 0, 1]])
GEOMETRY = Geometry((12, 20, 30), AFFINE)
PICTURE = Volume(np.zeros(GEOMETRY.shape, np.int16), GEOMETRY)
PLAIN: Mapping[int, str] = {1: "lesion"}


def lungs() -> LabelVolume:
    """Return a right lung (small columns) and a left one, 3600 voxels of 0.01 ml."""
    array = np.zeros(GEOMETRY.shape, np.uint8)
    array[:, 2:17, 2:12], array[:, 2:17, 18:28] = 1, 2
    return LabelVolume(array, GEOMETRY, LUNG_LABELS)


def lesions(table: Mapping[int, str], **boxes: tuple[slice, slice, slice]) -> LabelVolume:
    """Return boxes of labels, named ``label_anything``."""
    array: NDArray[np.uint8] = np.zeros(GEOMETRY.shape, np.uint8)
    for name, box in boxes.items():
        array[box] = int(name[1])
    return LabelVolume(array, GEOMETRY, table)


def test_volumes_regions_and_involvement() -> None:
    marked = lesions(
        PLAIN,
        l1_low=(slice(0, 2), slice(5, 10), slice(5, 10)),
        l1_high=(slice(9, 11), slice(5, 10), slice(20, 25)),
    )
    facts = lesion_facts(marked, PICTURE, lungs())
    assert facts["lesion_ml"] == pytest.approx(1.0)
    assert facts["lesions"] == 2
    assert facts["lungs_ml"] == pytest.approx(36.0)
    assert facts["involvement_percent"] == pytest.approx(100 / 36, abs=1e-3)
    assert facts["localisation"] == ("right_lower", "left_upper")
    assert facts["pattern"] is None
    assert facts["ground_glass_ml"] is None


def test_regions_that_touch_by_a_corner_are_one() -> None:
    marked = lesions(PLAIN, l1_a=(slice(0, 2), slice(5, 7), slice(5, 7)), l1_b=(slice(2, 4), slice(7, 9), slice(7, 9)))
    assert lesion_facts(marked, PICTURE, None)["lesions"] == 1


def test_kinds_make_the_pattern() -> None:
    glass, dense = (slice(0, 4), slice(5, 10), slice(5, 10)), (slice(6, 7), slice(5, 10), slice(5, 10))
    mixed = lesion_facts(lesions(LESION_LABELS, l1=glass, l2=dense), PICTURE, None)
    assert mixed["pattern"] == "mixed"
    assert mixed["ground_glass_ml"] == pytest.approx(1.0)
    assert mixed["consolidation_ml"] == pytest.approx(0.25)
    assert lesion_facts(lesions(LESION_LABELS, l1=glass), PICTURE, None)["pattern"] == "ground_glass"
    assert lesion_facts(lesions(LESION_LABELS, l2=dense), PICTURE, None)["pattern"] == "consolidation"


def test_nothing_marked_is_none() -> None:
    facts = lesion_facts(lesions(PLAIN), PICTURE, lungs())
    assert facts["pattern"] == "none"
    assert facts["involvement_percent"] == 0.0
    assert facts["localisation"] == ()


def test_without_lungs_nothing_is_guessed() -> None:
    facts = lesion_facts(lesions(PLAIN, l1=(slice(0, 4), slice(5, 10), slice(5, 10))), PICTURE, None)
    assert facts["localisation"] == ()
    assert facts["involvement_percent"] is None
    assert facts["lungs_ml"] is None


def test_a_storage_turned_over_changes_nothing() -> None:
    marked = lesions(PLAIN, l1=(slice(0, 2), slice(5, 10), slice(5, 10)))
    turn = (2, 0, 1), (True, False, True)
    turned = lesion_facts(marked.reoriented(*turn), PICTURE.reoriented(*turn), lungs().reoriented(*turn))
    assert turned == lesion_facts(marked, PICTURE, lungs())


def test_another_grid_is_refused() -> None:
    other = Volume(np.zeros((12, 20, 31), np.int16), Geometry((12, 20, 31), AFFINE))
    with pytest.raises(InputError):
        lesion_facts(lesions(PLAIN), other, None)
